/* The vector layer with the flags of the project. */
#include "tests/unit/runtime_vec_cases.h"

void test_runtime_vec_register(void);
void test_runtime_vec_register(void) { vec_register("runtime.vec"); }
