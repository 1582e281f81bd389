/* Index expressions: the table of interned nodes, and the polynomial normal form.
 *
 * A sum is kept as a sorted list of distinct monomials with coefficients; adding merges two lists, multiplying makes
 * all pairs. Interning makes equal polynomials the same pointer, so equality and memoisation cost nothing. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "ir/expr_table.h"
#include "ir/ir.h"

/* ---- the table -------------------------------------------------------------------------------------------------- */
ExprTable *expr_table_create(Arena *arena) {
    ExprTable *t = ARENA_NEW(arena, ExprTable);
    t->arena = arena;
    t->nslots = 256;
    t->slots = ARENA_ARRAY(arena, const Expr *, t->nslots);
    t->zero = expr_const(t, 0);
    t->one = expr_const(t, 1);
    return t;
}

void *expr_scratch(ExprTable *t, void *data, int *cap, int want, size_t size) {
    if (want <= *cap)
        return data;
    int new_cap = *cap ? *cap : 16;
    while (new_cap < want)
        new_cap *= 2;
    *cap = new_cap;
    return arena_alloc_array(t->arena, (size_t)new_cap, size); /* scratch: the old contents are not wanted */
}

static uint32_t hash_mix(uint32_t h, uint64_t x) {
    uint64_t z = (x + h) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(z >> 32) ^ (uint32_t)z * 31u;
}

static uint32_t hash_node(ExprKind kind, int64_t c, const Value *value, const Expr *const *args, int nargs) {
    uint32_t h = hash_mix((uint32_t)kind + 1, (uint64_t)c);
    if (value)
        h = hash_mix(h, (uint64_t)value->id + 1);
    for (int i = 0; i < nargs; i++)
        h = hash_mix(h, (uint64_t)args[i]->id + 3);
    h *= 0x85EBCA6Bu;
    return h ^ (h >> 16);
}

static void table_grow(ExprTable *t) {
    uint32_t old = t->nslots;
    const Expr **slots = t->slots;
    t->nslots = old * 2;
    t->slots = ARENA_ARRAY(t->arena, const Expr *, t->nslots);
    for (uint32_t i = 0; i < old; i++) {
        if (!slots[i])
            continue;
        uint32_t at = slots[i]->hash & (t->nslots - 1);
        while (t->slots[at])
            at = (at + 1) & (t->nslots - 1);
        t->slots[at] = slots[i];
    }
}

static int value_by_id(const void *a, const void *b) {
    const Value *x = *(Value *const *)a, *y = *(Value *const *)b;
    return x->id != y->id ? (x->id < y->id ? -1 : 1) : (x > y) - (x < y);
}

/* The distinct leaves below a node; the argument that has them all lends its list. */
static void node_collect_leaves(ExprTable *t, ExprNode *node) {
    int total = 0, most = 0;
    for (int i = 0; i < node->e.nargs; i++) {
        total += expr_node(node->e.args[i])->nleaves;
        if (expr_node(node->e.args[i])->nleaves > expr_node(node->e.args[most])->nleaves)
            most = i;
    }
    if (total == 0)
        return;
    t->leaves = expr_scratch(t, t->leaves, &t->leaves_cap, total, sizeof *t->leaves);
    int n = 0;
    for (int i = 0; i < node->e.nargs; i++) {
        const ExprNode *arg = expr_node(node->e.args[i]);
        for (int k = 0; k < arg->nleaves; k++)
            t->leaves[n++] = arg->leaves[k];
    }
    qsort(t->leaves, (size_t)n, sizeof *t->leaves, value_by_id);
    int distinct = 0;
    for (int i = 0; i < n; i++)
        if (distinct == 0 || t->leaves[distinct - 1] != t->leaves[i])
            t->leaves[distinct++] = t->leaves[i];
    node->nleaves = distinct;
    const ExprNode *rich = expr_node(node->e.args[most]);
    if (rich->nleaves == distinct) {
        node->leaves = rich->leaves;
        return;
    }
    Value **leaves = ARENA_ARRAY(t->arena, Value *, distinct);
    memcpy(leaves, t->leaves, (size_t)distinct * sizeof *leaves);
    node->leaves = leaves;
}

static ExprNode *node_create(ExprTable *t, ExprKind kind, int64_t c, Value *value, const Expr *const *args, int nargs) {
    ExprNode *node = ARENA_NEW(t->arena, ExprNode);
    node->e = (Expr){.kind = kind, .nargs = nargs, .c = c, .value = value, .id = t->count};
    node->self = &node->e;
    if (nargs) {
        const Expr **copy = ARENA_ARRAY(t->arena, const Expr *, nargs);
        memcpy(copy, args, (size_t)nargs * sizeof *copy);
        node->e.args = copy;
        node_collect_leaves(t, node);
    }
    if (value) {
        Value **leaf = ARENA_NEW(t->arena, Value *);
        *leaf = value;
        node->leaves = leaf;
        node->nleaves = 1;
    }
    return node;
}

const Expr *expr_intern(ExprTable *t, ExprKind kind, int64_t c, Value *value, const Expr *const *args, int nargs) {
    if (t->count * 2 >= t->nslots)
        table_grow(t);
    uint32_t hash = hash_node(kind, c, value, args, nargs);
    uint32_t at = hash & (t->nslots - 1);
    for (; t->slots[at]; at = (at + 1) & (t->nslots - 1)) {
        const Expr *e = t->slots[at];
        if (e->hash == hash && e->kind == kind && e->c == c && e->value == value && e->nargs == nargs &&
            (nargs == 0 || memcmp(e->args, args, (size_t)nargs * sizeof *args) == 0))
            return e;
    }
    ExprNode *node = node_create(t, kind, c, value, args, nargs);
    node->e.hash = hash;
    t->slots[at] = &node->e;
    t->count++;
    return &node->e;
}

const Expr *expr_const(ExprTable *t, int64_t c) {
    if (c == 0 && t->zero)
        return t->zero;
    if (c == 1 && t->one)
        return t->one;
    return expr_intern(t, EXPR_CONST, c, NULL, NULL, 0);
}

const Expr *expr_value(ExprTable *t, Value *value) { return expr_intern(t, EXPR_VALUE, 0, value, NULL, 0); }

bool expr_is_const(const Expr *e, int64_t *c) {
    if (e->kind != EXPR_CONST)
        return false;
    if (c)
        *c = e->c;
    return true;
}

bool expr_equals_const(const Expr *e, int64_t c) { return e->kind == EXPR_CONST && e->c == c; }

/* ---- the polynomial view ---------------------------------------------------------------------------------------- */
int poly_term_count(const Expr *e) { return e->kind == EXPR_SUM ? e->nargs : e->kind != EXPR_CONST; }

int64_t poly_constant(const Expr *e) { return e->kind == EXPR_SUM || e->kind == EXPR_CONST ? e->c : 0; }

PolyTerm poly_term(const Expr *e, int i) {
    if (e->kind == EXPR_SUM)
        e = e->args[i];
    if (e->kind == EXPR_PROD)
        return (PolyTerm){e->c, e->nargs, e->args};
    assert(e->kind != EXPR_CONST && e->kind != EXPR_SUM);
    return (PolyTerm){1, 1, &expr_node(e)->self};
}

static const Expr *term_expr(ExprTable *t, PolyTerm term) {
    if (term.c == 1 && term.nfactors == 1)
        return term.factors[0];
    return expr_intern(t, EXPR_PROD, term.c, NULL, term.factors, term.nfactors);
}

const Expr *poly_monomial(ExprTable *t, PolyTerm term) {
    term.c = 1;
    return term_expr(t, term);
}

static int term_compare(const PolyTerm *a, const PolyTerm *b) {
    if (a->nfactors != b->nfactors)
        return a->nfactors < b->nfactors ? -1 : 1;
    for (int i = 0; i < a->nfactors; i++)
        if (a->factors[i] != b->factors[i])
            return a->factors[i]->id < b->factors[i]->id ? -1 : 1;
    return 0;
}

static int term_compare_void(const void *a, const void *b) { return term_compare(a, b); }

/* From sorted terms: adds up equal neighbours, drops zeros, and makes the node. */
static const Expr *build_sorted(ExprTable *t, int64_t c, const PolyTerm *terms, int nterms) {
    t->args = expr_scratch(t, t->args, &t->args_cap, nterms, sizeof *t->args);
    int n = 0;
    for (int i = 0; i < nterms;) {
        PolyTerm sum = terms[i++];
        while (i < nterms && term_compare(&sum, &terms[i]) == 0)
            sum.c = wrap_add(sum.c, terms[i++].c);
        if (sum.c == 0)
            continue;
        if (sum.nfactors == 0)
            c = wrap_add(c, sum.c);
        else
            t->args[n++] = term_expr(t, sum);
    }
    if (n == 0)
        return expr_const(t, c);
    if (n == 1 && c == 0)
        return t->args[0];
    return expr_intern(t, EXPR_SUM, c, NULL, t->args, n);
}

const Expr *poly_build(ExprTable *t, int64_t c, PolyTerm *terms, int nterms) {
    if (nterms > 1)
        qsort(terms, (size_t)nterms, sizeof *terms, term_compare_void);
    return build_sorted(t, c, terms, nterms);
}

static int factor_compare_void(const void *a, const void *b) {
    const Expr *x = *(const Expr *const *)a, *y = *(const Expr *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

const Expr *poly_product(ExprTable *t, int64_t c, const Expr **factors, int nfactors) {
    qsort(factors, (size_t)nfactors, sizeof *factors, factor_compare_void);
    PolyTerm term = {c, nfactors, factors};
    return build_sorted(t, 0, &term, 1);
}

bool poly_product_fits(const Expr *a, const Expr *b) {
    enum { MOST_TERMS = 1000, MOST_FACTORS = 40 };
    int64_t na = poly_term_count(a) + 1, nb = poly_term_count(b) + 1;
    int da = na > 1 ? poly_term(a, (int)na - 2).nfactors : 0; /* sorted: the last term has the most factors */
    int db = nb > 1 ? poly_term(b, (int)nb - 2).nfactors : 0;
    return na * nb <= MOST_TERMS && da + db <= MOST_FACTORS;
}

/* ---- arithmetic ------------------------------------------------------------------------------------------------- */
/* a + k * b */
static const Expr *add_scaled(ExprTable *t, const Expr *a, const Expr *b, int64_t k) {
    int na = poly_term_count(a), nb = poly_term_count(b);
    t->terms = expr_scratch(t, t->terms, &t->terms_cap, na + nb, sizeof *t->terms);
    int i = 0, j = 0, n = 0;
    while (i < na || j < nb) {
        PolyTerm x = {0}, y = {0};
        if (i < na)
            x = poly_term(a, i);
        if (j < nb)
            y = poly_term(b, j);
        int order = i == na ? 1 : j == nb ? -1 : term_compare(&x, &y);
        y.c = wrap_mul(y.c, k);
        if (order <= 0)
            t->terms[n] = x, i++;
        if (order > 0)
            t->terms[n] = y;
        else if (order == 0)
            t->terms[n].c = wrap_add(x.c, y.c);
        j += order >= 0;
        n++;
    }
    int64_t c = wrap_add(poly_constant(a), wrap_mul(poly_constant(b), k));
    return build_sorted(t, c, t->terms, n);
}

const Expr *expr_add(ExprTable *t, const Expr *a, const Expr *b) {
    if (a == t->zero)
        return b;
    return b == t->zero ? a : add_scaled(t, a, b, 1);
}

const Expr *expr_sub(ExprTable *t, const Expr *a, const Expr *b) {
    if (a == b)
        return t->zero;
    return b == t->zero ? a : add_scaled(t, a, b, -1);
}

const Expr *expr_neg(ExprTable *t, const Expr *a) { return expr_mul_const(t, a, -1); }

const Expr *expr_mul_const(ExprTable *t, const Expr *a, int64_t c) {
    if (c == 0)
        return t->zero;
    return c == 1 ? a : add_scaled(t, t->zero, a, c);
}

const Expr *expr_add_const(ExprTable *t, const Expr *a, int64_t c) { return c == 0 ? a : add_scaled(t, a, t->one, c); }

/* The sorted factors of x * y, written to out. */
static PolyTerm term_multiply(PolyTerm x, PolyTerm y, const Expr **out) {
    int i = 0, j = 0, n = 0;
    while (i < x.nfactors || j < y.nfactors) {
        bool left = j == y.nfactors || (i < x.nfactors && x.factors[i]->id <= y.factors[j]->id);
        out[n++] = left ? x.factors[i++] : y.factors[j++];
    }
    return (PolyTerm){wrap_mul(x.c, y.c), n, out};
}

static PolyTerm term_or_constant(const Expr *e, int i) {
    return i < poly_term_count(e) ? poly_term(e, i) : (PolyTerm){poly_constant(e), 0, NULL};
}

const Expr *expr_mul(ExprTable *t, const Expr *a, const Expr *b) {
    if (a->kind == EXPR_CONST)
        return expr_mul_const(t, b, a->c);
    if (b->kind == EXPR_CONST)
        return expr_mul_const(t, a, b->c);
    int na = poly_term_count(a) + 1, nb = poly_term_count(b) + 1; /* one more for the constant */
    int factors = 0;
    for (int i = 0; i < na; i++)
        factors += term_or_constant(a, i).nfactors * nb;
    for (int j = 0; j < nb; j++)
        factors += term_or_constant(b, j).nfactors * na;
    t->factors = expr_scratch(t, t->factors, &t->factors_cap, factors, sizeof *t->factors);
    t->terms = expr_scratch(t, t->terms, &t->terms_cap, na * nb, sizeof *t->terms);
    int n = 0, used = 0;
    for (int i = 0; i < na; i++) {
        for (int j = 0; j < nb; j++) {
            PolyTerm term = term_multiply(term_or_constant(a, i), term_or_constant(b, j), t->factors + used);
            used += term.nfactors;
            if (term.c != 0)
                t->terms[n++] = term;
        }
    }
    return poly_build(t, 0, t->terms, n);
}
