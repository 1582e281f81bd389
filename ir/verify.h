/* verify.h - structural rules of the IR, per stage. A failure is a defect of the compiler (or of hand-written IR text).
 * Checks: results and operands fit the op's row, definitions dominate uses (operands, expressions, extents), regions
 * end as their op wants, stage rules (BLOCK: tile values are [1,1], no whole-tile op), calls match their callee,
 * attributes are of known use. */
#ifndef PTOC_IR_VERIFY_H
#define PTOC_IR_VERIFY_H
#include "ir/base/diag.h"
#include "ir/ir.h"
/* Returns the number of violations, each reported as DIAG_IR_INVALID naming `after` (a pass name or "parsing"). */
int module_verify(const Module *module, DiagContext *dc, const char *after);
#endif
