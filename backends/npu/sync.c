/* Flags and barriers from final addresses.
 *
 * The program is run in thought with concrete trip counts. Every pipe starts its instructions in order; nothing else is known of when
 * they run. A clock per pipe tells which instructions of every pipe are known to have finished when the pipe's next one starts. An
 * access that meets bytes of an earlier one, one of the two writing, must find it finished. The first that does not is given a
 * barrier (same pipe) or an event (from the pipe of the one to that of the other), and all begins again; at the end what later ones
 * made superfluous is taken out again.
 *
 * An event belongs to the innermost block around both instructions: set behind the one item of the block, waited for before the
 * other; a dependence over d iterations is primed with d tokens before the loop and drained behind it. So flags are balanced whatever
 * the trip counts are. That nothing may be taken from loops that run zero times is seen because all pairs of loops are tried with
 * every other one empty. */
#include <assert.h>
#include <string.h>

#include "backends/npu/plan.h"

enum { MAX_NEST = 6, MAX_TRIP = 4, MAX_EVENTS = 128, MAX_COUNT = 4 };

typedef struct Site Site;
struct Site {
    PlaceStmt *stmt;
    NpuPipe pipe;
    int depth; /* loops around it */
    PlaceStmt *loops[MAX_NEST];
    PlaceBlock *blocks[MAX_NEST + 1]; /* blocks[d]: the body of loops[d - 1]; blocks[0]: the program's */
    int index[MAX_NEST + 1];          /* item of blocks[d] that holds it */
    bool barrier;                     /* barrier of its pipe before it */
    bool barrier_all;
};

typedef struct Event {
    bool live, is_leave, has_leave; /* leave: see mend_overrun */
    NpuPipe src, dst;
    int level; /* of the block */
    PlaceBlock *block;
    PlaceStmt *loop; /* whose body the block is; NULL: the program */
    PlaceStmt *outermost;
    int from, to; /* items */
    int distance; /* 0: within an iteration */
    int count, base;
} Event;

/* What an access touches: bytes of a memory, or a box of an argument, relative to expressions without counters. */
typedef struct Touch {
    int space; /* memory, or NPU_MEMORY_COUNT + argument */
    int64_t lo[2], hi[2];
    const Expr *rest[2];
    bool anywhere, writes, reads;
} Touch;

typedef struct Record {
    Touch touch;
    int last[NPU_PIPE_COUNT][2]; /* read, write: number among the pipe's, from 1; 0: none */
    int site[NPU_PIPE_COUNT][2];
    int64_t counters[NPU_PIPE_COUNT][2][MAX_NEST];
} Record;

typedef struct Affine {
    bool known;
    const Expr *rest;
    int64_t c, coef[MAX_NEST];
} Affine;

typedef struct Conflict {
    bool found;
    int a, b; /* sites */
    int64_t at[MAX_NEST], bt[MAX_NEST];
} Conflict;

typedef struct Sync {
    PlaceUnit *unit;
    PlaceProgram *program;
    Arena *arena;
    VEC(Site) sites;
    VEC(PlaceStmt *) loops;
    VEC(Event) events;
    Affine *affine; /* [site * NPU_MAX_OPERANDS * 3 + operand * 3 + (copy, box 0, box 1)] */
    /* the run */
    int64_t trips[32];
    int64_t counters[MAX_NEST];
    int depth, next_site;
    int count[NPU_PIPE_COUNT];
    int clock[NPU_PIPE_COUNT][NPU_PIPE_COUNT];
    VEC(Record) records;
    int token[MAX_EVENTS][2 * MAX_COUNT][NPU_PIPE_COUNT]; /* clock that each event id's token carries */
    int waited[MAX_EVENTS][2 * MAX_COUNT]; /* number of the wait on the dst pipe that took the last token; 0: none */
    bool full[MAX_EVENTS][2 * MAX_COUNT];
    bool same_pipe, vector_only; /* which conflicts are looked for */
    bool overruns;               /* and whether an id that is set twice is a mistake */
    Conflict conflict;
    int overrun; /* event, -1: none */
} Sync;

/* ---- the program's sites ------------------------------------------------------------------------------------------------- */
static void find_sites(Sync *s, PlaceBlock *block, Site *path) {
    int d = path->depth;
    path->blocks[d] = block;
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *st = block->data[i];
        path->index[d] = i;
        if (st->kind == PLACE_LOOP && d < MAX_NEST) {
            VEC_PUSH(s->arena, &s->loops, st);
            path->loops[d] = st;
            path->depth++;
            find_sites(s, &st->body, path);
            path->depth--;
        }
        int n = st->kind == PLACE_WHEN ? st->body.len : st->kind == PLACE_INSN;
        for (int k = 0; k < n; k++) {
            Site site = *path;
            site.stmt = st->kind == PLACE_WHEN ? st->body.data[k] : st;
            site.pipe = insn_info(site.stmt->code)->pipe;
            VEC_PUSH(s->arena, &s->sites, site);
        }
    }
}

/* e as rest + c + the sum of coef * counter, if it is that. */
static Affine affine_of(Sync *s, const Site *site, const Expr *e) {
    Affine a = {.known = e != NULL, .rest = e};
    for (int d = 0; d < site->depth && a.known; d++) {
        const Expr *coef, *rest;
        if (!expr_split_affine(s->unit->exprs, a.rest, site->loops[d]->value, &coef, &rest) ||
            !expr_is_const(coef, &a.coef[d]))
            a.known = false;
        else
            a.rest = rest;
    }
    return a;
}

static void find_affines(Sync *s) {
    s->affine = ARENA_ARRAY(s->arena, Affine, (size_t)s->sites.len * NPU_MAX_OPERANDS * 2 + 1);
    for (int i = 0; i < s->sites.len; i++) {
        const Site *site = &s->sites.data[i];
        for (int o = 0; o < site->stmt->noperands; o++) {
            for (int b = 0; b < 2 && site->stmt->operands[o].kind == PLACE_GM; b++)
                s->affine[(i * NPU_MAX_OPERANDS + o) * 2 + b] = affine_of(s, site, site->stmt->operands[o].box[b]);
        }
    }
}

/* ---- touches ---------------------------------------------------------------------------------------------------------------- */
typedef struct Lookup {
    const Site *site;
    const int64_t *counters;
} Lookup;

static bool counter_value(void *user, const Value *v, int64_t *out) {
    const Lookup *look = user;
    for (int d = 0; d < look->site->depth; d++) {
        if (look->site->loops[d]->value == v) {
            *out = look->counters[d];
            return true;
        }
    }
    return false;
}

static Touch tile_touch(Sync *s, const Site *site, const PlaceOperand *o) {
    const PlaceBuffer *b = &s->program->buffers.data[o->buffer];
    Lookup look = {site, s->counters};
    int64_t copy = 0;
    Touch t = {.space = b->memory};
    if (!expr_evaluate(o->copy, counter_value, &look, &copy)) { /* any copy */
        t.lo[0] = b->base;
        t.hi[0] = b->base + b->size * b->depth;
    } else {
        t.lo[0] = b->base + copy * b->size + o->offset;
        t.hi[0] = t.lo[0] + place_operand_bytes(o);
    }
    return t;
}

static Touch gm_touch(Sync *s, int site, int operand) {
    const PlaceOperand *o = &s->sites.data[site].stmt->operands[operand];
    Touch t = {.space = NPU_MEMORY_COUNT + place_arg_root(s->unit, o->arg), .anywhere = !o->box[0]};
    for (int b = 0; b < 2 && !t.anywhere; b++) {
        const Affine *a = &s->affine[(site * NPU_MAX_OPERANDS + operand) * 2 + b];
        t.anywhere = !a->known;
        t.rest[b] = a->rest;
        for (int d = 0; d < s->sites.data[site].depth; d++)
            t.lo[b] += a->coef[d] * s->counters[d];
        t.hi[b] = t.lo[b] + o->box_size[b];
    }
    return t;
}

static bool touches_meet(const Touch *a, const Touch *b) {
    if (a->space != b->space)
        return false;
    if (a->space < NPU_MEMORY_COUNT)
        return a->lo[0] < b->hi[0] && b->lo[0] < a->hi[0];
    for (int d = 0; d < 2 && !a->anywhere && !b->anywhere; d++) {
        if (a->rest[d] == b->rest[d] && (a->lo[d] >= b->hi[d] || b->lo[d] >= a->hi[d]))
            return false;
    }
    return true;
}

static bool touch_equal(const Touch *a, const Touch *b) {
    return a->space == b->space && a->anywhere == b->anywhere && memcmp(a->lo, b->lo, sizeof a->lo) == 0 &&
           memcmp(a->hi, b->hi, sizeof a->hi) == 0 && a->rest[0] == b->rest[0] && a->rest[1] == b->rest[1];
}

/* ---- the run -------------------------------------------------------------------------------------------------------------------- */
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
        if (!touches_meet(t, &r->touch))
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
        if (touch_equal(&s->records.data[i].touch, t))
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

static int operand_touches(Sync *s, int site, Touch *out) {
    const PlaceStmt *st = s->sites.data[site].stmt;
    int n = 0;
    for (int o = 0; o < st->noperands; o++) {
        const PlaceOperand *op = &st->operands[o];
        if (!place_operand_is_memory(op))
            continue;
        if (op->kind == PLACE_GM && !place_arg_changes(s->unit, op->arg))
            continue;
        out[n] = op->kind == PLACE_TILE ? tile_touch(s, &s->sites.data[site], op) : gm_touch(s, site, o);
        out[n].writes = place_role_writes(op->role);
        out[n].reads = place_role_reads(op->role);
        n++;
    }
    if (insn_info(st->code)->hidden && s->unit->arch == NPU_A2A3) {
        int64_t end = npu_memory_info(NPU_UB)->capacity[NPU_A2A3];
        out[n] =
            (Touch){.space = NPU_UB, .lo = {end, 0}, .hi = {end + NPU_HIDDEN_BYTES, 0}, .writes = true, .reads = true};
        n++;
    }
    return n;
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
    int n = operand_touches(s, site, touches);
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
static const PlaceStmt *token_loop(const Event *ev) { return ev->count == ev->distance ? ev->outermost : ev->loop; }

static void run_tokens(Sync *s, const PlaceStmt *loop, bool prime, int64_t trip) {
    for (int e = 0; e < s->events.len; e++) {
        const Event *ev = &s->events.data[e];
        for (int k = 0; ev->live && token_loop(ev) == loop && k < ev->distance; k++) {
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
static bool run_all(Sync *s) {
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

/* ---- what is added ---------------------------------------------------------------------------------------------------------------- */
static bool add_event(Sync *s, const Conflict *c) {
    const Site *a = &s->sites.data[c->a], *b = &s->sites.data[c->b];
    int level = 0;
    while (level < a->depth && level < b->depth && a->loops[level] == b->loops[level] && c->at[level] == c->bt[level])
        level++;
    Event e = {.live = true, .src = a->pipe, .dst = b->pipe, .count = 1};
    bool carried = level < a->depth && level < b->depth && a->loops[level] == b->loops[level];
    if (carried) {
        int64_t distance = c->bt[level] - c->at[level];
        e.distance = distance > MAX_COUNT ? MAX_COUNT : (int)distance;
        e.count = e.distance;
        level++;
    }
    e.level = level;
    e.block = a->blocks[level];
    e.loop = level > 0 ? a->loops[level - 1] : NULL;
    e.outermost = level > 0 ? a->loops[0] : NULL;
    e.from = a->index[level];
    e.to = b->index[level];
    if (e.distance > 0 && e.from < e.to) /* waited for first, then set: an id holds one token */
        e.from = e.to;
    if (s->events.len == MAX_EVENTS)
        return false;
    VEC_PUSH(s->arena, &s->events, e);
    return true;
}

/* Everything is ordered before the place that waits for the event. */
static void give_up(Sync *s, Event *e) {
    e->live = false;
    for (int i = 0; i < s->sites.len; i++) {
        Site *site = &s->sites.data[i];
        if (site->depth >= e->level && site->blocks[e->level] == e->block && site->index[e->level] == e->to &&
            site->pipe == e->dst)
            site->barrier_all = true;
    }
}

/* An id would be set again before it was waited for. Within an iteration two ids in turn may be enough; else the waiting pipe gives
 * leave: an event the other way round, from behind the wait to before the set. */
static void mend_overrun(Sync *s, int number) {
    Event *e = &s->events.data[number], leave = *e;
    if (e->loop && e->distance == 0 && e->count == 1) {
        e->count = 2;
        return;
    }
    leave.src = e->dst;
    leave.dst = e->src;
    leave.from = e->to;
    leave.to = e->from;
    leave.distance = e->distance == 0 ? e->count : 0;
    leave.count = leave.distance > 0 ? leave.distance : 1;
    leave.is_leave = true;
    bool possible = e->loop && !e->is_leave && !e->has_leave && (leave.distance > 0 || leave.from < leave.to);
    if (!possible || s->events.len == MAX_EVENTS) {
        give_up(s, e);
        return;
    }
    e->has_leave = true;
    VEC_PUSH(s->arena, &s->events, leave);
}

static void mend(Sync *s) {
    Conflict c = s->conflict;
    if (!c.found) {
        mend_overrun(s, s->overrun);
        return;
    }
    Site *a = &s->sites.data[c.a], *b = &s->sites.data[c.b];
    if (a->pipe == b->pipe)
        b->barrier = true;
    else if (!add_event(s, &c))
        b->barrier_all = true;
}

static void insert_phase(Sync *s, bool same_pipe, bool vector_only, bool overruns) {
    s->same_pipe = same_pipe;
    s->vector_only = vector_only;
    s->overruns = overruns;
    while (!run_all(s))
        mend(s);
}

/* Nothing of any kind is missing. */
static bool clean(Sync *s, bool overruns) {
    s->overruns = overruns;
    s->vector_only = false;
    for (int phase = 0; phase < 2; phase++) {
        s->same_pipe = phase == 1;
        if (!run_all(s))
            return false;
    }
    return true;
}

static void remove_superfluous(Sync *s, bool overruns) {
    for (int e = 0; e < s->events.len; e++) {
        Event *ev = &s->events.data[e];
        if (!ev->live)
            continue;
        ev->live = false;
        ev->live = !clean(s, overruns);
    }
    for (int i = 0; i < s->sites.len; i++) {
        Site *site = &s->sites.data[i];
        bool *flags[] = {&site->barrier_all, &site->barrier};
        for (int k = 0; k < 2; k++) {
            if (!*flags[k])
                continue;
            *flags[k] = false;
            *flags[k] = !clean(s, overruns);
        }
    }
}

/* That an id is not set twice is a matter of all events together: it comes last. */
static void insert_all(Sync *s) {
    insert_phase(s, true, true, false);
    insert_phase(s, false, false, false);
    insert_phase(s, true, false, false);
    remove_superfluous(s, false);
    insert_phase(s, true, false, true);
    remove_superfluous(s, true);
}

/* ---- event ids --------------------------------------------------------------------------------------------------------------------- */
static int ids_used(const Sync *s, NpuPipe src, NpuPipe dst) {
    int n = 0;
    for (int e = 0; e < s->events.len; e++) {
        const Event *ev = &s->events.data[e];
        if (ev->live && ev->src == src && ev->dst == dst)
            n += ev->count;
    }
    return n;
}

/* Two events of one block as one: set at the later place, waited for at the earlier. */
static bool join(Sync *s, NpuPipe src, NpuPipe dst) {
    for (int x = 0; x < s->events.len; x++) {
        for (int y = x + 1; y < s->events.len; y++) {
            Event *a = &s->events.data[x], *b = &s->events.data[y], before = *a;
            if (!a->live || !b->live || a->src != src || a->dst != dst || b->src != src || b->dst != dst ||
                a->block != b->block)
                continue;
            if ((a->distance > 0) != (b->distance > 0))
                continue;
            a->from = a->from > b->from ? a->from : b->from;
            a->to = a->to < b->to ? a->to : b->to;
            a->distance = a->distance < b->distance ? a->distance : b->distance;
            a->count = a->distance > 0 ? a->distance : a->count > b->count ? a->count : b->count;
            b->live = false;
            if ((a->distance > 0 || a->from < a->to) && clean(s, true))
                return true;
            *a = before;
            b->live = true;
        }
    }
    return false;
}

/* The event with most ids goes. */
static void give_up_one(Sync *s, NpuPipe src, NpuPipe dst) {
    Event *most = NULL;
    for (int e = 0; e < s->events.len; e++) {
        Event *ev = &s->events.data[e];
        if (ev->live && ev->src == src && ev->dst == dst && (!most || ev->count > most->count))
            most = ev;
    }
    assert(most); /* called where more than NPU_EVENTS ids are in use */
    give_up(s, most);
}

static void assign_ids(Sync *s) {
    for (int src = 0; src < NPU_PIPE_COUNT; src++) {
        for (int dst = 0; dst < NPU_PIPE_COUNT; dst++) {
            while (ids_used(s, (NpuPipe)src, (NpuPipe)dst) > NPU_EVENTS) {
                if (!join(s, (NpuPipe)src, (NpuPipe)dst))
                    give_up_one(s, (NpuPipe)src, (NpuPipe)dst);
            }
            int next = 0;
            for (int e = 0; e < s->events.len; e++) {
                Event *ev = &s->events.data[e];
                if (!ev->live || (int)ev->src != src || (int)ev->dst != dst)
                    continue;
                ev->base = next;
                next += ev->count;
            }
        }
    }
}

/* ---- into the program ---------------------------------------------------------------------------------------------------------------- */
static void put(Sync *s, PlaceBlock *out, PlaceStmtKind kind, const Event *e, const Expr *phase) {
    PlaceStmt *st = ARENA_NEW(s->arena, PlaceStmt);
    st->kind = kind;
    st->src = e->src;
    st->dst = e->dst;
    st->base = e->base;
    st->count = e->count;
    st->phase = phase;
    int64_t c;
    if (expr_is_const(phase, &c)) {
        st->base += (int)(c % e->count);
        st->count = 1;
        st->phase = expr_const(s->unit->exprs, 0);
    }
    VEC_PUSH(s->arena, out, st);
}

static const Expr *phase_of(Sync *s, const Event *e, int64_t plus) {
    const Expr *n = e->loop ? expr_value(s->unit->exprs, e->loop->value) : expr_const(s->unit->exprs, 0);
    if (e->count == 1)
        return expr_const(s->unit->exprs, 0);
    return expr_add_const(s->unit->exprs, n, plus % e->count);
}

static void put_barrier(Sync *s, PlaceBlock *out, NpuPipe pipe) {
    PlaceStmt *st = ARENA_NEW(s->arena, PlaceStmt);
    st->kind = PLACE_BARRIER;
    st->src = pipe;
    VEC_PUSH(s->arena, out, st);
}

static void put_events(Sync *s, PlaceBlock *out, const PlaceBlock *block, int item, bool behind) {
    for (int e = 0; e < s->events.len; e++) {
        const Event *ev = &s->events.data[e];
        if (!ev->live || ev->block != block)
            continue;
        if (behind && ev->from == item)
            put(s, out, PLACE_SET, ev, phase_of(s, ev, ev->distance));
        else if (!behind && ev->to == item)
            put(s, out, PLACE_WAIT, ev, phase_of(s, ev, 0));
    }
}

static void put_tokens(Sync *s, PlaceBlock *out, const PlaceStmt *loop, bool prime) {
    ExprTable *t = s->unit->exprs;
    for (int e = 0; e < s->events.len; e++) {
        const Event *ev = &s->events.data[e];
        for (int k = 0; ev->live && token_loop(ev) == loop && k < ev->distance; k++) {
            const Expr *trip = expr_max(t, loop->expr, expr_const(t, 0));
            bool all = ev->count == ev->distance; /* every id has its token: the order of the drain is no matter */
            const Expr *phase = prime || all ? expr_const(t, k) : expr_add_const(t, trip, k);
            put(s, out, prime ? PLACE_SET : PLACE_WAIT, ev, phase);
        }
    }
}

static void barriers_of(Sync *s, PlaceBlock *out, const PlaceStmt *st) {
    bool all = false, same[NPU_PIPE_COUNT] = {false};
    for (int i = 0; i < s->sites.len; i++) {
        const Site *site = &s->sites.data[i];
        bool here = site->stmt == st;
        for (int k = 0; st->kind == PLACE_WHEN && k < st->body.len; k++)
            here |= site->stmt == st->body.data[k];
        if (!here)
            continue;
        all |= site->barrier_all;
        same[site->pipe] |= site->barrier;
    }
    if (all)
        put_barrier(s, out, NPU_PIPE_COUNT);
    for (int p = 0; p < NPU_PIPE_COUNT && !all; p++) {
        if (same[p])
            put_barrier(s, out, (NpuPipe)p);
    }
}

static void rewrite(Sync *s, PlaceBlock *block) {
    PlaceBlock out = {0};
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *st = block->data[i];
        put_events(s, &out, block, i, false);
        barriers_of(s, &out, st);
        if (st->kind == PLACE_LOOP) {
            put_tokens(s, &out, st, true);
            rewrite(s, &st->body);
        }
        VEC_PUSH(s->arena, &out, st);
        if (st->kind == PLACE_LOOP)
            put_tokens(s, &out, st, false);
        put_events(s, &out, block, i, true);
    }
    *block = out;
}

bool npu_sync(PlaceUnit *unit, PlaceProgram *program) {
    Sync *s = ARENA_NEW(unit->arena, Sync);
    Site path = {0};
    s->unit = unit;
    s->program = program;
    s->arena = unit->arena;
    find_sites(s, &program->body, &path);
    if (s->loops.len > 32)
        return false;
    find_affines(s);
    insert_all(s);
    assign_ids(s);
    rewrite(s, &program->body);
    return true;
}
