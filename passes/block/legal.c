/* legal.c - may a loop's body be widened?
 *
 * Needs vary.c and depend.c. What has no block form keeps the loop scalar. Accumulators that live outside of the loop are stepped with
 * whole blocks: either each iteration steps accumulators of its own (the point walks along with the index), or all step the same one,
 * which must then allow the order in which a block comes: rows in order, or any order for exact monoids, or the 16 partials of
 * LANES16. Accumulators that live inside become one per row or lane. */
#include "passes/block/block.h"

enum { PARTIALS = 16 }; /* of the monoids with lanes */

typedef struct Check {
    Block *bl;
    const Op *loop;
    Role role;
    int64_t size;
    const char *obstacle;
} Check;

static void refuse(Check *c, const char *why) {
    if (!c->obstacle)
        c->obstacle = why;
}

/* ---- accumulators ------------------------------------------------------------------------------------------------ */

static const char no_acc_lanes[] = "an accumulator's element type has no lanes";

/* Steps name a position, and its value matters. */
static bool is_positional(Monoid m) { return monoid_wants_position(m) && monoid_class(m) != MONOID_CLASS_LANES16; }

/* One accumulator per lane or row: which monoids have that form. */
static bool monoid_fits(Monoid m, Role role) {
    if (m == MONOID_TOPK)
        return false;
    return role == ROLE_ROWS || monoid_class(m) != MONOID_CLASS_LANES16;
}

/* The dimension of an accumulator that the role's block walks, whether it has one or many. */
static int acc_dim(int rank, Role role) { return role == ROLE_LANES ? rank - 1 : rank - 2; }

static bool dim_is_one(const Type *t, int d) { return d < 0 || d >= t->rank || expr_equals_const(t->dims[d], 1); }

typedef struct PointUse {
    const Value *acc;
    bool scalar; /* every step and fin is of one point */
} PointUse;

static void note_point_use(void *user, Op *op) {
    PointUse *u = user;
    if (op->noperands == 0 || op->operands[0] != u->acc)
        return;
    for (int i = 1; i < op->noperands; i++)
        u->scalar &= !type_is_tile(op->operands[i]->type) || tile_extent(op->operands[i]->type, ROLE_LANES) == 1;
    for (int i = 0; i < op->nresults; i++)
        u->scalar &= tile_extent(op->results[i]->type, ROLE_LANES) == 1;
}

/* May a dimension be added, so that a rank-1 accumulator's points are rows? Not where its points are lanes already. */
static bool may_add_lanes(const Check *c, const Value *acc) {
    PointUse u = {acc, true};
    if (!acc->def || acc->def->noperands > 0)
        return false;
    walk_ops(c->bl->func->body, note_point_use, &u);
    return u.scalar;
}

static void check_private_acc(Check *c, const Op *acc) {
    const Type *t = acc->results[0]->type;
    Monoid m = acc_monoid(acc->results[0]);
    if (!monoid_fits(m, c->role))
        refuse(c, "an accumulator of the body has no block form");
    if (c->role == ROLE_LANES && elem_lanes(t->elem) == LANES_NONE)
        refuse(c, "an accumulator's element type has no lanes");
    if (t->rank > 2 || (t->rank == 2 && !dim_is_one(t, role_dim(c->role))) || (t->rank == 2 && acc->noperands > 0))
        refuse(c, "an accumulator of the body has too many dimensions");
    if (acc->noperands > 0 && type_is_memory(acc->operands[0]->type) && !vary_value(c->bl, acc->operands[0]))
        refuse(c, "start values are shared by the iterations");
}

static bool is_direct(const Check *c, const Op *op) { return op->parent == loop_body(c->loop); }

typedef struct AccUses {
    const Value *acc;
    const Op *self;
    int steps, others; /* other ops that read or step it */
    int dim;           /* walked by the steps and fins; -1: none */
    bool same;         /* all of them alike */
    const Block *bl;
} AccUses;

static void count_acc_use(void *user, Op *op) {
    AccUses *u = user;
    if (op->noperands == 0 || op->operands[0] != u->acc)
        return;
    if (op->code == OP_STEP)
        u->steps++;
    else
        u->others++;
    u->same &= vary_walked(u->bl, op->exprs, op_nindices(op)) == u->dim &&
               (u->dim < 0 || op->exprs[u->dim] == u->self->exprs[u->dim]);
}

/* Is the value a multiple of 16, whatever the loops around are at? */
static bool is_aligned(const Expr *e) {
    int64_t c, step;
    if (expr_is_const(e, &c))
        return c % PARTIALS == 0;
    if (e->kind == EXPR_VALUE) {
        const Op *loop = e->value->region ? e->value->region->parent_op : NULL;
        return loop && loop->code == OP_LOOP && is_aligned(loop->exprs[0]) && expr_is_const(loop->exprs[2], &step) &&
               step % PARTIALS == 0;
    }
    if (e->kind == EXPR_PROD)
        return e->c % PARTIALS == 0 || (e->nargs == 1 && is_aligned(e->args[0]));
    bool all = e->kind == EXPR_SUM && e->c % PARTIALS == 0;
    for (int i = 0; i < e->nargs; i++)
        all = all && is_aligned(e->args[i]);
    return all;
}

/* One count must do for a block: the same in all rows; in lanes less by one from lane to lane. */
static void check_count(Check *c, const Op *op) {
    if (!op_attr_bool(op, ATTR_PART))
        return;
    const Expr *count = op->exprs[op->nexprs - 1];
    if (c->role == ROLE_LANES && !op_attr(op, ATTR_LANES))
        count = expr_add(block_exprs(c->bl), count, expr_value(block_exprs(c->bl), loop_index(c->loop)));
    if (vary_expr(c->bl, count))
        refuse(c, "iterations end at different places");
}

/* The position of a step, or the divisor of a mean; NULL: none. */
static const Expr *position_of(const Op *op) {
    int rank = op_nindices(op), n = op->nexprs - op_attr_bool(op, ATTR_PART);
    return n > rank ? op->exprs[rank] : NULL;
}

/* All iterations step one accumulator. */
static void check_reduction(Check *c, const Op *op, const AccUses *uses) {
    const Type *t = op->operands[0]->type;
    Monoid m = acc_monoid(op->operands[0]);
    MonoidClass cls = c->role == ROLE_LANES ? step_class(op) : monoid_class(m);
    int rank = t->rank;
    const Expr *position = position_of(op);
    if (uses->others > 0 || (uses->steps > 1 && cls != MONOID_CLASS_EXACT))
        refuse(c, "an accumulator is read while it is stepped");
    if (cls != MONOID_CLASS_EXACT && !is_direct(c, op))
        refuse(c, "steps that have an order would change it");
    if (cls == MONOID_CLASS_SEQ && c->role == ROLE_LANES)
        refuse(c, "a reduction in order may not be in lanes");
    if (m == MONOID_SCAN_MAX || (is_positional(m) && c->role == ROLE_ROWS))
        refuse(c, "the reduction has no block form along rows");
    if (position && vary_dep(c->bl, position) != DEP_UNIT)
        refuse(c, "the position does not advance with the index");
    if (is_positional(m) && !position)
        refuse(c, "positions are values");
    if (cls == MONOID_CLASS_LANES16) {
        const Expr *at =
            position ? expr_replace(block_exprs(c->bl), position, loop_index(c->loop), c->loop->exprs[0]) : NULL;
        if (c->size % PARTIALS != 0 || !at || !is_aligned(at))
            refuse(c, "the lanes are not the 16 partials");
    }
    int d = acc_dim(rank < 1 ? 1 : rank, c->role);
    bool covered = rank > 0 && !dim_is_one(t, d);
    if (covered && !(rank == 1 && c->role == ROLE_LANES && may_add_lanes(c, op->operands[0])))
        refuse(c, "the accumulator's last dimension is no single one");
    if (!vary_value(c->bl, op->operands[1]) && (op->noperands < 3 || !vary_value(c->bl, op->operands[2])))
        refuse(c, "the same value is stepped by every iteration");
}

/* Each iteration steps or reads accumulators of its own. */
static void check_walk(Check *c, const Op *op, const AccUses *uses) {
    const Type *t = op->operands[0]->type;
    if (!uses->same)
        refuse(c, "an accumulator is used at different points");
    if (!monoid_fits(acc_monoid(op->operands[0]), c->role) &&
        !(acc_monoid(op->operands[0]) == MONOID_TOPK && c->role == ROLE_ROWS))
        refuse(c, "an accumulator has no block form");
    if (position_of(op) && vary_dep(c->bl, position_of(op)) != DEP_NONE)
        refuse(c, "the position advances with the index");
    int d = acc_dim(t->rank, c->role);
    bool add = t->rank == 1 && c->role == ROLE_ROWS && may_add_lanes(c, op->operands[0]);
    if (!add && uses->dim != d)
        refuse(c, "the index walks along another dimension of an accumulator");
    int64_t room;
    if (expr_is_const(t->dims[uses->dim], &room) && room < c->size)
        refuse(c, "the accumulator has no room for a block");
    bool varies = op->code == OP_FIN;
    for (int i = 1; i < op->noperands; i++)
        varies |= vary_value(c->bl, op->operands[i]);
    if (!varies)
        refuse(c, "every accumulator is stepped with the same value");
}

static void check_outer_acc(Check *c, const Op *op) {
    int dim = vary_walked(c->bl, op->exprs, op_nindices(op));
    if (dim < -1) {
        refuse(c, "the point of an accumulator is no index + constant");
        return;
    }
    if (dim >= 0 && c->role == ROLE_LANES && elem_lanes(op->operands[0]->type->elem) == LANES_NONE)
        refuse(c, no_acc_lanes); /* a position is read as i32, which has lanes */
    AccUses uses = {.acc = op->operands[0], .self = op, .dim = dim, .same = true, .bl = c->bl};
    walk_ops(loop_body(c->loop), count_acc_use, &uses);
    check_count(c, op);
    if (dim >= 0)
        check_walk(c, op, &uses);
    else if (op->code == OP_STEP)
        check_reduction(c, op, &uses);
    else if (uses.steps > 0)
        refuse(c, "an accumulator is read while it is stepped");
    else if (position_of(op) && vary_expr(c->bl, position_of(op)))
        refuse(c, "the divisor of a mean varies");
}

static void check_acc_use(Check *c, const Op *op) {
    const Value *acc = op->operands[0];
    if (c->role == ROLE_LANES && elem_lanes(acc->type->elem) == LANES_NONE && vary_value(c->bl, acc))
        refuse(c, no_acc_lanes);
    if (!vary_is_private(c->bl, acc)) {
        check_outer_acc(c, op);
        return;
    }
    if (!vary_value(c->bl, acc))
        return;
    for (int i = 0; i < op->nexprs; i++)
        if (vary_expr(c->bl, op->exprs[i]))
            refuse(c, "the point of an accumulator of the body varies");
    bool varies = op->code == OP_FIN;
    for (int i = 1; i < op->noperands; i++)
        varies |= vary_value(c->bl, op->operands[i]);
    if (!varies)
        refuse(c, "an accumulator of the body is also stepped with what does not vary");
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void check_memory(Check *c, const Op *op) {
    const Value *base = op->operands[0];
    bool private = vary_is_private(c->bl, base), varies = vary_value(c->bl, base);
    int walked = vary_walked(c->bl, op->exprs, op_nindices(op));
    for (int i = 1; i < op->noperands; i++)
        varies |= vary_value(c->bl, op->operands[i]);
    if (!varies && walked == -1) {
        if (op_attr_bool(op, ATTR_PART) && vary_expr(c->bl, op->exprs[op->nexprs - 1]))
            refuse(c, "iterations end at different places");
        return;
    }
    check_count(c, op);
    if (op_attr_bool(op, ATTR_FILL_VIEW) || op_attr_bool(op, ATTR_GUARDED))
        refuse(c, "an access may be out of range");
    if (op_attr(op, role_attr(c->role)))
        refuse(c, "an access walks along already");
    if (private ? walked != -1 : walked < 0)
        refuse(c, "an access is no walk with step 1");
    if (!private && walked >= 0) {
        AttrKey other = c->role == ROLE_ROWS ? ATTR_LANES : ATTR_ROWS;
        if (op_attr_int(op, other, -1) == walked)
            refuse(c, "rows and lanes walk along one dimension");
    }
    if (private && base->type->rank == IR_MAX_RANK)
        refuse(c, "a buffer has too many dimensions");
    for (int d = 0; private && d < base->type->rank; d++)
        if (vary_expr(c->bl, base->type->dims[d]))
            refuse(c, "a buffer's extents vary");
    if (c->role == ROLE_LANES && !op_has_lanes(op))
        refuse(c, "an element type has no lanes");
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Positions as values: only what is cast at once to an integer becomes a block (iota). */
static void check_operands(Check *c, const Op *op) {
    for (int i = 0; i < op->noperands; i++) {
        if (op->operands[i]->type->elem != ELEM_INDEX || !vary_value(c->bl, op->operands[i]))
            continue;
        const Op *def = op->operands[i]->def;
        Elem to = op->results[0]->type->elem;
        bool position = !def || def->code == OP_INDEX;
        bool elem = to == ELEM_I32 || (c->role == ROLE_ROWS && elem_is_int(to));
        if (op->code != OP_CAST || !position || !elem || op_attr_bool(op, ATTR_SAT))
            refuse(c, "a position is used as a number");
        else if (def && vary_dep(c->bl, def->exprs[0]) != DEP_UNIT)
            refuse(c, "a position is no index + constant");
    }
}

static bool from_position(const Op *op) { return op->code == OP_CAST && op->operands[0]->type->elem == ELEM_INDEX; }

static void check_value(Check *c, const Op *op) {
    bool varies = false;
    for (int i = 0; i < op->nresults; i++)
        varies |= vary_value(c->bl, op->results[i]);
    if (!varies || op->code == OP_INDEX)
        return;
    if (op->code == OP_IOTA) {
        if (vary_dep(c->bl, op->exprs[0]) != DEP_UNIT || op_attr_int(op, ATTR_AXIS, 1) == role_dim(c->role))
            refuse(c, "positions are no index + constant");
        return;
    }
    if (!op_code_has(op->code, EWISE) && op->code != OP_BROADCAST)
        refuse(c, "an operation has no block form");
    else if (c->role == ROLE_LANES && !from_position(op) && !op_has_lanes(op))
        refuse(c, "an operation has no lanes for its element type");
    check_operands(c, op);
}

static void check_region(Check *c, const Region *r);

static void check_nested(Check *c, const Op *op) {
    if (op->code != OP_LOOP && op->code != OP_FOR && op->code != OP_IF) {
        refuse(c, "a region is no loop or condition");
        return;
    }
    for (int i = 0; i < op->nexprs; i++)
        if (vary_expr(c->bl, op->exprs[i]))
            refuse(c, "the bounds of a loop inside vary");
    for (int i = 0; i < op->noperands; i++)
        if (vary_value(c->bl, op->operands[i]))
            refuse(c, "a condition varies");
    for (int i = 0; i < op->nregions; i++)
        check_region(c, op->regions[i]);
}

static void check_op(Check *c, const Op *op) {
    if (op->nregions > 0) {
        check_nested(c, op);
        return;
    }
    switch ((int)op->code) {
    case OP_GET:
    case OP_PUT: check_memory(c, op); return;
    case OP_STEP:
    case OP_FIN: check_acc_use(c, op); return;
    case OP_ACC:
        if (vary_value(c->bl, op->results[0]))
            check_private_acc(c, op);
        return;
    case OP_BUFFER:
    case OP_ASSUME: return;
    case OP_YIELD:
        for (int i = 0; i < op->noperands; i++)
            if (vary_value(c->bl, op->operands[i]))
                refuse(c, "the result of a condition varies");
        return;
    default: break;
    }
    if (!op_code_has(op->code, PURE))
        refuse(c, "an operation has no block form");
    else
        check_value(c, op);
}

static void check_region(Check *c, const Region *r) {
    for (const Op *op = r->first; op && !c->obstacle; op = op->next)
        check_op(c, op);
}

const char *widen_obstacle(Block *bl, const Op *loop, Role role, int64_t size) {
    if (loop->code != OP_LOOP || !loop_is_unit(loop))
        return "not a loop with step 1";
    vary_compute(bl, loop);
    Check c = {bl, loop, role, size, NULL};
    check_region(&c, loop_body(loop));
    return c.obstacle ? c.obstacle : depend_conflict(bl);
}
