/* parse_impl.h - shared by the files that read IR text: parse_lex.c, parse_expr.c, parse_op.c, parse.c. */
#ifndef PTOC_IR_PARSE_IMPL_H
#define PTOC_IR_PARSE_IMPL_H
#include "ir/base/diag.h"
#include "ir/base/vec.h"
#include "ir/ir.h"
#include "ir/poly.h"

typedef enum TokenKind {
    TOK_END,
    TOK_WORD,   /* letters, digits, `_` and `.` */
    TOK_VALUE,  /* %name */
    TOK_SYMBOL, /* @name */
    TOK_PLACE,  /* @file:line:column */
    TOK_INT,    /* digits */
    TOK_FLOAT,  /* digits with a dot or an exponent */
    TOK_STRING,
    TOK_PUNCT,
    TOK_BAD
} TokenKind;

typedef enum Punct {
    P_NONE,
    P_LPAREN,
    P_RPAREN,
    P_LBRACKET,
    P_RBRACKET,
    P_LBRACE,
    P_RBRACE,
    P_COMMA,
    P_COLON,
    P_BLOCK,
    P_EQUAL,
    P_CARET,
    P_PLUS,
    P_MINUS,
    P_STAR
} Punct;

typedef struct Token {
    TokenKind kind;
    Punct punct;
    uint32_t begin, end;
    bool new_line;    /* first on its line */
    const char *text; /* WORD, VALUE, SYMBOL: interned, without the mark; INT, FLOAT: the digits; STRING: decoded */
    Loc place;
} Token;

typedef struct NamedValue {
    const char *name; /* interned; NULL: free */
    uint32_t func;    /* number of the function it belongs to */
    Value *value;
} NamedValue;

typedef struct Parser {
    Arena *arena;
    StrTab *strings;
    DiagContext *dc;
    Module *module;
    int source;
    const char *text;
    uint32_t size, at;
    Token tok;
    bool failed;
    int depth;
    Func *func;
    uint32_t func_number;
    NamedValue *names; /* open addressing, a power of two */
    uint32_t nnames, names_used;
} Parser;

enum { PARSE_DEEPEST = 200 };

/* Lexer: moves to the next token. After an error every token is TOK_END, so that all loops come to their end. */
void parse_next(Parser *p);
Span parse_span(const Parser *p);
void parse_expected(Parser *p, const char *what);
void parse_too_deep(Parser *p);
bool parse_is(const Parser *p, Punct punct);
bool parse_take(Parser *p, Punct punct);
void parse_want(Parser *p, Punct punct);
bool parse_is_word(const Parser *p, const char *word);
bool parse_take_word(Parser *p, const char *word);
/* A place if there is one. */
Loc parse_place(Parser *p);
int64_t parse_int(Parser *p); /* with an optional minus */
double parse_float(Parser *p);

/* Values by name. */
Value *parse_value_use(Parser *p); /* NULL after an error */
void parse_value_define(Parser *p, const Token *name, Value *value);
const char *parse_value_name(Parser *p, const Token *name); /* the source name behind %name.N; NULL for a number */

const Expr *parse_expr(Parser *p); /* never NULL */
const Type *parse_type(Parser *p); /* never NULL */
void parse_region_ops(Parser *p, Region *region);
#endif
