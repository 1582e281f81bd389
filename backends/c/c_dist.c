/* Distributed code: the part of a loop that is this rank's, and what ranks tell each other behind it (ptoc_mpi.h); loops in chunks that
 * are tasks (ptoc_starpu.h). */
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

/* "data, size, before, extent, behind" and what stands in the op's expressions. */
static const char *tensor_text(CFn *fn, const Op *op) {
    Arena *arena = fn->gen->arena;
    const Value *tensor = op->operands[0];
    const Type *type = tensor->type;
    int dim = (int)op_attr_int(op, ATTR_AXIS, 0);
    const char *data = c_pointer(fn, tensor), *base = c_name(fn, c_mem(fn->gen, tensor)->base);
    const char *text = arena_printf(arena, "%s, sizeof *%s, %s, %s, %s", data, base, count_text(fn, type, 0, dim),
                                    c_expr(fn, type->dims[dim]), count_text(fn, type, dim + 1, type->rank));
    for (int i = 0; i < op->nexprs; i++)
        text = arena_printf(arena, "%s, %s", text, c_expr(fn, op->exprs[i]));
    return text;
}

void c_emit_collect(CFn *fn, const Op *op) {
    const char *task = ctext_use(fn->text, fn->task);
    c_return_failure(fn, arena_printf(fn->gen->arena, "pt_dist_collect(%s, %d, %s)", task,
                                      op_attr_bool(op, ATTR_OPTIONAL), tensor_text(fn, op)));
}

/* ---- chunks ---- */

/* "data, bytes" */
static const char *whole_text(CFn *fn, const Op *op) {
    const Value *tensor = op->operands[0];
    const char *data = c_pointer(fn, tensor), *base = c_name(fn, c_mem(fn->gen, tensor)->base);
    const char *count = count_text(fn, tensor->type, 0, tensor->type->rank);
    return arena_printf(fn->gen->arena, "%s, pt_elements(%s, sizeof *%s)", data, count, base);
}

void c_emit_settle(CFn *fn, const Op *op) {
    const char *how = op_attr_bool(op, ATTR_DEAD)       ? "PT_SETTLE_DEAD"
                      : op_attr_bool(op, ATTR_OPTIONAL) ? "PT_SETTLE_KEEP"
                                                        : "PT_SETTLE_SEND";
    c_return_failure(fn, arena_printf(fn->gen->arena, "pt_spread_settle(%s, %s, %s)", ctext_use(fn->text, fn->task),
                                      whole_text(fn, op), how));
}

/* They stand in the first region of a spread, whose loop has the name fn->chunks. */
void c_emit_own(CFn *fn, const Op *op) {
    c_return_failure(fn, arena_printf(fn->gen->arena, "pt_chunks_own(&%s, %s)", fn->chunks, tensor_text(fn, op)));
}

void c_emit_need(CFn *fn, const Op *op) {
    if (op_attr(op, ATTR_AXIS))
        ctext_line(fn->text, "pt_chunks_need(&%s, %s);", fn->chunks, tensor_text(fn, op));
    else
        ctext_line(fn->text, "pt_chunks_need_all(&%s, %s);", fn->chunks, whole_text(fn, op));
}

/* What a chunk takes along, and the function that a worker calls with it. */
static const char *put_chunk(CFn *fn, CTaskFn inner, const char *type) {
    CGen *gen = fn->gen;
    const char *name = c_private_name(gen, arena_printf(gen->keep, "%s_chunk", inner.name));
    int n = inner.fn->captured.len;
    const char **args = ARENA_ARRAY(gen->arena, const char *, n + 1);
    buf_printf(&gen->functions, "\n/* What a chunk takes along. */\ntypedef struct %s {\n", type);
    for (int i = 0; i < n; i++) {
        const CParam *p = &inner.fn->captured.data[i];
        const char *field = ctext_name(inner.fn->text, p->sym);
        buf_printf(&gen->functions, "    %s%s;\n", p->type, field);
        args[i] = arena_printf(gen->arena, "a->%s", field);
    }
    buf_printf(&gen->functions, "%s} %s;\n\nstatic int %s(const pt_task *task, const void *args)\n{\n",
               n ? "" : "    char none;\n", type, name);
    bool takes_task = ctext_is_used(inner.fn->text, inner.fn->task);
    const char *call = c_call_text(fn, inner.name, takes_task ? "task" : NULL, args, n);
    if (n)
        buf_printf(&gen->functions, "    const %s *a = (const %s *)args;\n", type, type);
    else
        buf_puts(&gen->functions, "    (void)args;\n");
    buf_puts(&gen->functions, takes_task ? "" : "    (void)task;\n");
    call = arena_printf(gen->arena, "%s%s;", inner.fn->can_fail ? "return " : "", call);
    ctext_print_wrapped(&gen->functions, 4, call, gen->style.width);
    buf_puts(&gen->functions, inner.fn->can_fail ? "\n}\n" : "\n    return PTOC_OK;\n}\n");
    return name;
}

static void submit_chunk(CFn *fn, CTaskFn inner) {
    CText *t = fn->text;
    const char *type = c_private_name(fn->gen, arena_printf(fn->gen->keep, "%s_args", inner.name));
    const char *run = put_chunk(fn, inner, type), *list = "";
    for (int i = 0; i < inner.fn->captured.len; i++)
        list =
            arena_printf(fn->gen->arena, "%s%s%s", list, i ? ", " : "", c_name(fn, inner.fn->captured.data[i].value));
    const char *args = ctext_name(t, ctext_declare(t, "args", "args"));
    ctext_line(t, "const %s %s = {%s};", type, args, *list ? list : "0");
    ctext_line(t, "pt_chunks_submit(&%s, %s, &%s, sizeof %s);", fn->chunks, run, args, args);
}

/* Where the chunk begins and ends has one name for both regions. */
static void define_chunk(CFn *fn, const Op *op) {
    static const char *const names[] = {"begin", "end"};
    CText *t = fn->text;
    for (int i = 0; i < 2; i++) {
        CSym sym = ctext_declare(t, names[i], names[i]);
        ctext_define(t, sym, "const int64_t %s = %s.%s;", ctext_name(t, sym), fn->chunks, names[i]);
        for (int r = 0; r < 2; r++) {
            CVal *val = c_val(fn->gen, op->regions[r]->args[i]);
            val->fn = fn;
            val->sym = sym;
        }
    }
}

void c_emit_spread(CFn *fn, const Op *op) {
    CText *t = fn->text;
    int scope = ctext_scope_open(t);
    ctext_open(t, CLINE_OPEN_KEEP, "{");
    fn->chunks = ctext_name(t, ctext_declare(t, "chunks", "chunks"));
    ctext_line(t, "pt_chunks %s;", fn->chunks);
    const char *lo = c_expr(fn, op->exprs[0]), *hi = c_expr(fn, op->exprs[1]), *step = c_expr(fn, op->exprs[2]);
    c_return_failure(fn, arena_printf(fn->gen->arena, "pt_chunks_begin(&%s, %s, %s, %s, %s)", fn->chunks,
                                      ctext_use(t, fn->task), lo, hi, step));
    ctext_open(t, CLINE_OPEN_KEEP, "while (pt_chunks_next(&%s)) {", fn->chunks);
    define_chunk(fn, op);
    c_emit_region(fn, op->regions[0]);
    submit_chunk(fn, c_emit_task_function(fn, op, op->regions[1]));
    ctext_close(t);
    ctext_close(t);
    ctext_scope_close(t, scope);
}
