/* walk.h - going over IR. */
#ifndef PTOC_IR_WALK_H
#define PTOC_IR_WALK_H
#include "ir/ir.h"

/* Calls fn for every op below, in order, an op before its regions. The op given may be unlinked by fn. */
void walk_ops(Region *region, void (*fn)(void *user, Op *op), void *user);
/* Replaces every use of a value (operands, and leaves of expressions and types) in the function. Rebuilds types of results. */
void value_replace_uses(Func *func, Value *from, Value *to);
/* Number of uses of each value: operands, expression leaves, extents of result types. Indexed by Value.id. */
typedef struct UseCounts {
    int *count;
    uint32_t size;
} UseCounts;
UseCounts uses_count(Arena *arena, const Func *func);
bool region_contains(const Region *outer, const Region *inner);
/* True if v is defined outside of region (so that it is available throughout it). */
bool value_is_outside(const Value *v, const Region *region);
Region *value_region(const Value *v); /* the region in which it is defined */
Func *op_func(const Op *op);
#endif
