/* pipeline.h - the pass manager.
 *
 * A pass is `bool pass_NAME(Module *, PassContext *)`, false after it reported an error. pass.def lists them. A pipeline is a list
 * of rows; building one checks needs against gives. After each pass `after` is called: the driver dumps, verifies, interprets. */
#ifndef PTOC_PASSES_PIPELINE_H
#define PTOC_PASSES_PIPELINE_H
#include "ir/base/diag.h"
#include "ir/ir.h"
#include "ir/vector.h"

typedef struct PassContext PassContext;
struct PassContext {
    Arena *arena; /* scratch that is gone when the pass ends: what the module holds is of its own arena */
    DiagContext *diag;
    int opt_level; /* -O0 .. -O3 */
    /* Is told about every decision, in one line; NULL: nobody wants to know. */
    void (*remark)(void *user, Loc at, const char *text);
    VectorFacts vector; /* of the machine; lanes 0: values stay scalars */
    /* After a pass has run: name, number from 1, seconds; false stops the pipeline. NULL: nothing. */
    bool (*after)(void *user, Module *module, const char *pass, int number, double seconds);
    void *user;
};

typedef struct PassInfo {
    const char *name;
    bool (*run)(Module *, PassContext *);
    int needs, gives; /* Stage, or -1: any */
    int level;
    bool mandatory;
    const char *doc;
} PassInfo;

enum { PIPELINE_MAX = 64 };
typedef struct Pipeline {
    const PassInfo *passes[PIPELINE_MAX];
    int count;
} Pipeline;

const PassInfo *pass_table(int *count);
const PassInfo *pass_find(const char *name); /* NULL: none */
/* The rows whose level is at most opt_level, without those named in `disabled` (each checked: unknown or mandatory names are
 * errors E0705, E0706). False after an error. */
bool pipeline_default(Pipeline *p, int opt_level, const char *const *disabled, int ndisabled, DiagContext *dc);
/* From "a,b,c". Unknown names and stages that do not fit are errors. `start` is the module's stage. */
bool pipeline_parse(Pipeline *p, const char *names, Stage start, DiagContext *dc);
/* Runs it. Returns false if a pass reported an error or `after` stopped it. */
bool pipeline_run(const Pipeline *p, Module *module, PassContext *ctx);
void pass_print_table(Buf *out); /* --print=passes */
#endif
