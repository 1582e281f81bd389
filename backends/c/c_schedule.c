/* What a schedule asks of the loops over tasks: how many workers, how tasks are handed to them, and in which order (ptoc_plan.h). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "backends/c/c_schedule.h"

/* Empty where the schedule does not say it. */
static Directive directive(const Func *f, const char *name) {
    for (int i = 0; i < f->directives.len; i++) {
        if (strcmp(f->directives.data[i].name, name) == 0)
            return f->directives.data[i];
    }
    return (Directive){name, "", LOC_NONE};
}

static const char *directive_args(const Func *f, const char *name) { return directive(f, name).args; }

static const char *argument_after(const char *args, const char *word) {
    const char *found = strstr(args, word);
    return found ? found + strlen(word) : NULL;
}

/* workers(N): no more than N of the run's threads; task_graph(window = N): no more than N tasks at a time. */
const char *c_workers_text(CFn *fn, const char *task) {
    const Func *f = fn->info->func;
    const char *workers = directive_args(f, "workers");
    const char *window = argument_after(directive_args(f, "task_graph"), "window = ");
    long long most = *workers ? strtoll(workers, NULL, 10) : INT32_MAX;
    if (window && strtoll(window, NULL, 10) < most)
        most = strtoll(window, NULL, 10);
    return most < INT32_MAX ? arena_printf(fn->gen->arena, "pt_workers(%s, %lld)", task, most)
                            : arena_printf(fn->gen->arena, "%s->run->threads", task);
}

/* timing(batched(N)): N at a time. */
static long long batch_size(const Func *f) {
    static const char batched[] = "batched(";
    const char *timing = directive_args(f, "timing");
    long long batch = str_starts_with(timing, batched) ? strtoll(timing + sizeof batched - 1, NULL, 10) : 1;
    return batch > INT32_MAX ? INT32_MAX : batch; /* OpenMP counts in int here */
}

static bool is_in_turn(const Func *f) { return strcmp(directive_args(f, "dispatch"), "round_robin") == 0; }

/* dispatch(round_robin): task t goes to worker t mod n; else a worker that is free takes the next. */
const char *c_dispatch_text(CFn *fn) {
    const Func *f = fn->info->func;
    long long batch = batch_size(f);
    if (batch == 1 && !is_in_turn(f))
        return "dynamic";
    return arena_printf(fn->gen->arena, "%s, %lld", is_in_turn(f) ? "static" : "dynamic", batch);
}

/* ---- expressions over the indices of a nest ---------------------------------------------------------------------- */
typedef struct Reader {
    CFn *fn;
    const Op *const *axes;
    int naxes;
    Loc from;
    const char *at;
    bool unknown; /* a name that is no index of these loops: the directive is not about them */
    bool asks;    /* only that: the indices have no names yet */
} Reader;

static const char *read_level(Reader *r, int level);

static void skip_blanks(Reader *r) {
    while (*r->at == ' ')
        r->at++;
}

static bool take(Reader *r, const char *token) {
    skip_blanks(r);
    if (!str_starts_with(r->at, token))
        return false;
    r->at += strlen(token);
    return true;
}

static bool has_index(const Op *op, const char *name) {
    bool loop = op->code == OP_PARALLEL || op->code == OP_FOR;
    const char *index = loop ? op->regions[0]->args[0]->name : NULL;
    return index && strcmp(index, name) == 0;
}

/* The loop of the nest, or around it, that the name is the index of. */
static const Op *loop_named(const Reader *r, const char *name) {
    for (const Op *op = r->axes[r->naxes - 1]; op; op = op->parent->parent_op) {
        if (has_index(op, name))
            return op;
    }
    return NULL;
}

typedef struct Search {
    const char *name;
    bool found;
} Search;

static void search(void *user, Op *op) {
    Search *s = user;
    s->found |= has_index(op, s->name);
}

/* A key of a task cannot vary inside of it. */
static void refuse_inner(Reader *r, const char *name) {
    Search s = {name, false};
    walk_ops(r->axes[r->naxes - 1]->regions[0], search, &s);
    if (s.found)
        c_error_at(r->fn->gen, r->from,
                   arena_printf(r->fn->gen->arena, "a key `%s` that varies inside of one task", name));
}

static const char *name_text(Reader *r, const char *name) {
    const Func *f = r->fn->info->func;
    const Op *loop = loop_named(r, name);
    if (loop)
        return r->asks ? name : c_expr_atom(r->fn, expr_value(r->fn->gen->exprs, loop->regions[0]->args[0]));
    for (int i = 0; i < f->nindex_params; i++) {
        if (f->index_params[i].value->name && strcmp(f->index_params[i].value->name, name) == 0)
            return c_expr_atom(r->fn, expr_value(r->fn->gen->exprs, f->index_params[i].value));
    }
    for (int i = 0; i < f->nparams; i++) {
        if (!type_is_memory(f->params[i].value->type) && strcmp(f->params[i].value->name, name) == 0)
            return arena_printf(r->fn->gen->arena, "(int64_t)%s", c_operand(r->fn, f->params[i].value));
    }
    refuse_inner(r, name);
    r->unknown = true;
    return "0";
}

/* tl.minimum(a, b) and its like. */
static const char *read_call(Reader *r, const char *name) {
    const char *a = read_level(r, 0);
    take(r, ",");
    const char *b = read_level(r, 0);
    take(r, ")");
    Arena *arena = r->fn->gen->arena;
    return strcmp(name, "tl.cdiv") == 0
               ? arena_printf(arena, "pt_div_i64(pt_sub_i64(pt_add_i64(%s, %s), 1), %s)", a, b, b)
               : arena_printf(arena, "pt_%s_i64(%s, %s)", name + 3, a, b);
}

static const char *read_atom(Reader *r) {
    Arena *arena = r->fn->gen->arena;
    skip_blanks(r);
    const char *from = r->at;
    if (take(r, "(")) {
        const char *inside = read_level(r, 0);
        take(r, ")");
        return inside;
    }
    if (take(r, "-"))
        return arena_printf(arena, "pt_neg_i64(%s)", read_atom(r));
    if (take(r, "~"))
        return arena_printf(arena, "~(int64_t)%s", read_atom(r));
    while (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '.')
        r->at++;
    const char *word = arena_strndup(arena, from, (size_t)(r->at - from));
    if (isdigit((unsigned char)*word))
        return strlen(word) > 9 ? arena_printf(arena, "INT64_C(%s)", word) : word;
    return take(r, "(") ? read_call(r, word) : name_text(r, word);
}

/* Operators, loosest first, and the functions that mean them (no division traps, nothing overflows). */
typedef struct Operator {
    int level;
    const char *token, *function;
} Operator;
static const Operator operators[] = {{0, "|", "or"},   {1, "^", "xor"}, {2, "&", "and"}, {3, "<<", "shl"},
                                     {3, ">>", "shr"}, {4, "+", "add"}, {4, "-", "sub"}, {5, "*", "mul"},
                                     {5, "/", "div"},  {5, "%", "rem"}};
enum { OPERATORS = sizeof operators / sizeof *operators, ATOM_LEVEL = 6 };

static const Operator *take_operator(Reader *r, int level) {
    for (int i = 0; i < OPERATORS; i++) {
        if (operators[i].level == level && take(r, operators[i].token))
            return &operators[i];
    }
    return NULL;
}

static const char *read_level(Reader *r, int level) {
    if (level == ATOM_LEVEL)
        return read_atom(r);
    const char *left = read_level(r, level + 1);
    for (const Operator *op; (op = take_operator(r, level));)
        left = arena_printf(r->fn->gen->arena, "pt_%s_i64(%s, %s)", op->function, left, read_level(r, level + 1));
    return left;
}

/* NULL: the expression is not about this nest. */
static const char *key_text(CFn *fn, const Op *const *axes, int naxes, const CPlan *plan, const char *directive_name,
                            const char *expression) {
    Reader r = {fn, axes, naxes, directive(fn->info->func, directive_name).loc, expression, false, plan->asks};
    const char *text = read_level(&r, 0);
    return r.unknown ? NULL : text;
}

/* ---- plans --------------------------------------------------------------------------------------------------------- */

static const char *count_after(CFn *fn, const char *args, const char *word, const char *otherwise) {
    const char *at = argument_after(args, word);
    return at ? arena_printf(fn->gen->arena, "%lld", strtoll(at, NULL, 10)) : otherwise;
}

static void plan_task_graph(CFn *fn, const char *args, const Op *const *axes, int naxes, CPlan *plan) {
    plan->ready = strstr(args, "ready = lifo") ? "PT_READY_LIFO" : "PT_READY_FIFO";
    const char *priority = argument_after(args, "priority(");
    plan->priority = priority ? key_text(fn, axes, naxes, plan, "task_graph", priority) : NULL;
    if (plan->priority)
        plan->ready = "PT_READY_PRIORITY";
    plan->window = count_after(fn, args, "window = ", "INT64_MAX");
}

static void plan_workers(CFn *fn, const char *args, const Op *const *axes, int naxes, CPlan *plan) {
    static const char affinity[] = "affinity(", hash[] = "hash(";
    if (str_starts_with(args, affinity))
        plan->worker = key_text(fn, axes, naxes, plan, "dispatch", args + sizeof affinity - 1);
    if (str_starts_with(args, hash)) {
        const char *key = key_text(fn, axes, naxes, plan, "dispatch", args + sizeof hash - 1);
        plan->worker = key ? arena_printf(fn->gen->arena, "pt_plan_hash(%s)", key) : NULL;
    }
}

/* Does a plain parallel loop not do? Its tasks start in program order, no more of them at a time than there are workers; and as all
 * of them are known before the first starts, `start` asks for nothing. */
static bool needs_plan(const CPlan *plan) {
    return plan->worker || plan->stream || plan->priority || strcmp(plan->ready, "PT_READY_FIFO") != 0;
}

static bool read_plan(CFn *fn, const Op *const *axes, int naxes, CPlan *plan) {
    const Func *f = fn->info->func;
    const char *streams = directive_args(f, "streams"), *by = argument_after(streams, "by = ");
    plan->streams = "0";
    plan_task_graph(fn, directive_args(f, "task_graph"), axes, naxes, plan);
    plan_workers(fn, directive_args(f, "dispatch"), axes, naxes, plan);
    plan->stream = by ? key_text(fn, axes, naxes, plan, "streams", by) : NULL;
    if (plan->stream)
        plan->streams = arena_printf(fn->gen->arena, "%lld", strtoll(streams, NULL, 10));
    if (!needs_plan(plan))
        return false;
    plan->in_turn = is_in_turn(f);
    if (batch_size(f) != 1)
        c_error_at(fn->gen, directive(f, "timing").loc,
                   "`timing(batched(N))` beside `task_graph`, `streams` or keys of `dispatch`");
    return true;
}

bool c_plan_is_wanted(CFn *fn, const Op *const *axes, int naxes, CPlan *rules) {
    *rules = (CPlan){.asks = true};
    return fn->info->func->directives.len > 0 && read_plan(fn, axes, naxes, rules);
}

CPlan c_plan(CFn *fn, const Op *const *axes, int naxes) {
    CPlan plan = {.asks = false};
    read_plan(fn, axes, naxes, &plan);
    return plan;
}
