/* Instructions for element-wise operations on one block. Operands are tiles, vectors along an axis, or scalars; what is missing an
 * axis is stretched by the instruction where there is a form for it. */
#include <math.h>
#include <string.h>

#include "backends/npu/lower.h"

typedef struct PrimRow {
    InsnCode tile, scalar, by_row, by_col;
    bool commutes;
} PrimRow;

static const PrimRow prims[PRIM_COUNT] = {
    [PRIM_ADD] = {INSN_TADD, INSN_TADDS, INSN_TROWEXPANDADD, INSN_TCOLEXPANDADD, true},
    [PRIM_SUB] = {INSN_TSUB, INSN_TSUBS, INSN_TROWEXPANDSUB, INSN_TCOLEXPANDSUB, false},
    [PRIM_MUL] = {INSN_TMUL, INSN_TMULS, INSN_TROWEXPANDMUL, INSN_TCOLEXPANDMUL, true},
    [PRIM_DIV] = {INSN_TDIV, INSN_TDIVS, INSN_TROWEXPANDDIV, INSN_TCOLEXPANDDIV, false},
    [PRIM_MAX] = {INSN_TMAX, INSN_TMAXS, INSN_TROWEXPANDMAX, INSN_TCOLEXPANDMAX, true},
    [PRIM_MIN] = {INSN_TMIN, INSN_TMINS, INSN_TROWEXPANDMIN, INSN_TCOLEXPANDMIN, true},
};

static const char *op_text(const Lower *l) { return l->op ? op_info(l->op->code)->name : ""; }

TVal t_number(Elem elem, double number) { return (TVal){.kind = T_NUMBER, .elem = elem, .number = number}; }

static TVal result_tile(Lower *l, Elem elem, unsigned axes) { return new_tile(l, elem, axes, op_text(l), 1); }

static TVal emit2(Lower *l, InsnCode code, Elem elem, unsigned axes, PlaceOperand a) {
    TVal r = result_tile(l, elem, axes);
    add_insn(l, code, NULL, 2, (PlaceOperand[]){tile_operand(l, NPU_OUT, r), a});
    return r;
}

static TVal emit3(Lower *l, InsnCode code, Elem elem, unsigned axes, PlaceOperand a, PlaceOperand b) {
    TVal r = result_tile(l, elem, axes);
    add_insn(l, code, NULL, 3, (PlaceOperand[]){tile_operand(l, NPU_OUT, r), a, b});
    return r;
}

/* ---- stretching ---------------------------------------------------------------------------------------------------------- */
TVal t_expand(Lower *l, TVal a, unsigned axes) {
    if (l->failed || (a.kind == T_TILE && (a.axes & axes) == axes))
        return a;
    if (a.elem == ELEM_BOOL && a.kind == T_TILE) { /* bits cannot be stretched */
        TVal number = t_expand(l, t_mask_number(l, a, ELEM_F32), axes);
        return t_compare(l, "ne", number, t_number(ELEM_F32, 0));
    }
    if (a.kind != T_TILE) {
        if (a.elem == ELEM_BOOL) {
            TVal n = t_expand(l, t_number(ELEM_F32, a.number), axes);
            return t_compare(l, "ne", n, t_number(ELEM_F32, 0));
        }
        return emit2(l, INSN_TEXPANDS, a.elem, axes, scalar_operand(a));
    }
    if (a.axes == 0 && axes == AXES_BOTH)
        a = t_expand(l, a, AXIS_COL);
    if (a.axes == 0) { /* one element to a vector: a column of one row to one row */
        PlaceOperand from = dn_operand(l, NPU_IN, a);
        return emit2(l, INSN_TROWEXPAND, a.elem, axes, from);
    }
    if (a.axes == AXIS_ROW)
        return emit2(l, INSN_TROWEXPAND, a.elem, axes, dn_operand(l, NPU_IN, a));
    return emit2(l, INSN_TCOLEXPAND, a.elem, axes, tile_operand(l, NPU_IN, a));
}

/* ---- arithmetic ------------------------------------------------------------------------------------------------------------ */
/* s - b and s / b for a scalar s. */
static TVal scalar_first(Lower *l, Prim prim, TVal s, TVal b) {
    if (prim == PRIM_DIV)
        return emit3(l, INSN_TSDIV, b.elem, b.axes, scalar_operand(s), tile_operand(l, NPU_IN, b));
    TVal negated = t_binary(l, PRIM_MUL, b, t_number(b.elem, -1));
    return t_binary(l, PRIM_ADD, negated, s);
}

static TVal with_vector(Lower *l, Prim prim, TVal a, TVal v) {
    if (v.axes == 0)
        v = t_expand(l, v, AXIS_COL);
    bool by_row = v.axes == AXIS_ROW;
    PlaceOperand vector = by_row ? dn_operand(l, NPU_IN, v) : tile_operand(l, NPU_IN, v);
    return emit3(l, by_row ? prims[prim].by_row : prims[prim].by_col, a.elem, a.axes, tile_operand(l, NPU_IN, a),
                 vector);
}

TVal t_binary(Lower *l, Prim prim, TVal a, TVal b) {
    const PrimRow *row = &prims[prim];
    unsigned axes = a.axes | b.axes;
    if (l->failed)
        return a;
    if (a.kind != T_TILE && b.kind != T_TILE)
        a = t_expand(l, a, 0);
    if (a.kind != T_TILE && row->commutes)
        return t_binary(l, prim, b, a);
    if (a.kind != T_TILE)
        return scalar_first(l, prim, a, b);
    if (b.kind != T_TILE)
        return emit3(l, row->scalar, a.elem, axes, tile_operand(l, NPU_IN, a), scalar_operand(b));
    if (a.axes == b.axes)
        return emit3(l, row->tile, a.elem, axes, tile_operand(l, NPU_IN, a), tile_operand(l, NPU_IN, b));
    if (axes != AXES_BOTH) { /* a vector and one element */
        a = t_expand(l, a, axes);
        b = t_expand(l, b, axes);
        return t_binary(l, prim, a, b);
    }
    if (b.axes == AXES_BOTH && row->commutes)
        return with_vector(l, prim, b, a);
    a = t_expand(l, a, AXES_BOTH);
    return b.axes == AXES_BOTH ? t_binary(l, prim, a, b) : with_vector(l, prim, a, b);
}

TVal t_unary(Lower *l, InsnCode code, TVal a) {
    if (l->failed)
        return a;
    if (a.kind != T_TILE)
        a = t_expand(l, a, 0);
    return emit2(l, code, a.elem, a.axes, tile_operand(l, NPU_IN, a));
}

static TVal scale(Lower *l, TVal a, double by) { return t_binary(l, PRIM_MUL, a, t_number(a.elem, by)); }
static TVal plus(Lower *l, TVal a, double by) { return t_binary(l, PRIM_ADD, a, t_number(a.elem, by)); }
static TVal over(Lower *l, double a, TVal b) { return t_binary(l, PRIM_DIV, t_number(b.elem, a), b); }

/* ---- masks ------------------------------------------------------------------------------------------------------------------ */
static TVal compare_tiles(Lower *l, const char *mode, TVal a, TVal b) {
    TVal r = result_tile(l, ELEM_BOOL, a.axes);
    PlaceOperand operands[] = {tile_operand(l, NPU_OUT, r), tile_operand(l, NPU_IN, a), tile_operand(l, NPU_IN, b)};
    add_insn(l, INSN_TCMP, mode, 3, operands);
    return r;
}

/* The integer comparison of A2/A3 knows equality only: a >= b is max(a, b) == a. */
static TVal compare_order(Lower *l, const char *mode, TVal a, TVal b) {
    bool max = strcmp(mode, "ge") == 0 || strcmp(mode, "lt") == 0;
    bool equal = strcmp(mode, "ge") == 0 || strcmp(mode, "le") == 0;
    TVal extreme = t_binary(l, max ? PRIM_MAX : PRIM_MIN, a, b);
    return compare_tiles(l, equal ? "eq" : "ne", extreme, a);
}

TVal t_compare(Lower *l, const char *mode, TVal a, TVal b) {
    unsigned axes = a.axes | b.axes;
    a = t_expand(l, a, axes);
    b = t_expand(l, b, axes);
    if (l->failed)
        return a;
    bool ordered = strcmp(mode, "eq") != 0 && strcmp(mode, "ne") != 0;
    return a.elem == ELEM_I32 && ordered ? compare_order(l, mode, a, b) : compare_tiles(l, mode, a, b);
}

TVal t_select(Lower *l, TVal mask, TVal a, TVal b) {
    unsigned axes = mask.axes | a.axes | b.axes;
    mask = t_expand(l, mask, axes);
    a = t_expand(l, a, axes);
    b = t_expand(l, b, axes);
    if (l->failed)
        return a;
    TVal r = result_tile(l, a.elem, axes), tmp = new_tile(l, ELEM_U32, 0, "scratch", 1);
    PlaceOperand scratch = tile_operand(l, NPU_TMP, tmp);
    PlaceOperand operands[] = {tile_operand(l, NPU_OUT, r), tile_operand(l, NPU_IN, mask), tile_operand(l, NPU_IN, a),
                               tile_operand(l, NPU_IN, b), scratch};
    add_insn(l, INSN_TSEL, NULL, 5, operands);
    return r;
}

TVal t_mask_number(Lower *l, TVal mask, Elem elem) {
    if (mask.kind != T_TILE)
        return t_number(elem, mask.number);
    TVal one = t_expand(l, t_number(elem, 1), mask.axes), zero = t_expand(l, t_number(elem, 0), mask.axes);
    return t_select(l, mask, one, zero);
}

/* Bitwise on masks and integers: the instruction works on 16-bit units, whatever the bytes mean. */
static PlaceOperand as_halves(Lower *l, NpuRole role, TVal t) {
    PlaceOperand o = tile_operand(l, role, t);
    int64_t size = elem_bytes(o.elem);
    o.elem = ELEM_U16;
    o.cols = o.cols * size / 2;
    o.valid[1] = size == 1 ? expr_const(l->x, o.cols) : expr_mul_const(l->x, o.valid[1], size / 2);
    return o;
}

static TVal bits(Lower *l, InsnCode code, TVal a, TVal b) {
    unsigned axes = a.axes | b.axes;
    a = t_expand(l, a, axes);
    b = code == INSN_TNOT ? b : t_expand(l, b, axes);
    if (l->failed)
        return a;
    TVal r = result_tile(l, a.elem, axes);
    PlaceOperand operands[3] = {as_halves(l, NPU_OUT, r), as_halves(l, NPU_IN, a)};
    if (code != INSN_TNOT)
        operands[2] = as_halves(l, NPU_IN, b);
    add_insn(l, code, NULL, code == INSN_TNOT ? 2 : 3, operands);
    return r;
}

static TVal op_xor(Lower *l, TVal a, TVal b) {
    return bits(l, INSN_TAND, bits(l, INSN_TOR, a, b), bits(l, INSN_TNOT, bits(l, INSN_TAND, a, b), a));
}

/* ---- composed operations -------------------------------------------------------------------------------------------------------- */
static TVal op_recip(Lower *l, TVal x) { return over(l, 1, x); }
static TVal op_rsqrt(Lower *l, TVal x) { return over(l, 1, t_unary(l, INSN_TSQRT, x)); }
static TVal op_exp(Lower *l, TVal x) { return t_unary(l, INSN_TEXP, x); }
static TVal op_log(Lower *l, TVal x) { return t_unary(l, INSN_TLOG, x); }
static TVal op_log2(Lower *l, TVal x) { return scale(l, op_log(l, x), 1.4426950408889634); }
static TVal op_log1p(Lower *l, TVal x) { return op_log(l, plus(l, x, 1)); }
static TVal op_sqrt(Lower *l, TVal x) { return t_unary(l, INSN_TSQRT, x); }
static TVal op_sigmoid(Lower *l, TVal x) { return over(l, 1, plus(l, op_exp(l, scale(l, x, -1)), 1)); }
static TVal op_silu(Lower *l, TVal x) { return t_binary(l, PRIM_DIV, x, plus(l, op_exp(l, scale(l, x, -1)), 1)); }

/* 1 - 2 / (exp(2 x) + 1) */
static TVal op_tanh(Lower *l, TVal x) {
    TVal e = plus(l, op_exp(l, scale(l, x, 2)), 1);
    return plus(l, over(l, -2, e), 1);
}

/* 2 to the power x: the whole part goes into the exponent, so that the error does not grow with x. */
static TVal op_exp2(Lower *l, TVal x) {
    x = t_binary(l, PRIM_MAX, t_binary(l, PRIM_MIN, x, t_number(x.elem, 128)), t_number(x.elem, -150));
    TVal n = t_cast(l, x, ELEM_I32, "floor", false);
    TVal part = t_binary(l, PRIM_SUB, x, t_cast(l, n, ELEM_F32, "rint", false));
    /* In two factors: 2^128 and numbers below 2^-126 are no single exponent. */
    TVal half = emit3(l, INSN_TSHRS, ELEM_I32, n.axes, tile_operand(l, NPU_IN, n), number_operand(ELEM_I32, 1));
    TVal rest = t_binary(l, PRIM_SUB, n, half), factor[2] = {half, rest};
    TVal r = op_exp(l, scale(l, part, 0.69314718055994531));
    for (int i = 0; i < 2; i++) {
        TVal biased = plus(l, factor[i], 127);
        TVal power =
            emit3(l, INSN_TSHLS, ELEM_I32, n.axes, tile_operand(l, NPU_IN, biased), number_operand(ELEM_I32, 23));
        power.elem = ELEM_F32;
        r = t_binary(l, PRIM_MUL, r, power);
    }
    return r;
}

/* Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7. */
static TVal op_erf(Lower *l, TVal x) {
    static const double a[] = {1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592};
    TVal z = t_unary(l, INSN_TABS, x);
    TVal t = over(l, 1, plus(l, scale(l, z, 0.3275911), 1)), p = scale(l, t, a[0]);
    for (int i = 1; i < 5; i++)
        p = t_binary(l, PRIM_MUL, plus(l, p, a[i]), t);
    TVal e = op_exp(l, scale(l, t_binary(l, PRIM_MUL, z, z), -1));
    TVal r = plus(l, scale(l, t_binary(l, PRIM_MUL, p, e), -1), 1);
    return t_binary(l, PRIM_MUL, r, t_binary(l, PRIM_DIV, x, t_binary(l, PRIM_MAX, z, t_number(z.elem, 1e-37))));
}

static TVal op_gelu(Lower *l, TVal x) {
    TVal e = plus(l, op_erf(l, scale(l, x, 0.70710678118654752)), 1);
    return t_binary(l, PRIM_MUL, scale(l, x, 0.5), e);
}

/* Whole numbers through i32, where |x| is small enough to have a fraction at all. */
static TVal op_whole(Lower *l, TVal x, const char *mode) {
    x = t_expand(l, x, x.axes);
    TVal small = t_compare(l, "lt", t_unary(l, INSN_TABS, x), t_number(ELEM_F32, 8388608));
    TVal whole = t_cast(l, t_cast(l, x, ELEM_I32, mode, false), ELEM_F32, "rint", false);
    return t_select(l, small, whole, x);
}
static TVal op_floor(Lower *l, TVal x) { return op_whole(l, x, "floor"); }
static TVal op_ceil(Lower *l, TVal x) { return op_whole(l, x, "ceil"); }
static TVal op_round(Lower *l, TVal x) { return op_whole(l, x, "rint"); }

static TVal op_neg(Lower *l, TVal x) { return scale(l, x, -1); }
static TVal op_abs(Lower *l, TVal x) {
    return elem_is_float(x.elem) ? t_unary(l, INSN_TABS, x) : t_binary(l, PRIM_MAX, x, scale(l, x, -1));
}
static TVal op_relu(Lower *l, TVal x) {
    return x.elem == ELEM_I16 ? t_binary(l, PRIM_MAX, x, t_number(x.elem, 0)) : t_unary(l, INSN_TRELU, x);
}
static TVal op_sign(Lower *l, TVal x) {
    x = t_expand(l, x, x.axes);
    TVal below = t_select(l, t_compare(l, "lt", x, t_number(x.elem, 0)), t_number(x.elem, -1), x);
    return t_select(l, t_compare(l, "gt", x, t_number(x.elem, 0)), t_number(x.elem, 1), below);
}

/* ---- the table of operations ------------------------------------------------------------------------------------------------------ */
typedef enum In {
    IN_F32 = 1,
    IN_F16 = 2,
    IN_I32 = 4,
    IN_I16 = 8,
    IN_FLOAT = 3,
    IN_ANY = 15
} In; /* types it is done in natively */
typedef struct UnaryRow {
    OpCode code;
    TVal (*emit)(Lower *, TVal);
    unsigned in;
} UnaryRow;
static const UnaryRow unary_rows[] = {
    {OP_NEG, op_neg, IN_ANY},     {OP_ABS, op_abs, IN_ANY},
    {OP_RELU, op_relu, IN_ANY},   {OP_EXP, op_exp, IN_F32},
    {OP_EXP2, op_exp2, IN_F32},   {OP_LOG, op_log, IN_F32},
    {OP_LOG2, op_log2, IN_F32},   {OP_LOG1P, op_log1p, IN_F32},
    {OP_SQRT, op_sqrt, IN_F32},   {OP_RSQRT, op_rsqrt, IN_F32},
    {OP_RECIP, op_recip, IN_F32}, {OP_SIGMOID, op_sigmoid, IN_F32},
    {OP_TANH, op_tanh, IN_F32},   {OP_SILU, op_silu, IN_F32},
    {OP_GELU, op_gelu, IN_F32},   {OP_ERF, op_erf, IN_F32},
    {OP_FLOOR, op_floor, IN_F32}, {OP_CEIL, op_ceil, IN_F32},
    {OP_ROUND, op_round, IN_F32}, {OP_SIGN, op_sign, IN_F32 | IN_F16 | IN_I32},
};
typedef struct BinaryRow {
    OpCode code;
    Prim prim;
    unsigned in;
} BinaryRow;
static const BinaryRow binary_rows[] = {
    {OP_ADD, PRIM_ADD, IN_ANY}, {OP_SUB, PRIM_SUB, IN_ANY},     {OP_MUL, PRIM_MUL, IN_ANY},
    {OP_DIV, PRIM_DIV, IN_F32}, {OP_MAXIMUM, PRIM_MAX, IN_ANY}, {OP_MINIMUM, PRIM_MIN, IN_ANY},
};
typedef struct CompareRow {
    OpCode code;
    const char *mode;
} CompareRow;
static const CompareRow compare_rows[] = {{OP_EQ, "eq"}, {OP_NE, "ne"}, {OP_LT, "lt"},
                                          {OP_LE, "le"}, {OP_GT, "gt"}, {OP_GE, "ge"}};

static unsigned in_of(Elem elem) {
    return elem == ELEM_F32   ? IN_F32
           : elem == ELEM_F16 ? IN_F16
           : elem == ELEM_I32 ? IN_I32
           : elem == ELEM_I16 ? IN_I16
                              : 0;
}

static bool is_byte(Elem elem) { return elem == ELEM_I8 || elem == ELEM_U8; }

/* The type an operation of this type is done in: itself, or f32 for narrow floats; ELEM_COUNT: cannot be done. */
static Elem work_elem(const Lower *l, Elem elem, unsigned in) {
    (void)l;
    if (in_of(elem) & in)
        return elem;
    if (is_byte(elem) && (in & IN_I32)) /* the low bits of a result are right in a wider type */
        return ELEM_I32;
    return elem == ELEM_F16 || elem == ELEM_BF16 ? ELEM_F32 : ELEM_COUNT;
}

static bool to_work(Lower *l, TVal *operands, int n, unsigned in) {
    for (int i = 0; i < n; i++) {
        Elem elem = work_elem(l, operands[i].elem, in);
        if (elem == ELEM_COUNT) {
            lower_error(l, l->op, "`%s` of %s", op_text(l), elem_info(operands[i].elem)->text);
            return false;
        }
        operands[i] = t_cast(l, operands[i], elem, "rint", false);
    }
    return !l->failed;
}

static TVal emit_compare(Lower *l, const char *mode, TVal *o) {
    if (o[0].elem == ELEM_BOOL) { /* eq and ne of truth values */
        TVal x = op_xor(l, o[0], o[1]);
        return strcmp(mode, "ne") == 0 ? x : bits(l, INSN_TNOT, x, x);
    }
    bool small = o[0].elem == ELEM_I16 || o[0].elem == ELEM_I8 || o[0].elem == ELEM_U8;
    for (int i = 0; small && i < 2; i++)
        o[i] = t_cast(l, o[i], ELEM_F32, "rint", false);
    return to_work(l, o, 2, IN_F32 | IN_F16 | IN_I32) ? t_compare(l, mode, o[0], o[1]) : o[0];
}

/* Bits of bytes: in i32, whose low bits are the result's. */
static void widen_bytes(Lower *l, TVal *o, int n) {
    for (int i = 0; i < n && is_byte(o[i].elem); i++)
        o[i] = t_cast(l, o[i], ELEM_I32, "rint", false);
}

static TVal emit_bits(Lower *l, OpCode code, TVal *o) {
    widen_bytes(l, o, code == OP_NOT ? 1 : 2);
    switch ((int)code) {
    case OP_AND: return bits(l, INSN_TAND, o[0], o[1]);
    case OP_OR: return bits(l, INSN_TOR, o[0], o[1]);
    case OP_XOR: return op_xor(l, o[0], o[1]);
    default: return bits(l, INSN_TNOT, o[0], o[0]);
    }
}

static TVal emit_shift(Lower *l, const Op *op, TVal *o) {
    int width = elem_info(o[0].elem)->bits;
    widen_bytes(l, o, 1);
    if (o[1].kind != T_NUMBER || (o[0].elem != ELEM_I32 && o[0].elem != ELEM_U32 && o[0].elem != ELEM_I16)) {
        lower_error(l, op, "`%s` of %s by what is no constant", op_text(l), elem_info(o[0].elem)->text);
        return o[0];
    }
    TVal a = t_expand(l, o[0], o[0].axes);
    double by = (double)((int64_t)o[1].number & (width - 1));
    return emit3(l, op->code == OP_SHL ? INSN_TSHLS : INSN_TSHRS, a.elem, a.axes, tile_operand(l, NPU_IN, a),
                 number_operand(a.elem, by));
}

static TVal emit_bitcast(Lower *l, const Op *op, TVal a) {
    Elem to = op->results[0]->type->elem;
    if (a.elem == ELEM_BOOL || to == ELEM_BOOL)
        lower_error(l, op, "`bitcast` of bool");
    TVal t = t_expand(l, a, a.axes);
    t.elem = to;
    return t;
}

TVal emit_ewise(Lower *l, const Op *op, TVal *o) {
    Elem result = op->results[0]->type->elem;
    if (l->failed)
        return o[0];
    for (size_t i = 0; i < sizeof binary_rows / sizeof binary_rows[0]; i++) {
        if (binary_rows[i].code == op->code)
            return to_work(l, o, 2, binary_rows[i].in)
                       ? t_cast(l, t_binary(l, binary_rows[i].prim, o[0], o[1]), result, "rint", false)
                       : o[0];
    }
    for (size_t i = 0; i < sizeof unary_rows / sizeof unary_rows[0]; i++) {
        if (unary_rows[i].code == op->code)
            return to_work(l, o, 1, unary_rows[i].in) ? t_cast(l, unary_rows[i].emit(l, o[0]), result, "rint", false)
                                                      : o[0];
    }
    for (size_t i = 0; i < sizeof compare_rows / sizeof compare_rows[0]; i++) {
        if (compare_rows[i].code == op->code)
            return emit_compare(l, compare_rows[i].mode, o);
    }
    switch ((int)op->code) { /* the ones of their own kind */
    case OP_WHERE:
        return to_work(l, o + 1, 2, IN_ANY) ? t_cast(l, t_select(l, o[0], o[1], o[2]), result, "rint", false) : o[0];
    case OP_ISNAN: return to_work(l, o, 1, IN_FLOAT) ? t_compare(l, "ne", o[0], o[0]) : o[0];
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_NOT: return t_cast(l, emit_bits(l, op->code, o), result, "rint", false);
    case OP_SHL:
    case OP_SHR: return t_cast(l, emit_shift(l, op, o), result, "rint", false);
    case OP_BITCAST: return emit_bitcast(l, op, o[0]);
    case OP_CAST: {
        const char *round = op_attr_str(op, ATTR_ROUND);
        return t_cast(l, o[0], result, round ? round : "rint", op_attr_bool(op, ATTR_SAT));
    }
    default: break;
    }
    lower_error(l, op, "`%s`", op_text(l));
    return o[0];
}
