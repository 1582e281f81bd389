/* The independence proof: what is proved, what is refuted, and what stays open. */
#include "elab_kit.h"
#include "frontend/elab.h"

typedef struct Case {
    const char *name, *source, *messages;
} Case;

/* clang-format off */
static const Case cases[] = {
    {"omitted",
     "workload w(X: out f32[B, T]) {\n"
     "    parallel b in B, t in T { tl.store(X[b, 0], 1.0); }\n"
     "    parallel b in B, t in T { tl.store(X[0, 0], 1.0); }\n"
     "    parallel b in B { for t in T { tl.store(X[t, :], 1.0); } }\n"
     "}\n",
     "2:40: error: [E0420] `X[b, 0]` is written by every iteration of `parallel t`: its subscripts do not use t\n"
     "hint: use the index in a subscript, or write `for` instead of `parallel`\n"
     "3:40: error: [E0420] `X[0, 0]` is written by every iteration of `parallel b, t`: its subscripts do not "
     "use b, t\n"
     "hint: use the index in a subscript, or write `for` instead of `parallel`\n"
     "4:45: error: [E0420] `X[t, :]` is written by every iteration of `parallel b`: its subscripts do not use b\n"
     "hint: use the index in a subscript, or write `for` instead of `parallel`\n"},
    {"neighbours",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    parallel i in 1 .. B { k(X[i - 1 :+ 1, :], X[i :+ 1, :]); }\n"
     "}\n",
     "3:48: error: [E0421] iterations of `parallel i` are not independent: `X[i :+ 1, :]` is written and `X[i - "
     "1 :+ 1, :]` is read\n"
     "3:30: note: `X[i - 1 :+ 1, :]` is read here\n"
     "hint: i = 1 and i = 2 touch the same element\n"},
    {"clash of blocks",
     "workload w(X: out f32[N, T]) {\n"
     "    parallel i in N { tl.store(X[i / 2, :], 1.0); }\n"
     "    parallel i in 0 .. N step 4 { tl.store(X[i :+ 5, :], 1.0); }\n"
     "    parallel i in N, j in T { tl.store(X[i, j / 2], 1.0); }\n"
     "}\n",
     "2:32: error: [E0421] iterations of `parallel i` are not independent: `X[i / 2, :]` is written and `X[i / "
     "2, :]` is written\n"
     "hint: i = 0 and i = 1 touch the same element\n"
     "3:44: error: [E0421] iterations of `parallel i` are not independent: `X[i :+ 5, :]` is written and `X[i "
     ":+ 5, :]` is written\n"
     "hint: i = 0 and i = 4 touch the same element\n"
     "4:40: error: [E0421] iterations of `parallel j` are not independent: `X[i, j / 2]` is written and `X[i, j "
     "/ 2]` is written\n"
     "hint: j = 0 and j = 1 touch the same element\n"},
    {"undecided",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T], p: in i32[B]) {\n"
     "    parallel i in B { tl.store(X[p[i], :], 1.0); }\n"
     "    @disjoint parallel i in B { tl.store(X[p[i], :], 1.0); }\n"
     "    parallel i in B, j in p[i] .. p[i] + 3 { tl.store(X[j, :], 1.0); }\n"
     "}\n",
     "3:32: warning: [W0402] cannot show that iterations of `parallel i` are independent: `X[p[i], :]` is "
     "written and `X[p[i], :]` is written\n"
     "hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time\n"
     "5:55: warning: [W0402] cannot show that iterations of `parallel i` are independent: `X[j, :]` is written "
     "and `X[j, :]` is written\n"
     "hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time\n"},
    {"statements",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T], Y: out f32[B, T]) {\n"
     "    parallel { tl.store(X[0, :], 1.0); k(X, Y); }\n"
     "    parallel { k(X, Y); k(X, Y); }\n"
     "}\n",
     "3:25: error: [E0421] the statements of `parallel { }` are not independent: `X[0, :]` is written and `X[:, "
     ":]` is read\n"
     "3:42: note: `X[:, :]` is read here\n"
     "4:21: error: [E0421] the statements of `parallel { }` are not independent: `Y[:, :]` is written and `Y[:, "
     ":]` is written\n"
     "4:30: note: `Y[:, :]` is written here\n"},
    {"columns of a csr row",
     "workload w(X: out f32[B, T], Y: out f32[T, T], r: in csr[B, T]) {\n"
     "    parallel b in B, e in r[b] { tl.store(X[b, e], 1.0); }\n"
     "    for b in B { parallel (p, e) in r[b] { tl.store(Y[e, :], 1.0); } }\n"
     "    for b in B { parallel (p, e) in r[b] { tl.store(Y[p, :], 1.0); } }\n"
     "    for b in B { parallel e in r[b] { tl.store(Y[:, e / 2], 1.0); } }\n"
     "    parallel b in B, e in r[b] { tl.store(Y[e, :], 1.0); }\n"
     "    for b in B { parallel e in r[b] { tl.store(X[b, :], 1.0); } }\n"
     "}\n",
     "5:48: warning: [W0402] cannot show that iterations of `parallel e` are independent: `Y[:, e / 2]` is written and "
     "`Y[:, e / 2]` is written\n"
     "hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time\n"
     "6:43: warning: [W0402] cannot show that iterations of `parallel b` are independent: `Y[e, :]` is written and `Y[e, "
     ":]` is written\n"
     "hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time\n"
     "7:48: error: [E0420] `X[b, :]` is written by every iteration of `parallel e`: its subscripts do not use e\n"
     "hint: use the index in a subscript, or write `for` instead of `parallel`\n"},
    {"behind a reshape and a block table",
     "workload w(X: out f32[A, B, D], C: out f32[N, 4, D], T: in i32[B, M], n: in i32[B]) {\n"
     "    parallel i in A * B { tl.store(tl.reshape(X, [A * B, D])[i, :], 1.0); }\n"
     "    parallel i in A * B { tl.store(tl.reshape(X, [A * B, D])[0, :], 1.0); }\n"
     "    parallel b in B { let v = tl.paged(C, table = T[b, :], len = 4); tl.store(v[n[b], :], 1.0); }\n"
     "    parallel b in B { let v = tl.paged(C, table = T[0, :], len = 4); tl.store(v[0, :], 1.0); }\n"
     "}\n",
     "3:36: error: [E0420] `tl.reshape(X, [A * B, D])[0, :]` is written by every iteration of `parallel i`: its subscripts do "
     "not use i\n"
     "hint: use the index in a subscript, or write `for` instead of `parallel`\n"
     "4:79: warning: [W0402] cannot show that iterations of `parallel b` are independent: `v[n[b], :]` is written and "
     "`v[n[b], :]` is written\n"
     "hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time\n"
     "5:79: error: [E0420] `v[0, :]` is written by every iteration of `parallel b`: its subscripts do not use b\n"
     "hint: use the index in a subscript, or write `for` instead of `parallel`\n"},
    {"another shape of all of a tensor",
     "workload w(X: inout f32[A, B, D], Y: out f32[2 * A, D]) {\n"
     "    let r = tl.reshape(X, [A * B, D]); let halves = tl.reshape(Y, [A, 2 * D]);\n"
     "    parallel a in A, b in B { tl.store(r[a * B + b, :], 1.0); tl.store(halves[a, b * D :+ D], 0.0); }\n"
     "    parallel a in A, b in B { tl.store(r[a + b, :], 1.0); }\n"
     "    parallel a in A { tl.store(r[a, :], 1.0); tl.store(X[a, 0, :], 1.0); }\n"
     "    parallel a in A { let s = tl.reshape(X, [A, B * D]); tl.store(s[a, :], 1.0); tl.store(X[a, :, :], 1.0); }\n"
     "}\n",
     "4:40: error: [E0421] iterations of `parallel a` are not independent: `r[a + b, :]` is written and `r[a + b, :]` is written\n"
     "hint: a = 0 and a = 1 touch the same element\n"
     "5:32: warning: [W0402] cannot show that iterations of `parallel a` are independent: `r[a, :]` is written and `X[a, 0, :]` "
     "is written\n"
     "5:56: note: `X[a, 0, :]` is written here\n"
     "hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time\n"},
    {"read of an element",
     "workload w(X: inout i32[B]) {\n"
     "    parallel i in B { let n = X[0]; tl.store(X[i], n); }\n"
     "}\n",
     "2:46: error: [E0421] iterations of `parallel i` are not independent: `X[i]` is written and `X[0]` is read\n"
     "2:31: note: `X[0]` is read here\n"
     "hint: i = 0 and i = 1 touch the same element\n"},
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

/* clang-format off */
/* Programs without a message. */
static const struct {
    const char *name, *source;
} clean[] = {
    {"c * i + e",
     "workload w(X: out f32[N * 2]) { parallel i in N { tl.store(X[2 * i], 0.0); tl.store(X[2 * i + 1], 1.0); } "
     "}\n"},
    {"blocks",
     "workload w(X: out f32[N, T]) { parallel i in 0 .. N step 4 { tl.store(X[i :+ 4, :], 0.0); } parallel i :+ "
     "m in 0 .. N step 16 { tl.store(X[i :+ m, :], 0.0); } }\n"},
    {"blocks of a symbol",
     "workload w(X: out f32[N * L]) { parallel i in N { tl.store(X[i * L :+ L], 0.0); } parallel i in N { "
     "tl.store(X[i * L : i * L + L], 0.0); } }\n"},
    {"mixed radix",
     "workload w(X: out f32[A * N * 8]) { parallel i in A, j in N { tl.store(X[(i * N + j) * 8 :+ 8], 0.0); } "
     "parallel i in A { for j in N { tl.store(X[(i * N + j) * 8 + 3], 0.0); } } }\n"},
    {"three digits",
     "workload w(X: out f32[A * N * M]) { parallel i in A, j in N, l in M { tl.store(X[(i * N + j) * M + l], "
     "0.0); } }\n"},
    {"disjoint constants",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, 8]) { parallel i in B { k(X[i :+ 1, 0 : 4], X[i :+ 1, 4 : 8]); } parallel { "
     "tl.store(X[:, 0], 0.0); tl.store(X[:, 1], 1.0); } }\n"},
    {"ragged",
     "workload w(X: out f32[B, T], n: in i32[B]) { parallel b in B, t in n[b] { tl.store(X[b, t], 0.0); } "
     "parallel b in B, t :+ m in n[b] / 2 .. n[b] step 32 { tl.store(X[b, t :+ m], 0.0); } }\n"},
    {"private temps",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: in f32[B, T], Y: out f32[B, T]) { parallel b in B { temp S: f32[1, T]; k(X[b :+ 1, :], S); "
     "k(S, Y[b :+ 1, :]); } }\n"},
    {"one iteration writes",
     "workload w(X: out f32[B]) { parallel i in B { if i == 3 { tl.store(X[0], 0.0); } } }\n"},
    {"one iteration in all",
     "workload w(X: out f32[B]) { parallel i in 1 { tl.store(X[0], 0.0); } }\n"},
    {"backwards",
     "workload w(X: out f32[N]) { parallel i in N { tl.store(X[N - 1 - i], 0.0); } }\n"},
    {"halves",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[2 * N, T]) { parallel i in N { k(X[i :+ 1, :], X[i + N :+ 1, :]); } }\n"},
    {"element of another row",
     "workload w(X: inout i32[N, 2]) { parallel i in N { let n = X[i, 0]; tl.store(X[i, 1], n); } }\n"},
    {"same view in and out",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[N, T]) { parallel i in N { k(X[i :+ 1, :], X[i :+ 1, :]); } }\n"},
    {"views of views",
     "workload w(X: out f32[N, 4, T]) { parallel i in N { let r = X[i, :, :]; let h = r[1 : 3, :]; tl.store(h, "
     "1.0); tl.store(h[0, :], 2.0); } }\n"},
    {"through a workload",
     "workload v(A: out f32[T]) { tl.store(A, 0.0); }\n"
     "workload w(X: out f32[N, T]) { parallel i in N { v(X[i, :]); } }\n"},
    {"under a tier",
     "workload w(X: out f32[B, 64], n: in i32[B]) { parallel b in B { tier n[b] <= P in [16, 64] { "
     "tl.store(X[b, 0 : P], 0.0); } } }\n"},
    {"a row of tiles",
     "workload w(X: out f32[M, N]) { parallel i :+ a in 0 .. M step 64, j :+ b in 0 .. N step 32 { tl.store(X[i "
     ":+ a, j :+ b], 0.0); } }\n"},
    {"fixed element from outside",
     "workload w(X: inout f32[B, T], n: in i32[B]) { let off = n[0]; parallel i in B { tl.store(X[i, off :+ 4], "
     "0.0); } parallel i in 4 { tl.store(X[off + i, :], 0.0); } parallel i in 4 { tl.store(X[n[0] + i, :], "
     "0.0); } }\n"},
};
/* clang-format on */

static void test_clean(void) {
    for (size_t i = 0; i < sizeof clean / sizeof *clean; i++) {
        Kit kit;
        kit_open(&kit);
        kit_load(&kit, clean[i].source);
        CU_ASSERT(kit_same(clean[i].name, "", kit_messages(&kit)));
        CU_ASSERT_STRING_NOT_EQUAL(kit_ir(&kit), "");
        kit_close(&kit);
    }
}

void test_parallel_proof_register(void);
void test_parallel_proof_register(void) {
    CU_pSuite suite = CU_add_suite("parallel_proof", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
    CU_add_test(suite, "clean programs", test_clean);
}
