/* `ptoc explain` and the options that print a table and end. */
#include <stdio.h>
#include <string.h>

#include "backends/target.h"
#include "frontend/ast.h"
#include "frontend/driver/commands.h"
#include "frontend/driver/outputs.h"
#include "frontend/parse.h"
#include "ir/ir.h"
#include "passes/pipeline.h"
#include "runtime/include/ptoc_rt.h"

static const char *severity_word(DiagSeverity severity) {
    switch (severity) {
    case DIAG_REMARK: return "remark";
    case DIAG_WARNING: return "warning";
    case DIAG_ERROR: return "error";
    case DIAG_FATAL: return "fatal error";
    }
    return "";
}

ExitCode print_to_stdout(Session *s, const Buf *text) {
    Outputs outputs = {.arena = s->arena};
    Output *out = outputs_add(&outputs, "-");
    buf_write(&out->text, buf_text(text), text->len);
    outputs_commit(&outputs, s->dc);
    outputs_free(&outputs);
    return session_finish(s);
}

/* ---- explanations ---------------------------------------------------------------------------------------------- */

/* Words of `text` in lines of at most 100 columns. */
static void put_paragraph(Buf *out, const char *text) {
    enum { WIDTH = 100 };
    int column = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > 0 && column + 1 + (int)n > WIDTH) {
            buf_putc(out, '\n');
            column = 0;
        } else if (column > 0) {
            buf_putc(out, ' ');
            column++;
        }
        buf_write(out, text, n);
        column += (int)n;
        text += n + strspn(text + n, " ");
    }
    buf_putc(out, '\n');
}

/* The template with `...` where arguments go. */
static void put_template(Buf *out, const char *text) {
    while (*text) {
        if (text[0] == '%' && text[1] == '%') {
            buf_putc(out, '%');
            text += 2;
        } else if (text[0] == '%') {
            buf_puts(out, "...");
            text += 1 + strcspn(text + 1, "cdisuxXgfl");
            text += strspn(text, "l");
            text += strspn(text, "cdisuxXgf") > 0;
        } else {
            buf_putc(out, *text++);
        }
    }
}

static void put_explanation(Buf *out, const DiagInfo *info) {
    buf_printf(out, "%s %s: ", severity_word(info->severity), info->code);
    put_template(out, info->text);
    buf_puts(out, "\n\n");
    put_paragraph(out, info->explain);
}

ExitCode command_explain(Session *s, const char *const *codes, int count) {
    Buf out = {0};
    for (int i = 0; i < count; i++) {
        int code = diag_find(codes[i]);
        if (code < 0) {
            Diag *d = diag_report(s->dc, DIAG_UNKNOWN_CODE, SPAN_NONE, codes[i]);
            diag_hint(d, "`ptoc --print=diagnostics` lists the codes");
            continue;
        }
        buf_puts(&out, i ? "\n" : "");
        put_explanation(&out, diag_info((DiagCode)code));
    }
    ExitCode exit = diag_error_count(s->dc) > 0 ? session_finish(s) : print_to_stdout(s, &out);
    buf_free(&out);
    return exit;
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static void put_diagnostics(Buf *out) {
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        const DiagInfo *info = diag_info((DiagCode)i);
        buf_printf(out, "%s %-7s ", info->code, severity_word(info->severity));
        put_template(out, info->text);
        buf_putc(out, '\n');
    }
}

static void put_limits(Buf *out) {
    buf_printf(out, "nesting of brackets, blocks and operators   %d\n", AST_MAX_NESTING);
    buf_printf(out, "rank of a tensor or view                    %d\n", IR_MAX_RANK);
    buf_printf(out, "size of a source file                       %zu MiB\n", PARSE_MAX_SOURCE >> 20);
    buf_puts(out, "size of a tensor                            2^63 - 1 bytes\n");
    buf_puts(out, "integers                                    64 bits\n");
    buf_printf(out, "passes in one pipeline                      %d\n", PIPELINE_MAX);
    buf_printf(out, "kernels x tiers counted apart in a report   %d\n", PTOC_STATS_CAPACITY);
    buf_printf(out, "message of a run-time error                 %d bytes\n", PTOC_ERROR_SIZE);
}

static void put_table(Buf *out, int table) {
    switch (table) {
    case PRINT_OPS: ops_print_table(out); break;
    case PRINT_TYPES: types_print_table(out); break;
    case PRINT_PASSES: pass_print_table(out); break;
    case PRINT_TARGETS: target_print_table(out); break;
    case PRINT_LIMITS: put_limits(out); break;
    case PRINT_DIAGNOSTICS: put_diagnostics(out); break;
    default: break;
    }
}

static void put_help(Buf *out, const Options *o) {
    switch (o->help) {
    case HELP_MAN: options_print_man(out); break;
    case HELP_MARKDOWN: options_print_markdown(out); break;
    default: options_print_help(out, o->command); break;
    }
}

bool command_print(Session *s, ExitCode *code) {
    const Options *o = s->options;
    Buf out = {0};
    bool any = true;
    if (o->help >= 0)
        put_help(&out, o);
    else if (o->version)
        buf_puts(&out, "ptoc " PTOC_VERSION "\n");
    else if (o->completions >= 0)
        options_print_completions(&out, o->completions);
    else if (o->print >= 0)
        put_table(&out, o->print);
    else if (o->capabilities)
        target_print_capabilities(&out);
    else
        any = false;
    if (any)
        *code = print_to_stdout(s, &out);
    else if (o->explain)
        *code = command_explain(s, &o->explain, 1);
    buf_free(&out);
    return any || o->explain;
}
