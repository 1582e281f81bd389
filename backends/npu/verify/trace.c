/* The program unrolled for one choice of trip counts. Counters become numbers; arguments stay symbols. */
#include "backends/npu/verify/internal.h"

typedef struct Binding {
    const Value *value;
    const Expr *expr;
} Binding;

typedef struct Tracer {
    Verify *v;
    const Trips *trips;
    const int *choice;
    Trace *trace;
    VEC(Binding) env;
    int cond;
} Tracer;

static void run_block(Tracer *t, const PlaceBlock *block);

static const Expr *lookup(void *user, Value *value) {
    const Tracer *t = user;
    for (int i = t->env.len - 1; i >= 0; i--) {
        if (t->env.data[i].value == value)
            return t->env.data[i].expr;
    }
    return NULL;
}

static const Expr *resolve(Tracer *t, const Expr *e) {
    return e->kind == EXPR_CONST ? e : expr_substitute(t->v->x, e, lookup, t);
}

/* A copy or phase behind a loop may depend on how often it ran. Only remainders do not tell apart the counts that a choice stands for, so a
 * trip expression becomes its count only inside of sums and products whose remainder is taken. */
static const Expr *with_counts(Tracer *t, const Expr *e, bool inside);

static int count_of(const Tracer *t, const Expr *e) {
    for (int i = 0; i < t->trips->classes.len; i++) {
        const TripClass *k = &t->trips->classes.data[i];
        bool clamped = e->kind == EXPR_MAX && e->nargs == 2 && (e->args[0] == k->trip || e->args[1] == k->trip) &&
                       (expr_equals_const(e->args[0], 0) || expr_equals_const(e->args[1], 0));
        if (k->bound && (e == k->trip || clamped))
            return t->choice[i];
    }
    return -1;
}

static const Expr *with_counts_in_args(Tracer *t, const Expr *e, bool inside) {
    ExprTable *x = t->v->x;
    const Expr *r = e->kind == EXPR_SUM ? expr_const(x, e->c) : e->kind == EXPR_PROD ? expr_const(x, e->c) : NULL;
    for (int i = 0; i < e->nargs; i++) {
        const Expr *a = with_counts(t, e->args[i], inside);
        r = !r                     ? a
            : e->kind == EXPR_SUM  ? expr_add(x, r, a)
            : e->kind == EXPR_PROD ? expr_mul(x, r, a)
            : e->kind == EXPR_MIN  ? expr_min(x, r, a)
                                   : expr_max(x, r, a);
    }
    return r;
}

static const Expr *with_counts(Tracer *t, const Expr *e, bool inside) {
    int count = inside ? count_of(t, e) : -1;
    if (count >= 0)
        return expr_const(t->v->x, count);
    switch (e->kind) {
    case EXPR_CONST:
    case EXPR_VALUE: return e;
    case EXPR_MOD: return expr_mod(t->v->x, with_counts(t, e->args[0], expr_is_const(e->args[1], NULL)), e->args[1]);
    case EXPR_DIV: return expr_div(t->v->x, with_counts(t, e->args[0], false), e->args[1]);
    case EXPR_PROD:
    case EXPR_SUM: return with_counts_in_args(t, e, inside);
    case EXPR_MIN:
    case EXPR_MAX: return with_counts_in_args(t, e, false);
    }
    return e;
}

static bool resolve_const(Tracer *t, const Expr *e, bool remainder, int64_t *out) {
    const Expr *r = resolve(t, e);
    return expr_is_const(r, out) || expr_is_const(with_counts(t, r, remainder), out);
}

static void bind(Tracer *t, const Value *value, const Expr *e) {
    VEC_PUSH(t->v->arena, &t->env, ((Binding){value, e}));
}

static int64_t up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

/* ---- accesses --------------------------------------------------------------------------------------------------------- */
/* The bytes of a tile's window; where extents are not known, or the instruction reads padding, those of the whole tile. */
static void measure(Access *a, const PlaceOperand *o, bool whole) {
    int64_t size = elem_bytes(o->elem), c;
    bool matrix = o->layout == NPU_ND && o->rows > 1;
    a->rows = 1;
    a->width = place_operand_bytes(o);
    if (matrix) {
        a->pitch = a->width = o->cols * size;
        a->rows = !whole && expr_is_const(a->valid[0], &c) ? c : o->rows;
        if (!whole && expr_is_const(a->valid[1], &c) && c < o->cols)
            a->width = up(c * size, NPU_BLOCK);
        if (a->width == a->pitch) {
            a->width *= a->rows;
            a->rows = 1;
        }
    } else if (o->layout == NPU_ND || o->layout == NPU_DN) {
        if (!whole && expr_is_const(a->valid[o->layout == NPU_ND], &c))
            a->width = up(c * size, NPU_BLOCK);
    }
}

static bool add_tile(Tracer *t, const PlaceStmt *s, const PlaceOperand *o, NpuElemRule elem) {
    const PlaceBuffer *b = &t->v->program->buffers.data[o->buffer];
    Access a = {.memory = (int)b->memory, .operand = o};
    if (!resolve_const(t, o->copy, false, &a.copy) || a.copy < 0 || a.copy >= b->depth) {
        pv_fail(t->v, DIAG_PLACE_ADDRESS, s, "a copy of `%s` depends on more than loop counters", b->name);
        return false;
    }
    a.lo = b->base + a.copy * b->size + o->offset;
    a.scratch = o->role == NPU_TMP;
    a.reads = place_role_reads(o->role) && !a.scratch;
    a.writes = place_role_writes(o->role);
    a.valid[0] = resolve(t, o->valid[0]);
    a.valid[1] = resolve(t, o->valid[1]);
    bool whole = a.scratch || elem == NPU_ELEM_MASK || insn_info(s->code)->reads_pad;
    measure(&a, o, whole);
    VEC_PUSH(t->v->arena, &t->trace->accesses, a);
    return true;
}

static void add_gm(Tracer *t, const PlaceOperand *o) {
    Access a = {.memory = NPU_MEMORY_COUNT + place_arg_root(t->v->unit, o->arg), .operand = o};
    a.reads = o->role == NPU_GM_IN;
    a.writes = o->role == NPU_GM_OUT;
    for (int d = 0; d < 2; d++) {
        a.valid[d] = resolve(t, o->valid[d]);
        a.box[d] = o->box[d] ? resolve(t, o->box[d]) : NULL;
    }
    VEC_PUSH(t->v->arena, &t->trace->accesses, a);
}

static void add_hidden(Tracer *t, const PlaceStmt *s) {
    Access a = {.memory = NPU_UB, .rows = 1, .writes = true, .scratch = true};
    a.width = pv_hidden(s->code, t->v->unit->arch, &a.lo);
    if (a.width > 0)
        VEC_PUSH(t->v->arena, &t->trace->accesses, a);
}

/* Rectangles meet; of two with one pitch exactly, of others where they begin and end. */
static bool rectangles_meet(const Access *a, const Access *b) {
    int64_t a_end = a->lo + (a->rows - 1) * a->pitch + a->width, b_end = b->lo + (b->rows - 1) * b->pitch + b->width;
    if (a->lo >= b_end || b->lo >= a_end)
        return false;
    if (a->rows == 1 && b->rows == 1)
        return true;
    int64_t pitch = a->rows > 1 ? a->pitch : b->pitch;
    bool comparable = (a->rows == 1 ? a->width <= pitch : a->pitch == pitch) &&
                      (b->rows == 1 ? b->width <= pitch : b->pitch == pitch);
    if (!comparable)
        return true;
    int64_t d = ((b->lo - a->lo) % pitch + pitch) % pitch; /* where b's rows begin in those of a */
    return d < a->width || pitch - d < b->width;
}

static bool boxes_apart(const Verify *v, const Access *a, const Access *b) {
    for (int d = 0; d < 2; d++) {
        if (!a->box[d] || !b->box[d])
            return false;
        const Expr *gap = expr_sub(v->x, b->box[d], a->box[d]);
        int64_t c, a_size = a->operand->box_size[d], b_size = b->operand->box_size[d];
        if (expr_is_const(gap, &c)) {
            if (c >= a_size || -c >= b_size)
                return true;
        } else if (facts_prove_ge0(v->facts, expr_add_const(v->x, gap, -a_size)) ||
                   facts_prove_ge0(v->facts, expr_add_const(v->x, expr_neg(v->x, gap), -b_size))) {
            return true;
        }
    }
    return false;
}

bool pv_access_meet(const Verify *v, const Access *a, const Access *b) {
    if (a->memory != b->memory)
        return false;
    return a->memory < NPU_MEMORY_COUNT ? rectangles_meet(a, b) : !boxes_apart(v, a, b);
}

/* ---- aliases within an instruction --------------------------------------------------------------------------------------- */
static bool same_bytes(const Access *a, const Access *b) {
    return a->lo == b->lo && a->operand && b->operand && elem_bytes(a->operand->elem) == elem_bytes(b->operand->elem) &&
           a->operand->layout == b->operand->layout && a->operand->cols == b->operand->cols;
}

static void check_aliases(Tracer *t, const PlaceStmt *s, int first) {
    const Trace *trace = t->trace;
    for (int i = first; i < trace->accesses.len; i++) {
        for (int j = i + 1; j < trace->accesses.len; j++) {
            const Access *a = &trace->accesses.data[i], *b = &trace->accesses.data[j];
            if ((!a->writes && !b->writes) || a->memory >= NPU_MEMORY_COUNT || !pv_access_meet(t->v, a, b))
                continue;
            bool plain = !a->scratch && !b->scratch && a->writes != b->writes;
            if (!plain || !insn_info(s->code)->inplace || !same_bytes(a, b))
                pv_fail(t->v, DIAG_PLACE_ILLEGAL, s, "two of its operands overlap");
        }
    }
}

/* ---- statements -------------------------------------------------------------------------------------------------------------- */
static void push(Tracer *t, TraceItem item) {
    item.nth = t->trace->items.len;
    VEC_PUSH(t->v->arena, &t->trace->items, item);
}

static void run_insn(Tracer *t, const PlaceStmt *s) {
    NpuOperandRule rules[NPU_MAX_OPERANDS];
    insn_operand_rules(s->code, rules);
    TraceItem item = {.stmt = s, .first = t->trace->accesses.len, .cond = t->cond};
    for (int i = 0; i < s->noperands; i++) {
        const PlaceOperand *o = &s->operands[i];
        if (o->kind == PLACE_TILE && !add_tile(t, s, o, rules[i].elem))
            return;
        if (o->kind == PLACE_GM)
            add_gm(t, o);
    }
    if (insn_info(s->code)->hidden)
        add_hidden(t, s);
    item.naccess = t->trace->accesses.len - item.first;
    check_aliases(t, s, item.first);
    push(t, item);
}

static void run_event(Tracer *t, const PlaceStmt *s) {
    int64_t phase;
    if (!resolve_const(t, s->phase, true, &phase)) {
        pv_fail(t->v, DIAG_PLACE_EVENT, s, "the phase depends on more than loop counters");
        return;
    }
    push(t, (TraceItem){.stmt = s, .id = s->base + (int)(phase % s->count), .cond = -1});
}

static void run_loop(Tracer *t, const PlaceStmt *s) {
    int count = t->choice[pv_trip_class(t->trips, s)], env = t->env.len;
    for (int i = 0; i < count && !t->v->failed; i++) {
        bind(t, s->value, expr_const(t->v->x, i));
        run_block(t, &s->body);
        t->env.len = env;
    }
}

static void run_when(Tracer *t, const PlaceStmt *s) {
    const Expr *e = resolve(t, s->expr);
    int64_t c;
    int outer = t->cond, env = t->env.len;
    bool known = expr_is_const(e, &c);
    if (known && c < 1)
        return;
    if (!known) {
        VEC_PUSH(t->v->arena, &t->trace->conds, ((TraceCond){e, outer}));
        t->cond = t->trace->conds.len - 1;
    }
    run_block(t, &s->body);
    t->cond = outer;
    t->env.len = env;
}

static void run_block(Tracer *t, const PlaceBlock *block) {
    int env = t->env.len;
    for (int i = 0; i < block->len && !t->v->failed; i++) {
        const PlaceStmt *s = block->data[i];
        switch (s->kind) {
        case PLACE_INSN: run_insn(t, s); break;
        case PLACE_LET: bind(t, s->value, resolve(t, s->expr)); break;
        case PLACE_LOOP: run_loop(t, s); break;
        case PLACE_WHEN: run_when(t, s); break;
        case PLACE_SET:
        case PLACE_WAIT: run_event(t, s); break;
        case PLACE_BARRIER: push(t, (TraceItem){.stmt = s, .cond = -1}); break;
        }
    }
    t->env.len = env;
}

bool pv_trace(Verify *v, const Trips *trips, const int *choice, Trace *trace) {
    Tracer t = {.v = v, .trips = trips, .choice = choice, .trace = trace, .cond = -1};
    run_block(&t, &v->program->body);
    return !v->failed;
}
