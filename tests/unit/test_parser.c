/* The tree of every form of the language, the flagship whole, recovery across items, limits, and linear time.
 * Messages of syntax errors are in test_syntax_errors.c. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "ir/base/diag.h"
#include "frontend/parse.h"
#include "frontend/token.h"

typedef struct Parsed {
    Arena *arena;
    SourceMap *map;
    DiagContext *diags;
    AstFile *file;
    Buf dump;
} Parsed;

static void parse_begin_n(Parsed *p, const char *text, size_t size) {
    DiagOptions options = {0};
    *p = (Parsed){.arena = arena_create()};
    p->map = source_map_create(p->arena);
    p->diags = diag_context_create(p->arena, p->map, &options);
    int source = source_add(p->map, "test.pto", text, size);
    p->file = parse_file(p->arena, strtab_create(p->arena), p->diags, source);
}

static void parse_begin(Parsed *p, const char *text) { parse_begin_n(p, text, strlen(text)); }

static void parse_end(Parsed *p) {
    buf_free(&p->dump);
    arena_destroy(p->arena);
}

static void print_errors(Parsed *p) {
    Buf out = {0};
    diag_render(p->diags, &out);
    fputs(buf_text(&out), stdout);
    buf_free(&out);
}

static void check_sound(Parsed *p) {
    CU_ASSERT_TRUE(p->file->sound);
    CU_ASSERT_FALSE(p->file->truncated);
    CU_ASSERT_EQUAL(p->file->broken.len, 0);
    CU_ASSERT_EQUAL(diag_count(p->diags), 0);
    if (diag_count(p->diags) > 0)
        print_errors(p);
}

static void check_dump(const char *text, const char *expected) {
    Parsed p;
    parse_begin(&p, text);
    check_sound(&p);
    ast_print(p.file, p.map, &p.dump);
    CU_ASSERT_STRING_EQUAL(buf_text(&p.dump), expected);
    if (strcmp(buf_text(&p.dump), expected) != 0)
        printf("\nexpected:\n%s\nfound:\n%s\n", expected, buf_text(&p.dump));
    parse_end(&p);
}

/* The expression of `const x = TEXT;` on one line: newlines and places taken out of the dump. */
static void check_expr(const char *text, const char *expected) {
    Parsed p;
    char program[512], flat[2048];
    snprintf(program, sizeof program, "const x = %s;", text);
    parse_begin(&p, program);
    check_sound(&p);
    ast_print(p.file, p.map, &p.dump);
    size_t n = 0;
    const char *from = strstr(buf_text(&p.dump), "x\n");
    for (const char *c = from ? from + 4 : ""; *c && n + 1 < sizeof flat; c++) {
        unsigned line, column, end = 0;
        if (sscanf(c, " %u:%u%n", &line, &column, (int *)&end) == 2 && *c == ' ' && end > 0)
            c += end;
        if (*c == '\n') {
            while (c[1] == ' ')
                c++;
            flat[n++] = ' ';
        } else if (*c) {
            flat[n++] = *c;
        }
    }
    flat[n > 2 ? n - 2 : 0] = 0; /* the item's `)` and the last line end */
    CU_ASSERT_STRING_EQUAL(flat, expected);
    if (strcmp(flat, expected) != 0)
        printf("\n%s\nexpected %s\nfound    %s\n", text, expected, flat);
    parse_end(&p);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static void test_expressions(void) {
    check_expr("1", "(int 1)");
    check_expr("2K", "(int 2048)");
    check_expr("1e-6", "(float 1e-6)");
    check_expr("inf", "(float inf)");
    check_expr("-nan", "(- (float nan))");
    check_expr("true", "(bool true)");
    check_expr("\"a\\n\"", "(string \"a\\n\")");
    check_expr("[]", "(list)");
    check_expr("[1, [a,],]", "(list (int 1) (list (name a)))");
    check_expr("f()", "(call f)");
    check_expr("tl.where(a, b = 1,)", "(call tl.where (name a) (arg b (int 1)))");
    check_expr("tl.slice(x, 0 :+ m, c :+ n)",
               "(call tl.slice (name x) (block (int 0) (name m)) (block (name c) (name n)))");
    check_expr("v[i, a : b, lo :+ n, :]",
               "(index v (name i) (range (name a) (name b)) (block (name lo) (name n)) (full))");
    check_expr("v[:,][0]", "(index (of (index v (full))) (int 0))");
    check_expr("f(x)[0].y", "(member y (of (index (of (call f (name x))) (int 0))))");
    check_expr("step + import * out", "(+ (name step) (* (name import) (name out)))");
}

static void test_precedence(void) {
    check_expr("a || b && c", "(|| (name a) (&& (name b) (name c)))");
    check_expr("a && b == c", "(&& (name a) (== (name b) (name c)))");
    check_expr("a == b | c", "(== (name a) (| (name b) (name c)))");
    check_expr("a | b ^ c", "(| (name a) (^ (name b) (name c)))");
    check_expr("a ^ b & c", "(^ (name a) (& (name b) (name c)))");
    check_expr("a & b << c", "(& (name a) (<< (name b) (name c)))");
    check_expr("a >> b + c", "(>> (name a) (+ (name b) (name c)))");
    check_expr("a - b * c", "(- (name a) (* (name b) (name c)))");
    check_expr("a - b - c", "(chain (name a) (- (name b)) (- (name c)))");
    check_expr("a - (b - c)", "(- (name a) (- (name b) (name c)))");
    check_expr("a / b % c * d", "(chain (name a) (/ (name b)) (% (name c)) (* (name d)))");
    check_expr("-a * !b[0] + ~c.d", "(+ (* (- (name a)) (! (index b (int 0)))) (~ (member d c)))");
    check_expr("- - a", "(- (- (name a)))");
    check_expr("(a < b) == (c >= d)", "(== (< (name a) (name b)) (>= (name c) (name d)))");
    check_expr("a != b || a <= b && a > b",
               "(|| (!= (name a) (name b)) (&& (<= (name a) (name b)) (> (name a) (name b))))");
}

static void test_expression_details(void) {
    Parsed p;
    parse_begin(&p, "const x = (a + b) * 0x10;");
    check_sound(&p);
    const AstExpr *product = p.file->items.data[0]->u.constant, *sum = product->u.binary.left;
    CU_ASSERT_TRUE(sum->parenthesized);
    CU_ASSERT_FALSE(product->parenthesized);
    CU_ASSERT_EQUAL(sum->span.begin, 10);
    CU_ASSERT_EQUAL(sum->span.end, 17);
    CU_ASSERT_EQUAL(sum->u.binary.op_span.begin, 13);
    CU_ASSERT_EQUAL(product->span.end, 24);
    CU_ASSERT_STRING_EQUAL(product->u.binary.right->u.integer.text, "0x10");
    CU_ASSERT_EQUAL(p.file->items.data[0]->span.end, 25);
    AstExprList spine = {0};
    ast_binary_spine(p.arena, p.file->items.data[0]->u.constant, &spine);
    CU_ASSERT_EQUAL_FATAL(spine.len, 3);
    CU_ASSERT_STRING_EQUAL(spine.data[0]->u.name, "a");
    CU_ASSERT_PTR_EQUAL(spine.data[1], sum);
    CU_ASSERT_PTR_EQUAL(spine.data[2], product);
    parse_end(&p);
}

static void test_callees(void) {
    Parsed p;
    parse_begin(&p, "const x = tl.add(f(a, b = c), d = 2);");
    check_sound(&p);
    const AstExpr *call = p.file->items.data[0]->u.constant;
    CU_ASSERT_STRING_EQUAL(ast_tl_name(call->u.call.callee), "add");
    const AstArg *named = ast_find_arg(&call->u.call.args, "d");
    CU_ASSERT_PTR_NOT_NULL_FATAL(named);
    CU_ASSERT_EQUAL(named->value->u.integer.value, 2);
    CU_ASSERT_PTR_NULL(ast_find_arg(&call->u.call.args, "b"));
    const AstExpr *inner = call->u.call.args.data[0].value;
    const char *first, *second;
    CU_ASSERT_PTR_NULL(ast_tl_name(inner->u.call.callee));
    CU_ASSERT_TRUE(ast_callee_path(inner->u.call.callee, &first, &second));
    CU_ASSERT_STRING_EQUAL(first, "f");
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_FALSE(ast_callee_path(call, &first, &second));
    parse_end(&p);
}

/* ---- statements ------------------------------------------------------------------------------ */

static void test_simple_statements(void) {
    check_dump(
        "kernel k() {\n let a, _ = f(x);\n var s = 0;\n s, a = g(s);\n s = 1;\n tl.store(v, s);\n assume(a > 0);\n}",
        "(kernel 1:1 k\n"
        "  (let 2:2 a _\n    (call 2:13 f\n      (name 2:15 x)))\n"
        "  (var 3:2 s\n    (int 3:10 0))\n"
        "  (assign 4:2 s a\n    (call 4:9 g\n      (name 4:11 s)))\n"
        "  (assign 5:2 s\n    (int 5:6 1))\n"
        "  (do 6:2\n    (call 6:2 tl.store\n      (name 6:11 v)\n      (name 6:14 s)))\n"
        "  (do 7:2\n    (call 7:2 assume\n      (> 7:9\n        (name 7:9 a)\n        (int 7:13 0)))))\n");
    check_dump("func f(a, b,) {\n return a, b;\n}\nfunc g() = 1;",
               "(func 1:1 f a b\n  (return 2:2\n    (name 2:9 a)\n    (name 2:12 b)))\n(func 4:1 g\n  (int 4:12 1))\n");
}

static void test_loops(void) {
    check_dump("workload w() {\n for j in N { }\n for j in 0 .. N { }\n for j in 0..N step 2 { }\n"
               " for j :+ m in 0 .. N step 8 { }\n for e in r[b] { }\n for (p, e) in r[b] { }\n}",
               "(workload 1:1 w\n"
               "  (for 2:2\n    (axis 2:6 j\n      (name 2:11 N)))\n"
               "  (for 3:2\n    (axis-range 3:6 j\n      (int 3:11 0)\n      (name 3:16 N)))\n"
               "  (for 4:2\n    (axis-range 4:6 j\n      (int 4:11 0)\n      (name 4:14 N)\n      (step 4:21\n"
               "        (int 4:21 2))))\n"
               "  (for 5:2\n    (axis-block 5:6 j m\n      (int 5:16 0)\n      (name 5:21 N)\n      (step 5:28\n"
               "        (int 5:28 8))))\n"
               "  (for 6:2\n    (axis 6:6 e\n      (index 6:11 r\n        (name 6:13 b))))\n"
               "  (for 7:2\n    (axis-pair 7:6 p e\n      (index 7:16 r\n        (name 7:18 b)))))\n");
}

static void test_parallel(void) {
    check_dump("workload w() {\n parallel { }\n parallel i in N, j :+ m in 0 .. M step 4, { }\n @disjoint parallel (p, "
               "e) in r[b] { }\n}",
               "(workload 1:1 w\n"
               "  (parallel 2:2)\n"
               "  (parallel 3:2\n    (axis 3:11 i\n      (name 3:16 N))\n    (axis-block 3:19 j m\n      (int 3:29 0)\n"
               "      (name 3:34 M)\n      (step 3:41\n        (int 3:41 4))))\n"
               "  (parallel 4:2 @disjoint\n    (axis-pair 4:21 p e\n      (index 4:31 r\n        (name 4:33 b)))))\n");
}

static void test_branches(void) {
    check_dump(
        "workload w() {\n if a { f(); } else if b { } else { g(); }\n if c { }\n tier x + 1 <= N in [2K, 8K,] { } else "
        "{ f(); }\n}",
        "(workload 1:1 w\n"
        "  (if 2:2\n    (when 2:5\n      (name 2:5 a)\n      (do 2:9\n        (call 2:9 f)))\n"
        "    (when 2:24\n      (name 2:24 b))\n    (else 2:35\n      (do 2:37\n        (call 2:37 g))))\n"
        "  (if 3:2\n    (when 3:5\n      (name 3:5 c)))\n"
        "  (tier 4:2 N\n    (+ 4:7\n      (name 4:7 x)\n      (int 4:11 1))\n    (limit 4:22\n      (int 4:22 2048))\n"
        "    (limit 4:26\n      (int 4:26 8192))\n    (else 4:40\n      (do 4:42\n        (call 4:42 f)))))\n");
}

static void test_pipe(void) {
    check_dump(
        "workload w() {\n temp S: f32[B, T];\n pipe {\n  channel c: f32[M, N] depth 2;\n  channel d: i32[1,];\n"
        "  process p { send c as slot { } }\n  process q { receive c as slot { } }\n }\n}",
        "(workload 1:1 w\n"
        "  (temp 2:2 S\n    (type 2:10 f32\n      (name 2:14 B)\n      (name 2:17 T)))\n"
        "  (pipe 3:2\n"
        "    (channel 4:3 c\n      (type 4:14 f32\n        (name 4:18 M)\n        (name 4:21 N))\n      (depth 4:30\n"
        "        (int 4:30 2)))\n"
        "    (channel 5:3 d\n      (type 5:14 i32\n        (int 5:18 1)))\n"
        "    (process 6:3 p\n      (send 6:15 c slot))\n"
        "    (process 7:3 q\n      (receive 7:15 c slot))))\n");
}

/* ---- items ----------------------------------------------------------------------------------- */

static void test_params(void) {
    check_dump("kernel k(const N: index, @strided x: in f16[N, 2], r: in csr[R, C],\n o: out f32[1], b: inout i8[1], "
               "eps: f32 = 1e-6, "
               "n: i32,)\n where N <= 4, R == C, { }",
               "(kernel 1:1 k\n"
               "  (param-const 1:10 N\n    (type 1:19 index))\n"
               "  (param-tensor 1:26 x @strided in\n    (type 1:41 f16\n      (name 1:45 N)\n      (int 1:48 2)))\n"
               "  (param-csr 1:52 r in\n    (type 1:58 csr\n      (name 1:62 R)\n      (name 1:65 C)))\n"
               "  (param-tensor 2:2 o out\n    (type 2:9 f32\n      (int 2:13 1)))\n"
               "  (param-tensor 2:17 b inout\n    (type 2:26 i8\n      (int 2:29 1)))\n"
               "  (param-scalar 2:33 eps\n    (type 2:38 f32)\n    (default 2:44\n      (float 2:44 1e-6)))\n"
               "  (param-scalar 2:50 n\n    (type 2:53 i32))\n"
               "  (where 3:8\n    (<= 3:8\n      (name 3:8 N)\n      (int 3:13 4)))\n"
               "  (where 3:16\n    (== 3:16\n      (name 3:16 R)\n      (name 3:21 C))))\n");
}

static void test_schedule_and_example(void) {
    check_dump("module m;\nimport \"a/b.pto\";\nschedule s for w on c, npu-a5, {\n task_graph(window = 8K, ready = "
               "priority(i));\n"
               " block(k.S = 128);\n trace(on);\n}\nschedule t { }",
               "(module 1:1 m)\n(import 2:1 \"a/b.pto\")\n"
               "(schedule 3:1 s for w on c npu-a5\n"
               "  (directive 4:2 task_graph\n    (arg 4:13 window\n      (int 4:22 8192))\n    (arg 4:26 ready\n"
               "      (call 4:34 priority\n        (name 4:43 i))))\n"
               "  (directive 5:2 block\n    (arg 5:8 k.S\n      (int 5:14 128)))\n"
               "  (directive 6:2 trace\n    (name 6:8 on)))\n"
               "(schedule 8:1 t)\n");
    check_dump("example e for w {\n B = 4; expect = [-1, 2];\n Q = normal(seed = 1);\n expect O = npy(\"f.npy\") "
               "within 1e-3;\n expect P = ones;\n}",
               "(example 1:1 e for w\n"
               "  (bind 2:2 B\n    (int 2:6 4))\n"
               "  (bind 2:9 expect\n    (list 2:18\n      (- 2:19\n        (int 2:20 1))\n      (int 2:23 2)))\n"
               "  (bind 3:2 Q\n    (call 3:6 normal\n      (arg 3:13 seed\n        (int 3:20 1))))\n"
               "  (expect 4:2 O\n    (call 4:13 npy\n      (string 4:17 \"f.npy\"))\n    (within 4:33\n      (float "
               "4:33 1e-3)))\n"
               "  (expect 5:2 P\n    (name 5:13 ones)))\n");
}

/* Each `$` is the word. */
static const char words_program[] =
    "const $ = 1; func f($) = $; kernel $($: in f32[$], x: f32 = $) where $ < 1 { let $, _ = $; $ = $($); $($ = $); "
    "$.$($[$]);"
    " for $ in $ .. $ step $ { } for $ :+ $ in $ .. $ step $ { } }"
    " schedule $ for $ on $ { $($ = $, $.$ = $); } example $ for $ { $ = $; expect $ = $ within $; }"
    " workload $() { temp $: f32[$]; pipe { channel $: f32[1] depth $; process $ { send $ as $ { } receive $ as $ { } "
    "} }"
    " parallel $ in $, ($, $) in $ { } tier $ <= $ in [$] { } if $ { } }";

static void test_keywords_as_names(void) {
    for (int i = 0; i < keyword_count(); i++) {
        const Keyword *keyword = keyword_at(i);
        Buf text = {0};
        Parsed p;
        if (keyword->cls == KEYWORD_CONTEXTUAL) {
            for (const char *c = words_program; *c; c++)
                *c == '$' ? buf_puts(&text, keyword->text) : buf_putc(&text, *c);
            parse_begin(&p, buf_text(&text));
            check_sound(&p);
            CU_ASSERT_EQUAL(p.file->items.len, 6);
            parse_end(&p);
            buf_clear(&text);
        }
        buf_printf(&text, "const x = tl.%s(1);", keyword->text);
        parse_begin(&p, buf_text(&text));
        check_sound(&p);
        CU_ASSERT_STRING_EQUAL(ast_tl_name(p.file->items.data[0]->u.constant->u.call.callee), keyword->text);
        parse_end(&p);
        buf_free(&text);
    }
}

static void test_flagship(void) {
    Buf text = {0};
    CU_ASSERT_EQUAL_FATAL(buf_load(&text, PTOC_SOURCE_DIR "/samples/lightning_indexer/indexer.pto", 1 << 20), 0);
    Parsed p;
    parse_begin_n(&p, text.data, text.len);
    check_sound(&p);
    CU_ASSERT_STRING_EQUAL(p.file->module.text, "lightning_indexer");
    static const AstItemKind kinds[] = {AST_ITEM_MODULE, AST_ITEM_CONST,    AST_ITEM_CONST,    AST_ITEM_CONST,
                                        AST_ITEM_KERNEL, AST_ITEM_WORKLOAD, AST_ITEM_SCHEDULE, AST_ITEM_EXAMPLE};
    CU_ASSERT_EQUAL_FATAL(p.file->items.len, 8);
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(p.file->items.data[i]->kind, kinds[i]);
    const AstItem *kernel = p.file->items.data[4], *workload = p.file->items.data[5];
    CU_ASSERT_EQUAL(kernel->u.kernel.params.len, 5);
    CU_ASSERT_EQUAL(kernel->u.kernel.where.len, 1);
    CU_ASSERT_EQUAL(kernel->u.kernel.body->stmts.len, 4);
    CU_ASSERT_TRUE(ast_name_discards(kernel->u.kernel.body->stmts.data[2]->u.bind.names.data[0]));
    const AstStmt *parallel = workload->u.workload.body->stmts.data[0];
    CU_ASSERT_EQUAL_FATAL(parallel->kind, AST_STMT_PARALLEL);
    CU_ASSERT_EQUAL(parallel->u.parallel.axes.len, 3);
    const AstStmt *tier = parallel->u.parallel.body->stmts.data[1];
    CU_ASSERT_EQUAL_FATAL(tier->kind, AST_STMT_TIER);
    CU_ASSERT_EQUAL(tier->u.tier.limits.len, 4);
    CU_ASSERT_PTR_NULL(tier->u.tier.else_body);
    CU_ASSERT_EQUAL(p.file->items.data[6]->u.schedule.directives.len, 3);
    CU_ASSERT_EQUAL(p.file->items.data[7]->u.example.bindings.len, 8);
    buf_free(&text);
    parse_end(&p);
}

/* ---- recovery -------------------------------------------------------------------------------- */

/* `items` and `broken` are the names of sound items and of those that broken ones may define, separated by blanks. */
static void check_recovery(const char *text, int errors, const char *items, const char *broken) {
    Parsed p;
    Buf names = {0}, lost = {0};
    parse_begin(&p, text);
    CU_ASSERT_EQUAL(diag_error_count(p.diags), errors);
    CU_ASSERT_EQUAL(p.file->sound, errors == 0);
    for (int i = 0; i < p.file->items.len; i++)
        buf_printf(&names, "%s%s", i ? " " : "", p.file->items.data[i]->name.text);
    for (int i = 0; i < p.file->broken.len; i++) {
        buf_printf(&lost, "%s%s", i ? " " : "", p.file->broken.data[i].text);
        CU_ASSERT_TRUE(ast_may_be_broken_name(p.file, p.file->broken.data[i].text));
    }
    CU_ASSERT_STRING_EQUAL(buf_text(&names), items);
    CU_ASSERT_STRING_EQUAL(buf_text(&lost), broken);
    if (strcmp(buf_text(&names), items) != 0 || strcmp(buf_text(&lost), broken) != 0 ||
        diag_error_count(p.diags) != errors) {
        printf("\n%s\nitems  `%s` `%s`\nbroken `%s` `%s`\n", text, buf_text(&names), items, buf_text(&lost), broken);
        print_errors(&p);
    }
    CU_ASSERT_FALSE(!p.file->truncated && ast_may_be_broken_name(p.file, "never_seen"));
    buf_free(&names);
    buf_free(&lost);
    parse_end(&p);
}

static void test_recovery(void) {
    check_recovery("const A = 1; const B = ; const C = 3;", 1, "A C", "B");
    check_recovery("const A = 1\nconst B = 2;", 1, "B", "A");
    check_recovery("kernel k() { let a = ; if b { let c = ]; } }\nkernel l() { }", 1, "l", "k");
    check_recovery("kernel k() { if a {\nkernel l() { }", 1, "l", "k");
    check_recovery("workload w() { for i in 3 {\nschedule s { }\nexample e for w { }", 1, "s e", "w");
    check_recovery("workload w() { f(;\nimport \"x\";\nconst A = 1;", 1, "x A", "w");
    check_recovery("kernel k() { } } let x = 2; }\nkernel l() { }", 1, "k l", "");
    check_recovery("kernal k() { }\nkernel l() { }", 1, "l", "kernal k");
    check_recovery("const A = ;\nkernal k() { }\nworklod w() { }\nconst B = 1;", 3, "B", "A kernal k worklod w");
    check_recovery("kernel k() { const A = 1; let b = A; }\nkernel l() { }", 1, "l", "k A");
    check_recovery("kernel k() { const A = 1;\n const B = 2; }\nconst C = 1;", 1, "C", "k A B");
    check_recovery("func f(a) = tl.kernel(a) b;\nfunc g(a) = a;", 1, "g", "f");
    check_recovery("const A = 1.;\nconst B = 1_; const C = 2;", 2, "C", "A B");
    check_recovery("kernel k(const N: index, x in f32[N]) { }\nconst B = 2;", 1, "B", "k");
    check_recovery("const s = \"abc;\nconst t = 1;", 1, "t", "s");
    check_recovery("const A = 1; module m; const B = 1;", 1, "A B", "");
    check_recovery("example e for w { A = ; schedule = 3; }\nschedule s { }", 1, "s", "e");
    check_recovery("", 0, "", "");
    check_recovery("// nothing\n", 0, "", "");
}

static void test_lost_parts(void) {
    static const char *const texts[] = {"const A = 1; /* const B = 2;", "import \"a\"\nconst A = 1;",
                                        "imprt \"a\";\nconst A = 1;"};
    for (int i = 0; i < 3; i++) {
        Parsed p;
        parse_begin(&p, texts[i]);
        CU_ASSERT_EQUAL(p.file->items.len, 1);
        CU_ASSERT_TRUE(p.file->truncated);
        CU_ASSERT_FALSE(p.file->sound);
        CU_ASSERT_TRUE(ast_may_be_broken_name(p.file, "anything"));
        parse_end(&p);
    }
}

/* ---- limits and time ------------------------------------------------------------------------- */

static void put_times(Buf *buf, const char *text, int count) {
    for (int i = 0; i < count; i++)
        buf_puts(buf, text);
}

/* before open^count middle close^count after; sound exactly when `count` is at most `limit`. */
static void check_nesting(const char *before, const char *open, const char *middle, const char *close,
                          const char *after, int limit) {
    for (int count = limit; count <= limit + 1; count++) {
        Buf text = {0};
        buf_puts(&text, before);
        put_times(&text, open, count);
        buf_puts(&text, middle);
        put_times(&text, close, count);
        buf_puts(&text, after);
        Parsed p;
        parse_begin(&p, buf_text(&text));
        CU_ASSERT_EQUAL(p.file->sound, count <= limit);
        CU_ASSERT_EQUAL(diag_error_count(p.diags), count <= limit ? 0 : 1);
        if (count > limit && diag_count(p.diags) > 0)
            CU_ASSERT_STRING_EQUAL(diag_info(diag_code_at(p.diags, 0))->code, "E0113");
        ast_print(p.file, p.map, &p.dump);
        parse_end(&p);
        buf_free(&text);
    }
}

static void test_nesting(void) {
    check_nesting("const A = ", "(", "1", ")", ";", AST_MAX_NESTING);
    check_nesting("const A = ", "[", "", "]", ";", AST_MAX_NESTING);
    check_nesting("const A = ", "- ", "1", "", ";", AST_MAX_NESTING);
    check_nesting("const A = b", "[0]", "", "", ";", AST_MAX_NESTING);
    check_nesting("const A = b", ".c", "", "", ";", AST_MAX_NESTING);
    check_nesting("const A = ", "f(", "1", ")", ";", AST_MAX_NESTING);
    check_nesting("const A = ", "1 + (", "1", ")", ";", AST_MAX_NESTING);
    check_nesting("kernel k() {", "if a {", "", "}", "}", AST_MAX_NESTING - 1);
    check_nesting("kernel k() { if a { }", " else if b { }", "", "", "}", AST_MAX_NESTING - 1);
    check_nesting("const A = ", "!", "1", "", ";\n/*\n*/\n", AST_MAX_NESTING);
}

static void test_hopeless_nesting(void) {
    static const char *const units[] = {"(", "- ", "[", "kernel k() {", "if x {", "a = ", "f(x,", "} ", "x "};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        Buf text = {0};
        buf_puts(&text, "const A = ");
        put_times(&text, units[i], 30000);
        Parsed p;
        parse_begin(&p, buf_text(&text));
        CU_ASSERT_FALSE(p.file->sound);
        CU_ASSERT_TRUE(diag_error_count(p.diags) > 0);
        parse_end(&p);
        buf_free(&text);
    }
}

static void test_long_chains(void) {
    Buf text = {0};
    buf_puts(&text, "const A = 1");
    put_times(&text, " + a * 2 - b", 100000);
    buf_puts(&text, "; const L = [");
    put_times(&text, "1,", 100000);
    buf_puts(&text, "];");
    Parsed p;
    parse_begin(&p, buf_text(&text));
    check_sound(&p);
    ast_print(p.file, p.map, &p.dump);
    AstExprList spine = {0};
    ast_binary_spine(p.arena, p.file->items.data[0]->u.constant, &spine);
    CU_ASSERT_EQUAL(spine.len, 200001);
    CU_ASSERT_EQUAL(p.file->items.data[1]->u.constant->u.list.len, 100000);
    parse_end(&p);
    buf_free(&text);
}

static void test_source_limit(void) {
    Parsed p;
    DiagOptions options = {0};
    p = (Parsed){.arena = arena_create()};
    p.map = source_map_create(p.arena);
    p.diags = diag_context_create(p.arena, p.map, &options);
    size_t size = PARSE_MAX_SOURCE + 1;
    char *text = arena_alloc(p.arena, size + 1);
    memset(text, ' ', size);
    int source = source_add(p.map, "big.pto", text, size);
    p.file = parse_file(p.arena, strtab_create(p.arena), p.diags, source);
    CU_ASSERT_FALSE(p.file->sound);
    CU_ASSERT_TRUE(p.file->truncated);
    Buf out = {0};
    diag_render(p.diags, &out);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&out), "big.pto:1:1: error: [E0114] `big.pto` is larger than 64 MiB\n"));
    buf_free(&out);
    parse_end(&p);
}

static double parse_seconds(int kernels) {
    Buf text = {0};
    for (int i = 0; i < kernels; i++) {
        buf_printf(&text, "kernel k%d(const N: index, x: in f32[8, N], y: out f32[8, N])\n    where N <= 64 {\n", i);
        put_times(&text, "    let a = tl.matmul(x[0 :+ 4, :], x, trans_b = true) * 2 + tl.rowsum(x);\n", 7);
        buf_puts(&text, "}\n");
    }
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    Parsed p;
    parse_begin(&p, buf_text(&text));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    CU_ASSERT_EQUAL(p.file->items.len, kernels);
    parse_end(&p);
    buf_free(&text);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
}

/* 10,000 and 100,000 lines. The bound is loose, as machines are noisy; quadratic time would make the ratio 100. */
static void test_linear_time(void) {
    double small = parse_seconds(1000), again = parse_seconds(1000), large = parse_seconds(10000);
    if (again < small)
        small = again;
    CU_ASSERT_TRUE(large < 40 * small + 0.05);
}

void test_parser_register(void);
void test_parser_register(void) {
    CU_pSuite suite = CU_add_suite("parser", NULL, NULL);
    CU_add_test(suite, "expressions", test_expressions);
    CU_add_test(suite, "precedence", test_precedence);
    CU_add_test(suite, "spans and spines", test_expression_details);
    CU_add_test(suite, "callees", test_callees);
    CU_add_test(suite, "simple statements", test_simple_statements);
    CU_add_test(suite, "loops", test_loops);
    CU_add_test(suite, "parallel", test_parallel);
    CU_add_test(suite, "branches and tiers", test_branches);
    CU_add_test(suite, "temps and pipes", test_pipe);
    CU_add_test(suite, "parameters", test_params);
    CU_add_test(suite, "schedules and examples", test_schedule_and_example);
    CU_add_test(suite, "keywords as names", test_keywords_as_names);
    CU_add_test(suite, "flagship", test_flagship);
    CU_add_test(suite, "recovery", test_recovery);
    CU_add_test(suite, "lost parts", test_lost_parts);
    CU_add_test(suite, "nesting", test_nesting);
    CU_add_test(suite, "hopeless nesting", test_hopeless_nesting);
    CU_add_test(suite, "long chains", test_long_chains);
    CU_add_test(suite, "source limit", test_source_limit);
    CU_add_test(suite, "linear time", test_linear_time);
}
