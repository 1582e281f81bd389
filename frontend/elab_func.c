/* Funcs: inlined where they are used, typed at each use; their names are checked even when nobody uses them. */
#include <string.h>

#include "frontend/elab_internal.h"

/* ---- inlining ---------------------------------------------------------------------------------------------------- */

static int find_param(const AstNameList *params, const char *name) {
    for (int i = 0; i < params->len; i++)
        if (strcmp(params->data[i].text, name) == 0)
            return i;
    return -1;
}

static void report_unknown_param(Elab *e, const Binding *b, const AstArg *arg) {
    const AstNameList *params = &b->item->u.func.params;
    Diag *d = ELAB_ERROR(e, UNKNOWN_ARGUMENT, arg->name.span, b->name, arg->name.text);
    VEC(const char *) names = {0};
    for (int i = 0; i < params->len; i++)
        VEC_PUSH(e->arena, &names, params->data[i].text);
    const char *near = str_nearest(arg->name.text, names.data, names.len);
    if (near) {
        ELAB_HINT(d, "did you mean `%s`?", near);
        ELAB_FIX(d, arg->name.span, near);
    }
}

/* Arguments by parameter; false after a report. */
static bool bind_arguments(Elab *e, const AstExpr *x, const Binding *b, const AstArg **given) {
    const AstNameList *params = &b->item->u.func.params;
    const AstArgList *args = &x->u.call.args;
    bool good = true;
    for (int i = 0; i < args->len; i++) {
        const AstArg *arg = &args->data[i];
        int at = arg->name.text ? (arg->member.text ? -1 : find_param(params, arg->name.text)) : i;
        if (at < 0) {
            report_unknown_param(e, b, arg);
            good = false;
        } else if (at >= params->len) {
            ELAB_ERROR(e, TOO_MANY_ARGUMENTS, arg->span, b->name, params->len, params->len == 1 ? "" : "s", args->len);
            return false;
        } else if (given[at]) {
            ELAB_ERROR(e, ARGUMENT_TWICE, arg->span, params->data[at].text);
            good = false;
        } else {
            given[at] = arg;
        }
    }
    for (int i = 0; i < params->len && good; i++) {
        if (!given[i]) {
            ELAB_ERROR(e, MISSING_ARGUMENT, x->span, b->name, params->data[i].text);
            good = false;
        }
    }
    return good;
}

static bool is_being_inlined(const Elab *e, const char *name) {
    for (const ElabInline *in = e->inlining; in; in = in->outer)
        if (in->name == name)
            return true;
    return false;
}

static ElabResults return_values(Elab *e, const AstExprList *results) {
    ElabResults r = {.values = ARENA_ARRAY(e->arena, ElabValue, results->len), .n = results->len};
    for (int i = 0; i < results->len; i++) {
        r.values[i] = elab_expr(e, results->data[i]);
        r.failed |= r.values[i].kind == EV_POISON && results->len == 1;
    }
    return r;
}

static ElabResults inline_block(Elab *e, const AstBlock *body) {
    for (int i = 0; i < body->stmts.len; i++) {
        const AstStmt *s = body->stmts.data[i];
        if (s->kind == AST_STMT_LET) {
            elab_let(e, s);
        } else if (s->kind == AST_STMT_RETURN) {
            return return_values(e, &s->u.results);
        } else {
            const char *what = arena_printf(e->arena, "`%s`", elab_source_text(e, s->word));
            ELAB_ERROR(e, WRONG_PLACE, s->word, what, "func");
        }
    }
    return (ElabResults){.failed = true};
}

static ElabResults inline_body(Elab *e, const AstItem *item) {
    if (item->u.func.body)
        return inline_block(e, item->u.func.body);
    const AstExpr *value = item->u.func.value;
    if (value->kind == AST_EXPR_CALL)
        return elab_call(e, value);
    AstExprList one = {0};
    VEC_PUSH(e->arena, &one, item->u.func.value);
    return return_values(e, &one);
}

ElabResults elab_func_call(Elab *e, const AstExpr *x, Binding *b) {
    const AstNameList *params = &b->item->u.func.params;
    if (is_being_inlined(e, b->name)) {
        ELAB_ERROR(e, RECURSION, x->span, b->name);
        return (ElabResults){.failed = true};
    }
    const AstArg **given = ARENA_ARRAY(e->arena, const AstArg *, params->len);
    if (!bind_arguments(e, x, b, given))
        return (ElabResults){.failed = true};
    ElabValue *values = ARENA_ARRAY(e->arena, ElabValue, params->len);
    for (int i = 0; i < params->len; i++)
        values[i] = elab_expr(e, given[i]->value);
    ElabScope *outside = e->scope;
    ElabSymbolFn *symbol = e->symbol;
    ElabInline in = {.name = b->name, .span = x->span, .outer = e->inlining};
    e->scope = e->globals;
    e->symbol = NULL;
    elab_scope_push(e);
    e->inlining = &in;
    for (int i = 0; i < params->len; i++)
        elab_define_hiding(e, params->data[i], BIND_VALUE, values[i]);
    ElabResults r = inline_body(e, b->item);
    e->inlining = in.outer;
    e->symbol = symbol;
    e->scope = outside;
    return r;
}

/* ---- checking names alone ---------------------------------------------------------------------------------------- */

static void check_names(Elab *e, const AstExpr *x);

static void check_callee(Elab *e, const AstExpr *call) {
    const AstExpr *callee = call->u.call.callee;
    const char *first, *second;
    if (ast_tl_name(callee) || !ast_callee_path(callee, &first, &second) || elab_is_common_call(call))
        return;
    Binding *b = elab_resolve(e, (AstName){.text = first, .span = callee->span});
    if (!b || b->kind != BIND_FUNC)
        return;
    if (b->state == 1) {
        ELAB_ERROR(e, RECURSION, call->span, b->name);
        b->broken = true;
    }
    elab_check_func(e, b);
}

static void check_call_names(Elab *e, const AstExpr *x) {
    check_callee(e, x);
    for (int i = 0; i < x->u.call.args.len; i++) {
        const AstArg *arg = &x->u.call.args.data[i];
        bool word = arg->name.text && strcmp(arg->name.text, "round") == 0;
        if (!word)
            check_names(e, arg->value);
        if (arg->length)
            check_names(e, arg->length);
    }
}

static void check_names(Elab *e, const AstExpr *x) {
    for (; x->kind == AST_EXPR_BINARY; x = x->u.binary.left)
        check_names(e, x->u.binary.right);
    switch (x->kind) {
    case AST_EXPR_NAME:
        if (elem_find(x->u.name) < 0)
            elab_resolve(e, (AstName){.text = x->u.name, .span = x->span});
        return;
    case AST_EXPR_UNARY: check_names(e, x->u.unary.operand); return;
    case AST_EXPR_CALL: check_call_names(e, x); return;
    case AST_EXPR_INDEX:
        check_names(e, x->u.index.base);
        for (int i = 0; i < x->u.index.selectors.len; i++) {
            const AstSelector *s = &x->u.index.selectors.data[i];
            if (s->first)
                check_names(e, s->first);
            if (s->second)
                check_names(e, s->second);
        }
        return;
    case AST_EXPR_LIST:
        for (int i = 0; i < x->u.list.len; i++)
            check_names(e, x->u.list.data[i]);
        return;
    case AST_EXPR_INT:
    case AST_EXPR_FLOAT:
    case AST_EXPR_BOOL:
    case AST_EXPR_STRING:
    case AST_EXPR_BINARY:
    case AST_EXPR_MEMBER: return;
    }
}

static void check_return(Elab *e, const AstItem *item) {
    const AstBlock *body = item->u.func.body;
    int at = 0;
    while (at < body->stmts.len && body->stmts.data[at]->kind != AST_STMT_RETURN)
        at++;
    if (at == body->stmts.len)
        ELAB_ERROR(e, FUNC_RETURN, item->name.span, item->name.text, "the end of its body");
    else if (at + 1 < body->stmts.len)
        ELAB_ERROR(e, FUNC_RETURN, body->stmts.data[at + 1]->word, item->name.text, "a statement behind it");
}

static void check_body_names(Elab *e, const AstBlock *body) {
    for (int i = 0; i < body->stmts.len; i++) {
        const AstStmt *s = body->stmts.data[i];
        if (s->kind == AST_STMT_LET) {
            check_names(e, s->u.bind.value);
            for (int n = 0; n < s->u.bind.names.len; n++)
                elab_define(e, s->u.bind.names.data[n], BIND_VALUE, elab_poison());
        } else if (s->kind == AST_STMT_RETURN) {
            for (int n = 0; n < s->u.results.len; n++)
                check_names(e, s->u.results.data[n]);
        } else {
            ELAB_ERROR(e, WRONG_PLACE, s->word, arena_printf(e->arena, "`%s`", elab_source_text(e, s->word)), "func");
        }
    }
}

void elab_check_func(Elab *e, Binding *b) {
    if (b->state != 0)
        return;
    b->state = 1;
    ElabScope *outside = e->scope;
    e->scope = e->globals;
    elab_scope_push(e);
    const AstItem *item = b->item;
    for (int i = 0; i < item->u.func.params.len; i++)
        elab_define_hiding(e, item->u.func.params.data[i], BIND_VALUE, elab_poison());
    if (item->u.func.value)
        check_names(e, item->u.func.value);
    else {
        check_return(e, item);
        check_body_names(e, item->u.func.body);
    }
    e->scope = outside;
    b->state = 2;
}
