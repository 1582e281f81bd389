/* elab_inspect.h - run-time checks for parallel loops whose proof stayed open. */
#ifndef PTOC_FRONTEND_ELAB_INSPECT_H
#define PTOC_FRONTEND_ELAB_INSPECT_H
#include "frontend/elab_parallel.h"

typedef const char *ParallelText(void *user, const MemoryAccess *access); /* an access as messages name it */

/* Puts a check of all accesses to `root` in front of the loop. False, and nothing is there: where the loop goes depends on what it
 * computes itself, or an access goes through a block table. */
bool parallel_inspect(Elab *e, const ParallelLoop *loop, Value *root, ParallelText *text, void *user);
#endif
