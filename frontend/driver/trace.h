/* trace.h - a run as a Chrome trace (chrome://tracing, Perfetto): the phases of the compiler, then what the program recorded. */
#ifndef PTOC_DRIVER_TRACE_H
#define PTOC_DRIVER_TRACE_H
#include "frontend/driver/engine.h"

void trace_write(const Session *s, const EngineRun *run, Buf *out);

/* The interpreter has one worker; its tasks are told one by one (EvalOptions.task). */
typedef struct TraceTasks {
    Session *s;
    Buf *out;
    double begin, task_begin; /* of the run, of the task */
    int64_t tasks;
} TraceTasks;
void trace_tasks_begin(TraceTasks *t, Session *s, const char *workload, Buf *out);
void trace_task(void *tasks, const EvalTask *task, bool ends);
void trace_tasks_end(TraceTasks *t);
#endif
