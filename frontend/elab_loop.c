/* Loops and tiers of workloads. */
#include "frontend/elab_workload.h"

/* ---- axes ------------------------------------------------------------------------------------------------------ */
/* Bounds of one axis; NULL expressions after a mistake. */
typedef struct AxisBounds {
    const Expr *lo, *hi, *step;
    CsrRow row; /* of a csr matrix, if row.csr is set: the loop runs over its places */
} AxisBounds;

static AxisBounds axis_bounds(Elab *e, const AstAxis *axis) {
    AxisBounds bounds = {expr_const(e->exprs, 0), NULL, expr_const(e->exprs, 1), {NULL, NULL, NULL}};
    const ElabParam *csr = workload_csr_param(e, axis->hi);
    if (csr && (axis->kind == AST_AXIS_COUNT || axis->kind == AST_AXIS_PAIR)) {
        if (workload_csr_row(e, axis->hi, csr, &bounds.row))
            bounds.hi = bounds.row.length;
        return bounds;
    }
    if (axis->kind == AST_AXIS_PAIR) {
        ELAB_ERROR(e, WRONG_KIND, axis->hi->span, "bound of a loop over (position, index)", "one row of a csr matrix",
                   arena_printf(e->arena, "`%s`", elab_source_text(e, axis->hi->span)));
        return bounds;
    }
    if (axis->lo)
        bounds.lo = elab_index(e, axis->lo, "loop bound");
    bounds.hi = elab_index(e, axis->hi, "loop bound");
    if (axis->step)
        bounds.step = elab_index(e, axis->step, "loop step");
    if (!bounds.step)
        return bounds;
    const Expr *ge0 = expr_add_const(e->exprs, bounds.step, -1);
    int64_t c;
    if (facts_upper_const(e->facts, bounds.step, &c) && c < 1) {
        ELAB_ERROR(e, BAD_STEP, axis->step->span, elab_expr_text(e, bounds.step));
        bounds.step = NULL;
    } else if (axis->step) {
        const char *text =
            arena_printf(e->arena, "the step %s = {0} is not positive", elab_source_text(e, axis->step->span));
        workload_check_ge0(e, ge0, "BOUNDS", text, &bounds.step, 1);
        facts_add_ge0(e->facts, ge0);
    }
    return bounds;
}

static void axis_define_index(Elab *e, AstName name, const Expr *value, bool parallel) {
    elab_define(e, name, BIND_INDEX, value ? elab_from_expr(e, value) : elab_poison());
    if (!name.text || ast_name_discards(name))
        return;
    WorkloadAxis axis = {name, value, parallel};
    VEC_PUSH(e->arena, &e->workload->axes, axis);
    if (value)
        VEC_PUSH(e->arena, &e->workload->loops, axis);
}

/* The op of one axis, and entry into its body with its names defined. */
static Op *axis_open(Elab *e, const AstAxis *axis, OpCode code, WorkloadPlace *saved) {
    elab_at(e, axis->span);
    AxisBounds b = axis_bounds(e, axis);
    bool ok = b.lo && b.hi && b.step;
    const Expr *zero = expr_const(e->exprs, 0), *one = expr_const(e->exprs, 1);
    const Expr *exprs[3] = {ok ? b.lo : zero, ok ? b.hi : one, ok ? b.step : one};
    elab_at(e, axis->span);
    Op *op = build_op(&e->b, code, NULL, 0, exprs, 3, NULL, 0, 1);
    bool pair = axis->kind == AST_AXIS_PAIR;
    const AstName counted = pair ? axis->position : axis->index;
    Value *arg = region_add_arg(e->module, op->regions[0], type_index(e->module), counted.text);
    const Expr *index = expr_value(e->exprs, arg);
    *saved = workload_enter(e, op->regions[0]);
    if (ok)
        elab_loop_facts(e, index, b.lo, b.hi, b.step);
    if (pair)
        axis_define_index(e, axis->position, ok ? index : NULL, code == OP_PARALLEL);
    const Expr *column = ok && b.row.csr ? workload_csr_column(e, &b.row, index) : index;
    axis_define_index(e, axis->index, ok ? column : NULL, code == OP_PARALLEL);
    if (axis->kind == AST_AXIS_BLOCK) {
        ElabValue length = elab_poison();
        if (ok) {
            const Expr *rest = expr_sub(e->exprs, b.hi, index);
            length = elab_from_expr(e, elab_simplify(e, expr_min(e->exprs, b.step, rest)));
        }
        elab_define(e, axis->length, BIND_VALUE, length);
    }
    return op;
}

void workload_for(Elab *e, const AstStmt *s) {
    WorkloadPlace saved;
    axis_open(e, &s->u.loop.axis, OP_FOR, &saved);
    workload_block(e, s->u.loop.body);
    workload_leave(e, saved);
}

/* ---- parallel -------------------------------------------------------------------------------------------------- */
/* Statements of `parallel { }` are compared with each other, so their first ops are remembered. */
static void parallel_statements(Elab *e, const AstStmt *s) {
    elab_at(e, s->word);
    Op *op = build_op(&e->b, OP_CONCURRENT, NULL, 0, NULL, 0, NULL, 0, 1);
    op_set_bool(e->module, op, ATTR_DISJOINT, s->u.parallel.disjoint);
    WorkloadPlace saved = workload_enter(e, op->regions[0]);
    const AstBlock *body = s->u.parallel.body;
    for (int i = 0; i < body->stmts.len; i++) {
        const Op *before = e->b.region->last;
        AstBlock one = {body->stmts.data[i]->span, {&body->stmts.data[i], 1, 1}};
        workload_block(e, &one);
        const Op *first = before ? before->next : e->b.region->first;
        if (first)
            VEC_PUSH(e->arena, &e->workload->starts, (StatementStart){first});
    }
    workload_leave(e, saved);
}

void workload_parallel(Elab *e, const AstStmt *s) {
    const AstAxisList *axes = &s->u.parallel.axes;
    if (axes->len == 0) {
        parallel_statements(e, s);
        return;
    }
    WorkloadPlace *saved = ARENA_ARRAY(e->arena, WorkloadPlace, axes->len);
    for (int i = 0; i < axes->len; i++) {
        Op *op = axis_open(e, &axes->data[i], OP_PARALLEL, &saved[i]);
        op_set_bool(e->module, op, ATTR_DISJOINT, s->u.parallel.disjoint);
    }
    workload_block(e, s->u.parallel.body);
    for (int i = axes->len - 1; i >= 0; i--)
        workload_leave(e, saved[i]);
}

/* ---- tier ------------------------------------------------------------------------------------------------------ */
/* Constants, ascending; false after a mistake. */
static bool tier_limits(Elab *e, const AstStmt *s, int64_t *limits) {
    const AstExprList *list = &s->u.tier.limits;
    bool ok = true;
    for (int i = 0; i < list->len; i++) {
        const AstExpr *x = list->data[i];
        const Expr *limit = elab_const_index(e, x, "tier");
        if (!limit) {
            ok = false;
            continue;
        }
        if (!expr_is_const(limit, &limits[i])) {
            ELAB_ERROR(e, NOT_CONSTANT, x->span, "the constant of an outer tier");
            ok = false;
        } else if (ok && i > 0 && limits[i] <= limits[i - 1]) {
            ELAB_ERROR(e, TIER_ORDER, x->span, (long long)limits[i], (long long)limits[i - 1]);
            ok = false;
        }
    }
    return ok;
}

/* X above the last tier, without `else`: an error at run time that names X and the task. */
static void tier_fail(Elab *e, const AstStmt *s, const Expr *x, int64_t last) {
    const WorkloadAxisVec *loops = &e->workload->loops;
    const Expr **values = ARENA_ARRAY(e->arena, const Expr *, loops->len + 1);
    Buf text = {NULL, 0, 0};
    values[0] = x;
    buf_printf(&text, "%s = {0} is above the last tier %lld", elab_source_text(e, s->u.tier.value->span),
               (long long)last);
    for (int i = 0; i < loops->len; i++) {
        values[i + 1] = loops->data[i].value;
        buf_printf(&text, "%s%s = {%d}", i ? ", " : " (", loops->data[i].name.text, i + 1);
    }
    if (loops->len)
        buf_putc(&text, ')');
    elab_at(e, s->u.tier.value->span);
    Op *fail = build_op(&e->b, OP_FAIL, NULL, 0, values, loops->len + 1, NULL, 0, 0);
    op_set_str(e->module, fail, ATTR_CODE, "TIER");
    op_set_str(e->module, fail, ATTR_TEXT, buf_text(&text));
    buf_free(&text);
}

static void tier_body(Elab *e, const AstStmt *s, Op *op, const Expr *x, const int64_t *limits, int n) {
    Value *arg = region_add_arg(e->module, op->regions[0], type_index(e->module), s->u.tier.name.text);
    WorkloadPlace saved = workload_enter(e, op->regions[0]);
    const Expr *limit = expr_value(e->exprs, arg);
    elab_mark_static(e, arg);
    Binding *b = elab_define(e, s->u.tier.name, BIND_INDEX, x && n ? elab_from_expr(e, limit) : elab_poison());
    if (b)
        b->is_const_index = true;
    if (x && n) {
        facts_add_le(e->facts, x, limit);
        facts_add_le(e->facts, expr_const(e->exprs, limits[0]), limit);
        facts_add_le(e->facts, limit, expr_const(e->exprs, limits[n - 1]));
        VEC_PUSH(e->arena, &e->workload->tiers, (WorkloadTier){arg, limits, n});
    }
    workload_block(e, s->u.tier.body);
    workload_leave(e, saved);
}

void workload_tier(Elab *e, const AstStmt *s) {
    int n = s->u.tier.limits.len;
    int64_t *limits = ARENA_ARRAY(e->arena, int64_t, n + 1);
    elab_at(e, s->span);
    const Expr *x = elab_index(e, s->u.tier.value, "value of `tier`");
    if (!tier_limits(e, s, limits))
        n = 0;
    const Expr **exprs = ARENA_ARRAY(e->arena, const Expr *, n + 1);
    exprs[0] = x ? x : expr_const(e->exprs, 0);
    for (int i = 0; i < n; i++)
        exprs[i + 1] = expr_const(e->exprs, limits[i]);
    elab_at(e, s->span);
    Op *op = build_op(&e->b, OP_TIER, NULL, 0, exprs, n + 1, NULL, 0, 2);
    tier_body(e, s, op, x, limits, n);
    WorkloadPlace saved = workload_enter(e, op->regions[1]);
    if (x && n)
        facts_add_lt(e->facts, expr_const(e->exprs, limits[n - 1]), x);
    if (s->u.tier.else_body)
        workload_block(e, s->u.tier.else_body);
    else if (x && n)
        tier_fail(e, s, x, limits[n - 1]);
    workload_leave(e, saved);
}
