/* The unit tests' entry: `unit_tests [-l] [subject...]` runs the suites of the named subjects, or all of them. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT(subject) void test_##subject##_register(void);
#include "unit_registry.def"
#undef UNIT

typedef struct UnitSubject {
    const char *name;
    void (*add_suites)(void);
} UnitSubject;

static const UnitSubject subjects[] = {
#define UNIT(subject) {#subject, test_##subject##_register},
#include "unit_registry.def"
#undef UNIT
    {NULL, NULL},
};

static bool subject_register(const char *name) {
    for (const UnitSubject *s = subjects; s->name; s++) {
        if (strcmp(s->name, name) == 0) {
            s->add_suites();
            return true;
        }
    }
    fprintf(stderr, "unit_tests: no subject `%s` (-l lists them)\n", name);
    return false;
}

static int subject_list(void) {
    for (const UnitSubject *s = subjects; s->name; s++)
        puts(s->name);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "-l") == 0)
        return subject_list();
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    bool known = true;
    for (int i = 1; i < argc; i++)
        known &= subject_register(argv[i]);
    for (const UnitSubject *s = subjects; argc == 1 && s->name; s++)
        s->add_suites();
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_ErrorCode ran = CU_basic_run_tests();
    /* A run without a single assertion proves nothing: it fails too. */
    bool ok = known && ran == CUE_SUCCESS && CU_get_error() == CUE_SUCCESS && CU_get_number_of_asserts() > 0 &&
              CU_get_number_of_failures() == 0 && CU_get_number_of_suites_failed() == 0;
    CU_cleanup_registry();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
