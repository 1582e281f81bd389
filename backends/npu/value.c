/* Tiles, operands, and the value of one block. */
#include <string.h>

#include "backends/npu/lower.h"

static int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

PlaceStmt *add_stmt(Lower *l, PlaceStmtKind kind) {
    PlaceStmt *s = ARENA_NEW(l->arena, PlaceStmt);
    s->kind = kind;
    s->loc = l->op ? l->op->loc : LOC_NONE;
    VEC_PUSH(l->arena, l->block, s);
    return s;
}

/* The element type that decides whether the instruction exists: that of the first operand with rule T, else U. */
static bool insn_possible(const Lower *l, InsnCode code, const PlaceOperand *operands, Elem *elem) {
    NpuOperandRule rules[NPU_MAX_OPERANDS];
    int n = insn_operand_rules(code, rules);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            bool any = rules[i].elem == NPU_ELEM_U;
            if (rules[i].elem != (pass ? NPU_ELEM_U : NPU_ELEM_T) && !(pass && any))
                continue;
            *elem = operands[i].elem;
            if (!insn_takes(code, l->unit->arch, *elem))
                return false;
        }
    }
    return true;
}

PlaceStmt *add_insn(Lower *l, InsnCode code, const char *mode, int n, const PlaceOperand *operands) {
    Elem elem = ELEM_F32;
    PlaceStmt *s = add_stmt(l, PLACE_INSN);
    if (!insn_possible(l, code, operands, &elem))
        lower_error(l, l->op, "`%s` of %s (instruction %s)", l->op ? op_info(l->op->code)->name : "kernel",
                    elem_info(elem)->text, insn_info(code)->text);
    s->code = code;
    s->mode = mode;
    s->noperands = n;
    for (int i = 0; i < n; i++)
        s->operands[i] = operands[i];
    return s;
}

/* ---- tiles ------------------------------------------------------------------------------------------------------------- */
int64_t tile_rows(const Lower *l, unsigned axes) { return axes == AXES_BOTH ? l->axis[0].block : 1; }

int64_t tile_cols(const Lower *l, unsigned axes) {
    return axes & AXIS_COL ? l->axis[1].vector : axes & AXIS_ROW ? l->axis[0].vector : l->grain;
}

/* Bytes of a row of a bit mask. */
static int64_t mask_cols(int64_t cols) { return round_up((cols + 7) / 8, NPU_BLOCK); }

static void name_buffer(Lower *l, PlaceBuffer *b) { b->name = arena_printf(l->arena, "t%d", l->buffers_named++); }

int add_buffer(Lower *l, NpuMemory memory, int64_t size, int depth, const char *what) {
    PlaceBuffer b = {.memory = memory,
                     .size = round_up(size, npu_memory_info(memory)->align),
                     .depth = depth,
                     .base = -1,
                     .what = what};
    b.loc = l->op ? l->op->loc : LOC_NONE;
    name_buffer(l, &b);
    VEC_PUSH(l->arena, &l->program->buffers, b);
    return l->program->buffers.len - 1;
}

/* Copies are taken in turn by the innermost loop around. */
static const Expr *copy_of(Lower *l, int *depth) {
    int inner = l->nest ? !l->nest->by_col : 1;
    const AxisState *a = NULL;
    if (l->scope == 2 && l->axis[inner].looped)
        a = &l->axis[inner];
    else if (l->scope >= 1 && l->axis[!inner].looped)
        a = &l->axis[!inner];
    if (!a || *depth < 2 || a->single) {
        *depth = 1;
        return expr_const(l->x, 0);
    }
    return expr_mod(l->x, a->counter, expr_const(l->x, *depth));
}

TVal new_tile(Lower *l, Elem elem, unsigned axes, const char *what, int depth) {
    int64_t rows = tile_rows(l, axes), cols = tile_cols(l, axes);
    int64_t size = elem == ELEM_BOOL ? rows * mask_cols(cols) : rows * cols * elem_bytes(elem);
    TVal t = {.kind = T_TILE, .axes = axes, .elem = elem};
    t.copy = copy_of(l, &depth);
    t.buffer = add_buffer(l, NPU_UB, size, depth, what);
    return t;
}

PlaceOperand tile_operand(Lower *l, NpuRole role, TVal t) {
    PlaceOperand o = {
        .kind = PLACE_TILE, .role = role, .elem = t.elem, .layout = NPU_ND, .buffer = t.buffer, .copy = t.copy};
    const Expr *one = expr_const(l->x, 1);
    o.rows = tile_rows(l, t.axes);
    o.cols = tile_cols(l, t.axes);
    o.valid[0] = t.axes == AXES_BOTH ? l->axis[0].valid : one;
    o.valid[1] = t.axes & AXIS_COL ? l->axis[1].valid : t.axes & AXIS_ROW ? l->axis[0].valid : one;
    if (t.elem == ELEM_BOOL) {
        o.elem = ELEM_U8;
        o.cols = mask_cols(o.cols);
        o.valid[1] = expr_const(l->x, o.cols);
    }
    return o;
}

PlaceOperand dn_operand(Lower *l, NpuRole role, TVal t) {
    PlaceOperand o = tile_operand(l, role, t);
    o.layout = NPU_DN;
    o.rows = o.cols;
    o.cols = 1;
    o.valid[0] = o.valid[1];
    o.valid[1] = expr_const(l->x, 1);
    return o;
}

PlaceOperand cast_operand(PlaceOperand o, Elem elem) {
    o.elem = elem;
    return o;
}

PlaceOperand number_operand(Elem elem, double number) {
    return (PlaceOperand){.kind = PLACE_NUMBER, .role = NPU_SCALAR, .elem = elem, .number = number};
}

PlaceOperand scalar_operand(TVal t) {
    PlaceOperand o = number_operand(t.elem, t.number);
    o.kind = t.kind == T_NUMBER ? PLACE_NUMBER : t.kind == T_EXPR ? PLACE_EXPR : PLACE_SCALAR_ARG;
    o.expr = t.expr;
    o.arg = t.arg;
    return o;
}

/* ---- values ---------------------------------------------------------------------------------------------------------------- */
static TVal emit_const(Lower *l, const Op *op) {
    Elem elem = op->results[0]->type->elem;
    const Attr *a = op_attr(op, ATTR_FLOAT);
    (void)l;
    return t_number(elem, a ? a->f : (double)op_attr_int(op, ATTR_INT, 0));
}

int lower_iota(Lower *l) {
    if (l->iota_arg < 0)
        l->iota_arg =
            lower_add_arg(l, (PlaceArg){.name = "iota", .kind = PLACE_ARG_TENSOR, .elem = ELEM_I32, .dir = DIR_IN});
    return l->iota_arg;
}

/* start + i along one axis: the constant 0, 1, 2, .. from memory, moved to where the block begins. */
static TVal emit_iota(Lower *l, const Op *op) {
    int axis = op_attr_int(op, ATTR_AXIS, 1) == 1 ? 1 : 0;
    unsigned axes = axis ? AXIS_COL : AXIS_ROW;
    Elem elem = op->results[0]->type->elem;
    const Expr *start = expr_add(l->x, lower_expr(l, op->exprs[0]), l->axis[axis].start);
    if (!(lower_value(l, op->results[0])->axes & axes)) {
        TVal one = {.kind = T_EXPR, .elem = elem, .expr = lower_expr(l, op->exprs[0])};
        return one;
    }
    lower_iota(l);
    TVal t = new_tile(l, ELEM_I32, axes, "0, 1, 2, ..", 1), r = new_tile(l, ELEM_I32, axes, "positions", 1);
    PlaceOperand out = tile_operand(l, NPU_OUT, t);
    PlaceOperand gm = {
        .kind = PLACE_GM, .role = NPU_GM_IN, .elem = ELEM_I32, .arg = l->iota_arg, .at = expr_const(l->x, 0)};
    gm.valid[0] = out.valid[0];
    gm.valid[1] = out.valid[1];
    gm.stride[0] = expr_const(l->x, l->axis[axis].vector);
    gm.stride[1] = expr_const(l->x, 1);
    add_insn(l, INSN_TLOAD, NULL, 2, (PlaceOperand[]){out, gm});
    TVal s = {.kind = T_EXPR, .elem = ELEM_I32, .expr = start};
    add_insn(l, INSN_TADDS, NULL, 3,
             (PlaceOperand[]){tile_operand(l, NPU_OUT, r), tile_operand(l, NPU_IN, t), scalar_operand(s)});
    return elem == ELEM_I32 ? r : t_cast(l, r, elem, "rint", false);
}

static TVal emit_param(Lower *l, const Value *v) {
    for (int i = 0; i < l->unit->args.len; i++) {
        const PlaceArg *a = &l->unit->args.data[i];
        if (a->kind == PLACE_ARG_SCALAR && a->value == v)
            return (TVal){.kind = T_ARG, .elem = a->elem, .arg = i};
    }
    return (TVal){.kind = T_EXPR, .elem = v->type->elem, .expr = lower_expr(l, expr_value(l->x, (Value *)v))};
}

static TVal compute(Lower *l, Value *v) {
    const Op *op = v->def;
    if (!op)
        return emit_param(l, v);
    switch ((int)op->code) { /* the ones that are not instructions */
    case OP_CONST: return emit_const(l, op);
    case OP_INDEX: return (TVal){.kind = T_EXPR, .elem = ELEM_INDEX, .expr = lower_expr(l, op->exprs[0])};
    case OP_IOTA: return emit_iota(l, op);
    case OP_FULL:
    case OP_BROADCAST: return emit_value(l, op->operands[0]);
    default: break;
    }
    if (op->code == OP_GATHER)
        return emit_gather(l, op);
    if (op->code == OP_MATMUL) {
        TVal product = emit_product(l, op), start = emit_value(l, op->operands[2]);
        Elem elem = op->results[0]->type->elem;
        l->op = op;
        return t_cast(l, t_binary(l, PRIM_ADD, t_cast(l, start, product.elem, "rint", false), product), elem, "rint",
                      false);
    }
    TVal operands[4];
    for (int i = 0; i < op->noperands && i < 4; i++)
        operands[i] = emit_value(l, op->operands[i]);
    l->op = op;
    return emit_ewise(l, op, operands);
}

/* Is the value read from memory rather than computed here? */
static bool is_read(Lower *l, const Value *v, const LowerValue *lv) {
    if (lv->carried)
        return true;
    if (!v->def || value_is_lazy(v))
        return false;
    bool reduced = lv->sink >= 0 && l->sinks.data[lv->sink].kind != SINK_KEEP;
    return lv->segment < l->segment || reduced || lv->cube || value_is_moved(v);
}

TVal emit_value(Lower *l, Value *v) {
    LowerValue *lv = lower_value(l, v);
    if (lv->memo.kind != T_NONE || l->failed)
        return lv->memo;
    const Op *before = l->op;
    l->op = v->def ? v->def : before;
    TVal t = is_read(l, v, lv) ? emit_load(l, v) : compute(l, v);
    l->op = before;
    lv->memo = t;
    lv->memo_scope = l->scope;
    return t;
}
