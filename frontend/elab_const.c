/* Numbers that have not met a type: folding, conversion to element types, and the constants of a program. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/elab_internal.h"

#define ELAB_INT_MIN ((ElabInt)INT64_MIN)
#define ELAB_INT_MAX ((ElabInt)UINT64_MAX)

ElabValue elab_poison(void) { return (ElabValue){.kind = EV_POISON}; }

ElabValue elab_from_int(ElabInt i) {
    return (ElabValue){.kind = EV_NUMBER, .scalar = true, .number = {.kind = NUMBER_INT, .i = i}};
}

ElabValue elab_from_float(double f) {
    return (ElabValue){.kind = EV_NUMBER, .scalar = true, .number = {.kind = NUMBER_FLOAT, .f = f}};
}

ElabValue elab_from_bool(bool b) {
    return (ElabValue){.kind = EV_NUMBER, .scalar = true, .number = {.kind = NUMBER_BOOL, .i = b}};
}

/* ---- element types as number formats ----------------------------------------------------------------------------- */

/* A binary floating format: digits of the significand, least exponent of a normal number, greatest finite value. */
typedef struct FloatFormat {
    int digits, min_exponent;
    double max;
    bool has_inf;
} FloatFormat;

static FloatFormat float_format(Elem elem) {
    if (elem == ELEM_F16)
        return (FloatFormat){11, -14, 65504.0, true};
    if (elem == ELEM_BF16)
        return (FloatFormat){8, -126, 0x1.FEp127, true};
    if (elem == ELEM_F32)
        return (FloatFormat){24, -126, (double)FLT_MAX, true};
    if (elem == ELEM_F8E4M3)
        return (FloatFormat){4, -6, 448.0, false};
    if (elem == ELEM_F8E5M2)
        return (FloatFormat){3, -14, 57344.0, true};
    return (FloatFormat){53, -1022, DBL_MAX, true};
}

/* Rounds to the nearest value of the type, ties to even; what is too large becomes infinite. */
double elab_round_float(double x, Elem elem) {
    if (x == 0.0 || isnan(x) || isinf(x) || elem == ELEM_F64)
        return x;
    FloatFormat format = float_format(elem);
    int exponent = ilogb(x);
    if (exponent < format.min_exponent)
        exponent = format.min_exponent;
    int quantum = exponent - (format.digits - 1);
    double rounded = ldexp(nearbyint(ldexp(x, -quantum)), quantum);
    return fabs(rounded) > format.max ? copysign(INFINITY, x) : rounded;
}

static bool int_fits(ElabInt i, Elem elem) {
    int bits = elem_info(elem)->bits;
    if (elem_is_signed(elem))
        return i >= -((ElabInt)1 << (bits - 1)) && i < (ElabInt)1 << (bits - 1);
    return i >= 0 && i < (ElabInt)1 << bits;
}

bool elab_number_fits(ElabNumber n, Elem elem) {
    if (elem == ELEM_BOOL || n.kind == NUMBER_BOOL)
        return elem == ELEM_BOOL && n.kind == NUMBER_BOOL;
    if (elem_is_float(elem)) {
        double value = n.kind == NUMBER_INT ? (double)n.i : n.f;
        if (n.kind == NUMBER_INT)
            return (ElabInt)value == n.i && elab_round_float(value, elem) == value;
        if (isinf(value))
            return float_format(elem).has_inf;
        return isnan(value) || !isinf(elab_round_float(value, elem));
    }
    if (n.kind == NUMBER_INT)
        return int_fits(n.i, elem);
    return n.f == nearbyint(n.f) && fabs(n.f) < 0x1p64 && int_fits((ElabInt)n.f, elem);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static const char *int_text(Elab *e, ElabInt i) {
    if (i < 0)
        return arena_printf(e->arena, "%lld", (long long)i);
    return arena_printf(e->arena, "%llu", (unsigned long long)i);
}

/* The shortest decimal that reads back, with a dot or an exponent. */
static const char *float_text(Elab *e, double f) {
    if (isnan(f))
        return "nan";
    if (isinf(f))
        return f < 0 ? "-inf" : "inf";
    for (int digits = 1;; digits++) {
        const char *text = arena_printf(e->arena, "%.*g", digits, f);
        if (digits < 17 && strtod(text, NULL) != f)
            continue;
        return strpbrk(text, ".e") ? text : arena_printf(e->arena, "%s.0", text);
    }
}

const char *elab_number_text(Elab *e, ElabNumber n) {
    switch (n.kind) {
    case NUMBER_INT: return int_text(e, n.i);
    case NUMBER_FLOAT: return float_text(e, n.f);
    case NUMBER_BOOL: return n.i ? "true" : "false";
    }
    return "";
}

/* ---- folding ----------------------------------------------------------------------------------------------------- */

static ElabValue int_result(Elab *e, ElabInt i, Span span) {
    if (i < ELAB_INT_MIN || i > ELAB_INT_MAX) {
        ELAB_ERROR(e, CONST_OVERFLOW, span);
        return elab_poison();
    }
    return elab_from_int(i);
}

static ElabValue wrong_operand(Elab *e, const char *op, const char *wanted, ElabNumber n, Span span) {
    ELAB_ERROR(e, WRONG_KIND, span, arena_printf(e->arena, "operand of `%s`", op), wanted,
               arena_printf(e->arena, "the constant %s", elab_number_text(e, n)));
    return elab_poison();
}

ElabValue elab_number_unary(Elab *e, AstUnaryOp op, ElabNumber a, Span span) {
    switch (op) {
    case AST_UNARY_NEG:
        if (a.kind == NUMBER_INT)
            return int_result(e, -a.i, span);
        if (a.kind == NUMBER_FLOAT)
            return elab_from_float(-a.f);
        return wrong_operand(e, "-", "a number", a, span);
    case AST_UNARY_NOT:
        if (a.kind == NUMBER_BOOL)
            return elab_from_bool(!a.i);
        return wrong_operand(e, "!", "true or false", a, span);
    case AST_UNARY_BITNOT:
        if (a.kind == NUMBER_INT)
            return int_result(e, ~a.i, span);
        return wrong_operand(e, "~", "an integer", a, span);
    }
    return elab_poison();
}

static ElabValue int_shift(Elab *e, AstBinaryOp op, ElabInt a, ElabInt b, Span span) {
    unsigned count = (unsigned)b & 63; /* modulo the width, as for 64-bit integers */
    if (op == AST_BINARY_SHR)
        return elab_from_int(a >> count);
    return int_result(e, a * ((ElabInt)1 << count), span);
}

static ElabValue int_binary(Elab *e, AstBinaryOp op, ElabInt a, ElabInt b, Span span) {
    switch (op) {
    case AST_BINARY_ADD: return int_result(e, a + b, span);
    case AST_BINARY_SUB: return int_result(e, a - b, span);
    case AST_BINARY_MUL:
        if (a && b && (a < 0 ? -a : a) > ELAB_INT_MAX / (b < 0 ? -b : b)) {
            ELAB_ERROR(e, CONST_OVERFLOW, span);
            return elab_poison();
        }
        return int_result(e, a * b, span);
    case AST_BINARY_DIV:
    case AST_BINARY_REM:
        if (b == 0) {
            ELAB_ERROR(e, CONST_DIVISION, span);
            return elab_poison();
        }
        return int_result(e, op == AST_BINARY_DIV ? a / b : a % b, span);
    case AST_BINARY_SHL:
    case AST_BINARY_SHR: return int_shift(e, op, a, b, span);
    case AST_BINARY_AND: return elab_from_int(a & b);
    case AST_BINARY_OR: return elab_from_int(a | b);
    case AST_BINARY_XOR: return elab_from_int(a ^ b);
    case AST_BINARY_EQ: return elab_from_bool(a == b);
    case AST_BINARY_NE: return elab_from_bool(a != b);
    case AST_BINARY_LT: return elab_from_bool(a < b);
    case AST_BINARY_LE: return elab_from_bool(a <= b);
    case AST_BINARY_GT: return elab_from_bool(a > b);
    case AST_BINARY_GE: return elab_from_bool(a >= b);
    case AST_BINARY_OR_OR:
    case AST_BINARY_AND_AND: break;
    }
    return wrong_operand(e, ast_binary_text(op), "true or false", (ElabNumber){.kind = NUMBER_INT, .i = a}, span);
}

static ElabValue float_binary(Elab *e, AstBinaryOp op, double a, double b, Span span) {
    switch (op) {
    case AST_BINARY_ADD: return elab_from_float(a + b);
    case AST_BINARY_SUB: return elab_from_float(a - b);
    case AST_BINARY_MUL: return elab_from_float(a * b);
    case AST_BINARY_DIV: return elab_from_float(a / b);
    case AST_BINARY_REM: return elab_from_float(fmod(a, b));
    case AST_BINARY_EQ: return elab_from_bool(a == b);
    case AST_BINARY_NE: return elab_from_bool(a != b);
    case AST_BINARY_LT: return elab_from_bool(a < b);
    case AST_BINARY_LE: return elab_from_bool(a <= b);
    case AST_BINARY_GT: return elab_from_bool(a > b);
    case AST_BINARY_GE: return elab_from_bool(a >= b);
    case AST_BINARY_OR:
    case AST_BINARY_XOR:
    case AST_BINARY_AND:
    case AST_BINARY_SHL:
    case AST_BINARY_SHR:
    case AST_BINARY_OR_OR:
    case AST_BINARY_AND_AND: break;
    }
    const char *wanted = op == AST_BINARY_OR_OR || op == AST_BINARY_AND_AND ? "true or false" : "an integer";
    return wrong_operand(e, ast_binary_text(op), wanted, (ElabNumber){.kind = NUMBER_FLOAT, .f = a}, span);
}

static ElabValue bool_binary(Elab *e, AstBinaryOp op, ElabNumber a, ElabNumber b, Span span) {
    switch (op) {
    case AST_BINARY_AND_AND:
    case AST_BINARY_AND: return elab_from_bool(a.i && b.i);
    case AST_BINARY_OR_OR:
    case AST_BINARY_OR: return elab_from_bool(a.i || b.i);
    case AST_BINARY_XOR:
    case AST_BINARY_NE: return elab_from_bool(a.i != b.i);
    case AST_BINARY_EQ: return elab_from_bool(a.i == b.i);
    case AST_BINARY_LT:
    case AST_BINARY_LE:
    case AST_BINARY_GT:
    case AST_BINARY_GE:
    case AST_BINARY_SHL:
    case AST_BINARY_SHR:
    case AST_BINARY_ADD:
    case AST_BINARY_SUB:
    case AST_BINARY_MUL:
    case AST_BINARY_DIV:
    case AST_BINARY_REM: break;
    }
    return wrong_operand(e, ast_binary_text(op), "a number", a, span);
}

ElabValue elab_number_binary(Elab *e, AstBinaryOp op, ElabNumber a, ElabNumber b, Span span) {
    if (a.kind == NUMBER_BOOL && b.kind == NUMBER_BOOL)
        return bool_binary(e, op, a, b, span);
    if (a.kind == NUMBER_BOOL || b.kind == NUMBER_BOOL) {
        bool logical = op == AST_BINARY_OR_OR || op == AST_BINARY_AND_AND;
        bool first = (a.kind == NUMBER_BOOL) != logical;
        return wrong_operand(e, ast_binary_text(op), logical ? "true or false" : "a number", first ? a : b, span);
    }
    if (a.kind == NUMBER_INT && b.kind == NUMBER_INT)
        return int_binary(e, op, a.i, b.i, span);
    /* An integer that meets a float becomes one, if that is exact. */
    ElabNumber *number = a.kind == NUMBER_INT ? &a : &b;
    if (number->kind == NUMBER_INT) {
        if (!elab_number_fits(*number, ELEM_F64)) {
            ELAB_ERROR(e, NOT_EXACT, span, elab_number_text(e, *number), "f64");
            return elab_poison();
        }
        number->f = (double)number->i;
    }
    return float_binary(e, op, a.f, b.f, span);
}

/* ---- the constants of a program ---------------------------------------------------------------------------------- */

ElabValue elab_const_expr(Elab *e, const AstExpr *x) {
    ElabValue v = elab_expr(e, x);
    if (v.kind == EV_POISON || v.kind == EV_NUMBER)
        return v;
    ELAB_ERROR(e, NOT_CONSTANT, x->span, elab_value_text(e, &v));
    return elab_poison();
}

ElabValue elab_const_binding(Elab *e, Binding *b) {
    if (b->state == 2)
        return b->value;
    if (b->state == 1) {
        ELAB_ERROR(e, CONST_CYCLE, b->span, b->name);
        b->broken = true;
        return elab_poison();
    }
    /* A constant is evaluated as if nothing but the top level were visible, wherever its first use stands. */
    Elab saved = *e;
    e->scope = e->globals;
    e->place = PLACE_GLOBAL;
    e->kernel = NULL;
    e->workload = NULL;
    e->symbol = NULL;
    e->inlining = NULL;
    b->state = 1;
    b->value = elab_const_expr(e, b->item->u.constant);
    if (b->broken)
        b->value = elab_poison();
    b->state = 2;
    e->scope = saved.scope;
    e->place = saved.place;
    e->kernel = saved.kernel;
    e->workload = saved.workload;
    e->symbol = saved.symbol;
    e->symbol_user = saved.symbol_user;
    e->inlining = saved.inlining;
    return b->value;
}
