/* Does LLVM know a processor? Its C interface does not tell: of an unknown name it complains on standard error, and may end the
 * process when it makes code. So a child makes a machine and a module of nothing, and what it says there is the answer. */
#include "backends/llvm/codegen.h"
#include <llvm-c/Core.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_nothing(LLVMTargetRef target, const char *triple, const char *cpu) {
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(target, triple, cpu, "", LLVMCodeGenLevelNone, LLVMRelocPIC, LLVMCodeModelDefault);
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = LLVMModuleCreateWithNameInContext("nothing", context);
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(context), NULL, 0, 0);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
    LLVMSetTarget(module, triple);
    LLVMPositionBuilderAtEnd(builder,
                             LLVMAppendBasicBlockInContext(context, LLVMAddFunction(module, "nothing", type), ""));
    LLVMBuildRetVoid(builder);
    LLVMMemoryBufferRef bytes;
    char *why = NULL;
    LLVMTargetMachineEmitToMemoryBuffer(machine, module, LLVMAssemblyFile, &why, &bytes);
}

bool cpu_is_known(LLVMTargetRef target, const char *triple, const char *cpu) {
    int ends[2], status = 0;
    if (pipe(ends))
        return true; /* LLVM will say it */
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        make_nothing(target, triple, cpu);
        _exit(0);
    }
    close(ends[1]);
    char first;
    bool silent = read(ends[0], &first, 1) <= 0;
    close(ends[0]);
    return child < 0 || (waitpid(child, &status, 0) == child && silent && WIFEXITED(status));
}
