/* c_trace.h - the lines of a program that records what it does; nothing is written where no trace is wanted. */
#ifndef PTOC_BACKENDS_C_C_TRACE_H
#define PTOC_BACKENDS_C_C_TRACE_H
#include "backends/c/c_internal.h"

void c_trace_prepare(CGen *gen);
void c_trace_put_labels(CGen *gen, Buf *out);
void c_trace_level(CFn *fn, const Op *nest);
/* C text of the task, its worker and its stream; the indices are those of `axis` and of the loops around it. */
void c_trace_task(CFn *fn, const Op *axis, const char *part, const char *worker, const char *stream);
/* True: c_trace_end has to follow. */
bool c_trace_call(CFn *fn, const Op *call, const char *counter, bool counted);
void c_trace_tally(CFn *fn, const char *counter, const char *tasks);
void c_trace_end(CFn *fn, const char *task, const char *kind); /* NULL: the function's own; "LEVEL", "TASK", "CALL" */
#endif
