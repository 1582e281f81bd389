/* Index expressions: the opaque atoms div, mod, min and max, normalised where that is safe for every value. */
#include <stdlib.h>
#include <string.h>
#include "ir/expr_table.h"

static uint64_t magnitude(int64_t c) { return c < 0 ? 0 - (uint64_t)c : (uint64_t)c; }

static uint64_t gcd(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Greatest common divisor of d and all coefficients of e, the constant too. */
static int64_t common_divisor(const Expr *e, int64_t d) {
    uint64_t g = gcd(magnitude(d), magnitude(poly_constant(e)));
    for (int i = 0; i < poly_term_count(e) && g != 1; i++)
        g = gcd(g, magnitude(poly_term(e, i).c));
    return (int64_t)g;
}

static const Expr *divide_exactly(ExprTable *t, const Expr *e, int64_t d) {
    int n = poly_term_count(e);
    t->terms = expr_scratch(t, t->terms, &t->terms_cap, n, sizeof *t->terms);
    for (int i = 0; i < n; i++) {
        t->terms[i] = poly_term(e, i);
        t->terms[i].c /= d;
    }
    return poly_build(t, poly_constant(e) / d, t->terms, n);
}

static const Expr *make_pair(ExprTable *t, ExprKind kind, const Expr *a, const Expr *b) {
    const Expr *args[2] = {a, b};
    return expr_intern(t, kind, 0, NULL, args, 2);
}

static bool const_divisor(const Expr *e, int64_t *c) { return expr_is_const(e, c) && *c != INT64_MIN; }

const Expr *expr_div(ExprTable *t, const Expr *a, const Expr *b) {
    int64_t c, x;
    if (a == t->zero || b == t->zero)
        return t->zero;
    if (!const_divisor(b, &c))
        return make_pair(t, EXPR_DIV, a, b);
    if (c < 0)
        return expr_neg(t, expr_div(t, a, expr_const(t, -c)));
    if (c == 1)
        return a;
    if (expr_is_const(a, &x))
        return expr_const(t, x / c);
    int64_t g = common_divisor(a, c);
    if (g > 1)
        return expr_div(t, divide_exactly(t, a, g), expr_const(t, c / g));
    int64_t inner, product;
    if (a->kind == EXPR_DIV && const_divisor(a->args[1], &inner) && inner > 0 &&
        !__builtin_mul_overflow(inner, c, &product))
        return expr_div(t, a->args[0], expr_const(t, product)); /* truncation twice is truncation once */
    return make_pair(t, EXPR_DIV, a, b);
}

const Expr *expr_mod(ExprTable *t, const Expr *a, const Expr *b) {
    int64_t c, x;
    if (a == t->zero || b == t->zero)
        return t->zero;
    if (!const_divisor(b, &c))
        return make_pair(t, EXPR_MOD, a, b);
    if (c < 0)
        c = -c; /* the sign is the dividend's */
    if (c == 1)
        return t->zero;
    if (expr_is_const(a, &x))
        return expr_const(t, x % c);
    int64_t g = common_divisor(a, c);
    if (g > 1)
        return expr_mul_const(t, expr_mod(t, divide_exactly(t, a, g), expr_const(t, c / g)), g);
    int64_t inner;
    if (a->kind == EXPR_MOD && const_divisor(a->args[1], &inner)) {
        if (inner % c == 0)
            return expr_mod(t, a->args[0], expr_const(t, c));
        if (inner > 0 && inner <= c)
            return a;
    }
    return make_pair(t, EXPR_MOD, a, expr_const(t, c));
}

const Expr *expr_cdiv(ExprTable *t, const Expr *a, const Expr *b) {
    return expr_div(t, expr_add(t, a, expr_add_const(t, b, -1)), b);
}

/* ---- min and max ------------------------------------------------------------------------------------------------ */
static bool same_term(const Expr *a, const Expr *b, int i) {
    PolyTerm x = poly_term(a, i), y = poly_term(b, i);
    return x.c == y.c && x.nfactors == y.nfactors &&
           memcmp(x.factors, y.factors, (size_t)x.nfactors * sizeof *x.factors) == 0;
}

/* Equal but for the constant: one of the two is never the extreme. */
static bool same_but_constant(const Expr *a, const Expr *b) {
    int n = poly_term_count(a);
    if (n != poly_term_count(b))
        return false;
    for (int i = 0; i < n; i++)
        if (!same_term(a, b, i))
            return false;
    return true;
}

static int by_id(const void *a, const void *b) {
    const Expr *x = *(const Expr *const *)a, *y = *(const Expr *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Drops what a neighbour with the same terms beats. Long lists only lose exact duplicates: the pairs would cost too
 * much. */
static int drop_beaten(ExprKind kind, const Expr **args, int n) {
    enum { MOST_PAIRED = 32 };
    int kept = 0;
    for (int i = 0; i < n; i++) {
        bool drop = false;
        for (int k = n <= MOST_PAIRED ? 0 : kept > 0 ? kept - 1 : 0; k < kept && !drop; k++) {
            drop = same_but_constant(args[k], args[i]);
            bool better = kind == EXPR_MIN ? poly_constant(args[i]) < poly_constant(args[k])
                                           : poly_constant(args[i]) > poly_constant(args[k]);
            if (drop && better)
                args[k] = args[i];
        }
        if (!drop)
            args[kept++] = args[i];
    }
    return kept;
}

const Expr *poly_extreme(ExprTable *t, ExprKind kind, const Expr *const *args, int n) {
    int total = 0;
    for (int i = 0; i < n; i++)
        total += args[i]->kind == kind ? args[i]->nargs : 1;
    const Expr *small[32];
    const Expr **flat = total <= 32 ? small : ARENA_ARRAY(t->arena, const Expr *, total);
    int m = 0;
    for (int i = 0; i < n; i++) {
        if (args[i]->kind != kind) {
            flat[m++] = args[i];
            continue;
        }
        for (int k = 0; k < args[i]->nargs; k++)
            flat[m++] = args[i]->args[k];
    }
    qsort(flat, (size_t)m, sizeof *flat, by_id);
    m = drop_beaten(kind, flat, m);
    qsort(flat, (size_t)m, sizeof *flat, by_id);
    return m == 1 ? flat[0] : expr_intern(t, kind, 0, NULL, flat, m);
}

const Expr *expr_min(ExprTable *t, const Expr *a, const Expr *b) {
    return a == b ? a : poly_extreme(t, EXPR_MIN, (const Expr *[]){a, b}, 2);
}

const Expr *expr_max(ExprTable *t, const Expr *a, const Expr *b) {
    return a == b ? a : poly_extreme(t, EXPR_MAX, (const Expr *[]){a, b}, 2);
}
