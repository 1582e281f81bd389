/* common.c - what the block passes ask of loops, accumulators and tiles. */
#include "passes/block/block.h"

const char *role_text(Role role) { return role == ROLE_ROWS ? "rows" : "lanes"; }

static Block *block_create(Module *m, PassContext *ctx, const AliasTable *alias, VaryTable *vary, Func *func) {
    Block *bl = ARENA_NEW(ctx->arena, Block);
    *bl = (Block){.module = m, .ctx = ctx, .arena = ctx->arena, .func = func, .alias = alias, .vary = vary};
    bl->facts = facts_create(ctx->arena, m->exprs);
    for (int i = 0; i < func->nindex_params; i++)
        facts_add_ge0(bl->facts, expr_value(m->exprs, func->index_params[i].value));
    for (const Op *op = func->body->first; op; op = op->next)
        for (int i = 0; op->code == OP_ASSUME && i < op->nexprs; i++)
            facts_add_ge0(bl->facts, op->exprs[i]);
    return bl;
}

bool block_each_kernel(Module *m, PassContext *ctx, void (*run)(Block *bl)) {
    if (ctx->vector.lanes == 0)
        return true; /* the target's own compiler forms vectors */
    const AliasTable *alias = alias_compute(ctx->arena, m);
    VaryTable *vary = ARENA_NEW(ctx->arena, VaryTable);
    for (int i = 0; i < m->funcs.len; i++)
        if (m->funcs.data[i]->kind == FUNC_KERNEL)
            run(block_create(m, ctx, alias, vary, m->funcs.data[i]));
    return true;
}

static bool leaf_is_outside(void *loop, Value *v) { return !region_contains(loop_body(loop), value_region(v)); }

bool expr_is_outside_loop(const Expr *e, const Op *loop) {
    return expr_each_value(e, leaf_is_outside, (void *)(uintptr_t)loop);
}

bool loop_is_unit(const Op *loop) { return expr_equals_const(loop->exprs[2], 1); }

bool loop_trips_const(const Block *bl, const Op *loop, int64_t *trips) {
    return expr_is_const(expr_sub(block_exprs(bl), loop->exprs[1], loop->exprs[0]), trips);
}

/* e without what only makes it smaller: - mod(..), and + mod(a, c) is at most c - 1. */
static const Expr *without_mods(ExprTable *t, const Expr *e) {
    const Expr *sum = e;
    for (int i = 0; e->kind == EXPR_SUM && i < e->nargs; i++) {
        const Expr *a = e->args[i];
        int64_t c;
        if (a->kind == EXPR_PROD && a->c == -1 && a->nargs == 1 && a->args[0]->kind == EXPR_MOD)
            sum = expr_sub(t, sum, a);
        else if (a->kind == EXPR_MOD && expr_is_const(a->args[1], &c))
            sum = expr_add_const(t, expr_sub(t, sum, a), c - 1);
    }
    int64_t c;
    if (sum->kind == EXPR_MOD && expr_is_const(sum->args[1], &c))
        return expr_const(t, c - 1);
    return sum;
}

bool extent_upper(const Block *bl, const Expr *e, int64_t *c) {
    ExprTable *t = block_exprs(bl);
    const Expr *sum = without_mods(t, e);
    if (expr_is_const(sum, c))
        return true;
    int n = sum->kind == EXPR_SUM ? sum->nargs : 1;
    for (int i = 0; i < n; i++) {
        const Expr *a = sum->kind == EXPR_SUM ? sum->args[i] : sum;
        for (int j = 0; a->kind == EXPR_MIN && j < a->nargs; j++)
            if (expr_is_const(expr_add(t, expr_sub(t, sum, a), a->args[j]), c))
                return true;
    }
    return false;
}

int64_t extent_estimate(const Block *bl, const Expr *e) {
    int64_t most;
    if (extent_upper(bl, e, &most) || facts_upper_const(bl->facts, without_mods(block_exprs(bl), e), &most))
        return most < 0 ? 0 : most > UNKNOWN_EXTENT && !expr_is_const(e, NULL) ? UNKNOWN_EXTENT : most;
    return UNKNOWN_EXTENT;
}

int64_t loop_trips(const Block *bl, const Op *loop) {
    return extent_estimate(bl, expr_sub(block_exprs(bl), loop->exprs[1], loop->exprs[0]));
}

Monoid acc_monoid(const Value *acc) {
    const char *text = acc->def ? op_attr_str(acc->def, ATTR_MONOID) : NULL;
    int monoid = text ? monoid_find(text) : -1;
    return monoid < 0 ? MONOID_NONE : (Monoid)monoid;
}

MonoidClass step_class(const Op *step) {
    Monoid m = acc_monoid(step->operands[0]);
    Elem carried = elem_accumulator(step->operands[0]->type->elem);
    bool sums = m == MONOID_SUM_SEQ || m == MONOID_FMA_SEQ;
    return sums && (elem_lanes(carried) & LANES_INT) && step->operands[0]->def->noperands == 0 ? MONOID_CLASS_EXACT
                                                                                               : monoid_class(m);
}

int64_t tile_extent(const Type *t, Role role) {
    int64_t n = 1;
    expr_is_const(t->dims[role_dim(role)], &n);
    return n;
}

bool region_any(const Region *r, bool (*test)(const Op *op)) {
    for (const Op *op = r->first; op; op = op->next) {
        if (test(op))
            return true;
        for (int i = 0; i < op->nregions; i++)
            if (region_any(op->regions[i], test))
                return true;
    }
    return false;
}
