/* eval_fold.h - constant folding: an element-wise op or cast of constants, computed as the interpreter computes it. */
#ifndef PTOC_IR_EVAL_FOLD_H
#define PTOC_IR_EVAL_FOLD_H
#include "ir/ir.h"

/* If every operand of the op is a [1,1] `const` and the op is element-wise on one or two operands or a cast, gives the value by the
 * class of the result's type (f for floats, else i) and returns true. Integer division by zero is left alone: --checks=full reports
 * it when it runs. */
bool eval_fold(const Op *op, double *f, int64_t *i);
#endif
