/* Values and index expressions as C text, and the choice between a name and pasting. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backends/c/c_block.h"
#include "backends/c/c_internal.h"

CVal *c_val(CGen *gen, const Value *v) { return &gen->vals[v->id]; }

const char *c_carrier_type(Elem elem) { return elem_is_narrow_float(elem) ? "float" : elem_info(elem)->ctype; }

const char *c_memory_type(const CMem *mem) {
    return mem->carried ? c_carrier_type(mem->elem) : elem_info(mem->elem)->ctype;
}

int c_uses_mark(const CFn *fn) { return fn->text->pending.len; }

/* ---- literals ---- */

const char *c_int_literal(Arena *arena, Elem elem, int64_t v) {
    if (elem == ELEM_BOOL)
        return v ? "1" : "0";
    if (!elem_is_signed(elem)) {
        uint64_t u = (uint64_t)v;
        return u > UINT32_MAX ? arena_printf(arena, "UINT64_C(%" PRIu64 ")", u)
                              : arena_printf(arena, "%" PRIu64 "u", u);
    }
    if (v == INT64_MIN)
        return "INT64_MIN";
    if (v == INT32_MIN)
        return "INT32_MIN";
    if (v > INT32_MAX || v < INT32_MIN)
        return arena_printf(arena, "INT64_C(%" PRId64 ")", v);
    return arena_printf(arena, "%" PRId64, v);
}

/* The shortest decimal digits that read back as v. */
static const char *shortest(Arena *arena, double v, bool single) {
    char text[64];
    for (int digits = single ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
            break;
    }
    const char *point = strpbrk(text, ".e") ? "" : ".0";
    return arena_printf(arena, "%s%s%s", text, point, single ? "f" : "");
}

const char *c_float_literal(Arena *arena, Elem elem, double v) {
    if (v != v)
        return "NAN";
    if (isinf(v))
        return v > 0 ? "INFINITY" : "-INFINITY";
    return shortest(arena, v, elem != ELEM_F64);
}

static const char *const_text(CFn *fn, const Op *op) {
    Elem elem = op->results[0]->type->elem;
    const Attr *f = op_attr(op, ATTR_FLOAT);
    if (elem_is_float(elem))
        return c_float_literal(fn->gen->arena, elem, f ? f->f : (double)op_attr_int(op, ATTR_INT, 0));
    return c_int_literal(fn->gen->arena, elem, op_attr_int(op, ATTR_INT, 0));
}

/* ---- names ---- */

void c_define_name(CFn *fn, const Value *v, const char *otherwise) {
    CVal *val = c_val(fn->gen, v);
    val->fn = fn;
    val->sym = ctext_declare(fn->text, v->name, otherwise);
}

/* A value of the function around a task function becomes a parameter of it. */
static void capture(CFn *fn, const Value *v) {
    CVal *val = c_val(fn->gen, v);
    VEC_PUSH(fn->gen->arena, &fn->saved, *val);
    CSym sym = ctext_declare_outer(fn->text, v->name, "v");
    VEC_PUSH(fn->gen->arena, &fn->captured, (CParam){.value = (Value *)v, .sym = sym});
    val->fn = fn;
    val->sym = sym;
}

const char *c_name(CFn *fn, const Value *v) {
    CVal *val = c_val(fn->gen, v);
    if (val->fn != fn) {
        if (fn->outer) {
            capture(fn, v);
        } else { /* a made-up stride: a parameter that is declared when it is first wanted */
            val->fn = fn;
            val->sym = ctext_declare_outer(fn->text, v->name, "stride");
        }
    }
    return ctext_use(fn->text, val->sym);
}

/* ---- operands ---- */

static const Op *def_of(const Value *v, OpCode code) { return v->def && v->def->code == code ? v->def : NULL; }

/* An index op that only renames, shifts or counts is written where it is used. */
static bool index_is_trivial(const Expr *e) {
    if (e->kind == EXPR_SUM)
        return e->nargs == 1 && index_is_trivial(e->args[0]);
    return e->kind == EXPR_CONST || e->kind == EXPR_VALUE;
}

static bool is_atom_text(const char *text) { return text[0] != '-'; }

static const char *operand(CFn *fn, const Value *v, bool atom) {
    Arena *arena = fn->gen->arena;
    const Op *op = def_of(v, OP_CONST);
    if (op) {
        const char *text = const_text(fn, op);
        return atom && !is_atom_text(text) ? arena_printf(arena, "(%s)", text) : text;
    }
    op = def_of(v, OP_INDEX);
    if (op && index_is_trivial(op->exprs[0]))
        return atom ? c_expr_atom(fn, op->exprs[0]) : c_expr(fn, op->exprs[0]);
    CVal *val = c_val(fn->gen, v);
    if (val->block)
        return c_block_operand(fn, v, atom);
    if (!val->text)
        return c_name(fn, v);
    ctext_paste_uses(fn->text, &val->text_uses);
    return atom && !val->text_is_atom ? arena_printf(arena, "(%s)", val->text) : val->text;
}

const char *c_operand(CFn *fn, const Value *v) { return operand(fn, v, false); }

const char *c_atom(CFn *fn, const Value *v) { return operand(fn, v, true); }

/* ---- pasting ---- */

/* True if text that reads memory at `op` may be moved down to `user`, in the same region. */
static bool no_write_between(const Op *op, const Op *user) {
    for (const Op *o = op->next; o && o != user; o = o->next) {
        if (op_code_has(o->code, WRITES | CONTROL | EFFECT))
            return false;
    }
    return true;
}

static bool mentions_twice(const Op *user, const Value *v) {
    const char *template = c_op_template(user->code);
    for (int i = 0; template && i < user->noperands; i++) {
        if (user->operands[i] != v)
            continue;
        char place[4] = {'$', (char)('0' + i), 0, 0};
        const char *first = strstr(template, place), *again = first ? strstr(first + 2, place) : NULL;
        const char *other_form = strchr(template, '|');
        return again && (!other_form || (first > other_form) == (again > other_form));
    }
    return false;
}

bool c_can_move(CFn *fn, const Op *op, bool reads) {
    const CVal *val = c_val(fn->gen, op->results[0]);
    if (val->operand_uses != 1 || val->expr_uses != 0 || val->user->parent != op->parent)
        return false;
    return !reads || no_write_between(op, val->user);
}

bool c_can_paste(CFn *fn, const Op *op, const char *text, bool reads) {
    const Value *v = op->results[0];
    if (!c_can_move(fn, op, reads))
        return false;
    const Op *user = c_val(fn->gen, v)->user;
    if (user->code == OP_FILL && reads) /* would be read again for every element */
        return false;
    return strlen(text) <= C_PASTE_WIDTH && !mentions_twice(user, v);
}

bool c_operands_read(CFn *fn, const Op *op) {
    for (int i = 0; i < op->noperands; i++) {
        const CVal *val = c_val(fn->gen, op->operands[i]);
        if ((val->text && val->text_reads) || (val->block && c_block_reads(val->block)))
            return true;
    }
    return false;
}

/* Without parentheses around all of it. */
static const char *without_parens(Arena *arena, const char *text) {
    int depth = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\'')
            return text;
        depth += (*p == '(') - (*p == ')');
        if (depth == 0 && p[1])
            return text;
    }
    return *text == '(' ? arena_strndup(arena, text + 1, strlen(text) - 2) : text;
}

/* A name for what the program gives none: reductions say what they are. */
static const char *name_by_kind(const Value *v) {
    static const char *const of[] = {[MONOID_SUM_SEQ] = "sum",
                                     [MONOID_PROD_SEQ] = "product",
                                     [MONOID_FMA_SEQ] = "dot",
                                     [MONOID_SUM_LANES] = "sum",
                                     [MONOID_PROD_LANES] = "product",
                                     [MONOID_MAX] = "max",
                                     [MONOID_MIN] = "min",
                                     [MONOID_ARGMAX] = "at",
                                     [MONOID_ARGMIN] = "at",
                                     [MONOID_SCAN_MAX] = "max",
                                     [MONOID_TOPK] = NULL};
    const Op *acc = v->def->code == OP_FIN ? v->def->operands[0]->def : NULL;
    const char *name = acc && acc->code == OP_ACC ? of[c_acc_monoid(acc)] : NULL;
    return name ? name : elem_is_float(v->type->elem) ? "x" : "n";
}

void c_set_result(CFn *fn, const Op *op, const char *text, bool is_atom, bool reads, int from) {
    const Value *v = op->results[0];
    CVal *val = c_val(fn->gen, v);
    reads = reads || c_operands_read(fn, op);
    if (c_can_paste(fn, op, text, reads)) {
        val->text = text;
        val->text_is_atom = is_atom;
        val->text_reads = reads;
        val->text_uses = ctext_take_uses(fn->text, from);
        return;
    }
    c_define_name(fn, v, name_by_kind(v));
    ctext_define(fn->text, val->sym, "const %s %s = %s;", c_carrier_type(v->type->elem), ctext_name(fn->text, val->sym),
                 without_parens(fn->gen->arena, text));
}

/* ---- index expressions ---- */

enum { IN_SUM, IN_PRODUCT, IN_ATOM };

static void put_expr(CFn *fn, Buf *out, const Expr *e, int place);

/* Elements of 64 bits can hold anything: arithmetic on them goes through functions that wrap. */
static bool leaf_is_tame(void *user, Value *value) {
    (void)user;
    const Op *cast = def_of(value, OP_CAST);
    bool is_index = value->type->elem == ELEM_INDEX || (cast && cast->operands[0]->type->elem == ELEM_INDEX);
    return elem_info(value->type->elem)->bits < 64 || is_index;
}

static bool expr_is_wild(const Expr *e) {
    return (e->kind == EXPR_SUM || e->kind == EXPR_PROD) && !expr_each_value(e, leaf_is_tame, NULL);
}

static void put_leaf(CFn *fn, Buf *out, const Value *v, int place) {
    const Op *op = def_of(v, OP_INDEX);
    if (op && index_is_trivial(op->exprs[0])) {
        put_expr(fn, out, op->exprs[0], place);
        return;
    }
    const char *text = c_atom(fn, v);
    bool wide = v->type->elem == ELEM_INDEX || v->type->elem == ELEM_I64;
    buf_printf(out, wide || def_of(v, OP_CONST) ? "%s" : "(int64_t)%s", text);
}

static void put_wrapped_call(CFn *fn, Buf *out, const char *name, const Expr *e) {
    const char *c = c_int_literal(fn->gen->arena, ELEM_INDEX, e->c);
    bool with_c = e->kind == EXPR_PROD ? e->c != 1 : e->c != 0;
    int calls = e->nargs - 1 + with_c;
    for (int i = 0; i < calls; i++)
        buf_printf(out, "%s(", name);
    put_expr(fn, out, e->args[0], IN_SUM);
    for (int i = 1; i < e->nargs; i++) {
        buf_puts(out, ", ");
        put_expr(fn, out, e->args[i], IN_SUM);
        buf_putc(out, ')');
    }
    if (with_c)
        buf_printf(out, ", %s)", c);
}

/* |c| * args, without its sign. */
static void put_product(CFn *fn, Buf *out, const Expr *e) {
    uint64_t c = e->c < 0 ? 0 - (uint64_t)e->c : (uint64_t)e->c;
    if (c != 1)
        buf_puts(out, c_int_literal(fn->gen->arena, ELEM_INDEX, (int64_t)c));
    for (int i = 0; i < e->nargs; i++) {
        if (i > 0 || c != 1)
            buf_puts(out, " * ");
        put_expr(fn, out, e->args[i], IN_ATOM);
    }
}

static bool term_is_negative(const Expr *e) { return e->kind == EXPR_PROD && e->c < 0 && e->c != INT64_MIN; }

static void put_term(CFn *fn, Buf *out, const Expr *e, bool first) {
    bool negative = term_is_negative(e);
    if (!first)
        buf_puts(out, negative ? " - " : " + ");
    else if (negative)
        buf_putc(out, '-');
    if (negative)
        put_product(fn, out, e);
    else
        put_expr(fn, out, e, IN_PRODUCT);
}

static void put_sum(CFn *fn, Buf *out, const Expr *e) {
    bool first = true;
    for (int sign = 0; sign < 2; sign++) { /* what is added stands before what is taken away */
        for (int i = 0; i < e->nargs; i++) {
            if (term_is_negative(e->args[i]) != (sign == 1))
                continue;
            put_term(fn, out, e->args[i], first);
            first = false;
        }
    }
    if (e->c != 0 && e->c > -INT32_MAX && e->c < 0)
        buf_printf(out, " - %" PRId64, -e->c);
    else if (e->c != 0)
        buf_printf(out, " + %s", c_int_literal(fn->gen->arena, ELEM_INDEX, e->c));
}

static void put_extreme(CFn *fn, Buf *out, const Expr *e) {
    const char *name = e->kind == EXPR_MIN ? "pt_minimum_i64" : "pt_maximum_i64";
    for (int i = 0; i + 1 < e->nargs; i++)
        buf_printf(out, "%s(", name);
    put_expr(fn, out, e->args[0], IN_SUM);
    for (int i = 1; i < e->nargs; i++) {
        buf_puts(out, ", ");
        put_expr(fn, out, e->args[i], IN_SUM);
        buf_putc(out, ')');
    }
}

static void put_quotient(CFn *fn, Buf *out, const Expr *e, int place) {
    int64_t c = 0;
    bool div = e->kind == EXPR_DIV;
    if (expr_is_const(e->args[1], &c) && c > 0) {
        buf_puts(out, place == IN_SUM ? "" : "(");
        put_expr(fn, out, e->args[0], IN_ATOM);
        buf_printf(out, div ? " / " : " %% ");
        put_expr(fn, out, e->args[1], IN_ATOM);
        buf_puts(out, place == IN_SUM ? "" : ")");
        return;
    }
    buf_puts(out, div ? "pt_div_i64(" : "pt_rem_i64(");
    put_expr(fn, out, e->args[0], IN_SUM);
    buf_puts(out, ", ");
    put_expr(fn, out, e->args[1], IN_SUM);
    buf_putc(out, ')');
}

static void put_expr(CFn *fn, Buf *out, const Expr *e, int place) {
    bool paren = place == IN_ATOM;
    CSym shared = e->nargs > 0 ? c_shared(fn, e) : CSYM_NONE;
    if (shared != CSYM_NONE) {
        buf_puts(out, ctext_use(fn->text, shared));
        return;
    }
    switch (e->kind) {
    case EXPR_CONST:
        paren = e->c < 0 && place != IN_SUM;
        buf_printf(out, paren ? "(%s)" : "%s", c_int_literal(fn->gen->arena, ELEM_INDEX, e->c));
        return;
    case EXPR_VALUE: put_leaf(fn, out, e->value, place); return;
    case EXPR_PROD:
        if (expr_is_wild(e)) {
            put_wrapped_call(fn, out, "pt_mul_i64", e);
            return;
        }
        paren = paren || (e->c < 0 && place != IN_SUM);
        buf_puts(out, paren ? "(" : "");
        buf_puts(out, e->c < 0 ? "-" : "");
        put_product(fn, out, e);
        buf_puts(out, paren ? ")" : "");
        return;
    case EXPR_SUM:
        if (expr_is_wild(e)) {
            put_wrapped_call(fn, out, "pt_add_i64", e);
            return;
        }
        paren = place != IN_SUM;
        buf_puts(out, paren ? "(" : "");
        put_sum(fn, out, e);
        buf_puts(out, paren ? ")" : "");
        return;
    case EXPR_DIV:
    case EXPR_MOD: put_quotient(fn, out, e, place); return;
    case EXPR_MIN:
    case EXPR_MAX: put_extreme(fn, out, e); return;
    }
}

static const char *expr_text(CFn *fn, const Expr *e, int place) {
    Buf out = {0};
    put_expr(fn, &out, e, place);
    const char *text = arena_strdup(fn->gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

const char *c_expr(CFn *fn, const Expr *e) { return expr_text(fn, e, IN_SUM); }

const char *c_expr_atom(CFn *fn, const Expr *e) { return expr_text(fn, e, IN_ATOM); }

void c_emit_const(CFn *fn, const Op *op) { (void)fn, (void)op; /* written where it is used */ }

void c_emit_index(CFn *fn, const Op *op) {
    const Expr *e = op->exprs[0];
    if (index_is_trivial(e))
        return;
    int from = c_uses_mark(fn);
    const char *text = c_expr(fn, e);
    c_set_result(fn, op, text, false, false, from);
}
