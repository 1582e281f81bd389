/* gains.c - what each pass is worth: how many times longer the cases take without it. */
#include <stdio.h>
#include <string.h>
#include "bench.h"

static const BenchResult *find(const BenchResult *results, int count, const char *contender) {
    for (int i = 0; i < count; i++)
        if (strcmp(results[i].contender, contender) == 0)
            return &results[i];
    return NULL;
}

static bool print_gain(const BenchCase *c, const BenchResult *with, const BenchResult *without) {
    if (!without) {
        printf(" = |");
        return true;
    }
    printf(" %.2fx |", without->median_ms / with->median_ms);
    if (without->agree != 1)
        fprintf(stderr, "bench: %s: %s: only %.6f of the results are equal\n", c->name, without->contender,
                without->agree);
    return without->agree == 1;
}

bool bench_gains(const BenchCase *const *cases, const BenchResult (*results)[BENCH_MAX_CONTENDERS], const int *counts,
                 int n, const char *const *passes, int npasses) {
    bool equal = true;
    printf("| without |");
    for (int i = 0; i < n; i++)
        printf(" %s |", cases[i]->name);
    printf("\n|---|");
    for (int i = 0; i < n; i++)
        printf("---|");
    for (int p = 0; p < npasses; p++) {
        printf("\n| %s |", passes[p] + strlen(BENCH_WITHOUT));
        for (int i = 0; i < n; i++)
            equal &= print_gain(cases[i], &results[i][0], find(results[i], counts[i], passes[p]));
    }
    printf("\n");
    return equal;
}
