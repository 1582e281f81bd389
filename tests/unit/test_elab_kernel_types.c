/* Types, shapes, views, statements of kernels: each program and all the messages it gives, whole. */
#include "elab_kit.h"

typedef struct Case {
    const char *name, *source, *messages;
} Case;

/* clang-format off */
static const Case cases[] = {
    {"types_differ",
     "kernel k(x: in f32[4, 4], h: in f16[4, 4], i: in i32[4, 4], y: out f32[4, 4]) {\n"
     "    tl.store(y, x + h);\n"
     "    tl.store(y, h);\n"
     "    let a = tl.matmul(x, h);\n"
     "    let b = tl.where(x > 0.0, x, h);\n"
     "    let c = tl.concat(x, h);\n"
     "    let d = tl.matmul(h, h, acc = h);\n"
     "}",
     "2:17: error: [E0301] `+` wants operands of one element type, found f32 and f16\n"
     "hint: convert one operand: tl.cast(x, f32)\n"
     "3:17: error: [E0301] `tl.store` wants operands of one element type, found f32 and f16\n"
     "hint: convert one operand: tl.cast(x, f32)\n"
     "4:13: error: [E0301] `tl.matmul` wants operands of one element type, found f32 and f16\n"
     "hint: convert one operand: tl.cast(x, f32)\n"
     "5:13: error: [E0301] `tl.where` wants operands of one element type, found f32 and f16\n"
     "hint: convert one operand: tl.cast(x, f32)\n"
     "6:13: error: [E0301] `tl.concat` wants operands of one element type, found f32 and f16\n"
     "hint: convert one operand: tl.cast(x, f32)\n"
     "7:35: error: [E0301] argument `acc` of `tl.matmul` wants operands of one element type, found f32 and f16\n"
     "hint: convert one operand: tl.cast(x, f32)\n"},
    {"elem_not_allowed",
     "kernel k(x: in f32[4, 4], i: in i32[4, 4], b: in bool[4, 4], y: out f32[4, 4]) {\n"
     "    let a = tl.exp(i);\n"
     "    let c = x & x;\n"
     "    let d = b + b;\n"
     "    let e = tl.matmul(i, i);\n"
     "    let f = tl.softmax(i);\n"
     "    let g = x << 2;\n"
     "    let h = tl.rowsum(b);\n"
     "    let j = tl.gather(x, x);\n"
     "    let l = tl.zeros([4, 4], index);\n"
     "    let m = tl.matmul(x, x, out = i32);\n"
     "    let n = ~x;\n"
     "}",
     "2:13: error: [E0302] `tl.exp` wants a float type, found i32\n"
     "3:13: error: [E0302] `&` wants an integer type or bool, found f32\n"
     "4:13: error: [E0302] `+` wants a number type, found bool\n"
     "5:23: error: [E0302] `tl.matmul` wants f16, bf16, f32, f64, f8, i8 or u8, found i32\n"
     "6:24: error: [E0302] `tl.softmax` wants a float type, found i32\n"
     "7:13: error: [E0302] `<<` wants an integer type, found f32\n"
     "8:13: error: [E0302] `tl.rowsum` wants a number type, found bool\n"
     "9:26: error: [E0302] argument `indices` of `tl.gather` wants an integer type, found f32\n"
     "10:30: error: [E0302] argument `elem` of `tl.zeros` wants an element type of tiles, found index\n"
     "11:35: error: [E0302] argument `out` of `tl.matmul` wants a float type, found i32\n"
     "12:13: error: [E0302] `~` wants an integer type or bool, found f32\n"},
    {"not_exact",
     "kernel k(x: in f32[4, 4], i: in i32[4, 4], h: in f16[4, 4], u: in u8[4, 4], y: out f32[4, 4]) {\n"
     "    let a = i + 0.5;\n"
     "    let b = i + 2.0;\n"
     "    let c = x * 16777217;\n"
     "    let d = u + 256;\n"
     "    let e = u - -1;\n"
     "    let f = h * 1e6;\n"
     "    let g = x + true;\n"
     "    let j = 3000000000 + i;\n"
     "}",
     "2:13: error: [E0303] `0.5` has no exact value of type i32\n"
     "4:13: error: [E0303] `16777217` has no exact value of type f32\n"
     "5:13: error: [E0303] `256` has no exact value of type u8\n"
     "6:13: error: [E0303] `-1` has no exact value of type u8\n"
     "7:13: error: [E0303] `1e+06` has no exact value of type f16\n"
     "8:13: error: [E0303] `true` has no exact value of type f32\n"
     "9:13: error: [E0303] `3000000000` has no exact value of type i32\n"},
    {"extents_differ",
     "kernel k(x: in f32[M, N], w: in f32[N, M], v: in f32[1, 8], y: out f32[M, 4]) {\n"
     "    tl.store(y, x);\n"
     "    let a = x + w;\n"
     "    let b = tl.matmul(x, x);\n"
     "    let c = v + tl.zeros([1, 7], f32);\n"
     "    let d = tl.concat(x, w, axis = 0);\n"
     "    let e = tl.matmul(x, w, acc = x);\n"
     "}",
     "2:17: error: [E0304] extents differ: expected f32[M, 4], found f32[M, N]\n"
     "hint: if they are always equal, add `where N == 4` to the kernel\n"
     "3:13: error: [E0304] extents differ: expected f32[M, N], found f32[N, M]\n"
     "hint: if they are always equal, add `where M == N` to the kernel\n"
     "4:13: error: [E0304] extents differ: expected N as the common extent of f32[M, N] and f32[M, N], found M\n"
     "hint: if they are always equal, add `where N == M` to the kernel\n"
     "5:13: error: [E0304] extents differ: expected f32[1, 8], found f32[1, 7]\n"
     "6:26: error: [E0304] extents differ: expected f32[N, N], found f32[N, M]\n"
     "hint: if they are always equal, add `where N == M` to the kernel\n"
     "7:35: error: [E0304] extents differ: expected f32[M, M], found f32[M, N]\n"
     "hint: if they are always equal, add `where M == N` to the kernel\n"},
    {"extents_clipped",
     "kernel k(x: in f32[M, N], y: out f32[M, N], z: out f32[M, 1]) {\n"
     "    tl.store(y, x + x[0 :+ 1, :]);\n"
     "    tl.store(y[:, 0 :+ 32], x);\n"
     "    tl.store(z, x[:, 0 :+ 1]);\n"
     "}",
     "2:17: error: [E0304] extents differ: expected f32[M, N], found f32[min(1, M), N]\n"
     "hint: if they are always equal, add `where M >= 1` to the kernel\n"
     "3:29: error: [E0304] extents differ: expected f32[M, min(N, 32)], found f32[M, N]\n"
     "hint: if they are always equal, add `where N <= 32` to the kernel\n"
     "4:17: error: [E0304] extents differ: expected f32[M, 1], found f32[M, min(1, N)]\n"
     "hint: if they are always equal, add `where N >= 1` to the kernel\n"},
    {"wrong_kind",
     "kernel k(x: in f32[4, 4], o: in f32[1, 1], y: out f32[4, 4], n: f32) {\n"
     "    let m = tl.rowmax(tl.colmax(x));\n"
     "    if m > 0.0 { }\n"
     "    for i in m { }\n"
     "    for i in n { }\n"
     "    let a = tl.rowsum(3);\n"
     "    let b = !x;\n"
     "    let c = x && x;\n"
     "    let d = 3[1];\n"
     "    let e = tl.load(3);\n"
     "    tl.store(3, x);\n"
     "    let f = tl.full([4, 4], x, f32);\n"
     "    let g = tl.slice(x, 0, 0 :+ 4);\n"
     "    let h = -true;\n"
     "    if 1 { }\n"
     "    let z = 1 && true;\n"
     "    let p = true + 1;\n"
     "}",
     "3:8: error: [E0305] condition of if: expected a bool scalar, found the tile bool[1, 1]\n"
     "hint: a [1, 1] tile t is read as a scalar by `t[0, 0]`\n"
     "4:14: error: [E0305] loop bound: expected an integer scalar, found the tile f32[1, 1]\n"
     "hint: a [1, 1] tile t is read as a scalar by `t[0, 0]`\n"
     "5:14: error: [E0305] loop bound: expected an integer scalar, found an f32 scalar\n"
     "6:23: error: [E0305] argument `x` of `tl.rowsum`: expected a tile, found the constant 3\n"
     "7:13: error: [E0305] operand of `!`: expected a bool, found the tile f32[4, 4]\n"
     "8:13: error: [E0305] operand of `&&`: expected a bool, found the tile f32[4, 4]\n"
     "8:18: error: [E0305] operand of `&&`: expected a bool, found the tile f32[4, 4]\n"
     "9:13: error: [E0305] selection: expected a view or a tile, found the constant 3\n"
     "10:21: error: [E0305] argument `view` of `tl.load`: expected a view, found the constant 3\n"
     "11:14: error: [E0305] argument `view` of `tl.store`: expected a view, found the constant 3\n"
     "12:29: error: [E0305] argument `v` of `tl.full`: expected a scalar, found the tile f32[4, 4]\n"
     "13:25: error: [E0305] argument `rows` of `tl.slice`: expected a block `start :+ length`, found `0`\n"
     "14:13: error: [E0305] operand of `-`: expected a number, found the constant true\n"
     "15:8: error: [E0305] condition of if: expected a bool scalar, found the constant 1\n"
     "16:13: error: [E0305] operand of `&&`: expected a bool, found the constant 1\n"
     "17:13: error: [E0305] operand of `+`: expected a number, found the constant true\n"},
    {"view_rank",
     "kernel k(x: in f32[2, 4, 4], y: out f32[4, 4]) {\n"
     "    tl.store(y, x);\n"
     "    let a = x[0, 0, 0] + 1.0;\n"
     "    let b = x[0, :, :];\n"
     "    tl.store(y, b);\n"
     "}",
     "2:17: error: [E0306] a tile has rank 2, but this view has rank 3: f32[2, 4, 4]\n"},
    {"selector_count",
     "kernel k(x: in f32[2, 4, 4], v: in f32[8], y: out f32[4, 4]) {\n"
     "    let a = x[0, :];\n"
     "    let b = v[0, 1];\n"
     "    let t = x[0, :, :];\n"
     "    let c = t[0];\n"
     "}",
     "2:13: error: [E0307] `x` has 3 dimensions, found 2 selectors\n"
     "hint: write `:` for a dimension that is taken whole\n"
     "3:13: error: [E0307] `v` has 1 dimension, found 2 selectors\n"
     "5:13: error: [E0307] `a tile` has 2 dimensions, found 1 selector\n"
     "hint: write `:` for a dimension that is taken whole\n"},
    {"out_of_range",
     "kernel k(x: in f32[2, 4], y: out f32[4, 4]) {\n"
     "    let a = x[2, 0];\n"
     "    let b = x[0, 1 : 5];\n"
     "    let c = x[:, -1 :+ 2];\n"
     "    let d = x[-1, :];\n"
     "    let e = x[0 :+ 5, :];\n"
     "    let t = x[:, :];\n"
     "    let f = t[0, 4];\n"
     "    for i in 0 .. 4 { let g = x[i + 2, 0]; }\n"
     "}",
     "2:15: error: [E0308] `x[2, 0]` is out of range: index 2 in a dimension of 2\n"
     "3:18: error: [E0308] `x[0, 1 : 5]` is out of range: range 1 : 5 in a dimension of 4\n"
     "4:18: error: [E0308] `x[:, -1 :+ 2]` is out of range: block -1 :+ 2 is negative\n"
     "5:15: error: [E0308] `x[-1, :]` is out of range: index -1 in a dimension of 2\n"
     "8:18: error: [E0308] `t[0, 4]` is out of range: index 4 in a dimension of 4\n"
     "9:33: error: [E0308] `x[i + 2, 0]` is out of range: index i + 2 in a dimension of 2\n"},
    {"read_write",
     "kernel k(x: in f32[4, 4], y: out f32[4, 4]) {\n"
     "    tl.store(x, y);\n"
     "    let a = y + 1.0;\n"
     "    tl.store(y[0, :], y[1, 0 : 4]);\n"
     "}",
     "2:14: error: [E0310] `x` is an `in` parameter and cannot be written\n"
     "1:10: note: `x` is declared here\n"
     "2:17: error: [E0309] `y` is an `out` parameter and cannot be read\n"
     "1:27: note: `y` is declared here\n"
     "hint: declare it `inout` to read what was stored\n"
     "3:13: error: [E0309] `y` is an `out` parameter and cannot be read\n"
     "1:27: note: `y` is declared here\n"
     "hint: declare it `inout` to read what was stored\n"
     "4:23: error: [E0309] `y` is an `out` parameter and cannot be read\n"
     "1:27: note: `y` is declared here\n"
     "hint: declare it `inout` to read what was stored\n"},
    {"bad_word",
     "kernel k(x: in f32[4, 4], y: out f32[4, 4]) {\n"
     "    let a = tl.sum(x, axis = 2);\n"
     "    let b = tl.cast(x, i32, round = up);\n"
     "    let c = tl.matmul(x, x, trans_a = 1);\n"
     "    let d = tl.full(4, 0.0, f32);\n"
     "    let e = tl.zeros([4], f32);\n"
     "    tl.print(x, x);\n"
     "    static_assert(true, 3);\n"
     "}",
     "2:30: error: [E0311] argument `axis`: expected 0 (down the columns) or 1 (along the rows), found the constant 2\n"
     "3:37: error: [E0311] argument `round`: expected rint, floor, ceil or trunc, found `up`\n"
     "4:39: error: [E0311] argument `trans_a`: expected true or false, found the constant 1\n"
     "5:21: error: [E0311] argument `dims`: expected two extents [M, N], found `4`\n"
     "6:22: error: [E0311] argument `dims`: expected two extents [M, N], found `[4]`\n"
     "7:14: error: [E0311] argument `text`: expected a string, found `x`\n"
     "8:25: error: [E0311] argument `why`: expected a string, found `3`\n"},
    {"static_assert",
     "const A = 3;\n"
     "kernel k(x: in f32[M, 4], y: out f32[M, 4]) {\n"
     "    static_assert(A == 4, \"A must be 4\");\n"
     "    static_assert(M > 2, \"M\");\n"
     "    static_assert(A < 2);\n"
     "    if A == 4 { static_assert(A != 3, \"dead\"); }\n"
     "}",
     "3:5: error: [E0312] static assertion failed: A must be 4\n"
     "4:5: error: [E0313] static_assert: the compiler cannot decide this condition\n"
     "5:5: error: [E0312] static assertion failed: A < 2\n"},
    {"var_changes",
     "kernel k(x: in f32[M, 4], h: in f16[M, 4], y: out f32[M, 4]) {\n"
     "    var a = x[:, :];\n"
     "    a = h[:, :];\n"
     "    a = tl.rowsum(x);\n"
     "    a = 1.0;\n"
     "    var i = 0;\n"
     "    i = 1.5;\n"
     "    i = a;\n"
     "    var s = 1.0;\n"
     "    s = x;\n"
     "    var b = true;\n"
     "    b = 1;\n"
     "}",
     "3:9: error: [E0314] `a` is the tile f32[M, 4] and cannot become the tile f16[M, 4]\n"
     "2:9: note: `a` is defined here\n"
     "hint: convert the value: tl.cast(x, f32)\n"
     "7:9: error: [E0314] `i` is an index scalar and cannot become the constant 1.5\n"
     "6:9: note: `i` is defined here\n"
     "10:9: error: [E0314] `s` is an f32 scalar and cannot become the tile f32[M, 4]\n"
     "9:9: note: `s` is defined here\n"
     "12:9: error: [E0303] `1` has no exact value of type bool\n"},
    {"not_a_var",
     "const A = 1;\n"
     "kernel k(x: in f32[M, 4], y: out f32[M, 4]) { let a = 1; a = 2; y = x; A = 3; M = 2; b = 4; }",
     "2:58: error: [E0315] `a` is not a `var` and cannot be assigned\n"
     "2:51: note: `a` is defined here\n"
     "2:65: error: [E0315] `y` is not a `var` and cannot be assigned\n"
     "2:27: note: `y` is defined here\n"
     "hint: to write to memory use `tl.store(y, ...)`\n"
     "2:72: error: [E0315] `A` is not a `var` and cannot be assigned\n"
     "1:7: note: `A` is defined here\n"
     "2:79: error: [E0315] `M` is not a `var` and cannot be assigned\n"
     "2:20: note: `M` is defined here\n"
     "2:86: error: [E0201] unknown name `b`\n"},
    {"wrong_place",
     "kernel k(x: in f32[M, 4], y: out f32[M, 4]) {\n"
     "    parallel i in 4 { }\n"
     "    temp t: f32[4, 4];\n"
     "    tier M <= N in [1, 2] { }\n"
     "    return x;\n"
     "    for (p, e) in x { }\n"
     "}\n"
     "func f(x) { for i in 3 { } return x; }\n"
     "kernel k2(x: in f32[M, 4], y: out f32[M, 4]) {\n"
     "    tl.store(y, f(x));\n"
     "    let p = tl.paged(x, table = x, len = 3);\n"
     "}",
     "2:5: error: [E0316] `parallel` cannot stand in a kernel\n"
     "3:5: error: [E0316] `temp` cannot stand in a kernel\n"
     "4:5: error: [E0316] `tier` cannot stand in a kernel\n"
     "5:5: error: [E0316] `return` cannot stand in a kernel\n"
     "hint: kernels give their results by tl.store to `out` parameters\n"
     "6:9: error: [E0316] a loop over a csr row cannot stand in a kernel\n"
     "8:13: error: [E0316] `for` cannot stand in a func\n"
     "11:13: error: [E0316] `tl.paged` cannot stand in a kernel\n"},
    {"symbol_unbound",
     "const SIZE = 4;\n"
     "kernel k(x: in f32[M + N, SIZ], y: out f32[M * 2, 4], z: in f32[SIZ + 1]) { }",
     "2:24: error: [E0317] the symbol `N` is bound by no dimension\n"},
    {"bad_parameter",
     "kernel k(const A: f32, @strided x: in f32[4, 4], y: in index[4], z: in f32[1, 1, 1, 1, 1, 1, 1, 1, 1],\n"
     "         r: in csr[4], n: index, v: in f32[n]) { }",
     "1:19: error: [E0318] parameter `A`: a const parameter has type index\n"
     "1:24: error: [E0318] parameter `x`: @strided is for workloads; a kernel's parameter takes any view\n"
     "1:56: error: [E0318] parameter `y`: index is for scalars; a tensor of positions is i32 or i64\n"
     "1:72: error: [E0318] parameter `z`: a tensor has at most 8 dimensions\n"
     "2:16: error: [E0318] parameter `r`: a csr matrix has two dimensions: csr[rows, columns]\n"
     "2:24: error: [E0318] parameter `n`: a dimension is an expression over constants and symbols, not over parameters\n"
     "2:44: note: used as a dimension here\n"
     "hint: drop the parameter: a symbol is known in the body by its own name\n"},
    {"bad_default",
     "kernel k(eps: i32 = 0.5, y: out f32[1, 4]) { }",
     "1:21: error: [E0303] `0.5` has no exact value of type i32\n"},
    {"bad_constraint",
     "kernel k(x: in f32[M, 4], eps: f32) where eps > 0.0, M { }",
     "1:43: error: [E0319] a `where` constraint compares index expressions\n"
     "1:54: error: [E0305] constraint: expected a bool scalar, found an index scalar\n"},
    {"bad_step",
     "kernel k(x: in f32[M, 4]) {\n"
     "    for i in 0 .. 10 step 0 { }\n"
     "    for i in 0 .. 10 step -1 { }\n"
     "    for i :+ m in 0 .. M step 0 { }\n"
     "}",
     "2:27: error: [E0320] the step of a loop must be positive, found 0\n"
     "3:27: error: [E0320] the step of a loop must be positive, found -1\n"
     "4:31: error: [E0320] the step of a loop must be positive, found 0\n"},
    {"bad_bitcast",
     "kernel k(x: in f32[M, 4], b: in bool[M, 4]) {\n"
     "    let a = tl.bitcast(x, i16);\n"
     "    let c = tl.bitcast(b, i8);\n"
     "}",
     "2:13: error: [E0321] tl.bitcast wants types of one width, found f32 and i16\n"
     "3:13: error: [E0321] tl.bitcast wants types of one width, found bool and i8\n"},
    {"bad_reshape",
     "kernel k(x: in f32[M, 4]) {\n"
     "    let a = tl.reshape(x, [M, 5]);\n"
     "    let b = tl.reshape(x, [4, M]);\n"
     "    let c = tl.reshape(x, [2 * M, 2]);\n"
     "}",
     "2:13: error: [E0322] tl.reshape keeps the number of elements: expected 4 * M elements, found 5 * M\n"},
    {"negative_extent",
     "kernel k(x: in f32[M, -4]) {\n"
     "    let a = tl.zeros([-1, 4], f32);\n"
     "    let b = tl.arange(-2);\n"
     "    let v, i = tl.topk(x, -1);\n"
     "}",
     "1:23: error: [E0323] an extent cannot be negative, found -4\n"
     "2:23: error: [E0323] an extent cannot be negative, found -1\n"
     "3:23: error: [E0323] an extent cannot be negative, found -2\n"},
    {"not_in_workload",
     "workload w(X: in f32[4, 4], Y: out f32[4, 4]) {\n"
     "    let a = tl.exp(X[0, 0]);\n"
     "    let b = tl.rowsum(X[0, 0]);\n"
     "    let c = X + 1.0;\n"
     "}",
     "3:13: error: [E0324] `tl.rowsum` works on tiles and cannot stand in a workload\n"
     "4:13: error: [E0305] expression of a workload: expected a scalar, found the view f32[4, 4]\n"
     "hint: pass views to a kernel; one element is read by giving an index for every dimension\n"},
    {"constraint_failed",
     "kernel k(const C: index, x: in f32[4, 4], y: out f32[4, C]) {\n"
     "    static_assert(C > 2, \"C is too small\");\n"
     "    tl.store(y, x);\n"
     "    for i in 0 .. 4 step C { }\n"
     "    if C > 100 { static_assert(false, \"too large\"); }\n"
     "}\n"
     "workload w(X: in f32[4, 4], Y: out f32[4, 4], Z: out f32[4, 1], V: out f32[4, 101]) {\n"
     "    k(4, X, Y);\n"
     "    k(1, X, Z);\n"
     "    k(101, X, V);\n"
     "}",
     "9:5: error: [E0325] this call does not fit the kernel `k`: static assertion failed: C is too small\n"
     "2:5: note: required here, in kernel `k`\n"
     "10:5: error: [E0325] this call does not fit the kernel `k`: extents differ: expected f32[4, C], found f32[4, 4]\n"
     "3:17: note: required here, in kernel `k`\n"},
    {"f8",
     "kernel k(x: in f8e4m3[4, 4], y: out f32[4, 4]) {\n"
     "    tl.store(y, tl.cast(x, f32));\n"
     "    let a = x + x;\n"
     "    let b = tl.matmul(x, x);\n"
     "    let c = tl.rowsum(x);\n"
     "    let d = tl.exp(x);\n"
     "}",
     ""},
    {"no_cascade",
     "kernel k(x: in f32[M, N], y: out f32[M, N]) {\n"
     "    let a = missing(x);\n"
     "    let b = tl.exp(a) + tl.rowsum(a);\n"
     "    var c = b;\n"
     "    for i in a { c = c + b; }\n"
     "    if c[0, 0] > b { tl.store(y, c); }\n"
     "    let d, e = a;\n"
     "    tl.store(y, tl.matmul(a, d, acc = e));\n"
     "    tl.store(a, b);\n"
     "}",
     "2:13: error: [E0201] unknown name `missing`\n"
     "7:16: error: [E0224] `a` gives 1 value, but 2 were expected\n"},
    {"const_chain_poison",
     "const A = missing;\n"
     "const B = A * 2;\n"
     "const C = tl.sqrt(B);\n"
     "kernel k(x: in f32[A, N], y: out f32[A, N]) {\n"
     "    tl.store(y, x * C);\n"
     "}",
     "1:11: error: [E0201] unknown name `missing`\n"},
    {"func_errors",
     "func f(a, b) { let c = a + b; return tl.exp(c), wrong; }\n"
     "func unused(a) = a + nothing;\n"
     "kernel k(x: in f32[M, 4], h: in f16[M, 4], i: in i32[M, 4], y: out f32[M, 4]) {\n"
     "    let p, q = f(x, h);\n"
     "    let r, s = f(i, i);\n"
     "}",
     "1:24: error: [E0301] `+` wants operands of one element type, found f32 and f16\n"
     "4:16: note: in this use of func `f`\n"
     "hint: convert one operand: tl.cast(x, f32)\n"
     "1:38: error: [E0302] `tl.exp` wants a float type, found i32\n"
     "5:16: note: in this use of func `f`\n"
     "1:49: error: [E0201] unknown name `wrong`\n"
     "2:22: error: [E0201] unknown name `nothing`\n"},
    {"if_branches",
     "kernel k(x: in f32[M, 4], y: out f32[M, 4]) {\n"
     "    if M > 2 { tl.store(y, wrong1); } else if M > 1 { tl.store(y, wrong2); } else { tl.store(y, wrong3); }\n"
     "    if true { let a = x + 1; } else { let a = x + true; }\n"
     "}",
     "2:28: error: [E0201] unknown name `wrong1`\n"
     "2:67: error: [E0201] unknown name `wrong2`\n"
     "2:97: error: [E0201] unknown name `wrong3`\n"
     "3:47: error: [E0303] `true` has no exact value of type f32\n"},
    {"gather_scatter",
     "kernel k(x: in f32[M, 4], j: in i32[2, 3], y: out f32[M, 4], v: out f32[4], l: in i32[1, 2]) {\n"
     "    let a = tl.gather(x, j);\n"
     "    let b = tl.gather(x, j, axis = 1);\n"
     "    let c = tl.gather(3, j);\n"
     "    let d = tl.gather(x, l, fill = 0.5);\n"
     "    let e = tl.gather(j, l, fill = 0.5);\n"
     "    tl.scatter(v, l, x);\n"
     "    tl.scatter(y, j, x);\n"
     "    tl.scatter(y, l, x);\n"
     "    tl.scatter(x, l, x);\n"
     "    tl.scatter(y, x, x);\n"
     "}",
     "2:26: error: [E0304] extents differ: expected indices [1, n] to take rows, found i32[2, 3]\n"
     "3:26: error: [E0304] extents differ: expected indices [1, n] or [M, n], found i32[2, 3]\n"
     "hint: if they are always equal, add `where M == 2` to the kernel\n"
     "4:23: error: [E0305] argument `x` of `tl.gather`: expected a tile or a view, found the constant 3\n"
     "6:36: error: [E0303] `0.5` has no exact value of type i32\n"
     "7:16: error: [E0305] argument `view` of `tl.scatter`: expected a view of rank 2, found the view f32[4]\n"
     "8:19: error: [E0304] extents differ: expected i32[1, 3], found i32[2, 3]\n"
     "9:22: error: [E0304] extents differ: expected f32[2, 4], found f32[M, 4]\n"
     "hint: if they are always equal, add `where M == 2` to the kernel\n"
     "10:16: error: [E0310] `x` is an `in` parameter and cannot be written\n"
     "1:10: note: `x` is declared here\n"
     "11:19: error: [E0302] argument `indices` of `tl.scatter` wants an integer type, found f32\n"},
    {"order",
     "kernel k(x: in f32[M, N], b: in bool[M, N], h: in f16[M, 4], j: in i64[M, 4], i: in i32[M, 4], n: i32) {\n"
     "    let v, w = tl.topk(x, n);\n"
     "    let v2, w2 = tl.topk(x, 4, pad_to = 8.5);\n"
     "    let v3, w3 = tl.sort(b);\n"
     "    let v4, w4 = tl.merge_topk(h, j, h, i, 4);\n"
     "    let v5, w5 = tl.merge_topk(h, i, x[:, 0 :+ 4], i, 4);\n"
     "    let v6, w6 = tl.merge_topk(h, i, h, i[0, :], 4);\n"
     "    let v7, w7 = tl.topk(tl.zeros([1, 8], f32), 2, pad_to = 4);\n"
     "}",
     "2:27: error: [E0210] expected a compile-time constant, found an i32 scalar\n"
     "3:41: error: [E0305] argument `pad_to` of `tl.topk`: expected an integer scalar, found the constant 8.5\n"
     "4:18: error: [E0302] `tl.sort` wants a number type, found bool\n"
     "5:35: error: [E0302] argument `i1` of `tl.merge_topk` wants i32, found i64\n"
     "6:18: error: [E0301] `tl.merge_topk` wants operands of one element type, found f16 and f32\n"
     "hint: convert one operand: tl.cast(x, f16)\n"
     "7:41: error: [E0304] extents differ: expected i32[M, 4], found i32[1, 4]\n"
     "hint: if they are always equal, add `where M == 1` to the kernel\n"
     "8:61: error: [E0304] extents differ: expected a capacity of at least 8, found 4\n"},
    {"composites",
     "kernel k(x: in f32[M, N], w: in f32[M, N], v: in f32[1, M], i: in i32[1, N]) {\n"
     "    let a = tl.rmsnorm(x[0, :], w, 1e-6);\n"
     "    let b = tl.rmsnorm(x, v, 1e-6);\n"
     "    let c = tl.layernorm(x, w, i, 1e-6);\n"
     "    let d = tl.rmsnorm(x, w, w);\n"
     "    let e = tl.quant(i, i8, 1.0);\n"
     "    let f = tl.quant(x, index, 1.0);\n"
     "    let g = tl.dequant(3, 1.0);\n"
     "    let h = tl.cdiv(1.5, 2);\n"
     "    let j = tl.cdiv(x, x);\n"
     "    let l = tl.arange(4, elem = bool);\n"
     "    let m = tl.arange(4, start = 0.5);\n"
     "    let n = tl.broadcast(x, [M, 3]);\n"
     "    let o = tl.where(x, x, x);\n"
     "    let p = tl.cast(x, index);\n"
     "}",
     "2:33: error: [E0304] extents differ: expected f32[1, N], found f32[M, N]\n"
     "hint: if they are always equal, add `where M == 1` to the kernel\n"
     "3:27: error: [E0304] extents differ: expected f32[M, N], found f32[1, M]\n"
     "hint: if they are always equal, add `where N == M` to the kernel\n"
     "4:32: error: [E0302] argument `bias` of `tl.layernorm` wants a float type, found i32\n"
     "5:30: error: [E0305] argument `eps` of `tl.rmsnorm`: expected a scalar, found f32[M, N]\n"
     "6:22: error: [E0305] argument `x` of `tl.quant`: expected a float tile, found the tile i32[1, N]\n"
     "7:25: error: [E0302] argument `elem` of `tl.quant` wants an element type of tiles, found index\n"
     "8:24: error: [E0305] argument `x` of `tl.dequant`: expected a tile, found the constant 3\n"
     "9:13: error: [E0305] `tl.cdiv`: expected integers, found the constant 2.5\n"
     "10:13: error: [E0305] `tl.cdiv`: expected integers, found the tile f32[M, N]\n"
     "11:33: error: [E0302] argument `elem` of `tl.arange` wants a number type, found bool\n"
     "12:34: error: [E0305] argument `start` of `tl.arange`: expected an integer scalar, found the constant 0.5\n"
     "13:13: error: [E0304] extents differ: expected f32[M, N], found f32[M, 3]\n"
     "hint: if they are always equal, add `where N == 3` to the kernel\n"
     "14:22: error: [E0305] argument `c` of `tl.where`: expected a bool tile, found the tile f32[M, N]\n"
     "15:24: error: [E0302] argument `elem` of `tl.cast` wants an element type of tiles, found index\n"},
    {"index_domain",
     "kernel k(x: in f32[M, N], i: in i32[M, N], y: out f32[M, N], n: i32, u: u64, f: f32) {\n"
     "    let a = M * 0.5;\n"
     "    let b = M && n;\n"
     "    let c = tl.exp(M);\n"
     "    let d = n + u;\n"
     "    let e = x[n + u, 0];\n"
     "    let g = x[f, 0];\n"
     "    let h = M / 0;\n"
     "    let j = i % 0;\n"
     "    let l = n + M + i;\n"
     "    let m = f + M;\n"
     "}",
     "2:13: error: [E0303] `0.5` has no exact value of type index\n"
     "3:13: error: [E0305] operand of `&&`: expected a bool, found an index scalar\n"
     "3:18: error: [E0305] operand of `&&`: expected a bool, found an i32 scalar\n"
     "4:13: error: [E0302] `tl.exp` wants a float type, found index\n"
     "5:13: error: [E0301] `+` wants operands of one element type, found i32 and u64\n"
     "hint: convert one operand: tl.cast(x, i32)\n"
     "6:15: error: [E0301] `+` wants operands of one element type, found i32 and u64\n"
     "hint: convert one operand: tl.cast(x, i32)\n"
     "7:15: error: [E0305] selector: expected an integer scalar, found an f32 scalar\n"
     "8:13: error: [E0212] division by zero\n"
     "9:13: error: [E0212] division by zero\n"},
    {"scalar_assign",
     "kernel k(x: in f32[M, N], y: out f32[M, N], f: f32, n: i32) {\n"
     "    var a = f;\n"
     "    a = n;\n"
     "    var b = n;\n"
     "    b = 3000000000;\n"
     "    b = M;\n"
     "    var c = x[:, :];\n"
     "    c = x[:, 0 :+ 2];\n"
     "}",
     "3:9: error: [E0314] `a` is an f32 scalar and cannot become an i32 scalar\n"
     "2:9: note: `a` is defined here\n"
     "hint: convert the value: tl.cast(x, f32)\n"
     "5:9: error: [E0303] `3000000000` has no exact value of type i32\n"
     "8:9: error: [E0314] `c` is the tile f32[M, N] and cannot become the tile f32[M, min(N, 2)]\n"
     "7:9: note: `c` is defined here\n"},
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

void test_elab_kernel_types_register(void);
void test_elab_kernel_types_register(void) {
    CU_pSuite suite = CU_add_suite("elab_kernel_types", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
}
