/* island - register blocks become regions that a backend writes as functions of their own.
 *
 * Needs: block stage, after pack. Keeps: everything; ops only move into a region. An island reaches from the accumulators of a
 * contraction over its loop to the end of the epilogue: the ops behind the loop up to the next loop, or to the end of the region where
 * something further on still reads what the island computes. */
#include "passes/block/block.h"

typedef struct Islands {
    Block *bl;
    VEC(Op *) contractions;
} Islands;

static bool has_block_step(const Op *k) {
    for (const Op *op = loop_body(k)->first; op; op = op->next)
        for (int i = 1; op_is_contraction(op) && i < op->noperands; i++)
            if (!type_is_scalar(op->operands[i]->type))
                return true;
    return false;
}

static void find_contraction(void *user, Op *op) {
    Islands *s = user;
    if (contract_is_loop(op) && has_block_step(op))
        VEC_PUSH(s->bl->arena, &s->contractions, op);
}

/* The first op in front of the loop that makes an accumulator of k's, else the loop. */
static Op *first_op(Op *loop, const Op *k) {
    Op *first = loop;
    for (Op *op = loop->prev; op; op = op->prev)
        for (const Op *step = loop_body(k)->first; step; step = step->next)
            if (step->code == OP_STEP && step->operands[0]->def == op)
                first = op;
    return first;
}

static Op *last_plain(Op *k) {
    Op *last = k;
    while (last->next && last->next->nregions == 0 && last->next->code != OP_ACC && last->next->code != OP_YIELD)
        last = last->next;
    return last;
}

typedef struct Reads {
    const Op *first, *last; /* of an island, in one region */
    bool found;
} Reads;

static bool made_between(const Reads *r, const Value *v) {
    if (!v->def || v->def->parent != r->first->parent)
        return false;
    for (const Op *op = r->first;; op = op->next) {
        if (op == v->def)
            return true;
        if (op == r->last)
            return false;
    }
}

static bool leaf_is_foreign(void *user, Value *v) { return !made_between(user, v); }

static void note_read(void *user, Op *op) {
    Reads *r = user;
    for (int i = 0; i < op->noperands; i++)
        r->found |= made_between(r, op->operands[i]);
    for (int i = 0; i < op->nexprs; i++)
        r->found |= !expr_each_value(op->exprs[i], leaf_is_foreign, r);
}

static bool read_behind(const Op *first, const Op *last) {
    Reads r = {first, last, false};
    for (Op *op = last->next; op; op = op->next) {
        note_read(&r, op);
        for (int i = 0; i < op->nregions; i++)
            walk_ops(op->regions[i], note_read, &r);
    }
    return r.found;
}

static bool is_step(const Op *op) { return op->code == OP_STEP; }

/* The loop around that runs k in pieces, if the accumulators go on from one to the next. */
static Op *whole_loop(Op *k) {
    Op *around = k->parent->parent_op;
    if (!around || around->code != OP_LOOP || k->next)
        return k;
    for (const Op *op = k->prev; op; op = op->prev)
        for (int i = 0; i < op->nregions; i++)
            if (region_any(op->regions[i], is_step))
                return k;
    for (const Op *op = loop_body(k)->first; op; op = op->next)
        if (op_is_contraction(op) && op->operands[0]->def->parent != around->parent)
            return k;
    return around;
}

static void make_island(Block *bl, Op *k) {
    Op *loop = whole_loop(k), *first = first_op(loop, k), *last = last_plain(loop);
    if (read_behind(first, last))
        last = loop->parent->last->code == OP_YIELD ? loop->parent->last->prev : loop->parent->last;
    if (read_behind(first, last))
        return; /* a result of the region itself */
    Builder b = builder_before(bl->module, first);
    b.loc = k->loc;
    Op *island = build_op(&b, OP_ISLAND, NULL, 0, NULL, 0, NULL, 0, 1);
    for (Op *op = first, *next; op; op = next) {
        next = op == last ? NULL : op->next;
        op_unlink(op);
        op_append(island->regions[0], op);
    }
}

static bool is_in_island(const Op *op) {
    for (; op; op = op->parent->parent_op)
        if (op->code == OP_ISLAND)
            return true;
    return false;
}

static void run(Block *bl) {
    Islands s = {.bl = bl};
    walk_ops(bl->func->body, find_contraction, &s);
    for (int i = 0; i < s.contractions.len; i++)
        if (!is_in_island(s.contractions.data[i]))
            make_island(bl, s.contractions.data[i]);
}

bool pass_island(Module *m, PassContext *ctx) { return block_each_kernel(m, ctx, run); }
