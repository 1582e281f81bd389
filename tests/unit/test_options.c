/* The command line as data: parsing by the table, and the texts made from it. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "frontend/driver/exit_code.h"
#include "frontend/driver/options.h"

void test_options_register(void);

enum { MOST_ARGS = 16 };

/* Parses words separated by one blank. */
static Options *parse(Arena *arena, const char *line) {
    char *argv[MOST_ARGS + 1], *rest = arena_strdup(arena, line);
    int argc = 0;
    for (char *word; (word = strsep(&rest, " ")) && argc < MOST_ARGS;)
        argv[argc++] = word;
    return options_parse(arena, argc, argv);
}

/* The messages of a command line, one a line. */
static const char *complaints(Arena *arena, const char *line) {
    Options *o = parse(arena, line);
    SourceMap *map = source_map_create(arena);
    DiagOptions plain = {0};
    DiagContext *dc = diag_context_create(arena, map, &plain);
    bool fine = options_report(o, dc);
    Buf out = {0};
    diag_render(dc, &out);
    CU_ASSERT_EQUAL(fine, out.len == 0);
    const char *text = arena_strdup(arena, buf_text(&out));
    buf_free(&out);
    return text;
}

static void test_forms(void) {
    Arena *arena = arena_create();
    Options *o =
        parse(arena, "ptoc -O3 -I a -Ib -DX=1 -D Y=2 -o out.c in.pto --emit=c,ir=x.ir --checks=full -fno-tidy -g");
    CU_ASSERT_EQUAL(o->mistakes.len, 0);
    CU_ASSERT_EQUAL(o->command, COMMAND_COMPILE);
    CU_ASSERT_EQUAL(o->opt_level, 3);
    CU_ASSERT_EQUAL(o->include_dirs.len, 2);
    CU_ASSERT_STRING_EQUAL(o->include_dirs.data[1], "b");
    CU_ASSERT_STRING_EQUAL(o->defines.data[0], "X=1");
    CU_ASSERT_STRING_EQUAL(o->defines.data[1], "Y=2");
    CU_ASSERT_STRING_EQUAL(o->output, "out.c");
    CU_ASSERT_EQUAL(o->emit.len, 2);
    CU_ASSERT_STRING_EQUAL(o->emit.data[1], "ir=x.ir");
    CU_ASSERT_EQUAL(o->checks, 2);
    CU_ASSERT_STRING_EQUAL(o->disabled_passes.data[0], "tidy");
    CU_ASSERT_TRUE(o->debug_lines);
    CU_ASSERT_EQUAL(o->inputs.len, 1);

    o = parse(arena, "ptoc run f.pto --dim B=4 --dim=C=5 --threads=2 --engine=interp");
    CU_ASSERT_EQUAL(o->mistakes.len, 0);
    CU_ASSERT_EQUAL(o->command, COMMAND_RUN);
    CU_ASSERT_EQUAL(o->dims.len, 2);
    CU_ASSERT_STRING_EQUAL(o->dims.data[1], "C=5");
    CU_ASSERT_EQUAL(o->threads, 2);
    CU_ASSERT_EQUAL(o->engine, ENGINE_INTERP);

    o = parse(arena, "ptoc -o - -");
    CU_ASSERT_STRING_EQUAL(o->output, "-");
    CU_ASSERT_STRING_EQUAL(o->inputs.data[0], "-");
    o = parse(arena, "ptoc -- -odd.pto");
    CU_ASSERT_EQUAL(o->mistakes.len, 0);
    CU_ASSERT_STRING_EQUAL(o->inputs.data[0], "-odd.pto");
    arena_destroy(arena);
}

static void test_defaults(void) {
    Arena *arena = arena_create();
    Options *o = parse(arena, "ptoc a.pto");
    CU_ASSERT_EQUAL(o->error_limit, 20);
    CU_ASSERT_EQUAL(o->diag.error_limit, 20);
    CU_ASSERT_EQUAL(o->opt_level, -1);
    CU_ASSERT_EQUAL(o->engine, -1);
    CU_ASSERT_PTR_NULL(o->passes);
    /* An empty list of passes is a list. */
    CU_ASSERT_STRING_EQUAL(parse(arena, "ptoc opt a.pto --passes=")->passes, "");
    arena_destroy(arena);
}

static void test_warnings(void) {
    Arena *arena = arena_create();
    Options *o = parse(arena, "ptoc a.pto -Wno-W0402 -Werror=unused-result");
    CU_ASSERT_EQUAL(o->mistakes.len, 0);
    CU_ASSERT_TRUE(o->diag.disabled[DIAG_PARALLEL_UNDECIDED]);
    CU_ASSERT_FALSE(o->diag.disabled[DIAG_UNUSED_RESULT]);
    CU_ASSERT_TRUE(o->diag.as_error[DIAG_UNUSED_RESULT]);
    CU_ASSERT_FALSE(o->diag.werror);
    o = parse(arena, "ptoc a.pto -Werror -Wno-all -Wparallel-undecided");
    CU_ASSERT_TRUE(o->diag.werror);
    CU_ASSERT_TRUE(o->diag.disabled[DIAG_UNUSED_RESULT]);
    CU_ASSERT_FALSE(o->diag.disabled[DIAG_PARALLEL_UNDECIDED]);
    o = parse(arena, "ptoc a.pto -w");
    CU_ASSERT_TRUE(o->diag.no_warnings);
    CU_ASSERT_TRUE(o->diag.disabled[DIAG_DIRECTIVE_REMARK]);
    CU_ASSERT_FALSE(o->diag.disabled[DIAG_UNKNOWN_NAME]);
    /* Errors cannot be switched off. */
    CU_ASSERT_EQUAL(parse(arena, "ptoc a.pto -Wno-E0201")->mistakes.len, 1);
    arena_destroy(arena);
}

static void test_mistakes(void) {
    Arena *arena = arena_create();
    CU_ASSERT_STRING_EQUAL(complaints(arena, "ptoc --verfy-each a.pto"),
                           "ptoc: error: [E0801] unknown option `--verfy-each`\n"
                           "hint: did you mean `--verify-each`?\n");
    CU_ASSERT_STRING_EQUAL(
        complaints(arena, "ptoc a.pto --schedule="),
        "ptoc: error: [E0802] option `--schedule` wants a value: NAME\nhint: write `--schedule=NAME`\n");
    CU_ASSERT_STRING_EQUAL(
        complaints(arena, "ptoc a.pto -ferror-limit=many"),
        "ptoc: error: [E0804] option `-ferror-limit`: expected an integer from 0 to 1000000, found `many`\n");
    CU_ASSERT_STRING_EQUAL(complaints(arena, "ptoc check a.pto --header=x.h"),
                           "ptoc: error: [E0805] option `--header` has no meaning for `ptoc check`\n");
    CU_ASSERT_STRING_EQUAL(complaints(arena, "ptoc --help"), "");
    CU_ASSERT_STRING_EQUAL(complaints(arena, "ptoc check a.pto b.pto -I x"), "");
    arena_destroy(arena);
}

/* ---- the tables -------------------------------------------------------------------------------------------------------- */

static void test_table(void) {
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionInfo *info = option_info((OptionId)i);
        CU_ASSERT(info->spelling[0] == '-' && strlen(info->spelling) >= 2);
        CU_ASSERT(strlen(info->doc) > 10 && info->doc[strlen(info->doc) - 1] != '.');
        CU_ASSERT_NOT_EQUAL(info->commands, 0);
        CU_ASSERT_EQUAL(info->value == NULL, info->form == FORM_FLAG);
        CU_ASSERT(info->store != STORE_CHOICE || info->choices);
        CU_ASSERT(info->store != STORE_INTEGER || info->least < info->most);
        CU_ASSERT(info->store != STORE_BOOL || info->form == FORM_FLAG);
        for (int k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(info->spelling, option_info((OptionId)k)->spelling);
    }
}

static void expect_all_spellings(const Buf *text, bool is_roff) {
    Arena *arena = arena_create();
    for (int i = 0; i < OPTION_COUNT; i++) {
        Buf wanted = {0};
        for (const char *c = option_info((OptionId)i)->spelling; *c; c++)
            buf_printf(&wanted, is_roff && *c == '-' ? "\\%c" : "%c", *c);
        if (!strstr(buf_text(text), buf_text(&wanted)))
            printf("missing: %s\n", buf_text(&wanted));
        CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(text), buf_text(&wanted)));
        buf_free(&wanted);
    }
    arena_destroy(arena);
}

/* Every option is in every text; no line of the help is too long. */
static void test_texts(void) {
    Buf text = {0};
    options_print_help(&text, COMMAND_COMPILE);
    expect_all_spellings(&text, false);
    char *rest = text.data;
    for (char *line; (line = strsep(&rest, "\n"));) {
        CU_ASSERT(strlen(line) <= 130);
        CU_ASSERT(!*line || line[strlen(line) - 1] != ' ');
    }
    buf_clear(&text);
    options_print_markdown(&text);
    expect_all_spellings(&text, false);
    buf_clear(&text);
    options_print_man(&text);
    expect_all_spellings(&text, true);
    for (int shell = SHELL_BASH; shell <= SHELL_ZSH; shell++) {
        buf_clear(&text);
        options_print_completions(&text, shell);
        expect_all_spellings(&text, false);
    }
    buf_clear(&text);
    options_print_completions(&text, SHELL_FISH);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&text), "complete -c ptoc -l emit -r -f -a 'ast ir c "));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&text), "-a '-O0'"));
    buf_free(&text);
}

/* The help of one command has no option of others. */
static void test_command_help(void) {
    Buf text = {0};
    options_print_help(&text, COMMAND_TEST);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&text), "--engine="));
    CU_ASSERT_PTR_NULL(strstr(buf_text(&text), "--header="));
    CU_ASSERT_PTR_NULL(strstr(buf_text(&text), "--repeat="));
    buf_free(&text);
}

/* ---- exit codes ----------------------------------------------------------------------------------------------------------- */

static ExitCode code_of(const DiagCode *codes, int count, bool werror) {
    Arena *arena = arena_create();
    DiagOptions options = {.werror = werror};
    DiagContext *dc = diag_context_create(arena, source_map_create(arena), &options);
    for (int i = 0; i < count; i++)
        diag_report(dc, codes[i], (Span){-1, (uint32_t)i, (uint32_t)i}, "a", "b", "c", "d", "e", "f", "g", "h");
    ExitCode code = exit_code_of_all(dc);
    arena_destroy(arena);
    return code;
}

static void test_exit_codes(void) {
    CU_ASSERT_EQUAL(code_of(NULL, 0, false), EXIT_CODE_OK);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_UNUSED_RESULT}, 1, false), EXIT_CODE_OK);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_UNUSED_RESULT}, 1, true), EXIT_CODE_INPUT);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_UNKNOWN_NAME}, 1, false), EXIT_CODE_INPUT);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_FILE_UNREADABLE}, 1, false), EXIT_CODE_SYSTEM);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_UNKNOWN_DEFINE, DIAG_SCHEDULE_UNKNOWN}, 2, false), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_UNKNOWN_NAME, DIAG_SCHEDULE_UNKNOWN}, 2, false), EXIT_CODE_INPUT);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_RESULTS_DIFFER}, 1, false), EXIT_CODE_DIFFER);
    CU_ASSERT_EQUAL(code_of((DiagCode[]){DIAG_RUN_FAILED}, 1, false), EXIT_CODE_RUNTIME);
    /* Every code that the driver raises has a row: none of them is a mistake in a program, but these. */
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        const DiagInfo *info = diag_info((DiagCode)i);
        bool of_program = i == DIAG_NOTHING_TO_COMPILE || i == DIAG_WORKLOAD_NONE || i == DIAG_LLVM_FAILED;
        if (strncmp(info->code, "E08", 3) == 0)
            CU_ASSERT_EQUAL(exit_code_of((DiagCode)i) == EXIT_CODE_INPUT, of_program);
    }
}

void test_options_register(void) {
    static CU_TestInfo tests[] = {
        {"forms", test_forms},
        {"defaults", test_defaults},
        {"warnings", test_warnings},
        {"mistakes", test_mistakes},
        {"table", test_table},
        {"texts", test_texts},
        {"command help", test_command_help},
        {"exit codes", test_exit_codes},
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = {{"options", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    CU_register_suites(suites);
}
