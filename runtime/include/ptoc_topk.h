/* ptoc_topk.h - the k best of a stream, exactly, in bounded memory.
 *
 * The order: better value first (largest or smallest), NaN after every number, -0 equal to +0, then the lower index. It is total,
 * so that the answer does not depend on the order of pushes, on blocks or on threads. Elements with a negative index are missing
 * places: they are ignored, and what is short of k reads as value -inf (+inf for smallest; integers: the extreme), index -1.
 * k = number of elements makes it a full, stable sort.
 *
 *   pt_topk_bytes_T(k, most)                memory a state needs, aligned to 8; `most` bounds the pushes, merged ones included
 *                                           (INT64_MAX: unknown)
 *   pt_topk_init_T(&t, k, most, largest, memory)
 *   pt_topk_push_T(&t, x, index)            indices below 2^31, in any order; amortised constant time whatever the input
 *   pt_topk_merge(&t, &other)               the union; both of one type and direction
 *   pt_topk_seal(&t, sorted)                ends pushing; sorted = 0: the same elements in ascending index order
 *   pt_topk_value_T(&t, i), pt_topk_index(&t, i)   after seal, for 0 <= i < k
 *   pt_topk_finish_T(&t, sorted, values, indices)  seal and write k of each; either may be NULL
 *
 * T is a carrier: i8 .. u64, f32 (also f16, bf16, f8), f64.
 *
 * An entry is one number, smaller is better: a key of the value, then the index, then whether a zero was negative. 32-bit values
 * make it one word, 64-bit ones two. Entries not below `bound` cannot be among the k best and are not stored; when the
 * memory is full, a radix selection drops all but about 1.25 k and lowers the bound. */
#ifndef PTOC_TOPK_H
#define PTOC_TOPK_H
#include "ptoc_def.h"

typedef struct pt_topk {
    int64_t k, n, cap; /* wanted, stored, room */
    uint64_t bound[2]; /* entries from here on are no use */
    uint64_t *entry;   /* cap entries of `words` words */
    int words, largest;
    int overflow; /* pushed more than `most`: the result is not complete */
} pt_topk;

/* ---- keys: ascending key = better value; NaN is all ones ------------------------------------------------------------ */
PT_FN uint64_t pt_key_flip(uint64_t ascending, int largest, uint64_t mask) {
    return largest ? ascending ^ mask : ascending;
}
PT_FN uint64_t pt_key_f32(float x, int largest) {
    uint32_t u = pt_u32_of_f32(x + 0.0f);
    u ^= u >> 31 ? 0xFFFFFFFFu : 0x80000000u;
    return x != x ? 0xFFFFFFFFu : pt_key_flip(u, largest, 0xFFFFFFFFu);
}
PT_FN float pt_unkey_f32(uint64_t key, int largest) {
    uint32_t u = (uint32_t)pt_key_flip(key, largest, 0xFFFFFFFFu);
    return key == 0xFFFFFFFFu ? NAN : pt_f32_of_u32(u ^ (u >> 31 ? 0x80000000u : 0xFFFFFFFFu));
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

/* ---- selection -------------------------------------------------------------------------------------------------------- */
/* Keep what lies below `bound`, and the first `equal` of what lies at it. */
typedef struct pt_cut {
    uint64_t bound;
    int64_t equal;
} pt_cut;

/* Word `at` of the entries (of those whose word 0 is *only, if given): a cut that keeps the k smallest and at most `room`.
 * Each round counts the leading 11 bits that still vary; a bin that fits whole ends it. */
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

/* Drops entries that are not among the k best; at most `room` >= k are left. */
PT_COLD void pt_topk_shrink(pt_topk *t, int64_t room) {
    uint64_t *e = t->entry;
    pt_cut first, second = {~(uint64_t)0, INT64_MAX};
    int64_t kept = 0;
    int step = t->words;
    if (t->n <= room)
        return;
    first = pt_topk_cut(t, 0, NULL, t->k, room);
    if (step == 2 && first.equal != INT64_MAX) {
        int64_t below = t->k - first.equal;
        second = pt_topk_cut(t, 1, &first.bound, first.equal, room - below);
        first.equal = INT64_MAX;
    }
    for (int64_t i = 0; i < t->n; i++) {
        uint64_t w = e[i * step], v = step == 2 ? e[i * step + 1] : 0;
        int keep = w < first.bound;
        if (w == first.bound && first.equal > 0 && v <= second.bound && (v < second.bound || second.equal > 0)) {
            keep = 1;
            first.equal -= first.equal != INT64_MAX;
            second.equal -= v == second.bound && second.equal != INT64_MAX;
        }
        e[kept * step] = w;
        if (step == 2)
            e[kept * step + 1] = v;
        kept += keep;
    }
    t->n = kept;
    t->bound[0] = first.bound;
    t->bound[1] = second.bound;
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

/* The state holds twice what it will be left with, so that sorting needs no other memory. */
PT_FN int64_t pt_topk_room(int64_t k, int64_t most) {
    int64_t left = k < most ? k : most, want = 3 * left + 256, all = most > 2 * left ? most : 2 * left;
    return want < all ? want : all;
}
PT_FN void pt_topk_start(pt_topk *t, int64_t k, int64_t most, int largest, void *memory, int words) {
    t->k = k;
    t->n = 0;
    t->cap = pt_topk_room(k, most);
    t->bound[0] = t->bound[1] = ~(uint64_t)0;
    t->entry = (uint64_t *)memory;
    t->words = words;
    t->largest = largest;
    t->overflow = 0;
}

PT_FN void pt_topk_merge(pt_topk *t, const pt_topk *other) {
    for (int64_t i = 0; i < other->n; i++) {
        uint64_t w = other->entry[i * other->words], v = other->words == 2 ? other->entry[i * 2 + 1] : 0;
        if (w < t->bound[0] || (w == t->bound[0] && v < t->bound[1]))
            pt_topk_store(t, w, v);
    }
    t->overflow |= other->overflow;
}

/* ---- order ------------------------------------------------------------------------------------------------------------- */
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
PT_FN void pt_topk_seal(pt_topk *t, int sorted) {
    pt_topk_shrink(t, t->k);
    if (t->n < 48)
        pt_topk_insert(t, !sorted);
    else
        pt_topk_order(t, !sorted);
}
PT_FN int32_t pt_topk_index(const pt_topk *t, int64_t i) {
    uint64_t low = i < t->n ? t->entry[i * t->words + t->words - 1] & 0xFFFFFFFFu : 0;
    return i < t->n ? (int32_t)(low >> 1) : -1;
}

/* ---- by carrier --------------------------------------------------------------------------------------------------------- */
#define PT_TOPK(S, T, WORDS, PUSH, KEY, NEGATIVE_ZERO, VALUE, WORST_LARGEST, WORST_SMALLEST)                           \
    PT_FN size_t pt_topk_bytes_##S(int64_t k, int64_t most) { return (size_t)pt_topk_room(k, most) * (8u * WORDS); }   \
    PT_FN void pt_topk_init_##S(pt_topk *t, int64_t k, int64_t most, int largest, void *memory) {                      \
        pt_topk_start(t, k, most, largest, memory, WORDS);                                                             \
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
        for (int64_t i = 0; values && i < t->k; i++)                                                                   \
            values[i] = pt_topk_value_##S(t, i);                                                                       \
        for (int64_t i = 0; indices && i < t->k; i++)                                                                  \
            indices[i] = pt_topk_index(t, i);                                                                          \
    }
#define PT_TOPK_SINT(S, T, LEAST, MOST)                                                                                \
    PT_TOPK(S, T, 1, pt_topk_push_word, pt_key_flip((uint32_t)(int32_t)x ^ 0x80000000u, t->largest, 0xFFFFFFFFu), 0,   \
            (T)(int32_t)((uint32_t)pt_key_flip(e >> 32, t->largest, 0xFFFFFFFFu) ^ 0x80000000u), LEAST, MOST)
#define PT_TOPK_UINT(S, T, MOST)                                                                                       \
    PT_TOPK(S, T, 1, pt_topk_push_word, pt_key_flip(x, t->largest, 0xFFFFFFFFu), 0,                                    \
            (T)pt_key_flip(e >> 32, t->largest, 0xFFFFFFFFu), 0, MOST)
PT_TOPK_SINT(i8, int8_t, INT8_MIN, INT8_MAX)
PT_TOPK_SINT(i16, int16_t, INT16_MIN, INT16_MAX)
PT_TOPK_SINT(i32, int32_t, INT32_MIN, INT32_MAX)
PT_TOPK_UINT(u8, uint8_t, UINT8_MAX)
PT_TOPK_UINT(u16, uint16_t, UINT16_MAX)
PT_TOPK_UINT(u32, uint32_t, UINT32_MAX)
PT_TOPK(i64, int64_t, 2, pt_topk_push_pair, pt_key_flip((uint64_t)x ^ (uint64_t)1 << 63, t->largest, ~(uint64_t)0), 0,
        (int64_t)(pt_key_flip(e, t->largest, ~(uint64_t)0) ^ (uint64_t)1 << 63), INT64_MIN, INT64_MAX)
PT_TOPK(u64, uint64_t, 2, pt_topk_push_pair, pt_key_flip(x, t->largest, ~(uint64_t)0), 0,
        pt_key_flip(e, t->largest, ~(uint64_t)0), 0, UINT64_MAX)
PT_TOPK(f32, float, 1, pt_topk_push_word, pt_key_f32(x, t->largest), x == 0 && signbit(x),
        e & 1 ? -0.0f : pt_unkey_f32(e >> 32, t->largest), -INFINITY, INFINITY)
PT_TOPK(f64, double, 2, pt_topk_push_pair, pt_key_f64(x, t->largest), x == 0 && signbit(x),
        t->entry[i * 2 + 1] & 1 ? -0.0 : pt_unkey_f64(e, t->largest), (double)-INFINITY, (double)INFINITY)
#undef PT_TOPK_SINT
#undef PT_TOPK_UINT
#undef PT_TOPK
#endif
