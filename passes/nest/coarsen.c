/* coarsen - gives blocked parallel axes larger blocks, so that what the blocks share is read and packed less often.
 *
 * Needs: block stage, before `batch`. Keeps: results, the report's counts of tasks. LOWERING.md section 1.2.
 *     parallel i :+ m in 0 .. M step 64 { call product a[i :+ m, :], b, c[i :+ m, :] [m, ..] }
 * may step by 128, 192 or 256 as well when the kernel treats its m rows one by one: every loop to m has independent iterations, and
 * memory with an extent m is indexed by such a loop's index there. At least TASKS_LEFT tasks remain. The kernel gets a copy that
 * assumes larger blocks. */
#include <string.h>

#include "passes/nest/nest.h"
#include "passes/simplify/simplify.h"

enum { BLOCK_MOST = 256, TASKS_LEFT = 8, ROWS_EVEN = 48 };

typedef struct Coarsen {
    Module *module;
    PassContext *ctx;
    Arena *arena;
    const AliasTable *alias;
    Op *axis; /* parallel, step > 1 */
    int64_t step;
    const Expr *extent; /* of a block: min(hi - i, step) */
    Region *body;
    Op *call;
    Func *callee;
    const Value *symbol; /* of the callee, that is the extent */
} Coarsen;

/* ---- expressions --------------------------------------------------------------------------------------------------- */

typedef struct Replacement {
    ExprTable *table;
    const Expr *from, *to; /* the atom `from` */
} Replacement;

static const Expr *replace_atom(void *user, const Expr *e) {
    const Replacement *s = user;
    return e == s->from ? s->to : expr_rebuild(s->table, e, replace_atom, user);
}

static const Value *axis_index(const Coarsen *c) { return loop_index(c->axis); }

/* ---- the workload's side ------------------------------------------------------------------------------------------- */

/* The axis stands in blocks i + .. :+ extent only. */
static bool view_fits(const Coarsen *c, const Op *v) {
    ExprTable *t = c->module->exprs;
    const Expr *const *e = v->exprs;
    for (int i = 0; i < v->nsels; i++) {
        int count = v->sels[i] == SEL_FULL ? 0 : v->sels[i] == SEL_INDEX ? 1 : 2;
        bool uses = (count > 0 && expr_uses(e[0], axis_index(c))) || (count > 1 && expr_uses(e[1], axis_index(c)));
        const Expr *coef, *rest;
        if (uses && (v->sels[i] != SEL_BLOCK || e[1] != c->extent ||
                     !expr_split_affine(t, e[0], axis_index(c), &coef, &rest) || !expr_equals_const(coef, 1)))
            return false;
        e += count;
    }
    return true;
}

static bool op_uses_axis(const Coarsen *c, const Op *op) {
    for (int i = 0; i < op->nexprs; i++)
        if (expr_uses(op->exprs[i], axis_index(c)))
            return true;
    for (int i = 0; i < op->noperands; i++)
        if (op->operands[i] == axis_index(c))
            return true;
    return false;
}

static bool find_body(Coarsen *c) {
    c->body = c->axis->regions[0];
    while (c->body->first && c->body->first->code == OP_PARALLEL && c->body->first == c->body->last) {
        if (op_uses_axis(c, c->body->first))
            return false;
        c->body = c->body->first->regions[0];
    }
    for (Op *op = c->body->first; op; op = op->next) {
        if (op->code == OP_CALL && !op->next)
            c->call = op;
        else if (op->code == OP_VIEW ? !view_fits(c, op) : op->code != OP_TALLY && op_uses_axis(c, op))
            return false;
        else if (op->nregions > 0 || op_writes_state(op) || op->code == OP_CALL || op->code == OP_TEMP)
            return false;
    }
    return c->call != NULL;
}

static bool find_symbol(Coarsen *c) {
    for (int i = 0; i < c->call->noperands; i++)
        if (c->call->operands[i] == axis_index(c))
            return false;
    for (int i = 0; i < c->call->nexprs; i++) {
        const Expr *e = c->call->exprs[i];
        if (!expr_uses(e, axis_index(c)))
            continue;
        if (e != c->extent || c->symbol)
            return false;
        c->symbol = c->callee->index_params[i].value;
    }
    return c->symbol != NULL;
}

/* ---- the kernel's side --------------------------------------------------------------------------------------------- */

typedef struct RowCheck {
    const Coarsen *c;
    Nest *nest;
    bool ok, contracts;
} RowCheck;

static bool is_extent(const RowCheck *s, const Expr *e) { return e->kind == EXPR_VALUE && e->value == s->c->symbol; }

static bool is_row_loop(const RowCheck *s, const Op *op) {
    return op && op->code == OP_LOOP && is_extent(s, op->exprs[1]) && expr_equals_const(op->exprs[0], 0) &&
           loop_has_unit_step(op);
}

static bool is_row_index(const RowCheck *s, const Expr *e) {
    return e->kind == EXPR_VALUE && !e->value->def && e->value->region && is_row_loop(s, e->value->region->parent_op);
}

static bool inside_row_loop(const RowCheck *s, const Op *op) {
    for (op = op->parent->parent_op; op; op = op->parent->parent_op)
        if (is_row_loop(s, op))
            return true;
    return false;
}

static bool has_extent(const RowCheck *s, const Type *t) {
    for (int d = 0; d < t->rank; d++)
        if (expr_uses(t->dims[d], s->c->symbol))
            return true;
    return false;
}

/* Elements of memory with rows are those of the row. */
static bool element_fits(const RowCheck *s, const Op *op) {
    const Type *t = op->operands[0]->type;
    for (int d = 0; d < t->rank; d++) {
        if (expr_uses(t->dims[d], s->c->symbol) && !(is_extent(s, t->dims[d]) && is_row_index(s, op->exprs[d])))
            return false;
        if (expr_uses(op->exprs[d], s->c->symbol))
            return false;
    }
    return true;
}

static bool view_keeps_rows(const RowCheck *s, const Op *op) {
    const Type *t = op->operands[0]->type;
    for (int i = 0; i < op->nexprs; i++)
        if (expr_uses(op->exprs[i], s->c->symbol))
            return false;
    for (int d = 0; d < t->rank; d++)
        if (expr_uses(t->dims[d], s->c->symbol) && (!is_extent(s, t->dims[d]) || op->sels[d] != SEL_FULL))
            return false;
    return true;
}

/* Memory of outside without rows is only read. */
static bool is_written_whole(const RowCheck *s, const Op *op) {
    const Value *root = alias_root(op->operands[0]);
    return op_writes_state(op) && !root->def && !has_extent(s, root->type);
}

static void check_rows(void *user, Op *op) {
    RowCheck *s = user;
    bool element = op->code == OP_GET || op->code == OP_PUT || op->code == OP_STEP || op->code == OP_FIN;
    s->contracts |= op->code == OP_STEP && op_attr_is(op->operands[0]->def, ATTR_MONOID, "fma.seq");
    if (op->code == OP_ASSUME || !s->ok)
        return;
    if (op_code_has(op->code, EFFECT) || (op->noperands > 0 && is_written_whole(s, op)))
        s->ok = false;
    else if (is_row_loop(s, op))
        s->ok = !inside_row_loop(s, op) && loop_is_independent(s->nest, op);
    else if (element)
        s->ok = element_fits(s, op);
    else if (op->code == OP_VIEW)
        s->ok = view_keeps_rows(s, op);
    else if (op->code != OP_BUFFER && op->code != OP_ACC) {
        for (int i = 0; i < op->nexprs; i++)
            s->ok = s->ok && !expr_uses(op->exprs[i], s->c->symbol);
        for (int i = 0; i < op->noperands; i++)
            s->ok = s->ok && op->operands[i] != s->c->symbol && !has_extent(s, op->operands[i]->type);
    }
}

static bool rows_are_apart(Coarsen *c) {
    Nest n = nest_open(c->module, c->ctx, c->alias, c->callee);
    RowCheck s = {c, &n, true, false};
    bool shared = false;
    for (int i = 0; i < c->callee->nparams; i++) {
        const Type *t = c->callee->params[i].value->type;
        for (int d = 0; d < t->rank; d++)
            s.ok = s.ok && (!expr_uses(t->dims[d], c->symbol) || is_extent(&s, t->dims[d]));
        shared |= type_is_memory(t) && t->rank >= 2 && !has_extent(&s, t);
    }
    walk_ops(c->callee->body, check_rows, &s);
    return s.ok && s.contracts && shared;
}

/* ---- the change ---------------------------------------------------------------------------------------------------- */

/* The largest block; one that register blocks divide, if there is one. */
static int64_t factor_most(const Coarsen *c) {
    int64_t most = BLOCK_MOST / c->step, even = most;
    while (even > 1 && even * c->step % ROWS_EVEN != 0)
        even--;
    return even > 1 ? even : most;
}

/* How many blocks become one. */
static const Expr *factor(Coarsen *c) {
    ExprTable *t = c->module->exprs;
    const Expr *tasks = expr_const(t, 1);
    const Op *op = c->body->parent_op;
    for (; op; op = op->parent->parent_op)
        if (op->code == OP_PARALLEL)
            tasks = expr_mul(t, tasks, expr_cdiv(t, expr_sub(t, op->exprs[1], op->exprs[0]), op->exprs[2]));
    const Expr *share = expr_max(t, expr_const(t, 1), expr_div(t, tasks, expr_const(t, TASKS_LEFT)));
    return expr_min(t, expr_const(t, factor_most(c)), share);
}

static void replace_extent(void *user, Op *op) {
    Module *m = op->parent->func->module;
    for (int i = 0; i < op->nexprs; i++)
        op->exprs[i] = replace_atom(user, op->exprs[i]);
    for (int r = 0; r < op->nresults; r++) {
        const Type *t = op->results[r]->type;
        const Expr *dims[IR_MAX_RANK];
        for (int d = 0; d < t->rank; d++)
            dims[d] = replace_atom(user, t->dims[d]);
        op->results[r]->type = type_get(m, t->kind, t->elem, t->rank, dims, t->strided);
    }
}

static void multiply_tally(Coarsen *c, const Expr *blocks) {
    ExprTable *t = c->module->exprs;
    for (Op *op = c->body->first; op; op = op->next)
        if (op->code == OP_TALLY) {
            op->exprs[0] = expr_mul(t, op->exprs[0], blocks);
            return;
        }
    Builder b = builder_before(c->module, c->call);
    Op *op = build_op(&b, OP_TALLY, NULL, 0, &blocks, 1, NULL, 0, 0);
    op_set_str(c->module, op, ATTR_CALLEE, c->callee->origin ? c->callee->origin : c->callee->name);
    const Attr *tier = op_attr(c->call, ATTR_TIER);
    if (tier)
        op_set_int(c->module, op, ATTR_TIER, tier->i);
    op_set_bool(c->module, c->call, ATTR_UNCOUNTED, true);
}

/* Nothing is assumed of the extent but the new limit. */
static void relax_assumes(Coarsen *c, Func *f, const Value *symbol) {
    ExprTable *t = c->module->exprs;
    for (Op *op = f->body->first, *next; op; op = next) {
        int n = 0;
        next = op->next;
        if (op->code != OP_ASSUME)
            continue;
        for (int i = 0; i < op->nexprs; i++)
            if (!expr_uses(op->exprs[i], symbol))
                op->exprs[n++] = op->exprs[i];
        op->nexprs = n;
        if (n == 0)
            op_unlink(op);
    }
    Builder b = f->body->first ? builder_before(c->module, f->body->first) : builder_at_end(c->module, f->body);
    b.loc = f->loc;
    const Expr *limit = expr_const(t, factor_most(c) * c->step);
    const Expr *fact = expr_sub(t, limit, expr_value(t, (Value *)(uintptr_t)symbol));
    build_op(&b, OP_ASSUME, NULL, 0, &fact, 1, NULL, 0, 0);
}

static void use_wide_kernel(Coarsen *c) {
    const char *base = c->callee->origin ? c->callee->origin : c->callee->name;
    const char *name = arena_printf(c->module->arena, "%s__wide", base);
    while (module_find(c->module, name))
        name = arena_printf(c->module->arena, "%s_", name);
    CloneMap *map = clone_map_create(c->module);
    Func *f = clone_func(c->module, c->callee, name, map);
    f->exported = false;
    relax_assumes(c, f, clone_map_get(map, (Value *)(uintptr_t)c->symbol));
    op_set_str(c->module, c->call, ATTR_CALLEE, f->name);
}

static void coarsen(Coarsen *c) {
    ExprTable *t = c->module->exprs;
    const Expr *i = expr_value(t, loop_index(c->axis)), *left = expr_sub(t, c->axis->exprs[1], i);
    const Expr *step = nest_name_scalar(c->module, c->axis, expr_mul_const(t, factor(c), c->step), "block");
    const Expr *extent = expr_min(t, left, step);
    Replacement s = {c->module->exprs, c->extent, extent};
    nest_note(c->ctx, "coarsen", c->body->func, c->axis, "blocks of %lld become up to %lld where %d tasks remain",
              (long long)c->step, (long long)factor_most(c) * (long long)c->step, TASKS_LEFT);
    use_wide_kernel(c);
    walk_ops(c->axis->regions[0], replace_extent, &s);
    multiply_tally(c, expr_cdiv(t, extent, expr_const(t, c->step)));
    c->axis->exprs[2] = step;
}

/* What the pass goes on with; the alias table is of the module as it was when the last axis was changed. */
typedef struct CoarsenPass {
    Module *module;
    PassContext *ctx;
    const AliasTable *alias; /* NULL: to be computed */
    bool done;
} CoarsenPass;

static void coarsen_axis(CoarsenPass *p, Op *axis) {
    Coarsen c = {.module = p->module, .ctx = p->ctx, .arena = p->ctx->arena, .axis = axis};
    ExprTable *t = p->module->exprs;
    if (!expr_is_const(axis->exprs[2], &c.step) || c.step < 2 || factor_most(&c) < 2)
        return;
    const Expr *left = expr_sub(t, axis->exprs[1], expr_value(t, loop_index(axis)));
    c.extent = expr_min(t, left, expr_const(t, c.step));
    if (!find_body(&c))
        return;
    c.callee = module_find(p->module, op_attr_str(c.call, ATTR_CALLEE));
    if (!p->alias)
        p->alias = alias_compute(p->ctx->arena, p->module);
    c.alias = p->alias;
    if (c.callee->kind != FUNC_KERNEL || !find_symbol(&c) || !rows_are_apart(&c))
        return;
    coarsen(&c);
    p->alias = NULL;
    p->done = true;
}

static void coarsen_region(CoarsenPass *p, const Func *f, Region *region) {
    for (Op *op = region->first; op; op = op->next) {
        if (op->code == OP_PARALLEL && !nest_is_key(f, op))
            coarsen_axis(p, op);
        for (int i = 0; i < op->nregions; i++)
            coarsen_region(p, f, op->regions[i]);
    }
}

bool pass_coarsen(Module *m, PassContext *ctx) {
    CoarsenPass p = {m, ctx, NULL, false};
    int n = m->funcs.len;
    for (int i = 0; i < n; i++)
        if (m->funcs.data[i]->kind == FUNC_WORKLOAD)
            coarsen_region(&p, m->funcs.data[i], m->funcs.data[i]->body);
    if (p.done)
        nest_drop_uncalled(ctx->arena, m);
    return true;
}
