/* The vector layer without extensions of a compiler. */
#define PT_PLAIN_C
#include "tests/unit/runtime_vec_cases.h"

void test_runtime_vec_plain_register(void);
void test_runtime_vec_plain_register(void) { vec_register("runtime.vec_plain"); }
