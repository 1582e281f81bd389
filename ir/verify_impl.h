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
#endif
