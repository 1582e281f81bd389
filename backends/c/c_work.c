/* How much a parallel axis has to do, roughly and without reading data: so little that threads do not pay, or not?
 *
 * The number of operations that run, a vector of lanes counting as one, as a sum of products of extents. What loops in blocks leave
 * over counts as one iteration. */
#include <string.h>

#include "backends/c/c_internal.h"

enum { MAX_TERMS = 12, MAX_FACTORS = 10, COSTLY_OPS = 12 };

typedef struct Term {
    double ops;
    const Expr *factor[MAX_FACTORS];
    int n;
} Term;

/* Of a function, in its index parameters. */
struct CWork {
    bool known;
    Term terms[MAX_TERMS];
    int n;
};

typedef struct Estimate {
    CGen *gen;
    CWork *out;
    Term around; /* iterations of the loops around, ops of one operation */
} Estimate;

static void estimate_region(Estimate *e, const Region *region);

/* ---- extents ---------------------------------------------------------------------------------------------------------- */
/* e without the parts that a block size leaves over. */
static const Expr *without_rests(void *table, const Expr *e) {
    return e->kind == EXPR_MOD ? expr_const(table, 0) : expr_rebuild(table, e, without_rests, table);
}

/* Iterations of a loop or axis; the constant 1 for one that only takes what another has left over. */
static const Expr *trips(CGen *gen, const Op *loop) {
    ExprTable *t = gen->exprs;
    const Expr *length = without_rests(t, expr_sub(t, loop->exprs[1], loop->exprs[0]));
    return expr_equals_const(length, 0) ? expr_const(t, 1) : expr_cdiv(t, length, loop->exprs[2]);
}

/* ---- sums of products -------------------------------------------------------------------------------------------------- */
static bool push_factor(Term *term, const Expr *factor) {
    int64_t c;
    if (expr_is_const(factor, &c)) {
        term->ops *= c > 1 ? (double)c : 1;
        return true;
    }
    if (term->n == MAX_FACTORS)
        return false;
    int at = term->n++;
    for (; at > 0 && term->factor[at - 1]->id > factor->id; at--)
        term->factor[at] = term->factor[at - 1];
    term->factor[at] = factor;
    return true;
}

static void add_term(CWork *w, const Term *term) {
    for (int i = 0; i < w->n; i++) {
        Term *old = &w->terms[i];
        if (old->n == term->n && memcmp(old->factor, term->factor, sizeof *old->factor * (size_t)old->n) == 0) {
            old->ops += term->ops;
            return;
        }
    }
    w->known = w->known && w->n < MAX_TERMS;
    if (w->known)
        w->terms[w->n++] = *term;
}

/* ---- operations ---------------------------------------------------------------------------------------------------------- */
static double ops_of(const CGen *gen, const Op *op) {
    double vectors = 1;
    const Value *v = op->nresults > 0 ? op->results[0] : op->noperands > 1 ? op->operands[1] : NULL;
    int64_t rows, lanes;
    if (v && v->type->kind == TYPE_TILE && v->type->rank == 2 && expr_is_const(v->type->dims[0], &rows) &&
        expr_is_const(v->type->dims[1], &lanes) && gen->lanes > 0)
        vectors = (double)rows * (double)((lanes + gen->lanes - 1) / gen->lanes);
    return vectors * (op_code_has(op->code, COSTLY) ? COSTLY_OPS : 1);
}

/* All of the callee, with the call's extents. */
static void estimate_call(Estimate *e, const Op *call) {
    const Func *f = module_find(e->gen->module, op_attr_str(call, ATTR_CALLEE));
    const CWork *w = f ? c_work_of(e->gen, f) : NULL;
    e->out->known = e->out->known && w && w->known;
    for (int i = 0; e->out->known && i < w->n; i++) {
        Term term = e->around;
        term.ops *= w->terms[i].ops;
        for (int k = 0; k < w->terms[i].n; k++) {
            const Expr *factor = w->terms[i].factor[k];
            for (int p = 0; p < f->nindex_params; p++)
                factor = expr_replace(e->gen->exprs, factor, f->index_params[p].value, call->exprs[p]);
            e->out->known = push_factor(&term, factor) && e->out->known;
        }
        add_term(e->out, &term);
    }
}

static bool is_loop(const Op *op) { return op->code == OP_LOOP || op->code == OP_PARALLEL || op->code == OP_FOR; }

static bool is_choice(const Op *op) { return op->code == OP_IF || op->code == OP_SWITCH || op->code == OP_ISLAND; }

/* Vectors of a panel. */
static bool push_panel(CGen *gen, Term *term, const Type *panel) {
    const Expr *lanes = expr_const(gen->exprs, gen->lanes > 0 ? gen->lanes : 1);
    return push_factor(term, panel->dims[panel->rank - 2]) &&
           push_factor(term, expr_cdiv(gen->exprs, panel->dims[panel->rank - 1], lanes));
}

static void estimate_op(Estimate *e, const Op *op) {
    Term around = e->around;
    if (op->code == OP_CALL) {
        estimate_call(e, op);
        return;
    }
    bool loop = is_loop(op);
    if (op->code == OP_TOPK_FIN || (op->nregions > 0 && !loop && !is_choice(op)))
        e->out->known = false;
    if (loop)
        e->out->known = push_factor(&e->around, trips(e->gen, op)) && e->out->known;
    Term term = e->around;
    term.ops *= ops_of(e->gen, op);
    if (op->code == OP_PACK)
        e->out->known = push_panel(e->gen, &term, op->operands[0]->type) && e->out->known;
    add_term(e->out, &term);
    for (int i = 0; i < op->nregions; i++)
        estimate_region(e, op->regions[i]);
    e->around = around;
}

/* 1 or less, or made of a min of that and something: what is left at the end of a dimension. */
static bool is_last_piece(const Expr *e) {
    int64_t c;
    bool piece = expr_is_const(e, &c) && c <= 1;
    for (int i = 0; i < e->nargs && !piece; i++)
        piece = (e->kind == EXPR_MIN && expr_is_const(e->args[i], &c) && c <= 1) || is_last_piece(e->args[i]);
    return piece;
}

/* Of extents that change along a loop the first or the last, whichever is more. */
static const Expr *settle(ExprTable *t, const Expr *factor, const Op *loop) {
    const Value *index = loop->regions[0]->args[0];
    if (!expr_uses(factor, index))
        return factor;
    const Expr *last = expr_replace(t, factor, index, expr_add_const(t, loop->exprs[1], -1));
    const Expr *first = expr_replace(t, factor, index, loop->exprs[0]);
    int64_t c;
    return is_last_piece(last) ? first : expr_is_const(first, &c) && c <= 1 ? last : expr_max(t, first, last);
}

static void settle_indices(Estimate *e, const Op *loop) {
    for (int i = 0; i < e->out->n; i++) {
        Term *term = &e->out->terms[i], sorted = {.ops = term->ops};
        for (int k = 0; k < term->n; k++)
            push_factor(&sorted, settle(e->gen->exprs, term->factor[k], loop));
        *term = sorted;
    }
}

static void estimate_region(Estimate *e, const Region *region) {
    for (const Op *op = region->first; op && e->out->known; op = op->next)
        estimate_op(e, op);
    const Op *loop = region->parent_op;
    if (loop && is_loop(loop))
        settle_indices(e, loop);
}

static CWork *estimate(CGen *gen, const Region *region) {
    CWork *w = ARENA_NEW(gen->keep, CWork);
    w->known = true;
    Estimate e = {.gen = gen, .out = w, .around = {.ops = 1}};
    estimate_region(&e, region);
    return w;
}

const CWork *c_work_of(CGen *gen, const Func *f) {
    if (!gen->work)
        gen->work = ARENA_ARRAY(gen->keep, const CWork *, gen->module->funcs.len);
    if (!gen->work[f->position])
        gen->work[f->position] = estimate(gen, f->body);
    return gen->work[f->position];
}

/* ---- the text -------------------------------------------------------------------------------------------------------------- */
typedef struct Outside {
    const Region *region;
} Outside;

static bool is_outside(void *user, Value *v) {
    const Outside *o = user;
    const Region *r = v->region ? v->region : v->def->parent;
    for (; r; r = r->parent_op ? r->parent_op->parent : NULL)
        if (r == o->region)
            return false;
    return true;
}

static bool all_outside(const CWork *w, const Region *region) {
    Outside o = {region};
    for (int i = 0; i < w->n; i++)
        for (int k = 0; k < w->terms[i].n; k++)
            if (!expr_each_value(w->terms[i].factor[k], is_outside, &o))
                return false;
    return true;
}

/* Every factor of a is one of b. */
static bool is_part_of(const Term *a, const Term *b) {
    int k = 0;
    for (int i = 0; i < b->n && k < a->n; i++)
        k += b->factor[i] == a->factor[k];
    return k == a->n;
}

/* Terms that another one outgrows say little. */
static void drop_small_terms(CWork *w) {
    int n = 0;
    for (int i = 0; i < w->n; i++) {
        bool small = false;
        for (int k = 0; k < w->n; k++)
            small = small || (k != i && w->terms[k].n > w->terms[i].n && w->terms[k].ops * 2 >= w->terms[i].ops &&
                              is_part_of(&w->terms[i], &w->terms[k]));
        if (!small)
            w->terms[n++] = w->terms[i];
    }
    w->n = n;
}

const char *c_work_text(CFn *fn, const Op *axis, const Region *body) {
    CGen *gen = fn->gen;
    CWork *w = estimate(gen, body);
    for (const Region *r = body; w->known; r = r->parent_op->parent) {
        Estimate e = {.gen = gen, .out = w};
        settle_indices(&e, r->parent_op);
        if (r->parent_op == axis)
            break;
    }
    if (!w->known || !all_outside(w, axis->regions[0]))
        return NULL;
    drop_small_terms(w);
    Buf text = {0};
    for (int i = 0; i < w->n; i++) {
        buf_printf(&text, "%s%.1f", i ? " + " : "", w->terms[i].ops);
        for (int k = 0; k < w->terms[i].n; k++)
            buf_printf(&text, " * (double)%s", c_expr_atom(fn, w->terms[i].factor[k]));
    }
    const char *r = text.len < 400 ? arena_strdup(gen->arena, buf_text(&text)) : NULL;
    buf_free(&text);
    return r;
}
