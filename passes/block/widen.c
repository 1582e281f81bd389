/* widen.c - runs n iterations of a loop at once (block.h). legal.c has said that it may be done.
 *
 * The body is copied once for every size of block: for the main loop and for what is left of the iterations. */
#include "passes/block/block.h"

typedef struct Widen {
    Block *bl;
    CloneMap *map;
    const Op *loop;
    Role role;
    int64_t size;
    const Expr *origin; /* of the block, in place of the index */
    const Expr *part;   /* lanes that count, or NULL: all; lanes are widened once, so no op has two counts */
} Widen;

static const Expr *constant(const Widen *w, int64_t c) { return expr_const(block_exprs(w->bl), c); }

static bool varies(const Widen *w, const Value *v) { return vary_value(w->bl, v); }

static bool any_operand_varies(const Widen *w, const Op *op, int first) {
    for (int i = first; i < op->noperands; i++)
        if (varies(w, op->operands[i]))
            return true;
    return false;
}

/* A tile type that is as the other one, with the role's extent. */
static const Type *widened_tile(const Widen *w, const Type *t) {
    const Expr *size = constant(w, w->size);
    bool rows = w->role == ROLE_ROWS;
    return type_tile(w->bl->module, t->elem, rows ? size : t->dims[0], rows ? t->dims[1] : size);
}

static void finish(const Widen *w, Op *copy, const Op *op) {
    op_copy_attrs(w->bl->module, copy, op);
    for (int i = 0; i < op->nresults; i++) {
        copy->results[i]->name = op->results[i]->name;
        clone_map_set(w->map, op->results[i], copy->results[i]);
    }
}

/* ---- operands ---------------------------------------------------------------------------------------------------- */

static Value *operand(Widen *w, Builder *b, const Op *op, int i) {
    return clone_map_operand(b, w->map, op->operands[i]);
}

/* origin + 0, 1, .. as a block of the element type. */
static Value *positions(Widen *w, Builder *b, const Expr *origin, Elem elem, Role role) {
    const Type *type = type_tile(w->bl->module, elem, constant(w, role == ROLE_ROWS ? w->size : 1),
                                 constant(w, role == ROLE_LANES ? w->size : 1));
    Op *op = build_op(b, OP_IOTA, NULL, 0, &origin, 1, &type, 1, 0);
    op_set_int(w->bl->module, op, ATTR_AXIS, role_dim(role));
    return op->results[0];
}

/* A type of the element type and extents, that of the role replaced. */
static const Type *widened_type(Widen *w, const Type *t) {
    return type_tile(w->bl->module, t->elem, w->role == ROLE_ROWS ? constant(w, w->size) : t->dims[0],
                     w->role == ROLE_LANES ? constant(w, w->size) : t->dims[1]);
}

/* A value that does not vary as a block of equal elements. */
static Value *splat(Widen *w, Builder *b, Value *x) {
    const Type *type = widened_type(w, x->type);
    return build_op(b, OP_BROADCAST, &x, 1, NULL, 0, &type, 1, 0)->results[0];
}

static Value *block_operand(Widen *w, Builder *b, const Op *op, int i) {
    Value *v = operand(w, b, op, i);
    return varies(w, op->operands[i]) ? v : splat(w, b, v);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void widen_ewise(Widen *w, Builder *b, const Op *op) {
    Value *operands[4];
    for (int i = 0; i < op->noperands; i++)
        operands[i] = operand(w, b, op, i);
    const Type *type = build_result_type(w->bl->module, op->code, operands, op->noperands);
    if (!type)
        type = type_tile(w->bl->module, op->results[0]->type->elem, operands[0]->type->dims[0],
                         operands[0]->type->dims[1]);
    finish(w, build_op(b, op->code, operands, op->noperands, NULL, 0, &type, 1, 0), op);
}

static void widen_position_cast(Widen *w, Builder *b, const Op *op) {
    const Expr *at = value_expr(w->bl->module, op->operands[0]);
    Value *r = positions(w, b, clone_map_expr(w->map, at), op->results[0]->type->elem, w->role);
    clone_map_set(w->map, op->results[0], r);
}

/* Lanes' positions that advance with the row, or the other way round. */
static void widen_iota(Widen *w, Builder *b, const Op *op) {
    Elem elem = op->results[0]->type->elem;
    Value *own = positions(w, b, clone_map_expr(w->map, op->exprs[0]), elem, w->role);
    const Expr *zero = constant(w, 0);
    Op *other = build_op(b, OP_IOTA, NULL, 0, &zero, 1, &op->results[0]->type, 1, 0);
    op_copy_attrs(w->bl->module, other, op);
    clone_map_set(w->map, op->results[0], build_binary(b, OP_ADD, own, other->results[0]));
}

static void widen_broadcast(Widen *w, Builder *b, const Op *op) {
    Value *x = operand(w, b, op, 0);
    const Type *type = widened_type(w, op->results[0]->type);
    finish(w, build_op(b, OP_BROADCAST, &x, 1, NULL, 0, &type, 1, 0), op);
}

static void widen_value(Widen *w, Builder *b, const Op *op) {
    bool position = op->code == OP_CAST && op->operands[0]->type->elem == ELEM_INDEX;
    if (op->code == OP_INDEX)
        return; /* its casts read the expression */
    if (op->code == OP_IOTA)
        widen_iota(w, b, op);
    else if (op->code == OP_BROADCAST)
        widen_broadcast(w, b, op);
    else if (position)
        widen_position_cast(w, b, op);
    else
        widen_ewise(w, b, op);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Private memory gets a dimension for the block: first for rows, last for lanes. */
static void widen_buffer(Widen *w, Builder *b, const Op *op) {
    const Type *t = op->results[0]->type;
    const Expr *dims[IR_MAX_RANK];
    int n = 0;
    if (w->role == ROLE_ROWS)
        dims[n++] = constant(w, w->size);
    for (int i = 0; i < t->rank; i++)
        dims[n++] = clone_map_expr(w->map, t->dims[i]);
    if (w->role == ROLE_LANES)
        dims[n++] = constant(w, w->size);
    const Type *type = type_get(w->bl->module, TYPE_BUFFER, t->elem, n, dims, false);
    Op *copy = build_op(b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    finish(w, copy, op);
    if (op_attr_is(copy, ATTR_MEMORY, "reg"))
        op_set_str(w->bl->module, copy, ATTR_MEMORY, "l1");
}

static int indices(Widen *w, const Op *op, bool private, const Expr **idx) {
    int n = 0, rank = op_nindices(op);
    if (private && w->role == ROLE_ROWS)
        idx[n++] = constant(w, 0);
    for (int i = 0; i < rank; i++)
        idx[n++] = clone_map_expr(w->map, op->exprs[i]);
    if (private && w->role == ROLE_LANES)
        idx[n++] = constant(w, 0);
    return n;
}

static void set_walk(Widen *w, Op *copy, const Op *op, bool private, int walked) {
    Module *m = w->bl->module;
    int shift = private && w->role == ROLE_ROWS;
    static const AttrKey keys[2] = {ATTR_ROWS, ATTR_LANES};
    for (int i = 0; i < 2 && shift; i++)
        if (op_attr(op, keys[i]))
            op_set_int(m, copy, keys[i], op_attr_int(op, keys[i], 0) + 1);
    int own = !private ? walked : w->role == ROLE_ROWS ? 0 : op->operands[0]->type->rank;
    op_set_int(m, copy, role_attr(w->role), own);
}

/* A count of the whole block of lanes joins the op's own: rows end where the lesser one says. */
static int add_count(Widen *w, const Op *op, const Expr **exprs, int n) {
    if (!op_attr_bool(op, ATTR_PART)) {
        exprs[n++] = w->part;
        return n;
    }
    exprs[n - 1] = expr_min(w->bl->module->exprs, exprs[n - 1], w->part);
    return n;
}

static void widen_access(Widen *w, Builder *b, const Op *op) {
    bool private = varies(w, op->operands[0]);
    int walked = vary_walked(w->bl, op->exprs, op_nindices(op));
    const Expr *idx[IR_MAX_RANK + 2];
    int n = indices(w, op, private, idx);
    bool parted = op_attr_bool(op, ATTR_PART), part = w->part && !private;
    for (int i = op_nindices(op); i < op->nexprs; i++)
        idx[n++] = clone_map_expr(w->map, op->exprs[i]);
    if (part)
        n = add_count(w, op, idx, n);
    Value *operands[3] = {operand(w, b, op, 0)};
    for (int i = 1; i < op->noperands; i++)
        operands[i] = i == 1 ? block_operand(w, b, op, i) : operand(w, b, op, i);
    const Type *type = op->nresults ? widened_tile(w, op->results[0]->type) : NULL;
    Op *copy = build_op(b, op->code, operands, op->noperands, idx, n, &type, op->nresults, 0);
    finish(w, copy, op);
    set_walk(w, copy, op, private, walked);
    op_set_bool(w->bl->module, copy, ATTR_PART, parted || part);
}

/* ---- accumulators ------------------------------------------------------------------------------------------------ */

static int acc_dims(Widen *w, const Type *t, const Expr **dims) {
    bool rows = w->role == ROLE_ROWS;
    const Expr *size = constant(w, w->size);
    int n = 0;
    if (t->rank == 2) {
        dims[n++] = rows ? size : clone_map_expr(w->map, t->dims[0]);
        dims[n++] = rows ? clone_map_expr(w->map, t->dims[1]) : size;
        return n;
    }
    if (rows)
        dims[n++] = size;
    if (t->rank == 1)
        dims[n++] = clone_map_expr(w->map, t->dims[0]);
    else if (rows)
        dims[n++] = constant(w, 1);
    if (!rows)
        dims[n++] = size;
    return n;
}

/* The start value of a rank-0 accumulator, once for every row or lane. */
static Value *start_buffer(Widen *w, Builder *b, const Op *op, const Type *acc) {
    Value *start = operand(w, b, op, 0);
    if (type_is_memory(start->type))
        return start;
    start = block_operand(w, b, op, 0);
    const Type *type = type_get(w->bl->module, TYPE_BUFFER, start->type->elem, acc->rank, acc->dims, false);
    Op *buffer = build_op(b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(w->bl->module, buffer, ATTR_MEMORY, "l1");
    const Expr *zeros[2] = {constant(w, 0), constant(w, 0)};
    Value *operands[2] = {buffer->results[0], start};
    Op *put = build_op(b, OP_PUT, operands, 2, zeros, acc->rank, NULL, 0, 0);
    op_set_int(w->bl->module, put, role_attr(w->role), w->role == ROLE_ROWS ? 0 : acc->rank - 1);
    return buffer->results[0];
}

static void widen_acc(Widen *w, Builder *b, const Op *op) {
    const Expr *dims[3], *exprs[1];
    const Type *t = op->results[0]->type;
    int n = acc_dims(w, t, dims);
    const Type *type = type_get(w->bl->module, TYPE_ACC, t->elem, n, dims, false);
    Value *start = op->noperands ? start_buffer(w, b, op, type) : NULL;
    for (int i = 0; i < op->nexprs; i++)
        exprs[i] = clone_map_expr(w->map, op->exprs[i]);
    finish(w, build_op(b, OP_ACC, &start, start ? 1 : 0, exprs, op->nexprs, &type, 1, 0), op);
}

/* The point in an accumulator that may have a dimension more now. */
static int acc_point(Widen *w, const Op *op, bool private, const Expr **idx) {
    int n = 0, rank = op_nindices(op);
    bool rows = w->role == ROLE_ROWS;
    if (private && rows && rank < 2)
        idx[n++] = constant(w, 0);
    for (int i = 0; i < rank; i++)
        idx[n++] = clone_map_expr(w->map, op->exprs[i]);
    if (private && (rank == 0 || (!rows && rank < 2)))
        idx[n++] = constant(w, 0);
    return n;
}

static void widen_step(Widen *w, Builder *b, const Op *op) {
    bool private = varies(w, op->operands[0]), parted = op_attr_bool(op, ATTR_PART), part = w->part && !private;
    const Expr *idx[IR_MAX_RANK + 3];
    int n = acc_point(w, op, private, idx);
    for (int i = op_nindices(op); i < op->nexprs; i++)
        idx[n++] = clone_map_expr(w->map, op->exprs[i]);
    if (part)
        n = add_count(w, op, idx, n);
    Value *operands[3];
    for (int i = 0; i < op->noperands; i++)
        operands[i] = operand(w, b, op, i);
    Op *copy = build_op(b, OP_STEP, operands, op->noperands, idx, n, NULL, 0, 0);
    finish(w, copy, op);
    op_set_bool(w->bl->module, copy, ATTR_PART, parted || part);
}

static void widen_fin(Widen *w, Builder *b, const Op *op) {
    const Expr *idx[IR_MAX_RANK + 2];
    bool private = varies(w, op->operands[0]), parted = op_attr_bool(op, ATTR_PART), part = w->part && !private;
    int n = acc_point(w, op, private, idx);
    for (int i = op_nindices(op); i < op->nexprs; i++)
        idx[n++] = clone_map_expr(w->map, op->exprs[i]);
    if (part)
        n = add_count(w, op, idx, n);
    Value *acc = operand(w, b, op, 0);
    const Type *type = widened_tile(w, op->results[0]->type);
    Op *copy = build_op(b, OP_FIN, &acc, 1, idx, n, &type, 1, 0);
    finish(w, copy, op);
    op_set_bool(w->bl->module, copy, ATTR_PART, parted || part);
}

/* ---- the body ---------------------------------------------------------------------------------------------------- */

static void widen_region(Widen *w, Builder *b, const Region *from);

static void widen_nested(Widen *w, Builder *b, const Op *op) {
    Module *m = w->bl->module;
    Value *operands[2] = {NULL, NULL};
    const Expr *exprs[8];
    for (int i = 0; i < op->noperands; i++)
        operands[i] = operand(w, b, op, i);
    for (int i = 0; i < op->nexprs; i++)
        exprs[i] = clone_map_expr(w->map, op->exprs[i]);
    const Type *types[8];
    for (int i = 0; i < op->nresults; i++)
        types[i] = op->results[i]->type;
    Op *copy = build_op(b, op->code, operands, op->noperands, exprs, op->nexprs, types, op->nresults, op->nregions);
    finish(w, copy, op);
    for (int i = 0; i < op->nregions; i++) {
        const Region *r = op->regions[i];
        for (int j = 0; j < r->nargs; j++)
            clone_map_set(w->map, r->args[j], region_add_arg(m, copy->regions[i], r->args[j]->type, r->args[j]->name));
        Builder inner = builder_at_end(m, copy->regions[i]);
        widen_region(w, &inner, r);
    }
}

/* Does the op as a whole run as a block? */
static bool op_varies(const Widen *w, const Op *op) {
    for (int i = 0; i < op->nresults; i++)
        if (varies(w, op->results[i]))
            return true;
    if (any_operand_varies(w, op, 0))
        return true;
    for (int i = 0; i < op->nexprs; i++)
        if (vary_expr(w->bl, op->exprs[i]))
            return true;
    return false;
}

static void widen_op(Widen *w, Builder *b, const Op *op) {
    b->loc = op->loc;
    if (op->nregions > 0 && w->size > 1) {
        widen_nested(w, b, op);
        return;
    }
    if (w->size == 1 || !op_varies(w, op)) {
        clone_op(b, w->map, op);
        return;
    }
    switch ((int)op->code) {
    case OP_GET:
    case OP_PUT: widen_access(w, b, op); break;
    case OP_BUFFER: widen_buffer(w, b, op); break;
    case OP_ACC: widen_acc(w, b, op); break;
    case OP_STEP: widen_step(w, b, op); break;
    case OP_FIN: widen_fin(w, b, op); break;
    case OP_ASSUME: break;
    default: widen_value(w, b, op); break;
    }
}

static void widen_region(Widen *w, Builder *b, const Region *from) {
    for (const Op *op = from->first; op; op = op->next)
        widen_op(w, b, op);
}

/* ---- accumulators outside of the loop ---------------------------------------------------------------------------- */

static void add_lane_dim(void *user, Op *op) {
    const Value *acc = user;
    if (op->noperands == 0 || op->operands[0] != acc ||
        (op->code != OP_STEP && op->code != OP_FIN && op->code != OP_TOPK_FIN))
        return;
    Module *m = op_func(op)->module;
    int rank = 1; /* before */
    const Expr **exprs = ARENA_ARRAY(m->arena, const Expr *, op->nexprs + 1);
    for (int i = 0; i < op->nexprs; i++)
        exprs[i < rank ? i : i + 1] = op->exprs[i];
    exprs[rank] = expr_const(m->exprs, 0);
    op->exprs = exprs;
    op->nexprs++;
}

/* acc E[M] becomes acc E[M, 1]: its points are rows. */
static void make_points_rows(Block *bl, Value *acc) {
    const Expr *dims[2] = {acc->type->dims[0], expr_const(block_exprs(bl), 1)};
    walk_ops(bl->func->body, add_lane_dim, acc);
    acc->type = type_get(bl->module, TYPE_ACC, acc->type->elem, 2, dims, false);
}

typedef struct Reshape {
    Block *bl;
    Role role;
} Reshape;

static void reshape_acc(void *user, Op *op) {
    Reshape *r = user;
    if ((op->code != OP_STEP && op->code != OP_FIN) || op->operands[0]->type->rank != 1 ||
        vary_is_private(r->bl, op->operands[0]))
        return;
    int walked = vary_walked(r->bl, op->exprs, op_nindices(op));
    bool reduced = op->code == OP_STEP && walked < 0;
    if (r->role == ROLE_ROWS ? walked == 0 : reduced && !expr_equals_const(op->operands[0]->type->dims[0], 1))
        make_points_rows(r->bl, op->operands[0]);
}

/* ---- loops ------------------------------------------------------------------------------------------------------- */

static const Expr *blocks_of(const Block *bl, const Expr *trips, int64_t size) {
    ExprTable *t = block_exprs(bl);
    int64_t c;
    if (expr_is_const(trips, &c))
        return expr_const(t, c > 0 ? c - c % size : 0);
    return expr_sub(t, trips, expr_mod(t, trips, expr_const(t, size)));
}

static void emit_blocks(Block *bl, Builder *b, const Op *loop, Role role, int64_t size, const Expr *lo, const Expr *hi,
                        bool part) {
    ExprTable *t = block_exprs(bl);
    /* A rest of one iteration has a step of two, so that nobody tries to widen it again. */
    const Expr *bounds[3] = {lo, hi, expr_const(t, size > 1 ? size : 2)};
    int64_t trips;
    if (expr_is_const(expr_sub(t, hi, lo), &trips) && trips <= 0)
        return;
    b->loc = loop->loc;
    Op *copy = build_op(b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_copy_attrs(bl->module, copy, loop);
    Value *index = region_add_arg(bl->module, loop_body(copy), loop_index(loop)->type, loop_index(loop)->name);
    Widen w = {bl, clone_map_create(bl->module), loop, role, size, expr_value(t, index), NULL};
    clone_map_set_expr(w.map, loop_index(loop), w.origin);
    if (part)
        w.part = expr_sub(t, hi, w.origin);
    Builder inner = builder_at_end(bl->module, loop_body(copy));
    widen_region(&w, &inner, loop_body(loop));
}

WidenPlan widen_plan(const Block *bl, const Op *loop, Role role, int64_t size) {
    WidenPlan p = {.role = role, .size = size};
    int64_t trips;
    if (role == ROLE_LANES)
        return p;
    if (loop_trips_const(bl, loop, &trips)) {
        if (trips % size > 0)
            p.rest[p.nrest++] = trips % size;
        return p;
    }
    for (int64_t half = 8; half >= 1; half /= 2)
        if (half < size)
            p.rest[p.nrest++] = half;
    return p;
}

void widen_loop(Block *bl, Op *loop, const WidenPlan *plan) {
    ExprTable *t = block_exprs(bl);
    Reshape r = {bl, plan->role};
    vary_compute(bl, loop);
    walk_ops(loop_body(loop), reshape_acc, &r);
    Builder b = builder_before(bl->module, loop);
    const Expr *lo = loop->exprs[0], *hi = loop->exprs[1];
    const Expr *done = expr_add(t, lo, blocks_of(bl, expr_sub(t, hi, lo), plan->size));
    emit_blocks(bl, &b, loop, plan->role, plan->size, lo, done, false);
    for (int i = 0; i < plan->nrest; i++) {
        const Expr *end = expr_add(t, done, blocks_of(bl, expr_sub(t, hi, done), plan->rest[i]));
        emit_blocks(bl, &b, loop, plan->role, plan->rest[i], done, end, false);
        done = end;
    }
    if (plan->role == ROLE_LANES)
        emit_blocks(bl, &b, loop, plan->role, plan->size, done, hi, true);
    op_unlink(loop);
}
