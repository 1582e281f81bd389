/* Generated C on several ranks: compiled by mpicc with a main of its own (runtime/mpi/ranks.c), started by mpirun. Arguments and results go
 * through files of a private folder, so a job that ends early leaves nothing behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/c/c_emit.h"
#include "frontend/driver/emit.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/engine_call.h"
#include "frontend/driver/engine_object.h"
#include "frontend/driver/run_data.h"
#include "ir/walk.h"
#include "ptoc_runtime_text.h"

enum { RANKS_DEFAULT = 2, RESULT_NUMBERS = 5, PAIR_NUMBERS = 3 };
static const char symbol_prefix[] = "jit_";

struct MpiEngine {
    TempDir dir;
    const char *name; /* "mpi", "starpu" */
    const char *program, *compiler, *mpirun;
};

static const char *const compiler_names[] = {"mpicc", NULL};
static const char *const compiler_flags[] = {"-std=c11", "-O3", "-march=native", "-ffp-contract=off", NULL};
static const char *const compiler_attempts[] = {"-fopenmp", "", NULL};
static const Compiler compiler = {.language = "C",
                                  .variable = "MPICC",
                                  .names = compiler_names,
                                  .flags = compiler_flags,
                                  .attempts = compiler_attempts,
                                  .missing = DIAG_DIST_MISSING,
                                  .failed = DIAG_C_COMPILER_FAILED};

static bool is_starpu(const Session *s) { return s->options->dist == DIST_STARPU; }

const char *engine_mpi_compiler(const MpiEngine *engine) { return engine->compiler; }

int engine_mpi_ranks(const Session *s) { return s->options->ranks > 0 ? (int)s->options->ranks : RANKS_DEFAULT; }

/* ---- the program of a rank ------------------------------------------------------------------------------------- */

static const char *ranks_text(void) {
    const char *text = NULL;
    for (int i = 0; i < ptoc_runtime_file_count; i++) {
        if (strcmp(ptoc_runtime_files[i].name, "ranks.c") == 0)
            text = ptoc_runtime_files[i].text;
    }
    return text;
}

/* The words of `pkg-config --cflags --libs`, ended by NULL; NULL after a report. */
static const char *const *starpu_words(Session *s) {
    const char *tool = subprocess_find(s->arena, "pkg-config");
    char *argv[] = {arena_strdup(s->arena, tool ? tool : ""), arena_strdup(s->arena, "--cflags"),
                    arena_strdup(s->arena, "--libs"), arena_strdup(s->arena, "starpumpi-1.3"), NULL};
    Buf output = {0};
    VEC(const char *) words = {NULL, 0, 0};
    int code = tool ? subprocess_run(argv, NULL, &output) : -1;
    for (const char *p = buf_text(&output); code == 0 && *p;) {
        size_t blanks = strspn(p, " \t\n"), n = strcspn(p + blanks, " \t\n");
        if (n > 0)
            VEC_PUSH(s->arena, &words, arena_strndup(s->arena, p + blanks, n));
        p += blanks + n;
    }
    VEC_PUSH(s->arena, &words, NULL);
    buf_free(&output);
    if (code == 0)
        return words.data;
    diag_report(s->dc, DIAG_STARPU_MISSING, SPAN_NONE,
                tool ? "pkg-config knows no starpumpi-1.3" : "there is no pkg-config");
    return NULL;
}

static void find_spread(void *user, Op *op) {
    bool *found = user;
    *found |= op->code == OP_SPREAD;
}

static bool has_chunks(const Module *module) {
    bool found = false;
    for (int i = 0; i < module->funcs.len; i++)
        walk_ops(module->funcs.data[i]->body, find_spread, &found);
    return found;
}

static const char *build(Session *s, MpiEngine *engine, const Module *module, const Buf *program,
                         const Func *workload) {
    Buf text = {0};
    Compiler c = compiler;
    if (is_starpu(s) && !(c.libraries = starpu_words(s)))
        return NULL;
    if (has_chunks(module))
        buf_puts(&text, "#define RANKS_CHUNKS 1\n");
    buf_printf(&text, "#include \"workload.c\"\n#define RANKS_ENTRY %s%s\n#define RANKS_ARGS %s%s_args\n",
               symbol_prefix, workload->name, symbol_prefix, workload->name);
    buf_puts(&text, ranks_text());
    const ObjectFile files[] = {{"program.c", buf_text(&text)}, {"workload.c", buf_text(program)}};
    const char *path = object_make(s, &c, files, 2, &engine->dir, &engine->compiler);
    buf_free(&text);
    return path;
}

MpiEngine *engine_mpi_open(Session *s, const Module *module, const char *source_name, const Func *workload) {
    MpiEngine *engine = ARENA_NEW(s->arena, MpiEngine);
    Buf text = {0};
    engine->name = session_dist(s);
    engine->mpirun = subprocess_find(s->arena, "mpirun");
    if (!engine->mpirun) {
        diag_report(s->dc, DIAG_DIST_MISSING, SPAN_NONE, "there is no mpirun");
        return NULL;
    }
    double begin = session_seconds(s);
    const CEmitOptions options = emit_c_options(s, source_name, symbol_prefix);
    bool ok = c_emit(module, &options, s->dc, &text, NULL);
    session_phase(s, "write C", begin);
    /* A program of which nothing is distributed does not include it. */
    Buf program = {0};
    buf_puts(&program, "#define _XOPEN_SOURCE 700\n#include <mpi.h>\n");
    buf_puts(&program, buf_text(&text));
    engine->program = ok ? build(s, engine, module, &program, workload) : NULL;
    buf_free(&program);
    buf_free(&text);
    return engine->program ? engine : NULL;
}

void engine_mpi_close(MpiEngine *engine) {
    if (engine)
        tempdir_remove(&engine->dir);
}

/* ---- arguments ------------------------------------------------------------------------------------------------- */

static void put_number(Buf *out, int64_t v) { buf_write(out, (const char *)&v, sizeof v); }

static int64_t tensor_bytes(const EvalTensor *t) { return tensor_count(t) * elem_bytes(t->elem); }

static void put_arguments(Buf *out, Arena *arena, const EngineTask *task, const EvalArg *args) {
    const Func *f = task->workload;
    Buf image = {0};
    size_t *places = ARENA_ARRAY(arena, size_t, f->nparams + 1);
    int tensors = 0;
    engine_put_args(&image, f, task->inputs->index_args, args, places);
    for (int i = 0; i < f->nparams; i++)
        tensors += !type_is_tile(f->params[i].value->type);
    put_number(out, task->repetitions);
    put_number(out, task->threads);
    put_number(out, (int64_t)image.len);
    put_number(out, tensors);
    buf_write(out, image.data, image.len);
    for (int i = 0; i < f->nparams; i++) {
        const EvalTensor *t = &args[i].tensor;
        if (type_is_tile(f->params[i].value->type))
            continue;
        put_number(out, (int64_t)places[i]);
        put_number(out, f->params[i].dir != DIR_IN);
        put_number(out, tensor_bytes(t));
        buf_write(out, t->data, (size_t)tensor_bytes(t));
    }
    buf_free(&image);
}

static bool save_arguments(Session *s, const MpiEngine *engine, const EngineTask *task, const EvalArg *args) {
    Buf text = {0};
    const char *path = arena_printf(s->arena, "%s/arguments", engine->dir.path);
    put_arguments(&text, s->arena, task, args);
    int error = buf_save(&text, path);
    if (error)
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, path, strerror(error));
    buf_free(&text);
    return error == 0;
}

/* ---- the job --------------------------------------------------------------------------------------------------- */

/* Ranks share this machine: its threads are split among them, waiting ranks let others run, and nothing is bound to a core. */
static void set_environment(Session *s, const MpiEngine *engine, int ranks) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (geteuid() == 0) {
        setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0);
        setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0);
    }
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0); /* containers forbid one process to read another */
    setenv("STARPU_WORKERS_NOBIND", "1", 0);
    setenv("STARPU_SILENT", "1", 0);
    setenv("STARPU_HOME", engine->dir.path, 0); /* what it measures of this machine is not kept */
    setenv("OMP_NUM_THREADS", arena_printf(s->arena, "%ld", processors > ranks ? processors / ranks : 1), 0);
}

static void report_job(Session *s, int ranks, int code, const Buf *output) {
    const char *text = buf_text(output);
    int length = (int)output->len;
    while (length > 0 && text[length - 1] == '\n')
        length--;
    diag_report(s->dc, DIAG_DIST_JOB, SPAN_NONE, (long long)ranks, ranks == 1 ? "" : "s",
                arena_printf(s->arena, "mpirun returned %d%s%.*s", code, length ? "\n" : "", length, text));
}

static bool run_job(Session *s, const MpiEngine *engine) {
    int ranks = engine_mpi_ranks(s);
    const char *const words[] = {
        engine->mpirun,  "--oversubscribe", "--bind-to", "none", "-np", arena_printf(s->arena, "%d", ranks),
        engine->program, engine->dir.path,  NULL};
    char *argv[sizeof words / sizeof words[0]];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        argv[i] = words[i] ? arena_strdup(s->arena, words[i]) : NULL;
    Buf output = {0};
    set_environment(s, engine, ranks);
    int code = subprocess_run(argv, NULL, &output);
    if (code != 0)
        report_job(s, ranks, code, &output);
    else
        session_say(s, buf_text(&output), output.len); /* of tl.print */
    buf_free(&output);
    return code == 0;
}

/* ---- results --------------------------------------------------------------------------------------------------- */

typedef struct Reader {
    const Buf *text;
    size_t at;
    bool ok;
} Reader;

static void take(Reader *r, void *to, int64_t bytes) {
    r->ok = r->ok && bytes >= 0 && r->text->len - r->at >= (size_t)bytes;
    if (r->ok && bytes > 0)
        memcpy(to, r->text->data + r->at, (size_t)bytes);
    r->at += r->ok ? (size_t)bytes : 0;
}

static void take_pairs(Session *s, Reader *r, int64_t n, EngineRun *out) {
    for (int64_t i = 0; i < n && r->ok; i++) {
        int64_t pair[PAIR_NUMBERS] = {0};
        take(r, pair, sizeof pair);
        if (!r->ok || pair[0] < 0 || (size_t)pair[0] > r->text->len - r->at)
            return;
        const char *name = arena_strndup(s->arena, r->text->data + r->at, (size_t)pair[0]);
        r->at += (size_t)pair[0];
        VEC_PUSH(s->arena, &out->counts, (EvalCount){name, pair[1], pair[2]});
    }
}

static bool take_results(Session *s, const EngineTask *task, const Buf *text, EngineRun *out) {
    Reader r = {text, 0, true};
    int64_t numbers[RESULT_NUMBERS] = {0};
    char *error = ARENA_ARRAY(s->arena, char, PTOC_ERROR_SIZE);
    take(&r, numbers, sizeof numbers);
    take(&r, error, PTOC_ERROR_SIZE);
    out->status = (int)numbers[0];
    out->repetitions = (int)numbers[1];
    out->tasks = numbers[2];
    out->dropped = numbers[3];
    out->error = error;
    if (!r.ok || out->repetitions > task->repetitions)
        return false;
    take(&r, out->seconds, out->repetitions * (int64_t)sizeof *out->seconds);
    take_pairs(s, &r, numbers[4], out);
    for (int i = 0; i < task->workload->nparams; i++) {
        EvalTensor *t = &out->args[i].tensor;
        if (!type_is_tile(task->workload->params[i].value->type) && task->workload->params[i].dir != DIR_IN)
            take(&r, t->data, tensor_bytes(t));
    }
    return r.ok;
}

static bool load_results(Session *s, const MpiEngine *engine, const EngineTask *task, EngineRun *out) {
    enum { MOST = 1 << 30 };
    Buf text = {0};
    const char *path = arena_printf(s->arena, "%s/results", engine->dir.path);
    int error = buf_load(&text, path, (size_t)MOST * 16);
    bool ok = !error && take_results(s, task, &text, out);
    if (!ok)
        diag_report(s->dc, DIAG_FILE_UNREADABLE, SPAN_NONE, path, error ? strerror(error) : "it is not whole");
    buf_free(&text);
    unlink(path);
    return ok;
}

void engine_mpi_run(Session *s, const MpiEngine *engine, const EngineTask *task, EngineRun *out) {
    *out = (EngineRun){.engine = engine->name, .error = "", .status = PTOC_E_UNSUPPORTED};
    out->seconds = ARENA_ARRAY(s->arena, double, task->repetitions + 1);
    out->args = run_args_copy(s->arena, task->workload, task->inputs->args);
    if (save_arguments(s, engine, task, out->args) && run_job(s, engine))
        load_results(s, engine, task, out);
}
