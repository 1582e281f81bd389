/* What the compiler made of a program: entry points with their arguments, kernels with their clones, loops, scratch and checks. */
#include <inttypes.h>
#include <string.h>

#include "frontend/driver/emit.h"
#include "ir/print.h"
#include "ir/walk.h"

typedef struct Census {
    int ops, loops, buffers, accumulators, checks, calls, tiers;
} Census;

static void count_op(void *user, Op *op) {
    Census *c = user;
    c->ops++;
    c->loops += op->code == OP_LOOP || op->code == OP_FOR || op->code == OP_PARALLEL;
    c->buffers += op->code == OP_BUFFER || op->code == OP_TEMP;
    c->accumulators += op->code == OP_ACC;
    c->checks += op->code == OP_CHECK;
    c->calls += op->code == OP_CALL;
    c->tiers += op->code == OP_TIER;
}

static void put_extents(Buf *out, const Type *type) {
    buf_putc(out, '[');
    for (int d = 0; d < type->rank; d++) {
        buf_puts(out, d ? ", " : "");
        expr_format(out, type->dims[d]);
    }
    buf_putc(out, ']');
}

static void put_params(Buf *out, const Func *f) {
    static const char *const dirs[] = {"", "in ", "out ", "inout "};
    for (int i = 0; i < f->nindex_params; i++)
        buf_printf(out, "    %s%s\n", f->index_params[i].is_const ? "const " : "symbol ",
                   f->index_params[i].value->name);
    for (int i = 0; i < f->nparams; i++) {
        const Type *type = f->params[i].value->type;
        buf_printf(out, "    %s%s%s", dirs[f->params[i].dir], type->strided ? "strided " : "",
                   elem_info(type->elem)->text);
        if (!type_is_tile(type))
            put_extents(out, type);
        buf_printf(out, " %s\n", f->params[i].value->name);
    }
}

static void put_buffer(void *user, Op *op) {
    Buf *out = user;
    if (op->code != OP_BUFFER && op->code != OP_TEMP)
        return;
    const Type *type = op->results[0]->type;
    const char *memory = op_attr_str(op, ATTR_MEMORY);
    buf_printf(out, "    scratch %s%s", elem_info(type->elem)->text, "");
    put_extents(out, type);
    buf_printf(out, " in %s", memory ? memory : "ws");
    if (op->results[0]->name)
        buf_printf(out, " (%s)", op->results[0]->name);
    buf_putc(out, '\n');
}

static void put_func(Buf *out, Func *f) {
    Census c = {0};
    walk_ops(f->body, count_op, &c);
    buf_printf(out, "\n%s %s", f->kind == FUNC_KERNEL ? "kernel" : f->exported ? "entry point" : "workload", f->name);
    if (f->origin && strcmp(f->origin, f->name) != 0)
        buf_printf(out, " (from %s)", f->origin);
    buf_puts(out, "\n");
    put_params(out, f);
    for (int i = 0; i < f->directives.len; i++)
        buf_printf(out, "    schedule %s(%s)\n", f->directives.data[i].name, f->directives.data[i].args);
    buf_printf(out, "    %d operations, %d loops, %d accumulators, %d calls, %d tiers, %d run-time checks\n", c.ops,
               c.loops, c.accumulators, c.calls, c.tiers, c.checks);
    walk_ops(f->body, put_buffer, out);
}

void emit_report(const Program *program, const Module *module, Buf *out) {
    buf_printf(out, "module %s, IR at stage %s\n", module->name ? module->name : "", stage_text(module->stage));
    for (int i = 0; i < program->dependencies.len; i++)
        buf_printf(out, "    read %s\n", program->dependencies.data[i]);
    for (int i = 0; i < program->consts.len; i++) {
        const ProgramConst *c = &program->consts.data[i];
        if (c->kind == PROGRAM_CONST_FLOAT)
            buf_printf(out, "    const %s = %.17g\n", c->name, c->f);
        else if (c->kind == PROGRAM_CONST_BOOL)
            buf_printf(out, "    const %s = %s\n", c->name, c->i ? "true" : "false");
        else
            buf_printf(out, "    const %s = %" PRId64 "\n", c->name, c->i);
    }
    for (int i = 0; i < module->funcs.len; i++)
        put_func(out, module->funcs.data[i]);
}
