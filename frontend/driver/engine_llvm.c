/* The module ptoc-llvm.so as an engine: compiled to an object for this machine, loaded into memory, called. */
#include <string.h>

#include "backends/target.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/engine_call.h"
#include "frontend/driver/llvm_module.h"

struct LlvmEngine {
    const PtocLlvmApi *api;
    void *loaded;
    const char *what; /* for the report */
};

/* As with the engine c, a workload may be called like a function of the C library. */
static const char symbol_prefix[] = "jit_";

bool engine_llvm_is_present(Session *s) { return llvm_module_is_present(s); }

const char *engine_llvm_compiler(const LlvmEngine *engine) { return engine->what; }

/* Rows of ARCH stand from the least to the widest; those of another family do not run here. */
static bool runs_here(Session *s, const char *host, const char *march) {
    bool same = str_starts_with(march, "x86") == str_starts_with(host, "x86");
    if (same && arch_find(march) <= arch_find(host))
        return true;
    diag_report(s->dc, DIAG_MARCH_HOST, SPAN_NONE, march, host);
    return false;
}

static void *load(Session *s, const PtocLlvmApi *api, const Buf *object) {
    char error[1024] = "";
    double begin = session_seconds(s);
    void *loaded = api->load(object->data, object->len, error, sizeof error);
    if (!loaded)
        diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, error);
    session_phase(s, "load", begin);
    return loaded;
}

LlvmEngine *engine_llvm_open(Session *s, const Module *module, const char *source_name) {
    const PtocLlvmApi *api = llvm_module_open(s);
    const char *march = llvm_march(s);
    if (!api || !runs_here(s, api->host_march(), march))
        return NULL;
    LlvmWish wish = {
        .kind = PTOC_LLVM_OBJ, .source_name = source_name, .symbol_prefix = symbol_prefix, .cpu = "native"};
    LlvmEngine *engine = NULL;
    Buf text = {0}, object = {0};
    if (llvm_text(s, module, &wish, &text) && llvm_compile(s, api, &text, &wish, &object)) {
        void *loaded = load(s, api, &object);
        if (loaded) {
            engine = ARENA_NEW(s->arena, LlvmEngine);
            *engine = (LlvmEngine){api, loaded, march};
        }
    }
    buf_free(&text);
    buf_free(&object);
    return engine;
}

void engine_llvm_run(Session *s, const LlvmEngine *engine, const EngineTask *task, EngineRun *out) {
    char error[1024] = "";
    const char *name = arena_printf(s->arena, "%s%s", symbol_prefix, task->workload->name);
    void *symbol = engine->api->symbol(engine->loaded, name, error, sizeof error);
    EngineEntry *entry = NULL;
    memcpy(&entry, &symbol, sizeof entry);
    if (entry) {
        engine_call(s, "llvm", entry, task, out);
        return;
    }
    *out = (EngineRun){.engine = "llvm", .error = "", .status = PTOC_E_UNSUPPORTED};
    diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, error);
}
