/* Values in global memory: where their elements are, and moves of blocks. */
#include "backends/npu/lower.h"

bool value_is_moved(const Value *v) {
    static const OpCode codes[] = {OP_LOAD, OP_GET, OP_TRANS, OP_SLICE, OP_RESHAPE};
    for (size_t i = 0; v->def && i < sizeof codes / sizeof codes[0]; i++) {
        if (v->def->code == codes[i])
            return true;
    }
    return false;
}

bool op_reads_memory(const Op *op) {
    return op_code_has(op->code, CONTRACT) || op->code == OP_TRANS || op->code == OP_SLICE || op->code == OP_RESHAPE ||
           op->code == OP_GATHER || op->code == OP_GET;
}

static int arg_of(const Lower *l, const Value *base) {
    for (int i = 0; i < l->unit->args.len; i++) {
        if (l->unit->args.data[i].value == base)
            return i;
    }
    return -1;
}

static Access access_of_mem(Lower *l, const NpuMem *m) {
    const Expr *zero = expr_const(l->x, 0);
    Access a = {.arg = arg_of(l, m->base), .elem = m->elem, .at = lower_expr(l, m->offset), .boxed = m->boxed};
    for (int i = 0; i < 2; i++) {
        int d = m->rank - 2 + i;
        a.stride[i] = d >= 0 ? lower_expr(l, m->strides[d]) : zero;
        a.origin[i] = d >= 0 && m->boxed ? lower_expr(l, m->origin[m->of[d]]) : zero;
    }
    /* Coordinates are those of the argument: comparable only where the view has its two dimensions in order. */
    int base_rank = m->base->type->rank;
    a.boxed &= m->rank == base_rank && base_rank <= 2;
    if (a.arg < 0 || m->rank > 2)
        lower_error(l, l->op, "a view of this kind");
    return a;
}

Access access_of_view(Lower *l, Value *view) {
    NpuMem m = npu_mem(l->layouts, view);
    return access_of_mem(l, &m);
}

static Access access_of_rows(Lower *l, int arg, const Type *type) {
    const Expr *zero = expr_const(l->x, 0), *one = expr_const(l->x, 1);
    Access a = {.arg = arg,
                .elem = type->elem == ELEM_BOOL ? ELEM_BOOL : l->unit->args.data[arg].elem,
                .at = zero,
                .boxed = true};
    a.origin[0] = a.origin[1] = zero;
    a.stride[0] = lower_expr(l, type_cols(type));
    a.stride[1] = one;
    return a;
}

/* Slots lie one behind the other; in the argument's coordinates they are far apart, so that blocks of different ones never meet. */
Access access_of_slot(Lower *l, Value *v, const Expr *slot) {
    enum { FAR = 40 };
    Access a = access_of_rows(l, lower_workspace(l, v), v->type);
    if (slot) {
        const Expr *size = expr_mul(l->x, lower_expr(l, type_rows(v->type)), lower_expr(l, type_cols(v->type)));
        a.at = expr_mul(l->x, slot, size);
        a.origin[1] = expr_mul_const(l->x, slot, (int64_t)1 << FAR);
    }
    return a;
}

Access access_of_part(Lower *l, Value *v, const Expr *slot, const Expr *const origin[2]) {
    Access a = access_of_slot(l, v, slot);
    for (int i = 0; i < 2 && origin[i]; i++) {
        a.at = expr_add(l->x, a.at, expr_mul(l->x, origin[i], a.stride[i]));
        a.origin[i] = expr_add(l->x, a.origin[i], origin[i]);
    }
    return a;
}

Access access_of_workspace(Lower *l, Value *v) { return access_of_slot(l, v, lower_value(l, v)->slot); }

static Access swap_access(Access a) {
    Access b = a;
    for (int i = 0; i < 2; i++) {
        b.stride[i] = a.stride[1 - i];
        b.origin[i] = a.origin[1 - i];
    }
    b.boxed = false; /* other coordinates than the argument's */
    return b;
}

static Access slice_access(Lower *l, Access a, const Op *op) {
    for (int i = 0; i < 2; i++) {
        const Expr *from = lower_expr(l, op->exprs[i]);
        a.at = expr_add(l->x, a.at, expr_mul(l->x, from, a.stride[i]));
        a.origin[i] = expr_add(l->x, a.origin[i], from);
    }
    return a;
}

static Access reshape_access(Lower *l, Access a, const Op *op) {
    const Type *from = op->operands[0]->type;
    const Expr *one = expr_const(l->x, 1), *cols = lower_expr(l, type_cols(from));
    bool one_row = expr_equals_const(type_rows(from), 1), one_col = expr_equals_const(type_cols(from), 1);
    bool plain = (one_col || a.stride[1] == one) && (one_row || a.stride[0] == cols);
    if (!plain)
        lower_error(l, op, "`reshape` of elements that are not side by side in memory");
    a.stride[0] = lower_expr(l, type_cols(op->results[0]->type));
    a.stride[1] = one;
    a.boxed = false;
    return a;
}

static Access element_access(Lower *l, const Op *op) {
    bool memory = type_is_memory(op->operands[0]->type);
    Access a = memory ? access_of_view(l, op->operands[0]) : access_of(l, op->operands[0]);
    int rank = op->nexprs;
    if (rank > 2 || op_attr_bool(op, ATTR_FILL_VIEW))
        lower_error(l, op, "`%s` of this kind", op_info(op->code)->name);
    for (int d = 0; d < rank && d < 2 && !l->failed; d++) {
        int dim = 2 - rank + d;
        const Expr *at = lower_expr(l, op->exprs[d]);
        a.at = expr_add(l->x, a.at, expr_mul(l->x, at, a.stride[dim]));
        a.origin[dim] = expr_add(l->x, a.origin[dim], at);
    }
    return a;
}

Access access_of_store(Lower *l, const Op *op) {
    return op->code == OP_PUT ? element_access(l, op) : access_of_view(l, op->operands[0]);
}

Access access_of(Lower *l, Value *v) {
    const Op *op = v->def;
    if (!op || !lower_is_moved(l, v) || l->failed)
        return access_of_workspace(l, v);
    if (op->code == OP_LOAD)
        return access_of_view(l, op->operands[0]);
    if (op->code == OP_GET)
        return element_access(l, op);
    Access a = access_of(l, op->operands[0]);
    if (op->code == OP_TRANS)
        return swap_access(a);
    return op->code == OP_SLICE ? slice_access(l, a, op) : reshape_access(l, a, op);
}

bool access_has_gaps(const Access *a) {
    return !expr_equals_const(a->stride[0], 1) && !expr_equals_const(a->stride[1], 1);
}

/* ---- blocks ------------------------------------------------------------------------------------------------------------ */
PlaceOperand access_block(Lower *l, const Access *a, NpuRole role, const Expr *const start[2],
                          const Expr *const valid[2], const int64_t most[2]) {
    PlaceOperand o = {
        .kind = PLACE_GM, .role = role, .elem = a->elem == ELEM_BOOL ? ELEM_U8 : a->elem, .arg = a->arg, .at = a->at};
    for (int i = 0; i < 2; i++) {
        o.at = expr_add(l->x, o.at, expr_mul(l->x, start[i], a->stride[i]));
        o.stride[i] = a->stride[i];
        o.valid[i] = valid[i];
        if (a->boxed) {
            o.box[i] = expr_add(l->x, a->origin[i], start[i]);
            o.box_size[i] = most[i];
        }
    }
    return o;
}

/* The current block of a value with these axes. */
static PlaceOperand current_block(Lower *l, const Access *a, NpuRole role, unsigned axes) {
    const Expr *start[2], *valid[2];
    int64_t most[2];
    for (int i = 0; i < 2; i++) {
        bool along = (axes & (i ? AXIS_COL : AXIS_ROW)) != 0;
        start[i] = along ? l->axis[i].start : expr_const(l->x, 0);
        valid[i] = along ? l->axis[i].valid : expr_const(l->x, 1);
        most[i] = along ? l->axis[i].block : 1;
    }
    return access_block(l, a, role, start, valid, most);
}

/* A vector lies in one row of a tile whatever its direction in memory is. */
static PlaceOperand as_row(PlaceOperand o) {
    const Expr *n = o.valid[0], *s = o.stride[0];
    o.valid[0] = o.valid[1];
    o.stride[0] = o.stride[1];
    o.valid[1] = n;
    o.stride[1] = s;
    return o;
}

static bool is_one(const Expr *e) { return expr_equals_const(e, 1); }

/* A tile with one vector element a row, 32 bytes apart: how a strided vector is moved. */
static PlaceOperand column_tile(Lower *l, NpuRole role, TVal *t, TVal vector) {
    int64_t lanes = NPU_BLOCK / elem_bytes(vector.elem), n = tile_cols(l, vector.axes);
    PlaceOperand o = tile_operand(l, role, vector);
    if (t->kind == T_NONE) {
        *t = new_tile(l, vector.elem, vector.axes, "one element a row", 1);
        l->program->buffers.data[t->buffer].size = n * NPU_BLOCK;
    }
    o.buffer = t->buffer;
    o.copy = t->copy;
    o.rows = n;
    o.cols = lanes;
    o.valid[0] = tile_operand(l, role, vector).valid[1];
    o.valid[1] = expr_const(l->x, 1);
    return o;
}

static TVal load_strided(Lower *l, PlaceOperand gm, TVal out) {
    TVal t = {.kind = T_NONE};
    PlaceOperand column = column_tile(l, NPU_OUT, &t, out);
    gm.stride[1] = expr_const(l->x, 1);
    add_insn(l, INSN_TLOAD, NULL, 2, (PlaceOperand[]){column, gm});
    PlaceOperand from = column_tile(l, NPU_IN, &t, out), tmp = column_tile(l, NPU_TMP, &(TVal){.kind = T_NONE}, out);
    add_insn(l, INSN_TROWMAX, NULL, 3, (PlaceOperand[]){dn_operand(l, NPU_OUT, out), from, tmp});
    return out;
}

/* Columns side by side in memory: rows and columns change places on the way. */
static TVal load_transposed(Lower *l, PlaceOperand gm, TVal out) {
    int64_t rows = l->axis[1].vector, cols = (l->axis[0].block + NPU_BLOCK - 1) / NPU_BLOCK * NPU_BLOCK;
    TVal t = new_tile(l, out.elem, AXES_BOTH, "transposed block", l->knobs.depth),
         tmp = new_tile(l, out.elem, AXES_BOTH, "scratch", 1);
    l->program->buffers.data[t.buffer].size = rows * cols * elem_bytes(out.elem);
    l->program->buffers.data[tmp.buffer].size = rows * cols * elem_bytes(out.elem);
    l->program->buffers.data[out.buffer].size = rows * cols * elem_bytes(out.elem);
    PlaceOperand o = tile_operand(l, NPU_OUT, t);
    o.rows = rows;
    o.cols = cols;
    o.valid[0] = l->axis[1].valid;
    o.valid[1] = l->axis[0].valid;
    add_insn(l, INSN_TLOAD, NULL, 2, (PlaceOperand[]){o, as_row(gm)});
    PlaceOperand scratch = o;
    o.role = NPU_IN;
    scratch.role = NPU_TMP;
    scratch.buffer = tmp.buffer;
    scratch.copy = tmp.copy;
    add_insn(l, INSN_TTRANS, NULL, 3, (PlaceOperand[]){tile_operand(l, NPU_OUT, out), o, scratch});
    return out;
}

/* Bytes of truth values become a mask. */
static TVal load_bools(Lower *l, PlaceOperand gm, TVal bytes) {
    add_insn(l, INSN_TLOAD, NULL, 2, (PlaceOperand[]){tile_operand(l, NPU_OUT, bytes), gm});
    TVal halves = t_cast(l, bytes, ELEM_F16, "rint", false);
    return t_compare(l, "ne", halves, t_number(ELEM_F16, 0));
}

static TVal load_access(Lower *l, Access a, unsigned axes, const char *name) {
    if (l->failed)
        return (TVal){.kind = T_NONE};
    bool is_bool = a.elem == ELEM_BOOL;
    PlaceOperand gm = current_block(l, &a, NPU_GM_IN, axes);
    TVal out = new_tile(l, is_bool ? ELEM_U8 : a.elem, axes, name, l->knobs.depth);
    bool one_row = axes == AXES_BOTH && l->axis[0].block == 1;
    if (axes == AXES_BOTH && !one_row && !is_one(a.stride[1]) && is_one(a.stride[0]))
        return load_transposed(l, gm, out);
    if (axes == AXIS_ROW)
        gm = as_row(gm);
    if (axes && !is_one(gm.stride[1])) {
        if ((axes == AXES_BOTH && !one_row) || is_bool)
            lower_error(l, l->op, "a view whose rows and columns both have strides");
        else
            return load_strided(l, as_row(gm), out);
    }
    if (is_bool)
        return load_bools(l, gm, out);
    add_insn(l, INSN_TLOAD, NULL, 2, (PlaceOperand[]){tile_operand(l, NPU_OUT, out), gm});
    return out;
}

TVal emit_load(Lower *l, Value *v) {
    if (v->def && v->def->code == OP_LOAD && op_attr_bool(v->def, ATTR_FILL_VIEW))
        lower_error(l, v->def, "`load` with fill");
    return load_access(l, access_of(l, v), lower_value(l, v)->axes, v->name ? v->name : "loaded");
}

static bool is_zero(const Value *v) {
    const Attr *f = v->def && v->def->code == OP_CONST ? op_attr(v->def, ATTR_FLOAT) : NULL;
    return v->def && v->def->code == OP_CONST && (f ? f->f == 0 : op_attr_int(v->def, ATTR_INT, 0) == 0);
}

/* Rows by index; the positions lie along the rows of the result. */
TVal emit_gather(Lower *l, const Op *op) {
    unsigned axes = lower_value(l, op->results[0])->axes;
    Value *source = op->operands[0], *indices = op->operands[1];
    bool rows = op_attr_int(op, ATTR_AXIS, 0) == 0, plain = op->noperands < 3 || is_zero(op->operands[2]);
    if (!rows || !plain || indices->type->elem != ELEM_I32 || !(axes & AXIS_COL) || source->type->elem == ELEM_BOOL)
        lower_error(l, op, "`gather` %s",
                    !rows    ? "of columns"
                    : !plain ? "with a fill that is not 0"
                             : "of this shape or type");
    Access a = type_is_memory(source->type) ? access_of_view(l, source) : access_of(l, source);
    if (!l->failed && !is_one(a.stride[1]))
        lower_error(l, op, "`gather` from rows with gaps");
    TVal at = load_access(l, swap_access(access_of(l, indices)), axes & AXIS_ROW, "indices");
    if (l->failed)
        return at;
    TVal out = new_tile(l, a.elem, axes, "gathered", l->knobs.depth);
    PlaceOperand to = tile_operand(l, NPU_OUT, out),
                 gm = {.kind = PLACE_GM, .role = NPU_GM_IN, .elem = a.elem, .arg = a.arg};
    gm.at = expr_add(l->x, a.at, l->axis[1].start);
    gm.valid[0] = lower_expr(l, source->type->dims[source->type->rank - 2]);
    gm.valid[1] = to.valid[1];
    gm.stride[0] = a.stride[0];
    gm.stride[1] = a.stride[1];
    add_insn(l, INSN_MGATHER, NULL, 3, (PlaceOperand[]){to, gm, tile_operand(l, NPU_IN, at)});
    return out;
}

TVal emit_product(Lower *l, const Op *op) {
    const LowerValue *lv = lower_value(l, op->results[0]);
    return load_access(l, access_of_rows(l, lv->product, op->results[0]->type), lv->axes, "product");
}

static void store_strided(Lower *l, PlaceOperand gm, TVal t) {
    TVal spread = {.kind = T_NONE};
    PlaceOperand out = column_tile(l, NPU_OUT, &spread, t);
    out.valid[1] = expr_const(l->x, out.cols);
    add_insn(l, INSN_TROWEXPAND, NULL, 2, (PlaceOperand[]){out, dn_operand(l, NPU_IN, t)});
    gm.stride[1] = expr_const(l->x, 1);
    add_insn(l, INSN_TSTORE, NULL, 2, (PlaceOperand[]){gm, column_tile(l, NPU_IN, &spread, t)});
}

void emit_store(Lower *l, const Access *a, unsigned axes, TVal t) {
    if (l->failed)
        return;
    if (t.kind != T_TILE || t.axes != axes)
        t = t_expand(l, t, axes);
    if (t.elem == ELEM_BOOL)
        t = t_cast(l, t_mask_number(l, t, ELEM_F16), ELEM_U8, "rint", false);
    if (t.kind != T_TILE || l->failed)
        return;
    PlaceOperand gm = current_block(l, a, NPU_GM_OUT, axes);
    if (axes == AXIS_ROW)
        gm = as_row(gm);
    if (axes && !is_one(gm.stride[1])) {
        bool one_row = axes == AXES_BOTH && l->axis[0].block == 1;
        if (axes == AXES_BOTH && !one_row)
            lower_error(l, l->op, "a store to a view whose columns have a stride");
        else
            store_strided(l, as_row(gm), t);
        return;
    }
    add_insn(l, INSN_TSTORE, NULL, 2, (PlaceOperand[]){gm, tile_operand(l, NPU_IN, t)});
}
