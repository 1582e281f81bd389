#include "passes/analysis/alias.h"

#include "ir/walk.h"

/* Per function a square matrix over its value parameters. */
typedef struct AliasFunc {
    const Func *func;
    bool *pairs;
} AliasFunc;

struct AliasTable {
    Arena *arena;
    const Module *module;
    AliasFunc *funcs; /* in module order */
    int nfuncs;
};

const Value *alias_root(const Value *v) {
    while (v->def && (v->def->code == OP_VIEW || v->def->code == OP_RESHAPE_VIEW || v->def->code == OP_PAGED))
        v = v->def->operands[0];
    return v;
}

static AliasFunc *find_func(const AliasTable *t, const char *name) {
    const Func *f = module_find(t->module, name);
    return f && f->position < t->nfuncs ? &t->funcs[f->position] : NULL;
}

static int param_number(const Func *f, const Value *v) {
    for (int i = 0; i < f->nparams; i++)
        if (f->params[i].value == v)
            return i;
    return -1;
}

static void note_call(void *user, Op *op) {
    AliasTable *t = user;
    if (op->code != OP_CALL)
        return;
    AliasFunc *callee = find_func(t, op_attr_str(op, ATTR_CALLEE));
    if (!callee)
        return;
    int n = op->noperands;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (type_is_memory(op->operands[i]->type) && type_is_memory(op->operands[j]->type) &&
                alias_root(op->operands[i]) == alias_root(op->operands[j]))
                callee->pairs[i * n + j] = callee->pairs[j * n + i] = true;
}

/* A workload that passes two parameters that may alias on to a kernel makes the kernel's alias too: to a fixed point. */
static bool spread_through_calls(AliasTable *t, const Func *caller, const Op *op) {
    bool changed = false;
    AliasFunc *callee = find_func(t, op_attr_str(op, ATTR_CALLEE)), *from = find_func(t, caller->name);
    if (!callee || !from)
        return false;
    for (int i = 0; i < op->noperands; i++)
        for (int j = 0; j < op->noperands; j++) {
            if (i == j || !type_is_memory(op->operands[i]->type) || !type_is_memory(op->operands[j]->type))
                continue;
            int a = param_number(caller, alias_root(op->operands[i])),
                b = param_number(caller, alias_root(op->operands[j]));
            if (a < 0 || b < 0 || a == b || !from->pairs[a * caller->nparams + b])
                continue;
            changed |= !callee->pairs[i * op->noperands + j];
            callee->pairs[i * op->noperands + j] = true;
        }
    return changed;
}

typedef struct SpreadState {
    AliasTable *table;
    const Func *caller;
    bool changed;
} SpreadState;

static void spread_op(void *user, Op *op) {
    SpreadState *s = user;
    if (op->code == OP_CALL)
        s->changed |= spread_through_calls(s->table, s->caller, op);
}

AliasTable *alias_compute(Arena *arena, const Module *module) {
    AliasTable *t = ARENA_NEW(arena, AliasTable);
    t->arena = arena;
    t->module = module;
    t->nfuncs = module->funcs.len;
    t->funcs = ARENA_ARRAY(arena, AliasFunc, t->nfuncs + 1);
    for (int i = 0; i < module->funcs.len; i++) {
        const Func *f = module->funcs.data[i];
        t->funcs[i].func = f;
        t->funcs[i].pairs = ARENA_ARRAY(arena, bool, f->nparams * f->nparams + 1);
    }
    for (int i = 0; i < module->funcs.len; i++)
        if (module->funcs.data[i]->kind == FUNC_WORKLOAD) /* kernels call nothing */
            walk_ops(module->funcs.data[i]->body, note_call, t);
    bool changed = true;
    while (changed) {
        changed = false;
        for (int i = 0; i < module->funcs.len; i++) {
            if (module->funcs.data[i]->kind != FUNC_WORKLOAD)
                continue;
            SpreadState s = {t, module->funcs.data[i], false};
            walk_ops(module->funcs.data[i]->body, spread_op, &s);
            changed |= s.changed;
        }
    }
    return t;
}

bool alias_may_overlap(const AliasTable *t, const Func *func, const Value *a, const Value *b) {
    a = alias_root(a);
    b = alias_root(b);
    if (a == b)
        return true;
    int i = param_number(func, a), j = param_number(func, b);
    if (i < 0 || j < 0)
        return false; /* temps and buffers are nobody else's */
    AliasFunc *f = find_func(t, func->name);
    return f && f->pairs[i * func->nparams + j];
}
