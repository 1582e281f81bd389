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

/* A loop of prefetches at the builder, which then is inside of it; its index. */
static const Expr *open_lines(const Block *bl, Builder *b, const char *name, const Expr *lo, const Expr *hi) {
    const Expr *bounds[3] = {lo, hi, expr_const(block_exprs(bl), 1)};
    Op *loop = build_op(b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_set_str(bl->module, loop, ATTR_KIND, "unroll");
    op_set_str(bl->module, loop, ATTR_NAME, name);
    Value *index = region_add_arg(bl->module, loop_body(loop), type_index(bl->module), name);
    *b = builder_at_end(bl->module, loop_body(loop));
    return expr_value(block_exprs(bl), index);
}

/* The line that is so many lanes and indices of k further on than the panel begins. */
static void emit_line(const Block *bl, Builder *b, const Prefetch *p, const Expr *lanes, const Expr *along) {
    ExprTable *t = block_exprs(bl);
    const Expr *idx[IR_MAX_RANK];
    for (int i = 0; i < p->source->type->rank; i++)
        idx[i] = p->origin[i];
    idx[p->walked] = expr_add(t, idx[p->walked], lanes);
    idx[p->along_k] = expr_add(t, idx[p->along_k], along);
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
    const Expr *line = open_lines(bl, &b, "line", expr_div(t, expr_mul(t, at, lines), times),
                                  expr_div(t, expr_mul(t, expr_add_const(t, at, 1), lines), times));
    emit_line(bl, &b, p, expr_add_const(t, expr_div(t, line, per_lane), p->extent),
              expr_mul_const(t, expr_mod(t, line, per_lane), LINE / bytes));
}

/* A piece has few lines of each lane: too few for the machine to see where they go on. */
void prefetch_next_piece(Block *bl, const Prefetch *p) {
    ExprTable *t = block_exprs(bl);
    int64_t elements = LINE / elem_bytes(p->source->type->elem);
    if (p->source->type->kind == TYPE_BUFFER)
        return;
    Builder b = builder_before(bl->module, p->uses);
    b.loc = p->uses->loc;
    const Expr *zero = expr_const(t, 0), *lane = open_lines(bl, &b, "lane", zero, expr_const(t, p->extent)),
               *line = open_lines(bl, &b, "line", zero, expr_const(t, (p->piece + elements - 1) / elements));
    emit_line(bl, &b, p, lane, expr_add_const(t, expr_mul_const(t, line, elements), PIECES_AHEAD * p->piece));
}
