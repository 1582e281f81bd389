/* loops.c - questions about loops: their indices and bounds, what their bodies read and write, whether iterations are independent. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "passes/nest/nest.h"

Nest nest_open(Module *m, PassContext *ctx, const AliasTable *alias, Func *f) {
    Nest n = {m, ctx, ctx->arena, alias, f, facts_create(ctx->arena, m->exprs)};
    for (int i = 0; i < f->nindex_params; i++)
        facts_add_ge0(n.facts, expr_value(m->exprs, f->index_params[i].value));
    for (const Op *op = f->body->first; op; op = op->next)
        for (int i = 0; op->code == OP_ASSUME && i < op->nexprs; i++)
            facts_add_ge0(n.facts, op->exprs[i]);
    return n;
}

const Expr *nest_scalar(Builder *b, const Expr *e, const char *name) {
    Value *v = build_cast(b, build_index(b, e), ELEM_I64, NULL, false);
    v->name = name;
    return expr_value(b->module->exprs, v);
}

const Expr *nest_name_scalar(Module *m, Op *axis, const Expr *e, const char *name) {
    Op *top = axis, *around;
    while ((around = top->parent->parent_op) && around->code == OP_PARALLEL && top->parent->first == top->parent->last)
        top = around;
    if (!expr_is_outside(e, top->regions[0]) || e->nargs == 0)
        return e;
    Builder b = builder_before(m, top);
    return nest_scalar(&b, e, name);
}

typedef struct CallMarks {
    const Module *module;
    bool *keep;
} CallMarks;

static void mark_call(void *user, Op *op) {
    CallMarks *s = user;
    const Func *f = op->code == OP_CALL ? module_find(s->module, op_attr_str(op, ATTR_CALLEE)) : NULL;
    if (f)
        s->keep[f->position] = true;
}

void nest_drop_uncalled(Arena *arena, Module *m) {
    CallMarks s = {m, ARENA_ARRAY(arena, bool, m->funcs.len + 1)};
    for (int i = 0; i < m->funcs.len; i++) {
        s.keep[i] |= m->funcs.data[i]->exported || m->funcs.data[i]->kind != FUNC_KERNEL;
        walk_ops(m->funcs.data[i]->body, mark_call, &s);
    }
    module_keep_funcs(m, s.keep);
}

void nest_note(PassContext *ctx, const char *pass, const Func *f, const Op *loop, const char *format, ...) {
    if (!ctx->remark)
        return;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *name = loop_index(loop)->name;
    ctx->remark(ctx->user, loop->loc,
                arena_printf(ctx->arena, "%s: %s, loop %s: %s", pass, f->name, name ? name : "?", text));
}

/* ---- one loop ------------------------------------------------------------------------------------------------------ */

Value *loop_index(const Op *loop) { return loop->regions[0]->args[0]; }

bool loop_has_kind(const Op *op, const char *kind) { return op->code == OP_LOOP && op_attr_is(op, ATTR_KIND, kind); }

bool loop_has_unit_step(const Op *loop) { return expr_equals_const(loop->exprs[2], 1); }

Op *loop_build(Builder *b, const Expr *lo, const Expr *hi, const Expr *step, const char *kind, const char *name) {
    const Expr *bounds[3] = {lo, hi, step};
    Op *loop = build_op(b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_set_str(b->module, loop, ATTR_KIND, kind);
    op_set_str(b->module, loop, ATTR_NAME, name);
    region_add_arg(b->module, loop->regions[0], type_index(b->module), name);
    return loop;
}

bool value_is_inside(const Value *v, const Region *region) {
    const Region *home = value_region(v);
    return home && region_contains(region, home);
}

static bool leaf_is_outside(void *user, Value *v) { return !value_is_inside(v, user); }

bool expr_is_outside(const Expr *e, const Region *region) {
    return expr_each_value(e, leaf_is_outside, (void *)(uintptr_t)region);
}

/* ---- state --------------------------------------------------------------------------------------------------------- */

bool op_reads_state(const Op *op) { return op->code == OP_GET || op->code == OP_FIN; }

bool op_writes_state(const Op *op) {
    return op->code == OP_PUT || op->code == OP_STEP || op->code == OP_TOPK_FIN || op->code == OP_FILL;
}

bool index_separates(Nest *n, const Op *loop, const Expr *e) {
    const Expr *coef, *rest;
    return expr_split_affine(n->module->exprs, e, loop_index(loop), &coef, &rest) && expr_is_const(coef, NULL) &&
           !expr_equals_const(coef, 0) && expr_is_outside(rest, loop->regions[0]);
}

static bool is_state(const Value *v) { return v->type->kind == TYPE_ACC || type_is_memory(v->type); }

static bool may_overlap(Nest *n, const Value *a, const Value *b) {
    return a == b || (type_is_memory(a->type) && type_is_memory(b->type) && alias_may_overlap(n->alias, n->func, a, b));
}

typedef struct WriteSearch {
    Nest *nest;
    const Value *state;
    bool found;
} WriteSearch;

static void find_write(void *user, Op *op) {
    WriteSearch *s = user;
    if (!op_writes_state(op))
        return;
    int n = op->code == OP_TOPK_FIN ? op->noperands : 1;
    for (int i = 0; i < n; i++)
        s->found |= may_overlap(s->nest, op->operands[i], s->state);
}

bool region_writes(Nest *n, Region *region, const Value *state) {
    WriteSearch s = {n, state, false};
    walk_ops(region, find_write, &s);
    return s.found;
}

/* ---- independent iterations ---------------------------------------------------------------------------------------- */

/* State of outside that the body writes, and the index by which each access to it stays with its iteration. */
typedef struct Owned {
    const Value *base;
    int dim;
    const Expr *index;
} Owned;

typedef struct Independence {
    Nest *nest;
    const Op *loop;
    VEC(Owned) owned;
    bool ok;
} Independence;

static bool is_outer_state(const Independence *s, const Value *v) {
    return is_state(v) && !value_is_inside(alias_root(v), s->loop->regions[0]);
}

static void note_write(void *user, Op *op) {
    Independence *s = user;
    if (op->code == OP_FILL || op->code == OP_CALL || op_code_has(op->code, EFFECT))
        s->ok = false;
    if (op->code == OP_TOPK_FIN)
        for (int i = 0; i < op->noperands; i++)
            s->ok = s->ok && !is_outer_state(s, op->operands[i]);
    if ((op->code != OP_PUT && op->code != OP_STEP) || !is_outer_state(s, op->operands[0]))
        return;
    int rank = op->operands[0]->type->rank, dim = 0;
    while (dim < rank && !index_separates(s->nest, s->loop, op->exprs[dim]))
        dim++;
    if (dim == rank)
        s->ok = false;
    else
        VEC_PUSH(s->nest->arena, &s->owned, (Owned){op->operands[0], dim, op->exprs[dim]});
}

static bool access_stays(const Independence *s, const Op *op, const Value *base, bool indexed) {
    for (int i = 0; i < s->owned.len; i++) {
        const Owned *o = &s->owned.data[i];
        if (!may_overlap(s->nest, base, o->base))
            continue;
        if (!indexed || base != o->base || op->exprs[o->dim] != o->index)
            return false;
    }
    return true;
}

static void check_access(void *user, Op *op) {
    Independence *s = user;
    bool indexed = op->code == OP_GET || op->code == OP_PUT || op->code == OP_STEP || op->code == OP_FIN;
    if (op->code == OP_VIEW || op->code == OP_RESHAPE_VIEW || op->code == OP_PAGED)
        return;
    for (int i = 0; i < op->noperands && s->ok; i++)
        if (is_state(op->operands[i]))
            s->ok = access_stays(s, op, op->operands[i], indexed && i == 0);
}

bool loop_is_independent(Nest *n, const Op *loop) {
    Independence s = {.nest = n, .loop = loop, .ok = true};
    walk_ops(loop->regions[0], note_write, &s);
    if (s.ok && s.owned.len > 0)
        walk_ops(loop->regions[0], check_access, &s);
    return s.ok;
}

/* ---- extremes of bounds -------------------------------------------------------------------------------------------- */

enum { UNKNOWN = 2 };

static int join(int a, int b) { return a == 0 ? b : b == 0 || a == b ? a : UNKNOWN; }

/* 1: never falls as the index grows; -1: never rises; 0: does not depend on it. */
static int direction(ExprTable *t, const Expr *e, const Value *index) {
    const Expr *coef, *rest;
    int64_t c;
    if (!expr_uses(e, index))
        return 0;
    if (expr_split_affine(t, e, index, &coef, &rest))
        return expr_is_const(coef, &c) ? (c > 0) - (c < 0) : UNKNOWN;
    if (e->kind != EXPR_SUM && e->kind != EXPR_MIN && e->kind != EXPR_MAX && !(e->kind == EXPR_PROD && e->nargs == 1))
        return UNKNOWN;
    int d = 0;
    for (int i = 0; i < e->nargs; i++)
        d = join(d, direction(t, e->args[i], index));
    return e->kind == EXPR_PROD && e->c < 0 && d != UNKNOWN ? -d : d;
}

const Expr *expr_most_over(ExprTable *t, const Expr *e, const Value *index, const Expr *lo, const Expr *hi) {
    int d = direction(t, e, index);
    if (d == UNKNOWN)
        return NULL;
    return d == 0 ? e : expr_replace(t, e, index, d > 0 ? expr_add_const(t, hi, -1) : lo);
}

static bool mentions(const char *text, const char *name) {
    size_t n = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && !(isalnum((unsigned char)at[n]) || at[n] == '_'))
            return true;
    }
    return false;
}

bool nest_is_key(const Func *f, const Op *loop) {
    static const char *const keyed[] = {"dispatch", "streams", "task_graph", NULL};
    const char *name = loop_index(loop)->name;
    for (int i = 0; name && i < f->directives.len; i++)
        for (const char *const *k = keyed; *k; k++)
            if (strcmp(f->directives.data[i].name, *k) == 0 && mentions(f->directives.data[i].args, name))
                return true;
    return false;
}
