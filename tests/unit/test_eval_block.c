/* The block stage in the interpreter: accumulators against the reductions of whole tiles, and whole programs. */
#include "ir/eval_internal.h"
#include "tests/unit/eval_text_kit.h"

static const double nan_ = (double)NAN, inf = (double)INFINITY;

static uint64_t draw(uint64_t *seed) {
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Numbers of the type with ties, both zeros and now and then a NaN or an infinity. */
static void numbers(Elem elem, double *x, int64_t n, uint64_t seed) {
    for (int64_t i = 0; i < n; i++) {
        int64_t v = (int64_t)(draw(&seed) % 41) - 20;
        uint64_t kind = draw(&seed) % 40;
        x[i] = elem_is_float(elem) ? (double)v / 8 : (double)(elem_is_signed(elem) ? v * 5 : v + 20);
        if (elem_is_float(elem) && kind < 3)
            x[i] = kind == 0 ? nan_ : kind == 1 ? -0.0 : elem == ELEM_F8E4M3 ? 448 : inf;
    }
}

/* ---- a reduction of a [rows, n] tile, and the same by steps ---------------------------------- */
static Op *loop_begin(Builder *b, const Expr *hi, Value **index) {
    const Expr *exprs[] = {expr_const(b->module->exprs, 0), hi, expr_const(b->module->exprs, 1)};
    Op *op = build_op(b, OP_LOOP, NULL, 0, exprs, 3, NULL, 0, 1);
    op_set_str(b->module, op, ATTR_KIND, "red");
    *index = region_add_arg(b->module, op->regions[0], type_index(b->module), "j");
    return op;
}

static bool is_row(OpCode code) { return op_info(code)->map[0] == 'i'; }
static bool is_mean(OpCode code) { return code == OP_ROWMEAN || code == OP_COLMEAN; }
static bool takes_position(Monoid m) {
    return m == MONOID_SUM_LANES || m == MONOID_PROD_LANES || m == MONOID_ARGMAX || m == MONOID_ARGMIN;
}

/* One acc with a point for each kept index, stepped in the order of the reduction. */
static void reduce_by_steps(Kit *k, OpCode code, Value *x, int64_t rows, int64_t cols, Value *out) {
    ExprTable *t = k->m->exprs;
    bool row = is_row(code);
    Monoid monoid = op_info(code)->monoid;
    const Expr *kept = kit_int(k, row ? rows : cols), *reduced = kit_int(k, row ? cols : rows);
    const Type *type = type_get(k->m, TYPE_ACC, x->type->elem, 1, &kept, false);
    Op *acc = build_op(&k->b, OP_ACC, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(k->m, acc, ATTR_MONOID, monoid_text(monoid));
    Value *r, *p;
    Op *outer = loop_begin(&k->b, reduced, &r);
    Builder in_outer = builder_at_end(k->m, outer->regions[0]);
    Op *inner = loop_begin(&in_outer, kept, &p);
    Builder b = builder_at_end(k->m, inner->regions[0]);
    const Expr *er = expr_value(t, r), *ep = expr_value(t, p);
    Value *v = build_get(&b, x, (const Expr *[]){row ? ep : er, row ? er : ep}, 2);
    build_op(&b, OP_STEP, (Value *[]){acc->results[0], v}, 2, (const Expr *[]){ep, er}, takes_position(monoid) ? 2 : 1,
             NULL, 0, 0);
    Op *last = loop_begin(&k->b, kept, &p);
    b = builder_at_end(k->m, last->regions[0]);
    ep = expr_value(t, p);
    const Type *scalar = type_scalar(k->m, out->type->elem);
    Op *fin =
        build_op(&b, OP_FIN, acc->results, 1, (const Expr *[]){ep, reduced}, is_mean(code) ? 2 : 1, &scalar, 1, 0);
    const Expr *zero = kit_int(k, 0);
    build_op(&b, OP_PUT, (Value *[]){out, fin->results[0]}, 2, (const Expr *[]){row ? ep : zero, row ? zero : ep}, 2,
             NULL, 0, 0);
}

static void compare_reduction(OpCode code, Elem elem, int64_t n) {
    enum { KEPT = 5 };
    static double x[KEPT * 64];
    int64_t rows = is_row(code) ? KEPT : n, cols = is_row(code) ? n : KEPT;
    numbers(elem, x, rows * cols, (uint64_t)code * 1000 + (uint64_t)elem * 100 + (uint64_t)n);
    Kit k = kit_open();
    Value *in = kit_matrix(&k, DIR_IN, elem, rows, cols, x);
    Value *r = build_unary(&k.b, code, kit_load(&k, in));
    int whole = kit_result(&k, r);
    Value *out = kit_matrix(&k, DIR_OUT, r->type->elem, is_row(code) ? KEPT : 1, is_row(code) ? 1 : KEPT, NULL);
    reduce_by_steps(&k, code, in, rows, cols, out);
    CU_ASSERT_EQUAL_FATAL(kit_run(&k), PTOC_OK);
    char what[64];
    snprintf(what, sizeof what, "%s %s %lld", op_info(code)->name, elem_info(elem)->text, (long long)n);
    double expected[KEPT];
    for (int i = 0; i < KEPT; i++)
        expected[i] = kit_value(&k, whole, i);
    kit_expect(&k, whole + 1, expected, what);
    kit_close(&k);
}

static void test_reductions(void) {
    const int64_t sizes[] = {0, 1, 2, 15, 16, 17, 33, 50};
    for (OpCode code = 0; code < OP_COUNT; code++)
        for (Elem elem = 0; op_code_has(code, REDUCE_OP) && elem < ELEM_INDEX; elem++)
            for (int i = 0; elem_in_set(elem, op_info(code)->elems) && i < KIT_COUNT(sizes); i++)
                compare_reduction(code, elem, sizes[i]);
}

/* ---- scans: fin while stepping --------------------------------------------------------------- */
static void compare_scan(OpCode code, Elem elem) {
    enum { N = 20 };
    double x[N];
    numbers(elem, x, N, (uint64_t)elem + 7);
    Kit k = kit_open();
    Value *in = kit_matrix(&k, DIR_IN, elem, 1, N, x), *out = kit_matrix(&k, DIR_OUT, elem, 1, N, NULL);
    int whole = kit_result(&k, build_unary(&k.b, code, kit_load(&k, in)));
    const Type *type = type_get(k.m, TYPE_ACC, elem, 0, NULL, false), *scalar = type_scalar(k.m, elem);
    Op *acc = build_op(&k.b, OP_ACC, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(k.m, acc, ATTR_MONOID, monoid_text(op_info(code)->monoid));
    Value *j;
    Builder b = builder_at_end(k.m, loop_begin(&k.b, kit_int(&k, N), &j)->regions[0]);
    const Expr *at[] = {kit_int(&k, 0), expr_value(k.m->exprs, j)};
    Value *v = build_get(&b, in, at, 2);
    build_op(&b, OP_STEP, (Value *[]){acc->results[0], v}, 2, NULL, 0, NULL, 0, 0);
    Op *fin = build_op(&b, OP_FIN, acc->results, 1, NULL, 0, &scalar, 1, 0);
    build_op(&b, OP_PUT, (Value *[]){out, fin->results[0]}, 2, at, 2, NULL, 0, 0);
    CU_ASSERT_EQUAL_FATAL(kit_run(&k), PTOC_OK);
    double expected[N];
    for (int i = 0; i < N; i++)
        expected[i] = kit_value(&k, whole, i);
    kit_expect(&k, 1, expected, op_info(code)->name);
    kit_close(&k);
}

static void test_scans(void) {
    for (Elem elem = ELEM_I8; elem < ELEM_INDEX; elem++) {
        compare_scan(OP_CUMSUM, elem);
        compare_scan(OP_CUMMAX, elem);
    }
}

/* ---- topk ------------------------------------------------------------------------------------ */
static const char *const topk_text =
    "module t stage block\n"
    "workload @w[%%N](%%x: in tensor %s[1, %%N], %%v: out tensor %s[1, %d], %%i: out tensor i32[1, %d]) export {\n"
    "  %%bv = buffer {memory = l2} : buffer %s[1, %d]\n"
    "  %%bi = buffer {memory = l2} : buffer i32[1, %d]\n"
    "  %%top = acc [%d] {monoid = topk%s%s} : acc %s[]\n"
    "  loop [0, %%N, 1] {kind = stream, name = \"j\"} {\n"
    "    ^(%%j)\n"
    "    %%0 = get %%x [0, %%j] : %s[1, 1]\n"
    "    step %%top, %%0 [%%j]\n"
    "  }\n"
    "  topk_fin %%top, %%bv, %%bi\n"
    "  loop [0, %d, 1] {kind = lane, name = \"t\"} {\n"
    "    ^(%%t)\n"
    "    %%1 = get %%bv [0, %%t] : %s[1, 1]\n"
    "    put %%v, %%1 [0, %%t]\n"
    "    %%2 = get %%bi [0, %%t] : i32[1, 1]\n"
    "    put %%i, %%2 [0, %%t]\n"
    "  }\n"
    "}\n";

static void compare_topk(Elem elem, int n, int count, bool largest, bool sorted) {
    static double x[1000], values[700], indices[700];
    numbers(elem, x, n, (uint64_t)(n * 31 + count));
    Kit k = kit_open();
    Value *tile = kit_tile(&k, elem, 1, n, x);
    const Type *types[] = {kit_type(&k, elem, 1, count), kit_type(&k, ELEM_I32, 1, count)};
    const Expr *e = kit_int(&k, count);
    Op *op = build_op(&k.b, OP_TOPK, &tile, 1, &e, 1, types, 2, 0);
    op_set_bool(k.m, op, ATTR_LARGEST, largest);
    op_set_bool(k.m, op, ATTR_SORTED, sorted);
    int v = kit_result(&k, op->results[0]), i = kit_result(&k, op->results[1]);
    CU_ASSERT_EQUAL_FATAL(kit_run(&k), PTOC_OK);
    for (int j = 0; j < count; j++) {
        values[j] = kit_value(&k, v, j);
        indices[j] = kit_value(&k, i, j);
    }
    kit_close(&k);
    char text[2048];
    const char *E = elem_info(elem)->text;
    snprintf(text, sizeof text, topk_text, E, E, count, count, E, count, count, count, largest ? ", largest" : "",
             sorted ? ", sorted" : "", E, E, count, E);
    k = kit_text(text);
    kit_index(&k, n);
    kit_arg2(&k, elem, 1, n, x);
    kit_arg2(&k, elem, 1, count, NULL);
    kit_arg2(&k, ELEM_I32, 1, count, NULL);
    kit_expect(&k, 1, values, "topk values");
    kit_expect(&k, 2, indices, "topk indices");
    kit_close(&k);
}

static void test_topk(void) {
    const Elem elems[] = {ELEM_F16, ELEM_F64, ELEM_I8, ELEM_U32};
    const int sizes[][2] = {{0, 3}, {1, 1}, {5, 8}, {100, 7}, {1000, 1}, {1000, 100}, {700, 700}};
    for (int e = 0; e < KIT_COUNT(elems); e++)
        for (int s = 0; s < KIT_COUNT(sizes); s++)
            for (int flags = 0; flags < 4; flags++)
                compare_topk(elems[e], sizes[s][0], sizes[s][1], flags & 1, flags & 2);
}

static void
test_topk_indices(void) { /* steps with an index operand, indices below 0 are missing places; values not wanted */
    Kit k =
        kit_text("module t stage block\n"
                 "workload @w(%x: in tensor f32[1, 4], %n: in tensor i32[1, 4], %i: out tensor i32[1, 4]) export {\n"
                 "  %b = buffer {memory = l1} : buffer i32[1, 4]\n"
                 "  %top = acc [4] {monoid = topk, largest, sorted} : acc f32[]\n"
                 "  loop [0, 4, 1] {kind = stream, name = \"j\"} {\n"
                 "    ^(%j)\n"
                 "    %0 = get %x [0, %j] : f32[1, 1]\n"
                 "    %1 = get %n [0, %j] : i32[1, 1]\n"
                 "    step %top, %0, %1\n"
                 "  }\n"
                 "  topk_fin %top, %top, %b\n"
                 "  loop [0, 4, 1] {kind = lane, name = \"t\"} {\n"
                 "    ^(%t)\n"
                 "    %2 = get %b [0, %t] : i32[1, 1]\n"
                 "    put %i, %2 [0, %t]\n"
                 "  }\n"
                 "}\n");
    kit_arg2(&k, ELEM_F32, 1, 4, (double[]){1, 9, 1, nan_});
    kit_arg2(&k, ELEM_I32, 1, 4, (double[]){7, -1, 3, 2});
    kit_arg2(&k, ELEM_I32, 1, 4, NULL);
    kit_expect(&k, 2, (double[]){3, 7, 2, -1}, "indices");
    kit_close(&k);
}

/* ---- products -------------------------------------------------------------------------------- */
static void test_start_values(void) {
    Kit k = kit_text("module t stage block\n"
                     "workload @w(%x: in tensor i8[3], %s: in tensor i32[1], %y: out tensor i32[3]) export {\n"
                     "  %0 = get %s [0] : i32[1, 1]\n"
                     "  %a = acc %0 {monoid = fma.seq} : acc i32[]\n"
                     "  %b = buffer {memory = l1} : buffer i32[2]\n"
                     "  loop [0, 2, 1] {kind = row, name = \"p\"} {\n"
                     "    ^(%p)\n"
                     "    %1 = index [100 * %p] : index[1, 1]\n"
                     "    %2 = cast %1 : i32[1, 1]\n"
                     "    put %b, %2 [%p]\n"
                     "  }\n"
                     "  %v = acc %b {monoid = fma.seq} : acc i32[2]\n"
                     "  loop [0, 3, 1] {kind = red, name = \"j\"} {\n"
                     "    ^(%j)\n"
                     "    %3 = get %x [%j] : i8[1, 1]\n"
                     "    step %a, %3, %3\n"
                     "    step %v, %3, %3 [mod(%j, 2)]\n"
                     "  }\n"
                     "  %4 = fin %a : i32[1, 1]\n"
                     "  %5 = fin %v [0] : i32[1, 1]\n"
                     "  %6 = fin %v [1] : i32[1, 1]\n"
                     "  put %y, %4 [0]\n"
                     "  put %y, %5 [1]\n"
                     "  put %y, %6 [2]\n"
                     "}\n");
    kit_arg(&k, ELEM_I8, 1, (int64_t[]){3}, (double[]){-128, 2, 3});
    kit_arg(&k, ELEM_I32, 1, (int64_t[]){1}, (double[]){5});
    kit_arg(&k, ELEM_I32, 1, (int64_t[]){3}, NULL);
    kit_expect(&k, 2, (double[]){16402, 16393, 104}, "start values");
    kit_close(&k);
}

static void test_fused(void) {
    const double x = 1 + 0x1p-12;
    for (int separate = 0; separate < 2; separate++) {
        Kit k = kit_text("module t stage block\n"
                         "workload @w(%x: in tensor f32[2, 2], %y: out tensor f32[1]) export {\n"
                         "  %a = acc {monoid = fma.seq} : acc f32[]\n"
                         "  loop [0, 2, 1] {kind = red, name = \"j\"} {\n"
                         "    ^(%j)\n"
                         "    %0 = get %x [0, %j] : f32[1, 1]\n"
                         "    %1 = get %x [1, %j] : f32[1, 1]\n"
                         "    step %a, %0, %1\n"
                         "  }\n"
                         "  %2 = fin %a : f32[1, 1]\n"
                         "  put %y, %2 [0]\n"
                         "}\n");
        kit_arg2(&k, ELEM_F32, 2, 2, (double[]){-1, x, 1, x});
        kit_arg(&k, ELEM_F32, 1, (int64_t[]){1}, NULL);
        k.options.fp_separate = separate;
        kit_expect(&k, 1, (double[]){separate ? 0x1p-11 : 0x1p-11 + 0x1p-24}, "fused");
        kit_close(&k);
    }
}

/* ---- the flagship, as it is written and as `stream` makes it --------------------------------- */
#define ENTRY                                                                                                          \
    "workload @w[%B, %T](%q: in tensor f16[%B, 4, 8], %w: in tensor f32[%B, 4, 1], %k: in tensor f16[%B, %T, 8],"      \
    " %n: in tensor i32[%B], %idx: out tensor i32[%B, 1, 6]) export {\n"                                               \
    "  parallel [0, %B, 1] {\n"                                                                                        \
    "    ^(%b)\n"                                                                                                      \
    "    %0 = get %n [%b] : i32[1, 1]\n"                                                                               \
    "    %1 = view %q [%b, :, :] : view f16[4, 8]\n"                                                                   \
    "    %2 = view %w [%b, :, :] : view f32[4, 1]\n"                                                                   \
    "    %3 = view %k [%b, 0 : %0, :] : view f16[max(0, %0), 8]\n"                                                     \
    "    %4 = view %idx [%b, :, :] : view i32[1, 6]\n"                                                                 \
    "    call %1, %2, %3, %4 [max(0, %0)] {callee = \"indexer\"}\n"                                                    \
    "  }\n"                                                                                                            \
    "}\n"
#define PARAMETERS "(%q: in view f16[4, 8], %w: in view f32[4, 1], %k: in view f16[%S, 8], %idx: out view i32[1, 6])"

static const char *const indexer_tile = "module t stage tile\n"
                                        "kernel @indexer[%S]" PARAMETERS " {\n"
                                        "  %0 = load %q : f16[4, 8]\n"
                                        "  %1 = load %k : f16[%S, 8]\n"
                                        "  %dots = matmul %0, %1 {trans_b} : f32[4, %S]\n"
                                        "  %2 = relu %dots : f32[4, %S]\n"
                                        "  %3 = load %w : f32[4, 1]\n"
                                        "  %4 = mul %2, %3 : f32[4, %S]\n"
                                        "  %score = colsum %4 : f32[1, %S]\n"
                                        "  %5, %best = topk %score [6] {largest, sorted} : f32[1, 6], i32[1, 6]\n"
                                        "  store %idx, %best\n"
                                        "}\n" ENTRY;

static const char *const indexer_block = "module t stage block\n"
                                         "kernel @indexer[%S]" PARAMETERS " {\n"
                                         "  %best = buffer {memory = l2} : buffer i32[1, 6]\n"
                                         "  %top = acc [6] {monoid = topk, largest, sorted} : acc f32[]\n"
                                         "  loop [0, %S, 1] {kind = stream, name = \"j\"} {\n"
                                         "    ^(%j)\n"
                                         "    %s = acc {monoid = sum.seq} : acc f32[]\n"
                                         "    loop [0, 4, 1] {kind = red, name = \"g\"} {\n"
                                         "      ^(%g)\n"
                                         "      %d = acc {monoid = fma.seq} : acc f32[]\n"
                                         "      loop [0, 8, 1] {kind = red, name = \"d\"} {\n"
                                         "        ^(%e)\n"
                                         "        %0 = get %q [%g, %e] : f16[1, 1]\n"
                                         "        %1 = get %k [%j, %e] : f16[1, 1]\n"
                                         "        step %d, %0, %1\n"
                                         "      }\n"
                                         "      %dots = fin %d : f32[1, 1]\n"
                                         "      %2 = relu %dots : f32[1, 1]\n"
                                         "      %3 = get %w [%g, 0] : f32[1, 1]\n"
                                         "      %4 = mul %2, %3 : f32[1, 1]\n"
                                         "      step %s, %4\n"
                                         "    }\n"
                                         "    %score = fin %s : f32[1, 1]\n"
                                         "    step %top, %score [%j]\n"
                                         "  }\n"
                                         "  topk_fin %top, %top, %best\n"
                                         "  loop [0, 6, 1] {kind = lane, name = \"t\"} {\n"
                                         "    ^(%t)\n"
                                         "    %5 = get %best [0, %t] : i32[1, 1]\n"
                                         "    put %idx, %5 [0, %t]\n"
                                         "  }\n"
                                         "}\n" ENTRY;

static void run_indexer(const char *text, double *result) {
    enum { B = 5, T = 60 };
    static double q[B * 4 * 8], w[B * 4], keys[B * T * 8];
    numbers(ELEM_F16, q, B * 4 * 8, 1);
    for (int i = 0; i < B * 4 * 8; i++)
        q[i] = q[i] == q[i] && q[i] - q[i] == 0 ? q[i] : 1; /* NaN in a key only: else every score is NaN */
    numbers(ELEM_I8, w, B * 4, 2);
    numbers(ELEM_F16, keys, B * T * 8, 3);
    for (int i = T; i < B * T * 8; i++)
        keys[i] = keys[i] == keys[i] ? keys[i] : 2;
    Kit k = kit_text(text);
    kit_index(&k, B);
    kit_index(&k, T);
    kit_arg(&k, ELEM_F16, 3, (int64_t[]){B, 4, 8}, q);
    kit_arg(&k, ELEM_F32, 3, (int64_t[]){B, 4, 1}, w);
    kit_arg(&k, ELEM_F16, 3, (int64_t[]){B, T, 8}, keys);
    kit_arg(&k, ELEM_I32, 1, (int64_t[]){B}, (double[]){60, 3, 0, -2, 31});
    kit_arg(&k, ELEM_I32, 3, (int64_t[]){B, 1, 6}, NULL);
    if (kit_run(&k) != PTOC_OK)
        fprintf(stderr, "%s\n", k.result.error);
    CU_ASSERT_EQUAL_FATAL(k.result.status, PTOC_OK);
    CU_ASSERT_EQUAL(k.result.tasks, B);
    for (int i = 0; i < B * 6; i++)
        result[i] = kit_value(&k, 4, i);
    kit_close(&k);
}

static void test_flagship(void) {
    double tile[30], block[30];
    run_indexer(indexer_tile, tile);
    run_indexer(indexer_block, block);
    for (int i = 0; i < 30; i++)
        CU_ASSERT_EQUAL(tile[i], block[i]);
    CU_ASSERT(tile[0] >= 0 && tile[5] >= 0);     /* 60 keys fill the list */
    CU_ASSERT(tile[8] >= 0 && tile[9] == -1);    /* 3 keys do not */
    CU_ASSERT(tile[12] == -1 && tile[18] == -1); /* 0 and -2 keys are none */
}

/* ---- errors ---------------------------------------------------------------------------------- */
static void test_errors(void) {
    Kit k = kit_text("module t stage block\n"
                     "workload @w[%N](%y: out tensor f32[1]) export {\n"
                     "  %a = acc {monoid = sum.seq} : acc f32[2]\n"
                     "  %0 = fin %a [%N] : f32[1, 1]\n"
                     "  put %y, %0 [0]\n"
                     "}\n");
    kit_index(&k, 2);
    kit_arg(&k, ELEM_F32, 1, (int64_t[]){1}, NULL);
    kit_expect_error(&k, PTOC_E_BOUNDS, "fin: index 0 is 2, outside of 0 to 1");
    kit_close(&k);
    k = kit_text("module t stage block\n"
                 "workload @w[%K]() export {\n"
                 "  %b = buffer {memory = l2} : buffer i32[1, 4]\n"
                 "  %top = acc [%K] {monoid = topk, largest, sorted} : acc f32[]\n"
                 "  topk_fin %top, %top, %b\n"
                 "}\n");
    kit_index(&k, 5);
    kit_expect_error(&k, PTOC_E_SHAPE, "topk_fin: the buffer is [1, 4], expected [1, 5]");
    kit_close(&k);
    k = kit_text("module t stage block\n"
                 "workload @w[%N](%y: out tensor f32[1]) export {\n"
                 "  %b = buffer {memory = l1} : buffer f32[%N, 3]\n"
                 "  %0 = get %b [1, 3] : f32[1, 1]\n"
                 "  put %y, %0 [0]\n"
                 "}\n");
    kit_index(&k, 2);
    kit_arg(&k, ELEM_F32, 1, (int64_t[]){1}, NULL);
    kit_expect_error(&k, PTOC_E_BOUNDS, "get: index 1 is 3, outside of 0 to 2");
    kit_close(&k);
}

void test_eval_block_register(void);
void test_eval_block_register(void) {
    static const KitTest tests[] = {
        {"reductions by steps", test_reductions},
        {"scans by steps", test_scans},
        {"topk by steps", test_topk},
        {"topk with indices", test_topk_indices},
        {"start values", test_start_values},
        {"fused products", test_fused},
        {"the flagship", test_flagship},
        {"errors", test_errors},
    };
    kit_register("eval: block stage", tests, KIT_COUNT(tests));
}
