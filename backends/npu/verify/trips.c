/* Which loops are run how often.
 *
 * Copies and phases repeat with a period P in each counter, so the trip counts 0 .. 2P decide all of them (README.md). Loops with one
 * trip expression run equally often; a constant count above 2P is replaced by one of P + 1 .. 2P with the same remainder. */
#include "backends/npu/verify/internal.h"

enum { MAX_PERIOD = 20, MAX_FULL = 4000, MAX_CHOICES = 20000 };

typedef struct LetPair {
    const Value *value;
    const Expr *expr;
} LetPair;

typedef struct Chooser {
    Verify *v;
    Trips *trips;
    VEC(LetPair) lets;
    VEC(const Value *) counters;
    int nest;
} Chooser;

/* ---- periods ------------------------------------------------------------------------------------------------------ */
static int64_t gcd(int64_t a, int64_t b) { return b ? gcd(b, a % b) : a; }
static int64_t lcm(int64_t a, int64_t b) { return a / gcd(a, b) * b; }

static bool contains(const Expr *e, const Expr *part) {
    bool found = e == part;
    for (int i = 0; i < e->nargs && !found; i++)
        found = contains(e->args[i], part);
    return found;
}

static bool is_argument(void *user, Value *value) {
    const Chooser *c = user;
    for (int i = 0; i < c->v->unit->args.len; i++) {
        if (c->v->unit->args.data[i].value == value)
            return true;
    }
    return false;
}

/* Constant divisors of what changes with counters, or with how often a loop runs (`trip`, which counts as one thing; or NULL). */
static int64_t divisors(Chooser *c, const Expr *e, const Expr *trip, int64_t period) {
    int64_t d;
    bool fixed = expr_each_value(e, is_argument, c) && !(trip && contains(e, trip));
    if (fixed || e == trip)
        return period;
    bool divides = e->kind == EXPR_MOD || e->kind == EXPR_DIV;
    if (divides && expr_is_const(e->args[1], &d) && d > 0)
        period = d > MAX_PERIOD ? MAX_PERIOD + 1 : lcm(period, d);
    for (int i = 0; i < e->nargs && period <= MAX_PERIOD; i++)
        period = divisors(c, e->args[i], trip, period);
    return period;
}

static const Expr *let_of(void *user, Value *value) {
    const Chooser *c = user;
    for (int i = c->lets.len - 1; i >= 0; i--) {
        if (c->lets.data[i].value == value)
            return c->lets.data[i].expr;
    }
    return NULL;
}
static const Expr *expand(Chooser *c, const Expr *e) { return expr_substitute(c->v->x, e, let_of, c); }

/* Of the copies and phases in a block that mention a counter, or (`trip`) how often its loop runs. */
static int64_t period_of(Chooser *c, const PlaceBlock *block, const Value *counter, const Expr *trip, int64_t period) {
    for (int i = 0; i < block->len && period <= MAX_PERIOD; i++) {
        const PlaceStmt *s = block->data[i];
        if (s->kind == PLACE_LET)
            VEC_PUSH(c->v->arena, &c->lets, ((LetPair){s->value, expand(c, s->expr)}));
        if (s->kind == PLACE_SET || s->kind == PLACE_WAIT) {
            const Expr *phase = expand(c, s->phase);
            if (trip ? contains(phase, trip) : expr_uses(phase, counter))
                period = divisors(c, phase, trip, lcm(period, s->count));
        }
        for (int k = 0; k < s->noperands && s->kind == PLACE_INSN; k++) {
            const Expr *copy = s->operands[k].kind == PLACE_TILE ? expand(c, s->operands[k].copy) : NULL;
            if (copy && (trip ? contains(copy, trip) : expr_uses(copy, counter)))
                period = divisors(c, copy, trip, period);
        }
        period = period_of(c, &s->body, counter, trip, period);
    }
    return period;
}

/* ---- classes --------------------------------------------------------------------------------------------------------- */
static bool uses_counter(const Chooser *c, const Expr *e) {
    for (int i = 0; i < c->counters.len; i++) {
        if (expr_uses(e, c->counters.data[i]))
            return true;
    }
    return false;
}

static void add_count(TripClass *k, int64_t count) {
    int at = 0;
    while (at < k->ncounts && k->counts[at] < count)
        at++;
    if (at < k->ncounts && k->counts[at] == count)
        return;
    for (int i = k->ncounts++; i > at; i--)
        k->counts[i] = k->counts[i - 1];
    k->counts[at] = (int)count;
}

static void fill_counts(Verify *v, TripClass *k, int64_t period) {
    int64_t c, upper = 2 * period;
    if (expr_is_const(k->trip, &c)) {
        bool many = c > 2 * period;
        add_count(k, c < 0 ? 0 : many ? period + 1 + (c - period - 1) % period : c);
        return;
    }
    bool some = k->bound && facts_prove_ge0(v->facts, expr_add_const(v->x, k->trip, -1));
    if (k->bound && facts_upper_const(v->facts, k->trip, &c) && c < upper)
        upper = c < 0 ? 0 : c;
    for (int64_t n = some ? 1 : 0; n <= upper; n++)
        add_count(k, n);
}

static void add_loop(Chooser *c, const PlaceStmt *s) {
    Trips *t = c->trips;
    Arena *arena = c->v->arena;
    const Expr *trip = expand(c, s->expr);
    bool bound = !uses_counter(c, trip);
    int lets = c->lets.len;
    int64_t period = period_of(c, &s->body, s->value, NULL, 1);
    if (bound) /* copies behind the loop may depend on how often it ran */
        period = period_of(c, &c->v->program->body, s->value, trip, period);
    c->lets.len = lets;
    if (period > MAX_PERIOD) {
        pv_fail(c->v, DIAG_PLACE_EVENT, s, "copies and flags repeat only after more than %d iterations", MAX_PERIOD);
        return;
    }
    int class = -1;
    for (int i = 0; i < t->classes.len && bound; i++)
        class = t->classes.data[i].trip == trip ? i : class;
    if (class < 0) {
        class = t->classes.len;
        VEC_PUSH(arena, &t->classes, ((TripClass){.trip = trip, .bound = bound, .nest = c->nest}));
    }
    TripClass *k = &t->classes.data[class];
    fill_counts(c->v, k, period);
    k->period = k->period > (int)period ? k->period : (int)period;
    VEC_PUSH(arena, &t->loops, ((TripLoop){s, class}));
}

static void collect(Chooser *c, const PlaceBlock *block, int depth) {
    for (int i = 0; i < block->len && !c->v->failed; i++) {
        const PlaceStmt *s = block->data[i];
        if (s->kind == PLACE_LET)
            VEC_PUSH(c->v->arena, &c->lets, ((LetPair){s->value, expand(c, s->expr)}));
        if (s->kind != PLACE_LOOP)
            continue;
        c->nest += depth == 0;
        add_loop(c, s);
        VEC_PUSH(c->v->arena, &c->counters, s->value);
        collect(c, &s->body, depth + 1);
    }
}

int pv_trip_class(const Trips *trips, const PlaceStmt *loop) {
    for (int i = 0; i < trips->loops.len; i++) {
        if (trips->loops.data[i].stmt == loop)
            return trips->loops.data[i].class;
    }
    return -1;
}

/* ---- choices that arguments can have ------------------------------------------------------------------------------------ */
typedef struct Interval {
    const Value *value;
    int64_t lo, hi;
} Interval;

static bool first_value(void *user, Value *value) {
    const Value **out = user;
    if (*out && *out != value)
        return false;
    *out = value;
    return true;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* The values of the only argument for which a trip expression `(k * arg + a) / b` is `count` (above the period: at least that);
 * false: of another form. */
static bool solve(Verify *v, const TripClass *class, int64_t count, Interval *out) {
    const Expr *trip = class->trip, *inner = trip, *coef, *rest;
    int64_t b = 1, k, a;
    *out = (Interval){NULL, 0, INT64_MAX};
    if (trip->kind == EXPR_DIV && expr_is_const(trip->args[1], &b))
        inner = trip->args[0];
    if (b < 1 || !expr_each_value(inner, first_value, &out->value) || !out->value ||
        !expr_split_affine(v->x, inner, out->value, &coef, &rest) || !expr_is_const(coef, &k) ||
        !expr_is_const(rest, &a) || k < 1)
        return false;
    if (count > 0)
        out->lo = -floor_div(-(b * count - a), k);
    if (count <= class->period)
        out->hi = floor_div(b * count + b - 1 - a, k);
    out->lo = out->lo < 0 ? 0 : out->lo;
    return true;
}

static bool is_possible(Verify *v, const Trips *t, const int *choice) {
    for (int i = 0; i < t->classes.len; i++) {
        Interval a, b;
        if (!t->classes.data[i].bound || !solve(v, &t->classes.data[i], choice[i], &a))
            continue;
        for (int j = 0; j < i; j++) {
            if (!t->classes.data[j].bound || !solve(v, &t->classes.data[j], choice[j], &b) || a.value != b.value)
                continue;
            if (a.lo > b.hi || b.lo > a.hi)
                return false;
        }
        if (a.lo > a.hi)
            return false;
    }
    return true;
}

static void add_choice(Verify *v, Trips *t, const int *choice) {
    if (t->choices.len >= MAX_CHOICES || !is_possible(v, t, choice))
        return;
    int *copy = ARENA_ARRAY(v->arena, int, t->classes.len + 1);
    for (int i = 0; i < t->classes.len; i++)
        copy[i] = choice[i];
    VEC_PUSH(v->arena, &t->choices, copy);
}

/* Every count of the classes of two nests; of the others `rest` (0: the least, else the greatest). -1: of all. */
static void odometer(Verify *v, Trips *t, int nest_a, int nest_b, int rest, int *choice, int class) {
    if (class == t->classes.len) {
        add_choice(v, t, choice);
        return;
    }
    const TripClass *k = &t->classes.data[class];
    bool all = nest_a < 0 || k->nest == nest_a || k->nest == nest_b;
    for (int i = 0; i < k->ncounts; i++) {
        if (!all && i != (rest ? k->ncounts - 1 : 0))
            continue;
        choice[class] = k->counts[i];
        odometer(v, t, nest_a, nest_b, rest, choice, class + 1);
    }
}

void pv_choose_trips(Verify *v, Trips *t) {
    Chooser c = {.v = v, .trips = t};
    collect(&c, &v->program->body, 0);
    if (v->failed)
        return;
    int *choice = ARENA_ARRAY(v->arena, int, t->classes.len + 1);
    double product = 1;
    for (int i = 0; i < t->classes.len; i++)
        product *= t->classes.data[i].ncounts;
    if (product <= MAX_FULL) {
        odometer(v, t, -1, -1, 0, choice, 0);
        return;
    }
    /* Two accesses are in two nests at most; what lies between them runs often or not at all. */
    for (int a = 1; a <= c.nest; a++) {
        for (int b = a + 1; b <= c.nest || b == a + 1; b++) {
            odometer(v, t, a, b, 0, choice, 0);
            odometer(v, t, a, b, 1, choice, 0);
        }
    }
    if (t->choices.len >= MAX_CHOICES)
        pv_fail(v, DIAG_PLACE_EVENT, NULL, "there are more than %d ways to run its loops", MAX_CHOICES);
}
