/* Objects in memory, by ORC. What code may call of the system is a table: nothing depends on what the process happens to export. */
#include <dlfcn.h>
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

typedef void AnyFn(void);
typedef struct Callee {
    const char *name;
    AnyFn *function;
} Callee;

static const Callee callees[] = {
#define CALLEE(NAME) {#NAME, (AnyFn *)NAME},
#include "backends/llvm/callee.def"
#undef CALLEE
};

enum { NCALLEES = (int)(sizeof callees / sizeof callees[0]), NOPENMP = 2 };

static uint64_t address_of(AnyFn *f) {
    uint64_t address;
    memcpy(&address, &f, sizeof address);
    return address;
}

static LLVMOrcCSymbolMapPair symbol(LLVMOrcLLJITRef jit, const char *name, uint64_t address) {
    LLVMOrcCSymbolMapPair pair = {.Name = LLVMOrcLLJITMangleAndIntern(jit, name)};
    pair.Sym.Address = address;
    pair.Sym.Flags.GenericFlags = LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable;
    return pair;
}

/* 0, as a weak symbol that nobody has: the runtime then makes threads itself. */
static uint64_t openmp_symbol(const Loaded *l, const char *name) {
    void *p = l->openmp ? dlsym(l->openmp, name) : NULL;
    return (uint64_t)(uintptr_t)p;
}

static LLVMErrorRef define_callees(Loaded *l) {
    LLVMOrcCSymbolMapPair pairs[NCALLEES + NOPENMP + 1];
    size_t n = 0;
    for (int i = 0; i < NCALLEES; i++)
        pairs[n++] = symbol(l->jit, callees[i].name, address_of(callees[i].function));
    pairs[n++] = symbol(l->jit, "GOMP_parallel", openmp_symbol(l, "GOMP_parallel"));
    pairs[n++] = symbol(l->jit, "omp_get_max_threads", openmp_symbol(l, "omp_get_max_threads"));
    pairs[n++] = symbol(l->jit, "stderr", (uint64_t)(uintptr_t)&stderr);
    return LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(l->jit), LLVMOrcAbsoluteSymbols(pairs, n));
}

static void *open_openmp(void) {
    static const char *const names[] = {"libgomp.so.1", "libomp.so.5", "libomp.so", NULL};
    void *handle = NULL;
    for (const char *const *n = names; *n && !handle; n++)
        handle = dlopen(*n, RTLD_NOW | RTLD_LOCAL);
    return handle;
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
    l->openmp = open_openmp();
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
