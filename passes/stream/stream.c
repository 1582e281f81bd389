/* stream - lowers kernels from whole-tile maths to loops on scalar blocks.
 *
 * Needs: tile stage, after tier. Gives: block stage. LOWERING.md sections 1.1, 2.3 and 8 (steps 1 and 2).
 * Ops are visited in program order. Pure ops only wait for their users; stores and other effects become sinks, which are planned
 * together (nest.c) until something forces an order: a value that is stored whole, memory that may be read and written, a nested
 * region. Tiles carried by loops and conditions live in buffers. */
#include "passes/stream/stream_internal.h"

static void lower_region(Stream *s, Region *from);

/* ---- pending sinks --------------------------------------------------------------------------------------------- */

static void flush(Stream *s) {
    SinkVec sinks = s->pending;
    s->pending = (SinkVec){0};
    if (sinks.len > 0)
        nest_plan(s, sinks);
}

static void flush_if_written(Stream *s, const Value *memory) {
    for (int i = 0; i < s->pending.len; i++)
        if (s->pending.data[i]->kind == SINK_STORE &&
            alias_may_overlap(s->alias, s->func, s->pending.data[i]->op->operands[0], memory)) {
            flush(s);
            return;
        }
}

/* Computes a value here and stores it: in a buffer, or as a scalar. */
static void keep_now(Stream *s, Op *op, Value *v) {
    if (stream_avail(s, v)->kind != AVAIL_NONE)
        return;
    VEC_PUSH(s->arena, &s->pending, sink_new(s, SINK_KEEP, op, v));
    flush(s);
}

static Value *tile_buffer(Stream *s, const Value *v, Loc loc) {
    const Expr *dims[2] = {stream_expr(s, v->type->dims[0]), stream_expr(s, v->type->dims[1])};
    return stream_buffer(s, v->type->elem, dims, 2, v->name, loc);
}

static void store_into(Stream *s, Op *op, Value *v, Value *buffer) {
    Sink *k = sink_new(s, SINK_STORE, op, v);
    k->target = buffer;
    VEC_PUSH(s->arena, &s->pending, k);
}

/* A buffer with both dimensions of the value, for readers of whole tiles. */
static Value *whole_buffer(Stream *s, Op *op, Value *v) {
    const Avail *a = stream_avail(s, v);
    if (a->kind == AVAIL_BUFFER && a->dims == (DIM_ROW | DIM_COL))
        return a->value;
    flush(s);
    Value *buffer = tile_buffer(s, v, op->loc);
    store_into(s, op, v, buffer);
    flush(s);
    return buffer;
}

/* ---- ops ------------------------------------------------------------------------------------------------------- */

static void map_value(Stream *s, Value *from, Value *to) { clone_map_set(s->map, from, to); }

/* Ops that stand for themselves: checks, facts, views. Their expressions are in place; scalars are computed first. */
static Op *copy_op(Stream *s, Op *op) {
    Value *operands[8];
    const Expr *exprs[64];
    const Type *type = op->nresults ? clone_map_type(s->map, op->results[0]->type) : NULL;
    const Expr *zero = expr_const(s->module->exprs, 0);
    for (int i = 0; i < op->noperands; i++)
        operands[i] = type_is_memory(op->operands[i]->type) ? clone_map_get(s->map, op->operands[i])
                                                            : stream_point(s, op->operands[i], zero, zero);
    for (int i = 0; i < op->nexprs; i++)
        exprs[i] = stream_expr(s, op->exprs[i]);
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    Op *copy = build_op(&b, op->code, operands, op->noperands, exprs, op->nexprs, &type, op->nresults, 0);
    copy->nsels = op->nsels;
    for (int i = 0; i < op->nsels; i++)
        copy->sels[i] = op->sels[i];
    op_copy_attrs(s->module, copy, op);
    for (int i = 0; i < op->nresults; i++) {
        copy->results[i]->name = op->results[i]->name;
        stream_note(s, copy->results[i], stream_depth(s));
        map_value(s, op->results[i], copy->results[i]);
    }
    return copy;
}

static int store_dims(const Type *memory) {
    return memory->rank == 2 ? DIM_ROW | DIM_COL : memory->rank == 1 ? DIM_COL : 0;
}

static void lower_store(Stream *s, Op *op) {
    flush_if_written(s, op->operands[0]);
    Sink *k = sink_new(s, SINK_STORE, op, op->operands[1]);
    k->target = clone_map_get(s->map, op->operands[0]);
    k->dims = store_dims(op->operands[0]->type);
    k->mask = op->noperands > 2 ? op->operands[2] : NULL;
    VEC_PUSH(s->arena, &s->pending, k);
}

static void lower_scatter(Stream *s, Op *op) {
    flush(s);
    Sink *k = sink_new(s, SINK_STORE, op, op->operands[2]);
    k->target = clone_map_get(s->map, op->operands[0]);
    k->dims = store_dims(op->operands[0]->type);
    k->index = op->operands[1];
    VEC_PUSH(s->arena, &s->pending, k);
    flush(s);
}

static void lower_concat(Stream *s, Op *op) {
    flush(s);
    Value *v = op->results[0], *buffer = tile_buffer(s, v, op->loc);
    bool rows = op_attr_int(op, ATTR_AXIS, 1) == 0;
    store_into(s, op, op->operands[0], buffer);
    store_into(s, op, op->operands[1], buffer);
    const Expr *offset = stream_expr(s, op->operands[0]->type->dims[rows ? 0 : 1]);
    *(rows ? &VEC_LAST(&s->pending)->row_offset : &VEC_LAST(&s->pending)->col_offset) = offset;
    flush(s);
    stream_set_avail(s, v, (Avail){AVAIL_BUFFER, buffer, DIM_ROW | DIM_COL, stream_depth(s)});
}

static void lower_print(Stream *s, Op *op) {
    Value *buffer = whole_buffer(s, op, op->operands[0]);
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    Op *print = build_op(&b, OP_PRINT, &buffer, 1, NULL, 0, NULL, 0, 0);
    op_set_str(s->module, print, ATTR_TEXT, op_attr_str(op, ATTR_TEXT));
}

/* One element, read now: later stores do not change it. */
static void lower_get(Stream *s, Op *op) {
    Value *base = op->operands[0], *v = op->results[0];
    if (type_is_memory(base->type)) {
        flush_if_written(s, base);
        copy_op(s, op);
        return;
    }
    flush(s);
    Value *r = stream_point(s, base, stream_expr(s, op->exprs[0]), stream_expr(s, op->exprs[1]));
    map_value(s, v, r);
    stream_set_avail(s, v, (Avail){AVAIL_SCALAR, r, 0, stream_depth(s)});
}

/* Gathers and the other readers at any index want their source in memory. */
static void prepare_source(Stream *s, Op *op) {
    if (op->code != OP_GATHER || op->operands[0]->type->kind != TYPE_TILE)
        return;
    Value *v = op->operands[0];
    bool through = v->def && v->def->code == OP_LOAD && v->def->noperands == 1 && value_at(v) == AT_USE;
    if (through)
        return;
    Value *buffer = whole_buffer(s, op, v);
    stream_set_avail(s, v, (Avail){AVAIL_BUFFER, buffer, DIM_ROW | DIM_COL, stream_depth(s)});
}

static void lower_tile_op(Stream *s, Op *op) {
    axes_add_op(s->axes, op);
    if (op_code_has(op->code, READS) && type_is_memory(op->operands[0]->type))
        flush_if_written(s, op->operands[0]);
    prepare_source(s, op);
    if (op->code == OP_CONCAT) {
        lower_concat(s, op);
        return;
    }
    bool whole = value_at(op->results[0]) == AT_WHOLE;
    for (int i = 0; i < op->nresults; i++) {
        Value *v = op->results[i];
        if (whole && s->used[v->id])
            VEC_PUSH(s->arena, &s->pending, sink_new(s, SINK_KEEP, op, v));
    }
    if (whole)
        flush(s);
    for (int i = 0; i < op->nresults; i++)
        if (!whole && s->leaf[op->results[i]->id]) {
            const Expr *zero = expr_const(s->module->exprs, 0);
            flush(s);
            Value *r = stream_point(s, op->results[i], zero, zero);
            stream_set_avail(s, op->results[i], (Avail){AVAIL_SCALAR, r, 0, stream_depth(s)});
        }
}

/* ---- regions --------------------------------------------------------------------------------------------------- */

/* An argument that is yielded again, in another place maybe, as it is before any buffer changes. */
static void copy_argument(Stream *s, Op *parent, Value *argument) {
    Value *copy = tile_buffer(s, argument, parent->loc);
    store_into(s, parent, argument, copy);
    flush(s);
    stream_set_avail(s, argument, (Avail){AVAIL_BUFFER, copy, DIM_ROW | DIM_COL, stream_depth(s)});
}

static bool is_pending(const Stream *s, const Value *v) {
    for (int i = 0; i < s->pending.len; i++)
        if (s->pending.data[i]->kind == SINK_KEEP && s->pending.data[i]->value == v)
            return true;
    return false;
}

/* The region's yielded values go into the buffers of the loop or condition. They are planned together, and all are computed before
 * a buffer changes, but for those that carry_in_place lets replace their arguments at once. */
static void store_yields(Stream *s, const Region *from, Value *const *buffers) {
    flush(s);
    const Op *yield = from->last && from->last->code == OP_YIELD ? from->last : NULL;
    if (!yield)
        return;
    Op *parent = from->parent_op;
    bool carried = parent->code == OP_FOR;
    const bool *in_place = carried ? carry_in_place(s, yield, from) : NULL;
    for (int i = 0; i < yield->noperands; i++) {
        Value *v = yield->operands[i];
        bool own = carried && v == from->args[1 + i];
        if (!own && v->region == from)
            copy_argument(s, parent, v);
    }
    for (int i = 0; i < yield->noperands; i++) {
        Value *v = yield->operands[i];
        if (carried && in_place[i])
            store_into(s, parent, v, buffers[i]);
        else if (v->region != from && stream_avail(s, v)->kind == AVAIL_NONE && !is_pending(s, v))
            VEC_PUSH(s->arena, &s->pending, sink_new(s, SINK_KEEP, parent, v));
    }
    flush(s);
    for (int i = 0; i < yield->noperands; i++) {
        bool done = carried && (in_place[i] || yield->operands[i] == from->args[1 + i]);
        if (!done)
            store_into(s, parent, yield->operands[i], buffers[i]);
    }
    flush(s);
}

static void lower_nested(Stream *s, Region *from, Region *to, Op *opener, Value *const *buffers) {
    stream_push(s, to, opener, -1, NULL);
    lower_region(s, from);
    store_yields(s, from, buffers);
    stream_pop(s);
}

static void publish_results(Stream *s, Op *op, Value *const *buffers) {
    for (int i = 0; i < op->nresults; i++) {
        Value *v = op->results[i];
        stream_set_avail(s, v, (Avail){AVAIL_BUFFER, buffers[i], DIM_ROW | DIM_COL, stream_depth(s)});
        if (!s->leaf[v->id])
            continue;
        const Expr *zero = expr_const(s->module->exprs, 0);
        stream_set_avail(s, v, (Avail){AVAIL_SCALAR, stream_point(s, v, zero, zero), 0, stream_depth(s)});
    }
}

static void lower_for(Stream *s, Op *op) {
    flush(s);
    Value **buffers = ARENA_ARRAY(s->arena, Value *, op->noperands + 1);
    for (int i = 0; i < op->noperands; i++) {
        buffers[i] = tile_buffer(s, op->results[i], op->loc);
        axes_add_value(s->axes, op->results[i]);
        axes_add_value(s->axes, op->regions[0]->args[1 + i]);
        store_into(s, op, op->operands[i], buffers[i]);
    }
    flush(s);
    const Expr *bounds[3];
    for (int i = 0; i < 3; i++)
        bounds[i] = stream_expr(s, op->exprs[i]);
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    Op *loop = build_op(&b, OP_FOR, NULL, 0, bounds, 3, NULL, 0, 1);
    Region *from = op->regions[0];
    Value *index = region_add_arg(s->module, loop->regions[0], type_index(s->module), from->args[0]->name);
    map_value(s, from->args[0], index);
    stream_note(s, index, stream_depth(s) + 1);
    for (int i = 0; i < op->noperands; i++)
        s->base_depth[from->args[1 + i]->id] = stream_depth(s) + 1;
    stream_push(s, loop->regions[0], loop, -1, NULL);
    for (int i = 0; i < op->noperands; i++) {
        Value *arg = from->args[1 + i];
        stream_set_avail(s, arg, (Avail){AVAIL_BUFFER, buffers[i], DIM_ROW | DIM_COL, stream_depth(s)});
        if (s->leaf[arg->id]) {
            const Expr *zero = expr_const(s->module->exprs, 0);
            stream_set_avail(s, arg, (Avail){AVAIL_SCALAR, stream_point(s, arg, zero, zero), 0, stream_depth(s)});
        }
    }
    lower_region(s, from);
    store_yields(s, from, buffers);
    stream_pop(s);
    publish_results(s, op, buffers);
}

static void lower_if(Stream *s, Op *op) {
    flush(s);
    Value **buffers = ARENA_ARRAY(s->arena, Value *, op->nresults + 1);
    for (int i = 0; i < op->nresults; i++) {
        buffers[i] = tile_buffer(s, op->results[i], op->loc);
        axes_add_value(s->axes, op->results[i]);
    }
    const Expr *zero = expr_const(s->module->exprs, 0);
    keep_now(s, op, op->operands[0]);
    Value *c = stream_point(s, op->operands[0], zero, zero);
    Builder b = stream_builder(s, stream_depth(s), op->loc);
    Op *copy = build_op(&b, OP_IF, &c, 1, NULL, 0, NULL, 0, 2);
    for (int i = 0; i < 2; i++)
        lower_nested(s, op->regions[i], copy->regions[i], copy, buffers);
    publish_results(s, op, buffers);
}

static void lower_effect(Stream *s, Op *op) {
    switch (op->code) {
    case OP_STORE: lower_store(s, op); return;
    case OP_SCATTER: lower_scatter(s, op); return;
    case OP_PRINT:
        flush(s);
        lower_print(s, op);
        return;
    case OP_ASSERT:
        flush(s);
        VEC_PUSH(s->arena, &s->pending, sink_new(s, SINK_ASSERT, op, op->operands[0]));
        flush(s);
        return;
    case OP_FILL:
        flush(s);
        copy_op(s, op);
        return;
    default: copy_op(s, op); return;
    }
}

static void lower_op(Stream *s, Op *op) {
    for (int i = 0; i < op->nresults; i++)
        s->base_depth[op->results[i]->id] = stream_depth(s);
    if (op->code == OP_YIELD)
        return;
    if (op->code == OP_FOR)
        lower_for(s, op);
    else if (op->code == OP_IF)
        lower_if(s, op);
    else if (op->code == OP_GET)
        lower_get(s, op);
    else if (op->nresults > 0 && op->results[0]->type->kind == TYPE_TILE)
        lower_tile_op(s, op);
    else
        lower_effect(s, op);
}

static void lower_region(Stream *s, Region *from) {
    for (Op *op = from->first; op; op = op->next)
        lower_op(s, op);
    flush(s);
}

/* ---- set-up ---------------------------------------------------------------------------------------------------- */

static bool mark_leaf(void *user, Value *v) {
    Stream *s = user;
    s->leaf[v->id] = s->used[v->id] = true;
    return true;
}

static void mark_uses(void *user, Op *op) {
    Stream *s = user;
    for (int i = 0; i < op->noperands; i++)
        s->used[op->operands[i]->id] = true;
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], mark_leaf, s);
    for (int i = 0; i < op->nresults; i++)
        for (int d = 0; d < op->results[i]->type->rank; d++)
            expr_each_value(op->results[i]->type->dims[d], mark_leaf, s);
}

static void lower_kernel(Stream *s, Func *f) {
    s->func = f;
    s->map = clone_map_create(s->module);
    s->memos.len = s->undo.len = s->scopes.len = 0;
    walk_ops(f->body, mark_uses, s);
    Region *from = f->body, *to = ARENA_NEW(s->module->arena, Region);
    to->func = f;
    to->args = from->args;
    to->nargs = from->nargs;
    stream_push(s, to, NULL, -1, NULL);
    lower_region(s, from);
    stream_pop(s);
    for (int i = 0; i < to->nargs; i++)
        to->args[i]->region = to;
    f->body = to;
}

bool pass_stream(Module *m, PassContext *ctx) {
    Stream s = {.module = m, .ctx = ctx, .arena = ctx->arena, .nsource = m->next_value_id};
    s.alias = alias_compute(ctx->arena, m);
    s.axes = axes_create(ctx->arena, m);
    s.avail = ARENA_ARRAY(ctx->arena, Avail, s.nsource + 1);
    s.base_depth = ARENA_ARRAY(ctx->arena, int, s.nsource + 1);
    s.leaf = ARENA_ARRAY(ctx->arena, bool, s.nsource + 1);
    s.used = ARENA_ARRAY(ctx->arena, bool, s.nsource + 1);
    s.carry_notes = ARENA_ARRAY(ctx->arena, CarryNote, s.nsource + 1);
    s.acc_of = ARENA_ARRAY(ctx->arena, Value *, s.nsource + 1);
    s.acc_dims = ARENA_ARRAY(ctx->arena, int, s.nsource + 1);
    s.memo_buckets = ARENA_ARRAY(ctx->arena, int, 1024);
    for (int i = 0; i < 1024; i++)
        s.memo_buckets[i] = -1;
    nest_init(&s);
    for (int i = 0; i < m->funcs.len; i++)
        if (m->funcs.data[i]->kind == FUNC_KERNEL)
            lower_kernel(&s, m->funcs.data[i]);
    return true;
}
