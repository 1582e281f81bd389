/* module.h - what ptoc and the module ptoc-llvm.so say to each other. Plain C, no types of LLVM, no state between calls: a job is text C
 * (what backends/c prints with the runtime external) and comes out as bytes, or as code in memory.
 *
 * The module exports ptoc_llvm_api. Its version is that of the struct: another one is refused. */
#ifndef PTOC_BACKENDS_LLVM_MODULE_H
#define PTOC_BACKENDS_LLVM_MODULE_H
#include <stdbool.h>
#include <stddef.h>

#define PTOC_LLVM_VERSION 2
#define PTOC_LLVM_MODULE "ptoc-llvm.so"

typedef enum PtocLlvmKind { PTOC_LLVM_IR, PTOC_LLVM_BC, PTOC_LLVM_ASM, PTOC_LLVM_OBJ, PTOC_LLVM_KINDS } PtocLlvmKind;

typedef struct PtocLlvmJob {
    const char *text;     /* text C */
    const char *file;     /* what messages call it */
    const char *march;    /* a row of ARCH in backends/target.def */
    const char *cpu;      /* NULL: the least of march; "native"; or a name that LLVM knows */
    const char *producer; /* for debug information */
    int level;            /* of optimisation: 0 to 3 */
    bool quick; /* someone waits for the code: at level 2, without the passes that seldom pay for themselves */
    bool lines; /* debug information, from #line */
    bool wants[PTOC_LLVM_KINDS]; /* what is to come out; the program is optimised once */
    void (*put)(void *user, PtocLlvmKind kind, const void *bytes,
                size_t size);                    /* takes what comes out, each in one piece */
    void (*phase)(void *user, const char *name); /* told at the end of each; NULL: nobody asks */
    void *user;
} PtocLlvmJob;

typedef struct PtocLlvmApi {
    unsigned version;
    /* False with a message in error; what was put is then of no use. */
    bool (*compile)(const PtocLlvmJob *job, char *error, size_t room);
    /* Loads an object (PTOC_LLVM_OBJ) of this machine; NULL with a message in error. */
    void *(*load)(const void *object, size_t size, char *error, size_t room);
    void *(*symbol)(void *loaded, const char *name, char *error, size_t room);
    void (*unload)(void *loaded);
} PtocLlvmApi;

typedef const PtocLlvmApi *PtocLlvmApiFn(void);
#endif
