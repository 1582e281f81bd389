/* The arguments of a run: what the example gives, what the command line overrides, and every mistake with its exit code. */
#include "elab_kit.h"
#include "frontend/elab.h"
#include "frontend/example.h"
#include "frontend/npy.h"
#include <math.h>

static const char program[] =
    "workload w(X: in f32[B, 2 * N], h: in f16[N], m: in bool[N], Y: out i32[B], Z: inout u8[B], s: f32 = 0.5, n: i8, "
    "t: u64 = 7) {\n"
    "    tl.store(Y, 0);\n"
    "}\n"
    "example a for w {\n"
    "    B = 2; N = 3; X = normal(seed = 1); h = [1, 0.1, inf]; m = [true, false, true]; Z = iota; n = -3; s = 1e-6;\n"
    "}\n"
    "example b for w { B = 2; X = ones; h = [1, 2]; n = 1; }\n"
    "example c for w { B = 2; N = 2; X = ones; h = npy(\"missing.npy\"); m = zeros; Z = zeros; n = 1; }\n";

typedef struct Bound {
    Kit kit;
    RunInputs in;
    int code;
} Bound;

typedef struct Overrides {
    RunOverride dims[4], ins[4], sets[4];
} Overrides;

static int count(const RunOverride *list) {
    int n = 0;
    while (n < 4 && list[n].name)
        n++;
    return n;
}

static void bind(Bound *b, const char *source, const char *example, const Overrides *o) {
    kit_open(&b->kit);
    Program *p = kit_load(&b->kit, source);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->module);
    RunRequest r = {
        .program = p, .workload = module_find(p->module, "w"), .example = example ? example_find(p, example) : NULL};
    r.dims = o->dims;
    r.ndims = count(o->dims);
    r.ins = o->ins;
    r.nins = count(o->ins);
    r.sets = o->sets;
    r.nsets = count(o->sets);
    b->code = run_bind(&r, b->kit.dc, b->kit.arena, &b->in);
}

static void expect_bind(const char *source, const char *example, Overrides o, int code, const char *messages) {
    Bound b;
    bind(&b, source, example, &o);
    CU_ASSERT_EQUAL(b.code, code);
    CU_ASSERT(kit_same("run_bind", messages, kit_messages(&b.kit)));
    kit_close(&b.kit);
}

static void test_example_values(void) {
    Bound b;
    bind(&b, program, "a", &(Overrides){.dims = {{NULL, NULL}}});
    CU_ASSERT_EQUAL_FATAL(b.code, 0);
    CU_ASSERT(b.in.index_args[0] == 2 && b.in.index_args[1] == 3);
    const EvalTensor *x = &b.in.args[0].tensor, *h = &b.in.args[1].tensor;
    CU_ASSERT(x->rank == 2 && x->dims[0] == 2 && x->dims[1] == 6 && x->strides[0] == 6 && x->strides[1] == 1);
    CU_ASSERT_EQUAL(((const float *)x->data)[2], -29043.0f / 65536.0f);
    CU_ASSERT(memcmp(h->data, (const uint16_t[]){0x3C00, 0x2E66, 0x7C00}, 6) == 0);
    CU_ASSERT(memcmp(b.in.args[2].tensor.data, (const uint8_t[]){1, 0, 1}, 3) == 0);
    CU_ASSERT(memcmp(b.in.args[3].tensor.data, (const int32_t[]){0, 0}, 8) == 0);
    CU_ASSERT(memcmp(b.in.args[4].tensor.data, (const uint8_t[]){0, 1}, 2) == 0);
    CU_ASSERT_EQUAL(b.in.args[5].f, (double)1e-6f);
    CU_ASSERT_EQUAL(b.in.args[6].i, -3);
    CU_ASSERT_EQUAL(b.in.args[7].i, 7);
    kit_close(&b.kit);
}

static void test_overrides(void) {
    const Overrides o = {.dims = {{"B", "0x1"}, {"N", "2"}},
                         .sets = {{"X", "1,-2.5,3,inf"}, {"h", "0.1,2K"}, {"m", "1,false"}, {"n", "-128"}}};
    Bound b;
    bind(&b, program, "a", &o);
    CU_ASSERT(kit_same("overrides", "", kit_messages(&b.kit)));
    CU_ASSERT_EQUAL_FATAL(b.code, 0);
    CU_ASSERT(memcmp(b.in.args[0].tensor.data, (const float[]){1, -2.5f, 3, INFINITY}, 16) == 0);
    CU_ASSERT(memcmp(b.in.args[1].tensor.data, (const uint16_t[]){0x2E66, 0x6800}, 4) == 0);
    CU_ASSERT(memcmp(b.in.args[2].tensor.data, (const uint8_t[]){1, 0}, 2) == 0);
    CU_ASSERT_EQUAL(b.in.args[6].i, -128);
    kit_close(&b.kit);
}

static void write_files(void) {
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    CU_ASSERT_EQUAL(npy_write("test_example_x.npy", ELEM_F32, 2, (const int64_t[]){2, 4}, x), 0);
    CU_ASSERT_EQUAL(npy_write("test_example_odd.npy", ELEM_F32, 2, (const int64_t[]){1, 5}, x), 0);
    CU_ASSERT_EQUAL(npy_write("test_example_h.npy", ELEM_F16, 1, (const int64_t[]){2}, x), 0);
    CU_ASSERT_EQUAL(npy_write("test_example_m.npy", ELEM_U8, 1, (const int64_t[]){2}, (const uint8_t[]){9, 0}), 0);
}

static void remove_files(void) {
    remove("test_example_x.npy");
    remove("test_example_odd.npy");
    remove("test_example_h.npy");
    remove("test_example_m.npy");
}

/* Shapes of files bind symbols, without an example too. */
static void test_files(void) {
    write_files();
    const Overrides o = {.ins = {{"X", "test_example_x.npy"}, {"h", "test_example_h.npy"}, {"m", "test_example_m.npy"}},
                         .sets = {{"n", "1"}, {"Z", "3,4"}}};
    Bound b;
    bind(&b, program, NULL, &o);
    CU_ASSERT(kit_same("files", "", kit_messages(&b.kit)));
    CU_ASSERT_EQUAL_FATAL(b.code, 0);
    CU_ASSERT(b.in.index_args[0] == 2 && b.in.index_args[1] == 2);
    CU_ASSERT_EQUAL(((const float *)b.in.args[0].tensor.data)[7], 8.0f);
    CU_ASSERT(memcmp(b.in.args[2].tensor.data, (const uint8_t[]){1, 0}, 2) == 0);
    kit_close(&b.kit);
    remove_files();
}

static void test_unbound(void) {
    expect_bind(
        program, NULL, (Overrides){.dims = {{"B", "1"}}}, 1,
        "error: [E0530] symbol `N` of workload `w` has no value: bind it in an example or by --dim N=VALUE\n"
        "error: [E0530] scalar `n` of workload `w` has no value: bind it in an example or by --set n=VALUE\n"
        "error: [E0530] tensor `X` of workload `w` has no value: bind it in an example or by --in X=FILE.npy\n"
        "error: [E0530] tensor `h` of workload `w` has no value: bind it in an example or by --in h=FILE.npy\n"
        "error: [E0530] tensor `m` of workload `w` has no value: bind it in an example or by --in m=FILE.npy\n"
        "error: [E0530] tensor `Z` of workload `w` has no value: bind it in an example or by --in Z=FILE.npy\n");
    expect_bind(program, "b", (Overrides){.dims = {{"N", "3"}}, .sets = {{"Z", "1,2"}, {"m", "1,1,1"}}}, 1,
                "7:40: error: [E0524] `h`: expected 3 elements (3), found 2\n");
}

static void test_usage(void) {
    expect_bind(program, "a", (Overrides){.dims = {{"C", "1"}, {"b", "2"}, {"N", "-1"}, {"N", "1.5"}}}, 2,
                "error: [E0531] --dim C: workload `w` has no symbol `C`\nhint: it has B, N\n"
                "error: [E0531] --dim b: workload `w` has no symbol `b`\nhint: it has B, N\n"
                "error: [E0532] --dim N=-1: expected an integer from 0 on\n"
                "error: [E0532] --dim N=1.5: expected an integer from 0 on\n");
    expect_bind(program, "a", (Overrides){.dims = {{"B", "1"}, {"B", "2"}}}, 2,
                "error: [E0533] symbol `B`: --dim B=1 says 1, --dim B=2 says 2\n");
    expect_bind(program, "a", (Overrides){.ins = {{"n", "a.npy"}}, .sets = {{"B", "3"}, {"hh", "3"}}}, 2,
                "error: [E0531] --in n: workload `w` has no tensor `n`\nhint: it has X, h, m, Y, Z\n"
                "error: [E0531] --set B: workload `w` has no parameter `B`\nhint: it has X, h, m, Y, Z, s, n, t\n"
                "error: [E0531] --set hh: workload `w` has no parameter `hh`\nhint: did you mean `h`?\n");
    expect_bind(program, "a", (Overrides){.sets = {{"n", "128"}, {"s", "x"}, {"t", "-1"}, {"Z", "1,256"}}}, 2,
                "error: [E0532] --set s=x: expected a number of type f32\n"
                "error: [E0532] --set n=128: expected a number of type i8\n"
                "error: [E0532] --set t=-1: expected a number of type u64\n");
    expect_bind(program, "a", (Overrides){.sets = {{"Z", "1,256"}}}, 2,
                "error: [E0532] --set Z: `256`: expected a number of type u8\n");
    expect_bind(program, "a", (Overrides){.sets = {{"Z", "1,2,3"}, {"h", "1"}}}, 2,
                "error: [E0532] --set h: 1 values: expected 3\nerror: [E0532] --set Z: 3 values: expected 2\n");
    expect_bind(program, "a", (Overrides){.sets = {{"Z", "1,2"}, {"Z", "1,3"}}}, 2,
                "error: [E0534] parameter `Z` is given by --set Z=1,2 and by --set Z=1,3\n");
}

static void test_file_mistakes(void) {
    write_files();
    expect_bind(program, "a", (Overrides){.ins = {{"X", "nothing.npy"}}}, 3,
                "error: [E0535] tensor `X`: nothing.npy: No such file or directory\n");
    expect_bind(program, "a", (Overrides){.ins = {{"h", "test_example_x.npy"}, {"m", "test_example_h.npy"}}}, 3,
                "error: [E0535] tensor `h`: test_example_x.npy: expected elements `<f2` (f16), found `<f4`\n"
                "error: [E0535] tensor `m`: test_example_h.npy: expected elements `|b1` (bool), found `<f2`\n");
    expect_bind(program, "a", (Overrides){.ins = {{"Z", "test_example_m.npy"}, {"X", "test_example_x.npy"}}}, 1,
                "5:45: error: [E0524] `h`: expected 2 elements (2), found 3\n"
                "5:64: error: [E0524] `m`: expected 2 elements (2), found 3\n");
    expect_bind(program, "a", (Overrides){.ins = {{"X", "test_example_odd.npy"}}, .dims = {{"B", "1"}}}, 3,
                "error: [E0535] tensor `X`: test_example_odd.npy: expected shape 1 x 6, found 1 x 5\n");
    expect_bind(program, "a", (Overrides){.ins = {{"X", "test_example_x.npy"}}, .dims = {{"B", "3"}}}, 2,
                "error: [E0533] symbol `B`: --dim B=3 says 3, --in X=test_example_x.npy says 2\n");
    expect_bind(program, "a", (Overrides){.ins = {{"Z", "test_example_m.npy"}}, .sets = {{"Z", "1,2"}}}, 2,
                "error: [E0534] parameter `Z` is given by --in Z=test_example_m.npy and by --set Z=1,2\n");
    expect_bind(program, "c", (Overrides){.dims = {{NULL, NULL}}}, 3,
                "error: [E0535] tensor `h`: missing.npy: No such file or directory\n");
    remove_files();
}

static void test_extents(void) {
    static const char source[] = "workload w(X: in f32[N - 3], Y: out f32[N]) { tl.store(Y, 0.0); }\n";
    expect_bind(source, NULL, (Overrides){.dims = {{"N", "2"}}, .sets = {{"X", "1"}}}, 1,
                "error: [E0536] tensor `X`: dimension 0 is -1\n");
    static const char large[] = "workload w(Y: out f32[N, M]) { tl.store(Y, 0.0); }\n";
    expect_bind(large, NULL, (Overrides){.dims = {{"N", "4G"}, {"M", "4G"}}}, 4,
                "error: [E0537] tensor `Y` is larger than 2^63 - 1 bytes\n");
    expect_bind(large, NULL, (Overrides){.dims = {{"N", "0"}, {"M", "4G"}}}, 0, "");
}

static void test_missing_warning(void) {
    Kit kit;
    kit_open(&kit);
    Program *p = kit_load(&kit, program);
    example_warn_missing(p, kit.dc);
    CU_ASSERT(
        kit_same("missing", "7:9: warning: [W0501] example `b` does not bind `N`, `m`, `Z`\n", kit_messages(&kit)));
    CU_ASSERT_PTR_EQUAL(example_first(p, "w"), example_find(p, "a"));
    CU_ASSERT_PTR_NULL(example_find(p, "d"));
    CU_ASSERT_PTR_NULL(example_first(p, "v"));
    kit_close(&kit);
}

/* |a - b| <= tolerance * max(1, |b|); without a tolerance the bits, NaN equal to NaN. */
static void test_expectations(void) {
    static const char source[] =
        "workload w(Y: out f32[5], I: out i64[2]) { tl.store(Y, 0.0); }\n"
        "example a for w { expect Y = [0, 1, 100, nan, inf] within 0.01; expect Y = [0, 1, 100, nan, inf];\n"
        "expect I = [1, 9007199254740993] within 10; }\n";
    Bound b;
    bind(&b, source, "a", &(Overrides){.dims = {{NULL, NULL}}});
    CU_ASSERT_EQUAL_FATAL(b.code, 0);
    CU_ASSERT_EQUAL_FATAL(b.in.expects.len, 3);
    const RunExpect *near = &b.in.expects.data[0], *exact = &b.in.expects.data[1], *ints = &b.in.expects.data[2];
    EvalTensor y = near->value, i = ints->value;
    float values[5] = {0, 1, 100, NAN, INFINITY};
    int64_t numbers[2] = {1, 9007199254740993};
    y.data = values;
    i.data = numbers;
    CU_ASSERT(run_expect_differs(near, &y) == -1 && run_expect_differs(exact, &y) == -1);
    values[2] = 100.9f;
    CU_ASSERT(run_expect_differs(near, &y) == -1 && run_expect_differs(exact, &y) == 2);
    values[2] = 101.1f;
    CU_ASSERT(run_expect_differs(near, &y) == 2);
    values[2] = 100.0f;
    values[0] = -0.0f;
    CU_ASSERT(run_expect_differs(near, &y) == -1 && run_expect_differs(exact, &y) == 0);
    values[0] = 0.011f;
    CU_ASSERT(run_expect_differs(near, &y) == 0);
    values[0] = 0.0f;
    values[3] = 0.0f;
    CU_ASSERT(run_expect_differs(near, &y) == 3);
    values[3] = NAN;
    values[4] = -INFINITY;
    CU_ASSERT(run_expect_differs(near, &y) == 4);
    CU_ASSERT(run_expect_differs(ints, &i) == -1);
    numbers[1] = 9007199254740992;
    CU_ASSERT(run_expect_differs(ints, &i) == 1);
    kit_close(&b.kit);
}

void test_example_register(void);
void test_example_register(void) {
    CU_pSuite suite = CU_add_suite("example", NULL, NULL);
    CU_add_test(suite, "values of an example", test_example_values);
    CU_add_test(suite, "overrides", test_overrides);
    CU_add_test(suite, "files bind symbols", test_files);
    CU_add_test(suite, "unbound", test_unbound);
    CU_add_test(suite, "usage", test_usage);
    CU_add_test(suite, "mistakes in files", test_file_mistakes);
    CU_add_test(suite, "extents", test_extents);
    CU_add_test(suite, "missing bindings", test_missing_warning);
    CU_add_test(suite, "expectations", test_expectations);
}
