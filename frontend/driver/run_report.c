#include "frontend/driver/run_report.h"

#include <inttypes.h>
#include <string.h>

#include "frontend/driver/run_data.h"

enum { FIRST_VALUES = 8, LIST_VALUES = 16 };

void put_tier(Buf *out, int64_t tier) {
    static const char suffixes[] = {'K', 'M', 'G'};
    char suffix = '\0';
    for (int i = 0; i < 3 && tier != 0 && tier % 1024 == 0; i++) {
        tier /= 1024;
        suffix = suffixes[i];
    }
    buf_printf(out, "%" PRId64, tier);
    if (suffix)
        buf_putc(out, suffix);
}

static double percent(int64_t part, int64_t whole) { return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0; }

static void put_tasks(Buf *out, int64_t tasks, int64_t total) {
    buf_printf(out, "%" PRId64 " task%s (%.1f%%)\n", tasks, tasks == 1 ? "" : "s", percent(tasks, total));
}

/* ---- configuration --------------------------------------------------------------------------------------------- */

static void put_tensor(Buf *out, const char *name, const EvalTensor *t, int64_t limit) {
    int64_t n = tensor_count(t);
    buf_printf(out, "  %s ", name);
    tensor_put_type(out, t);
    buf_puts(out, ": ");
    for (int64_t i = 0; i < n && i < limit; i++) {
        buf_puts(out, i ? " " : "");
        tensor_put_value(out, t, i);
    }
    buf_puts(out, n > limit ? " ...\n" : n == 0 ? "empty\n" : "\n");
}

/* Scalars, and tensors that are short enough to be shown whole: lengths, tables. */
static void put_inputs(const RunReport *r, Buf *out) {
    const Func *f = r->workload;
    for (int i = 0; i < f->nindex_params; i++)
        buf_printf(out, "  %s: %" PRId64 "\n", f->index_params[i].value->name, r->inputs->index_args[i]);
    for (int i = 0; i < f->nparams; i++) {
        const Param *p = &f->params[i];
        const EvalArg *arg = &r->inputs->args[i];
        const char *name = p->value->name;
        if (type_is_tile(p->value->type)) {
            if (elem_is_float(p->value->type->elem))
                buf_printf(out, "  %s: %.9g\n", name, arg->f);
            else
                buf_printf(out, "  %s: %" PRId64 "\n", name, arg->i);
        } else if (p->dir == DIR_IN && tensor_count(&arg->tensor) <= LIST_VALUES) {
            buf_printf(out, "  %s: [", name);
            for (int64_t k = 0; k < tensor_count(&arg->tensor); k++) {
                buf_puts(out, k ? ", " : "");
                tensor_put_value(out, &arg->tensor, k);
            }
            buf_puts(out, "]\n");
        } else if (r->full && p->dir != DIR_OUT) {
            put_tensor(out, name, &arg->tensor, FIRST_VALUES);
        }
    }
}

static void put_configuration(const RunReport *r, Buf *out) {
    buf_printf(out, "Configuration:\n  Workload: %s (%s)\n", r->workload->name, r->input);
    if (r->example)
        buf_printf(out, "  Example: %s\n", r->example->name);
    if (r->schedule)
        buf_printf(out, "  Schedule: %s\n", r->schedule);
    buf_printf(out, "  Engine: %s", r->run->engine);
    if (r->compiler)
        buf_printf(out, " (%s)", r->compiler);
    if (r->ranks > 0)
        buf_printf(out, ", %d rank%s", r->ranks, r->ranks == 1 ? "" : "s");
    if (r->threads > 0)
        buf_printf(out, ", %d thread%s", r->threads, r->threads == 1 ? "" : "s");
    buf_putc(out, '\n');
    put_inputs(r, out);
    buf_printf(out, "  Total tasks: %" PRId64 "\n", r->run->tasks);
}

/* ---- tasks ----------------------------------------------------------------------------------------------------- */

/* Tasks of one tier, of one kernel or of all (NULL). */
static int64_t count_tasks(const EngineRun *run, const char *kernel, int64_t tier, bool any_tier) {
    int64_t n = 0;
    for (int i = 0; i < run->counts.len; i++) {
        const EvalCount *c = &run->counts.data[i];
        if ((any_tier || c->tier == tier) && (!kernel || strcmp(c->kernel, kernel) == 0))
            n += c->tasks;
    }
    return n;
}

/* The smallest tier above `last` that has a count; -1: none. Tiers are above 0, 0 is outside any. */
static int64_t next_tier(const EngineRun *run, int64_t last) {
    int64_t best = -1;
    for (int i = 0; i < run->counts.len; i++) {
        int64_t t = run->counts.data[i].tier;
        if (t > last && (best < 0 || t < best))
            best = t;
    }
    return best;
}

static void put_tiers(const EngineRun *run, const char *kernel, const char *indent, Buf *out) {
    for (int64_t tier = next_tier(run, -1); tier >= 0; tier = next_tier(run, tier)) {
        int64_t n = count_tasks(run, kernel, tier, false);
        if (n == 0)
            continue;
        buf_puts(out, indent);
        if (tier == 0)
            buf_puts(out, "no tier");
        else
            put_tier(out, tier);
        buf_puts(out, ": ");
        put_tasks(out, n, run->tasks);
    }
}

static void put_task_counts(const EngineRun *run, Buf *out) {
    bool tiers = next_tier(run, 0) >= 0;
    if (tiers) {
        buf_puts(out, "\nTier distribution:\n");
        put_tiers(run, NULL, "  ", out);
    }
    buf_puts(out, "\nTasks by kernel:\n");
    for (int i = 0; i < run->counts.len; i++) {
        const char *kernel = run->counts.data[i].kernel;
        bool seen = false;
        for (int k = 0; k < i; k++)
            seen |= strcmp(run->counts.data[k].kernel, kernel) == 0;
        if (seen)
            continue;
        buf_printf(out, "  %s: ", kernel);
        put_tasks(out, count_tasks(run, kernel, 0, true), run->tasks);
        if (tiers)
            put_tiers(run, kernel, "    ", out);
    }
    if (run->dropped > 0)
        buf_printf(out, "  and %" PRId64 " more pairs of kernel and tier\n", run->dropped);
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

static void put_time(Arena *arena, const RunReport *r, Buf *out) {
    const EngineRun *run = r->run;
    double low = run->seconds[0], high = run->seconds[0];
    for (int i = 1; i < run->repetitions; i++) {
        low = run->seconds[i] < low ? run->seconds[i] : low;
        high = run->seconds[i] > high ? run->seconds[i] : high;
    }
    buf_printf(out, "\nTime: %.3f ms", 1e3 * engine_median(arena, run));
    if (run->repetitions > 1)
        buf_printf(out, " (median of %d, %.3f to %.3f)", run->repetitions, 1e3 * low, 1e3 * high);
    buf_putc(out, '\n');
    for (int i = 0; i < run->repetitions && r->full && run->repetitions > 1; i++)
        buf_printf(out, "  run %d: %.3f ms\n", i + 1, 1e3 * run->seconds[i]);
}

static void put_outputs(const RunReport *r, Buf *out) {
    buf_puts(out, "\nOutputs:\n");
    for (int i = 0; i < r->workload->nparams; i++) {
        const Param *p = &r->workload->params[i];
        if (p->dir == DIR_OUT || p->dir == DIR_INOUT)
            put_tensor(out, p->value->name, &r->run->args[i].tensor, r->full ? 4 * FIRST_VALUES : FIRST_VALUES);
    }
}

void run_report(Arena *arena, const RunReport *r, Buf *out) {
    put_configuration(r, out);
    put_task_counts(r->run, out);
    put_time(arena, r, out);
    put_outputs(r, out);
    if (r->compared_with)
        buf_printf(out, "\nCompared with %s: %s.\n", r->compared_with,
                   r->near ? "outputs agree as far as an NPU must" : "every output has the same bits");
}
