/* The tables of pieces as C. */
#include <stdlib.h>
#include <string.h>
#include "backends/split/pieces.h"
#include "backends/split/split.h"

typedef struct Name {
    const char *text;
    int number;
    VEC(int) pieces;
} Name;

typedef struct Text {
    const char *text;
    size_t at;
} Text;

typedef struct Writer {
    Arena *arena;
    StrTab *strings;
    Buf text, lists, tables;
    VEC(Text) texts;
    size_t text_len;
    int nlists;
    Split *s;
    VEC(Name *) names;
} Writer;

static size_t put_text(Writer *w, const char *text) {
    text = str_intern(w->strings, text);
    for (int i = 0; i < w->texts.len; i++)
        if (w->texts.data[i].text == text)
            return w->texts.data[i].at;
    Text t = {text, w->text_len};
    VEC_PUSH(w->arena, &w->texts, t);
    buf_puts(&w->text, "    ");
    buf_put_c_string(&w->text, text);
    buf_puts(&w->text, " \"\\0\"\n");
    w->text_len += strlen(text) + 1;
    return t.at;
}

static int put_list(Writer *w, const int *numbers, int n) {
    for (int i = 0; i < n; i++)
        buf_printf(&w->lists, "%d,%s", numbers[i], ++w->nlists % 24 ? "" : "\n");
    return w->nlists - n;
}

static int compare_names(const void *a, const void *b) {
    return strcmp((*(Name *const *)a)->text, (*(Name *const *)b)->text);
}

static Name *find_name(Writer *w, const char *text) {
    Name key = {.text = text}, *p = &key, **found;
    found = bsearch(&p, w->names.data, (size_t)w->names.len, sizeof *w->names.data, compare_names);
    return found ? *found : NULL;
}

static Name *add_name(Writer *w, const char *text) {
    for (int i = 0; i < w->names.len; i++)
        if (w->names.data[i]->text == text)
            return w->names.data[i];
    Name *name = ARENA_NEW(w->arena, Name);
    name->text = text;
    VEC_PUSH(w->arena, &w->names, name);
    return name;
}

static void collect_names(Writer *w) {
    w->names.len = 0;
    for (int i = 0; i < w->s->pieces.len; i++) {
        const Piece *piece = w->s->pieces.data[i];
        for (int k = 0; k < piece->names.len; k++) {
            Name *name = add_name(w, piece->names.data[k]);
            VEC_PUSH(w->arena, &name->pieces, i);
        }
    }
    qsort(w->names.data, (size_t)w->names.len, sizeof *w->names.data, compare_names);
    for (int i = 0; i < w->names.len; i++)
        w->names.data[i]->number = i;
}

static void write_names(Writer *w, int table) {
    buf_printf(&w->tables, "static const PtocName names_%d[] = {\n", table);
    for (int i = 0; i < w->names.len; i++) {
        const Name *name = w->names.data[i];
        size_t text = put_text(w, name->text);
        int list = put_list(w, name->pieces.data, name->pieces.len);
        buf_printf(&w->tables, "{%zu,%d,%d},\n", text, list, name->pieces.len);
    }
    buf_puts(&w->tables, "};\n");
}

static void write_pieces(Writer *w, int table) {
    buf_printf(&w->tables, "static const PtocPiece pieces_%d[] = {\n", table);
    for (int i = 0; i < w->s->pieces.len; i++) {
        const Piece *piece = w->s->pieces.data[i];
        VEC(int) spoken = {0};
        for (int k = 0; k < piece->spoken.len; k++) {
            const Name *name = find_name(w, piece->spoken.data[k]);
            if (name)
                VEC_PUSH(w->arena, &spoken, name->number);
        }
        size_t text = put_text(w, piece->text);
        int flags = (piece->spaced ? PTOC_PIECE_SPACED : 0) | (piece->always ? PTOC_PIECE_ALWAYS : 0);
        int list = put_list(w, spoken.data, spoken.len);
        buf_printf(&w->tables, "{%zu,%d,%d,%d,%d,%d},\n", text, list, spoken.len, piece->branch, piece->file, flags);
    }
    buf_puts(&w->tables, "};\n");
}

static void write_branches(Writer *w, int table) {
    buf_printf(&w->tables, "static const PtocBranch branches_%d[] = {\n", table);
    for (int i = 0; i < w->s->branches.len; i++) {
        const Branch *b = &w->s->branches.data[i];
        size_t text = b->condition ? put_text(w, b->condition) : 0;
        buf_printf(&w->tables, "{%zu,%d,%d,%d},\n", text, b->parent, b->group, b->nth);
    }
    buf_printf(&w->tables, "};\nstatic const uint32_t titles_%d[] = {\n", table);
    for (int i = 0; i < w->s->titles.len; i++)
        buf_printf(&w->tables, "%zu,\n", put_text(w, w->s->titles.data[i]));
    buf_puts(&w->tables, "};\n");
}

static void write_index(Writer *w, Split *const splits[], int count) {
    buf_puts(&w->tables, "const PtocPieces ptoc_pieces[] = {\n");
    for (int i = 0; i < count; i++) {
        const Split *s = splits[i];
        buf_printf(&w->tables, "    {pieces_%d, branches_%d, names_%d, titles_%d, %s, ", i, i, i, i, s->lanes);
        buf_printf(&w->tables, "%d, %d, ", s->pieces.len, s->branches.len);
        buf_printf(&w->tables, "(int)(sizeof names_%d / sizeof *names_%d), %d},\n", i, i, s->titles.len);
    }
    buf_printf(&w->tables, "};\nconst int ptoc_pieces_count = %d;\n", count);
}

void split_write(Split *const splits[], int count, Buf *out) {
    Writer w = {.arena = arena_create()};
    w.strings = strtab_create(w.arena);
    put_text(&w, ""); /* offset 0 is no text */
    for (int i = 0; i < count; i++) {
        w.s = splits[i];
        collect_names(&w);
        write_names(&w, i);
        write_pieces(&w, i);
        write_branches(&w, i);
    }
    write_index(&w, splits, count);
    buf_puts(out, "/* The runtime in pieces. Generated by split. */\n#include \"backends/split/pieces.h\"\n\n");
    buf_puts(out, "#if defined(__GNUC__)\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n#endif\n");
    buf_printf(out, "const char ptoc_piece_text[] =\n%s;\n", buf_text(&w.text));
    buf_printf(out, "const uint16_t ptoc_piece_lists[] = {\n%s0};\n%s", buf_text(&w.lists), buf_text(&w.tables));
    buf_free(&w.text);
    buf_free(&w.lists);
    buf_free(&w.tables);
    arena_destroy(w.arena);
}
