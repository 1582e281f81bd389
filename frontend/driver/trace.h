/* trace.h - the phases of a run as a Chrome trace (chrome://tracing, Perfetto). */
#ifndef PTOC_DRIVER_TRACE_H
#define PTOC_DRIVER_TRACE_H
#include "frontend/driver/engine.h"

void trace_write(const Session *s, const EngineRun *run, Buf *out);
#endif
