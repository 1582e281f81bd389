/* Operations that make tiles, move elements, or change the element type. */
#include "frontend/elab_ops.h"

/* ---- create ------------------------------------------------------------------------------------------------------ */

static bool check_tile_elem(Elab *e, OpCall *c, int elem, int arg) {
    if (elem != ELEM_INDEX)
        return true;
    ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, arg), op_arg_role(e, c, arg), "an element type of tiles", "index");
    op_fail(c);
    return false;
}

/* A scalar converted as tl.cast does: constants that fit directly, others through their widest type. */
static Value *convert_scalar(Elab *e, OpCall *c, ElabValue v, Elem elem, Span span) {
    bool tile = v.kind == EV_TILE && !v.scalar;
    if (tile && !type_is_scalar(v.value->type)) {
        ELAB_ERROR(e, WRONG_KIND, span, op_arg_role(e, c, 1), "a scalar", elab_value_text(e, &v));
        return NULL;
    }
    elab_at(e, c->span);
    if (v.kind != EV_NUMBER) {
        Value *x = elab_value(e, v, -1, span);
        return x ? op_cast_value(e, x, elem) : NULL;
    }
    if (elab_number_fits(v.number, elem))
        return elab_value(e, v, (int)elem, span);
    Elem wide = v.number.kind == NUMBER_FLOAT  ? ELEM_F64
                : v.number.kind == NUMBER_BOOL ? ELEM_BOOL
                : v.number.i > INT64_MAX       ? ELEM_U64
                                               : ELEM_I64;
    return op_cast_value(e, elab_value(e, v, (int)wide, span), elem);
}

void op_full(Elab *e, OpCall *c) {
    const Expr *dims[2];
    bool good = op_arg_dims(e, c, 0, dims);
    ElabValue v = op_arg_value(e, c, 1);
    int elem = op_arg_elem(e, c, 2);
    if (!good || c->failed || !check_tile_elem(e, c, elem, 2))
        return;
    Value *x = convert_scalar(e, c, v, (Elem)elem, op_arg_span(c, 1));
    if (x)
        op_give(e, c, op_build(e, c, OP_FULL, &x, 1, type_tile(e->module, (Elem)elem, dims[0], dims[1])), false);
    else
        op_fail(c);
}

void op_zeros(Elab *e, OpCall *c) {
    const Expr *dims[2];
    bool good = op_arg_dims(e, c, 0, dims);
    int elem = op_arg_elem(e, c, 1);
    if (!good || c->failed || !check_tile_elem(e, c, elem, 1))
        return;
    elab_at(e, c->span);
    Value *x = elem == ELEM_BOOL           ? build_const_int(&e->b, ELEM_BOOL, 0)
               : elem_is_float((Elem)elem) ? build_const_float(&e->b, (Elem)elem, 0.0)
                                           : build_const_int(&e->b, (Elem)elem, 0);
    op_give(e, c, op_build(e, c, OP_FULL, &x, 1, type_tile(e->module, (Elem)elem, dims[0], dims[1])), false);
}

static Value *build_iota(Elab *e, const OpCall *c, const Type *type, const Expr *start, int axis) {
    elab_at(e, c->span);
    Op *op = build_op(&e->b, OP_IOTA, NULL, 0, &start, 1, &type, 1, 0);
    op_set_int(e->module, op, ATTR_AXIS, axis);
    return op->results[0];
}

void op_arange(Elab *e, OpCall *c) {
    const Expr *n = op_arg_index(e, c, 0);
    const Expr *start = c->given[1] ? elab_index(e, c->given[1]->value, op_arg_role(e, c, 1)) : expr_const(e->exprs, 0);
    int elem = c->given[2] ? op_arg_elem(e, c, 2) : ELEM_I32;
    if (c->failed || !start || !(n = op_extent(e, n, op_arg_span(c, 0)))) {
        op_fail(c);
        return;
    }
    if (!check_tile_elem(e, c, elem, 2))
        return;
    if (elem == ELEM_BOOL) {
        ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, 2), op_arg_role(e, c, 2), "a number type", "bool");
        op_fail(c);
        return;
    }
    const Type *type = type_tile(e->module, (Elem)elem, expr_const(e->exprs, 1), n);
    op_give(e, c, build_iota(e, c, type, start, 1), false);
}

/* row_index, col_index */
void op_grid(Elab *e, OpCall *c) {
    const Type *shape = op_arg_shape(e, c, 0);
    if (!shape)
        return;
    const Type *type = type_tile(e->module, ELEM_I32, shape->dims[0], shape->dims[1]);
    op_give(e, c, build_iota(e, c, type, expr_const(e->exprs, 0), c->code == OP_ROW_INDEX ? 0 : 1), false);
}

/* Positions are below 2^30, so that an offset beyond them may be clamped: the mask is computed in i32. */
static const Expr *mask_offset(Elab *e, const Expr *offset) {
    int64_t low, high, limit = (int64_t)1 << 30;
    if (facts_lower_const(e->facts, offset, &low) && facts_upper_const(e->facts, offset, &high) && low >= -limit &&
        high <= limit)
        return offset;
    return expr_max(e->exprs, expr_const(e->exprs, -limit), expr_min(e->exprs, expr_const(e->exprs, limit), offset));
}

void op_causal_mask(Elab *e, OpCall *c) {
    const Type *shape = op_arg_shape(e, c, 0);
    const Expr *offset = elab_index(e, c->given[1]->value, op_arg_role(e, c, 1));
    if (!shape || !offset) {
        op_fail(c);
        return;
    }
    const Type *type = type_tile(e->module, ELEM_I32, shape->dims[0], shape->dims[1]);
    Value *col = build_iota(e, c, type, expr_const(e->exprs, 0), 1);
    Value *row = build_iota(e, c, type, mask_offset(e, offset), 0);
    op_give(e, c, build_binary(&e->b, OP_LE, col, row), false);
}

/* ---- shape ------------------------------------------------------------------------------------------------------- */

void op_trans(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    if (x)
        op_give(e, c, op_build(e, c, OP_TRANS, &x, 1, NULL), false);
    else
        op_fail(c);
}

static bool check_count(Elab *e, OpCall *c, const Type *from, const Type *to) {
    const Expr *have = expr_mul(e->exprs, from->dims[0], from->dims[1]);
    const Expr *want = expr_mul(e->exprs, to->dims[0], to->dims[1]);
    if (elab_same_extent(e, have, want))
        return true;
    const char *expected = arena_printf(e->arena, "%s elements", elab_expr_text(e, have));
    if (e->kernel && !elab_extents_differ(e, have, want) && elab_expr_has_static(e, expr_sub(e->exprs, have, want)))
        return elab_require_equal(e, have, want, c->span, expected, elab_expr_text(e, want));
    ELAB_ERROR(e, BAD_RESHAPE, c->span, expected, elab_expr_text(e, want));
    return false;
}

void op_reshape(Elab *e, OpCall *c) {
    if (e->place == PLACE_WORKLOAD) {
        const ElabView *view = elab_workload_view_call(e, c->ast);
        op_give_value(c, view ? (ElabValue){.kind = EV_VIEW, .elem = view->type->elem, .view = view} : elab_poison());
        return;
    }
    Value *x = op_arg_tile(e, c, 0);
    const Expr *dims[2];
    if (!op_arg_dims(e, c, 1, dims) || !x) {
        op_fail(c);
        return;
    }
    const Type *type = type_tile(e->module, x->type->elem, dims[0], dims[1]);
    if (!check_count(e, c, x->type, type))
        op_fail(c);
    else
        op_give(e, c, type == x->type ? x : op_build(e, c, OP_RESHAPE, &x, 1, type), false);
}

void op_broadcast(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    const Expr *dims[2];
    if (!op_arg_dims(e, c, 1, dims) || !x) {
        op_fail(c);
        return;
    }
    const Type *type = type_tile(e->module, x->type->elem, dims[0], dims[1]);
    for (int d = 0; d < 2; d++) {
        const Expr *from = x->type->dims[d];
        if (expr_equals_const(from, 1))
            continue;
        if (!elab_require_equal(e, from, dims[d], c->span, elab_type_text(e, x->type), elab_type_text(e, type))) {
            op_fail(c);
            return;
        }
    }
    op_give(e, c, type == x->type ? x : op_build(e, c, OP_BROADCAST, &x, 1, type), false);
}

void op_slice(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    AstSelectorList selectors = {0};
    for (int i = 1; i <= 2; i++) {
        const AstArg *arg = c->given[i];
        if (!arg->length) {
            const char *found = arena_printf(e->arena, "`%s`", elab_source_text(e, arg->value->span));
            ELAB_ERROR(e, WRONG_KIND, arg->value->span, op_arg_role(e, c, i), "a block `start :+ length`", found);
            op_fail(c);
            continue;
        }
        AstSelector s = {.kind = AST_SELECT_BLOCK, .span = arg->span, .first = arg->value, .second = arg->length};
        VEC_PUSH(e->arena, &selectors, s);
    }
    if (x && !c->failed)
        op_give_value(c, elab_tile_select(e, x, &selectors, c->span));
    else
        op_fail(c);
}

void op_concat(Elab *e, OpCall *c) {
    Value *v[2] = {op_arg_tile(e, c, 0), op_arg_tile(e, c, 1)};
    int axis = op_arg_axis(e, c, 2);
    if (c->failed)
        return;
    const Type *a = v[0]->type, *b = v[1]->type;
    if (a->elem != b->elem) {
        elab_types_differ(e, c->span, op_quoted(e, c), a->elem, b->elem);
        op_fail(c);
        return;
    }
    const Expr *dims[2] = {a->dims[0], a->dims[1]}, *second[2] = {a->dims[0], a->dims[1]};
    dims[axis] = elab_simplify(e, expr_add(e->exprs, a->dims[axis], b->dims[axis]));
    second[axis] = b->dims[axis];
    if (!elab_require_type(e, &v[1], type_tile(e->module, b->elem, second[0], second[1]), op_arg_span(c, 1))) {
        op_fail(c);
        return;
    }
    Value *result = op_build(e, c, OP_CONCAT, v, 2, type_tile(e->module, a->elem, dims[0], dims[1]));
    op_set_int(e->module, result->def, ATTR_AXIS, axis);
    op_give(e, c, result, false);
}

/* ---- element type ------------------------------------------------------------------------------------------------ */

static const char *const round_words[] = {"rint", "floor", "ceil", "trunc"};

static Value *cast_number(Elab *e, OpCall *c, ElabNumber n, Elem elem, const char *round, bool sat) {
    if (elab_number_fits(n, elem))
        return elab_value(e, (ElabValue){.kind = EV_NUMBER, .scalar = true, .number = n}, (int)elem, c->span);
    Elem wide = n.kind == NUMBER_FLOAT  ? ELEM_F64
                : n.kind == NUMBER_BOOL ? ELEM_BOOL
                : n.i > INT64_MAX       ? ELEM_U64
                                        : ELEM_I64;
    Value *x = elab_value(e, (ElabValue){.kind = EV_NUMBER, .scalar = true, .number = n}, (int)wide, c->span);
    return build_cast(&e->b, x, elem, round, sat);
}

void op_cast(Elab *e, OpCall *c) {
    ElabValue v = op_arg_value(e, c, 0);
    int elem = op_arg_elem(e, c, 1);
    const char *round = op_arg_word(e, c, 2, round_words, 4, "rint, floor, ceil or trunc");
    bool sat = op_arg_bool(e, c, 3);
    if (c->failed || (!v.scalar && !check_tile_elem(e, c, elem, 1)))
        return;
    elab_at(e, c->span);
    if (round == round_words[0])
        round = NULL;
    if (v.kind == EV_NUMBER) {
        op_give(e, c, cast_number(e, c, v.number, (Elem)elem, round, sat), true);
        return;
    }
    if (v.scalar && elem == ELEM_INDEX && (v.kind == EV_INDEX || elem_is_int(v.elem))) {
        op_give_value(c, elab_from_expr(e, elab_index_of(e, v, c->span, "operand")));
        return;
    }
    Value *x = elab_value(e, v, -1, c->span);
    if (x)
        op_give(e, c, x->type->elem == (Elem)elem ? x : build_cast(&e->b, x, (Elem)elem, round, sat), v.scalar);
    else
        op_fail(c);
}

void op_bitcast(Elab *e, OpCall *c) {
    ElabValue v = op_arg_value(e, c, 0);
    int to = op_arg_elem(e, c, 1);
    if (c->failed)
        return;
    bool typed = v.kind == EV_TILE && v.elem != ELEM_BOOL;
    if (!typed || to == ELEM_BOOL || to == ELEM_INDEX || elem_info(v.elem)->bits != elem_info((Elem)to)->bits) {
        if (v.kind == EV_TILE)
            ELAB_ERROR(e, BAD_BITCAST, c->span, elem_info(v.elem)->text, elem_info((Elem)to)->text);
        else
            ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, 0), op_arg_role(e, c, 0), "a tile", elab_value_text(e, &v));
        op_fail(c);
        return;
    }
    Value *x = elab_value(e, v, -1, c->span);
    const Type *type = type_tile(e->module, (Elem)to, x->type->dims[0], x->type->dims[1]);
    op_give(e, c, type == x->type ? x : op_build(e, c, OP_BITCAST, &x, 1, type), v.scalar);
}
