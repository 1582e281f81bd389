/* commands.h - one function for each command of ptoc. Each prints what it has to say and returns the exit code. */
#ifndef PTOC_DRIVER_COMMANDS_H
#define PTOC_DRIVER_COMMANDS_H
#include "frontend/driver/session.h"

ExitCode command_compile(Session *s);
ExitCode command_check(Session *s);
ExitCode command_opt(Session *s);
ExitCode command_run(Session *s);
ExitCode command_test(Session *s);
ExitCode command_explain(Session *s, const char *const *codes, int count);
/* --help, --version, --print, --capabilities, --completions: true when one of them was asked for and printed. */
bool command_print(Session *s, ExitCode *code);
/* Writes text to standard output; SYSTEM after a report when that fails. */
ExitCode print_to_stdout(Session *s, const Buf *text);
/* A session whose messages go to standard error. */
void driver_begin(Session *s, Arena *arena, Options *options);
/* The whole of ptoc: what main calls. */
int driver_main(int argc, char *const *argv);
#endif
