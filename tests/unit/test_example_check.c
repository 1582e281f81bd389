/* Examples: every mistake and its whole message. */
#include "elab_kit.h"
#include "frontend/elab.h"

typedef struct Case {
    const char *name, *source, *messages;
} Case;

/* clang-format off */
static const Case cases[] = {
    {"names",
     "workload w(X: in f32[B], Y: out f32[B], n: i32) { tl.store(Y, 0.0); }\n"
     "example a for ww { }\n"
     "example b for w { C = 4; x = zeros; B = 3; B = 4; }\n"
     "example b for w { }\n",
     "2:15: error: [E0520] example `a`: there is no workload `ww`\n"
     "hint: did you mean `w`?\n"
     "3:19: error: [E0521] workload `w` has no symbol or parameter `C`\n"
     "3:26: error: [E0521] workload `w` has no symbol or parameter `x`\n"
     "3:44: error: [E0522] `B` is bound twice\n"
     "3:37: note: it is bound here too\n"
     "4:9: error: [E0202] `b` is defined twice\n"
     "3:9: note: `b` is defined here\n"},
    {"values",
     "workload w(X: in f32[B], Y: out f32[B], n: i8, f: f16) { tl.store(Y, 0.0); }\n"
     "example a for w {\n"
     "    B = -1; n = 300; X = 3; Y = nrmal(seed = 1); f = [1.0];\n"
     "}\n"
     "example b for w {\n"
     "    B = normal(seed = 1); n = zeros; X = [1, 2, true]; Y = normal(); f = 1.0;\n"
     "}\n"
     "example c for w {\n"
     "    B = 3; X = [1, 2]; Y = integers(lo = 3, hi = 3, seed = 1); n = 2.5; f = 70000.0;\n"
     "    expect X = zeros;\n"
     "    expect Y = [1] within -1.0;\n"
     "}\n"
     "example d for w {\n"
     "    B = 3; X = npy(3); Y = uniform(0.0, inf, 1); n = \"a\"; f = 0.1; expect Z = zeros;\n"
     "}\n"
     "example e for w { X = normal(seed = 0.5); Y = random_csr(1, 2); n = C; }\n"
     "example f for w { X = fill(0); }\n",
     "3:9: error: [E0523] `B`: expected an integer from 0 on, found -1\n"
     "3:17: error: [E0523] `n`: expected a number of type i8, found 300\n"
     "3:26: error: [E0523] `X`: expected a list or a generator, found `3`\n"
     "3:33: error: [E0526] unknown generator `nrmal`\n"
     "hint: did you mean `normal`?\n"
     "3:54: error: [E0523] `f`: expected a number of type f16, found `[1.0]`\n"
     "6:9: error: [E0523] `B`: expected an integer from 0 on, found `normal(seed = 1)`\n"
     "6:31: error: [E0523] `n`: expected a number of type i8, found `zeros`\n"
     "6:49: error: [E0523] `X`: expected a number of type f32, found true\n"
     "6:60: error: [E0525] generator `normal` is written normal(seed = 1)\n"
     "9:16: error: [E0524] `X`: expected 3 elements (f32[B]), found 2\n"
     "9:50: error: [E0523] `hi`: expected more than lo = 3, found 3\n"
     "9:68: error: [E0523] `n`: expected a number of type i8, found 2.5\n"
     "9:77: error: [E0523] `f`: expected a number of type f16, found 7e+04\n"
     "10:12: error: [E0527] `X` is not written by the workload, so nothing can be expected of it\n"
     "11:27: error: [E0523] `within`: expected a tolerance from 0 on, found -1.0\n"
     "14:20: error: [E0523] `npy`: expected a path in quotes, found `3`\n"
     "14:41: error: [E0523] `hi`: expected a finite number, found inf\n"
     "14:54: error: [E0523] `n`: expected a number of type i8, found `\"a\"`\n"
     "14:75: error: [E0521] workload `w` has no symbol or parameter `Z`\n"
     "16:37: error: [E0523] `seed`: expected an integer, found 0.5\n"
     "16:47: error: [E0523] `Y`: expected a list or a generator, found `random_csr(1, 2)`\n"
     "16:69: error: [E0201] unknown name `C`\n"
     "17:23: error: [E0526] unknown generator `fill`\n"
     "hint: the generators are zeros, ones, iota, normal, uniform, integers, npy, random_csr\n"},
};
/* clang-format on */

static void check_case(const Case *c) {
    Kit kit;
    kit_open(&kit);
    kit_load(&kit, c->source);
    CU_ASSERT(kit_same(c->name, c->messages, kit_messages(&kit)));
    CU_ASSERT_EQUAL(kit.program->module == NULL, diag_error_count(kit.dc) > 0);
    kit_close(&kit);
}

static void test_messages(void) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

void test_example_check_register(void);
void test_example_check_register(void) {
    CU_pSuite suite = CU_add_suite("example_check", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
}
