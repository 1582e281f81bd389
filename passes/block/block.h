/* block.h - state shared by the passes that turn scalar loop nests into register blocks.
 *
 * guard.c    pass guard: places that may be missing
 * lanes.c    pass lanes: innermost loops without contractions
 * contract.c the contractions of a function: which loops give rows and lanes
 * block.c    pass block: register blocks around contractions
 * cost.c     sizes of register blocks, from the target's facts
 * pack.c     pass pack: operand panels
 * prefetch.c the next panel
 * island.c   pass island
 * vary.c     what changes from one iteration of a loop to the next
 * depend.c   are the iterations of a loop independent?
 * legal.c    may a loop's body be widened?
 * widen.c    does it
 * note.c     --explain-schedule
 *
 * To *widen* a loop by n is to run n iterations of it at once: whatever in its body changes from iteration to iteration becomes a
 * block with n rows or n lanes, what does not stays as it is, and loops inside are run once for all n (unroll and jam). Rows and
 * lanes go through the same code; a loop inside a widened one may be widened, too. */
#ifndef PTOC_PASSES_BLOCK_BLOCK_H
#define PTOC_PASSES_BLOCK_BLOCK_H
#include "ir/build.h"
#include "ir/facts.h"
#include "ir/walk.h"
#include "passes/analysis/alias.h"
#include "passes/pipeline.h"

typedef enum Role { ROLE_ROWS, ROLE_LANES } Role;
const char *role_text(Role role);
/* The dimension of a tile that the role walks. */
static inline int role_dim(Role role) { return role == ROLE_ROWS ? 0 : 1; }
static inline AttrKey role_attr(Role role) { return role == ROLE_ROWS ? ATTR_ROWS : ATTR_LANES; }

enum { UNKNOWN_EXTENT = 1024 };

/* By value id, the number of the analysis that found the value to vary; shared by the functions of a module. */
typedef struct VaryTable {
    uint32_t *stamp_of;
    uint32_t size, stamp;
} VaryTable;

typedef struct Block {
    Module *module;
    PassContext *ctx;
    Arena *arena;
    Func *func;
    const AliasTable *alias;
    Facts *facts; /* that hold in all of the function */
    VaryTable *vary;
    const Op *loop; /* that vary is of */
} Block;
/* Calls run for every kernel of the module. */
bool block_each_kernel(Module *m, PassContext *ctx, void (*run)(Block *bl));

static inline ExprTable *block_exprs(const Block *bl) { return bl->module->exprs; }
static inline Value *loop_index(const Op *loop) { return loop->regions[0]->args[0]; }
static inline Region *loop_body(const Op *loop) { return loop->regions[0]; }
bool loop_is_unit(const Op *loop);                        /* step 1 */
bool expr_is_outside_loop(const Expr *e, const Op *loop); /* no leaf is defined in the loop */
/* hi - lo if it is a constant. */
bool loop_trips_const(const Block *bl, const Op *loop, int64_t *trips);
int64_t loop_trips(const Block *bl, const Op *loop); /* extent_estimate of it */
/* A constant that e does not exceed where it is >= 0. */
bool extent_upper(const Block *bl, const Expr *e, int64_t *c);
/* The constant, or what is known to be the most, or UNKNOWN_EXTENT. */
int64_t extent_estimate(const Block *bl, const Expr *e);
Monoid acc_monoid(const Value *acc);
/* Of the monoid on the step's elements: integer sums wrap, so any order of them is right. */
MonoidClass step_class(const Op *step);
int64_t tile_extent(const Type *t, Role role); /* of a block: a constant */
bool region_any(const Region *r, bool (*test)(const Op *op));

/* ---- vary.c ------------------------------------------------------------------------------------------------------ */
/* Finds what varies along a loop. Valid until the next call. */
void vary_compute(Block *bl, const Op *loop);
bool vary_value(const Block *bl, const Value *v);
bool vary_expr(const Block *bl, const Expr *e);
/* Made anew by each iteration: buffers and accumulators defined in the loop. */
bool vary_is_private(const Block *bl, const Value *v);
typedef enum Dep {
    DEP_NONE,
    DEP_UNIT, /* index + something that does not vary */
    DEP_OTHER
} Dep;
Dep vary_dep(const Block *bl, const Expr *e);
/* The one expression of the first n with DEP_UNIT, where the others do not vary: its number; -1: none varies; -2: anything else. */
int vary_walked(const Block *bl, const Expr *const *exprs, int n);
/* Expressions of a get, put, step or fin that are indices of the memory or accumulator. */
int op_nindices(const Op *op);

/* ---- depend.c ---------------------------------------------------------------------------------------------------- */
/* NULL: no iteration of the loop reads or writes memory that another one writes (accumulators aside); else why not. After
 * vary_compute. */
const char *depend_conflict(Block *bl);

/* ---- legal.c ----------------------------------------------------------------------------------------------------- */
/* NULL: the loop may be widened; else why not. Runs vary_compute. */
const char *widen_obstacle(Block *bl, const Op *loop, Role role, int64_t size);

/* ---- widen.c ----------------------------------------------------------------------------------------------------- */
/* How the iterations of a loop are divided: blocks of the first size, then what is left. */
typedef struct WidenPlan {
    Role role;
    int64_t size;
    int64_t rest[8]; /* ROWS: sizes of what is left, in order; LANES: unused, what is left is one block with part */
    int nrest;
} WidenPlan;
WidenPlan widen_plan(const Block *bl, const Op *loop, Role role, int64_t size);
/* Replaces the loop; widen_obstacle has said NULL. */
void widen_loop(Block *bl, Op *loop, const WidenPlan *plan);

/* ---- cost.c ------------------------------------------------------------------------------------------------------ */
typedef struct BlockSize {
    int64_t rows, vectors, lanes;
    double cycles, score;
} BlockSize;
/* The best block for so many rows and lanes; vectors: fixed number of them, or 0. */
BlockSize cost_choose(const VectorFacts *facts, int64_t rows, int64_t lanes, Elem elem, int64_t vectors);
int64_t cost_vector_lanes(const VectorFacts *facts, Elem elem);

/* ---- contract.c -------------------------------------------------------------------------------------------------- */
enum { MAX_CHAIN = 8, MAX_STEPS = 8 };
/* Loops chosen for the register block of a contraction. */
typedef struct Contraction {
    Op *k;     /* innermost loop: steps the accumulators */
    Op *lanes; /* loop of the lane axis; NULL: the operands have lanes already */
    Op *rows;  /* loop of the row axis, or NULL */
    BlockSize size;
} Contraction;
/* Is this the innermost loop of contractions: fma.seq steps, and no loops? */
bool contract_is_loop(const Op *loop);
bool op_is_contraction(const Op *op);
/* The cheapest choice among the loops around; false: none. */
bool contract_choose(Block *bl, Op *k, Contraction *out);

/* ---- prefetch.c -------------------------------------------------------------------------------------------------- */
typedef struct Prefetch {
    Value *source;
    const Expr *const *origin; /* of the panel in it */
    int along_k, walked;       /* dimensions of the source along the panel's rows (k) and lanes */
    int64_t extent;            /* lanes */
    const Expr *k_extent;
    Op *uses;      /* the loop that uses the panel */
    int64_t piece; /* indices of k, where it is cut */
} Prefetch;
void prefetch_next_panel(Block *bl, const Prefetch *p);
void prefetch_next_piece(Block *bl, const Prefetch *p);

/* ---- note.c ------------------------------------------------------------------------------------------------------ */
void note_decision(Block *bl, const char *pass, const Op *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#endif
