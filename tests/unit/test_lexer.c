/* Tokens: kinds, values, spans, number and string forms. Whole messages are in test_syntax_errors.c. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>
#include "ir/base/diag.h"
#include "frontend/parse.h"
#include "frontend/parser.h"
#include "frontend/token.h"

typedef struct Scan {
    Arena *arena;
    DiagContext *diags;
    AstFile file;
    Lexer *lexer;
    Token token;
} Scan;

static void scan_begin_n(Scan *scan, const char *text, size_t size) {
    Arena *arena = arena_create();
    SourceMap *map = source_map_create(arena);
    DiagOptions options = {0};
    *scan = (Scan){.arena = arena, .diags = diag_context_create(arena, map, &options)};
    scan->file.source = source_add(map, "test.pto", text, size);
    scan->file.sound = true;
    scan->lexer = lexer_create(arena, arena, strtab_create(arena), scan->diags, &scan->file);
}

static void scan_begin(Scan *scan, const char *text) { scan_begin_n(scan, text, strlen(text)); }

static int scan_next(Scan *scan) {
    lexer_next(scan->lexer, &scan->token);
    return scan->token.kind;
}

static void scan_end(Scan *scan) { arena_destroy(scan->arena); }

static void check_kinds(const char *text, const int *kinds) {
    Scan scan;
    scan_begin(&scan, text);
    for (int i = 0; kinds[i] != TOKEN_YYEOF; i++)
        CU_ASSERT_EQUAL(scan_next(&scan), kinds[i]);
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_YYEOF);
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_YYEOF);
    CU_ASSERT_EQUAL(diag_count(scan.diags), 0);
    scan_end(&scan);
}
#define KINDS(...) ((const int[]){__VA_ARGS__, TOKEN_YYEOF})

static void test_punctuation(void) {
    check_kinds("()[]{},;::+...@=", KINDS(TOKEN_LPAREN, TOKEN_RPAREN, TOKEN_LBRACKET, TOKEN_RBRACKET, TOKEN_LBRACE,
                                          TOKEN_RBRACE, TOKEN_COMMA, TOKEN_SEMICOLON, TOKEN_COLON, TOKEN_COLON_PLUS,
                                          TOKEN_DOT_DOT, TOKEN_DOT, TOKEN_AT, TOKEN_ASSIGN));
    check_kinds("|| && == != <= >= << >> < > | ^ & + - * / % ! ~",
                KINDS(TOKEN_OR_OR, TOKEN_AND_AND, TOKEN_EQ, TOKEN_NE, TOKEN_LE, TOKEN_GE, TOKEN_SHL, TOKEN_SHR,
                      TOKEN_LT, TOKEN_GT, TOKEN_OR, TOKEN_XOR, TOKEN_AND, TOKEN_PLUS, TOKEN_MINUS, TOKEN_STAR,
                      TOKEN_SLASH, TOKEN_PERCENT, TOKEN_NOT, TOKEN_TILDE));
    check_kinds("a===b", KINDS(TOKEN_NAME, TOKEN_EQ, TOKEN_ASSIGN, TOKEN_NAME));
}

static void test_dots(void) {
    check_kinds("1..2", KINDS(TOKEN_INTEGER, TOKEN_DOT_DOT, TOKEN_INTEGER));
    check_kinds("0x1F..2K", KINDS(TOKEN_INTEGER, TOKEN_DOT_DOT, TOKEN_INTEGER));
    check_kinds("1.5..2", KINDS(TOKEN_FLOAT, TOKEN_DOT_DOT, TOKEN_INTEGER));
    check_kinds("1 .. 2", KINDS(TOKEN_INTEGER, TOKEN_DOT_DOT, TOKEN_INTEGER));
    check_kinds("a..b", KINDS(TOKEN_NAME, TOKEN_DOT_DOT, TOKEN_NAME));
    check_kinds("tl.in", KINDS(TOKEN_NAME, TOKEN_DOT, TOKEN_IN));
}

static void test_words(void) {
    for (int i = 0; i < keyword_count(); i++) {
        const Keyword *keyword = keyword_at(i);
        CU_ASSERT_PTR_EQUAL(keyword_of_token(keyword->token), keyword);
        check_kinds(keyword->text, KINDS(keyword->token));
    }
    CU_ASSERT_PTR_NULL(keyword_of_token(TOKEN_NAME));
    check_kinds("For FOR fo forr _for for_ _ x9 index csr tl f16",
                KINDS(TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME,
                      TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME));
}

static void test_names_are_interned(void) {
    Scan scan;
    scan_begin(&scan, "alpha beta alpha");
    scan_next(&scan);
    const char *alpha = scan.token.value.text;
    scan_next(&scan);
    CU_ASSERT_PTR_NOT_EQUAL(scan.token.value.text, alpha);
    scan_next(&scan);
    CU_ASSERT_PTR_EQUAL(scan.token.value.text, alpha);
    CU_ASSERT_STRING_EQUAL(alpha, "alpha");
    scan_end(&scan);
}

static void test_integers(void) {
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {
        {"0", 0},
        {"007", 7},
        {"128", 128},
        {"1_000", 1000},
        {"2K", 2048},
        {"3M", 3u << 20},
        {"2G", 2ull << 30},
        {"0xFF", 255},
        {"0xdead_BEEF", 0xdeadbeef},
        {"0x10K", 16384},
        {"0b1010", 10},
        {"0b1_1", 3},
        {"1_0K", 10240},
        {"18446744073709551615", UINT64_MAX},
        {"0xFFFFFFFFFFFFFFFF", UINT64_MAX},
        {"17179869183G", 17179869183ull << 30},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scan scan;
        scan_begin(&scan, cases[i].text);
        CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_INTEGER);
        CU_ASSERT_EQUAL(scan.token.value.u.integer, cases[i].value);
        CU_ASSERT_STRING_EQUAL(scan.token.value.text, cases[i].text);
        CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_YYEOF);
        CU_ASSERT_EQUAL(diag_count(scan.diags), 0);
        scan_end(&scan);
    }
}

static void test_floats(void) {
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"1.0", 1.0},      {"0.5", 0.5},     {"1e-6", 1e-6}, {"1E3", 1000.0},
                 {"2.5e+2", 250.0}, {"1e308", 1e308}, {"1e-400", 0.0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scan scan;
        scan_begin(&scan, cases[i].text);
        CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_FLOAT);
        CU_ASSERT_EQUAL(scan.token.value.u.number, cases[i].value);
        CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_YYEOF);
        scan_end(&scan);
    }
}

static void test_strings(void) {
    Scan scan;
    scan_begin(&scan, "\"a\\n\\t\\\\\\\"\\x41\\x00z\" \"\" \"\xC3\xA9 // /* */\"");
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_STRING);
    CU_ASSERT_EQUAL(scan.token.value.length, 8);
    CU_ASSERT_EQUAL(memcmp(scan.token.value.text, "a\n\t\\\"A\0z", 9), 0);
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_STRING);
    CU_ASSERT_EQUAL(scan.token.value.length, 0);
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_STRING);
    CU_ASSERT_STRING_EQUAL(scan.token.value.text, "\xC3\xA9 // /* */");
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_YYEOF);
    CU_ASSERT_EQUAL(diag_count(scan.diags), 0);
    scan_end(&scan);
}

static void test_comments(void) {
    Scan scan;
    scan_begin(&scan, "a // one \xE2\x82\xAC\nb /* two * / ** \n */ c /***/ /**/ d //");
    const uint32_t columns[] = {0, 0, 4, 17};
    const bool fresh[] = {true, true, true, false};
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_NAME);
        CU_ASSERT_EQUAL(scan.token.column, columns[i]);
        CU_ASSERT_EQUAL(scan.token.first_on_line, fresh[i]);
    }
    CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_YYEOF);
    CU_ASSERT_EQUAL_FATAL(scan.file.comments.len, 5);
    CU_ASSERT_EQUAL(scan.file.comments.data[0].begin, 2);
    CU_ASSERT_EQUAL(scan.file.comments.data[0].end, 12);
    CU_ASSERT_EQUAL(diag_count(scan.diags), 0);
    scan_end(&scan);
}

static void test_spans_and_lines(void) {
    Scan scan;
    scan_begin(&scan, "\xEF\xBB\xBFlet\r\n\tx\f=\v12 ;\n\n");
    const uint32_t begins[] = {0, 6, 8, 10, 13, 16}, ends[] = {3, 7, 9, 12, 14, 16};
    for (int i = 0; i < 6; i++) {
        scan_next(&scan);
        CU_ASSERT_EQUAL(scan.token.span.begin, begins[i]);
        CU_ASSERT_EQUAL(scan.token.span.end, ends[i]);
        CU_ASSERT_EQUAL(scan.token.span.file, scan.file.source);
    }
    CU_ASSERT_EQUAL(scan.token.kind, TOKEN_YYEOF);
    CU_ASSERT_EQUAL(diag_count(scan.diags), 0);
    scan_end(&scan);
}

static void check_bad(const char *text, size_t size, const char *code, int tokens_after) {
    Scan scan;
    scan_begin_n(&scan, text, size);
    int count = 0;
    bool bad = false;
    while (scan_next(&scan) != TOKEN_YYEOF) {
        count++;
        bad |= scan.token.bad;
    }
    bad |= scan.token.bad;
    CU_ASSERT_TRUE(bad);
    CU_ASSERT_FALSE(scan.file.sound);
    CU_ASSERT_EQUAL(count, tokens_after);
    CU_ASSERT_EQUAL_FATAL(diag_count(scan.diags), 1);
    CU_ASSERT_STRING_EQUAL(diag_info(diag_code_at(scan.diags, 0))->code, code);
    scan_end(&scan);
}

static void test_bad_tokens(void) {
    static const char *const numbers[] = {"1.",   "1.x", ".5",   "1_",   "1__0", "0x",  "0b2",
                                          "12ab", "1e",  "1e+x", "1.5K", "2KK",  "1_.5"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        Scan scan;
        scan_begin(&scan, numbers[i]);
        CU_ASSERT_EQUAL(scan_next(&scan), TOKEN_INTEGER);
        CU_ASSERT_TRUE(scan.token.bad);
        CU_ASSERT_STRING_EQUAL(diag_info(diag_code_at(scan.diags, 0))->code, "E0108");
        scan_end(&scan);
    }
    check_bad("18446744073709551616", 20, "E0109", 1);
    check_bad("0x1_FFFF_FFFF_FFFF_FFFFK", 24, "E0109", 1);
    check_bad("17179869184G", 12, "E0109", 1);
    check_bad("1e309", 5, "E0110", 1);
    check_bad("a $ b", 5, "E0103", 2);
    check_bad("a \0 b", 5, "E0104", 2);
    check_bad("// \xFF\nx", 6, "E0104", 1);
    check_bad("/* \0 */", 7, "E0104", 0);
    check_bad("\"\xC3(\"", 4, "E0104", 1);
    check_bad("x \x80 y", 5, "E0104", 2);
    check_bad("/* /* **", 8, "E0105", 0);
    check_bad("\"abc\nx", 6, "E0106", 2);
    check_bad("\"abc\\", 5, "E0106", 1);
    check_bad("\"\\q\"", 4, "E0107", 1);
    check_bad("\"\\x4\"", 5, "E0107", 1);
}

void test_lexer_register(void);
void test_lexer_register(void) {
    CU_pSuite suite = CU_add_suite("lexer", NULL, NULL);
    CU_add_test(suite, "punctuation", test_punctuation);
    CU_add_test(suite, "dots and ranges", test_dots);
    CU_add_test(suite, "keywords and names", test_words);
    CU_add_test(suite, "interned names", test_names_are_interned);
    CU_add_test(suite, "integers", test_integers);
    CU_add_test(suite, "floats", test_floats);
    CU_add_test(suite, "strings", test_strings);
    CU_add_test(suite, "comments", test_comments);
    CU_add_test(suite, "spans and lines", test_spans_and_lines);
    CU_add_test(suite, "bad tokens", test_bad_tokens);
}
