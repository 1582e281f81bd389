/* Making ops: result types by the op's row, and one function per op that is made often. */
#include <assert.h>
#include <string.h>
#include "ir/build.h"
#include "ir/ir_impl.h"

Builder builder_at_end(Module *m, Region *region) { return (Builder){.module = m, .region = region}; }

Builder builder_before(Module *m, Op *op) {
    return (Builder){.module = m, .region = op->parent, .before = op, .loc = op->loc};
}

/* ---- functions -------------------------------------------------------------------------------------------------- */
Func *build_func(Module *m, FuncKind kind, const char *name, Loc loc) {
    Func *f = ARENA_NEW(m->arena, Func);
    f->kind = kind;
    f->name = f->origin = str_intern(m->strings, name);
    f->loc = loc;
    f->module = m;
    f->body = region_create(m, f, NULL);
    module_add_func(m, f);
    return f;
}

static Param *param_push(Arena *arena, Param **params, int *n) {
    if (*n == 0 || (*n & (*n - 1)) == 0)
        *params = arena_grow_array(arena, *params, (size_t)*n, *n ? (size_t)*n * 2 : 1, sizeof **params);
    return &(*params)[(*n)++];
}

Value *func_add_index_param(Func *f, const char *name, bool is_const) {
    assert(f->nparams == 0);
    Param *p = param_push(f->module->arena, &f->index_params, &f->nindex_params);
    p->value = region_add_arg(f->module, f->body, type_index(f->module), name);
    p->is_const = is_const;
    return p->value;
}

Value *func_add_param(Func *f, const char *name, const Type *type, ParamDir dir) {
    Param *p = param_push(f->module->arena, &f->params, &f->nparams);
    p->value = region_add_arg(f->module, f->body, type, name);
    p->dir = dir;
    return p->value;
}

/* ---- result types ----------------------------------------------------------------------------------------------- */
const Expr *build_broadcast_extent(Module *m, const Expr *a, const Expr *b) {
    (void)m;
    if (a == b || expr_equals_const(b, 1))
        return a;
    return expr_equals_const(a, 1) ? b : NULL;
}

/* Extents of all operands together; false when they do not fit or an operand is no tile. */
static bool broadcast_all(Module *m, Value *const *operands, int n, const Expr *dims[2]) {
    for (int i = 0; i < n; i++) {
        const Type *t = operands[i]->type;
        if (!type_is_tile(t))
            return false;
        for (int d = 0; d < 2; d++) {
            dims[d] = i == 0 ? t->dims[d] : build_broadcast_extent(m, dims[d], t->dims[d]);
            if (!dims[d])
                return false;
        }
    }
    return n > 0;
}

const Type *build_result_type(Module *m, OpCode code, Value *const *operands, int n) {
    const Expr *dims[2];
    if (n == 0 || !type_is_tile(operands[0]->type))
        return NULL;
    const Type *t = operands[0]->type;
    const Expr *one = expr_const(m->exprs, 1);
    switch (op_info(code)->result) {
    case RES_SAME: return t;
    case RES_BROADCAST: return broadcast_all(m, operands, n, dims) ? type_tile(m, t->elem, dims[0], dims[1]) : NULL;
    case RES_BROADCAST_BOOL:
        return broadcast_all(m, operands, n, dims) ? type_tile(m, ELEM_BOOL, dims[0], dims[1]) : NULL;
    case RES_SELECT:
        return n > 1 && broadcast_all(m, operands, n, dims) ? type_tile(m, operands[1]->type->elem, dims[0], dims[1])
                                                            : NULL;
    case RES_TRANS: return type_tile(m, t->elem, t->dims[1], t->dims[0]);
    case RES_ROW: return type_tile(m, t->elem, t->dims[0], one);
    case RES_ROW_I32: return type_tile(m, ELEM_I32, t->dims[0], one);
    case RES_COL: return type_tile(m, t->elem, one, t->dims[1]);
    case RES_COL_I32: return type_tile(m, ELEM_I32, one, t->dims[1]);
    case RES_NONE:
    case RES_EXPLICIT: break;
    }
    return NULL;
}

/* ---- ops -------------------------------------------------------------------------------------------------------- */
static void builder_insert(Builder *b, Op *op) {
    if (b->before)
        op_insert_before(op, b->before);
    else
        op_append(b->region, op);
}

Op *build_op(Builder *b, OpCode code, Value *const *operands, int noperands, const Expr *const *exprs, int nexprs,
             const Type *const *result_types, int nresults, int nregions) {
    Module *m = b->module;
    Op *op = op_create(m, code, b->loc, noperands, nexprs, nresults, nregions);
    for (int i = 0; i < noperands; i++)
        op->operands[i] = operands[i];
    for (int i = 0; exprs && i < nexprs; i++) /* without exprs the caller fills them in */
        op->exprs[i] = exprs[i];
    for (int i = 0; i < nresults; i++) {
        const Type *type = result_types ? result_types[i] : build_result_type(m, code, operands, noperands);
        assert(type);
        op_set_result(op, i, value_create(m, type, NULL));
    }
    builder_insert(b, op);
    return op;
}

Value *build_ewise(Builder *b, OpCode code, Value *const *operands, int n) {
    return build_op(b, code, operands, n, NULL, 0, NULL, 1, 0)->results[0];
}

Value *build_unary(Builder *b, OpCode code, Value *x) { return build_ewise(b, code, &x, 1); }

Value *build_binary(Builder *b, OpCode code, Value *x, Value *y) {
    Value *operands[2] = {x, y};
    return build_ewise(b, code, operands, 2);
}

Value *build_const_int(Builder *b, Elem elem, int64_t v) {
    const Type *type = type_scalar(b->module, elem);
    Op *op = build_op(b, OP_CONST, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_int(b->module, op, ATTR_INT, v);
    return op->results[0];
}

Value *build_const_float(Builder *b, Elem elem, double v) {
    const Type *type = type_scalar(b->module, elem);
    Op *op = build_op(b, OP_CONST, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_float(b->module, op, ATTR_FLOAT, v);
    return op->results[0];
}

Value *build_index(Builder *b, const Expr *e) {
    if (e->kind == EXPR_VALUE && type_is_index(e->value->type))
        return e->value;
    const Type *type = type_index(b->module);
    return build_op(b, OP_INDEX, NULL, 0, &e, 1, &type, 1, 0)->results[0];
}

Value *build_cast(Builder *b, Value *x, Elem elem, const char *round, bool sat) {
    const Type *type = type_tile(b->module, elem, type_rows(x->type), type_cols(x->type));
    Op *op = build_op(b, OP_CAST, &x, 1, NULL, 0, &type, 1, 0);
    if (round && strcmp(round, "rint") != 0)
        op_set_str(b->module, op, ATTR_ROUND, round);
    op_set_bool(b->module, op, ATTR_SAT, sat);
    return op->results[0];
}

Value *build_get(Builder *b, Value *base, const Expr *const *idx, int n) {
    const Type *type = type_scalar(b->module, base->type->elem);
    return build_op(b, OP_GET, &base, 1, idx, n, &type, 1, 0)->results[0];
}

Value *build_view(Builder *b, Value *base, const SelKind *sels, int nsels, const Expr *const *exprs, int nexprs,
                  const Type *type) {
    assert(nsels == base->type->rank);
    Op *op = build_op(b, OP_VIEW, &base, 1, exprs, nexprs, &type, 1, 0);
    op->nsels = nsels;
    for (int i = 0; i < nsels; i++)
        op->sels[i] = sels[i];
    return op->results[0];
}

void build_check(Builder *b, const char *code, const char *level, const char *text, const Expr *ge0,
                 const Expr *const *values, int n) {
    Op *op = build_op(b, OP_CHECK, NULL, 0, NULL, n + 1, NULL, 0, 0);
    op->exprs[0] = ge0;
    for (int i = 0; i < n; i++)
        op->exprs[i + 1] = values[i];
    op_set_str(b->module, op, ATTR_TEXT, text);
    op_set_str(b->module, op, ATTR_CODE, code);
    op_set_str(b->module, op, ATTR_LEVEL, level);
}

Op *build_yield(Builder *b, Value *const *values, int n) {
    return build_op(b, OP_YIELD, values, n, NULL, 0, NULL, 0, 0);
}

/* ---- expressions of values -------------------------------------------------------------------------------------- */
const Expr *value_expr(Module *m, Value *v) {
    if (v->def && v->def->code == OP_INDEX && v->type->elem == ELEM_INDEX)
        return v->def->exprs[0];
    if (v->def && v->def->code == OP_CONST && op_attr(v->def, ATTR_INT))
        return expr_const(m->exprs, op_attr_int(v->def, ATTR_INT, 0));
    return expr_value(m->exprs, v);
}

const Expr *view_extent(Module *m, const Type *base, int dim, SelKind sel, const Expr *e0, const Expr *e1) {
    ExprTable *t = m->exprs;
    const Expr *zero = expr_const(t, 0);
    switch (sel) {
    case SEL_INDEX: return NULL;
    case SEL_FULL: return base->dims[dim];
    case SEL_RANGE: return expr_max(t, zero, expr_sub(t, e1, e0));
    case SEL_BLOCK: return expr_max(t, zero, expr_min(t, e1, expr_sub(t, base->dims[dim], e0)));
    }
    return NULL;
}
