#include "frontend/driver/llvm_code.h"

#include <stdio.h>
#include <string.h>

#include "backends/target.h"
#include "frontend/driver/code_cache.h"

/* A workload may be called like a function of the C library. */
static const char symbol_prefix[] = "jit_";

/* What runs here is loaded without LLVM where that is possible: the module may not even be needed. */
static bool load(Session *s, LlvmCode *code, const Buf *object) {
    char error[1024] = "";
    double begin = session_seconds(s);
    if (!elf_load_is_possible() && !code->api)
        code->api = llvm_module_open(s);
    if (elf_load_is_possible())
        code->elf = elf_load(object->data, object->len, error, sizeof error);
    else if (code->api)
        code->loaded = code->api->load(object->data, object->len, error, sizeof error);
    bool ok = code->elf || code->loaded;
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
static bool make(Session *s, LlvmCode *code, const Buf *text, const LlvmWish *wish, Buf *object) {
    bool cache = !s->options->no_cache;
    Buf key = {0};
    if (cache)
        put_key(s, &key, text);
    bool ok = cache && find(s, &key, object);
    if (!ok) {
        code->api = llvm_module_open(s);
        ok = code->api && llvm_compile(s, code->api, text, wish);
        if (ok && cache)
            store(s, &key, object);
    }
    buf_free(&key);
    return ok;
}

bool llvm_code_open(Session *s, const Module *module, const char *source_name, LlvmCode *code) {
    const char *march = llvm_march(s);
    *code = (LlvmCode){.api = NULL};
    if (!arch_runs_here(march)) {
        diag_report(s->dc, DIAG_MARCH_HOST, SPAN_NONE, march, arch_host());
        return false;
    }
    LlvmWish wish = {.source_name = source_name, .symbol_prefix = symbol_prefix, .cpu = "native"};
    Buf text = {0}, object = {0};
    wish.out[PTOC_LLVM_OBJ] = &object;
    wish.quick = is_quick(s);
    bool ok = llvm_text(s, module, &wish, &text) && make(s, code, &text, &wish, &object) && load(s, code, &object);
    buf_free(&text);
    buf_free(&object);
    return ok;
}

void *llvm_code_entry(const LlvmCode *code, const char *workload, char *error, size_t room) {
    Buf name = {0};
    buf_printf(&name, "%s%s", symbol_prefix, workload);
    void *entry = code->elf ? elf_symbol(code->elf, buf_text(&name))
                            : code->api->symbol(code->loaded, buf_text(&name), error, room);
    if (!entry && code->elf)
        snprintf(error, room, "it has no entry point `%s`", buf_text(&name));
    buf_free(&name);
    return entry;
}

void llvm_code_close(LlvmCode *code) {
    if (code->elf)
        elf_unload(code->elf);
    if (code->loaded)
        code->api->unload(code->loaded);
    *code = (LlvmCode){.api = NULL};
}
