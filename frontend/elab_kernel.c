/* Kernels: signatures with their symbols and constraints, bodies, and what each call must satisfy. */
#include <string.h>

#include "frontend/elab_internal.h"

/* ---- symbols ----------------------------------------------------------------------------------------------------- */

const Expr *elab_dim(Elab *e, const AstExpr *x, ElabSymbolFn *symbol, void *user) {
    e->symbol = symbol;
    e->symbol_user = user;
    const Expr *dim = elab_index(e, x, "dimension");
    e->symbol = NULL;
    int64_t c;
    if (dim && expr_is_const(dim, &c) && c < 0) {
        ELAB_ERROR(e, NEGATIVE_EXTENT, x->span, elab_expr_text(e, dim));
        return NULL;
    }
    return dim;
}

/* A name in a dimension that is no constant: a symbol, made where it first appears. */
static const Expr *kernel_symbol(Elab *e, void *user, AstName name) {
    ElabKernel *k = user;
    for (int i = 0; i < k->symbols.len; i++)
        if (k->symbols.data[i].name == name.text)
            return k->symbols.data[i].value ? expr_value(e->exprs, k->symbols.data[i].value) : NULL;
    const AstParamList *params = &k->item->u.kernel.params;
    for (int i = 0; i < params->len; i++) {
        if (params->data[i].name.text == name.text) {
            Diag *d = ELAB_ERROR(e, BAD_PARAMETER, params->data[i].name.span, name.text,
                                 "a dimension is an expression over constants and symbols, not over parameters");
            ELAB_NOTE(d, name.span, "used as a dimension here");
            ELAB_HINT(d, "drop the parameter: a symbol is known in the body by its own name");
            return NULL;
        }
    }
    Binding *b = elab_define_hiding(e, name, BIND_INDEX, elab_poison());
    if (!b)
        return NULL;
    ElabSymbol s = {.name = name.text, .span = name.span, .param = -1};
    s.value = func_add_index_param(k->func, name.text, false);
    b->value = elab_from_value(e, s.value, true);
    VEC_PUSH(e->arena, &k->symbols, s);
    return expr_value(e->exprs, s.value);
}

/* Does the dimension bind the symbol: SYM alone, or SYM * constant? */
static const Expr *binding_divisor(Elab *e, const Expr *dim, const ElabSymbol *s) {
    const Expr *coef, *rest;
    int64_t c;
    if (!expr_split_affine(e->exprs, dim, s->value, &coef, &rest) || !expr_equals_const(rest, 0))
        return NULL;
    if (!elab_expr_is_static(e, coef) || (expr_is_const(coef, &c) && c <= 0))
        return NULL;
    return coef;
}

static void bind_symbol(Elab *e, const ElabKernel *k, ElabSymbol *s) {
    for (int p = 0; p < k->params.len; p++) {
        const Type *t = k->params.data[p].type;
        for (int d = 0; t && k->params.data[p].ast->kind != AST_PARAM_SCALAR && d < t->rank; d++) {
            const Expr *divisor = binding_divisor(e, t->dims[d], s);
            if (divisor) {
                s->param = p;
                s->dim = d;
                s->divisor = divisor;
                return;
            }
        }
    }
    /* A dimension with a mistake may have been the one that binds it. */
    for (int p = 0; p < k->params.len; p++)
        if (!k->params.data[p].type)
            return;
    Diag *d = ELAB_ERROR(e, SYMBOL_UNBOUND, s->span, s->name);
    const char *near = elab_nearest_name(e, s->name, 1u << BIND_CONST);
    if (near)
        ELAB_HINT(d, "did you mean the constant `%s`?", near);
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static void bad_parameter(Elab *e, const AstParam *p, Span span, const char *why) {
    ELAB_ERROR(e, BAD_PARAMETER, span, p->name.text, why);
}

void elab_unknown_elem(Elab *e, AstName name) {
    Diag *d = ELAB_ERROR(e, UNKNOWN_ELEM, name.span, name.text);
    const char *names[ELEM_COUNT];
    for (int i = 0; i < ELEM_COUNT; i++)
        names[i] = elem_info((Elem)i)->text;
    const char *near = str_nearest(name.text, names, ELEM_COUNT);
    if (near) {
        ELAB_HINT(d, "did you mean `%s`?", near);
        ELAB_FIX(d, name.span, near);
        return;
    }
    Buf list = {NULL, 0, 0};
    for (int i = 0; i < ELEM_COUNT; i++)
        buf_printf(&list, "%s%s", i ? " " : "", names[i]);
    ELAB_HINT(d, "element types: %s", buf_text(&list));
    buf_free(&list);
}

int elab_param_elem(Elab *e, const AstParam *p) {
    int elem = elem_find(p->type.elem.text);
    if (elem < 0)
        elab_unknown_elem(e, p->type.elem);
    return elem;
}

const Type *elab_tensor_param_type(Elab *e, const AstParam *p, TypeKind kind, ElabSymbolFn *symbol, void *user) {
    bool csr = p->kind == AST_PARAM_CSR;
    int elem = csr ? ELEM_I32 : elab_param_elem(e, p);
    const Expr *dims[IR_MAX_RANK];
    int rank = p->type.dims.len;
    bool good = elem >= 0;
    for (int i = 0; i < rank; i++) {
        const Expr *dim = elab_dim(e, p->type.dims.data[i], symbol, user);
        if (i < IR_MAX_RANK)
            dims[i] = dim;
        good &= dim != NULL;
    }
    if (elem == ELEM_INDEX)
        bad_parameter(e, p, p->type.elem.span, "index is for scalars; a tensor of positions is i32 or i64");
    else if (rank > IR_MAX_RANK)
        bad_parameter(e, p, p->type.span, "a tensor has at most 8 dimensions");
    else if (csr && rank != 2)
        bad_parameter(e, p, p->type.span, "a csr matrix has two dimensions: csr[rows, columns]");
    else if (csr && p->direction != AST_DIR_IN)
        bad_parameter(e, p, p->type.span, "a csr matrix is `in`");
    else if (good)
        return type_get(e->module, csr ? TYPE_CSR : kind, (Elem)elem, rank, dims, p->strided);
    return NULL;
}

bool elab_scalar_default(Elab *e, const AstParam *p, Elem elem, Param *param) {
    if (!p->initial)
        return true;
    ElabValue v = elab_const_expr(e, p->initial);
    if (v.kind != EV_NUMBER)
        return false;
    if (!elab_number_fits(v.number, elem)) {
        ELAB_ERROR(e, NOT_EXACT, p->initial->span, elab_number_text(e, v.number), elem_info(elem)->text);
        return false;
    }
    param->has_default = true;
    if (elem_is_float(elem))
        param->default_float = v.number.kind == NUMBER_INT ? (double)v.number.i : elab_round_float(v.number.f, elem);
    else
        param->default_int = v.number.kind == NUMBER_FLOAT ? (int64_t)v.number.f : (int64_t)(uint64_t)v.number.i;
    return true;
}

static ParamDir param_dir(AstDirection d) {
    switch (d) {
    case AST_DIR_NONE: return DIR_NONE;
    case AST_DIR_IN: return DIR_IN;
    case AST_DIR_OUT: return DIR_OUT;
    case AST_DIR_INOUT: return DIR_INOUT;
    }
    return DIR_NONE;
}

static void const_param(Elab *e, ElabKernel *k, const AstParam *p, ElabParam *out) {
    if (strcmp(p->type.elem.text, "index") != 0 || p->type.has_dims)
        bad_parameter(e, p, p->type.span, "a const parameter has type index");
    Binding *b = elab_define_hiding(e, p->name, BIND_INDEX, elab_poison());
    out->position = k->func->nindex_params;
    out->value = func_add_index_param(k->func, p->name.text, true);
    out->type = out->value->type;
    elab_mark_static(e, out->value);
    if (b) {
        b->value = elab_from_value(e, out->value, true);
        b->is_const_index = true;
    }
}

static void tensor_param(Elab *e, ElabKernel *k, const AstParam *p, ElabParam *out) {
    out->type = elab_tensor_param_type(e, p, TYPE_VIEW, kernel_symbol, k);
    if (!p->strided)
        return;
    bad_parameter(e, p, p->strided_span, "@strided is for workloads; a kernel's parameter takes any view");
    out->type = NULL;
}

static void scalar_param(Elab *e, const AstParam *p, ElabParam *out) {
    int elem = elab_param_elem(e, p);
    if (elem >= 0)
        out->type = type_scalar(e->module, (Elem)elem);
}

/* Values of tensors and scalars, after all index parameters. */
static void define_param(Elab *e, ElabKernel *k, ElabParam *out) {
    const AstParam *p = out->ast;
    ElabValue v = elab_poison();
    if (out->type && p->kind == AST_PARAM_CSR) {
        elab_csr_param(e, k->func, out, TYPE_VIEW);
        v = (ElabValue){.kind = EV_VIEW, .elem = out->type->elem, .view = elab_csr_view(e, out)};
    } else if (out->type) {
        out->position = k->func->nparams;
        out->value = func_add_param(k->func, p->name.text, out->type, param_dir(p->direction));
        if (p->kind == AST_PARAM_SCALAR) {
            elab_scalar_default(e, p, out->type->elem, &k->func->params[out->position]);
            v = elab_from_value(e, out->value, true);
        } else {
            const ElabView *view =
                elab_whole_view(e, out->value, param_dir(p->direction), p->name.text, p->name.span, p->name.span);
            v = (ElabValue){.kind = EV_VIEW, .elem = out->type->elem, .view = view};
        }
    }
    elab_define_hiding(e, p->name, BIND_PARAM, v);
}

/* ---- signature --------------------------------------------------------------------------------------------------- */

static void add_extent_facts(Elab *e, const ElabKernel *k) {
    for (int i = 0; i < k->symbols.len; i++)
        if (k->symbols.data[i].value)
            facts_add_ge0(e->facts, expr_value(e->exprs, k->symbols.data[i].value));
    for (int p = 0; p < k->params.len; p++) {
        const Type *t = k->params.data[p].type;
        for (int d = 0; t && t->kind != TYPE_TILE && d < t->rank; d++)
            if (!facts_prove_ge0(e->facts, t->dims[d]))
                facts_add_ge0(e->facts, t->dims[d]);
    }
}

static void add_wheres(Elab *e, ElabKernel *k) {
    const AstExprList *where = &k->item->u.kernel.where;
    for (int i = 0; i < where->len; i++) {
        ElabValue v = elab_condition(e, where->data[i], "constraint");
        if (v.kind == EV_POISON)
            continue;
        if (!cond_as_ge0(e, v.cond)) {
            ELAB_ERROR(e, BAD_CONSTRAINT, where->data[i]->span);
            continue;
        }
        ElabWhere w = {.cond = v.cond, .span = where->data[i]->span};
        VEC_PUSH(e->arena, &k->wheres, w);
        cond_add_facts(e, v.cond, true);
    }
}

/* The context of a kernel's signature or body. */
static void enter_kernel(Elab *e, ElabKernel *k) {
    e->place = PLACE_KERNEL;
    e->kernel = k;
    e->workload = NULL;
    e->func = k->func;
    e->file = k->file;
    e->guard = NULL;
    e->inlining = NULL;
    e->facts = k->facts;
    e->b = builder_at_end(e->module, k->func->body);
    e->b.loc = k->func->loc;
    e->statics.data = k->statics.data;
    e->statics.len = k->statics.len;
    e->statics.cap = k->statics.cap;
}

static void leave_kernel(Elab *e, ElabKernel *k) {
    k->statics.data = e->statics.data;
    k->statics.len = e->statics.len;
    k->statics.cap = e->statics.cap;
    e->statics.data = NULL;
    e->statics.len = e->statics.cap = 0;
    e->place = PLACE_GLOBAL;
    e->kernel = NULL;
    e->scope = e->globals;
    e->facts = NULL;
}

static void check_param_names(Elab *e, ElabKernel *k) {
    const AstParamList *params = &k->item->u.kernel.params;
    for (int i = 0; i < params->len; i++) {
        ElabParam p = {.ast = &params->data[i], .position = -1};
        VEC_PUSH(e->arena, &k->params, p);
    }
    for (int i = 0; i < params->len; i++)
        if (params->data[i].kind == AST_PARAM_CONST)
            const_param(e, k, &params->data[i], &k->params.data[i]);
    for (int i = 0; i < params->len; i++) {
        AstParamKind kind = params->data[i].kind;
        if (kind == AST_PARAM_TENSOR || kind == AST_PARAM_CSR)
            tensor_param(e, k, &params->data[i], &k->params.data[i]);
        else if (kind == AST_PARAM_SCALAR)
            scalar_param(e, &params->data[i], &k->params.data[i]);
    }
}

void elab_kernel_signature(Elab *e, Binding *binding) {
    ElabKernel *k = ARENA_NEW(e->arena, ElabKernel);
    binding->kernel = k;
    k->item = binding->item;
    k->file = e->file;
    k->name = binding->name;
    k->facts = facts_create(e->arena, e->exprs);
    k->func = build_func(e->module, FUNC_KERNEL, k->name, elab_loc(e, binding->span));
    VEC_PUSH(e->arena, &e->kernels, k);
    int errors = diag_error_count(e->dc);
    enter_kernel(e, k);
    e->scope = e->globals;
    elab_scope_push(e);
    k->scope = e->scope;
    check_param_names(e, k);
    for (int i = 0; i < k->symbols.len; i++)
        bind_symbol(e, k, &k->symbols.data[i]);
    for (int i = 0; i < k->params.len; i++)
        if (k->params.data[i].ast->kind == AST_PARAM_CSR && k->params.data[i].type)
            elab_csr_entries(e, k->func, &k->params.data[i]);
    for (int i = 0; i < k->params.len; i++)
        if (k->params.data[i].ast->kind != AST_PARAM_CONST)
            define_param(e, k, &k->params.data[i]);
    add_extent_facts(e, k);
    add_wheres(e, k);
    k->broken = diag_error_count(e->dc) != errors;
    leave_kernel(e, k);
}

/* ---- body -------------------------------------------------------------------------------------------------------- */

/* What `where` says holds in the body: passes see it as an assumption. */
static void emit_assumptions(Elab *e, const ElabKernel *k) {
    ExprVec exprs = {0};
    for (int i = 0; i < k->wheres.len; i++)
        cond_conjuncts(e, k->wheres.data[i].cond, &exprs);
    if (exprs.len == 0)
        return;
    elab_at(e, k->wheres.data[0].span);
    build_op(&e->b, OP_ASSUME, NULL, 0, exprs.data, exprs.len, NULL, 0, 0);
}

void elab_kernel_body(Elab *e, ElabKernel *k) {
    enter_kernel(e, k);
    e->scope = k->scope;
    emit_assumptions(e, k);
    elab_kernel_block(e, k->item->u.kernel.body);
    leave_kernel(e, k);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

typedef struct CallIndex {
    const ElabKernel *kernel;
    const Expr *const *index;
} CallIndex;

static const Expr *call_leaf(void *user, Value *v) {
    const CallIndex *call = user;
    const Func *f = call->kernel->func;
    for (int i = 0; i < f->nindex_params; i++)
        if (f->index_params[i].value == v)
            return call->index[i];
    return NULL;
}

static bool guard_refuted(Elab *e, const ElabGuard *guard, CallIndex *call) {
    for (; guard; guard = guard->outer) {
        int decided = cond_decide(e, cond_substitute(e, guard->cond, call_leaf, call));
        if (decided == (guard->polarity ? -1 : 1))
            return true;
    }
    return false;
}

void elab_kernel_check_call(Elab *e, const ElabKernel *k, const Expr *const *index, Span call) {
    CallIndex user = {.kernel = k, .index = index};
    for (int i = 0; i < k->constraints.len; i++) {
        const ElabConstraint *c = &k->constraints.data[i];
        if (guard_refuted(e, c->guard, &user))
            continue;
        if (cond_decide(e, cond_substitute(e, c->cond, call_leaf, &user)) > 0)
            continue;
        Diag *d = ELAB_ERROR(e, CONSTRAINT_FAILED, call, k->name, c->text);
        ELAB_NOTE(d, c->span, "required here, in kernel `%s`", k->name);
        return;
    }
}
