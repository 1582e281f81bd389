/* Shapes at a call: symbols are bound by the views that are passed, every other extent and every `where` is proved, refuted, or
 * checked when the task is made. What hangs on the constant of a tier is decided for each of its values. */
#include "frontend/elab_workload.h"
#include <string.h>

/* ---- callee expressions at the call ---------------------------------------------------------------------------- */
static const Expr *at_call(void *user, Value *v) {
    const CallBinding *cb = user;
    const Func *f = cb->callee->func;
    for (int i = 0; i < f->nindex_params; i++)
        if (f->index_params[i].value == v)
            return cb->index[i];
    for (int i = 0; i < cb->callee->nparams; i++) {
        const ElabParam *p = &cb->callee->params[i];
        if (p->value == v && cb->args[i].value)
            return value_expr(cb->e->module, cb->args[i].value);
    }
    return NULL;
}

static const Expr *to_call(CallBinding *cb, const Expr *x) { return expr_substitute(cb->e->exprs, x, at_call, cb); }

static const char *param_name(const CallBinding *cb, int i) { return cb->callee->params[i].ast->name.text; }

/* ---- tiers ----------------------------------------------------------------------------------------------------- */
typedef struct TierCase {
    ExprTable *exprs;
    const WorkloadTier *tiers[8];
    int choice[8];
    int ntiers;
} TierCase;

static const Expr *tier_choice(void *user, Value *v) {
    const TierCase *c = user;
    for (int i = 0; i < c->ntiers; i++)
        if (c->tiers[i]->value == v)
            return expr_const(c->exprs, c->tiers[i]->limits[c->choice[i]]);
    return NULL;
}

static bool tier_next(TierCase *c) {
    for (int i = 0; i < c->ntiers; i++) {
        if (++c->choice[i] < c->tiers[i]->nlimits)
            return true;
        c->choice[i] = 0;
    }
    return false;
}

bool call_each_tier_case(CallBinding *cb, const Expr *const *used, int nused, TierCaseFn *fn, void *user) {
    const WorkloadTierVec *tiers = &cb->e->workload->tiers;
    TierCase c = {.exprs = cb->e->exprs};
    for (int i = 0; i < tiers->len && c.ntiers < 8; i++)
        for (int k = 0; k < nused; k++)
            if (used[k] && expr_uses(used[k], tiers->data[i].value)) {
                c.tiers[c.ntiers++] = &tiers->data[i];
                break;
            }
    if (c.ntiers == 0)
        return true;
    do {
        if (!fn(user, cb, tier_choice, &c))
            return false;
    } while (tier_next(&c));
    return true;
}

/* ---- binding --------------------------------------------------------------------------------------------------- */
static void bind_consts(CallBinding *cb) {
    for (int i = 0; i < cb->callee->nparams; i++)
        if (cb->callee->params[i].ast->kind == AST_PARAM_CONST)
            cb->index[cb->callee->params[i].position] = cb->args[i].index;
    for (int i = 0; i < cb->callee->nparams; i++)
        for (int k = 0; cb->args[i].csr && k < cb->callee->func->nindex_params; k++)
            if (cb->callee->func->index_params[k].value == cb->callee->params[i].entries)
                cb->index[k] = expr_value(cb->e->exprs, cb->args[i].csr->entries);
}

static int symbol_position(const CallBinding *cb, const ElabSymbol *s) {
    for (int i = 0; i < cb->callee->func->nindex_params; i++)
        if (cb->callee->func->index_params[i].value == s->value)
            return i;
    return -1;
}

/* extent == divisor * symbol, exactly: symbol = extent / divisor. */
static const Expr *bind_by_division(CallBinding *cb, const ElabSymbol *s, const Expr *extent, const Expr *divisor) {
    Elab *e = cb->e;
    const Expr *quotient = expr_div(e->exprs, extent, divisor);
    const Expr *rest = expr_sub(e->exprs, extent, expr_mul(e->exprs, quotient, divisor));
    const char *param = param_name(cb, s->param);
    int64_t c;
    if (facts_prove_eq(e->facts, rest, expr_const(e->exprs, 0)))
        return quotient;
    if (expr_is_const(rest, &c)) {
        report_note(ELAB_ERROR(e, CALL_DIVIDE, cb->args[s->param].span, param, cb->callee->name, s->dim,
                               elab_expr_text(e, extent), elab_expr_text(e, divisor), s->name),
                    s->span, "`%s` is bound here", s->name);
        return NULL;
    }
    const char *text =
        arena_printf(e->arena, "%s: dimension %d of %s is {0}, not a multiple of {1}", cb->callee->name, s->dim, param);
    const Expr *values[] = {extent, divisor};
    workload_check_ge0(e, expr_neg(e->exprs, rest), "SHAPE", text, values, 2);
    return quotient;
}

static bool bind_symbol(CallBinding *cb, const ElabSymbol *s) {
    Elab *e = cb->e;
    int at = symbol_position(cb, s);
    if (at < 0)
        return false;
    if (s->param < 0) {
        report_note(ELAB_ERROR(e, CALL_UNBOUND_SYMBOL, cb->span, s->name, cb->callee->name), s->span,
                    "`%s` first stands here", s->name);
        return false;
    }
    const ElabView *view = cb->args[s->param].view;
    if (!view || s->dim >= view->type->rank)
        return false;
    const Expr *extent = elab_simplify(e, view->type->dims[s->dim]);
    const Expr *divisor = to_call(cb, s->divisor);
    cb->index[at] = expr_equals_const(divisor, 1) ? extent : bind_by_division(cb, s, extent, divisor);
    return cb->index[at] != NULL;
}

bool call_bind_symbols(CallBinding *cb) {
    cb->index = ARENA_ARRAY(cb->e->arena, const Expr *, cb->callee->func->nindex_params + 1);
    bind_consts(cb);
    bool ok = true;
    for (int i = 0; i < cb->callee->nsymbols; i++)
        ok &= bind_symbol(cb, &cb->callee->symbols[i]);
    for (int i = 0; i < cb->callee->func->nindex_params; i++)
        ok &= cb->index[i] != NULL;
    return ok;
}

/* ---- extents --------------------------------------------------------------------------------------------------- */
typedef struct ExtentCheck {
    int param, dim;
    const Expr *want, *found;
} ExtentCheck;

static void report_extent(CallBinding *cb, const ExtentCheck *c, const Expr *want, const Expr *found) {
    Elab *e = cb->e;
    const ElabParam *p = &cb->callee->params[c->param];
    const AstExpr *dim = p->ast->type.dims.data[c->dim];
    const char *source = elab_source_text(e, dim->span), *value = elab_expr_text(e, want);
    if (strcmp(source, value) != 0)
        value = arena_printf(e->arena, "%s = %s", source, value);
    Diag *d = ELAB_ERROR(e, CALL_EXTENT, cb->args[c->param].span, p->ast->name.text, cb->callee->name, c->dim, value,
                         elab_expr_text(e, found));
    ELAB_NOTE(d, dim->span, "the parameter is declared here");
}

static bool extent_tier_case(void *user, CallBinding *cb, const Expr *(*subst)(void *, Value *), void *subst_user) {
    const ExtentCheck *c = user;
    ExprTable *t = cb->e->exprs;
    const Expr *want = expr_substitute(t, c->want, subst, subst_user);
    const Expr *found = expr_substitute(t, c->found, subst, subst_user);
    if (!expr_is_const(expr_sub(t, want, found), NULL) || want == found)
        return true;
    report_extent(cb, c, want, found);
    return false;
}

static void check_extent(CallBinding *cb, const ExtentCheck *c) {
    Elab *e = cb->e;
    if (elab_same_extent(e, c->want, c->found))
        return;
    if (elab_extents_differ(e, c->want, c->found)) {
        report_extent(cb, c, c->want, c->found);
        return;
    }
    const Expr *values[] = {c->found, c->want};
    if (!call_each_tier_case(cb, values, 2, extent_tier_case, (void *)c))
        return;
    const ElabParam *p = &cb->callee->params[c->param];
    const char *text =
        arena_printf(e->arena, "%s: dimension %d of %s is {0}, expected %s = {1}", cb->callee->name, c->dim,
                     p->ast->name.text, elab_source_text(e, p->ast->type.dims.data[c->dim]->span));
    const Expr *difference = expr_sub(e->exprs, c->found, c->want);
    workload_check_ge0(e, difference, "SHAPE", text, values, 2);
    workload_check_ge0(e, expr_neg(e->exprs, difference), "SHAPE", text, values, 2);
}

void call_check_extents(CallBinding *cb) {
    for (int i = 0; i < cb->callee->nparams; i++) {
        const ElabParam *p = &cb->callee->params[i];
        if (!cb->args[i].view)
            continue;
        for (int d = 0; d < p->type->rank; d++) {
            ExtentCheck c = {i, d, to_call(cb, p->type->dims[d]),
                             elab_simplify(cb->e, cb->args[i].view->type->dims[d])};
            check_extent(cb, &c);
        }
    }
}

/* ---- where, and what the kernel's body asks of its constants --------------------------------------------------- */
typedef struct WhereCheck {
    const ElabWhere *where;
    const ElabCond *cond; /* at the call */
    const char *text;     /* `where S <= PAD` */
    const Expr *values[IR_MAX_RANK];
    const char *names[IR_MAX_RANK];
    int nvalues;
} WhereCheck;

static bool where_note_leaf(void *user, Value *v) {
    WhereCheck *w = ((void **)user)[0];
    CallBinding *cb = ((void **)user)[1];
    const Expr *x = at_call(cb, v);
    for (int i = 0; i < w->nvalues; i++)
        if (w->values[i] == x && w->names[i] == v->name)
            return true;
    if (x && v->name && w->nvalues < IR_MAX_RANK) {
        w->names[w->nvalues] = v->name;
        w->values[w->nvalues++] = x;
    }
    return true;
}

static void where_note_leaves(CallBinding *cb, WhereCheck *w, const ElabCond *c) {
    void *user[] = {w, cb};
    if (c->a)
        expr_each_value(c->a, where_note_leaf, user);
    if (c->left)
        where_note_leaves(cb, w, c->left);
    if (c->right)
        where_note_leaves(cb, w, c->right);
}

/* "S = 4096, PAD = 2048", or with numbers for a run-time text: "S = {0}, PAD = {1}". */
static const char *where_values(Elab *e, const WhereCheck *w, const Expr *const *values) {
    Buf text = {NULL, 0, 0};
    for (int i = 0; i < w->nvalues; i++) {
        buf_printf(&text, "%s%s = ", i ? ", " : "", w->names[i]);
        if (values)
            expr_format(&text, values[i]);
        else
            buf_printf(&text, "{%d}", i);
    }
    const char *result = arena_strdup(e->arena, buf_text(&text));
    buf_free(&text);
    return result;
}

static void report_where(CallBinding *cb, const WhereCheck *w, const Expr *const *values) {
    Elab *e = cb->e;
    const char *with = where_values(e, w, values);
    Diag *d = ELAB_ERROR(e, CALL_WHERE, cb->span, w->text, cb->callee->name, with[0] ? ": " : "", with);
    ELAB_NOTE(d, w->where->span, "the constraint stands here");
}

static bool where_tier_case(void *user, CallBinding *cb, const Expr *(*subst)(void *, Value *), void *subst_user) {
    const WhereCheck *w = user;
    Elab *e = cb->e;
    if (cond_substitute(e, w->cond, subst, subst_user)->kind != COND_FALSE)
        return true;
    const Expr *values[IR_MAX_RANK];
    for (int i = 0; i < w->nvalues; i++)
        values[i] = expr_substitute(e->exprs, w->values[i], subst, subst_user);
    report_where(cb, w, values);
    return false;
}

static void check_where(CallBinding *cb, const ElabWhere *where) {
    Elab *e = cb->e;
    WhereCheck w = {.where = where, .cond = cond_substitute(e, where->cond, at_call, cb)};
    where_note_leaves(cb, &w, where->cond);
    w.text = elab_source_text(e, where->span);
    int known = cond_decide(e, w.cond);
    if (known > 0)
        return;
    if (known < 0) {
        report_where(cb, &w, w.values);
        return;
    }
    if (!call_each_tier_case(cb, w.values, w.nvalues, where_tier_case, &w) || e->options->checks == PROGRAM_CHECKS_NONE)
        return;
    const char *with = where_values(e, &w, NULL);
    const char *text =
        arena_printf(e->arena, "%s: `where %s` does not hold%s%s", cb->callee->name, w.text, with[0] ? ": " : "", with);
    const Expr *ge0 = cond_as_ge0(e, w.cond); /* constraints compare index expressions: E0319 */
    if (ge0)
        workload_check_ge0(e, ge0, "SHAPE", text, w.values, w.nvalues);
}

static bool constraint_tier_case(void *user, CallBinding *cb, const Expr *(*subst)(void *, Value *), void *subst_user) {
    (void)user;
    Elab *e = cb->e;
    int n = cb->callee->func->nindex_params, errors = diag_error_count(e->dc);
    const Expr **index = ARENA_ARRAY(e->arena, const Expr *, n + 1);
    for (int i = 0; i < n; i++)
        index[i] = expr_substitute(e->exprs, cb->index[i], subst, subst_user);
    elab_kernel_check_call(e, cb->callee->kernel, index, cb->span);
    return diag_error_count(e->dc) == errors;
}

void call_check_wheres(CallBinding *cb) {
    const ElabKernel *k = cb->callee->kernel;
    if (!k)
        return;
    for (int i = 0; i < k->wheres.len; i++)
        check_where(cb, &k->wheres.data[i]);
    if (k->constraints.len == 0)
        return;
    int n = cb->callee->func->nindex_params;
    bool in_tier = false;
    for (int i = 0; i < n; i++)
        for (int t = 0; t < cb->e->workload->tiers.len; t++)
            in_tier |= expr_uses(cb->index[i], cb->e->workload->tiers.data[t].value);
    if (in_tier)
        call_each_tier_case(cb, cb->index, n, constraint_tier_case, NULL);
    else
        elab_kernel_check_call(cb->e, k, cb->index, cb->span);
}
