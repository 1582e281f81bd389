/* point.c - the element of a value at a point, computed where its operands are known. */
#include <assert.h>

#include "passes/stream/stream_internal.h"

bool stream_is_leaf(const Stream *s, const Value *v) {
    if (v->id >= s->nsource || stream_avail(s, v)->kind != AVAIL_NONE)
        return true;
    if (!v->def)
        return true; /* parameters; carried tiles are available as buffers */
    if (op_code_has(v->def->code, EWISE) || op_code_has(v->def->code, SHAPE))
        return value_at(v) == AT_USE;
    return !op_is_reduction(v->def) && !op_code_has(v->def->code, SCAN_OP);
}

static const Expr *substitute_leaf(void *user, Value *v) {
    Stream *s = user;
    if (v->id >= s->nsource)
        return NULL;
    const Avail *a = stream_avail(s, v);
    if (a->kind == AVAIL_SCALAR)
        return expr_value(s->module->exprs, a->value);
    return clone_map_expr(s->map, expr_value(s->module->exprs, v));
}

const Expr *stream_expr(Stream *s, const Expr *e) { return expr_substitute(s->module->exprs, e, substitute_leaf, s); }

static int max_int(int a, int b) { return a > b ? a : b; }

static int depth_of_op(Stream *s, const Value *v, Value *const *operands, int n, const Expr *const *exprs, int nexprs) {
    int depth = v->id < s->nsource ? s->base_depth[v->id] : 0;
    for (int i = 0; i < n; i++)
        depth = max_int(depth, stream_value_depth(s, operands[i]));
    for (int i = 0; i < nexprs; i++)
        depth = max_int(depth, stream_expr_depth(s, exprs[i]));
    return depth;
}

/* Makes an op with one [1,1] result at the least depth its operands allow. */
static Value *emit_scalar(Stream *s, const Value *v, OpCode code, Value *const *operands, int n,
                          const Expr *const *exprs, int nexprs, Elem elem, int at_least) {
    int depth = max_int(at_least, depth_of_op(s, v, operands, n, exprs, nexprs));
    Builder b = stream_builder(s, depth, v->def ? v->def->loc : LOC_NONE);
    const Type *type = type_scalar(s->module, elem);
    Op *op = build_op(&b, code, operands, n, exprs, nexprs, &type, 1, 0);
    op->results[0]->name = v->name;
    stream_note(s, op->results[0], depth);
    return op->results[0];
}

/* Index of an operand's dimension: 0 where it is broadcast. */
static const Expr *clip_index(Stream *s, const Value *operand, int dim, const Expr *index) {
    return expr_equals_const(operand->type->dims[dim], 1) ? expr_const(s->module->exprs, 0) : index;
}

static Value *point_of_operand(Stream *s, Value *operand, const Expr *row, const Expr *col) {
    return stream_point(s, operand, clip_index(s, operand, 0, row), clip_index(s, operand, 1, col));
}

static Value *read_avail(Stream *s, Value *v, const Avail *a, const Expr *row, const Expr *col) {
    if (a->kind == AVAIL_SCALAR)
        return a->value;
    const Expr *idx[3];
    int n = 0;
    if (a->dims & DIM_ZERO)
        idx[n++] = expr_const(s->module->exprs, 0);
    if (a->dims & DIM_ROW)
        idx[n++] = row;
    if (a->dims & DIM_COL)
        idx[n++] = col;
    if (a->kind == AVAIL_ACC) {
        const Op *op = v->def;
        if (op->code == OP_ROWMEAN || op->code == OP_COLMEAN)
            idx[n++] = stream_expr(s, op->operands[0]->type->dims[op->code == OP_ROWMEAN ? 1 : 0]);
        return emit_scalar(s, v, OP_FIN, &a->value, 1, idx, n, v->type->elem, a->depth);
    }
    return emit_scalar(s, v, OP_GET, &a->value, 1, idx, n, v->type->elem, a->depth);
}

/* A memory value of the source in the new body: parameters stay, views were cloned. */
static Value *new_memory(Stream *s, Value *v) { return clone_map_get(s->map, v); }

static Value *point_of_load(Stream *s, Value *v, const Expr *row, const Expr *col) {
    Op *op = v->def;
    Value *operands[2] = {new_memory(s, op->operands[0]), NULL};
    const Expr *idx[2] = {row, col};
    int rank = op->operands[0]->type->rank, n = 1;
    assert(rank <= 2);
    if (op->noperands > 1)
        operands[n++] =
            stream_point(s, op->operands[1], expr_const(s->module->exprs, 0), expr_const(s->module->exprs, 0));
    Value *r = emit_scalar(s, v, OP_GET, operands, n, rank == 2 ? idx : idx + 1, rank, v->type->elem, 0);
    if (n > 1)
        op_set_bool(s->module, r->def, ATTR_FILL_VIEW, true);
    return r;
}

/* The memory a gather reads: a view, a load that can be looked through, or a buffer made before. */
static Value *gather_source(Stream *s, Value *v, int *rank) {
    *rank = 2;
    const Avail *a = stream_avail(s, v);
    if (a->kind == AVAIL_BUFFER)
        return a->value;
    Value *memory = type_is_memory(v->type) ? v : v->def->operands[0];
    *rank = memory->type->rank;
    return new_memory(s, memory);
}

static Value *point_of_gather(Stream *s, Value *v, const Expr *row, const Expr *col) {
    Op *op = v->def;
    ExprTable *t = s->module->exprs;
    int64_t axis = op_attr_int(op, ATTR_AXIS, 0);
    Value *indices = op->operands[1];
    bool per_row =
        axis == 1 && type_rows(indices->type) == type_rows(v->type) && !expr_equals_const(type_rows(indices->type), 1);
    Value *index = stream_point(s, indices, per_row ? row : expr_const(t, 0), axis == 0 ? row : col);
    const Expr *place = expr_value(t, index), *idx[2] = {axis == 0 ? place : row, axis == 0 ? col : place};
    int rank;
    Value *operands[2] = {gather_source(s, op->operands[0], &rank),
                          stream_point(s, op->operands[2], expr_const(t, 0), expr_const(t, 0))};
    Value *r = emit_scalar(s, v, OP_GET, operands, 2, rank == 2 ? idx : idx + 1, rank == 2 ? 2 : 1, v->type->elem, 0);
    op_set_bool(s->module, r->def, ATTR_FILL_VIEW, true);
    return r;
}

static Value *point_of_iota(Stream *s, Value *v, const Expr *row, const Expr *col) {
    Op *op = v->def;
    const Expr *e =
        expr_add(s->module->exprs, stream_expr(s, op->exprs[0]), op_attr_int(op, ATTR_AXIS, 1) == 0 ? row : col);
    Value *index = emit_scalar(s, v, OP_INDEX, NULL, 0, &e, 1, ELEM_INDEX, 0);
    if (v->type->elem == ELEM_INDEX)
        return index;
    return emit_scalar(s, v, OP_CAST, &index, 1, NULL, 0, v->type->elem, 0);
}

static Value *point_of_reshape(Stream *s, Value *v, const Expr *row, const Expr *col) {
    ExprTable *t = s->module->exprs;
    Value *u = v->def->operands[0];
    const Type *from = u->type, *to = v->type;
    bool empty = expr_equals_const(to->dims[0], 0) || expr_equals_const(to->dims[1], 0);
    if (empty || (from->dims[0] == to->dims[0] && from->dims[1] == to->dims[1]))
        return stream_point(s, u, row, col);
    const Expr *linear = expr_add(t, expr_mul(t, row, stream_expr(s, to->dims[1])), col),
               *n = stream_expr(s, from->dims[1]);
    if (expr_equals_const(from->dims[0], 1))
        return stream_point(s, u, expr_const(t, 0), linear);
    if (expr_equals_const(from->dims[1], 1))
        return stream_point(s, u, linear, expr_const(t, 0));
    return stream_point(s, u, expr_div(t, linear, n), expr_mod(t, linear, n));
}

static Value *point_of_shape_op(Stream *s, Value *v, const Expr *row, const Expr *col) {
    Op *op = v->def;
    ExprTable *t = s->module->exprs;
    if (op->code == OP_TRANS)
        return stream_point(s, op->operands[0], col, row);
    if (op->code == OP_BROADCAST)
        return point_of_operand(s, op->operands[0], row, col);
    if (op->code == OP_RESHAPE)
        return point_of_reshape(s, v, row, col);
    return stream_point(s, op->operands[0], expr_add(t, row, stream_expr(s, op->exprs[0])),
                        expr_add(t, col, stream_expr(s, op->exprs[1])));
}

static Value *point_of_ewise(Stream *s, Value *v, const Expr *row, const Expr *col) {
    Op *op = v->def;
    Value *operands[4];
    for (int i = 0; i < op->noperands; i++)
        operands[i] = point_of_operand(s, op->operands[i], row, col);
    Value *r = emit_scalar(s, v, op->code, operands, op->noperands, NULL, 0, v->type->elem, 0);
    op_copy_attrs(s->module, r->def, op);
    op_set_str(s->module, r->def, ATTR_AT, NULL);
    return r;
}

bool scan_is_pointwise(Stream *s, const Op *op) {
    return op_code_has(op->code, SCAN_OP) && axes_along(s->axes, op) < 0;
}

/* A running sum of one element is +0 + x, a running maximum the element. */
static Value *point_of_single_scan(Stream *s, Value *v, const Expr *row, const Expr *col) {
    Value *x = point_of_operand(s, v->def->operands[0], row, col);
    if (v->def->code == OP_CUMMAX)
        return x;
    Value *operands[2] = {emit_scalar(s, v, OP_CONST, NULL, 0, NULL, 0, v->type->elem, 0), x};
    if (elem_is_float(v->type->elem))
        op_set_float(s->module, operands[0]->def, ATTR_FLOAT, 0.0);
    else
        op_set_int(s->module, operands[0]->def, ATTR_INT, 0);
    return emit_scalar(s, v, OP_ADD, operands, 2, NULL, 0, v->type->elem, 0);
}

static Value *point_compute(Stream *s, Value *v, const Expr *row, const Expr *col) {
    const Avail *a = stream_avail(s, v);
    if (a->kind != AVAIL_NONE)
        return read_avail(s, v, a, row, col);
    Op *op = v->def;
    if (!op)
        return clone_map_get(s->map, v);
    if (op_code_has(op->code, EWISE))
        return point_of_ewise(s, v, row, col);
    if (op_code_has(op->code, SHAPE))
        return point_of_shape_op(s, v, row, col);
    if (scan_is_pointwise(s, op))
        return point_of_single_scan(s, v, row, col);
    if (op->code == OP_LOAD)
        return point_of_load(s, v, row, col);
    if (op->code == OP_GATHER)
        return point_of_gather(s, v, row, col);
    if (op->code == OP_IOTA)
        return point_of_iota(s, v, row, col);
    if (op->code == OP_FULL)
        return stream_point(s, op->operands[0], expr_const(s->module->exprs, 0), expr_const(s->module->exprs, 0));
    if (op->code == OP_INDEX) {
        const Expr *e = stream_expr(s, op->exprs[0]);
        return emit_scalar(s, v, OP_INDEX, NULL, 0, &e, 1, ELEM_INDEX, 0);
    }
    if (op->code == OP_CONST) {
        Value *r = emit_scalar(s, v, OP_CONST, NULL, 0, NULL, 0, v->type->elem, 0);
        op_copy_attrs(s->module, r->def, op);
        return r;
    }
    return clone_map_get(s->map, v); /* scalars made in program order: get */
}

Value *stream_point(Stream *s, Value *v, const Expr *row, const Expr *col) {
    if (v->id >= s->nsource)
        return v;
    Value *r = stream_memo_find(s, v, row, col);
    if (r)
        return r;
    r = point_compute(s, v, row, col);
    stream_memo_add(s, v, row, col, r, stream_value_depth(s, r));
    return r;
}

Value *stream_point_here(Stream *s, Value *v) {
    return stream_point(s, v, stream_axis_index(s, axes_row(s->axes, v)), stream_axis_index(s, axes_col(s->axes, v)));
}
