/* eval_acc.c - the accumulators of the block stage: one state per point, stepped value by value.
 *
 * Written apart from the reductions of whole tiles (eval_reduce.c): the two check each other. */
#include <math.h>
#include <string.h>
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_num.h"

enum { LANES = 16 };

struct EvalAcc {
    Monoid monoid;
    Elem elem; /* of what is stepped; the state is in its representation */
    int rank;
    int64_t dims[IR_MAX_RANK];
    EvalScalar *state; /* per point one value, or LANES partials */
    int64_t *at;       /* argmax, argmin: index or -1; scan.max: 0 until started; topk: entries held */
    int64_t k, room;   /* topk: wanted, and entries per point */
    bool largest, sorted;
    EvalRanked *lists, *scratch;
};

static bool is_lanes(Monoid m) { return m == MONOID_SUM_LANES || m == MONOID_PROD_LANES; }

/* ---- making one ------------------------------------------------------------------------------ */
static EvalScalar scalar_of_float(Elem elem, double v) {
    EvalScalar s = {.i = 0};
    if (eval_rep(elem) == REP_F64)
        s.d = v;
    else
        s.f = (float)v;
    return s;
}

static EvalScalar acc_identity(Monoid monoid, Elem elem) {
    bool is_float = elem_is_float(elem);
    switch (monoid) {
    case MONOID_PROD_SEQ:
    case MONOID_PROD_LANES: return is_float ? scalar_of_float(elem, 1.0) : (EvalScalar){.i = 1};
    case MONOID_MAX: return is_float ? scalar_of_float(elem, -INFINITY) : (EvalScalar){.i = eval_least(elem)};
    case MONOID_MIN: return is_float ? scalar_of_float(elem, INFINITY) : (EvalScalar){.i = eval_greatest(elem)};
    case MONOID_NONE:
    case MONOID_SUM_SEQ:
    case MONOID_FMA_SEQ:
    case MONOID_SUM_LANES:
    case MONOID_ARGMAX:
    case MONOID_ARGMIN:
    case MONOID_SCAN_MAX:
    case MONOID_TOPK:
    case MONOID_COUNT: break;
    }
    return (EvalScalar){.i = 0};
}

static void acc_make_topk(EvalRun *run, EvalSlot *frame, const EvalOp *op, EvalAcc *acc, int64_t points) {
    acc->k = eval_expr(frame, &op->exprs[0]);
    if (acc->k < 0)
        eval_fail(run, op->op, PTOC_E_ARGUMENT, "acc: k is negative: %lld", (long long)acc->k);
    if (acc->k > (int64_t)1 << 32)
        eval_fail(run, op->op, PTOC_E_MEMORY, "acc: k is too large: %lld", (long long)acc->k);
    acc->room = 2 * acc->k + 64;
    acc->largest = op_attr_bool(op->op, ATTR_LARGEST);
    acc->sorted = op_attr_bool(op->op, ATTR_SORTED);
    if (points > ((int64_t)1 << 40) / acc->room)
        eval_fail(run, op->op, PTOC_E_MEMORY, "acc: %lld lists of %lld entries are too large", (long long)points,
                  (long long)acc->room);
    acc->lists = eval_alloc(run, op->op, points * acc->room, sizeof *acc->lists);
    acc->scratch = eval_alloc(run, op->op, acc->room, sizeof *acc->scratch);
}

static void acc_start(EvalRun *run, EvalSlot *frame, const EvalOp *op, EvalAcc *acc, int64_t points) {
    if (type_is_tile(op->op->operands[0]->type)) {
        acc->state[0] = eval_in(frame, op, 0)->s;
        return;
    }
    const EvalMem *mem = eval_mem(run, frame, op, 0);
    if (memcmp(mem->dims, acc->dims, (size_t)acc->rank * sizeof mem->dims[0]) != 0)
        eval_fail(run, op->op, PTOC_E_SHAPE, "acc: the start values have other extents than the accumulator");
    for (int64_t p = 0; p < points; p++) {
        int64_t index[IR_MAX_RANK], rest = p;
        for (int d = acc->rank - 1; d >= 0; d--) {
            index[d] = rest % acc->dims[d];
            rest /= acc->dims[d];
        }
        eval_read(mem->elem, &acc->state[p], eval_mem_place(run, op->op, mem, index), 1, 1);
    }
}

void eval_acc_new(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_alloc(run, op->op, 1, sizeof *acc);
    memset(acc, 0, sizeof *acc);
    acc->monoid = (Monoid)op->axis;
    acc->elem = op->out_elem;
    acc->rank = op->op->results[0]->type->rank;
    eval_extents(run, frame, op->op, op->dims[0], acc->rank, acc->dims);
    int64_t points = 1;
    for (int d = 0; d < acc->rank; d++)
        points *= acc->dims[d];
    int64_t states = is_lanes(acc->monoid) ? points * LANES : points;
    acc->state = eval_alloc(run, op->op, states, sizeof *acc->state);
    acc->at = eval_alloc(run, op->op, points, sizeof *acc->at);
    EvalScalar identity = acc_identity(acc->monoid, acc->elem);
    int64_t at = acc->monoid == MONOID_ARGMAX || acc->monoid == MONOID_ARGMIN ? -1 : 0;
    for (int64_t i = 0; i < states; i++)
        acc->state[i] = identity;
    for (int64_t i = 0; i < points; i++)
        acc->at[i] = at;
    if (acc->monoid == MONOID_TOPK)
        acc_make_topk(run, frame, op, acc, points);
    if (op->nin > 0)
        acc_start(run, frame, op, acc, points);
    frame[op->out[0]].data = acc;
}

void eval_prepare_acc(EvalRun *run, EvalOp *op) {
    const Type *type = op->op->results[0]->type;
    const char *word = op_attr_str(op->op, ATTR_MONOID);
    int monoid = word ? monoid_find(word) : -1;
    eval_want(run, op, monoid > MONOID_NONE, "unknown monoid");
    eval_want(run, op, type->kind == TYPE_ACC && type->elem != ELEM_BOOL, "the result is no accumulator of numbers");
    eval_want(run, op, monoid != MONOID_TOPK || op->nexprs > 0, "topk without k");
    op->axis = monoid;
    if (op->nin == 0)
        return;
    const Type *start = op->op->operands[0]->type;
    eval_want(run, op, monoid == MONOID_FMA_SEQ, "only fma.seq takes start values");
    eval_want(run, op, start->elem == elem_accumulator(type->elem),
              "the start values are not of the accumulator's type");
    eval_want(run, op, type_is_scalar(start) ? type->rank == 0 : type_is_memory(start) && start->rank == type->rank,
              "the start values do not fit the extents");
}

/* ---- points ---------------------------------------------------------------------------------- */
/* The point of the expressions, moved by r in dimension `rows` and by l in dimension `lanes` (-1: none). */
static int64_t acc_point_at(EvalRun *run, const EvalSlot *frame, const EvalOp *op, const EvalAcc *acc, int rows,
                            int lanes, int64_t r, int64_t l) {
    int64_t p = 0;
    for (int d = 0; d < acc->rank; d++) {
        int64_t i = eval_expr(frame, &op->exprs[d]) + (d == rows ? r : d == lanes ? l : 0);
        if (i < 0 || i >= acc->dims[d])
            eval_fail(run, op->op, PTOC_E_BOUNDS, "%s: index %d is %lld, outside of 0 to %lld",
                      op_info(op->op->code)->name, d, (long long)i, (long long)acc->dims[d] - 1);
        p = p * acc->dims[d] + i;
    }
    return p;
}

static int64_t acc_point(EvalRun *run, const EvalSlot *frame, const EvalOp *op, const EvalAcc *acc) {
    return acc_point_at(run, frame, op, acc, -1, -1, 0, 0);
}

/* ---- steps ----------------------------------------------------------------------------------- */
static void state_sum(const EvalAcc *acc, EvalScalar *a, EvalScalar x) {
    switch (eval_rep(acc->elem)) {
    case REP_F32: a->f = a->f + x.f; break;
    case REP_F64: a->d = a->d + x.d; break;
    case REP_I64: a->i = eval_wrap(acc->elem, (int64_t)((uint64_t)a->i + (uint64_t)x.i)); break;
    }
}

static void state_prod(const EvalAcc *acc, EvalScalar *a, EvalScalar x) {
    switch (eval_rep(acc->elem)) {
    case REP_F32: a->f = a->f * x.f; break;
    case REP_F64: a->d = a->d * x.d; break;
    case REP_I64: a->i = eval_wrap(acc->elem, (int64_t)((uint64_t)a->i * (uint64_t)x.i)); break;
    }
}

/* -1: x is less than y; 1: greater; 0: equal or not comparable. */
static int compare(Elem elem, EvalScalar x, EvalScalar y) {
    switch (eval_rep(elem)) {
    case REP_F32: return (x.f > y.f) - (x.f < y.f);
    case REP_F64: return (x.d > y.d) - (x.d < y.d);
    case REP_I64: return eval_int_less(elem, y.i, x.i) - eval_int_less(elem, x.i, y.i);
    }
    return 0;
}

static bool is_nan(Elem elem, EvalScalar x) {
    switch (eval_rep(elem)) {
    case REP_F32: return x.f != x.f;
    case REP_F64: return x.d != x.d;
    case REP_I64: return false;
    }
    return false;
}

static void state_extreme(const EvalAcc *acc, EvalScalar *a, EvalScalar x) {
    int wanted = acc->monoid == MONOID_MAX ? 1 : -1;
    if (is_nan(acc->elem, x) || (!is_nan(acc->elem, *a) && compare(acc->elem, x, *a) == wanted))
        *a = x;
}

/* The first NaN, else the first extreme, whatever order the positions come in. */
static void state_arg(const EvalAcc *acc, EvalScalar *best, int64_t *at, EvalScalar x, int64_t j) {
    bool nan = is_nan(acc->elem, x), best_nan = *at >= 0 && is_nan(acc->elem, *best);
    int order = compare(acc->elem, x, *best), wanted = acc->monoid == MONOID_ARGMAX ? 1 : -1;
    bool better;
    if (*at < 0)
        better = true;
    else if (nan || best_nan)
        better = nan && (!best_nan || j < *at);
    else
        better = order == wanted || (order == 0 && j < *at);
    if (better) {
        *best = x;
        *at = j;
    }
}

/* maximum(a, x) is a > x or a is NaN ? a : x */
static void state_scan(const EvalAcc *acc, EvalScalar *a, int64_t *started, EvalScalar x) {
    if (!*started || !(compare(acc->elem, *a, x) > 0 || is_nan(acc->elem, *a)))
        *a = x;
    *started = 1;
}

static void state_push(const EvalAcc *acc, int64_t point, EvalScalar x, int64_t index) {
    EvalRanked *list = acc->lists + point * acc->room;
    if (index < 0)
        return; /* a missing place: what is not there reads the same */
    if (acc->at[point] == acc->room) {
        eval_rank(acc->elem, acc->largest, list, acc->scratch, acc->room);
        acc->at[point] = acc->k;
    }
    list[acc->at[point]++] = (EvalRanked){x, index};
}

static void step_f32_fma(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    EvalScalar *a = &acc->state[acc->rank ? acc_point(run, frame, op, acc) : 0];
    a->f = eval_fma_f32(frame[op->in[1]].s.f, frame[op->in[2]].s.f, a->f);
}

/* Products that are exact in f32, or are to be rounded by themselves. */
static void step_f32_separate(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    EvalScalar *a = &acc->state[acc->rank ? acc_point(run, frame, op, acc) : 0];
    a->f = a->f + frame[op->in[1]].s.f * frame[op->in[2]].s.f;
}

static void state_fma(const EvalRun *run, const EvalOp *op, const EvalAcc *acc, EvalScalar *a, EvalScalar x,
                      EvalScalar y) {
    bool separate = run->options.fp_separate;
    switch (eval_rep(acc->elem)) {
    case REP_F32: /* op->axis: the product is exact in f32 */
        a->f = separate || op->axis ? a->f + x.f * y.f : eval_fma_f32(x.f, y.f, a->f);
        break;
    case REP_F64: a->d = separate ? a->d + x.d * y.d : eval_fma_f64(x.d, y.d, a->d); break;
    case REP_I64: a->i = eval_wrap(acc->elem, (int64_t)((uint64_t)a->i + (uint64_t)x.i * (uint64_t)y.i)); break;
    }
}

static void step_fma(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    EvalScalar *a = &acc->state[acc_point(run, frame, op, acc)];
    state_fma(run, op, acc, a, frame[op->in[1]].s, frame[op->in[2]].s);
}

static void step_sum(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    state_sum(acc, &acc->state[acc_point(run, frame, op, acc)], frame[op->in[1]].s);
}

/* One value x (with y: a product, an index) at position j. */
static void step_value(EvalRun *run, const EvalOp *op, EvalAcc *acc, int64_t point, EvalScalar x, EvalScalar y,
                       int64_t j) {
    EvalScalar *a = &acc->state[point], *lane = &acc->state[point * LANES + (j & (LANES - 1))];
    switch (acc->monoid) {
    case MONOID_SUM_SEQ: state_sum(acc, a, x); break;
    case MONOID_PROD_SEQ: state_prod(acc, a, x); break;
    case MONOID_SUM_LANES: state_sum(acc, lane, x); break;
    case MONOID_PROD_LANES: state_prod(acc, lane, x); break;
    case MONOID_MAX:
    case MONOID_MIN: state_extreme(acc, a, x); break;
    case MONOID_ARGMAX:
    case MONOID_ARGMIN: state_arg(acc, a, &acc->at[point], x, j); break;
    case MONOID_SCAN_MAX: state_scan(acc, a, &acc->at[point], x); break;
    case MONOID_TOPK: state_push(acc, point, x, op->nin > 2 ? y.i : j); break;
    case MONOID_FMA_SEQ: state_fma(run, op, acc, a, x, y); break;
    case MONOID_NONE:
    case MONOID_COUNT: break;
    }
}

static int64_t position(const EvalSlot *frame, const EvalOp *op, const EvalAcc *acc) {
    bool given = op->nexprs > acc->rank + op_attr_bool(op->op, ATTR_PART);
    return given ? eval_expr(frame, &op->exprs[acc->rank]) : 0;
}

void eval_step(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    EvalScalar y = {.i = 0};
    if (op->nin > 2)
        y = frame[op->in[2]].s;
    step_value(run, op, acc, acc_point(run, frame, op, acc), frame[op->in[1]].s, y, position(frame, op, acc));
}

/* ---- steps of blocks ------------------------------------------------------------------------- */
static EvalScalar element(const EvalSlot *x, Elem elem, int64_t r, int64_t l) {
    EvalScalar s = {.i = 0};
    size_t bytes = eval_rep_bytes(elem);
    eval_copy(&s, (const char *)x->data + (size_t)(r * eval_row_step(x) + l * eval_lane_step(x)) * bytes, bytes);
    return s;
}

static int64_t common_extent(EvalRun *run, const EvalOp *op, int64_t a, int64_t b) {
    if (a != b && a != 1 && b != 1)
        eval_fail(run, op->op, PTOC_E_SHAPE, "step: the values' extents %lld and %lld do not agree", (long long)a,
                  (long long)b);
    return a == 1 ? b : a;
}

/* Rows, then lanes. Where the accumulator has an extent of its own the elements go to different points, else all to
 * one, and the position advances. */
static void step_block(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    const Type *type = op->op->operands[0]->type;
    const EvalSlot *x = eval_in(frame, op, 1), *y = eval_in(frame, op, op->nin - 1);
    int64_t m = common_extent(run, op, x->rows, y->rows), n = common_extent(run, op, x->cols, y->cols);
    int64_t count = eval_valid_lanes(frame, op, n), at = position(frame, op, acc);
    int rows = acc_rows_dim(type), lanes = acc_lanes_dim(type);
    int64_t lane_step = lanes < 0 ? 1 : 0, row_step = rows >= 0 ? 0 : lanes < 0 ? n : 1;
    for (int64_t r = 0; r < m; r++)
        for (int64_t l = 0; l < count; l++)
            step_value(run, op, acc, acc_point_at(run, frame, op, acc, rows, lanes, r, l),
                       element(x, eval_in_elem(op, 1), r, l), element(y, eval_in_elem(op, op->nin - 1), r, l),
                       at + r * row_step + l * lane_step);
}

static Monoid acc_monoid(EvalRun *run, const EvalOp *op) {
    const Op *def = op->op->operands[0]->def;
    eval_want(run, op, def && def->code == OP_ACC, "the accumulator is not made by an acc op");
    const char *word = op_attr_str(def, ATTR_MONOID);
    return word ? (Monoid)monoid_find(word) : MONOID_NONE;
}

static void prepare_step_fma(EvalRun *run, EvalOp *op, Elem elem) {
    eval_want(run, op, op->nin == 3, "fma.seq takes two values");
    Elem x = eval_in_elem(op, 1), y = eval_in_elem(op, 2);
    bool panels = x == ELEM_I32 && y == ELEM_I32; /* of small integers, widened */
    eval_want(run, op, panels || eval_fits_product(x, y), "no product of these element types");
    bool fits = elem_is_float(x) ? elem_is_float(elem) && eval_rep(elem) == eval_rep(x) : elem == ELEM_I32;
    eval_want(run, op, fits, "the values are not of the accumulator's type");
    op->axis = x != ELEM_F32 && x != ELEM_BF16; /* bf16 products may leave the exponents of f32 */
    op->fn = step_fma;
    if (eval_rep(x) == REP_F32)
        op->fn = op->axis || run->options.fp_separate ? step_f32_separate : step_f32_fma;
}

static void prepare_step_plain(EvalRun *run, EvalOp *op, Monoid monoid, bool indexed) {
    const Type *type = op->op->operands[0]->type;
    eval_want(run, op, op->nin == 2 || indexed, "a wrong number of values");
    eval_want(run, op, eval_in_elem(op, 1) == type->elem, "the value is not of the accumulator's type");
    eval_want(run, op, !indexed || elem_is_int(eval_in_elem(op, 2)), "the index is no integer");
    if (monoid == MONOID_SUM_SEQ)
        op->fn = step_sum;
}

void eval_prepare_step(EvalRun *run, EvalOp *op) {
    Monoid monoid = acc_monoid(run, op);
    const Type *type = op->op->operands[0]->type;
    bool indexed = monoid == MONOID_TOPK && op->nin == 3, block = false;
    int exprs = type->rank + (monoid_wants_position(monoid) && !indexed) + op_attr_bool(op->op, ATTR_PART);
    eval_want(run, op, op->nexprs == exprs, "not the point and the position the monoid wants");
    if (monoid == MONOID_FMA_SEQ)
        prepare_step_fma(run, op, type->elem);
    else
        prepare_step_plain(run, op, monoid, indexed);
    for (int i = 1; i < op->nin; i++)
        block = block || eval_is_block(op, op->op->operands[i]->type);
    if (block)
        op->fn = step_block;
}

/* ---- fin ------------------------------------------------------------------------------------- */
static EvalScalar fin_tree(const EvalAcc *acc, int64_t point) {
    EvalScalar p[LANES];
    memcpy(p, acc->state + point * LANES, sizeof p);
    for (int w = LANES / 2; w >= 1; w /= 2)
        for (int i = 0; i < w; i++) {
            if (acc->monoid == MONOID_SUM_LANES)
                state_sum(acc, &p[i], p[i + w]);
            else
                state_prod(acc, &p[i], p[i + w]);
        }
    return p[0];
}

static void fin_mean(const EvalAcc *acc, EvalScalar *v, int64_t n) {
    switch (eval_rep(acc->elem)) {
    case REP_F32: v->f = pt_mean_f32(v->f, n); break;
    case REP_F64: v->d = pt_mean_f64(v->d, n); break;
    case REP_I64: v->i = eval_mean_int(acc->elem, v->i, n); break;
    }
}

static void fin_zero(const EvalAcc *acc, EvalScalar *v) {
    EvalRep rep = eval_rep(acc->elem);
    if (rep == REP_F32)
        v->f = v->f == 0 ? 0.0f : v->f;
    else if (rep == REP_F64)
        v->d = v->d == 0 ? 0.0 : v->d;
}

static EvalScalar fin_value(const EvalSlot *frame, const EvalOp *op, const EvalAcc *acc, int64_t point) {
    EvalScalar r = {.i = 0};
    if (acc->monoid == MONOID_ARGMAX || acc->monoid == MONOID_ARGMIN) {
        r.i = eval_wrap(op->out_elem, acc->at[point]);
        return r;
    }
    EvalScalar v = is_lanes(acc->monoid) ? fin_tree(acc, point) : acc->state[point];
    if (acc->monoid == MONOID_MAX || acc->monoid == MONOID_MIN)
        fin_zero(acc, &v);
    if (op->nexprs > acc->rank + op_attr_bool(op->op, ATTR_PART))
        fin_mean(acc, &v, eval_expr(frame, &op->exprs[acc->rank]));
    op->loop(&r, &v, NULL, 0, PT_RINT, 1);
    return r;
}

void eval_fin(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalAcc *acc = eval_acc(run, frame, op, 0);
    frame[op->out[0]].s = fin_value(frame, op, acc, acc_point(run, frame, op, acc));
}

static void fin_block(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalAcc *acc = eval_acc(run, frame, op, 0);
    const Type *type = op->op->operands[0]->type;
    EvalSlot *x = eval_result(run, frame, op, 0);
    int64_t count = eval_valid_lanes(frame, op, x->cols);
    size_t bytes = eval_rep_bytes(op->out_elem);
    memset(x->data, 0, (size_t)(x->rows * x->cols) * bytes);
    for (int64_t r = 0; r < x->rows; r++)
        for (int64_t l = 0; l < count; l++) {
            int64_t point = acc_point_at(run, frame, op, acc, acc_rows_dim(type), acc_lanes_dim(type), r, l);
            EvalScalar v = fin_value(frame, op, acc, point);
            eval_copy(eval_at(x, op->out_elem, r, l), &v, bytes);
        }
}

void eval_prepare_fin(EvalRun *run, EvalOp *op) {
    Monoid monoid = acc_monoid(run, op);
    const Type *type = op->op->operands[0]->type;
    bool arg = monoid == MONOID_ARGMAX || monoid == MONOID_ARGMIN;
    bool sum = monoid == MONOID_SUM_SEQ || monoid == MONOID_SUM_LANES;
    int exprs = type->rank + op_attr_bool(op->op, ATTR_PART);
    eval_want(run, op, monoid != MONOID_TOPK, "topk is finished by topk_fin");
    eval_want(run, op, op->nexprs == exprs || (sum && op->nexprs == exprs + 1), "not the point and a divisor");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
    eval_want(run, op, arg ? elem_is_int(op->out_elem) : elem_is_float(op->out_elem) == elem_is_float(type->elem),
              "the result's element type does not follow");
    op->loop = eval_cast_loop(elem_accumulator(type->elem), op->out_elem);
    if (eval_is_block(op, op->op->results[0]->type))
        op->fn = fin_block;
}

/* ---- topk_fin -------------------------------------------------------------------------------- */
static const EvalMem *topk_buffer(EvalRun *run, EvalSlot *frame, const EvalOp *op, int i, int64_t k) {
    if (op->op->operands[i]->type->kind == TYPE_ACC)
        return NULL; /* not wanted */
    const EvalMem *mem = eval_mem(run, frame, op, i);
    EvalGrid g = eval_mem_grid(mem);
    if (g.rows != 1 || g.cols != k)
        eval_fail(run, op->op, PTOC_E_SHAPE, "topk_fin: the buffer is [%lld, %lld], expected [1, %lld]",
                  (long long)g.rows, (long long)g.cols, (long long)k);
    return mem;
}

void eval_topk_fin(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalAcc *acc = eval_acc(run, frame, op, 0);
    int64_t point = acc_point(run, frame, op, acc), n = acc->at[point];
    const EvalMem *values = topk_buffer(run, frame, op, 1, acc->k), *indices = topk_buffer(run, frame, op, 2, acc->k);
    EvalMark mark = eval_mark(run);
    EvalRanked *list = eval_alloc(run, op->op, acc->room, sizeof *list);
    memcpy(list, acc->lists + point * acc->room, (size_t)n * sizeof *list);
    eval_rank(acc->elem, acc->largest, list, acc->scratch, n);
    for (; n < acc->k; n++)
        list[n] = eval_missing(acc->elem, acc->largest);
    if (!acc->sorted)
        eval_rank_by_index(list, acc->scratch, acc->k);
    for (int64_t j = 0; j < acc->k; j++) {
        int64_t index = eval_wrap(ELEM_I32, list[j].index);
        if (values)
            eval_mem_write(run, op->op, values, 0, j, &list[j].value);
        if (indices)
            eval_mem_write(run, op->op, indices, 0, j, &index);
    }
    eval_release(run, mark);
}

void eval_prepare_topk_fin(EvalRun *run, EvalOp *op) {
    const Type *acc = op->op->operands[0]->type, *values = op->op->operands[1]->type,
               *indices = op->op->operands[2]->type;
    eval_want(run, op, acc_monoid(run, op) == MONOID_TOPK, "the accumulator is no topk");
    eval_want(run, op, op->nexprs == acc->rank, "not one index for each dimension");
    eval_want(run, op, values->kind == TYPE_ACC || (values->elem == acc->elem && values->rank <= 2),
              "the values' buffer is of another type");
    eval_want(run, op, indices->kind == TYPE_ACC || (elem_is_int(indices->elem) && indices->rank <= 2),
              "the indices' buffer is of another type");
}
