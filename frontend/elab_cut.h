/* elab_cut.h - loops over a distributed axis and what their iterations have to themselves. Shared by elab_distribute.c, which
 * finds them, and elab_chunks.c, which makes tasks of them. */
#ifndef PTOC_FRONTEND_ELAB_CUT_H
#define PTOC_FRONTEND_ELAB_CUT_H
#include "frontend/elab_distribute.h"
#include "frontend/elab_parallel.h"

/* Iteration i has places base + slope i .. base + slope (i + step) of dimension dim to itself. */
typedef struct Slab {
    int dim;
    const Expr *base, *slope;
} Slab;

/* One loop over the axis. */
typedef struct Cut {
    Op *axis, *outer; /* outer: the parallel loop around all, which may be the axis itself */
    ParallelLoop loop;
    MemoryAccessVec accesses; /* of the axis's body */
    VEC(Value *) roots;       /* what it writes */
    VEC(Slab) slabs;          /* of the roots */
} Cut;

typedef struct Distribute {
    Elab *e;
    ElabWorkload *w;
    const char *name;
    Span directive;
    VEC(Cut *) cuts;
    ParallelLeaves leaves;
    MemoryAccessVec all; /* of the workload */
    bool called;         /* by another workload */
    bool ok;
} Distribute;

bool cut_is_inside(const Op *op, const Op *outer);
bool cut_has_root(const Cut *c, const Value *root);
const Slab *cut_slab_of(const Cut *c, const Value *root);
/* Proved: an access in the axis's body keeps to what its iteration has of the slab. */
bool cut_lies_within(const Distribute *d, const Cut *c, const MemoryAccess *a, const Slab *s);

/* elab_chunks.c */
void distribute_in_chunks(Distribute *d);
#endif
