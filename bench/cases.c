/* cases.c - the workloads that are timed. A, B and C are the flagship: the seed's mixed lengths, long decode, prefill. */
#include "bench.h"

static const int32_t lengths_a[] = {512, 2048, 8192, 32768};
static const int32_t lengths_b[] = {65536, 131072};
static const int32_t lengths_c[] = {8192};

/* Keys that the positions of one head see in all: act - (S1 - 1) .. act. */
#define KEYS(act, s1) ((double)(act) * (s1) - (double)(s1) * ((s1) - 1) / 2)

static const BenchCase cases[] = {
    {"indexer A", "indexer_g8", "lightning_indexer", "4 batches, 16 positions, 4 heads of 8, to 32K keys", 4, 5,
     {4, 16, 4, 32768},
     {{BENCH_IN, BENCH_F16, 4 * 16 * 32 * 128, 0}, {BENCH_IN, BENCH_F32, 4 * 16 * 32, 0},
      {BENCH_IN, BENCH_F16, 4LL * 32768 * 4 * 128, 0}, {BENCH_IN, BENCH_I32, 4, lengths_a},
      {BENCH_OUT, BENCH_I32, 4 * 16 * 4 * 2048, 0}},
     2.0 * 8 * 128 * 4 * (KEYS(512, 16) + KEYS(2048, 16) + KEYS(8192, 16) + KEYS(32768, 16)), 0, 1.6},
    {"indexer B", "indexer_g64", "lightning_indexer", "decode: 2 batches, 64 heads, 64K and 128K keys", 4, 5,
     {2, 1, 1, 131072},
     {{BENCH_IN, BENCH_F16, 2 * 64 * 128, 0}, {BENCH_IN, BENCH_F32, 2 * 64, 0},
      {BENCH_IN, BENCH_F16, 2LL * 131072 * 128, 0}, {BENCH_IN, BENCH_I32, 2, lengths_b},
      {BENCH_OUT, BENCH_I32, 2 * 2048, 0}},
     2.0 * 64 * 128 * (65536.0 + 131072.0), 0, 1.35},
    {"indexer C", "indexer_g64", "lightning_indexer", "prefill: 256 positions, 64 heads, 8192 keys", 4, 5,
     {1, 256, 1, 8192},
     {{BENCH_IN, BENCH_F16, 256 * 64 * 128, 0}, {BENCH_IN, BENCH_F32, 256 * 64, 0},
      {BENCH_IN, BENCH_F16, 8192 * 128, 0}, {BENCH_IN, BENCH_I32, 1, lengths_c},
      {BENCH_OUT, BENCH_I32, 256 * 2048, 0}},
     2.0 * 64 * 128 * KEYS(8192, 256), 0, 1.25},
    {"gemm 1024", "gemm", "gemm", "C = A B, f32", 3, 3, {1024, 1024, 1024},
     {{BENCH_IN, BENCH_F32, 1 << 20, 0}, {BENCH_IN, BENCH_F32, 1 << 20, 0}, {BENCH_OUT, BENCH_F32, 1 << 20, 0}},
     2.0 * 1024 * 1024 * 1024, 0, 1.45},
    {"softmax", "rows", "softmax", "rows of 4096 x 1024", 2, 2, {4096, 1024},
     {{BENCH_IN, BENCH_F32, 4096 * 1024, 0}, {BENCH_OUT, BENCH_F32, 4096 * 1024, 0}},
     0, 8.0 * 4096 * 1024, 2.2},
    {"rmsnorm", "rows", "rmsnorm", "rows of 4096 x 4096", 2, 3, {4096, 4096},
     {{BENCH_IN, BENCH_F32, 4096 * 4096, 0}, {BENCH_IN, BENCH_F32, 4096, 0}, {BENCH_OUT, BENCH_F32, 4096 * 4096, 0}},
     0, 8.0 * 4096 * 4096, 1.3},
    {"layernorm", "rows", "layernorm", "rows of 4096 x 4096", 2, 4, {4096, 4096},
     {{BENCH_IN, BENCH_F32, 4096 * 4096, 0}, {BENCH_IN, BENCH_F32, 4096, 0}, {BENCH_IN, BENCH_F32, 4096, 0},
      {BENCH_OUT, BENCH_F32, 4096 * 4096, 0}},
     0, 8.0 * 4096 * 4096, 0},
    {"rowmax", "rows", "rowmax", "rows of 4096 x 4096", 2, 2, {4096, 4096},
     {{BENCH_IN, BENCH_F32, 4096 * 4096, 0}, {BENCH_OUT, BENCH_F32, 4096, 0}}, 0, 4.0 * 4096 * 4096, 1.5},
    {"attention", "attention", "attention", "naive text, 2048 x 8 heads x 64", 4, 4, {1, 8, 2048, 2048},
     {{BENCH_IN, BENCH_F32, 8 * 2048 * 64, 0}, {BENCH_IN, BENCH_F32, 8 * 2048 * 64, 0},
      {BENCH_IN, BENCH_F32, 8 * 2048 * 64, 0}, {BENCH_OUT, BENCH_F32, 8 * 2048 * 64, 0}},
     4.0 * 8 * 2048 * 2048 * 64, 0, 1.45},
    {"top-k", "topk", "topk", "2048 of 131072, 16 rows", 2, 2, {16, 131072},
     {{BENCH_IN, BENCH_F32, 16 * 131072, 0}, {BENCH_OUT, BENCH_I32, 16 * 2048, 0}}, 0, 4.0 * 16 * 131072, 0},
};

const BenchCase *bench_cases(int *count) {
    *count = sizeof cases / sizeof cases[0];
    return cases;
}
