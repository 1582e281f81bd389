/* diag.h - diagnostics: collected, ordered, rendered as text, JSON or SARIF.
 *
 * Every message has a row in diag.def: a code that never changes, a severity, a printf template and an explanation for
 * `ptoc explain CODE`. User mistakes are reported here and never abort; assert is for our own invariants.
 *
 *     Diag *d = diag_report(dc, DIAG_UNKNOWN_NAME, span, name);
 *     diag_note(d, other_span, "`%s` is defined here", near);
 *     diag_hint(d, "did you mean `%s`?", near);
 *     diag_fix(d, span, near);                      replaces the span's text
 */
#ifndef PTOC_BASE_DIAG_H
#define PTOC_BASE_DIAG_H
#include <stdbool.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/source.h"

typedef enum DiagSeverity { DIAG_REMARK, DIAG_WARNING, DIAG_ERROR, DIAG_FATAL } DiagSeverity;

typedef enum DiagCode {
#define DIAG(name, code, severity, text, explain) DIAG_##name,
#include "ir/base/diag.def"
#undef DIAG
    DIAG_CODE_COUNT
} DiagCode;

typedef struct DiagInfo {
    const char *name; /* "UNKNOWN_NAME" */
    const char *code; /* "E0201" */
    DiagSeverity severity;
    const char *text;    /* printf template */
    const char *explain; /* one or more sentences: what is wrong, how to mend it */
} DiagInfo;
const DiagInfo *diag_info(DiagCode code);
/* By "E0201"; returns -1 when there is none. */
int diag_find(const char *code);

typedef struct Diag Diag;
typedef struct DiagContext DiagContext;

typedef enum DiagFormat { DIAG_FORMAT_TEXT, DIAG_FORMAT_JSON, DIAG_FORMAT_SARIF } DiagFormat;
typedef struct DiagOptions {
    bool werror;      /* warnings count as errors (and say so) */
    bool no_warnings; /* -w */
    bool color;
    int error_limit; /* -ferror-limit; 0 = none */
    DiagFormat format;
    bool disabled[DIAG_CODE_COUNT]; /* -Wno-CODE */
    bool as_error[DIAG_CODE_COUNT]; /* -Werror=CODE */
} DiagOptions;

DiagContext *diag_context_create(Arena *arena, SourceMap *map, const DiagOptions *options);
/* Formats the template of `code` with the arguments. A second report of the same code at the same span returns the first
 * one again (funcs and instances are checked several times). Never NULL. */
Diag *diag_report(DiagContext *dc, DiagCode code, Span span, ...);
void diag_note(Diag *diag, Span span, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_hint(Diag *diag, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void diag_fix(Diag *diag, Span span, const char *replacement);

int diag_error_count(const DiagContext *dc); /* errors, with -Werror also warnings */
int diag_warning_count(const DiagContext *dc);
int diag_count(const DiagContext *dc);                   /* all of them */
DiagCode diag_code_at(const DiagContext *dc, int index); /* in rendering order */
typedef struct DiagSeen {
    DiagCode code;
    DiagSeverity severity; /* after the options */
    Span span;
    const char *message;
} DiagSeen;
/* One of them; what diag_render would print of it, as text, is appended to *out. */
DiagSeen diag_see(const DiagContext *dc, int index, Buf *out);
int diag_shown_count(const DiagContext *dc); /* how many, in rendering order, the error limit lets through */
/* Sorted by file and place (file-less ones last); stops at the error limit with a line that says so. */
void diag_render(DiagContext *dc, Buf *out);
SourceMap *diag_source_map(const DiagContext *dc);
#endif
