/* elab_access.h - which elements of which tensor an op of a workload touches.
 *
 * A MemoryBox is the part of a root (a tensor parameter or a temp) that a view value reaches: per dimension of the root, or of
 * another shape that tl.reshape gave to all of it, the places lo .. lo + len. It never leaves an element out; `exact` says that
 * it holds no element too many, except that a block may be clipped at the dimension's end (and at the end of the view it is
 * taken from). */
#ifndef PTOC_FRONTEND_ELAB_ACCESS_H
#define PTOC_FRONTEND_ELAB_ACCESS_H
#include "ir/ir.h"
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/vec.h"

typedef struct MemoryBox {
    Value *root;
    const Type *shape; /* whose dimensions lo and len count in */
    int rank;          /* that of shape; 0: nothing is known */
    const Expr *lo[IR_MAX_RANK], *len[IR_MAX_RANK];
    bool exact;
} MemoryBox;

/* The operation's result is memory of its first operand. */
bool op_makes_view(OpCode code);

/* The box of a TENSOR or VIEW value. */
MemoryBox memory_box_of(Module *m, Value *v);
/* It counts in the root's own dimensions. */
bool memory_box_is_direct(const MemoryBox *box);
/* How many leading dimensions of two boxes of one root are the same, so that places in them are, too: both shapes have as many
 * elements, and so has what follows. */
int memory_box_common_dims(const MemoryBox *a, const MemoryBox *b);
/* All dimensions are the same. */
bool memory_box_comparable(const MemoryBox *a, const MemoryBox *b);
/* The same places of the same root, element by element. */
bool memory_box_same(const MemoryBox *a, const MemoryBox *b);
/* `OUT[batch, 8 * j :+ 8, :]` */
void memory_box_format(Module *m, Buf *out, const MemoryBox *box);

/* One read or write of memory. */
typedef struct MemoryAccess {
    const Op *op;
    int operand;
    bool writes, reads;
    int statement; /* of `parallel { }`, where statements are compared */
    MemoryBox box;
} MemoryAccess;
typedef VEC(MemoryAccess) MemoryAccessVec;
/* All accesses of the ops in a region and below, in order. Roots that are declared inside the region are left out: they are
 * private to each execution of it. */
void memory_collect_accesses(Arena *arena, Module *m, const Region *region, MemoryAccessVec *out);
/* All accesses of a function, in order. */
void memory_collect_all(Arena *arena, Module *m, const Func *func, MemoryAccessVec *out);
#endif
