/* diag_impl.h - what the diagnostics' files share; for diag*.c only. */
#ifndef PTOC_BASE_DIAG_IMPL_H
#define PTOC_BASE_DIAG_IMPL_H
#include "ir/base/diag.h"
#include "ir/base/vec.h"

typedef struct DiagNote {
    Span span;
    const char *text;
} DiagNote;

struct Diag {
    DiagContext *dc;
    DiagCode code;
    DiagSeverity severity; /* after -Werror */
    const char *option;    /* the option that made it an error, or NULL */
    Span span;
    int order; /* of the report */
    int next;  /* the next one in its hash bucket, or -1 */
    const char *message;
    VEC(DiagNote) notes;
    VEC(const char *) hints;
    VEC(DiagNote) fixes; /* text: the replacement */
};

struct DiagContext {
    Arena *arena;
    SourceMap *map;
    DiagOptions options;
    VEC(Diag *) all;
    bool sorted;
    int *buckets; /* by code and span: index of the first in `by_order`, or -1 */
    int bucket_count;
    VEC(Diag *) by_order;
    int error_count, warning_count;
};

/* "error", "fatal error", "warning", "remark". */
const char *diag_severity_name(DiagSeverity severity);
bool diag_severity_is_error(DiagSeverity severity);
/* The file of a span, or NULL when it has no place. */
const SourceFile *diag_file(const DiagContext *dc, Span span);
/* The line that says what the error limit left out; NULL when it left out nothing. */
const char *diag_limit_text(const DiagContext *dc, int shown);

void diag_put_text(const DiagContext *dc, Buf *out, const Diag *d); /* one, as text */
/* Each renders the first `shown` of the sorted list. */
void diag_render_text(const DiagContext *dc, int shown, Buf *out);
void diag_render_json(const DiagContext *dc, int shown, Buf *out);
void diag_render_sarif(const DiagContext *dc, int shown, Buf *out);
#endif
