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
        put_name(out, program->dependencies.data[i]);
    }
    buf_putc(out, '\n');
    for (int i = 1; i < program->dependencies.len && options->depfile_phony; i++) {
        buf_putc(out, '\n');
        put_name(out, program->dependencies.data[i]);
        buf_puts(out, ":\n");
    }
}
