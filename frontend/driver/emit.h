/* emit.h - the kinds of output of `ptoc FILE.pto`. */
#ifndef PTOC_DRIVER_EMIT_H
#define PTOC_DRIVER_EMIT_H
#include "backends/c/c_emit.h"
#include "frontend/driver/outputs.h"
#include "frontend/driver/session.h"
#include "frontend/driver/taskgraph.h"

typedef enum EmitKind {
#define EMIT(NAME, word, suffix, present, from) EMIT_##NAME,
#include "frontend/driver/emit.def"
#undef EMIT
    EMIT_COUNT
} EmitKind;

/* What a kind is made from. */
typedef enum EmitFrom { FROM_NOTHING, FROM_AST, FROM_IR, FROM_C, FROM_NPU, FROM_LLVM } EmitFrom;

typedef struct EmitInfo {
    const char *word, *suffix;
    bool present;
    EmitFrom from;
} EmitInfo;
const EmitInfo *emit_info(EmitKind kind);

/* The output of each kind that was asked for, or NULL. */
typedef struct EmitPlan {
    Outputs outputs;
    Output *of[EMIT_COUNT];
    const char *main_path; /* of the first kind: names the depfile */
    TaskGraphs graphs;     /* of the program as it was written, for pictures */
} EmitPlan;

/* From the command line; false after a report. */
bool emit_plan(Session *s, const char *input, EmitPlan *plan);
/* Fills the outputs. `module` has been through the passes; NULL when no kind needs it. */
bool emit_fill(Session *s, const char *input, const Program *program, const Module *module, EmitPlan *plan);

/* What the options say of text C (emit_c.c). */
CEmitOptions emit_c_options(Session *s, const char *source_name, const char *prefix);
/* A graph of calls and dataflow in the dot language (emit_dot.c). */
void emit_dot(Session *s, const Module *module, const TaskGraphs *graphs, Buf *out);
/* What the compiler made of the program, for people (emit_report.c). */
void emit_report(const Program *program, const Module *module, Buf *out);
/* A page with the program, its report and its IR (emit_html.c). */
void emit_html(const Program *program, const SourceMap *map, const Module *module, const Buf *pictures, Buf *out);
/* The make rule of -MD (depfile.c). */
void emit_depfile(const Options *options, const Program *program, const char *main_path, Buf *out);
#endif
