/* eval_prepare.c - a function in the form that runs: dense slots, bound C functions, expressions that read slots.
 *
 * Also the gate against malformed IR: a value may be named only where its definition is visible, and each op has the
 * operands, results, expressions and regions that its function in eval_table.c counts on. */
#include <string.h>
#include "ir/eval_internal.h"

typedef struct Prepare {
    EvalRun *run;
    Arena *arena;
    int nslots;
    VEC(const Value *) visible; /* so that a region's values vanish behind it */
    VEC(bool) is_scalar;
} Prepare;

static void prepare_region(Prepare *p, EvalRegion *out, const Region *region);

/* ---- slots ----------------------------------------------------------------------------------- */
static int slot_define(Prepare *p, const Value *v) {
    int slot = p->nslots++;
    p->run->slot_of[v->id] = slot;
    VEC_PUSH(p->arena, &p->visible, v);
    VEC_PUSH(p->arena, &p->is_scalar, type_is_scalar(v->type));
    return slot;
}

static int *slots_define(Prepare *p, Value *const *values, int n) {
    int *slots = ARENA_ARRAY(p->arena, int, n + 1);
    for (int i = 0; i < n; i++)
        slots[i] = slot_define(p, values[i]);
    return slots;
}

static int slot_use(Prepare *p, const Op *op, const Value *v) {
    int slot = v->id < p->run->module->next_value_id ? p->run->slot_of[v->id] : -1;
    if (slot < 0)
        eval_fail(p->run, op, PTOC_E_ARGUMENT, "value `%s` is used where it is not defined", v->name ? v->name : "?");
    return slot;
}

static int *slots_use(Prepare *p, const Op *op, Value *const *values, int n) {
    int *slots = ARENA_ARRAY(p->arena, int, n + 1);
    for (int i = 0; i < n; i++)
        slots[i] = slot_use(p, op, values[i]);
    return slots;
}

static void slots_hide(Prepare *p, int from) {
    while (p->visible.len > from)
        p->run->slot_of[VEC_POP(&p->visible)->id] = -1;
}

/* ---- expressions ----------------------------------------------------------------------------- */
static void expr_compile(Prepare *p, const Op *op, const Expr *e, EvalExpr *out);

static int leaf_slot(Prepare *p, const Op *op, const Value *v) {
    if (!type_is_scalar(v->type) || !elem_is_int(v->type->elem))
        eval_fail(p->run, op, PTOC_E_ARGUMENT, "value `%s` stands in an index expression but is no integer scalar",
                  v->name ? v->name : "?");
    return slot_use(p, op, v);
}

/* The leaf of `value` or `c * value`, or NULL. */
static const Value *term_leaf(const Expr *e) {
    if (e->kind == EXPR_VALUE)
        return e->value;
    return e->kind == EXPR_PROD && e->nargs == 1 && e->args[0]->kind == EXPR_VALUE ? e->args[0]->value : NULL;
}

static bool expr_is_linear(const Expr *e) {
    if (e->kind != EXPR_SUM)
        return e->kind == EXPR_PROD && term_leaf(e);
    for (int i = 0; i < e->nargs; i++)
        if (!term_leaf(e->args[i]))
            return false;
    return true;
}

static void expr_compile_linear(Prepare *p, const Op *op, const Expr *e, EvalExpr *out) {
    bool sum = e->kind == EXPR_SUM;
    int n = sum ? e->nargs : 1;
    EvalTerm *terms = ARENA_ARRAY(p->arena, EvalTerm, n);
    for (int i = 0; i < n; i++) {
        const Expr *term = sum ? e->args[i] : e;
        terms[i].coef = term->kind == EXPR_PROD ? term->c : 1;
        terms[i].slot = leaf_slot(p, op, term_leaf(term));
    }
    *out = (EvalExpr){.kind = EVAL_LINEAR, .n = n, .c = sum ? e->c : 0, .terms = terms};
}

static EvalExprKind expr_kind(ExprKind kind) {
    switch (kind) {
    case EXPR_CONST: return EVAL_CONST;
    case EXPR_VALUE: return EVAL_SLOT;
    case EXPR_PROD: return EVAL_PROD;
    case EXPR_SUM: return EVAL_SUM;
    case EXPR_DIV: return EVAL_DIV;
    case EXPR_MOD: return EVAL_MOD;
    case EXPR_MIN: return EVAL_MIN;
    case EXPR_MAX: return EVAL_MAX;
    }
    return EVAL_CONST;
}

static void expr_compile(Prepare *p, const Op *op, const Expr *e, EvalExpr *out) {
    if (expr_is_linear(e)) {
        expr_compile_linear(p, op, e, out);
        return;
    }
    EvalExpr *args = e->nargs ? ARENA_ARRAY(p->arena, EvalExpr, e->nargs) : NULL;
    for (int i = 0; i < e->nargs; i++)
        expr_compile(p, op, e->args[i], &args[i]);
    *out = (EvalExpr){.kind = expr_kind(e->kind), .n = e->nargs, .c = e->c, .args = args};
    if (e->kind == EXPR_VALUE)
        out->slot = leaf_slot(p, op, e->value);
}

static EvalExpr *exprs_compile(Prepare *p, const Op *op, const Expr *const *exprs, int n) {
    EvalExpr *out = ARENA_ARRAY(p->arena, EvalExpr, n + 1);
    for (int i = 0; i < n; i++)
        expr_compile(p, op, exprs[i], &out[i]);
    return out;
}

static int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static int64_t wrap_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

static int64_t divide(int64_t a, int64_t b) {
    if (b == -1)
        return wrap_mul(a, -1);
    return b ? a / b : 0;
}

static int64_t remainder_of(int64_t a, int64_t b) { return b && b != -1 ? a % b : 0; }

static int64_t eval_extreme(const EvalSlot *frame, const EvalExpr *e, bool greatest) {
    int64_t best = eval_expr(frame, &e->args[0]);
    for (int i = 1; i < e->n; i++) {
        int64_t v = eval_expr(frame, &e->args[i]);
        best = (greatest ? v > best : v < best) ? v : best;
    }
    return best;
}

int64_t eval_expr_general(const EvalSlot *frame, const EvalExpr *e) {
    int64_t r = e->c;
    switch (e->kind) {
    case EVAL_CONST: return e->c;
    case EVAL_SLOT: return frame[e->slot].s.i;
    case EVAL_LINEAR:
        for (int i = 0; i < e->n; i++)
            r = wrap_add(r, wrap_mul(e->terms[i].coef, frame[e->terms[i].slot].s.i));
        return r;
    case EVAL_PROD:
        for (int i = 0; i < e->n; i++)
            r = wrap_mul(r, eval_expr(frame, &e->args[i]));
        return r;
    case EVAL_SUM:
        for (int i = 0; i < e->n; i++)
            r = wrap_add(r, eval_expr(frame, &e->args[i]));
        return r;
    case EVAL_DIV: return divide(eval_expr(frame, &e->args[0]), eval_expr(frame, &e->args[1]));
    case EVAL_MOD: return remainder_of(eval_expr(frame, &e->args[0]), eval_expr(frame, &e->args[1]));
    case EVAL_MIN: return eval_extreme(frame, e, false);
    case EVAL_MAX: return eval_extreme(frame, e, true);
    }
    return 0;
}

/* ---- ops ------------------------------------------------------------------------------------- */
static bool operand_fits(char letter, const Type *t) {
    switch (letter) {
    case 't': return type_is_tile(t);
    case 's': return type_is_scalar(t);
    case 'm': return type_is_memory(t);
    case 'x': return type_is_tile(t) || type_is_memory(t);
    case 'a': return t->kind == TYPE_ACC;
    case 'y': return type_is_memory(t) || t->kind == TYPE_ACC;
    default: return false;
    }
}

static void operands_check(Prepare *p, const EvalOp *op, const char *letters) {
    bool optional = false;
    int n = 0;
    for (; *letters; letters++) {
        if (*letters == '*')
            return;
        if (*letters == '?') {
            optional = true;
            continue;
        }
        if (n >= op->nin) {
            eval_want(p->run, op, optional, "too few operands");
            return;
        }
        eval_want(p->run, op, operand_fits(*letters, op->op->operands[n]->type), "an operand is of the wrong kind");
        n++;
    }
    eval_want(p->run, op, n == op->nin, "too many operands");
}

static void op_facts(EvalOp *out, const Op *op) {
    const Value *first = op->noperands ? op->operands[0] : op->nresults ? op->results[0] : NULL;
    out->elem = first ? first->type->elem : ELEM_INDEX;
    out->out_elem = op->nresults ? op->results[0]->type->elem : out->elem;
    out->scalar = true;
    for (int i = 0; i < op->noperands; i++)
        out->scalar = out->scalar && type_is_scalar(op->operands[i]->type);
    for (int i = 0; i < op->nresults; i++)
        out->scalar = out->scalar && type_is_scalar(op->results[i]->type);
}

static const EvalExpr *const *dims_compile(Prepare *p, const Op *op, Value *const *values, int n) {
    const EvalExpr **dims = ARENA_ARRAY(p->arena, const EvalExpr *, n + 1);
    for (int i = 0; i < n; i++)
        if (!type_is_scalar(values[i]->type))
            dims[i] = exprs_compile(p, op, values[i]->type->dims, values[i]->type->rank);
    return dims;
}

static void prepare_op(Prepare *p, EvalOp *out, const Op *op) {
    const EvalEntry *entry = eval_entry(op->code);
    out->op = op;
    if (!entry->fn)
        eval_fail(p->run, op, PTOC_E_UNSUPPORTED, "`%s` may not stand in the IR", op_info(op->code)->name);
    out->fn = entry->fn;
    out->nin = op->noperands;
    out->nout = op->nresults;
    out->nexprs = op->nexprs;
    out->nregions = op->nregions;
    op_facts(out, op);
    operands_check(p, out, entry->operands);
    eval_want(p->run, out, entry->results < 0 || out->nout == entry->results, "a wrong number of results");
    eval_want(p->run, out, out->nexprs >= entry->exprs, "too few expressions");
    eval_want(p->run, out, entry->regions < 0 || out->nregions == entry->regions, "a wrong number of regions");
    out->in = slots_use(p, op, op->operands, op->noperands);
    out->exprs = exprs_compile(p, op, op->exprs, op->nexprs);
    out->dims = dims_compile(p, op, op->results, op->nresults);
    out->regions = ARENA_ARRAY(p->arena, EvalRegion, op->nregions + 1);
    for (int i = 0; i < op->nregions; i++)
        prepare_region(p, &out->regions[i], op->regions[i]);
    out->out = slots_define(p, op->results, op->nresults);
    if (entry->prepare)
        entry->prepare(p->run, out);
}

static void prepare_region(Prepare *p, EvalRegion *out, const Region *region) {
    int from = p->visible.len;
    out->nargs = region->nargs;
    out->args = slots_define(p, region->args, region->nargs);
    for (const Op *op = region->first; op; op = op->next)
        out->nops += op->code != OP_YIELD;
    out->ops = ARENA_ARRAY(p->arena, EvalOp, out->nops + 1);
    int n = 0;
    for (const Op *op = region->first; op; op = op->next) {
        if (op->code != OP_YIELD) {
            prepare_op(p, &out->ops[n++], op);
            continue;
        }
        if (op->next)
            eval_fail(p->run, op, PTOC_E_ARGUMENT, "yield is not the last op of its region");
        out->yield = slots_use(p, op, op->operands, op->noperands);
        out->nyield = op->noperands;
    }
    slots_hide(p, from);
}

EvalFunc *eval_find_func(EvalRun *run, const char *name) {
    for (int i = 0; i < run->module->funcs.len; i++)
        if (strcmp(run->funcs[i].func->name, name) == 0)
            return &run->funcs[i];
    return NULL;
}

void eval_prepare(EvalRun *run, EvalFunc *func) {
    if (func->prepared)
        return;
    Prepare p = {.run = run, .arena = run->arena};
    const Func *f = func->func;
    if (f->body->nargs != f->nindex_params + f->nparams)
        eval_fail(run, NULL, PTOC_E_ARGUMENT, "`%s`: the body's arguments are not the parameters", f->name);
    prepare_region(&p, &func->body, f->body);
    for (int i = 0; i < f->body->nargs; i++) /* the extents of parameters are read in the same frame */
        run->slot_of[f->body->args[i]->id] = func->body.args[i];
    Value **values = ARENA_ARRAY(p.arena, Value *, f->nparams + 1);
    for (int i = 0; i < f->nparams; i++) {
        values[i] = f->params[i].value;
        if (values[i]->type->kind == TYPE_CSR || (type_is_tile(values[i]->type) && !type_is_scalar(values[i]->type)))
            eval_fail(run, NULL, PTOC_E_UNSUPPORTED, "`%s`: parameter `%s` is neither memory nor a scalar", f->name,
                      values[i]->name ? values[i]->name : "?");
    }
    func->param_dims = dims_compile(&p, NULL, values, f->nparams);
    for (int i = 0; i < f->body->nargs; i++)
        run->slot_of[f->body->args[i]->id] = -1;
    func->prepared = true;
    func->nslots = p.nslots;
    func->is_scalar = p.is_scalar.data;
}
