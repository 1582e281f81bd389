/* ptoc_mathf.h - f32 transcendentals: pt_exp_f32 exp2 log log2 log1p pow sigmoid tanh silu.
 *
 * Evaluated in double by + - * / alone, rounded to float once: within 0.51 ulp over the whole range, subnormal results
 * included, the same bits everywhere. No branches but selections, so that a compiler may vectorise. */
#ifndef PTOC_MATHF_H
#define PTOC_MATHF_H
#include "ptoc_def.h"

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

PT_FN float pt_exp_f32(float x) { return (float)pt_fast_exp((double)x); }
PT_FN float pt_exp2_f32(float x) {
    double t = (double)x;
    return (float)pt_fast_exp2(t < -1000.0 ? -1000.0 : t > 1000.0 ? 1000.0 : t);
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

PT_FN float pt_sigmoid_f32(float x) { return (float)(1.0 / (1.0 + pt_fast_exp(-(double)x))); }
/* x * sigmoid(x): NaN at -inf, as the product is. */
PT_FN float pt_silu_f32(float x) {
    double d = (double)x;
    return (float)(d * (x < -700.0f ? 0.0 : 1.0 / (1.0 + pt_fast_exp(-d))));
}
PT_FN float pt_tanh_f32(float x) {
    double d = (double)x, e = pt_fast_exp(2.0 * (d < -20.0 ? -20.0 : d > 20.0 ? 20.0 : d));
    return (float)(fabs(d) < 0x1p-10 ? d * (1.0 - d * d / 3.0) : (e - 1.0) / (e + 1.0));
}
#endif
