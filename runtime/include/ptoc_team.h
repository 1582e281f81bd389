/* ptoc_team.h - what stands around the functions of generated code: entry checks, threads and their scratch, tasks, counters.
 *
 *   pt_team t;
 *   if (pt_team_begin(&t, options, counted) == PTOC_OK && (entry checks) &&
 *       pt_team_memory(&t, own, each) == PTOC_OK)      scratch in bytes of the call itself and of one task;
 *       body(&t.main, ...)                             PT_UNBOUNDED when it is not known beforehand
 *   return pt_team_end(&t, names);
 *
 * A pt_task says where code runs: its number among the tasks that run side by side (-1: none), the scratch of its thread, its
 * thread's counters. A parallel axis inside a task runs in order, in that task. */
#ifndef PTOC_TEAM_H
#define PTOC_TEAM_H
#include "ptoc_task.h"

#define PT_UNBOUNDED SIZE_MAX

typedef struct pt_team pt_team;

typedef struct pt_task {
    pt_run *run;
    pt_team *team;
    pt_arena *arena;
    int64_t *counts; /* NULL: not wanted */
    int64_t number;
    void *process; /* of a pipe (ptoc_pipetask.h); NULL: none */
} pt_task;

typedef struct pt_counted {
    const char *kernel;
    int64_t tier;
} pt_counted;

struct pt_team {
    pt_run run;
    pt_task main;
    pt_arena *arenas; /* one a thread, then that of the call itself */
    int64_t *counts;  /* rows of `stride`, in the same order; NULL: not wanted */
    int counted;
    size_t stride;
    void *owned;
    void *spread; /* of distributed code (ptoc_starpu.h) */
};

/* Fails with the number of the task that it happens in. */
#define pt_task_fail(task, ...) pt_fail((task)->run, (task)->number, __VA_ARGS__)

/* ---- sizes -------------------------------------------------------------------------------------------------------------- */
/* a * b elements; what is negative counts as 0, and too many stay too many. */
PT_FN int64_t pt_elements(int64_t a, int64_t b) {
    if (a <= 0 || b <= 0)
        return 0;
    return a > INT64_MAX / b ? INT64_MAX : a * b;
}
PT_FN size_t pt_size_sum(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }
PT_FN size_t pt_size_product(size_t a, size_t b) { return b && a > SIZE_MAX / b ? SIZE_MAX : a * b; }
/* A bound that was computed in int64_t. */
PT_FN size_t pt_size_of(int64_t bytes) { return bytes < 0 ? 0 : (size_t)bytes; }

/* What pt_team_memory takes of a caller's workspace. */
PT_FN size_t pt_team_size(const ptoc_options *options, size_t own, size_t each) {
    size_t threads = (size_t)pt_threads(options);
    if (own == PT_UNBOUNDED || each == PT_UNBOUNDED)
        return PT_UNBOUNDED;
    if (own == 0 && each == 0)
        return 0;
    return pt_size_sum(pt_size_sum(pt_align(own), 2 * PT_ALIGN),
                       pt_size_product(pt_size_sum(pt_align(each), PT_ALIGN), threads));
}

/* ---- begin and end ------------------------------------------------------------------------------------------------------- */
PT_COLD int pt_team_open(pt_team *t, const ptoc_options *options, int counted) {
    size_t threads, bytes;
    pt_run_begin(&t->run, options);
    threads = (size_t)t->run.threads;
    t->counted = counted;
    t->stride = ((size_t)counted + 15) & ~(size_t)7; /* no cache line belongs to two threads */
    bytes = pt_size_product(threads + 1, sizeof(pt_arena));
    if (options && options->stats)
        bytes = pt_size_sum(bytes, pt_size_product(threads + 1, t->stride * sizeof(int64_t)));
    t->owned = bytes == SIZE_MAX ? NULL : calloc(1, bytes);
    t->arenas = (pt_arena *)t->owned;
    t->counts = NULL;
    t->spread = NULL;
    if (!t->owned)
        return pt_fail(&t->run, -1, PTOC_E_MEMORY, "no memory for %zu threads", threads);
    for (size_t i = 0; i <= threads; i++)
        pt_arena_init(&t->arenas[i], NULL, 0);
    if (options && options->stats)
        t->counts = (int64_t *)(void *)(t->arenas + threads + 1);
    t->main.run = &t->run;
    t->main.team = t;
    t->main.arena = &t->arenas[threads];
    t->main.counts = t->counts ? t->counts + threads * t->stride : NULL;
    t->main.number = -1;
    t->main.process = NULL;
    return PTOC_OK;
}
/* For code that records nothing (ptoc_trace.h has what does). */
PT_COLD int pt_team_begin(pt_team *t, const ptoc_options *options, int counted) {
    int status = pt_team_open(t, options, counted);
    return status == PTOC_OK && options && options->trace_file
               ? pt_fail(&t->run, -1, PTOC_E_UNSUPPORTED,
                         "the program was compiled without traces: its schedule needs trace(on)")
               : status;
}

/* Puts the scratch into the caller's workspace, if there is one: the call's own part first, then equal parts for the threads. */
PT_COLD int pt_team_memory(pt_team *t, size_t own, size_t each) {
    const ptoc_options *options = t->run.options;
    size_t threads = (size_t)t->run.threads, need = pt_team_size(options, own, each), size;
    char *p = options ? (char *)options->workspace : NULL;
    if (!p || need == PT_UNBOUNDED) /* the arenas grow by themselves */
        return PTOC_OK;
    size = options->workspace_size;
    if (size < need)
        return pt_fail(&t->run, -1, PTOC_E_WORKSPACE, "the workspace has %zu bytes, %zu are needed", size, need);
    own = pt_align(own) + PT_ALIGN;
    each = size > own ? (size - own) / threads : 0;
    pt_arena_init(&t->arenas[threads], p, size < own ? size : own);
    for (size_t i = 0; i < threads; i++)
        pt_arena_init(&t->arenas[i], p + (size < own ? size : own) + i * each, each);
    return PTOC_OK;
}

/* Also after a pt_team_begin that failed. */
PT_COLD int pt_team_end(pt_team *t, const pt_counted *names) {
    size_t rows = (size_t)t->run.threads + 1;
    for (int k = 0; t->counts && k < t->counted; k++) {
        int64_t sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += t->counts[i * t->stride + (size_t)k];
        pt_stats_add(&t->run, names[k].kernel, names[k].tier, sum);
    }
    for (size_t i = 0; t->arenas && i < rows; i++)
        pt_arena_free(&t->arenas[i]);
    free(t->owned);
    return pt_run_end(&t->run);
}

/* ---- tasks --------------------------------------------------------------------------------------------------------------- */
/* Whether `tasks` tasks are worth several threads here. */
PT_FN int pt_task_forks(const pt_task *task, int64_t tasks) {
    return task->number < 0 && tasks > 1 && task->run->threads > 1;
}

/* workers(N) of a schedule: no more than N of the run's threads. */
PT_FN int pt_workers(const pt_task *task, int most) { return task->run->threads < most ? task->run->threads : most; }
/* The same where one task runs about `work` operations: threads cost as much as some ten thousand. */
PT_FN int pt_task_pays(const pt_task *task, int64_t tasks, double work) {
    return pt_task_forks(task, tasks) && (double)tasks * work > 32768.0;
}

/* The task `number` of a parallel axis of `from`; 0 when it need not run because one before it failed. */
PT_FN int pt_task_begin_on(pt_task *task, const pt_task *from, int64_t number, int thread) {
    *task = *from;
    if (from->number < 0) {
        task->number = number;
        task->arena = &from->team->arenas[thread];
        if (from->counts)
            task->counts = from->team->counts + (size_t)thread * from->team->stride;
    }
    return !pt_skip(from->run, task->number + 1);
}
PT_FN int pt_task_begin(pt_task *task, const pt_task *from, int64_t number) {
    return pt_task_begin_on(task, from, number, from->number < 0 ? pt_thread() : 0);
}

/* After a parallel axis: the status of what it ran, as far as it concerns this task. */
PT_FN int pt_task_status(const pt_task *task) {
    if (task->number >= 0 && !pt_skip(task->run, task->number + 1))
        return PTOC_OK;
    return task->run->status;
}

PT_FN void pt_task_count(const pt_task *task, int64_t kernel) {
    if (task->counts)
        task->counts[kernel]++;
}

/* Several at once, done by one call. */
PT_FN void pt_task_tally(const pt_task *task, int64_t kernel, int64_t tasks) {
    if (task->counts && tasks > 0)
        task->counts[kernel] += tasks;
}

/* Scratch for count elements; NULL when there is none. */
PT_FN void *pt_task_take(const pt_task *task, int64_t count, size_t size) {
    return count >= 0 && (uint64_t)count <= SIZE_MAX / 2 / size ? pt_arena_take(task->arena, (size_t)count * size)
                                                                : NULL;
}
PT_COLD int pt_task_no_memory(const pt_task *task) {
    return task->arena->grows
               ? pt_task_fail(task, PTOC_E_MEMORY, "no memory for the scratch of a task")
               : pt_task_fail(task, PTOC_E_WORKSPACE, "the workspace is too small for the scratch of a task");
}

/* ---- entry checks ---------------------------------------------------------------------------------------------------------- */
typedef struct pt_tensor {
    const char *name;
    int written;
    uintptr_t low, high; /* the bytes between its lowest and highest element; equal: no elements */
} pt_tensor;

PT_COLD int pt_check_symbol(pt_run *run, const char *name, int64_t value) {
    return value >= 0 ? PTOC_OK : pt_fail(run, -1, PTOC_E_SHAPE, "`%s` is negative: %lld", name, (long long)value);
}

/* The distance from the first to the last element along a dimension, in bytes; 0 when it cannot be told in a pointer's range. */
PT_COLD int pt_check_span(int64_t last, int64_t stride, size_t size, int64_t *bytes) {
    int64_t room = (int64_t)(PTRDIFF_MAX / 4), step = stride < 0 ? -stride : stride;
    if (stride == INT64_MIN || (step && last > room / step) || last * step > room / (int64_t)size)
        return 0;
    *bytes = last * stride * (int64_t)size;
    return 1;
}

/* Strides NULL: row-major. */
PT_COLD int pt_check_tensor(pt_run *run, pt_tensor *t, const char *name, int written, const void *data, size_t size,
                            int rank, const int64_t *dims, const int64_t *strides) {
    int64_t step = 1, low = 0, high = 0, bytes;
    t->name = name;
    t->written = written;
    t->low = t->high = (uintptr_t)data;
    for (int d = 0; d < rank; d++) {
        if (dims[d] < 0)
            return pt_fail(run, -1, PTOC_E_SHAPE, "`%s`: extent %d is negative: %lld", name, d, (long long)dims[d]);
    }
    for (int d = 0; d < rank; d++) {
        if (dims[d] == 0)
            return PTOC_OK;
    }
    for (int d = rank - 1; d >= 0; d--) {
        if (!pt_check_span(dims[d] - 1, strides ? strides[d] : step, size, &bytes) || low + bytes < -PTRDIFF_MAX / 2 ||
            high + bytes > PTRDIFF_MAX / 2)
            return pt_fail(run, -1, PTOC_E_SHAPE, "`%s` is too large for memory", name);
        if (bytes < 0)
            low += bytes;
        else
            high += bytes;
        step = pt_elements(step, dims[d]);
    }
    if (!data)
        return pt_fail(run, -1, PTOC_E_ARGUMENT, "`%s` has no data", name);
    t->low = (uintptr_t)data + (uintptr_t)low;
    t->high = (uintptr_t)data + (uintptr_t)high + size;
    return PTOC_OK;
}

/* A tensor that is written may not overlap any other one. */
PT_COLD int pt_check_overlaps(pt_run *run, const pt_tensor *t, int n) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n && t[i].written; j++) {
            if (i != j && t[i].low != t[i].high && t[j].low != t[j].high && t[i].low < t[j].high &&
                t[j].low < t[i].high)
                return pt_fail(run, -1, PTOC_E_ALIAS, "`%s` overlaps `%s`", t[i].name, t[j].name);
        }
    }
    return PTOC_OK;
}
#endif
