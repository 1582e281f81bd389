/* Collecting diagnostics: severity after options, one report for one place, order, counts. */
#include "ir/base/diag.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ir/base/diag_impl.h"

static const DiagInfo diag_table[] = {
#define DIAG(name_, code_, severity_, text_, explain_)                                                                 \
    {.name = #name_, .code = code_, .severity = severity_, .text = text_, .explain = explain_},
#include "ir/base/diag.def"
#undef DIAG
};

const DiagInfo *diag_info(DiagCode code) {
    assert(code < DIAG_CODE_COUNT);
    return &diag_table[code];
}

int diag_find(const char *code) {
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        if (strcmp(diag_table[i].code, code) == 0)
            return i;
    return -1;
}

const char *diag_severity_name(DiagSeverity severity) {
    switch (severity) {
    case DIAG_REMARK: return "remark";
    case DIAG_WARNING: return "warning";
    case DIAG_ERROR: return "error";
    case DIAG_FATAL: return "fatal error";
    }
    return "error";
}

bool diag_severity_is_error(DiagSeverity severity) { return severity == DIAG_ERROR || severity == DIAG_FATAL; }

DiagContext *diag_context_create(Arena *arena, SourceMap *map, const DiagOptions *options) {
    DiagContext *dc = ARENA_NEW(arena, DiagContext);
    dc->arena = arena;
    dc->map = map;
    if (options)
        dc->options = *options;
    dc->sorted = true;
    return dc;
}

SourceMap *diag_source_map(const DiagContext *dc) { return dc->map; }

const SourceFile *diag_file(const DiagContext *dc, Span span) {
    if (span.file < 0 || !dc->map || span.file >= source_count(dc->map))
        return NULL;
    return source_get(dc->map, span.file);
}

/* --- one report for one place ------------------------------------------------------------------------------------- */

static bool span_equal(Span a, Span b) {
    return a.file == b.file && (a.file < 0 || (a.begin == b.begin && a.end == b.end));
}

/* Without a place only the text tells two reports apart. */
static uint32_t diag_hash(DiagCode code, Span span, const char *message) {
    uint32_t h = (uint32_t)code * 2654435761u;
    if (span.file >= 0)
        return ((h ^ (uint32_t)span.file) * 16777619u ^ span.begin) * 16777619u ^ span.end;
    for (const char *p = message; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    return h;
}

static int *diag_bucket(const DiagContext *dc, DiagCode code, Span span, const char *message) {
    uint32_t hash = diag_hash(code, span, message);
    return &dc->buckets[(hash ^ hash >> 16) & (uint32_t)(dc->bucket_count - 1)];
}

static void diag_grow_buckets(DiagContext *dc) {
    dc->bucket_count = dc->bucket_count ? dc->bucket_count * 2 : 64;
    dc->buckets = ARENA_ARRAY(dc->arena, int, dc->bucket_count);
    for (int i = 0; i < dc->bucket_count; i++)
        dc->buckets[i] = -1;
    for (int i = 0; i < dc->by_order.len; i++) {
        Diag *d = dc->by_order.data[i];
        int *bucket = diag_bucket(dc, d->code, d->span, d->message);
        d->next = *bucket;
        *bucket = i;
    }
}

static Diag *diag_find_same(const DiagContext *dc, DiagCode code, Span span, const char *message) {
    if (!dc->bucket_count)
        return NULL;
    for (int i = *diag_bucket(dc, code, span, message); i >= 0; i = dc->by_order.data[i]->next) {
        Diag *d = dc->by_order.data[i];
        if (d->code == code && span_equal(d->span, span) && (span.file >= 0 || strcmp(d->message, message) == 0))
            return d;
    }
    return NULL;
}

/* --- reporting --------------------------------------------------------------------------------------------------------- */

/* Applies the options; false when the diagnostic is switched off. */
static bool diag_apply_options(const DiagOptions *options, Diag *d) {
    if (diag_severity_is_error(d->severity))
        return true;
    if (options->disabled[d->code] || (options->no_warnings && d->severity == DIAG_WARNING))
        return false;
    if (options->as_error[d->code])
        d->option = arena_printf(d->dc->arena, "-Werror=%s", diag_info(d->code)->code);
    else if (options->werror && d->severity == DIAG_WARNING)
        d->option = "-Werror";
    if (d->option)
        d->severity = DIAG_ERROR;
    return true;
}

static void diag_add(DiagContext *dc, Diag *d) {
    d->order = dc->by_order.len;
    VEC_PUSH(dc->arena, &dc->by_order, d);
    VEC_PUSH(dc->arena, &dc->all, d);
    if (dc->by_order.len > dc->bucket_count) {
        diag_grow_buckets(dc);
    } else {
        int *bucket = diag_bucket(dc, d->code, d->span, d->message);
        d->next = *bucket;
        *bucket = d->order;
    }
    dc->sorted = false;
    dc->error_count += diag_severity_is_error(d->severity);
    dc->warning_count += d->severity == DIAG_WARNING;
}

Diag *diag_report(DiagContext *dc, DiagCode code, Span span, ...) {
    const DiagInfo *info = diag_info(code);
    va_list ap;
    va_start(ap, span);
    const char *message = arena_vprintf(dc->arena, info->text, ap);
    va_end(ap);
    if (!diag_file(dc, span))
        span = SPAN_NONE;
    Diag *d = diag_find_same(dc, code, span, message);
    if (d)
        return d;
    d = ARENA_NEW(dc->arena, Diag);
    *d = (Diag){.dc = dc, .code = code, .severity = info->severity, .span = span, .message = message, .next = -1};
    if (diag_apply_options(&dc->options, d))
        diag_add(dc, d); /* otherwise the caller may still attach notes to it, which nobody sees */
    return d;
}

void diag_note(Diag *diag, Span span, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(diag->dc->arena, fmt, ap);
    va_end(ap);
    for (int i = 0; i < diag->notes.len; i++)
        if (span_equal(diag->notes.data[i].span, span) && strcmp(diag->notes.data[i].text, text) == 0)
            return; /* the same report once more */
    VEC_PUSH(diag->dc->arena, &diag->notes, (DiagNote){span, text});
}

void diag_hint(Diag *diag, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(diag->dc->arena, fmt, ap);
    va_end(ap);
    for (int i = 0; i < diag->hints.len; i++)
        if (strcmp(diag->hints.data[i], text) == 0)
            return;
    VEC_PUSH(diag->dc->arena, &diag->hints, text);
}

void diag_fix(Diag *diag, Span span, const char *replacement) {
    for (int i = 0; i < diag->fixes.len; i++)
        if (span_equal(diag->fixes.data[i].span, span))
            return; /* two changes of one place cannot both be made */
    VEC_PUSH(diag->dc->arena, &diag->fixes, (DiagNote){span, arena_strdup(diag->dc->arena, replacement)});
}

/* --- order and counts -------------------------------------------------------------------------------------------------- */

static int diag_compare(const void *left, const void *right) {
    const Diag *a = *(Diag *const *)left, *b = *(Diag *const *)right;
    if ((a->span.file < 0) != (b->span.file < 0))
        return a->span.file < 0 ? 1 : -1;
    if (a->span.file != b->span.file)
        return a->span.file < b->span.file ? -1 : 1;
    if (a->span.file >= 0 && a->span.begin != b->span.begin)
        return a->span.begin < b->span.begin ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Sorting is no visible change, so that readers may take a const context. */
static void diag_sort(const DiagContext *dc) {
    if (dc->sorted)
        return;
    qsort(dc->all.data, (size_t)dc->all.len, sizeof(Diag *), diag_compare);
    ((DiagContext *)dc)->sorted = true;
}

int diag_error_count(const DiagContext *dc) { return dc->error_count; }

int diag_warning_count(const DiagContext *dc) { return dc->warning_count; }

int diag_count(const DiagContext *dc) { return dc->all.len; }

DiagCode diag_code_at(const DiagContext *dc, int index) {
    assert(index >= 0 && index < dc->all.len);
    diag_sort(dc);
    return dc->all.data[index]->code;
}

DiagSeen diag_see(const DiagContext *dc, int index, Buf *out) {
    assert(index >= 0 && index < dc->all.len);
    diag_sort(dc);
    const Diag *d = dc->all.data[index];
    diag_put_text(dc, out, d);
    return (DiagSeen){d->code, d->severity, d->span, d->message};
}

int diag_shown_count(const DiagContext *dc) {
    int errors = 0, limit = dc->options.error_limit;
    diag_sort(dc);
    for (int i = 0; i < dc->all.len; i++) {
        if (!diag_severity_is_error(dc->all.data[i]->severity))
            continue;
        if (limit > 0 && errors == limit)
            return i;
        errors++;
    }
    return dc->all.len;
}

const char *diag_limit_text(const DiagContext *dc, int shown) {
    int rest = 0;
    for (int i = shown; i < dc->all.len; i++)
        rest += diag_severity_is_error(dc->all.data[i]->severity);
    if (rest == 0)
        return NULL;
    return arena_printf(dc->arena, "stopped at %d error%s; %d more not shown (-ferror-limit=0 shows all)",
                        dc->options.error_limit, dc->options.error_limit == 1 ? "" : "s", rest);
}

void diag_render(DiagContext *dc, Buf *out) {
    diag_sort(dc);
    int shown = diag_shown_count(dc);
    switch (dc->options.format) {
    case DIAG_FORMAT_TEXT: diag_render_text(dc, shown, out); break;
    case DIAG_FORMAT_JSON: diag_render_json(dc, shown, out); break;
    case DIAG_FORMAT_SARIF: diag_render_sarif(dc, shown, out); break;
    }
}
