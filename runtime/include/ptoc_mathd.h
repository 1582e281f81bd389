/* ptoc_mathd.h - f64 transcendentals: pt_exp_f64 exp2 log log2 log1p pow sigmoid tanh silu.
 *
 * Within 1.1 ulp. The kernels carry a second double for what the first one rounds away (a "pair": the value is hi + lo), made
 * by + - * / alone, so that the bits are the same everywhere. */
#ifndef PTOC_MATHD_H
#define PTOC_MATHD_H
#include "ptoc_def.h"

typedef struct pt_pair {
    double hi, lo;
} pt_pair;

/* ---- exact sums and products ----------------------------------------------------------------------------------------- */
PT_FN pt_pair pt_sum(double a, double b) {
    pt_pair r;
    double t;
    r.hi = a + b;
    t = r.hi - a;
    r.lo = (a - (r.hi - t)) + (b - t);
    return r;
}
/* |a| >= |b|, or a is 0. */
PT_FN pt_pair pt_sum_ordered(double a, double b) {
    pt_pair r;
    r.hi = a + b;
    r.lo = b - (r.hi - a);
    return r;
}
/* Halves of 26 bits; |a| below 2^995. */
PT_FN pt_pair pt_split(double a) {
    pt_pair r;
    double t = 134217729.0 * a;
    r.hi = t - (t - a);
    r.lo = a - r.hi;
    return r;
}
PT_FN pt_pair pt_product(double a, double b) {
    pt_pair r, s = pt_split(a), t = pt_split(b);
    r.hi = a * b;
    r.lo = ((s.hi * t.hi - r.hi) + s.hi * t.lo + s.lo * t.hi) + s.lo * t.lo;
    return r;
}
PT_FN pt_pair pt_pair_mul(pt_pair a, pt_pair b) {
    pt_pair p = pt_product(a.hi, b.hi);
    return pt_sum_ordered(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
PT_FN pt_pair pt_pair_add(pt_pair a, pt_pair b) {
    pt_pair s = pt_sum(a.hi, b.hi);
    return pt_sum_ordered(s.hi, s.lo + (a.lo + b.lo));
}
PT_FN pt_pair pt_pair_div(pt_pair a, pt_pair b) {
    double q = a.hi / b.hi;
    pt_pair p = pt_product(q, b.hi);
    return pt_sum_ordered(q, (((a.hi - p.hi) - p.lo) + a.lo - q * b.lo) / b.hi);
}
PT_FN pt_pair pt_pair_of(double hi, double lo) {
    pt_pair r;
    r.hi = hi;
    r.lo = lo;
    return r;
}
/* x * 2^n, rounded once by the second product; |n| <= 2044. */
PT_FN double pt_scale(double x, int n) { return x * pt_pow2(n / 2) * pt_pow2(n - n / 2); }

/* ---- kernels ------------------------------------------------------------------------------------------------------------ */
/* e^(hi + lo) = 2^*n times the result, to about 58 bits; |hi| <= 1000, lo below its last place. */
PT_FN pt_pair pt_exp_kernel(double hi, double lo, int *n) {
    double t = hi * 0x1.71547652b82fep+0 + 0x1.8p52, k = t - 0x1.8p52;
    pt_pair r = pt_sum(hi - k * 0x1.62e42feep-1, lo - k * 0x1.a39ef35793c76p-33), sq, s;
    double x = r.hi, q;
    lo = r.lo;
    sq = pt_product(x, x);
    q = 1.0 / 87178291200.0;
    q = q * x + 1.0 / 6227020800.0;
    q = q * x + 1.0 / 479001600.0;
    q = q * x + 1.0 / 39916800.0;
    q = q * x + 1.0 / 3628800.0;
    q = q * x + 1.0 / 362880.0;
    q = q * x + 1.0 / 40320.0;
    q = q * x + 1.0 / 5040.0;
    q = q * x + 1.0 / 720.0;
    q = q * x + 1.0 / 120.0;
    q = q * x + 1.0 / 24.0;
    q = q * x + 1.0 / 6.0;
    q = q * (x * sq.hi);
    s = pt_sum_ordered(x, 0.5 * sq.hi);
    lo = lo + lo * x + (s.lo + (0.5 * sq.lo + q));
    r = pt_sum_ordered(1.0, s.hi);
    *n = (int)k;
    return pt_sum_ordered(r.hi, r.lo + lo);
}
PT_FN double pt_exp_of(pt_pair x) {
    int n;
    pt_pair e = pt_exp_kernel(x.hi, x.lo, &n);
    return pt_scale(e.hi + e.lo, n);
}

/* ln(u + c) to about 66 bits; u positive and finite, c below half its last place. With m = 2^-k (u + c) near 1 and
 * s = (m - 1) / (m + 1), ln m = 2 atanh s; its first terms are summed in pairs. */
PT_FN pt_pair pt_log_kernel(double u, double c) {
    int tiny = u < 0x1p-1022;
    uint64_t bits = pt_u64_of_f64(tiny ? u * 0x1p54 : u) - 0x3FE6A09E667F3BCDu;
    int k = (int)(bits >> 52 & 0xFFF);
    double m, t;
    pt_pair num, den, s, z, w;
    k = (k ^ 0x800) - 0x800;
    m = pt_f64_of_u64((bits & 0xFFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu);
    c = k < 64 && k > -64 ? c * pt_pow2(-k) : 0.0;
    k -= tiny ? 54 : 0;
    num = pt_sum(m - 1.0, c);
    den = pt_sum(m, 1.0);
    den = pt_sum_ordered(den.hi, den.lo + c);
    s = pt_pair_div(num, den);
    z = pt_pair_mul(s, s);
    t = 1.0 / 29;
    t = t * z.hi + 1.0 / 27;
    t = t * z.hi + 1.0 / 25;
    t = t * z.hi + 1.0 / 23;
    t = t * z.hi + 1.0 / 21;
    t = t * z.hi + 1.0 / 19;
    t = t * z.hi + 1.0 / 17;
    t = t * z.hi + 1.0 / 15;
    t = t * z.hi + 1.0 / 13;
    t = t * z.hi + 1.0 / 11;
    t = t * z.hi + 1.0 / 9;
    w = pt_pair_add(pt_pair_of(0x1.2492492492492p-3, 0x1.2492492492492p-57), pt_pair_of(t * z.hi, 0));
    w = pt_pair_add(pt_pair_of(0x1.999999999999ap-3, -0x1.999999999999ap-57), pt_pair_mul(w, z));
    w = pt_pair_add(pt_pair_of(0x1.5555555555555p-2, 0x1.5555555555555p-56), pt_pair_mul(w, z));
    w = pt_pair_mul(pt_pair_mul(w, z), s);
    w = pt_pair_add(s, w);
    w = pt_pair_of(2.0 * w.hi, 2.0 * w.lo);
    if (k == 0)
        return w;
    num = pt_sum((double)k * 0x1.62e42fefa2p-1, (double)k * 0x1.9ef35793c7673p-41);
    return pt_pair_add(num, w);
}

/* ---- functions ------------------------------------------------------------------------------------------------------------ */
PT_FN double pt_limit(double x, double most) { return x < -most ? -most : x > most ? most : x; }

PT_FN double pt_exp_f64(double x) { return x == x ? pt_exp_of(pt_pair_of(pt_limit(x, 800.0), 0.0)) : x; }
PT_FN double pt_exp2_f64(double x) {
    double t = pt_limit(x, 1200.0), k = (t + 0x1.8p52) - 0x1.8p52;
    pt_pair e;
    int n;
    if (x != x)
        return x;
    e = pt_product(t - k, 0x1.62e42fefa39efp-1);
    e = pt_exp_kernel(e.hi, e.lo + (t - k) * 0x1.abc9e3b39803fp-56, &n);
    return pt_scale(e.hi + e.lo, n + (int)k);
}
PT_FN double pt_log_f64(double x) {
    if (!(x > 0) || x > DBL_MAX)
        return x == 0 ? -INFINITY : x < 0 ? (double)NAN : x;
    return pt_log_kernel(x, 0.0).hi;
}
PT_FN double pt_log2_f64(double x) {
    pt_pair l, p;
    if (!(x > 0) || x > DBL_MAX)
        return x == 0 ? -INFINITY : x < 0 ? (double)NAN : x;
    l = pt_log_kernel(x, 0.0);
    p = pt_pair_mul(l, pt_pair_of(0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56));
    return p.hi;
}
PT_FN double pt_log1p_f64(double x) {
    pt_pair u;
    if (fabs(x) < 0x1p-60 || !(x > -1) || x > DBL_MAX)
        return x == -1 ? -INFINITY : x < -1 ? (double)NAN : x;
    u = pt_sum(1.0, x);
    return pt_log_kernel(u.hi, u.lo).hi;
}

/* The special cases are those of IEEE 754, as in pt_pow_f32. */
PT_FN double pt_pow_f64(double x, double y) {
    double a = fabs(x), h = fabs(y), r;
    int64_t whole = h < 0x1p53 ? (int64_t)h : 0;
    int is_int = h >= 0x1p53 || (double)whole == h, is_odd = is_int && (whole & 1);
    if (y == 0 || x == 1 || (x == -1 && y == y && is_int))
        return x == -1 && is_odd && y != 0 ? -1.0 : 1.0;
    if (x != x || y != y || (x < 0 && a <= DBL_MAX && !is_int))
        return NAN;
    if (a == 0 || a > DBL_MAX) {
        r = (a == 0) == (y < 0) ? (double)INFINITY : 0.0;
    } else if (h > DBL_MAX) {
        r = a == 1 ? 1.0 : (a > 1) == (y > 0) ? (double)INFINITY : 0.0;
    } else {
        pt_pair l = pt_log_kernel(a, 0.0);
        double t = y * l.hi;
        if (t > -800.0 && t < 800.0) {
            pt_pair p = pt_product(y, l.hi);
            r = pt_exp_of(pt_sum(p.hi, p.lo + y * l.lo));
        } else {
            r = t > 0 ? (double)INFINITY : 0.0;
        }
    }
    return signbit(x) && is_odd ? -r : r;
}

/* sigmoid(x) = 2^*n times the result. With e = e^-|x| it is 1 / (1 + e) or e / (1 + e). */
PT_FN pt_pair pt_sigmoid_kernel(double x, int *n) {
    pt_pair e = pt_exp_kernel(-fabs(pt_limit(x, 1000.0)), 0.0, n), d;
    double scale = pt_pow2(*n < -1000 ? -1000 : *n);
    d = pt_pair_add(pt_pair_of(1.0, 0.0), pt_pair_of(e.hi * scale, e.lo * scale));
    if (x < 0)
        return pt_pair_div(e, d);
    *n = 0;
    return pt_pair_div(pt_pair_of(1.0, 0.0), d);
}
PT_FN double pt_sigmoid_f64(double x) {
    int n;
    pt_pair s;
    if (x != x)
        return x;
    s = pt_sigmoid_kernel(x, &n);
    return pt_scale(s.hi, n);
}
/* x * sigmoid(x): NaN at -inf, as the product is. */
PT_FN double pt_silu_f64(double x) {
    int n;
    pt_pair s;
    if (x != x || x < -1000.0 || x > 1000.0)
        return x < 0 ? x * 0.0 : x;
    if (fabs(x) < 0x1p-500) /* below that the products of halves would not be exact */
        return 0.5 * x;
    s = pt_sigmoid_kernel(x, &n);
    return pt_scale(pt_pair_mul(s, pt_pair_of(x, 0.0)).hi, n);
}
PT_FN double pt_tanh_f64(double x) {
    double a = fabs(x), r;
    if (a < 0.15625) {
        double z = x * x, p = -443861162.0 / 1856156927625.0;
        p = p * z + 6404582.0 / 10854718875.0;
        p = p * z - 929569.0 / 638512875.0;
        p = p * z + 21844.0 / 6081075.0;
        p = p * z - 1382.0 / 155925.0;
        p = p * z + 62.0 / 2835.0;
        p = p * z - 17.0 / 315.0;
        p = p * z + 2.0 / 15.0;
        p = p * z - 1.0 / 3.0;
        return x == 0 ? x : x + x * (z * p);
    }
    if (a <= 20) {
        int n;
        pt_pair e = pt_exp_kernel(2.0 * a, 0.0, &n);
        e = pt_pair_of(e.hi * pt_pow2(n), e.lo * pt_pow2(n));
        r = pt_pair_div(pt_pair_add(e, pt_pair_of(-1.0, 0.0)), pt_pair_add(e, pt_pair_of(1.0, 0.0))).hi;
    } else {
        r = a == a ? 1.0 : a;
    }
    return x < 0 ? -r : r;
}
#endif
