/* Going over IR: ops in order, uses of values, where things stand. */
#include "ir/walk.h"
#include "ir/build.h"
#include "ir/ir_impl.h"

void walk_ops(Region *region, void (*fn)(void *user, Op *op), void *user) {
    for (Op *op = region->first; op;) {
        Op *next = op->next;
        fn(user, op);
        if (op->parent == region) {
            for (int i = 0; i < op->nregions; i++)
                walk_ops(op->regions[i], fn, user);
            next = op->next;
        }
        op = next;
    }
}

/* ---- replacing -------------------------------------------------------------------------------------------------- */
typedef struct Replace {
    Module *module;
    Value *from, *to;
    const Expr *expr; /* `to` as an expression */
} Replace;

static const Expr *replace_expr(Replace *r, const Expr *e) {
    return expr_replace(r->module->exprs, e, r->from, r->expr);
}

static const Type *replace_type(Replace *r, const Type *t) {
    const Expr *dims[IR_MAX_RANK];
    bool changed = false;
    for (int i = 0; i < t->rank; i++) {
        dims[i] = replace_expr(r, t->dims[i]);
        changed |= dims[i] != t->dims[i];
    }
    return changed ? type_get(r->module, t->kind, t->elem, t->rank, dims, t->strided) : t;
}

static void replace_args(Replace *r, Region *region) {
    for (int i = 0; i < region->nargs; i++)
        region->args[i]->type = replace_type(r, region->args[i]->type);
}

static void replace_in_op(void *user, Op *op) {
    Replace *r = user;
    for (int i = 0; i < op->noperands; i++)
        if (op->operands[i] == r->from)
            op->operands[i] = r->to;
    for (int i = 0; i < op->nexprs; i++)
        op->exprs[i] = replace_expr(r, op->exprs[i]);
    for (int i = 0; i < op->nresults; i++)
        op->results[i]->type = replace_type(r, op->results[i]->type);
    for (int i = 0; i < op->nregions; i++)
        replace_args(r, op->regions[i]);
}

void value_replace_uses(Func *func, Value *from, Value *to) {
    Replace r = {func->module, from, to, value_expr(func->module, to)};
    replace_args(&r, func->body);
    walk_ops(func->body, replace_in_op, &r);
}

/* ---- counting --------------------------------------------------------------------------------------------------- */
typedef struct Range {
    uint32_t least, most;
} Range;

static void range_add(Range *range, const Value *v) {
    range->least = v->id < range->least ? v->id : range->least;
    range->most = v->id > range->most ? v->id : range->most;
}

static void range_add_region(Range *range, const Region *region) {
    for (int i = 0; i < region->nargs; i++)
        range_add(range, region->args[i]);
}

static void range_add_op(void *user, Op *op) {
    for (int i = 0; i < op->nresults; i++)
        range_add(user, op->results[i]);
    for (int i = 0; i < op->nregions; i++)
        range_add_region(user, op->regions[i]);
}

static bool count_value(void *user, Value *v) {
    int *slot = uses_slot(user, v);
    if (slot)
        ++*slot;
    return true;
}

static void count_type(UseCounts *uses, const Type *t) {
    for (int i = 0; i < t->rank; i++)
        expr_each_value(t->dims[i], count_value, uses);
}

static void count_args(UseCounts *uses, const Region *region) {
    for (int i = 0; i < region->nargs; i++)
        count_type(uses, region->args[i]->type);
}

static void count_op(void *user, Op *op) {
    for (int i = 0; i < op->noperands; i++)
        count_value(user, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], count_value, user);
    for (int i = 0; i < op->nresults; i++)
        count_type(user, op->results[i]->type);
    for (int i = 0; i < op->nregions; i++)
        count_args(user, op->regions[i]);
}

static UseRange range_counts(Arena *arena, Range range) {
    if (range.least > range.most)
        return (UseRange){NULL, 0, 0};
    uint32_t size = range.most - range.least + 1;
    return (UseRange){ARENA_ARRAY(arena, int, size), range.least, size};
}

UseCounts uses_count(Arena *arena, const Func *func) {
    Range params = {UINT32_MAX, 0}, body = {UINT32_MAX, 0};
    range_add_region(&params, func->body);
    walk_ops(func->body, range_add_op, &body);
    UseCounts uses = {range_counts(arena, params), range_counts(arena, body)};
    count_args(&uses, func->body);
    walk_ops(func->body, count_op, &uses);
    return uses;
}

/* ---- where things stand ----------------------------------------------------------------------------------------- */
bool region_contains(const Region *outer, const Region *inner) {
    while (inner && inner != outer)
        inner = inner->parent_op ? inner->parent_op->parent : NULL;
    return inner != NULL;
}

Region *value_region(const Value *v) { return v->def ? v->def->parent : v->region; }

bool value_is_outside(const Value *v, const Region *region) {
    const Region *home = value_region(v);
    return home && home != region && region_contains(home, region);
}

Func *op_func(const Op *op) { return op->parent ? op->parent->func : NULL; }
