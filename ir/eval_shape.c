/* eval_shape.c - ops that make tiles from nothing and ops that move elements. */
#include <string.h>
#include "ir/eval_internal.h"

static void want_tile_result(EvalRun *run, const EvalOp *op) {
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
}

void eval_prepare_same_elem(EvalRun *run, EvalOp *op) {
    want_tile_result(run, op);
    for (int i = 0; i < op->nin; i++)
        eval_want(run, op, eval_in_elem(op, i) == op->out_elem, "the operands and the result differ in element type");
}

/* ---- create ---------------------------------------------------------------------------------- */
void eval_const(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run;
    frame[op->out[0]].s = op->imm;
}

void eval_prepare_const(EvalRun *run, EvalOp *op) {
    const Attr *i = op_attr(op->op, ATTR_INT), *f = op_attr(op->op, ATTR_FLOAT);
    eval_want(run, op, type_is_scalar(op->op->results[0]->type), "the result is no [1,1] tile");
    eval_want(run, op, elem_is_float(op->out_elem) ? f != NULL : i != NULL, "no value of the result's class");
    EvalRep rep = eval_rep(op->out_elem);
    if (rep == REP_I64) {
        op->imm.i = eval_wrap(op->out_elem, i->i);
    } else if (rep == REP_F64) {
        op->imm.d = f->f;
    } else {
        op->imm.f = (float)f->f;
        eval_round(op->out_elem, &op->imm, 1);
    }
}

void eval_index(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run;
    frame[op->out[0]].s.i = eval_expr(frame, &op->exprs[0]);
}

void eval_prepare_index(EvalRun *run, EvalOp *op) {
    eval_want(run, op, type_is_index(op->op->results[0]->type), "the result is no index");
}

void eval_full(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalScalar v = eval_in(frame, op, 0)->s;
    EvalSlot *r = eval_result(run, frame, op, 0);
    size_t bytes = eval_rep_bytes(op->out_elem);
    for (int64_t i = 0; i < r->rows * r->cols; i++)
        eval_copy((char *)r->data + (size_t)i * bytes, &v, bytes);
}

void eval_iota(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    int64_t start = eval_expr(frame, &op->exprs[0]);
    EvalSlot *r = eval_result(run, frame, op, 0);
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t j = 0; j < r->cols; j++) {
            EvalScalar at = {.i = (int64_t)((uint64_t)start + (uint64_t)(op->axis ? j : i))};
            op->loop(eval_at(r, op->out_elem, i, j), &at, NULL, 0, 0, 1);
        }
}

void eval_prepare_iota(EvalRun *run, EvalOp *op) {
    want_tile_result(run, op);
    op->axis = (int)op_attr_int(op->op, ATTR_AXIS, 1);
    op->loop = eval_cast_loop(ELEM_INDEX, op->out_elem);
}

/* ---- shape ----------------------------------------------------------------------------------- */
void eval_trans(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    eval_want_shape(run, op, x, r->cols, r->rows, "the operand");
    size_t bytes = eval_rep_bytes(op->elem);
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t j = 0; j < r->cols; j++)
            eval_copy(eval_at(r, op->elem, i, j), eval_at(x, op->elem, j, i), bytes);
}

void eval_reshape(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    int64_t n = r->rows * r->cols;
    if (!x->data || x->rows * x->cols != n)
        eval_fail(run, op->op, PTOC_E_SHAPE, "reshape: [%lld, %lld] has not as many elements as [%lld, %lld]",
                  (long long)x->rows, (long long)x->cols, (long long)r->rows, (long long)r->cols);
    memcpy(r->data, x->data, (size_t)n * eval_rep_bytes(op->elem));
}

void eval_broadcast(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    eval_want_shape(run, op, x, x->rows == 1 ? 1 : r->rows, x->cols == 1 ? 1 : r->cols, "the operand");
    size_t bytes = eval_rep_bytes(op->elem);
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t j = 0; j < r->cols; j++)
            eval_copy(eval_at(r, op->elem, i, j), eval_at(x, op->elem, x->rows == 1 ? 0 : i, x->cols == 1 ? 0 : j),
                      bytes);
}

static void check_slice(EvalRun *run, const EvalOp *op, const char *what, int64_t from, int64_t n, int64_t extent) {
    if (from < 0 || from > extent || n > extent - from)
        eval_fail(run, op->op, PTOC_E_BOUNDS, "slice: %s %lld :+ %lld are out of %lld", what, (long long)from,
                  (long long)n, (long long)extent);
}

void eval_slice(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    int64_t r0 = eval_expr(frame, &op->exprs[0]), c0 = eval_expr(frame, &op->exprs[1]);
    EvalSlot *r = eval_result(run, frame, op, 0);
    if (r->rows == 0 || r->cols == 0)
        return;
    check_slice(run, op, "rows", r0, r->rows, x->rows);
    check_slice(run, op, "columns", c0, r->cols, x->cols);
    size_t bytes = (size_t)r->cols * eval_rep_bytes(op->elem);
    for (int64_t i = 0; i < r->rows; i++)
        memcpy(eval_at(r, op->elem, i, 0), eval_at(x, op->elem, r0 + i, c0), bytes);
}

static void copy_into(EvalSlot *r, const EvalSlot *x, Elem elem, int64_t i0, int64_t j0) {
    size_t bytes = (size_t)x->cols * eval_rep_bytes(elem);
    for (int64_t i = 0; i < x->rows && bytes; i++)
        memcpy(eval_at(r, elem, i0 + i, j0), eval_at(x, elem, i, 0), bytes);
}

void eval_concat(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalSlot *r = eval_result(run, frame, op, 0);
    bool across = op->axis == 1;
    int64_t at = 0;
    for (int i = 0; i < op->nin; i++) {
        const EvalSlot *x = eval_in(frame, op, i);
        eval_want_shape(run, op, x, across ? r->rows : x->rows, across ? x->cols : r->cols, "an operand");
        int64_t left = (across ? r->cols : r->rows) - at, taken = across ? x->cols : x->rows;
        if (taken > left)
            eval_fail(run, op->op, PTOC_E_SHAPE, "concat: the operands are larger than the result [%lld, %lld]",
                      (long long)r->rows, (long long)r->cols);
        copy_into(r, x, op->elem, across ? 0 : at, across ? at : 0);
        at += taken;
    }
    if (at != (across ? r->cols : r->rows))
        eval_fail(run, op->op, PTOC_E_SHAPE, "concat: the operands are smaller than the result [%lld, %lld]",
                  (long long)r->rows, (long long)r->cols);
}

void eval_prepare_concat(EvalRun *run, EvalOp *op) {
    eval_prepare_same_elem(run, op);
    op->axis = (int)op_attr_int(op->op, ATTR_AXIS, 1);
}
