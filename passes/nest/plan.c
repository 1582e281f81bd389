/* plan.c - how a loop is distributed over its body.
 *
 * Ops go into parts in program order, each into the earliest part that follows all it conflicts with: values it uses, state that it
 * or the other writes. A hoisted loop is a part of its own, whose body is planned likewise. What does not depend on r at all is
 * PLAIN and stands before the parts. Then every value that is used outside of its part gets its place. */
#include <string.h>

#include "passes/nest/nest.h"

enum { MOST_OPS = 256, MOST_ROUNDS = 8, AGAIN_COST = 2, NEVER = 1000 };

/* The last place is that of all values of outside. */
Place *distribution_place(Distribution *d, const Value *v) {
    return &d->places[v->id - d->first < d->nplaces ? v->id - d->first : d->nplaces];
}

static bool inside(const Distribution *d, const Value *v) { return value_is_inside(v, d->loop->regions[0]); }

/* ---- uses of values, deep ------------------------------------------------------------------------------------------ */

typedef struct UseWalk {
    bool (*fn)(void *user, Value *v);
    void *user;
} UseWalk;

static void visit_uses(void *user, Op *op) {
    UseWalk *w = user;
    for (int i = 0; i < op->noperands; i++)
        w->fn(w->user, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], w->fn, w->user);
    for (int i = 0; i < op->nresults; i++)
        for (int k = 0; k < op->results[i]->type->rank; k++)
            expr_each_value(op->results[i]->type->dims[k], w->fn, w->user);
}

void op_each_use(Op *op, bool (*fn)(void *user, Value *v), void *user) {
    UseWalk w = {fn, user};
    visit_uses(&w, op);
    for (int i = 0; i < op->nregions; i++)
        walk_ops(op->regions[i], visit_uses, &w);
}

/* ---- conflicts ----------------------------------------------------------------------------------------------------- */

typedef struct Access {
    const Value *state;
    bool write;
} Access;
typedef struct Summary {
    Op *op;
    VEC(Access) accesses;
    int part;
} Summary;
typedef struct Collect {
    Nest *nest;
    Summary *to;
} Collect;

static void collect_access(void *user, Op *op) {
    Collect *c = user;
    for (int i = 0; i < op->noperands; i++) {
        const Value *v = op->operands[i];
        bool written = op_writes_state(op) && (i == 0 || op->code == OP_TOPK_FIN);
        if (v->type->kind == TYPE_ACC || (type_is_memory(v->type) && !op_code_has(op->code, PURE)))
            VEC_PUSH(c->nest->arena, &c->to->accesses, (Access){v, written});
    }
}

static void summarise(Nest *n, Op *op, Summary *s) {
    Collect c = {n, s};
    *s = (Summary){.op = op};
    collect_access(&c, op);
    for (int i = 0; i < op->nregions; i++)
        walk_ops(op->regions[i], collect_access, &c);
}

typedef struct UseSearch {
    const Op *def;
    bool found;
} UseSearch;

static bool find_use(void *user, Value *v) {
    UseSearch *s = user;
    s->found |= v->def == s->def;
    return true;
}

static bool share_state(Nest *n, const Summary *a, const Summary *b) {
    for (int i = 0; i < a->accesses.len; i++)
        for (int j = 0; j < b->accesses.len; j++) {
            const Access *x = &a->accesses.data[i], *y = &b->accesses.data[j];
            bool same = x->state == y->state || (type_is_memory(x->state->type) && type_is_memory(y->state->type) &&
                                                 alias_may_overlap(n->alias, n->func, x->state, y->state));
            if (same && (x->write || y->write))
                return true;
        }
    return false;
}

static bool conflict(Nest *n, const Summary *earlier, const Summary *later) {
    UseSearch s = {earlier->op, false};
    if (earlier->op->nresults > 0)
        op_each_use(later->op, find_use, &s);
    return s.found || share_state(n, earlier, later);
}

/* ---- what does not depend on r ------------------------------------------------------------------------------------- */

static bool is_plain_value(void *user, Value *v) {
    Distribution *d = user;
    return !inside(d, v) || distribution_place(d, v)->kind == PLACE_PLAIN;
}

static bool is_plain_op(Distribution *d, const Op *op) {
    bool reads = op->code == OP_GET && !op_attr_bool(op, ATTR_VOLATILE);
    if (op->nresults == 0 || op->nregions > 0 || !(op_code_has(op->code, PURE) || reads))
        return false;
    for (int i = 0; i < op->noperands; i++)
        if (!is_plain_value(d, op->operands[i]))
            return false;
    for (int i = 0; i < op->nexprs; i++)
        if (!expr_each_value(op->exprs[i], is_plain_value, d))
            return false;
    return !reads || !region_writes(d->nest, d->loop->regions[0], op->operands[0]);
}

static void set_place(Distribution *d, const Op *op, PlaceKind kind, int part) {
    for (int i = 0; i < op->nresults; i++)
        *distribution_place(d, op->results[i]) = (Place){kind, part, NULL};
}

/* ---- parts --------------------------------------------------------------------------------------------------------- */

static Plan *plan_region(Distribution *d, Region *from);

static bool is_barrier(const Part *p) { return p->hoisted || p->start; }

static int new_part(Distribution *d, Plan *plan) {
    VEC_PUSH(d->nest->arena, &plan->parts, ((Part){0}));
    return plan->parts.len - 1;
}

/* The first part that the op may go into; the number of parts: a new one. */
static int least_part(Distribution *d, const Plan *plan, const Summary *ops, int n, bool barrier) {
    int least = barrier ? plan->parts.len : 0;
    for (int i = 0; i < n; i++) {
        int after = ops[i].part + (barrier || is_barrier(&plan->parts.data[ops[i].part]) ? 1 : 0);
        if (after > least && conflict(d->nest, &ops[i], &ops[n]))
            least = after;
    }
    while (least < plan->parts.len && is_barrier(&plan->parts.data[least]))
        least++;
    return least;
}

static bool place_op(Distribution *d, Plan *plan, Summary *ops, int n, bool start) {
    Op *op = ops[n].op;
    bool hoist = op->code == OP_LOOP && d->hoists(d, op);
    int part = least_part(d, plan, ops, n, hoist || start);
    if (part == plan->parts.len)
        new_part(d, plan);
    ops[n].part = part;
    VEC_PUSH(d->nest->arena, &plan->parts.data[part].ops, op);
    set_place(d, op, PLACE_LOCAL, part);
    if (start)
        plan->parts.data[part].start = op;
    if (!hoist)
        return true;
    *distribution_place(d, loop_index(op)) = (Place){PLACE_PLAIN, part, NULL};
    Plan *child = plan_region(d, op->regions[0]);
    plan->parts.data[part].hoisted = child;
    d->hoists_any = true;
    return child != NULL;
}

/* ---- places of what crosses parts ---------------------------------------------------------------------------------- */

typedef struct Cross {
    Distribution *d;
    Plan *plan;
    int part; /* of the use */
    bool ok;
} Cross;

static bool cross_value(void *user, Value *v);

typedef struct CostSum {
    Distribution *d;
    int cost;
} CostSum;
static bool add_leaf_cost(void *user, Value *v);

/* Of computing the value once more. */
static int again_cost(Distribution *d, Value *v) {
    PlaceKind kind = distribution_place(d, v)->kind;
    if (!inside(d, v) || kind == PLACE_PLAIN || kind == PLACE_KEPT || kind == PLACE_EXPANDED || !v->def)
        return 0;
    const Op *op = v->def;
    bool reads = op->code == OP_GET && !op_attr_bool(op, ATTR_VOLATILE) && !inside(d, alias_root(op->operands[0])) &&
                 !region_writes(d->nest, d->loop->regions[0], op->operands[0]);
    if (op->nregions > 0 || op_code_has(op->code, COSTLY) || !(op_code_has(op->code, PURE) || reads))
        return NEVER;
    int cost = op->code == OP_CONST || op->code == OP_INDEX || type_is_memory(v->type) ? 0 : 1;
    for (int i = 0; i < op->noperands && cost < NEVER; i++)
        cost += again_cost(d, op->operands[i]);
    CostSum sum = {d, cost};
    for (int i = 0; i < op->nexprs && sum.cost < NEVER; i++)
        expr_each_value(op->exprs[i], add_leaf_cost, &sum);
    return sum.cost;
}

static bool add_leaf_cost(void *user, Value *v) {
    CostSum *sum = user;
    sum->cost += again_cost(sum->d, v);
    return sum->cost < NEVER;
}

typedef struct Expandable {
    const Value *v;
    bool ok;
} Expandable;

/* Only element accesses can take one more index. */
static void check_use(void *user, Op *op) {
    Expandable *s = user;
    for (int i = 0; i < op->noperands; i++) {
        if (op->operands[i] != s->v)
            continue;
        bool element = op->code == OP_GET || op->code == OP_PUT || op->code == OP_STEP || op->code == OP_FIN ||
                       op->code == OP_TOPK_FIN || op->code == OP_ACC;
        bool same_acc = op->code == OP_TOPK_FIN && op->operands[0] == s->v;
        s->ok = s->ok && element && (i == 0 || same_acc);
    }
}

static bool can_expand(Distribution *d, const Value *v) {
    Expandable s = {v, v->type->rank < IR_MAX_RANK};
    for (int i = 0; i < v->type->rank; i++)
        s.ok = s.ok && expr_each_value(v->type->dims[i], is_plain_value, d);
    for (int i = 0; i < v->def->nexprs; i++)
        s.ok = s.ok && expr_each_value(v->def->exprs[i], is_plain_value, d);
    walk_ops(d->loop->regions[0], check_use, &s);
    return s.ok;
}

static void note_state(Distribution *d, const Value *v) {
    int64_t bytes = elem_bytes(elem_accumulator(v->type->elem)), extent;
    d->expands = true;
    if (v->type->kind == TYPE_ACC && op_attr_is(v->def, ATTR_MONOID, "topk"))
        return; /* hardly touched once it is full */
    for (int i = 0; i < v->type->rank; i++) {
        if (expr_is_const(v->type->dims[i], &extent) && extent < 1 << 20)
            bytes *= extent;
        else
            d->kept_unbounded = true;
    }
    d->kept_bytes += bytes;
}

static void declare(Cross *c, Value *v, PlaceKind kind) {
    distribution_place(c->d, v)->kind = kind;
    VEC_PUSH(c->d->nest->arena, &c->plan->declared, v->def);
    note_state(c->d, v);
}

/* Start values must be there for all of r before the accumulator is made. */
static void cross_start(Cross *c, Value *start) {
    Place *p = distribution_place(c->d, start);
    bool here = start->def && start->def->parent == c->plan->from;
    if (here && type_is_memory(start->type))
        cross_value(c, start);
    else if (here && (p->kind == PLACE_LOCAL || p->kind == PLACE_AGAIN))
        declare(c, start, PLACE_KEPT);
    c->ok = c->ok && here && (p->kind == PLACE_EXPANDED || p->kind == PLACE_KEPT);
}

static void cross_state(Cross *c, Value *v) {
    if (!can_expand(c->d, v)) {
        c->ok = false;
        return;
    }
    declare(c, v, PLACE_EXPANDED);
    if (v->def->noperands > 0)
        cross_start(c, v->def->operands[0]);
}

static void cross_scalar(Cross *c, Value *v) {
    if (again_cost(c->d, v) <= AGAIN_COST || (type_is_memory(v->type) && again_cost(c->d, v) < NEVER)) {
        distribution_place(c->d, v)->kind = PLACE_AGAIN;
        for (int i = 0; i < v->def->noperands; i++)
            cross_value(c, v->def->operands[i]);
        for (int i = 0; i < v->def->nexprs; i++)
            expr_each_value(v->def->exprs[i], cross_value, c);
    } else if (type_is_scalar(v->type) && v->type->elem != ELEM_INDEX)
        declare(c, v, PLACE_KEPT);
    else
        c->ok = false;
}

static bool cross_value(void *user, Value *v) {
    Cross *c = user;
    Place *p = distribution_place(c->d, v);
    if (!c->ok || !v->def || v->def->parent != c->plan->from || p->kind != PLACE_LOCAL)
        return true;
    if (v->type->kind == TYPE_ACC || v->type->kind == TYPE_BUFFER)
        cross_state(c, v);
    else
        cross_scalar(c, v);
    return true;
}

static bool use_value(void *user, Value *v) {
    Cross *c = user;
    if (v->def && v->def->parent == c->plan->from && distribution_place(c->d, v)->part != c->part)
        cross_value(c, v);
    return true;
}

static bool find_crossings(Distribution *d, Plan *plan) {
    Cross c = {d, plan, 0, true};
    for (int i = 0; i < plan->parts.len; i++)
        for (int k = 0; k < plan->parts.data[i].ops.len; k++) {
            c.part = i;
            op_each_use(plan->parts.data[i].ops.data[k], use_value, &c);
        }
    return c.ok;
}

/* ---- the plan of a region ------------------------------------------------------------------------------------------ */

/* State without start values can be made anywhere before its first use. */
static bool can_defer(Distribution *d, const Op *op) {
    if ((op->code != OP_ACC && op->code != OP_BUFFER) || op->noperands > 0)
        return false;
    const Type *t = op->results[0]->type;
    for (int i = 0; i < t->rank; i++)
        if (!expr_each_value(t->dims[i], is_plain_value, d))
            return false;
    for (int i = 0; i < op->nexprs; i++)
        if (!expr_each_value(op->exprs[i], is_plain_value, d))
            return false;
    return true;
}

static int list_ops(Distribution *d, Region *from, Summary *ops, Plan *plan, OpList *deferred) {
    int n = 0;
    for (Op *op = from->first; op; op = op->next) {
        if (is_plain_op(d, op)) {
            set_place(d, op, PLACE_PLAIN, -1);
            VEC_PUSH(d->nest->arena, &plan->plain, op);
        } else if (can_defer(d, op))
            VEC_PUSH(d->nest->arena, deferred, op);
        else if (n == MOST_OPS)
            return -1;
        else
            summarise(d->nest, op, &ops[n++]);
    }
    return n;
}

/* Makes state in the part of its first use, in front; from the last on, so that it stays in order. */
static void place_deferred(Distribution *d, Plan *plan, const Summary *ops, int n, const OpList *deferred) {
    for (int i = deferred->len - 1; i >= 0; i--) {
        Op *op = deferred->data[i];
        int part = plan->parts.len;
        for (int k = 0; k < n; k++) {
            UseSearch s = {op, false};
            if (ops[k].part < part)
                op_each_use(ops[k].op, find_use, &s);
            part = s.found ? ops[k].part : part;
        }
        set_place(d, op, PLACE_LOCAL, -1); /* of no part: crosses wherever it is used */
        if (part == plan->parts.len || is_barrier(&plan->parts.data[part]))
            continue;
        set_place(d, op, PLACE_LOCAL, part);
        OpList *list = &plan->parts.data[part].ops;
        VEC_PUSH(d->nest->arena, list, op);
        for (int k = list->len - 1; k > 0; k--)
            list->data[k] = list->data[k - 1];
        list->data[0] = op;
    }
}

/* An accumulator with start values that is expanded must be a part; true: `starts` has grown. */
static bool more_starts(Distribution *d, const Summary *ops, int n, bool *starts) {
    bool more = false;
    for (int i = 0; i < n; i++) {
        const Op *op = ops[i].op;
        bool wants =
            op->code == OP_ACC && op->noperands > 0 && distribution_place(d, op->results[0])->kind == PLACE_EXPANDED;
        more |= wants && !starts[i];
        starts[i] |= wants;
    }
    return more;
}

static Plan *plan_region(Distribution *d, Region *from) {
    int count = 1;
    for (const Op *op = from->first; op && count < MOST_OPS; op = op->next)
        count++;
    Summary *ops = ARENA_ARRAY(d->nest->arena, Summary, count);
    bool starts[MOST_OPS] = {false};
    int64_t bytes = d->kept_bytes;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        Plan *plan = ARENA_NEW(d->nest->arena, Plan);
        *plan = (Plan){.from = from};
        d->kept_bytes = bytes;
        OpList deferred = {0};
        int n = list_ops(d, from, ops, plan, &deferred);
        bool ok = n >= 0;
        for (int i = 0; i < n && ok; i++)
            ok = place_op(d, plan, ops, i, starts[i]);
        if (ok)
            place_deferred(d, plan, ops, n, &deferred);
        if (!ok || !find_crossings(d, plan))
            return NULL;
        if (!more_starts(d, ops, n, starts))
            return plan;
    }
    return NULL;
}

typedef struct IdRange {
    uint32_t least, most;
} IdRange;

static void add_ids(void *user, Op *op) {
    IdRange *r = user;
    for (int i = 0; i < op->nresults; i++) {
        r->least = op->results[i]->id < r->least ? op->results[i]->id : r->least;
        r->most = op->results[i]->id > r->most ? op->results[i]->id : r->most;
    }
    for (int i = 0; i < op->nregions; i++)
        for (int k = 0; k < op->regions[i]->nargs; k++) {
            uint32_t id = op->regions[i]->args[k]->id;
            r->least = id < r->least ? id : r->least;
            r->most = id > r->most ? id : r->most;
        }
}

bool distribute_plan(Distribution *d) {
    IdRange range = {UINT32_MAX, 0};
    add_ids(&range, d->loop);
    walk_ops(d->loop->regions[0], add_ids, &range);
    d->first = range.least;
    d->nplaces = range.most - range.least + 1;
    d->places = ARENA_ARRAY(d->nest->arena, Place, d->nplaces + 1);
    d->plan = plan_region(d, d->loop->regions[0]);
    return d->plan != NULL;
}
