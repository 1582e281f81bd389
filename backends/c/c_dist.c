/* Distributed code: the part of a loop that is this rank's, and what ranks tell each other behind it (ptoc_mpi.h). */
#include "backends/c/c_internal.h"

static void define_bound(CFn *fn, const Op *op, int result, const char *function) {
    const char *lo = c_expr(fn, op->exprs[0]), *hi = c_expr(fn, op->exprs[1]), *step = c_expr(fn, op->exprs[2]);
    c_define_name(fn, op->results[result], "mine");
    CSym sym = c_val(fn->gen, op->results[result])->sym;
    ctext_define(fn->text, sym, "const int64_t %s = %s(%s, %s, %s);", ctext_name(fn->text, sym), function, lo, hi,
                 step);
}

void c_emit_share(CFn *fn, const Op *op) {
    ctext_line(fn->text, "pt_dist_enter(%s);", ctext_use(fn->text, fn->task));
    define_bound(fn, op, 0, "pt_dist_first");
    define_bound(fn, op, 1, "pt_dist_last");
}

void c_emit_join(CFn *fn, const Op *op) {
    (void)op;
    c_return_failure(fn, arena_printf(fn->gen->arena, "pt_dist_join(%s)", ctext_use(fn->text, fn->task)));
}

/* The tensor as [before, extent, behind] around the dimension. */
static const char *count_text(CFn *fn, const Type *type, int from, int to) {
    const char *text = "1";
    for (int d = from; d < to; d++)
        text = arena_printf(fn->gen->arena, "pt_elements(%s, %s)", text, c_expr(fn, type->dims[d]));
    return text;
}

void c_emit_collect(CFn *fn, const Op *op) {
    Arena *arena = fn->gen->arena;
    const Value *tensor = op->operands[0];
    const Type *type = tensor->type;
    int dim = (int)op_attr_int(op, ATTR_AXIS, 0);
    const char *data = c_pointer(fn, tensor), *task = ctext_use(fn->text, fn->task);
    const char *shape = arena_printf(arena, "%s, %s, %s", count_text(fn, type, 0, dim), c_expr(fn, type->dims[dim]),
                                     count_text(fn, type, dim + 1, type->rank));
    const char *parts = "";
    for (int i = 0; i < op->nexprs; i++)
        parts = arena_printf(arena, "%s, %s", parts, c_expr(fn, op->exprs[i]));
    c_return_failure(fn, arena_printf(arena, "pt_dist_collect(%s, %d, %s, sizeof *%s, %s%s)", task,
                                      op_attr_bool(op, ATTR_OPTIONAL), data, c_name(fn, c_mem(fn->gen, tensor)->base),
                                      shape, parts));
}
