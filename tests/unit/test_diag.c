/* Diagnostics: the table, collecting, and the three renderings, compared whole. */
#include <CUnit/CUnit.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ir/base/diag.h"

void test_diag_register(void);

/* A session with one file a.pto. E0601 is "%s is not supported yet by target `%s`". */
typedef struct Session {
    Arena *arena;
    SourceMap *map;
    DiagContext *dc;
    Buf out;
} Session;

static Session session_open(const char *text, const DiagOptions *options) {
    Session s = {.arena = arena_create()};
    s.map = source_map_create(s.arena);
    source_add(s.map, "a.pto", text, strlen(text));
    s.dc = diag_context_create(s.arena, s.map, options);
    return s;
}

static void session_close(Session *s) {
    buf_free(&s->out);
    arena_destroy(s->arena);
}

static Span span(uint32_t begin, uint32_t end) { return (Span){0, begin, end}; }

static Diag *report(Session *s, Span at, const char *what) {
    return diag_report(s->dc, DIAG_UNSUPPORTED_CONSTRUCT, at, what, "c");
}

static void check_output(Session *s, const char *expected) {
    diag_render(s->dc, &s->out);
    if (strcmp(buf_text(&s->out), expected) != 0)
        fprintf(stderr, "\n--- expected\n%s--- seen\n%s---\n", expected, buf_text(&s->out));
    CU_ASSERT_STRING_EQUAL(buf_text(&s->out), expected);
}

/* --- the table ------------------------------------------------------------------------------------------------------------ */

static bool code_is_well_formed(const DiagInfo *info) {
    static const char letters[] = {[DIAG_REMARK] = 'R', [DIAG_WARNING] = 'W', [DIAG_ERROR] = 'E', [DIAG_FATAL] = 'E'};
    bool digits = strlen(info->code) == 5;
    for (int i = 1; digits && i < 5; i++)
        digits = isdigit((unsigned char)info->code[i]) != 0;
    return digits && info->code[0] == letters[info->severity] && info->code[1] == '0' && info->code[2] >= '1' &&
           info->code[2] <= '9';
}

static bool texts_are_well_formed(const DiagInfo *info) {
    size_t text = strlen(info->text), explain = strlen(info->explain);
    return text > 0 && !strchr(info->text, '\n') && info->text[text - 1] != '.' && explain > 10 &&
           strchr(".`)", info->explain[explain - 1]) != NULL;
}

static void test_table(void) {
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        const DiagInfo *info = diag_info((DiagCode)i);
        bool good = code_is_well_formed(info) && texts_are_well_formed(info);
        if (!good)
            fprintf(stderr, "\ndiag.def: the row %s (%s) is malformed\n", info->name, info->code);
        CU_ASSERT(good);
        if (diag_find(info->code) != i)
            fprintf(stderr, "\ndiag.def: the code %s is used twice\n", info->code);
        CU_ASSERT_EQUAL(diag_find(info->code), i);
    }
    CU_ASSERT_EQUAL(diag_find("E0000"), -1);
    CU_ASSERT_EQUAL(diag_find(""), -1);
    CU_ASSERT_STRING_EQUAL(diag_info(DIAG_UNSUPPORTED_CONSTRUCT)->name, "UNSUPPORTED_CONSTRUCT");
}

/* --- text ----------------------------------------------------------------------------------------------------------------- */

static void test_text_whole(void) {
    Session s = session_open("kernel f() {\n\tlet x = foo(y);\n}\n", NULL);
    Diag *d = report(&s, span(22, 25), "`foo`");
    diag_note(d, span(0, 6), "in this %s", "kernel");
    diag_note(d, SPAN_NONE, "a note without a place");
    diag_hint(d, "did you mean `%s`?", "fob");
    diag_fix(d, span(22, 25), "fob");
    check_output(&s, "a.pto:2:10: error: [E0601] `foo` is not supported yet by target `c`\n"
                     "\tlet x = foo(y);\n"
                     "\t        ^~~\n"
                     "a.pto:1:1: note: in this kernel\n"
                     "kernel f() {\n"
                     "^~~~~~\n"
                     "note: a note without a place\n"
                     "hint: did you mean `fob`?\n");
    CU_ASSERT_EQUAL(diag_error_count(s.dc), 1);
    CU_ASSERT_EQUAL(diag_warning_count(s.dc), 0);
    session_close(&s);
}

/* A span over several lines is underlined to the end of its first; an empty one is a caret; CR and bytes that are no
 * characters do not reach the terminal. */
static void test_text_ranges(void) {
    Session s = session_open("ab cd\r\nef\xFFgh \xC3\xA9\xC3\xA9 i\x1B\n", NULL);
    report(&s, span(3, 9), "A");
    report(&s, span(9, 9), "B");
    report(&s, span(13, 19), "C");
    report(&s, span(21, 21), "D");
    check_output(&s, "a.pto:1:4: error: [E0601] A is not supported yet by target `c`\n"
                     "ab cd\n"
                     "   ^~\n"
                     "a.pto:2:3: error: [E0601] B is not supported yet by target `c`\n"
                     "ef?gh \xC3\xA9\xC3\xA9 i?\n"
                     "  ^\n"
                     "a.pto:2:7: error: [E0601] C is not supported yet by target `c`\n"
                     "ef?gh \xC3\xA9\xC3\xA9 i?\n"
                     "      ^~~~\n"
                     "a.pto:3:1: error: [E0601] D is not supported yet by target `c`\n"
                     "\n"
                     "^\n");
    session_close(&s);
}

static void test_text_long_line(void) {
    char text[401];
    for (int i = 0; i < 400; i++)
        text[i] = (char)('a' + i % 26);
    text[400] = 0;
    memcpy(text + 200, "HERE", 4);
    Session s = session_open(text, NULL);
    report(&s, span(200, 204), "A");
    diag_render(s.dc, &s.out);
    char expected[1024];
    snprintf(expected, sizeof expected,
             "a.pto:1:201: error: [E0601] A is not supported yet by target `c`\n...%.160s...\n%63s^~~~\n", text + 140,
             "");
    CU_ASSERT_STRING_EQUAL(buf_text(&s.out), expected);
    session_close(&s);
}

static void test_text_no_place(void) {
    Session s = session_open("x", NULL);
    report(&s, SPAN_NONE, "A");
    report(&s, span(0, 1), "B");
    report(&s, SPAN_NONE, "C"); /* without a place another text is another report */
    report(&s, SPAN_NONE, "A");
    check_output(&s, "a.pto:1:1: error: [E0601] B is not supported yet by target `c`\n"
                     "x\n"
                     "^\n"
                     "ptoc: error: [E0601] A is not supported yet by target `c`\n"
                     "ptoc: error: [E0601] C is not supported yet by target `c`\n");
    session_close(&s);
}

static void test_text_color(void) {
    Session s = session_open("x", &(DiagOptions){.color = true});
    diag_hint(report(&s, span(0, 1), "A"), "none");
    check_output(&s, "\033[1ma.pto:1:1: \033[0m\033[1;31merror:\033[0m [E0601] A is not supported yet by target `c`\n"
                     "x\n"
                     "\033[1;32m^\033[0m\n"
                     "\033[1;36mhint:\033[0m none\n");
    session_close(&s);
}

/* --- order, limit, repetition ------------------------------------------------------------------------------------------ */

static void test_order(void) {
    Session s = session_open("abc\n", NULL);
    int second = source_add(s.map, "b.pto", "xyz\n", 4);
    report(&s, (Span){second, 0, 1}, "B0");
    report(&s, span(2, 3), "A2");
    report(&s, span(0, 3), "A0 first");
    report(&s, span(0, 1), "A0 second");
    check_output(&s, "a.pto:1:1: error: [E0601] A0 first is not supported yet by target `c`\nabc\n^~~\n"
                     "a.pto:1:1: error: [E0601] A0 second is not supported yet by target `c`\nabc\n^\n"
                     "a.pto:1:3: error: [E0601] A2 is not supported yet by target `c`\nabc\n  ^\n"
                     "b.pto:1:1: error: [E0601] B0 is not supported yet by target `c`\nxyz\n^\n");
    CU_ASSERT_EQUAL(diag_count(s.dc), 4);
    CU_ASSERT_EQUAL(diag_code_at(s.dc, 0), DIAG_UNSUPPORTED_CONSTRUCT);
    CU_ASSERT_PTR_EQUAL(diag_source_map(s.dc), s.map);
    session_close(&s);
}

/* The same code at the same place is one report, and what is attached to it a second time counts once. */
static void test_repeated(void) {
    Session s = session_open("abc\n", NULL);
    Diag *first = report(&s, span(1, 2), "A");
    for (int i = 0; i < 3; i++) {
        Diag *d = report(&s, span(1, 2), i == 2 ? "other text" : "A");
        CU_ASSERT_PTR_EQUAL(d, first);
        diag_note(d, span(0, 1), "here");
        diag_hint(d, "try b");
        diag_fix(d, span(1, 2), "b");
    }
    check_output(&s, "a.pto:1:2: error: [E0601] A is not supported yet by target `c`\nabc\n ^\n"
                     "a.pto:1:1: note: here\nabc\n^\n"
                     "hint: try b\n");
    CU_ASSERT_EQUAL(diag_error_count(s.dc), 1);
    session_close(&s);
}

static void test_many(void) {
    Session s = session_open("abc\n", &(DiagOptions){.format = DIAG_FORMAT_JSON});
    char text[20001];
    memset(text, 'x', 20000);
    text[20000] = 0;
    int file = source_add(s.map, "many.pto", text, 20000);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 20000; i++)
            report(&s, (Span){file, (i * 7919) % 20000, 20000}, "A");
    CU_ASSERT_EQUAL(diag_count(s.dc), 20000);
    session_close(&s);
}

static void test_limit(void) {
    static const char *const limited[] = {
        [DIAG_FORMAT_TEXT] = "a.pto:1:1: error: [E0601] A is not supported yet by target `c`\nab\n^\n"
                             "ptoc: stopped at 1 error; 1 more not shown (-ferror-limit=0 shows all)\n",
        [DIAG_FORMAT_JSON] =
            "{\"code\":\"E0601\",\"severity\":\"error\",\"message\":\"A is not supported yet by target `c`\","
            "\"ranges\":[{\"file\":\"a.pto\",\"begin\":0,\"end\":1,\"line\":1,\"column\":1,\"end_line\":1,"
            "\"end_column\":2}],\"notes\":[],\"hints\":[],\"fixes\":[]}\n"
            "{\"severity\":\"note\",\"message\":\"stopped at 1 error; 1 more not shown (-ferror-limit=0 shows all)\","
            "\"ranges\":[],\"notes\":[],\"hints\":[],\"fixes\":[]}\n",
    };
    for (int format = DIAG_FORMAT_TEXT; format <= DIAG_FORMAT_JSON; format++) {
        Session s = session_open("ab", &(DiagOptions){.error_limit = 1, .format = (DiagFormat)format});
        report(&s, span(0, 1), "A");
        report(&s, span(1, 2), "B");
        check_output(&s, limited[format]);
        CU_ASSERT_EQUAL(diag_error_count(s.dc), 2);
        session_close(&s);
    }
    Session s = session_open("ab", &(DiagOptions){.error_limit = 2});
    report(&s, span(0, 1), "A");
    report(&s, span(1, 2), "B");
    diag_render(s.dc, &s.out);
    CU_ASSERT_PTR_NULL(strstr(buf_text(&s.out), "stopped")); /* the limit itself is still shown whole */
    session_close(&s);
}

/* --- options ---------------------------------------------------------------------------------------------------------- */

static void check_warning(const DiagOptions *options, const char *severity, const char *suffix) {
    Session s = session_open("abc\n", options);
    Diag *d = diag_report(s.dc, DIAG_UNUSED_RESULT, span(0, 3), "abc");
    diag_hint(d, "store it"); /* also where the warning is switched off */
    char message[256], expected[512] = "";
    snprintf(message, sizeof message, diag_info(DIAG_UNUSED_RESULT)->text, "abc");
    if (severity)
        snprintf(expected, sizeof expected, "a.pto:1:1: %s: [W0201] %s%s\nabc\n^~~\nhint: store it\n", severity,
                 message, suffix);
    check_output(&s, expected);
    bool is_error = severity && strcmp(severity, "error") == 0;
    CU_ASSERT_EQUAL(diag_count(s.dc), severity ? 1 : 0);
    CU_ASSERT_EQUAL(diag_error_count(s.dc), is_error ? 1 : 0);
    CU_ASSERT_EQUAL(diag_warning_count(s.dc), severity && !is_error ? 1 : 0);
    session_close(&s);
}

static void test_options(void) {
    check_warning(NULL, "warning", "");
    check_warning(&(DiagOptions){.werror = true}, "error", " [-Werror]");
    check_warning(&(DiagOptions){.as_error[DIAG_UNUSED_RESULT] = true}, "error", " [-Werror=W0201]");
    check_warning(&(DiagOptions){.no_warnings = true}, NULL, "");
    check_warning(&(DiagOptions){.no_warnings = true, .werror = true}, NULL, "");
    check_warning(&(DiagOptions){.disabled[DIAG_UNUSED_RESULT] = true, .werror = true}, NULL, "");
    check_warning(&(DiagOptions){.disabled[DIAG_UNSUPPORTED_CONSTRUCT] = true}, "warning", "");
    /* An error stays one, whatever is switched off. */
    DiagOptions options = {.no_warnings = true, .disabled[DIAG_UNSUPPORTED_CONSTRUCT] = true};
    Session s = session_open("abc\n", &options);
    report(&s, span(0, 1), "A");
    check_output(&s, "a.pto:1:1: error: [E0601] A is not supported yet by target `c`\nabc\n^\n");
    session_close(&s);
    s = session_open("abc\n", &(DiagOptions){.werror = true, .format = DIAG_FORMAT_JSON});
    diag_report(s.dc, DIAG_UNUSED_RESULT, SPAN_NONE, "abc");
    diag_render(s.dc, &s.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&s.out), "\"severity\":\"error\","));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&s.out), ",\"option\":\"-Werror\","));
    session_close(&s);
}

/* --- for programs -------------------------------------------------------------------------------------------------------- */

static void test_json(void) {
    Session s = session_open("let \xC3\xA9 =\n  foo;\n", &(DiagOptions){.format = DIAG_FORMAT_JSON});
    Diag *d = report(&s, span(4, 14), "\"foo\"");
    diag_note(d, span(11, 14), "here");
    diag_note(d, SPAN_NONE, "nowhere");
    diag_hint(d, "did you mean `fob`?");
    diag_fix(d, span(11, 14), "fob");
    check_output(&s,
                 "{\"code\":\"E0601\",\"severity\":\"error\",\"message\":\"\\\"foo\\\" is not supported yet by target "
                 "`c`\",\"ranges\":[{\"file\":\"a.pto\",\"begin\":4,\"end\":14,\"line\":1,\"column\":5,\"end_line\":2,"
                 "\"end_column\":6}],\"notes\":[{\"message\":\"here\",\"ranges\":[{\"file\":\"a.pto\",\"begin\":11,"
                 "\"end\":14,\"line\":2,\"column\":3,\"end_line\":2,\"end_column\":6}]},{\"message\":\"nowhere\","
                 "\"ranges\":[]}],\"hints\":[\"did you mean `fob`?\"],\"fixes\":[{\"file\":\"a.pto\",\"begin\":11,"
                 "\"end\":14,\"line\":2,\"column\":3,\"end_line\":2,\"end_column\":6,\"replacement\":\"fob\"}]}\n");
    session_close(&s);
    s = session_open("x", &(DiagOptions){.format = DIAG_FORMAT_JSON});
    check_output(&s, "");
    session_close(&s);
}

static const char sarif_head[] =
    "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n"
    "\"tool\":{\"driver\":{\"name\":\"ptoc\",\"rules\":[";

static void test_sarif(void) {
    Session s = session_open("let \xC3\xA9 =\n  foo;\n", &(DiagOptions){.format = DIAG_FORMAT_SARIF});
    Diag *d = report(&s, span(7, 14), "A");
    diag_note(d, span(11, 14), "here");
    diag_note(d, SPAN_NONE, "nowhere");
    diag_hint(d, "use b");
    diag_fix(d, span(11, 14), "fob");
    report(&s, SPAN_NONE, "B");
    char expected[4096];
    snprintf(
        expected, sizeof expected,
        "%s\n{\"id\":\"E0601\",\"name\":\"UNSUPPORTED_CONSTRUCT\",\"fullDescription\":{\"text\":\"%s\"}}]}},\n"
        "\"columnKind\":\"unicodeCodePoints\",\n\"results\":[\n"
        "{\"ruleId\":\"E0601\",\"ruleIndex\":0,\"level\":\"error\",\"message\":{\"text\":\"A is not supported yet by "
        "target `c`\\nhint: use b\"},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"a.pto\"},"
        "\"region\":{\"startLine\":1,\"startColumn\":7,\"endLine\":2,\"endColumn\":6,\"byteOffset\":7,"
        "\"byteLength\":7}}}],\"relatedLocations\":[{\"id\":0,\"physicalLocation\":{\"artifactLocation\":{\"uri\":"
        "\"a.pto\"},\"region\":{\"startLine\":2,\"startColumn\":3,\"endLine\":2,\"endColumn\":6,\"byteOffset\":11,"
        "\"byteLength\":3}},\"message\":{\"text\":\"here\"}},{\"id\":1,\"message\":{\"text\":\"nowhere\"}}],"
        "\"fixes\":[{\"artifactChanges\":[{\"artifactLocation\":{\"uri\":\"a.pto\"},\"replacements\":[{"
        "\"deletedRegion\":{\"startLine\":2,\"startColumn\":3,\"endLine\":2,\"endColumn\":6,\"byteOffset\":11,"
        "\"byteLength\":3},\"insertedContent\":{\"text\":\"fob\"}}]}]}]},\n"
        "{\"ruleId\":\"E0601\",\"ruleIndex\":0,\"level\":\"error\",\"message\":{\"text\":\"B is not supported yet by "
        "target `c`\"}}]}]}\n",
        sarif_head, diag_info(DIAG_UNSUPPORTED_CONSTRUCT)->explain);
    check_output(&s, expected);
    session_close(&s);
}

static void test_sarif_empty(void) {
    Session s = session_open("x", &(DiagOptions){.format = DIAG_FORMAT_SARIF});
    char expected[512];
    snprintf(expected, sizeof expected, "%s]}},\n\"columnKind\":\"unicodeCodePoints\",\n\"results\":[]}]}\n",
             sarif_head);
    check_output(&s, expected);
    session_close(&s);
}

void test_diag_register(void) {
    static CU_TestInfo tests[] = {
        {"table: codes and texts", test_table},
        {"text: whole message", test_text_whole},
        {"text: ranges", test_text_ranges},
        {"text: very long line", test_text_long_line},
        {"text: no place", test_text_no_place},
        {"text: colours", test_text_color},
        {"order of files and places", test_order},
        {"one report for one place", test_repeated},
        {"twenty thousand reports", test_many},
        {"error limit", test_limit},
        {"warnings and their options", test_options},
        {"JSON", test_json},
        {"SARIF", test_sarif},
        {"SARIF without results", test_sarif_empty},
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = {{"diag", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    CU_register_suites(suites);
}
