/* sync_run.c - a program run in thought: the first conflict that no flag or barrier orders, the first id that is set twice. */
#include <string.h>

#include "backends/npu/sync.h"

static void raise_clock(int *to, const int *from) {
    for (int q = 0; q < NPU_PIPE_COUNT; q++)
        to[q] = from[q] > to[q] ? from[q] : to[q];
}

static bool looked_for(const Sync *s, NpuPipe a, NpuPipe b) {
    if (a != b)
        return !s->same_pipe;
    return s->same_pipe && (!s->vector_only || a == NPU_PIPE_V);
}

static void note_conflict(Sync *s, int site, const Record *r, NpuPipe q, int w) {
    Conflict *c = &s->conflict;
    if (c->found && r->site[q][w] <= c->a)
        return;
    c->found = true;
    c->a = r->site[q][w];
    c->b = site;
    memcpy(c->at, r->counters[q][w], sizeof c->at);
    memcpy(c->bt, s->counters, sizeof c->bt);
}

static void check_touch(Sync *s, int site, const Touch *t) {
    NpuPipe p = s->sites.data[site].pipe;
    for (int i = 0; i < s->records.len; i++) {
        const Record *r = &s->records.data[i];
        if (!npu_sync_touches_meet(t, &r->touch))
            continue;
        for (int q = 0; q < NPU_PIPE_COUNT; q++) {
            for (int w = t->writes ? 0 : 1; w < 2; w++) {
                if (r->last[q][w] > s->clock[p][q] && looked_for(s, (NpuPipe)q, p))
                    note_conflict(s, site, r, (NpuPipe)q, w);
            }
        }
    }
}

static void record_touch(Sync *s, int site, const Touch *t) {
    NpuPipe p = s->sites.data[site].pipe;
    Record *r = NULL;
    for (int i = 0; i < s->records.len && !r; i++) {
        if (npu_sync_touch_equal(&s->records.data[i].touch, t))
            r = &s->records.data[i];
    }
    if (!r) {
        Record fresh = {.touch = *t};
        VEC_PUSH(s->arena, &s->records, fresh);
        r = &VEC_LAST(&s->records);
    }
    for (int w = 0; w < 2; w++) {
        if (!(w ? t->writes : t->reads))
            continue;
        r->last[p][w] = s->count[p];
        r->site[p][w] = site;
        memcpy(r->counters[p][w], s->counters, sizeof s->counters);
    }
}

static void run_barrier(Sync *s, NpuPipe p) { s->clock[p][p] = s->count[p]; }

static void run_barrier_all(Sync *s) {
    for (int p = 0; p < NPU_PIPE_COUNT; p++) {
        for (int q = 0; q < NPU_PIPE_COUNT; q++)
            s->clock[p][q] = s->count[q];
    }
}

static void run_site(Sync *s, int site) {
    Touch touches[NPU_MAX_OPERANDS + 1];
    const Site *at = &s->sites.data[site];
    if (at->barrier_all)
        run_barrier_all(s);
    if (at->barrier)
        run_barrier(s, at->pipe);
    int n = npu_sync_touches(s, site, touches);
    Conflict before = s->conflict;
    s->conflict.found = false;
    for (int i = 0; i < n; i++)
        check_touch(s, site, &touches[i]);
    if (before.found)
        s->conflict = before;
    s->count[at->pipe]++;
    for (int i = 0; i < n; i++)
        record_touch(s, site, &touches[i]);
}

static void run_set(Sync *s, int e, int64_t phase) {
    const Event *ev = &s->events.data[e];
    int id = (int)(phase % ev->count), p = ev->src;
    if (s->full[e][id] || s->waited[e][id] > s->clock[p][ev->dst])
        s->overrun = s->overrun < 0 ? e : s->overrun;
    int *token = s->token[e][id];
    memcpy(token, s->clock[p], sizeof s->clock[p]);
    token[p] = s->count[p];
    s->full[e][id] = true;
}

static void run_wait(Sync *s, int e, int64_t phase) {
    const Event *ev = &s->events.data[e];
    int id = (int)(phase % ev->count);
    raise_clock(s->clock[ev->dst], s->token[e][id]);
    s->full[e][id] = false;
    s->waited[e][id] = ++s->count[ev->dst];
}

static void run_events(Sync *s, const PlaceBlock *block, int item, bool behind) {
    for (int e = 0; e < s->events.len; e++) {
        const Event *ev = &s->events.data[e];
        int64_t n = s->depth > 0 ? s->counters[s->depth - 1] : 0;
        if (!ev->live || ev->block != block)
            continue;
        if (behind && ev->from == item)
            run_set(s, e, n + ev->distance);
        else if (!behind && ev->to == item)
            run_wait(s, e, n);
    }
}

/* The loop around which the event is primed and drained. With as many ids as tokens every id has its token again when the loop is left,
 * however often it ran, so the tokens live through all loops around: an inner loop need not wait for its own drain. */
const PlaceStmt *npu_sync_token_loop(const Event *ev) { return ev->count == ev->distance ? ev->outermost : ev->loop; }

static void run_tokens(Sync *s, const PlaceStmt *loop, bool prime, int64_t trip) {
    for (int e = 0; e < s->events.len; e++) {
        const Event *ev = &s->events.data[e];
        for (int k = 0; ev->live && npu_sync_token_loop(ev) == loop && k < ev->distance; k++) {
            if (prime)
                run_set(s, e, k);
            else
                run_wait(s, e, ev->count == ev->distance ? k : trip + k);
        }
    }
}

static int loop_number(const Sync *s, const PlaceStmt *loop) {
    for (int i = 0; i < s->loops.len; i++) {
        if (s->loops.data[i] == loop)
            return i;
    }
    return 0;
}

static void run_block(Sync *s, const PlaceBlock *block);

static void run_loop(Sync *s, const PlaceStmt *loop) {
    int64_t trip = s->trips[loop_number(s, loop)];
    run_tokens(s, loop, true, trip);
    int mark = s->next_site;
    s->depth++;
    for (int64_t n = 0; n < trip; n++) {
        s->counters[s->depth - 1] = n;
        s->next_site = mark;
        run_block(s, &loop->body);
    }
    if (trip == 0) /* the sites are passed over */
        while (s->next_site < s->sites.len && s->sites.data[s->next_site].depth >= s->depth &&
               s->sites.data[s->next_site].loops[s->depth - 1] == loop)
            s->next_site++;
    s->counters[s->depth - 1] = 0;
    s->depth--;
    run_tokens(s, loop, false, trip);
}

static void run_block(Sync *s, const PlaceBlock *block) {
    for (int i = 0; i < block->len; i++) {
        const PlaceStmt *st = block->data[i];
        run_events(s, block, i, false);
        if (st->kind == PLACE_LOOP)
            run_loop(s, st);
        int n = st->kind == PLACE_WHEN ? st->body.len : st->kind == PLACE_INSN;
        for (int k = 0; k < n; k++)
            run_site(s, s->next_site++);
        run_events(s, block, i, true);
    }
}

/* Runs the program with the trip counts given. True: no conflict of the kind looked for and no overrun. */
static bool run(Sync *s) {
    memset(s->count, 0, sizeof s->count);
    memset(s->clock, 0, sizeof s->clock);
    memset(s->waited, 0, sizeof s->waited);
    memset(s->full, 0, sizeof s->full);
    s->records.len = 0;
    s->next_site = s->depth = 0;
    s->conflict.found = false;
    s->overrun = -1;
    run_block(s, &s->program->body);
    return !s->conflict.found && (!s->overruns || s->overrun < 0);
}

static void open_around(Sync *s, int loop, int64_t trip) {
    for (int i = 0; i < s->sites.len; i++) {
        const Site *site = &s->sites.data[i];
        for (int d = 0; d < site->depth; d++) {
            if (site->loops[d] != s->loops.data[loop])
                continue;
            for (int up = 0; up <= d; up++)
                s->trips[loop_number(s, site->loops[up])] = trip;
            return;
        }
    }
}

/* All pairs of loops with every other one empty, at every trip count up to MAX_TRIP, and all loops empty; stops at the first run that
 * is not clean. Long runs first: what an inner loop carries then gets its event there, and not around the loop. */
bool npu_sync_run_all(Sync *s) {
    int n = s->loops.len;
    for (int a = 0; a < n; a++) {
        for (int b = a; b < n; b++) {
            for (int64_t trip = MAX_TRIP; trip >= 1; trip--) {
                memset(s->trips, 0, sizeof s->trips);
                open_around(s, a, trip);
                open_around(s, b, trip);
                if (!run(s))
                    return false;
            }
        }
    }
    memset(s->trips, 0, sizeof s->trips);
    return run(s);
}
