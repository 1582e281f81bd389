/* The verifier: what the ops of the block stage want. A block is a tile of constant extents: rows and lanes. */
#include "ir/verify_impl.h"

static const Type *operand_type(const Op *op, int i) { return op->operands[i]->type; }

void verify_block_type(Verifier *v, const Op *op, const Type *type, int result) {
    int64_t m = 0, n = 0;
    bool fits = type_block(type, &m, &n) && m >= 1 && m <= IR_BLOCK_ROWS && n >= 1 && n <= IR_BLOCK_LANES;
    VERIFY(v, op, fits, "result %d is no block of at most %d rows and %d lanes", result + 1, IR_BLOCK_ROWS,
           IR_BLOCK_LANES);
    VERIFY(v, op, op->code != OP_IF || type_is_scalar(type), "result %d is no scalar", result + 1);
}

/* ---- windows of memory ------------------------------------------------------------------------------------------ */
static void check_walk(Verifier *v, const Op *op, AttrKey key, bool many, int rank) {
    int64_t dim = op_attr_int(op, key, -1);
    VERIFY(v, op, !many || op_attr(op, key), "attribute %s is missing", attr_text(key));
    VERIFY(v, op, !op_attr(op, key) || (dim >= 0 && dim < rank), "attribute %s names no dimension of the memory",
           attr_text(key));
}

static void check_walks(Verifier *v, const Op *op, bool many_rows, bool many_lanes, int rank) {
    check_walk(v, op, ATTR_ROWS, many_rows, rank);
    check_walk(v, op, ATTR_LANES, many_lanes, rank);
    const Attr *rows = op_attr(op, ATTR_ROWS), *lanes = op_attr(op, ATTR_LANES);
    VERIFY(v, op, !rows || !lanes || rows->i != lanes->i, "rows and lanes walk the same dimension");
}

static void check_window(Verifier *v, const Op *op, const Type *base, const Type *x) {
    int64_t m = 0, n = 0;
    bool block = type_block(x, &m, &n), scalar = type_is_scalar(x) && !op_attr_bool(op, ATTR_PART);
    VERIFY(v, op, block, "the block's extents are not constants");
    VERIFY(v, op, scalar || type_is_memory(base), "a window of what is no memory");
    VERIFY(v, op, scalar || (!op_attr(op, ATTR_FILL_VIEW) && !op_attr(op, ATTR_GUARDED)),
           "fill and guarded are for single elements");
    check_walks(v, op, m != 1, n != 1, base->rank);
}

static bool stretches(const Type *x, const Type *to) {
    for (int d = 0; d < 2; d++)
        if (!expr_equals_const(x->dims[d], 1) && verify_clash(x->dims[d], to->dims[d]))
            return false;
    return true;
}

static void check_condition(Verifier *v, const Op *op, const Type *x) {
    verify_elem(v, op, 2, ELEM_BOOL);
    VERIFY(v, op, type_is_tile(operand_type(op, 2)) && stretches(operand_type(op, 2), x),
           "the condition does not stretch to the block");
}

void verify_get_put(Verifier *v, const Op *op) {
    bool get = op->code == OP_GET;
    const Type *base = operand_type(op, 0), *x = get ? op->results[0]->type : operand_type(op, 1);
    bool fits = type_is_memory(base) || (get && (base->kind == TYPE_TILE || base->kind == TYPE_CSR));
    int want = base->rank + op_attr_bool(op, ATTR_PART);
    VERIFY(v, op, fits, "operand 1 is no memory");
    VERIFY(v, op, op->nexprs == want, "expected %d expressions, found %d", want, op->nexprs);
    bool tiles = v->module->stage == STAGE_TILE;
    VERIFY(v, op, (tiles ? type_is_scalar(x) : type_is_tile(x)) && (x->elem == base->elem || base->kind == TYPE_CSR),
           "the element should be a %s of %s", tiles ? "scalar" : "block", elem_info(base->elem)->text);
    if (!type_is_tile(x))
        return;
    check_window(v, op, base, x);
    if (get)
        VERIFY(v, op, op->noperands == 1 + op_attr_bool(op, ATTR_FILL_VIEW),
               "attribute fill and the last operand go together");
    else if (op->noperands == 3)
        check_condition(v, op, x);
}

void verify_pack(Verifier *v, const Op *op) {
    const Type *buffer = operand_type(op, 0), *source = operand_type(op, 1);
    bool fits = buffer->kind == TYPE_BUFFER && buffer->rank >= 2 && type_is_memory(source);
    VERIFY(v, op, fits, "the operands are no buffer of at least two dimensions and a source");
    if (!fits)
        return;
    int want = source->rank + buffer->rank;
    VERIFY(v, op, op->nexprs == want, "expected %d expressions, found %d", want, op->nexprs);
    VERIFY(v, op, elem_widens(source->elem, buffer->elem), "%s does not hold every value of %s",
           elem_info(buffer->elem)->text, elem_info(source->elem)->text);
    check_walks(v, op, !expr_equals_const(buffer->dims[buffer->rank - 2], 1),
                !expr_equals_const(buffer->dims[buffer->rank - 1], 1), source->rank);
}

void verify_prefetch(Verifier *v, const Op *op) {
    const Type *base = operand_type(op, 0);
    VERIFY(v, op, type_is_memory(base), "operand 1 is no memory");
    VERIFY(v, op, op->nexprs == base->rank, "expected %d expressions, found %d", base->rank, op->nexprs);
}

/* ---- accumulators ----------------------------------------------------------------------------------------------- */
static Monoid acc_monoid(const Value *acc) {
    const char *text = acc->def ? op_attr_str(acc->def, ATTR_MONOID) : NULL;
    int monoid = text ? monoid_find(text) : -1;
    return monoid < 0 ? MONOID_NONE : (Monoid)monoid;
}

void verify_acc(Verifier *v, const Op *op) {
    VERIFY(v, op, op->results[0]->type->kind == TYPE_ACC, "the result should be an accumulator");
    VERIFY(v, op, acc_monoid(op->results[0]) != MONOID_NONE, "attribute monoid is missing or unknown");
    VERIFY(v, op, (acc_monoid(op->results[0]) == MONOID_TOPK) == (op->nexprs == 1), "topk, and nothing else, wants k");
}

static bool check_is_acc(Verifier *v, const Op *op) {
    bool acc = operand_type(op, 0)->kind == TYPE_ACC;
    VERIFY(v, op, acc, "operand 1 is no accumulator");
    return acc;
}

/* A walked dimension has room for the block's extent; single points are a matter of the indices. */
static void check_room(Verifier *v, const Op *op, int dim, int64_t extent) {
    int64_t room = 0;
    bool fits = dim < 0 || !expr_is_const(operand_type(op, 0)->dims[dim], &room) || extent <= room || extent == 1;
    VERIFY(v, op, fits, "dimension %d of the accumulator has no room for %d", dim + 1, (int)extent);
}

static void check_stepped(Verifier *v, const Op *op) {
    const Type *acc = operand_type(op, 0);
    int64_t m = 1, n = 1;
    for (int i = 1; i < op->noperands; i++) {
        int64_t rows = 0, lanes = 0;
        if (!type_block(operand_type(op, i), &rows, &lanes)) {
            verify_op_fail(v, op, "operand %d is no block", i + 1);
            continue;
        }
        bool fits = (rows == m || rows == 1 || m == 1) && (lanes == n || lanes == 1 || n == 1);
        VERIFY(v, op, fits, "the extents of the values do not agree");
        m = rows > m ? rows : m;
        n = lanes > n ? lanes : n;
    }
    check_room(v, op, acc_rows_dim(acc), m);
    check_room(v, op, acc_lanes_dim(acc), n);
}

void verify_step(Verifier *v, const Op *op) {
    if (!check_is_acc(v, op))
        return;
    Monoid m = acc_monoid(op->operands[0]);
    int rank = operand_type(op, 0)->rank;
    bool indexed = m == MONOID_TOPK && op->noperands == 3;
    int want = rank + (monoid_wants_position(m) && !indexed) + op_attr_bool(op, ATTR_PART);
    VERIFY(v, op, op->nexprs == want, "expected %d expressions, found %d", want, op->nexprs);
    VERIFY(v, op, m == MONOID_FMA_SEQ || m == MONOID_TOPK ? op->noperands == 3 || m == MONOID_TOPK : op->noperands == 2,
           "the monoid %s does not take %d values", monoid_text(m), op->noperands - 1);
    check_stepped(v, op);
}

void verify_fin(Verifier *v, const Op *op) {
    if (!check_is_acc(v, op))
        return;
    const Type *acc = operand_type(op, 0), *r = op->results[0]->type;
    int rank = acc->rank + op_attr_bool(op, ATTR_PART);
    VERIFY(v, op, op->nexprs == rank || op->nexprs == rank + 1, "expected %d or %d expressions, found %d", rank,
           rank + 1, op->nexprs);
    int64_t m = 0, n = 0;
    if (!type_block(r, &m, &n)) {
        verify_op_fail(v, op, "the result is no block");
        return;
    }
    VERIFY(v, op, (acc_rows_dim(acc) >= 0 || m == 1) && (acc_lanes_dim(acc) >= 0 || n == 1),
           "the accumulator has a single value where the result has several");
    check_room(v, op, acc_rows_dim(acc), m);
    check_room(v, op, acc_lanes_dim(acc), n);
}

void verify_topk_fin(Verifier *v, const Op *op) {
    if (!check_is_acc(v, op))
        return;
    VERIFY(v, op, acc_monoid(op->operands[0]) == MONOID_TOPK, "operand 1 is no accumulator of topk");
    for (int i = 1; i < 3; i++)
        VERIFY(v, op, operand_type(op, i)->kind == TYPE_BUFFER || op->operands[i] == op->operands[0],
               "operand %d is neither a buffer nor the accumulator itself", i + 1);
    VERIFY(v, op, op->nexprs == operand_type(op, 0)->rank, "expected %d expressions, found %d",
           operand_type(op, 0)->rank, op->nexprs);
}
