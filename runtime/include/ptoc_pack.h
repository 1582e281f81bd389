/* ptoc_pack.h - panels of operands: a rectangle of memory becomes a dense block of carriers, in another order if need be.
 *
 *   pt_pack_E(dst, rows, cols, ld, src, stride_r, stride_c, valid_r, valid_c)
 *
 * dst[r * ld + c] = r < valid_r && c < valid_c ? src[r * stride_r + c * stride_c] : 0 for r < rows, c < cols. Nothing is read
 * outside the valid rectangle and nothing written outside rows x cols. E: f16 bf16 f8e4m3 f8e5m2 f32 (to float), f64 (to
 * double), i8 u8 i16 u16 i32 u32 (as they are). Unit strides are the fast ways: along a row (stride_c is 1) lanes are loaded
 * and converted, across (stride_r is 1) squares are transposed in registers. */
#ifndef PTOC_PACK_H
#define PTOC_PACK_H
#include "ptoc_veccast.h"

/* ---- squares across: w <= 8 columns, each contiguous in memory; AVX2 -------------------------------------------------- */
#if PT_AVX2
/* The first w lanes, w from 1 to 8. */
PT_VFN void pt_pack_put(float *dst, __m256 v, int64_t w) {
    __m128 h = _mm256_castps256_ps128(v);
    if (w >= 8) {
        _mm256_storeu_ps(dst, v);
        return;
    }
    if (w & 4) {
        _mm_storeu_ps(dst, h);
        dst += 4;
        h = _mm256_extractf128_ps(v, 1);
    }
    if (w & 2) {
        _mm_storel_pi((__m64 *)(void *)dst, h);
        dst += 2;
        h = _mm_movehl_ps(h, h);
    }
    if (w & 1)
        _mm_store_ss(dst, h);
}
PT_VFN __m256 pt_pack_of_f16(__m128i h) { return _mm256_cvtph_ps(h); }
PT_VFN __m256 pt_pack_of_bf16(__m128i h) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}
/* Eight columns of eight 16-bit elements to rows of floats. */
#define PT_PACK_HALVES(E)                                                                                              \
    PT_VFN void pt_pack_halves_##E(float *dst, int64_t ld, __m128i a[8], int64_t rows, int64_t w) {                    \
        __m128i b[8];                                                                                                  \
        for (int i = 0; i < 4; i++) {                                                                                  \
            b[2 * i] = _mm_unpacklo_epi16(a[2 * i], a[2 * i + 1]);                                                     \
            b[2 * i + 1] = _mm_unpackhi_epi16(a[2 * i], a[2 * i + 1]);                                                 \
        }                                                                                                              \
        for (int i = 0; i < 2; i++) {                                                                                  \
            a[4 * i] = _mm_unpacklo_epi32(b[4 * i], b[4 * i + 2]);                                                     \
            a[4 * i + 1] = _mm_unpackhi_epi32(b[4 * i], b[4 * i + 2]);                                                 \
            a[4 * i + 2] = _mm_unpacklo_epi32(b[4 * i + 1], b[4 * i + 3]);                                             \
            a[4 * i + 3] = _mm_unpackhi_epi32(b[4 * i + 1], b[4 * i + 3]);                                             \
        }                                                                                                              \
        for (int i = 0; i < 4; i++) {                                                                                  \
            if (2 * i < rows)                                                                                          \
                pt_pack_put(dst + 2 * i * ld, pt_pack_of_##E(_mm_unpacklo_epi64(a[i], a[i + 4])), w);                  \
            if (2 * i + 1 < rows)                                                                                      \
                pt_pack_put(dst + (2 * i + 1) * ld, pt_pack_of_##E(_mm_unpackhi_epi64(a[i], a[i + 4])), w);            \
        }                                                                                                              \
    }                                                                                                                  \
    /* A whole square: every column valid for 8 rows, or not at all. */                                                \
    PT_VFN void pt_pack_square_##E(float *dst, int64_t ld, const uint16_t *src, int64_t stride, int64_t columns,       \
                                   int64_t w) {                                                                        \
        __m128i a[8];                                                                                                  \
        for (int i = 0; i < 8; i++)                                                                                    \
            a[i] = i < columns ? _mm_loadu_si128((const __m128i *)(const void *)(src + i * stride))                    \
                               : _mm_setzero_si128();                                                                  \
        pt_pack_halves_##E(dst, ld, a, 8, w);                                                                          \
    }
PT_PACK_HALVES(f16)
PT_PACK_HALVES(bf16)
PT_VFN void pt_pack_square_f32(float *dst, int64_t ld, const float *src, int64_t stride, int64_t columns, int64_t w) {
    __m256 a[8], b[8];
    for (int i = 0; i < 8; i++)
        a[i] = i < columns ? _mm256_loadu_ps(src + i * stride) : _mm256_setzero_ps();
    for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) { /* rows i and i + 4 of the columns 0..3 or 4..7 */
        a[4 * i] = _mm256_shuffle_ps(b[4 * i], b[4 * i + 2], 0x44);
        a[4 * i + 1] = _mm256_shuffle_ps(b[4 * i], b[4 * i + 2], 0xEE);
        a[4 * i + 2] = _mm256_shuffle_ps(b[4 * i + 1], b[4 * i + 3], 0x44);
        a[4 * i + 3] = _mm256_shuffle_ps(b[4 * i + 1], b[4 * i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
        pt_pack_put(dst + i * ld, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20), w);
        pt_pack_put(dst + (i + 4) * ld, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31), w);
    }
}
#endif

/* ---- squares across: 16 columns and 16 rows; AVX-512 ---------------------------------------------------------------- */
/* 16-bit elements: eight rows of columns 0 .. 7 in the lower halves of vectors, of 8 .. 15 in the upper ones. */
#define PT_PACK_WIDE(E)                                                                                                \
    PT_VFN void pt_pack_eight_##E(float *dst, int64_t ld, const uint16_t *src, int64_t stride) {                       \
        __m256i a[8], b[8];                                                                                            \
        for (int i = 0; i < 8; i++)                                                                                    \
            a[i] = pt_pack_two(src + i * stride, src + (i + 8) * stride);                                              \
        for (int i = 0; i < 4; i++) {                                                                                  \
            b[2 * i] = _mm256_unpacklo_epi16(a[2 * i], a[2 * i + 1]);                                                  \
            b[2 * i + 1] = _mm256_unpackhi_epi16(a[2 * i], a[2 * i + 1]);                                              \
        }                                                                                                              \
        for (int i = 0; i < 2; i++) {                                                                                  \
            a[4 * i] = _mm256_unpacklo_epi32(b[4 * i], b[4 * i + 2]);                                                  \
            a[4 * i + 1] = _mm256_unpackhi_epi32(b[4 * i], b[4 * i + 2]);                                              \
            a[4 * i + 2] = _mm256_unpacklo_epi32(b[4 * i + 1], b[4 * i + 3]);                                          \
            a[4 * i + 3] = _mm256_unpackhi_epi32(b[4 * i + 1], b[4 * i + 3]);                                          \
        }                                                                                                              \
        for (int i = 0; i < 4; i++) {                                                                                  \
            __m256i even = _mm256_unpacklo_epi64(a[i], a[i + 4]), odd = _mm256_unpackhi_epi64(a[i], a[i + 4]);         \
            _mm512_storeu_ps(dst + 2 * i * ld, pt_pack_wide_of_##E(even));                                             \
            _mm512_storeu_ps(dst + (2 * i + 1) * ld, pt_pack_wide_of_##E(odd));                                        \
        }                                                                                                              \
    }                                                                                                                  \
    PT_VFN void pt_pack_sixteen_##E(float *dst, int64_t ld, const uint16_t *src, int64_t stride) {                     \
        pt_pack_eight_##E(dst, ld, src, stride);                                                                       \
        pt_pack_eight_##E(dst + 8 * ld, ld, src + 8, stride);                                                          \
    }
/* With vectors of eight. */
#define PT_PACK_FOUR(E, T)                                                                                             \
    PT_VFN void pt_pack_sixteen_##E(float *dst, int64_t ld, const T *src, int64_t stride) {                            \
        for (int64_t c = 0; c < 16; c += 8)                                                                            \
            for (int64_t r = 0; r < 16; r += 8)                                                                        \
                pt_pack_square_##E(dst + r * ld + c, ld, src + c * stride + r, stride, 8, 8);                          \
    }
#if PT_VEC_HAS(16) && PT_AVX512
/* Sixteen rows of floats: fours are transposed within quarters of vectors, then the quarters. */
PT_VFN void pt_pack_sixteen_f32(float *dst, int64_t ld, const float *src, int64_t stride) {
    __m512 a[16], b[16];
    for (int i = 0; i < 16; i++)
        a[i] = _mm512_loadu_ps(src + i * stride);
    for (int i = 0; i < 16; i += 2) {
        b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) { /* a[i + j]: element j of each quarter, of columns i .. i + 3 */
        a[i] = _mm512_shuffle_ps(b[i], b[i + 2], 0x44);
        a[i + 1] = _mm512_shuffle_ps(b[i], b[i + 2], 0xEE);
        a[i + 2] = _mm512_shuffle_ps(b[i + 1], b[i + 3], 0x44);
        a[i + 3] = _mm512_shuffle_ps(b[i + 1], b[i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
        b[i] = _mm512_shuffle_f32x4(a[i], a[i + 4], 0x88); /* quarters 0 and 2 */
        b[i + 4] = _mm512_shuffle_f32x4(a[i], a[i + 4], 0xDD);
        b[i + 8] = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0x88);
        b[i + 12] = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0xDD);
    }
    for (int i = 0; i < 8; i++) {
        _mm512_storeu_ps(dst + i * ld, _mm512_shuffle_f32x4(b[i], b[i + 8], 0x88));
        _mm512_storeu_ps(dst + (i + 8) * ld, _mm512_shuffle_f32x4(b[i], b[i + 8], 0xDD));
    }
}
PT_VFN __m512 pt_pack_wide_of_f16(__m256i h) { return _mm512_cvtph_ps(h); }
PT_VFN __m512 pt_pack_wide_of_bf16(__m256i h) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
}
PT_VFN __m256i pt_pack_two(const uint16_t *low, const uint16_t *high) {
    __m256i v = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)low));
    return _mm256_inserti128_si256(v, _mm_loadu_si128((const __m128i *)(const void *)high), 1);
}
PT_PACK_WIDE(f16)
PT_PACK_WIDE(bf16)
#elif PT_AVX2
PT_PACK_FOUR(f16, uint16_t)
PT_PACK_FOUR(bf16, uint16_t)
PT_PACK_FOUR(f32, float)
#endif

#if PT_AVX2
/* Rows 0 .. result - 1 of the panel, 8 at a time. */
#define PT_PACK_SQUARES(E, D, T)                                                                                       \
    PT_FN int64_t pt_pack_squares_##E(D *dst, int64_t cols, int64_t ld, const T *src, int64_t stride, int64_t valid_r, \
                                      int64_t valid_c) {                                                               \
        int64_t done = valid_r - valid_r % 8, c = 0;                                                                   \
        for (; c + 16 <= valid_c; c += 16) {                                                                           \
            int64_t r = 0;                                                                                             \
            for (; r + 16 <= done; r += 16)                                                                            \
                pt_pack_sixteen_##E(dst + r * ld + c, ld, src + c * stride + r, stride);                               \
            for (int64_t h = 0; r < done && h < 16; h += 8)                                                            \
                pt_pack_square_##E(dst + r * ld + c + h, ld, src + (c + h) * stride + r, stride, 8, 8);                \
        }                                                                                                              \
        for (; c < cols; c += 8) {                                                                                     \
            int64_t w = cols - c < 8 ? cols - c : 8, columns = valid_c - c;                                            \
            const T *from = src + (columns > 0 ? c : 0) * stride;                                                      \
            if (columns >= 8 && w == 8)                                                                                \
                for (int64_t r = 0; r < done; r += 8)                                                                  \
                    pt_pack_square_##E(dst + r * ld + c, ld, from + r, stride, 8, 8);                                  \
            else                                                                                                       \
                for (int64_t r = 0; r < done; r += 8)                                                                  \
                    pt_pack_square_##E(dst + r * ld + c, ld, from + r, stride, columns, w);                            \
        }                                                                                                              \
        return done;                                                                                                   \
    }
PT_PACK_SQUARES(f16, float, uint16_t)
PT_PACK_SQUARES(bf16, float, uint16_t)
PT_PACK_SQUARES(f32, float, float)
#endif

/* ---- squares across of any type: sq[r * ld + c] = src[c * stride + r] ------------------------------------------------- */
#define PT_SQUARE(T)                                                                                                   \
    PT_FN void pt_square_##T(T *sq, int64_t ld, const T *src, int64_t stride) {                                        \
        for (int64_t r = 0; r < 8; r++)                                                                                \
            for (int64_t c = 0; c < 8; c++)                                                                            \
                sq[r * ld + c] = src[c * stride + r];                                                                  \
    }
PT_SQUARE(float)
PT_SQUARE(double)
PT_SQUARE(int32_t)
PT_SQUARE(uint32_t)
#if PT_GNU_VECTORS && defined(__SSE2__)
PT_VFN void pt_square_bytes(void *sq, int64_t ld, const void *src, int64_t stride) {
    const char *from = src;
    char *to = sq;
    __m128i a[4], b[4];
    for (int i = 0; i < 4; i++)
        a[i] = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)(from + 2 * i * stride)),
                                 _mm_loadl_epi64((const __m128i *)(const void *)(from + (2 * i + 1) * stride)));
    for (int i = 0; i < 2; i++) {
        b[2 * i] = _mm_unpacklo_epi16(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm_unpackhi_epi16(a[2 * i], a[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        a[2 * i] = _mm_unpacklo_epi32(b[i], b[i + 2]);
        a[2 * i + 1] = _mm_unpackhi_epi32(b[i], b[i + 2]);
    }
    for (int i = 0; i < 4; i++) {
        _mm_storel_epi64((__m128i *)(void *)(to + 2 * i * ld), a[i]);
        _mm_storel_epi64((__m128i *)(void *)(to + (2 * i + 1) * ld), _mm_unpackhi_epi64(a[i], a[i]));
    }
}
PT_VFN void pt_square_halves(void *sq, int64_t ld, const void *src, int64_t stride) {
    const char *from = src;
    char *to = sq;
    __m128i a[8], b[8];
    for (int i = 0; i < 8; i++)
        a[i] = _mm_loadu_si128((const __m128i *)(const void *)(from + 2 * i * stride));
    for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm_unpacklo_epi16(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm_unpackhi_epi16(a[2 * i], a[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        a[4 * i] = _mm_unpacklo_epi32(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm_unpackhi_epi32(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm_unpacklo_epi32(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm_unpackhi_epi32(b[4 * i + 1], b[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        _mm_storeu_si128((__m128i *)(void *)(to + 4 * i * ld), _mm_unpacklo_epi64(a[i], a[i + 4]));
        _mm_storeu_si128((__m128i *)(void *)(to + (4 * i + 2) * ld), _mm_unpackhi_epi64(a[i], a[i + 4]));
    }
}
#define pt_square_int8_t pt_square_bytes
#define pt_square_uint8_t pt_square_bytes
#define pt_square_int16_t pt_square_halves
#define pt_square_uint16_t pt_square_halves
#else
PT_SQUARE(int8_t)
PT_SQUARE(uint8_t)
PT_SQUARE(int16_t)
PT_SQUARE(uint16_t)
#endif

/* ---- any panel -------------------------------------------------------------------------------------------------------- */
#if PT_VEC_ONLY == 4
#define PT_PACK_LANES 4
#elif PT_VEC_ONLY == 16
#define PT_PACK_LANES 16
#else
#define PT_PACK_LANES 8
#endif
/* One row. */
#define PT_PACK_ROW(E, D, T, LANES, LOAD, STORE)                                                                       \
    PT_VFN void pt_pack_row_##E(D *dst, int64_t cols, const T *src, int64_t stride, int64_t valid) {                   \
        int64_t c = 0;                                                                                                 \
        if (stride == 1)                                                                                               \
            for (; c + LANES <= valid; c += LANES)                                                                     \
                STORE(dst + c, LOAD(src + c));                                                                         \
        for (; c < valid; c++)                                                                                         \
            dst[c] = (D)pt_ld_##E(src[c * stride]);                                                                    \
        for (; c < cols; c++)                                                                                          \
            dst[c] = 0;                                                                                                \
    }
/* Rows without a conversion. */
#define PT_PACK_COPY(E, T)                                                                                             \
    PT_FN void pt_pack_row_##E(T *dst, int64_t cols, const T *src, int64_t stride, int64_t valid) {                    \
        int64_t c = 0;                                                                                                 \
        if (stride == 1 && valid > 0)                                                                                  \
            memcpy(dst, src, (size_t)(c = valid) * sizeof(T));                                                         \
        for (; c < valid; c++)                                                                                         \
            dst[c] = src[c * stride];                                                                                  \
        for (; c < cols; c++)                                                                                          \
            dst[c] = 0;                                                                                                \
    }
/* Rows 0 .. result - 1, in squares. */
#define PT_PACK_WIDTH (PT_PACK_LANES == 16 ? 16 : 8)
#define PT_PACK_ANY_SQUARES(E, D, T)                                                                                   \
    PT_FN int64_t pt_pack_squares_##E(D *dst, int64_t cols, int64_t ld, const T *src, int64_t stride, int64_t valid_r, \
                                      int64_t valid_c) {                                                               \
        int64_t done = valid_r - valid_r % 8, c = 0;                                                                   \
        for (; c + PT_PACK_WIDTH <= valid_c; c += PT_PACK_WIDTH)                                                       \
            for (int64_t r = 0; r < done; r += 8) {                                                                    \
                T sq[8 * PT_PACK_WIDTH];                                                                               \
                for (int64_t i = 0; i < PT_PACK_WIDTH; i += 8)                                                         \
                    pt_square_##T(sq + i, PT_PACK_WIDTH, src + (c + i) * stride + r, stride);                          \
                for (int64_t i = 0; i < 8; i++)                                                                        \
                    pt_pack_row_##E(dst + (r + i) * ld + c, PT_PACK_WIDTH, sq + PT_PACK_WIDTH * i, 1, PT_PACK_WIDTH);  \
            }                                                                                                          \
        src += (c < valid_c ? c : 0) * stride;                                                                         \
        for (int64_t r = 0; c < cols && r < done; r++)                                                                 \
            pt_pack_row_##E(dst + r * ld + c, cols - c, src + r, stride, valid_c - c);                                 \
        return done;                                                                                                   \
    }
#define PT_PACK_PANEL(E, D, T)                                                                                         \
    PT_FN void pt_pack_##E(D *dst, int64_t rows, int64_t cols, int64_t ld, const T *src, int64_t stride_r,             \
                           int64_t stride_c, int64_t valid_r, int64_t valid_c) {                                       \
        int64_t r = 0;                                                                                                 \
        valid_r = valid_r < 0 ? 0 : valid_r < rows ? valid_r : rows;                                                   \
        valid_c = valid_c < 0 ? 0 : valid_c < cols ? valid_c : cols;                                                   \
        if (stride_r == 1 && stride_c != 1 && valid_c > 0)                                                             \
            r = pt_pack_squares_##E(dst, cols, ld, src, stride_c, valid_r, valid_c);                                   \
        for (; r < valid_r; r++)                                                                                       \
            pt_pack_row_##E(dst + r * ld, cols, src + r * stride_r, stride_c, valid_c);                                \
        for (; r < rows; r++)                                                                                          \
            for (int64_t c = 0; c < cols; c++)                                                                         \
                dst[r * ld + c] = 0;                                                                                   \
    }
#define PT_PACK_L(L, H)                                                                                                \
    PT_PACK_ROW(f16, float, uint16_t, L, pt_load_f16_f32x##L, pt_store_f32x##L)                                        \
    PT_PACK_ROW(bf16, float, uint16_t, L, pt_load_bf16_f32x##L, pt_store_f32x##L)                                      \
    PT_PACK_ROW(f32, float, float, L, pt_load_f32x##L, pt_store_f32x##L)                                               \
    PT_PACK_ROW(f8e4m3, float, uint8_t, L, pt_load_f8e4m3_f32x##L, pt_store_f32x##L)                                   \
    PT_PACK_ROW(f8e5m2, float, uint8_t, L, pt_load_f8e5m2_f32x##L, pt_store_f32x##L)                                   \
    PT_PACK_ROW(f64, double, double, H, pt_load_f64x##H, pt_store_f64x##H)
#if PT_PACK_LANES == 4
PT_PACK_L(4, 2)
#elif PT_PACK_LANES == 8
PT_PACK_L(8, 4)
#else
PT_PACK_L(16, 8)
#endif
#if !PT_AVX2
PT_PACK_ANY_SQUARES(f16, float, uint16_t)
PT_PACK_ANY_SQUARES(bf16, float, uint16_t)
PT_PACK_ANY_SQUARES(f32, float, float)
#endif
PT_PACK_ANY_SQUARES(f8e4m3, float, uint8_t)
PT_PACK_ANY_SQUARES(f8e5m2, float, uint8_t)
PT_PACK_ANY_SQUARES(f64, double, double)
PT_PACK_PANEL(f16, float, uint16_t)
PT_PACK_PANEL(bf16, float, uint16_t)
PT_PACK_PANEL(f32, float, float)
PT_PACK_PANEL(f8e4m3, float, uint8_t)
PT_PACK_PANEL(f8e5m2, float, uint8_t)
PT_PACK_PANEL(f64, double, double)
#define PT_PACK_COPIED(E, T)                                                                                           \
    PT_PACK_COPY(E, T)                                                                                                 \
    PT_PACK_ANY_SQUARES(E, T, T)                                                                                       \
    PT_PACK_PANEL(E, T, T)
PT_PACK_COPIED(i8, int8_t)
PT_PACK_COPIED(u8, uint8_t)
PT_PACK_COPIED(i16, int16_t)
PT_PACK_COPIED(u16, uint16_t)
PT_PACK_COPIED(i32, int32_t)
PT_PACK_COPIED(u32, uint32_t)
#endif
