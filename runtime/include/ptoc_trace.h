/* ptoc_trace.h - what a program compiled with traces records, and the Chrome trace (chrome://tracing, Perfetto) that it writes.
 *
 *   pt_traced t;                                          a pt_team that records
 *   if (pt_traced_begin(&t, options, counted) == PTOC_OK) body(&t.team.main, ...);
 *   return pt_traced_end(&t, "workload", labels, names);  writes options->trace_file; NULL: nothing is recorded
 *
 * In the body, each with its pt_trace_end(task, KIND); one of a task also ends what was left open in it by a failure:
 *   pt_trace_level(task, label)                           a parallel nest
 *   pt_trace_task(task, label, worker, stream, axes, n)   one of its tasks and its indices
 *   pt_trace_call(task, label, counter, tasks, axes, n)   a call of a kernel: counter is its place in `names`
 * and pt_trace_tally(task, counter, tasks), pt_trace_edge(task, from, to): numbers of tasks of the level that is open.
 *
 * A thread writes words into chunks of its own, so that recording takes no lock; a process of a pipe finds its chunks by a search. The
 * time is a counter of the processor where there is one, measured against the clock over the run. */
#ifndef PTOC_TRACE_H
#define PTOC_TRACE_H
#include "ptoc_team.h"
#include <time.h>

typedef struct pt_trace_label {
    const char *name, *axes; /* "batch,seq_pos" */
} pt_trace_label;

enum { PT_TRACE_LEVEL, PT_TRACE_TASK, PT_TRACE_CALL, PT_TRACE_TALLY, PT_TRACE_EDGE, PT_TRACE_END };
enum {
    PT_TRACE_WORDS = 32768, /* of a chunk */
    PT_TRACE_CHUNKS = 1024, /* of a row at most: what comes then is lost, and counted */
    PT_TRACE_HEAD = 4,      /* words of a record before its axes: time, what, two of its own */
    PT_TRACE_DEPTH = 64
};

typedef struct pt_trace_chunk {
    struct pt_trace_chunk *next;
    size_t used;
    uint64_t words[PT_TRACE_WORDS];
} pt_trace_chunk;

/* What one thread recorded. */
typedef struct pt_trace_row {
    uint64_t *at, *end; /* room in the last chunk */
    pt_trace_chunk *first, *last;
    int64_t chunks, lost;
    const pt_arena *owner; /* of a process of a pipe, and the row made before it */
    struct pt_trace_row *before;
    int number;
    int64_t first_task; /* of the level at hand, while the flows are written */
    char apart[64];     /* no cache line belongs to two threads */
} pt_trace_row;

typedef struct pt_traced {
    pt_team team; /* first: a task's team is one of these */
    const char *file;
    pt_trace_row *rows; /* one a thread, then that of the call itself; NULL: nothing is recorded */
    pt_trace_row *processes;
    int64_t level, nprocesses;
    uint64_t ticks;
    double clock;
} pt_traced;

PT_FN double pt_trace_clock(void) {
    struct timespec now;
    return timespec_get(&now, TIME_UTC) ? (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3 : 0;
}
PT_FN uint64_t pt_trace_ticks(void) {
#if defined(__GNUC__) && defined(__x86_64__)
    return (uint64_t)__builtin_ia32_rdtsc();
#elif defined(__GNUC__) && defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    struct timespec now;
    return timespec_get(&now, TIME_UTC) ? (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec : 0;
#endif
}

/* ---- recording ---------------------------------------------------------------------------------------------------------- */
PT_COLD pt_trace_row *pt_trace_process_row(pt_traced *t, const pt_arena *owner) {
    pt_trace_row *row;
    PT_OMP(critical(ptoc_trace)) {
        for (row = t->processes; row && row->owner != owner;)
            row = row->before;
        if (!row && (row = (pt_trace_row *)calloc(1, sizeof *row)) != NULL) {
            row->owner = owner;
            row->before = t->processes;
            row->number = t->team.run.threads + 1 + (int)t->nprocesses++;
            t->processes = row;
        }
    }
    return row;
}

PT_FN pt_trace_row *pt_trace_row_of(const pt_task *task) {
    pt_traced *t = (pt_traced *)(void *)task->team;
    uintptr_t at = (uintptr_t)task->arena - (uintptr_t)t->team.arenas;
    if (!t->rows)
        return NULL;
    return at <= (uintptr_t)t->team.run.threads * sizeof(pt_arena) ? &t->rows[at / sizeof(pt_arena)]
                                                                   : pt_trace_process_row(t, task->arena);
}

PT_COLD int pt_trace_grow(pt_trace_row *row) {
    pt_trace_chunk *chunk = row->chunks < PT_TRACE_CHUNKS ? (pt_trace_chunk *)malloc(sizeof *chunk) : NULL;
    if (!chunk) {
        row->lost++;
        return 0;
    }
    chunk->next = NULL;
    chunk->used = 0;
    if (row->last) {
        row->last->used = (size_t)(row->at - row->last->words);
        row->last->next = chunk;
    } else {
        row->first = chunk;
    }
    row->last = chunk;
    row->chunks++;
    row->at = chunk->words;
    row->end = chunk->words + PT_TRACE_WORDS;
    return 1;
}

PT_FN void pt_trace_record(const pt_task *task, uint64_t what, uint64_t a, uint64_t b, const int64_t *axes, int n) {
    pt_trace_row *row = pt_trace_row_of(task);
    if (!row || (row->end - row->at < PT_TRACE_HEAD + n && !pt_trace_grow(row)))
        return;
    uint64_t *at = row->at;
    at[1] = what | (uint64_t)n << 8;
    at[2] = a;
    at[3] = b;
    for (int i = 0; i < n; i++)
        at[PT_TRACE_HEAD + i] = (uint64_t)axes[i];
    row->at = at + PT_TRACE_HEAD + n;
    at[0] = pt_trace_ticks();
}
PT_FN void pt_trace_end(const pt_task *task, int kind) {
    pt_trace_record(task, PT_TRACE_END, (uint64_t)kind, 0, NULL, 0);
}
PT_FN void pt_trace_level(const pt_task *task, int label) {
    pt_traced *t = (pt_traced *)(void *)task->team;
    if (task->number < 0)
        t->level++;
    pt_trace_record(task, PT_TRACE_LEVEL | (uint64_t)label << 16, 0, (uint64_t)t->level, NULL, 0);
}
/* worker -1: the thread; stream -1: none */
PT_FN void pt_trace_task(const pt_task *task, int label, int64_t worker, int64_t stream, const int64_t *axes, int n) {
    const pt_traced *t = (const pt_traced *)(const void *)task->team;
    uint64_t keys = ((uint64_t)worker & 0xFFFF) | ((uint64_t)stream & 0xFFFF) << 16 | (uint64_t)t->level << 32;
    pt_trace_record(task, PT_TRACE_TASK | (uint64_t)label << 16, (uint64_t)task->number, keys, axes, n);
}
PT_FN void pt_trace_call(const pt_task *task, int label, int counter, int tasks, const int64_t *axes, int n) {
    pt_trace_record(task, PT_TRACE_CALL | (uint64_t)label << 16, (uint64_t)counter, (uint64_t)tasks, axes, n);
}
PT_FN void pt_trace_tally(const pt_task *task, int counter, int64_t tasks) {
    if (tasks > 0)
        pt_trace_record(task, PT_TRACE_TALLY, (uint64_t)counter, (uint64_t)tasks, NULL, 0);
}
PT_FN void pt_trace_edge(const pt_task *task, int64_t from, int64_t to) {
    pt_trace_record(task, PT_TRACE_EDGE, (uint64_t)from, (uint64_t)to, NULL, 0);
}

/* ---- begin and end -------------------------------------------------------------------------------------------------------- */
PT_COLD int pt_traced_begin(pt_traced *t, const ptoc_options *options, int counted) {
    int status;
    t->file = options ? options->trace_file : NULL;
    t->rows = t->processes = NULL;
    t->level = t->nprocesses = 0;
    status = pt_team_open(&t->team, options, counted);
    if (status != PTOC_OK || !t->file)
        return status;
    t->rows = (pt_trace_row *)calloc((size_t)t->team.run.threads + 1, sizeof *t->rows);
    if (!t->rows)
        return pt_fail(&t->team.run, -1, PTOC_E_MEMORY, "no memory for a trace");
    for (int i = 0; i <= t->team.run.threads; i++) {
        t->rows[i].number = i;
        if (pt_trace_grow(&t->rows[i])) /* pages are got before the run, not by its first events */
            memset(t->rows[i].at, 0, sizeof t->rows[i].first->words);
    }
    t->clock = pt_trace_clock();
    t->ticks = pt_trace_ticks();
    return PTOC_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------------------------- */
typedef struct pt_trace_open {
    const uint64_t *record;
    int64_t counter, tasks; /* what it calls first, -1: nothing; tasks of the statistics */
} pt_trace_open;

typedef struct pt_trace_done {
    int64_t level, number;
    double begin, end;
    int row;
} pt_trace_done;

typedef struct pt_trace_edge_of {
    int64_t level, from, to;
} pt_trace_edge_of;

typedef struct pt_trace_writer {
    pt_traced *traced;
    FILE *file;
    const pt_trace_label *labels;
    const pt_counted *names;
    const pt_trace_row *row;
    double scale; /* microseconds of a tick */
    pt_trace_done *done;
    pt_trace_edge_of *edges;
    int64_t ndone, nedges, level, flows, alone; /* calls outside of any parallel nest */
    pt_trace_open open[PT_TRACE_DEPTH];
    int depth, failed;
} pt_trace_writer;

PT_PRINTF(2, 3)
PT_COLD void pt_trace_put(pt_trace_writer *w, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    w->failed |= n < 0 || (size_t)n >= sizeof text || fwrite(text, 1, (size_t)n, w->file) != (size_t)n;
}

PT_FN double pt_trace_time(const pt_trace_writer *w, uint64_t ticks) {
    return (double)(int64_t)(ticks - w->traced->ticks) * w->scale;
}

PT_COLD void pt_trace_put_tier(pt_trace_writer *w, int64_t tier) {
    int unit = 0;
    while (unit < 3 && tier && tier % 1024 == 0)
        tier /= 1024, unit++;
    pt_trace_put(w, " %lld%.*s", (long long)tier, unit > 0, &"\0KMG"[unit]);
}

/* {"name": "indexer 64K [batch=3, seq_pos=0]", ... "args": {"kernel": "indexer", "tier": 65536, ..., "batch": 3, "seq_pos": 0 */
PT_COLD void pt_trace_put_axes(pt_trace_writer *w, const uint64_t *r, const char *format) {
    const char *name = w->labels[r[1] >> 16].axes;
    int n = (int)(r[1] >> 8 & 0xFF);
    for (int i = 0; i < n; i++) {
        const char *end = strchr(name, ',');
        pt_trace_put(w, format, i ? ", " : "", end ? (int)(end - name) : (int)strlen(name), name,
                     (long long)(int64_t)r[PT_TRACE_HEAD + i]);
        name = end ? end + 1 : name;
    }
}

PT_COLD void pt_trace_put_name(pt_trace_writer *w, const uint64_t *r, int64_t counter) {
    pt_trace_put(w, ",\n{\"name\": \"%s", counter < 0 ? w->labels[r[1] >> 16].name : w->names[counter].kernel);
    if (counter >= 0 && w->names[counter].tier > 0)
        pt_trace_put_tier(w, w->names[counter].tier);
    if (r[1] >> 8 & 0xFF) {
        pt_trace_put(w, " [");
        pt_trace_put_axes(w, r, "%s%.*s=%lld");
        pt_trace_put(w, "]");
    }
}

PT_COLD void pt_trace_put_event(pt_trace_writer *w, const pt_trace_open *o, const char *category, uint64_t end) {
    const uint64_t *r = o->record;
    double from = pt_trace_time(w, r[0]), to = pt_trace_time(w, end);
    pt_trace_put_name(w, r, o->counter);
    pt_trace_put(
        w, "\", \"cat\": \"%s\", \"ph\": \"X\", \"pid\": 2, \"tid\": %d, \"ts\": %.3f, \"dur\": %.3f, \"args\": {",
        category, w->row->number, from, to > from ? to - from : 0);
    pt_trace_put(w, "\"from\": \"%s\", \"tasks\": %lld", w->labels[r[1] >> 16].name, (long long)o->tasks);
    if (o->counter >= 0)
        pt_trace_put(w, ", \"kernel\": \"%s\", \"tier\": %lld", w->names[o->counter].kernel,
                     (long long)w->names[o->counter].tier);
    if ((r[1] & 0xFF) == PT_TRACE_TASK)
        pt_trace_put(w, ", \"level\": %d, \"number\": %lld, \"worker\": %d, \"stream\": %d", (int)(r[3] >> 32),
                     (long long)r[2], (r[3] & 0xFFFF) == 0xFFFF ? w->row->number : (int)(r[3] & 0xFFFF),
                     (int)(int16_t)(r[3] >> 16 & 0xFFFF));
    else if ((r[1] & 0xFF) == PT_TRACE_LEVEL)
        pt_trace_put(w, ", \"level\": %lld", (long long)r[3]);
    else if (*category == 't')
        pt_trace_put(w, ", \"level\": 0, \"number\": %lld, \"worker\": %d", (long long)w->alone++, w->row->number);
    if (r[1] >> 8 & 0xFF)
        pt_trace_put(w, ", \"axes\": {");
    pt_trace_put_axes(w, r, "%s\"%.*s\": %lld");
    pt_trace_put(w, r[1] >> 8 & 0xFF ? "}}}" : "}}");
}

/* The one on top of those that are open. */
PT_COLD void pt_trace_close(pt_trace_writer *w, uint64_t end) {
    const pt_trace_open *o = &w->open[--w->depth];
    const uint64_t *r = o->record;
    int kind = (int)(r[1] & 0xFF), inside = 0;
    for (int i = 0; i < w->depth; i++)
        inside |= (int)(w->open[i].record[1] & 0xFF) == PT_TRACE_TASK;
    pt_trace_put_event(w, o,
                       kind == PT_TRACE_LEVEL  ? "level"
                       : !inside               ? "task"
                       : kind == PT_TRACE_CALL ? "kernel"
                                               : "part",
                       end);
    if (kind == PT_TRACE_TASK && !inside && w->done) {
        pt_trace_done *d = &w->done[w->ndone++];
        d->level = (int64_t)(r[3] >> 32);
        d->number = (int64_t)r[2];
        d->begin = pt_trace_time(w, r[0]);
        d->end = pt_trace_time(w, end);
        d->row = w->row->number;
    }
    if (w->depth > 0 && kind != PT_TRACE_LEVEL) {
        pt_trace_open *outer = &w->open[w->depth - 1];
        outer->counter = outer->counter < 0 && kind != PT_TRACE_LEVEL ? o->counter : outer->counter;
        outer->tasks += o->tasks;
    }
}

PT_COLD void pt_trace_read(pt_trace_writer *w, const uint64_t *r) {
    int kind = (int)(r[1] & 0xFF);
    pt_trace_open *top = w->depth > 0 ? &w->open[w->depth - 1] : NULL;
    if (kind == PT_TRACE_END) {
        while (w->depth > 0) {
            int closed = (int)(w->open[w->depth - 1].record[1] & 0xFF);
            pt_trace_close(w, r[0]);
            if (closed == (int)r[2])
                break;
        }
    } else if (kind == PT_TRACE_TALLY && top) {
        top->counter = top->counter < 0 ? (int64_t)r[2] : top->counter;
        top->tasks += (int64_t)r[3];
    } else if (kind == PT_TRACE_EDGE && w->edges) {
        pt_trace_edge_of *e = &w->edges[w->nedges++];
        e->level = w->level;
        e->from = (int64_t)r[2];
        e->to = (int64_t)r[3];
    } else if (kind <= PT_TRACE_CALL && w->depth < PT_TRACE_DEPTH) {
        w->level = kind == PT_TRACE_LEVEL ? (int64_t)r[3] : w->level;
        top = &w->open[w->depth++];
        top->record = r;
        top->counter = kind == PT_TRACE_CALL ? (int64_t)r[2] : -1;
        top->tasks = kind == PT_TRACE_CALL ? (int64_t)r[3] : 0;
    }
}

/* Calls `read` for every record of a row. */
PT_COLD void pt_trace_walk(pt_trace_writer *w, pt_trace_row *row, void (*read)(pt_trace_writer *w, const uint64_t *r)) {
    const uint64_t *r = NULL;
    w->row = row;
    w->depth = 0;
    if (row->last)
        row->last->used = (size_t)(row->at - row->last->words);
    for (const pt_trace_chunk *c = row->first; c; c = c->next)
        for (size_t i = 0; i < c->used; i += PT_TRACE_HEAD + (size_t)(r[1] >> 8 & 0xFF)) {
            r = &c->words[i];
            read(w, r);
        }
    while (w->depth > 0) /* a run that failed */
        pt_trace_close(w, r[0]);
}
PT_COLD void pt_trace_walk_all(pt_trace_writer *w, void (*read)(pt_trace_writer *w, const uint64_t *r)) {
    for (int i = w->traced->team.run.threads; i >= 0; i--)
        pt_trace_walk(w, &w->traced->rows[i], read);
    for (pt_trace_row *row = w->traced->processes; row; row = row->before)
        pt_trace_walk(w, row, read);
}

PT_COLD void pt_trace_measure(pt_trace_writer *w, const uint64_t *r) {
    w->ndone += (r[1] & 0xFF) == PT_TRACE_TASK;
    w->nedges += (r[1] & 0xFF) == PT_TRACE_EDGE;
}

/* ---- flows: what waited for what ---------------------------------------------------------------------------------------------- */
PT_COLD int pt_trace_order(const void *a, const void *b) {
    const pt_trace_done *x = (const pt_trace_done *)a, *y = (const pt_trace_done *)b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

PT_COLD void pt_trace_put_flow(pt_trace_writer *w, const pt_trace_done *from, const pt_trace_done *to) {
    static const char form[] = ",\n{\"name\": \"dependence\", \"cat\": \"flow\", \"ph\": \"%s\", \"id\": %lld, "
                               "\"pid\": 2, \"tid\": %d, \"ts\": %.3f%s}";
    double end = from->end - 0.001 > from->begin ? from->end - 0.001 : from->begin;
    w->flows++;
    pt_trace_put(w, form, "s", (long long)w->flows, from->row, end, "");
    pt_trace_put(w, form, "f", (long long)w->flows, to->row, to->begin, ", \"bp\": \"e\"");
}

PT_COLD const pt_trace_done *pt_trace_find(const pt_trace_writer *w, int64_t level, int64_t number) {
    int64_t low = 0, high = w->ndone;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        const pt_trace_done *d = &w->done[middle];
        if (d->level < level || (d->level == level && d->number < number))
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->ndone && w->done[low].level == level && w->done[low].number == number ? &w->done[low] : NULL;
}

/* A level begins when the last task of the one before it has ended: from that one to the first on each row. */
PT_COLD void pt_trace_put_barrier(pt_trace_writer *w, const pt_trace_done *last, int64_t from, int64_t to) {
    pt_trace_row *rows = w->traced->rows;
    for (int i = 0; i <= w->traced->team.run.threads; i++)
        rows[i].first_task = -1;
    for (int64_t i = from; i < to; i++) {
        const pt_trace_done *d = &w->done[i];
        int64_t *first = d->row <= w->traced->team.run.threads ? &rows[d->row].first_task : NULL;
        if (first && (*first < 0 || d->begin < w->done[*first].begin))
            *first = i;
    }
    for (int i = 0; i <= w->traced->team.run.threads; i++)
        if (rows[i].first_task >= 0)
            pt_trace_put_flow(w, last, &w->done[rows[i].first_task]);
}

PT_COLD void pt_trace_put_flows(pt_trace_writer *w) {
    const pt_trace_done *last = NULL;
    if (w->ndone > 0)
        qsort(w->done, (size_t)w->ndone, sizeof *w->done, pt_trace_order);
    for (int64_t from = 0, to; from < w->ndone; from = to) {
        const pt_trace_done *best = &w->done[from];
        for (to = from; to < w->ndone && w->done[to].level == w->done[from].level; to++)
            best = w->done[to].end > best->end ? &w->done[to] : best;
        if (last)
            pt_trace_put_barrier(w, last, from, to);
        last = best;
    }
    for (int64_t i = 0; w->edges && i < w->nedges; i++) {
        const pt_trace_edge_of *e = &w->edges[i];
        const pt_trace_done *from = pt_trace_find(w, e->level, e->from), *to = pt_trace_find(w, e->level, e->to);
        if (from && to)
            pt_trace_put_flow(w, from, to);
    }
}

PT_COLD void pt_trace_put_rows(pt_trace_writer *w, const char *workload) {
    static const char name[] =
        ",\n{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 2, \"tid\": %d, \"args\": {\"name\": ";
    static const char sort[] =
        ",\n{\"name\": \"thread_sort_index\", \"ph\": \"M\", \"pid\": 2, \"tid\": %d, \"args\": {\"sort_index\": %d}}";
    pt_trace_put(w, "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n");
    pt_trace_put(w, "{\"name\": \"process_name\", \"ph\": \"M\", \"pid\": 2, \"args\": {\"name\": \"%s\"}}", workload);
    for (int i = 0; i < w->traced->team.run.threads + 1 + (int)w->traced->nprocesses; i++) {
        int process = i - w->traced->team.run.threads;
        pt_trace_put(w, name, i);
        if (process == 0)
            pt_trace_put(w, "\"workload\"}}");
        else
            pt_trace_put(w, "\"%s %d\"}}", process > 0 ? "process" : "worker", process > 0 ? process : i);
        pt_trace_put(w, sort, i, process == 0 ? 0 : i + 1);
    }
}

PT_COLD void pt_trace_write(pt_traced *t, const char *workload, const pt_trace_label *labels, const pt_counted *names) {
    pt_trace_writer w;
    int64_t lost = 0;
    double clock = pt_trace_clock();
    uint64_t ticks = pt_trace_ticks();
    memset(&w, 0, sizeof w);
    w.traced = t;
    w.labels = labels;
    w.names = names;
    while (clock - t->clock < 200) /* too short to measure the counter by */
        clock = pt_trace_clock(), ticks = pt_trace_ticks();
    w.scale = ticks > t->ticks ? (clock - t->clock) / (double)(ticks - t->ticks) : 0;
    pt_trace_walk_all(&w, pt_trace_measure);
    w.done = (pt_trace_done *)malloc((size_t)(w.ndone + 1) * sizeof *w.done);
    w.edges = (pt_trace_edge_of *)malloc((size_t)(w.nedges + 1) * sizeof *w.edges);
    w.ndone = w.nedges = 0;
    w.file = fopen(t->file, "wb");
    if (w.file) {
        pt_trace_put_rows(&w, workload);
        pt_trace_walk_all(&w, pt_trace_read);
        if (w.done)
            pt_trace_put_flows(&w);
        for (int i = 0; i <= t->team.run.threads; i++)
            lost += t->rows[i].lost;
        pt_trace_put(&w, "\n], \"otherData\": {\"lost\": \"%lld\"}}\n", (long long)lost);
        w.failed |= fclose(w.file) != 0;
    }
    if (!w.file || w.failed)
        pt_fail(&t->team.run, INT64_MAX, PTOC_E_ARGUMENT, "the trace file cannot be written: %s", t->file);
    free(w.done);
    free(w.edges);
}

PT_FN void pt_trace_free(pt_trace_row *row) {
    for (pt_trace_chunk *c = row->first; c;) {
        pt_trace_chunk *next = c->next;
        free(c);
        c = next;
    }
}

/* Also after a pt_traced_begin that failed. */
PT_COLD int pt_traced_end(pt_traced *t, const char *workload, const pt_trace_label *labels, const pt_counted *names) {
    if (t->rows)
        pt_trace_write(t, workload, labels, names);
    for (int i = 0; t->rows && i <= t->team.run.threads; i++)
        pt_trace_free(&t->rows[i]);
    while (t->processes) {
        pt_trace_row *before = t->processes->before;
        pt_trace_free(t->processes);
        free(t->processes);
        t->processes = before;
    }
    free(t->rows);
    return pt_team_end(&t->team, names);
}
#endif
