/* From text C to bytes: read it, link the runtime, optimise, write. Each job has a context of its own and nothing stays behind. */
#include "backends/llvm/codegen.h"
#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Error.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "backends/llvm/tc.h"

typedef struct Codegen {
    const PtocLlvmJob *job;
    const Machine *machine;
    char *cpu, *features; /* as LLVM knows them; freed at the end */
    LLVMTargetMachineRef target;
    LLVMContextRef context;
    Tc *tc;
    char *error;
    size_t room;
} Codegen;

static bool fail(Codegen *g, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(g->error, g->room, fmt, ap);
    va_end(ap);
    return false;
}

/* The end of a phase that went well. */
static bool phase(const Codegen *g, const char *name, bool ok) {
    if (ok && g->job->phase)
        g->job->phase(g->job->user, name);
    return ok;
}

/* ---- the machine ---- */

/* When the module is loaded: LLVM's tables of targets are not made for several threads at once. */
__attribute__((constructor)) static void init_targets(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
}

static LLVMCodeGenOptLevel codegen_level(int level) {
    return level <= 0   ? LLVMCodeGenLevelNone
           : level == 1 ? LLVMCodeGenLevelLess
           : level == 2 ? LLVMCodeGenLevelDefault
                        : LLVMCodeGenLevelAggressive;
}

static bool open_machine(Codegen *g) {
    const PtocLlvmJob *job = g->job;
    LLVMTargetRef target;
    char *why = NULL;
    g->machine = machine_find(job->march);
    if (!g->machine)
        return fail(g, "no runtime was built for -march=%s", job->march);
    bool native = job->cpu && strcmp(job->cpu, "native") == 0;
    g->cpu = native ? LLVMGetHostCPUName() : LLVMCreateMessage(job->cpu ? job->cpu : g->machine->cpu);
    g->features = native ? LLVMGetHostCPUFeatures() : LLVMCreateMessage(g->machine->features);
    if (LLVMGetTargetFromTriple(g->machine->triple, &target, &why)) {
        fail(g, "%s", why);
        LLVMDisposeMessage(why);
        return false;
    }
    if (job->cpu && !native && !machine_knows_processor(g->machine, g->cpu))
        return fail(g, "-mcpu=%s is no processor of %s", g->cpu, g->machine->triple);
    g->target = LLVMCreateTargetMachine(target, g->machine->triple, g->cpu, g->features, codegen_level(job->level),
                                        LLVMRelocPIC, LLVMCodeModelDefault);
    return g->target || fail(g, "LLVM makes no code for -march=%s", job->march);
}

/* ---- the program ---- */

static bool open_runtime(Codegen *g) {
    Tc *c = g->tc;
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(
        g->machine->bitcode, (size_t)(g->machine->bitcode_end - g->machine->bitcode), "runtime", false);
    if (LLVMGetBitcodeModuleInContext2(g->context, buffer, &c->runtime)) /* functions are read when they are wanted */
        return fail(g, "the runtime in the module cannot be read");
    LLVMSetTarget(c->runtime, g->machine->triple);
    return true;
}

static void init_program(Codegen *g, Arena *arena) {
    Tc *c = g->tc = ARENA_NEW(arena, Tc);
    c->arena = arena;
    c->strings = strtab_create(arena);
    c->context = g->context;
    c->module = LLVMModuleCreateWithNameInContext(g->job->file, g->context);
    c->builder = LLVMCreateBuilderInContext(g->context);
    c->layout = LLVMCreateTargetDataLayout(g->target);
    c->lines = g->job->lines;
    LLVMSetTarget(c->module, g->machine->triple);
    LLVMSetModuleDataLayout(c->module, c->layout);
}

static bool read_program(Codegen *g) {
    Tc *c = g->tc;
    if (setjmp(c->failure))
        return fail(g, "%s", c->error);
    tc_types_init(c);
    tc_names_init(c);
    c->prototypes = true;
    tc_file(c, tc_lex(c, g->machine->declarations, "runtime"));
    c->prototypes = false;
    const TcToken *program = tc_lex(c, g->job->text, g->job->file);
    tc_debug_begin(c, g->job->producer ? g->job->producer : "ptoc");
    tc_file(c, program);
    if (c->lines)
        LLVMDIBuilderFinalize(c->debug);
    return true;
}

/* ---- the runtime ---- */

static bool is_exported(const Tc *c, const char *name) {
    for (int i = 0; i < c->exported.len; i++)
        if (strcmp(LLVMGetValueName2(c->exported.data[i], &(size_t){0}), name) == 0)
            return true;
    return false;
}

static void set_machine(const Codegen *g, LLVMValueRef f) {
    LLVMAddTargetDependentFunctionAttr(f, "target-cpu", g->cpu);
    if (*g->features)
        LLVMAddTargetDependentFunctionAttr(f, "target-features", g->features);
}

/* Only the entry points are seen from outside; all functions are for one machine, so that any of them can go into any other. */
static void close_world(Codegen *g) {
    Tc *c = g->tc;
    for (LLVMValueRef f = LLVMGetFirstFunction(c->module); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f))
            continue;
        if (!is_exported(c, LLVMGetValueName2(f, &(size_t){0})))
            LLVMSetLinkage(f, LLVMInternalLinkage);
        set_machine(g, f);
    }
    for (LLVMValueRef v = LLVMGetFirstGlobal(c->module); v; v = LLVMGetNextGlobal(v))
        if (!LLVMIsDeclaration(v) && LLVMGetLinkage(v) != LLVMPrivateLinkage)
            LLVMSetLinkage(v, LLVMInternalLinkage);
}

static bool link_runtime(Codegen *g) {
    Tc *c = g->tc;
    char *why = NULL;
    if (LLVMVerifyModule(c->module, LLVMReturnStatusAction, &why)) {
        fail(g, "%s", why);
        LLVMDisposeMessage(why);
        return false;
    }
    LLVMDisposeMessage(why);
    LLVMModuleRef runtime = c->runtime;
    c->runtime = NULL;
    if (LLVMLinkModules2(c->module, runtime))
        return fail(g, "the runtime does not link");
    close_world(g);
    return true;
}

/* The text is vectors and simple loops already, and the runtime's functions are optimised when ptoc is built: what is left to do is to
 * put them into each other, to tidy up, and to unroll. A third of the time of default<O2>. */
static const char quick_passes[] =
    "cgscc(inline),globaldce,"
    "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,loop-mssa(loop-rotate,licm),"
    "loop(indvars,loop-deletion,loop-unroll-full),sroa,gvn,dse,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-unroll<O2;no-runtime>,simplifycfg,early-cse),globaldce";

static bool optimise(Codegen *g) {
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopUnrolling(options, true);
    LLVMPassBuilderOptionsSetLoopVectorization(options, true);
    LLVMPassBuilderOptionsSetSLPVectorization(options, true);
    LLVMPassBuilderOptionsSetLoopInterleaving(options, true);
    char passes[16];
    int level = g->job->level < 0 ? 0 : g->job->level > 3 ? 3 : g->job->level;
    snprintf(passes, sizeof passes, "default<O%d>", level);
    bool quick = g->job->quick && level == 2;
    LLVMErrorRef error = LLVMRunPasses(g->tc->module, quick ? quick_passes : passes, g->target, options);
    LLVMDisposePassBuilderOptions(options);
    if (error) {
        char *why = LLVMGetErrorMessage(error);
        fail(g, "%s", why);
        LLVMDisposeErrorMessage(why);
    }
    return !error;
}

/* ---- bytes ---- */

static bool give_buffer(Codegen *g, PtocLlvmKind kind, LLVMMemoryBufferRef buffer) {
    g->job->put(g->job->user, kind, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer));
    LLVMDisposeMemoryBuffer(buffer);
    return true;
}

static bool give_text(Codegen *g, PtocLlvmKind kind, char *text) {
    g->job->put(g->job->user, kind, text, strlen(text));
    LLVMDisposeMessage(text);
    return true;
}

/* Making code changes the module. */
static bool give_code(Codegen *g, PtocLlvmKind kind, LLVMModuleRef m) {
    LLVMMemoryBufferRef buffer;
    char *why = NULL;
    LLVMCodeGenFileType type = kind == PTOC_LLVM_ASM ? LLVMAssemblyFile : LLVMObjectFile;
    if (!LLVMTargetMachineEmitToMemoryBuffer(g->target, m, type, &why, &buffer))
        return give_buffer(g, kind, buffer);
    fail(g, "%s", why);
    LLVMDisposeMessage(why);
    return false;
}

static bool give_assembly_of_copy(Codegen *g) {
    LLVMModuleRef copy = LLVMCloneModule(g->tc->module);
    bool ok = give_code(g, PTOC_LLVM_ASM, copy);
    LLVMDisposeModule(copy);
    return ok;
}

static bool write(Codegen *g) {
    const bool *wants = g->job->wants;
    LLVMModuleRef m = g->tc->module;
    return (!wants[PTOC_LLVM_IR] || give_text(g, PTOC_LLVM_IR, LLVMPrintModuleToString(m))) &&
           (!wants[PTOC_LLVM_BC] || give_buffer(g, PTOC_LLVM_BC, LLVMWriteBitcodeToMemoryBuffer(m))) &&
           (!wants[PTOC_LLVM_ASM] || give_assembly_of_copy(g)) &&
           (!wants[PTOC_LLVM_OBJ] || give_code(g, PTOC_LLVM_OBJ, m));
}

static void close_program(Codegen *g) {
    Tc *c = g->tc;
    if (c->debug)
        LLVMDisposeDIBuilder(c->debug);
    if (c->runtime)
        LLVMDisposeModule(c->runtime);
    LLVMDisposeBuilder(c->builder);
    LLVMDisposeTargetData(c->layout);
    LLVMDisposeModule(c->module);
}

/* LLVM warns of what it may not do as it was asked (an unrolling); that is no concern of the user. */
static void ignore(LLVMDiagnosticInfoRef info, void *user) { (void)info, (void)user; }

static bool make(Codegen *g, Arena *arena) {
    if (!open_machine(g))
        return false;
    g->context = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(g->context, ignore, NULL);
    LLVMContextSetDiscardValueNames(g->context, !g->job->wants[PTOC_LLVM_IR]); /* names are for readers */
    init_program(g, arena);
    bool ok = phase(g, "open the runtime", open_runtime(g)) && phase(g, "read text C", read_program(g)) &&
              phase(g, "link the runtime", link_runtime(g)) && phase(g, "optimise", optimise(g)) &&
              phase(g, "write code", write(g));
    close_program(g);
    LLVMContextDispose(g->context);
    LLVMDisposeTargetMachine(g->target);
    return ok;
}

/* Without memory for the reader the job ends; what LLVM holds of it then is lost. */
static bool make_or_lack(Codegen *g) {
    Arena *volatile arena = NULL;
    volatile bool ok = false;
    ArenaRescue rescue, *before = arena_rescue(&rescue);
    if (setjmp(rescue.back) == 0) {
        arena = arena_create();
        ok = make(g, arena);
    } else {
        fail(g, "out of memory (%zu more bytes were asked for)", rescue.wanted);
    }
    arena_rescue(before);
    arena_destroy(arena);
    return ok;
}

bool codegen_compile(const PtocLlvmJob *job, char *error, size_t room) {
    Codegen g = {.job = job, .error = error, .room = room};
    bool ok = make_or_lack(&g);
    LLVMDisposeMessage(g.cpu);
    LLVMDisposeMessage(g.features);
    return ok;
}
