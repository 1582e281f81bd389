// peer_openblas.cpp - the same workloads with OpenBLAS and the C++ library, as a careful user writes them today:
// scores by sgemm in blocks of keys, then nth_element and a sort of the survivors. One BLAS thread in each of ours.
#include <algorithm>
#include <cblas.h>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <immintrin.h>
#include <numeric>
#include <omp.h>
#include <vector>
#include "ptoc_rt.h"

extern "C" void openblas_set_num_threads(int);

namespace {

template <class T> T *pointer(uint64_t arg) { return reinterpret_cast<T *>(static_cast<uintptr_t>(arg)); }

float from_half(uint16_t h) {
#if defined(__F16C__)
    return _cvtsh_ss(h);
#else
    uint32_t sign = uint32_t(h >> 15) << 31, rest = uint32_t(h & 0x7FFF) << 13;
    float x;
    std::memcpy(&x, &rest, 4);
    x *= 0x1p112f;
    return sign ? -x : x;
#endif
}

// The 2048 best of score[0 .. n), best first, -1 behind them.
void best_2048(const float *score, int64_t n, std::vector<int32_t> &order, int32_t *out) {
    const int64_t k = std::min<int64_t>(n, 2048);
    auto better = [score](int32_t a, int32_t b) { return score[a] > score[b] || (score[a] == score[b] && a < b); };
    order.resize(size_t(n));
    std::iota(order.begin(), order.end(), 0);
    if (k < n)
        std::nth_element(order.begin(), order.begin() + k, order.end(), better);
    std::sort(order.begin(), order.begin() + k, better);
    std::copy(order.begin(), order.begin() + k, out);
    std::fill(out + k, out + 2048, -1);
}

struct Indexer {
    int64_t B, S1, N2, T, G;
    const uint16_t *Q;
    const float *W;
    const uint16_t *K;
    const int32_t *act;
    int32_t *out;
};

// Positions s0 .. s1 of one head: keys are converted in blocks, each block is one sgemm for all positions.
void indexer_positions(const Indexer &x, int64_t b, int64_t h, int64_t s0, int64_t s1) {
    const int64_t D = 128, block = 512, rows = (s1 - s0) * x.G, longest = std::max<int64_t>(0, x.act[b] - (x.S1 - s1));
    std::vector<float> q(size_t(rows * D)), keys(size_t(block * D)), dots(size_t(rows * block)), score(size_t((s1 - s0) * longest));
    std::vector<int32_t> order;
    for (int64_t s = s0; s < s1; s++)
        for (int64_t g = 0; g < x.G; g++)
            for (int64_t d = 0; d < D; d++)
                q[size_t(((s - s0) * x.G + g) * D + d)] = from_half(x.Q[((b * x.S1 + s) * x.N2 * x.G + h * x.G + g) * D + d]);
    for (int64_t j = 0; j < longest; j += block) {
        const int64_t n = std::min(block, longest - j);
        for (int64_t i = 0; i < n; i++)
            for (int64_t d = 0; d < D; d++)
                keys[size_t(i * D + d)] = from_half(x.K[((b * x.T + j + i) * x.N2 + h) * D + d]);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, int(rows), int(n), int(D), 1, q.data(), int(D), keys.data(), int(D), 0,
                    dots.data(), int(block));
        for (int64_t s = s0; s < s1; s++) {
            float *to = score.data() + (s - s0) * longest + j;
            std::fill(to, to + n, 0.0f);
            for (int64_t g = 0; g < x.G; g++) {
                const float w = x.W[(b * x.S1 + s) * x.N2 * x.G + h * x.G + g];
                const float *d = dots.data() + ((s - s0) * x.G + g) * block;
                for (int64_t i = 0; i < n; i++)
                    to[i] += std::max(d[i], 0.0f) * w;
            }
        }
    }
    for (int64_t s = s0; s < s1; s++)
        best_2048(score.data() + (s - s0) * longest, std::max<int64_t>(0, x.act[b] - (x.S1 - s - 1)), order,
                  x.out + ((b * x.S1 + s) * x.N2 + h) * 2048);
}

int indexer(const uint64_t *a, const ptoc_options *options, int64_t G) {
    const Indexer x = {int64_t(a[0]), int64_t(a[1]), int64_t(a[2]), int64_t(a[3]), G, pointer<const uint16_t>(a[4]),
                       pointer<const float>(a[5]), pointer<const uint16_t>(a[6]), pointer<const int32_t>(a[7]), pointer<int32_t>(a[8])};
    const int64_t step = std::max<int64_t>(1, std::min<int64_t>(x.S1, 512 / G));
    openblas_set_num_threads(1);
#pragma omp parallel for collapse(3) schedule(dynamic) num_threads(options->threads)
    for (int64_t b = x.B - 1; b >= 0; b--)
        for (int64_t h = 0; h < x.N2; h++)
            for (int64_t s = 0; s < x.S1; s += step)
                indexer_positions(x, b, h, s, std::min(x.S1, s + step));
    return PTOC_OK;
}

} // namespace

extern "C" int indexer_g8_lightning_indexer(const uint64_t *a, const ptoc_options *options) { return indexer(a, options, 8); }
extern "C" int indexer_g64_lightning_indexer(const uint64_t *a, const ptoc_options *options) { return indexer(a, options, 64); }

extern "C" int gemm_gemm(const uint64_t *a, const ptoc_options *options) {
    const int M = int(a[0]), K = int(a[1]), N = int(a[2]);
    openblas_set_num_threads(options->threads);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, N, K, 1, pointer<const float>(a[3]), K, pointer<const float>(a[4]), N, 0,
                pointer<float>(a[5]), N);
    return PTOC_OK;
}

extern "C" int topk_topk(const uint64_t *a, const ptoc_options *options) {
    const int64_t R = int64_t(a[0]), N = int64_t(a[1]);
#pragma omp parallel for num_threads(options->threads)
    for (int64_t r = 0; r < R; r++) {
        std::vector<int32_t> order;
        best_2048(pointer<const float>(a[2]) + r * N, N, order, pointer<int32_t>(a[3]) + r * 2048);
    }
    return PTOC_OK;
}

extern "C" int attention_attention(const uint64_t *a, const ptoc_options *options) {
    const int64_t B = int64_t(a[0]), H = int64_t(a[1]), S = int64_t(a[2]), T = int64_t(a[3]), D = 64, rows = 64;
    openblas_set_num_threads(1);
#pragma omp parallel for collapse(2) schedule(dynamic) num_threads(options->threads)
    for (int64_t bh = 0; bh < B * H; bh++)
        for (int64_t i = 0; i < S; i += rows) {
            const int64_t m = std::min(rows, S - i);
            const float *q = pointer<const float>(a[4]) + (bh * S + i) * D, *k = pointer<const float>(a[5]) + bh * T * D,
                        *v = pointer<const float>(a[6]) + bh * T * D;
            float *o = pointer<float>(a[7]) + (bh * S + i) * D;
            std::vector<float> p(size_t(m * T));
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, int(m), int(T), int(D), 0.125f, q, int(D), k, int(D), 0, p.data(), int(T));
            for (int64_t r = 0; r < m; r++) {
                float *row = p.data() + r * T, most = *std::max_element(row, row + T), sum = 0;
                for (int64_t j = 0; j < T; j++)
                    sum += row[j] = std::exp(row[j] - most);
                for (int64_t j = 0; j < T; j++)
                    row[j] /= sum;
            }
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, int(m), int(D), int(T), 1, p.data(), int(T), v, int(D), 0, o, int(D));
        }
    return PTOC_OK;
}
