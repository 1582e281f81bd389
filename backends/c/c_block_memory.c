/* Blocks in memory: windows read and written, packing, prefetching. */
#include <string.h>
#include "backends/c/c_block.h"

/* A window: the origin's indices, the strides of its rows and lanes, the count of valid lanes. */
typedef struct Window {
    const CMem *mem;
    const Expr *offset, *row_stride, *lane_stride; /* in elements */
    const Expr *count;                             /* NULL: all lanes are valid */
} Window;

static const Expr *stride_of(CGen *gen, const CMem *mem, const Op *op, AttrKey key) {
    int64_t dim = op_attr_int(op, key, -1);
    return dim < 0 ? expr_const(gen->exprs, 0) : mem->strides[dim];
}

static Window window_of(CFn *fn, const Op *op) {
    CGen *gen = fn->gen;
    Window w = {.mem = c_mem(gen, op->operands[0])};
    w.offset = w.mem->offset;
    for (int d = 0; d < w.mem->rank; d++)
        w.offset = expr_add(gen->exprs, w.offset, expr_mul(gen->exprs, op->exprs[d], w.mem->strides[d]));
    w.row_stride = stride_of(gen, w.mem, op, ATTR_ROWS);
    w.lane_stride = stride_of(gen, w.mem, op, ATTR_LANES);
    w.count = op_part_expr(op) >= 0 ? op->exprs[op_part_expr(op)] : NULL;
    return w;
}

static const Expr *offset_at(CFn *fn, const Window *w, int row, int lane) {
    ExprTable *t = fn->gen->exprs;
    const Expr *e = expr_add(t, w->offset, expr_mul_const(t, w->row_stride, row));
    return expr_add(t, e, expr_mul_const(t, w->lane_stride, lane));
}

static const char *element_at(CFn *fn, const Window *w, int row, int lane) {
    const char *base = c_name(fn, w->mem->base);
    return w->mem->scalar ? base : c_format(fn, "%s[%s]", base, c_expr(fn, offset_at(fn, w, row, lane)));
}

static const char *pointer_at(CFn *fn, const Window *w, int row, int lane) {
    const char *base = c_name(fn, w->mem->base);
    const Expr *e = offset_at(fn, w, row, lane);
    if (w->mem->scalar)
        return c_format(fn, "&%s", base);
    return expr_equals_const(e, 0) ? base : c_format(fn, "%s + %s", base, c_expr(fn, e));
}

/* How many of the lanes from `lane` on are valid. */
static const char *count_at(CFn *fn, const Window *w, int lane) {
    return c_expr(fn, expr_add_const(fn->gen->exprs, w->count, -lane));
}

/* "f16_" where memory holds the elements in another form than lanes do. */
static const char *memory_form(CFn *fn, const CMem *mem) {
    bool narrow = elem_is_narrow_float(mem->elem) && !mem->carried, small = elem_lanes(mem->elem) == LANES_SMALL;
    if (!narrow && !small && mem->elem != ELEM_BOOL)
        return "";
    return c_format(fn, "%s_", elem_info(mem->elem)->text);
}

/* ---- get ---- */

static const char *load_column(CFn *fn, const Window *w, int row) {
    const char *x = c_load_text(fn, w->mem, element_at(fn, w, row, 0));
    return w->count ? c_format(fn, "%s > 0 ? %s : 0", c_expr_atom(fn, w->count), x) : x;
}

static const char *load_lanes(CFn *fn, const Window *w, const CShape *s, int row, int lane) {
    const char *p = pointer_at(fn, w, row, lane), *form = memory_form(fn, w->mem);
    const char *part = w->count ? "part_" : "", *count = w->count ? c_format(fn, ", %s", count_at(fn, w, lane)) : "";
    if (expr_equals_const(w->lane_stride, 1))
        return c_format(fn, "pt_load_%s%s%s(%s%s)", part, form, s->suffix, p, count);
    return c_format(fn, "pt_gather_%s%s%s(%s, %s%s)", part, form, s->suffix, p, c_expr(fn, w->lane_stride), count);
}

/* The lanes of a product's right side are read by all its rows: they are loaded once and stay in a register. */
static bool is_pinned(CFn *fn, const Op *op, const CShape *s) {
    const CVal *val = c_val(fn->gen, op->results[0]);
    if (s->per == 1 || s->rows > 1 || !val->user || val->user->code != OP_STEP || val->operand_uses != 1)
        return false;
    const Op *acc = val->user->operands[0]->def;
    int64_t rows = 1, lanes = 1;
    bool product = op_attr_is(acc, ATTR_MONOID, monoid_text(MONOID_FMA_SEQ));
    return product && type_block(val->user->operands[1]->type, &rows, &lanes) && rows > 1;
}

static void define_pinned(CFn *fn, const Op *op, const CShape *s, int vec, const char *text) {
    CAtom *a = &c_val(fn->gen, op->results[0])->block->atoms[vec];
    a->sym = c_block_name(fn, op->results[0], s, 0, vec);
    const char *name = ctext_name(fn->text, a->sym);
    ctext_define(fn->text, a->sym, "%s %s = %s;", s->type, name, text);
    ctext_define(fn->text, a->sym, "PT_PIN(%s);", name);
}

void c_block_get(CFn *fn, const Op *op) {
    const Value *v = op->results[0];
    CShape s = c_shape_of(fn->gen, v->type);
    if (c_val(fn->gen, v)->operand_uses + c_val(fn->gen, v)->expr_uses == 0)
        return;
    Window w = window_of(fn, op);
    if (!type_is_scalar(v->type))
        c_val(fn->gen, v)->block = c_block_define(fn, v);
    bool pinned = is_pinned(fn, op, &s);
    for (int r = 0; r < s.rows; r++)
        for (int i = 0; i < s.vecs; i++) {
            int from = c_uses_mark(fn);
            const char *text = s.per == 1 ? load_column(fn, &w, r) : load_lanes(fn, &w, &s, r, i * s.per);
            if (pinned)
                define_pinned(fn, op, &s, i, text);
            else
                c_set_atom(fn, op, r, i, text, true, from);
        }
}

/* ---- put ---- */

static void store_column(CFn *fn, const Op *op, const Window *w, int row) {
    fn->row = row;
    const char *count = w->count ? c_format(fn, "%s > 0", c_expr_atom(fn, w->count)) : NULL;
    const char *condition = op->noperands > 2 ? c_atom(fn, op->operands[2]) : NULL;
    if (count || condition)
        ctext_open(fn->text, CLINE_OPEN, "if (%s%s%s) {", count ? count : "", count && condition ? " && " : "",
                   condition ? condition : "");
    const char *place = element_at(fn, w, row, 0);
    ctext_line(fn->text, "%s = %s;", place, c_store_text(fn, w->mem, c_operand(fn, op->operands[1])));
    if (count || condition)
        ctext_close(fn->text);
}

/* The lanes that a condition and a count let through. */
static const char *store_mask(CFn *fn, const Op *op, const Window *w, const CShape *s, int row, int vec) {
    CShape m = c_shape(fn->gen, ELEM_BOOL, s->rows, s->lanes);
    int pair = s->per < m.per ? 2 : 1;
    const char *mask = c_block_text(fn, op->operands[2], &m, row, vec / pair);
    if (w->count)
        mask = c_format(fn, "pt_and_%s(%s, pt_first_%s(%s))", m.suffix, mask, m.suffix,
                        count_at(fn, w, vec / pair * m.per));
    return pair == 1 ? mask : c_format(fn, "pt_widen_%s_%s(%s)", vec % 2 ? "hi" : "lo", m.suffix, mask);
}

/* Lanes that are far apart, under a condition: one by one. */
static void store_scattered_if(CFn *fn, const Op *op, const Window *w, const CShape *s, int row, int vec) {
    CText *t = fn->text;
    const char *mask_suffix = s->per < fn->gen->lanes ? c_format(fn, "m64x%d", s->per) : c_mask_suffix(fn->gen);
    const char *x = c_block_text(fn, op->operands[1], s, row, vec), *mask = store_mask(fn, op, w, s, row, vec);
    CSymList uses = ctext_take_uses(t, 0);
    int scope = ctext_scope_open(t);
    const char *l = ctext_name(t, ctext_declare(t, "l", "l"));
    ctext_open(t, CLINE_OPEN, "for (int %s = 0; %s < %d; %s++) {", l, l, s->per, l);
    ctext_paste_uses(t, &uses);
    ctext_open(t, CLINE_OPEN, "if (pt_lane_%s(%s, %s)) {", mask_suffix, mask, l);
    ctext_paste_uses(t, &uses);
    const char *value = c_format(fn, "pt_lane_%s(%s, %s)", s->suffix, x, l);
    if (elem_lanes(w->mem->elem) == LANES_SMALL)
        value = c_format(fn, "(%s)%s", elem_info(w->mem->elem)->ctype, value);
    const char *base = c_name(fn, w->mem->base), *at = c_expr(fn, offset_at(fn, w, row, vec * s->per));
    ctext_line(t, "%s[%s + %s * %s] = %s;", base, at, l, c_expr_atom(fn, w->lane_stride),
               c_store_text(fn, w->mem, value));
    ctext_close(t);
    ctext_close(t);
    ctext_scope_close(t, scope);
}

static void store_lanes(CFn *fn, const Op *op, const Window *w, const CShape *s, int row, int vec) {
    bool next = expr_equals_const(w->lane_stride, 1), masked = op->noperands > 2;
    const char *form = memory_form(fn, w->mem), *part = w->count && !masked ? "part_" : "";
    if (masked && !next) {
        store_scattered_if(fn, op, w, s, row, vec);
        return;
    }
    const char *p = pointer_at(fn, w, row, vec * s->per), *x = c_block_text(fn, op->operands[1], s, row, vec);
    const char *last = masked     ? c_format(fn, ", %s", store_mask(fn, op, w, s, row, vec))
                       : w->count ? c_format(fn, ", %s", count_at(fn, w, vec * s->per))
                                  : "";
    if (masked)
        ctext_line(fn->text, "pt_store_if_%s%s(%s, %s%s);", form, s->suffix, p, x, last);
    else if (next)
        ctext_line(fn->text, "pt_store_%s%s%s(%s, %s%s);", part, form, s->suffix, p, x, last);
    else
        ctext_line(fn->text, "pt_scatter_%s%s%s(%s, %s, %s%s);", part, form, s->suffix, p, c_expr(fn, w->lane_stride),
                   x, last);
}

void c_block_put(CFn *fn, const Op *op) {
    CShape s = c_shape_of(fn->gen, op->operands[1]->type);
    Window w = window_of(fn, op);
    for (int r = 0; r < s.rows; r++)
        for (int i = 0; i < s.vecs; i++) {
            if (s.per == 1)
                store_column(fn, op, &w, r);
            else
                store_lanes(fn, op, &w, &s, r, i);
        }
}

/* ---- prefetch ---- */

void c_emit_prefetch(CFn *fn, const Op *op) {
    const CMem *mem = c_mem(fn->gen, op->operands[0]);
    if (mem->scalar)
        return;
    fn->gen->uses_lanes = true;
    ctext_line(fn->text, "PT_PREFETCH(&%s);", c_subscript(fn, mem, op->exprs));
}

/* ---- pack ---- */

/* The panel's place in its buffer, in elements. */
static const Expr *panel_offset(CFn *fn, const Op *op, int first) {
    ExprTable *t = fn->gen->exprs;
    const Type *type = op->operands[0]->type;
    const Expr *at = expr_const(t, 0);
    for (int d = 0; d < type->rank; d++) {
        at = expr_mul(t, at, type->dims[d]);
        if (d + 2 < type->rank)
            at = expr_add(t, at, op->exprs[first + d]);
    }
    return at;
}

static const Expr *packed_offset(CFn *fn, const Op *op, const CMem *source) {
    const Expr *at = source->offset;
    for (int d = 0; d < source->rank; d++)
        at = expr_add(fn->gen->exprs, at, expr_mul(fn->gen->exprs, op->exprs[d], source->strides[d]));
    return at;
}

/* The runtime's function of the source's form, and what it writes; NULL: there is none. */
static const char *pack_form(const CMem *source, Elem *written) {
    Elem elem = source->carried && elem_is_narrow_float(source->elem) ? ELEM_F32 : source->elem;
    LaneSet lanes = elem_lanes(elem);
    *written = elem_accumulator(elem);
    return lanes == LANES_NONE || lanes == LANES_BOOL || source->scalar ? NULL : elem_info(elem)->text;
}

static void pack_elements(CFn *fn, const Op *op) {
    CText *t = fn->text;
    const CMem *to = c_mem(fn->gen, op->operands[0]), *source = c_mem(fn->gen, op->operands[1]);
    const Type *type = op->operands[0]->type;
    int rank = source->rank;
    const char *R = c_expr(fn, type->dims[type->rank - 2]), *C = c_expr(fn, type->dims[type->rank - 1]);
    int scope = ctext_scope_open(t);
    const char *r = ctext_name(t, ctext_declare(t, "r", "r")), *c = ctext_name(t, ctext_declare(t, "c", "c"));
    ctext_open(t, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", r, r, R, r);
    ctext_open(t, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", c, c, C, c);
    const char *row_stride = c_expr_atom(fn, stride_of(fn->gen, source, op, ATTR_ROWS));
    const char *lane_stride = c_expr_atom(fn, stride_of(fn->gen, source, op, ATTR_LANES));
    const char *at = c_format(fn, "%s + %s * %s + %s * %s", c_expr(fn, packed_offset(fn, op, source)), r, row_stride, c,
                              lane_stride);
    const char *base = c_name(fn, source->base);
    const char *x = c_load_text(fn, source, source->scalar ? base : c_format(fn, "%s[%s]", base, at));
    const char *rows = c_expr(fn, op->exprs[rank]), *lanes = c_expr(fn, op->exprs[rank + 1]);
    const char *place = c_expr(fn, panel_offset(fn, op, rank + 2)), *buffer = c_name(fn, to->base);
    const char *value = c_store_text(fn, to, c_format(fn, "%s < %s && %s < %s ? %s : 0", r, rows, c, lanes, x));
    ctext_line(t, "%s[%s + %s * (%s) + %s] = %s;", buffer, place, r, C, c, value);
    ctext_close(t);
    ctext_close(t);
    ctext_scope_close(t, scope);
}

/* Pairs of types that the runtime has no function for go element by element. */
void c_emit_pack(CFn *fn, const Op *op) {
    const CMem *to = c_mem(fn->gen, op->operands[0]), *source = c_mem(fn->gen, op->operands[1]);
    const Type *type = op->operands[0]->type;
    int rank = source->rank;
    Elem written, wanted = to->carried ? elem_accumulator(to->elem) : to->elem;
    const char *form = pack_form(source, &written);
    if (!form || written != wanted || to->scalar) {
        pack_elements(fn, op);
        return;
    }
    fn->gen->uses_pack = fn->gen->uses_lanes = true;
    const char *base = c_name(fn, to->base);
    const Expr *place = panel_offset(fn, op, rank + 2), *at = packed_offset(fn, op, source);
    const char *buffer = expr_equals_const(place, 0) ? base : c_format(fn, "%s + %s", base, c_expr(fn, place));
    const char *rows = c_expr(fn, type->dims[type->rank - 2]), *cols = c_expr(fn, type->dims[type->rank - 1]);
    base = c_name(fn, source->base);
    const char *from = expr_equals_const(at, 0) ? base : c_format(fn, "%s + %s", base, c_expr(fn, at));
    const char *row_stride = c_expr(fn, stride_of(fn->gen, source, op, ATTR_ROWS));
    const char *lane_stride = c_expr(fn, stride_of(fn->gen, source, op, ATTR_LANES));
    const char *valid_rows = c_expr(fn, op->exprs[rank]);
    ctext_line(fn->text, "pt_pack_%s(%s, %s, %s, %s, %s, %s, %s, %s, %s);", form, buffer, rows, cols, cols, from,
               row_stride, lane_stride, valid_rows, c_expr(fn, op->exprs[rank + 1]));
}
