/* Diagnostics for programs: JSON lines, and one SARIF 2.1.0 document. */
#include <string.h>

#include "ir/base/diag_impl.h"
#include "ir/base/str.h"

typedef struct TextRegion {
    const SourceFile *file;
    uint32_t begin, end; /* bytes, within the file */
    int line, column, end_line, end_column;
} TextRegion;

static bool region_of(const DiagContext *dc, Span span, TextRegion *r) {
    r->file = diag_file(dc, span);
    if (!r->file)
        return false;
    uint32_t size = (uint32_t)r->file->size;
    r->begin = span.begin < size ? span.begin : size;
    r->end = span.end < r->begin ? r->begin : span.end < size ? span.end : size;
    source_position(r->file, r->begin, &r->line, &r->column);
    source_position(r->file, r->end, &r->end_line, &r->end_column);
    return true;
}

static void put_key_string(Buf *out, const char *key, const char *value) {
    buf_printf(out, "\"%s\":", key);
    buf_put_json_string(out, value);
}

/* --- JSON ----------------------------------------------------------------------------------------------------------------- */

static void json_put_region(Buf *out, const TextRegion *r) {
    put_key_string(out, "file", r->file->path);
    buf_printf(out, ",\"begin\":%u,\"end\":%u,\"line\":%d,\"column\":%d,\"end_line\":%d,\"end_column\":%d", r->begin,
               r->end, r->line, r->column, r->end_line, r->end_column);
}

static void json_put_ranges(const DiagContext *dc, Buf *out, Span span) {
    TextRegion r;
    buf_puts(out, "\"ranges\":[");
    if (region_of(dc, span, &r)) {
        buf_putc(out, '{');
        json_put_region(out, &r);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void json_put_fixes(const DiagContext *dc, Buf *out, const Diag *d) {
    const char *separator = "";
    buf_puts(out, "\"fixes\":[");
    for (int i = 0; i < d->fixes.len; i++) {
        TextRegion r;
        if (!region_of(dc, d->fixes.data[i].span, &r))
            continue;
        buf_printf(out, "%s{", separator);
        json_put_region(out, &r);
        buf_putc(out, ',');
        put_key_string(out, "replacement", d->fixes.data[i].text);
        buf_putc(out, '}');
        separator = ",";
    }
    buf_putc(out, ']');
}

static void json_put_diag(const DiagContext *dc, Buf *out, const Diag *d) {
    buf_putc(out, '{');
    put_key_string(out, "code", diag_info(d->code)->code);
    buf_putc(out, ',');
    put_key_string(out, "severity", diag_severity_name(d->severity));
    buf_putc(out, ',');
    put_key_string(out, "message", d->message);
    if (d->option) {
        buf_putc(out, ',');
        put_key_string(out, "option", d->option);
    }
    buf_putc(out, ',');
    json_put_ranges(dc, out, d->span);
    buf_puts(out, ",\"notes\":[");
    for (int i = 0; i < d->notes.len; i++) {
        buf_puts(out, i ? ",{" : "{");
        put_key_string(out, "message", d->notes.data[i].text);
        buf_putc(out, ',');
        json_put_ranges(dc, out, d->notes.data[i].span);
        buf_putc(out, '}');
    }
    buf_puts(out, "],\"hints\":[");
    for (int i = 0; i < d->hints.len; i++) {
        buf_puts(out, i ? "," : "");
        buf_put_json_string(out, d->hints.data[i]);
    }
    buf_puts(out, "],");
    json_put_fixes(dc, out, d);
    buf_puts(out, "}\n");
}

void diag_render_json(const DiagContext *dc, int shown, Buf *out) {
    for (int i = 0; i < shown; i++)
        json_put_diag(dc, out, dc->all.data[i]);
    const char *limit = diag_limit_text(dc, shown);
    if (limit) {
        buf_puts(out, "{\"severity\":\"note\",");
        put_key_string(out, "message", limit);
        buf_puts(out, ",\"ranges\":[],\"notes\":[],\"hints\":[],\"fixes\":[]}\n");
    }
}

/* --- SARIF ---------------------------------------------------------------------------------------------------------------- */

static const char *sarif_level(DiagSeverity severity) {
    switch (severity) {
    case DIAG_REMARK: return "note";
    case DIAG_WARNING: return "warning";
    case DIAG_ERROR:
    case DIAG_FATAL: return "error";
    }
    return "error";
}

/* SARIF counts characters, not bytes. */
static int column_in_chars(const SourceFile *file, int line, int column) {
    const char *s = file->text + file->line_begin[line - 1];
    size_t n = (size_t)column - 1;
    int count = 1;
    for (size_t i = 0; i < n; count++) {
        int length = str_utf8_length(s + i, n - i);
        i += length ? (size_t)length : 1;
    }
    return count;
}

static void sarif_put_uri(Buf *out, const char *path) {
    buf_putc(out, '"');
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
                     strchr("/-._~", *p) != NULL;
        if (plain)
            buf_putc(out, (char)*p);
        else
            buf_printf(out, "%%%02X", *p);
    }
    buf_putc(out, '"');
}

static void sarif_put_artifact(Buf *out, const TextRegion *r) {
    buf_puts(out, "\"artifactLocation\":{\"uri\":");
    sarif_put_uri(out, r->file->path);
    buf_putc(out, '}');
}

static void sarif_put_region(Buf *out, const char *key, const TextRegion *r) {
    buf_printf(out, "\"%s\":{\"startLine\":%d,\"startColumn\":%d,\"endLine\":%d,\"endColumn\":%d,", key, r->line,
               column_in_chars(r->file, r->line, r->column), r->end_line,
               column_in_chars(r->file, r->end_line, r->end_column));
    buf_printf(out, "\"byteOffset\":%u,\"byteLength\":%u}", r->begin, r->end - r->begin);
}

static void sarif_put_place(Buf *out, const TextRegion *r) {
    buf_puts(out, "\"physicalLocation\":{");
    sarif_put_artifact(out, r);
    buf_putc(out, ',');
    sarif_put_region(out, "region", r);
    buf_putc(out, '}');
}

static void sarif_put_message(Buf *out, const char *text) {
    buf_puts(out, "\"message\":{");
    put_key_string(out, "text", text);
    buf_putc(out, '}');
}

static void sarif_put_notes(const DiagContext *dc, Buf *out, const Diag *d) {
    if (d->notes.len == 0)
        return;
    buf_puts(out, ",\"relatedLocations\":[");
    for (int i = 0; i < d->notes.len; i++) {
        TextRegion r;
        buf_printf(out, "%s{\"id\":%d,", i ? "," : "", i);
        if (region_of(dc, d->notes.data[i].span, &r)) {
            sarif_put_place(out, &r);
            buf_putc(out, ',');
        }
        sarif_put_message(out, d->notes.data[i].text);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void sarif_put_fixes(const DiagContext *dc, Buf *out, const Diag *d) {
    int count = 0;
    for (int i = 0; i < d->fixes.len; i++) {
        TextRegion r;
        if (!region_of(dc, d->fixes.data[i].span, &r))
            continue;
        buf_puts(out, count++ ? "," : ",\"fixes\":[{\"artifactChanges\":[");
        buf_putc(out, '{');
        sarif_put_artifact(out, &r);
        buf_puts(out, ",\"replacements\":[{");
        sarif_put_region(out, "deletedRegion", &r);
        buf_puts(out, ",\"insertedContent\":{");
        put_key_string(out, "text", d->fixes.data[i].text);
        buf_puts(out, "}}]}");
    }
    buf_puts(out, count ? "]}]" : "");
}

static void sarif_put_result(const DiagContext *dc, Buf *out, const Diag *d, int rule) {
    Buf text = {0};
    TextRegion r;
    buf_puts(&text, d->message);
    for (int i = 0; i < d->hints.len; i++)
        buf_printf(&text, "\nhint: %s", d->hints.data[i]);
    buf_putc(out, '{');
    put_key_string(out, "ruleId", diag_info(d->code)->code);
    buf_printf(out, ",\"ruleIndex\":%d,", rule);
    put_key_string(out, "level", sarif_level(d->severity));
    buf_putc(out, ',');
    sarif_put_message(out, buf_text(&text));
    buf_free(&text);
    if (region_of(dc, d->span, &r)) {
        buf_puts(out, ",\"locations\":[{");
        sarif_put_place(out, &r);
        buf_puts(out, "}]");
    }
    sarif_put_notes(dc, out, d);
    sarif_put_fixes(dc, out, d);
    buf_putc(out, '}');
}

static void sarif_put_rule(Buf *out, const DiagInfo *info) {
    buf_putc(out, '{');
    put_key_string(out, "id", info->code);
    buf_putc(out, ',');
    put_key_string(out, "name", info->name);
    buf_puts(out, ",\"fullDescription\":{");
    put_key_string(out, "text", info->explain);
    buf_puts(out, "}}");
}

/* The rules in the order of their first result; fills the index of each. */
static void sarif_put_rules(const DiagContext *dc, int shown, int *rule_of, Buf *out) {
    int count = 0;
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        rule_of[i] = -1;
    for (int i = 0; i < shown; i++) {
        DiagCode code = dc->all.data[i]->code;
        if (rule_of[code] >= 0)
            continue;
        buf_puts(out, count ? ",\n" : "\n");
        sarif_put_rule(out, diag_info(code));
        rule_of[code] = count++;
    }
}

void diag_render_sarif(const DiagContext *dc, int shown, Buf *out) {
    int rule_of[DIAG_CODE_COUNT];
    buf_puts(out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n"
                  "\"tool\":{\"driver\":{\"name\":\"ptoc\",\"rules\":[");
    sarif_put_rules(dc, shown, rule_of, out);
    buf_puts(out, "]}},\n\"columnKind\":\"unicodeCodePoints\",\n");
    const char *limit = diag_limit_text(dc, shown);
    if (limit) {
        buf_puts(out, "\"invocations\":[{\"executionSuccessful\":false,\"toolExecutionNotifications\":[{");
        sarif_put_message(out, limit);
        buf_puts(out, "}]}],\n");
    }
    buf_puts(out, "\"results\":[");
    for (int i = 0; i < shown; i++) {
        buf_puts(out, i ? ",\n" : "\n");
        sarif_put_result(dc, out, dc->all.data[i], rule_of[dc->all.data[i]->code]);
    }
    buf_puts(out, "]}]}\n");
}
