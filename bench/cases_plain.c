/* cases_plain.c - kernels without a bar of their own, against plain C by hand: each on one thread. */
#include "bench.h"

#define IN(elem, count)                                                                                                \
    { BENCH_IN, BENCH_##elem, count, 0, 0 }
#define INDEX(count, below)                                                                                            \
    { BENCH_IN, BENCH_I32, count, 0, below }
#define OUT(elem, count)                                                                                               \
    { BENCH_OUT, BENCH_##elem, count, 0, 0 }
#define CASE(name, what, ndims, dims, ntensors, ...)                                                                   \
    { #name, "kernels", #name, what, ndims, ntensors, DIMS dims, {__VA_ARGS__ }, 0, 0, 0 }
#define DIMS(...)                                                                                                      \
    { __VA_ARGS__ }

static const BenchCase cases[] = {
    CASE(decode, "one query row, 8 heads of 128, 4096 keys", 3, (8, 128, 4096), 4, IN(F32, 8 * 128),
         IN(F32, 8 * 4096 * 128), IN(F32, 8 * 4096 * 128), OUT(F32, 8 * 128)),
    CASE(decode_gqa, "four query rows, 8 heads of 128, 4096 f16 keys", 3, (8, 128, 4096), 4, IN(F32, 8 * 4 * 128),
         IN(F16, 8 * 4096 * 128), IN(F16, 8 * 4096 * 128), OUT(F32, 8 * 4 * 128)),
    CASE(gemv, "f32 [4096, 4096] by a vector", 2, (4096, 4096), 3, IN(F32, 4096), IN(F32, 4096 * 4096), OUT(F32, 4096)),
    CASE(gemv_i8, "i8 [4096, 4096] by a vector", 2, (4096, 4096), 3, IN(I8, 4096), IN(I8, 4096 * 4096), OUT(I32, 4096)),
    CASE(gemv_bf16, "bf16 [4096, 4096] by a vector", 2, (4096, 4096), 3, IN(BF16, 4096), IN(BF16, 4096 * 4096),
         OUT(F32, 4096)),
    CASE(gemv_t, "a vector by f32 [4096, 4096]", 2, (4096, 4096), 3, IN(F32, 4096), IN(F32, 4096 * 4096),
         OUT(F32, 4096)),
    CASE(dequant_gemm, "32 rows by i8 [2048, 2048] with scales", 3, (32, 2048, 2048), 4, IN(F32, 32 * 2048),
         IN(I8, 2048 * 2048), IN(F32, 2048), OUT(F32, 32 * 2048)),
    CASE(batch_gemm, "512 products of 32 x 32 x 32", 4, (512, 32, 32, 32), 3, IN(F32, 512 * 1024), IN(F32, 512 * 1024),
         OUT(F32, 512 * 1024)),
    CASE(transpose, "f32 2048 x 1536", 2, (2048, 1536), 2, IN(F32, 2048 * 1536), OUT(F32, 2048 * 1536)),
    CASE(argmax, "4 rows of a million", 2, (4, 1 << 20), 2, IN(F32, 4 << 20), OUT(I32, 4)),
    CASE(swiglu, "silu(a) b of 512 x 4096", 2, (512, 4096), 3, IN(F32, 512 * 4096), IN(F32, 512 * 4096),
         OUT(F32, 512 * 4096)),
    CASE(rope, "512 positions, 16 heads of 128", 2, (512, 16), 4, IN(F32, 512 * 16 * 128), IN(F32, 512 * 64),
         IN(F32, 512 * 64), OUT(F32, 512 * 16 * 128)),
    CASE(group_norm, "128 groups of 8 x 1024", 3, (128, 8, 1024), 4, IN(F32, 128 * 8192), IN(F32, 1024), IN(F32, 1024),
         OUT(F32, 128 * 8192)),
    CASE(moe_gate, "8 of 64 experts, 8192 tokens", 1, (8192), 3, IN(F32, 8192 * 64), OUT(F32, 8192 * 8),
         OUT(I32, 8192 * 8)),
    CASE(columns, "mean and maximum of the columns of 4096 x 1024", 2, (4096, 1024), 3, IN(F32, 4096 * 1024),
         OUT(F32, 1024), OUT(F32, 1024)),
    CASE(cumsum_down, "running sums down, 1024 x 1024", 2, (1024, 1024), 2, IN(F32, 1 << 20), OUT(F32, 1 << 20)),
    CASE(cumsum_along, "running sums along, 1024 x 1024", 2, (1024, 1024), 2, IN(F32, 1 << 20), OUT(F32, 1 << 20)),
    CASE(half_chain, "f16, 1024 x 4096", 2, (1024, 4096), 3, IN(F16, 4 << 20), IN(F16, 4096), OUT(F16, 4 << 20)),
    CASE(bf16_chain, "bf16, 1024 x 4096", 2, (1024, 4096), 3, IN(BF16, 4 << 20), IN(BF16, 4096), OUT(BF16, 4 << 20)),
    CASE(softmax_short, "65536 rows of 64", 2, (65536, 64), 2, IN(F32, 4 << 20), OUT(F32, 4 << 20)),
    CASE(norm_short, "layernorm(x + r), 32768 rows of 64", 2, (32768, 64), 5, IN(F32, 2 << 20), IN(F32, 2 << 20),
         IN(F32, 64), IN(F32, 64), OUT(F32, 2 << 20)),
    CASE(cross_entropy, "128 rows of 32000", 2, (128, 32000), 3, IN(F32, 128 * 32000), INDEX(128, 32000),
         OUT(F32, 128)),
    CASE(quant_rows, "to i8, 1024 x 2048", 2, (1024, 2048), 3, IN(F32, 2 << 20), OUT(I8, 2 << 20), OUT(F32, 1024)),
    CASE(stencil, "three points, 1024 x 2048", 2, (1024, 2048), 2, IN(F32, 2 << 20), OUT(F32, 1024 * 2046)),
    CASE(embedding, "4096 rows of 32000 x 512", 3, (32000, 512, 256), 3, IN(F32, 32000 * 512), INDEX(4096, 32000),
         OUT(F32, 4096 * 512)),
};

const BenchCase *bench_plain_cases(int *count) {
    *count = sizeof cases / sizeof cases[0];
    return cases;
}
