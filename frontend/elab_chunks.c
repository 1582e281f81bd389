/* distribute(axis) with --dist=starpu: chunks of the iterations become tasks that wait for each other and for nobody else.
 *
 * Each loop becomes a `spread`. What a chunk writes is its slab of each tensor (elab_distribute.c has shown it); what it reads
 * of a tensor that any loop over the axis writes are the places between two bounds that follow from where the chunk begins and
 * ends, where they can be told, else all. So the runtime knows of every chunk which chunks of earlier loops it has to wait for,
 * and which parts travel. Everything outside of the loops runs on every rank: what it touches of such a tensor is settled
 * before, what it writes of tensors that chunks read too, and so are tensors at the end of the workload. Workspace moves out of
 * loops around where it can, so that their turns overlap; behind its region it is dead. */
#include "frontend/elab_cut.h"
#include "ir/walk.h"

/* ---- which tensors tasks share ----------------------------------------------------------------------------------- */

static const Slab *any_slab(const Distribute *d, const Value *root) {
    for (int i = 0; i < d->cuts.len; i++)
        if (cut_has_root(d->cuts.data[i], root))
            return cut_slab_of(d->cuts.data[i], root);
    return NULL;
}

/* Does anything write it? Two parameters of a workload that is called may be one view. */
static bool is_written(const Distribute *d, const Value *root) {
    for (int i = 0; i < d->all.len; i++) {
        const Value *other = d->all.data[i].box.root;
        if (d->all.data[i].writes && (other == root || (d->called && !other->def && !root->def)))
            return true;
    }
    return false;
}

static bool is_in_a_cut(const Distribute *d, const Op *op) {
    for (int i = 0; i < d->cuts.len; i++)
        if (cut_is_inside(op, d->cuts.data[i]->outer))
            return true;
    return false;
}

/* Declared in a chunk: nobody else has it. */
static bool is_inside_a_cut(const Distribute *d, const Value *root) { return root->def && is_in_a_cut(d, root->def); }

static bool chunks_touch(const Distribute *d, const Value *root) {
    for (int i = 0; i < d->all.len; i++) {
        const Value *other = d->all.data[i].box.root;
        if (is_in_a_cut(d, d->all.data[i].op) && (other == root || (d->called && !other->def && !root->def)))
            return true;
    }
    return false;
}

/* May one task write what another one looks at? */
static bool is_shared(const Distribute *d, const Value *root) { return is_written(d, root) && chunks_touch(d, root); }

/* ---- settling ---------------------------------------------------------------------------------------------------- */

static void settle(const Distribute *d, Builder b, Value *root, Loc loc, AttrKey how) {
    b.loc = loc;
    Op *op = build_op(&b, OP_SETTLE, &root, 1, NULL, 0, NULL, 0, 0);
    if (how != ATTR_COUNT)
        op_set_bool(d->e->module, op, how, true);
}

/* Where ranks can wait: not among tasks that run side by side. */
static Op *place_before(const Op *op) {
    const Op *place = op;
    for (; op; op = op->parent->parent_op)
        if (op->code == OP_PARALLEL || op->code == OP_CONCURRENT || op->code == OP_PIPE)
            place = op;
    return (Op *)place;
}

static bool is_settled_before(const Op *place, const Value *root) {
    for (const Op *op = place->prev; op && op->code == OP_SETTLE; op = op->prev)
        if (op->operands[0] == root)
            return true;
    return false;
}

static void settle_around(const Distribute *d) {
    for (int i = 0; i < d->all.len; i++) {
        const MemoryAccess *a = &d->all.data[i];
        Op *place = place_before(a->op);
        if (is_in_a_cut(d, a->op) || !is_shared(d, a->box.root) || is_settled_before(place, a->box.root))
            continue;
        settle(d, builder_before(d->e->module, place), a->box.root, a->op->loc, ATTR_COUNT);
    }
}

static Builder builder_at_exit(Module *m, Region *r) {
    bool ends = r->last && op_code_has(r->last->code, TERMINATOR);
    return ends ? builder_before(m, r->last) : builder_at_end(m, r);
}

static bool leaf_is_outside_of(void *user, Value *v) { return value_is_outside(v, user); }

/* The workspace's extents can be told before the op. */
static bool can_stand_before(const Op *temp, const Op *op) {
    const Type *type = temp->results[0]->type;
    for (int r = 0; r < op->nregions; r++)
        for (int i = 0; i < type->rank; i++)
            if (!expr_each_value(type->dims[i], leaf_is_outside_of, op->regions[r]))
                return false;
    return true;
}

static void move_out(Op *temp) {
    Op *place = NULL;
    for (Op *op = temp->parent->parent_op; op && can_stand_before(temp, op); op = op->parent->parent_op)
        place = op;
    if (!place)
        return;
    op_unlink(temp);
    op_insert_before(temp, place);
}

static void settle_root(const Distribute *d, Value *root) {
    Module *m = d->e->module;
    if (root->def) {
        move_out(root->def);
        settle(d, builder_at_exit(m, root->def->parent), root, root->def->loc, ATTR_DEAD);
    } else {
        settle(d, builder_at_exit(m, d->w->func->body), root, d->w->func->loc, d->called ? ATTR_COUNT : ATTR_OPTIONAL);
    }
}

/* Workspace may not go while chunks use it, whoever wrote it. */
static void settle_roots(const Distribute *d) {
    VEC(const Value *) done = {NULL, 0, 0};
    for (int i = 0; i < d->all.len; i++) {
        Value *root = d->all.data[i].box.root;
        bool ends = root->def ? chunks_touch(d, root) : any_slab(d, root) != NULL, before = false;
        for (int k = 0; k < done.len; k++)
            before |= done.data[k] == root;
        if (!ends || before || is_inside_a_cut(d, root))
            continue;
        VEC_PUSH(d->e->arena, &done, root);
        settle_root(d, root);
    }
}

/* ---- what a chunk reads ------------------------------------------------------------------------------------------ */

typedef struct Reach {
    const Distribute *d;
    const Cut *cut;
    Op *spread;
    Facts *facts;
} Reach;

/* Known when the chunk is made: its begin and end, and what stands outside. */
static bool leaf_is_told(void *user, const Value *v) {
    const Region *chunk = ((const Reach *)user)->spread->regions[1];
    return v == chunk->args[0] || v == chunk->args[1] || value_is_outside(v, chunk);
}

static void add_index_facts(const Reach *r, const Op *loop) {
    ExprTable *t = r->d->e->exprs;
    const Expr *index = expr_value(t, loop->regions[0]->args[0]);
    facts_add_le(r->facts, loop->exprs[0], index);
    facts_add_lt(r->facts, index, loop->exprs[1]);
}

static bool is_loop(const Op *op) { return op->code == OP_PARALLEL || op->code == OP_FOR; }

static void add_path_facts(Reach *r, const PathVec *path) {
    const Func *f = r->d->w->func;
    for (int i = 0; i < f->nindex_params; i++)
        facts_add_ge0(r->facts, expr_value(r->d->e->exprs, f->index_params[i].value));
    for (int i = 0; i < path->len; i++)
        if (is_loop(path->data[i].op))
            add_index_facts(r, path->data[i].op);
}

/* With each index of a loop inside the axis at the end where the expression is greatest, as far as that can be seen. */
static const Expr *inner_loops_at_most(const Reach *r, const PathVec *path, const Expr *x) {
    ExprTable *t = r->d->e->exprs;
    for (int i = path->len - 1; i >= 0 && path->data[i].op != r->cut->axis; i--) {
        const Op *loop = path->data[i].op;
        const Expr *coef, *rest;
        int64_t c;
        if (!is_loop(loop) || !expr_split_affine(t, x, loop->regions[0]->args[0], &coef, &rest) ||
            !expr_is_const(coef, &c))
            continue;
        x = expr_add(t, rest, expr_mul_const(t, c < 0 ? loop->exprs[0] : expr_add_const(t, loop->exprs[1], -1), c));
    }
    return x;
}

static bool leaf_is_told_of(void *user, Value *v) { return leaf_is_told(user, v); }

/* A chunk ends where an iteration does: i + min(step, hi - i) <= end. */
static const Expr *at_the_chunks_end(Reach *r, const Expr *x) {
    ExprTable *t = r->d->e->exprs;
    const Op *axis = r->cut->axis, *spread = r->spread;
    const Expr *index = expr_value(t, axis->regions[0]->args[0]);
    const Expr *length = expr_min(t, spread->exprs[2], expr_sub(t, spread->exprs[1], index));
    const Expr *rest = expr_sub(t, x, expr_add(t, index, length));
    return expr_each_value(rest, leaf_is_told_of, r) ? expr_add(t, axis->exprs[1], rest) : NULL;
}

static const Expr *at_most(Reach *r, const PathVec *path, const Expr *x) {
    x = inner_loops_at_most(r, path, x);
    const Expr *end = at_the_chunks_end(r, x);
    return end ? end : facts_upper_expr(r->facts, x, leaf_is_told, r);
}

typedef struct Places {
    const Expr *from, *to; /* NULL: any */
} Places;

static Places places_in_slab(const Reach *r, const Slab *s) {
    ExprTable *t = r->d->e->exprs;
    const Op *axis = r->cut->axis;
    return (Places){expr_add(t, s->base, expr_mul(t, s->slope, axis->exprs[0])),
                    expr_add(t, s->base, expr_mul(t, s->slope, axis->exprs[1]))};
}

static Places places_by_facts(Reach *r, const MemoryAccess *a, int dim) {
    ExprTable *t = r->d->e->exprs;
    int mark = facts_mark(r->facts);
    PathVec path = {NULL, 0, 0};
    parallel_path(r->d->e->arena, r->spread->regions[1], a->op, &path);
    add_path_facts(r, &path);
    const Expr *to = at_most(r, &path, expr_add(t, a->box.lo[dim], a->box.len[dim]));
    const Expr *from = at_most(r, &path, expr_neg(t, a->box.lo[dim]));
    facts_release(r->facts, mark);
    return from && to ? (Places){expr_neg(t, from), to} : (Places){NULL, NULL};
}

static Places places_of(Reach *r, const MemoryAccess *a, const Slab *s) {
    if (!s || a->box.rank == 0)
        return (Places){NULL, NULL};
    if (cut_is_inside(a->op, r->cut->axis) && cut_lies_within(r->d, r->cut, a, s))
        return places_in_slab(r, s);
    return places_by_facts(r, a, s->dim);
}

static const Expr *in_first_region(void *user, Value *v) {
    const Reach *r = user;
    for (int i = 0; i < 2; i++)
        if (v == r->spread->regions[1]->args[i])
            return expr_value(r->d->e->exprs, r->spread->regions[0]->args[i]);
    return NULL;
}

static bool is_needed_already(const Reach *r, const Value *root, const Expr *const *bounds, bool all) {
    for (const Op *op = r->spread->regions[0]->first; op; op = op->next)
        if (op->code == OP_NEED && op->operands[0] == root &&
            (!op_attr(op, ATTR_AXIS) || (!all && op->exprs[0] == bounds[0] && op->exprs[1] == bounds[1])))
            return true;
    return false;
}

static void build_need(Reach *r, const MemoryAccess *a) {
    ExprTable *t = r->d->e->exprs;
    const Slab *s = any_slab(r->d, a->box.root);
    const Places places = places_of(r, a, s);
    const Expr *bounds[2] = {expr_const(t, 0), expr_const(t, 0)};
    if (places.from) {
        bounds[0] = expr_substitute(t, places.from, in_first_region, r);
        bounds[1] = expr_substitute(t, places.to, in_first_region, r);
    }
    if (is_needed_already(r, a->box.root, bounds, !places.from))
        return;
    Builder b = builder_at_end(r->d->e->module, r->spread->regions[0]);
    b.loc = a->op->loc;
    Op *op = build_op(&b, OP_NEED, &a->box.root, 1, bounds, 2, NULL, 0, 0);
    if (places.from)
        op_set_int(r->d->e->module, op, ATTR_AXIS, s->dim);
}

/* Its own part it has anyway. */
static bool is_own(const Reach *r, const MemoryAccess *a) {
    const Slab *s = cut_slab_of(r->cut, a->box.root);
    return s && cut_is_inside(a->op, r->cut->axis) && cut_lies_within(r->d, r->cut, a, s);
}

static void build_needs(Reach *r) {
    MemoryAccessVec accesses = {NULL, 0, 0};
    memory_collect_accesses(r->d->e->arena, r->d->e->module, r->spread->regions[1], &accesses);
    for (int i = 0; i < accesses.len; i++) {
        const MemoryAccess *a = &accesses.data[i];
        if (a->reads && is_shared(r->d, a->box.root) && !is_own(r, a))
            build_need(r, a);
    }
}

/* ---- the change -------------------------------------------------------------------------------------------------- */

static Op *build_spread(const Distribute *d, const Cut *c) {
    Module *m = d->e->module;
    Builder b = builder_before(m, c->outer);
    b.loc = c->axis->loc;
    Op *spread = build_op(&b, OP_SPREAD, NULL, 0, c->axis->exprs, 3, NULL, 0, 2);
    for (int i = 0; i < 2; i++) {
        region_add_arg(m, spread->regions[i], type_index(m), "begin");
        region_add_arg(m, spread->regions[i], type_index(m), "end");
    }
    return spread;
}

static void fill_spread(const Distribute *d, Cut *c, Op *spread) {
    ExprTable *t = d->e->exprs;
    Region *chunk = spread->regions[1];
    const Expr *begin = expr_value(t, chunk->args[0]), *end = expr_value(t, chunk->args[1]);
    const Expr *facts[] = {expr_sub(t, begin, spread->exprs[0]), expr_sub(t, spread->exprs[1], end)};
    Builder b = builder_at_end(d->e->module, chunk);
    b.loc = spread->loc;
    build_op(&b, OP_ASSUME, NULL, 0, facts, 2, NULL, 0, 0);
    op_unlink(c->outer);
    op_append(chunk, c->outer);
    c->axis->exprs[0] = begin;
    c->axis->exprs[1] = end;
}

static void build_owns(const Distribute *d, const Cut *c, Op *spread) {
    for (int i = 0; i < c->roots.len; i++) {
        const Slab *s = &c->slabs.data[i];
        const Expr *exprs[] = {s->base, s->slope};
        Builder b = builder_at_end(d->e->module, spread->regions[0]);
        b.loc = spread->loc;
        Op *op = build_op(&b, OP_OWN, &c->roots.data[i], 1, exprs, 2, NULL, 0, 0);
        op_set_int(d->e->module, op, ATTR_AXIS, s->dim);
    }
}

static void change_cut(Distribute *d, Cut *c) {
    Op *spread = build_spread(d, c);
    fill_spread(d, c, spread);
    build_owns(d, c, spread);
    Reach r = {d, c, spread, facts_create(d->e->arena, d->e->exprs)};
    build_needs(&r);
}

void distribute_in_chunks(Distribute *d) {
    settle_around(d);
    settle_roots(d);
    for (int i = 0; i < d->cuts.len; i++)
        change_cut(d, d->cuts.data[i]);
}
