/* Every message about lexis and syntax, whole; and mistakes planted in the flagship. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ir/base/diag.h"
#include "frontend/parse.h"
#include "frontend/parser.h"
#include "frontend/token.h"

typedef struct ErrorCase {
    const char *text;
    const char *expected;
} ErrorCase;

static const ErrorCase missing_tokens[] = {
    {"const A = 1\nconst B = 2;", "test.pto:1:12: error: [E0101] expected `;`, found the reserved word `const`\n"
                                  "const A = 1\n"
                                  "           ^\n"},
    {"kernel k() {\n    let a = 1\n    let b = 2;\n}",
     "test.pto:2:14: error: [E0101] expected `;`, found the reserved word `let`\n"
     "    let a = 1\n"
     "             ^\n"},
    {"kernel k() { let a = 1 }", "test.pto:1:23: error: [E0101] expected `;`, found `}`\n"
                                 "kernel k() { let a = 1 }\n"
                                 "                      ^\n"},
    {"func f(a) = a", "test.pto:1:14: error: [E0101] expected `;`, found the end of the file\n"
                      "func f(a) = a\n"
                      "             ^\n"},
    {"kernel k()", "test.pto:1:11: error: [E0101] expected `{` or `where`, found the end of the file\n"
                   "kernel k()\n"
                   "          ^\n"},
    {"import \"a\"\nimport \"b\";", "test.pto:1:11: error: [E0101] expected `;`, found `import`\n"
                                    "import \"a\"\n"
                                    "          ^\n"},
    {"kernel k() { let c = (a + b; }", "test.pto:1:28: error: [E0101] expected `)` or an operator, found `;`\n"
                                       "kernel k() { let c = (a + b; }\n"
                                       "                           ^\n"},
    {"kernel k(x in f32[1]) { }", "test.pto:1:12: error: [E0101] expected `:`, found the reserved word `in`\n"
                                  "kernel k(x in f32[1]) { }\n"
                                  "           ^~\n"},
    {"kernel k() { let x = tl.matmul(a b); }",
     "test.pto:1:34: error: [E0101] expected `)`, `,`, `:+`, `=` or an operator, found the name `b`\n"
     "kernel k() { let x = tl.matmul(a b); }\n"
     "                                 ^\n"},
};

static const ErrorCase brackets[] = {
    {"kernel k() {\n    for j in 10 {\n}\nkernel l() { }",
     "test.pto:4:1: error: [E0101] expected `}` or a statement, found the reserved word `kernel`\n"
     "kernel l() { }\n"
     "^~~~~~\n"
     "test.pto:1:12: note: this `{` is not closed\n"
     "kernel k() {\n"
     "           ^\n"},
    {"workload w() { f(a;\n}\nexample e for w { }",
     "test.pto:1:19: error: [E0101] expected `)`, `,`, `:+`, `=` or an operator, found `;`\n"
     "workload w() { f(a;\n"
     "                  ^\n"},
    {"const A = [1, 2);", "test.pto:1:16: error: [E0101] expected `]`, `,` or an operator, found `)`\n"
                          "const A = [1, 2);\n"
                          "               ^\n"
                          "test.pto:1:11: note: this `[` is not closed\n"
                          "const A = [1, 2);\n"
                          "          ^\n"},
    {"kernel k() { } }", "test.pto:1:16: error: [E0102] expected a top-level item, found `}`\n"
                         "kernel k() { } }\n"
                         "               ^\n"
                         "hint: there is no open bracket for it\n"},
    {"kernel k() { } ;", "test.pto:1:16: error: [E0102] expected a top-level item, found `;`\n"
                         "kernel k() { } ;\n"
                         "               ^\n"
                         "hint: remove it: no `;` stands after `}`\n"},
    {"kernel k() {\n    if a {\n    }\n",
     "test.pto:3:6: error: [E0101] expected `}`, `else` or a statement, found the end of the file\n"
     "    }\n"
     "     ^\n"
     "test.pto:1:12: note: this `{` is not closed\n"
     "kernel k() {\n"
     "           ^\n"},
};

static const ErrorCase misspelt[] = {
    {"kernal k() { }", "test.pto:1:1: error: [E0102] expected a top-level item, found the name `kernal`\n"
                       "kernal k() { }\n"
                       "^~~~~~\n"
                       "hint: did you mean `kernel`?\n"},
    {"workload w() { paralel i in N { } }",
     "test.pto:1:24: error: [E0101] expected `,`, `;`, `=` or an operator, found the name `i`\n"
     "workload w() { paralel i in N { } }\n"
     "                       ^\n"
     "hint: did you mean `parallel` instead of `paralel`?\n"},
    {"kernel k() { while a { } }",
     "test.pto:1:20: error: [E0101] expected `,`, `;`, `=` or an operator, found the name `a`\n"
     "kernel k() { while a { } }\n"
     "                   ^\n"
     "hint: there is no `while`: loops are counted, `for i in N { }` or `for i in lo .. hi step n { }`, and `if` skips "
     "iterations\n"},
    {"func f(a) { retrun a; }",
     "test.pto:1:20: error: [E0101] expected `,`, `;`, `=` or an operator, found the name `a`\n"
     "func f(a) { retrun a; }\n"
     "                   ^\n"
     "hint: did you mean `return` instead of `retrun`?\n"},
    {"kernel k() { lett x = 3; }",
     "test.pto:1:19: error: [E0101] expected `,`, `;`, `=` or an operator, found the name `x`\n"
     "kernel k() { lett x = 3; }\n"
     "                  ^\n"
     "hint: did you mean `let` instead of `lett`?\n"},
    {"kernel k() { if a { } els { } }",
     "test.pto:1:27: error: [E0101] expected `,`, `;`, `=` or an operator, found `{`\n"
     "kernel k() { if a { } els { } }\n"
     "                          ^\n"
     "hint: did you mean `else` instead of `els`?\n"},
    {"kernel k(x: inn f32[1]) { }", "test.pto:1:17: error: [E0101] expected `)`, `,` or `=`, found the name `f32`\n"
                                    "kernel k(x: inn f32[1]) { }\n"
                                    "                ^~~\n"
                                    "hint: did you mean `in` instead of `inn`?\n"},
    {"example e for w { expect B = 3 withn 3; }",
     "test.pto:1:32: error: [E0101] expected `;`, `within` or an operator, found the name `withn`\n"
     "example e for w { expect B = 3 withn 3; }\n"
     "                               ^~~~~\n"
     "hint: did you mean `within` instead of `withn`?\n"},
};

static const ErrorCase frequent[] = {
    {"kernel k() { if a = 3 { } }", "test.pto:1:19: error: [E0101] expected `{` or an operator, found `=`\n"
                                    "kernel k() { if a = 3 { } }\n"
                                    "                  ^\n"
                                    "hint: `==` compares\n"},
    {"kernel k() { let x == 3; }", "test.pto:1:20: error: [E0101] expected `,` or `=`, found `==`\n"
                                   "kernel k() { let x == 3; }\n"
                                   "                   ^~\n"
                                   "hint: `=` gives a value, `==` compares\n"},
    {"kernel k() { let in = 3; }", "test.pto:1:18: error: [E0101] expected a name, found the reserved word `in`\n"
                                   "kernel k() { let in = 3; }\n"
                                   "                 ^~\n"
                                   "hint: `in` is a reserved word and cannot be a name\n"},
    {"kernel k() { for j in 0 .. { } }", "test.pto:1:28: error: [E0101] expected an expression, found `{`\n"
                                         "kernel k() { for j in 0 .. { } }\n"
                                         "                           ^\n"},
    {"kernel k() { let x: f32 = 3; }", "test.pto:1:19: error: [E0101] expected `,` or `=`, found `:`\n"
                                       "kernel k() { let x: f32 = 3; }\n"
                                       "                  ^\n"
                                       "hint: types are not written here: the value gives the type\n"},
    {"kernel k(x: f32[1, 4]) { }",
     "test.pto:1:16: error: [E0101] expected `)`, `,` or `=`, found `[`\n"
     "kernel k(x: f32[1, 4]) { }\n"
     "               ^\n"
     "hint: a tensor parameter says its direction: `in`, `out` or `inout` before the element type\n"},
    {"kernel k() { let a = v[1:, 2]; }",
     "test.pto:1:26: error: [E0101] expected an expression, found `,`\n"
     "kernel k() { let a = v[1:, 2]; }\n"
     "                         ^\n"
     "hint: both ends of `a : b` are written; `:` alone takes the whole dimension\n"},
    {"kernel k() { let a = v[:2]; }", "test.pto:1:25: error: [E0101] expected `]` or `,`, found the number `2`\n"
                                      "kernel k() { let a = v[:2]; }\n"
                                      "                        ^\n"
                                      "hint: both ends of `a : b` are written; `:` alone takes the whole dimension\n"},
    {"kernel k() { ; }", "test.pto:1:14: error: [E0101] expected `}` or a statement, found `;`\n"
                         "kernel k() { ; }\n"
                         "             ^\n"
                         "hint: there are no empty statements: remove the `;`\n"},
    {"kernel k() { let a = tl.; }", "test.pto:1:25: error: [E0101] expected a name, found `;`\n"
                                    "kernel k() { let a = tl.; }\n"
                                    "                        ^\n"},
    {"schedule s on c llvm { }", "test.pto:1:17: error: [E0101] expected `{`, `,` or `-`, found the name `llvm`\n"
                                 "schedule s on c llvm { }\n"
                                 "                ^~~~\n"},
    {"kernel k() { temp S: 3; }", "test.pto:1:22: error: [E0101] expected an element type, found the number `3`\n"
                                  "kernel k() { temp S: 3; }\n"
                                  "                     ^\n"},
};

static const ErrorCase top_level[] = {
    {"let x = 3;",
     "test.pto:1:1: error: [E0102] expected a top-level item, found the reserved word `let`\n"
     "let x = 3;\n"
     "^~~\n"
     "hint: items begin with `module`, `import`, `const`, `func`, `kernel`, `workload`, `schedule` or `example`\n"},
    {"x = 3;", "test.pto:1:1: error: [E0102] expected a top-level item, found the name `x`\n"
               "x = 3;\n"
               "^\n"
               "hint: `const x = ...;` names a constant\n"},
    {"{ }",
     "test.pto:1:1: error: [E0102] expected a top-level item, found `{`\n"
     "{ }\n"
     "^\n"
     "hint: items begin with `module`, `import`, `const`, `func`, `kernel`, `workload`, `schedule` or `example`\n"},
};

static const ErrorCase own[] = {
    {"const c = a < b < 3;", "test.pto:1:17: error: [E0111] comparisons do not chain: found a second `<`\n"
                             "const c = a < b < 3;\n"
                             "                ^\n"
                             "hint: write `a < b && b < c`\n"},
    {"const c = 1 + +3;", "test.pto:1:15: error: [E0112] there is no unary plus\n"
                          "const c = 1 + +3;\n"
                          "              ^\n"
                          "hint: remove the `+`\n"},
    {"const A = 1;\nmodule m;", "test.pto:2:1: error: [E0115] `module` stands at most once, before everything else\n"
                                "module m;\n"
                                "^~~~~~~~~\n"},
    {"module a; module b;", "test.pto:1:11: error: [E0115] `module` stands at most once, before everything else\n"
                            "module a; module b;\n"
                            "          ^~~~~~~~~\n"},
    {"kernel k() { x[1] = 3; }", "test.pto:1:14: error: [E0116] only a name can be assigned to\n"
                                 "kernel k() { x[1] = 3; }\n"
                                 "             ^~~~\n"
                                 "hint: `tl.store(view, tile);` writes memory\n"},
    {"kernel k() { f(a), b = 3; }", "test.pto:1:14: error: [E0116] only a name can be assigned to\n"
                                    "kernel k() { f(a), b = 3; }\n"
                                    "             ^~~~\n"},
    {"kernel k() { x + 1; }", "test.pto:1:14: error: [E0117] this expression has no effect\n"
                              "kernel k() { x + 1; }\n"
                              "             ^~~~~\n"
                              "hint: `let name = ...;` gives it a name\n"},
    {"kernel k() { y == 2; }", "test.pto:1:14: error: [E0117] this expression has no effect\n"
                               "kernel k() { y == 2; }\n"
                               "             ^~~~~~\n"
                               "hint: `==` compares; `=` assigns\n"},
    {"kernel k() { let a = f(1)(2); }", "test.pto:1:22: error: [E0118] only a name can be called\n"
                                        "kernel k() { let a = f(1)(2); }\n"
                                        "                     ^~~~\n"
                                        "hint: calls are like `f(x)` and `tl.matmul(a, b)`\n"},
    {"schedule s { task_graph(f(x) = 3); }", "test.pto:1:25: error: [E0119] expected a name before `=`\n"
                                             "schedule s { task_graph(f(x) = 3); }\n"
                                             "                        ^~~~\n"
                                             "hint: write `name = value` or `kernel.DIM = value`; `==` compares\n"},
    {"kernel k() { let a = f(x = 1, 2); }",
     "test.pto:1:31: error: [E0120] an argument by position cannot follow one by name\n"
     "kernel k() { let a = f(x = 1, 2); }\n"
     "                              ^\n"
     "test.pto:1:24: note: `x` is given by name here\n"
     "kernel k() { let a = f(x = 1, 2); }\n"
     "                       ^~~~~\n"},
    {"workload w() { tier x < N in [1, 2] { } }",
     "test.pto:1:21: error: [E0121] expected `X <= N` after `tier`\n"
     "workload w() { tier x < N in [1, 2] { } }\n"
     "                    ^~~~~\n"
     "hint: write `tier X <= N in [2K, 8K] { ... }`: N is bound to the first tier that holds X\n"},
    {"workload w() { tier N in [1, 2] { } }",
     "test.pto:1:21: error: [E0121] expected `X <= N` after `tier`\n"
     "workload w() { tier N in [1, 2] { } }\n"
     "                    ^\n"
     "hint: write `tier X <= N in [2K, 8K] { ... }`: N is bound to the first tier that holds X\n"},
    {"workload w() { @disjont parallel i in N { } }", "test.pto:1:17: error: [E0122] unknown attribute `@disjont`\n"
                                                      "workload w() { @disjont parallel i in N { } }\n"
                                                      "                ^~~~~~~\n"
                                                      "hint: `@disjoint` may stand here\n"},
    {"kernel k(@packed x: in f32[3]) { }", "test.pto:1:11: error: [E0122] unknown attribute `@packed`\n"
                                           "kernel k(@packed x: in f32[3]) { }\n"
                                           "          ^~~~~~\n"
                                           "hint: `@strided` may stand here\n"},
    {"kernel k(@strided x: f32) { }",
     "test.pto:1:11: error: [E0123] `@strided` has no meaning for `x`, which is no tensor\n"
     "kernel k(@strided x: f32) { }\n"
     "          ^~~~~~~\n"},
};

static const ErrorCase lexical[] = {
    {"const $x = 3;", "test.pto:1:7: error: [E0103] unexpected character `$`\n"
                      "const $x = 3;\n"
                      "      ^\n"},
    {"const \xC3\xA9 = 3;", "test.pto:1:7: error: [E0103] unexpected character `\xC3\xA9`\n"
                            "const \xC3\xA9 = 3;\n"
                            "      ^\n"},
    {"const a = 1;\x01", "test.pto:1:13: error: [E0103] unexpected character `\\x01`\n"
                         "const a = 1;?\n"
                         "            ^\n"},
    {"const a = \xFF"
     "1;",
     "test.pto:1:11: error: [E0104] invalid byte 0xFF: source text is UTF-8 without NUL bytes\n"
     "const a = ?1;\n"
     "          ^\n"},
    {"// \xC3(\nconst a = 1;",
     "test.pto:1:4: error: [E0104] invalid byte 0xC3: source text is UTF-8 without NUL bytes\n"
     "// ?(\n"
     "   ^\n"},
    {"const s = 3; /* abc\n def", "test.pto:1:14: error: [E0105] the comment that begins here never ends\n"
                                  "const s = 3; /* abc\n"
                                  "             ^~\n"
                                  "hint: close it with `*/`; comments do not nest\n"},
    {"const s = \"abc;", "test.pto:1:11: error: [E0106] the string that begins here has no closing quote on its line\n"
                         "const s = \"abc;\n"
                         "          ^~~~~\n"
                         "hint: a string ends on the line it begins; write \\n for a line end\n"},
    {"const s = \"a\\q\\x1\";", "test.pto:1:13: error: [E0107] unknown escape `\\q` in a string\n"
                                "const s = \"a\\q\\x1\";\n"
                                "            ^~\n"
                                "hint: escapes are \\n, \\t, \\\\, \\\" and \\x with two hexadecimal digits\n"
                                "test.pto:1:15: error: [E0107] unknown escape `\\x` in a string\n"
                                "const s = \"a\\q\\x1\";\n"
                                "              ^~\n"
                                "hint: escapes are \\n, \\t, \\\\, \\\" and \\x with two hexadecimal digits\n"},
    {"const a = 1.;", "test.pto:1:11: error: [E0108] malformed number `1.`\n"
                      "const a = 1.;\n"
                      "          ^~\n"
                      "hint: a float needs a digit after the dot: `1.0`\n"},
    {"const a = .5;", "test.pto:1:11: error: [E0108] malformed number `.5`\n"
                      "const a = .5;\n"
                      "          ^~\n"
                      "hint: a float needs a digit before the dot: `0.5`\n"},
    {"const a = 1__0;", "test.pto:1:11: error: [E0108] malformed number `1__0`\n"
                        "const a = 1__0;\n"
                        "          ^~~~\n"
                        "hint: `_` stands between two digits\n"},
    {"const a = 0X12;", "test.pto:1:11: error: [E0108] malformed number `0X12`\n"
                        "const a = 0X12;\n"
                        "          ^~~~\n"
                        "hint: prefixes are `0x` and `0b`\n"},
    {"const a = 12ab;",
     "test.pto:1:11: error: [E0108] malformed number `12ab`\n"
     "const a = 12ab;\n"
     "          ^~~~\n"
     "hint: integers are like 12, 0xFF, 0b11, 1_000 or 2K, floats like 1.0 or 1e-6; names begin with a letter\n"},
    {"const a = 99999999999999999999;",
     "test.pto:1:11: error: [E0109] the integer `99999999999999999999` does not fit in 64 bits\n"
     "const a = 99999999999999999999;\n"
     "          ^~~~~~~~~~~~~~~~~~~~\n"
     "hint: the largest integer is 18446744073709551615\n"},
    {"const a = 1e999;", "test.pto:1:11: error: [E0110] the float `1e999` is too large\n"
                         "const a = 1e999;\n"
                         "          ^~~~~\n"
                         "hint: write `inf` for infinity\n"},
};

typedef struct Checked {
    Arena *arena;
    DiagContext *diags;
    AstFile *file;
    Buf out;
} Checked;

static void check_begin(Checked *c, const char *text, size_t size) {
    Arena *arena = arena_create();
    SourceMap *map = source_map_create(arena);
    DiagOptions options = {0};
    *c = (Checked){.arena = arena, .diags = diag_context_create(arena, map, &options)};
    c->file = parse_file(arena, strtab_create(arena), c->diags, source_add(map, "test.pto", text, size));
    diag_render(c->diags, &c->out);
}

static void check_end(Checked *c) {
    buf_free(&c->out);
    arena_destroy(c->arena);
}

static void check_message(const char *text, size_t size, const char *expected) {
    Checked c;
    check_begin(&c, text, size);
    CU_ASSERT_FALSE(c.file->sound);
    CU_ASSERT_STRING_EQUAL(buf_text(&c.out), expected);
    if (strcmp(buf_text(&c.out), expected) != 0)
        printf("\n%s\nexpected:\n%s\nfound:\n%s\n", text, expected, buf_text(&c.out));
    check_end(&c);
}

static void check_cases(const ErrorCase *cases, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_message(cases[i].text, strlen(cases[i].text), cases[i].expected);
}
#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof(cases)[0])

static void test_missing_tokens(void) { CHECK_CASES(missing_tokens); }
static void test_brackets(void) { CHECK_CASES(brackets); }
static void test_misspelt(void) { CHECK_CASES(misspelt); }
static void test_frequent(void) { CHECK_CASES(frequent); }
static void test_top_level(void) { CHECK_CASES(top_level); }
static void test_own(void) { CHECK_CASES(own); }
static void test_lexical(void) { CHECK_CASES(lexical); }

static void test_nul_byte(void) {
    const char text[] = "const a\0 = 1;";
    check_message(text, sizeof text - 1,
                  "test.pto:1:8: error: [E0104] invalid byte 0x00: source text is UTF-8 without NUL bytes\n"
                  "const a? = 1;\n"
                  "       ^\n");
}

static void test_limits(void) {
    Buf text = {0};
    buf_puts(&text, "const a = ");
    for (int i = 0; i <= AST_MAX_NESTING; i++)
        buf_puts(&text, i % 16 == 0 ? "\n(" : "(");
    check_message(buf_text(&text), text.len,
                  "test.pto:18:1: error: [E0113] nested more than 256 deep\n"
                  "(\n"
                  "^\n"
                  "hint: name the inner parts with `let`, or move them to a `func`\n");
    buf_free(&text);
}

static void test_lexical_error_silences_its_item(void) {
    check_message("const a = 1 $ + ;\nconst b = ;", 29,
                  "test.pto:1:13: error: [E0103] unexpected character `$`\n"
                  "const a = 1 $ + ;\n"
                  "            ^\n"
                  "test.pto:2:11: error: [E0101] expected an expression, found `;`\n"
                  "const b = ;\n"
                  "          ^\n");
}

/* ---- planted mistakes ------------------------------------------------------------------------ */

typedef struct Piece {
    int kind;
    uint32_t begin, end;
} Piece;

typedef struct Flagship {
    Buf text;
    Arena *arena;
    VEC(Piece) pieces;
} Flagship;

static void flagship_load(Flagship *f) {
    *f = (Flagship){.arena = arena_create()};
    CU_ASSERT_EQUAL_FATAL(buf_load(&f->text, PTOC_SOURCE_DIR "/samples/lightning_indexer/indexer.pto", 1 << 20), 0);
    SourceMap *map = source_map_create(f->arena);
    DiagOptions options = {0};
    DiagContext *diags = diag_context_create(f->arena, map, &options);
    AstFile file = {.source = source_add(map, "f", f->text.data, f->text.len)};
    Lexer *lexer = lexer_create(f->arena, f->arena, strtab_create(f->arena), diags, &file);
    for (Token token = {.kind = -1}; token.kind != TOKEN_YYEOF;) {
        lexer_next(lexer, &token);
        if (token.kind != TOKEN_YYEOF)
            VEC_PUSH(f->arena, &f->pieces, (Piece){token.kind, token.span.begin, token.span.end});
    }
}

static void flagship_free(Flagship *f) {
    buf_free(&f->text);
    arena_destroy(f->arena);
}

static int line_of(const char *text, uint32_t offset) {
    int line = 1;
    for (uint32_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

/* A mutant is parsed: its first message is on the line of the mistake or the next one. Returns false when it is still
 * sound, which some mistakes leave (`a - b` without `a`). */
static bool check_mutant(const Buf *mutant, int line) {
    Checked c;
    check_begin(&c, mutant->data, mutant->len);
    bool found = !c.file->sound;
    CU_ASSERT_EQUAL(found, diag_error_count(c.diags) > 0);
    if (found) {
        int seen = atoi(buf_text(&c.out) + strlen("test.pto:"));
        CU_ASSERT_TRUE(seen >= line && seen <= line + 1);
        if (seen < line || seen > line + 1)
            printf("\nmistake on line %d:\n%s", line, buf_text(&c.out));
    }
    check_end(&c);
    return found;
}

static bool is_brace(int kind) { return kind == TOKEN_LBRACE || kind == TOKEN_RBRACE; }

/* A missing brace shows only where the braces stop to fit: left out here, see test_brackets. */
static void test_deleted_tokens(void) {
    Flagship f;
    flagship_load(&f);
    int found = 0, planted = 0;
    for (int i = 0; i < f.pieces.len; i++) {
        Piece piece = f.pieces.data[i];
        if (is_brace(piece.kind))
            continue;
        Buf mutant = {0};
        buf_write(&mutant, f.text.data, piece.begin);
        buf_write(&mutant, f.text.data + piece.end, f.text.len - piece.end);
        found += check_mutant(&mutant, line_of(f.text.data, piece.begin));
        planted++;
        buf_free(&mutant);
    }
    CU_ASSERT_TRUE(planted > 250);
    CU_ASSERT_TRUE(found * 10 > planted * 8);
    flagship_free(&f);
}

static void test_swapped_tokens(void) {
    Flagship f;
    flagship_load(&f);
    int found = 0, planted = 0;
    for (int i = 0; i + 1 < f.pieces.len; i++) {
        Piece a = f.pieces.data[i], b = f.pieces.data[i + 1];
        if (is_brace(a.kind) || is_brace(b.kind) || a.kind == b.kind)
            continue;
        Buf mutant = {0};
        buf_write(&mutant, f.text.data, a.begin);
        buf_write(&mutant, f.text.data + b.begin, b.end - b.begin);
        buf_putc(&mutant, ' ');
        buf_write(&mutant, f.text.data + a.begin, a.end - a.begin);
        buf_write(&mutant, f.text.data + b.end, f.text.len - b.end);
        found += check_mutant(&mutant, line_of(f.text.data, a.begin));
        planted++;
        buf_free(&mutant);
    }
    CU_ASSERT_TRUE(planted > 200);
    CU_ASSERT_TRUE(found * 10 > planted * 8);
    flagship_free(&f);
}

void test_syntax_errors_register(void);
void test_syntax_errors_register(void) {
    CU_pSuite suite = CU_add_suite("syntax errors", NULL, NULL);
    CU_add_test(suite, "missing tokens", test_missing_tokens);
    CU_add_test(suite, "brackets", test_brackets);
    CU_add_test(suite, "misspelt keywords", test_misspelt);
    CU_add_test(suite, "frequent mistakes", test_frequent);
    CU_add_test(suite, "top level", test_top_level);
    CU_add_test(suite, "messages of their own", test_own);
    CU_add_test(suite, "lexical errors", test_lexical);
    CU_add_test(suite, "NUL byte", test_nul_byte);
    CU_add_test(suite, "limits", test_limits);
    CU_add_test(suite, "lexical error silences its item", test_lexical_error_silences_its_item);
    CU_add_test(suite, "deleted tokens", test_deleted_tokens);
    CU_add_test(suite, "swapped tokens", test_swapped_tokens);
}
