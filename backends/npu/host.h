/* host.h - what the writers of host code share: host.c (launches) and orch.c (orchestration for a task runtime). */
#ifndef PTOC_BACKENDS_NPU_HOST_H
#define PTOC_BACKENDS_NPU_HOST_H
#include "backends/npu/emit.h"

typedef struct Host {
    Arena *arena;
    const NpuLayouts *layouts;
    const NpuProgram *program;
    const NpuOptions *options;
    DiagContext *dc;
    Buf *out;
    const NpuFunc *func;
    int indent, sites, numbered;
    const char *pipe; /* around: its variable */
    bool failed;
    bool loose; /* order of tasks is free: in parallel loops without sequential ones inside */
    VEC(const Value *) values;
    VEC(const char *) texts;
    VEC(const char *) names;
    VEC(Value *) made; /* leaves with the names of C++ variables */
} Host;

void host_error(Host *h, const Op *op, const char *what);
void host_line(Host *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *host_fresh_name(Host *h, const char *wanted);
void host_bind(Host *h, const Value *v, const char *text);
const char *host_text_of(const Host *h, const Value *v);
const char *host_expr(Host *h, const Expr *e);
const char *host_scalar_type(Elem elem);
void host_scalar_op(Host *h, const Op *op);
const PlaceUnit *host_unit_of(const Host *h, const Func *f);
/* The texts of a unit's index arguments at a call, in order, but for counters. */
void host_index_texts(Host *h, const Op *call, const NpuFunc *callee, const char **out);
/* The single element that a get or put is about. */
NpuMem host_element_of(Host *h, const Op *op);
/* A region one level deeper, written by `put`; its names end with it. */
typedef void HostRegionFn(void *user, const Region *r);
void host_nested(Host *h, const Region *r, HostRegionFn *put, void *user);
/* Tiers: if, else if, else. */
void host_switch(Host *h, const Op *op, HostRegionFn *put, void *user);
bool host_has_code(const Region *r, OpCode code);
void host_start_function(Host *h, const NpuFunc *f);
#endif
