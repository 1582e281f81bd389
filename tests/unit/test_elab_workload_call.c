/* Calls of kernels and workloads: every mistake and its whole message. */
#include "elab_kit.h"
#include "frontend/elab.h"

typedef struct Case {
    const char *name, *source, *messages;
} Case;

/* clang-format off */
static const Case cases[] = {
    {"not callable",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "func f(a) = a;\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    let n = 3;\n"
     "    n(X);\n"
     "    f(X);\n"
     "    B(X);\n"
     "    tl.exp(X);\n"
     "}\n",
     "5:5: error: [E0401] `n` is a local name, not a kernel or workload\n"
     "4:9: note: `n` is defined here\n"
     "6:5: error: [E0401] `f` is a func, not a kernel or workload\n"
     "2:6: note: `f` is defined here\n"
     "7:5: error: [E0401] `B` is an index, not a kernel or workload\n"
     "3:25: note: `B` is defined here\n"
     "8:5: error: [E0324] `exp` works on tiles and cannot stand in a workload\n"},
    {"unknown callee",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    kk(X, X);\n"
     "}\n",
     "3:5: error: [E0201] unknown name `kk`\n"
     "hint: did you mean `k`?\n"},
    {"argument form",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    k(0 :+ 3, X);\n"
     "}\n",
     "3:7: error: [E0402] an argument of `k` is an expression or `name = expression`\n"},
    {"too many",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    k(X, X, X, X);\n"
     "}\n",
     "3:13: error: [E0403] `k` has 2 parameters, this argument is one too many\n"
     "1:8: note: `k` is defined here\n"},
    {"unknown argument",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    k(x = X, yy = X);\n"
     "}\n",
     "3:14: error: [E0404] `k` has no parameter `yy`\n"
     "1:8: note: `k` is defined here\n"
     "hint: did you mean `y`?\n"},
    {"twice",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    k(X, x = X, y = X);\n"
     "}\n",
     "3:10: error: [E0405] parameter `x` of `k` is given twice\n"
     "3:7: note: it is given here too\n"},
    {"missing",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    k(X);\n"
     "    k();\n"
     "}\n",
     "3:5: error: [E0406] `k` is called without its parameter `y`\n"
     "1:8: note: `k` is defined here\n"
     "4:5: error: [E0406] `k` is called without its parameters `x`, `y`\n"
     "1:8: note: `k` is defined here\n"},
    {"element type",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: in f16[B, T], Y: out f32[B, T]) {\n"
     "    k(X, Y);\n"
     "}\n",
     "3:7: error: [E0407] parameter `x` of `k`: expected f32 elements, found f16\n"
     "1:10: note: the parameter is declared here\n"},
    {"rank",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: in f32[B, T], Y: out f32[B, T], Z: out f32[A, B, T]) {\n"
     "    k(X, Y[0, :]);\n"
     "    k(X, Z);\n"
     "    k(X, Z[0, 0, 0]);\n"
     "}\n",
     "3:10: error: [E0408] parameter `y` of `k`: expected 2 dimensions (f32[M, N]), found 1 (f32[T])\n"
     "1:27: note: the parameter is declared here\n"
     "4:10: error: [E0408] parameter `y` of `k`: expected 2 dimensions (f32[M, N]), found 3 (f32[A, B, T])\n"
     "1:27: note: the parameter is declared here\n"
     "hint: an index drops its dimension: write `i` instead of `:` or `i :+ 1`\n"
     "5:10: error: [E0408] parameter `y` of `k`: expected 2 dimensions (f32[M, N]), found 0 (f32)\n"
     "1:27: note: the parameter is declared here\n"},
    {"one row",
     "kernel r(x: in f32[1, N], y: out f32[1, N]) { tl.store(y, x); }\n"
     "workload w(X: in f32[B, T], Y: out f32[B, T], g: in f32[T]) {\n"
     "    for t in B { r(X[t, :], Y[t :+ 1, :]); r(g[:], Y[t :+ 1, :]); }\n"
     "}\n",
     "3:20: error: [E0408] parameter `x` of `r`: expected 2 dimensions (f32[1, N]), found 1 (f32[T])\n"
     "1:10: note: the parameter is declared here\n"
     "hint: an index drops its dimension: for a [1, N] parameter write `t :+ 1` instead of `t`\n"
     "3:46: error: [E0408] parameter `x` of `r`: expected 2 dimensions (f32[1, N]), found 1 (f32[T])\n"
     "1:10: note: the parameter is declared here\n"
     "hint: declare the parameter with one dimension, [N]: its tile is [1, N]\n"},
    {"extents",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: in f32[B, 4], Y: out f32[B, 5]) {\n"
     "    k(X, Y);\n"
     "}\n",
     "3:10: error: [E0409] parameter `y` of `k`, dimension 1: expected N = 4, found 5\n"
     "1:41: note: the parameter is declared here\n"},
    {"extents of symbols differ by one",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: in f32[B, T], Y: out f32[B, T + 1]) {\n"
     "    k(X, Y);\n"
     "}\n",
     "3:10: error: [E0409] parameter `y` of `k`, dimension 1: expected N = T, found T + 1\n"
     "1:41: note: the parameter is declared here\n"},
    {"division",
     "kernel d(x: in f32[N * 8, 4], y: out f32[N, 4]) { tl.store(y, x[0 : N, :]); }\n"
     "workload w(X: in f32[20, 4], Y: out f32[2, 4]) {\n"
     "    d(X, Y);\n"
     "}\n",
     "3:7: error: [E0410] parameter `x` of `d`, dimension 0: 20 is not a multiple of 8, so `N` has no value\n"
     "1:20: note: `N` is bound here\n"},
    {"where",
     "kernel q(const P: index, x: in f32[1, S], y: out f32[1, S]) where S <= P, P % 16 == 0 { tl.store(y, x); }\n"
     "workload w(X: in f32[1, 100], Y: out f32[1, 100]) {\n"
     "    q(64, X, Y);\n"
     "    q(104, X, Y);\n"
     "}\n",
     "3:5: error: [E0411] `where S <= P` of `q` does not hold: P = 64, S = 100\n"
     "1:67: note: the constraint stands here\n"
     "4:5: error: [E0411] `where P % 16 == 0` of `q` does not hold: P = 104\n"
     "1:75: note: the constraint stands here\n"},
    {"where in a tier",
     "kernel q(const P: index, x: in f32[1, S], y: out f32[1, S]) where P <= 4096 { tl.store(y, x); }\n"
     "workload w(X: in f32[1, T], Y: out f32[1, T]) {\n"
     "    tier T <= P in [1K, 4K, 16K] { q(P, X, Y); }\n"
     "}\n",
     "3:36: error: [E0411] `where P <= 4096` of `q` does not hold: P = 16384\n"
     "1:67: note: the constraint stands here\n"},
    {"extent in a tier",
     "kernel q(const P: index, x: in f32[1, P], y: out f32[1, S]) { tl.store(y, tl.zeros([1, S], f32)); }\n"
     "workload w(X: in f32[1, 2048], Y: out f32[1, T]) {\n"
     "    tier T <= P in [1K, 2K] { q(P, X, Y); }\n"
     "}\n",
     "3:36: error: [E0409] parameter `x` of `q`, dimension 1: expected P = 1024, found 2048\n"
     "1:39: note: the parameter is declared here\n"},
    {"alias",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    for i in 2 .. B {\n"
     "        k(X, X);\n"
     "        k(X[i :+ 1, :], X[i - 1 :+ 2, :]);\n"
     "        k(X[i :+ 1, :], X[i - 1 :+ 1, :]);\n"
     "    }\n"
     "}\n",
     "5:25: error: [E0409] parameter `y` of `k`, dimension 0: expected M = 1, found 2\n"
     "1:38: note: the parameter is declared here\n"},
    {"alias shown",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    for i in 0 .. B step 4 { k(X[i :+ 2, :], X[i + 1 :+ 2, :]); }\n"
     "}\n",
     "3:46: error: [E0412] the arguments of `y` and `x` of `k` overlap, and `y` is written\n"
     "3:32: note: the other argument is here\n"},
    {"alias not known",
     "kernel k(x: in f32[M, N], y: out f32[K, L]) { tl.store(y, tl.zeros([K, L], f32)); }\n"
     "workload w(X: inout f32[B, T], n: index) {\n"
     "    k(X[0 : n, :], X[5 : 5 + n, :]);\n"
     "    k(tl.reshape(X, [T, B]), tl.reshape(X, [T, B]));\n"
     "    k(tl.reshape(X, [1, T * B]), tl.reshape(X, [T, B]));\n"
     "}\n",
     "5:34: warning: [W0401] cannot show that the arguments of `y` and `x` of `k` do not overlap\n"
     "5:7: note: the other argument is here\n"},
    {"contiguous",
     "workload v(A: in f32[N, M], Z: out f32[N, M]) { tl.store(Z, 0.0); }\n"
     "workload w(X: in f32[B, T], Y: out f32[B, T], @strided S: in f32[B, T]) {\n"
     "    v(X[:, 0 : 3], Y[:, 0 : 3]);\n"
     "    v(S, Y);\n"
     "    let r = tl.reshape(X[:, 0 : 3], [B * 3]);\n"
     "}\n",
     "3:7: error: [E0413] `v` wants a view without gaps in memory\n"
     "hint: declare the parameter `@strided A`\n"
     "3:20: error: [E0413] `v` wants a view without gaps in memory\n"
     "hint: declare the parameter `@strided Z`\n"
     "4:7: error: [E0413] `v` wants a view without gaps in memory\n"
     "hint: declare the parameter `@strided A`\n"
     "5:24: error: [E0413] `tl.reshape` wants a view without gaps in memory\n"},
    {"unbound symbol",
     "workload v(A: in f32[N + M]) { }\n"
     "workload w(X: in f32[B]) {\n"
     "    v(X);\n"
     "}\n",
     "3:5: error: [E0414] the call cannot find the value of symbol `N` of `v`\n"
     "1:22: note: `N` first stands here\n"},
    {"recursion",
     "workload a(X: inout f32[N]) {\n"
     "    b(X);\n"
     "}\n"
     "workload b(X: inout f32[N]) {\n"
     "    a(X);\n"
     "}\n"
     "workload c(X: inout f32[N]) {\n"
     "    c(X);\n"
     "}\n",
     "5:5: error: [E0415] workload `b` calls itself\n"
     "2:5: note: `a` calls on from here\n"
     "8:5: error: [E0415] workload `c` calls itself\n"},
    {"constraint",
     "kernel q(const P: index, y: out f32[1, 128]) { tl.store(y, tl.zeros([1, P], f32)); }\n"
     "workload w(Y: out f32[1, 128]) {\n"
     "    q(128, Y);\n"
     "    q(64, Y);\n"
     "}\n",
     "4:5: error: [E0325] this call does not fit the kernel `q`: extents differ: expected f32[1, 128], found "
     "f32[1, max(0, P)]\n"
     "1:60: note: required here, in kernel `q`\n"},
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

void test_elab_workload_call_register(void);
void test_elab_workload_call_register(void) {
    CU_pSuite suite = CU_add_suite("elab_workload_call", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
}
