/* simplify - folds, merges and removes; works at every stage.
 *
 * Keeps: results. Every function is rebuilt op by op in program order: operands, expressions and types go through the
 * substitution so far, loop bounds lose the arguments of min and max that facts decide, then the op is folded to a value it
 * equals (fold.c), merged with an equal one in scope (cse.c), or kept. Checks that the facts at their place prove go; conditions that
 * they decide are replaced by the branch. Last, pure ops and scratch that nothing uses are removed. */
#include "ir/walk.h"
#include "passes/simplify/simplify.h"

typedef struct Simplify {
    Module *module;
    PassContext *ctx;
    CloneMap *map;
    Facts *facts;
    CseTable *cse;
} Simplify;

static void rebuild_one(Simplify *s, Builder *b, const Op *op);
static void rebuild_region(Simplify *s, Builder *b, const Region *from);

static bool has_choice(const Expr *e) {
    if (e->kind == EXPR_MIN || e->kind == EXPR_MAX)
        return true;
    for (int i = 0; i < e->nargs; i++)
        if (has_choice(e->args[i]))
            return true;
    return false;
}

static const Expr *simplify_expr(Simplify *s, const Expr *e) { return has_choice(e) ? facts_simplify(s->facts, e) : e; }

/* Reading without a user, and scratch without a reader, may go. */
static bool removable(const Op *op) {
    return op_code_has(op->code, PURE) || op_code_has(op->code, ALLOCATES) ||
           (op_code_has(op->code, READS) && op->code != OP_CALL);
}

/* An op without regions. */
static void rebuild_plain(Simplify *s, Builder *b, const Op *op) {
    Op *copy = clone_op(b, s->map, op);
    if (op_code_has(op->code, PURE) && op->nresults > 0) {
        Value *r = fold_op(s->module, copy);
        Op *same = r ? NULL : cse_find_or_add(s->cse, copy);
        if (r)
            clone_map_set(s->map, op->results[0], r);
        for (int i = 0; same && i < op->nresults; i++)
            clone_map_set(s->map, op->results[i], same->results[i]);
        if (r || same)
            op_unlink(copy);
    }
}

static void rebuild_check(Simplify *s, Builder *b, const Op *op) {
    const Expr *e = simplify_expr(s, clone_map_expr(s->map, op->exprs[0]));
    if (!facts_prove_ge0(s->facts, e)) {
        rebuild_plain(s, b, op);
        facts_add_ge0(s->facts, e);
    }
}

static void rebuild_assume(Simplify *s, Builder *b, const Op *op) {
    rebuild_plain(s, b, op);
    for (int i = 0; i < op->nexprs; i++)
        facts_add_ge0(s->facts, clone_map_expr(s->map, op->exprs[i]));
}

/* The op itself with empty regions; arguments are made and mapped. */
static Op *rebuild_shell(Simplify *s, Builder *b, const Op *op) {
    Value **operands = ARENA_ARRAY(s->ctx->arena, Value *, op->noperands + 1);
    const Expr **exprs = ARENA_ARRAY(s->ctx->arena, const Expr *, op->nexprs + 1);
    const Type **types = ARENA_ARRAY(s->ctx->arena, const Type *, op->nresults + 1);
    for (int i = 0; i < op->noperands; i++)
        operands[i] = clone_map_operand(b, s->map, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        exprs[i] = simplify_expr(s, clone_map_expr(s->map, op->exprs[i]));
    for (int i = 0; i < op->nresults; i++)
        types[i] = clone_map_type(s->map, op->results[i]->type);
    b->loc = op->loc;
    Op *copy = build_op(b, op->code, operands, op->noperands, exprs, op->nexprs, types, op->nresults, op->nregions);
    op_copy_attrs(s->module, copy, op);
    for (int i = 0; i < op->nregions; i++)
        for (int j = 0; j < op->regions[i]->nargs; j++) {
            Value *arg = op->regions[i]->args[j];
            clone_map_set(s->map, arg,
                          region_add_arg(s->module, copy->regions[i], clone_map_type(s->map, arg->type), arg->name));
        }
    for (int i = 0; i < op->nresults; i++) {
        copy->results[i]->name = op->results[i]->name;
        clone_map_set(s->map, op->results[i], copy->results[i]);
    }
    return copy;
}

static void add_region_facts(Simplify *s, const Op *op, int region) {
    ExprTable *t = s->module->exprs;
    if (op->code == OP_FOR || op->code == OP_PARALLEL || op->code == OP_LOOP) {
        const Expr *j = expr_value(t, op->regions[0]->args[0]);
        facts_add_le(s->facts, op->exprs[0], j);
        facts_add_lt(s->facts, j, op->exprs[1]);
    }
    if (op->code == OP_IF)
        fold_add_facts(s->facts, s->module, op->operands[0], region == 0);
    if (op->code == OP_SWITCH) {
        if (region > 0)
            facts_add_lt(s->facts, op->exprs[region], op->exprs[0]);
        if (region + 1 < op->nexprs)
            facts_add_le(s->facts, op->exprs[0], op->exprs[region + 1]);
    }
    if (op->code == OP_TIER && region == 0) {
        const Expr *limit = expr_value(t, op->regions[0]->args[0]);
        facts_add_le(s->facts, op->exprs[0], limit);
        facts_add_le(s->facts, op->exprs[1], limit);
        facts_add_le(s->facts, limit, op->exprs[op->nexprs - 1]);
    }
}

static void rebuild_nested(Simplify *s, Builder *b, const Op *op) {
    Op *copy = rebuild_shell(s, b, op);
    for (int i = 0; i < op->nregions; i++) {
        int facts = facts_mark(s->facts), cse = cse_mark(s->cse);
        add_region_facts(s, copy, i);
        Builder inner = builder_at_end(s->module, copy->regions[i]);
        rebuild_region(s, &inner, op->regions[i]);
        facts_release(s->facts, facts);
        cse_release(s->cse, cse);
    }
}

/* Splices the ops of a region in place of the op that holds it; its yield gives the op's results. */
static void splice_region(Simplify *s, Builder *b, const Op *op, const Region *chosen) {
    for (const Op *inner = chosen->first; inner; inner = inner->next) {
        if (inner->code != OP_YIELD) {
            rebuild_one(s, b, inner);
            continue;
        }
        for (int i = 0; i < op->nresults; i++)
            clone_map_set(s->map, op->results[i], clone_map_operand(b, s->map, inner->operands[i]));
    }
}

static bool runs_once(Simplify *s, const Op *op) {
    const Expr *lo = clone_map_expr(s->map, op->exprs[0]), *hi = clone_map_expr(s->map, op->exprs[1]);
    int64_t step, trip;
    return expr_is_const(op->exprs[2], &step) && expr_is_const(expr_sub(s->module->exprs, hi, lo), &trip) &&
           trip >= 1 && trip <= step;
}

/* A loop whose body runs exactly once: the body, with the index bound. */
static void splice_loop(Simplify *s, Builder *b, const Op *op) {
    const Region *body = op->regions[0];
    clone_map_set_expr(s->map, body->args[0], clone_map_expr(s->map, op->exprs[0]));
    for (int i = 1; i < body->nargs; i++)
        clone_map_set(s->map, body->args[i], clone_map_operand(b, s->map, op->operands[i - 1]));
    splice_region(s, b, op, body);
}

static void rebuild_if(Simplify *s, Builder *b, const Op *op) {
    int known = fold_condition(s->facts, s->module, clone_map_operand(b, s->map, op->operands[0]));
    if (known >= 0)
        splice_region(s, b, op, op->regions[known ? 0 : 1]);
    else
        rebuild_nested(s, b, op);
}

static void rebuild_one(Simplify *s, Builder *b, const Op *op) {
    if (op->code == OP_IF)
        rebuild_if(s, b, op);
    else if (op->code == OP_LOOP && runs_once(s, op))
        splice_loop(s, b, op);
    else if (op->nregions > 0)
        rebuild_nested(s, b, op);
    else if (op->code == OP_CHECK)
        rebuild_check(s, b, op);
    else if (op->code == OP_ASSUME)
        rebuild_assume(s, b, op);
    else
        rebuild_plain(s, b, op);
}

static void rebuild_region(Simplify *s, Builder *b, const Region *from) {
    for (const Op *op = from->first; op; op = op->next)
        rebuild_one(s, b, op);
}

/* ---- dead code ------------------------------------------------------------------------------------------------- */

static void drop_use(UseCounts *uses, const Value *v) {
    int *slot = uses_slot(uses, v);
    if (slot)
        --*slot;
}

static bool drop_leaf(void *user, Value *v) {
    drop_use(user, v);
    return true;
}

static void drop_op(UseCounts *uses, Op *op) {
    for (int i = 0; i < op->noperands; i++)
        drop_use(uses, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], drop_leaf, uses);
    for (int i = 0; i < op->nresults; i++)
        for (int j = 0; j < op->results[i]->type->rank; j++)
            expr_each_value(op->results[i]->type->dims[j], drop_leaf, uses);
    op_unlink(op);
}

/* Backwards, so that the operands of a dropped op are seen after it. */
static void drop_dead(UseCounts *uses, Region *region) {
    for (Op *op = region->last, *prev; op; op = prev) {
        prev = op->prev;
        for (int i = 0; i < op->nregions; i++)
            drop_dead(uses, op->regions[i]);
        bool unused = op->nresults > 0;
        for (int i = 0; i < op->nresults; i++)
            unused &= uses_of(uses, op->results[i]) == 0;
        bool empty_loop = op->code == OP_LOOP && !op->regions[0]->first;
        if (empty_loop || (unused && op->nregions == 0 && removable(op)))
            drop_op(uses, op);
    }
}

void simplify_drop_dead(PassContext *ctx, Func *f) {
    UseCounts uses = uses_count(ctx->arena, f);
    drop_dead(&uses, f->body);
}

static void simplify_func(Module *m, PassContext *ctx, Func *f) {
    Simplify s = {m, ctx, clone_map_create(m), facts_create(ctx->arena, m->exprs), cse_create(ctx->arena)};
    Region *from = f->body, *to = ARENA_NEW(m->arena, Region);
    to->func = f;
    to->args = from->args;
    to->nargs = from->nargs;
    for (int i = 0; i < f->nindex_params; i++)
        facts_add_ge0(s.facts, expr_value(m->exprs, f->index_params[i].value));
    Builder b = builder_at_end(m, to);
    rebuild_region(&s, &b, from);
    f->body = to;
    for (int i = 0; i < to->nargs; i++)
        to->args[i]->region = to;
    simplify_drop_dead(ctx, f);
}

bool pass_simplify(Module *m, PassContext *ctx) {
    for (int i = 0; i < m->funcs.len; i++)
        simplify_func(m, ctx, m->funcs.data[i]);
    return true;
}

bool pass_tidy(Module *m, PassContext *ctx) { return pass_simplify(m, ctx); }
bool pass_clean(Module *m, PassContext *ctx) { return pass_simplify(m, ctx); }
