/* Index expressions that a block of C writes more than once get a name in it: minima, maxima, quotients and remainders. */
#include <string.h>
#include "backends/c/c_internal.h"

enum {
    SHARED_LENGTH = 14, /* characters; shorter text is as good as a name */
    SHARED_MOST = 64    /* names asked for by one region */
};

static bool can_share(const Expr *e) {
    bool quotient = e->kind == EXPR_DIV || e->kind == EXPR_MOD;
    return e->kind == EXPR_MIN || e->kind == EXPR_MAX || (quotient && e->args[0]->kind != EXPR_VALUE);
}

/* Is the value there at every op of the region: defined in it or around it, and not inside of one of its ops? */
static bool is_known(void *user, Value *v) {
    const Region *region = v->region ? v->region : v->def->parent;
    while (region && region != user) {
        const Op *around = region->parent_op;
        if (around && around->parent == user)
            return false;
        region = around ? around->parent : NULL;
    }
    return true;
}

/* ---- what a region writes ------------------------------------------------------------------------------------------ */

typedef struct Count {
    CFn *fn;
    CShares *shares;
    const Region *region;
    const Op *op; /* of the region: the one that is looked at */
} Count;

static CShare *find(const CShares *shares, const Expr *e) {
    for (int i = 0; i < shares->len; i++) {
        if (shares->data[i].e == e)
            return &shares->data[i];
    }
    return NULL;
}

/* What is written once by its name is not looked into again. */
static void count_expr(Count *c, const Expr *e, const char *wish) {
    if (can_share(e) && c->shares->len < SHARED_MOST && expr_each_value(e, is_known, (void *)(uintptr_t)c->region)) {
        CShare *seen = find(c->shares, e);
        if (seen) {
            seen->count++;
            seen->wish = seen->wish ? seen->wish : wish;
            return;
        }
        VEC_PUSH(c->fn->gen->arena, c->shares, (CShare){.e = e, .count = 1, .first = c->op, .wish = wish});
    }
    for (int i = 0; i < e->nargs; i++)
        count_expr(c, e->args[i], NULL);
}

/* Branches and functions of their own name what they write themselves. */
static bool is_apart(const Op *op) {
    return op->code == OP_IF || op->code == OP_SWITCH || op->code == OP_TIER || op->code == OP_ISLAND ||
           op->code == OP_PARALLEL || op->code == OP_PIPE;
}

/* C writes where a view begins, and leaves it to its users where it ends. */
static void count_view(Count *c, const Op *view) {
    const Expr *const *e = view->exprs;
    for (int i = 0; i < view->nsels; i++) {
        if (view->sels[i] != SEL_FULL)
            count_expr(c, e[0], NULL);
        e += view->sels[i] == SEL_FULL ? 0 : view->sels[i] == SEL_INDEX ? 1 : 2;
    }
}

static void count_op(Count *c, const Op *op) {
    const char *name = op->nregions > 0 && op->regions[0]->nargs > 0 ? op->regions[0]->args[0]->name : NULL;
    if (op->code == OP_VIEW)
        count_view(c, op);
    for (int i = 0; i < op->nexprs && op->code != OP_ASSUME && op->code != OP_VIEW; i++)
        count_expr(c, op->exprs[i], i == 1 && name ? arena_printf(c->fn->gen->arena, "%s_end", name) : NULL);
    for (int r = 0; r < op->nregions && !is_apart(op); r++) {
        for (const Op *inner = op->regions[r]->first; inner; inner = inner->next)
            count_op(c, inner);
    }
}

CShares c_shares_of(CFn *fn, const Region *region) {
    CShares shares = {0};
    Count c = {fn, &shares, region, NULL};
    for (c.op = region->first; c.op; c.op = c.op->next)
        count_op(&c, c.op);
    return shares;
}

/* ---- names --------------------------------------------------------------------------------------------------------- */

static void name_expr(CFn *fn, const CShares *shares, const Expr *e) {
    static const char *const names[] = {
        [EXPR_MIN] = "end", [EXPR_MAX] = "extent", [EXPR_DIV] = "blocks", [EXPR_MOD] = "rest"};
    for (int i = 0; i < e->nargs; i++)
        name_expr(fn, shares, e->args[i]);
    CShare *s = can_share(e) ? find(shares, e) : NULL;
    if (!s || s->count < 2 || c_shared(fn, e) != CSYM_NONE)
        return;
    int from = c_uses_mark(fn);
    const char *text = c_expr(fn, e);
    if (strlen(text) < SHARED_LENGTH) {
        s->count = 0;
        ctext_take_uses(fn->text, from);
        return;
    }
    CSym sym = ctext_declare(fn->text, s->wish, names[e->kind]);
    ctext_define(fn->text, sym, "const int64_t %s = %s;", ctext_name(fn->text, sym), text);
    VEC_PUSH(fn->gen->arena, &fn->shared, (CShared){e, sym});
}

void c_share_before(CFn *fn, const CShares *shares, const Op *op) {
    for (int i = 0; i < shares->len; i++) {
        if (shares->data[i].first == op)
            name_expr(fn, shares, shares->data[i].e);
    }
}

CSym c_shared(const CFn *fn, const Expr *e) {
    for (int i = fn->shared.len - 1; i >= 0; i--) {
        if (fn->shared.data[i].e == e)
            return fn->shared.data[i].sym;
    }
    return CSYM_NONE;
}
