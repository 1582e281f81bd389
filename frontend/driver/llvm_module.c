#include "frontend/driver/llvm_module.h"
#include "frontend/driver/engine.h"

#include <dlfcn.h>
#include <limits.h>
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

/* In a build it lies beside the program, installed in the folder of libraries. */
static const char *find(Session *s) {
    static const char *const places[] = {"", "/../" PTOC_LIBDIR "/ptoc", "/../lib/ptoc", NULL};
    const char *folder = own_folder(s);
    for (const char *const *p = places; *p; p++) {
        const char *path = arena_printf(s->arena, "%s%s/%s", folder, *p, PTOC_LLVM_MODULE);
        if (access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}

bool llvm_module_is_present(Session *s) { return find(s) != NULL; }

static const PtocLlvmApi *unusable(Session *s, const char *why) {
    diag_report(s->dc, DIAG_LLVM_MISSING, SPAN_NONE, why);
    return NULL;
}

const PtocLlvmApi *llvm_module_open(Session *s) {
    double begin = session_seconds(s);
    const char *path = find(s);
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
    if (!api || api->version != PTOC_LLVM_VERSION)
        return unusable(s, arena_printf(s->arena, "%s belongs to another version of ptoc", path));
    session_phase(s, "load LLVM", begin);
    return api;
}

/* ---- using it -------------------------------------------------------------------------------------------------- */

const char *llvm_march(const Session *s) {
    const Options *o = s->options;
    if (o->march >= 0)
        return option_choice_word(s->arena, option_info(OPTION_MARCH)->choices, o->march);
    return arch_info(target_info(TARGET_LLVM)->arch)->name;
}

bool llvm_text(Session *s, const Module *module, const LlvmWish *wish, Buf *text) {
    double begin = session_seconds(s);
    CEmitOptions options = engine_c_options(s, wish->source_name, wish->symbol_prefix);
    options.version = PTOC_VERSION;
    options.runtime_external = true;
    bool ok = c_emit(module, &options, s->dc, text, NULL);
    session_phase(s, "write text C", begin);
    return ok;
}

static void put_bytes(void *user, const void *bytes, size_t size) { buf_write(user, bytes, size); }

bool llvm_compile(Session *s, const PtocLlvmApi *api, const Buf *text, const LlvmWish *wish, Buf *out) {
    char error[1024] = "";
    double begin = session_seconds(s);
    PtocLlvmJob job = {.text = buf_text(text), .file = wish->source_name, .march = llvm_march(s), .cpu = wish->cpu};
    job.producer = "ptoc " PTOC_VERSION;
    job.level = s->options->opt_level < 0 ? 2 : s->options->opt_level;
    job.lines = s->options->debug_lines;
    job.kind = wish->kind;
    job.put = put_bytes;
    job.user = out;
    session_progress(s, "compiling ...");
    bool ok = api->compile(&job, error, sizeof error);
    session_progress(s, "");
    if (!ok)
        diag_report(s->dc, DIAG_LLVM_FAILED, SPAN_NONE, error);
    session_phase(s, "compile", begin);
    return ok;
}
