#include "passes/analysis/axes.h"

#include <string.h>

typedef VEC(int) IntVec;

typedef struct ValueAxes {
    int row, col; /* -1: none */
    int along;    /* of the defining op, stored with its first result */
} ValueAxes;

struct AxisTable {
    Arena *arena;
    Module *module;
    VEC(int) parent;
    VEC(const Expr *) extent;
    VEC(IntVec) conflicts; /* of representatives */
    ValueAxes *values;     /* by Value.id */
    uint32_t nvalues;
};

AxisTable *axes_create(Arena *arena, Module *module) {
    AxisTable *t = ARENA_NEW(arena, AxisTable);
    t->arena = arena;
    t->module = module;
    t->nvalues = module->next_value_id;
    t->values = ARENA_ARRAY(arena, ValueAxes, t->nvalues + 1);
    for (uint32_t i = 0; i < t->nvalues; i++)
        t->values[i] = (ValueAxes){-1, -1, -1};
    return t;
}

int axes_fresh(AxisTable *t, const Expr *extent) {
    int axis = t->parent.len;
    VEC_PUSH(t->arena, &t->parent, axis);
    VEC_PUSH(t->arena, &t->extent, extent);
    VEC_PUSH(t->arena, &t->conflicts, (IntVec){0});
    return axis;
}

static int find(AxisTable *t, int axis) {
    if (axis < 0)
        return -1;
    while (t->parent.data[axis] != axis) {
        t->parent.data[axis] = t->parent.data[t->parent.data[axis]];
        axis = t->parent.data[axis];
    }
    return axis;
}

static bool conflict(AxisTable *t, int a, int b) {
    IntVec *v = &t->conflicts.data[a];
    if (t->conflicts.data[b].len < v->len) {
        v = &t->conflicts.data[b];
        b = a;
    }
    for (int i = 0; i < v->len; i++)
        if (find(t, v->data[i]) == b)
            return true;
    return false;
}

static void add_conflict(AxisTable *t, int a, int b) {
    a = find(t, a);
    b = find(t, b);
    if (a < 0 || b < 0)
        return;
    VEC_PUSH(t->arena, &t->conflicts.data[a], b);
    VEC_PUSH(t->arena, &t->conflicts.data[b], a);
}

/* Merges two axes; false where they index something at once. */
static bool merge(AxisTable *t, int a, int b) {
    a = find(t, a);
    b = find(t, b);
    if (a == b)
        return true;
    if (conflict(t, a, b))
        return false;
    if (t->conflicts.data[a].len < t->conflicts.data[b].len) {
        int swap = a;
        a = b;
        b = swap;
    }
    t->parent.data[b] = a;
    for (int i = 0; i < t->conflicts.data[b].len; i++)
        VEC_PUSH(t->arena, &t->conflicts.data[a], t->conflicts.data[b].data[i]);
    return true;
}

/* Values made after the table have no axes. */
static ValueAxes *axes_of(AxisTable *t, const Value *v) {
    static const ValueAxes none = {-1, -1, -1};
    return v->id < t->nvalues ? &t->values[v->id] : (ValueAxes *)&none;
}

int axes_row(AxisTable *t, const Value *v) { return find(t, axes_of(t, v)->row); }
int axes_col(AxisTable *t, const Value *v) { return find(t, axes_of(t, v)->col); }
int axes_along(AxisTable *t, const Op *op) { return op->nresults ? find(t, axes_of(t, op->results[0])->along) : -1; }
const Expr *axes_extent(AxisTable *t, int axis) { return t->extent.data[axis]; }

At value_at(const Value *v) {
    if (!v->def)
        return AT_WHOLE;
    if (v->def->code == OP_CONST || v->def->code == OP_INDEX)
        return AT_USE;
    const char *at = op_attr_str(v->def, ATTR_AT);
    if (!at)
        return AT_WHOLE;
    return strcmp(at, "sweep") == 0 ? AT_SWEEP : AT_USE;
}

void value_set_at(Module *m, const Value *v, At at) {
    op_set_str(m, v->def, ATTR_AT, at == AT_WHOLE ? NULL : at == AT_USE ? "use" : "sweep");
}

static int fresh_for(AxisTable *t, const Expr *extent) {
    return expr_equals_const(extent, 1) ? -1 : axes_fresh(t, extent);
}

/* The letter that stands for an operand's rows or columns: its own number in {row, col, along} of the op, or -1. */
typedef enum Letter { LETTER_NONE = -1, LETTER_ROW, LETTER_COL, LETTER_ALONG } Letter;
typedef struct Letters {
    Letter row, col;
} Letters;

/* Along which dimension of operand 0 the op runs: 0 rows' index, 1 columns' index, -1 not at all. */
static int along_dim(const Op *op) {
    const OpInfo *info = op_info(op->code);
    if (info->traits & SCAN_OP)
        return (int)op_attr_int(op, ATTR_AXIS, 1);
    if (info->traits & ORDER)
        return 1;
    if (info->traits & REDUCE_OP)
        return info->map[0] == 'i' ? 1 : 0;
    return -1;
}

static Letters operand_letters(const Op *op, int operand) {
    const OpInfo *info = op_info(op->code);
    if (info->traits & CONTRACT) {
        if (operand == 0)
            return op_attr_bool(op, ATTR_TRANS_A) ? (Letters){LETTER_ALONG, LETTER_ROW}
                                                  : (Letters){LETTER_ROW, LETTER_ALONG};
        if (operand == 1)
            return op_attr_bool(op, ATTR_TRANS_B) ? (Letters){LETTER_COL, LETTER_ALONG}
                                                  : (Letters){LETTER_ALONG, LETTER_COL};
        return (Letters){LETTER_ROW, LETTER_COL};
    }
    if (info->traits & ORDER)
        return (Letters){LETTER_ROW, LETTER_ALONG};
    if (info->traits & REDUCE_OP)
        return along_dim(op) == 1 ? (Letters){LETTER_ROW, LETTER_ALONG} : (Letters){LETTER_ALONG, LETTER_COL};
    if (op->code == OP_TRANS)
        return (Letters){LETTER_COL, LETTER_ROW};
    if ((info->traits & (EWISE | SCAN_OP)) || op->code == OP_BROADCAST || op->code == OP_FULL)
        return (Letters){LETTER_ROW, LETTER_COL};
    return (Letters){LETTER_NONE, LETTER_NONE};
}

static int letter_axis(AxisTable *t, const Op *op, Letter letter) {
    const ValueAxes *a = axes_of(t, op->results[0]);
    return find(t, letter == LETTER_ROW     ? a->row
                   : letter == LETTER_COL   ? a->col
                   : letter == LETTER_ALONG ? a->along
                                            : -1);
}

OperandAxes axes_operand(AxisTable *t, const Op *op, int operand) {
    Letters l = operand_letters(op, operand);
    const Type *type = op->operands[operand]->type;
    OperandAxes a = {letter_axis(t, op, l.row), letter_axis(t, op, l.col)};
    if (type->kind != TYPE_TILE || expr_equals_const(type->dims[0], 1))
        a.row = -1;
    if (type->kind != TYPE_TILE || expr_equals_const(type->dims[1], 1))
        a.col = -1;
    return a;
}

/* The extent along which operand 0 is walked, with a private axis where that extent is the constant 1. */
static const Expr *along_extent(const Op *op) {
    if (op_code_has(op->code, CONTRACT))
        return op->operands[0]->type->dims[op_attr_bool(op, ATTR_TRANS_A) ? 0 : 1];
    int dim = along_dim(op);
    return dim < 0 ? NULL : op->operands[0]->type->dims[dim];
}

static bool merge_operand(AxisTable *t, const Op *op, int operand) {
    const Value *v = op->operands[operand];
    OperandAxes a = axes_operand(t, op, operand);
    ValueAxes *own = axes_of(t, v);
    if (a.row >= 0 && own->row >= 0 && !merge(t, a.row, own->row))
        return false;
    a = axes_operand(t, op, operand);
    return !(a.col >= 0 && own->col >= 0 && !merge(t, a.col, own->col));
}

void axes_add_value(AxisTable *t, const Value *v) {
    if (v->type->kind != TYPE_TILE || v->id >= t->nvalues)
        return;
    *axes_of(t, v) = (ValueAxes){fresh_for(t, v->type->dims[0]), fresh_for(t, v->type->dims[1]), -1};
    if (axes_of(t, v)->row >= 0 && axes_of(t, v)->col >= 0)
        add_conflict(t, axes_of(t, v)->row, axes_of(t, v)->col);
}

int axes_add_op(AxisTable *t, Op *op) {
    if (op->nresults == 0 || op->results[0]->type->kind != TYPE_TILE || op->results[0]->id >= t->nvalues)
        return -1;
    ValueAxes *r = axes_of(t, op->results[0]);
    r->row = fresh_for(t, op->results[0]->type->dims[0]);
    r->col = fresh_for(t, op->results[0]->type->dims[1]);
    const Expr *extent = along_extent(op);
    if (op_code_has(op->code, SCAN_OP)) {
        int dim = along_dim(op);
        r->along = dim == 0 ? r->row : r->col; /* -1: over an extent of 1 there is nothing to run along */
    } else if (extent) {
        r->along = axes_fresh(t, extent);
    }
    if (r->row >= 0 && r->col >= 0)
        add_conflict(t, r->row, r->col);
    if (r->along >= 0 && !op_code_has(op->code, SCAN_OP)) {
        if (r->row >= 0)
            add_conflict(t, r->along, r->row);
        if (r->col >= 0)
            add_conflict(t, r->along, r->col);
    }
    for (int i = 1; i < op->nresults; i++)
        *axes_of(t, op->results[i]) = *r;
    for (int i = 0; i < op->noperands; i++)
        if (op->operands[i]->type->kind == TYPE_TILE && value_at(op->operands[i]) == AT_SWEEP &&
            !merge_operand(t, op, i))
            return i;
    return -1;
}
