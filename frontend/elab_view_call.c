/* tl.reshape and tl.paged in a workload: other ways to look at the same memory. */
#include "frontend/elab_workload.h"
#include <string.h>

static const ElabView *view_of(Elab *e, Value *v, const ElabView *of, Span span) {
    return elab_whole_view(e, v, of->dir, of->root, of->root_span, span);
}

/* ---- tl.reshape(view, [dims]) ---------------------------------------------------------------------------------- */
static const Expr *count_elements(Elab *e, const Expr *const *dims, int rank) {
    const Expr *count = expr_const(e->exprs, 1);
    for (int i = 0; i < rank; i++)
        count = expr_mul(e->exprs, count, dims[i]);
    return count;
}

static bool reshape_dims(Elab *e, const AstExpr *list, const Expr **dims) {
    bool ok = list->u.list.len <= IR_MAX_RANK;
    if (!ok)
        ELAB_ERROR(e, WRONG_KIND, list->span, "extents of `tl.reshape`", "at most 8", "more");
    for (int i = 0; i < list->u.list.len && i < IR_MAX_RANK; i++) {
        const AstExpr *x = list->u.list.data[i];
        dims[i] = elab_index(e, x, "extent");
        if (!dims[i]) {
            ok = false;
            continue;
        }
        const char *text =
            arena_printf(e->arena, "tl.reshape: the extent %s = {0} is negative", elab_source_text(e, x->span));
        workload_check_ge0(e, dims[i], "SHAPE", text, &dims[i], 1);
    }
    return ok;
}

static bool reshape_count(Elab *e, const ElabView *view, const Expr *const *dims, int rank, Span span) {
    const Expr *have = count_elements(e, view->type->dims, view->type->rank), *want = count_elements(e, dims, rank);
    if (elab_same_extent(e, have, want))
        return true;
    if (elab_extents_differ(e, have, want)) {
        ELAB_ERROR(e, BAD_RESHAPE, span, elab_expr_text(e, have), elab_expr_text(e, want));
        return false;
    }
    const Expr *values[] = {have, want}, *difference = expr_sub(e->exprs, have, want);
    static const char text[] = "tl.reshape: the view has {0} elements, expected {1}";
    workload_check_ge0(e, difference, "SHAPE", text, values, 2);
    workload_check_ge0(e, expr_neg(e->exprs, difference), "SHAPE", text, values, 2);
    return true;
}

/* The argument matcher of the operations has seen to it that all are there. */
static const AstExpr *view_call_arg(const AstArgList *args, int position, const char *name) {
    const AstArg *arg = ast_find_arg(args, name);
    return arg ? arg->value : args->data[position].value;
}

static const ElabView *view_reshape(Elab *e, const AstExpr *call) {
    const AstArgList *args = &call->u.call.args;
    const AstExpr *of = view_call_arg(args, 0, "x"), *list = view_call_arg(args, 1, "dims");
    const ElabView *view = elab_view(e, of, "argument of `tl.reshape`");
    if (list->kind != AST_EXPR_LIST) {
        ELAB_ERROR(e, WRONG_KIND, list->span, "extents of `tl.reshape`", "a list",
                   arena_printf(e->arena, "`%s`", elab_source_text(e, list->span)));
        return NULL;
    }
    const Expr *dims[IR_MAX_RANK] = {NULL};
    elab_at(e, call->span);
    if (!reshape_dims(e, list, dims) || !view)
        return NULL;
    if (!workload_view_is_contiguous(e, view)) {
        ELAB_ERROR(e, NOT_CONTIGUOUS, of->span, "tl.reshape");
        return NULL;
    }
    int rank = list->u.list.len;
    if (!reshape_count(e, view, dims, rank, call->span))
        return NULL;
    Value *v = elab_view_value(e, view);
    elab_at(e, call->span);
    const Type *type = type_get(e->module, TYPE_VIEW, view->type->elem, rank, dims, false);
    Op *op = build_op(&e->b, OP_RESHAPE_VIEW, &v, 1, NULL, 0, &type, 1, 0);
    return view_of(e, op->results[0], view, call->span);
}

/* ---- tl.paged(cache, table = ..., len = ...) ------------------------------------------------------------------- */
static const ElabView *view_paged(Elab *e, const AstExpr *call) {
    const AstArgList *args = &call->u.call.args;
    const AstExpr *x[3] = {view_call_arg(args, 0, "cache"), view_call_arg(args, 1, "table"),
                           view_call_arg(args, 2, "len")};
    const ElabView *cache = elab_view(e, x[0], "cache of `tl.paged`"),
                   *table = elab_view(e, x[1], "table of `tl.paged`");
    const Expr *len = elab_index(e, x[2], "length of `tl.paged`");
    if (!cache || !table || !len)
        return NULL;
    bool ok = true;
    if (cache->type->rank < 2) {
        ELAB_ERROR(e, WRONG_KIND, x[0]->span, "cache of `tl.paged`", "a view [blocks, block_size, ...]",
                   elab_type_text(e, cache->type));
        ok = false;
    }
    if (table->type->rank != 1 || table->type->elem != ELEM_I32) {
        ELAB_ERROR(e, WRONG_KIND, x[1]->span, "table of `tl.paged`", "an i32 view of rank 1",
                   elab_type_text(e, table->type));
        ok = false;
    }
    if (!ok || !elab_check_readable(e, table, x[1]->span))
        return NULL;
    workload_refuse(e, REFUSED_PAGED, call->span);
    Value *operands[2] = {elab_view_value(e, cache), elab_view_value(e, table)};
    const Expr *dims[IR_MAX_RANK] = {len};
    for (int i = 2; i < cache->type->rank; i++)
        dims[i - 1] = cache->type->dims[i];
    elab_at(e, call->span);
    const Type *type = type_get(e->module, TYPE_VIEW, cache->type->elem, cache->type->rank - 1, dims, false);
    Op *op = build_op(&e->b, OP_PAGED, operands, 2, &len, 1, &type, 1, 0);
    return view_of(e, op->results[0], cache, call->span);
}

const ElabView *elab_workload_view_call(Elab *e, const AstExpr *call) {
    const char *name = ast_tl_name(call->u.call.callee);
    if (name && strcmp(name, "paged") == 0)
        return view_paged(e, call);
    return view_reshape(e, call);
}
