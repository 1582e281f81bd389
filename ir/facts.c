/* Facts: the stack, its indices, and what atoms and equalities mean. */
#include "ir/facts_impl.h"
#include <assert.h>
#include <string.h>
#include "ir/ir.h"

Facts *facts_create(Arena *arena, ExprTable *table) {
    Facts *f = ARENA_NEW(arena, Facts);
    f->arena = arena;
    f->table = table;
    f->nslots = 64;
    f->slots = ARENA_ARRAY(arena, FactSlot, f->nslots);
    f->nmemo = 64;
    f->memo = ARENA_ARRAY(arena, FactMemo, f->nmemo);
    return f;
}

/* ---- indices ---------------------------------------------------------------------------------------------------- */
static FactSlot *slot_search(const Facts *f, const Expr *e) {
    uint32_t at = e->hash & (f->nslots - 1);
    while (f->slots[at].e && f->slots[at].e != e)
        at = (at + 1) & (f->nslots - 1);
    return &f->slots[at];
}

static FactSlot *slot_enter(Facts *f, const Expr *e) {
    if (f->nused * 2 >= f->nslots) {
        FactSlot *old = f->slots;
        uint32_t n = f->nslots;
        f->nslots *= 2;
        f->slots = ARENA_ARRAY(f->arena, FactSlot, f->nslots);
        for (uint32_t i = 0; i < n; i++)
            if (old[i].e)
                *slot_search(f, old[i].e) = old[i];
    }
    FactSlot *s = slot_search(f, e);
    if (!s->e) {
        *s = (FactSlot){e, -1, -1, false};
        f->nused++;
    }
    return s;
}

bool facts_direct(Facts *f, const Expr *h, int64_t *bound) {
    const FactSlot *s = slot_search(f, h);
    if (!s->e || s->fact < 0)
        return false;
    *bound = f->facts.data[s->fact].bound;
    return true;
}

int32_t facts_terms_of(Facts *f, const Expr *monomial) {
    const FactSlot *s = slot_search(f, monomial);
    return s->e ? s->term : -1;
}

static void log_push(Facts *f, LogKind kind) { VEC_PUSH(f->arena, &f->log, (LogEntry){kind, ++f->serial}); }

int facts_mark(const Facts *f) { return f->log.len; }

static void fact_pop(Facts *f) {
    int32_t index = f->facts.len - 1;
    Fact fact = VEC_POP(&f->facts);
    slot_search(f, fact.h)->fact = fact.older;
    while (f->terms.len > 0 && VEC_LAST(&f->terms).fact == index) {
        FactTerm term = VEC_POP(&f->terms);
        slot_search(f, term.monomial)->term = term.older;
    }
}

void facts_release(Facts *f, int mark) {
    while (f->log.len > mark) {
        switch (VEC_POP(&f->log).kind) {
        case LOG_FACT: fact_pop(f); break;
        case LOG_SUBST: f->substs.len--; break;
        case LOG_KNOWN: slot_search(f, VEC_POP(&f->known))->known = false; break;
        case LOG_PENDING: f->pending.len--; break;
        }
    }
}

/* ---- normal forms ----------------------------------------------------------------------------------------------- */
bool facts_in_limits(const Expr *e) {
    int64_t c = poly_constant(e);
    bool ok = c > -FACTS_LIMIT && c < FACTS_LIMIT && poly_term_count(e) <= 64;
    for (int i = 0; i < poly_term_count(e) && ok; i++) {
        PolyTerm term = poly_term(e, i);
        ok = term.c > -FACTS_LIMIT && term.c < FACTS_LIMIT && term.nfactors <= 8;
    }
    return ok;
}

static int64_t gcd(int64_t a, int64_t b) {
    a = a < 0 ? -a : a;
    b = b < 0 ? -b : b;
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

FactForm facts_form(Facts *f, const Expr *e) {
    int64_t c = poly_constant(e), d = 0;
    int n = poly_term_count(e);
    if (n == 0)
        return (FactForm){NULL, 1, c};
    for (int i = 0; i < n && d != 1; i++)
        d = gcd(d, poly_term(e, i).c);
    assert(d > 0);
    if (d == 1)
        return (FactForm){c ? expr_add_const(f->table, e, -c) : e, 1, c};
    PolyTerm terms[64];
    for (int i = 0; i < n; i++) {
        terms[i] = poly_term(e, i);
        terms[i].c /= d;
    }
    return (FactForm){poly_build(f->table, 0, terms, n), d, c};
}

const Expr *facts_normal(Facts *f, const Expr *e) {
    for (int i = 0; i < f->substs.len; i++)
        e = expr_replace(f->table, e, f->substs.data[i].value, f->substs.data[i].expr);
    return e;
}

/* ---- adding ----------------------------------------------------------------------------------------------------- */
static void add_ge0(Facts *f, const Expr *e);

static bool push_fact(Facts *f, const Expr *h, int64_t bound) {
    int64_t known;
    if (facts_direct(f, h, &known) && known >= bound)
        return false;
    FactSlot *s = slot_enter(f, h);
    VEC_PUSH(f->arena, &f->facts, (Fact){h, bound, s->fact});
    int32_t index = f->facts.len - 1;
    s->fact = index;
    for (int i = 0; i < poly_term_count(h); i++) {
        PolyTerm term = poly_term(h, i);
        const Expr *monomial = poly_monomial(f->table, term);
        FactSlot *list = slot_enter(f, monomial);
        VEC_PUSH(f->arena, &f->terms, (FactTerm){monomial, term.c, index, list->term});
        list->term = f->terms.len - 1;
    }
    log_push(f, LOG_FACT);
    return true;
}

/* The youngest value that stands alone with coefficient 1 or -1, so that h == bound can be solved for it. */
static Value *solvable_value(const Expr *h, int64_t *coef) {
    Value *best = NULL;
    for (int i = 0; i < poly_term_count(h); i++) {
        PolyTerm term = poly_term(h, i);
        if (term.nfactors != 1 || term.factors[0]->kind != EXPR_VALUE || (term.c != 1 && term.c != -1))
            continue;
        Value *v = term.factors[0]->value;
        bool alone = true;
        for (int k = 0; k < poly_term_count(h) && alone; k++)
            for (int n = 0; n < poly_term(h, k).nfactors && k != i; n++)
                alone &= !expr_uses(poly_term(h, k).factors[n], v);
        if (alone && (!best || v->id > best->id)) {
            best = v;
            *coef = term.c;
        }
    }
    return best;
}

/* h == bound: from here on the youngest value is written in terms of the others, in the facts there are, too. */
static void push_equality(Facts *f, const Expr *h, int64_t bound) {
    int64_t coef = 1;
    Value *v = solvable_value(h, &coef);
    if (!v)
        return;
    const Expr *rest = expr_sub(f->table, h, expr_mul_const(f->table, expr_value(f->table, v), coef));
    const Expr *to = expr_mul_const(f->table, expr_sub(f->table, expr_const(f->table, bound), rest), coef);
    VEC_PUSH(f->arena, &f->substs, (FactSubst){v, to});
    log_push(f, LOG_SUBST);
    int n = f->facts.len;
    for (int i = 0; i < n; i++) {
        Fact fact = f->facts.data[i];
        if (expr_uses(fact.h, v))
            add_ge0(f, expr_add_const(f->table, fact.h, -fact.bound));
    }
}

static bool has_pending_part(const Expr *e) {
    for (int i = 0; i < poly_term_count(e); i++) {
        PolyTerm term = poly_term(e, i);
        for (int k = 0; k < term.nfactors; k++) {
            ExprKind kind = term.factors[k]->kind;
            if (kind == EXPR_DIV || kind == EXPR_MOD || kind == (term.c > 0 ? EXPR_MAX : EXPR_MIN))
                return true;
        }
    }
    return false;
}

static void add_ge0(Facts *f, const Expr *e) {
    enum { DEEPEST = 12 };
    e = facts_normal(f, e);
    if (f->nesting > DEEPEST || !facts_in_limits(e))
        return;
    FactForm form = facts_form(f, e);
    if (!form.h)
        return;
    f->nesting++;
    int64_t bound = ceil_div(-form.constant, form.divisor), other;
    if (push_fact(f, form.h, bound)) {
        if (facts_direct(f, expr_neg(f->table, form.h), &other) && other == -bound)
            push_equality(f, form.h, bound);
        facts_learn(f, form.h);
        if (has_pending_part(form.h)) {
            VEC_PUSH(f->arena, &f->pending, expr_add_const(f->table, form.h, -bound));
            log_push(f, LOG_PENDING);
            f->retried = 0;
        }
    }
    f->nesting--;
}

void facts_add_ge0(Facts *f, const Expr *e) { add_ge0(f, e); }

void facts_add_le(Facts *f, const Expr *a, const Expr *b) { add_ge0(f, expr_sub(f->table, b, a)); }

void facts_add_lt(Facts *f, const Expr *a, const Expr *b) {
    add_ge0(f, expr_add_const(f->table, expr_sub(f->table, b, a), -1));
}

void facts_add_eq(Facts *f, const Expr *a, const Expr *b) {
    facts_add_le(f, a, b);
    facts_add_le(f, b, a);
}

/* ---- what atoms mean -------------------------------------------------------------------------------------------- */
/* a / b with a >= 0, b >= 1: 0 <= q, b * q <= a < b * q + b; a % b: 0 <= r < b, r <= a, a == b * q + r. */
static bool learn_division(Facts *f, const Expr *atom) {
    ExprTable *t = f->table;
    const Expr *a = atom->args[0], *b = atom->args[1];
    if (!facts_shows(f, b, 1) || !facts_shows(f, a, 0))
        return false;
    const Expr *q = expr_div(t, a, b);
    const Expr *left = expr_sub(t, a, expr_mul(t, b, q));
    add_ge0(f, q);
    if (atom->kind == EXPR_DIV) {
        add_ge0(f, left);
        add_ge0(f, expr_add_const(t, expr_sub(t, b, left), -1));
        return true;
    }
    add_ge0(f, atom);
    add_ge0(f, expr_sub(t, a, atom));
    add_ge0(f, expr_add_const(t, expr_sub(t, b, atom), -1));
    facts_add_eq(f, left, atom);
    return true;
}

static bool learn_extreme(Facts *f, const Expr *atom) {
    for (int i = 0; i < atom->nargs; i++) {
        const Expr *over = expr_sub(f->table, atom->args[i], atom);
        add_ge0(f, atom->kind == EXPR_MIN ? over : expr_neg(f->table, over));
    }
    return true;
}

static void learn_atom(Facts *f, const Expr *atom) {
    if (atom->kind == EXPR_VALUE || slot_enter(f, atom)->known)
        return;
    slot_enter(f, atom)->known = true; /* while it is being learned, too */
    bool done = atom->kind == EXPR_DIV || atom->kind == EXPR_MOD ? learn_division(f, atom) : learn_extreme(f, atom);
    slot_enter(f, atom)->known = done;
    if (!done)
        return; /* nothing is logged, so that asking in vain does not change the state */
    VEC_PUSH(f->arena, &f->known, atom);
    log_push(f, LOG_KNOWN);
}

void facts_learn(Facts *f, const Expr *e) {
    enum { DEEPEST = 6 };
    if (f->nesting > DEEPEST)
        return;
    f->nesting++;
    for (int i = 0; i < poly_term_count(e); i++)
        for (int k = 0; k < poly_term(e, i).nfactors; k++)
            learn_atom(f, poly_term(e, i).factors[k]);
    f->nesting--;
}

/* e >= 0 with a max that counts up (or a min that counts down) is a choice; arguments that cannot be are ruled out. */
static void resolve_choice(Facts *f, const Expr *e, const Expr *atom) {
    const Expr *only = NULL;
    for (int i = 0; i < atom->nargs; i++) {
        const Expr *with = poly_replace_atom(f->table, e, atom, atom->args[i]);
        if (facts_shows(f, expr_neg(f->table, with), 1))
            continue;
        if (only)
            return;
        only = atom->args[i];
    }
    if (only)
        facts_add_eq(f, atom, only);
}

static void retry_one(Facts *f, const Expr *e) {
    facts_learn(f, e);
    for (int i = 0; i < poly_term_count(e); i++) {
        PolyTerm term = poly_term(e, i);
        if (term.nfactors == 1 && term.factors[0]->kind == (term.c > 0 ? EXPR_MAX : EXPR_MIN))
            resolve_choice(f, e, term.factors[0]);
    }
}

void facts_retry(Facts *f) {
    if (f->pending.len == 0 || f->retried == facts_version(f) || f->nesting > 0)
        return;
    f->nesting++;
    int n = f->pending.len;
    for (int i = n > FACTS_PENDING ? n - FACTS_PENDING : 0; i < n; i++)
        retry_one(f, f->pending.data[i]);
    f->retried = facts_version(f);
    f->nesting--;
}
