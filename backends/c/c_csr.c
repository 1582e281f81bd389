/* csr matrices: the check of one, and the number of its entries at an entry point, which the arguments do not carry. */
#include "backends/c/c_internal.h"

void c_emit_csr(CFn *fn, const Op *op) {
    CGen *gen = fn->gen;
    CText *t = fn->text;
    if (gen->options->checks == C_CHECKS_NONE)
        return;
    gen->uses_csr = true;
    const char *name = op_attr_str(op, ATTR_NAME);
    const char *pointers = c_pointer(fn, op->operands[0]), *columns = c_pointer(fn, op->operands[1]);
    const char *rows = c_expr(fn, op->exprs[0]), *cols = c_expr(fn, op->exprs[1]), *n = c_expr(fn, op->exprs[2]);
    CSymList uses = ctext_take_uses(t, 0);
    int scope = ctext_scope_open(t);
    const char *fault = ctext_name(t, ctext_declare(t, "fault", "fault"));
    const char *found = ctext_name(t, ctext_declare(t, "found", "found"));
    ctext_open(t, CLINE_OPEN_KEEP, "{");
    ctext_line(t, "char %s[PTOC_ERROR_SIZE];", fault);
    ctext_paste_uses(t, &uses);
    ctext_line(t, "const int %s = pt_csr_check(%s, %s, %s, %s, %s, %s, %s, sizeof %s);", found,
               c_string(gen->arena, name ? name : "csr", false), pointers, columns, rows, cols, n, fault, fault);
    ctext_open(t, CLINE_OPEN_KEEP, "if (%s != PTOC_OK) {", found);
    ctext_line(t, "return pt_task_fail(%s, %s, \"%%s\", %s);", ctext_use(t, fn->task), found, fault);
    ctext_close(t);
    ctext_close(t);
    ctext_scope_close(t, scope);
    fn->can_fail = true;
}

const char *c_entries_text(CGen *gen, const Func *f, int index_param) {
    return arena_printf(gen->arena, "entry_%s_%s(args)", c_external_name(gen, f),
                        f->index_params[index_param].value->name);
}

/* Entries are the last row pointer: read before anything is checked, so with care. */
void c_put_entries_function(CFn *fn, const Func *f, int index_param) {
    CGen *gen = fn->gen;
    const Value *pointers = f->params[func_csr_columns(f, index_param) - 1].value;
    const char *rows = c_expr(fn, expr_add_const(gen->exprs, pointers->type->dims[0], -1));
    ctext_line(fn->text, "return pt_csr_entries(args->%s, %s);", c_field_name(gen, pointers), rows);
}
