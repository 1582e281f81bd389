/* sink.c - what happens at a point: elements stored, accumulators stepped, values made available. */
#include "passes/stream/stream_internal.h"

bool op_is_reduction(const Op *op) {
    return op_code_has(op->code, REDUCE_OP) || op_code_has(op->code, CONTRACT) || op_code_has(op->code, ORDER);
}

Sink *sink_new(Stream *s, SinkKind kind, Op *op, Value *value) {
    Sink *k = ARENA_NEW(s->arena, Sink);
    *k = (Sink){.kind = kind, .op = op, .value = value, .dims = DIM_ROW | DIM_COL, .buffer_depth = -1};
    k->row = axes_row(s->axes, value);
    k->col = axes_col(s->axes, value);
    if (kind == SINK_STEP && op_code_has(op->code, ORDER))
        k->col = -1; /* t is made by fin */
    return k;
}

int sink_values(const Sink *k, Value **out) {
    int n = 0;
    if (k->kind == SINK_STEP) {
        int operands = op_code_has(k->op->code, CONTRACT) ? 2 : 1; /* the start value is read when the acc opens */
        if (k->op->code == OP_MERGE_TOPK)
            operands = 2;
        for (int i = 0; i < operands; i++)
            out[n++] = k->op->operands[i];
        return n;
    }
    out[n++] = k->kind == SINK_SCAN ? k->op->operands[0] : k->value;
    if (k->mask)
        out[n++] = k->mask;
    if (k->index)
        out[n++] = k->index;
    return n;
}

int sink_col(const Stream *s, const Sink *k) {
    bool pending_order = k->kind == SINK_KEEP && k->value->def && op_code_has(k->value->def->code, ORDER) &&
                         stream_avail(s, k->value)->kind == AVAIL_NONE;
    return pending_order ? -1 : k->col;
}

bool sink_has_axis(const Stream *s, const Sink *k, int axis) {
    return axis >= 0 && (k->row == axis || sink_col(s, k) == axis);
}

bool sink_is_point(const Stream *s, const Sink *k) {
    return stream_axis_bound(s, k->row) && stream_axis_bound(s, sink_col(s, k));
}

/* ---- accumulators ---------------------------------------------------------------------------------------------- */

static Elem acc_elem(const Op *op) {
    Elem e = op->operands[0]->type->elem;
    if (!op_code_has(op->code, CONTRACT))
        return e;
    return elem_is_float(e) ? elem_accumulator(e) : ELEM_I32;
}

/* The dimensions of a reduction's or scan's result whose axes are open here: the acc is a vector over them. */
static int open_dims(Stream *s, const Op *op, const Expr **extents, int *rank) {
    int dims = 0, along = axes_along(s->axes, op);
    int row = axes_row(s->axes, op->results[0]), col = axes_col(s->axes, op->results[0]);
    *rank = 0;
    if (row >= 0 && row != along && !stream_axis_bound(s, row)) {
        dims |= DIM_ROW;
        extents[(*rank)++] = stream_expr(s, axes_extent(s->axes, row));
    }
    if (!op_code_has(op->code, ORDER) && col >= 0 && col != along && !stream_axis_bound(s, col)) {
        dims |= DIM_COL;
        extents[(*rank)++] = stream_expr(s, axes_extent(s->axes, col));
    }
    return dims;
}

/* matmul's start value: the element here, or a buffer of the acc's extents filled by its own nest. */
static Value *acc_start(Stream *s, Op *op, int dims, const Expr *const *extents, int rank) {
    Value *start = op->operands[2];
    if (rank == 0) {
        const Expr *zero = expr_const(s->module->exprs, 0);
        int row = axes_row(s->axes, op->results[0]), col = axes_col(s->axes, op->results[0]);
        return stream_point(s, start, row < 0 ? zero : stream_axis_index(s, row),
                            col < 0 ? zero : stream_axis_index(s, col));
    }
    Sink *k = sink_new(s, SINK_KEEP, op, start);
    if (value_at(start) != AT_SWEEP) {
        k->row = axes_row(s->axes, op->results[0]);
        k->col = axes_col(s->axes, op->results[0]);
    }
    k->dims = dims;
    k->target = stream_buffer(s, start->type->elem, extents, rank, start->name, op->loc);
    SinkVec sinks = {0};
    VEC_PUSH(s->arena, &sinks, k);
    nest_plan(s, sinks);
    return k->target;
}

void sink_open_acc(Stream *s, Op *op) {
    const Expr *extents[2];
    int rank, dims = open_dims(s, op, extents, &rank);
    const Type *type = type_get(s->module, TYPE_ACC, acc_elem(op), rank, extents, false);
    Value *start = op->code == OP_MATMUL && op->noperands > 2 ? acc_start(s, op, dims, extents, rank) : NULL;
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    const Expr *k = NULL;
    if (op_code_has(op->code, ORDER))
        k = stream_expr(s, type_cols(op->results[0]->type));
    Op *acc = build_op(&b, OP_ACC, &start, start ? 1 : 0, &k, k ? 1 : 0, &type, 1, 0);
    op_set_str(s->module, acc, ATTR_MONOID, monoid_text(op_info(op->code)->monoid));
    if (k) {
        bool sort = op->code == OP_SORT;
        op_set_bool(s->module, acc, ATTR_LARGEST,
                    sort ? op_attr_bool(op, ATTR_DESCENDING)
                         : op->code == OP_MERGE_TOPK || op_attr_bool(op, ATTR_LARGEST));
        op_set_bool(s->module, acc, ATTR_SORTED, sort || op->code == OP_MERGE_TOPK || op_attr_bool(op, ATTR_SORTED));
    }
    acc->results[0]->name = op->results[0]->name;
    stream_note(s, acc->results[0], stream_depth(s));
    s->acc_of[op->results[0]->id] = acc->results[0];
    s->acc_dims[op->results[0]->id] = dims;
}

/* The point of an acc: the indices of its dimensions. */
static int acc_point(Stream *s, const Op *op, const Expr **idx) {
    int n = 0, dims = s->acc_dims[op->results[0]->id];
    if (dims & DIM_ROW)
        idx[n++] = stream_axis_index(s, axes_row(s->axes, op->results[0]));
    if (dims & DIM_COL)
        idx[n++] = stream_axis_index(s, axes_col(s->axes, op->results[0]));
    return n;
}

static Value *operand_point(Stream *s, const Op *op, int i) {
    OperandAxes a = axes_operand(s->axes, op, i);
    return stream_point(s, op->operands[i], stream_axis_index(s, a.row), stream_axis_index(s, a.col));
}

static void emit_step(Stream *s, Op *op) {
    Value *operands[3] = {s->acc_of[op->results[0]->id], operand_point(s, op, 0), NULL};
    const Expr *idx[3];
    int nidx = acc_point(s, op, idx), n = 2;
    if (op_code_has(op->code, CONTRACT))
        operands[n++] = operand_point(s, op, 1);
    if (op->code == OP_MERGE_TOPK)
        operands[n++] = operand_point(s, op, 1);
    else if (monoid_wants_position(op_info(op->code)->monoid))
        idx[nidx++] = stream_axis_index(s, axes_along(s->axes, op));
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    build_op(&b, OP_STEP, operands, n, idx, nidx, NULL, 0, 0);
}

/* merge_topk's second list: its values and indices are whole, so a loop of its own steps them. */
static void step_second_list(Stream *s, Op *op) {
    int axis = axes_fresh(s->axes, type_cols(op->operands[2]->type));
    int row = axes_row(s->axes, op->results[0]);
    stream_open_loop(s, axis, "red", op->loc);
    const Expr *at_row = stream_axis_index(s, row), *at_col = stream_axis_index(s, axis);
    Value *operands[3] = {s->acc_of[op->results[0]->id], stream_point(s, op->operands[2], at_row, at_col),
                          stream_point(s, op->operands[3], at_row, at_col)};
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    build_op(&b, OP_STEP, operands, 3, NULL, 0, NULL, 0, 0);
    stream_pop(s);
}

static void close_order(Stream *s, Op *op) {
    if (op->code == OP_MERGE_TOPK)
        step_second_list(s, op);
    Value *operands[3] = {s->acc_of[op->results[0]->id], NULL, NULL};
    const Expr *dims[2] = {expr_const(s->module->exprs, 1), stream_expr(s, type_cols(op->results[0]->type))};
    for (int i = 0; i < 2; i++)
        operands[1 + i] = s->used[op->results[i]->id]
                              ? stream_buffer(s, op->results[i]->type->elem, dims, 2, op->results[i]->name, op->loc)
                              : operands[0];
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    build_op(&b, OP_TOPK_FIN, operands, 3, NULL, 0, NULL, 0, 0);
    for (int i = 0; i < 2; i++)
        if (operands[1 + i] != operands[0])
            stream_set_avail(s, op->results[i],
                             (Avail){AVAIL_BUFFER, operands[1 + i], DIM_ZERO | DIM_COL, stream_depth(s)});
}

void sink_close_acc(Stream *s, Op *op) {
    if (op_code_has(op->code, ORDER)) {
        close_order(s, op);
        return;
    }
    Value *v = op->results[0];
    int dims = s->acc_dims[v->id], depth = stream_depth(s);
    stream_set_avail(s, v, (Avail){AVAIL_ACC, s->acc_of[v->id], dims, depth});
    if (dims != 0)
        return;
    Value *r = stream_point_here(s, v);
    stream_set_avail(s, v, (Avail){AVAIL_SCALAR, r, 0, depth});
}

/* ---- points ---------------------------------------------------------------------------------------------------- */

static const Expr *with_offset(Stream *s, const Expr *at, const Expr *offset) {
    return offset ? expr_add(s->module->exprs, at, offset) : at;
}

static void emit_store(Stream *s, Sink *k) {
    const Expr *row = stream_axis_index(s, k->row), *col = stream_axis_index(s, k->col),
               *zero = expr_const(s->module->exprs, 0);
    Value *operands[3] = {k->target, stream_point(s, k->value, row, col), NULL};
    int n = 2, nidx = 0;
    if (k->mask)
        operands[n++] = stream_point(s, k->mask, row, col);
    const Expr *idx[2], *to_row = with_offset(s, row, k->row_offset), *to_col = with_offset(s, col, k->col_offset);
    if (k->index) {
        bool rows = op_attr_int(k->op, ATTR_AXIS, 0) == 0;
        const Expr *place = expr_value(s->module->exprs, stream_point(s, k->index, zero, rows ? row : col));
        *(rows ? &to_row : &to_col) = place;
    }
    if (k->dims & DIM_ROW)
        idx[nidx++] = to_row;
    if (k->dims & DIM_COL)
        idx[nidx++] = to_col;
    Builder b = stream_builder(s, stream_depth(s), k->op->loc);
    Op *put = build_op(&b, OP_PUT, operands, n, idx, nidx, NULL, 0, 0);
    if (k->index)
        op_set_bool(s->module, put, ATTR_GUARDED, true);
}

static void emit_keep(Stream *s, Sink *k, Value *element) {
    if (!k->target) {
        stream_set_avail(s, k->value, (Avail){AVAIL_SCALAR, element, 0, stream_depth(s)});
        return;
    }
    Value *operands[2] = {k->target, element};
    const Expr *idx[2];
    int n = 0;
    if (k->dims & DIM_ROW)
        idx[n++] = stream_axis_index(s, k->row);
    if (k->dims & DIM_COL)
        idx[n++] = stream_axis_index(s, k->col);
    Builder b = stream_builder(s, stream_depth(s), k->op->loc);
    build_op(&b, OP_PUT, operands, 2, idx, n, NULL, 0, 0);
}

static void emit_scan(Stream *s, Sink *k) {
    Op *op = k->op;
    emit_step(s, op);
    Value *acc = s->acc_of[op->results[0]->id];
    const Expr *idx[2];
    int n = acc_point(s, op, idx);
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    const Type *type = type_scalar(s->module, k->value->type->elem);
    Op *fin = build_op(&b, OP_FIN, &acc, 1, idx, n, &type, 1, 0);
    fin->results[0]->name = k->value->name;
    stream_note(s, fin->results[0], stream_depth(s));
    emit_keep(s, k, fin->results[0]);
}

void sink_emit(Stream *s, Sink *k) {
    const Expr *row = stream_axis_index(s, k->row), *col = stream_axis_index(s, k->col);
    switch (k->kind) {
    case SINK_STORE: emit_store(s, k); break;
    case SINK_KEEP: emit_keep(s, k, stream_point(s, k->value, row, col)); break;
    case SINK_STEP: emit_step(s, k->op); break;
    case SINK_SCAN: emit_scan(s, k); break;
    case SINK_ASSERT: {
        Value *c = stream_point(s, k->value, row, col);
        Builder b = stream_builder(s, stream_depth(s), k->op->loc);
        Op *op = build_op(&b, OP_ASSERT, &c, 1, NULL, 0, NULL, 0, 0);
        op_set_str(s->module, op, ATTR_TEXT, op_attr_str(k->op, ATTR_TEXT));
        break;
    }
    }
    k->done = true;
}
