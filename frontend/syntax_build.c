/* syntax_build.c - the nodes that grammar actions make, and what the grammar leaves to them to check. */
#include <math.h>
#include <string.h>
#include "frontend/syntax.h"

Diag *syntax_error(Syntax *s, Diag *diag) {
    s->broken = true;
    return diag;
}

/* ---- expressions ----------------------------------------------------------------------------- */

static AstExpr *new_expr(Syntax *s, AstExprKind kind, Span span, int depth) {
    AstExpr *expr = ARENA_NEW(s->arena, AstExpr);
    expr->kind = kind;
    expr->span = span;
    if (depth > AST_MAX_NESTING) {
        syntax_nesting_error(s, span);
        depth = 0;
    }
    expr->depth = (uint16_t)depth;
    return expr;
}

static int deeper(int depth, const AstExpr *expr) { return expr && expr->depth > depth ? expr->depth : depth; }

static int list_depth(const AstExprList *list) {
    int depth = 0;
    for (int i = 0; i < list->len; i++)
        depth = deeper(depth, list->data[i]);
    return depth;
}

AstExpr *syntax_literal(Syntax *s, AstExprKind kind, Span span, const TokenValue *value) {
    AstExpr *expr = new_expr(s, kind, span, 0);
    if (kind == AST_EXPR_INT) {
        expr->u.integer.value = value->u.integer;
        expr->u.integer.text = value->text;
    } else if (kind == AST_EXPR_FLOAT) {
        expr->u.floating.value = value->u.number;
        expr->u.floating.text = value->text;
    } else {
        expr->u.string.bytes = value->text;
        expr->u.string.length = value->length;
    }
    return expr;
}

AstExpr *syntax_float_word(Syntax *s, Span span, const TokenValue *value) {
    AstExpr *expr = new_expr(s, AST_EXPR_FLOAT, span, 0);
    expr->u.floating.value = strcmp(value->text, "inf") == 0 ? (double)INFINITY : (double)NAN;
    expr->u.floating.text = value->text;
    return expr;
}

AstExpr *syntax_boolean(Syntax *s, Span span, bool value) {
    AstExpr *expr = new_expr(s, AST_EXPR_BOOL, span, 0);
    expr->u.boolean = value;
    return expr;
}

AstExpr *syntax_name_expr(Syntax *s, AstName name) {
    AstExpr *expr = new_expr(s, AST_EXPR_NAME, name.span, 0);
    expr->u.name = name.text;
    return expr;
}

AstExpr *syntax_parenthesized(AstExpr *expr, Span span) {
    expr->parenthesized = true;
    expr->span = span;
    return expr;
}

AstExpr *syntax_list(Syntax *s, Span span, AstExprList list) {
    AstExpr *expr = new_expr(s, AST_EXPR_LIST, span, list_depth(&list) + 1);
    expr->u.list = list;
    return expr;
}

AstExpr *syntax_unary(Syntax *s, AstUnaryOp op, Span span, Span op_span, AstExpr *operand) {
    AstExpr *expr = new_expr(s, AST_EXPR_UNARY, span, operand->depth + 1);
    expr->u.unary.op = op;
    expr->u.unary.op_span = op_span;
    expr->u.unary.operand = operand;
    return expr;
}

AstExpr *syntax_binary(Syntax *s, AstBinaryOp op, Span span, Span op_span, AstExpr *left, AstExpr *right) {
    AstExpr *expr = new_expr(s, AST_EXPR_BINARY, span, deeper(right->depth + 1, left));
    expr->u.binary.op = op;
    expr->u.binary.op_span = op_span;
    expr->u.binary.left = left;
    expr->u.binary.right = right;
    return expr;
}

AstExpr *syntax_call(Syntax *s, Span span, AstExpr *callee, AstArgList args) {
    const char *first, *second;
    if (!ast_callee_path(callee, &first, &second)) {
        Diag *diag = diag_report(s->diags, DIAG_CALLEE_NOT_NAME, callee->span);
        diag_hint(syntax_error(s, diag), "calls are like `f(x)` and `tl.matmul(a, b)`");
    }
    int depth = callee->depth;
    for (int i = 0; i < args.len; i++)
        depth = deeper(deeper(depth, args.data[i].value), args.data[i].length);
    AstExpr *expr = new_expr(s, AST_EXPR_CALL, span, depth + 1);
    expr->u.call.callee = callee;
    expr->u.call.args = args;
    return expr;
}

AstExpr *syntax_index(Syntax *s, Span span, AstExpr *base, AstSelectorList selectors) {
    int depth = base->depth;
    for (int i = 0; i < selectors.len; i++)
        depth = deeper(deeper(depth, selectors.data[i].first), selectors.data[i].second);
    AstExpr *expr = new_expr(s, AST_EXPR_INDEX, span, depth + 1);
    expr->u.index.base = base;
    expr->u.index.selectors = selectors;
    return expr;
}

AstExpr *syntax_member(Syntax *s, Span span, AstExpr *base, AstName member) {
    AstExpr *expr = new_expr(s, AST_EXPR_MEMBER, span, base->depth + 1);
    expr->u.member.base = base;
    expr->u.member.member = member;
    return expr;
}

/* `name = value` or `name.member = value` of a directive. */
AstArg syntax_named_arg(Syntax *s, Span span, AstExpr *name, AstExpr *value) {
    AstArg arg = {.span = span, .value = value};
    bool is_member = name->kind == AST_EXPR_MEMBER && name->u.member.base->kind == AST_EXPR_NAME;
    const AstExpr *first = is_member ? name->u.member.base : name;
    if (first->kind == AST_EXPR_NAME && !name->parenthesized && !first->parenthesized) {
        arg.name = (AstName){first->u.name, first->span};
        if (is_member)
            arg.member = name->u.member.member;
        return arg;
    }
    Diag *diag = diag_report(s->diags, DIAG_ARGUMENT_NAME, name->span);
    diag_hint(syntax_error(s, diag), "write `name = value` or `kernel.DIM = value`; `==` compares");
    return arg;
}

void syntax_push_arg(Syntax *s, AstArgList *args, AstArg arg) {
    if (!arg.name.text && args->len > 0 && args->data[args->len - 1].name.text && !s->broken) {
        const AstArg *named = &args->data[args->len - 1];
        Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_POSITIONAL_AFTER_NAMED, arg.span));
        diag_note(diag, named->span, "`%s` is given by name here", named->name.text);
    }
    SYNTAX_PUSH(s, args, arg);
}

/* ---- statements ------------------------------------------------------------------------------ */

AstStmt *syntax_stmt(Syntax *s, AstStmtKind kind, Span span, Span word) {
    AstStmt *stmt = ARENA_NEW(s->arena, AstStmt);
    stmt->kind = kind;
    stmt->span = span;
    stmt->word = word;
    return stmt;
}

AstStmt *syntax_bind(Syntax *s, AstStmtKind kind, Span span, Span word, AstNameList names, AstExpr *value) {
    AstStmt *stmt = syntax_stmt(s, kind, span, word);
    stmt->u.bind.names = names;
    stmt->u.bind.value = value;
    return stmt;
}

AstStmt *syntax_assign(Syntax *s, Span span, Span word, AstExprList targets, AstExpr *value) {
    AstNameList names = {0};
    for (int i = 0; i < targets.len; i++) {
        const AstExpr *target = targets.data[i];
        if (target->kind == AST_EXPR_NAME && !target->parenthesized) {
            SYNTAX_PUSH(s, &names, (AstName){target->u.name, target->span});
            continue;
        }
        Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_ASSIGN_TARGET, target->span));
        if (target->kind == AST_EXPR_INDEX)
            diag_hint(diag, "`tl.store(view, tile);` writes memory");
    }
    return syntax_bind(s, AST_STMT_ASSIGN, span, word, names, value);
}

AstStmt *syntax_call_stmt(Syntax *s, Span span, AstExpr *call) {
    if (call->kind != AST_EXPR_CALL) {
        Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_NO_EFFECT, call->span));
        const char *foreign = call->kind == AST_EXPR_NAME ? syntax_foreign_hint(call->u.name) : NULL;
        if (call->kind == AST_EXPR_BINARY && call->u.binary.op == AST_BINARY_EQ)
            diag_hint(diag, "`==` compares; `=` assigns");
        else if (foreign)
            diag_hint(diag, "%s", foreign);
        else
            diag_hint(diag, "`let name = ...;` gives it a name");
        return syntax_stmt(s, AST_STMT_CALL, span, span);
    }
    AstStmt *stmt = syntax_stmt(s, AST_STMT_CALL, span, call->u.call.callee->span);
    stmt->u.call = call;
    return stmt;
}

AstAxis *syntax_axis(Syntax *s, AstAxisKind kind, Span span, AstName index, AstExpr *lo, AstExpr *hi, AstExpr *step) {
    AstAxis *axis = ARENA_NEW(s->scratch, AstAxis);
    *axis = (AstAxis){.kind = kind, .span = span, .index = index, .lo = lo, .hi = hi, .step = step};
    return axis;
}

AstStmt *syntax_parallel(Syntax *s, Span span, Span word, AstAxisList axes, AstBlock *body) {
    AstStmt *stmt = syntax_stmt(s, AST_STMT_PARALLEL, span, word);
    stmt->u.parallel.axes = axes;
    stmt->u.parallel.body = body;
    return stmt;
}

static void attribute_error(Syntax *s, AstName attribute, const char *expected) {
    Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_UNKNOWN_ATTRIBUTE, attribute.span, attribute.text));
    diag_hint(diag, "`@%s` may stand here", expected);
    if (str_nearest(attribute.text, &expected, 1))
        diag_fix(diag, attribute.span, expected);
}

AstStmt *syntax_attributed(Syntax *s, Span span, AstName attribute, AstStmt *parallel) {
    if (strcmp(attribute.text, "disjoint") != 0)
        attribute_error(s, attribute, "disjoint");
    parallel->span = span;
    parallel->u.parallel.disjoint = true;
    return parallel;
}

AstStmt *syntax_if(Syntax *s, Span span, Span word, AstExpr *cond, AstBlock *body) {
    AstStmt *stmt = syntax_stmt(s, AST_STMT_IF, span, word);
    syntax_push_arm(s, stmt, span, cond, body);
    return stmt;
}

void syntax_push_arm(Syntax *s, AstStmt *branch, Span span, AstExpr *cond, AstBlock *body) {
    branch->span = span;
    if (branch->u.branch.arms.len == AST_MAX_NESTING)
        syntax_nesting_error(s, cond->span);
    SYNTAX_PUSH(s, &branch->u.branch.arms, (AstIfArm){cond, body});
}

/* `bound` is the whole `X <= N`. */
AstStmt *syntax_tier(Syntax *s, Span span, Span word, AstExpr *bound, AstExprList limits, AstBlock *body,
                     AstBlock *otherwise) {
    AstStmt *stmt = syntax_stmt(s, AST_STMT_TIER, span, word);
    const AstExpr *name = bound->kind == AST_EXPR_BINARY ? bound->u.binary.right : bound;
    if (bound->kind != AST_EXPR_BINARY || bound->u.binary.op != AST_BINARY_LE || bound->parenthesized ||
        name->kind != AST_EXPR_NAME || name->parenthesized) {
        Diag *diag = diag_report(s->diags, DIAG_TIER_FORM, bound->span);
        diag_hint(syntax_error(s, diag),
                  "write `tier X <= N in [2K, 8K] { ... }`: N is bound to the first tier that holds X");
        return stmt;
    }
    stmt->u.tier.value = bound->u.binary.left;
    stmt->u.tier.name = (AstName){name->u.name, name->span};
    stmt->u.tier.limits = limits;
    stmt->u.tier.body = body;
    stmt->u.tier.else_body = otherwise;
    return stmt;
}

AstStmt *syntax_transfer(Syntax *s, AstStmtKind kind, Span span, Span word, AstName channel, AstName slot,
                         AstBlock *body) {
    AstStmt *stmt = syntax_stmt(s, kind, span, word);
    stmt->u.transfer.channel = channel;
    stmt->u.transfer.slot = slot;
    stmt->u.transfer.body = body;
    return stmt;
}

/* ---- items ----------------------------------------------------------------------------------- */

AstParam *syntax_param(Syntax *s, AstParamKind kind, Span span, AstName name) {
    AstParam *param = ARENA_NEW(s->scratch, AstParam);
    *param = (AstParam){.kind = kind, .span = span, .name = name};
    return param;
}

AstParam *syntax_tensor_param(Syntax *s, Span span, AstName name, AstDirection direction, AstType type) {
    bool is_csr = strcmp(type.elem.text, "csr") == 0;
    AstParam *param = syntax_param(s, is_csr ? AST_PARAM_CSR : AST_PARAM_TENSOR, span, name);
    param->direction = direction;
    param->type = type;
    return param;
}

AstParam *syntax_attributed_param(Syntax *s, Span span, AstName attribute, AstParam *param) {
    if (strcmp(attribute.text, "strided") != 0)
        attribute_error(s, attribute, "strided");
    else if (param->kind != AST_PARAM_TENSOR)
        syntax_error(s, diag_report(s->diags, DIAG_STRIDED_NOT_TENSOR, attribute.span, param->name.text));
    param->strided = true;
    param->strided_span = (Span){span.file, span.begin, attribute.span.end};
    param->span = span;
    return param;
}

AstItem *syntax_item(Syntax *s, AstItemKind kind, Span span, AstName name) {
    AstItem *item = ARENA_NEW(s->arena, AstItem);
    item->kind = kind;
    item->span = span;
    item->name = name;
    return item;
}

AstItem *syntax_import(Syntax *s, Span span, Span path_span, const TokenValue *path) {
    return syntax_item(s, AST_ITEM_IMPORT, span, (AstName){path->text, path_span});
}

AstName syntax_join_target(Syntax *s, AstName left, AstName right) {
    const char *text = arena_printf(s->scratch, "%s-%s", left.text, right.text);
    return (AstName){str_intern(s->strings, text), span_join(left.span, right.span)};
}
