/* expect.h - what examples expect of their outputs. */
#ifndef PTOC_DRIVER_EXPECT_H
#define PTOC_DRIVER_EXPECT_H
#include "frontend/driver/engine.h"

/* Reports every expectation that a run does not meet; true when there is none. */
bool expects_report(Session *s, const ProgramExample *example, const RunInputs *inputs, const EngineRun *run);
/* The failure of one expectation in words, or NULL. */
const char *expect_failure(Arena *arena, const RunExpect *expect, const EngineRun *run);
#endif
