/* distribute(axis): owner computes. Every rank runs the whole workload, except that of each parallel loop over the axis it runs only its
 * own block of the iterations; behind the loop it gets what the other ranks wrote. What a block of iterations writes must therefore be
 * a slab: places base + slope i up to those of the next iteration along one dimension, which is proved here. Around the loop
 * stand `share` (which iterations are mine), `join` (has every rank come so far?) and for each written tensor `collect`. A tensor of
 * which each rank only ever reads its own slab is not collected, and an output that nothing reads again need not be.
 * (--dist=starpu makes chunks of the same slabs: elab_chunks.c.) */
#include <string.h>
#include "frontend/elab_cut.h"
#include "ir/walk.h"

/* ---- messages -------------------------------------------------------------------------------------------------- */

static Span loop_span(Distribute *d, const Op *op) {
    const MemoryAccess here = {.op = op, .operand = -1};
    return parallel_access_span(d->e, d->w, &here);
}

static void refuse_loop(Distribute *d, const Op *op, const char *why) {
    report_note(ELAB_ERROR(d->e, DISTRIBUTE_LOOP, loop_span(d, op), d->name, why), d->directive,
                "it is asked for here");
    d->ok = false;
}

static void refuse_access(Distribute *d, const MemoryAccess *a, const char *why) {
    report_note(ELAB_ERROR(d->e, DISTRIBUTE_ACCESS, parallel_access_span(d->e, d->w, a), d->name,
                           parallel_access_text(d->e, d->w, a), why),
                d->directive, "it is asked for here");
    d->ok = false;
}

/* ---- which loops ----------------------------------------------------------------------------------------------- */

bool cut_is_inside(const Op *op, const Op *outer) {
    while (op && op != outer)
        op = op->parent->parent_op;
    return op != NULL;
}

static bool leaf_is_outside(void *user, Value *v) { return value_is_outside(v, user); }

static bool is_outside(const Expr *x, const Op *loop) { return expr_each_value(x, leaf_is_outside, loop->regions[0]); }

/* Where tasks run side by side no rank can wait for the others. */
static const Op *task_around(const Op *op) {
    for (op = op->parent->parent_op; op; op = op->parent->parent_op)
        if (op->code == OP_PARALLEL || op->code == OP_CONCURRENT || op->code == OP_PIPE)
            return op;
    return NULL;
}

static void check_nest(Distribute *d, const Cut *c) {
    if (task_around(c->outer))
        refuse_loop(d, c->axis, "stands inside of tasks that run side by side, where ranks cannot wait for each other");
    for (int i = 0; i < c->axis->nexprs; i++)
        if (!is_outside(c->axis->exprs[i], c->outer))
            refuse_loop(d, c->axis, "has bounds that depend on the parallel loop around it");
}

typedef struct Calls {
    const char *callee;
    const Op *found;
} Calls;

static void find_call(void *user, Op *op) {
    Calls *calls = user;
    if (op->code == OP_CALL && op_attr_str(op, ATTR_CALLEE) == calls->callee && task_around(op))
        calls->found = op;
}

static bool is_called(const Distribute *d) {
    for (int i = 0; i < d->e->workloads.len; i++) {
        const ElabWorkload *caller = d->e->workloads.data[i];
        for (int k = 0; k < caller->edges.len; k++)
            if (caller->edges.data[k].callee == d->w)
                return true;
    }
    return false;
}

/* Is the workload called by a task of another one, or by a workload that is? */
static bool is_called_by_tasks(const Distribute *d, const ElabWorkload *w) {
    for (int i = 0; i < d->e->workloads.len; i++) {
        const ElabWorkload *caller = d->e->workloads.data[i];
        Calls calls = {w->func->name, NULL};
        bool calls_it = false;
        for (int k = 0; k < caller->edges.len; k++)
            calls_it |= caller->edges.data[k].callee == w;
        if (!calls_it)
            continue;
        walk_ops(caller->func->body, find_call, &calls);
        if (calls.found || is_called_by_tasks(d, caller))
            return true;
    }
    return false;
}

static void find_axis(void *user, Op *op) {
    Distribute *d = user;
    if (op->code != OP_PARALLEL || op->regions[0]->args[0]->name != d->name)
        return;
    Cut *c = ARENA_NEW(d->e->arena, Cut);
    *c = (Cut){.axis = op, .outer = op};
    while (c->outer->parent->parent_op && c->outer->parent->parent_op->code == OP_PARALLEL)
        c->outer = c->outer->parent->parent_op;
    c->loop = (ParallelLoop){.arena = d->e->arena, .module = d->e->module, .func = d->w->func, .op = op};
    c->loop.body = op->regions[0];
    c->loop.index = op->regions[0]->args[0];
    c->loop.accesses = &c->accesses;
    c->loop.leaves = &d->leaves;
    memory_collect_accesses(d->e->arena, d->e->module, c->loop.body, &c->accesses);
    VEC_PUSH(d->e->arena, &d->cuts, c);
}

/* ---- slabs ----------------------------------------------------------------------------------------------------- */

/* A loop inside of the axis begins at its lower bound. */
static const Expr *lower_bound(void *user, Value *v) {
    const Cut *c = user;
    const Op *loop = v->def || !v->region ? NULL : v->region->parent_op;
    bool inner =
        loop && loop != c->axis && (loop->code == OP_FOR || loop->code == OP_PARALLEL) && cut_is_inside(loop, c->axis);
    return inner ? loop->exprs[0] : NULL;
}

static bool slab_at(const Distribute *d, const Cut *c, const Expr *place, int dim, Slab *out) {
    enum { NESTED = 8 };
    ExprTable *t = d->e->exprs;
    for (int i = 0; i < NESTED; i++)
        place = expr_substitute(t, place, lower_bound, (void *)c);
    *out = (Slab){.dim = dim};
    return expr_split_affine(t, place, c->loop.index, &out->slope, &out->base) && !expr_equals_const(out->slope, 0) &&
           is_outside(out->slope, c->outer) && is_outside(out->base, c->outer);
}

bool cut_lies_within(const Distribute *d, const Cut *c, const MemoryAccess *a, const Slab *s) {
    ExprTable *t = d->e->exprs;
    const Expr *begin = expr_add(t, s->base, expr_mul(t, s->slope, expr_value(t, c->loop.index)));
    const Expr *end = expr_add(t, begin, expr_mul(t, s->slope, c->axis->exprs[2]));
    return s->dim < a->box.rank && memory_box_is_direct(&a->box) &&
           parallel_prove_within(&c->loop, a, s->dim, begin, end);
}

static bool all_writes_within(const Distribute *d, const Cut *c, const Value *root, const Slab *s) {
    for (int i = 0; i < c->accesses.len; i++) {
        const MemoryAccess *a = &c->accesses.data[i];
        if (a->writes && a->box.root == root && !cut_lies_within(d, c, a, s))
            return false;
    }
    return true;
}

/* Any write may show the slab in which all of them lie. */
static bool find_slab(const Distribute *d, const Cut *c, const Value *root, Slab *out) {
    for (int dim = 0; dim < root->type->rank; dim++)
        for (int i = 0; i < c->accesses.len; i++) {
            const MemoryAccess *a = &c->accesses.data[i];
            if (a->writes && a->box.root == root && dim < a->box.rank && memory_box_is_direct(&a->box) &&
                slab_at(d, c, a->box.lo[dim], dim, out) && all_writes_within(d, c, root, out))
                return true;
        }
    return false;
}

bool cut_has_root(const Cut *c, const Value *root) {
    for (int i = 0; i < c->roots.len; i++)
        if (c->roots.data[i] == root)
            return true;
    return false;
}

static void cut_root(Distribute *d, Cut *c, const MemoryAccess *a) {
    Slab s;
    Value *root = a->box.root;
    if (!value_is_outside(root, c->outer->regions[0]))
        refuse_access(d, a, "it is workspace of the parallel loop around");
    else if (root->type->strided)
        refuse_access(d, a, "a `@strided` tensor cannot be put together from the parts of ranks");
    else if (!find_slab(d, c, root, &s))
        refuse_access(d, a, "a block of iterations must write a block of one dimension, and this cannot be shown");
    else
        VEC_PUSH(d->e->arena, &c->slabs, s);
    VEC_PUSH(d->e->arena, &c->roots, root); /* once, with or without a slab */
}

static void find_slabs(Distribute *d, Cut *c) {
    for (int i = 0; i < c->accesses.len; i++) {
        const MemoryAccess *a = &c->accesses.data[i];
        if (a->writes && !cut_has_root(c, a->box.root))
            cut_root(d, c, a);
    }
}

/* What stands between the outer loop and the axis runs on every rank: it may not be counted twice, nor meet what the axis writes. */
static void check_around(Distribute *d, const Cut *c) {
    bool told = c->outer == c->axis;
    for (int i = 0; i < d->all.len && !told; i++) {
        const MemoryAccess *a = &d->all.data[i];
        if (!cut_is_inside(a->op, c->outer) || cut_is_inside(a->op, c->axis))
            continue;
        told = a->writes || a->op->code == OP_CALL || cut_has_root(c, a->box.root);
        if (told)
            refuse_access(d, a,
                          "beside the loop over the axis a parallel loop may only read what that loop does not write");
    }
}

/* ---- what must be collected ------------------------------------------------------------------------------------ */

static bool same_iterations(const Cut *a, const Cut *b) {
    for (int i = 0; i < 3; i++)
        if (a->axis->exprs[i] != b->axis->exprs[i])
            return false;
    return true;
}

const Slab *cut_slab_of(const Cut *c, const Value *root) {
    for (int i = 0; i < c->roots.len; i++)
        if (c->roots.data[i] == root)
            return &c->slabs.data[i];
    return NULL;
}

/* Is the access made by the rank that owns the slab of what it touches? */
static bool stays_home(const Distribute *d, const Cut *owner, const Slab *s, const MemoryAccess *a) {
    for (int i = 0; i < d->cuts.len; i++) {
        const Cut *c = d->cuts.data[i];
        if (cut_is_inside(a->op, c->axis))
            return same_iterations(c, owner) && cut_lies_within(d, c, a, s);
    }
    return false;
}

/* Every loop that writes it has the same slabs, and every read is of the reader's own. */
static bool is_read_at_home(const Distribute *d, const Cut *c, Value *root) {
    const Slab *s = cut_slab_of(c, root);
    for (int i = 0; i < d->cuts.len; i++) {
        const Slab *other = cut_slab_of(d->cuts.data[i], root);
        if (other && (!same_iterations(c, d->cuts.data[i]) || other->dim != s->dim || other->base != s->base ||
                      other->slope != s->slope))
            return false;
    }
    for (int i = 0; i < d->all.len; i++)
        if (d->all.data[i].reads && d->all.data[i].box.root == root && !stays_home(d, c, s, &d->all.data[i]))
            return false;
    return true;
}

/* ---- the change ------------------------------------------------------------------------------------------------ */

/* What is decided before any loop is changed. */
typedef struct Plan {
    bool *home; /* of each root */
} Plan;

static Plan plan_cut(const Distribute *d, const Cut *c) {
    Plan plan = {ARENA_ARRAY(d->e->arena, bool, c->roots.len + 1)};
    for (int i = 0; i < c->roots.len; i++)
        plan.home[i] = is_read_at_home(d, c, c->roots.data[i]);
    return plan;
}

static Builder builder_behind(Module *m, Op *op) {
    return op->next ? builder_before(m, op->next) : builder_at_end(m, op->parent);
}

static void build_collect(const Distribute *d, Builder *b, const Cut *c, const Expr *const *iterations, int root,
                          bool home) {
    const Slab *s = &c->slabs.data[root];
    Value *v = c->roots.data[root];
    if (home && v->def)
        return; /* workspace that nobody else looks at */
    const Expr *exprs[] = {iterations[0], iterations[1], iterations[2], s->base, s->slope};
    Op *op = build_op(b, OP_COLLECT, &v, 1, exprs, 5, NULL, 0, 0);
    op_set_int(b->module, op, ATTR_AXIS, s->dim);
    if (home && !d->called) /* a caller may read it */
        op_set_bool(b->module, op, ATTR_OPTIONAL, true);
}

static void change_cut(Distribute *d, Cut *c, const Plan *plan) {
    Module *m = d->e->module;
    ExprTable *t = d->e->exprs;
    const Expr *iterations[3];
    const Type *types[] = {type_index(m), type_index(m)};
    for (int i = 0; i < 3; i++)
        iterations[i] = c->axis->exprs[i];
    Builder before = builder_before(m, c->outer), behind = builder_behind(m, c->outer);
    before.loc = behind.loc = c->axis->loc;
    Op *share = build_op(&before, OP_SHARE, NULL, 0, iterations, 3, types, 2, 0);
    share->results[0]->name = "mine";
    share->results[1]->name = "mine_end";
    const Expr *begin = expr_value(t, share->results[0]), *end = expr_value(t, share->results[1]);
    const Expr *facts[] = {expr_sub(t, begin, iterations[0]), expr_sub(t, iterations[1], end)};
    build_op(&before, OP_ASSUME, NULL, 0, facts, 2, NULL, 0, 0);
    c->axis->exprs[0] = begin;
    c->axis->exprs[1] = end;
    build_op(&behind, OP_JOIN, NULL, 0, NULL, 0, NULL, 0, 0);
    for (int i = 0; i < c->roots.len; i++)
        build_collect(d, &behind, c, iterations, i, plan->home[i]);
}

static void change_cuts(Distribute *d) {
    Plan *plans = ARENA_ARRAY(d->e->arena, Plan, d->cuts.len + 1);
    for (int i = 0; i < d->cuts.len; i++)
        plans[i] = plan_cut(d, d->cuts.data[i]);
    for (int i = 0; i < d->cuts.len; i++)
        change_cut(d, d->cuts.data[i], &plans[i]);
}

void workload_distribute(Elab *e, ElabWorkload *w, const char *axis, Span directive) {
    Distribute d = {.e = e, .w = w, .name = axis, .directive = directive, .ok = true};
    d.called = is_called(&d);
    walk_ops(w->func->body, find_axis, &d);
    memory_collect_all(e->arena, e->module, w->func, &d.all);
    for (int i = 0; i < d.cuts.len; i++) {
        check_nest(&d, d.cuts.data[i]);
        if (d.ok && is_called_by_tasks(&d, w))
            refuse_loop(&d, d.cuts.data[i]->axis, "belongs to a workload that tasks of another one call");
        find_slabs(&d, d.cuts.data[i]);
        check_around(&d, d.cuts.data[i]);
    }
    if (d.ok && strcmp(e->options->dist, "starpu") == 0)
        distribute_in_chunks(&d);
    else if (d.ok)
        change_cuts(&d);
}
