/* Diagnostics as text for people: the message, the source line, the range underlined, notes, hints. */
#include <string.h>

#include "ir/base/diag_impl.h"
#include "ir/base/str.h"

enum {
    TEXT_LINE_LIMIT = 160, /* bytes of a source line that are shown whole */
    TEXT_LINE_BEFORE = 60, /* of a longer one, before the place */
};

typedef enum TextStyle { STYLE_PLACE, STYLE_REMARK, STYLE_WARNING, STYLE_ERROR, STYLE_NOTE, STYLE_RANGE } TextStyle;

static const char *style_code(TextStyle style) {
    switch (style) {
    case STYLE_PLACE: return "\033[1m";
    case STYLE_REMARK: return "\033[1;34m";
    case STYLE_WARNING: return "\033[1;35m";
    case STYLE_ERROR: return "\033[1;31m";
    case STYLE_NOTE: return "\033[1;36m";
    case STYLE_RANGE: return "\033[1;32m";
    }
    return "";
}

static void put_styled(const DiagContext *dc, Buf *out, TextStyle style, const char *text) {
    if (dc->options.color)
        buf_puts(out, style_code(style));
    buf_puts(out, text);
    if (dc->options.color)
        buf_puts(out, "\033[0m");
}

static TextStyle severity_style(DiagSeverity severity) {
    switch (severity) {
    case DIAG_REMARK: return STYLE_REMARK;
    case DIAG_WARNING: return STYLE_WARNING;
    case DIAG_ERROR:
    case DIAG_FATAL: return STYLE_ERROR;
    }
    return STYLE_ERROR;
}

/* "file:line:column: ", or `without` where there is no place. */
static void put_place(const DiagContext *dc, Buf *out, Span span, const char *without) {
    const SourceFile *file = diag_file(dc, span);
    const char *text = without;
    if (file) {
        int line, column;
        source_position(file, span.begin, &line, &column);
        text = arena_printf(dc->arena, "%s:%d:%d: ", file->path, line, column);
    }
    if (*text)
        put_styled(dc, out, STYLE_PLACE, text);
}

/* The bytes of one character and what the terminal gets for it; sources may hold anything. */
static int put_source_char(Buf *out, const char *s, size_t n) {
    int length = str_utf8_length(s, n);
    unsigned char c = (unsigned char)s[0];
    if (length == 0 || (c < 0x20 && c != '\t') || c == 0x7F) {
        buf_putc(out, '?');
        return 1;
    }
    buf_write(out, s, (size_t)length);
    return length;
}

static bool continues_char(const char *s, uint32_t at, uint32_t begin, uint32_t end) {
    return at > begin && at < end && ((unsigned char)s[at] & 0xC0) == 0x80;
}

/* The line of the span's begin, and below it ^~~~ under the part of the span that is on this line. Tabs are kept in both,
 * one column a character. Of a very long line only the neighbourhood is shown. */
static void put_source_line(const DiagContext *dc, Buf *out, const SourceFile *file, Span span) {
    int line, column;
    source_position(file, span.begin, &line, &column);
    uint32_t begin = file->line_begin[line - 1];
    uint32_t end = source_offset(file, line, INT32_MAX);
    if (end > begin && file->text[end - 1] == '\r')
        end--;
    uint32_t from = span.begin < end ? span.begin : end;
    uint32_t to = span.end < end ? span.end : end;
    bool cut_left = false, cut_right = false;
    if (end - begin > TEXT_LINE_LIMIT) {
        if (from - begin > TEXT_LINE_BEFORE) {
            begin = from - TEXT_LINE_BEFORE;
            cut_left = true;
        }
        if (end - begin > TEXT_LINE_LIMIT) {
            end = begin + TEXT_LINE_LIMIT;
            cut_right = true;
        }
        while (continues_char(file->text, begin, 0, from))
            begin++;
        while (continues_char(file->text, end, from, (uint32_t)file->size))
            end--;
        to = to < end ? to : end;
    }
    Buf under = {0};
    if (cut_left) {
        buf_puts(out, "...");
        buf_puts(&under, "   ");
    }
    for (uint32_t at = begin; at < end;) {
        int length = put_source_char(out, file->text + at, end - at);
        if (at < from)
            buf_putc(&under, file->text[at] == '\t' ? '\t' : ' ');
        else if (at > from && at < to)
            buf_putc(&under, '~');
        else if (at == from)
            buf_putc(&under, '^');
        at += (uint32_t)length;
    }
    if (from >= end)
        buf_putc(&under, '^'); /* at the end of the line */
    buf_puts(out, cut_right ? "...\n" : "\n");
    size_t blank = strspn(buf_text(&under), " \t");
    buf_write(out, buf_text(&under), blank);
    put_styled(dc, out, STYLE_RANGE, buf_text(&under) + blank);
    buf_putc(out, '\n');
    buf_free(&under);
}

static void put_range(const DiagContext *dc, Buf *out, Span span) {
    const SourceFile *file = diag_file(dc, span);
    if (file)
        put_source_line(dc, out, file, span);
}

void diag_put_text(const DiagContext *dc, Buf *out, const Diag *d) {
    put_place(dc, out, d->span, "ptoc: ");
    put_styled(dc, out, severity_style(d->severity), arena_printf(dc->arena, "%s:", diag_severity_name(d->severity)));
    buf_printf(out, " [%s] %s", diag_info(d->code)->code, d->message);
    if (d->option)
        buf_printf(out, " [%s]", d->option);
    buf_putc(out, '\n');
    put_range(dc, out, d->span);
    for (int i = 0; i < d->notes.len; i++) {
        put_place(dc, out, d->notes.data[i].span, "");
        put_styled(dc, out, STYLE_NOTE, "note:");
        buf_printf(out, " %s\n", d->notes.data[i].text);
        put_range(dc, out, d->notes.data[i].span);
    }
    for (int i = 0; i < d->hints.len; i++) {
        put_styled(dc, out, STYLE_NOTE, "hint:");
        buf_printf(out, " %s\n", d->hints.data[i]);
    }
}

void diag_render_text(const DiagContext *dc, int shown, Buf *out) {
    for (int i = 0; i < shown; i++)
        diag_put_text(dc, out, dc->all.data[i]);
    const char *limit = diag_limit_text(dc, shown);
    if (limit)
        buf_printf(out, "ptoc: %s\n", limit);
}
