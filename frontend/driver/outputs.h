/* outputs.h - the files that one run writes: collected in memory, written together at the end or not at all. */
#ifndef PTOC_DRIVER_OUTPUTS_H
#define PTOC_DRIVER_OUTPUTS_H
#include "ir/base/buf.h"
#include "ir/base/diag.h"
#include "ir/base/vec.h"

typedef struct Output {
    const char *path; /* "-": standard output */
    Buf text;
    bool in_folder; /* of the run's own making: folders on the way are made */
} Output;

typedef struct Outputs {
    Arena *arena;
    VEC(Output *) all;
} Outputs;

/* A new output. The text stays empty until someone fills it. */
Output *outputs_add(Outputs *outputs, const char *path);
/* Reports outputs that are one place, and outputs that are one of the inputs. */
bool outputs_check(const Outputs *outputs, DiagContext *dc, const char *const *inputs, int ninputs);
/* Writes all of them: every file whole under a temporary name, then standard output, then all files take their names. False
 * after a report; then no file was created or changed. */
bool outputs_commit(Outputs *outputs, DiagContext *dc);
void outputs_free(Outputs *outputs);
#endif
