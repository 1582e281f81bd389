/* verify.h - proves that a place unit is legal, synchronised and free of races, or says why it is not.
 *
 * It reads the final form (addresses, flags) and nothing that the passes remember. It shares no code with them. */
#ifndef PTOC_BACKENDS_NPU_VERIFY_VERIFY_H
#define PTOC_BACKENDS_NPU_VERIFY_VERIFY_H
#include "backends/npu/place.h"

/* Reports the first mistake (E0901 ..) of each program. */
bool place_verify(const PlaceUnit *unit, DiagContext *dc);
#endif
