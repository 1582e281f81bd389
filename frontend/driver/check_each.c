#include "frontend/driver/check_each.h"

#include "frontend/driver/engine.h"
#include "frontend/driver/run_data.h"

struct CheckEach {
    Session *session;
    const ProgramExample *example;
    EngineTask task;
    RunInputs inputs;
    EngineRun before;
};

/* Number of elements an example touches: a measure of its work that is known without running it. */
static int64_t example_size(const Func *f, const RunInputs *inputs) {
    int64_t total = 0;
    for (int i = 0; i < f->nparams; i++) {
        if (!type_is_tile(f->params[i].value->type))
            total += tensor_count(&inputs->args[i].tensor);
    }
    return total;
}

static bool choose_example(CheckEach *check, const Program *program, const Module *module) {
    Session *s = check->session;
    int64_t best = -1;
    for (int i = 0; i < program->examples.len; i++) {
        const ProgramExample *x = program->examples.data[i];
        const Func *f = module_find(module, x->workload);
        RunInputs inputs = {0};
        RunRequest request = {.program = program, .workload = f, .example = x};
        if (!f || x->missing.len > 0)
            continue;
        if (run_bind(&request, s->dc, s->arena, &inputs) != 0)
            return false;
        int64_t size = example_size(f, &inputs);
        if (best >= 0 && size >= best)
            continue;
        best = size;
        check->example = x;
        check->inputs = inputs;
        check->task.workload = f;
    }
    return true;
}

CheckEach *check_each_begin(Session *s, const Program *program, const char *input, const Module *module) {
    CheckEach *check = ARENA_NEW(s->arena, CheckEach);
    check->session = s;
    if (program && !choose_example(check, program, module))
        return NULL;
    if (!check->example) {
        diag_report(s->dc, DIAG_NO_EXAMPLE, SPAN_NONE, input);
        return NULL;
    }
    check->task.inputs = &check->inputs;
    check->task.repetitions = 1;
    check->task.full_checks = s->options->checks == PROGRAM_CHECKS_FULL;
    check->task.fp_separate = s->options->fp == 1;
    double begin = session_seconds(s);
    session_progress(s, arena_printf(s->arena, "interpreting example %s ...", check->example->name));
    engine_interp_run(s, module, &check->task, &check->before);
    session_progress(s, "");
    session_phase(s, "interpret before the passes", begin);
    if (check->before.status != 0) {
        diag_report(s->dc, DIAG_CHECK_FAILED_BEFORE, SPAN_NONE, check->example->name, check->before.error);
        return NULL;
    }
    return check;
}

bool check_each_pass(CheckEach *check, const Module *module, const char *pass) {
    Session *s = check->session;
    EngineRun after;
    RunDifference d;
    double begin = session_seconds(s);
    session_progress(s, arena_printf(s->arena, "interpreting after pass %s ...", pass));
    engine_interp_run(s, module, &check->task, &after);
    session_progress(s, "");
    session_phase(s, arena_printf(s->arena, "interpret after %s", pass), begin);
    const char *what = NULL;
    if (after.status != 0)
        what = arena_printf(s->arena, "it now returns %s: %s", engine_status_name(after.status), after.error);
    else if (run_args_differ(s->arena, check->task.workload, check->before.args, after.args, &d))
        what = arena_printf(s->arena, "`%s`%s was %s and is %s", d.param, d.place, d.a, d.b);
    if (what)
        diag_report(s->dc, DIAG_PASS_CHANGED, SPAN_NONE, pass, check->example->name, what);
    return what == NULL;
}
