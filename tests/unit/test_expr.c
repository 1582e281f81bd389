/* Index expressions: normal forms against arithmetic, and every query. */
#include "ir/expr.h"
#include "ir/poly.h"
#include "ir_kit.h"

static void expect_text(const Expr *e, const char *want) {
    Buf buf = {0};
    expr_format(&buf, e);
    CU_ASSERT_STRING_EQUAL(buf_text(&buf), want);
    if (strcmp(buf_text(&buf), want) != 0)
        fprintf(stderr, "expected `%s`, found `%s`\n", want, buf_text(&buf));
    buf_free(&buf);
}

/* Random expressions are worth what plain arithmetic gives; the value is computed while the expression is built. */
static void test_random_values(void) {
    IrKit kit = kit_create(1);
    for (int round = 0; round < 20000; round++) {
        kit_roll(&kit, -9, 9);
        KitTerm x = kit_random(&kit, 4);
        if (kit_eval(&kit, x.e) != x.value) {
            Buf buf = {0};
            expr_format(&buf, x.e);
            fprintf(stderr, "round %d: %s is %lld, expected %lld\n", round, buf_text(&buf),
                    (long long)kit_eval(&kit, x.e), (long long)x.value);
            buf_free(&buf);
            CU_FAIL("a normal form changed the value");
            break;
        }
    }
    arena_destroy(kit.arena);
}

/* The laws of a commutative ring hold as pointer equality. */
static void test_same_pointer(void) {
    IrKit kit = kit_create(2);
    ExprTable *t = kit.exprs;
    for (int round = 0; round < 3000; round++) {
        kit_roll(&kit, -9, 9);
        const Expr *x = kit_random(&kit, 2).e, *y = kit_random(&kit, 2).e, *z = kit_random(&kit, 2).e;
        CU_ASSERT_PTR_EQUAL_FATAL(expr_add(t, x, y), expr_add(t, y, x));
        CU_ASSERT_PTR_EQUAL_FATAL(expr_mul(t, x, y), expr_mul(t, y, x));
        CU_ASSERT_PTR_EQUAL_FATAL(expr_add(t, expr_add(t, x, y), z), expr_add(t, x, expr_add(t, y, z)));
        CU_ASSERT_PTR_EQUAL_FATAL(expr_mul(t, x, expr_add(t, y, z)), expr_add(t, expr_mul(t, x, y), expr_mul(t, x, z)));
        CU_ASSERT_PTR_EQUAL_FATAL(expr_sub(t, expr_add(t, x, y), y), x);
        CU_ASSERT_PTR_EQUAL_FATAL(expr_neg(t, expr_neg(t, x)), x);
        CU_ASSERT_PTR_EQUAL_FATAL(expr_min(t, x, y), expr_min(t, y, x));
        CU_ASSERT_PTR_EQUAL_FATAL(expr_max(t, x, expr_max(t, y, x)), expr_max(t, x, y));
    }
    arena_destroy(kit.arena);
}

static void test_text(void) {
    IrKit kit = kit_create(3);
    ExprTable *t = kit.exprs;
    const Expr *a = kit.leaves[0], *b = kit.leaves[1], *c = kit.leaves[2];
    expect_text(expr_const(t, -5), "-5");
    expect_text(a, "a");
    expect_text(expr_sub(t, expr_mul_const(t, a, 8), expr_const(t, 1)), "8 * a - 1");
    expect_text(expr_add(t, expr_neg(t, a), b), "b - a");
    expect_text(expr_neg(t, a), "-a");
    expect_text(expr_mul(t, expr_add(t, a, b), c), "a * c + b * c");
    expect_text(expr_div(t, expr_add(t, a, expr_const(t, 15)), expr_const(t, 16)), "(a + 15) / 16");
    expect_text(expr_mul(t, expr_mod(t, a, expr_const(t, 16)), b), "b * (a % 16)");
    expect_text(expr_min(t, a, expr_sub(t, b, c)), "min(a, b - c)");
    expect_text(expr_max(t, expr_const(t, 0), a), "max(0, a)");
    arena_destroy(kit.arena);
}

static void test_divisions(void) {
    IrKit kit = kit_create(4);
    ExprTable *t = kit.exprs;
    const Expr *a = kit.leaves[0], *zero = expr_const(t, 0), *four = expr_const(t, 4);
    CU_ASSERT_PTR_EQUAL(expr_div(t, a, zero), zero);
    CU_ASSERT_PTR_EQUAL(expr_mod(t, a, zero), zero);
    CU_ASSERT_PTR_EQUAL(expr_div(t, expr_mul_const(t, a, 12), four), expr_mul_const(t, a, 3));
    CU_ASSERT_PTR_EQUAL(expr_mod(t, expr_mul_const(t, a, 12), four), zero);
    CU_ASSERT_PTR_EQUAL(expr_div(t, expr_div(t, a, four), four), expr_div(t, a, expr_const(t, 16)));
    CU_ASSERT_PTR_EQUAL(expr_cdiv(t, expr_const(t, 17), four), expr_const(t, 5));
    CU_ASSERT_PTR_EQUAL(expr_div(t, expr_const(t, -7), four), expr_const(t, -1));
    CU_ASSERT_PTR_EQUAL(expr_mod(t, expr_const(t, -7), four), expr_const(t, -3));
    CU_ASSERT_PTR_EQUAL(expr_div(t, expr_const(t, INT64_MIN), expr_const(t, -1)), expr_const(t, INT64_MIN));
    CU_ASSERT_PTR_EQUAL(expr_mod(t, expr_const(t, INT64_MIN), expr_const(t, -1)), zero);
    CU_ASSERT_PTR_EQUAL(expr_min(t, a, expr_add_const(t, a, 3)), a);
    CU_ASSERT_PTR_EQUAL(expr_max(t, a, expr_add_const(t, a, 3)), expr_add_const(t, a, 3));
    arena_destroy(kit.arena);
}

static void test_wrapping(void) {
    IrKit kit = kit_create(5);
    ExprTable *t = kit.exprs;
    const Expr *big = expr_const(t, INT64_MAX), *a = kit.leaves[0];
    CU_ASSERT_PTR_EQUAL(expr_add_const(t, big, 1), expr_const(t, INT64_MIN));
    CU_ASSERT_PTR_EQUAL(expr_neg(t, expr_const(t, INT64_MIN)), expr_const(t, INT64_MIN));
    kit.at[0] = INT64_MAX;
    CU_ASSERT_EQUAL(kit_eval(&kit, expr_mul_const(t, a, 2)), -2);
    CU_ASSERT_EQUAL(kit_eval(&kit, expr_mul(t, a, a)), 1);
    arena_destroy(kit.arena);
}

static bool count_leaf(void *user, Value *value) {
    (void)value;
    ++*(int *)user;
    return true;
}

static void test_leaves(void) {
    IrKit kit = kit_create(6);
    ExprTable *t = kit.exprs;
    const Expr *a = kit.leaves[0], *b = kit.leaves[1], *c = kit.leaves[2];
    const Expr *e = expr_add(t, expr_mul(t, a, a), expr_min(t, expr_mul(t, a, b), expr_const(t, 3)));
    int n = 0;
    CU_ASSERT_TRUE(expr_each_value(e, count_leaf, &n));
    CU_ASSERT_EQUAL(n, 2);
    CU_ASSERT_TRUE(expr_uses(e, kit.values[1]));
    CU_ASSERT_FALSE(expr_uses(e, kit.values[2]));
    CU_ASSERT_PTR_EQUAL(expr_replace(t, e, kit.values[2], a), e);
    const Expr *want = expr_add(t, expr_mul(t, a, a), expr_min(t, expr_mul(t, a, c), expr_const(t, 3)));
    CU_ASSERT_PTR_EQUAL(expr_replace(t, e, kit.values[1], c), want);
    arena_destroy(kit.arena);
}

/* e with v := x is worth what e is worth where v has the value of x. */
static void test_replace_random(void) {
    IrKit kit = kit_create(7);
    for (int round = 0; round < 5000; round++) {
        kit_roll(&kit, -7, 7);
        const Expr *e = kit_random(&kit, 4).e;
        KitTerm x = kit_random(&kit, 2);
        int64_t replaced = kit_eval(&kit, expr_replace(kit.exprs, e, kit.values[0], x.e));
        kit.at[0] = x.value;
        CU_ASSERT_EQUAL_FATAL(kit_eval(&kit, e), replaced);
    }
    arena_destroy(kit.arena);
}

static void test_split_affine(void) {
    IrKit kit = kit_create(8);
    ExprTable *t = kit.exprs;
    const Expr *a = kit.leaves[0], *b = kit.leaves[1], *coef, *rest;
    int split = 0;
    for (int round = 0; round < 5000; round++) {
        kit_roll(&kit, -7, 7);
        const Expr *e = kit_random(&kit, 3).e;
        if (!expr_split_affine(t, e, kit.values[0], &coef, &rest))
            continue;
        split++;
        CU_ASSERT_FALSE_FATAL(expr_uses(coef, kit.values[0]) || expr_uses(rest, kit.values[0]));
        CU_ASSERT_PTR_EQUAL_FATAL(expr_add(t, expr_mul(t, coef, a), rest), e);
    }
    CU_ASSERT_TRUE(split > 1000);
    CU_ASSERT_FALSE(expr_split_affine(t, expr_mul(t, a, a), kit.values[0], &coef, &rest));
    CU_ASSERT_FALSE(expr_split_affine(t, expr_min(t, a, b), kit.values[0], &coef, &rest));
    CU_ASSERT_TRUE(expr_split_affine(t, expr_min(t, a, b), kit.values[2], &coef, &rest));
    arena_destroy(kit.arena);
}

static void test_poly_view(void) {
    IrKit kit = kit_create(9);
    ExprTable *t = kit.exprs;
    for (int round = 0; round < 3000; round++) {
        kit_roll(&kit, -7, 7);
        const Expr *e = kit_random(&kit, 3).e, *sum = expr_const(t, poly_constant(e));
        for (int i = 0; i < poly_term_count(e); i++)
            sum = expr_add(t, sum, expr_mul_const(t, poly_monomial(t, poly_term(e, i)), poly_term(e, i).c));
        CU_ASSERT_PTR_EQUAL_FATAL(sum, e);
    }
    const Expr *m = expr_min(t, kit.leaves[0], kit.leaves[1]);
    const Expr *e = expr_add(t, expr_mul(t, m, kit.leaves[2]), kit.leaves[3]);
    const Expr *want = expr_add(t, expr_mul_const(t, kit.leaves[2], 5), kit.leaves[3]);
    CU_ASSERT_PTR_EQUAL(poly_replace_atom(t, e, m, expr_const(t, 5)), want);
    CU_ASSERT_TRUE(poly_product_fits(e, e));
    const Expr *power = kit.leaves[0];
    while (poly_product_fits(power, power))
        power = expr_mul(t, power, power);
    CU_ASSERT_TRUE(poly_term(power, 0).nfactors > 20);
    arena_destroy(kit.arena);
}

static bool no_value(void *user, const Value *value, int64_t *out) {
    (void)user, (void)value, (void)out;
    return false;
}

static void test_evaluate_unknown(void) {
    IrKit kit = kit_create(10);
    int64_t out;
    CU_ASSERT_FALSE(expr_evaluate(kit.leaves[0], no_value, NULL, &out));
    CU_ASSERT_TRUE(expr_evaluate(expr_const(kit.exprs, 7), no_value, NULL, &out));
    CU_ASSERT_EQUAL(out, 7);
    arena_destroy(kit.arena);
}

/* A long sum is built in linear steps of its own length; the table grows. */
static void test_many(void) {
    IrKit kit = kit_create(11);
    ExprTable *t = kit.exprs;
    const Expr *sum = expr_const(t, 0);
    for (int i = 0; i < 300; i++) {
        Value *v = region_add_arg(kit.module, kit.func->body, type_index(kit.module), NULL);
        sum = expr_add(t, sum, expr_mul_const(t, expr_value(t, v), i));
    }
    CU_ASSERT_EQUAL(poly_term_count(sum), 299);
    CU_ASSERT_PTR_EQUAL(expr_sub(t, sum, sum), expr_const(t, 0));
    arena_destroy(kit.arena);
}

void test_expr_register(void);
void test_expr_register(void) {
    CU_pSuite s = CU_add_suite("expr", NULL, NULL);
    CU_add_test(s, "random expressions keep their value", test_random_values);
    CU_add_test(s, "equal polynomials are one pointer", test_same_pointer);
    CU_add_test(s, "text for messages", test_text);
    CU_add_test(s, "div and mod", test_divisions);
    CU_add_test(s, "wrapping", test_wrapping);
    CU_add_test(s, "leaves and replacement", test_leaves);
    CU_add_test(s, "replacement against evaluation", test_replace_random);
    CU_add_test(s, "affine split", test_split_affine);
    CU_add_test(s, "terms", test_poly_view);
    CU_add_test(s, "unknown leaves", test_evaluate_unknown);
    CU_add_test(s, "many terms", test_many);
}
