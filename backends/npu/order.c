/* Sorted lists: topk, sort and the positions of extremes.
 *
 * A row goes through in chunks. A chunk is sorted with its positions in blocks of 32 and merged four runs at a time into one run of
 * pairs (value, position), descending; places behind the row's end hold -inf and position -1. The best so far is a list as well, and
 * stands first when the two are merged, so that equal values keep the order of their positions. What is asked for the smallest is
 * the same of negated values. NaN counts as -inf: the order that the hardware gives it is not documented. */
#include <math.h>
#include <string.h>

#include "backends/npu/lower.h"

enum { SORT_BLOCK = 32, LEAST_CHUNK = 128, MOST_CHUNK = 2048, MERGE = 4 };

bool is_order(OpCode code) {
    return code == OP_TOPK || code == OP_SORT || code == OP_ROWARGMAX || code == OP_ROWARGMIN;
}

static bool is_smallest(const Op *op) {
    if (op->code == OP_TOPK)
        return !op_attr_bool(op, ATTR_LARGEST);
    return op->code == OP_SORT ? !op_attr_bool(op, ATTR_DESCENDING) : op->code == OP_ROWARGMIN;
}

static bool positions_only(const Op *op) { return op->nresults == 1; }

/* How many are kept of a row. */
static const Expr *kept(Lower *l, const Op *op) {
    if (op->code == OP_TOPK)
        return lower_expr(l, op->exprs[0]);
    return op->code == OP_SORT ? lower_expr(l, type_cols(op->operands[0]->type)) : expr_const(l->x, 1);
}

static bool bound(Lower *l, const Expr *e, int64_t *upper) {
    return expr_is_const(e, upper) || facts_upper_const(l->facts, e, upper);
}

/* Columns of a chunk: 128, 512 or 2048, no more than there are. */
int64_t order_chunk(Lower *l, const Op *op) {
    int64_t upper = MOST_CHUNK, chunk = LEAST_CHUNK;
    if (!bound(l, lower_expr(l, type_cols(op->operands[0]->type)), &upper))
        upper = MOST_CHUNK;
    while (chunk < upper && chunk < MOST_CHUNK)
        chunk *= MERGE;
    return chunk;
}

/* Entries of the list of the best so far. */
static int64_t list_length(Lower *l, const Op *op) {
    int64_t most = MOST_CHUNK;
    if (!bound(l, kept(l, op), &most) || most > MOST_CHUNK) {
        lower_error(l, op, "`%s` of more than %d places", op_info(op->code)->name, MOST_CHUNK);
        return MOST_CHUNK;
    }
    most = (most + SORT_BLOCK - 1) / SORT_BLOCK * SORT_BLOCK;
    return most < SORT_BLOCK ? SORT_BLOCK : most;
}

void order_check(Lower *l, const Op *op) {
    Elem elem = op->operands[0]->type->elem;
    if (elem != ELEM_F32 && elem != ELEM_F16 && elem != ELEM_BF16)
        lower_error(l, op, "`%s` of %s", op_info(op->code)->name, elem_info(elem)->text);
    else if (op->code == OP_TOPK && !op_attr_bool(op, ATTR_SORTED))
        lower_error(l, op, "`topk` in the order of positions");
}

/* ---- operands ------------------------------------------------------------------------------------------------------------ */
typedef struct List {
    int buffer;
    int64_t entries; /* pairs */
} List;

static List new_list(Lower *l, int64_t entries, const char *what) {
    return (List){add_buffer(l, NPU_UB, entries * 8, 1, what), entries};
}

static PlaceOperand row_operand(Lower *l, NpuRole role, int buffer, Elem elem, int64_t cols, const Expr *valid) {
    PlaceOperand o = {.kind = PLACE_TILE,
                      .role = role,
                      .elem = elem,
                      .layout = NPU_ND,
                      .buffer = buffer,
                      .copy = expr_const(l->x, 0)};
    o.rows = 1;
    o.cols = cols;
    o.valid[0] = expr_const(l->x, 1);
    o.valid[1] = valid ? valid : expr_const(l->x, cols);
    return o;
}

/* The first entries of a list, as floats or as bits. */
static PlaceOperand list_operand(Lower *l, NpuRole role, List list, int64_t entries) {
    return row_operand(l, role, list.buffer, ELEM_F32, 2 * entries, NULL);
}

static void sort_blocks(Lower *l, List to, PlaceOperand values, PlaceOperand positions) {
    PlaceOperand out = list_operand(l, NPU_OUT, to, values.cols);
    values.role = positions.role = NPU_IN;
    positions.elem = ELEM_U32;
    add_insn(l, INSN_TSORT32, NULL, 3, (PlaceOperand[]){out, values, positions});
}

/* ---- a list of nothing ------------------------------------------------------------------------------------------------------ */
static void fill_list(Lower *l, List to, int64_t entries) {
    int values = add_buffer(l, NPU_UB, entries * 4, 1, "nothing"),
        places = add_buffer(l, NPU_UB, entries * 4, 1, "no position");
    PlaceOperand v = row_operand(l, NPU_OUT, values, ELEM_F32, entries, NULL),
                 p = row_operand(l, NPU_OUT, places, ELEM_I32, entries, NULL);
    add_insn(l, INSN_TEXPANDS, NULL, 2, (PlaceOperand[]){v, number_operand(ELEM_F32, -INFINITY)});
    add_insn(l, INSN_TEXPANDS, NULL, 2, (PlaceOperand[]){p, number_operand(ELEM_I32, -1)});
    sort_blocks(l, to, v, p);
}

/* 0, 1, 2, .. for a chunk, once. */
static int load_counting(Lower *l, int64_t chunk) {
    int iota = add_buffer(l, NPU_UB, chunk * 4, 1, "counting");
    PlaceOperand to = row_operand(l, NPU_OUT, iota, ELEM_I32, chunk, NULL);
    PlaceOperand gm = {
        .kind = PLACE_GM, .role = NPU_GM_IN, .elem = ELEM_I32, .arg = lower_iota(l), .at = expr_const(l->x, 0)};
    gm.valid[0] = to.valid[0];
    gm.valid[1] = to.valid[1];
    gm.stride[0] = to.valid[1];
    gm.stride[1] = expr_const(l->x, 1);
    add_insn(l, INSN_TLOAD, NULL, 2, (PlaceOperand[]){to, gm});
    return iota;
}

void order_begin(Lower *l, Sink *s, bool looped) {
    l->op = s->op;
    if (l->failed)
        return;
    int64_t length = list_length(l, s->op), chunk = order_chunk(l, s->op);
    List top = new_list(l, looped ? length : chunk, "best so far");
    s->state = (TVal){.kind = T_TILE, .elem = ELEM_F32, .buffer = top.buffer, .copy = expr_const(l->x, 0)};
    s->counting = load_counting(l, l->axis[1].vector);
    if (looped)
        fill_list(l, top, length);
}

/* ---- a chunk ----------------------------------------------------------------------------------------------------------------- */
/* Values with -inf behind the end, ready to sort. */
static PlaceOperand chunk_values(Lower *l, const Op *op, int64_t chunk) {
    TVal x = emit_value(l, op->operands[0]);
    l->op = op;
    x = t_cast(l, t_expand(l, x, AXIS_COL), ELEM_F32, "rint", false);
    if (is_smallest(op))
        x = t_binary(l, PRIM_MUL, x, t_number(ELEM_F32, -1));
    x = t_select(l, t_compare(l, "eq", x, x), x, t_number(ELEM_F32, -INFINITY));
    if (l->failed)
        return number_operand(ELEM_F32, 0);
    PlaceOperand in = tile_operand(l, NPU_IN, x), all = tile_operand(l, NPU_OUT, x);
    all.valid[1] = expr_const(l->x, chunk);
    all.padded = true;
    add_insn(l, INSN_TFILLPAD, NULL, 2, (PlaceOperand[]){all, in});
    all.padded = false;
    return all;
}

/* Positions of a chunk, -1 behind the end. */
static PlaceOperand chunk_positions(Lower *l, int counting, int64_t chunk) {
    int places = add_buffer(l, NPU_UB, chunk * 4, 1, "positions");
    PlaceOperand all = row_operand(l, NPU_OUT, places, ELEM_I32, chunk, NULL);
    PlaceOperand valid = row_operand(l, NPU_OUT, places, ELEM_I32, chunk, l->axis[1].valid);
    PlaceOperand from = row_operand(l, NPU_IN, counting, ELEM_I32, chunk, l->axis[1].valid);
    add_insn(l, INSN_TEXPANDS, NULL, 2, (PlaceOperand[]){all, number_operand(ELEM_I32, -1)});
    TVal start = {.kind = T_EXPR, .elem = ELEM_I32, .expr = l->axis[1].start};
    add_insn(l, INSN_TADDS, NULL, 3, (PlaceOperand[]){valid, from, scalar_operand(start)});
    return all;
}

/* Runs of 32 to one run; the list that holds it in the end. */
static List merge_runs(Lower *l, List a, List b) {
    for (int64_t run = SORT_BLOCK; run < a.entries; run *= MERGE) {
        PlaceOperand out = list_operand(l, NPU_OUT, b, b.entries), in = list_operand(l, NPU_IN, a, a.entries);
        add_insn(l, INSN_TMRGSORT_BLOCK, NULL, 3,
                 (PlaceOperand[]){out, in, number_operand(ELEM_INDEX, (double)(2 * run))});
        List t = a;
        a = b;
        b = t;
    }
    return a;
}

static void merge_into(Lower *l, List top, List run) {
    int64_t n = top.entries;
    int64_t part = run.entries < n ? run.entries : n;
    List next = new_list(l, n, "merged"), scratch = new_list(l, n + part, "scratch");
    PlaceOperand out = list_operand(l, NPU_OUT, next, n), first = list_operand(l, NPU_IN, top, n);
    PlaceOperand second = list_operand(l, NPU_IN, run, part), tmp = list_operand(l, NPU_TMP, scratch, n + part);
    add_insn(l, INSN_TMRGSORT2, NULL, 4, (PlaceOperand[]){out, first, second, tmp});
    out.role = NPU_IN;
    first.role = NPU_OUT;
    add_insn(l, INSN_TMOV_UB, NULL, 2, (PlaceOperand[]){first, out});
}

void order_step(Lower *l, Sink *s, bool looped) {
    int64_t chunk = l->axis[1].vector;
    PlaceOperand values = chunk_values(l, s->op, chunk);
    if (l->failed)
        return;
    PlaceOperand positions = chunk_positions(l, s->counting, chunk);
    List a = new_list(l, chunk, "run"), b = new_list(l, chunk, "run");
    sort_blocks(l, a, values, positions);
    List run = merge_runs(l, a, b);
    if (looped)
        merge_into(l, (List){s->state.buffer, list_length(l, s->op)}, run);
    else
        s->state.buffer = run.buffer;
}

/* ---- results ------------------------------------------------------------------------------------------------------------------- */
const Op *order_store(Lower *l, const Value *result) {
    const Op *store = only_user(l, result);
    if (!store || store->code != OP_STORE || store->noperands != 2 || store->operands[1] != result ||
        store_segment(l, store) != lower_value(l, result)->segment)
        return NULL;
    NpuMem m = npu_mem(l->layouts, store->operands[0]);
    bool plain = m.rank >= 1 && m.rank <= 2 && expr_equals_const(m.strides[m.rank - 1], 1);
    return plain ? store : NULL;
}

static void write_result(Lower *l, const Op *op, Value *result, bool values, TVal state) {
    const Op *store = order_store(l, result);
    int64_t length = list_length(l, op);
    const Expr *k = kept(l, op);
    int buffer = add_buffer(l, NPU_UB, length * 4, 1, values ? "values" : "indices");
    PlaceOperand out = row_operand(l, NPU_OUT, buffer, values ? ELEM_F32 : ELEM_U32, length, NULL);
    PlaceOperand list = row_operand(l, NPU_IN, state.buffer, out.elem, 2 * length, NULL);
    add_insn(l, values ? INSN_TGATHER_EVEN : INSN_TGATHER_ODD, NULL, 2, (PlaceOperand[]){out, list});
    out.elem = values ? ELEM_F32 : ELEM_I32;
    out.valid[1] = k;
    if (values && is_smallest(op)) {
        PlaceOperand in = out;
        in.role = NPU_IN;
        add_insn(l, INSN_TMULS, NULL, 3, (PlaceOperand[]){out, in, number_operand(ELEM_F32, -1)});
    }
    if (result->type->elem != out.elem) {
        PlaceOperand in = out;
        in.role = NPU_IN;
        out.buffer = add_buffer(l, NPU_UB, length * 4, 1, "cast");
        out.elem = result->type->elem;
        add_insn(l, INSN_TCVT, "rint", 2, (PlaceOperand[]){out, in});
    }
    Access a = store ? access_of_view(l, store->operands[0]) : access_of_workspace(l, result);
    const Expr *start[2] = {l->axis[0].start, expr_const(l->x, 0)}, *valid[2] = {expr_const(l->x, 1), k};
    int64_t most[2] = {1, length};
    if (l->failed)
        return;
    out.role = NPU_IN;
    add_insn(l, INSN_TSTORE, NULL, 2, (PlaceOperand[]){access_block(l, &a, NPU_GM_OUT, start, valid, most), out});
}

void order_end(Lower *l, Sink *s, bool looped) {
    l->op = s->op;
    (void)looped;
    for (int r = 0; r < s->op->nresults && !l->failed; r++) {
        Value *result = s->op->results[r];
        bool values = r == 0 && !positions_only(s->op);
        if (uses_of(&l->uses, result) > 0)
            write_result(l, s->op, result, values, s->state);
    }
}
