/* Objects in memory, by ORC. What code may call of the system is a table: nothing depends on what the process happens to export. */
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <stdio.h>
#include <string.h>
#include "backends/llvm/callee.h"
#include "backends/llvm/codegen.h"
#include "ir/base/arena.h"

typedef struct Loaded {
    Arena *arena; /* of this struct */
    LLVMOrcLLJITRef jit;
    void *openmp; /* libgomp or libomp; NULL: neither is here */
} Loaded;

static bool complain(LLVMErrorRef error, char *text, size_t room) {
    char *why = LLVMGetErrorMessage(error);
    snprintf(text, room, "%s", why);
    LLVMDisposeErrorMessage(why);
    return false;
}

/* ---- what code may call ---- */

enum { MOST_CALLEES = 128 };

static LLVMOrcCSymbolMapPair symbol(LLVMOrcLLJITRef jit, const char *name, uint64_t address) {
    LLVMOrcCSymbolMapPair pair = {.Name = LLVMOrcLLJITMangleAndIntern(jit, name)};
    pair.Sym.Address = address;
    pair.Sym.Flags.GenericFlags = LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable;
    return pair;
}

static LLVMErrorRef define_callees(Loaded *l) {
    LLVMOrcCSymbolMapPair pairs[MOST_CALLEES];
    size_t n = 0;
    for (const char *name; n < MOST_CALLEES && (name = callee_name((int)n)); n++)
        pairs[n] = symbol(l->jit, name, callee_address(name, &l->openmp));
    return LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(l->jit), LLVMOrcAbsoluteSymbols(pairs, n));
}

/* ---- loading ---- */

static bool start(Loaded *l, char *error, size_t room) {
    LLVMErrorRef e = LLVMOrcCreateLLJIT(&l->jit, LLVMOrcCreateLLJITBuilder());
    if (e)
        return complain(e, error, room);
    e = define_callees(l);
    return e ? complain(e, error, room) : true;
}

void *jit_load(const void *object, size_t size, char *error, size_t room) {
    Arena *arena = arena_create();
    Loaded *l = ARENA_NEW(arena, Loaded);
    l->arena = arena;
    if (start(l, error, room)) {
        LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(object, size, "program");
        LLVMErrorRef e = LLVMOrcLLJITAddObjectFile(l->jit, LLVMOrcLLJITGetMainJITDylib(l->jit), buffer);
        if (!e)
            return l;
        complain(e, error, room);
    }
    jit_unload(l);
    return NULL;
}

void *jit_symbol(void *loaded, const char *name, char *error, size_t room) {
    Loaded *l = loaded;
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef e = LLVMOrcLLJITLookup(l->jit, &address, name);
    if (e) {
        complain(e, error, room);
        return NULL;
    }
    return (void *)(uintptr_t)address;
}

/* The OpenMP runtime stays: its threads may live on. */
void jit_unload(void *loaded) {
    Loaded *l = loaded;
    if (l->jit) {
        LLVMErrorRef e = LLVMOrcDisposeLLJIT(l->jit);
        if (e)
            LLVMConsumeError(e);
    }
    arena_destroy(l->arena);
}
