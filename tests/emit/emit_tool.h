/* emit_tool.h - shared by the parts of emit_tool. */
#ifndef PTOC_TESTS_EMIT_TOOL_H
#define PTOC_TESTS_EMIT_TOOL_H
#include "backends/c/c_emit.h"
#include "ir/eval.h"
#include "ir/print.h"
#include "ir/verify.h"

typedef struct EmitSession {
    Arena *arena;
    StrTab *strings;
    SourceMap *map;
    DiagContext *dc;
    Module *module;
    const char *text; /* of the file */
} EmitSession;

EmitSession *session_create(void);
bool session_load(EmitSession *s, const char *path);
bool session_parse(EmitSession *s, const char *path, const char *text, size_t size);
bool session_emit(EmitSession *s, const CEmitOptions *options, Buf *source, Buf *header);

/* How the workloads of a module are run: the same for every one of them. */
typedef struct RunPlan {
    int64_t dims[16]; /* symbols, in order */
    int ndims;
    const char *text; /* `// range NAME LO HI` lines stand here */
    uint64_t seed;
    bool full_checks, fp_separate, plain;
    int lanes; /* 0: of the default machine */
} RunPlan;

int run_file(const char *path, char **commands, int n);
int run_family(const char *what, char **commands, int n);
int check_pieces(char **commands, int n);
/* Compiles with each command, runs every exported workload by every plan, compares. The number of failures. */
int run_module(EmitSession *s, const RunPlan *plans, int nplans, char **commands, int n);
#endif
