/* The vector layer with all that this machine has (see CMakeLists.txt). */
#include "tests/unit/runtime_vec_cases.h"

void test_runtime_vec_native_register(void);
void test_runtime_vec_native_register(void) { vec_register("runtime.vec_native"); }
