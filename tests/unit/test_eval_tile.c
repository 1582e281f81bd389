/* Tile operations of the interpreter: casts, making and moving tiles, reductions, scans, products, order. */
#include "ir/eval_internal.h"
#include "tests/unit/eval_kit.h"

static const double nan_ = (double)NAN, inf = (double)INFINITY;

/* ---- casts ----------------------------------------------------------------------------------- */
typedef struct CastCase {
    Elem from, to;
    const char *round;
    bool sat;
    int n;
    double x[6], r[6];
} CastCase;

static void test_cast(void) {
    const CastCase cases[] = {
        {ELEM_F32, ELEM_I8, NULL, false, 6, {0.5, 1.5, -2.5, 300, -300, nan_}, {0, 2, -2, 127, -128, 0}},
        {ELEM_F32, ELEM_I32, "floor", false, 4, {1.9, -1.1, inf, -inf}, {1, -2, 2147483647.0, -2147483648.0}},
        {ELEM_F64, ELEM_U8, "ceil", false, 4, {1.1, -0.5, -7, 255.5}, {2, 0, 0, 255}},
        {ELEM_F16, ELEM_I16, "trunc", false, 3, {1.9, -1.9, inf}, {1, -1, 32767}},
        {ELEM_I32, ELEM_I8, NULL, false, 3, {200, -129, 5}, {-56, 127, 5}},
        {ELEM_I32, ELEM_I8, NULL, true, 3, {200, -129, 5}, {127, -128, 5}},
        {ELEM_I8, ELEM_U8, NULL, false, 2, {-1, 5}, {255, 5}},
        {ELEM_I8, ELEM_U8, NULL, true, 2, {-1, 5}, {0, 5}},
        {ELEM_U32, ELEM_I32, NULL, true, 2, {4294967295.0, 7}, {2147483647.0, 7}},
        {ELEM_I8, ELEM_I64, NULL, false, 2, {-1, 5}, {-1, 5}},
        {ELEM_I32, ELEM_F16, NULL, false, 3, {2049, 2051, 70000}, {2048, 2052, inf}},
        {ELEM_I32, ELEM_F16, NULL, true, 2, {70000, -70000}, {65504, -65504}},
        {ELEM_I32, ELEM_F32, NULL, false, 2, {16777217, 16777219}, {16777216, 16777220}},
        {ELEM_I32, ELEM_F32, "ceil", false, 1, {16777217}, {16777218}},
        {ELEM_F32, ELEM_F16, NULL, false, 4, {65520, 65519, nan_, -0.0}, {inf, 65504, nan_, -0.0}},
        {ELEM_F32, ELEM_F16, NULL, true, 3, {65520, inf, nan_}, {65504, inf, nan_}},
        {ELEM_F32, ELEM_F16, "floor", false, 2, {2049, -2049}, {2048, -2050}},
        {ELEM_F32, ELEM_F8E4M3, NULL, false, 4, {448, 464, 465, inf}, {448, 448, nan_, nan_}},
        {ELEM_F32, ELEM_F8E4M3, NULL, true, 4, {448, 1e9, -inf, nan_}, {448, 448, -448, nan_}},
        {ELEM_F32, ELEM_F8E5M2, NULL, false, 3, {57344, 1e9, 1.1}, {57344, inf, 1}},
        {ELEM_F64, ELEM_BF16, NULL, false, 2, {1.00390625, 1.01171875}, {1, 1.015625}},
        {ELEM_F64, ELEM_F32, NULL, false, 2, {1e300, 0.1}, {inf, 0.100000001490116119384765625}},
        {ELEM_BOOL, ELEM_F32, NULL, false, 2, {0, 1}, {0, 1}},
        {ELEM_BOOL, ELEM_I8, NULL, false, 2, {0, 1}, {0, 1}},
        {ELEM_F32, ELEM_BOOL, NULL, false, 4, {0, -0.0, nan_, 0.5}, {0, 0, 1, 1}},
        {ELEM_U8, ELEM_BOOL, NULL, false, 2, {0, 255}, {0, 1}},
    };
    for (int i = 0; i < KIT_COUNT(cases); i++) {
        const CastCase *c = &cases[i];
        Kit k = kit_open();
        Value *x = kit_tile(&k, c->from, 1, c->n, c->x);
        char what[64];
        snprintf(what, sizeof what, "%s to %s %s %d", elem_info(c->from)->text, elem_info(c->to)->text,
                 c->round ? c->round : "", c->sat);
        kit_expect(&k, kit_result(&k, build_cast(&k.b, x, c->to, c->round, c->sat)), c->r, what);
        kit_close(&k);
    }
}

static void test_bitcast(void) {
    Kit k = kit_open();
    Value *x = kit_tile(&k, ELEM_F32, 1, 3, (double[]){1, -0.0, nan_});
    Value *h = kit_tile(&k, ELEM_I16, 1, 2, (double[]){0x3C00, -32768});
    Value *bits = kit_op(&k, OP_BITCAST, &x, 1, NULL, 0, kit_type(&k, ELEM_U32, 1, 3))->results[0];
    Value *half = kit_op(&k, OP_BITCAST, &h, 1, NULL, 0, kit_type(&k, ELEM_F16, 1, 2))->results[0];
    int a = kit_result(&k, bits), b = kit_result(&k, half);
    kit_expect(&k, a, (double[]){0x3F800000, 2147483648.0, 0x7FC00000}, "f32 to u32");
    kit_expect(&k, b, (double[]){1, -0.0}, "i16 to f16");
    kit_close(&k);
}

/* ---- making and moving ----------------------------------------------------------------------- */
static void test_create(void) {
    Kit k = kit_open();
    Value *v = build_const_float(&k.b, ELEM_F16, 1.5);
    int full = kit_result(&k, kit_op(&k, OP_FULL, &v, 1, NULL, 0, kit_type(&k, ELEM_F16, 2, 2))->results[0]);
    const Expr *start = kit_int(&k, 126);
    Op *rows = kit_op(&k, OP_IOTA, NULL, 0, &start, 1, kit_type(&k, ELEM_I8, 3, 2));
    op_set_int(k.m, rows, ATTR_AXIS, 0);
    Op *cols = kit_op(&k, OP_IOTA, NULL, 0, &start, 1, kit_type(&k, ELEM_F32, 2, 3));
    op_set_int(k.m, cols, ATTR_AXIS, 1);
    int a = kit_result(&k, rows->results[0]), b = kit_result(&k, cols->results[0]);
    kit_expect(&k, full, (double[]){1.5, 1.5, 1.5, 1.5}, "full");
    kit_expect(&k, a, (double[]){126, 126, 127, 127, -128, -128}, "iota down");
    kit_expect(&k, b, (double[]){126, 127, 128, 126, 127, 128}, "iota along");
    kit_close(&k);
}

static void test_shape(void) {
    Kit k = kit_open();
    Value *x = kit_tile(&k, ELEM_I16, 2, 3, (double[]){1, 2, 3, 4, 5, 6}),
          *row = kit_tile(&k, ELEM_I16, 1, 3, (double[]){7, 8, 9});
    int t = kit_result(&k, build_unary(&k.b, OP_TRANS, x));
    int r = kit_result(&k, kit_op(&k, OP_RESHAPE, &x, 1, NULL, 0, kit_type(&k, ELEM_I16, 3, 2))->results[0]);
    int b = kit_result(&k, kit_op(&k, OP_BROADCAST, &row, 1, NULL, 0, kit_type(&k, ELEM_I16, 2, 3))->results[0]);
    const Expr *from[] = {kit_int(&k, 1), kit_int(&k, 1)};
    int s = kit_result(&k, kit_op(&k, OP_SLICE, &x, 1, from, 2, kit_type(&k, ELEM_I16, 1, 2))->results[0]);
    Op *below = kit_op(&k, OP_CONCAT, (Value *[]){x, row}, 2, NULL, 0, kit_type(&k, ELEM_I16, 3, 3));
    op_set_int(k.m, below, ATTR_AXIS, 0);
    Op *beside = kit_op(&k, OP_CONCAT, (Value *[]){x, x}, 2, NULL, 0, kit_type(&k, ELEM_I16, 2, 6));
    op_set_int(k.m, beside, ATTR_AXIS, 1);
    int c = kit_result(&k, below->results[0]), d = kit_result(&k, beside->results[0]);
    kit_expect(&k, t, (double[]){1, 4, 2, 5, 3, 6}, "trans");
    kit_expect(&k, r, (double[]){1, 2, 3, 4, 5, 6}, "reshape");
    kit_expect(&k, b, (double[]){7, 8, 9, 7, 8, 9}, "broadcast");
    kit_expect(&k, s, (double[]){5, 6}, "slice");
    kit_expect(&k, c, (double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}, "concat below");
    kit_expect(&k, d, (double[]){1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}, "concat beside");
    kit_close(&k);
}

static void test_shape_errors(void) {
    Kit k = kit_open();
    Value *x = kit_tile(&k, ELEM_I16, 2, 3, NULL);
    const Expr *from[] = {kit_int(&k, 1), kit_int(&k, 2)};
    kit_op(&k, OP_SLICE, &x, 1, from, 2, kit_type(&k, ELEM_I16, 1, 2));
    kit_expect_error(&k, PTOC_E_BOUNDS, "slice: columns 2 :+ 2 are out of 3");
    kit_close(&k);
    k = kit_open();
    x = kit_tile(&k, ELEM_I16, 2, 3, NULL);
    kit_op(&k, OP_RESHAPE, &x, 1, NULL, 0, kit_type(&k, ELEM_I16, 2, 2));
    kit_expect_error(&k, PTOC_E_SHAPE, "reshape: [2, 3] has not as many elements as [2, 2]");
    kit_close(&k);
    k = kit_open();
    x = kit_tile(&k, ELEM_I16, 2, 3, NULL);
    kit_op(&k, OP_CONCAT, (Value *[]){x, x}, 2, NULL, 0, kit_type(&k, ELEM_I16, 2, 7));
    kit_expect_error(&k, PTOC_E_SHAPE, "concat: the operands are smaller than the result [2, 7]");
    kit_close(&k);
    k = kit_open();
    x = kit_tile(&k, ELEM_I16, 2, 3, NULL);
    kit_op(&k, OP_NEG, &x, 1, NULL, 0, kit_type(&k, ELEM_I16, 4, 3));
    kit_expect_error(&k, PTOC_E_SHAPE, "neg: an operand [2, 3] does not stretch to [4, 3]");
    kit_close(&k);
}

/* ---- reductions ------------------------------------------------------------------------------ */
typedef struct ReduceCase {
    OpCode code;
    Elem elem;
    int rows, cols;
    double x[20], r[4];
} ReduceCase;

static void test_reduce(void) {
    const ReduceCase cases[] = {
        {OP_ROWSUM, ELEM_F32, 2, 2, {1, 2, 3, 4}, {3, 7}},
        /* 1 falls into the partial that 1e8 is in only from the 17th place on */
        {OP_ROWSUM, ELEM_F32, 1, 18, {1e8, 0, 0, 0, 0, 0, 0, 0, -1e8, 0, 0, 0, 0, 0, 0, 0, 1, 1}, {1}},
        {OP_ROWSUM, ELEM_F16, 1, 3, {2048, 1, 1}, {2050}},
        {OP_ROWSUM, ELEM_I8, 1, 3, {100, 100, 100}, {44}},
        {OP_ROWSUM, ELEM_U8, 1, 2, {200, 100}, {44}},
        {OP_ROWSUM, ELEM_F32, 1, 2, {-0.0, -0.0}, {0.0}},
        {OP_COLSUM, ELEM_F32, 3, 2, {1e8, 1, 1, 2, -1e8, 3}, {0, 6}},
        {OP_COLSUM, ELEM_BF16, 2, 1, {256, 1}, {256}},
        {OP_COLSUM, ELEM_I16, 2, 2, {32767, 1, 1, 2}, {-32768, 3}},
        {OP_ROWPROD, ELEM_F32, 1, 3, {2, 3, -4}, {-24}},
        {OP_ROWPROD, ELEM_I8, 1, 3, {16, 16, 3}, {0}},
        {OP_COLPROD, ELEM_F64, 2, 2, {2, 3, 4, 5}, {8, 15}},
        {OP_ROWMEAN, ELEM_F32, 2, 2, {1, 2, 3, 5}, {1.5, 4}},
        {OP_ROWMEAN, ELEM_F16, 1, 3, {1, 1, 2}, {1.3330078125}},
        {OP_ROWMEAN, ELEM_I32, 1, 2, {-3, -4}, {-3}},
        {OP_COLMEAN, ELEM_U8, 2, 1, {5, 8}, {6}},
        {OP_ROWMAX, ELEM_F32, 3, 2, {1, 2, nan_, 5, -0.0, -0.0}, {2, nan_, 0.0}},
        {OP_ROWMIN, ELEM_F64, 3, 2, {1, 2, 5, nan_, 0.0, -0.0}, {1, nan_, 0.0}},
        {OP_ROWMAX, ELEM_U8, 1, 2, {200, 100}, {200}},
        {OP_ROWMIN, ELEM_I8, 1, 3, {3, -100, 100}, {-100}},
        {OP_COLMAX, ELEM_F16, 2, 2, {1, -inf, 2, -inf}, {2, -inf}},
        {OP_COLMIN, ELEM_I64, 2, 2, {1, 2, 0, 3}, {0, 2}},
        {OP_ROWARGMAX, ELEM_F32, 4, 3, {1, 3, 3, 1, nan_, nan_, -0.0, 0.0, -1, -inf, -inf, -inf}, {1, 1, 0, 0}},
        {OP_ROWARGMIN, ELEM_F32, 2, 3, {1, 0, 0, 5, 5, nan_}, {1, 2}},
        {OP_ROWARGMIN, ELEM_U8, 1, 3, {200, 100, 100}, {1}},
        {OP_COLARGMAX, ELEM_I8, 3, 2, {-1, 5, 3, 5, 3, 4}, {1, 0}},
        {OP_COLARGMIN, ELEM_F64, 2, 1, {2, 1}, {1}},
    };
    for (int i = 0; i < KIT_COUNT(cases); i++) {
        const ReduceCase *c = &cases[i];
        Kit k = kit_open();
        Value *r = build_unary(&k.b, c->code, kit_tile(&k, c->elem, c->rows, c->cols, c->x));
        char what[64];
        snprintf(what, sizeof what, "%s %s", op_info(c->code)->name, elem_info(c->elem)->text);
        kit_expect(&k, kit_result(&k, r), c->r, what);
        kit_close(&k);
    }
}

static void test_reduce_empty(void) {
    const struct {
        OpCode code;
        Elem elem;
        double r;
    } cases[] = {
        {OP_ROWSUM, ELEM_F32, 0},     {OP_ROWPROD, ELEM_F32, 1},    {OP_ROWMAX, ELEM_F32, -inf},
        {OP_ROWMIN, ELEM_F64, inf},   {OP_ROWMEAN, ELEM_F32, nan_}, {OP_ROWMEAN, ELEM_I32, 0},
        {OP_ROWARGMAX, ELEM_F32, -1}, {OP_ROWARGMIN, ELEM_I8, -1},  {OP_ROWMAX, ELEM_I8, -128},
        {OP_ROWMIN, ELEM_I8, 127},    {OP_ROWMAX, ELEM_U8, 0},      {OP_ROWMIN, ELEM_U16, 65535},
        {OP_COLSUM, ELEM_I32, 0},     {OP_COLPROD, ELEM_I8, 1},     {OP_COLMEAN, ELEM_F16, nan_},
        {OP_COLARGMAX, ELEM_F32, -1}, {OP_COLMAX, ELEM_F16, -inf},  {OP_ROWMIN, ELEM_I32, 2147483647.0},
    };
    for (int i = 0; i < KIT_COUNT(cases); i++) {
        Kit k = kit_open();
        bool row = op_info(cases[i].code)->name[0] == 'r';
        Value *r = build_unary(&k.b, cases[i].code, kit_tile(&k, cases[i].elem, row ? 2 : 0, row ? 0 : 2, NULL));
        kit_expect(&k, kit_result(&k, r), (double[]){cases[i].r, cases[i].r}, op_info(cases[i].code)->name);
        kit_close(&k);
    }
}

static void test_scan(void) {
    Kit k = kit_open();
    Value *x = kit_tile(&k, ELEM_F16, 2, 3, (double[]){2048, 1, 1, -0.0, nan_, 1});
    Value *y = kit_tile(&k, ELEM_F32, 1, 4, (double[]){-0.0, 0.0, 3, 2}),
          *z = kit_tile(&k, ELEM_I8, 2, 2, (double[]){100, 1, 100, 2});
    Value *w = kit_tile(&k, ELEM_U8, 1, 3, (double[]){3, 200, 100}),
          *v = kit_tile(&k, ELEM_F32, 1, 3, (double[]){1, nan_, 2});
    int sum = kit_result(&k, build_unary(&k.b, OP_CUMSUM, x)), max = kit_result(&k, build_unary(&k.b, OP_CUMMAX, y));
    Op *down = kit_op(&k, OP_CUMSUM, &z, 1, NULL, 0, z->type);
    op_set_int(k.m, down, ATTR_AXIS, 0);
    int wrapped = kit_result(&k, down->results[0]), umax = kit_result(&k, build_unary(&k.b, OP_CUMMAX, w));
    int nmax = kit_result(&k, build_unary(&k.b, OP_CUMMAX, v));
    kit_expect(&k, sum, (double[]){2048, 2048, 2050, 0.0, nan_, nan_}, "cumsum f16");
    kit_expect(&k, max, (double[]){-0.0, 0.0, 3, 3}, "cummax f32");
    kit_expect(&k, wrapped, (double[]){100, 1, -56, 3}, "cumsum i8");
    kit_expect(&k, umax, (double[]){3, 200, 200}, "cummax u8");
    kit_expect(&k, nmax, (double[]){1, nan_, nan_}, "cummax NaN");
    kit_close(&k);
}

/* ---- products -------------------------------------------------------------------------------- */
static Value *product(Kit *k, Value *a, Value *b, Value *acc, bool ta, bool tb, Elem out, int64_t rows, int64_t cols) {
    Op *op = kit_op(k, OP_MATMUL, (Value *[]){a, b, acc}, acc ? 3 : 2, NULL, 0, kit_type(k, out, rows, cols));
    op_set_bool(k->m, op, ATTR_TRANS_A, ta);
    op_set_bool(k->m, op, ATTR_TRANS_B, tb);
    return op->results[0];
}

static void test_matmul_transposes(void) {
    const Elem elems[] = {ELEM_F16, ELEM_BF16, ELEM_F32, ELEM_F64, ELEM_I8, ELEM_U8, ELEM_F8E4M3, ELEM_F8E5M2};
    const double a[] = {1, 2, 3, 4, 5, 6}, at[] = {1, 4, 2, 5, 3, 6}, b[] = {1, 0, 2, 1, 0, 3},
                 bt[] = {1, 2, 0, 0, 1, 3};
    const double r[] = {5, 11, 14, 23};
    for (int e = 0; e < KIT_COUNT(elems); e++)
        for (int t = 0; t < 4; t++) {
            bool ta = t & 1, tb = t & 2;
            Kit k = kit_open();
            Value *x = kit_tile(&k, elems[e], ta ? 3 : 2, ta ? 2 : 3, ta ? at : a);
            Value *y = kit_tile(&k, elems[e], tb ? 2 : 3, tb ? 3 : 2, tb ? bt : b);
            Elem out = elem_is_float(elems[e]) ? elem_accumulator(elems[e]) : ELEM_I32;
            kit_expect(&k, kit_result(&k, product(&k, x, y, NULL, ta, tb, out, 2, 2)), r, elem_info(elems[e])->text);
            kit_close(&k);
        }
}

static void test_matmul_wide(void) { /* several blocks of columns, against the definition */
    enum { M = 3, N = 131, K = 17 };
    static double a[M * K], b[N * K], r[M * N];
    for (int i = 0; i < M * K; i++)
        a[i] = i % 13 - 6;
    for (int i = 0; i < N * K; i++)
        b[i] = i % 11 - 5;
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            r[i * N + j] = 0;
            for (int k = 0; k < K; k++)
                r[i * N + j] += a[i * K + k] * b[j * K + k];
        }
    for (int e = 0; e < 3; e++) {
        Elem elem = (Elem[]){ELEM_F16, ELEM_F64, ELEM_I8}[e], out = (Elem[]){ELEM_F32, ELEM_F64, ELEM_I32}[e];
        Kit k = kit_open();
        Value *x = kit_tile(&k, elem, M, K, a), *y = kit_tile(&k, elem, N, K, b);
        kit_expect(&k, kit_result(&k, product(&k, x, y, NULL, false, true, out, M, N)), r, elem_info(elem)->text);
        kit_close(&k);
    }
}

static void test_matmul_rounding(void) {
    const double big = 4097,
                 eps = 1 + 0x1p-12; /* eps * eps = 1 + 2^-11 + 2^-24: the last bit needs the fused product */
    for (int separate = 0; separate < 2; separate++) {
        Kit k = kit_open();
        k.options.fp_separate = separate;
        Value *a = kit_tile(&k, ELEM_F32, 1, 2, (double[]){1, eps}),
              *b = kit_tile(&k, ELEM_F32, 2, 1, (double[]){-1, eps});
        Value *c = kit_tile(&k, ELEM_F64, 1, 2, (double[]){1, 1 + 0x1p-27}),
              *d = kit_tile(&k, ELEM_F64, 2, 1, (double[]){-1, 1 + 0x1p-27});
        int r = kit_result(&k, product(&k, a, b, NULL, false, false, ELEM_F32, 1, 1));
        int s = kit_result(&k, product(&k, c, d, NULL, false, false, ELEM_F64, 1, 1));
        kit_expect(&k, r, (double[]){separate ? 0x1p-11 : 0x1p-11 + 0x1p-24}, "f32");
        kit_expect(&k, s, (double[]){separate ? 0x1p-26 : 0x1p-26 + 0x1p-54}, "f64");
        kit_close(&k);
    }
    Kit k = kit_open();
    Value *a = kit_tile(&k, ELEM_F16, 1, 2, (double[]){2048, 1}), *b = kit_tile(&k, ELEM_F16, 2, 1, (double[]){1, 1});
    Value *acc = kit_tile(&k, ELEM_F32, 1, 1, &big), *x = kit_tile(&k, ELEM_I8, 1, 2, (double[]){-128, 127});
    Value *y = kit_tile(&k, ELEM_I8, 2, 1, (double[]){-128, 127}),
          *wide = kit_tile(&k, ELEM_I32, 1, 1, (double[]){2147483647.0});
    Value *e4 = kit_tile(&k, ELEM_F8E4M3, 1, 1, (double[]){448}), *e5 = kit_tile(&k, ELEM_F8E5M2, 1, 1, (double[]){2});
    int r = kit_result(&k, product(&k, a, b, NULL, false, false, ELEM_F16, 1, 1));
    int s = kit_result(&k, product(&k, a, b, acc, false, false, ELEM_F32, 1, 1));
    int t = kit_result(&k, product(&k, x, y, wide, false, false, ELEM_I32, 1, 1));
    int m = kit_result(&k, product(&k, e4, e5, NULL, false, false, ELEM_F32, 1, 1));
    kit_expect(&k, r, (double[]){2048}, "out f16 rounds once");
    kit_expect(&k, s, (double[]){6146}, "acc");
    kit_expect(&k, t, (double[]){2147483647.0 + 16384 + 16129 - 4294967296.0}, "i8 wraps in i32");
    kit_expect(&k, m, (double[]){896}, "f8 of both kinds");
    kit_close(&k);
}

static void test_matmul_edges(void) {
    Kit k = kit_open();
    Value *a = kit_tile(&k, ELEM_F16, 2, 0, NULL), *b = kit_tile(&k, ELEM_F16, 0, 2, NULL);
    int r = kit_result(&k, product(&k, a, b, NULL, false, false, ELEM_F32, 2, 2));
    kit_expect(&k, r, (double[]){0, 0, 0, 0}, "k = 0");
    kit_close(&k);
    k = kit_open();
    a = kit_tile(&k, ELEM_F32, 2, 3, NULL);
    b = kit_tile(&k, ELEM_F32, 2, 3, NULL);
    product(&k, a, b, NULL, false, false, ELEM_F32, 2, 3);
    kit_expect_error(&k, PTOC_E_SHAPE, "matmul: b is [2, 3], expected [3, 3]");
    kit_close(&k);
}

/* ---- order ----------------------------------------------------------------------------------- */
static Op *ranked(Kit *k, OpCode code, Value *const *in, int nin, int64_t rows, int64_t cols) {
    const Type *types[] = {kit_type(k, in[0]->type->elem, rows, cols), kit_type(k, ELEM_I32, rows, cols)};
    const Expr *count = kit_int(k, cols);
    return build_op(&k->b, code, in, nin, &count, code == OP_SORT ? 0 : 1, types, 2, 0);
}

static void expect_topk(Elem elem, bool largest, bool sorted, int n, const double *x, int count, const double *values,
                        const double *indices, const char *what) {
    Kit k = kit_open();
    Value *tile = kit_tile(&k, elem, 1, n, x);
    Op *op = ranked(&k, OP_TOPK, &tile, 1, 1, count);
    op_set_bool(k.m, op, ATTR_LARGEST, largest);
    op_set_bool(k.m, op, ATTR_SORTED, sorted);
    int v = kit_result(&k, op->results[0]), i = kit_result(&k, op->results[1]);
    kit_expect(&k, v, values, what);
    kit_expect(&k, i, indices, what);
    kit_close(&k);
}

static void test_topk(void) {
    const double x[] = {1, nan_, 3, -inf, 3, -0.0, 0.0};
    expect_topk(ELEM_F32, true, true, 7, x, 3, (double[]){3, 3, 1}, (double[]){2, 4, 0}, "ties by index");
    expect_topk(ELEM_F16, true, true, 7, x, 9, (double[]){3, 3, 1, -0.0, 0.0, -inf, nan_, -inf, -inf},
                (double[]){2, 4, 0, 5, 6, 3, 1, -1, -1}, "NaN last, then missing");
    expect_topk(ELEM_F64, false, true, 7, x, 8, (double[]){-inf, -0.0, 0.0, 1, 3, 3, nan_, inf},
                (double[]){3, 5, 6, 0, 2, 4, 1, -1}, "smallest");
    expect_topk(ELEM_F32, true, false, 7, x, 3, (double[]){1, 3, 3}, (double[]){0, 2, 4}, "by index");
    expect_topk(ELEM_F32, true, false, 2, x, 3, (double[]){1, nan_, -inf}, (double[]){0, 1, -1},
                "by index, missing last");
    expect_topk(ELEM_U8, true, true, 3, (double[]){100, 200, 7}, 4, (double[]){200, 100, 7, 0}, (double[]){1, 0, 2, -1},
                "u8");
    expect_topk(ELEM_I8, false, true, 3, (double[]){100, -100, 7}, 4, (double[]){-100, 7, 100, 127},
                (double[]){1, 2, 0, -1}, "i8");
    expect_topk(ELEM_F32, true, true, 0, x, 2, (double[]){-inf, -inf}, (double[]){-1, -1}, "nothing");
}

static void test_sort(void) {
    for (int down = 0; down < 2; down++) {
        Kit k = kit_open();
        Value *x = kit_tile(&k, ELEM_F32, 2, 4, (double[]){2, nan_, -1, 2, 0.0, -0.0, 5, -5});
        Op *op = ranked(&k, OP_SORT, &x, 1, 2, 4);
        op_set_bool(k.m, op, ATTR_DESCENDING, down);
        int v = kit_result(&k, op->results[0]), i = kit_result(&k, op->results[1]);
        const double up_v[] = {-1, 2, 2, nan_, -5, 0.0, -0.0, 5}, down_v[] = {2, 2, -1, nan_, 5, 0.0, -0.0, -5};
        const double up_i[] = {2, 0, 3, 1, 3, 0, 1, 2}, down_i[] = {0, 3, 2, 1, 2, 0, 1, 3};
        kit_expect(&k, v, down ? down_v : up_v, "sorted values");
        kit_expect(&k, i, down ? down_i : up_i, "sorted indices");
        kit_close(&k);
    }
}

static void test_merge_topk(void) {
    Kit k = kit_open();
    Value *v1 = kit_tile(&k, ELEM_F32, 1, 3, (double[]){5, nan_, 99}),
          *i1 = kit_tile(&k, ELEM_I32, 1, 3, (double[]){10, 1, -1});
    Value *v2 = kit_tile(&k, ELEM_F32, 1, 2, (double[]){5, 1}), *i2 = kit_tile(&k, ELEM_I32, 1, 2, (double[]){3, 7});
    Op *op = ranked(&k, OP_MERGE_TOPK, (Value *[]){v1, i1, v2, i2}, 4, 1, 5);
    int v = kit_result(&k, op->results[0]), i = kit_result(&k, op->results[1]);
    kit_expect(&k, v, (double[]){5, 5, 1, nan_, -inf}, "merged values");
    kit_expect(&k, i, (double[]){3, 10, 7, 1, -1}, "merged indices");
    kit_close(&k);
}

void test_eval_tile_register(void);
void test_eval_tile_register(void) {
    static const KitTest tests[] = {
        {"cast", test_cast},
        {"bitcast", test_bitcast},
        {"full, iota", test_create},
        {"trans, reshape, broadcast, slice, concat", test_shape},
        {"shape errors", test_shape_errors},
        {"reductions", test_reduce},
        {"reductions of nothing", test_reduce_empty},
        {"scans", test_scan},
        {"matmul: types and transposes", test_matmul_transposes},
        {"matmul: many columns", test_matmul_wide},
        {"matmul: rounding", test_matmul_rounding},
        {"matmul: edges", test_matmul_edges},
        {"topk", test_topk},
        {"sort", test_sort},
        {"merge_topk", test_merge_topk},
    };
    kit_register("eval: tiles", tests, KIT_COUNT(tests));
}
