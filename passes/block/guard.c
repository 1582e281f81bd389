/* guard, missing - loops over places that may be missing become loops over those that are there, and over those that are not.
 *
 * Needs: block stage. Keeps: results, bit for bit. `missing` does it for rows of paged views, as long as they are rows; `guard` for
 * everything else, once loops have their form. A get with a fill asks for every element whether its place exists; gathers and
 * loads past the end of a view are made of them. In an innermost loop the answer is often the same for all iterations (the row that a
 * gather names), or changes at one place (the end of a view): then it is asked once, in front of loops that ask nothing, and these
 * may be widened. */
#include "passes/block/block.h"

enum { MAX_GUARDS = 3 /* of one loop: each may double it */ };

/* Which gets are looked at. */
typedef bool (*Wanted)(const Op *get);

static bool any_get(const Op *get) {
    (void)get;
    return true;
}

static bool is_of_pages(const Op *get) {
    const Op *def = get->operands[0]->def;
    while (def && def->code == OP_VIEW)
        def = def->operands[0]->def;
    return def && def->code == OP_PAGED;
}

/* Where a get of a loop is in range: `holds` >= 0, and its index in [begin, end). NULL: always. */
typedef struct Guard {
    Op *get;
    Wanted wanted;
    const Expr *holds, *begin, *end;
} Guard;

static void also_holds(Block *bl, Guard *g, const Expr *e) {
    if (!facts_prove_ge0(bl->facts, e))
        g->holds = g->holds ? expr_min(block_exprs(bl), g->holds, e) : e;
}

/* Adds what index d of the get asks; false: it is asked anew for each iteration. */
static bool guard_dimension(Block *bl, const Op *loop, Guard *g, int d) {
    ExprTable *t = block_exprs(bl);
    const Expr *e = g->get->exprs[d], *extent = g->get->operands[0]->type->dims[d];
    Dep dep = vary_dep(bl, e);
    if (dep == DEP_NONE) {
        also_holds(bl, g, e);
        also_holds(bl, g, expr_add_const(t, expr_sub(t, extent, e), -1));
        return true;
    }
    if (dep != DEP_UNIT)
        return false;
    const Expr *rest = expr_sub(t, e, expr_value(t, loop_index(loop)));
    const Expr *begin = expr_neg(t, rest), *end = expr_sub(t, extent, rest);
    if (!facts_prove_le(bl->facts, begin, loop->exprs[0]))
        g->begin = g->begin ? expr_max(t, g->begin, begin) : begin;
    if (!facts_prove_le(bl->facts, loop->exprs[1], end))
        g->end = g->end ? expr_min(t, g->end, end) : end;
    return true;
}

static bool is_outside(const Op *loop, const Expr *e) { return !e || expr_is_outside_loop(e, loop); }

/* After vary_compute of the loop. */
static bool guard_of(Block *bl, const Op *loop, Op *get, Guard *g) {
    *g = (Guard){.get = get, .wanted = g->wanted};
    if (!op_attr_bool(get, ATTR_FILL_VIEW) || vary_value(bl, get->operands[1]))
        return false;
    for (int d = 0; d < op_nindices(get); d++)
        if (!guard_dimension(bl, loop, g, d))
            return false;
    return is_outside(loop, g->holds) && is_outside(loop, g->begin) && is_outside(loop, g->end);
}

static bool is_nest_or_block(const Op *op) {
    if (op->nregions > 0)
        return true;
    for (int i = 0; i < op->nresults; i++)
        for (int d = 0; type_is_tile(op->results[i]->type) && d < 2; d++)
            if (!expr_equals_const(op->results[i]->type->dims[d], 1))
                return true;
    return false;
}

static bool find_guard(Block *bl, const Op *loop, Guard *g) {
    if (!loop_is_unit(loop) || region_any(loop_body(loop), is_nest_or_block))
        return false;
    vary_compute(bl, loop);
    for (Op *op = loop_body(loop)->first; op; op = op->next)
        if (op->code == OP_GET && g->wanted(op) && guard_of(bl, loop, op, g))
            return true;
    return false;
}

/* ---- making loops ------------------------------------------------------------------------------------------------ */

/* A copy of the loop from lo to hi, in which the places of the get exist, or do not. */
static Op *copy_loop(Block *bl, Builder *b, const Op *loop, const Guard *g, bool present, const Expr *lo,
                     const Expr *hi) {
    const Expr *bounds[3] = {lo, hi, loop->exprs[2]};
    Op *copy = build_op(b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_copy_attrs(bl->module, copy, loop);
    CloneMap *map = clone_map_create(bl->module);
    Value *index = region_add_arg(bl->module, loop_body(copy), type_index(bl->module), loop_index(loop)->name);
    clone_map_set(map, loop_index(loop), index);
    Builder inner = builder_at_end(bl->module, loop_body(copy));
    for (const Op *op = loop_body(loop)->first; op; op = op->next) {
        inner.loc = op->loc;
        if (op == g->get && !present) {
            clone_map_set(map, op->results[0], clone_map_get(map, op->operands[1]));
            continue;
        }
        Op *made = clone_op(&inner, map, op);
        if (op == g->get) {
            op_remove_attr(made, ATTR_FILL_VIEW);
            made->noperands = 1;
        }
    }
    return copy;
}

static void split_loop(Block *bl, Op *loop, Wanted wanted, int budget);

static void copy_and_split(Block *bl, Builder *b, const Op *loop, const Guard *g, bool present, const Expr *lo,
                           const Expr *hi, int budget) {
    split_loop(bl, copy_loop(bl, b, loop, g, present, lo, hi), g->wanted, budget);
}

/* Where the get's loop-invariant places exist: in front of [begin, end), in it, behind it. */
static void copy_ranges(Block *bl, Builder *b, const Op *loop, const Guard *g, int budget) {
    ExprTable *t = block_exprs(bl);
    const Expr *lo = loop->exprs[0], *hi = loop->exprs[1];
    const Expr *begin = g->begin ? facts_simplify(bl->facts, expr_max(t, lo, expr_min(t, hi, g->begin))) : lo;
    const Expr *end = g->end ? facts_simplify(bl->facts, expr_max(t, begin, expr_min(t, hi, g->end))) : hi;
    if (g->begin)
        copy_and_split(bl, b, loop, g, false, lo, begin, budget);
    copy_and_split(bl, b, loop, g, true, begin, end, budget);
    if (g->end)
        copy_and_split(bl, b, loop, g, false, end, hi, budget);
}

static void split_loop(Block *bl, Op *loop, Wanted wanted, int budget) {
    Guard g = {.wanted = wanted};
    if (budget == 0 || !find_guard(bl, loop, &g))
        return;
    Builder b = builder_before(bl->module, loop);
    b.loc = loop->loc;
    if (g.holds)
        note_decision(bl, "guard", loop, "whether a place exists is asked once in front of it");
    if (g.begin || g.end)
        note_decision(bl, "guard", loop, "places that do not exist have a loop of their own");
    if (g.holds) {
        Value *there = build_binary(&b, OP_GE, build_index(&b, g.holds), build_const_int(&b, ELEM_INDEX, 0));
        Op *choice = build_op(&b, OP_IF, &there, 1, NULL, 0, NULL, 0, 2);
        Builder in_range = builder_at_end(bl->module, choice->regions[0]),
                missing = builder_at_end(bl->module, choice->regions[1]);
        in_range.loc = missing.loc = loop->loc;
        copy_ranges(bl, &in_range, loop, &g, budget - 1);
        copy_and_split(bl, &missing, loop, &g, false, loop->exprs[0], loop->exprs[1], budget - 1);
    } else {
        copy_ranges(bl, &b, loop, &g, budget - 1);
    }
    op_unlink(loop);
}

static void guard_region(Block *bl, Region *r, Wanted wanted) {
    for (Op *op = r->first, *next; op; op = next) {
        next = op->next;
        int mark = facts_mark(bl->facts);
        if (op->code == OP_LOOP) {
            ExprTable *t = block_exprs(bl);
            const Expr *index = expr_value(t, loop_index(op));
            facts_add_le(bl->facts, op->exprs[0], index);
            facts_add_lt(bl->facts, index, op->exprs[1]);
        }
        for (int i = 0; i < op->nregions; i++)
            guard_region(bl, op->regions[i], wanted);
        facts_release(bl->facts, mark);
        if (op->code == OP_LOOP)
            split_loop(bl, op, wanted, MAX_GUARDS);
    }
}

static void run(Block *bl) { guard_region(bl, bl->func->body, any_get); }

static void run_of_pages(Block *bl) { guard_region(bl, bl->func->body, is_of_pages); }

bool pass_guard(Module *m, PassContext *ctx) { return block_each_kernel(m, ctx, run); }

bool pass_missing(Module *m, PassContext *ctx) { return block_each_kernel(m, ctx, run_of_pages); }
