/* ptoc_cast.h - every cast of the language: pt_cast_T_E(x, mode, sat) from carrier T to the carrier of element type E.
 *
 * T: b8 i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 (index is i64).
 * E: bool i8 i16 i32 i64 u8 u16 u32 u64 index f16 bf16 f32 f64 f8e4m3 f8e5m2.
 * mode: PT_RINT, PT_FLOOR, PT_CEIL or PT_TRUNC; sat: 0 or 1. Pass constants: the choice then costs nothing.
 *   float -> int         rounded by mode, clamped to the range, NaN gives 0
 *   int -> int           wraps; sat clamps
 *   to a float           rounded once by mode from the exact value; a rounded value above the largest finite one becomes
 *                        inf (f8e4m3: NaN), or with sat the largest finite one. Rounding towards zero stays finite, as in
 *                        IEEE 754. inf stays inf; f8e4m3 has none: NaN, with sat 448. NaN stays NaN.
 *   bool -> number, number -> bool   0 or 1; x != 0 */
#ifndef PTOC_CAST_H
#define PTOC_CAST_H
#include "ptoc_def.h"
#include "ptoc_elem.h"

/* ---- to an integral value, in the float's own type ------------------------------------------------------------------- */
#if defined(__SSE4_1__)
#define PT_INTEGRAL(S, T, M, BIG)                                                                                      \
    PT_FN T pt_rint_of_##S(T x) { return rint##M(x); }                                                                 \
    PT_FN T pt_floor_of_##S(T x) { return floor##M(x); }                                                               \
    PT_FN T pt_ceil_of_##S(T x) { return ceil##M(x); }                                                                 \
    PT_FN T pt_trunc_of_##S(T x) { return trunc##M(x); }
#else
#define PT_INTEGRAL(S, T, M, BIG)                                                                                      \
    PT_FN T pt_rint_of_##S(T x) {                                                                                      \
        T a = fabs##M(x);                                                                                              \
        a = a < BIG ? (a + BIG) - BIG : a;                                                                             \
        return copysign##M(a, x);                                                                                      \
    }                                                                                                                  \
    PT_FN T pt_floor_of_##S(T x) {                                                                                     \
        T r = pt_rint_of_##S(x);                                                                                       \
        return copysign##M(r > x ? r - 1 : r, x);                                                                      \
    }                                                                                                                  \
    PT_FN T pt_ceil_of_##S(T x) {                                                                                      \
        T r = pt_rint_of_##S(x);                                                                                       \
        return copysign##M(r < x ? r + 1 : r, x);                                                                      \
    }                                                                                                                  \
    PT_FN T pt_trunc_of_##S(T x) {                                                                                     \
        T a = fabs##M(x), r = pt_rint_of_##S(a);                                                                       \
        return copysign##M(r > a ? r - 1 : r, x);                                                                      \
    }
#endif
PT_INTEGRAL(f32, float, f, 0x1p23f)
PT_INTEGRAL(f64, double, , 0x1p52)
#undef PT_INTEGRAL

PT_FN double pt_integral(double x, int mode) {
    return mode == PT_RINT    ? pt_rint_of_f64(x)
           : mode == PT_FLOOR ? pt_floor_of_f64(x)
           : mode == PT_CEIL  ? pt_ceil_of_f64(x)
                              : pt_trunc_of_f64(x);
}

/* ---- the exact value (neg ? -1 : 1) * mag * 2^exp, mag != 0, rounded once to a float format --------------------------- */
typedef struct pt_format {
    int places;     /* bits of the significand */
    int least;      /* exponent of the least normal number */
    double largest; /* finite */
    double over;    /* what overflow gives: inf, or NaN where there is none */
} pt_format;

PT_FN double pt_narrow(int neg, uint64_t mag, int exp, pt_format f, int mode, int sat) {
    int top = pt_top_bit(mag) + exp, last = (top < f.least ? f.least : top) - (f.places - 1);
    int drop = last - exp, away = neg ? PT_FLOOR : PT_CEIL;
    double r;
    if (drop <= 0) {
        r = (double)mag * pt_pow2(exp); /* few bits: exact */
    } else {
        uint64_t kept = drop > 63 ? 0 : mag >> drop;
        uint64_t rest = drop > 63 ? mag : mag & (((uint64_t)1 << drop) - 1);
        uint64_t half = drop > 64 ? ~(uint64_t)0 : (uint64_t)1 << (drop - 1);
        int nearest_up = drop <= 64 && (rest > half || (rest == half && (kept & 1)));
        kept += (uint64_t)(mode == PT_RINT ? nearest_up : mode == away && rest != 0);
        r = (double)kept * pt_pow2(last);
    }
    if (r > f.largest)
        r = sat || (mode != PT_RINT && mode != away) ? f.largest : f.over;
    return neg ? -r : r;
}

PT_FN double pt_narrow_f64(double x, pt_format f, int mode, int sat) {
    uint64_t u = pt_u64_of_f64(x), frac = u & 0xFFFFFFFFFFFFFu;
    int e = (int)(u >> 52 & 0x7FF), neg = (int)(u >> 63);
    if (x != x || x == 0)
        return x;
    if (e == 0x7FF) { /* an infinity */
        double r = f.over == f.over ? INFINITY : sat ? f.largest : f.over;
        return neg ? -r : r;
    }
    return pt_narrow(neg, e ? frac | 0x10000000000000u : frac, (e ? e : 1) - 1075, f, mode, sat);
}
PT_FN double pt_narrow_i64(int64_t x, pt_format f, int mode, int sat) {
    if (x == 0)
        return 0;
    return pt_narrow(x < 0, x < 0 ? 0 - (uint64_t)x : (uint64_t)x, 0, f, mode, sat);
}
PT_FN double pt_narrow_u64(uint64_t x, pt_format f, int mode, int sat) {
    return x == 0 ? 0.0 : pt_narrow(0, x, 0, f, mode, sat);
}

PT_FN pt_format pt_format_f64(void) {
    pt_format f = {53, -1022, DBL_MAX, INFINITY};
    return f;
}
PT_FN pt_format pt_format_f32(void) {
    pt_format f = {24, -126, FLT_MAX, INFINITY};
    return f;
}
PT_FN pt_format pt_format_f16(void) {
    pt_format f = {11, -14, 65504.0, INFINITY};
    return f;
}
PT_FN pt_format pt_format_bf16(void) {
    pt_format f = {8, -126, 0x1.FEp127, INFINITY};
    return f;
}
PT_FN pt_format pt_format_f8e5m2(void) {
    pt_format f = {3, -14, 57344.0, INFINITY};
    return f;
}
PT_FN pt_format pt_format_f8e4m3(void) {
    pt_format f = {4, -6, 448.0, NAN};
    return f;
}

/* ---- to integers ------------------------------------------------------------------------------------------------------- */
/* HI is the least power of two above the range, as a double; every bound is exact. */
#define PT_CAST_FLOAT_INT(E, T, LO, HI, MIN, MAX)                                                                      \
    PT_FN T pt_cast_f64_##E(double x, int mode, int sat) {                                                             \
        double r = pt_integral(x, mode);                                                                               \
        (void)sat;                                                                                                     \
        return r >= HI ? MAX : r <= LO ? MIN : r == r ? (T)r : (T)0;                                                   \
    }                                                                                                                  \
    PT_FN T pt_cast_f32_##E(float x, int mode, int sat) { return pt_cast_f64_##E((double)x, mode, sat); }
PT_CAST_FLOAT_INT(i8, int8_t, -0x1p7, 0x1p7, INT8_MIN, INT8_MAX)
PT_CAST_FLOAT_INT(i16, int16_t, -0x1p15, 0x1p15, INT16_MIN, INT16_MAX)
PT_CAST_FLOAT_INT(i32, int32_t, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX)
PT_CAST_FLOAT_INT(i64, int64_t, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)
PT_CAST_FLOAT_INT(index, int64_t, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)
PT_CAST_FLOAT_INT(u8, uint8_t, 0.0, 0x1p8, 0, UINT8_MAX)
PT_CAST_FLOAT_INT(u16, uint16_t, 0.0, 0x1p16, 0, UINT16_MAX)
PT_CAST_FLOAT_INT(u32, uint32_t, 0.0, 0x1p32, 0, UINT32_MAX)
PT_CAST_FLOAT_INT(u64, uint64_t, 0.0, 0x1p64, 0, UINT64_MAX)
#undef PT_CAST_FLOAT_INT

/* From any signed type through int64_t, from any unsigned one through uint64_t. */
#define PT_CAST_INT_INT(E, T, MIN, MAX)                                                                                \
    PT_FN T pt_cast_i64_##E(int64_t x, int mode, int sat) {                                                            \
        (void)mode;                                                                                                    \
        if (sat && x < (int64_t)(MIN))                                                                                 \
            return (T)(MIN);                                                                                           \
        return sat && x > 0 && (uint64_t)x > (uint64_t)(MAX) ? (T)(MAX) : (T)x;                                        \
    }                                                                                                                  \
    PT_FN T pt_cast_u64_##E(uint64_t x, int mode, int sat) {                                                           \
        (void)mode;                                                                                                    \
        return sat && x > (uint64_t)(MAX) ? (T)(MAX) : (T)x;                                                           \
    }
PT_CAST_INT_INT(i8, int8_t, INT8_MIN, INT8_MAX)
PT_CAST_INT_INT(i16, int16_t, INT16_MIN, INT16_MAX)
PT_CAST_INT_INT(i32, int32_t, INT32_MIN, INT32_MAX)
PT_CAST_INT_INT(i64, int64_t, INT64_MIN, INT64_MAX)
PT_CAST_INT_INT(index, int64_t, INT64_MIN, INT64_MAX)
PT_CAST_INT_INT(u8, uint8_t, 0, UINT8_MAX)
PT_CAST_INT_INT(u16, uint16_t, 0, UINT16_MAX)
PT_CAST_INT_INT(u32, uint32_t, 0, UINT32_MAX)
PT_CAST_INT_INT(u64, uint64_t, 0, UINT64_MAX)
#undef PT_CAST_INT_INT

/* ---- to floats --------------------------------------------------------------------------------------------------------- */
/* The usual cast, to nearest, takes the short way; integers that a float holds exactly join it. */
#define PT_CAST_NARROW(E, LARGEST, INF_STAYS)                                                                          \
    PT_FN float pt_cast_f64_##E(double x, int mode, int sat) {                                                         \
        return (float)pt_narrow_f64(x, pt_format_##E(), mode, sat);                                                    \
    }                                                                                                                  \
    PT_FN float pt_cast_f32_##E(float x, int mode, int sat) {                                                          \
        if (mode != PT_RINT)                                                                                           \
            return pt_cast_f64_##E((double)x, mode, sat);                                                              \
        if (sat && fabsf(x) > LARGEST && (!(INF_STAYS) || fabsf(x) <= FLT_MAX))                                        \
            x = pt_with_sign(LARGEST, x);                                                                              \
        return pt_round_##E(x);                                                                                        \
    }                                                                                                                  \
    PT_FN float pt_cast_i64_##E(int64_t x, int mode, int sat) {                                                        \
        if (x >= -0x1000000 && x <= 0x1000000)                                                                         \
            return pt_cast_f32_##E((float)x, mode, sat);                                                               \
        return (float)pt_narrow_i64(x, pt_format_##E(), mode, sat);                                                    \
    }                                                                                                                  \
    PT_FN float pt_cast_u64_##E(uint64_t x, int mode, int sat) {                                                       \
        if (x <= 0x1000000)                                                                                            \
            return pt_cast_f32_##E((float)x, mode, sat);                                                               \
        return (float)pt_narrow_u64(x, pt_format_##E(), mode, sat);                                                    \
    }
PT_CAST_NARROW(f16, 65504.0f, 1)
PT_CAST_NARROW(bf16, 0x1.FEp127f, 1)
PT_CAST_NARROW(f8e5m2, 57344.0f, 1)
PT_CAST_NARROW(f8e4m3, 448.0f, 0)
#undef PT_CAST_NARROW

PT_FN float pt_cast_f64_f32(double x, int mode, int sat) {
    return mode == PT_RINT && !sat ? (float)x : (float)pt_narrow_f64(x, pt_format_f32(), mode, sat);
}
PT_FN float pt_cast_f32_f32(float x, int mode, int sat) {
    (void)mode, (void)sat;
    return x;
}
PT_FN float pt_cast_i64_f32(int64_t x, int mode, int sat) {
    return mode == PT_RINT ? (float)x : (float)pt_narrow_i64(x, pt_format_f32(), mode, sat);
}
PT_FN float pt_cast_u64_f32(uint64_t x, int mode, int sat) {
    return mode == PT_RINT ? (float)x : (float)pt_narrow_u64(x, pt_format_f32(), mode, sat);
}
PT_FN double pt_cast_f64_f64(double x, int mode, int sat) {
    (void)mode, (void)sat;
    return x;
}
PT_FN double pt_cast_f32_f64(float x, int mode, int sat) {
    (void)mode, (void)sat;
    return (double)x;
}
PT_FN double pt_cast_i64_f64(int64_t x, int mode, int sat) {
    return mode == PT_RINT ? (double)x : pt_narrow_i64(x, pt_format_f64(), mode, sat);
}
PT_FN double pt_cast_u64_f64(uint64_t x, int mode, int sat) {
    return mode == PT_RINT ? (double)x : pt_narrow_u64(x, pt_format_f64(), mode, sat);
}

/* ---- from the other carriers, and to bool ------------------------------------------------------------------------------- */
#define PT_CAST_VIA(F, T, W, VIA, E, R)                                                                                \
    PT_FN R pt_cast_##F##_##E(T x, int mode, int sat) { return pt_cast_##VIA##_##E((W)x, mode, sat); }
#define PT_CAST_FROM(F, T, W, VIA)                                                                                     \
    PT_CAST_VIA(F, T, W, VIA, i8, int8_t)                                                                              \
    PT_CAST_VIA(F, T, W, VIA, i16, int16_t)                                                                            \
    PT_CAST_VIA(F, T, W, VIA, i32, int32_t)                                                                            \
    PT_CAST_VIA(F, T, W, VIA, i64, int64_t)                                                                            \
    PT_CAST_VIA(F, T, W, VIA, index, int64_t)                                                                          \
    PT_CAST_VIA(F, T, W, VIA, u8, uint8_t)                                                                             \
    PT_CAST_VIA(F, T, W, VIA, u16, uint16_t)                                                                           \
    PT_CAST_VIA(F, T, W, VIA, u32, uint32_t)                                                                           \
    PT_CAST_VIA(F, T, W, VIA, u64, uint64_t)                                                                           \
    PT_CAST_VIA(F, T, W, VIA, f16, float)                                                                              \
    PT_CAST_VIA(F, T, W, VIA, bf16, float)                                                                             \
    PT_CAST_VIA(F, T, W, VIA, f8e4m3, float)                                                                           \
    PT_CAST_VIA(F, T, W, VIA, f8e5m2, float)                                                                           \
    PT_CAST_VIA(F, T, W, VIA, f32, float)                                                                              \
    PT_CAST_VIA(F, T, W, VIA, f64, double)
PT_CAST_FROM(b8, uint8_t, uint64_t, u64)
PT_CAST_FROM(i8, int8_t, int64_t, i64)
PT_CAST_FROM(i16, int16_t, int64_t, i64)
PT_CAST_FROM(i32, int32_t, int64_t, i64)
PT_CAST_FROM(u8, uint8_t, uint64_t, u64)
PT_CAST_FROM(u16, uint16_t, uint64_t, u64)
PT_CAST_FROM(u32, uint32_t, uint64_t, u64)
#undef PT_CAST_FROM
#undef PT_CAST_VIA

#define PT_CAST_BOOL(F, T)                                                                                             \
    PT_FN uint8_t pt_cast_##F##_bool(T x, int mode, int sat) {                                                         \
        (void)mode, (void)sat;                                                                                         \
        return x != 0;                                                                                                 \
    }
PT_CAST_BOOL(b8, uint8_t)
PT_CAST_BOOL(i8, int8_t)
PT_CAST_BOOL(i16, int16_t)
PT_CAST_BOOL(i32, int32_t)
PT_CAST_BOOL(i64, int64_t)
PT_CAST_BOOL(u8, uint8_t)
PT_CAST_BOOL(u16, uint16_t)
PT_CAST_BOOL(u32, uint32_t)
PT_CAST_BOOL(u64, uint64_t)
PT_CAST_BOOL(f32, float)
PT_CAST_BOOL(f64, double)
#undef PT_CAST_BOOL
#endif
