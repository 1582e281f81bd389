/* Traces (ptoc_trace.h): what is written, what a failure leaves, and how long an event takes. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ptoc_trace.h"

static const pt_trace_label labels[] = {{"w:3", ""}, {"w:4", "batch,head"}};
static const pt_counted names[] = {{"score", 0}, {"score", 8192}};

typedef struct Rig {
    ptoc_options options;
    pt_traced traced;
    char path[64], *text;
} Rig;

static void rig_open(Rig *r) {
    memset(r, 0, sizeof *r);
    strcpy(r->path, "/tmp/ptoc-trace-XXXXXX");
    close(mkstemp(r->path));
    r->options.threads = 2;
    r->options.trace_file = r->path;
    CU_ASSERT_EQUAL(pt_traced_begin(&r->traced, &r->options, 2), PTOC_OK);
}
static int rig_close(Rig *r) {
    int status = pt_traced_end(&r->traced, "w", labels, names);
    FILE *f = fopen(r->path, "rb");
    r->text = (char *)calloc(1, 1 << 16);
    CU_ASSERT_TRUE(f && fread(r->text, 1, (1 << 16) - 1, f) > 0);
    fclose(f);
    unlink(r->path);
    return status;
}

static void run_task(Rig *r, int64_t number, int ends) {
    static const int64_t axes[] = {3, 1};
    pt_task part;
    CU_ASSERT_TRUE(pt_task_begin_on(&part, &r->traced.team.main, number, 0));
    pt_trace_task(&part, 1, 0, 5, axes, 2);
    pt_trace_tally(&part, 1, 7);
    pt_trace_call(&part, 0, 1, 0, NULL, 0);
    if (ends)
        pt_trace_end(&part, PT_TRACE_CALL);
    pt_trace_end(&part, PT_TRACE_TASK);
}

static void check_has(const Rig *r, const char *part) {
    if (!strstr(r->text, part))
        fprintf(stderr, "no `%s` in\n%s", part, r->text);
    CU_ASSERT_PTR_NOT_NULL(strstr(r->text, part));
}

static void trace_events(void) {
    Rig r;
    rig_open(&r);
    pt_trace_level(&r.traced.team.main, 0);
    run_task(&r, 6, 1);
    pt_trace_end(&r.traced.team.main, PT_TRACE_LEVEL);
    CU_ASSERT_EQUAL(rig_close(&r), PTOC_OK);
    check_has(&r,
              "{\"name\": \"score 8K [batch=3, head=1]\", \"cat\": \"task\", \"ph\": \"X\", \"pid\": 2, \"tid\": 0, ");
    check_has(&r, "\"tasks\": 7, \"kernel\": \"score\", \"tier\": 8192, \"level\": 1, \"number\": 6, \"worker\": 0, "
                  "\"stream\": 5, "
                  "\"axes\": {\"batch\": 3, \"head\": 1}}}");
    check_has(&r, "{\"name\": \"w:3\", \"cat\": \"level\"");
    check_has(&r, "{\"lost\": \"0\"}");
    free(r.text);
}

/* A task that ends early ends what is open in it; the next one stands beside it. */
static void trace_failure(void) {
    Rig r;
    rig_open(&r);
    run_task(&r, 0, 0);
    run_task(&r, 1, 1);
    CU_ASSERT_EQUAL(rig_close(&r), PTOC_OK);
    int tasks = 0;
    for (const char *at = r.text; (at = strstr(at, "\"cat\": \"task\"")); at++)
        tasks++;
    CU_ASSERT_EQUAL(tasks, 2);
    free(r.text);
}

static void trace_no_file(void) {
    Rig r;
    memset(&r, 0, sizeof r);
    r.options.trace_file = "/nowhere/at/all.json";
    CU_ASSERT_EQUAL(pt_traced_begin(&r.traced, &r.options, 2), PTOC_OK);
    CU_ASSERT_EQUAL(pt_traced_end(&r.traced, "w", labels, names), PTOC_E_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(r.options.error, "the trace file cannot be written: /nowhere/at/all.json");
    r.options.trace_file = NULL; /* nothing is recorded */
    CU_ASSERT_EQUAL(pt_traced_begin(&r.traced, &r.options, 2), PTOC_OK);
    run_task(&r, 0, 1);
    CU_ASSERT_EQUAL(pt_traced_end(&r.traced, "w", labels, names), PTOC_OK);
}

/* 25 ns an event or less on a quiet machine; other jobs may take it away, so only ten times that fails. Within the first chunk: what
 * comes behind pays for its pages too. */
static void trace_speed(void) {
    enum { EVENTS = PT_TRACE_WORDS / PT_TRACE_HEAD };
    Rig r;
    double best = 1e9;
    for (int round = 0; round < 20; round++) {
        rig_open(&r);
        double begin = pt_trace_clock();
        for (int i = 0; i < EVENTS / 2; i++) {
            pt_trace_call(&r.traced.team.main, 0, 1, 1, NULL, 0);
            pt_trace_end(&r.traced.team.main, PT_TRACE_CALL);
        }
        double ns = (pt_trace_clock() - begin) * 1e3 / EVENTS;
        best = ns < best ? ns : best;
        rig_close(&r);
        free(r.text);
    }
    printf("%.1f ns an event\n", best);
    CU_ASSERT_TRUE(best < 250);
}

void test_runtime_trace_register(void);
void test_runtime_trace_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.trace", NULL, NULL);
    CU_add_test(suite, "events", trace_events);
    CU_add_test(suite, "a task that fails", trace_failure);
    CU_add_test(suite, "no file", trace_no_file);
    CU_add_test(suite, "the time of an event", trace_speed);
}
