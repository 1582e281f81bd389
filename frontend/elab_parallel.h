/* elab_parallel.h - is a pair of accesses kept apart by the iterations of a loop? Shared by elab_parallel.c (which pairs, what
 * to report), elab_disjoint.c (proofs) and elab_witness.c (counterexamples).
 *
 * All of it works on the finished IR of a workload: what holds at an access is read off the loops, tiers and conditions
 * around it. */
#ifndef PTOC_FRONTEND_ELAB_PARALLEL_H
#define PTOC_FRONTEND_ELAB_PARALLEL_H
#include "frontend/elab_access.h"
#include "frontend/elab_internal.h"

/* Index values that stand for what may differ, used again by every proof. */
typedef struct ParallelLeaves {
    VEC(Value *) values;
    int used;
} ParallelLeaves;

enum { PARALLEL_SAMPLES = 3 };

/* The loop whose iterations are compared; for `parallel { }` its statements, which have no index. */
typedef struct ParallelLoop {
    Arena *arena;
    Module *module;
    Func *func;
    Op *op; /* OP_PARALLEL, OP_CONCURRENT or OP_PIPE */
    const Region *body;
    Value *index;                    /* NULL: the statements, or the processes, are compared */
    const MemoryAccessVec *accesses; /* all in the body */
    ParallelLeaves *leaves;
    /* Of each access from `compared` on, PARALLEL_SAMPLES trials, each run once; NULL: not yet. */
    const MemoryAccess *compared;
    struct Trial **trials;
} ParallelLoop;

/* May the value differ between two executions of the body? */
bool parallel_value_varies(const ParallelLoop *loop, const Value *v);
/* Does the value follow from the loop's index, through bounds, conditions and memory too? */
bool parallel_expr_depends(const ParallelLoop *loop, const Expr *x, const Value *on);

/* Proved: a and b touch nothing in common in two different iterations (or statements). */
bool parallel_prove_disjoint(const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b);

/* Proved: what an iteration touches lies in the places begin .. end of dimension dim, which are expressions of the loop's index. */
bool parallel_prove_within(const ParallelLoop *loop, const MemoryAccess *a, int dim, const Expr *begin,
                           const Expr *end);

/* Two iterations that touch the same element, found by trying small extents. */
typedef struct ParallelWitness {
    int64_t first, second; /* values of the index */
} ParallelWitness;
/* a and b are among `compared`. */
bool parallel_find_witness(const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b,
                           ParallelWitness *out);

/* How messages show an access (elab_parallel.c): where it stands, and as it is written there. */
Span parallel_access_span(Elab *e, const ElabWorkload *w, const MemoryAccess *a);
const char *parallel_access_text(Elab *e, const ElabWorkload *w, const MemoryAccess *a);

/* The regions around an op from just below `outer` (exclusive) inwards; NULL-terminated ops whose regions they are.
 * region_of[i] is the number of the region within ops[i]. Returns the count. */
typedef struct PathStep {
    Op *op;
    int region;
} PathStep;
typedef VEC(PathStep) PathVec;
void parallel_path(Arena *arena, const Region *outer, const Op *op, PathVec *out);
#endif
