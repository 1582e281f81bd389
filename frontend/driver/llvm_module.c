#include "frontend/driver/llvm_module.h"
#include "frontend/driver/code_cache.h"
#include "frontend/driver/emit.h"
#include "frontend/driver/engine.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/c/c_emit.h"
#include "backends/target.h"

/* ---- finding it ------------------------------------------------------------------------------------------------ */

/* The folder of the program that runs; "" where the system does not tell. */
static const char *own_folder(Session *s) {
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return "";
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    return slash ? arena_strndup(s->arena, path, (size_t)(slash - path)) : "";
}

static const char *named_module(const Session *s) {
    return s->llvm_module ? s->llvm_module : getenv("PTOC_LLVM_MODULE");
}

/* In a build it lies beside the program, installed in the folder of libraries. $PTOC_LLVM_MODULE names another, or none by "". */
static const char *find(Session *s) {
    static const char *const places[] = {"", "/../" PTOC_LIBDIR "/ptoc", "/../lib/ptoc", NULL};
    const char *folder = own_folder(s), *named = named_module(s);
    if (named)
        return *named && access(named, R_OK) == 0 ? named : NULL;
    for (const char *const *p = places; *p; p++) {
        const char *path = arena_printf(s->arena, "%s%s/%s", folder, *p, PTOC_LLVM_MODULE);
        if (access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}

bool llvm_module_is_present(Session *s) { return find(s) != NULL; }

void llvm_module_put_identity(Session *s, Buf *key) {
    const char *path = find(s);
    code_cache_put_file(key, path ? path : "");
#ifdef PTOC_LLVM_LIBRARY
    code_cache_put_file(key, PTOC_LLVM_LIBRARY);
#endif
}

static const PtocLlvmApi *unusable(Session *s, const char *why) {
    diag_report(s->dc, s->may_lack_llvm ? DIAG_LLVM_SKIPPED : DIAG_LLVM_MISSING, SPAN_NONE, why);
    return NULL;
}

const PtocLlvmApi *llvm_module_open(Session *s) {
    double begin = session_seconds(s);
    const char *path = find(s);
    const char *named = named_module(s);
    if (!path && named)
        return unusable(s, arena_printf(s->arena, "%s is `%s`",
                                        s->llvm_module ? "ptoc_job.llvm_module" : "$PTOC_LLVM_MODULE", named));
    if (!path)
        return unusable(s, arena_printf(s->arena, "there is no %s beside this program or in its folder of libraries",
                                        PTOC_LLVM_MODULE));
    void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        return unusable(s, arena_strdup(s->arena, dlerror()));
    void *symbol = dlsym(handle, "ptoc_llvm_api");
    PtocLlvmApiFn *function = NULL;
    memcpy(&function, &symbol, sizeof function);
    const PtocLlvmApi *api = function ? function() : NULL;
    if (!api || api->version != PTOC_LLVM_VERSION) {
        dlclose(handle);
        return unusable(s, arena_printf(s->arena, "%s belongs to another version of ptoc", path));
    }
    session_phase(s, "load LLVM", begin);
    /* cppcheck-suppress resourceLeak ; the module stays loaded */
    return api;
}

/* ---- using it -------------------------------------------------------------------------------------------------- */

const char *llvm_march(const Session *s) {
    const Options *o = s->options;
    if (o->march >= 0)
        return option_choice_word(s->arena, option_info(OPTION_MARCH)->choices, o->march);
    return arch_info(target_info(TARGET_LLVM)->arch)->name;
}

int llvm_level(const Session *s) { return s->options->opt_level < 0 ? 2 : s->options->opt_level; }

bool llvm_text(Session *s, const Module *module, const LlvmWish *wish, Buf *text) {
    double begin = session_seconds(s);
    CEmitOptions options = emit_c_options(s, wish->source_name, wish->symbol_prefix);
    options.version = PTOC_VERSION;
    options.runtime_external = true;
    bool ok = c_emit(module, &options, s->dc, text, NULL);
    session_phase(s, "write text C", begin);
    return ok;
}

/* What a job of the module reports to. */
typedef struct Listener {
    Session *s;
    const LlvmWish *wish;
    double begin; /* of the phase that runs */
} Listener;

static void put_bytes(void *user, PtocLlvmKind kind, const void *bytes, size_t size) {
    buf_write(((Listener *)user)->wish->out[kind], bytes, size);
}

static void end_phase(void *user, const char *name) {
    Listener *l = user;
    session_phase(l->s, name, l->begin);
    l->begin = session_seconds(l->s);
}

bool llvm_compile(Session *s, const PtocLlvmApi *api, const Buf *text, const LlvmWish *wish) {
    char error[1024] = "";
    Listener listener = {s, wish, session_seconds(s)};
    PtocLlvmJob job = {.text = buf_text(text), .file = wish->source_name, .march = llvm_march(s), .cpu = wish->cpu};
    job.producer = "ptoc " PTOC_VERSION;
    job.level = llvm_level(s);
    job.quick = wish->quick;
    job.lines = s->options->debug_lines;
    for (int i = 0; i < PTOC_LLVM_KINDS; i++)
        job.wants[i] = wish->out[i] != NULL;
    job.put = put_bytes;
    job.phase = end_phase;
    job.user = &listener;
    session_progress(s, "compiling ...");
    bool ok = api->compile(&job, error, sizeof error);
    session_progress(s, "");
    if (!ok)
        diag_report(s->dc, DIAG_LLVM_FAILED, SPAN_NONE, error);
    return ok;
}
