/* join - tiers of a workload that do the same become one.
 *
 * Needs: block stage, after `batch`, which asks for a case per tier. Keeps: results, errors, the report's counts of tasks.
 *     tier.switch [n, 2048, 8192] { call K {tier = 2048} } { call K {tier = 8192} } { fail }
 * becomes
 *     tier.switch [n, 8192] {
 *         tier.switch [n, 2048] { tally [1] {K, tier = 2048} } { tally [1] {K, tier = 8192} }
 *         call K {uncounted}
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

static int emit_tallies(Join *j, Region *to, const Region *from, const Expr *limit) {
    int n = 0;
    int64_t value = 0;
    expr_is_const(limit, &value);
    for (const Op *op = from->first; op; op = op->next) {
        if (is_counted(op)) {
            emit_tally(j, to, op, value);
            n++;
        }
    }
    return n;
}

/* Cases first .. last are one, of which the last one's ops are kept: counts them by tier at the start of `to`. */
static void count_cases(Join *j, const Op *sw, int first, int last, Region *to) {
    Builder b = builder_at_end(j->module, to);
    b.loc = sw->loc;
    int n = 0, cases = last - first + 1;
    const Expr **exprs = ARENA_ARRAY(j->arena, const Expr *, cases);
    exprs[0] = sw->exprs[0];
    for (int i = 1; i < cases; i++)
        exprs[i] = sw->exprs[first + i];
    Op *count = build_op(&b, OP_SWITCH, NULL, 0, exprs, cases, NULL, 0, cases);
    for (int i = 0; i < cases; i++)
        n += emit_tallies(j, count->regions[i], sw->regions[first + i], sw->exprs[first + i + 1]);
    if (n == 0)
        op_unlink(count);
}

/* ---- cases --------------------------------------------------------------------------------------------------------- */

static int last_alike(Join *j, const Op *sw, int first) {
    int last = first, limits = sw->nexprs - 1;
    while (last + 1 < limits && counts_once(sw->regions[first]) && counts_once(sw->regions[last + 1]) &&
           regions_are_alike(j->module, sw->regions[first], sw->regions[last + 1]))
        last++;
    return last;
}

static void join_cases(Join *j, const Op *sw, int first, int last, Region *to) {
    count_cases(j, sw, first, last, to);
    for (Op *op = sw->regions[last]->first; op; op = op->next) {
        if (op->code != OP_CALL)
            continue;
        op_set_bool(j->module, op, ATTR_UNCOUNTED, true);
        op_remove_attr(op, ATTR_TIER);
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
            join_cases(j, sw, firsts[i], lasts[i], made->regions[i]);
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
