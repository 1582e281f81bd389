/* pool.h - the threads of parallel loops in objects that ptoc makes by itself.
 *
 *   pt_pool_run(threads, count, body, context)    body(context, i, thread) for every i in [0, count), in any order; thread < threads
 *
 * Where the program has an OpenMP runtime (libgomp, libomp: both have GOMP_parallel), its threads are used; else threads are made for
 * the loop. There is no state beyond the call. */
#ifndef PTOC_POOL_H
#define PTOC_POOL_H
#include "ptoc_def.h"
#include <pthread.h>
#include <stdlib.h>

extern void GOMP_parallel(void (*run)(void *), void *user, unsigned threads, unsigned flags) __attribute__((weak));
extern int omp_get_max_threads(void) __attribute__((weak));
extern long sysconf(int name);

enum { PT_POOL_MOST = 1024, PT_POOL_PROCESSORS = 84 /* _SC_NPROCESSORS_ONLN on Linux */ };

typedef struct pt_pool {
    void (*body)(void *context, int64_t i, int thread);
    void *context;
    int64_t count, next;
    int threads;
} pt_pool;

/* As OpenMP decides; without it, $OMP_NUM_THREADS or the processors. */
int pt_pool_threads(void) {
    const char *text;
    long n = 0;
    if (omp_get_max_threads)
        return omp_get_max_threads();
    text = getenv("OMP_NUM_THREADS");
    if (text)
        n = strtol(text, NULL, 10);
    if (n < 1)
        n = sysconf(PT_POOL_PROCESSORS);
    return n < 1 ? 1 : n > PT_POOL_MOST ? PT_POOL_MOST : (int)n;
}

PT_FN void pt_pool_work(void *user) {
    pt_pool *pool = (pt_pool *)user;
    int thread = __atomic_fetch_add(&pool->threads, 1, __ATOMIC_RELAXED);
    for (;;) {
        int64_t i = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED);
        if (i >= pool->count)
            break;
        pool->body(pool->context, i, thread);
    }
}

PT_FN void *pt_pool_main(void *user) {
    pt_pool_work(user);
    return NULL;
}

/* Threads of our own. Fewer than asked for are enough. */
PT_COLD void pt_pool_start(pt_pool *pool, int threads) {
    pthread_t *made = threads > 1 ? (pthread_t *)malloc((size_t)threads * sizeof *made) : NULL;
    int n = 0;
    while (made && n < threads - 1 && pthread_create(&made[n], NULL, pt_pool_main, pool) == 0)
        n++;
    pt_pool_work(pool);
    for (int i = 0; i < n; i++)
        pthread_join(made[i], NULL);
    free(made);
}

PT_FN void pt_pool_run(int threads, int64_t count, void (*body)(void *context, int64_t i, int thread), void *context) {
    pt_pool pool;
    if (threads <= 1 || count <= 1) {
        for (int64_t i = 0; i < count; i++)
            body(context, i, 0);
        return;
    }
    pool.body = body;
    pool.context = context;
    pool.count = count;
    pool.next = 0;
    pool.threads = 0;
    if (GOMP_parallel)
        GOMP_parallel(pt_pool_work, &pool, (unsigned)threads, 0);
    else
        pt_pool_start(&pool, threads);
}

/* What clang makes of `omp critical` in the runtime; the lock is a word of zeros of its own. */
PT_FN void __kmpc_critical(void *place, int thread, int *lock) {
    (void)place;
    (void)thread;
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        sched_yield();
}
PT_FN void __kmpc_end_critical(void *place, int thread, int *lock) {
    (void)place;
    (void)thread;
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}
PT_FN int __kmpc_global_thread_num(void *place) {
    (void)place;
    return 0;
}
#endif
