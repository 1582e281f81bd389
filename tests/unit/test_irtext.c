/* The text form of the IR: round trips, every operation, every message, garbage. */
#include <stdbool.h>
#include "ir/walk.h"
#include "ir_text_kit.h"

/* ---- round trips ------------------------------------------------------------------------------------------------ */
static const char flagship[] =
    "module lightning_indexer stage tile\n"
    "source 0 \"indexer.pto\"\n"
    "\n"
    "kernel @indexer[const %PAD, %S](%q: in view f16[8, 128], %w: in view f32[8, 1], %k: in view f16[%S, 128], "
    "%idx: out view i32[1, 2048]) @0:9:8 {\n"
    "  assume [%PAD - %S] @0:14:11\n"
    "  %0 = load %q : f16[8, 128] @0:16:27\n"
    "  %1 = load %k : f16[%S, 128] @0:16:30\n"
    "  %dots = matmul %0, %1 {trans_b} : f32[8, %S] @0:16:16\n"
    "  %2 = relu %dots : f32[8, %S] @0:17:30\n"
    "  %3 = load %w : f32[8, 1] @0:17:46\n"
    "  %4 = mul %2, %3 : f32[8, %S] @0:17:44\n"
    "  %score = colsum %4 : f32[1, %S] @0:17:17\n"
    "  %5, %best = topk %score [2048, %PAD] {largest, sorted} : f32[1, 2048], i32[1, 2048] @0:18:19\n"
    "  store %idx, %best @0:19:5\n"
    "}\n"
    "\n"
    "workload @lightning_indexer[%B, %S1, %N2, %T](%Q: in tensor f16[%B, %S1, 8 * %N2, 128], %W: in tensor f32[%B, "
    "%S1, "
    "8 * %N2, 1], %K: in tensor f16[%B, %T, %N2, 128], %act_seq: in tensor i32[%B], %OUT: out tensor i32[%B, %S1, %N2, "
    "2048]) "
    "export @0:22:10 {\n"
    "  directive task_graph \"window = 8192, ready = fifo\" @0:44:5\n"
    "  parallel [0, %B, 1] @0:29:5 {\n"
    "    ^(%batch)\n"
    "    parallel [0, %S1, 1] @0:29:5 {\n"
    "      ^(%seq_pos)\n"
    "      parallel [0, %N2, 1] @0:29:5 {\n"
    "        ^(%idx_head)\n"
    "        %0 = get %act_seq [%batch] : i32[1, 1] @0:30:23\n"
    "        tier [-%S1 + %seq_pos + %0 + 1, 2048, 8192] @0:31:9 {\n"
    "          ^(%PAD)\n"
    "          %1 = view %Q [%batch, %seq_pos, 8 * %idx_head :+ 8, :] : view f16[8, 128] @0:33:27\n"
    "          %2 = view %W [%batch, %seq_pos, 8 * %idx_head :+ 8, :] : view f32[8, 1]\n"
    "          check [%S1 + %T - %seq_pos - %0 - 1, %batch] {text = \"{0} is \\\"out\\\"\\n\", code = BOUNDS, level = "
    "entry}\n"
    "          %3 = view %K [%batch, 0 : -%S1 + %seq_pos + %0 + 1, %idx_head, :] : view f16[max(-%S1 + %seq_pos + %0 + "
    "1, 0), "
    "128]\n"
    "          %4 = view %OUT [%batch, %seq_pos, %idx_head :+ 1, :] : view i32[1, 2048]\n"
    "          call %1, %2, %3, %4 [%PAD, max(-%S1 + %seq_pos + %0 + 1, 0)] {callee = \"indexer\"} @0:32:13\n"
    "        } {\n"
    "          fail [-%S1 + %seq_pos + %0 + 1, %batch] {text = \"above the last tier\", code = TIER}\n"
    "        }\n"
    "      }\n"
    "    }\n"
    "  }\n"
    "}\n";

static const char block_stage[] = "module m stage block\n"
                                  "\n"
                                  "kernel @indexer__PAD_8192[%S](%q: in view f16[8, 128], %k: in view f16[%S, 128], "
                                  "%w: in view f32[8, 1], %idx: out view "
                                  "i32[1, 2048]) origin \"indexer\" {\n"
                                  "  assume [-%S + 8192, %S - 2049]\n"
                                  "  %best = buffer {memory = l2} : buffer i32[1, 2048]\n"
                                  "  %top = acc [2048] {largest, sorted, monoid = topk} : acc f32[]\n"
                                  "  loop [0, %S, 1] {kind = stream, name = \"j\"} {\n"
                                  "    ^(%j)\n"
                                  "    %s = acc {monoid = sum.seq} : acc f32[]\n"
                                  "    loop [0, 8, 1] {kind = red, name = \"g\"} {\n"
                                  "      ^(%g)\n"
                                  "      %d = acc {monoid = fma.seq} : acc f16[]\n"
                                  "      loop [0, 128, 1] {kind = red, name = \"d\"} {\n"
                                  "        ^(%d.1)\n"
                                  "        %0 = get %q [%g, %d.1] : f16[1, 1]\n"
                                  "        %1 = get %k [%j, %d.1] : f16[1, 1]\n"
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
                                  "  loop [0, 2048, 1] {kind = lane, name = \"t\"} {\n"
                                  "    ^(%t)\n"
                                  "    %5 = get %best [0, %t] : i32[1, 1]\n"
                                  "    put %idx, %5 [0, %t]\n"
                                  "  }\n"
                                  "}\n"
                                  "\n"
                                  "kernel @blocks[%N](%a: in view f16[8, 64], %b: in view f32[64, %N], %c: out view "
                                  "f32[8, %N]) {\n"
                                  "  %panel = buffer {memory = l1} : buffer f32[2, 64, 16]\n"
                                  "  pack %panel, %b [0, 0, 64, %N, 1] {rows = 0, lanes = 1}\n"
                                  "  prefetch %b [0, 16]\n"
                                  "  island {\n"
                                  "    %sum = acc {monoid = fma.seq} : acc f32[4, 16]\n"
                                  "    loop [0, 64, 1] {kind = red, name = \"k\"} {\n"
                                  "      ^(%k)\n"
                                  "      %0 = get %a [4, %k] {rows = 0} : f16[4, 1]\n"
                                  "      %1 = cast %0 : f32[4, 1]\n"
                                  "      %2 = get %panel [1, %k, 0] {lanes = 2} : f32[1, 16]\n"
                                  "      step %sum, %1, %2 [0, 0, %N] {part}\n"
                                  "    }\n"
                                  "    %3 = fin %sum [0, 0, %N] {part} : f32[4, 16]\n"
                                  "    %4 = iota [%N] {axis = 1} : i32[1, 16]\n"
                                  "    %5 = cast %4 : f32[1, 16]\n"
                                  "    %6 = add %3, %5 : f32[4, 16]\n"
                                  "    put %c, %6 [4, 0, %N] {rows = 0, lanes = 1, part}\n"
                                  "  }\n"
                                  "}\n"
                                  "\n"
                                  "workload @w[%B](%y: out tensor f32[%B, 4]) export {\n"
                                  "  tally [%B] {callee = \"blocks\", tier = 8192}\n"
                                  "  %mine, %end = share [0, %B, 1] : index[1, 1], index[1, 1]\n"
                                  "  join\n"
                                  "  collect %y [0, %B, 1, 0, 1] {axis = 0, optional}\n"
                                  "  spread [0, %B, 1] {\n"
                                  "    ^(%from, %to)\n"
                                  "    own %y [0, 1] {axis = 0}\n"
                                  "    need %y [%from - 1, %to] {axis = 0}\n"
                                  "  } {\n"
                                  "    ^(%first, %last)\n"
                                  "  }\n"
                                  "  settle %y {dead}\n"
                                  "}\n";

static void test_round_trips(void) {
    text_kit_round_trip(flagship);
    text_kit_round_trip(block_stage);
    TextKit kit = text_kit_parse(flagship, sizeof flagship - 1);
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "parsing"), 0);
    text_kit_show(&kit);
    text_kit_end(&kit);
    kit = text_kit_parse(block_stage, sizeof block_stage - 1);
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "parsing"), 0);
    text_kit_show(&kit);
    CU_ASSERT_STRING_EQUAL(kit.module->funcs.data[0]->origin, "indexer");
    text_kit_end(&kit);
}

/* ---- every operation -------------------------------------------------------------------------------------------- */
/* Operations whose operands do not follow from their row, one line each; %f, %i, %b, %r: tiles; %s: scalars; %v, %o:
 * views. */
static const char kernel_ops[] =
    "  %1 = const {float = -0.5} : f32[1, 1]\n"
    "  %2 = const {int = -3} : i64[1, 1]\n"
    "  %3 = index [%M * %N + div(%M, 3) + 2 * %N + mod(%N, 7) - 9223372036854775808] : index[1, 1]\n"
    "  %4 = full %1 : f32[%M, %N]\n"
    "  %5 = iota [%N + 2] {axis = 1} : i32[1, %N]\n"
    "  %6 = cast %f {round = floor, sat} : f16[%M, %N]\n"
    "  %7 = bitcast %f : u32[%M, %N]\n"
    "  %8 = reshape %f : f32[1, %M * %N]\n"
    "  %9 = broadcast %f : f32[%M, %N]\n"
    "  %10 = slice %f [1, 0] : f32[2, %N]\n"
    "  %11 = concat %f, %f {axis = 1} : f32[%M, 2 * %N]\n"
    "  %12 = matmul %f, %f, %4 {trans_a} : f32[%N, %N]\n"
    "  %13, %14 = topk %f [4, %N] {largest} : f32[%M, 4], i32[%M, 4]\n"
    "  %15, %16 = sort %f {descending} : f32[%M, %N], i32[%M, %N]\n"
    "  %17, %18 = merge_topk %13, %14, %13, %14 [4] : f32[%M, 4], i32[%M, 4]\n"
    "  %19 = view %v [1, %M - 2 : %M] : view f32[2]\n"
    "  %20 = reshape_view %v : view f32[%N, %M]\n"
    "  %21 = paged %v, %t [%N] : view f32[%N, %M]\n"
    "  %22 = load %v, %1 {fill} : f32[%M, %N]\n"
    "  store %o, %f, %b\n"
    "  fill %o, %1\n"
    "  %23 = gather %v, %14, %1 {axis = 1} : f32[%M, 4]\n"
    "  scatter %o, %14, %f {axis = 0}\n"
    "  %24 = get %v, %1 [min(%M, %N - 1), max(%M, %N, 3)] {fill} : f32[1, 1]\n"
    "  put %o, %1 [0, 1] {guarded}\n"
    "  assume [%M, %N]\n"
    "  check [%M] {text = \"\\x01\\t\\\\ \303\244\", code = SHAPE, level = full}\n"
    "  fail {text = \"\", code = TIER}\n"
    "  assert %b {text = \"why\"}\n"
    "  print %f {text = \"f\"}\n";

static void append_generated(Buf *out, int *number) {
    for (int i = 0; i < OP_COUNT; i++) {
        const OpInfo *info = op_info((OpCode)i);
        if (info->result == RES_NONE || info->result == RES_EXPLICIT)
            continue;
        const char *x = info->elems == ELEMS_INT || info->elems == ELEMS_INT_BOOL ? "%i"
                        : info->elems == ELEMS_BOOL                               ? "%b"
                                                                                  : "%f";
        const char *elem = x[1] == 'i' ? "i32" : x[1] == 'b' ? "bool" : "f32", *rest = x;
        if (info->result == RES_SELECT)
            rest = "%f", elem = "f32";
        buf_printf(out, "  %%%d = %s %s", (*number)++, info->name, x);
        for (const char *c = strchr(info->map, ' ') + 1; (c = strchr(c, ' ')); c++)
            buf_printf(out, ", %s", rest);
        bool i32 = info->result == RES_ROW_I32 || info->result == RES_COL_I32;
        const char *rows = info->result == RES_COL || info->result == RES_COL_I32 ? "1"
                           : info->result == RES_TRANS                            ? "%N"
                                                                                  : "%M";
        const char *cols = info->result == RES_ROW || info->result == RES_ROW_I32 ? "1"
                           : info->result == RES_TRANS                            ? "%M"
                                                                                  : "%N";
        buf_printf(out, " : %s[%s, %s]\n",
                   info->result == RES_BROADCAST_BOOL ? "bool"
                   : i32                              ? "i32"
                                                      : elem,
                   rows, cols);
    }
}

static const char other_funcs[] =
    "\n"
    "workload @all[%B, entries %nnz](%x: in tensor f32[%B, 8], %y: inout strided tensor f32[%B, 8], "
    "%ptr: in tensor i32[%B + 1], %idx: in tensor i32[%nnz], %r: in csr bool[%B, %B], %eps: f32[1, 1] = "
    "0.1, %n: i64[1, 1] = -4, %flag: bool[1, 1] = 1) export {\n"
    "  directive dispatch \"affinity(batch)\"\n"
    "  csr %ptr, %idx [%B, 8, %nnz] {name = \"m\"}\n"
    "  %tmp = temp : tensor f32[%B, 8]\n"
    "  %ring = temp {channel} : tensor f32[2, 8]\n"
    "  pipe [2] {text = \"c\"} {\n"
    "    process {name = \"p\"} {\n"
    "      send [0] {\n"
    "        ^(%slot: index[1, 1])\n"
    "        %item = view %ring [%slot, :] : view f32[8]\n"
    "      }\n"
    "    }\n"
    "    process {name = \"q\"} {\n"
    "      receive [0] {\n"
    "        ^(%slot.1: index[1, 1])\n"
    "      }\n"
    "    }\n"
    "  }\n"
    "  concurrent {\n"
    "    call %x, %tmp [%B] {callee = \"sub\", tier = 4}\n"
    "  }\n"
    "  if %flag {\n"
    "    yield\n"
    "  } {\n"
    "  }\n"
    "  %0 = if %flag : f32[1, 1] {\n"
    "    yield %eps\n"
    "  } {\n"
    "    %inf = const {float = inf} : f32[1, 1]\n"
    "    yield %inf\n"
    "  }\n"
    "  for [0, %B, 1] {\n"
    "    ^(%i)\n"
    "    tier.switch [%i, 4, 8] {\n"
    "      %nan = const {float = nan} : f64[1, 1]\n"
    "    } {\n"
    "    } {\n"
    "      fail {text = \"above\", code = TIER}\n"
    "    }\n"
    "  }\n"
    "  parallel [0, %B, 2] {disjoint} {\n"
    "    ^(%i.1)\n"
    "    tier [%i.1, 4] {\n"
    "      ^(%limit)\n"
    "    } {\n"
    "    }\n"
    "  }\n"
    "}\n"
    "\n"
    "workload @sub[%B](%x: in tensor f32[%B, 8], %y: out tensor f32[%B, 8]) {\n"
    "  %x.1 = temp : tensor f32[]\n"
    "}\n";

static void seen_op(void *user, Op *op) { ((bool *)user)[op->code] = true; }

static void mark_seen(const Module *m, bool *seen) {
    for (int i = 0; i < m->funcs.len; i++)
        walk_ops(m->funcs.data[i]->body, seen_op, seen);
}

/* The text of a kernel with every operation that is generated or stands in kernel_ops. */
static void build_all_ops(Buf *out) {
    buf_puts(out, "module all stage tile\n\n"
                  "kernel @ops[const %M, %N](%v: in view f32[%M, %N], %t: in view i32[%N], %vi: in view i32[%M, %N], "
                  "%vb: in view "
                  "bool[%M, %N], %o: out view f32[%M, %N]) {\n"
                  "  %f = load %v : f32[%M, %N]\n  %i = load %vi : i32[%M, %N]\n  %b = load %vb : bool[%M, %N]\n");
    buf_puts(out, "  %0 = load %vi : i32[%M, %N]\n");
    buf_puts(out, kernel_ops);
    int number = 25;
    append_generated(out, &number);
    buf_puts(out, "  %carried = for %f [0, %M, 1] : f32[%M, %N] {\n    ^(%j, %x)\n"
                  "    %x.1 = add %x, %f : f32[%M, %N]\n    yield %x.1\n  }\n}\n");
    buf_puts(out, other_funcs);
}

static void test_every_op(void) {
    Buf text = {0};
    bool seen[OP_COUNT] = {false};
    build_all_ops(&text);
    text_kit_round_trip(text.data);
    TextKit kit = text_kit_parse(text.data, text.len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kit.module);
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "parsing"), 0);
    text_kit_show(&kit);
    mark_seen(kit.module, seen);
    text_kit_end(&kit);
    kit = text_kit_parse(block_stage, sizeof block_stage - 1);
    mark_seen(kit.module, seen);
    text_kit_end(&kit);
    for (int i = 0; i < OP_COUNT; i++) {
        bool wanted = !op_code_has((OpCode)i, LANG_ONLY);
        if (seen[i] != wanted)
            fprintf(stderr, "operation %s: %s\n", op_info((OpCode)i)->name, wanted ? "not in the text" : "in the text");
        CU_ASSERT_EQUAL(seen[i], wanted);
    }
    buf_free(&text);
}

/* Text that is not as it would be printed: read, and printed as it should be. */
static void test_free_form(void) {
    static const char want[] = "module m stage tile\n\nkernel @f[%b, %a](%x: in view f32[1, %a]) {\n"
                               "  %0 = load %x : f32[1, %a]\n  %q = index [2 * %b - 2 * %a + 3] : index[1, 1]\n}\n";
    static const char plain[] =
        "// a comment\nmodule \"m\" stage tile kernel @f [ %b.7, %a ] ( %x : in view f32 [ 1 , %a ] )\n"
        "{ %5 = load %x : f32[1,%a*1] // another\n"
        "%q.3=index[3+%a + %b.7 * 2 - 3*%a]:index[1,1] }";
    TextKit kit = text_kit_parse(plain, sizeof plain - 1);
    text_kit_show(&kit);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kit.module);
    Buf out = {0};
    module_print(&out, kit.module);
    CU_ASSERT_STRING_EQUAL(buf_text(&out), want);
    buf_free(&out);
    text_kit_end(&kit);
}

/* ---- messages --------------------------------------------------------------------------------------------------- */
#define HEAD "module m stage tile\n"
#define FUNC HEAD "kernel @f[%N](%x: in view f32[8, %N]) {\n"

static const struct {
    const char *text, *message;
} messages[] = {
    {"", "t.ptoir:1:1: error: [E0702] IR text: expected `module`, found the end of the text"},
    {"module m stage middle", "t.ptoir:1:16: error: [E0703] IR text: unknown stage `middle`"},
    {HEAD "source 1 \"a\"",
     "t.ptoir:2:10: error: [E0702] IR text: expected sources numbered from 0 in order before this, found `\"a\"`"},
    {HEAD "func @f() {}", "t.ptoir:2:1: error: [E0702] IR text: expected `kernel` or `workload`, found `func`"},
    {HEAD "kernel f() {}", "t.ptoir:2:8: error: [E0702] IR text: expected the name of a function (@name), found `f`"},
    {HEAD "kernel @f() {}\nkernel @f() {}", "t.ptoir:3:8: error: [E0710] IR text: `@f` is defined twice"},
    {HEAD "kernel @f[%a, %a]() {}", "t.ptoir:2:15: error: [E0710] IR text: `%a` is defined twice"},
    {HEAD "kernel @f(%x: in view f7[1]) {}", "t.ptoir:2:23: error: [E0703] IR text: unknown element type `f7`"},
    {HEAD "kernel @f(%x: f32[1, 1, 1]) {}",
     "t.ptoir:2:27: error: [E0702] IR text: expected a type with two dimensions before this, found `)`"},
    {HEAD "kernel @f(%x: in view f32[1,1,1,1,1,1,1,1,1]) {}",
     "t.ptoir:2:43: error: [E0713] IR text: a type has at most 8 dimensions"},
    {FUNC "%0 = lode %x : f32[8, %N]\n}", "t.ptoir:3:6: error: [E0703] IR text: unknown operation `lode`"},
    {FUNC "%0 = softmax %x : f32[8, %N]\n}",
     "t.ptoir:3:6: error: [E0702] IR text: expected an operation that stands in the IR, found `softmax`"},
    {FUNC "%0 = load %y : f32[8, %N]\n}", "t.ptoir:3:11: error: [E0704] IR text: `%y` is not defined above"},
    {FUNC "%0 = load %x\n}", "t.ptoir:4:1: error: [E0702] IR text: expected `:`, found `}`"},
    {FUNC "%0, %1 = load %x : f32[8, %N]\n}",
     "t.ptoir:4:1: error: [E0702] IR text: expected one type for each result before this, found `}`"},
    {FUNC "%N = load %x : f32[8, %N]\n}", "t.ptoir:3:1: error: [E0710] IR text: `%N` is defined twice"},
    {FUNC "assume [%x]\n}",
     "t.ptoir:3:9: error: [E0712] IR text: `%x` cannot stand in an expression: it is no integer scalar"},
    {FUNC "assume [9223372036854775808]\n}",
     "t.ptoir:3:9: error: [E0711] IR text: the number `9223372036854775808` is out of range"},
    {FUNC "assume [div(1)]\n}", "t.ptoir:3:14: error: [E0702] IR text: expected two arguments before this, found `)`"},
    {FUNC "assume [abs(1)]\n}", "t.ptoir:3:9: error: [E0702] IR text: expected an expression, found `abs`"},
    {FUNC "assume [1] {colour = 3}\n}", "t.ptoir:3:13: error: [E0703] IR text: unknown attribute `colour`"},
    {FUNC "assume [1] {axis = x}\n}", "t.ptoir:3:20: error: [E0702] IR text: expected an integer, found `x`"},
    {FUNC "assume [1] {text = x}\n}", "t.ptoir:3:20: error: [E0702] IR text: expected a string, found `x`"},
    {FUNC "assume [1] @0:1:1\n}",
     "t.ptoir:3:12: error: [E0702] IR text: expected a place in one of the sources listed above, found `@0:1:1`"},
    {FUNC "concurrent {\n^(%a)\n}\n}", "t.ptoir:4:5: error: [E0702] IR text: expected `:`, found `)`"},
    {FUNC "fail {text = \"\\q\", code = A}\n}",
     "t.ptoir:3:14: error: [E0702] IR text: expected a string, found `\"\\q\"`"},
    {FUNC, "t.ptoir:3:1: error: [E0702] IR text: expected `}`, found the end of the text"},
    {FUNC "%0 = const {float = 1e999} : f64[1, 1]\n}",
     "t.ptoir:3:21: error: [E0711] IR text: the number `1e999` is out of range"},
};

static void test_messages(void) {
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        TextKit kit = text_kit_parse(messages[i].text, strlen(messages[i].text));
        char *found = text_kit_message(&kit);
        if (strcmp(found, messages[i].message) != 0)
            fprintf(stderr, "expected %s\nfound    %s\n", messages[i].message, found);
        CU_ASSERT_STRING_EQUAL(found, messages[i].message);
        CU_ASSERT_PTR_NULL(kit.module);
        free(found);
        text_kit_end(&kit);
    }
}

static void append_many(Buf *out, const char *text, int n) {
    while (n-- > 0)
        buf_puts(out, text);
}

static void test_nesting(void) {
    Buf text = {0};
    buf_puts(&text, FUNC);
    append_many(&text, "concurrent {\n", 300);
    TextKit kit = text_kit_parse(text.data, text.len);
    char *found = text_kit_message(&kit);
    CU_ASSERT_STRING_EQUAL(found, "t.ptoir:203:12: error: [E0713] IR text: nested more than 200 deep");
    free(found);
    text_kit_end(&kit);
    buf_clear(&text);
    buf_puts(&text, FUNC "assume [");
    append_many(&text, "min(%N, ", 300);
    kit = text_kit_parse(text.data, text.len);
    CU_ASSERT_PTR_NULL(kit.module);
    text_kit_end(&kit);
    buf_free(&text);
}

/* Damaged texts are read or refused with a message; what is read verifies or not, and prints; nothing crashes. */
static void test_damage(void) {
    Buf good = {0};
    uint64_t seed = 7;
    build_all_ops(&good);
    buf_puts(&good, strchr(flagship, '\n'));
    for (int round = 0; round < 3000; round++) {
        char *bad = malloc(good.len + 1);
        size_t size = good.len;
        memcpy(bad, good.data, size + 1);
        for (int k = 0; k <= round % 4; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(seed >> 33) % size, from = (size_t)(seed >> 13) % size, n = (size_t)(seed >> 50) % 12;
            if (round % 3 == 0)
                bad[at] = (char)(seed >> 20);
            else if (at + n < size && from + n < size)
                memmove(bad + at, bad + from, n);
            if (round % 7 == 0)
                size = at + 1;
        }
        TextKit kit = text_kit_parse(bad, size);
        CU_ASSERT_FATAL((kit.module != NULL) == (diag_error_count(kit.dc) == 0));
        if (kit.module) {
            Buf out = {0};
            module_verify(kit.module, kit.dc, "parsing");
            module_print(&out, kit.module);
            buf_free(&out);
        }
        text_kit_end(&kit);
        free(bad);
    }
    buf_free(&good);
}

void test_irtext_register(void);
void test_irtext_register(void) {
    CU_pSuite s = CU_add_suite("irtext", NULL, NULL);
    CU_add_test(s, "round trips of the stages", test_round_trips);
    CU_add_test(s, "every operation", test_every_op);
    CU_add_test(s, "free form", test_free_form);
    CU_add_test(s, "messages", test_messages);
    CU_add_test(s, "nesting", test_nesting);
    CU_add_test(s, "damaged texts", test_damage);
}
