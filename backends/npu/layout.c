#include "backends/npu/layout.h"

#include <assert.h>
#include <string.h>

#include "ir/walk.h"

NpuFunc *npu_func(const NpuLayouts *l, const Func *func) {
    for (int i = 0; i < l->nfuncs; i++) {
        if (l->funcs[i].func == func)
            return &l->funcs[i];
    }
    return NULL;
}

/* ---- calls ----------------------------------------------------------------------------------------------------------- */
typedef struct Visit {
    NpuLayouts *l;
    VEC(NpuFunc *) done; /* callees before their callers */
} Visit;

static void visit(Visit *v, NpuFunc *f);

static void visit_call(void *user, Op *op) {
    Visit *v = user;
    if (op->code != OP_CALL)
        return;
    NpuFunc *callee = npu_func(v->l, module_find(v->l->module, op_attr_str(op, ATTR_CALLEE)));
    VEC_PUSH(v->l->arena, &callee->calls, op);
    visit(v, callee);
}

static void visit(Visit *v, NpuFunc *f) {
    if (f->reachable)
        return;
    f->reachable = true;
    walk_ops(f->func->body, visit_call, v);
    VEC_PUSH(v->l->arena, &v->done, f);
}

/* ---- strides ----------------------------------------------------------------------------------------------------------- */
static const Expr *contiguous(const NpuLayouts *l, const Type *type, int dim) {
    const Expr *e = expr_const(l->module->exprs, 1);
    for (int d = dim + 1; d < type->rank; d++)
        e = expr_mul(l->module->exprs, e, type->dims[d]);
    return e;
}

static NpuMem plain_mem(const NpuLayouts *l, Value *v, const Type *type) {
    NpuMem m = {
        .base = v, .offset = expr_const(l->module->exprs, 0), .elem = type->elem, .rank = type->rank, .boxed = true};
    for (int d = 0; d < type->rank; d++) {
        m.dims[d] = type->dims[d];
        m.strides[d] = contiguous(l, type, d);
        m.of[d] = d;
        m.origin[d] = expr_const(l->module->exprs, 0);
    }
    return m;
}

static NpuMem view_mem(const NpuLayouts *l, const Op *op) {
    ExprTable *t = l->module->exprs;
    NpuMem base = npu_mem(l, op->operands[0]), m = base;
    const Type *type = op->results[0]->type;
    int e = 0;
    m.rank = 0;
    for (int d = 0; d < base.rank; d++) {
        SelKind sel = d < op->nsels ? op->sels[d] : SEL_FULL;
        if (sel != SEL_FULL) {
            const Expr *lo = op->exprs[e];
            m.offset = expr_add(t, m.offset, expr_mul(t, lo, base.strides[d]));
            if (base.boxed)
                m.origin[base.of[d]] = expr_add(t, m.origin[base.of[d]], lo);
        }
        e += sel == SEL_FULL ? 0 : sel == SEL_INDEX ? 1 : 2;
        if (sel == SEL_INDEX)
            continue;
        m.strides[m.rank] = base.strides[d];
        m.of[m.rank] = base.of[d];
        m.dims[m.rank] = type->dims[m.rank];
        m.rank++;
    }
    assert(m.rank == type->rank);
    return m;
}

NpuMem npu_mem(const NpuLayouts *l, Value *v) {
    const Op *def = v->def;
    if (def && def->code == OP_VIEW)
        return view_mem(l, def);
    NpuMem m = plain_mem(l, v, v->type);
    if (def && def->code == OP_RESHAPE_VIEW) {
        NpuMem base = npu_mem(l, def->operands[0]);
        m.base = base.base;
        m.offset = base.offset;
        m.boxed = false;
    } else if (!def) {
        NpuFunc *f = npu_func(l, v->region->func);
        for (int p = 0; p < f->func->nparams; p++) {
            for (int d = 0; f->func->params[p].value == v && d < m.rank; d++)
                m.strides[d] = f->strides[p * IR_MAX_RANK + d];
        }
    }
    return m;
}

typedef struct Binding {
    const Func *callee;
    const Op *call;
} Binding;

static const Expr *bound(void *user, Value *value) {
    const Binding *b = user;
    for (int i = 0; i < b->callee->nindex_params; i++) {
        if (b->callee->index_params[i].value == value)
            return b->call->exprs[i];
    }
    return NULL;
}

static Value *make_up(NpuLayouts *l, NpuFunc *f, int slot, const char *name) {
    Value *v = ARENA_NEW(l->arena, Value);
    v->name = name;
    v->type = type_index((Module *)l->module);
    v->id = ((Module *)l->module)->next_value_id++;
    VEC_PUSH(l->arena, &f->made_up, v);
    VEC_PUSH(l->arena, &f->made_up_slot, slot);
    return v;
}

static const Expr *param_stride(NpuLayouts *l, NpuFunc *f, int p, int d) {
    ExprTable *t = l->module->exprs;
    const Value *v = f->func->params[p].value;
    const Expr *plain = contiguous(l, v->type, d), *common = NULL;
    bool strided = v->type->kind == TYPE_VIEW || v->type->strided;
    if (!strided)
        return plain;
    bool called = f->calls.len > 0 && !f->func->exported; /* others may call what is exported */
    bool all_plain = called, all_constant = called;
    for (int i = 0; i < f->calls.len; i++) {
        const Op *call = f->calls.data[i];
        const Expr *stride = npu_mem(l, call->operands[p]).strides[d];
        Binding b = {f->func, call};
        all_plain &= stride == expr_substitute(t, plain, bound, &b);
        all_constant &= expr_is_const(stride, NULL) && (!common || common == stride);
        common = stride;
    }
    if (all_constant || all_plain)
        return all_constant ? common : plain;
    const char *name = arena_printf(l->arena, "%s_stride%d", v->name ? v->name : "view", d);
    return expr_value(t, make_up(l, f, p * IR_MAX_RANK + d, name));
}

static void lay_out(NpuLayouts *l, NpuFunc *f) {
    f->strides = ARENA_ARRAY(l->arena, const Expr *, (size_t)f->func->nparams *IR_MAX_RANK + 1);
    for (int p = 0; p < f->func->nparams; p++) {
        const Type *type = f->func->params[p].value->type;
        for (int d = 0; type_is_memory(type) && d < type->rank; d++)
            f->strides[p * IR_MAX_RANK + d] = param_stride(l, f, p, d);
    }
}

NpuLayouts *npu_layouts_create(Arena *arena, const Module *module) {
    NpuLayouts *l = ARENA_NEW(arena, NpuLayouts);
    l->arena = arena;
    l->module = module;
    l->nfuncs = module->funcs.len;
    l->funcs = ARENA_ARRAY(arena, NpuFunc, l->nfuncs + 1);
    for (int i = 0; i < l->nfuncs; i++)
        l->funcs[i].func = module->funcs.data[i];
    Visit v = {.l = l};
    for (int i = 0; i < l->nfuncs; i++) {
        if (l->funcs[i].func->exported)
            visit(&v, &l->funcs[i]);
    }
    l->order = ARENA_ARRAY(arena, NpuFunc *, l->nfuncs + 1);
    for (int i = v.done.len - 1; i >= 0; i--) {
        l->order[l->norder++] = v.done.data[i];
        lay_out(l, v.done.data[i]);
    }
    return l;
}
