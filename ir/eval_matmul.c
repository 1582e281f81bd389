/* eval_matmul.c - matrix products: every element in increasing k in one accumulator, with one rounding at the end.
 *
 * Blocks of BLOCK columns are unpacked so that the innermost loop runs over independent elements; the order of the
 * terms of each element is that of the definition. */
#include <math.h>
#include <string.h>
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_num.h"

enum { BLOCK = 64 };

#if defined(__x86_64__) && defined(__GNUC__)
#define EVAL_HAS_FMA_TARGET 1
#define EVAL_FMA_TARGET __attribute__((target("avx2,fma")))
#else
#define EVAL_HAS_FMA_TARGET 0
#endif

static bool machine_has_fma(void) {
#if EVAL_HAS_FMA_TARGET
    return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

#if EVAL_HAS_FMA_TARGET
EVAL_FMA_TARGET static float fma_hard_f32(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
EVAL_FMA_TARGET static double fma_hard_f64(double a, double b, double c) { return __builtin_fma(a, b, c); }
#endif

float eval_fma_f32(float a, float b, float c) {
#if EVAL_HAS_FMA_TARGET
    if (machine_has_fma())
        return fma_hard_f32(a, b, c);
#endif
    return pt_fma_f32(a, b, c);
}

double eval_fma_f64(double a, double b, double c) {
#if EVAL_HAS_FMA_TARGET
    if (machine_has_fma())
        return fma_hard_f64(a, b, c);
#endif
    return pt_fma_f64(a, b, c);
}

/* c[0..BLOCK) += a[k * a_stride] * b[k][0..BLOCK), k ascending. */
#define ROW_LOOP(name, attribute, T, expression)                                                                       \
    attribute static void name(T *restrict c, const T *restrict a, int64_t a_stride, const T *restrict b,              \
                               int64_t depth) {                                                                        \
        for (int64_t k = 0; k < depth; k++) {                                                                          \
            T x = a[k * a_stride];                                                                                     \
            const T *restrict y = b + k * BLOCK;                                                                       \
            for (int j = 0; j < BLOCK; j++)                                                                            \
                c[j] = expression;                                                                                     \
        }                                                                                                              \
    }
#define NOTHING
ROW_LOOP(row_soft_f32, NOTHING, float, pt_fma_f32(x, y[j], c[j]))
ROW_LOOP(row_soft_f64, NOTHING, double, pt_fma_f64(x, y[j], c[j]))
ROW_LOOP(row_separate_f32, NOTHING, float, c[j] + x * y[j])
ROW_LOOP(row_separate_f64, NOTHING, double, c[j] + x * y[j])
#if EVAL_HAS_FMA_TARGET
ROW_LOOP(row_hard_f32, EVAL_FMA_TARGET, float, __builtin_fmaf(x, y[j], c[j]))
ROW_LOOP(row_hard_f64, EVAL_FMA_TARGET, double, __builtin_fma(x, y[j], c[j]))
#endif

static void row_int(int64_t *restrict c, const int64_t *restrict a, int64_t a_stride, const int64_t *restrict b,
                    int64_t depth) {
    for (int64_t k = 0; k < depth; k++) {
        uint64_t x = (uint64_t)a[k * a_stride];
        for (int j = 0; j < BLOCK; j++)
            c[j] = (int64_t)((uint64_t)c[j] + x * (uint64_t)b[k * BLOCK + j]);
    }
}

static void row_f32(const EvalRun *run, const EvalOp *op, float *c, const float *a, int64_t a_stride, const float *b,
                    int64_t depth) {
    bool exact = op->elem == ELEM_F16 || op->elem == ELEM_F8E4M3 || op->elem == ELEM_F8E5M2; /* products in f32 */
#if EVAL_HAS_FMA_TARGET
    if (machine_has_fma() && (exact || !run->options.fp_separate)) {
        row_hard_f32(c, a, a_stride, b, depth);
        return;
    }
#endif
    if (exact || run->options.fp_separate)
        row_separate_f32(c, a, a_stride, b, depth);
    else
        row_soft_f32(c, a, a_stride, b, depth);
}

static void row_f64(const EvalRun *run, double *c, const double *a, int64_t a_stride, const double *b, int64_t depth) {
    if (run->options.fp_separate) {
        row_separate_f64(c, a, a_stride, b, depth);
        return;
    }
#if EVAL_HAS_FMA_TARGET
    if (machine_has_fma()) {
        row_hard_f64(c, a, a_stride, b, depth);
        return;
    }
#endif
    row_soft_f64(c, a, a_stride, b, depth);
}

typedef union Sums {
    float f[BLOCK];
    double d[BLOCK];
    int64_t i[BLOCK];
} Sums;

typedef struct Product {
    const EvalSlot *a, *b, *acc;
    EvalSlot *r;
    bool trans_a, trans_b;
    int64_t rows, cols, depth;
    EvalRep rep;
    size_t bytes; /* of an element in hand */
    void *block;  /* [depth][BLOCK]: the block's columns of b, zero beyond the last */
} Product;

static void product_unpack(const Product *p, int64_t j0, int64_t n) {
    memset(p->block, 0, (size_t)p->depth * BLOCK * p->bytes);
    for (int64_t k = 0; k < p->depth; k++) {
        char *to = (char *)p->block + (size_t)k * BLOCK * p->bytes;
        const char *from =
            (const char *)p->b->data + (size_t)(p->trans_b ? j0 * p->depth + k : k * p->cols + j0) * p->bytes;
        if (!p->trans_b)
            memcpy(to, from, (size_t)n * p->bytes);
        else if (p->bytes == sizeof(float))
            for (int64_t j = 0; j < n; j++)
                memcpy(to + j * 4, from + j * p->depth * 4, 4);
        else
            for (int64_t j = 0; j < n; j++)
                memcpy(to + j * 8, from + j * p->depth * 8, 8);
    }
}

/* The finished accumulators of a row's block, in the result's type. */
static void product_finish(const EvalOp *op, const Product *p, int64_t i, int64_t j0, int64_t n, Sums *sums) {
    Elem carrier = p->rep == REP_F32 ? ELEM_F32 : p->rep == REP_F64 ? ELEM_F64 : ELEM_I32;
    if (p->rep == REP_I64)
        for (int64_t j = 0; j < n; j++)
            sums->i[j] = eval_wrap(carrier, sums->i[j]);
    eval_cast_loop(carrier, op->out_elem)(eval_at(p->r, op->out_elem, i, j0), sums, NULL, 1, PT_RINT, n);
}

static void product_block(EvalRun *run, const EvalOp *op, const Product *p, int64_t j0) {
    int64_t n = p->cols - j0 < BLOCK ? p->cols - j0 : BLOCK;
    product_unpack(p, j0, n);
    for (int64_t i = 0; i < p->rows; i++) {
        Sums sums;
        memset(&sums, 0, sizeof sums); /* +0 in each representation */
        if (p->acc)
            memcpy(&sums, (const char *)p->acc->data + (size_t)(i * p->cols + j0) * p->bytes, (size_t)n * p->bytes);
        const void *a = (const char *)p->a->data + (size_t)(p->trans_a ? i : i * p->depth) * p->bytes;
        int64_t a_stride = p->trans_a ? p->rows : 1;
        if (p->rep == REP_F32)
            row_f32(run, op, sums.f, a, a_stride, p->block, p->depth);
        else if (p->rep == REP_F64)
            row_f64(run, sums.d, a, a_stride, p->block, p->depth);
        else
            row_int(sums.i, a, a_stride, p->block, p->depth);
        product_finish(op, p, i, j0, n, &sums);
    }
}

void eval_matmul(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Product p = {
        .a = eval_in(frame, op, 0), .b = eval_in(frame, op, 1), .acc = op->nin > 2 ? eval_in(frame, op, 2) : NULL};
    p.r = eval_result(run, frame, op, 0);
    p.trans_a = op_attr_bool(op->op, ATTR_TRANS_A);
    p.trans_b = op_attr_bool(op->op, ATTR_TRANS_B);
    p.rows = p.r->rows;
    p.cols = p.r->cols;
    p.depth = p.trans_a ? p.a->rows : p.a->cols;
    p.rep = eval_rep(op->elem);
    p.bytes = eval_rep_bytes(op->elem);
    eval_want_shape(run, op, p.a, p.trans_a ? p.depth : p.rows, p.trans_a ? p.rows : p.depth, "a");
    eval_want_shape(run, op, p.b, p.trans_b ? p.cols : p.depth, p.trans_b ? p.depth : p.cols, "b");
    if (p.acc)
        eval_want_shape(run, op, p.acc, p.rows, p.cols, "acc");
    EvalMark mark = eval_mark(run);
    p.block = eval_alloc(run, op->op, p.depth * BLOCK, p.bytes);
    for (int64_t j0 = 0; j0 < p.cols; j0 += BLOCK)
        product_block(run, op, &p, j0);
    eval_release(run, mark);
}

static bool is_f8(Elem elem) { return elem == ELEM_F8E4M3 || elem == ELEM_F8E5M2; }

bool eval_fits_product(Elem a, Elem b) { return elem_in_set(a, ELEMS_MATMUL) && (a == b || (is_f8(a) && is_f8(b))); }

void eval_prepare_matmul(EvalRun *run, EvalOp *op) {
    Elem carrier = elem_is_float(op->elem) ? elem_accumulator(op->elem) : ELEM_I32;
    eval_want(run, op, eval_fits_product(op->elem, eval_in_elem(op, 1)), "no product of these element types");
    eval_want(run, op, op->nin < 3 || eval_in_elem(op, 2) == carrier, "acc is not of the accumulator's type");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
    eval_want(run, op, elem_is_float(op->out_elem) == elem_is_float(op->elem) && op->out_elem != ELEM_BOOL,
              "the result's element type does not follow");
}
