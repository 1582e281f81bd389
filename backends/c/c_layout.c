/* Which functions are reachable, how often values are used, and where the elements of memory values are.
 *
 * A kernel's parameter is a pointer and strides. A stride that is the same constant at every call, or that always is what a
 * contiguous view would have, is written into the kernel; only the others become parameters. */
#include <assert.h>
#include <string.h>
#include "backends/c/c_internal.h"

static const Type made_up_type = {.kind = TYPE_TILE, .elem = ELEM_INDEX, .rank = 2};

CFuncInfo *c_func_info(CGen *gen, const Func *func) {
    return func->position < gen->nfuncs && gen->funcs[func->position].func == func ? &gen->funcs[func->position] : NULL;
}

static Value *made_up_value(CGen *gen, const char *name, int index) {
    assert(gen->nvals < gen->vals_cap);
    Value *v = ARENA_NEW(gen->keep, Value);
    v->type = &made_up_type;
    v->name = name;
    v->index = index;
    v->id = gen->nvals++;
    return v;
}

bool c_is_made_up(const Value *v) { return v->type == &made_up_type; }

/* ---- calls ---- */

typedef struct CWalk {
    CGen *gen;
    CFuncInfo *info;
    CFuncInfo **order; /* callees before their callers */
    int norder;
} CWalk;

static void visit(CWalk *walk, CFuncInfo *info);

static void visit_call(void *user, Op *op) {
    CWalk *walk = user;
    if (op->code != OP_CALL)
        return;
    const Func *callee = module_find(walk->gen->module, op_attr_str(op, ATTR_CALLEE));
    CFuncInfo *info = c_func_info(walk->gen, callee);
    VEC_PUSH(walk->gen->arena, &info->calls, op);
    CFuncInfo *caller = walk->info;
    visit(walk, info);
    walk->info = caller;
}

static void visit(CWalk *walk, CFuncInfo *info) {
    if (info->reachable)
        return;
    info->reachable = true;
    walk->info = info;
    walk_ops(info->func->body, visit_call, walk);
    walk->order[walk->norder++] = info;
}

/* ---- uses ---- */

static bool count_leaf(void *user, Value *value) {
    CGen *gen = user;
    c_val(gen, value)->expr_uses++;
    return true;
}

static const Op *island_around(const Op *op) {
    while (op && op->code != OP_ISLAND)
        op = op->parent->parent_op;
    return op;
}

/* An island is a function of its own: what it shares with the code around is reached through a pointer. */
static void note_sharing(CGen *gen, const Op *op, const Value *v) {
    bool state = v->type->kind == TYPE_ACC || v->type->kind == TYPE_BUFFER;
    if (!state || !v->def || island_around(op) == island_around(v->def))
        return;
    c_val(gen, v)->shared = true;
    if (c_mem(gen, v))
        c_mem(gen, v)->scalar = false;
}

static void count_op(void *user, Op *op) {
    CGen *gen = user;
    bool lanes = c_is_lane_op(op);
    for (int i = 0; i < op->noperands; i++) {
        CVal *val = c_val(gen, op->operands[i]);
        val->operand_uses++;
        val->lane_uses += lanes;
        val->user = op;
        note_sharing(gen, op, op->operands[i]);
    }
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], count_leaf, gen);
    for (int i = 0; i < op->nresults; i++) {
        const Type *type = op->results[i]->type;
        for (int d = 0; d < type->rank; d++)
            expr_each_value(type->dims[d], count_leaf, gen);
    }
}

/* ---- strides ---- */

static const Expr *contiguous_stride(CGen *gen, const Type *type, int dim) {
    const Expr *e = expr_const(gen->exprs, 1);
    for (int d = dim + 1; d < type->rank; d++)
        e = expr_mul(gen->exprs, e, type->dims[d]);
    return e;
}

CMem *c_mem_contiguous(CGen *gen, Value *v, const Type *type) {
    CMem *mem = ARENA_NEW(gen->arena, CMem);
    mem->base = v;
    mem->offset = expr_const(gen->exprs, 0);
    mem->elem = type->elem;
    mem->rank = type->rank;
    for (int d = 0; d < type->rank; d++)
        mem->strides[d] = contiguous_stride(gen, type, d);
    return mem;
}

typedef struct CBinding {
    const Func *callee;
    const Op *call;
} CBinding;

static const Expr *bound_expr(void *user, Value *value) {
    const CBinding *b = user;
    for (int i = 0; i < b->callee->nindex_params; i++) {
        if (b->callee->index_params[i].value == value)
            return b->call->exprs[i];
    }
    return NULL;
}

static const Expr *param_stride(CGen *gen, CFuncInfo *info, int param, int dim) {
    const Value *v = info->func->params[param].value;
    if (expr_equals_const(v->type->dims[dim], 1))
        return expr_const(gen->exprs, 0);
    const Expr *contiguous = contiguous_stride(gen, v->type, dim), *common = NULL;
    bool all_contiguous = !info->func->exported, all_constant = !info->func->exported;
    for (int i = 0; i < info->calls.len; i++) {
        const Op *call = info->calls.data[i];
        const Expr *stride = c_mem(gen, call->operands[param])->strides[dim];
        CBinding binding = {info->func, call};
        all_contiguous &= stride == expr_substitute(gen->exprs, contiguous, bound_expr, &binding);
        all_constant &= expr_is_const(stride, NULL) && (!common || common == stride);
        common = stride;
    }
    if (all_constant && common)
        return common;
    if (all_contiguous)
        return contiguous;
    const char *name = arena_printf(gen->keep, "%s_stride%d", v->name ? v->name : "view", dim);
    Value *made_up = made_up_value(gen, name, param * IR_MAX_RANK + dim);
    VEC_PUSH(gen->keep, &info->stride_values, made_up);
    return expr_value(gen->exprs, made_up);
}

static void layout_param(CGen *gen, CFuncInfo *info, int param) {
    Value *v = info->func->params[param].value;
    if (!type_is_memory(v->type))
        return;
    CMem *mem = c_mem_contiguous(gen, v, v->type);
    if (info->func->exported)
        mem->root = v;
    if (v->type->kind == TYPE_VIEW || v->type->strided) {
        for (int d = 0; d < mem->rank; d++)
            mem->strides[d] = param_stride(gen, info, param, d);
    }
    c_val(gen, v)->mem = mem;
}

static void layout_scratch(CGen *gen, const Op *op) {
    Value *v = op->results[0];
    int64_t count = 0;
    CMem *mem = c_mem_contiguous(gen, v, v->type);
    mem->root = v;
    mem->carried = op->code == OP_BUFFER;
    mem->scalar = op->code == OP_BUFFER && c_const_count(v->type, &count) && count == 1;
    c_val(gen, v)->mem = mem;
}

static void layout_op(void *user, Op *op) {
    CGen *gen = user;
    switch ((int)op->code) { /* only the ops that make memory values */
    case OP_VIEW:
    case OP_RESHAPE_VIEW: c_val(gen, op->results[0])->mem = c_mem_view(gen, op); break;
    case OP_TEMP:
    case OP_BUFFER: layout_scratch(gen, op); break;
    case OP_PRINT: /* what prints reads elements as memory has them */
        if (c_mem(gen, op->operands[0]))
            c_mem(gen, c_mem(gen, op->operands[0])->base)->carried = false;
        break;
    default: break;
    }
}

/* ---- aliasing ---- */

/* Could the two parameters be the same view? Only then may they overlap when one of them is written. */
static bool may_be_same_view(CGen *gen, const CFuncInfo *info, int p, int q) {
    const Type *a = info->func->params[p].value->type, *b = info->func->params[q].value->type;
    if (a->elem != b->elem || a->rank != b->rank)
        return false;
    for (int d = 0; d < a->rank; d++) {
        if (a->dims[d] != b->dims[d] && expr_is_const(a->dims[d], NULL) && expr_is_const(b->dims[d], NULL))
            return false;
    }
    for (int i = 0; i < info->calls.len; i++) {
        const Op *call = info->calls.data[i];
        const Value *x = c_mem(gen, call->operands[p])->root, *y = c_mem(gen, call->operands[q])->root;
        if (!x || !y || x == y)
            return true;
    }
    return false;
}

static void decide_restrict(CGen *gen, CFuncInfo *info) {
    const Func *f = info->func;
    info->param_restrict = ARENA_ARRAY(gen->arena, bool, f->nparams + 1);
    for (int p = 0; p < f->nparams; p++) {
        bool alone = f->kind == FUNC_KERNEL && type_is_memory(f->params[p].value->type);
        for (int q = 0; alone && q < f->nparams; q++) {
            bool written = f->params[p].dir != DIR_IN || f->params[q].dir != DIR_IN;
            if (q != p && written && type_is_memory(f->params[q].value->type))
                alone = !may_be_same_view(gen, info, p, q);
        }
        info->param_restrict[p] = alone;
    }
}

/* ---- all of it ---- */

static void layout_func(CGen *gen, CFuncInfo *info) {
    for (int p = 0; p < info->func->nparams; p++)
        layout_param(gen, info, p);
    walk_ops(info->func->body, layout_op, gen);
    walk_ops(info->func->body, count_op, gen);
    decide_restrict(gen, info);
}

/* Leaves gen->order with callees first. */
void c_layout(CGen *gen) {
    CWalk walk = {.gen = gen, .order = ARENA_ARRAY(gen->arena, CFuncInfo *, gen->nfuncs + 1)};
    for (int i = 0; i < gen->nfuncs; i++) {
        if (gen->funcs[i].func->exported)
            visit(&walk, &gen->funcs[i]);
    }
    for (int i = walk.norder - 1; i >= 0; i--)
        layout_func(gen, walk.order[i]);
    gen->order = walk.order;
    gen->norder = walk.norder;
}
