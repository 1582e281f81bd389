/* The machines. */
#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <stdint.h>
#include <string.h>
#include "backends/llvm/codegen.h"

#define MACHINE(NAME, march, triple, cpu, features)                                                                    \
    extern const char ptoc_rt_bc_##NAME[], ptoc_rt_bc_end_##NAME[], ptoc_rt_text_##NAME[], ptoc_rt_cpus_##NAME[];
#include "backends/llvm/machine.def"
#undef MACHINE

static const Machine machines[] = {
#define MACHINE(NAME, march, triple, cpu, features)                                                                    \
    {march, triple, cpu, features, ptoc_rt_bc_##NAME, ptoc_rt_bc_end_##NAME, ptoc_rt_text_##NAME, ptoc_rt_cpus_##NAME},
#include "backends/llvm/machine.def"
#undef MACHINE
};

const Machine *machine_find(const char *march) {
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (strcmp(machines[i].march, march) == 0)
            return &machines[i];
    return NULL;
}

/* A line of the list is "  NAME   - Select the NAME processor."; lines of features tell otherwise. */
bool machine_knows_processor(const Machine *machine, const char *cpu) {
    size_t n = strlen(cpu);
    for (const char *line = machine->processors; line; line = strchr(line, '\n')) {
        line += strspn(line, "\n ");
        const char *rest = line + strcspn(line, " \n");
        if ((size_t)(rest - line) == n && n > 0 && strncmp(line, cpu, n) == 0 &&
            strncmp(rest + strspn(rest, " "), "- Select the ", strlen("- Select the ")) == 0)
            return true;
    }
    return false;
}
