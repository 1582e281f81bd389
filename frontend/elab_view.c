/* Views: selectors with their range checks, loads, stores, and slices of tiles. */
#include "frontend/elab_internal.h"

const ElabView *elab_whole_view(Elab *e, Value *base, ParamDir dir, const char *root, Span root_span, Span span) {
    ElabView *v = ARENA_NEW(e->arena, ElabView);
    *v = (ElabView){.base = base,
                    .whole = true,
                    .type = base->type,
                    .dir = dir,
                    .root = root,
                    .root_span = root_span,
                    .span = span};
    for (int i = 0; i < base->type->rank; i++)
        v->capacity[i] = base->type->dims[i];
    return v;
}

Value *elab_view_value(Elab *e, const ElabView *view) {
    if (view->whole)
        return view->base;
    const Expr *exprs[2 * IR_MAX_RANK];
    int n = 0;
    for (int i = 0; i < view->nsels; i++) {
        if (view->sels[i] != SEL_FULL)
            exprs[n++] = view->e0[i];
        if (view->sels[i] == SEL_RANGE || view->sels[i] == SEL_BLOCK)
            exprs[n++] = view->e1[i];
    }
    elab_at(e, view->span);
    return build_view(&e->b, view->base, view->sels, view->nsels, exprs, n, view->type);
}

bool elab_check_readable(Elab *e, const ElabView *view, Span span) {
    /* A workload may read whatever earlier tasks have written, `out` tensors too. */
    if (view->dir != DIR_OUT || e->place == PLACE_WORKLOAD)
        return true;
    Diag *d = ELAB_ERROR(e, READ_OF_OUT, span, view->root);
    ELAB_NOTE(d, view->root_span, "`%s` is declared here", view->root);
    ELAB_HINT(d, "declare it `inout` to read what was stored");
    return false;
}

bool elab_check_writable(Elab *e, const ElabView *view, Span span) {
    if (view->dir != DIR_IN)
        return true;
    Diag *d = ELAB_ERROR(e, WRITE_OF_IN, span, view->root);
    ELAB_NOTE(d, view->root_span, "`%s` is declared here", view->root);
    return false;
}

/* ---- range checks ------------------------------------------------------------------------------------------------ */

/* What must hold of one selector, as inequalities >= 0, and how to say it. */
typedef struct RangeCheck {
    const Expr *ge0[2];
    int n;
    const Expr *values[3]; /* {0}, {1}, {2} of the run-time text */
    int nvalues;
    const char *runtime; /* "index {0} in a dimension of {1}" */
    const char *said;    /* the same with expressions, for the compile-time message */
} RangeCheck;

static bool require_range(Elab *e, const RangeCheck *c, Span span, const char *text) {
    const Expr *open = NULL;
    for (int i = 0; i < c->n; i++) {
        if (facts_prove_ge0(e->facts, c->ge0[i]))
            continue;
        if (facts_prove_lt(e->facts, c->ge0[i], expr_const(e->exprs, 0))) {
            ELAB_ERROR(e, OUT_OF_RANGE, span, text, c->said);
            return false;
        }
        open = open ? expr_min(e->exprs, open, c->ge0[i]) : c->ge0[i];
    }
    bool kernel = e->place == PLACE_KERNEL;
    ProgramChecks level = kernel ? PROGRAM_CHECKS_FULL : PROGRAM_CHECKS_ENTRY;
    if (!open || e->options->checks < level)
        return true;
    elab_at(e, span);
    const char *message = arena_printf(e->arena, "%s: %s", text, c->runtime);
    build_check(&e->b, "BOUNDS", kernel ? "full" : "entry", message, open, c->values, c->nvalues);
    return true;
}

static bool check_index(Elab *e, const Expr *i, const Expr *dim, Span span, const char *text) {
    RangeCheck c = {.ge0 = {i, expr_add_const(e->exprs, expr_sub(e->exprs, dim, i), -1)},
                    .n = 2,
                    .values = {i, dim},
                    .nvalues = 2,
                    .runtime = "index {0} in a dimension of {1}"};
    c.said = arena_printf(e->arena, "index %s in a dimension of %s", elab_expr_text(e, i), elab_expr_text(e, dim));
    return require_range(e, &c, span, text);
}

static bool check_range(Elab *e, const Expr *a, const Expr *b, const Expr *dim, Span span, const char *text) {
    RangeCheck c = {.ge0 = {a, expr_sub(e->exprs, dim, b)},
                    .n = 2,
                    .values = {a, b, dim},
                    .nvalues = 3,
                    .runtime = "range {0} : {1} in a dimension of {2}"};
    c.said = arena_printf(e->arena, "range %s : %s in a dimension of %s", elab_expr_text(e, a), elab_expr_text(e, b),
                          elab_expr_text(e, dim));
    return require_range(e, &c, span, text);
}

static bool check_block(Elab *e, const Expr *lo, const Expr *len, Span span, const char *text) {
    RangeCheck c = {
        .ge0 = {lo, len}, .n = 2, .values = {lo, len}, .nvalues = 2, .runtime = "block {0} :+ {1} is negative"};
    c.said = arena_printf(e->arena, "block %s :+ %s is negative", elab_expr_text(e, lo), elab_expr_text(e, len));
    return require_range(e, &c, span, text);
}

bool elab_selector(Elab *e, const Type *base, int dim, const AstSelector *s, const char *text, ElabSelector *out) {
    const Expr *extent = base->dims[dim];
    *out = (ElabSelector){.kind = SEL_FULL, .extent = extent, .capacity = extent};
    if (s->kind == AST_SELECT_FULL)
        return true;
    out->e0 = elab_index(e, s->first, "selector");
    out->e1 = s->second ? elab_index(e, s->second, "selector") : NULL;
    if (!out->e0 || (s->second && !out->e1))
        return false;
    if (s->kind == AST_SELECT_INDEX) {
        out->kind = SEL_INDEX;
        out->extent = out->capacity = expr_const(e->exprs, 1);
        return check_index(e, out->e0, extent, s->span, text);
    }
    bool block = s->kind == AST_SELECT_BLOCK;
    out->kind = block ? SEL_BLOCK : SEL_RANGE;
    if (block ? !check_block(e, out->e0, out->e1, s->span, text)
              : !check_range(e, out->e0, out->e1, extent, s->span, text))
        return false;
    out->extent = elab_simplify(e, view_extent(e->module, base, dim, out->kind, out->e0, out->e1));
    out->capacity = block ? out->e1 : out->extent;
    return true;
}

/* ---- selections of views ----------------------------------------------------------------------------------------- */

static bool check_selector_count(Elab *e, int want, int found, Span span, const char *what) {
    if (want == found)
        return true;
    Diag *d = ELAB_ERROR(e, SELECTOR_COUNT, span, what, want, want == 1 ? "" : "s", found, found == 1 ? "" : "s");
    if (found < want)
        ELAB_HINT(d, "write `:` for a dimension that is taken whole");
    return false;
}

const ElabView *elab_select(Elab *e, const ElabView *base, const AstSelectorList *selectors, Span span) {
    const Type *type = base->type;
    if (type->kind == TYPE_CSR) {
        ELAB_ERROR(e, WRONG_KIND, span, "selection", "a view", "a csr matrix, which loops run over: `for e in r[row]`");
        return NULL;
    }
    if (!check_selector_count(e, type->rank, selectors->len, span, base->root))
        return NULL;
    ElabView *v = ARENA_NEW(e->arena, ElabView);
    *v = (ElabView){.base = elab_view_value(e, base),
                    .nsels = type->rank,
                    .dir = base->dir,
                    .root = base->root,
                    .root_span = base->root_span,
                    .span = span};
    const char *text = elab_source_text(e, span);
    const Expr *dims[IR_MAX_RANK];
    int rank = 0;
    bool sound = true;
    for (int i = 0; i < type->rank; i++) {
        ElabSelector s;
        if (!elab_selector(e, type, i, &selectors->data[i], text, &s)) {
            sound = false;
            continue;
        }
        v->sels[i] = s.kind;
        v->e0[i] = s.e0;
        v->e1[i] = s.e1;
        if (s.kind != SEL_INDEX) {
            v->capacity[rank] = s.kind == SEL_FULL ? base->capacity[i] : s.capacity;
            dims[rank++] = s.extent;
        }
    }
    if (!sound)
        return NULL;
    v->type = type_get(e->module, TYPE_VIEW, type->elem, rank, dims, false);
    return v;
}

/* ---- loads ------------------------------------------------------------------------------------------------------- */

/* One element: `get` at the indices of the selection. */
static ElabValue load_element(Elab *e, const ElabView *view, Span span) {
    const Expr *at[IR_MAX_RANK];
    for (int i = 0; i < view->nsels; i++)
        at[i] = view->e0[i];
    elab_at(e, span);
    return elab_from_value(e, build_get(&e->b, view->base, at, view->whole ? 0 : view->nsels), true);
}

/* [N] reads as [1, N]. NULL after a report. */
const Type *elab_tile_type_of_view(Elab *e, const ElabView *view, const Expr *const *dims, Span span) {
    const Type *t = view->type;
    if (t->kind == TYPE_CSR || t->rank > 2 || t->rank < 1) {
        ELAB_ERROR(e, VIEW_RANK, span, t->rank, elab_type_text(e, t));
        return NULL;
    }
    const Expr *rows = t->rank == 2 ? dims[0] : expr_const(e->exprs, 1);
    return type_tile(e->module, t->elem, rows, dims[t->rank - 1]);
}

ElabValue elab_load(Elab *e, const ElabView *view, Span span) {
    if (!elab_check_readable(e, view, span))
        return elab_poison();
    if (view->type->rank == 0 && view->type->kind != TYPE_CSR)
        return load_element(e, view, span);
    if (e->place == PLACE_WORKLOAD) {
        ElabValue v = {.kind = EV_VIEW, .view = view};
        Diag *d = ELAB_ERROR(e, WRONG_KIND, span, "expression of a workload", "a scalar", elab_value_text(e, &v));
        ELAB_HINT(d, "pass views to a kernel; one element is read by giving an index for every dimension");
        return elab_poison();
    }
    const Type *type = elab_tile_type_of_view(e, view, view->type->dims, span);
    if (!type)
        return elab_poison();
    Value *base = elab_view_value(e, view);
    elab_at(e, span);
    return elab_from_value(e, build_op(&e->b, OP_LOAD, &base, 1, NULL, 0, &type, 1, 0)->results[0], false);
}

/* ---- slices of tiles --------------------------------------------------------------------------------------------- */

static ElabValue slice_tile(Elab *e, Value *tile, const ElabSelector s[2], Span span) {
    const Expr *zero = expr_const(e->exprs, 0);
    const Expr *at[2] = {s[0].e0 ? s[0].e0 : zero, s[1].e0 ? s[1].e0 : zero};
    elab_at(e, span);
    if (s[0].kind == SEL_INDEX && s[1].kind == SEL_INDEX)
        return elab_from_value(e, build_get(&e->b, tile, at, 2), true);
    if (s[0].kind == SEL_FULL && s[1].kind == SEL_FULL)
        return elab_from_value(e, tile, false);
    const Type *type = type_tile(e->module, tile->type->elem, s[0].extent, s[1].extent);
    Value *v = build_op(&e->b, OP_SLICE, &tile, 1, at, 2, &type, 1, 0)->results[0];
    /* An index drops its dimension, and what is left, [M], reads as [1, M]. */
    if (s[1].kind == SEL_INDEX)
        v = build_unary(&e->b, OP_TRANS, v);
    return elab_from_value(e, v, false);
}

ElabValue elab_tile_select(Elab *e, Value *tile, const AstSelectorList *selectors, Span span) {
    if (!check_selector_count(e, 2, selectors->len, span, "a tile"))
        return elab_poison();
    const char *text = elab_source_text(e, span);
    ElabSelector s[2];
    bool rows = elab_selector(e, tile->type, 0, &selectors->data[0], text, &s[0]);
    bool cols = elab_selector(e, tile->type, 1, &selectors->data[1], text, &s[1]);
    return rows && cols ? slice_tile(e, tile, s, span) : elab_poison();
}

/* ---- stores ------------------------------------------------------------------------------------------------------ */

static void put_element(Elab *e, const ElabView *view, Value *scalar) {
    const Expr *at[IR_MAX_RANK];
    for (int i = 0; i < view->nsels; i++)
        at[i] = view->e0[i];
    Value *operands[2] = {view->base, scalar};
    build_op(&e->b, OP_PUT, operands, 2, at, view->whole ? 0 : view->nsels, NULL, 0, 0);
}

static void store_scalar(Elab *e, const ElabView *view, ElabValue value, Span span) {
    Loc loc = e->b.loc;
    Value *v = elab_typed(e, value, view->type->elem, span, "`tl.store`");
    if (!v)
        return;
    if (view->type->rank == 0) {
        put_element(e, view, v);
        return;
    }
    Value *operands[2] = {elab_view_value(e, view), v};
    e->b.loc = loc;
    build_op(&e->b, OP_FILL, operands, 2, NULL, 0, NULL, 0, 0);
}

/* The mask as a bool tile of exactly the stored tile's type; NULL after a report. */
static Value *store_mask(Elab *e, ElabValue mask, const Type *tile, Span span) {
    Value *m = elab_typed(e, mask, ELEM_BOOL, span, "argument `mask` of `tl.store`");
    if (!m)
        return NULL;
    const Type *type = type_tile(e->module, ELEM_BOOL, tile->dims[0], tile->dims[1]);
    for (int d = 0; d < 2; d++) {
        const Expr *extent = m->type->dims[d];
        if (extent != tile->dims[d] && !expr_equals_const(extent, 1) &&
            !elab_require_equal(e, tile->dims[d], extent, span, elab_type_text(e, type), elab_type_text(e, m->type)))
            return NULL;
    }
    return elab_retype(e, m, type);
}

static void store_tile(Elab *e, const ElabView *view, Value *tile, const ElabValue *mask, Span span, Span mask_span) {
    Loc loc = e->b.loc;
    if (view->type->rank == 0) {
        const Expr *one = expr_const(e->exprs, 1), *zero = expr_const(e->exprs, 0);
        if (elab_require_type(e, &tile, type_tile(e->module, tile->type->elem, one, one), span)) {
            const Expr *at[2] = {zero, zero};
            put_element(e, view, build_get(&e->b, tile, at, 2));
        }
        return;
    }
    const Type *type = elab_tile_type_of_view(e, view, view->type->dims, view->span);
    if (!type || !elab_require_type(e, &tile, type, span))
        return;
    Value *operands[3] = {NULL, tile, NULL};
    int n = 2;
    if (mask) {
        operands[2] = store_mask(e, *mask, type, mask_span);
        if (!operands[2])
            return;
        n = 3;
    }
    operands[0] = elab_view_value(e, view);
    e->b.loc = loc;
    build_op(&e->b, OP_STORE, operands, n, NULL, 0, NULL, 0, 0);
}

void elab_store_value(Elab *e, const ElabView *view, ElabValue value, Span span, const ElabValue *mask,
                      Span mask_span) {
    Loc loc = e->b.loc;
    if (value.kind == EV_VIEW)
        value = elab_load(e, value.view, span);
    e->b.loc = loc;
    if (value.kind == EV_POISON)
        return;
    if (value.scalar && !mask) {
        store_scalar(e, view, value, span);
        return;
    }
    Value *tile = elab_typed(e, value, view->type->elem, span, "`tl.store`");
    if (!tile)
        return;
    if (value.scalar) { /* filled where the mask is true */
        const Type *type = elab_tile_type_of_view(e, view, view->type->dims, view->span);
        if (!type)
            return;
        tile = build_op(&e->b, OP_FULL, &tile, 1, NULL, 0, &type, 1, 0)->results[0];
    }
    store_tile(e, view, tile, mask, span, mask_span);
}
