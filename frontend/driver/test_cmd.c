/* `ptoc test`: every example on every engine, compared with the interpreter, and what it expects. */
#include <stdio.h>
#include <string.h>

#include "frontend/driver/commands.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/expect.h"
#include "frontend/driver/passes_run.h"
#include "frontend/driver/run_data.h"

typedef struct TestRun {
    Session *s;
    bool with_c;
    int passed, failed;
    const char *input;
} TestRun;

/* One example between the two engines. */
typedef struct TestCase {
    const ProgramExample *example;
    RunInputs inputs;
    EngineTask task;
    EngineRun interp;
} TestCase;

static void put_check(TestRun *t, const ProgramExample *x, const char *what, const char *failure) {
    if (failure)
        t->failed++;
    else
        t->passed++;
    session_progress(t->s, "");
    printf("%s %s: example %s: %s%s%s\n", failure ? "FAIL" : "ok  ", t->input, x->name, what, failure ? ": " : "",
           failure ? failure : "");
}

static const char *status_failure(Arena *arena, const EngineRun *run) {
    return run->status == 0 ? NULL
                            : arena_printf(arena, "returned %s: %s", engine_status_name(run->status), run->error);
}

static void check_expects(TestRun *t, const TestCase *test, const EngineRun *run) {
    for (int i = 0; i < test->inputs.expects.len; i++) {
        const RunExpect *x = &test->inputs.expects.data[i];
        const char *what = arena_printf(t->s->arena, "%s: expect %s", run->engine, x->name);
        put_check(t, test->example, what, expect_failure(t->s->arena, x, run));
    }
}

static bool begin_case(TestRun *t, const Program *program, const ProgramExample *x, TestCase *test) {
    Session *s = t->s;
    *test = (TestCase){.example = x};
    RunRequest request = {.program = program, .workload = module_find(program->module, x->workload), .example = x};
    if (!request.workload || run_bind(&request, s->dc, s->arena, &test->inputs) != 0)
        return false;
    test->task = (EngineTask){.workload = request.workload, .threads = (int)s->options->threads, .repetitions = 1};
    test->task.full_checks = s->options->checks == PROGRAM_CHECKS_FULL;
    test->task.fp_separate = s->options->fp == 1;
    return true;
}

static void run_interp(TestRun *t, const Program *program, TestCase *test) {
    session_progress(t->s,
                     arena_printf(t->s->arena, "%s: example %s: interpreting ...", t->input, test->example->name));
    test->task.inputs = &test->inputs;
    engine_interp_run(t->s, program->module, &test->task, &test->interp);
    put_check(t, test->example, "interp", status_failure(t->s->arena, &test->interp));
    if (test->interp.status == 0)
        check_expects(t, test, &test->interp);
}

static void run_c(TestRun *t, const CEngine *engine, TestCase *test) {
    EngineRun run;
    RunDifference d;
    Arena *arena = t->s->arena;
    session_progress(t->s, arena_printf(arena, "%s: example %s: running ...", t->input, test->example->name));
    engine_c_run(t->s, engine, &test->task, &run);
    const char *failure = NULL;
    if (run.status != test->interp.status)
        failure = run.status ? status_failure(arena, &run)
                             : arena_printf(arena, "succeeded, but interp %s", status_failure(arena, &test->interp));
    else if (run.status == 0 && run_args_differ(arena, test->task.workload, run.args, test->interp.args, &d))
        failure = arena_printf(arena, "`%s`%s is %s, but %s with interp", d.param, d.place, d.a, d.b);
    put_check(t, test->example, "c = interp", failure);
    if (run.status == 0)
        check_expects(t, test, &run);
}

static void test_program(TestRun *t, Program *program) {
    Session *s = t->s;
    int n = 0;
    TestCase *cases = ARENA_ARRAY(s->arena, TestCase, program->examples.len + 1);
    for (int i = 0; i < program->examples.len; i++) {
        if (!begin_case(t, program, program->examples.data[i], &cases[n]))
            continue;
        run_interp(t, program, &cases[n]);
        n++;
    }
    if (n == 0 || !t->with_c || !passes_run(s, program, session_input_name(t->input), program->module))
        return;
    const CEngine *engine = engine_c_open(s, program->module, session_input_name(t->input));
    for (int i = 0; i < n && engine; i++)
        run_c(t, engine, &cases[i]);
}

ExitCode command_test(Session *s) {
    TestRun t = {.s = s};
    int engine;
    if (!run_choose_engine(s, &engine))
        return session_finish(s);
    t.with_c = engine == ENGINE_C;
    s->target = t.with_c ? "c" : "interp";
    for (int i = 0; i < s->options->inputs.len; i++) {
        t.input = session_input_name(s->options->inputs.data[i]);
        Program *program = session_load_to_compile(s, s->options->inputs.data[i]);
        if (!program)
            continue;
        if (program->examples.len == 0)
            diag_report(s->dc, DIAG_NOTHING_TO_TEST, SPAN_NONE, t.input);
        test_program(&t, program);
    }
    printf("%d passed, %d failed\n", t.passed, t.failed);
    if (fflush(stdout) != 0)
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, "<stdout>", "the line is broken or the disk is full");
    s->has_exit = t.failed > 0;
    s->exit_code = EXIT_CODE_DIFFER;
    return session_finish(s);
}
