/* ptoc_task.h - one call of an entry point: its error, its statistics, its scratch memory, its threads.
 *
 *   pt_run r; pt_run_begin(&r, options);      options may be NULL; clears options->error and options->stats
 *   pt_fail(&r, task, status, "text %lld", ...)  from any thread; the failure of the lowest task number is kept, so that the
 *                                             message does not depend on timing as long as tasks below it run: ask
 *   pt_skip(&r, task)                         whether a task need not run any more
 *   pt_stats_add(&r, kernel, tier, tasks)     on one thread at a time
 *   return pt_run_end(&r);                    the status; the message goes to options->error
 *
 * An arena hands out scratch by a moving mark; it belongs to one thread. */
#ifndef PTOC_TASK_H
#define PTOC_TASK_H
#include "ptoc_def.h"
#include "ptoc_rt.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#if defined(_OPENMP)
int omp_get_thread_num(void); /* all that is needed of omp.h, which not every compiler finds */
int omp_get_max_threads(void);
int omp_get_num_threads(void);
#endif

/* PT_OMP(parallel for) is the pragma, and nothing where OpenMP is off. */
#define PT_PRAGMA(text) _Pragma(#text)
#if defined(_OPENMP)
#define PT_OMP(...) PT_PRAGMA(omp __VA_ARGS__)
#else
#define PT_OMP(...)
#endif

PT_FN int pt_thread(void) {
#if defined(_OPENMP)
    return omp_get_thread_num();
#else
    return 0;
#endif
}
/* Threads of the parallel region around; 0: not known. */
PT_FN int pt_threads_here(void) {
#if defined(_OPENMP)
    return omp_get_num_threads();
#else
    return 0;
#endif
}
/* Threads a call will use: as asked for, else as OpenMP decides; 1 without OpenMP. */
PT_FN int pt_threads(const ptoc_options *options) {
#if defined(_OPENMP)
    return options && options->threads > 0 ? options->threads : omp_get_max_threads();
#else
    (void)options;
    return 1;
#endif
}

/* ---- the call ---------------------------------------------------------------------------------------------------------- */
typedef struct pt_run {
    const ptoc_options *options;
    int threads;
    int status;   /* of the failure kept */
    int64_t task; /* its number; INT64_MAX: none */
    char text[PTOC_ERROR_SIZE];
} pt_run;

PT_FN char *pt_run_error(const ptoc_options *options) { return options ? (char *)(uintptr_t)options->error : NULL; }
PT_FN void pt_run_begin(pt_run *r, const ptoc_options *options) {
    r->options = options;
    r->threads = pt_threads(options);
    r->status = PTOC_OK;
    r->task = INT64_MAX;
    r->text[0] = '\0';
    if (options) {
        pt_run_error(options)[0] = '\0';
        if (options->stats)
            memset(options->stats, 0, sizeof *options->stats);
    }
}
PT_FN int pt_run_end(pt_run *r) {
    if (r->options)
        memcpy(pt_run_error(r->options), r->text, strlen(r->text) + 1);
    return r->status;
}

PT_PRINTF(4, 5)
PT_COLD int pt_fail(pt_run *r, int64_t task, int status, const char *format, ...) {
    char text[PTOC_ERROR_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    PT_OMP(critical(ptoc_error)) {
        if (task < r->task || r->status == PTOC_OK) {
            memcpy(r->text, text, sizeof text);
            r->status = status;
            PT_OMP(atomic write)
            r->task = task;
        }
    }
    return status;
}
/* A task above one that failed: its outcome cannot matter any more. */
PT_FN int pt_skip(const pt_run *r, int64_t task) {
    int64_t failed;
    PT_OMP(atomic read)
    failed = r->task;
    return task > failed;
}

PT_COLD void pt_stats_add(pt_run *r, const char *kernel, int64_t tier, int64_t tasks) {
    ptoc_stats *s = r->options ? r->options->stats : NULL;
    int32_t i = 0;
    if (!s || tasks == 0)
        return;
    s->total += tasks;
    while (i < s->count && (s->entries[i].tier != tier || strcmp(s->entries[i].kernel, kernel) != 0))
        i++;
    if (i == PTOC_STATS_CAPACITY) {
        s->dropped++;
        return;
    }
    if (i == s->count) {
        s->entries[i].kernel = kernel;
        s->entries[i].tier = tier;
        s->count++;
    }
    s->entries[i].tasks += tasks;
}

/* ---- scratch ------------------------------------------------------------------------------------------------------------ */
#define PT_ALIGN 64
PT_FN size_t pt_align(size_t bytes) { return (bytes + (PT_ALIGN - 1)) & ~(size_t)(PT_ALIGN - 1); }

typedef struct pt_chunk {
    struct pt_chunk *next;
    char *data; /* aligned */
    size_t size;
} pt_chunk;

/* Over fixed memory, or (memory NULL) growing by malloc in chunks that are kept until pt_arena_free. */
typedef struct pt_arena {
    char *memory; /* where the next piece comes from */
    size_t size, used;
    pt_chunk *first, *current; /* NULL over fixed memory */
    int grows;
} pt_arena;

typedef struct pt_mark {
    char *memory;
    size_t size, used;
    pt_chunk *current;
} pt_mark;

PT_FN void pt_arena_init(pt_arena *a, void *memory, size_t size) {
    uintptr_t skip = (uintptr_t)(0 - (uintptr_t)memory) & (PT_ALIGN - 1);
    a->memory = memory && size >= skip ? (char *)memory + skip : NULL;
    a->size = a->memory ? size - skip : 0;
    a->used = 0;
    a->first = a->current = NULL;
    a->grows = memory == NULL;
}
PT_COLD int pt_arena_grow(pt_arena *a, size_t bytes) {
    pt_chunk *next = a->current ? a->current->next : a->first;
    if (!next || next->size < bytes) {
        size_t size = a->size * 2 > bytes ? a->size * 2 : bytes;
        size = size < 65536 ? 65536 : size;
        if (size > SIZE_MAX - sizeof(pt_chunk) - PT_ALIGN)
            return 0;
        pt_chunk *made = (pt_chunk *)malloc(sizeof(pt_chunk) + PT_ALIGN + size);
        if (!made)
            return 0;
        made->data = (char *)(made + 1);
        made->data += (uintptr_t)(0 - (uintptr_t)made->data) & (PT_ALIGN - 1);
        made->size = size;
        made->next = next;
        *(a->current ? &a->current->next : &a->first) = made;
        next = made;
    }
    a->current = next;
    a->memory = next->data;
    a->size = next->size;
    a->used = 0;
    return 1;
}
/* Memory aligned to 64 bytes, contents undefined; NULL when there is none. */
PT_FN void *pt_arena_take(pt_arena *a, size_t bytes) {
    size_t need = pt_align(bytes ? bytes : 1);
    char *p;
    if (need < bytes || ((!a->memory || a->size - a->used < need) && !(a->grows && pt_arena_grow(a, need))))
        return NULL;
    p = a->memory + a->used;
    a->used += need;
    return p;
}
PT_FN pt_mark pt_arena_mark(const pt_arena *a) {
    pt_mark m;
    m.memory = a->memory;
    m.size = a->size;
    m.used = a->used;
    m.current = a->current;
    return m;
}
/* Everything taken since the mark is free again. */
PT_FN void pt_arena_release(pt_arena *a, pt_mark m) {
    a->memory = m.memory;
    a->size = m.size;
    a->used = m.used;
    a->current = m.current;
}
PT_FN void pt_arena_free(pt_arena *a) {
    for (pt_chunk *c = a->first; c;) {
        pt_chunk *next = c->next;
        free(c);
        c = next;
    }
    a->first = a->current = NULL;
    a->memory = NULL;
    a->size = a->used = 0;
}
#endif
