/* emit_tool - checks the C backend.
 *
 *   emit_tool golden FILE.ptoir FILE.c [--update]   the functions of the text against a file
 *   emit_tool run FILE.ptoir 'CC FLAGS...'...       compiled with each command, loaded, run, compared with the interpreter
 *   emit_tool families WHAT 'CC FLAGS...'...        the same for a generated module: ewise, cast, acc
 *   emit_tool pieces 'CC FLAGS...'...               the runtime in pieces compiles, whole and in parts
 *   emit_tool print FILE.ptoir                      the text, with the runtime */
#include "tests/emit/emit_tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EmitSession *session_create(void) {
    Arena *arena = arena_create();
    EmitSession *s = ARENA_NEW(arena, EmitSession);
    s->arena = arena;
    s->strings = strtab_create(arena);
    s->map = source_map_create(arena);
    static const DiagOptions options = {.error_limit = 20};
    s->dc = diag_context_create(arena, s->map, &options);
    return s;
}

static void show_diagnostics(EmitSession *s) {
    Buf out = {0};
    diag_render(s->dc, &out);
    fputs(buf_text(&out), stderr);
    buf_free(&out);
}

bool session_parse(EmitSession *s, const char *path, const char *text, size_t size) {
    int source = source_add(s->map, path, text, size);
    s->module = module_parse(s->arena, s->strings, s->dc, source);
    if (!s->module || module_verify(s->module, s->dc, "parsing") > 0) {
        show_diagnostics(s);
        return false;
    }
    return true;
}

bool session_load(EmitSession *s, const char *path) {
    Buf text = {0};
    if (buf_load(&text, path, (size_t)1 << 26) != 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    s->text = arena_strdup(s->arena, buf_text(&text));
    bool ok = session_parse(s, path, buf_text(&text), text.len);
    buf_free(&text);
    return ok;
}

bool session_emit(EmitSession *s, const CEmitOptions *options, Buf *source, Buf *header) {
    bool ok = c_emit(s->module, options, s->dc, source, header);
    if (!ok)
        show_diagnostics(s);
    return ok;
}

static int print_text(const char *path, bool external) {
    EmitSession *s = session_create();
    Buf source = {0};
    CEmitOptions options = {.checks = C_CHECKS_ENTRY, .runtime_external = external};
    if (!session_load(s, path) || !session_emit(s, &options, &source, NULL))
        return 1;
    fputs(buf_text(&source), stdout);
    return 0;
}

/* The functions of the program: without runtime, prototypes and entry points, which are the same everywhere. */
static void keep_functions(EmitSession *s, Buf *source) {
    static const char *const begins[] = {"\n/* kernel ", "\n/* one task of ", "\n/* workload ", "\n/* an island of "};
    const char *text = buf_text(source), *begin = text + source->len;
    for (int i = 0; i < 4; i++) {
        const char *at = strstr(text, begins[i]);
        begin = at && at < begin ? at : begin;
    }
    const char *end = strstr(begin, "\n/* What ");
    char *kept = arena_strndup(s->arena, begin, end ? (size_t)(end - begin) : strlen(begin));
    buf_clear(source);
    buf_puts(source, kept);
}

static int golden(const char *path, const char *expected, bool update) {
    EmitSession *s = session_create();
    Buf source = {0}, want = {0};
    CEmitOptions options = {.version = "0", .checks = C_CHECKS_ENTRY, .runtime_external = true};
    if (!session_load(s, path) || !session_emit(s, &options, &source, NULL))
        return 1;
    keep_functions(s, &source);
    if (update)
        return buf_save(&source, expected) == 0 ? 0 : 1;
    if (buf_load(&want, expected, (size_t)1 << 24) != 0 || strcmp(buf_text(&want), buf_text(&source)) != 0) {
        fprintf(stderr, "%s: the text is not that of %s:\n%s", path, expected, buf_text(&source));
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc >= 4 && strcmp(argv[1], "golden") == 0)
        return golden(argv[2], argv[3], argc > 4 && strcmp(argv[4], "--update") == 0);
    if (argc >= 4 && strcmp(argv[1], "run") == 0)
        return run_file(argv[2], argv + 3, argc - 3);
    if (argc >= 4 && strcmp(argv[1], "families") == 0)
        return run_family(argv[2], argv + 3, argc - 3);
    if (argc >= 3 && strcmp(argv[1], "pieces") == 0)
        return check_pieces(argv + 2, argc - 2);
    if (argc >= 3 && strncmp(argv[1], "print", 5) == 0)
        return print_text(argv[2], strcmp(argv[1], "print-external") == 0);
    fputs("usage: emit_tool golden|run|families|pieces|print ...\n", stderr);
    return 2;
}
