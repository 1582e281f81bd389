/* Facts: what must be proved, what must not, and soundness on random valuations. */
#include "ir/facts.h"
#include "ir/poly.h"
#include "ir_kit.h"

typedef struct Scene {
    IrKit kit;
    Facts *facts;
    ExprTable *t;
    const Expr *a, *b, *c, *d, *e, *f;
} Scene;

static Scene scene_create(uint64_t seed) {
    Scene s = {.kit = kit_create(seed)};
    s.t = s.kit.exprs;
    s.facts = facts_create(s.kit.arena, s.t);
    const Expr **to[] = {&s.a, &s.b, &s.c, &s.d, &s.e, &s.f};
    for (int i = 0; i < KIT_VALUES; i++)
        *to[i] = s.kit.leaves[i];
    return s;
}

static void scene_end(Scene *s) { arena_destroy(s->kit.arena); }

static const Expr *num(Scene *s, int64_t c) { return expr_const(s->t, c); }
static const Expr *add(Scene *s, const Expr *x, const Expr *y) { return expr_add(s->t, x, y); }
static const Expr *sub(Scene *s, const Expr *x, const Expr *y) { return expr_sub(s->t, x, y); }
static const Expr *mul(Scene *s, const Expr *x, const Expr *y) { return expr_mul(s->t, x, y); }

/* 0 <= i < n */
static void in_range(Scene *s, const Expr *i, const Expr *n) {
    facts_add_ge0(s->facts, i);
    facts_add_lt(s->facts, i, n);
}

static void test_loops(void) {
    Scene s = scene_create(1);
    in_range(&s, s.a, s.b);                            /* a in 0 .. b */
    facts_add_ge0(s.facts, add(&s, s.c, num(&s, -1))); /* c >= 1 */
    CU_ASSERT_TRUE(facts_prove_le(s.facts, s.a, add(&s, s.b, num(&s, -1))));
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, s.b));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, num(&s, 0), s.b));
    CU_ASSERT_FALSE(facts_prove_lt(s.facts, num(&s, 1), s.b));
    /* a * 8 + 8 <= b * 8 */
    const Expr *eight = num(&s, 8);
    CU_ASSERT_TRUE(facts_prove_le(s.facts, add(&s, mul(&s, s.a, eight), eight), mul(&s, s.b, eight)));
    CU_ASSERT_FALSE(facts_prove_le(s.facts, add(&s, mul(&s, s.a, eight), num(&s, 9)), mul(&s, s.b, eight)));
    /* a * c + c <= b * c, with c only known to be positive */
    CU_ASSERT_TRUE(facts_prove_le(s.facts, add(&s, mul(&s, s.a, s.c), s.c), mul(&s, s.b, s.c)));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, mul(&s, s.a, s.c), mul(&s, s.b, s.c)));
    CU_ASSERT_FALSE(facts_prove_le(s.facts, add(&s, mul(&s, s.a, s.c), add(&s, s.c, num(&s, 1))), mul(&s, s.b, s.c)));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, s.a, mul(&s, s.a, s.c)));
    scene_end(&s);
}

static void test_steps(void) {
    Scene s = scene_create(2);
    const Expr *four = num(&s, 4);
    /* a = 4 * c, a < b = 4 * d: the step fits */
    facts_add_eq(s.facts, s.a, mul(&s, four, s.c));
    facts_add_eq(s.facts, s.b, mul(&s, four, s.d));
    in_range(&s, s.a, s.b);
    CU_ASSERT_TRUE(facts_prove_le(s.facts, add(&s, s.a, four), s.b));
    CU_ASSERT_FALSE(facts_prove_le(s.facts, add(&s, s.a, num(&s, 5)), s.b));
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, s.c));
    scene_end(&s);
}

static void test_mixed_radix(void) {
    Scene s = scene_create(3);
    in_range(&s, s.a, s.b); /* outer of b */
    in_range(&s, s.c, s.d); /* inner of d */
    facts_add_ge0(s.facts, add(&s, s.e, num(&s, -1)));
    const Expr *flat = add(&s, mul(&s, s.a, s.d), s.c), *whole = mul(&s, s.b, s.d);
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, flat, whole));
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, flat));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, add(&s, mul(&s, flat, s.e), s.e), mul(&s, whole, s.e)));
    CU_ASSERT_FALSE(facts_prove_lt(s.facts, add(&s, flat, num(&s, 1)), whole));
    scene_end(&s);
}

static void test_tiers(void) {
    Scene s = scene_create(4);
    /* act - (S1 - s - 1) <= PAD as it stands; then PAD == 2048 */
    const Expr *eff = sub(&s, s.a, sub(&s, sub(&s, s.b, s.c), num(&s, 1)));
    facts_add_le(s.facts, eff, s.d);
    CU_ASSERT_TRUE(facts_prove_le(s.facts, eff, s.d));
    CU_ASSERT_FALSE(facts_prove_le(s.facts, eff, num(&s, 2048)));
    int mark = facts_mark(s.facts);
    facts_add_eq(s.facts, s.d, num(&s, 2048));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, eff, num(&s, 2048)));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, eff, num(&s, 5000)));
    CU_ASSERT_TRUE(facts_prove_eq(s.facts, s.d, num(&s, 2048)));
    facts_release(s.facts, mark);
    CU_ASSERT_FALSE(facts_prove_le(s.facts, eff, num(&s, 2048)));
    CU_ASSERT_FALSE(facts_prove_eq(s.facts, s.d, num(&s, 2048)));
    facts_add_le(s.facts, s.d, s.e);
    facts_add_le(s.facts, s.e, num(&s, 100));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, eff, num(&s, 100)));
    scene_end(&s);
}

static void test_extremes(void) {
    Scene s = scene_create(5);
    in_range(&s, s.a, s.b);
    const Expr *left = sub(&s, s.b, s.a), *block = expr_min(s.t, num(&s, 16), left);
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, block));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, block, num(&s, 16)));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, add(&s, s.a, block), s.b));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, num(&s, 0), block));
    CU_ASSERT_FALSE(facts_prove_le(s.facts, num(&s, 2), block));
    /* 0 <= c < max(0, d - e): d - e is the greater one */
    in_range(&s, s.c, expr_max(s.t, num(&s, 0), sub(&s, s.d, s.e)));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, add(&s, s.e, s.c), s.d));
    CU_ASSERT_FALSE(facts_prove_lt(s.facts, s.c, s.d));
    /* f <= min(a, 7) */
    facts_add_le(s.facts, s.f, expr_min(s.t, s.a, num(&s, 7)));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, s.f, num(&s, 7)));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, s.f, s.b));
    scene_end(&s);
}

static void test_division(void) {
    Scene s = scene_create(6);
    const Expr *sixteen = num(&s, 16);
    facts_add_ge0(s.facts, s.a);
    const Expr *q = expr_div(s.t, s.a, sixteen), *r = expr_mod(s.t, s.a, sixteen);
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, q));
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, r));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, r, sixteen));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, r, s.a));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, mul(&s, sixteen, q), s.a));
    CU_ASSERT_TRUE(facts_prove_eq(s.facts, add(&s, mul(&s, sixteen, q), r), s.a));
    CU_ASSERT_FALSE(facts_prove_lt(s.facts, mul(&s, sixteen, q), s.a));
    /* blocks: b < cdiv(a, 16) means 16 * b < a */
    in_range(&s, s.b, expr_cdiv(s.t, s.a, sixteen));
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, mul(&s, sixteen, s.b), s.a));
    /* of something that may be negative nothing is known */
    CU_ASSERT_FALSE(facts_prove_ge0(s.facts, expr_mod(s.t, s.c, sixteen)));
    CU_ASSERT_FALSE(facts_prove_ge0(s.facts, expr_div(s.t, s.c, sixteen)));
    facts_add_ge0(s.facts, s.c);
    CU_ASSERT_TRUE(facts_prove_ge0(s.facts, expr_mod(s.t, s.c, sixteen)));
    /* a symbolic divisor */
    facts_add_lt(s.facts, num(&s, 0), s.d);
    CU_ASSERT_TRUE(facts_prove_lt(s.facts, expr_mod(s.t, s.c, s.d), s.d));
    CU_ASSERT_TRUE(facts_prove_le(s.facts, mul(&s, s.d, expr_div(s.t, s.c, s.d)), s.c));
    scene_end(&s);
}

static void test_simplify(void) {
    Scene s = scene_create(7);
    in_range(&s, s.a, num(&s, 10));
    facts_add_le(s.facts, num(&s, 128), s.b);
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_min(s.t, num(&s, 128), s.b)), num(&s, 128));
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_max(s.t, num(&s, 0), s.a)), s.a);
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_min(s.t, s.a, s.c)), expr_min(s.t, s.a, s.c));
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_mod(s.t, s.a, num(&s, 16))), s.a);
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_div(s.t, s.a, num(&s, 16))), num(&s, 0));
    const Expr *flat = add(&s, mul(&s, num(&s, 16), s.b), s.a);
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_div(s.t, flat, num(&s, 16))), s.b);
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, expr_mod(s.t, flat, num(&s, 16))), s.a);
    const Expr *inside = mul(&s, s.c, expr_max(s.t, s.a, num(&s, -1)));
    CU_ASSERT_PTR_EQUAL(facts_simplify(s.facts, inside), mul(&s, s.c, s.a));
    scene_end(&s);
}

static void test_bounds(void) {
    Scene s = scene_create(8);
    int64_t c;
    in_range(&s, s.a, num(&s, 10));
    facts_add_le(s.facts, s.b, expr_add_const(s.t, expr_mul_const(s.t, s.a, 3), 2));
    CU_ASSERT_TRUE(facts_upper_const(s.facts, s.a, &c) && c == 9);
    CU_ASSERT_TRUE(facts_lower_const(s.facts, s.a, &c) && c == 0);
    CU_ASSERT_TRUE(facts_upper_const(s.facts, s.b, &c) && c == 29);
    CU_ASSERT_TRUE(facts_upper_const(s.facts, mul(&s, s.a, s.a), &c) ? c >= 81 : true);
    CU_ASSERT_TRUE(facts_lower_const(s.facts, expr_sub(s.t, num(&s, 3), s.a), &c) && c == -6);
    CU_ASSERT_FALSE(facts_lower_const(s.facts, s.b, &c));
    CU_ASSERT_FALSE(facts_upper_const(s.facts, s.c, &c));
    CU_ASSERT_TRUE(facts_upper_const(s.facts, expr_min(s.t, s.c, num(&s, 40)), &c) && c == 40);
    /* 2 * d <= 7 */
    facts_add_le(s.facts, expr_mul_const(s.t, s.d, 2), num(&s, 7));
    CU_ASSERT_TRUE(facts_upper_const(s.facts, s.d, &c) && c == 3);
    scene_end(&s);
}

static bool keep_b_and_d(void *user, const Value *value) {
    const IrKit *kit = user;
    return value == kit->values[1] || value == kit->values[3];
}

static void test_upper_expr(void) {
    Scene s = scene_create(9);
    in_range(&s, s.a, s.b);
    const Expr *block = expr_min(s.t, num(&s, 16), sub(&s, s.b, s.a));
    CU_ASSERT_PTR_EQUAL(facts_upper_expr(s.facts, s.b, keep_b_and_d, &s.kit), s.b);
    CU_ASSERT_PTR_EQUAL(facts_upper_expr(s.facts, s.a, keep_b_and_d, &s.kit), expr_add_const(s.t, s.b, -1));
    CU_ASSERT_PTR_EQUAL(facts_upper_expr(s.facts, block, keep_b_and_d, &s.kit), expr_min(s.t, s.b, num(&s, 16)));
    CU_ASSERT_PTR_NULL(facts_upper_expr(s.facts, s.c, keep_b_and_d, &s.kit));
    facts_add_le(s.facts, s.c, s.d);
    const Expr *extent = expr_max(s.t, num(&s, 0), sub(&s, s.c, s.a));
    CU_ASSERT_PTR_EQUAL(facts_upper_expr(s.facts, extent, keep_b_and_d, &s.kit), expr_max(s.t, num(&s, 0), s.d));
    scene_end(&s);
}

/* Adds random facts that hold under a valuation; whatever is then proved must hold under it, too. */
static void add_true_fact(Scene *s) {
    const Expr *e = kit_random(&s->kit, 2).e;
    int64_t v = kit_eval(&s->kit, e);
    switch (kit_draw(&s->kit) % 4) {
    case 0: facts_add_eq(s->facts, e, expr_const(s->t, v)); break;
    case 1: facts_add_le(s->facts, e, expr_const(s->t, v + kit_between(&s->kit, 0, 2))); break;
    case 2: facts_add_le(s->facts, expr_const(s->t, v - kit_between(&s->kit, 0, 2)), e); break;
    default: {
        const Expr *o = kit_random(&s->kit, 2).e;
        if (kit_eval(&s->kit, o) >= v)
            facts_add_le(s->facts, e, o);
        else
            facts_add_lt(s->facts, o, e);
    }
    }
}

static bool keep_some(void *user, const Value *value) {
    const IrKit *kit = user;
    return value == kit->values[0] || value == kit->values[1] || value == kit->values[2];
}

static int check_sound(Scene *s, const Expr *e, int64_t v, int round) {
    int64_t c;
    int proved = 0, wrong = 0;
    const Expr *at = expr_const(s->t, v), *bound;
    for (int64_t k = v - 2; k <= v + 2; k++) {
        bool le = facts_prove_le(s->facts, e, expr_const(s->t, k)),
             ge = facts_prove_le(s->facts, expr_const(s->t, k), e);
        proved += le + ge;
        wrong += (le && v > k) || (ge && v < k);
    }
    wrong += facts_prove_eq(s->facts, e, expr_add_const(s->t, at, 1));
    wrong += facts_upper_const(s->facts, e, &c) && c < v;
    wrong += facts_lower_const(s->facts, e, &c) && c > v;
    wrong += kit_eval(&s->kit, facts_simplify(s->facts, e)) != v;
    bound = facts_upper_expr(s->facts, e, keep_some, &s->kit);
    wrong += bound && kit_eval(&s->kit, bound) < v;
    if (wrong)
        fprintf(stderr, "round %d: %d wrong answers about a value of %lld\n", round, wrong, (long long)v);
    CU_ASSERT_EQUAL_FATAL(wrong, 0);
    return proved;
}

static void test_soundness(void) {
    int proved = 0;
    for (int round = 0; round < 200; round++) {
        Scene s = scene_create((uint64_t)round + 100);
        kit_roll(&s.kit, round % 3 ? 0 : -6, 6);
        for (int i = 0; i < 6; i++)
            add_true_fact(&s);
        for (int i = 0; i < 6; i++) {
            const Expr *e = kit_random(&s.kit, 2).e;
            proved += check_sound(&s, e, kit_eval(&s.kit, e), round);
        }
        scene_end(&s);
    }
    CU_ASSERT_TRUE(proved > 200);
}

/* After release the answers are those of before. */
static void test_release(void) {
    for (int round = 0; round < 100; round++) {
        Scene s = scene_create((uint64_t)round + 900);
        kit_roll(&s.kit, 0, 6);
        const Expr *asked[8];
        bool answers[8];
        for (int i = 0; i < 4; i++)
            add_true_fact(&s);
        for (int i = 0; i < 8; i++) {
            asked[i] = kit_random(&s.kit, 2).e;
            answers[i] = facts_prove_ge0(s.facts, asked[i]);
        }
        int mark = facts_mark(s.facts);
        for (int i = 0; i < 4; i++)
            add_true_fact(&s);
        for (int i = 0; i < 8; i++)
            if (answers[i])
                CU_ASSERT_TRUE_FATAL(kit_eval(&s.kit, asked[i]) >= 0);
        facts_release(s.facts, mark);
        CU_ASSERT_EQUAL(facts_mark(s.facts), mark);
        kit_roll(&s.kit, -20, 20);
        facts_release(s.facts, 0);
        for (int i = 0; i < 8; i++)
            CU_ASSERT_TRUE_FATAL(!facts_prove_ge0(s.facts, asked[i]) || kit_eval(&s.kit, asked[i]) >= 0);
        scene_end(&s);
    }
}

/* Contradictions and numbers beyond the limits do no harm. */
static void test_odd_facts(void) {
    Scene s = scene_create(10);
    facts_add_le(s.facts, s.a, num(&s, 3));
    facts_add_le(s.facts, num(&s, 5), s.a);
    facts_add_eq(s.facts, num(&s, 1), num(&s, 2));
    CU_ASSERT_FALSE(facts_prove_ge0(s.facts, num(&s, -1)));
    facts_add_le(s.facts, s.b, num(&s, INT64_MAX));
    facts_add_ge0(s.facts, expr_mul_const(s.t, s.c, INT64_MAX));
    CU_ASSERT_FALSE(facts_prove_ge0(s.facts, s.c));
    CU_ASSERT_FALSE(facts_prove_le(s.facts, s.b, num(&s, 7)));
    scene_end(&s);
}

void test_facts_register(void);
void test_facts_register(void) {
    CU_pSuite s = CU_add_suite("facts", NULL, NULL);
    CU_add_test(s, "loops and products", test_loops);
    CU_add_test(s, "steps", test_steps);
    CU_add_test(s, "mixed radix", test_mixed_radix);
    CU_add_test(s, "tiers and equalities", test_tiers);
    CU_add_test(s, "min and max", test_extremes);
    CU_add_test(s, "div and mod", test_division);
    CU_add_test(s, "simplification", test_simplify);
    CU_add_test(s, "constant bounds", test_bounds);
    CU_add_test(s, "bounds in given values", test_upper_expr);
    CU_add_test(s, "what is proved holds", test_soundness);
    CU_add_test(s, "release", test_release);
    CU_add_test(s, "odd facts", test_odd_facts);
}
