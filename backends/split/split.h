/* split.h - cuts the runtime's headers into pieces, so that a generated file holds only what it reaches.
 *
 * A piece is one definition (function, type, object, macro) or one directive. Families of functions that a macro makes are
 * expanded here, at build time, and become one piece a function. Conditions that depend on the compiler or its flags stay;
 * those on PT_VEC_ONLY are decided, since there is one table of pieces for each number of lanes. */
#ifndef PTOC_BACKENDS_SPLIT_H
#define PTOC_BACKENDS_SPLIT_H
#include <stdbool.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/str.h"
#include "ir/base/vec.h"

typedef enum TokenKind { TOKEN_NAME, TOKEN_OTHER, TOKEN_DIRECTIVE, TOKEN_END } TokenKind;
typedef struct Token {
    TokenKind kind;
    const char *text; /* interned */
    const char *pre;  /* blanks and comments before it */
} Token;
typedef VEC(Token) Tokens;

typedef struct Macro {
    const char *name;
    bool function, stringizes;
    VEC(const char *) params; /* the last one "__VA_ARGS__" for "..." */
    Tokens body;
    int branch;         /* that it stands in */
    struct Macro *next; /* another definition of the same name, made later */
    int active;         /* expansions under way */
} Macro;

/* `#if a .. #elif b .. #else .. #endif` is a group of branches. Branch 0 is the text outside all of them. */
typedef struct Branch {
    int parent, group, nth; /* nth of its group, from 0 */
    const char *condition;  /* NULL: else */
    const char *fact;       /* what holds in it, interned: branches of one fact are live together */
} Branch;

typedef struct Piece {
    const char *text; /* without the newline at its end */
    int branch, file;
    bool spaced;              /* a blank line stands before it */
    bool always;              /* wanted with any piece of its file: directives */
    VEC(const char *) names;  /* what it defines */
    VEC(const char *) spoken; /* names that it mentions */
} Piece;
typedef VEC(Piece *) Pieces;

typedef struct Split {
    Arena *arena;
    StrTab *names;
    VEC(Macro *) macros; /* the first definition of each name */
    VEC(Branch) branches;
    int ngroups;
    Pieces pieces;
    VEC(const char *) titles;     /* of the files */
    const char *vec_only, *lanes; /* the name PT_VEC_ONLY and its value */
    const char *file;
    bool failed;
} Split;

void split_error(Split *s, const char *what, const char *about);

/* lex.c */
Token lex_token(Split *s, const char **p); /* a directive line counts as one token */
Tokens lex_line(Split *s, const char *text);
bool token_is(const Token *t, const char *text);
const char *tokens_text(Split *s, const Token *t, int n); /* without the blanks before the first one */

/* macro.c */
Macro *macro_find(Split *s, const char *name);
void macro_define(Split *s, const char *line, int branch); /* what follows #define */
bool macro_makes_definitions(const Macro *m);              /* a call at the top level is no attribute of what follows */
int macro_call_end(const Tokens *t, int at); /* t[at + 1] is '(': index after the matching ')'; 0: no call */
/* How far an expansion goes. */
typedef enum Expand {
    EXPAND_FAMILY, /* what is certain to be defined so in `branch`; macros of values stay as they are */
    EXPAND_FIRST,  /* everything, by the nth definition of each name */
    EXPAND_ALL,    /* everything, by all definitions one after the other, their names included */
} Expand;
Tokens macro_expand(Split *s, const Tokens *t, Expand how, int branch_or_nth);

/* cond.c: simplifies a condition; the result is 0 or 1 when it is decided, else -1 and *text says what is left. */
int cond_simplify(Split *s, const char *text, int branch, const char **left);

/* piece.c */
void split_file(Split *s, const char *name, const char *text);
/* The definition that begins at t[at] ends before the result; 0: it is not complete. */
int definition_end(Split *s, const Tokens *t, int at);
bool branch_within(const Split *s, int branch, int outer); /* what is live in `outer` is so in `branch` */
/* name.c */
void piece_find_names(Split *s, Piece *piece, const Tokens *t);
void piece_find_spoken(Split *s, Piece *piece, const Tokens *t);
/* write.c */
void split_write(Split *const splits[], int count, Buf *out);
#endif
