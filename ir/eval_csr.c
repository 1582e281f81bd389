/* eval_csr.c - the check of a csr matrix. */
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_csr.h"

void eval_csr(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *pointers = eval_mem(run, frame, op, 0), *columns = eval_mem(run, frame, op, 1);
    const char *name = op_attr_str(op->op, ATTR_NAME);
    char text[256];
    int64_t rows = eval_expr(frame, &op->exprs[0]), cols = eval_expr(frame, &op->exprs[1]);
    eval_want(run, op, rows >= 0 && pointers->dims[0] == rows + 1, "not one row pointer more than rows");
    int status =
        pt_csr_check(name ? name : "csr", (const int32_t *)(const void *)pointers->data,
                     (const int32_t *)(const void *)columns->data, rows, cols, columns->dims[0], text, sizeof text);
    if (status != PTOC_OK)
        eval_fail(run, op->op, status, "%s", text);
}
