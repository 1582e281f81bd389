/* Names, constants, arguments: each program and all the messages it gives, whole. */
#include "elab_kit.h"

typedef struct Case {
    const char *name, *source, *messages;
} Case;

/* clang-format off */
static const Case cases[] = {
    {"unknown_name",
     "const SIZE = 4;\n"
     "kernel k(x: in f32[1, SIZE], y: out f32[1, SIZE]) {\n"
     "    tl.store(y, x + sise);\n"
     "    let a = undefined_thing + 1;\n"
     "    tl.store(y, a);\n"
     "}",
     "3:21: error: [E0201] unknown name `sise`\n"
     "4:13: error: [E0201] unknown name `undefined_thing`\n"},
    {"unknown_name_suggests",
     "kernel k(x: in f32[1, N], y: out f32[1, N]) { let scale = 2.0; tl.store(y, x * scalee); }",
     "1:80: error: [E0201] unknown name `scalee`\n"
     "hint: did you mean `scale`?\n"},
    {"defined_twice",
     "const A = 1;\n"
     "func A(x) = x;\n"
     "kernel k(x: in f32[1, 4], x: in f32[1, 4]) { }",
     "2:6: error: [E0202] `A` is defined twice\n"
     "1:7: note: `A` is defined here\n"
     "3:27: error: [E0202] `x` is defined twice\n"
     "3:10: note: `x` is defined here\n"},
    {"type_name",
     "const f32 = 1;\n"
     "kernel k(csr: in f32[1, 4], y: out f32[1, 4]) { let index = 1; }",
     "1:7: error: [E0203] `f32` is the name of a type and cannot be redefined\n"
     "2:10: error: [E0203] `csr` is the name of a type and cannot be redefined\n"
     "2:53: error: [E0203] `index` is the name of a type and cannot be redefined\n"},
    {"shadows",
     "const A = 1;\n"
     "kernel k(x: in f32[1, N], y: out f32[1, N]) {\n"
     "    let A = 2;\n"
     "    let x = 3;\n"
     "    let N = 4;\n"
     "    let b = 1;\n"
     "    let b = 2;\n"
     "    for b in 3 { }\n"
     "    if true { let b = 1; }\n"
     "    tl.store(y, 0.0);\n"
     "}",
     "3:9: error: [E0204] `A` is already visible here\n"
     "1:7: note: `A` is defined here\n"
     "4:9: error: [E0204] `x` is already visible here\n"
     "2:10: note: `x` is defined here\n"
     "5:9: error: [E0204] `N` is already visible here\n"
     "2:23: note: `N` is defined here\n"
     "7:9: error: [E0204] `b` is already visible here\n"
     "6:9: note: `b` is defined here\n"
     "8:9: error: [E0204] `b` is already visible here\n"
     "6:9: note: `b` is defined here\n"
     "9:19: error: [E0204] `b` is already visible here\n"
     "6:9: note: `b` is defined here\n"},
    {"shadowing_name_means_the_new_thing",
     "kernel top(x: in f32[1, N], y: out f32[1, N]) { tl.store(y, x); }\n"
     "kernel k(x: in f32[1, N], y: out f32[1, N]) {\n"
     "    let top = tl.rowmax(x);\n"
     "    tl.store(y, x - top);\n"
     "}",
     "3:9: error: [E0204] `top` is already visible here\n"
     "1:8: note: `top` is defined here\n"},
    {"name_missing",
     "kernel (x: in f32[1, 4], y: out f32[1, 4]) { }\n"
     "workload w(X: in f32[1, 4], Y: out f32[1, 4]) { copy(X, Y); }",
     "1:8: error: [E0101] expected a name, found `(`\n"},
    {"broken_const_is_no_symbol",
     "TOP = 8;\n"
     "kernel k(x: in f32[1, N], i: out i32[1, TOP]) {\n"
     "    let _, best = tl.topk(x, TOP);\n"
     "    tl.store(i, best);\n"
     "}",
     "1:1: error: [E0102] expected a top-level item, found the name `TOP`\n"
     "hint: `const TOP = ...;` names a constant\n"},
    {"const_cycle",
     "const A = B + 1;\n"
     "const B = A * 2;",
     "1:7: error: [E0205] the value of the constant `A` depends on itself\n"},
    {"not_constant",
     "const A = tl.rowsum(3);\n"
     "const B = A + 1;\n"
     "kernel k(x: in i32[1, 4], y: out f32[1, 4]) { let n = x[0, 0]; let v, i = tl.topk(x, n); }",
     "1:11: error: [E0210] expected a compile-time constant, found `tl.rowsum`\n"
     "3:86: error: [E0210] expected a compile-time constant, found an i32 scalar\n"},
    {"const_overflow",
     "const A = 8G * 8G;\n"
     "const B = 0xFFFFFFFFFFFFFFFF + 1;\n"
     "const C = 1 / 0;\n"
     "const D = 1 % 0;",
     "1:11: error: [E0211] the value of this constant expression does not fit in 64 bits\n"
     "2:11: error: [E0211] the value of this constant expression does not fit in 64 bits\n"
     "3:11: error: [E0212] division by zero\n"
     "4:11: error: [E0212] division by zero\n"},
    {"unknown_operation",
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) { tl.store(y, tl.rowmaxx(x)); tl.store(y, tl.view(x)); }",
     "1:59: error: [E0213] unknown operation `tl.rowmaxx`\n"
     "hint: did you mean `tl.rowmax`?\n"
     "1:87: error: [E0213] unknown operation `tl.view`\n"},
    {"not_callable",
     "const A = 1;\n"
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) { tl.store(y, A(x)); tl.store(y, x(1)); }",
     "2:59: error: [E0214] the const `A` cannot be called\n"
     "2:78: error: [E0214] the parameter `x` cannot be called\n"},
    {"not_a_value",
     "func f(x) = x;\n"
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) {\n"
     "    tl.store(y, f);\n"
     "    tl.store(y, x + k);\n"
     "    tl.store(y, x.y);\n"
     "    tl.store(y, [1, 2]);\n"
     "    tl.store(y, \"s\");\n"
     "    tl.store(y, f32);\n"
     "}",
     "3:17: error: [E0215] the func `f` is not a value\n"
     "4:21: error: [E0215] the kernel `k` is not a value\n"
     "5:17: error: [E0215] `x.y` is not a value\n"
     "6:17: error: [E0305] expression: expected a value, found a list\n"
     "7:17: error: [E0305] expression: expected a value, found a string\n"
     "8:17: error: [E0305] argument `tile` of `tl.store`: expected a value, found the element type f32\n"},
    {"recursion",
     "func f(x) = g(x) + 1;\n"
     "func g(x) = f(x);\n"
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) { tl.store(y, f(x)); }",
     "2:13: error: [E0216] `f` calls itself\n"},
    {"func_return",
     "func f(x) { let y = x; }\n"
     "func g(x) { return x; let y = x; }\n"
     "func h(x) { return x; return x; }\n"
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) { tl.store(y, f(x)); store(y, g(x)); }",
     "1:6: error: [E0226] func `f`: expected `return` as its last statement, found the end of its body\n"
     "2:23: error: [E0226] func `g`: expected `return` as its last statement, found a statement behind it\n"
     "3:23: error: [E0226] func `h`: expected `return` as its last statement, found a statement behind it\n"
     "4:66: error: [E0201] unknown name `store`\n"
     "hint: did you mean `tl.store`?\n"},
    {"call_in_kernel",
     "kernel a(x: in f32[1, 4]) { }\n"
     "kernel b(x: in f32[1, 4]) { a(x); let y = a(x); w(x); }\n"
     "workload w(X: in f32[1, 4]) { a(X); }",
     "2:29: error: [E0217] a kernel cannot call the kernel `a`\n"
     "2:43: error: [E0217] a kernel cannot call the kernel `a`\n"
     "2:49: error: [E0217] a kernel cannot call the workload `w`\n"},
    {"module_line",
     "const A = 1;\n"
     "module m;\n"
     "module n;",
     "2:1: error: [E0115] `module` stands at most once, before everything else\n"
     "3:1: error: [E0115] `module` stands at most once, before everything else\n"},
    {"unknown_elem",
     "kernel k(x: in f23[1, 4], eps: float, y: out f32[1, 4]) {\n"
     "    tl.store(y, tl.cast(y, f31));\n"
     "    tl.store(y, tl.zeros([1, 4], x));\n"
     "}",
     "1:16: error: [E0219] unknown element type `f23`\n"
     "hint: did you mean `f32`?\n"
     "1:32: error: [E0219] unknown element type `float`\n"
     "hint: element types: bool i8 i16 i32 i64 u8 u16 u32 u64 f16 bf16 f32 f64 f8e4m3 f8e5m2 index\n"
     "2:25: error: [E0309] `y` is an `out` parameter and cannot be read\n"
     "1:39: note: `y` is declared here\n"
     "hint: declare it `inout` to read what was stored\n"
     "2:28: error: [E0219] unknown element type `f31`\n"
     "hint: did you mean `f32`?\n"},
    {"arguments",
     "func f(a, b) = a + b;\n"
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) {\n"
     "    let a = tl.matmul(x);\n"
     "    let b = tl.matmul(x, x, x);\n"
     "    let c = tl.matmul(x, x, transb = true);\n"
     "    let d = tl.exp(x, x = x);\n"
     "    let g = f(x);\n"
     "    let h = f(x, x, x);\n"
     "    let i = f(x, c = x);\n"
     "    let j = f(x, a = x);\n"
     "    let l = tl.exp(x :+ 3);\n"
     "    assume();\n"
     "    static_assert(true, \"a\", \"b\");\n"
     "}",
     "3:13: error: [E0220] `tl.matmul` wants the argument `b`\n"
     "4:29: error: [E0221] `tl.matmul` takes 2 arguments by position, found 3\n"
     "hint: `acc` is given by name: `acc = ...`\n"
     "5:29: error: [E0222] `tl.matmul` has no argument `transb`\n"
     "hint: did you mean `trans_b`?\n"
     "6:23: error: [E0223] the argument `x` is given twice\n"
     "7:13: error: [E0220] `f` wants the argument `b`\n"
     "8:21: error: [E0221] `f` takes 2 arguments by position, found 3\n"
     "9:18: error: [E0222] `f` has no argument `c`\n"
     "10:18: error: [E0223] the argument `a` is given twice\n"
     "11:20: error: [E0305] argument `x` of `tl.exp`: expected a value, found a block `start :+ length`\n"
     "12:5: error: [E0220] `assume` wants the argument `c`\n"
     "13:30: error: [E0221] `static_assert` takes 2 arguments by position, found 3\n"},
    {"value_count",
     "func f(a) { return a, a, a; }\n"
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) {\n"
     "    let v = tl.topk(x, 2);\n"
     "    let a, b = tl.exp(x);\n"
     "    let c, d = f(x);\n"
     "    let e, g = x;\n"
     "    let h = tl.store(y, x);\n"
     "    tl.store(y, tl.print(\"a\", x));\n"
     "}",
     "3:13: error: [E0224] `tl.topk` gives 2 values, but 1 was expected\n"
     "4:16: error: [E0224] `tl.exp` gives 1 value, but 2 were expected\n"
     "5:16: error: [E0224] `f` gives 3 values, but 2 were expected\n"
     "6:16: error: [E0224] `x` gives 1 value, but 2 were expected\n"
     "7:13: error: [E0225] `tl.store` gives no value\n"
     "8:17: error: [E0225] `tl.print` gives no value\n"},
    {"unused",
     "kernel k(x: in f32[1, 4], y: out f32[1, 4]) { tl.exp(x); }",
     "1:47: warning: [W0201] the result of `tl.exp` is not used\n"},
};
/* clang-format on */

static void check_case(const Case *c) {
    Kit kit;
    kit_open(&kit);
    kit_load(&kit, c->source);
    CU_ASSERT(kit_same(c->name, c->messages, kit_messages(&kit)));
    CU_ASSERT_EQUAL(kit.program->module == NULL, diag_error_count(kit.dc) > 0);
    kit_close(&kit);
}

static void test_messages(void) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

void test_elab_kernel_names_register(void);
void test_elab_kernel_names_register(void) {
    CU_pSuite suite = CU_add_suite("elab_kernel_names", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
}
