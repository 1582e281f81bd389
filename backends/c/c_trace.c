/* What a program that records does besides (ptoc_trace.h): labels, indices, and the lines that tell the runtime. */
#include <string.h>
#include "backends/c/c_trace.h"

static bool wants_trace(const Func *f) {
    for (int i = 0; i < f->directives.len; i++)
        if (strcmp(f->directives.data[i].name, "trace") == 0)
            return true;
    return false;
}

void c_trace_prepare(CGen *gen) {
    gen->trace_name = c_private_name(gen, "trace_labels");
    gen->traces = gen->options->trace;
    for (int i = 0; i < gen->nfuncs; i++)
        gen->traces |= wants_trace(gen->funcs[i].func);
}

/* ---- labels ---- */

static int label_of(CFn *fn, const Op *op, const char *axes) {
    CGen *gen = fn->gen;
    const Func *f = fn->info->func;
    CTraceLabel label = {f->origin ? f->origin : f->name, axes};
    if (op->loc.line > 0)
        label.name = arena_printf(gen->keep, "%s:%d", label.name, op->loc.line);
    for (int i = 0; i < gen->trace_labels.len; i++) {
        const CTraceLabel *l = &gen->trace_labels.data[i];
        if (strcmp(l->name, label.name) == 0 && strcmp(l->axes, label.axes) == 0)
            return i;
    }
    VEC_PUSH(gen->keep, &gen->trace_labels, label);
    return gen->trace_labels.len - 1;
}

void c_trace_put_labels(CGen *gen, Buf *out) {
    if (!gen->traces)
        return;
    buf_printf(out, "\n/* Where the events of a trace come from. */\nstatic const pt_trace_label %s[] = {\n",
               gen->trace_name);
    for (int i = 0; i < gen->trace_labels.len; i++)
        buf_printf(out, "    {%s, %s},\n", c_string(gen->arena, gen->trace_labels.data[i].name, false),
                   c_string(gen->arena, gen->trace_labels.data[i].axes, false));
    buf_puts(out, gen->trace_labels.len ? "};\n" : "    {\"\", \"\"},\n};\n");
}

/* ---- indices ---- */

typedef struct Axes {
    const char *names, *array; /* "batch,seq_pos"; the C array's name or NULL */
    int n;
} Axes;

/* Those of the loops around `inner`, outermost first, within the C function. */
static int loops_around(const CFn *fn, const Op *inner, const Op **loops) {
    int n = 0;
    for (const Op *op = inner; op && n < IR_MAX_RANK; op = op->parent->parent_op) {
        bool loop = op->code == OP_PARALLEL || op->code == OP_FOR || op->code == OP_LOOP;
        if (loop && op->regions[0]->args[0]->name)
            loops[n++] = op;
        if (op->parent == fn->root)
            break;
    }
    for (int i = 0; i < n / 2; i++) {
        const Op *op = loops[i];
        loops[i] = loops[n - 1 - i];
        loops[n - 1 - i] = op;
    }
    return n;
}

static Axes put_axes(CFn *fn, const Op *inner) {
    CText *t = fn->text;
    const Op *loops[IR_MAX_RANK];
    Axes axes = {"", "NULL", loops_around(fn, inner, loops)};
    Buf names = {0}, values = {0};
    for (int i = 0; i < axes.n; i++) {
        Value *index = loops[i]->regions[0]->args[0];
        buf_printf(&names, "%s%s", i ? "," : "", index->name);
        buf_printf(&values, "%s%s", i ? ", " : "", c_expr(fn, expr_value(fn->gen->exprs, index)));
    }
    if (axes.n > 0) {
        axes.names = arena_strdup(fn->gen->keep, buf_text(&names));
        axes.array = ctext_name(t, ctext_declare(t, "axes", "axes"));
        ctext_line(t, "const int64_t %s[] = {%s};", axes.array, buf_text(&values));
    }
    buf_free(&names);
    buf_free(&values);
    return axes;
}

/* ---- events ---- */

void c_trace_end(CFn *fn, const char *task, const char *kind) {
    if (fn->gen->traces)
        ctext_line(fn->text, "pt_trace_end(%s, PT_TRACE_%s);", task ? task : ctext_use(fn->text, fn->task), kind);
}

void c_trace_level(CFn *fn, const Op *nest) {
    if (fn->gen->traces)
        ctext_line(fn->text, "pt_trace_level(%s, %d);", ctext_use(fn->text, fn->task), label_of(fn, nest, ""));
}

void c_trace_task(CFn *fn, const Op *axis, const char *part, const char *worker, const char *stream) {
    if (!fn->gen->traces)
        return;
    const Axes axes = put_axes(fn, axis);
    ctext_line(fn->text, "pt_trace_task(%s, %d, %s, %s, %s, %d);", part, label_of(fn, axis, axes.names), worker, stream,
               axes.array, axes.n);
}

bool c_trace_call(CFn *fn, const Op *call, const char *counter, bool counted) {
    if (!fn->gen->traces || fn->info->func->kind == FUNC_KERNEL)
        return false;
    const Axes axes = put_axes(fn, call);
    ctext_line(fn->text, "pt_trace_call(%s, %d, %s, %d, %s, %d);", ctext_use(fn->text, fn->task),
               label_of(fn, call, axes.names), counter, counted, axes.array, axes.n);
    return true;
}

void c_trace_tally(CFn *fn, const char *counter, const char *tasks) {
    if (fn->gen->traces)
        ctext_line(fn->text, "pt_trace_tally(%s, %s, %s);", ctext_use(fn->text, fn->task), counter, tasks);
}
