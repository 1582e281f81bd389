/* bench.h - what the parts of the benchmark share.
 *
 * A case is one workload with its arguments and the work that it must do at least: floating-point operations and bytes
 * from and to memory. A contender is a shared library with a function of the workload's name: what ptoc wrote, compiled by
 * one C compiler, or a peer that calls a library. All contenders of a case see the same arguments; their runs are interleaved,
 * so that what else the machine does meets all of them alike. */
#ifndef PTOC_BENCH_BENCH_H
#define PTOC_BENCH_BENCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ptoc_rt.h"

enum { BENCH_MAX_SLOTS = 16, BENCH_MAX_CONTENDERS = 24, BENCH_MAX_ROUNDS = 101 };

typedef enum BenchElem { BENCH_F32, BENCH_F16, BENCH_BF16, BENCH_I32, BENCH_I8 } BenchElem;
typedef enum BenchRole { BENCH_IN, BENCH_OUT } BenchRole;

/* A tensor argument: values are normal around 0 (floats), or those of `list` (integers). */
typedef struct BenchTensor {
    BenchRole role;
    BenchElem elem;
    int64_t count;
    const int32_t *list; /* count integers; NULL: generated */
    int32_t below;       /* > 0: integers from 0 to it */
} BenchTensor;

typedef struct BenchCase {
    const char *name;     /* in the table */
    const char *program;  /* .pto file without folder and suffix, for the library's name */
    const char *workload; /* entry point */
    const char *what;     /* one line for the reader */
    int ndims, ntensors;
    int64_t dims[8];
    BenchTensor tensors[7];
    double flops; /* 2 for each multiply-add */
    double bytes; /* that must cross the memory bus; 0: fits the caches */
    double bar;   /* time over roofline that the generated code is to reach; 0: none */
} BenchCase;
const BenchCase *bench_cases(int *count);
const BenchCase *bench_plain_cases(int *count); /* against plain C: bench_run --plain */

/* Arguments as every entry point takes them: 64-bit dimensions, then pointers. */
typedef int BenchEntry(const uint64_t *args, const ptoc_options *options);

typedef struct BenchResult {
    const char *contender;
    double median_ms, best_ms;
    double
        peak_mib; /* memory that a first run took beyond arguments: its workspace, threads, what a library allocates */
    double
        agree; /* part of the outputs equal to the first contender's: bits for peers' indices, 1e-3 for their floats */
} BenchResult;

/* What this machine can do now with so many threads, measured between the rounds. */
typedef struct BenchProbe {
    double gflops; /* f32 multiply-adds in registers */
    double gbytes; /* reading memory that no cache holds */
} BenchProbe;
double bench_probe_flops(int threads);
double bench_probe_bytes(int threads);

/* Threads (place.c): all processors for those to come; the workers that a first run made, then the main thread, on one each. */
void bench_free_threads(void);
void bench_place_new_threads(void);
void bench_place_main_thread(void);

/* What the process's memory grew by at its peak. */
typedef struct BenchMemory {
    long before_kib;
} BenchMemory;
void bench_memory_begin(BenchMemory *m);
double bench_memory_mib(const BenchMemory *m);

double bench_seconds(void);
double bench_median(double *values, int n);
/* Writes the chart: one group of bars a case, as multiples of the roofline. False when the file cannot be written. */
bool bench_chart(const char *path, const BenchCase *const *cases, const BenchResult (*results)[BENCH_MAX_CONTENDERS],
                 const int *counts, const double *roofline_ms, int n);

/* Contenders "without-PASS" are the program generated with -fno-PASS; results are by bits those of the others. */
#define BENCH_WITHOUT "without-"
/* Prints one table, a row for each of the `npasses` contenders, a column for each case: its time over the first contender's. Where
 * a pass changes nothing of a program there is no contender and the table says "=". False: a result differs. */
bool bench_gains(const BenchCase *const *cases, const BenchResult (*results)[BENCH_MAX_CONTENDERS], const int *counts,
                 int n, const char *const *passes, int npasses);
#endif
