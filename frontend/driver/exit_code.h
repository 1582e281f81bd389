/* exit_code.h - what ptoc returns, and which diagnostics lead to which code. */
#ifndef PTOC_DRIVER_EXIT_CODE_H
#define PTOC_DRIVER_EXIT_CODE_H
#include "ir/base/diag.h"

typedef enum ExitCode {
#define EXIT(NAME, code, doc) EXIT_CODE_##NAME = (code),
#include "frontend/driver/exit_code.def"
#undef EXIT
} ExitCode;

typedef struct ExitCodeInfo {
    int code;
    const char *doc;
} ExitCodeInfo;
int exit_code_count(void);
const ExitCodeInfo *exit_code_at(int index);

/* The code that a diagnostic leads to when it is the only error. */
ExitCode exit_code_of(DiagCode code);
/* The code of all that was reported: OK without errors; INTERNAL if there is one such; the code that all errors share; else
 * INPUT. */
ExitCode exit_code_of_all(const DiagContext *dc);
#endif
