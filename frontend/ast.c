/* ast.c - names of node kinds and small questions about the tree. */
#include "frontend/ast.h"
#include <string.h>

const char *ast_unary_text(AstUnaryOp op) {
    switch (op) {
    case AST_UNARY_NEG: return "-";
    case AST_UNARY_NOT: return "!";
    case AST_UNARY_BITNOT: return "~";
    }
    return "?";
}

const char *ast_binary_text(AstBinaryOp op) {
    switch (op) {
    case AST_BINARY_OR_OR: return "||";
    case AST_BINARY_AND_AND: return "&&";
    case AST_BINARY_EQ: return "==";
    case AST_BINARY_NE: return "!=";
    case AST_BINARY_LT: return "<";
    case AST_BINARY_LE: return "<=";
    case AST_BINARY_GT: return ">";
    case AST_BINARY_GE: return ">=";
    case AST_BINARY_OR: return "|";
    case AST_BINARY_XOR: return "^";
    case AST_BINARY_AND: return "&";
    case AST_BINARY_SHL: return "<<";
    case AST_BINARY_SHR: return ">>";
    case AST_BINARY_ADD: return "+";
    case AST_BINARY_SUB: return "-";
    case AST_BINARY_MUL: return "*";
    case AST_BINARY_DIV: return "/";
    case AST_BINARY_REM: return "%";
    }
    return "?";
}

bool ast_binary_is_comparison(AstBinaryOp op) {
    return op == AST_BINARY_EQ || op == AST_BINARY_NE || op == AST_BINARY_LT || op == AST_BINARY_LE ||
           op == AST_BINARY_GT || op == AST_BINARY_GE;
}

const char *ast_expr_kind_text(AstExprKind kind) {
    switch (kind) {
    case AST_EXPR_INT: return "int";
    case AST_EXPR_FLOAT: return "float";
    case AST_EXPR_BOOL: return "bool";
    case AST_EXPR_STRING: return "string";
    case AST_EXPR_NAME: return "name";
    case AST_EXPR_UNARY: return "unary";
    case AST_EXPR_BINARY: return "binary";
    case AST_EXPR_CALL: return "call";
    case AST_EXPR_INDEX: return "index";
    case AST_EXPR_MEMBER: return "member";
    case AST_EXPR_LIST: return "list";
    }
    return "?";
}

const char *ast_stmt_kind_text(AstStmtKind kind) {
    switch (kind) {
    case AST_STMT_LET: return "let";
    case AST_STMT_VAR: return "var";
    case AST_STMT_ASSIGN: return "assign";
    case AST_STMT_FOR: return "for";
    case AST_STMT_PARALLEL: return "parallel";
    case AST_STMT_IF: return "if";
    case AST_STMT_TIER: return "tier";
    case AST_STMT_TEMP: return "temp";
    case AST_STMT_RETURN: return "return";
    case AST_STMT_CALL: return "do";
    case AST_STMT_PIPE: return "pipe";
    case AST_STMT_CHANNEL: return "channel";
    case AST_STMT_PROCESS: return "process";
    case AST_STMT_SEND: return "send";
    case AST_STMT_RECEIVE: return "receive";
    }
    return "?";
}

const char *ast_item_kind_text(AstItemKind kind) {
    switch (kind) {
    case AST_ITEM_MODULE: return "module";
    case AST_ITEM_IMPORT: return "import";
    case AST_ITEM_CONST: return "const";
    case AST_ITEM_FUNC: return "func";
    case AST_ITEM_KERNEL: return "kernel";
    case AST_ITEM_WORKLOAD: return "workload";
    case AST_ITEM_SCHEDULE: return "schedule";
    case AST_ITEM_EXAMPLE: return "example";
    }
    return "?";
}

const char *ast_direction_text(AstDirection direction) {
    switch (direction) {
    case AST_DIR_NONE: return "";
    case AST_DIR_IN: return "in";
    case AST_DIR_OUT: return "out";
    case AST_DIR_INOUT: return "inout";
    }
    return "?";
}

bool ast_name_discards(AstName name) { return name.text && strcmp(name.text, "_") == 0; }

bool ast_callee_path(const AstExpr *callee, const char **first, const char **second) {
    *first = *second = NULL;
    if (callee->kind == AST_EXPR_NAME) {
        *first = callee->u.name;
        return true;
    }
    if (callee->kind != AST_EXPR_MEMBER || callee->u.member.base->kind != AST_EXPR_NAME)
        return false;
    *first = callee->u.member.base->u.name;
    *second = callee->u.member.member.text;
    return true;
}

const char *ast_tl_name(const AstExpr *callee) {
    const char *first, *second;
    if (!ast_callee_path(callee, &first, &second) || !second || strcmp(first, "tl") != 0)
        return NULL;
    return second;
}

const AstArg *ast_find_arg(const AstArgList *args, const char *name) {
    for (int i = 0; i < args->len; i++) {
        if (args->data[i].name.text && !args->data[i].member.text && strcmp(args->data[i].name.text, name) == 0)
            return &args->data[i];
    }
    return NULL;
}

bool ast_is_broken_name(const AstFile *file, const char *name) {
    for (int i = 0; i < file->broken.len; i++) {
        if (strcmp(file->broken.data[i].text, name) == 0)
            return true;
    }
    return false;
}

bool ast_may_be_broken_name(const AstFile *file, const char *name) {
    return file->truncated || ast_is_broken_name(file, name);
}

void ast_binary_spine(Arena *arena, AstExpr *expr, AstExprList *out) {
    int count = 1;
    for (const AstExpr *e = expr; e->kind == AST_EXPR_BINARY; e = e->u.binary.left)
        count++;
    out->data = ARENA_ARRAY(arena, AstExpr *, count);
    out->len = out->cap = count;
    AstExpr *e = expr;
    for (int i = count - 1; i > 0; i--, e = e->u.binary.left)
        out->data[i] = e;
    out->data[0] = e;
}
