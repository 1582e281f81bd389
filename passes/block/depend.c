/* depend.c - are the iterations of a loop independent of each other, as far as memory goes?
 *
 * Every element that one iteration writes must be of no concern to the others. It suffices that all reads and writes of memory that
 * is written go, in some dimension, to the place index + c, with the same c: then each iteration has a slice of its own. */
#include "passes/block/block.h"

typedef struct Access {
    const Value *base;
    const Op *op;
    bool writes;
} Access;

typedef struct Accesses {
    Block *bl;
    VEC(Access) list;
} Accesses;

static void add_access(Accesses *a, const Op *op, const Value *base, bool writes) {
    if (type_is_memory(base->type) && !vary_is_private(a->bl, base))
        VEC_PUSH(a->bl->arena, &a->list, (Access){base, op, writes});
}

static void collect(void *user, Op *op) {
    Accesses *a = user;
    if (op->code == OP_VIEW || op->code == OP_RESHAPE_VIEW || op->code == OP_PAGED || op->code == OP_PREFETCH)
        return;
    for (int i = 0; i < op->noperands; i++)
        add_access(a, op, op->operands[i], op_code_has(op->code, WRITES) && (i == 0 || op->code == OP_TOPK_FIN));
}

static bool is_indexed(const Op *op) { return op->code == OP_GET || op->code == OP_PUT; }

/* Do both go to index + c in dimension d, and nowhere else? */
static bool same_slice(const Block *bl, const Op *a, const Op *b, int d) {
    if (a->exprs[d] != b->exprs[d] || vary_dep(bl, a->exprs[d]) != DEP_UNIT)
        return false;
    const Op *both[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (op_attr_int(both[i], ATTR_ROWS, -1) == d || op_attr_int(both[i], ATTR_LANES, -1) == d)
            return false;
    return true;
}

static bool apart(const Block *bl, const Access *a, const Access *b) {
    if (!is_indexed(a->op) || !is_indexed(b->op) || a->base->type->rank != b->base->type->rank)
        return false;
    /* Two parameters that overlap are the same view; two views of one memory need not be. */
    bool same = a->base == b->base || (!a->base->def && !b->base->def);
    for (int d = 0; same && d < a->base->type->rank; d++)
        if (same_slice(bl, a->op, b->op, d))
            return true;
    return false;
}

const char *depend_conflict(Block *bl) {
    Accesses all = {.bl = bl};
    walk_ops(loop_body(bl->loop), collect, &all);
    for (int i = 0; i < all.list.len; i++) {
        const Access *w = &all.list.data[i];
        for (int j = 0; w->writes && j < all.list.len; j++) {
            const Access *a = &all.list.data[j];
            if (alias_may_overlap(bl->alias, bl->func, w->base, a->base) && !apart(bl, w, a))
                return "iterations may touch the same memory";
        }
    }
    return NULL;
}
