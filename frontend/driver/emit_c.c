/* The options of text C, whoever it is for: a file, an engine, the module of LLVM. */
#include "frontend/driver/emit.h"

CEmitOptions emit_c_options(Session *s, const char *source_name, const char *prefix) {
    const Options *o = s->options;
    return (CEmitOptions){.source_name = source_name,
                          .symbol_prefix = prefix,
                          .checks = o->checks < 0 ? C_CHECKS_ENTRY : (CChecks)o->checks,
                          .fp_separate = o->fp == 1,
                          .line_directives = o->debug_lines,
                          .trace = o->trace || (o->simulate && !o->cost),
                          .lanes = session_vector(s)->lanes};
}
