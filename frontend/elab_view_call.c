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
typedef struct PagedCall {
    const AstExpr *ast[3]; /* cache, table, len */
    const ElabView *cache, *table;
    const Expr *len;
} PagedCall;

static bool view_is_paged(const ElabView *view) {
    const Value *v = view->base;
    while (v->def && v->def->code == OP_VIEW)
        v = v->def->operands[0];
    return v->def && v->def->code == OP_PAGED;
}

static bool paged_want(Elab *e, bool ok, const AstExpr *x, const char *what, const char *want, const ElabView *found) {
    if (!ok)
        ELAB_ERROR(e, WRONG_KIND, x->span, what, want,
                   view_is_paged(found) ? "a paged view" : elab_type_text(e, found->type));
    return ok;
}

static bool paged_check_kinds(Elab *e, const PagedCall *p) {
    bool ok = paged_want(e, p->cache->type->rank >= 2 && !view_is_paged(p->cache), p->ast[0], "cache of `tl.paged`",
                         "a view [blocks, block_size, ...]", p->cache);
    ok &= paged_want(e, p->table->type->rank == 1 && p->table->type->elem == ELEM_I32 && !view_is_paged(p->table),
                     p->ast[1], "table of `tl.paged`", "an i32 view of rank 1", p->table);
    return ok && elab_check_readable(e, p->table, p->ast[1]->span);
}

/* Kept at every --checks level: a wrong table must not make a kernel touch memory outside of the cache. */
static void check_always(Elab *e, const Expr *ge0, const char *text, const Expr *const *values, int n) {
    if (!facts_prove_ge0(e->facts, ge0))
        build_check(&e->b, "BOUNDS", "always", text, ge0, values, n);
}

static void paged_check_length(Elab *e, const PagedCall *p, const Expr *rows) {
    const Expr *entries = p->table->type->dims[0], *values[] = {p->len, entries, rows};
    const char *text = arena_printf(e->arena, "tl.paged: len = {0} rows do not fit a table of {1} blocks of {2}");
    check_always(e, p->len, text, values, 3);
    check_always(e, expr_sub(e->exprs, expr_mul(e->exprs, entries, rows), p->len), text, values, 3);
}

/* Every entry that the view uses names a block of the cache. */
static void paged_check_entries(Elab *e, const PagedCall *p, Value *table, const Expr *rows) {
    ExprTable *t = e->exprs;
    const Expr *size = expr_is_const(rows, NULL) ? rows : expr_max(t, rows, expr_const(t, 1));
    const Expr *bounds[3] = {expr_const(t, 0), expr_cdiv(t, p->len, size), expr_const(t, 1)};
    Op *loop = build_op(&e->b, OP_FOR, NULL, 0, bounds, 3, NULL, 0, 1);
    const Expr *i = expr_value(t, region_add_arg(e->module, loop->regions[0], type_index(e->module), "entry"));
    Builder outside = e->b;
    e->b = builder_at_end(e->module, loop->regions[0]);
    e->b.loc = outside.loc;
    const Expr *block = value_expr(e->module, build_get(&e->b, table, &i, 1)), *blocks = p->cache->type->dims[0];
    const char *text = arena_printf(e->arena, "%s: entry {0} of the block table is {1}, outside of the {2} blocks",
                                    elab_source_text(e, p->ast[1]->span));
    const Expr *values[] = {i, block, blocks};
    check_always(e, block, text, values, 3);
    check_always(e, expr_add_const(t, expr_sub(t, blocks, block), -1), text, values, 3);
    e->b = outside;
}

static const ElabView *view_paged(Elab *e, const AstExpr *call) {
    static const char *const names[] = {"cache", "table", "len"};
    PagedCall p = {{NULL, NULL, NULL}, NULL, NULL, NULL};
    for (int i = 0; i < 3; i++)
        p.ast[i] = view_call_arg(&call->u.call.args, i, names[i]);
    p.cache = elab_view(e, p.ast[0], "cache of `tl.paged`");
    p.table = elab_view(e, p.ast[1], "table of `tl.paged`");
    p.len = elab_index(e, p.ast[2], "length of `tl.paged`");
    if (!p.cache || !p.table || !p.len || !paged_check_kinds(e, &p))
        return NULL;
    const Expr *rows = p.cache->type->dims[1], *dims[IR_MAX_RANK] = {p.len};
    Value *operands[2] = {elab_view_value(e, p.cache), elab_view_value(e, p.table)};
    for (int i = 2; i < p.cache->type->rank; i++)
        dims[i - 1] = p.cache->type->dims[i];
    elab_at(e, call->span);
    paged_check_length(e, &p, rows);
    paged_check_entries(e, &p, operands[1], rows);
    const Type *type = type_get(e->module, TYPE_VIEW, p.cache->type->elem, p.cache->type->rank - 1, dims, false);
    Op *op = build_op(&e->b, OP_PAGED, operands, 2, &p.len, 1, &type, 1, 0);
    return view_of(e, op->results[0], p.cache, call->span);
}

const ElabView *elab_workload_view_call(Elab *e, const AstExpr *call) {
    const char *name = ast_tl_name(call->u.call.callee);
    if (name && strcmp(name, "paged") == 0)
        return view_paged(e, call);
    return view_reshape(e, call);
}
