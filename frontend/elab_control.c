/* Statements of kernels: let, var, assignment, for, if, calls. Variables become SSA values: a loop carries every var
 * that its body
 * assigns, an if yields every var that a branch assigns. */
#include "frontend/elab_internal.h"

typedef VEC(Binding *) BindingVec;

static void kernel_stmt(Elab *e, const AstStmt *s);

void elab_kernel_block(Elab *e, const AstBlock *block) {
    int mark = facts_mark(e->facts);
    elab_scope_push(e);
    for (int i = 0; i < block->stmts.len; i++)
        kernel_stmt(e, block->stmts.data[i]);
    elab_scope_pop(e);
    facts_release(e->facts, mark);
}

/* ---- let, var ---------------------------------------------------------------------------------------------------- */

void elab_name_value(ElabValue v, const char *name) {
    Value *value = v.value;
    if (v.kind == EV_INDEX && v.expr->kind == EXPR_VALUE)
        value = v.expr->value;
    if (value && value->def && !value->name && name[0] != '_')
        value->name = name;
}

/* The values on the right of a let, var or assignment, views loaded. */
static ElabValue *right_side(Elab *e, const AstStmt *s) {
    int n = s->u.bind.names.len;
    const AstExpr *x = s->u.bind.value;
    ElabValue *values = ARENA_ARRAY(e->arena, ElabValue, n);
    elab_expr_values(e, x, values, n);
    for (int i = 0; i < n; i++) {
        if (values[i].kind == EV_VIEW)
            values[i] = elab_load(e, values[i].view, x->span);
        if (values[i].kind != EV_ELEM && values[i].kind != EV_VOID)
            continue;
        ELAB_ERROR(e, WRONG_KIND, x->span, "right side", "a value", elab_value_text(e, &values[i]));
        values[i] = elab_poison();
    }
    return values;
}

void elab_let(Elab *e, const AstStmt *s) {
    ElabValue *values = right_side(e, s);
    for (int i = 0; i < s->u.bind.names.len; i++) {
        elab_name_value(values[i], s->u.bind.names.data[i].text);
        elab_define(e, s->u.bind.names.data[i], BIND_VALUE, values[i]);
    }
}

/* A var has a type from the start: a float literal is f32, an integer literal an index. */
static ElabValue var_start(Elab *e, ElabValue v, Span span) {
    if (v.kind != EV_NUMBER)
        return v;
    if (v.number.kind == NUMBER_INT && elab_number_fits(v.number, ELEM_I64))
        return v;
    elab_at(e, span);
    return elab_from_value(e, elab_value(e, v, -1, span), true);
}

static void stmt_var(Elab *e, const AstStmt *s) {
    ElabValue *values = right_side(e, s);
    for (int i = 0; i < s->u.bind.names.len; i++) {
        ElabValue v = var_start(e, values[i], s->u.bind.value->span);
        if (v.kind == EV_NUMBER && v.number.kind == NUMBER_BOOL)
            v = (ElabValue){.kind = EV_TILE,
                            .scalar = true,
                            .elem = ELEM_BOOL,
                            .cond = cond_ge0(e, expr_const(e->exprs, (int64_t)v.number.i - 1))};
        elab_name_value(v, s->u.bind.names.data[i].text);
        elab_define(e, s->u.bind.names.data[i], BIND_VAR, v);
    }
}

/* ---- assignment -------------------------------------------------------------------------------------------------- */

static ElabValue changes_type(Elab *e, const Binding *b, ElabValue v, Span span) {
    ElabValue old = b->value;
    if (old.kind == EV_NUMBER)
        old = (ElabValue){.kind = EV_INDEX};
    Diag *d = ELAB_ERROR(e, VAR_CHANGES_TYPE, span, b->name, elab_value_text(e, &old), elab_value_text(e, &v));
    ELAB_NOTE(d, b->span, "`%s` is defined here", b->name);
    if (old.kind == EV_TILE && v.kind == EV_TILE && old.elem != v.elem)
        ELAB_HINT(d, "convert the value: tl.cast(x, %s)", elem_info(old.elem)->text);
    return elab_poison();
}

static ElabValue assign_tile(Elab *e, const Binding *b, ElabValue v, Span span) {
    const Type *want = b->value.value->type, *found = v.value->type;
    for (int d = 0; d < 2; d++) {
        const Expr *w = want->dims[d], *f = found->dims[d];
        bool later = elab_expr_has_static(e, expr_sub(e->exprs, w, f)) && !elab_extents_differ(e, w, f);
        if (!elab_same_extent(e, w, f) && !later)
            return changes_type(e, b, v, span);
    }
    Value *value = v.value;
    return elab_require_type(e, &value, want, span) ? elab_from_value(e, value, false) : elab_poison();
}

/* `v` as a new value of the var: of its element type and shape. */
static ElabValue assign_value(Elab *e, const Binding *b, ElabValue v, Span span) {
    ElabValue old = b->value;
    if (old.kind == EV_POISON || v.kind == EV_POISON)
        return elab_poison();
    bool integer = v.kind == EV_INDEX || (v.kind == EV_NUMBER && v.number.kind == NUMBER_INT) ||
                   (v.kind == EV_TILE && v.scalar && elem_is_int(v.elem));
    if (old.kind == EV_INDEX || old.kind == EV_NUMBER) {
        const Expr *x = integer ? elab_index_of(e, v, span, "value") : NULL;
        return x ? elab_from_expr(e, x) : changes_type(e, b, v, span);
    }
    elab_at(e, span);
    if (old.scalar && (v.kind == EV_NUMBER || v.kind == EV_INDEX))
        return elab_from_value(e, elab_value(e, v, (int)old.elem, span), true);
    if (v.kind != EV_TILE || v.elem != old.elem || v.scalar != old.scalar)
        return changes_type(e, b, v, span);
    return old.scalar ? v : assign_tile(e, b, v, span);
}

static void assign_name(Elab *e, AstName name, ElabValue v, Span span) {
    if (ast_name_discards(name))
        return;
    Binding *b = elab_resolve(e, name);
    if (!b)
        return;
    if (b->kind != BIND_VAR) {
        Diag *d = ELAB_ERROR(e, NOT_A_VAR, name.span, name.text);
        ELAB_NOTE(d, b->span, "`%s` is defined here", name.text);
        if (b->kind == BIND_PARAM && b->value.kind == EV_VIEW)
            ELAB_HINT(d, "to write to memory use `tl.store(%s, ...)`", name.text);
        return;
    }
    b->value = assign_value(e, b, v, span);
    elab_name_value(b->value, name.text);
}

static void stmt_assign(Elab *e, const AstStmt *s) {
    ElabValue *values = right_side(e, s);
    for (int i = 0; i < s->u.bind.names.len; i++)
        assign_name(e, s->u.bind.names.data[i], values[i], s->u.bind.value->span);
}

/* ---- vars through control flow ----------------------------------------------------------------------------------- */

static void collect_assigned(Elab *e, const AstBlock *block, BindingVec *out);

static void collect_name(Elab *e, AstName name, BindingVec *out) {
    Binding *b = elab_lookup(e, name.text);
    if (!b || b->kind != BIND_VAR || b->value.kind == EV_POISON)
        return;
    for (int i = 0; i < out->len; i++)
        if (out->data[i] == b)
            return;
    VEC_PUSH(e->arena, out, b);
}

static void collect_stmt(Elab *e, const AstStmt *s, BindingVec *out) {
    if (s->kind == AST_STMT_ASSIGN) {
        for (int i = 0; i < s->u.bind.names.len; i++)
            collect_name(e, s->u.bind.names.data[i], out);
    } else if (s->kind == AST_STMT_FOR) {
        collect_assigned(e, s->u.loop.body, out);
    } else if (s->kind == AST_STMT_IF) {
        for (int i = 0; i < s->u.branch.arms.len; i++)
            collect_assigned(e, s->u.branch.arms.data[i].body, out);
        if (s->u.branch.else_body)
            collect_assigned(e, s->u.branch.else_body, out);
    }
}

/* The vars visible here that the block assigns (names of inner vars differ: nothing shadows). */
static void collect_assigned(Elab *e, const AstBlock *block, BindingVec *out) {
    for (int i = 0; i < block->stmts.len; i++)
        collect_stmt(e, block->stmts.data[i], out);
}

/* The present value of a var as IR. */
static Value *var_value(Elab *e, const Binding *b, Span span) {
    if (b->value.kind == EV_POISON)
        return NULL;
    return elab_value(e, b->value, b->value.kind == EV_NUMBER ? ELEM_INDEX : -1, span);
}

static void save_values(Elab *e, const BindingVec *vars, ElabValue **saved) {
    *saved = ARENA_ARRAY(e->arena, ElabValue, vars->len);
    for (int i = 0; i < vars->len; i++)
        (*saved)[i] = vars->data[i]->value;
}

static void restore_values(const BindingVec *vars, const ElabValue *saved) {
    for (int i = 0; i < vars->len; i++)
        vars->data[i]->value = saved[i];
}

/* Ends a region with the values of the vars, each of its type. */
static void yield_vars(Elab *e, const BindingVec *vars, const Type *const *types, Span span) {
    if (vars->len == 0)
        return;
    Value **values = ARENA_ARRAY(e->arena, Value *, vars->len);
    elab_at(e, span);
    for (int i = 0; i < vars->len; i++) {
        values[i] = var_value(e, vars->data[i], span);
        if (!values[i])
            return; /* a mistake was reported: the region stays without an end */
        values[i] = elab_retype(e, values[i], types[i]);
    }
    build_yield(&e->b, values, vars->len);
}

static void take_results(Elab *e, const BindingVec *vars, Op *op, const ElabValue *before) {
    for (int i = 0; i < vars->len; i++) {
        Binding *b = vars->data[i];
        op->results[i]->name = b->name;
        bool poisoned = b->value.kind == EV_POISON;
        b->value = poisoned ? elab_poison() : elab_from_value(e, op->results[i], before[i].scalar);
    }
}

/* ---- for --------------------------------------------------------------------------------------------------------- */

typedef struct LoopBounds {
    const Expr *lo, *hi, *step;
} LoopBounds;

static bool check_step(Elab *e, const Expr *step, Span span) {
    const Expr *positive = expr_add_const(e->exprs, step, -1);
    if (facts_prove_ge0(e->facts, positive))
        return true;
    if (facts_prove_lt(e->facts, positive, expr_const(e->exprs, 0))) {
        ELAB_ERROR(e, BAD_STEP, span, elab_expr_text(e, step));
        return false;
    }
    if (elab_expr_is_static(e, step)) {
        elab_add_constraint(
            e, cond_ge0(e, positive), span,
            arena_printf(e->arena, "the step of a loop must be positive, found %s", elab_expr_text(e, step)));
    } else if (e->options->checks == PROGRAM_CHECKS_FULL) {
        const char *text =
            arena_printf(e->arena, "%s: the step of a loop must be positive, found {0}", elab_source_text(e, span));
        build_check(&e->b, "BOUNDS", "full", text, positive, &step, 1);
    }
    return true;
}

static bool loop_bounds(Elab *e, const AstAxis *axis, LoopBounds *out) {
    *out = (LoopBounds){.lo = expr_const(e->exprs, 0), .step = expr_const(e->exprs, 1)};
    if (axis->lo)
        out->lo = elab_index(e, axis->lo, "loop bound");
    out->hi = elab_index(e, axis->hi, "loop bound");
    if (axis->step)
        out->step = elab_index(e, axis->step, "loop step");
    return out->lo && out->hi && out->step && (!axis->step || check_step(e, out->step, axis->step->span));
}

/* The index and, for blocks, the length min(step, hi - j). */
static void define_axis(Elab *e, const AstAxis *axis, Value *index, const LoopBounds *bounds) {
    ExprTable *t = e->exprs;
    if (!bounds) {
        elab_define(e, axis->index, BIND_INDEX, elab_poison());
        elab_define(e, axis->length, BIND_VALUE, elab_poison());
        elab_define(e, axis->position, BIND_VALUE, elab_poison());
        return;
    }
    const Expr *j = expr_value(t, index);
    elab_loop_facts(e, j, bounds->lo, bounds->hi, bounds->step);
    elab_define(e, axis->index, BIND_INDEX, elab_from_expr(e, j));
    if (axis->kind != AST_AXIS_BLOCK)
        return;
    const Expr *m = elab_simplify(e, expr_min(t, bounds->step, expr_sub(t, bounds->hi, j)));
    if (!expr_is_const(m, NULL)) {
        facts_add_le(e->facts, expr_const(t, 1), m);
        facts_add_le(e->facts, m, bounds->step);
    }
    elab_define(e, axis->length, BIND_VALUE, elab_from_expr(e, m));
}

/* A loop with a mistake in its head: the body is still checked. */
static void broken_loop(Elab *e, const AstAxis *axis, const AstBlock *body) {
    BindingVec vars = {0};
    collect_assigned(e, body, &vars);
    elab_scope_push(e);
    define_axis(e, axis, NULL, NULL);
    elab_kernel_block(e, body);
    elab_scope_pop(e);
    for (int i = 0; i < vars.len; i++)
        vars.data[i]->value = elab_poison();
}

static void loop_body(Elab *e, const AstStmt *s, Op *op, const LoopBounds *bounds, const BindingVec *vars,
                      const Type *const *types, const ElabValue *before) {
    Builder outside = e->b;
    Region *region = op->regions[0];
    int mark = facts_mark(e->facts);
    Value *index = region_add_arg(e->module, region, type_index(e->module), s->u.loop.axis.index.text);
    for (int i = 0; i < vars->len; i++) {
        Value *arg = region_add_arg(e->module, region, types[i], vars->data[i]->name);
        vars->data[i]->value = elab_from_value(e, arg, before[i].scalar);
    }
    e->b = builder_at_end(e->module, region);
    e->b.loc = outside.loc;
    elab_scope_push(e);
    define_axis(e, &s->u.loop.axis, index, bounds);
    elab_kernel_block(e, s->u.loop.body);
    elab_scope_pop(e);
    yield_vars(e, vars, types, s->word);
    facts_release(e->facts, mark);
    e->b = outside;
}

static void stmt_for(Elab *e, const AstStmt *s) {
    const AstAxis *axis = &s->u.loop.axis;
    LoopBounds bounds;
    elab_at(e, s->word);
    bool good = axis->kind != AST_AXIS_PAIR;
    if (!good)
        ELAB_ERROR(e, WRONG_PLACE, axis->span, "a loop over a csr row", "kernel");
    if (!good || !loop_bounds(e, axis, &bounds)) {
        broken_loop(e, axis, s->u.loop.body);
        return;
    }
    BindingVec vars = {0};
    collect_assigned(e, s->u.loop.body, &vars);
    ElabValue *before;
    save_values(e, &vars, &before);
    Value **operands = ARENA_ARRAY(e->arena, Value *, vars.len);
    const Type **types = ARENA_ARRAY(e->arena, const Type *, vars.len);
    elab_at(e, s->word);
    for (int i = 0; i < vars.len; i++) {
        operands[i] = var_value(e, vars.data[i], s->word);
        types[i] = operands[i]->type;
    }
    const Expr *exprs[3] = {bounds.lo, bounds.hi, bounds.step};
    Op *op = build_op(&e->b, OP_FOR, operands, vars.len, exprs, 3, types, vars.len, 1);
    loop_body(e, s, op, &bounds, &vars, types, before);
    take_results(e, &vars, op, before);
}

/* ---- if ---------------------------------------------------------------------------------------------------------- */

bool cond_is_static(Elab *e, const ElabCond *c) {
    switch (c->kind) {
    case COND_TRUE:
    case COND_FALSE: return true;
    case COND_GE0:
    case COND_EQ0: return elab_expr_is_static(e, c->a);
    case COND_VALUE: return false;
    case COND_NOT: return cond_is_static(e, c->left);
    case COND_AND:
    case COND_OR: break;
    }
    return cond_is_static(e, c->left) && cond_is_static(e, c->right);
}

typedef struct Branch {
    const AstStmt *stmt;
    int arm;
    const ElabCond *cond;
    const BindingVec *vars;
    const Type *const *types;
} Branch;

static void stmt_if_arm(Elab *e, const AstStmt *s, int arm);

static void branch_region(Elab *e, const Branch *b, Region *region, bool then) {
    Builder outside = e->b;
    const AstStmt *s = b->stmt;
    int mark = facts_mark(e->facts);
    ElabGuard guard = {.cond = b->cond, .polarity = then, .outer = e->guard};
    const ElabGuard *outer = e->guard;
    if (b->cond && cond_is_static(e, b->cond)) {
        ElabGuard *kept = ARENA_NEW(e->arena, ElabGuard); /* constraints keep it */
        *kept = guard;
        e->guard = kept;
    }
    if (b->cond)
        cond_add_facts(e, b->cond, then);
    e->b = builder_at_end(e->module, region);
    e->b.loc = outside.loc;
    if (then)
        elab_kernel_block(e, s->u.branch.arms.data[b->arm].body);
    else if (b->arm + 1 < s->u.branch.arms.len)
        stmt_if_arm(e, s, b->arm + 1);
    else if (s->u.branch.else_body)
        elab_kernel_block(e, s->u.branch.else_body);
    yield_vars(e, b->vars, b->types, s->word);
    facts_release(e->facts, mark);
    e->guard = outer;
    e->b = outside;
}

static void collect_arms(Elab *e, const AstStmt *s, int arm, BindingVec *vars) {
    for (int i = arm; i < s->u.branch.arms.len; i++)
        collect_assigned(e, s->u.branch.arms.data[i].body, vars);
    if (s->u.branch.else_body)
        collect_assigned(e, s->u.branch.else_body, vars);
}

static void stmt_if_arm(Elab *e, const AstStmt *s, int arm) {
    const AstExpr *cond = s->u.branch.arms.data[arm].cond;
    elab_at(e, cond->span);
    ElabValue c = elab_condition(e, cond, "condition of if");
    BindingVec vars = {0};
    collect_arms(e, s, arm, &vars);
    ElabValue *before, *after_then;
    const Type **types = ARENA_ARRAY(e->arena, const Type *, vars.len);
    elab_at(e, cond->span);
    for (int i = 0; i < vars.len; i++) { /* index constants get a value before the branches: both sides may keep it */
        Value *v = var_value(e, vars.data[i], s->word);
        types[i] = v->type;
        if (vars.data[i]->value.kind == EV_TILE)
            vars.data[i]->value.value = v;
    }
    save_values(e, &vars, &before);
    bool good = c.kind != EV_POISON;
    Value *operand = good ? elab_value(e, c, ELEM_BOOL, cond->span) : build_const_int(&e->b, ELEM_BOOL, 1);
    Op *op = build_op(&e->b, OP_IF, &operand, 1, NULL, 0, types, vars.len, 2);
    Branch branch = {.stmt = s, .arm = arm, .cond = good ? c.cond : NULL, .vars = &vars, .types = types};
    branch_region(e, &branch, op->regions[0], true);
    save_values(e, &vars, &after_then);
    restore_values(&vars, before);
    branch_region(e, &branch, op->regions[1], false);
    for (int i = 0; i < vars.len; i++)
        if (after_then[i].kind == EV_POISON)
            vars.data[i]->value = elab_poison();
    take_results(e, &vars, op, before);
}

/* ---- calls and the rest ------------------------------------------------------------------------------------------ */

static void stmt_call(Elab *e, const AstStmt *s) {
    const AstExpr *call = s->u.call;
    elab_at(e, s->span);
    if (elab_is_common_call(call)) {
        elab_common_call(e, call);
        return;
    }
    ElabResults r = elab_call(e, call);
    if (!r.failed && r.n > 0)
        ELAB_ERROR(e, UNUSED_RESULT, call->span, elab_source_text(e, call->u.call.callee->span));
}

static void wrong_place(Elab *e, const AstStmt *s) {
    Diag *d =
        ELAB_ERROR(e, WRONG_PLACE, s->word, arena_printf(e->arena, "`%s`", elab_source_text(e, s->word)), "kernel");
    if (s->kind == AST_STMT_RETURN)
        ELAB_HINT(d, "kernels give their results by tl.store to `out` parameters");
}

static void kernel_stmt(Elab *e, const AstStmt *s) {
    switch (s->kind) {
    case AST_STMT_LET: elab_let(e, s); return;
    case AST_STMT_VAR: stmt_var(e, s); return;
    case AST_STMT_ASSIGN: stmt_assign(e, s); return;
    case AST_STMT_FOR: stmt_for(e, s); return;
    case AST_STMT_IF: stmt_if_arm(e, s, 0); return;
    case AST_STMT_CALL: stmt_call(e, s); return;
    case AST_STMT_PARALLEL:
    case AST_STMT_TIER:
    case AST_STMT_TEMP:
    case AST_STMT_RETURN:
    case AST_STMT_PIPE:
    case AST_STMT_CHANNEL:
    case AST_STMT_PROCESS:
    case AST_STMT_SEND:
    case AST_STMT_RECEIVE: wrong_place(e, s); return;
    }
}
