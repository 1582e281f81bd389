/* random_kernel.h - random kernels for property tests: a draw decides every op, shape and element type.
 *
 * A program has one kernel on inputs x0..x3 and outputs y0..y2 and a workload of the same signature that calls it. Extents are the
 * symbols M, N, K and the constants 1 and 5, so the same program runs on any sizes. */
#ifndef PTOC_TESTS_RANDOM_KERNEL_H
#define PTOC_TESTS_RANDOM_KERNEL_H
#include "ir/build.h"
#include "ir/eval.h"

typedef struct RandomKernel {
    Module *module;
    Func *workload;
    int nparams;
} RandomKernel;

RandomKernel random_kernel_build(Arena *arena, uint64_t seed, int ops);
/* Tensors for every parameter, inputs filled by the seed (with NaN, -0, ties and infinities), outputs zero. dims: M, N, K. */
EvalArg *random_kernel_args(Arena *arena, const RandomKernel *k, const int64_t dims[3], uint64_t seed);
/* Index of the first parameter whose bytes differ (all NaNs count as one), or -1. */
int random_kernel_compare(const RandomKernel *k, const EvalArg *a, const EvalArg *b);
#endif
