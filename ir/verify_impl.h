/* verify_impl.h - shared by verify.c and verify_op.c only. */
#ifndef PTOC_IR_VERIFY_IMPL_H
#define PTOC_IR_VERIFY_IMPL_H
#include "ir/base/diag.h"
#include "ir/ir.h"

typedef struct Verifier {
    const Module *module;
    Module *types; /* the same module: interning types changes nothing that can be seen */
    DiagContext *dc;
    const char *after;
    Arena *arena;
    const Func *func;
    unsigned char *defined; /* by Value.id: visible at this point */
    int violations;
} Verifier;

void verify_fail(Verifier *v, Loc loc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Reports against an op: "@func: op: text". */
#define VERIFY(v, op, cond, ...) ((cond) ? (void)0 : verify_op_fail((v), (op), __VA_ARGS__))
void verify_op_fail(Verifier *v, const Op *op, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Numbers of operands, expressions, results and regions, types, attributes, stage. False: counts are wrong, look no
 * further. */
bool verify_op(Verifier *v, const Op *op);
/* Extents that cannot be equal. Others may be, by facts that the types do not show. */
bool verify_clash(const Expr *a, const Expr *b);
void verify_elem(Verifier *v, const Op *op, int i, Elem elem); /* of operand i */

/* verify_block.c: single elements and windows of memory, accumulators */
void verify_block_type(Verifier *v, const Op *op, const Type *type, int result);
void verify_get_put(Verifier *v, const Op *op);
void verify_acc(Verifier *v, const Op *op);
void verify_step(Verifier *v, const Op *op);
void verify_fin(Verifier *v, const Op *op);
void verify_topk_fin(Verifier *v, const Op *op);
void verify_pack(Verifier *v, const Op *op);
void verify_prefetch(Verifier *v, const Op *op);
#endif
