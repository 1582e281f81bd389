#include "ir/base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/base/arena.h"
#include "ir/base/str.h"

void buf_free(Buf *buf) {
    free(buf->data);
    *buf = (Buf){0};
}

void buf_clear(Buf *buf) {
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_reserve(Buf *buf, size_t n) {
    if (n > SIZE_MAX / 2 - buf->len - 1)
        arena_out_of_memory(n);
    size_t need = buf->len + n + 1;
    if (need <= buf->cap)
        return;
    size_t cap = buf->cap < 256 ? 256 : buf->cap * 2;
    while (cap < need)
        cap *= 2;
    char *data = realloc(buf->data, cap);
    if (!data)
        arena_out_of_memory(cap);
    buf->data = data;
    buf->cap = cap;
}

void buf_write(Buf *buf, const void *data, size_t n) {
    buf_reserve(buf, n);
    if (n)
        memcpy(buf->data + buf->len, data, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
}

void buf_putc(Buf *buf, char c) { buf_write(buf, &c, 1); }

void buf_puts(Buf *buf, const char *s) { buf_write(buf, s, strlen(s)); }

void buf_vprintf(Buf *buf, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    buf_reserve(buf, 128);
    size_t room = buf->cap - buf->len;
    int n = vsnprintf(buf->data + buf->len, room, fmt, ap);
    assert(n >= 0);
    if ((size_t)n >= room) {
        buf_reserve(buf, (size_t)n);
        vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    buf->len += (size_t)n;
}

void buf_printf(Buf *buf, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(buf, fmt, ap);
    va_end(ap);
}

void buf_indent(Buf *buf, int columns) {
    size_t n = columns > 0 ? (size_t)columns : 0;
    buf_reserve(buf, n);
    memset(buf->data + buf->len, ' ', n);
    buf->len += n;
    buf->data[buf->len] = '\0';
}

void buf_vline(Buf *buf, int columns, const char *fmt, va_list ap) {
    buf_indent(buf, columns);
    buf_vprintf(buf, fmt, ap);
    buf_putc(buf, '\n');
}

/* The letter of a one-character escape that C and JSON share, or 0. */
static char escape_letter(char c) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

void buf_put_c_string(Buf *buf, const char *s) {
    buf_putc(buf, '"');
    for (const char *p = s; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (escape_letter(*p)) {
            buf_putc(buf, '\\');
            buf_putc(buf, escape_letter(*p));
        } else if (c == '?' && p > s && p[-1] == '?') {
            buf_puts(buf, "\\?"); /* no trigraphs */
        } else if (c < 0x20 || c >= 0x7F) {
            buf_printf(buf, "\\%03o", c); /* three digits: the next character cannot join in */
        } else {
            buf_putc(buf, *p);
        }
    }
    buf_putc(buf, '"');
}

void buf_put_json_string(Buf *buf, const char *s) {
    size_t n = strlen(s);
    buf_putc(buf, '"');
    for (size_t i = 0; i < n;) {
        int length = str_utf8_length(s + i, n - i);
        unsigned char c = (unsigned char)s[i];
        if (length == 0) {
            buf_puts(buf, "\xEF\xBF\xBD"); /* U+FFFD */
            length = 1;
        } else if (escape_letter(s[i])) {
            buf_putc(buf, '\\');
            buf_putc(buf, escape_letter(s[i]));
        } else if (c < 0x20 || c == 0x7F) {
            buf_printf(buf, "\\u%04x", c);
        } else {
            buf_write(buf, s + i, (size_t)length);
        }
        i += (size_t)length;
    }
    buf_putc(buf, '"');
}

const char *buf_text(const Buf *buf) { return buf->data ? buf->data : ""; }

void buf_put_real_path(Buf *buf, const char *path) {
    char *real = realpath(path, NULL);
    buf_puts(buf, real ? real : path);
    free(real);
}
