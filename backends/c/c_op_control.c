/* Loops, branches, tiers. */
#include <string.h>
#include "backends/c/c_block.h"
#include "backends/c/c_trace.h"

/* A bound is evaluated at every turn of a C loop: one that costs something is computed before it. */
static const char *bound_text(CFn *fn, const Expr *e, const char *name) {
    bool cheap = e->kind == EXPR_CONST || e->kind == EXPR_VALUE || e->kind == EXPR_PROD || e->kind == EXPR_SUM;
    for (int i = 0; cheap && i < e->nargs; i++)
        cheap =
            e->args[i]->kind == EXPR_VALUE || e->args[i]->kind == EXPR_PROD || c_shared(fn, e->args[i]) != CSYM_NONE;
    cheap = cheap || c_shared(fn, e) != CSYM_NONE;
    if (cheap)
        return c_expr(fn, e);
    const char *text = c_expr(fn, e);
    CSym sym = ctext_declare(fn->text, name, "end");
    ctext_define(fn->text, sym, "const int64_t %s = %s;", ctext_name(fn->text, sym), text);
    return ctext_use(fn->text, sym);
}

static const char *index_wish(const Op *op) {
    const char *name = op->regions[0]->args[0]->name;
    return name ? name : op_attr_str(op, ATTR_NAME);
}

const char *c_bound_text(CFn *fn, const Op *op) {
    const char *wish = index_wish(op);
    return bound_text(fn, op->exprs[1], arena_printf(fn->gen->arena, "%s_end", wish ? wish : "i"));
}

/* Declares the index variable and opens `for (...) {`. */
void c_open_for_to(CFn *fn, const Op *op, const char *hi) {
    CText *t = fn->text;
    const Value *index = op->regions[0]->args[0];
    const char *wish = index_wish(op);
    CVal *val = c_val(fn->gen, index);
    val->fn = fn;
    val->sym = ctext_declare(t, wish, "i");
    const char *i = ctext_name(t, val->sym), *lo = c_expr(fn, op->exprs[0]);
    if (expr_equals_const(op->exprs[2], 1))
        ctext_open(t, CLINE_OPEN, "for (int64_t %s = %s; %s < %s; %s++) {", i, lo, i, hi, i);
    else
        ctext_open(t, CLINE_OPEN, "for (int64_t %s = %s; %s < %s; %s += %s) {", i, lo, i, hi, i,
                   c_expr(fn, op->exprs[2]));
}

/* The innermost loop of a register block. */
static bool is_product_loop(const Op *loop) {
    bool product = false;
    for (const Op *op = loop->regions[0]->first; op; op = op->next) {
        if (op->nregions > 0)
            return false;
        product = product || (op->code == OP_STEP && op->noperands == 3 && c_is_lane_op(op));
    }
    return product;
}

void c_emit_loop(CFn *fn, const Op *op) {
    CRegsList held = c_regs_enter(fn, op->regions[0]);
    const char *end = c_bound_text(fn, op); /* stands in the block around, and so does its name */
    CSymList uses = ctext_take_uses(fn->text, 0);
    int scope = ctext_scope_open(fn->text);
    if (fn->is_island && is_product_loop(op))
        ctext_directive(fn->text, "PT_UNROLL(4)");
    ctext_paste_uses(fn->text, &uses);
    c_open_for_to(fn, op, end);
    c_emit_region(fn, op->regions[0]);
    ctext_close(fn->text);
    ctext_scope_close(fn->text, scope);
    c_regs_leave(fn, &held);
}

void c_emit_concurrent(CFn *fn, const Op *op) {
    ctext_open(fn->text, CLINE_OPEN, "{");
    c_emit_region(fn, op->regions[0]);
    ctext_close(fn->text);
}

/* ---- if ---- */

static bool is_empty(const Region *region) {
    return !region->first || (region->first->code == OP_YIELD && region->first->noperands == 0);
}

void c_emit_if(CFn *fn, const Op *op) {
    CText *t = fn->text;
    CSymList before = {0};
    const char *condition = c_operand(fn, op->operands[0]);
    before = ctext_take_uses(t, 0);
    for (int i = 0; i < op->nresults; i++) {
        Elem elem = op->results[i]->type->elem;
        c_define_name(fn, op->results[i], "x");
        CSym sym = c_val(fn->gen, op->results[i])->sym;
        ctext_define(t, sym, "%s %s;", c_carrier_type(elem), ctext_name(t, sym));
    }
    ctext_paste_uses(t, &before);
    ctext_open(t, CLINE_OPEN, "if (%s) {", condition);
    c_emit_region(fn, op->regions[0]);
    if (op->nregions > 1 && !is_empty(op->regions[1])) {
        ctext_else(t, "} else {");
        c_emit_region(fn, op->regions[1]);
    }
    ctext_close(t);
}

void c_emit_yield(CFn *fn, const Op *op) {
    const Op *parent = op->parent->parent_op;
    if (!parent || parent->code != OP_IF)
        return;
    for (int i = 0; i < op->noperands; i++) {
        CSym sym = c_val(fn->gen, parent->results[i])->sym;
        const char *value = c_operand(fn, op->operands[i]);
        ctext_define(fn->text, sym, "%s = %s;", ctext_name(fn->text, sym), value);
    }
}

/* ---- counts ---- */

/* A step or put of one element that happens only where its count is above 0. */
bool c_is_single_part(const Op *op) {
    if (!op_attr_bool(op, ATTR_PART) || (op->code != OP_STEP && op->code != OP_PUT))
        return false;
    for (int i = 1; i < op->noperands; i++) {
        if (!type_is_scalar(op->operands[i]->type))
            return false;
    }
    return true;
}

void c_emit_single_part(CFn *fn, const Op *op, CEmitFn emit) {
    Op whole = *op;
    whole.nexprs--;
    whole.nattrs = 0;
    whole.attrs = ARENA_ARRAY(fn->gen->arena, Attr, op->nattrs + 1);
    for (int i = 0; i < op->nattrs; i++) {
        if (op->attrs[i].key != ATTR_PART)
            whole.attrs[whole.nattrs++] = op->attrs[i];
    }
    ctext_open(fn->text, CLINE_OPEN, "if (%s > 0) {", c_expr_atom(fn, op->exprs[op->nexprs - 1]));
    emit(fn, &whole);
    ctext_close(fn->text);
}

/* ---- tiers ---- */

/* X gets a name where it is more than one already. */
/* Gives the subject a name where it is no leaf and has none yet. */
static void name_subject(CFn *fn, const Expr *x) {
    if (x->kind == EXPR_VALUE || x->kind == EXPR_CONST || x == fn->subject)
        return;
    const char *text = c_expr(fn, x);
    fn->subject = x;
    fn->subject_sym = ctext_declare(fn->text, "size", "size");
    ctext_define(fn->text, fn->subject_sym, "const int64_t %s = %s;", ctext_name(fn->text, fn->subject_sym), text);
}

static const char *subject_text(CFn *fn, const Expr *x) {
    return x == fn->subject ? ctext_use(fn->text, fn->subject_sym) : c_expr_atom(fn, x);
}

static const Op *only_op(const Region *r) { return r->first && r->first == r->last ? r->first : NULL; }

/* Nothing but a count of one task in each case. */
static bool is_count_by_tier(const Op *sw) {
    for (int i = 0; i < sw->nregions; i++) {
        const Op *op = only_op(sw->regions[i]);
        if (!op || op->code != OP_TALLY || !expr_equals_const(op->exprs[0], 1))
            return false;
    }
    return true;
}

static void emit_count_by_tier(CFn *fn, const Op *op) {
    int limits = op->nexprs - 1;
    Buf counter = {0};
    for (int i = 0; i < limits; i++) {
        buf_printf(&counter, "%s <= %s ? ", subject_text(fn, op->exprs[0]), c_expr(fn, op->exprs[i + 1]));
        buf_printf(&counter, "%s : ", c_counter(fn, op->regions[i]->first));
    }
    buf_puts(&counter, c_counter(fn, op->regions[limits]->first));
    const char *text = arena_strdup(fn->gen->arena, buf_text(&counter));
    buf_free(&counter);
    if (fn->gen->traces) {
        fn->counter = ctext_declare(fn->text, "counter", "counter");
        ctext_define(fn->text, fn->counter, "const int %s = %s;", ctext_name(fn->text, fn->counter), text);
        text = ctext_name(fn->text, fn->counter);
        c_trace_tally(fn, ctext_use(fn->text, fn->counter), "1");
        ctext_use(fn->text, fn->counter);
    }
    ctext_line(fn->text, "pt_task_count(%s, %s);", ctext_use(fn->text, fn->task), text);
}

/* One tier, and a failure above it: the failure comes first, and what the tier does needs no braces. */
static bool is_guard(const Op *sw) {
    const Op *other = only_op(sw->regions[sw->nregions - 1]);
    return sw->nexprs == 2 && other && other->code == OP_FAIL;
}

static void emit_guard(CFn *fn, const Op *op) {
    ctext_open(fn->text, CLINE_OPEN_KEEP, "if (%s > %s) {", subject_text(fn, op->exprs[0]), c_expr(fn, op->exprs[1]));
    c_emit_region(fn, op->regions[1]);
    ctext_close(fn->text);
    fn->tier = op->exprs[1]->c;
    c_emit_region(fn, op->regions[0]);
}

static void emit_cases(CFn *fn, const Op *op) {
    CText *t = fn->text;
    int limits = op->nexprs - 1;
    int64_t outer = fn->tier;
    for (int i = 0; i < limits; i++) {
        const char *x = subject_text(fn, op->exprs[0]), *limit = c_expr(fn, op->exprs[i + 1]);
        fn->tier = op->exprs[i + 1]->c;
        if (i == 0)
            ctext_open(t, CLINE_OPEN_KEEP, "if (%s <= %s) {", x, limit);
        else
            ctext_else(t, "} else if (%s <= %s) {", x, limit);
        c_emit_region(fn, op->regions[i]);
    }
    fn->tier = outer;
    if (limits > 0)
        ctext_else(t, "} else {");
    else
        ctext_open(t, CLINE_OPEN, "{");
    c_emit_region(fn, op->regions[limits]);
    ctext_close(t);
}

void c_emit_switch(CFn *fn, const Op *op) {
    int scope = ctext_scope_open(fn->text);
    int64_t tier = fn->tier;
    const Expr *subject = fn->subject;
    CSym sym = fn->subject_sym;
    name_subject(fn, op->exprs[0]);
    if (is_count_by_tier(op))
        emit_count_by_tier(fn, op);
    else if (is_guard(op))
        emit_guard(fn, op);
    else
        emit_cases(fn, op);
    fn->tier = tier;
    fn->subject = subject;
    fn->subject_sym = sym;
    ctext_scope_close(fn->text, scope);
}

/* A tier that was not specialised: the limit is found at run time. */
void c_emit_tier(CFn *fn, const Op *op) {
    CText *t = fn->text;
    int scope = ctext_scope_open(t), limits = op->nexprs - 1;
    const Expr *subject = fn->subject;
    CSym subject_sym = fn->subject_sym;
    name_subject(fn, op->exprs[0]);
    ctext_open(t, CLINE_OPEN_KEEP, "if (%s <= %s) {", subject_text(fn, op->exprs[0]), c_expr(fn, op->exprs[limits]));
    Buf choice = {0};
    for (int i = 1; i < limits; i++) {
        buf_printf(&choice, "%s <= %s ? ", subject_text(fn, op->exprs[0]), c_expr(fn, op->exprs[i]));
        buf_printf(&choice, "%s : ", c_expr(fn, op->exprs[i]));
    }
    buf_puts(&choice, c_expr(fn, op->exprs[limits]));
    const Value *limit = op->regions[0]->args[0];
    c_define_name(fn, limit, "limit");
    CSym limit_sym = c_val(fn->gen, limit)->sym;
    ctext_define(t, limit_sym, "const int64_t %s = %s;", ctext_name(t, limit_sym), buf_text(&choice));
    buf_free(&choice);
    const Op *outer = fn->tier_op;
    fn->tier_op = op;
    c_emit_region(fn, op->regions[0]);
    fn->tier_op = outer;
    ctext_else(t, "} else {");
    c_emit_region(fn, op->regions[1]);
    ctext_close(t);
    fn->subject = subject;
    fn->subject_sym = subject_sym;
    ctext_scope_close(t, scope);
}
