/* The reference interpreter as an engine. */
#include <string.h>

#include "frontend/driver/engine.h"
#include "frontend/driver/run_data.h"
#include "frontend/driver/trace.h"
#include "runtime/include/ptoc_rt.h"

const char *engine_status_name(int status) { return ptoc_status_name(status); }

double engine_median(Arena *arena, const EngineRun *run) {
    int n = run->repetitions;
    if (n == 0)
        return 0;
    double *sorted = ARENA_ARRAY(arena, double, n);
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && sorted[at - 1] > run->seconds[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = run->seconds[i];
    }
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void say_text(void *user, const char *text) {
    const Session *s = (const Session *)user;
    session_say(s, text, strlen(text));
}

void engine_interp_run(Session *s, const Module *module, const EngineTask *task, EngineRun *out) {
    const Func *f = module_find(module, task->workload->name);
    *out = (EngineRun){.engine = "interp", .error = ""};
    out->seconds = ARENA_ARRAY(s->arena, double, task->repetitions);
    out->args = run_args_copy(s->arena, f, task->inputs->args);
    EvalOptions options = {.fp_separate = task->fp_separate, .full_checks = task->full_checks};
    options.print = say_text;
    options.print_user = s;
    TraceTasks trace;
    if (task->trace) {
        options.task = trace_task;
        options.task_user = &trace;
    }
    for (int i = 0; i < task->repetitions && out->status == PTOC_OK; i++) {
        if (i > 0)
            run_args_restore(f, out->args, task->inputs->args);
        EvalResult result;
        memset(&result, 0, sizeof result);
        double begin = session_seconds(s);
        if (task->trace) {
            buf_clear(&out->trace);
            trace_tasks_begin(&trace, s, f->name, &out->trace);
            out->trace_begin = trace.begin;
        }
        eval_run(module, f, task->inputs->index_args, out->args, &options, s->arena, &result);
        out->seconds[out->repetitions++] = session_seconds(s) - begin;
        if (task->trace)
            trace_tasks_end(&trace);
        out->status = result.status;
        out->error = arena_strdup(s->arena, result.error);
        out->loc = result.loc;
        out->tasks = result.tasks;
        out->counts.len = 0;
        for (int k = 0; k < result.counts.len; k++)
            VEC_PUSH(s->arena, &out->counts, result.counts.data[k]);
    }
}
