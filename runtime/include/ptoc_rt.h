/* ptoc_rt.h - what callers of generated code see: status codes, options, statistics.
 *
 * Promises: C11 and C++11, ISO C only, no global state. Several generated headers and files may be used in one program:
 * everything here is guarded and static. A zero-initialised ptoc_options (or a null pointer) means the defaults. */
#ifndef PTOC_RT_H
#define PTOC_RT_H

#include <stddef.h>
#include <stdint.h>

#define PTOC_RT_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/* What an entry point returns. */
enum ptoc_status {
    PTOC_OK = 0,
    PTOC_E_ARGUMENT = -1,     /* a null pointer, a negative dimension, a bad option */
    PTOC_E_SHAPE = -2,        /* a shape fact or a `where` does not hold */
    PTOC_E_BOUNDS = -3,       /* a view or an index is out of range */
    PTOC_E_ALIAS = -4,        /* tensors overlap where they must not */
    PTOC_E_TIER = -5,         /* a value lies above the last tier */
    PTOC_E_ASSERT = -6,       /* tl.assert */
    PTOC_E_ASSUME = -7,       /* assume */
    PTOC_E_DIVIDE = -8,       /* an integer was divided by zero */
    PTOC_E_DISJOINT = -9,     /* parallel tasks write the same place */
    PTOC_E_WORKSPACE = -10,   /* the caller's workspace is too small */
    PTOC_E_MEMORY = -11,      /* no memory */
    PTOC_E_UNSUPPORTED = -12, /* this build cannot do what was asked */
    PTOC_E_CHANNEL = -13      /* the processes of a pipe wait for each other, or leave items over */
};

#define PTOC_ERROR_SIZE 512
#define PTOC_STATS_CAPACITY 64

/* Tasks that ran, by kernel and tier; tier is 0 outside any tier. */
typedef struct ptoc_stats_entry {
    const char *kernel;
    int64_t tier;
    int64_t tasks;
} ptoc_stats_entry;

/* Filled by each call from zero. `total` counts every task, also those of entries beyond the capacity. */
typedef struct ptoc_stats {
    int64_t total;
    int32_t count;   /* entries in use */
    int32_t dropped; /* (kernel, tier) pairs that found no entry */
    ptoc_stats_entry entries[PTOC_STATS_CAPACITY];
} ptoc_stats;

/* Fields are only ever added at the end. `error` is written although entry points take a pointer to const, so the object
 * itself must not be defined const; threads that call at the same time need an object each. */
typedef struct ptoc_options {
    size_t size;    /* sizeof(ptoc_options), or 0: as this header has it */
    int threads;    /* 0: as OpenMP decides */
    int keep_parts; /* distributed code: 0: every rank gets outputs whole; 1: outputs stay where they were computed */
    const char *trace_file; /* a Chrome trace is written there, if compiled with trace(on); NULL: none */
    void *workspace;        /* memory for the call, aligned to 64 bytes; NULL: the call allocates and frees its own */
    size_t workspace_size;  /* of `workspace` in bytes; name_workspace_size() tells what is needed */
    ptoc_stats *stats;      /* NULL: not wanted */
    void (*print)(void *user, const char *text); /* takes the text of tl.print; NULL: standard error */
    void *print_user;
    char error[PTOC_ERROR_SIZE]; /* message of a call that failed, else "" */
} ptoc_options;

#if defined(__GNUC__)
#define PTOC_UNUSED __attribute__((unused))
#else
#define PTOC_UNUSED
#endif

/* The name of a status without its prefix's case: "PTOC_E_SHAPE"; "PTOC_E_UNKNOWN" for any other number. */
PTOC_UNUSED static inline const char *ptoc_status_name(int status) {
    static const char *const names[] = {
        "PTOC_OK",          "PTOC_E_ARGUMENT", "PTOC_E_SHAPE",       "PTOC_E_BOUNDS", "PTOC_E_ALIAS",
        "PTOC_E_TIER",      "PTOC_E_ASSERT",   "PTOC_E_ASSUME",      "PTOC_E_DIVIDE", "PTOC_E_DISJOINT",
        "PTOC_E_WORKSPACE", "PTOC_E_MEMORY",   "PTOC_E_UNSUPPORTED", "PTOC_E_CHANNEL"};
    return status <= 0 && status >= PTOC_E_CHANNEL ? names[-status] : "PTOC_E_UNKNOWN";
}

#ifdef __cplusplus
}
#endif
#endif
