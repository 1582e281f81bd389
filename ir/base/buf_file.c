/* Buffers and the disk. A file is written under no name (O_TMPFILE) or a temporary one and takes its own at the very end,
 * so that a reader, or a run that is killed, never sees half of it. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ir/base/arena.h"
#include "ir/base/buf.h"

enum { BUF_READ_STEP = 64 * 1024, BUF_NAME_TRIES = 100 };

int buf_load_fd(Buf *buf, int fd, size_t limit) {
    size_t start = buf->len;
    for (;;) {
        buf_reserve(buf, BUF_READ_STEP);
        ssize_t n = read(fd, buf->data + buf->len, BUF_READ_STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0)
            buf->len += (size_t)n;
        int error = n < 0 ? errno : buf->len - start > limit ? EFBIG : 0;
        if (error)
            buf->len = start;
        buf->data[buf->len] = '\0';
        if (error || n == 0)
            return error;
    }
}

int buf_load(Buf *buf, const char *path, size_t limit) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = buf_load_fd(buf, fd, limit);
    close(fd);
    return error;
}

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

/* Pipes, terminals and devices cannot be replaced: they are written to. */
static int save_in_place(const Buf *buf, const char *path) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write_all(fd, buf_text(buf), buf->len);
    if (close(fd) != 0 && !error)
        error = errno;
    return error;
}

typedef struct SaveTarget {
    const char *path, *dir, *name;
    Arena *arena;
    mode_t mode; /* of the file that is replaced, or 0: there is none */
} SaveTarget;

static const char *temporary_name(const SaveTarget *t, int attempt) {
    return arena_printf(t->arena, "%s/.%s.%ld.%d.tmp", t->dir, t->name, (long)getpid(), attempt);
}

/* Links the nameless file to its final name, or, when that is taken, to a temporary one which is then renamed. */
static int publish_nameless(const SaveTarget *t, int fd) {
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    if (!t->mode && linkat(AT_FDCWD, self, AT_FDCWD, t->path, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    for (int i = 0; i < BUF_NAME_TRIES; i++) {
        const char *temporary = temporary_name(t, i);
        if (linkat(AT_FDCWD, self, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0) {
            if (rename(temporary, t->path) == 0)
                return 0;
            int error = errno;
            unlink(temporary);
            return error;
        }
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
}

static int write_open(const Buf *buf, const SaveTarget *t, int fd) {
    int error = write_all(fd, buf_text(buf), buf->len);
    if (!error && t->mode && fchmod(fd, t->mode & 07777) != 0)
        error = errno;
    return error;
}

/* Returns -1 when the file system has no nameless files (or /proc is not there to name them by). */
static int save_nameless(const Buf *buf, const SaveTarget *t) {
#ifdef O_TMPFILE
    int fd = open(t->dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    int error = write_open(buf, t, fd);
    if (!error) {
        error = publish_nameless(t, fd);
        if (error == ENOENT || error == EXDEV || error == EPERM || error == EOPNOTSUPP)
            error = -1;
    }
    close(fd);
    return error;
#else
    (void)buf, (void)t;
    return -1;
#endif
}

static int save_named(const Buf *buf, const SaveTarget *t) {
    for (int i = 0; i < BUF_NAME_TRIES; i++) {
        const char *temporary = temporary_name(t, i);
        int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0)
            return errno;
        int error = write_open(buf, t, fd);
        if (close(fd) != 0 && !error)
            error = errno;
        if (!error && rename(temporary, t->path) != 0)
            error = errno;
        if (error)
            unlink(temporary);
        return error;
    }
    return EEXIST;
}

int buf_save(const Buf *buf, const char *path) {
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode))
        return EISDIR;
    if (exists && !S_ISREG(st.st_mode))
        return save_in_place(buf, path);
    if (exists && access(path, W_OK) != 0)
        return errno; /* a rename would replace a file that is write-protected */

    Arena *arena = arena_create();
    char real[PATH_MAX];
    /* Through a symbolic link the file it leads to is replaced, not the link. */
    SaveTarget t = {.path = exists && realpath(path, real) ? real : path, .arena = arena};
    t.mode = exists ? st.st_mode : 0;
    t.dir = dirname(arena_strdup(arena, t.path));
    t.name = basename(arena_strdup(arena, t.path));
    int error = save_nameless(buf, &t);
    if (error < 0)
        error = save_named(buf, &t);
    arena_destroy(arena);
    return error;
}
