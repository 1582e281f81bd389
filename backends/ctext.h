/* ctext.h - text of a C-like function in the making: lines that know which symbols they define and use.
 *
 * A Symbol is anything with a name: a variable, a parameter, a label. While a line is put together every mention of a symbol goes
 * through ctext_use, so that at the end ctext_sweep can drop definitions that nobody reads and blocks with nothing in them: the
 * emitters then need not know in advance what will be needed, and the output has no unused variables or parameters.
 * Names follow C's scopes: a name is free again when the scope that declared it is closed. */
#ifndef PTOC_BACKENDS_CTEXT_H
#define PTOC_BACKENDS_CTEXT_H
#include <stdbool.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/vec.h"
#include "ir/ir.h"

typedef int CSym; /* index into CText.symbols */
#define CSYM_NONE (-1)

typedef VEC(CSym) CSymList;

typedef enum CLineKind {
    CLINE_PLAIN,
    CLINE_OPEN,      /* ends in `{` and opens a level; goes when nothing inside stays */
    CLINE_OPEN_KEEP, /* the same, but stays when it is empty */
    CLINE_ELSE,      /* `} else {`: goes alone when nothing follows inside */
    CLINE_CLOSE,
    CLINE_DIRECTIVE /* goes with the line behind it that opens a level */
} CLineKind;

typedef struct CLine {
    CLineKind kind;
    int level;
    const char *text;
    Loc loc;
    CSym defines; /* the line can go when this symbol is not used */
    CSymList uses;
    bool dead;
} CLine;

typedef struct CSymbol {
    const char *name;
    int uses; /* by lines that stay; counted by ctext_sweep */
} CSymbol;

typedef struct CText {
    Arena *arena;
    VEC(CLine) lines;
    VEC(CSymbol) symbols;
    VEC(CSym) scope;  /* symbols whose names are taken now */
    VEC(CSym) outer;  /* the same, taken in the whole function: parameters that are found on the way */
    CSymList pending; /* used by the line being put together */
    int level;
    Loc loc;                     /* of the lines to come */
    const char *const *reserved; /* names never given to a symbol, ending with NULL */
} CText;

CText *ctext_create(Arena *arena, const char *const *reserved);

/* A symbol named after `wanted` (may be NULL), made a C identifier and unique among the names in scope. */
CSym ctext_declare(CText *t, const char *wanted, const char *otherwise);
CSym ctext_declare_outer(CText *t, const char *wanted, const char *otherwise); /* stays in scope to the end */
/* A symbol with exactly this name, to the end: a function's parameter of fixed name. */
CSym ctext_declare_exact(CText *t, const char *name);
const char *ctext_name(const CText *t, CSym sym);
/* Notes a use by the line being put together and gives the name. */
const char *ctext_use(CText *t, CSym sym);
int ctext_scope_open(const CText *t);
void ctext_scope_close(CText *t, int mark);

/* The uses noted since; taken out, to be put back when the text they belong to is pasted. */
CSymList ctext_take_uses(CText *t, int from);
void ctext_paste_uses(CText *t, const CSymList *uses);
void ctext_drop_use(CText *t, CSym sym); /* one mention that does not count as a use: the target of an assignment */

void ctext_drop_line_use(CText *t, int line, CSym sym); /* the same of a line that stands already */

/* Lines take the pending uses. */
void ctext_line(CText *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ctext_define(CText *t, CSym sym, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ctext_open(CText *t, CLineKind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ctext_else(CText *t, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* "} else {" */
void ctext_close(CText *t);
void ctext_directive(CText *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Drops what nothing needs. */
void ctext_sweep(CText *t);
bool ctext_is_used(const CText *t, CSym sym); /* after the sweep */

typedef struct CTextStyle {
    const char *const *files; /* names of the source files, for places */
    int nfiles;
    bool line_directives; /* #line instead of comments */
    int width;
} CTextStyle;
/* Prints the lines that are left, indented by four columns a level, long ones broken behind commas. */
void ctext_print(const CText *t, const CTextStyle *style, Buf *out);
/* One logical line, broken where it is longer than width. */
void ctext_print_wrapped(Buf *out, int column, const char *text, int width);

/* `name` as a C identifier: letters, digits, underscores, not leading with a digit or an underscore. */
char *ctext_sanitise(Arena *arena, const char *name);
/* The same, changed where it is reserved; without regard to scopes. */
const char *ctext_plain_name(Arena *arena, const char *const *reserved, const char *wanted);
bool ctext_is_reserved(const char *const *reserved, const char *name);
/* Text that may stand in a C comment: no end of comment, no control characters. */
void ctext_put_comment(Buf *out, const char *text);
#endif
