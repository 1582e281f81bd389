/* Generators of examples: the same bits everywhere, so every expectation here is a number computed by other means. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>
#include "frontend/example.h"

static void test_draw(void) {
    CU_ASSERT_EQUAL(example_draw(1, 0), 0x910a2dec89025cc1u);
    CU_ASSERT_EQUAL(example_draw(1, 1), 0xbeeb8da1658eec67u);
    CU_ASSERT_EQUAL(example_draw(1, 2), 0xf893a2eefb32555eu);
    CU_ASSERT_EQUAL(example_draw(UINT64_MAX, 7), 0x405da438a39e8064u);
}

static void test_normal(void) {
    const ExampleValue v = {.kind = EXAMPLE_NORMAL, .seed = 1};
    static const int64_t numerators[] = {77643, 24268, -29043, -22399}; /* of 2^16 */
    double d[4];
    float f[4];
    uint16_t h[4];
    int32_t i[4];
    example_generate(&v, ELEM_F64, d, 4);
    example_generate(&v, ELEM_F32, f, 4);
    example_generate(&v, ELEM_F16, h, 4);
    example_generate(&v, ELEM_I32, i, 4);
    for (int k = 0; k < 4; k++) {
        CU_ASSERT_EQUAL(d[k], (double)numerators[k] / 65536.0);
        CU_ASSERT_EQUAL((double)f[k], d[k]);
        CU_ASSERT_EQUAL((double)i[k], nearbyint(d[k]));
    }
    CU_ASSERT(h[0] == 0x3cbd && h[1] == 0x35ed && h[2] == 0xb717 && h[3] == 0xb578);
}

static void test_uniform(void) {
    const ExampleValue v = {.kind = EXAMPLE_UNIFORM, .seed = 5, .lo = -1.0, .hi = 2.5};
    static const float expected[] = {0x1.6a2d3ap-2f, 0x1.a2112cp+0f, -0x1.7bf0ecp-3f};
    double d[3];
    float f[3];
    example_generate(&v, ELEM_F64, d, 3);
    example_generate(&v, ELEM_F32, f, 3);
    CU_ASSERT(d[0] == 0x1.6a2d3a0000000p-2 && d[1] == 0x1.a2112b8000000p+0 && d[2] == -0x1.7bf0ec0000000p-3);
    CU_ASSERT(memcmp(f, expected, sizeof f) == 0);
}

static void test_integers(void) {
    const ExampleValue v = {.kind = EXAMPLE_INTEGERS, .seed = 9, .int_lo = -3, .int_hi = 7};
    static const int8_t expected[] = {-3, 1, 2, -1, -3, 6, 5, -3};
    int8_t b[8];
    uint8_t u[8];
    double d[8];
    example_generate(&v, ELEM_I8, b, 8);
    example_generate(&v, ELEM_U8, u, 8);
    example_generate(&v, ELEM_F64, d, 8);
    CU_ASSERT(memcmp(b, expected, sizeof b) == 0);
    CU_ASSERT(memcmp(u, expected, sizeof u) == 0); /* wraps: the same bits */
    for (int k = 0; k < 8; k++)
        CU_ASSERT_EQUAL(d[k], (double)expected[k]);
}

static void test_iota_zeros_ones(void) {
    const ExampleValue iota = {.kind = EXAMPLE_IOTA}, zeros = {.kind = EXAMPLE_ZEROS}, ones = {.kind = EXAMPLE_ONES};
    static uint8_t bytes[300];
    uint16_t h[3], b[3];
    uint8_t e4m3[3], e5m2[3], flags[3];
    example_generate(&iota, ELEM_U8, bytes, 300);
    CU_ASSERT(bytes[255] == 255 && bytes[256] == 0 && bytes[299] == 43);
    example_generate(&ones, ELEM_F16, h, 3);
    example_generate(&ones, ELEM_BF16, b, 3);
    example_generate(&ones, ELEM_F8E4M3, e4m3, 3);
    example_generate(&ones, ELEM_F8E5M2, e5m2, 3);
    CU_ASSERT(h[2] == 0x3C00 && b[2] == 0x3F80 && e4m3[2] == 0x38 && e5m2[2] == 0x3C);
    example_generate(&iota, ELEM_BOOL, flags, 3);
    CU_ASSERT(flags[0] == 0 && flags[1] == 1 && flags[2] == 1);
    example_generate(&zeros, ELEM_F16, h, 3);
    CU_ASSERT(h[0] == 0 && h[1] == 0 && h[2] == 0);
}

static int code_bits(Elem elem) { return elem == ELEM_F16 || elem == ELEM_BF16 ? 16 : 8; }

/* Every code that is a number comes back, and the middle of two neighbours goes to the even one. */
static void check_narrow(Elem elem, uint32_t largest) {
    uint16_t cell = 0;
    for (uint32_t code = 0; code <= largest; code++) {
        uint16_t from = (uint16_t)code, next = (uint16_t)(code + 1);
        double x = example_load(elem, &from, 0), y = example_load(elem, &next, 0);
        cell = 0;
        example_store_float(elem, &cell, 0, x);
        CU_ASSERT_EQUAL(cell, code);
        cell = 0;
        example_store_float(elem, &cell, 0, -x);
        CU_ASSERT_EQUAL(cell, code | 1u << (code_bits(elem) - 1));
        if (code == largest)
            break;
        cell = 0;
        example_store_float(elem, &cell, 0, (x + y) / 2);
        CU_ASSERT_EQUAL(cell, code + (code & 1));
        cell = 0;
        example_store_float(elem, &cell, 0, nextafter((x + y) / 2, INFINITY));
        CU_ASSERT_EQUAL(cell, code + 1);
    }
}

static void test_narrow_floats(void) {
    check_narrow(ELEM_F16, 0x7BFF);
    check_narrow(ELEM_BF16, 0x7F7F);
    check_narrow(ELEM_F8E4M3, 0x7E);
    check_narrow(ELEM_F8E5M2, 0x7B);
}

static uint32_t narrow_of(Elem elem, double x) {
    uint16_t cell = 0;
    example_store_float(elem, &cell, 0, x);
    return cell;
}

static void test_narrow_limits(void) {
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, 65519.0), 0x7BFF);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, 65520.0), 0x7C00);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, -1e300), 0xFC00);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, INFINITY), 0x7C00);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, 0x1p-25), 0);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, nextafter(0x1p-25, 1)), 1);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F16, -1e-300), 0x8000);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F8E4M3, 464.0), 0x7E);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F8E4M3, 465.0), 0x7F);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F8E5M2, 61440.0), 0x7C);
    CU_ASSERT_EQUAL(narrow_of(ELEM_F8E5M2, NAN) & 0x7F, 0x7E);
    CU_ASSERT_EQUAL(narrow_of(ELEM_BF16, 3.5e38), 0x7F80);
    uint16_t nan = 0x7C01;
    CU_ASSERT(isnan(example_load(ELEM_F16, &nan, 0)));
}

/* One rounding: the f64 nearest to 2^60 + 2^51 + 1 would lie in the middle of two bf16 values. */
static void test_large_integers(void) {
    const int64_t big = ((int64_t)1 << 60) + ((int64_t)1 << 52) + 1;
    uint16_t b = 0;
    float f;
    uint64_t u;
    int16_t s;
    example_store_int(ELEM_BF16, &b, 0, big);
    CU_ASSERT_EQUAL(b, 0x5D81);
    example_store_int(ELEM_BF16, &b, 0, big - 1);
    CU_ASSERT_EQUAL(b, 0x5D80);
    example_store_int(ELEM_F32, &f, 0, ((int64_t)1 << 60) + ((int64_t)1 << 36) + 1);
    CU_ASSERT_EQUAL(f, 0x1.000002p60f);
    example_store_float(ELEM_U64, &u, 0, 0x1p63);
    CU_ASSERT_EQUAL(u, (uint64_t)1 << 63);
    example_store_float(ELEM_U64, &u, 0, 1e30);
    CU_ASSERT_EQUAL(u, UINT64_MAX);
    example_store_float(ELEM_I16, &s, 0, -1e30);
    CU_ASSERT_EQUAL(s, INT16_MIN);
    example_store_float(ELEM_I16, &s, 0, 2.5);
    CU_ASSERT_EQUAL(s, 2);
    example_store_float(ELEM_I16, &s, 0, NAN);
    CU_ASSERT_EQUAL(s, 0);
}

static void test_random_csr(void) {
    static const int32_t expected[3][3] = {{0, 1, 2}, {0, 4, 7}, {1, 2, 5}};
    int32_t row[3];
    int64_t scratch[8];
    for (int r = 0; r < 3; r++) {
        example_random_row(4, 3, 8, r, row, scratch);
        CU_ASSERT(memcmp(row, expected[r], sizeof row) == 0);
    }
}

void test_generate_register(void);
void test_generate_register(void) {
    CU_pSuite suite = CU_add_suite("generate", NULL, NULL);
    CU_add_test(suite, "draw", test_draw);
    CU_add_test(suite, "normal", test_normal);
    CU_add_test(suite, "uniform", test_uniform);
    CU_add_test(suite, "integers", test_integers);
    CU_add_test(suite, "iota, zeros, ones", test_iota_zeros_ones);
    CU_add_test(suite, "narrow floats round once, half to even", test_narrow_floats);
    CU_add_test(suite, "narrow floats at their limits", test_narrow_limits);
    CU_add_test(suite, "large integers round once", test_large_integers);
    CU_add_test(suite, "rows of random_csr", test_random_csr);
}
