/* Expressions: names, operators by the domain of their operands, calls. Literals and named constants fold; index
 * scalars are
 * Exprs; everything else is an op on tiles. */
#include <math.h>

#include "frontend/elab_internal.h"

/* ---- values ------------------------------------------------------------------------------------------------------ */

ElabValue elab_from_expr(Elab *e, const Expr *expr) {
    (void)e;
    int64_t c;
    if (expr_is_const(expr, &c))
        return elab_from_int(c);
    return (ElabValue){.kind = EV_INDEX, .scalar = true, .elem = ELEM_INDEX, .expr = expr};
}

ElabValue elab_from_cond(Elab *e, const ElabCond *cond) {
    (void)e;
    if (cond->kind == COND_TRUE || cond->kind == COND_FALSE)
        return elab_from_bool(cond->kind == COND_TRUE);
    return (ElabValue){.kind = EV_TILE, .scalar = true, .elem = ELEM_BOOL, .cond = cond};
}

ElabValue elab_from_value(Elab *e, Value *v, bool scalar) {
    if (!v)
        return elab_poison();
    if (type_is_index(v->type))
        return elab_from_expr(e, value_expr(e->module, v));
    ElabValue result = {.kind = EV_TILE, .scalar = scalar, .elem = v->type->elem, .value = v};
    if (scalar && v->type->elem == ELEM_BOOL)
        result.cond = cond_value(e, v);
    return result;
}

static Value *number_value(Elab *e, ElabNumber n, int elem, Span span) {
    Elem to =
        elem >= 0 ? (Elem)elem : (n.kind == NUMBER_FLOAT ? ELEM_F32 : (n.kind == NUMBER_BOOL ? ELEM_BOOL : ELEM_INDEX));
    if (!elab_number_fits(n, to)) {
        ELAB_ERROR(e, NOT_EXACT, span, elab_number_text(e, n), elem_info(to)->text);
        return NULL;
    }
    if (elem_is_float(to))
        return build_const_float(&e->b, to, n.kind == NUMBER_INT ? (double)n.i : elab_round_float(n.f, to));
    ElabInt i = n.kind == NUMBER_FLOAT ? (ElabInt)n.f : n.i;
    return build_const_int(&e->b, to, (int64_t)(uint64_t)i);
}

/* Greatest magnitude up to which every integer is a value of the type; 0: all 64-bit ones are. */
static void exact_range(ElabInt *lo, ElabInt *hi, Elem elem) {
    int digits = elem_info(elem)->bits;
    if (elem_is_float(elem)) {
        digits = elem == ELEM_F64 ? 53 : elem == ELEM_F32 ? 24 : elem == ELEM_F16 ? 11 : elem == ELEM_BF16 ? 8 : 3;
        *lo = -((ElabInt)1 << digits);
        *hi = (ElabInt)1 << digits;
        return;
    }
    bool is_signed = elem_is_signed(elem);
    *lo = is_signed ? -((ElabInt)1 << (digits - 1)) : 0;
    *hi = ((ElabInt)1 << (is_signed ? digits - 1 : digits)) - 1;
}

/* An index scalar that meets a tile takes its type where that is exact: refuted is an error, unproved a check at
 * level full. */
static Value *index_value(Elab *e, const Expr *x, int elem, Span span) {
    if (elem < 0 || elem == ELEM_INDEX)
        return build_index(&e->b, x);
    if (elem == ELEM_BOOL) {
        ELAB_ERROR(e, WRONG_KIND, span, "operand", "a bool", "an index scalar");
        return NULL;
    }
    ElabInt lo, hi;
    exact_range(&lo, &hi, (Elem)elem);
    ExprTable *t = e->exprs;
    const Expr *above = lo > INT64_MIN ? expr_add_const(t, x, (int64_t)-lo) : expr_const(t, 0);
    const Expr *below = hi < INT64_MAX ? expr_sub(t, expr_const(t, (int64_t)hi), x) : expr_const(t, 0);
    const Expr *fits = expr_min(t, above, below);
    if (!facts_prove_ge0(e->facts, fits)) {
        if (facts_prove_lt(e->facts, fits, expr_const(t, 0))) {
            ELAB_ERROR(e, NOT_EXACT, span, elab_expr_text(e, x), elem_info((Elem)elem)->text);
            return NULL;
        }
        if (e->options->checks == PROGRAM_CHECKS_FULL) {
            const char *text = arena_printf(e->arena, "%s = {0} is not exact as %s", elab_source_text(e, span),
                                            elem_info((Elem)elem)->text);
            build_check(&e->b, "BOUNDS", "full", text, fits, &x, 1);
        }
    }
    return build_cast(&e->b, build_index(&e->b, x), (Elem)elem, NULL, false);
}

Value *elab_value(Elab *e, ElabValue v, int elem, Span span) {
    switch (v.kind) {
    case EV_POISON: return NULL;
    case EV_NUMBER: return number_value(e, v.number, elem, span);
    case EV_INDEX: return index_value(e, v.expr, elem, span);
    case EV_TILE: return v.value ? v.value : cond_materialize(e, v.cond);
    case EV_VIEW: return elab_value(e, elab_load(e, v.view, span), elem, span);
    case EV_ELEM:
    case EV_VOID: break;
    }
    ELAB_ERROR(e, WRONG_KIND, span, "expression", "a value", elab_value_text(e, &v));
    return NULL;
}

void elab_types_differ(Elab *e, Span span, const char *what, Elem expected, Elem found) {
    Diag *d = ELAB_ERROR(e, TYPES_DIFFER, span, what, elem_info(expected)->text, elem_info(found)->text);
    ELAB_HINT(d, "convert one operand: tl.cast(x, %s)", elem_info(expected)->text);
}

Value *elab_typed(Elab *e, ElabValue v, Elem elem, Span span, const char *name) {
    if (v.kind == EV_VIEW)
        v = elab_load(e, v.view, span);
    if (v.kind == EV_TILE && v.elem != elem) {
        elab_types_differ(e, span, name, elem, v.elem);
        return NULL;
    }
    return elab_value(e, v, (int)elem, span);
}

Value *elab_scalar(Elab *e, ElabValue v, Elem elem, Span span, const char *what) {
    if (v.kind == EV_VIEW)
        v = elab_load(e, v.view, span);
    if (v.kind == EV_POISON)
        return NULL;
    bool integer = v.kind == EV_TILE && v.scalar && elem_is_int(v.elem);
    if (elem == ELEM_INDEX && integer)
        return build_index(&e->b, value_expr(e->module, v.value));
    if (!v.scalar || (v.kind == EV_TILE && v.elem != elem)) {
        const char *wanted = arena_printf(e->arena, "%s scalar", elem_info(elem)->text);
        Diag *d = ELAB_ERROR(e, WRONG_KIND, span, what, wanted, elab_value_text(e, &v));
        if (v.kind == EV_TILE && !v.scalar && type_is_scalar(v.value->type))
            ELAB_HINT(d, "a [1, 1] tile t is read as a scalar by `t[0, 0]`");
        return NULL;
    }
    return elab_value(e, v, (int)elem, span);
}

/* ---- index scalars ----------------------------------------------------------------------------------------------- */

const Expr *elab_index_of(Elab *e, ElabValue v, Span span, const char *what) {
    if (v.kind == EV_VIEW)
        v = elab_load(e, v.view, span);
    if (v.kind == EV_POISON)
        return NULL;
    if (v.kind == EV_INDEX)
        return v.expr;
    if (v.kind == EV_NUMBER && elab_number_fits(v.number, ELEM_I64) && v.number.kind == NUMBER_INT)
        return expr_const(e->exprs, (int64_t)v.number.i);
    if (v.kind == EV_TILE && v.scalar && elem_is_int(v.elem))
        return value_expr(e->module, v.value);
    Diag *d = ELAB_ERROR(e, WRONG_KIND, span, what, "an integer scalar", elab_value_text(e, &v));
    if (v.kind == EV_TILE && !v.scalar && type_is_scalar(v.value->type))
        ELAB_HINT(d, "a [1, 1] tile t is read as a scalar by `t[0, 0]`");
    return NULL;
}

const Expr *elab_index(Elab *e, const AstExpr *x, const char *what) {
    return elab_index_of(e, elab_expr(e, x), x->span, what);
}

const Expr *elab_const_index(Elab *e, const AstExpr *x, const char *what) {
    ElabValue v = elab_expr(e, x);
    const Expr *index = elab_index_of(e, v, x->span, what);
    if (!index || elab_expr_is_static(e, index))
        return index;
    ELAB_ERROR(e, NOT_CONSTANT, x->span, elab_value_text(e, &v));
    return NULL;
}

ElabValue elab_condition(Elab *e, const AstExpr *x, const char *what) {
    ElabValue v = elab_expr(e, x);
    if (v.kind == EV_VIEW)
        v = elab_load(e, v.view, x->span);
    if (v.kind == EV_POISON)
        return v;
    if (v.kind == EV_NUMBER && v.number.kind == NUMBER_BOOL) {
        v.kind = EV_TILE;
        v.elem = ELEM_BOOL;
        const Expr *sign = expr_const(e->exprs, v.number.i ? 0 : -1);
        v.cond = cond_ge0(e, sign);
        return v;
    }
    if (v.kind == EV_TILE && v.scalar && v.elem == ELEM_BOOL)
        return v;
    Diag *d = ELAB_ERROR(e, WRONG_KIND, x->span, what, "a bool scalar", elab_value_text(e, &v));
    if (v.kind == EV_TILE && !v.scalar && type_is_scalar(v.value->type))
        ELAB_HINT(d, "a [1, 1] tile t is read as a scalar by `t[0, 0]`");
    return elab_poison();
}

int elab_elem(Elab *e, const AstExpr *x) {
    if (x->kind == AST_EXPR_NAME && elem_find(x->u.name) < 0 && !elab_lookup(e, x->u.name)) {
        elab_unknown_elem(e, (AstName){.text = x->u.name, .span = x->span});
        return -1;
    }
    ElabValue v = elab_expr(e, x);
    if (v.kind == EV_ELEM)
        return (int)v.elem;
    if (v.kind != EV_POISON)
        ELAB_ERROR(e, WRONG_KIND, x->span, "element type", "an element type such as f32", elab_value_text(e, &v));
    return -1;
}

const ElabView *elab_view(Elab *e, const AstExpr *x, const char *what) {
    ElabValue v = elab_expr(e, x);
    if (v.kind == EV_VIEW && v.view->type->kind != TYPE_CSR)
        return v.view;
    if (v.kind != EV_POISON)
        ELAB_ERROR(e, WRONG_KIND, x->span, what, "a view", elab_value_text(e, &v));
    return NULL;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static ElabValue name_of_binding(Elab *e, Binding *b, Span span) {
    if (b->broken)
        return elab_poison();
    switch (b->kind) {
    case BIND_VALUE:
    case BIND_INDEX:
    case BIND_PARAM:
    case BIND_TEMP:
    case BIND_VAR: {
        ElabValue v = b->value;
        if (v.kind == EV_VIEW && v.view->whole && v.view->span.begin != span.begin) {
            ElabView *view = ARENA_NEW(e->arena, ElabView);
            *view = *v.view;
            view->span = span;
            v.view = view;
        }
        return v;
    }
    case BIND_CONST: return elab_const_binding(e, b);
    case BIND_FUNC:
    case BIND_KERNEL:
    case BIND_WORKLOAD:
    case BIND_CHANNEL: break;
    }
    ELAB_ERROR(e, NOT_A_VALUE, span, elab_binding_text(e, b));
    return elab_poison();
}

static ElabValue expr_name(Elab *e, const AstExpr *x) {
    AstName name = {.text = x->u.name, .span = x->span};
    int elem = elem_find(name.text);
    if (elem >= 0)
        return (ElabValue){.kind = EV_ELEM, .elem = (Elem)elem};
    Binding *b = elab_lookup(e, name.text);
    bool item = b && (b->kind == BIND_FUNC || b->kind == BIND_KERNEL || b->kind == BIND_WORKLOAD);
    if (e->symbol && (!b || item)) {
        if (!b && elab_name_is_broken(e, name.text))
            return elab_poison();
        const Expr *symbol = e->symbol(e, e->symbol_user, name);
        return symbol ? elab_from_expr(e, symbol) : elab_poison();
    }
    b = b ? b : elab_resolve(e, name);
    return b ? name_of_binding(e, b, x->span) : elab_poison();
}

/* ---- operators --------------------------------------------------------------------------------------------------- */

static const OpCode binary_codes[] = {
    [AST_BINARY_OR_OR] = OP_OR, [AST_BINARY_AND_AND] = OP_AND, [AST_BINARY_EQ] = OP_EQ,   [AST_BINARY_NE] = OP_NE,
    [AST_BINARY_LT] = OP_LT,    [AST_BINARY_LE] = OP_LE,       [AST_BINARY_GT] = OP_GT,   [AST_BINARY_GE] = OP_GE,
    [AST_BINARY_OR] = OP_OR,    [AST_BINARY_XOR] = OP_XOR,     [AST_BINARY_AND] = OP_AND, [AST_BINARY_SHL] = OP_SHL,
    [AST_BINARY_SHR] = OP_SHR,  [AST_BINARY_ADD] = OP_ADD,     [AST_BINARY_SUB] = OP_SUB, [AST_BINARY_MUL] = OP_MUL,
    [AST_BINARY_DIV] = OP_DIV,  [AST_BINARY_REM] = OP_REM,
};
#define BINARY_COUNT ((int)(sizeof binary_codes / sizeof *binary_codes))

static bool is_comparison(OpCode code) { return op_info(code)->result == RES_BROADCAST_BOOL && code != OP_ISNAN; }

/* Reads views and refuses what is no value; false after a mistake. */
static bool operand_ready(Elab *e, ElabValue *v, Span span) {
    if (v->kind == EV_VIEW)
        *v = elab_load(e, v->view, span);
    if (v->kind == EV_ELEM || v->kind == EV_VOID) {
        ELAB_ERROR(e, WRONG_KIND, span, "operand", "a value", elab_value_text(e, v));
        return false;
    }
    return v->kind != EV_POISON;
}

bool elab_elem_allowed(Elab *e, OpCode code, Elem elem, Span span, const char *name) {
    static const char *const wanted[] = {
        [ELEMS_ANY] = "any element type",
        [ELEMS_NUMBER] = "a number type",
        [ELEMS_FLOAT] = "a float type",
        [ELEMS_INT] = "an integer type",
        [ELEMS_BOOL] = "bool",
        [ELEMS_INT_BOOL] = "an integer type or bool",
        [ELEMS_MATMUL] = "f16, bf16, f32, f64, f8, i8 or u8",
    };
    const OpInfo *info = op_info(code);
    if (!elem_in_set(elem, info->elems)) {
        ELAB_ERROR(e, ELEM_NOT_ALLOWED, span, arena_printf(e->arena, "`%s`", name), wanted[info->elems],
                   elem_info(elem)->text);
        return false;
    }
    return true;
}

static bool is_indexable(ElabValue v) {
    if (v.kind == EV_INDEX)
        return true;
    if (v.kind == EV_NUMBER)
        return v.number.kind == NUMBER_INT && elab_number_fits(v.number, ELEM_I64);
    return v.kind == EV_TILE && v.scalar && elem_is_int(v.elem);
}

/* Comparisons of integer scalars are the same over 64 bits: done on index expressions they give facts. */
static bool compares_as_index(ElabValue a, ElabValue b) {
    if (!is_indexable(a) || !is_indexable(b))
        return false;
    bool typed_a = a.kind == EV_TILE, typed_b = b.kind == EV_TILE;
    if ((typed_a && a.elem == ELEM_U64) || (typed_b && b.elem == ELEM_U64))
        return false;
    if (typed_a && typed_b)
        return a.elem == b.elem;
    if (typed_a && b.kind == EV_NUMBER)
        return elab_number_fits(b.number, a.elem);
    return !typed_b || a.kind != EV_NUMBER || elab_number_fits(a.number, b.elem);
}

static bool in_index_domain(OpCode code, ElabValue a, ElabValue b) {
    if (a.kind == EV_INDEX || b.kind == EV_INDEX)
        return is_indexable(a) && is_indexable(b);
    return is_comparison(code) && compares_as_index(a, b);
}

static void check_divisor(Elab *e, const Expr *divisor, Span span) {
    const Expr *zero = expr_const(e->exprs, 0);
    if (e->options->checks != PROGRAM_CHECKS_FULL || facts_prove_lt(e->facts, zero, divisor) ||
        facts_prove_lt(e->facts, divisor, zero))
        return;
    const Expr *magnitude = expr_max(e->exprs, divisor, expr_neg(e->exprs, divisor));
    const char *text = arena_printf(e->arena, "%s: division by zero", elab_source_text(e, span));
    build_check(&e->b, "DIVIDE", "full", text, expr_add_const(e->exprs, magnitude, -1), NULL, 0);
}

static ElabValue index_divide(Elab *e, OpCode code, const Expr *a, const Expr *b, Span span) {
    if (expr_equals_const(b, 0)) {
        ELAB_ERROR(e, CONST_DIVISION, span);
        return elab_poison();
    }
    check_divisor(e, b, span);
    return elab_from_expr(e, code == OP_DIV ? expr_div(e->exprs, a, b) : expr_mod(e->exprs, a, b));
}

static ElabValue index_binary(Elab *e, OpCode code, ElabValue va, ElabValue vb, Span span, const char *name) {
    const Expr *a = elab_index_of(e, va, span, "operand"), *b = elab_index_of(e, vb, span, "operand");
    ExprTable *t = e->exprs;
    if (!a || !b || !elab_elem_allowed(e, code, ELEM_INDEX, span, name))
        return elab_poison();
    if (is_comparison(code))
        return elab_from_cond(e, cond_compare(e, code, a, b));
    switch ((int)code) {
    case OP_ADD: return elab_from_expr(e, expr_add(t, a, b));
    case OP_SUB: return elab_from_expr(e, expr_sub(t, a, b));
    case OP_MUL: return elab_from_expr(e, expr_mul(t, a, b));
    case OP_MAXIMUM: return elab_from_expr(e, expr_max(t, a, b));
    case OP_MINIMUM: return elab_from_expr(e, expr_min(t, a, b));
    case OP_DIV:
    case OP_REM: return index_divide(e, code, a, b, span);
    default: break; /* bits: an op of index scalars, whose result is a leaf */
    }
    elab_at(e, span);
    return elab_from_value(e, build_binary(&e->b, code, build_index(&e->b, a), build_index(&e->b, b)), true);
}

/* An element-wise op on tiles: converts numbers and index scalars to the tiles' type, broadcasts, builds. */
static ElabValue tile_binary(Elab *e, OpCode code, ElabValue a, ElabValue b, Span span, const char *name) {
    if (a.kind == EV_TILE && b.kind == EV_TILE && a.elem != b.elem) {
        elab_types_differ(e, span, arena_printf(e->arena, "`%s`", name), a.elem, b.elem);
        return elab_poison();
    }
    Elem elem = a.kind == EV_TILE ? a.elem : b.kind == EV_TILE ? b.elem : ELEM_INDEX;
    elab_at(e, span);
    if (!elab_elem_allowed(e, code, elem, span, name))
        return elab_poison();
    Value *v[2] = {elab_value(e, a, (int)elem, span), elab_value(e, b, (int)elem, span)};
    if (!v[0] || !v[1] || !elab_broadcast(e, v, 2, span))
        return elab_poison();
    elab_at(e, span);
    if ((code == OP_DIV || code == OP_REM) && elem_is_int(elem)) {
        if (b.kind == EV_NUMBER && b.number.i == 0) {
            ELAB_ERROR(e, CONST_DIVISION, span);
            return elab_poison();
        }
        if (b.kind != EV_NUMBER)
            elab_check_tile_divisor(e, v[1], span);
    }
    return elab_from_value(e, build_binary(&e->b, code, v[0], v[1]), a.scalar && b.scalar);
}

/* Under --checks=full an integer tile divides by no zero. */
void elab_check_tile_divisor(Elab *e, Value *divisor, Span span) {
    if (e->options->checks != PROGRAM_CHECKS_FULL)
        return;
    if (type_is_scalar(divisor->type) && divisor->type->elem != ELEM_U64) {
        check_divisor(e, value_expr(e->module, divisor), span);
        return;
    }
    Value *zero = build_const_int(&e->b, divisor->type->elem, 0);
    Value *good = build_binary(&e->b, OP_NE, divisor, zero);
    Op *op = build_op(&e->b, OP_ASSERT, &good, 1, NULL, 0, NULL, 0, 0);
    op_set_str(e->module, op, ATTR_CODE, "DIVIDE");
    op_set_str(e->module, op, ATTR_TEXT, arena_printf(e->arena, "%s: division by zero", elab_source_text(e, span)));
}

/* Bool scalars with & | && || stay conditions, which give facts. */
static const ElabCond *logic_cond(Elab *e, OpCode code, ElabValue a, ElabValue b) {
    const ElabCond *left = elab_cond_of(e, a), *right = elab_cond_of(e, b);
    if (!left || !right || (code != OP_AND && code != OP_OR))
        return NULL;
    return code == OP_AND ? cond_and(e, left, right) : cond_or(e, left, right);
}

const ElabCond *elab_cond_of(Elab *e, ElabValue v) {
    if (v.kind == EV_NUMBER && v.number.kind == NUMBER_BOOL)
        return cond_ge0(e, expr_const(e->exprs, v.number.i ? 0 : -1));
    return v.kind == EV_TILE && v.scalar && v.elem == ELEM_BOOL ? v.cond : NULL;
}

static ElabValue number_op(Elab *e, OpCode code, ElabNumber a, ElabNumber b, Span span) {
    for (int i = AST_BINARY_EQ; i < BINARY_COUNT; i++)
        if (binary_codes[i] == code)
            return elab_number_binary(e, (AstBinaryOp)i, a, b, span);
    if (code == OP_POW) {
        double x = a.kind == NUMBER_INT ? (double)a.i : a.f, y = b.kind == NUMBER_INT ? (double)b.i : b.f;
        return elab_from_float(pow(x, y));
    }
    ElabValue less = elab_number_binary(e, code == OP_MAXIMUM ? AST_BINARY_GT : AST_BINARY_LT, a, b, span);
    if (less.kind == EV_POISON)
        return less;
    bool first = less.number.i || (a.kind == NUMBER_FLOAT && isnan(a.f));
    ElabValue result = {.kind = EV_NUMBER, .scalar = true, .number = first ? a : b};
    /* One float makes the result a float. */
    if (result.number.kind == NUMBER_INT && (a.kind == NUMBER_FLOAT || b.kind == NUMBER_FLOAT))
        return elab_from_float((double)result.number.i);
    return result;
}

ElabValue elab_binary(Elab *e, OpCode code, ElabValue a, ElabValue b, Span span, const char *name) {
    if (!operand_ready(e, &a, span) || !operand_ready(e, &b, span))
        return elab_poison();
    if (a.kind == EV_NUMBER && b.kind == EV_NUMBER)
        return number_op(e, code, a.number, b.number, span);
    if (in_index_domain(code, a, b))
        return index_binary(e, code, a, b, span, name);
    const ElabCond *cond = logic_cond(e, code, a, b);
    if (cond)
        return elab_from_cond(e, cond);
    return tile_binary(e, code, a, b, span, name);
}

static ElabValue index_unary(Elab *e, OpCode code, const Expr *x, Span span, const char *name) {
    ExprTable *t = e->exprs;
    if (!elab_elem_allowed(e, code, ELEM_INDEX, span, name))
        return elab_poison();
    switch ((int)code) {
    case OP_NEG: return elab_from_expr(e, expr_neg(t, x));
    case OP_NOT: return elab_from_expr(e, expr_add_const(t, expr_neg(t, x), -1));
    case OP_ABS: return elab_from_expr(e, expr_max(t, x, expr_neg(t, x)));
    case OP_RELU: return elab_from_expr(e, expr_max(t, x, expr_const(t, 0)));
    default: break;
    }
    elab_at(e, span);
    return elab_from_value(e, build_unary(&e->b, code, build_index(&e->b, x)), true);
}

ElabValue elab_unary(Elab *e, OpCode code, ElabValue a, Span span, const char *name) {
    if (!operand_ready(e, &a, span))
        return elab_poison();
    if (a.kind == EV_NUMBER && a.number.kind == NUMBER_INT && op_info(code)->elems == ELEMS_FLOAT) {
        a = elab_from_float((double)a.number.i); /* tl.exp(2) of a bare literal: a float is meant */
    } else if (a.kind == EV_NUMBER && a.number.kind == NUMBER_INT && elab_number_fits(a.number, ELEM_I64)) {
        return index_unary(e, code, expr_const(e->exprs, (int64_t)a.number.i), span, name);
    }
    if (a.kind == EV_INDEX)
        return index_unary(e, code, a.expr, span, name);
    if (code == OP_NOT && elab_cond_of(e, a))
        return elab_from_cond(e, cond_not(e, elab_cond_of(e, a)));
    elab_at(e, span);
    Value *v = elab_value(e, a, -1, span);
    if (!v || !elab_elem_allowed(e, code, v->type->elem, span, name))
        return elab_poison();
    elab_at(e, span);
    return elab_from_value(e, build_unary(&e->b, code, v), a.scalar);
}

static ElabValue expr_unary(Elab *e, const AstExpr *x) {
    ElabValue a = elab_expr(e, x->u.unary.operand);
    if (!operand_ready(e, &a, x->u.unary.operand->span))
        return elab_poison();
    if (a.kind == EV_NUMBER)
        return elab_number_unary(e, x->u.unary.op, a.number, x->span);
    const char *name = ast_unary_text(x->u.unary.op);
    switch (x->u.unary.op) {
    case AST_UNARY_NEG: return elab_unary(e, OP_NEG, a, x->span, name);
    case AST_UNARY_BITNOT: return elab_unary(e, OP_NOT, a, x->span, name);
    case AST_UNARY_NOT: break;
    }
    if (a.kind != EV_TILE || a.elem != ELEM_BOOL) {
        ELAB_ERROR(e, WRONG_KIND, x->span, "operand of `!`", "a bool", elab_value_text(e, &a));
        return elab_poison();
    }
    return elab_unary(e, OP_NOT, a, x->span, name);
}

/* ---- && and || --------------------------------------------------------------------------------------------------- */

static bool is_bool(ElabValue v) {
    return v.kind == EV_NUMBER ? v.number.kind == NUMBER_BOOL : v.kind == EV_TILE && v.elem == ELEM_BOOL;
}

/* Ops emitted since `last` was the last one of the region; do they read memory or check something? */
static bool emitted_effects(const Region *region, const Op *last) {
    for (const Op *op = last ? last->next : region->first; op; op = op->next)
        if (!op_code_has(op->code, PURE))
            return true;
    return false;
}

/* The right side runs only if the left side does not decide: its ops move into a branch. */
static ElabValue short_circuit(Elab *e, bool is_and, const ElabCond *left, ElabValue right, Region *region, Op *last) {
    Value *result = elab_value(e, right, ELEM_BOOL, SPAN_NONE);
    Op *first = last ? last->next : region->first;
    Builder before = first ? builder_before(e->module, first) : e->b;
    before.loc = e->b.loc;
    Builder end = e->b;
    e->b = before;
    Value *condition = cond_materialize(e, left);
    const Type *type = type_scalar(e->module, ELEM_BOOL);
    Op *op = build_op(&e->b, OP_IF, &condition, 1, NULL, 0, &type, 1, 2);
    e->b = end;
    Region *inside = op->regions[is_and ? 0 : 1], *other = op->regions[is_and ? 1 : 0];
    for (Op *next, *moved = op->next; moved; moved = next) {
        next = moved->next;
        op_unlink(moved);
        op_append(inside, moved);
    }
    Builder in = builder_at_end(e->module, inside), out = builder_at_end(e->module, other);
    in.loc = out.loc = e->b.loc;
    build_yield(&in, &result, 1);
    Value *decided = build_const_int(&out, ELEM_BOOL, !is_and);
    build_yield(&out, &decided, 1);
    /* Of the whole only the left side gives facts. */
    const ElabCond *both = cond_value(e, op->results[0]);
    ElabCond *whole = ARENA_NEW(e->arena, ElabCond);
    *whole = (ElabCond){.kind = is_and ? COND_AND : COND_OR, .left = left, .right = both, .value = op->results[0]};
    return elab_from_cond(e, whole);
}

static ElabValue logic_operand(Elab *e, ElabValue v, const AstExpr *x, const char *op) {
    if (!operand_ready(e, &v, x->span))
        return elab_poison();
    if (is_bool(v))
        return v;
    ELAB_ERROR(e, WRONG_KIND, x->span, arena_printf(e->arena, "operand of `%s`", op), "a bool", elab_value_text(e, &v));
    return elab_poison();
}

static ElabValue expr_logic(Elab *e, ElabValue a, const AstExpr *x) {
    bool is_and = x->u.binary.op == AST_BINARY_AND_AND;
    const char *name = ast_binary_text(x->u.binary.op);
    a = logic_operand(e, a, x->u.binary.left, name);
    const ElabCond *left = a.kind == EV_POISON ? NULL : elab_cond_of(e, a);
    Region *region = e->b.region;
    Op *last = e->b.before ? NULL : (region ? region->last : NULL);
    int mark = left && e->facts ? facts_mark(e->facts) : 0;
    if (left && e->facts)
        cond_add_facts(e, left, is_and);
    ElabValue b = logic_operand(e, elab_expr(e, x->u.binary.right), x->u.binary.right, name);
    if (left && e->facts)
        facts_release(e->facts, mark);
    if (a.kind == EV_POISON || b.kind == EV_POISON)
        return elab_poison();
    if (left && region && b.scalar && emitted_effects(region, last))
        return short_circuit(e, is_and, left, b, region, last);
    return elab_binary(e, is_and ? OP_AND : OP_OR, a, b, x->span, name);
}

/* A chain of operators may be thousands long: its left spine is walked, not recursed. */
static ElabValue expr_binary(Elab *e, const AstExpr *x) {
    VEC(const AstExpr *) spine = {0};
    for (; x->kind == AST_EXPR_BINARY; x = x->u.binary.left)
        VEC_PUSH(e->arena, &spine, x);
    ElabValue v = elab_expr(e, x);
    while (spine.len > 0) {
        const AstExpr *node = VEC_POP(&spine);
        AstBinaryOp op = node->u.binary.op;
        if (op == AST_BINARY_AND_AND || op == AST_BINARY_OR_OR) {
            v = expr_logic(e, v, node);
            continue;
        }
        if (!operand_ready(e, &v, node->u.binary.left->span))
            v = elab_poison();
        ElabValue right = elab_expr(e, node->u.binary.right);
        if (!operand_ready(e, &right, node->u.binary.right->span))
            right = elab_poison();
        v = elab_binary(e, binary_codes[op], v, right, node->span, ast_binary_text(op));
    }
    return v;
}

/* ---- calls and selections ---------------------------------------------------------------------------------------- */

static ElabResults failed(void) { return (ElabResults){.failed = true}; }

ElabResults elab_call(Elab *e, const AstExpr *x) {
    const AstExpr *callee = x->u.call.callee;
    const char *first, *second;
    if (!ast_callee_path(callee, &first, &second)) {
        ELAB_ERROR(e, NOT_CALLABLE, callee->span, arena_printf(e->arena, "`%s`", elab_source_text(e, callee->span)));
        return failed();
    }
    if (ast_tl_name(callee))
        return elab_op_call(e, x);
    if (elab_is_common_call(x)) { /* assume, static_assert */
        elab_common_call(e, x);
        return (ElabResults){0};
    }
    Binding *b = elab_resolve(e, (AstName){.text = first, .span = callee->span});
    if (!b || b->broken)
        return failed();
    if (b->kind == BIND_FUNC && !second)
        return elab_func_call(e, x, b);
    if (b->kind == BIND_KERNEL || b->kind == BIND_WORKLOAD) {
        const char *kind = b->kind == BIND_KERNEL ? "kernel" : "workload";
        if (e->place == PLACE_KERNEL)
            ELAB_ERROR(e, CALL_IN_KERNEL, callee->span, kind, b->name);
        else
            ELAB_ERROR(e, NO_VALUE, x->span, b->name);
        return failed();
    }
    ELAB_ERROR(e, NOT_CALLABLE, callee->span, elab_binding_text(e, b));
    return failed();
}

void elab_expr_values(Elab *e, const AstExpr *x, ElabValue *out, int want) {
    for (int i = 0; i < want; i++)
        out[i] = elab_poison();
    if (x->kind != AST_EXPR_CALL && want == 1) {
        out[0] = elab_expr(e, x);
        return;
    }
    ElabResults r = {.n = 1};
    if (x->kind == AST_EXPR_CALL)
        r = elab_call(e, x);
    if (r.failed)
        return;
    const char *name = elab_source_text(e, x->kind == AST_EXPR_CALL ? x->u.call.callee->span : x->span);
    if (r.n == 0) {
        ELAB_ERROR(e, NO_VALUE, x->span, name);
    } else if (r.n != want) {
        ELAB_ERROR(e, VALUE_COUNT, x->span, name, r.n, r.n == 1 ? "" : "s", want, want == 1 ? "was" : "were");
    } else {
        for (int i = 0; i < want; i++)
            out[i] = r.values[i];
    }
}

static ElabValue expr_select(Elab *e, const AstExpr *x) {
    ElabValue base = elab_expr(e, x->u.index.base);
    if (base.kind == EV_VIEW) {
        const ElabView *view = elab_select(e, base.view, &x->u.index.selectors, x->span);
        if (!view)
            return elab_poison();
        return (ElabValue){.kind = EV_VIEW, .elem = view->type->elem, .view = view};
    }
    if (base.kind == EV_TILE && !base.scalar)
        return elab_tile_select(e, base.value, &x->u.index.selectors, x->span);
    if (base.kind != EV_POISON)
        ELAB_ERROR(e, WRONG_KIND, x->u.index.base->span, "selection", "a view or a tile", elab_value_text(e, &base));
    return elab_poison();
}

ElabValue elab_expr(Elab *e, const AstExpr *x) {
    switch (x->kind) {
    case AST_EXPR_INT: return elab_from_int((ElabInt)x->u.integer.value);
    case AST_EXPR_FLOAT: return elab_from_float(x->u.floating.value);
    case AST_EXPR_BOOL: return elab_from_bool(x->u.boolean);
    case AST_EXPR_NAME: return expr_name(e, x);
    case AST_EXPR_UNARY: return expr_unary(e, x);
    case AST_EXPR_BINARY: return expr_binary(e, x);
    case AST_EXPR_INDEX: return expr_select(e, x);
    case AST_EXPR_CALL: {
        ElabValue v;
        elab_expr_values(e, x, &v, 1);
        return v;
    }
    case AST_EXPR_STRING:
    case AST_EXPR_LIST:
    case AST_EXPR_MEMBER: break;
    }
    const char *kind = x->kind == AST_EXPR_STRING ? "a string" : x->kind == AST_EXPR_LIST ? "a list" : NULL;
    if (kind)
        ELAB_ERROR(e, WRONG_KIND, x->span, "expression", "a value", kind);
    else
        ELAB_ERROR(e, NOT_A_VALUE, x->span, arena_printf(e->arena, "`%s`", elab_source_text(e, x->span)));
    return elab_poison();
}
