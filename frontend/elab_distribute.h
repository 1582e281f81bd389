/* elab_distribute.h - `distribute(axis)` of a schedule, in the finished IR of a workload. */
#ifndef PTOC_FRONTEND_ELAB_DISTRIBUTE_H
#define PTOC_FRONTEND_ELAB_DISTRIBUTE_H
#include "frontend/elab_workload.h"

/* Every parallel loop whose index is `axis` runs this rank's part of its iterations. What cannot be distributed is an error that
 * names the place; `directive` is where the schedule asks for it. */
void workload_distribute(Elab *e, ElabWorkload *w, const char *axis, Span directive);
#endif
