/* Pipes: each process becomes a task function with a thread of its own (ptoc_pipetask.h). What it takes from the function around goes
 * through a struct, as a thread takes one pointer. */
#include <string.h>
#include "backends/c/c_internal.h"

/* ---- a process ---- */

static const char *local_name(const CTaskFn *inner, int i) {
    return ctext_name(inner->fn->text, inner->fn->captured.data[i].sym);
}

/* struct NAME_values, and NAME_run, which unpacks it. */
static void put_runner(CGen *gen, const CTaskFn *inner) {
    Buf *out = &gen->functions;
    int n = inner->fn->captured.len;
    const char **args = ARENA_ARRAY(gen->arena, const char *, n + 1);
    for (int i = 0; i < n; i++) {
        buf_printf(out, i ? "" : "\n/* What the process takes from around. */\nstruct %s_values {\n", inner->name);
        buf_printf(out, "    %s%s;\n", inner->fn->captured.data[i].type, local_name(inner, i));
        args[i] = arena_printf(gen->arena, "v->%s", local_name(inner, i));
    }
    buf_printf(out, "%s\nstatic int %s_run(const pt_task *task, const void *values)\n{\n", n ? "};\n" : "",
               inner->name);
    if (n > 0)
        buf_printf(out, "    const struct %s_values *v = values;\n", inner->name);
    else
        buf_puts(out, "    (void)values;\n");
    bool uses_task = ctext_is_used(inner->fn->text, inner->fn->task);
    if (!uses_task)
        buf_puts(out, "    (void)task;\n");
    const char *call = c_call_text(inner->fn, inner->name, uses_task ? "task" : NULL, args, n);
    if (inner->fn->can_fail)
        buf_printf(out, "    return %s;\n}\n", call);
    else
        buf_printf(out, "    %s;\n    return PTOC_OK;\n}\n", call);
}

/* The struct's value, and the initialiser of the process. */
static const char *open_process(CFn *fn, const Op *pipe, const Op *process) {
    CGen *gen = fn->gen;
    CText *t = fn->text;
    CTaskFn inner = c_emit_task_function(fn, pipe, process->regions[0]);
    put_runner(gen, &inner);
    Buf values = {0};
    for (int i = 0; i < inner.fn->captured.len; i++)
        buf_printf(&values, "%s%s", i ? ", " : "", c_name(fn, inner.fn->captured.data[i].value));
    const char *text = arena_printf(gen->arena, "{.function = %s_run}", inner.name);
    if (values.len > 0) {
        const char *name = ctext_name(t, ctext_declare(t, "values", "values"));
        ctext_line(t, "const struct %s_values %s = {%s};", inner.name, name, buf_text(&values));
        text = arena_printf(gen->arena, "{.function = %s_run, .values = &%s}", inner.name, name);
    }
    buf_free(&values);
    return text;
}

/* ---- the pipe ---- */

static const char *declare_channels(CFn *fn, const Op *op) {
    CText *t = fn->text;
    const char *names = op_attr_str(op, ATTR_TEXT);
    if (op->nexprs == 0)
        return "NULL";
    Buf list = {0};
    for (int i = 0; i < op->nexprs; i++) {
        size_t n = names ? strcspn(names, ",") : 0;
        const char *name = arena_strndup(fn->gen->arena, names ? names : "", n);
        buf_printf(&list, "%s{.name = %s, .depth = %s}", i ? ", " : "", c_string(fn->gen->arena, name, false),
                   c_expr(fn, op->exprs[i]));
        names = names && names[n] ? names + n + 1 : NULL;
    }
    const char *channels = ctext_name(t, ctext_declare(t, "channels", "channels"));
    ctext_line(t, "pt_channel %s[] = {%s};", channels, buf_text(&list));
    buf_free(&list);
    return channels;
}

void c_emit_pipe(CFn *fn, const Op *op) {
    CGen *gen = fn->gen;
    CText *t = fn->text;
    Buf list = {0}, names = {0};
    int n = 0, scope = ctext_scope_open(t);
    gen->uses_pipe = true;
    ctext_open(t, CLINE_OPEN, "{");
    const char *channels = declare_channels(fn, op);
    for (const Op *p = op->regions[0]->first; p; p = p->next, n++) {
        const char *name = op_attr_str(p, ATTR_NAME);
        buf_printf(&list, "%s%s", n ? ", " : "", open_process(fn, op, p));
        buf_printf(&names, "%s%s", n ? ", " : "", c_string(gen->arena, name ? name : "", false));
    }
    if (n > 0) {
        const char *processes = ctext_name(t, ctext_declare(t, "processes", "processes"));
        const char *process_names = ctext_name(t, ctext_declare(t, "names", "names"));
        ctext_line(t, "pt_process_task %s[] = {%s};", processes, buf_text(&list));
        ctext_line(t, "static const char *const %s[] = {%s};", process_names, buf_text(&names));
        c_return_failure(fn, arena_printf(gen->arena, "pt_task_pipe(%s, %s, %d, %s, %s, %d)", ctext_use(t, fn->task),
                                          channels, op->nexprs, processes, process_names, n));
    }
    ctext_close(t);
    ctext_scope_close(t, scope);
    buf_free(&list);
    buf_free(&names);
}

/* ---- send and receive ---- */

void c_emit_transfer(CFn *fn, const Op *op) {
    CGen *gen = fn->gen;
    CText *t = fn->text;
    const char *what = op->code == OP_SEND ? "send" : "receive";
    int scope = ctext_scope_open(t);
    ctext_open(t, CLINE_OPEN, "{");
    const Value *arg = op->regions[0]->args[0];
    c_define_name(fn, arg, "slot");
    const char *slot = ctext_name(t, c_val(gen, arg)->sym), *channel = c_expr(fn, op->exprs[0]);
    ctext_line(t, "int64_t %s;", slot);
    c_return_failure(
        fn, arena_printf(gen->arena, "pt_task_%s_begin(%s, %s, &%s)", what, ctext_use(t, fn->task), channel, slot));
    c_emit_region(fn, op->regions[0]);
    ctext_line(t, "pt_task_%s_end(%s, %s, %s);", what, ctext_use(t, fn->task), channel, slot);
    ctext_close(t);
    ctext_scope_close(t, scope);
}
