/* alias.h - which parameters of a kernel may name the same memory, from every call of it in the module.
 *
 * LANGUAGE.md section 6: tensors of an entry point never overlap; in one call an out or inout view may overlap another argument
 * only if both are the same view. So two parameters of a kernel may alias only if some call passes views of one tensor to both. */
#ifndef PTOC_PASSES_ANALYSIS_ALIAS_H
#define PTOC_PASSES_ANALYSIS_ALIAS_H
#include "ir/ir.h"

typedef struct AliasTable AliasTable;
AliasTable *alias_compute(Arena *arena, const Module *module);
/* The parameter (or temp, or other defining value) whose memory a view or tensor value is part of. */
const Value *alias_root(const Value *memory);
/* May two memory values used in `func` overlap? */
bool alias_may_overlap(const AliasTable *table, const Func *func, const Value *a, const Value *b);
#endif
