/* Blocks in the interpreter: windows of memory, steps of blocks against steps of their elements, packing. */
#include "ir/eval_internal.h"
#include "tests/unit/eval_text_kit.h"

enum { M = 3, N = 8, ROWS = 6, COLS = 20 };

static const double nan_ = (double)NAN;

/* Small numbers with ties, a zero of either sign and a NaN. */
static void numbers(double *x, int n, bool with_nan) {
    for (int i = 0; i < n; i++)
        x[i] = (double)((i * 37 + 11) % 23 - 9) / 4;
    x[5] = -0.0;
    if (with_nan)
        x[n - 7] = nan_;
}

static void run_ok(Kit *k) {
    if (kit_run(k) != PTOC_OK)
        fprintf(stderr, "%s\n", k->result.error);
    CU_ASSERT_EQUAL_FATAL(k->result.status, PTOC_OK);
}

/* ---- windows --------------------------------------------------------------------------------- */
static void test_windows(void) {
    Kit k = kit_text("module t stage block\n"
                     "workload @w[%C](%x: in tensor f32[4, 5], %y: out tensor f32[5, 4], %z: out tensor f32[4, 5]) "
                     "export {\n"
                     "  %0 = get %x [1, 0] {rows = 0, lanes = 1} : f32[2, 4]\n"
                     "  %1 = neg %0 : f32[2, 4]\n"
                     "  put %z, %1 [0, 1] {rows = 0, lanes = 1}\n"
                     "  put %y, %0 [0, 2] {rows = 1, lanes = 0}\n" /* transposed */
                     "  %2 = get %x [0, 2, %C] {rows = 0, lanes = 1, part} : f32[2, 4]\n"
                     "  put %z, %2 [2, 0, 4] {rows = 0, lanes = 1, part}\n"
                     "  %3 = get %x [0, 0] {rows = 0} : f32[4, 1]\n"
                     "  %4 = iota [%C] {axis = 1} : f32[1, 2]\n"
                     "  %5 = add %3, %4 : f32[4, 2]\n"
                     "  %6 = lt %3, %4 : bool[4, 2]\n"
                     "  put %y, %5, %6 [0, 0] {rows = 0, lanes = 1}\n"
                     "}\n");
    double x[20], zero[20] = {0};
    for (int i = 0; i < 20; i++)
        x[i] = i;
    kit_index(&k, 3);
    kit_arg2(&k, ELEM_F32, 4, 5, x);
    kit_arg2(&k, ELEM_F32, 5, 4, zero);
    kit_arg2(&k, ELEM_F32, 4, 5, zero);
    run_ok(&k);
    kit_expect(&k, 1, (double[]){3, 4, 5, 10, 0, 0, 6, 11, 0, 0, 7, 12, 0, 0, 8, 13, 0, 0, 0, 0}, "columns");
    kit_expect(&k, 2, (double[]){0, -5, -6, -7, -8, 0, -10, -11, -12, -13, 2, 3, 4, 0, 0, 7, 8, 9, 0, 0}, "rows");
    kit_close(&k);
}

/* Memory beyond the count is not touched: it need not be there. */
static void test_part(void) {
    for (int count = -2; count <= 5; count++) {
        Kit k = kit_text("module t stage block\n"
                         "workload @w[%C, %P](%x: in tensor f16[3], %y: out tensor f32[3]) export {\n"
                         "  %0 = get %x [1, %C - %P] {lanes = 0, part} : f16[1, 4]\n"
                         "  %1 = cast %0 : f32[1, 4]\n"
                         "  put %y, %1 [1, %C - %P] {lanes = 0, part}\n"
                         "}\n");
        kit_index(&k, count + 2);
        kit_index(&k, 2);
        kit_arg(&k, ELEM_F16, 1, (int64_t[]){3}, (double[]){1, 2, 3});
        kit_arg(&k, ELEM_F32, 1, (int64_t[]){3}, NULL);
        if (count > 2) {
            kit_expect_error(&k, PTOC_E_BOUNDS, "get: index 0 is 3, outside of 0 to 2");
        } else {
            run_ok(&k);
            kit_expect(&k, 1, (double[]){0, count > 0 ? 2 : 0, count > 1 ? 3 : 0}, "part");
        }
        kit_close(&k);
    }
}

/* ---- steps: two programs, one on blocks, one on their elements -------------------------------- */
typedef struct StepCase {
    Monoid monoid;
    bool rows, lanes; /* the accumulator has extents of its own */
    int count;
} StepCase;

static void put_head(Buf *out, const StepCase *c) {
    bool arg = c->monoid == MONOID_ARGMAX || c->monoid == MONOID_ARGMIN;
    buf_printf(out,
               "module t stage block\n"
               "workload @w[%%P](%%x: in tensor f32[%d, %d], %%c: in tensor f32[%d, 1], %%y: out tensor %s[%d, %d]) "
               "export {\n",
               ROWS, COLS, ROWS, arg ? "i32" : "f32", M, N);
    buf_printf(out, "  %%a = acc {monoid = %s} : acc f32[2, %d, %d]\n", monoid_text(c->monoid), c->rows ? M + 1 : 1,
               c->lanes ? N + 2 : 1);
}

static const char *second_value(const StepCase *c, const char *text) { return c->monoid == MONOID_FMA_SEQ ? text : ""; }

static void put_blocks(Buf *out, const StepCase *c) {
    put_head(out, c);
    for (int t = 0; t < 2; t++) { /* two blocks one below the other */
        buf_printf(out, "  %%x%d = get %%x [%d, 5] {rows = 0, lanes = 1} : f32[%d, %d]\n", t, t * M, M, N);
        buf_printf(out, "  %%c%d = get %%c [%d, 0] {rows = 0} : f32[%d, 1]\n", t, t * M, M);
        buf_printf(out, "  step %%a, %%x%d%s%s [1, %d, %d", t, second_value(c, ", %c"), second_value(c, t ? "1" : "0"),
                   c->rows, c->lanes ? 2 : 0);
        if (monoid_wants_position(c->monoid))
            buf_printf(out, ", 10 * %%P + %d", t * M * N);
        buf_printf(out, ", %d + %%P - 2] {part}\n", c->count + 1);
    }
    const char *elem = c->monoid == MONOID_ARGMAX || c->monoid == MONOID_ARGMIN ? "i32" : "f32";
    buf_printf(out, "  %%r = fin %%a [1, %d, %d] : %s[%d, %d]\n", c->rows, c->lanes ? 2 : 0, elem, c->rows ? M : 1,
               c->lanes ? N : 1);
    buf_puts(out, "  put %y, %r [0, 0] {rows = 0, lanes = 1}\n}\n");
}

static void put_scalar_step(Buf *out, const StepCase *c, int t, int r, int l) {
    int id = (t * M + r) * N + l;
    int row_step = c->rows ? 0 : c->lanes ? 1 : N, lane_step = c->lanes ? 0 : 1;
    buf_printf(out, "  %%x%d = get %%x [%d, %d] : f32[1, 1]\n", id, t * M + r, 5 + l);
    buf_printf(out, "  %%c%d = get %%c [%d, 0] : f32[1, 1]\n", id, t * M + r);
    buf_printf(out, "  step %%a, %%x%d", id);
    if (c->monoid == MONOID_FMA_SEQ)
        buf_printf(out, ", %%c%d", id);
    buf_printf(out, " [1, %d, %d", c->rows ? 1 + r : 0, c->lanes ? 2 + l : 0);
    if (monoid_wants_position(c->monoid))
        buf_printf(out, ", %d", 10 + t * M * N + r * row_step + l * lane_step);
    buf_puts(out, "]\n");
}

static void put_scalars(Buf *out, const StepCase *c) {
    put_head(out, c);
    for (int t = 0; t < 2; t++)
        for (int r = 0; r < M; r++)
            for (int l = 0; l < N && l < c->count; l++)
                put_scalar_step(out, c, t, r, l);
    const char *elem = c->monoid == MONOID_ARGMAX || c->monoid == MONOID_ARGMIN ? "i32" : "f32";
    for (int r = 0; r < (c->rows ? M : 1); r++)
        for (int l = 0; l < (c->lanes ? N : 1); l++) {
            buf_printf(out, "  %%r%d = fin %%a [1, %d, %d] : %s[1, 1]\n", r * N + l, c->rows ? 1 + r : 0,
                       c->lanes ? 2 + l : 0, elem);
            buf_printf(out, "  put %%y, %%r%d [%d, %d]\n", r * N + l, r, l);
        }
    buf_puts(out, "}\n");
}

static void run_steps(void (*put)(Buf *out, const StepCase *c), const StepCase *c, double *result) {
    double x[ROWS * COLS], rows[ROWS], zero[M * N] = {0};
    Elem elem = c->monoid == MONOID_ARGMAX || c->monoid == MONOID_ARGMIN ? ELEM_I32 : ELEM_F32;
    Buf text = {0};
    put(&text, c);
    numbers(x, ROWS * COLS, c->monoid != MONOID_SUM_SEQ);
    for (int i = 0; i < ROWS; i++)
        rows[i] = 1.0 + i / 8.0;
    Kit k = kit_text(buf_text(&text));
    kit_index(&k, 1);
    kit_arg2(&k, ELEM_F32, ROWS, COLS, x);
    kit_arg2(&k, ELEM_F32, ROWS, 1, rows);
    kit_arg2(&k, elem, M, N, zero);
    run_ok(&k);
    for (int i = 0; i < M * N; i++)
        result[i] = kit_value(&k, 2, i);
    kit_close(&k);
    buf_free(&text);
}

static void compare_steps(const StepCase *c) {
    double blocks[M * N], scalars[M * N];
    run_steps(put_blocks, c, blocks);
    run_steps(put_scalars, c, scalars);
    for (int i = 0; i < M * N; i++) {
        bool same = memcmp(&blocks[i], &scalars[i], sizeof(double)) == 0 ||
                    (blocks[i] != blocks[i] && scalars[i] != scalars[i]);
        if (!same)
            fprintf(stderr, "%s rows %d lanes %d count %d: [%d] %g, by elements %g\n", monoid_text(c->monoid), c->rows,
                    c->lanes, c->count, i, blocks[i], scalars[i]);
        CU_ASSERT(same);
    }
}

static void test_steps(void) {
    static const int counts[] = {-1, 0, 1, 5, N, N + 3};
    for (Monoid m = MONOID_NONE + 1; m < MONOID_COUNT; m++)
        for (int form = 0; m != MONOID_TOPK && form < 4; form++)
            for (int i = 0; i < KIT_COUNT(counts); i++)
                compare_steps(&(StepCase){m, form & 1, form & 2, counts[i]});
}

/* The lanes of both rows in order: position 10 + 8 r + l. */
static void test_topk_blocks(void) {
    Kit k =
        kit_text("module t stage block\n"
                 "workload @w(%x: in tensor f32[2, 8], %v: out tensor f32[1, 4], %i: out tensor i32[1, 4]) export {\n"
                 "  %bv = buffer {memory = l1} : buffer f32[1, 4]\n"
                 "  %bi = buffer {memory = l1} : buffer i32[1, 4]\n"
                 "  %t = acc [4] {monoid = topk, largest, sorted} : acc f32[]\n"
                 "  %0 = get %x [0, 0] {rows = 0, lanes = 1} : f32[2, 8]\n"
                 "  step %t, %0 [10, 6] {part}\n"
                 "  topk_fin %t, %bv, %bi\n"
                 "  %1 = get %bv [0, 0] {lanes = 1} : f32[1, 4]\n"
                 "  %2 = get %bi [0, 0] {lanes = 1} : i32[1, 4]\n"
                 "  put %v, %1 [0, 0] {lanes = 1}\n"
                 "  put %i, %2 [0, 0] {lanes = 1}\n"
                 "}\n");
    kit_arg2(&k, ELEM_F32, 2, 8, (double[]){1, 5, 2, 7, 5, 0, 99, 99, 3, 7, 9, 4, 6, 1, 99, 99});
    kit_arg2(&k, ELEM_F32, 1, 4, NULL);
    kit_arg2(&k, ELEM_I32, 1, 4, NULL);
    run_ok(&k);
    kit_expect(&k, 1, (double[]){9, 7, 7, 6}, "values");
    kit_expect(&k, 2, (double[]){20, 13, 19, 22}, "indices");
    kit_close(&k);
}

/* ---- islands, pack, prefetch ----------------------------------------------------------------- */
static void test_pack(void) {
    Kit k = kit_text("module t stage block\n"
                     "workload @w[%R, %C](%x: in tensor i8[4, 5], %y: out tensor i32[2, 4]) export {\n"
                     "  %b = buffer {memory = l1} : buffer i32[2, 2, 4]\n"
                     "  prefetch %x [100, %C]\n"
                     "  pack %b, %x [1, 2, %R, %C, 1] {rows = 1, lanes = 0}\n" /* transposed */
                     "  island {\n"
                     "    %0 = get %b [1, 0, 0] {rows = 1, lanes = 2} : i32[2, 4]\n"
                     "    put %y, %0 [0, 0] {rows = 0, lanes = 1}\n"
                     "  }\n"
                     "}\n");
    double x[20];
    for (int i = 0; i < 20; i++)
        x[i] = i - 10;
    kit_index(&k, 2);
    kit_index(&k, 3);
    kit_arg2(&k, ELEM_I8, 4, 5, x);
    kit_arg2(&k, ELEM_I32, 2, 4, NULL);
    run_ok(&k);
    kit_expect(&k, 1, (double[]){-3, 2, 7, 0, -2, 3, 8, 0}, "pack");
    kit_close(&k);
}

static void test_errors(void) {
    Kit k = kit_text("module t stage block\n"
                     "workload @w[%C](%x: in tensor f32[4, 5], %y: out tensor f32[1]) export {\n"
                     "  %a = acc {monoid = sum.seq} : acc f32[%C]\n"
                     "  %0 = get %x [0, 0] {lanes = 1} : f32[1, 4]\n"
                     "  step %a, %0 [1]\n"
                     "}\n");
    kit_index(&k, 4);
    kit_arg2(&k, ELEM_F32, 4, 5, NULL);
    kit_arg(&k, ELEM_F32, 1, (int64_t[]){1}, NULL);
    kit_expect_error(&k, PTOC_E_BOUNDS, "step: index 0 is 4, outside of 0 to 3");
    kit_close(&k);
    k = kit_text("module t stage block\n"
                 "workload @w[%C](%x: in tensor f32[4, 5], %y: out tensor f32[1]) export {\n"
                 "  %b = buffer {memory = l1} : buffer f32[2, 4]\n"
                 "  pack %b, %x [3, 0, %C, 4] {rows = 0, lanes = 1}\n"
                 "}\n");
    kit_index(&k, 2);
    kit_arg2(&k, ELEM_F32, 4, 5, NULL);
    kit_arg(&k, ELEM_F32, 1, (int64_t[]){1}, NULL);
    kit_expect_error(&k, PTOC_E_BOUNDS, "pack: index 0 is 4, outside of 0 to 3");
    kit_close(&k);
}

void test_eval_window_register(void);
void test_eval_window_register(void) {
    static const KitTest tests[] = {
        {"windows", test_windows},       {"part of the lanes", test_part},
        {"steps of blocks", test_steps}, {"topk of blocks", test_topk_blocks},
        {"pack and islands", test_pack}, {"errors", test_errors},
    };
    kit_register("eval: blocks", tests, KIT_COUNT(tests));
}
