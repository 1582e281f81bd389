/* Calls of kernels and workloads: arguments to operands, symbols to index expressions, everything else to checks. */
#include "frontend/elab_workload.h"

/* ---- the callee ------------------------------------------------------------------------------------------------ */
static bool workload_reaches(const ElabWorkload *from, const ElabWorkload *to, int depth) {
    if (from == to)
        return true;
    for (int i = 0; depth > 0 && i < from->edges.len; i++)
        if (workload_reaches(from->edges.data[i].callee, to, depth - 1))
            return true;
    return false;
}

/* False (reported) when the call would make a workload call itself, directly or not. */
static bool callee_is_acyclic(Elab *e, ElabWorkload *callee, Span span) {
    if (workload_reaches(callee, e->workload, e->workloads.len)) {
        Diag *d = ELAB_ERROR(e, WORKLOAD_RECURSION, span, e->workload->name);
        if (callee != e->workload && callee->edges.len > 0)
            ELAB_NOTE(d, callee->edges.data[0].span, "`%s` calls on from here", callee->name);
        return false;
    }
    VEC_PUSH(e->arena, &e->workload->edges, (WorkloadEdge){callee, span});
    return true;
}

static bool callee_of_kernel(Callee *c, const ElabKernel *k) {
    if (!k)
        return false;
    *c = (Callee){.name = k->name,
                  .span = k->item->name.span,
                  .func = k->func,
                  .params = k->params.data,
                  .nparams = k->params.len,
                  .symbols = k->symbols.data,
                  .nsymbols = k->symbols.len,
                  .kernel = k,
                  .broken = k->broken};
    return true;
}

static bool callee_of_workload(Callee *c, ElabWorkload *w) {
    if (!w)
        return false;
    *c = (Callee){.name = w->name,
                  .span = w->item->name.span,
                  .func = w->func,
                  .params = w->params.data,
                  .nparams = w->params.len,
                  .symbols = w->symbols.data,
                  .nsymbols = w->symbols.len,
                  .workload = w,
                  .broken = w->broken};
    return true;
}

static const char *binding_text(BindingKind kind) {
    switch (kind) {
    case BIND_VALUE: return "a local name";
    case BIND_INDEX: return "an index";
    case BIND_PARAM: return "a parameter";
    case BIND_TEMP: return "a temp";
    case BIND_VAR: return "a variable";
    case BIND_CONST: return "a constant";
    case BIND_FUNC: return "a func";
    case BIND_KERNEL: return "a kernel";
    case BIND_WORKLOAD: return "a workload";
    case BIND_CHANNEL: return "a channel";
    }
    return "";
}

static bool callee_find(Elab *e, const AstExpr *call, Callee *callee) {
    const AstExpr *x = call->u.call.callee;
    if (x->kind != AST_EXPR_NAME) {
        ELAB_ERROR(e, CALL_NOT_CALLABLE, x->span, elab_source_text(e, x->span), "no name");
        return false;
    }
    Binding *b = elab_resolve(e, (AstName){x->u.name, x->span});
    if (!b)
        return false;
    if (b->kind == BIND_KERNEL)
        return callee_of_kernel(callee, b->kernel);
    if (b->kind == BIND_WORKLOAD)
        return b->workload && callee_is_acyclic(e, b->workload, call->span) && callee_of_workload(callee, b->workload);
    if (!b->broken)
        report_note(ELAB_ERROR(e, CALL_NOT_CALLABLE, x->span, b->name, binding_text(b->kind)), b->span,
                    "`%s` is defined here", b->name);
    return false;
}

/* ---- the call -------------------------------------------------------------------------------------------------- */
/* The callee is not known: mistakes within the arguments are still worth a report. */
static void evaluate_anyway(Elab *e, const AstExpr *call) {
    const AstArgList *list = &call->u.call.args;
    for (int i = 0; i < list->len; i++)
        if (list->data[i].value && !list->data[i].length)
            elab_expr(e, list->data[i].value);
}

static const Op *call_emit(Elab *e, const CallBinding *cb) {
    const Callee *callee = cb->callee;
    Value **operands = ARENA_ARRAY(e->arena, Value *, callee->func->nparams + 1);
    for (int i = 0; i < callee->nparams; i++) {
        CallArg *arg = &cb->args[i];
        if (callee->params[i].ast->kind == AST_PARAM_CONST)
            continue;
        elab_at(e, arg->span);
        if (arg->csr)
            operands[callee->params[i].position + 1] = arg->csr->columns;
        operands[callee->params[i].position] = arg->view ? elab_view_value(e, arg->view) : arg->value;
    }
    elab_at(e, cb->span);
    Op *op =
        build_op(&e->b, OP_CALL, operands, callee->func->nparams, cb->index, callee->func->nindex_params, NULL, 0, 0);
    op_set_str(e->module, op, ATTR_CALLEE, callee->func->name);
    for (int i = 0; i < callee->nparams; i++)
        if (cb->args[i].view && !cb->args[i].csr)
            workload_note_access(e, op, callee->params[i].position, cb->args[i].span);
    return op;
}

void workload_call(Elab *e, const AstExpr *call) {
    Callee callee;
    if (!callee_find(e, call, &callee)) {
        evaluate_anyway(e, call);
        return;
    }
    CallArg *args = ARENA_ARRAY(e->arena, CallArg, callee.nparams + 1);
    if (!call_match_args(e, &callee, call, args)) {
        evaluate_anyway(e, call);
        return;
    }
    CallBinding cb = {.e = e, .callee = &callee, .args = args, .span = call->span, .poisoned = callee.broken};
    for (int i = 0; i < callee.nparams; i++) {
        call_evaluate_arg(e, &callee, &callee.params[i], &args[i]);
        cb.poisoned |= args[i].poisoned;
    }
    if (cb.poisoned)
        return;
    elab_at(e, call->span);
    if (!call_bind_symbols(&cb))
        return;
    int errors = diag_error_count(e->dc);
    call_check_extents(&cb);
    if (diag_error_count(e->dc) == errors)
        call_check_wheres(&cb);
    const Op *op = call_emit(e, &cb);
    if (diag_error_count(e->dc) == errors)
        call_check_aliases(e, &callee, args, op);
}
