/* split - cuts long top-k sweeps into parts that several threads share.
 *
 * Needs: block stage, before `batch`. Keeps: results, errors, the report's counts of tasks. LOWERING.md section 6.
 *     parallel b { call K .. [S] }          K: acc T topk; loop j [0, S) { .. step T }; topk_fin T; ..
 * has as many tasks as b has values, and the longest one decides. Where there are few, every sweep is cut into PARTS pieces:
 *     parallel b { parallel p { call K__part .. } }     the k best of a piece, into temporary tensors
 *     parallel b { call K__merge .. }                   the k best of those, then the rest of K
 * The best of the best of pieces are the best of all, with the same order among equals: a top-k is the same however it is grouped. Sums
 * are not, so a loop that steps anything else is left alone. */
#include "passes/nest/batch.h"

enum {
    PARTS = 8,
    FEW_TASKS = 8,     /* more tasks keep the threads busy as they are */
    PART_MULTIPLE = 48 /* pieces begin where register blocks do */
};

/* A kernel that can be cut, and its copies. */
typedef struct SplitKernel {
    Func *callee;
    Op *sweep;  /* the loop over [0, S) */
    Op *acc;    /* the top-k it steps */
    int symbol; /* number of the index parameter S */
    int64_t k;
    Func *part, *merge;
} SplitKernel;

typedef struct Split {
    Module *module;
    PassContext *ctx;
    Arena *arena;
    const AliasTable *alias;
    Op *nest;    /* outermost of the parallel axes */
    OpList axes; /* all of them */
    VEC(SplitKernel) kernels;
    Value *values, *indices; /* temporary tensors */
    int64_t k;
    Elem elem;
} Split;

/* ---- which kernels ------------------------------------------------------------------------------------------------- */

typedef struct SweepCheck {
    SplitKernel *k;
    Nest *nest;
    bool ok;
} SweepCheck;

/* The sweep steps the one top-k, and writes nothing else outside of itself. */
static void check_sweep_op(void *user, Op *op) {
    SweepCheck *s = user;
    if (op_code_has(op->code, EFFECT) || op->code == OP_TOPK_FIN || op->code == OP_FILL)
        s->ok = false;
    if (!op_writes_state(op) || !s->ok || value_is_inside(alias_root(op->operands[0]), s->k->sweep->regions[0]))
        return;
    Op *acc = op->operands[0]->def;
    bool topk = op->code == OP_STEP && acc && op_attr_is(acc, ATTR_MONOID, "topk") && op->noperands == 2 &&
                acc->results[0]->type->rank == 0 && acc->parent == s->k->sweep->parent;
    s->ok = topk && (!s->k->acc || s->k->acc == acc);
    s->k->acc = acc;
}

static int symbol_number(const Func *f, const Expr *e) {
    for (int i = 0; e->kind == EXPR_VALUE && i < f->nindex_params; i++)
        if (f->index_params[i].value == e->value)
            return i;
    return -1;
}

static bool is_scratch_free(const Op *op) {
    return op->code == OP_ACC || op->code == OP_ASSUME || (op->nregions == 0 && op_code_has(op->code, PURE)) ||
           op->code == OP_GET;
}

/* Before the sweep only scalars and accumulators are made. */
static bool match_kernel(Split *s, Func *f, SplitKernel *k) {
    *k = (SplitKernel){.callee = f, .symbol = -1};
    if (f->kind != FUNC_KERNEL || f->exported)
        return false;
    for (Op *op = f->body->first; op && !k->sweep; op = op->next) {
        if (loop_has_kind(op, "stream"))
            k->sweep = op;
        else if (!is_scratch_free(op))
            return false;
    }
    if (!k->sweep || !loop_has_unit_step(k->sweep) || !expr_equals_const(k->sweep->exprs[0], 0))
        return false;
    k->symbol = symbol_number(f, k->sweep->exprs[1]);
    Nest n = nest_open(s->module, s->ctx, s->alias, f);
    SweepCheck c = {k, &n, true};
    walk_ops(k->sweep->regions[0], check_sweep_op, &c);
    return c.ok && k->acc && k->symbol >= 0 && expr_is_const(k->acc->exprs[0], &k->k) && k->k > 0;
}

static SplitKernel *kernel_of(Split *s, const Op *call) {
    for (int i = 0; i < s->kernels.len; i++)
        if (s->kernels.data[i].callee == module_find(s->module, op_attr_str(call, ATTR_CALLEE)))
            return &s->kernels.data[i];
    return NULL;
}

/* ---- the nest ------------------------------------------------------------------------------------------------------ */

typedef struct BodyCheck {
    Split *s;
    bool ok;
} BodyCheck;

static void check_body_op(void *user, Op *op) {
    BodyCheck *c = user;
    bool allowed = op_code_has(op->code, PURE) || op->code == OP_GET || op->code == OP_CHECK || op->code == OP_SWITCH ||
                   op->code == OP_FAIL || op->code == OP_ASSUME;
    if (op->code != OP_CALL) {
        c->ok = c->ok && allowed;
        return;
    }
    SplitKernel k;
    Func *f = module_find(c->s->module, op_attr_str(op, ATTR_CALLEE));
    if (!c->ok || kernel_of(c->s, op))
        return;
    c->ok = f && match_kernel(c->s, f, &k);
    if (!c->ok)
        return;
    Elem elem = k.acc->results[0]->type->elem;
    c->ok = c->s->kernels.len == 0 || (c->s->k == k.k && c->s->elem == elem);
    c->s->k = k.k;
    c->s->elem = elem;
    VEC_PUSH(c->s->arena, &c->s->kernels, k);
}

static bool bounds_depend(const Split *s, const Op *loop) {
    for (int i = 0; i < 3; i++)
        if (!expr_is_outside(loop->exprs[i], s->nest->regions[0]))
            return true;
    return false;
}

static Region *match_nest(Split *s) {
    Op *op = s->nest;
    while (true) {
        if (bounds_depend(s, op))
            return NULL;
        VEC_PUSH(s->arena, &s->axes, op);
        Region *body = op->regions[0];
        if (!body->first || body->first != body->last || body->first->code != OP_PARALLEL) {
            BodyCheck c = {s, true};
            walk_ops(body, check_body_op, &c);
            return c.ok && s->kernels.len > 0 ? body : NULL;
        }
        op = body->first;
    }
}

/* ---- kernels ------------------------------------------------------------------------------------------------------- */

static const char *free_name(Split *s, const Func *f, const char *suffix) {
    const char *name = arena_printf(s->module->arena, "%s__%s", f->origin ? f->origin : f->name, suffix);
    while (module_find(s->module, name))
        name = arena_printf(s->module->arena, "%s_", name);
    return name;
}

/* A copy with the callee's parameters and no body. */
static Func *new_kernel(Split *s, const SplitKernel *k, const char *suffix, CloneMap *map) {
    const Func *f = k->callee;
    Func *made = build_func(s->module, FUNC_KERNEL, free_name(s, f, suffix), f->loc);
    made->origin = f->origin ? f->origin : f->name;
    for (int i = 0; i < f->nindex_params; i++)
        clone_map_set(map, f->index_params[i].value, func_add_index_param(made, f->index_params[i].value->name, false));
    for (int i = 0; i < f->nparams; i++) {
        const Value *p = f->params[i].value;
        clone_map_set(map, p, func_add_param(made, p->name, clone_map_type(map, p->type), f->params[i].dir));
    }
    return made;
}

static Value *add_list_param(Split *s, Func *f, const char *name, Elem elem, int rank, ParamDir dir) {
    ExprTable *t = s->module->exprs;
    const Expr *dims[2] = {expr_const(t, PARTS), expr_const(t, s->k)};
    return func_add_param(f, name, type_get(s->module, TYPE_VIEW, elem, rank, dims + (2 - rank), false), dir);
}

/* Without what is assumed, which differs between tiers. */
static void clone_before(Builder *b, CloneMap *map, const SplitKernel *k) {
    for (const Op *op = k->callee->body->first; op != k->sweep; op = op->next)
        if (op->code != OP_ASSUME)
            clone_op(b, map, op);
}

static Value *list_buffer(Split *s, Builder *b, Elem elem) {
    ExprTable *t = s->module->exprs;
    const Expr *dims[2] = {expr_const(t, 1), expr_const(t, s->k)};
    const Type *type = type_get(s->module, TYPE_BUFFER, elem, 2, dims, false);
    Op *op = build_op(b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(s->module, op, ATTR_MEMORY, s->k * elem_bytes(elem) <= 4096 ? "l1" : "l2");
    return op->results[0];
}

static void copy_list(Split *s, Builder *b, Value *from, Value *to) {
    ExprTable *t = s->module->exprs;
    const Expr *zero = expr_const(t, 0);
    Op *loop = loop_build(b, zero, expr_const(t, s->k), expr_const(t, 1), "lane", "t");
    Builder inner = builder_at_end(s->module, loop->regions[0]);
    const Expr *at[2] = {zero, expr_value(t, loop_index(loop))};
    Value *operands[2] = {to, build_get(&inner, from, at, 2)};
    build_op(&inner, OP_PUT, operands, 2, at + 1, 1, NULL, 0, 0);
}

/* A scalar of its own, so that it is written once. */
static const Expr *named(Builder *b, const Expr *e, const char *name) {
    if (expr_is_const(e, NULL))
        return e;
    Value *v = build_cast(b, build_index(b, e), ELEM_I64, NULL, false);
    v->name = name;
    return expr_value(b->module->exprs, v);
}

static const Expr *part_length(Split *s, Builder *b, const Expr *extent) {
    ExprTable *t = s->module->exprs;
    const Expr *share = expr_cdiv(t, extent, expr_const(t, PARTS));
    share = expr_mul_const(t, expr_cdiv(t, share, expr_const(t, PART_MULTIPLE)), PART_MULTIPLE);
    return named(b, share, "share");
}

/* One piece of the sweep, and what it has found. */
static Func *part_kernel(Split *s, const SplitKernel *k) {
    ExprTable *t = s->module->exprs;
    CloneMap *map = clone_map_create(s->module);
    Func *f = new_kernel(s, k, "part", map);
    Value *lists[2] = {add_list_param(s, f, "values", s->elem, 1, DIR_OUT),
                       add_list_param(s, f, "indices", ELEM_I32, 1, DIR_OUT)};
    const Expr *part = expr_value(t, func_add_param(f, "part", type_index(s->module), DIR_NONE)),
               *extent = expr_value(t, f->index_params[k->symbol].value);
    Builder b = builder_at_end(s->module, f->body);
    b.loc = k->sweep->loc;
    const Expr *length = part_length(s, &b, extent);
    clone_before(&b, map, k);
    const Expr *begin = named(&b, expr_mul(t, part, length), "begin");
    const Expr *end = named(&b, expr_min(t, extent, expr_add(t, begin, length)), "end");
    Op *sweep = clone_op(&b, map, k->sweep);
    sweep->exprs[0] = begin;
    sweep->exprs[1] = end;
    Value *acc = clone_map_get(map, k->acc->results[0]);
    op_set_bool(s->module, acc->def, ATTR_SORTED, false);
    Value *operands[3] = {acc, list_buffer(s, &b, s->elem), list_buffer(s, &b, ELEM_I32)};
    build_op(&b, OP_TOPK_FIN, operands, 3, NULL, 0, NULL, 0, 0);
    for (int i = 0; i < 2; i++)
        copy_list(s, &b, operands[1 + i], lists[i]);
    return f;
}

/* The lists of all parts, as far as the parts were long, then what follows the sweep. */
static Func *merge_kernel(Split *s, const SplitKernel *k) {
    ExprTable *t = s->module->exprs;
    CloneMap *map = clone_map_create(s->module);
    Func *f = new_kernel(s, k, "merge", map);
    Value *values = add_list_param(s, f, "values", s->elem, 2, DIR_IN),
          *indices = add_list_param(s, f, "indices", ELEM_I32, 2, DIR_IN);
    Builder b = builder_at_end(s->module, f->body);
    b.loc = k->sweep->loc;
    clone_before(&b, map, k);
    const Expr *zero = expr_const(t, 0), *one = expr_const(t, 1);
    const Expr *extent = expr_value(t, f->index_params[k->symbol].value), *length = part_length(s, &b, extent);
    Op *parts = loop_build(&b, zero, expr_const(t, PARTS), one, "red", "p");
    const Expr *p = expr_value(t, loop_index(parts)), *left = expr_sub(t, extent, expr_mul(t, p, length));
    Builder outer = builder_at_end(s->module, parts->regions[0]);
    const Expr *found = expr_min(t, expr_const(t, s->k), expr_min(t, length, left));
    Op *list = loop_build(&outer, zero, found, one, "red", "t");
    Builder inner = builder_at_end(s->module, list->regions[0]);
    const Expr *at[2] = {p, expr_value(t, loop_index(list))};
    Value *operands[3] = {clone_map_get(map, k->acc->results[0]), build_get(&inner, values, at, 2),
                          build_get(&inner, indices, at, 2)};
    build_op(&inner, OP_STEP, operands, 3, NULL, 0, NULL, 0, 0);
    for (const Op *op = k->sweep->next; op; op = op->next)
        clone_op(&b, map, op);
    return f;
}

/* ---- the workload -------------------------------------------------------------------------------------------------- */

static const Expr *trips(ExprTable *t, const Op *loop) {
    return expr_cdiv(t, expr_sub(t, loop->exprs[1], loop->exprs[0]), loop->exprs[2]);
}

/* Lists of all parts of as many tasks as there are at most. */
static Value *temp_lists(Split *s, Builder *b, Elem elem, const char *name) {
    ExprTable *t = s->module->exprs;
    const Expr *dims[3] = {expr_const(t, FEW_TASKS), expr_const(t, PARTS), expr_const(t, s->k)};
    const Type *type = type_get(s->module, TYPE_TENSOR, elem, 3, dims, false);
    Value *v = build_op(b, OP_TEMP, NULL, 0, NULL, 0, &type, 1, 0)->results[0];
    v->name = name;
    return v;
}

/* A copy of the parallel axes; the builder goes to the innermost body. Returns the number of the task there. */
static const Expr *clone_axes(Split *s, Builder *b, CloneMap *map) {
    ExprTable *t = s->module->exprs;
    const Expr *number = expr_const(t, 0);
    for (int i = 0; i < s->axes.len; i++) {
        const Op *from = s->axes.data[i];
        b->loc = from->loc;
        Op *to = build_op(b, OP_PARALLEL, NULL, 0, from->exprs, 3, NULL, 0, 1);
        op_copy_attrs(s->module, to, from);
        Value *index = region_add_arg(s->module, to->regions[0], type_index(s->module), loop_index(from)->name);
        clone_map_set(map, loop_index(from), index);
        const Expr *place = expr_div(t, expr_sub(t, expr_value(t, index), from->exprs[0]), from->exprs[2]);
        number = expr_add(t, expr_mul(t, number, trips(t, from)), place);
        *b = builder_at_end(s->module, to->regions[0]);
    }
    return number;
}

/* The task's lists: of one part, or of all. */
static Value *list_view(Split *s, Builder *b, Value *temp, const Expr *number, const Expr *part) {
    ExprTable *t = s->module->exprs;
    const SelKind sels[3] = {SEL_INDEX, part ? SEL_INDEX : SEL_FULL, SEL_FULL};
    const Expr *exprs[2] = {number, part}, *dims[2] = {expr_const(t, PARTS), expr_const(t, s->k)};
    const Type *type = type_get(s->module, TYPE_VIEW, temp->type->elem, part ? 1 : 2, part ? dims + 1 : dims, false);
    return build_view(b, temp, sels, 3, exprs, part ? 2 : 1, type);
}

typedef struct Calls {
    Arena *arena;
    OpList list;
} Calls;

static void list_call(void *user, Op *op) {
    Calls *c = user;
    if (op->code == OP_CALL)
        VEC_PUSH(c->arena, &c->list, op);
}

/* Turns the calls in the region into calls of parts (with the part's number) or of merges. */
static void turn_calls(Split *s, Region *region, const Expr *number, const Expr *part) {
    Calls calls = {.arena = s->arena};
    walk_ops(region, list_call, &calls);
    for (int i = 0; i < calls.list.len; i++) {
        Op *call = calls.list.data[i];
        const SplitKernel *k = kernel_of(s, call);
        Builder b = builder_before(s->module, call);
        int n = call->noperands;
        Value **operands = ARENA_ARRAY(s->arena, Value *, n + 3);
        for (int o = 0; o < n; o++)
            operands[o] = call->operands[o];
        operands[n++] = list_view(s, &b, s->values, number, part);
        operands[n++] = list_view(s, &b, s->indices, number, part);
        if (part)
            operands[n++] = build_index(&b, part);
        Op *made = build_op(&b, OP_CALL, operands, n, call->exprs, call->nexprs, NULL, 0, 0);
        op_copy_attrs(s->module, made, call);
        op_set_str(s->module, made, ATTR_CALLEE, part ? k->part->name : k->merge->name);
        op_set_bool(s->module, made, ATTR_UNCOUNTED, part != NULL);
        op_unlink(call);
    }
}

static void emit_parts(Split *s, Builder b, const Region *body) {
    ExprTable *t = s->module->exprs;
    const Expr *bounds[3] = {expr_const(t, 0), expr_const(t, PARTS), expr_const(t, 1)};
    CloneMap *map = clone_map_create(s->module);
    const Expr *number = clone_axes(s, &b, map);
    Op *parts = build_op(&b, OP_PARALLEL, NULL, 0, bounds, 3, NULL, 0, 1);
    Value *part = region_add_arg(s->module, parts->regions[0], type_index(s->module), "part");
    b = builder_at_end(s->module, parts->regions[0]);
    clone_region_into(&b, map, body);
    turn_calls(s, parts->regions[0], number, expr_value(t, part));
}

static void emit_merges(Split *s, Builder b, const Region *body) {
    CloneMap *map = clone_map_create(s->module);
    const Expr *number = clone_axes(s, &b, map);
    clone_region_into(&b, map, body);
    turn_calls(s, b.region, number, NULL);
}

static void split_nest(Split *s, const Region *body) {
    Module *m = s->module;
    ExprTable *t = m->exprs;
    const Expr *tasks = expr_const(t, 1);
    for (int i = 0; i < s->kernels.len; i++) {
        SplitKernel *k = &s->kernels.data[i];
        for (int j = 0; j < i && !k->part; j++)
            if (kernels_are_alike(k->callee, s->kernels.data[j].callee)) {
                k->part = s->kernels.data[j].part;
                k->merge = s->kernels.data[j].merge;
            }
        if (k->part)
            continue;
        k->part = part_kernel(s, k);
        k->merge = merge_kernel(s, k);
    }
    for (int i = 0; i < s->axes.len; i++)
        tasks = expr_mul(t, tasks, trips(t, s->axes.data[i]));
    Builder b = builder_before(m, s->nest);
    Value *pair[2] = {build_index(&b, tasks), build_const_int(&b, ELEM_INDEX, FEW_TASKS)};
    Value *few = build_ewise(&b, OP_LE, pair, 2);
    Op *choice = build_op(&b, OP_IF, &few, 1, NULL, 0, NULL, 0, 2);
    Builder then = builder_at_end(m, choice->regions[0]);
    then.loc = s->nest->loc;
    s->values = temp_lists(s, &then, s->elem, "part_values");
    s->indices = temp_lists(s, &then, ELEM_I32, "part_indices");
    emit_parts(s, then, body);
    emit_merges(s, then, body);
    op_unlink(s->nest);
    op_append(choice->regions[1], s->nest);
}

static void split_workload(Module *m, PassContext *ctx, const AliasTable *alias, Func *f) {
    for (Op *op = f->body->first, *next; op; op = next) {
        next = op->next;
        if (op->code != OP_PARALLEL)
            continue;
        Split s = {.module = m, .ctx = ctx, .arena = ctx->arena, .alias = alias, .nest = op};
        const Region *body = match_nest(&s);
        if (!body)
            continue;
        nest_note(ctx, "split", f, op, "%d parts of the sweep where there are at most %d tasks", PARTS, FEW_TASKS);
        split_nest(&s, body);
    }
}

bool pass_split(Module *m, PassContext *ctx) {
    const AliasTable *alias = alias_compute(ctx->arena, m);
    int n = m->funcs.len;
    for (int i = 0; i < n; i++)
        if (m->funcs.data[i]->kind == FUNC_WORKLOAD)
            split_workload(m, ctx, alias, m->funcs.data[i]);
    return true;
}
