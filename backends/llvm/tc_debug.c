/* Lines for the debugger: -g makes the printer write #line, and every statement takes the place of its token. */
#include <string.h>
#include "backends/llvm/tc.h"

static LLVMMetadataRef debug_file(Tc *c, int file) {
    while (c->debug_files.len <= file) {
        const char *path = c->files.data[c->debug_files.len], *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        VEC_PUSH(c->arena, &c->debug_files,
                 LLVMDIBuilderCreateFile(c->debug, name, strlen(name), slash ? path : ".",
                                         slash ? (size_t)(slash - path) : 1));
    }
    return c->debug_files.data[file];
}

void tc_debug_begin(Tc *c, const char *producer) {
    if (!c->lines)
        return;
    c->debug = LLVMCreateDIBuilder(c->module);
    int file = c->files.len > 0 ? c->files.len - 1 : 0;
    c->unit = LLVMDIBuilderCreateCompileUnit(c->debug, LLVMDWARFSourceLanguageC11, debug_file(c, file), producer,
                                             strlen(producer), true, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0, false,
                                             false, "", 0, "", 0);
    LLVMValueRef version = tc_int(c, c->type_i32, LLVMDebugMetadataVersion());
    static const char key[] = "Debug Info Version", dwarf[] = "Dwarf Version";
    LLVMAddModuleFlag(c->module, LLVMModuleFlagBehaviorWarning, key, sizeof key - 1, LLVMValueAsMetadata(version));
    LLVMAddModuleFlag(c->module, LLVMModuleFlagBehaviorWarning, dwarf, sizeof dwarf - 1,
                      LLVMValueAsMetadata(tc_int(c, c->type_i32, 4)));
}

LLVMMetadataRef tc_debug_function(Tc *c, LLVMValueRef function, const char *name, const TcToken *at) {
    if (!c->lines)
        return NULL;
    LLVMMetadataRef file = debug_file(c, at->file);
    LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(c->debug, file, NULL, 0, LLVMDIFlagZero);
    unsigned line = (unsigned)(at->line > 0 ? at->line : 1);
    LLVMMetadataRef scope = LLVMDIBuilderCreateFunction(c->debug, file, name, strlen(name), name, strlen(name), file,
                                                        line, type, true, true, line, LLVMDIFlagZero, true);
    LLVMSetSubprogram(function, scope);
    return scope;
}

/* Instructions to come belong to the token that stands here. */
void tc_debug_line(Tc *c) {
    if (!c->lines || !c->function || !c->function->scope)
        return;
    LLVMMetadataRef place = LLVMDIBuilderCreateDebugLocation(c->context, (unsigned)(c->at->line > 0 ? c->at->line : 1),
                                                             0, c->function->scope, NULL);
    LLVMSetCurrentDebugLocation2(c->builder, place);
}
