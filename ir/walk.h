/* walk.h - going over IR. */
#ifndef PTOC_IR_WALK_H
#define PTOC_IR_WALK_H
#include "ir/ir.h"

/* Calls fn for every op below, in order, an op before its regions. The op given may be unlinked by fn (its regions
 * are then not gone into); ops that fn puts before it are not visited, those it puts behind it are. */
void walk_ops(Region *region, void (*fn)(void *user, Op *op), void *user);
/* Replaces every use of a value (operands, and leaves of expressions and types) in the function. Rebuilds types of
 * results. */
void value_replace_uses(Func *func, Value *from, Value *to);
/* Number of uses of each value: operands, expression leaves, extents of result and region argument types. */
typedef struct UseRange {
    int *count; /* of the values with ids first .. first + size - 1 */
    uint32_t first, size;
} UseRange;
/* A function's parameters have ids close together, and so have the values of its body, but the two may lie far apart. */
typedef struct UseCounts {
    UseRange params, body;
} UseCounts;
/* The place where uses of the value are counted, or NULL: it is not of the function. */
static inline int *uses_slot(const UseCounts *uses, const Value *v) {
    if (v->id - uses->params.first < uses->params.size)
        return &uses->params.count[v->id - uses->params.first];
    return v->id - uses->body.first < uses->body.size ? &uses->body.count[v->id - uses->body.first] : NULL;
}
static inline int uses_of(const UseCounts *uses, const Value *v) {
    const int *slot = uses_slot(uses, v);
    return slot ? *slot : 0;
}
UseCounts uses_count(Arena *arena, const Func *func);
bool region_contains(const Region *outer, const Region *inner);
/* True if v is defined outside of region (so that it is available throughout it). */
bool value_is_outside(const Value *v, const Region *region);
Region *value_region(const Value *v); /* the region in which it is defined */
Func *op_func(const Op *op);
#endif
