/* Plans of tasks (ptoc_plan.h), with workers that take turns: what starts, in which order, and who runs it. */
#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ptoc_plan.h"

enum { MOST = 64, NONE = -1 };

typedef struct Rig {
    ptoc_options options;
    pt_team team;
    pt_plan plan;
    int threads; /* of the team */
} Rig;

static void rig_open(Rig *r, pt_plan_rules rules, int workers, int64_t count) {
    memset(r, 0, sizeof *r);
    r->options.threads = workers;
    CU_ASSERT_EQUAL(pt_team_begin(&r->team, &r->options, 0), PTOC_OK);
    r->threads = r->team.run.threads;
    r->team.run.threads = workers; /* also where the build has no OpenMP */
    pt_plan_begin(&r->plan, &r->team.main, count, &rules, workers);
}
static void rig_close(Rig *r) {
    pt_plan_end(&r->plan);
    r->team.run.threads = r->threads;
    pt_team_end(&r->team, NULL);
}

/* What worker w gets now; NONE: nothing, and *left says whether it has to come again. */
static int64_t ask(Rig *r, int w, int *left) { return pt_plan_try(&r->plan, w, 0, left); }

/* One worker runs all: the order of the numbers. */
static void check_order(const char *name, pt_plan_rules rules, const int64_t *priority, const int64_t *want,
                        int count) {
    Rig r;
    rig_open(&r, rules, 1, count);
    for (int i = 0; i < count; i++)
        pt_plan_add(&r.plan, 0, i % 2, priority ? priority[i] : 0);
    for (int i = 0; i < count; i++) {
        int64_t at = pt_plan_next(&r.plan, 0);
        if (at != want[i])
            fprintf(stderr, "%s: place %d: %d\n", name, i, (int)at);
        CU_ASSERT_EQUAL(at, want[i]);
        pt_plan_done(&r.plan);
    }
    CU_ASSERT_EQUAL(pt_plan_next(&r.plan, 0), NONE);
    rig_close(&r);
}

static void test_ready(void) {
    static const int64_t priority[] = {1, 5, 5, -3, 9, 0};
    static const int64_t fifo[] = {0, 1, 2, 3, 4, 5}, lifo[] = {5, 4, 3, 2, 1, 0}, first[] = {4, 1, 2, 0, 5, 3};
    check_order("fifo", (pt_plan_rules){PT_READY_FIFO, INT64_MAX, 0, 0}, NULL, fifo, 6);
    check_order("lifo", (pt_plan_rules){PT_READY_LIFO, INT64_MAX, 0, 0}, NULL, lifo, 6);
    check_order("priority", (pt_plan_rules){PT_READY_PRIORITY, INT64_MAX, 0, 0}, priority, first, 6);
}

/* A window of 2 shows lifo and priority two tasks at a time. */
static void test_window_and_order(void) {
    static const int64_t priority[] = {1, 5, 5, -3, 9, 0};
    static const int64_t lifo[] = {1, 2, 3, 4, 5, 0}, first[] = {1, 2, 0, 4, 5, 3};
    check_order("lifo, window 2", (pt_plan_rules){PT_READY_LIFO, 2, 0, 0}, NULL, lifo, 6);
    check_order("priority, window 2", (pt_plan_rules){PT_READY_PRIORITY, 2, 0, 0}, priority, first, 6);
}

/* Two streams, even and odd numbers: each in order, whatever ready says. */
static void test_streams_keep_order(void) {
    Rig r;
    rig_open(&r, (pt_plan_rules){PT_READY_LIFO, INT64_MAX, 0, 2}, 1, 6);
    for (int i = 0; i < 6; i++)
        pt_plan_add(&r.plan, 0, i, 0);
    int64_t last[2] = {-1, -1};
    for (int i = 0; i < 6; i++) {
        int64_t at = pt_plan_next(&r.plan, 0);
        CU_ASSERT_TRUE(at > last[at % 2]);
        last[at % 2] = at;
        pt_plan_done(&r.plan);
    }
    rig_close(&r);
}

/* Tasks in flight never exceed the window; a task that ends lets the next one in. */
static void test_window(void) {
    Rig r;
    int left;
    rig_open(&r, (pt_plan_rules){PT_READY_FIFO, 3, 0, 0}, 4, 5);
    for (int i = 0; i < 5; i++)
        pt_plan_add(&r.plan, 0, 0, 0);
    for (int w = 0; w < 3; w++)
        CU_ASSERT_EQUAL(ask(&r, w, &left), w);
    CU_ASSERT_EQUAL(ask(&r, 3, &left), NONE);
    CU_ASSERT_EQUAL(left, 1);
    pt_plan_done(&r.plan);
    CU_ASSERT_EQUAL(ask(&r, 3, &left), 3);
    CU_ASSERT_EQUAL(ask(&r, 0, &left), NONE);
    pt_plan_done(&r.plan);
    CU_ASSERT_EQUAL(ask(&r, 0, &left), 4);
    CU_ASSERT_EQUAL(ask(&r, 1, &left), NONE);
    CU_ASSERT_EQUAL(left, 0);
    rig_close(&r);
}

/* Every key on its worker, also negative ones; the other worker gets none of them. */
static void test_affinity(void) {
    Rig r;
    int left, seen = 0;
    rig_open(&r, (pt_plan_rules){PT_READY_FIFO, INT64_MAX, 1, 0}, 3, 12);
    for (int i = 0; i < 12; i++)
        pt_plan_add(&r.plan, i - 6, 0, 0);
    for (int turn = 0; turn < 12; turn++)
        for (int w = 0; w < 3; w++) {
            int64_t at = ask(&r, w, &left);
            if (at == NONE)
                continue;
            seen++;
            CU_ASSERT_EQUAL(pt_plan_key(at - 6, 3), w);
            pt_plan_done(&r.plan);
        }
    CU_ASSERT_EQUAL(seen, 12);
    rig_close(&r);
}

/* A stream whose head belongs to a worker that never begins: the one that waits takes it over at last. */
static void test_absent_worker(void) {
    Rig r;
    rig_open(&r, (pt_plan_rules){PT_READY_FIFO, INT64_MAX, 1, 1}, 2, 4);
    for (int i = 0; i < 4; i++)
        pt_plan_add(&r.plan, i, 0, 0);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(pt_plan_next(&r.plan, 1), i);
        pt_plan_done(&r.plan);
    }
    CU_ASSERT_EQUAL(pt_plan_next(&r.plan, 1), NONE);
    CU_ASSERT_EQUAL(pt_plan_next(&r.plan, 0), NONE);
    rig_close(&r);
}

/* Random plans: every task once, streams in order, keys on their workers, never more in flight than the window. */
static void test_random(void) {
    uint64_t s = 7;
    for (int round = 0; round < 2000; round++) {
        Rig r;
        pt_plan_rules rules = {PT_READY_FIFO, INT64_MAX, 0, 0};
        int64_t running[8] = {0}, last[4] = {-1, -1, -1, -1}, keys[MOST], streams[MOST];
        int done[MOST] = {0}, flying = 0, finished = 0, left;
        s = s * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int count = (int)(s >> 33) % MOST, workers = 1 + (int)(s >> 40) % 8;
        rules.ready = (pt_ready)((s >> 45) % 3);
        rules.window = s >> 50 & 1 ? (int64_t)(s >> 51) % 5 + 1 : INT64_MAX;
        rules.pinned = s >> 55 & 1;
        rules.streams = (int64_t)(s >> 56) % 4;
        rig_open(&r, rules, workers, count);
        for (int i = 0; i < count; i++) {
            keys[i] = (int64_t)(s >> (i % 32)) % 11, streams[i] = (int64_t)(s >> (i % 29)) % 3;
            pt_plan_add(&r.plan, keys[i], streams[i], keys[i] * 3 % 7);
        }
        for (int w = 0; w < 8; w++)
            running[w] = NONE;
        for (int turn = 0; finished < count && turn < 100000; turn++) {
            int w = (int)((s = s * UINT64_C(6364136223846793005) + 1) >> 40) % r.plan.workers;
            if (running[w] != NONE) {
                running[w] = NONE, flying--, finished++;
                pt_plan_done(&r.plan);
                continue;
            }
            int64_t at = ask(&r, w, &left);
            if (at == NONE)
                continue;
            running[w] = at;
            CU_ASSERT_EQUAL(done[at]++, 0);
            CU_ASSERT_TRUE(++flying <= rules.window);
            CU_ASSERT_TRUE(!rules.pinned || pt_plan_key(keys[at], r.plan.workers) == w);
            if (rules.streams > 0) {
                int64_t *before = &last[pt_plan_key(streams[at], rules.streams)];
                CU_ASSERT_TRUE(at > *before);
                *before = at;
            }
        }
        CU_ASSERT_EQUAL(finished, count);
        rig_close(&r);
    }
}

void test_runtime_plan_register(void);
void test_runtime_plan_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.plan", NULL, NULL);
    CU_add_test(suite, "ready", test_ready);
    CU_add_test(suite, "a window and an order", test_window_and_order);
    CU_add_test(suite, "streams", test_streams_keep_order);
    CU_add_test(suite, "a window", test_window);
    CU_add_test(suite, "affinity", test_affinity);
    CU_add_test(suite, "a worker that is not there", test_absent_worker);
    CU_add_test(suite, "random plans", test_random);
}
