/* Facts: proofs, constant bounds, simplification. */
#include "ir/facts_impl.h"
#include <limits.h>

/* One proof from outside: a fresh budget, and first whatever can be learned. */
static bool ask(Facts *f, const Expr *e, int budget, int64_t target, int64_t *low) {
    e = facts_normal(f, e);
    if (e->kind == EXPR_CONST) {
        *low = e->c;
        return true;
    }
    if (!facts_in_limits(e))
        return false;
    FactForm form = facts_form(f, e);
    int64_t bound;
    if (facts_direct(f, form.h, &bound) && bound >= ceil_div(target - form.constant, form.divisor)) {
        *low = bound * form.divisor + form.constant;
        return true;
    }
    facts_retry(f);
    e = facts_normal(f, e);
    facts_learn(f, e);
    f->epoch++;
    f->budget = budget;
    f->cut = false;
    return facts_lower(f, e, FACTS_DEPTH, target, low);
}

/* Nearly every proof that is there is found within a few goals; what cannot be shown costs all of the budget. In a body with
 * hundreds of such questions the search gives up earlier, and earlier again: the time is linear in their number. */
static int proof_budget(const Facts *f) {
    enum { FIRST = 100, THEN = 25 };
    if (f->wasted < FACTS_WASTE)
        return FACTS_BUDGET;
    return f->wasted < 2 * FACTS_WASTE ? FIRST : THEN;
}

bool facts_prove_ge0(Facts *f, const Expr *e) {
    int64_t low;
    int budget = proof_budget(f);
    f->budget = budget;
    bool proved = ask(f, e, budget, 0, &low) && low >= 0;
    if (!proved && f->wasted < INT_MAX / 2)
        f->wasted += budget - f->budget;
    return proved;
}

bool facts_prove_le(Facts *f, const Expr *a, const Expr *b) { return facts_prove_ge0(f, expr_sub(f->table, b, a)); }

bool facts_prove_lt(Facts *f, const Expr *a, const Expr *b) {
    return facts_prove_ge0(f, expr_add_const(f->table, expr_sub(f->table, b, a), -1));
}

bool facts_prove_eq(Facts *f, const Expr *a, const Expr *b) {
    if (a == b || facts_normal(f, a) == facts_normal(f, b))
        return true;
    return facts_prove_le(f, a, b) && facts_prove_le(f, b, a);
}

enum { BOUND_BUDGET = 300 };

bool facts_lower_const(Facts *f, const Expr *e, int64_t *lower) { return ask(f, e, BOUND_BUDGET, FACTS_LIMIT, lower); }

bool facts_upper_const(Facts *f, const Expr *e, int64_t *upper) {
    int64_t low;
    if (!ask(f, expr_neg(f->table, e), BOUND_BUDGET, FACTS_LIMIT, &low))
        return false;
    *upper = -low;
    return true;
}

/* ---- simplification --------------------------------------------------------------------------------------------- */
static const Expr *simplify(Facts *f, const Expr *e);

static const Expr *simplify_extreme(Facts *f, const Expr *e) {
    enum { MOST = 8 };
    const Expr *args[MOST];
    if (e->nargs > MOST)
        return e;
    int n = e->nargs;
    for (int i = 0; i < n; i++)
        args[i] = simplify(f, e->args[i]);
    for (int i = 0; i < n; i++) {
        bool beaten = false;
        for (int k = 0; k < n && !beaten; k++)
            beaten = k != i &&
                     (e->kind == EXPR_MIN ? facts_prove_le(f, args[k], args[i]) : facts_prove_le(f, args[i], args[k]));
        if (beaten) {
            args[i--] = args[n - 1];
            n--;
        }
    }
    return poly_extreme(f->table, e->kind, args, n);
}

/* e == c * quotient + rest, the constant of rest in 0 .. c - 1. */
static const Expr *split_multiple(Facts *f, const Expr *e, int64_t c, const Expr **rest) {
    ExprTable *t = f->table;
    const Expr *quotient = expr_const(t, floor_div(poly_constant(e), c));
    for (int i = 0; i < poly_term_count(e); i++) {
        PolyTerm term = poly_term(e, i);
        if (term.c % c == 0)
            quotient = expr_add(t, quotient, expr_mul_const(t, poly_monomial(t, term), term.c / c));
    }
    *rest = expr_sub(t, e, expr_mul_const(t, quotient, c));
    return quotient;
}

static const Expr *simplify_division(Facts *f, const Expr *e) {
    ExprTable *t = f->table;
    const Expr *a = simplify(f, e->args[0]), *b = simplify(f, e->args[1]);
    bool div = e->kind == EXPR_DIV;
    int64_t c;
    if (facts_prove_ge0(f, a) && facts_prove_lt(f, a, b))
        return div ? expr_const(t, 0) : a;
    if (expr_is_const(b, &c) && c > 1 && c < FACTS_LIMIT && facts_prove_ge0(f, a)) {
        const Expr *rest, *quotient = split_multiple(f, a, c, &rest);
        if (facts_prove_ge0(f, rest)) {
            bool small = facts_prove_lt(f, rest, b);
            if (div)
                return small ? quotient : expr_add(t, quotient, expr_div(t, rest, b));
            return small ? rest : expr_mod(t, rest, b);
        }
    }
    return div ? expr_div(t, a, b) : expr_mod(t, a, b);
}

static const Expr *simplify_terms(Facts *f, const Expr *e) {
    ExprTable *t = f->table;
    const Expr *sum = e;
    for (int i = 0; i < poly_term_count(e); i++) {
        PolyTerm term = poly_term(e, i);
        const Expr *product = expr_const(t, term.c), *old = product;
        for (int k = 0; k < term.nfactors; k++) {
            old = expr_mul(t, old, term.factors[k]);
            product = expr_mul(t, product, simplify(f, term.factors[k]));
        }
        sum = expr_add(t, sum, expr_sub(t, product, old));
    }
    return sum;
}

static bool has_atoms(const Expr *e) {
    if (e->kind >= EXPR_DIV)
        return true;
    for (int i = 0; i < e->nargs; i++)
        if (has_atoms(e->args[i]))
            return true;
    return false;
}

static const Expr *simplify(Facts *f, const Expr *e) {
    if (!has_atoms(e))
        return e;
    switch (e->kind) {
    case EXPR_CONST:
    case EXPR_VALUE: return e;
    case EXPR_PROD:
    case EXPR_SUM: return simplify_terms(f, e);
    case EXPR_DIV:
    case EXPR_MOD: return simplify_division(f, e);
    case EXPR_MIN:
    case EXPR_MAX: return simplify_extreme(f, e);
    }
    return e;
}

const Expr *facts_simplify(Facts *f, const Expr *e) { return simplify(f, e); }

/* ---- bounds in given values ------------------------------------------------------------------------------------- */
typedef struct Upper {
    Facts *facts;
    bool (*keep)(void *user, const Value *value);
    void *user;
    int budget;
} Upper;

static bool keep_leaf(void *user, Value *value) {
    const Upper *u = user;
    return u->keep(u->user, value);
}

static bool all_kept(Upper *u, const Expr *e) { return expr_each_value(e, keep_leaf, u); }

static const Expr *upper_of(Upper *u, const Expr *e, int depth);

/* sign > 0: a min is at most each argument, a max at most the greatest of their bounds; sign < 0: the other way
 * round. */
static const Expr *upper_choice(Upper *u, const Expr *e, const Expr *atom, int sign, int depth) {
    bool any = atom->kind == (sign > 0 ? EXPR_MIN : EXPR_MAX);
    const Expr *result = NULL;
    for (int i = 0; i < atom->nargs; i++) {
        const Expr *with = upper_of(u, poly_replace_atom(u->facts->table, e, atom, atom->args[i]), depth - 1);
        if (!with && !any)
            return NULL;
        if (with)
            result = !result ? with
                     : any   ? expr_min(u->facts->table, result, with)
                             : expr_max(u->facts->table, result, with);
    }
    return result;
}

/* The sum of the terms that have the atom must be c * atom alone for its sign to be known. */
static bool stands_alone(const Expr *e, const Expr *atom) {
    int uses = 0;
    for (int i = 0; i < poly_term_count(e); i++)
        for (int k = 0; k < poly_term(e, i).nfactors; k++)
            uses += poly_term(e, i).factors[k] == atom;
    return uses == 1;
}

static const Expr *upper_term(Upper *u, const Expr *e, PolyTerm term, int depth) {
    enum { MOST = 2 * FACTS_CANDIDATES };
    Facts *f = u->facts;
    FactMatch matches[MOST];
    const Expr *atom = term.factors[0], *result;
    if (term.nfactors == 1 && (atom->kind == EXPR_MIN || atom->kind == EXPR_MAX) && stands_alone(e, atom) &&
        (result = upper_choice(u, e, atom, term.c > 0 ? 1 : -1, depth)))
        return result;
    int n = facts_matches(f, term, term.c > 0 ? -1 : 1, FACTS_DEPTH / 2, matches, MOST);
    for (int i = 0; i < n; i++) {
        /* Cancelling in -e keeps the fact's direction: -e >= left / scale, so e <= -left / scale. */
        int64_t scale;
        PolyTerm negative = {-term.c, term.nfactors, term.factors};
        const Expr *left = facts_cancel(f, expr_neg(f->table, e), negative, &matches[i], &scale);
        if (left && (result = upper_of(u, expr_neg(f->table, left), depth - 1)))
            return expr_div(f->table, result, expr_const(f->table, scale)); /* toward zero is never below */
    }
    int64_t low;
    if (term.c < 0 && facts_monomial_lower(f, term, FACTS_DEPTH / 2, &low)) {
        const Expr *without = expr_sub(f->table, e, expr_mul_const(f->table, poly_monomial(f->table, term), term.c));
        return upper_of(u, without, depth - 1);
    }
    return NULL;
}

static const Expr *upper_of(Upper *u, const Expr *e, int depth) {
    if (all_kept(u, e))
        return e;
    if (depth == 0 || u->budget-- <= 0 || !facts_in_limits(e))
        return NULL;
    facts_learn(u->facts, e);
    u->facts->budget = FACTS_BUDGET;
    for (int i = 0; i < poly_term_count(e); i++)
        if (!all_kept(u, poly_monomial(u->facts->table, poly_term(e, i))))
            return upper_term(u, e, poly_term(e, i), depth);
    return NULL;
}

const Expr *facts_upper_expr(Facts *f, const Expr *e, bool (*keep)(void *user, const Value *value), void *user) {
    Upper u = {f, keep, user, 200};
    if (all_kept(&u, e))
        return e;
    facts_retry(f);
    f->epoch++;
    const Expr *bound = upper_of(&u, facts_normal(f, e), FACTS_DEPTH);
    return bound ? bound : upper_of(&u, e, FACTS_DEPTH);
}
