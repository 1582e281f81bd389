/* eval_order.c - topk, sort, merge_topk: plainly a merge sort by the total order. The oracle for the runtime's
 * streaming top-k, with which it shares nothing. */
#include <math.h>
#include <string.h>
#include "ir/eval_internal.h"

/* ---- the total order ------------------------------------------------------------------------- */
EvalRanked eval_missing(Elem elem, bool largest) {
    EvalRanked r = {.value = {.i = 0}, .index = -1};
    EvalRep rep = eval_rep(elem);
    if (rep == REP_F32) {
        r.value.f = largest ? -INFINITY : INFINITY;
        eval_round(elem, &r.value, 1);
    } else if (rep == REP_F64) {
        r.value.d = largest ? -(double)INFINITY : (double)INFINITY;
    } else {
        r.value.i = largest ? eval_least(elem) : eval_greatest(elem);
    }
    return r;
}

EvalRanked eval_ranked(Elem elem, const void *value, int64_t index) {
    EvalRanked r = {.value = {.i = 0}, .index = index};
    eval_copy(&r.value, value, eval_rep_bytes(elem));
    return r;
}

/* -1: a ranks before b; 1: after; 0: neither by value. NaN comes last, -0 equals +0. */
static int compare_float(double a, double b, bool largest) {
    if (a != a || b != b)
        return (a != a) - (b != b);
    if (a == b)
        return 0;
    return (a > b) == largest ? -1 : 1;
}

static int compare_int(Elem elem, int64_t a, int64_t b, bool largest) {
    if (a == b)
        return 0;
    return eval_int_less(elem, b, a) == largest ? -1 : 1;
}

static bool ranks_after(Elem elem, bool largest, const EvalRanked *a, const EvalRanked *b) {
    if (a->index < 0 || b->index < 0)
        return a->index < 0 && b->index >= 0;
    EvalRep rep = eval_rep(elem);
    int order = rep == REP_F32   ? compare_float((double)a->value.f, (double)b->value.f, largest)
                : rep == REP_F64 ? compare_float(a->value.d, b->value.d, largest)
                                 : compare_int(elem, a->value.i, b->value.i, largest);
    return order ? order > 0 : a->index > b->index;
}

static bool index_after(Elem elem, bool largest, const EvalRanked *a, const EvalRanked *b) {
    (void)elem, (void)largest;
    return (uint64_t)a->index > (uint64_t)b->index; /* -1 is the greatest: missing places last */
}

typedef bool (*AfterFn)(Elem elem, bool largest, const EvalRanked *a, const EvalRanked *b);

static void merge(AfterFn after, Elem elem, bool largest, const EvalRanked *from, EvalRanked *to, int64_t n,
                  int64_t width) {
    for (int64_t lo = 0; lo < n; lo += 2 * width) {
        int64_t mid = lo + width < n ? lo + width : n, hi = mid + width < n ? mid + width : n;
        int64_t a = lo, b = mid;
        for (int64_t out = lo; out < hi; out++) {
            bool second = a >= mid || (b < hi && after(elem, largest, &from[a], &from[b]));
            to[out] = second ? from[b++] : from[a++];
        }
    }
}

static void sort(AfterFn after, Elem elem, bool largest, EvalRanked *list, EvalRanked *scratch, int64_t n) {
    EvalRanked *from = list, *to = scratch;
    for (int64_t width = 1; width < n; width *= 2) {
        merge(after, elem, largest, from, to, n, width);
        EvalRanked *swap = from;
        from = to;
        to = swap;
    }
    if (from != list)
        memcpy(list, from, (size_t)n * sizeof *list);
}

void eval_rank(Elem elem, bool largest, EvalRanked *list, EvalRanked *scratch, int64_t n) {
    sort(ranks_after, elem, largest, list, scratch, n);
}

void eval_rank_by_index(EvalRanked *list, EvalRanked *scratch, int64_t n) {
    sort(index_after, ELEM_I32, true, list, scratch, n);
}

/* ---- ops ------------------------------------------------------------------------------------- */
typedef struct Ranking {
    Elem elem;
    bool largest, sorted;
    EvalRanked *list, *scratch;
    EvalSlot *values, *indices;
} Ranking;

static Ranking ranking_create(EvalRun *run, EvalSlot *frame, const EvalOp *op, bool largest, bool sorted, int64_t n) {
    Ranking k = {.elem = op->elem, .largest = largest, .sorted = sorted};
    k.values = eval_result(run, frame, op, 0);
    k.indices = eval_result(run, frame, op, 1);
    eval_want_shape(run, op, k.indices, k.values->rows, k.values->cols, "the indices");
    int64_t room = n > k.values->cols ? n : k.values->cols;
    k.list = eval_alloc(run, op->op, room, sizeof *k.list);
    k.scratch = eval_alloc(run, op->op, room, sizeof *k.list);
    return k;
}

/* Ranks the n candidates in k->list and writes row i of the results. */
static void ranking_write(Ranking *k, int64_t i, int64_t n) {
    eval_rank(k->elem, k->largest, k->list, k->scratch, n);
    int64_t cols = k->values->cols;
    for (int64_t j = 0; j < n && j < cols; j++)
        if (k->list[j].index < 0)
            n = j; /* a missing place reads as all missing places do */
    for (int64_t j = n; j < cols; j++)
        k->list[j] = eval_missing(k->elem, k->largest);
    if (!k->sorted)
        eval_rank_by_index(k->list, k->scratch, cols);
    for (int64_t j = 0; j < cols; j++) {
        int64_t index = eval_wrap(ELEM_I32, k->list[j].index);
        eval_copy(eval_at(k->values, k->elem, i, j), &k->list[j].value, eval_rep_bytes(k->elem));
        memcpy(eval_at(k->indices, ELEM_I32, i, j), &index, sizeof index);
    }
}

static void rank_rows(EvalRun *run, EvalSlot *frame, const EvalOp *op, bool largest, bool sorted) {
    const EvalSlot *x = eval_in(frame, op, 0);
    Ranking k = ranking_create(run, frame, op, largest, sorted, x->cols);
    eval_want_shape(run, op, x, k.values->rows, x->cols, "the operand");
    for (int64_t i = 0; i < x->rows; i++) {
        for (int64_t j = 0; j < x->cols; j++)
            k.list[j] = eval_ranked(op->elem, eval_at(x, op->elem, i, j), j);
        ranking_write(&k, i, x->cols);
    }
}

void eval_topk(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    rank_rows(run, frame, op, op_attr_bool(op->op, ATTR_LARGEST), op_attr_bool(op->op, ATTR_SORTED));
}

void eval_sort(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    rank_rows(run, frame, op, op_attr_bool(op->op, ATTR_DESCENDING), true);
}

static int64_t take_list(EvalRun *run, EvalSlot *frame, const EvalOp *op, int first, int64_t row, EvalRanked *list) {
    const EvalSlot *v = eval_in(frame, op, first), *i = eval_in(frame, op, first + 1);
    eval_want_shape(run, op, i, v->rows, v->cols, "a list's indices");
    for (int64_t j = 0; j < v->cols; j++) {
        int64_t index;
        memcpy(&index, eval_at(i, ELEM_I32, row, j), sizeof index);
        list[j] = eval_ranked(op->elem, eval_at(v, op->elem, row, j), index);
    }
    return v->cols;
}

void eval_merge_topk(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const EvalSlot *a = eval_in(frame, op, 0), *b = eval_in(frame, op, 2);
    Ranking k = ranking_create(run, frame, op, true, true, a->cols + b->cols);
    eval_want_shape(run, op, a, k.values->rows, a->cols, "the first list");
    eval_want_shape(run, op, b, k.values->rows, b->cols, "the second list");
    for (int64_t i = 0; i < a->rows; i++) {
        int64_t n = take_list(run, frame, op, 0, i, k.list);
        n += take_list(run, frame, op, 2, i, k.list + n);
        ranking_write(&k, i, n);
    }
}

void eval_prepare_order(EvalRun *run, EvalOp *op) {
    eval_want(run, op, op->elem != ELEM_BOOL && op->out_elem == op->elem, "the values' element type does not follow");
    eval_want(run, op, eval_out_elem(op, 1) == ELEM_I32, "the indices are not i32");
    for (int i = 0; i < 2; i++)
        eval_want(run, op, type_is_tile(op->op->results[i]->type), "a result is no tile");
}

void eval_prepare_merge(EvalRun *run, EvalOp *op) {
    eval_prepare_order(run, op);
    eval_want(run, op, eval_in_elem(op, 2) == op->elem, "the lists differ in element type");
    eval_want(run, op, elem_is_int(eval_in_elem(op, 1)) && elem_is_int(eval_in_elem(op, 3)),
              "indices are not integers");
}
