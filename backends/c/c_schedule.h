/* c_schedule.h - the directives of a schedule, as a parallel nest of loops needs them. */
#ifndef PTOC_BACKENDS_C_SCHEDULE_H
#define PTOC_BACKENDS_C_SCHEDULE_H
#include "backends/c/c_internal.h"

/* C text; keys over the indices of the nest, NULL: not wanted. */
typedef struct CPlan {
    const char *ready, *window, *streams; /* pt_plan_rules */
    const char *worker, *stream, *priority;
    bool in_turn; /* the worker's key is the task's number */
    bool asks;
} CPlan;

/* False: a plain parallel loop does what the schedule asks. */
bool c_plan_is_wanted(CFn *fn, const Op *const *axes, int naxes, CPlan *rules);
CPlan c_plan(CFn *fn, const Op *const *axes, int naxes); /* with keys: where the indices have names */
const char *c_workers_text(CFn *fn, const char *task);
const char *c_dispatch_text(CFn *fn);
#endif
