/* Memory: pointers, subscripts, views, get, put, fill. */
#include <string.h>
#include "backends/c/c_internal.h"

CMem *c_mem(CGen *gen, const Value *v) { return c_val(gen, v)->mem; }

/* ---- views ---- */

static CMem *derived(CGen *gen, const CMem *base) {
    CMem *mem = ARENA_NEW(gen->arena, CMem);
    *mem = *base;
    mem->rank = 0;
    memset(mem->strides, 0, sizeof mem->strides);
    return mem;
}

static CMem *mem_reshaped(CGen *gen, const Op *op) {
    const CMem *base = c_mem(gen, op->operands[0]);
    CMem *mem = c_mem_contiguous(gen, base->base, op->results[0]->type);
    mem->offset = base->offset;
    mem->root = base->root;
    mem->carried = base->carried;
    return mem;
}

CMem *c_mem_view(CGen *gen, const Op *op) {
    if (op->code == OP_RESHAPE_VIEW)
        return mem_reshaped(gen, op);
    const CMem *base = c_mem(gen, op->operands[0]);
    CMem *mem = derived(gen, base);
    ExprTable *t = gen->exprs;
    int e = 0;
    for (int d = 0; d < op->nsels; d++) {
        const Expr *begin = op->sels[d] == SEL_FULL ? expr_const(t, 0) : op->exprs[e];
        e += op->sels[d] == SEL_FULL ? 0 : op->sels[d] == SEL_INDEX ? 1 : 2;
        mem->offset = expr_add(t, mem->offset, expr_mul(t, begin, base->strides[d]));
        if (op->sels[d] != SEL_INDEX)
            mem->strides[mem->rank++] = base->strides[d];
    }
    return mem;
}

/* A view stays an offset to its base's pointer; one that is used several times gets a pointer of its own. */
void c_emit_view(CFn *fn, const Op *op) {
    const Value *v = op->results[0];
    CGen *gen = fn->gen;
    CMem *mem = c_mem(gen, v);
    if (c_val(gen, v)->operand_uses < 2 || expr_is_const(mem->offset, NULL))
        return;
    const char *pointer = c_pointer(fn, v);
    c_define_name(fn, v, "view");
    CSym sym = c_val(gen, v)->sym;
    const char *writable = c_is_read_only(gen, mem) ? "const " : "";
    ctext_define(fn->text, sym, "%s%s *%s = %s;", writable, c_memory_type(mem), ctext_name(fn->text, sym), pointer);
    mem->base = (Value *)v;
    mem->offset = expr_const(gen->exprs, 0);
}

bool c_is_read_only(CGen *gen, const CMem *mem) {
    const Value *v = mem->base;
    while (v->def && v->def->code != OP_TEMP && v->def->code != OP_BUFFER)
        v = v->def->operands[0];
    (void)gen;
    if (v->def || !v->region)
        return false;
    const Func *f = v->region->func;
    for (int i = 0; i < f->nparams; i++) {
        if (f->params[i].value == v)
            return f->params[i].dir == DIR_IN;
    }
    return false;
}

/* ---- places ---- */

const char *c_pointer(CFn *fn, const Value *v) {
    const CMem *mem = c_mem(fn->gen, v);
    const char *base = c_name(fn, mem->base);
    if (expr_equals_const(mem->offset, 0))
        return base;
    return arena_printf(fn->gen->arena, "%s + %s", base, c_expr(fn, mem->offset));
}

static const Expr *place(CGen *gen, const CMem *mem, const Expr *const *index) {
    const Expr *e = mem->offset;
    for (int d = 0; d < mem->rank; d++)
        e = expr_add(gen->exprs, e, expr_mul(gen->exprs, index[d], mem->strides[d]));
    return e;
}

const char *c_subscript(CFn *fn, const CMem *mem, const Expr *const *index) {
    const char *base = c_name(fn, mem->base);
    if (mem->scalar)
        return base;
    return arena_printf(fn->gen->arena, "%s[%s]", base, c_expr(fn, place(fn->gen, mem, index)));
}

/* The loaded element as a carrier, and the stored form of a carrier. */
const char *c_load_text(CFn *fn, const CMem *mem, const char *element) {
    if (mem->carried || !c_needs_conversion(mem->elem))
        return element;
    return arena_printf(fn->gen->arena, "pt_ld_%s(%s)", elem_info(mem->elem)->text, element);
}

const char *c_store_text(CFn *fn, const CMem *mem, const char *value) {
    if (mem->carried || !elem_is_narrow_float(mem->elem))
        return value;
    return arena_printf(fn->gen->arena, "pt_st_%s(%s)", elem_info(mem->elem)->text, value);
}

/* bool too: memory from outside may hold any byte. */
bool c_needs_conversion(Elem elem) { return elem_is_narrow_float(elem) || elem == ELEM_BOOL; }

/* "0 <= i && i < N" for every index that is not sure to be inside; NULL when all are. */
const char *c_inside_text(CFn *fn, const Type *type, const Expr *const *index) {
    Buf out = {0};
    for (int d = 0; d < type->rank; d++) {
        int64_t i = 0, n = 0;
        bool constant = expr_is_const(index[d], &i) && expr_is_const(type->dims[d], &n);
        if (constant && i >= 0 && i < n)
            continue;
        const char *at = c_expr_atom(fn, index[d]);
        buf_printf(&out, "%s%s >= 0 && %s < %s", out.len ? " && " : "", at, at, c_expr(fn, type->dims[d]));
    }
    const char *text = out.len ? arena_strdup(fn->gen->arena, buf_text(&out)) : NULL;
    buf_free(&out);
    return text;
}

/* ---- get, put, fill ---- */

void c_emit_get(CFn *fn, const Op *op) {
    const Value *base = op->operands[0];
    const CVal *val = c_val(fn->gen, op->results[0]);
    if (val->operand_uses + val->expr_uses == 0)
        return;
    const CMem *mem = c_mem(fn->gen, base);
    int from = c_uses_mark(fn);
    if (!mem) { /* an element of a tile: there is only one */
        c_set_result(fn, op, c_atom(fn, base), true, false, from);
        return;
    }
    const char *text = c_load_text(fn, mem, c_subscript(fn, mem, op->exprs));
    bool atom = true;
    if (op_attr_bool(op, ATTR_FILL_VIEW)) {
        const char *inside = c_inside_text(fn, base->type, op->exprs);
        const char *fill = inside ? c_atom(fn, op->operands[1]) : NULL;
        if (inside) {
            text = arena_printf(fn->gen->arena, "%s ? %s : %s", inside, text, fill);
            atom = false;
        }
    }
    c_set_result(fn, op, text, atom, true, from);
}

void c_emit_put(CFn *fn, const Op *op) {
    const Value *base = op->operands[0];
    const CMem *mem = c_mem(fn->gen, base);
    const char *inside = op_attr_bool(op, ATTR_GUARDED) ? c_inside_text(fn, base->type, op->exprs) : NULL;
    const char *condition = op->noperands < 3 ? NULL
                            : inside          ? c_atom(fn, op->operands[2])
                                              : c_operand(fn, op->operands[2]);
    if (inside || condition) {
        ctext_open(fn->text, CLINE_OPEN, "if (%s%s%s) {", condition ? condition : "", condition && inside ? " && " : "",
                   inside ? inside : "");
    }
    const char *place_text = c_subscript(fn, mem, op->exprs);
    const char *value = c_store_text(fn, mem, c_operand(fn, op->operands[1]));
    ctext_line(fn->text, "%s = %s;", place_text, value);
    if (inside || condition)
        ctext_close(fn->text);
}

/* The loops of a view's own extents around one element; the index expressions are those of their made-up variables. */
void c_emit_fill(CFn *fn, const Op *op) {
    CGen *gen = fn->gen;
    const Value *view = op->operands[0];
    const CMem *mem = c_mem(gen, view);
    Buf place_text = {0};
    int scope = ctext_scope_open(fn->text), opened = 0;
    buf_puts(&place_text, expr_equals_const(mem->offset, 0) ? "" : c_expr(fn, mem->offset));
    CSymList uses = ctext_take_uses(fn->text, 0);
    for (int d = 0; d < mem->rank; d++) {
        if (expr_equals_const(view->type->dims[d], 1))
            continue;
        CSym sym = ctext_declare(fn->text, arena_printf(gen->arena, "i%d", d), "i");
        const char *i = ctext_name(fn->text, sym);
        ctext_open(fn->text, CLINE_OPEN, "for (int64_t %s = 0; %s < %s; %s++) {", i, i, c_expr(fn, view->type->dims[d]),
                   i);
        buf_printf(&place_text, "%s%s", place_text.len ? " + " : "", i);
        if (!expr_equals_const(mem->strides[d], 1))
            buf_printf(&place_text, " * %s", c_expr_atom(fn, mem->strides[d]));
        CSymList more = ctext_take_uses(fn->text, 0);
        for (int i2 = 0; i2 < more.len; i2++)
            VEC_PUSH(gen->arena, &uses, more.data[i2]);
        opened++;
    }
    ctext_paste_uses(fn->text, &uses);
    const char *base = c_name(fn, mem->base);
    const char *value = c_store_text(fn, mem, c_operand(fn, op->operands[1]));
    if (mem->scalar)
        ctext_line(fn->text, "%s = %s;", base, value);
    else
        ctext_line(fn->text, "%s[%s] = %s;", base, place_text.len ? buf_text(&place_text) : "0", value);
    while (opened-- > 0)
        ctext_close(fn->text);
    ctext_scope_close(fn->text, scope);
    buf_free(&place_text);
}
