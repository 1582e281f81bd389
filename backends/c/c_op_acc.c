/* Accumulators: their state, and the step and the finished value of each monoid.
 *
 * One row per monoid says what its state is and which functions of ptoc_reduce.h stand for it. */
#include <string.h>
#include "backends/c/c_block.h"

enum { STACK_BYTES = 4096, LANES = 16, TOPK_BYTES = 128 };

/* $T: the carrier's suffix, $s: the state, $x: the value, $j: the position. */
typedef struct MonoidText {
    StateKind kind;
    const char *init;              /* of a value or of each lane */
    const char *step, *step_float; /* step_float: an assignment with an operator, for floats; NULL: as step */
    const char *fin;
    bool exact; /* the finished value is one that was stepped: nothing to round */
} MonoidText;

static const MonoidText monoids[MONOID_COUNT] = {
    [MONOID_SUM_SEQ] = {STATE_VALUE, "0", "$s = pt_add_$T($s, $x)", "$s += $x", "$s", false},
    [MONOID_PROD_SEQ] = {STATE_VALUE, "1", "$s = pt_mul_$T($s, $x)", "$s *= $x", "$s", false},
    [MONOID_FMA_SEQ] = {STATE_VALUE, "0", NULL, NULL, "$s", false},
    [MONOID_SUM_LANES] = {STATE_LANES, "0", "$s[$j] = pt_add_$T($s[$j], $x)", "$s[$j] += $x", "pt_lanes_sum_$T($s)",
                          false},
    [MONOID_PROD_LANES] = {STATE_LANES, "1", "$s[$j] = pt_mul_$T($s[$j], $x)", "$s[$j] *= $x", "pt_lanes_prod_$T($s)",
                           false},
    [MONOID_MAX] = {STATE_VALUE, "pt_redmax_init_$T()", "$s = pt_redmax_$T($s, $x)", NULL, "pt_redmax_fin_$T($s)",
                    true},
    [MONOID_MIN] = {STATE_VALUE, "pt_redmin_init_$T()", "$s = pt_redmin_$T($s, $x)", NULL, "pt_redmin_fin_$T($s)",
                    true},
    [MONOID_ARGMAX] = {STATE_ARG, "pt_arg_init_$T()", "pt_argmax_$T(&$s, $x, $j)", NULL, "(int32_t)$s.at", true},
    [MONOID_ARGMIN] = {STATE_ARG, "pt_arg_init_$T()", "pt_argmin_$T(&$s, $x, $j)", NULL, "(int32_t)$s.at", true},
    [MONOID_SCAN_MAX] = {STATE_VALUE, "pt_redmax_init_$T()", "$s = pt_maximum_$T($s, $x)", NULL, "$s", true},
    [MONOID_TOPK] = {STATE_TOPK, NULL, "pt_topk_push_$T(&$s, $x, $j)", NULL, NULL, true},
};

Monoid c_acc_monoid(const Op *acc) { return (Monoid)monoid_find(op_attr_str(acc, ATTR_MONOID)); }

StateKind c_acc_kind(const Op *acc) { return monoids[c_acc_monoid(acc)].kind; }

static const char *acc_carrier(const Op *acc) {
    return elem_info(elem_accumulator(acc->results[0]->type->elem))->carrier;
}

static const char *acc_ctype(const Op *acc) { return c_carrier_type(elem_accumulator(acc->results[0]->type->elem)); }

/* The text with its places filled in. */
static const char *fill(CFn *fn, const char *template, const char *carrier, const char *s, const char *x,
                        const char *j) {
    Buf out = {0};
    for (const char *p = template; *p; p++) {
        if (*p != '$')
            buf_putc(&out, *p);
        else
            p++, buf_puts(&out, *p == 'T' ? carrier : *p == 's' ? s : *p == 'x' ? x : j);
    }
    const char *text = arena_strdup(fn->gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

/* ---- where the state lives ---- */

static const char *state_type(CFn *fn, const Op *acc) {
    switch (monoids[c_acc_monoid(acc)].kind) {
    case STATE_ARG: return arena_printf(fn->gen->arena, "pt_arg_%s", acc_carrier(acc));
    case STATE_TOPK: return "pt_topk";
    case STATE_VALUE:
    case STATE_LANES: break;
    }
    return acc_ctype(acc);
}

/* One variable; where an island names it, an array of one. */
static bool is_single(CGen *gen, const Op *acc) {
    int64_t count = 0;
    return c_const_count(acc->results[0]->type, &count) && count == 1 && !c_val(gen, acc->results[0])->shared;
}

const char *c_acc_param_type(CGen *gen, const Op *acc) {
    StateKind kind = c_acc_kind(acc);
    const char *T = elem_info(elem_accumulator(acc->results[0]->type->elem))->carrier;
    if (kind == STATE_TOPK)
        return "pt_topk *";
    if (kind == STATE_ARG)
        return arena_printf(gen->arena, "pt_arg_%s *", T);
    bool many = kind == STATE_LANES && !is_single(gen, acc);
    return arena_printf(gen->arena, "%s %s*", acc_ctype(acc), many ? "(" : "");
}

static int state_bytes(const Op *acc) {
    int value = elem_bytes(elem_accumulator(acc->results[0]->type->elem));
    switch (monoids[c_acc_monoid(acc)].kind) {
    case STATE_VALUE: return value;
    case STATE_LANES: return value * LANES;
    case STATE_ARG: return 16;
    case STATE_TOPK: return TOPK_BYTES;
    }
    return 0;
}

bool c_acc_on_stack(const Op *acc) {
    int64_t count = 0;
    return monoids[c_acc_monoid(acc)].kind != STATE_TOPK && c_const_count(acc->results[0]->type, &count) &&
           count * state_bytes(acc) <= STACK_BYTES;
}

const Expr *c_acc_bytes(CGen *gen, const Op *acc) {
    ExprTable *t = gen->exprs;
    const Expr *each = expr_const(t, state_bytes(acc));
    if (monoids[c_acc_monoid(acc)].kind == STATE_TOPK) { /* entries of 8 or 16 bytes, at most 3 k + 256 of them */
        const Expr *entries = expr_add_const(t, expr_mul_const(t, acc->exprs[0], 3), 256);
        each = expr_add(t, each, expr_mul_const(t, entries, 16));
    }
    for (int d = 0; d < acc->results[0]->type->rank; d++)
        each = expr_mul(t, each, acc->results[0]->type->dims[d]);
    return expr_add_const(t, each, 64);
}

const Expr *c_acc_offset(CGen *gen, const Op *acc, const Expr *const *point) {
    const Type *type = acc->results[0]->type;
    const Expr *at = expr_const(gen->exprs, 0);
    for (int d = 0; d < type->rank; d++)
        at = expr_add(gen->exprs, expr_mul(gen->exprs, at, type->dims[d]), point[d]);
    return at;
}

const char *c_acc_state(CFn *fn, const Op *acc, const Expr *const *point, const char *lane) {
    const char *name = c_name(fn, acc->results[0]);
    if (is_single(fn->gen, acc))
        return name;
    const char *at = c_expr(fn, c_acc_offset(fn->gen, acc, point));
    return arena_printf(fn->gen->arena, "%s[%s%s%s]", name, at, lane ? " + " : "", lane ? lane : "");
}

const char *c_acc_pointer(CFn *fn, const Op *acc, const Expr *at) {
    const char *name = c_name(fn, acc->results[0]);
    if (is_single(fn->gen, acc))
        return arena_printf(fn->gen->arena, "&%s", name);
    if (expr_equals_const(at, 0))
        return name;
    return arena_printf(fn->gen->arena, "%s + %s", name, c_expr(fn, at));
}

static const char *state_text(CFn *fn, const Op *acc, const Expr *const *point) {
    return c_acc_state(fn, acc, point, NULL);
}

/* ---- acc ---- */

const char *c_acc_init_text(CFn *fn, const Op *acc) {
    const char *init = monoids[c_acc_monoid(acc)].init;
    if (init[1] == '\0' && elem_is_float(acc->results[0]->type->elem))
        return acc->results[0]->type->elem == ELEM_F64 ? arena_printf(fn->gen->arena, "%s.0", init)
                                                       : arena_printf(fn->gen->arena, "%s.0f", init);
    return fill(fn, init, acc_carrier(acc), "", "", "");
}

static void define_stack_array(CFn *fn, const Op *acc, CSym sym, bool lanes) {
    int64_t count = 0;
    c_const_count(acc->results[0]->type, &count);
    const char *alignment = c_alignment(fn, acc->results[0], lanes ? count * LANES : count);
    ctext_define(fn->text, sym, "%s%s %s[%s]%s;", alignment, state_type(fn, acc), ctext_name(fn->text, sym),
                 c_int_literal(fn->gen->arena, ELEM_INDEX, count > 0 ? count : 1), lanes ? "[PT_LANES]" : "");
}

/* What the only accumulator starts from, where that is given: a scalar or the one element of a buffer. */
static const char *start_text(CFn *fn, const Op *acc) {
    int64_t count = 0;
    if (acc->noperands == 0 || !c_const_count(acc->results[0]->type, &count) || count != 1)
        return NULL;
    const Value *start = acc->operands[0];
    if (type_is_tile(start->type))
        return c_operand(fn, start);
    const Expr *zeros[IR_MAX_RANK];
    for (int d = 0; d < IR_MAX_RANK; d++)
        zeros[d] = expr_const(fn->gen->exprs, 0);
    const CMem *mem = c_mem(fn->gen, start);
    return c_load_text(fn, mem, c_subscript(fn, mem, zeros));
}

/* Sets every point's state to its start: a loop over all points as one row. */
static void emit_init_loop(CFn *fn, const Op *acc, CSym sym, const char *count, bool lanes) {
    CText *t = fn->text;
    int scope = ctext_scope_open(t);
    const char *i = ctext_name(t, ctext_declare(t, "i", "i")), *name = ctext_name(t, sym);
    CSymList uses = ctext_take_uses(t, 0);
    const char *start = start_text(fn, acc), *init = start ? start : c_acc_init_text(fn, acc);
    CSymList start_uses = ctext_take_uses(t, 0);
    ctext_paste_uses(t, &uses);
    ctext_open(t, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", i, i, count, i);
    ctext_paste_uses(t, &start_uses);
    if (lanes)
        ctext_define(t, sym, "pt_lanes_init_%s(%s[%s], %s);", acc_carrier(acc), name, i, init);
    else if (acc->noperands > 0 && !start) /* starts from a buffer of the same extents */
        ctext_define(t, sym, "%s[%s] = %s[%s];", name, i, c_name(fn, c_mem(fn->gen, acc->operands[0])->base), i);
    else
        ctext_define(t, sym, "%s[%s] = %s;", name, i, init);
    ctext_close(t);
    ctext_scope_close(t, scope);
}

static void emit_vector_acc(CFn *fn, const Op *acc, CSym sym) {
    CText *t = fn->text;
    bool lanes = monoids[c_acc_monoid(acc)].kind == STATE_LANES;
    if (c_acc_on_stack(acc)) {
        define_stack_array(fn, acc, sym, lanes);
    } else {
        const char *type = state_type(fn, acc), *name = ctext_name(t, sym), *task, *count;
        if (lanes) {
            count = c_count_text(fn, acc->results[0]->type);
            task = ctext_use(t, fn->task);
            ctext_define(t, sym, "%s (*%s)[PT_LANES] = pt_task_take(%s, %s, sizeof *%s);", type, name, task, count,
                         name);
            ctext_open(t, CLINE_OPEN_KEEP, "if (!%s) {", ctext_use(t, sym));
            ctext_line(t, "return pt_task_no_memory(%s);", ctext_use(t, fn->task));
            ctext_close(t);
            fn->can_fail = true;
        } else {
            c_take_scratch(fn, sym, type, c_count_text(fn, acc->results[0]->type));
        }
    }
    emit_init_loop(fn, acc, sym, c_count_text(fn, acc->results[0]->type), lanes);
}

/* pt_topk states with their memory. */
static void emit_topk_acc(CFn *fn, const Op *acc, CSym sym) {
    CText *t = fn->text;
    const char *name = ctext_name(t, sym), *T = acc_carrier(acc);
    bool single = is_single(fn->gen, acc);
    const char *largest = op_attr_bool(acc, ATTR_LARGEST) ? "1" : "0";
    CSym memory = ctext_declare(t, arena_printf(fn->gen->arena, "%s_memory", name), "memory");
    const char *m = ctext_name(t, memory);
    if (single)
        ctext_line(t, "pt_topk %s;", name);
    else
        c_take_scratch(fn, sym, "pt_topk", c_count_text(fn, acc->results[0]->type));
    const char *count = single ? NULL : c_count_text(fn, acc->results[0]->type), *k = c_expr(fn, acc->exprs[0]);
    const char *bytes = arena_printf(fn->gen->arena, "(int64_t)pt_topk_bytes_%s(%s, INT64_MAX)", T, k);
    c_take_scratch(fn, memory, "char",
                   single ? bytes : arena_printf(fn->gen->arena, "pt_elements(%s, %s)", count, bytes));
    if (single) {
        ctext_line(t, "pt_topk_init_%s(&%s, %s, INT64_MAX, %s, %s);", T, name, c_expr(fn, acc->exprs[0]), largest,
                   ctext_use(t, memory));
        return;
    }
    int scope = ctext_scope_open(t);
    const char *i = ctext_name(t, ctext_declare(t, "i", "i"));
    ctext_open(t, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", i, i, c_count_text(fn, acc->results[0]->type),
               i);
    ctext_use(t, memory);
    k = c_expr(fn, acc->exprs[0]);
    ctext_line(t, "pt_topk_init_%s(&%s[%s], %s, INT64_MAX, %s, %s + %s * (int64_t)pt_topk_bytes_%s(%s, INT64_MAX));", T,
               name, i, k, largest, m, i, T, k);
    ctext_close(t);
    ctext_scope_close(t, scope);
}

void c_emit_acc(CFn *fn, const Op *acc) {
    CText *t = fn->text;
    if (c_regs_hold(fn, acc))
        return;
    const char *start = start_text(fn, acc);
    CSymList uses = ctext_take_uses(t, 0);
    c_define_name(fn, acc->results[0], "acc");
    ctext_paste_uses(t, &uses);
    CSym sym = c_val(fn->gen, acc->results[0])->sym;
    const char *name = ctext_name(t, sym);
    StateKind kind = monoids[c_acc_monoid(acc)].kind;
    if (kind == STATE_TOPK)
        emit_topk_acc(fn, acc, sym);
    else if (!is_single(fn->gen, acc))
        emit_vector_acc(fn, acc, sym);
    else if (kind == STATE_LANES && c_acc_monoid(acc) == MONOID_SUM_LANES)
        ctext_define(t, sym, "%s %s[PT_LANES] = {0};", state_type(fn, acc), name);
    else if (kind == STATE_LANES) {
        ctext_define(t, sym, "%s %s[PT_LANES];", state_type(fn, acc), name);
        ctext_define(t, sym, "pt_lanes_init_%s(%s, %s);", acc_carrier(acc), name, c_acc_init_text(fn, acc));
    } else
        ctext_define(t, sym, "%s %s = %s;", state_type(fn, acc), name, start ? start : c_acc_init_text(fn, acc));
}

/* ---- step ---- */

/* f16 and f8 products are exact in f32, so that a product and a sum give the same bits. */
bool c_product_is_exact(const Op *step) {
    Elem elem = step->operands[1]->type->elem;
    return elem == ELEM_F16 || elem == ELEM_F8E4M3 || elem == ELEM_F8E5M2;
}

/* x and y are atoms where the product is written with an operator. */
static bool fma_wants_atoms(CFn *fn, const Op *step) {
    Elem elem = step->operands[1]->type->elem;
    return elem_is_float(elem) ? c_product_is_exact(step) || fn->gen->options->fp_separate : elem_info(elem)->bits <= 8;
}

static const char *fma_text(CFn *fn, const Op *step, const char *s, const char *x, const char *y) {
    Arena *arena = fn->gen->arena;
    const char *T = acc_carrier(step->operands[0]->def);
    if (!elem_is_float(step->operands[1]->type->elem))
        return fma_wants_atoms(fn, step)
                   ? arena_printf(arena, "%s = pt_add_%s(%s, %s * %s)", s, T, s, x, y)
                   : arena_printf(arena, "%s = pt_add_%s(%s, pt_mul_%s(%s, %s))", s, T, s, T, x, y);
    if (fma_wants_atoms(fn, step))
        return arena_printf(arena, "%s += %s * %s", s, x, y);
    return arena_printf(arena, "%s = pt_fma_%s(%s, %s, %s)", s, T, x, y, s);
}

/* j: the position; NULL where the monoid wants none. */
static const char *position_text(CFn *fn, const Op *step, const Expr *j, const char *lane) {
    const Op *acc = step->operands[0]->def;
    Arena *arena = fn->gen->arena;
    int64_t c = 0;
    if (!j)
        return step->noperands > 2 ? c_operand(fn, step->operands[2]) : ""; /* topk with an index operand */
    if (lane) {
        const char *at = arena_printf(arena, "%s + %s", c_expr(fn, j), lane);
        return c_acc_kind(acc) == STATE_LANES ? arena_printf(arena, "(%s) & 15", at) : at;
    }
    if (c_acc_kind(acc) != STATE_LANES)
        return c_expr(fn, j);
    if (expr_is_const(j, &c))
        return arena_printf(arena, "%d", (int)(c & (LANES - 1)));
    return arena_printf(arena, "%s & 15", c_expr_atom(fn, j));
}

const char *c_acc_step_text(CFn *fn, const Op *step, const CStepTexts *of) {
    const Op *acc = step->operands[0]->def;
    Monoid monoid = c_acc_monoid(acc);
    const MonoidText *m = &monoids[monoid];
    bool is_float = elem_is_float(acc->results[0]->type->elem);
    fn->gen->uses_reduce |= m->kind != STATE_TOPK;
    fn->gen->uses_topk |= m->kind == STATE_TOPK;
    if (monoid == MONOID_FMA_SEQ) {
        bool atoms = fma_wants_atoms(fn, step);
        const char *x = of->x ? of->x : atoms ? c_atom(fn, step->operands[1]) : c_operand(fn, step->operands[1]);
        const char *y = of->y ? of->y : atoms ? c_atom(fn, step->operands[2]) : c_operand(fn, step->operands[2]);
        return fma_text(fn, step, of->state, x, y);
    }
    const char *template = is_float && m->step_float ? m->step_float : m->step;
    const char *x = of->x ? of->x : c_operand(fn, step->operands[1]);
    const char *j = m->kind == STATE_VALUE ? "" : of->y ? of->y : position_text(fn, step, of->position, of->lane);
    return fill(fn, template, acc_carrier(acc), of->state, x, j);
}

const Expr *c_step_position(const Op *step) {
    int rank = step->operands[0]->type->rank;
    return step->nexprs > rank + op_attr_bool(step, ATTR_PART) ? step->exprs[rank] : NULL;
}

/* A step of state in memory or in a variable `sym`. */
void c_acc_line(CFn *fn, const Op *acc, const char *text) {
    CSym sym = c_val(fn->gen, acc->results[0])->sym;
    bool keep = c_acc_kind(acc) == STATE_TOPK || c_is_captured(fn, acc->results[0]);
    if (!keep)
        ctext_drop_use(fn->text, sym);
    ctext_define(fn->text, keep ? CSYM_NONE : sym, "%s;", text);
}

void c_emit_step(CFn *fn, const Op *op) {
    const Op *acc = op->operands[0]->def;
    if (c_val(fn->gen, acc->results[0])->regs) {
        c_block_step(fn, op);
        return;
    }
    CStepTexts of = {.state = state_text(fn, acc, op->exprs), .position = c_step_position(op)};
    c_acc_line(fn, acc, c_acc_step_text(fn, op, &of));
}

/* ---- fin ---- */

const char *c_acc_finish_state(CFn *fn, const Op *acc, const char *state) {
    return fill(fn, monoids[c_acc_monoid(acc)].fin, acc_carrier(acc), state, "", "");
}

const Expr *c_fin_divisor(const Op *fin) {
    int rank = fin->operands[0]->type->rank;
    return fin->nexprs > rank + op_attr_bool(fin, ATTR_PART) ? fin->exprs[rank] : NULL;
}

bool c_fin_rounds(const Op *fin) {
    const Op *acc = fin->operands[0]->def;
    const MonoidText *m = &monoids[c_acc_monoid(acc)];
    Elem state = elem_accumulator(acc->results[0]->type->elem), to = fin->results[0]->type->elem;
    return m->kind != STATE_ARG && to != state && !(m->exact && to == acc->results[0]->type->elem);
}

const char *c_acc_fin_tail(CFn *fn, const Op *op, const char *text) {
    const Op *acc = op->operands[0]->def;
    Arena *arena = fn->gen->arena;
    Elem state = elem_accumulator(acc->results[0]->type->elem), to = op->results[0]->type->elem;
    const Expr *divisor = c_fin_divisor(op);
    fn->gen->uses_reduce = true;
    if (divisor)
        text = arena_printf(arena, "pt_mean_%s(%s, %s)", acc_carrier(acc), text, c_expr(fn, divisor));
    if (!c_fin_rounds(op))
        return text;
    if (elem_is_narrow_float(to) && state == ELEM_F32)
        return arena_printf(arena, "pt_round_%s(%s)", elem_info(to)->text, text);
    return arena_printf(arena, "pt_cast_%s_%s(%s, PT_RINT, 0)", acc_carrier(acc), elem_info(to)->text, text);
}

void c_emit_fin(CFn *fn, const Op *op) {
    const Op *acc = op->operands[0]->def;
    if (c_val(fn->gen, acc->results[0])->regs) {
        c_block_fin(fn, op);
        return;
    }
    int from = c_uses_mark(fn);
    const char *state = c_acc_finish_state(fn, acc, state_text(fn, acc, op->exprs));
    c_set_result(fn, op, c_acc_fin_tail(fn, op, state), true, true, from);
}

/* ---- topk_fin ---- */

static const char *row_text(CFn *fn, const Value *v) {
    const CMem *mem = c_mem(fn->gen, v);
    if (!mem)
        return "NULL";
    const char *p = c_pointer(fn, v);
    return mem->scalar ? arena_printf(fn->gen->arena, "&%s", p) : p;
}

/* Values that memory holds in another form than in hand are written one by one. */
static void emit_converted_values(CFn *fn, const Op *op, const char *s, const CMem *mem) {
    CText *t = fn->text;
    const Op *acc = op->operands[0]->def;
    int scope = ctext_scope_open(t);
    const char *i = ctext_name(t, ctext_declare(t, "i", "i"));
    const char *value = arena_printf(fn->gen->arena, "pt_topk_value_%s(&%s, %s)", acc_carrier(acc), s, i);
    ctext_open(t, CLINE_OPEN_KEEP, "for (int64_t %s = 0; %s < %s; %s++) {", i, i, c_expr(fn, acc->exprs[0]), i);
    const char *base = c_pointer(fn, op->operands[1]);
    ctext_line(t, "(%s%s)[%s] = %s;", mem->scalar ? "&" : "", base, i, c_store_text(fn, mem, value));
    ctext_close(t);
    ctext_scope_close(t, scope);
}

void c_emit_topk_fin(CFn *fn, const Op *op) {
    const Op *acc = op->operands[0]->def;
    const CMem *values = c_mem(fn->gen, op->operands[1]);
    bool convert = values && !values->carried && elem_is_narrow_float(values->elem);
    fn->gen->uses_topk = true;
    const char *s = state_text(fn, acc, op->exprs);
    const char *v = convert ? "NULL" : row_text(fn, op->operands[1]);
    ctext_line(fn->text, "pt_topk_finish_%s(&%s, %d, %s, %s);", acc_carrier(acc), s, op_attr_bool(acc, ATTR_SORTED), v,
               row_text(fn, op->operands[2]));
    if (convert)
        emit_converted_values(fn, op, state_text(fn, acc, op->exprs), values);
}
