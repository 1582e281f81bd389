#include "frontend/driver/engine_call.h"

#include <string.h>

#include "frontend/driver/run_data.h"
#include "frontend/driver/subprocess.h"
#include "frontend/example.h"

/* Appends a field of `size` bytes at its natural alignment, as C lays structs out. */
static void put_field(Buf *args, const void *value, size_t size) {
    while (args->len % size)
        buf_putc(args, '\0');
    buf_write(args, value, size);
}

static void put_scalar(Buf *args, Elem elem, const EvalArg *arg) {
    uint64_t cell = 0;
    if (elem_is_float(elem))
        example_store_float(elem, &cell, 0, arg->f);
    else
        memcpy(&cell, &arg->i, sizeof cell);
    put_field(args, &cell, (size_t)elem_bytes(elem));
}

/* NAME_args as CLI.md lays it out: symbols, then parameters in order; a strided tensor is followed by its strides. */
void engine_put_args(Buf *out, const Func *f, const int64_t *index_args, const EvalArg *args, size_t *places) {
    for (int i = 0; i < f->nindex_params; i++)
        if (!f->index_params[i].is_entries)
            put_field(out, &index_args[i], sizeof index_args[i]);
    for (int i = 0; i < f->nparams; i++) {
        const Type *type = f->params[i].value->type;
        if (type_is_tile(type)) {
            put_scalar(out, type->elem, &args[i]);
            continue;
        }
        put_field(out, &args[i].tensor.data, sizeof args[i].tensor.data);
        if (places)
            places[i] = out->len - sizeof args[i].tensor.data;
        for (int d = 0; type->strided && d < type->rank; d++)
            put_field(out, &args[i].tensor.strides[d], sizeof args[i].tensor.strides[d]);
    }
    buf_write(out, "\0\0\0\0\0\0\0", sizeof(int64_t)); /* never empty */
}

static void take_stats(Session *s, const ptoc_stats *stats, EngineRun *out) {
    out->tasks = stats->total;
    out->dropped = stats->dropped;
    out->counts.len = 0;
    for (int i = 0; i < stats->count; i++) {
        const ptoc_stats_entry *e = &stats->entries[i];
        VEC_PUSH(s->arena, &out->counts, (EvalCount){e->kernel, e->tier, e->tasks});
    }
}

/* A file in a private folder, whose text is taken when the run is over. */
static const char *trace_file(Session *s, const EngineTask *task, TempDir *dir) {
    int error = task->trace ? tempdir_create(dir) : 0;
    if (error)
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, dir->path, strerror(error));
    return task->trace && !error ? arena_printf(s->arena, "%s/trace.json", dir->path) : NULL;
}

static void take_trace(const char *path, TempDir *dir, EngineRun *out) {
    if (!path)
        return;
    buf_load(&out->trace, path, SIZE_MAX / 2); /* a run that failed at once has none */
    tempdir_remove(dir);
}

void engine_call(Session *s, const char *engine, EngineEntry *entry, const EngineTask *task, EngineRun *out) {
    const Func *f = task->workload;
    *out = (EngineRun){.engine = engine, .error = ""};
    out->seconds = ARENA_ARRAY(s->arena, double, task->repetitions);
    out->args = run_args_copy(s->arena, f, task->inputs->args);
    Buf args = {0};
    engine_put_args(&args, f, task->inputs->index_args, out->args, NULL);
    TempDir dir = {.path = ""};
    const char *trace = trace_file(s, task, &dir);
    for (int i = 0; i < task->repetitions && out->status == PTOC_OK; i++) {
        if (i > 0)
            run_args_restore(f, out->args, task->inputs->args);
        ptoc_stats *stats = ARENA_NEW(s->arena, ptoc_stats);
        ptoc_options *options = ARENA_NEW(s->arena, ptoc_options);
        options->size = sizeof *options;
        options->threads = task->threads;
        options->stats = stats;
        options->trace_file = trace;
        double begin = session_seconds(s);
        out->trace_begin = begin;
        out->status = entry(args.data, options);
        out->seconds[out->repetitions++] = session_seconds(s) - begin;
        out->error = options->error;
        take_stats(s, stats, out);
    }
    take_trace(trace, &dir, out);
    buf_free(&args);
}
