/* sync.h - what the parts of npu_sync (plan.h) share: sites, events, and the run of a program in thought. */
#ifndef PTOC_BACKENDS_NPU_SYNC_H
#define PTOC_BACKENDS_NPU_SYNC_H
#include "backends/npu/plan.h"

enum { MAX_NEST = 6, MAX_LOOPS = 32, MAX_TRIP = 4, MAX_EVENTS = 128, MAX_COUNT = 4 };

typedef struct Site {
    PlaceStmt *stmt;
    NpuPipe pipe;
    int depth; /* loops around it */
    PlaceStmt *loops[MAX_NEST];
    PlaceBlock *blocks[MAX_NEST + 1]; /* blocks[d]: the body of loops[d - 1]; blocks[0]: the program's */
    int index[MAX_NEST + 1];          /* item of blocks[d] that holds it */
    bool barrier;                     /* barrier of its pipe before it */
    bool barrier_all;
} Site;

typedef struct Event {
    bool live, is_leave, has_leave; /* leave: see mend_overrun */
    NpuPipe src, dst;
    int level; /* of the block */
    PlaceBlock *block;
    PlaceStmt *loop; /* whose body the block is; NULL: the program */
    PlaceStmt *outermost;
    int from, to; /* items */
    int distance; /* 0: within an iteration */
    int count, base;
} Event;

/* What an access touches: bytes of a memory, or a box of an argument, relative to expressions without counters. */
typedef struct Touch {
    int space; /* memory, or NPU_MEMORY_COUNT + argument */
    int64_t lo[2], hi[2];
    const Expr *rest[2];
    bool anywhere, writes, reads;
} Touch;

typedef struct Record {
    Touch touch;
    int last[NPU_PIPE_COUNT][2]; /* read, write: number among the pipe's, from 1; 0: none */
    int site[NPU_PIPE_COUNT][2];
    int64_t counters[NPU_PIPE_COUNT][2][MAX_NEST];
} Record;

typedef struct Affine {
    bool known;
    const Expr *rest;
    int64_t c, coef[MAX_NEST];
} Affine;

typedef struct Conflict {
    bool found;
    int a, b; /* sites */
    int64_t at[MAX_NEST], bt[MAX_NEST];
} Conflict;

typedef struct Sync {
    PlaceUnit *unit;
    PlaceProgram *program;
    Arena *arena;
    VEC(Site) sites;
    VEC(PlaceStmt *) loops;
    VEC(Event) events;
    Affine *affine; /* [site * NPU_MAX_OPERANDS * 3 + operand * 3 + (copy, box 0, box 1)] */
    /* the run */
    int64_t trips[MAX_LOOPS];
    int64_t counters[MAX_NEST];
    int depth, next_site;
    int count[NPU_PIPE_COUNT];
    int clock[NPU_PIPE_COUNT][NPU_PIPE_COUNT];
    VEC(Record) records;
    int token[MAX_EVENTS][2 * MAX_COUNT][NPU_PIPE_COUNT]; /* clock that each event id's token carries */
    int waited[MAX_EVENTS][2 * MAX_COUNT]; /* number of the wait on the dst pipe that took the last token; 0: none */
    bool full[MAX_EVENTS][2 * MAX_COUNT];
    bool same_pipe, vector_only; /* which conflicts are looked for */
    bool overruns;               /* and whether an id that is set twice is a mistake */
    Conflict conflict;
    int overrun; /* event, -1: none */
} Sync;

/* sync_touch.c: fills sites, loops and what is known of their boxes. False: more loops than are followed. */
bool npu_sync_find_sites(Sync *s);
/* What the site touches in this round, at most NPU_MAX_OPERANDS + 1; how many. */
int npu_sync_touches(Sync *s, int site, Touch *out);
bool npu_sync_touches_meet(const Touch *a, const Touch *b);
bool npu_sync_touch_equal(const Touch *a, const Touch *b);

/* sync_run.c: all pairs of loops with every other one empty, at every trip count up to MAX_TRIP, and all loops empty; stops at the
 * first run that is not clean (s->conflict, s->overrun). */
bool npu_sync_run_all(Sync *s);
/* The loop around which the event is primed and drained. */
const PlaceStmt *npu_sync_token_loop(const Event *ev);

/* sync_put.c: flags and barriers into a block and those in it. */
void npu_sync_put(Sync *s, PlaceBlock *block);
#endif
