/* eval_block.c - windows of memory: blocks of rows and lanes read, written and packed, element by element. */
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_num.h"

/* Where a window lies: the origin, and the dimensions that rows and lanes walk (-1: there is one only). */
typedef struct Window {
    const EvalMem *mem;
    int64_t origin[IR_MAX_RANK];
    int rows, lanes;
} Window;

bool eval_is_block(const EvalOp *op, const Type *value) {
    return !type_is_scalar(value) || op_attr_bool(op->op, ATTR_PART);
}

static void want_walk(EvalRun *run, const EvalOp *op, AttrKey key, bool many, int rank) {
    int64_t dim = op_attr_int(op->op, key, -1);
    eval_want(run, op, dim < rank && dim >= (op_attr(op->op, key) || many ? 0 : -1),
              "rows or lanes walk no dimension of the memory");
}

void eval_want_walks(EvalRun *run, const EvalOp *op, const Type *base, bool many_rows, bool many_lanes) {
    want_walk(run, op, ATTR_ROWS, many_rows, base->rank);
    want_walk(run, op, ATTR_LANES, many_lanes, base->rank);
    int64_t rows = op_attr_int(op->op, ATTR_ROWS, -1), lanes = op_attr_int(op->op, ATTR_LANES, -2);
    eval_want(run, op, rows != lanes, "rows and lanes walk the same dimension");
}

int64_t eval_valid_lanes(const EvalSlot *frame, const EvalOp *op, int64_t n) {
    if (!op_attr_bool(op->op, ATTR_PART))
        return n;
    int64_t count = eval_expr(frame, &op->exprs[op->nexprs - 1]);
    return count < 0 ? 0 : count < n ? count : n;
}

int64_t eval_row_step(const EvalSlot *x) { return x->rows == 1 ? 0 : x->cols; }
int64_t eval_lane_step(const EvalSlot *x) { return x->cols == 1 ? 0 : 1; }

static Window window(EvalRun *run, EvalSlot *frame, const EvalOp *op, int operand) {
    Window w = {.mem = eval_mem(run, frame, op, operand)};
    for (int d = 0; d < w.mem->rank; d++)
        w.origin[d] = eval_expr(frame, &op->exprs[d]);
    w.rows = (int)op_attr_int(op->op, ATTR_ROWS, -1);
    w.lanes = (int)op_attr_int(op->op, ATTR_LANES, -1);
    return w;
}

static char *window_place(EvalRun *run, const EvalOp *op, const Window *w, int64_t r, int64_t l) {
    int64_t index[IR_MAX_RANK];
    memcpy(index, w->origin, sizeof index);
    if (w->rows >= 0)
        index[w->rows] += r;
    if (w->lanes >= 0)
        index[w->lanes] += l;
    return eval_mem_place(run, op->op, w->mem, index);
}

void eval_get_block(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Window w = window(run, frame, op, 0);
    EvalSlot *x = eval_result(run, frame, op, 0);
    int64_t count = eval_valid_lanes(frame, op, x->cols);
    memset(x->data, 0, (size_t)(x->rows * x->cols) * eval_rep_bytes(op->elem));
    for (int64_t r = 0; r < x->rows; r++)
        for (int64_t l = 0; l < count; l++)
            eval_read(op->elem, eval_at(x, op->elem, r, l), window_place(run, op, &w, r, l), 1, 1);
}

void eval_put_block(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Window w = window(run, frame, op, 0);
    const EvalSlot *x = eval_in(frame, op, 1), *condition = op->nin > 2 ? eval_in(frame, op, 2) : NULL;
    int64_t count = eval_valid_lanes(frame, op, x->cols);
    if (condition &&
        ((condition->rows != 1 && condition->rows != x->rows) || (condition->cols != 1 && condition->cols != x->cols)))
        eval_want_shape(run, op, condition, x->rows, x->cols, "the condition");
    for (int64_t r = 0; r < x->rows; r++)
        for (int64_t l = 0; l < count; l++) {
            const int64_t *c = condition ? condition->data : NULL;
            if (!c || c[r * eval_row_step(condition) + l * eval_lane_step(condition)])
                eval_write(op->elem, window_place(run, op, &w, r, l), 1, eval_at(x, op->elem, r, l), 1, 1);
        }
}

/* ---- pack ------------------------------------------------------------------------------------ */
void eval_pack(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *buffer = eval_mem(run, frame, op, 0);
    Window source = window(run, frame, op, 1);
    int rank = buffer->rank, at = source.mem->rank;
    int64_t rows = eval_expr(frame, &op->exprs[at]), lanes = eval_expr(frame, &op->exprs[at + 1]);
    int64_t index[IR_MAX_RANK];
    for (int d = 0; d + 2 < rank; d++)
        index[d] = eval_expr(frame, &op->exprs[at + 2 + d]);
    for (int64_t r = 0; r < buffer->dims[rank - 2]; r++)
        for (int64_t c = 0; c < buffer->dims[rank - 1]; c++) {
            EvalScalar x = {.i = 0}, y = {.i = 0};
            if (r < rows && c < lanes) {
                eval_read(source.mem->elem, &x, window_place(run, op, &source, r, c), 1, 1);
                op->loop(&y, &x, NULL, 0, PT_RINT, 1);
            }
            index[rank - 2] = r;
            index[rank - 1] = c;
            eval_write(buffer->elem, eval_mem_place(run, op->op, buffer, index), 1, &y, 1, 1);
        }
}

void eval_prepare_pack(EvalRun *run, EvalOp *op) {
    const Type *buffer = op->op->operands[0]->type, *source = op->op->operands[1]->type;
    eval_want(run, op, buffer->rank >= 2, "the buffer has less than two dimensions");
    eval_want(run, op, op->nexprs == buffer->rank + source->rank, "a wrong number of expressions");
    eval_want(run, op, elem_widens(source->elem, buffer->elem), "the buffer does not hold every value of the source");
    eval_want_walks(run, op, source, !expr_equals_const(buffer->dims[buffer->rank - 2], 1),
                    !expr_equals_const(buffer->dims[buffer->rank - 1], 1));
    op->loop = eval_cast_loop(source->elem, buffer->elem);
}

/* ---- prefetch -------------------------------------------------------------------------------- */
void eval_prefetch(EvalRun *run, EvalSlot *frame, const EvalOp *op) { (void)run, (void)frame, (void)op; }

void eval_prepare_prefetch(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->nexprs == op->op->operands[0]->type->rank, "not one index for each dimension");
}
