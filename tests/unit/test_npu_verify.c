/* The verifier of place programs: each rule, broken in one place of a program that is proved (tests/npu/proved). */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include "backends/npu/verify/verify.h"

typedef struct BrokenRule {
    const char *program, *find, *put, *message;
} BrokenRule;

static const BrokenRule broken[] = {
    /* addresses */
    {"softmax", "@98432", "@98431",
     "error: [E0901] program `rows`: buffer `s`: 128 bytes x 1 at 98431 are no multiples of 32"},
    {"softmax", "@98432", "@188416",
     "error: [E0901] program `rows`: buffer `s`: 128 bytes x 1 at 188416 end behind the 188416 bytes of ub"},
    {"softmax", "@98432", "", "error: [E0901] program `rows`: buffer `s` has no address"},
    {"softmax", "buffer s ub", "buffer s l1", "error: [E0901] program `rows`: buffer `s`: a vector core has no l1"},
    {"softmax", "out(s[0]+0", "out(s[0]+16", "operand 0: the offset 16 is no multiple of 32"},
    {"softmax", "out(s[0]+0", "out(s[0]+32", "operand 0: 128 bytes at +32 do not fit the 128 bytes of `s`"},
    {"softmax", "in(s[0]+0", "in(s[i]+0", "operand 2: the copy is not shown to be 0 to 0"},
    {"softmax", "gm_in(x + 8192 * i", "gm_in(x + 8192 * i - M",
     "operand 1: the element offset is not shown to be 0 or more"},
    {"softmax", "size 32, 256)", "size 16, 256)", "operand 1: the shape is not shown to be within the box"},
    {"softmax", "@65536", "@196608", "buffer `t`: 32768 bytes x 1 at 196608 end behind"},
    {"topk", "in(top[C % 2]", "in(top[min(1, C + 1) % 2 * 0 + min(C, 1)]",
     "a copy of `top` depends on more than loop counters"},
    /* instructions */
    {"softmax", "insn texp ", "insn trelu mode rint ",
     "error: [E0902] program `rows`: `trelu mode rint out(x[i % 2]+0 f32 nd 32x256 valid n, 256) i ..`: "
     "the mode is not one of it"},
    {"softmax", "insn texp out", "insn texp in(x[i % 2]+0 f32 nd 32x256 valid n, 256) out", "it has 2 operands, not 3"},
    {"softmax", "insn texp out", "insn texp inout", "operand 0 is not `out`"},
    {"softmax", "out(m[0]+0 f32 dn 32x1", "out(m[0]+0 f32 nz 32x8", "operand 0 may not be nz"},
    {"softmax", "out(m[0]+0 f32 dn 32x1 ", "out(m[0]+0 f32 dn 31x1 ",
     "operand 0: 31x1 does not fill blocks or fractals"},
    {"softmax", "let n = min(32, M - 32 * i)", "let n = min(33, M - 32 * i)",
     "the valid shape is not shown to be within 1 and 32x256"},
    {"softmax", "let n = min(32, M - 32 * i)", "let n = min(32, M - 32 * i - 1)",
     "the valid shape is not shown to be within 1 and 32x256"},
    {"softmax", "texp out(x[i % 2]+0 f32", "texp out(x[i % 2]+0 i32", "operand 0: npu-a2a3 does not take i32 here"},
    {"softmax", "texp out(x[i % 2]+0 f32 nd 32x256 valid n, 256)", "texp out(x[i % 2]+0 f32 nd 32x256 valid n, 255)",
     "operand 1: its valid columns do not fit the other operands"},
    {"softmax", "tmp(t[0]+0 f32 nd 32x256 valid n, 256)", "tmp(t[0]+0 f32 nd 16x256 valid 16, 256)",
     "operand 2: the scratch has 16384 bytes and 32768 are needed"},
    {"softmax", "tmp(t[0]+0", "tmp(x[i % 2]+0", "two of its operands overlap"},
    {"softmax", "gm_in(x +", "gm_in(y +", "operand 1: `y` is an out argument"},
    {"softmax", "stride 256, 1 box", "stride 256, 2 box", "operand 1: the innermost stride is not 1"},
    {"scores", "program keys cube", "program keys vector",
     "error: [E0901] program `keys`: buffer `mq`: a vector core has no l1"},
    {"scores", "out(acc[i % 2]+0 f32", "out(acc[i % 2]+0 i32", "products of f16 are accumulated in f32"},
    {"scores", "s(number 0)", "s(number 8)", "operand 2: the origin is a multiple of the fractal"},
    {"topk", "s(number 1024)", "s(number 2048)", "columns are 1 to 255 groups of four runs"},
    {"topk", "s(number 64)", "s(number 96)", "operand 2: a run is a multiple of 64 elements"},
    {"topk", "in(src[0]+0 f32 nd 1x2048 valid 1, 2048) in(idx[0]+0 u32 nd 1x2048 valid 1, 2048)",
     "in(src[0]+0 f32 nd 1x2048 valid 1, 2040) in(idx[0]+0 u32 nd 1x2048 valid 1, 2040)",
     "operand 1: columns of a sort are a multiple of 32 and none of 8160"},
    /* flags */
    {"softmax", "set V MTE3 #0 + i mod 2", "set V MTE3 #7 + i mod 2",
     "error: [E0903] program `rows`: `set V MTE3 #7 + i mod 2`: event ids are 0 to 7"},
    {"softmax", "set V MTE3", "set V V", "a flag goes from one pipe to another; within V it is a barrier"},
    {"softmax", "set V MTE3", "set M MTE3", "a vector core has no pipe M"},
    {"softmax", "set V MTE3 #0 + i mod 2", "set V MTE3 #0 + 0 - i mod 2", "the phase is not shown to be 0 or more"},
    {"softmax", "set V MTE3 #0 + i mod 2", "set V MTE3 #0 + M mod 2", "the phase depends on more than loop counters"},
    {"softmax", "    set V MTE3 #0 + i mod 2", "    when n { set V MTE3 #0 }",
     "only instructions may be under a condition"},
    {"softmax", "x[i % 2]", "x[i % 13 % 2]", "copies and flags repeat only after more than 20 iterations"},
    {"softmax", "  set MTE3 MTE2 #1\n", "",
     "error: [E0904] program `rows`: `wait MTE3 MTE2 #1`: it waits for ever: nothing sets the flag"},
    {"softmax", "    set V MTE3 #0 + i mod 2\n    wait V MTE3 #0 + i mod 2\n",
     "    wait V MTE3 #0\n    wait MTE3 V #0\n    set V MTE3 #0\n    set MTE3 V #0\n",
     "it waits for ever: what sets the flag waits for it"},
    {"softmax", "  wait MTE3 MTE2 #1\n", "",
     "error: [E0905] program `rows`: `set MTE3 MTE2 #1`: 1 sets and 0 waits of MTE3 MTE2 #1"},
    {"softmax", "MTE2 V #0 + i mod 2", "MTE2 V #0",
     "the flag may still be set from before: two tokens on one event id"},
    {"softmax", "    barrier V\n    insn texp", "    insn texp",
     "error: [E0906] program `rows`: nothing lets `trowexpandsub out(x[i % 2]+0 f32 nd 32x256 valid n, 256) in( ..` "
     "end before "
     "`texp out(x[i % 2]+0 f32 nd 32x256 valid n, 256) in(x[i % 2]+ ..`: both write ub\nnote: shown with i < 1"},
    {"softmax", "insn texp out(x[i % 2]+0 f32 nd 32x256 valid n, 256) in(x[i % 2]+0 f32 nd 32x256 valid n, 256)",
     "insn trowexpandmax out(t[0]+0 f32 nd 16x256 valid 16, 256) in(t[0]+0 f32 nd 16x256 valid 16, 256) "
     "in(m[0]+0 f32 dn 16x1 valid 16, 1)\n"
     "insn trowexpandmin out(t[0]+16384 f32 nd 16x256 valid 16, 256) in(t[0]+16384 f32 nd 16x256 valid 16, 256) "
     "in(m[0]+0 f32 dn 16x1 "
     "valid 16, 1)",
     "nothing lets `trowexpandmax out(t[0]+0 f32 nd 16x256 valid 16, 256) in(t[0 ..` end before `trowexpandmin "
     "out(t[0]+16384 f32 nd "
     "16x256 valid 16, 256) in ..`: both write ub"}, /* the library's scratch */
    {"softmax", "let n = min(32, M - 32 * i)", "let n = M", "the valid shape is not shown to be within 1 and 32x256"},
    /* values */
    {"softmax", "nth 3", "nth 5",
     "comes before `texp out(x[i % 2]+0 f32 nd 32x256 valid n, 256) in(x[i % 2]+ ..`, which the kernel "
     "puts ahead of it"},
    {"nested", "    insn texpands out(s[j % 2]+0 f32 nd 1x64 valid 1, c) s(number 0)\n", "",
     "error: [E0907] program `columns`: `tstore gm_out(y + 64 * j f32 nd shape 1, c stride N, 1 box 0 ..`: not all "
     "that it reads of `s` "
     "has been written\nnote: shown with j < 1, i < 0"},
    {"nested", "@33024", "@32768", "`s` was overwritten through `p` by `tcolsum"},
    {"nested", "out(s[j % 2]+0 f32 nd 1x64 valid 1, c) s(number 0)",
     "out(s[j % 2]+0 f32 nd 1x64 valid 1, min(c, 63)) s(number 0)", "not all that it reads of `s` has been written"},
};

/* The text with every `find` as `put`; NULL: nothing was found. */
static bool replace_all(Buf *out, const char *text, const char *find, const char *put) {
    bool any = false;
    for (const char *at; (at = strstr(text, find)); text = at + strlen(find)) {
        buf_write(out, text, (size_t)(at - text));
        buf_puts(out, put);
        any = true;
    }
    buf_puts(out, text);
    return any;
}

static void verify_text(const char *text, Buf *messages) {
    static const DiagOptions plain = {.error_limit = 20};
    Arena *arena = arena_create();
    SourceMap *map = source_map_create(arena);
    DiagContext *dc = diag_context_create(arena, map, &plain);
    PlaceUnit *unit = place_parse(arena, strtab_create(arena), dc, source_add(map, "t.place", text, strlen(text)));
    bool ok = unit && place_verify(unit, dc);
    diag_render(dc, messages);
    CU_ASSERT_EQUAL(ok, diag_error_count(dc) == 0);
    arena_destroy(arena);
}

static void rules_are_broken(void) {
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        const BrokenRule *b = &broken[i];
        Buf file = {0}, text = {0}, messages = {0};
        char path[512];
        snprintf(path, sizeof path, "%s/tests/npu/proved/%s.place", PTOC_SOURCE_DIR, b->program);
        CU_ASSERT_EQUAL_FATAL(buf_load(&file, path, 1 << 20), 0);
        bool found = replace_all(&text, buf_text(&file), b->find, b->put);
        verify_text(buf_text(&text), &messages);
        bool right = found && strstr(buf_text(&messages), b->message);
        CU_ASSERT(right);
        if (!right)
            fprintf(stderr, "case %zu expects\n  %s\nfound\n%s\n", i, b->message, buf_text(&messages));
        buf_free(&file);
        buf_free(&text);
        buf_free(&messages);
    }
}

void test_npu_verify_register(void);
void test_npu_verify_register(void) {
    CU_pSuite suite = CU_add_suite("npu_verify", NULL, NULL);
    CU_add_test(suite, "each broken rule is told", rules_are_broken);
}
