#include "frontend/driver/exit_code.h"

#include <stdbool.h>

static const ExitCodeInfo exit_rows[] = {
#define EXIT(NAME, code, doc) {code, doc},
#include "frontend/driver/exit_code.def"
#undef EXIT
};

int exit_code_count(void) { return (int)(sizeof exit_rows / sizeof exit_rows[0]); }
const ExitCodeInfo *exit_code_at(int index) { return &exit_rows[index]; }

/* Errors that are not mistakes in the input; every other error is. */
typedef struct ExitRow {
    DiagCode code;
    ExitCode exit;
} ExitRow;
static const ExitRow exit_of_diag[] = {
#define EXIT_OF(NAME, exit) {DIAG_##NAME, EXIT_CODE_##exit},
#include "frontend/driver/exit_of.def"
#undef EXIT_OF
};

ExitCode exit_code_of(DiagCode code) {
    for (size_t i = 0; i < sizeof exit_of_diag / sizeof exit_of_diag[0]; i++) {
        if (exit_of_diag[i].code == code)
            return exit_of_diag[i].exit;
    }
    return EXIT_CODE_INPUT;
}

ExitCode exit_code_of_all(const DiagContext *dc) {
    if (diag_error_count(dc) == 0)
        return EXIT_CODE_OK;
    bool any = false, mixed = false;
    ExitCode shared = EXIT_CODE_INPUT;
    for (int i = 0; i < diag_count(dc); i++) {
        DiagCode code = diag_code_at(dc, i);
        DiagSeverity severity = diag_info(code)->severity;
        if (severity != DIAG_ERROR && severity != DIAG_FATAL)
            continue;
        ExitCode exit = exit_code_of(code);
        if (exit == EXIT_CODE_INTERNAL)
            return exit;
        mixed = mixed || (any && exit != shared);
        shared = exit;
        any = true;
    }
    return mixed ? EXIT_CODE_INPUT : shared;
}
