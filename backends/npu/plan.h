/* plan.h - addresses and flags of place programs. */
#ifndef PTOC_BACKENDS_NPU_PLAN_H
#define PTOC_BACKENDS_NPU_PLAN_H
#include "backends/npu/place.h"

/* How much does not fit, and what lives when most is needed. */
typedef struct PlanLack {
    const PlaceProgram *program;
    NpuMemory memory;
    int64_t needed;     /* bytes live at the peak, a lower bound of what any plan needs */
    const int *buffers; /* of the program, live at the peak */
    int nbuffers;
} PlanLack;

/* Lets instructions work in place where a source ends, moves loads to the front of their blocks, and gives every buffer an address so
 * that buffers that live at the same time do not meet. False: no room, `lack` says how much. */
bool npu_plan(PlaceUnit *unit, PlaceProgram *program, PlanLack *lack);

/* Inserts set, wait and barrier, from the addresses alone. Needs npu_plan. False: more loops than are followed. */
bool npu_sync(PlaceUnit *unit, PlaceProgram *program);
#endif
