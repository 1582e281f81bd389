/* codegen.h - from text C to bytes, and from an object to code in memory. */
#ifndef PTOC_BACKENDS_LLVM_CODEGEN_H
#define PTOC_BACKENDS_LLVM_CODEGEN_H
#include <llvm-c/TargetMachine.h>
#include "backends/llvm/module.h"

typedef struct Machine {
    const char *march, *triple, *cpu, *features;
    const char *bitcode, *bitcode_end; /* of the runtime */
    const char *declarations;          /* of its functions and types */
    const char *processors;            /* as LLVM lists them */
} Machine;

const Machine *machine_find(const char *march); /* NULL: none of that name */

bool codegen_compile(const PtocLlvmJob *job, char *error, size_t room);

void *jit_load(const void *object, size_t size, char *error, size_t room);
void *jit_symbol(void *loaded, const char *name, char *error, size_t room);
void jit_unload(void *loaded);

bool machine_knows_processor(const Machine *machine, const char *cpu); /* may the name stand behind -mcpu=? */
#endif
