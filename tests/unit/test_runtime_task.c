/* The runtime around a call: status names, errors, statistics, scratch, printed text. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ptoc_print.h"
#include "ptoc_rt.h"
#include "ptoc_task.h"
#include "ptoc_team.h"

static void task_status_names(void) {
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_OK), "PTOC_OK");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_E_ARGUMENT), "PTOC_E_ARGUMENT");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_E_TIER), "PTOC_E_TIER");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_E_MEMORY), "PTOC_E_MEMORY");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_E_UNSUPPORTED), "PTOC_E_UNSUPPORTED");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_E_CHANNEL), "PTOC_E_CHANNEL");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(PTOC_E_CHANNEL - 1), "PTOC_E_UNKNOWN");
    CU_ASSERT_STRING_EQUAL(ptoc_status_name(1), "PTOC_E_UNKNOWN");
}

/* The failure of the lowest task is kept, whatever the order; what lies above it may be skipped. */
static void task_errors(void) {
    ptoc_options options = {0};
    pt_run r;
    strcpy(options.error, "left over");
    pt_run_begin(&r, &options);
    CU_ASSERT_STRING_EQUAL(options.error, "");
    CU_ASSERT(!pt_skip(&r, 1000000));
    CU_ASSERT_EQUAL(pt_fail(&r, 7, PTOC_E_SHAPE, "task %d", 7), PTOC_E_SHAPE);
    CU_ASSERT(pt_skip(&r, 8) && !pt_skip(&r, 7) && !pt_skip(&r, 3));
    pt_fail(&r, 9, PTOC_E_BOUNDS, "task %d", 9);
    pt_fail(&r, 3, PTOC_E_ASSERT, "task %d", 3);
    pt_fail(&r, 3, PTOC_E_ALIAS, "again");
    CU_ASSERT_EQUAL(pt_run_end(&r), PTOC_E_ASSERT);
    CU_ASSERT_STRING_EQUAL(options.error, "task 3");

    char text[2 * PTOC_ERROR_SIZE];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    pt_run_begin(&r, &options);
    pt_fail(&r, 0, PTOC_E_ARGUMENT, "%s", text);
    pt_run_end(&r);
    CU_ASSERT_EQUAL(strlen(options.error), PTOC_ERROR_SIZE - 1);
    pt_run_begin(&r, NULL);
    pt_fail(&r, INT64_MAX, PTOC_E_MEMORY, "no options");
    CU_ASSERT_EQUAL(pt_run_end(&r), PTOC_E_MEMORY);
    pt_run_begin(&r, &options);
    CU_ASSERT_EQUAL(pt_run_end(&r), PTOC_OK);
    CU_ASSERT_STRING_EQUAL(options.error, "");
}

static void task_stats(void) {
    ptoc_stats *stats = calloc(1, sizeof *stats);
    ptoc_options options = {.stats = stats};
    pt_run r;
    stats->total = 5;
    pt_run_begin(&r, &options);
    pt_stats_add(&r, "indexer", 2048, 3);
    pt_stats_add(&r, "indexer", 8192, 1);
    pt_stats_add(&r, "other", 2048, 0);
    pt_stats_add(&r, "indexer", 2048, 2);
    CU_ASSERT(stats->total == 6 && stats->count == 2 && stats->dropped == 0);
    CU_ASSERT(stats->entries[0].tier == 2048 && stats->entries[0].tasks == 5 && stats->entries[1].tasks == 1);
    for (int i = 0; i < PTOC_STATS_CAPACITY; i++)
        pt_stats_add(&r, "many", i + 1, 1);
    CU_ASSERT(stats->count == PTOC_STATS_CAPACITY && stats->dropped == 2 && stats->total == 6 + PTOC_STATS_CAPACITY);
    pt_run_begin(&r, NULL);
    pt_stats_add(&r, "nobody", 0, 1);
    free(stats);
}

static void task_arena_fixed(void) {
    char memory[1000];
    pt_arena a;
    pt_arena_init(&a, memory + 1, 900);
    char *p = pt_arena_take(&a, 1), *q = pt_arena_take(&a, 100);
    CU_ASSERT(p && q && (uintptr_t)p % PT_ALIGN == 0 && q == p + PT_ALIGN);
    pt_mark m = pt_arena_mark(&a);
    char *x = pt_arena_take(&a, 300);
    CU_ASSERT(x && x + 300 <= memory + 901);
    CU_ASSERT_PTR_NULL(pt_arena_take(&a, 600));
    CU_ASSERT_PTR_NULL(pt_arena_take(&a, SIZE_MAX));
    pt_arena_release(&a, m);
    CU_ASSERT_PTR_EQUAL(pt_arena_take(&a, 200), x);
    pt_arena_free(&a);
    pt_arena_init(&a, memory + 1, 3);
    CU_ASSERT_PTR_NULL(pt_arena_take(&a, 1));
}

static void task_arena_growing(void) {
    pt_arena a;
    pt_arena_init(&a, NULL, 0);
    pt_mark start = pt_arena_mark(&a);
    for (int round = 0; round < 3; round++) {
        char *pieces[40];
        for (int i = 0; i < 40; i++) {
            size_t size = (size_t)1 << (i % 18);
            pieces[i] = pt_arena_take(&a, size);
            CU_ASSERT(pieces[i] && (uintptr_t)pieces[i] % PT_ALIGN == 0);
            memset(pieces[i], i, size);
        }
        long bad = 0;
        for (int i = 0; i < 40; i++)
            for (size_t b = 0; b < (size_t)1 << (i % 18); b++)
                bad += pieces[i][b] != i;
        CU_ASSERT_EQUAL(bad, 0);
        pt_arena_release(&a, start);
    }
    CU_ASSERT_PTR_NULL(pt_arena_take(&a, SIZE_MAX));
    /* A mark in the middle, and a chunk that is too small for what comes after it. */
    char *first = pt_arena_take(&a, 100);
    pt_mark m = pt_arena_mark(&a);
    char *big = pt_arena_take(&a, 10000000);
    CU_ASSERT(big != NULL);
    memset(big, 1, 10000000);
    pt_arena_release(&a, m);
    char *again = pt_arena_take(&a, 100);
    CU_ASSERT_PTR_EQUAL(again, first + 128);
    pt_arena_free(&a);
}

/* ---- text ---------------------------------------------------------------------------------------------------------------- */
typedef struct Sink {
    char text[20000];
    int calls;
} Sink;
static void sink_take(void *user, const char *text) {
    Sink *s = user;
    s->calls++;
    CU_ASSERT_FATAL(strlen(s->text) + strlen(text) < sizeof s->text);
    memcpy(s->text + strlen(s->text), text, strlen(text) + 1);
}

static void task_print(void) {
    Sink *s = calloc(1, sizeof *s);
    ptoc_options options = {.print = sink_take, .print_user = s};
    static const float f[] = {1, 2.5f, -0.0f, INFINITY, NAN, 0.1f, 100000, 1e7f, -1e-7f};
    static const double d = 0.1;
    static const uint16_t h[] = {0x3C00, 0x2E66, 0xFC00, 0x7BFF};
    static const uint8_t b[] = {0x38, 0x7F, 0x7E, 1};
    static const int64_t i64[] = {INT64_MIN, -1, INT64_MAX};
    static const uint64_t u64[] = {UINT64_MAX};
    static const uint8_t truth[] = {1, 0};
    pt_print_f32(&options, "x", f, 3, 3, 3);
    CU_ASSERT_EQUAL(s->calls, 1);
    pt_print_f64(&options, "d", &d, 1, 1, 1);
    pt_print_f16(&options, "h", h, 2, 2, 2);
    pt_print_bf16(&options, "b", h, 1, 1, 1);
    pt_print_f8e4m3(&options, "e", b, 1, 4, 4);
    pt_print_f8e5m2(&options, "m", b, 1, 1, 1);
    pt_print_i64(&options, "i", i64, 3, 1, 1);
    pt_print_u64(&options, "u", u64, 1, 1, 1);
    pt_print_bool(&options, "t", truth, 1, 2, 2);
    pt_print_i8(&options, "100% empty", NULL, 0, 4, 4);
    CU_ASSERT_EQUAL(s->calls, 10);
    CU_ASSERT_STRING_EQUAL(s->text, "x: f32[3, 3]\n  [1, 2.5, -0]\n  [inf, nan, 0.1]\n  [100000, 1e+07, -1e-07]\n"
                                    "d: 0.1\n"
                                    "h: f16[2, 2]\n  [1, 0.099975586]\n  [-inf, 65504]\n"
                                    "b: 0.0078125\n"
                                    "e: f8e4m3[1, 4]\n  [1, nan, 448, 0.001953125]\n"
                                    "m: 0.5\n"
                                    "i: i64[3, 1]\n  [-9223372036854775808]\n  [-1]\n  [9223372036854775807]\n"
                                    "u: 18446744073709551615\n"
                                    "t: bool[1, 2]\n  [true, false]\n"
                                    "100% empty: i8[0, 4]\n");
    free(s);
}

static void task_print_large(void) {
    Sink *s = calloc(1, sizeof *s);
    ptoc_options options = {.print = sink_take, .print_user = s};
    int32_t *x = malloc(17 * 100 * sizeof *x);
    for (int i = 0; i < 1700; i++)
        x[i] = -2000000000 - i;
    pt_print_i32(&options, "large", x, 17, 100, 100);
    CU_ASSERT(strstr(s->text, "large: i32[17, 100]\n  [-2000000000, -2000000001, ") == s->text);
    CU_ASSERT(strstr(s->text, "-2000000007, ..., -2000000092, ") != NULL);
    CU_ASSERT(strstr(s->text, "]\n  ...\n  [-2000000900, ") != NULL);
    CU_ASSERT(strstr(s->text, ", -2000001699]\n") == s->text + strlen(s->text) - strlen(", -2000001699]\n"));
    s->text[0] = '\0';
    pt_print_i32(&options, "fits", x, 1, 16, 16);
    CU_ASSERT_PTR_NULL(strstr(s->text, "..."));
    free(x);
    free(s);
}

/* What is asked for and cannot be had is an error. */
static void task_no_trace(void) {
    ptoc_options options = {0};
    pt_team team;
    options.trace_file = "trace.json";
    CU_ASSERT_EQUAL(pt_team_begin(&team, &options, 0), PTOC_E_UNSUPPORTED);
    CU_ASSERT_EQUAL(pt_team_end(&team, NULL), PTOC_E_UNSUPPORTED);
    CU_ASSERT_STRING_EQUAL(options.error, "the program was compiled without traces: its schedule needs trace(on)");
    options.trace_file = NULL;
    CU_ASSERT_EQUAL(pt_team_begin(&team, &options, 0), PTOC_OK);
    CU_ASSERT_EQUAL(pt_team_end(&team, NULL), PTOC_OK);
}

void test_runtime_task_register(void);
void test_runtime_task_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.task", NULL, NULL);
    CU_add_test(suite, "status names", task_status_names);
    CU_add_test(suite, "errors", task_errors);
    CU_add_test(suite, "statistics", task_stats);
    CU_add_test(suite, "scratch over given memory", task_arena_fixed);
    CU_add_test(suite, "scratch that grows", task_arena_growing);
    CU_add_test(suite, "no trace", task_no_trace);
    CU_add_test(suite, "print", task_print);
    CU_add_test(suite, "print of large tiles", task_print_large);
}
