/* Expressions and types of the IR text. */
#include <errno.h>
#include <stdlib.h>
#include "ir/parse_impl.h"

static ExprTable *exprs(const Parser *p) { return p->module->exprs; }

static bool is_index_leaf(const Value *v) { return type_is_scalar(v->type) && elem_is_int(v->type->elem); }

static const Expr *parse_leaf(Parser *p) {
    const Token name = p->tok;
    Value *v = parse_value_use(p);
    if (v && is_index_leaf(v))
        return expr_value(exprs(p), v);
    if (v) {
        Span span = {p->source, name.begin, name.end};
        diag_report(p->dc, DIAG_IR_NOT_INDEX, span, arena_printf(p->arena, "%%%s", name.text));
        p->failed = true;
        p->at = p->size;
        parse_next(p);
    }
    return expr_const(exprs(p), 0);
}

typedef VEC(const Expr *) ExprVec;

static const Expr *call_of(Parser *p, ExprKind kind, const ExprVec *args) {
    bool pair = kind == EXPR_DIV || kind == EXPR_MOD;
    if (pair && args->len != 2)
        parse_expected(p, "two arguments before this");
    if (p->failed)
        return expr_const(exprs(p), 0);
    if (kind == EXPR_DIV)
        return expr_div(exprs(p), args->data[0], args->data[1]);
    if (kind == EXPR_MOD)
        return expr_mod(exprs(p), args->data[0], args->data[1]);
    return poly_extreme(exprs(p), kind, args->data, args->len);
}

/* div(a, b), mod(a, b), min(a, ...), max(a, ...) */
static const Expr *parse_call(Parser *p) {
    ExprKind kind = parse_is_word(p, "div")   ? EXPR_DIV
                    : parse_is_word(p, "mod") ? EXPR_MOD
                    : parse_is_word(p, "min") ? EXPR_MIN
                                              : EXPR_MAX;
    if (kind == EXPR_MAX && !parse_is_word(p, "max")) {
        parse_expected(p, "an expression");
        return expr_const(exprs(p), 0);
    }
    if (++p->depth > PARSE_DEEPEST)
        parse_too_deep(p);
    parse_next(p);
    parse_want(p, P_LPAREN);
    ExprVec args = {0};
    do
        VEC_PUSH(p->arena, &args, parse_expr(p));
    while (parse_take(p, P_COMMA));
    const Expr *e = call_of(p, kind, &args);
    parse_want(p, P_RPAREN);
    p->depth--;
    return e;
}

/* The magnitude of an integer, as the bits of an int64: -2^63 is written with its sign before. */
static int64_t parse_magnitude(Parser *p, bool minus) {
    errno = 0;
    uint64_t size = strtoull(p->tok.text, NULL, 10);
    if (errno || size > (uint64_t)INT64_MAX + minus) {
        diag_report(p->dc, DIAG_IR_NUMBER, parse_span(p), p->tok.text);
        p->failed = true;
        p->at = p->size;
    }
    parse_next(p);
    return (int64_t)size;
}

typedef VEC(PolyTerm) TermVec;

/* c * atom * atom ...; constants are added up in *constant. */
static void parse_term(Parser *p, bool minus, TermVec *terms, uint64_t *constant) {
    ExprVec factors = {0};
    uint64_t c = 1;
    const Expr *whole = NULL; /* atoms that turned out to be polynomials: div and mod of constants, say */
    do {
        if (p->tok.kind == TOK_INT) {
            c *= (uint64_t)parse_magnitude(p, minus);
            continue;
        }
        const Expr *atom = p->tok.kind == TOK_VALUE ? parse_leaf(p) : parse_call(p);
        if (atom->kind == EXPR_CONST || atom->kind == EXPR_SUM || atom->kind == EXPR_PROD)
            whole = whole ? expr_mul(exprs(p), whole, atom) : atom;
        else
            VEC_PUSH(p->arena, &factors, atom);
    } while (parse_take(p, P_STAR));
    c = minus ? 0 - c : c;
    if (whole) {
        const Expr *product = expr_mul_const(exprs(p), whole, (int64_t)c);
        if (factors.len)
            product = expr_mul(exprs(p), product, poly_product(exprs(p), 1, factors.data, factors.len));
        *constant += (uint64_t)poly_constant(product);
        for (int i = 0; i < poly_term_count(product); i++)
            VEC_PUSH(p->arena, terms, poly_term(product, i));
    } else if (factors.len == 0) {
        *constant += c;
    } else if (c != 0) {
        const Expr *product = poly_product(exprs(p), (int64_t)c, factors.data, factors.len);
        VEC_PUSH(p->arena, terms, poly_term(product, 0));
    }
}

const Expr *parse_expr(Parser *p) {
    TermVec terms = {0};
    uint64_t constant = 0;
    bool minus = parse_take(p, P_MINUS);
    for (;;) {
        parse_term(p, minus, &terms, &constant);
        minus = parse_is(p, P_MINUS);
        if (!minus && !parse_is(p, P_PLUS))
            break;
        parse_next(p);
    }
    if (terms.len == 0)
        return expr_const(exprs(p), (int64_t)constant);
    return poly_build(exprs(p), (int64_t)constant, terms.data, terms.len);
}

/* ---- types ------------------------------------------------------------------------------------------------------ */
static TypeKind parse_type_kind(Parser *p) {
    static const struct {
        const char *word;
        TypeKind kind;
    } kinds[] = {
        {"tensor", TYPE_TENSOR}, {"view", TYPE_VIEW}, {"buffer", TYPE_BUFFER}, {"acc", TYPE_ACC}, {"csr", TYPE_CSR}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (parse_take_word(p, kinds[i].word))
            return kinds[i].kind;
    return TYPE_TILE;
}

static int parse_dims(Parser *p, const Expr **dims) {
    int rank = 0;
    parse_want(p, P_LBRACKET);
    while (!p->failed && !parse_is(p, P_RBRACKET)) {
        if (rank == IR_MAX_RANK) {
            diag_report(p->dc, DIAG_IR_LIMIT, parse_span(p), "a type has at most 8 dimensions");
            p->failed = true;
            p->at = p->size;
            parse_next(p);
            break;
        }
        dims[rank++] = parse_expr(p);
        if (!parse_take(p, P_COMMA))
            break;
    }
    parse_want(p, P_RBRACKET);
    return rank;
}

const Type *parse_type(Parser *p) {
    const Expr *dims[IR_MAX_RANK];
    bool strided = parse_take_word(p, "strided");
    TypeKind kind = parse_type_kind(p);
    int elem = p->tok.kind == TOK_WORD ? elem_find(p->tok.text) : -1;
    if (p->tok.kind == TOK_WORD && elem < 0) {
        diag_report(p->dc, DIAG_IR_UNKNOWN, parse_span(p), "element type", p->tok.text);
        p->failed = true;
        p->at = p->size;
        parse_next(p);
    } else if (elem < 0) {
        parse_expected(p, "a type");
    } else {
        parse_next(p);
    }
    int rank = parse_dims(p, dims);
    if (!p->failed && (kind == TYPE_TILE || kind == TYPE_CSR) && rank != 2)
        parse_expected(p, "a type with two dimensions before this");
    if (p->failed)
        return type_index(p->module);
    return type_get(p->module, kind, (Elem)elem, rank, dims, strided);
}
