/* elab_kit.h - helpers for tests of the elaborator: programs in memory, messages and IR as text. */
#ifndef PTOC_TESTS_ELAB_KIT_H
#define PTOC_TESTS_ELAB_KIT_H
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "frontend/elab.h"
#include "ir/print.h"
#include "ir/verify.h"

typedef struct KitFile {
    const char *path, *text;
} KitFile;

typedef struct Kit {
    Arena *arena;
    DiagContext *dc;
    ProgramOptions options;
    const KitFile *files; /* ends with a NULL path */
    Program *program;
} Kit;

static inline int kit_read(void *user, const char *path, Buf *text, Buf *identity) {
    const Kit *kit = user;
    if (strncmp(path, "./", 2) == 0)
        path += 2;
    for (const KitFile *f = kit->files; f && f->path; f++) {
        if (strcmp(f->path, path) == 0) {
            buf_puts(text, f->text);
            buf_puts(identity, path);
            return 0;
        }
    }
    return ENOENT;
}

static inline void kit_open(Kit *kit) {
    *kit = (Kit){.arena = arena_create()};
    kit->dc = diag_context_create(kit->arena, source_map_create(kit->arena), NULL);
    kit->options = (ProgramOptions){.arena = kit->arena,
                                    .strings = strtab_create(kit->arena),
                                    .dc = kit->dc,
                                    .checks = PROGRAM_CHECKS_ENTRY,
                                    .reader = kit_read,
                                    .reader_user = kit};
}

static inline void kit_close(Kit *kit) { arena_destroy(kit->arena); }

/* Is this line a message (and not a quoted source line)? */
static inline bool kit_is_message(const char *line) {
    return strncmp(line, "t.pto:", 6) == 0 || strncmp(line, "lib", 3) == 0 || strncmp(line, "hint:", 5) == 0 ||
           strncmp(line, "ptoc: error:", 12) == 0;
}

/* All messages, whole, without the quoted source lines; places of the main file as line:column. */
static inline const char *kit_messages(Kit *kit) {
    Buf all = {0}, out = {0};
    diag_render(kit->dc, &all);
    for (const char *line = buf_text(&all); *line;) {
        size_t n = strcspn(line, "\n");
        size_t skip = strncmp(line, "t.pto:", 6) == 0 || strncmp(line, "ptoc: ", 6) == 0 ? 6 : 0;
        if (kit_is_message(line))
            buf_printf(&out, "%.*s\n", (int)(n - skip), line + skip);
        line += n + (line[n] == '\n');
    }
    const char *text = arena_strdup(kit->arena, buf_text(&out));
    buf_free(&all);
    buf_free(&out);
    return text;
}

static inline bool kit_same(const char *what, const char *expected, const char *found) {
    if (strcmp(expected, found) == 0)
        return true;
    fprintf(stderr, "\n%s\n--- expected\n%s--- found\n%s---\n", what, expected, found);
    return false;
}

static inline Program *kit_load(Kit *kit, const char *source) {
    kit->program = program_load_text(&kit->options, "t.pto", source, strlen(source));
    return kit->program;
}

/* The IR of the module, after verifying it and after its text was read back to the same text. */
static inline const char *kit_ir(Kit *kit) {
    if (!kit->program->module)
        return "";
    CU_ASSERT_EQUAL(module_verify(kit->program->module, kit->dc, "elaboration"), 0);
    Buf text = {0}, again = {0};
    module_print(&text, kit->program->module);
    DiagContext *dc = diag_context_create(kit->arena, source_map_create(kit->arena), NULL);
    int source = source_add(diag_source_map(dc), "t.ptoir", buf_text(&text), text.len);
    Module *copy = module_parse(kit->arena, kit->options.strings, dc, source);
    CU_ASSERT_PTR_NOT_NULL(copy);
    if (copy) {
        module_print(&again, copy);
        CU_ASSERT_STRING_EQUAL(buf_text(&text), buf_text(&again));
    }
    const char *result = arena_strdup(kit->arena, buf_text(&text));
    buf_free(&text);
    buf_free(&again);
    return result;
}
#endif
