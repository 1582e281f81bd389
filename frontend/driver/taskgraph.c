#include "frontend/driver/taskgraph.h"

#include <inttypes.h>
#include <string.h>

#include "frontend/driver/run_data.h"
#include "frontend/driver/run_report.h"

typedef struct Access {
    EvalTensor view;
    int64_t scratch;   /* which temp; 0: a tensor */
    int64_t low, high; /* the bytes from its first to its last element */
    int task;
    bool writes;
} Access;

typedef struct Maker {
    Session *s;
    TaskGraph *graph;
    VEC(Access) accesses; /* of tasks before, oldest first */
    VEC(int) mark;        /* by task: the last one that is known to wait for it */
    TaskNode *now;
    double begin;
    bool kernels;
} Maker;

const char *task_text(Arena *arena, const TaskNode *task) {
    Buf text = {0};
    buf_puts(&text, task->kernel);
    if (task->tier > 0) {
        buf_putc(&text, ' ');
        put_tier(&text, task->tier);
    }
    for (int i = 0; i < task->naxes; i++)
        buf_printf(&text, "%s%s=%" PRId64, i ? ", " : " [", task->axes[i].name, task->axes[i].value);
    buf_puts(&text, task->naxes ? "]" : "");
    const char *copy = arena_strdup(arena, buf_text(&text));
    buf_free(&text);
    return copy;
}

/* ---- do two views share an element? ------------------------------------------------------------------------------ */

/* Steps of `stride` elements from low to high. */
typedef struct Term {
    int64_t stride, low, high;
} Term;

typedef struct Solver {
    Term terms[2 * IR_MAX_RANK];
    int n, budget; /* of trials; then the answer is yes */
} Solver;

static void add_terms(Solver *s, const EvalTensor *t, bool minus) {
    for (int d = 0; d < t->rank; d++) {
        if (t->dims[d] <= 1 || t->strides[d] == 0)
            continue;
        int64_t stride = t->strides[d], most = t->dims[d] - 1;
        bool down = (stride < 0) != minus;
        Term term = {stride < 0 ? -stride : stride, down ? -most : 0, down ? 0 : most};
        int at = s->n++;
        for (; at > 0 && s->terms[at - 1].stride < term.stride; at--)
            s->terms[at] = s->terms[at - 1];
        s->terms[at] = term;
    }
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Whether the terms from `at` on can make `sum`. */
static bool makes(Solver *s, int at, int64_t sum) {
    int64_t low = 0, high = 0;
    if (at == s->n)
        return sum == 0;
    if (s->budget-- <= 0)
        return true;
    for (int i = at + 1; i < s->n; i++) {
        low += s->terms[i].low * s->terms[i].stride;
        high += s->terms[i].high * s->terms[i].stride;
    }
    const Term *t = &s->terms[at];
    int64_t from = -floor_div(-(sum - high), t->stride), to = floor_div(sum - low, t->stride);
    from = from < t->low ? t->low : from;
    to = to > t->high ? t->high : to;
    for (int64_t x = from; x <= to; x++) {
        if (makes(s, at + 1, sum - x * t->stride))
            return true;
    }
    return false;
}

static bool share(const Access *a, const Access *b) {
    if (a->scratch != b->scratch || a->low >= b->high || b->low >= a->high)
        return false;
    int64_t size = elem_bytes(a->view.elem);
    int64_t apart = (int64_t)((uintptr_t)b->view.data - (uintptr_t)a->view.data);
    if (a->view.elem != b->view.elem || apart % size != 0)
        return true;
    Solver s = {.budget = 4096};
    add_terms(&s, &a->view, false);
    add_terms(&s, &b->view, true);
    return makes(&s, 0, apart / size);
}

static bool access_of(const EvalTensor *t, int64_t scratch, bool writes, int task, Access *out) {
    int64_t low = 0, high = 0, size = elem_bytes(t->elem);
    for (int d = 0; d < t->rank; d++) {
        if (t->dims[d] <= 0)
            return false;
        int64_t span = (t->dims[d] - 1) * t->strides[d];
        *(span < 0 ? &low : &high) += span;
    }
    int64_t at = (int64_t)(uintptr_t)t->data;
    *out = (Access){*t, scratch, at + low * size, at + (high + 1) * size, task, writes};
    return t->data != NULL;
}

/* ---- the graph ----------------------------------------------------------------------------------------------------- */

/* Marks what task `at` waits for, directly or not. */
static void mark_before(Maker *m, int at, int number) {
    const TaskNode *t = m->graph->tasks.data[at];
    for (int i = 0; i < t->after.len; i++) {
        int before = t->after.data[i];
        if (m->mark.data[before] != number) {
            m->mark.data[before] = number;
            mark_before(m, before, number);
        }
    }
}

/* Newest first, so that what an edge makes superfluous is known when it comes. */
static void connect(Maker *m, TaskNode *t, int number, const Access *own, int nown) {
    for (int i = m->accesses.len - 1; i >= 0; i--) {
        const Access *old = &m->accesses.data[i];
        if (m->mark.data[old->task] == number)
            continue;
        for (int k = 0; k < nown; k++) {
            if (!(old->writes || own[k].writes) || !share(old, &own[k]))
                continue;
            VEC_PUSH(m->s->arena, &t->after, old->task);
            m->graph->edges++;
            m->mark.data[old->task] = number;
            mark_before(m, old->task, number);
            int level = m->graph->tasks.data[old->task]->level + 1;
            t->level = level > t->level ? level : t->level;
            break;
        }
    }
}

/* A task that writes all that an older access touched, or what it wrote alike, stands for it. */
static void forget(Maker *m, const Access *own, int nown) {
    int kept = 0;
    for (int i = 0; i < m->accesses.len; i++) {
        const Access *old = &m->accesses.data[i];
        bool gone = false;
        for (int k = 0; k < nown && !gone; k++)
            gone = own[k].writes && old->scratch == own[k].scratch && old->view.data == own[k].view.data &&
                   old->view.elem == own[k].view.elem && old->view.rank == own[k].view.rank &&
                   memcmp(old->view.dims, own[k].view.dims, sizeof *old->view.dims * (size_t)old->view.rank) == 0 &&
                   memcmp(old->view.strides, own[k].view.strides, sizeof *old->view.dims * (size_t)old->view.rank) == 0;
        if (!gone)
            m->accesses.data[kept++] = *old;
    }
    m->accesses.len = kept;
}

static void add_task(Maker *m, const EvalTask *task) {
    Arena *arena = m->s->arena;
    TaskNode *t = ARENA_NEW(arena, TaskNode);
    *t = (TaskNode){.kernel = arena_strdup(arena, task->kernel), .tier = task->tier, .loc = task->call->loc};
    t->naxes = task->naxes;
    for (int i = 0; i < task->naxes; i++)
        t->axes[i] = task->axes[i];
    int number = m->graph->tasks.len, nown = 0;
    Access *own = ARENA_ARRAY(arena, Access, task->callee->nparams + 1);
    for (int i = 0; i < task->callee->nparams; i++) {
        bool writes = task->callee->params[i].dir != DIR_IN;
        nown += type_is_memory(task->callee->params[i].value->type) &&
                access_of(&task->args[i], task->scratch[i], writes, number, &own[nown]);
    }
    VEC_PUSH(arena, &m->graph->tasks, t);
    VEC_PUSH(arena, &m->mark, -1);
    connect(m, t, number, own, nown);
    forget(m, own, nown);
    for (int i = 0; i < nown; i++)
        VEC_PUSH(arena, &m->accesses, own[i]);
    m->graph->levels = t->level + 1 > m->graph->levels ? t->level + 1 : m->graph->levels;
    m->now = t;
}

static void take_task(void *user, const EvalTask *task, bool ends) {
    Maker *m = user;
    if (ends && m->now) {
        m->now->seconds = m->kernels ? session_seconds(m->s) - m->begin : 0;
    } else if (!ends && m->graph->tasks.len < TASKGRAPH_MOST) {
        add_task(m, task);
    } else if (!ends) {
        m->now = NULL;
        m->graph->left_out++;
    }
    m->begin = session_seconds(m->s);
}

TaskGraph *taskgraph_make(Session *s, const Module *module, const Func *workload, const RunInputs *inputs,
                          bool kernels) {
    TaskGraph *graph = ARENA_NEW(s->arena, TaskGraph);
    *graph = (TaskGraph){.workload = workload, .error = ""};
    Maker m = {.s = s, .graph = graph, .kernels = kernels};
    EvalOptions options = {.fp_separate = s->options->fp == 1,
                           .full_checks = s->options->checks == PROGRAM_CHECKS_FULL,
                           .task = take_task,
                           .task_user = &m,
                           .skip_kernels = !kernels};
    EvalResult result;
    memset(&result, 0, sizeof result);
    double begin = session_seconds(s);
    eval_run(module, workload, inputs->index_args, run_args_copy(s->arena, workload, inputs->args), &options, s->arena,
             &result);
    session_phase(s, "make the task graph", begin);
    if (result.status != 0)
        graph->error = arena_strdup(s->arena, result.error);
    return graph;
}
