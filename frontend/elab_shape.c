/* Extents: when two are the same, what to say when they are not, and making types agree. */
#include "frontend/elab_internal.h"

const Expr *elab_simplify(Elab *e, const Expr *x) { return e->facts ? facts_simplify(e->facts, x) : x; }

bool elab_same_extent(Elab *e, const Expr *a, const Expr *b) {
    return a == b || (e->facts && facts_prove_eq(e->facts, a, b));
}

bool elab_extents_differ(Elab *e, const Expr *a, const Expr *b) {
    int64_t c;
    if (expr_is_const(expr_sub(e->exprs, a, b), &c))
        return c != 0;
    return e->facts && (facts_prove_lt(e->facts, a, b) || facts_prove_lt(e->facts, b, a));
}

/* ---- what only each specialisation knows ------------------------------------------------------------------------- */

typedef struct StaticSearch {
    const Elab *e;
    bool found, only;
} StaticSearch;

static bool note_leaf(void *user, Value *v) {
    StaticSearch *s = user;
    bool is_static = false;
    for (int i = 0; i < s->e->statics.len && !is_static; i++)
        is_static = s->e->statics.data[i] == v;
    s->found |= is_static;
    s->only &= is_static;
    return true;
}

static StaticSearch search_static(const Elab *e, const Expr *x) {
    StaticSearch s = {.e = e, .found = false, .only = true};
    expr_each_value(x, note_leaf, &s);
    return s;
}

void elab_mark_static(Elab *e, const Value *v) { VEC_PUSH(e->arena, &e->statics, v); }

bool elab_expr_is_static(Elab *e, const Expr *x) { return search_static(e, x).only; }

bool elab_expr_has_static(Elab *e, const Expr *x) { return search_static(e, x).found; }

void elab_add_constraint(Elab *e, const ElabCond *cond, Span span, const char *text) {
    ElabConstraint c = {.cond = cond, .guard = e->guard, .span = span, .text = text};
    VEC_PUSH(e->arena, &e->kernel->constraints, c);
    cond_add_facts(e, cond, true);
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* min(x, c) is x where x <= c; min(x, 1) is wanted as the 1 that stretches. */
static bool format_bound(Buf *text, const Expr *x, const Expr *min) {
    if (min->kind != EXPR_MIN || min->nargs != 2 || (min->args[0] != x && min->args[1] != x))
        return false;
    const Expr *c = min->args[min->args[0] == x];
    bool one = expr_equals_const(c, 1), turned = expr_is_const(x, NULL); /* `N >= 1` reads better than `1 <= N` */
    expr_format(text, turned ? c : x);
    buf_puts(text, turned || one ? " >= " : " <= ");
    expr_format(text, turned ? x : c);
    return true;
}

static void report_extents(Elab *e, Span span, const Expr *a, const Expr *b, const char *expected, const char *found) {
    Diag *d = ELAB_ERROR(e, EXTENTS_DIFFER, span, expected, found);
    if (elab_extents_differ(e, a, b))
        return;
    if (expr_is_const(a, NULL)) { /* `N == 4` reads better than `4 == N` */
        const Expr *constant = a;
        a = b;
        b = constant;
    }
    Buf text = {0};
    if (!format_bound(&text, a, b) && !format_bound(&text, b, a)) {
        expr_format(&text, a);
        buf_puts(&text, " == ");
        expr_format(&text, b);
    }
    if (e->place == PLACE_KERNEL)
        ELAB_HINT(d, "if they are always equal, add `where %s` to the kernel", buf_text(&text));
    buf_free(&text);
}

bool elab_require_equal(Elab *e, const Expr *a, const Expr *b, Span span, const char *expected, const char *found) {
    if (elab_same_extent(e, a, b))
        return true;
    if (e->kernel && !elab_extents_differ(e, a, b) && elab_expr_has_static(e, expr_sub(e->exprs, a, b))) {
        const char *text = arena_printf(e->arena, "extents differ: expected %s, found %s", expected, found);
        elab_add_constraint(e, cond_eq(e, a, b), span, text);
        return true;
    }
    report_extents(e, span, a, b, expected, found);
    return false;
}

Value *elab_retype(Elab *e, Value *v, const Type *type) {
    if (v->type == type)
        return v;
    return build_op(&e->b, OP_BROADCAST, &v, 1, NULL, 0, &type, 1, 0)->results[0];
}

bool elab_require_type(Elab *e, Value **v, const Type *type, Span span) {
    if ((*v)->type == type)
        return true;
    for (int i = 0; i < 2; i++) {
        const Expr *want = type->dims[i], *have = (*v)->type->dims[i];
        if (!elab_same_extent(e, want, have) &&
            !elab_require_equal(e, want, have, span, elab_type_text(e, type), elab_type_text(e, (*v)->type)))
            return false;
    }
    *v = elab_retype(e, *v, type);
    return true;
}

/* The broadcast of two extents, or NULL after a report. */
static const Expr *broadcast_extent(Elab *e, const Expr *a, const Expr *b, Span span, const Type *ta, const Type *tb) {
    if (a == b || expr_equals_const(b, 1))
        return a;
    if (expr_equals_const(a, 1))
        return b;
    if (elab_same_extent(e, a, b))
        return a;
    return elab_require_equal(e, a, b, span, elab_type_text(e, ta), elab_type_text(e, tb)) ? a : NULL;
}

bool elab_broadcast(Elab *e, Value **values, int n, Span span) {
    const Expr *dims[2];
    for (int d = 0; d < 2; d++) {
        dims[d] = values[0]->type->dims[d];
        const Type *from = values[0]->type;
        for (int i = 1; i < n; i++) {
            dims[d] = broadcast_extent(e, dims[d], values[i]->type->dims[d], span, from, values[i]->type);
            if (!dims[d])
                return false;
            if (dims[d] != from->dims[d])
                from = values[i]->type;
        }
    }
    /* Extents that are equal by facts only are spelled alike, so that later passes need no facts to see it. */
    for (int i = 0; i < n; i++) {
        const Type *t = values[i]->type;
        const Expr *rows = expr_equals_const(t->dims[0], 1) ? t->dims[0] : dims[0];
        const Expr *cols = expr_equals_const(t->dims[1], 1) ? t->dims[1] : dims[1];
        values[i] = elab_retype(e, values[i], type_tile(e->module, t->elem, rows, cols));
    }
    return true;
}
