/* Operations on views, and the debugging ones. */
#include "frontend/elab_ops.h"

static const ElabView *arg_view(Elab *e, OpCall *c, int i) {
    const ElabView *view = elab_view(e, c->given[i]->value, op_arg_role(e, c, i));
    if (!view)
        op_fail(c);
    return view;
}

/* ---- load, store ------------------------------------------------------------------------------------------------- */

static ElabValue load_filled(Elab *e, OpCall *c, const ElabView *view) {
    if (!elab_check_readable(e, view, op_arg_span(c, 0)))
        return elab_poison();
    const Type *type = elab_tile_type_of_view(e, view, view->capacity, op_arg_span(c, 0));
    ElabValue fill = op_arg_value(e, c, 1);
    if (!type || c->failed)
        return elab_poison();
    Value *scalar = elab_scalar(e, fill, view->type->elem, op_arg_span(c, 1), op_arg_role(e, c, 1));
    if (!scalar)
        return elab_poison();
    Value *operands[2] = {elab_view_value(e, view), scalar};
    Value *v = op_build(e, c, OP_LOAD, operands, 2, type);
    op_set_bool(e->module, v->def, ATTR_FILL_VIEW, true);
    return elab_from_value(e, v, false);
}

void op_load(Elab *e, OpCall *c) {
    const ElabView *view = arg_view(e, c, 0);
    if (!view)
        return;
    bool filled = c->given[1] && view->type->rank > 0 && e->place == PLACE_KERNEL;
    op_give_value(c, filled ? load_filled(e, c, view) : elab_load(e, view, c->span));
}

void op_store(Elab *e, OpCall *c) {
    const ElabView *view = arg_view(e, c, 0);
    ElabValue value = op_arg_value(e, c, 1);
    ElabValue mask = c->given[2] ? op_arg_value(e, c, 2) : elab_poison();
    if (view && !elab_check_writable(e, view, op_arg_span(c, 0)))
        op_fail(c);
    if (c->failed)
        return;
    elab_at(e, c->span);
    elab_store_value(e, view, value, op_arg_span(c, 1), c->given[2] ? &mask : NULL, op_arg_span(c, 2));
}

void elab_store(Elab *e, const AstExpr *call) { elab_op_call(e, call); }

void op_paged(Elab *e, OpCall *c) {
    const ElabView *view = elab_workload_view_call(e, c->ast);
    op_give_value(c, view ? (ElabValue){.kind = EV_VIEW, .elem = view->type->elem, .view = view} : elab_poison());
}

/* ---- gather, scatter --------------------------------------------------------------------------------------------- */

/* The source: a tile, or a rank-2 view that is not loaded. *type is its tile type. */
static Value *gather_source(Elab *e, OpCall *c, const Type **type) {
    ElabValue v = elab_expr(e, c->given[0]->value);
    Span span = op_arg_span(c, 0);
    if (v.kind == EV_VIEW && v.view->type->rank == 2 && v.view->type->kind != TYPE_CSR) {
        if (!elab_check_readable(e, v.view, span))
            return NULL;
        *type = elab_tile_type_of_view(e, v.view, v.view->type->dims, span);
        return elab_view_value(e, v.view);
    }
    if (v.kind == EV_VIEW)
        v = elab_load(e, v.view, span);
    if (v.kind == EV_TILE) {
        Value *x = elab_value(e, v, -1, span);
        *type = x->type;
        return x;
    }
    if (v.kind != EV_POISON)
        ELAB_ERROR(e, WRONG_KIND, span, op_arg_role(e, c, 0), "a tile or a view", elab_value_text(e, &v));
    return NULL;
}

static bool check_indices(Elab *e, OpCall *c, const Value *indices, int arg) {
    if (elem_is_int(indices->type->elem))
        return true;
    ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, arg), op_arg_role(e, c, arg), "an integer type",
               elem_info(indices->type->elem)->text);
    op_fail(c);
    return false;
}

/* [1, n] indices take rows (axis 0) or columns (axis 1); [M, n] with axis 1 take per row. */
static const Type *gather_type(Elab *e, OpCall *c, const Type *source, const Type *indices, int axis) {
    const Expr *n = indices->dims[1];
    if (expr_equals_const(indices->dims[0], 1))
        return axis == 0 ? type_tile(e->module, source->elem, n, source->dims[1])
                         : type_tile(e->module, source->elem, source->dims[0], n);
    const char *found = elab_type_text(e, indices);
    if (axis == 0) {
        ELAB_ERROR(e, EXTENTS_DIFFER, op_arg_span(c, 1), "indices [1, n] to take rows", found);
        return NULL;
    }
    const char *expected = arena_printf(e->arena, "indices [1, n] or [%s, n]", elab_expr_text(e, source->dims[0]));
    if (!elab_require_equal(e, source->dims[0], indices->dims[0], op_arg_span(c, 1), expected, found))
        return NULL;
    return type_tile(e->module, source->elem, source->dims[0], n);
}

void op_gather(Elab *e, OpCall *c) {
    const Type *source = NULL;
    Value *operands[3] = {gather_source(e, c, &source), op_arg_tile(e, c, 1), NULL};
    int axis = op_arg_axis(e, c, 2);
    if (!operands[0] || !source || c->failed || !check_indices(e, c, operands[1], 1)) {
        op_fail(c);
        return;
    }
    ElabValue fill =
        c->given[3] ? op_arg_value(e, c, 3) : (source->elem == ELEM_BOOL ? elab_from_bool(false) : elab_from_int(0));
    const Type *type = c->failed ? NULL : gather_type(e, c, source, operands[1]->type, axis);
    elab_at(e, c->span);
    operands[2] = type ? elab_scalar(e, fill, source->elem, op_arg_span(c, 3), op_arg_role(e, c, 3)) : NULL;
    if (!operands[2]) {
        op_fail(c);
        return;
    }
    Value *v = op_build(e, c, OP_GATHER, operands, 3, type);
    op_set_int(e->module, v->def, ATTR_AXIS, axis);
    op_give(e, c, v, false);
}

void op_scatter(Elab *e, OpCall *c) {
    const ElabView *view = arg_view(e, c, 0);
    Value *operands[3] = {NULL, op_arg_tile(e, c, 1), NULL};
    ElabValue tile = op_arg_value(e, c, 2);
    int axis = op_arg_axis(e, c, 3);
    if (!view || c->failed || !elab_check_writable(e, view, op_arg_span(c, 0)) ||
        !check_indices(e, c, operands[1], 1)) {
        op_fail(c);
        return;
    }
    const Type *place = view->type->rank == 2 ? view->type : NULL;
    if (!place || place->kind == TYPE_CSR) {
        ElabValue v = {.kind = EV_VIEW, .view = view};
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, 0), op_arg_role(e, c, 0), "a view of rank 2", elab_value_text(e, &v));
        op_fail(c);
        return;
    }
    const Expr *n = operands[1]->type->dims[1], *one = expr_const(e->exprs, 1);
    if (!elab_require_type(e, &operands[1], type_tile(e->module, operands[1]->type->elem, one, n), op_arg_span(c, 1))) {
        op_fail(c);
        return;
    }
    const Type *want = axis == 0 ? type_tile(e->module, place->elem, n, place->dims[1])
                                 : type_tile(e->module, place->elem, place->dims[0], n);
    operands[2] = elab_typed(e, tile, place->elem, op_arg_span(c, 2), op_quoted(e, c));
    if (!operands[2] || !elab_require_type(e, &operands[2], want, op_arg_span(c, 2))) {
        op_fail(c);
        return;
    }
    operands[0] = elab_view_value(e, view);
    elab_at(e, c->span);
    Op *op = build_op(&e->b, OP_SCATTER, operands, 3, NULL, 0, NULL, 0, 0);
    op_set_int(e->module, op, ATTR_AXIS, axis);
}

/* ---- debug ------------------------------------------------------------------------------------------------------- */

void op_print(Elab *e, OpCall *c) {
    const char *text = op_arg_str(e, c, 0);
    ElabValue v = op_arg_value(e, c, 1);
    Value *x = c->failed ? NULL : elab_value(e, v, -1, op_arg_span(c, 1));
    if (!x) {
        op_fail(c);
        return;
    }
    elab_at(e, c->span);
    op_set_str(e->module, build_op(&e->b, OP_PRINT, &x, 1, NULL, 0, NULL, 0, 0), ATTR_TEXT, text);
}

/* Removes what was emitted after `last`. */
static void unlink_after(Region *region, Op *last) {
    while (region->last && region->last != last)
        op_unlink(region->last);
}

void op_assert(Elab *e, OpCall *c) {
    Region *region = e->b.region;
    Op *last = region->last;
    ElabValue v = op_arg_value(e, c, 0);
    const char *text = op_arg_str(e, c, 1);
    if (c->failed)
        return;
    bool number = v.kind == EV_NUMBER && v.number.kind == NUMBER_BOOL;
    if (!number && (v.kind != EV_TILE || v.elem != ELEM_BOOL)) {
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, 0), op_arg_role(e, c, 0), "a bool", elab_value_text(e, &v));
        op_fail(c);
        return;
    }
    if (e->options->checks != PROGRAM_CHECKS_FULL) {
        unlink_after(region, last);
        return;
    }
    Value *x = elab_value(e, v, ELEM_BOOL, op_arg_span(c, 0));
    elab_at(e, c->span);
    op_set_str(e->module, build_op(&e->b, OP_ASSERT, &x, 1, NULL, 0, NULL, 0, 0), ATTR_TEXT, text);
}
