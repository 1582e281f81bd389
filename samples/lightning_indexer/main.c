/* The lightning indexer from a C program: ptoc compiled indexer.pto into the function that is called here.
 *
 * Runs the configuration of the example `seed`, shows how tasks fall into tiers, and checks every index against a reference of its
 * own: scalar scores in the order that the language fixes, then a full sort. Exit code 0 only if all of it held. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "indexer.h"

enum { B = 4, S1 = 16, N2 = 4, T = 32768, G = 8, D = 128, TOPK = 2048, TIERS = 4 };
static const int64_t tier_limits[TIERS] = {2048, 8192, 65536, 131072};
static const int32_t act_seq[B] = {512, 2048, 8192, 32768};

/* ---- inputs: the generators of the language ------------------------------------------------------------------------------------- */

static uint64_t draw(uint64_t seed, uint64_t i) {
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* normal(seed): the sum of twelve 16-bit parts, each times 2^-16, minus 6; exact in a float. */
static float normal(uint64_t seed, uint64_t i) {
    int64_t sum = 0;
    for (uint64_t k = 0; k < 3; k++) {
        uint64_t z = draw(seed, 3 * i + k);
        sum += (int64_t)((z & 0xFFFF) + (z >> 16 & 0xFFFF) + (z >> 32 & 0xFFFF) + (z >> 48));
    }
    return (float)(sum - 6 * 65536) / 65536.0f;
}

/* To f16, nearest even; |x| <= 6 here, so neither infinities nor NaN occur. */
static uint16_t to_f16(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    uint32_t sign = u >> 16 & 0x8000u, magnitude = u & 0x7FFFFFFFu;
    if (magnitude >= 0x38800000u) { /* normal: round off 13 bits of the fraction */
        magnitude += 0xFFFu + (magnitude >> 13 & 1u);
        return (uint16_t)(sign | (magnitude - 0x38000000u) >> 13);
    }
    float scaled = (float)((double)(x < 0 ? -x : x) * 16777216.0); /* multiples of 2^-24 */
    uint32_t whole = (uint32_t)scaled;
    float rest = scaled - (float)whole;
    if (rest > 0.5f || (rest == 0.5f && (whole & 1u)))
        whole++;
    return (uint16_t)(sign | whole);
}

static float from_f16(uint16_t h) {
    uint32_t magnitude = h & 0x7FFFu, u;
    if (magnitude < 0x400u) {
        float x = (float)magnitude / 16777216.0f;
        return h & 0x8000u ? -x : x;
    }
    u = (uint32_t)(h & 0x8000u) << 16 | ((magnitude << 13) + 0x38000000u);
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

typedef struct Inputs {
    uint16_t *q, *k;
    float *w;
    float *keys; /* one (batch, head), as [D][T] floats: for the reference */
} Inputs;

static bool make_inputs(Inputs *in) {
    size_t nq = (size_t)B * S1 * N2 * G * D, nw = (size_t)B * S1 * N2 * G, nk = (size_t)B * T * N2 * D;
    in->q = malloc(nq * sizeof *in->q);
    in->w = malloc(nw * sizeof *in->w);
    in->k = malloc(nk * sizeof *in->k);
    in->keys = malloc((size_t)D * T * sizeof *in->keys);
    if (!in->q || !in->w || !in->k || !in->keys)
        return false;
    for (size_t i = 0; i < nq; i++)
        in->q[i] = to_f16(normal(1, i));
    for (size_t i = 0; i < nw; i++)
        in->w[i] = normal(2, i);
    for (size_t i = 0; i < nk; i++)
        in->k[i] = to_f16(normal(3, i));
    return true;
}

static void free_inputs(Inputs *in) {
    free(in->q);
    free(in->w);
    free(in->k);
    free(in->keys);
}

/* ---- the reference ---------------------------------------------------------------------------------------------------------------- */

typedef struct Ranked {
    float score;
    int32_t index;
} Ranked;

/* Greater score first, then lower index. (The inputs give no NaN; -0 equals +0.) */
static int by_rank(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void widen_keys(const Inputs *in, int b, int h, int64_t n) {
    for (int64_t j = 0; j < n; j++) {
        const uint16_t *row = in->k + (((size_t)b * T + (size_t)j) * N2 + (size_t)h) * D;
        for (int d = 0; d < D; d++)
            in->keys[(size_t)d * T + (size_t)j] = from_f16(row[d]);
    }
}

/* score[j] = sum over g, in order, of relu(sum over d, in order, of q[g,d] * k[j,d]) * w[g]. Products of f16 are exact in f32. */
static void reference_scores(const Inputs *in, int b, int s, int h, int64_t n, float *dots, float *scores) {
    size_t head = (((size_t)b * S1 + (size_t)s) * N2 + (size_t)h) * G;
    for (int64_t j = 0; j < n; j++)
        scores[j] = 0.0f;
    for (size_t g = 0; g < G; g++) {
        for (int64_t j = 0; j < n; j++)
            dots[j] = 0.0f;
        for (size_t d = 0; d < D; d++) {
            float q = from_f16(in->q[(head + g) * D + d]);
            const float *k = in->keys + d * T;
            for (int64_t j = 0; j < n; j++)
                dots[j] += q * k[j];
        }
        for (int64_t j = 0; j < n; j++)
            scores[j] += (dots[j] < 0.0f ? 0.0f : dots[j]) * in->w[head + g];
    }
}

static int64_t effective(int b, int s) { return act_seq[b] - (S1 - s - 1); }

/* Compares one row of OUT; returns the number of wrong indices. */
static int64_t check_row(const int32_t *row, Ranked *ranked, const float *scores, int64_t n) {
    int64_t wrong = 0;
    for (int64_t j = 0; j < n; j++)
        ranked[j] = (Ranked){scores[j], (int32_t)j};
    qsort(ranked, (size_t)n, sizeof *ranked, by_rank);
    for (int64_t t = 0; t < TOPK; t++)
        wrong += row[t] != (t < n ? ranked[t].index : -1);
    return wrong;
}

static int64_t check_all(const Inputs *in, const int32_t *out) {
    float *dots = malloc(T * sizeof *dots), *scores = malloc(T * sizeof *scores);
    Ranked *ranked = malloc(T * sizeof *ranked);
    int64_t wrong = dots && scores && ranked ? 0 : -1;
    for (int b = 0; wrong >= 0 && b < B; b++)
        for (int h = 0; h < N2; h++) {
            widen_keys(in, b, h, act_seq[b]);
            for (int s = 0; s < S1; s++) {
                int64_t n = effective(b, s) > 0 ? effective(b, s) : 0;
                reference_scores(in, b, s, h, n, dots, scores);
                wrong += check_row(out + (((size_t)b * S1 + (size_t)s) * N2 + (size_t)h) * TOPK, ranked, scores, n);
            }
        }
    free(dots);
    free(scores);
    free(ranked);
    return wrong;
}

/* ---- what is shown ------------------------------------------------------------------------------------------------------------------ */

static const char *rule = "======================================================================";

static int tier_of(int64_t eff_seq) {
    int t = 0;
    while (t < TIERS - 1 && eff_seq > tier_limits[t])
        t++;
    return t;
}

static void show_configuration(void) {
    printf("%s\nDeepSeek lightning indexer\n%s\n\nConfiguration:\n", rule, rule);
    printf("  Batch size: %d\n  Query length (S1): %d\n  Index heads (n2): %d\n  Actual seq lengths: [", B, S1, N2);
    for (int b = 0; b < B; b++)
        printf("%s%" PRId32, b ? ", " : "", act_seq[b]);
    printf("]\n  Total tasks: %d\n\nTier distribution analysis:\n", B * S1 * N2);
    for (int b = 0; b < B; b++)
        for (int s = 0; s < S1; s += S1 - 1)
            printf("  batch=%d, seq_pos=%d: eff_seq=%" PRId64 " -> tier=%" PRId64 "K\n", b, s, effective(b, s),
                   tier_limits[tier_of(effective(b, s))] / 1024);
}

/* Counts by the program's own rule; the run's statistics must agree. */
static void count_tiers(int64_t counts[TIERS]) {
    for (int t = 0; t < TIERS; t++)
        counts[t] = 0;
    for (int b = 0; b < B; b++)
        for (int s = 0; s < S1; s++)
            counts[tier_of(effective(b, s))] += N2;
}

static void show_tiers(const int64_t counts[TIERS]) {
    printf("\nTier task counts:\n");
    for (int t = 0; t < TIERS; t++)
        if (counts[t] > 0)
            printf("  %" PRId64 "K: %" PRId64 " tasks (%.1f%%)\n", tier_limits[t] / 1024, counts[t],
                   100.0 * (double)counts[t] / (B * S1 * N2));
}

static bool stats_agree(const ptoc_stats *stats, const int64_t counts[TIERS]) {
    int64_t seen[TIERS] = {0};
    for (int i = 0; i < stats->count; i++)
        for (int t = 0; t < TIERS; t++)
            if (stats->entries[i].tier == tier_limits[t])
                seen[t] += stats->entries[i].tasks;
    return stats->total == B * S1 * N2 && memcmp(seen, counts, sizeof seen) == 0;
}

static double seconds_now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
    Inputs in = {0};
    int64_t counts[TIERS];
    ptoc_stats stats = {0};
    ptoc_options options = {.stats = &stats};
    int32_t *out = malloc((size_t)B * S1 * N2 * TOPK * sizeof *out);
    if (!out || !make_inputs(&in)) {
        fprintf(stderr, "lightning_indexer: no memory\n");
        return 1;
    }
    show_configuration();
    count_tiers(counts);
    show_tiers(counts);
    lightning_indexer_args args = {
        .B = B, .S1 = S1, .N2 = N2, .T = T, .Q = in.q, .W = in.w, .K = in.k, .act_seq = act_seq, .OUT = out};
    printf("\nExecuting with CPU simulation...\n");
    fflush(stdout);
    double begin = seconds_now();
    int status = lightning_indexer(&args, &options);
    double time = seconds_now() - begin;
    if (status != PTOC_OK) {
        fprintf(stderr, "lightning_indexer: %s: %s\n", ptoc_status_name(status), options.error);
        return 1;
    }
    printf("Execution complete!\n\nChecking every index against an independent reference...\n");
    fflush(stdout);
    int64_t wrong = check_all(&in, out);
    bool tiers = stats_agree(&stats, counts);
    printf("  indices: %d checked, %" PRId64 " wrong\n", B * S1 * N2 * TOPK, wrong);
    printf("  tasks: %" PRId64 " run, by tier %s\n  time: %.1f ms\n", stats.total,
           tiers ? "as analysed" : "NOT as analysed", 1e3 * time);
    printf("\n%s\nLightning indexer summary\n%s\n", rule, rule);
    printf("  one kernel text, one clone per tier: 2K, 8K, 64K, 128K\n");
    printf("  scores are never stored: %zu bytes of workspace\n", lightning_indexer_workspace_size(&args, NULL));
    printf("  result: %s\n", wrong == 0 && tiers ? "correct" : "WRONG");
    free(out);
    free_inputs(&in);
    return wrong == 0 && tiers ? 0 : 1;
}
