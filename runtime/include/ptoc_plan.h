/* ptoc_plan.h - tasks of one parallel axis under a schedule: task_graph, dispatch and streams.
 *
 *   pt_plan p;
 *   pt_plan_begin(&p, task, count, &rules, workers);  rules: below; workers that are wanted
 *   pt_plan_add(&p, worker, stream, priority);        for every task in program order; keys, of which any integer will do
 *   for each worker w in [0, p.workers), side by side:
 *       while ((at = pt_plan_next(&p, w)) >= 0) { run task number at; pt_plan_done(&p); }
 *   pt_plan_end(&p);
 *
 * A task is submitted in program order while no more than `window` are submitted and unfinished. It is started by the worker that its key
 * names (any worker where dispatch does not pin), after the tasks of its stream that come before it have been started, and before
 * others as `ready` says. All are known before the first starts, so no `start` of a schedule has to be waited for. A worker that has
 * not begun while others wait for it (OpenMP may give fewer threads than were asked for) loses its tasks to one that waits, so nothing
 * ever hangs. Without memory for the plan one worker runs all tasks in program order. */
#ifndef PTOC_PLAN_H
#define PTOC_PLAN_H
#include "ptoc_team.h"
#if defined(_OPENMP)
#include <sched.h>
#define PT_PLAN_YIELD() sched_yield()
#else
#define PT_PLAN_YIELD() 0
#endif

typedef enum pt_ready { PT_READY_FIFO, PT_READY_LIFO, PT_READY_PRIORITY } pt_ready;

typedef struct pt_plan_rules {
    pt_ready ready;
    int64_t window;  /* INT64_MAX: no limit */
    int pinned;      /* the worker's key decides; else any worker */
    int64_t streams; /* 0: none */
} pt_plan_rules;

typedef struct pt_planned {
    int64_t priority;
    int64_t before, after;  /* submitted and not started, of the same worker, in program order; -1: none */
    int64_t next_in_stream; /* -1: none */
    int64_t stream;
    int worker;
} pt_planned;

typedef struct pt_plan_worker {
    int64_t first, last;
    int64_t left; /* not started yet, also those not submitted */
    int owner;    /* who runs them */
    int begun;
} pt_plan_worker;

typedef struct pt_plan {
    pt_plan_rules rules;
    int workers;
    int64_t count, added, submitted, started, finished;
    pt_planned *tasks; /* NULL: one worker, program order */
    pt_plan_worker *queues;
    int64_t *stream_first, *stream_last; /* the first that is not started, the last that was added */
} pt_plan;

enum { PT_PLAN_PATIENCE = 4096 }; /* yields before the tasks of a worker that has not begun are taken over */

/* A key whose neighbours fall far apart. */
PT_FN int64_t pt_plan_hash(int64_t key) {
    uint64_t z = (uint64_t)key * UINT64_C(0x9E3779B97F4A7C15);
    return (int64_t)((z ^ z >> 32) >> 1);
}
PT_FN int64_t pt_plan_key(int64_t key, int64_t n) { return key % n < 0 ? key % n + n : key % n; }

PT_COLD void pt_plan_begin(pt_plan *p, const pt_task *task, int64_t count, const pt_plan_rules *rules, int workers) {
    size_t n = count < 0 ? 0 : (size_t)count, streams = rules->streams > 0 ? (size_t)rules->streams : 1;
    size_t bytes = pt_size_product(n, sizeof(pt_planned));
    memset(p, 0, sizeof *p);
    p->rules = *rules;
    p->count = (int64_t)n;
    p->workers = pt_task_forks(task, count) && workers > 1 ? workers : 1;
    bytes = pt_size_sum(bytes, pt_size_product((size_t)p->workers, sizeof(pt_plan_worker)));
    bytes = pt_size_sum(bytes, pt_size_product(streams, 2 * sizeof(int64_t)));
    p->tasks = bytes == SIZE_MAX ? NULL : (pt_planned *)calloc(1, bytes);
    if (!p->tasks) {
        p->workers = 1;
        return;
    }
    p->queues = (pt_plan_worker *)(void *)(p->tasks + n);
    p->stream_first = (int64_t *)(void *)(p->queues + p->workers);
    p->stream_last = p->stream_first + streams;
    for (int w = 0; w < p->workers; w++)
        p->queues[w].first = p->queues[w].last = -1, p->queues[w].owner = w;
    for (size_t s = 0; s < streams; s++)
        p->stream_first[s] = p->stream_last[s] = -1;
}

PT_FN void pt_plan_add(pt_plan *p, int64_t worker, int64_t stream, int64_t priority) {
    int64_t at = p->added++;
    pt_planned *t;
    if (!p->tasks || at >= p->count)
        return;
    t = &p->tasks[at];
    t->priority = priority;
    t->worker = p->rules.pinned ? (int)pt_plan_key(worker, p->workers) : 0;
    p->queues[t->worker].left++;
    t->next_in_stream = -1;
    if (p->rules.streams > 0) {
        t->stream = pt_plan_key(stream, p->rules.streams);
        if (p->stream_last[t->stream] >= 0)
            p->tasks[p->stream_last[t->stream]].next_in_stream = at;
        else
            p->stream_first[t->stream] = at;
        p->stream_last[t->stream] = at;
    }
}

/* As many as the window lets in go to the ends of their workers' queues. */
PT_FN void pt_plan_submit(pt_plan *p) {
    while (p->submitted < p->added && p->submitted - p->finished < p->rules.window) {
        int64_t at = p->submitted++;
        pt_planned *t = &p->tasks[at];
        pt_plan_worker *q = &p->queues[t->worker];
        t->after = -1;
        t->before = q->last;
        if (q->last >= 0)
            p->tasks[q->last].after = at;
        else
            q->first = at;
        q->last = at;
    }
}

/* The task of a queue that is to start next; -1: none can. */
PT_FN int64_t pt_plan_choose(const pt_plan *p, const pt_plan_worker *q) {
    int64_t best = -1;
    int lifo = p->rules.ready == PT_READY_LIFO;
    for (int64_t at = lifo ? q->last : q->first; at >= 0; at = lifo ? p->tasks[at].before : p->tasks[at].after) {
        const pt_planned *t = &p->tasks[at];
        if (p->rules.streams > 0 && p->stream_first[t->stream] != at)
            continue;
        if (p->rules.ready != PT_READY_PRIORITY)
            return at;
        if (best < 0 || t->priority > p->tasks[best].priority)
            best = at;
    }
    return best;
}

PT_FN void pt_plan_start(pt_plan *p, pt_plan_worker *q, int64_t at) {
    const pt_planned *t = &p->tasks[at];
    if (t->before >= 0)
        p->tasks[t->before].after = t->after;
    else
        q->first = t->after;
    if (t->after >= 0)
        p->tasks[t->after].before = t->before;
    else
        q->last = t->before;
    if (p->rules.streams > 0)
        p->stream_first[t->stream] = t->next_in_stream;
    q->left--;
    p->started++;
}

/* What worker w may run now; *left: whether it has to come again when there is none. */
PT_COLD int64_t pt_plan_try(pt_plan *p, int w, int desperate, int *left) {
    int shared = !p->rules.pinned;
    *left = 0;
    p->queues[w].begun = 1;
    pt_plan_submit(p);
    for (int i = 0; i < (shared ? 1 : p->workers); i++) {
        pt_plan_worker *q = &p->queues[i];
        if (desperate && !q->begun && q->left > 0)
            q->owner = w;
        if ((!shared && q->owner != w) || q->left == 0)
            continue;
        *left = 1;
        int64_t at = pt_plan_choose(p, q);
        if (at >= 0) {
            pt_plan_start(p, q, at);
            return at;
        }
    }
    return -1;
}

PT_FN int64_t pt_plan_next(pt_plan *p, int64_t w) {
    int64_t at = -1;
    int left = 1;
    if (!p->tasks)
        return p->started < p->added ? p->started++ : -1;
    for (int turn = 0; at < 0 && left; turn++) {
        PT_OMP(critical(ptoc_plan)) { at = pt_plan_try(p, (int)w, turn > PT_PLAN_PATIENCE, &left); }
        if (at < 0 && left)
            (void)PT_PLAN_YIELD();
    }
    return at;
}

/* -1: none */
PT_FN int64_t pt_plan_stream(const pt_plan *p, int64_t at) {
    return p->tasks && p->rules.streams > 0 ? p->tasks[at].stream : -1;
}

PT_FN void pt_plan_done(pt_plan *p) {
    PT_OMP(critical(ptoc_plan)) { p->finished++; }
}

PT_FN void pt_plan_end(pt_plan *p) { free(p->tasks); }
#endif
