/* eval_ewise.c - element-wise operations: one loop per operation and carrier around the runtime's functions. */
#include <string.h>
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_math.h"
#include "runtime/include/ptoc_num.h"

/* ---- loops: names are those of op.def's rows, the arithmetic is that of generated code ------- */
#define UNARY(op, fn, S, T, R)                                                                                         \
    static void loop_##op##_##S(void *r, const void *a, const void *b, int64_t sa, int64_t sb, int64_t n) {            \
        (void)b, (void)sb;                                                                                             \
        for (int64_t j = 0; j < n; j++)                                                                                \
            ((R *)r)[j] = (R)fn##_##S((T)((const R *)a)[j * sa]);                                                      \
    }
#define BINARY(op, fn, S, T, R)                                                                                        \
    static void loop_##op##_##S(void *r, const void *a, const void *b, int64_t sa, int64_t sb, int64_t n) {            \
        for (int64_t j = 0; j < n; j++)                                                                                \
            ((R *)r)[j] = (R)fn##_##S((T)((const R *)a)[j * sa], (T)((const R *)b)[j * sb]);                           \
    }
#define COMPARE(op, sign, S, T, R)                                                                                     \
    static void loop_##op##_##S(void *r, const void *a, const void *b, int64_t sa, int64_t sb, int64_t n) {            \
        for (int64_t j = 0; j < n; j++)                                                                                \
            ((int64_t *)r)[j] = (T)((const R *)a)[j * sa] sign(T)((const R *)b)[j * sb];                               \
    }

/* clang-format off */
#define COMPARES(S, T, R)                                                                                              \
    COMPARE(eq, ==, S, T, R) COMPARE(ne, !=, S, T, R) COMPARE(lt, <, S, T, R) COMPARE(le, <=, S, T, R)                 \
    COMPARE(gt, >, S, T, R) COMPARE(ge, >=, S, T, R)
#define NUMBERS(S, T, R)                                                                                               \
    COMPARES(S, T, R)                                                                                                  \
    BINARY(add, pt_add, S, T, R) BINARY(sub, pt_sub, S, T, R) BINARY(mul, pt_mul, S, T, R)                             \
    BINARY(div, pt_div, S, T, R)                                                                                       \
    BINARY(rem, pt_rem, S, T, R) BINARY(maximum, pt_maximum, S, T, R) BINARY(minimum, pt_minimum, S, T, R)             \
    UNARY(neg, pt_neg, S, T, R) UNARY(abs, pt_abs, S, T, R) UNARY(relu, pt_relu, S, T, R) UNARY(sign, pt_sign, S, T, R)
#define BITS(S, T, R)                                                                                                  \
    BINARY(and, pt_and, S, T, R) BINARY(or, pt_or, S, T, R) BINARY(xor, pt_xor, S, T, R) UNARY(not, pt_not, S, T, R)
#define INTEGERS(S, T)                                                                                                 \
    NUMBERS(S, T, int64_t) BITS(S, T, int64_t) BINARY(shl, pt_shl, S, T, int64_t) BINARY(shr, pt_shr, S, T, int64_t)
#define FLOATS(S, T)                                                                                                   \
    NUMBERS(S, T, T)                                                                                                   \
    BINARY(pow, pt_pow, S, T, T) UNARY(exp, pt_exp, S, T, T) UNARY(exp2, pt_exp2, S, T, T) UNARY(log, pt_log, S, T, T) \
    UNARY(log2, pt_log2, S, T, T) UNARY(log1p, pt_log1p, S, T, T) UNARY(sqrt, pt_sqrt, S, T, T)                        \
    UNARY(rsqrt, pt_rsqrt, S, T, T) UNARY(recip, pt_recip, S, T, T) UNARY(sigmoid, pt_sigmoid, S, T, T)                \
    UNARY(tanh, pt_tanh, S, T, T) UNARY(silu, pt_silu, S, T, T) UNARY(gelu, pt_gelu, S, T, T)                          \
    UNARY(erf, pt_erf, S, T, T) UNARY(sin, pt_sin, S, T, T) UNARY(cos, pt_cos, S, T, T)                                \
    UNARY(floor, pt_floor, S, T, T) UNARY(ceil, pt_ceil, S, T, T)                                                      \
    UNARY(round, pt_round, S, T, T)                                                                                    \
    static void loop_isnan_##S(void *r, const void *a, const void *b, int64_t sa, int64_t sb, int64_t n) {             \
        (void)b, (void)sb;                                                                                             \
        for (int64_t j = 0; j < n; j++)                                                                                \
            ((int64_t *)r)[j] = ((const T *)a)[j * sa] != ((const T *)a)[j * sa];                                      \
    }
/* clang-format on */

COMPARES(b8, uint8_t, int64_t)
BITS(b8, uint8_t, int64_t)
INTEGERS(i8, int8_t)
INTEGERS(i16, int16_t)
INTEGERS(i32, int32_t)
INTEGERS(i64, int64_t)
INTEGERS(u8, uint8_t)
INTEGERS(u16, uint16_t)
INTEGERS(u32, uint32_t)
INTEGERS(u64, uint64_t)
FLOATS(f32, float)
FLOATS(f64, double)

/* ---- the table ------------------------------------------------------------------------------- */
typedef enum Carrier {
    CARRIER_b8,
    CARRIER_i8,
    CARRIER_i16,
    CARRIER_i32,
    CARRIER_i64,
    CARRIER_u8,
    CARRIER_u16,
    CARRIER_u32,
    CARRIER_u64,
    CARRIER_f32,
    CARRIER_f64,
    CARRIER_COUNT
} Carrier;

static const unsigned char carriers[ELEM_COUNT] = {
#define ELEM(NAME, text, cls, bits, ctype, carrier, doc) [ELEM_##NAME] = CARRIER_##carrier,
#include "ir/type.def"
#undef ELEM
};

#define IN(op, S) [CARRIER_##S] = loop_##op##_##S
#define IN_INTS(op) IN(op, i8), IN(op, i16), IN(op, i32), IN(op, i64), IN(op, u8), IN(op, u16), IN(op, u32), IN(op, u64)
#define IN_FLOATS(op) IN(op, f32), IN(op, f64)
#define ROW_NUMBER(NAME, op) [OP_##NAME] = {IN_INTS(op), IN_FLOATS(op)},
#define ROW_ANY(NAME, op) [OP_##NAME] = {IN(op, b8), IN_INTS(op), IN_FLOATS(op)},
#define ROW_BITS(NAME, op) [OP_##NAME] = {IN(op, b8), IN_INTS(op)},
#define ROW_INT(NAME, op) [OP_##NAME] = {IN_INTS(op)},
#define ROW_FLOAT(NAME, op) [OP_##NAME] = {IN_FLOATS(op)},

/* clang-format off */
static const EvalLoop loops[OP_COUNT][CARRIER_COUNT] = {
    ROW_NUMBER(ADD, add) ROW_NUMBER(SUB, sub) ROW_NUMBER(MUL, mul) ROW_NUMBER(DIV, div) ROW_NUMBER(REM, rem)
    ROW_NUMBER(MAXIMUM, maximum) ROW_NUMBER(MINIMUM, minimum) ROW_FLOAT(POW, pow)
    ROW_ANY(EQ, eq) ROW_ANY(NE, ne) ROW_ANY(LT, lt) ROW_ANY(LE, le) ROW_ANY(GT, gt) ROW_ANY(GE, ge)
    ROW_FLOAT(ISNAN, isnan)
    ROW_NUMBER(NEG, neg) ROW_NUMBER(ABS, abs) ROW_NUMBER(RELU, relu) ROW_NUMBER(SIGN, sign)
    ROW_FLOAT(EXP, exp) ROW_FLOAT(EXP2, exp2) ROW_FLOAT(LOG, log) ROW_FLOAT(LOG2, log2) ROW_FLOAT(LOG1P, log1p)
    ROW_FLOAT(SQRT, sqrt) ROW_FLOAT(RSQRT, rsqrt) ROW_FLOAT(RECIP, recip) ROW_FLOAT(SIGMOID, sigmoid)
    ROW_FLOAT(TANH, tanh) ROW_FLOAT(SILU, silu) ROW_FLOAT(GELU, gelu) ROW_FLOAT(ERF, erf) ROW_FLOAT(SIN, sin)
    ROW_FLOAT(COS, cos) ROW_FLOAT(FLOOR, floor) ROW_FLOAT(CEIL, ceil) ROW_FLOAT(ROUND, round)
    ROW_BITS(AND, and) ROW_BITS(OR, or) ROW_BITS(XOR, xor) ROW_BITS(NOT, not) ROW_INT(SHL, shl) ROW_INT(SHR, shr)
};
/* clang-format on */

EvalLoop eval_ewise_loop(OpCode code, Elem elem) { return loops[code][carriers[elem]]; }

/* ---- running --------------------------------------------------------------------------------- */
static void ewise_scalar(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run;
    EvalScalar r = {.i = 0};
    op->loop(&r, &frame[op->in[0]].s, &frame[op->in[op->nin - 1]].s, 0, 0, 1);
    frame[op->out[0]].s = r;
}

static void ewise_scalar_rounded(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    ewise_scalar(run, frame, op);
    eval_round(op->out_elem, &frame[op->out[0]].s, 1);
}

static void check_broadcast(EvalRun *run, const EvalOp *op, const EvalSlot *r, const EvalSlot *x) {
    bool fits = (x->rows == r->rows || x->rows == 1) && (x->cols == r->cols || x->cols == 1) && x->data;
    if (!fits)
        eval_fail(run, op->op, PTOC_E_SHAPE, "%s: an operand [%lld, %lld] does not stretch to [%lld, %lld]",
                  op_info(op->op->code)->name, (long long)x->rows, (long long)x->cols, (long long)r->rows,
                  (long long)r->cols);
}

static bool is_flat(const EvalSlot *r, const EvalSlot *x) {
    return (x->rows == r->rows && x->cols == r->cols) || (x->rows == 1 && x->cols == 1);
}

static int64_t row_of(const EvalSlot *x, int64_t i) { return x->rows == 1 ? 0 : i; }
static int64_t col_step(const EvalSlot *x) { return x->cols == 1 ? 0 : 1; }
static int64_t flat_step(const EvalSlot *x) { return x->rows == 1 && x->cols == 1 ? 0 : 1; }

static void check_divisor(EvalRun *run, const EvalOp *op, const EvalSlot *r, const EvalSlot *b) {
    const int64_t *values = b->data;
    for (int64_t j = 0; r->rows && r->cols && j < b->rows * b->cols; j++)
        if (values[j] == 0)
            eval_fail(run, op->op, PTOC_E_DIVIDE, "an integer is divided by zero");
}

void eval_ewise(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *a = eval_in(frame, op, 0), *b = eval_in(frame, op, op->nin - 1);
    EvalSlot *r = eval_result(run, frame, op, 0);
    check_broadcast(run, op, r, a);
    check_broadcast(run, op, r, b);
    if (op->check_zero)
        check_divisor(run, op, r, b);
    if (is_flat(r, a) && is_flat(r, b)) {
        op->loop(r->data, a->data, b->data, flat_step(a), flat_step(b), r->rows * r->cols);
    } else {
        for (int64_t i = 0; i < r->rows; i++)
            op->loop(eval_at(r, op->out_elem, i, 0), eval_at(a, op->elem, row_of(a, i), 0),
                     eval_at(b, op->elem, row_of(b, i), 0), col_step(a), col_step(b), r->cols);
    }
    if (op_code_has(op->op->code, ROUNDS))
        eval_round(op->out_elem, r->data, r->rows * r->cols);
}

void eval_prepare_ewise(EvalRun *run, EvalOp *op) {
    OpCode code = op->op->code;
    op->loop = eval_ewise_loop(code, op->elem);
    eval_want(run, op, op->loop != NULL, "not for this element type");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
    for (int i = 1; i < op->nin; i++)
        eval_want(run, op, eval_in_elem(op, i) == op->elem, "the operands' element types differ");
    bool is_bool = op_info(code)->result == RES_BROADCAST_BOOL;
    eval_want(run, op, op->out_elem == (is_bool ? ELEM_BOOL : op->elem), "the result's element type does not follow");
    op->check_zero = run->options.full_checks && elem_is_int(op->elem) && (code == OP_DIV || code == OP_REM);
    if (!op->scalar || op->check_zero)
        return;
    bool rounds = op_code_has(code, ROUNDS) && elem_is_narrow_float(op->out_elem);
    op->fn = rounds ? ewise_scalar_rounded : ewise_scalar;
}

/* ---- where ----------------------------------------------------------------------------------- */
static void where_scalar(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run;
    EvalScalar s = frame[op->in[frame[op->in[0]].s.i ? 1 : 2]].s;
    frame[op->out[0]].s = s;
}

void eval_where(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *c = eval_in(frame, op, 0), *a = eval_in(frame, op, 1), *b = eval_in(frame, op, 2);
    EvalSlot *r = eval_result(run, frame, op, 0);
    check_broadcast(run, op, r, c);
    check_broadcast(run, op, r, a);
    check_broadcast(run, op, r, b);
    size_t bytes = eval_rep_bytes(op->out_elem);
    for (int64_t i = 0; i < r->rows; i++) {
        const int64_t *cs = eval_at(c, ELEM_BOOL, row_of(c, i), 0);
        const char *as = eval_at(a, op->out_elem, row_of(a, i), 0), *bs = eval_at(b, op->out_elem, row_of(b, i), 0);
        char *rs = eval_at(r, op->out_elem, i, 0);
        size_t ac = (size_t)col_step(a) * bytes, bc = (size_t)col_step(b) * bytes;
        int64_t cc = col_step(c);
        for (int64_t j = 0; j < r->cols; j++, as += ac, bs += bc, rs += bytes)
            eval_copy(rs, cs[j * cc] ? as : bs, bytes);
    }
}

void eval_prepare_where(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->elem == ELEM_BOOL, "the condition is not bool");
    eval_want(run, op, eval_in_elem(op, 1) == op->out_elem && eval_in_elem(op, 2) == op->out_elem,
              "element types differ");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
    if (op->scalar)
        op->fn = where_scalar;
}
