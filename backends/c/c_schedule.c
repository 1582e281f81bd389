/* What a schedule asks of the loops over tasks: how many workers, and how tasks are handed to them. */
#include <stdlib.h>
#include <string.h>
#include "backends/c/c_internal.h"

static const char *directive_args(const Func *f, const char *name) {
    for (int i = 0; i < f->directives.len; i++) {
        if (strcmp(f->directives.data[i].name, name) == 0)
            return f->directives.data[i].args;
    }
    return "";
}

/* workers(N): no more than N of the run's threads. */
const char *c_workers_text(CFn *fn, const char *task) {
    const char *n = directive_args(fn->info->func, "workers");
    return *n ? arena_printf(fn->gen->arena, "pt_workers(%s, %s)", task, n)
              : arena_printf(fn->gen->arena, "%s->run->threads", task);
}

/* dispatch(round_robin): task t goes to worker t mod n; else a worker that is free takes the next. timing(batched(N)): N at a time. */
const char *c_dispatch_text(CFn *fn) {
    const Func *f = fn->info->func;
    bool in_turn = strcmp(directive_args(f, "dispatch"), "round_robin") == 0;
    static const char batched[] = "batched(";
    const char *timing = directive_args(f, "timing");
    long long batch = str_starts_with(timing, batched) ? strtoll(timing + sizeof batched - 1, NULL, 10) : 1;
    if (batch > INT32_MAX) /* OpenMP counts in int here */
        batch = INT32_MAX;
    if (batch == 1 && !in_turn)
        return "dynamic";
    return arena_printf(fn->gen->arena, "%s, %lld", in_turn ? "static" : "dynamic", batch);
}
