/* digits - a loop whose index is read by quotient and remainder becomes a loop over quotients around one over remainders.
 *
 * Needs: block stage, after the passes that move whole loops. Keeps: results, bit for bit: the iterations stay in order. Rows of paged
 * views lie at (i / rows of a page, i mod rows of a page), and so do elements of reshaped tiles: within one quotient they stand side by
 * side, so that the inner loop can be widened, and what the quotient alone decides (the page) is read once for all of it. Loops that
 * step a contraction stay whole: their other operands' lanes are what is widened. */
#include "passes/nest/nest.h"

typedef struct Digits {
    Nest *nest;
    const Op *loop;
    const Expr *whole, *base, *offset; /* whole = index + offset is divided by base */
    const Expr *quotient, *remainder;  /* as they stand in the body */
    const Expr *high, *low;            /* what they become: the new indices */
} Digits;

/* ---- what is divided --------------------------------------------------------------------------------------------------- */

static bool divides_index(Digits *d, const Expr *e) {
    ExprTable *t = d->nest->module->exprs;
    const Expr *coef, *rest, *base = e->args[1];
    const Region *body = d->loop->regions[0];
    if (!expr_split_affine(t, e->args[0], loop_index(d->loop), &coef, &rest) || !expr_equals_const(coef, 1) ||
        !expr_is_outside(rest, body) || !expr_is_outside(base, body))
        return false;
    if (!facts_prove_ge0(d->nest->facts, expr_add_const(t, base, -1)) ||
        !facts_prove_ge0(d->nest->facts, expr_add(t, d->loop->exprs[0], rest)))
        return false;
    d->whole = e->args[0];
    d->base = base;
    d->offset = rest;
    return true;
}

static void find_in_expr(Digits *d, const Expr *e) {
    if ((e->kind == EXPR_DIV || e->kind == EXPR_MOD) && divides_index(d, e))
        return;
    for (int i = 0; i < e->nargs && !d->whole; i++)
        find_in_expr(d, e->args[i]);
}

static void find_in_op(void *user, Op *op) {
    Digits *d = user;
    for (int i = 0; i < op->nexprs && !d->whole; i++)
        find_in_expr(d, op->exprs[i]);
}

static bool steps_contraction(const Op *loop) {
    for (const Op *op = loop->regions[0]->first; op; op = op->next) {
        const Op *acc = op->code == OP_STEP ? op->operands[0]->def : NULL;
        if (acc && op_attr_is(acc, ATTR_MONOID, "fma.seq"))
            return true;
    }
    return false;
}

/* ---- the two loops ------------------------------------------------------------------------------------------------------ */

static const Expr *with_digits(void *user, const Expr *e) {
    Digits *d = user;
    if (e == d->quotient)
        return d->high;
    if (e == d->remainder)
        return d->low;
    return e->nargs > 0 ? expr_rebuild(d->nest->module->exprs, e, with_digits, d) : e;
}

static void rewrite_op(void *user, Op *op) {
    for (int i = 0; i < op->nexprs; i++)
        op->exprs[i] = with_digits(user, op->exprs[i]);
}

static Op *build_inner(Digits *d, Builder *b, const Expr *lo, const Expr *hi) {
    Module *m = d->nest->module;
    Op *inner = loop_build(b, lo, hi, expr_const(m->exprs, 1), "row", loop_index(d->loop)->name);
    op_copy_attrs(m, inner, d->loop);
    return inner;
}

/* The page is read in front of the rows in it: there is one at least. */
static void hoist_reads(Nest *n, Op *inner) {
    for (Op *op = inner->regions[0]->first, *next; op; op = next) {
        next = op->next;
        bool fixed = op->code == OP_GET && op->noperands == 1;
        for (int i = 0; i < op->nexprs && fixed; i++)
            fixed = expr_is_outside(op->exprs[i], inner->regions[0]);
        if (!fixed || value_is_inside(op->operands[0], inner->regions[0]) ||
            region_writes(n, inner->regions[0], op->operands[0]))
            continue;
        op_unlink(op);
        op_insert_before(op, inner);
    }
}

static void split_loop(Digits *d) {
    Module *m = d->nest->module;
    ExprTable *t = m->exprs;
    Op *loop = (Op *)(uintptr_t)d->loop;
    const Expr *lo = expr_add(t, loop->exprs[0], d->offset), *hi = expr_add(t, loop->exprs[1], d->offset);
    Builder b = builder_before(m, loop);
    b.loc = loop->loc;
    bool from_start = expr_equals_const(lo, 0);
    Op *outer = loop_build(&b, from_start ? lo : expr_div(t, lo, d->base), expr_cdiv(t, hi, d->base), expr_const(t, 1),
                           op_attr_str(loop, ATTR_KIND), "page");
    d->high = expr_value(t, loop_index(outer));
    const Expr *begin = expr_mul(t, d->high, d->base);
    Builder in = builder_at_end(m, outer->regions[0]);
    in.loc = loop->loc;
    Op *inner = build_inner(d, &in, from_start ? lo : expr_max(t, expr_const(t, 0), expr_sub(t, lo, begin)),
                            expr_min(t, d->base, expr_sub(t, hi, begin)));
    d->low = expr_value(t, loop_index(inner));
    d->quotient = expr_div(t, d->whole, d->base);
    d->remainder = expr_mod(t, d->whole, d->base);
    walk_ops(loop->regions[0], rewrite_op, d);
    CloneMap *map = clone_map_create(m);
    clone_map_set_expr(map, loop_index(loop), expr_sub(t, expr_add(t, begin, d->low), d->offset));
    Builder body = builder_at_end(m, inner->regions[0]);
    clone_region_into(&body, map, loop->regions[0]);
    if (from_start)
        hoist_reads(d->nest, inner);
    nest_note(d->nest->ctx, "digits", d->nest->func, loop, "its index is a quotient and a remainder: a loop for each");
    op_unlink(loop);
}

static void digits_region(Nest *n, Region *r) {
    for (Op *op = r->first, *next; op; op = next) {
        next = op->next;
        int mark = facts_mark(n->facts);
        if (op->code == OP_LOOP) {
            const Expr *index = expr_value(n->module->exprs, loop_index(op));
            facts_add_le(n->facts, op->exprs[0], index);
            facts_add_lt(n->facts, index, op->exprs[1]);
        }
        for (int i = 0; i < op->nregions; i++)
            digits_region(n, op->regions[i]);
        facts_release(n->facts, mark);
        if (op->code != OP_LOOP || !loop_has_unit_step(op) || steps_contraction(op))
            continue;
        Digits d = {.nest = n, .loop = op};
        walk_ops(op->regions[0], find_in_op, &d);
        if (d.whole)
            split_loop(&d);
    }
}

bool pass_digits(Module *m, PassContext *ctx) {
    if (ctx->vector.lanes == 0)
        return true;
    const AliasTable *alias = alias_compute(ctx->arena, m);
    for (int i = 0; i < m->funcs.len; i++) {
        if (m->funcs.data[i]->kind != FUNC_KERNEL)
            continue;
        Nest n = nest_open(m, ctx, alias, m->funcs.data[i]);
        digits_region(&n, n.func->body);
    }
    return true;
}
