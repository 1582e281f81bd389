/* ptoc_veccast.h - vectors of lanes: narrow types in memory, rounding and casts. Names as in ptoc_vec.h.
 *
 *   narrow memory   N = f16 bf16 f8e4m3 f8e5m2 with V = f32xL;  i8 u8 i16 u16 with V = i32xL;  u8 u16 with V = u32xL;  bool with
 *                   V = m32xL:  pt_load_N_V(p)  pt_store_N_V(p, v)  load_part(p, n)  store_part(p, v, n)  store_if(p, v, mask)
 *                   gather(p, stride)  gather_part(p, stride, n)  scatter(p, stride, v)  scatter_part(p, stride, v, n), as
 *                   pt_load_part_f16_f32x8. A store wants lanes already rounded; integers wrap.
 *   rounding        pt_round_N_f32xL(v) for the narrow floats
 *   casts           pt_cast_V_E(v, mode, sat), as pt_cast_T_E: from V = f32xL i32xL u32xL m32xL to E = f32 i32 u32 bool f16 bf16
 *                   f8e4m3 f8e5m2 (the result is f32xL, i32xL, u32xL or m32xL)
 *   f64             a vector of f32 lanes is two of f64: pt_widen_lo_f32x8(v) and pt_widen_hi_f32x8(v) -> f64x4, also of m32x8
 *                   -> m64x4; pt_narrow_f64x4(lo, hi) -> f32x8, rounded; pt_narrow_m64x4(lo, hi) -> m32x8;
 *                   pt_cast_f64x4_E(lo, hi, mode, sat) for every E above; pt_cast_i32x8_f64_lo(v, mode, sat) and _hi, also u32, m32 */
#ifndef PTOC_VECCAST_H
#define PTOC_VECCAST_H
#include "ptoc_vec.h"

/* ---- narrow integers in memory ---------------------------------------------------------------------------------------- */
#if PT_GNU_VECTORS
#define PT_VLOAD_INT(N, T, V, L)                                                                                       \
    PT_VFN pt_##V pt_load_##N##_##V(const T *p) {                                                                      \
        pt_##N##x##L v;                                                                                                \
        memcpy(&v, p, sizeof v);                                                                                       \
        return __builtin_convertvector(v, pt_##V);                                                                     \
    }                                                                                                                  \
    PT_VFN void pt_store_##N##_##V(T *p, pt_##V v) {                                                                   \
        pt_##N##x##L r = __builtin_convertvector(v, pt_##N##x##L);                                                     \
        memcpy(p, &r, sizeof r);                                                                                       \
    }
#else
#define PT_VLOAD_INT(N, T, V, L)                                                                                       \
    PT_LANEWISE(V, pt_load_##N##_##V, (const T *p), L, p[i])                                                           \
    PT_VFN void pt_store_##N##_##V(T *p, pt_##V v) {                                                                   \
        for (int i = 0; i < L; i++)                                                                                    \
            p[i] = (T)PT_AT(v, i);                                                                                     \
    }
#endif
/* Bytes by way of 16 bits: gcc 12 takes the whole step apart, lane by lane. */
#if PT_GNU_VECTORS
#define PT_VBYTES_OF(N, T, W, V, L)                                                                                    \
    PT_VFN pt_##V pt_load_##N##_##V(const T *p) {                                                                      \
        pt_##N##x##L v;                                                                                                \
        memcpy(&v, p, sizeof v);                                                                                       \
        return __builtin_convertvector(__builtin_convertvector(v, pt_##W##x##L), pt_##V);                              \
    }                                                                                                                  \
    PT_VFN void pt_store_##N##_##V(T *p, pt_##V v) {                                                                   \
        pt_##N##x##L r = __builtin_convertvector(__builtin_convertvector(v, pt_##W##x##L), pt_##N##x##L);              \
        memcpy(p, &r, sizeof r);                                                                                       \
    }
#else
#define PT_VBYTES_OF(N, T, W, V, L) PT_VLOAD_INT(N, T, V, L)
#endif
#define PT_VBYTES(L)                                                                                                   \
    PT_VBYTES_OF(i8, int8_t, i16, i32x##L, L)                                                                          \
    PT_VBYTES_OF(u8, uint8_t, u16, i32x##L, L)                                                                         \
    PT_VBYTES_OF(u8, uint8_t, u16, u32x##L, L)
#if PT_AVX2
#define PT_VBYTES_8(N, T, V, S)                                                                                        \
    PT_VFN pt_##V pt_load_##N##_##V(const T *p) {                                                                      \
        return (pt_##V)_mm256_cvtep##S##8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));                    \
    }                                                                                                                  \
    /* The lowest byte of each lane to the front of its half, and the halves together. */                              \
    PT_VFN void pt_store_##N##_##V(T *p, pt_##V v) {                                                                   \
        __m256i low = _mm256_shuffle_epi8((__m256i)v, _mm256_set1_epi32(0x0C080400));                                  \
        __m128i both = _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));              \
        _mm_storel_epi64((__m128i *)(void *)p, both);                                                                  \
    }
#endif
#if PT_AVX512
#define PT_VBYTES_16(N, T, V, S)                                                                                       \
    PT_VFN pt_##V pt_load_##N##_##V(const T *p) {                                                                      \
        return (pt_##V)_mm512_cvtep##S##8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));                    \
    }                                                                                                                  \
    PT_VFN void pt_store_##N##_##V(T *p, pt_##V v) {                                                                   \
        _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8((__m512i)v));                                      \
    }
#endif
#if PT_VEC_HAS(4)
PT_VBYTES(4)
#endif
#if PT_VEC_HAS(8) && PT_AVX2
PT_VBYTES_8(i8, int8_t, i32x8, i)
PT_VBYTES_8(u8, uint8_t, i32x8, u)
PT_VBYTES_8(u8, uint8_t, u32x8, u)
#elif PT_VEC_HAS(8)
PT_VBYTES(8)
#endif
#if PT_VEC_HAS(16) && PT_AVX512
PT_VBYTES_16(i8, int8_t, i32x16, i)
PT_VBYTES_16(u8, uint8_t, i32x16, u)
PT_VBYTES_16(u8, uint8_t, u32x16, u)
#elif PT_VEC_HAS(16)
PT_VBYTES(16)
#endif
/* The other ways to memory, by way of L elements in a row. */
#define PT_VNARROW(N, T, V, M, L)                                                                                      \
    PT_VFN pt_##V pt_load_part_##N##_##V(const T *p, int64_t n) {                                                      \
        T t[L];                                                                                                        \
        for (int i = 0; i < L; i++)                                                                                    \
            t[i] = i < n ? p[i] : (T)0;                                                                                \
        return pt_load_##N##_##V(t);                                                                                   \
    }                                                                                                                  \
    PT_VFN void pt_store_part_##N##_##V(T *p, pt_##V v, int64_t n) {                                                   \
        T t[L];                                                                                                        \
        pt_store_##N##_##V(t, v);                                                                                      \
        for (int i = 0; i < L; i++)                                                                                    \
            if (i < n)                                                                                                 \
                p[i] = t[i];                                                                                           \
    }                                                                                                                  \
    PT_VFN void pt_store_if_##N##_##V(T *p, pt_##V v, pt_##M m) {                                                      \
        T t[L];                                                                                                        \
        pt_store_##N##_##V(t, v);                                                                                      \
        for (int i = 0; i < L; i++)                                                                                    \
            if (PT_AT(m, i))                                                                                           \
                p[i] = t[i];                                                                                           \
    }                                                                                                                  \
    PT_VFN pt_##V pt_gather_##N##_##V(const T *p, int64_t stride) {                                                    \
        T t[L] = {PT_LIST_##L(PT_LANE_STRIDED)};                                                                       \
        return pt_load_##N##_##V(t);                                                                                   \
    }                                                                                                                  \
    PT_VFN pt_##V pt_gather_part_##N##_##V(const T *p, int64_t stride, int64_t n) {                                    \
        T t[L];                                                                                                        \
        for (int i = 0; i < L; i++)                                                                                    \
            t[i] = i < n ? p[i * stride] : (T)0;                                                                       \
        return pt_load_##N##_##V(t);                                                                                   \
    }                                                                                                                  \
    PT_VFN void pt_scatter_part_##N##_##V(T *p, int64_t stride, pt_##V v, int64_t n) {                                 \
        T t[L];                                                                                                        \
        pt_store_##N##_##V(t, v);                                                                                      \
        for (int i = 0; i < L; i++)                                                                                    \
            if (i < n)                                                                                                 \
                p[i * stride] = t[i];                                                                                  \
    }                                                                                                                  \
    PT_VFN void pt_scatter_##N##_##V(T *p, int64_t stride, pt_##V v) { pt_scatter_part_##N##_##V(p, stride, v, L); }
#define PT_VNARROW_INT(N, T, V, M, L)                                                                                  \
    PT_VLOAD_INT(N, T, V, L)                                                                                           \
    PT_VNARROW(N, T, V, M, L)
#define PT_VNARROW_INTS(L, H)                                                                                          \
    PT_VNARROW(i8, int8_t, i32x##L, m32x##L, L)                                                                        \
    PT_VNARROW(u8, uint8_t, i32x##L, m32x##L, L)                                                                       \
    PT_VNARROW_INT(i16, int16_t, i32x##L, m32x##L, L)                                                                  \
    PT_VNARROW_INT(u16, uint16_t, i32x##L, m32x##L, L)                                                                 \
    PT_VNARROW(u8, uint8_t, u32x##L, m32x##L, L)                                                                       \
    PT_VNARROW_INT(u16, uint16_t, u32x##L, m32x##L, L)                                                                 \
    PT_VFN pt_m32x##L pt_load_bool_m32x##L(const uint8_t *p) {                                                         \
        return pt_ne_i32x##L(pt_load_u8_i32x##L(p), pt_zero_i32x##L());                                                \
    }                                                                                                                  \
    PT_VFN void pt_store_bool_m32x##L(uint8_t *p, pt_m32x##L m) {                                                      \
        pt_store_u8_i32x##L(p, pt_and_i32x##L(m, pt_splat_i32x##L(1)));                                                \
    }                                                                                                                  \
    PT_VNARROW(bool, uint8_t, m32x##L, m32x##L, L)
PT_EACH_LANES(PT_VNARROW_INTS)

/* ---- narrow floats: in memory, and rounding --------------------------------------------------------------------------- */
#if PT_GNU_VECTORS
/* Moving the significand into a float and multiplying by the difference of the biases also sets subnormals right. `ends` is the
 * least magnitude that stands for an infinity or a NaN. */
#define PT_VFROM(N, B, V, L, WIDTH, SHIFT, BIAS, ENDS)                                                                 \
    PT_VFN pt_##V pt_load_##N##_##V(const uint##B##_t *p) {                                                            \
        pt_i32x##L u = pt_load_u##B##_i32x##L(p), m = u & ((1 << (WIDTH - 1)) - 1);                                    \
        pt_i32x##L r = (pt_i32x##L)((pt_##V)(m << SHIFT) * BIAS);                                                      \
        return (pt_##V)(r | ((pt_i32x##L)(m >= ENDS) & 0x7F800000) |                                                   \
                        (pt_i32x##L)((pt_u32x##L)(u >> (WIDTH - 1)) << 31));                                           \
    }
/* |x| to the nearest multiple of its last place, as pt_round_places. */
#define PT_VPLACES(V, L)                                                                                               \
    PT_VFN pt_##V pt_places_##V(pt_##V a, int drop, int emin) {                                                        \
        pt_i32x##L least = pt_splat_i32x##L((emin + 127) << 23), e = (pt_i32x##L)a & 0x7F800000;                       \
        pt_##V c = (pt_##V)(pt_maximum_i32x##L(e, least) + (drop << 23));                                              \
        return (a + c) - c;                                                                                            \
    }                                                                                                                  \
    PT_VFN pt_##V pt_signed_##V(pt_##V a, pt_##V sign) {                                                               \
        return (pt_##V)(((pt_i32x##L)a & 0x7FFFFFFF) | ((pt_i32x##L)sign & INT32_MIN));                                \
    }
#define PT_VPLACES_ALL(L, H) PT_VPLACES(f32x##L, L)
PT_EACH_LANES(PT_VPLACES_ALL)
/* INSIDE: a test of the magnitude; what fails it becomes OVER. */
#define PT_VROUND(N, V, L, DROP, EMIN, INSIDE, OVER)                                                                   \
    PT_VFN pt_##V pt_round_##N##_##V(pt_##V x) {                                                                       \
        pt_##V a = pt_abs_##V(x), over = pt_select_##V(pt_isnan_##V(a), a, pt_splat_##V(OVER));                        \
        pt_m32x##L inside = (pt_m32x##L)(a INSIDE);                                                                    \
        pt_##V r = pt_places_##V(pt_select_##V(inside, a, pt_splat_##V(1)), DROP, EMIN);                               \
        return pt_signed_##V(pt_select_##V(inside, r, over), x);                                                       \
    }
#define PT_VTO(N, B, V, L, WIDTH, SHIFT, BIAS, INF, NANS)                                                              \
    PT_VFN void pt_store_##N##_##V(uint##B##_t *p, pt_##V x) {                                                         \
        pt_##V a = pt_abs_##V(x);                                                                                      \
        pt_i32x##L m = (pt_i32x##L)(a * BIAS) >> SHIFT, s = ((pt_i32x##L)x >> (32 - WIDTH)) & (1 << (WIDTH - 1));      \
        m = pt_select_i32x##L((pt_m32x##L)(a > FLT_MAX), pt_splat_i32x##L(INF), m);                                    \
        m = pt_select_i32x##L(pt_isnan_##V(a), pt_splat_i32x##L(NANS), m);                                             \
        pt_store_u##B##_i32x##L(p, m | s);                                                                             \
    }
#define PT_VBF16(V, L)                                                                                                 \
    PT_VFN pt_##V pt_load_bf16_##V(const uint16_t *p) { return (pt_##V)(pt_load_u16_u32x##L(p) << 16); }               \
    PT_VFN pt_##V pt_round_bf16_##V(pt_##V x) {                                                                        \
        pt_u32x##L u = (pt_u32x##L)x, r = u + 0x7FFFu + ((u >> 16) & 1u);                                              \
        return (pt_##V)(pt_select_u32x##L(pt_isnan_##V(x), u | 0x400000u, r) & 0xFFFF0000u);                           \
    }                                                                                                                  \
    PT_VFN void pt_store_bf16_##V(uint16_t *p, pt_##V x) { pt_store_u16_u32x##L(p, (pt_u32x##L)x >> 16); }
#define PT_VSOFT_F16(V, L)                                                                                             \
    PT_VFROM(f16, 16, V, L, 16, 13, 0x1p112f, 0x7C00)                                                                  \
    PT_VROUND(f16, V, L, 13, -14, < 65520.0f, INFINITY)                                                                \
    PT_VTO(f16, 16, V, L, 16, 13, 0x1p-112f, 0x7C00, 0x7E00)
#else
#define PT_VLANES_N(N, T, V, L)                                                                                        \
    PT_LANEWISE(V, pt_load_##N##_##V, (const T *p), L, pt_ld_##N(p[i]))                                                \
    PT_LANEWISE(V, pt_round_##N##_##V, (pt_##V a), L, pt_round_##N(PT_AT(a, i)))                                       \
    PT_VFN void pt_store_##N##_##V(T *p, pt_##V v) {                                                                   \
        for (int i = 0; i < L; i++)                                                                                    \
            p[i] = pt_st_##N(PT_AT(v, i));                                                                             \
    }
#define PT_VSOFT_F16(V, L) PT_VLANES_N(f16, uint16_t, V, L)
#endif

#if PT_AVX2
/* LOAD and STORE move the f16 lanes, CAST is how wide the intrinsics are. */
#define PT_VHARD_F16(V, L, MM, LOAD, STORE, X)                                                                         \
    PT_VFN pt_##V pt_load_f16_##V(const uint16_t *p) { return MM##_cvtph_ps(LOAD((const X *)(const void *)p)); }       \
    PT_VFN void pt_store_f16_##V(uint16_t *p, pt_##V v) { STORE((X *)(void *)p, MM##_cvtps_ph(v, 0)); }                \
    PT_VFN pt_##V pt_round_f16_##V(pt_##V v) { return MM##_cvtph_ps(MM##_cvtps_ph(v, 0)); }
#endif
#if PT_VEC_HAS(4) && PT_AVX2
PT_VHARD_F16(f32x4, 4, _mm, _mm_loadl_epi64, _mm_storel_epi64, __m128i)
#elif PT_VEC_HAS(4)
PT_VSOFT_F16(f32x4, 4)
#endif
#if PT_VEC_HAS(8) && PT_AVX2
PT_VHARD_F16(f32x8, 8, _mm256, _mm_loadu_si128, _mm_storeu_si128, __m128i)
#elif PT_VEC_HAS(8)
PT_VSOFT_F16(f32x8, 8)
#endif
#if PT_VEC_HAS(16) && PT_AVX512
PT_VHARD_F16(f32x16, 16, _mm512, _mm256_loadu_si256, _mm256_storeu_si256, __m256i)
#elif PT_VEC_HAS(16)
PT_VSOFT_F16(f32x16, 16)
#endif

#if PT_GNU_VECTORS
#define PT_VNARROW_FLOAT(V, L)                                                                                         \
    PT_VBF16(V, L)                                                                                                     \
    PT_VFROM(f8e4m3, 8, V, L, 8, 20, 0x1p120f, 0x7F)                                                                   \
    PT_VROUND(f8e4m3, V, L, 20, -6, <= 464.0f, NAN)                                                                    \
    PT_VTO(f8e4m3, 8, V, L, 8, 20, 0x1p-120f, 0x7F, 0x7F)                                                              \
    PT_VFROM(f8e5m2, 8, V, L, 8, 21, 0x1p112f, 0x7C)                                                                   \
    PT_VROUND(f8e5m2, V, L, 21, -14, < 61440.0f, INFINITY)                                                             \
    PT_VTO(f8e5m2, 8, V, L, 8, 21, 0x1p-112f, 0x7C, 0x7E)
#else
#define PT_VNARROW_FLOAT(V, L)                                                                                         \
    PT_VLANES_N(bf16, uint16_t, V, L)                                                                                  \
    PT_VLANES_N(f8e4m3, uint8_t, V, L)                                                                                 \
    PT_VLANES_N(f8e5m2, uint8_t, V, L)
#endif
#define PT_VNARROW_FLOATS(L, H)                                                                                        \
    PT_VNARROW_FLOAT(f32x##L, L)                                                                                       \
    PT_VNARROW(f16, uint16_t, f32x##L, m32x##L, L)                                                                     \
    PT_VNARROW(bf16, uint16_t, f32x##L, m32x##L, L)                                                                    \
    PT_VNARROW(f8e4m3, uint8_t, f32x##L, m32x##L, L)                                                                   \
    PT_VNARROW(f8e5m2, uint8_t, f32x##L, m32x##L, L)
PT_EACH_LANES(PT_VNARROW_FLOATS)

/* ---- casts between lanes of 32 bits ----------------------------------------------------------------------------------- */
#define PT_LANE_CAST(R, V, S, E, L)                                                                                    \
    PT_LANEWISE(R, pt_cast_##V##_##E, (pt_##V a, int mode, int sat), L, pt_cast_##S##_##E(PT_AT(a, i), mode, sat))
#define PT_LANE_CAST_NAMED(R, NAME, V, S, E, L)                                                                        \
    PT_LANEWISE(R, NAME, (pt_##V a, int mode, int sat), L, pt_cast_##S##_##E(PT_AT(a, i), mode, sat))
#if PT_GNU_VECTORS
/* The lanes converted are in range; the rest is put right by selection. */
#define PT_VCAST_FLOAT(V, I, U, M, L)                                                                                  \
    PT_VFN pt_##V pt_integral_##V(pt_##V x, int mode) {                                                                \
        return mode == PT_RINT    ? pt_round_##V(x)                                                                    \
               : mode == PT_FLOOR ? pt_floor_##V(x)                                                                    \
               : mode == PT_CEIL  ? pt_ceil_##V(x)                                                                     \
                                  : pt_trunc_##V(x);                                                                    \
    }                                                                                                                  \
    PT_VFN pt_##I pt_cast_##V##_i32(pt_##V x, int mode, int sat) {                                                     \
        pt_##V r = pt_integral_##V(x, mode), big = pt_splat_##V(0x1p31f);                                              \
        pt_##V t = pt_select_##V(pt_lt_##V(pt_abs_##V(r), big), r, pt_zero_##V());                                     \
        pt_##I i = __builtin_convertvector(t, pt_##I);                                                                 \
        (void)sat;                                                                                                     \
        i = pt_select_##I(pt_ge_##V(r, big), pt_splat_##I(INT32_MAX), i);                                              \
        return pt_select_##I(pt_le_##V(r, pt_neg_##V(big)), pt_splat_##I(INT32_MIN), i);                               \
    }                                                                                                                  \
    PT_VFN pt_##U pt_cast_##V##_u32(pt_##V x, int mode, int sat) {                                                     \
        pt_##V r = pt_integral_##V(x, mode), half = pt_splat_##V(0x1p31f), zero = pt_zero_##V();                       \
        pt_##M high = pt_ge_##V(r, half), fits = pt_and_##M(pt_gt_##V(r, zero), pt_lt_##V(r, pt_splat_##V(0x1p32f)));  \
        pt_##V t = pt_select_##V(fits, pt_sub_##V(r, pt_select_##V(high, half, zero)), zero);                          \
        pt_##U u = (pt_##U) __builtin_convertvector(t, pt_##I);                                                        \
        (void)sat;                                                                                                     \
        u = pt_xor_##U(u, (pt_##U)high & 0x80000000u);                                                                 \
        return pt_select_##U(pt_ge_##V(r, pt_splat_##V(0x1p32f)), pt_splat_##U(UINT32_MAX), u);                        \
    }
#define PT_VCAST_TO_F32(V, S, R, L)                                                                                    \
    PT_LANE_CAST_NAMED(R, pt_cast_slow_##V##_f32, V, S, f32, L)                                                        \
    PT_VFN pt_##R pt_cast_##V##_f32(pt_##V a, int mode, int sat) {                                                     \
        return mode == PT_RINT ? __builtin_convertvector(a, pt_##R) : pt_cast_slow_##V##_f32(a, mode, sat);            \
    }
#else
#define PT_VCAST_FLOAT(V, I, U, M, L)                                                                                  \
    PT_LANE_CAST(I, V, f32, i32, L)                                                                                    \
    PT_LANE_CAST(U, V, f32, u32, L)
#define PT_VCAST_TO_F32(V, S, R, L) PT_LANE_CAST(R, V, S, f32, L)
#endif
/* To nearest in lanes; a directed rounding goes lane by lane. */
#define PT_VCAST_NARROW(V, N, LARGEST, INF_STAYS, M, L)                                                                \
    PT_LANE_CAST_NAMED(V, pt_cast_slow_##V##_##N, V, f32, N, L)                                                        \
    PT_VFN pt_##V pt_cast_##V##_##N(pt_##V x, int mode, int sat) {                                                     \
        pt_##V a = pt_abs_##V(x), top = pt_splat_##V(LARGEST);                                                         \
        pt_##V end = pt_splat_##V(INF_STAYS ? FLT_MAX : INFINITY);                                                     \
        pt_##M clip = pt_and_##M(pt_gt_##V(a, top), pt_le_##V(a, end));                                                \
        if (mode != PT_RINT)                                                                                           \
            return pt_cast_slow_##V##_##N(x, mode, sat);                                                               \
        if (sat)                                                                                                       \
            x = pt_select_##V(clip, pt_select_##V(pt_lt_##V(x, pt_zero_##V()), pt_neg_##V(top), top), x);              \
        return pt_round_##N##_##V(x);                                                                                  \
    }
#define PT_VCAST_SAME(V, E)                                                                                            \
    PT_VFN pt_##V pt_cast_##V##_##E(pt_##V a, int mode, int sat) {                                                     \
        (void)mode, (void)sat;                                                                                         \
        return a;                                                                                                      \
    }
#define PT_VCAST_BOOL(V, M)                                                                                            \
    PT_VFN pt_##M pt_cast_##V##_bool(pt_##V a, int mode, int sat) {                                                    \
        (void)mode, (void)sat;                                                                                         \
        return pt_ne_##V(a, pt_zero_##V());                                                                            \
    }
#define PT_VCAST_MASK(M, E, R)                                                                                         \
    PT_VFN pt_##R pt_cast_##M##_##E(pt_##M m, int mode, int sat) {                                                     \
        (void)mode, (void)sat;                                                                                         \
        return pt_select_##R(m, pt_splat_##R(1), pt_zero_##R());                                                       \
    }
#define PT_VCAST_INTS(I, U, M, L)                                                                                      \
    PT_VFN pt_##U pt_cast_##I##_u32(pt_##I a, int mode, int sat) {                                                     \
        (void)mode;                                                                                                    \
        return pt_asu_##I(sat ? pt_relu_##I(a) : a);                                                                   \
    }                                                                                                                  \
    PT_VFN pt_##I pt_cast_##U##_i32(pt_##U a, int mode, int sat) {                                                     \
        (void)mode;                                                                                                    \
        return pt_asi_##U(sat ? pt_minimum_##U(a, pt_splat_##U(INT32_MAX)) : a);                                       \
    }
#define PT_VCASTS(L, H)                                                                                                \
    PT_VCAST_FLOAT(f32x##L, i32x##L, u32x##L, m32x##L, L)                                                              \
    PT_VCAST_TO_F32(i32x##L, i32, f32x##L, L)                                                                          \
    PT_VCAST_TO_F32(u32x##L, u32, f32x##L, L)                                                                          \
    PT_VCAST_NARROW(f32x##L, f16, 65504.0f, 1, m32x##L, L)                                                             \
    PT_VCAST_NARROW(f32x##L, bf16, 0x1.FEp127f, 1, m32x##L, L)                                                         \
    PT_VCAST_NARROW(f32x##L, f8e5m2, 57344.0f, 1, m32x##L, L)                                                          \
    PT_VCAST_NARROW(f32x##L, f8e4m3, 448.0f, 0, m32x##L, L)                                                            \
    PT_VCAST_INTS(i32x##L, u32x##L, m32x##L, L)                                                                        \
    PT_VCAST_SAME(f32x##L, f32)                                                                                        \
    PT_VCAST_SAME(i32x##L, i32)                                                                                        \
    PT_VCAST_SAME(u32x##L, u32)                                                                                        \
    PT_VCAST_SAME(m32x##L, bool)                                                                                       \
    PT_VCAST_BOOL(f32x##L, m32x##L)                                                                                    \
    PT_VCAST_BOOL(i32x##L, m32x##L)                                                                                    \
    PT_VCAST_BOOL(u32x##L, m32x##L)                                                                                    \
    PT_VCAST_MASK(m32x##L, f32, f32x##L)                                                                               \
    PT_VCAST_MASK(m32x##L, f16, f32x##L)                                                                               \
    PT_VCAST_MASK(m32x##L, bf16, f32x##L)                                                                              \
    PT_VCAST_MASK(m32x##L, f8e4m3, f32x##L)                                                                            \
    PT_VCAST_MASK(m32x##L, f8e5m2, f32x##L)                                                                            \
    PT_VCAST_MASK(m32x##L, i32, i32x##L)                                                                               \
    PT_VCAST_MASK(m32x##L, u32, u32x##L)                                                                               \
    PT_LANE_CAST(f32x##L, i32x##L, i32, f16, L)                                                                        \
    PT_LANE_CAST(f32x##L, i32x##L, i32, bf16, L)                                                                       \
    PT_LANE_CAST(f32x##L, i32x##L, i32, f8e4m3, L)                                                                     \
    PT_LANE_CAST(f32x##L, i32x##L, i32, f8e5m2, L)                                                                     \
    PT_LANE_CAST(f32x##L, u32x##L, u32, f16, L)                                                                        \
    PT_LANE_CAST(f32x##L, u32x##L, u32, bf16, L)                                                                       \
    PT_LANE_CAST(f32x##L, u32x##L, u32, f8e4m3, L)                                                                     \
    PT_LANE_CAST(f32x##L, u32x##L, u32, f8e5m2, L)
PT_EACH_LANES(PT_VCASTS)

/* ---- f64: two vectors for one of f32 ---------------------------------------------------------------------------------- */
#define PT_LANE_AT_HALF(v, i, H) PT_AT(v, (i) + (H))
#define PT_VWIDE_CAST(V, S, W, E, L, H)                                                                                \
    PT_LANEWISE(W, pt_cast_##V##_##E##_lo, (pt_##V a, int mode, int sat), H,                                           \
                pt_cast_##S##_##E(PT_AT(a, i), mode, sat))                                                             \
    PT_LANEWISE(W, pt_cast_##V##_##E##_hi, (pt_##V a, int mode, int sat), H,                                           \
                pt_cast_##S##_##E(PT_AT(a, i + H), mode, sat))
#define PT_LANE_OF_TWO(i, H) (i < H ? PT_AT(lo, i % H) : PT_AT(hi, i % H))
#define PT_VCAST_F64(W, E, R, L, H)                                                                                    \
    PT_LANEWISE(R, pt_cast_##W##_##E, (pt_##W lo, pt_##W hi, int mode, int sat), L,                                    \
                pt_cast_f64_##E(PT_LANE_OF_TWO(i, H), mode, sat))
#if PT_GNU_VECTORS
/* By halves, for which there are instructions. */
#define PT_VWIDE_FLOAT(L, H)                                                                                           \
    PT_VTYPE(half##L, float, H)                                                                                        \
    PT_VFN pt_f64x##H pt_widen_lo_f32x##L(pt_f32x##L v) {                                                              \
        pt_half##L h;                                                                                                  \
        memcpy(&h, &v, sizeof h);                                                                                      \
        return __builtin_convertvector(h, pt_f64x##H);                                                                 \
    }                                                                                                                  \
    PT_VFN pt_f64x##H pt_widen_hi_f32x##L(pt_f32x##L v) {                                                              \
        pt_half##L h;                                                                                                  \
        memcpy(&h, (const char *)&v + sizeof h, sizeof h);                                                             \
        return __builtin_convertvector(h, pt_f64x##H);                                                                 \
    }                                                                                                                  \
    PT_VFN pt_f32x##L pt_narrow_f64x##H(pt_f64x##H lo, pt_f64x##H hi) {                                                \
        pt_half##L a = __builtin_convertvector(lo, pt_half##L), b = __builtin_convertvector(hi, pt_half##L);           \
        pt_f32x##L r;                                                                                                  \
        memcpy(&r, &a, sizeof a);                                                                                      \
        memcpy((char *)&r + sizeof a, &b, sizeof b);                                                                   \
        return r;                                                                                                      \
    }
#else
#define PT_VWIDE_FLOAT(L, H)                                                                                           \
    PT_LANEWISE(f64x##H, pt_widen_lo_f32x##L, (pt_f32x##L v), H, (double)PT_AT(v, i))                                  \
    PT_LANEWISE(f64x##H, pt_widen_hi_f32x##L, (pt_f32x##L v), H, (double)PT_AT(v, i + H))                              \
    PT_LANEWISE(f32x##L, pt_narrow_f64x##H, (pt_f64x##H lo, pt_f64x##H hi), L, (float)PT_LANE_OF_TWO(i, H))
#endif
#define PT_VWIDES(L, H)                                                                                                \
    PT_VWIDE_FLOAT(L, H)                                                                                               \
    PT_LANEWISE(m64x##H, pt_widen_lo_m32x##L, (pt_m32x##L v), H, PT_AT(v, i))                                          \
    PT_LANEWISE(m64x##H, pt_widen_hi_m32x##L, (pt_m32x##L v), H, PT_AT(v, i + H))                                      \
    PT_LANEWISE(m32x##L, pt_narrow_m64x##H, (pt_m64x##H lo, pt_m64x##H hi), L, (int32_t)PT_LANE_OF_TWO(i, H))          \
    PT_VWIDE_CAST(i32x##L, i32, f64x##H, f64, L, H)                                                                    \
    PT_VWIDE_CAST(u32x##L, u32, f64x##H, f64, L, H)                                                                    \
    PT_VWIDE_CAST(f32x##L, f32, f64x##H, f64, L, H)                                                                    \
    PT_LANEWISE(f64x##H, pt_cast_m32x##L##_f64_lo, (pt_m32x##L m, int mode, int sat), H,                               \
                ((void)mode, (void)sat, PT_AT(m, i) ? 1.0 : 0.0))                                                      \
    PT_LANEWISE(f64x##H, pt_cast_m32x##L##_f64_hi, (pt_m32x##L m, int mode, int sat), H,                               \
                ((void)mode, (void)sat, PT_AT(m, i + H) ? 1.0 : 0.0))                                                  \
    PT_VCAST_F64(f64x##H, f32, f32x##L, L, H)                                                                          \
    PT_VCAST_F64(f64x##H, f16, f32x##L, L, H)                                                                          \
    PT_VCAST_F64(f64x##H, bf16, f32x##L, L, H)                                                                         \
    PT_VCAST_F64(f64x##H, f8e4m3, f32x##L, L, H)                                                                       \
    PT_VCAST_F64(f64x##H, f8e5m2, f32x##L, L, H)                                                                       \
    PT_VCAST_F64(f64x##H, i32, i32x##L, L, H)                                                                          \
    PT_VCAST_F64(f64x##H, u32, u32x##L, L, H)                                                                          \
    PT_LANEWISE(m32x##L, pt_cast_f64x##H##_bool, (pt_f64x##H lo, pt_f64x##H hi, int mode, int sat), L,                 \
                ((void)mode, (void)sat, PT_LANE_OF_TWO(i, H) != 0 ? -1 : 0))
PT_EACH_LANES(PT_VWIDES)
#endif
