/* Generated C as an engine: emit, compile to a shared object in a private folder, load, call. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/c/c_emit.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/run_data.h"
#include "frontend/driver/subprocess.h"
#include "runtime/include/ptoc_rt.h"

/* Generated names get it, so that a workload may be called like a function of the C library. */
static const char symbol_prefix[] = "jit_";

typedef VEC(char *) ArgVec;

struct CEngine {
    void *object;
    const char *compiler; /* as the user would write it */
};

typedef int EntryFn(const void *args, const ptoc_options *options);

/* ---- the compiler ---------------------------------------------------------------------------------------------- */

/* $CC may hold arguments: "clang -m32". Appends the program's path and them; false when there is no such program. */
static bool split_command(Arena *arena, const char *command, ArgVec *argv) {
    argv->len = 0;
    while (*command) {
        size_t blanks = strspn(command, " \t"), n = strcspn(command + blanks, " \t");
        if (n > 0)
            VEC_PUSH(arena, argv, arena_strndup(arena, command + blanks, n));
        command += blanks + n;
    }
    const char *path = argv->len > 0 ? subprocess_find(arena, argv->data[0]) : NULL;
    if (path)
        argv->data[0] = arena_strdup(arena, path);
    return path != NULL;
}

/* Returns the command as it was written, or NULL. */
static const char *find_compiler(Arena *arena, ArgVec *argv) {
    const char *cc = getenv("CC");
    if (cc && *cc)
        return split_command(arena, cc, argv) ? cc : NULL;
    static const char *const names[] = {"cc", "gcc", "clang"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (split_command(arena, names[i], argv))
            return names[i];
    }
    return NULL;
}

bool engine_c_is_present(Session *s) {
    ArgVec argv = {0};
    return find_compiler(s->arena, &argv) != NULL;
}

const char *engine_c_compiler(const CEngine *engine) { return engine->compiler; }

static int run_compiler(Session *s, const ArgVec *command, bool openmp, const char *dir, const char *source,
                        const char *object, Buf *output) {
    static const char *const flags[] = {"-std=c11", "-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-shared"};
    ArgVec argv = {0};
    for (int i = 0; i < command->len; i++)
        VEC_PUSH(s->arena, &argv, command->data[i]);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, flags[i]));
    if (openmp)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, "-fopenmp"));
    if (s->options->debug_lines)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, "-g"));
    const char *const tail[] = {source, "-o", object, "-lm"};
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, tail[i]));
    VEC_PUSH(s->arena, &argv, NULL);
    return subprocess_run(argv.data, dir, output);
}

/* The first lines of what it printed: the rest are consequences. */
static const char *first_lines(Arena *arena, const Buf *output, int code) {
    enum { LINES = 12 };
    size_t n = 0;
    for (int lines = 0; n < output->len && lines < LINES; n++)
        lines += output->data[n] == '\n';
    if (output->len == 0)
        return arena_printf(arena, "it returned %d", code);
    while (n > 0 && output->data[n - 1] == '\n')
        n--;
    return arena_printf(arena, "it returned %d\n%.*s", code, (int)n, buf_text(output));
}

/* source.c -> object.so; without OpenMP where the compiler has none. */
static bool compile(Session *s, const ArgVec *command, const char *name, const char *dir, const char *source,
                    const char *object) {
    double begin = session_seconds(s);
    session_progress(s, arena_printf(s->arena, "compiling C with %s ...", name));
    Buf first = {0}, second = {0};
    int code = run_compiler(s, command, true, dir, source, object, &first);
    if (code != 0 && run_compiler(s, command, false, dir, source, object, &second) == 0)
        code = 0;
    session_progress(s, "");
    if (code != 0)
        diag_report(s->dc, DIAG_C_COMPILER_FAILED, SPAN_NONE, name, first_lines(s->arena, &first, code));
    buf_free(&first);
    buf_free(&second);
    session_phase(s, "compile C", begin);
    return code == 0;
}

/* ---- loading --------------------------------------------------------------------------------------------------- */

static bool emit(Session *s, const Module *module, const char *source_name, Buf *text) {
    double begin = session_seconds(s);
    CEmitOptions options = {
        .source_name = source_name, .symbol_prefix = symbol_prefix, .line_directives = s->options->debug_lines};
    options.checks = s->options->checks < 0 ? C_CHECKS_ENTRY : (CChecks)s->options->checks;
    options.fp_separate = s->options->fp == 1;
    options.lanes = session_vector(s)->lanes;
    bool ok = c_emit(module, &options, s->dc, text, NULL);
    session_phase(s, "write C", begin);
    return ok;
}

static void *build_object(Session *s, const ArgVec *command, const char *name, const Buf *text, const char *dir) {
    const char *source = arena_printf(s->arena, "%s/program.c", dir);
    const char *object = arena_printf(s->arena, "%s/program.so", dir);
    int error = buf_save(text, source);
    if (error) {
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, source, strerror(error));
        return NULL;
    }
    if (!compile(s, command, name, dir, source, object))
        return NULL;
    void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror(), *colon = strstr(why, "program.so: ");
        diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, colon ? colon + strlen("program.so: ") : why);
    }
    return handle;
}

CEngine *engine_c_open(Session *s, const Module *module, const char *source_name) {
    ArgVec command = {0};
    const char *name = find_compiler(s->arena, &command);
    if (!name) {
        const char *cc = getenv("CC");
        const char *tried = cc && *cc ? arena_printf(s->arena, "$CC is `%s`", cc) : "tried cc, gcc and clang";
        diag_report(s->dc, DIAG_NO_C_COMPILER, SPAN_NONE, tried);
        return NULL;
    }
    Buf text = {0};
    CEngine *engine = NULL;
    TempDir dir = {.path = ""};
    if (emit(s, module, source_name, &text)) {
        int error = tempdir_create(&dir);
        if (error) {
            diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, dir.path, strerror(error));
        } else {
            void *object = build_object(s, &command, name, &text, dir.path);
            tempdir_remove(&dir);
            if (object) {
                engine = ARENA_NEW(s->arena, CEngine);
                *engine = (CEngine){object, name};
            }
        }
    }
    buf_free(&text);
    return engine;
}

/* ---- calling --------------------------------------------------------------------------------------------------- */

/* Appends a field of `size` bytes at its natural alignment, as C lays structs out. */
static void put_field(Buf *args, const void *value, size_t size) {
    while (args->len % size)
        buf_putc(args, '\0');
    buf_write(args, value, size);
}

static void put_scalar(Buf *args, Elem elem, const EvalArg *arg) {
    uint64_t cell = 0;
    if (elem_is_float(elem))
        example_store_float(elem, &cell, 0, arg->f);
    else
        memcpy(&cell, &arg->i, sizeof cell);
    put_field(args, &cell, (size_t)elem_bytes(elem));
}

/* NAME_args as CLI.md lays it out: symbols, then parameters in order; a strided tensor is followed by its strides. */
static void put_args(Buf *out, const Func *f, const int64_t *index_args, const EvalArg *args) {
    for (int i = 0; i < f->nindex_params; i++)
        if (!f->index_params[i].is_entries)
            put_field(out, &index_args[i], sizeof index_args[i]);
    for (int i = 0; i < f->nparams; i++) {
        const Type *type = f->params[i].value->type;
        if (type_is_tile(type)) {
            put_scalar(out, type->elem, &args[i]);
            continue;
        }
        put_field(out, &args[i].tensor.data, sizeof args[i].tensor.data);
        for (int d = 0; type->strided && d < type->rank; d++)
            put_field(out, &args[i].tensor.strides[d], sizeof args[i].tensor.strides[d]);
    }
    buf_write(out, "\0\0\0\0\0\0\0", sizeof(int64_t)); /* never empty */
}

static void take_stats(Session *s, const ptoc_stats *stats, EngineRun *out) {
    out->tasks = stats->total;
    out->dropped = stats->dropped;
    out->counts.len = 0;
    for (int i = 0; i < stats->count; i++) {
        const ptoc_stats_entry *e = &stats->entries[i];
        VEC_PUSH(s->arena, &out->counts, (EvalCount){e->kernel, e->tier, e->tasks});
    }
}

void engine_c_run(Session *s, const CEngine *engine, const EngineTask *task, EngineRun *out) {
    const Func *f = task->workload;
    *out = (EngineRun){.engine = "c", .error = ""};
    out->seconds = ARENA_ARRAY(s->arena, double, task->repetitions);
    out->args = run_args_copy(s->arena, f, task->inputs->args);
    EntryFn *entry;
    void *symbol = dlsym(engine->object, arena_printf(s->arena, "%s%s", symbol_prefix, f->name));
    if (!symbol) {
        diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE,
                    arena_printf(s->arena, "it has no entry point `%s%s`", symbol_prefix, f->name));
        out->status = PTOC_E_UNSUPPORTED;
        return;
    }
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function pointer */
    Buf args = {0};
    put_args(&args, f, task->inputs->index_args, out->args);
    for (int i = 0; i < task->repetitions && out->status == PTOC_OK; i++) {
        if (i > 0)
            run_args_restore(f, out->args, task->inputs->args);
        ptoc_stats *stats = ARENA_NEW(s->arena, ptoc_stats);
        ptoc_options *options = ARENA_NEW(s->arena, ptoc_options);
        options->size = sizeof *options;
        options->threads = task->threads;
        options->stats = stats;
        double begin = session_seconds(s);
        out->status = entry(args.data, options);
        out->seconds[out->repetitions++] = session_seconds(s) - begin;
        out->error = options->error;
        take_stats(s, stats, out);
    }
    buf_free(&args);
}
