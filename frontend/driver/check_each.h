/* check_each.h - the same example, interpreted after every pass: the pass that changes a result is found by name. */
#ifndef PTOC_DRIVER_CHECK_EACH_H
#define PTOC_DRIVER_CHECK_EACH_H
#include "frontend/driver/session.h"

typedef struct CheckEach CheckEach;
/* Interprets the smallest complete example of the program; NULL after a report. */
CheckEach *check_each_begin(Session *s, const Program *program, const char *input, const Module *module);
/* Interprets again; false after a report that names the pass. */
bool check_each_pass(CheckEach *check, const Module *module, const char *pass);
#endif
