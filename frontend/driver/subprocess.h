/* subprocess.h - running another program, and a private folder that disappears with us. */
#ifndef PTOC_DRIVER_SUBPROCESS_H
#define PTOC_DRIVER_SUBPROCESS_H
#include <stdbool.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"

/* The path of a program: as it is when it holds a slash, else looked for in $PATH. NULL: none that may be executed. */
const char *subprocess_find(Arena *arena, const char *name);
/* Runs argv (NULL at the end) with standard input empty and what it prints collected. Returns its exit code, 128 + the number of
 * the signal that ended it, or -1 with errno text in `output` when it could not be started. It gets SIGTERM when we die. `tmpdir`
 * becomes its $TMPDIR. */
int subprocess_run(char *const *argv, const char *tmpdir, Buf *output);

/* A folder that only we may read, in $TMPDIR or /tmp. A second process removes it, with the files in it, when tempdir_remove is
 * called or this process ends for any reason. */
typedef struct TempDir {
    char path[256];
    int pipe_fd; /* its end tells the second process */
    int keeper;  /* process number */
} TempDir;
/* 0, or an errno value. */
int tempdir_create(TempDir *dir);
void tempdir_remove(TempDir *dir);
#endif
