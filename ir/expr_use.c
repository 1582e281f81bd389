/* Index expressions: questions, substitution, evaluation. */
#include "ir/expr_table.h"
#include "ir/ir.h"

bool expr_uses(const Expr *e, const Value *value) {
    const ExprNode *node = expr_node(e);
    for (int i = 0; i < node->nleaves; i++)
        if (node->leaves[i] == value)
            return true;
    return false;
}

bool expr_each_value(const Expr *e, bool (*fn)(void *user, Value *value), void *user) {
    const ExprNode *node = expr_node(e);
    for (int i = 0; i < node->nleaves; i++)
        if (!fn(user, node->leaves[i]))
            return false;
    return true;
}

/* The term without one factor `value`; NULL when the term has it twice or inside of an atom. *has: it has it at all. */
static const Expr *term_cofactor(ExprTable *t, PolyTerm term, const Value *value, bool *has) {
    const Expr *rest = expr_const(t, term.c);
    *has = false;
    for (int i = 0; i < term.nfactors; i++) {
        const Expr *f = term.factors[i];
        if (!expr_uses(f, value)) {
            rest = expr_mul(t, rest, f);
            continue;
        }
        if (f->kind != EXPR_VALUE || *has)
            return NULL;
        *has = true;
    }
    return rest;
}

bool expr_split_affine(ExprTable *t, const Expr *e, const Value *value, const Expr **coef, const Expr **rest) {
    *coef = expr_const(t, 0);
    *rest = e;
    if (!expr_uses(e, value))
        return true;
    *rest = expr_const(t, poly_constant(e));
    for (int i = 0; i < poly_term_count(e); i++) {
        bool has;
        const Expr *part = term_cofactor(t, poly_term(e, i), value, &has);
        if (!part)
            return false;
        if (has)
            *coef = expr_add(t, *coef, part);
        else
            *rest = expr_add(t, *rest, part);
    }
    return true;
}

/* ---- substitution ----------------------------------------------------------------------------------------------- */
typedef struct Subst {
    ExprTable *table;
    const Expr *(*fn)(void *user, Value *value);
    void *user;
    uint64_t stamp;
} Subst;

static const Expr *subst_expr(Subst *s, const Expr *e);

static const Expr *subst_terms(Subst *s, const Expr *e) {
    ExprTable *t = s->table;
    const Expr *sum = expr_const(t, poly_constant(e));
    for (int i = 0; i < poly_term_count(e); i++) {
        PolyTerm term = poly_term(e, i);
        const Expr *product = expr_const(t, term.c);
        for (int k = 0; k < term.nfactors; k++)
            product = expr_mul(t, product, subst_expr(s, term.factors[k]));
        sum = expr_add(t, sum, product);
    }
    return sum;
}

static const Expr *subst_extreme(Subst *s, const Expr *e) {
    const Expr *result = subst_expr(s, e->args[0]);
    for (int i = 1; i < e->nargs; i++) {
        const Expr *arg = subst_expr(s, e->args[i]);
        result = e->kind == EXPR_MIN ? expr_min(s->table, result, arg) : expr_max(s->table, result, arg);
    }
    return result;
}

static const Expr *subst_node(Subst *s, const Expr *e) {
    const Expr *to;
    switch (e->kind) {
    case EXPR_CONST: return e;
    case EXPR_VALUE: to = s->fn(s->user, e->value); return to ? to : e;
    case EXPR_PROD:
    case EXPR_SUM: return subst_terms(s, e);
    case EXPR_DIV: return expr_div(s->table, subst_expr(s, e->args[0]), subst_expr(s, e->args[1]));
    case EXPR_MOD: return expr_mod(s->table, subst_expr(s, e->args[0]), subst_expr(s, e->args[1]));
    case EXPR_MIN:
    case EXPR_MAX: return subst_extreme(s, e);
    }
    return e;
}

static const Expr *subst_expr(Subst *s, const Expr *e) {
    ExprNode *node = expr_node(e);
    if (node->memo_stamp == s->stamp)
        return node->memo;
    const Expr *result = subst_node(s, e);
    node->memo_stamp = s->stamp;
    node->memo = result;
    return result;
}

const Expr *expr_substitute(ExprTable *t, const Expr *e, const Expr *(*fn)(void *user, Value *value), void *user) {
    const ExprNode *node = expr_node(e);
    bool changes = false;
    for (int i = 0; i < node->nleaves && !changes; i++) {
        const Expr *to = fn(user, node->leaves[i]);
        changes = to && !(to->kind == EXPR_VALUE && to->value == node->leaves[i]);
    }
    if (!changes)
        return e;
    Subst s = {t, fn, user, ++t->stamp};
    return subst_expr(&s, e);
}

const Expr *expr_rebuild(ExprTable *t, const Expr *e, const Expr *(*arg)(void *user, const Expr *argument),
                         void *user) {
    const Expr *r = NULL;
    for (int i = 0; i < e->nargs; i++) {
        const Expr *x = arg(user, e->args[i]);
        if (!r) {
            r = x;
            continue;
        }
        switch (e->kind) {
        case EXPR_PROD: r = expr_mul(t, r, x); break;
        case EXPR_SUM: r = expr_add(t, r, x); break;
        case EXPR_DIV: r = expr_div(t, r, x); break;
        case EXPR_MOD: r = expr_mod(t, r, x); break;
        case EXPR_MIN: r = expr_min(t, r, x); break;
        case EXPR_MAX: r = expr_max(t, r, x); break;
        case EXPR_CONST:
        case EXPR_VALUE: break;
        }
    }
    if (!r)
        return e;
    if (e->kind == EXPR_PROD)
        return expr_mul_const(t, r, e->c);
    return e->kind == EXPR_SUM ? expr_add_const(t, r, e->c) : r;
}

typedef struct Replacement {
    const Value *from;
    const Expr *to;
} Replacement;

static const Expr *replacement_get(void *user, Value *value) {
    const Replacement *r = user;
    return value == r->from ? r->to : NULL;
}

const Expr *expr_replace(ExprTable *t, const Expr *e, const Value *from, const Expr *to) {
    Replacement r = {from, to};
    return expr_uses(e, from) ? expr_substitute(t, e, replacement_get, &r) : e;
}

const Expr *poly_replace_atom(ExprTable *t, const Expr *e, const Expr *atom, const Expr *to) {
    const Expr *sum = expr_const(t, poly_constant(e));
    for (int i = 0; i < poly_term_count(e); i++) {
        PolyTerm term = poly_term(e, i);
        const Expr *product = expr_const(t, term.c);
        for (int k = 0; k < term.nfactors; k++)
            product = expr_mul(t, product, term.factors[k] == atom ? to : term.factors[k]);
        sum = expr_add(t, sum, product);
    }
    return sum;
}

/* ---- evaluation ------------------------------------------------------------------------------------------------- */
static int64_t eval_divide(ExprKind kind, int64_t a, int64_t b) {
    if (b == 0)
        return 0;
    if (b == -1)
        return kind == EXPR_DIV ? wrap_neg(a) : 0;
    return kind == EXPR_DIV ? a / b : a % b;
}

/* One step of a node with more than one argument: acc (op) x. */
static int64_t eval_step(ExprKind kind, int64_t acc, int64_t x) {
    switch (kind) {
    case EXPR_PROD: return wrap_mul(acc, x);
    case EXPR_SUM: return wrap_add(acc, x);
    case EXPR_MIN: return x < acc ? x : acc;
    case EXPR_MAX: return x > acc ? x : acc;
    case EXPR_DIV:
    case EXPR_MOD: return eval_divide(kind, acc, x);
    case EXPR_CONST:
    case EXPR_VALUE: break;
    }
    return acc;
}

bool expr_evaluate(const Expr *e, bool (*fn)(void *user, const Value *value, int64_t *out), void *user, int64_t *out) {
    if (e->kind == EXPR_CONST) {
        *out = e->c;
        return true;
    }
    if (e->kind == EXPR_VALUE)
        return fn(user, e->value, out);
    int64_t acc = e->c, x; /* sums and products start from their constant */
    bool starts = e->kind != EXPR_SUM && e->kind != EXPR_PROD;
    for (int i = 0; i < e->nargs; i++) {
        if (!expr_evaluate(e->args[i], fn, user, &x))
            return false;
        acc = starts ? x : eval_step(e->kind, acc, x);
        starts = false;
    }
    *out = acc;
    return true;
}
