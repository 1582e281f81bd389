/* batch_match.c - what stands between a parallel axis and the call inside of it, and how each argument moves with the axis. */
#include <string.h>

#include "passes/nest/batch.h"

static bool no(Batch *b, const char *why) {
    b->why = why;
    return false;
}

/* ---- what depends on the axis -------------------------------------------------------------------------------------- */

typedef struct Dependence {
    const Op *loop; /* parallel; a value depends on its index or stays */
} Dependence;

static bool leaf_stays(void *user, Value *v) {
    const Dependence *d = user;
    if (v == loop_index(d->loop))
        return false;
    if (!v->def || !value_is_inside(v, d->loop->regions[0]))
        return true;
    for (int i = 0; i < v->def->noperands; i++)
        if (!leaf_stays(user, v->def->operands[i]))
            return false;
    for (int i = 0; i < v->def->nexprs; i++)
        if (!expr_each_value(v->def->exprs[i], leaf_stays, user))
            return false;
    return true;
}

static bool depends_on(const Op *loop, const Expr *e) {
    Dependence d = {loop};
    return !expr_each_value(e, leaf_stays, &d);
}

bool batch_moves(const Batch *b, const Expr *e) { return depends_on(b->axis, e); }

/* e == coef * axis + what does not move, coef constant. */
static bool is_affine(Batch *b, const Expr *e, int64_t *coef) {
    const Expr *c, *rest;
    return expr_split_affine(b->module->exprs, e, loop_index(b->axis), &c, &rest) && expr_is_const(c, coef) &&
           !batch_moves(b, rest);
}

/* ---- the nest ------------------------------------------------------------------------------------------------------ */

static bool bounds_move(const Batch *b, const Op *loop) {
    for (int i = 0; i < 3; i++)
        if (batch_moves(b, loop->exprs[i]))
            return true;
    return false;
}

static bool find_body(Batch *b) {
    b->body = b->axis->regions[0];
    while (b->body->first && b->body->first->code == OP_PARALLEL && b->body->first == b->body->last) {
        Op *next = b->body->first;
        if (bounds_move(b, next))
            return no(b, "the bounds of an axis inside of it depend on it");
        VEC_PUSH(b->arena, &b->inner, next);
        b->body = next->regions[0];
    }
    return true;
}

/* In a tier only what can be written into expressions stands beside the views. */
static bool add_site(Batch *b, Region *region) {
    BatchSite s = {.region = region};
    for (Op *op = region->first; op; op = op->next) {
        bool scalar = op->code == OP_INDEX || op->code == OP_CONST || op->code == OP_VIEW ||
                      (region == b->body && (op_code_has(op->code, PURE) || op->code == OP_GET));
        if (op->code == OP_CHECK)
            VEC_PUSH(b->arena, &s.checks, op);
        else if (op->code == OP_CALL && !op->next)
            s.call = op;
        else if (!scalar)
            return no(b, "something else than one call is inside of it");
    }
    if (!s.call)
        return no(b, "no call is inside of it");
    VEC_PUSH(b->arena, &b->sites, s);
    return true;
}

static bool find_sites(Batch *b) {
    Op *last = b->body->last;
    if (!last || last->code != OP_SWITCH)
        return add_site(b, b->body);
    for (Op *op = b->body->first; op != last; op = op->next)
        if (op->nregions > 0 || !(op_code_has(op->code, PURE) || op->code == OP_GET))
            return no(b, "something else than scalars is before the tiers");
    if (!is_affine(b, last->exprs[0], &b->choice_coef) || b->choice_coef < -1 || b->choice_coef > 1)
        return no(b, "the tiers' subject does not move evenly with it");
    b->choice = last;
    for (int i = 0; i + 1 < last->nregions; i++)
        if (!add_site(b, last->regions[i]))
            return false;
    const Region *other = last->regions[last->nregions - 1];
    if (!other->first || other->first != other->last || other->first->code != OP_FAIL)
        return no(b, "there is code beyond the last tier");
    return true;
}

/* ---- one program for all tiers ------------------------------------------------------------------------------------- */

static bool same_view(const Value *x, const Value *y) {
    if (x == y)
        return true;
    const Op *a = x->def, *c = y->def;
    bool same = a && c && a->code == OP_VIEW && c->code == OP_VIEW && a->operands[0] == c->operands[0] &&
                a->nexprs == c->nexprs && a->nsels == c->nsels;
    for (int i = 0; same && i < a->nexprs; i++)
        same = a->exprs[i] == c->exprs[i];
    for (int i = 0; same && i < a->nsels; i++)
        same = a->sels[i] == c->sels[i];
    return same;
}

static bool same_scalar(const Value *x, const Value *y) {
    return x == y || (x->def && y->def && x->def->code == OP_INDEX && y->def->code == OP_INDEX &&
                      x->def->exprs[0] == y->def->exprs[0]);
}

static bool sites_are_alike(Batch *b) {
    const BatchSite *last = b->site;
    for (int i = 0; i + 1 < b->sites.len; i++) {
        const BatchSite *s = &b->sites.data[i];
        const Func *f = module_find(b->module, op_attr_str(s->call, ATTR_CALLEE));
        bool same = s->call->noperands == last->call->noperands && s->call->nexprs == last->call->nexprs;
        for (int k = 0; same && k < s->call->noperands; k++) {
            const Value *x = s->call->operands[k], *y = last->call->operands[k];
            same = type_is_memory(x->type) ? same_view(x, y) : same_scalar(x, y);
        }
        for (int k = 0; same && k < s->call->nexprs; k++)
            same = s->call->exprs[k] == last->call->exprs[k];
        if (!same || !kernels_are_alike(f, b->callee))
            return no(b, "tiers differ in more than their limits");
    }
    return true;
}

/* ---- conditions under which all positions may go together ---------------------------------------------------------- */

static bool add_condition(Batch *b, const Expr *e) {
    int64_t coef;
    if (e->kind == EXPR_MIN) {
        for (int i = 0; i < e->nargs; i++)
            if (!add_condition(b, e->args[i]))
                return false;
        return true;
    }
    if (batch_moves(b, e) && !is_affine(b, e, &coef))
        return no(b, "a check does not move evenly with it");
    for (int i = 0; i < b->inner.len; i++) /* then positions would fail in another order */
        if (depends_on(b->inner.data[i], e))
            return no(b, "a check depends on an axis inside of it");
    VEC_PUSH(b->arena, &b->conditions, e);
    return true;
}

static bool find_conditions(Batch *b) {
    ExprTable *t = b->module->exprs;
    for (int i = 0; i < b->sites.len; i++)
        for (int k = 0; k < b->sites.data[i].checks.len; k++)
            if (!add_condition(b, b->sites.data[i].checks.data[k]->exprs[0]))
                return false;
    if (b->choice)
        return add_condition(b, expr_sub(t, b->choice->exprs[b->choice->nexprs - 1], b->choice->exprs[0]));
    return true;
}

/* ---- arguments ----------------------------------------------------------------------------------------------------- */

static bool match_block(Batch *b, BatchArg *a, const Expr *lo, const Expr *len) {
    BatchDim *d = &a->dims[a->rank++];
    *d = (BatchDim){0};
    if (!batch_moves(b, lo))
        return !batch_moves(b, len);
    a->moves = true;
    return is_affine(b, lo, &d->coef) && d->coef >= 1 && expr_is_const(len, &d->len) && d->len >= 1;
}

static bool match_index(Batch *b, BatchArg *a, const Expr *at) {
    if (!batch_moves(b, at))
        return true;
    BatchDim *d = &a->dims[a->rank++];
    *d = (BatchDim){.inserted = true, .len = 1};
    a->moves = true;
    return is_affine(b, at, &d->coef) && d->coef >= 1;
}

/* 0 : e, where e moves: all positions get the longest. */
static bool match_range(Batch *b, BatchArg *a, const Expr *lo, const Expr *hi) {
    int64_t coef;
    a->dims[a->rank++] = (BatchDim){0};
    return !batch_moves(b, lo) && (!batch_moves(b, hi) || is_affine(b, hi, &coef));
}

static bool match_view(Batch *b, BatchArg *a) {
    const Op *v = a->view;
    const Expr *const *e = v->exprs;
    if (v->operands[0]->def && value_is_inside(v->operands[0], b->axis->regions[0]))
        return false;
    for (int i = 0; i < v->nsels; i++) {
        bool ok = a->rank < IR_MAX_RANK;
        switch (v->sels[i]) {
        case SEL_INDEX: ok = ok && match_index(b, a, *e++); break;
        case SEL_RANGE:
            ok = ok && match_range(b, a, e[0], e[1]);
            e += 2;
            break;
        case SEL_BLOCK:
            ok = ok && match_block(b, a, e[0], e[1]);
            e += 2;
            break;
        case SEL_FULL: a->dims[a->rank++] = (BatchDim){0}; break;
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool match_arg(Batch *b, BatchArg *a) {
    Op *def = a->operand->def;
    bool inside = value_is_inside(a->operand, b->axis->regions[0]);
    if (!inside)
        return true;
    if (type_is_memory(a->operand->type)) {
        a->view = def && def->code == OP_VIEW ? def : NULL;
        return a->view && match_view(b, a);
    }
    Dependence d = {b->axis};
    if (leaf_stays(&d, a->operand))
        return true;
    a->scalar = type_is_index(a->operand->type) ? value_expr(b->module, a->operand) : NULL;
    return a->scalar && is_affine(b, a->scalar, &a->scalar_coef);
}

static bool match_symbol(Batch *b, BatchSymbol *s, const Expr *e) {
    if (!batch_moves(b, e))
        return true;
    s->moves = true;
    s->affine = e;
    if (e->kind == EXPR_MAX && e->nargs == 2) {
        bool first = expr_is_const(e->args[0], &s->least);
        s->has_least = first || expr_is_const(e->args[1], &s->least);
        s->affine = e->args[first ? 1 : 0];
    }
    return is_affine(b, s->affine, &s->coef);
}

static bool find_args(Batch *b) {
    const Op *call = b->site->call;
    bool moves = false;
    b->args = ARENA_ARRAY(b->arena, BatchArg, call->noperands + 1);
    b->symbols = ARENA_ARRAY(b->arena, BatchSymbol, call->nexprs + 1);
    for (int i = 0; i < call->noperands; i++) {
        b->args[i].operand = call->operands[i];
        if (!match_arg(b, &b->args[i]))
            return no(b, "an argument does not move evenly with it");
        moves |= b->args[i].moves;
    }
    for (int i = 0; i < call->nexprs; i++)
        if (!match_symbol(b, &b->symbols[i], call->exprs[i]))
            return no(b, "an extent does not move evenly with it");
    return moves || no(b, "no argument moves with it");
}

bool batch_match(Batch *b) {
    if (!loop_has_unit_step(b->axis))
        return no(b, "its step is not 1");
    if (!find_body(b) || !find_sites(b))
        return false;
    b->site = &b->sites.data[b->sites.len - 1];
    b->callee = module_find(b->module, op_attr_str(b->site->call, ATTR_CALLEE));
    if (!b->callee || b->callee->kind != FUNC_KERNEL || b->callee->exported)
        return no(b, "what is called is no kernel");
    return sites_are_alike(b) && find_conditions(b) && find_args(b);
}
