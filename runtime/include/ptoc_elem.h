/* ptoc_elem.h - element types in memory and in hand.
 *
 * A value in hand (its "carrier") of f16, bf16, f8e4m3, f8e5m2 is a float that holds an exactly representable value; f32 is a
 * float, f64 a double, integers and bool (uint8_t, 0 or 1) their own type, index an int64_t. For every element type E:
 *   pt_ld_E(stored)    stored bits -> carrier                      pt_st_E(carrier)  carrier -> stored bits
 *   pt_round_E(x)      (narrow float types only: pt_round_f32 is tl.round) a float -> the nearest value of E, half to even;
 *                      overflow to inf, of f8e4m3 to NaN
 *   pt_bits_E(carrier) -> unsigned integer of E's width, NaN canonical     pt_unbits_E(bits) -> carrier
 * Every conversion rounds once. All NaNs count as one value: their payload is not kept. */
#ifndef PTOC_ELEM_H
#define PTOC_ELEM_H
#include "ptoc_def.h"

#if defined(__F16C__)
#include <immintrin.h>
#endif

/* ---- f16 ---------------------------------------------------------------------------------------------------------- */
PT_FN float pt_ld_f16(uint16_t h) {
#if defined(__F16C__)
    return _cvtsh_ss(h);
#else
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, m = h & 0x7FFFu;
    uint32_t normal = (m << 13) + (m < 0x7C00u ? 112u << 23 : 224u << 23);
    uint32_t tiny = pt_u32_of_f32((float)m * 0x1p-24f);
    uint32_t nan = m > 0x7C00u ? 0x400000u : 0u;
    return pt_f32_of_u32(sign | (m < 0x400u ? tiny : normal | nan));
#endif
}

/* |x| to the nearest multiple of its last place in a format with `drop` bits fewer than f32 and least exponent `emin`, by an
 * addition whose last place is that one. |x| must be far below 2^104. */
PT_FN float pt_round_places(float x, int drop, int emin) {
    uint32_t e = pt_u32_of_f32(x) & 0x7F800000u, least = (uint32_t)(emin + 127) << 23;
    float c = pt_f32_of_u32((e < least ? least : e) + ((uint32_t)drop << 23));
    return (fabsf(x) + c) - c;
}
PT_FN float pt_with_sign(float magnitude, float sign) {
    return pt_f32_of_u32((pt_u32_of_f32(magnitude) & 0x7FFFFFFFu) | (pt_u32_of_f32(sign) & 0x80000000u));
}

PT_FN float pt_round_f16(float x) {
#if defined(__F16C__)
    return _cvtsh_ss(_cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
    float a = fabsf(x), r = pt_round_places(a < 65520.0f ? a : 1.0f, 13, -14);
    r = a < 65520.0f ? r : a == a ? INFINITY : a;
    return pt_with_sign(r, x);
#endif
}
PT_FN uint16_t pt_st_f16(float x) {
#if defined(__F16C__)
    return (uint16_t)_cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    float r = pt_round_f16(x), a = fabsf(r);
    uint32_t sign = (pt_u32_of_f32(x) >> 16) & 0x8000u;
    uint32_t m = a < 0x1p-14f ? (uint32_t)(a * 0x1p24f) : (pt_u32_of_f32(a) - (112u << 23)) >> 13;
    return (uint16_t)(sign | (a != a ? 0x7E00u : a > 65504.0f ? 0x7C00u : m));
#endif
}

/* ---- bf16 --------------------------------------------------------------------------------------------------------- */
PT_FN float pt_ld_bf16(uint16_t h) { return pt_f32_of_u32((uint32_t)h << 16); }
PT_FN uint16_t pt_st_bf16(float x) {
    uint32_t u = pt_u32_of_f32(x);
    return (uint16_t)(x != x ? (u >> 16) | 0x40u : (u + 0x7FFFu + ((u >> 16) & 1u)) >> 16);
}
PT_FN float pt_round_bf16(float x) { return pt_ld_bf16(pt_st_bf16(x)); }

/* ---- f8e5m2: the upper half of an f16 --------------------------------------------------------------------------------- */
PT_FN float pt_ld_f8e5m2(uint8_t b) { return pt_ld_f16((uint16_t)(b << 8)); }
PT_FN float pt_round_f8e5m2(float x) {
    float a = fabsf(x), r = pt_round_places(a < 61440.0f ? a : 1.0f, 21, -14);
    r = a < 61440.0f ? r : a == a ? INFINITY : a;
    return pt_with_sign(r, x);
}
PT_FN uint8_t pt_st_f8e5m2(float x) { return (uint8_t)(pt_st_f16(pt_round_f8e5m2(x)) >> 8); }

/* ---- f8e4m3: OCP "fn" form, largest 448, NaN 0x7F, no infinity ---------------------------------------------------------- */
PT_FN float pt_ld_f8e4m3(uint8_t b) {
    uint32_t sign = (uint32_t)(b & 0x80u) << 24, m = b & 0x7Fu;
    uint32_t normal = m == 0x7Fu ? 0x7FC00000u : (m << 20) + (120u << 23);
    return pt_f32_of_u32(sign | (m < 8u ? pt_u32_of_f32((float)m * 0x1p-9f) : normal));
}
PT_FN float pt_round_f8e4m3(float x) {
    float a = fabsf(x), r = pt_round_places(a <= 464.0f ? a : 1.0f, 20, -6);
    return pt_with_sign(a <= 464.0f ? r : NAN, x); /* 464 is half-way to 480 and rounds to the even 448 */
}
PT_FN uint8_t pt_st_f8e4m3(float x) {
    float a = fabsf(pt_round_f8e4m3(x));
    uint32_t sign = (pt_u32_of_f32(x) >> 24) & 0x80u;
    uint32_t m = a < 0x1p-6f ? (uint32_t)(a * 0x1p9f) : (pt_u32_of_f32(a) - (120u << 23)) >> 20;
    return (uint8_t)(sign | (a != a ? 0x7Fu : m));
}

/* ---- the others are stored as they are ----------------------------------------------------------------------------------- */
PT_FN uint8_t pt_ld_bool(uint8_t b) { return b != 0; }
PT_FN uint8_t pt_st_bool(uint8_t b) { return b; }
PT_FN uint8_t pt_bits_bool(uint8_t b) { return b; }
PT_FN uint8_t pt_unbits_bool(uint8_t b) { return b != 0; }
#define PT_ELEM_INT(E, T, U)                                                                                           \
    PT_FN T pt_ld_##E(T x) { return x; }                                                                               \
    PT_FN T pt_st_##E(T x) { return x; }                                                                               \
    PT_FN U pt_bits_##E(T x) { return (U)x; }                                                                          \
    PT_FN T pt_unbits_##E(U x) { return (T)x; }
PT_ELEM_INT(i8, int8_t, uint8_t)
PT_ELEM_INT(i16, int16_t, uint16_t)
PT_ELEM_INT(i32, int32_t, uint32_t)
PT_ELEM_INT(i64, int64_t, uint64_t)
PT_ELEM_INT(u8, uint8_t, uint8_t)
PT_ELEM_INT(u16, uint16_t, uint16_t)
PT_ELEM_INT(u32, uint32_t, uint32_t)
PT_ELEM_INT(u64, uint64_t, uint64_t)
PT_ELEM_INT(index, int64_t, uint64_t)
#undef PT_ELEM_INT

PT_FN float pt_ld_f32(float x) { return x; }
PT_FN float pt_st_f32(float x) { return x; }
PT_FN double pt_ld_f64(double x) { return x; }
PT_FN double pt_st_f64(double x) { return x; }

/* ---- bits of a float: one NaN, so that a bit cast gives the same everywhere ------------------------------------------------ */
PT_FN uint16_t pt_bits_f16(float x) { return x != x ? 0x7E00u : pt_st_f16(x); }
PT_FN float pt_unbits_f16(uint16_t u) { return pt_ld_f16(u); }
PT_FN uint16_t pt_bits_bf16(float x) { return x != x ? 0x7FC0u : pt_st_bf16(x); }
PT_FN float pt_unbits_bf16(uint16_t u) { return pt_ld_bf16(u); }
PT_FN uint8_t pt_bits_f8e4m3(float x) { return x != x ? 0x7Fu : pt_st_f8e4m3(x); }
PT_FN float pt_unbits_f8e4m3(uint8_t u) { return pt_ld_f8e4m3(u); }
PT_FN uint8_t pt_bits_f8e5m2(float x) { return x != x ? 0x7Eu : pt_st_f8e5m2(x); }
PT_FN float pt_unbits_f8e5m2(uint8_t u) { return pt_ld_f8e5m2(u); }
PT_FN uint32_t pt_bits_f32(float x) { return x != x ? 0x7FC00000u : pt_u32_of_f32(x); }
PT_FN float pt_unbits_f32(uint32_t u) { return pt_f32_of_u32(u); }
PT_FN uint64_t pt_bits_f64(double x) { return x != x ? 0x7FF8000000000000u : pt_u64_of_f64(x); }
PT_FN double pt_unbits_f64(uint64_t u) { return pt_f64_of_u64(u); }
#endif
