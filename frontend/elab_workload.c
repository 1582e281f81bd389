/* Workloads: their signatures, and the statements that are no loops and no calls. */
#include "frontend/elab_workload.h"
#include <string.h>

/* ---- signatures ------------------------------------------------------------------------------------------------ */
static const Expr *signature_symbol(Elab *e, void *user, AstName name) {
    ElabWorkload *w = user;
    for (int i = 0; i < w->symbols.len; i++)
        if (w->symbols.data[i].name == name.text)
            return expr_value(e->exprs, w->symbols.data[i].value);
    ElabSymbol symbol = {.name = name.text, .span = name.span, .param = -1};
    symbol.value = func_add_index_param(w->func, name.text, false);
    VEC_PUSH(e->arena, &w->symbols, symbol);
    return expr_value(e->exprs, symbol.value);
}

/* Reads the extents; false after a mistake. */
static bool signature_dims(Elab *e, ElabWorkload *w, const AstType *type, const Expr **dims) {
    bool ok = type->dims.len <= IR_MAX_RANK;
    for (int i = 0; i < type->dims.len; i++) {
        const Expr *dim = elab_dim(e, type->dims.data[i], signature_symbol, w);
        if (i < IR_MAX_RANK)
            dims[i] = dim;
        ok &= dim != NULL;
    }
    return ok;
}

static int signature_elem(Elab *e, const AstType *type) {
    AstExpr name = {.kind = AST_EXPR_NAME, .span = type->elem.span, .u.name = type->elem.text};
    return elab_elem(e, &name);
}

static const Type *signature_type(Elab *e, ElabWorkload *w, const AstParam *p) {
    const Expr *dims[IR_MAX_RANK] = {NULL};
    if (p->kind == AST_PARAM_CONST) {
        report_hint(ELAB_ERROR(e, BAD_PARAMETER, p->span, p->name.text, "a workload has no `const` parameters"),
                    "a symbolic dimension is an argument too; `tier X <= N in [...]` gives kernels a constant");
        return NULL;
    }
    if (p->kind == AST_PARAM_SCALAR && strcmp(p->type.elem.text, "index") == 0)
        return type_index(e->module);
    if (p->kind == AST_PARAM_CSR) {
        if (!signature_dims(e, w, &p->type, dims))
            return NULL;
        if (p->type.dims.len != 2) {
            ELAB_ERROR(e, BAD_PARAMETER, p->type.span, p->name.text, "csr[R, C] has two dimensions");
            return NULL;
        }
        return type_get(e->module, TYPE_CSR, ELEM_I32, 2, dims, false);
    }
    int elem = signature_elem(e, &p->type);
    if (p->kind == AST_PARAM_SCALAR)
        return elem < 0 ? NULL : type_scalar(e->module, (Elem)elem);
    if (p->type.dims.len > IR_MAX_RANK)
        ELAB_ERROR(e, BAD_PARAMETER, p->type.span, p->name.text, "more than 8 dimensions");
    bool ok = signature_dims(e, w, &p->type, dims);
    if (elem < 0 || !ok)
        return NULL;
    return type_get(e->module, TYPE_TENSOR, (Elem)elem, p->type.dims.len, dims, p->strided);
}

static ParamDir signature_direction(const AstParam *p) {
    switch (p->direction) {
    case AST_DIR_NONE: return DIR_NONE;
    case AST_DIR_IN: return DIR_IN;
    case AST_DIR_OUT: return DIR_OUT;
    case AST_DIR_INOUT: return DIR_INOUT;
    }
    return DIR_NONE;
}

/* The default of a scalar parameter, a constant of its type. */
static void signature_default(Elab *e, const AstParam *p, Param *param) {
    if (!p->initial)
        return;
    ElabValue v = elab_const_expr(e, p->initial);
    if (v.kind != EV_NUMBER)
        return;
    Elem elem = param->value->type->elem;
    if (!elab_number_fits(v.number, elem)) {
        ELAB_ERROR(e, NOT_EXACT, p->initial->span, elab_number_text(e, v.number), elem_info(elem)->text);
        return;
    }
    param->has_default = true;
    if (elem_is_float(elem))
        param->default_float = elab_round_float(v.number.kind == NUMBER_FLOAT ? v.number.f : (double)v.number.i, elem);
    else
        param->default_int = v.number.kind == NUMBER_FLOAT ? (int64_t)v.number.f : (int64_t)v.number.i;
}

static void signature_params(Elab *e, ElabWorkload *w, const AstParamList *list) {
    /* All symbols first: index parameters stand before the others. A repeated message is dropped by the diagnostics. */
    const Type **types = ARENA_ARRAY(e->arena, const Type *, list->len + 1);
    for (int i = 0; i < list->len; i++)
        types[i] = signature_type(e, w, &list->data[i]);
    ElabParam *entries = ARENA_ARRAY(e->arena, ElabParam, list->len + 1);
    for (int i = 0; i < list->len; i++) {
        entries[i].ast = &list->data[i];
        if (types[i] && list->data[i].kind == AST_PARAM_CSR)
            elab_csr_entries(e, w->func, &entries[i]);
    }
    for (int i = 0; i < list->len; i++) {
        const AstParam *p = &list->data[i];
        ElabParam param = {.ast = p, .type = types[i], .position = w->func->nparams};
        if (types[i] && p->kind == AST_PARAM_CSR) {
            param.entries = entries[i].entries;
            elab_csr_param(e, w->func, &param, TYPE_TENSOR);
        } else if (types[i]) {
            param.value = func_add_param(w->func, p->name.text, types[i], signature_direction(p));
            signature_default(e, p, &w->func->params[param.position]);
        }
        w->broken |= !types[i];
        VEC_PUSH(e->arena, &w->params, param);
    }
}

/* Where a call finds a symbol: the first dimension that is it, or it times a constant. */
static void signature_place_symbol(Elab *e, ElabWorkload *w, ElabSymbol *symbol) {
    for (int i = 0; i < w->params.len; i++) {
        const Type *type = w->params.data[i].type;
        if (!type || type->kind == TYPE_TILE)
            continue;
        for (int d = 0; d < type->rank; d++) {
            const Expr *coef, *rest;
            int64_t c;
            if (!expr_split_affine(e->exprs, type->dims[d], symbol->value, &coef, &rest) ||
                !expr_equals_const(rest, 0) || !expr_is_const(coef, &c) || c == 0)
                continue;
            symbol->param = i;
            symbol->dim = d;
            symbol->divisor = coef;
            return;
        }
    }
}

void elab_workload_signature(Elab *e, Binding *binding) {
    ElabWorkload *w = ARENA_NEW(e->arena, ElabWorkload);
    w->item = binding->item;
    w->file = e->file;
    w->name = binding->name;
    w->func = build_func(e->module, FUNC_WORKLOAD, binding->name, elab_loc(e, binding->item->name.span));
    w->func->exported = e->program->main == w->file;
    binding->workload = w;
    VEC_PUSH(e->arena, &e->workloads, w);
    ElabPlace place = e->place;
    e->place = PLACE_WORKLOAD;
    signature_params(e, w, &binding->item->u.workload.params);
    for (int i = 0; i < w->symbols.len; i++)
        signature_place_symbol(e, w, &w->symbols.data[i]);
    e->place = place;
}

/* ---- places ---------------------------------------------------------------------------------------------------- */
WorkloadPlace workload_enter(Elab *e, Region *region) {
    WorkloadPlace saved = {e->b, facts_mark(e->facts), e->workload->loops.len, e->workload->tiers.len};
    Loc loc = e->b.loc;
    e->b = builder_at_end(e->module, region);
    e->b.loc = loc;
    elab_scope_push(e);
    return saved;
}

void workload_leave(Elab *e, WorkloadPlace saved) {
    elab_scope_pop(e);
    facts_release(e->facts, saved.facts);
    e->workload->loops.len = saved.nloops;
    e->workload->tiers.len = saved.ntiers;
    e->b = saved.builder;
}

void report_note(Diag *d, Span span, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    Buf text = {NULL, 0, 0};
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    if (d)
        diag_note(d, span, "%s", buf_text(&text));
    buf_free(&text);
}

void report_hint(Diag *d, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    Buf text = {NULL, 0, 0};
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    if (d)
        diag_hint(d, "%s", buf_text(&text));
    buf_free(&text);
}

void workload_note_access(Elab *e, const Op *op, int operand, Span span) {
    VEC_PUSH(e->arena, &e->workload->spans, (AccessSpan){op, operand, span});
}

void workload_check_ge0(Elab *e, const Expr *ge0, const char *code, const char *text, const Expr *const *values,
                        int nvalues) {
    if (e->options->checks == PROGRAM_CHECKS_NONE || facts_prove_ge0(e->facts, ge0))
        return;
    build_check(&e->b, code, "entry", text, ge0, values, nvalues);
}

static bool leaf_is_static(void *user, Value *v) {
    (void)user;
    if (v->def)
        return false;
    const Op *loop = v->region ? v->region->parent_op : NULL;
    /* A loop index is as data-dependent as its bounds; a tier's constant takes one of few values. */
    if (!loop || loop->code == OP_TIER)
        return true;
    for (int i = 0; i < loop->nexprs; i++)
        if (!expr_each_value(loop->exprs[i], leaf_is_static, NULL))
            return false;
    return true;
}

bool workload_is_data_dependent(const Expr *x) { return !expr_each_value(x, leaf_is_static, NULL); }

/* ---- let ------------------------------------------------------------------------------------------------------- */
/* A tensor element whose indices all are given is read there and then; everything else keeps being a view. */
static ElabValue let_value(Elab *e, ElabValue v, Span span) {
    if (v.kind == EV_VIEW && v.view->type->rank == 0)
        return elab_load(e, v.view, span);
    if (v.kind == EV_TILE && !v.scalar) {
        report_hint(ELAB_ERROR(e, WRONG_PLACE, span, elab_value_text(e, &v), "workload"),
                    "compute it in a kernel and pass a view to store it in");
        return elab_poison();
    }
    if (v.kind == EV_VOID || v.kind == EV_ELEM) {
        ELAB_ERROR(e, NOT_A_VALUE, span, elab_value_text(e, &v));
        return elab_poison();
    }
    return v;
}

static void workload_let(Elab *e, const AstStmt *s) {
    int n = s->u.bind.names.len;
    const AstExpr *x = s->u.bind.value;
    ElabValue *values = ARENA_ARRAY(e->arena, ElabValue, n);
    elab_at(e, x->span);
    if (n == 1)
        values[0] = elab_expr(e, x);
    else
        elab_expr_values(e, x, values, n);
    for (int i = 0; i < n; i++)
        elab_define(e, s->u.bind.names.data[i], BIND_VALUE, let_value(e, values[i], x->span));
}

/* ---- if -------------------------------------------------------------------------------------------------------- */
static void branch_side(Elab *e, Region *region, const ElabCond *cond, bool polarity, const AstStmt *s, int next);

static void workload_if(Elab *e, const AstStmt *s, int arm) {
    const AstIfArm *a = &s->u.branch.arms.data[arm];
    elab_at(e, a->cond->span);
    ElabValue c = elab_condition(e, a->cond, "condition of `if`");
    const ElabCond *cond = c.kind == EV_POISON ? NULL : c.cond;
    Value *v = cond ? cond_materialize(e, cond) : build_const_int(&e->b, ELEM_BOOL, 1);
    Op *op = build_op(&e->b, OP_IF, &v, 1, NULL, 0, NULL, 0, 2);
    branch_side(e, op->regions[0], cond, true, s, arm);
    branch_side(e, op->regions[1], cond, false, s, arm + 1);
}

static void branch_side(Elab *e, Region *region, const ElabCond *cond, bool polarity, const AstStmt *s, int arm) {
    WorkloadPlace saved = workload_enter(e, region);
    const ElabGuard *outer = e->guard;
    ElabGuard guard = {cond, polarity, outer};
    if (cond) {
        cond_add_facts(e, cond, polarity);
        e->guard = &guard;
    }
    if (polarity)
        workload_block(e, s->u.branch.arms.data[arm].body);
    else if (arm < s->u.branch.arms.len)
        workload_if(e, s, arm);
    else if (s->u.branch.else_body)
        workload_block(e, s->u.branch.else_body);
    e->guard = outer;
    workload_leave(e, saved);
}

/* ---- temp ------------------------------------------------------------------------------------------------------ */
static bool temp_dim(Elab *e, const AstStmt *s, int i, const Expr **dim) {
    const AstExpr *x = s->u.temp.type.dims.data[i];
    *dim = elab_index(e, x, "extent of a temp");
    if (!*dim)
        return false;
    if (workload_is_data_dependent(*dim)) {
        report_hint(ELAB_ERROR(e, TEMP_DATA_DEPENDENT, x->span, s->u.temp.name.text, elab_source_text(e, x->span)),
                    "declare it with an upper bound made of symbols, and use a part of it");
        return false;
    }
    int64_t c;
    if (expr_is_const(*dim, &c) && c < 0) {
        ELAB_ERROR(e, NEGATIVE_EXTENT, x->span, elab_expr_text(e, *dim));
        return false;
    }
    const char *text = arena_printf(e->arena, "temp %s: the extent %s = {0} is negative", s->u.temp.name.text,
                                    elab_source_text(e, x->span));
    workload_check_ge0(e, *dim, "SHAPE", text, dim, 1);
    return true;
}

Binding *workload_temp(Elab *e, const AstStmt *s) {
    AstName name = s->u.temp.name;
    const Expr *dims[IR_MAX_RANK] = {NULL};
    int rank = s->u.temp.type.dims.len;
    elab_at(e, s->u.temp.type.span);
    int elem = signature_elem(e, &s->u.temp.type);
    bool ok = elem >= 0 && rank <= IR_MAX_RANK;
    if (rank > IR_MAX_RANK)
        ELAB_ERROR(e, BAD_PARAMETER, s->u.temp.type.span, name.text, "more than 8 dimensions");
    for (int i = 0; i < rank && i < IR_MAX_RANK; i++)
        ok &= temp_dim(e, s, i, &dims[i]);
    if (!ok)
        return elab_define(e, name, BIND_TEMP, elab_poison());
    elab_at(e, name.span);
    const Type *type = type_get(e->module, TYPE_TENSOR, (Elem)elem, rank, dims, false);
    Op *op = build_op(&e->b, OP_TEMP, NULL, 0, NULL, 0, &type, 1, 0);
    op->results[0]->name = name.text;
    ElabValue v = {.kind = EV_VIEW, .elem = (Elem)elem};
    v.view = elab_whole_view(e, op->results[0], DIR_INOUT, name.text, name.span, name.span);
    return elab_define(e, name, BIND_TEMP, v);
}

/* ---- statements ------------------------------------------------------------------------------------------------ */
static void workload_call_statement(Elab *e, const AstStmt *s) {
    const AstExpr *call = s->u.call;
    const char *op = ast_tl_name(call->u.call.callee);
    elab_at(e, s->span);
    if (op && strcmp(op, "store") == 0) {
        const Op *before = e->b.region->last;
        elab_store(e, call);
        const Op *made = e->b.region->last;
        if (made != before && call->u.call.args.len > 0)
            workload_note_access(e, made, 0, call->u.call.args.data[0].value->span);
        return;
    }
    if (elab_common_call(e, call))
        return;
    if (op)
        ELAB_ERROR(e, NOT_IN_WORKLOAD, s->span, op);
    else
        workload_call(e, call);
}

static void workload_statement(Elab *e, const AstStmt *s) {
    switch (s->kind) {
    case AST_STMT_LET: workload_let(e, s); return;
    case AST_STMT_FOR: workload_for(e, s); return;
    case AST_STMT_PARALLEL: workload_parallel(e, s); return;
    case AST_STMT_IF: workload_if(e, s, 0); return;
    case AST_STMT_TIER: workload_tier(e, s); return;
    case AST_STMT_TEMP: workload_temp(e, s); return;
    case AST_STMT_CALL: workload_call_statement(e, s); return;
    case AST_STMT_PIPE: workload_pipe(e, s); return;
    case AST_STMT_SEND:
    case AST_STMT_RECEIVE: workload_transfer(e, s); return;
    case AST_STMT_CHANNEL:
    case AST_STMT_PROCESS: ELAB_ERROR(e, PIPE_ONLY, s->word, ast_stmt_kind_text(s->kind), "`pipe { }`"); return;
    case AST_STMT_VAR:
    case AST_STMT_ASSIGN:
        report_hint(
            ELAB_ERROR(e, WRONG_PLACE, s->word, s->kind == AST_STMT_VAR ? "`var`" : "an assignment", "workload"),
            "name a value with `let`; keep what changes in a temp or in a kernel");
        return;
    case AST_STMT_RETURN:
        report_hint(ELAB_ERROR(e, WRONG_PLACE, s->word, "`return`", "workload"),
                    "a workload gives its results in `out` tensors");
        return;
    }
}

void workload_block(Elab *e, const AstBlock *block) {
    for (int i = 0; i < block->stmts.len; i++)
        workload_statement(e, block->stmts.data[i]);
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */
static void body_define_param(Elab *e, const ElabWorkload *w, const ElabParam *p) {
    ElabValue v = elab_poison();
    if (p->value && p->type->kind == TYPE_TILE) {
        v = elab_from_value(e, p->value, true);
    } else if (p->value && p->ast->kind == AST_PARAM_TENSOR) {
        v = (ElabValue){.kind = EV_VIEW, .elem = p->type->elem};
        v.view = elab_whole_view(e, p->value, w->func->params[p->position].dir, p->ast->name.text, p->ast->name.span,
                                 p->ast->name.span);
    } else if (p->value) {
        v = (ElabValue){.kind = EV_VIEW, .elem = p->type->elem, .view = elab_csr_view(e, p)};
    }
    /* A refused `const` parameter lives on as the symbol that its name made in the extents. */
    const Binding *symbol = p->ast->kind == AST_PARAM_CONST ? elab_lookup(e, p->ast->name.text) : NULL;
    if (!symbol || symbol->kind != BIND_INDEX)
        elab_define_hiding(e, p->ast->name, BIND_PARAM, v);
}

static void body_define_names(Elab *e, ElabWorkload *w) {
    for (int i = 0; i < w->symbols.len; i++) {
        const ElabSymbol *s = &w->symbols.data[i];
        const Expr *x = expr_value(e->exprs, s->value);
        elab_define_hiding(e, (AstName){s->name, s->span}, BIND_INDEX, elab_from_expr(e, x));
        facts_add_ge0(e->facts, x);
    }
    for (int i = 0; i < w->params.len; i++)
        body_define_param(e, w, &w->params.data[i]);
}

/* Extents like `N - 1` may come out negative: one check each at entry. */
static void body_check_extents(Elab *e, const ElabWorkload *w) {
    for (int i = 0; i < w->params.len; i++) {
        const ElabParam *p = &w->params.data[i];
        for (int d = 0; p->type && p->type->kind != TYPE_TILE && d < p->type->rank; d++) {
            Span span = p->ast->type.dims.data[d]->span;
            elab_at(e, span);
            int64_t c;
            if (expr_is_const(p->type->dims[d], &c) && c < 0) {
                ELAB_ERROR(e, NEGATIVE_EXTENT, span, elab_expr_text(e, p->type->dims[d]));
                continue;
            }
            const char *text = arena_printf(e->arena, "%s: dimension %d, %s = {0}, is negative", p->ast->name.text, d,
                                            elab_source_text(e, span));
            workload_check_ge0(e, p->type->dims[d], "SHAPE", text, &p->type->dims[d], 1);
        }
    }
}

static void body_check_csr(Elab *e, const ElabWorkload *w) {
    for (int i = 0; i < w->params.len; i++) {
        const ElabParam *p = &w->params.data[i];
        if (p->ast->kind != AST_PARAM_CSR || !p->value)
            continue;
        elab_csr_check_names(e, p);
        workload_check_csr(e, p);
    }
}

void elab_workload_body(Elab *e, ElabWorkload *w) {
    int errors = diag_error_count(e->dc);
    ElabPlace place = e->place;
    e->place = PLACE_WORKLOAD;
    e->file = w->file;
    e->workload = w;
    e->func = w->func;
    e->facts = facts_create(e->arena, e->exprs);
    e->b = builder_at_end(e->module, w->func->body);
    elab_at(e, w->item->span);
    elab_scope_push(e);
    body_define_names(e, w);
    body_check_extents(e, w);
    body_check_csr(e, w);
    workload_block(e, w->item->u.workload.body);
    elab_scope_pop(e);
    if (diag_error_count(e->dc) == errors && !w->broken)
        workload_prove_parallel(e, w);
    e->workload = NULL;
    e->func = NULL;
    e->place = place;
}
