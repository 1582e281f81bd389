/* simplify.h - shared by the files of the `simplify` pass.
 *
 * simplify.c  rebuilds a function op by op with facts: substitution, checks that are proved, dead code
 * fold.c      what a single op may be replaced by
 * cse.c       equal pure ops in scope */
#ifndef PTOC_PASSES_SIMPLIFY_SIMPLIFY_H
#define PTOC_PASSES_SIMPLIFY_SIMPLIFY_H
#include "ir/build.h"
#include "ir/facts.h"
#include "passes/pipeline.h"

/* The value that the first result of `op` (already in the new body) may be replaced by, or NULL. New constants go before it. */
Value *fold_op(Module *m, Op *op);
/* 1: the condition is the constant true, 0: false, -1: not known. Comparisons of index expressions are decided by facts. */
int fold_condition(Facts *facts, Module *m, Value *condition);
/* Adds what holds when the condition does (or, with `holds` false, does not): comparisons of index expressions, joined by `and`. */
void fold_add_facts(Facts *facts, Module *m, Value *condition, bool holds);

bool pass_simplify(Module *m, PassContext *ctx);
/* Removes pure ops, scratch and loops that nothing uses. */
void simplify_drop_dead(PassContext *ctx, Func *f);

typedef struct CseTable CseTable;
CseTable *cse_create(Arena *arena);
int cse_mark(const CseTable *t);
void cse_release(CseTable *t, int mark);
/* An op in scope that computes the same, or NULL, in which case this one is entered. Pure ops only. */
Op *cse_find_or_add(CseTable *t, Op *op);
#endif
