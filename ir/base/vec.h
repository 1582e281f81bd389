/* vec.h - growable arrays whose storage lives in an arena.
 *
 *     VEC(int) v = {0};
 *     VEC_PUSH(arena, &v, 42);
 *     for (int i = 0; i < v.len; i++) use(v.data[i]);
 *
 * An empty vector is all zero bytes. To name a vector type: typedef VEC(Op *) OpVec; */
#ifndef PTOC_BASE_VEC_H
#define PTOC_BASE_VEC_H
#include "ir/base/arena.h"

#define VEC(T)                                                                                                         \
    struct {                                                                                                           \
        T *data;                                                                                                       \
        int len, cap;                                                                                                  \
    }

/* The new capacity for one more element. */
static inline int vec_next_cap(int cap) { return cap < 8 ? 8 : cap * 2; }

#define VEC_RESERVE_ONE(arena, v)                                                                                      \
    ((v)->len < (v)->cap ? (void)0                                                                                     \
                         : (void)((v)->data = arena_grow_array((arena), (v)->data, (size_t)(v)->cap,                   \
                                                               (size_t)vec_next_cap((v)->cap), sizeof *(v)->data),     \
                                  (v)->cap = vec_next_cap((v)->cap)))
#define VEC_PUSH(arena, v, ...) (VEC_RESERVE_ONE((arena), (v)), (void)((v)->data[(v)->len++] = (__VA_ARGS__)))
#define VEC_LAST(v) ((v)->data[(v)->len - 1])
#define VEC_POP(v) ((v)->data[--(v)->len])
#endif
