#include "ir/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ARENA_ALIGN = 16,
    ARENA_FIRST_CHUNK = 32 * 1024,
    ARENA_HUGE_PAGE = 2 * 1024 * 1024,
    ARENA_LAST_CHUNK = 4 * ARENA_HUGE_PAGE,
};

/* A chunk's memory comes zeroed, and what a mark gives back is cleared, so that an allocation needs no clearing. */
typedef struct ArenaChunk {
    struct ArenaChunk *next;
    size_t size;   /* of data */
    size_t used;   /* of data, while it is not the current one */
    size_t mapped; /* bytes of a mapping; 0: from calloc */
    alignas(ARENA_ALIGN) unsigned char data[];
} ArenaChunk;

struct Arena {
    ArenaChunk *chunks; /* the current one first */
    ArenaChunk *spare;  /* cleared ones for later */
    size_t used;        /* bytes of the current chunk */
    size_t next_size;
    size_t bytes;
};

static _Thread_local ArenaRescue *rescue;

ArenaRescue *arena_rescue(ArenaRescue *next) {
    ArenaRescue *before = rescue;
    rescue = next;
    return before;
}

_Noreturn void arena_out_of_memory(size_t wanted) {
    if (!rescue)
        abort();
    rescue->wanted = wanted;
    longjmp(rescue->back, 1);
}

Arena *arena_create(void) {
    Arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        arena_out_of_memory(sizeof *arena);
    arena->next_size = ARENA_FIRST_CHUNK;
    return arena;
}

static void free_chunk(ArenaChunk *chunk) {
    if (chunk->mapped)
        munmap(chunk, chunk->mapped);
    else
        free(chunk);
}

static void free_chunks(ArenaChunk *chunk) {
    for (ArenaChunk *next; chunk; chunk = next) {
        next = chunk->next;
        free_chunk(chunk);
    }
}

void arena_destroy(Arena *arena) {
    if (!arena)
        return;
    free_chunks(arena->chunks);
    free_chunks(arena->spare);
    free(arena);
}

/* Large compilations touch hundreds of megabytes once: huge pages, where the system has them, halve the time. NULL: none to be had. */
static ArenaChunk *map_chunk(size_t bytes) {
    unsigned char *all =
        mmap(NULL, bytes + ARENA_HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t before = (size_t)(-(uintptr_t)all & (ARENA_HUGE_PAGE - 1)), after = ARENA_HUGE_PAGE - before;
    if (before)
        munmap(all, before);
    if (after)
        munmap(all + before + bytes, after);
    ArenaChunk *chunk = (ArenaChunk *)(void *)(all + before);
    (void)madvise(chunk, bytes, MADV_HUGEPAGE); /* a wish */
    chunk->mapped = bytes;
    return chunk;
}

static ArenaChunk *arena_new_chunk(size_t size) {
    ArenaChunk *chunk = NULL;
    if (size <= SIZE_MAX / 2) {
        size_t bytes = sizeof(ArenaChunk) + size;
        chunk = bytes < ARENA_HUGE_PAGE ? calloc(1, bytes)
                                        : map_chunk((bytes + ARENA_HUGE_PAGE - 1) / ARENA_HUGE_PAGE * ARENA_HUGE_PAGE);
    }
    if (!chunk)
        arena_out_of_memory(size);
    chunk->size = chunk->mapped ? chunk->mapped - sizeof(ArenaChunk) : size;
    return chunk;
}

/* A large block gets a chunk of its own behind the current one, whose free rest stays in use. */
static void *arena_alloc_large(Arena *arena, size_t size) {
    ArenaChunk *chunk = arena_new_chunk(size);
    if (arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        arena->chunks = chunk;
        arena->used = size;
    }
    chunk->used = size;
    return chunk->data;
}

/* Makes a chunk with room for `size` bytes the current one: a spare one or one that is larger than all before. */
static void arena_next_chunk(Arena *arena, size_t size) {
    ArenaChunk *chunk = arena->spare;
    if (chunk && chunk->size >= size) {
        arena->spare = chunk->next;
    } else {
        chunk = arena_new_chunk(arena->next_size);
        if (arena->next_size < ARENA_LAST_CHUNK)
            arena->next_size *= 2;
    }
    if (arena->chunks)
        arena->chunks->used = arena->used;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->used = 0;
}

void *arena_alloc(Arena *arena, size_t size) {
    if (size > SIZE_MAX - ARENA_ALIGN)
        arena_out_of_memory(size);
    size_t rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (rounded == 0)
        rounded = ARENA_ALIGN; /* distinct objects have distinct addresses */
    arena->bytes += rounded;
    if (!arena->chunks || arena->chunks->size - arena->used < rounded) {
        if (rounded > arena->next_size / 4)
            return arena_alloc_large(arena, rounded);
        arena_next_chunk(arena, rounded);
    }
    void *p = arena->chunks->data + arena->used;
    arena->used += rounded;
    return p;
}

void *arena_alloc_array(Arena *arena, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        arena_out_of_memory(SIZE_MAX);
    return arena_alloc(arena, count * size);
}

void *arena_grow_array(Arena *arena, void *old, size_t old_count, size_t new_count, size_t size) {
    assert(new_count >= old_count);
    void *grown = arena_alloc_array(arena, new_count, size);
    if (old_count)
        memcpy(grown, old, old_count * size);
    return grown;
}

char *arena_strdup(Arena *arena, const char *s) {
    size_t n = strlen(s);
    return memcpy(arena_alloc(arena, n + 1), s, n);
}

char *arena_strndup(Arena *arena, const char *s, size_t n) {
    size_t length = strnlen(s, n);
    return memcpy(arena_alloc(arena, length + 1), s, length);
}

/* Most texts are short: one that fits is formatted once. */
char *arena_vprintf(Arena *arena, const char *fmt, va_list ap) {
    char text[256];
    va_list again;
    va_copy(again, ap);
    int length = vsnprintf(text, sizeof text, fmt, ap);
    assert(length >= 0);
    char *s = arena_alloc(arena, (size_t)length + 1);
    if ((size_t)length < sizeof text)
        memcpy(s, text, (size_t)length + 1);
    else
        vsnprintf(s, (size_t)length + 1, fmt, again);
    va_end(again);
    return s;
}

char *arena_printf(Arena *arena, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *s = arena_vprintf(arena, fmt, ap);
    va_end(ap);
    return s;
}

/* ---- marks ---- */

ArenaMark arena_mark(const Arena *arena) {
    return (ArenaMark){arena->chunks, arena->chunks ? arena->chunks->next : NULL, arena->used};
}

/* The largest spare chunk stays in front. Under the address sanitizer none is kept: what is used behind its mark shows. */
static void spare_chunk(Arena *arena, ArenaChunk *chunk) {
#if defined(__SANITIZE_ADDRESS__)
    (void)arena;
    free_chunk(chunk);
#else
    memset(chunk->data, 0, chunk->used);
    ArenaChunk **at = &arena->spare;
    if (*at && (*at)->size > chunk->size)
        at = &(*at)->next;
    chunk->next = *at;
    *at = chunk;
#endif
}

void arena_release(Arena *arena, ArenaMark mark) {
    if (arena->chunks)
        arena->chunks->used = arena->used;
    for (ArenaChunk *chunk = arena->chunks, *next; chunk != mark.chunk; chunk = next) {
        next = chunk->next;
        spare_chunk(arena, chunk);
    }
    arena->chunks = mark.chunk;
    arena->used = mark.used;
    if (!mark.chunk)
        return;
    /* Large blocks stand behind the chunk that was the current one. */
    for (ArenaChunk *chunk = arena->chunks->next, *next; chunk != mark.behind; chunk = next) {
        next = chunk->next;
        spare_chunk(arena, chunk);
    }
    arena->chunks->next = mark.behind;
    memset(arena->chunks->data + mark.used, 0, arena->chunks->used - mark.used);
}

size_t arena_bytes(const Arena *arena) { return arena->bytes; }
