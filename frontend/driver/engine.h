/* engine.h - ways to run a workload: the reference interpreter, generated C, LLVM, and NPU kernels on a stand-in.
 *
 * An engine takes the arguments of run_bind, works on copies of what the workload may write, and says what came out. Mistakes of
 * the system (no compiler) are reported; run-time errors of the program are results like others. */
#ifndef PTOC_DRIVER_ENGINE_H
#define PTOC_DRIVER_ENGINE_H
#include "frontend/driver/session.h"
#include "frontend/example.h"
#include "backends/c/c_emit.h"
#include "ir/base/buf.h"
#include "ir/eval.h"

typedef struct EngineRun {
    const char *engine; /* "interp", "c", "llvm", "npu-stub" */
    int status;         /* PTOC_OK or a PTOC_E_* code */
    const char *error;  /* message of a failure, else "" */
    Loc loc;            /* of a failure, if known */
    int64_t tasks;
    VEC(EvalCount) counts;
    int64_t dropped; /* (kernel, tier) pairs that were not counted apart */
    double *seconds; /* of each repetition */
    int repetitions;
    EvalArg *args;      /* with the outputs */
    Buf trace;          /* the events of the last repetition, as the runtime writes them; "": none */
    double trace_begin; /* of that repetition, since the session's begin */
} EngineRun;

/* What every engine runs. */
typedef struct EngineTask {
    const Func *workload;
    const RunInputs *inputs;
    int threads; /* 0: as the engine decides */
    int repetitions;
    bool full_checks, fp_separate, trace;
} EngineTask;

/* "PTOC_E_SHAPE" */
const char *engine_status_name(int status);
double engine_median(Arena *arena, const EngineRun *run);

void engine_interp_run(Session *s, const Module *module, const EngineTask *task, EngineRun *out);

/* A program compiled by a C compiler and loaded. It stays loaded until the process ends. */
typedef struct CEngine CEngine;
/* True when a C compiler can be found ($CC, cc, gcc, clang). */
bool engine_c_is_present(Session *s);
/* From a module at block stage; NULL after a report. */
CEngine *engine_c_open(Session *s, const Module *module, const char *source_name);
/* "gcc", "clang -m32": what compiled it. */
const char *engine_c_compiler(const CEngine *engine);
void engine_c_run(Session *s, const CEngine *engine, const EngineTask *task, EngineRun *out);

/* The same program on several ranks of this machine, a job of mpirun for each run. */
typedef struct MpiEngine MpiEngine;
/* From a module at block stage; NULL after a report. The files lie in a folder until engine_mpi_close. */
MpiEngine *engine_mpi_open(Session *s, const Module *module, const char *source_name, const Func *workload);
const char *engine_mpi_compiler(const MpiEngine *engine);
/* A job that ends early is reported. */
void engine_mpi_run(Session *s, const MpiEngine *engine, const EngineTask *task, EngineRun *out);
void engine_mpi_close(MpiEngine *engine);
int engine_mpi_ranks(const Session *s); /* as --ranks says */

/* Code of the module ptoc-llvm.so (llvm_module.h), in memory until the process ends. */
typedef struct LlvmEngine LlvmEngine;
/* True when the module's file is there and this machine runs what it makes. */
bool engine_llvm_is_present(Session *s);
/* From a module at block stage; NULL after a report. */
LlvmEngine *engine_llvm_open(Session *s, const Module *module, const char *source_name);
const char *engine_llvm_compiler(const LlvmEngine *engine); /* "x86-64-v3": the machine it was made for */
void engine_llvm_run(Session *s, const LlvmEngine *engine, const EngineTask *task, EngineRun *out);

/* Kernels for an NPU on a stand-in of its instructions, loaded likewise. */
typedef struct NpuEngine NpuEngine;
/* True when a C++ compiler can be found ($CXX, c++, g++, clang++). */
bool engine_npu_is_present(Session *s);
/* From a module at tile stage, for the session's target; NULL after a report. */
NpuEngine *engine_npu_open(Session *s, const Module *module, const char *source_name);
const char *engine_npu_compiler(const NpuEngine *engine);
void engine_npu_run(Session *s, const NpuEngine *engine, const EngineTask *task, EngineRun *out);

/* The engine that --engine asks for (auto: the first of llvm, c and interp that is here); false after a report (run.c). */
bool run_choose_engine(Session *s, int *engine);
#endif
