/* Blocks: shapes, variables, element-wise operations. */
#include "backends/c/c_block.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

const char *c_format(CFn *fn, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(fn->gen->arena, fmt, ap);
    va_end(ap);
    return text;
}

/* ---- what is a block ---- */

static bool is_block(const Value *v) { return type_is_tile(v->type) && !type_is_scalar(v->type); }

static bool has_lanes(const Value *v) { return type_is_tile(v->type) && !expr_equals_const(v->type->dims[1], 1); }

static bool any_value(const Op *op, bool (*holds)(const Value *v)) {
    bool found = false;
    for (int i = 0; i < op->noperands; i++)
        found = found || holds(op->operands[i]);
    for (int i = 0; i < op->nresults; i++)
        found = found || holds(op->results[i]);
    return found;
}

bool c_is_block_op(const Op *op) { return op_attr_bool(op, ATTR_PART) || any_value(op, is_block); }

bool c_is_lane_op(const Op *op) { return any_value(op, has_lanes); }

/* ---- shapes ---- */

static int lanes_of(const CGen *gen, Elem elem) { return elem_lanes(elem) == LANES_F64 ? gen->lanes / 2 : gen->lanes; }

/* Small integers are carried as i32, masks have lanes as wide as f32. */
static const char *lane_name(Elem elem) {
    switch ((int)elem_lanes(elem)) {
    case LANES_F32: return "f32";
    case LANES_F64: return "f64";
    case LANES_BOOL: return "m32";
    case LANES_SMALL: return "i32";
    default: return elem_info(elem)->text;
    }
}

CShape c_shape(CGen *gen, Elem elem, int64_t rows, int64_t lanes) {
    CShape s = {.elem = elem, .rows = (int)rows, .lanes = (int)lanes, .per = 1, .vecs = 1};
    s.suffix = elem_info(elem)->carrier;
    s.type = c_carrier_type(elem);
    if (lanes == 1)
        return s;
    if (elem_lanes(elem) == LANES_NONE || lanes % gen->lanes != 0) {
        c_error(gen, arena_printf(gen->arena, "a block of %d lanes of %s", s.lanes, elem_info(elem)->text));
        return s;
    }
    gen->uses_lanes = true;
    s.per = lanes_of(gen, elem);
    s.vecs = s.lanes / s.per;
    if (!gen->lane_types[elem]) {
        gen->lane_types[elem] = arena_printf(gen->keep, "pt_%sx%d", lane_name(elem), s.per);
        gen->lane_suffixes[elem] = gen->lane_types[elem] + strlen("pt_");
    }
    s.suffix = gen->lane_suffixes[elem];
    s.type = gen->lane_types[elem];
    return s;
}

CShape c_shape_of(CGen *gen, const Type *tile) {
    int64_t rows = 1, lanes = 1;
    type_block(tile, &rows, &lanes);
    return c_shape(gen, tile->elem, rows, lanes);
}

const char *c_mask_suffix(CGen *gen) { return arena_printf(gen->arena, "m32x%d", gen->lanes); }

/* ---- variables ---- */

/* "c12" is row 1, vector 2; a number is left out where there is one row or one vector. */
CSym c_block_name(CFn *fn, const Value *v, const CShape *shape, int row, int vec) {
    const char *base = v->name ? v->name : elem_is_float(shape->elem) ? "x" : shape->elem == ELEM_BOOL ? "m" : "n";
    const char *between = shape->rows > 10 || shape->vecs > 10 ? "_" : "";
    if (shape->rows > 1 && shape->vecs > 1)
        base = c_format(fn, "%s%d%s%d", base, row, between, vec);
    else if (shape->rows > 1 || shape->vecs > 1)
        base = c_format(fn, "%s%d", base, row + vec);
    return ctext_declare(fn->text, base, "x");
}

CBlock *c_block_define(CFn *fn, const Value *v) {
    CBlock *b = ARENA_NEW(fn->gen->arena, CBlock);
    b->shape = c_shape_of(fn->gen, v->type);
    b->fn = fn;
    b->atoms = ARENA_ARRAY(fn->gen->arena, CAtom, b->shape.rows * b->shape.vecs + 1);
    const CVal *val = c_val(fn->gen, v);
    /* A column that is only used in lanes is held stretched. */
    if (b->shape.per == 1 && val->lane_uses > 0 && val->lane_uses == val->operand_uses &&
        elem_lanes(v->type->elem) != LANES_NONE) {
        CShape wide = c_shape(fn->gen, v->type->elem, 1, fn->gen->lanes);
        b->shape.per = wide.per;
        b->shape.suffix = wide.suffix;
        b->shape.type = wide.type;
    }
    return b;
}

void c_capture_block(CFn *fn, const Value *v) {
    CVal *val = c_val(fn->gen, v);
    Arena *arena = fn->gen->arena;
    const CBlock *outer = val->block;
    CBlock *b = ARENA_NEW(arena, CBlock);
    *b = *outer;
    b->fn = fn;
    int n = b->shape.rows * b->shape.vecs;
    b->atoms = ARENA_ARRAY(arena, CAtom, n + 1);
    for (int i = 0; i < n; i++) {
        b->atoms[i].sym = ctext_declare_outer(fn->text, outer->atoms[i].text ? v->name : NULL, "v");
        VEC_PUSH(arena, &fn->saved, *val);
        VEC_PUSH(arena, &fn->captured, (CParam){(Value *)v, b->atoms[i].sym, NULL, i + 1});
    }
    val->block = b;
}

bool c_block_reads(const CBlock *block) {
    for (int i = 0; i < block->shape.rows * block->shape.vecs; i++)
        if (block->atoms[i].text && block->atoms[i].reads)
            return true;
    return false;
}

static void define_waiting(CFn *fn, const Value *v, int number) {
    CBlock *b = c_val(fn->gen, v)->block;
    CAtom *a = &b->atoms[number];
    CSymList before = ctext_take_uses(fn->text, 0);
    a->sym = c_block_name(fn, v, &b->shape, number, 0);
    ctext_paste_uses(fn->text, &a->uses);
    ctext_define(fn->text, a->sym, "const %s %s = %s;", b->shape.type, ctext_name(fn->text, a->sym), a->text);
    ctext_paste_uses(fn->text, &before);
    a->text = NULL;
    a->waits = false;
}

const char *c_block_atom_text(CFn *fn, const Value *v, int number) {
    if (c_val(fn->gen, v)->block->fn != fn)
        c_capture_block(fn, v);
    const CAtom *a = &c_val(fn->gen, v)->block->atoms[number];
    if (a->waits)
        define_waiting(fn, v, number);
    if (!a->text)
        return ctext_use(fn->text, a->sym);
    ctext_paste_uses(fn->text, &a->uses);
    return a->text;
}

const char *c_block_operand(CFn *fn, const Value *v, bool atom) {
    const CBlock *b = c_val(fn->gen, v)->block;
    int number = (b->shape.rows == 1 ? 0 : fn->row) * b->shape.vecs;
    const char *text = c_block_atom_text(fn, v, number);
    const CAtom *a = &c_val(fn->gen, v)->block->atoms[number];
    return atom && a->text && !a->is_atom ? c_format(fn, "(%s)", text) : text;
}

const char *c_block_scalar(CFn *fn, const Value *v, int row) {
    fn->row = row;
    return c_operand(fn, v);
}

const char *c_block_text(CFn *fn, const Value *v, const CShape *want, int row, int vec) {
    const CBlock *b = c_val(fn->gen, v)->block;
    if (want->per == 1)
        return c_block_scalar(fn, v, row);
    if (b && b->shape.per > 1) {
        int r = b->shape.rows == 1 ? 0 : row, i = b->shape.vecs == 1 ? 0 : vec;
        return c_block_atom_text(fn, v, r * b->shape.vecs + i);
    }
    CShape wide = c_shape(fn->gen, v->type->elem, 1, fn->gen->lanes);
    return c_format(fn, "pt_splat_%s(%s)", wide.suffix, c_block_scalar(fn, v, row));
}

/* ---- results ---- */

/* A step that mentions each element of its one value once. */
static bool step_takes_once(const Op *user) {
    if (user->code != OP_STEP || user->noperands != 2)
        return false;
    Monoid m = c_acc_monoid(user->operands[0]->def);
    return m == MONOID_SUM_SEQ || m == MONOID_PROD_SEQ || m == MONOID_SUM_LANES || m == MONOID_PROD_LANES;
}

/* A user that mentions each variable of the block once. */
static bool used_once(CFn *fn, const Value *v, const CShape *shape) {
    const Op *user = c_val(fn->gen, v)->user;
    if (step_takes_once(user))
        return true;
    const Value *result = user->nresults ? user->results[0] : user->code == OP_PUT ? user->operands[1] : NULL;
    if (!result || !type_is_tile(result->type) || (user->code == OP_PUT && user->operands[1] != v))
        return false;
    CShape other = c_shape_of(fn->gen, result->type);
    Elem from = user->operands[0]->type->elem;
    bool pairs = (user->nresults > 0) && (elem_lanes(from) == LANES_F64) != (elem_lanes(other.elem) == LANES_F64);
    bool small = elem_lanes(other.elem) == LANES_SMALL && user->code == OP_CAST;
    return !pairs && !small && other.rows == shape->rows && other.lanes == shape->lanes &&
           op_code_has(user->code, EWISE) == (user->nresults > 0);
}

/* A name, a number, or one call or subscript. */
static bool is_one_term(const char *text) {
    int depth = 0;
    for (const char *p = text; *p; p++) {
        depth += *p == '(' || *p == '[' ? 1 : *p == ')' || *p == ']' ? -1 : 0;
        bool inside = depth > 0 || *p == ')' || *p == ']';
        if (!inside && strchr(" -+*/?&|<>=", *p))
            return false;
    }
    return text[0] != '(';
}

void c_set_atom(CFn *fn, const Op *op, int row, int vec, const char *text, bool reads, int from) {
    const Value *v = op->results[0];
    if (!is_block(v)) {
        c_set_result(fn, op, text, is_one_term(text), reads, from);
        return;
    }
    CBlock *b = c_val(fn->gen, v)->block;
    CAtom *a = &b->atoms[row * b->shape.vecs + vec];
    reads = reads || c_operands_read(fn, op);
    bool stretched = b->shape.lanes == 1 && b->shape.per > 1;
    if (stretched)
        text = c_format(fn, "pt_splat_%s(%s)", b->shape.suffix, text);
    if (stretched && c_can_move(fn, op, reads)) {
        *a = (CAtom){.text = text, .reads = reads, .waits = true};
        a->uses = ctext_take_uses(fn->text, from);
        return;
    }
    if (!stretched && c_can_paste(fn, op, text, reads) && used_once(fn, v, &b->shape)) {
        *a = (CAtom){.text = text, .is_atom = is_one_term(text), .reads = reads};
        a->uses = ctext_take_uses(fn->text, from);
        return;
    }
    a->sym = c_block_name(fn, v, &b->shape, row, vec);
    ctext_define(fn->text, a->sym, "const %s %s = %s;", b->shape.type, ctext_name(fn->text, a->sym), text);
}

/* ---- element-wise ---- */

typedef const char *(*ScalarText)(CFn *fn, const Op *op, bool *is_atom);

static void emit_columns(CFn *fn, const Op *op, int rows, ScalarText text_of) {
    for (int r = 0; r < rows; r++) {
        bool atom;
        fn->row = r;
        if (op->code == OP_DIV || op->code == OP_REM)
            c_check_divisor(fn, op);
        int from = c_uses_mark(fn);
        const char *text = text_of(fn, op, &atom);
        c_set_atom(fn, op, r, 0, text, false, from);
    }
}

/* "pt_NAME_V(operands)" of the vector in all operands from `first` on. */
static const char *call_text(CFn *fn, const Op *op, const char *name, const CShape *of, int first, int row, int vec) {
    Buf out = {0};
    buf_printf(&out, "pt_%s_%s(", name, of->suffix);
    for (int i = first; i < op->noperands; i++)
        buf_printf(&out, "%s%s", i > first ? ", " : "", c_block_text(fn, op->operands[i], of, row, vec));
    buf_putc(&out, ')');
    const char *text = arena_strdup(fn->gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

/* Comparisons of f64 are two vectors to a mask. */
static const char *pair_text(CFn *fn, const Op *op, const CShape *of, int row, int vec) {
    const char *name = op_info(op->code)->name, *lo = call_text(fn, op, name, of, 0, row, 2 * vec);
    return c_format(fn, "pt_narrow_m64x%d(%s, %s)", of->per, lo, call_text(fn, op, name, of, 0, row, 2 * vec + 1));
}

static const char *half_of_mask(CFn *fn, const Value *mask, const CShape *of, int row, int vec) {
    CShape m = c_shape(fn->gen, ELEM_BOOL, of->rows, of->lanes);
    if (elem_lanes(of->elem) != LANES_F64)
        return c_block_text(fn, mask, &m, row, vec);
    return c_format(fn, "pt_widen_%s_%s(%s)", vec % 2 ? "hi" : "lo", m.suffix,
                    c_block_text(fn, mask, &m, row, vec / 2));
}

static const char *select_text(CFn *fn, const Op *op, const CShape *s, int row, int vec) {
    const char *mask = half_of_mask(fn, op->operands[0], s, row, vec),
               *x = c_block_text(fn, op->operands[1], s, row, vec);
    return c_format(fn, "pt_select_%s(%s, %s, %s)", s->suffix, mask, x, c_block_text(fn, op->operands[2], s, row, vec));
}

/* maximum(a, c) and minimum(a, c) of a constant c that is neither NaN nor zero: one instruction, whose doubtful cases give a. */
static const char *bound_text(CFn *fn, const Op *op, const CShape *s, int row, int vec) {
    const Op *c = op->operands[1]->def;
    const Attr *bound = c && c->code == OP_CONST ? op_attr(c, ATTR_FLOAT) : NULL;
    if (!elem_is_float(s->elem) || !bound || isnan(bound->f) || bound->f == 0)
        return NULL;
    const char *a = c_block_text(fn, op->operands[0], s, row, vec), *b = c_block_text(fn, op->operands[1], s, row, vec);
    return c_format(fn, "pt_%s_%s(%s, %s)", op->code == OP_MAXIMUM ? "greater" : "lesser", s->suffix, b, a);
}

static const char *lanes_text(CFn *fn, const Op *op, const CShape *s, int row, int vec) {
    CShape of = c_shape(fn->gen, op->operands[0]->type->elem, s->rows, s->lanes);
    if (op->code == OP_WHERE)
        return select_text(fn, op, s, row, vec);
    if (op->code == OP_BROADCAST)
        return c_block_text(fn, op->operands[0], s, row, vec);
    if (of.per < s->per)
        return pair_text(fn, op, &of, row, vec);
    const char *text = op->code == OP_MAXIMUM || op->code == OP_MINIMUM ? bound_text(fn, op, &of, row, vec) : NULL;
    if (!text)
        text = call_text(fn, op, op_info(op->code)->name, &of, 0, row, vec);
    if (op_code_has(op->code, ROUNDS) && elem_is_narrow_float(s->elem))
        return c_format(fn, "pt_round_%s_%s(%s)", elem_info(s->elem)->text, s->suffix, text);
    return text;
}

/* ---- casts ---- */

static const char *clamp_text(CFn *fn, const CShape *s, const char *x, Elem to) {
    const ElemInfo *info = elem_info(to);
    bool is_signed = elem_is_signed(to);
    int most = (1 << (info->bits - is_signed)) - 1, least = is_signed ? -most - 1 : 0;
    return c_format(fn, "pt_clamp_%s(%s, pt_splat_%s(%d), pt_splat_%s(%d))", s->suffix, x, s->suffix, least, s->suffix,
                    most);
}

/* To the low bits, as i32. */
static const char *wrap_text(CFn *fn, const CShape *s, const char *x, Elem to) {
    int drop = 32 - elem_info(to)->bits;
    if (!elem_is_signed(to))
        return c_format(fn, "pt_and_%s(%s, pt_splat_%s(%d))", s->suffix, x, s->suffix, (int)(UINT32_MAX >> drop));
    const char *by = c_format(fn, "pt_splat_%s(%d)", s->suffix, drop);
    return c_format(fn, "pt_shr_%s(pt_shl_%s(%s, %s), %s)", s->suffix, s->suffix, x, by, by);
}

/* Between vectors of as many lanes, and from and to pairs of f64. `to` is no small integer. */
static const char *convert_text(CFn *fn, const Op *op, const CShape *from, const char *to, int row, int vec) {
    const Value *x = op->operands[0];
    bool to_f64 = strcmp(to, "f64") == 0, pairs = elem_lanes(from->elem) == LANES_F64 && !to_f64;
    const char *how = c_format(fn, "%s, %d", c_round_mode(op), op_attr_bool(op, ATTR_SAT));
    if (pairs) {
        const char *lo = c_block_text(fn, x, from, row, 2 * vec);
        return c_format(fn, "pt_cast_%s_%s(%s, %s, %s)", from->suffix, to, lo,
                        c_block_text(fn, x, from, row, 2 * vec + 1), how);
    }
    const char *half = vec % 2 ? "hi" : "lo", *text = c_block_text(fn, x, from, row, to_f64 ? vec / 2 : vec);
    if (to_f64 && elem_lanes(from->elem) == LANES_F32)
        return c_format(fn, "pt_widen_%s_%s(%s)", half, from->suffix, text);
    if (to_f64)
        return c_format(fn, "pt_cast_%s_f64_%s(%s, %s)", from->suffix, half, text, how);
    return c_format(fn, "pt_cast_%s_%s(%s, %s)", from->suffix, to, text, how);
}

/* A cast that changes nothing about the variables: the result's are the operand's. */
static bool cast_is_renaming(CFn *fn, const Op *op, const CShape *s) {
    if (op->code != OP_CAST)
        return false;
    const Value *x = op->operands[0];
    const CBlock *b = c_val(fn->gen, x)->block;
    CShape from = c_shape(fn->gen, x->type->elem, s->rows, s->lanes);
    if (!b || b->fn != fn || !elem_widens(from.elem, s->elem) || strcmp(from.suffix, s->suffix) != 0)
        return false;
    for (int i = 0; i < s->rows * s->vecs; i++)
        if (b->atoms[i].text)
            return false;
    return b->shape.rows == s->rows && b->shape.lanes == s->lanes && b->shape.per == s->per;
}

static const char *cast_text(CFn *fn, const Op *op, const CShape *s, int row, int vec) {
    Elem from_elem = op->operands[0]->type->elem, to = s->elem;
    CShape from = c_shape(fn->gen, from_elem, s->rows, s->lanes);
    bool same = elem_widens(from_elem, to) && strcmp(from.suffix, s->suffix) == 0;
    if (same)
        return c_block_text(fn, op->operands[0], &from, row, vec);
    if (elem_lanes(to) != LANES_SMALL)
        return convert_text(fn, op, &from, elem_info(to)->text, row, vec);
    bool clamp = elem_is_float(from_elem) || op_attr_bool(op, ATTR_SAT);
    const char *x = from_elem == ELEM_U32 && op_attr_bool(op, ATTR_SAT) /* above the greatest i32: clamped to it */
                        ? convert_text(fn, op, &from, "i32", row, vec)
                        : strcmp(from.suffix, s->suffix) == 0 ? c_block_text(fn, op->operands[0], &from, row, vec)
                                                              : convert_text(fn, op, &from, "i32", row, vec);
    return clamp ? clamp_text(fn, s, x, to) : wrap_text(fn, s, x, to);
}

/* ---- iota ---- */

static const char *iota_scalar(CFn *fn, const Op *op, bool *is_atom) {
    const Expr *e = op->exprs[0];
    *is_atom = true;
    if (op_attr_int(op, ATTR_AXIS, 1) == 0)
        e = expr_add_const(fn->gen->exprs, e, fn->row);
    return c_format(fn, "pt_cast_i64_%s(%s, PT_RINT, 0)", elem_info(op->results[0]->type->elem)->text, c_expr(fn, e));
}

static const char *iota_text(CFn *fn, const Op *op, const CShape *s, int row, int vec) {
    bool down = op_attr_int(op, ATTR_AXIS, 1) == 0;
    const Expr *e = expr_add_const(fn->gen->exprs, op->exprs[0], down ? row : vec * s->per);
    const char *ctype = elem_info(s->elem)->ctype, *x = c_expr_atom(fn, e);
    if (expr_is_const(e, NULL))
        return c_format(fn, "pt_%s_%s(%s)", down ? "splat" : "iota", s->suffix, x);
    return c_format(fn, "pt_%s_%s((%s)%s)", down ? "splat" : "iota", s->suffix, ctype, x);
}

void c_emit_iota(CFn *fn, const Op *op) { emit_columns(fn, op, 1, iota_scalar); }

/* ---- dispatch ---- */

static void emit_values(CFn *fn, const Op *op) {
    CShape s = c_shape_of(fn->gen, op->results[0]->type);
    if (is_block(op->results[0]))
        c_val(fn->gen, op->results[0])->block = c_block_define(fn, op->results[0]);
    if (s.per == 1) {
        emit_columns(fn, op, s.rows,
                     op->code == OP_CAST   ? c_cast_text
                     : op->code == OP_IOTA ? iota_scalar
                                           : c_ewise_text);
        return;
    }
    if (!op_has_lanes(op)) {
        c_error(fn->gen, c_format(fn, "%s of several lanes of %s", op_info(op->code)->name, elem_info(s.elem)->text));
        return;
    }
    fn->gen->uses_lane_math |= op_code_has(op->code, COSTLY);
    if (cast_is_renaming(fn, op, &s)) {
        c_val(fn->gen, op->results[0])->block->atoms = c_val(fn->gen, op->operands[0])->block->atoms;
        return;
    }
    for (int r = 0; r < s.rows; r++)
        for (int i = 0; i < s.vecs; i++) {
            int from = c_uses_mark(fn);
            const char *text = op->code == OP_CAST   ? cast_text(fn, op, &s, r, i)
                               : op->code == OP_IOTA ? iota_text(fn, op, &s, r, i)
                                                     : lanes_text(fn, op, &s, r, i);
            c_set_atom(fn, op, r, i, text, false, from);
        }
}

void c_emit_block(CFn *fn, const Op *op) {
    if (op->code == OP_GET)
        c_block_get(fn, op);
    else if (op->code == OP_PUT)
        c_block_put(fn, op);
    else if (op->code == OP_STEP)
        c_block_step(fn, op);
    else if (op->code == OP_FIN)
        c_block_fin(fn, op);
    else if (op_code_has(op->code, EWISE) || op->code == OP_IOTA || op->code == OP_BROADCAST)
        emit_values(fn, op);
    else
        c_error(fn->gen, c_format(fn, "%s of a block", op_info(op->code)->name));
}
