/* llvm_code.h - a program as code of this machine in memory, by the module ptoc-llvm.so or from the cache. */
#ifndef PTOC_DRIVER_LLVM_CODE_H
#define PTOC_DRIVER_LLVM_CODE_H
#include "backends/elf_load.h"
#include "frontend/driver/llvm_module.h"

typedef struct LlvmCode {
    const PtocLlvmApi *api; /* NULL while nothing asked for it */
    ElfCode *elf;
    void *loaded; /* by the module, where elf is NULL */
} LlvmCode;

/* From a module at block stage. False after a report. */
bool llvm_code_open(Session *s, const Module *module, const char *source_name, LlvmCode *code);
/* The entry point of a workload; NULL with a message in error. */
void *llvm_code_entry(const LlvmCode *code, const char *workload, char *error, size_t room);
void llvm_code_close(LlvmCode *code);
#endif
