/* libptoc: jobs in memory over the functions that the commands use. */
#include <assert.h>
#include <string.h>

#include "frontend/driver/compile.h"
#include "frontend/driver/llvm_code.h"
#include "frontend/driver/passes_run.h"
#include "frontend/driver/ptoc.h"

typedef struct Made {
    const char *kind;
    Buf bytes;
} Made;

struct ptoc_result {
    Arena *arena; /* of this struct */
    ExitCode status;
    VEC(Made) made;
    LlvmCode code;
};

const char *ptoc_library_version(void) { return PTOC_VERSION; }

/* ---- the job --------------------------------------------------------------------------------------------------- */

/* An older header knows fewer fields. */
static ptoc_job job_copy(const ptoc_job *from) {
    ptoc_job job = {0};
    memcpy(&job, from, from->size < sizeof job ? from->size : sizeof job);
    return job;
}

static int read_import(void *user, const char *path, Buf *text, Buf *identity) {
    const ptoc_job *job = user;
    const char *found = "";
    size_t size = 0;
    int error = job->import(job->user, path, &found, &size);
    if (error)
        return error;
    buf_write(text, found, size);
    buf_puts(identity, path);
    return 0;
}

/* The place of the program is not an option: a name may begin with `-`. */
static Options *job_options(Arena *arena, const ptoc_job *job) {
    char **argv = ARENA_ARRAY(arena, char *, job->option_count + 2);
    argv[0] = arena_strdup(arena, "libptoc");
    argv[1] = arena_strdup(arena, "PROGRAM");
    for (size_t i = 0; i < job->option_count; i++)
        argv[i + 2] = arena_strdup(arena, job->options[i]);
    Options *options = options_parse(arena, (int)job->option_count + 2, argv);
    options->no_cache = !job->use_cache;
    return options;
}

typedef struct Refused {
    OptionId option;
    const char *why;
} Refused;

static const char prints[] = "it prints", writes[] = "it names a file to write", chosen[] = "ptoc_load has chosen";
static const Refused refused[] = {
    {OPTION_HELP, prints},         {OPTION_VERSION, prints},        {OPTION_PRINT, prints},
    {OPTION_CAPABILITIES, prints}, {OPTION_EXPLAIN, prints},        {OPTION_COMPLETIONS, prints},
    {OPTION_OUTPUT, writes},       {OPTION_HEADER, writes},         {OPTION_DEPFILE, writes},
    {OPTION_DEPFILE_NAME, writes}, {OPTION_DEPFILE_TARGET, writes}, {OPTION_DEPFILE_PHONY, writes},
    {OPTION_DUMP_DIR, writes}};
static const Refused refused_to_load[] = {
    {OPTION_TARGET, chosen},  {OPTION_EMIT, chosen}, {OPTION_ESTIMATE, chosen}, {OPTION_SYMBOL_PREFIX, chosen},
    {OPTION_RUNTIME, chosen}, {OPTION_MCPU, chosen}, {OPTION_DIST, chosen}};

static bool refuse(Session *s, const Refused *rows, size_t count) {
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        if (!s->options->seen[rows[i].option])
            continue;
        diag_report(s->dc, DIAG_LIBRARY_OPTION, SPAN_NONE, option_info(rows[i].option)->spelling, rows[i].why);
        ok = false;
    }
    return ok;
}

static bool check_options(Session *s, bool load) {
    bool ok = options_report(s->options, s->dc) && refuse(s, refused, sizeof refused / sizeof refused[0]);
    if (load)
        ok = ok && refuse(s, refused_to_load, sizeof refused_to_load / sizeof refused_to_load[0]);
    for (int i = 0; i < s->options->emit.len && ok; i++) {
        if (!strchr(s->options->emit.data[i], '='))
            continue;
        diag_report(s->dc, DIAG_LIBRARY_OPTION, SPAN_NONE, "--emit=KIND=FILE", writes);
        ok = false;
    }
    return ok && compile_check_target(s);
}

/* ---- what comes of it ------------------------------------------------------------------------------------------ */

static void take_outputs(ptoc_result *result, EmitPlan *plan) {
    for (int k = 0; k < EMIT_COUNT; k++) {
        if (!plan->of[k])
            continue;
        VEC_PUSH(result->arena, &result->made, ((Made){emit_info((EmitKind)k)->word, plan->of[k]->text}));
        plan->of[k]->text = (Buf){0};
    }
}

static void compile(Session *s, const char *name, ptoc_result *result) {
    EmitPlan plan;
    if (!emit_plan(s, "-", &plan))
        return;
    Program *program = session_load_to_compile(s, name);
    if (program && compile_fill(s, name, program, &plan))
        take_outputs(result, &plan);
    outputs_free(&plan.outputs);
}

static void load(Session *s, const char *name, ptoc_result *result) {
    Program *program = session_load_to_compile(s, name);
    if (!program || !passes_run(s, program, name, program->module))
        return;
    if (program->module->stage == STAGE_BLOCK)
        llvm_code_open(s, program->module, name, &result->code);
    else
        diag_report(s->dc, DIAG_STAGE_END, SPAN_NONE, stage_text(program->module->stage));
}

static ptoc_severity severity_of(DiagSeverity severity) {
    switch (severity) {
    case DIAG_REMARK: return PTOC_REMARK;
    case DIAG_WARNING: return PTOC_WARNING;
    case DIAG_ERROR:
    case DIAG_FATAL: break;
    }
    return PTOC_ERROR;
}

static void tell(Session *s, const ptoc_job *job) {
    Buf rendered = {0};
    for (int i = 0; job->message && i < diag_shown_count(s->dc); i++) {
        buf_clear(&rendered);
        DiagSeen d = diag_see(s->dc, i, &rendered);
        ptoc_message m = {severity_of(d.severity), diag_info(d.code)->code, d.message, NULL, 0, 0, buf_text(&rendered)};
        if (d.span.file >= 0) {
            const SourceFile *file = source_get(s->sources, d.span.file);
            m.file = file->path;
            source_position(file, d.span.begin, &m.line, &m.column);
        }
        job->message(job->user, &m);
    }
    buf_clear(&rendered);
    session_put_reports(s, &rendered);
    session_say(s, buf_text(&rendered), rendered.len);
    buf_free(&rendered);
}

static void work(Arena *arena, const ptoc_job *job, bool to_load, ptoc_result *result) {
    Session s;
    session_init(&s, arena, job_options(arena, job));
    SessionSource source = {job->text, job->text_size, job->import ? read_import : NULL, (void *)job};
    s.source = &source;
    s.say = job->log;
    s.say_user = job->user;
    s.llvm_module = job->llvm_module;
    if (check_options(&s, to_load))
        (to_load ? load : compile)(&s, job->name, result);
    tell(&s, job);
    result->status = session_exit_code(&s);
}

/* ---- the interface --------------------------------------------------------------------------------------------- */

static ptoc_result *create(void) {
    Arena *arena = arena_create();
    ptoc_result *result = ARENA_NEW(arena, ptoc_result);
    result->arena = arena;
    result->status = EXIT_CODE_LIMIT;
    return result;
}

/* What lives over a jump out of a job is volatile. */
static ptoc_result *perform(const ptoc_job *asked, bool to_load) {
    ptoc_result *volatile result = NULL;
    Arena *volatile arena = NULL;
    const ptoc_job job = job_copy(asked);
    ArenaRescue rescue, *before = arena_rescue(&rescue);
    if (setjmp(rescue.back) == 0) {
        result = create();
        arena = arena_create();
        work(arena, &job, to_load, result);
    }
    arena_rescue(before);
    arena_destroy(arena);
    return result;
}

ptoc_result *ptoc_compile(const ptoc_job *job) { return perform(job, false); }

ptoc_result *ptoc_load(const ptoc_job *job) { return perform(job, true); }

void ptoc_result_free(ptoc_result *result) {
    if (!result)
        return;
    for (int i = 0; i < result->made.len; i++)
        buf_free(&result->made.data[i].bytes);
    llvm_code_close(&result->code);
    arena_destroy(result->arena);
}

int ptoc_result_status(const ptoc_result *result) { return (int)result->status; }

const void *ptoc_result_output(const ptoc_result *result, const char *kind, size_t *size) {
    for (int i = 0; i < result->made.len; i++) {
        const Made *m = &result->made.data[i];
        if (strcmp(m->kind, kind) != 0)
            continue;
        if (size)
            *size = m->bytes.len;
        return buf_text(&m->bytes);
    }
    return NULL;
}

ptoc_entry *ptoc_result_entry(const ptoc_result *result, const char *workload) {
    char error[256];
    void *symbol = NULL;
    if (result->code.elf || result->code.loaded)
        symbol = llvm_code_entry(&result->code, workload, error, sizeof error);
    ptoc_entry *entry = NULL;
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function pointer */
    return entry;
}
