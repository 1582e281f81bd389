/* strip - `block(kernel.DIM = N)`: loops over a dimension run in blocks of the length that the schedule asks for.
 *
 * Needs: block stage. Keeps: results, bit for bit: the iterations of a loop stay in order. Two passes:
 * `blocks` marks the loops over DIM in the kernels that the workload calls, before loops are moved, split and copied; a kernel that
 * workloads with different wishes call is cloned. `strip` cuts what became of the marked loops: an outer loop steps from block to
 * block, and goes outside of the loops around it whose iterations are independent and hold nothing else, so that all of them use one
 * block before the next; operand panels (pack) are made for a block and no more. Where `rows` and `contract` cut a marked loop anyway,
 * they take its length for their own. */
#include <stdlib.h>
#include <string.h>

#include "passes/nest/nest.h"

enum {
    EVEN = 48 /* lengths from here on are multiples of it, and so of any register block */
};

typedef struct Wish {
    const char *kernel, *dim;
    int64_t length;
    bool acts;
    const Directive *from;
} Wish;

/* A kernel as one set of wishes wants it. */
typedef struct Version {
    Func *kernel;
    const char *wishes; /* texts of the directives, one after the other */
    Func *made;
} Version;

typedef struct Marker {
    Module *module;
    PassContext *ctx;
    Func *workload;
    VEC(Wish) wishes; /* of the workload */
    VEC(Version) versions;
} Marker;

/* ---- wishes ---------------------------------------------------------------------------------------------------------- */

/* "kernel.DIM = 128", as the front end writes it. */
static void read_wish(Marker *k, const Directive *d) {
    const char *dot = strchr(d->args, '.'), *equal = strstr(d->args, " = ");
    if (strcmp(d->name, "block") != 0 || !dot || !equal || dot > equal)
        return;
    Wish w = {.from = d, .length = strtoll(equal + 3, NULL, 10)};
    w.kernel = arena_strndup(k->ctx->arena, d->args, (size_t)(dot - d->args));
    w.dim = arena_strndup(k->ctx->arena, dot + 1, (size_t)(equal - dot - 1));
    VEC_PUSH(k->ctx->arena, &k->wishes, w);
}

static bool is_for(const Wish *w, const Func *kernel) { return strcmp(w->kernel, kernel->origin) == 0; }

static const char *wishes_for(Marker *k, const Func *kernel) {
    const char *all = "";
    for (int i = 0; i < k->wishes.len; i++)
        if (is_for(&k->wishes.data[i], kernel))
            all = arena_printf(k->ctx->arena, "%s%s;", all, k->wishes.data[i].from->args);
    return all;
}

/* Rounded up to what register blocks divide. */
static int64_t even_length(const PassContext *ctx, int64_t length) {
    int64_t even = length >= EVEN ? EVEN : ctx->vector.lanes > 1 ? ctx->vector.lanes : 1;
    return (length + even - 1) / even * even;
}

/* ---- marks ----------------------------------------------------------------------------------------------------------- */

typedef struct MarkWalk {
    Marker *k;
    Wish *wish;
    const Value *symbol;
    Func *func;
} MarkWalk;

static void mark_loop(void *user, Op *op) {
    MarkWalk *w = user;
    const Expr *trip;
    if (op->code != OP_LOOP || !loop_has_unit_step(op))
        return;
    trip = expr_sub(w->k->module->exprs, op->exprs[1], op->exprs[0]);
    if (trip->kind != EXPR_VALUE || trip->value != w->symbol)
        return;
    int64_t length = even_length(w->k->ctx, w->wish->length);
    op_set_int(w->k->module, op, ATTR_BLOCK, length);
    nest_note(w->k->ctx, "blocks", w->func, op, "blocks of %lld along %s, as the schedule asks", (long long)length,
              w->wish->dim);
    w->wish->acts = true;
}

static void mark_kernel(Marker *k, Func *f) {
    for (int i = 0; i < k->wishes.len; i++)
        for (int p = 0; is_for(&k->wishes.data[i], f) && p < f->nindex_params; p++) {
            const Value *symbol = f->index_params[p].value;
            MarkWalk w = {k, &k->wishes.data[i], symbol, f};
            if (strcmp(symbol->name, w.wish->dim) == 0)
                walk_ops(f->body, mark_loop, &w);
        }
}

/* The kernel as this workload wants it: itself at first, a clone for every other set of wishes. */
static Func *version_for(Marker *k, Func *f, const char *wishes) {
    bool first = true;
    for (int i = 0; i < k->versions.len; i++) {
        if (k->versions.data[i].kernel == f && strcmp(k->versions.data[i].wishes, wishes) == 0)
            return k->versions.data[i].made;
        first = first && k->versions.data[i].kernel != f;
    }
    Version v = {f, wishes, f};
    if (!first) {
        const char *name = arena_printf(k->module->arena, "%s__blocks", f->name);
        while (module_find(k->module, name))
            name = arena_printf(k->module->arena, "%s_", name);
        v.made = clone_func(k->module, f, str_intern(k->module->strings, name), clone_map_create(k->module));
    }
    VEC_PUSH(k->ctx->arena, &k->versions, v);
    return v.made;
}

static void choose_version(void *user, Op *op) {
    Marker *k = user;
    Func *f = op->code == OP_CALL ? module_find(k->module, op_attr_str(op, ATTR_CALLEE)) : NULL;
    if (!f || f->kind != FUNC_KERNEL)
        return;
    Func *made = version_for(k, f, wishes_for(k, f));
    if (made != f)
        op_set_str(k->module, op, ATTR_CALLEE, made->name);
}

/* After all versions have been made of kernels without marks. */
static void mark_called(void *user, Op *op) {
    Marker *k = user;
    Func *f = op->code == OP_CALL ? module_find(k->module, op_attr_str(op, ATTR_CALLEE)) : NULL;
    if (f && f->kind == FUNC_KERNEL)
        mark_kernel(k, f);
}

static bool complain(Marker *k) {
    bool ok = true;
    for (int i = 0; i < k->wishes.len; i++) {
        const Wish *w = &k->wishes.data[i];
        if (!w->acts)
            diag_report(k->ctx->diag, DIAG_BLOCK_IMPOSSIBLE, module_span(k->module, k->ctx->diag, w->from->loc),
                        w->from->args, k->workload->name, w->kernel, w->dim);
        ok = ok && w->acts;
    }
    return ok;
}

static void read_wishes(Marker *k, Func *workload) {
    k->workload = workload;
    k->wishes.len = 0;
    for (int i = 0; i < workload->directives.len; i++)
        read_wish(k, &workload->directives.data[i]);
}

bool pass_blocks(Module *m, PassContext *ctx) {
    Marker k = {.module = m, .ctx = ctx};
    int n = m->funcs.len;
    bool ok = true, any = false;
    for (int i = 0; i < n; i++) {
        read_wishes(&k, m->funcs.data[i]);
        any = any || k.wishes.len > 0;
    }
    for (int i = 0; i < n && any; i++) {
        read_wishes(&k, m->funcs.data[i]);
        if (m->funcs.data[i]->kind == FUNC_WORKLOAD)
            walk_ops(m->funcs.data[i]->body, choose_version, &k);
    }
    for (int i = 0; i < n && any; i++) {
        read_wishes(&k, m->funcs.data[i]);
        walk_ops(m->funcs.data[i]->body, mark_called, &k);
        ok = complain(&k) && ok;
    }
    return ok;
}

/* ---- cutting ----------------------------------------------------------------------------------------------------------- */

/* Two loops, one the only op of the other, change places. */
static void interchange(Op *outer, Op *inner) {
    op_unlink(inner);
    op_insert_before(inner, outer);
    op_unlink(outer);
    Region *body = inner->regions[0];
    for (Op *op = body->first, *next; op; op = next) {
        next = op->next;
        op_unlink(op);
        op_append(outer->regions[0], op);
    }
    op_append(body, outer);
}

static bool may_go_outside(Nest *n, const Op *blocks, const Op *around) {
    if (!around || around->code != OP_LOOP || loop_has_kind(around, "block"))
        return false;
    if (blocks->prev || blocks->next)
        return false;
    for (int i = 0; i < blocks->nexprs; i++)
        if (expr_uses(blocks->exprs[i], loop_index(around)))
            return false;
    return op_attr_bool(around, ATTR_DISJOINT) || loop_is_independent(n, around);
}

static void cut(Nest *n, Op *loop) {
    ExprTable *t = n->module->exprs;
    int64_t length = op_attr_int(loop, ATTR_BLOCK, 0), most;
    const Expr *trip = expr_sub(t, loop->exprs[1], loop->exprs[0]);
    if (facts_upper_const(n->facts, trip, &most) && most <= length)
        return;
    Builder b = builder_before(n->module, loop);
    b.loc = loop->loc;
    Op *blocks =
        loop_build(&b, loop->exprs[0], loop->exprs[1], expr_const(t, length), "block", op_attr_str(loop, ATTR_NAME));
    const Expr *lo = expr_value(t, loop_index(blocks));
    loop_index(blocks)->name = loop_index(loop)->name;
    loop->exprs[1] = expr_min(t, expr_add_const(t, lo, length), loop->exprs[1]);
    loop->exprs[0] = lo;
    op_unlink(loop);
    op_append(blocks->regions[0], loop);
    int outside = 0;
    for (; may_go_outside(n, blocks, blocks->parent->parent_op); outside++)
        interchange(blocks->parent->parent_op, blocks);
    nest_note(n->ctx, "strip", n->func, blocks, "blocks of %lld, outside of %d loops", (long long)length, outside);
}

static void find_marked(void *user, Op *op) {
    OpList *found = user;
    if (op->code == OP_LOOP && op_attr(op, ATTR_BLOCK) && loop_has_unit_step(op))
        VEC_PUSH(op->parent->func->module->arena, found, op);
}

bool pass_strip(Module *m, PassContext *ctx) {
    const AliasTable *alias = alias_compute(ctx->arena, m);
    for (int i = 0; i < m->funcs.len; i++) {
        Nest n = nest_open(m, ctx, alias, m->funcs.data[i]);
        OpList found = {0};
        walk_ops(n.func->body, find_marked, &found);
        for (int k = 0; k < found.len; k++)
            cut(&n, found.data[k]);
    }
    return true;
}
