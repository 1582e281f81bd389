/* --emit=html: one page with the program, what the compiler made of it, and the IR, whose places lead to the program's lines. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/driver/emit.h"
#include "ir/print.h"

static void put_text(Buf *out, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        switch (text[i]) {
        case '&': buf_puts(out, "&amp;"); break;
        case '<': buf_puts(out, "&lt;"); break;
        case '>': buf_puts(out, "&gt;"); break;
        case '"': buf_puts(out, "&quot;"); break;
        default: buf_putc(out, text[i]);
        }
    }
}

static void put_string(Buf *out, const char *text) { put_text(out, text, strlen(text)); }

/* ---- the program ----------------------------------------------------------------------------------------------- */

/* Line 7 of file 0 is the target #s0l7. */
static void put_source(Buf *out, int number, const char *path, const SourceFile *source) {
    buf_puts(out, "<h2>");
    put_string(out, path);
    buf_puts(out, "</h2>\n<pre class=\"source\">");
    int line = 1;
    for (const char *at = source->text; *at; line++) {
        size_t n = strcspn(at, "\n");
        buf_printf(out, "<span id=\"s%dl%d\"><i>%4d</i> ", number, line, line);
        put_text(out, at, n);
        buf_puts(out, "</span>\n");
        at += n + (at[n] == '\n');
    }
    buf_puts(out, "</pre>\n");
}

static void put_sources(Buf *out, const Program *program, const SourceMap *map, const Module *module) {
    for (int i = 0; i < module->sources.len; i++) {
        const char *path = module->sources.data[i];
        for (int k = 0; k < program->files.len; k++) {
            const SourceFile *source = source_get(map, program->files.data[k]->source);
            if (strcmp(source->path, path) == 0)
                put_source(out, i, path, source);
        }
    }
}

/* ---- the IR ---------------------------------------------------------------------------------------------------- */

/* The length of `@0:9:8`, with file and line; 0 where there is no place. */
static size_t place_at(const char *text, int *file, int *line) {
    int numbers[3];
    const char *at = text;
    for (int i = 0; i < 3; i++) {
        char *end;
        if (*at != (i ? ':' : '@') || !isdigit((unsigned char)at[1]))
            return 0;
        numbers[i] = (int)strtol(at + 1, &end, 10);
        at = end;
    }
    *file = numbers[0];
    *line = numbers[1];
    return (size_t)(at - text);
}

static void put_ir(Buf *out, const Module *module) {
    Buf text = {0};
    module_print(&text, module);
    buf_puts(out, "<h2>IR</h2>\n<pre>");
    for (const char *at = buf_text(&text); *at;) {
        int file, line;
        size_t n = place_at(at, &file, &line);
        if (n > 0)
            buf_printf(out, "<a href=\"#s%dl%d\">%.*s</a>", file, line, (int)n, at);
        else
            put_text(out, at, n = 1);
        at += n;
    }
    buf_puts(out, "</pre>\n");
    buf_free(&text);
}

void emit_html(const Program *program, const SourceMap *map, const Module *module, const Buf *pictures, Buf *out) {
    Buf report = {0};
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    put_string(out, module->name ? module->name : "program");
    buf_puts(out, "</title>\n<style>\nbody { font-family: sans-serif; margin: 2em; }\npre { overflow-x: auto; }\n"
                  ".source i { color: #888; user-select: none; }\n:target { background: #fe9; }\na { color: #888; }\n"
                  "</style>\n</head>\n<body>\n<h1>");
    put_string(out, module->name ? module->name : "program");
    buf_puts(out, "</h1>\n");
    put_sources(out, program, map, module);
    emit_report(program, module, &report);
    buf_puts(out, "<h2>Report</h2>\n<pre>");
    put_string(out, buf_text(&report));
    buf_puts(out, "</pre>\n");
    buf_puts(out, buf_text(pictures));
    put_ir(out, module);
    buf_puts(out, "</body>\n</html>\n");
    buf_free(&report);
}
