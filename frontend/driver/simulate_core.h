/* simulate_core.h - cores that run tasks under a rule, in virtual time. Knows nothing of programs. */
#ifndef PTOC_DRIVER_SIMULATE_CORE_H
#define PTOC_DRIVER_SIMULATE_CORE_H
#include <stdbool.h>
#include <stdint.h>
#include "ir/base/arena.h"

typedef struct SimTask {
    double cost;
    int level; /* begins when all below have ended; 0 for all: only `after` counts */
    const int *after;
    int nafter;
} SimTask;

typedef enum SimReady { SIM_FIFO, SIM_LIFO, SIM_PRIORITY } SimReady;

typedef struct SimRule {
    int64_t cores, window; /* tasks submitted and unfinished */
    SimReady ready;
    const int64_t *worker, *stream; /* keys by task; NULL: any worker, no streams */
    const double *priority;         /* SIM_PRIORITY: the highest first, then program order */
    int64_t streams;
} SimRule;

typedef struct SimResult {
    double makespan, work;
    double path; /* the longest way through the dependences */
    int last;    /* the longest task on it */
} SimResult;

SimResult simulate_tasks(Arena *arena, const SimTask *tasks, int n, const SimRule *rule);
#endif
