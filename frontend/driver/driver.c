/* From the command line to a command. */
#include <signal.h>

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

int driver_main(int argc, char *const *argv) {
    signal(SIGPIPE, SIG_IGN); /* a closed standard output is an error like a full disk */
    Arena *arena = arena_create();
    Options *options = options_parse(arena, argc, argv);
    Session session;
    session_init(&session, arena, options);
    ExitCode code = EXIT_CODE_USAGE;
    if (!options_report(options, session.dc))
        code = session_finish(&session);
    else if (!command_print(&session, &code))
        code = run_command(&session);
    arena_destroy(arena);
    return code;
}
