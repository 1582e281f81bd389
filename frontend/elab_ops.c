/* tl.NAME(...): binding of arguments by the op table, and the element-wise, reduction, matrix and order operations. */
#include <math.h>
#include <string.h>

#include "frontend/elab_ops.h"

/* ---- the signature column ---------------------------------------------------------------------------------------- */

static OpArgKind arg_kind(const char *text, size_t n) {
    static const char *const words[] = {
        [ARG_TILE] = "tile", [ARG_VIEW] = "view", [ARG_CONST] = "const", [ARG_INDEX] = "index",
        [ARG_ELEM] = "elem", [ARG_DIMS] = "dims", [ARG_AXIS] = "axis",   [ARG_BOOL] = "bool",
        [ARG_WORD] = "word", [ARG_STR] = "str",   [ARG_SLICE] = "slice",
    };
    for (int i = 0; i <= ARG_SLICE; i++)
        if (strlen(words[i]) == n && strncmp(words[i], text, n) == 0)
            return (OpArgKind)i;
    return ARG_TILE;
}

/* "a:tile b:tile acc:tile=none trans_a:bool=false" */
static void read_signature(OpCall *c) {
    const char *p = c->info->sig ? c->info->sig : "";
    while (*p && c->nargs < OP_MAX_ARGS) {
        OpArg *arg = &c->args[c->nargs++];
        size_t name = strcspn(p, ":");
        memcpy(arg->name, p, name < sizeof arg->name ? name : sizeof arg->name - 1);
        p += name + 1;
        size_t kind = strcspn(p, " =");
        arg->kind = arg_kind(p, kind);
        p += kind;
        if (*p == '=') {
            arg->has_default = true;
            arg->default_true = strncmp(p, "=true", 5) == 0;
            arg->default_axis = p[1] == '1';
            p += strcspn(p, " ");
        }
        p += strspn(p, " ");
    }
}

static int find_arg(const OpCall *c, const char *name) {
    for (int i = 0; i < c->nargs; i++)
        if (strcmp(c->args[i].name, name) == 0)
            return i;
    return -1;
}

static void report_unknown_arg(Elab *e, const OpCall *c, const AstArg *arg) {
    Diag *d = ELAB_ERROR(e, UNKNOWN_ARGUMENT, arg->name.span, c->name, arg->name.text);
    const char *names[OP_MAX_ARGS];
    for (int i = 0; i < c->nargs; i++)
        names[i] = c->args[i].name;
    const char *near = str_nearest(arg->name.text, names, c->nargs);
    if (near) {
        ELAB_HINT(d, "did you mean `%s`?", near);
        ELAB_FIX(d, arg->name.span, near);
    }
}

static void bind_named(Elab *e, OpCall *c, const AstArg *arg) {
    int at = arg->member.text ? -1 : find_arg(c, arg->name.text);
    if (at < 0) {
        report_unknown_arg(e, c, arg);
    } else if (c->given[at]) {
        ELAB_ERROR(e, ARGUMENT_TWICE, arg->span, arg->name.text);
    } else {
        c->given[at] = arg;
        return;
    }
    c->failed = true;
}

static void bind_positional(Elab *e, OpCall *c) {
    const AstArgList *list = &c->ast->u.call.args;
    int room = 0, found = 0;
    while (room < c->nargs && !c->args[room].has_default)
        room++;
    for (int i = 0; i < list->len && !list->data[i].name.text; i++, found++)
        if (found < room)
            c->given[found] = &list->data[i];
    if (found <= room)
        return;
    Diag *d = ELAB_ERROR(e, TOO_MANY_ARGUMENTS, list->data[room].span, c->name, room, room == 1 ? "" : "s", found);
    if (room < c->nargs)
        ELAB_HINT(d, "`%s` is given by name: `%s = ...`", c->args[room].name, c->args[room].name);
    c->failed = true;
}

static void bind_arguments(Elab *e, OpCall *c) {
    bind_positional(e, c);
    const AstArgList *list = &c->ast->u.call.args;
    for (int i = 0; i < list->len; i++)
        if (list->data[i].name.text)
            bind_named(e, c, &list->data[i]);
    for (int i = 0; i < c->nargs; i++) {
        if (c->given[i] && c->given[i]->length && c->args[i].kind != ARG_SLICE) {
            ELAB_ERROR(e, WRONG_KIND, c->given[i]->span, op_arg_role(e, c, i), "a value", "a block `start :+ length`");
            c->failed = true;
        }
        if (!c->given[i] && !c->args[i].has_default && !c->failed) {
            ELAB_ERROR(e, MISSING_ARGUMENT, c->span, c->name, c->args[i].name);
            c->failed = true;
        }
    }
}

/* The arguments of a call that failed are still looked at, for mistakes of their own. */
static void check_failed_arguments(Elab *e, const OpCall *c) {
    for (int i = 0; i < c->nargs; i++) {
        OpArgKind kind = c->args[i].kind;
        if (c->given[i] && (kind == ARG_TILE || kind == ARG_VIEW || kind == ARG_INDEX || kind == ARG_CONST))
            elab_expr(e, c->given[i]->value);
    }
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

void op_fail(OpCall *c) { c->failed = true; }

Span op_arg_span(const OpCall *c, int i) { return c->given[i] ? c->given[i]->value->span : c->span; }

const char *op_quoted(Elab *e, const OpCall *c) { return arena_printf(e->arena, "`%s`", c->name); }

const char *op_arg_role(Elab *e, const OpCall *c, int i) {
    return arena_printf(e->arena, "argument `%s` of `%s`", c->args[i].name, c->name);
}

ElabValue op_arg_value(Elab *e, OpCall *c, int i) {
    ElabValue v = elab_expr(e, c->given[i]->value);
    if (v.kind == EV_VIEW)
        v = elab_load(e, v.view, op_arg_span(c, i));
    if (v.kind == EV_ELEM || v.kind == EV_VOID) {
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, i), op_arg_role(e, c, i), "a value", elab_value_text(e, &v));
        v = elab_poison();
    }
    if (v.kind == EV_POISON)
        c->failed = true;
    return v;
}

Value *op_arg_tile(Elab *e, OpCall *c, int i) {
    ElabValue v = op_arg_value(e, c, i);
    if (v.kind == EV_POISON)
        return NULL;
    if (v.kind == EV_TILE)
        return elab_value(e, v, -1, op_arg_span(c, i));
    ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, i), op_arg_role(e, c, i), "a tile", elab_value_text(e, &v));
    c->failed = true;
    return NULL;
}

const Type *op_arg_shape(Elab *e, OpCall *c, int i) {
    ElabValue v = elab_expr(e, c->given[i]->value);
    const Type *t = NULL;
    if (v.kind == EV_VIEW && v.view->type->rank > 0)
        t = elab_tile_type_of_view(e, v.view, v.view->type->dims, op_arg_span(c, i));
    else if (v.kind == EV_TILE)
        t = elab_value(e, v, -1, op_arg_span(c, i))->type;
    else if (v.kind != EV_POISON)
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, i), op_arg_role(e, c, i), "a tile", elab_value_text(e, &v));
    if (!t)
        c->failed = true;
    return t;
}

const Expr *op_arg_index(Elab *e, OpCall *c, int i) {
    const AstExpr *x = c->given[i]->value;
    const char *role = op_arg_role(e, c, i);
    const Expr *index = c->args[i].kind == ARG_CONST ? elab_const_index(e, x, role) : elab_index(e, x, role);
    if (!index)
        c->failed = true;
    return index;
}

int op_arg_elem(Elab *e, OpCall *c, int i) {
    int elem = elab_elem(e, c->given[i]->value);
    if (elem < 0)
        c->failed = true;
    return elem;
}

int op_arg_axis(Elab *e, OpCall *c, int i) {
    if (!c->given[i])
        return c->args[i].default_axis;
    ElabValue v = elab_expr(e, c->given[i]->value);
    if (v.kind == EV_NUMBER && v.number.kind == NUMBER_INT && (v.number.i == 0 || v.number.i == 1))
        return (int)v.number.i;
    if (v.kind != EV_POISON)
        ELAB_ERROR(e, BAD_WORD, op_arg_span(c, i), c->args[i].name, "0 (down the columns) or 1 (along the rows)",
                   elab_value_text(e, &v));
    c->failed = true;
    return -1;
}

bool op_arg_bool(Elab *e, OpCall *c, int i) {
    if (!c->given[i])
        return c->args[i].default_true;
    ElabValue v = elab_expr(e, c->given[i]->value);
    if (v.kind == EV_NUMBER && v.number.kind == NUMBER_BOOL)
        return v.number.i != 0;
    if (v.kind != EV_POISON)
        ELAB_ERROR(e, BAD_WORD, op_arg_span(c, i), c->args[i].name, "true or false", elab_value_text(e, &v));
    c->failed = true;
    return false;
}

const char *op_arg_word(Elab *e, OpCall *c, int i, const char *const *words, int n, const char *wanted) {
    if (!c->given[i])
        return NULL;
    const AstExpr *x = c->given[i]->value;
    for (int w = 0; w < n && x->kind == AST_EXPR_NAME; w++)
        if (strcmp(x->u.name, words[w]) == 0)
            return words[w];
    const char *found = arena_printf(e->arena, "`%s`", elab_source_text(e, x->span));
    ELAB_ERROR(e, BAD_WORD, x->span, c->args[i].name, wanted, found);
    c->failed = true;
    return NULL;
}

const char *op_arg_str(Elab *e, OpCall *c, int i) {
    const AstExpr *x = c->given[i]->value;
    if (x->kind == AST_EXPR_STRING)
        return x->u.string.bytes;
    const char *found = arena_printf(e->arena, "`%s`", elab_source_text(e, x->span));
    ELAB_ERROR(e, BAD_WORD, x->span, c->args[i].name, "a string", found);
    c->failed = true;
    return NULL;
}

const Expr *op_extent(Elab *e, const Expr *x, Span span) {
    const Expr *zero = expr_const(e->exprs, 0);
    if (facts_prove_ge0(e->facts, x))
        return elab_simplify(e, x);
    if (facts_prove_lt(e->facts, x, zero)) {
        ELAB_ERROR(e, NEGATIVE_EXTENT, span, elab_expr_text(e, x));
        return NULL;
    }
    return expr_max(e->exprs, zero, x);
}

bool op_arg_dims(Elab *e, OpCall *c, int i, const Expr *dims[2]) {
    const AstExpr *x = c->given[i]->value;
    if (x->kind != AST_EXPR_LIST || x->u.list.len != 2) {
        const char *found = arena_printf(e->arena, "`%s`", elab_source_text(e, x->span));
        ELAB_ERROR(e, BAD_WORD, x->span, c->args[i].name, "two extents [M, N]", found);
        c->failed = true;
        return false;
    }
    for (int d = 0; d < 2; d++) {
        const AstExpr *extent = x->u.list.data[d];
        dims[d] = elab_index(e, extent, "extent");
        dims[d] = dims[d] ? op_extent(e, dims[d], extent->span) : NULL;
        if (!dims[d])
            c->failed = true;
    }
    return !c->failed;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

void op_give_value(OpCall *c, ElabValue v) {
    if (v.kind == EV_POISON)
        c->failed = true;
    c->results[c->nresults++] = v;
}

void op_give(Elab *e, OpCall *c, Value *v, bool scalar) { op_give_value(c, elab_from_value(e, v, scalar)); }

Value *op_build(Elab *e, const OpCall *c, OpCode code, Value *const *operands, int n, const Type *type) {
    elab_at(e, c->span);
    return build_op(&e->b, code, operands, n, NULL, 0, type ? &type : NULL, 1, 0)->results[0];
}

Value *op_cast_value(Elab *e, Value *v, Elem elem) {
    return v->type->elem == elem ? v : build_cast(&e->b, v, elem, NULL, false);
}

/* ---- element-wise ------------------------------------------------------------------------------------------------ */

static double fold_float(OpCode code, double x) {
    switch ((int)code) {
    case OP_NEG: return -x;
    case OP_ABS: return fabs(x);
    case OP_RELU: return x < 0 ? 0 : x;
    case OP_EXP: return exp(x);
    case OP_EXP2: return exp2(x);
    case OP_LOG: return log(x);
    case OP_LOG2: return log2(x);
    case OP_LOG1P: return log1p(x);
    case OP_SQRT: return sqrt(x);
    case OP_RSQRT: return 1 / sqrt(x);
    case OP_RECIP: return 1 / x;
    case OP_SIGMOID: return 1 / (1 + exp(-x));
    case OP_TANH: return tanh(x);
    case OP_SILU: return x / (1 + exp(-x));
    case OP_GELU: return x / 2 * (1 + erf(x * 0.70710678118654752440));
    case OP_ERF: return erf(x);
    case OP_SIN: return sin(x);
    case OP_COS: return cos(x);
    case OP_FLOOR: return floor(x);
    case OP_CEIL: return ceil(x);
    case OP_ROUND: return nearbyint(x);
    default: return x > 0 ? 1 : x < 0 ? -1 : x; /* sign */
    }
}

/* Of a bare literal an operation is a literal again: tl.sqrt(64.0). */
static bool fold_unary(const OpCall *c, ElabValue v, ElabValue *out) {
    if (v.kind != EV_NUMBER || v.number.kind == NUMBER_BOOL || c->code == OP_NOT || c->code == OP_ISNAN)
        return false;
    if (v.number.kind == NUMBER_INT && c->info->elems != ELEMS_FLOAT)
        return false;
    *out = elab_from_float(fold_float(c->code, v.number.kind == NUMBER_INT ? (double)v.number.i : v.number.f));
    return true;
}

static void op_unary(Elab *e, OpCall *c) {
    ElabValue v = op_arg_value(e, c, 0), folded;
    if (c->failed)
        return;
    if (fold_unary(c, v, &folded))
        op_give_value(c, folded);
    else
        op_give_value(c, elab_unary(e, c->code, v, c->span, c->name));
}

static void op_binary(Elab *e, OpCall *c) {
    ElabValue a = op_arg_value(e, c, 0), b = op_arg_value(e, c, 1);
    if (!c->failed)
        op_give_value(c, elab_binary(e, c->code, a, b, c->span, c->name));
}

/* The element type of two values that meet, -1 after a report; both bare constants: f32, i32, or index for scalars. */
static int common_elem(Elab *e, OpCall *c, ElabValue a, ElabValue b, bool scalar) {
    if (a.kind == EV_TILE && b.kind == EV_TILE && a.elem != b.elem) {
        elab_types_differ(e, c->span, op_quoted(e, c), a.elem, b.elem);
        return -1;
    }
    if (a.kind == EV_TILE || b.kind == EV_TILE) {
        bool index = scalar && (a.kind == EV_INDEX || b.kind == EV_INDEX) && a.scalar && b.scalar;
        Elem elem = a.kind == EV_TILE ? a.elem : b.elem;
        return index && elem_is_int(elem) ? ELEM_INDEX : (int)elem;
    }
    if (a.kind == EV_NUMBER && b.kind == EV_NUMBER) {
        if (a.number.kind == NUMBER_BOOL)
            return ELEM_BOOL;
        if (a.number.kind == NUMBER_FLOAT || b.number.kind == NUMBER_FLOAT)
            return ELEM_F32;
    }
    return scalar ? ELEM_INDEX : ELEM_I32;
}

static Value *where_operand(Elab *e, ElabValue v, Elem elem, Span span) {
    if (elem == ELEM_INDEX && v.kind == EV_TILE)
        return build_index(&e->b, value_expr(e->module, v.value));
    return elab_value(e, v, (int)elem, span);
}

static void op_where(Elab *e, OpCall *c) {
    ElabValue cond = op_arg_value(e, c, 0), a = op_arg_value(e, c, 1), b = op_arg_value(e, c, 2);
    if (c->failed)
        return;
    bool number = cond.kind == EV_NUMBER && cond.number.kind == NUMBER_BOOL;
    if (!number && (cond.kind != EV_TILE || cond.elem != ELEM_BOOL)) {
        ELAB_ERROR(e, WRONG_KIND, op_arg_span(c, 0), op_arg_role(e, c, 0), "a bool tile", elab_value_text(e, &cond));
        op_fail(c);
        return;
    }
    int elem = common_elem(e, c, a, b, cond.scalar);
    if (elem < 0) {
        op_fail(c);
        return;
    }
    elab_at(e, c->span);
    Value *v[3] = {elab_value(e, cond, ELEM_BOOL, c->span), where_operand(e, a, (Elem)elem, op_arg_span(c, 1)),
                   where_operand(e, b, (Elem)elem, op_arg_span(c, 2))};
    if (!v[1] || !v[2] || !elab_broadcast(e, v, 3, c->span)) {
        op_fail(c);
        return;
    }
    elab_at(e, c->span);
    op_give(e, c, build_ewise(&e->b, OP_WHERE, v, 3), cond.scalar && a.scalar && b.scalar);
}

/* ---- reductions, scans ------------------------------------------------------------------------------------------- */

/* sum(x, axis) and its like: the ops per axis. */
static OpCode reduction_code(OpCode code, int axis) {
    static const struct {
        OpCode alias, col, row;
    } rows[] = {
        {OP_SUM, OP_COLSUM, OP_ROWSUM},          {OP_MAX, OP_COLMAX, OP_ROWMAX},
        {OP_MIN, OP_COLMIN, OP_ROWMIN},          {OP_MEAN, OP_COLMEAN, OP_ROWMEAN},
        {OP_PROD, OP_COLPROD, OP_ROWPROD},       {OP_ARGMAX, OP_COLARGMAX, OP_ROWARGMAX},
        {OP_ARGMIN, OP_COLARGMIN, OP_ROWARGMIN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].alias == code)
            return axis ? rows[i].row : rows[i].col;
    return code;
}

static void op_reduce(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    int axis = c->nargs > 1 ? op_arg_axis(e, c, 1) : 0;
    if (c->failed)
        return;
    OpCode code = reduction_code(c->code, axis);
    if (elab_elem_allowed(e, code, x->type->elem, c->span, c->name))
        op_give(e, c, op_build(e, c, code, &x, 1, NULL), false);
    else
        op_fail(c);
}

static void op_scan(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    int axis = op_arg_axis(e, c, 1);
    if (c->failed || !elab_elem_allowed(e, c->code, x->type->elem, c->span, c->name)) {
        op_fail(c);
        return;
    }
    Value *v = op_build(e, c, c->code, &x, 1, NULL);
    op_set_int(e->module, v->def, ATTR_AXIS, axis);
    op_give(e, c, v, false);
}

/* ---- matmul ------------------------------------------------------------------------------------------------------ */

static bool is_f8(Elem elem) { return elem == ELEM_F8E4M3 || elem == ELEM_F8E5M2; }

static Elem matmul_accumulator(Elem elem) {
    return elem == ELEM_F64 ? ELEM_F64 : elem_is_float(elem) ? ELEM_F32 : ELEM_I32;
}

static bool matmul_operands(Elab *e, OpCall *c, const Value *a, const Value *b) {
    Elem ea = a->type->elem, eb = b->type->elem;
    if (!elab_elem_allowed(e, OP_MATMUL, ea, op_arg_span(c, 0), c->name) ||
        !elab_elem_allowed(e, OP_MATMUL, eb, op_arg_span(c, 1), c->name))
        return false;
    if (ea == eb || (is_f8(ea) && is_f8(eb)))
        return true;
    elab_types_differ(e, c->span, op_quoted(e, c), ea, eb);
    return false;
}

static int matmul_out(Elab *e, OpCall *c, Elem acc) {
    if (!c->given[5])
        return acc;
    int out = op_arg_elem(e, c, 5);
    if (out < 0 || out == (int)acc || (elem_is_float(acc) && elem_is_float((Elem)out)))
        return out;
    const char *wanted = elem_is_float(acc) ? "a float type" : "i32, the accumulator's type";
    ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, 5), op_arg_role(e, c, 5), wanted, elem_info((Elem)out)->text);
    return -1;
}

static void op_matmul(Elab *e, OpCall *c) {
    Value *a = op_arg_tile(e, c, 0), *b = op_arg_tile(e, c, 1);
    bool ta = op_arg_bool(e, c, 3), tb = op_arg_bool(e, c, 4);
    ElabValue start = c->given[2] ? op_arg_value(e, c, 2) : (ElabValue){.kind = EV_VOID};
    if (c->failed || !matmul_operands(e, c, a, b)) {
        op_fail(c);
        return;
    }
    const Expr *m = a->type->dims[ta], *ka = a->type->dims[!ta], *kb = b->type->dims[tb], *n = b->type->dims[!tb];
    const char *text_a = elab_type_text(e, a->type), *text_b = elab_type_text(e, b->type);
    const char *expected = arena_printf(e->arena, "%s as the common extent of %s%s and %s%s", elab_expr_text(e, ka),
                                        text_a, ta ? " transposed" : "", text_b, tb ? " transposed" : "");
    Elem acc = matmul_accumulator(a->type->elem);
    int out = matmul_out(e, c, acc);
    if (!elab_require_equal(e, ka, kb, c->span, expected, elab_expr_text(e, kb)) || out < 0) {
        op_fail(c);
        return;
    }
    Value *operands[3] = {a, b, NULL};
    if (start.kind != EV_VOID) {
        operands[2] = elab_typed(e, start, acc, op_arg_span(c, 2), "argument `acc` of `tl.matmul`");
        if (!operands[2] || !elab_require_type(e, &operands[2], type_tile(e->module, acc, m, n), op_arg_span(c, 2))) {
            op_fail(c);
            return;
        }
    }
    Value *v = op_build(e, c, OP_MATMUL, operands, operands[2] ? 3 : 2, type_tile(e->module, (Elem)out, m, n));
    op_set_bool(e->module, v->def, ATTR_TRANS_A, ta);
    op_set_bool(e->module, v->def, ATTR_TRANS_B, tb);
    op_give(e, c, v, false);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

/* An op with results values and i32 indices, both [rows, cols]. */
static Op *build_order(Elab *e, OpCall *c, OpCode code, Value *const *operands, int n, const Expr *const *exprs,
                       int nexprs, const Expr *cols) {
    Elem elem = operands[0]->type->elem;
    const Expr *rows = operands[0]->type->dims[0];
    const Type *types[2] = {type_tile(e->module, elem, rows, cols), type_tile(e->module, ELEM_I32, rows, cols)};
    elab_at(e, c->span);
    return build_op(&e->b, code, operands, n, exprs, nexprs, types, 2, 0);
}

static void op_topk(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    const Expr *exprs[2] = {op_arg_index(e, c, 1), c->given[2] ? op_arg_index(e, c, 2) : NULL};
    bool largest = op_arg_bool(e, c, 3), sorted = op_arg_bool(e, c, 4);
    if (!c->failed)
        exprs[0] = op_extent(e, exprs[0], op_arg_span(c, 1));
    if (c->failed || !exprs[0] || !elab_elem_allowed(e, OP_TOPK, x->type->elem, c->span, c->name)) {
        op_fail(c);
        return;
    }
    if (exprs[1] && facts_prove_lt(e->facts, exprs[1], x->type->dims[1])) {
        ELAB_ERROR(e, EXTENTS_DIFFER, op_arg_span(c, 2),
                   arena_printf(e->arena, "a capacity of at least %s", elab_expr_text(e, x->type->dims[1])),
                   elab_expr_text(e, exprs[1]));
        op_fail(c);
        return;
    }
    Op *op = build_order(e, c, OP_TOPK, &x, 1, exprs, exprs[1] ? 2 : 1, exprs[0]);
    op_set_bool(e->module, op, ATTR_LARGEST, largest);
    op_set_bool(e->module, op, ATTR_SORTED, sorted);
    op_give(e, c, op->results[0], false);
    op_give(e, c, op->results[1], false);
}

static void op_sort(Elab *e, OpCall *c) {
    Value *x = op_arg_tile(e, c, 0);
    bool descending = op_arg_bool(e, c, 1);
    if (c->failed || !elab_elem_allowed(e, OP_SORT, x->type->elem, c->span, c->name)) {
        op_fail(c);
        return;
    }
    Op *op = build_order(e, c, OP_SORT, &x, 1, NULL, 0, x->type->dims[1]);
    op_set_bool(e->module, op, ATTR_DESCENDING, descending);
    if (c->code == OP_SORT)
        op_give(e, c, op->results[0], false);
    op_give(e, c, op->results[1], false);
}

static bool merge_indices(Elab *e, OpCall *c, Value **indices, const Value *values, int arg) {
    if ((*indices)->type->elem != ELEM_I32) {
        ELAB_ERROR(e, ELEM_NOT_ALLOWED, op_arg_span(c, arg), op_arg_role(e, c, arg), "i32",
                   elem_info((*indices)->type->elem)->text);
        return false;
    }
    const Type *type = type_tile(e->module, ELEM_I32, values->type->dims[0], values->type->dims[1]);
    return elab_require_type(e, indices, type, op_arg_span(c, arg));
}

static void op_merge_topk(Elab *e, OpCall *c) {
    Value *v[4];
    for (int i = 0; i < 4; i++)
        v[i] = op_arg_tile(e, c, i);
    const Expr *k = op_arg_index(e, c, 4);
    k = k ? op_extent(e, k, op_arg_span(c, 4)) : NULL;
    bool good = !c->failed && k && elab_elem_allowed(e, OP_MERGE_TOPK, v[0]->type->elem, c->span, c->name);
    if (good && v[0]->type->elem != v[2]->type->elem) {
        elab_types_differ(e, c->span, op_quoted(e, c), v[0]->type->elem, v[2]->type->elem);
        good = false;
    }
    if (good) {
        const Type *second = type_tile(e->module, v[2]->type->elem, v[0]->type->dims[0], v[2]->type->dims[1]);
        good = elab_require_type(e, &v[2], second, op_arg_span(c, 2)) && merge_indices(e, c, &v[1], v[0], 1) &&
               merge_indices(e, c, &v[3], v[2], 3);
    }
    if (!good) {
        op_fail(c);
        return;
    }
    Op *op = build_order(e, c, OP_MERGE_TOPK, v, 4, &k, 1, k);
    op_give(e, c, op->results[0], false);
    op_give(e, c, op->results[1], false);
}

/* ---- dispatch ---------------------------------------------------------------------------------------------------- */

static OpHandler *const handlers[OP_COUNT] = {
    [OP_WHERE] = op_where,
    [OP_CAST] = op_cast,
    [OP_BITCAST] = op_bitcast,
    [OP_FULL] = op_full,
    [OP_ZEROS] = op_zeros,
    [OP_ARANGE] = op_arange,
    [OP_ROW_INDEX] = op_grid,
    [OP_COL_INDEX] = op_grid,
    [OP_CAUSAL_MASK] = op_causal_mask,
    [OP_TRANS] = op_trans,
    [OP_RESHAPE] = op_reshape,
    [OP_BROADCAST] = op_broadcast,
    [OP_SLICE] = op_slice,
    [OP_CONCAT] = op_concat,
    [OP_MATMUL] = op_matmul,
    [OP_TOPK] = op_topk,
    [OP_SORT] = op_sort,
    [OP_ARGSORT] = op_sort,
    [OP_MERGE_TOPK] = op_merge_topk,
    [OP_CLAMP] = op_clamp,
    [OP_SOFTMAX] = op_softmax,
    [OP_RMSNORM] = op_rmsnorm,
    [OP_LAYERNORM] = op_layernorm,
    [OP_QUANT] = op_quant,
    [OP_DEQUANT] = op_dequant,
    [OP_ABSMAX_ROW] = op_absmax_row,
    [OP_CDIV] = op_cdiv,
    [OP_PAGED] = op_paged,
    [OP_LOAD] = op_load,
    [OP_STORE] = op_store,
    [OP_GATHER] = op_gather,
    [OP_SCATTER] = op_scatter,
    [OP_ASSERT] = op_assert,
    [OP_PRINT] = op_print,
    [OP_SUM] = op_reduce,
    [OP_MAX] = op_reduce,
    [OP_MIN] = op_reduce,
    [OP_MEAN] = op_reduce,
    [OP_PROD] = op_reduce,
    [OP_ARGMAX] = op_reduce,
    [OP_ARGMIN] = op_reduce,
};

static OpHandler *find_handler(const OpCall *c) {
    if (handlers[c->code])
        return handlers[c->code];
    if (c->info->traits & REDUCE_OP)
        return op_reduce;
    if (c->info->traits & SCAN_OP)
        return op_scan;
    return c->nargs == 1 ? op_unary : op_binary;
}

static bool works_on_scalars(const OpCall *c) {
    if (c->info->traits & (EWISE | WRITES | EFFECT))
        return c->code != OP_SCATTER && c->code != OP_BITCAST;
    return c->code == OP_CLAMP || c->code == OP_CDIV || c->code == OP_LOAD || c->code == OP_PAGED ||
           c->code == OP_RESHAPE;
}

static bool works_in_constants(OpCode code) {
    return code == OP_SQRT || code == OP_EXP || code == OP_LOG || code == OP_CDIV || code == OP_MINIMUM ||
           code == OP_MAXIMUM;
}

static bool op_may_stand_here(Elab *e, const OpCall *c) {
    if (e->place == PLACE_GLOBAL && !works_in_constants(c->code)) {
        ELAB_ERROR(e, NOT_CONSTANT, c->span, arena_printf(e->arena, "`%s`", c->name));
        return false;
    }
    if (e->place == PLACE_WORKLOAD && !works_on_scalars(c)) {
        ELAB_ERROR(e, NOT_IN_WORKLOAD, c->span, c->name);
        return false;
    }
    if (e->place == PLACE_KERNEL && c->code == OP_PAGED) {
        ELAB_ERROR(e, WRONG_PLACE, c->span, "`tl.paged`", "kernel");
        return false;
    }
    return true;
}

static int find_op(Elab *e, const AstExpr *callee, const char *name) {
    int code = op_find(name);
    if (code >= 0 && op_code_has((OpCode)code, LANG))
        return code;
    Diag *d = ELAB_ERROR(e, UNKNOWN_OPERATION, callee->span, name);
    const char *names[OP_COUNT];
    int n = 0;
    for (int i = 0; i < OP_COUNT; i++)
        if (op_code_has((OpCode)i, LANG))
            names[n++] = op_info((OpCode)i)->name;
    const char *near = str_nearest(name, names, n);
    if (near) {
        ELAB_HINT(d, "did you mean `tl.%s`?", near);
        ELAB_FIX(d, callee->u.member.member.span, near);
    }
    return -1;
}

/* Arguments of an operation that does not exist: only those that can be nothing but values. */
static void check_unknown_arg(Elab *e, const AstArg *arg) {
    AstExprKind kind = arg->value->kind;
    if (!arg->name.text && kind != AST_EXPR_LIST && kind != AST_EXPR_STRING)
        elab_expr(e, arg->value);
}

ElabResults elab_op_call(Elab *e, const AstExpr *x) {
    const char *name = ast_tl_name(x->u.call.callee);
    int code = find_op(e, x->u.call.callee, name);
    if (code < 0) {
        for (int i = 0; i < x->u.call.args.len; i++)
            check_unknown_arg(e, &x->u.call.args.data[i]);
        return (ElabResults){.failed = true};
    }
    OpCall *c = ARENA_NEW(e->arena, OpCall);
    *c = (OpCall){.code = (OpCode)code, .info = op_info((OpCode)code), .ast = x, .span = x->span};
    c->name = arena_printf(e->arena, "tl.%s", name);
    read_signature(c);
    if (!op_may_stand_here(e, c))
        return (ElabResults){.failed = true};
    bind_arguments(e, c);
    if (c->failed)
        check_failed_arguments(e, c);
    else
        find_handler(c)(e, c);
    return (ElabResults){.values = c->results, .n = c->nresults, .failed = c->failed};
}
