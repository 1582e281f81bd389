/* ptoc_vec.h - vectors of lanes: types, memory, arithmetic, comparisons, masks. Same bits as the scalar functions, always.
 *
 * V is a vector suffix: f32x4 f32x8 f32x16, i32x4 .. u32x16, f64x2 f64x4 f64x8; the type is pt_V. M is the mask suffix with lanes
 * as wide: m32x4 .. m32x16 for 32-bit lanes, m64x2 .. m64x8 for f64; lanes are 0 or -1. Where the scalar function is pt_OP_T the
 * lane form is pt_OP_V. Functions written in lanes of T = f32, i32, u32, f64:
 *
 *   memory      pt_load_V(p)  pt_store_V(p, v)  pt_splat_V(x)  pt_zero_V()  pt_iota_V(x): x, x + 1, ..  pt_lane_V(v, i)
 *               pt_load_part_V(p, n)  pt_store_part_V(p, v, n)    the first n lanes (int64_t; <= 0: none, >= lanes: all); others
 *                                                                 read 0 and their memory is not touched
 *               pt_store_if_V(p, v, mask)                         lanes of the mask; the memory of others is not touched
 *               pt_gather_V(p, stride)  pt_gather_part_V(p, stride, n)  pt_scatter_V(p, stride, v)  pt_scatter_part_V(p, stride, v, n)
 *   f32, f64    add sub mul div rem neg abs sign relu maximum minimum clamp(x, lo, hi) sqrt rsqrt recip floor ceil trunc round
 *               fma(a, b, c)  mac(a, b, c): a product known to be exact
 *   i32, u32    add sub mul neg abs sign relu maximum minimum clamp and or xor not shl shr
 *   compare     eq ne lt le gt ge -> pt_M; isnan (floats)         pt_select_V(mask, a, b), also pt_select_M
 *   masks       pt_and_M or xor not eq ne; pt_any_M(m) pt_all_M(m) -> int; pt_bits_M(m): bit i is lane i; pt_first_M(n): lanes < n;
 *               pt_splat_M(x) of a bool; pt_lane_M(m, i) -> 0 or 1
 *   bits        pt_as_i32x8(f32x8 v) is pt_asi_f32x8(v), back pt_asf_i32x8(v); i32 and u32: pt_asu_i32xL(v), pt_asi_u32xL(v)
 *
 * Conversions, narrow types in memory and f64 <-> f32 are in ptoc_veccast.h, reductions in ptoc_vecred.h.
 * Define PT_VEC_ONLY as 4, 8 or 16 (lanes of f32) to leave out the others, PT_PLAIN_C to use no compiler extension at all. */
#ifndef PTOC_VEC_H
#define PTOC_VEC_H
#include "ptoc_num.h"

/* gcc has a word to say whenever it passes a vector wider than the machine's, and cannot be silenced from here. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__SSE2__) && defined(PT_VEC_ONLY)
#if (PT_VEC_ONLY == 8 && !defined(__AVX__)) || (PT_VEC_ONLY == 16 && !defined(__AVX512F__))
#define PT_PLAIN_C
#endif
#endif

/* ---- what the compiler and the flags offer ----------------------------------------------------------------------------- */
#if defined(__GNUC__) && !defined(PT_PLAIN_C)
#define PT_GNU_VECTORS 1
#define PT_VFN __attribute__((always_inline, PT_KEEP)) static inline
#define PT_NOINLINE __attribute__((noinline))
#define PT_PREFETCH(p) __builtin_prefetch(p)
#if defined(__clang__)
#define PT_LOOP_PRAGMA(x) _Pragma(#x)
#define PT_UNROLL(n) PT_LOOP_PRAGMA(clang loop unroll_count(n))
#else
#define PT_LOOP_PRAGMA(x) _Pragma(#x)
#define PT_UNROLL(n) PT_LOOP_PRAGMA(GCC unroll n)
#endif
/* Vectors wider than the machine's are passed in memory; that is no concern of functions that are always inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"
#else
#define PT_GNU_VECTORS 0
#define PT_VFN PT_FN
#define PT_NOINLINE
#define PT_PREFETCH(p) ((void)(p))
#define PT_UNROLL(n)
#endif

#if PT_GNU_VECTORS && defined(__SSE2__)
#include <immintrin.h>
#endif
#if PT_GNU_VECTORS && defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define PT_AVX2 1
#else
#define PT_AVX2 0
#endif
#if PT_AVX2 && defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define PT_AVX512 1
#else
#define PT_AVX512 0
#endif
#if defined(__FMA__) || defined(__FP_FAST_FMAF)
#define PT_HAS_FMA 1
#else
#define PT_HAS_FMA 0
#endif

/* Keeps a loaded vector in a register: gcc would load it again at each use. */
#if PT_AVX2 && !defined(__clang__)
#define PT_PIN(v) __asm__("" : "+x"(v))
#else
#define PT_PIN(v) ((void)0)
#endif

/* PT_EACH_LANES(MACRO) expands MACRO(L, H) for the lane counts in use: L lanes of 32 bits, H of 64. */
#if !defined(PT_VEC_ONLY)
#define PT_VEC_ONLY 0
#endif
#define PT_VEC_HAS(L) (PT_VEC_ONLY == 0 || PT_VEC_ONLY == L)
#if PT_VEC_ONLY == 0
#define PT_EACH_LANES(MACRO) MACRO(4, 2) MACRO(8, 4) MACRO(16, 8)
#elif PT_VEC_ONLY == 4
#define PT_EACH_LANES(MACRO) MACRO(4, 2)
#elif PT_VEC_ONLY == 8
#define PT_EACH_LANES(MACRO) MACRO(8, 4)
#else
#define PT_EACH_LANES(MACRO) MACRO(16, 8)
#endif

/* ---- types ---------------------------------------------------------------------------------------------------------------- */
#if PT_GNU_VECTORS
#define PT_VTYPE(V, T, L) typedef T pt_##V __attribute__((vector_size(sizeof(T) * L)));
#define PT_AT(v, i) (v)[i]
#define PT_BRACES(...)                                                                                                 \
    { __VA_ARGS__ }
#else
#define PT_VTYPE(V, T, L)                                                                                              \
    typedef struct pt_##V {                                                                                            \
        T lane[L];                                                                                                     \
    } pt_##V;
#define PT_AT(v, i) (v).lane[i]
#define PT_BRACES(...)                                                                                                 \
    {                                                                                                                  \
        { __VA_ARGS__ }                                                                                                \
    }
#endif
#define PT_VTYPES(L, H)                                                                                                \
    PT_VTYPE(f32x##L, float, L)                                                                                        \
    PT_VTYPE(i32x##L, int32_t, L)                                                                                      \
    PT_VTYPE(u32x##L, uint32_t, L)                                                                                     \
    PT_VTYPE(u16x##L, uint16_t, L)                                                                                     \
    PT_VTYPE(i16x##L, int16_t, L)                                                                                      \
    PT_VTYPE(u8x##L, uint8_t, L)                                                                                       \
    PT_VTYPE(i8x##L, int8_t, L)                                                                                        \
    PT_VTYPE(f64x##H, double, H)                                                                                       \
    PT_VTYPE(i64x##H, int64_t, H)                                                                                      \
    PT_VTYPE(u64x##H, uint64_t, H)                                                                                     \
    typedef pt_i32x##L pt_m32x##L;                                                                                     \
    typedef pt_i64x##H pt_m64x##H;
PT_EACH_LANES(PT_VTYPES)

/* F(0), F(1), .. for so many lanes; a list sets a vector in one go. */
#define PT_LIST_2(F) F(0), F(1)
#define PT_LIST_4(F) PT_LIST_2(F), F(2), F(3)
#define PT_LIST_8(F) PT_LIST_4(F), F(4), F(5), F(6), F(7)
#define PT_LIST_16(F) PT_LIST_8(F), F(8), F(9), F(10), F(11), F(12), F(13), F(14), F(15)
#define PT_LANE_SAME(i) x
#define PT_LANE_NUMBER(i) i
#define PT_LANE_STRIDED(i) p[i * stride]
#define PT_VLIST(R, NAME, ARGS, L, F)                                                                                  \
    PT_VFN pt_##R NAME ARGS {                                                                                          \
        pt_##R r = PT_BRACES(PT_LIST_##L(F));                                                                          \
        return r;                                                                                                      \
    }

/* ---- rows: one operation, its text for GNU vectors a, b, c; elsewhere the scalar function S in each lane ----------------------- */
#define PT_LANEWISE(R, NAME, ARGS, L, EXPR)                                                                            \
    PT_VFN pt_##R NAME ARGS {                                                                                          \
        pt_##R r = PT_BRACES(0);                                                                                       \
        for (int i = 0; i < L; i++)                                                                                    \
            PT_AT(r, i) = EXPR;                                                                                        \
        return r;                                                                                                      \
    }
#define PT_LANES1(R, OP, S, V, L) PT_LANEWISE(R, pt_##OP##_##V, (pt_##V a), L, pt_##OP##_##S(PT_AT(a, i)))
#define PT_LANES2(R, OP, S, V, L)                                                                                      \
    PT_LANEWISE(R, pt_##OP##_##V, (pt_##V a, pt_##V b), L, pt_##OP##_##S(PT_AT(a, i), PT_AT(b, i)))
#define PT_LANES3(R, OP, S, V, L)                                                                                      \
    PT_LANEWISE(R, pt_##OP##_##V, (pt_##V a, pt_##V b, pt_##V c), L,                                                   \
                pt_##OP##_##S(PT_AT(a, i), PT_AT(b, i), PT_AT(c, i)))
#if PT_GNU_VECTORS
#define PT_V1(OP, S, V, L, EXPR)                                                                                       \
    PT_VFN pt_##V pt_##OP##_##V(pt_##V a) { return EXPR; }
#define PT_V2(OP, S, V, L, EXPR)                                                                                       \
    PT_VFN pt_##V pt_##OP##_##V(pt_##V a, pt_##V b) { return EXPR; }
#define PT_V3(OP, S, V, L, EXPR)                                                                                       \
    PT_VFN pt_##V pt_##OP##_##V(pt_##V a, pt_##V b, pt_##V c) { return EXPR; }
#define PT_VC(OP, V, M, L, SIGN)                                                                                       \
    PT_VFN pt_##M pt_##OP##_##V(pt_##V a, pt_##V b) { return (pt_##M)(a SIGN b); }
#define PT_VAS(NAME, R, V)                                                                                             \
    PT_VFN pt_##R NAME(pt_##V a) { return (pt_##R)a; }
#else
#define PT_V1(OP, S, V, L, EXPR) PT_LANES1(V, OP, S, V, L)
#define PT_V2(OP, S, V, L, EXPR) PT_LANES2(V, OP, S, V, L)
#define PT_V3(OP, S, V, L, EXPR) PT_LANES3(V, OP, S, V, L)
#define PT_VC(OP, V, M, L, SIGN) PT_LANEWISE(M, pt_##OP##_##V, (pt_##V a, pt_##V b), L, -(PT_AT(a, i) SIGN PT_AT(b, i)))
#define PT_VAS(NAME, R, V)                                                                                             \
    PT_VFN pt_##R NAME(pt_##V a) {                                                                                     \
        pt_##R r;                                                                                                      \
        memcpy(&r, &a, sizeof r);                                                                                      \
        return r;                                                                                                      \
    }
#endif

/* ---- memory, any lanes ------------------------------------------------------------------------------------------------ */
#define PT_VMEM(V, T, L)                                                                                               \
    PT_VFN pt_##V pt_load_##V(const T *p) {                                                                            \
        pt_##V r;                                                                                                      \
        memcpy(&r, p, sizeof r);                                                                                       \
        return r;                                                                                                      \
    }                                                                                                                  \
    PT_VFN void pt_store_##V(T *p, pt_##V v) { memcpy(p, &v, sizeof v); }                                              \
    PT_VLIST(V, pt_splat_##V, (T x), L, PT_LANE_SAME)                                                                  \
    PT_VLIST(V, pt_count_##V, (void), L, PT_LANE_NUMBER)                                                               \
    PT_VFN pt_##V pt_zero_##V(void) { return pt_splat_##V(0); }                                                        \
    PT_VFN T pt_lane_##V(pt_##V v, int i) { return PT_AT(v, i); }                                                      \
    PT_VLIST(V, pt_gather_##V, (const T *p, int64_t stride), L, PT_LANE_STRIDED)                                       \
    PT_LANEWISE(V, pt_gather_part_##V, (const T *p, int64_t stride, int64_t n), L, i < n ? p[i * stride] : (T)0)       \
    PT_VFN void pt_scatter_##V(T *p, int64_t stride, pt_##V v) {                                                       \
        for (int i = 0; i < L; i++)                                                                                    \
            p[i * stride] = PT_AT(v, i);                                                                               \
    }                                                                                                                  \
    PT_VFN void pt_scatter_part_##V(T *p, int64_t stride, pt_##V v, int64_t n) {                                       \
        for (int i = 0; i < L; i++)                                                                                    \
            if (i < n)                                                                                                 \
                p[i * stride] = PT_AT(v, i);                                                                           \
    }
#define PT_VCOMPARE(V, M, L)                                                                                           \
    PT_VC(eq, V, M, L, ==)                                                                                             \
    PT_VC(ne, V, M, L, !=)                                                                                             \
    PT_VC(lt, V, M, L, <)                                                                                              \
    PT_VC(le, V, M, L, <=)                                                                                             \
    PT_VC(gt, V, M, L, >)                                                                                              \
    PT_VC(ge, V, M, L, >=)
#define PT_VMEMS(L, H)                                                                                                 \
    PT_VMEM(f32x##L, float, L)                                                                                         \
    PT_VMEM(i32x##L, int32_t, L)                                                                                       \
    PT_VMEM(u32x##L, uint32_t, L)                                                                                      \
    PT_VMEM(f64x##H, double, H)                                                                                        \
    PT_VMEM(i64x##H, int64_t, H)                                                                                       \
    PT_VMEM(u64x##H, uint64_t, H)                                                                                      \
    PT_VCOMPARE(f32x##L, m32x##L, L)                                                                                   \
    PT_VCOMPARE(i32x##L, m32x##L, L)                                                                                   \
    PT_VCOMPARE(u32x##L, m32x##L, L)                                                                                   \
    PT_VCOMPARE(f64x##H, m64x##H, H)                                                                                   \
    PT_VCOMPARE(i64x##H, m64x##H, H)                                                                                   \
    PT_VAS(pt_asi_f32x##L, i32x##L, f32x##L)                                                                           \
    PT_VAS(pt_asf_i32x##L, f32x##L, i32x##L)                                                                           \
    PT_VAS(pt_asu_f32x##L, u32x##L, f32x##L)                                                                           \
    PT_VAS(pt_asf_u32x##L, f32x##L, u32x##L)                                                                           \
    PT_VAS(pt_asu_i32x##L, u32x##L, i32x##L)                                                                           \
    PT_VAS(pt_asi_u32x##L, i32x##L, u32x##L)                                                                           \
    PT_VAS(pt_asi_f64x##H, i64x##H, f64x##H)                                                                           \
    PT_VAS(pt_asf_i64x##H, f64x##H, i64x##H)                                                                           \
    PT_LANEWISE(i64x##H, pt_iota_i64x##H, (int64_t x), H, x + i)                                                       \
    PT_VFN pt_m32x##L pt_first_m32x##L(int64_t n) {                                                                    \
        int32_t most = n > L ? L : n < 0 ? 0 : (int32_t)n;                                                             \
        return pt_lt_i32x##L(pt_count_i32x##L(), pt_splat_i32x##L(most));                                              \
    }                                                                                                                  \
    PT_VFN pt_m64x##H pt_first_m64x##H(int64_t n) { return pt_lt_i64x##H(pt_count_i64x##H(), pt_splat_i64x##H(n)); }
PT_EACH_LANES(PT_VMEMS)

/* ---- what machines have instructions for ------------------------------------------------------------------------------ */
/* sqrt floor ceil trunc round fma select greater lesser bits, and the parts: load_part store_part store_if.
 * greater(a, b) is a > b ? a : b, lesser(a, b) is a < b ? a : b: b where one is a NaN or both are zeros. */
#if PT_GNU_VECTORS
#define PT_SOFT_SELECT(V, M, L)                                                                                        \
    PT_VFN pt_##V pt_select_##V(pt_##M m, pt_##V a, pt_##V b) { return (pt_##V)((m & (pt_##M)a) | (~m & (pt_##M)b)); }
#else
#define PT_SOFT_SELECT(V, M, L)                                                                                        \
    PT_LANEWISE(V, pt_select_##V, (pt_##M m, pt_##V a, pt_##V b), L, PT_AT(m, i) ? PT_AT(a, i) : PT_AT(b, i))
#endif
#define PT_SOFT_FLOAT(S, V, L)                                                                                         \
    PT_VFN pt_##V pt_greater_##V(pt_##V a, pt_##V b) { return pt_select_##V(pt_gt_##V(a, b), a, b); }                  \
    PT_VFN pt_##V pt_lesser_##V(pt_##V a, pt_##V b) { return pt_select_##V(pt_lt_##V(a, b), a, b); }                   \
    PT_LANES1(V, sqrt, S, V, L)                                                                                        \
    PT_LANES1(V, floor, S, V, L)                                                                                       \
    PT_LANES1(V, ceil, S, V, L)                                                                                        \
    PT_LANES1(V, trunc, S, V, L)                                                                                       \
    PT_LANES1(V, round, S, V, L)                                                                                       \
    PT_LANES3(V, fma, S, V, L)
#define PT_SOFT_PART(V, T, M, L)                                                                                       \
    PT_LANEWISE(V, pt_load_part_##V, (const T *p, int64_t n), L, i < n ? p[i] : (T)0)                                  \
    PT_VFN void pt_store_part_##V(T *p, pt_##V v, int64_t n) {                                                         \
        for (int i = 0; i < L; i++)                                                                                    \
            if (i < n)                                                                                                 \
                p[i] = PT_AT(v, i);                                                                                    \
    }                                                                                                                  \
    PT_VFN void pt_store_if_##V(T *p, pt_##V v, pt_##M m) {                                                            \
        for (int i = 0; i < L; i++)                                                                                    \
            if (PT_AT(m, i))                                                                                           \
                p[i] = PT_AT(v, i);                                                                                    \
    }
#define PT_SOFT_BITS(M, L)                                                                                             \
    PT_VFN unsigned pt_bits_##M(pt_##M m) {                                                                            \
        unsigned r = 0;                                                                                                \
        for (int i = 0; i < L; i++)                                                                                    \
            r |= (unsigned)(PT_AT(m, i) & 1) << i;                                                                     \
        return r;                                                                                                      \
    }
#define PT_SOFT(L, H)                                                                                                  \
    PT_SOFT_SELECT(f32x##L, m32x##L, L)                                                                                \
    PT_SOFT_SELECT(i32x##L, m32x##L, L)                                                                                \
    PT_SOFT_SELECT(u32x##L, m32x##L, L)                                                                                \
    PT_SOFT_SELECT(f64x##H, m64x##H, H)                                                                                \
    PT_SOFT_SELECT(i64x##H, m64x##H, H)                                                                                \
    PT_SOFT_FLOAT(f32, f32x##L, L)                                                                                     \
    PT_SOFT_FLOAT(f64, f64x##H, H)                                                                                     \
    PT_SOFT_PART(f32x##L, float, m32x##L, L)                                                                           \
    PT_SOFT_PART(i32x##L, int32_t, m32x##L, L)                                                                         \
    PT_SOFT_PART(u32x##L, uint32_t, m32x##L, L)                                                                        \
    PT_SOFT_PART(f64x##H, double, m64x##H, H)                                                                          \
    PT_SOFT_BITS(m32x##L, L)                                                                                           \
    PT_SOFT_BITS(m64x##H, H)

#if PT_AVX2
#define PT_AVX_FLOAT(V, M, P, MM)                                                                                      \
    PT_VFN pt_##V pt_select_##V(pt_##M m, pt_##V a, pt_##V b) { return MM##_blendv_##P(b, a, (pt_##V)m); }             \
    PT_VFN pt_##V pt_greater_##V(pt_##V a, pt_##V b) { return MM##_max_##P(a, b); }                                    \
    PT_VFN pt_##V pt_lesser_##V(pt_##V a, pt_##V b) { return MM##_min_##P(a, b); }                                     \
    PT_VFN pt_##V pt_sqrt_##V(pt_##V a) { return MM##_sqrt_##P(a); }                                                   \
    PT_VFN pt_##V pt_floor_##V(pt_##V a) { return MM##_round_##P(a, 9); }                                              \
    PT_VFN pt_##V pt_ceil_##V(pt_##V a) { return MM##_round_##P(a, 10); }                                              \
    PT_VFN pt_##V pt_trunc_##V(pt_##V a) { return MM##_round_##P(a, 11); }                                             \
    PT_VFN pt_##V pt_round_##V(pt_##V a) { return MM##_round_##P(a, 8); }                                              \
    PT_VFN pt_##V pt_fma_##V(pt_##V a, pt_##V b, pt_##V c) { return MM##_fmadd_##P(a, b, c); }                         \
    PT_VFN unsigned pt_bits_##M(pt_##M m) { return (unsigned)MM##_movemask_##P((pt_##V)m); }
/* As floats: of blendv_epi8 and a mask made by `!=`, gcc 12 takes the other operand where AVX-512 has masks of its own. */
#define PT_AVX_SELECT(V, M, P, MM, X)                                                                                  \
    PT_VFN pt_##V pt_select_##V(pt_##M m, pt_##V a, pt_##V b) { return (pt_##V)MM##_blendv_##P((X)b, (X)a, (X)m); }
/* X and W: the intrinsics' types of a value and of a mask, PT the type their pointers have. */
#define PT_AVX_PART(V, T, M, P, MM, X, W, PT)                                                                          \
    PT_VFN pt_##V pt_load_part_##V(const T *p, int64_t n) {                                                            \
        return (pt_##V)MM##_maskload_##P((const PT *)p, (W)pt_first_##M(n));                                           \
    }                                                                                                                  \
    PT_VFN void pt_store_if_##V(T *p, pt_##V v, pt_##M m) { MM##_maskstore_##P((PT *)p, (W)m, (X)v); }                 \
    PT_VFN void pt_store_part_##V(T *p, pt_##V v, int64_t n) { pt_store_if_##V(p, v, pt_first_##M(n)); }
#define PT_AVX(L, H, MM, XS, XD, W)                                                                                    \
    PT_AVX_FLOAT(f32x##L, m32x##L, ps, MM)                                                                             \
    PT_AVX_FLOAT(f64x##H, m64x##H, pd, MM)                                                                             \
    PT_AVX_SELECT(i32x##L, m32x##L, ps, MM, XS)                                                                        \
    PT_AVX_SELECT(u32x##L, m32x##L, ps, MM, XS)                                                                        \
    PT_AVX_SELECT(i64x##H, m64x##H, pd, MM, XD)                                                                        \
    PT_AVX_PART(f32x##L, float, m32x##L, ps, MM, XS, W, float)                                                         \
    PT_AVX_PART(f64x##H, double, m64x##H, pd, MM, XD, W, double)                                                       \
    PT_AVX_PART(i32x##L, int32_t, m32x##L, epi32, MM, W, W, int)                                                       \
    PT_AVX_PART(u32x##L, uint32_t, m32x##L, epi32, MM, W, W, int)
#endif
#if PT_AVX512
#define PT_AVX512_FLOAT(V, M, P, MASK)                                                                                 \
    PT_VFN pt_##V pt_greater_##V(pt_##V a, pt_##V b) { return _mm512_max_##P(a, b); }                                  \
    PT_VFN pt_##V pt_lesser_##V(pt_##V a, pt_##V b) { return _mm512_min_##P(a, b); }                                   \
    PT_VFN pt_##V pt_sqrt_##V(pt_##V a) { return _mm512_sqrt_##P(a); }                                                 \
    PT_VFN pt_##V pt_floor_##V(pt_##V a) { return _mm512_roundscale_##P(a, 9); }                                       \
    PT_VFN pt_##V pt_ceil_##V(pt_##V a) { return _mm512_roundscale_##P(a, 10); }                                       \
    PT_VFN pt_##V pt_trunc_##V(pt_##V a) { return _mm512_roundscale_##P(a, 11); }                                      \
    PT_VFN pt_##V pt_round_##V(pt_##V a) { return _mm512_roundscale_##P(a, 8); }                                       \
    PT_VFN pt_##V pt_fma_##V(pt_##V a, pt_##V b, pt_##V c) { return _mm512_fmadd_##P(a, b, c); }                       \
    PT_VFN unsigned pt_bits_##M(pt_##M m) { return _mm512_movepi##MASK##_mask((__m512i)m); }
/* X: the intrinsics' type of a value. */
/* Compilers that see through the mask's two forms get by with a blend; gcc keeps it in a vector, where three inputs are one
 * instruction. */
#if defined(__clang__)
#define PT_AVX512_SELECT(m, a, b, P, X, MASK) _mm512_mask_blend_##P(_mm512_movepi##MASK##_mask((__m512i)m), (X)b, (X)a)
#else
#define PT_AVX512_SELECT(m, a, b, P, X, MASK) _mm512_ternarylogic_epi32((__m512i)m, (__m512i)a, (__m512i)b, 0xCA)
#endif
#define PT_AVX512_LANES(V, T, M, P, X, MASK)                                                                           \
    PT_VFN pt_##V pt_select_##V(pt_##M m, pt_##V a, pt_##V b) {                                                        \
        return (pt_##V)PT_AVX512_SELECT(m, a, b, P, X, MASK);                                                          \
    }                                                                                                                  \
    PT_VFN pt_##V pt_load_part_##V(const T *p, int64_t n) {                                                            \
        return (pt_##V)_mm512_maskz_loadu_##P(_mm512_movepi##MASK##_mask((__m512i)pt_first_##M(n)), p);                \
    }                                                                                                                  \
    PT_VFN void pt_store_if_##V(T *p, pt_##V v, pt_##M m) {                                                            \
        _mm512_mask_storeu_##P(p, _mm512_movepi##MASK##_mask((__m512i)m), (X)v);                                       \
    }                                                                                                                  \
    PT_VFN void pt_store_part_##V(T *p, pt_##V v, int64_t n) { pt_store_if_##V(p, v, pt_first_##M(n)); }
#endif

#if PT_VEC_HAS(4) && PT_AVX2
PT_AVX(4, 2, _mm, __m128, __m128d, __m128i)
#elif PT_VEC_HAS(4)
PT_SOFT(4, 2)
#endif
#if PT_VEC_HAS(8) && PT_AVX2
PT_AVX(8, 4, _mm256, __m256, __m256d, __m256i)
#elif PT_VEC_HAS(8)
PT_SOFT(8, 4)
#endif
#if PT_VEC_HAS(16) && PT_AVX512
PT_AVX512_FLOAT(f32x16, m32x16, ps, 32)
PT_AVX512_FLOAT(f64x8, m64x8, pd, 64)
PT_AVX512_LANES(f32x16, float, m32x16, ps, __m512, 32)
PT_AVX512_LANES(i32x16, int32_t, m32x16, epi32, __m512i, 32)
PT_AVX512_LANES(u32x16, uint32_t, m32x16, epi32, __m512i, 32)
PT_AVX512_LANES(f64x8, double, m64x8, pd, __m512d, 64)
PT_SOFT_SELECT(i64x8, m64x8, 8)
#elif PT_VEC_HAS(16)
PT_SOFT(16, 8)
#endif

/* ---- masks ------------------------------------------------------------------------------------------------------------ */
#if PT_GNU_VECTORS
#define PT_MASK2(OP, M, L, SIGN)                                                                                       \
    PT_VFN pt_##M pt_##OP##_##M(pt_##M a, pt_##M b) { return a SIGN b; }
#define PT_MASK1(OP, M, L, SIGN)                                                                                       \
    PT_VFN pt_##M pt_##OP##_##M(pt_##M a) { return SIGN a; }
#else
#define PT_MASK2(OP, M, L, SIGN) PT_LANEWISE(M, pt_##OP##_##M, (pt_##M a, pt_##M b), L, PT_AT(a, i) SIGN PT_AT(b, i))
#define PT_MASK1(OP, M, L, SIGN) PT_LANEWISE(M, pt_##OP##_##M, (pt_##M a), L, SIGN PT_AT(a, i))
#endif
#define PT_MASK(M, I, L)                                                                                               \
    PT_MASK2(and, M, L, &)                                                                                             \
    PT_MASK2(or, M, L, |)                                                                                              \
    PT_MASK2(xor, M, L, ^)                                                                                             \
    PT_MASK1(not, M, L, ~)                                                                                             \
    PT_VFN pt_##M pt_ne_##M(pt_##M a, pt_##M b) { return pt_xor_##M(a, b); }                                           \
    PT_VFN pt_##M pt_eq_##M(pt_##M a, pt_##M b) { return pt_not_##M(pt_xor_##M(a, b)); }                               \
    PT_VFN pt_##M pt_select_##M(pt_##M m, pt_##M a, pt_##M b) { return pt_select_##I(m, a, b); }                       \
    PT_VFN int pt_any_##M(pt_##M m) { return pt_bits_##M(m) != 0; }                                                    \
    PT_VFN int pt_all_##M(pt_##M m) { return pt_bits_##M(m) == (1u << L) - 1; }                                        \
    PT_VFN pt_##M pt_splat_##M(uint8_t x) { return pt_splat_##I(x ? -1 : 0); }                                         \
    PT_VFN pt_##M pt_zero_##M(void) { return pt_splat_##I(0); }                                                        \
    PT_VFN uint8_t pt_lane_##M(pt_##M m, int i) { return PT_AT(m, i) != 0; }
#define PT_MASKS(L, H)                                                                                                 \
    PT_MASK(m32x##L, i32x##L, L)                                                                                       \
    PT_MASK(m64x##H, i64x##H, H)
PT_EACH_LANES(PT_MASKS)

/* ---- floats ----------------------------------------------------------------------------------------------------------- */
#if PT_HAS_FMA
#define PT_MAC(V) pt_fma_##V(a, b, c)
#else
#define PT_MAC(V) pt_add_##V(pt_mul_##V(a, b), c)
#endif
#define PT_VFLOAT(S, V, T, M, I, NUMBER, L)                                                                            \
    PT_V2(add, S, V, L, a + b)                                                                                         \
    PT_V2(sub, S, V, L, a - b)                                                                                         \
    PT_V2(mul, S, V, L, a *b)                                                                                          \
    PT_V2(div, S, V, L, a / b)                                                                                         \
    PT_LANES2(V, rem, S, V, L)                                                                                         \
    PT_V1(neg, S, V, L, -a)                                                                                            \
    PT_V1(abs, S, V, L, (pt_##V)((pt_##I)a & NUMBER))                                                                  \
    PT_LANEWISE(V, pt_iota_##V, (T x), L, x + (T)i)                                                                    \
    PT_VFN pt_##M pt_isnan_##V(pt_##V a) { return pt_ne_##V(a, a); }                                                   \
    PT_VFN pt_##V pt_relu_##V(pt_##V a) { return pt_greater_##V(pt_zero_##V(), a); }                                   \
    PT_VFN pt_##V pt_maximum_##V(pt_##V a, pt_##V b) {                                                                 \
        return pt_select_##V(pt_isnan_##V(a), a, pt_greater_##V(a, b));                                                \
    }                                                                                                                  \
    PT_VFN pt_##V pt_minimum_##V(pt_##V a, pt_##V b) {                                                                 \
        return pt_select_##V(pt_isnan_##V(a), a, pt_lesser_##V(a, b));                                                 \
    }                                                                                                                  \
    PT_VFN pt_##V pt_clamp_##V(pt_##V x, pt_##V lo, pt_##V hi) { return pt_minimum_##V(pt_maximum_##V(x, lo), hi); }   \
    PT_VFN pt_##V pt_sign_##V(pt_##V a) {                                                                              \
        pt_##V zero = pt_zero_##V(), r = pt_select_##V(pt_gt_##V(a, zero), pt_splat_##V(1), a);                        \
        return pt_select_##V(pt_lt_##V(a, zero), pt_splat_##V(-1), r);                                                 \
    }                                                                                                                  \
    PT_VFN pt_##V pt_recip_##V(pt_##V a) { return pt_div_##V(pt_splat_##V(1), a); }                                    \
    PT_VFN pt_##V pt_rsqrt_##V(pt_##V a) { return pt_recip_##V(pt_sqrt_##V(a)); }                                      \
    PT_VFN pt_##V pt_mac_##V(pt_##V a, pt_##V b, pt_##V c) { return PT_MAC(V); }
#define PT_VFLOATS(L, H)                                                                                               \
    PT_VFLOAT(f32, f32x##L, float, m32x##L, i32x##L, 0x7FFFFFFF, L)                                                    \
    PT_VFLOAT(f64, f64x##H, double, m64x##H, i64x##H, 0x7FFFFFFFFFFFFFFF, H)
PT_EACH_LANES(PT_VFLOATS)

/* ---- integers --------------------------------------------------------------------------------------------------------- */
/* c + a b where a and b are 8-bit elements: of the pairs that one instruction multiplies and adds, b keeps the lower halves. */
#if PT_GNU_VECTORS && defined(__SSE2__)
#define PT_BYTES_MAC_4(a, b, c)                                                                                        \
    pt_add_i32x4(c, (pt_i32x4)_mm_madd_epi16((__m128i)(a), (__m128i)((b)&pt_splat_i32x4(0xFFFF))))
#else
#define PT_BYTES_MAC_4(a, b, c) pt_add_i32x4(c, pt_mul_i32x4(a, b))
#endif
#if PT_AVX2
#define PT_BYTES_MAC_8(a, b, c)                                                                                        \
    pt_add_i32x8(c, (pt_i32x8)_mm256_madd_epi16((__m256i)(a), (__m256i)((b)&pt_splat_i32x8(0xFFFF))))
#else
#define PT_BYTES_MAC_8(a, b, c) pt_add_i32x8(c, pt_mul_i32x8(a, b))
#endif
#if PT_AVX512
#define PT_BYTES_MAC_16(a, b, c)                                                                                       \
    pt_add_i32x16(c, (pt_i32x16)_mm512_madd_epi16((__m512i)(a), (__m512i)((b)&pt_splat_i32x16(0xFFFF))))
#else
#define PT_BYTES_MAC_16(a, b, c) pt_add_i32x16(c, pt_mul_i32x16(a, b))
#endif
#define PT_VINT(S, V, T, U, M, L)                                                                                      \
    PT_V2(add, S, V, L, (pt_##V)((pt_##U)a + (pt_##U)b))                                                               \
    PT_V2(sub, S, V, L, (pt_##V)((pt_##U)a - (pt_##U)b))                                                               \
    PT_V2(mul, S, V, L, (pt_##V)((pt_##U)a * (pt_##U)b))                                                               \
    PT_V1(neg, S, V, L, (pt_##V)(pt_zero_##U() - (pt_##U)a))                                                           \
    PT_V2(and, S, V, L, a &b)                                                                                          \
    PT_V2(or, S, V, L, a | b)                                                                                          \
    PT_V2(xor, S, V, L, a ^ b)                                                                                         \
    PT_V1(not, S, V, L, ~a)                                                                                            \
    PT_V2(shl, S, V, L, (pt_##V)((pt_##U)a << ((pt_##U)b & 31)))                                                       \
    PT_V2(shr, S, V, L, a >> (b & 31))                                                                                 \
    PT_VFN pt_##V pt_iota_##V(T x) { return pt_add_##V(pt_splat_##V(x), pt_count_##V()); }                             \
    PT_VFN pt_##V pt_maximum_##V(pt_##V a, pt_##V b) { return pt_select_##V(pt_gt_##V(a, b), a, b); }                  \
    PT_VFN pt_##V pt_minimum_##V(pt_##V a, pt_##V b) { return pt_select_##V(pt_lt_##V(a, b), a, b); }                  \
    PT_VFN pt_##V pt_clamp_##V(pt_##V x, pt_##V lo, pt_##V hi) { return pt_minimum_##V(pt_maximum_##V(x, lo), hi); }   \
    PT_VFN pt_##V pt_relu_##V(pt_##V a) { return pt_maximum_##V(a, pt_zero_##V()); }                                   \
    PT_VFN pt_##V pt_sign_##V(pt_##V a) {                                                                              \
        pt_##V zero = pt_zero_##V(), r = pt_select_##V(pt_gt_##V(a, zero), pt_splat_##V(1), zero);                     \
        return pt_select_##V(pt_lt_##V(a, zero), pt_splat_##V((T)-1), r);                                              \
    }                                                                                                                  \
    PT_VFN pt_##V pt_abs_##V(pt_##V a) { return pt_select_##V(pt_lt_##V(a, pt_zero_##V()), pt_neg_##V(a), a); }
#define PT_VINTS(L, H)                                                                                                 \
    PT_VINT(i32, i32x##L, int32_t, u32x##L, m32x##L, L)                                                                \
    PT_VFN pt_i32x##L pt_mac_i32x##L(pt_i32x##L a, pt_i32x##L b, pt_i32x##L c) { return PT_BYTES_MAC_##L(a, b, c); }   \
    PT_VINT(u32, u32x##L, uint32_t, u32x##L, m32x##L, L)
PT_EACH_LANES(PT_VINTS)
#endif
