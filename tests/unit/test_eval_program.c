/* Whole programs in the interpreter: loops, conditions, tiers, calls, checks, printing, the entry's checks. */
#include <sys/resource.h>
#include "ir/eval_internal.h"
#include "tests/unit/eval_text_kit.h"

/* ---- control --------------------------------------------------------------------------------- */
static void test_for_carries(void) { /* tiles that change places each time, and a scalar */
    Kit k = kit_text("module t stage tile\n"
                     "workload @w[%N](%x: in tensor f32[1, 2], %y: in tensor f32[1, 2], %a: out tensor f32[1, 2], %b: "
                     "out tensor f32[1, 2],"
                     " %c: out tensor i32[1, 1]) export {\n"
                     "  %0 = load %x : f32[1, 2]\n"
                     "  %1 = load %y : f32[1, 2]\n"
                     "  %2 = const {int = 10} : i32[1, 1]\n"
                     "  %3, %4, %5 = for %0, %1, %2 [0, %N, 2] : f32[1, 2], f32[1, 2], i32[1, 1] {\n"
                     "    ^(%i, %p, %q, %n)\n"
                     "    %6 = add %p, %q : f32[1, 2]\n"
                     "    %7 = index [%i] : index[1, 1]\n"
                     "    %8 = cast %7 : i32[1, 1]\n"
                     "    %9 = add %n, %8 : i32[1, 1]\n"
                     "    yield %q, %6, %9\n"
                     "  }\n"
                     "  store %a, %3\n"
                     "  store %b, %4\n"
                     "  store %c, %5\n"
                     "}\n");
    kit_index(&k, 5);
    kit_arg2(&k, ELEM_F32, 1, 2, (double[]){0, 1});
    kit_arg2(&k, ELEM_F32, 1, 2, (double[]){1, 1});
    kit_arg2(&k, ELEM_F32, 1, 2, NULL);
    kit_arg2(&k, ELEM_F32, 1, 2, NULL);
    kit_arg2(&k, ELEM_I32, 1, 1, NULL);
    kit_expect(&k, 2, (double[]){2, 3}, "first");
    kit_expect(&k, 3, (double[]){3, 5}, "second");
    kit_expect(&k, 4, (double[]){16}, "scalar");
    k.ran = false;
    k.index_args[0] = 0;
    kit_expect(&k, 2, (double[]){0, 1}, "no iteration");
    kit_expect(&k, 4, (double[]){10}, "no iteration");
    kit_close(&k);
}

static void test_if(void) {
    Kit k = kit_text("module t stage tile\n"
                     "workload @w(%x: in tensor i8[2], %a: out tensor i8[2]) export {\n"
                     "  parallel [0, 2, 1] {\n"
                     "    ^(%i)\n"
                     "    %0 = get %x [%i] : i8[1, 1]\n"
                     "    %1 = const {int = 0} : i8[1, 1]\n"
                     "    %2 = lt %0, %1 : bool[1, 1]\n"
                     "    %3 = if %2 : i8[1, 1] {\n"
                     "      %4 = neg %0 : i8[1, 1]\n"
                     "      yield %4\n"
                     "    } {\n"
                     "      yield %0\n"
                     "    }\n"
                     "    put %a, %3 [%i]\n"
                     "  }\n"
                     "}\n");
    kit_arg(&k, ELEM_I8, 1, (int64_t[]){2}, (double[]){-5, 7});
    kit_arg(&k, ELEM_I8, 1, (int64_t[]){2}, NULL);
    kit_expect(&k, 1, (double[]){5, 7}, "if");
    kit_close(&k);
}

static const char *const tiers =
    "module t stage tile\n"
    "kernel @twice[const %PAD, %n](%x: in view i32[%n], %y: out view i32[%n]) {\n"
    "  %0 = load %x : i32[1, %n]\n"
    "  %1 = index [%PAD] : index[1, 1]\n"
    "  %2 = cast %1 : i32[1, 1]\n"
    "  %3 = mul %0, %2 : i32[1, %n]\n"
    "  store %y, %3\n"
    "}\n"
    "workload @w[%B](%lens: in tensor i32[%B], %x: in tensor i32[%B, 4], %y: out tensor i32[%B, 4]) export {\n"
    "  parallel [0, %B, 1] {\n"
    "    ^(%b)\n"
    "    %0 = get %lens [%b] : i32[1, 1]\n"
    "    tier [%0 - 1, 1, 3] {\n"
    "      ^(%N)\n"
    "      %1 = view %x [%b, 0 : max(0, %0)] : view i32[max(0, %0)]\n"
    "      %2 = view %y [%b, 0 : max(0, %0)] : view i32[max(0, %0)]\n"
    "      call %1, %2 [%N, max(0, %0)] {callee = \"twice\"}\n"
    "    } {\n"
    "      fail [%0, %b] {text = \"{0} is above the last tier 3 (b = {1})\", code = TIER}\n"
    "    }\n"
    "  }\n"
    "  %3 = view %x [0, :] : view i32[4]\n"
    "  %4 = view %y [0, :] : view i32[4]\n"
    "  call %3, %4 [2, 4] {callee = \"twice\"}\n"
    "  call %3, %4 [3, 4] {callee = \"twice\", tier = 7}\n"
    "}\n";

static Kit run_tiers(int64_t b, const double *lens) {
    Kit k = kit_text(tiers);
    kit_index(&k, b);
    kit_arg(&k, ELEM_I32, 1, &b, lens);
    kit_arg2(&k, ELEM_I32, b, 4, (double[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    kit_arg2(&k, ELEM_I32, b, 4, NULL);
    return k;
}

static void expect_count(const EvalResult *r, int i, int64_t tier, int64_t tasks) {
    CU_ASSERT_FATAL(r->counts.len > i);
    CU_ASSERT_STRING_EQUAL(r->counts.data[i].kernel, "twice");
    CU_ASSERT_EQUAL(r->counts.data[i].tier, tier);
    CU_ASSERT_EQUAL(r->counts.data[i].tasks, tasks);
}

static void test_tiers(void) {
    Kit k = run_tiers(3, (double[]){-2, 3, 2});
    kit_expect(&k, 2, (double[]){3, 6, 9, 12, 15, 18, 21, 0, 9, 10, 0, 0}, "tiers");
    CU_ASSERT_EQUAL(k.result.tasks, 5);
    CU_ASSERT_EQUAL(k.result.counts.len, 4);
    expect_count(&k.result, 0, 1, 2);
    expect_count(&k.result, 1, 3, 1);
    expect_count(&k.result, 2, 0, 1);
    expect_count(&k.result, 3, 7, 1);
    kit_close(&k);
    k = run_tiers(2, (double[]){1, 5});
    kit_expect_error(&k, PTOC_E_TIER, "5 is above the last tier 3 (b = 1)");
    kit_close(&k);
}

static void test_switch(void) {
    Kit k = kit_text("module t stage block\n"
                     "workload @w[%N](%y: out tensor i32[4]) export {\n"
                     "  loop [0, %N, 1] {kind = par, name = \"i\"} {\n"
                     "    ^(%i)\n"
                     "    tier.switch [%i, 0, 2] {\n"
                     "      %0 = const {int = 10} : i32[1, 1]\n"
                     "      put %y, %0 [%i]\n"
                     "    } {\n"
                     "      %1 = const {int = 20} : i32[1, 1]\n"
                     "      put %y, %1 [%i]\n"
                     "    } {\n"
                     "      %2 = const {int = 30} : i32[1, 1]\n"
                     "      put %y, %2 [%i]\n"
                     "    }\n"
                     "  }\n"
                     "}\n");
    kit_index(&k, 4);
    kit_arg(&k, ELEM_I32, 1, (int64_t[]){4}, NULL);
    kit_expect(&k, 0, (double[]){10, 20, 20, 30}, "switch");
    kit_close(&k);
}

/* ---- expressions ----------------------------------------------------------------------------- */
static void test_expressions(void) {
    Kit k = kit_text("module t stage tile\n"
                     "workload @w[%A, %B](%y: out tensor i64[8]) export {\n"
                     "  %0 = index [3 * %A - 2 * %B + 7] : index[1, 1]\n"
                     "  %1 = index [%A * %B * %B] : index[1, 1]\n"
                     "  %2 = index [div(0 - %A, %B)] : index[1, 1]\n"
                     "  %3 = index [mod(0 - %A, %B)] : index[1, 1]\n"
                     "  %4 = index [min(%A, %B, 3) + max(%A, 2 * %B)] : index[1, 1]\n"
                     "  %5 = index [div(%A, %B - 2) + mod(%A, %B - 2)] : index[1, 1]\n"
                     "  %6 = index [%A * 4611686018427387904 * 2] : index[1, 1]\n"
                     "  %7 = index [-5] : index[1, 1]\n"
                     "  %8 = cast %0 : i64[1, 1]\n"
                     "  %9 = cast %1 : i64[1, 1]\n"
                     "  %10 = cast %2 : i64[1, 1]\n"
                     "  %11 = cast %3 : i64[1, 1]\n"
                     "  %12 = cast %4 : i64[1, 1]\n"
                     "  %13 = cast %5 : i64[1, 1]\n"
                     "  %14 = cast %6 : i64[1, 1]\n"
                     "  %15 = cast %7 : i64[1, 1]\n"
                     "  put %y, %8 [0]\n  put %y, %9 [1]\n  put %y, %10 [2]\n  put %y, %11 [3]\n"
                     "  put %y, %12 [4]\n  put %y, %13 [5]\n  put %y, %14 [6]\n  put %y, %15 [7]\n"
                     "}\n");
    kit_index(&k, 7);
    kit_index(&k, 2);
    kit_arg(&k, ELEM_I64, 1, (int64_t[]){8}, NULL);
    kit_expect(&k, 0, (double[]){24, 28, -3, -1, 9, 0, -9223372036854775808.0, -5}, "expressions");
    kit_close(&k);
}

/* ---- checks ---------------------------------------------------------------------------------- */
static const char *const checks =
    "module t stage tile\n"
    "source 0 \"t.pto\"\n"
    "workload @w[%A](%c: in tensor bool[1, 2]) export {\n"
    "  check [%A - 3, %A, 2 * %A] {text = \"A = {0}, {1}, {2} {x} {\", code = SHAPE, level = entry} @0:4:7\n"
    "  check [%A - 5, %A] {text = \"only full: {0}\", code = BOUNDS, level = full}\n"
    "  %0 = load %c : bool[1, 2]\n"
    "  assert %0 {text = \"not all\"}\n"
    "}\n";

static void run_checks(int64_t a, bool full, double second, int status, const char *message) {
    Kit k = kit_text(checks);
    kit_index(&k, a);
    kit_arg2(&k, ELEM_BOOL, 1, 2, (double[]){1, second});
    k.options.full_checks = full;
    kit_expect_error(&k, status, message);
    if (status == PTOC_E_SHAPE) {
        CU_ASSERT_EQUAL(k.result.loc.line, 4);
        CU_ASSERT_EQUAL(k.result.loc.column, 7);
    }
    kit_close(&k);
}

static void test_checks(void) {
    run_checks(2, false, 1, PTOC_E_SHAPE, "A = 2, 4, {2} {x} {");
    run_checks(3, false, 0, PTOC_OK, "");
    run_checks(4, true, 1, PTOC_E_BOUNDS, "only full: 4");
    run_checks(5, true, 0, PTOC_E_ASSERT, "not all");
    run_checks(5, true, 1, PTOC_OK, "");
}

static void collect(void *user, const char *text) { buf_puts(user, text); }

static void test_print(void) {
    Kit k = kit_text("module t stage tile\n"
                     "workload @w(%x: in tensor f16[2, 2], %n: i32[1, 1]) export {\n"
                     "  %0 = load %x : f16[2, 2]\n"
                     "  print %0 {text = \"x\"}\n"
                     "  print %n {text = \"n\"}\n"
                     "}\n");
    Buf out = {0};
    kit_arg2(&k, ELEM_F16, 2, 2, (double[]){1, 2.5, -0.0, (double)INFINITY});
    k.args[k.nargs++].i = -7;
    k.options.print = collect;
    k.options.print_user = &out;
    kit_expect_error(&k, PTOC_OK, "");
    CU_ASSERT_STRING_EQUAL(buf_text(&out), "x: f16[2, 2]\n  [1, 2.5]\n  [-0, inf]\nn: -7\n");
    buf_free(&out);
    kit_close(&k);
}

/* ---- the entry ------------------------------------------------------------------------------- */
static const char *const entry =
    "module t stage tile\n"
    "workload @w[%N](%x: in tensor f32[%N], %s: f16[1, 1], %y: out tensor f32[%N, 2]) export {\n"
    "  %0 = cast %s : f32[1, 1]\n"
    "  fill %y, %0\n"
    "}\n";

static Kit open_entry(int64_t n) {
    Kit k = kit_text(entry);
    kit_index(&k, n);
    kit_arg(&k, ELEM_F32, 1, (int64_t[]){3}, NULL);
    k.args[k.nargs++].f = 1.0 / 3.0;
    kit_arg2(&k, ELEM_F32, 3, 2, NULL);
    return k;
}

static void test_entry(void) {
    Kit k = open_entry(3);
    const double third = 0.333251953125;
    kit_expect(&k, 2, (double[]){third, third, third, third, third, third}, "a scalar is rounded to its type");
    kit_close(&k);
    k = open_entry(4);
    kit_expect_error(&k, PTOC_E_SHAPE, "argument `x` of `w` is [3], expected [4]");
    kit_close(&k);
    k = open_entry(-1);
    kit_expect_error(&k, PTOC_E_SHAPE, "`N` is negative: -1");
    kit_close(&k);
    k = open_entry(3);
    k.args[0].tensor.elem = ELEM_F16;
    kit_expect_error(&k, PTOC_E_ARGUMENT, "`x` is f16 of rank 1, expected f32 of rank 1");
    kit_close(&k);
    k = open_entry(3);
    k.args[2].tensor.data = NULL;
    kit_expect_error(&k, PTOC_E_ARGUMENT, "`y` has no data");
    kit_close(&k);
    k = open_entry(3);
    k.args[0].tensor.data = (float *)k.args[2].tensor.data + 5;
    kit_expect_error(&k, PTOC_E_ALIAS, "`y` overlaps `x`");
    kit_close(&k);
}

/* ---- what no front end makes ----------------------------------------------------------------- */
static void test_depth(void) {
    Kit k = kit_text("module t stage tile\n"
                     "workload @w() export {\n"
                     "  call {callee = \"w\"}\n"
                     "}\n");
    kit_expect_error(&k, PTOC_E_ARGUMENT, "calls nest deeper than 200");
    kit_close(&k);
}

static void test_bad_step(void) {
    Kit k = kit_text("module t stage tile\n"
                     "workload @w[%N]() export {\n"
                     "  for [0, 8, %N] {\n"
                     "    ^(%i)\n"
                     "    yield\n"
                     "  }\n"
                     "}\n");
    kit_index(&k, 0);
    kit_expect_error(&k, PTOC_E_ARGUMENT, "for: the step is 0, expected 1 or more");
    kit_close(&k);
}

static void test_not_visible(void) { /* built by hand: the verifier would not let it through */
    Kit k = kit_open();
    Op *loop = build_op(&k.b, OP_PARALLEL, NULL, 0, (const Expr *[]){kit_int(&k, 0), kit_int(&k, 1), kit_int(&k, 1)}, 3,
                        NULL, 0, 1);
    region_add_arg(k.m, loop->regions[0], type_index(k.m), "i");
    Builder inner = builder_at_end(k.m, loop->regions[0]);
    Value *v = build_const_int(&inner, ELEM_I32, 1);
    build_unary(&k.b, OP_NEG, v);
    kit_expect_error(&k, PTOC_E_ARGUMENT, "value `?` is used where it is not defined");
    kit_close(&k);
}

static void test_malformed(void) {
    Kit k = kit_open();
    Value *x = kit_tile(&k, ELEM_F32, 1, 1, NULL), *y = kit_tile(&k, ELEM_F64, 1, 1, NULL);
    kit_op(&k, OP_ADD, (Value *[]){x, y}, 2, NULL, 0, x->type);
    kit_expect_error(&k, PTOC_E_ARGUMENT, "add: malformed op: the operands' element types differ");
    kit_close(&k);
}

static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void
test_memory_is_bounded(void) { /* 20,000 tasks with a tile of 64 KiB each: 1.2 GiB if nothing were released */
    long before = peak_kib();
    Kit k = kit_text("module t stage tile\n"
                     "kernel @k(%y: inout view i32[1, 1]) {\n"
                     "  %0 = const {int = 1} : i32[1, 1]\n"
                     "  %1 = full %0 : i32[1, 8192]\n"
                     "  %2 = slice %1 [0, 8191] : i32[1, 1]\n"
                     "  %3 = load %y : i32[1, 1]\n"
                     "  %4 = add %2, %3 : i32[1, 1]\n"
                     "  store %y, %4\n"
                     "}\n"
                     "workload @w[%N](%y: inout tensor i32[1, 1]) export {\n"
                     "  for [0, %N, 1] {\n"
                     "    ^(%i)\n"
                     "    %0 = view %y [:, :] : view i32[1, 1]\n"
                     "    call %0 {callee = \"k\"}\n"
                     "    yield\n"
                     "  }\n"
                     "}\n");
    kit_index(&k, 20000);
    kit_arg2(&k, ELEM_I32, 1, 1, NULL);
    kit_expect(&k, 0, (double[]){20000}, "many tasks");
    CU_ASSERT_EQUAL(k.result.tasks, 20000);
    CU_ASSERT(peak_kib() - before < 64 * 1024);
    kit_close(&k);
}

static void test_too_large(void) { /* 64 TiB, and more elements than there are addresses */
    const char *text = "module t stage block\n"
                       "workload @w[%N]() export {\n"
                       "  %b = buffer {memory = l2} : buffer f32[%N, 1048576]\n"
                       "}\n";
    Kit k = kit_text(text);
    kit_index(&k, 1 << 24);
    kit_expect_error(&k, PTOC_E_MEMORY, "the values of the run do not fit the machine's memory");
    kit_close(&k);
    k = kit_text(text);
    kit_index(&k, (int64_t)1 << 60);
    kit_expect_error(&k, PTOC_E_MEMORY, "extent 0 is too large: 1152921504606846976");
    kit_close(&k);
}

void test_eval_program_register(void);
void test_eval_program_register(void) {
    static const KitTest tests[] = {
        {"for carries values", test_for_carries},
        {"if", test_if},
        {"tiers and counts", test_tiers},
        {"tier.switch", test_switch},
        {"expressions", test_expressions},
        {"checks and messages", test_checks},
        {"print", test_print},
        {"the entry", test_entry},
        {"depth of calls", test_depth},
        {"steps", test_bad_step},
        {"values out of sight", test_not_visible},
        {"malformed ops", test_malformed},
        {"memory is bounded", test_memory_is_bounded},
        {"values that are too large", test_too_large},
    };
    kit_register("eval: programs", tests, KIT_COUNT(tests));
}
