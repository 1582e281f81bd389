/* Conversions: what is no single instruction goes through types that hold the value exactly, so that it is rounded once. */
#include <string.h>

#include "backends/npu/lower.h"

static TVal convert(Lower *l, TVal a, Elem to, const char *round) {
    TVal r = new_tile(l, to, a.axes, "cast", 1);
    add_insn(l, INSN_TCVT, round, 2, (PlaceOperand[]){tile_operand(l, NPU_OUT, r), tile_operand(l, NPU_IN, a)});
    return r;
}

static TVal clamp(Lower *l, TVal a, double lo, double hi) {
    a = t_binary(l, PRIM_MAX, a, t_number(a.elem, lo));
    return t_binary(l, PRIM_MIN, a, t_number(a.elem, hi));
}

static double least(Elem e) { return elem_is_signed(e) ? -(double)(1LL << (elem_info(e)->bits - 1)) : 0; }
static double greatest(Elem e) { return (double)(1LL << (elem_info(e)->bits - elem_is_signed(e))) - 1; }

static bool is_byte(Elem e) { return e == ELEM_I8 || e == ELEM_U8; }

/* The low bits of an i32, as a number of the narrower type, still in an i32. */
static TVal wrap(Lower *l, TVal a, Elem to) {
    double by = 32 - elem_info(to)->bits;
    InsnCode codes[] = {INSN_TSHLS, INSN_TSHRS};
    for (int i = 0; i < 2; i++) {
        Elem elem = i && !elem_is_signed(to) ? ELEM_U32 : ELEM_I32;
        TVal r = new_tile(l, elem, a.axes, "cast", 1);
        a.elem = elem;
        add_insn(l, codes[i], NULL, 3,
                 (PlaceOperand[]){tile_operand(l, NPU_OUT, r), tile_operand(l, NPU_IN, a), number_operand(elem, by)});
        a = r;
    }
    a.elem = ELEM_I32;
    return a;
}

/* A whole number within the byte's range, in f32, to the byte. */
static TVal to_byte(Lower *l, TVal a, Elem to) { return convert(l, convert(l, a, ELEM_F16, "rint"), to, "rint"); }

static TVal from_i32(Lower *l, TVal a, Elem to, bool sat) {
    if (elem_is_float(to))
        return t_cast(l, convert(l, a, ELEM_F32, "rint"), to, "rint", false);
    a = sat ? clamp(l, a, least(to), greatest(to)) : wrap(l, a, to);
    a = convert(l, a, ELEM_F32, "rint");
    return is_byte(to) ? to_byte(l, a, to) : convert(l, a, to, "rint");
}

static TVal from_f32(Lower *l, TVal a, Elem to, const char *round) {
    if (!is_byte(to))
        return convert(l, a, to, elem_is_float(to) ? "rint" : round);
    a = convert(l, clamp(l, a, least(to), greatest(to)), ELEM_I32, round);
    return to_byte(l, convert(l, a, ELEM_F32, "rint"), to);
}

static bool castable(Elem e) {
    static const Elem all[] = {ELEM_BOOL, ELEM_I8, ELEM_U8, ELEM_I16, ELEM_I32, ELEM_F16, ELEM_BF16, ELEM_F32};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] == e)
            return true;
    }
    return false;
}

static TVal to_bool(Lower *l, TVal a) {
    if (a.elem != ELEM_I32 && a.elem != ELEM_F16)
        a = t_cast(l, a, ELEM_F32, "rint", false);
    return t_compare(l, "ne", a, t_number(a.elem, 0));
}

static TVal cast_tile(Lower *l, TVal a, Elem to, const char *round, bool sat) {
    bool narrow_sat = sat && elem_is_float(a.elem) && elem_is_narrow_float(to) && to != a.elem;
    if (!castable(a.elem) || !castable(to) || narrow_sat) {
        lower_error(l, l->op, "`cast` from %s to %s%s", elem_info(a.elem)->text, elem_info(to)->text,
                    narrow_sat ? " with saturation" : "");
        return a;
    }
    if (to == ELEM_BOOL)
        return to_bool(l, a);
    if (a.elem == ELEM_BOOL)
        return t_cast(l,
                      t_mask_number(l, a,
                                    is_byte(to)                        ? ELEM_F16
                                    : to == ELEM_F16 || to == ELEM_I32 ? to
                                                                       : ELEM_F32),
                      to, "rint", false);
    if (a.elem == ELEM_I32)
        return from_i32(l, a, to, sat);
    if (a.elem == ELEM_F32)
        return from_f32(l, a, to, round);
    if (is_byte(a.elem) && to == ELEM_F16)
        return convert(l, a, ELEM_F16, "rint");
    if (is_byte(a.elem)) /* every byte is an f16 */
        return t_cast(l, convert(l, a, ELEM_F16, "rint"), to, "rint", false);
    if (a.elem == ELEM_I16 && to == ELEM_F16)
        return convert(l, a, to, "rint");
    if (a.elem == ELEM_I16 && is_byte(to))
        return t_cast(l, t_cast(l, a, ELEM_I32, "rint", false), to, "rint", sat);
    return t_cast(l, convert(l, a, ELEM_F32, "rint"), to, round, sat);
}

TVal t_cast(Lower *l, TVal a, Elem to, const char *round, bool sat) {
    bool same_bits = elem_bytes(a.elem) == elem_bytes(to) && elem_is_int(a.elem) && elem_is_int(to) && !sat;
    if (a.elem == to || l->failed)
        return a;
    if (a.kind == T_ARG)
        a = t_expand(l, a, 0);
    if (a.kind != T_TILE || same_bits) {
        a.elem = to;
        return a;
    }
    return cast_tile(l, a, to, round, sat);
}
