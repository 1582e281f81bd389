/* csr matrices. `r: in csr[R, C]` is two i32 tensors, r_ptr[R + 1] and r_idx[entries], and an index parameter, the number of
 * entries. A loop over row r[b] runs over the places of that row in r_idx and reads the column of each. */
#include "frontend/elab_workload.h"

/* ---- parameters ------------------------------------------------------------------------------------------------ */
static const char *part_name(Elab *e, const ElabParam *p, const char *part) {
    return str_intern(e->strings, arena_printf(e->arena, "%s_%s", p->ast->name.text, part));
}

void elab_csr_entries(Elab *e, Func *f, ElabParam *p) {
    p->entries = func_add_index_param(f, part_name(e, p, "nnz"), false);
    f->index_params[f->nindex_params - 1].is_entries = true;
}

void elab_csr_param(Elab *e, Func *f, ElabParam *p, TypeKind kind) {
    const Expr *pointers = expr_add_const(e->exprs, p->type->dims[0], 1), *entries = expr_value(e->exprs, p->entries);
    p->position = f->nparams;
    p->value =
        func_add_param(f, part_name(e, p, "ptr"), type_get(e->module, kind, ELEM_I32, 1, &pointers, false), DIR_IN);
    p->columns =
        func_add_param(f, part_name(e, p, "idx"), type_get(e->module, kind, ELEM_I32, 1, &entries, false), DIR_IN);
}

/* The parts have names of their own at the entry point: no parameter or symbol may have them too. */
void elab_csr_check_names(Elab *e, const ElabParam *p) {
    const char *const parts[] = {"ptr", "idx"};
    for (int i = 0; i < 2; i++) {
        const Binding *b = elab_lookup(e, part_name(e, p, parts[i]));
        if (b && (b->kind == BIND_PARAM || b->kind == BIND_INDEX))
            report_note(ELAB_ERROR(e, CSR_NAME, b->span, b->name, p->ast->name.text), p->ast->name.span,
                        "the csr matrix is declared here");
    }
}

/* The whole matrix as a view that nothing but a call and a loop can use. */
const ElabView *elab_csr_view(Elab *e, const ElabParam *p) {
    const AstName name = p->ast->name;
    ElabView *v = ARENA_NEW(e->arena, ElabView);
    *v = (ElabView){.base = p->value,
                    .whole = true,
                    .type = p->type,
                    .dir = DIR_IN,
                    .root = name.text,
                    .root_span = name.span,
                    .span = name.span};
    return v;
}

void workload_check_csr(Elab *e, const ElabParam *p) {
    if (e->options->checks == PROGRAM_CHECKS_NONE)
        return;
    Value *operands[2] = {p->value, p->columns};
    const Expr *exprs[3] = {p->type->dims[0], p->type->dims[1], expr_value(e->exprs, p->entries)};
    elab_at(e, p->ast->span);
    Op *op = build_op(&e->b, OP_CSR, operands, 2, exprs, 3, NULL, 0, 0);
    op_set_str(e->module, op, ATTR_NAME, p->ast->name.text);
}

const ElabParam *workload_csr_param(Elab *e, const AstExpr *x) {
    const AstExpr *base = x->kind == AST_EXPR_INDEX ? x->u.index.base : x;
    const Binding *b = base->kind == AST_EXPR_NAME ? elab_lookup(e, base->u.name) : NULL;
    if (!b || b->kind != BIND_PARAM)
        return NULL;
    for (int i = 0; i < e->workload->params.len; i++) {
        const ElabParam *p = &e->workload->params.data[i];
        if (p->ast->name.text == base->u.name && p->ast->kind == AST_PARAM_CSR)
            return p;
    }
    return NULL;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */
static const Expr *read_part(Elab *e, Value *part, const Expr *at) {
    return value_expr(e->module, build_get(&e->b, part, &at, 1));
}

bool workload_csr_row(Elab *e, const AstExpr *x, const ElabParam *csr, CsrRow *out) {
    if (x->kind != AST_EXPR_INDEX || x->u.index.selectors.len != 1 ||
        x->u.index.selectors.data[0].kind != AST_SELECT_INDEX) {
        const char *want = arena_printf(e->arena, "one row `%s[b]` of a csr matrix", csr->ast->name.text);
        ELAB_ERROR(e, WRONG_KIND, x->span, "bound of the loop", want,
                   arena_printf(e->arena, "`%s`", elab_source_text(e, x->span)));
        return false;
    }
    const AstSelector *selector = &x->u.index.selectors.data[0];
    const Expr *row = elab_index(e, selector->first, "row of a csr matrix");
    if (!row || !csr->type || !csr->value)
        return false;
    elab_at(e, x->span);
    const char *text = elab_source_text(e, x->span);
    const Expr *values[] = {row, csr->type->dims[0]};
    workload_check_ge0(e, row, "BOUNDS", arena_printf(e->arena, "%s: row {0} is outside of {1} rows", text), values, 2);
    workload_check_ge0(e, expr_add_const(e->exprs, expr_sub(e->exprs, csr->type->dims[0], row), -1), "BOUNDS",
                       arena_printf(e->arena, "%s: row {0} is outside of {1} rows", text), values, 2);
    out->csr = csr;
    out->begin = read_part(e, csr->value, row);
    const Expr *end = read_part(e, csr->value, expr_add_const(e->exprs, row, 1));
    out->length = expr_sub(e->exprs, end, out->begin);
    facts_add_ge0(e->facts, out->begin);
    facts_add_le(e->facts, end, expr_value(e->exprs, csr->entries));
    facts_add_ge0(e->facts, out->length);
    facts_add_le(e->facts, out->length, csr->type->dims[1]);
    return true;
}

const Expr *workload_csr_column(Elab *e, const CsrRow *row, const Expr *position) {
    const Expr *column = read_part(e, row->csr->columns, expr_add(e->exprs, row->begin, position));
    facts_add_ge0(e->facts, column);
    facts_add_lt(e->facts, column, row->csr->type->dims[1]);
    return column;
}
