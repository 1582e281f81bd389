/* manifest.json: what a loader needs to know of the files of a folder. */
#include <inttypes.h>

#include "backends/npu/dir.h"

typedef struct Json {
    Buf *out;
    int indent;
    bool first;
} Json;

static void begin_item(Json *j) {
    buf_puts(j->out, j->first ? "\n" : ",\n");
    buf_indent(j->out, j->indent);
    j->first = false;
}

static void put_key(Json *j, const char *key) {
    begin_item(j);
    if (!key)
        return;
    buf_put_json_string(j->out, key);
    buf_puts(j->out, ": ");
}

static void open(Json *j, const char *key, char c) {
    if (key || j->indent)
        put_key(j, key);
    buf_putc(j->out, c);
    j->indent += 2;
    j->first = true;
}

static void close(Json *j, char c) {
    j->indent -= 2;
    buf_putc(j->out, '\n');
    buf_indent(j->out, j->indent);
    buf_putc(j->out, c);
    j->first = false;
}

static void text(Json *j, const char *key, const char *value) {
    put_key(j, key);
    buf_put_json_string(j->out, value);
}

static void number(Json *j, const char *key, int64_t value) {
    put_key(j, key);
    buf_printf(j->out, "%" PRId64, value);
}

static void expression(Json *j, const char *key, const Expr *e) {
    Buf t = {0};
    expr_format(&t, e);
    text(j, key, buf_text(&t));
    buf_free(&t);
}

/* ---- kernels -------------------------------------------------------------------------------------------------------------- */
static void put_memory(Json *j, const PlaceUnit *u, const PlaceProgram *p) {
    open(j, "memory", '[');
    for (int m = 0; m < NPU_MEMORY_COUNT; m++) {
        int64_t top = 0;
        for (int b = 0; b < p->buffers.len; b++) {
            const PlaceBuffer *x = &p->buffers.data[b];
            if ((int)x->memory == m && x->base + x->size * x->depth > top)
                top = x->base + x->size * x->depth;
        }
        if (top == 0)
            continue;
        open(j, NULL, '{');
        text(j, "memory", npu_memory_info((NpuMemory)m)->text);
        number(j, "used", top);
        number(j, "capacity", npu_memory_info((NpuMemory)m)->capacity[u->arch]);
        close(j, '}');
    }
    close(j, ']');
}

static void put_arguments(Json *j, const PlaceUnit *u, const PlaceProgram *p, bool tensors) {
    static const char *const uses[] = {"", "in", "out", "inout"};
    open(j, tensors ? "tensors" : "scalars", '[');
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        ArgUse use = npu_arg_use(u, p, i);
        if (use == ARG_UNUSED || (a->kind == PLACE_ARG_TENSOR) != tensors)
            continue;
        open(j, NULL, '{');
        text(j, "name", a->name);
        text(j, "type", elem_info(a->elem)->text);
        if (tensors)
            text(j, "use", uses[use]);
        if (a->workspace)
            expression(j, "workspace", a->size);
        close(j, '}');
    }
    close(j, ']');
}

static void put_kernel(Json *j, Arena *arena, const NpuProgram *all, const PlaceUnit *u, int nth) {
    const PlaceProgram *p = u->programs.data[nth];
    open(j, NULL, '{');
    number(j, "func_id", npu_func_id(all, u, nth));
    text(j, "name", p->name);
    text(j, "file", arena_printf(arena, "kernels/%s.cpp", p->name));
    text(j, "entry", "kernel_entry");
    text(j, "core", p->cube ? "aic" : "aiv");
    text(j, "of", u->name);
    number(j, "cores", 1);
    put_arguments(j, u, p, true);
    put_arguments(j, u, p, false);
    put_memory(j, u, p);
    open(j, "guards", '[');
    for (int g = 0; g < p->guards.len; g++)
        expression(j, NULL, p->guards.data[g]);
    close(j, ']');
    close(j, '}');
}

/* ---- workloads ------------------------------------------------------------------------------------------------------------ */
static void put_tensor(Json *j, const Param *p) {
    static const char *const dirs[] = {[DIR_NONE] = "in", [DIR_IN] = "in", [DIR_OUT] = "out", [DIR_INOUT] = "inout"};
    const Type *t = p->value->type;
    open(j, NULL, '{');
    text(j, "name", p->value->name);
    text(j, "type", elem_info(t->elem)->text);
    text(j, "use", dirs[p->dir]);
    open(j, "shape", '[');
    for (int d = 0; d < t->rank; d++)
        expression(j, NULL, t->dims[d]);
    close(j, ']');
    close(j, '}');
}

static void put_workload(Json *j, Arena *arena, const Func *f) {
    open(j, NULL, '{');
    text(j, "name", f->name);
    text(j, "file", arena_printf(arena, "orchestration/%s.cpp", f->name));
    open(j, "tensors", '[');
    for (int i = 0; i < f->nparams; i++) {
        if (type_is_memory(f->params[i].value->type))
            put_tensor(j, &f->params[i]);
    }
    open(j, NULL, '{');
    text(j, "name", "counting");
    text(j, "type", "i32");
    text(j, "use", "in");
    text(j, "contents", "0, 1, 2, ..");
    open(j, "shape", '[');
    text(j, NULL, "16384");
    close(j, ']');
    close(j, '}');
    close(j, ']');
    open(j, "scalars", '[');
    for (int i = 0; i < f->nindex_params + f->nparams; i++) {
        const Value *v = i < f->nindex_params ? f->index_params[i].value : f->params[i - f->nindex_params].value;
        if (type_is_memory(v->type))
            continue;
        open(j, NULL, '{');
        text(j, "name", v->name);
        text(j, "type", elem_info(v->type->elem)->text);
        close(j, '}');
    }
    close(j, ']');
    close(j, '}');
}

void npu_put_manifest(Buf *out, const NpuLayouts *layouts, const NpuProgram *program, const NpuOptions *options) {
    Json j = {.out = out};
    open(&j, NULL, '{');
    text(&j, "target", npu_arch_text(options->arch));
    if (options->source_name)
        text(&j, "source", options->source_name);
    if (options->version)
        text(&j, "version", options->version);
    open(&j, "launch", '{');
    number(&j, "cube_cores", NPU_CUBE_CORES);
    number(&j, "vector_cores", 2 * NPU_CUBE_CORES);
    close(&j, '}');
    open(&j, "kernels", '[');
    for (int i = 0; i < program->nunits; i++) {
        for (int p = 0; p < program->units[i]->programs.len; p++)
            put_kernel(&j, layouts->arena, program, program->units[i], p);
    }
    close(&j, ']');
    open(&j, "workloads", '[');
    for (int i = 0; i < layouts->nfuncs; i++) {
        if (layouts->funcs[i].func->exported)
            put_workload(&j, layouts->arena, layouts->funcs[i].func);
    }
    close(&j, ']');
    close(&j, '}');
    buf_putc(out, '\n');
}
