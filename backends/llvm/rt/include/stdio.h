/* stdio.h - what the runtime needs of it. */
#ifndef PTOC_LIBC_STDIO_H
#define PTOC_LIBC_STDIO_H
#include <stdarg.h>
#include <stddef.h>
typedef struct FILE FILE;
extern FILE *stderr;
int snprintf(char *out, size_t size, const char *format, ...);
int vsnprintf(char *out, size_t size, const char *format, va_list args);
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *file);
size_t fwrite(const void *data, size_t size, size_t count, FILE *file);
#endif
