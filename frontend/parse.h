/* parse.h - text to syntax tree.
 *
 * Lexical and syntax errors are reported (E01xx) and never stop the file: parsing resumes at the next top-level item
 * and the sound items are returned. Time and memory are linear in the text; the stack does not grow with it. */
#ifndef PTOC_FRONTEND_PARSE_H
#define PTOC_FRONTEND_PARSE_H
#include "frontend/ast.h"
#include "ir/base/diag.h"
#include "ir/base/str.h"

/* Largest source file, in bytes. */
#define PARSE_MAX_SOURCE ((size_t)64 << 20)

/* Parses one file of the context's source map. Never NULL. Names are interned in `strings`, nodes live in `arena`. */
AstFile *parse_file(Arena *arena, StrTab *strings, DiagContext *diags, int source_file);

/* A source that could not be read: an errno value, EFBIG where it is larger than PARSE_MAX_SOURCE. */
Diag *parse_report_unreadable(DiagContext *diags, Span span, const char *name, int error);
#endif
