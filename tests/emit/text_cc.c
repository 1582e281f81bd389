/* text_cc - ptoc-llvm.so in the place of a C compiler, for emit_tool: text_cc MODULE -ON [ignored flags] -o OUT.so FILE.c
 * The runtime that FILE.c holds is left out, as the module has its own; the lanes of the file choose the machine. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backends/llvm/module.h"
#include "ir/base/buf.h"

static int complain(const char *what, const char *why) {
    fprintf(stderr, "text_cc: %s: %s\n", what, why);
    return 1;
}

static const PtocLlvmApi *open_module(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL), *symbol = handle ? dlsym(handle, "ptoc_llvm_api") : NULL;
    PtocLlvmApiFn *function = NULL;
    memcpy(&function, &symbol, sizeof function);
    return function ? function() : NULL;
}

/* From the heading of the runtime to that of the program. */
static void drop_runtime(const Buf *text, Buf *out) {
    const char *whole = buf_text(text), *begin = strstr(whole, "/* ---- runtime ---- */");
    const char *end = begin ? strstr(begin, "\ntypedef struct ") : NULL;
    for (const char *p = begin; p && (p = strstr(p + 1, "\n/* ---- ")) != NULL;)
        end = p; /* the last heading */
    buf_write(out, whole, begin ? (size_t)(begin - whole) : text->len);
    buf_puts(out, end ? end : "");
}

static const char *march_of(const char *text) {
    const char *at = strstr(text, "#define PT_VEC_ONLY ");
    int lanes = at ? atoi(at + strlen("#define PT_VEC_ONLY ")) : 8;
    return lanes == 4 ? "x86-64-v2" : lanes == 16 ? "x86-64-v4" : "x86-64-v3";
}

static void put_bytes(void *user, PtocLlvmKind kind, const void *bytes, size_t size) {
    (void)kind;
    buf_write(user, bytes, size);
}

static int save_and_link(const Buf *bytes, const char *out) {
    char line[2048], object[1024];
    snprintf(object, sizeof object, "%s.o", out);
    int error = buf_save(bytes, object);
    snprintf(line, sizeof line, "cc -shared -fopenmp -o %s %s -lm", out, object);
    return error ? complain(object, strerror(error)) : system(line) != 0;
}

int main(int argc, char **argv) {
    const char *in = NULL, *out = "a.so";
    char error[1024] = "";
    PtocLlvmJob job = {.file = "t.c", .wants[PTOC_LLVM_OBJ] = true, .level = 2};
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], "-O", 2) == 0)
            job.level = atoi(argv[i] + 2);
        else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            out = argv[++i];
        else if (argv[i][0] != '-')
            in = argv[i];
    }
    const PtocLlvmApi *api = argc > 2 ? open_module(argv[1]) : NULL;
    Buf text = {0}, program = {0};
    if (!api || !in || buf_load(&text, in, (size_t)1 << 28) != 0)
        return complain(in ? in : "usage", api ? "no such file" : "no module");
    drop_runtime(&text, &program);
    job.text = buf_text(&program);
    job.march = march_of(buf_text(&text));
    Buf object = {0};
    job.put = put_bytes;
    job.user = &object;
    int status = api->compile(&job, error, sizeof error) ? save_and_link(&object, out) : complain(in, error);
    buf_free(&object);
    buf_free(&text);
    buf_free(&program);
    return status;
}
