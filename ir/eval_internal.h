/* eval_internal.h - how the interpreter holds a program and its values. Only ir/eval_*.c include it.
 *
 * Every function is prepared once per run: each value gets a dense slot number of its function's frame, each op the
 * C function that runs it, each index expression a form that reads slots. Running is then one indirect call per op,
 * without look-ups.
 *
 * A tile is row-major, each element in its representation: float for the floats up to 32 bits, double for f64, int64_t
 * for everything else (sign- or zero-extended; u64 as its bit pattern; bool as 0 or 1). A value of a [1,1] type lies
 * in its slot. Every op computes the extents of its results from their types and checks the operands against them, and
 * every place in memory is checked before it is touched: wrong IR ends the run with a status, never with a fault. */
#ifndef PTOC_IR_EVAL_INTERNAL_H
#define PTOC_IR_EVAL_INTERNAL_H
#include <setjmp.h>
#include <string.h>
#include "ir/eval.h"
#include "runtime/include/ptoc_rt.h"

typedef union EvalScalar {
    float f;
    double d;
    int64_t i;
} EvalScalar;
typedef enum EvalRep { REP_F32, REP_F64, REP_I64 } EvalRep;

/* Memory: a TENSOR, VIEW or BUFFER; never changed once made. With a table, dimension 0 is cut to pages that lie where
 * the table says: row i is row (first + i) mod page_rows of page table[(first + i) / page_rows]. */
typedef struct EvalMem EvalMem;
struct EvalMem {
    Elem elem;
    int rank;
    int64_t dims[IR_MAX_RANK], strides[IR_MAX_RANK]; /* in elements */
    char *data;
    const EvalMem *table;
    int64_t first, page_rows, pages, page_stride;
    int64_t scratch; /* which temp it is of, counted as they are made; 0: a tensor */
};

typedef struct EvalAcc EvalAcc;

/* data: a tile's elements (&s for a [1,1] type), memory's EvalMem, or an EvalAcc; NULL: not defined yet. */
typedef struct EvalSlot {
    EvalScalar s; /* a value of a [1,1] type */
    int64_t rows, cols;
    void *data;
} EvalSlot;

/* Extents for messages and comparisons. */
typedef struct EvalExtents {
    int64_t rows, cols;
} EvalExtents;

typedef enum EvalExprKind {
    EVAL_CONST,
    EVAL_SLOT,
    EVAL_LINEAR, /* c + sum of coef * slot */
    EVAL_PROD,
    EVAL_SUM,
    EVAL_DIV,
    EVAL_MOD,
    EVAL_MIN,
    EVAL_MAX
} EvalExprKind;
typedef struct EvalTerm {
    int64_t coef;
    int slot;
} EvalTerm;
typedef struct EvalExpr {
    EvalExprKind kind;
    int n;
    int slot;
    int64_t c;
    const EvalTerm *terms;
    const struct EvalExpr *args;
} EvalExpr;

typedef struct EvalRun EvalRun;
typedef struct EvalOp EvalOp;
typedef struct EvalFunc EvalFunc;
typedef void (*EvalFn)(EvalRun *run, EvalSlot *frame, const EvalOp *op);
/* n elements of an element-wise op: r[j] = f(a[j * sa], b[j * sb]); unary ones leave b alone. */
typedef void (*EvalLoop)(void *r, const void *a, const void *b, int64_t sa, int64_t sb, int64_t n);

typedef struct EvalRegion {
    EvalOp *ops;
    int nops;
    const int *args; /* slots of the region's arguments */
    int nargs;
    const int *yield; /* slots of the final yield's operands */
    int nyield;
} EvalRegion;

struct EvalOp {
    EvalFn fn;
    const Op *op;
    const int *in, *out; /* slots of operands and results */
    int nin, nout, nexprs, nregions;
    const EvalExpr *exprs;
    const EvalExpr *const *dims; /* per result: the extents of its type */
    EvalRegion *regions;
    Elem elem;       /* of operand 0, else of result 0 */
    Elem out_elem;   /* of result 0 */
    bool scalar;     /* every operand and result has a [1,1] type */
    bool check_zero; /* integer division under full checks */
    EvalLoop loop;   /* element-wise ops and casts */
    EvalScalar imm;  /* const: its value */
    int axis;
    EvalFunc *callee;
};

struct EvalFunc {
    const Func *func;
    bool prepared;
    int nslots;
    const bool *is_scalar; /* per slot: of a [1,1] type */
    EvalRegion body;
    const EvalExpr *const *param_dims; /* per value parameter */
};

/* A stack of blocks that are kept when it shrinks: peak memory is bounded by the deepest nest of live values. */
typedef struct EvalBlock {
    char *data;
    size_t size;
} EvalBlock;
typedef struct EvalStack {
    VEC(EvalBlock) blocks;
    int block;
    size_t used;         /* of that block */
    size_t total, limit; /* of all blocks; more than the machine has is refused, not asked for */
} EvalStack;
typedef struct EvalMark {
    int block;
    size_t used;
} EvalMark;

struct EvalRun {
    const Module *module;
    EvalOptions options;
    EvalResult *result;
    Arena *out;   /* the caller's: counts */
    Arena *arena; /* prepared functions; dies with the run */
    EvalStack stack;
    EvalFunc *funcs;             /* one per function of the module */
    int *slot_of;                /* by Value.id; -1: not visible at the place that is being prepared */
    int64_t tier;                /* limit of the innermost tier, 0: none */
    int depth;                   /* of calls */
    Arena *values;               /* the stack's blocks */
    struct EvalProcess *process; /* of the pipe around; NULL: none */
    EvalAxis axes[EVAL_AXES];    /* of the loops of workloads that are open, where tasks are told */
    int naxes;
    int64_t scratches; /* temps so far */
    jmp_buf jump;
};

/* ---- eval.c ---------------------------------------------------------------------------------- */
/* Ends the run with a status, the op's place and a message. */
_Noreturn void eval_fail(EvalRun *run, const Op *op, int status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
EvalMark eval_mark(const EvalRun *run);
void eval_release(EvalRun *run, EvalMark mark);
void *eval_alloc(EvalRun *run, const Op *op, int64_t count, size_t size); /* contents unspecified; 16-byte aligned */
void eval_call_func(EvalRun *run, EvalFunc *callee, const EvalOp *op, const int64_t *index_args, const EvalSlot *args);
void eval_region(EvalRun *run, EvalSlot *frame, const EvalRegion *region);
void eval_count(EvalRun *run, const char *kernel, int64_t tier, int64_t tasks); /* of tasks, for the report */

/* ---- eval_prepare.c -------------------------------------------------------------------------- */
void eval_prepare(EvalRun *run, EvalFunc *func);
EvalFunc *eval_find_func(EvalRun *run, const char *name); /* NULL: none */
int64_t eval_expr_general(const EvalSlot *frame, const EvalExpr *e);
static inline int64_t eval_expr(const EvalSlot *frame, const EvalExpr *e) {
    if (e->kind == EVAL_CONST)
        return e->c;
    if (e->kind == EVAL_SLOT)
        return frame[e->slot].s.i;
    return eval_expr_general(frame, e);
}

/* ---- eval_table.c: what runs each op --------------------------------------------------------- */
/* operands, a letter each: t tile, s [1,1] tile, m memory, x tile or memory, a accumulator, y memory or accumulator;
 * behind `?` optional; `*` any number of anything. A count of -1 is left to `prepare`. */
typedef struct EvalEntry {
    EvalFn fn; /* NULL: the op never stands in the IR */
    const char *operands;
    int results, exprs, regions;               /* exprs: at least */
    void (*prepare)(EvalRun *run, EvalOp *op); /* further checks and facts, or NULL */
} EvalEntry;
const EvalEntry *eval_entry(OpCode code);

/* ---- values ---------------------------------------------------------------------------------- */
static inline EvalSlot *eval_in(EvalSlot *frame, const EvalOp *op, int i) { return &frame[op->in[i]]; }
static inline EvalSlot *eval_out(EvalSlot *frame, const EvalOp *op, int i) { return &frame[op->out[i]]; }
static inline Elem eval_in_elem(const EvalOp *op, int i) { return op->op->operands[i]->type->elem; }
static inline Elem eval_out_elem(const EvalOp *op, int i) { return op->op->results[i]->type->elem; }
EvalRep eval_rep(Elem elem);
size_t eval_rep_bytes(Elem elem);
/* The result tile: extents from its type, elements unspecified. */
EvalSlot *eval_result(EvalRun *run, EvalSlot *frame, const EvalOp *op, int i);
void eval_extents(EvalRun *run, const EvalSlot *frame, const Op *op, const EvalExpr *dims, int rank, int64_t *out);
const EvalMem *eval_mem(EvalRun *run, const EvalSlot *frame, const EvalOp *op, int i);
EvalAcc *eval_acc(EvalRun *run, const EvalSlot *frame, const EvalOp *op, int i);
/* SHAPE error unless the operand has exactly these extents. */
void eval_want_shape(EvalRun *run, const EvalOp *op, const EvalSlot *tile, int64_t rows, int64_t cols,
                     const char *what);
/* An ARGUMENT error about the IR itself, at preparation. */
void eval_want(EvalRun *run, const EvalOp *op, bool holds, const char *what);
void *eval_at(const EvalSlot *tile, Elem elem, int64_t i, int64_t j); /* unchecked */
/* One element of 4 or 8 bytes. */
static inline void eval_copy(void *to, const void *from, size_t bytes) {
    if (bytes == 4)
        memcpy(to, from, 4);
    else
        memcpy(to, from, 8);
}
void eval_text_of_extents(char *text, size_t size, const int64_t *dims, int rank);

/* ---- eval_elem.c: elements between memory and representation --------------------------------- */
void eval_read(Elem elem, void *rep, const char *src, int64_t stride, int64_t n); /* stride in elements */
void eval_write(Elem elem, char *dst, int64_t stride, const void *rep, int64_t rep_stride, int64_t n);
void eval_round(Elem elem, void *rep, int64_t n); /* narrow floats: to the type; others: nothing */
int64_t eval_wrap(Elem elem, int64_t v);          /* two's complement of the type's width */
int64_t eval_least(Elem elem);                    /* integers */
int64_t eval_greatest(Elem elem);
EvalScalar eval_scalar_int(Elem elem, int64_t v); /* any type: v converted, rounding once */
static inline bool eval_is_unsigned(Elem elem) { return elem_info(elem)->cls == ELEM_CLASS_UINT; }
EvalLoop eval_ewise_loop(OpCode code, Elem elem);    /* NULL: not an op of two operands or fewer for this type */
EvalLoop eval_cast_loop(Elem from, Elem to);         /* called with the rounding in sb */
int eval_cast_rounding(const char *round, bool sat); /* NULL: rint; -1: no such word */

/* ---- families -------------------------------------------------------------------------------- */
#define EVAL_FN(name) void name(EvalRun *run, EvalSlot *frame, const EvalOp *op)
#define EVAL_PREPARE(name) void name(EvalRun *run, EvalOp *op)
EVAL_FN(eval_ewise);
EVAL_FN(eval_where);
EVAL_FN(eval_cast);
EVAL_FN(eval_bitcast);
EVAL_FN(eval_const);
EVAL_FN(eval_index);
EVAL_FN(eval_full);
EVAL_FN(eval_iota);
EVAL_FN(eval_trans);
EVAL_FN(eval_reshape);
EVAL_FN(eval_broadcast);
EVAL_FN(eval_slice);
EVAL_FN(eval_concat);
EVAL_FN(eval_reduce);
EVAL_FN(eval_scan);
EVAL_FN(eval_matmul);
EVAL_FN(eval_topk);
EVAL_FN(eval_sort);
EVAL_FN(eval_merge_topk);
EVAL_FN(eval_view);
EVAL_FN(eval_reshape_view);
EVAL_FN(eval_paged);
EVAL_FN(eval_load);
EVAL_FN(eval_store);
EVAL_FN(eval_fill);
EVAL_FN(eval_gather);
EVAL_FN(eval_scatter);
EVAL_FN(eval_get);
EVAL_FN(eval_put);
EVAL_FN(eval_scratch);
EVAL_FN(eval_assume);
EVAL_FN(eval_check);
EVAL_FN(eval_fail_op);
EVAL_FN(eval_csr);
EVAL_FN(eval_assert);
EVAL_FN(eval_print);
EVAL_FN(eval_for);
EVAL_FN(eval_concurrent);
EVAL_FN(eval_pipe);
EVAL_FN(eval_process);
EVAL_FN(eval_send);
EVAL_FN(eval_receive);
EVAL_FN(eval_if);
EVAL_FN(eval_tier);
EVAL_FN(eval_switch);
EVAL_FN(eval_yield);
EVAL_FN(eval_call);
EVAL_FN(eval_tally);
EVAL_FN(eval_share);
EVAL_FN(eval_collect);
EVAL_FN(eval_spread);
EVAL_FN(eval_acc_new);
EVAL_FN(eval_step);
EVAL_FN(eval_fin);
EVAL_FN(eval_topk_fin);
EVAL_FN(eval_get_block);
EVAL_FN(eval_put_block);
EVAL_FN(eval_pack);
EVAL_FN(eval_prefetch);
EVAL_PREPARE(eval_prepare_ewise);
EVAL_PREPARE(eval_prepare_where);
EVAL_PREPARE(eval_prepare_cast);
EVAL_PREPARE(eval_prepare_bitcast);
EVAL_PREPARE(eval_prepare_const);
EVAL_PREPARE(eval_prepare_index);
EVAL_PREPARE(eval_prepare_same_elem);
EVAL_PREPARE(eval_prepare_iota);
EVAL_PREPARE(eval_prepare_concat);
EVAL_PREPARE(eval_prepare_reduce);
EVAL_PREPARE(eval_prepare_scan);
EVAL_PREPARE(eval_prepare_matmul);
EVAL_PREPARE(eval_prepare_order);
EVAL_PREPARE(eval_prepare_merge);
EVAL_PREPARE(eval_prepare_view);
EVAL_PREPARE(eval_prepare_memory_result);
EVAL_PREPARE(eval_prepare_paged);
EVAL_PREPARE(eval_prepare_load);
EVAL_PREPARE(eval_prepare_store);
EVAL_PREPARE(eval_prepare_fill);
EVAL_PREPARE(eval_prepare_gather);
EVAL_PREPARE(eval_prepare_scatter);
EVAL_PREPARE(eval_prepare_get);
EVAL_PREPARE(eval_prepare_put);
EVAL_PREPARE(eval_prepare_message);
EVAL_PREPARE(eval_prepare_bool);
EVAL_PREPARE(eval_prepare_print);
EVAL_PREPARE(eval_prepare_for);
EVAL_PREPARE(eval_prepare_if);
EVAL_PREPARE(eval_prepare_pipe);
EVAL_PREPARE(eval_prepare_transfer);
EVAL_PREPARE(eval_prepare_tier);
EVAL_PREPARE(eval_prepare_call);
EVAL_PREPARE(eval_prepare_tally);
EVAL_PREPARE(eval_prepare_acc);
EVAL_PREPARE(eval_prepare_step);
EVAL_PREPARE(eval_prepare_fin);
EVAL_PREPARE(eval_prepare_topk_fin);
EVAL_PREPARE(eval_prepare_pack);
EVAL_PREPARE(eval_prepare_prefetch);

/* ---- eval_order.c, used by the accumulators too ---------------------------------------------- */
typedef struct EvalRanked {
    EvalScalar value; /* in the representation of the element type */
    int64_t index;    /* below 0: a missing place */
} EvalRanked;
/* By the total order: best first. Keeps equal entries in order. `scratch` has room for n entries. */
void eval_rank(Elem elem, bool largest, EvalRanked *list, EvalRanked *scratch, int64_t n);
void eval_rank_by_index(EvalRanked *list, EvalRanked *scratch, int64_t n); /* missing places last */
EvalRanked eval_missing(Elem elem, bool largest);
EvalRanked eval_ranked(Elem elem, const void *value, int64_t index);

/* ---- eval_matmul.c, used by the accumulators too --------------------------------------------- */
float eval_fma_f32(float a, float b, float c);
double eval_fma_f64(double a, double b, double c);
bool eval_fits_product(Elem a, Elem b);

/* ---- eval_view.c ----------------------------------------------------------------------------- */
typedef struct EvalGrid {     /* memory of rank 0 to 2 as rows and columns */
    int64_t rows, cols, step; /* step: between columns, in elements */
} EvalGrid;
EvalGrid eval_mem_grid(const EvalMem *mem);
bool eval_mem_holds(const EvalMem *mem, const int64_t *index);
char *eval_mem_place(EvalRun *run, const Op *op, const EvalMem *mem,
                     const int64_t *index); /* BOUNDS error if outside */
/* n elements of row i from column j on; rank 0 to 2. */
void eval_mem_read(EvalRun *run, const Op *op, const EvalMem *mem, int64_t i, int64_t j, int64_t n, void *to);
void eval_mem_write(EvalRun *run, const Op *op, const EvalMem *mem, int64_t i, int64_t j, const void *from);

/* ---- eval_block.c: windows of memory ---------------------------------------------------------- */
/* Of the block stage: a value of several elements, or one with a count of valid lanes. */
bool eval_is_block(const EvalOp *op, const Type *value);
void eval_want_walks(EvalRun *run, const EvalOp *op, const Type *base, bool many_rows, bool many_lanes);
/* The count of valid lanes of an op on n lanes. */
int64_t eval_valid_lanes(const EvalSlot *frame, const EvalOp *op, int64_t n);
int64_t eval_row_step(const EvalSlot *x); /* in elements; 0: the one row is used for all */
int64_t eval_lane_step(const EvalSlot *x);

/* ---- eval_reduce.c, used by the accumulators too --------------------------------------------- */
bool eval_int_less(Elem elem, int64_t a, int64_t b);
int64_t eval_mean_int(Elem elem, int64_t sum, int64_t n); /* truncates; 0 for n = 0 */
#endif
