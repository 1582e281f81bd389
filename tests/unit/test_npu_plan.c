/* The memory plan and the flags of place programs. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include "backends/npu/plan.h"

static PlaceUnit *read_unit(Arena *arena, const char *text) {
    static const DiagOptions plain = {.error_limit = 20};
    SourceMap *map = source_map_create(arena);
    DiagContext *dc = diag_context_create(arena, map, &plain);
    int source = source_add(map, "t.place", text, strlen(text));
    PlaceUnit *unit = place_parse(arena, strtab_create(arena), dc, source);
    Buf messages = {0};
    diag_render(dc, &messages);
    if (!unit)
        fprintf(stderr, "%s", buf_text(&messages));
    buf_free(&messages);
    CU_ASSERT_PTR_NOT_NULL_FATAL(unit);
    return unit;
}

static int count_kind(const PlaceBlock *block, PlaceStmtKind kind) {
    int n = 0;
    for (int i = 0; i < block->len; i++)
        n += (block->data[i]->kind == kind) + count_kind(&block->data[i]->body, kind);
    return n;
}

/* clang-format off */
#define TILE "f32 nd 32x256 valid 32, 256"
#define COLUMN "f32 dn 32x1 valid 32, 1"
#define BOX "f32 nd shape 32, 256 stride 256, 1 box 32 * i, 0 size 32, 256"
static const char softmax[] =
    "unit softmax target npu-a2a3\n"
    "arg n index\narg x tensor f32 in\narg y tensor f32 out\n"
    "program softmax_v0 vector {\n"
    "  buffer t ub 32768 x 2 \"\"\n  buffer s ub 32768 x 1 \"\"\n  buffer m ub 128 x 1 \"\"\n  buffer l ub 128 x 1 \"\"\n"
    "  loop i 0 .. n {\n"
    "    insn tload out(t[i % 2]+0 " TILE ") gm_in(x + 8192 * i " BOX ")\n"
    "    insn trowmax out(m[0]+0 " COLUMN ") in(t[i % 2]+0 " TILE ") tmp(s[0]+0 " TILE ")\n"
    "    insn trowexpandsub out(t[i % 2]+0 " TILE ") in(t[i % 2]+0 " TILE ") in(m[0]+0 " COLUMN ")\n"
    "    insn texp out(t[i % 2]+0 " TILE ") in(t[i % 2]+0 " TILE ")\n"
    "    insn trowsum out(l[0]+0 " COLUMN ") in(t[i % 2]+0 " TILE ") tmp(s[0]+0 " TILE ")\n"
    "    insn trowexpanddiv out(t[i % 2]+0 " TILE ") in(t[i % 2]+0 " TILE ") in(l[0]+0 " COLUMN ")\n"
    "    insn tstore gm_out(y + 8192 * i " BOX ") in(t[i % 2]+0 " TILE ")\n"
    "  }\n"
    "}\n";
/* clang-format on */

/* Three events: load to max, division to store, store to load; the way back from V to MTE2 follows from the others. */
static void softmax_has_three_events(void) {
    Arena *arena = arena_create();
    PlaceUnit *unit = read_unit(arena, softmax);
    PlaceProgram *p = unit->programs.data[0];
    PlanLack lack;
    CU_ASSERT_TRUE_FATAL(npu_plan(unit, p, &lack));
    CU_ASSERT_TRUE_FATAL(npu_sync(unit, p));
    const PlaceBlock *body = NULL;
    for (int i = 0; i < p->body.len; i++)
        body = p->body.data[i]->kind == PLACE_LOOP ? &p->body.data[i]->body : body;
    CU_ASSERT_EQUAL(count_kind(body, PLACE_SET), 3);
    CU_ASSERT_EQUAL(count_kind(body, PLACE_WAIT), 3);
    CU_ASSERT_EQUAL(count_kind(&p->body, PLACE_SET), 5);
    CU_ASSERT_EQUAL(count_kind(&p->body, PLACE_WAIT), 5);
    CU_ASSERT(count_kind(body, PLACE_BARRIER) >= 4 && count_kind(body, PLACE_BARRIER) <= 5);
    arena_destroy(arena);
}

/* Buffers that live one after another share bytes, those that live together do not. */
static void addresses_follow_lives(void) {
    Arena *arena = arena_create();
    Buf text = {0};
    buf_puts(&text, "unit k target npu-a2a3\narg x tensor f32 inout\nprogram k_v0 vector {\n");
    for (int b = 0; b < 6; b++)
        buf_printf(&text, "  buffer b%d ub 61440 x 1 \"\"\n", b);
    for (int b = 0; b + 1 < 6; b++)
        buf_printf(&text,
                   "  insn trowexpand out(b%d[0]+0 f32 nd 60x256 valid 60, 256) in(b%d[0]+0 f32 dn 64x1 valid 60, 1)\n",
                   b + 1, b);
    buf_puts(&text, "}\n");
    PlaceUnit *unit = read_unit(arena, buf_text(&text));
    PlaceProgram *p = unit->programs.data[0];
    PlanLack lack;
    CU_ASSERT_TRUE_FATAL(npu_plan(unit, p, &lack));
    for (int b = 0; b + 1 < p->buffers.len; b++) {
        int64_t one = p->buffers.data[b].base, two = p->buffers.data[b + 1].base;
        CU_ASSERT(one >= 0 && one % NPU_BLOCK == 0 && one + 61440 <= npu_memory_info(NPU_UB)->capacity[NPU_A2A3]);
        CU_ASSERT(one + 61440 <= two || two + 61440 <= one);
    }
    buf_free(&text);
    arena_destroy(arena);
}

static void lack_of_room_is_told(void) {
    static const char text[] =
        "unit k target npu-a2a3\narg x tensor f32 inout\nprogram k_v0 vector {\n"
        "  buffer a ub 131072 x 1 \"\"\n  buffer b ub 131072 x 1 \"\"\n"
        "  insn trowexpand out(b[0]+0 f32 nd 128x256 valid 128, 256) in(a[0]+0 f32 dn 128x1 valid 128, 1)\n}\n";
    Arena *arena = arena_create();
    PlaceUnit *unit = read_unit(arena, text);
    PlanLack lack = {0};
    CU_ASSERT_FALSE(npu_plan(unit, unit->programs.data[0], &lack));
    CU_ASSERT_EQUAL(lack.needed, 262144);
    CU_ASSERT_EQUAL(lack.nbuffers, 2);
    CU_ASSERT_EQUAL(lack.memory, NPU_UB);
    arena_destroy(arena);
}

void test_npu_plan_register(void);
void test_npu_plan_register(void) {
    CU_pSuite suite = CU_add_suite("npu_plan", NULL, NULL);
    CU_add_test(suite, "softmax has three events", softmax_has_three_events);
    CU_add_test(suite, "addresses follow lives", addresses_follow_lives);
    CU_add_test(suite, "lack of room is told", lack_of_room_is_told);
}
