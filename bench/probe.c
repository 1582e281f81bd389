/* probe.c - what the machine can do: multiply-adds in registers, and reading memory. Compiled with -O3 -march=native. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"

#if defined(__AVX512F__)
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif
typedef float Lanes __attribute__((vector_size(LANES * 4)));
enum { CHAINS = 12, SPINS = 1 << 22 };

double bench_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Twelve independent chains hide the latency of a multiply-add on every core of the last ten years. Named variables, because an
 * array of vectors stays in memory under gcc and the probe would measure loads and stores. */
#define EACH_CHAIN(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

static float spin(float x) {
    const Lanes zero = {0};
    Lanes scale = zero + x, add = zero + x * 0.5f, sum = zero;
#define START(c) Lanes acc##c = scale * (float)(c);
    EACH_CHAIN(START)
    for (int i = 0; i < SPINS; i++) {
#define FUSED(c) /* this file is compiled with -ffp-contract=fast */                                                   \
    acc##c = acc##c * scale + add;                                                                                     \
    __asm__("" : "+x"(acc##c));
        EACH_CHAIN(FUSED)
    }
#define GATHER(c) sum += acc##c;
    EACH_CHAIN(GATHER)
    float all = 0;
    for (int l = 0; l < LANES; l++)
        all += sum[l];
    return all;
}

double bench_probe_flops(int threads) {
    volatile float sink = 0.25f;
    double begin = bench_seconds();
#pragma omp parallel num_threads(threads)
    {
        float r = spin(sink);
        if (r == 1.0f)
            sink = r;
    }
    return 2.0 * LANES * CHAINS * SPINS * threads / (bench_seconds() - begin) * 1e-9;
}

static uint64_t sum_of(const uint64_t *p, size_t n) {
    typedef uint64_t Words __attribute__((vector_size(32), aligned(32)));
    const Words *w = (const Words *)(const void *)p;
    Words s[4] = {{0}};
    for (size_t i = 0; i + 4 <= n / 4; i += 4)
        for (int c = 0; c < 4; c++)
            s[c] ^= w[i + (size_t)c];
    Words t = s[0] ^ s[1] ^ s[2] ^ s[3];
    return t[0] ^ t[1] ^ t[2] ^ t[3];
}

double bench_probe_bytes(int threads) {
    static uint64_t *memory;
    const size_t words = (size_t)16 << 20; /* 128 MiB: no cache holds it */
    if (!memory) {
        memory = aligned_alloc(4096, words * 8);
        if (!memory)
            return 0;
        memset(memory, 1, words * 8);
    }
    uint64_t all = 0;
    double begin = bench_seconds();
#pragma omp parallel for num_threads(threads) reduction(^ : all)
    for (int part = 0; part < 64; part++)
        all ^= sum_of(memory + (size_t)part * (words / 64), words / 64);
    double seconds = bench_seconds() - begin;
    return all == 1 ? 0 : (double)words * 8 / seconds * 1e-9;
}
