/* emitted - what the compiler makes of whole programs, with planted faults.
 *
 *     emitted FILE.pto [--target=npu-a5 [ISA]]
 *
 * Every example runs on the stand-in under all its schedules and equals the interpreter. Then each flag and barrier of
 * the kernels is left out or gets another id, in two places at once: in the place text, which the verifier judges, and
 * in the run on the stand-in. A fault that changes a run (or that the stand-in finds) is harmful, and the verifier
 * must have refused it. The two share nothing but the fault. With ISA, a folder of the PTO-ISA library, the kernels
 * are compiled against its headers and run on its simulator instead, which knows nothing of flags. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/npu/emit.h"
#include "frontend/driver/engine_npu.h"
#include "frontend/driver/passes_run.h"
#include "frontend/driver/run_data.h"
#include "tests/npu/place_tool.h"

typedef struct Trial { /* an example with its right outputs */
    RunInputs inputs;
    EngineTask task;
    EngineRun right;
} Trial;

typedef struct SyncLine { /* a set, wait or barrier */
    int unit, place;      /* line of the unit's text */
    int kernel;           /* line of the emitted C++ */
} SyncLine;

typedef struct Emitted {
    Session *s;
    const NpuEngine *engine;
    VEC(Trial *) trials;
    VEC(const char *) units; /* place texts */
    VEC(SyncLine) lines;
    int made, harmful, missed, refused;
    bool run_refused; /* faults that the verifier has seen are run, too: for the figures of README.md */
} Emitted;

/* ---- the program ----------------------------------------------------------------------------------------------------
 * */
static int64_t elements(const Func *f, const RunInputs *inputs) {
    int64_t n = 0;
    for (int i = 0; i < f->nparams; i++) {
        if (!type_is_tile(f->params[i].value->type))
            n += tensor_count(&inputs->args[i].tensor);
    }
    return n;
}

static bool add_trials(Emitted *e, const Program *program) {
    enum { MOST = 200000 }; /* elements: faults are tried many times */
    for (int i = 0; i < program->examples.len; i++) {
        Trial *t = ARENA_NEW(e->s->arena, Trial);
        RunRequest request = {.program = program, .example = program->examples.data[i]};
        request.workload = module_find(program->module, request.example->workload);
        if (!request.workload || run_bind(&request, e->s->dc, e->s->arena, &t->inputs) != 0)
            return false;
        t->task = (EngineTask){.workload = request.workload, .repetitions = 1, .inputs = &t->inputs};
        if (elements(request.workload, &t->inputs) > MOST)
            continue;
        engine_interp_run(e->s, program->module, &t->task, &t->right);
        VEC_PUSH(e->s->arena, &e->trials, t);
    }
    return true;
}

static bool add_units(Emitted *e, const Module *module, Buf *kernels) {
    Session *s = e->s;
    NpuProgram program;
    NpuArch arch = (NpuArch)session_npu_arch(s);
    NpuOptions options = {.arch = arch};
    if (!npu_emit(s->arena, module, &options, s->dc, kernels) ||
        !npu_compile(s->arena, npu_layouts_create(s->arena, module), arch, s->dc, &program))
        return false;
    for (int i = 0; i < program.nunits; i++) {
        Buf text = {0};
        place_print_unit(&text, program.units[i]);
        const char *copy = arena_strdup(s->arena, buf_text(&text));
        VEC_PUSH(s->arena, &e->units, copy);
        buf_free(&text);
    }
    return true;
}

/* ---- lines
 * ------------------------------------------------------------------------------------------------------------ */
/* The next line of a text, without its end; NULL behind the last. */
static const char *next_line(Arena *arena, const char **text) {
    if (!**text)
        return NULL;
    size_t n = strcspn(*text, "\n");
    const char *line = arena_strndup(arena, *text, n);
    *text += n + ((*text)[n] == '\n');
    return line;
}

static bool is_sync(const char *line) {
    line += strspn(line, " ");
    return strncmp(line, "set ", 4) == 0 || strncmp(line, "wait ", 5) == 0 || strncmp(line, "barrier ", 8) == 0;
}

/* The n-th flag of the place texts is the n-th of the kernels; what launches tasks (..._tasks) has a barrier of its
 * own. */
static bool pair_lines(Emitted *e, const char *kernels) {
    Arena *arena = e->s->arena;
    int n = 0, number = 0;
    for (int u = 0; u < e->units.len; u++) {
        const char *text = e->units.data[u], *line;
        for (int i = 0; (line = next_line(arena, &text)); i++) {
            if (is_sync(line))
                VEC_PUSH(arena, &e->lines, ((SyncLine){u, i, 0}));
        }
    }
    bool launcher = false;
    for (const char *line; (line = next_line(arena, &kernels));) {
        number++;
        if (*line == '}' || strstr(line, "_tasks("))
            launcher = *line != '}';
        bool sync = strstr(line, "set_flag(") || strstr(line, "wait_flag(") || strstr(line, "pipe_barrier(");
        if (!sync || launcher)
            continue;
        if (n < e->lines.len)
            e->lines.data[n].kernel = number;
        n++;
    }
    if (n != e->lines.len)
        printf("FAIL: %d flags in the place texts, %d in the kernels\n", e->lines.len, n);
    return n == e->lines.len;
}

/* ---- faults
 * -------------------------------------------------------------------------------------------------------------- */
static bool differs(Emitted *e, const StubRun *run) {
    for (int i = 0; i < e->trials.len; i++) {
        Trial *t = e->trials.data[i];
        RunDifference d;
        int status;
        const Func *f = t->task.workload;
        EvalArg *args = run_args_copy(e->s->arena, f, t->inputs.args);
        const char *error = engine_npu_once(e->s, e->engine, &t->task, run, args, &status);
        bool same = !*error && status == t->right.status;
        if (!same || (status == 0 && run_args_differ_npu(e->s->arena, f, args, t->right.args, &d)))
            return true;
    }
    return false;
}

static bool is_harmful(Emitted *e, StubRun run) {
    enum { SEEDS = 4 };
    for (int policy = 0; policy < 4; policy++) {
        for (uint32_t seed = 1; seed <= (policy == 3 ? SEEDS : 1); seed++) {
            run.policy = policy;
            run.seed = seed;
            if (differs(e, &run))
                return true;
        }
    }
    return false;
}

/* The unit's text without two lines, or with another id in one. */
static bool is_refused(Emitted *e, int unit, int drop_a, int drop_b, int other_id) {
    Buf text = {0}, messages = {0};
    Arena *arena = arena_create();
    const char *from = e->units.data[unit], *line;
    for (int i = 0; (line = next_line(arena, &from)); i++) {
        const char *hash = strchr(line, '#');
        if (i == drop_a || i == drop_b)
            continue;
        if (i == other_id && hash) {
            int id = atoi(hash + 1);
            buf_printf(&text, "%.*s#%d%s\n", (int)(hash - line), line, id < 7 ? id + 1 : id - 1, hash + 2);
        } else {
            buf_printf(&text, "%s\n", line);
        }
    }
    bool ok = tool_verify(arena, "mutant.place", buf_text(&text), &messages);
    arena_destroy(arena);
    buf_free(&text);
    buf_free(&messages);
    return !ok;
}

static void judge(Emitted *e, const char *what, const SyncLine *a, const SyncLine *b, bool id) {
    StubRun run = {0};
    if (id)
        run.other_id = a->kernel;
    else
        run.drop[0] = a->kernel;
    if (b)
        run.drop[1] = b->kernel;
    bool refused = is_refused(e, a->unit, id ? -1 : a->place, b ? b->place : -1, id ? a->place : -1);
    bool harmful = (!refused || e->run_refused) && is_harmful(e, run);
    e->made++;
    e->refused += refused;
    e->harmful += harmful;
    if (harmful && !refused) {
        e->missed++;
        printf("FAIL: %s at line %d of the kernels changes a run and was not refused\n", what, a->kernel);
    }
}

static const char *line_at(Arena *arena, const char *text, int number) {
    const char *line = NULL;
    for (int i = 0; i <= number; i++)
        line = next_line(arena, &text);
    return line + strspn(line, " ");
}

static void plant_faults(Emitted *e) {
    enum { MOST = 240 }; /* of programs with more flags every second, every third .. */
    Arena *arena = e->s->arena;
    int step = 1 + (e->lines.len - 1) / MOST;
    for (int i = 0; i < e->lines.len; i += step) {
        const SyncLine *a = &e->lines.data[i];
        const char *line = line_at(arena, e->units.data[a->unit], a->place);
        judge(e, "leaving out a flag or barrier", a, NULL, false);
        if (strncmp(line, "barrier", 7) == 0)
            continue;
        judge(e, "another id", a, NULL, true);
        for (int k = i + 1; strncmp(line, "set ", 4) == 0 && k < e->lines.len && e->lines.data[k].unit == a->unit;
             k++) {
            const char *other = line_at(arena, e->units.data[a->unit], e->lines.data[k].place);
            if (strncmp(other, "wait ", 5) == 0 && strcmp(other + 5, line + 4) == 0) {
                judge(e, "leaving out an event", a, &e->lines.data[k], false);
                break;
            }
        }
    }
}

/* ---- the tool
 * -------------------------------------------------------------------------------------------------------------- */
/* What a run gave, against the interpreter. */
static bool is_right(Emitted *e, const Trial *t, int status, const char *error, const EvalArg *args) {
    const Func *f = t->task.workload;
    RunDifference d;
    if (status != t->right.status || *error) {
        printf("FAIL: `%s` returns %d, with the interpreter %d%s%s\n", f->name, status, t->right.status,
               *error ? ": " : "", error);
        return false;
    }
    if (status == 0 && run_args_differ_npu(e->s->arena, f, args, t->right.args, &d)) {
        printf("FAIL: `%s`: `%s`%s is %s, with the interpreter %s\n", f->name, d.param, d.place, d.a, d.b);
        return false;
    }
    return true;
}

static bool run_right(Emitted *e) {
    bool ok = true;
    for (int i = 0; i < e->trials.len; i++) {
        Trial *t = e->trials.data[i];
        EngineRun run;
        engine_npu_run(e->s, e->engine, &t->task, &run);
        ok &= is_right(e, t, run.status, run.error, run.args);
    }
    return ok;
}

/* Without C++23's <stdfloat> the library takes f16 in the place of bf16. */
static bool isa_has_types(const Func *f) {
    for (int i = 0; i < f->nparams; i++) {
        if (f->params[i].value->type->elem == ELEM_BF16)
            return false;
    }
    return true;
}

/* On the library's simulator. */
static bool run_isa(Emitted *e) {
    bool ok = true;
    for (int i = 0; i < e->trials.len; i++) {
        Trial *t = e->trials.data[i];
        if (!isa_has_types(t->task.workload)) {
            printf("`%s` is left out: the simulator has no bf16\n", t->task.workload->name);
            continue;
        }
        StubRun plain = {0};
        int status;
        EvalArg *args = run_args_copy(e->s->arena, t->task.workload, t->inputs.args);
        const char *error = engine_npu_once(e->s, e->engine, &t->task, &plain, args, &status);
        ok &= is_right(e, t, status, error, args);
    }
    if (ok)
        printf("the library's simulator agrees\n");
    return ok;
}

static bool run_tool(Session *s, const char *input, const char *isa) {
    Emitted e = {.s = s, .run_refused = getenv("PTOC_NPU_ALL_FAULTS") != NULL};
    Buf kernels = {0};
    Program *program = session_load_to_compile(s, input);
    bool ok = program && add_trials(&e, program) && passes_run(s, program, input, program->module) &&
              add_units(&e, program->module, &kernels) && pair_lines(&e, buf_text(&kernels));
    if (ok)
        e.engine =
            isa ? engine_npu_open_isa(s, program->module, input, isa) : engine_npu_open(s, program->module, input);
    buf_free(&kernels);
    if (isa)
        return e.engine && run_isa(&e);
    ok = e.engine && run_right(&e);
    if (ok)
        plant_faults(&e);
    printf("%s %s: %d examples, %d faults, %d refused, %d harmful, %d of them accepted\n", input, s->target,
           e.trials.len, e.made, e.refused, e.harmful, e.missed);
    return ok && e.missed == 0;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: emitted FILE.pto [--target=npu-a5 [ISA]]\n");
        return 2;
    }
    Arena *arena = arena_create();
    char *args[] = {"ptoc", "test", argv[1], argc > 2 ? argv[2] : "--target=npu-a2a3", NULL};
    Session s;
    session_init(&s, arena, options_parse(arena, 4, args));
    bool ok = run_tool(&s, argv[1], argc > 3 ? argv[3] : NULL);
    bool gap = diag_error_count(s.dc) > 0 && diag_code_at(s.dc, 0) == DIAG_UNSUPPORTED_CONSTRUCT;
    ok &= session_finish(&s) == 0;
    if (gap)
        printf("skipped: the target cannot do this program yet\n");
    arena_destroy(arena);
    return ok || gap ? 0 : 1;
}
