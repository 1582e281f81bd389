/* ptoc_starpu.h - one call of an entry point on every rank of MPI_COMM_WORLD whose distributed loops are chunks: tasks of StarPU-MPI.
 *
 *   pt_team_begin(&t, ...) == PTOC_OK && pt_spread_begin(&t) == PTOC_OK && ...   the caller has called MPI_Init_thread (MULTIPLE)
 *       pt_chunks c;
 *       pt_chunks_begin(&c, task, lo, hi, step);       every rank goes over all chunks of the loop
 *       while (pt_chunks_next(&c)) {
 *           pt_chunks_own(&c, data, ...)               places of a tensor that this chunk alone writes
 *           pt_chunks_need(&c, data, ...)              places that it reads
 *           pt_chunks_submit(&c, run, &args, size);    run(task, &args) on the rank that owns the chunk, when what it needs is there
 *       }
 *       pt_spread_settle(task, data, ...)              before anything else touches the tensor
 *   pt_spread_end(&t);
 *
 * Where data flows. A tensor that a loop writes is in parts: one for each chunk, a handle of StarPU over the tensor's own
 * memory on every rank, owned by the rank that runs the chunk. A chunk takes its own parts for writing and those that it needs
 * for reading. So it waits for the chunks that wrote these last, wherever they ran, and for the readers of what it overwrites
 * here; StarPU sends a part once to each rank that reads it, into the same place of the tensor there. Nobody else waits: while
 * parts travel, other chunks run, of this loop and of later ones. Settling waits for all tasks and lets each rank have the
 * others' parts, as behind a loop of ptoc_mpi.h; then the tensor is whole again. Chunks of a rank are consecutive, and ranks
 * have blocks as there.
 *
 * Failures. The first failure in the order of the program is that of all ranks: chunks are numbered through the call. On the rank
 * where one failed, those above it do not run; what they would have written becomes zeros, so that nobody follows stale
 * indices, and the parts travel as ever, so that nobody waits for ever. Ranks ask each other before they wait: one that left
 * early by itself (no memory) ends the job.
 *
 * StarPU is started for the call with as many CPU workers as the call has threads, unless the caller has started it, on every
 * rank and with no more workers than that: this saves 20 to 90 ms a call. */
#ifndef PTOC_STARPU_H
#define PTOC_STARPU_H
#include "ptoc_mpi.h"
#include <pthread.h>
#include <starpu_mpi.h>
#include <time.h>

enum {
    PT_SPREAD_EACH = 4,      /* chunks a rank and worker: some compute while parts of others travel */
    PT_SPREAD_WINDOW = 2048, /* chunks between two questions whether anyone has failed */
    PT_SPREAD_TAG = 0x70746f63
};

/* A tensor that is in parts: [before, extent, behind] elements, cut along the extent. */
typedef struct pt_parts {
    struct pt_parts *next;
    char *data;
    size_t size;
    int64_t before, extent, behind, lo, hi, step, base, slope;
    int chunks;
    int64_t *edges;                /* chunk k has places edges[2 k] .. edges[2 k + 1] */
    int64_t *taken;                /* number of the chunk that has it among its handles, + 1 */
    starpu_data_handle_t *handles; /* NULL: no places */
} pt_parts;

/* Memory that is whole and that chunks read which may not have ended. */
typedef struct pt_loose {
    const void *data;
    int64_t bytes;
} pt_loose;

/* Of one call. */
typedef struct pt_spread {
    pt_team *team;
    int rank, ranks, each, started;
    int64_t submitted, asked; /* chunks; of them when ranks asked each other last */
    int64_t tags;
    pt_parts *parts;
    struct starpu_data_descr *touched; /* by the chunk that is being made */
    int ntouched, room;
    pt_loose *loose;
    int nloose, loose_room;
    struct starpu_codelet codelet;
    pthread_mutex_t lock; /* of `failed`, which workers write */
    pt_run failed;        /* task: the number of the chunk */
} pt_spread;

typedef int (*pt_chunk_fn)(const pt_task *task, const void *args);

typedef struct pt_chunks {
    const pt_task *task;
    pt_spread *s;
    int64_t lo, hi, step, begin, end;
    int at, count, owned;
} pt_chunks;

/* What a worker is given; the arguments follow. */
typedef struct pt_spread_chunk {
    pt_spread *s;
    pt_chunk_fn run;
    int64_t number;
    int owned;
} pt_spread_chunk;
#define PT_CHUNK_SIZE ((sizeof(pt_spread_chunk) + 15) & ~(size_t)15)

/* ---- a chunk on a worker ------------------------------------------------------------------------------------------------- */
PT_FN int pt_spread_skips(pt_spread *s, int64_t number) {
    pthread_mutex_lock(&s->lock);
    int skips = s->failed.task < number;
    pthread_mutex_unlock(&s->lock);
    return skips;
}

PT_COLD void pt_spread_fail(pt_spread *s, const pt_run *run, int64_t number) {
    pthread_mutex_lock(&s->lock);
    if (number < s->failed.task) {
        s->failed = *run;
        s->failed.task = number;
    }
    pthread_mutex_unlock(&s->lock);
}

PT_COLD void pt_chunk_clear(void **buffers, int owned) {
    for (int i = 0; i < owned; i++) {
        const struct starpu_matrix_interface *m = (const struct starpu_matrix_interface *)buffers[i];
        for (size_t row = 0; row < m->ny; row++)
            memset((char *)m->ptr + row * m->ld * m->elemsize, 0, m->nx * m->elemsize);
    }
}

/* One that is skipped need not be told of. */
PT_FN void pt_chunk_run(void *buffers[], void *packed) {
    const pt_spread_chunk *c = (const pt_spread_chunk *)packed;
    pt_team *t = c->s->team;
    int worker = starpu_worker_get_id();
    int failed = pt_spread_skips(c->s, c->number);
    if (!failed) {
        pt_run run;
        run.options = t->run.options;
        run.threads = t->run.threads;
        run.status = PTOC_OK;
        run.task = INT64_MAX;
        run.text[0] = '\0';
        pt_task task = t->main;
        task.run = &run;
        task.arena = &t->arenas[worker];
        task.counts = t->counts ? t->counts + (size_t)worker * t->stride : NULL;
        task.number = c->number;
        c->run(&task, (const char *)packed + PT_CHUNK_SIZE);
        failed = run.status != PTOC_OK;
        if (failed)
            pt_spread_fail(c->s, &run, c->number);
    }
    if (failed)
        pt_chunk_clear(buffers, c->owned);
}

/* ---- waiting ------------------------------------------------------------------------------------------------------------- */
/* The failure that comes first in the order of the program: a chunk's before that of who submitted it. */
PT_COLD int64_t pt_spread_order(pt_spread *s) {
    pt_run *run = &s->team->run;
    int64_t order = s->submitted;
    pthread_mutex_lock(&s->lock);
    if (s->failed.status != PTOC_OK) {
        order = s->failed.task;
        run->status = s->failed.status;
        run->task = order;
        memcpy(run->text, s->failed.text, sizeof run->text);
    }
    pthread_mutex_unlock(&s->lock);
    return order;
}
PT_COLD int pt_spread_meet(pt_spread *s) {
    int64_t order = pt_spread_order(s);
    return pt_dist_meet(&s->team->run, order);
}

/* Nobody may wait for chunks that a rank has not submitted, because it failed by itself. */
PT_COLD void pt_spread_ask(pt_spread *s) {
    int64_t mine[2], least[2];
    mine[0] = s->submitted;
    mine[1] = -s->submitted;
    MPI_Allreduce(mine, least, 2, MPI_INT64_T, MPI_MIN, MPI_COMM_WORLD);
    s->asked = s->submitted;
    if (least[0] == -least[1])
        return;
    if (s->team->run.status != PTOC_OK)
        pt_dist_abort(s->team->run.text);
    MPI_Barrier(MPI_COMM_WORLD); /* that rank never comes */
}

PT_COLD void pt_spread_wait(pt_spread *s) {
    pt_spread_ask(s);
    starpu_task_wait_for_all();
    starpu_mpi_wait_for_all(MPI_COMM_WORLD);
    s->nloose = 0;
}

/* ---- tensors in parts ------------------------------------------------------------------------------------------------------ */
/* Where chunk k of a loop begins, in iterations: blocks of ranks, each in as many chunks. */
PT_FN int64_t pt_spread_before(const pt_spread *s, int64_t trips, int k) {
    int rank = k / s->each;
    int64_t first = pt_dist_before(trips, rank, s->ranks);
    if (rank == s->ranks)
        return trips;
    return first + pt_dist_before(pt_dist_before(trips, rank + 1, s->ranks) - first, k % s->each, s->each);
}

PT_FN int64_t pt_parts_bytes(const pt_parts *p) {
    return pt_elements(pt_elements(pt_elements(p->before, p->extent), p->behind), (int64_t)p->size);
}

PT_FN int pt_memory_overlaps(const void *one, int64_t its_bytes, const void *data, int64_t bytes) {
    uintptr_t a = (uintptr_t)one, b = (uintptr_t)data;
    return a < b + (uint64_t)bytes && b < a + (uint64_t)its_bytes;
}
PT_FN int pt_parts_overlap(const pt_parts *p, const void *data, int64_t bytes) {
    return pt_memory_overlaps(p->data, pt_parts_bytes(p), data, bytes);
}
PT_FN int pt_loose_overlaps(const pt_spread *s, const void *data, int64_t bytes) {
    for (int i = 0; i < s->nloose; i++) {
        if (pt_memory_overlaps(s->loose[i].data, s->loose[i].bytes, data, bytes))
            return 1;
    }
    return 0;
}
PT_COLD void pt_loose_add(pt_spread *s, const void *data, int64_t bytes) {
    for (int i = 0; i < s->nloose; i++) {
        if (s->loose[i].data == data && s->loose[i].bytes == bytes)
            return;
    }
    if (s->nloose == s->loose_room) {
        s->loose_room = 2 * s->loose_room + 8;
        s->loose = (pt_loose *)realloc(s->loose, (size_t)s->loose_room * sizeof *s->loose);
        if (!s->loose)
            pt_dist_abort("no memory for what chunks read");
    }
    s->loose[s->nloose].data = data;
    s->loose[s->nloose++].bytes = bytes;
}

PT_FN int pt_parts_fit(const pt_parts *p, const void *data, size_t size, int64_t before, int64_t extent,
                       int64_t behind) {
    return p->data == (const char *)data && p->size == size && p->before == before && p->extent == extent &&
           p->behind == behind;
}

PT_COLD void pt_parts_free(pt_parts *p) {
    for (int k = 0; k < p->chunks; k++) {
        if (p->handles[k])
            starpu_data_unregister(p->handles[k]);
    }
    free(p->edges);
    free(p->handles);
    free(p);
}

enum { PT_SETTLE_SEND, PT_SETTLE_KEEP, PT_SETTLE_DEAD }; /* parts: to all; to all unless keep_parts; to nobody */

PT_COLD int pt_parts_collect(const pt_task *task, const pt_parts *p, int how) {
    if (how == PT_SETTLE_DEAD)
        return PTOC_OK;
    return pt_dist_collect(task, how == PT_SETTLE_KEEP, p->data, p->size, p->before, p->extent, p->behind, p->lo, p->hi,
                           p->step, p->base, p->slope);
}

/* What is in parts in this memory is whole on every rank behind it, and no chunk reads it. */
PT_COLD int pt_spread_settle(const pt_task *task, const void *data, int64_t bytes, int how) {
    pt_spread *s = (pt_spread *)task->team->spread;
    int busy = pt_loose_overlaps(s, data, bytes), status = PTOC_OK;
    for (const pt_parts *p = s->parts; p && !busy; p = p->next)
        busy = pt_parts_overlap(p, data, bytes);
    if (!busy)
        return PTOC_OK;
    pt_spread_wait(s);
    status = pt_spread_meet(s);
    for (pt_parts **at = &s->parts; *at && status == PTOC_OK;) {
        pt_parts *p = *at;
        if (!pt_parts_overlap(p, data, bytes)) {
            at = &p->next;
            continue;
        }
        status = pt_parts_collect(task, p, how);
        *at = p->next;
        pt_parts_free(p);
    }
    return status;
}

/* 0: a part is more than MPI counts. */
PT_COLD int pt_parts_register(pt_spread *s, pt_parts *p) {
    int64_t trips = pt_dist_trips(p->lo, p->hi, p->step), width = p->behind * (int64_t)p->size;
    for (int k = 0; k < p->chunks; k++) {
        int64_t first = p->lo + p->step * pt_spread_before(s, trips, k);
        int64_t last = p->lo + p->step * pt_spread_before(s, trips, k + 1);
        int64_t begin = pt_dist_place(p->base + p->slope * first, p->extent);
        int64_t end = pt_dist_place(p->base + p->slope * last, p->extent);
        p->edges[2 * k] = begin;
        p->edges[2 * k + 1] = end > begin ? end : begin;
        if (end <= begin || p->before <= 0 || width <= 0)
            continue;
        int64_t row = p->before > 1 ? p->extent : end - begin;
        if (p->before > INT_MAX || pt_elements(row, width) > INT_MAX)
            return 0;
        starpu_matrix_data_register(&p->handles[k], STARPU_MAIN_RAM, (uintptr_t)(p->data + begin * width),
                                    (uint32_t)row, (uint32_t)(end - begin), (uint32_t)p->before, (size_t)width);
        starpu_mpi_data_register(p->handles[k], (starpu_mpi_tag_t)PT_SPREAD_TAG * 4294967296 + s->tags + k,
                                 k / s->each);
    }
    s->tags += p->chunks;
    return 1;
}

/* NULL: see pt_parts_register. */
PT_COLD pt_parts *pt_parts_make(const pt_chunks *c, void *data, size_t size, int64_t before, int64_t extent,
                                int64_t behind, int64_t base, int64_t slope) {
    pt_parts *p = (pt_parts *)calloc(1, sizeof *p);
    if (!p)
        pt_dist_abort("no memory for a tensor in parts");
    p->data = (char *)data;
    p->size = size;
    p->before = before, p->extent = extent, p->behind = behind;
    p->lo = c->lo, p->hi = c->hi, p->step = c->step;
    p->base = base, p->slope = slope;
    p->chunks = c->count;
    p->edges = (int64_t *)calloc((size_t)c->count + 1, 3 * sizeof *p->edges);
    p->handles = (starpu_data_handle_t *)calloc((size_t)c->count + 1, sizeof *p->handles);
    if (!p->edges || !p->handles)
        pt_dist_abort("no memory for a tensor in parts");
    p->taken = p->edges + 2 * (c->count + 1);
    p->next = c->s->parts;
    c->s->parts = p;
    return pt_parts_register(c->s, p) ? p : NULL;
}

/* ---- a loop ------------------------------------------------------------------------------------------------------------------ */
PT_COLD int pt_spread_look(pt_spread *s) {
    pt_spread_ask(s);
    if (pt_spread_meet(s) != PTOC_OK)
        return s->team->run.status;
    starpu_task_wait_for_n_submitted(PT_SPREAD_WINDOW);
    return PTOC_OK;
}

PT_FN int pt_chunks_begin(pt_chunks *c, const pt_task *task, int64_t lo, int64_t hi, int64_t step) {
    pt_spread *s = (pt_spread *)task->team->spread;
    c->task = task;
    c->s = s;
    c->lo = lo, c->hi = hi, c->step = step;
    c->at = -1;
    c->count = s->ranks * s->each;
    return s->submitted - s->asked >= PT_SPREAD_WINDOW ? pt_spread_look(s) : PTOC_OK;
}

/* The next chunk that has iterations. */
PT_FN int pt_chunks_next(pt_chunks *c) {
    int64_t trips = pt_dist_trips(c->lo, c->hi, c->step);
    for (c->at++; c->at < c->count; c->at++) {
        int64_t first = pt_spread_before(c->s, trips, c->at), last = pt_spread_before(c->s, trips, c->at + 1);
        if (first == last)
            continue;
        c->begin = c->lo + c->step * first;
        c->end = last < trips ? c->lo + c->step * last : c->hi;
        c->s->ntouched = c->owned = 0;
        return 1;
    }
    return 0;
}

PT_FN void pt_chunks_touch(pt_chunks *c, pt_parts *p, int k, int writes) {
    pt_spread *s = c->s;
    if (!p->handles[k] || p->taken[k] == s->submitted + 1)
        return;
    p->taken[k] = s->submitted + 1;
    if (s->ntouched == s->room) {
        s->room = 2 * s->room + 16;
        s->touched = (struct starpu_data_descr *)realloc(s->touched, (size_t)s->room * sizeof *s->touched);
        if (!s->touched)
            pt_dist_abort("no memory for a chunk's parts");
    }
    s->touched[s->ntouched].handle = p->handles[k];
    s->touched[s->ntouched++].mode = writes ? STARPU_RW : STARPU_R;
}

/* Iteration i has places base + slope i .. base + slope (i + step). */
PT_FN int pt_chunks_own(pt_chunks *c, void *data, size_t size, int64_t before, int64_t extent, int64_t behind,
                        int64_t base, int64_t slope) {
    pt_parts *p = c->s->parts;
    while (p && !(pt_parts_fit(p, data, size, before, extent, behind) && p->lo == c->lo && p->hi == c->hi &&
                  p->step == c->step && p->base == base && p->slope == slope))
        p = p->next;
    if (!p) { /* at the first chunk; other parts of the same memory end, and nobody reads it as a whole any more */
        int64_t bytes = pt_elements(pt_elements(pt_elements(before, extent), behind), (int64_t)size);
        int status = pt_spread_settle(c->task, data, bytes, PT_SETTLE_SEND);
        if (status != PTOC_OK)
            return status;
        p = pt_parts_make(c, data, size, before, extent, behind, base, slope);
        if (!p)
            return pt_task_fail(c->task, PTOC_E_UNSUPPORTED,
                                "a part of a tensor is too large: 2^31 rows or bytes of a row");
    }
    pt_chunks_touch(c, p, c->at, 1);
    c->owned = c->s->ntouched;
    return PTOC_OK;
}

PT_FN void pt_chunks_need_all(pt_chunks *c, const void *data, int64_t bytes) {
    int found = 0;
    for (pt_parts *p = c->s->parts; p; p = p->next) {
        if (!pt_parts_overlap(p, data, bytes))
            continue;
        found = 1;
        for (int k = 0; k < p->chunks; k++)
            pt_chunks_touch(c, p, k, 0);
    }
    if (!found)
        pt_loose_add(c->s, data, bytes);
}

/* Places from .. to; those of a tensor that is not in parts, or not in parts of this form, are all. */
PT_FN void pt_chunks_need(pt_chunks *c, const void *data, size_t size, int64_t before, int64_t extent, int64_t behind,
                          int64_t from, int64_t to) {
    int64_t bytes = pt_elements(pt_elements(pt_elements(before, extent), behind), (int64_t)size);
    int found = 0;
    for (pt_parts *p = c->s->parts; p; p = p->next) {
        if (!pt_parts_overlap(p, data, bytes))
            continue;
        found = 1;
        int fits = pt_parts_fit(p, data, size, before, extent, behind);
        for (int k = 0; k < p->chunks; k++) {
            if (!fits || (p->edges[2 * k] < to && from < p->edges[2 * k + 1]))
                pt_chunks_touch(c, p, k, 0);
        }
    }
    if (!found)
        pt_loose_add(c->s, data, bytes);
}

/* Ranks that neither run the chunk, nor send it anything, nor hold an older copy of what it writes leave it out. */
PT_FN int pt_chunks_concerns(const pt_chunks *c, int owner) {
    const pt_spread *s = c->s;
    if (owner == s->rank)
        return 1;
    for (int i = 0; i < s->ntouched; i++) {
        if (i < c->owned ? starpu_mpi_cached_receive(s->touched[i].handle)
                         : starpu_mpi_data_get_rank(s->touched[i].handle) == s->rank)
            return 1;
    }
    return 0;
}

PT_FN void pt_chunks_submit(pt_chunks *c, pt_chunk_fn run, const void *args, size_t size) {
    pt_spread *s = c->s;
    int owner = c->at / s->each, error = 0;
    int64_t number = s->submitted++;
    if (owner == s->rank) {
        char *packed = (char *)malloc(PT_CHUNK_SIZE + size);
        if (!packed)
            pt_dist_abort("no memory for a chunk");
        pt_spread_chunk *chunk = (pt_spread_chunk *)(void *)packed;
        chunk->s = s;
        chunk->run = run;
        chunk->number = number;
        chunk->owned = c->owned;
        memcpy(packed + PT_CHUNK_SIZE, args, size);
        error =
            starpu_mpi_task_insert(MPI_COMM_WORLD, &s->codelet, STARPU_EXECUTE_ON_NODE, owner, STARPU_DATA_MODE_ARRAY,
                                   s->touched, s->ntouched, STARPU_CL_ARGS, packed, PT_CHUNK_SIZE + size, 0);
    } else if (pt_chunks_concerns(c, owner)) {
        error = starpu_mpi_task_insert(MPI_COMM_WORLD, &s->codelet, STARPU_EXECUTE_ON_NODE, owner,
                                       STARPU_DATA_MODE_ARRAY, s->touched, s->ntouched, 0);
    }
    if (error)
        pt_dist_abort("StarPU does not take a chunk");
}

/* ---- the order of ready chunks -------------------------------------------------------------------------------------------- */
/* First come, first served, like StarPU's `eager`, whose workers ask again and again while there is nothing to do; on a machine with fewer
 * cores than threads the one that receives what they wait for then comes late. These sleep a little before they ask again. */
typedef struct pt_ready_queue {
    pthread_mutex_t lock;
    struct starpu_task_list tasks;
} pt_ready_queue;
enum { PT_READY_NAP_NS = 20000 };

PT_COLD void pt_ready_open(unsigned context) {
    pt_ready_queue *q = (pt_ready_queue *)calloc(1, sizeof *q);
    if (!q)
        pt_dist_abort("no memory");
    pthread_mutex_init(&q->lock, NULL);
    starpu_task_list_init(&q->tasks);
    starpu_sched_ctx_set_policy_data(context, q);
}
PT_COLD void pt_ready_close(unsigned context) {
    pt_ready_queue *q = (pt_ready_queue *)starpu_sched_ctx_get_policy_data(context);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
PT_FN int pt_ready_push(struct starpu_task *task) {
    pt_ready_queue *q = (pt_ready_queue *)starpu_sched_ctx_get_policy_data(task->sched_ctx);
    starpu_worker_relax_on();
    pthread_mutex_lock(&q->lock);
    starpu_worker_relax_off();
    starpu_task_list_push_back(&q->tasks, task);
    starpu_push_task_end(task);
    pthread_mutex_unlock(&q->lock);
    return 0;
}
PT_FN struct starpu_task *pt_ready_pop(unsigned context) {
    pt_ready_queue *q = (pt_ready_queue *)starpu_sched_ctx_get_policy_data(context);
    struct starpu_task *task = NULL;
    const struct timespec nap = {0, PT_READY_NAP_NS};
    starpu_worker_relax_on();
    pthread_mutex_lock(&q->lock);
    if (!starpu_task_list_empty(&q->tasks))
        task = starpu_task_list_pop_front(&q->tasks);
    pthread_mutex_unlock(&q->lock);
    if (!task)
        nanosleep(&nap, NULL);
    starpu_worker_relax_off();
    return task;
}

/* ---- begin and end ----------------------------------------------------------------------------------------------------------- */
/* The first start on a machine writes what it measured, and others that start meanwhile read half of it: one rank of each
 * machine goes first. 0: started everywhere. */
PT_COLD int pt_starpu_init(struct starpu_conf *conf) {
    int rank = 0, failed = 0, any = 0;
    MPI_Comm node;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, pt_dist_rank(), MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &rank);
    for (int turn = 0; turn < 2; turn++) {
        if (turn == (rank > 0))
            failed = starpu_init(conf) != 0;
        MPI_Barrier(node);
    }
    MPI_Comm_free(&node);
    MPI_Allreduce(&failed, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (any && !failed)
        starpu_shutdown();
    return any;
}

/* StarPU with so many CPU workers, on all ranks; NULL, or why it cannot be had. */
PT_COLD const char *pt_starpu_start(int threads) {
    struct starpu_conf conf;
    struct starpu_sched_policy policy; /* StarPU takes a copy */
    int given = MPI_THREAD_SINGLE;
    MPI_Query_thread(&given);
    if (given < MPI_THREAD_MULTIPLE)
        return "MPI runs without MPI_THREAD_MULTIPLE: ask MPI_Init_thread for it";
    starpu_conf_init(&conf);
    conf.precedence_over_environment_variables = 1;
    conf.ncpus = threads;
    conf.ncuda = conf.nopencl = 0;
    conf.catch_signals = 0;
    memset(&policy, 0, sizeof policy);
    policy.init_sched = pt_ready_open;
    policy.deinit_sched = pt_ready_close;
    policy.push_task = pt_ready_push;
    policy.pop_task = pt_ready_pop;
    policy.policy_name = "ptoc";
    policy.policy_description = "first come, first served";
    conf.sched_policy = &policy;
    if (pt_starpu_init(&conf))
        return "StarPU cannot be started";
    starpu_mpi_init_comm(NULL, NULL, 0, MPI_COMM_WORLD);
    return NULL;
}
PT_COLD void pt_starpu_stop(void) {
    starpu_mpi_shutdown();
    starpu_shutdown();
}

PT_COLD pt_spread *pt_spread_make(pt_team *t) {
    pt_spread *s = (pt_spread *)calloc(1, sizeof *s);
    if (!s)
        pt_dist_abort("no memory");
    s->team = t;
    s->rank = pt_dist_rank();
    s->ranks = pt_dist_ranks();
    s->each = PT_SPREAD_EACH * t->run.threads;
    s->failed.status = PTOC_OK;
    s->failed.task = INT64_MAX;
    pthread_mutex_init(&s->lock, NULL);
    starpu_codelet_init(&s->codelet);
    s->codelet.cpu_funcs[0] = pt_chunk_run;
    s->codelet.nbuffers = STARPU_VARIABLE_NBUFFERS;
    s->codelet.name = "chunk";
    return s;
}

PT_COLD int pt_spread_begin(pt_team *t) {
    const char *why = NULL;
    int status = pt_dist_begin(t);
    if (status != PTOC_OK)
        return status;
    pt_spread *s = pt_spread_make(t);
    t->spread = s;
    if (!starpu_is_initialized()) {
        why = pt_starpu_start(t->run.threads);
        s->started = why == NULL;
    } else if (starpu_worker_get_count() > (unsigned)t->run.threads) {
        why = "StarPU runs with more workers than the call has threads";
    } else if (starpu_memory_nodes_get_numa_count() > 1) {
        why = "StarPU keeps copies for each node of memory: unset STARPU_USE_NUMA";
    }
    if (why)
        pt_fail(&t->run, -1, PTOC_E_UNSUPPORTED, "%s", why);
    return pt_spread_meet(s);
}

/* Behind the last wait: nobody looks at parts any more. */
PT_COLD void pt_spread_free(pt_spread *s) {
    while (s->parts) {
        pt_parts *p = s->parts;
        s->parts = p->next;
        pt_parts_free(p);
    }
    if (s->started)
        pt_starpu_stop();
    pthread_mutex_destroy(&s->lock);
    free(s->touched);
    free(s->loose);
    free(s);
}

PT_COLD void pt_spread_end(pt_team *t) {
    pt_spread *s = (pt_spread *)t->spread;
    if (!s) {
        pt_dist_end(t);
        return;
    }
    if (starpu_is_initialized())
        pt_spread_wait(s);
    if (!pt_dist_is_told(&t->run) && pt_spread_meet(s) == PTOC_OK)
        pt_dist_sum(t);
    pt_spread_free(s);
    t->spread = NULL;
}
#endif
