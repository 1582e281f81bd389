/* ptoc_reduce.h - accumulators of reductions, one family per carrier T (i8 .. u64, f32, f64).
 *
 *   pt_lanes_init_T(p, v)   all 16 partials are v (0 for a sum, 1 for a product); element j then goes into p[j % 16] in order
 *   pt_lanes_sum_T(p), pt_lanes_prod_T(p)   the halving tree
 *   pt_redmax_init_T(), pt_redmax_T(acc, x), pt_redmax_fin_T(acc)   (and redmin) NaN if there is one, else the extreme, a zero
 *                           being +0; any grouping of elements gives the same. The init value may also start a running
 *                           maximum that goes by pt_maximum_T.
 *   pt_arg_T, pt_arg_init_T(), pt_argmax_T(&a, x, j), pt_argmin_T(&a, x, j), a.at   the first NaN, else the first extreme; -1 if
 *                           there was none; elements may come in any order */
#ifndef PTOC_REDUCE_H
#define PTOC_REDUCE_H
#include "ptoc_num.h"

#define PT_LANES 16

#define PT_REDUCE(S, T, LEAST, MOST, ZERO)                                                                             \
    PT_FN void pt_lanes_init_##S(T p[PT_LANES], T v) {                                                                 \
        for (int i = 0; i < PT_LANES; i++)                                                                             \
            p[i] = v;                                                                                                  \
    }                                                                                                                  \
    PT_FN T pt_lanes_sum_##S(const T p[PT_LANES]) {                                                                    \
        T q[PT_LANES / 2];                                                                                             \
        for (int i = 0; i < 8; i++)                                                                                    \
            q[i] = pt_add_##S(p[i], p[i + 8]);                                                                         \
        for (int w = 4; w; w >>= 1)                                                                                    \
            for (int i = 0; i < w; i++)                                                                                \
                q[i] = pt_add_##S(q[i], q[i + w]);                                                                     \
        return q[0];                                                                                                   \
    }                                                                                                                  \
    PT_FN T pt_lanes_prod_##S(const T p[PT_LANES]) {                                                                   \
        T q[PT_LANES / 2];                                                                                             \
        for (int i = 0; i < 8; i++)                                                                                    \
            q[i] = pt_mul_##S(p[i], p[i + 8]);                                                                         \
        for (int w = 4; w; w >>= 1)                                                                                    \
            for (int i = 0; i < w; i++)                                                                                \
                q[i] = pt_mul_##S(q[i], q[i + w]);                                                                     \
        return q[0];                                                                                                   \
    }                                                                                                                  \
    PT_FN T pt_redmax_init_##S(void) { return (T)(LEAST); }                                                            \
    PT_FN T pt_redmax_##S(T acc, T x) { return x > acc || x != x ? x : acc; }                                          \
    PT_FN T pt_redmax_fin_##S(T acc) { return (T)(acc + ZERO); }                                                       \
    PT_FN T pt_redmin_init_##S(void) { return (T)(MOST); }                                                             \
    PT_FN T pt_redmin_##S(T acc, T x) { return x < acc || x != x ? x : acc; }                                          \
    PT_FN T pt_redmin_fin_##S(T acc) { return (T)(acc + ZERO); }                                                       \
    typedef struct pt_arg_##S {                                                                                        \
        T value;                                                                                                       \
        int64_t at; /* -1: nothing yet */                                                                              \
    } pt_arg_##S;                                                                                                      \
    PT_FN pt_arg_##S pt_arg_init_##S(void) {                                                                           \
        pt_arg_##S a = {0, -1};                                                                                        \
        return a;                                                                                                      \
    }                                                                                                                  \
    PT_FN void pt_arg_take_##S(pt_arg_##S *a, T x, int64_t j, int better) {                                            \
        int same = x == a->value || (x != x && a->value != a->value);                                                  \
        if (a->at < 0 || (x != x && a->value == a->value) || (better && a->value == a->value) ||                       \
            (same && j < a->at)) {                                                                                     \
            a->value = x;                                                                                              \
            a->at = j;                                                                                                 \
        }                                                                                                              \
    }                                                                                                                  \
    PT_FN void pt_argmax_##S(pt_arg_##S *a, T x, int64_t j) { pt_arg_take_##S(a, x, j, x > a->value); }                \
    PT_FN void pt_argmin_##S(pt_arg_##S *a, T x, int64_t j) { pt_arg_take_##S(a, x, j, x < a->value); }
PT_REDUCE(i8, int8_t, INT8_MIN, INT8_MAX, 0)
PT_REDUCE(i16, int16_t, INT16_MIN, INT16_MAX, 0)
PT_REDUCE(i32, int32_t, INT32_MIN, INT32_MAX, 0)
PT_REDUCE(i64, int64_t, INT64_MIN, INT64_MAX, 0)
PT_REDUCE(u8, uint8_t, 0, UINT8_MAX, 0)
PT_REDUCE(u16, uint16_t, 0, UINT16_MAX, 0)
PT_REDUCE(u32, uint32_t, 0, UINT32_MAX, 0)
PT_REDUCE(u64, uint64_t, 0, UINT64_MAX, 0)
PT_REDUCE(f32, float, -INFINITY, INFINITY, 0.0f)
PT_REDUCE(f64, double, -INFINITY, INFINITY, 0.0)
#undef PT_REDUCE
#endif
