/* run_report.h - what `ptoc run` prints on standard output. */
#ifndef PTOC_DRIVER_RUN_REPORT_H
#define PTOC_DRIVER_RUN_REPORT_H
#include "frontend/driver/engine.h"

typedef struct RunReport {
    const char *input;
    const Func *workload;
    const ProgramExample *example; /* NULL: none */
    const RunInputs *inputs;
    const EngineRun *run;
    const char *compiler;      /* of the engine c, or NULL */
    const char *compared_with; /* another engine that gave the same results, or NULL */
    bool near;                 /* the same but for what LANGUAGE.md leaves to an NPU */
    const char *schedule;      /* as asked for, or NULL */
    int ranks;                 /* 0: not distributed */
    int threads;               /* as asked for; 0: not */
    bool full;
} RunReport;

void run_report(Arena *arena, const RunReport *report, Buf *out);
/* 8192 becomes "8K". */
void put_tier(Buf *out, int64_t tier);
#endif
