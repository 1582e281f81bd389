/* The transcendentals of the runtime: distance from the exact value, special cases, and the bits themselves.
 * References are libm's: double for f32, long double for f64 where it is wider. */
#include <CUnit/CUnit.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ptoc_elem.h"
#include "ptoc_math.h"

typedef long double Wide;

static double ref_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double ref_silu(double x) { return x / (1 + exp(-x)); }
static double ref_gelu(double x) { return x / 2 * erfc(-x * 0.70710678118654752440); }
static Wide wide_sigmoid(Wide x) { return 1 / (1 + expl(-x)); }
static Wide wide_silu(Wide x) { return x / (1 + expl(-x)); }
static Wide wide_gelu(Wide x) { return x / 2 * erfcl(-x * 0.70710678118654752440084436210484903928L); }

typedef struct Function {
    const char *name;
    float (*f32)(float);
    double (*f64)(double);
    double (*ref)(double);
    Wide (*wide)(Wide);
    double most;   /* |x| up to which `wide` is good to a tenth of an ulp of f64 */
    double within; /* ulp, of f32 */
} Function;

static const Function functions[] = {
    {"exp", pt_exp_f32, pt_exp_f64, exp, expl, 1e300, 1.05},
    {"exp2", pt_exp2_f32, pt_exp2_f64, exp2, exp2l, 1e300, 1.05},
    {"log", pt_log_f32, pt_log_f64, log, logl, 1e300, 0.51},
    {"log2", pt_log2_f32, pt_log2_f64, log2, log2l, 1e300, 0.51},
    {"log1p", pt_log1p_f32, pt_log1p_f64, log1p, log1pl, 1e300, 0.51},
    {"sigmoid", pt_sigmoid_f32, pt_sigmoid_f64, ref_sigmoid, wide_sigmoid, 1e300, 1.5},
    {"silu", pt_silu_f32, pt_silu_f64, ref_silu, wide_silu, 10000, 1.6},
    {"tanh", pt_tanh_f32, pt_tanh_f64, tanh, tanhl, 1e300, 1.1},
    {"erf", pt_erf_f32, pt_erf_f64, erf, erfl, 1e300, 0.51},
    {"gelu", pt_gelu_f32, pt_gelu_f64, ref_gelu, wide_gelu, 5,
     0.51}, /* beyond, the rounding of x / sqrt 2 shows in the tail */
    {"sin", pt_sin_f32, pt_sin_f64, sin, sinl, 1e300, 0.51},
    {"cos", pt_cos_f32, pt_cos_f64, cos, cosl, 1e300, 0.51},
};
enum { COUNT = (int)(sizeof functions / sizeof *functions) };

/* Distance in units of the last place of `want` in a type of `places` bits whose least normal exponent (frexp's) is `least`. */
static double math_distance(double got, Wide want, int places, int least, double largest) {
    int e;
    if (want != want || got != got)
        return want != want && got != got ? 0 : 1e9;
    if (fabsl(want) > largest || fabs(got) > largest)
        return fabsl(want) >= largest && fabs(got) >= largest && (want > 0) == (got > 0) ? 0 : 1e9;
    frexpl(want, &e);
    if (want == 0 || e < least)
        e = least;
    return (double)fabsl(ldexpl((Wide)got - want, places - e));
}

/* The same for f32, in a hurry: the unit from the bits of `want`. */
static double math_distance_f32(float got, double want) {
    int e = (int)(pt_u64_of_f64(want) >> 52 & 0x7FF);
    if (e > 1023 + 127 || e < 1023 - 126 || !(fabsf(got) <= FLT_MAX))
        return math_distance((double)got, want, 24, -125, (double)FLT_MAX);
    return fabs((double)got - want) * pt_pow2(23 + 1023 - e);
}

static double math_worst(const Function *f, uint64_t step) {
    double worst = 0;
    for (uint64_t u = 0; u < (uint64_t)1 << 32; u += step) {
        float x = pt_f32_of_u32((uint32_t)u);
        double d = math_distance_f32(f->f32(x), f->ref((double)x));
        worst = d > worst ? d : worst;
    }
    return worst;
}

/* Over samples; with PTOC_EVERY_F32=,exp,tanh, in the environment every argument of those functions, some minutes each. */
static void math_f32(void) {
    const char *every = getenv("PTOC_EVERY_F32");
    for (int i = 0; i < COUNT; i++) {
        const Function *f = &functions[i];
        char name[16];
        snprintf(name, sizeof name, ",%s,", f->name);
        bool all = every && strstr(every, name);
        double worst = math_worst(f, all ? 1 : 22111);
        if (all)
            printf("%s: %.4f ulp\n", f->name, worst);
        CU_ASSERT(worst < f->within);
    }
}

static uint64_t math_random(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}
static double math_argument(uint64_t *s, int kind) {
    uint64_t r = math_random(s);
    double unit = (double)(int64_t)r * 0x1p-63;
    int e = (int)(math_random(s) % 50);
    switch (kind % 6) {
    case 0: return pt_f64_of_u64(r);
    case 1: return unit * 750;
    case 2: return unit * 40;
    case 3: return unit * 3;
    case 4: return 1 + ldexp(unit, -e);
    default: return ldexp(unit, -e);
    }
}

static void math_f64(void) {
#if LDBL_MANT_DIG >= 64
    for (int i = 0; i < COUNT; i++) {
        const Function *f = &functions[i];
        double worst = 0;
        uint64_t s = 1234567;
        for (int n = 0; n < 200000; n++) {
            double x = math_argument(&s, n), d = fabs(x) <= f->most || x != x
                                                     ? math_distance(f->f64(x), f->wide((Wide)x), 53, -1021, DBL_MAX)
                                                     : 0;
            worst = d > worst ? d : worst;
        }
        CU_ASSERT(worst < 1.7);
    }
#endif
}

/* The tail of gelu, whose reference needs x / sqrt 2 to more places than long double has: values from 60 digits. */
static void math_gelu_tail(void) {
    static const double table[][2] = {{-6.5, -0x1.1f043d1512146p-32},    {-10.25, -0x1.d543ceb80c9c9p-78},
                                      {-20.25, -0x1.d4eaa110fd793p-298}, {-33.3, -0x1.b6f259723885ep-802},
                                      {-37.0, -0x1.1bbe62e6f3e25p-989},  {-38.25, -0x0.00000000274efp-1022}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        CU_ASSERT(math_distance(pt_gelu_f64(table[i][0]), (Wide)table[i][1], 53, -1021, DBL_MAX) <= 1);
}

/* Arguments beside multiples of pi / 2, where what reduction loses would show; the last ones are among the closest of all. */
static void math_quarters(void) {
#if LDBL_MANT_DIG >= 64
    static const double close[] = {0x1.6ac5b262ca1ffp+849, 0x1.921fb54442d18p+0, 0x1.921fb54442d18p+1,
                                   0x1.6756745770a51p+1, 0x1.8951a6cfa2a4cp+19};
    uint64_t s = 5;
    double worst = 0;
    for (int n = 0; n < 100000; n++) {
        uint64_t k = n & 1 ? math_random(&s) % 333000 : math_random(&s) >> (math_random(&s) % 64);
        double x = (double)((Wide)k * 1.570796326794896619231321691639751442L), a, b;
        x = n < 5 ? close[n] : x;
        a = math_distance(pt_sin_f64(x), sinl((Wide)x), 53, -1021, DBL_MAX);
        b = math_distance(pt_cos_f64(x), cosl((Wide)x), 53, -1021, DBL_MAX);
        worst = a > worst ? a : worst;
        worst = b > worst ? b : worst;
    }
    CU_ASSERT(worst < 1);
#endif
}

static void math_pow(void) {
    uint64_t s = 99;
    double worst = 0, worst32 = 0;
    for (int n = 0; n < 200000; n++) {
        double x = n % 3 == 0   ? fabs(math_argument(&s, 0))
                   : n % 3 == 1 ? fabs(math_argument(&s, 4))
                                : (double)(math_random(&s) % 1000) / 10;
        double y = n % 5 == 0   ? math_argument(&s, 0)
                   : n % 5 == 1 ? math_argument(&s, 3)
                                : math_argument(&s, 1) / fabs(log(x));
        if (n % 7 == 0)
            y = nearbyint(y);
        if (n % 11 == 0)
            x = -x;
        float a = (float)x, b = (float)(n % 5 > 1 ? y / 8 : y);
        double d = math_distance((double)pt_pow_f32(a, b), pow((double)a, (double)b), 24, -125, (double)FLT_MAX);
        worst32 = d > worst32 ? d : worst32;
#if LDBL_MANT_DIG >= 64
        d = math_distance(pt_pow_f64(x, y), powl((Wide)x, (Wide)y), 53, -1021, DBL_MAX);
        worst = d > worst ? d : worst;
#endif
    }
    CU_ASSERT(worst < 1.5);
    CU_ASSERT(worst32 < 0.51);
    static const double special[] = {0.0, -0.0, 1,   -1,  2,        -2,        0.5,      -0.5,     3,      -3,
                                     2.5, -2.5, 1e9, NAN, INFINITY, -INFINITY, 16777215, 16777216, 5e-324, 1e300};
    enum { N = (int)(sizeof special / sizeof *special) };
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double x = special[i], y = special[j], want = pow(x, y), got = pt_pow_f64(x, y);
            CU_ASSERT(math_distance(got, want, 53, -1021, DBL_MAX) <= 1 &&
                      (want != want || !signbit(want) == !signbit(got)));
            float a = (float)x, b = (float)y, got32 = pt_pow_f32(a, b);
            want = pow((double)a, (double)b);
            CU_ASSERT(math_distance((double)got32, want, 24, -125, (double)FLT_MAX) < 0.51 &&
                      (want != want || !signbit(want) == !signbit(got32)));
        }
    }
}

static int same(double a, double b) { return (a != a && b != b) || (a == b && !signbit(a) == !signbit(b)); }

/* Ends of the range, exact results, signs of zero: each row is name, x, f(x). */
static void math_special(void) {
    static const struct {
        const char *name;
        double x, y;
    } rows[] = {
        {"exp", 0, 1},
        {"exp", -INFINITY, 0},
        {"exp", INFINITY, INFINITY},
        {"exp", 1000, INFINITY},
        {"exp", -1000, 0},
        {"exp2", -149, 0x1p-149},
        {"exp2", 10, 1024},
        {"exp2", -INFINITY, 0},
        {"exp2", 1e30, INFINITY},
        {"exp2", -0.0, 1},
        {"log", 1, 0},
        {"log", 0, -INFINITY},
        {"log", -0.0, -INFINITY},
        {"log", -1, NAN},
        {"log", INFINITY, INFINITY},
        {"log2", 8, 3},
        {"log2", 0x1p-149, -149},
        {"log2", 0, -INFINITY},
        {"log2", -INFINITY, NAN},
        {"log2", 1, 0},
        {"log1p", 0, 0},
        {"log1p", -0.0, -0.0},
        {"log1p", -1, -INFINITY},
        {"log1p", -2, NAN},
        {"log1p", INFINITY, INFINITY},
        {"log1p", 0x1p-149, 0x1p-149},
        {"log1p", -INFINITY, NAN},
        {"sigmoid", 0, 0.5},
        {"sigmoid", INFINITY, 1},
        {"sigmoid", -INFINITY, 0},
        {"silu", 0, 0},
        {"silu", -0.0, -0.0},
        {"silu", INFINITY, INFINITY},
        {"silu", -INFINITY, NAN},
        {"silu", -3e38, -0.0},
        {"tanh", -0.0, -0.0},
        {"tanh", INFINITY, 1},
        {"tanh", -INFINITY, -1},
        {"tanh", 0x1p-149, 0x1p-149},
        {"tanh", -30, -1},
        {"erf", -0.0, -0.0},
        {"erf", INFINITY, 1},
        {"erf", -INFINITY, -1},
        {"erf", 7, 1},
        {"gelu", 0, 0},
        {"gelu", -0.0, -0.0},
        {"gelu", INFINITY, INFINITY},
        {"gelu", -INFINITY, NAN},
        {"gelu", -3e38, -0.0},
        {"gelu", 50, 50},
        {"sin", -0.0, -0.0},
        {"sin", INFINITY, NAN},
        {"sin", 0x1p-149, 0x1p-149},
        {"cos", 0, 1},
        {"cos", -INFINITY, NAN},
    };
    int checked = 0;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (int i = 0; i < COUNT; i++) {
            if (strcmp(rows[r].name, functions[i].name) != 0)
                continue;
            CU_ASSERT(same((double)functions[i].f32((float)rows[r].x), rows[r].y));
            CU_ASSERT(same(functions[i].f64(rows[r].x), rows[r].y));
            checked++;
        }
    }
    CU_ASSERT_EQUAL(checked, (int)(sizeof rows / sizeof *rows));
    for (int i = 0; i < COUNT; i++)
        CU_ASSERT(isnan(functions[i].f32(NAN)) && isnan(functions[i].f64(NAN)));
}

/* A sum over the bits of many results: the same with every compiler, level and CPU. When a function is changed on purpose, so
 * is its number here. */
static void math_bits(void) {
    static const uint64_t want[COUNT + 1] = {
        0xA7884C0CE7438D15, 0x45E82B49C23DE24F, 0x0A01A937A6DAF7CE, 0xBA4C35862D541B02, 0x01B5ACBE243DB516,
        0x0F5B5FA2CC7C23D4, 0x41B43772CF8B799A, 0xF3CD621DF8041FA2, 0x89CC7A56FEA6A310, 0xCB577BA858322528,
        0xB0958A6D9290FE53, 0xC5F439A7E36CDABD, 0x096929B4B41ED21A};
    for (int i = 0; i <= COUNT; i++) {
        uint64_t s = 31, h = 14695981039346656037u;
        for (int n = 0; n < 20000; n++) {
            double x = math_argument(&s, n), y = math_argument(&s, n + 3);
            h = (h ^ pt_bits_f64(i < COUNT ? functions[i].f64(x) : pt_pow_f64(fabs(x), y))) * 1099511628211u;
            h = (h ^ pt_bits_f32(i < COUNT ? functions[i].f32((float)x) : pt_pow_f32((float)fabs(x), (float)y))) *
                1099511628211u;
        }
        CU_ASSERT_EQUAL(h, want[i]);
    }
}

void test_runtime_math_register(void);
void test_runtime_math_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.math", NULL, NULL);
    CU_add_test(suite, "f32 within its bounds", math_f32);
    CU_add_test(suite, "f64 within 1.7 ulp", math_f64);
    CU_add_test(suite, "the far tail of gelu", math_gelu_tail);
    CU_add_test(suite, "sin and cos beside multiples of a quarter", math_quarters);
    CU_add_test(suite, "pow", math_pow);
    CU_add_test(suite, "special values", math_special);
    CU_add_test(suite, "bits", math_bits);
}
