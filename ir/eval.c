/* eval.c - running a workload: the entry and its checks, frames, the stack of live values, failure. */
#include "ir/eval.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "ir/eval_internal.h"

enum { EVAL_MAX_DEPTH = 200, EVAL_FIRST_BLOCK = 1 << 20, EVAL_LAST_BLOCK = 64 << 20 };

/* ---- failure --------------------------------------------------------------------------------- */
_Noreturn void eval_fail(EvalRun *run, const Op *op, int status, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(run->result->error, sizeof run->result->error, fmt, ap);
    va_end(ap);
    run->result->status = status;
    if (op)
        run->result->loc = op->loc;
    longjmp(run->jump, 1);
}

void eval_text_of_extents(char *text, size_t size, const int64_t *dims, int rank) {
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < rank && used < size; d++) {
        int n = snprintf(text + used, size - used, "%s%lld", d ? ", " : "", (long long)dims[d]);
        used += n > 0 ? (size_t)n : 0;
    }
}

/* ---- the stack of live values ---------------------------------------------------------------- */
EvalMark eval_mark(const EvalRun *run) { return (EvalMark){run->stack.block, run->stack.used}; }

void eval_release(EvalRun *run, EvalMark mark) {
    run->stack.block = mark.block;
    run->stack.used = mark.used;
}

static size_t machine_bytes(void) {
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (size_t)pages * (size_t)size : (size_t)1 << 34;
}

/* The next block that holds `bytes`. It is swapped to the place behind the current one, so that release stays two
 * numbers. Blocks grow, so there are few. */
static void stack_advance(EvalRun *run, const Op *op, size_t bytes) {
    EvalStack *st = &run->stack;
    int next = st->blocks.len ? st->block + 1 : 0;
    int found = next;
    while (found < st->blocks.len && st->blocks.data[found].size < bytes)
        found++;
    if (found >= st->blocks.len) {
        size_t size = st->blocks.len ? VEC_LAST(&st->blocks).size * 2 : EVAL_FIRST_BLOCK;
        size = size < EVAL_LAST_BLOCK ? size : EVAL_LAST_BLOCK;
        size = size > bytes ? size : bytes;
        if (size > st->limit - st->total)
            eval_fail(run, op, PTOC_E_MEMORY, "the values of the run do not fit the machine's memory");
        st->total += size;
        EvalBlock block = {arena_alloc(run->values, size), size};
        VEC_PUSH(run->values, &st->blocks, block);
        found = st->blocks.len - 1;
    }
    EvalBlock block = st->blocks.data[found];
    st->blocks.data[found] = st->blocks.data[next];
    st->blocks.data[next] = block;
    st->block = next;
    st->used = 0;
}

void *eval_alloc(EvalRun *run, const Op *op, int64_t count, size_t size) {
    if (count < 0 || (uint64_t)count > ((uint64_t)1 << 46) / size)
        eval_fail(run, op, PTOC_E_MEMORY, "a value of %lld elements is too large", (long long)count);
    EvalStack *st = &run->stack;
    size_t bytes = ((size_t)count * size + 31) & ~(size_t)15; /* never nothing: places stay distinct */
    if (st->blocks.len == 0 || st->blocks.data[st->block].size - st->used < bytes)
        stack_advance(run, op, bytes);
    void *p = st->blocks.data[st->block].data + st->used;
    st->used += bytes;
    return p;
}

/* ---- values ---------------------------------------------------------------------------------- */
EvalRep eval_rep(Elem elem) {
    if (!elem_is_float(elem))
        return REP_I64;
    return elem == ELEM_F64 ? REP_F64 : REP_F32;
}

size_t eval_rep_bytes(Elem elem) { return eval_rep(elem) == REP_F32 ? sizeof(float) : sizeof(int64_t); }

void *eval_at(const EvalSlot *tile, Elem elem, int64_t i, int64_t j) {
    return (char *)tile->data + (size_t)(i * tile->cols + j) * eval_rep_bytes(elem);
}

void eval_extents(EvalRun *run, const EvalSlot *frame, const Op *op, const EvalExpr *dims, int rank, int64_t *out) {
    int64_t total = 1;
    for (int d = 0; d < rank; d++) {
        out[d] = eval_expr(frame, &dims[d]);
        if (out[d] < 0)
            eval_fail(run, op, PTOC_E_SHAPE, "extent %d is negative: %lld", d, (long long)out[d]);
        if (out[d] > 0 && total > ((int64_t)1 << 46) / out[d])
            eval_fail(run, op, PTOC_E_MEMORY, "extent %d is too large: %lld", d, (long long)out[d]);
        total *= out[d] ? out[d] : 1;
    }
}

EvalSlot *eval_result(EvalRun *run, EvalSlot *frame, const EvalOp *op, int i) {
    EvalSlot *r = eval_out(frame, op, i);
    if (type_is_scalar(op->op->results[i]->type)) {
        r->s.i = 0;
        return r;
    }
    int64_t dims[IR_MAX_RANK];
    eval_extents(run, frame, op->op, op->dims[i], 2, dims);
    r->rows = dims[0];
    r->cols = dims[1];
    r->data = eval_alloc(run, op->op, dims[0] * dims[1], eval_rep_bytes(eval_out_elem(op, i)));
    return r;
}

const EvalMem *eval_mem(EvalRun *run, const EvalSlot *frame, const EvalOp *op, int i) {
    const EvalMem *mem = frame[op->in[i]].data;
    if (!mem)
        eval_fail(run, op->op, PTOC_E_ARGUMENT, "%s: operand %d names no memory", op_info(op->op->code)->name, i);
    return mem;
}

EvalAcc *eval_acc(EvalRun *run, const EvalSlot *frame, const EvalOp *op, int i) {
    EvalAcc *acc = frame[op->in[i]].data;
    if (!acc)
        eval_fail(run, op->op, PTOC_E_ARGUMENT, "%s: operand %d names no accumulator", op_info(op->op->code)->name, i);
    return acc;
}

void eval_want_shape(EvalRun *run, const EvalOp *op, const EvalSlot *tile, int64_t rows, int64_t cols,
                     const char *what) {
    if (tile->rows == rows && tile->cols == cols && tile->data)
        return;
    eval_fail(run, op->op, PTOC_E_SHAPE, "%s: %s is [%lld, %lld], expected [%lld, %lld]", op_info(op->op->code)->name,
              what, (long long)tile->rows, (long long)tile->cols, (long long)rows, (long long)cols);
}

void eval_want(EvalRun *run, const EvalOp *op, bool holds, const char *what) {
    if (!holds)
        eval_fail(run, op->op, PTOC_E_ARGUMENT, "%s: malformed op: %s", op_info(op->op->code)->name, what);
}

/* ---- frames ---------------------------------------------------------------------------------- */
static EvalSlot *frame_create(EvalRun *run, const EvalFunc *func) {
    EvalSlot *frame = eval_alloc(run, NULL, func->nslots, sizeof(EvalSlot));
    memset(frame, 0, (size_t)func->nslots * sizeof(EvalSlot));
    for (int i = 0; i < func->nslots; i++) {
        if (!func->is_scalar[i])
            continue;
        frame[i].rows = frame[i].cols = 1;
        frame[i].data = &frame[i].s;
    }
    return frame;
}

/* An argument's extents must be those the parameter's type names: the caller bound the symbols from them. */
static void param_check(EvalRun *run, const EvalFunc *callee, const EvalSlot *frame, const Op *op, int i,
                        const EvalMem *mem) {
    const Value *param = callee->func->params[i].value;
    const Type *type = param->type;
    if (!mem || mem->elem != type->elem || mem->rank != type->rank)
        eval_fail(run, op, PTOC_E_ARGUMENT, "argument `%s` of `%s` is not of the parameter's type",
                  param->name ? param->name : "?", callee->func->name);
    int64_t dims[IR_MAX_RANK];
    eval_extents(run, frame, op, callee->param_dims[i], type->rank, dims);
    if (memcmp(dims, mem->dims, (size_t)type->rank * sizeof dims[0]) == 0)
        return;
    char seen[128], expected[128];
    eval_text_of_extents(seen, sizeof seen, mem->dims, mem->rank);
    eval_text_of_extents(expected, sizeof expected, dims, type->rank);
    eval_fail(run, op, PTOC_E_SHAPE, "argument `%s` of `%s` is [%s], expected [%s]", param->name ? param->name : "?",
              callee->func->name, seen, expected);
}

void eval_region(EvalRun *run, EvalSlot *frame, const EvalRegion *region) {
    const EvalOp *end = region->ops + region->nops;
    for (const EvalOp *op = region->ops; op < end; op++)
        op->fn(run, frame, op);
}

void eval_call_func(EvalRun *run, EvalFunc *callee, const EvalOp *op, const int64_t *index_args, const EvalSlot *args) {
    const Op *place = op ? op->op : NULL;
    if (run->depth >= EVAL_MAX_DEPTH)
        eval_fail(run, place, PTOC_E_ARGUMENT, "calls nest deeper than %d", EVAL_MAX_DEPTH);
    eval_prepare(run, callee);
    EvalMark mark = eval_mark(run);
    EvalSlot *frame = frame_create(run, callee);
    const Func *func = callee->func;
    const int *slots = callee->body.args;
    for (int i = 0; i < func->nindex_params; i++)
        frame[slots[i]].s.i = index_args[i];
    for (int i = 0; i < func->nparams; i++) {
        EvalSlot *slot = &frame[slots[func->nindex_params + i]];
        if (type_is_tile(func->params[i].value->type)) {
            slot->s = args[i].s;
        } else {
            slot->data = args[i].data;
            param_check(run, callee, frame, place, i, args[i].data);
        }
    }
    run->depth++;
    eval_region(run, frame, &callee->body);
    run->depth--;
    eval_release(run, mark);
}

/* ---- the entry ------------------------------------------------------------------------------- */
static const char *param_name(const Func *f, int i) {
    return f->params[i].value->name ? f->params[i].value->name : "?";
}

static int64_t tensor_elements(const EvalTensor *t) {
    int64_t n = 1;
    for (int d = 0; d < t->rank; d++)
        n = t->dims[d] > 0 && n > INT64_MAX / t->dims[d] ? INT64_MAX : n * t->dims[d];
    return n;
}

static void entry_check_tensor(EvalRun *run, const Func *f, int i, const EvalTensor *t) {
    const Type *type = f->params[i].value->type;
    if (t->elem != type->elem || t->rank != type->rank)
        eval_fail(run, NULL, PTOC_E_ARGUMENT, "`%s` is %s of rank %d, expected %s of rank %d", param_name(f, i),
                  elem_info(t->elem)->text, t->rank, elem_info(type->elem)->text, type->rank);
    for (int d = 0; d < t->rank; d++)
        if (t->dims[d] < 0)
            eval_fail(run, NULL, PTOC_E_SHAPE, "`%s`: extent %d is negative: %lld", param_name(f, i), d,
                      (long long)t->dims[d]);
    if (!t->data && tensor_elements(t) > 0)
        eval_fail(run, NULL, PTOC_E_ARGUMENT, "`%s` has no data", param_name(f, i));
}

/* The bytes between the lowest and the highest element; false: the tensor is empty. */
static bool tensor_range(const EvalTensor *t, uintptr_t *lo, uintptr_t *hi) {
    int64_t low = 0, high = 0;
    for (int d = 0; d < t->rank; d++) {
        if (t->dims[d] == 0)
            return false;
        int64_t last = (t->dims[d] - 1) * t->strides[d];
        *(last < 0 ? &low : &high) += last;
    }
    int64_t bytes = elem_bytes(t->elem);
    *lo = (uintptr_t)t->data + (uintptr_t)(low * bytes);
    *hi = (uintptr_t)t->data + (uintptr_t)((high + 1) * bytes);
    return true;
}

static bool param_is_written(const Func *f, int i) {
    return f->params[i].dir == DIR_OUT || f->params[i].dir == DIR_INOUT;
}

static void entry_check_overlap(EvalRun *run, const Func *f, const EvalArg *args) {
    for (int i = 0; i < f->nparams; i++) {
        uintptr_t lo, hi, lo2, hi2;
        if (!param_is_written(f, i) || type_is_tile(f->params[i].value->type) ||
            !tensor_range(&args[i].tensor, &lo, &hi))
            continue;
        for (int j = 0; j < f->nparams; j++) {
            if (j == i || type_is_tile(f->params[j].value->type) || !tensor_range(&args[j].tensor, &lo2, &hi2))
                continue;
            if (lo < hi2 && lo2 < hi)
                eval_fail(run, NULL, PTOC_E_ALIAS, "`%s` overlaps `%s`", param_name(f, i), param_name(f, j));
        }
    }
}

static EvalScalar entry_scalar(const Type *type, const EvalArg *arg) {
    EvalScalar s = {.i = 0};
    EvalRep rep = eval_rep(type->elem);
    if (rep == REP_F64) {
        s.d = arg->f;
    } else if (rep == REP_F32) {
        s.f = (float)arg->f;
        eval_round(type->elem, &s, 1);
    } else {
        s.i = type->elem == ELEM_BOOL ? arg->i != 0 : eval_wrap(type->elem, arg->i);
    }
    return s;
}

static void entry_run(EvalRun *run, const Func *workload, const int64_t *index_args, const EvalArg *args) {
    EvalFunc *func = eval_find_func(run, workload->name);
    if (!func || func->func != workload)
        eval_fail(run, NULL, PTOC_E_ARGUMENT, "`%s` is no function of the module", workload->name);
    for (int i = 0; i < workload->nindex_params; i++)
        if (index_args[i] < 0 && !workload->index_params[i].is_const)
            eval_fail(run, NULL, PTOC_E_SHAPE, "`%s` is negative: %lld", workload->index_params[i].value->name,
                      (long long)index_args[i]);
    EvalSlot *slots = arena_alloc_array(run->arena, (size_t)workload->nparams + 1, sizeof(EvalSlot));
    for (int i = 0; i < workload->nparams; i++) {
        const Type *type = workload->params[i].value->type;
        if (type_is_tile(type)) {
            slots[i].s = entry_scalar(type, &args[i]);
            continue;
        }
        const EvalTensor *t = &args[i].tensor;
        entry_check_tensor(run, workload, i, t);
        EvalMem *mem = ARENA_NEW(run->arena, EvalMem);
        mem->elem = t->elem;
        mem->rank = t->rank;
        memcpy(mem->dims, t->dims, sizeof mem->dims);
        memcpy(mem->strides, t->strides, sizeof mem->strides);
        mem->data = t->data;
        slots[i].data = mem;
    }
    entry_check_overlap(run, workload, args);
    eval_call_func(run, func, NULL, index_args, slots);
}

void eval_run(const Module *module, const Func *workload, const int64_t *index_args, const EvalArg *args,
              const EvalOptions *options, Arena *arena, EvalResult *result) {
    memset(result, 0, sizeof *result);
    Arena *own = arena_create();
    EvalRun *run = ARENA_NEW(own, EvalRun);
    run->module = module;
    if (options)
        run->options = *options;
    run->result = result;
    run->out = arena;
    run->arena = run->values = own;
    run->stack.limit = machine_bytes();
    run->funcs = ARENA_ARRAY(own, EvalFunc, module->funcs.len + 1);
    for (int i = 0; i < module->funcs.len; i++)
        run->funcs[i].func = module->funcs.data[i];
    run->slot_of = ARENA_ARRAY(own, int, (size_t)module->next_value_id + 1);
    memset(run->slot_of, 0xff, sizeof(int) * ((size_t)module->next_value_id + 1));
    result->status = PTOC_OK;
    result->loc = workload->loc;
    if (setjmp(run->jump) == 0)
        entry_run(run, workload, index_args, args);
    arena_destroy(own);
}
