/* sync_put.c - events and barriers that were found necessary, as statements of the program. */
#include "backends/npu/sync.h"

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
        for (int k = 0; ev->live && npu_sync_token_loop(ev) == loop && k < ev->distance; k++) {
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

void npu_sync_put(Sync *s, PlaceBlock *block) {
    PlaceBlock out = {0};
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *st = block->data[i];
        put_events(s, &out, block, i, false);
        barriers_of(s, &out, st);
        if (st->kind == PLACE_LOOP) {
            put_tokens(s, &out, st, true);
            npu_sync_put(s, &st->body);
        }
        VEC_PUSH(s->arena, &out, st);
        if (st->kind == PLACE_LOOP)
            put_tokens(s, &out, st, false);
        put_events(s, &out, block, i, true);
    }
    *block = out;
}
