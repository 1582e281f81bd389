/* eval.h - the reference interpreter: simple, obviously right, bounds always checked. The oracle for every engine and pass.
 *
 * Runs a workload of a module at any stage, in program order on one thread, on tensors in native memory (the same bytes that
 * generated C works on). Numbers follow LANGUAGE.md section 9 through runtime/include/ptoc_num.h and ptoc_math.h. */
#ifndef PTOC_IR_EVAL_H
#define PTOC_IR_EVAL_H
#include <stddef.h>
#include "ir/ir.h"

typedef struct EvalTensor {
    Elem elem;
    int rank;
    int64_t dims[IR_MAX_RANK];
    int64_t strides[IR_MAX_RANK]; /* in elements */
    void *data;
} EvalTensor;

/* One per value parameter of the workload, in order: a tensor, or a scalar by class of its type. */
typedef struct EvalArg {
    EvalTensor tensor;
    double f;  /* float scalars */
    int64_t i; /* integer, bool and index scalars (u64 as its bit pattern) */
} EvalArg;

/* Tasks run: one count per (kernel origin, tier limit; 0 = outside any tier), in order of first launch. */
typedef struct EvalCount {
    const char *kernel;
    int64_t tier;
    int64_t tasks;
} EvalCount;

typedef struct EvalResult {
    int status; /* PTOC_OK or a PTOC_E_* code of ptoc_rt.h */
    char error[512];
    Loc loc; /* of the failing op */
    int64_t tasks;
    VEC(EvalCount) counts; /* in the arena given */
} EvalResult;

/* A call of a kernel by a workload, with the loops around it, outermost first. */
enum { EVAL_AXES = 16 };
typedef struct EvalAxis {
    const char *name;
    int64_t value;
} EvalAxis;
typedef struct EvalTask {
    const Op *call;
    const Func *callee;
    const char *kernel;
    int64_t tier; /* 0: outside any */
    const EvalAxis *axes;
    int naxes;
    const EvalTensor *args; /* one per parameter of the callee: views; data NULL where it is no memory */
    const int64_t
        *scratch; /* likewise: a number for each temp of the run, which may be where one before it was; 0: a tensor */
} EvalTask;

typedef struct EvalOptions {
    bool fp_separate;                            /* --fp=separate: f32 products are rounded before they are summed */
    bool full_checks;                            /* also check ops of level full, assert, division by zero */
    void (*print)(void *user, const char *text); /* tl.print; NULL: standard error */
    void *print_user;
    void (*task)(void *user, const EvalTask *task, bool ends); /* called before and after each; NULL: not wanted */
    void *task_user;
    bool skip_kernels; /* with `task`: kernels are told and not run */
} EvalOptions;

/* index_args: one per index parameter of the workload. Memory it needs comes and goes with the call. */
void eval_run(const Module *module, const Func *workload, const int64_t *index_args, const EvalArg *args,
              const EvalOptions *options, Arena *arena, EvalResult *result);
#endif
