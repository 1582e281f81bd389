/* eval_reduce.c - reductions and scans of whole tiles, in exactly the order the number rules fix. */
#include <math.h>
#include <string.h>
#include "ir/eval_internal.h"

enum { LANES = 16 };

/* One row or column: n elements, `stride` apart. A fold gives the carrier's result; arg folds give a position. */
#define FLOAT_FOLDS(S, T)                                                                                              \
    static T sum_lanes_##S(const T *x, int64_t stride, int64_t n) {                                                    \
        T p[LANES] = {0};                                                                                              \
        for (int64_t j = 0; j < n; j++)                                                                                \
            p[j % LANES] += x[j * stride];                                                                             \
        for (int w = LANES / 2; w >= 1; w /= 2)                                                                        \
            for (int i = 0; i < w; i++)                                                                                \
                p[i] += p[i + w];                                                                                      \
        return p[0];                                                                                                   \
    }                                                                                                                  \
    static T prod_lanes_##S(const T *x, int64_t stride, int64_t n) {                                                   \
        T p[LANES];                                                                                                    \
        for (int i = 0; i < LANES; i++)                                                                                \
            p[i] = 1;                                                                                                  \
        for (int64_t j = 0; j < n; j++)                                                                                \
            p[j % LANES] *= x[j * stride];                                                                             \
        for (int w = LANES / 2; w >= 1; w /= 2)                                                                        \
            for (int i = 0; i < w; i++)                                                                                \
                p[i] *= p[i + w];                                                                                      \
        return p[0];                                                                                                   \
    }                                                                                                                  \
    static T sum_seq_##S(const T *x, int64_t stride, int64_t n) {                                                      \
        T a = 0;                                                                                                       \
        for (int64_t j = 0; j < n; j++)                                                                                \
            a += x[j * stride];                                                                                        \
        return a;                                                                                                      \
    }                                                                                                                  \
    static T prod_seq_##S(const T *x, int64_t stride, int64_t n) {                                                     \
        T a = 1;                                                                                                       \
        for (int64_t j = 0; j < n; j++)                                                                                \
            a *= x[j * stride];                                                                                        \
        return a;                                                                                                      \
    }                                                                                                                  \
    static T extreme_##S(const T *x, int64_t stride, int64_t n, bool greatest) {                                       \
        T a = greatest ? (T)-INFINITY : (T)INFINITY;                                                                   \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            T v = x[j * stride];                                                                                       \
            if (v != v)                                                                                                \
                return v;                                                                                              \
            a = (greatest ? v > a : v < a) ? v : a;                                                                    \
        }                                                                                                              \
        return a == 0 ? (T)0 : a;                                                                                      \
    }                                                                                                                  \
    static int64_t arg_##S(const T *x, int64_t stride, int64_t n, bool greatest) {                                     \
        int64_t best = n > 0 ? 0 : -1;                                                                                 \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            T v = x[j * stride], b = x[best * stride];                                                                 \
            if (v != v)                                                                                                \
                return j;                                                                                              \
            best = (greatest ? v > b : v < b) ? j : best;                                                              \
        }                                                                                                              \
        return best;                                                                                                   \
    }
FLOAT_FOLDS(f32, float)
FLOAT_FOLDS(f64, double)

/* Integers wrap, so the order of a sum or product does not show: modulo 2^64, then to the type's width. */
static int64_t sum_int(const int64_t *x, int64_t stride, int64_t n) {
    uint64_t a = 0;
    for (int64_t j = 0; j < n; j++)
        a += (uint64_t)x[j * stride];
    return (int64_t)a;
}

static int64_t prod_int(const int64_t *x, int64_t stride, int64_t n) {
    uint64_t a = 1;
    for (int64_t j = 0; j < n; j++)
        a *= (uint64_t)x[j * stride];
    return (int64_t)a;
}

bool eval_int_less(Elem elem, int64_t a, int64_t b) {
    return eval_is_unsigned(elem) ? (uint64_t)a < (uint64_t)b : a < b;
}

static int64_t arg_int(Elem elem, const int64_t *x, int64_t stride, int64_t n, bool greatest) {
    int64_t best = n > 0 ? 0 : -1;
    for (int64_t j = 1; j < n; j++) {
        int64_t v = x[j * stride], b = x[best * stride];
        best = (greatest ? eval_int_less(elem, b, v) : eval_int_less(elem, v, b)) ? j : best;
    }
    return best;
}

static int64_t extreme_int(Elem elem, const int64_t *x, int64_t stride, int64_t n, bool greatest) {
    int64_t best = arg_int(elem, x, stride, n, greatest);
    if (best < 0)
        return greatest ? eval_least(elem) : eval_greatest(elem);
    return x[best * stride];
}

int64_t eval_mean_int(Elem elem, int64_t sum, int64_t n) {
    if (n <= 0)
        return 0;
    return eval_wrap(elem, eval_is_unsigned(elem) ? (int64_t)((uint64_t)sum / (uint64_t)n) : sum / n);
}

/* ---- one fold of op on elements of any type -------------------------------------------------- */
static bool is_mean(OpCode code) { return code == OP_ROWMEAN || code == OP_COLMEAN; }

#define FOLD_FLOAT(S, T, member)                                                                                       \
    static EvalScalar fold_##S(const EvalOp *op, const T *x, int64_t stride, int64_t n) {                              \
        EvalScalar r = {.i = 0};                                                                                       \
        switch (op_info(op->op->code)->monoid) {                                                                       \
        case MONOID_SUM_LANES: r.member = sum_lanes_##S(x, stride, n); break;                                          \
        case MONOID_PROD_LANES: r.member = prod_lanes_##S(x, stride, n); break;                                        \
        case MONOID_SUM_SEQ: r.member = sum_seq_##S(x, stride, n); break;                                              \
        case MONOID_PROD_SEQ: r.member = prod_seq_##S(x, stride, n); break;                                            \
        case MONOID_MAX: r.member = extreme_##S(x, stride, n, true); break;                                            \
        case MONOID_MIN: r.member = extreme_##S(x, stride, n, false); break;                                           \
        case MONOID_ARGMAX: r.i = arg_##S(x, stride, n, true); return r;                                               \
        case MONOID_ARGMIN: r.i = arg_##S(x, stride, n, false); return r;                                              \
        case MONOID_NONE:                                                                                              \
        case MONOID_FMA_SEQ:                                                                                           \
        case MONOID_SCAN_MAX:                                                                                          \
        case MONOID_TOPK:                                                                                              \
        case MONOID_COUNT: break;                                                                                      \
        }                                                                                                              \
        if (is_mean(op->op->code))                                                                                     \
            r.member = r.member / (T)n;                                                                                \
        return r;                                                                                                      \
    }
FOLD_FLOAT(f32, float, f)
FOLD_FLOAT(f64, double, d)

static EvalScalar fold_int(const EvalOp *op, const int64_t *x, int64_t stride, int64_t n) {
    EvalScalar r = {.i = 0};
    switch (op_info(op->op->code)->monoid) {
    case MONOID_SUM_LANES:
    case MONOID_SUM_SEQ: r.i = eval_wrap(op->elem, sum_int(x, stride, n)); break;
    case MONOID_PROD_LANES:
    case MONOID_PROD_SEQ: r.i = eval_wrap(op->elem, prod_int(x, stride, n)); break;
    case MONOID_MAX: r.i = extreme_int(op->elem, x, stride, n, true); break;
    case MONOID_MIN: r.i = extreme_int(op->elem, x, stride, n, false); break;
    case MONOID_ARGMAX: r.i = arg_int(op->elem, x, stride, n, true); break;
    case MONOID_ARGMIN: r.i = arg_int(op->elem, x, stride, n, false); break;
    case MONOID_NONE:
    case MONOID_FMA_SEQ:
    case MONOID_SCAN_MAX:
    case MONOID_TOPK:
    case MONOID_COUNT: break;
    }
    if (is_mean(op->op->code))
        r.i = eval_mean_int(op->elem, r.i, n);
    return r;
}

static bool is_row_op(OpCode code) {
    ResultRule rule = op_info(code)->result;
    return rule == RES_ROW || rule == RES_ROW_I32;
}

void eval_reduce(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    bool rows = is_row_op(op->op->code);
    eval_want_shape(run, op, r, rows ? x->rows : 1, rows ? 1 : x->cols, "the result");
    int64_t n = rows ? x->cols : x->rows, stride = rows ? 1 : x->cols, count = rows ? x->rows : x->cols;
    EvalRep rep = eval_rep(op->elem);
    for (int64_t i = 0; i < count; i++) {
        const void *from = rows ? eval_at(x, op->elem, i, 0) : eval_at(x, op->elem, 0, i);
        EvalScalar v = rep == REP_F32   ? fold_f32(op, from, stride, n)
                       : rep == REP_F64 ? fold_f64(op, from, stride, n)
                                        : fold_int(op, from, stride, n);
        eval_copy((char *)r->data + (size_t)i * eval_rep_bytes(op->out_elem), &v, eval_rep_bytes(op->out_elem));
    }
    eval_round(op->out_elem, r->data, count);
}

void eval_prepare_reduce(EvalRun *run, EvalOp *op) {
    ResultRule rule = op_info(op->op->code)->result;
    bool arg = rule == RES_ROW_I32 || rule == RES_COL_I32;
    eval_want(run, op, op->elem != ELEM_BOOL, "not for bool");
    eval_want(run, op, op->out_elem == (arg ? ELEM_I32 : op->elem), "the result's element type does not follow");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
}

/* ---- scans ----------------------------------------------------------------------------------- */
#define SCAN_FLOAT(S, T)                                                                                               \
    static void scan_##S(bool sum, const T *x, T *r, int64_t stride, int64_t n) {                                      \
        T a = 0;                                                                                                       \
        for (int64_t j = 0; j < n; j++) {                                                                              \
            T v = x[j * stride];                                                                                       \
            a = sum ? a + v : j == 0 || !(a > v || a != a) ? v : a;                                                    \
            r[j * stride] = a;                                                                                         \
        }                                                                                                              \
    }
SCAN_FLOAT(f32, float)
SCAN_FLOAT(f64, double)

static void scan_int(Elem elem, bool sum, const int64_t *x, int64_t *r, int64_t stride, int64_t n) {
    int64_t a = 0;
    for (int64_t j = 0; j < n; j++) {
        int64_t v = x[j * stride];
        if (sum)
            a = eval_wrap(elem, (int64_t)((uint64_t)a + (uint64_t)v));
        else
            a = j == 0 || !eval_int_less(elem, v, a) ? v : a;
        r[j * stride] = a;
    }
}

void eval_scan(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    eval_want_shape(run, op, x, r->rows, r->cols, "the operand");
    bool along = op->axis == 1, sum = op->op->code == OP_CUMSUM;
    int64_t n = along ? x->cols : x->rows, stride = along ? 1 : x->cols, count = along ? x->rows : x->cols;
    EvalRep rep = eval_rep(op->elem);
    for (int64_t i = 0; i < count && n > 0; i++) {
        int64_t row = along ? i : 0, col = along ? 0 : i;
        const void *from = eval_at(x, op->elem, row, col);
        void *to = eval_at(r, op->elem, row, col);
        if (rep == REP_F32)
            scan_f32(sum, from, to, stride, n);
        else if (rep == REP_F64)
            scan_f64(sum, from, to, stride, n);
        else
            scan_int(op->elem, sum, from, to, stride, n);
    }
    eval_round(op->out_elem, r->data, r->rows * r->cols);
}

void eval_prepare_scan(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->elem != ELEM_BOOL && op->out_elem == op->elem, "the result's element type does not follow");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
    op->axis = (int)op_attr_int(op->op, ATTR_AXIS, 1);
}
