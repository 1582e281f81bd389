/* Whole programs: imports, -D, and the IR that kernels become. */
#include "elab_kit.h"

/* ---- imports ----------------------------------------------------------------------------------------------------- */

static void expect_messages(const KitFile *files, const char *source, const char *messages) {
    Kit kit;
    kit_open(&kit);
    kit.files = files;
    kit_load(&kit, source);
    CU_ASSERT(kit_same(source, messages, kit_messages(&kit)));
    CU_ASSERT_EQUAL(kit.program->module == NULL, messages[0] != '\0');
    kit_close(&kit);
}

static void test_imports(void) {
    static const KitFile files[] = {
        {"lib/a.pto", "module a; import \"b.pto\"; const A = B + 1; func twice(x) = x * A;"},
        {"lib/b.pto", "import \"../libc.pto\"; const B = 1; example e for nothing { }"},
        {"lib/../libc.pto", "kernel shared(x: in f32[1, N], y: out f32[1, N]) { tl.store(y, twice(x)); }"},
        {NULL, NULL},
    };
    Kit kit;
    kit_open(&kit);
    kit.files = files;
    Program *p = kit_load(&kit, "import \"lib/a.pto\"; import \"lib/b.pto\"; const C = A + B;");
    CU_ASSERT_STRING_EQUAL(kit_messages(&kit), "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->module);
    CU_ASSERT_STRING_EQUAL(p->module->name, "t");
    CU_ASSERT(p->empty);
    CU_ASSERT_EQUAL_FATAL(p->dependencies.len, 4);
    CU_ASSERT_STRING_EQUAL(p->dependencies.data[0], "t.pto");
    CU_ASSERT_STRING_EQUAL(p->dependencies.data[2], "lib/b.pto");
    CU_ASSERT_EQUAL_FATAL(p->consts.len, 3);
    CU_ASSERT_STRING_EQUAL(p->consts.data[0].name, "C");
    CU_ASSERT_EQUAL(p->consts.data[0].i, 3);
    CU_ASSERT_EQUAL(p->module->funcs.len, 1);
    kit_close(&kit);
}

static void test_import_mistakes(void) {
    static const KitFile cycle[] = {
        {"lib1.pto", "import \"lib2.pto\";"}, {"lib2.pto", "import \"lib1.pto\";"}, {NULL, NULL}};
    expect_messages(cycle, "import \"lib1.pto\";",
                    "lib2.pto:1:8: error: [E0206] `lib1.pto` imports itself, directly or through other files\n");
    /* What a missing file might have defined is not unknown. */
    expect_messages(NULL, "import \"gone.pto\"; const A = GONE + 1;",
                    "1:8: error: [E0207] cannot read `gone.pto`: No such file or directory\n");
    static const KitFile twice[] = {{"lib.pto", "const A = 1;"}, {NULL, NULL}};
    expect_messages(twice, "import \"lib.pto\"; const A = 2;",
                    "lib.pto:1:7: error: [E0202] `A` is defined twice\n1:25: note: `A` is defined here\n");
}

static void test_include_dirs(void) {
    static const KitFile files[] = {{"inc/lib.pto", "const A = 7;"}, {NULL, NULL}};
    static const char *const dirs[] = {"other", "inc"};
    Kit kit;
    kit_open(&kit);
    kit.files = files;
    kit.options.include_dirs = dirs;
    kit.options.ninclude_dirs = 2;
    kit_load(&kit, "import \"lib.pto\"; kernel k(y: out f32[1, A]) { tl.store(y, 0.0); }");
    CU_ASSERT_STRING_EQUAL(kit_messages(&kit), "");
    CU_ASSERT_PTR_NOT_NULL(strstr(kit_ir(&kit), "out view f32[1, 7]"));
    kit_close(&kit);
}

static void test_unreadable_main(void) {
    Kit kit;
    kit_open(&kit);
    Program *p = program_load(&kit.options, "none.pto");
    CU_ASSERT_PTR_NULL(p->main);
    CU_ASSERT_PTR_NULL(p->module);
    CU_ASSERT_STRING_EQUAL(kit_messages(&kit), "error: [E0207] cannot read `none.pto`: No such file or directory\n");
    kit_close(&kit);
}

/* ---- -D ---------------------------------------------------------------------------------------------------------- */

static void expect_defines(const ProgramDefine *defines, int n, const char *source, const char *messages,
                           const char *ir) {
    Kit kit;
    kit_open(&kit);
    kit.options.defines = defines;
    kit.options.ndefines = n;
    kit_load(&kit, source);
    CU_ASSERT(kit_same(source, messages, kit_messages(&kit)));
    if (ir)
        CU_ASSERT_PTR_NOT_NULL(strstr(kit_ir(&kit), ir));
    kit_close(&kit);
}

static void test_defines(void) {
    static const char source[] = "const N = 4; const M = N * 2; kernel k(y: out f32[N, M]) { tl.store(y, 0.0); }";
    expect_defines((ProgramDefine[]){{"N", "1K"}}, 1, source, "", "out view f32[1024, 2048]");
    expect_defines((ProgramDefine[]){{"M", "0x10"}, {"N", "3"}}, 2, source, "", "out view f32[3, 16]");
    expect_defines((ProgramDefine[]){{"MM", "1"}}, 1, source,
                   "error: [E0208] -D MM: the program has no constant of this name\n"
                   "hint: did you mean `M`?\n",
                   NULL);
    expect_defines((ProgramDefine[]){{"N", "M + 1"}}, 1, source,
                   "error: [E0209] -D N=M + 1: expected an integer, a float, true or false\n", NULL);
    expect_defines((ProgramDefine[]){{"N", ""}}, 1, source,
                   "error: [E0209] -D N=: expected an integer, a float, true or false\n", NULL);
}

static void test_constants(void) {
    Kit kit;
    kit_open(&kit);
    Program *p = kit_load(
        &kit, "const A = 7 / 2 - -7 % 4; const B = 1.0 / tl.sqrt(64); const C = !(A > 3) || B == 0.125;"
              "const D = tl.cdiv(7, 2) + tl.maximum(1, 2) * tl.minimum(3, 4) << 2; const E = 0xFFFFFFFFFFFFFFFF;"
              "const F = -9223372036854775808; const G = tl.maximum(1, 2.5); const H = ~5 & 0xF ^ 1 | 32;");
    CU_ASSERT_STRING_EQUAL(kit_messages(&kit), "");
    CU_ASSERT_EQUAL_FATAL(p->consts.len, 8);
    CU_ASSERT_EQUAL(p->consts.data[0].i, 6);
    CU_ASSERT_EQUAL(p->consts.data[1].f, 0.125);
    CU_ASSERT_EQUAL(p->consts.data[2].kind, PROGRAM_CONST_BOOL);
    CU_ASSERT_EQUAL(p->consts.data[2].i, 1);
    CU_ASSERT_EQUAL(p->consts.data[3].i, 40);
    CU_ASSERT_EQUAL(p->consts.data[4].i, -1);
    CU_ASSERT_EQUAL(p->consts.data[5].i, INT64_MIN);
    CU_ASSERT_EQUAL(p->consts.data[6].f, 2.5);
    CU_ASSERT_EQUAL(p->consts.data[7].i, 43);
    kit_close(&kit);
}

/* ---- IR ---------------------------------------------------------------------------------------------------------- */

static void expect_ir_at(ProgramChecks checks, const char *source, const char *ir) {
    Kit kit;
    kit_open(&kit);
    kit.options.checks = checks;
    kit_load(&kit, source);
    CU_ASSERT(kit_same(source, "", kit_messages(&kit)));
    const char *found = kit_ir(&kit);
    /* Without the head of the module and the places, which other tests look at. */
    Buf out = {0};
    const char *line = strstr(found, "\nkernel");
    for (line = line ? line + 1 : found; *line;) {
        size_t n = strcspn(line, "\n"), keep = n;
        for (size_t i = 0; i + 2 < n; i++)
            if (line[i] == ' ' && line[i + 1] == '@' && line[i + 2] == '0')
                keep = i;
        bool opens = n > 0 && line[n - 1] == '{';
        buf_printf(&out, "%.*s%s\n", (int)keep, line, opens && keep < n ? " {" : "");
        line += n + (line[n] == '\n');
    }
    CU_ASSERT(kit_same(source, ir, buf_text(&out)));
    buf_free(&out);
    kit_close(&kit);
}

static void expect_ir(const char *source, const char *ir) { expect_ir_at(PROGRAM_CHECKS_ENTRY, source, ir); }

static void test_flash_attention(void) {
    expect_ir(
        "const D = 64;\n"
        "kernel flash(q: in f16[R, D], k: in f16[S, D], v: in f16[S, D], o: out f16[R, D]) {\n"
        "    var m = tl.full([R, 1], -inf, f32); var l = tl.zeros([R, 1], f32); var acc = tl.zeros([R, D], f32);\n"
        "    for j :+ n in 0 .. S step 128 {\n"
        "        let s = tl.matmul(q, k[j :+ n, :], trans_b = true) * (1.0 / tl.sqrt(D));\n"
        "        let next = tl.maximum(m, tl.rowmax(s));\n"
        "        let p = tl.exp(s - next); let c = tl.exp(m - next);\n"
        "        l = l * c + tl.rowsum(p);\n"
        "        acc = tl.matmul(tl.cast(p, f16), v[j :+ n, :], acc = acc * c);\n"
        "        m = next;\n"
        "    }\n"
        "    tl.store(o, tl.cast(acc / l, f16));\n"
        "}",
        "kernel @flash[%R, %S](%q: in view f16[%R, 64], %k: in view f16[%S, 64], %v: in view f16[%S, 64], "
        "%o: out view f16[%R, 64]) {\n"
        "  %0 = const {float = -inf} : f32[1, 1]\n"
        "  %m = full %0 : f32[%R, 1]\n"
        "  %1 = const {float = 0} : f32[1, 1]\n"
        "  %l = full %1 : f32[%R, 1]\n"
        "  %2 = const {float = 0} : f32[1, 1]\n"
        "  %acc = full %2 : f32[%R, 64]\n"
        "  %l.1, %acc.1, %m.1 = for %l, %acc, %m [0, %S, 128] : f32[%R, 1], f32[%R, 64], f32[%R, 1] {\n"
        "    ^(%j, %l.2, %acc.2, %m.2)\n"
        "    %3 = load %q : f16[%R, 64]\n"
        "    %4 = view %k [%j :+ min(%S - %j, 128), :] : view f16[min(%S - %j, 128), 64]\n"
        "    %5 = load %4 : f16[min(%S - %j, 128), 64]\n"
        "    %6 = matmul %3, %5 {trans_b} : f32[%R, min(%S - %j, 128)]\n"
        "    %7 = const {float = 0.125} : f32[1, 1]\n"
        "    %s = mul %6, %7 : f32[%R, min(%S - %j, 128)]\n"
        "    %8 = rowmax %s : f32[%R, 1]\n"
        "    %next = maximum %m.2, %8 : f32[%R, 1]\n"
        "    %9 = sub %s, %next : f32[%R, min(%S - %j, 128)]\n"
        "    %p = exp %9 : f32[%R, min(%S - %j, 128)]\n"
        "    %10 = sub %m.2, %next : f32[%R, 1]\n"
        "    %c = exp %10 : f32[%R, 1]\n"
        "    %11 = mul %l.2, %c : f32[%R, 1]\n"
        "    %12 = rowsum %p : f32[%R, 1]\n"
        "    %l.3 = add %11, %12 : f32[%R, 1]\n"
        "    %13 = cast %p : f16[%R, min(%S - %j, 128)]\n"
        "    %14 = view %v [%j :+ min(%S - %j, 128), :] : view f16[min(%S - %j, 128), 64]\n"
        "    %15 = load %14 : f16[min(%S - %j, 128), 64]\n"
        "    %16 = mul %acc.2, %c : f32[%R, 64]\n"
        "    %acc.3 = matmul %13, %15, %16 : f32[%R, 64]\n"
        "    yield %l.3, %acc.3, %next\n"
        "  }\n"
        "  %17 = div %acc.1, %l.1 : f32[%R, 64]\n"
        "  %18 = cast %17 : f16[%R, 64]\n"
        "  store %o, %18\n"
        "}\n");
}

static void test_composites(void) {
    expect_ir(
        "kernel k(x: in bf16[M, N], w: in bf16[1, N], y: out bf16[M, N]) { tl.store(y, tl.rmsnorm(x, w, 1e-6)); }",
        "kernel @k[%M, %N](%x: in view bf16[%M, %N], %w: in view bf16[1, %N], %y: out view bf16[%M, %N]) {\n"
        "  %0 = load %x : bf16[%M, %N]\n"
        "  %1 = cast %0 : f32[%M, %N]\n"
        "  %2 = load %w : bf16[1, %N]\n"
        "  %3 = cast %2 : f32[1, %N]\n"
        "  %4 = const {float = 9.999999974752427e-07} : f32[1, 1]\n"
        "  %5 = mul %1, %1 : f32[%M, %N]\n"
        "  %6 = rowmean %5 : f32[%M, 1]\n"
        "  %7 = add %6, %4 : f32[%M, 1]\n"
        "  %8 = rsqrt %7 : f32[%M, 1]\n"
        "  %9 = mul %1, %8 : f32[%M, %N]\n"
        "  %10 = mul %9, %3 : f32[%M, %N]\n"
        "  %11 = cast %10 : bf16[%M, %N]\n"
        "  store %y, %11\n"
        "}\n");
}

static void test_control_flow(void) {
    expect_ir("kernel k(x: in i32[N], y: out i32[1, 1], n: i32) {\n"
              "    var best = x[0]; var at = 0;\n"
              "    for j in 1 .. N { if x[j] > best && j < n { best = x[j]; at = j; } else if n < 0 { at = 0; } }\n"
              "    tl.store(y[0, 0], at);\n"
              "}",
              "kernel @k[%N](%x: in view i32[%N], %y: out view i32[1, 1], %n: i32[1, 1]) {\n"
              "  %best = get %x [0] : i32[1, 1]\n"
              "  %0 = const {int = 0} : index[1, 1]\n"
              "  %best.1, %at = for %best, %0 [1, %N, 1] : i32[1, 1], index[1, 1] {\n"
              "    ^(%j, %best.2, %at.1)\n"
              "    %1 = get %x [%j] : i32[1, 1]\n"
              "    %2 = index [%1] : index[1, 1]\n"
              "    %3 = index [%best.2] : index[1, 1]\n"
              "    %4 = gt %2, %3 : bool[1, 1]\n"
              "    %5 = index [%n] : index[1, 1]\n"
              "    %6 = lt %j, %5 : bool[1, 1]\n"
              "    %7 = and %4, %6 : bool[1, 1]\n"
              "    %best.3, %at.2 = if %7 : i32[1, 1], index[1, 1] {\n"
              "      %best.4 = get %x [%j] : i32[1, 1]\n"
              "      yield %best.4, %j\n"
              "    } {\n"
              "      %8 = index [%n] : index[1, 1]\n"
              "      %9 = index [0] : index[1, 1]\n"
              "      %10 = lt %8, %9 : bool[1, 1]\n"
              "      %at.3 = if %10 : index[1, 1] {\n"
              "        %11 = const {int = 0} : index[1, 1]\n"
              "        yield %11\n"
              "      } {\n"
              "        yield %at.1\n"
              "      }\n"
              "      yield %best.2, %at.3\n"
              "    }\n"
              "    yield %best.3, %at.2\n"
              "  }\n"
              "  %12 = cast %at : i32[1, 1]\n"
              "  put %y, %12 [0, 0]\n"
              "}\n");
}

/* The right side of && and || that reads memory runs only when it is needed. */
static void test_short_circuit(void) {
    expect_ir("kernel k(x: in i32[N], y: out i32[1, 1], n: i32) {\n"
              "    if n < N && x[n] > 0 { tl.store(y, 1); }\n"
              "}",
              "kernel @k[%N](%x: in view i32[%N], %y: out view i32[1, 1], %n: i32[1, 1]) {\n"
              "  %0 = index [%n] : index[1, 1]\n"
              "  %1 = lt %0, %N : bool[1, 1]\n"
              "  %2 = if %1 : bool[1, 1] {\n"
              "    %3 = get %x [%n] : i32[1, 1]\n"
              "    %4 = index [%3] : index[1, 1]\n"
              "    %5 = index [0] : index[1, 1]\n"
              "    %6 = gt %4, %5 : bool[1, 1]\n"
              "    yield %6\n"
              "  } {\n"
              "    %7 = const {int = 0} : bool[1, 1]\n"
              "    yield %7\n"
              "  }\n"
              "  if %2 {\n"
              "    %8 = const {int = 1} : i32[1, 1]\n"
              "    fill %y, %8\n"
              "  } {\n"
              "  }\n"
              "}\n");
}

static void test_full_checks(void) {
    static const char source[] = "kernel k(x: in i32[M, N], y: out i32[1, 1], i: index) where i >= 0 {\n"
                                 "    assume(M > 4); tl.assert(i < 9, \"small\");\n"
                                 "    tl.store(y, x[i, 3] / i + x[2, 0]);\n"
                                 "}";
    expect_ir_at(
        PROGRAM_CHECKS_FULL, source,
        "kernel @k[%M, %N](%x: in view i32[%M, %N], %y: out view i32[1, 1], %i: index[1, 1]) {\n"
        "  assume [%i]\n"
        "  check [%M - 5] {text = \"assume(M > 4) does not hold\", code = ASSUME, level = full}\n"
        "  assume [%M - 5]\n"
        "  %0 = index [9] : index[1, 1]\n"
        "  %1 = lt %i, %0 : bool[1, 1]\n"
        "  assert %1 {text = \"small\"}\n"
        "  check [%M - %i - 1, %i, %M] {text = \"x[i, 3]: index {0} in a dimension of {1}\", code = BOUNDS, level = "
        "full}\n"
        "  check [%N - 4, 3, %N] {text = \"x[i, 3]: index {0} in a dimension of {1}\", code = BOUNDS, level = full}\n"
        "  %2 = get %x [%i, 3] : i32[1, 1]\n"
        "  check [max(%i, -%i) - 1] {text = \"x[i, 3] / i: division by zero\", code = DIVIDE, level = full}\n"
        "  check [%N - 1, 0, %N] {text = \"x[2, 0]: index {0} in a dimension of {1}\", code = BOUNDS, level = full}\n"
        "  %3 = get %x [2, 0] : i32[1, 1]\n"
        "  check [min(-div(%2, %i) - %3 + 2147483647, div(%2, %i) + %3 + 2147483648), div(%2, %i) + %3] "
        "{text = \"x[i, 3] / i + x[2, 0] = {0} is not exact as i32\", code = BOUNDS, level = full}\n"
        "  %4 = index [div(%2, %i) + %3] : index[1, 1]\n"
        "  %5 = cast %4 : i32[1, 1]\n"
        "  fill %y, %5\n"
        "}\n");
}

static void test_slices(void) {
    expect_ir("kernel k(x: in f32[M, 8], y: out f32[1, M], z: out f32[M]) {\n"
              "    let t = x * 2.0;\n"
              "    tl.store(y, t[:, 3]); tl.store(z, t[:, 4]);\n"
              "    for i in M { tl.store(z[i :+ 1], t[i, 2 : 3]); }\n"
              "}",
              "kernel @k[%M](%x: in view f32[%M, 8], %y: out view f32[1, %M], %z: out view f32[%M]) {\n"
              "  %0 = load %x : f32[%M, 8]\n"
              "  %1 = const {float = 2} : f32[1, 1]\n"
              "  %t = mul %0, %1 : f32[%M, 8]\n"
              "  %2 = slice %t [0, 3] : f32[%M, 1]\n"
              "  %3 = trans %2 : f32[1, %M]\n"
              "  store %y, %3\n"
              "  %4 = slice %t [0, 4] : f32[%M, 1]\n"
              "  %5 = trans %4 : f32[1, %M]\n"
              "  store %z, %5\n"
              "  for [0, %M, 1] {\n"
              "    ^(%i)\n"
              "    %6 = slice %t [%i, 2] : f32[1, 1]\n"
              "    %7 = view %z [%i :+ 1] : view f32[1]\n"
              "    store %7, %6\n"
              "  }\n"
              "}\n");
}

void test_elab_kernel_program_register(void);
void test_elab_kernel_program_register(void) {
    CU_pSuite suite = CU_add_suite("elab_kernel_program", NULL, NULL);
    CU_add_test(suite, "imports", test_imports);
    CU_add_test(suite, "import mistakes", test_import_mistakes);
    CU_add_test(suite, "include dirs", test_include_dirs);
    CU_add_test(suite, "unreadable main file", test_unreadable_main);
    CU_add_test(suite, "-D", test_defines);
    CU_add_test(suite, "constants", test_constants);
    CU_add_test(suite, "flash attention", test_flash_attention);
    CU_add_test(suite, "composites", test_composites);
    CU_add_test(suite, "control flow", test_control_flow);
    CU_add_test(suite, "short circuit", test_short_circuit);
    CU_add_test(suite, "full checks", test_full_checks);
    CU_add_test(suite, "slices", test_slices);
}
