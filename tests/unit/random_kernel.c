#include "random_kernel.h"

#include <math.h>
#include <string.h>

#include "runtime/include/ptoc_num.h"

enum { MAX_VALUES = 128, INPUTS = 4, OUTPUTS = 3 };

typedef struct Gen {
    Module *m;
    Func *f;
    Builder b;
    uint64_t state;
    Value *values[MAX_VALUES];
    int nvalues;
    const Expr *sizes[5]; /* 1, M, N, K, 5 */
} Gen;

static uint64_t draw(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static int pick(Gen *g, int n) { return (int)(draw(&g->state) >> 33) % n; }
static Value *any(Gen *g) { return g->values[pick(g, g->nvalues)]; }
static bool is_float(const Value *v) { return elem_is_float(v->type->elem); }

static void add(Gen *g, Value *v) {
    if (v && g->nvalues < MAX_VALUES)
        g->values[g->nvalues++] = v;
}

static Value *any_float(Gen *g) {
    for (int i = 0; i < 20; i++) {
        Value *v = any(g);
        if (is_float(v))
            return v;
    }
    return g->values[0];
}

static Value *one(Gen *g, OpCode code, Value **operands, int n, const Expr *const *exprs, int nexprs,
                  const Type *type) {
    return build_op(&g->b, code, operands, n, exprs, nexprs, &type, 1, 0)->results[0];
}

static void gen_unary(Gen *g) {
    static const OpCode codes[] = {OP_NEG, OP_EXP, OP_RELU, OP_ABS, OP_SQRT, OP_TANH, OP_FLOOR, OP_SIGN};
    add(g, build_unary(&g->b, codes[pick(g, 8)], any_float(g)));
}

/* Two operands of one element type whose extents broadcast. */
static void gen_binary(Gen *g) {
    static const OpCode codes[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MAXIMUM, OP_MINIMUM};
    Value *a = any_float(g);
    for (int i = 0; i < 40; i++) {
        Value *pair[2] = {a, any(g)};
        if (pair[1]->type->elem != a->type->elem || !build_result_type(g->m, OP_ADD, pair, 2))
            continue;
        add(g, build_ewise(&g->b, codes[pick(g, 6)], pair, 2));
        return;
    }
}

static void gen_select(Gen *g) {
    Value *a = any_float(g), *zero = build_const_float(&g->b, a->type->elem, 0.0);
    Value *c = build_binary(&g->b, OP_LT, a, zero), *operands[3] = {c, zero, a};
    add(g, build_ewise(&g->b, OP_WHERE, operands, 3));
}

static void gen_cast(Gen *g) {
    static const Elem elems[] = {ELEM_F16, ELEM_F32, ELEM_BF16, ELEM_F32, ELEM_F64};
    Value *v = any_float(g);
    add(g, build_cast(&g->b, v, elems[pick(g, 5)], NULL, false));
}

static void gen_reduce(Gen *g) {
    static const OpCode codes[] = {OP_ROWSUM, OP_ROWMAX, OP_ROWMEAN, OP_ROWPROD, OP_COLSUM,
                                   OP_COLMAX, OP_COLMIN, OP_COLMEAN, OP_ROWMIN};
    static const OpCode args[] = {OP_ROWARGMAX, OP_ROWARGMIN, OP_COLARGMAX, OP_COLARGMIN};
    Value *v = any_float(g);
    OpCode code = pick(g, 6) ? codes[pick(g, 9)] : args[pick(g, 4)];
    const Type *t = build_result_type(g->m, code, &v, 1);
    Value *r = one(g, code, &v, 1, NULL, 0, t);
    add(g, elem_is_float(t->elem) ? r : build_cast(&g->b, r, ELEM_F32, NULL, false));
}

static void gen_shape(Gen *g) {
    Value *v = any_float(g);
    const Expr *rows = type_rows(v->type), *cols = type_cols(v->type);
    Elem e = v->type->elem;
    ExprTable *t = g->m->exprs;
    switch (pick(g, 4)) {
    case 0:
        add(g, build_op(&g->b, OP_TRANS, &v, 1, NULL, 0, (const Type *[]){type_tile(g->m, e, cols, rows)}, 1, 0)
                   ->results[0]);
        break;
    case 1:
        add(g, one(g, OP_RESHAPE, &v, 1, NULL, 0, type_tile(g->m, e, expr_const(t, 1), expr_mul(t, rows, cols))));
        break;
    case 2: {
        const Expr *half = expr_div(t, cols, expr_const(t, 2)), *at[2] = {expr_const(t, 0), expr_sub(t, cols, half)};
        add(g, one(g, OP_SLICE, &v, 1, at, 2, type_tile(g->m, e, rows, half)));
        break;
    }
    default: {
        Value *pair[2] = {v, any(g)};
        if (pair[1]->type->elem != e || type_rows(pair[1]->type) != rows)
            return;
        const Type *type = type_tile(g->m, e, rows, expr_add(t, cols, type_cols(pair[1]->type)));
        Value *r = one(g, OP_CONCAT, pair, 2, NULL, 0, type);
        op_set_int(g->m, r->def, ATTR_AXIS, 1);
        add(g, r);
    }
    }
}

static void gen_matmul(Gen *g) {
    for (int i = 0; i < 30; i++) {
        Value *a = any_float(g), *b = any_float(g);
        bool ta = pick(g, 2), tb = pick(g, 2);
        if (a->type->elem != b->type->elem || a->type->dims[ta ? 0 : 1] != b->type->dims[tb ? 1 : 0])
            continue;
        Elem out = elem_accumulator(a->type->elem);
        Value *pair[2] = {a, b};
        Value *r = one(g, OP_MATMUL, pair, 2, NULL, 0,
                       type_tile(g->m, out, a->type->dims[ta ? 1 : 0], b->type->dims[tb ? 0 : 1]));
        op_set_bool(g->m, r->def, ATTR_TRANS_A, ta);
        op_set_bool(g->m, r->def, ATTR_TRANS_B, tb);
        add(g, r);
        return;
    }
}

static void gen_scan(Gen *g) {
    Value *v = any_float(g), *r = one(g, pick(g, 2) ? OP_CUMSUM : OP_CUMMAX, &v, 1, NULL, 0, v->type);
    op_set_int(g->m, r->def, ATTR_AXIS, pick(g, 2));
    add(g, r);
}

static void gen_order(Gen *g) {
    Value *v = any_float(g);
    bool sort = pick(g, 2);
    const Expr *k = sort ? type_cols(v->type) : expr_const(g->m->exprs, 1 + pick(g, 6));
    const Type *types[2] = {type_tile(g->m, v->type->elem, type_rows(v->type), k),
                            type_tile(g->m, ELEM_I32, type_rows(v->type), k)};
    Op *op = build_op(&g->b, sort ? OP_SORT : OP_TOPK, &v, 1, &k, sort ? 0 : 1, types, 2, 0);
    if (sort)
        op_set_bool(g->m, op, ATTR_DESCENDING, pick(g, 2));
    if (!sort) {
        op_set_bool(g->m, op, ATTR_LARGEST, pick(g, 2));
        op_set_bool(g->m, op, ATTR_SORTED, pick(g, 2));
    }
    add(g, op->results[0]);
    add(g, build_cast(&g->b, op->results[1], ELEM_F32, NULL, false));
}

static void gen_gather(Gen *g) {
    Value *v = any_float(g);
    ExprTable *t = g->m->exprs;
    const Expr *two = expr_const(t, 2), *from = expr_const(t, -1);
    bool rows = pick(g, 2);
    Value *index = one(g, OP_IOTA, NULL, 0, &from, 1, type_tile(g->m, ELEM_I32, expr_const(t, 1), two));
    op_set_int(g->m, index->def, ATTR_AXIS, 1);
    Value *operands[3] = {v, index, build_const_float(&g->b, v->type->elem, 7.0)};
    Value *r = one(g, OP_GATHER, operands, 3, NULL, 0,
                   type_tile(g->m, v->type->elem, rows ? two : type_rows(v->type), rows ? type_cols(v->type) : two));
    op_set_int(g->m, r->def, ATTR_AXIS, rows ? 0 : 1);
    add(g, r);
}

/* for: two carried tiles of one type that change places and grow. */
static void gen_for(Gen *g) {
    Value *a = any_float(g), *carried[2] = {a, build_unary(&g->b, OP_NEG, a)};
    ExprTable *t = g->m->exprs;
    const Expr *bounds[3] = {expr_const(t, 0), g->sizes[1 + pick(g, 3)], expr_const(t, 2)};
    const Type *types[2] = {a->type, a->type};
    Op *loop = build_op(&g->b, OP_FOR, carried, 2, bounds, 3, types, 2, 1);
    region_add_arg(g->m, loop->regions[0], type_index(g->m), "t");
    Value *x = region_add_arg(g->m, loop->regions[0], a->type, "u"),
          *y = region_add_arg(g->m, loop->regions[0], a->type, "v");
    Builder inner = builder_at_end(g->m, loop->regions[0]);
    Value *sum = build_binary(&inner, OP_ADD, x, y),
          *next[2] = {pick(g, 2) ? y : sum, pick(g, 2) ? build_binary(&inner, OP_MAXIMUM, sum, a) : x};
    build_yield(&inner, next, 2);
    add(g, loop->results[pick(g, 2)]);
}

static void gen_if(Gen *g) {
    Value *a = any_float(g);
    Value *left = build_index(&g->b, g->sizes[1 + pick(g, 3)]), *right = build_index(&g->b, g->sizes[1 + pick(g, 3)]);
    Value *c = build_binary(&g->b, OP_LT, left, right);
    Op *op = build_op(&g->b, OP_IF, &c, 1, NULL, 0, (const Type *[]){a->type}, 1, 2);
    for (int i = 0; i < 2; i++) {
        Builder inner = builder_at_end(g->m, op->regions[i]);
        Value *r = build_unary(&inner, i ? OP_NEG : OP_EXP, a);
        build_yield(&inner, &r, 1);
    }
    add(g, op->results[0]);
}

static void gen_op(Gen *g) {
    switch (pick(g, 16)) {
    case 0:
    case 1: gen_unary(g); break;
    case 2:
    case 3:
    case 4: gen_binary(g); break;
    case 5: gen_cast(g); break;
    case 6:
    case 7: gen_reduce(g); break;
    case 8: gen_shape(g); break;
    case 9:
    case 13:
    case 14: gen_matmul(g); break;
    case 10: gen_scan(g); break;
    case 11:
        if (pick(g, 2))
            gen_order(g);
        else
            gen_gather(g);
        break;
    case 12: gen_select(g); break;
    default:
        if (pick(g, 2))
            gen_for(g);
        else
            gen_if(g);
        break;
    }
}

static void gen_inputs(Gen *g) {
    static const int shapes[INPUTS][2] = {{1, 2}, {2, 3}, {0, 2}, {1, 3}};
    static const Elem elems[INPUTS] = {ELEM_F32, ELEM_F32, ELEM_F16, ELEM_F64};
    for (int i = 0; i < INPUTS; i++) {
        const Expr *dims[2] = {g->sizes[shapes[i][0]], g->sizes[shapes[i][1]]};
        Elem e = elems[(i + pick(g, 2)) % INPUTS];
        const Type *view = type_get(g->m, TYPE_VIEW, e, 2, dims, false);
        Value *x = func_add_param(g->f, arena_printf(g->m->arena, "x%d", i), view, DIR_IN);
        add(g, one(g, OP_LOAD, &x, 1, NULL, 0, type_tile(g->m, e, dims[0], dims[1])));
    }
}

static void gen_outputs(Gen *g) {
    for (int i = 0; i < OUTPUTS; i++) {
        Value *v = g->values[g->nvalues - 1 - pick(g, g->nvalues > 12 ? 12 : g->nvalues)];
        const Type *view = type_get(g->m, TYPE_VIEW, v->type->elem, 2, v->type->dims, false);
        Value *pair[2] = {func_add_param(g->f, arena_printf(g->m->arena, "y%d", i), view, DIR_OUT), v};
        build_op(&g->b, OP_STORE, pair, 2, NULL, 0, NULL, 0, 0);
    }
}

/* A workload with tensors of the kernel's extents that calls it on whole views. */
static Func *gen_workload(Gen *g) {
    Func *w = build_func(g->m, FUNC_WORKLOAD, "w", LOC_NONE);
    w->exported = true;
    CloneMap *map = clone_map_create(g->m);
    const Expr *symbols[3];
    for (int i = 0; i < 3; i++) {
        Value *s = func_add_index_param(w, g->f->index_params[i].value->name, false);
        clone_map_set(map, g->f->index_params[i].value, s);
        symbols[i] = expr_value(g->m->exprs, s);
    }
    Value *views[INPUTS + OUTPUTS];
    Builder b = builder_at_end(g->m, w->body);
    SelKind full[2] = {SEL_FULL, SEL_FULL};
    for (int i = 0; i < g->f->nparams; i++) {
        const Type *t = clone_map_type(map, g->f->params[i].value->type);
        const Type *tensor = type_get(g->m, TYPE_TENSOR, t->elem, 2, t->dims, false);
        Value *p = func_add_param(w, g->f->params[i].value->name, tensor, g->f->params[i].dir);
        views[i] = build_view(&b, p, full, 2, NULL, 0, t);
    }
    Op *call = build_op(&b, OP_CALL, views, g->f->nparams, symbols, 3, NULL, 0, 0);
    op_set_str(g->m, call, ATTR_CALLEE, "k");
    return w;
}

RandomKernel random_kernel_build(Arena *arena, uint64_t seed, int ops) {
    Gen g = {.m = module_create(arena, strtab_create(arena), "random"), .state = seed};
    g.f = build_func(g.m, FUNC_KERNEL, "k", LOC_NONE);
    g.sizes[0] = expr_const(g.m->exprs, 1);
    static const char *const names[] = {"M", "N", "K"};
    for (int i = 0; i < 3; i++)
        g.sizes[1 + i] = expr_value(g.m->exprs, func_add_index_param(g.f, names[i], false));
    g.sizes[4] = expr_const(g.m->exprs, 5);
    g.b = builder_at_end(g.m, g.f->body);
    gen_inputs(&g);
    for (int i = 0; i < ops; i++)
        gen_op(&g);
    gen_outputs(&g);
    RandomKernel k = {g.m, gen_workload(&g), g.f->nparams};
    return k;
}

static bool symbol_value(void *user, const Value *v, int64_t *out) {
    *out = ((const int64_t *)user)[v->index];
    return true;
}

static double special(uint64_t r) {
    static const double odd[] = {NAN, -0.0, INFINITY, -INFINITY, 0.0, 1.0, 1.0, -1.0};
    return odd[r % 8];
}

static void fill(Elem elem, void *data, int64_t n, uint64_t seed) {
    for (int64_t i = 0; i < n; i++) {
        uint64_t r = draw(&seed);
        double v = r % 16 == 0 ? special(r >> 8) : (double)((int64_t)(r >> 20) % 2048) / 512.0;
        if (elem == ELEM_F64)
            ((double *)data)[i] = v;
        else if (elem == ELEM_F32)
            ((float *)data)[i] = (float)v;
        else
            ((uint16_t *)data)[i] = elem == ELEM_F16 ? pt_st_f16((float)v) : pt_st_bf16((float)v);
    }
}

EvalArg *random_kernel_args(Arena *arena, const RandomKernel *k, const int64_t dims[3], uint64_t seed) {
    EvalArg *args = ARENA_ARRAY(arena, EvalArg, k->nparams);
    for (int i = 0; i < k->nparams; i++) {
        const Param *p = &k->workload->params[i];
        EvalTensor *t = &args[i].tensor;
        t->elem = p->value->type->elem;
        t->rank = 2;
        for (int d = 0; d < 2; d++)
            expr_evaluate(p->value->type->dims[d], symbol_value, (void *)(uintptr_t)dims, &t->dims[d]);
        t->strides[0] = t->dims[1];
        t->strides[1] = 1;
        int64_t n = t->dims[0] * t->dims[1];
        t->data = arena_alloc(arena, (size_t)(n + 1) * (size_t)elem_bytes(t->elem));
        if (p->dir == DIR_IN)
            fill(t->elem, t->data, n, seed + (uint64_t)i * 77);
    }
    return args;
}

static double element(Elem elem, const void *data, int64_t i) {
    if (elem == ELEM_F64)
        return ((const double *)data)[i];
    if (elem == ELEM_F32)
        return (double)((const float *)data)[i];
    uint16_t bits = ((const uint16_t *)data)[i];
    return (double)(elem == ELEM_F16 ? pt_ld_f16(bits) : pt_ld_bf16(bits));
}

int random_kernel_compare(const RandomKernel *k, const EvalArg *a, const EvalArg *b) {
    for (int i = 0; i < k->nparams; i++) {
        const EvalTensor *t = &a[i].tensor;
        int64_t n = t->dims[0] * t->dims[1];
        size_t size = (size_t)elem_bytes(t->elem);
        for (int64_t j = 0; j < n; j++) {
            bool same = memcmp((const char *)t->data + (size_t)j * size,
                               (const char *)b[i].tensor.data + (size_t)j * size, size) == 0;
            if (!same && !(isnan(element(t->elem, t->data, j)) && isnan(element(t->elem, b[i].tensor.data, j))))
                return i;
        }
    }
    return -1;
}
