/* axes.h - named axes of a kernel: equal dimensions of the values that are computed together share an axis.
 *
 * LOWERING.md section 2.1. Every tile value has an axis for its rows and one for its columns (-1 where the extent is the constant
 * 1), every reduction, scan, contraction and order op the axis it runs along. Union-find over the index relations (OpInfo.map) of
 * the ops that are computed in sweeps (attribute at = sweep); values that are read at any index (loads, cheap element-wise
 * expressions of them: at = use; and whole values) keep axes of their own.
 *
 * Two axes that index one value or one op at once conflict and are never merged: in x * trans(x) the two uses of x differ. */
#ifndef PTOC_PASSES_ANALYSIS_AXES_H
#define PTOC_PASSES_ANALYSIS_AXES_H
#include "ir/ir.h"

typedef enum At { AT_WHOLE, AT_USE, AT_SWEEP } At;

typedef struct AxisTable AxisTable;
AxisTable *axes_create(Arena *arena, Module *module);
/* Gives the op's results (and what it reduces along) axes and merges them with those of its operands computed in sweeps. An operand
 * that cannot be merged is reported by number, so that the caller can store it whole; -1: all merged. The op then counts as if the
 * operand were whole. */
int axes_add_op(AxisTable *t, Op *op);
/* Axes of its own for a value that no op computes: a carried tile, the result of a loop or condition. */
void axes_add_value(AxisTable *t, const Value *v);
int axes_row(AxisTable *t, const Value *v); /* representative, or -1 */
int axes_col(AxisTable *t, const Value *v);
int axes_along(AxisTable *t, const Op *op); /* axis of a reduction, scan, contraction or order op; -1 for others */
int axes_fresh(AxisTable *t, const Expr *extent);
const Expr *axes_extent(AxisTable *t, int axis);
At value_at(const Value *v);
void value_set_at(Module *m, const Value *v, At at);

/* Letters of an operand of an op, as the axes (of result and `along`) that index its rows and columns. */
typedef struct OperandAxes {
    int row, col; /* -1: index 0 */
} OperandAxes;
OperandAxes axes_operand(AxisTable *t, const Op *op, int operand);
#endif
