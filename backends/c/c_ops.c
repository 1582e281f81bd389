/* Which operation is written how: a template in op.def's CEXPR column, or a function of this table. */
#include <string.h>
#include "backends/c/c_internal.h"

static const char *const templates[OP_COUNT] = {
#define OP(NAME, ...) [OP_##NAME] =
#define CEXPR(expr) expr,
#include "ir/op.def"
#undef OP
#undef CEXPR
};

static const CEmitFn emitters[OP_COUNT] = {
    [OP_CAST] = c_emit_cast,
    [OP_BITCAST] = c_emit_bitcast,
    [OP_CONST] = c_emit_const,
    [OP_INDEX] = c_emit_index,
    [OP_VIEW] = c_emit_view,
    [OP_RESHAPE_VIEW] = c_emit_view,
    [OP_GET] = c_emit_get,
    [OP_PUT] = c_emit_put,
    [OP_FILL] = c_emit_fill,
    [OP_TEMP] = c_emit_temp,
    [OP_BUFFER] = c_emit_buffer,
    [OP_ACC] = c_emit_acc,
    [OP_STEP] = c_emit_step,
    [OP_FIN] = c_emit_fin,
    [OP_TOPK_FIN] = c_emit_topk_fin,
    [OP_IOTA] = c_emit_iota,
    [OP_ISLAND] = c_emit_island,
    [OP_PACK] = c_emit_pack,
    [OP_PREFETCH] = c_emit_prefetch,
    [OP_LOOP] = c_emit_loop,
    [OP_FOR] = c_emit_loop,
    [OP_PARALLEL] = c_emit_parallel,
    [OP_CONCURRENT] = c_emit_concurrent,
    [OP_PIPE] = c_emit_pipe,
    [OP_PROCESS] = c_emit_concurrent,
    [OP_SEND] = c_emit_transfer,
    [OP_RECEIVE] = c_emit_transfer,
    [OP_IF] = c_emit_if,
    [OP_TIER] = c_emit_tier,
    [OP_SWITCH] = c_emit_switch,
    [OP_YIELD] = c_emit_yield,
    [OP_CALL] = c_emit_call,
    [OP_TALLY] = c_emit_tally,
    [OP_SHARE] = c_emit_share,
    [OP_JOIN] = c_emit_join,
    [OP_COLLECT] = c_emit_collect,
    [OP_SPREAD] = c_emit_spread,
    [OP_OWN] = c_emit_own,
    [OP_NEED] = c_emit_need,
    [OP_SETTLE] = c_emit_settle,
    [OP_ASSUME] = c_emit_assume,
    [OP_CHECK] = c_emit_check,
    [OP_CSR] = c_emit_csr,
    [OP_FAIL] = c_emit_fail,
    [OP_ASSERT] = c_emit_assert,
    [OP_PRINT] = c_emit_print,
};

const char *c_op_template(OpCode code) { return templates[code]; }

CEmitFn c_op_emitter(OpCode code) {
    if (emitters[code])
        return emitters[code];
    return templates[code] ? c_emit_ewise : NULL;
}

void c_emit_op(CFn *fn, const Op *op) {
    CEmitFn emit = c_op_emitter(op->code);
    if (op->loc.line > 0)
        fn->text->loc = op->loc;
    if (emit && c_is_single_part(op))
        c_emit_single_part(fn, op, emit);
    else if (emit && c_is_block_op(op))
        c_emit_block(fn, op);
    else if (emit)
        emit(fn, op);
    else
        c_error(fn->gen, op_info(op->code)->name);
}

/* ---- element-wise ---- */

/* "float form|general form": floats may use operators; everything else goes through functions with defined results. */
static const char *choose_form(Arena *arena, const char *template, bool is_float) {
    const char *bar = strstr(template, "|pt_");
    if (!bar)
        return template;
    return is_float ? arena_strndup(arena, template, (size_t)(bar - template)) : bar + 1;
}

static void put_operand(CFn *fn, Buf *out, const Op *op, int number) {
    char before = out->len ? out->data[out->len - 1] : '\0';
    bool between_commas = before == '(' || (out->len > 1 && before == ' ' && out->data[out->len - 2] == ',');
    buf_puts(out, between_commas ? c_operand(fn, op->operands[number]) : c_atom(fn, op->operands[number]));
}

static void put_template(CFn *fn, Buf *out, const Op *op, const char *template) {
    const ElemInfo *of = elem_info(op->operands[0]->type->elem), *result = elem_info(op->results[0]->type->elem);
    for (const char *p = template; *p; p++) {
        if (*p != '$') {
            buf_putc(out, *p);
            continue;
        }
        p++;
        if (*p >= '0' && *p <= '9')
            put_operand(fn, out, op, *p - '0');
        else
            buf_puts(out, *p == 'T' ? of->carrier : *p == 'R' ? result->carrier : *p == 'E' ? result->text : of->text);
    }
}

const char *c_ewise_text(CFn *fn, const Op *op, bool *is_atom) {
    Elem elem = op->results[0]->type->elem;
    fn->gen->uses_math |= op_code_has(op->code, COSTLY);
    const char *template =
        choose_form(fn->gen->arena, c_op_template(op->code), elem_is_float(op->operands[0]->type->elem));
    bool rounds = op_code_has(op->code, ROUNDS) && elem_is_narrow_float(elem);
    Buf out = {0};
    if (rounds)
        buf_printf(&out, "pt_round_%s(", elem_info(elem)->text);
    put_template(fn, &out, op, template);
    if (rounds)
        buf_putc(&out, ')');
    *is_atom = rounds || str_starts_with(template, "pt_");
    const char *text = arena_strdup(fn->gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

void c_check_divisor(CFn *fn, const Op *op) {
    bool divides = op->code == OP_DIV || op->code == OP_REM;
    if (!divides || fn->gen->options->checks != C_CHECKS_FULL || elem_is_float(op->operands[0]->type->elem))
        return;
    ctext_open(fn->text, CLINE_OPEN, "if (%s == 0) {", c_atom(fn, op->operands[1]));
    ctext_line(fn->text, "%s;", c_fail_text(fn, "DIVIDE", "an integer is divided by zero", NULL, 0));
    ctext_close(fn->text);
}

void c_emit_ewise(CFn *fn, const Op *op) {
    c_check_divisor(fn, op);
    int from = c_uses_mark(fn);
    bool atom;
    const char *text = c_ewise_text(fn, op, &atom);
    c_set_result(fn, op, text, atom, false, from);
}

/* ---- casts ---- */

/* Every value of `from` is one of `to`, held the same way or by a plain C conversion: no rounding, no clamping. */
static bool cast_is_exact(Elem from, Elem to) {
    const ElemInfo *f = elem_info(from), *t = elem_info(to);
    if (from == to)
        return true;
    if (elem_is_float(from))
        return (elem_is_narrow_float(from) && to == ELEM_F32) || (from != ELEM_F64 && to == ELEM_F64);
    if (to == ELEM_BOOL)
        return false;
    bool is_unsigned = f->cls != ELEM_CLASS_SINT;
    if (elem_is_float(to))
        return !elem_is_narrow_float(to) && f->bits <= (to == ELEM_F64 ? 32 : 16);
    return is_unsigned ? f->bits < t->bits || (f->bits == t->bits && t->cls == ELEM_CLASS_UINT)
                       : t->cls == ELEM_CLASS_SINT && f->bits <= t->bits;
}

const char *c_round_mode(const Op *op) {
    const char *word = op_attr_str(op, ATTR_ROUND);
    if (!word || strcmp(word, "rint") == 0)
        return "PT_RINT";
    return strcmp(word, "floor") == 0 ? "PT_FLOOR" : strcmp(word, "ceil") == 0 ? "PT_CEIL" : "PT_TRUNC";
}

const char *c_cast_text(CFn *fn, const Op *op, bool *is_atom) {
    Elem from = op->operands[0]->type->elem, to = op->results[0]->type->elem;
    Arena *arena = fn->gen->arena;
    *is_atom = true;
    if (cast_is_exact(from, to)) {
        bool same = strcmp(c_carrier_type(from), c_carrier_type(to)) == 0;
        const char *x = c_atom(fn, op->operands[0]);
        return same ? x : arena_printf(arena, "(%s)%s", c_carrier_type(to), x);
    }
    return arena_printf(arena, "pt_cast_%s_%s(%s, %s, %d)", elem_info(from)->carrier, elem_info(to)->text,
                        c_operand(fn, op->operands[0]), c_round_mode(op), op_attr_bool(op, ATTR_SAT));
}

void c_emit_cast(CFn *fn, const Op *op) {
    int from = c_uses_mark(fn);
    bool atom;
    const char *text = c_cast_text(fn, op, &atom);
    c_set_result(fn, op, text, atom, false, from);
}

void c_emit_bitcast(CFn *fn, const Op *op) {
    const char *f = elem_info(op->operands[0]->type->elem)->text, *t = elem_info(op->results[0]->type->elem)->text;
    int from = c_uses_mark(fn);
    const char *text =
        arena_printf(fn->gen->arena, "pt_unbits_%s(pt_bits_%s(%s))", t, f, c_operand(fn, op->operands[0]));
    c_set_result(fn, op, text, true, false, from);
}
