/* note.c - decisions in words, for --explain-schedule: one line each, with the numbers behind it. */
#include <stdarg.h>
#include <stdio.h>

#include "passes/block/block.h"

void note_decision(Block *bl, const char *pass, const Op *at, const char *format, ...) {
    if (!bl->ctx->remark)
        return;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *axis = at ? op_attr_str(at, ATTR_NAME) : NULL;
    const char *line =
        arena_printf(bl->arena, "%s: %s%s%s: %s", pass, bl->func->name, axis ? ", loop " : "", axis ? axis : "", text);
    bl->ctx->remark(bl->ctx->user, at ? at->loc : bl->func->loc, line);
}
