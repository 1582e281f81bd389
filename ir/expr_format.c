/* Index expressions for messages: source names, positive terms first. */
#include <inttypes.h>
#include "ir/ir.h"
#include "ir/poly.h"

static void format_list(Buf *buf, const Expr *const *items, int n) {
    for (int i = 0; i < n; i++) {
        buf_puts(buf, i ? ", " : "");
        expr_format(buf, items[i]);
    }
}

/* A value without a name that was read from memory is called by what was read: lens[b]. */
static void format_value(Buf *buf, const Value *v) {
    const Op *def = v->def;
    if (v->name) {
        buf_puts(buf, v->name);
    } else if (def && def->code == OP_GET && def->noperands > 0 && def->operands[0]->name) {
        buf_printf(buf, "%s[", def->operands[0]->name);
        format_list(buf, def->exprs, def->nexprs);
        buf_putc(buf, ']');
    } else {
        buf_printf(buf, "%%%" PRIu32, v->id);
    }
}

/* An operand of / or %: in brackets unless it is one name or number. */
static void format_tight(Buf *buf, const Expr *e) {
    bool plain =
        e->kind == EXPR_VALUE || e->kind == EXPR_MIN || e->kind == EXPR_MAX || (e->kind == EXPR_CONST && e->c >= 0);
    buf_puts(buf, plain ? "" : "(");
    expr_format(buf, e);
    buf_puts(buf, plain ? "" : ")");
}

static void format_atom(Buf *buf, const Expr *e, bool alone) {
    if (e->kind == EXPR_VALUE) {
        format_value(buf, e->value);
    } else if (e->kind == EXPR_MIN || e->kind == EXPR_MAX) {
        buf_puts(buf, e->kind == EXPR_MIN ? "min(" : "max(");
        format_list(buf, e->args, e->nargs);
        buf_putc(buf, ')');
    } else {
        buf_puts(buf, alone ? "" : "(");
        format_tight(buf, e->args[0]);
        buf_puts(buf, e->kind == EXPR_DIV ? " / " : " % ");
        format_tight(buf, e->args[1]);
        buf_puts(buf, alone ? "" : ")");
    }
}

static void format_term(Buf *buf, PolyTerm term, bool first) {
    uint64_t size = term.c < 0 ? 0 - (uint64_t)term.c : (uint64_t)term.c;
    buf_puts(buf, first ? (term.c < 0 ? "-" : "") : term.c < 0 ? " - " : " + ");
    if (size != 1)
        buf_printf(buf, "%" PRIu64 " * ", size);
    for (int i = 0; i < term.nfactors; i++) {
        buf_puts(buf, i ? " * " : "");
        format_atom(buf, term.factors[i], size == 1 && term.nfactors == 1 && term.c > 0);
    }
}

void expr_format(Buf *buf, const Expr *e) {
    int64_t c = poly_constant(e);
    int n = poly_term_count(e), done = 0;
    for (int sign = 1; sign >= -1; sign -= 2)
        for (int i = 0; i < n; i++)
            if ((poly_term(e, i).c > 0) == (sign > 0))
                format_term(buf, poly_term(e, i), done++ == 0);
    if (n == 0)
        buf_printf(buf, "%" PRId64, c);
    else if (c)
        buf_printf(buf, "%s%" PRIu64, c < 0 ? " - " : " + ", c < 0 ? 0 - (uint64_t)c : (uint64_t)c);
}
