/* internal.h - what the parts of the verifier share.
 *
 *   rules.c   one statement at a time, for all iterations at once: the table of instructions, addresses, extents, ids
 *   trips.c   which loops are run how often: the choices that decide all trip counts
 *   trace.c   the program unrolled for one choice, with the bytes that each item touches
 *   order.c   what happens before what: deadlock, tokens, races
 *   values.c  what is read was written, and as the same value
 *   sequence.c  what cannot change places has not */
#ifndef PTOC_BACKENDS_NPU_VERIFY_INTERNAL_H
#define PTOC_BACKENDS_NPU_VERIFY_INTERNAL_H
#include "backends/npu/verify/verify.h"
#include "ir/facts.h"

typedef struct Verify {
    Arena *arena; /* of this verification */
    DiagContext *dc;
    const PlaceUnit *unit;
    const PlaceProgram *program;
    ExprTable *x;
    Facts *facts; /* about index arguments, and about what encloses the current statement or trace */
    bool failed;
    const char *choice; /* the trip counts of the current trace, for messages */
} Verify;

/* Reports once a program; the text is that of the code's row with the program's name first. */
void pv_fail(Verify *v, DiagCode code, const PlaceStmt *stmt, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The first words of a statement, with its place: "tload out(x[..] (softmax.pto:12)". */
const char *pv_stmt_text(const Verify *v, const PlaceStmt *stmt);
bool pv_core_has(const PlaceProgram *program, NpuPipe pipe);

void pv_rules(Verify *v);
void pv_sequence(Verify *v);

/* Bytes that the library takes of UB without an operand; 0: none. */
int64_t pv_hidden(InsnCode code, NpuArch arch, int64_t *base);

/* ---- choices ----------------------------------------------------------------------------------------------------- */
enum { MAX_COUNTS = 64 };
/* Loops with one trip expression run equally often. */
typedef struct TripClass {
    const Expr *trip;       /* as written in the first of the loops */
    int counts[MAX_COUNTS]; /* to try */
    int ncounts;
    bool bound; /* has no counters: the choice is a fact about the arguments */
    int period; /* a count above it stands for all counts that are greater by a multiple of it */
    int nest;   /* top-level loop that holds it */
} TripClass;
typedef struct TripLoop {
    const PlaceStmt *stmt;
    int class;
} TripLoop;
typedef struct Trips {
    VEC(TripClass) classes;
    VEC(TripLoop) loops;
    VEC(int *) choices; /* a count for each class */
} Trips;
void pv_choose_trips(Verify *v, Trips *trips);
int pv_trip_class(const Trips *trips, const PlaceStmt *loop);

/* ---- traces ------------------------------------------------------------------------------------------------------- */
/* `rows` stretches of `width` bytes, `pitch` apart, in a memory of the core; or a box of a global tensor. */
typedef struct Access {
    int memory; /* NpuMemory, or NPU_MEMORY_COUNT + the argument */
    int64_t lo, pitch, width, rows;
    bool reads, writes, scratch;
    const PlaceOperand *operand; /* NULL: hidden scratch */
    int64_t copy;
    const Expr *valid[2];
    const Expr *box[2]; /* NULL: anywhere */
} Access;
typedef struct TraceItem {
    const PlaceStmt *stmt;
    int id;             /* set, wait: the event */
    int first, naccess; /* insn */
    int cond;           /* innermost condition, index into `conds`; -1: none */
    int nth;            /* occurrence in program order of this item */
} TraceItem;
typedef struct TraceCond {
    const Expr *expr;
    int outer;
} TraceCond;
typedef struct Trace {
    VEC(TraceItem) items;
    VEC(Access) accesses;
    VEC(TraceCond) conds;
} Trace;
/* False after a report. */
bool pv_trace(Verify *v, const Trips *trips, const int *choice, Trace *trace);
bool pv_access_meet(const Verify *v, const Access *a, const Access *b);

bool pv_order(Verify *v, const Trace *trace);
bool pv_values(Verify *v, const Trace *trace);
#endif
