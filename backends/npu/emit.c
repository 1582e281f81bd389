#include "backends/npu/emit.h"

#include "backends/ctext.h"

static void put_lines(Buf *out, const char *const *lines) {
    for (; *lines; lines++)
        buf_printf(out, "%s\n", *lines);
}

static void put_banner(Buf *out, const Module *module, const NpuOptions *o) {
    buf_puts(out, "// ");
    ctext_put_comment(out, o->source_name ? o->source_name : module->name);
    buf_printf(out, " for %s", npu_arch_text(o->arch));
    if (o->version)
        buf_printf(out, ", written by ptoc %s", o->version);
    buf_puts(out, ".\n// Kernels first, with addresses and flags; then how the host collects and launches tasks.\n"
                  "#include <cmath>\n#include <condition_variable>\n#include <cstdint>\n#include <cstdio>\n#include "
                  "<cstdlib>\n#include "
                  "<cstring>\n#include <exception>\n#include <functional>\n#include <initializer_list>\n#include "
                  "<mutex>\n#include <new>\n"
                  "#include <string>\n#include <thread>\n#include <utility>\n#include <vector>\n\n#include "
                  "<pto/pto-inst.hpp>\nusing namespace pto;\n\n");
}

bool npu_emit(Arena *arena, const Module *module, const NpuOptions *options, DiagContext *dc, Buf *out) {
    NpuProgram program;
    const NpuLayouts *layouts = npu_layouts_create(arena, module);
    if (!npu_compile(arena, layouts, options->arch, dc, &program))
        return false;
    put_banner(out, module, options);
    put_lines(out, npu_prelude_device);
    for (int i = 0; i < program.nunits; i++)
        npu_emit_unit(arena, program.units[i], out);
    return npu_emit_host(arena, layouts, &program, options, dc, out);
}
