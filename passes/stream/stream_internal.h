/* stream_internal.h - state shared by the files of the `stream` pass.
 *
 * stream.c   walks a kernel's regions in program order and collects sinks
 * nest.c     plans loop nests for sinks: row axes, streaming axes, levels, sweeps
 * point.c    computes values at a point of the nest
 * sink.c     what happens at a point: stores, accumulator steps
 * carry.c    what loops carry, and what of it needs no copy
 * scope.c    open loops, insertion depths, what is available
 *
 * A *sink* is something that must happen for every point of its axes: an element stored, an accumulator stepped, an assertion
 * tested. Planning binds one axis after another with a loop until every sink is a point. *Depth* counts open regions and loops; new
 * ops are placed at the least depth at which their operands exist, so loop-invariant code leaves its loops by construction. */
#ifndef PTOC_PASSES_STREAM_INTERNAL_H
#define PTOC_PASSES_STREAM_INTERNAL_H
#include "ir/build.h"
#include "ir/walk.h"
#include "passes/analysis/alias.h"
#include "passes/analysis/axes.h"
#include "passes/pipeline.h"

/* How a value of the source can be read in the new body. */
typedef enum AvailKind {
    AVAIL_NONE,
    AVAIL_SCALAR, /* `value`: one element, at the point the open loops are at */
    AVAIL_BUFFER, /* `value`: a buffer indexed by the dimensions in dims */
    AVAIL_ACC     /* `value`: finished accumulators indexed likewise; read by fin */
} AvailKind;
enum { DIM_ROW = 1, DIM_COL = 2, DIM_ZERO = 4 /* a leading index 0: row buffers of top-k are [1, k] */ };
typedef struct Avail {
    AvailKind kind;
    Value *value;
    int dims;  /* DIM_ROW | DIM_COL: which dimensions of the value the buffer or acc has, in this order */
    int depth; /* where it was made: gone when that depth closes */
} Avail;

typedef enum SinkKind {
    SINK_STORE, /* target[...] = value (where mask) */
    SINK_KEEP,  /* make value available: in a buffer over its unbound axes, or as a scalar */
    SINK_STEP,  /* step the accumulator of reduction op with its operands */
    SINK_SCAN,  /* like KEEP for a scan: step, then take the running value */
    SINK_ASSERT /* op's operand must be true */
} SinkKind;
typedef struct Sink {
    SinkKind kind;
    Op *op;        /* source op: place, attributes */
    Value *value;  /* source value; STEP: the reduction's first result */
    Value *mask;   /* STORE: source value or NULL */
    Value *index;  /* STORE: scatter's index tile or NULL */
    Value *target; /* STORE: memory in the new body; KEEP: buffer, made when the sink is planned or given */
    int dims;      /* KEEP: dimensions of the target; STORE: dimensions of the memory (rank 1: DIM_COL) */
    const Expr *row_offset, *col_offset; /* STORE: added to the place; NULL: none */
    int row, col;                        /* axes of its points, -1: none */
    int buffer_depth; /* KEEP: depth at which the nest made the target; -1: given by the caller, or published */
    bool done;
} Sink;
typedef VEC(Sink *) SinkVec;
typedef VEC(Op *) OpVec;

typedef struct Memo {
    const Value *value;
    const Expr *row, *col;
    Value *result;
    int depth;
    int next; /* in its bucket, -1: end */
} Memo;

typedef struct Scope {
    Region *region;
    Op *open;       /* op whose region is the next scope; new ops go before it. NULL: innermost */
    int axis;       /* bound here, or -1 */
    Value *index;   /* of that axis */
    bool streaming; /* the loop of a sweep */
    int memo_mark, avail_mark;
} Scope;

typedef struct AvailUndo {
    uint32_t id;
    Avail old;
} AvailUndo;

/* What is known of a value of the source (carry.c). */
typedef struct CarryNote {
    const Value *argument;
    int reads;
} CarryNote;

typedef struct Stream {
    Module *module;
    PassContext *ctx;
    Arena *arena;
    Func *func;
    const AliasTable *alias;
    AxisTable *axes;
    CloneMap *map; /* index leaves of the source -> values of the new body */
    VEC(Scope) scopes;
    VEC(Memo) memos;
    int *memo_buckets; /* heads of chains */
    Avail *avail;      /* by source Value.id */
    VEC(AvailUndo) undo;
    int *base_depth;        /* by source Value.id: depth of the region that defines it */
    uint32_t nsource;       /* source values have smaller ids */
    VEC(int) depth_of;      /* of new values, by id - nsource */
    bool *leaf;             /* by source id: stands in an index expression */
    bool *used;             /* by source id: some op reads it */
    CarryNote *carry_notes; /* by source id */
    Value **acc_of;         /* by source id of a reduction's or scan's first result: its open accumulator */
    int *acc_dims;          /* and the dimensions of its extents */
    SinkVec pending;
    struct NestNotes *nest;
    VEC(int) axis_scope; /* by axis: depth at which it is bound, or 0 */
} Stream;

/* scope.c */
int stream_depth(const Stream *s);
void stream_push(Stream *s, Region *region, Op *opener, int axis, Value *index);
void stream_pop(Stream *s);
bool stream_axis_bound(const Stream *s, int axis);
const Expr *stream_axis_index(Stream *s, int axis); /* of a bound axis; constant 0 for -1 */
int stream_value_depth(const Stream *s, const Value *v);
int stream_expr_depth(Stream *s, const Expr *e);
void stream_note(Stream *s, Value *v, int depth);
/* A builder that inserts at a depth. */
Builder stream_builder(Stream *s, int depth, Loc loc);
Value *stream_memo_find(Stream *s, const Value *v, const Expr *row, const Expr *col);
void stream_memo_add(Stream *s, const Value *v, const Expr *row, const Expr *col, Value *result, int depth);
void stream_set_avail(Stream *s, const Value *v, Avail a);
const Avail *stream_avail(const Stream *s, const Value *v);
/* Opens a loop over an axis at the innermost depth; stream_pop closes it. */
void stream_open_loop(Stream *s, int axis, const char *kind, Loc loc);
Value *stream_buffer(Stream *s, Elem elem, const Expr *const *dims, int rank, const char *name, Loc loc);

/* point.c: the value's element at [row, col] as a [1,1] value of the new body. */
Value *stream_point(Stream *s, Value *v, const Expr *row, const Expr *col);
Value *stream_point_here(Stream *s, Value *v); /* at the bound axes of v */
/* A scan along an extent of 1 needs no state. */
bool scan_is_pointwise(Stream *s, const Op *op);
/* True for values that stream_point can compute from what is available, without any sweep. */
bool stream_is_leaf(const Stream *s, const Value *v);
/* An index expression of the source in terms of the new body. */
const Expr *stream_expr(Stream *s, const Expr *e);

/* carry.c: for each value that a loop's region yields, whether it may replace its argument while all are computed. */
bool *carry_in_place(Stream *s, const Op *yield, const Region *from);

/* sink.c */
Sink *sink_new(Stream *s, SinkKind kind, Op *op, Value *value);
int sink_values(const Sink *k, Value **out); /* source values it reads, at most 4 (a reduction's operands) */
bool sink_is_point(const Stream *s, const Sink *k);
/* The sink's axis for columns now: top-k results have theirs only once fin has made them. */
int sink_col(const Stream *s, const Sink *k);
bool sink_has_axis(const Stream *s, const Sink *k, int axis);
void sink_emit(Stream *s, Sink *k);
void sink_open_acc(Stream *s, Op *reduction);  /* the acc op, at the innermost depth */
void sink_close_acc(Stream *s, Op *reduction); /* makes its results available */
bool op_is_reduction(const Op *op);            /* reduce, contract, order */

/* nest.c */
void nest_init(Stream *s);
void nest_plan(Stream *s, SinkVec sinks);
#endif
