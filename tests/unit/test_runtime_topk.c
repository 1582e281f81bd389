/* Streaming top-k and sort of the runtime against qsort by the language's order. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "ptoc_topk.h"

static uint64_t topk_random(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------------ */
enum { KINDS = 13 };
static double topk_input(int kind, int64_t i, int64_t n, uint64_t *s) {
    double r = (double)(int64_t)topk_random(s) * 0x1p-63;
    switch (kind) {
    case 0: return r;
    case 1: return (double)i;
    case 2: return (double)(n - i);
    case 3: return 1.5;
    case 4: return floor(r * 4);                                   /* few values */
    case 5: return r * pow(2, (double)(topk_random(s) % 60) - 30); /* all magnitudes */
    case 6: return topk_random(s) % 10 ? r : NAN;
    case 7: return topk_random(s) % 100 ? NAN : -INFINITY;
    case 8: return (double)(i % 97); /* sawtooth */
    case 9: return topk_random(s) % 2 ? 0.0 : -0.0;
    case 10: return 1 + r * 0x1p-20;   /* clustered */
    case 11: return i % 8 ? r : 2 + r; /* one in eight is not like the others */
    default: return topk_random(s) % 5 == 0 ? INFINITY : topk_random(s) % 3 ? -r * 0x1p-140 : -INFINITY;
    }
}

/* ---- the reference -------------------------------------------------------------------------------------------------------- */
typedef struct Item {
    double value;
    int32_t index;
    int largest;
} Item;

static int item_compare(const void *pa, const void *pb) {
    const Item *a = pa, *b = pb;
    int nan_a = isnan(a->value), nan_b = isnan(b->value);
    if (nan_a != nan_b)
        return nan_a - nan_b;
    if (!nan_a && a->value != b->value)
        return (a->value < b->value) == a->largest ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}
static int item_by_index(const void *pa, const void *pb) {
    const Item *a = pa, *b = pb;
    return a->index < b->index ? -1 : a->index > b->index;
}
static int same(double a, double b) { return (a != a && b != b) || (a == b && signbit(a) == signbit(b)); }

/* The k best of n items, padded. */
static Item *reference(const double *x, int64_t n, int64_t k, int largest, int sorted) {
    Item *items = malloc((size_t)(n + k + 1) * sizeof *items);
    for (int64_t i = 0; i < n; i++)
        items[i] = (Item){x[i], (int32_t)i, largest};
    qsort(items, (size_t)n, sizeof *items, item_compare);
    if (!sorted)
        qsort(items, (size_t)(n < k ? n : k), sizeof *items, item_by_index);
    for (int64_t i = n; i < k; i++)
        items[i] = (Item){largest ? -INFINITY : INFINITY, -1, largest};
    return items;
}

/* ---- one state against the reference --------------------------------------------------------------------------------------- */
/* Order of pushes: 0 ascending, 1 descending, 2 shuffled. Memory is given to the byte, for the sanitizers. */
static int64_t place(int order, int64_t i, int64_t n) {
    if (order == 2 && n > 1) {
        int64_t step = n * 2 / 3 | 1;
        while (n % 3 == 0 && step % 3 == 0)
            step += 2;
        int64_t a = step, b = n;
        while (b) {
            int64_t t = a % b;
            a = b;
            b = t;
        }
        return a == 1 ? i * step % n : n - 1 - i;
    }
    return order ? n - 1 - i : i;
}

static long check_f32(const double *x, int64_t n, int64_t k, int64_t most, int flags) {
    int largest = flags & 1, sorted = flags >> 1 & 1, order = flags >> 2;
    Item *want = reference(x, n, k, largest, sorted);
    void *memory = malloc(pt_topk_bytes_f32(k, most) + 1);
    float *values = calloc((size_t)k, sizeof *values);
    int32_t *indices = calloc((size_t)k, sizeof *indices);
    pt_topk t;
    long bad = 0;
    pt_topk_init_f32(&t, k, most, largest, memory);
    for (int64_t i = 0; i < n; i++)
        pt_topk_push_f32(&t, (float)x[place(order, i, n)], place(order, i, n));
    pt_topk_push_f32(&t, 100.0f, -1);
    bad += t.overflow || t.n > t.cap;
    pt_topk_finish_f32(&t, sorted, values, indices);
    for (int64_t i = 0; i < k; i++)
        bad += indices[i] != want[i].index || !same((double)values[i], want[i].value);
    free(want);
    free(memory);
    free(values);
    free(indices);
    return bad;
}
static long check_f64(const double *x, int64_t n, int64_t k, int64_t most, int flags) {
    int largest = flags & 1, sorted = flags >> 1 & 1, order = flags >> 2;
    Item *want = reference(x, n, k, largest, sorted);
    void *memory = malloc(pt_topk_bytes_f64(k, most) + 1);
    double *values = calloc((size_t)k, sizeof *values);
    int32_t *indices = calloc((size_t)k, sizeof *indices);
    pt_topk t;
    long bad = 0;
    pt_topk_init_f64(&t, k, most, largest, memory);
    for (int64_t i = 0; i < n; i++)
        pt_topk_push_f64(&t, x[place(order, i, n)], place(order, i, n));
    bad += t.overflow || t.n > t.cap;
    pt_topk_finish_f64(&t, sorted, values, indices);
    for (int64_t i = 0; i < k; i++)
        bad += indices[i] != want[i].index || !same(values[i], want[i].value);
    free(want);
    free(memory);
    free(values);
    free(indices);
    return bad;
}

static const int64_t sizes[] = {0, 1, 2, 7, 47, 48, 300, 1000, 5000, 20011};
static const int64_t ks[] = {1, 2, 5, 48, 64, 257, 2048};

static void topk_all_inputs(long (*check)(const double *, int64_t, int64_t, int64_t, int)) {
    uint64_t s = 42;
    double *x = malloc(20011 * sizeof *x);
    int flags = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        long bad = 0;
        for (size_t a = 0; a < sizeof sizes / sizeof *sizes; a++) {
            for (int64_t i = 0; i < sizes[a]; i++)
                x[i] = (double)(float)topk_input(kind, i, sizes[a], &s);
            for (size_t b = 0; b < sizeof ks / sizeof *ks; b++, flags = (flags + 1) % 12) {
                bad += check(x, sizes[a], ks[b], INT64_MAX, flags);
                bad += check(x, sizes[a], ks[b], sizes[a], (flags + 5) % 12);
            }
        }
        CU_ASSERT_EQUAL(bad, 0);
    }
    free(x);
}
static void topk_f32(void) { topk_all_inputs(check_f32); }
static void topk_f64(void) { topk_all_inputs(check_f64); }

/* k = n: a stable sort. */
static void topk_sort(void) {
    uint64_t s = 7;
    double *x = malloc(3000 * sizeof *x);
    for (int kind = 0; kind < KINDS; kind++) {
        long bad = 0;
        for (int64_t n = 1; n <= 3000; n = n * 3 + 1) {
            for (int64_t i = 0; i < n; i++)
                x[i] = (double)(float)topk_input(kind, i, n, &s);
            for (int flags = 2; flags < 4; flags++)
                bad += check_f32(x, n, n, n, flags) + check_f64(x, n, n, n, flags);
        }
        CU_ASSERT_EQUAL(bad, 0);
    }
    free(x);
}

/* Parts of a row in several states, merged in any order, are the row. */
static void topk_merge(void) {
    enum { N = 6000, K = 100, PARTS = 5 };
    uint64_t s = 9;
    static const int join[PARTS] = {3, 0, 4, 1, 2};
    for (int kind = 0; kind < KINDS; kind++) {
        double *x = malloc(N * sizeof *x);
        for (int64_t i = 0; i < N; i++)
            x[i] = (double)(float)topk_input(kind, i, N, &s);
        for (int largest = 0; largest < 2; largest++) {
            Item *want = reference(x, N, K, largest, 1);
            pt_topk part[PARTS], all;
            long bad = 0;
            pt_topk_init_f32(&all, K, INT64_MAX, largest, malloc(pt_topk_bytes_f32(K, INT64_MAX)));
            for (int p = 0; p < PARTS; p++)
                pt_topk_init_f32(&part[p], K, INT64_MAX, largest, malloc(pt_topk_bytes_f32(K, INT64_MAX)));
            for (int64_t i = 0; i < N; i++)
                pt_topk_push_f32(&part[i / 7 % PARTS], (float)x[i], i);
            for (int p = 0; p < PARTS; p++)
                pt_topk_merge(&all, &part[join[p]]);
            pt_topk_seal(&all, 1);
            for (int64_t i = 0; i < K; i++)
                bad +=
                    pt_topk_index(&all, i) != want[i].index || !same((double)pt_topk_value_f32(&all, i), want[i].value);
            CU_ASSERT_EQUAL(bad, 0);
            for (int p = 0; p < PARTS; p++)
                free(part[p].entry);
            free(all.entry);
            free(want);
        }
        free(x);
    }
}

/* Equal elements pushed twice, as overlapping lists may hold them, stay within k and memory. */
static void topk_duplicates(void) {
    void *memory = malloc(pt_topk_bytes_f64(3, INT64_MAX));
    pt_topk t;
    pt_topk_init_f64(&t, 3, INT64_MAX, 1, memory);
    for (int i = 0; i < 5000; i++)
        pt_topk_push_f64(&t, 2.0, 8);
    pt_topk_seal(&t, 1);
    CU_ASSERT(!t.overflow && t.n == 3);
    for (int i = 0; i < 3; i++)
        CU_ASSERT(pt_topk_index(&t, i) == 8 && pt_topk_value_f64(&t, i) == 2.0);
    free(memory);
}

/* The same in one word, and indices up to the last one. */
static void topk_words(void) {
    void *memory = malloc(pt_topk_bytes_f32(100, INT64_MAX));
    pt_topk t;
    long bad = 0;
    pt_topk_init_f32(&t, 3, INT64_MAX, 1, memory);
    for (int i = 0; i < 5000; i++)
        pt_topk_push_f32(&t, i % 2 ? 2.0f : 3.0f, i % 2 ? 8 : 9);
    CU_ASSERT(!t.overflow && t.n <= t.cap);
    pt_topk_seal(&t, 1);
    CU_ASSERT_EQUAL(t.n, 3);
    for (int i = 0; i < 3; i++)
        bad += pt_topk_index(&t, i) != 9 || pt_topk_value_f32(&t, i) != 3.0f;
    for (int sorted = 0; sorted < 2; sorted++) {
        pt_topk_init_f32(&t, 100, INT64_MAX, 1, memory);
        for (int64_t i = 0; i < 3000; i++)
            pt_topk_push_f32(&t, 1.0f, INT32_MAX - i * 700001 % 2099999999);
        pt_topk_seal(&t, sorted);
        for (int i = 1; i < 100; i++)
            bad += pt_topk_index(&t, i - 1) >= pt_topk_index(&t, i);
    }
    CU_ASSERT_EQUAL(bad, 0);
    free(memory);
    memory = malloc(pt_topk_bytes_i64(100, INT64_MAX));
    bad = 0;
    for (int sorted = 0; sorted < 2; sorted++) {
        pt_topk_init_i64(&t, 100, INT64_MAX, 0, memory);
        for (int64_t i = 0; i < 3000; i++)
            pt_topk_push_i64(&t, 1, INT32_MAX - i * 700001 % 2099999999);
        pt_topk_seal(&t, sorted);
        for (int i = 1; i < 100; i++)
            bad += pt_topk_index(&t, i - 1) >= pt_topk_index(&t, i);
    }
    CU_ASSERT_EQUAL(bad, 0);
    free(memory);
}

#define CHECK_INT(S, T, LEAST, MOST)                                                                                   \
    static void topk_##S(void) {                                                                                       \
        uint64_t s = 77;                                                                                               \
        enum { N = 3000, K = 50 };                                                                                     \
        for (int flags = 0; flags < 4; flags++) {                                                                      \
            T x[N], values[K];                                                                                         \
            int32_t indices[K], n = flags ? N : 20;                                                                    \
            void *memory = malloc(pt_topk_bytes_##S(K, INT64_MAX));                                                    \
            pt_topk t;                                                                                                 \
            long bad = 0;                                                                                              \
            int largest = flags & 1;                                                                                   \
            pt_topk_init_##S(&t, K, INT64_MAX, largest, memory);                                                       \
            for (int32_t i = 0; i < n; i++) {                                                                          \
                x[i] = i % 50 == 0 ? (T)(LEAST) : i % 50 == 1 ? (T)(MOST) : (T)topk_random(&s);                        \
                pt_topk_push_##S(&t, x[i], i);                                                                         \
            }                                                                                                          \
            pt_topk_finish_##S(&t, 1, values, indices);                                                                \
            for (int32_t i = 0; i < n; i++) { /* the rank of an element is the number of better ones */                \
                int32_t rank = 0;                                                                                      \
                for (int32_t j = 0; j < n; j++)                                                                        \
                    rank += x[j] == x[i] ? j < i : (x[j] > x[i]) == largest;                                           \
                bad += rank < K && (indices[rank] != i || values[rank] != x[i]);                                       \
            }                                                                                                          \
            for (int32_t i = n; i < K; i++)                                                                            \
                bad += indices[i] != -1 || values[i] != (largest ? (T)(LEAST) : (T)(MOST));                            \
            CU_ASSERT_EQUAL(bad, 0);                                                                                   \
            free(memory);                                                                                              \
        }                                                                                                              \
    }
CHECK_INT(i8, int8_t, INT8_MIN, INT8_MAX)
CHECK_INT(i16, int16_t, INT16_MIN, INT16_MAX)
CHECK_INT(i32, int32_t, INT32_MIN, INT32_MAX)
CHECK_INT(i64, int64_t, INT64_MIN, INT64_MAX)
CHECK_INT(u8, uint8_t, 0, UINT8_MAX)
CHECK_INT(u16, uint16_t, 0, UINT16_MAX)
CHECK_INT(u32, uint32_t, 0, UINT32_MAX)
CHECK_INT(u64, uint64_t, 0, UINT64_MAX)

/* The last possible index, and a state too small for what is pushed says so. */
static void topk_limits(void) {
    uint64_t memory[600];
    pt_topk t;
    pt_topk_init_f32(&t, 2, INT64_MAX, 1, memory);
    pt_topk_push_f32(&t, NAN, INT32_MAX);
    pt_topk_push_f32(&t, -INFINITY, INT32_MAX - 1);
    pt_topk_seal(&t, 1);
    CU_ASSERT(pt_topk_index(&t, 0) == INT32_MAX - 1 && pt_topk_index(&t, 1) == INT32_MAX &&
              isnan(pt_topk_value_f32(&t, 1)));
    CU_ASSERT(pt_topk_bytes_f32(2048, INT64_MAX) <= 8 * (3 * 2048 + 256));
    CU_ASSERT(pt_topk_bytes_f32(INT64_C(1) << 31, 1000) <= 16 * 1000);
    CU_ASSERT(pt_topk_bytes_f64((int64_t)1 << 31, INT64_MAX) > (size_t)6 << 31);
    pt_topk_init_f32(&t, 8, 2, 1, memory);
    for (int i = 0; i < 9; i++)
        pt_topk_push_f32(&t, (float)i, i);
    CU_ASSERT(t.overflow && t.n <= t.cap);
}

void test_runtime_topk_register(void);
void test_runtime_topk_register(void) {
    CU_pSuite suite = CU_add_suite("runtime.topk", NULL, NULL);
    CU_add_test(suite, "f32, all inputs", topk_f32);
    CU_add_test(suite, "f64, all inputs", topk_f64);
    CU_add_test(suite, "sort", topk_sort);
    CU_add_test(suite, "merge", topk_merge);
    CU_add_test(suite, "duplicates", topk_duplicates);
    CU_add_test(suite, "duplicates in one word, large indices", topk_words);
    CU_add_test(suite, "i8", topk_i8);
    CU_add_test(suite, "i16", topk_i16);
    CU_add_test(suite, "i32", topk_i32);
    CU_add_test(suite, "i64", topk_i64);
    CU_add_test(suite, "u8", topk_u8);
    CU_add_test(suite, "u16", topk_u16);
    CU_add_test(suite, "u32", topk_u32);
    CU_add_test(suite, "u64", topk_u64);
    CU_add_test(suite, "limits", topk_limits);
}
