/* c_emit.h - C11 text from a module at block stage.
 *
 * The source is one self-contained, readable file: the parts of the runtime that the program needs (or one #include of
 * ptoc_rt.h), one static function per kernel and workload, and for each exported workload NAME
 *     int NAME(const NAME_args *args, const ptoc_options *options);
 *     size_t NAME_workspace_size(const NAME_args *args, const ptoc_options *options);
 * The header declares the same entry points for C and C++. Both texts depend on the module and the options alone: the same
 * input gives the same bytes. What C cannot do is reported (E06xx) and nothing is promised about the texts then. */
#ifndef PTOC_BACKENDS_C_C_EMIT_H
#define PTOC_BACKENDS_C_C_EMIT_H
#include <stdbool.h>
#include "ir/base/buf.h"
#include "ir/base/diag.h"
#include "ir/ir.h"

typedef enum CChecks { C_CHECKS_NONE, C_CHECKS_ENTRY, C_CHECKS_FULL } CChecks;

typedef struct CEmitOptions {
    const char *version;       /* of ptoc, for the banner; NULL: left out */
    const char *source_name;   /* shown in the banner: "indexer.pto"; NULL: the module's name */
    const char *symbol_prefix; /* put before every external name; NULL: none */
    CChecks checks;
    bool runtime_external; /* #include "ptoc_rt.h" in place of the pasted runtime */
    bool fp_separate;      /* --fp=separate */
    bool line_directives;  /* -g: #line */
    bool trace;            /* record as trace(on) of a schedule does */
    int lanes;             /* f32 lanes of a vector; 0: those of the default machine */
} CEmitOptions;

/* Appends to both buffers; header may be NULL. False when an error was reported. */
bool c_emit(const Module *module, const CEmitOptions *options, DiagContext *dc, Buf *source, Buf *header);
#endif
