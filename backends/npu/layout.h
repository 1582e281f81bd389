/* layout.h - where the elements of memory values are, and which functions are reachable.
 *
 * A kernel's or workload's view parameter is a pointer and strides. A stride that is the same constant at every call, or always that
 * of a contiguous view, is written into the kernel; only the others become index arguments (made-up values). */
#ifndef PTOC_BACKENDS_NPU_LAYOUT_H
#define PTOC_BACKENDS_NPU_LAYOUT_H
#include "ir/base/diag.h"
#include "ir/base/vec.h"
#include "ir/ir.h"

typedef struct NpuMem {
    Value *base;        /* parameter or temp */
    const Expr *offset; /* elements */
    Elem elem;
    int rank;
    const Expr *dims[IR_MAX_RANK], *strides[IR_MAX_RANK];
    /* Coordinates in the base where the selectors only cut blocks: dimension d of the view is dimension of[d] of the base. */
    bool boxed;
    int of[IR_MAX_RANK];
    const Expr *origin[IR_MAX_RANK]; /* by dimension of the base */
} NpuMem;

typedef struct NpuFunc {
    const Func *func;
    bool reachable;
    VEC(const Op *) calls;
    const Expr **strides;  /* [param * IR_MAX_RANK + dim] */
    VEC(Value *) made_up;  /* strides that are arguments, in order */
    VEC(int) made_up_slot; /* param * IR_MAX_RANK + dim of each */
} NpuFunc;

typedef struct NpuLayouts {
    Arena *arena;
    const Module *module;
    NpuFunc *funcs; /* as in the module */
    int nfuncs;
    NpuFunc **order; /* reachable ones, callers first */
    int norder;
} NpuLayouts;

NpuLayouts *npu_layouts_create(Arena *arena, const Module *module);
NpuFunc *npu_func(const NpuLayouts *l, const Func *func);
NpuMem npu_mem(const NpuLayouts *l, Value *v);
#endif
