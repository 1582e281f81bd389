/* common.c - what the block passes ask of loops, accumulators and tiles. */
#include "passes/block/block.h"

const char *role_text(Role role) { return role == ROLE_ROWS ? "rows" : "lanes"; }

Block *block_create(Module *m, PassContext *ctx, const AliasTable *alias, Func *func) {
    Block *bl = ARENA_NEW(ctx->arena, Block);
    *bl = (Block){.module = m, .ctx = ctx, .arena = ctx->arena, .func = func, .alias = alias};
    return bl;
}

bool block_each_kernel(Module *m, PassContext *ctx, void (*run)(Block *bl)) {
    if (ctx->vector.lanes == 0)
        return true; /* the target's own compiler forms vectors */
    const AliasTable *alias = alias_compute(ctx->arena, m);
    for (int i = 0; i < m->funcs.len; i++)
        if (m->funcs.data[i]->kind == FUNC_KERNEL)
            run(block_create(m, ctx, alias, m->funcs.data[i]));
    return true;
}

bool loop_is_unit(const Op *loop) { return expr_equals_const(loop->exprs[2], 1); }

bool loop_trips_const(const Block *bl, const Op *loop, int64_t *trips) {
    return expr_is_const(expr_sub(block_exprs(bl), loop->exprs[1], loop->exprs[0]), trips);
}

int64_t loop_trips(const Block *bl, const Op *loop) {
    int64_t n;
    return loop_trips_const(bl, loop, &n) ? (n < 0 ? 0 : n) : UNKNOWN_EXTENT;
}

Monoid acc_monoid(const Value *acc) {
    const char *text = acc->def ? op_attr_str(acc->def, ATTR_MONOID) : NULL;
    int monoid = text ? monoid_find(text) : -1;
    return monoid < 0 ? MONOID_NONE : (Monoid)monoid;
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
