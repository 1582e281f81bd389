/* peer_plain.c - programs/kernels.pto as a careful programmer writes it in plain C for one thread: loops that gcc -O3 turns into
 * vectors, sums in whatever order is fastest, an exp of its own that is good to a few ulp. */
#include <math.h>
#include <string.h>
#include <immintrin.h>
#include "ptoc_rt.h"

#define P(type, i) ((type *)(uintptr_t)a[i])
#define SUM _Pragma("omp simd reduction(+ : s)")
#define SIMD _Pragma("omp simd")

static inline float fast_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    float n = rintf(x * 1.44269504f), r = x - n * 0.693145752f - n * 1.42860677e-6f;
    float p = 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    union {
        int32_t i;
        float f;
    } scale = {((int32_t)n + 127) << 23};
    return p * scale.f;
}

static inline float from_half(uint16_t h) { return _cvtsh_ss(h); }
static inline float from_bf16(uint16_t h) {
    union {
        uint32_t u;
        float f;
    } v = {(uint32_t)h << 16};
    return v.f;
}
static inline uint16_t to_bf16(float f) {
    union {
        float f;
        uint32_t u;
    } v = {f};
    return (uint16_t)((v.u + 0x7FFF + (v.u >> 16 & 1)) >> 16);
}

static float dot(const float *x, const float *y, size_t n) {
    float s = 0;
    SUM for (size_t i = 0; i < n; i++) s += x[i] * y[i];
    return s;
}

static void softmax_row(const float *x, float *y, size_t n) {
    float m = -INFINITY, s = 0;
    _Pragma("omp simd reduction(max : m)") for (size_t i = 0; i < n; i++) m = x[i] > m ? x[i] : m;
    SUM for (size_t i = 0; i < n; i++) s += y[i] = fast_exp(x[i] - m);
    float r = 1 / s;
    SIMD for (size_t i = 0; i < n; i++) y[i] *= r;
}

int kernels_decode(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t H = a[0], D = a[1], T = a[2];
    static float p[1 << 16];
    for (size_t h = 0; h < H; h++) {
        const float *q = P(float, 3) + h * D, *k = P(float, 4) + h * T * D, *v = P(float, 5) + h * T * D;
        float *restrict o = P(float, 6) + h * D;
        for (size_t t = 0; t < T; t++)
            p[t] = dot(q, k + t * D, D) * 0.0883883461f;
        softmax_row(p, p, T);
        memset(o, 0, D * sizeof *o);
        for (size_t t = 0; t < T; t += 4) /* T is a multiple of 4 */
            SIMD for (size_t d = 0; d < D; d++) o[d] += p[t] * v[t * D + d] + p[t + 1] * v[(t + 1) * D + d] +
                                                        p[t + 2] * v[(t + 2) * D + d] + p[t + 3] * v[(t + 3) * D + d];
    }
    return PTOC_OK;
}

int kernels_decode_gqa(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t H = a[0], D = a[1], T = a[2];
    static float p[4][1 << 16], key[512];
    for (size_t h = 0; h < H; h++) {
        const float *q = P(float, 3) + h * 4 * D;
        const uint16_t *k = P(uint16_t, 4) + h * T * D, *v = P(uint16_t, 5) + h * T * D;
        float *restrict o = P(float, 6) + h * 4 * D;
        for (size_t t = 0; t < T; t++) {
            for (size_t d = 0; d < D; d += 16)
                _mm512_storeu_ps(key + d, _mm512_cvtph_ps(_mm256_loadu_si256((const void *)(k + t * D + d))));
            for (size_t g = 0; g < 4; g++)
                p[g][t] = dot(q + g * D, key, D) * 0.0883883461f;
        }
        for (size_t g = 0; g < 4; g++)
            softmax_row(p[g], p[g], T);
        memset(o, 0, 4 * D * sizeof *o);
        for (size_t t = 0; t < T; t++) {
            for (size_t d = 0; d < D; d += 16)
                _mm512_storeu_ps(key + d, _mm512_cvtph_ps(_mm256_loadu_si256((const void *)(v + t * D + d))));
            SIMD for (size_t d = 0; d < D; d++) {
                o[d] += p[0][t] * key[d];
                o[D + d] += p[1][t] * key[d];
                o[2 * D + d] += p[2][t] * key[d];
                o[3 * D + d] += p[3][t] * key[d];
            }
        }
    }
    return PTOC_OK;
}

int kernels_gemv(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t K = a[0], N = a[1];
    for (size_t n = 0; n < N; n++)
        P(float, 4)[n] = dot(P(float, 2), P(float, 3) + n * K, K);
    return PTOC_OK;
}

int kernels_gemv_i8(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t K = a[0], N = a[1];
    const int8_t *x = P(int8_t, 2);
    for (size_t n = 0; n < N; n++) {
        const int8_t *w = P(int8_t, 3) + n * K;
        int32_t s = 0;
        SUM for (size_t k = 0; k < K; k++) s += x[k] * w[k];
        P(int32_t, 4)[n] = s;
    }
    return PTOC_OK;
}

int kernels_gemv_bf16(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t K = a[0], N = a[1];
    const uint16_t *x = P(uint16_t, 2);
    for (size_t n = 0; n < N; n++) {
        const uint16_t *w = P(uint16_t, 3) + n * K;
        float s = 0;
        SUM for (size_t k = 0; k < K; k++) s += from_bf16(x[k]) * from_bf16(w[k]);
        P(float, 4)[n] = s;
    }
    return PTOC_OK;
}

int kernels_gemv_t(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t K = a[0], N = a[1];
    const float *x = P(float, 2), *w = P(float, 3);
    float *restrict y = P(float, 4);
    memset(y, 0, N * sizeof *y);
    for (size_t k = 0; k < K; k += 4)
        SIMD for (size_t n = 0; n < N; n++) y[n] += x[k] * w[k * N + n] + x[k + 1] * w[(k + 1) * N + n] +
                                                    x[k + 2] * w[(k + 2) * N + n] + x[k + 3] * w[(k + 3) * N + n];
    return PTOC_OK;
}

/* y += x w over blocks of 4 rows; w [K, N] contiguous. */
static void product(const float *x, const float *w, float *y, size_t M, size_t K, size_t N, size_t ldy) {
    for (size_t i = 0; i < M; i += 4) { /* M is a multiple of 4 */
        for (size_t n0 = 0; n0 < N; n0 += 32) {
            float c[4][32] = {{0}};
            for (size_t k = 0; k < K; k++)
                for (size_t r = 0; r < 4; r++)
                    SIMD for (size_t n = 0; n < 32; n++) c[r][n] += x[(i + r) * K + k] * w[k * N + n0 + n];
            for (size_t r = 0; r < 4; r++)
                memcpy(y + (i + r) * ldy + n0, c[r], sizeof c[r]);
        }
    }
}

int kernels_dequant_gemm(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t M = a[0], K = a[1], N = a[2];
    static float panel[32 * 8192]; /* 32 rows of w, transposed */
    for (size_t n0 = 0; n0 < N; n0 += 32) {
        for (size_t n = 0; n < 32; n++) {
            const int8_t *w = P(int8_t, 4) + (n0 + n) * K;
            float s = P(float, 5)[n0 + n];
            for (size_t k = 0; k < K; k++)
                panel[k * 32 + n] = (float)w[k] * s;
        }
        product(P(float, 3), panel, P(float, 6) + n0, M, K, 32, N);
    }
    return PTOC_OK;
}

int kernels_batch_gemm(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t B = a[0], M = a[1], K = a[2], N = a[3];
    for (size_t b = 0; b < B; b++)
        product(P(float, 4) + b * M * K, P(float, 5) + b * K * N, P(float, 6) + b * M * N, M, K, N, N);
    return PTOC_OK;
}

static void turn_tile(const float *x, float *y, size_t ldx, size_t ldy) {
    __m256 r[8], t[8];
    for (int i = 0; i < 8; i++)
        r[i] = _mm256_loadu_ps(x + i * ldx);
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xEE);
        r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(y + i * ldy, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(y + (i + 4) * ldy, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

int kernels_transpose(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t R = a[0], C = a[1];
    for (size_t i = 0; i < R; i += 16) /* multiples of 16: a line of y at a time */
        for (size_t j = 0; j < C; j += 8) {
            turn_tile(P(float, 2) + i * C + j, P(float, 3) + j * R + i, C, R);
            turn_tile(P(float, 2) + (i + 8) * C + j, P(float, 3) + j * R + i + 8, C, R);
        }
    return PTOC_OK;
}

int kernels_argmax(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t R = a[0], N = a[1];
    for (size_t r = 0; r < R; r++) { /* the greatest of each block first, then where it is */
        const float *x = P(float, 2) + r * N;
        float best = -INFINITY;
        size_t block = 0;
        for (size_t b = 0; b < N; b += 1024) {
            float m = -INFINITY;
            size_t n = N - b < 1024 ? N - b : 1024;
            _Pragma("omp simd reduction(max : m)") for (size_t i = 0; i < n; i++) m = x[b + i] > m ? x[b + i] : m;
            if (m > best)
                best = m, block = b;
        }
        while (x[block] != best)
            block++;
        P(int32_t, 3)[r] = (int32_t)block;
    }
    return PTOC_OK;
}

int kernels_swiglu(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    const float *x = P(float, 2), *b = P(float, 3);
    float *restrict y = P(float, 4);
    SIMD for (size_t i = 0; i < a[0] * a[1]; i++) y[i] = x[i] / (1 + fast_exp(-x[i])) * b[i];
    return PTOC_OK;
}

int kernels_rope(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t T = a[0], H = a[1];
    for (size_t t = 0; t < T; t++) {
        const float *c = P(float, 3) + t * 64, *s = P(float, 4) + t * 64;
        for (size_t h = 0; h < H; h++) {
            const float *x = P(float, 2) + (t * H + h) * 128;
            float *restrict y = P(float, 5) + (t * H + h) * 128;
            SIMD for (size_t i = 0; i < 64; i++) {
                y[i] = x[i] * c[i] - x[i + 64] * s[i];
                y[i + 64] = x[i] * s[i] + x[i + 64] * c[i];
            }
        }
    }
    return PTOC_OK;
}

static void moments(const float *x, size_t n, float *mean, float *variance) {
    float s = 0;
    SUM for (size_t i = 0; i < n; i++) s += x[i];
    float m = *mean = s / (float)n;
    s = 0;
    SUM for (size_t i = 0; i < n; i++) s += (x[i] - m) * (x[i] - m);
    *variance = s / (float)n;
}

int kernels_group_norm(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t G = a[0], C = a[1], N = a[2];
    for (size_t g = 0; g < G; g++) {
        const float *x = P(float, 3) + g * C * N;
        float mean, variance, *restrict y = P(float, 6) + g * C * N;
        moments(x, C * N, &mean, &variance);
        for (size_t c = 0; c < C; c++) {
            float w = P(float, 4)[g * C + c] / sqrtf(variance + 1e-5f), b = P(float, 5)[g * C + c] - mean * w;
            SIMD for (size_t i = 0; i < N; i++) y[c * N + i] = x[c * N + i] * w + b;
        }
    }
    return PTOC_OK;
}

int kernels_moe_gate(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    for (size_t t = 0; t < a[0]; t++) {
        float p[64], s = 0, *w = P(float, 2) + t * 8;
        int32_t *e = P(int32_t, 3) + t * 8;
        softmax_row(P(float, 1) + t * 64, p, 64);
        int n = 0;
        for (int i = 0; i < 64; i++) { /* insertion */
            if (n == 8 && !(p[i] > w[7]))
                continue;
            int at = n < 8 ? n++ : 7;
            for (; at > 0 && p[i] > w[at - 1]; at--)
                w[at] = w[at - 1], e[at] = e[at - 1];
            w[at] = p[i], e[at] = i;
        }
        for (int i = 0; i < 8; i++)
            s += w[i];
        for (int i = 0; i < 8; i++)
            w[i] /= s;
    }
    return PTOC_OK;
}

int kernels_columns(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t M = a[0], N = a[1];
    const float *x = P(float, 2);
    float *restrict s = P(float, 3), *restrict m = P(float, 4);
    for (size_t n = 0; n < N; n++)
        s[n] = 0, m[n] = -INFINITY;
    for (size_t i = 0; i < M; i++)
        SIMD for (size_t n = 0; n < N; n++) {
            s[n] += x[i * N + n];
            m[n] = x[i * N + n] > m[n] ? x[i * N + n] : m[n];
        }
    for (size_t n = 0; n < N; n++)
        s[n] /= (float)M;
    return PTOC_OK;
}

int kernels_cumsum_down(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t M = a[0], N = a[1];
    memcpy(P(float, 3), P(float, 2), N * sizeof(float));
    for (size_t i = 1; i < M; i++) {
        const float *x = P(float, 2) + i * N, *last = P(float, 3) + (i - 1) * N;
        float *restrict y = P(float, 3) + i * N;
        SIMD for (size_t n = 0; n < N; n++) y[n] = last[n] + x[n];
    }
    return PTOC_OK;
}

int kernels_cumsum_along(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t M = a[0], N = a[1];
    for (size_t i = 0; i < M; i += 8) { /* eight chains at a time */
        float s[8] = {0};
        for (size_t n = 0; n < N; n++)
            for (size_t r = 0; r < 8; r++)
                P(float, 3)[(i + r) * N + n] = s[r] += P(float, 2)[(i + r) * N + n];
    }
    return PTOC_OK;
}

int kernels_half_chain(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t R = a[0], N = a[1];
    const __m512 half = _mm512_set1_ps(0.5f), one = _mm512_set1_ps(1), minus = _mm512_set1_ps(-1);
    for (size_t r = 0; r < R; r++)
        for (size_t i = 0; i < N; i += 16) { /* N is a multiple of 16 */
            __m512 x = _mm512_cvtph_ps(_mm256_loadu_si256((const void *)(P(uint16_t, 2) + r * N + i)));
            __m512 w = _mm512_cvtph_ps(_mm256_loadu_si256((const void *)(P(uint16_t, 3) + i)));
            __m512 v = _mm512_fmadd_ps(x, w, half);
            v = _mm512_mul_ps(v, _mm512_max_ps(_mm512_min_ps(v, one), minus));
            _mm256_storeu_si256((void *)(P(uint16_t, 4) + r * N + i), _mm512_cvtps_ph(v, 0));
        }
    return PTOC_OK;
}

int kernels_bf16_chain(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t R = a[0], N = a[1];
    const uint16_t *w = P(uint16_t, 3);
    for (size_t r = 0; r < R; r++) {
        const uint16_t *x = P(uint16_t, 2) + r * N;
        uint16_t *restrict y = P(uint16_t, 4) + r * N;
        SIMD for (size_t i = 0; i < N; i++) {
            float v = from_bf16(x[i]) * from_bf16(w[i]) + 0.5f;
            y[i] = to_bf16((v < -1 ? -1 : v > 1 ? 1 : v) * v);
        }
    }
    return PTOC_OK;
}

int kernels_softmax_short(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    for (size_t r = 0; r < a[0]; r++)
        softmax_row(P(float, 2) + r * a[1], P(float, 3) + r * a[1], a[1]);
    return PTOC_OK;
}

int kernels_norm_short(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t N = a[1];
    const float *g = P(float, 4), *b = P(float, 5);
    static float sum[1 << 16];
    for (size_t r = 0; r < a[0]; r++) {
        const float *x = P(float, 2) + r * N, *z = P(float, 3) + r * N;
        float mean, variance, *restrict y = P(float, 6) + r * N;
        SIMD for (size_t i = 0; i < N; i++) sum[i] = x[i] + z[i];
        moments(sum, N, &mean, &variance);
        float scale = 1 / sqrtf(variance + 1e-5f);
        SIMD for (size_t i = 0; i < N; i++) y[i] = (sum[i] - mean) * scale * g[i] + b[i];
    }
    return PTOC_OK;
}

int kernels_cross_entropy(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t N = a[1];
    for (size_t r = 0; r < a[0]; r++) {
        const float *x = P(float, 2) + r * N;
        float m = -INFINITY, s = 0;
        _Pragma("omp simd reduction(max : m)") for (size_t i = 0; i < N; i++) m = x[i] > m ? x[i] : m;
        SUM for (size_t i = 0; i < N; i++) s += fast_exp(x[i] - m);
        P(float, 4)[r] = logf(s) + m - x[P(int32_t, 3)[r]];
    }
    return PTOC_OK;
}

int kernels_quant_rows(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t N = a[1];
    for (size_t r = 0; r < a[0]; r++) {
        const float *x = P(float, 2) + r * N;
        int8_t *restrict q = P(int8_t, 3) + r * N;
        float m = 0;
        _Pragma("omp simd reduction(max : m)") for (size_t i = 0; i < N; i++) m = fabsf(x[i]) > m ? fabsf(x[i]) : m;
        float s = P(float, 4)[r] = m / 127;
        SIMD for (size_t i = 0; i < N; i++) {
            float v = rintf(x[i] / s);
            v = v < -128 ? -128 : v > 127 ? 127 : v;
            q[i] = (int8_t)(int32_t)v;
        }
    }
    return PTOC_OK;
}

int kernels_stencil(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t N = a[1];
    for (size_t r = 0; r < a[0]; r++) {
        const float *x = P(float, 2) + r * N;
        float *restrict y = P(float, 3) + r * (N - 2);
        SIMD for (size_t i = 0; i < N - 2; i++) y[i] = x[i] * 0.25f + x[i + 1] * 0.5f + x[i + 2] * 0.25f;
    }
    return PTOC_OK;
}

int kernels_embedding(const uint64_t *a, const ptoc_options *options) {
    (void)options;
    size_t D = a[1], T = a[2];
    for (size_t t = 0; t < T * 16; t++)
        memcpy(P(float, 5) + t * D, P(float, 3) + (size_t)P(int32_t, 4)[t] * D, D * sizeof(float));
    return PTOC_OK;
}
