/* syntax.h - what the grammar, its actions and the driver of the push parser share. Private to the parser.
 *
 * A grammar action is one call of a syntax_* builder. Builders never return NULL: what is wrong is reported, the item
 * is marked broken and a harmless node is made. */
#ifndef PTOC_FRONTEND_SYNTAX_H
#define PTOC_FRONTEND_SYNTAX_H
#include "frontend/ast.h"
#include "frontend/token.h"

#define SYNTAX_WINDOW 3

typedef struct SyntaxBracket {
    int kind; /* token of the opening bracket */
    Span span;
} SyntaxBracket;

typedef struct Syntax {
    Arena *arena, *scratch;
    StrTab *strings;
    DiagContext *diags;
    const SourceFile *text;
    AstFile *file;
    Lexer *lexer;

    Token window[SYNTAX_WINDOW]; /* window[0] is the token at hand */
    Token prev, before_prev;     /* tokens already passed; kind TOKEN_YYEOF at first */
    SyntaxBracket open[AST_MAX_NESTING];
    int depth; /* brackets open within the item */

    AstItem *item;        /* made by the grammar */
    bool broken;          /* an error was reported in the item at hand */
    bool lexical;         /* one of them a lexical one: syntax errors of this item may follow from it */
    bool nesting;         /* the nesting limit was reported for this item */
    uint32_t item_column; /* of its first token */
} Syntax;

/* Marks the item broken. */
Diag *syntax_error(Syntax *s, Diag *diag);

/* ---- names, lists (arena-grown from two elements: most lists are short) ---------------------- */
#define SYNTAX_PUSH(s, list, ...)                                                                                      \
    do {                                                                                                               \
        if ((list)->len == (list)->cap) {                                                                              \
            int cap_ = (list)->cap == 0 ? 2 : (list)->cap * 2;                                                         \
            (list)->data =                                                                                             \
                arena_grow_array((s)->arena, (list)->data, (size_t)(list)->cap, (size_t)cap_, sizeof *(list)->data);   \
            (list)->cap = cap_;                                                                                        \
        }                                                                                                              \
        (list)->data[(list)->len++] = (__VA_ARGS__);                                                                   \
    } while (0)

/* ---- expressions ----------------------------------------------------------------------------- */
AstExpr *syntax_literal(Syntax *s, AstExprKind kind, Span span, const TokenValue *value);
AstExpr *syntax_float_word(Syntax *s, Span span, const TokenValue *value); /* inf, nan */
AstExpr *syntax_boolean(Syntax *s, Span span, bool value);
AstExpr *syntax_name_expr(Syntax *s, AstName name);
AstExpr *syntax_parenthesized(AstExpr *expr, Span span);
AstExpr *syntax_list(Syntax *s, Span span, AstExprList list);
AstExpr *syntax_unary(Syntax *s, AstUnaryOp op, Span span, Span op_span, AstExpr *operand);
AstExpr *syntax_binary(Syntax *s, AstBinaryOp op, Span span, Span op_span, AstExpr *left, AstExpr *right);
AstExpr *syntax_call(Syntax *s, Span span, AstExpr *callee, AstArgList args);
AstExpr *syntax_index(Syntax *s, Span span, AstExpr *base, AstSelectorList selectors);
AstExpr *syntax_member(Syntax *s, Span span, AstExpr *base, AstName member);
AstArg syntax_named_arg(Syntax *s, Span span, AstExpr *name, AstExpr *value);
void syntax_push_arg(Syntax *s, AstArgList *args, AstArg arg);

/* ---- statements ------------------------------------------------------------------------------ */
AstStmt *syntax_stmt(Syntax *s, AstStmtKind kind, Span span, Span word);
AstStmt *syntax_bind(Syntax *s, AstStmtKind kind, Span span, Span word, AstNameList names, AstExpr *value);
AstStmt *syntax_assign(Syntax *s, Span span, Span word, AstExprList targets, AstExpr *value);
AstStmt *syntax_call_stmt(Syntax *s, Span span, AstExpr *call);
AstAxis *syntax_axis(Syntax *s, AstAxisKind kind, Span span, AstName index, AstExpr *lo, AstExpr *hi, AstExpr *step);
AstStmt *syntax_parallel(Syntax *s, Span span, Span word, AstAxisList axes, AstBlock *body);
AstStmt *syntax_attributed(Syntax *s, Span span, AstName attribute, AstStmt *parallel);
AstStmt *syntax_if(Syntax *s, Span span, Span word, AstExpr *cond, AstBlock *body);
void syntax_push_arm(Syntax *s, AstStmt *branch, Span span, AstExpr *cond, AstBlock *body);
AstStmt *syntax_tier(Syntax *s, Span span, Span word, AstExpr *bound, AstExprList limits, AstBlock *body,
                     AstBlock *otherwise);
AstStmt *syntax_transfer(Syntax *s, AstStmtKind kind, Span span, Span word, AstName channel, AstName slot,
                         AstBlock *body);

/* ---- items ----------------------------------------------------------------------------------- */
AstParam *syntax_param(Syntax *s, AstParamKind kind, Span span, AstName name);
AstParam *syntax_tensor_param(Syntax *s, Span span, AstName name, AstDirection direction, AstType type);
AstParam *syntax_attributed_param(Syntax *s, Span span, AstName attribute, AstParam *param);
AstItem *syntax_item(Syntax *s, AstItemKind kind, Span span, AstName name);
AstItem *syntax_import(Syntax *s, Span span, Span path_span, const TokenValue *path);
AstName syntax_join_target(Syntax *s, AstName left, AstName right); /* npu-a5 */

/* ---- errors (syntax_error.c) ----------------------------------------------------------------- */
/* Reports the token at hand as unexpected; `expected` holds the names of the tokens that would have been accepted, in
 * the grammar's order (reordered in place). */
void syntax_unexpected(Syntax *s, const char **expected, int count);
/* Reports the token at hand, which begins no item. */
void syntax_unexpected_top_level(Syntax *s);
void syntax_nesting_error(Syntax *s, Span span);
/* The item keyword that a misspelt word means, or NULL. */
const char *syntax_nearest_item_word(const char *word);
/* What is written in place of a statement's first word in other languages (`while`), or NULL. */
const char *syntax_foreign_hint(const char *word);

/* ---- tokens (parse.c) ------------------------------------------------------------------------ */
bool syntax_token_is_name(const Token *token);    /* a name where it stands: NAME or a contextual keyword */
bool syntax_token_is_keyword(const Token *token); /* of any class */
/* Can an item begin at the token at hand, wherever it is met? */
bool syntax_at_item(const Syntax *s);
#endif
