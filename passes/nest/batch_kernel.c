/* batch_kernel.c - the kernel that does all positions of a batch: the callee's body in a row loop.
 *
 * Arguments that move get one more dimension, or a longer one, and each access adds the row's share to its index. An extent that
 * moves is the longest one in types (memory may be larger than a row needs) and the row's own one in loops. */
#include "passes/nest/batch.h"

typedef struct RowsKernel {
    Batch *b;
    Func *func;
    Value **params;   /* new, by the callee's number */
    Value **symbols;  /* likewise its index parameters */
    Value **firsts;   /* of symbols that move: their value at the first position */
    const Expr **own; /* and at the row */
    const Expr *rows, *r;
    Region *region; /* of the row loop */
    bool ok;
} RowsKernel;

static ExprTable *exprs_of(const RowsKernel *k) { return k->b->module->exprs; }

/* coef * (n - 1) + len */
static const Expr *dim_extent(ExprTable *t, const BatchDim *d, const Expr *n) {
    return expr_add_const(t, expr_mul_const(t, expr_add_const(t, n, -1), d->coef), d->len);
}

static const char *kernel_name(const Batch *b) {
    const char *base = b->callee->origin ? b->callee->origin : b->callee->name;
    const char *name = arena_printf(b->module->arena, "%s__rows", base);
    while (module_find(b->module, name))
        name = arena_printf(b->module->arena, "%s_", name);
    return name;
}

static void add_index_params(RowsKernel *k, CloneMap *map) {
    const Func *f = k->b->callee;
    for (int i = 0; i < f->nindex_params; i++) {
        k->symbols[i] = func_add_index_param(k->func, f->index_params[i].value->name, false);
        clone_map_set(map, f->index_params[i].value, k->symbols[i]);
    }
    k->rows = expr_value(exprs_of(k), func_add_index_param(k->func, "rows", false));
}

static const Type *param_type(RowsKernel *k, CloneMap *map, const BatchArg *a, const Type *old) {
    const Expr *dims[IR_MAX_RANK];
    int from = 0;
    if (!a->moves)
        return clone_map_type(map, old);
    for (int i = 0; i < a->rank; i++) {
        const Expr *dim = a->dims[i].inserted ? NULL : clone_map_expr(map, old->dims[from++]);
        dims[i] = a->dims[i].coef > 0 ? dim_extent(exprs_of(k), &a->dims[i], k->rows) : dim;
    }
    return type_get(k->b->module, old->kind, old->elem, a->rank, dims, old->strided);
}

static void add_params(RowsKernel *k, CloneMap *map) {
    const Func *f = k->b->callee;
    for (int i = 0; i < f->nparams; i++) {
        const Param *p = &f->params[i];
        k->params[i] =
            func_add_param(k->func, p->value->name, param_type(k, map, &k->b->args[i], p->value->type), p->dir);
        if (!k->b->args[i].scalar)
            clone_map_set(map, p->value, k->params[i]);
    }
    for (int i = 0; i < f->nindex_params; i++)
        if (k->b->symbols[i].moves) {
            const char *name = arena_printf(k->b->module->arena, "%s_first", f->index_params[i].value->name);
            k->firsts[i] = func_add_param(k->func, name, type_index(k->b->module), DIR_NONE);
        }
}

/* ---- facts --------------------------------------------------------------------------------------------------------- */

/* Does e >= 0 for every position follow for the longest? Only upper bounds of extents that move do. */
static bool holds_for_longest(RowsKernel *k, const Expr *e) {
    const Func *f = k->b->callee;
    for (int i = 0; i < f->nindex_params; i++) {
        const Expr *coef, *rest;
        int64_t c;
        const Value *symbol = f->index_params[i].value;
        if (!k->b->symbols[i].moves || !expr_uses(e, symbol))
            continue;
        if (!expr_split_affine(exprs_of(k), e, symbol, &coef, &rest) || !expr_is_const(coef, &c) || c > 0)
            return false;
    }
    for (int i = 0; i < f->nparams; i++)
        if (k->b->args[i].scalar && expr_uses(e, f->params[i].value))
            return false;
    return true;
}

static void add_assumes(RowsKernel *k, CloneMap *map, Builder *b) {
    ExprTable *t = exprs_of(k);
    VEC(const Expr *) facts = {0};
    for (const Op *op = k->b->callee->body->first; op; op = op->next)
        for (int i = 0; op->code == OP_ASSUME && i < op->nexprs; i++)
            if (holds_for_longest(k, op->exprs[i]))
                VEC_PUSH(k->b->arena, &facts, clone_map_expr(map, op->exprs[i]));
    VEC_PUSH(k->b->arena, &facts, expr_add_const(t, k->rows, -1));
    VEC_PUSH(k->b->arena, &facts, expr_sub(t, expr_const(t, k->b->size), k->rows));
    for (int i = 0; i < k->b->callee->nindex_params; i++) {
        const BatchSymbol *s = &k->b->symbols[i];
        if (!s->moves)
            continue;
        const Expr *last = expr_value(t, k->firsts[i]);
        if (s->coef > 0)
            last = expr_add(t, last, expr_mul_const(t, expr_add_const(t, k->rows, -1), s->coef));
        VEC_PUSH(k->b->arena, &facts, expr_sub(t, expr_value(t, k->symbols[i]), last));
    }
    build_op(b, OP_ASSUME, NULL, 0, facts.data, facts.len, NULL, 0, 0);
}

/* ---- accesses ------------------------------------------------------------------------------------------------------ */

static int moving_param(const RowsKernel *k, const Value *v) {
    for (int i = 0; i < k->b->callee->nparams; i++)
        if (k->params[i] == v && k->b->args[i].moves)
            return i;
    return -1;
}

static void shift_element(RowsKernel *k, Op *op, const BatchArg *a) {
    const Expr **exprs = ARENA_ARRAY(k->b->module->arena, const Expr *, a->rank + 1);
    int from = 0;
    for (int i = 0; i < a->rank; i++) {
        const Expr *share = expr_mul_const(exprs_of(k), k->r, a->dims[i].coef);
        exprs[i] = a->dims[i].inserted ? share : expr_add(exprs_of(k), op->exprs[from++], share);
    }
    op->exprs = exprs;
    op->nexprs = a->rank;
}

/* A view of a parameter that moves: inserted dimensions become indices, others must not move. */
static void shift_view(RowsKernel *k, Op *op, const BatchArg *a) {
    const Expr **exprs = ARENA_ARRAY(k->b->module->arena, const Expr *, op->nexprs + a->rank + 1);
    SelKind sels[IR_MAX_RANK];
    int n = 0, from_expr = 0, from_sel = 0;
    for (int i = 0; i < a->rank; i++) {
        if (a->dims[i].inserted) {
            sels[i] = SEL_INDEX;
            exprs[n++] = expr_mul_const(exprs_of(k), k->r, a->dims[i].coef);
            continue;
        }
        k->ok = k->ok && a->dims[i].coef == 0;
        sels[i] = op->sels[from_sel++];
        for (int e = sels[i] == SEL_FULL ? 0 : sels[i] == SEL_INDEX ? 1 : 2; e > 0; e--)
            exprs[n++] = op->exprs[from_expr++];
    }
    for (int i = 0; i < a->rank; i++)
        op->sels[i] = sels[i];
    op->nsels = a->rank;
    op->exprs = exprs;
    op->nexprs = n;
}

static bool type_moves(const RowsKernel *k, const Type *t) {
    for (int i = 0; i < k->b->callee->nindex_params; i++)
        for (int d = 0; k->b->symbols[i].moves && d < t->rank; d++)
            if (expr_uses(t->dims[d], k->symbols[i]))
                return true;
    return false;
}

static void fix_access(RowsKernel *k, Op *op) {
    for (int i = 0; i < op->noperands; i++) {
        int p = moving_param(k, op->operands[i]);
        bool element = op->code == OP_GET || op->code == OP_PUT;
        if (p < 0)
            continue;
        if (i == 0 && element)
            shift_element(k, op, &k->b->args[p]);
        else if (i == 0 && op->code == OP_VIEW)
            shift_view(k, op, &k->b->args[p]);
        else
            k->ok = false;
    }
    bool ranged = op_attr_bool(op, ATTR_FILL_VIEW) || op_attr_bool(op, ATTR_GUARDED);
    bool made = op->code != OP_BUFFER && op->code != OP_ACC;
    if (ranged && type_moves(k, op->operands[0]->type))
        k->ok = false;
    for (int i = 0; i < op->nresults && made; i++)
        k->ok = k->ok && !type_moves(k, op->results[i]->type);
}

/* Extents that move, in bounds and places: the row's own. */
static void fix_symbols(RowsKernel *k, Op *op) {
    for (int s = 0; s < k->b->callee->nindex_params; s++) {
        if (!k->b->symbols[s].moves)
            continue;
        for (int i = 0; i < op->nexprs; i++)
            op->exprs[i] = expr_replace(exprs_of(k), op->exprs[i], k->symbols[s], k->own[s]);
        for (int i = 0; i < op->noperands; i++) {
            if (op->operands[i] != k->symbols[s])
                continue;
            Builder b = builder_before(k->b->module, op);
            op_set_operand(op, i, build_index(&b, k->own[s]));
        }
    }
}

static void fix_op(void *user, Op *op) {
    fix_access(user, op);
    fix_symbols(user, op);
}

/* ---- the kernel ---------------------------------------------------------------------------------------------------- */

static void set_row_values(RowsKernel *k, CloneMap *map) {
    ExprTable *t = exprs_of(k);
    for (int i = 0; i < k->b->callee->nindex_params; i++) {
        const BatchSymbol *s = &k->b->symbols[i];
        if (!s->moves)
            continue;
        k->own[i] = expr_add(t, expr_value(t, k->firsts[i]), expr_mul_const(t, k->r, s->coef));
        if (s->has_least)
            k->own[i] = expr_max(t, expr_const(t, s->least), k->own[i]);
    }
    for (int i = 0; i < k->b->callee->nparams; i++) {
        const BatchArg *a = &k->b->args[i];
        if (a->scalar)
            clone_map_set_expr(map, k->b->callee->params[i].value,
                               expr_add(t, expr_value(t, k->params[i]), expr_mul_const(t, k->r, a->scalar_coef)));
    }
}

static void fill_body(RowsKernel *k, CloneMap *map) {
    Module *m = k->b->module;
    Builder b = builder_at_end(m, k->func->body);
    b.loc = k->func->loc;
    add_assumes(k, map, &b);
    const char *name = loop_index(k->b->axis)->name;
    Op *loop = loop_build(&b, expr_const(m->exprs, 0), k->rows, expr_const(m->exprs, 1), "row", name ? name : "r");
    k->region = loop->regions[0];
    k->r = expr_value(m->exprs, loop_index(loop));
    set_row_values(k, map);
    Builder inner = builder_at_end(m, k->region);
    for (const Op *op = k->b->callee->body->first; op; op = op->next)
        if (op->code != OP_ASSUME)
            clone_op(&inner, map, op);
    walk_ops(k->region, fix_op, k);
}

/* Views that may be one another's memory: then rows could meet. */
static bool params_may_meet(const Batch *b) {
    const Func *f = b->callee;
    for (int i = 0; i < f->nparams; i++)
        for (int j = 0; j < f->nparams; j++) {
            bool written = f->params[i].dir == DIR_OUT || f->params[i].dir == DIR_INOUT;
            if (i != j && written && type_is_memory(f->params[j].value->type) &&
                alias_may_overlap(b->alias, f, f->params[i].value, f->params[j].value))
                return true;
        }
    return false;
}

Func *batch_kernel_build(Batch *b) {
    Module *m = b->module;
    int n = b->callee->nindex_params, p = b->callee->nparams;
    if (params_may_meet(b)) {
        b->why = "its views may overlap";
        return NULL;
    }
    RowsKernel k = {.b = b, .ok = true};
    k.params = ARENA_ARRAY(b->arena, Value *, p + 1);
    k.symbols = ARENA_ARRAY(b->arena, Value *, n + 1);
    k.firsts = ARENA_ARRAY(b->arena, Value *, n + 1);
    k.own = ARENA_ARRAY(b->arena, const Expr *, n + 1);
    k.func = build_func(m, FUNC_KERNEL, kernel_name(b), b->callee->loc);
    k.func->origin = b->callee->origin ? b->callee->origin : b->callee->name;
    CloneMap *map = clone_map_create(m);
    add_index_params(&k, map);
    add_params(&k, map);
    fill_body(&k, map);
    Nest nest = nest_open(m, b->ctx, b->alias, k.func);
    Op *loop = k.region->parent_op;
    if (!k.ok)
        b->why = "its kernel looks at extents that move with it";
    else if (!rows_pay(&nest, loop))
        b->why = "nothing that its positions share would be read less often, or they are not independent";
    else
        return k.func;
    bool *keep = ARENA_ARRAY(b->arena, bool, m->funcs.len + 1);
    for (int i = 0; i + 1 < m->funcs.len; i++)
        keep[i] = true;
    module_keep_funcs(m, keep);
    return NULL;
}
