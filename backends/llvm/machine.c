/* The machines. */
#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <stdint.h>
#include <string.h>
#include "backends/llvm/codegen.h"

#define MACHINE(NAME, march, triple, cpu, features)                                                                    \
    extern const char ptoc_rt_bc_##NAME[], ptoc_rt_bc_end_##NAME[], ptoc_rt_text_##NAME[];
#include "backends/llvm/machine.def"
#undef MACHINE

static const Machine machines[] = {
#define MACHINE(NAME, march, triple, cpu, features)                                                                    \
    {march, triple, cpu, features, ptoc_rt_bc_##NAME, ptoc_rt_bc_end_##NAME, ptoc_rt_text_##NAME},
#include "backends/llvm/machine.def"
#undef MACHINE
};

const Machine *machine_find(const char *march) {
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (strcmp(machines[i].march, march) == 0)
            return &machines[i];
    return NULL;
}
