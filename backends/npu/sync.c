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

#include "backends/npu/sync.h"

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
    while (!npu_sync_run_all(s))
        mend(s);
}

/* Nothing of any kind is missing. */
static bool clean(Sync *s, bool overruns) {
    s->overruns = overruns;
    s->vector_only = false;
    for (int phase = 0; phase < 2; phase++) {
        s->same_pipe = phase == 1;
        if (!npu_sync_run_all(s))
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

bool npu_sync(PlaceUnit *unit, PlaceProgram *program) {
    Sync *s = ARENA_NEW(unit->arena, Sync);
    s->unit = unit;
    s->program = program;
    s->arena = unit->arena;
    if (!npu_sync_find_sites(s))
        return false;
    insert_all(s);
    assign_ids(s);
    npu_sync_put(s, &program->body);
    return true;
}
