/* distribute.c - carries out a plan: a new nest in place of the loop. */
#include "passes/nest/nest.h"

/* One loop r that is being filled. */
typedef struct Rows {
    Distribution *d;
    const Plan *plan;
    int part;
    CloneMap *map;
    Builder b; /* at the end of its body */
    const Expr *r;
} Rows;

static ExprTable *exprs_of(const Distribution *d) { return d->nest->module->exprs; }

/* ---- values that come from elsewhere ------------------------------------------------------------------------------- */

static void import_value(Rows *rows, Value *v);

static bool import_leaf(void *user, Value *v) {
    import_value(user, v);
    return true;
}

static const Expr *offset_of(const Rows *rows) { return expr_sub(exprs_of(rows->d), rows->r, rows->d->base); }

static void import_again(Rows *rows, const Op *op) {
    for (int i = 0; i < op->noperands; i++)
        import_value(rows, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], import_leaf, rows);
    for (int i = 0; i < op->nresults; i++)
        for (int k = 0; k < op->results[i]->type->rank; k++)
            expr_each_value(op->results[i]->type->dims[k], import_leaf, rows);
    clone_op(&rows->b, rows->map, op);
}

static void import_value(Rows *rows, Value *v) {
    const Place *p = distribution_place(rows->d, v);
    bool home = v->def && v->def->parent == rows->plan->from && p->part == rows->part;
    if (clone_map_get(rows->map, v) != v)
        return;
    if (p->kind == PLACE_PLAIN || p->kind == PLACE_EXPANDED)
        clone_map_set(rows->map, v, p->value);
    if (home)
        return; /* cloned in its turn */
    if (p->kind == PLACE_KEPT) {
        const Expr *at = offset_of(rows);
        Value *got = build_get(&rows->b, p->value, &at, 1);
        got->name = v->name;
        clone_map_set(rows->map, v, got);
    }
    if (p->kind == PLACE_AGAIN)
        import_again(rows, v->def);
}

/* ---- what must be computed once, outside of r ---------------------------------------------------------------------- */

static bool map_plain(void *user, Value *v) {
    Rows *rows = user;
    const Place *p = distribution_place(rows->d, v);
    if (p->kind == PLACE_PLAIN && p->value)
        clone_map_set(rows->map, v, p->value);
    return true;
}

static const Expr *plain_expr(Distribution *d, const Expr *e) {
    Rows rows = {.d = d, .map = clone_map_create(d->nest->module)};
    expr_each_value(e, map_plain, &rows);
    return clone_map_expr(rows.map, e);
}

static void emit_plain(Distribution *d, const Plan *plan, Builder *b) {
    for (int i = 0; i < plan->plain.len; i++) {
        Op *op = plan->plain.data[i];
        Rows rows = {.d = d, .map = clone_map_create(d->nest->module)};
        op_each_use(op, map_plain, &rows);
        Op *copy = clone_op(b, rows.map, op);
        for (int k = 0; k < op->nresults; k++)
            distribution_place(d, op->results[k])->value = copy->results[k];
    }
}

/* ---- expanded state ------------------------------------------------------------------------------------------------ */

/* Where a buffer of so many elements lives. */
static const char *memory_for(const Type *type) {
    int64_t bytes = elem_bytes(type->elem), extent;
    for (int i = 0; i < type->rank; i++) {
        if (!expr_is_const(type->dims[i], &extent) || extent > 1 << 20 || bytes > 1 << 20)
            return "ws";
        bytes *= extent;
    }
    return bytes <= 4096 ? "l1" : "l2";
}

static const Type *expanded_type(Distribution *d, const Type *t, TypeKind kind) {
    const Expr *dims[IR_MAX_RANK];
    int rank = kind == TYPE_BUFFER && t->kind == TYPE_TILE ? 0 : t->rank;
    dims[0] = d->extent;
    for (int i = 0; i < rank; i++)
        dims[i + 1] = plain_expr(d, t->dims[i]);
    return type_get(d->nest->module, kind, t->elem, rank + 1, dims, false);
}

static Value *emit_buffer(Distribution *d, Builder *b, const Value *v) {
    const Type *type = expanded_type(d, v->type, TYPE_BUFFER);
    Op *op = build_op(b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(d->nest->module, op, ATTR_MEMORY, memory_for(type));
    op->results[0]->name = v->name;
    return op->results[0];
}

static Value *emit_acc(Distribution *d, Builder *b, const Op *acc) {
    const Type *type = expanded_type(d, acc->results[0]->type, TYPE_ACC);
    const Expr *k = acc->nexprs ? plain_expr(d, acc->exprs[0]) : NULL;
    Value *start = acc->noperands ? distribution_place(d, acc->operands[0])->value : NULL;
    Op *op = build_op(b, OP_ACC, &start, acc->noperands, &k, acc->nexprs, &type, 1, 0);
    op_copy_attrs(d->nest->module, op, acc);
    op->results[0]->name = acc->results[0]->name;
    return op->results[0];
}

static void set_array(Distribution *d, const Value *v, Value *array) {
    Place *p = distribution_place(d, v);
    p->value = array;
    if (p->kind == PLACE_EXPANDED)
        VEC_PUSH(d->nest->arena, &d->expanded, array);
}

static void emit_declared(Distribution *d, const Plan *plan, Builder *b) {
    for (int i = 0; i < plan->declared.len; i++) {
        Op *op = plan->declared.data[i];
        b->loc = op->loc;
        if (op->code == OP_ACC && op->noperands == 0)
            set_array(d, op->results[0], emit_acc(d, b, op));
        for (int k = 0; op->code != OP_ACC && k < op->nresults; k++) {
            PlaceKind kind = distribution_place(d, op->results[k])->kind;
            if (kind == PLACE_EXPANDED || kind == PLACE_KEPT)
                set_array(d, op->results[k], emit_buffer(d, b, op->results[k]));
        }
    }
}

typedef struct Insertion {
    Distribution *d;
    const Expr *at;
} Insertion;

static void insert_index(void *user, Op *op) {
    const Insertion *s = user;
    bool expanded = false;
    for (int i = 0; op->noperands > 0 && i < s->d->expanded.len; i++)
        expanded |= s->d->expanded.data[i] == op->operands[0];
    if (!expanded)
        return;
    const Expr **exprs = ARENA_ARRAY(s->d->nest->module->arena, const Expr *, op->nexprs + 1);
    exprs[0] = s->at;
    for (int i = 0; i < op->nexprs; i++)
        exprs[i + 1] = op->exprs[i];
    op->exprs = exprs;
    op->nexprs++;
}

/* ---- parts --------------------------------------------------------------------------------------------------------- */

static void emit_plan(Distribution *d, const Plan *plan, Builder *b);

static void keep_results(Rows *rows, const Op *op) {
    for (int i = 0; i < op->nresults; i++) {
        const Place *p = distribution_place(rows->d, op->results[i]);
        if (p->kind != PLACE_KEPT)
            continue;
        Value *operands[2] = {p->value, clone_map_get(rows->map, op->results[i])};
        const Expr *at = offset_of(rows);
        build_op(&rows->b, OP_PUT, operands, 2, &at, 1, NULL, 0, 0);
    }
}

static bool is_declared(Distribution *d, const Op *op) {
    return op->nresults > 0 && distribution_place(d, op->results[0])->kind == PLACE_EXPANDED;
}

/* What becomes of a loop with a block length has it, too. */
static void keep_block(Distribution *d, Op *to, const Op *from) {
    if (op_attr(from, ATTR_BLOCK))
        op_set_int(d->nest->module, to, ATTR_BLOCK, op_attr_int(from, ATTR_BLOCK, 0));
}

static Builder open_rows(Distribution *d, Builder *b) {
    const Op *loop = d->loop;
    b->loc = loop->loc;
    Op *inner = loop_build(b, d->lo, d->hi, loop->exprs[2], d->inner_kind, op_attr_str(loop, ATTR_NAME));
    loop_index(inner)->name = loop_index(loop)->name;
    keep_block(d, inner, loop);
    Builder body = builder_at_end(d->nest->module, inner->regions[0]);
    body.loc = loop->loc;
    return body;
}

/* Nothing that a loop is needed for: state that stands before, and what is computed again where it is used. */
static bool needs_no_loop(Distribution *d, const OpList *ops) {
    for (int i = 0; i < ops->len; i++) {
        const Op *op = ops->data[i];
        if (!is_declared(d, op) && !(op->nresults > 0 && distribution_place(d, op->results[0])->kind == PLACE_AGAIN))
            return false;
    }
    return true;
}

/* ---- rows that end before the loop around them does --------------------------------------------------------------- */

/* How far the row is from its end: it acts where this is above 0. */
static const Expr *rest_of_row(const Rows *rows) {
    ExprTable *t = exprs_of(rows->d);
    const Expr *least = NULL;
    for (int i = 0; i < rows->d->guards.len; i++) {
        const Op *loop = rows->d->guards.data[i];
        const Expr *end = expr_replace(t, plain_expr(rows->d, loop->exprs[1]), loop_index(rows->d->loop), rows->r);
        Value *j = distribution_place(rows->d, loop_index(loop))->value;
        const Expr *rest = expr_sub(t, end, expr_value(t, j));
        least = least ? expr_min(t, least, rest) : rest;
    }
    return least;
}

static Value *emit_guard(Rows *rows) {
    Value *pair[2] = {build_index(&rows->b, rest_of_row(rows)), build_const_int(&rows->b, ELEM_INDEX, 0)};
    return build_ewise(&rows->b, OP_GT, pair, 2);
}

/* A step or put of one element takes the rest of the row as its count. */
static void emit_part(Rows *rows, const Op *op) {
    Op *copy = clone_op(&rows->b, rows->map, op);
    const Expr **exprs = ARENA_ARRAY(rows->d->nest->module->arena, const Expr *, op->nexprs + 1);
    for (int i = 0; i < op->nexprs; i++)
        exprs[i] = copy->exprs[i];
    exprs[copy->nexprs++] = rest_of_row(rows);
    copy->exprs = exprs;
    op_set_bool(rows->d->nest->module, copy, ATTR_PART, true);
}

typedef struct OuterWrite {
    const Distribution *d;
    const Plan *plan;
    int part;
    const Op *op;
    bool found;
} OuterWrite;

static void find_outer_write(void *user, Op *op) {
    OuterWrite *s = user;
    if (!op_writes_state(op))
        return;
    const Value *root = alias_root(op->operands[0]);
    const Place *p = distribution_place((Distribution *)(uintptr_t)s->d, root);
    bool nested = root->def && s->op->nregions > 0 && region_contains(s->op->regions[0], root->def->parent);
    bool local = p->kind == PLACE_LOCAL && p->part == s->part && root->def->parent == s->plan->from;
    s->found |= !nested && !local;
}

/* Does the op do something that a row must not do beyond its end? */
static bool acts_outside(const Rows *rows, Op *op) {
    OuterWrite s = {rows->d, rows->plan, rows->part, op, false};
    find_outer_write(&s, op);
    for (int i = 0; i < op->nregions; i++)
        walk_ops(op->regions[i], find_outer_write, &s);
    return s.found;
}

static void emit_row_op(Rows *rows, Value **guard, Op *op) {
    op_each_use(op, import_leaf, rows);
    if (rows->d->guards.len == 0 || !acts_outside(rows, op)) {
        clone_op(&rows->b, rows->map, op);
        return;
    }
    if ((op->code == OP_STEP || op->code == OP_PUT) && !op_attr_bool(op, ATTR_PART)) {
        emit_part(rows, op);
        return;
    }
    if (!*guard)
        *guard = emit_guard(rows);
    Op *choice = build_op(&rows->b, OP_IF, guard, 1, NULL, 0, NULL, 0, 2);
    Builder then = builder_at_end(rows->d->nest->module, choice->regions[0]);
    clone_op(&then, rows->map, op);
}

static void emit_rows(Distribution *d, const Plan *plan, int part, Builder *b) {
    if (needs_no_loop(d, &plan->parts.data[part].ops))
        return;
    Rows rows = {d, plan, part, clone_map_create(d->nest->module), open_rows(d, b), NULL};
    Value *r = rows.b.region->args[0];
    rows.r = expr_value(exprs_of(d), r);
    clone_map_set(rows.map, loop_index(d->loop), r);
    const OpList *ops = &plan->parts.data[part].ops;
    Value *guard = NULL;
    for (int i = 0; i < ops->len; i++) {
        Op *op = ops->data[i];
        if (is_declared(d, op))
            continue;
        emit_row_op(&rows, &guard, op);
        rows.b.loc = op->loc;
        keep_results(&rows, op);
    }
    Insertion s = {d, offset_of(&rows)};
    walk_ops(rows.b.region, insert_index, &s);
}

static void emit_hoisted(Distribution *d, const Part *part, Builder *b) {
    const Op *loop = part->ops.data[0];
    const Expr *bounds[3];
    for (int i = 0; i < 3; i++)
        bounds[i] = plain_expr(d, loop->exprs[i]);
    b->loc = loop->loc;
    bool ends_differ = expr_uses(loop->exprs[1], loop_index(d->loop));
    if (ends_differ) {
        bounds[1] = expr_most_over(exprs_of(d), bounds[1], loop_index(d->loop), d->lo, d->hi);
        VEC_PUSH(d->nest->arena, &d->guards, (Op *)(uintptr_t)loop);
    }
    Op *copy =
        loop_build(b, bounds[0], bounds[1], bounds[2], op_attr_str(loop, ATTR_KIND), op_attr_str(loop, ATTR_NAME));
    loop_index(copy)->name = loop_index(loop)->name;
    keep_block(d, copy, loop);
    distribution_place(d, loop_index(loop))->value = loop_index(copy);
    Builder body = builder_at_end(d->nest->module, copy->regions[0]);
    emit_plan(d, part->hoisted, &body);
    d->guards.len -= ends_differ;
}

static void emit_plan(Distribution *d, const Plan *plan, Builder *b) {
    emit_plain(d, plan, b);
    emit_declared(d, plan, b);
    for (int i = 0; i < plan->parts.len; i++) {
        const Part *part = &plan->parts.data[i];
        if (part->hoisted)
            emit_hoisted(d, part, b);
        else if (part->start) {
            b->loc = part->start->loc;
            set_array(d, part->start->results[0], emit_acc(d, b, part->start));
        } else
            emit_rows(d, plan, i, b);
    }
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

Op *distribute_build(Distribution *d, int64_t chunk) {
    ExprTable *t = exprs_of(d);
    Op *loop = d->loop, *chunks = NULL;
    int64_t most;
    Builder b = builder_before(d->nest->module, loop);
    d->base = d->lo = loop->exprs[0];
    d->hi = loop->exprs[1];
    const Expr *trip = expr_sub(t, d->hi, d->lo);
    bool known = facts_upper_const(d->nest->facts, trip, &most) && most > 0;
    d->extent = known ? expr_const(t, most) : facts_simplify(d->nest->facts, expr_max(t, expr_const(t, 0), trip));
    if (chunk > 0) {
        d->extent = expr_const(t, chunk);
        chunks = loop_build(&b, d->lo, d->hi, d->extent, op_attr_str(loop, ATTR_KIND), op_attr_str(loop, ATTR_NAME));
        loop_index(chunks)->name = loop_index(loop)->name;
        d->base = d->lo = expr_value(t, loop_index(chunks));
        d->hi = expr_min(t, expr_add_const(t, d->lo, chunk), d->hi);
        b = builder_at_end(d->nest->module, chunks->regions[0]);
    }
    emit_plan(d, d->plan, &b);
    op_unlink(loop);
    return chunks;
}
