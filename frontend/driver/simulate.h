/* simulate.h - `ptoc run --simulate=cores:N`: the tasks of a run on N virtual cores.
 *
 * The tasks are those that the program ran, with their measured times and levels (engines c and llvm), or, with --cost=FILE and for
 * the interpreter, those of the program as written, with the dependences of their views. They are replayed under the schedule, and
 * under others for comparison: submitted in program order within the window, started as `ready`, `dispatch` and `streams` say. */
#ifndef PTOC_DRIVER_SIMULATE_H
#define PTOC_DRIVER_SIMULATE_H
#include "frontend/driver/engine.h"
#include "frontend/driver/taskgraph.h"

/* Whether the options make sense together; *cores: of --simulate, 0 without it. False after a report. */
bool simulate_options(Session *s, int64_t *cores);
/* Appends the report; `graph`: of the program as written, where its tasks are to be replayed, else NULL. False after a report of what
 * is wrong with the cost table. */
bool simulate(Session *s, TaskGraph *graph, const EngineTask *task, const EngineRun *run, int64_t cores, Buf *out);
#endif
