/* batch - folds a parallel axis of a workload into the kernel that it calls.
 *
 * Needs: block stage, before `contract` and `rows`. Keeps: results, errors, the report's counts of tasks. LOWERING.md section 3.
 *     parallel s { call K q[s], k[0 : e(s)], out[s] }
 * where positions share what a contraction reads (k) becomes
 *     parallel sb step 16 { call K__rows q[sb :+ n], k[0 : longest], out[sb :+ n] }
 * with the body of K in a row loop, which `rows` then moves inwards: k is read once for 16 positions. Between the axis and the call
 * there may be other axes, scalars, checks and tiers; arguments move evenly with the axis or not at all. Tiers whose kernels differ
 * in nothing but what they assume go together. Where a check or the last tier would fail for a position, the positions of that batch
 * run one by one, as they stood in the program, so that the same error is told. */
#include <string.h>

#include "passes/nest/batch.h"
#include "passes/simplify/simplify.h"

enum {
    UNKNOWN_EXTENT = 64,
    TASKS_LEFT = 4 /* batches that should remain */
};

/* ---- how many ------------------------------------------------------------------------------------------------------ */

/* Bytes of one position's inputs, as floats. */
static int64_t position_bytes(const Batch *b) {
    int64_t sum = 0;
    for (int i = 0; i < b->callee->nparams; i++) {
        const Param *p = &b->callee->params[i];
        int64_t bytes = 4, extent;
        if (!b->args[i].moves || p->dir != DIR_IN)
            continue;
        for (int d = 0; d < p->value->type->rank; d++)
            bytes *= expr_is_const(p->value->type->dims[d], &extent) && extent > 0 && extent < 1 << 16 ? extent
                                                                                                       : UNKNOWN_EXTENT;
        sum += bytes;
    }
    return sum;
}

static int64_t batch_size(const Batch *b) {
    int64_t size = BATCH_MOST,
            operands = (int64_t)b->ctx->vector.l2 << 9; /* of all positions that move: half of the cache */
    while (size > 2 && size * position_bytes(b) > operands)
        size /= 2;
    return size;
}

static const Expr *trips(ExprTable *t, const Op *loop) {
    return expr_cdiv(t, expr_sub(t, loop->exprs[1], loop->exprs[0]), loop->exprs[2]);
}

/* The step: so that some tasks are left for the threads. */
static const Expr *batch_step(Batch *b) {
    ExprTable *t = b->module->exprs;
    if (b->forced)
        return expr_const(t, b->size);
    const Expr *tasks = trips(t, b->axis);
    for (const Op *op = b->axis->parent->parent_op; op; op = op->parent->parent_op)
        if (op->code == OP_PARALLEL)
            tasks = expr_mul(t, tasks, trips(t, op));
    for (int i = 0; i < b->inner.len; i++)
        tasks = expr_mul(t, tasks, trips(t, b->inner.data[i]));
    const Expr *share = expr_max(t, expr_const(t, 1), expr_div(t, tasks, expr_const(t, TASKS_LEFT)));
    return expr_min(t, expr_const(t, b->size), share);
}

/* ---- the call ------------------------------------------------------------------------------------------------------ */

/* n positions from `first` on, in terms of the builder's place. */
typedef struct Positions {
    Batch *b;
    CloneMap *map; /* everything but the axis */
    const Expr *first, *n;
} Positions;

static const Expr *at(const Positions *s, const Expr *e, const Expr *position) {
    return expr_replace(s->b->module->exprs, clone_map_expr(s->map, e), loop_index(s->b->axis), position);
}

static const Expr *last_of(const Positions *s) {
    return expr_add_const(s->b->module->exprs, expr_add(s->b->module->exprs, s->first, s->n), -1);
}

/* The largest over the span of what moves evenly. */
static const Expr *most(const Positions *s, const Expr *e) {
    ExprTable *t = s->b->module->exprs;
    if (!batch_moves(s->b, e))
        return clone_map_expr(s->map, e);
    const Expr *end = expr_add(t, s->first, s->n);
    const Expr *m = expr_most_over(t, clone_map_expr(s->map, e), loop_index(s->b->axis), s->first, end);
    return m ? m : expr_max(t, at(s, e, s->first), at(s, e, last_of(s)));
}

static const Expr *moved_extent(const Positions *s, const BatchDim *d) {
    ExprTable *t = s->b->module->exprs;
    return expr_add_const(t, expr_mul_const(t, expr_add_const(t, s->n, -1), d->coef), d->len);
}

static Value *emit_view(const Positions *s, Builder *b, const BatchArg *a) {
    const Op *v = a->view;
    const Expr *exprs[2 * IR_MAX_RANK], *dims[IR_MAX_RANK], *const *e = v->exprs;
    SelKind sels[IR_MAX_RANK];
    const Type *base = v->operands[0]->type;
    int n = 0, dim = 0, kept = 0; /* of the old view */
    for (int i = 0; i < v->nsels; i++) {
        int count = v->sels[i] == SEL_FULL ? 0 : v->sels[i] == SEL_INDEX ? 1 : 2;
        const BatchDim *d = v->sels[i] == SEL_INDEX && !batch_moves(s->b, e[0]) ? NULL : &a->dims[dim];
        sels[i] = v->sels[i];
        if (d && d->coef > 0) {
            sels[i] = SEL_BLOCK;
            exprs[n++] = at(s, e[0], s->first);
            exprs[n++] = dims[dim++] = moved_extent(s, d);
        } else {
            for (int k = 0; k < count; k++)
                exprs[n++] = k == 1 ? most(s, e[k]) : clone_map_expr(s->map, e[k]);
            if (d && !batch_moves(s->b, v->results[0]->type->dims[kept]))
                dims[dim++] = clone_map_expr(s->map, v->results[0]->type->dims[kept]);
            else if (d)
                dims[dim++] = view_extent(s->b->module, base, i, sels[i], count == 2 ? exprs[n - 2] : NULL,
                                          count > 0 ? exprs[n - 1] : NULL);
        }
        kept += v->sels[i] != SEL_INDEX;
        e += count;
    }
    const Type *type = type_get(s->b->module, TYPE_VIEW, base->elem, dim, dims, false);
    b->loc = v->loc;
    return build_view(b, clone_map_get(s->map, v->operands[0]), sels, v->nsels, exprs, n, type);
}

/* plain: what is passed as it is. */
static Op *emit_call(const Positions *s, Builder *b, Value *const *plain) {
    const Op *call = s->b->site->call;
    int n = call->nexprs, p = call->noperands;
    Value **operands = ARENA_ARRAY(s->b->arena, Value *, p + n + 1);
    const Expr **exprs = ARENA_ARRAY(s->b->arena, const Expr *, n + 1);
    for (int i = 0; i < p; i++) {
        const BatchArg *a = &s->b->args[i];
        operands[i] = a->view ? emit_view(s, b, a) : a->scalar ? build_index(b, at(s, a->scalar, s->first)) : plain[i];
    }
    for (int i = 0; i < n; i++) {
        const BatchSymbol *y = &s->b->symbols[i];
        exprs[i] = most(s, call->exprs[i]);
        if (y->moves)
            operands[p++] = build_index(b, at(s, y->affine, s->first));
    }
    exprs[n] = s->n;
    b->loc = call->loc;
    Op *made = build_op(b, OP_CALL, operands, p, exprs, n + 1, NULL, 0, 0);
    op_set_str(s->b->module, made, ATTR_CALLEE, s->b->kernel->name);
    return made;
}

/* ---- counts -------------------------------------------------------------------------------------------------------- */

static void emit_tally(const Positions *s, Builder *b, const Op *call, const Expr *count) {
    Op *op = build_op(b, OP_TALLY, NULL, 0, &count, 1, NULL, 0, 0);
    const Func *f = module_find(s->b->module, op_attr_str(call, ATTR_CALLEE));
    op_set_str(s->b->module, op, ATTR_CALLEE, f->origin ? f->origin : f->name);
    const Attr *tier = op_attr(call, ATTR_TIER);
    if (tier)
        op_set_int(s->b->module, op, ATTR_TIER, tier->i);
}

/* How many positions of the span have the tiers' subject at most at the limit. */
static const Expr *positions_below(const Positions *s, const Expr *limit) {
    ExprTable *t = s->b->module->exprs;
    const Expr *zero = expr_const(t, 0), *room = expr_sub(t, limit, at(s, s->b->choice->exprs[0], s->first));
    if (s->b->choice_coef == 0)
        return expr_mul(t, s->n, expr_max(t, zero, expr_min(t, expr_const(t, 1), expr_add_const(t, room, 1))));
    if (s->b->choice_coef > 0)
        return expr_max(t, zero, expr_min(t, s->n, expr_add_const(t, room, 1)));
    return expr_sub(t, s->n, expr_max(t, zero, expr_min(t, s->n, expr_neg(t, room))));
}

static void emit_tallies(const Positions *s, Builder *b) {
    if (!s->b->choice) {
        emit_tally(s, b, s->b->site->call, s->n);
        return;
    }
    const Expr *below = expr_const(s->b->module->exprs, 0);
    for (int i = 0; i < s->b->sites.len; i++) {
        const Expr *now = positions_below(s, s->b->choice->exprs[i + 1]);
        emit_tally(s, b, s->b->sites.data[i].call, expr_sub(s->b->module->exprs, now, below));
        below = now;
    }
}

/* ---- the workload -------------------------------------------------------------------------------------------------- */

/* All conditions at both ends of the span. */
static Value *emit_condition(const Positions *s, Builder *b) {
    ExprTable *t = s->b->module->exprs;
    const Expr *least = NULL;
    for (int i = 0; i < s->b->conditions.len; i++) {
        const Expr *e = s->b->conditions.data[i];
        const Expr *ends = expr_min(t, at(s, e, s->first), at(s, e, last_of(s)));
        least = least ? expr_min(t, least, ends) : ends;
    }
    if (!least)
        return NULL;
    Value *pair[2] = {build_index(b, least), build_const_int(b, ELEM_INDEX, 0)};
    return build_ewise(b, OP_GE, pair, 2);
}

static void use_rows_kernel(const Positions *s, Op *call) {
    Builder b = builder_before(s->b->module, call);
    const Attr *tier = op_attr(call, ATTR_TIER);
    Op *made = emit_call(s, &b, call->operands);
    if (tier)
        op_set_int(s->b->module, made, ATTR_TIER, tier->i);
    op_unlink(call);
}

typedef struct CallList {
    Arena *arena;
    OpList calls;
} CallList;

static void list_call(void *user, Op *op) {
    CallList *l = user;
    if (op->code == OP_CALL)
        VEC_PUSH(l->arena, &l->calls, op);
}

/* The positions one after another, as they were. */
static void emit_one_by_one(const Positions *s, Builder *b) {
    ExprTable *t = s->b->module->exprs;
    const Expr *bounds[3] = {s->first, expr_add(t, s->first, s->n), expr_const(t, 1)};
    Op *loop = build_op(b, OP_FOR, NULL, 0, bounds, 3, NULL, 0, 1);
    Value *index =
        region_add_arg(s->b->module, loop->regions[0], type_index(s->b->module), loop_index(s->b->axis)->name);
    clone_map_set(s->map, loop_index(s->b->axis), index);
    Builder inner = builder_at_end(s->b->module, loop->regions[0]);
    clone_region_into(&inner, s->map, s->b->body);
    CallList list = {.arena = s->b->arena};
    walk_ops(loop->regions[0], list_call, &list);
    Positions one = {s->b, s->map, expr_value(t, index), expr_const(t, 1)};
    for (int i = 0; i < list.calls.len; i++)
        use_rows_kernel(&one, list.calls.data[i]);
}

static bool op_moves(const Batch *b, const Op *op) {
    for (int i = 0; i < op->nresults; i++)
        if (batch_moves(b, expr_value(b->module->exprs, op->results[i])))
            return true;
    return false;
}

/* What does not move stands before all. */
static void emit_scalars(const Positions *s, Builder *b, const Region *from) {
    for (const Op *op = from->first; op; op = op->next)
        if (op->nregions == 0 && op->nresults == 1 && type_is_tile(op->results[0]->type) && !op_moves(s->b, op))
            clone_op(b, s->map, op);
}

static void emit_batch_call(const Positions *s, Builder *b) {
    const Op *call = s->b->site->call;
    Value **plain = ARENA_ARRAY(s->b->arena, Value *, call->noperands + 1);
    for (int i = 0; i < call->noperands; i++)
        plain[i] = clone_map_get(s->map, call->operands[i]);
    op_set_bool(s->b->module, emit_call(s, b, plain), ATTR_UNCOUNTED, true);
}

static void emit_body(Batch *b, Builder *at_end, CloneMap *map, const Expr *first, const Expr *n) {
    Positions s = {b, map, first, n};
    emit_scalars(&s, at_end, b->body);
    if (b->site->region != b->body)
        emit_scalars(&s, at_end, b->site->region);
    Value *all = emit_condition(&s, at_end);
    Builder then = *at_end;
    Op *choice = NULL;
    if (all) {
        choice = build_op(at_end, OP_IF, &all, 1, NULL, 0, NULL, 0, 2);
        then = builder_at_end(b->module, choice->regions[0]);
    }
    emit_tallies(&s, &then);
    emit_batch_call(&s, &then);
    if (choice) {
        Builder other = builder_at_end(b->module, choice->regions[1]);
        emit_one_by_one(&s, &other);
    }
}

/* min(step, left), with a name, for it is written often; that it is no more than either is said again. */
static const Expr *count_positions(const Batch *b, Builder *at, const Expr *step, const Expr *left) {
    ExprTable *t = b->module->exprs;
    const Expr *e = expr_min(t, step, left);
    if (e->kind == EXPR_CONST)
        return e;
    const Expr *n = nest_scalar(at, e, "rows");
    const Expr *room[2] = {expr_add_const(t, expr_neg(t, n), b->size), expr_sub(t, left, n)};
    build_op(at, OP_ASSUME, NULL, 0, room, 2, NULL, 0, 0);
    return n;
}

static void rewrite(Batch *b) {
    ExprTable *t = b->module->exprs;
    Op *axis = b->axis;
    const Expr *step = nest_name_scalar(b->module, axis, batch_step(b), "chunk");
    Builder at_axis = builder_before(b->module, axis);
    CloneMap *map = clone_map_create(b->module);
    const Expr *bounds[3] = {axis->exprs[0], axis->exprs[1], step};
    Op *made = build_op(&at_axis, OP_PARALLEL, NULL, 0, bounds, 3, NULL, 0, 1);
    op_copy_attrs(b->module, made, axis);
    Value *first = region_add_arg(b->module, made->regions[0], type_index(b->module), loop_index(axis)->name);
    Builder inner = builder_at_end(b->module, made->regions[0]);
    for (int i = 0; i < b->inner.len; i++) {
        const Op *from = b->inner.data[i];
        const Expr *e[3];
        for (int k = 0; k < 3; k++)
            e[k] = clone_map_expr(map, from->exprs[k]);
        inner.loc = from->loc;
        Op *to = build_op(&inner, OP_PARALLEL, NULL, 0, e, 3, NULL, 0, 1);
        op_copy_attrs(b->module, to, from);
        clone_map_set(map, loop_index(from),
                      region_add_arg(b->module, to->regions[0], type_index(b->module), loop_index(from)->name));
        inner = builder_at_end(b->module, to->regions[0]);
    }
    inner.loc = axis->loc;
    const Expr *sb = expr_value(t, first);
    emit_body(b, &inner, map, sb, count_positions(b, &inner, step, expr_sub(t, bounds[1], sb)));
    op_unlink(axis);
}

/* ---- the pass ------------------------------------------------------------------------------------------------------ */

/* `batch(none)`, `batch(axis)`: what the schedule asks for. */
typedef struct BatchWish {
    bool none, some;
} BatchWish;

static BatchWish wish_of(const Func *f) {
    BatchWish w = {false, false};
    for (int i = 0; i < f->directives.len; i++) {
        const Directive *d = &f->directives.data[i];
        bool none = strcmp(d->args, "none") == 0;
        if (strcmp(d->name, "batch") != 0)
            continue;
        w.none |= none;
        w.some |= !none;
    }
    return w;
}

/* The directive that asks for the axis; NULL: none. */
static const Directive *wish_for(const Func *f, const Op *axis) {
    const char *name = loop_index(axis)->name;
    for (int i = 0; name && i < f->directives.len; i++)
        if (strcmp(f->directives.data[i].name, "batch") == 0 && strcmp(f->directives.data[i].args, name) == 0)
            return &f->directives.data[i];
    return NULL;
}

typedef struct BatchPass {
    Module *module;
    PassContext *ctx;
    const AliasTable *alias;
    Func *func;
    BatchWish wish;
    bool ok;
} BatchPass;

static void refuse(BatchPass *p, const Op *axis, const Directive *wished, const char *why) {
    const char *name = loop_index(axis)->name;
    nest_note(p->ctx, "batch", p->func, axis, "not folded: %s", why);
    if (wished)
        diag_report(p->ctx->diag, DIAG_BATCH_IMPOSSIBLE, module_span(p->module, p->ctx->diag, wished->loc), name,
                    p->func->name, why);
    p->ok &= !wished;
}

static bool batch_axis(BatchPass *p, Op *axis) {
    Batch b = {
        .module = p->module, .ctx = p->ctx, .arena = p->ctx->arena, .alias = p->alias, .caller = p->func, .axis = axis};
    const Directive *wished = wish_for(p->func, axis);
    bool fits = batch_match(&b);
    b.forced = wished;
    if (p->wish.some && !wished)
        return false;
    if (fits && nest_is_key(p->func, axis)) {
        fits = false;
        b.why = "the schedule's keys name it";
    }
    if (fits) {
        b.size = batch_size(&b);
        b.kernel = batch_kernel_build(&b);
    }
    if (!b.kernel) {
        refuse(p, axis, wished, b.why);
        return false;
    }
    nest_note(p->ctx, "batch", p->func, axis, "up to %lld positions in one call of %s, %lld bytes of operands each",
              (long long)b.size, b.kernel->name, (long long)position_bytes(&b));
    rewrite(&b);
    return true;
}

/* Innermost axes first; one axis of a nest. */
static bool batch_region(BatchPass *p, Region *region) {
    bool done = false;
    for (Op *op = region->first, *next; op; op = next) {
        bool below = false;
        next = op->next;
        for (int i = 0; i < op->nregions; i++)
            below |= batch_region(p, op->regions[i]);
        if (op->code == OP_PARALLEL && below && wish_for(p->func, op))
            refuse(p, op, wish_for(p->func, op), "another axis of its nest is");
        if (!below && op->code == OP_PARALLEL)
            below = batch_axis(p, op);
        done |= below;
    }
    return done;
}

bool pass_batch(Module *m, PassContext *ctx) {
    const AliasTable *alias = alias_compute(ctx->arena, m);
    bool done = false, ok = true;
    int n = m->funcs.len;
    for (int i = 0; i < n && ok; i++) {
        BatchPass p = {m, ctx, alias, m->funcs.data[i], wish_of(m->funcs.data[i]), true};
        if (p.func->kind == FUNC_WORKLOAD && !p.wish.none)
            done |= batch_region(&p, p.func->body);
        ok = p.ok;
    }
    if (done) {
        nest_drop_uncalled(ctx->arena, m);
        pass_simplify(m, ctx);
    }
    return ok;
}
