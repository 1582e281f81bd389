/* Accumulators in registers: which ones, where, and how they come and go.
 *
 * A step of a block works on registers always; the question is for how long they are held. An accumulator whose every use is a
 * step or fin of one form at one point has no other home. Else the state lives in memory, and the widest loop in which all uses
 * are so loads it before and stores it behind; in the end a single step does that for itself, so that state which an island's
 * epilogue steps does not take registers from the loop before it. */
#include <string.h>
#include "backends/c/c_block.h"

enum { PARTIALS = 16 };

/* ---- the form of a step ---- */

static void common_extents(const Op *step, int64_t *rows, int64_t *lanes) {
    *rows = *lanes = 1;
    for (int i = 1; i < step->noperands; i++) {
        int64_t m = 1, n = 1;
        type_block(step->operands[i]->type, &m, &n);
        *rows = m > *rows ? m : *rows;
        *lanes = n > *lanes ? n : *lanes;
    }
}

static bool is_multiple(const Expr *e, int64_t of);

static bool leaf_is_multiple(const Value *v, int64_t of) {
    if (v->def)
        return v->def->code == OP_INDEX && is_multiple(v->def->exprs[0], of);
    const Op *loop = v->region ? v->region->parent_op : NULL;
    bool counts = loop && (loop->code == OP_LOOP || loop->code == OP_FOR || loop->code == OP_PARALLEL);
    return counts && v->index == 0 && is_multiple(loop->exprs[0], of) && is_multiple(loop->exprs[2], of);
}

static bool is_multiple(const Expr *e, int64_t of) {
    switch (e->kind) {
    case EXPR_CONST: return e->c % of == 0;
    case EXPR_VALUE: return leaf_is_multiple(e->value, of);
    case EXPR_PROD:
        if (e->c % of == 0)
            return true;
        for (int i = 0; i < e->nargs; i++)
            if (is_multiple(e->args[i], of))
                return true;
        return false;
    case EXPR_SUM:
        for (int i = 0; i < e->nargs; i++)
            if (!is_multiple(e->args[i], of))
                return false;
        return e->c % of == 0;
    default: return false;
    }
}

static RegsForm form_of_lanes(const Op *acc, const Op *step, int64_t lanes, bool spread) {
    const Expr *position = c_step_position(step);
    LaneSet of = elem_lanes(elem_accumulator(acc->results[0]->type->elem));
    if (!(of & LANES_NUMBER))
        return REGS_NONE;
    switch (c_acc_monoid(acc)) {
    case MONOID_SUM_SEQ:
    case MONOID_FMA_SEQ:
        if (!spread && (of & LANES_INT) && acc->noperands == 0)
            return REGS_TOTAL;
        return spread ? REGS_SPREAD : REGS_NONE;
    case MONOID_PROD_SEQ:
    case MONOID_SCAN_MAX: return spread ? REGS_SPREAD : REGS_NONE;
    case MONOID_MAX:
    case MONOID_MIN: return spread ? REGS_SPREAD : REGS_EXTREME;
    case MONOID_SUM_LANES:
    case MONOID_PROD_LANES:
        return !spread && lanes % PARTIALS == 0 && is_multiple(position, PARTIALS) ? REGS_PARTIALS : REGS_NONE;
    case MONOID_ARGMAX:
    case MONOID_ARGMIN: return !spread && of != LANES_F64 ? REGS_ARG : REGS_NONE;
    default: return REGS_NONE;
    }
}

CRegs c_regs_of_step(CFn *fn, const Op *step) {
    const Op *acc = step->operands[0]->def;
    const Type *type = acc->results[0]->type;
    Elem elem = elem_accumulator(type->elem);
    int64_t rows, lanes;
    common_extents(step, &rows, &lanes);
    bool spread = acc_lanes_dim(type) >= 0;
    int part = op_part_expr(step);
    CRegs r = {.acc = acc, .point = step->exprs, .form = REGS_NONE};
    if (acc_rows_dim(type) < 0)
        rows = 1;
    if (lanes > 1)
        r.form = form_of_lanes(acc, step, lanes, spread);
    else if (part < 0 && c_acc_kind(acc) == STATE_VALUE)
        r.form = REGS_SPREAD;
    if (r.form == REGS_NONE)
        return r;
    r.count = r.form == REGS_SPREAD && part >= 0 ? step->exprs[part] : NULL;
    r.shape = c_shape(fn->gen, elem, rows, r.form == REGS_PARTIALS ? PARTIALS : lanes);
    r.parts = r.form == REGS_ARG ? 1 : r.shape.vecs;
    return r;
}

/* ---- do they serve ---- */

static bool same_point(const Op *acc, const Expr *const *a, const Expr *const *b) {
    for (int d = 0; d < acc->results[0]->type->rank; d++)
        if (a[d] != b[d])
            return false;
    return true;
}

/* Registers that begin at the identity: what was stepped before is in memory. */
static bool is_split(RegsForm form) { return form == REGS_TOTAL || form == REGS_EXTREME || form == REGS_ARG; }

static bool serves_fin(const CRegs *regs, const Op *fin) {
    int64_t rows = 1, lanes = 1;
    type_block(fin->results[0]->type, &rows, &lanes);
    int part = op_part_expr(fin);
    bool spread = regs->form == REGS_SPREAD, mean = c_fin_divisor(fin) != NULL;
    const Expr *count = part >= 0 ? fin->exprs[part] : NULL;
    if (rows != regs->shape.rows || (spread ? lanes != regs->shape.lanes || count != regs->count : lanes != 1 || count))
        return false;
    if (spread && lanes > 1 && mean && !elem_is_float(regs->shape.elem))
        return false; /* integers divide one by one */
    return regs->whole || !is_split(regs->form);
}

bool c_regs_serve(CFn *fn, const CRegs *regs, const Op *use) {
    if (!same_point(regs->acc, regs->point, use->exprs))
        return false;
    if (use->code == OP_FIN)
        return serves_fin(regs, use);
    CRegs own = c_regs_of_step(fn, use);
    return own.form == regs->form && own.count == regs->count && own.shape.rows == regs->shape.rows &&
           (regs->form != REGS_SPREAD || own.shape.lanes == regs->shape.lanes);
}

/* ---- all uses within a region ---- */

typedef struct Plan {
    CFn *fn;
    const Op *acc;
    const Region *scope;
    CRegs regs;
    bool found, fails, blocks;
} Plan;

static void plan_use(Plan *plan, const Op *use, bool in_island) {
    bool fits = (use->code == OP_STEP || use->code == OP_FIN) && !in_island;
    plan->fails = plan->fails || !fits;
    if (plan->fails)
        return;
    if (use->code == OP_STEP && !plan->found) {
        bool whole = plan->regs.whole;
        plan->regs = c_regs_of_step(plan->fn, use);
        plan->regs.whole = whole;
        plan->found = plan->regs.form != REGS_NONE;
        plan->fails = !plan->found;
    }
    plan->blocks = plan->blocks || c_is_block_op(use);
}

static void plan_region(Plan *plan, const Region *region, bool in_island) {
    for (const Op *op = region->first; op && !plan->fails; op = op->next) {
        for (int i = 0; i < op->noperands; i++)
            if (op->operands[i] == plan->acc->results[0])
                plan_use(plan, op, in_island);
        for (int i = 0; i < op->nregions; i++)
            plan_region(plan, op->regions[i], in_island || op->code == OP_ISLAND);
    }
}

static void check_region(Plan *plan, const Region *region) {
    for (const Op *op = region->first; op && !plan->fails; op = op->next) {
        bool use = (op->code == OP_STEP || op->code == OP_FIN) && op->operands[0] == plan->acc->results[0];
        plan->fails = plan->fails || (use && !c_regs_serve(plan->fn, &plan->regs, op));
        for (int i = 0; i < op->nregions; i++)
            check_region(plan, op->regions[i]);
    }
}

/* A value of the scope's own ops stays the same for an accumulator that is made there (whole), not for one from outside. */
static bool changes_within(const Value *v, const Region *scope, bool whole) {
    const Region *r = v->def ? v->def->parent : v->region;
    if (r == scope && whole)
        return false;
    for (; r; r = r->parent_op ? r->parent_op->parent : NULL)
        if (r == scope)
            return true;
    return false;
}

static bool leaf_is_fixed(void *user, Value *v) {
    const Plan *plan = user;
    return !changes_within(v, plan->scope, plan->regs.whole);
}

static bool is_fixed(Plan *plan) {
    const CRegs *regs = &plan->regs;
    for (int d = 0; d < plan->acc->results[0]->type->rank; d++)
        if (!expr_each_value(regs->point[d], leaf_is_fixed, plan))
            return false;
    return !regs->count || expr_each_value(regs->count, leaf_is_fixed, plan);
}

static CRegs *plan_regs(CFn *fn, const Op *acc, const Region *scope, bool whole) {
    Plan plan = {.fn = fn, .acc = acc, .scope = scope, .regs = {.whole = whole}};
    plan_region(&plan, scope, false);
    if (plan.fails || !plan.found || !plan.blocks)
        return NULL;
    check_region(&plan, scope);
    if (plan.fails || !is_fixed(&plan))
        return NULL;
    CRegs *regs = ARENA_NEW(fn->gen->arena, CRegs);
    *regs = plan.regs;
    return regs;
}

bool c_regs_hold(CFn *fn, const Op *acc) {
    if (acc->noperands > 0 || c_acc_kind(acc) == STATE_TOPK)
        return false;
    CRegs *regs = plan_regs(fn, acc, acc->parent, true);
    if (!regs)
        return false;
    c_val(fn->gen, acc->results[0])->regs = regs;
    c_regs_open(fn, regs);
    return true;
}

/* ---- around a region ---- */

static bool is_inside(const Op *op, const Region *scope) {
    for (const Region *r = op->parent; r; r = r->parent_op ? r->parent_op->parent : NULL)
        if (r == scope)
            return true;
    return false;
}

static void enter_uses(CFn *fn, const Region *scope, const Region *region, CRegsList *held) {
    for (const Op *op = region->first; op; op = op->next) {
        const Op *acc = op->code == OP_STEP ? op->operands[0]->def : NULL;
        if (acc && !c_val(fn->gen, acc->results[0])->regs && !is_inside(acc, scope)) {
            CRegs *regs = plan_regs(fn, acc, scope, false);
            if (regs) {
                c_regs_open(fn, regs);
                c_val(fn->gen, acc->results[0])->regs = regs;
                VEC_PUSH(fn->gen->arena, held, regs);
            }
        }
        for (int i = 0; i < op->nregions; i++)
            enter_uses(fn, scope, op->regions[i], held);
    }
}

CRegsList c_regs_enter(CFn *fn, const Region *body) {
    CRegsList held = {0};
    enter_uses(fn, body, body, &held);
    return held;
}

void c_regs_leave(CFn *fn, CRegsList *held) {
    for (int i = 0; i < held->len; i++) {
        c_val(fn->gen, held->data[i]->acc->results[0])->regs = NULL;
        c_regs_close(fn, held->data[i]);
    }
}

/* ---- their variables ---- */

static const char *identity_text(CFn *fn, const CRegs *regs) {
    const Op *acc = regs->acc;
    const char *V = regs->shape.suffix;
    Monoid m = c_acc_monoid(acc);
    if (regs->shape.per == 1)
        return c_acc_init_text(fn, acc);
    if (m == MONOID_PROD_SEQ || m == MONOID_PROD_LANES)
        return c_format(fn, "pt_splat_%s(1)", V);
    if (m == MONOID_MAX || m == MONOID_SCAN_MAX)
        return c_format(fn, "pt_redmax_init_%s()", V);
    if (m == MONOID_ARGMAX || m == MONOID_ARGMIN)
        return c_format(fn, "pt_arg_none_%s()", V);
    return m == MONOID_MIN ? c_format(fn, "pt_redmin_init_%s()", V) : c_format(fn, "pt_zero_%s()", V);
}

/* The offset in memory of the state of a row. */
static const Expr *row_offset(CFn *fn, const CRegs *regs, int row) {
    ExprTable *t = fn->gen->exprs;
    const Type *type = regs->acc->results[0]->type;
    const Expr *at = c_acc_offset(fn->gen, regs->acc, regs->point);
    return row == 0 ? at : expr_add(t, at, expr_mul_const(t, type->dims[type->rank - 1], row));
}

/* Where the state of a row lies, as an expression that can be assigned. */
static const char *home_text(CFn *fn, const CRegs *regs, int row) {
    const Type *type = regs->acc->results[0]->type;
    const Expr *point[IR_MAX_RANK];
    memcpy(point, regs->point, (size_t)type->rank * sizeof *point);
    if (row > 0)
        point[type->rank - 2] = expr_add_const(fn->gen->exprs, point[type->rank - 2], row);
    return c_acc_state(fn, regs->acc, point, NULL);
}

static const char *count_text(CFn *fn, const CRegs *regs, int part) {
    return c_expr(fn, expr_add_const(fn->gen->exprs, regs->count, -part * regs->shape.per));
}

static const char *vector_home(CFn *fn, const CRegs *regs, int row, int part) {
    if (regs->form == REGS_PARTIALS)
        return part == 0 ? home_text(fn, regs, row)
                         : c_format(fn, "%s + %d", home_text(fn, regs, row), part * regs->shape.per);
    const Expr *at = expr_add_const(fn->gen->exprs, row_offset(fn, regs, row), part * regs->shape.per);
    return c_acc_pointer(fn, regs->acc, at);
}

static const char *load_text(CFn *fn, const CRegs *regs, int row, int part) {
    if (regs->whole || is_split(regs->form))
        return identity_text(fn, regs);
    if (regs->shape.per == 1)
        return home_text(fn, regs, row);
    const char *p = vector_home(fn, regs, row, part);
    return regs->count ? c_format(fn, "pt_load_part_%s(%s, %s)", regs->shape.suffix, p, count_text(fn, regs, part))
                       : c_format(fn, "pt_load_%s(%s)", regs->shape.suffix, p);
}

static CSym name_register(CFn *fn, const CRegs *regs, int row, int part) {
    Value v = *regs->acc->results[0];
    CShape s = regs->shape;
    v.name = v.name ? v.name : c_acc_monoid(regs->acc) == MONOID_FMA_SEQ ? "c" : "s";
    s.vecs = regs->parts;
    return c_block_name(fn, &v, &s, row, part);
}

static void open_beside(CFn *fn, CRegs *regs) {
    bool flags = regs->form == REGS_EXTREME && elem_is_float(regs->shape.elem);
    if (!flags && regs->form != REGS_ARG)
        return;
    CText *t = fn->text;
    const char *type = flags ? c_format(fn, "m%sx%d", regs->shape.elem == ELEM_F64 ? "64" : "32", regs->shape.per)
                             : c_format(fn, "i32x%d", regs->shape.per);
    regs->beside = ARENA_ARRAY(fn->gen->arena, CSym, regs->shape.rows + 1);
    for (int r = 0; r < regs->shape.rows; r++) {
        const char *base = ctext_name(t, regs->state[r * regs->parts]);
        CSym sym = regs->beside[r] = ctext_declare(t, c_format(fn, "%s_%s", base, flags ? "nan" : "at"), "v");
        ctext_define(t, sym, "pt_%s %s = pt_splat_%s(%d);", type, ctext_name(t, sym), type, flags ? 0 : -1);
    }
}

void c_regs_open(CFn *fn, CRegs *regs) {
    CText *t = fn->text;
    regs->state = ARENA_ARRAY(fn->gen->arena, CSym, regs->shape.rows * regs->parts + 1);
    for (int r = 0; r < regs->shape.rows; r++)
        for (int i = 0; i < regs->parts; i++) {
            CSym sym = regs->state[r * regs->parts + i] = name_register(fn, regs, r, i);
            const char *text = load_text(fn, regs, r, i);
            ctext_define(t, sym, "%s %s = %s;", regs->shape.type, ctext_name(t, sym), text);
        }
    open_beside(fn, regs);
}

const char *c_regs_extreme_text(CFn *fn, const CRegs *regs, int row) {
    const char *op = c_acc_monoid(regs->acc) == MONOID_MAX ? "redmax" : "redmin", *q = regs->beside ? "q" : "";
    const char *V = regs->shape.suffix, *text = ctext_use(fn->text, regs->state[row * regs->parts]);
    for (int i = 1; i < regs->parts; i++)
        text =
            c_format(fn, "pt_%s%s_%s(%s, %s)", op, q, V, text, ctext_use(fn->text, regs->state[row * regs->parts + i]));
    if (!regs->beside)
        return c_format(fn, "pt_%s_all_%s(%s)", op, V, text);
    return c_format(fn, "pt_%sq_all_%s(%s, %s)", op, V, text, ctext_use(fn->text, regs->beside[row]));
}

const char *c_regs_total_text(CFn *fn, const CRegs *regs, int row) {
    const char *V = regs->shape.suffix, *text = ctext_use(fn->text, regs->state[row * regs->parts]);
    for (int i = 1; i < regs->parts; i++)
        text = c_format(fn, "pt_add_%s(%s, %s)", V, text, ctext_use(fn->text, regs->state[row * regs->parts + i]));
    return c_format(fn, "pt_sum16_lanes_%s(%s)", V, text);
}

static void close_row(CFn *fn, const CRegs *regs, int row, int part) {
    CSym sym = regs->state[row * regs->parts + part];
    const char *T = elem_info(regs->shape.elem)->carrier, *V = regs->shape.suffix, *text;
    const char *op = op_attr_str(regs->acc, ATTR_MONOID);
    if (regs->form == REGS_EXTREME) {
        const char *home = home_text(fn, regs, row);
        text = c_format(fn, "%s = pt_red%s_%s(%s, %s)", home, op, T, home, c_regs_extreme_text(fn, regs, row));
    } else if (regs->form == REGS_TOTAL) {
        const char *home = home_text(fn, regs, row);
        text = c_format(fn, "%s = pt_add_%s(%s, %s)", home, T, home, c_regs_total_text(fn, regs, row));
    } else if (regs->form == REGS_ARG) {
        const char *home = home_text(fn, regs, row), *value = ctext_use(fn->text, sym);
        text = c_format(fn, "pt_%s_all_%s(&%s, %s, %s)", op, V, home, value, ctext_use(fn->text, regs->beside[row]));
    } else if (regs->shape.per == 1) {
        text = c_format(fn, "%s = %s", home_text(fn, regs, row), ctext_use(fn->text, sym));
    } else {
        const char *p = vector_home(fn, regs, row, part), *value = ctext_use(fn->text, sym);
        text = regs->count ? c_format(fn, "pt_store_part_%s(%s, %s, %s)", V, p, value, count_text(fn, regs, part))
                           : c_format(fn, "pt_store_%s(%s, %s)", V, p, value);
    }
    c_acc_line(fn, regs->acc, text);
}

void c_regs_close(CFn *fn, CRegs *regs) {
    bool split = is_split(regs->form);
    fn->gen->uses_reduce = true;
    for (int r = 0; r < regs->shape.rows; r++)
        for (int i = 0; i < (split ? 1 : regs->parts); i++)
            close_row(fn, regs, r, i);
}
