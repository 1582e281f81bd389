/* ptoc_topk.h - the k best of a stream, exactly, in bounded memory.
 *
 * The order: better value first (largest or smallest), NaN after every number,
 * -0 equal to +0, then the lower index. It is total, so that the answer does
 * not depend on the order of pushes, on blocks or on threads. Elements with a
 * negative index are missing places: they are ignored, and what is short of k
 * reads as value -inf (+inf for smallest; integers: the extreme), index -1. k =
 * number of elements makes it a full, stable sort.
 *
 *   pt_topk_bytes_T(k, most)                memory a state needs, aligned to 8;
 * `most` bounds the pushes, merged ones included (INT64_MAX: unknown)
 *   pt_topk_init_T(&t, k, most, largest, memory)
 *   pt_topk_push_T(&t, x, index)            indices below 2^31, in any order;
 * amortised constant time whatever the input pt_topk_merge(&t, &other) the
 * union; both of one type and direction pt_topk_seal(&t, sorted) ends pushing;
 * sorted = 0: the same elements in ascending index order pt_topk_value_T(&t,
 * i), pt_topk_index(&t, i)   after seal, for 0 <= i < k pt_topk_finish_T(&t,
 * sorted, values, indices)  seal and write k of each; either may be NULL
 *
 * T is a carrier: i8 .. u64, f32 (also f16, bf16, f8), f64.
 *
 * An entry is one number, smaller is better: a key of the value, then the
 * index, then whether a zero was negative. 32-bit values make it one word,
 * 64-bit ones two. Entries not below `bound` cannot be among the k best and are
 * not stored; when the memory is full, a radix selection drops all but
 * about 1.25 k and lowers the bound. */
#ifndef PTOC_TOPK_H
#define PTOC_TOPK_H
#include "ptoc_def.h"

#if defined(__GNUC__) && defined(__AVX2__) && !defined(PT_PLAIN_C)
#include <immintrin.h>
#define PT_TOPK_AVX2 1
#else
#define PT_TOPK_AVX2 0
#endif
#if PT_TOPK_AVX2 && defined(__AVX512F__)
#define PT_TOPK_AVX512 1
#else
#define PT_TOPK_AVX512 0
#endif

typedef struct pt_topk {
    int64_t k, n, cap; /* wanted, stored, room */
    uint64_t bound[2]; /* entries from here on are no use */
    uint64_t *entry;   /* cap entries of `words` words */
    int words, largest, is_float;
    int overflow; /* pushed more than `most`: the result is not complete */
    /* The bound once more, for vectors of 32-bit values (ptoc_vectopk.h), whose
   * bits are first changed by ^ flip so that more is better: those above
   * limit[p], or all if open[p], may be of use; p is whether their indices are
   * above `turn`. */
    int open[2];
    uint32_t limit[2], flip;
    int64_t turn;
} pt_topk;

/* ---- keys: ascending key = better value; NaN is all ones
 * ------------------------------------------------------------ */
PT_FN uint64_t pt_key_flip(uint64_t ascending, int largest, uint64_t mask) {
    return largest ? ascending ^ mask : ascending;
}
/* Smallest first: of -x. */
PT_FN uint32_t pt_key_f32(float x, int largest) {
    uint32_t u = pt_u32_of_f32((largest ? x : -x) + 0.0f);
    u ^= u >> 31 ? 0xFFFFFFFFu : 0x80000000u;
    return x != x ? 0xFFFFFFFFu : ~u;
}
PT_FN float pt_unkey_f32(uint32_t key, int largest) {
    float x = key == 0xFFFFFFFFu ? NAN : pt_f32_of_u32(~key ^ (~key >> 31 ? 0x80000000u : 0xFFFFFFFFu));
    return (largest ? x : -x) + 0.0f;
}
PT_FN uint64_t pt_key_f64(double x, int largest) {
    uint64_t u = pt_u64_of_f64(x + 0.0);
    u ^= u >> 63 ? ~(uint64_t)0 : (uint64_t)1 << 63;
    return x != x ? ~(uint64_t)0 : pt_key_flip(u, largest, ~(uint64_t)0);
}
PT_FN double pt_unkey_f64(uint64_t key, int largest) {
    uint64_t u = pt_key_flip(key, largest, ~(uint64_t)0);
    return key == ~(uint64_t)0 ? (double)NAN : pt_f64_of_u64(u ^ (u >> 63 ? (uint64_t)1 << 63 : ~(uint64_t)0));
}

/* ---- selection
 * --------------------------------------------------------------------------------------------------------
 */
/* Keep what lies below `bound`, and the first `equal` of what lies at it. */
typedef struct pt_cut {
    uint64_t bound;
    int64_t equal;
} pt_cut;

/* Word `at` of the entries (of those whose word 0 is *only, if given): a cut
 * that keeps the k smallest and at most `room`. Each round counts the leading
 * 11 bits that still vary; a bin that fits whole ends it. */
PT_COLD pt_cut pt_topk_cut(const pt_topk *t, int at, const uint64_t *only, int64_t k, int64_t room) {
    int64_t count[2048], rank = k;
    const uint64_t *e = t->entry;
    uint64_t lo = ~(uint64_t)0, hi = 0;
    int step = t->words, digit = t->n < 4096 ? 8 : 11;
    pt_cut cut;
    for (int64_t i = 0; i < t->n; i++) {
        uint64_t w = e[i * step + at];
        if (only && e[i * step] != *only)
            continue;
        lo = w < lo ? w : lo;
        hi = w > hi ? w : hi;
    }
    while (lo < hi) {
        int bits = pt_top_bit(hi - lo) + 1, shift = bits > digit ? bits - digit : 0;
        uint64_t bin = 0, bins = ((hi - lo) >> shift) + 1, start, last;
        memset(count, 0, (size_t)bins * sizeof count[0]);
        for (int64_t i = 0; i < t->n; i++) {
            uint64_t w = e[i * step + at];
            if (w >= lo && w <= hi && (!only || e[i * step] == *only))
                count[(w - lo) >> shift]++;
        }
        while (count[bin] < rank)
            rank -= count[bin++];
        start = lo + (bin << shift);
        last = ((uint64_t)1 << shift) - 1;
        hi = hi - start < last ? hi : start + last;
        lo = start;
        if (count[bin] == rank || k - rank + count[bin] <= room) {
            cut.bound = hi;
            cut.equal = INT64_MAX;
            return cut;
        }
    }
    cut.bound = lo;
    cut.equal = rank;
    return cut;
}

/* How many keys from lo to hi fall into each bin; in two tables, so that equal neighbours do not wait for each other. */
PT_FN void pt_topk_count(const pt_topk *t, uint32_t lo, uint32_t hi, int shift, uint32_t count[2][2048]) {
    uint32_t width = hi - lo, bins = (width >> shift) + 1;
    const uint64_t *e = t->entry;
    memset(count[0], 0, bins * sizeof count[0][0]);
    memset(count[1], 0, bins * sizeof count[1][0]);
    for (int64_t i = 0, n = t->n; i < n; i++) {
        uint32_t at = (uint32_t)(e[i] >> 32) - lo;
        if (at <= width)
            count[i & 1][at >> shift]++;
    }
}
/* The rank-th entry with that key, if they stand in order; else 0. */
PT_FN uint64_t pt_topk_nth_equal(const pt_topk *t, uint32_t key, int64_t rank) {
    const uint64_t *e = t->entry;
    uint64_t last = 0, nth = 0;
    for (int64_t i = 0, n = t->n; i < n; i++) {
        if (e[i] >> 32 != key)
            continue;
        if (e[i] < last)
            return 0;
        last = e[i];
        nth = --rank == 0 ? last : nth;
    }
    return nth;
}
/* The usual case of one word: digits of up to 11 bits of the keys until a bin fits whole or holds one key. The result is the
 * last word to keep; 0: not found this way. */
PT_COLD uint64_t pt_topk_quick_cut(const pt_topk *t, int64_t room) {
    uint32_t count[2][2048], lo = 0xFFFFFFFFu, hi = 0;
    const uint64_t *e = t->entry;
    int64_t rank = t->k, here;
    for (int64_t i = 0, n = t->n; i < n; i++) {
        uint32_t key = (uint32_t)(e[i] >> 32);
        lo = key < lo ? key : lo;
        hi = key > hi ? key : hi;
    }
    while (lo < hi) {
        int bits = pt_top_bit(hi - lo) + 1, shift = bits > 11 ? bits - 11 : 0;
        uint32_t bin = 0, last = ((uint32_t)1 << shift) - 1;
        pt_topk_count(t, lo, hi, shift, count);
        while ((here = (int64_t)count[0][bin] + count[1][bin]) < rank) {
            rank -= here;
            bin++;
        }
        lo += bin << shift;
        hi = hi - lo < last ? hi : lo + last;
        if (t->k - rank + here <= room)
            return (uint64_t)hi << 32 | 0xFFFFFFFFu;
    }
    return pt_topk_nth_equal(t, lo, rank);
}

/* Of many entries one in PT_TOPK_SAMPLE tells well enough where to cut so that between k and `room` are left; what it says is
 * counted. The result is the last word to keep; 0: the sample misled. */
enum { PT_TOPK_SAMPLE = 8, PT_TOPK_SAMPLED = 4096 };
PT_COLD uint64_t pt_topk_sampled_cut(const pt_topk *t, int64_t room) {
    uint32_t count[512], lo = 0xFFFFFFFFu, hi = 0, bin = 0, bins;
    const uint64_t *e = t->entry;
    int64_t rank = (t->k + room) / (2 * PT_TOPK_SAMPLE), sum = 0, kept = 0, n = t->n;
    uint64_t end;
    int bits, shift;
    for (int64_t i = 0; i < n; i += PT_TOPK_SAMPLE) {
        uint32_t key = (uint32_t)(e[i] >> 32);
        lo = key < lo ? key : lo;
        hi = key > hi ? key : hi;
    }
    bits = lo == hi ? 0 : pt_top_bit(hi - lo) + 1;
    shift = bits > 9 ? bits - 9 : 0;
    bins = ((hi - lo) >> shift) + 1;
    memset(count, 0, bins * sizeof count[0]);
    for (int64_t i = 0; i < n; i += PT_TOPK_SAMPLE)
        count[((uint32_t)(e[i] >> 32) - lo) >> shift]++;
    while (bin + 1 < bins && (sum += count[bin]) < rank)
        bin++;
    end = (uint64_t)(lo + (bin << shift) + (((uint32_t)1 << shift) - 1)) << 32 | 0xFFFFFFFFu;
    for (int64_t i = 0; i < n; i++)
        kept += e[i] <= end;
    return kept >= t->k && kept <= room ? end : 0;
}

/* Keeps the entries up to `end`; the result is their highest low word. */
#if PT_TOPK_AVX512
PT_FN uint32_t pt_topk_keep_up_to(pt_topk *t, uint64_t end) {
    uint64_t *e = t->entry;
    int64_t kept = 0, i = 0, n = t->n;
    __m512i last = _mm512_set1_epi64((long long)end), most = _mm512_setzero_si512();
    for (; i < n; i += 8) {
        __mmask8 in = (__mmask8)(n - i >= 8 ? 255 : (1 << (n - i)) - 1), m;
        __m512i w = _mm512_maskz_loadu_epi64(in, e + i);
        m = _mm512_mask_cmple_epu64_mask(in, w, last);
        most = _mm512_mask_max_epu64(most, m, most, _mm512_maskz_and_epi64(m, w, _mm512_set1_epi64(0xFFFFFFFF)));
        _mm512_mask_storeu_epi64(e + kept, in, _mm512_maskz_compress_epi64(m, w));
        kept += __builtin_popcount(m);
    }
    t->n = kept;
    return (uint32_t)_mm512_reduce_max_epu64(most);
}
#elif PT_TOPK_AVX2
PT_FN uint32_t pt_topk_keep_up_to(pt_topk *t, uint64_t end) {
    static const uint32_t place[16][8] = {
        {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 3, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7},
        {4, 5, 2, 3, 4, 5, 6, 7}, {0, 1, 4, 5, 4, 5, 6, 7}, {2, 3, 4, 5, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7},
        {6, 7, 2, 3, 4, 5, 6, 7}, {0, 1, 6, 7, 4, 5, 6, 7}, {2, 3, 6, 7, 4, 5, 6, 7}, {0, 1, 2, 3, 6, 7, 6, 7},
        {4, 5, 6, 7, 4, 5, 6, 7}, {0, 1, 4, 5, 6, 7, 6, 7}, {2, 3, 4, 5, 6, 7, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}};
    uint64_t *e = t->entry;
    int64_t kept = 0, i = 0, n = t->n;
    __m256i sign = _mm256_set1_epi64x(INT64_MIN), last = _mm256_xor_si256(_mm256_set1_epi64x((long long)end), sign);
    __m256i most = _mm256_setzero_si256();
    uint32_t low[8], r = 0;
    for (; i + 4 <= n; i += 4) {
        __m256i w = _mm256_loadu_si256((const __m256i *)(const void *)(e + i));
        __m256i out = _mm256_cmpgt_epi64(_mm256_xor_si256(w, sign), last);
        int m = 15 ^ _mm256_movemask_pd(_mm256_castsi256_pd(out));
        most = _mm256_max_epu32(most, _mm256_andnot_si256(out, w));
        w = _mm256_permutevar8x32_epi32(w, _mm256_loadu_si256((const __m256i *)(const void *)place[m]));
        _mm256_storeu_si256((__m256i *)(void *)(e + kept), w);
        kept += __builtin_popcount((unsigned)m);
    }
    for (; i < n; i++) {
        uint64_t w = e[i];
        r = w <= end && (uint32_t)w > r ? (uint32_t)w : r;
        e[kept] = w;
        kept += w <= end;
    }
    _mm256_storeu_si256((__m256i *)(void *)low, most);
    for (i = 0; i < 8; i += 2)
        r = low[i] > r ? low[i] : r;
    t->n = kept;
    return r;
}
#else
PT_FN uint32_t pt_topk_keep_up_to(pt_topk *t, uint64_t end) {
    uint64_t *e = t->entry;
    int64_t kept = 0, n = t->n;
    uint32_t r = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t w = e[i];
        r = w <= end && (uint32_t)w > r ? (uint32_t)w : r;
        e[kept] = w;
        kept += w <= end;
    }
    t->n = kept;
    return r;
}
#endif

/* What bound[0] means for values of 32 bits. The k entries kept are no worse
 * than it. */
PT_FN void pt_topk_set_limits(pt_topk *t) {
    uint32_t key = (uint32_t)(t->bound[0] >> 32);
    t->turn = (int64_t)((t->bound[0] & 0xFFFFFFFFu) >> 1);
    if (t->is_float) {
        float x = pt_unkey_f32(key, 1);
        t->limit[1] = pt_u32_of_f32(x);
        t->limit[0] = pt_u32_of_f32(pt_unkey_f32(key + (x == 0 ? 2 : 1), 1));
        t->open[1] = x != x;
        t->open[0] = !(x > -INFINITY);
    } else {
        t->limit[1] = ~key ^ 0x80000000u;
        t->limit[0] = t->limit[1] - 1;
        t->open[1] = 0;
        t->open[0] = t->limit[1] == 0x80000000u;
    }
}

/* Drops entries that are not among the k best; at most `room` >= k are left. */
PT_COLD void pt_topk_shrink(pt_topk *t, int64_t room) {
    uint64_t *e = t->entry, end;
    pt_cut first, second = {~(uint64_t)0, INT64_MAX};
    int64_t kept = 0;
    int step = t->words;
    if (t->n <= room)
        return;
    end = step == 1 && t->n >= PT_TOPK_SAMPLED ? pt_topk_sampled_cut(t, room) : 0;
    if (step == 1 && !end)
        end = pt_topk_quick_cut(t, room);
    if (end) { /* whoever has the last key and a higher index than all kept has k before it */
        uint32_t low = pt_topk_keep_up_to(t, end);
        t->bound[0] = (end >> 32 << 32) | ((uint32_t)end < low ? (uint32_t)end : low);
        pt_topk_set_limits(t);
        return;
    }
    first = pt_topk_cut(t, 0, NULL, t->k, room);
    if (step == 2 && first.equal != INT64_MAX) {
        int64_t below = t->k - first.equal;
        second = pt_topk_cut(t, 1, &first.bound, first.equal, room - below);
        first.equal = INT64_MAX;
    }
    end = 0;
    for (int64_t i = 0; i < t->n; i++) {
        uint64_t w = e[i * step], v = step == 2 ? e[i * step + 1] : 0;
        int keep = w < first.bound;
        if (w == first.bound && first.equal > 0 && v <= second.bound && (v < second.bound || second.equal > 0)) {
            keep = 1;
            first.equal -= first.equal != INT64_MAX;
            second.equal -= v == second.bound && second.equal != INT64_MAX;
        }
        end = keep && (w & 0xFFFFFFFFu) > end ? w & 0xFFFFFFFFu : end;
        e[kept * step] = w;
        if (step == 2)
            e[kept * step + 1] = v;
        kept += keep;
    }
    t->n = kept;
    t->bound[0] = first.bound;
    t->bound[1] = second.bound;
    if (step == 1) {
        if ((first.bound & 0xFFFFFFFFu) > end)
            t->bound[0] = (first.bound >> 32 << 32) | end;
        pt_topk_set_limits(t);
    }
}

PT_COLD void pt_topk_store(pt_topk *t, uint64_t w, uint64_t v) {
    if (t->n >= t->cap) {
        pt_topk_shrink(t, t->k + t->k / 4 < t->cap ? t->k + t->k / 4 : t->k);
        if (w > t->bound[0] || (w == t->bound[0] && v >= t->bound[1]))
            return;
        if (t->n >= t->cap) {
            t->overflow = 1;
            return;
        }
    }
    t->entry[t->n * t->words] = w;
    if (t->words == 2)
        t->entry[t->n * 2 + 1] = v;
    t->n++;
}
/* One word: the low half of it is what the second word is of two. */
PT_FN void pt_topk_push_word(pt_topk *t, uint64_t key, int64_t index, int negative_zero) {
    uint64_t w = key << 32 | (uint64_t)index << 1 | (uint64_t)negative_zero;
    if (index >= 0 && w < t->bound[0])
        pt_topk_store(t, w, 0);
}
PT_FN void pt_topk_push_pair(pt_topk *t, uint64_t key, int64_t index, int negative_zero) {
    uint64_t v = (uint64_t)index << 1 | (uint64_t)negative_zero;
    if (index >= 0 && (key < t->bound[0] || (key == t->bound[0] && v < t->bound[1])))
        pt_topk_store(t, key, v);
}

/* The state holds twice what it will be left with, so that sorting needs no
 * other memory. */
PT_FN int64_t pt_topk_room(int64_t k, int64_t most) {
    int64_t left = k < most ? k : most, want = 3 * left + 256, all = most > 2 * left ? most : 2 * left;
    return want < all ? want : all;
}
PT_FN void pt_topk_start(pt_topk *t, int64_t k, int64_t most, int largest, void *memory, int words, int is_float) {
    t->k = k;
    t->n = 0;
    t->cap = pt_topk_room(k, most);
    t->bound[0] = t->bound[1] = ~(uint64_t)0;
    t->entry = (uint64_t *)memory;
    t->words = words;
    t->largest = largest;
    t->overflow = 0;
    t->is_float = is_float;
    t->flip = largest ? 0 : is_float ? 0x80000000u : 0xFFFFFFFFu;
    t->limit[0] = t->limit[1] = 0;
    t->open[0] = t->open[1] = 1;
    t->turn = INT64_MAX;
}

PT_FN void pt_topk_merge(pt_topk *t, const pt_topk *other) {
    for (int64_t i = 0; i < other->n; i++) {
        uint64_t w = other->entry[i * other->words], v = other->words == 2 ? other->entry[i * 2 + 1] : 0;
        if (w < t->bound[0] || (w == t->bound[0] && v < t->bound[1]))
            pt_topk_store(t, w, v);
    }
    t->overflow |= other->overflow;
}

/* ---- order
 * -------------------------------------------------------------------------------------------------------------
 */
/* One stable pass of a radix sort by byte `byte` of word `word`. */
PT_FN void pt_topk_pass(const uint64_t *from, uint64_t *to, int64_t n, int words, int word, int byte) {
    int64_t start[256] = {0}, sum = 0;
    for (int64_t i = 0; i < n; i++)
        start[from[i * words + word] >> (8 * byte) & 255]++;
    for (int b = 0; b < 256; b++) {
        int64_t c = start[b];
        start[b] = sum;
        sum += c;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t p = start[from[i * words + word] >> (8 * byte) & 255]++;
        to[p * words] = from[i * words];
        if (words == 2)
            to[p * 2 + 1] = from[i * 2 + 1];
    }
}
/* Linear: at most 12 passes, only over bytes that differ. */
PT_COLD void pt_topk_order(pt_topk *t, int by_index) {
    uint64_t *from = t->entry, *to = t->entry + t->n * t->words, *other;
    for (int word = t->words - 1; word >= 0; word--) {
        int bytes = t->words == 2 && word == 1 ? 4 : by_index ? (t->words == 1 ? 4 : 0) : 8;
        uint64_t differ = 0;
        for (int64_t i = 1; i < t->n; i++)
            differ |= from[i * t->words + word] ^ from[word];
        for (int byte = 0; byte < bytes; byte++) {
            if (!(differ >> (8 * byte) & 255))
                continue;
            pt_topk_pass(from, to, t->n, t->words, word, byte);
            other = from;
            from = to;
            to = other;
        }
    }
    if (from != t->entry)
        memcpy(t->entry, from, (size_t)t->n * (size_t)t->words * sizeof *from);
}
/* For few entries. */
PT_COLD void pt_topk_insert(pt_topk *t, int by_index) {
    uint64_t *e = t->entry, mask = !by_index ? ~(uint64_t)0 : t->words == 1 ? 0xFFFFFFFFu : 0;
    int step = t->words;
    for (int64_t i = 1; i < t->n; i++) {
        uint64_t w = e[i * step], v = step == 2 ? e[i * step + 1] : 0;
        int64_t j = i;
        for (; j > 0; j--) {
            uint64_t a = e[(j - 1) * step] & mask, b = step == 2 ? e[(j - 1) * step + 1] : 0;
            if (a < (w & mask) || (a == (w & mask) && b <= v))
                break;
            memcpy(e + j * step, e + (j - 1) * step, (size_t)step * sizeof *e);
        }
        e[j * step] = w;
        if (step == 2)
            e[j * step + 1] = v;
    }
}
/* One word, into order: a bucket for each value of the leading bits of the key
 * that vary, then insertion, which moves little unless a bucket is crowded;
 * then a radix sort. */
PT_COLD void pt_topk_buckets(pt_topk *t) {
    uint32_t start[2048], lo = 0xFFFFFFFFu, hi = 0, sum = 0, most = 0, bins;
    uint64_t *e = t->entry, *to = t->entry + t->n;
    int64_t n = t->n;
    int bits, shift;
    for (int64_t i = 0; i < n; i++) {
        uint32_t key = (uint32_t)(e[i] >> 32);
        lo = key < lo ? key : lo;
        hi = key > hi ? key : hi;
    }
    bits = lo == hi ? 0 : pt_top_bit(hi - lo) + 1;
    shift = bits > 11 ? bits - 11 : 0;
    bins = ((hi - lo) >> shift) + 1;
    memset(start, 0, bins * sizeof start[0]);
    for (int64_t i = 0; i < n; i++)
        start[((uint32_t)(e[i] >> 32) - lo) >> shift]++;
    for (uint32_t b = 0; b < bins; b++) {
        uint32_t c = start[b];
        most = c > most ? c : most;
        start[b] = sum;
        sum += c;
    }
    if (most > 32) {
        pt_topk_order(t, 0);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        to[start[((uint32_t)(e[i] >> 32) - lo) >> shift]++] = e[i];
    for (int64_t i = 0; i < n; i++) {
        uint64_t w = to[i];
        int64_t j = i;
        for (; j > 0 && e[j - 1] > w; j--)
            e[j] = e[j - 1];
        e[j] = w;
    }
}
PT_FN void pt_topk_seal(pt_topk *t, int sorted) {
    int64_t room = t->k + t->k / 4 < t->cap / 2 ? t->k + t->k / 4 : t->k;
    pt_topk_shrink(t, sorted && t->words == 1 ? room : t->k);
    if (t->n < 48)
        pt_topk_insert(t, !sorted);
    else if (sorted && t->words == 1)
        pt_topk_buckets(t);
    else
        pt_topk_order(t, !sorted);
    t->n = t->n < t->k ? t->n : t->k;
}
PT_FN int32_t pt_topk_index(const pt_topk *t, int64_t i) {
    uint64_t low = i < t->n ? t->entry[i * t->words + t->words - 1] & 0xFFFFFFFFu : 0;
    return i < t->n ? (int32_t)(low >> 1) : -1;
}

/* ---- by carrier
 * ---------------------------------------------------------------------------------------------------------
 */
#define PT_TOPK(S, T, WORDS, IS_FLOAT, PUSH, KEY, NEGATIVE_ZERO, VALUE, WORST_LARGEST, WORST_SMALLEST)                 \
    PT_FN size_t pt_topk_bytes_##S(int64_t k, int64_t most) { return (size_t)pt_topk_room(k, most) * (8u * WORDS); }   \
    PT_FN void pt_topk_init_##S(pt_topk *t, int64_t k, int64_t most, int largest, void *memory) {                      \
        pt_topk_start(t, k, most, largest, memory, WORDS, IS_FLOAT);                                                   \
    }                                                                                                                  \
    PT_FN void pt_topk_push_##S(pt_topk *t, T x, int64_t index) { PUSH(t, KEY, index, NEGATIVE_ZERO); }                \
    PT_FN T pt_topk_value_##S(const pt_topk *t, int64_t i) {                                                           \
        uint64_t e;                                                                                                    \
        if (i >= t->n)                                                                                                 \
            return t->largest ? WORST_LARGEST : WORST_SMALLEST;                                                        \
        e = t->entry[i * WORDS];                                                                                       \
        return VALUE;                                                                                                  \
    }                                                                                                                  \
    PT_FN void pt_topk_finish_##S(pt_topk *t, int sorted, T *values, int32_t *indices) {                               \
        pt_topk_seal(t, sorted);                                                                                       \
        if (values)                                                                                                    \
            for (int64_t i = 0; i < t->k; i++)                                                                         \
                values[i] = pt_topk_value_##S(t, i);                                                                   \
        if (indices)                                                                                                   \
            for (int64_t i = 0; i < t->k; i++)                                                                         \
                indices[i] = pt_topk_index(t, i);                                                                      \
    }
#define PT_TOPK_SINT(S, T, LEAST, MOST)                                                                                \
    PT_TOPK(S, T, 1, 0, pt_topk_push_word, pt_key_flip((uint32_t)(int32_t)x ^ 0x80000000u, t->largest, 0xFFFFFFFFu),   \
            0, (T)(int32_t)((uint32_t)pt_key_flip(e >> 32, t->largest, 0xFFFFFFFFu) ^ 0x80000000u), LEAST, MOST)
#define PT_TOPK_UINT(S, T, MOST)                                                                                       \
    PT_TOPK(S, T, 1, 0, pt_topk_push_word, pt_key_flip(x, t->largest, 0xFFFFFFFFu), 0,                                 \
            (T)pt_key_flip(e >> 32, t->largest, 0xFFFFFFFFu), 0, MOST)
PT_TOPK_SINT(i8, int8_t, INT8_MIN, INT8_MAX)
PT_TOPK_SINT(i16, int16_t, INT16_MIN, INT16_MAX)
PT_TOPK_SINT(i32, int32_t, INT32_MIN, INT32_MAX)
PT_TOPK_UINT(u8, uint8_t, UINT8_MAX)
PT_TOPK_UINT(u16, uint16_t, UINT16_MAX)
PT_TOPK_UINT(u32, uint32_t, UINT32_MAX)
PT_TOPK(i64, int64_t, 2, 0, pt_topk_push_pair, pt_key_flip((uint64_t)x ^ (uint64_t)1 << 63, t->largest, ~(uint64_t)0),
        0, (int64_t)(pt_key_flip(e, t->largest, ~(uint64_t)0) ^ (uint64_t)1 << 63), INT64_MIN, INT64_MAX)
PT_TOPK(u64, uint64_t, 2, 0, pt_topk_push_pair, pt_key_flip(x, t->largest, ~(uint64_t)0), 0,
        pt_key_flip(e, t->largest, ~(uint64_t)0), 0, UINT64_MAX)
PT_TOPK(f32, float, 1, 1, pt_topk_push_word, pt_key_f32(x, t->largest), x == 0 && signbit(x),
        e & 1 ? -0.0f : pt_unkey_f32((uint32_t)(e >> 32), t->largest), -INFINITY, INFINITY)
PT_TOPK(f64, double, 2, 1, pt_topk_push_pair, pt_key_f64(x, t->largest), x == 0 && signbit(x),
        t->entry[i * 2 + 1] & 1 ? -0.0 : pt_unkey_f64(e, t->largest), (double)-INFINITY, (double)INFINITY)
#undef PT_TOPK_SINT
#undef PT_TOPK_UINT
#undef PT_TOPK
#endif
