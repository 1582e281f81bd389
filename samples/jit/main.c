/* A kernel that exists only while the program runs: its text is compiled in memory and called, again and again, each time with
 * another constant in it. */
#include <ptoc.h>
#include <ptoc_rt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char text[] = "// y = FACTOR * x + 1\n"
                           "const FACTOR = 1;\n"
                           "kernel scale_rows(x: in f32[M, N], y: out f32[M, N]) {\n"
                           "    let t = tl.load(x);\n"
                           "    tl.store(y, t * FACTOR + 1.0);\n"
                           "}\n"
                           "workload scale(x: in f32[M, N], y: out f32[M, N]) {\n"
                           "    scale_rows(x, y);\n"
                           "}\n";

/* What `ptoc --emit=header` declares for the workload. */
typedef struct scale_args {
    int64_t M, N;
    const float *x;
    float *y;
} scale_args;

enum { M = 3, N = 5 };

static void show(void *user, const ptoc_message *message) {
    (void)user;
    fputs(message->rendered, stderr);
}

static ptoc_result *compile(int factor) {
    char define[32];
    snprintf(define, sizeof define, "-DFACTOR=%d", factor);
    const char *options[] = {define};
    ptoc_job job = {.size = sizeof job, .name = "scale.pto", .text = text, .text_size = strlen(text)};
    job.options = options;
    job.option_count = 1;
    job.message = show;
#ifdef LLVM_MODULE
    job.llvm_module = LLVM_MODULE;
#endif
    return ptoc_load(&job);
}

/* Returns the number of wrong elements, or -1. */
static int try(int factor) {
    float x[M * N], y[M * N];
    int wrong = 0;
    for (int i = 0; i < M * N; i++)
        x[i] = (float)i;
    ptoc_result *result = compile(factor);
    ptoc_entry *scale = result ? ptoc_result_entry(result, "scale") : NULL;
    scale_args args = {.M = M, .N = N, .x = x, .y = y};
    if (!scale || scale(&args, NULL) != PTOC_OK)
        wrong = -1;
    for (int i = 0; i < M * N && wrong >= 0; i++)
        wrong += y[i] != (float)(factor * i + 1);
    ptoc_result_free(result);
    return wrong;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 10;
    for (int factor = 1; factor <= count; factor++) {
        int wrong = try(factor);
        if (wrong != 0) {
            fprintf(stderr, "factor %d: %s\n", factor, wrong < 0 ? "it cannot be compiled or run" : "wrong results");
            return 1;
        }
    }
    printf("%d kernels compiled, called and freed\n", count);
    return 0;
}
