/* ptoc_trig.h - pt_sin_f32, pt_cos_f32, pt_sin_f64, pt_cos_f64: within 1 ulp for every argument, however large. */
#ifndef PTOC_TRIG_H
#define PTOC_TRIG_H
#include "ptoc_mathd.h"

/* x = quarter * pi/2 + the result, |result| <= pi/4, for 2^19 <= |x| < inf: the product of x's significand with the bits of 2/pi
 * that matter, in integers. Multiples of 4 quarters are left out; 190 bits behind the point stay. */
PT_COLD pt_pair pt_reduce_big(double x, unsigned *quarter) {
    static const uint32_t two_over_pi[] = {
        0,          0,          0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB,
        0xDEBBC561, 0xB7246E3A, 0x424DD2E0, 0x06492EEA, 0x09D1921C, 0xFE1DEB1C, 0xB129A73E, 0xE88235F5, 0x2EBB4484,
        0xE99C7026, 0xB45F7E41, 0x3991D639, 0x835339F4, 0x9C845F8B, 0xBDF9283B, 0x1FF897FF, 0xDE05980F, 0xEF2F118B,
        0x5A0A6D1F, 0x6D367ECF, 0x27CB09B7, 0x4F463F66, 0x9E5FEA2D, 0x7527BAC7, 0xEBE5F17B, 0x3D0739F7, 0x8A5292EA,
        0x6BFB5FB1, 0x1F8D5D08, 0x56033046, 0xFC7B6BAB, 0xF0CFBC20};
    uint64_t bits = pt_u64_of_f64(x), m = (bits & 0xFFFFFFFFFFFFFu) | 0x10000000000000u, carry = 0, top, next;
    int e = (int)(bits >> 52 & 0x7FF) - 1075, from = e + 62, lead; /* the window starts at weight 2 / 2^e */
    uint32_t window[6], product[6], sign;
    pt_pair r;
    for (int i = 0; i < 6; i++) {
        uint64_t two = (uint64_t)two_over_pi[from / 32 + i] << 32 | two_over_pi[from / 32 + i + 1];
        window[5 - i] = (uint32_t)(two >> (32 - from % 32));
    }
    for (int i = 0; i < 6; i++) { /* by the lower half of m, then by the upper, modulo 2^192 */
        carry += (uint64_t)window[i] * (uint32_t)m;
        product[i] = (uint32_t)carry;
        carry >>= 32;
    }
    carry = 0;
    for (int i = 1; i < 6; i++) {
        carry += (uint64_t)window[i - 1] * (m >> 32) + product[i];
        product[i] = (uint32_t)carry;
        carry >>= 32;
    }
    *quarter = product[5] >> 30;
    for (int i = 5; i > 0; i--)
        product[i] = product[i] << 2 | product[i - 1] >> 30;
    product[0] <<= 2;
    sign = product[5] >> 31; /* above a half: count from the next quarter */
    *quarter += sign;
    for (int i = 0; sign && i < 6; i++)
        product[i] = ~product[i];
    for (lead = 0; !(product[5] >> 31) && lead < 128; lead++) {
        for (int i = 5; i > 0; i--)
            product[i] = product[i] << 1 | product[i - 1] >> 31;
        product[0] <<= 1;
    }
    top = (uint64_t)product[5] << 32 | product[4];
    next = (uint64_t)product[3] << 32 | product[2];
    r = pt_sum_ordered((double)(top >> 11) * pt_pow2(-53 - lead),
                       (double)((top & 0x7FF) << 42 | next >> 22) * pt_pow2(-106 - lead));
    r = pt_pair_mul(r, pt_pair_of(0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54));
    if ((bits >> 63) != sign)
        r = pt_pair_of(-r.hi, -r.lo);
    if (bits >> 63)
        *quarter = 0u - *quarter;
    return r;
}

/* The same for any x: pi/2 in three parts of 33 bits, whose products with up to 20 bits are exact, and a rest. */
PT_FN pt_pair pt_reduce_f64(double x, unsigned *quarter) {
    double k;
    pt_pair r, s;
    if (!(fabs(x) < 0x1p19))
        return pt_reduce_big(x, quarter);
    k = (x * 0x1.45f306dc9c883p-1 + 0x1.8p52) - 0x1.8p52;
    *quarter = (unsigned)(int)k;
    r = pt_sum(x - k * 0x1.921fb544p+0, -(k * 0x1.0b4611a6p-34));
    s = pt_sum(r.hi, -(k * 0x1.3198a2ep-69));
    return pt_sum_ordered(s.hi, r.lo + (s.lo - k * 0x1.b839a252049c1p-104));
}

PT_FN double pt_sin_kernel(pt_pair r) {
    double z = r.hi * r.hi, p = 1.0 / 355687428096000.0;
    p = p * z - 1.0 / 1307674368000.0;
    p = p * z + 1.0 / 6227020800.0;
    p = p * z - 1.0 / 39916800.0;
    p = p * z + 1.0 / 362880.0;
    p = p * z - 1.0 / 5040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z - 1.0 / 6.0;
    return r.hi + (r.hi * z * p + r.lo * (1.0 - 0.5 * z));
}
PT_FN double pt_cos_kernel(pt_pair r) {
    double z = r.hi * r.hi, h = 0.5 * z, w = 1.0 - h, p = 1.0 / 20922789888000.0;
    p = p * z - 1.0 / 87178291200.0;
    p = p * z + 1.0 / 479001600.0;
    p = p * z - 1.0 / 3628800.0;
    p = p * z + 1.0 / 40320.0;
    p = p * z - 1.0 / 720.0;
    p = p * z + 1.0 / 24.0;
    return w + (((1.0 - w) - h) + (z * z * p - r.hi * r.lo));
}
/* sin(x + quarters * pi/2). */
PT_FN double pt_turn_f64(double x, unsigned quarters) {
    unsigned q;
    pt_pair r;
    double v;
    if (!(fabs(x) <= DBL_MAX))
        return NAN;
    if (x == 0 && quarters == 0)
        return x;
    r = pt_reduce_f64(x, &q);
    q += quarters;
    v = q & 1 ? pt_cos_kernel(r) : pt_sin_kernel(r);
    return q & 2 ? -v : v;
}
PT_FN double pt_sin_f64(double x) { return pt_turn_f64(x, 0); }
PT_FN double pt_cos_f64(double x) { return pt_turn_f64(x, 1); }

/* For f32 one double is enough where |x| is small. */
PT_FN float pt_turn_f32(float x, unsigned quarters) {
    double d = (double)x, k = (d * 0x1.45f306dc9c883p-1 + 0x1.8p52) - 0x1.8p52, v;
    pt_pair r;
    unsigned q;
    if (!(fabsf(x) < 0x1p19f))
        return (float)pt_turn_f64(d, quarters);
    q = (unsigned)(int)k + quarters;
    r.hi = (d - k * 0x1.921fb544p+0) - k * 0x1.0b4611a626331p-34;
    r.lo = 0;
    v = q & 1 ? pt_cos_kernel(r) : pt_sin_kernel(r);
    return x == 0 && quarters == 0 ? x : (float)(q & 2 ? -v : v);
}
PT_FN float pt_sin_f32(float x) { return pt_turn_f32(x, 0); }
PT_FN float pt_cos_f32(float x) { return pt_turn_f32(x, 1); }
#endif
