/* A kernel: arguments, axes and segments of its values, then segment by segment. */
#include "backends/npu/lower.h"

#include <string.h>

#include "backends/ctext.h"
#include "backends/target.h"
#include "ir/build.h"
#include "ir/walk.h"

void lower_error(Lower *l, const Op *op, const char *fmt, ...) {
    va_list ap;
    if (l->failed)
        return;
    l->failed = true;
    va_start(ap, fmt);
    const char *what = arena_vprintf(l->arena, fmt, ap);
    va_end(ap);
    diag_report(l->dc, DIAG_UNSUPPORTED_CONSTRUCT, module_span(l->module, l->dc, op ? op->loc : l->func->loc), what,
                npu_arch_text(l->unit->arch));
}

LowerValue *lower_value(Lower *l, const Value *v) {
    if (v->id - l->first_id >= (uint32_t)l->nvalues) { /* no value of the body: a constant of the compiler's own */
        l->none = (LowerValue){.ws = -1, .sink = -1};
        return &l->none;
    }
    LowerValue *lv = &l->values[v->id - l->first_id];
    return lv->same ? lv->same : lv;
}

static const Expr *leaf(void *user, Value *v) {
    Lower *l = user;
    for (int i = 0; i < l->from.len; i++) {
        if (l->from.data[i] == v)
            return l->to.data[i];
    }
    return NULL;
}

static bool is_no_data(void *user, Value *v) {
    const Lower *l = user;
    return v->id - l->first_id >= (uint32_t)l->nvalues;
}

const Expr *lower_expr(Lower *l, const Expr *e) {
    const Expr *r = expr_substitute(l->x, e, leaf, l);
    if (!expr_each_value(r, is_no_data, l))
        lower_error(l, l->op, "an index that is computed from data");
    return r;
}

/* ---- arguments ----------------------------------------------------------------------------------------------------------- */
static const char *const reserved[] = {"i",  "j", "k",     "args",  "pto",  "block", "blocks", "tasks",
                                       "at", "t", "count", "stage", "half", "iota",  "sub",    NULL};

const char *lower_name(Lower *l, const char *wanted) {
    const char *name = wanted;
    for (int n = 2;; n++) {
        bool taken = false;
        for (int i = 0; i < l->unit->args.len; i++)
            taken |= strcmp(l->unit->args.data[i].name, name) == 0;
        if (!taken)
            return name;
        name = arena_printf(l->arena, "%s_%d", wanted, n);
    }
}

static const char *arg_name(Lower *l, const char *wanted) {
    return lower_name(l, ctext_plain_name(l->arena, reserved, wanted ? wanted : "arg"));
}

int lower_add_arg(Lower *l, PlaceArg arg) {
    arg.name = arg.value ? arg_name(l, arg.name) : lower_name(l, arg.name);
    VEC_PUSH(l->arena, &l->unit->args, arg);
    return l->unit->args.len - 1;
}

/* An index argument: a value of its own, so that names in the text are unique. */
int lower_add_index(Lower *l, Value *of, const char *name) {
    Value *v = ARENA_NEW(l->arena, Value);
    v->type = type_index((Module *)l->module);
    v->id = ((Module *)l->module)->next_value_id++;
    int i = lower_add_arg(l, (PlaceArg){.name = name, .kind = PLACE_ARG_INDEX, .elem = ELEM_INDEX, .value = v});
    v->name = l->unit->args.data[i].name;
    VEC_PUSH(l->arena, &l->from, of);
    VEC_PUSH(l->arena, &l->to, expr_value(l->x, v));
    return i;
}

static void add_index(Lower *l, Value *of) { lower_add_index(l, of, of->name); }

static void add_param(Lower *l, const Param *p) {
    const Type *t = p->value->type;
    if (t->kind == TYPE_VIEW || t->kind == TYPE_TENSOR) {
        lower_add_arg(
            l,
            (PlaceArg){
                .name = p->value->name, .kind = PLACE_ARG_TENSOR, .elem = t->elem, .dir = p->dir, .value = p->value});
    } else if (type_is_scalar(t) && (elem_is_int(t->elem) || t->elem == ELEM_BOOL)) {
        add_index(l, p->value);
    } else if (type_is_scalar(t) && t->elem == ELEM_F32) {
        lower_add_arg(l,
                      (PlaceArg){.name = p->value->name, .kind = PLACE_ARG_SCALAR, .elem = t->elem, .value = p->value});
    } else {
        lower_error(l, NULL, "the parameter `%s` of %s", p->value->name ? p->value->name : "",
                    elem_info(t->elem)->text);
    }
}

/* May a caller give the same memory for two parameters of a function? Tensors of an entry point do not overlap: it checks that. */
static bool may_be_same(Lower *l, const Func *f, const Value *a, const Value *b) {
    int n[2] = {-1, -1};
    for (int i = 0; i < f->nparams; i++) {
        n[0] = f->params[i].value == a ? i : n[0];
        n[1] = f->params[i].value == b ? i : n[1];
    }
    const NpuFunc *callee = npu_func(l->layouts, f);
    for (int i = 0; n[0] >= 0 && n[1] >= 0 && i < callee->calls.len; i++) {
        const Op *call = callee->calls.data[i];
        const Value *x = npu_mem(l->layouts, call->operands[n[0]]).base;
        const Value *y = npu_mem(l->layouts, call->operands[n[1]]).base;
        if (x == y || may_be_same(l, op_func(call), x, y))
            return true;
    }
    return false;
}

static void note_same(Lower *l) {
    for (int b = 0; b < l->unit->args.len; b++) {
        PlaceArg *y = &l->unit->args.data[b];
        for (int a = 0; a < b && y->kind == PLACE_ARG_TENSOR && y->same == 0; a++) {
            const PlaceArg *x = &l->unit->args.data[a];
            bool changes = x->dir != DIR_IN || y->dir != DIR_IN;
            if (x->kind == PLACE_ARG_TENSOR && changes && may_be_same(l, l->func, x->value, y->value))
                y->same = 1 + a;
        }
    }
}

static void add_args(Lower *l) {
    const NpuFunc *f = npu_func(l->layouts, l->func);
    for (int i = 0; i < l->func->nparams; i++)
        add_param(l, &l->func->params[i]);
    for (int i = 0; i < l->func->nindex_params; i++)
        add_index(l, l->func->index_params[i].value);
    for (int i = 0; i < f->made_up.len; i++)
        add_index(l, f->made_up.data[i]);
    note_same(l);
}

int lower_add_workspace(Lower *l, const char *name, Elem elem, const Type *shape) {
    PlaceArg a = {.name = ctext_plain_name(l->arena, reserved, arena_printf(l->arena, "ws_%s", name ? name : "tile")),
                  .kind = PLACE_ARG_TENSOR,
                  .elem = elem == ELEM_BOOL ? ELEM_U8 : elem,
                  .dir = DIR_INOUT,
                  .workspace = true};
    a.size = expr_mul(l->x, lower_expr(l, type_rows(shape)), lower_expr(l, type_cols(shape)));
    return lower_add_arg(l, a);
}

int lower_workspace(Lower *l, Value *v) {
    LowerValue *lv = lower_value(l, v);
    if (lv->ws < 0)
        lv->ws = lower_add_workspace(l, v->name, v->type->elem, v->type);
    return lv->ws;
}

/* ---- values ---------------------------------------------------------------------------------------------------------------- */
bool value_is_lazy(const Value *v) {
    static const OpCode codes[] = {OP_CONST, OP_INDEX, OP_FULL, OP_IOTA, OP_BROADCAST};
    for (size_t i = 0; v->def && i < sizeof codes / sizeof codes[0]; i++) {
        if (v->def->code == codes[i])
            return true;
    }
    return false;
}

bool lower_is_moved(const Lower *l, const Value *v) {
    const LowerValue *lv = lower_value((Lower *)l, v);
    return value_is_moved(v) && !(lv->copied && (l->segment > lv->segment || l->in_cube));
}

int memory_arg(const Lower *l, Value *memory) {
    NpuMem m = npu_mem(l->layouts, memory);
    for (int i = 0; i < l->unit->args.len; i++) {
        if (l->unit->args.data[i].value == m.base)
            return place_arg_root(l->unit, i);
    }
    return -1;
}

static unsigned type_axes(const Type *t) {
    return (expr_equals_const(type_rows(t), 1) ? 0 : AXIS_ROW) | (expr_equals_const(type_cols(t), 1) ? 0 : AXIS_COL);
}

static unsigned axes_of(Lower *l, const Op *op, const Value *v) {
    unsigned axes = 0;
    switch ((int)op->code) { /* the ones whose values vary along fewer axes than they have */
    case OP_CONST:
    case OP_INDEX: return 0;
    case OP_IOTA: return type_axes(v->type) & (op_attr_int(op, ATTR_AXIS, 1) == 1 ? AXIS_COL : AXIS_ROW);
    default: break;
    }
    if (op_code_has(op->code, REDUCE_OP) && !is_order(op->code))
        return type_axes(v->type) & lower_value(l, op->operands[0])->axes;
    if (!op_code_has(op->code, EWISE) && op->code != OP_FULL && op->code != OP_BROADCAST)
        return type_axes(v->type);
    for (int i = 0; i < op->noperands; i++)
        axes |= lower_value(l, op->operands[i])->axes;
    return axes;
}

/* Control and checks that a kernel may have. */
static void check_op(Lower *l, const Op *op) {
    static const unsigned fine = PURE | EWISE | SHAPE | REDUCE_OP | CONTRACT | ORDER;
    const char *gap = target_op_gap(l->unit->arch == NPU_A5 ? TARGET_NPU_A5 : TARGET_NPU_A2A3, op->code);
    if (gap) {
        lower_error(l, op, "`%s` (%s)", op_info(op->code)->name, gap);
    } else if (op->code == OP_ASSUME) {
        for (int i = 0; i < op->nexprs; i++) {
            const Expr *e = lower_expr(l, op->exprs[i]);
            facts_add_ge0(l->facts, e);
            VEC_PUSH(l->arena, &l->unit->assumes, e);
        }
    } else if (op->code == OP_STORE && op->noperands > 2) {
        lower_error(l, op, "`store` with a mask");
    } else if (op->code != OP_LOAD && !op_is_store(op) && op->code != OP_VIEW && op->code != OP_RESHAPE_VIEW &&
               op->code != OP_GATHER && op->code != OP_GET && !op_code_has(op->code, fine)) {
        lower_error(l, op, "`%s` in a kernel", op_info(op->code)->name);
    }
}

/* The same elements loaded again, with no store in between, are one value. */
static void merge_loads(Lower *l, const Op *op) {
    for (const Op *before = op->prev;
         before && op->code == OP_LOAD && !op_code_has(before->code, WRITES) && before->nregions == 0;
         before = before->prev) {
        if (before->code == OP_LOAD && before->operands[0] == op->operands[0] && before->noperands == 1 &&
            op->noperands == 1) {
            l->values[op->results[0]->id - l->first_id].same = lower_value(l, before->results[0]);
            return;
        }
    }
}

static bool is_comparison(const Op *op) {
    bool whole = op->code == OP_FLOOR || op->code == OP_CEIL || op->code == OP_ROUND || op->code == OP_SIGN;
    return whole || (op->nresults && op->results[0]->type->elem == ELEM_BOOL);
}

/* What is sorted lies side by side in memory: else it is copied by a program before. */
static bool copy_turned(Lower *l, Value *v) {
    if (!v->def || !value_is_moved(v) || v->def->code == OP_GET || expr_equals_const(type_cols(v->type), 1))
        return false;
    Access a = access_of(l, v);
    if (expr_equals_const(a.stride[1], 1))
        return false;
    lower_value(l, v)->copied = lower_value(l, v)->wanted = true;
    return true;
}

void analyse_op(Lower *l, const Op *op) {
    int segment = l->run.base;
    check_op(l, op);
    merge_loads(l, op);
    if (is_comparison(op))
        l->grain = 128;
    for (int i = 0; i < op->noperands; i++) {
        const LowerValue *from = lower_value(l, op->operands[i]);
        segment = from->segment > segment ? from->segment : segment;
    }
    segment += op_code_has(op->code, CONTRACT) || (is_order(op->code) && copy_turned(l, op->operands[0]));
    for (int i = 0; i < op->nresults; i++) {
        LowerValue *lv = lower_value(l, op->results[i]);
        lv->segment = segment;
        if (type_is_tile(op->results[i]->type))
            lv->axes = axes_of(l, op, op->results[i]);
    }
    l->segments = segment + 1 > l->segments ? segment + 1 : l->segments;
}

/* What a later segment or a move reads must be in memory. */
void lower_want(Lower *l, Value *v) {
    if (v->def && (v->def->code == OP_FULL || v->def->code == OP_BROADCAST))
        lower_want(l, v->def->operands[0]);
    if (v->def && !value_is_lazy(v) && type_is_tile(v->type) && !lower_value(l, v)->carried) {
        if (lower_is_moved(l, v)) {
            if (type_is_tile(v->def->operands[0]->type))
                lower_want(l, v->def->operands[0]);
            return;
        }
        lower_value(l, v)->wanted = !lower_value(l, v)->cube;
    }
}

static void want_operands(Lower *l, const Op *op) {
    bool moves = op_reads_memory(op);
    if (op_code_has(op->code, CONTROL))
        return;
    int at = op->nresults ? lower_value(l, op->results[0])->segment : 0;
    for (int i = 0; i < op->noperands; i++) {
        Value *v = op->operands[i];
        int from = lower_value(l, v)->segment;
        if (op_is_store(op))
            at = store_segment(l, op);
        if (type_is_tile(v->type) && (moves || from < at))
            lower_want(l, v);
        if (moves && type_is_tile(v->type) && v->def && value_is_lazy(v))
            lower_value(l, v)->wanted = true;
    }
}

static void note_id(Lower *l, const Value *v, uint32_t *last) {
    l->first_id = v->id < l->first_id ? v->id : l->first_id;
    *last = v->id > *last ? v->id : *last;
}

static void analyse_order(Lower *l, const Op *op) {
    if (!is_order(op->code))
        return;
    order_check(l, op);
    l->grain = 128; /* comparisons take NaN out */
    for (int r = 0; r < op->nresults; r++) {
        const Op *store = order_store(l, op->results[r]);
        if (store)
            VEC_PUSH(l->arena, &l->direct, store);
    }
}

static void note_region(Lower *l, const Region *r, uint32_t *last) {
    for (int i = 0; i < r->nargs; i++)
        note_id(l, r->args[i], last);
    for (const Op *op = r->first; op; op = op->next) {
        for (int i = 0; i < op->nresults; i++)
            note_id(l, op->results[i], last);
        for (int i = 0; i < op->nregions; i++)
            note_region(l, op->regions[i], last);
    }
}

static void find_values(Lower *l) {
    uint32_t last = 0;
    l->first_id = UINT32_MAX;
    note_region(l, l->func->body, &last);
    l->nvalues = l->first_id == UINT32_MAX ? 0 : (int)(last - l->first_id + 1);
    l->values = ARENA_ARRAY(l->arena, LowerValue, l->nvalues + 1);
    for (int i = 0; i < l->nvalues; i++)
        l->values[i] = (LowerValue){.ws = -1, .sink = -1, .product = -1};
}

/* Views with gaps in both directions are moved row by row; products read a copy without gaps. */
static void find_gaps(Lower *l, const Op *op) {
    if (op->code == OP_LOAD || op->code == OP_STORE) {
        const Type *t = (op->code == OP_LOAD ? op->results[0] : op->operands[1])->type;
        Access a = access_of_view(l, op->operands[0]);
        bool store = op->code == OP_STORE && !expr_equals_const(a.stride[1], 1);
        l->thin |= type_axes(t) == AXES_BOTH && (store || access_has_gaps(&a));
    }
    for (int i = 0; op->code == OP_MATMUL && i < 2 && !l->failed; i++) {
        Value *v = op->operands[i];
        Access a = access_of(l, v);
        while (access_has_gaps(&a) && v->def && v->def->code != OP_LOAD && value_is_moved(v))
            v = v->def->operands[0];
        if (access_has_gaps(&a) && v->def && v->def->code == OP_LOAD && type_axes(v->type) == AXES_BOTH)
            lower_value(l, v)->copied = lower_value(l, v)->wanted = true;
    }
}

static void analyse(Lower *l) {
    l->uses = uses_count(l->arena, l->func);
    control_analyse(l);
    each_op(l->func->body, find_gaps, l);
    cube_analyse(l);
    each_op(l->func->body, analyse_order, l);
    each_op(l->func->body, want_operands, l);
}

/* The program that comes next, under the guards that there are. */
PlaceProgram *lower_program(Lower *l, bool cube) {
    PlaceProgram *p = ARENA_NEW(l->arena, PlaceProgram);
    PlaceStep *step = ARENA_NEW(l->arena, PlaceStep);
    p->name = arena_printf(l->arena, "%s_%c%d", l->unit->name, cube ? 'c' : 'v', l->unit->programs.len);
    p->cube = cube;
    for (int i = 0; i < l->guards.len; i++)
        VEC_PUSH(l->arena, &p->guards, l->guards.data[i]);
    for (int i = 0; i < l->flags.len; i++)
        VEC_PUSH(l->arena, &p->flags, l->flags.data[i]);
    step->program = l->unit->programs.len;
    VEC_PUSH(l->arena, l->steps, step);
    VEC_PUSH(l->arena, &l->unit->programs, p);
    l->program = p;
    l->block = &p->body;
    return p;
}

PlaceUnit *npu_lower_kernel(Arena *arena, const NpuLayouts *layouts, const Func *func, NpuArch arch, Knobs knobs,
                            DiagContext *dc) {
    const Module *m = layouts->module;
    Lower l = {.arena = arena,
               .module = m,
               .layouts = layouts,
               .x = m->exprs,
               .dc = dc,
               .func = func,
               .knobs = knobs,
               .grain = 32,
               .iota_arg = -1};
    l.unit = ARENA_NEW(arena, PlaceUnit);
    *l.unit = (PlaceUnit){.arena = arena, .strings = m->strings, .exprs = m->exprs, .arch = arch, .name = func->name};
    l.unit->sources = m->sources.data;
    l.unit->nsources = m->sources.len;
    l.facts = facts_create(arena, m->exprs);
    find_values(&l);
    add_args(&l);
    if (!l.failed)
        analyse(&l);
    if (!l.failed)
        control_generate(&l);
    return l.failed ? NULL : l.unit;
}
