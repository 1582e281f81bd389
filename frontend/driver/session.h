/* session.h - what one run of ptoc has at hand: memory, sources, messages, options, the times of its phases. */
#ifndef PTOC_DRIVER_SESSION_H
#define PTOC_DRIVER_SESSION_H
#include "frontend/driver/exit_code.h"
#include "frontend/driver/options.h"
#include "frontend/elab.h"
#include "ir/base/str.h"
#include "ir/vector.h"

typedef struct Phase {
    const char *name;
    double begin, seconds; /* begin: since the session's */
    size_t bytes;          /* of the session's arena after it */
} Phase;

/* A program in memory, for inputs of that path; what it imports comes from the reader (NULL: files). */
typedef struct SessionSource {
    const char *text;
    size_t size;
    ProgramReader *reader;
    void *user;
} SessionSource;

typedef struct Session {
    Arena *arena;
    StrTab *strings;
    SourceMap *sources;
    DiagContext *dc;
    const Options *options;
    const char *target; /* for the elaborator; NULL: "c" */
    double begin;
    VEC(Phase) phases;
    bool internal; /* an invariant of the compiler broke: exit code 70 */
    bool has_exit; /* exit_code beats what the diagnostics say */
    ExitCode exit_code;
    void (*say)(void *user, const char *text,
                size_t size); /* takes what is said beside the outputs; NULL: nobody listens */
    void *say_user;
    bool on_terminal;            /* it is shown at once to somebody */
    bool may_lack_llvm;          /* a module that cannot be loaded is a remark: another engine takes its place */
    const char *llvm_module;     /* the path of ptoc-llvm.so; NULL: found */
    const SessionSource *source; /* NULL: inputs are files */
} Session;

/* A session that nobody hears. */
void session_init(Session *s, Arena *arena, const Options *options);
void session_say(const Session *s, const char *text, size_t size);
/* Says the messages and reports; returns the exit code of the run. */
ExitCode session_finish(Session *s);
ExitCode session_exit_code(const Session *s);         /* after the messages that there are so far */
void session_put_reports(const Session *s, Buf *out); /* --time-report, --mem-report */

/* The machine that the options name. */
const VectorFacts *session_vector(const Session *s);

double session_seconds(const Session *s); /* since its begin */
/* The phase that began at `begin` (session_seconds) ends now. */
void session_phase(Session *s, const char *name, double begin);
/* One line on a terminal that the next one replaces; "" removes it. Nothing is shown when standard error is no terminal. */
void session_progress(const Session *s, const char *text);

/* The NPU architecture (backends/npu/place.h) that --target asks for; -1: none. */
int session_npu_arch(const Session *s);
const char *session_dist(const Session *s); /* "mpi"; NULL: no --dist */
/* Does --dist go with the other options? False after a report. */
bool session_check_dist(Session *s);
bool session_is_llvm(const Session *s); /* --target=llvm */

/* Loads the program of an input path (`-`: standard input) with the options of the command line. NULL after a report that it
 * cannot be used; mistakes of the text itself leave Program.module NULL. */
Program *session_load(Session *s, const char *path);
/* The same for a text that was read from standard input. */
Program *session_load_text(Session *s, const Buf *text);
/* The same, and true only if there is something to compile and no error. */
Program *session_load_to_compile(Session *s, const char *path);
/* What messages call an input. */
const char *session_input_name(const char *path);
/* Splits "NAME=VALUE"; false after a report that names the option. */
bool session_split_pair(Session *s, const char *option, const char *text, const char *expected, const char **name,
                        const char **value);
#endif
