/* split OUT HEADER...: writes the pieces of the headers, in that order. Runs when the compiler is built. */
#include <stdio.h>
#include <string.h>
#include "backends/split/split.h"

void split_error(Split *s, const char *what, const char *about) {
    if (!s->failed)
        fprintf(stderr, "split: %s: %s: %s\n", s->file, what, about);
    s->failed = true;
}

static Split *split_create(const char *lanes) {
    Arena *arena = arena_create();
    Split *s = ARENA_NEW(arena, Split);
    Branch all = {0};
    s->arena = arena;
    s->names = strtab_create(arena);
    s->vec_only = str_intern(s->names, "PT_VEC_ONLY");
    s->lanes = lanes;
    s->ngroups = 1; /* that of the branch outside all */
    VEC_PUSH(arena, &s->branches, all);
    return s;
}

static void split_load(Split *s, const char *path) {
    const char *slash = strrchr(path, '/');
    Buf text = {0};
    s->file = path;
    if (buf_load(&text, path, 16 << 20) != 0)
        split_error(s, "cannot be read", path);
    else
        split_file(s, slash ? slash + 1 : path, buf_text(&text));
    buf_free(&text);
}

int main(int argc, char **argv) {
    static const char *const lanes[] = {"4", "8", "16"};
    enum { TABLES = sizeof lanes / sizeof *lanes };
    Split *splits[TABLES];
    Buf out = {0};
    bool failed = argc < 3;
    for (int i = 0; i < TABLES; i++) {
        splits[i] = split_create(lanes[i]);
        for (int k = 2; k < argc && !splits[i]->failed; k++)
            split_load(splits[i], argv[k]);
        failed = failed || splits[i]->failed;
    }
    if (!failed) {
        split_write(splits, TABLES, &out);
        failed = buf_save(&out, argv[1]) != 0;
    }
    buf_free(&out);
    for (int i = 0; i < TABLES; i++)
        arena_destroy(splits[i]->arena);
    return failed;
}
