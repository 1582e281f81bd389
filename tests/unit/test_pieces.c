/* The pieces of the runtime: what is printed for a program's text. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "backends/c/c_pieces.h"
#include "backends/split/pieces.h"

void test_pieces_register(void);

static bool prints(int lanes, const char *program, const char *what) {
    Arena *arena = arena_create();
    Buf out = {0};
    c_put_pieces(arena, lanes, (const char *const[]){program, NULL}, &out);
    bool found = strstr(buf_text(&out), what) != NULL;
    buf_free(&out);
    arena_destroy(arena);
    return found;
}

static void test_reached(void) {
    const char *mean = "x = pt_mean_f32(sum, n);";
    CU_ASSERT_TRUE(prints(0, mean, "PT_FN float pt_mean_f32(float sum, int64_t n)"));
    CU_ASSERT_TRUE(prints(0, mean, "#define PT_FN"));
    CU_ASSERT_FALSE(prints(0, mean, "pt_mean_f64"));
    CU_ASSERT_FALSE(prints(0, mean, "pt_run"));
    /* what it mentions, by way of types, macros and conditions */
    CU_ASSERT_TRUE(prints(8, "pt_exp_f32x8(v)", "pt_f32x8 pt_exp_tail_f32x8(pt_f32x8 r)"));
    CU_ASSERT_TRUE(prints(8, "pt_exp_f32x8(v)", "#define PT_GNU_VECTORS 1"));
    CU_ASSERT_TRUE(prints(8, "pt_exp_f32x8(v)", "PT_FN float pt_exp_f32(float x)")); /* without GNU vectors */
    CU_ASSERT_FALSE(prints(8, "pt_exp_f32x8(v)", "pt_tanh"));
    CU_ASSERT_FALSE(prints(8, "pt_exp_f32x8(v)", "PT_VEC_ONLY"));
}

static void test_not_reached(void) {
    CU_ASSERT_FALSE(
        prints(0, "/* pt_mean_f32 */ \"pt_mean_f32 \\\" pt_mean_f32\" my_pt_mean_f32 pt_mean_f", "pt_mean"));
    CU_ASSERT_TRUE(prints(0, "/* */ \"\" pt_mean_f32", "pt_mean_f32"));
    CU_ASSERT_FALSE(prints(4, "pt_exp_f32x8(v)", "pt_exp"));       /* no vectors of that width there */
    CU_ASSERT_TRUE(prints(0, "", "#pragma STDC FP_CONTRACT OFF")); /* the compiler is always checked */
}

/* Branches: `else` alone is printed with the condition turned round. */
static void test_branches(void) {
    CU_ASSERT_TRUE(prints(8, "pt_any_m32x8(m)", "#if PT_AVX2\nPT_VFN unsigned pt_bits_m32x8"));
    CU_ASSERT_TRUE(prints(8, "pt_any_m32x8(m)", "#else\nPT_VFN unsigned pt_bits_m32x8"));
    CU_ASSERT_TRUE(prints(8, "pt_load_bf16_f32x8(p)", "#if !PT_GNU_VECTORS\n"));
}

/* Every mention leads to a piece, and no piece is out of reach. */
static void test_tables(void) {
    for (int i = 0; i < ptoc_pieces_count; i++) {
        const PtocPieces *t = &ptoc_pieces[i];
        for (int k = 0; k < t->npieces; k++) {
            const PtocPiece *piece = &t->pieces[k];
            CU_ASSERT_TRUE_FATAL(piece->branch < t->nbranches && piece->file < t->nfiles);
            for (uint32_t s = 0; s < piece->nspoken; s++)
                CU_ASSERT_TRUE_FATAL(ptoc_piece_lists[piece->spoken + s] < t->nnames);
        }
        for (int k = 0; k + 1 < t->nnames; k++)
            CU_ASSERT_TRUE(strcmp(ptoc_piece_text + t->names[k].text, ptoc_piece_text + t->names[k + 1].text) < 0);
    }
}

void test_pieces_register(void) {
    static CU_TestInfo tests[] = {
        {"reached", test_reached},   {"not_reached", test_not_reached},
        {"branches", test_branches}, {"tables", test_tables},
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = {{"pieces", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    CU_register_suites(suites);
}
