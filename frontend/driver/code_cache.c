#include "frontend/driver/code_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

#include "ir/base/vec.h"

/* ---- the folder ------------------------------------------------------------------------------------------------ */

static bool make_folder(const char *path) { return mkdir(path, 0700) == 0 || errno == EEXIST; }

/* Code of others must not get in: the folder is ours, and nobody else may write there. */
static bool is_ours(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* NULL: there is none. A relative $XDG_CACHE_HOME is to be ignored. */
static const char *cache_folder(Arena *arena, bool make) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (!base || base[0] != '/') {
        if (!home || home[0] != '/')
            return NULL;
        base = arena_printf(arena, "%s/.cache", home);
    }
    const char *path = arena_printf(arena, "%s/ptoc", base);
    if (make && access(path, F_OK) != 0 && !(make_folder(base) && make_folder(path)))
        return NULL;
    return is_ours(path) ? path : NULL;
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

typedef struct EntryHead {
    char magic[16];
    uint64_t key_size, code_size, sum;
} EntryHead;

static const char magic[16] = "ptoc code 1\n\0\0\0";
static const char suffix[] = ".code";

/* FNV-1a over words; quick enough not to be felt. */
static uint64_t sum_of(const char *data, size_t n, uint64_t sum) {
    static const uint64_t prime = 0x100000001b3;
    for (; n >= sizeof sum; data += sizeof sum, n -= sizeof sum) {
        uint64_t word;
        memcpy(&word, data, sizeof word);
        sum = (sum ^ word) * prime;
        sum ^= sum >> 32;
    }
    for (; n > 0; data++, n--)
        sum = (sum ^ (unsigned char)*data) * prime;
    return sum;
}

static uint64_t sum_of_buf(const Buf *buf, uint64_t sum) { return buf->len ? sum_of(buf->data, buf->len, sum) : sum; }

static const uint64_t seed = 0xcbf29ce484222325;

static const char *entry_path(Arena *arena, const char *folder, const Buf *key) {
    return arena_printf(arena, "%s/%016llx%s", folder, (unsigned long long)sum_of_buf(key, seed), suffix);
}

static bool is_whole(const Buf *entry, const Buf *key) {
    EntryHead head;
    if (entry->len < sizeof head)
        return false;
    memcpy(&head, entry->data, sizeof head);
    size_t rest = entry->len - sizeof head;
    return memcmp(head.magic, magic, sizeof magic) == 0 && head.key_size == key->len && key->len <= rest &&
           head.code_size == rest - key->len && memcmp(entry->data + sizeof head, key->data, key->len) == 0 &&
           head.sum == sum_of(entry->data + sizeof head, rest, seed);
}

bool code_cache_find(Arena *arena, const Buf *key, Buf *code) {
    const char *folder = cache_folder(arena, false);
    if (!folder)
        return false;
    const char *path = entry_path(arena, folder, key);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    Buf entry = {0};
    bool ok = buf_load_fd(&entry, fd, SIZE_MAX / 4) == 0 && is_whole(&entry, key);
    if (ok) {
        size_t skip = sizeof(EntryHead) + key->len;
        buf_write(code, entry.data + skip, entry.len - skip);
        futimens(fd, NULL); /* the time of its last use */
    } else {
        unlink(path);
    }
    close(fd);
    buf_free(&entry);
    return ok;
}

/* ---- the size of all ------------------------------------------------------------------------------------------- */

typedef struct Used {
    const char *name;
    size_t size;
    struct timespec last;
} Used;
typedef VEC(Used) UsedVec;

static int by_last_use(const void *a, const void *b) {
    const struct timespec *x = &((const Used *)a)->last, *y = &((const Used *)b)->last;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Returns the size of all; files that a killed process left are entries like others. */
static size_t list_entries(Arena *arena, DIR *dir, UsedVec *list) {
    size_t all = 0;
    for (struct dirent *d; (d = readdir(dir));) {
        struct stat st;
        if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        VEC_PUSH(arena, list, (Used){arena_strdup(arena, d->d_name), (size_t)st.st_size, st.st_mtim});
        all += (size_t)st.st_size;
    }
    return all;
}

/* Down to three quarters, so that not every store has to look for the oldest. */
static void evict(Arena *arena, const char *folder, size_t most) {
    DIR *dir = opendir(folder);
    UsedVec list = {0};
    if (!dir)
        return;
    size_t all = list_entries(arena, dir, &list);
    if (all > most) {
        qsort(list.data, (size_t)list.len, sizeof list.data[0], by_last_use);
        for (int i = 0; i < list.len && all > most / 4 * 3; i++) {
            unlinkat(dirfd(dir), list.data[i].name, 0);
            all -= list.data[i].size;
        }
    }
    closedir(dir);
}

/* $PTOC_CACHE_SIZE, in bytes. */
static size_t most_bytes(void) {
    const char *text = getenv("PTOC_CACHE_SIZE");
    char *end = NULL;
    unsigned long long n = text ? strtoull(text, &end, 10) : 0;
    return text && *text && !*end ? (size_t)n : CODE_CACHE_MOST;
}

void code_cache_store(Arena *arena, const Buf *key, const Buf *code) {
    const char *folder = cache_folder(arena, true);
    EntryHead head = {.key_size = key->len, .code_size = code->len};
    size_t most = most_bytes();
    if (!folder || sizeof head + key->len + code->len > most / 2)
        return;
    Buf entry = {0};
    memcpy(head.magic, magic, sizeof magic);
    buf_write(&entry, &head, sizeof head);
    buf_write(&entry, buf_text(key), key->len);
    buf_write(&entry, buf_text(code), code->len);
    head.sum = sum_of(entry.data + sizeof head, entry.len - sizeof head, seed);
    memcpy(entry.data, &head, sizeof head);
    if (buf_save(&entry, entry_path(arena, folder, key)) == 0)
        evict(arena, folder, most);
    buf_free(&entry);
}

/* ---- what code depends on -------------------------------------------------------------------------------------- */

#if defined(__x86_64__) || defined(__i386__)
static void put_leaf(Buf *key, unsigned leaf, unsigned sub, unsigned ebx_mask) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(leaf, sub, &a, &b, &c, &d))
        buf_printf(key, "%08x.%u %08x %08x %08x %08x\n", leaf, sub, a, b & ebx_mask, c, d);
}

/* Maker, model and abilities; without the number of the core that answers. */
void code_cache_put_processor(Buf *key) {
    put_leaf(key, 0, 0, UINT32_MAX);
    put_leaf(key, 1, 0, 0);
    put_leaf(key, 7, 0, UINT32_MAX);
    put_leaf(key, 7, 1, UINT32_MAX);
    put_leaf(key, 0xd, 1, 0);
    put_leaf(key, 0x80000001, 0, UINT32_MAX);
}
#else
void code_cache_put_processor(Buf *key) {
    buf_printf(key, "%lx %lx\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
    buf_load(key, "/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", 64);
}
#endif

void code_cache_put_file(Buf *key, const char *path) {
    struct stat st;
    if (stat(path, &st) == 0)
        buf_printf(key, "%s %lld %lld %lld.%09ld\n", path, (long long)st.st_ino, (long long)st.st_size,
                   (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    else
        buf_printf(key, "%s -\n", path);
}
