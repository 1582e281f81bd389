/* passes_run.h - running a pipeline with everything the command line asks to happen between passes. */
#ifndef PTOC_DRIVER_PASSES_RUN_H
#define PTOC_DRIVER_PASSES_RUN_H
#include "frontend/driver/session.h"
#include "passes/pipeline.h"

/* The pipeline the command line asks for: --passes, or that of -O without the disabled ones. */
bool passes_build(Session *s, const Module *module, Pipeline *out);
/* Runs a pipeline: dumps, prints, verifies, and under --check-each interprets after each pass. `program` gives the examples; NULL
 * where there are none (.ptoir). False after an error. */
bool passes_run_pipeline(Session *s, const Pipeline *pipeline, const Program *program, const char *input,
                         Module *module);
/* Both, for a program. */
bool passes_run(Session *s, const Program *program, const char *input, Module *module);
#endif
