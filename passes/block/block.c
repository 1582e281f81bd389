/* block - register blocks around contractions.
 *
 * Needs: block stage; loops of contractions innermost (pass contract). Keeps: results, bit for bit. For every contraction two loops
 * are chosen (contract.c) and widened, one into lanes and one into rows; what stands with the contraction in these loops (scales, sums
 * over rows, maxima over lanes, stores) becomes the block's epilogue by the same step. The loop of the lanes is brought outside of
 * that of the rows where nothing stands between them, so that one panel of the lanes' operand serves all rows. */
#include "passes/block/block.h"

typedef VEC(Op *) OpVec;

typedef struct Blocks {
    Block *bl;
    OpVec found; /* contractions still to look at */
} Blocks;

static void find_contraction(void *user, Op *op) {
    Blocks *b = user;
    if (contract_is_loop(op))
        VEC_PUSH(b->bl->arena, &b->found, op);
}

static bool is_inside(const Op *inner, const Op *outer) { return region_contains(loop_body(outer), inner->parent); }

/* ---- the order of the loops -------------------------------------------------------------------------------------- */

/* Nothing but the inner loop, and what is free to stand anywhere. */
static bool is_perfect(const Op *outer, const Op *inner) {
    if (inner->parent != loop_body(outer))
        return false;
    for (const Op *op = loop_body(outer)->first; op; op = op->next)
        if (op != inner)
            return false;
    return true;
}

static bool bounds_vary(const Block *bl, const Op *loop, const Op *index_of) {
    (void)bl;
    for (int i = 0; i < loop->nexprs; i++)
        if (expr_uses(loop->exprs[i], loop_index(index_of)))
            return true;
    return false;
}

/* Two loops change places: bounds, names and indices; both have been found to be independent of their order. */
static void interchange(Op *outer, Op *inner) {
    Op swap = *outer;
    outer->exprs = inner->exprs;
    outer->attrs = inner->attrs;
    outer->nattrs = inner->nattrs;
    outer->loc = inner->loc;
    inner->exprs = swap.exprs;
    inner->attrs = swap.attrs;
    inner->nattrs = swap.nattrs;
    inner->loc = swap.loc;
    Region *to_outer = loop_body(outer), *to_inner = loop_body(inner);
    Value *index = to_outer->args[0];
    to_outer->args[0] = to_inner->args[0];
    to_inner->args[0] = index;
    to_outer->args[0]->region = to_outer;
    to_inner->args[0]->region = to_inner;
}

static void lanes_outside(Block *bl, Contraction *c) {
    if (!is_inside(c->lanes, c->rows) || !is_perfect(c->rows, c->lanes) || bounds_vary(bl, c->lanes, c->rows))
        return;
    note_decision(bl, "block", c->lanes, "moved outside of the loop of the rows");
    interchange(c->rows, c->lanes);
    Op *outer = c->rows;
    c->rows = c->lanes;
    c->lanes = outer;
}

/* ---- widening ---------------------------------------------------------------------------------------------------- */

static void widen(Block *bl, Op *loop, Role role, int64_t size) {
    WidenPlan plan = widen_plan(bl, loop, role, size);
    widen_loop(bl, loop, &plan);
}

/* The inner loop first, in a copy of the outer one: whether that may be widened then is only known afterwards. */
static bool widen_both(Block *bl, Op *outer, Role outer_role, int64_t outer_size, Op *inner, int64_t inner_size) {
    Builder b = builder_before(bl->module, outer);
    CloneMap *map = clone_map_create(bl->module);
    Op *copy = clone_op(&b, map, outer);
    Op *inner_copy = clone_map_get(map, loop_index(inner))->region->parent_op;
    Role inner_role = outer_role == ROLE_ROWS ? ROLE_LANES : ROLE_ROWS;
    const char *why = widen_obstacle(bl, inner_copy, inner_role, inner_size);
    if (!why) {
        widen(bl, inner_copy, inner_role, inner_size);
        why = widen_obstacle(bl, copy, outer_role, outer_size);
    }
    if (why) {
        note_decision(bl, "block", outer, "no %s beside the other dimension: %s", role_text(outer_role), why);
        op_unlink(copy);
        return false;
    }
    op_unlink(outer);
    widen(bl, copy, outer_role, outer_size);
    return true;
}

static void note_choice(Block *bl, const Contraction *c) {
    note_decision(bl, "block", c->k, "%d x %d (%d vectors), lanes %s, rows %s, %.1f cycles an index, score %.0f",
                  (int)(c->rows ? c->size.rows : 1), (int)c->size.lanes, (int)c->size.vectors,
                  c->lanes ? op_attr_str(c->lanes, ATTR_NAME) : "as they are",
                  c->rows ? op_attr_str(c->rows, ATTR_NAME) : "none", c->size.cycles, c->size.score);
}

static bool apply(Block *bl, Contraction *c) {
    note_choice(bl, c);
    if (c->lanes && c->rows) {
        lanes_outside(bl, c);
        bool rows_inside = is_inside(c->rows, c->lanes);
        if (rows_inside ? widen_both(bl, c->lanes, ROLE_LANES, c->size.lanes, c->rows, c->size.rows)
                        : widen_both(bl, c->rows, ROLE_ROWS, c->size.rows, c->lanes, c->size.lanes))
            return true;
        c->rows = NULL;
    }
    Op *loop = c->lanes ? c->lanes : c->rows;
    Role role = c->lanes ? ROLE_LANES : ROLE_ROWS;
    int64_t size = c->lanes ? c->size.lanes : c->size.rows;
    if (!loop || widen_obstacle(bl, loop, role, size))
        return false;
    widen(bl, loop, role, size);
    return true;
}

/* Contractions are sought anew after each change: loops have been copied. Those that nothing could be done for are passed by. */
static void run(Block *bl) {
    OpVec seen = {0};
    for (bool changed = true; changed;) {
        Blocks b = {.bl = bl};
        changed = false;
        walk_ops(bl->func->body, find_contraction, &b);
        for (int i = 0; i < b.found.len && !changed; i++) {
            bool known = false;
            for (int j = 0; j < seen.len; j++)
                known |= seen.data[j] == b.found.data[i];
            if (known)
                continue;
            VEC_PUSH(bl->arena, &seen, b.found.data[i]);
            Contraction c;
            changed = contract_choose(bl, b.found.data[i], &c) && apply(bl, &c);
        }
    }
}

bool pass_block(Module *m, PassContext *ctx) { return block_each_kernel(m, ctx, run); }
