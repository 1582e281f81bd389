/* Steps and finished values of blocks: on registers, and one by one where there is no form in lanes. */
#include <string.h>
#include "backends/c/c_block.h"

/* ---- on registers ---- */

static const char *count_from(CFn *fn, const Op *op, int lane) {
    return c_expr(fn, expr_add_const(fn->gen->exprs, op->exprs[op_part_expr(op)], -lane));
}

/* The common extents of what is stepped, as the first value's element type lies. */
static CShape stepped_shape(CFn *fn, const Op *step) {
    int64_t rows = 1, lanes = 1;
    for (int i = 1; i < step->noperands; i++) {
        int64_t m = 1, n = 1;
        type_block(step->operands[i]->type, &m, &n);
        rows = m > rows ? m : rows;
        lanes = n > lanes ? n : lanes;
    }
    return c_shape(fn->gen, step->operands[1]->type->elem, rows, lanes);
}

static const char *product_text(CFn *fn, const Op *step, const char *V, const char *s, const char *x, const char *y) {
    Elem elem = step->operands[1]->type->elem;
    bool is_float = elem_is_float(elem), mac = is_float ? c_product_is_exact(step) : elem_info(elem)->bits <= 8;
    if (is_float ? fn->gen->options->fp_separate : !mac)
        return c_format(fn, "%s = pt_add_%s(%s, pt_mul_%s(%s, %s))", s, V, s, V, x, y);
    return c_format(fn, "%s = pt_%s_%s(%s, %s, %s)", s, mac ? "mac" : "fma", V, x, y, s);
}

static const char *vector_step_text(CFn *fn, const Op *step, const CRegs *regs, const char *s, const char *x,
                                    const char *y) {
    const char *V = regs->shape.suffix;
    switch (c_acc_monoid(regs->acc)) {
    case MONOID_FMA_SEQ: return product_text(fn, step, V, s, x, y);
    case MONOID_PROD_SEQ:
    case MONOID_PROD_LANES: return c_format(fn, "%s = pt_mul_%s(%s, %s)", s, V, s, x);
    case MONOID_MAX: return c_format(fn, "%s = pt_redmax_%s(%s, %s)", s, V, s, x);
    case MONOID_MIN: return c_format(fn, "%s = pt_redmin_%s(%s, %s)", s, V, s, x);
    case MONOID_SCAN_MAX: return c_format(fn, "%s = pt_maximum_%s(%s, %s)", s, V, s, x);
    default: return c_format(fn, "%s = pt_add_%s(%s, %s)", s, V, s, x);
    }
}

static void step_spread(CFn *fn, const Op *step, const CRegs *regs, const CShape *x, int row, int vec) {
    int to = regs->shape.rows == 1 ? 0 : row;
    CSym sym = regs->state[to * regs->parts + vec];
    const char *s = ctext_name(fn->text, sym), *text;
    fn->row = row;
    if (regs->shape.per == 1) {
        CStepTexts of = {.state = s};
        text = c_acc_step_text(fn, step, &of);
    } else {
        const char *a = c_block_text(fn, step->operands[1], x, row, vec), *b = NULL;
        if (step->noperands > 2)
            b = c_block_text(fn, step->operands[2], x, row, vec);
        text = vector_step_text(fn, step, regs, s, a, b);
    }
    ctext_define(fn->text, sym, "%s;", text);
}

/* Lanes that are not valid become what changes nothing. */
static const char *masked(CFn *fn, const Op *op, const CShape *x, const char *text, const char *neutral, int vec) {
    if (op_part_expr(op) < 0)
        return text;
    const char *mask = c_format(fn, "m%dx%d", x->per < fn->gen->lanes ? 64 : 32, x->per);
    return c_format(fn, "pt_select_%s(pt_first_%s(%s), %s, %s)", x->suffix, mask, count_from(fn, op, vec * x->per),
                    text, neutral);
}

static void step_partials(CFn *fn, const Op *step, const CRegs *regs, const CShape *x, int row, int vec) {
    int to = regs->shape.rows == 1 ? 0 : row;
    CSym sym = regs->state[to * regs->parts + vec % regs->parts];
    bool sum = c_acc_monoid(regs->acc) == MONOID_SUM_LANES;
    const char *neutral = sum ? c_format(fn, "pt_zero_%s()", x->suffix) : c_format(fn, "pt_splat_%s(1)", x->suffix);
    const char *a = masked(fn, step, x, c_block_text(fn, step->operands[1], x, row, vec), neutral, vec);
    ctext_define(fn->text, sym, "%s;", vector_step_text(fn, step, regs, ctext_name(fn->text, sym), a, NULL));
}

/* Each lane has a sum of its own. */
static void step_total(CFn *fn, const Op *step, const CRegs *regs, const CShape *x, int row, int vec) {
    int to = regs->shape.rows == 1 ? 0 : row;
    CSym sym = regs->state[to * regs->parts + vec % regs->parts];
    const char *a = c_block_text(fn, step->operands[1], x, row, vec), *b = NULL;
    a = masked(fn, step, x, a, c_format(fn, "pt_zero_%s()", x->suffix), vec);
    if (step->noperands > 2)
        b = c_block_text(fn, step->operands[2], x, row, vec);
    ctext_define(fn->text, sym, "%s;", vector_step_text(fn, step, regs, ctext_name(fn->text, sym), a, b));
}

/* Each lane keeps its extreme; NaNs are only noted, and told at the end. */
static void step_extreme(CFn *fn, const Op *step, const CRegs *regs, const CShape *x, int row, int vec) {
    int to = regs->shape.rows == 1 ? 0 : row;
    CText *t = fn->text;
    CSym sym = regs->state[to * regs->parts + vec % regs->parts];
    const char *op = c_acc_monoid(regs->acc) == MONOID_MAX ? "redmax" : "redmin", *V = x->suffix;
    const char *neutral = c_format(fn, "pt_%s_init_%s()", op, V);
    const char *a = masked(fn, step, x, c_block_text(fn, step->operands[1], x, row, vec), neutral, vec);
    const char *s = ctext_name(t, sym);
    if (!regs->beside) {
        ctext_define(t, sym, "%s = pt_%s_%s(%s, %s);", s, op, V, s, a);
        return;
    }
    CSym flag = regs->beside[to];
    ctext_define(t, sym, "%s = pt_%sq_%s(%s, %s);", s, op, V, s, a);
    bool last = vec + 1 == x->vecs;
    if (vec % 2 == 0 && !last)
        return; /* noted together with the next one */
    const char *f = ctext_name(t, flag), *b = c_block_text(fn, step->operands[1], x, row, vec);
    if (op_part_expr(step) >= 0)
        b = masked(fn, step, x, b, c_format(fn, "pt_zero_%s()", V), vec);
    if (vec % 2 == 0) {
        ctext_define(t, flag, "%s = pt_unord_%s(%s, %s);", f, V, f, b);
        return;
    }
    const char *before = c_block_text(fn, step->operands[1], x, row, vec - 1);
    if (op_part_expr(step) >= 0)
        before = masked(fn, step, x, before, c_format(fn, "pt_zero_%s()", V), vec - 1);
    ctext_define(t, flag, "%s = pt_unord2_%s(%s, %s, %s);", f, V, f, before, b);
}

static void step_arg(CFn *fn, const Op *step, const CRegs *regs, const CShape *x, int row, int vec) {
    int to = regs->shape.rows == 1 ? 0 : row, before = regs->shape.rows == 1 ? row * x->lanes : 0;
    CText *t = fn->text;
    const Expr *j = expr_add_const(fn->gen->exprs, c_step_position(step), before + vec * x->per);
    CSym value = regs->state[to], at = regs->beside[to];
    bool part = op_part_expr(step) >= 0;
    const char *text = c_block_text(fn, step->operands[1], x, row, vec), *position = c_expr(fn, j);
    const char *count = part ? c_format(fn, ", %s", count_from(fn, step, vec * x->per)) : "";
    const char *name = op_attr_str(regs->acc, ATTR_MONOID);
    ctext_define(t, value, "pt_%s_%s%s(&%s, &%s, %s, pt_iota_i32x%d((int32_t)(%s))%s);", name, part ? "part_" : "",
                 x->suffix, ctext_name(t, value), ctext_name(t, at), text, x->per, position, count);
}

static void step_registers(CFn *fn, const Op *step, const CRegs *regs) {
    CShape x = stepped_shape(fn, step);
    for (int r = 0; r < x.rows; r++)
        for (int i = 0; i < x.vecs; i++)
            switch (regs->form) {
            case REGS_SPREAD: step_spread(fn, step, regs, &x, r, i); break;
            case REGS_TOTAL: step_total(fn, step, regs, &x, r, i); break;
            case REGS_PARTIALS: step_partials(fn, step, regs, &x, r, i); break;
            case REGS_EXTREME: step_extreme(fn, step, regs, &x, r, i); break;
            case REGS_ARG: step_arg(fn, step, regs, &x, r, i); break;
            case REGS_NONE: break;
            }
}

/* ---- one by one ---- */

/* A row of a block as an array in memory; its name, or the scalar's text where it has one lane only. */
static const char *row_array(CFn *fn, const Value *v, int row, bool *is_array) {
    CShape s = c_shape_of(fn->gen, v->type);
    *is_array = s.per > 1;
    if (!*is_array)
        return c_block_scalar(fn, v, row);
    CText *t = fn->text;
    bool small = elem_lanes(s.elem) == LANES_SMALL;
    const char *name = ctext_name(t, ctext_declare(t, "lane", "lane"));
    ctext_line(t, "%s %s[%d];", c_carrier_type(s.elem), name, s.lanes);
    for (int i = 0; i < s.vecs; i++)
        ctext_line(t, "pt_store_%s%s%s(%s + %d, %s);", small ? elem_info(s.elem)->text : "", small ? "_" : "", s.suffix,
                   name, i * s.per, c_block_text(fn, v, &s, row, i));
    return name;
}

/* The point of a row of a block, from the op's point on. */
static void point_of_row(CFn *fn, const Op *use, int row, const Expr **point) {
    const Type *type = use->operands[0]->type;
    int dim = acc_rows_dim(type);
    memcpy(point, use->exprs, (size_t)type->rank * sizeof *point);
    if (dim >= 0)
        point[dim] = expr_add_const(fn->gen->exprs, point[dim], row);
}

static void step_row(CFn *fn, const Op *step, const CShape *x, int row) {
    CText *t = fn->text;
    const Type *type = step->operands[0]->type;
    bool spread = acc_lanes_dim(type) >= 0, arrays[2] = {false, false}, part = op_part_expr(step) >= 0;
    const char *texts[2] = {NULL, NULL}, *lane = NULL;
    const Expr *point[IR_MAX_RANK], *j = c_step_position(step);
    point_of_row(fn, step, row, point);
    if (j && acc_rows_dim(type) < 0)
        j = expr_add_const(fn->gen->exprs, j, spread ? row : row * x->lanes);
    for (int i = 1; i < step->noperands; i++)
        texts[i - 1] = row_array(fn, step->operands[i], row, &arrays[i - 1]);
    CSymList uses = ctext_take_uses(t, 0);
    if (x->lanes > 1) {
        lane = ctext_name(t, ctext_declare(t, "l", "l"));
        const char *end = part ? c_format(fn, "pt_minimum_i64(%d, %s)", x->lanes, count_from(fn, step, 0))
                               : c_format(fn, "%d", x->lanes);
        ctext_open(t, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", lane, lane, end, lane);
    } else if (part) {
        ctext_open(t, CLINE_OPEN, "if (%s > 0) {", c_expr_atom(fn, step->exprs[op_part_expr(step)]));
    }
    for (int i = 0; i < 2; i++)
        if (arrays[i])
            texts[i] = c_format(fn, "%s[%s]", texts[i], lane);
    ctext_paste_uses(t, &uses);
    const Op *acc = step->operands[0]->def;
    CStepTexts of = {.x = texts[0], .y = texts[1], .position = j, .lane = spread ? NULL : lane};
    of.state = c_acc_state(fn, acc, point, spread ? lane : NULL);
    c_acc_line(fn, acc, c_acc_step_text(fn, step, &of));
    if (x->lanes > 1 || part)
        ctext_close(t);
}

static void step_elements(CFn *fn, const Op *step) {
    CShape x = stepped_shape(fn, step);
    for (int r = 0; r < x.rows; r++) {
        if (x.per == 1) {
            step_row(fn, step, &x, r);
            continue;
        }
        int scope = ctext_scope_open(fn->text);
        ctext_open(fn->text, CLINE_OPEN, "{");
        step_row(fn, step, &x, r);
        ctext_close(fn->text);
        ctext_scope_close(fn->text, scope);
    }
}

/* ---- top-k ---- */

enum { MOST_PUSHED = 4 }; /* vectors of one call */

/* Blocks with positions of their own, of the types that lists keep in single words. */
static bool pushes_vectors(const Op *step, const CShape *x) {
    bool word = elem_lanes(x->elem) == LANES_F32 || elem_lanes(x->elem) == LANES_INT;
    bool list = c_acc_kind(step->operands[0]->def) == STATE_TOPK && acc_lanes_dim(step->operands[0]->type) < 0;
    return list && x->per > 1 && word && c_step_position(step);
}

static void push_vectors(CFn *fn, const Op *step, const CShape *x, int row, int first) {
    const Op *acc = step->operands[0]->def;
    const Expr *point[IR_MAX_RANK];
    int n = x->vecs - first < MOST_PUSHED ? x->vecs - first : MOST_PUSHED;
    int before = (acc_rows_dim(acc->results[0]->type) < 0 ? row * x->lanes : 0) + first * x->per;
    bool part = op_part_expr(step) >= 0;
    Buf out = {0};
    point_of_row(fn, step, row, point);
    const char *many = n > 1 ? c_format(fn, "%d", n) : "";
    buf_printf(&out, "pt_topk_push%s%s_%s(&%s", many, part ? "_part" : "", x->suffix,
               c_acc_state(fn, acc, point, NULL));
    for (int i = 0; i < n; i++)
        buf_printf(&out, ", %s", c_block_text(fn, step->operands[1], x, row, first + i));
    buf_printf(&out, ", %s", c_expr(fn, expr_add_const(fn->gen->exprs, c_step_position(step), before)));
    if (part)
        buf_printf(&out, ", %s", count_from(fn, step, first * x->per));
    buf_putc(&out, ')');
    c_acc_line(fn, acc, buf_text(&out));
    buf_free(&out);
}

static void step_topk(CFn *fn, const Op *step, const CShape *x) {
    fn->gen->uses_topk = fn->gen->uses_lane_topk = true;
    for (int r = 0; r < x->rows; r++)
        for (int i = 0; i < x->vecs; i += MOST_PUSHED)
            push_vectors(fn, step, x, r, i);
}

void c_block_step(CFn *fn, const Op *op) {
    const Op *acc = op->operands[0]->def;
    CShape x = stepped_shape(fn, op);
    if (pushes_vectors(op, &x)) {
        step_topk(fn, op, &x);
        return;
    }
    const CRegs *held = c_val(fn->gen, acc->results[0])->regs;
    CRegs own = c_regs_of_step(fn, op);
    fn->gen->uses_reduce = true;
    if (held) {
        step_registers(fn, op, held);
        return;
    }
    if (own.form == REGS_NONE) {
        step_elements(fn, op);
        return;
    }
    int scope = ctext_scope_open(fn->text);
    ctext_open(fn->text, CLINE_OPEN, "{");
    c_regs_open(fn, &own);
    step_registers(fn, op, &own);
    c_regs_close(fn, &own);
    ctext_close(fn->text);
    ctext_scope_close(fn->text, scope);
}

/* ---- fin ---- */

static const char *vector_tail(CFn *fn, const Op *fin, const CShape *state, const char *text) {
    const Expr *divisor = c_fin_divisor(fin);
    const char *V = state->suffix;
    Elem to = fin->results[0]->type->elem;
    if (divisor)
        text = c_format(fn, "pt_div_%s(%s, pt_splat_%s((%s)%s))", V, text, V, c_carrier_type(state->elem),
                        c_expr_atom(fn, divisor));
    if (!c_fin_rounds(fin))
        return text;
    if (elem_is_narrow_float(to) && state->elem == ELEM_F32)
        return c_format(fn, "pt_round_%s_%s(%s)", elem_info(to)->text, V, text);
    c_error(fn->gen, c_format(fn, "a block of %s finished as %s", elem_info(state->elem)->text, elem_info(to)->text));
    return text;
}

static const char *vector_finish(CFn *fn, const Op *fin, const CShape *state, const char *text) {
    Monoid m = c_acc_monoid(fin->operands[0]->def);
    if (m == MONOID_MAX || m == MONOID_MIN)
        text = c_format(fn, "pt_%s_fin_%s(%s)", m == MONOID_MAX ? "redmax" : "redmin", state->suffix, text);
    return vector_tail(fn, fin, state, text);
}

static const char *partials_text(CFn *fn, const CRegs *regs, int row) {
    Buf out = {0};
    bool sum = c_acc_monoid(regs->acc) == MONOID_SUM_LANES;
    if (regs->parts > 4) { /* f64 of the narrowest vectors */
        buf_printf(&out, "pt_%s16_%s((pt_%s[]){", sum ? "sum" : "prod", regs->shape.suffix, regs->shape.suffix);
    } else {
        buf_printf(&out, "pt_%s16_%s_of(", sum ? "sum" : "prod", regs->shape.suffix);
    }
    for (int i = 0; i < regs->parts; i++)
        buf_printf(&out, "%s%s", i ? ", " : "", ctext_use(fn->text, regs->state[row * regs->parts + i]));
    buf_puts(&out, regs->parts > 4 ? "})" : ")");
    const char *text = arena_strdup(fn->gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

/* The lanes of an arg, brought together in a state of its own. */
static const char *arg_text(CFn *fn, const CRegs *regs, int row) {
    CText *t = fn->text;
    const char *T = elem_info(regs->shape.elem)->carrier, *op = op_attr_str(regs->acc, ATTR_MONOID);
    CSym sym = ctext_declare(t, "best", "best");
    const char *name = ctext_name(t, sym);
    ctext_define(t, sym, "pt_arg_%s %s = pt_arg_init_%s();", T, name, T);
    const char *value = ctext_use(t, regs->state[row]);
    ctext_define(t, sym, "pt_%s_all_%s(&%s, %s, %s);", op, regs->shape.suffix, name, value,
                 ctext_use(t, regs->beside[row]));
    return ctext_use(t, sym);
}

static const char *register_fin_text(CFn *fn, const Op *fin, const CRegs *regs, int row, int vec) {
    const Op *acc = regs->acc;
    switch (regs->form) {
    case REGS_SPREAD: {
        const char *s = ctext_use(fn->text, regs->state[row * regs->parts + vec]);
        if (regs->shape.per > 1)
            return masked(fn, fin, &regs->shape, vector_finish(fn, fin, &regs->shape, s),
                          c_format(fn, "pt_zero_%s()", regs->shape.suffix), vec);
        return c_acc_fin_tail(fn, fin, c_acc_finish_state(fn, acc, s));
    }
    case REGS_PARTIALS: return c_acc_fin_tail(fn, fin, partials_text(fn, regs, row));
    case REGS_TOTAL: return c_acc_fin_tail(fn, fin, c_acc_finish_state(fn, acc, c_regs_total_text(fn, regs, row)));
    case REGS_EXTREME: return c_acc_fin_tail(fn, fin, c_acc_finish_state(fn, acc, c_regs_extreme_text(fn, regs, row)));
    case REGS_ARG:
    case REGS_NONE: break;
    }
    return c_acc_fin_tail(fn, fin, c_acc_finish_state(fn, acc, arg_text(fn, regs, row)));
}

/* A vector of finished values, each by itself. */
static const char *gathered_fin(CFn *fn, const Op *fin, const CShape *s, const Expr *const *point, int vec) {
    CText *t = fn->text;
    const Op *acc = fin->operands[0]->def;
    const char *array = ctext_name(t, ctext_declare(t, "lane", "lane"));
    ctext_line(t, "%s %s[%d] = {0};", c_carrier_type(s->elem), array, s->per);
    int scope = ctext_scope_open(t);
    const char *l = ctext_name(t, ctext_declare(t, "l", "l"));
    const char *end = c_format(fn, "%d", s->per);
    if (op_part_expr(fin) >= 0)
        end = c_format(fn, "pt_minimum_i64(%d, %s)", s->per, count_from(fn, fin, vec * s->per));
    ctext_open(t, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", l, l, end, l);
    const char *lane = vec ? c_format(fn, "%d + %s", vec * s->per, l) : l;
    const char *value = c_acc_fin_tail(fn, fin, c_acc_finish_state(fn, acc, c_acc_state(fn, acc, point, lane)));
    ctext_line(t, "%s[%s] = %s;", array, l, value);
    ctext_close(t);
    ctext_scope_close(t, scope);
    bool small = elem_lanes(s->elem) == LANES_SMALL;
    return c_format(fn, "pt_load_%s%s%s(%s)", small ? elem_info(s->elem)->text : "", small ? "_" : "", s->suffix,
                    array);
}

static const char *memory_fin_text(CFn *fn, const Op *fin, const CShape *s, int row, int vec) {
    const Op *acc = fin->operands[0]->def;
    const Expr *point[IR_MAX_RANK];
    Elem kept = elem_accumulator(acc->results[0]->type->elem);
    bool in_lanes = s->per > 1 && elem_lanes(kept) != LANES_NONE; /* the place of the largest i64 is an i32 */
    CShape state = c_shape(fn->gen, kept, s->rows, in_lanes ? s->lanes : 1);
    point_of_row(fn, fin, row, point);
    if (s->per == 1) {
        const char *text = c_acc_fin_tail(fn, fin, c_acc_finish_state(fn, acc, c_acc_state(fn, acc, point, NULL)));
        int part = op_part_expr(fin);
        return part < 0 ? text : c_format(fn, "%s > 0 ? %s : 0", c_expr_atom(fn, fin->exprs[part]), text);
    }
    bool direct = c_acc_kind(acc) == STATE_VALUE && elem_lanes(state.elem) != LANES_SMALL && state.per == s->per &&
                  !(c_fin_divisor(fin) && !elem_is_float(state.elem)) &&
                  (!c_fin_rounds(fin) || elem_is_narrow_float(s->elem));
    if (!direct)
        return gathered_fin(fn, fin, s, point, vec);
    const Expr *at = expr_add_const(fn->gen->exprs, c_acc_offset(fn->gen, acc, point), vec * s->per);
    const char *p = c_acc_pointer(fn, acc, at);
    const char *text = op_part_expr(fin) < 0 ? c_format(fn, "pt_load_%s(%s)", state.suffix, p)
                                             : c_format(fn, "pt_load_part_%s(%s, %s)", state.suffix, p,
                                                        count_from(fn, fin, vec * s->per));
    return vector_finish(fn, fin, &state, text);
}

void c_block_fin(CFn *fn, const Op *op) {
    const Value *v = op->results[0];
    CShape s = c_shape_of(fn->gen, v->type);
    const CRegs *held = c_val(fn->gen, op->operands[0])->regs;
    fn->gen->uses_reduce = true;
    if (!type_is_scalar(v->type))
        c_val(fn->gen, v)->block = c_block_define(fn, v);
    for (int r = 0; r < s.rows; r++)
        for (int i = 0; i < s.vecs; i++) {
            int from = c_uses_mark(fn);
            const char *text = held ? register_fin_text(fn, op, held, r, i) : memory_fin_text(fn, op, &s, r, i);
            c_set_atom(fn, op, r, i, text, true, from);
        }
}
