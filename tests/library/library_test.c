/* The library as a program sees it: outputs in memory, messages, imports, options that it refuses, code that is called, and all of that in
 * several threads at once with the bytes of one thread. */
#include <errno.h>
#include <ptoc.h>
#include <ptoc_rt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int failures;

#define CHECK(x) ((x) ? (void)0 : (void)(failures++, printf("%s:%d: %s\n", __FILE__, __LINE__, #x)))

static const char program[] = "import \"lib/twice.pto\";\n"
                              "const K = 3;\n"
                              "kernel scale_rows(x: in f32[M, N], y: out f32[M, N]) {\n"
                              "    tl.store(y, twice(tl.load(x)) * K);\n"
                              "}\n"
                              "workload scale(x: in f32[M, N], y: out f32[M, N]) { scale_rows(x, y); }\n";
static const char imported[] = "func twice(x) { return x + x; }\n";

typedef struct scale_args {
    int64_t M, N;
    const float *x;
    float *y;
} scale_args;

/* ---- jobs ---- */

typedef struct Heard {
    int messages, logs, imports;
    char last[16], rendered[512];
    int line;
} Heard;

static void hear(void *user, const ptoc_message *m) {
    Heard *h = user;
    h->messages++;
    snprintf(h->last, sizeof h->last, "%s", m->code);
    snprintf(h->rendered, sizeof h->rendered, "%s", m->rendered);
    h->line = m->line;
}

static void hear_log(void *user, const char *log, size_t size) {
    (void)log;
    ((Heard *)user)->logs += size > 0;
}

static int give(void *user, const char *path, const char **text, size_t *size) {
    ((Heard *)user)->imports++;
    if (strcmp(path, "folder/lib/twice.pto") != 0)
        return ENOENT;
    *text = imported;
    *size = strlen(imported);
    return 0;
}

static ptoc_job job_of(const char *text, const char *const *options, size_t count, Heard *heard) {
    ptoc_job job = {.size = sizeof job, .name = "folder/-odd.pto", .text = text, .text_size = strlen(text)};
    job.options = options;
    job.option_count = count;
    job.message = hear;
    job.log = hear_log;
    job.import = give;
    job.user = heard;
#ifdef LLVM_MODULE
    job.llvm_module = LLVM_MODULE;
#endif
    return job;
}

/* Compiles; says which status and which last code is expected. */
static void expect(const char *text, const char *option, int status, const char *code) {
    Heard heard = {0};
    ptoc_job job = job_of(text, &option, option ? 1 : 0, &heard);
    ptoc_result *r = ptoc_compile(&job);
    if (ptoc_result_status(r) != status || strcmp(heard.last, code) != 0)
        failures++, printf("%s: status %d, code %s: %s\n", option, ptoc_result_status(r), heard.last, heard.rendered);
    CHECK(status == 0 || !ptoc_result_output(r, "c", NULL));
    ptoc_result_free(r);
}

static void test_outputs(void) {
    const char *options[] = {"--emit=c,header,ir", "-DK=5", "--time-report"};
    Heard heard = {0};
    ptoc_job job = job_of(program, options, 3, &heard);
    ptoc_result *r = ptoc_compile(&job);
    size_t size = 0;
    const char *c = ptoc_result_output(r, "c", &size);
    CHECK(ptoc_result_status(r) == 0 && heard.imports == 1 && heard.logs == 1);
    CHECK(c && size == strlen(c) && strstr(c, "int scale("));
    CHECK(ptoc_result_output(r, "header", NULL) && ptoc_result_output(r, "ir", NULL) &&
          !ptoc_result_output(r, "obj", NULL));
    CHECK(!ptoc_result_entry(r, "scale"));
    ptoc_result_free(r);
    ptoc_result_free(NULL);
}

static void test_messages(void) {
    Heard heard = {0};
    ptoc_job job = job_of("kernel k(x: in f32[M, N], y: out f32[M, N]) {\n    tl.store(y, z);\n}\n", NULL, 0, &heard);
    ptoc_result *r = ptoc_compile(&job);
    CHECK(ptoc_result_status(r) == 1 && heard.messages == 1 && heard.line == 2);
    CHECK(strncmp(heard.rendered, "folder/-odd.pto:2:17: error: [E", 31) == 0);
    ptoc_result_free(r);
    job.message = NULL;
    job.size = offsetof(ptoc_job, llvm_module); /* an older header */
    r = ptoc_compile(&job);
    CHECK(ptoc_result_status(r) == 1);
    ptoc_result_free(r);
    expect("import \"none.pto\";\n", NULL, 3, "E0207");
    expect(program, "-o", 2, "E0802");
    expect(program, "run", 2, "E0807");
    expect(program, "--help", 2, "E0847");
    expect(program, "--header=x.h", 2, "E0847");
    expect(program, "--emit=c=x.c", 2, "E0847");
    expect(program, "--print=ops", 2, "E0847");
    expect(program, "--dump-dir=x", 2, "E0847");
    expect(program, "--wrong", 2, "E0801");
}

/* ---- code ---- */

/* Loads with K = factor and calls; false when the results are wrong. */
static int load_and_call(int factor) {
    enum { M = 3, N = 7 };
    float x[M * N], y[M * N];
    char define[32];
    Heard heard = {0};
    const char *options[] = {define};
    snprintf(define, sizeof define, "-DK=%d", factor);
    for (int i = 0; i < M * N; i++)
        x[i] = (float)i;
    ptoc_job job = job_of(program, options, 1, &heard);
    ptoc_result *r = ptoc_load(&job);
    ptoc_entry *scale = ptoc_result_entry(r, "scale");
    scale_args args = {M, N, x, y};
    int ok = ptoc_result_status(r) == 0 && scale && scale(&args, NULL) == PTOC_OK && !ptoc_result_entry(r, "other");
    for (int i = 0; i < M * N && ok; i++)
        ok = y[i] == (float)(2 * factor * i);
    ptoc_result_free(r);
    return ok;
}

static void test_load(void) {
    Heard heard = {0};
    const char *option = "--target=llvm";
    ptoc_job job = job_of(program, &option, 1, &heard);
    ptoc_result *r = ptoc_load(&job);
    CHECK(ptoc_result_status(r) == 2 && strcmp(heard.last, "E0847") == 0 && !ptoc_result_entry(r, "scale"));
    CHECK(strcmp(heard.rendered,
                 "ptoc: error: [E0847] option `--target` has no meaning for libptoc: ptoc_load has chosen\n") == 0);
    ptoc_result_free(r);
    job.option_count = 0;
    job.llvm_module = "/nonexistent.so";
    r = ptoc_load(&job);
    CHECK(ptoc_result_status(r) == 3 && strcmp(heard.last, "E0838") == 0);
    ptoc_result_free(r);
#ifdef LLVM_MODULE
    CHECK(load_and_call(4));
#endif
}

/* Nothing stays of what was freed. */
static void test_memory(int rounds) {
#ifdef LLVM_MODULE
    struct rusage before, after;
    for (int i = 0; i < rounds / 4 + 1; i++)
        CHECK(load_and_call(i));
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < rounds; i++)
        CHECK(load_and_call(i));
    getrusage(RUSAGE_SELF, &after);
    printf("%d rounds: %ld KiB more\n", rounds, after.ru_maxrss - before.ru_maxrss);
    /* A few rounds only warm up: under valgrind, which keeps what was freed for a while, and counts what is lost by itself. */
    CHECK(rounds < 2 || after.ru_maxrss - before.ru_maxrss < 256L * rounds + 4096);
#else
    (void)rounds;
#endif
}

/* ---- threads ---- */

enum { MOST_THREADS = 4, KINDS = 2 };
static const char *const targets[KINDS] = {"--target=c", "--target=llvm"};
static const char *const kinds[KINDS] = {"c", "obj"};

typedef struct Worker {
    pthread_t thread;
    int number, rounds, wrong;
    const ptoc_result *(*same)[KINDS];
} Worker;

static ptoc_result *compile(int number, int kind) {
    char define[32];
    const char *options[] = {define, targets[kind]};
    Heard heard = {0};
    snprintf(define, sizeof define, "-DK=%d", number + 10);
    ptoc_job job = job_of(program, options, 2, &heard);
    return ptoc_compile(&job);
}

static int differ(const ptoc_result *a, const ptoc_result *b, const char *kind) {
    size_t n = 0, m = 0;
    const void *x = ptoc_result_output(a, kind, &n), *y = ptoc_result_output(b, kind, &m);
    return !x || !y || n != m || memcmp(x, y, n) != 0;
}

static void *work(void *user) {
    Worker *w = user;
    for (int round = 0; round < w->rounds; round++) {
        for (int kind = 0; kind < KINDS; kind++) {
#ifndef LLVM_MODULE
            if (kind > 0)
                continue;
#endif
            ptoc_result *r = compile(w->number, kind);
            w->wrong += differ(r, w->same[w->number][kind], kinds[kind]);
            ptoc_result_free(r);
        }
#ifdef LLVM_MODULE
        w->wrong += !load_and_call(w->number + 2);
#endif
    }
    return NULL;
}

static void test_threads(int threads, int rounds) {
    const ptoc_result *same[MOST_THREADS][KINDS];
    Worker workers[MOST_THREADS];
    for (int i = 0; i < threads; i++)
        for (int kind = 0; kind < KINDS; kind++)
            same[i][kind] = compile(i, kind);
    for (int i = 0; i < threads; i++) {
        workers[i] = (Worker){.number = i, .rounds = rounds, .same = same};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
            exit(1);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK(workers[i].wrong == 0);
        for (int kind = 0; kind < KINDS; kind++)
            ptoc_result_free((ptoc_result *)same[i][kind]);
    }
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : MOST_THREADS, rounds = argc > 2 ? atoi(argv[2]) : 3;
    test_threads(threads, rounds); /* nothing was set up before by one thread alone */
    test_outputs();
    test_messages();
    test_load();
    test_memory(3 * rounds - 2);
    printf("library: %d failures\n", failures);
    return failures != 0;
}
