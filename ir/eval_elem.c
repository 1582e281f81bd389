/* eval_elem.c - element types: between memory and representation, casts, wrapping. */
#include <string.h>
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_num.h"

/* X(NAME, _name, stored type, representation, carrier) */
#define EVAL_ELEMS(X)                                                                                                  \
    X(BOOL, _bool, uint8_t, int64_t, uint8_t)                                                                          \
    X(I8, _i8, int8_t, int64_t, int8_t)                                                                                \
    X(I16, _i16, int16_t, int64_t, int16_t)                                                                            \
    X(I32, _i32, int32_t, int64_t, int32_t)                                                                            \
    X(I64, _i64, int64_t, int64_t, int64_t)                                                                            \
    X(U8, _u8, uint8_t, int64_t, uint8_t)                                                                              \
    X(U16, _u16, uint16_t, int64_t, uint16_t)                                                                          \
    X(U32, _u32, uint32_t, int64_t, uint32_t)                                                                          \
    X(U64, _u64, uint64_t, int64_t, uint64_t)                                                                          \
    X(INDEX, _index, int64_t, int64_t, int64_t)                                                                        \
    X(F16, _f16, uint16_t, float, float)                                                                               \
    X(BF16, _bf16, uint16_t, float, float)                                                                             \
    X(F32, _f32, float, float, float)                                                                                  \
    X(F64, _f64, double, double, double)                                                                               \
    X(F8E4M3, _f8e4m3, uint8_t, float, float)                                                                          \
    X(F8E5M2, _f8e5m2, uint8_t, float, float)

/* ---- memory ---------------------------------------------------------------------------------- */
typedef void (*ReadFn)(void *rep, const char *src, int64_t stride, int64_t n);
typedef void (*WriteFn)(char *dst, int64_t stride, const void *rep, int64_t rep_stride, int64_t n);

#define READ_WRITE(NAME, name, stored, rep_type, carrier)                                                              \
    static void read##name(void *rep, const char *src, int64_t stride, int64_t n) {                                    \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            stored s;                                                                                                  \
            memcpy(&s, src + i * stride * (int64_t)sizeof s, sizeof s);                                                \
            ((rep_type *)rep)[i] = (rep_type)pt_ld##name(s);                                                           \
        }                                                                                                              \
    }                                                                                                                  \
    static void write##name(char *dst, int64_t stride, const void *rep, int64_t rep_stride, int64_t n) {               \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            stored s = pt_st##name((carrier)((const rep_type *)rep)[i * rep_stride]);                                  \
            memcpy(dst + i * stride * (int64_t)sizeof s, &s, sizeof s);                                                \
        }                                                                                                              \
    }
EVAL_ELEMS(READ_WRITE)

#define READ_ROW(NAME, name, stored, rep_type, carrier) [ELEM_##NAME] = read##name,
#define WRITE_ROW(NAME, name, stored, rep_type, carrier) [ELEM_##NAME] = write##name,
static const ReadFn readers[ELEM_COUNT] = {EVAL_ELEMS(READ_ROW)};
static const WriteFn writers[ELEM_COUNT] = {EVAL_ELEMS(WRITE_ROW)};

void eval_read(Elem elem, void *rep, const char *src, int64_t stride, int64_t n) { readers[elem](rep, src, stride, n); }

void eval_write(Elem elem, char *dst, int64_t stride, const void *rep, int64_t rep_stride, int64_t n) {
    writers[elem](dst, stride, rep, rep_stride, n);
}

/* ---- rounding and wrapping ------------------------------------------------------------------- */
void eval_round(Elem elem, void *rep, int64_t n) {
    float *x = rep;
    if (elem == ELEM_F16)
        for (int64_t i = 0; i < n; i++)
            x[i] = pt_round_f16(x[i]);
    else if (elem == ELEM_BF16)
        for (int64_t i = 0; i < n; i++)
            x[i] = pt_round_bf16(x[i]);
    else if (elem == ELEM_F8E4M3)
        for (int64_t i = 0; i < n; i++)
            x[i] = pt_round_f8e4m3(x[i]);
    else if (elem == ELEM_F8E5M2)
        for (int64_t i = 0; i < n; i++)
            x[i] = pt_round_f8e5m2(x[i]);
}

int64_t eval_wrap(Elem elem, int64_t v) {
    int bits = elem_info(elem)->bits;
    if (elem == ELEM_BOOL)
        return v != 0;
    if (bits == 64)
        return v;
    uint64_t mask = ((uint64_t)1 << bits) - 1, low = (uint64_t)v & mask;
    bool negative = elem_is_signed(elem) && low >> (bits - 1);
    return negative ? (int64_t)(low | ~mask) : (int64_t)low;
}

int64_t eval_least(Elem elem) {
    if (!elem_is_signed(elem))
        return 0;
    return (int64_t)(UINT64_MAX << (elem_info(elem)->bits - 1));
}

int64_t eval_greatest(Elem elem) {
    if (elem == ELEM_BOOL)
        return 1;
    int bits = elem_info(elem)->bits - (elem_is_signed(elem) ? 1 : 0);
    return bits == 64 ? -1 : (int64_t)(((uint64_t)1 << bits) - 1); /* u64: as its bit pattern */
}

/* ---- casts: from four kinds of source to every type; the rounding stands in sb as mode + 4 * sat --- */
#define CAST_LOOP(from, source, carrier, name, rep_type)                                                               \
    static void cast_##from##name(void *r, const void *a, const void *b, int64_t sa, int64_t sb, int64_t n) {          \
        int mode = (int)sb & 3, sat = (int)sb >> 2;                                                                    \
        (void)b;                                                                                                       \
        for (int64_t j = 0; j < n; j++)                                                                                \
            ((rep_type *)r)[j] = (rep_type)pt_cast_##from##name((carrier)((const source *)a)[j * sa], mode, sat);      \
    }
#define CASTS_TO(NAME, name, stored, rep_type, carrier)                                                                \
    CAST_LOOP(i64, int64_t, int64_t, name, rep_type)                                                                   \
    CAST_LOOP(u64, int64_t, uint64_t, name, rep_type)                                                                  \
    CAST_LOOP(f32, float, float, name, rep_type)                                                                       \
    CAST_LOOP(f64, double, double, name, rep_type)
EVAL_ELEMS(CASTS_TO)

typedef enum CastSource { CAST_I64, CAST_U64, CAST_F32, CAST_F64, CAST_SOURCES } CastSource;
#define CAST_ROW(NAME, name, stored, rep_type, carrier)                                                                \
    [ELEM_##NAME] = {cast_i64##name, cast_u64##name, cast_f32##name, cast_f64##name},
static const EvalLoop casts[ELEM_COUNT][CAST_SOURCES] = {EVAL_ELEMS(CAST_ROW)};

static CastSource cast_source(Elem from) {
    if (elem_is_float(from))
        return from == ELEM_F64 ? CAST_F64 : CAST_F32;
    return elem_is_signed(from) ? CAST_I64 : CAST_U64;
}

EvalLoop eval_cast_loop(Elem from, Elem to) { return casts[to][cast_source(from)]; }

int eval_cast_rounding(const char *round, bool sat) {
    static const char *const words[] = {
        [PT_RINT] = "rint", [PT_FLOOR] = "floor", [PT_CEIL] = "ceil", [PT_TRUNC] = "trunc"};
    for (int mode = 0; mode < 4; mode++)
        if (!round || strcmp(round, words[mode]) == 0)
            return mode + (sat ? 4 : 0);
    return -1;
}

EvalScalar eval_scalar_int(Elem elem, int64_t v) {
    EvalScalar r = {.i = 0};
    casts[elem][CAST_I64](&r, &v, NULL, 0, PT_RINT, 1);
    return r;
}

void eval_cast(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    eval_want_shape(run, op, x, r->rows, r->cols, "the operand");
    op->loop(r->data, x->data, NULL, 1, op->axis, r->rows * r->cols);
}

void eval_prepare_cast(EvalRun *run, EvalOp *op) {
    op->loop = eval_cast_loop(op->elem, op->out_elem);
    op->axis = eval_cast_rounding(op_attr_str(op->op, ATTR_ROUND), op_attr_bool(op->op, ATTR_SAT));
    eval_want(run, op, op->axis >= 0, "unknown rounding");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
}

/* ---- bitcast --------------------------------------------------------------------------------- */
/* All NaNs are one value: as bits it is the canonical one. */
#define BITCAST(NAME, name, stored, rep_type, carrier)                                                                 \
    static uint64_t bits##name(const void *rep) { return pt_bits##name((carrier)((const rep_type *)rep)[0]); }         \
    static void unbits##name(void *rep, uint64_t bits) { *(rep_type *)rep = (rep_type)pt_unbits##name(bits); }
EVAL_ELEMS(BITCAST)
#define BITS_ROW(NAME, name, stored, rep_type, carrier) [ELEM_##NAME] = bits##name,
#define UNBITS_ROW(NAME, name, stored, rep_type, carrier) [ELEM_##NAME] = unbits##name,
static uint64_t (*const bits_of[ELEM_COUNT])(const void *rep) = {EVAL_ELEMS(BITS_ROW)};
static void (*const of_bits[ELEM_COUNT])(void *rep, uint64_t bits) = {EVAL_ELEMS(UNBITS_ROW)};

void eval_bitcast(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *x = eval_in(frame, op, 0);
    EvalSlot *r = eval_result(run, frame, op, 0);
    eval_want_shape(run, op, x, r->rows, r->cols, "the operand");
    size_t from = eval_rep_bytes(op->elem), to = eval_rep_bytes(op->out_elem);
    for (size_t i = 0; i < (size_t)(r->rows * r->cols); i++)
        of_bits[op->out_elem]((char *)r->data + i * to, bits_of[op->elem]((const char *)x->data + i * from));
}

void eval_prepare_bitcast(EvalRun *run, EvalOp *op) {
    eval_want(run, op, elem_bytes(op->elem) == elem_bytes(op->out_elem), "the widths differ");
    eval_want(run, op, type_is_tile(op->op->results[0]->type), "the result is no tile");
}
