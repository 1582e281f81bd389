/* prefetch.c - the lines of the next panel, asked for while this one is used.
 *
 * A panel that is made anew for every block of a loop is read with a stride that the machine does not foresee, but the program knows
 * where the next one begins. Its lines are spread evenly over the iterations of the loop that uses this panel. */
#include "passes/block/block.h"

enum {
    LINE = 64, /* bytes */
    PIECES_AHEAD = 3
};

/* The panel's loop, if its blocks walk the source along the panel's lanes: the next block starts a step further. */
static const Op *panel_loop(Block *bl, const Prefetch *p) {
    const Op *loop = p->uses->parent->parent_op;
    int64_t step;
    if (!loop || loop->code != OP_LOOP || !expr_is_const(loop->exprs[2], &step) || step != p->extent)
        return NULL;
    vary_compute(bl, loop);
    return vary_walked(bl, p->origin, p->source->type->rank) == p->walked ? loop : NULL;
}

/* The line of the panel, as an index of `source`, `lanes` and `along` further on than the panel. */
static void emit_line(const Block *bl, Builder *b, const Prefetch *p, const Expr *line, const Expr *per_lane,
                      int64_t lanes, int64_t along) {
    ExprTable *t = block_exprs(bl);
    int64_t elements = LINE / elem_bytes(p->source->type->elem);
    const Expr *idx[IR_MAX_RANK];
    for (int i = 0; i < p->source->type->rank; i++)
        idx[i] = p->origin[i];
    idx[p->walked] = expr_add_const(t, expr_add(t, idx[p->walked], expr_div(t, line, per_lane)), lanes);
    idx[p->along_k] = expr_add_const(
        t, expr_add(t, idx[p->along_k], expr_mul_const(t, expr_mod(t, line, per_lane), elements)), along);
    Value *source = p->source;
    build_op(b, OP_PREFETCH, &source, 1, idx, p->source->type->rank, NULL, 0, 0);
}

void prefetch_next_panel(Block *bl, const Prefetch *p) {
    ExprTable *t = block_exprs(bl);
    int bytes = elem_bytes(p->source->type->elem);
    if (p->source->type->kind == TYPE_BUFFER || p->uses->code != OP_LOOP || !panel_loop(bl, p))
        return;
    Region *body = loop_body(p->uses);
    Builder b = builder_before(bl->module, body->first);
    b.loc = p->uses->loc;
    const Expr *per_lane = expr_cdiv(t, p->k_extent, expr_const(t, LINE / bytes)),
               *lines = expr_mul_const(t, per_lane, p->extent), *step = p->uses->exprs[2],
               *at = expr_div(t, expr_sub(t, expr_value(t, loop_index(p->uses)), p->uses->exprs[0]), step),
               *times = expr_cdiv(t, expr_sub(t, p->uses->exprs[1], p->uses->exprs[0]), step);
    const Expr *bounds[3] = {expr_div(t, expr_mul(t, at, lines), times),
                             expr_div(t, expr_mul(t, expr_add_const(t, at, 1), lines), times), expr_const(t, 1)};
    Op *loop = build_op(&b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_set_str(bl->module, loop, ATTR_KIND, "unroll");
    op_set_str(bl->module, loop, ATTR_NAME, "line");
    const Expr *line = expr_value(t, region_add_arg(bl->module, loop_body(loop), type_index(bl->module), "line"));
    Builder inner = builder_at_end(bl->module, loop_body(loop));
    emit_line(bl, &inner, p, line, per_lane, p->extent, 0);
}

/* A piece has few lines of each lane: too few for the machine to see where they go on. */
void prefetch_next_piece(Block *bl, const Prefetch *p) {
    ExprTable *t = block_exprs(bl);
    if (p->source->type->kind == TYPE_BUFFER)
        return;
    int64_t lines = p->piece * elem_bytes(p->source->type->elem) / LINE;
    Builder b = builder_before(bl->module, loop_body(p->uses)->first);
    b.loc = p->uses->loc;
    const Expr *at = expr_sub(t, expr_value(t, loop_index(p->uses)), p->uses->exprs[0]);
    if (lines > 0)
        emit_line(bl, &b, p, expr_div(t, expr_mul_const(t, at, lines * p->extent), expr_const(t, p->piece)),
                  expr_const(t, lines), 0, PIECES_AHEAD * p->piece);
}
