/* options.h - the command line as data.
 *
 * options.def and command.def are its tables. Parsing never prints and never stops at the first mistake: mistakes are kept in
 * the Options and reported when there is a DiagContext, in the format the command line itself asks for. */
#ifndef PTOC_DRIVER_OPTIONS_H
#define PTOC_DRIVER_OPTIONS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/diag.h"
#include "ir/base/vec.h"

typedef enum Command {
#define COMMAND(NAME, word, arguments, least, most, doc) COMMAND_##NAME,
#include "frontend/driver/command.def"
#undef COMMAND
    COMMAND_COUNT
} Command;

typedef struct CommandInfo {
    const char *word, *arguments;
    int least_inputs, most_inputs; /* most -1: any number */
    const char *doc;
} CommandInfo;
const CommandInfo *command_info(Command command);

typedef VEC(const char *) StringVec;

typedef enum OptionId {
#define OPTION(NAME, ...) OPTION_##NAME,
#include "frontend/driver/options.def"
#undef OPTION
    OPTION_COUNT
} OptionId;

typedef enum OptionForm { FORM_FLAG, FORM_EQ, FORM_MAYBE_EQ, FORM_ARG, FORM_SHORT, FORM_PREFIX } OptionForm;

typedef enum OptionGroup {
    GROUP_GENERAL,
    GROUP_OUTPUT,
    GROUP_PROGRAM,
    GROUP_PASSES,
    GROUP_RUN,
    GROUP_DIAG,
    GROUP_COUNT
} OptionGroup;
const char *option_group_title(OptionGroup group);

enum {
    IN_COMPILE = 1 << COMMAND_COMPILE,
    IN_RUN = 1 << COMMAND_RUN,
    IN_TEST = 1 << COMMAND_TEST,
    IN_CHECK = 1 << COMMAND_CHECK,
    IN_OPT = 1 << COMMAND_OPT,
    IN_FMT = 1 << COMMAND_FMT,
    IN_ENGINES = IN_RUN | IN_TEST,
    IN_PROGRAMS = IN_COMPILE | IN_ENGINES | IN_CHECK | IN_OPT,
    IN_WORK = IN_PROGRAMS,
    IN_ALL = (1 << COMMAND_COUNT) - 1
};

typedef enum OptionStore { STORE_BOOL, STORE_TEXT, STORE_INTEGER, STORE_CHOICE, STORE_LIST, STORE_CALL } OptionStore;

typedef struct Options Options;

/* A mistake of the command line, for diag_report: up to three texts and a hint. */
typedef struct OptionMistake {
    DiagCode code;
    const char *texts[3];
    const char *hint; /* or NULL */
} OptionMistake;

typedef struct OptionInfo {
    const char *spelling;
    OptionForm form;
    const char *value, *choices; /* or NULL */
    OptionGroup group;
    unsigned commands;
    OptionStore store;
    size_t offset;       /* in Options */
    int64_t least, most; /* STORE_INTEGER */
    void (*call)(Options *options, const char *value);
    const char *doc;
} OptionInfo;
const OptionInfo *option_info(OptionId id);

/* Choices hold the number of the word in the table, -1 while the option is absent. */
struct Options {
    Arena *arena;
    Command command;
    StringVec inputs;
    VEC(OptionMistake) mistakes;
    bool seen[OPTION_COUNT];

    int help, print, completions;
    bool version, capabilities, fmt_check;
    const char *explain;

    const char *output, *header, *symbol_prefix, *mcpu;
    StringVec emit;
    int target, runtime, dist, march;
    bool debug_lines, depfile, depfile_phony;
    const char *depfile_name;
    StringVec depfile_targets;

    StringVec include_dirs, defines;
    const char *schedule;
    int checks, fp;

    int opt_level;
    StringVec disabled_passes, print_ir_after;
    const char *passes, *dump_dir;
    bool print_ir_after_all, verify_each, check_each, explain_schedule, estimate, time_report, mem_report;

    const char *workload, *example, *trace, *simulate, *cost;
    int engine, compare;
    int64_t threads, repeat, ranks; /* 0: absent */
    StringVec dims, ins, outs, sets;
    bool report, no_cache;

    DiagOptions diag;
    int diag_format, diag_color;
    int64_t error_limit;
};

/* What the choices of some options mean. */
enum { HELP_TEXT, HELP_MAN, HELP_MARKDOWN };
enum { PRINT_OPS, PRINT_TYPES, PRINT_PASSES, PRINT_TARGETS, PRINT_LIMITS, PRINT_DIAGNOSTICS };
enum { SHELL_BASH, SHELL_ZSH, SHELL_FISH };
enum { DIST_MPI, DIST_STARPU };
enum { ENGINE_AUTO, ENGINE_INTERP, ENGINE_C, ENGINE_LLVM, ENGINE_NPU_STUB };
enum { COMPARE_INTERP, COMPARE_C };

/* argv[0] is skipped. Never NULL. */
Options *options_parse(Arena *arena, int argc, char *const *argv);
/* Reports the mistakes; true when there were none. */
bool options_report(const Options *options, DiagContext *dc);
/* The word number `index` of "a|b|c", in the arena; NULL when there are fewer. */
const char *option_choice_word(Arena *arena, const char *choices, int index);
/* The number of a word of "a|b|c", or -1. */
int option_choice_find(const char *choices, const char *word, size_t length);
/* "did you mean `x`?" for one of the words, or NULL. */
const char *option_near_hint(Arena *arena, const char *word, const char *const *words, int count);
/* The same, or the words themselves where none is near and they are few. */
const char *option_names_hint(Arena *arena, const char *word, const char *const *words, int count);
/* -W[no-|error=]CODE; a column of options.def. */
void options_set_warning(Options *options, const char *value);

/* ---- texts made from the tables (options_help.c, options_complete.c) */
void options_print_help(Buf *out, Command command); /* COMMAND_COMPILE: the overview and everything */
void options_print_man(Buf *out);
void options_print_markdown(Buf *out);
void options_print_completions(Buf *out, int shell);
#endif
