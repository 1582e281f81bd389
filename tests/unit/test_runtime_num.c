/* Arithmetic and casts of the runtime. */
#include <CUnit/CUnit.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include "ptoc_num.h"
#include "ptoc_reduce.h"

static uint64_t num_random(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}
static int same(double a, double b) { return (a != a && b != b) || (a == b && signbit(a) == signbit(b)); }

/* ---- integers ------------------------------------------------------------------------------------------------------- */
static int64_t wrap_signed(int64_t x, int bits) {
    uint64_t m = ((uint64_t)1 << bits) - 1, u = (uint64_t)x & m;
    return u >> (bits - 1) ? (int64_t)(u | ~m) : (int64_t)u;
}

/* All pairs of i8 and u8 against 64-bit arithmetic. */
static void num_bytes(void) {
    long bad = 0;
    for (int64_t a = -128; a < 128; a++) {
        for (int64_t b = -128; b < 128; b++) {
            int8_t x = (int8_t)a, y = (int8_t)b;
            int64_t quotient = b == 0 ? 0 : a / b, rest = b == 0 ? 0 : a % b;
            bad += pt_add_i8(x, y) != wrap_signed(a + b, 8) || pt_sub_i8(x, y) != wrap_signed(a - b, 8);
            bad += pt_mul_i8(x, y) != wrap_signed(a * b, 8) || pt_div_i8(x, y) != wrap_signed(quotient, 8);
            bad += pt_rem_i8(x, y) != rest || pt_maximum_i8(x, y) != (a > b ? a : b) ||
                   pt_minimum_i8(x, y) != (a < b ? a : b);
            bad += pt_shl_i8(x, y) != wrap_signed(a * (1 << (b & 7)), 8);
            bad += pt_shr_i8(x, y) != (int64_t)floor((double)a / (1 << (b & 7)));
            bad += pt_and_i8(x, y) != (a & b) || pt_or_i8(x, y) != (a | b) || pt_xor_i8(x, y) != (a ^ b);
            int64_t c = a & 255, d = b & 255;
            uint8_t u = (uint8_t)c, v = (uint8_t)d;
            bad += pt_add_u8(u, v) != ((c + d) & 255) || pt_sub_u8(u, v) != ((c - d) & 255) ||
                   pt_mul_u8(u, v) != ((c * d) & 255);
            bad += pt_div_u8(u, v) != (d ? c / d : 0) || pt_rem_u8(u, v) != (d ? c % d : 0);
            bad += pt_shl_u8(u, v) != ((c << (d & 7)) & 255) || pt_shr_u8(u, v) != c >> (d & 7);
        }
        int8_t x = (int8_t)a;
        bad +=
            pt_neg_i8(x) != wrap_signed(-a, 8) || pt_abs_i8(x) != wrap_signed(a < 0 ? -a : a, 8) || pt_not_i8(x) != ~a;
        bad += pt_sign_i8(x) != (a > 0) - (a < 0) || pt_relu_i8(x) != (a < 0 ? 0 : a);
        bad += pt_neg_u8((uint8_t)a) != (-a & 255) || pt_not_u8((uint8_t)a) != (~a & 255) ||
               pt_abs_u8((uint8_t)a) != (a & 255);
        bad += pt_sign_u8((uint8_t)a) != ((a & 255) != 0) || pt_relu_u8((uint8_t)a) != (a & 255);
        bad += pt_mean_i8(x, 300) != 0 || pt_mean_i8(x, 0) != 0 || pt_mean_i8(x, 3) != a / 3;
    }
    CU_ASSERT_EQUAL(bad, 0);
}

static void num_wide_integers(void) {
    CU_ASSERT_EQUAL(pt_add_i32(INT32_MAX, 1), INT32_MIN);
    CU_ASSERT_EQUAL(pt_sub_i64(INT64_MIN, 1), INT64_MAX);
    CU_ASSERT_EQUAL(pt_mul_i16(INT16_MAX, INT16_MAX), 1);
    CU_ASSERT_EQUAL(pt_mul_u16(65535, 65535), 1);
    CU_ASSERT_EQUAL(pt_mul_i32(INT32_MIN, -1), INT32_MIN);
    CU_ASSERT_EQUAL(pt_mul_i64(INT64_MAX, 2), -2);
    CU_ASSERT_EQUAL(pt_div_i32(INT32_MIN, -1), INT32_MIN);
    CU_ASSERT_EQUAL(pt_rem_i32(INT32_MIN, -1), 0);
    CU_ASSERT_EQUAL(pt_div_i64(INT64_MIN, -1), INT64_MIN);
    CU_ASSERT_EQUAL(pt_rem_i64(INT64_MIN, -1), 0);
    CU_ASSERT_EQUAL(pt_div_i64(-7, 2), -3);
    CU_ASSERT_EQUAL(pt_rem_i64(-7, 2), -1);
    CU_ASSERT_EQUAL(pt_div_u64(UINT64_MAX, 0), 0);
    CU_ASSERT_EQUAL(pt_rem_u32(5, 0), 0);
    CU_ASSERT_EQUAL(pt_neg_i64(INT64_MIN), INT64_MIN);
    CU_ASSERT_EQUAL(pt_abs_i32(INT32_MIN), INT32_MIN);
    CU_ASSERT_EQUAL(pt_neg_u32(1), UINT32_MAX);
    CU_ASSERT_EQUAL(pt_shl_i32(1, 33), 2);
    CU_ASSERT_EQUAL(pt_shl_i32(-1, 31), INT32_MIN);
    CU_ASSERT_EQUAL(pt_shl_i64(1, -1), INT64_MIN);
    CU_ASSERT_EQUAL(pt_shr_i64(INT64_MIN, 63), -1);
    CU_ASSERT_EQUAL(pt_shr_i32(-5, 33), -3);
    CU_ASSERT_EQUAL(pt_shr_u64(UINT64_MAX, 127), 1);
    CU_ASSERT_EQUAL(pt_shr_i16(-1, 17), -1);
    CU_ASSERT_EQUAL(pt_clamp_i32(5, 9, 3), 3);
    CU_ASSERT_EQUAL(pt_mean_u64(UINT64_MAX, 2), INT64_MAX);
    CU_ASSERT_EQUAL(pt_mean_i64(-7, 2), -3);
    CU_ASSERT_EQUAL(pt_not_b8(0), 1);
    CU_ASSERT_EQUAL(pt_not_b8(1), 0);
    CU_ASSERT_EQUAL(pt_and_b8(1, 0) + 2 * pt_or_b8(1, 0) + 4 * pt_xor_b8(1, 1), 2);
}

/* ---- floats ---------------------------------------------------------------------------------------------------------- */
static void num_float_rules(void) {
    CU_ASSERT(same(pt_maximum_f32(0.0f, -0.0f), -0.0));
    CU_ASSERT(same(pt_maximum_f32(-0.0f, 0.0f), 0.0));
    CU_ASSERT(isnan(pt_maximum_f32(NAN, 1)) && isnan(pt_maximum_f32(1, NAN)) && isnan(pt_minimum_f64(1, NAN)));
    CU_ASSERT(same(pt_minimum_f32(0.0f, -0.0f), -0.0));
    CU_ASSERT(same(pt_minimum_f32(-0.0f, 0.0f), 0.0));
    CU_ASSERT(same(pt_relu_f32(-0.0f), -0.0) && isnan(pt_relu_f32(NAN)) && same(pt_relu_f64(-3), 0.0) &&
              pt_relu_f64(2) == 2);
    CU_ASSERT(same(pt_sign_f32(-0.0f), -0.0) && isnan(pt_sign_f64(NAN)) && pt_sign_f32(-INFINITY) == -1 &&
              pt_sign_f64(5e-324) == 1);
    CU_ASSERT(pt_clamp_f32(5, 9, 3) == 3 && isnan(pt_clamp_f32(NAN, 0, 1)));
    CU_ASSERT(isnan(pt_mean_f32(0, 0)) && pt_mean_f64(3, 2) == 1.5);
    CU_ASSERT(pt_rem_f32(5.5f, 2) == 1.5f && pt_rem_f32(-5.5f, 2) == -1.5f && isnan(pt_rem_f64(1, 0)));
    CU_ASSERT(same(pt_neg_f32(0.0f), -0.0) && same(pt_abs_f64(-0.0), 0.0));
    CU_ASSERT(pt_recip_f32(3) == 1.0f / 3 && pt_rsqrt_f32(2) == 1.0f / sqrtf(2) && same(pt_sqrt_f64(-0.0), -0.0));
}

static long integral_check(double x) {
    float f = (float)x;
    return !same(pt_round_f64(x), nearbyint(x)) + !same(pt_floor_f64(x), floor(x)) + !same(pt_ceil_f64(x), ceil(x)) +
           !same(pt_trunc_f64(x), trunc(x)) + !same(pt_round_f32(f), nearbyintf(f)) +
           !same(pt_floor_f32(f), floorf(f)) + !same(pt_ceil_f32(f), ceilf(f)) + !same(pt_trunc_f32(f), truncf(f));
}
static void num_integral(void) {
    static const double points[] = {0.0,   0.5,       1.5,          2.5,        0.49999999999999994, 0.3,
                                    0.7,   1e9 + 0.5, 0x1p22 + 0.5, 0x1p23 + 1, 0x1p51 + 0.5,        0x1p52 + 1,
                                    1e300, 5e-324,    INFINITY,     NAN,        0x1.fffffep-2,       8388607.5};
    uint64_t s = 3;
    long bad = 0;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        bad += integral_check(points[i]) + integral_check(-points[i]);
    for (int i = 0; i < 200000; i++)
        bad += integral_check(ldexp((double)(int64_t)num_random(&s), -(int)(num_random(&s) % 70)));
    CU_ASSERT_EQUAL(bad, 0);
}

/* Against the exact result: products of 24 bits and a sum, in double where that is exact, and against libm. */
static void num_fma(void) {
    uint64_t s = 5;
    long bad = 0;
    for (int i = 0; i < 300000; i++) {
        float x = pt_f32_of_u32((uint32_t)num_random(&s)), y = pt_f32_of_u32((uint32_t)num_random(&s)),
              z = pt_f32_of_u32((uint32_t)num_random(&s));
        if (i % 3 == 1) { /* near cancellation and near ties */
            x = (float)(int32_t)(num_random(&s) % 16777216) * 0x1p-20f;
            y = (float)(int32_t)(num_random(&s) % 16777216) * 0x1p-20f;
            z = -x * y * (1 + (float)(int)(num_random(&s) % 5 - 2) * 0x1p-23f);
        } else if (i % 3 == 2) {
            x = ldexpf(1 + (float)(num_random(&s) % 4) * 0x1p-23f, (int)(num_random(&s) % 20) - 90);
            y = ldexpf(1 + (float)(num_random(&s) % 4) * 0x1p-23f, -60);
            z = ldexpf((float)(int)(num_random(&s) % 9) - 4, -149 + (int)(num_random(&s) % 4));
        }
        bad += !same(pt_fma_f32(x, y, z), fmaf(x, y, z));
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_EQUAL(pt_fma_f32(0x1.000002p0f, 0x1.000002p0f, -1.0f), 0x1.000001p-22f);
    CU_ASSERT_EQUAL(pt_fma_f32(0x1.fffffep127f, 2, -INFINITY), -INFINITY);
    CU_ASSERT(isnan(pt_fma_f32(INFINITY, 0, 1)));
    CU_ASSERT(same(pt_fma_f32(1, -0.0f, -0.0f), -0.0));
    CU_ASSERT_EQUAL(pt_fma_f64(0x1.0000000000001p0, 0x1.0000000000001p0, -1.0), 0x1.00000000000008p-51);
}

/* ---- casts ------------------------------------------------------------------------------------------------------------ */
static void num_float_to_int(void) {
    static const double points[] = {0,     0.5, 1.5,     2.5,          126.5,        127.5, 128,     128.5,
                                    255.5, 256, 65535.5, 2147483647.5, 4294967295.5, 1e30,  INFINITY};
    long bad = 0;
    for (size_t i = 0; i < 2 * sizeof points / sizeof *points; i++) {
        double x = i & 1 ? -points[i / 2] : points[i / 2];
        for (int mode = PT_RINT; mode <= PT_TRUNC; mode++) {
            double r = mode == PT_RINT    ? nearbyint(x)
                       : mode == PT_FLOOR ? floor(x)
                       : mode == PT_CEIL  ? ceil(x)
                                          : trunc(x);
            bad += pt_cast_f64_i8(x, mode, 0) != fmax(fmin(r, 127), -128);
            bad += (float)x == x && pt_cast_f32_u8((float)x, mode, 1) != fmax(fmin(r, 255), 0);
            bad += pt_cast_f64_i16(x, mode, 0) != fmax(fmin(r, 32767), -32768);
            bad += pt_cast_f64_u16(x, mode, 0) != fmax(fmin(r, 65535), 0);
            bad += pt_cast_f64_i32(x, mode, 0) != fmax(fmin(r, 2147483647), -2147483648.0);
            bad += pt_cast_f64_u32(x, mode, 0) != fmax(fmin(r, 4294967295.0), 0);
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_EQUAL(pt_cast_f32_i64(0x1p63f, PT_RINT, 0), INT64_MAX);
    CU_ASSERT_EQUAL(pt_cast_f32_index(-INFINITY, PT_RINT, 0), INT64_MIN);
    CU_ASSERT_EQUAL(pt_cast_f64_i64(0x1.fffffffffffffp62, PT_RINT, 0), 0x7FFFFFFFFFFFFC00);
    CU_ASSERT_EQUAL(pt_cast_f64_u64(0x1p63, PT_RINT, 0), (uint64_t)1 << 63);
    CU_ASSERT_EQUAL(pt_cast_f64_u64(0x1p64, PT_RINT, 0), UINT64_MAX);
    CU_ASSERT_EQUAL(pt_cast_f64_u64(-1, PT_RINT, 0), 0);
    CU_ASSERT_EQUAL(pt_cast_f32_i32(NAN, PT_CEIL, 0), 0);
    CU_ASSERT_EQUAL(pt_cast_f64_u64(NAN, PT_RINT, 1), 0);
    CU_ASSERT_EQUAL(pt_cast_f32_bool(NAN, PT_RINT, 0), 1);
    CU_ASSERT_EQUAL(pt_cast_f64_bool(-0.0, PT_RINT, 0), 0);
    CU_ASSERT_EQUAL(pt_cast_f32_bool(0.25f, PT_RINT, 0), 1);
}

static void num_int_to_int(void) {
    CU_ASSERT_EQUAL(pt_cast_i32_i8(200, PT_RINT, 0), -56);
    CU_ASSERT_EQUAL(pt_cast_i32_i8(200, PT_RINT, 1), 127);
    CU_ASSERT_EQUAL(pt_cast_i32_u8(-1, PT_RINT, 0), 255);
    CU_ASSERT_EQUAL(pt_cast_i32_u8(-1, PT_RINT, 1), 0);
    CU_ASSERT_EQUAL(pt_cast_u64_i64(UINT64_MAX, PT_RINT, 0), -1);
    CU_ASSERT_EQUAL(pt_cast_u64_i64(UINT64_MAX, PT_RINT, 1), INT64_MAX);
    CU_ASSERT_EQUAL(pt_cast_i64_u64(-1, PT_RINT, 0), UINT64_MAX);
    CU_ASSERT_EQUAL(pt_cast_i64_u64(-1, PT_RINT, 1), 0);
    CU_ASSERT_EQUAL(pt_cast_i64_i32(INT64_MIN, PT_RINT, 1), INT32_MIN);
    CU_ASSERT_EQUAL(pt_cast_i64_i32(0x180000000, PT_RINT, 0), INT32_MIN);
    CU_ASSERT_EQUAL(pt_cast_u32_i32(3000000000u, PT_RINT, 1), INT32_MAX);
    CU_ASSERT_EQUAL(pt_cast_i8_u32(-2, PT_RINT, 0), 4294967294u);
    CU_ASSERT_EQUAL(pt_cast_i16_i64(-2, PT_RINT, 1), -2);
    CU_ASSERT_EQUAL(pt_cast_u8_i8(200, PT_RINT, 1), 127);
    CU_ASSERT_EQUAL(pt_cast_b8_i64(1, PT_RINT, 0), 1);
    CU_ASSERT_EQUAL(pt_cast_b8_f16(1, PT_RINT, 0), 1.0f);
    CU_ASSERT_EQUAL(pt_cast_i64_bool(256, PT_RINT, 0), 1);
    CU_ASSERT_EQUAL(pt_cast_u8_f8e4m3(255, PT_RINT, 0), 256.0f);
    CU_ASSERT_EQUAL(pt_cast_i8_f8e5m2(-127, PT_TRUNC, 0), -112.0f);
    CU_ASSERT_EQUAL(pt_cast_i32_f32(16777217, PT_CEIL, 0), 16777218.0f);
    CU_ASSERT_EQUAL(pt_cast_f32_f64(0.1f, PT_RINT, 0), (double)0.1f);
}

/* ---- reductions ---------------------------------------------------------------------------------------------------------- */
static void num_lanes(void) {
    float p[PT_LANES];
    int8_t q[PT_LANES];
    uint64_t s = 11;
    float x[1000];
    pt_lanes_init_f32(p, 0);
    for (int j = 0; j < 1000; j++) {
        x[j] = (float)(int64_t)num_random(&s) * 0x1p-40f;
        p[j % PT_LANES] = pt_add_f32(p[j % PT_LANES], x[j]);
    }
    float r[PT_LANES] = {0};
    for (int j = 0; j < 1000; j++)
        r[j % 16] += x[j];
    for (int w = 8; w; w /= 2)
        for (int i = 0; i < w; i++)
            r[i] = r[i] + r[i + w];
    CU_ASSERT_EQUAL(pt_lanes_sum_f32(p), r[0]);
    pt_lanes_init_f32(p, 0);
    p[3] = -0.0f;
    CU_ASSERT(same(pt_lanes_sum_f32(p), 0.0));
    pt_lanes_init_i8(q, 1);
    q[0] = 100;
    q[9] = 3;
    CU_ASSERT_EQUAL(pt_lanes_prod_i8(q), 44);
    pt_lanes_init_i8(q, 100);
    CU_ASSERT_EQUAL(pt_lanes_sum_i8(q), 64);
}

static void num_extremes(void) {
    static const float x[] = {-1, -0.0f, NAN, 3, 3, -7, -7};
    float most = pt_redmax_init_f32(), least = pt_redmin_init_f32();
    for (int i = 0; i < 2; i++)
        most = pt_redmax_f32(most, x[i]);
    CU_ASSERT(same(pt_redmax_fin_f32(most), 0.0));
    for (int i = 2; i < 7; i++) {
        most = pt_redmax_f32(most, x[i]);
        least = pt_redmin_f32(least, x[i]);
    }
    CU_ASSERT(isnan(pt_redmax_fin_f32(most)) && isnan(pt_redmin_fin_f32(least)));
    CU_ASSERT_EQUAL(pt_redmax_fin_f64(pt_redmax_init_f64()), -INFINITY);
    CU_ASSERT_EQUAL(pt_redmin_init_u8(), 255);
    CU_ASSERT_EQUAL(pt_redmax_i8(pt_redmax_init_i8(), -128), -128);

    /* Forwards and backwards: the first NaN, then the first extreme. */
    for (int from = 0; from < 2; from++) {
        for (int back = 0; back < 2; back++) {
            pt_arg_f32 a = pt_arg_init_f32(), b = pt_arg_init_f32();
            CU_ASSERT_EQUAL(a.at, -1);
            int first = from ? 3 : 0, count = 7 - first;
            for (int i = 0; i < count; i++) {
                int j = back ? 6 - i : first + i;
                pt_argmax_f32(&a, x[j], j);
                pt_argmin_f32(&b, x[j], j);
            }
            CU_ASSERT_EQUAL(a.at, from ? 3 : 2);
            CU_ASSERT_EQUAL(b.at, from ? 5 : 2);
        }
    }
    pt_arg_f32 z = pt_arg_init_f32();
    pt_argmax_f32(&z, -0.0f, 4);
    pt_argmax_f32(&z, 0.0f, 5);
    pt_argmax_f32(&z, 0.0f, 2);
    CU_ASSERT_EQUAL(z.at, 2);
}

void test_runtime_num_register(void);
void test_runtime_num_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.num", NULL, NULL);
    CU_add_test(suite, "all pairs of bytes", num_bytes);
    CU_add_test(suite, "wider integers", num_wide_integers);
    CU_add_test(suite, "floats: NaN and signs of zero", num_float_rules);
    CU_add_test(suite, "floats: to integral values", num_integral);
    CU_add_test(suite, "fused multiply-add", num_fma);
    CU_add_test(suite, "cast float to int", num_float_to_int);
    CU_add_test(suite, "cast int to int", num_int_to_int);
    CU_add_test(suite, "lanes", num_lanes);
    CU_add_test(suite, "extremes and their places", num_extremes);
}
