/* alike.h - do two pieces of IR do the same? What they assume may differ, and the tier for which a call is counted: tiers whose limit is
 * in no value leave such clones. */
#ifndef PTOC_PASSES_ANALYSIS_ALIKE_H
#define PTOC_PASSES_ANALYSIS_ALIKE_H
#include "ir/ir.h"

bool regions_are_alike(Module *m, const Region *a, const Region *b);
bool kernels_are_alike(const Func *a, const Func *b);
#endif
