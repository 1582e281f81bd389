/* simulate_key.h - expressions of schedules over the indices of a task, as numbers. */
#ifndef PTOC_DRIVER_SIMULATE_KEY_H
#define PTOC_DRIVER_SIMULATE_KEY_H
#include <stdbool.h>
#include "frontend/example.h"
#include "ir/eval.h"

/* False: the text names something that this task has not. Operators mean what they mean in the language. */
bool schedule_key(const char *text, const EvalAxis *axes, int naxes, const Func *workload, const RunInputs *inputs,
                  int64_t *value);
#endif
