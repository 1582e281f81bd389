/* Reading a program's files: the main file and its imports, each once. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/elab_import.h"
#include "frontend/parse.h"

typedef struct LoadedFile {
    const char *identity;
    AstFile *ast;
    bool loading; /* its imports are being read */
} LoadedFile;

typedef struct Loader {
    Elab *e;
    VEC(LoadedFile *) files;
} Loader;

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static int read_os_file(void *user, const char *path, Buf *text, Buf *identity) {
    (void)user;
    int error = buf_load(text, path, PARSE_MAX_SOURCE);
    if (error)
        return error;
    buf_put_real_path(identity, path);
    return 0;
}

static const char *join_path(Arena *arena, const char *dir, size_t n, const char *path) {
    if (path[0] == '/' || n == 0)
        return path;
    const char *slash = dir[n - 1] == '/' ? "" : "/";
    return arena_printf(arena, "%.*s%s%s", (int)n, dir, slash, path);
}

static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static LoadedFile *find_identity(const Loader *l, const char *identity) {
    for (int i = 0; i < l->files.len; i++)
        if (strcmp(l->files.data[i]->identity, identity) == 0)
            return l->files.data[i];
    return NULL;
}

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

static LoadedFile *add_file(Loader *l, const char *path, const char *text, size_t size, const char *identity) {
    Elab *e = l->e;
    LoadedFile *file = ARENA_NEW(e->arena, LoadedFile);
    file->identity = arena_strdup(e->arena, identity);
    VEC_PUSH(e->arena, &l->files, file);
    VEC_PUSH(e->arena, &e->program->dependencies, arena_strdup(e->arena, path));
    int source = source_add(diag_source_map(e->dc), path, text, size);
    file->ast = parse_file(e->arena, e->strings, e->dc, source);
    VEC_PUSH(e->arena, &e->program->files, file->ast);
    return file;
}

static void load_imports(Loader *l, LoadedFile *file);

/* Tries the importing file's folder, then those of -I. Returns 0 or the first error. */
static int read_import(Loader *l, const AstFile *from, const char *path, const char **found, Buf *text, Buf *identity) {
    Elab *e = l->e;
    const ProgramOptions *o = e->options;
    const char *importer = source_get(diag_source_map(e->dc), from->source)->path;
    int first_error = ENOENT;
    for (int i = -1; i < o->ninclude_dirs; i++) {
        const char *dir = i < 0 ? importer : o->include_dirs[i];
        *found = join_path(e->arena, dir, i < 0 ? folder_length(importer) : strlen(dir), path);
        buf_clear(text);
        buf_clear(identity);
        int error =
            o->reader ? o->reader(o->reader_user, *found, text, identity) : read_os_file(NULL, *found, text, identity);
        if (error == 0)
            return 0;
        if (first_error == ENOENT)
            first_error = error;
    }
    return first_error;
}

static void load_import(Loader *l, const AstFile *from, AstName path) {
    Elab *e = l->e;
    Buf text = {0}, identity = {0};
    const char *found;
    int error = read_import(l, from, path.text, &found, &text, &identity);
    if (error) {
        e->count_before = diag_count(e->dc);
        elab_reported(e, parse_report_unreadable(e->dc, path.span, path.text, error));
        e->missing_import = true;
    } else {
        LoadedFile *known = find_identity(l, buf_text(&identity));
        if (!known)
            load_imports(l, add_file(l, found, buf_text(&text), text.len, buf_text(&identity)));
        else if (known->loading)
            ELAB_ERROR(e, IMPORT_CYCLE, path.span, path.text);
    }
    buf_free(&text);
    buf_free(&identity);
}

static void load_imports(Loader *l, LoadedFile *file) {
    file->loading = true;
    for (int i = 0; i < file->ast->items.len; i++)
        if (file->ast->items.data[i]->kind == AST_ITEM_IMPORT)
            load_import(l, file->ast, file->ast->items.data[i]->name);
    file->loading = false;
}

bool elab_load_files(Elab *e, const char *path, const char *text, size_t size) {
    Loader l = {.e = e};
    const ProgramOptions *o = e->options;
    Buf read = {0}, identity = {0};
    if (!text) {
        int error =
            o->reader ? o->reader(o->reader_user, path, &read, &identity) : read_os_file(NULL, path, &read, &identity);
        if (error) {
            e->count_before = diag_count(e->dc);
            elab_reported(e, parse_report_unreadable(e->dc, SPAN_NONE, path, error));
            buf_free(&read);
            buf_free(&identity);
            return false;
        }
        text = buf_text(&read);
        size = read.len;
    } else {
        buf_puts(&identity, path);
    }
    LoadedFile *file = add_file(&l, path, text, size, buf_text(&identity));
    buf_free(&read);
    buf_free(&identity);
    e->program->main = file->ast;
    load_imports(&l, file);
    return true;
}
