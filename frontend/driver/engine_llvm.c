/* Code of the module ptoc-llvm.so as an engine: it stays loaded until the process ends. */
#include <string.h>

#include "backends/target.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/engine_call.h"
#include "frontend/driver/llvm_code.h"

struct LlvmEngine {
    LlvmCode code;
    const char *march;
};

bool engine_llvm_is_present(Session *s) { return llvm_module_is_present(s) && arch_runs_here(llvm_march(s)); }

const char *engine_llvm_compiler(const LlvmEngine *engine) { return engine->march; }

LlvmEngine *engine_llvm_open(Session *s, const Module *module, const char *source_name) {
    LlvmEngine *engine = ARENA_NEW(s->arena, LlvmEngine);
    engine->march = llvm_march(s);
    return llvm_code_open(s, module, source_name, &engine->code) ? engine : NULL;
}

void engine_llvm_run(Session *s, const LlvmEngine *engine, const EngineTask *task, EngineRun *out) {
    char error[1024] = "";
    void *symbol = llvm_code_entry(&engine->code, task->workload->name, error, sizeof error);
    EngineEntry *entry = NULL;
    memcpy(&entry, &symbol, sizeof entry);
    if (entry) {
        engine_call(s, "llvm", entry, task, out);
        return;
    }
    *out = (EngineRun){.engine = "llvm", .error = "", .status = PTOC_E_UNSUPPORTED};
    diag_report(s->dc, DIAG_OBJECT_LOAD, SPAN_NONE, error);
}
