/* Statements of workloads: every mistake and its whole message. */
#include "elab_kit.h"
#include "frontend/elab.h"

typedef struct Case {
    const char *name, *source, *messages;
} Case;

/* clang-format off */
static const Case cases[] = {
    {"var, return",
     "workload w(X: inout f32[B]) {\n"
     "    var i = 3;\n"
     "    i = 4;\n"
     "    return X;\n"
     "}\n",
     "2:5: error: [E0316] `var` cannot stand in a workload\n"
     "hint: name a value with `let`; keep what changes in a temp or in a kernel\n"
     "3:7: error: [E0316] an assignment cannot stand in a workload\n"
     "hint: name a value with `let`; keep what changes in a temp or in a kernel\n"
     "4:5: error: [E0316] `return` cannot stand in a workload\n"
     "hint: a workload gives its results in `out` tensors\n"},
    {"tile let",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }\n"
     "workload w(X: inout f32[B, T]) {\n"
     "    let y = X * 2.0;\n"
     "    tl.topk(X, 3);\n"
     "}\n",
     "3:13: error: [E0305] expression of a workload: expected a scalar, found the view f32[B, T]\n"
     "hint: pass views to a kernel; one element is read by giving an index for every dimension\n"
     "4:5: error: [E0324] `topk` works on tiles and cannot stand in a workload\n"},
    {"const parameter",
     "workload w(const N: index, X: out f32[N]) { tl.store(X, 0.0); }\n",
     "1:12: error: [E0318] parameter `N`: a workload has no `const` parameters\n"
     "hint: a symbolic dimension is an argument too; `tier X <= N in [...]` gives kernels a constant\n"},
    {"parameter ranks and types",
     "workload w(X: in f32[1, 1, 1, 1, 1, 1, 1, 1, 1], Y: in g32[3], r: in csr[A], n: i8 = 300) { }\n",
     "1:18: error: [E0318] parameter `X`: more than 8 dimensions\n"
     "1:56: error: [E0219] unknown element type `g32`\n"
     "hint: did you mean `i32`?\n"
     "1:70: error: [E0318] parameter `r`: csr[R, C] has two dimensions\n"
     "1:86: error: [E0303] `300` has no exact value of type i8\n"},
    {"negative extents",
     "workload w(X: in f32[-3], B: in f32[N]) {\n"
     "    temp T: f32[2 - 5];\n"
     "    temp R: f32[1, 1, 1, 1, 1, 1, 1, 1, 1];\n"
     "}\n",
     "1:22: error: [E0323] an extent cannot be negative, found -3\n"
     "2:17: error: [E0323] an extent cannot be negative, found -3\n"
     "3:13: error: [E0318] parameter `R`: more than 8 dimensions\n"},
    {"data-dependent temp",
     "workload w(L: in i32[B]) {\n"
     "    for b in B {\n"
     "        temp T: f32[L[b]];\n"
     "        for t in L[b] { temp U: f32[t]; }\n"
     "    }\n"
     "}\n",
     "3:21: error: [E0418] temp `T`: the extent `L[b]` depends on data\n"
     "hint: declare it with an upper bound made of symbols, and use a part of it\n"
     "4:37: error: [E0418] temp `U`: the extent `t` depends on data\n"
     "hint: declare it with an upper bound made of symbols, and use a part of it\n"},
    {"tiers",
     "workload w(L: in i32[B]) {\n"
     "    let n = L[0];\n"
     "    tier n <= P in [16, 8] { }\n"
     "    tier n <= Q in [n] { }\n"
     "    tier n <= R in [1, 1] { }\n"
     "    tier n <= U in [64, 128] { tier n <= V in [U] { } }\n"
     "}\n",
     "3:25: error: [E0416] tiers must ascend: 8 does not come after 16\n"
     "4:21: error: [E0210] expected a compile-time constant, found an i32 scalar\n"
     "5:24: error: [E0416] tiers must ascend: 1 does not come after 1\n"
     "6:48: error: [E0210] expected a compile-time constant, found the constant of an outer tier\n"},
    {"step",
     "workload w(X: inout f32[B]) {\n"
     "    for i in 0 .. B step 0 { }\n"
     "    for i :+ m in 0 .. B step -4 { }\n"
     "}\n",
     "2:26: error: [E0320] the step of a loop must be positive, found 0\n"
     "3:31: error: [E0320] the step of a loop must be positive, found -4\n"},
    {"pair",
     "workload w(X: inout f32[B], r: in csr[B, C]) {\n"
     "    for (p, i) in B { }\n"
     "    for e in r { }\n"
     "    for e in r[0, 1] { }\n"
     "    for (p, e) in r[0] { tl.store(X[p], 1.0); }\n"
     "    for e in r[1] { }\n"
     "}\n",
     "2:19: error: [E0305] bound of a loop over (position, index): expected one row of a csr matrix, found `B`\n"
     "3:14: error: [E0305] bound of the loop: expected one row `r[b]` of a csr matrix, found `r`\n"
     "4:14: error: [E0305] bound of the loop: expected one row `r[b]` of a csr matrix, found `r[0, 1]`\n"
     },
    {"csr argument",
     "kernel q(r: in csr[B, C], y: out f32[B]) { tl.store(y, tl.zeros([1, B], f32)); }\n"
     "workload w(X: inout f32[B], r: in csr[B, C], s: in csr[C, B], n: i32) {\n"
     "    q(r, X);\n    q(X, X);\n    q(n, X);\n    q(s, X);\n}\n",
     "4:7: error: [E0305] argument of a call: expected a csr matrix, found `X`\n"
     "1:10: note: parameter `r` of `q` is declared here\n"
     "5:7: error: [E0305] argument of a call: expected a csr matrix, found `n`\n"
     "1:10: note: parameter `r` of `q` is declared here\n"},
    {"csr parameter",
     "kernel q(x: in i32[B, C], y: out f32[B]) { tl.store(y, tl.zeros([1, B], f32)); }\n"
     "workload w(X: inout f32[B], r: in csr[B, C], r_idx: in i32[B]) {\n"
     "    let n = r[0, 1];\n    q(r, X);\n    let m = r + 1;\n"
     "}\n",
     "2:46: error: [E0326] `r_idx` is the name of a part of the csr matrix `r`\n"
     "2:29: note: the csr matrix is declared here\n"
     "3:13: error: [E0305] selection: expected a view, found a csr matrix, which loops run over: `for e in r[row]`\n"
     "4:7: error: [E0305] argument of a call: expected a view, found the matrix csr[B, C]\n"
     "5:13: error: [E0305] expression of a workload: expected a scalar, found the matrix csr[B, C]\n"
     "hint: pass views to a kernel; one element is read by giving an index for every dimension\n"},
    {"view calls",
     "workload w(X: inout f32[B, 4], t: in i32[B, 3], c: in f32[P, 16, 4]) {\n"
     "    let a = tl.reshape(X, [B * 2]);\n"
     "    let b = tl.reshape(X);\n"
     "    let d = tl.paged(c, table = t, len = 4);\n"
     "    let f = tl.paged(X[0, :], table = t[0, :], len = 4);\n"
     "    let g = tl.paged(c, t[0, :]);\n"
     "    let h = tl.paged(c, table = t[0, :], len = 20);\n"
     "    let i = tl.paged(h, table = t[1, :], len = 20);\n"
     "    let j = tl.paged(c, table = h[0, :], len = 20);\n"
     "}\n",
     "3:13: error: [E0220] `tl.reshape` wants the argument `dims`\n"
     "4:33: error: [E0305] table of `tl.paged`: expected an i32 view of rank 1, found i32[B, 3]\n"
     "5:22: error: [E0305] cache of `tl.paged`: expected a view [blocks, block_size, ...], found f32[4]\n"
     "6:13: error: [E0220] `tl.paged` wants the argument `len`\n"
     "8:22: error: [E0305] cache of `tl.paged`: expected a view [blocks, block_size, ...], found a paged view\n"
     "9:33: error: [E0305] table of `tl.paged`: expected an i32 view of rank 1, found a paged view\n"},
    {"reshape",
     "workload w(X: inout f32[4, 6]) {\n"
     "    let a = tl.reshape(X, [5, 5]);\n"
     "    let b = tl.reshape(X, 24);\n"
     "    let c = tl.reshape(X, [24, -1]);\n"
     "    let d = tl.reshape(X, [3, 8]);\n"
     "    tl.store(d[2, 7], 1.0);\n"
     "}\n",
     "2:13: error: [E0322] tl.reshape keeps the number of elements: expected 24, found 25\n"
     "3:27: error: [E0305] extents of `tl.reshape`: expected a list, found `24`\n"
     "4:13: error: [E0322] tl.reshape keeps the number of elements: expected 24, found -24\n"},
    {"recovery",
     "workload w(X: inout f32[B, T], p: in i32[B]) {\n"
     "    let n = q[0];\n"
     "    for i in n { tl.store(X[i, 0], 0.0); }\n"
     "    tier n <= P in [1, 2] { v(P, X, n); }\n"
     "    if n > 3 { tl.store(X[n, 0], m); }\n"
     "    parallel b in nn, t in b { tl.store(X[b, t], 0.0); }\n"
     "    temp S: f32[nn, T];\n"
     "    tl.store(S, 0.0);\n"
     "}\n",
     "2:13: error: [E0201] unknown name `q`\n"
     "4:29: error: [E0201] unknown name `v`\n"
     "5:34: error: [E0201] unknown name `m`\n"
     "6:19: error: [E0201] unknown name `nn`\n"
     "hint: did you mean `n`?\n"
     "7:17: error: [E0201] unknown name `nn`\n"
     "hint: did you mean `n`?\n"},
    {"pipe places",
     "workload w(X: inout f32[B]) {\n"
     "    channel c: f32[4] depth 2;\n"
     "    process p { }\n"
     "    send X as s { }\n"
     "    pipe {\n"
     "        let x = 3;\n"
     "        channel d: f32[4] depth 0;\n"
     "    }\n"
     "}\n",
     "2:5: error: [E0430] `channel` may stand only in `pipe { }`\n"
     "3:5: error: [E0430] `process` may stand only in `pipe { }`\n"
     "4:5: error: [E0430] `send` may stand only in a process\n"
     "4:10: error: [E0435] `X` is not a channel\n"
     "1:12: note: `X` is defined here\n"
     "6:9: error: [E0431] `let` cannot stand directly in `pipe { }`\n"
     "7:33: error: [E0432] channel `d`: expected a depth of 1 or more, found 0\n"},
    {"pipes that stop",
     "const N = 4;\n"
     "workload w(X: inout f32[B], A: in i32[B]) {\n"
     "    pipe { channel c: f32[1]; process p { send c as s { } } process q { } }\n"
     "    pipe { channel c: f32[1]; process p { } process q { for i in B + 1 { receive c as s { } } } }\n"
     "    pipe { channel c: f32[1]; process p { for i in B { send c as s { } } } process q { } }\n"
     "    pipe { channel c: f32[1]; process p { for i in A[0] { send c as s { } } } process q { } }\n"
     "    pipe {\n"
     "        channel c: f32[1] depth 2;\n"
     "        process p { for i in N { send c as s { send c as t { tl.store(t, 1.0); } } } }\n"
     "        process q { for i in N { receive c as s { } receive c as s { } } }\n"
     "    }\n"
     "    pipe {\n"
     "        channel c: f32[1] depth 1;\n"
     "        process p { for i in N { send c as s { send c as t { tl.store(t, 1.0); } } } }\n"
     "        process q { for i in N { receive c as s { } receive c as s { } } }\n"
     "    }\n"
     "    pipe { channel c: f32[1]; process p { pipe { process q { send c as s { } } } } }\n"
     "}\n",
     "3:5: error: [E0437] this pipe cannot come to its end: 1 of the 1 items that process `p` sends to channel `c` are not "
     "received\n"
     "4:5: error: [E0437] this pipe cannot come to its end: process `q` waits for an item of channel `c`\n"
     "12:5: error: [E0437] this pipe cannot come to its end: process `p` waits for room in channel `c`, process `q` waits for "
     "an item of channel `c`\n"
     "17:67: error: [E0436] channel `c` belongs to a pipe further out\n"},
    {"processes that share",
     "workload w(X: inout f32[B], Y: inout f32[B]) {\n"
     "    pipe {\n"
     "        channel c: f32[1];\n"
     "        process p { tl.store(X[0], 1.0); send c as s { tl.store(s, 1.0); } }\n"
     "        process q { receive c as s { let n = X[0]; tl.store(Y[0], n); } }\n"
     "    }\n"
     "}\n",
     "4:30: error: [E0421] the processes of `pipe { }` are not independent: `X[0]` is written and `X[0]` is read\n"
     "5:46: note: `X[0]` is read here\n"},
    {"pipe channels",
     "workload w(X: inout f32[B]) {\n"
     "    pipe {\n"
     "        channel c: f32[4] depth 2;\n"
     "        channel d: f32[4];\n"
     "        process p { send c as s { tl.store(s, 1.0); } receive d as t { } }\n"
     "        process q { receive c as s { tl.store(s, 1.0); } send c as s { } }\n"
     "        process r { send c as s { } send X as s { } }\n"
     "    }\n"
     "}\n",
     "6:47: error: [E0310] `s` is an `in` parameter and cannot be written\n"
     "6:34: note: `s` is declared here\n"
     "6:58: error: [E0433] process `q` both sends and receives channel `c`\n"
     "6:29: note: it receives here\n"
     "7:21: error: [E0434] channel `c` has two sending processes, `p` and `r`\n"
     "5:26: note: the first is here\n"
     "7:42: error: [E0435] `X` is not a channel\n"
     "1:12: note: `X` is defined here\n"},
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

void test_elab_workload_stmt_register(void);
void test_elab_workload_stmt_register(void) {
    CU_pSuite suite = CU_add_suite("elab_workload_stmt", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
}
