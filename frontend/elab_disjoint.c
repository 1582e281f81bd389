/* Proofs of independence. Two iterations x < y of a loop are made by renaming: what may differ between them gets two names, the
 * index becomes lo + step * t and lo + step * (t + d) with d >= 1, and what is known at each access is added under its own names.
 * Then the two boxes must be shown to be apart in one dimension. */
#include "frontend/elab_parallel.h"

/* ---- what varies ----------------------------------------------------------------------------------------------- */
static bool root_is_written(const ParallelLoop *loop, const Value *v) {
    for (int i = 0; i < loop->accesses->len; i++)
        if (loop->accesses->data[i].writes && loop->accesses->data[i].box.root == v)
            return true;
    return false;
}

typedef struct VariesQuery {
    const ParallelLoop *loop;
    int depth;
} VariesQuery;

static bool value_varies(const VariesQuery *q, const Value *v);

static bool leaf_is_fixed(void *user, Value *v) { return !value_varies(user, v); }

static bool value_varies(const VariesQuery *q, const Value *v) {
    const Region *at = v->def ? v->def->parent : v->region;
    const Region *r = at;
    while (r && r != q->loop->body)
        r = r->parent_op ? r->parent_op->parent : NULL;
    if (!r)
        return false; /* defined outside of the loop */
    if (!v->def || q->depth == 0)
        return true; /* an index or a tier's constant */
    const Op *def = v->def;
    if (def->code == OP_GET && root_is_written(q->loop, memory_box_of(q->loop->module, def->operands[0]).root))
        return true;
    if (def->code != OP_GET && !op_code_has(def->code, PURE))
        return true;
    VariesQuery below = {q->loop, q->depth - 1};
    for (int i = 0; i < def->nexprs; i++)
        if (!expr_each_value(def->exprs[i], leaf_is_fixed, &below))
            return true;
    for (int i = 0; i < def->noperands; i++)
        if (value_varies(&below, def->operands[i]))
            return true;
    return false;
}

bool parallel_value_varies(const ParallelLoop *loop, const Value *v) {
    VariesQuery q = {loop, 32};
    return value_varies(&q, v);
}

typedef struct DependsQuery {
    const ParallelLoop *loop;
    const Value *on;
    int depth;
    bool found;
} DependsQuery;

static bool leaf_look(void *user, Value *v) {
    DependsQuery *q = user;
    if (v == q->on)
        q->found = true;
    if (q->found || q->depth == 0)
        return !q->found;
    DependsQuery below = {q->loop, q->on, q->depth - 1, false};
    const Op *def = v->def;
    if (def) {
        for (int i = 0; i < def->nexprs; i++)
            expr_each_value(def->exprs[i], leaf_look, &below);
        for (int i = 0; i < def->noperands; i++)
            leaf_look(&below, def->operands[i]);
    } else if (v->region && v->region->parent_op && v->region->parent_op->code != OP_TIER) {
        /* An index starts where its loop starts; how far it runs does not tell iterations apart. */
        expr_each_value(v->region->parent_op->exprs[0], leaf_look, &below);
    } else if (v->region && v->region->parent_op) {
        expr_each_value(v->region->parent_op->exprs[0], leaf_look, &below);
    }
    q->found |= below.found;
    return !q->found;
}

bool parallel_expr_depends(const ParallelLoop *loop, const Expr *x, const Value *on) {
    DependsQuery q = {loop, on, 16, false};
    expr_each_value(x, leaf_look, &q);
    return q.found;
}

void parallel_path(Arena *arena, const Region *outer, const Op *op, PathVec *out) {
    const Region *r = op->parent;
    while (r && r != outer && r->parent_op) {
        Op *parent = r->parent_op;
        int number = 0;
        while (number < parent->nregions && parent->regions[number] != r)
            number++;
        VEC_PUSH(arena, out, (PathStep){parent, number});
        r = parent->parent;
    }
    for (int i = 0, k = out->len - 1; i < k; i++, k--) {
        PathStep t = out->data[i];
        out->data[i] = out->data[k];
        out->data[k] = t;
    }
}

/* ---- one execution of the body under its own names ------------------------------------------------------------- */
typedef struct NamePair {
    const Value *from;
    const Expr *to;
} NamePair;

typedef struct Execution {
    const ParallelLoop *loop;
    Arena *scratch; /* of this proof */
    ExprTable *exprs;
    Facts *facts;
    VEC(NamePair) names; /* not yet renamed values get fresh names in order */
} Execution;

/* Expressions are kept for good, so the leaves of one proof serve the next one again. */
static const Expr *fresh_leaf(Execution *x) {
    ParallelLeaves *leaves = x->loop->leaves;
    if (leaves->used == leaves->values.len) {
        Value *v = ARENA_NEW(x->loop->arena, Value);
        v->type = type_index(x->loop->module);
        v->id = x->loop->module->next_value_id++;
        VEC_PUSH(x->loop->arena, &leaves->values, v);
    }
    return expr_value(x->exprs, leaves->values.data[leaves->used++]);
}

static const Expr *execution_name(void *user, Value *v) {
    Execution *x = user;
    for (int i = 0; i < x->names.len; i++)
        if (x->names.data[i].from == v)
            return x->names.data[i].to;
    if (!parallel_value_varies(x->loop, v))
        return NULL;
    const Expr *fresh = fresh_leaf(x);
    VEC_PUSH(x->scratch, &x->names, (NamePair){v, fresh});
    return fresh;
}

static const Expr *rename_expr(Execution *x, const Expr *e) { return expr_substitute(x->exprs, e, execution_name, x); }

static void add_loop_facts(Execution *x, const Op *op) {
    const Value *index = op->regions[0]->args[0];
    const Expr *lo = rename_expr(x, op->exprs[0]), *hi = rename_expr(x, op->exprs[1]),
               *step = rename_expr(x, op->exprs[2]);
    int64_t c;
    if (expr_is_const(step, &c) && c == 1) {
        const Expr *j = fresh_leaf(x);
        facts_add_le(x->facts, lo, j);
        facts_add_lt(x->facts, j, hi);
        VEC_PUSH(x->scratch, &x->names, (NamePair){index, j});
        return;
    }
    const Expr *t = fresh_leaf(x);
    const Expr *j = expr_add(x->exprs, lo, expr_mul(x->exprs, step, t));
    facts_add_ge0(x->facts, t);
    facts_add_ge0(x->facts, expr_add_const(x->exprs, step, -1));
    facts_add_lt(x->facts, j, hi);
    VEC_PUSH(x->scratch, &x->names, (NamePair){index, j});
}

static void add_tier_facts(Execution *x, const PathStep *step) {
    const Op *op = step->op;
    const Expr *value = rename_expr(x, op->exprs[0]), *last = op->exprs[op->nexprs - 1];
    if (step->region == 1) {
        facts_add_lt(x->facts, last, value);
        return;
    }
    const Expr *n = rename_expr(x, expr_value(x->exprs, op->regions[0]->args[0]));
    facts_add_le(x->facts, value, n);
    facts_add_le(x->facts, op->exprs[1], n);
    facts_add_le(x->facts, n, last);
}

/* ---- conditions, read back from the comparison ops ------------------------------------------------------------- */
static bool is_comparable(const Value *v) {
    return elem_is_int(v->type->elem) && (elem_is_signed(v->type->elem) || elem_info(v->type->elem)->bits < 64);
}

static OpCode negated(OpCode code) {
    if (code == OP_LT)
        return OP_GE;
    if (code == OP_LE)
        return OP_GT;
    if (code == OP_GT)
        return OP_LE;
    if (code == OP_GE)
        return OP_LT;
    return code == OP_EQ ? OP_NE : OP_EQ;
}

static void add_comparison(Execution *x, OpCode code, const Op *def, bool truth) {
    if (!is_comparable(def->operands[0]) || !is_comparable(def->operands[1]))
        return;
    const Expr *a = rename_expr(x, value_expr(x->loop->module, def->operands[0]));
    const Expr *b = rename_expr(x, value_expr(x->loop->module, def->operands[1]));
    if (!truth)
        code = negated(code);
    if (code == OP_LT)
        facts_add_lt(x->facts, a, b);
    else if (code == OP_LE)
        facts_add_le(x->facts, a, b);
    else if (code == OP_GT)
        facts_add_lt(x->facts, b, a);
    else if (code == OP_GE)
        facts_add_le(x->facts, b, a);
    else if (code == OP_EQ)
        facts_add_eq(x->facts, a, b);
}

static void add_condition(Execution *x, const Value *cond, bool truth, int depth) {
    const Op *def = cond->def;
    if (!def || depth == 0)
        return;
    if (def->code == OP_NOT) {
        add_condition(x, def->operands[0], !truth, depth - 1);
    } else if (def->code == (truth ? OP_AND : OP_OR)) {
        add_condition(x, def->operands[0], truth, depth - 1);
        add_condition(x, def->operands[1], truth, depth - 1);
    } else if (def->code == OP_LT || def->code == OP_LE || def->code == OP_GT || def->code == OP_GE ||
               def->code == OP_EQ || def->code == OP_NE) {
        add_comparison(x, def->code, def, truth);
    }
}

static void add_path_facts(Execution *x, const Region *outer, const Op *op) {
    PathVec path = {NULL, 0, 0};
    parallel_path(x->scratch, outer, op, &path);
    for (int i = 0; i < path.len; i++) {
        const PathStep *step = &path.data[i];
        if (step->op->code == OP_FOR || step->op->code == OP_PARALLEL)
            add_loop_facts(x, step->op);
        else if (step->op->code == OP_TIER)
            add_tier_facts(x, step);
        else if (step->op->code == OP_IF)
            add_condition(x, step->op->operands[0], step->region == 0, 32);
    }
}

/* ---- what holds around the loop -------------------------------------------------------------------------------- */
static void add_outer_facts(Execution *x) {
    const Func *f = x->loop->func;
    for (int i = 0; i < f->nindex_params; i++)
        facts_add_ge0(x->facts, expr_value(x->exprs, f->index_params[i].value));
    PathVec path = {NULL, 0, 0};
    parallel_path(x->scratch, f->body, x->loop->op, &path);
    for (int i = 0; i < path.len; i++) {
        const Op *op = path.data[i].op;
        if (op->code == OP_FOR || op->code == OP_PARALLEL) {
            const Expr *j = expr_value(x->exprs, op->regions[0]->args[0]);
            facts_add_le(x->facts, op->exprs[0], j);
            facts_add_lt(x->facts, j, op->exprs[1]);
            facts_add_ge0(x->facts, expr_add_const(x->exprs, op->exprs[2], -1));
        } else if (op->code == OP_TIER) {
            add_tier_facts(x, &path.data[i]);
        } else if (op->code == OP_IF) {
            add_condition(x, op->operands[0], path.data[i].region == 0, 32);
        }
    }
}

/* ---- the proof ------------------------------------------------------------------------------------------------- */
/* x + x_len <= y. A minimum is at most each of its parts, which is often simpler. */
static bool is_before(Facts *facts, ExprTable *t, const Expr *x, const Expr *x_len, const Expr *y) {
    const Expr *distance = expr_sub(t, y, x);
    if (facts_prove_le(facts, x_len, distance))
        return true;
    for (int i = 0; x_len->kind == EXPR_MIN && i < x_len->nargs; i++)
        if (facts_prove_le(facts, x_len->args[i], distance))
            return true;
    return false;
}

static bool boxes_apart(Execution *x, const MemoryBox *a, Execution *y, const MemoryBox *b) {
    const int common = memory_box_common_dims(a, b);
    for (int d = 0; d < common; d++) {
        const Expr *alo = rename_expr(x, a->lo[d]), *alen = rename_expr(x, a->len[d]);
        const Expr *blo = rename_expr(y, b->lo[d]), *blen = rename_expr(y, b->len[d]);
        if (is_before(x->facts, x->exprs, alo, alen, blo) || is_before(x->facts, x->exprs, blo, blen, alo))
            return true;
    }
    return false;
}

/* The two accesses never are in two different iterations: the facts say so of the distance, or of the second index. */
static bool is_impossible(Facts *facts, ExprTable *t, const Expr *distance, const Expr *second, const Expr *hi) {
    return facts_prove_le(facts, distance, expr_const(t, 0)) || facts_prove_le(facts, hi, second);
}

/* The column that an iteration over a csr row reads: two iterations of one row have different ones. NULL: no such loop. */
static const Value *csr_column(const ParallelLoop *loop) {
    const Op *get = loop->index ? loop->body->first : NULL;
    if (!get || get->code != OP_GET || !expr_uses(get->exprs[0], loop->index))
        return NULL;
    for (int i = 0; i < loop->func->nindex_params; i++) {
        int columns = func_csr_columns(loop->func, i);
        if (columns >= 0 && loop->func->params[columns].value == get->operands[0])
            return get->results[0];
    }
    return NULL;
}

typedef enum ColumnOrder { COLUMNS_UNRELATED, COLUMNS_ASCEND, COLUMNS_DESCEND } ColumnOrder;

static void add_column_facts(Execution *x, Execution *y, ColumnOrder order) {
    const Value *column = order == COLUMNS_UNRELATED ? NULL : csr_column(x->loop);
    if (!column)
        return;
    const Expr *cx = fresh_leaf(x), *cy = fresh_leaf(x);
    VEC_PUSH(x->scratch, &x->names, (NamePair){column, cx});
    VEC_PUSH(y->scratch, &y->names, (NamePair){column, cy});
    facts_add_ge0(x->facts, cx);
    facts_add_ge0(x->facts, cy);
    facts_add_lt(x->facts, order == COLUMNS_ASCEND ? cx : cy, order == COLUMNS_ASCEND ? cy : cx);
}

static bool prove_in_order(const ParallelLoop *loop, Arena *scratch, const MemoryAccess *first,
                           const MemoryAccess *second, ColumnOrder order) {
    ExprTable *t = loop->module->exprs;
    Facts *facts = facts_create(scratch, t);
    Execution x = {.loop = loop, .scratch = scratch, .exprs = t, .facts = facts}, y = x;
    loop->leaves->used = 0;
    const Expr *distance = NULL, *second_index = NULL;
    add_outer_facts(&x);
    if (loop->index) {
        const Expr *lo = loop->op->exprs[0], *hi = loop->op->exprs[1], *step = loop->op->exprs[2];
        const Expr *n = fresh_leaf(&x), *d = fresh_leaf(&x);
        const Expr *ix = expr_add(t, lo, expr_mul(t, step, n)), *iy = expr_add(t, ix, expr_mul(t, step, d));
        facts_add_ge0(facts, n);
        facts_add_ge0(facts, expr_add_const(t, d, -1));
        facts_add_ge0(facts, expr_add_const(t, step, -1));
        facts_add_lt(facts, iy, hi);
        facts_add_lt(facts, ix, hi);
        VEC_PUSH(scratch, &x.names, (NamePair){loop->index, ix});
        VEC_PUSH(scratch, &y.names, (NamePair){loop->index, iy});
        distance = d;
        second_index = iy;
    }
    add_column_facts(&x, &y, order);
    add_path_facts(&x, loop->body, first->op);
    add_path_facts(&y, loop->body, second->op);
    return boxes_apart(&x, &first->box, &y, &second->box) ||
           (distance && is_impossible(facts, t, distance, second_index, loop->op->exprs[1]));
}

bool parallel_prove_within(const ParallelLoop *loop, const MemoryAccess *a, int dim, const Expr *begin,
                           const Expr *end) {
    Arena *scratch = arena_create();
    ExprTable *t = loop->module->exprs;
    Execution x = {.loop = loop, .scratch = scratch, .exprs = t, .facts = facts_create(scratch, t)};
    loop->leaves->used = 0;
    add_outer_facts(&x);
    const Expr *lo = loop->op->exprs[0], *hi = loop->op->exprs[1], *step = loop->op->exprs[2], *n = fresh_leaf(&x);
    const Expr *index = expr_add(t, lo, expr_mul(t, step, n));
    facts_add_ge0(x.facts, n);
    facts_add_ge0(x.facts, expr_add_const(t, step, -1));
    facts_add_lt(x.facts, index, hi);
    VEC_PUSH(scratch, &x.names, (NamePair){loop->index, index});
    add_path_facts(&x, loop->body, a->op);
    const Expr *at = rename_expr(&x, a->box.lo[dim]), *length = rename_expr(&x, a->box.len[dim]);
    bool proved =
        facts_prove_le(x.facts, rename_expr(&x, begin), at) && is_before(x.facts, t, at, length, rename_expr(&x, end));
    arena_destroy(scratch);
    return proved;
}

/* Places that are constants need no proof. */
static bool constants_apart(const MemoryBox *a, const MemoryBox *b) {
    const int common = memory_box_common_dims(a, b);
    for (int d = 0; d < common; d++) {
        int64_t alo, alen, blo, blen;
        if (expr_is_const(a->lo[d], &alo) && expr_is_const(a->len[d], &alen) && expr_is_const(b->lo[d], &blo) &&
            expr_is_const(b->len[d], &blen) && (alo < blo ? alen <= blo - alo : blo < alo && blen <= alo - blo))
            return true;
    }
    return false;
}

static bool prove_pair(const ParallelLoop *loop, Arena *scratch, const MemoryAccess *a, const MemoryAccess *b,
                       ColumnOrder order) {
    if (!prove_in_order(loop, scratch, a, b, order))
        return false;
    return !loop->index || a == b || prove_in_order(loop, scratch, b, a, order);
}

bool parallel_prove_disjoint(const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b) {
    if (constants_apart(&a->box, &b->box))
        return true;
    Arena *scratch = arena_create();
    bool proved;
    if (csr_column(loop)) /* the columns of a row are different, in whatever order they stand */
        proved = prove_pair(loop, scratch, a, b, COLUMNS_ASCEND) && prove_pair(loop, scratch, a, b, COLUMNS_DESCEND);
    else
        proved = prove_pair(loop, scratch, a, b, COLUMNS_UNRELATED);
    arena_destroy(scratch);
    return proved;
}
