/* Tasks on virtual cores (simulate_core.h), by hand; keys of schedules as numbers. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include "frontend/driver/simulate_core.h"
#include "frontend/driver/simulate_key.h"

static void check(const char *name, const SimTask *tasks, int n, SimRule rule, double makespan) {
    Arena *arena = arena_create();
    SimResult r = simulate_tasks(arena, tasks, n, &rule);
    if (r.makespan != makespan)
        fprintf(stderr, "%s: %g, expected %g\n", name, r.makespan, makespan);
    CU_ASSERT_EQUAL(r.makespan, makespan);
    arena_destroy(arena);
}

/* Costs 1, 2, 3, 4, 8 without dependences. */
static void test_rules(void) {
    static const SimTask tasks[] = {{.cost = 1}, {.cost = 2}, {.cost = 3}, {.cost = 4}, {.cost = 8}};
    static const double longest[] = {1, 2, 3, 4, 8};
    static const int64_t numbers[] = {0, 1, 2, 3, 4}, same[] = {7, 7, 7, 7, 7}, negative[] = {-1, -2, -3, -4, -5};
    const SimRule any = {.cores = 2, .window = INT64_MAX};
    SimRule rule = any;
    check("one core", tasks, 5, (SimRule){.cores = 1, .window = INT64_MAX}, 18);
    check("fifo", tasks, 5, any, 12);
    rule.ready = SIM_LIFO;
    check("lifo", tasks, 5, rule, 9);
    rule.ready = SIM_PRIORITY;
    rule.priority = longest;
    check("longest first", tasks, 5, rule, 9);
    rule.window = 2; /* two at a time: longest of 0 1, of 0 2, ... */
    check("longest first, window 2", tasks, 5, rule, 12);
    rule = any;
    rule.worker = numbers;
    check("round robin", tasks, 5, rule, 12);
    rule.worker = same;
    check("one key", tasks, 5, rule, 18);
    rule.worker = negative;
    check("negative keys", tasks, 5, rule, 12);
    rule = any;
    rule.window = 1;
    check("window 1", tasks, 5, rule, 18);
    rule = any;
    rule.ready = SIM_LIFO;
    rule.stream = same;
    rule.streams = 3;
    check("one stream starts in order, whatever ready says", tasks, 5, rule, 12);
}

/* Two chains, and the same as levels. */
static void test_dependences(void) {
    static const int a[] = {0}, b[] = {1};
    static const SimTask chains[] = {
        {.cost = 1}, {.cost = 5}, {.cost = 5, .after = a, .nafter = 1}, {.cost = 1, .after = b, .nafter = 1}};
    static const SimTask levels[] = {
        {.cost = 1, .level = 1}, {.cost = 5, .level = 1}, {.cost = 5, .level = 2}, {.cost = 1, .level = 2}};
    const SimRule rule = {.cores = 4, .window = INT64_MAX};
    Arena *arena = arena_create();
    check("chains", chains, 4, rule, 6);
    check("levels", levels, 4, rule, 10);
    CU_ASSERT_EQUAL(simulate_tasks(arena, chains, 4, &rule).path, 6);
    CU_ASSERT_EQUAL(simulate_tasks(arena, levels, 4, &rule).path, 10);
    CU_ASSERT_EQUAL(simulate_tasks(arena, NULL, 0, &rule).makespan, 0);
    arena_destroy(arena);
}

static void test_keys(void) {
    static const EvalAxis axes[] = {{"batch", 5}, {"head", -2}};
    static const struct {
        const char *text;
        int64_t value;
    } keys[] = {{"batch", 5}, {"-(batch + 1) * 2 % 5", -2}, {"tl.cdiv(batch, 2)", 3}, {"tl.minimum(batch, head)", -2},
                {"~head", 1}, {"batch - head - 1", 6},      {"1 | 6 & batch ^ 2", 7}, {"tl.maximum(1, 2) << 3 >> 1", 8},
                {"7 / 0", 0}};
    const Func workload = {.name = "w"};
    const RunInputs inputs = {0};
    int64_t value;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        CU_ASSERT_TRUE(schedule_key(keys[i].text, axes, 2, &workload, &inputs, &value));
        if (value != keys[i].value)
            fprintf(stderr, "%s: %lld\n", keys[i].text, (long long)value);
        CU_ASSERT_EQUAL(value, keys[i].value);
    }
    CU_ASSERT_FALSE(schedule_key("batch + row", axes, 2, &workload, &inputs, &value));
}

void test_simulate_register(void);
void test_simulate_register(void) {
    CU_pSuite suite = CU_add_suite("simulate", NULL, NULL);
    CU_add_test(suite, "rules", test_rules);
    CU_add_test(suite, "dependences", test_dependences);
    CU_add_test(suite, "keys", test_keys);
}
