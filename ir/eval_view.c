/* eval_view.c - memory as ops see it: views, paged views, scratch; where an element lies. */
#include <assert.h>
#include <string.h>
#include "ir/eval_internal.h"

enum { POISON = 0xA5 }; /* scratch holds this at first: what reads it without writing shows */

/* ---- places ---------------------------------------------------------------------------------- */
static _Noreturn void fail_index(EvalRun *run, const Op *op, int dim, int64_t index, int64_t extent) {
    eval_fail(run, op, PTOC_E_BOUNDS, "%s: index %d is %lld, outside of 0 to %lld", op_info(op->code)->name, dim,
              (long long)index, (long long)extent - 1);
}

bool eval_mem_holds(const EvalMem *mem, const int64_t *index) {
    for (int d = 0; d < mem->rank; d++)
        if (index[d] < 0 || index[d] >= mem->dims[d])
            return false;
    return true;
}

/* Row `index` of dimension 0, in elements from data. */
static int64_t row_offset(EvalRun *run, const Op *op, const EvalMem *mem, int64_t index) {
    if (!mem->table)
        return index * mem->strides[0];
    int64_t row = mem->first + index, entry = row / mem->page_rows;
    EvalScalar page;
    eval_read(mem->table->elem, &page, mem->table->data + entry * mem->table->strides[0] * elem_bytes(mem->table->elem),
              1, 1);
    if (page.i < 0 || page.i >= mem->pages)
        eval_fail(run, op, PTOC_E_BOUNDS, "%s: entry %lld of the block table is %lld, outside of 0 to %lld",
                  op_info(op->code)->name, (long long)entry, (long long)page.i, (long long)mem->pages - 1);
    return page.i * mem->page_stride + row % mem->page_rows * mem->strides[0];
}

char *eval_mem_place(EvalRun *run, const Op *op, const EvalMem *mem, const int64_t *index) {
    for (int d = 0; d < mem->rank; d++)
        if (index[d] < 0 || index[d] >= mem->dims[d])
            fail_index(run, op, d, index[d], mem->dims[d]);
    int64_t at = mem->rank ? row_offset(run, op, mem, index[0]) : 0;
    for (int d = 1; d < mem->rank; d++)
        at += index[d] * mem->strides[d];
    return mem->data + at * elem_bytes(mem->elem);
}

EvalGrid eval_mem_grid(const EvalMem *mem) {
    EvalGrid g = {.rows = 1, .cols = 1, .step = 1};
    if (mem->rank >= 1) {
        g.cols = mem->dims[mem->rank - 1];
        g.step = mem->strides[mem->rank - 1];
    }
    if (mem->rank == 2)
        g.rows = mem->dims[0];
    return g;
}

void eval_mem_read(EvalRun *run, const Op *op, const EvalMem *mem, int64_t i, int64_t j, int64_t n, void *to) {
    EvalGrid g = eval_mem_grid(mem);
    assert(mem->rank <= 2);
    if (n <= 0)
        return;
    for (int64_t at = j; at < j + n;) { /* a paged rank-1 view is not evenly spaced: one element at a time */
        int64_t index[2] = {mem->rank == 2 ? i : at, at};
        int64_t run_length = mem->table && mem->rank == 1 ? 1 : j + n - at;
        int64_t last[2] = {index[0], at + run_length - 1};
        if (mem->rank == 1)
            last[0] = last[1];
        eval_mem_place(run, op, mem, last);
        eval_read(mem->elem, (char *)to + (size_t)(at - j) * eval_rep_bytes(mem->elem),
                  eval_mem_place(run, op, mem, index), g.step, run_length);
        at += run_length;
    }
}

void eval_mem_write(EvalRun *run, const Op *op, const EvalMem *mem, int64_t i, int64_t j, const void *from) {
    assert(mem->rank <= 2);
    int64_t index[2] = {mem->rank == 2 ? i : j, j};
    eval_write(mem->elem, eval_mem_place(run, op, mem, index), 1, from, 1, 1);
}

/* ---- making memory --------------------------------------------------------------------------- */
static EvalMem *mem_create(EvalRun *run, const EvalOp *op) {
    EvalMem *mem = eval_alloc(run, op->op, 1, sizeof *mem);
    memset(mem, 0, sizeof *mem);
    mem->elem = op->out_elem;
    mem->rank = op->op->results[0]->type->rank;
    return mem;
}

static void mem_want_extents(EvalRun *run, const EvalSlot *frame, const EvalOp *op, const EvalMem *mem) {
    int64_t dims[IR_MAX_RANK];
    eval_extents(run, frame, op->op, op->dims[0], mem->rank, dims);
    if (memcmp(dims, mem->dims, (size_t)mem->rank * sizeof dims[0]) == 0)
        return;
    char seen[128], expected[128];
    eval_text_of_extents(seen, sizeof seen, mem->dims, mem->rank);
    eval_text_of_extents(expected, sizeof expected, dims, mem->rank);
    eval_fail(run, op->op, PTOC_E_SHAPE, "%s: the result is [%s], expected [%s]", op_info(op->op->code)->name, seen,
              expected);
}

void eval_scratch(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalMem *mem = mem_create(run, op);
    eval_extents(run, frame, op->op, op->dims[0], mem->rank, mem->dims);
    int64_t n = 1;
    for (int d = mem->rank - 1; d >= 0; d--) {
        mem->strides[d] = n;
        n *= mem->dims[d];
    }
    size_t size = (size_t)elem_bytes(mem->elem);
    mem->data = eval_alloc(run, op->op, n, size);
    mem->scratch = ++run->scratches;
    memset(mem->data, POISON, (size_t)n * size);
    frame[op->out[0]].data = mem;
}

void eval_prepare_memory_result(EvalRun *run, EvalOp *op) {
    eval_want(run, op, type_is_memory(op->op->results[0]->type), "the result is no memory");
}

/* ---- view ------------------------------------------------------------------------------------ */
typedef struct Cut {
    int64_t lo, n;
} Cut;

static Cut view_cut(EvalRun *run, const EvalSlot *frame, const EvalOp *op, int dim, int64_t extent, const EvalExpr *e) {
    int64_t a = 0, b = 0;
    switch (op->op->sels[dim]) {
    case SEL_FULL: return (Cut){0, extent};
    case SEL_INDEX:
        a = eval_expr(frame, &e[0]);
        if (a < 0 || a >= extent)
            fail_index(run, op->op, dim, a, extent);
        return (Cut){a, 1};
    case SEL_RANGE:
        a = eval_expr(frame, &e[0]);
        b = eval_expr(frame, &e[1]);
        if (a < 0 || b > extent)
            eval_fail(run, op->op, PTOC_E_BOUNDS, "view: dimension %d: %lld : %lld is not within 0 : %lld", dim,
                      (long long)a, (long long)b, (long long)extent);
        return a < b ? (Cut){a, b - a} : (Cut){0, 0};
    case SEL_BLOCK:
        a = eval_expr(frame, &e[0]);
        b = eval_expr(frame, &e[1]);
        if (a < 0 || b < 0)
            eval_fail(run, op->op, PTOC_E_BOUNDS, "view: dimension %d: %lld :+ %lld begins or extends below 0", dim,
                      (long long)a, (long long)b);
        if (a >= extent)
            return (Cut){0, 0};
        return (Cut){a, b < extent - a ? b : extent - a};
    }
    return (Cut){0, 0};
}

static int sel_exprs(SelKind sel) { return sel == SEL_INDEX ? 1 : sel == SEL_FULL ? 0 : 2; }

void eval_view(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *base = eval_mem(run, frame, op, 0);
    EvalMem *mem = mem_create(run, op);
    mem->data = base->data;
    mem->scratch = base->scratch;
    int64_t bytes = elem_bytes(base->elem);
    const EvalExpr *e = op->exprs;
    int out = 0;
    for (int d = 0; d < base->rank; d++) {
        SelKind sel = op->op->sels[d];
        Cut cut = view_cut(run, frame, op, d, base->dims[d], e);
        e += sel_exprs(sel);
        if (d == 0 && base->table && sel != SEL_INDEX) {
            mem->table = base->table;
            mem->first = base->first + cut.lo;
            mem->page_rows = base->page_rows;
            mem->pages = base->pages;
            mem->page_stride = base->page_stride;
        } else {
            mem->data += (d == 0 ? row_offset(run, op->op, base, cut.lo) : cut.lo * base->strides[d]) * bytes;
        }
        if (sel == SEL_INDEX)
            continue;
        mem->dims[out] = cut.n;
        mem->strides[out++] = base->strides[d];
    }
    mem_want_extents(run, frame, op, mem);
    frame[op->out[0]].data = mem;
}

void eval_prepare_view(EvalRun *run, EvalOp *op) {
    const Type *base = op->op->operands[0]->type, *type = op->op->results[0]->type;
    int exprs = 0, rank = 0;
    eval_want(run, op, op->op->nsels == base->rank, "not one selector for each dimension");
    for (int d = 0; d < op->op->nsels; d++) {
        exprs += sel_exprs(op->op->sels[d]);
        rank += op->op->sels[d] != SEL_INDEX;
    }
    eval_want(run, op, op->nexprs == exprs, "a wrong number of expressions");
    eval_want(run, op, type->kind == TYPE_VIEW && type->rank == rank && type->elem == op->elem,
              "the result's type does not follow");
}

/* ---- reshape_view ---------------------------------------------------------------------------- */
void eval_reshape_view(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *base = eval_mem(run, frame, op, 0);
    int64_t n = 1, m = 1;
    for (int d = base->rank - 1; d >= 0; d--) {
        if ((base->dims[d] > 1 && base->strides[d] != n) || base->table)
            eval_fail(run, op->op, PTOC_E_SHAPE, "reshape_view: the view is not contiguous");
        n *= base->dims[d];
        if (n == 0)
            break;
    }
    EvalMem *mem = mem_create(run, op);
    eval_extents(run, frame, op->op, op->dims[0], mem->rank, mem->dims);
    for (int d = mem->rank - 1; d >= 0; d--) {
        mem->strides[d] = m;
        m *= mem->dims[d];
    }
    if (n != m)
        eval_fail(run, op->op, PTOC_E_SHAPE, "reshape_view: %lld elements do not make %lld", (long long)n,
                  (long long)m);
    mem->data = base->data;
    mem->scratch = base->scratch;
    frame[op->out[0]].data = mem;
}

/* ---- paged ----------------------------------------------------------------------------------- */
void eval_paged(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalMem *cache = eval_mem(run, frame, op, 0), *table = eval_mem(run, frame, op, 1);
    int64_t len = eval_expr(frame, &op->exprs[0]);
    if (cache->table || table->table)
        eval_fail(run, op->op, PTOC_E_UNSUPPORTED, "paged: the cache or the table is a paged view itself");
    if (len < 0 || (len > 0 && (cache->dims[1] == 0 || (len - 1) / cache->dims[1] >= table->dims[0])))
        eval_fail(run, op->op, PTOC_E_BOUNDS, "paged: %lld rows do not fit %lld blocks of %lld", (long long)len,
                  (long long)table->dims[0], (long long)cache->dims[1]);
    EvalMem *mem = mem_create(run, op);
    mem->data = cache->data;
    mem->scratch = cache->scratch;
    mem->table = table;
    mem->page_rows = cache->dims[1];
    mem->pages = cache->dims[0];
    mem->page_stride = cache->strides[0];
    for (int d = 0; d < mem->rank; d++) {
        mem->dims[d] = d ? cache->dims[d + 1] : len;
        mem->strides[d] = cache->strides[d + 1];
    }
    mem_want_extents(run, frame, op, mem);
    frame[op->out[0]].data = mem;
}

void eval_prepare_paged(EvalRun *run, EvalOp *op) {
    const Type *cache = op->op->operands[0]->type, *table = op->op->operands[1]->type, *type = op->op->results[0]->type;
    eval_want(run, op,
              cache->rank >= 2 && type->kind == TYPE_VIEW && type->rank == cache->rank - 1 && type->elem == cache->elem,
              "the result's type does not follow");
    eval_want(run, op, table->rank == 1 && elem_is_int(table->elem), "the table is no list of integers");
}
