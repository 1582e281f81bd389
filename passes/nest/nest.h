/* nest.h - questions about loop nests of the block stage, and the one move that the passes of this folder are made of.
 *
 * loops.c       bounds and indices of loops; what ops read and write; which loops have independent iterations
 * plan.c        how a loop is distributed over the statements of its body: parts, and what crosses them
 * distribute.c  carries a plan out
 * split.c       pass `split`: long top-k sweeps as parts that several threads share
 * coarsen.c     pass `coarsen`: larger blocks of parallel axes
 * batch.c       pass `batch`: a parallel axis of a workload becomes a row loop of the kernel
 * strip.c       passes `blocks` and `strip`: block lengths that the schedule gives
 * rows.c        pass `rows`: row loops move inwards, so that several rows share what inner loops read
 * digits.c      pass `digits`: loops over pages around loops over the rows of a page
 * contract.c    pass `contract`: the loop of a contraction moves inwards
 *
 * *Distributing* a loop r over its body puts a loop r of its own around every part of the body. A part that is a loop may also be
 * *hoisted*: it then stands outside of its loop r, and the same is done with its body. Accumulators and buffers that live across
 * parts get r (from the start of the loop on) as one more leading dimension; scalars are computed again where that is cheap, else
 * kept in a buffer along r. Each iteration of r still does what it did in the order it did it; the order between iterations changes.
 * So the move is right for loops with independent iterations, and for others where no state outside of the body ties parts together. */
#ifndef PTOC_PASSES_NEST_NEST_H
#define PTOC_PASSES_NEST_NEST_H
#include "ir/build.h"
#include "ir/facts.h"
#include "ir/walk.h"
#include "passes/analysis/alias.h"
#include "passes/pipeline.h"

typedef VEC(Op *) OpList;

/* One kernel under a pass. */
typedef struct Nest {
    Module *module;
    PassContext *ctx;
    Arena *arena;
    const AliasTable *alias;
    Func *func;
    Facts *facts; /* of the kernel's symbols */
} Nest;
Nest nest_open(Module *m, PassContext *ctx, const AliasTable *alias, Func *f);

/* Do keys of the schedule (dispatch, streams, priority) name the loop's index? Its iterations then are tasks of their own. */
bool nest_is_key(const Func *f, const Op *loop);
/* One line about the loop for --explain-schedule. */
void nest_note(PassContext *ctx, const char *pass, const Func *f, const Op *loop, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* A scalar of e at the builder, with a name: to index expressions it is a leaf. */
const Expr *nest_scalar(Builder *b, const Expr *e, const char *name);
/* The same, that stands before the parallel axis and those that hold nothing else than it, so that e is written once; e itself where
 * that cannot be. */
const Expr *nest_name_scalar(Module *m, Op *axis, const Expr *e, const char *name);
/* Removes kernels that nothing calls any more. */
void nest_drop_uncalled(Arena *arena, Module *m);

/* ---- loops.c ------------------------------------------------------------------------------------------------------ */
Value *loop_index(const Op *loop);
bool loop_has_kind(const Op *op, const char *kind);
bool loop_has_unit_step(const Op *loop);
/* A loop op at the builder, with a new index. */
Op *loop_build(Builder *b, const Expr *lo, const Expr *hi, const Expr *step, const char *kind, const char *name);
bool value_is_inside(const Value *v, const Region *region); /* defined in the region or below it */
bool expr_is_outside(const Expr *e, const Region *region);  /* no leaf is inside */
bool op_reads_state(const Op *op);                          /* get, fin */
bool op_writes_state(const Op *op);                         /* put, step, topk_fin, fill */
/* The expression that tells the iterations of the loop apart among the op's indices: c * index + outside, c constant and not 0. */
bool index_separates(Nest *n, const Op *loop, const Expr *e);
/* Do iterations of the loop touch no state of each other, and show nothing in an order that a user could see? */
bool loop_is_independent(Nest *n, const Op *loop);
/* May the memory or accumulator be written inside of the region? */
bool region_writes(Nest *n, Region *region, const Value *state);
/* Largest value of e over lo <= index < hi, where e is shown to be monotone in the index; else NULL. */
const Expr *expr_most_over(ExprTable *t, const Expr *e, const Value *index, const Expr *lo, const Expr *hi);

/* ---- plan.c ------------------------------------------------------------------------------------------------------- */
typedef enum PlaceKind {
    PLACE_SELF,     /* not of the body: as it is */
    PLACE_LOCAL,    /* used in its own part only */
    PLACE_PLAIN,    /* does not depend on r: computed outside of it */
    PLACE_EXPANDED, /* accumulator or buffer with one more dimension */
    PLACE_KEPT,     /* scalar in a buffer along r */
    PLACE_AGAIN     /* scalar computed again in every part */
} PlaceKind;
typedef struct Place {
    PlaceKind kind;
    int part;     /* in which it is defined, of its region's plan */
    Value *value; /* in the new nest: PLAIN the value, EXPANDED and KEPT the array */
} Place;

typedef struct Plan Plan;
typedef struct Part {
    OpList ops;
    Plan *hoisted; /* the part is one loop that moves outside of r: the plan of its body */
    Op *start;     /* or an expanded accumulator with start values */
} Part;
struct Plan {
    Region *from;
    VEC(Part) parts;
    OpList declared; /* accumulators and buffers that are expanded, and kept scalars, defined in this region */
    OpList plain;
};

typedef struct Distribution Distribution;
struct Distribution {
    Nest *nest;
    Op *loop;
    bool (*hoists)(Distribution *d, const Op *loop); /* should this loop move outside of r? */
    const char *inner_kind;                          /* of the loops r that are made */
    Place *places;                                   /* by value id - first */
    uint32_t first, nplaces;
    Plan *plan;
    bool expands;        /* something is EXPANDED or KEPT */
    bool hoists_any;     /* some loop is hoisted */
    int64_t kept_bytes;  /* of state with constant extents, for one iteration of r */
    bool kept_unbounded; /* some expanded state has extents that are not constant */
    /* while it is carried out */
    const Expr *lo, *hi, *base, *extent;
    VEC(Value *) expanded; /* new arrays whose first index is r - base */
    OpList guards;         /* hoisted loops around, whose end depends on r */
};
/* Plans the distribution; false where it cannot be done. */
bool distribute_plan(Distribution *d);
/* Every value that the op or its regions use: operands, leaves of expressions and of extents. */
void op_each_use(Op *op, bool (*fn)(void *user, Value *v), void *user);
Place *distribution_place(Distribution *d, const Value *v);

/* ---- rows.c ------------------------------------------------------------------------------------------------------- */
/* Would `rows` move the loop inwards? */
bool rows_pay(Nest *n, Op *loop);

/* ---- distribute.c ------------------------------------------------------------------------------------------------- */
/* Puts the new nest in place of the loop, in steps of `chunk` iterations; 0: all at once. Returns the loop over chunks, or NULL. */
Op *distribute_build(Distribution *d, int64_t chunk);
#endif
