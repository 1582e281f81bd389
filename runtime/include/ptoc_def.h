/* ptoc_def.h - what the other runtime headers need of the compiler, with portable fallbacks.
 *
 * Numbers come out the same on every compiler, optimisation level and CPU if products and sums are not contracted
 * (-ffp-contract=off) and floats are evaluated in their own type. What can be checked here is checked. */
#ifndef PTOC_DEF_H
#define PTOC_DEF_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ + 0)
#error "ptoc: -ffast-math and -ffinite-math-only change results; compile without them"
#endif
#if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2)
#error "ptoc: floats must be evaluated in their own type (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* A build of the runtime by itself keeps its functions: -DPT_KEEP=used. */
#if !defined(PT_KEEP)
#define PT_KEEP unused
#endif
#if defined(__GNUC__)
#define PT_FN __attribute__((PT_KEEP)) static inline
#define PT_COLD __attribute__((PT_KEEP, noinline)) static
#define PT_LIKELY(c) __builtin_expect(!!(c), 1)
#define PT_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define PT_FN static inline
#define PT_COLD static
#define PT_LIKELY(c) (c)
#define PT_PRINTF(text, first)
#endif

/* Rounding of a cast: tl.cast(round = rint | floor | ceil | trunc). */
#define PT_RINT 0
#define PT_FLOOR 1
#define PT_CEIL 2
#define PT_TRUNC 3

PT_FN uint32_t pt_u32_of_f32(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
PT_FN float pt_f32_of_u32(uint32_t u) {
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
PT_FN uint64_t pt_u64_of_f64(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
PT_FN double pt_f64_of_u64(uint64_t u) {
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}
/* 2 to the power e, for -1022 <= e <= 1023. */
PT_FN double pt_pow2(int e) { return pt_f64_of_u64((uint64_t)(e + 1023) << 52); }

/* Position of the highest bit set; u is not 0. */
PT_FN int pt_top_bit(uint64_t u) {
#if defined(__GNUC__)
    return 63 - __builtin_clzll(u);
#else
    int n = 0;
    for (int s = 32; s; s >>= 1)
        if (u >> s) {
            u >>= s;
            n += s;
        }
    return n;
#endif
}
#endif
