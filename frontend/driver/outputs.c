#include "frontend/driver/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_TRIES = 100 };

/* One file on its way to the disk. */
typedef struct Staged {
    const Output *output;
    const char *target;    /* through symbolic links */
    const char *temporary; /* NULL: standard output, or a device that is written in place */
} Staged;

/* ---- conflicts ------------------------------------------------------------------------------------------------- */

static bool is_stdout(const char *path) { return strcmp(path, "-") == 0; }

/* Two names of one regular file, or the same name. */
static bool same_place(const char *a, const char *b) {
    struct stat sa, sb;
    if (is_stdout(a) || is_stdout(b))
        return is_stdout(a) && is_stdout(b);
    if (stat(a, &sa) == 0 && stat(b, &sb) == 0)
        return S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
    return strcmp(a, b) == 0;
}

bool outputs_check(const Outputs *outputs, DiagContext *dc, const char *const *inputs, int ninputs) {
    bool ok = true;
    for (int i = 0; i < outputs->all.len; i++) {
        const char *path = outputs->all.data[i]->path;
        for (int k = 0; k < i; k++) {
            if (same_place(path, outputs->all.data[k]->path)) {
                diag_report(dc, DIAG_OUTPUT_TWICE, SPAN_NONE, is_stdout(path) ? "standard output" : path);
                ok = false;
            }
        }
        for (int k = 0; k < ninputs; k++) {
            if (!is_stdout(path) && !is_stdout(inputs[k]) && same_place(path, inputs[k])) {
                diag_report(dc, DIAG_OUTPUT_IS_INPUT, SPAN_NONE, path);
                ok = false;
            }
        }
    }
    return ok;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t n) {
    while (n > 0) {
        ssize_t written = write(fd, data, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        data += written;
        n -= (size_t)written;
    }
    return 0;
}

/* Writes the text beside its target under a temporary name. */
static int stage_file(Arena *arena, Staged *s, mode_t mode) {
    const char *dir = dirname(arena_strdup(arena, s->target));
    const char *name = basename(arena_strdup(arena, s->target));
    for (int i = 0; i < NAME_TRIES; i++) {
        const char *temporary = arena_printf(arena, "%s/.%s.%ld.%d.tmp", dir, name, (long)getpid(), i);
        int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0)
            return errno;
        s->temporary = temporary;
        int error = write_all(fd, buf_text(&s->output->text), s->output->text.len);
        if (!error && mode && fchmod(fd, mode & 07777) != 0)
            error = errno;
        if (close(fd) != 0 && !error)
            error = errno;
        return error;
    }
    return EEXIST;
}

static int make_folders(Arena *arena, const char *path) {
    char *text = arena_strdup(arena, path);
    for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST)
            return errno;
        *slash = '/';
    }
    return 0;
}

static int stage(Arena *arena, Staged *s) {
    if (is_stdout(s->output->path))
        return 0;
    int made = s->output->in_folder ? make_folders(arena, s->output->path) : 0;
    if (made)
        return made;
    struct stat st;
    bool exists = stat(s->output->path, &st) == 0;
    s->target = s->output->path;
    if (exists && S_ISDIR(st.st_mode))
        return EISDIR;
    if (exists && access(s->output->path, W_OK) != 0)
        return errno;
    if (exists && !S_ISREG(st.st_mode))
        return 0; /* a device or a pipe cannot be replaced */
    char real[PATH_MAX];
    if (exists && realpath(s->output->path, real))
        s->target = arena_strdup(arena, real);
    return stage_file(arena, s, exists ? st.st_mode : 0);
}

/* What cannot be renamed into place. */
static int write_in_place(const Staged *s) {
    if (s->temporary)
        return 0;
    if (is_stdout(s->output->path))
        return write_all(STDOUT_FILENO, buf_text(&s->output->text), s->output->text.len);
    int fd = open(s->target, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write_all(fd, buf_text(&s->output->text), s->output->text.len);
    if (close(fd) != 0 && !error)
        error = errno;
    return error;
}

static int publish(const Staged *s) {
    if (!s->temporary || rename(s->temporary, s->target) == 0)
        return 0;
    return errno;
}

static bool commit_all(Outputs *outputs, DiagContext *dc) {
    int n = outputs->all.len, error = 0, at = 0;
    Staged *staged = ARENA_ARRAY(outputs->arena, Staged, n + 1);
    for (int i = 0; i < n; i++)
        staged[i].output = outputs->all.data[i];
    for (int i = 0; i < n && !error; i++)
        error = stage(outputs->arena, &staged[at = i]);
    for (int i = 0; i < n && !error; i++)
        error = write_in_place(&staged[at = i]);
    for (int i = 0; i < n && !error; i++)
        error = publish(&staged[at = i]);
    if (!error)
        return true;
    for (int i = 0; i < n; i++) {
        if (staged[i].temporary)
            unlink(staged[i].temporary);
    }
    const char *path = staged[at].output->path;
    diag_report(dc, DIAG_FILE_WRITE, SPAN_NONE, is_stdout(path) ? "<stdout>" : path, strerror(error));
    return false;
}

/* A signal between the first and the last file would leave some of them, and temporary names. */
bool outputs_commit(Outputs *outputs, DiagContext *dc) {
    sigset_t before, block;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGHUP);
    sigaddset(&block, SIGQUIT);
    sigprocmask(SIG_BLOCK, &block, &before);
    bool ok = commit_all(outputs, dc);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}
