/* run_data.h - tensors of a run: copies, comparison bit for bit, texts. */
#ifndef PTOC_DRIVER_RUN_DATA_H
#define PTOC_DRIVER_RUN_DATA_H
#include "ir/base/buf.h"
#include "ir/eval.h"

int64_t tensor_count(const EvalTensor *t);
/* The arguments with copies of what the workload may write; inputs are shared. */
EvalArg *run_args_copy(Arena *arena, const Func *workload, const EvalArg *args);
/* Puts the contents of `from` into those copies again. */
void run_args_restore(const Func *workload, EvalArg *args, const EvalArg *from);
/* Row-major number of the first element whose bits differ (all NaNs count as one), or -1. */
int64_t tensor_first_difference(const EvalTensor *a, const EvalTensor *b);
/* "[1, 0, 5]" */
const char *tensor_place_text(Arena *arena, const EvalTensor *t, int64_t at);
/* An element as it would be written in the language, with enough digits to tell it from its neighbours. */
void tensor_put_value(Buf *out, const EvalTensor *t, int64_t at);
const char *tensor_value_text(Arena *arena, const EvalTensor *t, int64_t at);
/* "i32[4, 16]" */
void tensor_put_type(Buf *out, const EvalTensor *t);
/* The first difference of two runs in words ("`OUT`[0, 3] is 1 with interp and 2 with c"), or NULL. */
typedef struct RunDifference {
    const char *param, *place, *a, *b;
} RunDifference;
bool run_args_differ(Arena *arena, const Func *workload, const EvalArg *a, const EvalArg *b, RunDifference *out);
/* The same with what LANGUAGE.md, section 9, leaves to an NPU: floats may be a little apart (run_data.c says how much), everything else
 * is equal. */
bool run_args_differ_npu(Arena *arena, const Func *workload, const EvalArg *a, const EvalArg *b, RunDifference *out);
#endif
