/* engine_call.h - calling an entry point of generated code: its arguments' struct, its options, its statistics. */
#ifndef PTOC_DRIVER_ENGINE_CALL_H
#define PTOC_DRIVER_ENGINE_CALL_H
#include "frontend/driver/engine.h"
#include "runtime/include/ptoc_rt.h"

typedef int EngineEntry(const void *args, const ptoc_options *options);
/* Runs the task's repetitions; `out` is begun by it. */
void engine_call(Session *s, const char *engine, EngineEntry *entry, const EngineTask *task, EngineRun *out);
/* Appends the arguments' struct as the entry point takes it; places[i] (unless NULL) is where the pointer of tensor i stands. */
void engine_put_args(Buf *out, const Func *workload, const int64_t *index_args, const EvalArg *args, size_t *places);
#endif
