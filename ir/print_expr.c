/* Expressions as text. The order of terms and factors follows from the text alone (the places where values are
 * defined), never from creation numbers: so that a text that was read back prints the same again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "ir/poly.h"
#include "ir/print_impl.h"

typedef struct AtomText {
    const Expr *e;
    uint32_t key;     /* least place of a value in it */
    const char *text; /* NULL: a plain value */
} AtomText;

typedef struct TermText {
    int64_t c;
    int natoms;
    AtomText *atoms;
} TermText;

static uint32_t value_place(const Printer *p, const Value *v) {
    return v->id < p->nvalues ? p->values[v->id].place : 0;
}

typedef struct LeastPlace {
    const Printer *printer;
    uint32_t least;
} LeastPlace;

static bool least_place_visit(void *user, Value *v) {
    LeastPlace *l = user;
    uint32_t place = value_place(l->printer, v);
    l->least = place < l->least ? place : l->least;
    return true;
}

static int atom_compare(const AtomText *a, const AtomText *b) {
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (!a->text || !b->text)
        return (a->text != NULL) - (b->text != NULL);
    return strcmp(a->text, b->text);
}

static int atom_compare_void(const void *a, const void *b) { return atom_compare(a, b); }

static int term_compare_void(const void *a, const void *b) {
    const TermText *x = a, *y = b;
    for (int i = 0; i < x->natoms && i < y->natoms; i++) {
        int order = atom_compare(&x->atoms[i], &y->atoms[i]);
        if (order)
            return order;
    }
    return (x->natoms > y->natoms) - (x->natoms < y->natoms);
}

/* Prints to a text in the scratch arena instead. */
static const char *text_of(Printer *p, const Expr *e, void (*print)(Printer *p, const Expr *e)) {
    Buf own = {0}, *outer = p->out;
    p->out = &own;
    print(p, e);
    p->out = outer;
    const char *text = arena_strdup(p->arena, buf_text(&own));
    buf_free(&own);
    return text;
}

static void print_atom(Printer *p, const Expr *e) {
    static const char *const names[] = {[EXPR_DIV] = "div", [EXPR_MOD] = "mod", [EXPR_MIN] = "min", [EXPR_MAX] = "max"};
    buf_printf(p->out, "%s(", names[e->kind]);
    bool sorted = e->kind == EXPR_MIN || e->kind == EXPR_MAX;
    AtomText *args = ARENA_ARRAY(p->arena, AtomText, e->nargs);
    for (int i = 0; i < e->nargs; i++) {
        LeastPlace l = {p, UINT32_MAX};
        expr_each_value(e->args[i], least_place_visit, &l);
        args[i] = (AtomText){e->args[i], l.least, text_of(p, e->args[i], print_expr)};
    }
    if (sorted)
        qsort(args, (size_t)e->nargs, sizeof *args, atom_compare_void);
    for (int i = 0; i < e->nargs; i++)
        buf_printf(p->out, "%s%s", i ? ", " : "", args[i].text);
    buf_putc(p->out, ')');
}

static AtomText atom_text(Printer *p, const Expr *e) {
    if (e->kind == EXPR_VALUE)
        return (AtomText){e, value_place(p, e->value), NULL};
    LeastPlace l = {p, UINT32_MAX};
    expr_each_value(e, least_place_visit, &l);
    return (AtomText){e, l.least, text_of(p, e, print_atom)};
}

static uint64_t magnitude(int64_t c) { return c < 0 ? 0 - (uint64_t)c : (uint64_t)c; }

static void print_term(Printer *p, const TermText *term, bool first) {
    uint64_t size = magnitude(term->c);
    buf_puts(p->out, first ? (term->c < 0 ? "-" : "") : term->c < 0 ? " - " : " + ");
    if (size != 1)
        buf_printf(p->out, "%" PRIu64 " * ", size);
    for (int i = 0; i < term->natoms; i++) {
        buf_puts(p->out, i ? " * " : "");
        if (term->atoms[i].text)
            buf_puts(p->out, term->atoms[i].text);
        else
            print_value(p, term->atoms[i].e->value);
    }
}

void print_expr(Printer *p, const Expr *e) {
    int64_t c = poly_constant(e);
    int n = poly_term_count(e), natoms = 0;
    if (e->kind == EXPR_VALUE) {
        print_value(p, e->value);
        return;
    }
    if (n == 0) {
        buf_printf(p->out, "%" PRId64, c);
        return;
    }
    for (int i = 0; i < n; i++)
        natoms += poly_term(e, i).nfactors;
    TermText few_terms[8], *terms = n <= 8 ? few_terms : ARENA_ARRAY(p->arena, TermText, n);
    AtomText few_atoms[24], *atoms = natoms <= 24 ? few_atoms : ARENA_ARRAY(p->arena, AtomText, natoms);
    for (int i = 0, used = 0; i < n; i++) {
        PolyTerm term = poly_term(e, i);
        terms[i] = (TermText){term.c, term.nfactors, atoms + used};
        for (int k = 0; k < term.nfactors; k++)
            atoms[used++] = atom_text(p, term.factors[k]);
        qsort(terms[i].atoms, (size_t)term.nfactors, sizeof *atoms, atom_compare_void);
    }
    qsort(terms, (size_t)n, sizeof *terms, term_compare_void);
    for (int i = 0; i < n; i++)
        print_term(p, &terms[i], i == 0);
    if (c)
        buf_printf(p->out, "%s%" PRIu64, c < 0 ? " - " : " + ", magnitude(c));
}
