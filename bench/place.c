/* place.c - where threads run, and how much memory a run takes. Linux tells; elsewhere nothing is placed or measured.
 *
 * The contenders bring two OpenMP runtimes into one process and neither may spin, so a worker sleeps between the rounds; the
 * scheduler likes to wake it on the processor of the thread that woke it, and a round then takes twice its time. Binding by
 * OMP_PROC_BIND does not help: the runtime that starts second finds the process bound to one processor. So every thread that
 * a contender's first run leaves behind is bound here, each of its own to another processor. */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"

enum { MAX_PLACED = 1024 };

static cpu_set_t all_processors;
static int placed[MAX_PLACED], nplaced; /* thread numbers */

void bench_free_threads(void) {
    if (CPU_COUNT(&all_processors) == 0)
        sched_getaffinity(0, sizeof all_processors, &all_processors);
    sched_setaffinity(0, sizeof all_processors, &all_processors);
}

/* The n-th processor that this process may use, round and round. */
static cpu_set_t processor(int n) {
    cpu_set_t one;
    CPU_ZERO(&one);
    n %= CPU_COUNT(&all_processors);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all_processors) && n-- == 0)
            CPU_SET(cpu, &one);
    return one;
}

static bool is_placed(int thread) {
    for (int i = 0; i < nplaced; i++)
        if (placed[i] == thread)
            return true;
    return false;
}

void bench_place_new_threads(void) {
    DIR *dir = opendir("/proc/self/task");
    int number = 1; /* processor 0 is the main thread's */
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) && nplaced < MAX_PLACED;) {
        int thread = atoi(entry->d_name);
        if (thread <= 0 || thread == getpid() || is_placed(thread))
            continue;
        cpu_set_t one = processor(number++);
        sched_setaffinity(thread, sizeof one, &one);
        placed[nplaced++] = thread;
    }
    closedir(dir);
}

void bench_place_main_thread(void) {
    cpu_set_t one = processor(0);
    sched_setaffinity(0, sizeof one, &one);
}

/* KiB of a line of /proc/self/status; 0: not told. */
static long status_kib(const char *name) {
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtol(line + strlen(name), NULL, 10);
    fclose(f);
    return kib;
}

void bench_memory_begin(BenchMemory *m) {
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (f) {
        fputs("5", f); /* the peak starts anew */
        fclose(f);
    }
    m->before_kib = status_kib("VmRSS:");
}

double bench_memory_mib(const BenchMemory *m) {
    long peak = status_kib("VmHWM:");
    return peak > m->before_kib ? (double)(peak - m->before_kib) / 1024 : 0;
}
