/* The files of a folder: kernels, orchestrations, the manifest. */
#include "backends/npu/dir.h"

#include <string.h>

#include "backends/ctext.h"

/* ---- what a program uses ----------------------------------------------------------------------------------------------- */
static bool expr_mentions(const Expr *e, const PlaceArg *a) { return e && a->value && expr_uses(e, a->value); }

static int operand_use(const PlaceOperand *o, int arg, const PlaceArg *a) {
    if ((o->kind == PLACE_GM || o->kind == PLACE_SCALAR_ARG) && o->arg == arg)
        return o->role == NPU_GM_OUT ? ARG_WRITTEN : ARG_READ;
    bool used = expr_mentions(o->copy, a) || expr_mentions(o->at, a) || expr_mentions(o->expr, a);
    for (int d = 0; d < 2; d++)
        used |= expr_mentions(o->stride[d], a) || expr_mentions(o->valid[d], a);
    return used ? ARG_READ : ARG_UNUSED;
}

static int block_use(const PlaceBlock *block, int arg, const PlaceArg *a) {
    int use = ARG_UNUSED;
    for (int i = 0; i < block->len; i++) {
        const PlaceStmt *s = block->data[i];
        bool event = s->kind == PLACE_SET || s->kind == PLACE_WAIT;
        use |= expr_mentions(s->expr, a) || (event && expr_mentions(s->phase, a)) ? ARG_READ : ARG_UNUSED;
        for (int o = 0; s->kind == PLACE_INSN && o < s->noperands; o++)
            use |= operand_use(&s->operands[o], arg, a);
        use |= block_use(&s->body, arg, a);
    }
    return use;
}

ArgUse npu_arg_use(const PlaceUnit *unit, const PlaceProgram *program, int arg) {
    return (ArgUse)block_use(&program->body, arg, &unit->args.data[arg]);
}

const char *npu_data_type(Elem elem) {
    static const struct {
        Elem elem;
        const char *text;
    } rows[] = {{ELEM_F32, "FLOAT32"}, {ELEM_F16, "FLOAT16"}, {ELEM_BF16, "BFLOAT16"}, {ELEM_I32, "INT32"},
                {ELEM_I16, "INT16"},   {ELEM_I8, "INT8"},     {ELEM_U8, "UINT8"},      {ELEM_BOOL, "UINT8"},
                {ELEM_U16, "UINT16"},  {ELEM_U32, "UINT32"},  {ELEM_I64, "INT64"},     {ELEM_U64, "UINT64"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].elem == elem)
            return rows[i].text;
    }
    return NULL;
}

int npu_func_id(const NpuProgram *program, const PlaceUnit *unit, int nth) {
    int id = 0;
    for (int i = 0; i < program->nunits && program->units[i] != unit; i++)
        id += program->units[i]->programs.len;
    return id + nth;
}

/* ---- kernels -------------------------------------------------------------------------------------------------------------- */
static void put_lines(Buf *out, const char *const *lines) {
    for (; *lines; lines++)
        buf_printf(out, "%s\n", *lines);
}

static void put_banner(Buf *out, const NpuOptions *o, const char *what) {
    buf_puts(out, "// ");
    buf_puts(out, what);
    if (o->source_name) {
        buf_puts(out, " of ");
        ctext_put_comment(out, o->source_name);
    }
    buf_printf(out, " for %s", npu_arch_text(o->arch));
    if (o->version)
        buf_printf(out, ", written by ptoc %s", o->version);
    buf_puts(out, ".\n");
}

/* Tensors first, then scalars, each in the order of the unit's arguments: orch.c adds them so. */
static void put_kernel_entry(Buf *out, const PlaceUnit *u, const PlaceProgram *p) {
    int tensors = 0, scalar, next = 0;
    for (int i = 0; i < u->args.len; i++)
        tensors += u->args.data[i].kind == PLACE_ARG_TENSOR && npu_arg_use(u, p, i) != ARG_UNUSED;
    scalar = tensors;
    buf_puts(out, "\nextern \"C\" AICORE void kernel_entry(__gm__ int64_t *args) {\n    (void)args;\n");
    buf_printf(out, "    %s(", p->name);
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        const char *type = npu_cpp_type(a->elem);
        bool used = npu_arg_use(u, p, i) != ARG_UNUSED, tensor = a->kind == PLACE_ARG_TENSOR;
        buf_puts(out, i ? ",\n        " : "\n        ");
        if (!used)
            buf_puts(out, tensor ? "nullptr" : "0");
        else if (tensor)
            buf_printf(out, "pt_tensor<%s>(args[%d])", type, next++);
        else if (a->kind == PLACE_ARG_SCALAR)
            buf_printf(out, "*reinterpret_cast<__gm__ %s *>(&args[%d])", type, scalar++);
        else
            buf_printf(out, "args[%d]", scalar++);
    }
    buf_puts(out, ");\n    pipe_barrier(PIPE_ALL);\n}\n");
}

static NpuFile *add_file(Arena *arena, NpuFiles *files, const char *path) {
    NpuFile *f = ARENA_NEW(arena, NpuFile);
    f->path = path;
    VEC_PUSH(arena, &files->all, f);
    return f;
}

static void put_kernel(Arena *arena, const PlaceUnit *u, const PlaceProgram *p, const NpuOptions *options, Buf *out) {
    put_banner(out, options, arena_printf(arena, "Kernel %s", p->name));
    buf_puts(out, "#include <cmath>\n#include <cstdint>\n#include <pto/pto-inst.hpp>\n\n#include \"tensor.h\"\n"
                  "using namespace pto;\n\n");
    put_lines(out, npu_prelude_device);
    buf_puts(out, "template <typename T> AICORE inline __gm__ T *pt_tensor(int64_t word) {\n"
                  "    __gm__ ChipTensor *t = reinterpret_cast<__gm__ ChipTensor *>(word);\n"
                  "    return reinterpret_cast<__gm__ T *>(t->buffer.addr) + t->start_offset;\n}\n");
    npu_emit_program(arena, u, p, out);
    put_kernel_entry(out, u, p);
}

static bool limits_hold(const NpuLayouts *layouts, const PlaceUnit *u, const PlaceProgram *p, const NpuOptions *options,
                        DiagContext *dc) {
    int tensors = 0, scalars = 0;
    for (int i = 0; i < u->args.len; i++) {
        bool used = npu_arg_use(u, p, i) != ARG_UNUSED, tensor = u->args.data[i].kind == PLACE_ARG_TENSOR;
        tensors += used && tensor;
        scalars += used && !tensor;
    }
    if (tensors <= NPU_TASK_TENSORS && scalars <= NPU_TASK_SCALARS)
        return true;
    const Func *f = module_find(layouts->module, u->name);
    diag_report(dc, DIAG_UNSUPPORTED_CONSTRUCT, module_span(layouts->module, dc, f ? f->loc : LOC_NONE),
                "a task with so many arguments in a folder of files", npu_arch_text(options->arch));
    return false;
}

bool npu_emit_dir(Arena *arena, const Module *module, const NpuOptions *options, DiagContext *dc, NpuFiles *files) {
    NpuProgram program;
    const NpuLayouts *layouts = npu_layouts_create(arena, module);
    bool ok = npu_compile(arena, layouts, options->arch, dc, &program);
    for (int i = 0; i < program.nunits && ok; i++) {
        const PlaceUnit *u = program.units[i];
        for (int p = 0; p < u->programs.len && ok; p++) {
            ok = limits_hold(layouts, u, u->programs.data[p], options, dc);
            NpuFile *f = add_file(arena, files, arena_printf(arena, "kernels/%s.cpp", u->programs.data[p]->name));
            put_kernel(arena, u, u->programs.data[p], options, &f->text);
        }
    }
    for (int i = 0; i < layouts->nfuncs && ok; i++) {
        const NpuFunc *entry = &layouts->funcs[i];
        if (!entry->func->exported)
            continue;
        NpuFile *f = add_file(arena, files, arena_printf(arena, "orchestration/%s.cpp", entry->func->name));
        Host h = {
            .arena = arena, .layouts = layouts, .program = &program, .options = options, .dc = dc, .out = &f->text};
        put_banner(&f->text, options, arena_printf(arena, "Orchestration of %s", entry->func->name));
        ok = npu_emit_orchestration(&h, entry);
    }
    if (ok)
        npu_put_manifest(&add_file(arena, files, "manifest.json")->text, layouts, &program, options);
    return ok;
}
