/* The command line's documentation, made from its tables: --help, the man page, docs/options.md. */
#include <string.h>

#include "frontend/driver/exit_code.h"
#include "frontend/driver/options.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 110 };

/* "--emit=KIND", "-o FILE", "-Wno-.." as it is typed. */
static void put_usage(Buf *out, const OptionInfo *info) {
    buf_puts(out, info->spelling);
    bool word = info->choices && info->store == STORE_CHOICE;
    const char *value = word ? info->choices : info->value;
    switch (info->form) {
    case FORM_FLAG: break;
    case FORM_EQ: buf_printf(out, "=%s", value); break;
    case FORM_MAYBE_EQ: buf_printf(out, "[=%s]", value); break;
    case FORM_ARG:
    case FORM_SHORT: buf_printf(out, " %s", value); break;
    case FORM_PREFIX: buf_puts(out, value); break;
    }
}

/* Words of `text` in lines from HELP_COLUMN on; the cursor stands at `column`. */
static void put_wrapped(Buf *out, const char *text, int column) {
    if (column > HELP_COLUMN) {
        while (out->data[out->len - 1] == ' ')
            out->len--;
        buf_putc(out, '\n');
        column = 0;
    }
    buf_indent(out, HELP_COLUMN - column);
    column = HELP_COLUMN;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > HELP_COLUMN && column + (int)n + 1 > HELP_WIDTH) {
            buf_putc(out, '\n');
            buf_indent(out, HELP_COLUMN);
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            buf_putc(out, ' ');
            column++;
        }
        buf_write(out, text, n);
        column += (int)n;
        text += n + strspn(text + n, " ");
    }
    buf_putc(out, '\n');
}

/* A --emit row also says its words. */
static const char *option_doc(const OptionInfo *info, Buf *scratch) {
    buf_clear(scratch);
    buf_puts(scratch, info->doc);
    if (info->choices && info->store == STORE_LIST) {
        buf_puts(scratch, "; kinds: ");
        for (const char *c = info->choices; *c; c++) {
            if (*c == '|')
                buf_puts(scratch, ", ");
            else
                buf_putc(scratch, *c);
        }
    }
    return buf_text(scratch);
}

static void put_group(Buf *out, OptionGroup group, unsigned commands) {
    Buf doc = {0};
    bool first = true;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionInfo *info = option_info((OptionId)i);
        if (info->group != group || !(info->commands & commands))
            continue;
        if (first)
            buf_printf(out, "\n%s:\n", option_group_title(group));
        first = false;
        size_t start = out->len;
        buf_puts(out, "  ");
        put_usage(out, info);
        buf_puts(out, "  ");
        put_wrapped(out, option_doc(info, &doc), (int)(out->len - start));
    }
    buf_free(&doc);
}

static void put_exit_codes(Buf *out) {
    buf_puts(out, "\nExit codes:\n");
    for (int i = 0; i < exit_code_count(); i++)
        buf_printf(out, "  %-4d%s\n", exit_code_at(i)->code, exit_code_at(i)->doc);
}

static void put_command_usage(Buf *out, Command command) {
    const CommandInfo *info = command_info(command);
    buf_printf(out, "ptoc%s%s%s%s", *info->word ? " " : "", info->word, *info->arguments ? " " : "", info->arguments);
}

void options_print_help(Buf *out, Command command) {
    if (command != COMMAND_COMPILE) {
        buf_puts(out, "Usage: ");
        put_command_usage(out, command);
        buf_printf(out, "\n  %s\n", command_info(command)->doc);
    } else {
        buf_puts(out, "ptoc compiles tile kernels ahead of time.\n\nUsage:\n");
        for (int i = 0; i < COMMAND_COUNT; i++) {
            buf_puts(out, "  ");
            size_t start = out->len;
            put_command_usage(out, (Command)i);
            buf_indent(out, out->len - start < 42 ? (int)(42 - (out->len - start)) : 1);
            buf_printf(out, "%s\n", command_info((Command)i)->doc);
        }
        buf_puts(out, "FILE `-` is standard input. `ptoc COMMAND --help` lists the options of one command.\n");
    }
    unsigned commands = command == COMMAND_COMPILE ? IN_ALL : 1u << command;
    for (int g = 0; g < GROUP_COUNT; g++)
        put_group(out, (OptionGroup)g, commands);
    if (command == COMMAND_COMPILE)
        put_exit_codes(out);
}

/* ---- man page -------------------------------------------------------------------------------------------------- */

/* roff: backslashes, leading dots and hyphens are escaped. */
static void put_roff(Buf *out, const char *text) {
    if (*text == '.' || *text == '\'')
        buf_puts(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            buf_puts(out, "\\e");
        else if (*text == '-')
            buf_puts(out, "\\-");
        else
            buf_putc(out, *text);
    }
}

static void put_roff_entry(Buf *out, const char *title, const char *text) {
    buf_puts(out, ".TP\n\\fB");
    put_roff(out, title);
    buf_puts(out, "\\fR\n");
    put_roff(out, text);
    buf_putc(out, '\n');
}

void options_print_man(Buf *out) {
    Buf scratch = {0}, doc = {0};
    buf_puts(out, ".TH PTOC 1 \"\" \"ptoc " PTOC_VERSION
                  "\" \"User Commands\"\n.SH NAME\nptoc \\- ahead\\-of\\-time compiler for tile kernels\n"
                  ".SH SYNOPSIS\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        buf_clear(&scratch);
        put_command_usage(&scratch, (Command)i);
        put_roff(out, buf_text(&scratch));
        buf_puts(out, "\n.br\n");
    }
    buf_puts(out, ".SH DESCRIPTION\n");
    put_roff(out, "ptoc compiles .pto files, which hold kernels (maths on tiles), workloads (which tasks run over "
                  "which axes), schedules and "
                  "examples, to one self-contained C11 file. It also runs and tests them.");
    buf_puts(out, "\n.SH COMMANDS\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const CommandInfo *info = command_info((Command)i);
        put_roff_entry(out, *info->word ? info->word : "(none)", info->doc);
    }
    for (int g = 0; g < GROUP_COUNT; g++) {
        buf_printf(out, ".SH OPTIONS: ");
        for (const char *c = option_group_title((OptionGroup)g); *c; c++)
            buf_putc(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
        buf_putc(out, '\n');
        for (int i = 0; i < OPTION_COUNT; i++) {
            const OptionInfo *info = option_info((OptionId)i);
            if (info->group != (OptionGroup)g)
                continue;
            buf_clear(&scratch);
            put_usage(&scratch, info);
            put_roff_entry(out, buf_text(&scratch), option_doc(info, &doc));
        }
    }
    buf_puts(out, ".SH EXIT STATUS\n");
    for (int i = 0; i < exit_code_count(); i++) {
        buf_clear(&scratch);
        buf_printf(&scratch, "%d", exit_code_at(i)->code);
        put_roff_entry(out, buf_text(&scratch), exit_code_at(i)->doc);
    }
    buf_puts(out, ".SH ENVIRONMENT\n");
    put_roff_entry(out, "CC", "the C compiler of the engine c; otherwise cc, gcc or clang, whichever is found first");
    put_roff_entry(out, "TMPDIR", "where the engine c keeps its files while it compiles; otherwise /tmp");
    buf_free(&scratch);
    buf_free(&doc);
}

/* ---- markdown -------------------------------------------------------------------------------------------------- */

/* Inside a table cell a bar would end it. */
static void put_cell(Buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '|')
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
}

void options_print_markdown(Buf *out) {
    Buf scratch = {0};
    buf_puts(out, "# Commands and options of ptoc\n\nMade by `ptoc --help=markdown`.\n\n| command | |\n|---|---|\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        buf_clear(&scratch);
        put_command_usage(&scratch, (Command)i);
        buf_puts(out, "| `");
        put_cell(out, buf_text(&scratch));
        buf_puts(out, "` | ");
        put_cell(out, command_info((Command)i)->doc);
        buf_puts(out, " |\n");
    }
    for (int g = 0; g < GROUP_COUNT; g++) {
        buf_printf(out, "\n## %s\n\n| option | meaning |\n|---|---|\n", option_group_title((OptionGroup)g));
        for (int i = 0; i < OPTION_COUNT; i++) {
            const OptionInfo *info = option_info((OptionId)i);
            if (info->group != (OptionGroup)g)
                continue;
            buf_puts(out, "| `");
            buf_clear(&scratch);
            put_usage(&scratch, info);
            put_cell(out, buf_text(&scratch));
            buf_puts(out, "` | ");
            put_cell(out, option_doc(info, &scratch));
            buf_puts(out, " |\n");
        }
    }
    buf_puts(out, "\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (int i = 0; i < exit_code_count(); i++)
        buf_printf(out, "| %d | %s |\n", exit_code_at(i)->code, exit_code_at(i)->doc);
    buf_free(&scratch);
}
