/* The make rule of -MD. */
#include <string.h>

#include "frontend/driver/emit.h"

/* make reads blanks, `#` and `$` otherwise. */
static void put_name(Buf *out, const char *name) {
    for (; *name; name++) {
        if (*name == '$')
            buf_putc(out, '$');
        else if (strchr(" \t#\\", *name) && (*name != '\\' || name[1] == ' ' || name[1] == '#'))
            buf_putc(out, '\\');
        buf_putc(out, *name);
    }
}

static bool same_file(const char *a, const char *b) {
    Buf real_a = {0}, real_b = {0};
    buf_put_real_path(&real_a, a);
    buf_put_real_path(&real_b, b);
    bool same = strcmp(buf_text(&real_a), buf_text(&real_b)) == 0;
    buf_free(&real_a);
    buf_free(&real_b);
    return same;
}

/* `a/../` goes, as far as that leads to the same file: `a` may be a link. */
static const char *without_detours(Arena *arena, const char *path) {
    const char *up = path;
    while ((up = strstr(up, "/../"))) {
        const char *folder = up;
        while (folder > path && folder[-1] != '/')
            folder--;
        const char *shorter = arena_printf(arena, "%.*s%s", (int)(folder - path), path, up + strlen("/../"));
        bool is_folder = up > folder && strncmp(folder, "../", 3) != 0 && strncmp(folder, "./", 2) != 0;
        if (is_folder && same_file(path, shorter))
            up = path = shorter;
        else
            up++;
    }
    return path;
}

void emit_depfile(const Options *options, const Program *program, const char *main_path, Buf *out) {
    for (int i = 0; i < options->depfile_targets.len; i++) {
        buf_puts(out, i ? " " : "");
        put_name(out, options->depfile_targets.data[i]);
    }
    if (options->depfile_targets.len == 0)
        put_name(out, main_path);
    buf_putc(out, ':');
    int written = 0;
    for (int i = 0; i < program->dependencies.len; i++) {
        if (strcmp(program->dependencies.data[i], "<stdin>") == 0)
            continue;
        buf_puts(out, written++ ? " \\\n  " : " ");
        put_name(out, without_detours(options->arena, program->dependencies.data[i]));
    }
    buf_putc(out, '\n');
    for (int i = 1; i < program->dependencies.len && options->depfile_phony; i++) {
        buf_putc(out, '\n');
        put_name(out, without_detours(options->arena, program->dependencies.data[i]));
        buf_puts(out, ":\n");
    }
}
