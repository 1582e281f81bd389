/* How much scratch a call can need: bounds over the symbols of the entry point.
 *
 * A function needs what its own ops take, plus the most that one of its regions or callees needs at a time. Sizes that hang on
 * data are bounded by what the checks before them let through (facts); where nothing bounds them, the answer is "not known". */
#include "backends/c/c_internal.h"

/* NULL in a field: not bounded. */
typedef struct Need {
    const Expr *own;  /* in the arena of the code itself */
    const Expr *task; /* in the arena of each thread that runs its parallel axes */
} Need;

typedef struct Measure {
    CGen *gen;
    const Func *func;
    Facts *facts;
} Measure;

static bool is_index_param(void *user, const Value *value) {
    const Func *f = user;
    for (int i = 0; i < f->nindex_params; i++) {
        if (f->index_params[i].value == value)
            return true;
    }
    return false;
}

static bool keeps_leaf(void *user, Value *value) { return is_index_param(user, value); }

/* An upper bound of bytes, not below 0, over the function's index parameters. */
static const Expr *bounded(Measure *m, const Expr *bytes) {
    if (!bytes)
        return NULL;
    void *func = (void *)(uintptr_t)m->func;
    if (!expr_each_value(bytes, keeps_leaf, func)) {
        int64_t most_ever;
        bool limited = facts_upper_const(m->facts, bytes, &most_ever);
        bytes = facts_upper_expr(m->facts, bytes, is_index_param, func);
        if (bytes && limited)
            bytes = expr_min(m->gen->exprs, bytes, expr_const(m->gen->exprs, most_ever));
    }
    if (!bytes || facts_prove_ge0(m->facts, bytes))
        return bytes;
    return expr_max(m->gen->exprs, bytes, expr_const(m->gen->exprs, 0));
}

static const Expr *sum(Measure *m, const Expr *a, const Expr *b) {
    return a && b ? expr_add(m->gen->exprs, a, b) : NULL;
}

static const Expr *most(Measure *m, const Expr *a, const Expr *b) {
    if (!a || !b)
        return NULL;
    if (facts_prove_le(m->facts, a, b))
        return b;
    return facts_prove_le(m->facts, b, a) ? a : expr_max(m->gen->exprs, a, b);
}

static Need measure_region(Measure *m, const Region *region, bool in_task);

typedef struct Binding {
    const Func *callee;
    const Op *call;
} Binding;

static const Expr *bound_param(void *user, Value *value) {
    const Binding *b = user;
    for (int i = 0; i < b->callee->nindex_params; i++) {
        if (b->callee->index_params[i].value == value)
            return b->call->exprs[i];
    }
    return NULL;
}

static Need measure_call(Measure *m, const Op *op, bool in_task) {
    CGen *gen = m->gen;
    const CFuncInfo *callee = c_func_info(gen, module_find(gen->module, op_attr_str(op, ATTR_CALLEE)));
    Binding binding = {callee->func, op};
    Need need = {callee->own_bytes, callee->task_bytes};
    need.own = need.own ? bounded(m, expr_substitute(gen->exprs, need.own, bound_param, &binding)) : NULL;
    need.task = need.task ? bounded(m, expr_substitute(gen->exprs, need.task, bound_param, &binding)) : NULL;
    if (in_task) {
        need.own = sum(m, need.own, need.task);
        need.task = expr_const(gen->exprs, 0);
    }
    return need;
}

static void add_loop_facts(Measure *m, const Op *op) {
    if (op->regions[0]->nargs < 1)
        return;
    const Expr *index = expr_value(m->gen->exprs, op->regions[0]->args[0]);
    facts_add_le(m->facts, op->exprs[0], index);
    facts_add_lt(m->facts, index, op->exprs[1]);
}

static void add_tier_facts(Measure *m, const Op *op, int region) {
    int limits = op->nexprs - 1;
    if (op->code == OP_TIER && region == 0) {
        const Expr *limit = expr_value(m->gen->exprs, op->regions[0]->args[0]);
        facts_add_le(m->facts, op->exprs[0], limit);
        facts_add_le(m->facts, limit, op->exprs[limits]);
    } else if (op->code == OP_SWITCH && region < limits) {
        facts_add_le(m->facts, op->exprs[0], op->exprs[region + 1]);
    }
}

static Need measure_regions(Measure *m, const Op *op, bool in_task) {
    const Expr *zero = expr_const(m->gen->exprs, 0);
    Need all = {zero, zero};
    if (op->code == OP_PIPE) /* each process has memory of its own */
        return (Need){NULL, NULL};
    bool forks = (op->code == OP_PARALLEL || op->code == OP_SPREAD) && !in_task && m->func->kind == FUNC_WORKLOAD;
    for (int r = 0; r < op->nregions; r++) {
        int mark = facts_mark(m->facts);
        if (op->code == OP_FOR || op->code == OP_LOOP || op->code == OP_PARALLEL)
            add_loop_facts(m, op);
        add_tier_facts(m, op, r);
        Need one = measure_region(m, op->regions[r], in_task || forks);
        facts_release(m->facts, mark);
        all.own = most(m, all.own, forks ? zero : one.own);
        all.task = most(m, all.task, forks ? one.own : one.task);
    }
    return all;
}

static Need measure_region(Measure *m, const Region *region, bool in_task) {
    ExprTable *t = m->gen->exprs;
    const Expr *taken = expr_const(t, 0);
    Need most_inside = {taken, taken};
    int mark = facts_mark(m->facts);
    for (const Op *op = region->first; op; op = op->next) {
        Need one = {expr_const(t, 0), expr_const(t, 0)};
        if (op->code == OP_CHECK)
            facts_add_ge0(m->facts, op->exprs[0]);
        for (int i = 0; op->code == OP_ASSUME && i < op->nexprs; i++)
            facts_add_ge0(m->facts, op->exprs[i]);
        if (c_wants_scratch(op)) {
            const Expr *bytes = bounded(m, c_scratch_bytes(m->gen, op));
            taken =
                sum(m, taken, bytes ? expr_add_const(t, bytes, 128) : NULL); /* rounded up to 64, some in two pieces */
        } else if (op->code == OP_CALL) {
            one = measure_call(m, op, in_task);
        } else if (op->nregions > 0) {
            one = measure_regions(m, op, in_task);
        }
        most_inside.own = most(m, most_inside.own, one.own);
        most_inside.task = most(m, most_inside.task, one.task);
    }
    facts_release(m->facts, mark);
    return (Need){bounded(m, sum(m, taken, most_inside.own)), bounded(m, most_inside.task)};
}

typedef struct Takes {
    bool memory;
} Takes;

static void look_for_memory(void *user, Op *op) {
    Takes *takes = user;
    takes->memory |= c_wants_scratch(op) || op->code == OP_CALL || op->code == OP_PIPE;
}

static void measure_func(CGen *gen, CFuncInfo *info) {
    Takes takes = {false};
    walk_ops(info->func->body, look_for_memory, &takes);
    info->own_bytes = info->task_bytes = expr_const(gen->exprs, 0);
    if (!takes.memory)
        return;
    ArenaMark mark = arena_mark(gen->arena);
    Measure m = {gen, info->func, facts_create(gen->arena, gen->exprs)};
    for (int i = 0; i < info->func->nindex_params; i++) {
        if (!info->func->index_params[i].is_const)
            facts_add_ge0(m.facts, expr_value(gen->exprs, info->func->index_params[i].value));
    }
    Need need = measure_region(&m, info->func->body, false);
    info->own_bytes = need.own;
    info->task_bytes = need.task;
    arena_release(gen->arena, mark);
}

void c_workspace(CGen *gen) {
    for (int i = 0; i < gen->norder; i++)
        measure_func(gen, gen->order[i]);
}
