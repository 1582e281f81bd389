/* stdlib.h - what the runtime needs of it. */
#ifndef PTOC_LIBC_STDLIB_H
#define PTOC_LIBC_STDLIB_H
#include <stddef.h>
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void free(void *memory);
double strtod(const char *text, char **end);
long strtol(const char *text, char **end, int base);
char *getenv(const char *name);
int posix_memalign(void **out, size_t align, size_t size);
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
#endif
