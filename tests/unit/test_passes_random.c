/* Random kernels: after every pass, at -O0 and -O2, the interpreter gives the same bits as before. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "ir/eval.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "random_kernel.h"

typedef struct Check {
    const RandomKernel *kernel;
    const EvalArg *expected;
    const int64_t *dims;
    uint64_t seed;
    DiagContext *dc;
    const char *failed; /* pass that changed a result or broke a rule */
} Check;

static bool after_pass(void *user, Module *module, const char *pass, int number, double seconds) {
    Check *c = user;
    Arena *arena = arena_create();
    (void)number, (void)seconds;
    EvalOptions options = {0};
    EvalResult result = {0};
    EvalArg *args = random_kernel_args(arena, c->kernel, c->dims, c->seed);
    if (module_verify(module, c->dc, pass) > 0)
        c->failed = pass;
    else {
        eval_run(module, c->kernel->workload, c->dims, args, &options, arena, &result);
        if (result.status != 0)
            fprintf(stderr, "after %s: %s\n", pass, result.error);
        if (result.status != 0 || random_kernel_compare(c->kernel, c->expected, args) >= 0)
            c->failed = pass;
    }
    arena_destroy(arena);
    return c->failed == NULL;
}

static void run_one(uint64_t seed, int ops, int level, const int64_t dims[3]) {
    Arena *arena = arena_create();
    DiagOptions quiet = {0};
    DiagContext *dc = diag_context_create(arena, source_map_create(arena), &quiet);
    RandomKernel k = random_kernel_build(arena, seed, ops);
    EvalArg *expected = random_kernel_args(arena, &k, dims, seed);
    EvalOptions options = {0};
    EvalResult result = {0};
    eval_run(k.module, k.workload, dims, expected, &options, arena, &result);
    CU_ASSERT_EQUAL(result.status, 0);
    Check c = {&k, expected, dims, seed, dc, NULL};
    PassContext ctx = {.arena = arena,
                       .diag = dc,
                       .opt_level = level,
                       .vector = {8, 16, 2, 2, 4, 0, 512, 4096},
                       .after = after_pass,
                       .user = &c};
    Pipeline p;
    CU_ASSERT_TRUE(pipeline_default(&p, level, NULL, 0, dc));
    bool ok = pipeline_run(&p, k.module, &ctx);
    if (result.status != 0 || !ok) {
        Buf text = {0};
        diag_render(dc, &text);
        module_print(&text, random_kernel_build(arena, seed, ops).module);
        fprintf(stderr, "seed %llu, %d ops, -O%d, M=%d N=%d K=%d: %s %s\n%s", (unsigned long long)seed, ops, level,
                (int)dims[0], (int)dims[1], (int)dims[2], c.failed ? c.failed : "?", result.error, buf_text(&text));
        buf_free(&text);
    }
    CU_ASSERT_TRUE(ok);
    arena_destroy(arena);
}

static void test_random_kernels(void) {
    static const int64_t dims[][3] = {{3, 4, 2}, {1, 17, 5},  {0, 3, 1},   {5, 0, 2},   {2, 33, 3},
                                      {7, 7, 7}, {26, 3, 25}, {2, 270, 3}, {13, 35, 20}};
    const char *from = getenv("PTOC_RANDOM_SEED"), *count = getenv("PTOC_RANDOM_COUNT");
    uint64_t first = from ? strtoull(from, NULL, 10) : 1, n = count ? strtoull(count, NULL, 10) : 400;
    for (uint64_t seed = first; seed < first + n; seed++)
        run_one(seed, 4 + (int)(seed % 24), (int)(seed % 5), dims[seed % 9]);
}

void test_passes_random_register(void);
void test_passes_random_register(void) {
    CU_pSuite suite = CU_add_suite("passes_random", NULL, NULL);
    CU_add_test(suite, "random kernels keep their bits through every pass", test_random_kernels);
}
