/* Copies of ops, regions and functions under a substitution of values. */
#include <assert.h>
#include "ir/build.h"
#include "ir/ir_impl.h"

typedef struct CloneEntry {
    const Value *from; /* NULL: free */
    Value *to;         /* or */
    const Expr *expr;
} CloneEntry;

struct CloneMap {
    Module *module;
    CloneEntry *slots; /* open addressing, a power of two */
    uint32_t nslots, count;
};

CloneMap *clone_map_create(Module *m) {
    CloneMap *map = ARENA_NEW(m->arena, CloneMap);
    map->module = m;
    map->nslots = 32;
    map->slots = ARENA_ARRAY(m->arena, CloneEntry, map->nslots);
    return map;
}

static CloneEntry *map_slot(const CloneMap *map, const Value *from) {
    uint32_t at = (from->id * 0x9E3779B1u >> 7) & (map->nslots - 1);
    while (map->slots[at].from && map->slots[at].from != from)
        at = (at + 1) & (map->nslots - 1);
    return &map->slots[at];
}

static CloneEntry *map_enter(CloneMap *map, const Value *from) {
    if (map->count * 2 >= map->nslots) {
        CloneMap old = *map;
        map->nslots *= 2;
        map->slots = ARENA_ARRAY(map->module->arena, CloneEntry, map->nslots);
        for (uint32_t i = 0; i < old.nslots; i++)
            if (old.slots[i].from)
                *map_slot(map, old.slots[i].from) = old.slots[i];
    }
    CloneEntry *e = map_slot(map, from);
    map->count += !e->from;
    *e = (CloneEntry){.from = from};
    return e;
}

void clone_map_set(CloneMap *map, const Value *from, Value *to) { map_enter(map, from)->to = to; }

void clone_map_set_expr(CloneMap *map, const Value *from, const Expr *to) { map_enter(map, from)->expr = to; }

Value *clone_map_get(CloneMap *map, Value *v) {
    const CloneEntry *e = map_slot(map, v);
    if (e->to)
        return e->to;
    return e->expr && e->expr->kind == EXPR_VALUE ? e->expr->value : v;
}

static const Expr *map_leaf(void *user, Value *v) {
    CloneMap *map = user;
    const CloneEntry *e = map_slot(map, v);
    return e->expr ? e->expr : e->to ? value_expr(map->module, e->to) : NULL;
}

const Expr *clone_map_expr(CloneMap *map, const Expr *e) {
    return expr_substitute(map->module->exprs, e, map_leaf, map);
}

const Type *clone_map_type(CloneMap *map, const Type *t) {
    const Expr *dims[IR_MAX_RANK];
    bool changed = false;
    for (int i = 0; i < t->rank; i++) {
        dims[i] = clone_map_expr(map, t->dims[i]);
        changed |= dims[i] != t->dims[i];
    }
    return changed ? type_get(map->module, t->kind, t->elem, t->rank, dims, t->strided) : t;
}

/* A value that an expression has replaced becomes an op where it is wanted as an operand; integer types keep theirs. */
Value *clone_map_operand(Builder *b, CloneMap *map, Value *v) {
    const CloneEntry *e = map_slot(map, v);
    if (!e->expr)
        return e->to ? e->to : v;
    if (e->expr->kind == EXPR_VALUE && e->expr->value->type == v->type)
        return e->expr->value;
    int64_t c;
    if (v->type->elem != ELEM_INDEX && expr_is_const(e->expr, &c))
        return build_const_int(b, v->type->elem, c);
    Value *index = build_index(b, e->expr);
    return v->type->elem == ELEM_INDEX ? index : build_cast(b, index, v->type->elem, NULL, false);
}

void op_copy_attrs(Module *m, Op *to, const Op *from) {
    for (int i = 0; i < from->nattrs; i++)
        *op_add_attr(m, to, from->attrs[i].key) = from->attrs[i];
}

static void clone_region(CloneMap *map, Region *to, const Region *from, Loc loc) {
    for (int i = 0; i < from->nargs; i++) {
        const Value *arg = from->args[i];
        clone_map_set(map, arg, region_add_arg(map->module, to, clone_map_type(map, arg->type), arg->name));
    }
    Builder inner = builder_at_end(map->module, to);
    inner.loc = loc;
    for (const Op *op = from->first; op; op = op->next)
        clone_op(&inner, map, op);
}

Op *clone_op(Builder *b, CloneMap *map, const Op *op) {
    Module *m = b->module;
    Loc outer = b->loc;
    b->loc = op->loc;
    Op *copy = op_create(m, op->code, op->loc, op->noperands, op->nexprs, op->nresults, op->nregions);
    for (int i = 0; i < op->noperands; i++)
        copy->operands[i] = clone_map_operand(b, map, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        copy->exprs[i] = clone_map_expr(map, op->exprs[i]);
    copy->nsels = op->nsels;
    for (int i = 0; i < op->nsels; i++)
        copy->sels[i] = op->sels[i];
    op_copy_attrs(m, copy, op);
    for (int i = 0; i < op->nresults; i++) {
        const Value *r = op->results[i];
        op_set_result(copy, i, value_create(m, clone_map_type(map, r->type), r->name));
    }
    if (b->before)
        op_insert_before(copy, b->before);
    else
        op_append(b->region, copy);
    for (int i = 0; i < op->nregions; i++)
        clone_region(map, copy->regions[i], op->regions[i], op->loc);
    for (int i = 0; i < op->nresults; i++)
        clone_map_set(map, op->results[i], copy->results[i]);
    b->loc = outer;
    return copy;
}

void clone_region_into(Builder *b, CloneMap *map, const Region *r) {
    for (const Op *op = r->first; op; op = op->next)
        if (op->code != OP_YIELD)
            clone_op(b, map, op);
}

static void clone_params(CloneMap *map, Func *to, const Func *from) {
    for (int i = 0; i < from->nindex_params; i++) {
        const Param *p = &from->index_params[i];
        if (map_slot(map, p->value)->from)
            continue;
        clone_map_set(map, p->value, func_add_index_param(to, p->value->name, p->is_const));
        to->index_params[to->nindex_params - 1].is_entries = p->is_entries;
    }
    for (int i = 0; i < from->nparams; i++) {
        const Param *p = &from->params[i];
        if (map_slot(map, p->value)->from)
            continue;
        Value *v = func_add_param(to, p->value->name, clone_map_type(map, p->value->type), p->dir);
        clone_map_set(map, p->value, v);
        Param *made = &to->params[to->nparams - 1];
        *made = *p;
        made->value = v;
    }
}

Func *clone_func(Module *m, const Func *f, const char *new_name, CloneMap *map) {
    assert(map->module == m);
    Func *copy = build_func(m, f->kind, new_name, f->loc);
    copy->origin = f->origin;
    copy->exported = f->exported;
    clone_params(map, copy, f);
    for (int i = 0; i < f->directives.len; i++)
        VEC_PUSH(m->arena, &copy->directives, f->directives.data[i]);
    Builder b = builder_at_end(m, copy->body);
    for (const Op *op = f->body->first; op; op = op->next)
        clone_op(&b, map, op);
    return copy;
}
