/* vary.c - what changes from one iteration of a loop to the next.
 *
 * A value varies if it is the index, is computed from something that varies, or is read from private memory or a private accumulator
 * that something varying was written to. Reading and writing may stand in any order, so the body is gone over until nothing is new. */
#include "passes/block/block.h"

static void grow(Block *bl) {
    VaryTable *t = bl->vary;
    uint32_t want = bl->module->next_value_id;
    if (want <= t->size)
        return;
    uint32_t size = want + want / 2 + 64;
    t->stamp_of = arena_grow_array(bl->arena, t->stamp_of, t->size, size, sizeof *t->stamp_of);
    for (uint32_t i = t->size; i < size; i++)
        t->stamp_of[i] = 0;
    t->size = size;
}

bool vary_value(const Block *bl, const Value *v) {
    return v->id < bl->vary->size && bl->vary->stamp_of[v->id] == bl->vary->stamp;
}

static bool leaf_is_steady(void *user, Value *v) { return !vary_value(user, v); }

bool vary_expr(const Block *bl, const Expr *e) { return !expr_each_value(e, leaf_is_steady, (void *)(uintptr_t)bl); }

bool vary_is_private(const Block *bl, const Value *v) { return region_contains(loop_body(bl->loop), value_region(v)); }

static bool mark(Block *bl, const Value *v) {
    if (vary_value(bl, v))
        return false;
    bl->vary->stamp_of[v->id] = bl->vary->stamp;
    return true;
}

static bool any_varies(const Block *bl, const Op *op, int first) {
    for (int i = first; i < op->noperands; i++)
        if (vary_value(bl, op->operands[i]))
            return true;
    for (int i = 0; i < op->nexprs; i++)
        if (vary_expr(bl, op->exprs[i]))
            return true;
    return false;
}

static bool spread_region(Block *bl, const Region *r);

/* True if something was found to vary that was not known to. */
static bool spread_op(Block *bl, const Op *op) {
    bool changed = false;
    for (int i = 0; i < op->nregions; i++)
        changed |= spread_region(bl, op->regions[i]);
    bool writes = op->code == OP_PUT || op->code == OP_STEP || op->code == OP_PACK;
    if (writes && vary_is_private(bl, op->operands[0]) && any_varies(bl, op, 1))
        changed |= mark(bl, op->operands[0]);
    if (op->code == OP_TOPK_FIN && any_varies(bl, op, 0))
        for (int i = 1; i < 3; i++)
            changed |= vary_is_private(bl, op->operands[i]) && mark(bl, op->operands[i]);
    if (op->nresults > 0 && op->nregions == 0 && any_varies(bl, op, 0))
        for (int i = 0; i < op->nresults; i++)
            changed |= mark(bl, op->results[i]);
    return changed;
}

static bool spread_region(Block *bl, const Region *r) {
    bool changed = false;
    for (const Op *op = r->first; op; op = op->next)
        changed |= spread_op(bl, op);
    return changed;
}

void vary_compute(Block *bl, const Op *loop) {
    grow(bl);
    bl->vary->stamp++;
    bl->loop = loop;
    mark(bl, loop_index(loop));
    while (spread_region(bl, loop_body(loop)))
        ;
}

Dep vary_dep(const Block *bl, const Expr *e) {
    if (!vary_expr(bl, e))
        return DEP_NONE;
    const Expr *coef, *rest;
    if (!expr_split_affine(block_exprs(bl), e, loop_index(bl->loop), &coef, &rest))
        return DEP_OTHER;
    return expr_equals_const(coef, 1) && !vary_expr(bl, rest) ? DEP_UNIT : DEP_OTHER;
}

int vary_walked(const Block *bl, const Expr *const *exprs, int n) {
    int walked = -1;
    for (int i = 0; i < n; i++) {
        Dep d = vary_dep(bl, exprs[i]);
        if (d == DEP_OTHER || (d == DEP_UNIT && walked >= 0))
            return -2;
        if (d == DEP_UNIT)
            walked = i;
    }
    return walked;
}

int op_nindices(const Op *op) { return op->operands[0]->type->rank; }
