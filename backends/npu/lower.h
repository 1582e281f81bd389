/* lower.h - from a kernel at the tile stage to place programs without addresses and flags. Internal to this folder.
 *
 * 0. control.c    `for` and `if`: runs of straight code, and the steps that repeat them or leave them out.
 * 1. lower.c      values get axes; what must be written to memory or reduced becomes a list of sinks; everything else is computed where
 *                 it is used, block by block.
 * 2. nest.c       sinks are gathered in nests (rows outside and columns inside, or the other way round), in sweeps by level.
 * 3. access.c     how a value is read from or written to global memory.
 * 4. value.c      emits the instructions of one value for one block; ewise.c, cast.c choose them.
 * 5. cube.c       matrix products. */
#ifndef PTOC_BACKENDS_NPU_LOWER_H
#define PTOC_BACKENDS_NPU_LOWER_H
#include "backends/npu/layout.h"
#include "backends/npu/place.h"
#include "ir/facts.h"
#include "ir/walk.h"

enum { AXIS_ROW = 1, AXIS_COL = 2, AXES_BOTH = 3 };

/* Where the value of a block is: a tile (a bool is a bit mask), a number, an expression or a scalar argument. */
typedef enum TKind { T_NONE, T_TILE, T_NUMBER, T_EXPR, T_ARG } TKind;
typedef struct TVal {
    TKind kind;
    unsigned axes;
    Elem elem;
    int buffer;
    const Expr *copy;
    double number;
    const Expr *expr;
    int arg;
} TVal;

typedef enum SinkKind { SINK_STORE, SINK_REDUCE, SINK_ORDER, SINK_KEEP, SINK_CARRY, SINK_SCAN } SinkKind;
typedef struct Sink {
    SinkKind kind;
    const Op *op;                 /* store, reduction; KEEP: NULL */
    Value *value;                 /* what is stored, reduced, kept, carried */
    Value *to;                    /* CARRY: in whose workspace */
    const Expr *slot, *origin[2]; /* where in it; NULL: 0 */
    bool last;                    /* a store over what earlier loads read */
    int nest, level;
    bool inner;
    bool keep;    /* REDUCE: the result is also written to the value's workspace */
    int counting; /* ORDER: the buffer with 0, 1, 2, .. */
    TVal state;   /* REDUCE while its sweep runs */
    VEC(int) deps;
} Sink;

typedef struct Nest {
    bool by_col; /* columns outside, rows inside */
    const Expr *extent[2];
    int levels;
    int64_t chunk; /* columns of a block of one row, for sorting; 0: no matter */
    bool thin;     /* the inner axis in steps of 1: running sums, and products of columns */
    bool scan;
} Nest;

typedef struct LowerValue LowerValue;
struct LowerValue {
    LowerValue *same; /* another value that is equal */
    unsigned axes;
    int segment;
    int ws;           /* argument that holds it, or -1 */
    bool cube;        /* the cube writes it to its workspace */
    int product;      /* a product with a start value: the argument that holds the product alone, or -1 */
    int sink;         /* KEEP or REDUCE sink of the current segment, or -1 */
    bool wanted;      /* kept */
    bool copied;      /* a move of its own: what it reads is overwritten before its last use */
    bool carried;     /* no instruction makes it: it is in its workspace */
    const Expr *slot; /* of its workspace, each as large as the value; NULL: 0 */
    TVal memo;
    int memo_scope;
};

typedef struct AxisState {
    const Expr *extent, *start, *valid; /* of the current block */
    int64_t block, vector;              /* capacity; the same rounded up for vectors along the axis */
    bool looped, single;                /* single: at most one round */
    const Expr *counter;
} AxisState;

/* Straight code: the ops from `first` up to `end`, and the segments that are its own. */
typedef struct Run {
    const Op *first, *end;
    int base, limit;
} Run;

/* A value that a round of a loop gives to the next one, or a branch to what is behind it. */
typedef struct Carry {
    Value *value, *to;
    const Expr *slot, *origin[2];
    int segment;
} Carry;

/* The argument that counts the rounds of a loop. */
typedef struct Counter {
    const Op *loop;
    int arg;
} Counter;

/* Memory that is read or written, by an argument, in the order of the text. */
typedef struct Touching {
    const Op *op; /* load, store */
    int arg, segment;
} Touching;

typedef struct Knobs {
    int64_t area; /* elements of a block at most */
    int depth;    /* copies of what is loaded or stored in a loop */
} Knobs;

typedef struct Lower {
    Arena *arena;
    const Module *module;
    const NpuLayouts *layouts;
    ExprTable *x;
    DiagContext *dc;
    const Func *func;
    PlaceUnit *unit;
    PlaceProgram *program;
    PlaceBlock *block; /* where statements go */
    Facts *facts;
    Knobs knobs;
    bool failed;
    uint32_t first_id;
    LowerValue *values, none;
    int nvalues;
    VEC(Value *) from; /* leaves of the kernel and what they are in the unit */
    VEC(const Expr *) to;
    UseCounts uses;
    VEC(const Op *) direct; /* stores that the cube does itself */
    int segment, segments;
    bool thin;    /* blocks of one row: a view has gaps in both directions */
    bool in_cube; /* the products behind the segment are being made */
    Run run;      /* being analysed or generated */
    VEC(Run) runs;
    int next_run;
    VEC(Carry) carries;
    VEC(Touching) touchings;
    VEC(Counter) counters;
    int loop_depth;
    VEC(const Expr *) guards; /* of the programs that are being made */
    VEC(PlaceFlag) flags;
    PlaceSteps *steps;
    VEC(Sink) sinks;
    VEC(Nest) nests;
    const Nest *nest; /* being generated */
    AxisState axis[2];
    int scope;     /* 0 before the outer loop, 1 in it, 2 in the inner loop */
    int64_t grain; /* columns of tiles are multiples of it */
    const Op *op;  /* for messages */
    int iota_arg;  /* argument with 0, 1, 2, ..; -1: not used */
    int buffers_named;
} Lower;

void npu_legalise(const NpuLayouts *layouts); /* legalise.c */

/* control.c */
void control_analyse(Lower *l);
void control_generate(Lower *l);
int store_segment(const Lower *l, const Op *store);
bool op_is_store(const Op *op);                                           /* store, or put of one element */
void each_op(const Region *r, void (*fn)(Lower *, const Op *), Lower *l); /* an op before its regions */
const Op *only_user(const Lower *l, const Value *v);                      /* of the same run; NULL: none, or several */

/* lower.c */
void analyse_op(Lower *l, const Op *op);
int memory_arg(const Lower *l, Value *memory);
void lower_want(Lower *l, Value *v);
PlaceProgram *lower_program(Lower *l, bool cube);
int lower_add_index(Lower *l, Value *of, const char *name); /* an argument that stands for it */
bool lower_is_moved(const Lower *l, const Value *v);        /* value_is_moved, and not copied before */
PlaceUnit *npu_lower_kernel(Arena *arena, const NpuLayouts *layouts, const Func *func, NpuArch arch, Knobs knobs,
                            DiagContext *dc);
void lower_error(Lower *l, const Op *op, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
LowerValue *lower_value(Lower *l, const Value *v);
const Expr *lower_expr(Lower *l, const Expr *e); /* a kernel's expression in the unit's values */
int lower_workspace(Lower *l, Value *v);         /* the argument that keeps v */
int lower_add_workspace(Lower *l, const char *name, Elem elem, const Type *shape);
int lower_add_arg(Lower *l, PlaceArg arg);
const char *lower_name(Lower *l, const char *wanted);
bool value_is_lazy(const Value *v); /* const, index, full, iota, broadcast: no memory of its own */
bool op_reads_memory(const Op *op); /* its operands must be in memory: moves, products, gathers */
bool value_is_moved(
    const Value *v); /* load, trans, slice, reshape: the elements of something in memory, addressed in another way */
void lower_vector_segment(Lower *l); /* nest.c */
void cube_analyse(Lower *l);         /* cube.c: what of the epilogues the move out of the accumulator does */
PlaceStmt *open_block_loop(Lower *l, AxisState *s, const char *counter, const char *valid);
void lower_cube_segment(Lower *l); /* cube.c: products of values of this segment */

/* access.c */
typedef struct Access {
    int arg;
    Elem elem;
    const Expr *at, *stride[2];
    bool boxed;
    const Expr *origin[2];
} Access;
Access access_of(Lower *l, Value *v); /* of a moved or kept value */
Access access_of_view(Lower *l, Value *view);
bool access_has_gaps(const Access *a); /* in both directions */
Access access_of_store(Lower *l, const Op *op);
Access access_of_workspace(Lower *l, Value *v);
Access access_of_slot(Lower *l, Value *v, const Expr *slot);
Access access_of_part(Lower *l, Value *v, const Expr *slot, const Expr *const origin[2]);
/* Rows r0 .. r0 + r and columns c0 .. of it, at most r_most x c_most. */
PlaceOperand access_block(Lower *l, const Access *a, NpuRole role, const Expr *const start[2],
                          const Expr *const valid[2], const int64_t most[2]);
TVal emit_load(Lower *l, Value *v);
TVal emit_gather(Lower *l, const Op *op);
TVal emit_product(Lower *l, const Op *op); /* of a matmul with a start value */
void emit_store(Lower *l, const Access *a, unsigned axes, TVal t);

/* value.c */
TVal emit_value(Lower *l, Value *v);
int add_buffer(Lower *l, NpuMemory memory, int64_t size, int depth, const char *what);
PlaceStmt *add_stmt(Lower *l, PlaceStmtKind kind);
PlaceStmt *add_insn(Lower *l, InsnCode code, const char *mode, int n, const PlaceOperand *operands);
TVal new_tile(Lower *l, Elem elem, unsigned axes, const char *what, int depth);
PlaceOperand tile_operand(Lower *l, NpuRole role, TVal t);
PlaceOperand dn_operand(Lower *l, NpuRole role, TVal t); /* a vector as a column */
PlaceOperand cast_operand(PlaceOperand o, Elem elem);    /* the same bytes as another type of the same width */
PlaceOperand scalar_operand(TVal t);
PlaceOperand number_operand(Elem elem, double number);
int64_t tile_cols(const Lower *l, unsigned axes);
int64_t tile_rows(const Lower *l, unsigned axes);

int lower_iota(Lower *l); /* the argument with 0, 1, 2, .. */

/* ewise.c: instructions on whole blocks */
typedef enum Prim { PRIM_ADD, PRIM_SUB, PRIM_MUL, PRIM_DIV, PRIM_MAX, PRIM_MIN, PRIM_COUNT } Prim;
TVal t_number(Elem elem, double number);
TVal t_expand(Lower *l, TVal a, unsigned axes); /* a tile with these axes */
TVal t_binary(Lower *l, Prim prim, TVal a, TVal b);
TVal t_unary(Lower *l, InsnCode code, TVal a);
TVal t_compare(Lower *l, const char *mode, TVal a, TVal b);
TVal t_select(Lower *l, TVal mask, TVal a, TVal b);
TVal t_mask_number(Lower *l, TVal mask, Elem elem); /* 1 where set, else 0 */
TVal emit_ewise(Lower *l, const Op *op, TVal *operands);
/* cast.c */
TVal t_cast(Lower *l, TVal a, Elem to, const char *round, bool sat);
/* order.c: sorted lists */
bool is_order(OpCode code);
void order_check(Lower *l, const Op *op);
int64_t order_chunk(Lower *l, const Op *op);
const Op *order_store(Lower *l, const Value *result); /* the store that is done with the list itself, or NULL */
void order_begin(Lower *l, Sink *s, bool looped);
void order_step(Lower *l, Sink *s, bool looped);
void order_end(Lower *l, Sink *s, bool looped);
/* reduce.c */
bool reduce_is_thin(OpCode code); /* by columns, and without an instruction */
void scan_begin(Lower *l, Sink *s, bool looped);
void scan_step(Lower *l, Sink *s, bool looped);
bool reduce_is_row(OpCode code);
void reduce_begin(Lower *l, Sink *s, bool looped);
void reduce_step(Lower *l, Sink *s, bool looped);
TVal reduce_end(Lower *l, Sink *s);
#endif
