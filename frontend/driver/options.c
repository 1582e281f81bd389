#include "frontend/driver/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ir/base/str.h"

static const CommandInfo command_rows[] = {
#define COMMAND(NAME, word, arguments, least, most, doc) {word, arguments, least, most, doc},
#include "frontend/driver/command.def"
#undef COMMAND
};

static const OptionInfo option_rows[] = {
#define BOOL(field) .store = STORE_BOOL, .offset = offsetof(Options, field)
#define TEXT(field) .store = STORE_TEXT, .offset = offsetof(Options, field)
#define INTEGER(field, low, high)                                                                                      \
    .store = STORE_INTEGER, .offset = offsetof(Options, field), .least = (low), .most = (high)
#define CHOICE(field) .store = STORE_CHOICE, .offset = offsetof(Options, field)
#define LIST(field) .store = STORE_LIST, .offset = offsetof(Options, field)
#define CALL(function) .store = STORE_CALL, .call = (function)
#define OPTION(NAME, ...) {__VA_ARGS__},
#include "frontend/driver/options.def"
#undef OPTION
};

const CommandInfo *command_info(Command command) { return &command_rows[command]; }
const OptionInfo *option_info(OptionId id) { return &option_rows[id]; }

const char *option_group_title(OptionGroup group) {
    switch (group) {
    case GROUP_GENERAL: return "General";
    case GROUP_OUTPUT: return "Output";
    case GROUP_PROGRAM: return "The program";
    case GROUP_PASSES: return "Passes and IR";
    case GROUP_RUN: return "Run and test";
    case GROUP_DIAG: return "Diagnostics";
    case GROUP_COUNT: break;
    }
    return "";
}

int option_choice_find(const char *choices, const char *word, size_t length) {
    int index = 0;
    for (const char *at = choices;; index++) {
        size_t n = strcspn(at, "|");
        if (n == length && memcmp(at, word, n) == 0)
            return index;
        if (!at[n])
            return -1;
        at += n + 1;
    }
}

const char *option_choice_word(Arena *arena, const char *choices, int index) {
    const char *at = choices;
    for (; index > 0; index--) {
        at = strchr(at, '|');
        if (!at)
            return NULL;
        at++;
    }
    return arena_strndup(arena, at, strcspn(at, "|"));
}

const char *option_near_hint(Arena *arena, const char *word, const char *const *words, int count) {
    const char *near = str_nearest(word, words, count);
    return near ? arena_printf(arena, "did you mean `%s`?", near) : NULL;
}

const char *option_names_hint(Arena *arena, const char *word, const char *const *words, int count) {
    enum { MOST = 16 };
    const char *hint = option_near_hint(arena, word, words, count), *list = "";
    if (hint || count == 0 || count > MOST)
        return hint;
    for (int i = 0; i < count; i++)
        list = arena_printf(arena, "%s%s`%s`", list, i > 0 ? ", " : "", words[i]);
    return arena_printf(arena, "there %s %s", count == 1 ? "is" : "are", list);
}

static void add_mistake(Options *o, DiagCode code, const char *a, const char *b, const char *c, const char *hint) {
    VEC_PUSH(o->arena, &o->mistakes, (OptionMistake){code, {a, b, c}, hint});
}

bool options_report(const Options *o, DiagContext *dc) {
    for (int i = 0; i < o->mistakes.len; i++) {
        const OptionMistake *m = &o->mistakes.data[i];
        Diag *d = diag_report(dc, m->code, SPAN_NONE, m->texts[0], m->texts[1], m->texts[2]);
        if (m->hint)
            diag_hint(d, "%s", m->hint);
    }
    return o->mistakes.len == 0;
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static void expected_choice(Options *o, const char *spelling, const char *choices, const char *value) {
    const char *words[32];
    int count = 0;
    Buf list = {0};
    for (const char *w; count < 32 && (w = option_choice_word(o->arena, choices, count)); count++) {
        words[count] = w;
        buf_printf(&list, "%s`%s`", count == 0 ? "" : ", ", w);
    }
    add_mistake(o, DIAG_OPTION_VALUE, spelling, arena_printf(o->arena, "one of %s", buf_text(&list)), value,
                option_near_hint(o->arena, value, words, count));
    buf_free(&list);
}

static void store_integer(Options *o, const OptionInfo *info, const char *value) {
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (*value == '\0' || *end || errno || n < info->least || n > info->most) {
        const char *range =
            arena_printf(o->arena, "an integer from %lld to %lld", (long long)info->least, (long long)info->most);
        add_mistake(o, DIAG_OPTION_VALUE, info->spelling, range, value, NULL);
        return;
    }
    *(int64_t *)((char *)o + info->offset) = n;
}

/* --emit is a list of words, each with an optional =FILE. */
static void store_list(Options *o, const OptionInfo *info, const char *value) {
    StringVec *list = (StringVec *)((char *)o + info->offset);
    if (!info->choices) {
        VEC_PUSH(o->arena, list, value);
        return;
    }
    for (const char *at = value; *at;) {
        size_t n = strcspn(at, ",");
        const char *item = arena_strndup(o->arena, at, n);
        size_t word = strcspn(item, "=");
        if (option_choice_find(info->choices, item, word) < 0)
            expected_choice(o, info->spelling, info->choices, arena_strndup(o->arena, item, word));
        else
            VEC_PUSH(o->arena, list, item);
        at += n + (at[n] == ',');
    }
}

static void store_value(Options *o, OptionId id, const char *value) {
    const OptionInfo *info = &option_rows[id];
    void *field = (char *)o + info->offset;
    o->seen[id] = true;
    switch (info->store) {
    case STORE_BOOL: *(bool *)field = true; break;
    case STORE_TEXT: *(const char **)field = value; break;
    case STORE_INTEGER: store_integer(o, info, value); break;
    case STORE_LIST: store_list(o, info, value); break;
    case STORE_CALL: info->call(o, value); break;
    case STORE_CHOICE: {
        int index = value ? option_choice_find(info->choices, value, strlen(value)) : 0;
        if (index < 0)
            expected_choice(o, info->spelling, info->choices, value);
        else
            *(int *)field = index;
        break;
    }
    }
}

/* "PARALLEL_UNDECIDED" is also called parallel-undecided. */
static bool names_code(const DiagInfo *info, const char *word) {
    if (strcmp(info->code, word) == 0)
        return true;
    const char *name = info->name;
    for (; *name && *word; name++, word++) {
        char c = *name == '_' ? '-' : (char)(*name + ('a' - 'A'));
        if (*name >= '0' && *name <= '9')
            c = *name;
        if (c != *word)
            return false;
    }
    return !*name && !*word;
}

void options_set_warning(Options *o, const char *value) {
    bool off = str_starts_with(value, "no-"), error = str_starts_with(value, "error=");
    bool no_error = str_starts_with(value, "no-error=");
    const char *word = value + (no_error ? strlen("no-error=") : off ? strlen("no-") : error ? strlen("error=") : 0);
    bool found = false;
    if (strcmp(value, "no-error") == 0) {
        o->diag.werror = false;
        return;
    }
    for (int code = 0; code < DIAG_CODE_COUNT; code++) {
        const DiagInfo *info = diag_info((DiagCode)code);
        bool quiet = info->severity == DIAG_WARNING || info->severity == DIAG_REMARK;
        if (!quiet || (strcmp(word, "all") != 0 && !names_code(info, word)))
            continue;
        found = true;
        o->diag.disabled[code] = off && !no_error;
        o->diag.as_error[code] = error && info->severity == DIAG_WARNING;
    }
    if (!found)
        add_mistake(o, DIAG_OPTION_VALUE, "-W",
                    "a code of `ptoc --print=diagnostics` (W0402) or its name (parallel-undecided)", word, NULL);
}

/* What stands before names of C is the start of one, and can be a whole one: what ends in it is checked when names are made. */
static void check_symbol_prefix(Options *o, const char *value) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    if (value && (isdigit((unsigned char)value[0]) || value[strspn(value, letters)]))
        add_mistake(o, DIAG_OPTION_VALUE, "--symbol-prefix", "letters, digits and `_`, no digit first", value, NULL);
}

/* ---- matching -------------------------------------------------------------------------------------------------- */

/* Does `arg` use the option? *value is its value in the same argument, or NULL. */
static bool option_matches(const OptionInfo *info, const char *arg, const char **value) {
    size_t n = strlen(info->spelling);
    if (strncmp(arg, info->spelling, n) != 0)
        return false;
    const char *rest = arg + n;
    *value = NULL;
    switch (info->form) {
    case FORM_FLAG:
    case FORM_EQ:
    case FORM_MAYBE_EQ:
    case FORM_ARG:
        if (*rest == '=')
            *value = rest + 1;
        return *rest == '\0' || *rest == '=';
    case FORM_SHORT:
    case FORM_PREFIX:
        if (*rest)
            *value = rest;
        return true;
    }
    return false;
}

/* The row with the longest spelling that fits, so that -fno-x is not -f, nor -Werror -W. */
static int find_option(const char *arg, const char **value) {
    int best = -1;
    size_t best_length = 0;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const char *v;
        size_t n = strlen(option_rows[i].spelling);
        if (n <= best_length || !option_matches(&option_rows[i], arg, &v))
            continue;
        if (i == OPTION_WERROR && v)
            continue; /* -Werror=CODE is -W's */
        best = i;
        best_length = n;
        *value = v;
    }
    return best;
}

static void unknown_option(Options *o, const char *arg) {
    const char *words[OPTION_COUNT];
    for (int i = 0; i < OPTION_COUNT; i++)
        words[i] = option_rows[i].spelling;
    const char *word = arena_strndup(o->arena, arg, strcspn(arg, "="));
    const char *near = NULL;
    for (int i = 0; i < OPTION_COUNT && strlen(word) > 3; i++) {
        if (!near && str_starts_with(words[i], word))
            near = words[i]; /* there are no abbreviations, but it is what was meant */
    }
    near = near ? near : str_nearest(word, words, OPTION_COUNT);
    add_mistake(o, DIAG_OPTION_UNKNOWN, word, NULL, NULL,
                near ? arena_printf(o->arena, "did you mean `%s`?", near) : "`ptoc --help` lists the options");
}

/* Takes one option; returns how many arguments it used. */
static int take_option(Options *o, const char *arg, const char *next) {
    const char *value = NULL;
    int id = find_option(arg, &value);
    if (id < 0) {
        unknown_option(o, arg);
        return 1;
    }
    const OptionInfo *info = &option_rows[id];
    if (info->form == FORM_FLAG && value) {
        add_mistake(o, DIAG_OPTION_NO_VALUE, info->spelling, value, NULL, NULL);
        return 1;
    }
    bool separate = info->form == FORM_ARG || info->form == FORM_SHORT;
    if (!value && separate && next) {
        store_value(o, (OptionId)id, next);
        return 2;
    }
    bool wants = info->form != FORM_FLAG && info->form != FORM_MAYBE_EQ;
    if (wants && (!value || !*value) && !(id == OPTION_PASSES && value)) {
        const char *how = info->form == FORM_EQ ? "=" : separate ? " " : "";
        add_mistake(o, DIAG_OPTION_WANTS_VALUE, info->spelling, info->value, NULL,
                    arena_printf(o->arena, "write `%s%s%s`", info->spelling, how, info->value));
        return 1;
    }
    store_value(o, (OptionId)id, value);
    return 1;
}

static int find_command(const char *word) {
    for (int i = 1; i < COMMAND_COUNT; i++) {
        if (strcmp(command_rows[i].word, word) == 0)
            return i;
    }
    return -1;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/* Options that print something and end need no input. */
static bool only_prints(const Options *o) {
    return o->help >= 0 || o->version || o->print >= 0 || o->capabilities || o->completions >= 0 || o->explain;
}

static void check_placement(Options *o) {
    const CommandInfo *command = &command_rows[o->command];
    const char *title = o->command == COMMAND_COMPILE ? "FILE" : command->word;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (o->seen[i] && !(option_rows[i].commands & (1u << o->command)))
            add_mistake(o, DIAG_OPTION_PLACE, option_rows[i].spelling, title, NULL, NULL);
    }
    check_symbol_prefix(o, o->symbol_prefix);
    if (only_prints(o))
        return;
    if (o->inputs.len < command->least_inputs) {
        if (o->mistakes.len > 0)
            return; /* what was not understood may be what is missing */
        const char *hint = o->command == COMMAND_COMPILE
                               ? "`ptoc --help` says how ptoc is used"
                               : arena_printf(o->arena, "write `ptoc %s %s`", command->word, command->arguments);
        add_mistake(o, DIAG_NO_INPUT, o->command == COMMAND_EXPLAIN ? "code" : "input file", NULL, NULL, hint);
    } else if (command->most_inputs >= 0 && o->inputs.len > command->most_inputs) {
        const char *hint = NULL;
        for (int i = 0; i < o->inputs.len; i++) {
            int meant = find_command(o->inputs.data[i]);
            if (meant >= 0)
                hint = arena_printf(o->arena, "the command comes first: `ptoc %s ...`", command_rows[meant].word);
        }
        add_mistake(o, DIAG_MANY_INPUTS, o->inputs.data[0], o->inputs.data[1], NULL, hint);
    }
}

static Options *options_create(Arena *arena) {
    Options *o = ARENA_NEW(arena, Options);
    o->arena = arena;
    o->error_limit = 20;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_rows[i].store == STORE_CHOICE)
            *(int *)((char *)o + option_rows[i].offset) = -1;
    }
    return o;
}

Options *options_parse(Arena *arena, int argc, char *const *argv) {
    Options *o = options_create(arena);
    bool only_inputs = false, command_known = false;
    for (int i = 1; i < argc;) {
        const char *arg = argv[i];
        if (!only_inputs && arg[0] == '-' && arg[1]) {
            if (strcmp(arg, "--") == 0) {
                only_inputs = true;
                i++;
                continue;
            }
            i += take_option(o, arg, i + 1 < argc ? argv[i + 1] : NULL);
            continue;
        }
        int command = command_known || only_inputs ? -1 : find_command(arg);
        if (command >= 0)
            o->command = (Command)command;
        else
            VEC_PUSH(arena, &o->inputs, arg);
        command_known = true;
        i++;
    }
    check_placement(o);
    for (int i = 0; i < DIAG_CODE_COUNT && o->diag.no_warnings; i++)
        o->diag.disabled[i] = o->diag.disabled[i] || diag_info((DiagCode)i)->severity == DIAG_REMARK;
    o->diag.error_limit = (int)o->error_limit;
    o->diag.format = o->diag_format < 0 ? DIAG_FORMAT_TEXT : (DiagFormat)o->diag_format;
    return o;
}
