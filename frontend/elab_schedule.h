/* elab_schedule.h - between the choice of schedules (elab_schedule.c) and their directives (elab_directive.c). */
#ifndef PTOC_FRONTEND_ELAB_SCHEDULE_H
#define PTOC_FRONTEND_ELAB_SCHEDULE_H
#include "frontend/elab_workload.h"

/* Names, arity and values of every directive. */
void schedule_check(Elab *e, ElabWorkload *w, const AstItem *schedule);
/* The schedule was chosen: its directives go to the workload's function, or are errors or remarks for the target. */
void schedule_apply(Elab *e, ElabWorkload *w, const AstItem *schedule, const char *target);
#endif
