/* The place stage: tables, and its text. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include "backends/npu/place.h"

static const char text[] =
    "unit softmax_rows target npu-a2a3\n"
    "source 0 \"softmax.pto\"\n"
    "arg M index\n"
    "arg x_rs index\n"
    "arg x tensor f32 in\n"
    "arg y tensor f32 out\n"
    "arg eps scalar f32\n"
    "arg ws workspace f32 256 * M\n"
    "assume -M + 1000\n"
    "program softmax_rows_v0 vector {\n"
    "  buffer x ub 32768 x 2 @0 \"x, \\\"loaded\\\"\" @0:12:9\n"
    "  buffer m ub 128 x 1 @65536 \"rowmax\"\n"
    "  buffer t ub 32768 x 1 \"\"\n"
    "  loop i 0 .. (M + 31) / 32 {\n"
    "    let n = min(32, M - 32 * i)\n"
    "    wait MTE3 MTE2 #0 + i mod 2\n"
    "    insn tload out(x[i % 2]+0 f32 nd 32x256 valid n, 256 pad)"
    " gm_in(x + 32 * i * x_rs f32 nd shape n, 256 stride x_rs, 1 box 32 * i, 0 size 32, 256) @0:12:9\n"
    "    set MTE2 V #0\n"
    "    barrier V\n"
    "    barrier all\n"
    "    insn trowmax out(m[0]+0 f32 dn 32x1 valid n, 1) in(x[i % 2]+0 f32 nd 32x256 valid n, 256) tmp(t[0]+0 f32 nd "
    "32x256 valid n, 256)\n"
    "    when n - 31 {\n"
    "      insn tadds out(m[0]+0 f32 nd 1x32 valid 1, n) in(m[0]+0 f32 nd 1x32 valid 1, n) s(arg eps)\n"
    "      insn tmuls out(m[0]+0 f32 nd 1x32 valid 1, n) in(m[0]+0 f32 nd 1x32 valid 1, n) s(number -0x1.8p-1)\n"
    "      insn tcvt mode rint out(m[0]+0 i32 nd 1x32 valid 1, n) in(m[0]+0 f32 nd 1x32 valid 1, n)\n"
    "    }\n"
    "  }\n"
    "}\n";

static PlaceUnit *read_text(Arena *arena, const char *s, Buf *messages) {
    static const DiagOptions plain = {.error_limit = 20};
    SourceMap *map = source_map_create(arena);
    DiagContext *dc = diag_context_create(arena, map, &plain);
    int source = source_add(map, "t.place", s, strlen(s));
    PlaceUnit *unit = place_parse(arena, strtab_create(arena), dc, source);
    diag_render(dc, messages);
    return unit;
}

static void text_round_trips(void) {
    Arena *arena = arena_create();
    Buf messages = {0}, first = {0}, second = {0};
    PlaceUnit *unit = read_text(arena, text, &messages);
    CU_ASSERT_STRING_EQUAL(buf_text(&messages), "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(unit);
    place_print_unit(&first, unit);
    unit = read_text(arena, buf_text(&first), &messages);
    CU_ASSERT_PTR_NOT_NULL_FATAL(unit);
    place_print_unit(&second, unit);
    CU_ASSERT_STRING_EQUAL(buf_text(&first), buf_text(&second));
    CU_ASSERT_STRING_EQUAL(buf_text(&first), text);
    buf_free(&messages);
    buf_free(&first);
    buf_free(&second);
    arena_destroy(arena);
}

static void mistakes_are_told(void) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"unit k target npu-a9\n", "t.place:1:15: error: [E0703] IR text: unknown target `npu-a9`"},
        {"unit k target npu-a5\nprogram p vector {\n  insn tfoo\n}\n",
         "t.place:3:8: error: [E0703] IR text: unknown instruction `tfoo`"},
        {"unit k target npu-a5\nprogram p vector {\n  let n = m\n}\n",
         "t.place:3:11: error: [E0704] IR text: `m` is not defined above"},
        {"unit k target npu-a5\nprogram p {\n", "t.place:2:11: error: [E0702] IR text: expected `vector`, found `{`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Arena *arena = arena_create();
        Buf messages = {0};
        CU_ASSERT_PTR_NULL(read_text(arena, cases[i].text, &messages));
        CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&messages), cases[i].message));
        if (!strstr(buf_text(&messages), cases[i].message))
            fprintf(stderr, "%s", buf_text(&messages));
        buf_free(&messages);
        arena_destroy(arena);
    }
}

/* Every row can be read, has as many operands as its C++ text mentions, and is on one architecture at least. */
static void instructions_are_whole(void) {
    for (int code = 0; code < INSN_COUNT; code++) {
        NpuOperandRule rules[NPU_MAX_OPERANDS];
        const InsnInfo *info = insn_info((InsnCode)code);
        int n = insn_operand_rules((InsnCode)code, rules);
        CU_ASSERT(n >= 1 && (info->a2a3 || info->a5));
        for (int i = 0; i < n; i++) {
            char name[3] = {'$', (char)('0' + i), '\0'};
            bool memory = rules[i].role != NPU_SCALAR && rules[i].role != NPU_GM_IN && rules[i].role != NPU_GM_OUT;
            /* what happens in place is named once */
            CU_ASSERT(strstr(info->call, name) != NULL || (info->inplace && rules[i].role == NPU_OUT));
            CU_ASSERT_EQUAL(rules[i].memories != 0, memory);
            CU_ASSERT((int)rules[i].role >= 0);
        }
        CU_ASSERT_EQUAL(insn_find(info->text), code);
        CU_ASSERT(strchr(info->call, '(') != NULL && info->slope != 0);
    }
    int len = 0;
    const char *cpp = insn_mode_cpp(INSN_TCVT, "floor", &len);
    CU_ASSERT(cpp && len == 10 && strncmp(cpp, "CAST_FLOOR", 10) == 0);
    CU_ASSERT_PTR_NULL(insn_mode_cpp(INSN_TCVT, "eq", &len));
    CU_ASSERT(insn_takes(INSN_TADD, NPU_A5, ELEM_BF16) && !insn_takes(INSN_TADD, NPU_A2A3, ELEM_BF16));
    CU_ASSERT(!insn_takes(INSN_TADD, NPU_A2A3, ELEM_F64));
}

static void operands_are_measured(void) {
    PlaceOperand o = {.elem = ELEM_F16, .rows = 20, .cols = 20, .layout = NPU_ND};
    CU_ASSERT_EQUAL(place_operand_bytes(&o), 800);
    o.layout = NPU_NZ;
    CU_ASSERT_EQUAL(place_operand_bytes(&o), 32 * 32 * 2);
    o.layout = NPU_ZN;
    o.elem = ELEM_I8;
    CU_ASSERT_EQUAL(place_operand_bytes(&o), 32 * 32);
}

void test_npu_place_register(void);
void test_npu_place_register(void) {
    CU_pSuite suite = CU_add_suite("npu_place", NULL, NULL);
    CU_add_test(suite, "the text round-trips", text_round_trips);
    CU_add_test(suite, "mistakes are told", mistakes_are_told);
    CU_add_test(suite, "instructions are whole", instructions_are_whole);
    CU_add_test(suite, "operands are measured", operands_are_measured);
}
