/* Counterexamples: two iterations of a loop that touch the same element. Symbols get small values, indices run over a few places,
 * and the boxes that come out are compared. A collision counts only if it is there for every choice of symbols that the program's
 * checks allow, so that it does not hang on, say, two extents being equal. What depends on data cannot be evaluated and gives no
 * boxes. */
#include "frontend/elab_parallel.h"

enum { WITNESS_ITERATIONS = 13, WITNESS_INNER = 4, WITNESS_BOXES = 256, WITNESS_STEPS = 4000 };

typedef struct Cell {
    const Value *value;
    int64_t i;
} Cell;

typedef struct Point {
    int64_t iteration; /* value of the index */
    int64_t lo[IR_MAX_RANK], hi[IR_MAX_RANK];
} Point;

typedef struct Trial {
    const ParallelLoop *loop;
    const MemoryAccess *access;
    int sample;
    VEC(Cell) cells;
    VEC(Point) points;
    int steps; /* left: the search is bounded */
} Trial;

static int64_t sample_value(int sample, int k) {
    if (sample == 0)
        return 12;
    return sample == 1 ? 7 + k * 3 % 8 : 16 - k * 5 % 9;
}

static bool cell_get(void *user, const Value *v, int64_t *out) {
    const Trial *t = user;
    for (int i = t->cells.len - 1; i >= 0; i--)
        if (t->cells.data[i].value == v) {
            *out = t->cells.data[i].i;
            return true;
        }
    const Func *f = t->loop->func;
    for (int i = 0; i < f->nindex_params; i++)
        if (f->index_params[i].value == v) {
            *out = sample_value(t->sample, i);
            return true;
        }
    return false;
}

static bool evaluate(Trial *t, const Expr *x, int64_t *out) { return expr_evaluate(x, cell_get, t, out); }

/* ---- conditions ------------------------------------------------------------------------------------------------ */
/* 1 true, 0 false, -1 not known. */
static int condition_value(Trial *t, const Value *cond, int depth) {
    const Op *def = cond->def;
    if (!def || depth == 0)
        return -1;
    if (def->code == OP_CONST)
        return op_attr_int(def, ATTR_INT, 0) != 0;
    if (def->code == OP_NOT) {
        int a = condition_value(t, def->operands[0], depth - 1);
        return a < 0 ? -1 : !a;
    }
    if (def->code == OP_AND || def->code == OP_OR) {
        int a = condition_value(t, def->operands[0], depth - 1), b = condition_value(t, def->operands[1], depth - 1);
        if (a < 0 || b < 0)
            return -1;
        return def->code == OP_AND ? a && b : a || b;
    }
    if (def->noperands != 2 || !elem_is_int(def->operands[0]->type->elem) || !elem_is_int(def->operands[1]->type->elem))
        return -1;
    int64_t a, b;
    if (!evaluate(t, value_expr(t->loop->module, def->operands[0]), &a) ||
        !evaluate(t, value_expr(t->loop->module, def->operands[1]), &b))
        return -1;
    if (def->code == OP_LT)
        return a < b;
    if (def->code == OP_LE)
        return a <= b;
    if (def->code == OP_GT)
        return a > b;
    if (def->code == OP_GE)
        return a >= b;
    if (def->code == OP_EQ)
        return a == b;
    return def->code == OP_NE ? a != b : -1;
}

/* The checks in front of an op must hold, or the run ends there. */
static bool checks_hold(Trial *t, const Region *region, const Op *stop) {
    for (const Op *op = region->first; op && op != stop; op = op->next) {
        int64_t v;
        if (op->code == OP_CHECK && evaluate(t, op->exprs[0], &v) && v < 0)
            return false;
    }
    return true;
}

/* ---- going down to the access ---------------------------------------------------------------------------------- */
static void descend(Trial *t, const PathVec *path, int at, int64_t iteration);

/* The places first: where data decides them, the checks need not be looked at, which are as many as there are calls in front. */
static void record_point(Trial *t, int64_t iteration) {
    const MemoryBox *box = &t->access->box;
    Point p = {.iteration = iteration};
    for (int d = 0; d < box->rank; d++) {
        int64_t len, dim;
        if (!evaluate(t, box->lo[d], &p.lo[d]) || !evaluate(t, box->len[d], &len))
            return;
        p.hi[d] = p.lo[d] + len;
        if (evaluate(t, box->shape->dims[d], &dim) && p.hi[d] > dim)
            p.hi[d] = dim;
        if (p.hi[d] <= p.lo[d] || p.lo[d] < 0)
            return;
    }
    if (t->points.len < WITNESS_BOXES && checks_hold(t, t->access->op->parent, t->access->op))
        VEC_PUSH(t->loop->arena, &t->points, p);
}

static void descend_loop(Trial *t, const PathVec *path, int at, int64_t iteration) {
    const Op *op = path->data[at].op;
    bool is_it = op == t->loop->op, inside = is_it;
    for (int i = 0; i < at; i++)
        inside |= path->data[i].op == t->loop->op;
    int64_t lo, hi, step;
    if (!evaluate(t, op->exprs[0], &lo) || !evaluate(t, op->exprs[2], &step) || step < 1)
        return;
    /* A bound that depends on data can be anything. */
    if (!evaluate(t, op->exprs[1], &hi))
        hi = lo + step * WITNESS_ITERATIONS;
    int64_t count = is_it ? WITNESS_ITERATIONS : inside ? WITNESS_INNER : 1;
    for (int64_t k = 0; k < count && lo + k * step < hi; k++) {
        int mark = t->cells.len;
        VEC_PUSH(t->loop->arena, &t->cells, (Cell){op->regions[0]->args[0], lo + k * step});
        descend(t, path, at + 1, is_it ? lo + k * step : iteration);
        t->cells.len = mark;
    }
}

static void descend_tier(Trial *t, const PathVec *path, int at, int64_t iteration) {
    const PathStep *step = &path->data[at];
    int64_t x, limit;
    bool known = evaluate(t, step->op->exprs[0], &x);
    int n = step->op->nexprs, chosen = 1;
    while (known && chosen < n && expr_is_const(step->op->exprs[chosen], &limit) && x > limit)
        chosen++;
    bool fits = chosen < n;
    if (known && fits != (step->region == 0))
        return;
    int mark = t->cells.len;
    if (step->region == 0 && expr_is_const(step->op->exprs[fits ? chosen : 1], &limit))
        VEC_PUSH(t->loop->arena, &t->cells, (Cell){step->op->regions[0]->args[0], limit});
    descend(t, path, at + 1, iteration);
    t->cells.len = mark;
}

/* path->data[at] is the next op on the way; conditions that depend on data may hold. */
static void descend(Trial *t, const PathVec *path, int at, int64_t iteration) {
    if (t->steps-- <= 0)
        return;
    if (at == path->len) {
        record_point(t, iteration);
        return;
    }
    const PathStep *step = &path->data[at];
    if (!checks_hold(t, step->op->parent, step->op))
        return;
    if (step->op->code == OP_FOR || step->op->code == OP_PARALLEL) {
        descend_loop(t, path, at, iteration);
    } else if (step->op->code == OP_TIER) {
        descend_tier(t, path, at, iteration);
    } else {
        if (step->op->code == OP_IF) {
            int c = condition_value(t, step->op->operands[0], 32);
            if (c >= 0 && (c == 1) != (step->region == 0))
                return;
        }
        descend(t, path, at + 1, iteration);
    }
}

static const Trial *trial_of(const ParallelLoop *loop, const MemoryAccess *access, int sample) {
    Trial **slot = &loop->trials[(access - loop->compared) * PARALLEL_SAMPLES + sample];
    Trial *t = *slot;
    if (t)
        return t;
    t = *slot = ARENA_NEW(loop->arena, Trial);
    *t = (Trial){.loop = loop, .access = access, .sample = sample, .steps = WITNESS_STEPS};
    PathVec path = {NULL, 0, 0};
    parallel_path(loop->arena, loop->func->body, access->op, &path);
    descend(t, &path, 0, 0);
    return t;
}

/* ---- comparing ------------------------------------------------------------------------------------------------- */
static bool points_meet(const Point *a, const Point *b, int rank) {
    for (int d = 0; d < rank; d++)
        if (a->hi[d] <= b->lo[d] || b->hi[d] <= a->lo[d])
            return false;
    return true;
}

static bool find_meeting(const ParallelLoop *loop, const Trial *a, const Trial *b, int rank, ParallelWitness *out) {
    for (int i = 0; i < a->points.len; i++)
        for (int k = 0; k < b->points.len; k++) {
            const Point *p = &a->points.data[i], *q = &b->points.data[k];
            if ((loop->index && p->iteration == q->iteration) || !points_meet(p, q, rank))
                continue;
            *out = (ParallelWitness){p->iteration, q->iteration};
            return true;
        }
    return false;
}

bool parallel_find_witness(const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b,
                           ParallelWitness *out) {
    if (!a->box.exact || !b->box.exact || !memory_box_comparable(&a->box, &b->box))
        return false;
    bool found = false;
    for (int sample = PARALLEL_SAMPLES - 1; sample >= 0; sample--) {
        const Trial *ta = trial_of(loop, a, sample), *tb = trial_of(loop, b, sample);
        if (ta->points.len == 0 || tb->points.len == 0)
            continue;
        if (!find_meeting(loop, ta, tb, a->box.rank, out))
            return false;
        found = true;
    }
    return found;
}
