/* Calls and parallel axes. */
#include <string.h>
#include "backends/c/c_schedule.h"
#include "backends/c/c_trace.h"

/* ---- counting tasks ---- */

static int *counted_bucket(CGen *gen, const char *kernel, int64_t tier) {
    uint64_t h = (uint64_t)tier;
    for (; *kernel; kernel++)
        h = h * 31 + (unsigned char)*kernel;
    return &gen->counted_buckets[h % COUNTED_BUCKETS];
}

static int counted_find(CGen *gen, const char *kernel, int64_t tier) {
    for (int i = *counted_bucket(gen, kernel, tier); i > 0; i = gen->counted.data[i - 1].next) {
        const CCounted *c = &gen->counted.data[i - 1];
        if (c->tier == tier && strcmp(c->kernel, kernel) == 0)
            return i - 1;
    }
    return -1;
}

static int counted_add(CGen *gen, const char *kernel, int64_t tier) {
    int *bucket = counted_bucket(gen, kernel, tier);
    VEC_PUSH(gen->keep, &gen->counted, (CCounted){kernel, tier, *bucket});
    *bucket = gen->counted.len;
    return gen->counted.len - 1;
}

/* The number of the counter: a constant, or found from the limit of a tier that is chosen at run time. */
static const char *counter_text(CFn *fn, const Op *call, const char *kernel) {
    CGen *gen = fn->gen;
    const Attr *attr = op_attr(call, ATTR_TIER);
    int64_t tier = attr ? attr->i : fn->tier;
    if (attr || !fn->tier_op) {
        int i = counted_find(gen, kernel, tier);
        return arena_printf(gen->arena, "%d", i >= 0 ? i : counted_add(gen, kernel, tier));
    }
    int first = gen->counted.len;
    Buf out = {0};
    buf_printf(&out, "%d", first);
    for (int i = 1; i < fn->tier_op->nexprs; i++) {
        int64_t limit = fn->tier_op->exprs[i]->c;
        counted_add(gen, kernel, limit);
        if (i + 1 < fn->tier_op->nexprs)
            buf_printf(&out, " + (%s > %s)", c_name(fn, fn->tier_op->regions[0]->args[0]),
                       c_expr(fn, fn->tier_op->exprs[i]));
    }
    const char *text = arena_strdup(gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

/* True: a trace is told, and c_trace_end has to follow the call. */
static bool emit_count(CFn *fn, const Op *call, const Func *callee) {
    const char *kernel = callee->origin ? callee->origin : callee->name;
    bool counted = !op_attr_bool(call, ATTR_UNCOUNTED);
    if (callee->kind != FUNC_KERNEL || (!counted && !fn->gen->traces))
        return false;
    const char *counter = fn->counter != CSYM_NONE ? ctext_use(fn->text, fn->counter) : counter_text(fn, call, kernel);
    fn->counter = CSYM_NONE;
    if (counted)
        ctext_line(fn->text, "pt_task_count(%s, %s);", ctext_use(fn->text, fn->task), counter);
    return c_trace_call(fn, call, counter, counted);
}

const char *c_counter(CFn *fn, const Op *tally) { return counter_text(fn, tally, op_attr_str(tally, ATTR_CALLEE)); }

void c_emit_tally(CFn *fn, const Op *op) {
    const char *counter = c_counter(fn, op), *task = ctext_use(fn->text, fn->task), *tasks = c_expr(fn, op->exprs[0]);
    if (expr_equals_const(op->exprs[0], 1))
        ctext_line(fn->text, "pt_task_count(%s, %s);", task, counter);
    else
        ctext_line(fn->text, "pt_task_tally(%s, %s, %s);", task, counter, tasks);
    c_trace_tally(fn, counter, tasks);
}

/* ---- call ---- */

static const char *argument(CFn *fn, const Op *call, const CFuncInfo *callee, const Value *param) {
    const Func *f = callee->func;
    for (int i = 0; i < f->nindex_params; i++) {
        if (f->index_params[i].value == param)
            return c_expr(fn, call->exprs[i]);
    }
    for (int i = 0; i < f->nparams; i++) {
        if (f->params[i].value == param)
            return c_mem(fn->gen, param) ? c_pointer(fn, call->operands[i]) : c_operand(fn, call->operands[i]);
    }
    const CMem *mem = c_mem(fn->gen, call->operands[param->index / IR_MAX_RANK]); /* a made-up stride */
    return c_expr(fn, mem->strides[param->index % IR_MAX_RANK]);
}

void c_emit_call(CFn *fn, const Op *op) {
    CGen *gen = fn->gen;
    CFuncInfo *callee = c_func_info(gen, module_find(gen->module, op_attr_str(op, ATTR_CALLEE)));
    int n = callee->params.len;
    const char **args = ARENA_ARRAY(gen->arena, const char *, n + 1);
    bool traced = emit_count(fn, op, callee->func);
    for (int i = 0; i < n; i++)
        args[i] = argument(fn, op, callee, callee->params.data[i].value);
    const char *task = callee->uses_task ? ctext_use(fn->text, fn->task) : NULL;
    const char *text = c_call_text(fn, callee->c_name, task, args, n);
    if (callee->can_fail)
        c_return_failure(fn, text);
    else
        ctext_line(fn->text, "%s;", text);
    if (traced)
        c_trace_end(fn, NULL, "CALL");
}

/* ---- parallel ---- */

typedef struct Nest {
    const Op *axes[IR_MAX_RANK];
    CSymList uses[IR_MAX_RANK];
    const char *end[IR_MAX_RANK];
    int n;
    const Region *body;
} Nest;

static bool uses_index_of(const Nest *nest, const Op *axis) {
    for (int i = 0; i < nest->n; i++) {
        for (int e = 0; e < axis->nexprs; e++) {
            if (expr_uses(axis->exprs[e], nest->axes[i]->regions[0]->args[0]))
                return true;
        }
    }
    return false;
}

/* Axes that are nested directly and rectangular. */
static Nest nest_of(const Op *op) {
    Nest nest = {.n = 0};
    while (nest.n < IR_MAX_RANK && op->code == OP_PARALLEL && !uses_index_of(&nest, op)) {
        nest.axes[nest.n++] = op;
        nest.body = op->regions[0];
        if (nest.body->first != nest.body->last || !nest.body->first)
            break;
        op = nest.body->first;
    }
    return nest;
}

static const Expr *axis_length(CGen *gen, const Op *axis) {
    return expr_cdiv(gen->exprs, expr_sub(gen->exprs, axis->exprs[1], axis->exprs[0]), axis->exprs[2]);
}

/* The place of an iteration in program order; with steps above 1 numbers are left out. */
static const Expr *task_number(CGen *gen, const Nest *nest) {
    ExprTable *t = gen->exprs;
    const Expr *number = expr_const(t, 0);
    for (int i = 0; i < nest->n; i++) {
        const Expr *const *e = nest->axes[i]->exprs;
        const Expr *index = expr_value(t, nest->axes[i]->regions[0]->args[0]);
        number = expr_add(t, expr_mul(t, number, expr_sub(t, e[1], e[0])), expr_sub(t, index, e[0]));
    }
    return number;
}

static void compute_ends(CFn *fn, Nest *nest) {
    for (int i = 0; i < nest->n; i++) {
        nest->end[i] = c_bound_text(fn, nest->axes[i]);
        nest->uses[i] = ctext_take_uses(fn->text, 0);
    }
}

static const char *nest_length(CFn *fn, const Nest *nest) {
    const char *all = c_expr(fn, axis_length(fn->gen, nest->axes[0]));
    for (int i = 1; i < nest->n; i++)
        all = arena_printf(fn->gen->arena, "pt_elements(%s, %s)", all, c_expr(fn, axis_length(fn->gen, nest->axes[i])));
    return all;
}

static void open_axes(CFn *fn, Nest *nest) {
    CText *t = fn->text;
    const char *length = nest_length(fn, nest);
    const char *task = ctext_use(t, fn->task);
    const char *collapse = nest->n > 1 ? arena_printf(fn->gen->arena, "collapse(%d) ", nest->n) : "";
    const char *work = c_work_text(fn, nest->axes[0], nest->body);
    const char *pays = work ? arena_printf(fn->gen->arena, "pt_task_pays(%s, %s, %s)", task, length, work)
                            : arena_printf(fn->gen->arena, "pt_task_forks(%s, %s)", task, length);
    ctext_directive(t, "PT_OMP(parallel for %sschedule(%s) num_threads(%s) if (%s))", collapse, c_dispatch_text(fn),
                    c_workers_text(fn, task), pays);
    for (int i = 0; i < nest->n; i++) {
        ctext_paste_uses(t, &nest->uses[i]);
        c_open_for_to(fn, nest->axes[i], nest->end[i]);
    }
}

/* ---- parallel, by a plan ---- */

static void begin_plan(CFn *fn, Nest *nest, const CPlan *plan, const char *p, const char *task) {
    CText *t = fn->text;
    const char *rules = ctext_name(t, ctext_declare(t, "rules", "rules"));
    ctext_line(t, "const pt_plan_rules %s = {%s, %s, %d, %s}; /* order, window, worker by key, streams */", rules,
               plan->ready, plan->window, plan->worker || plan->in_turn, plan->streams);
    ctext_line(t, "pt_plan %s;", p);
    ctext_line(t, "pt_plan_begin(&%s, %s, %s, &%s, %s);", p, task, nest_length(fn, nest), rules,
               c_workers_text(fn, task));
}

/* Every task's keys, in program order. */
static void add_tasks(CFn *fn, Nest *nest, const char *p) {
    CText *t = fn->text;
    int scope = ctext_scope_open(t);
    for (int i = 0; i < nest->n; i++)
        c_open_for_to(fn, nest->axes[i], nest->end[i]);
    const CPlan plan = c_plan(fn, nest->axes, nest->n);
    ctext_line(t, "pt_plan_add(&%s, %s, %s, %s);", p,
               plan.in_turn  ? arena_printf(fn->gen->arena, "%s.added", p)
               : plan.worker ? plan.worker
                             : "0",
               plan.stream ? plan.stream : "0", plan.priority ? plan.priority : "0");
    for (int i = 0; i < nest->n; i++)
        ctext_close(t);
    ctext_scope_close(t, scope);
}

/* The indices of task number `at`. */
static void define_indices(CFn *fn, const Nest *nest, const char *at) {
    CText *t = fn->text;
    Arena *arena = fn->gen->arena;
    const char *rest = at;
    for (int i = nest->n - 1; i >= 0; i--) {
        const Op *axis = nest->axes[i];
        const char *length = c_expr_atom(fn, axis_length(fn->gen, axis));
        const char *turn = i ? arena_printf(arena, "%s %% %s", rest, length) : rest;
        bool unit = expr_equals_const(axis->exprs[2], 1), zero = expr_equals_const(axis->exprs[0], 0);
        if (!unit)
            turn = arena_printf(arena, "%s * %s", i ? arena_printf(arena, "(%s)", turn) : turn,
                                c_expr_atom(fn, axis->exprs[2]));
        if (!zero)
            turn = arena_printf(arena, "%s + %s", c_expr_atom(fn, axis->exprs[0]), turn);
        CVal *val = c_val(fn->gen, axis->regions[0]->args[0]);
        val->fn = fn;
        val->sym = ctext_declare(t, axis->regions[0]->args[0]->name, "i");
        ctext_define(t, val->sym, "const int64_t %s = %s;", ctext_name(t, val->sym), turn);
        rest = arena_printf(arena, "%s / %s", rest, length);
    }
}

static void emit_task_call(CFn *fn, const Nest *nest, CTaskFn inner, const char *worker, const char *stream) {
    CText *t = fn->text;
    int n = inner.fn->captured.len;
    const char **args = ARENA_ARRAY(fn->gen->arena, const char *, n + 1);
    for (int i = 0; i < n; i++)
        args[i] = c_name(fn, inner.fn->captured.data[i].value);
    bool takes_task = ctext_is_used(inner.fn->text, inner.fn->task);
    if (!takes_task && !fn->gen->traces) {
        ctext_line(t, "%s;", c_call_text(fn, inner.name, NULL, args, n));
        return;
    }
    CSymList uses = ctext_take_uses(t, 0);
    const char *part = ctext_name(t, ctext_declare(t, "part", "part"));
    ctext_line(t, "pt_task %s;", part);
    const char *number = c_expr(fn, task_number(fn->gen, nest));
    ctext_open(t, CLINE_OPEN_KEEP, "if (pt_task_begin(&%s, %s, %s)) {", part, ctext_use(t, fn->task), number);
    const char *own = arena_printf(fn->gen->arena, "&%s", part);
    c_trace_task(fn, nest->axes[nest->n - 1], own, worker, stream);
    ctext_paste_uses(t, &uses);
    ctext_line(t, "%s;", c_call_text(fn, inner.name, takes_task ? own : NULL, args, n));
    c_trace_end(fn, own, "TASK");
    ctext_close(t);
}

static void emit_planned(CFn *fn, const Op *op, Nest *nest, const CPlan *rules) {
    CText *t = fn->text;
    fn->gen->uses_plan = true;
    ctext_open(t, CLINE_OPEN_KEEP, "{");
    int scope = ctext_scope_open(t);
    const char *p = ctext_name(t, ctext_declare(t, "plan", "plan")), *task = ctext_use(t, fn->task);
    c_trace_level(fn, op);
    begin_plan(fn, nest, rules, p, task);
    for (int i = 0; i < nest->n; i++)
        ctext_paste_uses(t, &nest->uses[i]);
    add_tasks(fn, nest, p);
    const char *worker = ctext_name(t, ctext_declare(t, "worker", "worker"));
    const char *at = ctext_name(t, ctext_declare(t, "at", "at"));
    ctext_directive(t, "PT_OMP(parallel for schedule(static, 1) num_threads(%s.workers) if (%s.workers > 1))", p, p);
    ctext_open(t, CLINE_OPEN_KEEP, "for (int64_t %s = 0; %s < %s.workers; %s++) {", worker, worker, p, worker);
    ctext_open(t, CLINE_OPEN_KEEP, "for (int64_t %s; (%s = pt_plan_next(&%s, %s)) >= 0; pt_plan_done(&%s)) {", at, at,
               p, worker, p);
    define_indices(fn, nest, at);
    CTaskFn inner = c_emit_task_function(fn, op, nest->body);
    emit_task_call(fn, nest, inner, worker, arena_printf(fn->gen->arena, "pt_plan_stream(&%s, %s)", p, at));
    ctext_close(t);
    ctext_close(t);
    c_trace_end(fn, NULL, "LEVEL");
    ctext_line(t, "pt_plan_end(&%s);", p);
    ctext_scope_close(t, scope);
    ctext_close(t);
    if (inner.fn->can_fail)
        c_return_failure(fn, arena_printf(fn->gen->arena, "pt_task_status(%s)", ctext_use(t, fn->task)));
}

void c_emit_parallel(CFn *fn, const Op *op) {
    if (fn->outer || fn->info->func->kind == FUNC_KERNEL) { /* a task, or part of one, is serial */
        c_emit_loop(fn, op);
        return;
    }
    CText *t = fn->text;
    Nest nest = nest_of(op);
    int scope = ctext_scope_open(t);
    compute_ends(fn, &nest);
    CPlan rules;
    if (c_plan_is_wanted(fn, nest.axes, nest.n, &rules)) {
        emit_planned(fn, op, &nest, &rules);
        ctext_scope_close(t, scope);
        return;
    }
    c_trace_level(fn, op);
    open_axes(fn, &nest);
    CTaskFn inner = c_emit_task_function(fn, op, nest.body);
    emit_task_call(fn, &nest, inner, "-1", "-1");
    for (int i = 0; i < nest.n; i++)
        ctext_close(t);
    c_trace_end(fn, NULL, "LEVEL");
    ctext_scope_close(t, scope);
    if (inner.fn->can_fail)
        c_return_failure(fn, arena_printf(fn->gen->arena, "pt_task_status(%s)", ctext_use(t, fn->task)));
}
