/* Conditions over index expressions: trees that can be decided, turned into facts, and made into bool tiles when
 * needed. */
#include "frontend/elab_internal.h"

static const ElabCond cond_true = {.kind = COND_TRUE};
static const ElabCond cond_false = {.kind = COND_FALSE};

static const ElabCond *cond_new(Elab *e, ElabCond c) {
    ElabCond *copy = ARENA_NEW(e->arena, ElabCond);
    *copy = c;
    return copy;
}

const ElabCond *cond_ge0(Elab *e, const Expr *a) {
    int64_t c;
    if (expr_is_const(a, &c))
        return c >= 0 ? &cond_true : &cond_false;
    return cond_new(e, (ElabCond){.kind = COND_GE0, .a = a});
}

const ElabCond *cond_eq(Elab *e, const Expr *a, const Expr *b) {
    const Expr *difference = expr_sub(e->exprs, a, b);
    int64_t c;
    if (expr_is_const(difference, &c))
        return c == 0 ? &cond_true : &cond_false;
    return cond_new(e, (ElabCond){.kind = COND_EQ0, .a = difference});
}

const ElabCond *cond_value(Elab *e, Value *v) {
    if (v->def && v->def->code == OP_CONST)
        return op_attr_int(v->def, ATTR_INT, 0) ? &cond_true : &cond_false;
    return cond_new(e, (ElabCond){.kind = COND_VALUE, .value = v});
}

const ElabCond *cond_and(Elab *e, const ElabCond *a, const ElabCond *b) {
    if (a->kind == COND_FALSE || b->kind == COND_TRUE)
        return a;
    if (b->kind == COND_FALSE || a->kind == COND_TRUE)
        return b;
    return cond_new(e, (ElabCond){.kind = COND_AND, .left = a, .right = b});
}

const ElabCond *cond_or(Elab *e, const ElabCond *a, const ElabCond *b) {
    if (a->kind == COND_TRUE || b->kind == COND_FALSE)
        return a;
    if (b->kind == COND_TRUE || a->kind == COND_FALSE)
        return b;
    return cond_new(e, (ElabCond){.kind = COND_OR, .left = a, .right = b});
}

static OpCode opposite(OpCode code) {
    return code == OP_LT ? OP_GE : code == OP_LE ? OP_GT : code == OP_GT ? OP_LE : OP_LT;
}

const ElabCond *cond_compare(Elab *e, OpCode code, const Expr *x, const Expr *y) {
    ExprTable *t = e->exprs;
    if (code == OP_NE)
        return cond_not(e, cond_compare(e, OP_EQ, x, y));
    bool greater = code == OP_GT || code == OP_GE;
    const Expr *difference = greater ? expr_sub(t, x, y) : expr_sub(t, y, x);
    if (code == OP_LT || code == OP_GT)
        difference = expr_add_const(t, difference, -1);
    const ElabCond *c = code == OP_EQ ? cond_eq(e, x, y) : cond_ge0(e, difference);
    if (c->kind == COND_TRUE || c->kind == COND_FALSE)
        return c;
    ElabCond written = *c;
    written.code = code;
    written.x = x;
    written.y = y;
    return cond_new(e, written);
}

const ElabCond *cond_not(Elab *e, const ElabCond *a) {
    switch (a->kind) {
    case COND_TRUE: return &cond_false;
    case COND_FALSE: return &cond_true;
    case COND_GE0: /* not a >= 0 is -a - 1 >= 0 */
        if (a->x)
            return cond_compare(e, opposite(a->code), a->x, a->y);
        return cond_ge0(e, expr_add_const(e->exprs, expr_neg(e->exprs, a->a), -1));
    case COND_NOT: return a->left;
    case COND_EQ0:
    case COND_AND:
    case COND_OR:
    case COND_VALUE: break;
    }
    return cond_new(e, (ElabCond){.kind = COND_NOT, .left = a});
}

/* ---- what is known of them --------------------------------------------------------------------------------------- */

static int decide_eq0(Elab *e, const Expr *a) {
    const Expr *zero = expr_const(e->exprs, 0);
    if (facts_prove_eq(e->facts, a, zero))
        return 1;
    return facts_prove_lt(e->facts, a, zero) || facts_prove_lt(e->facts, zero, a) ? -1 : 0;
}

int cond_decide(Elab *e, const ElabCond *c) {
    switch (c->kind) {
    case COND_TRUE: return 1;
    case COND_FALSE: return -1;
    case COND_GE0:
        if (facts_prove_ge0(e->facts, c->a))
            return 1;
        return facts_prove_lt(e->facts, c->a, expr_const(e->exprs, 0)) ? -1 : 0;
    case COND_EQ0: return decide_eq0(e, c->a);
    case COND_NOT: return -cond_decide(e, c->left);
    case COND_VALUE: return 0;
    case COND_AND:
    case COND_OR: break;
    }
    int left = cond_decide(e, c->left), right = cond_decide(e, c->right);
    if (c->kind == COND_AND)
        return left < right ? left : right;
    return left > right ? left : right;
}

/* a != 0 says something where the sign of a is known. */
static void add_not_zero(Elab *e, const Expr *a) {
    const Expr *minus = expr_neg(e->exprs, a);
    if (facts_prove_ge0(e->facts, a))
        facts_add_ge0(e->facts, expr_add_const(e->exprs, a, -1));
    else if (facts_prove_ge0(e->facts, minus))
        facts_add_ge0(e->facts, expr_add_const(e->exprs, minus, -1));
}

void cond_add_facts(Elab *e, const ElabCond *c, bool polarity) {
    switch (c->kind) {
    case COND_TRUE:
    case COND_FALSE:
    case COND_VALUE: return;
    case COND_GE0:
        if (polarity)
            facts_add_ge0(e->facts, c->a);
        else
            facts_add_lt(e->facts, c->a, expr_const(e->exprs, 0));
        return;
    case COND_EQ0:
        if (polarity)
            facts_add_eq(e->facts, c->a, expr_const(e->exprs, 0));
        else
            add_not_zero(e, c->a);
        return;
    case COND_NOT: cond_add_facts(e, c->left, !polarity); return;
    case COND_AND:
    case COND_OR: break;
    }
    /* Both sides of a true `and` hold, and neither of a false `or`; else only their disjunction is known. */
    if ((c->kind == COND_AND) == polarity) {
        cond_add_facts(e, c->left, polarity);
        cond_add_facts(e, c->right, polarity);
        return;
    }
    const Expr *either = cond_as_ge0(e, polarity ? c : cond_not(e, c));
    if (either)
        facts_add_ge0(e->facts, either);
}

const Expr *cond_as_ge0(Elab *e, const ElabCond *c) {
    ExprTable *t = e->exprs;
    switch (c->kind) {
    case COND_TRUE: return expr_const(t, 0);
    case COND_FALSE: return expr_const(t, -1);
    case COND_GE0: return c->a;
    case COND_EQ0: return expr_min(t, c->a, expr_neg(t, c->a));
    case COND_VALUE: return NULL;
    case COND_NOT: {
        if (c->left->kind == COND_EQ0) {
            const Expr *minus = expr_neg(t, c->left->a);
            return expr_add_const(t, expr_max(t, c->left->a, minus), -1);
        }
        const Expr *a = cond_as_ge0(e, c->left);
        return a ? expr_add_const(t, expr_neg(t, a), -1) : NULL;
    }
    case COND_AND:
    case COND_OR: break;
    }
    const Expr *left = cond_as_ge0(e, c->left), *right = cond_as_ge0(e, c->right);
    if (!left || !right)
        return NULL;
    return c->kind == COND_AND ? expr_min(t, left, right) : expr_max(t, left, right);
}

bool cond_conjuncts(Elab *e, const ElabCond *c, ExprVec *out) {
    if (c->kind == COND_TRUE)
        return true;
    if (c->kind == COND_AND)
        return cond_conjuncts(e, c->left, out) && cond_conjuncts(e, c->right, out);
    if (c->kind == COND_EQ0) {
        VEC_PUSH(e->arena, out, c->a);
        VEC_PUSH(e->arena, out, expr_neg(e->exprs, c->a));
        return true;
    }
    const Expr *a = cond_as_ge0(e, c);
    if (a)
        VEC_PUSH(e->arena, out, a);
    return a != NULL;
}

const ElabCond *cond_substitute(Elab *e, const ElabCond *c, const Expr *(*fn)(void *user, Value *v), void *user) {
    switch (c->kind) {
    case COND_TRUE:
    case COND_FALSE:
    case COND_VALUE: return c;
    case COND_GE0: return cond_ge0(e, expr_substitute(e->exprs, c->a, fn, user));
    case COND_EQ0: return cond_eq(e, expr_substitute(e->exprs, c->a, fn, user), expr_const(e->exprs, 0));
    case COND_NOT: return cond_not(e, cond_substitute(e, c->left, fn, user));
    case COND_AND:
    case COND_OR: break;
    }
    const ElabCond *left = cond_substitute(e, c->left, fn, user), *right = cond_substitute(e, c->right, fn, user);
    return c->kind == COND_AND ? cond_and(e, left, right) : cond_or(e, left, right);
}

/* ---- as IR ------------------------------------------------------------------------------------------------------- */

/* `a` split so that the comparison reads as it was written: terms with a negative coefficient go to the right side. */
static void split_sides(Elab *e, const Expr *a, const Expr **left, const Expr **right) {
    *left = *right = expr_const(e->exprs, 0);
    int n = a->kind == EXPR_SUM ? a->nargs : 1;
    for (int i = 0; i < n; i++) {
        const Expr *term = a->kind == EXPR_SUM ? a->args[i] : a;
        if (term->kind == EXPR_PROD && term->c < 0)
            *right = expr_add(e->exprs, *right, expr_neg(e->exprs, term));
        else
            *left = expr_add(e->exprs, *left, term);
    }
    if (a->kind == EXPR_SUM)
        *right = expr_add_const(e->exprs, *right, -a->c);
}

static Value *compare(Elab *e, OpCode code, const Expr *a, bool strict) {
    const Expr *left, *right;
    split_sides(e, a, &left, &right);
    if (strict) /* left - right - 1 >= 0 was written left > right */
        right = expr_add_const(e->exprs, right, -1);
    return build_binary(&e->b, code, build_index(&e->b, left), build_index(&e->b, right));
}

static Value *compare_written(Elab *e, OpCode code, const ElabCond *c) {
    Value *x = build_index(&e->b, c->x);
    return build_binary(&e->b, code, x, build_index(&e->b, c->y));
}

Value *cond_materialize(Elab *e, const ElabCond *c) {
    if (c->value)
        return c->value;
    if (c->x)
        return compare_written(e, c->code, c);
    switch (c->kind) {
    case COND_TRUE: return build_const_int(&e->b, ELEM_BOOL, 1);
    case COND_FALSE: return build_const_int(&e->b, ELEM_BOOL, 0);
    case COND_VALUE: return c->value;
    case COND_EQ0: return compare(e, OP_EQ, c->a, false);
    case COND_GE0: {
        bool strict = c->a->kind == EXPR_SUM && c->a->c == -1;
        return compare(e, strict ? OP_GT : OP_GE, c->a, strict);
    }
    case COND_NOT:
        if (c->left->kind == COND_EQ0 && c->left->x)
            return compare_written(e, OP_NE, c->left);
        if (c->left->kind == COND_EQ0)
            return compare(e, OP_NE, c->left->a, false);
        return build_unary(&e->b, OP_NOT, cond_materialize(e, c->left));
    case COND_AND:
    case COND_OR: break;
    }
    Value *left = cond_materialize(e, c->left);
    Value *right = cond_materialize(e, c->right);
    return build_binary(&e->b, c->kind == COND_AND ? OP_AND : OP_OR, left, right);
}

/* ---- loops ------------------------------------------------------------------------------------------------------- */

static bool step_divides(Elab *e, const Expr *range, const Expr *step) {
    int64_t c;
    if (expr_is_const(step, &c)) {
        if (c == 1)
            return true;
        const Expr *quotient = expr_div(e->exprs, range, step);
        if (expr_mul_const(e->exprs, quotient, c) == range)
            return true;
    } else if (step->kind == EXPR_VALUE) {
        const Expr *coef, *rest;
        if (expr_split_affine(e->exprs, range, step->value, &coef, &rest) && expr_equals_const(rest, 0))
            return true;
    }
    return facts_prove_eq(e->facts, expr_mod(e->exprs, range, step), expr_const(e->exprs, 0));
}

void elab_loop_facts(Elab *e, const Expr *j, const Expr *lo, const Expr *hi, const Expr *step) {
    facts_add_le(e->facts, lo, j);
    if (step_divides(e, expr_sub(e->exprs, hi, lo), step))
        facts_add_le(e->facts, j, expr_sub(e->exprs, hi, step));
    else
        facts_add_lt(e->facts, j, hi);
    if (!facts_prove_ge0(e->facts, expr_add_const(e->exprs, step, -1)))
        facts_add_ge0(e->facts, expr_add_const(e->exprs, step, -1));
}
