/* Completion scripts for bash, zsh and fish, made from the tables. */
#include <string.h>

#include "frontend/driver/options.h"

static bool takes_value(const OptionInfo *info) { return info->form != FORM_FLAG; }

/* The separator between an option and its value inside one argument. */
static const char *joiner(const OptionInfo *info) {
    return info->form == FORM_EQ || info->form == FORM_MAYBE_EQ ? "=" : "";
}

/* Every way to begin an argument, one a line: "--checks=none", "-o", "-fno-", "--verify-each". */
static void put_words(Buf *out, const char *separator) {
    for (int i = 1; i < COMMAND_COUNT; i++)
        buf_printf(out, "%s%s", command_info((Command)i)->word, separator);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionInfo *info = option_info((OptionId)i);
        if (!takes_value(info) || info->form == FORM_MAYBE_EQ)
            buf_printf(out, "%s%s", info->spelling, separator);
        if (takes_value(info) && !info->choices)
            buf_printf(out, "%s%s%s", info->spelling, joiner(info), separator);
        for (const char *c = info->choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL)
            buf_printf(out, "%s%s%.*s%s", info->spelling, joiner(info), (int)strcspn(c, "|"), c, separator);
    }
}

static void put_bash(Buf *out) {
    buf_puts(out, "# bash completion for ptoc: put it into a file that your shell sources\n_ptoc() {\n"
                  "    local line=${COMP_LINE:0:COMP_POINT} current\n    current=${line##* }\n    local words=\"");
    put_words(out, " ");
    buf_puts(
        out,
        "\"\n"
        "    COMPREPLY=()\n"
        "    if [[ $current == -* || ${#COMP_WORDS[@]} -le 2 ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
        "        local cut=${current%\"${COMP_WORDS[COMP_CWORD]}\"}\n"
        "        [[ ${COMP_WORDS[COMP_CWORD]} == = ]] && cut=$current\n"
        "        [[ $current == *=* ]] && COMPREPLY=(\"${COMPREPLY[@]#\"$cut\"}\")\n"
        "        [[ ${COMPREPLY[0]} == *= && ${#COMPREPLY[@]} -eq 1 ]] && compopt -o nospace\n"
        "    fi\n"
        "    [[ $current == -* ]] || mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$current\")\n"
        "}\ncomplete -o filenames -F _ptoc ptoc\n");
}

/* In zsh descriptions a colon, bracket or quote would be syntax. */
static void put_zsh_text(Buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\'')
            buf_puts(out, "'\\''");
        else if (strchr(":[]\\", *text)) {
            buf_putc(out, '\\');
            buf_putc(out, *text);
        } else
            buf_putc(out, *text == '`' ? '"' : *text);
    }
}

static void put_zsh(Buf *out) {
    buf_puts(out, "#compdef ptoc\n_arguments -s \\\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionInfo *info = option_info((OptionId)i);
        const char *mark = info->form == FORM_FLAG                                ? ""
                           : info->form == FORM_EQ || info->form == FORM_MAYBE_EQ ? "=-"
                           : info->form == FORM_PREFIX                            ? "-"
                                                                                  : "+";
        buf_printf(out, "  '*%s%s[", info->spelling, mark);
        put_zsh_text(out, info->doc);
        buf_puts(out, "]");
        if (takes_value(info)) {
            buf_puts(out, info->form == FORM_MAYBE_EQ ? "::" : ":");
            put_zsh_text(out, info->value);
            buf_putc(out, ':');
            if (info->choices) {
                buf_putc(out, '(');
                for (const char *c = info->choices; *c; c++)
                    buf_putc(out, *c == '|' ? ' ' : *c);
                buf_putc(out, ')');
            } else
                buf_puts(out, "_files");
        }
        buf_puts(out, "' \\\n");
    }
    buf_puts(out, "  '1:command or file:((");
    for (int i = 1; i < COMMAND_COUNT; i++) {
        buf_printf(out, "%s%s\\:\"", i > 1 ? " " : "", command_info((Command)i)->word);
        put_zsh_text(out, command_info((Command)i)->doc);
        buf_putc(out, '"');
    }
    buf_puts(out, "))' \\\n  '*:file:_files -g \"*.pto*\"'\n");
}

static void put_fish_text(Buf *out, const char *text) {
    buf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
    buf_putc(out, '\'');
}

static void put_fish_choices(Buf *out, const OptionInfo *info) {
    for (const char *c = info->choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL) {
        buf_printf(out, "complete -c ptoc -n 'string match -q -- \"-*\" (commandline -ct)' -a '%s%s%.*s' -d ",
                   info->spelling, joiner(info), (int)strcspn(c, "|"), c);
        put_fish_text(out, info->doc);
        buf_putc(out, '\n');
    }
}

static void put_fish(Buf *out) {
    for (int i = 1; i < COMMAND_COUNT; i++) {
        buf_printf(out, "complete -c ptoc -n __fish_use_subcommand -a %s -d ", command_info((Command)i)->word);
        put_fish_text(out, command_info((Command)i)->doc);
        buf_putc(out, '\n');
    }
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionInfo *info = option_info((OptionId)i);
        bool is_long = strncmp(info->spelling, "--", 2) == 0;
        if (is_long) {
            buf_printf(out, "complete -c ptoc -l %s", info->spelling + 2);
            if (takes_value(info) && info->form != FORM_MAYBE_EQ)
                buf_puts(out, " -r");
            if (info->choices) {
                buf_puts(out, " -f -a '");
                for (const char *c = info->choices; *c; c++)
                    buf_putc(out, *c == '|' ? ' ' : *c);
                buf_putc(out, '\'');
            }
            buf_puts(out, " -d ");
            put_fish_text(out, info->doc);
            buf_putc(out, '\n');
        } else if (info->choices) {
            put_fish_choices(out, info);
        } else {
            buf_printf(out, "complete -c ptoc -o %s%s -d ", info->spelling + 1, takes_value(info) ? " -r" : "");
            put_fish_text(out, info->doc);
            buf_putc(out, '\n');
        }
    }
}

void options_print_completions(Buf *out, int shell) {
    switch (shell) {
    case SHELL_BASH: put_bash(out); break;
    case SHELL_ZSH: put_zsh(out); break;
    case SHELL_FISH: put_fish(out); break;
    default: break;
    }
}
