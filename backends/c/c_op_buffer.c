/* Buffers, temps, and the scratch memory they live in. */
#include <string.h>
#include "backends/c/c_internal.h"

enum { STACK_BYTES = 4096 }; /* larger buffers come from scratch */

bool c_const_count(const Type *type, int64_t *count) {
    *count = 1;
    for (int d = 0; d < type->rank; d++) {
        int64_t n = 0;
        if (!expr_is_const(type->dims[d], &n) || n < 0 || (n > 0 && *count > INT32_MAX / n))
            return false;
        *count *= n;
    }
    return true;
}

static int carrier_bytes(Elem elem) { return elem_is_narrow_float(elem) ? 4 : elem_bytes(elem); }

const char *c_count_text(CFn *fn, const Type *type) {
    int64_t count = 0;
    if (c_const_count(type, &count))
        return c_int_literal(fn->gen->arena, ELEM_INDEX, count);
    const char *text = c_expr(fn, type->dims[0]);
    if (type->rank == 1)
        return arena_printf(fn->gen->arena, "pt_elements(%s, 1)", text);
    for (int d = 1; d < type->rank; d++)
        text = arena_printf(fn->gen->arena, "pt_elements(%s, %s)", text, c_expr(fn, type->dims[d]));
    return text;
}

void c_take_scratch(CFn *fn, CSym sym, const char *type, const char *count) {
    CText *t = fn->text;
    const char *name = ctext_name(t, sym), *task = ctext_use(t, fn->task);
    const char *size = strcmp(type, "char") == 0 ? "1" : arena_printf(fn->gen->arena, "sizeof(%s)", type);
    ctext_define(t, sym, "%s *%s = pt_task_take(%s, %s, %s);", type, name, task, count, size);
    ctext_open(t, CLINE_OPEN_KEEP, "if (!%s) {", ctext_use(t, sym));
    ctext_line(t, "return pt_task_no_memory(%s);", ctext_use(t, fn->task));
    ctext_close(t);
    fn->can_fail = true;
}

/* ---- which ops take scratch, and how much ---- */

static bool buffer_on_stack(const Op *op) {
    const Type *type = op->results[0]->type;
    int64_t count = 0;
    bool wants_l2 = op_attr_is(op, ATTR_MEMORY, "l2") || op_attr_is(op, ATTR_MEMORY, "ws");
    if (!c_const_count(type, &count) || count * carrier_bytes(type->elem) > 4 * STACK_BYTES)
        return false;
    return count * carrier_bytes(type->elem) <= STACK_BYTES || !wants_l2;
}

bool c_wants_scratch(const Op *op) {
    if (op->code == OP_TEMP)
        return true;
    if (op->code == OP_BUFFER)
        return !buffer_on_stack(op);
    return op->code == OP_ACC && !c_acc_on_stack(op);
}

const Expr *c_scratch_bytes(CGen *gen, const Op *op) {
    if (op->code == OP_ACC)
        return c_acc_bytes(gen, op);
    const CMem *mem = c_mem(gen, op->results[0]);
    const Expr *bytes = expr_const(gen->exprs, mem->carried ? carrier_bytes(mem->elem) : elem_bytes(mem->elem));
    for (int d = 0; d < op->results[0]->type->rank; d++)
        bytes = expr_mul(gen->exprs, bytes, op->results[0]->type->dims[d]);
    return bytes;
}

/* ---- the ops ---- */

void c_emit_temp(CFn *fn, const Op *op) {
    const Value *v = op->results[0];
    const char *count = c_count_text(fn, v->type);
    CSymList uses = ctext_take_uses(fn->text, 0);
    c_define_name(fn, v, "temp");
    ctext_paste_uses(fn->text, &uses);
    c_take_scratch(fn, c_val(fn->gen, v)->sym, c_memory_type(c_mem(fn->gen, v)), count);
}

/* Arrays that are read in lanes begin where a vector may: one in two loads would else cross a line of the cache. */
const char *c_alignment(CFn *fn, const Value *v, int64_t count) {
    bool wide = c_val(fn->gen, v)->lane_uses > 0 && count >= fn->gen->lanes;
    return wide ? arena_printf(fn->gen->arena, "_Alignas(%d) ", 4 * fn->gen->lanes) : "";
}

void c_emit_buffer(CFn *fn, const Op *op) {
    const Value *v = op->results[0];
    CText *t = fn->text;
    const CMem *mem = c_mem(fn->gen, v);
    if (!buffer_on_stack(op)) {
        c_emit_temp(fn, op);
        return;
    }
    int64_t count = 0;
    c_const_count(v->type, &count);
    c_define_name(fn, v, mem->scalar ? "x" : "buffer");
    CSym sym = c_val(fn->gen, v)->sym;
    const char *type = c_memory_type(mem), *name = ctext_name(t, sym);
    if (mem->scalar)
        ctext_define(t, sym, "%s %s = 0;", type, name);
    else
        ctext_define(t, sym, "%s%s %s[%s];", c_alignment(fn, v, count), type, name,
                     c_int_literal(fn->gen->arena, ELEM_INDEX, count > 0 ? count : 1));
}
