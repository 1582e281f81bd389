/* The runtime in pieces (backends/split): what a name needs comes with it, and compiles without a word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backends/c/c_pieces.h"
#include "backends/split/pieces.h"
#include "ptoc_runtime_text.h"
#include "tests/emit/emit_tool.h"

static const char *text_of(const char *name) {
    for (int i = 0; i < ptoc_runtime_file_count; i++)
        if (strcmp(ptoc_runtime_files[i].name, name) == 0)
            return ptoc_runtime_files[i].text;
    return "";
}

/* What the names of `program` need, by every command. */
static int compile(int lanes, const char *program, char **commands, int n, const char *what) {
    char folder[] = "/tmp/ptoc_pieces_XXXXXX", path[64], line[512];
    Arena *arena = arena_create();
    Buf source = {0}, pieces = {0};
    int failed = 0;
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/t.c", folder);
    c_put_pieces(arena, lanes, (const char *const[]){program, NULL}, &pieces);
    if (strstr(buf_text(&pieces), "<starpu_mpi.h>")) /* as c_emit.c does for such programs */
        buf_puts(&source, "#define _XOPEN_SOURCE 700\n");
    buf_puts(&source, text_of("ptoc_rt.h"));
    buf_puts(&source, buf_text(&pieces));
    buf_free(&pieces);
    failed += buf_save(&source, path) != 0;
    for (int i = 0; i < n; i++) {
        snprintf(line, sizeof line,
                 "%s -std=c11 -Wall -Wextra -Wpedantic -Werror -Wno-type-limits -Wno-tautological-compare "
                 "-ffp-contract=off -fsyntax-only %s",
                 commands[i], path);
        if (system(line) != 0) {
            fprintf(stderr, "%d lanes, %s: %s failed\n", lanes, what, commands[i]);
            failed++;
        }
    }
    snprintf(line, sizeof line, "rm -r %s", folder);
    failed += system(line) != 0;
    buf_free(&source);
    arena_destroy(arena);
    return failed;
}

/* Every name at once; some of them alone, by the first command. */
static int check_table(const PtocPieces *table, char **commands, int n) {
    Buf all = {0};
    int failed = 0;
    for (int i = 0; i < table->nnames; i++) {
        const char *name = ptoc_piece_text + table->names[i].text;
        buf_printf(&all, "%s\n", name);
        if (i % 149 == table->lanes)
            failed += compile(table->lanes, name, commands, 1, name);
    }
    failed += compile(table->lanes, buf_text(&all), commands, n, "all");
    buf_free(&all);
    return failed;
}

int check_pieces(char **commands, int n) {
    int failed = 0;
    for (int i = 0; i < ptoc_pieces_count; i++)
        failed += check_table(&ptoc_pieces[i], commands, n);
    return failed != 0;
}
