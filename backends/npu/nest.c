/* Sinks into nests of blocks, and the programs of the nests.
 *
 * A row nest goes over blocks of rows, and in each sweeps over blocks of columns, once for every level: a value that needs a finished
 * row reduction is of a level behind it. What has no columns is computed between the sweeps, and what depends on no row before the
 * loop. A column nest is the same with rows and columns exchanged. Where all columns fit into one block there is no inner loop, and
 * nothing is computed twice. */
#include <string.h>

#include "backends/npu/lower.h"
#include "ir/walk.h"

static bool is_one(const Expr *e) { return expr_equals_const(e, 1); }

static bool reduces(const Sink *s) { return s->kind == SINK_REDUCE || s->kind == SINK_ORDER || s->kind == SINK_SCAN; }
static Value *sink_root(const Sink *s) { return reduces(s) ? s->op->operands[0] : s->value; }

/* ---- sinks -------------------------------------------------------------------------------------------------------------- */
typedef struct Search {
    Lower *l;
    Sink *sink;
    bool *seen;
    int nseen;
} Search;

static int store_arg(Lower *l, const Op *op) { return memory_arg(l, op->operands[0]); }

static void add_dep(Lower *l, Sink *s, int dep) {
    for (int i = 0; i < s->deps.len; i++) {
        if (s->deps.data[i] == dep)
            return;
    }
    VEC_PUSH(l->arena, &s->deps, dep);
}

/* A load behind a store to the same argument waits for it. */
static void load_deps(Lower *l, Sink *s, const Op *load) {
    int arg = store_arg(l, load);
    for (int i = 0; i < l->sinks.len; i++) {
        const Sink *k = &l->sinks.data[i];
        if (k != s && k->kind == SINK_STORE && store_arg(l, k->op) == arg && k->op->results == NULL &&
            load->loc.line >= 0) {
            bool before = false;
            for (const Op *o = load->prev; o && !before; o = o->prev)
                before = o == k->op;
            if (before)
                add_dep(l, s, i);
        }
    }
}

static void find_deps(Lower *l, Sink *s, Value *v, bool root) {
    LowerValue *lv = lower_value(l, v);
    const Op *op = v->def;
    if (!op || lv->segment < l->segment || lv->cube || lv->carried)
        return;
    if (lv->sink >= 0 && !root) {
        const Sink *k = &l->sinks.data[lv->sink];
        if (k->kind != SINK_KEEP) {
            lv->wanted |= k->kind == SINK_ORDER;
            add_dep(l, s, lv->sink);
            return;
        }
    }
    if (op->code == OP_LOAD || (op->code == OP_GET && type_is_memory(op->operands[0]->type))) {
        load_deps(l, s, op);
        return;
    }
    for (int i = 0; i < op->noperands; i++) {
        LowerValue *from = lower_value(l, op->operands[i]);
        if (op_reads_memory(op) && from->sink >= 0 && !lower_is_moved(l, op->operands[i])) {
            add_dep(l, s, from->sink);
            if (l->sinks.data[from->sink].kind == SINK_REDUCE)
                l->sinks.data[from->sink].keep = true;
        } else {
            find_deps(l, s, op->operands[i], false);
        }
    }
}

static bool tree_loads(Lower *l, const Value *v, int arg) {
    const Op *op = v->def;
    if (!op || lower_value(l, v)->segment < l->segment || lower_value(l, v)->cube || lower_value(l, v)->carried)
        return false;
    if (op->noperands > 0 && type_is_memory(op->operands[0]->type))
        return store_arg(l, op) == arg;
    if (is_order(op->code) || op_code_has(op->code, SCAN_OP))
        return false;
    for (int i = 0; i < op->noperands; i++) {
        if (tree_loads(l, op->operands[i], arg))
            return true;
    }
    return false;
}

/* The values that a sink makes known to later ones. */
static void note_sink(Lower *l, const Sink *s, int number) {
    if (s->kind != SINK_STORE && s->kind != SINK_CARRY)
        lower_value(l, s->value)->sink = number;
    for (int r = 0; s->kind == SINK_ORDER && r < s->op->nresults; r++)
        lower_value(l, s->op->results[r])->sink = number;
}

static void add_sink(Lower *l, SinkKind kind, const Op *op, Value *v) {
    Sink s = {.kind = kind, .op = op, .value = v, .nest = -1};
    note_sink(l, &s, l->sinks.len);
    s.keep = kind == SINK_REDUCE && lower_value(l, v)->wanted;
    VEC_PUSH(l->arena, &l->sinks, s);
}

/* A store over what is loaded elsewhere in the segment comes last. */
static void delay_stores(Lower *l) {
    VEC(Sink) front = {0}, back = {0};
    for (int i = 0; i < l->sinks.len; i++) {
        Sink s = l->sinks.data[i];
        int arg = s.kind == SINK_STORE ? store_arg(l, s.op) : -1;
        for (int k = 0; k < l->sinks.len && arg >= 0; k++) {
            const Sink *other = &l->sinks.data[k];
            s.last |= k != i && tree_loads(l, sink_root(other), arg);
        }
        if (s.last)
            VEC_PUSH(l->arena, &back, s);
        else
            VEC_PUSH(l->arena, &front, s);
    }
    for (int i = 0; i < back.len; i++)
        VEC_PUSH(l->arena, &front, back.data[i]);
    for (int i = 0; i < front.len; i++) {
        l->sinks.data[i] = front.data[i];
        note_sink(l, &front.data[i], i);
    }
}

static bool is_direct(const Lower *l, const Op *op) {
    for (int i = 0; i < l->direct.len; i++) {
        if (l->direct.data[i] == op)
            return true;
    }
    return false;
}

static void collect_result(Lower *l, const Op *op, Value *v) {
    const LowerValue *lv = lower_value(l, v);
    if (lv->segment != l->segment || uses_of(&l->uses, v) == 0)
        return;
    if (is_order(op->code) && lv->sink >= 0)
        return; /* the other result of it */
    if (is_order(op->code))
        add_sink(l, SINK_ORDER, op, v);
    else if (op_code_has(op->code, SCAN_OP))
        add_sink(l, SINK_SCAN, op, v);
    else if (op_code_has(op->code, REDUCE_OP))
        add_sink(l, SINK_REDUCE, op, v);
    else if (lv->wanted && !lv->cube)
        add_sink(l, SINK_KEEP, op, v);
}

/* In the order of the text; what is carried to another round comes last. */
static void collect_sinks(Lower *l) {
    l->sinks.len = 0;
    for (int i = 0; i < l->nvalues; i++)
        l->values[i].sink = -1;
    for (const Op *op = l->run.first; op && op != l->run.end; op = op->next) {
        if (op_is_store(op) && !is_direct(l, op) && store_segment(l, op) == l->segment)
            add_sink(l, SINK_STORE, op, op->operands[1]);
        for (int r = 0; r < op->nresults; r++)
            collect_result(l, op, op->results[r]);
    }
    for (int i = 0; i < l->carries.len; i++) {
        const Carry *c = &l->carries.data[i];
        if (c->segment != l->segment)
            continue;
        add_sink(l, SINK_CARRY, NULL, c->value);
        VEC_LAST(&l->sinks).to = c->to;
        VEC_LAST(&l->sinks).slot = c->slot;
        VEC_LAST(&l->sinks).origin[0] = c->origin[0];
        VEC_LAST(&l->sinks).origin[1] = c->origin[1];
    }
    delay_stores(l);
    for (int i = 0; i < l->sinks.len; i++) {
        Sink *s = &l->sinks.data[i];
        s->deps.len = 0;
        find_deps(l, s, sink_root(s), s->kind == SINK_KEEP);
    }
}

/* ---- schedule -------------------------------------------------------------------------------------------------------------- */
static void sink_extents(Lower *l, const Sink *s, const Expr *e[2]) {
    const Type *t = sink_root(s)->type;
    e[0] = lower_expr(l, type_rows(t));
    e[1] = lower_expr(l, type_cols(t));
}

static bool fits(Lower *l, const Nest *n, const Sink *s) {
    const Expr *e[2];
    sink_extents(l, s, e);
    int outer = n->by_col, inner = !outer;
    if ((s->kind == SINK_ORDER) != (n->chunk > 0) || n->scan || s->kind == SINK_SCAN)
        return false;
    if (s->kind == SINK_ORDER)
        return e[0] == n->extent[0] && e[1] == n->extent[1] && n->chunk == order_chunk(l, s->op);
    if (s->kind == SINK_REDUCE)
        return n->by_col != reduce_is_row(s->op->code) && n->thin == reduce_is_thin(s->op->code) &&
               e[0] == n->extent[0] && e[1] == n->extent[1];
    return e[outer] == n->extent[outer] && (e[inner] == n->extent[inner] || is_one(e[inner]));
}

static bool deps_allow(const Lower *l, const Sink *s, int nest) {
    for (int i = 0; i < s->deps.len; i++) {
        const Sink *d = &l->sinks.data[s->deps.data[i]];
        if (d->nest > nest || (d->nest == nest && d->kind != SINK_REDUCE))
            return false;
    }
    return true;
}

static bool hazards_allow(Lower *l, const Sink *s, int nest) {
    for (int i = 0; s->last && i < l->sinks.len; i++) {
        const Sink *k = &l->sinks.data[i];
        if (k->nest > nest)
            return false;
    }
    return true;
}

static int new_nest(Lower *l, const Sink *s) {
    Nest n = {.by_col = s->kind == SINK_REDUCE && !reduce_is_row(s->op->code)};
    n.scan = s->kind == SINK_SCAN;
    n.thin = n.scan || (s->kind == SINK_REDUCE && reduce_is_thin(s->op->code));
    n.by_col = n.scan ? op_attr_int(s->op, ATTR_AXIS, 1) == 0 : n.by_col;
    n.chunk = s->kind == SINK_ORDER ? order_chunk(l, s->op) : 0;
    sink_extents(l, s, n.extent);
    VEC_PUSH(l->arena, &l->nests, n);
    return l->nests.len - 1;
}

static void set_level(Lower *l, Sink *s) {
    for (int i = 0; i < s->deps.len; i++) {
        Sink *d = &l->sinks.data[s->deps.data[i]];
        if (d->nest == s->nest)
            s->level = d->level + 1 > s->level ? d->level + 1 : s->level;
        else if (d->kind == SINK_REDUCE)
            d->keep = true;
    }
    for (int i = 0; s->last && i < l->sinks.len; i++) {
        const Sink *k = &l->sinks.data[i];
        if (k != s && k->nest == s->nest && k->level > s->level)
            s->level = k->level;
    }
}

static void schedule(Lower *l) {
    l->nests.len = 0;
    for (int i = 0; i < l->sinks.len; i++) {
        Sink *s = &l->sinks.data[i];
        for (int n = 0; n < l->nests.len && s->nest < 0; n++) {
            if (fits(l, &l->nests.data[n], s) && deps_allow(l, s, n) && hazards_allow(l, s, n))
                s->nest = n;
        }
        if (s->nest < 0)
            s->nest = new_nest(l, s);
        Nest *n = &l->nests.data[s->nest];
        const Expr *e[2];
        sink_extents(l, s, e);
        s->inner = reduces(s) || !is_one(e[!n->by_col]);
        set_level(l, s);
        n->levels = s->level + 1 > n->levels ? s->level + 1 : n->levels;
    }
}

/* ---- blocks ------------------------------------------------------------------------------------------------------------------ */
static int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

static bool upper_of(Lower *l, const Expr *extent, int64_t *upper) {
    return expr_is_const(extent, upper) || facts_upper_const(l->facts, extent, upper);
}

/* One row, or so many that their sums (of 4 bytes) fill whole blocks of a column with no more rows: the library asks for that. */
enum { SUMMED_ROWS = 8 };

/* Rows and columns of a block: as many columns as there are, if they are known and few; else as many as the rows leave. */
static void choose_blocks(Lower *l, const Nest *n, int64_t block[2]) {
    enum { ROWS = 16, MOST_ROWS = 128, THIN = 4 }; /* a strided vector takes 32 bytes an element */
    int64_t rows = 0, cols = 0, area = l->knobs.area;
    bool few_rows = upper_of(l, n->extent[0], &rows) && rows <= (n->by_col ? MOST_ROWS : ROWS);
    bool few_cols = upper_of(l, n->extent[1], &cols) && cols * (few_rows && rows > 0 ? rows : ROWS) <= area;
    rows = few_rows ? (rows > 0 ? rows : 1) : ROWS;
    if (few_cols) {
        block[1] = cols > 0 ? cols : 1;
        block[0] = area / round_up(block[1], l->grain);
        block[0] = block[0] > MOST_ROWS && block[1] > 1 ? MOST_ROWS : block[0];
    } else {
        block[0] = rows;
        block[1] = area / rows / l->grain * l->grain;
        block[1] = block[1] < l->grain ? l->grain : block[1];
    }
    block[0] = block[0] <= 1 || l->thin ? 1 : round_up(block[0], SUMMED_ROWS);
    if (l->thin && block[1] > l->grain * THIN)
        block[1] = l->grain * THIN;
}

static void begin_axis(Lower *l, int a, const Expr *extent, int64_t block) {
    AxisState *s = &l->axis[a];
    int64_t upper = 0;
    bool bounded = upper_of(l, extent, &upper);
    s->extent = extent;
    /* What may be empty is a loop, of one round at most where all fits into a block. */
    int64_t lower = 0;
    bool some = expr_is_const(extent, &lower) || facts_lower_const(l->facts, extent, &lower);
    s->single = bounded && upper <= block;
    s->looped = !s->single || !some || lower < 1;
    s->block = !s->single ? block : upper > 1 && a == 0 ? round_up(upper, SUMMED_ROWS) : upper > 0 ? upper : 1;
    s->vector = round_up(s->block, l->grain);
    s->start = expr_const(l->x, 0);
    s->valid = extent;
    s->counter = expr_const(l->x, 0);
}

/* A loop over the blocks of an axis; statements go into it from here on. */
PlaceStmt *open_block_loop(Lower *l, AxisState *s, const char *counter, const char *valid) {
    PlaceStmt *loop = add_stmt(l, PLACE_LOOP);
    loop->value = ARENA_NEW(l->arena, Value);
    loop->value->name = lower_name(l, counter);
    loop->value->type = type_index((Module *)l->module);
    loop->value->id = ((Module *)l->module)->next_value_id++;
    loop->expr = expr_cdiv(l->x, s->extent, expr_const(l->x, s->block));
    s->counter = expr_value(l->x, loop->value);
    s->start = expr_mul_const(l->x, s->counter, s->block);
    l->block = &loop->body;
    int64_t whole;
    if (s->block == 1 || (expr_is_const(s->extent, &whole) && whole % s->block == 0)) {
        s->valid = expr_const(l->x, s->block);
        return loop;
    }
    PlaceStmt *let = add_stmt(l, PLACE_LET);
    let->value = ARENA_NEW(l->arena, Value);
    let->value->name = lower_name(l, valid);
    let->value->type = loop->value->type;
    let->value->id = ((Module *)l->module)->next_value_id++;
    let->expr = expr_min(l->x, expr_const(l->x, s->block), expr_sub(l->x, s->extent, s->start));
    s->valid = expr_value(l->x, let->value);
    return loop;
}

static void close_scope(Lower *l, int scope) {
    for (int i = 0; i < l->nvalues; i++) {
        if (l->values[i].memo.kind != T_NONE && l->values[i].memo_scope >= scope)
            l->values[i].memo = (TVal){.kind = T_NONE};
    }
}

/* ---- what is computed once outside ---------------------------------------------------------------------------------------------- */
/* No reduction of the nest that is still to come. */
static bool is_ready(Lower *l, const Value *v) {
    const LowerValue *lv = lower_value(l, v);
    if (lv->memo.kind != T_NONE || !v->def || lv->segment < l->segment)
        return true;
    if (lv->sink >= 0 && reduces(&l->sinks.data[lv->sink]))
        return &l->nests.data[l->sinks.data[lv->sink].nest] != l->nest;
    if (lv->cube || lower_is_moved(l, v) || v->def->code == OP_GATHER)
        return true;
    for (int i = 0; i < v->def->noperands; i++) {
        if (!is_ready(l, v->def->operands[i]))
            return false;
    }
    return true;
}

static void hoist(Lower *l, Value *v, unsigned changing) {
    LowerValue *lv = lower_value(l, v);
    if (lv->memo.kind != T_NONE || !v->def || l->failed)
        return;
    if (!(lv->axes & changing) && is_ready(l, v)) {
        if (lv->axes || !value_is_lazy(v))
            emit_value(l, v);
        return;
    }
    bool reduced = lv->sink >= 0 && reduces(&l->sinks.data[lv->sink]);
    if (reduced || lv->segment < l->segment || lv->cube || lower_is_moved(l, v) || v->def->code == OP_GATHER)
        return;
    for (int i = 0; i < v->def->noperands; i++)
        hoist(l, v->def->operands[i], changing);
}

static void hoist_all(Lower *l, int nest, int level, bool inner_only, unsigned changing) {
    for (int i = 0; i < l->sinks.len; i++) {
        const Sink *s = &l->sinks.data[i];
        if (s->nest == nest && (level < 0 || s->level == level) && (!inner_only || s->inner))
            hoist(l, sink_root(s), changing);
    }
}

/* ---- the program of a nest ---------------------------------------------------------------------------------------------------------- */
static unsigned type_axes(const Type *t) {
    return (is_one(type_rows(t)) ? 0 : AXIS_ROW) | (is_one(type_cols(t)) ? 0 : AXIS_COL);
}

static void keep(Lower *l, Value *v, TVal t) {
    Access a = access_of_workspace(l, v);
    emit_store(l, &a, type_axes(v->type), t);
}

static void run_sink(Lower *l, Sink *s, bool looped) {
    if (reduces(s)) {
        (s->kind == SINK_ORDER ? order_step : s->kind == SINK_SCAN ? scan_step : reduce_step)(l, s, looped);
        return;
    }
    TVal t = emit_value(l, s->value);
    l->op = s->op;
    if (s->kind == SINK_CARRY) {
        Access to = access_of_part(l, s->to, s->slot, s->origin);
        emit_store(l, &to, type_axes(s->value->type), t);
        return;
    }
    if (s->kind == SINK_KEEP) {
        keep(l, s->value, t);
        return;
    }
    if (s->op->noperands > 2)
        lower_error(l, s->op, "`%s` with a mask", op_info(s->op->code)->name);
    if (l->failed)
        return;
    Access a = access_of_store(l, s->op);
    emit_store(l, &a, type_axes(s->value->type), t);
}

static bool has_inner(const Lower *l, int nest, int level) {
    for (int i = 0; i < l->sinks.len; i++) {
        const Sink *s = &l->sinks.data[i];
        if (s->nest == nest && s->level == level && s->inner)
            return true;
    }
    return false;
}

static void for_sinks(Lower *l, int nest, int level, bool inner, void (*fn)(Lower *, Sink *, bool), bool looped,
                      bool reductions) {
    for (int i = 0; i < l->sinks.len && !l->failed; i++) {
        Sink *s = &l->sinks.data[i];
        if (s->nest == nest && s->level == level && s->inner == inner && (!reductions || reduces(s)))
            fn(l, s, looped);
    }
}

static void begin(Lower *l, Sink *s, bool looped) {
    (s->kind == SINK_ORDER ? order_begin : s->kind == SINK_SCAN ? scan_begin : reduce_begin)(l, s, looped);
}

static void finish(Lower *l, Sink *s, bool looped) {
    if (s->kind == SINK_ORDER) {
        order_end(l, s, looped);
        return;
    }
    if (s->kind == SINK_SCAN)
        return;
    LowerValue *lv = lower_value(l, s->value);
    lv->memo = reduce_end(l, s);
    lv->memo_scope = l->scope;
    if (s->keep)
        keep(l, s->value, lv->memo);
}

static void sweep(Lower *l, int nest, int level) {
    int inner = !l->nest->by_col;
    bool looped = l->axis[inner].looped;
    l->scope = 1;
    hoist_all(l, nest, level, true, looped ? (inner ? AXIS_COL : AXIS_ROW) : 0);
    for_sinks(l, nest, level, true, begin, looped, true);
    PlaceBlock *outside = l->block;
    if (looped) {
        open_block_loop(l, &l->axis[inner], inner ? "j" : "i", inner ? "cols" : "rows");
        l->scope = 2;
    }
    for_sinks(l, nest, level, true, run_sink, looped, false);
    if (looped)
        close_scope(l, 2);
    l->block = outside;
    l->scope = 1;
    for_sinks(l, nest, level, true, finish, looped, true);
}

static void generate_nest(Lower *l, int nest) {
    const Nest *n = l->nest = &l->nests.data[nest];
    int outer = n->by_col, inner = !outer;
    int64_t block[2];
    choose_blocks(l, n, block);
    if (n->chunk > 0) {
        block[0] = 1;
        block[1] = n->chunk;
    }
    block[inner] = n->thin ? 1 : block[inner];
    begin_axis(l, 0, n->extent[0], block[0]);
    begin_axis(l, 1, n->extent[1], block[1]);
    if (n->chunk > 0)
        l->axis[1].vector = n->chunk;
    PlaceBlock *outside = l->block;
    l->scope = 0;
    unsigned changing = (l->axis[outer].looped ? (outer ? AXIS_COL : AXIS_ROW) : 0) |
                        (l->axis[inner].looped ? (inner ? AXIS_COL : AXIS_ROW) : 0);
    if (l->axis[outer].looped)
        hoist_all(l, nest, -1, false, changing);
    if (l->axis[outer].looped)
        open_block_loop(l, &l->axis[outer], outer ? "j" : "i", outer ? "cols" : "rows");
    l->scope = 1;
    for (int level = 0; level < n->levels && !l->failed; level++) {
        for_sinks(l, nest, level, false, run_sink, false, false);
        if (has_inner(l, nest, level))
            sweep(l, nest, level);
    }
    close_scope(l, 0);
    l->block = outside;
    l->scope = 0;
}

void lower_vector_segment(Lower *l) {
    collect_sinks(l);
    if (l->sinks.len == 0 || l->failed)
        return;
    lower_program(l, false);
    schedule(l);
    for (int n = 0; n < l->nests.len && !l->failed; n++)
        generate_nest(l, n);
}
