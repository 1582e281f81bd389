/* arena.h - region allocation.
 *
 * An Arena hands out zeroed memory that lives until the arena is freed or a mark is released; nothing is freed one by one.
 * Running out of memory goes back to the thread's ArenaRescue; every size is checked for overflow first. malloc and free appear in
 * arena.c and buf.c only. */
#ifndef PTOC_BASE_ARENA_H
#define PTOC_BASE_ARENA_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_create(void);
void arena_destroy(Arena *arena);                                 /* NULL is fine */
void *arena_alloc(Arena *arena, size_t size);                     /* zeroed, 16-byte aligned; never NULL */
void *arena_alloc_array(Arena *arena, size_t count, size_t size); /* checks count * size */
/* Grows an array made by arena_alloc_array to new_count elements; the old block stays (it is arena memory). */
void *arena_grow_array(Arena *arena, void *old, size_t old_count, size_t new_count, size_t size);
char *arena_strdup(Arena *arena, const char *s);
char *arena_strndup(Arena *arena, const char *s, size_t n);
char *arena_printf(Arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Frees what was allocated since the mark; its memory is used again. Marks are released in the reverse order of their making. */
typedef struct ArenaMark {
    void *chunk, *behind;
    size_t used;
} ArenaMark;
ArenaMark arena_mark(const Arena *arena);
void arena_release(Arena *arena, ArenaMark mark);
size_t arena_bytes(const Arena *arena); /* handed out so far, for --mem-report */
/* Where a thread goes on that has no memory left: whoever set `back` by setjmp destroys the arenas that it knows; a Buf that was being
 * written is lost. Without one the process aborts. */
typedef struct ArenaRescue {
    jmp_buf back;
    size_t wanted; /* bytes that were asked for */
} ArenaRescue;
/* Of this thread from now on (NULL: none); returns the one before, which the caller puts back. */
ArenaRescue *arena_rescue(ArenaRescue *next);
/* For the files that allocate. */
_Noreturn void arena_out_of_memory(size_t wanted);

#define ARENA_NEW(arena, T) ((T *)arena_alloc((arena), sizeof(T)))
#define ARENA_ARRAY(arena, T, n) ((T *)arena_alloc_array((arena), (size_t)(n), sizeof(T)))
#endif
