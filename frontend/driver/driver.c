/* From the command line to a command. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frontend/driver/commands.h"

static ExitCode refuse_command(Session *s, const char *what) {
    diag_report(s->dc, DIAG_NOT_IN_VERSION, SPAN_NONE, what);
    return session_finish(s);
}

static ExitCode run_command(Session *s) {
    switch (s->options->command) {
    case COMMAND_COMPILE: return command_compile(s);
    case COMMAND_RUN: return command_run(s);
    case COMMAND_TEST: return command_test(s);
    case COMMAND_CHECK: return command_check(s);
    case COMMAND_OPT: return command_opt(s);
    case COMMAND_EXPLAIN: return command_explain(s, s->options->inputs.data, s->options->inputs.len);
    case COMMAND_FMT: return refuse_command(s, "ptoc fmt");
    case COMMAND_LSP: return refuse_command(s, "ptoc lsp");
    case COMMAND_COUNT: break;
    }
    return EXIT_CODE_INTERNAL;
}

/* ---- the terminal ---------------------------------------------------------------------------------------------- */

static bool wants_color(const Options *o) {
    enum { COLOR_AUTO, COLOR_ALWAYS };
    if (o->diag_color > COLOR_AUTO)
        return o->diag_color == COLOR_ALWAYS;
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static void say_on_stderr(void *user, const char *text, size_t size) {
    (void)user;
    fwrite(text, 1, size, stderr);
    fflush(stderr);
}

void driver_begin(Session *s, Arena *arena, Options *options) {
    options->diag.color = wants_color(options);
    session_init(s, arena, options);
    s->say = say_on_stderr;
    s->on_terminal = isatty(STDERR_FILENO) && options->diag.format == DIAG_FORMAT_TEXT;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static ExitCode drive(Arena *arena, int argc, char *const *argv) {
    Options *options = options_parse(arena, argc, argv);
    Session session;
    driver_begin(&session, arena, options);
    ExitCode code = EXIT_CODE_USAGE;
    if (!options_report(options, session.dc))
        code = session_finish(&session);
    else if (!command_print(&session, &code))
        code = run_command(&session);
    return code;
}

int driver_main(int argc, char *const *argv) {
    signal(SIGPIPE, SIG_IGN); /* a closed standard output is an error like a full disk */
    ArenaRescue rescue = {.wanted = 0};
    if (setjmp(rescue.back)) {
        fprintf(stderr, "ptoc: fatal error: out of memory (%zu more bytes were asked for)\n", rescue.wanted);
        return EXIT_CODE_LIMIT;
    }
    arena_rescue(&rescue);
    Arena *arena = arena_create();
    ExitCode code = drive(arena, argc, argv);
    arena_destroy(arena);
    arena_rescue(NULL);
    return code;
}
