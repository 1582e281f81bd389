/* compile.h - a program to its outputs, in memory: what `ptoc FILE.pto` and libptoc share. */
#ifndef PTOC_DRIVER_COMPILE_H
#define PTOC_DRIVER_COMPILE_H
#include "frontend/driver/emit.h"
#include "frontend/driver/session.h"

/* Can this version do what the options say of the target? False after a report. */
bool compile_check_target(Session *s);
/* Runs the passes and fills the outputs of the plan; writes no file. False after a report. */
bool compile_fill(Session *s, const char *input, Program *program, EmitPlan *plan);
#endif
