/* The module ptoc-llvm.so as an engine: compiled to an object for this machine, or found in the cache, loaded into memory, called. */
#include <stdio.h>
#include <string.h>

#include "backends/elf_load.h"
#include "backends/target.h"
#include "frontend/driver/code_cache.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/engine_call.h"
#include "frontend/driver/llvm_module.h"

struct LlvmEngine {
    const PtocLlvmApi *api; /* NULL while nothing asked for it */
    ElfCode *code;
    void *loaded; /* by the module, where code is NULL */
    const char *march;
};

/* As with the engine c, a workload may be called like a function of the C library. */
static const char symbol_prefix[] = "jit_";

bool engine_llvm_is_present(Session *s) { return llvm_module_is_present(s) && arch_runs_here(llvm_march(s)); }

const char *engine_llvm_compiler(const LlvmEngine *engine) { return engine->march; }

/* What runs here is loaded without LLVM where that is possible: the module may not even be needed. */
static bool load(Session *s, LlvmEngine *engine, const Buf *object) {
    char error[1024] = "";
    double begin = session_seconds(s);
    if (!elf_load_is_possible() && !engine->api)
        engine->api = llvm_module_open(s);
    if (elf_load_is_possible())
        engine->code = elf_load(object->data, object->len, error, sizeof error);
    else if (engine->api)
        engine->loaded = engine->api->load(object->data, object->len, error, sizeof error);
    bool ok = engine->code || engine->loaded;
    if (!ok && *error)
        diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, error);
    session_phase(s, "load", begin);
    return ok;
}

/* A level that is asked for is the one of objects. */
static bool is_quick(const Session *s) { return s->options->opt_level < 0; }

static void put_key(Session *s, Buf *key, const Buf *text) {
    buf_printf(key, "ptoc %s -march=%s -O%d%s%s\n", PTOC_VERSION, llvm_march(s), llvm_level(s),
               is_quick(s) ? " quick" : "", s->options->debug_lines ? " -g" : "");
    code_cache_put_processor(key);
    llvm_module_put_identity(s, key);
    buf_puts(key, buf_text(text));
}

static bool find(Session *s, const Buf *key, Buf *object) {
    double begin = session_seconds(s);
    bool found = code_cache_find(s->arena, key, object);
    session_phase(s, found ? "found in the cache" : "not in the cache", begin);
    return found;
}

static void store(Session *s, const Buf *key, const Buf *object) {
    double begin = session_seconds(s);
    code_cache_store(s->arena, key, object);
    session_phase(s, "store in the cache", begin);
}

/* From the cache, or compiled. */
static bool make(Session *s, LlvmEngine *engine, const Buf *text, const LlvmWish *wish, Buf *object) {
    bool cache = !s->options->no_cache;
    Buf key = {0};
    if (cache)
        put_key(s, &key, text);
    bool ok = cache && find(s, &key, object);
    if (!ok) {
        engine->api = llvm_module_open(s);
        ok = engine->api && llvm_compile(s, engine->api, text, wish);
        if (ok && cache)
            store(s, &key, object);
    }
    buf_free(&key);
    return ok;
}

LlvmEngine *engine_llvm_open(Session *s, const Module *module, const char *source_name) {
    LlvmEngine *engine = ARENA_NEW(s->arena, LlvmEngine);
    engine->march = llvm_march(s);
    if (!arch_runs_here(engine->march)) {
        diag_report(s->dc, DIAG_MARCH_HOST, SPAN_NONE, engine->march, arch_host());
        return NULL;
    }
    LlvmWish wish = {.source_name = source_name, .symbol_prefix = symbol_prefix, .cpu = "native"};
    Buf text = {0}, object = {0};
    wish.out[PTOC_LLVM_OBJ] = &object;
    wish.quick = is_quick(s);
    bool ok = llvm_text(s, module, &wish, &text) && make(s, engine, &text, &wish, &object) && load(s, engine, &object);
    buf_free(&text);
    buf_free(&object);
    return ok ? engine : NULL;
}

static void *find_entry(const LlvmEngine *engine, const char *name, char *error, size_t room) {
    if (!engine->code)
        return engine->api->symbol(engine->loaded, name, error, room);
    void *entry = elf_symbol(engine->code, name);
    if (!entry)
        snprintf(error, room, "it has no entry point `%s`", name);
    return entry;
}

void engine_llvm_run(Session *s, const LlvmEngine *engine, const EngineTask *task, EngineRun *out) {
    char error[1024] = "";
    const char *name = arena_printf(s->arena, "%s%s", symbol_prefix, task->workload->name);
    void *symbol = find_entry(engine, name, error, sizeof error);
    EngineEntry *entry = NULL;
    memcpy(&entry, &symbol, sizeof entry);
    if (entry) {
        engine_call(s, "llvm", entry, task, out);
        return;
    }
    *out = (EngineRun){.engine = "llvm", .error = "", .status = PTOC_E_UNSUPPORTED};
    diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, error);
}
