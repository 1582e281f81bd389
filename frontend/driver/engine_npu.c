/* Emitted Ascend kernels as an engine: compiled unchanged against the strict stand-in for PTO-ISA (tests/npu_stub), whose text
 * travels inside ptoc, and run on the host. Each run goes through several schedules of the queues, which must agree in every bit. */
#include <string.h>

#include "backends/npu/emit.h"
#include "frontend/driver/engine_npu.h"
#include "frontend/driver/engine_object.h"
#include "frontend/driver/run_data.h"
#include "frontend/example.h"
#include "ptoc_npu_stub_text.h"
#include "runtime/include/ptoc_rt.h"

static const char symbol_prefix[] = "npu_";

struct NpuEngine {
    void *object;
    const char *compiler, *name; /* "npu-stub (npu-a2a3)" */
};

/* words: symbols, then parameters in order. Returns what the workload does; a mistake that the stand-in found is told in error, which is
 * empty otherwise. */
typedef int EntryFn(const int64_t *words, const StubRun *run, char *error, size_t size);

/* ---- the compiler ---------------------------------------------------------------------------------------------- */

static const char *const compiler_names[] = {"c++", "g++", "clang++", NULL};
/* Contraction would change the numbers; kernels that never run need no optimiser that takes minutes. */
static const char *const compiler_flags[] = {"-std=c++17", "-O1", "-ffp-contract=off", "-fPIC", "-shared", NULL};
static const char *const a5_flags[] = {"-std=c++17",        "-O1", "-ffp-contract=off", "-fPIC", "-shared",
                                       "-DPTO_NPU_ARCH_A5", NULL};
static const char *const compiler_attempts[] = {"-march=native", "", NULL};
/* The library's simulator wants C++20 and more. Its folder is the attempt. */
static const char *const isa_flags[] = {"-std=c++20", "-O1",      "-ffp-contract=off", "-fPIC",    "-shared", "-w",
                                        "-include",   "stdint.h", "-D__CPU_SIM",       "-pthread", NULL};
static const Compiler compiler = {.language = "C++",
                                  .variable = "CXX",
                                  .names = compiler_names,
                                  .flags = compiler_flags,
                                  .attempts = compiler_attempts,
                                  .missing = DIAG_NO_CXX_COMPILER,
                                  .failed = DIAG_CXX_COMPILER_FAILED};

bool engine_npu_is_present(Session *s) { return compiler_is_present(s, &compiler); }

const char *engine_npu_compiler(const NpuEngine *engine) { return engine->compiler; }

/* ---- the text -------------------------------------------------------------------------------------------------- */

static void put_copy(Buf *out, const char *name, int word) {
    buf_printf(out, "    std::memcpy(&args.%s, words + %d, sizeof args.%s);\n", name, word, name);
}

static void put_entry(Buf *out, Arena *arena, const Func *f) {
    buf_printf(out, "extern \"C\" int stub_%s(const int64_t *words, const StubRun *run, char *error, size_t size) {\n",
               f->name);
    buf_printf(out, "    %s%s_args args{};\n", symbol_prefix, f->name);
    int word = 0;
    for (int i = 0; i < f->nindex_params; i++, word++) {
        if (!f->index_params[i].is_entries)
            put_copy(out, f->index_params[i].value->name, word);
    }
    for (int i = 0; i < f->nparams; i++)
        put_copy(out, f->params[i].value->name, word++);
    for (int i = 0; i < f->nparams; i++) {
        const Type *t = f->params[i].value->type;
        if (!t->strided)
            continue;
        put_copy(out, arena_printf(arena, "%s_stride", f->params[i].value->name), word);
        word += t->rank;
    }
    buf_puts(out, "#if defined(PTOC_STUB_PTO_INST_HPP)\n"
                  "    ptoc_stub::machine().policy = static_cast<ptoc_stub::Policy>(run->policy);\n"
                  "    ptoc_stub::machine().seed = run->seed;\n"
                  "    static_assert(sizeof(ptoc_stub::Change) == sizeof run->change);\n"
                  "    std::memcpy(&ptoc_stub::machine().change, run->change, sizeof run->change);\n"
                  "#endif\n"
                  "    (void)words;\n"
                  "    (void)run;\n"
                  "    error[0] = '\\0';\n"
                  "    try {\n");
    buf_printf(out,
               "        return %s%s(&args, nullptr);\n"
               "    } catch (const StubError &e) {\n"
               "        std::snprintf(error, size, \"%%s\", e.what());\n"
               "    }\n"
               "    return 0;\n"
               "}\n",
               symbol_prefix, f->name);
}

/* The library's simulator does not begin a row of the mask anew, as its code for devices does: agreed only where rows fill whole bytes. */
static const char simulator_select[] = "#include <cstdint>\n"
                                       "#include <pto/pto-inst.hpp>\n"
                                       "template <typename D, typename M, typename A, typename B, typename T> void "
                                       "select_by_rows(D &d, M &m, A &a, B &b, T &) {\n"
                                       "    for (int r = 0; r < d.GetValidRow(); r++)\n"
                                       "        for (int c = 0; c < d.GetValidCol(); c++)\n"
                                       "            d.data()[r * D::RowStride + c] = m.data()[r * M::RowStride + c / "
                                       "8] >> c % 8 & 1 ? a.data()[r * A::RowStride + c]\n"
                                       "                                                                               "
                                       "          : b.data()[r * B::RowStride + c];\n"
                                       "}\n"
                                       "#define TSEL select_by_rows\n";

static void put_entries(Buf *out, Arena *arena, const Module *module, bool simulator) {
    buf_puts(out, simulator ? simulator_select : "");
    buf_puts(out,
             simulator ? "" : "#include <pto/pto-inst.hpp>\n#define PT_SIZE(e) ptoc_stub::size_of((e), __LINE__)\n");
    buf_puts(out, "#include \"kernels.cpp\"\n"
                  "#include <stdexcept>\n"
                  "#if defined(PTOC_STUB_PTO_INST_HPP)\n"
                  "using StubError = ptoc_stub::Error;\n"
                  "#else\n"
                  "using StubError = std::exception;\n"
                  "#endif\n"
                  "struct StubRun {\n    int policy;\n    uint32_t seed;\n    int change[13];\n};\n");
    for (int i = 0; i < module->funcs.len; i++) {
        const Func *f = module->funcs.data[i];
        if (f->kind == FUNC_WORKLOAD && f->exported)
            put_entry(out, arena, f);
    }
}

static bool emit(Session *s, const Module *module, const char *source_name, NpuArch arch, Buf *text) {
    double begin = session_seconds(s);
    NpuOptions options = {.arch = arch, .source_name = source_name, .symbol_prefix = symbol_prefix};
    bool ok = npu_emit(s->arena, module, &options, s->dc, text);
    session_phase(s, "write kernels", begin);
    return ok;
}

/* A size of a block that a planted fault can change: `const int64_t rows = PT_SIZE(..);`. Lines stay lines. */
static const char *with_sizes(Arena *arena, const char *text) {
    static const char begin[] = "const int64_t ", is[] = " = pt_min(";
    Buf out = {0};
    while (*text) {
        size_t n = strcspn(text, "\n"), blank = strspn(text, " ");
        const char *at = blank > 0 && strncmp(text + blank, begin, strlen(begin)) == 0 ? strstr(text, is) : NULL;
        if (at && at < text + n && text[n - 1] == ';')
            buf_printf(&out, "%.*s = PT_SIZE(%.*s);", (int)(at - text), text, (int)(text + n - 1 - (at + 3)), at + 3);
        else
            buf_printf(&out, "%.*s", (int)n, text);
        text += n;
        buf_puts(&out, *text ? "\n" : "");
        text += *text != 0;
    }
    const char *s = arena_strdup(arena, buf_text(&out));
    buf_free(&out);
    return s;
}

/* isa: a folder of the library, whose simulator takes the stand-in's place; or NULL. */
static NpuEngine *open_engine(Session *s, const Module *module, const char *source_name, const char *isa) {
    NpuArch arch = (NpuArch)session_npu_arch(s);
    Buf kernels = {0}, entries = {0};
    NpuEngine *engine = NULL;
    if (emit(s, module, source_name, arch, &kernels)) {
        put_entries(&entries, s->arena, module, isa != NULL);
        VEC(ObjectFile) files = {0};
        VEC_PUSH(s->arena, &files, ((ObjectFile){"program.cpp", buf_text(&entries)}));
        VEC_PUSH(s->arena, &files,
                 ((ObjectFile){"kernels.cpp", isa ? buf_text(&kernels) : with_sizes(s->arena, buf_text(&kernels))}));
        VEC_PUSH(s->arena, &files, ((ObjectFile){isa ? "unused" : "pto", ""})); /* the headers' folders are this one */
        VEC_PUSH(s->arena, &files, ((ObjectFile){"ptoc_stub", ""}));
        for (int i = 0; i < ptoc_npu_stub_file_count && !isa; i++)
            VEC_PUSH(s->arena, &files, ((ObjectFile){ptoc_npu_stub_files[i].name, ptoc_npu_stub_files[i].text}));
        Compiler c = compiler;
        const char *isa_attempts[] = {isa ? arena_printf(s->arena, "-I%s/include", isa) : NULL, NULL};
        c.flags = isa ? isa_flags : arch == NPU_A5 ? a5_flags : compiler_flags;
        c.attempts = isa ? isa_attempts : compiler_attempts;
        const char *command;
        void *object = object_build(s, &c, files.data, files.len, &command);
        if (object) {
            engine = ARENA_NEW(s->arena, NpuEngine);
            *engine = (NpuEngine){object, command, arena_printf(s->arena, "npu-stub (%s)", npu_arch_text(arch))};
        }
    }
    buf_free(&kernels);
    buf_free(&entries);
    return engine;
}

NpuEngine *engine_npu_open(Session *s, const Module *module, const char *source_name) {
    return open_engine(s, module, source_name, NULL);
}

NpuEngine *engine_npu_open_isa(Session *s, const Module *module, const char *source_name, const char *isa) {
    return open_engine(s, module, source_name, isa);
}

/* ---- calling --------------------------------------------------------------------------------------------------- */

static const int64_t *words_of(Arena *arena, const EngineTask *task, const EvalArg *args) {
    const Func *f = task->workload;
    int64_t *words = ARENA_ARRAY(arena, int64_t, f->nindex_params + f->nparams * (IR_MAX_RANK + 1) + 1), *at = words;
    for (int i = 0; i < f->nindex_params; i++)
        *at++ = task->inputs->index_args[i];
    for (int i = 0; i < f->nparams; i++, at++) {
        Elem elem = f->params[i].value->type->elem;
        if (!type_is_tile(f->params[i].value->type))
            memcpy(at, &args[i].tensor.data, sizeof args[i].tensor.data);
        else if (elem_is_float(elem))
            example_store_float(elem, at, 0, args[i].f);
        else
            *at = args[i].i;
    }
    for (int i = 0; i < f->nparams; i++) { /* strided tensors are contiguous here */
        const Type *t = f->params[i].value->type;
        int64_t stride = 1;
        for (int d = t->rank - 1; t->strided && d >= 0; d--) {
            at[d] = stride;
            stride *= args[i].tensor.dims[d];
        }
        at += t->strided ? t->rank : 0;
    }
    return words;
}

typedef struct Schedule {
    const char *name;
    StubRun run;
} Schedule;
static const Schedule schedules[] = {{"program order", {.policy = 0, .seed = 1}},
                                     {"consumers first", {.policy = 1, .seed = 1}},
                                     {"producers first", {.policy = 2, .seed = 1}},
                                     {"random order 1", {.policy = 3, .seed = 1}},
                                     {"random order 2", {.policy = 3, .seed = 2}}};

static EntryFn *entry_of(Session *s, const NpuEngine *engine, const Func *f) {
    EntryFn *entry = NULL;
    return object_symbol(s, engine->object, arena_printf(s->arena, "stub_%s", f->name), &entry, sizeof entry) ? entry
                                                                                                              : NULL;
}

const char *engine_npu_once(Session *s, const NpuEngine *engine, const EngineTask *task, const StubRun *run,
                            EvalArg *args, int *status) {
    enum { ROOM = 600 };
    char *error = arena_alloc(s->arena, ROOM);
    EntryFn *entry = entry_of(s, engine, task->workload);
    *status = entry ? entry(words_of(s->arena, task, args), run, error, ROOM) : PTOC_E_UNSUPPORTED;
    if (*error)
        *status = PTOC_E_UNSUPPORTED;
    return error;
}

/* The first schedule's outputs are the result; the others must give the same. */
static bool run_schedule(Session *s, const NpuEngine *engine, const EngineTask *task, const Schedule *schedule,
                         EvalArg *args, EngineRun *out) {
    const char *error = engine_npu_once(s, engine, task, &schedule->run, args, &out->status);
    if (*error)
        out->error = arena_printf(s->arena, "%s: %s", schedule->name, error);
    return out->status == PTOC_OK;
}

static bool compare_schedule(Session *s, const NpuEngine *engine, const EngineTask *task, const Schedule *schedule,
                             EngineRun *out) {
    const Func *f = task->workload;
    EvalArg *args = run_args_copy(s->arena, f, task->inputs->args);
    RunDifference d;
    if (!run_schedule(s, engine, task, schedule, args, out))
        return false;
    bool differs = run_args_differ(s->arena, f, args, out->args, &d);
    if (differs)
        diag_report(s->dc, DIAG_RESULTS_DIFFER, SPAN_NONE, d.param, d.place, schedule->name, d.a, schedules[0].name,
                    d.b);
    return !differs;
}

void engine_npu_run(Session *s, const NpuEngine *engine, const EngineTask *task, EngineRun *out) {
    const Func *f = task->workload;
    *out = (EngineRun){.engine = engine->name, .error = ""};
    out->seconds = ARENA_ARRAY(s->arena, double, task->repetitions);
    out->args = run_args_copy(s->arena, f, task->inputs->args);
    bool ok = true;
    for (int i = 0; i < task->repetitions && ok; i++) {
        if (i > 0)
            run_args_restore(f, out->args, task->inputs->args);
        double begin = session_seconds(s);
        ok = run_schedule(s, engine, task, &schedules[0], out->args, out);
        out->seconds[out->repetitions++] = session_seconds(s) - begin;
    }
    for (size_t k = 1; k < sizeof schedules / sizeof schedules[0] && ok; k++)
        ok = compare_schedule(s, engine, task, &schedules[k], out);
}
