#include "ir/base/source.h"

#include <assert.h>
#include <string.h>

#include "ir/base/vec.h"

struct SourceMap {
    Arena *arena;
    VEC(SourceFile *) files;
};

SourceMap *source_map_create(Arena *arena) {
    SourceMap *map = ARENA_NEW(arena, SourceMap);
    map->arena = arena;
    return map;
}

/* A line ends behind its '\n'; a text that ends in one has an empty last line, where the end of the file is. */
static void source_index_lines(Arena *arena, SourceFile *file) {
    int count = 1;
    for (size_t i = 0; i < file->size; i++)
        count += file->text[i] == '\n';
    file->line_begin = ARENA_ARRAY(arena, uint32_t, count);
    file->line_count = count;
    int line = 1;
    for (size_t i = 0; i < file->size; i++)
        if (file->text[i] == '\n')
            file->line_begin[line++] = (uint32_t)i + 1;
}

int source_add(SourceMap *map, const char *path, const char *text, size_t size) {
    assert(size < INT32_MAX);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    SourceFile *file = ARENA_NEW(map->arena, SourceFile);
    char *copy = arena_alloc(map->arena, size + 1);
    if (size)
        memcpy(copy, text, size);
    file->path = arena_strdup(map->arena, path);
    file->text = copy;
    file->size = size;
    source_index_lines(map->arena, file);
    VEC_PUSH(map->arena, &map->files, file);
    return map->files.len - 1;
}

int source_count(const SourceMap *map) { return map->files.len; }

const SourceFile *source_get(const SourceMap *map, int file) {
    assert(file >= 0 && file < map->files.len);
    return map->files.data[file];
}

void source_position(const SourceFile *file, uint32_t offset, int *line, int *column) {
    if (offset > file->size)
        offset = (uint32_t)file->size;
    int low = 0, high = file->line_count; /* line_begin[low] <= offset < line_begin[high] */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (file->line_begin[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *line = low + 1;
    *column = (int)(offset - file->line_begin[low]) + 1;
}

uint32_t source_offset(const SourceFile *file, int line, int column) {
    if (line < 1)
        return 0;
    if (line > file->line_count)
        return (uint32_t)file->size;
    uint32_t begin = file->line_begin[line - 1];
    uint32_t end = line < file->line_count ? file->line_begin[line] - 1 : (uint32_t)file->size;
    uint32_t skip = column > 1 ? (uint32_t)column - 1 : 0;
    return skip > end - begin ? end : begin + skip;
}

Span span_join(Span a, Span b) {
    if (a.file < 0)
        return b;
    if (b.file < 0)
        return a;
    assert(a.file == b.file);
    return (Span){a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}
