/* ptoc_erf.h - pt_erf_f32, pt_gelu_f32, pt_erf_f64, pt_gelu_f64: within 0.51 ulp for f32, 1.5 ulp for f64.
 *
 * Both rest on erfc(z) = e^(-z*z) * g(t) / (1 + 2z) with t = (z - c) / (z + c), where g is smooth on all of [-1, 1]: one
 * polynomial, found by interpolation at Chebyshev points in 80 digits. gelu(x) = x * Phi(x), Phi(-|x|) = erfc(|x| / sqrt 2) / 2. */
#ifndef PTOC_ERF_H
#define PTOC_ERF_H
#include "ptoc_mathd.h"
#include "ptoc_mathf.h"

/* ---- f32 -------------------------------------------------------------------------------------------------------------- */
/* erfc(z) * e^(z*z) to 35 bits, z >= 0. */
PT_FN double pt_erfcx_coefficient(int i) {
    static const double c[] = {
        0x1.40c522d7e2780p+0,  -0x1.15c084bb49121p-3,  -0x1.85a15c3678a38p-5,  0x1.0983667ae64d4p-3,
        -0x1.e88b81aa3f792p-4, 0x1.17ca2f8ac8da5p-4,   -0x1.857493d3bcce6p-6,  0x1.4b8121d7f645bp-9,
        0x1.ef0f1031dcbeep-10, -0x1.9867e8391a0d5p-11, -0x1.b722a3b1e39f2p-14, 0x1.025a43d5ac9f1p-13,
        0x1.1edb067af1d78p-18, -0x1.28bcd8d056052p-16, -0x1.fa676fb082214p-24, 0x1.da852f73dbba8p-20};
    return c[i];
}
PT_FN double pt_fast_erfcx(double z) {
    double t = (z - 3.0) / (z + 3.0), p = pt_erfcx_coefficient(15);
    for (int i = 14; i >= 0; i--)
        p = p * t + pt_erfcx_coefficient(i);
    return p / (1.0 + 2.0 * z);
}
PT_FN float pt_erf_f32(float x) {
    double d = (double)x, a = fabs(d), z = d * d, p = 1.0 / 168129561600.0; /* 13! * 27 */
    double far = 1.0 - pt_fast_exp(-(a < 20.0 ? z : 400.0)) * pt_fast_erfcx(a < 20.0 ? a : 20.0);
    p = -p * z + 1.0 / 11975040000.0; /* n! (2n + 1) */
    p = p * z - 1.0 / 918086400.0;
    p = p * z + 1.0 / 76204800.0;
    p = p * z - 1.0 / 6894720.0;
    p = p * z + 1.0 / 685440.0;
    p = p * z - 1.0 / 75600.0;
    p = p * z + 1.0 / 9360.0;
    p = p * z - 1.0 / 1320.0;
    p = p * z + 1.0 / 216.0;
    p = p * z - 1.0 / 42.0;
    p = p * z + 1.0 / 10.0;
    p = p * z - 1.0 / 3.0;
    p = p * z + 1.0;
    return (float)(!(a >= 1.0) ? d * 0x1.20dd750429b6dp+0 * p : x < 0 ? -far : far);
}
/* NaN at -inf, as x * Phi(x) is. */
PT_FN float pt_gelu_f32(float x) {
    double d = (double)x, a = fabs(d), b = a < 30.0 ? a : 30.0;
    double tail = 0.5 * pt_fast_exp(-0.5 * b * b) * pt_fast_erfcx(b * 0x1.6a09e667f3bcdp-1);
    tail = a < 30.0 ? tail : 0.0;
    return a == a ? (float)(d * (x < 0 ? tail : 1.0 - tail)) : x;
}

/* ---- f64 -------------------------------------------------------------------------------------------------------------- */
/* erfc(z) * e^(z*z) to about 56 bits, z >= 0 a pair. */
PT_FN pt_pair pt_erfcx_kernel(pt_pair z) {
    static const double c[] = {
        -0x1.1f367683f89a7p-3,  0x1.d5f2948159d05p-9,   0x1.510169d096804p-4,   -0x1.bda9309a28840p-4,
        0x1.7a14188a99b07p-4,   -0x1.e0d0fa6e022f8p-5,  0x1.d0b0037dcd6c5p-6,   -0x1.3f603c335c39dp-7,
        0x1.cc3a0e217c035p-10,  0x1.33fb24146d355p-12,  -0x1.303f9d7ddb8e0p-12, 0x1.b1445581813c2p-15,
        0x1.778a23afca841p-16,  -0x1.800948a059af4p-17, -0x1.05248f46ef702p-20, 0x1.d6c47f271491ap-20,
        -0x1.f4b1474b3171fp-25, -0x1.18f6fc087ea2cp-22, 0x1.a1aebc9f1ba09p-26,  0x1.655dc0e1d30d9p-25,
        -0x1.2e10fc60f6926p-28, -0x1.e5e339cadc154p-28, 0x1.2701e6b5daa9dp-31,  0x1.466f29b9dbb69p-30,
        -0x1.c9b6a07790a64p-36, -0x1.6a3133d0de07cp-33, -0x1.813f122dccbbdp-38, 0x1.caf5e499a5675p-37,
        0x1.1a33b48ee3214p-40};
    pt_pair t = pt_pair_div(pt_pair_add(z, pt_pair_of(-3.75, 0.0)), pt_pair_add(z, pt_pair_of(3.75, 0.0)));
    pt_pair g, den = pt_pair_add(pt_pair_of(2.0 * z.hi, 2.0 * z.lo), pt_pair_of(1.0, 0.0));
    double p = c[28], slope = 0.0;
    for (int i = 27; i >= 0; i--) {
        slope = slope * t.hi + p;
        p = p * t.hi + c[i];
    }
    g = pt_product(t.hi, p);
    g.lo += t.lo * (p + t.hi * slope);
    g = pt_pair_add(pt_pair_of(0x1.3ccda0b5d5dc2p+0, 0x1.e655962c5a5f1p-54), g);
    return pt_pair_div(g, den);
}
PT_FN double pt_erf_f64(double x) {
    double a = fabs(x), r;
    if (a != a)
        return x;
    if (a < 0.5) {
        static const double c[] = {-1.0 / 3,
                                   1.0 / 10,
                                   -1.0 / 42,
                                   1.0 / 216,
                                   -1.0 / 1320,
                                   1.0 / 9360,
                                   -1.0 / 75600,
                                   1.0 / 685440,
                                   -1.0 / 6894720,
                                   1.0 / 76204800,
                                   -1.0 / 918086400,
                                   1.0 / 11975040000.0,
                                   -1.0 / 168129561600.0};
        double z = x * x, p = c[12];
        pt_pair s;
        for (int i = 11; i >= 0; i--)
            p = p * z + c[i];
        if (a < 0x1p-500) /* as below */
            return x * 0x1.20dd750429b6dp+0;
        s = pt_pair_mul(pt_pair_of(x, 0.0), pt_pair_of(0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56));
        return s.hi + (s.lo + s.hi * (z * p));
    }
    if (a < 6.0) {
        int n;
        pt_pair q = pt_product(a, a), e = pt_exp_kernel(-q.hi, -q.lo, &n);
        e = pt_pair_mul(e, pt_erfcx_kernel(pt_pair_of(a, 0.0)));
        e = pt_pair_add(pt_pair_of(1.0, 0.0), pt_pair_of(-e.hi * pt_pow2(n), -e.lo * pt_pow2(n)));
        r = e.hi;
    } else {
        r = 1.0;
    }
    return x < 0 ? -r : r;
}
PT_FN double pt_gelu_f64(double x) {
    double a = fabs(x);
    int n;
    pt_pair q, e;
    if (!(a < 40.0))
        return x < 0 ? x * 0.0 : x;
    if (a < 0x1p-500) /* below that the products of halves would not be exact */
        return 0.5 * x;
    q = pt_product(x, 0.5 * x);
    e = pt_exp_kernel(-q.hi, -q.lo, &n);
    q = pt_pair_mul(pt_pair_of(a, 0.0), pt_pair_of(0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55));
    e = pt_pair_mul(e, pt_erfcx_kernel(q));
    if (x < 0) /* the tail: x * e / 2 */
        return pt_scale(pt_pair_mul(e, pt_pair_of(0.5 * x, 0.0)).hi, n);
    e = pt_pair_of(e.hi * pt_pow2(n - 1 < -1000 ? -1000 : n - 1), e.lo * pt_pow2(n - 1 < -1000 ? -1000 : n - 1));
    e = pt_pair_add(pt_pair_of(1.0, 0.0), pt_pair_of(-e.hi, -e.lo));
    return pt_pair_mul(e, pt_pair_of(x, 0.0)).hi;
}
#endif
