/* buf.h - a text buffer that grows. All output of the compiler is built in one and reaches the disk at once. */
#ifndef PTOC_BASE_BUF_H
#define PTOC_BASE_BUF_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Buf {
    char *data; /* NUL-terminated once anything was written; NULL while empty */
    size_t len, cap;
} Buf;

void buf_free(Buf *buf);
void buf_clear(Buf *buf);
void buf_putc(Buf *buf, char c);
void buf_puts(Buf *buf, const char *s);
void buf_write(Buf *buf, const void *data, size_t n);
void buf_printf(Buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(Buf *buf, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Makes room for n more bytes and a NUL, so that a caller may write into data + len itself. */
void buf_reserve(Buf *buf, size_t n);
void buf_indent(Buf *buf, int columns); /* that many spaces */
void buf_vline(Buf *buf, int columns, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));         /* a line behind them */
void buf_put_c_string(Buf *buf, const char *s);    /* "..." with C escapes */
void buf_put_json_string(Buf *buf, const char *s); /* "..." with JSON escapes; invalid UTF-8 becomes U+FFFD */
const char *buf_text(const Buf *buf);              /* "" while empty */

/* Writes the buffer to `path` through a temporary file beside it and a rename (O_TMPFILE + linkat where it works), so that
 * readers see the old file or the whole new one. Returns 0, or an errno value. */
int buf_save(const Buf *buf, const char *path);
/* Appends the whole file. Returns 0, or an errno value; EFBIG when it is larger than `limit` bytes. */
int buf_load(Buf *buf, const char *path, size_t limit);
int buf_load_fd(Buf *buf, int fd, size_t limit);
/* Appends the absolute path without symbolic links, or the path as it is where there is no such file. */
void buf_put_real_path(Buf *buf, const char *path);
#endif
