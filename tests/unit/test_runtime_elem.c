/* The element types of the runtime against a reference that knows only the list of representable values. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "ptoc_num.h"

typedef struct Format {
    const char *name;
    int bits, exponent_bits, fraction_bits, bias;
    int has_inf;
    float (*load)(uint32_t);
    uint32_t (*store)(float);
    float (*round)(float);
    float (*cast_f32)(float, int, int);
    float (*cast_f64)(double, int, int);
    float (*cast_i64)(int64_t, int, int);
    float (*cast_u64)(uint64_t, int, int);
} Format;

#define FORMAT_FUNCTIONS(E, T)                                                                                         \
    static float E##_load(uint32_t u) { return pt_ld_##E((T)u); }                                                      \
    static uint32_t E##_store(float x) { return pt_st_##E(x); }                                                        \
    static float E##_round(float x) { return pt_round_##E(x); }                                                        \
    static float E##_cast_f32(float x, int mode, int sat) { return pt_cast_f32_##E(x, mode, sat); }                    \
    static float E##_cast_f64(double x, int mode, int sat) { return pt_cast_f64_##E(x, mode, sat); }                   \
    static float E##_cast_i64(int64_t x, int mode, int sat) { return pt_cast_i64_##E(x, mode, sat); }                  \
    static float E##_cast_u64(uint64_t x, int mode, int sat) { return pt_cast_u64_##E(x, mode, sat); }
FORMAT_FUNCTIONS(f16, uint16_t)
FORMAT_FUNCTIONS(bf16, uint16_t)
FORMAT_FUNCTIONS(f8e4m3, uint8_t)
FORMAT_FUNCTIONS(f8e5m2, uint8_t)

#define FORMAT_ROW(E, ...)                                                                                             \
    { #E, __VA_ARGS__, E##_load, E##_store, E##_round, E##_cast_f32, E##_cast_f64, E##_cast_i64, E##_cast_u64 }
static const Format formats[] = {
    FORMAT_ROW(f16, 16, 5, 10, 15, 1),
    FORMAT_ROW(bf16, 16, 8, 7, 127, 1),
    FORMAT_ROW(f8e4m3, 8, 4, 3, 7, 0),
    FORMAT_ROW(f8e5m2, 8, 5, 2, 15, 1),
};
enum { FORMAT_COUNT = 4 };

/* The value of a bit pattern, by the definition of the format. */
static double format_value(const Format *f, uint32_t bits) {
    uint32_t sign = bits >> (f->bits - 1), e = bits >> f->fraction_bits & ((1u << f->exponent_bits) - 1);
    uint32_t frac = bits & ((1u << f->fraction_bits) - 1), top = (1u << f->exponent_bits) - 1;
    double v;
    if (e == top && (f->has_inf || frac == (1u << f->fraction_bits) - 1))
        v = f->has_inf && frac == 0 ? INFINITY : NAN;
    else
        v = e == 0 ? ldexp(frac, 1 - f->bias - f->fraction_bits)
                   : ldexp(frac + (double)(1u << f->fraction_bits), (int)e - f->bias - f->fraction_bits);
    return sign ? -v : v;
}

static int same(double a, double b) { return (a != a && b != b) || (a == b && signbit(a) == signbit(b)); }

/* The largest positive finite pattern. */
static uint32_t format_last(const Format *f) {
    uint32_t bits = (1u << (f->bits - 1)) - 1;
    while (!(fabs(format_value(f, bits)) <= 1e300))
        bits--;
    return bits;
}

/* A value rounded by looking at its neighbours; `beyond` is what the next pattern after the last would be worth. */
static double format_round(const Format *f, double x, int mode, int sat) {
    uint32_t lo = 0, last = format_last(f), hi = last + 1;
    double a = fabs(x), below, above, r, largest = format_value(f, last);
    double beyond = largest + (largest - format_value(f, last - 1));
    int up, away = x < 0 ? PT_FLOOR : PT_CEIL;
    if (x != x)
        return x;
    if (a > 1e300)
        r = f->has_inf ? INFINITY : sat ? largest : NAN;
    else {
        while (hi - lo > 1) { /* value(lo) <= a < value(hi) */
            uint32_t mid = lo + (hi - lo) / 2;
            *(format_value(f, mid) <= a ? &lo : &hi) = mid;
        }
        below = format_value(f, lo);
        above = hi > last ? beyond : format_value(f, hi);
        up = mode == PT_RINT ? (a - below > above - a || (a - below == above - a && (lo & 1)) || a >= above)
                             : mode == away && a > below;
        r = up ? above : below;
        if (r >= beyond)
            r = sat ? largest : f->has_inf ? INFINITY : NAN;
    }
    return x < 0 || (x == 0 && signbit(x)) ? -r : r;
}

static void elem_patterns(void) {
    for (int k = 0; k < FORMAT_COUNT; k++) {
        const Format *f = &formats[k];
        long bad = 0;
        for (uint32_t bits = 0; bits < 1u << f->bits; bits++) {
            double v = format_value(f, bits);
            bad += !same(f->load(bits), v) || !same(f->round((float)v), v);
            bad += v == v && f->store((float)v) != bits;
            bad += v != v && !isnan(f->load(f->store((float)v)));
        }
        CU_ASSERT_EQUAL(bad, 0);
    }
}

static long elem_check(const Format *f, double x) {
    long bad = 0;
    for (int mode = PT_RINT; mode <= PT_TRUNC; mode++) {
        for (int sat = 0; sat < 2; sat++) {
            double want = format_round(f, x, mode, sat);
            bad += !same(f->cast_f64(x, mode, sat), want);
            if ((double)(float)x == x || x != x)
                bad += !same(f->cast_f32((float)x, mode, sat), want);
        }
    }
    if ((double)(float)x == x) {
        bad += !same(f->round((float)x), format_round(f, x, PT_RINT, 0));
        bad += !same(f->load(f->store((float)x)), format_round(f, x, PT_RINT, 0));
    }
    return bad;
}

/* Every value of a type, the middle to the next one, and what lies just beside both. */
static void elem_neighbours(void) {
    for (int k = 0; k < FORMAT_COUNT; k++) {
        const Format *f = &formats[k];
        uint32_t last = format_last(f), step = f->bits == 16 ? 41 : 1;
        long bad = 0;
        for (uint32_t bits = 0; bits <= last; bits += bits + 2 * step < last ? step : 1) {
            double v = format_value(f, bits),
                   w = bits < last ? format_value(f, bits + 1) : 2 * v - format_value(f, bits - 1);
            double points[] = {v, (v + w) / 2, (float)(v + (w - v) / 3)};
            for (int p = 0; p < 3; p++) {
                double x = points[p], near[] = {x, nextafter(x, INFINITY), nextafter(x, -INFINITY),
                                                nextafterf((float)x, INFINITY), nextafterf((float)x, -INFINITY)};
                for (int n = 0; n < 5; n++)
                    bad += elem_check(f, near[n]) + elem_check(f, -near[n]);
            }
        }
        CU_ASSERT_EQUAL(bad, 0);
        const double ends[] = {INFINITY, NAN,       1e300,  3.5e38, 65519.999, 65520.0,
                               464.0,    464.00001, 1e-300, 5e-324, 0x1p-150,  0x1.8p-150};
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            CU_ASSERT_EQUAL(elem_check(f, ends[i]) + elem_check(f, -ends[i]), 0);
    }
}

static void elem_random_floats(void) {
    for (int k = 0; k < FORMAT_COUNT; k++) {
        const Format *f = &formats[k];
        long bad = 0;
        for (uint64_t u = 17; u < (uint64_t)1 << 32; u += 400009) {
            float x = pt_f32_of_u32((uint32_t)u);
            bad += !same(f->round(x), format_round(f, x, PT_RINT, 0)) ||
                   !same(f->load(f->store(x)), format_round(f, x, PT_RINT, 0));
        }
        CU_ASSERT_EQUAL(bad, 0);
    }
}

/* Integers that f64 holds must convert as f64 does; those that it does not must not be rounded twice. */
static void elem_integers(void) {
    for (int k = 0; k < FORMAT_COUNT; k++) {
        const Format *f = &formats[k];
        long bad = 0;
        for (int64_t x = -70000; x <= 70000; x += 7)
            for (int mode = PT_RINT; mode <= PT_TRUNC; mode++)
                bad += !same(f->cast_i64(x, mode, x & 1), format_round(f, (double)x, mode, x & 1));
        for (int s = 10; s < 53; s++)
            for (int64_t d = -2; d <= 2; d++) {
                int64_t x = ((int64_t)1 << s) + d;
                for (int mode = PT_RINT; mode <= PT_TRUNC; mode++) {
                    bad += !same(f->cast_i64(x, mode, 0), format_round(f, (double)x, mode, 0));
                    bad += !same(f->cast_i64(-x, mode, 1), format_round(f, (double)-x, mode, 1));
                    bad += !same(f->cast_u64((uint64_t)x, mode, 0), format_round(f, (double)x, mode, 0));
                }
            }
        CU_ASSERT_EQUAL(bad, 0);
    }
    /* Just above the middle between two bf16 values: through f32 or f64 it would be a tie. */
    CU_ASSERT_EQUAL(pt_cast_i64_bf16(0x4040000000000001, PT_RINT, 0), 0x4080000000000000);
    CU_ASSERT_EQUAL(pt_cast_i64_bf16(0x4040000000000000, PT_RINT, 0), 0x4000000000000000);
    CU_ASSERT_EQUAL(pt_cast_u64_bf16(0x8080000000000001, PT_RINT, 0), 0x1.02p63f);
    CU_ASSERT_EQUAL(pt_cast_i64_f32(0x4000004000000001, PT_RINT, 0), 0x1.000002p62f);
    CU_ASSERT_EQUAL(pt_cast_i64_f32(INT64_MIN, PT_RINT, 0), -0x1p63f);
    CU_ASSERT_EQUAL(pt_cast_u64_f32(UINT64_MAX, PT_FLOOR, 0), 0x1.fffffep63f);
    CU_ASSERT_EQUAL(pt_cast_u64_f64(UINT64_MAX, PT_TRUNC, 0), 0x1.fffffffffffffp63);
    CU_ASSERT_EQUAL(pt_cast_u64_f64(UINT64_MAX, PT_RINT, 0), 0x1p64);
    CU_ASSERT_EQUAL(pt_cast_i64_f64(-0x20000000000001, PT_FLOOR, 0), -0x1.0000000000001p53);
    CU_ASSERT_EQUAL(pt_cast_i64_f64(-0x20000000000001, PT_CEIL, 0), -0x1p53);
    CU_ASSERT_EQUAL(pt_cast_i64_f16(1 << 20, PT_RINT, 1), 65504.0f);
    CU_ASSERT_EQUAL(pt_cast_i64_f16(-(1 << 20), PT_RINT, 0), -INFINITY);
}

static void elem_to_f32(void) {
    static const double values[] = {1.0,        1.1, 3.4028235677973366e38, 1e39, 1e-46, 0x1p-150, 0x1.8p-150, 5e-324,
                                    16777217.0, 0.0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (int s = 0; s < 2; s++) {
            double x = s ? -values[i] : values[i];
            float near = (float)x, down = near > x ? nextafterf(near, -INFINITY) : near,
                  up = near < x ? nextafterf(near, INFINITY) : near;
            CU_ASSERT(same(pt_cast_f64_f32(x, PT_RINT, 0), near));
            CU_ASSERT(same(pt_cast_f64_f32(x, PT_RINT, 1), fabsf(near) <= FLT_MAX ? near : copysignf(FLT_MAX, near)));
            CU_ASSERT_EQUAL(pt_cast_f64_f32(x, PT_FLOOR, 0), down);
            CU_ASSERT_EQUAL(pt_cast_f64_f32(x, PT_CEIL, 0), up);
            CU_ASSERT_EQUAL(pt_cast_f64_f32(x, PT_TRUNC, 0), x < 0 ? up : down);
        }
    }
    CU_ASSERT_EQUAL(pt_cast_f64_f32(INFINITY, PT_RINT, 1), INFINITY);
    CU_ASSERT(isnan(pt_cast_f64_f32(NAN, PT_FLOOR, 1)));
}

static void elem_bits(void) {
    CU_ASSERT_EQUAL(pt_bits_f32(1.0f), 0x3F800000u);
    CU_ASSERT_EQUAL(pt_bits_f32(-NAN), 0x7FC00000u);
    CU_ASSERT_EQUAL(pt_bits_f64(-2.0), 0xC000000000000000u);
    CU_ASSERT_EQUAL(pt_bits_f64(-(double)NAN), 0x7FF8000000000000u);
    CU_ASSERT_EQUAL(pt_bits_f16(-NAN), 0x7E00u);
    CU_ASSERT_EQUAL(pt_bits_bf16(-NAN), 0x7FC0u);
    CU_ASSERT_EQUAL(pt_bits_f8e4m3(-NAN), 0x7Fu);
    CU_ASSERT_EQUAL(pt_bits_f8e5m2(-NAN), 0x7Eu);
    CU_ASSERT_EQUAL(pt_unbits_f16(0x3C00u), 1.0f);
    CU_ASSERT_EQUAL(pt_unbits_bf16(0x3F80u), 1.0f);
    CU_ASSERT_EQUAL(pt_unbits_f8e4m3(0x38u), 1.0f);
    CU_ASSERT_EQUAL(pt_unbits_f8e5m2(0x3Cu), 1.0f);
    CU_ASSERT_EQUAL(pt_bits_i8(-1), 0xFFu);
    CU_ASSERT_EQUAL(pt_unbits_i8(0x80u), -128);
    CU_ASSERT_EQUAL(pt_unbits_bool(7), 1);
    CU_ASSERT_EQUAL(pt_ld_bool(2), 1);
}

void test_runtime_elem_register(void);
void test_runtime_elem_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.elem", NULL, NULL);
    CU_add_test(suite, "every pattern loads and stores", elem_patterns);
    CU_add_test(suite, "neighbours and middles round as they should", elem_neighbours);
    CU_add_test(suite, "floats all over the range", elem_random_floats);
    CU_add_test(suite, "integers are rounded once", elem_integers);
    CU_add_test(suite, "f64 to f32", elem_to_f32);
    CU_add_test(suite, "bits", elem_bits);
}
