/* Operations that are others put together, at the tile stage. */
#include "backends/npu/lower.h"
#include "ir/build.h"

/* The position of an extreme in a column is that in a row of the transposed tile. */
static void arg_of_columns(Module *m, Func *func, Op *op, OpCode row) {
    Builder b = builder_before(m, op);
    b.loc = op->loc;
    Value *found = build_unary(&b, row, build_unary(&b, OP_TRANS, op->operands[0]));
    value_replace_uses(func, op->results[0], build_unary(&b, OP_TRANS, found));
    op_unlink(op);
}

static void legalise_region(Module *m, Func *func, Region *r) {
    for (Op *op = r->first, *next; op; op = next) {
        next = op->next;
        for (int i = 0; i < op->nregions; i++)
            legalise_region(m, func, op->regions[i]);
        if (op->code == OP_COLARGMAX || op->code == OP_COLARGMIN)
            arg_of_columns(m, func, op, op->code == OP_COLARGMAX ? OP_ROWARGMAX : OP_ROWARGMIN);
    }
}

void npu_legalise(const NpuLayouts *layouts) {
    for (int i = 0; i < layouts->nfuncs; i++) {
        Func *f = (Func *)layouts->funcs[i].func;
        if (layouts->funcs[i].reachable && f->kind == FUNC_KERNEL)
            legalise_region((Module *)layouts->module, f, f->body);
    }
}
