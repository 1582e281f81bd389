/* rows - lets several rows share what inner loops read.
 *
 * Needs: block stage. Keeps: results; every row does what it did, in its order. LOWERING.md sections 1.5, 3 and 4.3.
 *     loop i row { loop j { loop k { step A, get q[i, k], get w[j, k] } .. } .. }
 * reads all of w for every row. Where rows are independent it becomes
 *     loop ic step C { loop j { loop i in ic :+ C { loop k { .. } .. } } .. }
 * which reads it once for C rows: the form of which register blocks (rows i, lanes j) are made. A loop moves outside of the rows if a
 * reduction deeper in it reads memory at a place that depends on the loop and not on the row. C is as large as the state of C rows
 * fits a share of the second-level cache; all rows at once where there are known to be few. */
#include "passes/nest/nest.h"
#include "passes/simplify/simplify.h"

enum {
    ROWS_MOST = 48,   /* a multiple of the register blocks' rows */
    ROWS_LONG = 24,   /* where rows keep state of unknown length */
    ROWS_LEAST = 6,   /* below this nothing is shared */
    ROWS_AT_ONCE = 96 /* known to be so few: one chunk */
};

/* ---- what depends on what ------------------------------------------------------------------------------------------ */

typedef struct Depends {
    Distribution *d;
    const Value *on;
    const Value *moved; /* index of a loop that is to move outside of the rows, or NULL */
    const Region *body; /* of the row loop: nothing outside depends */
    bool state;         /* is what is read from state inside of the body taken to depend? */
    int depth;
    bool found;
} Depends;

static bool value_depends(void *user, Value *v);

static void expr_depends(Depends *s, const Expr *e) { expr_each_value(e, value_depends, s); }

static bool value_depends(void *user, Value *v) {
    Depends *s = user;
    if (s->found || v == s->on) {
        s->found = true;
        return false;
    }
    if (!value_is_inside(v, s->body) || v == s->moved || distribution_place(s->d, v)->kind == PLACE_PLAIN)
        return true;
    if (++s->depth > 64)
        s->found = true;
    if (!v->def) { /* an index: by its bounds */
        for (int i = 0; v->region->parent_op != NULL && i < v->region->parent_op->nexprs && v->region != s->body; i++)
            expr_depends(s, v->region->parent_op->exprs[i]);
        return !s->found;
    }
    if (op_reads_state(v->def) && value_is_inside(alias_root(v->def->operands[0]), s->body))
        s->found |= s->state;
    for (int i = 0; i < v->def->noperands && !s->found; i++)
        if (type_is_tile(v->def->operands[i]->type) || v->def->operands[i]->def)
            value_depends(s, v->def->operands[i]);
    for (int i = 0; i < v->def->nexprs && !s->found; i++)
        expr_depends(s, v->def->exprs[i]);
    return !s->found;
}

/* Does the place that the op reads depend on the value? */
static bool place_depends(Depends s, const Op *get) {
    for (int i = 0; i < get->nexprs && !s.found; i++)
        expr_depends(&s, get->exprs[i]);
    if (!s.found && get->operands[0]->def)
        value_depends(&s, get->operands[0]);
    return s.found;
}

/* ---- which loops move outside of the rows -------------------------------------------------------------------------- */

typedef struct Sharing {
    Distribution *d;
    const Op *candidate;
    bool found;
} Sharing;

static bool has_inner_loop(const Op *loop) {
    for (const Op *op = loop->regions[0]->first; op; op = op->next)
        if (op->nregions > 0)
            return true;
    return false;
}

static bool steps_outer(const Op *loop) {
    for (const Op *op = loop->regions[0]->first; op; op = op->next)
        if (op->code == OP_STEP && !value_is_inside(op->operands[0], loop->regions[0]))
            return true;
    return false;
}

static bool is_shared_read(Sharing *s, const Op *op) {
    const Region *body = s->d->loop->regions[0];
    return op->code == OP_GET && !value_is_inside(alias_root(op->operands[0]), body) &&
           !region_writes(s->d->nest, s->d->loop->regions[0], op->operands[0]) &&
           !place_depends((Depends){s->d, loop_index(s->d->loop), loop_index(s->candidate), body, true, 0, false},
                          op) &&
           place_depends((Depends){s->d, loop_index(s->candidate), NULL, body, false, 0, false}, op);
}

static void find_shared(void *user, Op *op) {
    Sharing *s = user;
    if (s->found || op->code != OP_LOOP || has_inner_loop(op) || !steps_outer(op))
        return;
    for (const Op *inner = op->regions[0]->first; inner && !s->found; inner = inner->next)
        s->found = is_shared_read(s, inner);
}

static bool depends_on_row(Distribution *d, const Expr *e) {
    Depends s = {d, loop_index(d->loop), NULL, d->loop->regions[0], true, 0, false};
    expr_depends(&s, e);
    return s.found;
}

/* ---- loops that end at another place in every row ------------------------------------------------------------------ */

typedef struct LongRead {
    Distribution *d;
    const Op *loop;
    const Expr *most; /* end of the longest row */
    bool ok;
} LongRead;

static bool is_loop_index(void *user, Value *v) {
    const LongRead *s = user;
    return !value_is_inside(v, s->d->loop->regions[0]) || (!v->def && v->region->parent_op->code == OP_LOOP);
}

/* Places must be in bounds beyond the row's own end: the loop's index and a constant, which fit. */
static void check_long_read(void *user, Op *op) {
    LongRead *s = user;
    ExprTable *t = s->d->nest->module->exprs;
    const Value *j = loop_index(s->loop);
    for (int i = 0; i < op->nexprs && op->code == OP_LOOP; i++)
        s->ok = s->ok && !expr_uses(op->exprs[i], j);
    if (op->code != OP_GET && op->code != OP_FIN && op->code != OP_CHECK && op->code != OP_VIEW)
        return;
    for (int i = 0; i < op->nexprs && s->ok; i++) {
        const Expr *shift = expr_sub(t, op->exprs[i], expr_value(t, (Value *)(uintptr_t)j));
        s->ok = expr_each_value(op->exprs[i], is_loop_index, s);
        if (!s->ok || !expr_uses(op->exprs[i], j) || op_attr_bool(op, ATTR_FILL_VIEW))
            continue;
        s->ok = op->code == OP_GET && expr_is_const(shift, NULL) &&
                facts_prove_le(s->d->nest->facts, expr_add(t, s->most, shift), op->operands[0]->type->dims[i]);
    }
}

/* The end is known for each row beforehand, and what rows compute beyond theirs is harmless. */
static bool end_can_differ(Distribution *d, const Op *loop) {
    ExprTable *t = d->nest->module->exprs;
    const Expr *r = expr_value(t, loop_index(d->loop)), *lo = d->loop->exprs[0], *hi = d->loop->exprs[1];
    LongRead s = {d, loop, expr_most_over(t, loop->exprs[1], r->value, lo, hi), true};
    if (!s.most || !expr_is_outside(s.most, d->loop->regions[0]))
        return false;
    walk_ops(loop->regions[0], check_long_read, &s);
    return s.ok;
}

static bool bounds_allow(Distribution *d, const Op *loop) {
    if (depends_on_row(d, loop->exprs[0]) || depends_on_row(d, loop->exprs[2]))
        return false;
    return !depends_on_row(d, loop->exprs[1]) || end_can_differ(d, loop);
}

/* ---- the pass ------------------------------------------------------------------------------------------------------ */

static bool rows_hoists(Distribution *d, const Op *loop) {
    Sharing s = {d, loop, false};
    if (!has_inner_loop(loop) || !bounds_allow(d, loop))
        return false;
    walk_ops(loop->regions[0], find_shared, &s);
    return s.found;
}

static int64_t rows_of_chunk(Distribution *d) {
    ExprTable *t = d->nest->module->exprs;
    int64_t rows = d->kept_unbounded ? ROWS_LONG : ROWS_MOST, most;
    int64_t state = (int64_t)d->nest->ctx->vector.l2 << 9; /* half of the second-level cache for all rows of a chunk */
    while (rows > ROWS_LEAST && rows * d->kept_bytes > state)
        rows -= ROWS_LEAST;
    const Expr *trip = expr_sub(t, d->loop->exprs[1], d->loop->exprs[0]);
    if (!facts_upper_const(d->nest->facts, trip, &most))
        return rows;
    return most <= ROWS_AT_ONCE && most * d->kept_bytes <= state ? 0 : rows;
}

static bool is_single_row(Nest *n, const Op *loop) {
    int64_t most;
    const Expr *trip = expr_sub(n->module->exprs, loop->exprs[1], loop->exprs[0]);
    return facts_upper_const(n->facts, trip, &most) && most <= 1;
}

static bool plan_rows(Distribution *d) {
    return loop_has_unit_step(d->loop) && !is_single_row(d->nest, d->loop) && loop_is_independent(d->nest, d->loop) &&
           distribute_plan(d) && d->hoists_any;
}

bool rows_pay(Nest *n, Op *loop) {
    Distribution d = {.nest = n, .loop = loop, .hoists = rows_hoists, .inner_kind = "row"};
    return plan_rows(&d);
}

static bool move_rows(Nest *n, Op *loop) {
    Distribution d = {.nest = n, .loop = loop, .hoists = rows_hoists, .inner_kind = "row"};
    if (!plan_rows(&d))
        return false;
    int64_t chunk = op_attr_int(loop, ATTR_BLOCK, rows_of_chunk(&d));
    nest_note(n->ctx, "rows", n->func, loop, "%s share what loops inside read; a row keeps %lld bytes%s",
              chunk ? arena_printf(n->arena, "%lld rows at a time", (long long)chunk) : "all rows",
              (long long)d.kept_bytes, d.kept_unbounded ? " and more for each step of a loop" : "");
    Op *chunks = distribute_build(&d, chunk);
    if (chunks)
        op_set_bool(n->module, chunks, ATTR_DISJOINT, true); /* for pass strip */
    return true;
}

static void rows_region(Nest *n, Region *region) {
    for (Op *op = region->first, *next; op; op = next) {
        next = op->next;
        if (loop_has_kind(op, "row") && move_rows(n, op))
            continue;
        for (int i = 0; i < op->nregions; i++)
            rows_region(n, op->regions[i]);
    }
}

bool pass_rows(Module *m, PassContext *ctx) {
    const AliasTable *alias = alias_compute(ctx->arena, m);
    for (int i = 0; i < m->funcs.len; i++) {
        if (m->funcs.data[i]->kind != FUNC_KERNEL)
            continue;
        Nest n = nest_open(m, ctx, alias, m->funcs.data[i]);
        rows_region(&n, n.func->body);
        simplify_drop_dead(ctx, n.func);
    }
    return true;
}
