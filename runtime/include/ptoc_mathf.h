/* ptoc_mathf.h - f32 transcendentals: pt_exp_f32 exp2 log log2 log1p pow sigmoid tanh silu.
 *
 * By + - * / alone, subnormal results included, the same bits everywhere. exp, exp2, sigmoid, silu and tanh are computed in
 * float, within 2 ulp (exp, exp2, tanh: 1.1), each step the same as in lanes (ptoc_vmath.h); the others in double, rounded to
 * float once, within 0.51 ulp. No branches but selections. */
#ifndef PTOC_MATHF_H
#define PTOC_MATHF_H
#include "ptoc_num.h"

#define PT_LOG2E 0x1.71547652b82fep+0
#define PT_LN2 0x1.62e42fefa39efp-1

/* 2^t to 45 bits for |t| <= 1022. Adding 1.5 * 2^52 leaves the integer nearest t in the low bits. */
PT_FN double pt_fast_exp2(double t) {
    double big = t + 0x1.8p52, r = (t - (big - 0x1.8p52)) * PT_LN2;
    double p = 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    return p * pt_f64_of_u64((pt_u64_of_f64(big) + 1023) << 52);
}
/* e^x, x limited to a range in which 2^t is normal: a result beyond the range of f32 is beyond it all the same. */
PT_FN double pt_fast_exp(double x) {
    x = x < -700.0 ? -700.0 : x > 700.0 ? 700.0 : x;
    return pt_fast_exp2(x * PT_LOG2E);
}

/* x = 2^k * m with m in [0.707, 1.414]; gives log(m) to 45 bits, relative. x is positive and normal. */
PT_FN double pt_fast_log(double x, double *k) {
    uint64_t u = pt_u64_of_f64(x) - 0x3FE6A09E667F3BCDu; /* bits of sqrt(1/2) */
    uint64_t e = (u >> 52 ^ 0x800u) - 0x800u;            /* signed exponent, modulo 2^64 */
    double m = pt_f64_of_u64((u & 0xFFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu);
    double s = (m - 1.0) / (m + 1.0), z = s * s, p = 2.0 / 17;
    *k = (double)(int32_t)(uint32_t)e;
    p = p * z + 2.0 / 15;
    p = p * z + 2.0 / 13;
    p = p * z + 2.0 / 11;
    p = p * z + 2.0 / 9;
    p = p * z + 2.0 / 7;
    p = p * z + 2.0 / 5;
    p = p * z + 2.0 / 3;
    p = p * z + 2.0;
    return p * s;
}
/* What a logarithm is outside the positive finite numbers; v otherwise. */
PT_FN double pt_log_ends(double x, double v) {
    return x > 0 ? (x <= DBL_MAX ? v : x) : x == 0 ? -INFINITY : x == x ? (double)NAN : x;
}

/* ---- the exponential in float ----------------------------------------------------------------------------------------- */
/* e^c = 2^n (1 + s) with |s| < 0.42; the result is 1 + s, *lo what its rounding lost. ln 2 is split so that k times its first
 * part is exact, and log2 e * c is rounded to an integer by adding 1.5 * 2^23. The polynomial is (e^r - 1 - r) / r^2, minimax
 * for |r| <= ln 2 / 2. */
#define PT_EXP_C4 0.00138145986467f
#define PT_EXP_C3 0.00836871687973f
#define PT_EXP_C2 0.0416683880453f
#define PT_EXP_C1 0.166665206317f
#define PT_EXP_C0 0.499999934478f
#define PT_EXP_BIG 12582912.0f
#define PT_EXP_LOG2E 1.44269504f
#define PT_EXP_LN2_HI 0.693359375f
#define PT_EXP_LN2_LO -2.12194440e-4f
PT_FN float pt_exp_tail(float r) {
    float p = pt_fma_f32(PT_EXP_C4, r, PT_EXP_C3);
    p = pt_fma_f32(p, r, PT_EXP_C2);
    p = pt_fma_f32(p, r, PT_EXP_C1);
    p = pt_fma_f32(p, r, PT_EXP_C0);
    return pt_fma_f32(r * r, p, r);
}
PT_FN float pt_exp_reduced(float c, int32_t *n, float *lo) {
    float t = pt_fma_f32(c, PT_EXP_LOG2E, PT_EXP_BIG), k = t - PT_EXP_BIG;
    float g = pt_fma_f32(k, -PT_EXP_LN2_HI, c), r = pt_fma_f32(k, -PT_EXP_LN2_LO, g);
    float s = pt_exp_tail(r), y = 1.0f + s;
    *n = (int32_t)(pt_u32_of_f32(t) - pt_u32_of_f32(PT_EXP_BIG));
    *lo = (s - (y - 1.0f)) + pt_fma_f32(k, -PT_EXP_LN2_LO, g - r);
    return y;
}
/* y * 2^n, rounded by the second product at most; |n| <= 252. */
PT_FN float pt_exp_scaled(float y, int32_t n) {
    int32_t half = (int32_t)((uint32_t)n + 512) / 2 - 256;
    float a = pt_f32_of_u32((uint32_t)(half + 127) << 23),
          b = pt_f32_of_u32(((uint32_t)n - (uint32_t)half + 127) << 23);
    return y * a * b;
}
PT_FN float pt_at_least_f32(float x, float least) { return least > x ? least : x; }
PT_FN float pt_at_most_f32(float x, float most) { return most < x ? most : x; }

PT_FN float pt_exp_f32(float x) {
    int32_t n;
    float lo, y = pt_exp_reduced(pt_at_most_f32(pt_at_least_f32(x, -104.0f), 89.0f), &n, &lo);
    return pt_exp_scaled(y, n);
}
PT_FN float pt_exp2_f32(float x) {
    float c = pt_at_most_f32(pt_at_least_f32(x, -151.0f), 129.0f), t = c + PT_EXP_BIG;
    float y = 1.0f + pt_exp_tail((c - (t - PT_EXP_BIG)) * 0.693147182f);
    return pt_exp_scaled(y, (int32_t)(pt_u32_of_f32(t) - pt_u32_of_f32(PT_EXP_BIG)));
}
PT_FN float pt_log_f32(float x) {
    double k, l = pt_fast_log((double)x, &k);
    return (float)pt_log_ends((double)x, k * PT_LN2 + l);
}
PT_FN float pt_log2_f32(float x) {
    double k, l = pt_fast_log((double)x, &k);
    return (float)pt_log_ends((double)x, k + l * PT_LOG2E);
}
PT_FN float pt_log1p_f32(float x) {
    double d = (double)x, u = 1.0 + d, c = d - (u - 1.0), k, l = pt_fast_log(u, &k);
    return x == 0 ? x : (float)pt_log_ends(u, (k * PT_LN2 + l) + c / u);
}

/* The special cases are those of IEEE 754: pow(x, 0) = pow(1, y) = 1, a negative x needs an integer y. */
PT_FN float pt_pow_f32(float x, float y) {
    float a = fabsf(x), h = fabsf(y);
    int is_int = h >= 0x1p23f || (float)(int32_t)(h < 0x1p23f ? h : 0.0f) == h;
    int is_odd = is_int && h < 0x1p24f && ((int32_t)(h < 0x1p24f ? h : 0.0f) & 1);
    double k, l = pt_fast_log((double)a, &k), t = (double)y * (k + l * PT_LOG2E);
    double r = pt_fast_exp2(t < -1000.0 ? -1000.0 : t > 1000.0 ? 1000.0 : t);
    if (a == 0 || a > FLT_MAX)
        r = (a == 0) == (y < 0) ? (double)INFINITY : 0.0;
    else if (h > FLT_MAX)
        r = a == 1 ? 1.0 : (a > 1) == (y > 0) ? (double)INFINITY : 0.0;
    r = signbit(x) && is_odd ? -r : r;
    r = x < 0 && a <= FLT_MAX && !is_int ? (double)NAN : r;
    r = x != x || y != y ? (double)NAN : r;
    return y == 0 || x == 1 ? 1.0f : (float)r;
}

/* With e = e^-|x| and d = 1 + e, sigmoid is 1 / d or e / d. The quotient is corrected by what rounding took from numerator and
 * denominator, for which a rough 1 / d does; a numerator of e is scaled last, so that it does not lose bits. */
PT_FN float pt_sigmoid_part(float x, float c, int silu) {
    int32_t n;
    float lo, y = pt_exp_reduced(c, &n, &lo), e = pt_exp_scaled(y, n), d = 1.0f + e, lost = e - (d - 1.0f);
    float top = x < 0 ? (silu ? c * y : y) : silu ? x : 1.0f, q = top / d;
    float more = x < 0 ? (silu ? pt_fma_f32(c, y, -(c * y)) + c * lo : lo) : -0.0f; /* so that q = -0 stays */
    q = q - (q * lost - more) * (1.5f - 0.5f * d);
    return x < 0 ? pt_exp_scaled(q, n) : q;
}
PT_FN float pt_sigmoid_f32(float x) { return pt_sigmoid_part(x, pt_at_least_f32(-fabsf(x), -104.0f), 0); }
/* x * sigmoid(x): NaN at -inf, as the product is. */
PT_FN float pt_silu_f32(float x) {
    float v = pt_sigmoid_part(x, pt_at_least_f32(-fabsf(x), -125.0f), 1);
    return fabsf(x) > FLT_MAX ? x * (x < 0 ? 0.0f : 1.0f) : v;
}
/* Below 0.75 a polynomial in x^2, (tanh(x) / x - 1) / x^2; above 1 - 2 / (e^2x + 1). */
#define PT_TANH_C5 0.00173693484104f
#define PT_TANH_C4 -0.00765725368372f
#define PT_TANH_C3 0.021452033223f
#define PT_TANH_C2 -0.053892723964f
#define PT_TANH_C1 0.13332694076f
#define PT_TANH_C0 -0.333333151233f
PT_FN float pt_tanh_f32(float x) {
    int32_t n;
    float b = pt_at_most_f32(fabsf(x), 10.0f), z = b * b, p = PT_TANH_C5;
    float lo, y = pt_exp_reduced(2.0f * b, &n, &lo), e = pt_f32_of_u32(pt_u32_of_f32(y) + ((uint32_t)n << 23)), r;
    p = p * z + PT_TANH_C4;
    p = p * z + PT_TANH_C3;
    p = p * z + PT_TANH_C2;
    p = p * z + PT_TANH_C1;
    p = p * z + PT_TANH_C0;
    r = b < 0.75f ? b + b * z * p : 1.0f - 2.0f / (e + 1.0f);
    return x == x ? pt_f32_of_u32(pt_u32_of_f32(r) | (pt_u32_of_f32(x) & 0x80000000u)) : x;
}
#endif
