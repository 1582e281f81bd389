/* eval_memory.c - reading and writing memory: whole views, gathered rows, single elements. */
#include <string.h>
#include "ir/eval_internal.h"

/* ---- load and store -------------------------------------------------------------------------- */
static void want_grid(EvalRun *run, const EvalOp *op, const EvalSlot *tile, const EvalMem *mem) {
    EvalGrid g = eval_mem_grid(mem);
    if (tile->rows != g.rows || tile->cols != g.cols || !tile->data)
        eval_fail(run, op->op, PTOC_E_SHAPE, "%s: the view is [%lld, %lld], the tile [%lld, %lld]",
                  op_info(op->op->code)->name, (long long)g.rows, (long long)g.cols, (long long)tile->rows,
                  (long long)tile->cols);
}

static void load_filled(EvalRun *run, EvalSlot *frame, const EvalOp *op, const EvalMem *mem, EvalSlot *r) {
    EvalGrid g = eval_mem_grid(mem);
    EvalScalar fill = eval_in(frame, op, 1)->s;
    size_t bytes = eval_rep_bytes(op->out_elem);
    if (g.rows > r->rows || g.cols > r->cols)
        eval_fail(run, op->op, PTOC_E_SHAPE, "load: the view [%lld, %lld] is larger than its capacity [%lld, %lld]",
                  (long long)g.rows, (long long)g.cols, (long long)r->rows, (long long)r->cols);
    for (int64_t i = 0; i < r->rows; i++) {
        int64_t n = i < g.rows ? g.cols : 0;
        if (n > 0)
            eval_mem_read(run, op->op, mem, i, 0, n, eval_at(r, op->out_elem, i, 0));
        for (int64_t j = n; j < r->cols; j++)
            eval_copy(eval_at(r, op->out_elem, i, j), &fill, bytes);
    }
}

void eval_load(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    if (op->nin > 1) {
        load_filled(run, frame, op, mem, r);
        return;
    }
    want_grid(run, op, r, mem);
    for (int64_t i = 0; i < r->rows && r->cols > 0; i++)
        eval_mem_read(run, op->op, mem, i, 0, r->cols, eval_at(r, op->out_elem, i, 0));
}

void eval_prepare_load(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->op->operands[0]->type->rank <= 2, "the view's rank is above 2");
    eval_want(run, op, type_is_tile(op->op->results[0]->type) && op->out_elem == op->elem,
              "the result's type does not follow");
    eval_want(run, op, op->nin < 2 || eval_in_elem(op, 1) == op->elem, "the fill value is of another element type");
}

void eval_store(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    const EvalSlot *x = eval_in(frame, op, 1), *mask = op->nin > 2 ? eval_in(frame, op, 2) : NULL;
    want_grid(run, op, x, mem);
    if (mask)
        eval_want_shape(run, op, mask, mask->rows == 1 ? 1 : x->rows, mask->cols == 1 ? 1 : x->cols, "the mask");
    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t j = 0; j < x->cols; j++) {
            int64_t keep = 1;
            if (mask)
                memcpy(&keep, eval_at(mask, ELEM_BOOL, mask->rows == 1 ? 0 : i, mask->cols == 1 ? 0 : j), sizeof keep);
            if (keep)
                eval_mem_write(run, op->op, mem, i, j, eval_at(x, op->elem, i, j));
        }
}

void eval_prepare_store(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->op->operands[0]->type->rank <= 2, "the view's rank is above 2");
    eval_want(run, op, eval_in_elem(op, 1) == op->elem, "the tile is of another element type");
    eval_want(run, op, op->nin < 3 || eval_in_elem(op, 2) == ELEM_BOOL, "the mask is not bool");
}

void eval_fill(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    EvalScalar v = eval_in(frame, op, 1)->s;
    int64_t index[IR_MAX_RANK] = {0};
    for (int d = 0; d < mem->rank; d++)
        if (mem->dims[d] == 0)
            return;
    for (;;) {
        eval_write(mem->elem, eval_mem_place(run, op->op, mem, index), 1, &v, 1, 1);
        int d = mem->rank - 1;
        while (d >= 0 && ++index[d] == mem->dims[d])
            index[d--] = 0;
        if (d < 0)
            return;
    }
}

void eval_prepare_fill(EvalRun *run, EvalOp *op) {
    eval_want(run, op, eval_in_elem(op, 1) == op->elem, "the value is of another element type");
}

/* ---- gather and scatter ---------------------------------------------------------------------- */
static int64_t index_at(const EvalSlot *indices, int64_t i, int64_t j) {
    int64_t v;
    memcpy(&v, eval_at(indices, ELEM_INDEX, indices->rows == 1 ? 0 : i, j), sizeof v);
    return v;
}

typedef struct Source { /* of a gather: a tile, or memory */
    const EvalSlot *tile;
    const EvalMem *mem;
    int64_t rows, cols;
} Source;

static Source gather_source(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Source s = {0};
    if (type_is_tile(op->op->operands[0]->type)) {
        s.tile = eval_in(frame, op, 0);
        s.rows = s.tile->rows;
        s.cols = s.tile->cols;
    } else {
        s.mem = eval_mem(run, frame, op, 0);
        EvalGrid g = eval_mem_grid(s.mem);
        s.rows = g.rows;
        s.cols = g.cols;
    }
    return s;
}

void eval_gather(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Source s = gather_source(run, frame, op);
    const EvalSlot *indices = eval_in(frame, op, 1);
    EvalScalar fill = {.i = 0};
    if (op->nin > 2)
        fill = eval_in(frame, op, 2)->s;
    EvalSlot *r = eval_result(run, frame, op, 0);
    bool columns = op->axis == 1;
    eval_want_shape(run, op, r, columns ? s.rows : indices->cols, columns ? indices->cols : s.cols, "the result");
    eval_want_shape(run, op, indices, indices->rows == 1 || !columns ? 1 : s.rows, indices->cols, "the indices");
    size_t bytes = eval_rep_bytes(op->elem);
    for (int64_t i = 0; i < r->rows; i++)
        for (int64_t j = 0; j < r->cols; j++) {
            int64_t row = columns ? i : index_at(indices, 0, i), col = columns ? index_at(indices, i, j) : j;
            void *to = eval_at(r, op->elem, i, j);
            if (row < 0 || row >= s.rows || col < 0 || col >= s.cols)
                eval_copy(to, &fill, bytes);
            else if (s.tile)
                eval_copy(to, eval_at(s.tile, op->elem, row, col), bytes);
            else
                eval_mem_read(run, op->op, s.mem, row, col, 1, to);
        }
}

void eval_prepare_gather(EvalRun *run, EvalOp *op) {
    const Type *source = op->op->operands[0]->type;
    eval_want(run, op, source->rank <= 2, "the view's rank is above 2");
    eval_want(run, op, elem_is_int(eval_in_elem(op, 1)), "the indices are not integers");
    eval_want(run, op, op->nin < 3 || eval_in_elem(op, 2) == op->elem, "the fill value is of another element type");
    eval_want(run, op, type_is_tile(op->op->results[0]->type) && op->out_elem == op->elem,
              "the result's type does not follow");
    op->axis = (int)op_attr_int(op->op, ATTR_AXIS, 0);
}

void eval_scatter(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    const EvalSlot *indices = eval_in(frame, op, 1), *x = eval_in(frame, op, 2);
    EvalGrid g = eval_mem_grid(mem);
    bool columns = op->axis == 1;
    eval_want_shape(run, op, x, columns ? g.rows : indices->cols, columns ? indices->cols : g.cols, "the tile");
    eval_want_shape(run, op, indices, indices->rows == 1 || !columns ? 1 : g.rows, indices->cols, "the indices");
    for (int64_t i = 0; i < x->rows; i++)
        for (int64_t j = 0; j < x->cols; j++) {
            int64_t row = columns ? i : index_at(indices, 0, i), col = columns ? index_at(indices, i, j) : j;
            if (row >= 0 && row < g.rows && col >= 0 && col < g.cols)
                eval_mem_write(run, op->op, mem, row, col, eval_at(x, op->elem, i, j));
        }
}

void eval_prepare_scatter(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->op->operands[0]->type->rank <= 2, "the view's rank is above 2");
    eval_want(run, op, elem_is_int(eval_in_elem(op, 1)), "the indices are not integers");
    eval_want(run, op, eval_in_elem(op, 2) == op->elem, "the tile is of another element type");
    op->axis = (int)op_attr_int(op->op, ATTR_AXIS, 0);
}

/* ---- single elements ------------------------------------------------------------------------- */
static void get_tile(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    int64_t i = eval_expr(frame, &op->exprs[0]), j = eval_expr(frame, &op->exprs[1]);
    bool inside = i >= 0 && i < x->rows && j >= 0 && j < x->cols;
    EvalScalar s = {.i = 0};
    if (inside)
        memcpy(&s, eval_at(x, op->elem, i, j), eval_rep_bytes(op->elem));
    else if (op->nin > 1)
        s = eval_in(frame, op, 1)->s;
    else
        eval_fail(run, op->op, PTOC_E_BOUNDS, "get: [%lld, %lld] is outside of a tile [%lld, %lld]", (long long)i,
                  (long long)j, (long long)x->rows, (long long)x->cols);
    frame[op->out[0]].s = s;
}

void eval_get(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    int64_t index[IR_MAX_RANK];
    for (int d = 0; d < op->nexprs; d++)
        index[d] = eval_expr(frame, &op->exprs[d]);
    EvalScalar s = {.i = 0};
    if (op->nin > 1 && !eval_mem_holds(mem, index))
        s = eval_in(frame, op, 1)->s;
    else
        eval_read(mem->elem, &s, eval_mem_place(run, op->op, mem, index), 1, 1);
    frame[op->out[0]].s = s;
}

void eval_prepare_get(EvalRun *run, EvalOp *op) {
    const Type *base = op->op->operands[0]->type, *r = op->op->results[0]->type;
    bool block = eval_is_block(op, r);
    eval_want(run, op, op->nexprs == base->rank + op_attr_bool(op->op, ATTR_PART), "not one index for each dimension");
    eval_want(run, op, type_is_tile(r) && op->out_elem == op->elem, "the result's type does not follow");
    eval_want(run, op, !block || (type_is_memory(base) && op->nin == 1),
              "a block of what is no memory, or with a fill");
    eval_want(run, op, op->nin < 2 || eval_in_elem(op, 1) == op->elem, "the fill value is of another element type");
    eval_want(run, op, (op->nin == 2) == op_attr_bool(op->op, ATTR_FILL_VIEW), "fill and its operand go together");
    if (type_is_tile(base))
        op->fn = get_tile;
    if (!block)
        return;
    eval_want_walks(run, op, base, !expr_equals_const(r->dims[0], 1), !expr_equals_const(r->dims[1], 1));
    op->fn = eval_get_block;
}

void eval_put(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    if (op->nin > 2 && !eval_in(frame, op, 2)->s.i)
        return;
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    int64_t index[IR_MAX_RANK];
    for (int d = 0; d < op->nexprs; d++)
        index[d] = eval_expr(frame, &op->exprs[d]);
    if (op->axis && !eval_mem_holds(mem, index))
        return;
    eval_write(mem->elem, eval_mem_place(run, op->op, mem, index), 1, &eval_in(frame, op, 1)->s, 1, 1);
}

void eval_prepare_put(EvalRun *run, EvalOp *op) {
    const Type *base = op->op->operands[0]->type, *x = op->op->operands[1]->type;
    eval_want(run, op, op->nexprs == base->rank + op_attr_bool(op->op, ATTR_PART), "not one index for each dimension");
    eval_want(run, op, eval_in_elem(op, 1) == op->elem, "the value is of another element type");
    eval_want(run, op, op->nin < 3 || eval_in_elem(op, 2) == ELEM_BOOL, "the condition is not bool");
    op->axis = op_attr_bool(op->op, ATTR_GUARDED);
    if (!eval_is_block(op, x)) {
        eval_want(run, op, op->nin < 3 || type_is_scalar(op->op->operands[2]->type), "the condition is no scalar");
        return;
    }
    eval_want(run, op, !op->axis, "a block cannot be guarded");
    eval_want_walks(run, op, base, !expr_equals_const(x->dims[0], 1), !expr_equals_const(x->dims[1], 1));
    op->fn = eval_put_block;
}
