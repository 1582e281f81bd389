/* engine_npu.h - single runs of emitted kernels, for tests that plant faults. */
#ifndef PTOC_DRIVER_ENGINE_NPU_H
#define PTOC_DRIVER_ENGINE_NPU_H
#include "frontend/driver/engine.h"

/* How the stand-in runs the queues (ptoc_stub::Policy), and planted faults by line of the emitted text (ptoc_stub::Change, whose
 * members these are): lines of 0: none. */
typedef struct StubRun {
    int policy;
    uint32_t seed;
    int drop[2], other_id;
    int pipe_line, pipe, swap[2];
    int shift_line, shift_role, shift_nth, shift_by;
    int size_line, size_by;
} StubRun;

/* The same kernels on the simulator of the PTO-ISA library that is installed in the folder `isa` ($CXX must understand
 * it: clang++-19 does). */
NpuEngine *engine_npu_open_isa(Session *s, const Module *module, const char *source_name, const char *isa);
/* What the stand-in finds wrong, or "". */
const char *engine_npu_once(Session *s, const NpuEngine *engine, const EngineTask *task, const StubRun *run,
                            EvalArg *args, int *status);
#endif
