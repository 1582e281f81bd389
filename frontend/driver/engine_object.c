#include "frontend/driver/engine_object.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frontend/driver/subprocess.h"

typedef VEC(char *) ArgVec;

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
static const char *find_compiler(Arena *arena, const Compiler *c, ArgVec *argv) {
    const char *set = getenv(c->variable);
    if (set && *set)
        return split_command(arena, set, argv) ? set : NULL;
    for (const char *const *name = c->names; *name; name++) {
        if (split_command(arena, *name, argv))
            return *name;
    }
    return NULL;
}

bool compiler_is_present(Session *s, const Compiler *c) {
    ArgVec argv = {0};
    return find_compiler(s->arena, c, &argv) != NULL;
}

/* "tried cc, gcc and clang" */
static const char *tried(Session *s, const Compiler *c) {
    const char *set = getenv(c->variable);
    if (set && *set)
        return arena_printf(s->arena, "$%s is `%s`", c->variable, set);
    const char *text = arena_printf(s->arena, "tried %s", c->names[0]);
    for (int i = 1; c->names[i]; i++)
        text = arena_printf(s->arena, "%s%s %s", text, c->names[i + 1] ? "," : " and", c->names[i]);
    return text;
}

static int run_compiler(Session *s, const ArgVec *command, const Compiler *c, const char *extra, const char *dir,
                        const char *source, const char *object, Buf *output) {
    ArgVec argv = {0};
    for (int i = 0; i < command->len; i++)
        VEC_PUSH(s->arena, &argv, command->data[i]);
    for (const char *const *flag = c->flags; *flag; flag++)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, *flag));
    if (*extra)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, extra));
    if (s->options->debug_lines)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, "-g"));
    const char *const tail[] = {"-I", dir, source, "-o", object, "-lm"};
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, tail[i]));
    for (const char *const *library = c->libraries; library && *library; library++)
        VEC_PUSH(s->arena, &argv, arena_strdup(s->arena, *library));
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

/* The message is that of the first attempt. */
static bool compile(Session *s, const ArgVec *command, const Compiler *c, const char *name, const char *dir,
                    const char *source, const char *object) {
    double begin = session_seconds(s);
    session_progress(s, arena_printf(s->arena, "compiling %s with %s ...", c->language, name));
    const char *why = "";
    int code = -1;
    for (const char *const *attempt = c->attempts; *attempt && code != 0; attempt++) {
        Buf output = {0};
        code = run_compiler(s, command, c, *attempt, dir, source, object, &output);
        if (attempt == c->attempts)
            why = first_lines(s->arena, &output, code);
        buf_free(&output);
    }
    session_progress(s, "");
    if (code != 0)
        diag_report(s->dc, c->failed, SPAN_NONE, name, why);
    session_phase(s, arena_printf(s->arena, "compile %s", c->language), begin);
    return code == 0;
}

/* ---- loading --------------------------------------------------------------------------------------------------- */

static bool save_files(Session *s, const char *dir, const ObjectFile *files, int nfiles) {
    for (int i = 0; i < nfiles; i++) {
        const char *path = arena_printf(s->arena, "%s/%s", dir, files[i].name);
        Buf text = {0};
        buf_puts(&text, files[i].text);
        int error = *files[i].text ? buf_save(&text, path) : symlink(".", path) == 0 ? 0 : errno;
        buf_free(&text);
        if (error) {
            diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, path, strerror(error));
            return false;
        }
    }
    return true;
}

static void *load(Session *s, const char *object) {
    void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror(), *colon = strstr(why, "program.so: ");
        diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, colon ? colon + strlen("program.so: ") : why);
    }
    return handle;
}

const char *object_make(Session *s, const Compiler *c, const ObjectFile *files, int nfiles, TempDir *dir,
                        const char **command) {
    ArgVec argv = {0};
    *dir = (TempDir){.path = ""};
    *command = find_compiler(s->arena, c, &argv);
    if (!*command) {
        diag_report(s->dc, c->missing, SPAN_NONE, tried(s, c));
        return NULL;
    }
    int error = tempdir_create(dir);
    if (error) {
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, dir->path, strerror(error));
        return NULL;
    }
    const char *object = arena_printf(s->arena, "%s/program.so", dir->path);
    const char *source = arena_printf(s->arena, "%s/%s", dir->path, files[0].name);
    if (save_files(s, dir->path, files, nfiles) && compile(s, &argv, c, *command, dir->path, source, object))
        return object;
    tempdir_remove(dir);
    return NULL;
}

void *object_build(Session *s, const Compiler *c, const ObjectFile *files, int nfiles, const char **command) {
    TempDir dir;
    const char *object = object_make(s, c, files, nfiles, &dir, command);
    if (!object)
        return NULL;
    void *handle = load(s, object);
    tempdir_remove(&dir);
    return handle;
}

bool object_symbol(Session *s, void *object, const char *name, void *out, size_t size) {
    void *symbol = dlsym(object, name);
    if (symbol)
        memcpy(out, &symbol, size); /* ISO C has no cast from an object to a function pointer */
    else
        diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, arena_printf(s->arena, "it has no entry point `%s`", name));
    return symbol != NULL;
}
