/* Operations that the language has and the IR has not: expanded by their definition. They compute in f32, and the
 * result has
 * the type and shape of x. */
#include "frontend/elab_ops.h"

static Value *make_unary(Elab *e, const OpCall *c, OpCode code, Value *x) { return op_build(e, c, code, &x, 1, NULL); }

static Value *make_binary(Elab *e, const OpCall *c, OpCode code, Value *a, Value *b) {
    Value *v[2] = {a, b};
    if (!elab_broadcast(e, v, 2, c->span))
        return NULL;
    return op_build(e, c, code, v, 2, NULL);
}

/* A float operand in f32; NULL after a report. */
static Value *float_operand(Elab *e, OpCall *c, int i) {
    ElabValue v = op_arg_value(e, c, i);
    if (c->failed)
        return NULL;
    if (v.kind == EV_NUMBER || v.kind == EV_INDEX)
        return elab_value(e, v, ELEM_F32, op_arg_span(c, i));
    Value *x = elab_value(e, v, -1, op_arg_span(c, i));
    if (x && !elem_is_float(x->type->elem)) {
        ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, i), op_arg_role(e, c, i), "a float type",
                   elem_info(x->type->elem)->text);
        return NULL;
    }
    elab_at(e, c->span);
    return x ? op_cast_value(e, x, ELEM_F32) : NULL;
}

/* The main operand: a float tile. *elem is its type, the value returned is in f32. */
static Value *main_operand(Elab *e, OpCall *c, Elem *elem) {
    Value *x = op_arg_tile(e, c, 0);
    if (!x)
        return NULL;
    *elem = x->type->elem;
    if (!elem_is_float(*elem)) {
        ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, 0), op_quoted(e, c), "a float type", elem_info(*elem)->text);
        return NULL;
    }
    elab_at(e, c->span);
    return op_cast_value(e, x, ELEM_F32);
}

/* y * weight: the weight may be one row, one column or one element, but may not stretch y. */
static Value *apply_operand(Elab *e, OpCall *c, OpCode code, Value *y, Value *operand, int arg) {
    if (!y || !operand)
        return NULL;
    for (int d = 0; d < 2; d++) {
        const Expr *extent = operand->type->dims[d];
        if (!expr_equals_const(extent, 1) &&
            !elab_require_equal(e, y->type->dims[d], extent, op_arg_span(c, arg), elab_type_text(e, y->type),
                                elab_type_text(e, operand->type)))
            return NULL;
    }
    return make_binary(e, c, code, y, operand);
}

static void give_as(Elab *e, OpCall *c, Value *v, Elem elem) {
    if (v) {
        elab_at(e, c->span);
        v = op_cast_value(e, v, elem);
    }
    op_give(e, c, v, false);
}

void op_softmax(Elab *e, OpCall *c) {
    Elem elem;
    Value *x = main_operand(e, c, &elem);
    if (!x) {
        op_fail(c);
        return;
    }
    Value *shifted = make_binary(e, c, OP_SUB, x, make_unary(e, c, OP_ROWMAX, x));
    Value *power = make_unary(e, c, OP_EXP, shifted);
    give_as(e, c, make_binary(e, c, OP_DIV, power, make_unary(e, c, OP_ROWSUM, power)), elem);
}

/* x * rsqrt(rowmean(x * x) + eps) */
static Value *normalize(Elab *e, OpCall *c, Value *x, Value *eps, int arg) {
    if (!type_is_scalar(eps->type)) {
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, arg), op_arg_role(e, c, arg), "a scalar",
                   elab_type_text(e, eps->type));
        return NULL;
    }
    Value *mean = make_unary(e, c, OP_ROWMEAN, make_binary(e, c, OP_MUL, x, x));
    return make_binary(e, c, OP_MUL, x, make_unary(e, c, OP_RSQRT, make_binary(e, c, OP_ADD, mean, eps)));
}

void op_rmsnorm(Elab *e, OpCall *c) {
    Elem elem;
    Value *x = main_operand(e, c, &elem), *weight = float_operand(e, c, 1), *eps = float_operand(e, c, 2);
    if (!x || !weight || !eps) {
        op_fail(c);
        return;
    }
    Value *y = normalize(e, c, x, eps, 2);
    give_as(e, c, apply_operand(e, c, OP_MUL, y, weight, 1), elem);
}

void op_layernorm(Elab *e, OpCall *c) {
    Elem elem;
    Value *x = main_operand(e, c, &elem), *weight = float_operand(e, c, 1), *bias = float_operand(e, c, 2);
    Value *eps = float_operand(e, c, 3);
    if (!x || !weight || !bias || !eps) {
        op_fail(c);
        return;
    }
    Value *d = make_binary(e, c, OP_SUB, x, make_unary(e, c, OP_ROWMEAN, x));
    Value *y = apply_operand(e, c, OP_MUL, normalize(e, c, d, eps, 3), weight, 1);
    give_as(e, c, apply_operand(e, c, OP_ADD, y, bias, 2), elem);
}

void op_clamp(Elab *e, OpCall *c) {
    ElabValue x = op_arg_value(e, c, 0), lo = op_arg_value(e, c, 1), hi = op_arg_value(e, c, 2);
    if (c->failed)
        return;
    ElabValue raised = elab_binary(e, OP_MAXIMUM, x, lo, c->span, c->name);
    op_give_value(c, elab_binary(e, OP_MINIMUM, raised, hi, c->span, c->name));
}

void op_quant(Elab *e, OpCall *c) {
    ElabValue x = op_arg_value(e, c, 0), scale = op_arg_value(e, c, 2);
    int elem = op_arg_elem(e, c, 1);
    if (c->failed)
        return;
    if (x.kind != EV_TILE || !elem_is_float(x.elem)) {
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, 0), op_arg_role(e, c, 0), "a float tile", elab_value_text(e, &x));
        op_fail(c);
        return;
    }
    if (elem == ELEM_INDEX) {
        ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, 1), op_arg_role(e, c, 1), "an element type of tiles", "index");
        op_fail(c);
        return;
    }
    ElabValue ratio = elab_binary(e, OP_DIV, x, scale, c->span, c->name);
    if (ratio.kind != EV_TILE) {
        op_fail(c);
        return;
    }
    elab_at(e, c->span);
    op_give(e, c, build_cast(&e->b, ratio.value, (Elem)elem, NULL, true), ratio.scalar);
}

void op_dequant(Elab *e, OpCall *c) {
    ElabValue x = op_arg_value(e, c, 0), scale = op_arg_value(e, c, 1);
    if (c->failed)
        return;
    Value *v = x.kind == EV_TILE ? elab_value(e, x, -1, op_arg_span(c, 0)) : NULL;
    if (!v) {
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, 0), op_arg_role(e, c, 0), "a tile", elab_value_text(e, &x));
        op_fail(c);
        return;
    }
    elab_at(e, c->span);
    ElabValue wide = elab_from_value(e, op_cast_value(e, v, ELEM_F32), x.scalar);
    op_give_value(c, elab_binary(e, OP_MUL, wide, scale, c->span, c->name));
}

void op_absmax_row(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    if (!x || !elab_elem_allowed(e, OP_ABS, x->type->elem, c->span, c->name)) {
        op_fail(c);
        return;
    }
    op_give(e, c, make_unary(e, c, OP_ROWMAX, make_unary(e, c, OP_ABS, x)), false);
}

/* (a + b - 1) / b */
void op_cdiv(Elab *e, OpCall *c) {
    ElabValue a = op_arg_value(e, c, 0), b = op_arg_value(e, c, 1);
    if (c->failed)
        return;
    ElabValue one = elab_from_int(1);
    ElabValue sum = elab_binary(e, OP_SUB, elab_binary(e, OP_ADD, a, b, c->span, c->name), one, c->span, c->name);
    if ((sum.kind == EV_NUMBER && sum.number.kind == NUMBER_FLOAT) || (sum.kind == EV_TILE && !elem_is_int(sum.elem))) {
        ELAB_ERROR(e, WRONG_KIND, c->span, "`tl.cdiv`", "integers", elab_value_text(e, &sum));
        op_fail(c);
        return;
    }
    op_give_value(c, elab_binary(e, OP_DIV, sum, b, c->span, c->name));
}
