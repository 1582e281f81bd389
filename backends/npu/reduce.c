/* Reductions: blocks combine into a state that lives through a sweep. */
#include <math.h>
#include <string.h>

#include "backends/npu/lower.h"

typedef struct ReduceRow {
    OpCode code;
    InsnCode row, col;
    Prim combine;
    bool mean;
} ReduceRow;

static const ReduceRow rows[] = {
    {OP_ROWSUM, INSN_TROWSUM, INSN_COUNT, PRIM_ADD, false},   {OP_ROWMEAN, INSN_TROWSUM, INSN_COUNT, PRIM_ADD, true},
    {OP_ROWMAX, INSN_TROWMAX, INSN_COUNT, PRIM_MAX, false},   {OP_ROWMIN, INSN_TROWMIN, INSN_COUNT, PRIM_MIN, false},
    {OP_ROWPROD, INSN_TROWPROD, INSN_COUNT, PRIM_MUL, false}, {OP_COLSUM, INSN_TROWSUM, INSN_TCOLSUM, PRIM_ADD, false},
    {OP_COLMEAN, INSN_TROWSUM, INSN_TCOLSUM, PRIM_ADD, true}, {OP_COLMAX, INSN_TROWMAX, INSN_TCOLMAX, PRIM_MAX, false},
    {OP_COLMIN, INSN_TROWMIN, INSN_TCOLMIN, PRIM_MIN, false}, {OP_COLPROD, INSN_TROWPROD, INSN_COUNT, PRIM_MUL, false},
};

static const ReduceRow *row_of(OpCode code) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return &rows[i];
    }
    return NULL;
}

bool reduce_is_row(OpCode code) { return strncmp(op_info(code)->name, "row", 3) == 0; }

bool reduce_is_thin(OpCode code) {
    const ReduceRow *r = row_of(code);
    return r && r->col == INSN_COUNT && !reduce_is_row(code);
}

/* Bytes are reduced in i32. Sums of narrow floats are carried in f32; what bf16 cannot do is done in f32. */
static Elem state_elem(const ReduceRow *r, Elem elem) {
    if (elem == ELEM_I8 || elem == ELEM_U8)
        return ELEM_I32;
    bool picks = r->combine == PRIM_MAX || r->combine == PRIM_MIN;
    return elem_is_narrow_float(elem) && !(picks && elem == ELEM_F16) ? ELEM_F32 : elem;
}

static double identity(Prim prim, Elem elem) {
    bool is_float = elem_is_float(elem);
    double least = -ldexp(1.0, elem_info(elem)->bits - 1);
    switch (prim) {
    case PRIM_ADD: return 0;
    case PRIM_MUL: return 1;
    case PRIM_MAX: return is_float ? -INFINITY : least;
    case PRIM_MIN: return is_float ? INFINITY : -least - 1;
    case PRIM_SUB:
    case PRIM_DIV:
    case PRIM_COUNT: break;
    }
    return 0;
}

static unsigned result_axes(const Op *op, Lower *l) {
    return lower_value(l, op->operands[0])->axes & (reduce_is_row(op->code) ? AXIS_ROW : AXIS_COL);
}

void reduce_begin(Lower *l, Sink *s, bool looped) {
    const ReduceRow *r = row_of(s->op->code);
    l->op = s->op;
    s->state = (TVal){.kind = T_NONE};
    if (!r) {
        lower_error(l, s->op, "`%s`", op_info(s->op->code)->name);
        return;
    }
    Elem elem = state_elem(r, s->value->type->elem);
    if (!looped)
        return;
    s->state = new_tile(l, elem, result_axes(s->op, l), op_info(s->op->code)->name, 1);
    add_insn(l, INSN_TEXPANDS, NULL, 2,
             (PlaceOperand[]){tile_operand(l, NPU_OUT, s->state), number_operand(elem, identity(r->combine, elem))});
}

/* One block reduced along the axis, as a vector. A vector along the axis is one row whatever the direction. */
static TVal reduce_block(Lower *l, const ReduceRow *r, const Op *op, TVal x) {
    bool row = reduce_is_row(op->code);
    unsigned along = row ? AXIS_COL : AXIS_ROW, axes = x.axes & ~along;
    TVal out = new_tile(l, x.elem, axes, op_info(op->code)->name, 1);
    if (!(x.axes & along))
        return x;
    if (!row && x.axes == AXES_BOTH && r->col == INSN_COUNT) { /* a block is one row */
        x.axes = AXIS_COL;
        return x;
    }
    if (!row && x.axes == AXES_BOTH) {
        add_insn(l, r->col, NULL, 2, (PlaceOperand[]){tile_operand(l, NPU_OUT, out), tile_operand(l, NPU_IN, x)});
        return out;
    }
    /* As many rows as the source has: the library asks for that. */
    PlaceOperand dst = dn_operand(l, NPU_OUT, out);
    int64_t rows = tile_rows(l, x.axes), whole = NPU_BLOCK / elem_bytes(x.elem);
    if (rows == 1) {
        dst.layout = NPU_ND;
        dst.rows = 1;
        dst.cols = whole;
        dst.valid[0] = x.axes == AXES_BOTH ? l->axis[0].valid : expr_const(l->x, 1);
        dst.valid[1] = expr_const(l->x, 1);
    } else if (rows % whole == 0) {
        dst.rows = rows;
    }
    TVal tmp = new_tile(l, x.elem, x.axes, "scratch", 1);
    add_insn(l, r->row, NULL, 3, (PlaceOperand[]){dst, tile_operand(l, NPU_IN, x), tile_operand(l, NPU_TMP, tmp)});
    return out;
}

void reduce_step(Lower *l, Sink *s, bool looped) {
    const ReduceRow *r = row_of(s->op->code);
    TVal x = emit_value(l, s->op->operands[0]);
    l->op = s->op;
    if (l->failed)
        return;
    bool row = reduce_is_row(s->op->code);
    Elem elem = state_elem(r, s->value->type->elem);
    unsigned along = row ? AXIS_COL : AXIS_ROW;
    const Value *source = s->op->operands[0];
    bool has_along = !expr_equals_const(source->type->dims[row ? 1 : 0], 1);
    if (x.kind != T_TILE || (has_along && !(x.axes & along)))
        x = t_expand(l, x, x.axes | (has_along ? along : 0));
    if (x.elem != elem)
        x = t_cast(l, x, elem, "rint", false);
    TVal b = reduce_block(l, r, s->op, x);
    if (!looped) {
        s->state = b;
        return;
    }
    TVal next = t_binary(l, r->combine, s->state, b);
    /* The state stays where it is: the result of the combination goes to it. */
    PlaceStmt *last = VEC_LAST(l->block);
    last->operands[0].buffer = s->state.buffer;
    last->operands[0].copy = s->state.copy;
    (void)next;
}

TVal reduce_end(Lower *l, Sink *s) {
    const ReduceRow *r = row_of(s->op->code);
    l->op = s->op;
    TVal t = s->state;
    if (l->failed)
        return t;
    if (r->mean) {
        const Value *source = s->op->operands[0];
        const Expr *n = lower_expr(l, source->type->dims[reduce_is_row(s->op->code) ? 1 : 0]);
        t = t_binary(l, PRIM_DIV, t, (TVal){.kind = T_EXPR, .elem = t.elem, .expr = n});
    }
    return t.elem == s->value->type->elem ? t : t_cast(l, t, s->value->type->elem, "rint", false);
}

/* ---- running sums ---------------------------------------------------------------------------------------------------------- */
/* The state is a block, one element wide along the axis, that goes out after every step. */
static Prim scan_prim(const Op *op) { return op->code == OP_CUMSUM ? PRIM_ADD : PRIM_MAX; }

static Elem scan_elem(Elem elem) {
    return elem == ELEM_I8 || elem == ELEM_U8 ? ELEM_I32 : elem_is_narrow_float(elem) ? ELEM_F32 : elem;
}

void scan_begin(Lower *l, Sink *s, bool looped) {
    int inner = op_attr_int(s->op, ATTR_AXIS, 1) == 1;
    AxisState *along = &l->axis[inner], before = *along;
    Elem elem = scan_elem(s->value->type->elem);
    (void)looped;
    l->op = s->op;
    along->valid = expr_const(l->x, 1);
    s->state = new_tile(l, elem, AXES_BOTH, op_info(s->op->code)->name, 1);
    double start = identity(scan_prim(s->op), elem);
    add_insn(l, INSN_TEXPANDS, NULL, 2,
             (PlaceOperand[]){tile_operand(l, NPU_OUT, s->state), number_operand(elem, start)});
    *along = before;
}

void scan_step(Lower *l, Sink *s, bool looped) {
    TVal x = emit_value(l, s->op->operands[0]);
    (void)looped;
    l->op = s->op;
    x = t_cast(l, t_expand(l, x, AXES_BOTH), s->state.elem, "rint", false);
    if (l->failed)
        return;
    t_binary(l, scan_prim(s->op), s->state, x);
    PlaceStmt *last = VEC_LAST(l->block);
    last->operands[0].buffer = s->state.buffer;
    last->operands[0].copy = s->state.copy;
    Access to = access_of_workspace(l, s->value);
    emit_store(l, &to, AXES_BOTH, t_cast(l, s->state, s->value->type->elem, "rint", false));
}
