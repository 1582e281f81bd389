/* taskgraph.h - the tasks of an example: who they are, and which has to wait for which.
 *
 * The interpreter goes through the workload and tells every call of a kernel with its views; what two of them share, and at least
 * one writes, orders them. Views are compared element by element in the sense of their strides, not by their hulls. */
#ifndef PTOC_DRIVER_TASKGRAPH_H
#define PTOC_DRIVER_TASKGRAPH_H
#include "frontend/driver/session.h"
#include "frontend/example.h"
#include "ir/eval.h"

enum { TASKGRAPH_MOST = 20000 }; /* tasks that are kept */

typedef struct TaskNode {
    const char *kernel, *workload; /* whose body calls it */
    int64_t tier;
    Loc loc; /* of the call */
    EvalAxis axes[EVAL_AXES];
    int naxes;
    int level;      /* tasks on the longest way to it */
    double seconds; /* that it took; 0: it was not run */
    VEC(int) after; /* the tasks it waits for, without those that follow from others */
} TaskNode;

typedef struct TaskGraph {
    const Func *workload;
    const ProgramExample *example; /* NULL: none */
    VEC(TaskNode *) tasks;
    int64_t edges, levels;
    int64_t left_out;  /* tasks beyond TASKGRAPH_MOST */
    const char *error; /* of a run that stopped there; "": none */
} TaskGraph;

/* Runs the workload; without `kernels` none of their bodies, so that what the workload reads of their results is unspecified. */
TaskGraph *taskgraph_make(Session *s, const Module *module, const Func *workload, const RunInputs *inputs,
                          bool kernels);
/* "indexer 64K [batch=3, seq_pos=0]" */
const char *task_text(Arena *arena, const TaskNode *task);

/* The graphs of the first complete example of each workload of the program (taskgraph_emit.c). */
typedef VEC(TaskGraph *) TaskGraphs;
TaskGraphs taskgraphs_of(Session *s, const Program *program, const Module *module);
void taskgraphs_put_dot(Session *s, const TaskGraphs *graphs, Buf *out);
void taskgraphs_put_html(Session *s, const TaskGraphs *graphs, Buf *out);
#endif
