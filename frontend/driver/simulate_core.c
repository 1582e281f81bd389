#include "frontend/driver/simulate_core.h"

#include "runtime/include/ptoc_plan.h"

typedef struct Core {
    int task; /* -1: idle */
    double ends;
} Core;

typedef struct Sim {
    const SimTask *tasks;
    const SimRule *rule;
    Core *cores;
    bool *started, *done;
    int64_t *stream_head; /* by stream: where the search for its first task that has not started begins */
    int n, submitted, finished, lowest, level;
    double now;
} Sim;

static bool is_ready(const Sim *s, int at) {
    const SimTask *t = &s->tasks[at];
    if (t->level > s->level)
        return false;
    for (int i = 0; i < t->nafter; i++)
        if (!s->done[t->after[i]])
            return false;
    return true;
}

/* The first of its stream that has not started? */
static bool is_in_turn(Sim *s, int at) {
    const SimRule *r = s->rule;
    if (!r->stream)
        return true;
    int64_t stream = pt_plan_key(r->stream[at], r->streams), *head = &s->stream_head[stream];
    while (*head < at && (s->started[*head] || pt_plan_key(r->stream[*head], r->streams) != stream))
        ++*head;
    return *head >= at;
}

static int choose(Sim *s, int64_t core) {
    const SimRule *r = s->rule;
    int best = -1;
    for (int at = s->lowest; at < s->submitted; at++) {
        if (s->started[at] || (r->worker && pt_plan_key(r->worker[at], r->cores) != core) || !is_ready(s, at) ||
            !is_in_turn(s, at))
            continue;
        if (best < 0 || r->ready == SIM_LIFO || (r->ready == SIM_PRIORITY && r->priority[at] > r->priority[best]))
            best = at;
        if (r->ready == SIM_FIFO)
            break;
    }
    return best;
}

static void start_tasks(Sim *s) {
    while (s->submitted < s->n && s->submitted - s->finished < s->rule->window)
        s->submitted++;
    for (bool again = true; again;) {
        again = false; /* one that starts may free another of its stream for a core before */
        for (int64_t c = 0; c < s->rule->cores; c++) {
            int at = s->cores[c].task < 0 ? choose(s, c) : -1;
            if (at < 0)
                continue;
            s->cores[c] = (Core){at, s->now + s->tasks[at].cost};
            s->started[at] = true;
            again = s->rule->stream != NULL;
        }
    }
    while (s->lowest < s->n && s->started[s->lowest])
        s->lowest++;
}

static void end_tasks(Sim *s) {
    double next = -1;
    for (int64_t c = 0; c < s->rule->cores; c++)
        if (s->cores[c].task >= 0 && (next < 0 || s->cores[c].ends < next))
            next = s->cores[c].ends;
    s->now = next;
    for (int64_t c = 0; c < s->rule->cores; c++) {
        if (s->cores[c].task < 0 || s->cores[c].ends > next)
            continue;
        s->done[s->cores[c].task] = true;
        s->cores[c].task = -1;
        s->finished++;
    }
}

/* Tasks come by level. */
static void open_level(Sim *s) {
    int at = s->lowest;
    while (at < s->n && s->done[at])
        at++;
    for (int i = 0; i < s->n && s->finished < s->n; i++)
        if (!s->done[i] && s->tasks[i].level < s->level)
            return;
    int level = -1;
    for (int i = 0; i < s->n; i++)
        if (!s->done[i] && (level < 0 || s->tasks[i].level < level))
            level = s->tasks[i].level;
    s->level = level;
}

/* The longest way: through `after`, and from level to level. */
static void longest_path(Arena *arena, const SimTask *tasks, int n, SimResult *r) {
    double *ends = ARENA_ARRAY(arena, double, n + 1), before = 0, longest = 0;
    int level = n > 0 ? tasks[0].level : 0;
    for (int i = 0; i < n; i++) {
        if (tasks[i].level != level) {
            before = longest;
            level = tasks[i].level;
        }
        double begin = before;
        for (int k = 0; k < tasks[i].nafter; k++)
            begin = ends[tasks[i].after[k]] > begin ? ends[tasks[i].after[k]] : begin;
        ends[i] = begin + tasks[i].cost;
        longest = ends[i] > longest ? ends[i] : longest;
        if (tasks[i].cost > tasks[r->last].cost)
            r->last = i;
    }
    r->path = longest;
}

SimResult simulate_tasks(Arena *arena, const SimTask *tasks, int n, const SimRule *rule) {
    SimResult r = {0};
    Sim s = {.tasks = tasks, .rule = rule, .n = n};
    s.cores = ARENA_ARRAY(arena, Core, (int)rule->cores);
    s.started = ARENA_ARRAY(arena, bool, n + 1);
    s.done = ARENA_ARRAY(arena, bool, n + 1);
    s.stream_head = ARENA_ARRAY(arena, int64_t, (int)(rule->stream ? rule->streams : 1));
    for (int64_t c = 0; c < rule->cores; c++)
        s.cores[c].task = -1;
    for (int i = 0; i < n; i++)
        r.work += tasks[i].cost;
    while (s.finished < n) {
        open_level(&s);
        start_tasks(&s);
        end_tasks(&s);
    }
    r.makespan = s.now;
    longest_path(arena, tasks, n, &r);
    return r;
}
