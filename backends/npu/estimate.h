/* estimate.h - how long the programs of a unit run, by the costs of insn.def, and pictures of it. */
#ifndef PTOC_BACKENDS_NPU_ESTIMATE_H
#define PTOC_BACKENDS_NPU_ESTIMATE_H
#include "backends/npu/emit.h"

/* An instruction on its pipe, or (stmt: a wait or barrier) a pipe that stands still. */
typedef struct NpuSlice {
    const PlaceStmt *stmt;
    NpuPipe pipe;
    double begin, end;
} NpuSlice;

/* A copy of a buffer from a write to the last use of what was written. */
typedef struct NpuLife {
    int buffer;
    int64_t copy;
    double begin, end;
} NpuLife;

typedef struct NpuTimeline {
    const PlaceUnit *unit;
    const PlaceProgram *program;
    double total, busy[NPU_PIPE_COUNT], stall[NPU_PIPE_COUNT];
    double waits[NPU_PIPE_COUNT][NPU_PIPE_COUNT]; /* of a pipe for another one */
    bool cut;                                     /* too long: only its beginning */
    VEC(NpuSlice) slices;
    VEC(NpuLife) lives;
} NpuTimeline;

/* One task, with index arguments as large as is known of them, else NPU_ASSUMED_EXTENT. */
enum { NPU_ASSUMED_EXTENT = 256 };
NpuTimeline *npu_timeline(Arena *arena, const PlaceUnit *unit, const PlaceProgram *program);
void npu_put_estimate(Arena *arena, const NpuProgram *program, Buf *out);
void npu_put_pictures(Arena *arena, const NpuProgram *program, Buf *out); /* HTML: SVG with its own styles */
#endif
