// peer_torch.cpp - the same work with PyTorch's library, as one would write it there: whole tensors, eagerly, no graph compiler.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <malloc.h>
#include "ptoc_rt.h"

namespace {

at::Tensor tensor(uint64_t data, at::IntArrayRef sizes, at::ScalarType type = at::kFloat) {
    return at::from_blob(reinterpret_cast<void *>(static_cast<uintptr_t>(data)), sizes,
                         at::TensorOptions().dtype(type));
}

// Number of threads and no gradients, for one call. Temporaries stay in the heap meanwhile, as in a long-running process: given back to
// the system and taken anew in every call they would cost more than the work.
struct Call {
    c10::InferenceMode mode;
    explicit Call(const ptoc_options *options) {
        at::set_num_threads(options->threads);
        mallopt(M_MMAP_MAX, 0);
        mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    }
    ~Call() { mallopt(M_MMAP_MAX, 65536); }
};

// Some positions at a time: one product for all, then the best of each, which sees its own number of keys. Short rows are filled with -1.
void indexer_positions(const at::Tensor &q, const at::Tensor &w, const at::Tensor &keys, int64_t act, int64_t S1,
                       at::Tensor out, int64_t first) {
    const int64_t n = q.size(0), G = q.size(1);
    const at::Tensor dots = at::matmul(q.reshape({n * G, q.size(2)}), keys.t()).relu_().view({n, G, keys.size(0)});
    const at::Tensor score = dots.mul_(w).sum(1);
    for (int64_t s = 0; s < n; s++) {
        const int64_t seen = std::max<int64_t>(0, act - (S1 - first - s - 1)), k = std::min<int64_t>(seen, 2048);
        out[s].fill_(-1);
        if (k > 0)
            out[s].slice(0, 0, k).copy_(std::get<1>(score[s].slice(0, 0, seen).topk(k)));
    }
}

int indexer(const uint64_t *a, const ptoc_options *options, int64_t G) {
    const Call call(options);
    const int64_t B = int64_t(a[0]), S1 = int64_t(a[1]), N2 = int64_t(a[2]), T = int64_t(a[3]), D = 128;
    const at::Tensor q = tensor(a[4], {B, S1, N2, G, D}, at::kHalf).to(at::kFloat), w = tensor(a[5], {B, S1, N2, G, 1});
    const int64_t step = 16;
    const at::Tensor keys = tensor(a[6], {B, T, N2, D}, at::kHalf);
    const int32_t *act = reinterpret_cast<const int32_t *>(static_cast<uintptr_t>(a[7]));
    at::Tensor out = tensor(a[8], {B, S1, N2, 2048}, at::kInt);
    for (int64_t b = 0; b < B; b++)
        for (int64_t h = 0; h < N2; h++) {
            const at::Tensor k = keys[b].slice(0, 0, act[b]).select(1, h).to(at::kFloat);
            for (int64_t s = 0; s < S1; s += step) {
                const auto part = [&](const at::Tensor &t) {
                    return t[b].slice(0, s, std::min(S1, s + step)).select(1, h);
                };
                indexer_positions(part(q), part(w), k, act[b], S1, part(out), s);
            }
        }
    return PTOC_OK;
}

} // namespace

extern "C" int indexer_g8_lightning_indexer(const uint64_t *a, const ptoc_options *options) {
    return indexer(a, options, 8);
}
extern "C" int indexer_g64_lightning_indexer(const uint64_t *a, const ptoc_options *options) {
    return indexer(a, options, 64);
}

extern "C" int gemm_gemm(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t M = int64_t(a[0]), K = int64_t(a[1]), N = int64_t(a[2]);
    at::Tensor c = tensor(a[5], {M, N});
    at::mm_out(c, tensor(a[3], {M, K}), tensor(a[4], {K, N}));
    return PTOC_OK;
}

extern "C" int rows_softmax(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t R = int64_t(a[0]), N = int64_t(a[1]);
    at::Tensor y = tensor(a[3], {R, N});
    at::_softmax_out(y, tensor(a[2], {R, N}), 1, false);
    return PTOC_OK;
}

extern "C" int rows_rmsnorm(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t R = int64_t(a[0]), N = int64_t(a[1]);
    const at::Tensor x = tensor(a[2], {R, N}), g = tensor(a[3], {1, N});
    tensor(a[4], {R, N}).copy_(x * at::rsqrt(x.square().mean(1, true) + 1e-6) * g);
    return PTOC_OK;
}

extern "C" int rows_layernorm(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t R = int64_t(a[0]), N = int64_t(a[1]);
    tensor(a[5], {R, N}).copy_(at::layer_norm(tensor(a[2], {R, N}), {N}, tensor(a[3], {N}), tensor(a[4], {N}), 1e-6));
    return PTOC_OK;
}

extern "C" int rows_rowmax(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t R = int64_t(a[0]), N = int64_t(a[1]);
    at::Tensor y = tensor(a[3], {R, 1});
    at::amax_out(y, tensor(a[2], {R, N}), {1}, true);
    return PTOC_OK;
}

extern "C" int attention_attention(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t B = int64_t(a[0]), H = int64_t(a[1]), S = int64_t(a[2]), T = int64_t(a[3]), D = 64;
    const at::Tensor q = tensor(a[4], {B, H, S, D}), k = tensor(a[5], {B, H, T, D}), v = tensor(a[6], {B, H, T, D});
    tensor(a[7], {B, H, S, D}).copy_(at::matmul(at::softmax(at::matmul(q, k.transpose(2, 3)) * 0.125, 3), v));
    return PTOC_OK;
}

extern "C" int topk_topk(const uint64_t *a, const ptoc_options *options) {
    const Call call(options);
    const int64_t R = int64_t(a[0]), N = int64_t(a[1]);
    tensor(a[3], {R, 2048}, at::kInt).copy_(std::get<1>(tensor(a[2], {R, N}).topk(2048)));
    return PTOC_OK;
}
