/* sched.h - what the runtime needs of it. */
#ifndef PTOC_LIBC_SCHED_H
#define PTOC_LIBC_SCHED_H
int sched_yield(void);
#endif
