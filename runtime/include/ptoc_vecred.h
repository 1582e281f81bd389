/* ptoc_vecred.h - reductions in vectors of lanes, the same results as the accumulators of ptoc_reduce.h. Names as in ptoc_vec.h,
 * S the scalar suffix.
 *
 *   sums and products   the 16 partials are 16 / lanes vectors: pt_sum16_V(p), pt_prod16_V(p) of an array of them give the scalar;
 *                       also pt_sum16_f32x8_of(p0, p1), and of four (f32x4, f64x4), one (f32x16) or two (f64x8) vectors
 *   max, min            step: pt_redmax_V(acc, x), a NaN stays; or quick: pt_redmaxq_V(acc, x), which may lose one, with
 *                       flag = pt_unord_V(flag, x) beside it (flag a mask, first zero) or pt_unord2_V(flag, x, y) for two vectors.
 *                       Lanes into a scalar: pt_redmax_all_V(acc) or pt_redmaxq_all_V(acc, flag), which may be stepped on with
 *                       pt_redmax_S; then pt_redmax_fin_S. pt_redmax_fin_V(acc) finishes each lane. Start: pt_redmax_init_V().
 *                       The same with redmin.
 *   arg                 pt_argmax_V(&value, &at, x, j): value a V, at an i32xL first -1 (f64: an i64xH), j the positions of x;
 *                       pt_argmax_part_V(&value, &at, x, j, n) takes the first n lanes. Positions ascend from step to step.
 *                       pt_argmax_all_V(&a, value, at) steps the lanes into a scalar pt_arg_S. Also argmin. Start: value
 *                       pt_arg_none_V(). */
#ifndef PTOC_VECRED_H
#define PTOC_VECRED_H
#include "ptoc_reduce.h"
#include "ptoc_vec.h"

/* ---- lanes onto lanes ----------------------------------------------------------------------------------------------------- */
/* PT_FOLD_L(v, F): v becomes F(v, its upper half), in halves down to lane 0. In the middle of vectors: compilers take the
 * same loop over lanes apart. */
#if PT_GNU_VECTORS && (defined(__clang__) || __GNUC__ >= 12)
#define PT_FOLD_UPPER(V, v)
#define PT_FOLD(v, F, ...) v = F(v, __builtin_shufflevector(v, v, __VA_ARGS__));
#define PT_FOLD_2(v, F) PT_FOLD(v, F, 1, 0)
#define PT_FOLD_4(v, F) PT_FOLD(v, F, 2, 3, 0, 1) PT_FOLD(v, F, 1, 0, 3, 2)
#define PT_FOLD_8(v, F)                                                                                                \
    PT_FOLD(v, F, 4, 5, 6, 7, 0, 1, 2, 3) PT_FOLD(v, F, 2, 3, 0, 1, 6, 7, 4, 5) PT_FOLD(v, F, 1, 0, 3, 2, 5, 4, 7, 6)
#define PT_FOLD_16(v, F)                                                                                               \
    PT_FOLD(v, F, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)                                                \
    PT_FOLD(v, F, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)                                                \
    PT_FOLD(v, F, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)                                                \
    PT_FOLD(v, F, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#else
#define PT_FOLD_UPPER(V, v) pt_##V upper = v;
#define PT_FOLD(v, F, L)                                                                                               \
    for (int h = L / 2; h; h /= 2) {                                                                                   \
        for (int i = 0; i < h; i++)                                                                                    \
            PT_AT(upper, i) = PT_AT(v, h + i);                                                                         \
        v = F(v, upper);                                                                                               \
    }
#define PT_FOLD_2(v, F) PT_FOLD(v, F, 2)
#define PT_FOLD_4(v, F) PT_FOLD(v, F, 4)
#define PT_FOLD_8(v, F) PT_FOLD(v, F, 8)
#define PT_FOLD_16(v, F) PT_FOLD(v, F, 16)
#endif

/* ---- sums and products ---------------------------------------------------------------------------------------------------- */
#define PT_VTREE(NAME, OP, T, V, L)                                                                                    \
    PT_VFN T pt_##NAME##_lanes_##V(pt_##V v) {                                                                         \
        PT_FOLD_UPPER(V, v)                                                                                            \
        PT_FOLD_##L(v, pt_##OP##_##V) return pt_lane_##V(v, 0);                                                        \
    }                                                                                                                  \
    PT_VFN T pt_##NAME##_##V(const pt_##V *p) {                                                                        \
        pt_##V q[PT_LANES / L];                                                                                        \
        memcpy(q, p, sizeof q);                                                                                        \
        for (int w = PT_LANES / L / 2; w; w /= 2)                                                                      \
            for (int i = 0; i < w; i++)                                                                                \
                q[i] = pt_##OP##_##V(q[i], q[i + w]);                                                                  \
        return pt_##NAME##_lanes_##V(q[0]);                                                                            \
    }
/* The partials as arguments. */
#define PT_VTREE1(T, V)                                                                                                \
    PT_VFN T pt_sum16_##V##_of(pt_##V a) { return pt_sum16_lanes_##V(a); }                                             \
    PT_VFN T pt_prod16_##V##_of(pt_##V a) { return pt_prod16_lanes_##V(a); }
#define PT_VTREE2(T, V)                                                                                                \
    PT_VFN T pt_sum16_##V##_of(pt_##V a, pt_##V b) { return pt_sum16_lanes_##V(pt_add_##V(a, b)); }                    \
    PT_VFN T pt_prod16_##V##_of(pt_##V a, pt_##V b) { return pt_prod16_lanes_##V(pt_mul_##V(a, b)); }
#define PT_VTREE4(T, V)                                                                                                \
    PT_VFN T pt_sum16_##V##_of(pt_##V a, pt_##V b, pt_##V c, pt_##V d) {                                               \
        return pt_sum16_lanes_##V(pt_add_##V(pt_add_##V(a, c), pt_add_##V(b, d)));                                     \
    }                                                                                                                  \
    PT_VFN T pt_prod16_##V##_of(pt_##V a, pt_##V b, pt_##V c, pt_##V d) {                                              \
        return pt_prod16_lanes_##V(pt_mul_##V(pt_mul_##V(a, c), pt_mul_##V(b, d)));                                    \
    }
#define PT_VTREES_OF(T, V, L) PT_VTREE(sum16, add, T, V, L) PT_VTREE(prod16, mul, T, V, L)
#define PT_VTREES(L, H)                                                                                                \
    PT_VTREES_OF(float, f32x##L, L)                                                                                    \
    PT_VTREES_OF(int32_t, i32x##L, L)                                                                                  \
    PT_VTREES_OF(uint32_t, u32x##L, L)                                                                                 \
    PT_VTREES_OF(double, f64x##H, H)
PT_EACH_LANES(PT_VTREES)
#if PT_VEC_HAS(4)
PT_VTREE4(float, f32x4)
PT_VTREE4(int32_t, i32x4)
PT_VTREE4(uint32_t, u32x4)
#endif
#if PT_VEC_HAS(8)
PT_VTREE2(float, f32x8)
PT_VTREE2(int32_t, i32x8)
PT_VTREE2(uint32_t, u32x8)
PT_VTREE4(double, f64x4)
#endif
#if PT_VEC_HAS(16)
PT_VTREE1(float, f32x16)
PT_VTREE1(int32_t, i32x16)
PT_VTREE1(uint32_t, u32x16)
PT_VTREE2(double, f64x8)
#endif

/* ---- max and min ------------------------------------------------------------------------------------------------------ */
/* OP: redmax or redmin, PICK: the selection that gives its second operand when in doubt. */
#define PT_VEXTREME_INIT(OP, S, V)                                                                                     \
    PT_VFN pt_##V pt_##OP##_init_##V(void) { return pt_splat_##V(pt_##OP##_init_##S()); }
#define PT_VEXTREME_FLOAT(OP, S, T, V, M, PICK, L)                                                                     \
    PT_VEXTREME_INIT(OP, S, V)                                                                                         \
    PT_VFN pt_##V pt_##OP##q_##V(pt_##V acc, pt_##V x) { return pt_##PICK##_##V(x, acc); }                             \
    PT_VFN pt_##V pt_##OP##_##V(pt_##V acc, pt_##V x) {                                                                \
        return pt_select_##V(pt_isnan_##V(x), x, pt_##PICK##_##V(x, acc));                                             \
    }                                                                                                                  \
    PT_VFN pt_##V pt_##OP##_fin_##V(pt_##V acc) { return pt_add_##V(acc, pt_zero_##V()); }                             \
    PT_VFN T pt_##OP##q_all_##V(pt_##V acc, pt_##M flag) {                                                             \
        PT_FOLD_UPPER(V, acc)                                                                                          \
        PT_FOLD_##L(acc, pt_##PICK##_##V) return pt_any_##M(flag) ? (T)NAN : pt_lane_##V(acc, 0);                      \
    }                                                                                                                  \
    PT_VFN T pt_##OP##_all_##V(pt_##V acc) { return pt_##OP##q_all_##V(acc, pt_isnan_##V(acc)); }
#define PT_VUNORD(V, M)                                                                                                \
    PT_VFN pt_##M pt_unord_##V(pt_##M flag, pt_##V x) { return pt_or_##M(flag, pt_isnan_##V(x)); }                     \
    PT_VFN pt_##M pt_unord2_##V(pt_##M flag, pt_##V x, pt_##V y) { return pt_or_##M(flag, pt_unordered_##V(x, y)); }
#define PT_VUNORDERED(L, H)                                                                                            \
    PT_VFN pt_m32x##L pt_unordered_f32x##L(pt_f32x##L x, pt_f32x##L y) {                                               \
        return pt_or_m32x##L(pt_isnan_f32x##L(x), pt_isnan_f32x##L(y));                                                \
    }                                                                                                                  \
    PT_VFN pt_m64x##H pt_unordered_f64x##H(pt_f64x##H x, pt_f64x##H y) {                                               \
        return pt_or_m64x##H(pt_isnan_f64x##H(x), pt_isnan_f64x##H(y));                                                \
    }
#if PT_VEC_HAS(4)
PT_VUNORDERED(4, 2)
#endif
#if PT_VEC_HAS(8) && PT_AVX2 /* one instruction, which compilers do not find */
PT_VFN pt_m32x8 pt_unordered_f32x8(pt_f32x8 x, pt_f32x8 y) { return (pt_m32x8)_mm256_cmp_ps(x, y, _CMP_UNORD_Q); }
PT_VFN pt_m64x4 pt_unordered_f64x4(pt_f64x4 x, pt_f64x4 y) { return (pt_m64x4)_mm256_cmp_pd(x, y, _CMP_UNORD_Q); }
#elif PT_VEC_HAS(8)
PT_VUNORDERED(8, 4)
#endif
#if PT_VEC_HAS(16) && PT_AVX512
PT_VFN pt_m32x16 pt_unordered_f32x16(pt_f32x16 x, pt_f32x16 y) {
    return (pt_m32x16)_mm512_movm_epi32(_mm512_cmp_ps_mask(x, y, _CMP_UNORD_Q));
}
PT_VFN pt_m64x8 pt_unordered_f64x8(pt_f64x8 x, pt_f64x8 y) {
    return (pt_m64x8)_mm512_movm_epi64(_mm512_cmp_pd_mask(x, y, _CMP_UNORD_Q));
}
#elif PT_VEC_HAS(16)
PT_VUNORDERED(16, 8)
#endif
#define PT_VEXTREME_INT(OP, S, T, V, PICK, L)                                                                          \
    PT_VEXTREME_INIT(OP, S, V)                                                                                         \
    PT_VFN pt_##V pt_##OP##_##V(pt_##V acc, pt_##V x) { return pt_##PICK##_##V(x, acc); }                              \
    PT_VFN pt_##V pt_##OP##_fin_##V(pt_##V acc) { return acc; }                                                        \
    PT_VFN T pt_##OP##_all_##V(pt_##V acc) {                                                                           \
        PT_FOLD_UPPER(V, acc)                                                                                          \
        PT_FOLD_##L(acc, pt_##PICK##_##V) return pt_lane_##V(acc, 0);                                                  \
    }

/* ---- any lane not in order ---------------------------------------------------------------------------------------------- */
/* pt_any_not_le_V(x, y), pt_any_not_ge_V: is there a lane that is not x <= y? A NaN is not. Integers: there may be. */
#define PT_VANYNOT(V, M)                                                                                               \
    PT_VFN int pt_any_not_le_##V(pt_##V x, pt_##V y) { return !pt_all_##M(pt_le_##V(x, y)); }                          \
    PT_VFN int pt_any_not_ge_##V(pt_##V x, pt_##V y) { return !pt_all_##M(pt_ge_##V(x, y)); }                          \
    PT_VFN pt_##V pt_arg_none_##V(void) { return pt_splat_##V(NAN); }
#define PT_VANYNOT_INT(V)                                                                                              \
    PT_VFN int pt_any_not_le_##V(pt_##V x, pt_##V y) { return (void)x, (void)y, 1; }                                   \
    PT_VFN int pt_any_not_ge_##V(pt_##V x, pt_##V y) { return (void)x, (void)y, 1; }                                   \
    PT_VFN pt_##V pt_arg_none_##V(void) { return pt_zero_##V(); }
#define PT_VANYNOTS(L, H) PT_VANYNOT_INT(i32x##L) PT_VANYNOT_INT(u32x##L) PT_VANYNOT(f64x##H, m64x##H)
PT_EACH_LANES(PT_VANYNOTS)
#if PT_VEC_HAS(4)
PT_VANYNOT(f32x4, m32x4)
#endif
#if PT_VEC_HAS(8)
PT_VANYNOT(f32x8, m32x8)
#endif
#if PT_VEC_HAS(16) && PT_AVX512 /* in mask registers, which gcc 12 would make vectors of */
PT_VFN int pt_any_not_le_f32x16(pt_f32x16 x, pt_f32x16 y) { return _mm512_cmp_ps_mask(x, y, _CMP_NLE_UQ) != 0; }
PT_VFN int pt_any_not_ge_f32x16(pt_f32x16 x, pt_f32x16 y) { return _mm512_cmp_ps_mask(x, y, _CMP_NGE_UQ) != 0; }
PT_VFN pt_f32x16 pt_arg_none_f32x16(void) { return pt_splat_f32x16(NAN); }
#elif PT_VEC_HAS(16)
PT_VANYNOT(f32x16, m32x16)
#endif

/* ---- arg -------------------------------------------------------------------------------------------------------------- */
#define PT_VARG(OP, S, V, M, A, NANS, BETTER, BEYOND, L)                                                               \
    PT_VFN void pt_##OP##_if_##V(pt_##V *value, pt_##A *at, pt_##V x, pt_##A j, pt_##M m) {                            \
        pt_##M take = pt_andnot_##M(NANS(x), NANS(*value));                                                            \
        take = pt_or_##M(take, pt_##BETTER##_##V(x, *value));                                                          \
        take = pt_and_##M(pt_or_##M(take, pt_lt_##A(*at, pt_zero_##A())), m);                                          \
        *value = pt_select_##V(take, x, *value);                                                                       \
        *at = pt_select_##A(take, j, *at);                                                                             \
    }                                                                                                                  \
    PT_VFN void pt_##OP##_##V(pt_##V *value, pt_##A *at, pt_##V x, pt_##A j) {                                         \
        if (pt_any_not_##BEYOND##_##V(x, *value)) /* rare where there are many */                                      \
            pt_##OP##_if_##V(value, at, x, j, pt_splat_##M(1));                                                        \
    }                                                                                                                  \
    PT_VFN void pt_##OP##_part_##V(pt_##V *value, pt_##A *at, pt_##V x, pt_##A j, int64_t n) {                         \
        pt_##OP##_if_##V(value, at, x, j, pt_first_##M(n));                                                            \
    }                                                                                                                  \
    PT_VFN void pt_##OP##_all_##V(pt_arg_##S *a, pt_##V value, pt_##A at) {                                            \
        for (int i = 0; i < L; i++)                                                                                    \
            if (PT_AT(at, i) >= 0)                                                                                     \
                pt_##OP##_##S(a, PT_AT(value, i), PT_AT(at, i));                                                       \
    }
#define PT_VANDNOT(M)                                                                                                  \
    PT_VFN pt_##M pt_andnot_##M(pt_##M a, pt_##M b) { return pt_and_##M(a, pt_not_##M(b)); }
#define PT_VREDUCE(L, H)                                                                                               \
    PT_VEXTREME_FLOAT(redmax, f32, float, f32x##L, m32x##L, greater, L)                                                \
    PT_VEXTREME_FLOAT(redmin, f32, float, f32x##L, m32x##L, lesser, L)                                                 \
    PT_VEXTREME_FLOAT(redmax, f64, double, f64x##H, m64x##H, greater, H)                                               \
    PT_VEXTREME_FLOAT(redmin, f64, double, f64x##H, m64x##H, lesser, H)                                                \
    PT_VUNORD(f32x##L, m32x##L)                                                                                        \
    PT_VUNORD(f64x##H, m64x##H)                                                                                        \
    PT_VEXTREME_INT(redmax, i32, int32_t, i32x##L, maximum, L)                                                         \
    PT_VEXTREME_INT(redmin, i32, int32_t, i32x##L, minimum, L)                                                         \
    PT_VEXTREME_INT(redmax, u32, uint32_t, u32x##L, maximum, L)                                                        \
    PT_VEXTREME_INT(redmin, u32, uint32_t, u32x##L, minimum, L)                                                        \
    PT_VANDNOT(m32x##L)                                                                                                \
    PT_VANDNOT(m64x##H)                                                                                                \
    PT_VARG(argmax, f32, f32x##L, m32x##L, i32x##L, pt_isnan_f32x##L, gt, le, L)                                       \
    PT_VARG(argmin, f32, f32x##L, m32x##L, i32x##L, pt_isnan_f32x##L, lt, ge, L)                                       \
    PT_VARG(argmax, i32, i32x##L, m32x##L, i32x##L, pt_never_i32x##L, gt, le, L)                                       \
    PT_VARG(argmin, i32, i32x##L, m32x##L, i32x##L, pt_never_i32x##L, lt, ge, L)                                       \
    PT_VARG(argmax, u32, u32x##L, m32x##L, i32x##L, pt_never_u32x##L, gt, le, L)                                       \
    PT_VARG(argmin, u32, u32x##L, m32x##L, i32x##L, pt_never_u32x##L, lt, ge, L)                                       \
    PT_VARG(argmax, f64, f64x##H, m64x##H, i64x##H, pt_isnan_f64x##H, gt, le, H)                                       \
    PT_VARG(argmin, f64, f64x##H, m64x##H, i64x##H, pt_isnan_f64x##H, lt, ge, H)
#define PT_VNEVER(L, H)                                                                                                \
    PT_VFN pt_m32x##L pt_never_i32x##L(pt_i32x##L x) { return pt_ne_i32x##L(x, x); }                                   \
    PT_VFN pt_m32x##L pt_never_u32x##L(pt_u32x##L x) { return pt_ne_u32x##L(x, x); }
PT_EACH_LANES(PT_VNEVER)
PT_EACH_LANES(PT_VREDUCE)
#endif
