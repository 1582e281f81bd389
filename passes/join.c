/* join - tiers of a workload that do the same become one.
 *
 * Needs: block stage, after `batch`, which asks for a case per tier. Keeps: results, errors, the report's counts of tasks.
 *     tier.switch [n, 2048, 8192] { call K {tier = 2048} } { call K {tier = 8192} } { fail }
 * becomes
 *     tier.switch [n, 8192] {
 *         tier.switch [n, 2048] { tally [1] {K, tier = 2048} } { tally [1] {K, tier = 8192} }
 *         call K {uncounted}                     (right behind: the C backend names a traced call after that tier)
 *     } { fail }
 * where consecutive cases differ in nothing but the tier that their calls are counted for: no clone of the kernel made use of the limit. */
#include "ir/build.h"
#include "ir/walk.h"
#include "passes/analysis/alike.h"
#include "passes/pipeline.h"

typedef VEC(Op *) OpList;

typedef struct Join {
    Module *module;
    Arena *arena;
    OpList switches; /* of one workload, an outer one before those inside of it */
} Join;

static void find_switch(void *user, Op *op) {
    Join *j = user;
    if (op->code == OP_SWITCH)
        VEC_PUSH(j->arena, &j->switches, op);
}

/* ---- counts -------------------------------------------------------------------------------------------------------- */

static bool is_counted(const Op *op) { return op->code == OP_CALL && !op_attr_bool(op, ATTR_UNCOUNTED); }

static void check_counted(void *user, Op *op) {
    bool *once = user;
    *once = *once && !is_counted(op);
}

/* Each counted call runs once each time the case does: none stands in a region of its own. */
static bool counts_once(const Region *r) {
    bool once = true;
    for (const Op *op = r->first; op; op = op->next) {
        for (int i = 0; i < op->nregions; i++)
            walk_ops(op->regions[i], check_counted, &once);
    }
    return once;
}

static void emit_tally(Join *j, Region *to, const Op *call, int64_t limit) {
    const Func *f = module_find(j->module, op_attr_str(call, ATTR_CALLEE));
    Builder b = builder_at_end(j->module, to);
    b.loc = call->loc;
    const Expr *one = expr_const(j->module->exprs, 1);
    Op *op = build_op(&b, OP_TALLY, NULL, 0, &one, 1, NULL, 0, 0);
    op_set_str(j->module, op, ATTR_CALLEE, f->origin ? f->origin : f->name);
    op_set_int(j->module, op, ATTR_TIER, op_attr_int(call, ATTR_TIER, limit));
}

static const Op *counted_call(const Region *r, int number) {
    const Op *op = r->first;
    while (op && !(is_counted(op) && number-- == 0))
        op = op->next;
    return op;
}

/* In front of the call: counts it for the case that would have made it, the number-th call of each. */
static void count_by_tier(Join *j, const Op *sw, int first, int last, Op *call, int number) {
    Builder b = builder_before(j->module, call);
    b.loc = sw->loc;
    int cases = last - first + 1;
    const Expr **exprs = ARENA_ARRAY(j->arena, const Expr *, cases);
    exprs[0] = sw->exprs[0];
    for (int i = 1; i < cases; i++)
        exprs[i] = sw->exprs[first + i];
    Op *count = build_op(&b, OP_SWITCH, NULL, 0, exprs, cases, NULL, 0, cases);
    for (int i = 0; i < cases; i++) {
        int64_t limit = 0;
        expr_is_const(sw->exprs[first + i + 1], &limit);
        emit_tally(j, count->regions[i], counted_call(sw->regions[first + i], number), limit);
    }
}

/* ---- cases --------------------------------------------------------------------------------------------------------- */

static int last_alike(Join *j, const Op *sw, int first) {
    int last = first, limits = sw->nexprs - 1;
    while (last + 1 < limits && counts_once(sw->regions[first]) && counts_once(sw->regions[last + 1]) &&
           regions_are_alike(j->module, sw->regions[first], sw->regions[last + 1]))
        last++;
    return last;
}

/* Cases first .. last are one: the last one's ops stay. */
static void join_cases(Join *j, const Op *sw, int first, int last) {
    int number = 0;
    for (Op *op = sw->regions[last]->first; op; op = op->next) {
        if (is_counted(op))
            count_by_tier(j, sw, first, last, op, number++);
    }
    for (Op *op = sw->regions[last]->first; op; op = op->next) {
        if (op->code != OP_CALL)
            continue;
        if (is_counted(op))
            op_remove_attr(op, ATTR_TIER);
        else
            op_set_int(j->module, op, ATTR_TIER, 0); /* of no one tier */
        op_set_bool(j->module, op, ATTR_UNCOUNTED, true);
    }
}

static void join_switch(Join *j, Op *sw) {
    int limits = sw->nexprs - 1, n = 0;
    int *firsts = ARENA_ARRAY(j->arena, int, limits + 1), *lasts = ARENA_ARRAY(j->arena, int, limits + 1);
    const Expr **exprs = ARENA_ARRAY(j->arena, const Expr *, limits + 1);
    exprs[0] = sw->exprs[0];
    for (int first = 0; first < limits; n++) {
        firsts[n] = first;
        lasts[n] = last_alike(j, sw, first);
        first = lasts[n] + 1;
        exprs[n + 1] = sw->exprs[first]; /* the limit of case i is expression i + 1 */
    }
    if (n == limits)
        return;
    Builder b = builder_before(j->module, sw);
    b.loc = sw->loc;
    Op *made = build_op(&b, OP_SWITCH, NULL, 0, exprs, n + 1, NULL, 0, n + 1);
    for (int i = 0; i < n; i++) {
        if (lasts[i] > firsts[i])
            join_cases(j, sw, firsts[i], lasts[i]);
        region_take_ops(made->regions[i], sw->regions[lasts[i]]);
    }
    region_take_ops(made->regions[n], sw->regions[limits]);
    op_unlink(sw);
}

bool pass_join(Module *m, PassContext *ctx) {
    for (int i = 0; i < m->funcs.len; i++) {
        Join j = {.module = m, .arena = ctx->arena};
        if (m->funcs.data[i]->kind != FUNC_WORKLOAD)
            continue;
        walk_ops(m->funcs.data[i]->body, find_switch, &j);
        for (int k = j.switches.len - 1; k >= 0; k--)
            join_switch(&j, j.switches.data[k]);
    }
    return true;
}
