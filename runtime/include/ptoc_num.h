/* ptoc_num.h - arithmetic on carriers, one function per operation and carrier: pt_OP_T(...).
 *
 * T is the carrier's suffix: b8 i8 i16 i32 i64 u8 u16 u32 u64 f32 f64. Results follow the number rules of the language bit for
 * bit: integers wrap, x / 0 and x % 0 are 0, shift counts are taken modulo the width, float operations round once. A result of a
 * narrow float type is rounded by the caller with pt_round_E (ptoc_elem.h).
 *
 *   every number      add sub mul div rem neg abs sign relu maximum minimum clamp(x, lo, hi) mean(sum, int64_t n)
 *   integers and b8   and or xor not          integers: shl shr
 *   f32, f64          sqrt rsqrt recip floor ceil trunc round fma(x, y, acc)
 * Transcendentals are in ptoc_math.h, casts in ptoc_cast.h. */
#ifndef PTOC_NUM_H
#define PTOC_NUM_H
#include "ptoc_cast.h"
#include "ptoc_def.h"
#include "ptoc_elem.h"

/* ---- bool ----------------------------------------------------------------------------------------------------------- */
PT_FN uint8_t pt_and_b8(uint8_t a, uint8_t b) { return a & b; }
PT_FN uint8_t pt_or_b8(uint8_t a, uint8_t b) { return a | b; }
PT_FN uint8_t pt_xor_b8(uint8_t a, uint8_t b) { return a ^ b; }
PT_FN uint8_t pt_not_b8(uint8_t a) { return a ^ 1u; }

/* ---- integers: T the type, U an unsigned type at least as wide as int in which wrapping is defined -------------------- */
#define PT_NUM_INT(S, T, U, BITS)                                                                                      \
    PT_FN T pt_add_##S(T a, T b) { return (T)((U)a + (U)b); }                                                          \
    PT_FN T pt_sub_##S(T a, T b) { return (T)((U)a - (U)b); }                                                          \
    PT_FN T pt_mul_##S(T a, T b) { return (T)((U)a * (U)b); }                                                          \
    PT_FN T pt_neg_##S(T a) { return (T)((U)0 - (U)a); }                                                               \
    PT_FN T pt_maximum_##S(T a, T b) { return a > b ? a : b; }                                                         \
    PT_FN T pt_minimum_##S(T a, T b) { return a < b ? a : b; }                                                         \
    PT_FN T pt_clamp_##S(T x, T lo, T hi) { return pt_minimum_##S(pt_maximum_##S(x, lo), hi); }                        \
    PT_FN T pt_and_##S(T a, T b) { return (T)(a & b); }                                                                \
    PT_FN T pt_or_##S(T a, T b) { return (T)(a | b); }                                                                 \
    PT_FN T pt_xor_##S(T a, T b) { return (T)(a ^ b); }                                                                \
    PT_FN T pt_not_##S(T a) { return (T)~a; }                                                                          \
    PT_FN T pt_shl_##S(T a, T n) { return (T)((U)a << ((U)n & (BITS - 1u))); }
#define PT_NUM_SINT(S, T, U, BITS)                                                                                     \
    PT_NUM_INT(S, T, U, BITS)                                                                                          \
    PT_FN T pt_div_##S(T a, T b) { return b == 0 ? (T)0 : b == -1 ? pt_neg_##S(a) : (T)(a / b); }                      \
    PT_FN T pt_rem_##S(T a, T b) { return b == 0 || b == -1 ? (T)0 : (T)(a % b); }                                     \
    PT_FN T pt_abs_##S(T a) { return a < 0 ? pt_neg_##S(a) : a; }                                                      \
    PT_FN T pt_sign_##S(T a) { return (T)((a > 0) - (a < 0)); }                                                        \
    PT_FN T pt_relu_##S(T a) { return a < 0 ? (T)0 : a; }                                                              \
    PT_FN T pt_shr_##S(T a, T n) {                                                                                     \
        int s = (int)((U)n & (BITS - 1u));                                                                             \
        return a < 0 ? (T) ~(~a >> s) : (T)(a >> s);                                                                   \
    }                                                                                                                  \
    PT_FN T pt_mean_##S(T sum, int64_t n) { return n == 0 ? (T)0 : (T)((int64_t)sum / n); }
#define PT_NUM_UINT(S, T, U, BITS)                                                                                     \
    PT_NUM_INT(S, T, U, BITS)                                                                                          \
    PT_FN T pt_div_##S(T a, T b) { return b == 0 ? (T)0 : (T)(a / b); }                                                \
    PT_FN T pt_rem_##S(T a, T b) { return b == 0 ? (T)0 : (T)(a % b); }                                                \
    PT_FN T pt_abs_##S(T a) { return a; }                                                                              \
    PT_FN T pt_sign_##S(T a) { return (T)(a > 0); }                                                                    \
    PT_FN T pt_relu_##S(T a) { return a; }                                                                             \
    PT_FN T pt_shr_##S(T a, T n) { return (T)((U)a >> ((U)n & (BITS - 1u))); }                                         \
    PT_FN T pt_mean_##S(T sum, int64_t n) { return n == 0 ? (T)0 : (T)((uint64_t)sum / (uint64_t)n); }
PT_NUM_SINT(i8, int8_t, uint32_t, 8)
PT_NUM_SINT(i16, int16_t, uint32_t, 16)
PT_NUM_SINT(i32, int32_t, uint32_t, 32)
PT_NUM_SINT(i64, int64_t, uint64_t, 64)
PT_NUM_UINT(u8, uint8_t, uint32_t, 8)
PT_NUM_UINT(u16, uint16_t, uint32_t, 16)
PT_NUM_UINT(u32, uint32_t, uint32_t, 32)
PT_NUM_UINT(u64, uint64_t, uint64_t, 64)
#undef PT_NUM_SINT
#undef PT_NUM_UINT
#undef PT_NUM_INT

/* ---- floats ---------------------------------------------------------------------------------------------------------- */
#define PT_NUM_FLOAT(S, T, M)                                                                                          \
    PT_FN T pt_add_##S(T a, T b) { return a + b; }                                                                     \
    PT_FN T pt_sub_##S(T a, T b) { return a - b; }                                                                     \
    PT_FN T pt_mul_##S(T a, T b) { return a * b; }                                                                     \
    PT_FN T pt_div_##S(T a, T b) { return a / b; }                                                                     \
    PT_FN T pt_rem_##S(T a, T b) { return fmod##M(a, b); }                                                             \
    PT_FN T pt_neg_##S(T a) { return -a; }                                                                             \
    PT_FN T pt_abs_##S(T a) { return fabs##M(a); }                                                                     \
    PT_FN T pt_sign_##S(T a) { return a > 0 ? (T)1 : a < 0 ? (T)-1 : a; }                                              \
    PT_FN T pt_relu_##S(T a) { return a < 0 ? (T)0 : a; }                                                              \
    PT_FN T pt_maximum_##S(T a, T b) { return a > b || a != a ? a : b; }                                               \
    PT_FN T pt_minimum_##S(T a, T b) { return a < b || a != a ? a : b; }                                               \
    PT_FN T pt_clamp_##S(T x, T lo, T hi) { return pt_minimum_##S(pt_maximum_##S(x, lo), hi); }                        \
    PT_FN T pt_mean_##S(T sum, int64_t n) { return sum / (T)n; }                                                       \
    PT_FN T pt_sqrt_##S(T a) { return sqrt##M(a); }                                                                    \
    PT_FN T pt_recip_##S(T a) { return (T)1 / a; }                                                                     \
    PT_FN T pt_rsqrt_##S(T a) { return (T)1 / sqrt##M(a); }                                                            \
    PT_FN T pt_floor_##S(T a) { return pt_floor_of_##S(a); }                                                           \
    PT_FN T pt_ceil_##S(T a) { return pt_ceil_of_##S(a); }                                                             \
    PT_FN T pt_trunc_##S(T a) { return pt_trunc_of_##S(a); }                                                           \
    PT_FN T pt_round_##S(T a) { return pt_rint_of_##S(a); }
PT_NUM_FLOAT(f32, float, f)
PT_NUM_FLOAT(f64, double, )
#undef PT_NUM_FLOAT

/* x * y + acc, rounded once. Without the instruction the sum of the exact product and acc is rounded to odd in double, which
 * has more than twice the bits and two, so that the last rounding is the only one that shows. */
PT_FN float pt_fma_f32(float x, float y, float acc) {
#if defined(__FMA__) || defined(__FP_FAST_FMAF)
    return fmaf(x, y, acc);
#else
    double p = (double)x * (double)y, c = (double)acc, s = p + c;
    double t = s - p, err = (p - (s - t)) + (c - t);
    uint64_t u = pt_u64_of_f64(s);
    if ((err > 0 || err < 0) && !(u & 1u))
        u += (err > 0) == (s > 0) ? 1u : (uint64_t)-1;
    return (float)pt_f64_of_u64(u);
#endif
}
PT_FN double pt_fma_f64(double x, double y, double acc) { return fma(x, y, acc); }
#endif
