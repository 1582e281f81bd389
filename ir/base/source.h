/* source.h - source files, byte spans, and their lines and columns. */
#ifndef PTOC_BASE_SOURCE_H
#define PTOC_BASE_SOURCE_H
#include <stddef.h>
#include <stdint.h>
#include "ir/base/arena.h"

/* Half-open byte range in one file. file < 0: no place (command line, internal). */
typedef struct Span {
    int32_t file;
    uint32_t begin, end;
} Span;
#define SPAN_NONE ((Span){-1, 0, 0})

typedef struct SourceFile {
    const char *path; /* as it was given, or relative to the importing file's folder */
    const char *text; /* NUL-terminated, without BOM */
    size_t size;
    uint32_t *line_begin; /* byte offset of each line */
    int line_count;
} SourceFile;

typedef struct SourceMap SourceMap;
SourceMap *source_map_create(Arena *arena);
/* Adds a text (copied into the arena) under a name; returns the file number. A leading BOM is skipped. */
int source_add(SourceMap *map, const char *path, const char *text, size_t size);
int source_count(const SourceMap *map);
const SourceFile *source_get(const SourceMap *map, int file);
/* Line and column of a byte offset, both from 1; the column counts bytes. */
void source_position(const SourceFile *file, uint32_t offset, int *line, int *column);
/* Byte offset of a line and column (clamped to the file). */
uint32_t source_offset(const SourceFile *file, int line, int column);
/* The smallest span that covers both (same file). */
Span span_join(Span a, Span b);
#endif
