/* ptoc_vectopk.h - pushing vectors of lanes into the top-k states of
 * ptoc_topk.h.
 *
 *   pt_topk_push_V(&t, v, j)               V = f32xL (f16 and the like too),
 * i32xL, u32xL: lane i with index j + i pt_topk_push_part_V(&t, v, j, n) the
 * first n lanes pt_topk_push2_V(&t, v0, v1, j)         and push3, push4:
 * vectors side by side; one branch for all where no lane is of use
 *   pt_topk_push2_part_V(&t, v0, v1, j, n) and push3, push4
 *
 * The state is that of pt_topk_init_f32, _i32 or _u32, and may be pushed to in
 * any other way between. Fastest with indices that ascend from push to push.
 * Indices lie in 0 .. 2^31 - 1. */
#ifndef PTOC_VECTOPK_H
#define PTOC_VECTOPK_H
#include "ptoc_topk.h"
#include "ptoc_vec.h"

/* ---- appending what passed
 * --------------------------------------------------------------------------------------------
 */
#if PT_AVX2 && defined(__BMI2__)
/* Eight lanes: keys and low words of entries; those of mask m. */
PT_FN void pt_topk_append8(pt_topk *t, __m256i key, __m256i low, unsigned m) {
    uint64_t spread = _pdep_u64(m, 0x0101010101010101u) * 255;
    __m128i bytes = _mm_cvtsi64_si128((long long)_pext_u64(0x0706050403020100u, spread));
    __m256i place = _mm256_cvtepu8_epi32(bytes), a, b;
    uint64_t *to = t->entry + t->n;
    key = _mm256_permutevar8x32_epi32(key, place);
    low = _mm256_permutevar8x32_epi32(low, place);
    a = _mm256_unpacklo_epi32(low, key);
    b = _mm256_unpackhi_epi32(low, key);
    _mm256_storeu_si256((__m256i *)(void *)to, _mm256_permute2x128_si256(a, b, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(to + 4), _mm256_permute2x128_si256(a, b, 0x31));
    t->n += __builtin_popcount(m);
}
PT_VFN __m256i pt_topk_low8(int64_t j) {
    __m256i at = _mm256_add_epi32(_mm256_set1_epi32((int)j), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    return _mm256_add_epi32(at, at);
}
PT_FN void pt_topk_take8_f32(pt_topk *t, const float *v, int64_t j, unsigned m) {
    __m256i ones = _mm256_set1_epi32(-1), sign = _mm256_set1_epi32(INT32_MIN), flip = _mm256_set1_epi32((int)t->flip);
    __m256 x = _mm256_loadu_ps(v), w = _mm256_xor_ps(x, _mm256_castsi256_ps(flip));
    __m256i u = _mm256_castps_si256(_mm256_add_ps(w, _mm256_setzero_ps()));
    __m256i key = _mm256_xor_si256(u, _mm256_or_si256(_mm256_srai_epi32(u, 31), sign));
    __m256i zero = _mm256_srli_epi32(_mm256_cmpeq_epi32(_mm256_castps_si256(x), sign), 31);
    key = _mm256_or_si256(_mm256_xor_si256(key, ones), _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)));
    pt_topk_append8(t, key, _mm256_or_si256(pt_topk_low8(j), zero), m);
}
PT_FN void pt_topk_take8_i32(pt_topk *t, const int32_t *v, int64_t j, unsigned m) {
    __m256i key = _mm256_set1_epi32((int)(t->flip ^ 0x7FFFFFFFu));
    key = _mm256_xor_si256(key, _mm256_loadu_si256((const __m256i *)(const void *)v));
    pt_topk_append8(t, key, pt_topk_low8(j), m);
}
PT_FN void pt_topk_take8_u32(pt_topk *t, const uint32_t *v, int64_t j, unsigned m) {
    __m256i key = _mm256_set1_epi32((int)~t->flip);
    key = _mm256_xor_si256(key, _mm256_loadu_si256((const __m256i *)(const void *)v));
    pt_topk_append8(t, key, pt_topk_low8(j), m);
}
#define PT_TOPK_TAKE8(S)                                                                                               \
    for (; wide - i >= 8 && t->n + 8 <= t->cap; i += 8)                                                                \
        if (m >> i & 255)                                                                                              \
            pt_topk_take8_##S(t, x + i, j + i, (unsigned)(m >> i & 255));
#else
#define PT_TOPK_TAKE8(S)
#endif

/* Sixteen lanes at once: compressed in registers, whole vectors are stored. */
#if PT_VEC_HAS(16) && PT_AVX512
PT_FN void pt_topk_append16(pt_topk *t, __m512i key, __m512i low, unsigned m) {
    const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
    uint64_t *to = t->entry + t->n;
    key = _mm512_maskz_compress_epi32((__mmask16)m, key);
    low = _mm512_maskz_compress_epi32((__mmask16)m, low);
    _mm512_storeu_si512(to, _mm512_permutex2var_epi32(low, first, key));
    _mm512_storeu_si512(to + 8, _mm512_permutex2var_epi32(low, second, key));
    t->n += __builtin_popcount(m);
}
PT_VFN __m512i pt_topk_low16(int64_t j) {
    const __m512i lanes = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_add_epi32(_mm512_set1_epi32((int)(2 * (uint32_t)j)), lanes);
}
PT_FN void pt_topk_take16_f32(pt_topk *t, const float *v, int64_t j, unsigned m) {
    const __m512i ones = _mm512_set1_epi32(-1), sign = _mm512_set1_epi32(INT32_MIN);
    __m512i x = _mm512_loadu_si512(v), low = pt_topk_low16(j), u, key;
    __m512 w = _mm512_castsi512_ps(_mm512_xor_si512(x, _mm512_set1_epi32((int)t->flip)));
    u = _mm512_castps_si512(_mm512_add_ps(w, _mm512_setzero_ps()));
    key = _mm512_xor_si512(_mm512_xor_si512(u, ones), _mm512_or_si512(_mm512_srai_epi32(u, 31), sign));
    key = _mm512_mask_mov_epi32(key, _mm512_cmp_ps_mask(w, w, _CMP_UNORD_Q), ones);
    low = _mm512_mask_sub_epi32(low, _mm512_cmpeq_epi32_mask(x, sign), low, ones);
    pt_topk_append16(t, key, low, m);
}
PT_FN void pt_topk_take16_i32(pt_topk *t, const int32_t *v, int64_t j, unsigned m) {
    __m512i key = _mm512_xor_si512(_mm512_loadu_si512(v), _mm512_set1_epi32((int)(t->flip ^ 0x7FFFFFFFu)));
    pt_topk_append16(t, key, pt_topk_low16(j), m);
}
PT_FN void pt_topk_take16_u32(pt_topk *t, const uint32_t *v, int64_t j, unsigned m) {
    __m512i key = _mm512_xor_si512(_mm512_loadu_si512(v), _mm512_set1_epi32((int)~t->flip));
    pt_topk_append16(t, key, pt_topk_low16(j), m);
}
#define PT_TOPK_TAKE16(S)                                                                                              \
    for (; wide - i >= 16 && t->n + 16 <= t->cap; i += 16)                                                             \
        pt_topk_take16_##S(t, x + i, j + i, (unsigned)(m >> i & 65535));
#else
#define PT_TOPK_TAKE16(S)
#endif

/* ---- the filter
 * -------------------------------------------------------------------------------------------------------
 */
/* Which lanes are greater, as bits: a mask of AVX-512, which gcc would turn into a vector and back. */
#define PT_TOPK_GT(L, H)                                                                                               \
    PT_VFN uint64_t pt_topk_gt_f32x##L(pt_f32x##L a, pt_f32x##L b) { return pt_bits_m32x##L(pt_gt_f32x##L(a, b)); }    \
    PT_VFN uint64_t pt_topk_gt_i32x##L(pt_i32x##L a, pt_i32x##L b) { return pt_bits_m32x##L(pt_gt_i32x##L(a, b)); }
#if PT_VEC_HAS(16) && PT_AVX512
PT_VFN uint64_t pt_topk_gt_f32x16(pt_f32x16 a, pt_f32x16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OS); }
PT_VFN uint64_t pt_topk_gt_i32x16(pt_i32x16 a, pt_i32x16 b) { return _mm512_cmpgt_epi32_mask((__m512i)a, (__m512i)b); }
#if PT_VEC_ONLY == 0
PT_TOPK_GT(4, 2)
PT_TOPK_GT(8, 4)
#endif
#else
PT_EACH_LANES(PT_TOPK_GT)
#endif
/* Lanes of x (flipped) above the limit, as bits. */
#define PT_TOPK_ABOVE(L, H)                                                                                            \
    PT_VFN uint64_t pt_topk_above_f32x##L(const pt_topk *t, pt_f32x##L v, int p) {                                     \
        pt_i32x##L w = pt_xor_i32x##L(pt_asi_f32x##L(v), pt_splat_i32x##L((int32_t)t->flip));                          \
        return pt_topk_gt_f32x##L(pt_asf_i32x##L(w), pt_splat_f32x##L(pt_f32_of_u32(t->limit[p])));                    \
    }                                                                                                                  \
    PT_VFN uint64_t pt_topk_above_i32x##L(const pt_topk *t, pt_i32x##L v, int p) {                                     \
        pt_i32x##L w = pt_xor_i32x##L(v, pt_splat_i32x##L((int32_t)t->flip));                                          \
        return pt_topk_gt_i32x##L(w, pt_splat_i32x##L((int32_t)t->limit[p]));                                          \
    }                                                                                                                  \
    PT_VFN uint64_t pt_topk_above_u32x##L(const pt_topk *t, pt_u32x##L v, int p) {                                     \
        return pt_topk_above_i32x##L(t, pt_xor_i32x##L(pt_asi_u32x##L(v), pt_splat_i32x##L(INT32_MIN)), p);            \
    }
PT_EACH_LANES(PT_TOPK_ABOVE)

/* Lanes that are numbers. */
#define PT_TOPK_NUMBERS(L, H)                                                                                          \
    PT_VFN uint64_t pt_topk_numbers_f32x##L(pt_f32x##L v) { return pt_bits_m32x##L(pt_eq_f32x##L(v, v)); }             \
    PT_VFN uint64_t pt_topk_numbers_i32x##L(pt_i32x##L v) { return pt_bits_m32x##L(pt_eq_i32x##L(v, v)); }             \
    PT_VFN uint64_t pt_topk_numbers_u32x##L(pt_u32x##L v) { return pt_bits_m32x##L(pt_eq_u32x##L(v, v)); }
PT_EACH_LANES(PT_TOPK_NUMBERS)

/* ---- pushes
 * -----------------------------------------------------------------------------------------------------------
 */
/* Those of x[0 .. wide - 1] whose bits are set in m. Near the end of the memory
 * one by one, which makes room. */
#define PT_TOPK_TAKE(S, T)                                                                                             \
    PT_COLD void pt_topk_take_##S(pt_topk *t, const T *x, int wide, int64_t j, uint64_t m) {                           \
        int i = 0;                                                                                                     \
        PT_TOPK_TAKE16(S)                                                                                              \
        PT_TOPK_TAKE8(S)                                                                                               \
        for (; i < wide; i++)                                                                                          \
            if (m >> i & 1)                                                                                            \
                pt_topk_push_##S(t, x[i], j + i);                                                                      \
    }
PT_TOPK_TAKE(f32, float)
PT_TOPK_TAKE(i32, int32_t)
PT_TOPK_TAKE(u32, uint32_t)

PT_VFN uint64_t pt_topk_first(int64_t n) { return n >= 64 ? ~(uint64_t)0 : n <= 0 ? 0 : ((uint64_t)1 << n) - 1; }
/* ARGS the vectors' parameters, EACH(F) calls F(vector, number) for them. */
#define PT_TOPK_PUSH(S, T, V, L, COUNT, NAME, ARGS, VALUES, EACH)                                                      \
    PT_VFN void pt_topk_##NAME##_part_##V(pt_topk *t, ARGS(V), int64_t j, int64_t n) {                                 \
        int p = j > t->turn;                                                                                           \
        uint64_t m = 0, all = pt_topk_first(n < L * COUNT ? n : L * COUNT);                                            \
        EACH(PT_TOPK_OR_ABOVE, V, L)                                                                                   \
        if (!PT_LIKELY(!t->open[p])) { /* a NaN is of use as long as k numbers     \
                                      have not been seen, if it comes early */                                   \
            m = p ? 0 : all;                                                                                           \
            EACH(PT_TOPK_OR_NUMBERS, V, L)                                                                             \
        }                                                                                                              \
        m &= all;                                                                                                      \
        if (m) {                                                                                                       \
            T x[L * COUNT];                                                                                            \
            EACH(PT_TOPK_SPILL, V, L)                                                                                  \
            pt_topk_take_##S(t, x, L *COUNT, j, m);                                                                    \
        }                                                                                                              \
    }                                                                                                                  \
    PT_VFN void pt_topk_##NAME##_##V(pt_topk *t, ARGS(V), int64_t j) {                                                 \
        pt_topk_##NAME##_part_##V(t, VALUES, j, L *COUNT);                                                             \
    }
#define PT_TOPK_OR_ABOVE(v, i, V, L) m |= pt_topk_above_##V(t, v, p) << (i * L);
#define PT_TOPK_OR_NUMBERS(v, i, V, L) m |= pt_topk_numbers_##V(v) << (i * L);
#define PT_TOPK_SPILL(v, i, V, L) pt_store_##V(x + i * L, v);
#define PT_TOPK_ARGS1(V) pt_##V v0
#define PT_TOPK_ARGS2(V) pt_##V v0, pt_##V v1
#define PT_TOPK_ARGS3(V) pt_##V v0, pt_##V v1, pt_##V v2
#define PT_TOPK_ARGS4(V) pt_##V v0, pt_##V v1, pt_##V v2, pt_##V v3
#define PT_TOPK_VALUES1 v0
#define PT_TOPK_VALUES2 v0, v1
#define PT_TOPK_VALUES3 v0, v1, v2
#define PT_TOPK_VALUES4 v0, v1, v2, v3
#define PT_TOPK_EACH1(F, V, L) F(v0, 0, V, L)
#define PT_TOPK_EACH2(F, V, L) PT_TOPK_EACH1(F, V, L) F(v1, 1, V, L)
#define PT_TOPK_EACH3(F, V, L) PT_TOPK_EACH2(F, V, L) F(v2, 2, V, L)
#define PT_TOPK_EACH4(F, V, L) PT_TOPK_EACH3(F, V, L) F(v3, 3, V, L)
#define PT_TOPK_PUSHES(S, T, V, L)                                                                                     \
    PT_TOPK_PUSH(S, T, V, L, 1, push, PT_TOPK_ARGS1, PT_TOPK_VALUES1, PT_TOPK_EACH1)                                   \
    PT_TOPK_PUSH(S, T, V, L, 2, push2, PT_TOPK_ARGS2, PT_TOPK_VALUES2, PT_TOPK_EACH2)                                  \
    PT_TOPK_PUSH(S, T, V, L, 3, push3, PT_TOPK_ARGS3, PT_TOPK_VALUES3, PT_TOPK_EACH3)                                  \
    PT_TOPK_PUSH(S, T, V, L, 4, push4, PT_TOPK_ARGS4, PT_TOPK_VALUES4, PT_TOPK_EACH4)
#define PT_TOPK_PUSH_LANES(L, H)                                                                                       \
    PT_TOPK_PUSHES(f32, float, f32x##L, L)                                                                             \
    PT_TOPK_PUSHES(i32, int32_t, i32x##L, L)                                                                           \
    PT_TOPK_PUSHES(u32, uint32_t, u32x##L, L)
PT_EACH_LANES(PT_TOPK_PUSH_LANES)
#endif
