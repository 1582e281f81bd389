/* Run-time checks, failure, print. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "backends/c/c_internal.h"

/* A C string literal; as a format, with % doubled. */
const char *c_string(Arena *arena, const char *text, bool is_format) {
    Buf plain = {0}, quoted = {0};
    for (const char *p = text; *p; p++) {
        buf_putc(&plain, *p);
        if (*p == '%' && is_format)
            buf_putc(&plain, '%');
    }
    buf_put_c_string(&quoted, buf_text(&plain));
    const char *s = arena_strdup(arena, buf_text(&quoted));
    buf_free(&plain);
    buf_free(&quoted);
    return s;
}

/* ---- failure ---- */

/* Replaces {0} by %lld and notes which value stands there; other braces stay. */
static void put_message(CFn *fn, const char *text, const Expr *const *values, int n, Buf *format, Buf *args) {
    Buf literal = {0};
    for (const char *p = text; *p; p++) {
        char *end = NULL;
        long i = p[0] == '{' && isdigit((unsigned char)p[1]) ? strtol(p + 1, &end, 10) : -1;
        if (i >= 0 && *end == '}' && i < n) {
            buf_puts(&literal, "\x01");
            buf_printf(args, ", (long long)%s", c_expr_atom(fn, values[i]));
            p = end;
        } else {
            buf_putc(&literal, *p);
        }
    }
    const char *quoted = c_string(fn->gen->arena, buf_text(&literal), true);
    for (const char *p = quoted; *p; p++) {
        bool place = strncmp(p, "\\001", 4) == 0; /* the escaped mark */
        buf_puts(format, place ? "%lld" : (char[]){*p, '\0'});
        p += place ? 3 : 0;
    }
    buf_free(&literal);
}

const char *c_fail_text(CFn *fn, const char *code, const char *text, const Expr *const *values, int n) {
    Buf format = {0}, args = {0};
    put_message(fn, text, values, n, &format, &args);
    const char *task = ctext_use(fn->text, fn->task);
    const char *s = arena_printf(fn->gen->arena, "return pt_task_fail(%s, PTOC_E_%s, %s%s)", task, code,
                                 buf_text(&format), buf_text(&args));
    buf_free(&format);
    buf_free(&args);
    fn->can_fail = true;
    return s;
}

static void emit_failure(CFn *fn, const Op *op, int first) {
    const char *text = op_attr_str(op, ATTR_TEXT), *code = op_attr_str(op, ATTR_CODE);
    ctext_line(fn->text, "%s;", c_fail_text(fn, code, text ? text : "", op->exprs + first, op->nexprs - first));
}

void c_emit_fail(CFn *fn, const Op *op) { emit_failure(fn, op, 0); }

void c_emit_assume(CFn *fn, const Op *op) { (void)fn, (void)op; /* a fact for passes */ }

/* The sum of e's terms of one sign, without the sign; e is what is added minus what is taken away. */
static const Expr *one_sign(CGen *gen, const Expr *e, bool negative) {
    ExprTable *t = gen->exprs;
    const Expr *sum = expr_const(t, 0);
    int n = e->kind == EXPR_SUM ? e->nargs : e->kind == EXPR_CONST ? 0 : 1;
    for (int i = 0; i < n; i++) {
        const Expr *term = e->kind == EXPR_SUM ? e->args[i] : e;
        bool is_negative = term->kind == EXPR_PROD && term->c < 0;
        if (is_negative == negative)
            sum = expr_add(t, sum, negative ? expr_neg(t, term) : term);
    }
    int64_t c = e->kind == EXPR_SUM || e->kind == EXPR_CONST ? e->c : 0;
    if ((c < 0) == negative)
        sum = expr_add_const(t, sum, negative ? -c : c);
    return sum;
}

/* e < 0 as a comparison of two sums. */
static const char *negative_text(CFn *fn, const Expr *e) {
    const Expr *less = one_sign(fn->gen, e, false), *more = one_sign(fn->gen, e, true);
    const char *a = c_expr(fn, less);
    return arena_printf(fn->gen->arena, "%s < %s", a, c_expr(fn, more));
}

static bool level_is_kept(CGen *gen, const Op *op) {
    CChecks checks = gen->options->checks;
    return checks == C_CHECKS_FULL || op_attr_is(op, ATTR_LEVEL, "always") ||
           (checks == C_CHECKS_ENTRY && !op_attr_is(op, ATTR_LEVEL, "full"));
}

void c_emit_check(CFn *fn, const Op *op) {
    if (!level_is_kept(fn->gen, op))
        return;
    ctext_open(fn->text, CLINE_OPEN_KEEP, "if (%s) {", negative_text(fn, op->exprs[0]));
    emit_failure(fn, op, 1);
    ctext_close(fn->text);
}

void c_emit_assert(CFn *fn, const Op *op) {
    if (fn->gen->options->checks != C_CHECKS_FULL)
        return;
    const char *text = op_attr_str(op, ATTR_TEXT);
    ctext_open(fn->text, CLINE_OPEN_KEEP, "if (!%s) {", c_atom(fn, op->operands[0]));
    ctext_line(fn->text, "%s;", c_fail_text(fn, "ASSERT", text ? text : "", op->exprs, op->nexprs));
    ctext_close(fn->text);
}

/* ---- print ---- */

/* A scalar in hand is put into memory's form first. */
static void print_scalar(CFn *fn, const Op *op, const char *text) {
    CText *t = fn->text;
    const Value *x = op->operands[0];
    const ElemInfo *info = elem_info(x->type->elem);
    const CMem in_memory = {.elem = x->type->elem};
    const char *value = c_store_text(fn, &in_memory, c_operand(fn, x));
    int scope = ctext_scope_open(t);
    CSymList uses = ctext_take_uses(t, 0);
    CSym sym = ctext_declare(t, "shown", "shown");
    const char *name = ctext_name(t, sym);
    ctext_open(t, CLINE_OPEN_KEEP, "{");
    ctext_paste_uses(t, &uses);
    ctext_line(t, "const %s %s = %s;", info->ctype, name, value);
    ctext_line(t, "pt_print_%s(%s->run->options, %s, &%s, 1, 1, 1);", info->text, ctext_use(t, fn->task), text, name);
    ctext_close(t);
    ctext_scope_close(t, scope);
}

void c_emit_print(CFn *fn, const Op *op) {
    const Value *x = op->operands[0];
    const char *text = c_string(fn->gen->arena, op_attr_str(op, ATTR_TEXT) ? op_attr_str(op, ATTR_TEXT) : "", false);
    fn->gen->uses_print = true;
    if (type_is_tile(x->type)) {
        print_scalar(fn, op, text);
        return;
    }
    const CMem *mem = c_mem(fn->gen, x);
    int rank = x->type->rank;
    const char *data = c_pointer(fn, x), *task = ctext_use(fn->text, fn->task);
    const char *rows = rank == 2 ? c_expr(fn, x->type->dims[0]) : "1";
    const char *cols = rank > 0 ? c_expr(fn, x->type->dims[rank - 1]) : "1";
    const char *stride = rank == 2 ? c_expr(fn, mem->strides[0]) : "1";
    ctext_line(fn->text, "pt_print_%s(%s->run->options, %s, %s%s, %s, %s, %s);", elem_info(mem->elem)->text, task, text,
               mem->scalar ? "&" : "", data, rows, cols, stride);
}
