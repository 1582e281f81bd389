/* fold.c - what single ops may be replaced by. Only rewrites that keep every bit, NaN and signed zeros included. */
#include <string.h>

#include "ir/eval_fold.h"
#include "passes/simplify/simplify.h"

static const Op *const_op(const Value *v) { return v->def && v->def->code == OP_CONST ? v->def : NULL; }

/* Is v the constant c (of a float or integer type)? -0.0 is not 0. */
static bool is_number(const Value *v, int c) {
    const Op *op = const_op(v);
    if (!op)
        return false;
    const Attr *f = op_attr(op, ATTR_FLOAT);
    if (f)
        return f->f == c && (c != 0 || !__builtin_signbit(f->f));
    return elem_is_int(v->type->elem) && op_attr_int(op, ATTR_INT, 0) == c;
}

static bool same_type(const Op *op, const Value *v) { return op->results[0]->type == v->type; }

/* x * 1, x / 1, x - 0 for all numbers; x + 0 for integers (for floats -0 + 0 is +0). */
static Value *fold_neutral(Op *op) {
    Value *a = op->operands[0], *b = op->noperands > 1 ? op->operands[1] : NULL;
    if (!b)
        return NULL;
    bool integer = elem_is_int(a->type->elem);
    if ((op->code == OP_MUL || op->code == OP_DIV) && is_number(b, 1) && same_type(op, a))
        return a;
    if (op->code == OP_SUB && is_number(b, 0) && same_type(op, a))
        return a;
    if (op->code == OP_MUL && is_number(a, 1) && same_type(op, b))
        return b;
    if (op->code == OP_ADD && integer && is_number(b, 0) && same_type(op, a))
        return a;
    if (op->code == OP_ADD && integer && is_number(a, 0) && same_type(op, b))
        return b;
    return NULL;
}

static Value *fold_shape(Op *op) {
    Value *x = op->operands[0];
    if (op->code == OP_TRANS && x->def && x->def->code == OP_TRANS)
        return x->def->operands[0];
    if ((op->code == OP_RESHAPE || op->code == OP_BROADCAST) && same_type(op, x))
        return x;
    if (op->code == OP_SLICE && same_type(op, x) && expr_equals_const(op->exprs[0], 0) &&
        expr_equals_const(op->exprs[1], 0))
        return x;
    return NULL;
}

static Value *fold_select(Op *op) {
    const Op *c = const_op(op->operands[0]);
    if (!c)
        return op->operands[1] == op->operands[2] && same_type(op, op->operands[1]) ? op->operands[1] : NULL;
    Value *chosen = op->operands[op_attr_int(c, ATTR_INT, 0) ? 1 : 2];
    return same_type(op, chosen) ? chosen : NULL;
}

/* Constants of one element; an index expression that became constant. */
static Value *fold_constant(Module *m, Op *op) {
    Builder b = builder_before(m, op);
    int64_t c, i;
    double f;
    Elem elem = op->results[0]->type->elem;
    if (op->code == OP_INDEX && expr_is_const(op->exprs[0], &c))
        return build_const_int(&b, ELEM_INDEX, c);
    if (!op_code_has(op->code, EWISE) || !type_is_scalar(op->results[0]->type))
        return NULL;
    if (!eval_fold(op, &f, &i))
        return NULL;
    return elem_is_float(elem) ? build_const_float(&b, elem, f) : build_const_int(&b, elem, i);
}

Value *fold_op(Module *m, Op *op) {
    if (op->nresults != 1 || op->results[0]->type->kind != TYPE_TILE)
        return NULL;
    Value *r = fold_constant(m, op);
    if (r)
        return r;
    if (op->code == OP_CAST && same_type(op, op->operands[0])) {
        const char *round = op_attr_str(op, ATTR_ROUND);
        bool rounds = round && strcmp(round, "rint") != 0 && elem_is_float(op->results[0]->type->elem);
        return rounds ? NULL : op->operands[0];
    }
    if (op->code == OP_WHERE)
        return fold_select(op);
    if (op_code_has(op->code, SHAPE))
        return fold_shape(op);
    return op_code_has(op->code, EWISE) ? fold_neutral(op) : NULL;
}

/* ---- conditions ------------------------------------------------------------------------------------------------ */

static const Expr *index_of(Module *m, Value *v) {
    if (!type_is_scalar(v->type) || !elem_is_signed(v->type->elem) || elem_is_float(v->type->elem))
        return NULL;
    return value_expr(m, v);
}

/* a >= b as an expression >= 0 for each comparison; *strict adds one. */
static bool comparison(Module *m, const Value *c, OpCode *code, const Expr **a, const Expr **b) {
    if (!c->def || c->def->noperands != 2)
        return false;
    *code = c->def->code;
    if (*code != OP_LT && *code != OP_LE && *code != OP_GT && *code != OP_GE && *code != OP_EQ && *code != OP_NE)
        return false;
    *a = index_of(m, c->def->operands[0]);
    *b = index_of(m, c->def->operands[1]);
    return *a && *b;
}

static int decide(Facts *facts, OpCode code, const Expr *a, const Expr *b) {
    switch ((int)code) {
    case OP_LT: return facts_prove_lt(facts, a, b) ? 1 : facts_prove_le(facts, b, a) ? 0 : -1;
    case OP_LE: return facts_prove_le(facts, a, b) ? 1 : facts_prove_lt(facts, b, a) ? 0 : -1;
    case OP_GT: return decide(facts, OP_LT, b, a);
    case OP_GE: return decide(facts, OP_LE, b, a);
    case OP_EQ:
        return facts_prove_eq(facts, a, b) ? 1 : facts_prove_lt(facts, a, b) || facts_prove_lt(facts, b, a) ? 0 : -1;
    case OP_NE: {
        int eq = decide(facts, OP_EQ, a, b);
        return eq < 0 ? -1 : !eq;
    }
    }
    return -1;
}

int fold_condition(Facts *facts, Module *m, Value *c) {
    const Op *k = const_op(c);
    if (k)
        return op_attr_int(k, ATTR_INT, 0) != 0;
    OpCode code;
    const Expr *a, *b;
    return comparison(m, c, &code, &a, &b) ? decide(facts, code, a, b) : -1;
}

void fold_add_facts(Facts *facts, Module *m, Value *c, bool holds) {
    OpCode code;
    const Expr *a, *b;
    if (holds && c->def && c->def->code == OP_AND && c->type->elem == ELEM_BOOL) {
        fold_add_facts(facts, m, c->def->operands[0], true);
        fold_add_facts(facts, m, c->def->operands[1], true);
        return;
    }
    if (!comparison(m, c, &code, &a, &b))
        return;
    if (code == OP_GT || code == OP_GE) {
        const Expr *swap = a;
        a = b;
        b = swap;
        code = code == OP_GT ? OP_LT : OP_LE;
    }
    if (code == OP_LT && holds)
        facts_add_lt(facts, a, b);
    if (code == OP_LT && !holds)
        facts_add_le(facts, b, a);
    if (code == OP_LE && holds)
        facts_add_le(facts, a, b);
    if (code == OP_LE && !holds)
        facts_add_lt(facts, b, a);
    if ((code == OP_EQ && holds) || (code == OP_NE && !holds))
        facts_add_eq(facts, a, b);
}
