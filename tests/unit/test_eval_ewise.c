/* Element-wise operations of the interpreter: every op, hand-made expectations for the corners of each element type. */
#include "ir/eval_internal.h"
#include "tests/unit/eval_kit.h"

enum { MOST = 6 };

typedef struct Case {
    OpCode code;
    Elem elem;
    int n;
    double a[MOST], b[MOST], r[MOST];
} Case;

#define I8_MIN (-128.0)
static const double nan_ = (double)NAN, inf = (double)INFINITY;

static void run_case(const Case *c) {
    Kit k = kit_open();
    Value *a = kit_tile(&k, c->elem, 1, c->n, c->a);
    bool binary = strlen(eval_entry(c->code)->operands) == 2;
    Value *r =
        binary ? build_binary(&k.b, c->code, a, kit_tile(&k, c->elem, 1, c->n, c->b)) : build_unary(&k.b, c->code, a);
    char what[64];
    snprintf(what, sizeof what, "%s %s", op_info(c->code)->name, elem_info(c->elem)->text);
    kit_expect(&k, kit_result(&k, r), c->r, what);
    kit_close(&k);
}

static void run_cases(const Case *cases, int n) {
    for (int i = 0; i < n; i++)
        run_case(&cases[i]);
}

static void test_integers(void) {
    const Case cases[] = {
        {OP_ADD, ELEM_I8, 3, {127, -128, 5}, {1, -1, -6}, {-128, 127, -1}},
        {OP_ADD, ELEM_U8, 2, {255, 200}, {1, 100}, {0, 44}},
        {OP_ADD, ELEM_I16, 1, {32767}, {2}, {-32767}},
        {OP_ADD, ELEM_U16, 1, {65535}, {3}, {2}},
        {OP_ADD, ELEM_I32, 1, {2147483647.0}, {1}, {-2147483648.0}},
        {OP_ADD, ELEM_U32, 1, {4294967295.0}, {5}, {4}},
        {OP_ADD, ELEM_I64, 1, {-5}, {7}, {2}},
        {OP_ADD, ELEM_U64, 1, {5}, {7}, {12}},
        {OP_SUB, ELEM_U8, 2, {0, 7}, {1, 3}, {255, 4}},
        {OP_SUB, ELEM_I32, 1, {-2147483648.0}, {1}, {2147483647.0}},
        {OP_MUL, ELEM_I8, 2, {100, -128}, {3, -1}, {44, -128}},
        {OP_MUL, ELEM_U16, 1, {300}, {300}, {90000.0 - 65536.0}},
        {OP_MUL, ELEM_I32, 1, {65536}, {65536}, {0}},
        {OP_DIV, ELEM_I8, 5, {-7, 7, -128, 5, -5}, {2, -2, -1, 0, 0}, {-3, -3, -128, 0, 0}},
        {OP_DIV, ELEM_I32, 2, {-2147483648.0, 9}, {-1, 0}, {-2147483648.0, 0}},
        {OP_DIV, ELEM_U8, 2, {255, 3}, {2, 0}, {127, 0}},
        {OP_REM, ELEM_I8, 4, {-7, 7, -128, 5}, {2, -2, -1, 0}, {-1, 1, 0, 0}},
        {OP_REM, ELEM_U32, 2, {4294967295.0, 8}, {10, 0}, {5, 0}},
        {OP_MAXIMUM, ELEM_I8, 2, {-1, 3}, {1, 2}, {1, 3}},
        {OP_MAXIMUM, ELEM_U8, 1, {255}, {1}, {255}},
        {OP_MINIMUM, ELEM_U16, 1, {65535}, {1}, {1}},
        {OP_MINIMUM, ELEM_I64, 1, {-4}, {1}, {-4}},
        {OP_NEG, ELEM_I8, 3, {I8_MIN, 5, 0}, {0}, {I8_MIN, -5, 0}},
        {OP_NEG, ELEM_U8, 2, {1, 0}, {0}, {255, 0}},
        {OP_ABS, ELEM_I8, 3, {I8_MIN, -5, 5}, {0}, {I8_MIN, 5, 5}},
        {OP_ABS, ELEM_U8, 1, {200}, {0}, {200}},
        {OP_RELU, ELEM_I16, 3, {-3, 0, 3}, {0}, {0, 0, 3}},
        {OP_SIGN, ELEM_I32, 3, {-9, 0, 9}, {0}, {-1, 0, 1}},
        {OP_SIGN, ELEM_U8, 2, {0, 255}, {0}, {0, 1}},
        {OP_AND, ELEM_U8, 1, {0xF0}, {0x3C}, {0x30}},
        {OP_OR, ELEM_I8, 1, {-128}, {1}, {-127}},
        {OP_XOR, ELEM_U16, 1, {0xFFFF}, {0x00FF}, {0xFF00}},
        {OP_NOT, ELEM_I32, 2, {0, -1}, {0}, {-1, 0}},
        {OP_NOT, ELEM_U8, 1, {1}, {0}, {254}},
        {OP_SHL, ELEM_I8, 4, {1, 1, 64, 3}, {7, 9, 1, -1}, {-128, 2, -128, -128}},
        {OP_SHL, ELEM_U32, 2, {1, 1}, {31, 32}, {2147483648.0, 1}},
        {OP_SHR, ELEM_I8, 3, {-128, -1, 64}, {3, 7, 9}, {-16, -1, 32}},
        {OP_SHR, ELEM_U8, 2, {128, 255}, {3, 8}, {16, 255}},
    };
    run_cases(cases, KIT_COUNT(cases));
}

static void test_bools(void) {
    const Case cases[] = {
        {OP_AND, ELEM_BOOL, 4, {0, 0, 1, 1}, {0, 1, 0, 1}, {0, 0, 0, 1}},
        {OP_OR, ELEM_BOOL, 4, {0, 0, 1, 1}, {0, 1, 0, 1}, {0, 1, 1, 1}},
        {OP_XOR, ELEM_BOOL, 4, {0, 0, 1, 1}, {0, 1, 0, 1}, {0, 1, 1, 0}},
        {OP_NOT, ELEM_BOOL, 2, {0, 1}, {0}, {1, 0}},
        {OP_EQ, ELEM_BOOL, 2, {1, 0}, {1, 1}, {1, 0}},
        {OP_NE, ELEM_BOOL, 2, {1, 0}, {1, 1}, {0, 1}},
    };
    run_cases(cases, KIT_COUNT(cases));
}

static void test_compares(void) {
    const Case cases[] = {
        {OP_EQ, ELEM_F32, 4, {nan_, 0.0, 1, inf}, {nan_, -0.0, 2, inf}, {0, 1, 0, 1}},
        {OP_NE, ELEM_F32, 4, {nan_, 0.0, 1, inf}, {nan_, -0.0, 2, inf}, {1, 0, 1, 0}},
        {OP_LT, ELEM_F64, 4, {nan_, 1, -inf, 2}, {1, nan_, inf, 2}, {0, 0, 1, 0}},
        {OP_LE, ELEM_F16, 3, {nan_, 2, 3}, {1, 2, 2}, {0, 1, 0}},
        {OP_GT, ELEM_BF16, 3, {nan_, 2, 3}, {1, 2, 2}, {0, 0, 1}},
        {OP_GE, ELEM_F32, 3, {nan_, 2, 1}, {1, 2, 2}, {0, 1, 0}},
        {OP_LT, ELEM_U8, 2, {200, 1}, {100, 200}, {0, 1}},
        {OP_LT, ELEM_I8, 2, {-56, 1}, {100, -1}, {1, 0}},
        {OP_GT, ELEM_U64, 1, {18446744073709549568.0}, {1}, {1}},
        {OP_GT, ELEM_I64, 1, {-9223372036854775808.0}, {1}, {0}},
        {OP_ISNAN, ELEM_F16, 3, {nan_, inf, 0}, {0}, {1, 0, 0}},
        {OP_ISNAN, ELEM_F64, 3, {nan_, inf, 0}, {0}, {1, 0, 0}},
    };
    run_cases(cases, KIT_COUNT(cases));
}

static void test_floats(void) {
    const Case cases[] = {
        {OP_ADD, ELEM_F32, 3, {16777216.0, inf, -0.0}, {1, -inf, -0.0}, {16777216.0, nan_, -0.0}},
        {OP_ADD, ELEM_F16, 3, {2048, 65504, 1}, {1, 16, 0.0004884004592895508}, {2048, inf, 1}},
        {OP_ADD, ELEM_BF16, 2, {256, 1}, {1, 0.00390625}, {256, 1}},
        {OP_ADD, ELEM_F64, 1, {9007199254740992.0}, {1}, {9007199254740992.0}},
        {OP_SUB, ELEM_F32, 2, {1, 0}, {1, 0}, {0, 0}},
        {OP_MUL, ELEM_F16, 3, {256, 0.00006103515625, -1}, {256, 0.00006103515625, 0}, {inf, 0, -0.0}},
        {OP_MUL, ELEM_F32, 1, {1e30}, {1e30}, {inf}},
        {OP_DIV, ELEM_F32, 3, {1, 0, -1}, {0, 0, 0}, {inf, nan_, -inf}},
        {OP_DIV, ELEM_F16, 1, {1}, {3}, {0.333251953125}},
        {OP_DIV, ELEM_F64, 1, {1}, {3}, {1.0 / 3.0}},
        {OP_REM, ELEM_F32, 3, {5.5, -5.5, 1}, {2, 2, 0}, {1.5, -1.5, nan_}},
        {OP_MAXIMUM, ELEM_F32, 5, {0.0, -0.0, nan_, 1, 2}, {-0.0, 0.0, 1, nan_, 3}, {-0.0, 0.0, nan_, nan_, 3}},
        {OP_MINIMUM, ELEM_F64, 5, {0.0, -0.0, nan_, 1, 2}, {-0.0, 0.0, 1, nan_, 3}, {-0.0, 0.0, nan_, nan_, 2}},
        {OP_NEG, ELEM_F32, 3, {0.0, 1, inf}, {0}, {-0.0, -1, -inf}},
        {OP_ABS, ELEM_F16, 3, {-0.0, -2, -inf}, {0}, {0.0, 2, inf}},
        {OP_RELU, ELEM_F32, 5, {-1, -0.0, 0.0, nan_, 2}, {0}, {0.0, -0.0, 0.0, nan_, 2}},
        {OP_SIGN, ELEM_F32, 5, {-3, -0.0, 0.0, nan_, inf}, {0}, {-1, -0.0, 0.0, nan_, 1}},
        {OP_SQRT, ELEM_F32, 4, {4, -1, -0.0, inf}, {0}, {2, nan_, -0.0, inf}},
        {OP_SQRT, ELEM_F16, 1, {2}, {0}, {1.4140625}},
        {OP_RSQRT, ELEM_F32, 3, {4, 0, inf}, {0}, {0.5, inf, 0}},
        {OP_RECIP, ELEM_F64, 2, {4, -0.0}, {0}, {0.25, -inf}},
        {OP_FLOOR, ELEM_F32, 4, {1.5, -1.5, -0.0, inf}, {0}, {1, -2, -0.0, inf}},
        {OP_CEIL, ELEM_F32, 3, {1.5, -0.5, nan_}, {0}, {2, -0.0, nan_}},
        {OP_ROUND, ELEM_F32, 5, {0.5, 1.5, 2.5, -0.5, -2.5}, {0}, {0, 2, 2, -0.0, -2}},
        {OP_ROUND, ELEM_F64, 2, {4503599627370497.5, -1.5}, {0}, {4503599627370498.0, -2}},
    };
    run_cases(cases, KIT_COUNT(cases));
}

static void test_transcendentals(void) {
    const Case cases[] = {
        {OP_EXP, ELEM_F32, 4, {0, -inf, inf, nan_}, {0}, {1, 0, inf, nan_}},
        {OP_EXP, ELEM_F64, 3, {0, -inf, inf}, {0}, {1, 0, inf}},
        {OP_EXP2, ELEM_F16, 4, {3, -1, 16, -25}, {0}, {8, 0.5, inf, 0}},
        {OP_LOG, ELEM_F32, 4, {1, 0, -1, inf}, {0}, {0, -inf, nan_, inf}},
        {OP_LOG2, ELEM_BF16, 2, {8, 0.25}, {0}, {3, -2}},
        {OP_LOG1P, ELEM_F32, 3, {0, -1, -0.0}, {0}, {0, -inf, -0.0}},
        {OP_POW, ELEM_F32, 4, {2, 4, 0, -2}, {10, 0.5, 0, 3}, {1024, 2, 1, -8}},
        {OP_SIGMOID, ELEM_F32, 3, {0, inf, -inf}, {0}, {0.5, 1, 0}},
        {OP_TANH, ELEM_F64, 3, {0, inf, -inf}, {0}, {0, 1, -1}},
        {OP_SILU, ELEM_F32, 2, {0, inf}, {0}, {0, inf}},
        {OP_GELU, ELEM_F32, 2, {0, inf}, {0}, {0, inf}},
        {OP_ERF, ELEM_F32, 3, {0, inf, -inf}, {0}, {0, 1, -1}},
        {OP_SIN, ELEM_F32, 2, {0, inf}, {0}, {0, nan_}},
        {OP_COS, ELEM_F64, 2, {0, inf}, {0}, {1, nan_}},
    };
    run_cases(cases, KIT_COUNT(cases));
}

static void test_wide_integers(void) {
    Kit k = kit_open();
    Value *a = kit_tile(&k, ELEM_U64, 1, 2, NULL), *b = kit_tile(&k, ELEM_U64, 1, 2, NULL);
    uint64_t *x = k.args[0].tensor.data, *y = k.args[1].tensor.data;
    x[0] = UINT64_MAX, y[0] = 2;
    x[1] = 5, y[1] = UINT64_MAX;
    int sum = kit_result(&k, build_binary(&k.b, OP_ADD, a, b)),
        quotient = kit_result(&k, build_binary(&k.b, OP_DIV, a, b));
    int shifted = kit_result(&k, build_binary(&k.b, OP_SHR, a, b));
    CU_ASSERT_EQUAL_FATAL(kit_run(&k), PTOC_OK);
    CU_ASSERT_EQUAL(((uint64_t *)k.args[sum].tensor.data)[0], 1);
    CU_ASSERT_EQUAL(((uint64_t *)k.args[sum].tensor.data)[1], 4);
    CU_ASSERT_EQUAL(((uint64_t *)k.args[quotient].tensor.data)[0], UINT64_MAX / 2);
    CU_ASSERT_EQUAL(((uint64_t *)k.args[quotient].tensor.data)[1], 0);
    CU_ASSERT_EQUAL(((uint64_t *)k.args[shifted].tensor.data)[0], UINT64_MAX >> 2);
    CU_ASSERT_EQUAL(((uint64_t *)k.args[shifted].tensor.data)[1], 0); /* 5 >> 63 */
    kit_close(&k);
}

static void test_broadcast(void) {
    Kit k = kit_open();
    Value *m = kit_tile(&k, ELEM_F32, 2, 3, (double[]){1, 2, 3, 4, 5, 6});
    Value *row = kit_tile(&k, ELEM_F32, 1, 3, (double[]){10, 20, 30}),
          *col = kit_tile(&k, ELEM_F32, 2, 1, (double[]){100, 200});
    Value *one = kit_tile(&k, ELEM_F32, 1, 1, (double[]){1000});
    kit_expect(&k, kit_result(&k, build_binary(&k.b, OP_ADD, m, row)), (double[]){11, 22, 33, 14, 25, 36}, "row");
    k.ran = false;
    kit_expect(&k, kit_result(&k, build_binary(&k.b, OP_SUB, col, m)), (double[]){99, 98, 97, 196, 195, 194}, "column");
    k.ran = false;
    kit_expect(&k, kit_result(&k, build_binary(&k.b, OP_ADD, col, row)), (double[]){110, 120, 130, 210, 220, 230},
               "outer");
    k.ran = false;
    kit_expect(&k, kit_result(&k, build_binary(&k.b, OP_SUB, one, one)), (double[]){0}, "scalar");
    k.ran = false;
    Value *c = build_binary(&k.b, OP_GT, m, build_const_float(&k.b, ELEM_F32, 3));
    Value *w = build_ewise(&k.b, OP_WHERE, (Value *[]){c, m, one}, 3);
    kit_expect(&k, kit_result(&k, w), (double[]){1000, 1000, 1000, 4, 5, 6}, "where");
    kit_close(&k);
}

static void test_empty(void) {
    Kit k = kit_open();
    Value *x = kit_tile(&k, ELEM_F32, 0, 3, NULL), *row = kit_tile(&k, ELEM_F32, 1, 3, (double[]){1, 2, 3});
    kit_expect(&k, kit_result(&k, build_binary(&k.b, OP_ADD, x, row)), NULL, "empty");
    kit_close(&k);
}

static void test_division_by_zero(void) {
    for (int wide = 0; wide < 2; wide++) {
        Kit k = kit_open();
        k.options.full_checks = true;
        Value *a = kit_tile(&k, ELEM_I32, 1, 1 + wide, (double[]){1, 2}),
              *b = kit_tile(&k, ELEM_I32, 1, 1 + wide, (double[]){0, 0});
        kit_result(&k, build_binary(&k.b, wide ? OP_REM : OP_DIV, a, b));
        kit_expect_error(&k, PTOC_E_DIVIDE, "an integer is divided by zero");
        kit_close(&k);
    }
}

static void test_every_op_runs(void) {
    int checked = 0;
    for (OpCode code = 0; code < OP_COUNT; code++) {
        bool in_ir = !op_code_has(code, LANG_ONLY);
        if (in_ir != (eval_entry(code)->fn != NULL))
            fprintf(stderr, "%s\n", op_info(code)->name);
        CU_ASSERT_EQUAL(in_ir, eval_entry(code)->fn != NULL);
        for (Elem elem = 0; in_ir && elem < ELEM_COUNT; elem++) {
            if (!op_code_has(code, EWISE) || eval_entry(code)->fn != eval_ewise || elem == ELEM_INDEX)
                continue;
            bool allowed = elem_in_set(elem, op_info(code)->elems);
            CU_ASSERT(!allowed || eval_ewise_loop(code, elem) != NULL);
            checked++;
        }
    }
    CU_ASSERT(checked > 600);
}

void test_eval_ewise_register(void);
void test_eval_ewise_register(void) {
    static const KitTest tests[] = {
        {"integers wrap", test_integers},
        {"bools", test_bools},
        {"comparisons", test_compares},
        {"floats round once", test_floats},
        {"transcendentals at exact points", test_transcendentals},
        {"64-bit integers", test_wide_integers},
        {"broadcast and where", test_broadcast},
        {"empty tiles", test_empty},
        {"division by zero", test_division_by_zero},
        {"every op has a function", test_every_op_runs},
    };
    kit_register("eval: element-wise", tests, KIT_COUNT(tests));
}
