/* Elements in native memory, and the generators of LANGUAGE.md section 8 with exactly its bits. */
#include "frontend/example.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- narrow floats --------------------------------------------------------------------------------------------- */
typedef struct NarrowFormat {
    int exponent_bits, mantissa_bits;
    uint32_t overflow; /* code that values above the largest finite one become */
    uint32_t nan;
} NarrowFormat;

static NarrowFormat narrow_format(Elem elem) {
    if (elem == ELEM_F16)
        return (NarrowFormat){5, 10, 0x7C00, 0x7E00};
    if (elem == ELEM_BF16)
        return (NarrowFormat){8, 7, 0x7F80, 0x7FC0};
    if (elem == ELEM_F8E5M2)
        return (NarrowFormat){5, 2, 0x7C, 0x7E};
    return (NarrowFormat){4, 3, 0x7F, 0x7F}; /* f8e4m3: no infinity, NaN is the last code */
}

/* One rounding, half to even, straight from f64. */
static uint32_t narrow_encode(Elem elem, double x) {
    const NarrowFormat f = narrow_format(elem);
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t sign = (uint32_t)(bits >> 63) << (f.exponent_bits + f.mantissa_bits);
    int exponent = (int)(bits >> 52 & 0x7FF) - 1023;
    uint64_t fraction = bits & 0xFFFFFFFFFFFFFu;
    const int bias = (1 << (f.exponent_bits - 1)) - 1, least = 1 - bias;
    if (exponent == 1024)
        return sign | (fraction ? f.nan : f.overflow);
    if (exponent > bias + 1)
        return sign | f.overflow;
    int shift = 52 - f.mantissa_bits + (exponent < least ? least - exponent : 0);
    if (shift > 54) /* below half of the least subnormal */
        return sign;
    uint64_t significand = fraction | (uint64_t)1 << 52;
    uint64_t quotient = significand >> shift, rest = significand & (((uint64_t)1 << shift) - 1);
    uint64_t half = (uint64_t)1 << (shift - 1);
    if (rest > half || (rest == half && (quotient & 1)))
        quotient++;
    /* A carry out of the significand moves into the exponent by itself. */
    uint32_t code = (uint32_t)quotient;
    if (exponent >= least)
        code += (uint32_t)(exponent + bias - 1) << f.mantissa_bits;
    return sign | (code >= f.overflow ? f.overflow : code);
}

static double narrow_decode(Elem elem, uint32_t code) {
    const NarrowFormat f = narrow_format(elem);
    const int bias = (1 << (f.exponent_bits - 1)) - 1;
    uint32_t magnitude = code & ((1u << (f.exponent_bits + f.mantissa_bits)) - 1);
    int exponent = (int)(magnitude >> f.mantissa_bits);
    uint32_t fraction = magnitude & ((1u << f.mantissa_bits) - 1);
    double x;
    if (elem == ELEM_F8E4M3 ? magnitude == 0x7F : magnitude > f.overflow)
        x = NAN;
    else if (elem != ELEM_F8E4M3 && magnitude == f.overflow)
        x = INFINITY;
    else if (exponent == 0)
        x = ldexp((double)fraction, 1 - bias - f.mantissa_bits);
    else
        x = ldexp((double)(fraction | 1u << f.mantissa_bits), exponent - bias - f.mantissa_bits);
    return code >> (f.exponent_bits + f.mantissa_bits) ? -x : x;
}

/* ---- elements -------------------------------------------------------------------------------------------------- */
static void store_bits(Elem elem, void *data, int64_t at, uint64_t bits) {
    size_t size = (size_t)elem_bytes(elem);
    unsigned char *place = (unsigned char *)data + (size_t)at * size;
    uint8_t b = (uint8_t)bits;
    uint16_t h = (uint16_t)bits;
    uint32_t w = (uint32_t)bits;
    const void *from = size == 1   ? (const void *)&b
                       : size == 2 ? (const void *)&h
                       : size == 4 ? (const void *)&w
                                   : (const void *)&bits;
    memcpy(place, from, size);
}

static uint64_t load_bits(Elem elem, const void *data, int64_t at) {
    size_t size = (size_t)elem_bytes(elem);
    const unsigned char *place = (const unsigned char *)data + (size_t)at * size;
    uint16_t h;
    uint32_t w;
    uint64_t d;
    if (size == 1)
        return *place;
    if (size == 2)
        return memcpy(&h, place, size), h;
    if (size == 4)
        return memcpy(&w, place, size), w;
    return memcpy(&d, place, size), d;
}

/* Rounds to nearest even, clamps to the type's range. */
static int64_t integer_of(Elem elem, double x) {
    int bits = elem_info(elem)->bits;
    bool is_signed = elem_is_signed(elem);
    if (isnan(x))
        return 0;
    x = nearbyint(x);
    double lo = is_signed ? -ldexp(1.0, bits - 1) : 0.0, hi = ldexp(1.0, is_signed ? bits - 1 : bits);
    if (x < lo)
        return is_signed ? (int64_t)lo : 0;
    if (x >= hi)
        return (int64_t)(UINT64_MAX >> (64 - bits + (is_signed ? 1 : 0)));
    return x >= 0x1p63 ? (int64_t)(uint64_t)x : (int64_t)x;
}

void example_store_float(Elem elem, void *data, int64_t at, double value) {
    if (elem == ELEM_F64) {
        memcpy((double *)data + at, &value, sizeof value);
    } else if (elem == ELEM_F32) {
        float f = (float)value;
        memcpy((float *)data + at, &f, sizeof f);
    } else if (elem_is_float(elem)) {
        store_bits(elem, data, at, narrow_encode(elem, value));
    } else if (elem == ELEM_BOOL) {
        store_bits(elem, data, at, value != 0.0);
    } else {
        store_bits(elem, data, at, (uint64_t)integer_of(elem, value));
    }
}

/* To 53 bits, rounded to odd, so that the rounding to the narrow type that follows is the only one that shows. */
static double double_of_int(int64_t value) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (int drop = 11; drop > 0; drop--) {
        if (magnitude >> (52 + drop) == 0)
            continue;
        uint64_t mask = ((uint64_t)1 << drop) - 1;
        magnitude = (magnitude & ~mask) | (magnitude & mask ? mask + 1 : 0);
        break;
    }
    return value < 0 ? -(double)magnitude : (double)magnitude;
}

void example_store_int(Elem elem, void *data, int64_t at, int64_t value) {
    if (elem == ELEM_F64)
        example_store_float(elem, data, at, (double)value);
    else if (elem_is_float(elem))
        example_store_float(elem, data, at, double_of_int(value));
    else
        store_bits(elem, data, at, elem == ELEM_BOOL ? value != 0 : (uint64_t)value);
}

double example_load(Elem elem, const void *data, int64_t at) {
    uint64_t bits = load_bits(elem, data, at);
    if (elem == ELEM_F64) {
        double d;
        memcpy(&d, &bits, sizeof d);
        return d;
    }
    if (elem == ELEM_F32) {
        uint32_t w = (uint32_t)bits;
        float f;
        memcpy(&f, &w, sizeof f);
        return (double)f;
    }
    if (elem_is_float(elem))
        return narrow_decode(elem, (uint32_t)bits);
    int width = elem_info(elem)->bits;
    if (!elem_is_signed(elem) || elem == ELEM_BOOL)
        return (double)bits;
    return width == 64 ? (double)(int64_t)bits : (double)((int64_t)(bits << (64 - width)) >> (64 - width));
}

/* ---- generators ------------------------------------------------------------------------------------------------ */
uint64_t example_draw(uint64_t seed, uint64_t i) {
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static int64_t four_parts(uint64_t z) {
    return (int64_t)((z & 0xFFFF) + (z >> 16 & 0xFFFF) + (z >> 32 & 0xFFFF) + (z >> 48));
}

static void generate_normal(const ExampleValue *v, Elem elem, void *data, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        uint64_t at = 3 * (uint64_t)i;
        int64_t sum = four_parts(example_draw(v->seed, at)) + four_parts(example_draw(v->seed, at + 1)) +
                      four_parts(example_draw(v->seed, at + 2));
        example_store_float(elem, data, i, (double)(sum - 6 * 65536) * 0x1p-16);
    }
}

static void generate_uniform(const ExampleValue *v, Elem elem, void *data, int64_t count) {
    const double range = v->hi - v->lo;
    for (int64_t i = 0; i < count; i++) {
        double fraction = (double)(example_draw(v->seed, (uint64_t)i) >> 40) * 0x1p-24;
        double scaled = range * fraction; /* a rounding of its own: never a fused multiply-add */
        example_store_float(elem, data, i, v->lo + scaled);
    }
}

static void generate_integers(const ExampleValue *v, Elem elem, void *data, int64_t count) {
    uint64_t range = (uint64_t)v->int_hi - (uint64_t)v->int_lo;
    for (int64_t i = 0; i < count; i++) {
        uint64_t offset = (example_draw(v->seed, (uint64_t)i) >> 32) % range;
        example_store_int(elem, data, i, (int64_t)((uint64_t)v->int_lo + offset));
    }
}

static void generate_all(Elem elem, void *data, int64_t count, int64_t first, int64_t step) {
    for (int64_t i = 0; i < count; i++)
        example_store_int(elem, data, i, first + i * step);
}

void example_generate(const ExampleValue *value, Elem elem, void *data, int64_t count) {
    switch (value->kind) {
    case EXAMPLE_ZEROS: memset(data, 0, (size_t)count * (size_t)elem_bytes(elem)); return;
    case EXAMPLE_ONES: generate_all(elem, data, count, 1, 0); return;
    case EXAMPLE_IOTA: generate_all(elem, data, count, 0, 1); return;
    case EXAMPLE_NORMAL: generate_normal(value, elem, data, count); return;
    case EXAMPLE_UNIFORM: generate_uniform(value, elem, data, count); return;
    case EXAMPLE_INTEGERS: generate_integers(value, elem, data, count); return;
    case EXAMPLE_NUMBER:
    case EXAMPLE_LIST:
    case EXAMPLE_NPY:
    case EXAMPLE_RANDOM_CSR: return;
    }
}

static int compare_columns(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

void example_random_row(uint64_t seed, int64_t per_row, int64_t columns, int64_t row, int32_t *out, int64_t *scratch) {
    for (int64_t i = 0; i < columns; i++)
        scratch[i] = i;
    for (int64_t k = 0; k < per_row && k < columns; k++) {
        uint64_t z = example_draw(seed, (uint64_t)(row * per_row + k)) >> 32;
        int64_t other = k + (int64_t)(z % (uint64_t)(columns - k)), t = scratch[k];
        scratch[k] = scratch[other];
        scratch[other] = t;
        out[k] = (int32_t)scratch[k];
    }
    qsort(out, (size_t)per_row, sizeof *out, compare_columns);
}
