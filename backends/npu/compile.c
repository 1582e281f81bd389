/* Kernels to units with addresses and flags: tries block sizes and copies until the memory plan fits. */
#include <stdio.h>
#include <string.h>

#include "backends/npu/emit.h"
#include "backends/npu/lower.h"
#include "backends/npu/plan.h"
#include "backends/npu/verify/verify.h"

/* Larger blocks first: instructions have a fixed cost; two copies before one: moves then overlap with arithmetic. */
static const Knobs choices[] = {{.area = 16384, .depth = 2}, {.area = 8192, .depth = 2}, {.area = 4096, .depth = 2},
                                {.area = 8192, .depth = 1},  {.area = 4096, .depth = 1}, {.area = 2048, .depth = 2},
                                {.area = 2048, .depth = 1},  {.area = 1024, .depth = 1}, {.area = 512, .depth = 1}};

static void report_room(const NpuLayouts *layouts, const PlaceUnit *unit, const Func *func, const PlanLack *lack,
                        DiagContext *dc) {
    const NpuMemoryInfo *info = npu_memory_info(lack->memory);
    Span span = module_span(layouts->module, dc, func->loc);
    Diag *d = diag_report(dc, DIAG_NPU_NO_ROOM, span, func->origin ? func->origin : func->name,
                          lack->program->cube ? "cube" : "vector", info->doc, npu_arch_text(unit->arch),
                          (double)lack->needed / 1024, (double)info->capacity[unit->arch] / 1024);
    for (int i = 0; i < lack->nbuffers; i++) {
        const PlaceBuffer *b = &lack->program->buffers.data[lack->buffers[i]];
        diag_note(d, module_span(layouts->module, dc, b->loc), "lives there: `%s`, %.2f KiB, %d %s",
                  b->what ? b->what : b->name, (double)(b->size * b->depth) / 1024, b->depth,
                  b->depth == 1 ? "copy" : "copies");
    }
}

/* Directives of the workloads: what acts on kernels, and what is refused. 0: as ptoc decides. */
static bool read_directives(const NpuLayouts *layouts, NpuArch arch, DiagContext *dc, int *depth) {
    enum { MOST_DEPTH = 4 };
    bool ok = true;
    *depth = 0;
    for (int i = 0; i < layouts->norder; i++) {
        const Func *f = layouts->order[i]->func;
        for (int d = 0; d < f->directives.len; d++) {
            const Directive *x = &f->directives.data[d];
            bool is_pipeline = strcmp(x->name, "pipeline") == 0 && sscanf(x->args, "depth = %d", depth) == 1;
            bool nothing =
                strcmp(x->name, "task_graph") == 0 || (strcmp(x->name, "batch") == 0 && strcmp(x->args, "none") == 0);
            if (nothing || (is_pipeline && *depth >= 1 && *depth <= MOST_DEPTH))
                continue;
            const char *what = arena_printf(layouts->arena, "`%s(%s)`", x->name, x->args);
            diag_report(dc, DIAG_UNSUPPORTED_CONSTRUCT, module_span(layouts->module, dc, x->loc), what,
                        npu_arch_text(arch));
            ok = false;
        }
    }
    return ok;
}

/* The verifier reads the text anew: what is proved is what was decided, and nothing that a pass remembers. */
static bool prove(Arena *arena, const PlaceUnit *unit, DiagContext *dc) {
    Buf text = {0};
    place_print_unit(&text, unit);
    const char *name = arena_printf(arena, "%s.place", unit->name);
    int source = source_add(diag_source_map(dc), name, buf_text(&text), text.len);
    PlaceUnit *read = place_parse(arena, strtab_create(arena), dc, source);
    bool ok = read && place_verify(read, dc);
    buf_free(&text);
    return ok;
}

/* The order in which instructions were lowered is that of the kernel. Whoever moves one later lets the verifier see it. */
static void number_insns(const PlaceBlock *block, int *nth) {
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *s = block->data[i];
        if (s->kind == PLACE_INSN)
            s->nth = ++*nth;
        number_insns(&s->body, nth);
    }
}

static PlaceUnit *compile_kernel(Arena *arena, const NpuLayouts *layouts, const Func *func, NpuArch arch, int depth,
                                 DiagContext *dc) {
    PlanLack lack = {0};
    PlaceUnit *unit = NULL;
    for (size_t c = 0; c < sizeof choices / sizeof choices[0]; c++) {
        Knobs knobs = choices[c];
        knobs.depth = depth > 0 ? depth : knobs.depth;
        unit = npu_lower_kernel(arena, layouts, func, arch, knobs, dc);
        bool fits = unit != NULL;
        for (int p = 0; unit && p < unit->programs.len; p++)
            number_insns(&unit->programs.data[p]->body, &(int){0});
        for (int p = 0; unit && p < unit->programs.len && fits; p++)
            fits = npu_plan(unit, unit->programs.data[p], &lack);
        if (!unit)
            return NULL;
        for (int p = 0; p < unit->programs.len && fits; p++) {
            if (!npu_sync(unit, unit->programs.data[p])) {
                diag_report(dc, DIAG_UNSUPPORTED_CONSTRUCT, module_span(layouts->module, dc, func->loc),
                            "a kernel with so many loops", npu_arch_text(arch));
                return NULL;
            }
        }
        if (fits)
            return prove(arena, unit, dc) ? unit : NULL;
    }
    report_room(layouts, unit, func, &lack, dc);
    return NULL;
}

bool npu_compile(Arena *arena, const NpuLayouts *layouts, NpuArch arch, DiagContext *dc, NpuProgram *out) {
    out->units = ARENA_ARRAY(arena, PlaceUnit *, layouts->nfuncs + 1);
    out->nunits = 0;
    int depth;
    bool ok = read_directives(layouts, arch, dc, &depth);
    npu_legalise(layouts);
    for (int i = 0; i < layouts->nfuncs; i++) {
        const NpuFunc *f = &layouts->funcs[i];
        if (!f->reachable || f->func->kind != FUNC_KERNEL)
            continue;
        PlaceUnit *unit = compile_kernel(arena, layouts, f->func, arch, depth, dc);
        ok &= unit != NULL;
        if (unit)
            out->units[out->nunits++] = unit;
    }
    return ok;
}
