/* batch.h - shared by the files of the `batch` pass.
 *
 * batch.c         finds parallel axes around calls, decides, and rewrites the workload
 * batch_match.c   what stands between the axis and the call, and how each argument moves with the axis
 * batch_kernel.c  the kernel that does all positions of a batch in a row loop */
#ifndef PTOC_PASSES_NEST_BATCH_H
#define PTOC_PASSES_NEST_BATCH_H
#include "passes/analysis/alike.h"
#include "passes/nest/nest.h"

enum { BATCH_MOST = 16 };

/* How one dimension of an argument moves: position r of the batch is coef * r further on. */
typedef struct BatchDim {
    bool inserted; /* the callee's parameter lacks it: the axis is a plain index of the view */
    int64_t coef;  /* 0: it does not move */
    int64_t len;   /* elements of one position */
} BatchDim;

typedef struct BatchArg {
    Value *operand;
    Op *view;           /* NULL: passed as it is */
    const Expr *scalar; /* an index that moves with the axis, or NULL */
    int64_t scalar_coef;
    bool moves;
    int rank; /* of the new view */
    BatchDim dims[IR_MAX_RANK];
} BatchArg;

/* How an index parameter of the callee follows from the position: max(least, first + coef * r), or first + coef * r. */
typedef struct BatchSymbol {
    bool moves, has_least;
    const Expr *affine; /* in terms of the axis */
    int64_t coef, least;
} BatchSymbol;

/* One place from which a kernel is called: the whole body, or one tier of it. */
typedef struct BatchSite {
    Region *region;
    OpList checks;
    Op *call;
} BatchSite;

typedef struct Batch {
    Module *module;
    PassContext *ctx;
    Arena *arena;
    const AliasTable *alias;
    Func *caller;
    Op *axis;     /* parallel */
    OpList inner; /* parallel axes between it and the body, from outside */
    Region *body;
    Op *choice; /* tier.switch, or NULL */
    int64_t choice_coef;
    VEC(BatchSite) sites;
    const BatchSite *site; /* whose kernel is used: the last */
    Func *callee;
    BatchArg *args; /* of the site's call */
    BatchSymbol *symbols;
    VEC(const Expr *) conditions; /* >= 0 at every position, or the positions run one by one */
    const char *why;              /* it cannot be done */
    Func *kernel;
    bool forced;  /* a directive names the axis */
    int64_t size; /* positions of a batch at most */
} Batch;

/* batch_match.c */
bool batch_match(Batch *b); /* fills in all of the above but the kernel */
bool batch_moves(const Batch *b, const Expr *e);

/* batch_kernel.c: NULL where it cannot be. The new kernel is the module's last function. */
Func *batch_kernel_build(Batch *b);
#endif
