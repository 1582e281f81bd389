/* ptoc.h - the compiler as a library (libptoc).
 *
 * A job is a program in memory and options in the words of the command line; a result holds what came of it. ptoc_compile gives the
 * kinds of output that --emit names (text C, a header, an object, ...), ptoc_load code of this machine that can be called.
 *
 *     ptoc_job job = {.size = sizeof job, .name = "scale.pto", .text = text, .text_size = strlen(text)};
 *     ptoc_result *r = ptoc_load(&job);
 *     ptoc_entry *scale = r ? ptoc_result_entry(r, "scale") : NULL;
 *     if (scale)
 *         status = scale(&args, NULL);
 *     ptoc_result_free(r);
 *
 * - Nothing is kept between calls and nothing is shared between them: any number of threads may compile at once.
 * - The library does not end the process, and writes neither files nor standard output nor standard error. It reads what a job names by
 *   -I or imports where it has no `import`, and the environment as ptoc does ($PTOC_LLVM_MODULE). (A program's own tl.print is the
 *   program's: see `print` of ptoc_options.)
 * - Callbacks are called by the thread that called the library, before the call returns. They return; they may use the library.
 * - Targets llvm and ptoc_load need the module ptoc-llvm.so, which is loaded by the first job that wants it and stays in the process.
 * - Memory that runs out ends the call with status 4; what had been asked of malloc for a text that was being made is then lost. LLVM does
 *   not survive that inside of its own code.
 *
 * What is added later goes to the end of the structs: a field that a caller's header does not have is 0 for the library. */
#ifndef PTOC_LIBRARY_H
#define PTOC_LIBRARY_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

struct ptoc_options; /* ptoc_rt.h */

typedef enum ptoc_severity { PTOC_REMARK, PTOC_WARNING, PTOC_ERROR } ptoc_severity;

/* A diagnostic. Everything in it lives until the callback returns. */
typedef struct ptoc_message {
    ptoc_severity severity;
    const char *code;     /* "E0201", as `ptoc explain` knows it */
    const char *text;     /* one sentence */
    const char *file;     /* NULL: it has no place */
    int line, column;     /* from 1; 0: it has no place */
    const char *rendered; /* all of it as ptoc prints it, with its source line, notes and hints */
} ptoc_message;

/* All of it stays the caller's, and is read until the call returns. */
typedef struct ptoc_job {
    size_t size;      /* sizeof(ptoc_job) */
    const char *name; /* of the program in messages; imports are looked for beside it */
    const char *text; /* the program */
    size_t text_size;
    const char *const *options; /* "-O3", "-DN=4", "--target=llvm", ...: those of `ptoc FILE.pto` that write no file */
    size_t option_count;
    void (*message)(void *user, const ptoc_message *message);
    void (*log)(void *user, const char *text,
                size_t size); /* what options print: --time-report, --print-ir-after, ... */
    /* The text of an imported file; returns 0, or a number of errno.h (ENOENT: other folders are tried). NULL: files are read. */
    int (*import)(void *user, const char *path, const char **text, size_t *text_size);
    void *user; /* of the callbacks */
    const char
        *llvm_module; /* the path of ptoc-llvm.so; NULL: found beside the program that runs, or by $PTOC_LLVM_MODULE */
    int use_cache;    /* of ptoc_load: code is kept on the disk, and found there, as `ptoc run` does */
} ptoc_job;

typedef struct ptoc_result ptoc_result;

/* Never NULL unless there is no memory for the result itself; the caller frees it. */
ptoc_result *ptoc_compile(const ptoc_job *job);
ptoc_result *ptoc_load(const ptoc_job *job);
void ptoc_result_free(ptoc_result *result); /* with its outputs and its code; NULL is fine */

/* 0, or the exit code that ptoc would have: 1 errors in the program, 2 in the options, 3 of the system, 4 a limit, 70 of the compiler. */
int ptoc_result_status(const ptoc_result *result);
/* The output of a kind ("c", "header", "obj", ... as --emit calls it); NULL: there is none. A text has a 0 behind its end. */
const void *ptoc_result_output(const ptoc_result *result, const char *kind, size_t *size);

/* The entry point of a workload: it takes the struct that the header of the program (--emit=header) declares, and returns 0 or a
 * PTOC_E_* of ptoc_rt.h. It may be called by several threads at once, and as long as the result lives. */
typedef int ptoc_entry(const void *args, const struct ptoc_options *options);
ptoc_entry *ptoc_result_entry(const ptoc_result *result, const char *workload); /* NULL: there is none */

const char *ptoc_library_version(void); /* "0.1.0" */

#ifdef __cplusplus
}
#endif
#endif
