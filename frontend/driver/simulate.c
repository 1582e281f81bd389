#include "frontend/driver/simulate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/driver/run_report.h"
#include "frontend/driver/simulate_core.h"
#include "frontend/driver/simulate_key.h"
#include "runtime/include/ptoc_plan.h"

/* The tasks of a run: what the simulator needs, and who they are. */
typedef struct Tasks {
    VEC(SimTask) sim;
    VEC(TaskNode *) nodes;
    int levels;
    double measured; /* the levels of the run itself, one after the other; 0: not known */
    int threads;
} Tasks;

typedef struct Simulation {
    Session *s;
    const EngineTask *task;
    Tasks tasks;
    Buf *out;
} Simulation;

bool simulate_options(Session *s, int64_t *cores) {
    static const char word[] = "cores:";
    const char *text = s->options->simulate;
    char *end = NULL;
    *cores = 0;
    if (!text) {
        if (s->options->cost)
            diag_report(s->dc, DIAG_OPTION_PLACE, SPAN_NONE, "--cost", "run` without `--simulate");
        return !s->options->cost;
    }
    if (strncmp(text, word, strlen(word)) == 0)
        *cores = strtoll(text + strlen(word), &end, 10);
    if (*cores >= 1 && *cores <= 65536 && *end == '\0')
        return true;
    diag_report(s->dc, DIAG_OPTION_VALUE, SPAN_NONE, "--simulate", "cores:N with N from 1 to 65536", text);
    return false;
}

/* ---- the tasks of a trace: one a line, as ptoc_trace.h writes them ----------------------------------------------------- */

static double field(const char *line, const char *name) {
    const char *at = strstr(line, name);
    return at ? strtod(at + strlen(name), NULL) : 0;
}

static const char *text_field(Arena *arena, const char *line, const char *name) {
    const char *at = strstr(line, name);
    return at ? arena_strndup(arena, at + strlen(name), strcspn(at + strlen(name), "\"")) : NULL;
}

static void read_axes(Arena *arena, const char *line, TaskNode *t) {
    const char *at = strstr(line, "\"axes\": {");
    for (at = at ? strchr(at + strlen("\"axes\": "), '"') : NULL; at && t->naxes < EVAL_AXES; at = strchr(at, '"')) {
        size_t n = strcspn(at + 1, "\"");
        char *end;
        t->axes[t->naxes].name = arena_strndup(arena, at + 1, n);
        t->axes[t->naxes++].value = strtoll(at + n + strlen("\"\": "), &end, 10);
        if (*end != ',')
            break;
        at = end;
    }
}

static void read_line(Simulation *m, const char *line) {
    Arena *arena = m->s->arena;
    if (strstr(line, "\"cat\": \"level\""))
        m->tasks.measured += 1e-6 * field(line, "\"dur\": ");
    if (!strstr(line, "\"cat\": \"task\""))
        return;
    TaskNode *t = ARENA_NEW(arena, TaskNode);
    const char *kernel = text_field(arena, line, "\"kernel\": \"");
    *t = (TaskNode){.kernel = kernel ? kernel : text_field(arena, line, "\"from\": \""),
                    .seconds = 1e-6 * field(line, "\"dur\": ")};
    t->tier = (int64_t)field(line, "\"tier\": ");
    t->level = (int)field(line, "\"level\": ");
    t->loc.line = (int)field(line, "\"number\": "); /* sorts */
    read_axes(arena, line, t);
    VEC_PUSH(arena, &m->tasks.nodes, t);
}

static int by_number(const void *a, const void *b) {
    const TaskNode *x = *(TaskNode *const *)a, *y = *(TaskNode *const *)b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return (x->loc.line > y->loc.line) - (x->loc.line < y->loc.line);
}

static void read_trace(Simulation *m, const Buf *trace) {
    Arena *arena = m->s->arena;
    for (const char *at = buf_text(trace); *at;) {
        size_t n = strcspn(at, "\n");
        read_line(m, arena_strndup(arena, at, n));
        at += n + (at[n] == '\n');
    }
    if (m->tasks.nodes.len > 0)
        qsort(m->tasks.nodes.data, (size_t)m->tasks.nodes.len, sizeof *m->tasks.nodes.data, by_number);
    for (int i = 0; i < m->tasks.nodes.len; i++) {
        const TaskNode *t = m->tasks.nodes.data[i];
        m->tasks.levels += i == 0 || t->level != m->tasks.nodes.data[i - 1]->level;
        VEC_PUSH(arena, &m->tasks.sim, (SimTask){.cost = t->seconds, .level = t->level});
    }
}

/* ---- the tasks of the program ---------------------------------------------------------------------------------------- */

typedef struct Cost {
    const char *kernel;
    int64_t tier; /* -1: any */
    double seconds;
} Cost;
typedef VEC(Cost) Costs;

static bool bad_table(Simulation *m, const char *why) {
    diag_report(m->s->dc, DIAG_COST_TABLE, SPAN_NONE, m->s->options->cost, why);
    return false;
}

/* KERNEL [TIER] MICROSECONDS; `#` begins a comment. */
static bool read_cost(Simulation *m, const char *line, int number, Costs *costs) {
    char *words[4], *copy = arena_strndup(m->s->arena, line, strcspn(line, "#")), *end = NULL;
    int n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(copy, " \t\r", &rest); word && n < 4; word = strtok_r(NULL, " \t\r", &rest))
        words[n++] = word;
    if (n == 0)
        return true;
    Cost cost = {.kernel = words[0], .tier = -1};
    bool ok = n == 2 || n == 3;
    if (n == 3) {
        cost.tier = strtoll(words[1], &end, 10);
        ok = *end == '\0' && cost.tier >= 0;
    }
    if (ok) {
        cost.seconds = 1e-6 * strtod(words[n - 1], &end);
        ok = end != words[n - 1] && *end == '\0' && cost.seconds >= 0;
    }
    if (!ok)
        return bad_table(m, arena_printf(m->s->arena, "line %d: expected KERNEL [TIER] MICROSECONDS", number));
    VEC_PUSH(m->s->arena, costs, cost);
    return true;
}

static bool read_costs(Simulation *m, Costs *costs) {
    Buf text = {0};
    int error = buf_load(&text, m->s->options->cost, 1 << 20), number = 0;
    bool ok = error == 0 || bad_table(m, strerror(error));
    for (const char *at = buf_text(&text); ok && *at;) {
        size_t n = strcspn(at, "\n");
        ok = read_cost(m, arena_strndup(m->s->arena, at, n), ++number, costs);
        at += n + (at[n] == '\n');
    }
    buf_free(&text);
    return ok;
}

static bool price(Simulation *m, const Costs *costs, TaskNode *t) {
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < costs->len; i++) {
            const Cost *c = &costs->data[i];
            if (strcmp(c->kernel, t->kernel) == 0 && c->tier == (pass ? -1 : t->tier)) {
                t->seconds = c->seconds;
                return true;
            }
        }
    return bad_table(m, arena_printf(m->s->arena, "it has no cost of kernel `%s`, tier %" PRId64, t->kernel, t->tier));
}

static bool take_graph(Simulation *m, TaskGraph *graph) {
    Costs costs = {0};
    bool table = m->s->options->cost != NULL;
    if (table && !read_costs(m, &costs))
        return false;
    for (int i = 0; i < graph->tasks.len; i++) {
        TaskNode *t = graph->tasks.data[i];
        if (table && !price(m, &costs, t))
            return false;
        VEC_PUSH(m->s->arena, &m->tasks.nodes, t);
        VEC_PUSH(m->s->arena, &m->tasks.sim,
                 (SimTask){.cost = t->seconds, .after = t->after.data, .nafter = t->after.len});
    }
    m->tasks.levels = (int)graph->levels;
    return true;
}

/* ---- rules ---------------------------------------------------------------------------------------------------------- */

static const char *directive(const Simulation *m, const char *name) {
    const Func *f = m->task->workload;
    for (int i = 0; i < f->directives.len; i++)
        if (strcmp(f->directives.data[i].name, name) == 0)
            return f->directives.data[i].args;
    return "";
}

static const char *after(const char *text, const char *word) {
    const char *at = strstr(text, word);
    return at ? at + strlen(word) : NULL;
}

/* The keys of all tasks; NULL where one has no such index. */
static int64_t *keys_of(Simulation *m, const char *text) {
    int n = m->tasks.nodes.len;
    int64_t *keys = ARENA_ARRAY(m->s->arena, int64_t, n + 1);
    for (int i = 0; text && i < n; i++) {
        const TaskNode *t = m->tasks.nodes.data[i];
        if (!schedule_key(text, t->axes, t->naxes, m->task->workload, m->task->inputs, &keys[i]))
            return NULL;
    }
    return text ? keys : NULL;
}

static int64_t *numbers(Simulation *m) {
    int64_t *keys = ARENA_ARRAY(m->s->arena, int64_t, m->tasks.nodes.len + 1);
    for (int i = 0; i < m->tasks.nodes.len; i++)
        keys[i] = i;
    return keys;
}

static void dispatch_rule(Simulation *m, SimRule *r) {
    const char *args = directive(m, "dispatch"), *affinity = after(args, "affinity("), *hash = after(args, "hash(");
    int64_t *hashed = keys_of(m, hash);
    for (int i = 0; hashed && i < m->tasks.nodes.len; i++)
        hashed[i] = pt_plan_hash(hashed[i]);
    r->worker = affinity ? keys_of(m, affinity) : hash ? hashed : strcmp(args, "round_robin") == 0 ? numbers(m) : NULL;
}

/* The schedule as it is written. */
static SimRule written_rule(Simulation *m, int64_t cores) {
    SimRule r = {.cores = cores, .window = INT64_MAX};
    const char *graph = directive(m, "task_graph"), *window = after(graph, "window = "),
               *workers = directive(m, "workers");
    const char *priority = after(graph, "priority("), *streams = directive(m, "streams");
    if (*workers && strtoll(workers, NULL, 10) < cores)
        r.cores = strtoll(workers, NULL, 10);
    r.window = window ? strtoll(window, NULL, 10) : INT64_MAX;
    r.cores = r.window < r.cores ? r.window : r.cores;
    int64_t *keys = keys_of(m, priority);
    r.ready = strstr(graph, "ready = lifo") ? SIM_LIFO : keys ? SIM_PRIORITY : SIM_FIFO;
    double *order = ARENA_ARRAY(m->s->arena, double, m->tasks.nodes.len + 1);
    for (int i = 0; keys && i < m->tasks.nodes.len; i++)
        order[i] = (double)keys[i];
    r.priority = order;
    r.streams = *streams ? strtoll(streams, NULL, 10) : 0;
    r.stream = *streams ? keys_of(m, after(streams, "by = ")) : NULL;
    dispatch_rule(m, &r);
    return r;
}

/* ---- the report -------------------------------------------------------------------------------------------------------- */

static SimResult run_rule(Simulation *m, const SimRule *rule) {
    return simulate_tasks(m->s->arena, m->tasks.sim.data, m->tasks.sim.len, rule);
}

static void put_rule(Simulation *m, const char *name, const SimRule *rule, int64_t cores) {
    SimResult r = run_rule(m, rule);
    double busy = r.makespan > 0 ? r.work / (r.makespan * (double)cores) : 0;
    buf_printf(m->out, "  %-32s %12.3f ms %10.1f%% %9.2fx\n", name, 1e3 * r.makespan, 100 * busy,
               r.makespan > 0 ? r.work / r.makespan : 0);
}

static void put_alternatives(Simulation *m, int64_t cores) {
    Arena *arena = m->s->arena;
    SimRule any = {.cores = cores, .window = INT64_MAX}, rule = any;
    double *costs = ARENA_ARRAY(arena, double, m->tasks.sim.len + 1);
    for (int i = 0; i < m->tasks.sim.len; i++)
        costs[i] = m->tasks.sim.data[i].cost;
    put_rule(m, "any free worker, ready = fifo", &any, cores);
    rule.ready = SIM_LIFO;
    put_rule(m, "any free worker, ready = lifo", &rule, cores);
    rule.ready = SIM_PRIORITY;
    rule.priority = costs;
    put_rule(m, "any free worker, longest first", &rule, cores);
    rule = any;
    rule.worker = numbers(m);
    put_rule(m, "dispatch(round_robin)", &rule, cores);
    const TaskNode *first = m->tasks.nodes.data[0];
    for (int i = 0; i < first->naxes; i++) {
        rule.worker = keys_of(m, first->axes[i].name);
        if (rule.worker)
            put_rule(m, arena_printf(arena, "dispatch(affinity(%s))", first->axes[i].name), &rule, cores);
    }
}

static void put_report(Simulation *m, int64_t cores) {
    Arena *arena = m->s->arena;
    int n = m->tasks.sim.len;
    SimRule written = written_rule(m, cores);
    SimResult r = run_rule(m, &written);
    buf_printf(m->out, "\nSimulation on %" PRId64 " core%s, times %s:\n", cores, cores == 1 ? "" : "s",
               m->s->options->cost     ? "of the cost table"
               : m->tasks.measured > 0 ? "measured by this run"
                                       : "of the interpreter");
    buf_printf(m->out, "  %d task%s in %d level%s, %.3f ms of work\n", n, n == 1 ? "" : "s", m->tasks.levels,
               m->tasks.levels == 1 ? "" : "s", 1e3 * r.work);
    buf_printf(m->out, "  critical path: %.3f ms; the longest task: %s, %.3f ms\n", 1e3 * r.path,
               task_text(arena, m->tasks.nodes.data[r.last]), 1e3 * m->tasks.sim.data[r.last].cost);
    buf_printf(m->out, "  %-32s %15s %11s %10s\n", "schedule", "makespan", "utilisation", "speed-up");
    put_rule(m, "as written", &written, cores);
    put_alternatives(m, cores);
    if (m->tasks.measured <= 0 || m->tasks.threads <= 0)
        return;
    written = written_rule(m, m->tasks.threads);
    r = run_rule(m, &written);
    buf_printf(m->out, "  this run: %.3f ms on %d thread%s; simulated on as many cores: %.3f ms\n",
               1e3 * m->tasks.measured, m->tasks.threads, m->tasks.threads == 1 ? "" : "s", 1e3 * r.makespan);
}

bool simulate(Session *s, TaskGraph *graph, const EngineTask *task, const EngineRun *run, int64_t cores, Buf *out) {
    Simulation m = {.s = s, .task = task, .out = out};
    m.tasks.threads = task->threads;
    if (graph && !take_graph(&m, graph))
        return false;
    if (!graph)
        read_trace(&m, &run->trace);
    if (m.tasks.sim.len > 0)
        put_report(&m, cores);
    else
        buf_puts(out, "\nSimulation: the run has no tasks.\n");
    return true;
}
