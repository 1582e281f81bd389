#include "frontend/driver/subprocess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

const char *subprocess_find(Arena *arena, const char *name) {
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? name : NULL;
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/bin:/bin"; *path;) {
        size_t n = strcspn(path, ":");
        const char *candidate = arena_printf(arena, "%.*s/%s", n ? (int)n : 1, n ? path : ".", name);
        struct stat st;
        if (stat(candidate, &st) == 0 && S_ISREG(st.st_mode) && access(candidate, X_OK) == 0)
            return candidate;
        path += n + (path[n] == ':');
    }
    return NULL;
}

/* In the child; returns only when the program could not be started. */
static void child_exec(char *const *argv, const char *tmpdir, int out) {
#ifdef PR_SET_PDEATHSIG
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (tmpdir)
        setenv("TMPDIR", tmpdir, 1);
    setenv("LC_ALL", "C", 1);
    execv(argv[0], argv);
}

static int wait_for(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int subprocess_run(char *const *argv, const char *tmpdir, Buf *output) {
    int fds[2];
    if (pipe(fds) != 0) {
        buf_puts(output, strerror(errno));
        return -1;
    }
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        child_exec(argv, tmpdir, fds[1]);
        const char *why = strerror(errno);
        if (write(fds[1], why, strlen(why)) < 0)
            _exit(126);
        _exit(127);
    }
    close(fds[1]);
    if (child < 0) {
        buf_puts(output, strerror(errno));
        close(fds[0]);
        return -1;
    }
    buf_load_fd(output, fds[0], (size_t)64 << 20);
    close(fds[0]);
    return wait_for(child);
}

/* ---- the private folder ---------------------------------------------------------------------------------------- */

/* Removes a folder with what is in it: programs that run there may make folders of their own. */
static bool remove_folder(const char *path) {
    char inner[4096];
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT;
    for (struct dirent *entry; (entry = readdir(dir));) {
        bool other = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        if (!other || unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        int length = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (length > 0 && (size_t)length < sizeof inner)
            remove_folder(inner);
    }
    closedir(dir);
    return rmdir(path) == 0;
}

/* The second process: waits until nobody holds the other end of the pipe. A compiler that outlives us may still be writing, so it
 * tries for a while. */
static void keep_folder(const char *path, int fd) {
    enum { TRIES = 200, PAUSE_US = 10000 };
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        dup2(null, i);
    for (int i = STDERR_FILENO + 1; i < 256; i++) {
        if (i != fd)
            close(i); /* pipes that others wait on must not stay open because of us */
    }
    char byte;
    while (read(fd, &byte, 1) < 0 && errno == EINTR)
        continue;
    for (int i = 0; i < TRIES && !remove_folder(path); i++)
        usleep(PAUSE_US);
}

int tempdir_create(TempDir *dir) {
    const char *base = getenv("TMPDIR");
    if (!base || !*base || strlen(base) > sizeof dir->path - sizeof "/ptoc-XXXXXX")
        base = "/tmp";
    int fds[2];
    snprintf(dir->path, sizeof dir->path, "%s/ptoc-XXXXXX", base);
    if (pipe(fds) != 0)
        return errno;
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    /* No signal between the folder and the process that removes it. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int error = mkdtemp(dir->path) ? 0 : errno;
    if (error)
        snprintf(dir->path, sizeof dir->path, "%s", base);
    pid_t keeper = error ? -1 : fork();
    if (keeper == 0) {
        close(fds[1]); /* its signals stay blocked */
        keep_folder(dir->path, fds[0]);
        _exit(0);
    }
    if (!error && keeper < 0) {
        error = errno;
        rmdir(dir->path);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(fds[0]);
    if (error)
        close(fds[1]);
    dir->pipe_fd = fds[1];
    dir->keeper = (int)keeper;
    return error;
}

void tempdir_remove(TempDir *dir) {
    close(dir->pipe_fd);
    wait_for((pid_t)dir->keeper);
}
