/* token.h - the lexer: text to tokens.
 *
 * Promises: every byte of the file is covered by one token, a comment or white space; lexical errors are reported and
 * the token that holds or follows the fault is marked `bad`, so that no further error need be said about it; the last
 * token is TOKEN_YYEOF, again and again. Token kinds are those of parser.y. */
#ifndef PTOC_FRONTEND_TOKEN_H
#define PTOC_FRONTEND_TOKEN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ir/base/diag.h"
#include "ir/base/str.h"
#include "frontend/ast.h"

typedef struct TokenValue {
    const char *text; /* words: interned; numbers: as written, interned; strings: the bytes, interned */
    size_t length;    /* strings: bytes in text */
    union {
        uint64_t integer;
        double number;
    } u;
} TokenValue;

typedef struct Token {
    int kind;
    bool bad; /* in or after a lexical error that was reported */
    bool first_on_line;
    uint32_t column; /* in bytes, from 0 */
    Span span;
    TokenValue value;
} Token;

typedef enum KeywordClass { KEYWORD_NONE, KEYWORD_RESERVED, KEYWORD_LITERAL, KEYWORD_CONTEXTUAL } KeywordClass;

/* A row of keywords.def. */
typedef struct Keyword {
    const char *text;
    KeywordClass cls;
    int token;
} Keyword;
int keyword_count(void);
const Keyword *keyword_at(int index);
/* The row whose token that is, or NULL. */
const Keyword *keyword_of_token(int token);

typedef struct Lexer Lexer;
/* `scratch` holds the scanner and its copy of the text, `arena` what tokens point to. Comments are added to
 * file->comments, file->truncated and file->sound are kept. */
Lexer *lexer_create(Arena *arena, Arena *scratch, StrTab *strings, DiagContext *diags, AstFile *file);
void lexer_next(Lexer *lexer, Token *token);

/* ---- between lexer.l and token.c ------------------------------------------------------------- */
#define KEYWORD_SLOTS 128
struct Lexer {
    Arena *arena, *scratch;
    StrTab *strings;
    DiagContext *diags;
    AstFile *file;
    void *scanner;
    uint32_t offset;                      /* of the end of the current match */
    uint32_t line_begin;                  /* of the current line */
    bool fresh_line;                      /* no token on this line yet */
    bool bad;                             /* an error was reported since the last token */
    uint8_t keyword_slots[KEYWORD_SLOTS]; /* open hash: row number + 1 */
};
void lexer_init_keywords(Lexer *lexer);
void lexer_note_lines(Lexer *lexer, const char *text, size_t length); /* the match holds line ends */
int lexer_word(Lexer *lexer, Token *token, const char *text, size_t length);
int lexer_integer(Lexer *lexer, Token *token, const char *text, size_t length);
int lexer_float(Lexer *lexer, Token *token, const char *text, size_t length);
int lexer_malformed_number(Lexer *lexer, Token *token, const char *text, size_t length);
int lexer_string(Lexer *lexer, Token *token, const char *text, size_t length);
int lexer_unterminated_string(Lexer *lexer, Token *token, const char *text, size_t length);
void lexer_comment(Lexer *lexer, Span span, const char *text, size_t length);
void lexer_unterminated_comment(Lexer *lexer, Span span);
void lexer_unexpected_bytes(Lexer *lexer, Span span, const char *text, size_t length);
#endif
