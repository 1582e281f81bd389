/* Arguments of kernel and workload calls: which goes to which parameter, and whether each fits. */
#include "frontend/elab_workload.h"
#include <stdio.h>

/* ---- matching -------------------------------------------------------------------------------------------------- */
static int param_find(const Callee *callee, const char *name) {
    for (int i = 0; i < callee->nparams; i++)
        if (callee->params[i].ast->name.text == name)
            return i;
    return -1;
}

static void report_unknown_arg(Elab *e, const Callee *callee, AstName name) {
    const char **names = ARENA_ARRAY(e->arena, const char *, callee->nparams + 1);
    for (int i = 0; i < callee->nparams; i++)
        names[i] = callee->params[i].ast->name.text;
    const char *near = str_nearest(name.text, names, callee->nparams);
    Diag *d = ELAB_ERROR(e, CALL_UNKNOWN_ARG, name.span, callee->name, name.text);
    if (near) {
        ELAB_HINT(d, "did you mean `%s`?", near);
        ELAB_FIX(d, name.span, near);
    }
    ELAB_NOTE(d, callee->span, "`%s` is defined here", callee->name);
}

static void report_missing_args(Elab *e, const Callee *callee, const AstExpr *call, const CallArg *args) {
    Buf names = {NULL, 0, 0};
    int missing = 0;
    for (int i = 0; i < callee->nparams; i++) {
        if (args[i].ast || args[i].poisoned || callee->params[i].ast->initial)
            continue;
        buf_printf(&names, "%s`%s`", missing++ ? ", " : "", callee->params[i].ast->name.text);
    }
    if (missing)
        report_note(
            ELAB_ERROR(e, CALL_MISSING_ARG, call->span, callee->name, missing == 1 ? "" : "s", buf_text(&names)),
            callee->span, "`%s` is defined here", callee->name);
    buf_free(&names);
}

/* The parameter that an argument is for, or -1 after a report. */
static int match_one(Elab *e, const Callee *callee, const AstArg *arg, int position) {
    if (arg->length || arg->member.text) {
        ELAB_ERROR(e, CALL_ARG_FORM, arg->span, callee->name);
        return -1;
    }
    if (arg->name.text) {
        int i = param_find(callee, arg->name.text);
        if (i < 0)
            report_unknown_arg(e, callee, arg->name);
        return i;
    }
    if (position < callee->nparams)
        return position;
    report_note(
        ELAB_ERROR(e, CALL_TOO_MANY_ARGS, arg->span, callee->name, callee->nparams, callee->nparams == 1 ? "" : "s"),
        callee->span, "`%s` is defined here", callee->name);
    return -1;
}

bool call_match_args(Elab *e, const Callee *callee, const AstExpr *call, CallArg *args) {
    const AstArgList *list = &call->u.call.args;
    bool ok = true, extra = false;
    for (int i = 0; i < list->len; i++) {
        const AstArg *arg = &list->data[i];
        if (extra && !arg->name.text)
            continue; /* one report for all that are too many */
        int at = match_one(e, callee, arg, i);
        if (at < 0) {
            ok = false;
            extra |= !arg->name.text;
        } else if (args[at].ast) {
            report_note(ELAB_ERROR(e, CALL_ARG_TWICE, arg->span, callee->params[at].ast->name.text, callee->name),
                        args[at].span, "it is given here too");
            ok = false;
        } else {
            args[at].ast = arg->value;
            args[at].span = arg->value->span;
        }
    }
    int errors = diag_error_count(e->dc);
    if (ok) /* a misspelt name is not a missing one as well */
        report_missing_args(e, callee, call, args);
    return ok && diag_error_count(e->dc) == errors;
}

/* ---- evaluating ------------------------------------------------------------------------------------------------ */
static void arg_poison(CallArg *arg) { arg->poisoned = true; }

static bool view_direction_fits(Elab *e, const AstParam *p, const CallArg *arg) {
    bool ok = true;
    if (p->direction != AST_DIR_OUT)
        ok &= elab_check_readable(e, arg->view, arg->span);
    if (p->direction != AST_DIR_IN)
        ok &= elab_check_writable(e, arg->view, arg->span);
    return ok;
}

/* [N] for [1, N] is the common slip: an index dropped the dimension, or the memory has one dimension. */
static void report_rank(Elab *e, const Callee *callee, const ElabParam *param, const CallArg *arg) {
    const Type *want = param->type, *found = arg->view->type;
    Diag *d = ELAB_ERROR(e, CALL_RANK, arg->span, param->ast->name.text, callee->name, want->rank,
                         want->rank == 1 ? "" : "s", elab_type_text(e, want), found->rank, elab_type_text(e, found));
    bool row = found->rank == want->rank - 1 && expr_equals_const(want->dims[0], 1);
    if (row && found->rank == arg->view->base->type->rank)
        ELAB_HINT(d, "declare the parameter with one dimension, [N]: its tile is [1, N]");
    else if (row)
        ELAB_HINT(d, "an index drops its dimension: for a [1, N] parameter write `t :+ 1` instead of `t`");
    else if (found->rank > want->rank)
        ELAB_HINT(d, "an index drops its dimension: write `i` instead of `:` or `i :+ 1`");
    ELAB_NOTE(d, param->ast->span, "the parameter is declared here");
}

/* A workload's tensor is row-major without gaps unless declared @strided. */
bool workload_view_is_contiguous(Elab *e, const ElabView *view) {
    if (view->base->type->kind == TYPE_TENSOR && view->base->type->strided)
        return false;
    if (view->base->type->kind == TYPE_VIEW && view->base->def && view->base->def->code != OP_RESHAPE_VIEW)
        return false;
    if (view->whole)
        return true;
    bool open = false; /* behind a dimension that keeps more than one place, all others must be whole */
    for (int i = 0; i < view->nsels; i++) {
        if (view->sels[i] == SEL_INDEX) {
            if (open)
                return false;
            continue;
        }
        const Expr *dim = view->base->type->dims[i];
        const Expr *extent = view_extent(e->module, view->base->type, i, view->sels[i], view->e0[i], view->e1[i]);
        if (view->sels[i] != SEL_FULL && !elab_same_extent(e, extent, dim) && open)
            return false;
        bool single = expr_equals_const(elab_simplify(e, extent), 1);
        open |= !single;
    }
    return true;
}

static void evaluate_view(Elab *e, const Callee *callee, const ElabParam *param, CallArg *arg) {
    arg->view = elab_view(e, arg->ast, "argument of a call");
    if (!arg->view || !param->type) {
        arg_poison(arg);
        return;
    }
    const Type *want = param->type, *found = arg->view->type;
    bool ok = view_direction_fits(e, param->ast, arg);
    if (found->elem != want->elem) {
        report_note(ELAB_ERROR(e, CALL_ELEM, arg->span, param->ast->name.text, callee->name,
                               elem_info(want->elem)->text, elem_info(found->elem)->text),
                    param->ast->span, "the parameter is declared here");
        ok = false;
    }
    if (found->rank != want->rank) {
        report_rank(e, callee, param, arg);
        ok = false;
    }
    if (ok && callee->workload && !want->strided && !workload_view_is_contiguous(e, arg->view)) {
        report_hint(ELAB_ERROR(e, NOT_CONTIGUOUS, arg->span, callee->name), "declare the parameter `@strided %s`",
                    param->ast->name.text);
        ok = false;
    }
    if (!ok)
        arg_poison(arg);
}

/* A csr matrix is passed on whole. */
static void evaluate_csr(Elab *e, const Callee *callee, const ElabParam *param, CallArg *arg) {
    arg->csr = arg->ast->kind == AST_EXPR_NAME ? workload_csr_param(e, arg->ast) : NULL;
    if (arg->csr && arg->csr->value && param->type) {
        arg->view = elab_csr_view(e, arg->csr);
        return;
    }
    if (!arg->csr)
        report_note(ELAB_ERROR(e, WRONG_KIND, arg->span, "argument of a call", "a csr matrix",
                               arena_printf(e->arena, "`%s`", elab_source_text(e, arg->span))),
                    param->ast->span, "parameter `%s` of `%s` is declared here", param->ast->name.text, callee->name);
    arg_poison(arg);
}

static Value *default_value(Elab *e, const Callee *callee, const ElabParam *param) {
    const Param *p = &callee->func->params[param->position];
    Elem elem = param->type->elem;
    return elem_is_float(elem) ? build_const_float(&e->b, elem, p->default_float)
                               : build_const_int(&e->b, elem, p->default_int);
}

static void evaluate_scalar(Elab *e, const Callee *callee, const ElabParam *param, CallArg *arg) {
    if (!param->type) {
        if (arg->ast)
            elab_expr(e, arg->ast);
        arg_poison(arg);
        return;
    }
    if (arg->ast) {
        elab_at(e, arg->span);
        ElabValue v = elab_expr(e, arg->ast);
        if (v.kind == EV_VIEW && v.view->type->rank == 0)
            v = elab_load(e, v.view, arg->span);
        char what[128];
        snprintf(what, sizeof what, "parameter `%.40s` of `%.40s`", param->ast->name.text, callee->name);
        arg->value = elab_scalar(e, v, param->type->elem, arg->span, what);
    } else {
        arg->value = default_value(e, callee, param);
    }
    if (!arg->value)
        arg_poison(arg);
}

void call_evaluate_arg(Elab *e, const Callee *callee, const ElabParam *param, CallArg *arg) {
    if (arg->poisoned)
        return;
    switch (param->ast->kind) {
    case AST_PARAM_CONST:
        arg->index = elab_const_index(e, arg->ast, "argument of a const parameter");
        arg->poisoned = !arg->index;
        return;
    case AST_PARAM_SCALAR: evaluate_scalar(e, callee, param, arg); return;
    case AST_PARAM_TENSOR: evaluate_view(e, callee, param, arg); return;
    case AST_PARAM_CSR: evaluate_csr(e, callee, param, arg); return;
    }
}
