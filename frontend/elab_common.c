/* Statements that kernels and workloads share: assume and static_assert. */
#include <string.h>

#include "frontend/elab_internal.h"

bool elab_is_common_call(const AstExpr *call) {
    const char *first, *second;
    if (!ast_callee_path(call->u.call.callee, &first, &second) || second)
        return false;
    return strcmp(first, "assume") == 0 || strcmp(first, "static_assert") == 0;
}

static bool check_count(Elab *e, const AstExpr *call, const char *name, const char *const *params, int least,
                        int most) {
    const AstArgList *args = &call->u.call.args;
    for (int i = 0; i < args->len; i++) {
        if (args->data[i].name.text) {
            ELAB_ERROR(e, UNKNOWN_ARGUMENT, args->data[i].name.span, name, args->data[i].name.text);
            return false;
        }
    }
    if (args->len < least) {
        ELAB_ERROR(e, MISSING_ARGUMENT, call->span, name, params[args->len]);
        return false;
    }
    if (args->len > most) {
        ELAB_ERROR(e, TOO_MANY_ARGUMENTS, args->data[most].span, name, most, most == 1 ? "" : "s", args->len);
        return false;
    }
    return true;
}

/* Removes what was emitted after `last`: the condition was only looked at. */
static void unlink_after(Region *region, const Op *last) {
    while (region->last && region->last != last)
        op_unlink(region->last);
}

/* ---- assume ------------------------------------------------------------------------------------------------------ */

static void check_assumption(Elab *e, const ElabCond *cond, Span span) {
    const char *text = arena_printf(e->arena, "%s does not hold", elab_source_text(e, span));
    const Expr *ge0 = cond_as_ge0(e, cond);
    elab_at(e, span);
    if (ge0) {
        if (!facts_prove_ge0(e->facts, ge0))
            build_check(&e->b, "ASSUME", "full", text, ge0, NULL, 0);
        return;
    }
    Value *v = cond_materialize(e, cond);
    Op *op = build_op(&e->b, OP_ASSERT, &v, 1, NULL, 0, NULL, 0, 0);
    op_set_str(e->module, op, ATTR_CODE, "ASSUME");
    op_set_str(e->module, op, ATTR_TEXT, text);
}

static void common_assume(Elab *e, const AstExpr *call) {
    static const char *const params[] = {"c"};
    if (!check_count(e, call, "assume", params, 1, 1))
        return;
    const AstExpr *x = call->u.call.args.data[0].value;
    ElabValue v = elab_condition(e, x, "assumption");
    if (v.kind == EV_POISON)
        return;
    if (e->options->checks == PROGRAM_CHECKS_FULL)
        check_assumption(e, v.cond, call->span);
    ExprVec exprs = {0};
    cond_conjuncts(e, v.cond, &exprs);
    cond_add_facts(e, v.cond, true);
    elab_at(e, call->span);
    if (exprs.len > 0)
        build_op(&e->b, OP_ASSUME, NULL, 0, exprs.data, exprs.len, NULL, 0, 0);
}

/* ---- static_assert ----------------------------------------------------------------------------------------------- */

/* Branches of a constant if: is this code dead, and does that hang on const parameters? */
static bool is_dead(Elab *e) {
    for (const ElabGuard *g = e->guard; g; g = g->outer)
        if (g->cond->kind == (g->polarity ? COND_FALSE : COND_TRUE))
            return true;
    return false;
}

static bool is_guarded(const Elab *e) {
    for (const ElabGuard *g = e->guard; g; g = g->outer)
        if (g->cond->kind != COND_TRUE && g->cond->kind != COND_FALSE)
            return true;
    return false;
}

static bool cond_has_static(Elab *e, const ElabCond *c) {
    switch (c->kind) {
    case COND_TRUE:
    case COND_FALSE:
    case COND_VALUE: return false;
    case COND_GE0:
    case COND_EQ0: return elab_expr_has_static(e, c->a);
    case COND_NOT: return cond_has_static(e, c->left);
    case COND_AND:
    case COND_OR: break;
    }
    return cond_has_static(e, c->left) || cond_has_static(e, c->right);
}

static void decide_assertion(Elab *e, const ElabCond *cond, Span span, const char *why) {
    int decided = cond_decide(e, cond);
    if (decided > 0 || is_dead(e))
        return;
    if (e->kernel && (is_guarded(e) || (decided == 0 && cond_has_static(e, cond)))) {
        elab_add_constraint(e, cond, span, arena_printf(e->arena, "static assertion failed: %s", why));
        return;
    }
    if (decided < 0)
        ELAB_ERROR(e, STATIC_ASSERT_FAILED, span, why);
    else
        ELAB_ERROR(e, STATIC_ASSERT_UNDECIDED, span);
}

static void common_static_assert(Elab *e, const AstExpr *call) {
    static const char *const params[] = {"c", "why"};
    if (!check_count(e, call, "static_assert", params, 1, 2))
        return;
    const AstArgList *args = &call->u.call.args;
    const AstExpr *x = args->data[0].value, *text = args->len > 1 ? args->data[1].value : NULL;
    if (text && text->kind != AST_EXPR_STRING) {
        const char *found = arena_printf(e->arena, "`%s`", elab_source_text(e, text->span));
        ELAB_ERROR(e, BAD_WORD, text->span, "why", "a string", found);
        return;
    }
    Region *region = e->b.region;
    const Op *last = region->last;
    ElabValue v = elab_condition(e, x, "static assertion");
    if (v.kind != EV_POISON)
        decide_assertion(e, v.cond, call->span, text ? text->u.string.bytes : elab_source_text(e, x->span));
    unlink_after(region, last);
}

bool elab_common_call(Elab *e, const AstExpr *call) {
    const char *op = ast_tl_name(call->u.call.callee);
    if (op && (strcmp(op, "print") == 0 || strcmp(op, "assert") == 0)) {
        elab_op_call(e, call);
        return true;
    }
    if (!elab_is_common_call(call))
        return false;
    const char *first, *second;
    ast_callee_path(call->u.call.callee, &first, &second);
    if (strcmp(first, "assume") == 0)
        common_assume(e, call);
    else
        common_static_assert(e, call);
    return true;
}
