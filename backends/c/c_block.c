/* Blocks: ops on values of several rows or lanes. */
#include "backends/c/c_internal.h"

static bool is_block(const Value *v) { return type_is_tile(v->type) && !type_is_scalar(v->type); }

bool c_is_block_op(const Op *op) {
    bool found = op_attr_bool(op, ATTR_PART);
    for (int i = 0; i < op->noperands; i++)
        found = found || is_block(op->operands[i]);
    for (int i = 0; i < op->nresults; i++)
        found = found || is_block(op->results[i]);
    return found;
}

void c_emit_block(CFn *fn, const Op *op) { c_error(fn->gen, arena_printf(fn->gen->arena, "%s of a block", op_info(op->code)->name)); }

void c_emit_prefetch(CFn *fn, const Op *op) { (void)fn, (void)op; /* a hint */ }
