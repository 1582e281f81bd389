/* Facts: the search for a lower bound.
 *
 * To bound h from below, one term that pulls it down is cancelled by adding a multiple of a fact (times a product
 * that is known not to be negative); what remains is bounded the same way. Only one term is chosen at each step, the
 * one with the fewest facts to try: every proof has to cancel it somehow, so nothing is lost, and a term that no
 * fact speaks of ends the search at once. A min that counts up and a max that counts down are split into cases. */
#include "ir/facts_impl.h"

/* ---- memory of what was tried ----------------------------------------------------------------------------------- */
static FactMemo *memo_at(Facts *f, const Expr *h) {
    uint64_t key = ((uint64_t)h->id * 0x9E3779B97F4A7C15u) ^ (facts_version(f) * 0xC2B2AE3D27D4EB4Fu);
    return &f->memo[(key >> 20) & (f->nmemo - 1)];
}

/* True when the answer is settled: reached, or known not to be reachable with this depth. */
static bool memo_settles(Facts *f, const Expr *h, int depth, int64_t target, bool *has, int64_t *best) {
    const FactMemo *m = memo_at(f, h);
    if (m->h != h || m->version != facts_version(f))
        return false;
    *has = m->has;
    *best = m->best;
    if (m->has && m->best >= target)
        return true;
    return m->depth >= depth && (m->epoch == 0 || m->epoch == f->epoch);
}

static void memo_store(Facts *f, const Expr *h, int depth, bool has, int64_t best, bool lasting) {
    enum { LARGEST = 8192 };
    if (f->stores++ > f->nmemo * 4 && f->nmemo < LARGEST) {
        f->nmemo *= 4;
        f->memo = ARENA_ARRAY(f->arena, FactMemo, f->nmemo);
    }
    *memo_at(f, h) = (FactMemo){h, facts_version(f), lasting ? 0 : f->epoch, best, has, (int8_t)depth};
}

/* ---- signs of products ------------------------------------------------------------------------------------------ */
static bool lower_core(Facts *f, const Expr *h, int depth, int64_t target, int64_t *out);

static bool factor_lower(Facts *f, const Expr *factor, int depth, int64_t *out) {
    int inner = depth - 2 < 0 ? 0 : depth - 2 > 3 ? 3 : depth - 2;
    return lower_core(f, factor, inner, 1, out) && *out >= 0;
}

bool facts_monomial_lower(Facts *f, PolyTerm term, int depth, int64_t *out) {
    int64_t product = 1, low;
    for (int i = 0; i < term.nfactors; i++) {
        if (i + 1 < term.nfactors && term.factors[i] == term.factors[i + 1]) {
            i++; /* a square */
            int64_t square = factor_lower(f, term.factors[i], depth, &low) ? low : 0;
            if (__builtin_mul_overflow(square, square, &square) || __builtin_mul_overflow(product, square, &product))
                return false;
            continue;
        }
        if (!factor_lower(f, term.factors[i], depth, &low) || __builtin_mul_overflow(product, low, &product))
            return false;
    }
    *out = product;
    return product < FACTS_LIMIT;
}

static bool product_nonnegative(Facts *f, const Expr *product, int depth) {
    int64_t low;
    if (product->kind == EXPR_CONST)
        return product->c >= 0;
    return facts_monomial_lower(f, poly_term(product, 0), depth, &low);
}

/* ---- facts that cancel a term ----------------------------------------------------------------------------------- */
/* The factors of the term chosen by the bits of mask, or with keep = false those not chosen, as a product. */
static const Expr *sub_product(Facts *f, PolyTerm term, unsigned mask, bool keep) {
    const Expr *factors[8];
    int n = 0;
    for (int i = 0; i < term.nfactors; i++)
        if (((mask >> i & 1) != 0) == keep)
            factors[n++] = term.factors[i];
    return n == 0 ? expr_const(f->table, 1) : poly_product(f->table, 1, factors, n);
}

/* Long products: the whole, and each single factor; short ones: every part. */
static bool mask_wanted(unsigned mask, int n) { return n <= 3 || mask == (1u << n) - 1 || (mask & (mask - 1)) == 0; }

static int list_matches(Facts *f, const Expr *part, int sign, const Expr *cofactor, FactMatch *out, int n, int cap) {
    int tried = 0;
    for (int32_t at = facts_terms_of(f, part); at >= 0 && n < cap && tried < FACTS_CANDIDATES;
         at = f->terms.data[at].older) {
        FactTerm term = f->terms.data[at];
        if ((term.coef > 0) != (sign > 0))
            continue;
        out[n++] = (FactMatch){term.fact, term.coef, cofactor};
        tried++;
    }
    return n;
}

int facts_matches(Facts *f, PolyTerm term, int sign, int depth, FactMatch *out, int cap) {
    int n = 0;
    if (term.nfactors > 8)
        return 0;
    for (unsigned mask = (1u << term.nfactors) - 1; mask > 0 && n < cap; mask--) {
        if (!mask_wanted(mask, term.nfactors))
            continue;
        const Expr *part = sub_product(f, term, mask, true);
        if (facts_terms_of(f, part) < 0)
            continue;
        const Expr *cofactor = sub_product(f, term, mask, false);
        if (product_nonnegative(f, cofactor, depth))
            n = list_matches(f, part, sign, cofactor, out, n, cap);
    }
    return n;
}

static int64_t gcd_positive(int64_t a, int64_t b) {
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

const Expr *facts_cancel(Facts *f, const Expr *e, PolyTerm term, const FactMatch *match, int64_t *scale) {
    ExprTable *t = f->table;
    int64_t have = term.c < 0 ? -term.c : term.c, give = match->coef < 0 ? -match->coef : match->coef;
    int64_t g = gcd_positive(have, give);
    *scale = give / g;
    int64_t cancel = have / g;
    Fact fact = f->facts.data[match->fact];
    if (*scale >= FACTS_FACTOR || cancel >= FACTS_FACTOR || !facts_in_limits(e))
        return NULL;
    if ((term.c < 0) != (match->coef < 0))
        cancel = -cancel;
    const Expr *gain = expr_mul(t, match->cofactor, expr_add_const(t, fact.h, -fact.bound));
    const Expr *left = expr_sub(t, expr_mul_const(t, e, *scale), expr_mul_const(t, gain, cancel));
    return facts_in_limits(left) ? left : NULL;
}

/* ---- the search ------------------------------------------------------------------------------------------------- */
typedef struct Search {
    const Expr *h;
    int depth;
    int64_t target, best;
    bool has;
} Search;

static bool search_done(const Search *s) { return s->has && s->best >= s->target; }

static void search_offer(Search *s, int64_t bound) {
    if (!s->has || bound > s->best) {
        s->best = bound;
        s->has = true;
    }
}

/* Adds up what is known of each term alone. */
static void try_intervals(Facts *f, Search *s) {
    int64_t sum = 0, low;
    int n = poly_term_count(s->h);
    if (n == 1 && poly_term(s->h, 0).nfactors == 1)
        return; /* an atom: it would ask itself */
    for (int i = 0; i < n; i++) {
        PolyTerm term = poly_term(s->h, i);
        int64_t size = term.c < 0 ? -term.c : term.c;
        if (term.c > 0 ? !facts_monomial_lower(f, term, s->depth, &low)
                       : !facts_direct(f, expr_neg(f->table, poly_monomial(f->table, term)), &low))
            return;
        if (__builtin_mul_overflow(low, size, &low) || __builtin_add_overflow(sum, low, &sum))
            return;
    }
    search_offer(s, sum);
}

static void try_match(Facts *f, Search *s, PolyTerm term, const FactMatch *match) {
    int64_t scale, target, low;
    const Expr *left = facts_cancel(f, s->h, term, match, &scale);
    if (!left)
        return;
    if (s->target == INT64_MAX || __builtin_mul_overflow(s->target - 1, scale, &target))
        target = INT64_MAX;
    else
        target++;
    if (facts_lower(f, left, s->depth - 1, target, &low))
        search_offer(s, ceil_div(low, scale));
}

/* h has a term p = m * rest with rest >= least >= 1 and the term -k * m, m not negative: p counts for least * m. */
static void try_absorb(Facts *f, Search *s, PolyTerm pivot) {
    ExprTable *t = f->table;
    const Expr *m = poly_monomial(t, pivot);
    for (int i = 0; i < poly_term_count(s->h) && !search_done(s); i++) {
        PolyTerm p = poly_term(s->h, i);
        if (p.c < 0 || p.nfactors <= pivot.nfactors || p.nfactors > 8)
            continue;
        const Expr *rest[8];
        int n = 0, k = 0;
        for (int j = 0; j < p.nfactors; j++) {
            if (k < pivot.nfactors && p.factors[j] == pivot.factors[k])
                k++;
            else
                rest[n++] = p.factors[j];
        }
        int64_t least, low;
        if (k < pivot.nfactors || !facts_monomial_lower(f, (PolyTerm){1, n, rest}, s->depth, &least) || least < 1 ||
            !product_nonnegative(f, m, s->depth))
            continue;
        const Expr *over = expr_sub(t, poly_monomial(t, p), expr_mul_const(t, m, least));
        const Expr *left = expr_sub(t, s->h, expr_mul_const(t, over, p.c < FACTS_FACTOR ? p.c : 0));
        if (left != s->h && facts_in_limits(left) && facts_lower(f, left, s->depth - 1, s->target, &low))
            search_offer(s, low);
    }
}

/* A fact's constant times a product can cancel a term, too, but then it brings in a product that the term divides. */
static bool divides_another(const Expr *h, PolyTerm term) {
    for (int i = 0; i < poly_term_count(h); i++) {
        PolyTerm other = poly_term(h, i);
        int k = 0;
        for (int n = 0; n < other.nfactors && k < term.nfactors; n++)
            k += other.factors[n] == term.factors[k];
        if (k == term.nfactors && other.nfactors > term.nfactors)
            return true;
    }
    return false;
}

/* The term of the given sign with the fewest facts that cancel it; -1: there is none of that sign. */
static int choose_pivot(Facts *f, const Search *s, int sign, FactMatch *matches, int *nmatches, int cap) {
    FactMatch some[4 * FACTS_CANDIDATES];
    int pivot = -1, last = -1;
    for (int i = 0; i < poly_term_count(s->h); i++) {
        PolyTerm term = poly_term(s->h, i);
        if ((term.c > 0) != (sign > 0))
            continue;
        int n = facts_matches(f, term, sign, s->depth, some, cap);
        /* A term that counts up may just be left; one without facts is no use to look at. */
        if (n == 0 && (sign > 0 || divides_another(s->h, term))) {
            last = sign < 0 ? i : last;
            continue;
        }
        if (pivot >= 0 && n >= *nmatches)
            continue;
        pivot = i;
        *nmatches = n;
        for (int k = 0; k < n; k++)
            matches[k] = some[k];
    }
    return pivot >= 0 ? pivot : last;
}

static bool try_pivot(Facts *f, Search *s, int sign) {
    enum { MOST = 4 * FACTS_CANDIDATES };
    FactMatch matches[MOST];
    int n = 0, pivot = choose_pivot(f, s, sign, matches, &n, MOST);
    if (pivot < 0)
        return false;
    PolyTerm term = poly_term(s->h, pivot);
    for (int i = 0; i < n && !search_done(s) && f->budget > 0; i++)
        try_match(f, s, term, &matches[i]);
    if (sign < 0 && !search_done(s))
        try_absorb(f, s, term);
    return true;
}

/* ---- cases ------------------------------------------------------------------------------------------------------ */
static const Expr *find_choice(const Expr *h) {
    enum { MOST_CASES = 4 };
    for (int i = 0; i < poly_term_count(h); i++) {
        PolyTerm term = poly_term(h, i);
        for (int k = 0; k < term.nfactors; k++) {
            const Expr *a = term.factors[k];
            if (a->kind == (term.c > 0 ? EXPR_MIN : EXPR_MAX) && a->nargs <= MOST_CASES)
                return a;
        }
    }
    return NULL;
}

/* One case of a choice: the atom is argument i, so the others lie on the known side of it. */
static bool case_lower(Facts *f, const Search *s, const Expr *atom, int i, int64_t *low) {
    ExprTable *t = f->table;
    int mark = facts_mark(f);
    for (int k = 0; k < atom->nargs; k++) {
        const Expr *over = expr_sub(t, atom->args[k], atom->args[i]);
        if (k != i)
            facts_add_ge0(f, atom->kind == EXPR_MIN ? over : expr_neg(t, over));
    }
    const Expr *with = facts_normal(f, poly_replace_atom(t, s->h, atom, atom->args[i]));
    facts_learn(f, with);
    bool has = facts_in_limits(with) && facts_lower(f, with, s->depth - 1, s->target, low);
    facts_release(f, mark);
    if (has && *low >= s->target)
        return true;
    for (int k = 0; k < atom->nargs; k++) {
        const Expr *over = expr_sub(t, atom->args[i], atom->args[k]);
        if (k != i && facts_shows(f, atom->kind == EXPR_MIN ? over : expr_neg(t, over), 1)) {
            *low = INT64_MAX; /* this argument never is the one */
            return true;
        }
    }
    return has;
}

static void try_cases(Facts *f, Search *s) {
    const Expr *atom = find_choice(s->h);
    if (!atom || s->depth < 2)
        return;
    int64_t least = INT64_MAX, low;
    for (int i = 0; i < atom->nargs; i++) {
        if (!case_lower(f, s, atom, i, &low))
            return;
        least = low < least ? low : least;
        if (least < s->target && s->target != INT64_MAX)
            return; /* this way the target is out of reach */
    }
    search_offer(s, least);
}

/* ---- entry ------------------------------------------------------------------------------------------------------ */
static void search_all(Facts *f, Search *s) {
    int64_t bound;
    if (facts_direct(f, s->h, &bound))
        search_offer(s, bound);
    if (!search_done(s))
        try_intervals(f, s);
    if (search_done(s) || s->depth == 0)
        return;
    try_cases(f, s);
    if (!search_done(s) && !try_pivot(f, s, -1) && !search_done(s))
        try_pivot(f, s, 1);
}

static bool lower_core(Facts *f, const Expr *h, int depth, int64_t target, int64_t *out) {
    Search s = {h, depth, target, 0, false};
    if (memo_settles(f, h, depth, target, &s.has, &s.best)) {
        *out = s.best;
        return s.has;
    }
    if (f->budget <= 0) {
        f->cut = true;
        return false;
    }
    f->budget--;
    bool outer_cut = f->cut;
    f->cut = false;
    memo_store(f, h, depth, s.has, s.best, false); /* in progress: no help from itself */
    search_all(f, &s);
    memo_store(f, h, search_done(&s) ? -1 : depth, s.has, s.best, !f->cut); /* done early: not looked at to the end */
    f->cut |= outer_cut;
    *out = s.best;
    return s.has;
}

bool facts_lower(Facts *f, const Expr *e, int depth, int64_t target, int64_t *out) {
    FactForm form = facts_form(f, e);
    int64_t low = 0, inner;
    if (!form.h) {
        *out = form.constant;
        return true;
    }
    if (target == INT64_MAX || __builtin_sub_overflow(target, form.constant, &inner))
        inner = INT64_MAX;
    else
        inner = ceil_div(inner, form.divisor);
    if (!lower_core(f, form.h, depth < 0 ? 0 : depth, inner, &low))
        return false;
    return !__builtin_mul_overflow(low, form.divisor, &low) && !__builtin_add_overflow(low, form.constant, out);
}

bool facts_shows(Facts *f, const Expr *e, int64_t at_least) {
    enum { OWN_BUDGET = 100, SMALLER = 10, DEEPEST = 8 };
    int64_t low;
    e = facts_normal(f, e);
    if (e->kind == EXPR_CONST)
        return e->c >= at_least;
    if (!facts_in_limits(e) || f->nesting > DEEPEST)
        return false;
    int outer = f->budget;
    bool cut = f->cut;
    int own = f->wasted < FACTS_WASTE ? OWN_BUDGET : SMALLER;
    f->budget = own;
    f->nesting++;
    f->epoch++;
    facts_learn(f, e);
    bool shown = facts_lower(f, e, FACTS_DEPTH / 2, at_least, &low) && low >= at_least;
    f->nesting--;
    f->epoch++;
    f->budget = outer - (own - f->budget);
    f->cut = cut;
    return shown;
}
