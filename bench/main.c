/* main.c - bench_run DIR [--rounds=N] [--threads=N] [--only=TEXT] [--peer=NAME] [--chart=FILE.svg] [--gains=PASS,PASS] [--plain]
 *
 * DIR holds the contenders' libraries: PROGRAM.ptoc-COMPILER.so, and peer.NAME.so with functions PROGRAM_WORKLOAD. Prints one
 * table: milliseconds (median), multiples of the roofline, the part of the outputs that agrees with the first contender, and the
 * memory taken beyond the arguments. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static const char *contenders[BENCH_MAX_CONTENDERS] = {"ptoc-gcc", "ptoc-clang", "openblas", "onednn", "torch"};
static int ncontenders = 5; /* --peer adds more */

static const char *plain_contenders[] = {"plain", "ptoc-gcc", "ptoc-clang"};

/* Whoever needs longer than that for its first run is timed in fewer rounds: its median need not be so fine. */
enum { SLOW_MS = 400, RARELY = 5, MOST_CASES = 48 };

typedef struct Settings {
    const char *dir, *only, *chart;
    char *gains; /* passes, with commas; NULL: no table of gains */
    int rounds, threads;
    bool plain;
} Settings;

typedef struct Player {
    const char *name;
    BenchEntry *entry;
    uint64_t args[BENCH_MAX_SLOTS];
    void *outputs[7];
    size_t (*workspace_query)(const uint64_t *, const ptoc_options *); /* NULL: takes none */
    void *workspace;
    size_t workspace_size;
    double times[BENCH_MAX_ROUNDS];
    int ntimes, every; /* runs in every so many rounds */
    double peak_mib;
} Player;

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static uint64_t draw(uint64_t seed, uint64_t i) {
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* The sum of twelve uniform numbers less six: near enough to normal. */
static float normal(uint64_t seed, uint64_t i) {
    double sum = -6;
    for (uint64_t part = 0; part < 3; part++)
        for (uint64_t z = draw(seed, 3 * i + part), p = 0; p < 4; p++, z >>= 16)
            sum += (double)(z & 0xFFFF) / 65536;
    return (float)sum;
}

static uint16_t half_of(float x) {
    union {
        float f;
        uint32_t u;
    } v = {x * 0x1p-112f}; /* the rest is a shift with rounding: |x| stays far below the largest f16 */
    uint32_t sign = v.u >> 31, m = v.u & 0x7FFFFFFFu;
    return (uint16_t)(sign << 15 | ((m + 0xFFF + (m >> 13 & 1)) >> 13));
}

static size_t elem_size(BenchElem elem) {
    static const unsigned char sizes[] = {
        [BENCH_F32] = 4, [BENCH_F16] = 2, [BENCH_BF16] = 2, [BENCH_I32] = 4, [BENCH_I8] = 1};
    return sizes[elem];
}

static uint16_t bf16_of(float x) {
    union {
        float f;
        uint32_t u;
    } v = {x};
    return (uint16_t)(v.u >> 16);
}

static void *allocate(size_t bytes) {
    size_t page = 4096;
    void *p = aligned_alloc(page, (bytes + page) / page * page);
    if (!p) {
        fprintf(stderr, "bench: out of memory\n");
        exit(3);
    }
    memset(p, 0, bytes);
    return p;
}

static void *make_input(const BenchTensor *t, uint64_t seed) {
    void *p = allocate((size_t)t->count * elem_size(t->elem));
    for (int64_t i = 0; i < t->count; i++) {
        if (t->elem == BENCH_I32)
            ((int32_t *)p)[i] = t->list ? t->list[i] : (int32_t)(draw(seed, (uint64_t)i) % (uint32_t)t->below);
        else if (t->elem == BENCH_I8)
            ((int8_t *)p)[i] = (int8_t)(draw(seed, (uint64_t)i) & 0xFF);
        else if (t->elem == BENCH_F32)
            ((float *)p)[i] = normal(seed, (uint64_t)i);
        else
            ((uint16_t *)p)[i] =
                t->elem == BENCH_F16 ? half_of(normal(seed, (uint64_t)i)) : bf16_of(normal(seed, (uint64_t)i));
    }
    return p;
}

/* ---- contenders --------------------------------------------------------------------------------------------------- */

/* What ptoc wrote: its results are compared by bits. */
static bool is_ours(const char *name) {
    return strncmp(name, "ptoc", 4) == 0 || strncmp(name, BENCH_WITHOUT, strlen(BENCH_WITHOUT)) == 0;
}

static bool load_player(const Settings *s, const BenchCase *c, const char *name, void *const *inputs, Player *p) {
    char path[1024], symbol[128];
    bool peer = !is_ours(name);
    snprintf(path, sizeof path, "%s/%s.%s.so", s->dir, peer ? "peer" : c->program, name);
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!lib)
        return false;
    *p = (Player){.name = name, .every = 1};
    snprintf(symbol, sizeof symbol, "%s%s%s", peer ? c->program : "", peer ? "_" : "", c->workload);
    *(void **)&p->entry = dlsym(lib, symbol);
    if (!p->entry)
        return false;
    for (int i = 0; i < c->ndims; i++)
        p->args[i] = (uint64_t)c->dims[i];
    for (int i = 0; i < c->ntensors; i++) {
        const BenchTensor *t = &c->tensors[i];
        if (t->role == BENCH_OUT)
            p->outputs[i] = allocate((size_t)t->count * elem_size(t->elem));
        p->args[c->ndims + i] = (uint64_t)(uintptr_t)(t->role == BENCH_OUT ? p->outputs[i] : inputs[i]);
    }
    snprintf(symbol, sizeof symbol, "%s_workspace_size", c->workload);
    *(void **)&p->workspace_query = dlsym(lib, symbol);
    return true;
}

static double run_once(const Settings *s, Player *p) {
    ptoc_options options = {.threads = s->threads, .workspace = p->workspace, .workspace_size = p->workspace_size};
    double begin = bench_seconds();
    int status = p->entry(p->args, &options);
    double seconds = bench_seconds() - begin;
    if (status != PTOC_OK) {
        fprintf(stderr, "bench: %s: %s %s\n", p->name, ptoc_status_name(status), options.error);
        exit(1);
    }
    return seconds * 1e3;
}

/* The first run: gets the memory it needs and makes its threads. */
static void warm_up(const Settings *s, Player *p) {
    BenchMemory memory;
    ptoc_options options = {.threads = s->threads};
    bench_memory_begin(&memory);
    p->workspace_size = p->workspace_query ? p->workspace_query(p->args, &options) : 0;
    if (p->workspace_size == SIZE_MAX)
        p->workspace_size = 0;
    if (p->workspace_size)
        p->workspace = allocate(p->workspace_size);
    double ms = run_once(s, p);
    p->peak_mib = bench_memory_mib(&memory);
    p->every = ms > SLOW_MS ? RARELY : 1;
    bench_place_new_threads();
}

/* ---- results ------------------------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
    return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

static double agreement(const BenchCase *c, const Player *a, const Player *b) {
    int64_t equal = 0, all = 0;
    bool exact = is_ours(a->name) && is_ours(b->name); /* peers add in other orders */
    for (int i = 0; i < c->ntensors; i++) {
        const BenchTensor *t = &c->tensors[i];
        if (t->role != BENCH_OUT)
            continue;
        size_t size = elem_size(t->elem);
        const char *x = a->outputs[i], *y = b->outputs[i];
        const float *fx = a->outputs[i], *fy = b->outputs[i];
        for (int64_t j = 0; j < t->count; j++) {
            bool near = t->elem == BENCH_F32 && !exact && fabsf(fx[j] - fy[j]) <= 1e-3f * fmaxf(1, fabsf(fy[j]));
            equal += near || memcmp(x + (size_t)j * size, y + (size_t)j * size, size) == 0;
        }
        all += t->count;
    }
    return all ? (double)equal / (double)all : 1;
}

static double roofline_ms(const BenchCase *c, const BenchProbe *probe) {
    double compute = c->flops / probe->gflops * 1e-6, memory = c->bytes / probe->gbytes * 1e-6;
    return compute > memory ? compute : memory;
}

/* Runs a case; the number of contenders. */
static int run_case(const Settings *s, const BenchCase *c, BenchResult *results, double *roofline) {
    void *inputs[7] = {0};
    static Player players[BENCH_MAX_CONTENDERS];
    static double flops[BENCH_MAX_ROUNDS], bytes[BENCH_MAX_ROUNDS];
    int n = 0;
    for (int i = 0; i < c->ntensors; i++)
        if (c->tensors[i].role == BENCH_IN)
            inputs[i] = make_input(&c->tensors[i], (uint64_t)i + 1);
    bench_free_threads();
    for (int i = 0; i < ncontenders; i++)
        n += load_player(s, c, contenders[i], inputs, &players[n]);
    bench_place_new_threads(); /* those of libraries that start them when loaded */
    bench_probe_flops(s->threads);
    bench_place_new_threads();
    for (int i = 0; i < n; i++)
        warm_up(s, &players[i]);
    bench_place_main_thread();
    for (int round = 0; round < s->rounds; round++) {
        flops[round] = s->plain ? 1 : bench_probe_flops(s->threads);
        bytes[round] = s->plain ? 1 : bench_probe_bytes(s->threads);
        for (int i = 0; i < n; i++) { /* each in turn is the first after the probe */
            Player *p = &players[(round + i) % n];
            if (round % p->every == 0)
                p->times[p->ntimes++] = run_once(s, p);
        }
    }
    BenchProbe probe = {bench_median(flops, s->rounds), bench_median(bytes, s->rounds)};
    *roofline = roofline_ms(c, &probe);
    for (int i = 0; i < n; i++) {
        double median = bench_median(players[i].times, players[i].ntimes);
        results[i] = (BenchResult){players[i].name, median, players[i].times[0], players[i].peak_mib,
                                   agreement(c, &players[0], &players[i])};
    }
    for (int i = 0; i < n; i++) {
        free(players[i].workspace);
        for (int t = 0; t < c->ntensors; t++)
            free(players[i].outputs[t]);
    }
    for (int t = 0; t < c->ntensors; t++)
        free(inputs[t]);
    return n;
}

static void print_case(const BenchCase *c, const BenchResult *results, int n, double roofline) {
    printf("%s: %s; roofline %.3f ms", c->name, c->what, roofline);
    if (c->bar > 0)
        printf(", bar %.2fx", c->bar);
    printf("\n");
    for (int i = 0; i < n; i++)
        printf("  %-12s %10.3f ms  best %10.3f  %7.2fx roofline  agrees %.4f  memory %6.1f MiB\n", results[i].contender,
               results[i].median_ms, results[i].best_ms, results[i].median_ms / roofline, results[i].agree,
               results[i].peak_mib);
    fflush(stdout);
}

/* Against plain C: times, and what the median and the best are of the first contender's. */
static void print_ratios(const BenchCase *c, const BenchResult *results, int n) {
    printf("%-14s %-48s", c->name, c->what);
    for (int i = 0; i < n; i++) {
        printf("%s%s %8.3f ms", i ? ", " : "", results[i].contender, results[i].median_ms);
        if (i > 0)
            printf(" %5.2fx, best %5.2fx%s", results[i].median_ms / results[0].median_ms,
                   results[i].best_ms / results[0].best_ms, results[i].agree > 0.99 ? "" : " (DISAGREES)");
    }
    printf("\n");
    fflush(stdout);
}

static bool read_settings(int argc, char **argv, Settings *s) {
    *s = (Settings){.rounds = 15};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--rounds=", 9) == 0)
            s->rounds = atoi(argv[i] + 9);
        else if (strncmp(argv[i], "--threads=", 10) == 0)
            s->threads = atoi(argv[i] + 10);
        else if (strncmp(argv[i], "--only=", 7) == 0)
            s->only = argv[i] + 7;
        else if (strncmp(argv[i], "--chart=", 8) == 0)
            s->chart = argv[i] + 8;
        else if (strncmp(argv[i], "--gains=", 8) == 0)
            s->gains = argv[i] + 8;
        else if (strcmp(argv[i], "--plain") == 0)
            s->plain = true;
        else if (strncmp(argv[i], "--peer=", 7) == 0 && ncontenders < BENCH_MAX_CONTENDERS)
            contenders[ncontenders++] = argv[i] + 7;
        else if (argv[i][0] != '-' && !s->dir)
            s->dir = argv[i];
        else
            return false;
    }
    if (s->threads == 0)
        s->threads = s->plain ? 1 : 2;
    return s->dir && s->rounds >= 1 && s->rounds <= BENCH_MAX_ROUNDS && s->threads >= 1 &&
           !(s->plain && (s->gains || s->chart));
}

static void contend_plain(void) {
    ncontenders = sizeof plain_contenders / sizeof plain_contenders[0];
    memcpy(contenders, plain_contenders, sizeof plain_contenders);
}

/* The contenders of a table of gains: what all passes make, and what each pass is missing from. */
static void contend_without(char *passes) {
    static char names[BENCH_MAX_CONTENDERS][40];
    ncontenders = 1;
    for (char *pass = strtok(passes, ","); pass && ncontenders < BENCH_MAX_CONTENDERS; pass = strtok(NULL, ",")) {
        snprintf(names[ncontenders], sizeof names[0], BENCH_WITHOUT "%s", pass);
        contenders[ncontenders] = names[ncontenders];
        ncontenders++;
    }
}

int main(int argc, char **argv) {
    Settings s;
    if (!read_settings(argc, argv, &s)) {
        fprintf(stderr,
                "usage: bench_run DIR [--rounds=N] [--threads=N] [--only=TEXT] [--peer=NAME] [--chart=FILE.svg] "
                "[--gains=PASS,PASS] [--plain]\n");
        return 2;
    }
    if (s.gains)
        contend_without(s.gains);
    if (s.plain)
        contend_plain();
    int ncases, shown = 0;
    const BenchCase *cases = s.plain ? bench_plain_cases(&ncases) : bench_cases(&ncases), *chosen[MOST_CASES];
    static BenchResult results[MOST_CASES][BENCH_MAX_CONTENDERS];
    int counts[MOST_CASES];
    double roofline[MOST_CASES];
    for (int i = 0; i < ncases; i++) {
        if (s.only && !strstr(cases[i].name, s.only))
            continue;
        chosen[shown] = &cases[i];
        counts[shown] = run_case(&s, &cases[i], results[shown], &roofline[shown]);
        if (s.plain)
            print_ratios(&cases[i], results[shown], counts[shown]);
        else
            print_case(&cases[i], results[shown], counts[shown], roofline[shown]);
        shown++;
    }
    if (s.chart &&
        !bench_chart(s.chart, chosen, (const BenchResult(*)[BENCH_MAX_CONTENDERS])results, counts, roofline, shown))
        return 3;
    if (s.gains && !bench_gains(chosen, (const BenchResult(*)[BENCH_MAX_CONTENDERS])results, counts, shown,
                                contenders + 1, ncontenders - 1))
        return 3;
    return 0;
}
