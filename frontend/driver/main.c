/* ptoc: the process around the driver. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "frontend/driver/commands.h"

/* A broken invariant of ours (assert, or worse) ends with the exit code of internal errors. */
static void internal_error(int signal_number) {
    static const char text[] = "ptoc: internal error of the compiler; please report it with the input that led to it\n";
    (void)signal_number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(EXIT_CODE_INTERNAL);
    _exit(EXIT_CODE_INTERNAL);
}

static void catch_internal_errors(void) {
#if !defined(__SANITIZE_ADDRESS__)
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    static char stack[64 * 1024]; /* the usual one may be what ran out */
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = internal_error;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND;
    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
#else
    (void)internal_error; /* the sanitizer reports them better */
#endif
}

int main(int argc, char **argv) {
    catch_internal_errors();
    return driver_main(argc, argv);
}
