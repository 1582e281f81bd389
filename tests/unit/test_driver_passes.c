/* What the driver does between passes: a pass that breaks something is found and named. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "frontend/driver/passes_run.h"
#include "frontend/driver/run_data.h"
#include "frontend/example.h"
#include "ir/walk.h"

void test_driver_passes_register(void);

static const char program_text[] = "kernel twice(x: in i32[1, N], y: out i32[1, N]) { tl.store(y, x + x); }\n"
                                   "workload twice_all(X: in i32[1, N], Y: out i32[1, N]) { twice(X, Y); }\n"
                                   "example big for twice_all { N = 100; X = iota; }\n"
                                   "example small for twice_all { N = 3; X = iota; }\n";

static void turn_add_to_mul(void *user, Op *op) {
    (void)user;
    if (op->code == OP_ADD)
        op->code = OP_MUL;
}

static void lose_operand(void *user, Op *op) {
    (void)user;
    if (op->code == OP_ADD)
        op->noperands = 1;
}

static void each_func(Module *module, void (*fn)(void *, Op *)) {
    for (int i = 0; i < module->funcs.len; i++)
        walk_ops(module->funcs.data[i]->body, fn, NULL);
}

static bool pass_good(Module *module, PassContext *ctx) {
    (void)module, (void)ctx;
    return true;
}

static bool pass_wrong(Module *module, PassContext *ctx) {
    (void)ctx;
    each_func(module, turn_add_to_mul);
    return true;
}

static bool pass_invalid(Module *module, PassContext *ctx) {
    (void)ctx;
    each_func(module, lose_operand);
    return true;
}

static bool pass_silent(Module *module, PassContext *ctx) {
    (void)module, (void)ctx;
    return false;
}

static const PassInfo good = {.name = "good", .run = pass_good, .needs = -1, .gives = -1};
static const PassInfo wrong = {.name = "wrong", .run = pass_wrong, .needs = -1, .gives = -1};
static const PassInfo invalid = {.name = "invalid", .run = pass_invalid, .needs = -1, .gives = -1};
static const PassInfo silent = {.name = "silent", .run = pass_silent, .needs = -1, .gives = -1};

typedef struct Outcome {
    bool ok, internal;
    ExitCode exit;
    char message[512];
} Outcome;

static Outcome run(const char *option, const PassInfo *middle) {
    Arena *arena = arena_create();
    char *argv[] = {arena_strdup(arena, "ptoc"), arena_strdup(arena, option), arena_strdup(arena, "t.pto")};
    Session s;
    session_init(&s, arena, options_parse(arena, 3, argv));
    Buf text = {0};
    buf_puts(&text, program_text);
    Program *program = session_load_text(&s, &text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(program);
    CU_ASSERT_PTR_NOT_NULL_FATAL(program->module);
    Pipeline pipeline = {{&good, middle, &good}, 3};
    Outcome out = {.ok = passes_run_pipeline(&s, &pipeline, program, "t.pto", program->module)};
    out.internal = s.internal;
    out.exit = exit_code_of_all(s.dc);
    buf_clear(&text);
    diag_render(s.dc, &text);
    CU_ASSERT(text.len < sizeof out.message);
    memcpy(out.message, buf_text(&text), strlen(buf_text(&text)) + 1);
    buf_free(&text);
    arena_destroy(arena);
    return out;
}

static void test_check_each(void) {
    Outcome out = run("--check-each", &wrong);
    CU_ASSERT_FALSE(out.ok);
    CU_ASSERT_EQUAL(out.exit, EXIT_CODE_DIFFER);
    CU_ASSERT_STRING_EQUAL(
        out.message,
        "ptoc: error: [E0833] pass `wrong` changed the result of example `small`: `Y`[0, 1] was 2 and is 1\n");
    out = run("--check-each", &good);
    CU_ASSERT_TRUE(out.ok);
    CU_ASSERT_STRING_EQUAL(out.message, "");
}

static void test_verify_each(void) {
    Outcome out = run("--verify-each", &invalid);
    CU_ASSERT_FALSE(out.ok);
    CU_ASSERT_TRUE(out.internal);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.message, "[E0701] invalid IR after invalid: "));
    out = run("--verify-each", &good);
    CU_ASSERT_TRUE(out.ok && !out.internal);
    CU_ASSERT_STRING_EQUAL(out.message, "");
}

/* A pass that gives up without a word is a defect, not a success. */
static void test_silent_failure(void) {
    Outcome out = run("-O2", &silent);
    CU_ASSERT_FALSE(out.ok);
    CU_ASSERT_TRUE(out.internal);
}

/* ---- comparing tensors --------------------------------------------------------------------------------------------------- */

static void test_differences(void) {
    float a[6] = {0, 1, 2, 3, 4, 5}, b[6] = {0, 1, 2, 3, 4, 5};
    EvalTensor ta = {.elem = ELEM_F32, .rank = 2, .dims = {2, 3}, .strides = {3, 1}, .data = a}, tb = ta;
    tb.data = b;
    CU_ASSERT_EQUAL(tensor_first_difference(&ta, &tb), -1);
    uint32_t nan1 = 0x7FC00000u, nan2 = 0xFFC00001u;
    memcpy(&a[1], &nan1, sizeof nan1);
    memcpy(&b[1], &nan2, sizeof nan2);
    CU_ASSERT_EQUAL(tensor_first_difference(&ta, &tb), -1); /* all NaNs are one value */
    a[5] = 0.0f;
    b[5] = -0.0f;
    CU_ASSERT_EQUAL(tensor_first_difference(&ta, &tb), 5); /* but zeros are two */
    Arena *arena = arena_create();
    CU_ASSERT_STRING_EQUAL(tensor_place_text(arena, &ta, 5), "[1, 2]");
    CU_ASSERT_STRING_EQUAL(tensor_value_text(arena, &tb, 5), "-0");
    CU_ASSERT_STRING_EQUAL(tensor_value_text(arena, &tb, 1), "nan");
    uint8_t bytes[2] = {255, 128};
    EvalTensor tu = {.elem = ELEM_U8, .rank = 1, .dims = {2}, .data = bytes}, ti = tu;
    ti.elem = ELEM_I8;
    CU_ASSERT_STRING_EQUAL(tensor_value_text(arena, &tu, 0), "255");
    CU_ASSERT_STRING_EQUAL(tensor_value_text(arena, &ti, 1), "-128");
    arena_destroy(arena);
}

void test_driver_passes_register(void) {
    static CU_TestInfo tests[] = {
        {"check each", test_check_each},
        {"verify each", test_verify_each},
        {"silent failure", test_silent_failure},
        {"differences", test_differences},
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = {{"driver_passes", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    CU_register_suites(suites);
}
