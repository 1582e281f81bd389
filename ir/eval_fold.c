#include "ir/eval_fold.h"

#include "ir/eval_internal.h"

static bool const_scalar(const Value *v, EvalScalar *out) {
    if (!v->def || v->def->code != OP_CONST || !type_is_scalar(v->type))
        return false;
    const Attr *f = op_attr(v->def, ATTR_FLOAT);
    switch (eval_rep(v->type->elem)) {
    case REP_F32: out->f = f ? (float)f->f : 0.0f; break;
    case REP_F64: out->d = f ? f->f : 0.0; break;
    case REP_I64: out->i = op_attr_int(v->def, ATTR_INT, 0); break;
    }
    return true;
}

static EvalLoop fold_loop(const Op *op, EvalScalar *second) {
    Elem from = op->operands[0]->type->elem;
    if (op->code != OP_CAST)
        return eval_ewise_loop(op->code, from);
    int rounding = eval_cast_rounding(op_attr_str(op, ATTR_ROUND), op_attr_bool(op, ATTR_SAT));
    second->i = rounding;
    return rounding < 0 ? NULL : eval_cast_loop(from, op->results[0]->type->elem);
}

bool eval_fold(const Op *op, double *f, int64_t *i) {
    if (!op_code_has(op->code, EWISE) || op->noperands < 1 || op->noperands > 2 || op->nresults != 1)
        return false;
    EvalScalar in[2] = {{.i = 0}, {.i = 0}}, r = {.i = 0};
    for (int n = 0; n < op->noperands; n++)
        if (!const_scalar(op->operands[n], &in[n]))
            return false;
    Elem elem = op->operands[0]->type->elem, out = op->results[0]->type->elem;
    if ((op->code == OP_DIV || op->code == OP_REM) && elem_is_int(elem) && in[1].i == 0)
        return false;
    EvalLoop loop = fold_loop(op, &in[1]);
    if (!loop)
        return false;
    loop(&r, &in[0], &in[1], 0, op->code == OP_CAST ? in[1].i : 0, 1);
    if (op_code_has(op->code, ROUNDS))
        eval_round(out, &r, 1);
    *f = eval_rep(out) == REP_F32 ? (double)r.f : eval_rep(out) == REP_F64 ? r.d : 0.0;
    *i = eval_rep(out) == REP_I64 ? r.i : 0;
    return true;
}
