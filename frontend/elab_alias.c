/* Section 6: in one call an `out` or `inout` view may overlap another argument only if both are the same view. */
#include "frontend/elab_access.h"
#include "frontend/elab_workload.h"

typedef struct AliasPair {
    const CallArg *written, *other;
    const char *written_name, *other_name;
    MemoryBox a, b;
} AliasPair;

/* An expression that is >= 0 exactly when a ends before b begins in dimension d. */
static const Expr *gap(Elab *e, const MemoryBox *a, const MemoryBox *b, int d) {
    return expr_sub(e->exprs, b->lo[d], expr_add(e->exprs, a->lo[d], a->len[d]));
}

static bool is_disjoint(Elab *e, const AliasPair *p) {
    const int common = memory_box_common_dims(&p->a, &p->b);
    for (int d = 0; d < common; d++)
        if (facts_prove_ge0(e->facts, gap(e, &p->a, &p->b, d)) || facts_prove_ge0(e->facts, gap(e, &p->b, &p->a, d)))
            return true;
    return false;
}

/* They meet in every dimension, if only they have elements. */
static bool is_overlap(Elab *e, const AliasPair *p) {
    if (!p->a.exact || !p->b.exact || !memory_box_comparable(&p->a, &p->b))
        return false;
    int mark = facts_mark(e->facts);
    const Expr *minus_one = expr_const(e->exprs, -1);
    for (int d = 0; d < p->a.rank; d++) {
        facts_add_ge0(e->facts, expr_add_const(e->exprs, p->a.len[d], -1));
        facts_add_ge0(e->facts, expr_add_const(e->exprs, p->b.len[d], -1));
    }
    bool meets = true;
    for (int d = 0; d < p->a.rank && meets; d++)
        meets = facts_prove_le(e->facts, gap(e, &p->a, &p->b, d), minus_one) &&
                facts_prove_le(e->facts, gap(e, &p->b, &p->a, d), minus_one);
    facts_release(e->facts, mark);
    return meets;
}

/* >= 0 exactly when both are the same places. */
static const Expr *same_places(Elab *e, const AliasPair *p) {
    const Expr *same = NULL;
    for (int d = 0; d < p->a.rank; d++) {
        const Expr *lo = expr_sub(e->exprs, p->a.lo[d], p->b.lo[d]),
                   *len = expr_sub(e->exprs, p->a.len[d], p->b.len[d]);
        const Expr *here = expr_min(e->exprs, expr_min(e->exprs, lo, expr_neg(e->exprs, lo)),
                                    expr_min(e->exprs, len, expr_neg(e->exprs, len)));
        same = same ? expr_min(e->exprs, same, here) : here;
    }
    return same;
}

static void check_at_run_time(Elab *e, const Callee *callee, const AliasPair *p) {
    const Expr *apart = NULL;
    for (int d = 0; d < p->a.rank; d++) {
        const Expr *here = expr_max(e->exprs, gap(e, &p->a, &p->b, d), gap(e, &p->b, &p->a, d));
        here = expr_max(e->exprs, here, expr_neg(e->exprs, p->a.len[d]));
        here = expr_max(e->exprs, here, expr_neg(e->exprs, p->b.len[d]));
        apart = apart ? expr_max(e->exprs, apart, here) : here;
    }
    const char *text = arena_printf(e->arena, "%s: the arguments of %s and %s overlap, and %s is written", callee->name,
                                    p->written_name, p->other_name, p->written_name);
    if (apart)
        workload_check_ge0(e, expr_max(e->exprs, apart, same_places(e, p)), "ALIAS", text, NULL, 0);
}

static void check_pair(Elab *e, const Callee *callee, AliasPair *p) {
    if (p->a.root != p->b.root || memory_box_same(&p->a, &p->b) || is_disjoint(e, p))
        return;
    if (is_overlap(e, p)) {
        report_note(
            ELAB_ERROR(e, CALL_ALIAS, p->written->span, p->written_name, p->other_name, callee->name, p->written_name),
            p->other->span, "the other argument is here");
        return;
    }
    if (p->a.exact && p->b.exact && memory_box_comparable(&p->a, &p->b))
        check_at_run_time(e, callee, p);
    else
        report_note(ELAB_ERROR(e, CALL_ALIAS_UNKNOWN, p->written->span, p->written_name, p->other_name, callee->name),
                    p->other->span, "the other argument is here");
}

static bool is_written(const ElabParam *p) {
    return p->ast->direction == AST_DIR_OUT || p->ast->direction == AST_DIR_INOUT;
}

void call_check_aliases(Elab *e, const Callee *callee, const CallArg *args, const Op *call) {
    Builder saved = e->b;
    e->b.before = (Op *)call;
    for (int i = 0; i < callee->nparams; i++) {
        if (!args[i].view || !is_written(&callee->params[i]))
            continue;
        for (int k = 0; k < callee->nparams; k++) {
            if (k == i || !args[k].view || (k < i && is_written(&callee->params[k])))
                continue;
            AliasPair p = {&args[i],
                           &args[k],
                           callee->params[i].ast->name.text,
                           callee->params[k].ast->name.text,
                           memory_box_of(e->module, call->operands[callee->params[i].position]),
                           memory_box_of(e->module, call->operands[callee->params[k].position])};
            check_pair(e, callee, &p);
        }
    }
    e->b = saved;
}
