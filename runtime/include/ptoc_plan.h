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
 * others as `ready` says. All are known before the first starts, so no `start` of a schedule has to be waited for. Where OpenMP
 * gives fewer threads than were asked for, those that came do the work of the others; where no one knows how many come, one that
 * waits takes over the tasks of a worker that has not begun: so nothing ever hangs. Who finds nothing to do looks again for a short
 * while and then sleeps until a task starts or ends. Without memory for the plan one worker runs all tasks in program order. */
#ifndef PTOC_PLAN_H
#define PTOC_PLAN_H
#include "ptoc_team.h"
#if defined(_OPENMP)
#include <pthread.h>
#include <sched.h>
#endif

/* One worker at a time looks at the plan; the others wait for a change. */
#if defined(_OPENMP)
typedef struct pt_plan_gate {
    pthread_mutex_t lock;
    pthread_cond_t change;
    int waiting;
} pt_plan_gate;
PT_FN void pt_plan_gate_make(pt_plan_gate *g) {
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->change, NULL);
    g->waiting = 0;
}
PT_FN void pt_plan_gate_free(pt_plan_gate *g) {
    pthread_cond_destroy(&g->change);
    pthread_mutex_destroy(&g->lock);
}
PT_FN void pt_plan_enter(pt_plan_gate *g) { pthread_mutex_lock(&g->lock); }
/* Those who wait look again after a change. */
PT_FN void pt_plan_leave(pt_plan_gate *g, int changed) {
    if (changed && g->waiting > 0)
        pthread_cond_broadcast(&g->change);
    pthread_mutex_unlock(&g->lock);
}
PT_FN void pt_plan_sleep(pt_plan_gate *g) {
    g->waiting++;
    pthread_cond_wait(&g->change, &g->lock);
    g->waiting--;
}
PT_FN void pt_plan_yield(void) { sched_yield(); }
#else
typedef struct pt_plan_gate {
    int waiting;
} pt_plan_gate;
PT_FN void pt_plan_gate_make(pt_plan_gate *g) { g->waiting = 0; }
PT_FN void pt_plan_gate_free(pt_plan_gate *g) { (void)g; }
PT_FN void pt_plan_enter(pt_plan_gate *g) { (void)g; }
PT_FN void pt_plan_leave(pt_plan_gate *g, int changed) { (void)g, (void)changed; }
PT_FN void pt_plan_sleep(pt_plan_gate *g) { (void)g; }
PT_FN void pt_plan_yield(void) {}
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
    pt_plan_gate gate;
    int present;                         /* threads that run the workers; 0: not known */
    int64_t *stream_first, *stream_last; /* the first that is not started, the last that was added */
} pt_plan;

enum {
    PT_PLAN_LOOKS = 1024, /* at the plan by one who finds nothing to do, before sleep */
    PT_PLAN_PATIENCE =
        4096 /* the same where no one knows who will come: then the tasks of a worker that has not begun are taken over */
};

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
    pt_plan_gate_make(&p->gate);
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

/* Thread t of n runs the workers t, t + n, ... one after the other: the first of them does the work of all. */
PT_FN void pt_plan_begin_worker(pt_plan *p, int w) {
    if (p->queues[w].begun || p->present > 0)
        return;
    p->present = pt_threads_here();
    for (int i = p->present; p->present > 0 && i < p->workers; i++)
        p->queues[i].owner = i % p->present;
}

PT_FN int64_t pt_plan_next(pt_plan *p, int64_t w) {
    int64_t at = -1;
    int left = 1;
    if (!p->tasks)
        return p->started < p->added ? p->started++ : -1;
    for (int turn = 0; at < 0 && left; turn++) {
        pt_plan_enter(&p->gate);
        pt_plan_begin_worker(p, (int)w);
        int desperate = p->present == 0 && turn > PT_PLAN_PATIENCE;
        at = pt_plan_try(p, (int)w, desperate, &left);
        int sleeps = at < 0 && left && (desperate || (p->present > 0 && turn > PT_PLAN_LOOKS));
        if (sleeps)
            pt_plan_sleep(&p->gate);
        pt_plan_leave(&p->gate, at >= 0); /* a start may free the next of its stream */
        if (at < 0 && left && !sleeps)
            pt_plan_yield();
    }
    return at;
}

/* -1: none */
PT_FN int64_t pt_plan_stream(const pt_plan *p, int64_t at) {
    return p->tasks && p->rules.streams > 0 ? p->tasks[at].stream : -1;
}

PT_FN void pt_plan_done(pt_plan *p) {
    pt_plan_enter(&p->gate);
    p->finished++;
    pt_plan_leave(&p->gate, 1);
}

PT_FN void pt_plan_end(pt_plan *p) {
    free(p->tasks);
    pt_plan_gate_free(&p->gate);
}
#endif
