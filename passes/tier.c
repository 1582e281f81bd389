/* tier - compiles every tier and every set of constant parameters on its own.
 *
 * Needs: tile stage. Keeps: results. Gives: no `tier` op and no const parameter is left.
 * 1. `tier` becomes `tier.switch` with one copy of the body per limit, the limit a constant in it. A tier that the facts at its place
 *    exclude (the loops, conditions and tiers around it, the checks before it) is left out.
 * 2. A call with constant arguments goes to a clone of its callee, one per set of constants.
 * 3. What all calls of a kernel know about its symbols (least and greatest value) becomes an assume in it: the facts of a tier.
 * 4. Functions that nothing calls are dropped. */
#include <string.h>

#include "ir/build.h"
#include "ir/facts.h"
#include "ir/walk.h"
#include "passes/pipeline.h"

/* A callee with its constants, and what its call sites agree on. */
typedef struct Spec {
    const Func *origin;
    const int64_t *consts;
    Func *func;             /* the clone, or origin itself */
    int64_t *lower, *upper; /* per symbol; INT64_MIN and INT64_MAX: unknown */
    int calls;
    struct Spec *next; /* of the same origin */
} Spec;

typedef VEC(Spec *) SpecVec;

typedef struct Tier {
    Module *module;
    PassContext *ctx;
    Facts *facts;
    SpecVec specs;
    SpecVec of_origin; /* the newest of each function, by its position */
    VEC(Func *) worklist;
    VEC(bool) seen; /* worked on, by position */
    int64_t limit;  /* of the innermost tier, 0: none */
} Tier;

static void tier_region(Tier *t, Region *region);

/* ---- 2. clones ------------------------------------------------------------------------------------------------- */

static bool has_const_params(const Func *f) {
    for (int i = 0; i < f->nindex_params; i++)
        if (f->index_params[i].is_const)
            return true;
    return false;
}

static const char *clone_name(Tier *t, const Spec *s) {
    const char *name = s->origin->name;
    for (int i = 0, c = 0; i < s->origin->nindex_params; i++) {
        if (!s->origin->index_params[i].is_const)
            continue;
        int64_t v = s->consts[c++];
        name = arena_printf(t->module->arena, "%s__%s_%s%lld", name, s->origin->index_params[i].value->name,
                            v < 0 ? "m" : "", (long long)(v < 0 ? -v : v));
    }
    while (module_find(t->module, name))
        name = arena_printf(t->module->arena, "%s_", name);
    return name;
}

static Func *clone_for(Tier *t, const Spec *s) {
    CloneMap *map = clone_map_create(t->module);
    for (int i = 0, c = 0; i < s->origin->nindex_params; i++)
        if (s->origin->index_params[i].is_const)
            clone_map_set_expr(map, s->origin->index_params[i].value, expr_const(t->module->exprs, s->consts[c++]));
    Func *f = clone_func(t->module, s->origin, clone_name(t, s), map);
    f->exported = false;
    return f;
}

static int symbol_count(const Func *f) {
    int n = 0;
    for (int i = 0; i < f->nindex_params; i++)
        n += !f->index_params[i].is_const;
    return n;
}

static Spec *spec_find(Tier *t, const Func *origin, const int64_t *consts, int n) {
    while (t->of_origin.len <= origin->position)
        VEC_PUSH(t->ctx->arena, &t->of_origin, NULL);
    Spec **newest = &t->of_origin.data[origin->position];
    for (Spec *s = *newest; s; s = s->next)
        if (n == 0 || memcmp(s->consts, consts, (size_t)n * sizeof *consts) == 0)
            return s;
    Spec *s = ARENA_NEW(t->ctx->arena, Spec);
    s->next = *newest;
    *newest = s;
    s->origin = origin;
    s->consts = consts;
    s->func = has_const_params(origin) ? clone_for(t, s) : module_find(t->module, origin->name);
    s->lower = ARENA_ARRAY(t->ctx->arena, int64_t, symbol_count(origin) + 1);
    s->upper = ARENA_ARRAY(t->ctx->arena, int64_t, symbol_count(origin) + 1);
    VEC_PUSH(t->ctx->arena, &t->specs, s);
    if (s->func->kind == FUNC_WORKLOAD)
        VEC_PUSH(t->ctx->arena, &t->worklist, s->func);
    return s;
}

/* The weakest bounds of all call sites. */
static void note_bounds(Tier *t, Spec *s, const Expr *const *symbols, int n) {
    for (int i = 0; i < n; i++) {
        int64_t lower = INT64_MIN, upper = INT64_MAX;
        const Expr *e = symbols[i];
        if (!facts_lower_const(t->facts, e, &lower))
            lower = INT64_MIN;
        if (!facts_upper_const(t->facts, e, &upper))
            upper = INT64_MAX;
        if (s->calls == 0 || lower < s->lower[i])
            s->lower[i] = lower;
        if (s->calls == 0 || upper > s->upper[i])
            s->upper[i] = upper;
    }
    s->calls++;
}

static void tier_call(Tier *t, Op *op) {
    const Func *callee = module_find(t->module, op_attr_str(op, ATTR_CALLEE));
    int64_t *consts = ARENA_ARRAY(t->ctx->arena, int64_t, op->nexprs + 1);
    const Expr **symbols = ARENA_ARRAY(t->module->arena, const Expr *, op->nexprs + 1);
    int nconsts = 0, nsymbols = 0;
    for (int i = 0; i < callee->nindex_params; i++) {
        if (!callee->index_params[i].is_const)
            symbols[nsymbols++] = op->exprs[i];
        else if (!expr_is_const(op->exprs[i], &consts[nconsts++])) {
            diag_report(t->ctx->diag, DIAG_CONST_ARGUMENT_UNKNOWN, SPAN_NONE, callee->index_params[i].value->name,
                        callee->origin);
            return;
        }
    }
    Spec *s = spec_find(t, callee, consts, nconsts);
    if (callee->kind == FUNC_KERNEL) {
        note_bounds(t, s, symbols, nsymbols);
        if (t->limit)
            op_set_int(t->module, op, ATTR_TIER, t->limit);
    }
    op_set_str(t->module, op, ATTR_CALLEE, s->func->name);
    op->exprs = symbols;
    op->nexprs = nsymbols;
}

/* ---- 1. tiers -------------------------------------------------------------------------------------------------- */

static void add_tier_facts(Tier *t, const Expr *x, const Expr *previous, const Expr *limit) {
    facts_add_le(t->facts, x, limit);
    if (previous)
        facts_add_lt(t->facts, previous, x);
}

static void tier_body(Tier *t, Op *tier, Region *to, const Expr *limit) {
    CloneMap *map = clone_map_create(t->module);
    clone_map_set_expr(map, tier->regions[0]->args[0], limit);
    Builder b = builder_at_end(t->module, to);
    clone_region_into(&b, map, tier->regions[0]);
    int64_t outer = t->limit;
    expr_is_const(limit, &t->limit);
    tier_region(t, to);
    t->limit = outer;
}

static void tier_switch(Tier *t, Op *tier) {
    const Expr *x = tier->exprs[0], **exprs = ARENA_ARRAY(t->ctx->arena, const Expr *, tier->nexprs);
    int *kept = ARENA_ARRAY(t->ctx->arena, int, tier->nexprs), n = 0;
    exprs[0] = x;
    for (int i = 1; i < tier->nexprs; i++) {
        bool impossible = i > 1 && facts_prove_le(t->facts, x, tier->exprs[i - 1]);
        if (impossible)
            continue;
        kept[n++] = i;
        exprs[n] = tier->exprs[i];
    }
    Builder b = builder_before(t->module, tier);
    b.loc = tier->loc;
    Op *sw = build_op(&b, OP_SWITCH, NULL, 0, exprs, n + 1, NULL, 0, n + 1);
    for (int i = 0; i < n; i++) {
        int mark = facts_mark(t->facts);
        add_tier_facts(t, x, kept[i] > 1 ? tier->exprs[kept[i] - 1] : NULL, tier->exprs[kept[i]]);
        tier_body(t, tier, sw->regions[i], tier->exprs[kept[i]]);
        facts_release(t->facts, mark);
    }
    int mark = facts_mark(t->facts);
    facts_add_lt(t->facts, tier->exprs[tier->nexprs - 1], x);
    region_take_ops(sw->regions[n], tier->regions[1]);
    tier_region(t, sw->regions[n]);
    facts_release(t->facts, mark);
    op_unlink(tier);
}

/* ---- walking with facts ---------------------------------------------------------------------------------------- */

static void add_loop_facts(Tier *t, const Op *op) {
    const Expr *j = expr_value(t->module->exprs, op->regions[0]->args[0]);
    facts_add_le(t->facts, op->exprs[0], j);
    facts_add_lt(t->facts, j, op->exprs[1]);
}

static void tier_op(Tier *t, Op *op) {
    if (op->code == OP_TIER) {
        tier_switch(t, op);
        return;
    }
    if (op->code == OP_CALL) {
        tier_call(t, op);
        return;
    }
    if (op->code == OP_ASSUME)
        for (int i = 0; i < op->nexprs; i++)
            facts_add_ge0(t->facts, op->exprs[i]);
    if (op->code == OP_CHECK)
        facts_add_ge0(t->facts, op->exprs[0]);
    for (int i = 0; i < op->nregions; i++) {
        int mark = facts_mark(t->facts);
        if (op->code == OP_FOR || op->code == OP_PARALLEL)
            add_loop_facts(t, op);
        tier_region(t, op->regions[i]);
        facts_release(t->facts, mark);
    }
}

static void tier_region(Tier *t, Region *region) {
    for (Op *op = region->first, *next; op; op = next) {
        next = op->next;
        tier_op(t, op);
    }
}

static void tier_workload(Tier *t, Func *f) {
    t->facts = facts_create(t->ctx->arena, t->module->exprs);
    t->limit = 0;
    for (int i = 0; i < f->nindex_params; i++)
        facts_add_ge0(t->facts, expr_value(t->module->exprs, f->index_params[i].value));
    tier_region(t, f->body);
}

static void tier_once(Tier *t, Func *f) {
    while (t->seen.len <= f->position)
        VEC_PUSH(t->ctx->arena, &t->seen, false);
    if (!t->seen.data[f->position])
        tier_workload(t, f);
    t->seen.data[f->position] = true;
}

/* ---- 3. facts of all calls, 4. what is called ------------------------------------------------------------------ */

static void assume_bounds(Tier *t, const Spec *s) {
    ExprTable *e = t->module->exprs;
    const Expr **facts = ARENA_ARRAY(t->ctx->arena, const Expr *, 2 * s->func->nindex_params + 1);
    int n = 0;
    for (int i = 0; i < s->func->nindex_params; i++) {
        const Expr *symbol = expr_value(e, s->func->index_params[i].value);
        if (s->lower[i] > 0)
            facts[n++] = expr_add_const(e, symbol, -s->lower[i]);
        if (s->upper[i] < INT64_MAX / 2)
            facts[n++] = expr_sub(e, expr_const(e, s->upper[i]), symbol);
    }
    if (n == 0)
        return;
    Builder b = s->func->body->first ? builder_before(t->module, s->func->body->first)
                                     : builder_at_end(t->module, s->func->body);
    b.loc = s->func->loc;
    build_op(&b, OP_ASSUME, NULL, 0, facts, n, NULL, 0, 0);
}

static void drop_uncalled(Tier *t) {
    if (t->worklist.len == 0)
        return; /* a file of kernels only */
    bool *keep = ARENA_ARRAY(t->ctx->arena, bool, t->module->funcs.len + 1);
    for (int i = 0; i < t->module->funcs.len; i++)
        keep[i] = t->module->funcs.data[i]->exported;
    for (int i = 0; i < t->specs.len; i++)
        keep[t->specs.data[i]->func->position] = true;
    module_keep_funcs(t->module, keep);
}

bool pass_tier(Module *m, PassContext *ctx) {
    Tier t = {.module = m, .ctx = ctx};
    int errors = diag_error_count(ctx->diag);
    for (int i = 0; i < m->funcs.len; i++)
        if (m->funcs.data[i]->exported)
            VEC_PUSH(ctx->arena, &t.worklist, m->funcs.data[i]);
    for (int i = 0; i < t.worklist.len; i++)
        tier_once(&t, t.worklist.data[i]);
    if (diag_error_count(ctx->diag) > errors)
        return false;
    for (int i = 0; i < t.specs.len; i++)
        if (t.specs.data[i]->origin->kind == FUNC_KERNEL)
            assume_bounds(&t, t.specs.data[i]);
    drop_uncalled(&t);
    return true;
}
