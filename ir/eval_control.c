/* eval_control.c - loops, conditions, tiers, calls; checks and printing. */
#include <stdio.h>
#include <string.h>
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_print.h"

/* ---- values that cross regions --------------------------------------------------------------- */
/* Values never change once made, so a tile may be shared; a [1,1] value lies in its slot. */
static void slot_copy(EvalSlot *to, const EvalSlot *from) {
    if (to->data == &to->s) {
        to->s = from->s;
        return;
    }
    to->rows = from->rows;
    to->cols = from->cols;
    to->data = from->data;
}

static bool crosses(const Value *from, const Value *to) {
    const Type *a = from->type, *b = to->type;
    return type_is_tile(a) && type_is_tile(b) && a->elem == b->elem && type_is_scalar(a) == type_is_scalar(b);
}

static const Op *region_yield(const Region *r) { return r->last && r->last->code == OP_YIELD ? r->last : NULL; }

static void want_yields(EvalRun *run, const EvalOp *op, int region, int n) {
    const Op *yield = region_yield(op->op->regions[region]);
    eval_want(run, op, (yield ? yield->noperands : 0) == n, "a region yields a wrong number of values");
    for (int i = 0; i < n; i++)
        eval_want(run, op, crosses(yield->operands[i], op->op->results[i]), "a region yields a value of another type");
}

void eval_yield(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run, (void)frame, (void)op; /* the op around the region takes the values */
}

/* ---- loops ----------------------------------------------------------------------------------- */
typedef struct Trip {
    int64_t lo, step;
    uint64_t count;
} Trip;

static Trip loop_trip(EvalRun *run, const EvalSlot *frame, const EvalOp *op) {
    int64_t lo = eval_expr(frame, &op->exprs[0]), hi = eval_expr(frame, &op->exprs[1]),
            step = eval_expr(frame, &op->exprs[2]);
    if (step <= 0)
        eval_fail(run, op->op, PTOC_E_ARGUMENT, "%s: the step is %lld, expected 1 or more", op_info(op->op->code)->name,
                  (long long)step);
    uint64_t count = lo < hi ? ((uint64_t)hi - (uint64_t)lo - 1) / (uint64_t)step + 1 : 0;
    return (Trip){lo, step, count};
}

/* Notes the loop's index for those who are told of tasks; its place, or NULL. */
static EvalAxis *axis_open(EvalRun *run, const EvalOp *op) {
    const char *name = op->op->regions[0]->args[0]->name;
    if (!run->options.task || !name || run->naxes == EVAL_AXES)
        return NULL;
    EvalAxis *axis = &run->axes[run->naxes++];
    axis->name = name;
    return axis;
}

/* Loops without carried values: for, parallel, loop. */
static void loop_plain(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Trip t = loop_trip(run, frame, op);
    EvalAxis *axis = axis_open(run, op);
    const EvalRegion *body = &op->regions[0];
    EvalSlot *index = &frame[body->args[0]];
    EvalMark mark = eval_mark(run);
    for (uint64_t n = 0; n < t.count; n++) {
        index->s.i = (int64_t)((uint64_t)t.lo + n * (uint64_t)t.step);
        if (axis)
            axis->value = index->s.i;
        eval_region(run, frame, body);
        eval_release(run, mark);
    }
    run->naxes -= axis != NULL;
}

/* Two places for a carried tile: while an iteration reads one, its result goes to the other. */
typedef struct Carried {
    void *places[2];
    size_t bytes;
} Carried;

static Carried *carried_create(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Carried *c = eval_alloc(run, op->op, op->nout, sizeof *c);
    for (int i = 0; i < op->nout; i++) {
        const EvalSlot *first = eval_in(frame, op, i);
        int64_t n = first->rows * first->cols;
        if (!first->data)
            eval_fail(run, op->op, PTOC_E_ARGUMENT, "for: a carried value has no value at first");
        c[i].bytes = (size_t)n * eval_rep_bytes(eval_in_elem(op, i));
        for (int k = 0; k < 2; k++)
            c[i].places[k] = eval_alloc(run, op->op, n, eval_rep_bytes(eval_in_elem(op, i)));
        slot_copy(&frame[op->regions[0].args[i + 1]], first);
    }
    return c;
}

static void carried_take(EvalRun *run, EvalSlot *frame, const EvalOp *op, const Carried *c, int side) {
    const EvalRegion *body = &op->regions[0];
    for (int i = 0; i < op->nout; i++) {
        const EvalSlot *from = &frame[body->yield[i]], *arg = &frame[body->args[i + 1]];
        if (from->rows != arg->rows || from->cols != arg->cols || !from->data)
            eval_fail(run, op->op, PTOC_E_SHAPE, "for: a carried value changes from [%lld, %lld] to [%lld, %lld]",
                      (long long)arg->rows, (long long)arg->cols, (long long)from->rows, (long long)from->cols);
        memcpy(c[i].places[side], from->data, c[i].bytes);
    }
    for (int i = 0; i < op->nout; i++) {
        EvalSlot *arg = &frame[body->args[i + 1]];
        if (arg->data == &arg->s)
            memcpy(&arg->s, c[i].places[side], c[i].bytes);
        else
            arg->data = c[i].places[side];
    }
}

void eval_for(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    Trip t = loop_trip(run, frame, op);
    const EvalRegion *body = &op->regions[0];
    Carried *c = carried_create(run, frame, op);
    EvalMark mark = eval_mark(run);
    for (uint64_t n = 0; n < t.count; n++) {
        frame[body->args[0]].s.i = (int64_t)((uint64_t)t.lo + n * (uint64_t)t.step);
        eval_region(run, frame, body);
        carried_take(run, frame, op, c, (int)(n & 1));
        eval_release(run, mark);
    }
    for (int i = 0; i < op->nout; i++)
        slot_copy(eval_out(frame, op, i), &frame[body->args[i + 1]]);
}

void eval_prepare_for(EvalRun *run, EvalOp *op) {
    const Region *body = op->op->regions[0];
    int n = op->nout;
    eval_want(run, op, body->nargs == n + 1 && type_is_index(body->args[0]->type),
              "the region's arguments do not follow");
    eval_want(run, op, op->nin == n, "not one initial value for each result");
    want_yields(run, op, 0, n);
    for (int i = 0; i < n; i++)
        eval_want(run, op,
                  crosses(op->op->operands[i], body->args[i + 1]) && crosses(op->op->operands[i], op->op->results[i]),
                  "a carried value changes its type");
    if (n == 0)
        op->fn = loop_plain;
}

void eval_concurrent(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalMark mark = eval_mark(run);
    eval_region(run, frame, &op->regions[0]);
    eval_release(run, mark);
}

/* ---- conditions ------------------------------------------------------------------------------ */
void eval_if(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalRegion *taken = &op->regions[eval_in(frame, op, 0)->s.i ? 0 : 1];
    EvalMark mark = eval_mark(run);
    eval_region(run, frame, taken);
    if (op->nout == 0)
        eval_release(run, mark); /* results may lie in the branch's memory */
    for (int i = 0; i < op->nout; i++)
        slot_copy(eval_out(frame, op, i), &frame[taken->yield[i]]);
}

void eval_prepare_if(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->elem == ELEM_BOOL, "the condition is not bool");
    for (int i = 0; i < 2; i++)
        want_yields(run, op, i, op->nout);
}

static int tier_find(const EvalSlot *frame, const EvalOp *op) {
    int64_t x = eval_expr(frame, &op->exprs[0]);
    for (int i = 1; i < op->nexprs; i++)
        if (x <= eval_expr(frame, &op->exprs[i]))
            return i;
    return 0;
}

static void tier_run(EvalRun *run, EvalSlot *frame, const EvalRegion *region, int64_t limit) {
    int64_t outer = run->tier;
    run->tier = limit;
    EvalMark mark = eval_mark(run);
    eval_region(run, frame, region);
    eval_release(run, mark);
    run->tier = outer;
}

void eval_tier(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    int found = tier_find(frame, op);
    int64_t limit = found ? eval_expr(frame, &op->exprs[found]) : run->tier;
    if (found && op->regions[0].nargs > 0)
        frame[op->regions[0].args[0]].s.i = limit;
    tier_run(run, frame, &op->regions[found ? 0 : 1], limit);
}

void eval_switch(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    int found = tier_find(frame, op);
    int64_t limit = found ? eval_expr(frame, &op->exprs[found]) : run->tier;
    tier_run(run, frame, &op->regions[found ? found - 1 : op->nregions - 1], limit);
}

void eval_prepare_tier(EvalRun *run, EvalOp *op) {
    bool whole = op->op->code == OP_TIER;
    eval_want(run, op, op->nregions == (whole ? 2 : op->nexprs), "a wrong number of regions");
    const Region *body = op->op->regions[0];
    if (whole && body->nargs > 0)
        eval_want(run, op, body->nargs == 1 && type_is_index(body->args[0]->type), "the region's argument is no index");
}

/* ---- calls ----------------------------------------------------------------------------------- */
void eval_count(EvalRun *run, const char *kernel, int64_t tier, int64_t tasks) {
    EvalResult *result = run->result;
    for (int i = 0; i < result->counts.len; i++) {
        EvalCount *c = &result->counts.data[i];
        if (c->tier == tier && (c->kernel == kernel || strcmp(c->kernel, kernel) == 0)) {
            c->tasks += tasks;
            return;
        }
    }
    VEC_PUSH(run->out, &result->counts, (EvalCount){arena_strdup(run->out, kernel), tier, tasks});
}

static void count_tasks(EvalRun *run, const EvalOp *op, const char *name, int64_t tasks) {
    if (tasks <= 0)
        return;
    run->result->tasks += tasks;
    eval_count(run, name, op_attr_int(op->op, ATTR_TIER, run->tier), tasks);
}

void eval_tally(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    count_tasks(run, op, op_attr_str(op->op, ATTR_CALLEE), eval_expr(frame, &op->exprs[0]));
}

/* One rank does everything. */
void eval_share(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run;
    for (int i = 0; i < 2; i++)
        frame[op->out[i]].s.i = eval_expr(frame, &op->exprs[i]);
}

void eval_collect(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)run, (void)frame, (void)op; /* the parts of one rank are all there is */
}

/* One chunk, of all iterations. */
void eval_spread(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalRegion *chunk = &op->regions[1];
    EvalMark mark = eval_mark(run);
    for (int i = 0; i < 2; i++)
        frame[chunk->args[i]].s.i = eval_expr(frame, &op->exprs[i]);
    eval_region(run, frame, chunk);
    eval_release(run, mark);
}

void eval_prepare_tally(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op_attr_str(op->op, ATTR_CALLEE) != NULL, "a tally without a kernel");
}

static EvalTask task_of(EvalRun *run, const EvalOp *op, const EvalSlot *args) {
    const Func *f = op->callee->func;
    EvalTensor *views = eval_alloc(run, op->op, op->nin, sizeof *views);
    int64_t *scratch = eval_alloc(run, op->op, op->nin, sizeof *scratch);
    for (int i = 0; i < op->nin; i++) {
        const EvalMem *mem = type_is_memory(f->params[i].value->type) ? args[i].data : NULL;
        views[i] = (EvalTensor){.rank = 0};
        scratch[i] = mem ? mem->scratch : 0;
        if (!mem)
            continue;
        views[i] = (EvalTensor){.elem = mem->elem, .rank = mem->rank, .data = mem->data};
        memcpy(views[i].dims, mem->dims, sizeof views[i].dims);
        memcpy(views[i].strides, mem->strides, sizeof views[i].strides);
        if (mem->table) /* a page anywhere in the cache */
            views[i].dims[0] = mem->pages * mem->page_rows;
    }
    EvalTask task = {.call = op->op, .callee = f, .kernel = f->origin ? f->origin : f->name, .args = views};
    task.tier = op_attr_int(op->op, ATTR_TIER, run->tier);
    task.axes = run->axes;
    task.naxes = run->naxes;
    task.scratch = scratch;
    return task;
}

static void call_told(EvalRun *run, const EvalOp *op, const int64_t *index_args, const EvalSlot *args) {
    const EvalTask task = task_of(run, op, args);
    run->options.task(run->options.task_user, &task, false);
    int naxes = run->naxes;
    run->naxes = EVAL_AXES; /* the loops of kernels are their own affair */
    if (!run->options.skip_kernels)
        eval_call_func(run, op->callee, op, index_args, args);
    run->naxes = naxes;
    run->options.task(run->options.task_user, &task, true);
}

void eval_call(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalMark mark = eval_mark(run);
    int64_t *index_args = eval_alloc(run, op->op, op->nexprs, sizeof *index_args);
    EvalSlot *args = eval_alloc(run, op->op, op->nin, sizeof *args);
    for (int i = 0; i < op->nexprs; i++)
        index_args[i] = eval_expr(frame, &op->exprs[i]);
    for (int i = 0; i < op->nin; i++)
        args[i] = *eval_in(frame, op, i);
    const Func *f = op->callee->func;
    if (f->kind == FUNC_KERNEL && !op_attr_bool(op->op, ATTR_UNCOUNTED))
        count_tasks(run, op, f->origin ? f->origin : f->name, 1);
    if (run->options.task && f->kind == FUNC_KERNEL)
        call_told(run, op, index_args, args);
    else
        eval_call_func(run, op->callee, op, index_args, args);
    eval_release(run, mark);
}

void eval_prepare_call(EvalRun *run, EvalOp *op) {
    const char *name = op_attr_str(op->op, ATTR_CALLEE);
    op->callee = name ? eval_find_func(run, name) : NULL;
    eval_want(run, op, op->callee != NULL, "the callee is no function of the module");
    const Func *f = op->callee->func;
    eval_want(run, op, op->nexprs == f->nindex_params && op->nin == f->nparams,
              "the arguments do not follow the callee");
    for (int i = 0; i < op->nin; i++) {
        const Type *arg = op->op->operands[i]->type, *param = f->params[i].value->type;
        bool fits = type_is_tile(param) ? type_is_scalar(arg) : type_is_memory(arg);
        eval_want(run, op, fits && arg->elem == param->elem, "an argument is of another type than the parameter");
    }
}

/* ---- facts and checks ------------------------------------------------------------------------ */
static int status_of(const char *word) {
    static const struct {
        const char *word;
        int status;
    } words[] = {{"ARGUMENT", PTOC_E_ARGUMENT},   {"SHAPE", PTOC_E_SHAPE},   {"BOUNDS", PTOC_E_BOUNDS},
                 {"ALIAS", PTOC_E_ALIAS},         {"TIER", PTOC_E_TIER},     {"ASSERT", PTOC_E_ASSERT},
                 {"ASSUME", PTOC_E_ASSUME},       {"DIVIDE", PTOC_E_DIVIDE}, {"DISJOINT", PTOC_E_DISJOINT},
                 {"WORKSPACE", PTOC_E_WORKSPACE}, {"MEMORY", PTOC_E_MEMORY}, {"UNSUPPORTED", PTOC_E_UNSUPPORTED}};
    for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].status;
    return PTOC_OK;
}

/* The number in "{n}" at s, or -1. */
static int placeholder(const char *s, int *length) {
    int n = 0, used = 1;
    while (s[used] >= '0' && s[used] <= '9' && used < 5)
        n = n * 10 + s[used++] - '0';
    *length = used + 1;
    return used > 1 && s[used] == '}' ? n : -1;
}

/* Ends the run with the op's text, in which {0} stands for the value of expression `first`. */
static _Noreturn void fail_with_text(EvalRun *run, const EvalSlot *frame, const EvalOp *op, int status, int first) {
    char text[sizeof run->result->error];
    size_t used = 0;
    const char *s = op_attr_str(op->op, ATTR_TEXT);
    for (s = s ? s : ""; *s && used + 24 < sizeof text;) {
        int length = 0, n = *s == '{' ? placeholder(s, &length) : -1;
        if (n < 0 || first + n >= op->nexprs) {
            text[used++] = *s++;
            continue;
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "%lld",
                                 (long long)eval_expr(frame, &op->exprs[first + n]));
        s += length;
    }
    text[used] = '\0';
    eval_fail(run, op->op, status, "%s", text);
}

void eval_assume(EvalRun *run, EvalSlot *frame, const EvalOp *op) { (void)run, (void)frame, (void)op; }

void eval_check(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    if (eval_expr(frame, &op->exprs[0]) < 0)
        fail_with_text(run, frame, op, status_of(op_attr_str(op->op, ATTR_CODE)), 1);
}

void eval_fail_op(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    fail_with_text(run, frame, op, status_of(op_attr_str(op->op, ATTR_CODE)), 0);
}

void eval_prepare_message(EvalRun *run, EvalOp *op) {
    eval_want(run, op, status_of(op_attr_str(op->op, ATTR_CODE)) != PTOC_OK, "unknown code");
    if (op->op->code == OP_CHECK && op_attr_is(op->op, ATTR_LEVEL, "full") && !run->options.full_checks)
        op->fn = eval_assume;
}

void eval_assert(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *c = eval_in(frame, op, 0);
    for (int64_t i = 0; i < c->rows * c->cols; i++)
        if (!((const int64_t *)c->data)[i])
            fail_with_text(run, frame, op, PTOC_E_ASSERT, 0);
}

void eval_prepare_bool(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->elem == ELEM_BOOL, "the operand is not bool");
    if (!run->options.full_checks)
        op->fn = eval_assume;
}

/* ---- print ----------------------------------------------------------------------------------- */
typedef void (*PrintFn)(const ptoc_options *options, const char *text, const void *data, int64_t rows, int64_t cols);
#define PRINT_FN(name, stored)                                                                                         \
    static void print_##name(const ptoc_options *options, const char *text, const void *data, int64_t rows,            \
                             int64_t cols) {                                                                           \
        pt_print_##name(options, text, (const stored *)data, rows, cols, cols);                                        \
    }
PRINT_FN(bool, uint8_t)
PRINT_FN(i8, int8_t)
PRINT_FN(i16, int16_t)
PRINT_FN(i32, int32_t)
PRINT_FN(i64, int64_t)
PRINT_FN(u8, uint8_t)
PRINT_FN(u16, uint16_t)
PRINT_FN(u32, uint32_t)
PRINT_FN(u64, uint64_t)
PRINT_FN(index, int64_t)
PRINT_FN(f16, uint16_t)
PRINT_FN(bf16, uint16_t)
PRINT_FN(f32, float)
PRINT_FN(f64, double)
PRINT_FN(f8e4m3, uint8_t)
PRINT_FN(f8e5m2, uint8_t)

static const PrintFn printers[ELEM_COUNT] = {
    [ELEM_BOOL] = print_bool, [ELEM_I8] = print_i8,       [ELEM_I16] = print_i16,       [ELEM_I32] = print_i32,
    [ELEM_I64] = print_i64,   [ELEM_U8] = print_u8,       [ELEM_U16] = print_u16,       [ELEM_U32] = print_u32,
    [ELEM_U64] = print_u64,   [ELEM_INDEX] = print_index, [ELEM_F16] = print_f16,       [ELEM_BF16] = print_bf16,
    [ELEM_F32] = print_f32,   [ELEM_F64] = print_f64,     [ELEM_F8E4M3] = print_f8e4m3, [ELEM_F8E5M2] = print_f8e5m2,
};

/* The operand's elements as C stores them, row after row. */
static char *stored_tile(EvalRun *run, const EvalOp *op, const EvalSlot *x) {
    size_t bytes = (size_t)elem_bytes(op->elem), rep = eval_rep_bytes(op->elem);
    char *stored = eval_alloc(run, op->op, x->rows * x->cols, bytes);
    char *row = eval_alloc(run, op->op, x->cols, rep);
    for (int64_t i = 0; i < x->rows && x->cols > 0; i++) {
        memcpy(row, eval_at(x, op->elem, i, 0), (size_t)x->cols * rep);
        eval_write(op->elem, stored + i * x->cols * elem_bytes(op->elem), 1, row, 1, x->cols);
    }
    return stored;
}

static char *stored_memory(EvalRun *run, const EvalOp *op, const EvalMem *mem, EvalGrid g) {
    char *stored = eval_alloc(run, op->op, g.rows * g.cols, (size_t)elem_bytes(op->elem));
    char *row = eval_alloc(run, op->op, g.cols, eval_rep_bytes(op->elem));
    for (int64_t i = 0; i < g.rows && g.cols > 0; i++) {
        eval_mem_read(run, op->op, mem, i, 0, g.cols, row);
        eval_write(op->elem, stored + i * g.cols * elem_bytes(op->elem), 1, row, 1, g.cols);
    }
    return stored;
}

void eval_print(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalMark mark = eval_mark(run);
    char *stored;
    EvalGrid g;
    if (type_is_tile(op->op->operands[0]->type)) {
        const EvalSlot *x = eval_in(frame, op, 0);
        g = (EvalGrid){.rows = x->rows, .cols = x->cols};
        stored = stored_tile(run, op, x);
    } else {
        const EvalMem *mem = eval_mem(run, frame, op, 0);
        g = eval_mem_grid(mem);
        stored = stored_memory(run, op, mem, g);
    }
    ptoc_options *options = eval_alloc(run, op->op, 1, sizeof *options);
    memset(options, 0, sizeof *options);
    options->print = run->options.print;
    options->print_user = run->options.print_user;
    const char *text = op_attr_str(op->op, ATTR_TEXT);
    printers[op->elem](options, text ? text : "", stored, g.rows, g.cols);
    eval_release(run, mark);
}

void eval_prepare_print(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->op->operands[0]->type->rank <= 2, "the operand's rank is above 2");
}
