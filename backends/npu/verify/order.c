/* What happens before what.
 *
 * The machine: a core issues in program order into the queues of its pipes. A pipe starts its items in order; instructions overlap
 * and end in any order. A set fires when everything before it on its pipe has ended, and holds nothing back; a wait holds its pipe;
 * a barrier lets what is before it on the pipe end before anything after it starts.
 *
 * Flags are not under conditions and each has one queue that sets and one that waits, so the n-th wait takes the n-th set in every
 * execution: all executions are the linear extensions of one graph. It is walked once, in a topological order which the queues
 * give. A node carries a clock: for each pipe, of how many of its first items it is known that they have ended. A path leaves a
 * pipe only through a set or a barrier, which has waited for all of the pipe's items before it; so knowing prefixes is exact. */
#include "backends/npu/verify/internal.h"

#include <string.h>

enum { PIPES = NPU_PIPE_COUNT };

typedef struct Clock {
    int ended[PIPES];
} Clock;

typedef struct Flag {
    VEC(Clock) sets;
    VEC(int) waits; /* positions on the waiting pipe of the waits that are done */
    const PlaceStmt *first;
    int nsets, nwaits; /* in the program */
} Flag;

typedef struct Done { /* an access of an instruction that has been reached */
    const Access *access;
    const TraceItem *item;
    int pipe, position;
} Done;

typedef struct Order {
    Verify *v;
    const Trace *trace;
    VEC(int) queue[PIPES]; /* items of the segment up to the next `barrier all` */
    int head[PIPES];
    int started[PIPES]; /* items that have left the queue */
    Clock knows[PIPES]; /* what a later start on the pipe may rely on */
    Flag flags[PIPES][PIPES][NPU_EVENTS];
    VEC(Done) done[NPU_MEMORY_COUNT];
    VEC(Done) done_gm;
} Order;

static void join(Clock *a, const Clock *b) {
    for (int p = 0; p < PIPES; p++)
        a->ended[p] = a->ended[p] > b->ended[p] ? a->ended[p] : b->ended[p];
}

static int queue_of(const TraceItem *item) {
    const PlaceStmt *s = item->stmt;
    return (int)(s->kind == PLACE_INSN ? insn_info(s->code)->pipe : s->kind == PLACE_WAIT ? s->dst : s->src);
}

static Flag *flag_of(Order *o, const TraceItem *item) { return &o->flags[item->stmt->src][item->stmt->dst][item->id]; }

/* ---- races -------------------------------------------------------------------------------------------------------- */
static const char *where(const Access *a) {
    return a->memory < NPU_MEMORY_COUNT ? npu_memory_info((NpuMemory)a->memory)->text : "gm";
}

static void report_race(Order *o, const Done *d, const TraceItem *item, const Access *a) {
    Verify *v = o->v;
    const char *first = pv_stmt_text(v, d->item->stmt), *second = pv_stmt_text(v, item->stmt);
    const char *kind = d->access->writes ? (a->writes ? "both write" : "the first writes what the second reads")
                                         : "the second writes what the first reads";
    if (d->item->nth > item->nth)
        pv_fail(v, DIAG_PLACE_RACE, NULL, "`%s` runs before `%s`, which stands first: %s %s", first, second, kind,
                where(a));
    else
        pv_fail(v, DIAG_PLACE_RACE, NULL, "nothing lets `%s` end before `%s`: %s %s", first, second, kind, where(a));
}

static void check_access(Order *o, const TraceItem *item, const Access *a, const Clock *start) {
    bool gm = a->memory >= NPU_MEMORY_COUNT;
    const Done *list = gm ? o->done_gm.data : o->done[a->memory].data;
    int n = gm ? o->done_gm.len : o->done[a->memory].len;
    for (int i = 0; i < n && !o->v->failed; i++) {
        const Done *d = &list[i];
        bool conflict = (a->writes || d->access->writes) && d->item != item;
        bool ordered = start->ended[d->pipe] >= d->position && d->item->nth < item->nth;
        if (conflict && !ordered && pv_access_meet(o->v, d->access, a))
            report_race(o, d, item, a);
    }
}

static void take_insn(Order *o, const TraceItem *item, int pipe) {
    int position = ++o->started[pipe];
    for (int i = 0; i < item->naccess && !o->v->failed; i++)
        check_access(o, item, &o->trace->accesses.data[item->first + i], &o->knows[pipe]);
    for (int i = 0; i < item->naccess; i++) {
        const Access *a = &o->trace->accesses.data[item->first + i];
        Done d = {a, item, pipe, position};
        if (a->memory >= NPU_MEMORY_COUNT)
            VEC_PUSH(o->v->arena, &o->done_gm, d);
        else
            VEC_PUSH(o->v->arena, &o->done[a->memory], d);
    }
}

/* ---- flags ---------------------------------------------------------------------------------------------------------- */
static void take_set(Order *o, const TraceItem *item, int pipe) {
    Flag *f = flag_of(o, item);
    Clock at = o->knows[pipe];
    at.ended[pipe] = o->started[pipe];
    int before = f->sets.len - 1; /* the wait that must have taken the token before */
    int to = (int)item->stmt->dst;
    if (before >= 0 && (before >= f->waits.len || at.ended[to] < f->waits.data[before]))
        pv_fail(o->v, DIAG_PLACE_TOKENS, item->stmt,
                "the flag may still be set from before: two tokens on one event id");
    VEC_PUSH(o->v->arena, &f->sets, at);
}

static bool take_wait(Order *o, const TraceItem *item, int pipe) {
    Flag *f = flag_of(o, item);
    if (f->waits.len >= f->sets.len)
        return false;
    join(&o->knows[pipe], &f->sets.data[f->waits.len]);
    int position = ++o->started[pipe];
    VEC_PUSH(o->v->arena, &f->waits, position);
    return true;
}

/* The head of a queue goes on; false: it waits. */
static bool take_head(Order *o, int pipe) {
    const TraceItem *item = &o->trace->items.data[o->queue[pipe].data[o->head[pipe]]];
    switch (item->stmt->kind) {
    case PLACE_INSN: take_insn(o, item, pipe); break;
    case PLACE_SET: take_set(o, item, pipe); break;
    case PLACE_WAIT:
        if (!take_wait(o, item, pipe))
            return false;
        break;
    case PLACE_BARRIER: o->knows[pipe].ended[pipe] = o->started[pipe]; break;
    case PLACE_LET:
    case PLACE_LOOP:
    case PLACE_WHEN: break;
    }
    o->head[pipe]++;
    return true;
}

static void report_stuck(Order *o, int pipe) {
    const TraceItem *item = &o->trace->items.data[o->queue[pipe].data[o->head[pipe]]];
    const Flag *f = flag_of(o, item);
    pv_fail(o->v, DIAG_PLACE_DEADLOCK, item->stmt, "it waits for ever: %s",
            f->nsets > f->sets.len ? "what sets the flag waits for it" : "nothing sets the flag");
}

/* Runs the queues empty. */
static void drain(Order *o) {
    bool moved = true;
    while (moved && !o->v->failed) {
        moved = false;
        for (int p = 0; p < PIPES; p++) {
            while (o->head[p] < o->queue[p].len && !o->v->failed && take_head(o, p))
                moved = true;
        }
    }
    for (int p = 0; p < PIPES && !o->v->failed; p++) {
        if (o->head[p] < o->queue[p].len)
            report_stuck(o, p);
    }
}

static void barrier_all(Order *o) {
    Clock all = {{0}};
    drain(o);
    for (int p = 0; p < PIPES; p++)
        all.ended[p] = o->started[p];
    for (int p = 0; p < PIPES; p++)
        o->knows[p] = all;
}

static void count_flags(Order *o) {
    for (int i = 0; i < o->trace->items.len; i++) {
        const TraceItem *item = &o->trace->items.data[i];
        if (item->stmt->kind != PLACE_SET && item->stmt->kind != PLACE_WAIT)
            continue;
        Flag *f = flag_of(o, item);
        f->nsets += item->stmt->kind == PLACE_SET;
        f->nwaits += item->stmt->kind == PLACE_WAIT;
        f->first = f->first ? f->first : item->stmt;
    }
}

/* Every flag is zero at the end, so that programs compose. */
static void check_balance(Order *o) {
    for (int p = 0; p < PIPES; p++) {
        for (int q = 0; q < PIPES; q++) {
            for (int id = 0; id < NPU_EVENTS; id++) {
                const Flag *f = &o->flags[p][q][id];
                if (f->nsets != f->nwaits)
                    pv_fail(o->v, DIAG_PLACE_TOKENS, f->first, "%d sets and %d waits of %s %s #%d", f->nsets, f->nwaits,
                            npu_pipe_text((NpuPipe)p), npu_pipe_text((NpuPipe)q), id);
            }
        }
    }
}

bool pv_order(Verify *v, const Trace *trace) {
    Order *o = ARENA_NEW(v->arena, Order);
    o->v = v;
    o->trace = trace;
    count_flags(o);
    for (int i = 0; i < trace->items.len && !v->failed; i++) {
        const TraceItem *item = &trace->items.data[i];
        if (item->stmt->kind == PLACE_BARRIER && item->stmt->src == NPU_PIPE_COUNT)
            barrier_all(o);
        else
            VEC_PUSH(v->arena, &o->queue[queue_of(item)], i);
    }
    drain(o);
    check_balance(o);
    return !v->failed;
}
