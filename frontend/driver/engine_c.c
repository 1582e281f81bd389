/* Generated C as an engine: emit, compile to a shared object in a private folder, load, call. */
#include <stddef.h>
#include <string.h>

#include "backends/c/c_emit.h"
#include "frontend/driver/emit.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/engine_call.h"
#include "frontend/driver/engine_object.h"

/* Generated names get it, so that a workload may be called like a function of the C library. */
static const char symbol_prefix[] = "jit_";

struct CEngine {
    void *object;
    const char *compiler; /* as the user would write it */
};

/* ---- the compiler ---------------------------------------------------------------------------------------------- */

static const char *const compiler_names[] = {"cc", "gcc", "clang", NULL};
static const char *const compiler_flags[] = {"-std=c11", "-O3", "-march=native", "-ffp-contract=off", "-fPIC",
                                             "-shared",  NULL};
static const char *const compiler_attempts[] = {"-fopenmp", "", NULL}; /* some have no OpenMP */
static const Compiler compiler = {.language = "C",
                                  .variable = "CC",
                                  .names = compiler_names,
                                  .flags = compiler_flags,
                                  .attempts = compiler_attempts,
                                  .missing = DIAG_NO_C_COMPILER,
                                  .failed = DIAG_C_COMPILER_FAILED};

bool engine_c_is_present(Session *s) { return compiler_is_present(s, &compiler); }

const char *engine_c_compiler(const CEngine *engine) { return engine->compiler; }

static bool emit(Session *s, const Module *module, const char *source_name, Buf *text) {
    double begin = session_seconds(s);
    const CEmitOptions options = emit_c_options(s, source_name, symbol_prefix);
    bool ok = c_emit(module, &options, s->dc, text, NULL);
    session_phase(s, "write C", begin);
    return ok;
}

CEngine *engine_c_open(Session *s, const Module *module, const char *source_name) {
    Buf text = {0};
    CEngine *engine = NULL;
    if (emit(s, module, source_name, &text)) {
        ObjectFile file = {"program.c", buf_text(&text)};
        const char *command;
        void *object = object_build(s, &compiler, &file, 1, &command);
        if (object) {
            engine = ARENA_NEW(s->arena, CEngine);
            *engine = (CEngine){object, command};
        }
    }
    buf_free(&text);
    return engine;
}

/* ---- calling --------------------------------------------------------------------------------------------------- */

void engine_c_run(Session *s, const CEngine *engine, const EngineTask *task, EngineRun *out) {
    EngineEntry *entry;
    const char *symbol = arena_printf(s->arena, "%s%s", symbol_prefix, task->workload->name);
    if (object_symbol(s, engine->object, symbol, &entry, sizeof entry))
        engine_call(s, "c", entry, task, out);
    else
        *out = (EngineRun){.engine = "c", .error = "", .status = PTOC_E_UNSUPPORTED};
}
