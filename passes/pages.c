/* pages - gives every callee the parts of the paged views that it is called with.
 *
 * Needs: tile stage. Keeps: results. Gives: no call has an operand that is a paged view, or a view of one.
 * A paged view is two memories, the cache and the block table, but a call passes one. Such a call goes to a clone of its callee that
 * takes the cache and the table, and makes the view itself: the ops between the cache and the operand move into the clone, and the
 * values that they name become index parameters of it. */
#include <string.h>

#include "ir/build.h"
#include "ir/walk.h"
#include "passes/pipeline.h"

/* What an operand was made of, from the paged op on. */
typedef VEC(const Op *) Chain;

typedef struct Pages {
    Module *module;
    Arena *arena;
    CloneMap *map; /* values of the callee and of the caller to those of the clone */
    Func *clone;
    const Op *call;
    VEC(Value *) leaves; /* the caller's values that became index parameters, in order */
} Pages;

/* ---- what is paged --------------------------------------------------------------------------------------------- */

static const Op *paged_op(const Value *v) {
    while (v->def && v->def->code == OP_VIEW)
        v = v->def->operands[0];
    return v->def && v->def->code == OP_PAGED ? v->def : NULL;
}

static bool call_is_paged(const Op *call) {
    for (int i = 0; i < call->noperands; i++)
        if (paged_op(call->operands[i]))
            return true;
    return false;
}

/* From the paged op to the operand. */
static Chain chain_of(Pages *p, const Value *v) {
    Chain chain = {NULL, 0, 0};
    for (; v->def && (v->def->code == OP_VIEW || v->def->code == OP_PAGED); v = v->def->operands[0]) {
        VEC_PUSH(p->arena, &chain, v->def);
        if (v->def->code == OP_PAGED)
            break;
    }
    for (int i = 0, k = chain.len - 1; i < k; i++, k--) {
        const Op *t = chain.data[i];
        chain.data[i] = chain.data[k];
        chain.data[k] = t;
    }
    return chain;
}

/* ---- parameters of the clone ----------------------------------------------------------------------------------- */

static bool add_leaf(void *user, Value *v) {
    Pages *p = user;
    for (int i = 0; i < p->leaves.len; i++)
        if (p->leaves.data[i] == v)
            return true;
    VEC_PUSH(p->arena, &p->leaves, v);
    clone_map_set(p->map, v, func_add_index_param(p->clone, v->name ? v->name : "n", false));
    return true;
}

static void add_type_leaves(Pages *p, const Type *type) {
    for (int d = 0; d < type->rank; d++)
        expr_each_value(type->dims[d], add_leaf, p);
}

static void add_chain_leaves(Pages *p, const Value *operand) {
    Chain chain = chain_of(p, operand);
    const Op *paged = chain.data[0];
    add_type_leaves(p, paged->operands[0]->type);
    add_type_leaves(p, paged->operands[1]->type);
    for (int i = 0; i < chain.len; i++) {
        for (int e = 0; e < chain.data[i]->nexprs; e++)
            expr_each_value(chain.data[i]->exprs[e], add_leaf, p);
        add_type_leaves(p, chain.data[i]->results[0]->type);
    }
}

static Value *add_view_param(Pages *p, const Value *of, const char *name, const char *part, ParamDir dir) {
    const Type *type = clone_map_type(p->map, of->type);
    type = type_get(p->module, TYPE_VIEW, type->elem, type->rank, type->dims, false);
    return func_add_param(p->clone, arena_printf(p->module->arena, "%s_%s", name ? name : "view", part), type, dir);
}

/* The cache and the table in place of the view; the ops of the chain then make it. */
static void add_paged_param(Pages *p, const Param *param, const Value *operand) {
    const Op *paged = paged_op(operand);
    const char *name = param->value->name;
    clone_map_set(p->map, paged->operands[0], add_view_param(p, paged->operands[0], name, "cache", param->dir));
    clone_map_set(p->map, paged->operands[1], add_view_param(p, paged->operands[1], name, "table", DIR_IN));
}

static void add_plain_param(Pages *p, const Param *param) {
    Value *v = func_add_param(p->clone, param->value->name, clone_map_type(p->map, param->value->type), param->dir);
    Param *made = &p->clone->params[p->clone->nparams - 1];
    *made = *param;
    made->value = v;
    clone_map_set(p->map, param->value, v);
}

/* ---- the clone ------------------------------------------------------------------------------------------------- */

static const char *clone_name(Pages *p, const Func *callee) {
    const char *name = arena_printf(p->module->arena, "%s__paged", callee->name);
    while (module_find(p->module, name))
        name = arena_printf(p->module->arena, "%s_", name);
    return str_intern(p->module->strings, name);
}

/* The view has the extents that the callee's parameter has: the caller has checked that. */
static void assume_extents(Pages *p, Builder *b, const Value *param, const Value *view) {
    ExprTable *t = p->module->exprs;
    const Expr *facts[2 * IR_MAX_RANK];
    int n = 0;
    for (int d = 0; d < param->type->rank; d++) {
        const Expr *want = clone_map_expr(p->map, param->type->dims[d]), *have = view->type->dims[d];
        if (want == have)
            continue;
        facts[n++] = expr_sub(t, have, want);
        facts[n++] = expr_sub(t, want, have);
    }
    if (n > 0)
        build_op(b, OP_ASSUME, NULL, 0, facts, n, NULL, 0, 0);
}

/* Two operands may be views of one cache: each has a chain of its own, and the map is set anew for it. */
static void make_views(Pages *p, const Func *callee) {
    Builder b = builder_at_end(p->module, p->clone->body);
    int param = 0;
    for (int i = 0; i < callee->nparams; i++, param++) {
        const Op *paged = paged_op(p->call->operands[i]);
        if (!paged)
            continue;
        clone_map_set(p->map, paged->operands[0], p->clone->params[param].value);
        clone_map_set(p->map, paged->operands[1], p->clone->params[param + 1].value);
        param++;
        Chain chain = chain_of(p, p->call->operands[i]);
        for (int k = 0; k < chain.len; k++)
            clone_op(&b, p->map, chain.data[k]);
        Value *view = clone_map_get(p->map, p->call->operands[i]);
        clone_map_set(p->map, callee->params[i].value, view);
        b.loc = callee->loc;
        assume_extents(p, &b, callee->params[i].value, view);
    }
    for (const Op *op = callee->body->first; op; op = op->next)
        clone_op(&b, p->map, op);
}

static void make_clone(Pages *p, const Func *callee) {
    p->map = clone_map_create(p->module);
    p->leaves.len = 0;
    p->clone = build_func(p->module, callee->kind, clone_name(p, callee), callee->loc);
    p->clone->origin = callee->origin;
    for (int i = 0; i < callee->nindex_params; i++) {
        const Param *param = &callee->index_params[i];
        clone_map_set(p->map, param->value, func_add_index_param(p->clone, param->value->name, param->is_const));
        p->clone->index_params[i].is_entries = param->is_entries;
    }
    for (int i = 0; i < callee->nparams; i++)
        if (paged_op(p->call->operands[i]))
            add_chain_leaves(p, p->call->operands[i]);
    for (int i = 0; i < callee->nparams; i++) {
        if (paged_op(p->call->operands[i]))
            add_paged_param(p, &callee->params[i], p->call->operands[i]);
        else
            add_plain_param(p, &callee->params[i]);
    }
    make_views(p, callee);
}

static void call_clone(Pages *p, Op *call) {
    const Func *callee = module_find(p->module, op_attr_str(call, ATTR_CALLEE));
    p->call = call;
    make_clone(p, callee);
    VEC(Value *) operands = {NULL, 0, 0};
    VEC(const Expr *) exprs = {NULL, 0, 0};
    for (int i = 0; i < call->noperands; i++) {
        const Op *paged = paged_op(call->operands[i]);
        VEC_PUSH(p->arena, &operands, paged ? paged->operands[0] : call->operands[i]);
        if (paged)
            VEC_PUSH(p->arena, &operands, paged->operands[1]);
    }
    for (int i = 0; i < call->nexprs; i++)
        VEC_PUSH(p->arena, &exprs, call->exprs[i]);
    for (int i = 0; i < p->leaves.len; i++)
        VEC_PUSH(p->arena, &exprs, expr_value(p->module->exprs, p->leaves.data[i]));
    Builder b = builder_before(p->module, call);
    b.loc = call->loc;
    Op *made = build_op(&b, OP_CALL, operands.data, operands.len, exprs.data, exprs.len, NULL, 0, 0);
    op_copy_attrs(p->module, made, call);
    op_set_str(p->module, made, ATTR_CALLEE, p->clone->name);
    op_unlink(call);
}

static void pages_region(Pages *p, Region *region) {
    for (Op *op = region->first, *next; op; op = next) {
        next = op->next;
        if (op->code == OP_CALL && call_is_paged(op))
            call_clone(p, op);
        for (int i = 0; i < op->nregions; i++)
            pages_region(p, op->regions[i]);
    }
}

bool pass_pages(Module *m, PassContext *ctx) {
    Pages p = {.module = m, .arena = ctx->arena};
    for (int i = 0; i < m->funcs.len; i++) /* clones of workloads come behind the others and have their turn */
        if (m->funcs.data[i]->kind == FUNC_WORKLOAD)
            pages_region(&p, m->funcs.data[i]->body);
    return true;
}
