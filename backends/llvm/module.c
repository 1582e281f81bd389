/* The module's one symbol. */
#include "backends/llvm/module.h"
#include "backends/llvm/codegen.h"

__attribute__((visibility("default"))) PtocLlvmApiFn ptoc_llvm_api;

const PtocLlvmApi *ptoc_llvm_api(void) {
    static const PtocLlvmApi api = {.version = PTOC_LLVM_VERSION,
                                    .compile = codegen_compile,
                                    .load = jit_load,
                                    .symbol = jit_symbol,
                                    .unload = jit_unload};
    return &api;
}
