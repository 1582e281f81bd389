/* nest.c - loop nests for sinks.
 *
 * nest_plan binds the axes of a set of sinks one by one (LOWERING.md section 2.3):
 *   1. A *row axis* that every sink has and along which nothing is reduced becomes the next loop.
 *   2. Else one axis along which something is still to be reduced becomes the *streaming* axis X. Every value gets a level: how many
 *      finished reductions along X it needs. Level n is computed in sweep n, one ascending loop. A value with axis X that is needed in
 *      a later sweep is kept in a buffer, or recomputed where that is cheap.
 *   3. What then remains is element-wise: a loop over the first open axis of the first sink.
 * Values that lack the axis of a loop but are read in it are computed before the loop. The same rules hold inside every loop, so a
 * reduction nested in a sweep (a dot product per score) is planned like the outermost one. */
#include "passes/stream/stream_internal.h"

enum { MAX_RECOMPUTE = 8 };

/* Facts about a source value while one nest is planned, by id. */
typedef struct Note {
    int stamp, owner; /* closure marks; the sink that needs it */
    int top;          /* stamp of the last search for top reductions */
    int level;        /* along the streaming axis */
    int step;         /* sweep in which a reduction along it is stepped; else level */
    int need;         /* last sweep in which the value is read */
    int cost;         /* of recomputing it; 0: cannot be */
    bool kept;
} Note;

typedef struct NestNotes {
    Note *notes;
    int stamp;
} NestNotes;

static Note *note_of(Stream *s, const Value *v) { return &s->nest->notes[v->id]; }

void nest_init(Stream *s) {
    s->nest = ARENA_NEW(s->arena, NestNotes);
    s->nest->notes = ARENA_ARRAY(s->arena, Note, s->nsource + 1);
}

/* ---- closures: what is still to be computed -------------------------------------------------------------------- */

static void close_over(Stream *s, OpVec *ops, Value *v, bool root) {
    if (v->id >= s->nsource || !v->def || v->type->kind != TYPE_TILE || stream_avail(s, v)->kind != AVAIL_NONE)
        return;
    Op *op = v->def;
    if ((!root && stream_is_leaf(s, v)) || op->nregions > 0)
        return;
    Note *n = note_of(s, op->results[0]);
    if (n->stamp == s->nest->stamp)
        return;
    n->stamp = s->nest->stamp;
    for (int i = 0; i < op->noperands; i++)
        close_over(s, ops, op->operands[i], false);
    if (op_code_has(op->code, EWISE) || op_code_has(op->code, SHAPE) || op_is_reduction(op) ||
        op_code_has(op->code, SCAN_OP))
        VEC_PUSH(s->arena, ops, op);
}

static void close_over_sink(Stream *s, OpVec *ops, const Sink *k) {
    Value *values[4];
    int n = sink_values(k, values);
    for (int i = 0; i < n; i++)
        close_over(s, ops, values[i], k->kind == SINK_KEEP || k->kind == SINK_STORE);
}

/* The ops that the sinks need and nothing has computed yet, operands first. */
static OpVec closure(Stream *s, const SinkVec *sinks) {
    OpVec ops = {0};
    s->nest->stamp++;
    for (int i = 0; i < sinks->len; i++)
        close_over_sink(s, &ops, sinks->data[i]);
    return ops;
}

static bool in_closure(Stream *s, const Value *v) {
    return v->id < s->nsource && v->def && v->type->kind == TYPE_TILE &&
           note_of(s, v->def->results[0])->stamp == s->nest->stamp && stream_avail(s, v)->kind == AVAIL_NONE;
}

/* ---- axes of ops ----------------------------------------------------------------------------------------------- */

static bool result_has_axis(Stream *s, const Op *op, int axis) {
    if (axes_row(s->axes, op->results[0]) == axis)
        return true;
    return !op_code_has(op->code, ORDER) && axes_col(s->axes, op->results[0]) == axis;
}

static bool op_has_axis(Stream *s, const Op *op, int axis) {
    return result_has_axis(s, op, axis) || axes_along(s->axes, op) == axis;
}

/* Are all axes of the op's result bound by open loops? */
static bool result_is_point(Stream *s, const Op *op) {
    if (!stream_axis_bound(s, axes_row(s->axes, op->results[0])))
        return false;
    return op_code_has(op->code, ORDER) || stream_axis_bound(s, axes_col(s->axes, op->results[0]));
}

/* ---- before a loop: what lacks its axis but is read in it ------------------------------------------------------ */

static void keep_value(Stream *s, SinkVec *out, Op *op) {
    for (int i = 0; i < op->nresults; i++)
        if (s->used[op->results[i]->id])
            VEC_PUSH(s->arena, out, sink_new(s, SINK_KEEP, op, op->results[i]));
}

static void keep_if_lacking(Stream *s, SinkVec *out, Value *v, int axis, int level) {
    if (!in_closure(s, v))
        return;
    Op *op = v->def;
    Note *n = note_of(s, op->results[0]);
    if (n->kept || op_has_axis(s, op, axis) || n->level > level)
        return;
    n->kept = true;
    keep_value(s, out, op);
}

/* Values of at most this level that ops or sinks with the axis read, and that do not have it. */
static SinkVec values_before_loop(Stream *s, const OpVec *ops, const SinkVec *sinks, int axis, int level) {
    SinkVec out = {0};
    for (int i = 0; i < ops->len; i++)
        note_of(s, ops->data[i]->results[0])->kept = false;
    for (int i = 0; i < ops->len; i++) {
        Op *op = ops->data[i];
        if (!op_has_axis(s, op, axis) || note_of(s, op->results[0])->step > level)
            continue;
        for (int j = 0; j < op->noperands; j++)
            keep_if_lacking(s, &out, op->operands[j], axis, level);
    }
    for (int i = 0; i < sinks->len; i++) {
        Value *values[4];
        int n = sink_values(sinks->data[i], values);
        if (!sink_has_axis(s, sinks->data[i], axis))
            continue;
        for (int j = 0; j < n; j++)
            if (!(sinks->data[i]->kind == SINK_KEEP && values[j] == sinks->data[i]->value))
                keep_if_lacking(s, &out, values[j], axis, level);
    }
    return out;
}

static void clear_levels(Stream *s, const OpVec *ops) {
    for (int i = 0; i < ops->len; i++) {
        Note *n = note_of(s, ops->data[i]->results[0]);
        n->level = n->step = n->need = 0;
        n->kept = false;
    }
}

/* ---- loops ----------------------------------------------------------------------------------------------------- */

/* Gives every KEEP sink that the loop is about to bind its buffer. */
static void make_buffers(Stream *s, SinkVec *sinks) {
    for (int i = 0; i < sinks->len; i++) {
        Sink *k = sinks->data[i];
        if ((k->kind != SINK_KEEP && k->kind != SINK_SCAN) || k->target || sink_is_point(s, k))
            continue;
        const Expr *extents[2];
        int rank = 0;
        k->dims = 0;
        if (k->row >= 0 && !stream_axis_bound(s, k->row)) {
            k->dims |= DIM_ROW;
            extents[rank++] = stream_expr(s, axes_extent(s->axes, k->row));
        }
        if (k->col >= 0 && !stream_axis_bound(s, k->col)) {
            k->dims |= DIM_COL;
            extents[rank++] = stream_expr(s, axes_extent(s->axes, k->col));
        }
        k->target = stream_buffer(s, k->value->type->elem, extents, rank, k->value->name, k->op->loc);
        k->buffer_depth = stream_depth(s);
    }
}

/* After the loop: buffers made just before it can be read. */
static void publish_buffers(Stream *s, SinkVec *sinks) {
    for (int i = 0; i < sinks->len; i++) {
        Sink *k = sinks->data[i];
        if ((k->kind == SINK_KEEP || k->kind == SINK_SCAN) && k->target && k->buffer_depth == stream_depth(s) &&
            k->buffer_depth >= 0) {
            stream_set_avail(s, k->value, (Avail){AVAIL_BUFFER, k->target, k->dims, k->buffer_depth});
            k->buffer_depth = -1;
        }
    }
}

static Loc sinks_loc(const SinkVec *sinks) { return sinks->len ? sinks->data[0]->op->loc : LOC_NONE; }

static void loop_over(Stream *s, SinkVec *sinks, int axis, const char *kind) {
    make_buffers(s, sinks);
    stream_open_loop(s, axis, kind, sinks_loc(sinks));
    nest_plan(s, *sinks);
    stream_pop(s);
    publish_buffers(s, sinks);
}

/* ---- 1. row axes ----------------------------------------------------------------------------------------------- */

/* Would a loop over `axis` outside one over `along` walk down the columns of a load? Then the vector form of 2 is better. */
static bool walks_columns(Stream *s, const Op *op, int axis) {
    int along = axes_along(s->axes, op);
    if (along < 0 || op_code_has(op->code, ORDER) || op_code_has(op->code, SCAN_OP))
        return false;
    int lanes = op_code_has(op->code, CONTRACT) ? 1 : 0; /* the operand that is walked with the result's columns */
    OperandAxes a = axes_operand(s->axes, op, lanes);
    return a.row == along && a.col == axis && !in_closure(s, op->operands[lanes]);
}

static bool is_row_axis(Stream *s, const SinkVec *sinks, const OpVec *ops, int axis) {
    if (axis < 0 || stream_axis_bound(s, axis))
        return false;
    for (int i = 0; i < sinks->len; i++)
        if (!sink_has_axis(s, sinks->data[i], axis))
            return false;
    for (int i = 0; i < ops->len; i++) {
        Op *op = ops->data[i];
        if (axes_along(s->axes, op) == axis)
            return false;
        if (!result_has_axis(s, op, axis))
            continue;
        if (walks_columns(s, op, axis))
            return false;
        for (int j = 0; j < op->noperands; j++) {
            const Value *u = op->operands[j];
            if (in_closure(s, u) && !op_has_axis(s, u->def, axis) && !result_is_point(s, u->def))
                return false;
        }
    }
    return true;
}

static int common_row_axis(Stream *s, const SinkVec *sinks, const OpVec *ops) {
    const Sink *first = sinks->data[0];
    if (is_row_axis(s, sinks, ops, first->row))
        return first->row;
    if (is_row_axis(s, sinks, ops, sink_col(s, first)))
        return sink_col(s, first);
    return -1;
}

/* ---- 2. sweeps by level ---------------------------------------------------------------------------------------- */

/* Reductions and scans that the sinks reach without passing another one. */
static void find_tops(Stream *s, OpVec *tops, Value *v) {
    if (!in_closure(s, v))
        return;
    Op *op = v->def;
    Note *n = note_of(s, op->results[0]);
    if (n->top == s->nest->stamp)
        return;
    n->top = s->nest->stamp;
    if (op_is_reduction(op) || (op_code_has(op->code, SCAN_OP) && !scan_is_pointwise(s, op))) {
        VEC_PUSH(s->arena, tops, op);
        return;
    }
    for (int i = 0; i < op->noperands; i++)
        find_tops(s, tops, op->operands[i]);
}

static OpVec top_reductions(Stream *s, const SinkVec *sinks) {
    OpVec tops = {0};
    for (int i = 0; i < sinks->len; i++) {
        Value *values[4];
        int n = sink_values(sinks->data[i], values);
        for (int j = 0; j < n; j++)
            find_tops(s, &tops, values[j]);
    }
    return tops;
}

/* The axis along which most of them run. */
static int streaming_axis(Stream *s, const OpVec *tops) {
    int best = -1, most = 0;
    for (int i = 0; i < tops->len; i++) {
        int axis = axes_along(s->axes, tops->data[i]), count = 0;
        for (int j = 0; j < tops->len; j++)
            count += axes_along(s->axes, tops->data[j]) == axis;
        if (count > most) {
            most = count;
            best = axis;
        }
    }
    return best;
}

static int operand_level(Stream *s, const Value *v) {
    return in_closure(s, v) ? note_of(s, v->def->results[0])->level : 0;
}

static void compute_levels(Stream *s, const OpVec *ops, int axis) {
    clear_levels(s, ops);
    for (int i = 0; i < ops->len; i++) {
        Op *op = ops->data[i];
        Note *n = note_of(s, op->results[0]);
        for (int j = 0; j < op->noperands; j++)
            if (operand_level(s, op->operands[j]) > n->level)
                n->level = operand_level(s, op->operands[j]);
        n->step = n->level;
        if (axes_along(s->axes, op) == axis && op_is_reduction(op))
            n->level++;
    }
}

static int sink_level(Stream *s, const Sink *k) {
    Value *values[4];
    int n = sink_values(k, values), level = 0;
    for (int i = 0; i < n; i++)
        if (operand_level(s, values[i]) > level)
            level = operand_level(s, values[i]);
    return level;
}

/* Cost of computing a value with the axis again in a later sweep, from values that are at hand there; 0: keep it instead. */
static int recompute_cost(Stream *s, const Op *op, int axis) {
    if (!op_code_has(op->code, EWISE) && op->code != OP_TRANS && op->code != OP_BROADCAST)
        return 0;
    if (op_code_has(op->code, COSTLY))
        return 0;
    int cost = 1;
    for (int i = 0; i < op->noperands; i++) {
        const Value *u = op->operands[i];
        if (!in_closure(s, u) || !op_has_axis(s, u->def, axis))
            continue;
        int c = note_of(s, u->def->results[0])->cost;
        if (c == 0)
            return 0;
        cost += c;
    }
    return cost > MAX_RECOMPUTE ? 0 : cost;
}

static void need_at(Stream *s, const Value *v, int sweep) {
    if (in_closure(s, v) && note_of(s, v->def->results[0])->need < sweep)
        note_of(s, v->def->results[0])->need = sweep;
}

/* For every value with the axis: the last sweep that reads it. A value that is recomputed passes its own need on. */
static void compute_needs(Stream *s, const OpVec *ops, const SinkVec *sinks, int axis) {
    for (int i = 0; i < ops->len; i++)
        note_of(s, ops->data[i]->results[0])->cost = recompute_cost(s, ops->data[i], axis);
    for (int i = 0; i < sinks->len; i++) {
        Value *values[4];
        int n = sink_values(sinks->data[i], values);
        for (int j = 0; j < n; j++)
            need_at(s, values[j], sink_level(s, sinks->data[i]));
    }
    for (int i = ops->len - 1; i >= 0; i--) {
        Op *op = ops->data[i];
        Note *n = note_of(s, op->results[0]);
        bool again = n->need > n->step && n->cost > 0 && result_has_axis(s, op, axis);
        for (int j = 0; j < op->noperands; j++)
            need_at(s, op->operands[j], again ? n->need : n->step);
    }
}

/* Is the value to be stored in sweep `level` for a later one? */
static bool is_kept(Stream *s, const Op *op, int axis, int level) {
    Note *n = note_of(s, op->results[0]);
    bool has_axis = result_has_axis(s, op, axis) || (op_code_has(op->code, SCAN_OP) && axes_along(s->axes, op) == axis);
    return has_axis && n->level == level && n->need > level && n->cost == 0;
}

typedef struct Sweep {
    SinkVec sinks; /* steps, kept values, sinks of the caller */
    OpVec steps;   /* reductions along the axis */
    OpVec scans;
} Sweep;

static Sweep collect_sweep(Stream *s, const OpVec *ops, const SinkVec *sinks, const int *sink_levels, int axis,
                           int level) {
    Sweep w = {0};
    for (int i = 0; i < ops->len; i++) {
        Op *op = ops->data[i];
        Note *n = note_of(s, op->results[0]);
        bool along = axes_along(s->axes, op) == axis;
        if (along && op_is_reduction(op) && n->step == level) {
            VEC_PUSH(s->arena, &w.steps, op);
            VEC_PUSH(s->arena, &w.sinks, sink_new(s, SINK_STEP, op, op->results[0]));
        }
        if (along && op_code_has(op->code, SCAN_OP) && n->step == level)
            VEC_PUSH(s->arena, &w.scans, op);
        if (is_kept(s, op, axis, level))
            for (int j = 0; j < op->nresults; j++)
                VEC_PUSH(s->arena, &w.sinks, sink_new(s, SINK_KEEP, op, op->results[j]));
    }
    for (int i = 0; i < sinks->len; i++)
        if (sink_has_axis(s, sinks->data[i], axis) && sink_levels[i] == level)
            VEC_PUSH(s->arena, &w.sinks, sinks->data[i]);
    return w;
}

static bool stream_open_already(const Stream *s) {
    for (int i = 0; i < s->scopes.len; i++)
        if (s->scopes.data[i].axis >= 0 && s->scopes.data[i].streaming)
            return true;
    return false;
}

static void run_sweep(Stream *s, Sweep *w, int axis) {
    for (int i = 0; i < w->steps.len; i++)
        sink_open_acc(s, w->steps.data[i]);
    for (int i = 0; i < w->scans.len; i++)
        sink_open_acc(s, w->scans.data[i]);
    make_buffers(s, &w->sinks);
    bool inner = stream_open_already(s);
    Loc loc = w->sinks.len ? sinks_loc(&w->sinks) : w->scans.data[0]->loc;
    stream_open_loop(s, axis, inner ? "red" : "stream", loc);
    VEC_LAST(&s->scopes).streaming = true;
    for (int i = 0; i < w->scans.len; i++) {
        SinkVec one = {0};
        VEC_PUSH(s->arena, &one, sink_new(s, SINK_SCAN, w->scans.data[i], w->scans.data[i]->results[0]));
        nest_plan(s, one);
    }
    nest_plan(s, w->sinks);
    stream_pop(s);
    publish_buffers(s, &w->sinks);
    for (int i = 0; i < w->steps.len; i++)
        sink_close_acc(s, w->steps.data[i]);
}

/* Facts of a planning survive only until the next closure, so each sweep is planned from the notes copied here. */
typedef struct Plan {
    OpVec ops;
    Note *notes;
} Plan;

static Plan save_plan(Stream *s, OpVec ops) {
    Plan p = {ops, ARENA_ARRAY(s->arena, Note, ops.len + 1)};
    for (int i = 0; i < ops.len; i++)
        p.notes[i] = *note_of(s, ops.data[i]->results[0]);
    return p;
}

static void restore_plan(Stream *s, const Plan *p) {
    s->nest->stamp++;
    for (int i = 0; i < p->ops.len; i++) {
        Note *n = note_of(s, p->ops.data[i]->results[0]);
        *n = p->notes[i];
        n->stamp = s->nest->stamp;
    }
}

/* Runs all sweeps along the axis. Returns the sinks that lack it: they come after. */
static SinkVec run_sweeps(Stream *s, SinkVec sinks, OpVec ops, int axis) {
    compute_levels(s, &ops, axis);
    compute_needs(s, &ops, &sinks, axis);
    int last = 0;
    for (int i = 0; i < ops.len; i++)
        if (axes_along(s->axes, ops.data[i]) == axis && note_of(s, ops.data[i]->results[0])->step > last)
            last = note_of(s, ops.data[i]->results[0])->step;
    int *sink_levels = ARENA_ARRAY(s->arena, int, sinks.len + 1);
    for (int i = 0; i < sinks.len; i++) {
        sink_levels[i] = sink_level(s, sinks.data[i]);
        if (sink_has_axis(s, sinks.data[i], axis) && sink_levels[i] > last)
            last = sink_levels[i];
    }
    Plan plan = save_plan(s, ops);
    for (int level = 0; level <= last; level++) {
        restore_plan(s, &plan);
        SinkVec before = values_before_loop(s, &ops, &sinks, axis, level);
        nest_plan(s, before);
        restore_plan(s, &plan);
        Sweep w = collect_sweep(s, &ops, &sinks, sink_levels, axis, level);
        if (w.sinks.len > 0 || w.scans.len > 0)
            run_sweep(s, &w, axis);
    }
    SinkVec rest = {0};
    for (int i = 0; i < sinks.len; i++)
        if (!sink_has_axis(s, sinks.data[i], axis))
            VEC_PUSH(s->arena, &rest, sinks.data[i]);
    return rest;
}

/* A top-k or sort keeps the state of one row, so its row axis must be bound before it is stepped. Returns one that a sweep along
 * the axis would step with its row open. */
static Op *order_with_open_row(Stream *s, const OpVec *ops, int axis) {
    for (int i = 0; i < ops->len; i++) {
        Op *op = ops->data[i];
        if (op_code_has(op->code, ORDER) && axes_along(s->axes, op) == axis && !result_is_point(s, op))
            return op;
    }
    return NULL;
}

/* Computes such an op for all rows: sweeps along the rows, where that is all that the sinks want; else before them. */
static SinkVec plan_order_rows(Stream *s, SinkVec sinks, OpVec ops, Op *order) {
    for (int i = 0; i < sinks.len; i++) {
        if (sinks.data[i]->kind == SINK_KEEP && sinks.data[i]->op == order)
            continue;
        SinkVec keep = {0};
        keep_value(s, &keep, order);
        nest_plan(s, keep);
        return sinks;
    }
    return run_sweeps(s, sinks, ops, axes_row(s->axes, order->results[0]));
}

/* ---- planning -------------------------------------------------------------------------------------------------- */

static SinkVec without_satisfied(Stream *s, SinkVec sinks) {
    SinkVec rest = {0};
    for (int i = 0; i < sinks.len; i++) {
        Sink *k = sinks.data[i];
        bool at_hand = k->kind == SINK_KEEP && !k->target && stream_avail(s, k->value)->kind != AVAIL_NONE;
        if (!at_hand && !k->done)
            VEC_PUSH(s->arena, &rest, k);
    }
    return rest;
}

/* 3. No reductions left: emit the first sink's point, or loop over its first open axis with those that share it. */
static void plan_elementwise(Stream *s, SinkVec sinks, const OpVec *ops) {
    Sink *first = sinks.data[0];
    if (sink_is_point(s, first)) {
        sink_emit(s, first);
        return;
    }
    int axis = stream_axis_bound(s, first->row) ? sink_col(s, first) : first->row;
    SinkVec same = {0};
    for (int i = 0; i < sinks.len; i++)
        if (sink_has_axis(s, sinks.data[i], axis))
            VEC_PUSH(s->arena, &same, sinks.data[i]);
    SinkVec before = values_before_loop(s, ops, &same, axis, 0);
    if (before.len > 0)
        nest_plan(s, before);
    loop_over(s, &same, axis, "lane");
    for (int i = 0; i < same.len; i++)
        same.data[i]->done = true;
}

static void plan_component(Stream *s, SinkVec sinks) {
    for (sinks = without_satisfied(s, sinks); sinks.len > 0; sinks = without_satisfied(s, sinks)) {
        OpVec ops = closure(s, &sinks);
        clear_levels(s, &ops);
        int axis = common_row_axis(s, &sinks, &ops);
        if (axis >= 0) {
            SinkVec before = values_before_loop(s, &ops, &sinks, axis, 0);
            if (before.len > 0) {
                nest_plan(s, before);
                continue;
            }
            loop_over(s, &sinks, axis, "row");
            return;
        }
        OpVec tops = top_reductions(s, &sinks);
        if (tops.len == 0) {
            plan_elementwise(s, sinks, &ops);
            continue;
        }
        axis = streaming_axis(s, &tops);
        Op *order = order_with_open_row(s, &ops, axis);
        sinks = order ? plan_order_rows(s, sinks, ops, order) : run_sweeps(s, sinks, ops, axis);
    }
}

/* Sinks that need a common uncomputed value are planned together; others one after another. */
static int find_group(int *group, int i) {
    while (group[i] != i)
        i = group[i] = group[group[i]];
    return i;
}

static void group_value(Stream *s, int *group, int sink, Value *v, bool root) {
    if (v->id >= s->nsource || !v->def || v->type->kind != TYPE_TILE || stream_avail(s, v)->kind != AVAIL_NONE)
        return;
    if ((!root && stream_is_leaf(s, v)) || v->def->nregions > 0)
        return;
    Note *n = note_of(s, v->def->results[0]);
    if (n->stamp == s->nest->stamp) {
        group[find_group(group, sink)] = find_group(group, n->owner);
        return;
    }
    n->stamp = s->nest->stamp;
    n->owner = sink;
    for (int i = 0; i < v->def->noperands; i++)
        group_value(s, group, sink, v->def->operands[i], false);
}

void nest_plan(Stream *s, SinkVec sinks) {
    int *group = ARENA_ARRAY(s->arena, int, sinks.len + 1);
    s->nest->stamp++;
    for (int i = 0; i < sinks.len; i++)
        group[i] = i;
    for (int i = 0; i < sinks.len; i++) {
        Value *values[4];
        int n = sink_values(sinks.data[i], values);
        for (int j = 0; j < n; j++)
            group_value(s, group, i, values[j], sinks.data[i]->kind == SINK_KEEP || sinks.data[i]->kind == SINK_STORE);
    }
    int *leader = ARENA_ARRAY(s->arena, int, sinks.len + 1);
    for (int i = 0; i < sinks.len; i++)
        leader[i] = find_group(group, i);
    for (int i = 0; i < sinks.len; i++) {
        if (leader[i] < 0)
            continue;
        SinkVec part = {0};
        int mine = leader[i];
        for (int j = i; j < sinks.len; j++)
            if (leader[j] == mine) {
                VEC_PUSH(s->arena, &part, sinks.data[j]);
                leader[j] = -1;
            }
        plan_component(s, part);
    }
}
