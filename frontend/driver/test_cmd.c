/* `ptoc test`: every example on every engine, compared with the interpreter, and what it expects. */
#include <stdio.h>
#include <string.h>

#include "backends/npu/place.h"
#include "frontend/driver/commands.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/expect.h"
#include "frontend/driver/passes_run.h"
#include "frontend/driver/run_data.h"

/* One example between the engines. */
typedef struct TestCase {
    const ProgramExample *example;
    RunInputs inputs;
    EngineTask task;
    EngineRun interp;
} TestCase;

typedef struct TestRun {
    Session *s;
    bool with_c, with_llvm, with_npu;
    int passed, failed, skipped;
    const char *input, *npu_target;
    VEC(TestCase) cases; /* of the input */
} TestRun;

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

static void show_progress(TestRun *t, const TestCase *test) {
    session_progress(t->s, arena_printf(t->s->arena, "%s: example %s: running ...", t->input, test->example->name));
}

/* An engine of the same bits as the interpreter. */
static void check_run(TestRun *t, TestCase *test, const EngineRun *run) {
    RunDifference d;
    Arena *arena = t->s->arena;
    const char *failure = NULL;
    if (run->status != test->interp.status)
        failure = run->status ? status_failure(arena, run)
                              : arena_printf(arena, "succeeded, but interp %s", status_failure(arena, &test->interp));
    else if (run->status == 0 && run_args_differ(arena, test->task.workload, run->args, test->interp.args, &d))
        failure = arena_printf(arena, "`%s`%s is %s, but %s with interp", d.param, d.place, d.a, d.b);
    put_check(t, test->example, arena_printf(arena, "%s = interp", run->engine), failure);
    if (run->status == 0)
        check_expects(t, test, run);
}

static void run_c(TestRun *t, const CEngine *engine, TestCase *test) {
    EngineRun run;
    show_progress(t, test);
    engine_c_run(t->s, engine, &test->task, &run);
    check_run(t, test, &run);
}

/* --dist: the ranks of a job, in place of the engine c. */
static void run_mpi(TestRun *t, const Program *program, TestCase *test) {
    EngineRun run;
    MpiEngine *engine = engine_mpi_open(t->s, program->module, session_input_name(t->input), test->task.workload);
    if (!engine)
        return;
    show_progress(t, test);
    engine_mpi_run(t->s, engine, &test->task, &run);
    engine_mpi_close(engine);
    check_run(t, test, &run);
}

static void run_llvm(TestRun *t, const LlvmEngine *engine, TestCase *test) {
    EngineRun run;
    show_progress(t, test);
    engine_llvm_run(t->s, engine, &test->task, &run);
    check_run(t, test, &run);
}

static void run_npu(TestRun *t, const NpuEngine *engine, TestCase *test) {
    EngineRun run;
    RunDifference d;
    Arena *arena = t->s->arena;
    show_progress(t, test);
    engine_npu_run(t->s, engine, &test->task, &run);
    const char *failure = NULL;
    if (run.status != test->interp.status)
        failure = arena_printf(arena, "returned %s, but interp %s", engine_status_name(run.status),
                               engine_status_name(test->interp.status));
    else if (run.status == 0 && run_args_differ_npu(arena, test->task.workload, run.args, test->interp.args, &d))
        failure = arena_printf(arena, "`%s`%s is %s, but %s with interp", d.param, d.place, d.a, d.b);
    put_check(t, test->example, arena_printf(arena, "%s = interp", run.engine), failure);
}

static const TestCase *case_of(const TestRun *t, const ProgramExample *x) {
    for (int i = 0; i < t->cases.len; i++) {
        if (strcmp(t->cases.data[i].example->name, x->name) == 0)
            return &t->cases.data[i];
    }
    return NULL;
}

/* What the target cannot do is no failure of the program: the first reason is told with its code. */
static void put_skipped(TestRun *t, const DiagContext *dc, const char *target) {
    const DiagInfo *why = diag_info(diag_code_at(dc, 0));
    t->skipped++;
    printf("skip %s: npu-stub (%s): [%s] (ptoc --target=%s tells why)\n", t->input, target, why->code, target);
}

/* Schedules and constants may depend on the target, so the program is read again, with messages of its own. */
static void test_npu(TestRun *t, const char *path, const char *target) {
    Session *s = t->s;
    DiagContext *dc = s->dc;
    const char *target_before = s->target;
    DiagOptions plain = s->options->diag;
    s->dc = diag_context_create(s->arena, s->sources, &plain);
    s->target = target;
    Program *program = session_load_to_compile(s, path);
    const NpuEngine *engine = NULL;
    TestCase test;
    if (program && program->examples.len > 0 && passes_run(s, program, t->input, program->module))
        engine = engine_npu_open(s, program->module, t->input);
    if (!engine && diag_error_count(s->dc) > 0)
        put_skipped(t, s->dc, target);
    for (int i = 0; engine && i < program->examples.len; i++) {
        const TestCase *before = case_of(t, program->examples.data[i]);
        if (!before || !begin_case(t, program, program->examples.data[i], &test))
            continue;
        test.task.inputs = &test.inputs;
        test.interp = before->interp;
        run_npu(t, engine, &test);
    }
    s->dc = dc;
    s->target = target_before;
}

static void test_program(TestRun *t, Program *program) {
    Session *s = t->s;
    t->cases.len = 0;
    for (int i = 0; i < program->examples.len; i++) {
        TestCase test;
        if (!begin_case(t, program, program->examples.data[i], &test))
            continue;
        VEC_PUSH(s->arena, &t->cases, test);
    }
    for (int i = 0; i < t->cases.len; i++)
        run_interp(t, program, &t->cases.data[i]);
    if (t->cases.len == 0 || !(t->with_c || t->with_llvm) ||
        !passes_run(s, program, session_input_name(t->input), program->module))
        return;
    for (int i = 0; i < t->cases.len && session_dist(s); i++)
        run_mpi(t, program, &t->cases.data[i]);
    const CEngine *engine =
        t->with_c && !session_dist(s) ? engine_c_open(s, program->module, session_input_name(t->input)) : NULL;
    for (int i = 0; i < t->cases.len && engine; i++)
        run_c(t, engine, &t->cases.data[i]);
    const LlvmEngine *llvm = t->with_llvm ? engine_llvm_open(s, program->module, session_input_name(t->input)) : NULL;
    for (int i = 0; i < t->cases.len && llvm; i++)
        run_llvm(t, llvm, &t->cases.data[i]);
}

/* By default every engine that is present; one that is named runs alone beside the interpreter. */
static bool choose_engines(TestRun *t) {
    Session *s = t->s;
    int engine;
    const char *target = s->target;
    bool all = s->options->engine <= ENGINE_AUTO;
    if (!run_choose_engine(s, &engine))
        return false;
    all &= !session_dist(s);
    t->with_c = all ? engine_c_is_present(s) : engine == ENGINE_C;
    t->with_llvm = all ? engine_llvm_is_present(s) : engine == ENGINE_LLVM;
    t->with_npu = all ? engine_npu_is_present(s) : engine == ENGINE_NPU_STUB;
    t->npu_target = target ? target : npu_arch_text(NPU_A2A3);
    s->target = t->with_c || t->with_llvm ? "c" : "interp";
    return true;
}

ExitCode command_test(Session *s) {
    TestRun t = {.s = s};
    if (!choose_engines(&t))
        return session_finish(s);
    for (int i = 0; i < s->options->inputs.len; i++) {
        t.input = session_input_name(s->options->inputs.data[i]);
        Program *program = session_load_to_compile(s, s->options->inputs.data[i]);
        if (!program)
            continue;
        if (program->examples.len == 0)
            diag_report(s->dc, DIAG_NOTHING_TO_TEST, SPAN_NONE, t.input);
        test_program(&t, program);
        if (t.with_npu && t.cases.len > 0)
            test_npu(&t, s->options->inputs.data[i], t.npu_target);
    }
    if (t.skipped > 0)
        printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped);
    else
        printf("%d passed, %d failed\n", t.passed, t.failed);
    if (fflush(stdout) != 0)
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, "<stdout>", "the line is broken or the disk is full");
    s->has_exit = t.failed > 0;
    s->exit_code = EXIT_CODE_DIFFER;
    return session_finish(s);
}
