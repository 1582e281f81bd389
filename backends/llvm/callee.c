/* A table: nothing depends on what the process happens to export. */
#include "backends/llvm/callee.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

typedef void AnyFn(void);
static const struct {
    const char *name;
    AnyFn *function; /* NULL: see callee_address */
} callees[] = {
#define CALLEE(NAME) {#NAME, (AnyFn *)NAME},
#include "backends/llvm/callee.def"
#undef CALLEE
    {"stderr", NULL}, {"GOMP_parallel", NULL}, {"omp_get_max_threads", NULL}};
enum { COUNT = (int)(sizeof callees / sizeof callees[0]) };

const char *callee_name(int index) { return index < COUNT ? callees[index].name : NULL; }

static void *open_openmp(void) {
    static const char *const names[] = {"libgomp.so.1", "libomp.so.5", "libomp.so", NULL};
    void *handle = NULL;
    for (const char *const *n = names; *n && !handle; n++)
        handle = dlopen(*n, RTLD_NOW | RTLD_LOCAL);
    return handle;
}

uint64_t callee_address(const char *name, void **openmp) {
    uint64_t address = 0;
    int i = 0;
    while (i < COUNT && strcmp(callees[i].name, name) != 0)
        i++;
    if (i == COUNT)
        return 0;
    if (callees[i].function) {
        memcpy(&address, &callees[i].function, sizeof address); /* ISO C has no cast from a function to an integer */
        return address;
    }
    if (strcmp(name, "stderr") == 0)
        return (uint64_t)(uintptr_t)&stderr;
    *openmp = *openmp ? *openmp : open_openmp();
    return *openmp ? (uint64_t)(uintptr_t)dlsym(*openmp, name) : 0;
}
