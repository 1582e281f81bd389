/* rt_tool - at build time: prepares the runtime for the module.
 *
 *   rt_tool bitcode IN.bc OUT.bc    functions are inlined into each other and left to the linker to take or leave (linkonce), without the
 *                                   machine they were compiled for: the program says which one it is
 *   rt_tool declarations IN.i OUT DIR...   of a preprocessed unit, what stands in files under DIR, without bodies and comments */
#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *what, const char *why) {
    fprintf(stderr, "rt_tool: %s: %s\n", what, why);
    return 1;
}

/* ---- bitcode ---- */

static void set_linkage(LLVMModuleRef m, LLVMLinkage linkage) {
    for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMSetLinkage(f, linkage);
}

static void forget_machine(LLVMModuleRef m) {
    static const char *const names[] = {"target-cpu", "target-features", "tune-cpu", "min-legal-vector-width", NULL};
    for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f))
        for (const char *const *n = names; *n; n++)
            LLVMRemoveStringAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, *n,
                                             (unsigned)strlen(*n));
}

static int optimise(LLVMModuleRef m) {
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef error = LLVMRunPasses(m, "thinlto-pre-link<O2>", NULL, options);
    LLVMDisposePassBuilderOptions(options);
    return error ? complain("passes", LLVMGetErrorMessage(error)) : 0;
}

static int bitcode(const char *in, const char *out) {
    LLVMMemoryBufferRef buffer;
    LLVMModuleRef m;
    char *why = NULL;
    if (LLVMCreateMemoryBufferWithContentsOfFile(in, &buffer, &why) || LLVMParseBitcode2(buffer, &m))
        return complain(in, why ? why : "no bitcode");
    static const char *const used[] = {"llvm.used", "llvm.compiler.used", NULL};
    for (const char *const *u = used; *u; u++)
        if (LLVMGetNamedGlobal(m, *u))
            LLVMDeleteGlobal(LLVMGetNamedGlobal(m, *u));
    set_linkage(m, LLVMExternalLinkage);
    if (optimise(m))
        return 1;
    set_linkage(m, LLVMLinkOnceODRLinkage);
    forget_machine(m);
    return LLVMWriteBitcodeToFile(m, out) ? complain(out, "cannot be written") : 0;
}

/* ---- declarations ---- */

static char *load(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = calloc((size_t)n + 1, 1);
    if (text && fread(text, 1, (size_t)n, f) != (size_t)n)
        text[0] = '\0';
    fclose(f);
    return text;
}

/* # 12 "path" */
static int is_wanted(const char *marker, char **dirs, int ndirs) {
    const char *path = strchr(marker, '"');
    for (int i = 0; path && i < ndirs; i++)
        if (strncmp(path + 1, dirs[i], strlen(dirs[i])) == 0)
            return 1;
    return 0;
}

typedef struct Writer {
    FILE *out;
    int depth;   /* of braces that are left out */
    char last;   /* what was written last, but for blanks */
    int members; /* depth of braces that stay: of structs and enums */
    char quote;  /* that a literal began with; '\0': none is open */
    int escaped; /* the next character belongs to a backslash */
} Writer;

/* Braces in literals are none. */
static int is_literal(Writer *w, char ch) {
    int inside = w->quote != '\0';
    if (!inside)
        w->quote = ch == '"' || ch == '\'' ? ch : '\0';
    else if (!w->escaped && ch == w->quote)
        w->quote = '\0';
    w->escaped = inside && !w->escaped && ch == '\\';
    return inside || w->quote != '\0';
}

/* Braces behind `)` hold a body, behind `=` a value. */
static void put(Writer *w, char ch) {
    if (is_literal(w, ch)) {
        if (w->depth == 0)
            fputc(ch, w->out);
        return;
    }
    if (w->depth > 0 || (ch == '{' && !w->members && (w->last == ')' || w->last == '='))) {
        w->depth += ch == '{' ? 1 : ch == '}' ? -1 : 0;
        if (w->depth == 0 && w->last == ')')
            fputs(";\n", w->out);
        return;
    }
    w->members += ch == '{' ? 1 : ch == '}' ? -1 : 0;
    if (ch != ' ')
        w->last = ch;
    if (!(ch == '=' && !w->members))
        fputc(ch, w->out);
    if (ch == ';' && !w->members)
        fputc('\n', w->out);
}

static int declarations(const char *in, const char *out, char **dirs, int ndirs) {
    char *text = load(in);
    Writer w = {.out = fopen(out, "wb")};
    int wanted = 0;
    if (!text || !w.out)
        return complain(text ? out : in, "cannot be opened");
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end)
            break;
        if (*line == '#') {
            wanted = line[1] == ' ' ? is_wanted(line, dirs, ndirs) : wanted;
            continue;
        }
        for (char *p = line; wanted && p < end; p++)
            put(&w, *p == '\t' ? ' ' : *p);
        if (wanted)
            put(&w, ' ');
    }
    free(text);
    return fclose(w.out) ? complain(out, "cannot be written") : 0;
}

/* ---- the processors of a machine ---- */

/* LLVM has their list, but its C interface does not: asked for the processor "help", it prints it. */
static int processors(const char *triple, const char *out) {
    LLVMTargetRef target;
    char *why = NULL;
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    if (LLVMGetTargetFromTriple(triple, &target, &why))
        return complain(triple, why);
    if (!freopen(out, "wb", stderr))
        return complain(out, "cannot be opened");
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(target, triple, "help", "", LLVMCodeGenLevelNone, LLVMRelocPIC, LLVMCodeModelDefault);
    if (machine)
        LLVMDisposeTargetMachine(machine);
    return fclose(stderr) ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "bitcode") == 0)
        return bitcode(argv[2], argv[3]);
    if (argc >= 5 && strcmp(argv[1], "declarations") == 0)
        return declarations(argv[2], argv[3], argv + 4, argc - 4);
    if (argc == 4 && strcmp(argv[1], "processors") == 0)
        return processors(argv[2], argv[3]);
    return complain("usage", "processors TRIPLE OUT | bitcode IN OUT | declarations IN OUT DIR...");
}
