/* ptoc_vmath.h - transcendentals in lanes: pt_exp_V exp2 log log2 log1p sigmoid tanh silu gelu erf sin cos, and pt_pow_V(x, y), for
 * V = f32xL and f64xH (names as in ptoc_vec.h). The bits are those of ptoc_math.h.
 *
 * exp, exp2, sigmoid, silu and tanh of f32 are computed in lanes, step by step as in ptoc_mathf.h: what changes the bits must change
 * in both. Scaling by a power of two, rounded once, is an instruction of AVX-512; elsewhere it is an addition to the exponent
 * where that cannot leave the normal numbers, and the other case is one branch for a vector. erf, gelu,
 * sin and cos of f32 go through lanes of f64, the others lane by lane. */
#ifndef PTOC_VMATH_H
#define PTOC_VMATH_H
#include "ptoc_math.h"
#include "ptoc_veccast.h"

#if PT_GNU_VECTORS
/* y * 2^n, t = n + PT_EXP_BIG: c lies in least .. most where y and the result are normal. */
#define PT_VEXP_SCALED(V, U, L)                                                                                        \
    PT_VFN pt_##V pt_exp_scaled_##V(pt_##V y, pt_##V t, pt_##V c, float least, float most) {                           \
        pt_##U i = (pt_##U)t - pt_u32_of_f32(PT_EXP_BIG), half;                                                        \
        if (PT_LIKELY(pt_all_m32x##L((pt_m32x##L)(c >= least) & (pt_m32x##L)(c <= most))))                             \
            return (pt_##V)((pt_##U)y + (i << 23));                                                                    \
        half = ((i + 512) >> 1) - 256;                                                                                 \
        return y * (pt_##V)((half + 127) << 23) * (pt_##V)((i - half + 127) << 23);                                    \
    }
#if PT_VEC_HAS(4)
PT_VEXP_SCALED(f32x4, u32x4, 4)
#endif
#if PT_VEC_HAS(8)
PT_VEXP_SCALED(f32x8, u32x8, 8)
#endif
#if PT_VEC_HAS(16) && PT_AVX512
PT_VFN pt_f32x16 pt_exp_scaled_f32x16(pt_f32x16 y, pt_f32x16 t, pt_f32x16 c, float least, float most) {
    (void)c, (void)least, (void)most;
    return _mm512_scalef_ps(y, t - PT_EXP_BIG);
}
#elif PT_VEC_HAS(16)
PT_VEXP_SCALED(f32x16, u32x16, 16)
#endif
#define PT_VEXP(V, I, U, L)                                                                                            \
    PT_VFN pt_##V pt_exp_tail_##V(pt_##V r) {                                                                          \
        pt_##V p = pt_fma_##V(pt_splat_##V(PT_EXP_C4), r, pt_splat_##V(PT_EXP_C3));                                    \
        p = pt_fma_##V(p, r, pt_splat_##V(PT_EXP_C2));                                                                 \
        p = pt_fma_##V(p, r, pt_splat_##V(PT_EXP_C1));                                                                 \
        p = pt_fma_##V(p, r, pt_splat_##V(PT_EXP_C0));                                                                 \
        return pt_fma_##V(r * r, p, r);                                                                                \
    }                                                                                                                  \
    PT_VFN pt_##V pt_exp_reduced_##V(pt_##V c, pt_##V *n, pt_##V *lo) {                                                \
        pt_##V hi2 = pt_splat_##V(-PT_EXP_LN2_HI), lo2 = pt_splat_##V(-PT_EXP_LN2_LO);                                 \
        pt_##V t = pt_fma_##V(c, pt_splat_##V(PT_EXP_LOG2E), pt_splat_##V(PT_EXP_BIG)), k = t - PT_EXP_BIG;            \
        pt_##V g = pt_fma_##V(k, hi2, c), r = pt_fma_##V(k, lo2, g);                                                   \
        pt_##V s = pt_exp_tail_##V(r), y = 1.0f + s;                                                                   \
        *n = t;                                                                                                        \
        *lo = (s - (y - 1.0f)) + pt_fma_##V(k, lo2, g - r);                                                            \
        return y;                                                                                                      \
    }                                                                                                                  \
    /* y * 2^(t - PT_EXP_BIG), both normal. */                                                                         \
    PT_VFN pt_##V pt_exp_shifted_##V(pt_##V y, pt_##V t) { return (pt_##V)((pt_##U)y + ((pt_##U)t << 23)); }           \
    PT_VFN pt_##V pt_at_least_##V(pt_##V x, float least) { return pt_greater_##V(pt_splat_##V(least), x); }            \
    PT_VFN pt_##V pt_at_most_##V(pt_##V x, float most) { return pt_lesser_##V(pt_splat_##V(most), x); }                \
    PT_VFN pt_##V pt_exp_##V(pt_##V x) {                                                                               \
        pt_##V c = pt_at_most_##V(pt_at_least_##V(x, -104.0f), 89.0f), n, lo, y = pt_exp_reduced_##V(c, &n, &lo);      \
        return pt_exp_scaled_##V(y, n, c, -87.0f, 88.0f);                                                              \
    }                                                                                                                  \
    PT_VFN pt_##V pt_exp2_##V(pt_##V x) {                                                                              \
        pt_##V c = pt_at_most_##V(pt_at_least_##V(x, -151.0f), 129.0f), t = c + PT_EXP_BIG;                            \
        pt_##V y = 1.0f + pt_exp_tail_##V((c - (t - PT_EXP_BIG)) * 0.693147182f);                                      \
        return pt_exp_scaled_##V(y, t, c, -125.0f, 127.0f);                                                            \
    }                                                                                                                  \
    PT_VFN pt_##V pt_sigmoid_part_##V(pt_##V x, pt_##V c, int silu) {                                                  \
        pt_##V n, lo, y = pt_exp_reduced_##V(c, &n, &lo), e, d, q, t, zero = pt_zero_##V();                            \
        pt_m32x##L below = (pt_m32x##L)(x < zero);                                                                     \
        e = pt_exp_scaled_##V(y, n, c, -87.0f, 0.0f);                                                                  \
        d = 1.0f + e;                                                                                                  \
        q = pt_select_##V(below, silu ? c * y : y, silu ? x : pt_splat_##V(1)) / d;                                    \
        t = pt_select_##V(below, silu ? pt_fma_##V(c, y, -(c * y)) + c * lo : lo, -zero);                              \
        q = q - (q * (e - (d - 1.0f)) - t) * (1.5f - 0.5f * d);                                                        \
        n = pt_select_##V(below, n, pt_splat_##V(PT_EXP_BIG));                                                         \
        return pt_exp_scaled_##V(q, n, c, -87.0f, 0.0f);                                                               \
    }                                                                                                                  \
    PT_VFN pt_##V pt_sigmoid_##V(pt_##V x) {                                                                           \
        return pt_sigmoid_part_##V(x, pt_at_least_##V(-pt_abs_##V(x), -104.0f), 0);                                    \
    }                                                                                                                  \
    PT_VFN pt_##V pt_silu_##V(pt_##V x) {                                                                              \
        pt_##V v = pt_sigmoid_part_##V(x, pt_at_least_##V(-pt_abs_##V(x), -125.0f), 1), one = pt_splat_##V(1);         \
        pt_##V end = x * pt_select_##V((pt_m32x##L)(x < 0.0f), pt_zero_##V(), one);                                    \
        return pt_select_##V((pt_m32x##L)(pt_abs_##V(x) > FLT_MAX), end, v);                                           \
    }                                                                                                                  \
    PT_VFN pt_##V pt_tanh_##V(pt_##V x) {                                                                              \
        pt_##V b = pt_at_most_##V(pt_abs_##V(x), 10.0f), z = b * b, p = z * PT_TANH_C5 + PT_TANH_C4, r;                \
        pt_##V n, lo, e = pt_exp_reduced_##V(2.0f * b, &n, &lo);                                                       \
        e = pt_exp_shifted_##V(e, n);                                                                                  \
        p = p * z + PT_TANH_C3;                                                                                        \
        p = p * z + PT_TANH_C2;                                                                                        \
        p = p * z + PT_TANH_C1;                                                                                        \
        p = p * z + PT_TANH_C0;                                                                                        \
        r = pt_select_##V((pt_m32x##L)(b < 0.75f), b + b * z * p, 1.0f - 2.0f / (e + 1.0f));                           \
        return pt_select_##V(pt_isnan_##V(x), x, (pt_##V)((pt_##U)r | ((pt_##U)x & 0x80000000u)));                     \
    }
#else
#define PT_VEXP(V, I, U, L)                                                                                            \
    PT_LANES1(V, exp, f32, V, L)                                                                                       \
    PT_LANES1(V, exp2, f32, V, L)                                                                                      \
    PT_LANES1(V, sigmoid, f32, V, L)                                                                                   \
    PT_LANES1(V, silu, f32, V, L)                                                                                      \
    PT_LANES1(V, tanh, f32, V, L)
#endif

/* ---- f32 by way of f64: the formulas of ptoc_erf.h and ptoc_trig.h ----------------------------------------------------- */
#if PT_GNU_VECTORS
#define PT_VWIDE(W, I, U, H)                                                                                           \
    /* |t| <= 1022 */                                                                                                  \
    PT_VFN pt_##W pt_fast_exp2_##W(pt_##W t) {                                                                         \
        pt_##W big = t + 0x1.8p52, r = (t - (big - 0x1.8p52)) * PT_LN2, p = r * (1.0 / 39916800) + 1.0 / 3628800;      \
        p = p * r + 1.0 / 362880;                                                                                      \
        p = p * r + 1.0 / 40320;                                                                                       \
        p = p * r + 1.0 / 5040;                                                                                        \
        p = p * r + 1.0 / 720;                                                                                         \
        p = p * r + 1.0 / 120;                                                                                         \
        p = p * r + 1.0 / 24;                                                                                          \
        p = p * r + 1.0 / 6;                                                                                           \
        p = p * r + 0.5;                                                                                               \
        p = p * r + 1.0;                                                                                               \
        p = p * r + 1.0;                                                                                               \
        return p * (pt_##W)(((pt_##U)big + 1023) << 52);                                                               \
    }                                                                                                                  \
    PT_VFN pt_##W pt_fast_erfcx_##W(pt_##W z) {                                                                        \
        pt_##W t = (z - 3.0) / (z + 3.0), p = pt_splat_##W(pt_erfcx_coefficient(15));                                  \
        for (int i = 14; i >= 0; i--)                                                                                  \
            p = p * t + pt_erfcx_coefficient(i);                                                                       \
        return p / (1.0 + 2.0 * z);                                                                                    \
    }                                                                                                                  \
    PT_VFN pt_##W pt_erf32_##W(pt_##W d) {                                                                             \
        pt_##W a = pt_abs_##W(d), z = d * d, p = z * (-1.0 / 168129561600.0) + 1.0 / 11975040000.0;                    \
        pt_##I in = (pt_##I)(a < 20.0);                                                                                \
        pt_##W c = pt_select_##W(in, z, pt_splat_##W(400.0)), b = pt_select_##W(in, a, pt_splat_##W(20.0));            \
        pt_##W far = 1.0 - pt_fast_exp2_##W(-c * PT_LOG2E) * pt_fast_erfcx_##W(b);                                     \
        far = pt_select_##W((pt_##I)(d < 0.0), -far, far);                                                             \
        p = p * z - 1.0 / 918086400.0;                                                                                 \
        p = p * z + 1.0 / 76204800.0;                                                                                  \
        p = p * z - 1.0 / 6894720.0;                                                                                   \
        p = p * z + 1.0 / 685440.0;                                                                                    \
        p = p * z - 1.0 / 75600.0;                                                                                     \
        p = p * z + 1.0 / 9360.0;                                                                                      \
        p = p * z - 1.0 / 1320.0;                                                                                      \
        p = p * z + 1.0 / 216.0;                                                                                       \
        p = p * z - 1.0 / 42.0;                                                                                        \
        p = p * z + 1.0 / 10.0;                                                                                        \
        p = p * z - 1.0 / 3.0;                                                                                         \
        p = p * z + 1.0;                                                                                               \
        return pt_select_##W((pt_##I)(a >= 1.0), far, d * 0x1.20dd750429b6dp+0 * p);                                   \
    }                                                                                                                  \
    PT_VFN pt_##W pt_gelu32_##W(pt_##W d) {                                                                            \
        pt_##W a = pt_abs_##W(d), b = pt_lesser_##W(a, pt_splat_##W(30.0));                                            \
        pt_##W tail = 0.5 * pt_fast_exp2_##W(-0.5 * b * b * PT_LOG2E) * pt_fast_erfcx_##W(b * 0x1.6a09e667f3bcdp-1);   \
        tail = pt_select_##W((pt_##I)(a < 30.0), tail, pt_zero_##W());                                                 \
        tail = d * pt_select_##W((pt_##I)(d < 0.0), tail, 1.0 - tail);                                                 \
        return pt_select_##W(pt_isnan_##W(d), d, tail);                                                                \
    }                                                                                                                  \
    /* |d| < 2^19 */                                                                                                   \
    PT_VFN pt_##W pt_turn32_##W(pt_##W d, uint64_t quarters) {                                                         \
        pt_##W t = d * 0x1.45f306dc9c883p-1 + 0x1.8p52, k = t - 0x1.8p52;                                              \
        pt_##W r = (d - k * 0x1.921fb544p+0) - k * 0x1.0b4611a626331p-34, z = r * r, h = 0.5 * z, w = 1.0 - h, s, c;   \
        pt_##U q = (pt_##U)t + quarters;                                                                               \
        s = z * (1.0 / 355687428096000.0) - 1.0 / 1307674368000.0;                                                     \
        s = s * z + 1.0 / 6227020800.0;                                                                                \
        s = s * z - 1.0 / 39916800.0;                                                                                  \
        s = s * z + 1.0 / 362880.0;                                                                                    \
        s = s * z - 1.0 / 5040.0;                                                                                      \
        s = s * z + 1.0 / 120.0;                                                                                       \
        s = s * z - 1.0 / 6.0;                                                                                         \
        c = z * (1.0 / 20922789888000.0) - 1.0 / 87178291200.0;                                                        \
        c = c * z + 1.0 / 479001600.0;                                                                                 \
        c = c * z - 1.0 / 3628800.0;                                                                                   \
        c = c * z + 1.0 / 40320.0;                                                                                     \
        c = c * z - 1.0 / 720.0;                                                                                       \
        c = c * z + 1.0 / 24.0;                                                                                        \
        c = w + (((1.0 - w) - h) + z * z * c);                                                                         \
        s = pt_select_##W((pt_##I)((q & 1) == 1), c, r + r * z * s);                                                   \
        return (pt_##W)((pt_##U)s ^ ((q & 2) << 62));                                                                  \
    }
#define PT_VMATH_WIDE(V, W, L)                                                                                         \
    PT_VFN pt_##V pt_erf_##V(pt_##V x) {                                                                               \
        return pt_narrow_##W(pt_erf32_##W(pt_widen_lo_##V(x)), pt_erf32_##W(pt_widen_hi_##V(x)));                      \
    }                                                                                                                  \
    PT_VFN pt_##V pt_gelu_##V(pt_##V x) {                                                                              \
        return pt_narrow_##W(pt_gelu32_##W(pt_widen_lo_##V(x)), pt_gelu32_##W(pt_widen_hi_##V(x)));                    \
    }                                                                                                                  \
    PT_LANEWISE(V, pt_turns_##V, (pt_##V x, unsigned quarters), L, pt_turn_f32(PT_AT(x, i), quarters))                 \
    PT_VFN pt_##V pt_turn_##V(pt_##V x, unsigned quarters) {                                                           \
        if (!PT_LIKELY(pt_all_m32x##L((pt_m32x##L)(pt_abs_##V(x) < 0x1p19f))))                                         \
            return pt_turns_##V(x, quarters);                                                                          \
        return pt_narrow_##W(pt_turn32_##W(pt_widen_lo_##V(x), quarters),                                              \
                             pt_turn32_##W(pt_widen_hi_##V(x), quarters));                                             \
    }                                                                                                                  \
    PT_VFN pt_##V pt_sin_##V(pt_##V x) { return pt_select_##V((pt_m32x##L)(x == 0.0f), x, pt_turn_##V(x, 0)); }        \
    PT_VFN pt_##V pt_cos_##V(pt_##V x) { return pt_turn_##V(x, 1); }
#else
#define PT_VWIDE(W, I, U, H)
#define PT_VMATH_WIDE(V, W, L)                                                                                         \
    PT_LANES1(V, gelu, f32, V, L)                                                                                      \
    PT_LANES1(V, erf, f32, V, L)                                                                                       \
    PT_LANES1(V, sin, f32, V, L)                                                                                       \
    PT_LANES1(V, cos, f32, V, L)
#endif

/* ---- lane by lane ----------------------------------------------------------------------------------------------------- */
#define PT_VMATH_LOGS(S, V, L)                                                                                         \
    PT_LANES1(V, log, S, V, L)                                                                                         \
    PT_LANES1(V, log2, S, V, L)                                                                                        \
    PT_LANES1(V, log1p, S, V, L)                                                                                       \
    PT_LANES2(V, pow, S, V, L)
#define PT_VMATH_F64(V, L)                                                                                             \
    PT_VMATH_LOGS(f64, V, L)                                                                                           \
    PT_LANES1(V, exp, f64, V, L)                                                                                       \
    PT_LANES1(V, exp2, f64, V, L)                                                                                      \
    PT_LANES1(V, sigmoid, f64, V, L)                                                                                   \
    PT_LANES1(V, silu, f64, V, L)                                                                                      \
    PT_LANES1(V, tanh, f64, V, L)                                                                                      \
    PT_LANES1(V, gelu, f64, V, L)                                                                                      \
    PT_LANES1(V, erf, f64, V, L)                                                                                       \
    PT_LANES1(V, sin, f64, V, L)                                                                                       \
    PT_LANES1(V, cos, f64, V, L)
#define PT_VMATHS(L, H)                                                                                                \
    PT_VEXP(f32x##L, i32x##L, u32x##L, L)                                                                              \
    PT_VWIDE(f64x##H, i64x##H, u64x##H, H)                                                                             \
    PT_VMATH_WIDE(f32x##L, f64x##H, L)                                                                                 \
    PT_VMATH_LOGS(f32, f32x##L, L)                                                                                     \
    PT_VMATH_F64(f64x##H, H)
PT_EACH_LANES(PT_VMATHS)
#endif
