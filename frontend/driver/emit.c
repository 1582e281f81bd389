#include "frontend/driver/emit.h"

#include <string.h>

#include "backends/c/c_emit.h"
#include "backends/npu/dir.h"
#include "backends/npu/estimate.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/llvm_module.h"
#include "ir/print.h"

static const EmitInfo emit_rows[] = {
#define EMIT(NAME, word, suffix, present, from) {word, suffix, present, from},
#include "frontend/driver/emit.def"
#undef EMIT
};

const EmitInfo *emit_info(EmitKind kind) { return &emit_rows[kind]; }

/* ---- the plan -------------------------------------------------------------------------------------------------- */

/* Without folders, so that the output does not depend on where the input lies. */
static const char *source_name(const char *input) {
    const char *slash = strrchr(input, '/');
    return slash ? slash + 1 : session_input_name(input);
}

/* "dir/indexer.pto" becomes "indexer" + suffix; standard input has no name and goes to standard output. */
static const char *default_path(Arena *arena, const char *input, const char *suffix) {
    if (strcmp(input, "-") == 0)
        return "-";
    const char *name = source_name(input), *dot = strrchr(name, '.');
    int stem = dot && dot != name ? (int)(dot - name) : (int)strlen(name);
    return arena_printf(arena, "%.*s%s", stem, name, suffix);
}

/* One "KIND" or "KIND=FILE" of --emit. */
typedef struct EmitWish {
    EmitKind kind;
    const char *path; /* NULL: not said */
} EmitWish;
typedef VEC(EmitWish) EmitWishVec;

static bool add_wish(Session *s, EmitWishVec *wishes, EmitKind kind, const char *path) {
    EmitFrom from = emit_rows[kind].from;
    bool npu = session_npu_arch(s) >= 0, llvm = session_is_llvm(s);
    if ((from == FROM_C && npu) || (from == FROM_NPU && !npu) || (from == FROM_LLVM && !llvm)) {
        diag_report(s->dc, DIAG_EMIT_TARGET, SPAN_NONE, emit_rows[kind].word, s->target ? s->target : "c");
        return false;
    }
    if (!emit_rows[kind].present) {
        diag_report(s->dc, DIAG_NOT_IN_VERSION, SPAN_NONE, arena_printf(s->arena, "--emit=%s", emit_rows[kind].word));
        return false;
    }
    for (int i = 0; i < wishes->len; i++) {
        EmitWish *w = &wishes->data[i];
        if (w->kind != kind)
            continue;
        if (path && w->path && strcmp(path, w->path) != 0) {
            diag_report(s->dc, DIAG_OUTPUT_KIND_TWICE, SPAN_NONE, emit_rows[kind].word, w->path, path);
            return false;
        }
        w->path = path ? path : w->path;
        return true;
    }
    VEC_PUSH(s->arena, wishes, (EmitWish){kind, path});
    return true;
}

static bool collect_wishes(Session *s, EmitWishVec *wishes) {
    const Options *o = s->options;
    bool ok = true;
    for (int i = 0; i < o->emit.len; i++) {
        const char *text = o->emit.data[i];
        size_t n = strcspn(text, "=");
        for (int k = 0; k < EMIT_COUNT; k++) {
            if (strlen(emit_rows[k].word) == n && strncmp(emit_rows[k].word, text, n) == 0)
                ok &= add_wish(s, wishes, (EmitKind)k, text[n] ? text + n + 1 : NULL);
        }
    }
    if (o->estimate)
        ok &= add_wish(s, wishes, EMIT_ESTIMATE, "-");
    if (o->emit.len == 0 && (!o->estimate || o->output))
        ok &= add_wish(s, wishes, session_npu_arch(s) >= 0 ? EMIT_NPU : session_is_llvm(s) ? EMIT_OBJ : EMIT_C, NULL);
    if (o->header)
        ok &= add_wish(s, wishes, EMIT_HEADER, o->header);
    return ok;
}

/* -o names the one kind that has no file of its own. */
static bool give_output(Session *s, EmitWishVec *wishes) {
    EmitWish *unnamed = NULL;
    Buf names = {0};
    int count = 0;
    for (int i = 0; i < wishes->len; i++) {
        if (wishes->data[i].path)
            continue;
        unnamed = &wishes->data[i];
        buf_printf(&names, "%s%s", count++ ? " and " : "", emit_rows[unnamed->kind].word);
    }
    if (s->options->output && count > 1)
        diag_report(s->dc, DIAG_OUTPUT_UNNAMED, SPAN_NONE, buf_text(&names));
    else if (s->options->output && count == 0)
        diag_report(s->dc, DIAG_OPTION_PLACE, SPAN_NONE, "-o", "--emit=KIND=FILE");
    else if (s->options->output)
        unnamed->path = s->options->output;
    buf_free(&names);
    return !s->options->output || count == 1;
}

bool emit_plan(Session *s, const char *input, EmitPlan *plan) {
    EmitWishVec wishes = {0};
    *plan = (EmitPlan){.outputs.arena = s->arena};
    if (!collect_wishes(s, &wishes) || !give_output(s, &wishes))
        return false;
    for (int i = 0; i < wishes.len; i++) {
        const EmitWish *w = &wishes.data[i];
        const char *path = w->path ? w->path : default_path(s->arena, input, emit_rows[w->kind].suffix);
        plan->of[w->kind] = outputs_add(&plan->outputs, path);
        if (!plan->main_path)
            plan->main_path = path;
    }
    return true;
}

/* ---- filling --------------------------------------------------------------------------------------------------- */

static bool fill_c(Session *s, const char *input, const Module *module, EmitPlan *plan) {
    if (module->stage != STAGE_BLOCK) {
        diag_report(s->dc, DIAG_STAGE_END, SPAN_NONE, stage_text(module->stage));
        return false;
    }
    CEmitOptions options = emit_c_options(s, source_name(input), s->options->symbol_prefix);
    options.version = PTOC_VERSION;
    options.runtime_external = s->options->runtime == 1;
    Buf unused = {0};
    Buf *source = plan->of[EMIT_C] ? &plan->of[EMIT_C]->text : &unused;
    Buf *header = plan->of[EMIT_HEADER] ? &plan->of[EMIT_HEADER]->text : NULL;
    double begin = session_seconds(s);
    bool ok = c_emit(module, &options, s->dc, source, header);
    session_phase(s, "write C", begin);
    buf_free(&unused);
    return ok;
}

static const struct {
    EmitKind kind;
    PtocLlvmKind as;
} llvm_kinds[] = {
    {EMIT_LLVM_IR, PTOC_LLVM_IR}, {EMIT_BC, PTOC_LLVM_BC}, {EMIT_ASM, PTOC_LLVM_ASM}, {EMIT_OBJ, PTOC_LLVM_OBJ}};
enum { LLVM_KINDS = (int)(sizeof llvm_kinds / sizeof llvm_kinds[0]) };

static bool wants_llvm(const EmitPlan *plan) {
    for (int i = 0; i < LLVM_KINDS; i++)
        if (plan->of[llvm_kinds[i].kind])
            return true;
    return false;
}

static bool fill_llvm(Session *s, const char *input, const Module *module, EmitPlan *plan) {
    if (module->stage != STAGE_BLOCK) {
        diag_report(s->dc, DIAG_STAGE_END, SPAN_NONE, stage_text(module->stage));
        return false;
    }
    const PtocLlvmApi *api = llvm_module_open(s);
    LlvmWish wish = {
        .source_name = source_name(input), .symbol_prefix = s->options->symbol_prefix, .cpu = s->options->mcpu};
    Buf text = {0};
    bool ok = api && llvm_text(s, module, &wish, &text);
    for (int i = 0; i < LLVM_KINDS; i++) {
        Output *out = plan->of[llvm_kinds[i].kind];
        wish.out[llvm_kinds[i].as] = out ? &out->text : NULL;
    }
    ok = ok && llvm_compile(s, api, &text, &wish);
    buf_free(&text);
    return ok;
}

static bool is_folder(const char *path) { return path[0] && path[strlen(path) - 1] == '/'; }

/* `-o DIR/`: the folder's name becomes those of its files. */
static bool fill_folder(Session *s, const Module *module, const NpuOptions *options, EmitPlan *plan) {
    Output *folder = plan->of[EMIT_NPU];
    const char *dir = folder->path;
    NpuFiles files = {0};
    if (!npu_emit_dir(s->arena, module, options, s->dc, &files))
        return false;
    for (int i = 0; i < files.all.len; i++) {
        Output *o = i ? outputs_add(&plan->outputs, "") : folder;
        o->path = arena_printf(s->arena, "%s%s", dir, files.all.data[i]->path);
        o->in_folder = true;
        o->text = files.all.data[i]->text;
    }
    return true;
}

static bool fill_npu(Session *s, const char *input, const Module *module, EmitPlan *plan) {
    if (module->stage != STAGE_TILE) {
        diag_report(s->dc, DIAG_STAGE_END_TILE, SPAN_NONE, stage_text(module->stage));
        return false;
    }
    NpuOptions options = {.arch = (NpuArch)session_npu_arch(s),
                          .version = PTOC_VERSION,
                          .source_name = source_name(input),
                          .symbol_prefix = s->options->symbol_prefix};
    double begin = session_seconds(s);
    if (is_folder(plan->of[EMIT_NPU]->path))
        return fill_folder(s, module, &options, plan);
    bool ok = npu_emit(s->arena, module, &options, s->dc, &plan->of[EMIT_NPU]->text);
    session_phase(s, "write NPU kernels", begin);
    return ok;
}

/* Estimates and pictures are of the units that the kernels are made of. */
static bool fill_estimates(Session *s, const Module *module, EmitPlan *plan, Buf *pictures) {
    Output *estimate = plan->of[EMIT_ESTIMATE];
    NpuProgram program;
    if (session_npu_arch(s) < 0 || module->stage != STAGE_TILE || (!estimate && !plan->of[EMIT_HTML]))
        return true;
    if (!npu_compile(s->arena, npu_layouts_create(s->arena, module), (NpuArch)session_npu_arch(s), s->dc, &program))
        return false;
    if (estimate)
        npu_put_estimate(s->arena, &program, &estimate->text);
    if (plan->of[EMIT_HTML])
        npu_put_pictures(s->arena, &program, pictures);
    return true;
}

bool emit_fill(Session *s, const char *input, const Program *program, const Module *module, EmitPlan *plan) {
    Output *const *of = plan->of;
    if (of[EMIT_AST])
        ast_print(program->main, s->sources, &of[EMIT_AST]->text);
    if (of[EMIT_IR])
        module_print(&of[EMIT_IR]->text, module);
    if (of[EMIT_DOT])
        emit_dot(s, module, &plan->graphs, &of[EMIT_DOT]->text);
    if (of[EMIT_REPORT])
        emit_report(program, module, &of[EMIT_REPORT]->text);
    Buf pictures = {0};
    if (of[EMIT_HTML])
        taskgraphs_put_html(s, &plan->graphs, &pictures);
    bool estimated = fill_estimates(s, module, plan, &pictures);
    if (of[EMIT_HTML])
        emit_html(program, s->sources, module, &pictures, &of[EMIT_HTML]->text);
    buf_free(&pictures);
    if (!estimated)
        return false;
    if (of[EMIT_NPU] && !fill_npu(s, input, module, plan))
        return false;
    if (wants_llvm(plan) && !fill_llvm(s, input, module, plan))
        return false;
    return (!of[EMIT_C] && !of[EMIT_HEADER]) || fill_c(s, input, module, plan);
}
