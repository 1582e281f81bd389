/* `for` and `if` of a kernel.
 *
 * A kernel is a sequence of runs of straight code with loops and conditions between them. Every run has segments, and so programs, of
 * its own; a loop repeats the programs of its body, and programs have guards: the rounds that a task has, the conditions around.
 * The counter is an argument of the programs. A value that a round gives to the next one is in a workspace with two slots, taken in
 * turn, so that what a round reads is whole until its end. A condition of extents, counters and parameters is an expression; any other is
 * a truth value in memory, and an index that is read from memory is read when a program begins. */
#include "backends/npu/lower.h"

void each_op(const Region *r, void (*fn)(Lower *, const Op *), Lower *l) {
    for (const Op *op = r->first; op && !l->failed; op = op->next) {
        fn(l, op);
        for (int i = 0; i < op->nregions; i++)
            each_op(op->regions[i], fn, l);
    }
}

int store_segment(const Lower *l, const Op *store) {
    for (int i = 0; i < l->touchings.len; i++) {
        if (l->touchings.data[i].op == store)
            return l->touchings.data[i].segment;
    }
    return -1;
}

const Op *only_user(const Lower *l, const Value *v) {
    if (uses_of(&l->uses, v) != 1 || !v->def)
        return NULL;
    for (const Op *op = v->def->next; op && op->nregions == 0; op = op->next) {
        for (int i = 0; i < op->noperands; i++) {
            if (op->operands[i] == v)
                return op;
        }
    }
    return NULL;
}

bool op_is_store(const Op *op) { return op->code == OP_STORE || op->code == OP_PUT; }

/* ---- conditions -------------------------------------------------------------------------------------------------------- */
static const Expr *index_of(Lower *l, Value *v) {
    const Op *op = v->def;
    if (op && op->code == OP_INDEX)
        return lower_expr(l, op->exprs[0]);
    if (op && op->code == OP_CONST && !op_attr(op, ATTR_FLOAT))
        return expr_const(l->x, op_attr_int(op, ATTR_INT, 0));
    bool counts = v->type->elem == ELEM_INDEX || elem_is_int(v->type->elem);
    return !op && counts && !lower_value(l, v)->carried ? lower_expr(l, expr_value(l->x, v)) : NULL;
}

static const Expr *compared(Lower *l, OpCode code, const Expr *a, const Expr *b) {
    const Expr *more = expr_sub(l->x, a, b), *less = expr_neg(l->x, more);
    switch ((int)code) {
    case OP_GE: return more;
    case OP_LE: return less;
    case OP_GT: return expr_add_const(l->x, more, -1);
    case OP_LT: return expr_add_const(l->x, less, -1);
    case OP_EQ: return expr_min(l->x, more, less);
    case OP_NE: return expr_add_const(l->x, expr_max(l->x, more, less), -1);
    default: return NULL;
    }
}

static const Expr *opposite(Lower *l, const Expr *e) { return expr_add_const(l->x, expr_neg(l->x, e), -1); }

/* An expression that is >= 0 where the condition holds; NULL: it is computed from data. */
static const Expr *condition_of(Lower *l, Value *v) {
    const Op *op = v->def;
    if (!op || op->code == OP_CONST) {
        const Expr *e = v->type->elem == ELEM_BOOL && op ? index_of(l, v) : NULL;
        if (!op && !lower_value(l, v)->carried)
            e = lower_expr(l, expr_value(l->x, v));
        return e ? expr_add_const(l->x, e, -1) : NULL;
    }
    if (op->noperands < 1 || op->noperands > 2)
        return NULL;
    bool joins = op->operands[0]->type->elem == ELEM_BOOL;
    const Expr *e[2] = {NULL, NULL};
    for (int i = 0; i < op->noperands; i++) {
        e[i] = joins ? condition_of(l, op->operands[i]) : index_of(l, op->operands[i]);
        if (!e[i])
            return NULL;
    }
    if (joins && op->code == OP_NOT)
        return opposite(l, e[0]);
    if (joins && op->code == OP_AND)
        return expr_min(l->x, e[0], e[1]);
    if (joins && op->code == OP_OR)
        return expr_max(l->x, e[0], e[1]);
    return joins || op->noperands != 2 ? NULL : compared(l, op->code, e[0], e[1]);
}

/* ---- analysis ---------------------------------------------------------------------------------------------------------- */
static int last_store(const Lower *l, int arg) {
    int segment = -1;
    for (int i = 0; i < l->touchings.len; i++) {
        const Touching *t = &l->touchings.data[i];
        if (op_is_store(t->op) && t->arg == arg && t->segment > segment)
            segment = t->segment;
    }
    return segment;
}

static bool is_turned(const Region *r, const Value *v) {
    for (const Op *op = r->first; op; op = op->next) {
        for (int i = 0; i < op->noperands; i++) {
            if (op->operands[i] == v && op_reads_memory(op))
                return true;
        }
        for (int i = 0; i < op->nregions; i++) {
            if (is_turned(op->regions[i], v))
                return true;
        }
    }
    return false;
}

/* Does a block of the load hold just the elements that a store of the same block overwrites? */
static bool is_aligned(Lower *l, const Op *load, const Op *store) {
    if (load->code != OP_LOAD || store->code != OP_STORE || is_turned(l->func->body, load->results[0]))
        return false;
    NpuMem a = npu_mem(l->layouts, load->operands[0]), b = npu_mem(l->layouts, store->operands[0]);
    const Type *x = load->results[0]->type, *y = store->operands[1]->type;
    bool same =
        a.rank == b.rank && a.offset == b.offset && type_rows(x) == type_rows(y) && type_cols(x) == type_cols(y);
    for (int d = 0; d < a.rank && same; d++)
        same = a.base != b.base || a.strides[d] == b.strides[d];
    return same && (a.base == b.base || (a.base == load->operands[0] && b.base == store->operands[0]));
}

/* A store over memory that is read in another shape runs behind the program that reads it. */
static int behind_reads(Lower *l, const Op *store, int arg, int segment) {
    for (int i = 0; i < l->touchings.len; i++) {
        const Touching *t = &l->touchings.data[i];
        if (t->arg == arg && !op_is_store(t->op) && t->segment >= segment && !is_aligned(l, t->op, store))
            segment = t->segment + 1;
    }
    return segment;
}

/* What is behind a store runs behind it. */
static void order_memory(Lower *l, const Op *op) {
    Value *memory = op->noperands > 0 && type_is_memory(op->operands[0]->type) ? op->operands[0] : NULL;
    bool reads = op->code == OP_LOAD || op->code == OP_GET || op->code == OP_GATHER;
    if (!memory || (!reads && !op_is_store(op)))
        return;
    Value *value = reads ? op->results[0] : op->operands[1];
    Touching t = {.op = op, .arg = memory_arg(l, memory), .segment = lower_value(l, value)->segment};
    int after = last_store(l, t.arg);
    t.segment = t.segment > l->run.base ? t.segment : l->run.base;
    t.segment = after > t.segment ? after : t.segment;
    t.segment = reads ? t.segment : behind_reads(l, op, t.arg, t.segment);
    if (reads)
        lower_value(l, value)->segment = t.segment;
    l->segments = t.segment + 1 > l->segments ? t.segment + 1 : l->segments;
    VEC_PUSH(l->arena, &l->touchings, t);
}

static void add_carry(Lower *l, Value *value, Value *to, const Expr *slot) {
    int segment = lower_value(l, value)->segment;
    Carry c = {.value = value, .to = to, .slot = slot, .segment = segment > l->run.base ? segment : l->run.base};
    VEC_PUSH(l->arena, &l->carries, c);
}

/* A workspace of so many slots that holds the value. */
static int slots_for(Lower *l, const Value *v, int64_t slots) {
    int arg = lower_add_workspace(l, v->name ? v->name : "carried", v->type->elem, v->type);
    PlaceArg *a = &l->unit->args.data[arg];
    a->size = expr_mul_const(l->x, a->size, slots);
    return arg;
}

static void put_in_slot(Lower *l, Value *v, int arg, const Expr *slot) {
    LowerValue *lv = lower_value(l, v);
    lv->carried = true;
    lv->ws = arg;
    lv->slot = slot;
    lv->segment = l->segments - 1;
    lv->axes = (expr_equals_const(type_rows(v->type), 1) ? 0 : AXIS_ROW) |
               (expr_equals_const(type_cols(v->type), 1) ? 0 : AXIS_COL);
}

/* Joined tiles are written side by side, and read by the programs behind. */
static void analyse_join(Lower *l, const Op *op) {
    bool cols = op_attr_int(op, ATTR_AXIS, 1) == 1;
    Value *joined = op->results[0];
    for (int i = 0; i < op->noperands; i++) {
        const Type *first = op->operands[0]->type;
        const Expr *zero = expr_const(l->x, 0), *n = lower_expr(l, cols ? type_cols(first) : type_rows(first));
        add_carry(l, op->operands[i], joined, NULL);
        VEC_LAST(&l->carries).origin[0] = i && !cols ? n : zero;
        VEC_LAST(&l->carries).origin[1] = i && cols ? n : zero;
    }
    int segment = lower_value(l, joined)->segment + 1;
    l->segments = segment + 1 > l->segments ? segment + 1 : l->segments;
    put_in_slot(l, joined, slots_for(l, joined, 1), NULL);
    lower_value(l, joined)->segment = segment;
}

static void analyse_region(Lower *l, const Region *r, const Op *control, const Expr *next_slot);

static const Expr *half(Lower *l, const Expr *n) { return expr_mod(l->x, n, expr_const(l->x, 2)); }

static void analyse_loop(Lower *l, const Op *op) {
    enum { MOST_LOOPS = 4 };
    const Region *body = op->regions[0];
    const Expr *lo = lower_expr(l, op->exprs[0]), *step = lower_expr(l, op->exprs[2]);
    const Expr *trips =
        expr_max(l->x, expr_const(l->x, 0), expr_cdiv(l->x, expr_sub(l->x, lower_expr(l, op->exprs[1]), lo), step));
    if (++l->loop_depth > MOST_LOOPS)
        lower_error(l, op, "more than %d loops in loops in a kernel", MOST_LOOPS);
    int counter = lower_add_index(l, body->args[0], body->args[0]->name);
    const Expr *k = expr_value(l->x, l->unit->args.data[counter].value);
    l->unit->args.data[counter].counter = true;
    VEC_PUSH(l->arena, &l->counters, ((Counter){op, counter}));
    VEC_LAST(&l->to) = expr_add(l->x, lo, expr_mul(l->x, k, step));
    for (int i = 0; i < op->noperands; i++) {
        add_carry(l, op->operands[i], body->args[i + 1], expr_const(l->x, 0));
        put_in_slot(l, body->args[i + 1], slots_for(l, body->args[i + 1], 2), half(l, k));
    }
    analyse_region(l, body, op, half(l, expr_add_const(l->x, k, 1)));
    l->loop_depth--;
    for (int i = 0; i < op->nresults; i++)
        put_in_slot(l, op->results[i], lower_value(l, body->args[i + 1])->ws, half(l, trips));
}

static void analyse_if(Lower *l, const Op *op) {
    LowerValue *condition = lower_value(l, op->operands[0]);
    if (!condition_of(l, op->operands[0]) && !condition->carried) {
        condition->copied = value_is_moved(op->operands[0]);
        condition->wanted = !condition->cube;
    }
    for (int i = 0; i < op->nresults; i++)
        put_in_slot(l, op->results[i], slots_for(l, op->results[i], 1), expr_const(l->x, 0));
    for (int r = 0; r < op->nregions; r++)
        analyse_region(l, op->regions[r], op, expr_const(l->x, 0));
    for (int i = 0; i < op->nresults; i++)
        lower_value(l, op->results[i])->segment = l->segments - 1;
}

/* The values of a yield go into the slots of the control op's results (of a loop: of its arguments, for the next round). */
static void analyse_yield(Lower *l, const Op *yield, const Op *control, const Expr *slot) {
    for (int i = 0; control && i < yield->noperands; i++)
        add_carry(l, yield->operands[i],
                  control->code == OP_FOR ? control->regions[0]->args[i + 1] : control->results[i], slot);
}

static void analyse_region(Lower *l, const Region *r, const Op *control, const Expr *next_slot) {
    const Op *op = r->first;
    for (;;) {
        l->run = (Run){.first = op, .base = l->segments};
        l->segments++;
        for (; op && op->nregions == 0 && !l->failed; op = op->next) {
            if (op->code == OP_YIELD)
                analyse_yield(l, op, control, next_slot);
            else
                analyse_op(l, op);
            order_memory(l, op);
            if (op->code == OP_CONCAT)
                analyse_join(l, op);
        }
        l->run.end = op;
        l->run.limit = l->segments;
        VEC_PUSH(l->arena, &l->runs, l->run);
        if (!op || l->failed)
            return;
        if (op->code == OP_FOR)
            analyse_loop(l, op);
        else if (op->code == OP_IF)
            analyse_if(l, op);
        else
            lower_error(l, op, "`%s` in a kernel", op_info(op->code)->name);
        op = op->next;
    }
}

/* A load whose memory is written before its last use is copied. */
static void copy_loads(Lower *l, const Op *op) {
    if (op_code_has(op->code, CONTROL))
        return;
    int at = op->nresults ? lower_value(l, op->results[0])->segment : store_segment(l, op);
    for (int i = 0; i < op->noperands; i++) {
        Value *v = op->operands[i];
        while (v->def && value_is_moved(v) && type_is_tile(v->def->operands[0]->type))
            v = v->def->operands[0];
        if (!v->def || !value_is_moved(v) || lower_value(l, v)->segment >= at)
            continue;
        int arg = memory_arg(l, v->def->operands[0]);
        for (int k = 0; k < l->touchings.len; k++) {
            const Touching *t = &l->touchings.data[k];
            if (op_is_store(t->op) && t->arg == arg && t->segment >= lower_value(l, v)->segment && t->segment <= at)
                lower_value(l, v)->copied = lower_value(l, v)->wanted = true;
        }
    }
}

void control_analyse(Lower *l) {
    analyse_region(l, l->func->body, NULL, NULL);
    if (!l->failed)
        each_op(l->func->body, copy_loads, l);
    for (int i = 0; i < l->carries.len; i++) {
        const Carry *c = &l->carries.data[i];
        if (lower_value(l, c->value)->segment < c->segment)
            lower_want(l, c->value);
    }
}

/* ---- generation -------------------------------------------------------------------------------------------------------- */
static void generate_region(Lower *l);

static void generate_loop(Lower *l, const Op *op) {
    PlaceStep *repeat = ARENA_NEW(l->arena, PlaceStep);
    PlaceSteps *around = l->steps;
    const Expr *lo = lower_expr(l, op->exprs[0]), *step = lower_expr(l, op->exprs[2]);
    *repeat = (PlaceStep){.program = -1};
    for (int i = 0; i < l->counters.len; i++)
        repeat->counter = l->counters.data[i].loop == op ? l->counters.data[i].arg : repeat->counter;
    const Expr *counter = expr_value(l->x, l->unit->args.data[repeat->counter].value);
    const Expr *span = expr_sub(l->x, lower_expr(l, op->exprs[1]), lo);
    repeat->trips = expr_cdiv(l->x, span, step);
    VEC_PUSH(l->arena, around, repeat);
    l->steps = &repeat->body;
    int mark = facts_mark(l->facts), guards = l->guards.len;
    const Expr *guard = expr_add_const(l->x, expr_sub(l->x, span, expr_mul(l->x, counter, step)), -1);
    facts_add_ge0(l->facts, counter);
    facts_add_ge0(l->facts, guard);
    VEC_PUSH(l->arena, &l->guards, guard);
    generate_region(l);
    l->guards.len = guards;
    facts_release(l->facts, mark);
    l->steps = around;
}

static void generate_if(Lower *l, const Op *op) {
    const Expr *condition = condition_of(l, op->operands[0]);
    for (int r = 0; r < op->nregions && !l->failed; r++) {
        int mark = facts_mark(l->facts), guards = l->guards.len, flags = l->flags.len;
        if (condition) {
            const Expr *guard = r ? opposite(l, condition) : condition;
            facts_add_ge0(l->facts, guard);
            VEC_PUSH(l->arena, &l->guards, guard);
        } else {
            VEC_PUSH(l->arena, &l->flags, ((PlaceFlag){lower_workspace(l, op->operands[0]), r == 0}));
        }
        generate_region(l);
        l->guards.len = guards;
        l->flags.len = flags;
        facts_release(l->facts, mark);
    }
}

static void generate_region(Lower *l) {
    for (;;) {
        l->run = l->runs.data[l->next_run++];
        for (l->segment = l->run.base; l->segment < l->run.limit && !l->failed; l->segment++) {
            lower_vector_segment(l);
            l->in_cube = true;
            if (l->segment + 1 < l->run.limit)
                lower_cube_segment(l);
            l->in_cube = false;
        }
        const Op *end = l->run.end;
        if (!end || l->failed)
            return;
        (end->code == OP_FOR ? generate_loop : generate_if)(l, end);
    }
}

void control_generate(Lower *l) {
    l->steps = &l->unit->steps;
    l->next_run = 0;
    generate_region(l);
}
