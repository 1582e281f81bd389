/* Time by the cost table: every pipe runs its instructions one after another, and waits for flags. */
#include "backends/npu/estimate.h"

#include <string.h>

#include "ir/facts.h"

enum { MOST_SLICES = 100000 };
static const double GIGAHERTZ[NPU_ARCH_COUNT] = {[NPU_A2A3] = 1.85, [NPU_A5] = 1.85}; /* of the public cost model */

typedef struct Bound {
    const Value *value;
    int64_t n;
} Bound;

typedef struct Clockwork {
    NpuTimeline *t;
    Arena *arena;
    VEC(Bound) env;
    double at[NPU_PIPE_COUNT]; /* when the pipe is free */
    double token[NPU_PIPE_COUNT][NPU_PIPE_COUNT][NPU_EVENTS];
} Clockwork;

/* ---- values ---------------------------------------------------------------------------------------------------------------- */
static bool lookup(void *user, const Value *v, int64_t *out) {
    const Clockwork *c = user;
    for (int i = c->env.len - 1; i >= 0; i--) {
        if (c->env.data[i].value == v) {
            *out = c->env.data[i].n;
            return true;
        }
    }
    return false;
}

static int64_t value_of(Clockwork *c, const Expr *e) {
    int64_t n = 0;
    return e && expr_evaluate(e, lookup, c, &n) ? n : 0;
}

static void bind(Clockwork *c, const Value *v, int64_t n) { VEC_PUSH(c->arena, &c->env, ((Bound){v, n})); }

static int64_t assumed(Facts *facts, ExprTable *x, const PlaceArg *a) {
    int64_t upper;
    if (a->counter)
        return 0;
    return facts_upper_const(facts, expr_value(x, a->value), &upper) && upper >= 0 ? upper : NPU_ASSUMED_EXTENT;
}

static void bind_arguments(Clockwork *c, const PlaceUnit *u) {
    Facts *facts = facts_create(c->arena, u->exprs);
    for (int i = 0; i < u->assumes.len; i++)
        facts_add_ge0(facts, u->assumes.data[i]);
    for (int i = 0; i < u->args.len; i++) {
        if (u->args.data[i].kind == PLACE_ARG_INDEX)
            bind(c, u->args.data[i].value, assumed(facts, u->exprs, &u->args.data[i]));
    }
}

/* ---- costs ----------------------------------------------------------------------------------------------------------------- */
static int64_t up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

static double bytes_of(Clockwork *c, const PlaceOperand *o) {
    double rows = (double)value_of(c, o->valid[0]);
    return rows * (double)up(value_of(c, o->valid[1]) * elem_bytes(o->elem), o->rows > 1 ? NPU_BLOCK : 1);
}

/* Fractals of 16 x 16 x 32 bytes, one a cycle; f32 takes a second pass. */
static double product_cost(Clockwork *c, const PlaceStmt *s, const InsnInfo *info) {
    const PlaceOperand *a = &s->operands[1], *b = &s->operands[2];
    int64_t m = up(value_of(c, a->valid[0]), NPU_FRACTAL) / NPU_FRACTAL,
            n = up(value_of(c, b->valid[1]), NPU_FRACTAL) / NPU_FRACTAL;
    int64_t k = up(value_of(c, a->valid[1]) * elem_bytes(a->elem), NPU_BLOCK) / NPU_BLOCK;
    return info->fixed + (double)(m * n * k) * (a->elem == ELEM_F32 ? 2 : 1) * info->slope;
}

static double cost_of(Clockwork *c, const PlaceStmt *s) {
    const InsnInfo *info = insn_info(s->code);
    double most = 0;
    if (info->pipe == NPU_PIPE_M)
        return product_cost(c, s, info);
    for (int i = 0; i < s->noperands; i++) {
        const PlaceOperand *o = &s->operands[i];
        double bytes = o->kind == PLACE_TILE && o->role != NPU_TMP ? bytes_of(c, o) : 0;
        most = bytes > most ? bytes : most;
    }
    if (info->slope >= 0)
        return info->fixed + info->slope * (double)up((int64_t)most, 256) / 256;
    NpuMemory to = s->operands[0].kind == PLACE_TILE ? c->t->program->buffers.data[s->operands[0].buffer].memory
                                                     : NPU_MEMORY_COUNT;
    double rate = -info->slope * (to == NPU_L0A ? 2.0 : 1.0); /* L1 to L0A has twice the rate of L1 to L0B */
    return info->fixed + most / rate;
}

/* ---- the run --------------------------------------------------------------------------------------------------------------- */
static void run_block(Clockwork *c, const PlaceBlock *block);

static void note_use(Clockwork *c, const PlaceOperand *o, double begin, double end) {
    int64_t copy = value_of(c, o->copy);
    bool fresh = o->role == NPU_OUT || o->role == NPU_TMP;
    for (int i = c->t->lives.len - 1; i >= 0; i--) {
        NpuLife *life = &c->t->lives.data[i];
        if (life->buffer != o->buffer || life->copy != copy)
            continue;
        if (fresh && begin >= life->end)
            break;
        life->end = end > life->end ? end : life->end;
        return;
    }
    VEC_PUSH(c->arena, &c->t->lives, ((NpuLife){o->buffer, copy, begin, end}));
}

/* Sources before results: what works in place goes on living. */
static void note_uses(Clockwork *c, const PlaceStmt *s, double begin, double end) {
    for (int writes = 0; writes < 2; writes++) {
        for (int i = 0; i < s->noperands; i++) {
            if (s->operands[i].kind == PLACE_TILE && (s->operands[i].role == NPU_OUT) == (writes == 1))
                note_use(c, &s->operands[i], begin, end);
        }
    }
}

static void run_insn(Clockwork *c, const PlaceStmt *s) {
    NpuPipe p = insn_info(s->code)->pipe;
    double begin = c->at[p], cost = cost_of(c, s);
    c->at[p] = begin + cost;
    c->t->busy[p] += cost;
    note_uses(c, s, begin, c->at[p]);
    VEC_PUSH(c->arena, &c->t->slices, ((NpuSlice){s, p, begin, c->at[p]}));
}

static void wait_until(Clockwork *c, const PlaceStmt *s, NpuPipe p, NpuPipe from, double when) {
    if (when <= c->at[p])
        return;
    c->t->stall[p] += when - c->at[p];
    if (from < NPU_PIPE_COUNT)
        c->t->waits[p][from] += when - c->at[p];
    VEC_PUSH(c->arena, &c->t->slices, ((NpuSlice){s, p, c->at[p], when}));
    c->at[p] = when;
}

static void run_event(Clockwork *c, const PlaceStmt *s) {
    int id = s->base + (int)(s->count > 1 ? value_of(c, s->phase) % s->count : 0);
    double *token = &c->token[s->src][s->dst][id];
    if (s->kind == PLACE_SET)
        *token = c->at[s->src];
    else
        wait_until(c, s, s->dst, s->src, *token);
}

static void run_barrier(Clockwork *c, const PlaceStmt *s) {
    double last = 0;
    for (int p = 0; p < NPU_PIPE_COUNT; p++)
        last = c->at[p] > last ? c->at[p] : last;
    for (int p = 0; p < NPU_PIPE_COUNT && s->src == NPU_PIPE_COUNT; p++)
        wait_until(c, s, (NpuPipe)p, NPU_PIPE_COUNT, last);
}

static void run_loop(Clockwork *c, const PlaceStmt *s) {
    int64_t n = value_of(c, s->expr);
    int mark = c->env.len;
    for (int64_t i = 0; i < n && !c->t->cut; i++) {
        bind(c, s->value, i);
        run_block(c, &s->body);
        c->env.len = mark;
    }
}

static void run_block(Clockwork *c, const PlaceBlock *block) {
    for (int i = 0; i < block->len && !c->t->cut; i++) {
        const PlaceStmt *s = block->data[i];
        c->t->cut = c->t->slices.len > MOST_SLICES;
        switch (s->kind) {
        case PLACE_INSN: run_insn(c, s); break;
        case PLACE_LET: bind(c, s->value, value_of(c, s->expr)); break;
        case PLACE_LOOP: run_loop(c, s); break;
        case PLACE_WHEN:
            if (value_of(c, s->expr) >= 1)
                run_block(c, &s->body);
            break;
        case PLACE_SET:
        case PLACE_WAIT: run_event(c, s); break;
        case PLACE_BARRIER: run_barrier(c, s); break;
        }
    }
}

NpuTimeline *npu_timeline(Arena *arena, const PlaceUnit *unit, const PlaceProgram *program) {
    NpuTimeline *t = ARENA_NEW(arena, NpuTimeline);
    Clockwork *c = ARENA_NEW(arena, Clockwork);
    t->unit = unit;
    t->program = program;
    c->t = t;
    c->arena = arena;
    bind_arguments(c, unit);
    run_block(c, &program->body);
    for (int p = 0; p < NPU_PIPE_COUNT; p++)
        t->total = c->at[p] > t->total ? c->at[p] : t->total;
    return t;
}

/* ---- the text -------------------------------------------------------------------------------------------------------------- */
static void put_assumed(Arena *arena, const PlaceUnit *u, Buf *out) {
    Clockwork c = {.arena = arena};
    bool any = false;
    bind_arguments(&c, u);
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        if (a->kind != PLACE_ARG_INDEX || a->counter)
            continue;
        buf_printf(out, "%s%s = %lld", any ? ", " : "one task with ", a->name,
                   (long long)value_of(&c, expr_value(u->exprs, a->value)));
        any = true;
    }
    buf_puts(out, any ? "\n" : "one task\n");
}

static void put_pipes(const NpuTimeline *t, Buf *out) {
    int bound = 0;
    for (int p = 1; p < NPU_PIPE_COUNT; p++)
        bound = t->busy[p] > t->busy[bound] ? p : bound;
    for (int p = 0; p < NPU_PIPE_COUNT; p++) {
        int most = 0;
        if (t->busy[p] == 0)
            continue;
        for (int q = 1; q < NPU_PIPE_COUNT; q++)
            most = t->waits[p][q] > t->waits[p][most] ? q : most;
        buf_printf(out, "    %-5s busy %9.0f (%3.0f %%)", npu_pipe_text((NpuPipe)p), t->busy[p],
                   100 * t->busy[p] / t->total);
        if (t->stall[p] > 0 && t->waits[p][most] > 0)
            buf_printf(out, ", stands still for %.0f, most of it for %s", t->stall[p], npu_pipe_text((NpuPipe)most));
        buf_puts(out, p == bound ? "  <- the bound\n" : "\n");
    }
}

void npu_put_estimate(Arena *arena, const NpuProgram *program, Buf *out) {
    for (int i = 0; i < program->nunits; i++) {
        const PlaceUnit *u = program->units[i];
        double sum = 0;
        buf_printf(out, "kernel %s on %s: ", u->name, npu_arch_text(u->arch));
        put_assumed(arena, u, out);
        for (int p = 0; p < u->programs.len; p++) {
            const NpuTimeline *t = npu_timeline(arena, u, u->programs.data[p]);
            sum += t->total;
            buf_printf(out, "  %s, %s: %s%.0f cycles, %.1f us\n", t->program->name,
                       t->program->cube ? "cube" : "vector", t->cut ? "more than " : "", t->total,
                       t->total / GIGAHERTZ[u->arch] / 1000);
            put_pipes(t, out);
        }
        if (u->programs.len > 1)
            buf_printf(out, "  each program once: %.0f cycles\n", sum);
    }
}
