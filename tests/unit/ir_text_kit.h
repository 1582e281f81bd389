/* ir_text_kit.h - reading IR text in tests: the module, or the messages. */
#ifndef PTOC_TESTS_IR_TEXT_KIT_H
#define PTOC_TESTS_IR_TEXT_KIT_H
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ir/base/diag.h"
#include "ir/print.h"
#include "ir/verify.h"

typedef struct TextKit {
    Arena *arena;
    SourceMap *map;
    DiagContext *dc;
    Module *module; /* NULL: refused */
} TextKit;

static inline TextKit text_kit_parse(const char *text, size_t size) {
    TextKit kit = {.arena = arena_create()};
    DiagOptions options = {0};
    kit.map = source_map_create(kit.arena);
    kit.dc = diag_context_create(kit.arena, kit.map, &options);
    int source = source_add(kit.map, "t.ptoir", text, size);
    kit.module = module_parse(kit.arena, strtab_create(kit.arena), kit.dc, source);
    return kit;
}

static inline void text_kit_end(TextKit *kit) { arena_destroy(kit->arena); }

/* The rendered messages up to the first line break: "t.ptoir:1:2: error[E0702]: ...". The caller frees. */
static inline char *text_kit_message(TextKit *kit) {
    Buf buf = {0};
    diag_render(kit->dc, &buf);
    char *text = strdup(buf_text(&buf));
    buf_free(&buf);
    char *end = strchr(text, '\n');
    if (end)
        *end = '\0';
    return text;
}

static inline void text_kit_show(TextKit *kit) {
    Buf buf = {0};
    diag_render(kit->dc, &buf);
    fputs(buf_text(&buf), stderr);
    buf_free(&buf);
}

/* Reads the text, wants no messages, prints it, and compares with itself. */
static inline void text_kit_round_trip(const char *text) {
    TextKit kit = text_kit_parse(text, strlen(text));
    if (!kit.module) {
        text_kit_show(&kit);
        CU_FAIL("the text was refused");
    } else {
        Buf out = {0};
        module_print(&out, kit.module);
        if (strcmp(buf_text(&out), text) != 0) {
            size_t at = 0;
            while (text[at] == out.data[at])
                at++;
            fprintf(stderr, "texts differ at byte %zu: expected `%.60s`, found `%.60s`\n", at, text + at,
                    out.data + at);
            CU_FAIL("the text came back changed");
        }
        buf_free(&out);
    }
    text_kit_end(&kit);
}
#endif
