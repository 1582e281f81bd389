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
#include "frontend/driver/commands.h"
#include "frontend/driver/engine_npu.h"
#include "frontend/driver/passes_run.h"
#include "frontend/driver/run_data.h"
#include "tests/npu/place_tool.h"

typedef struct Trial { /* an example with its right outputs */
    bool large;        /* runs without faults only */
    RunInputs inputs;
    EngineTask task;
    EngineRun right;
} Trial;

typedef enum LineKind { LINE_SYNC, LINE_INSN, LINE_LET, LINE_KINDS } LineKind; /* a set, wait or barrier; .. */
typedef struct Line {
    int unit, place; /* line of the unit's text */
    const char *text;
    int kernel; /* line of the emitted C++; 0: in a function that several instructions call */
} Line;

typedef enum FaultKind { F_DROP, F_EVENT, F_ID, F_PIPE, F_SWAP, F_SHIFT, F_SIZE, F_KINDS } FaultKind;
static const struct {
    const char *what;
    int most;    /* that are tried of a program, drawn with a fixed seed; all with PTOC_NPU_ALL_FAULTS */
    bool strict; /* no harmful one may be accepted */
} fault_kinds[F_KINDS] = {{"leaving out a flag or barrier", 240, true},
                          {"leaving out an event", 120, true},
                          {"another id", 120, true},
                          {"another pipe", 60, true},
                          {"instructions in another order", 12, false},
                          {"an address 32 bytes on", 24, false},
                          {"one row or column less", 12, false}};

typedef struct Fault {
    FaultKind kind;
    int unit, line[2];   /* of the place text, -1: none */
    const char *text[2]; /* what stands there, NULL: nothing */
    int kernel;
    StubRun run;
} Fault;

typedef struct Emitted {
    Session *s;
    const NpuEngine *engine;
    VEC(Trial *) trials;
    VEC(const char *) units; /* place texts */
    VEC(Line) lines[LINE_KINDS];
    VEC(Fault) faults[F_KINDS];
    int made[F_KINDS], harmful[F_KINDS], missed[F_KINDS], refused[F_KINDS];
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
    enum { MOST = 200000, MOST_ONCE = 3000000 }; /* elements: faults are tried many times */
    for (int i = 0; i < program->examples.len; i++) {
        Trial *t = ARENA_NEW(e->s->arena, Trial);
        RunRequest request = {.program = program, .example = program->examples.data[i]};
        request.workload = module_find(program->module, request.example->workload);
        if (!request.workload || run_bind(&request, e->s->dc, e->s->arena, &t->inputs) != 0)
            return false;
        t->task = (EngineTask){.workload = request.workload, .repetitions = 1, .inputs = &t->inputs};
        if (elements(request.workload, &t->inputs) > MOST_ONCE)
            continue;
        t->large = elements(request.workload, &t->inputs) > MOST;
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

static bool starts(const char *line, const char *word) {
    line += strspn(line, " ");
    return strncmp(line, word, strlen(word)) == 0;
}

static int kind_of_place(const char *line) {
    if (starts(line, "set ") || starts(line, "wait ") || starts(line, "barrier "))
        return LINE_SYNC;
    return starts(line, "insn ") ? LINE_INSN : starts(line, "let ") ? LINE_LET : -1;
}

static int kind_of_kernel(const char *line) {
    if (starts(line, "set_flag(") || starts(line, "wait_flag(") || starts(line, "pipe_barrier("))
        return LINE_SYNC;
    const char *at = line + strspn(line, " ");
    bool call = (*at == 'T' && at[1] >= 'A' && at[1] <= 'Z') || starts(at, "MGATHER") || starts(at, "pt_merge");
    if (at > line && call && !starts(at, "TASSIGN"))
        return LINE_INSN;
    return starts(line, "const int64_t ") ? LINE_LET : -1;
}

static void note_places(Emitted *e) {
    Arena *arena = e->s->arena;
    for (int u = 0; u < e->units.len; u++) {
        const char *text = e->units.data[u], *line;
        for (int i = 0; (line = next_line(arena, &text)); i++) {
            int kind = kind_of_place(line);
            if (kind >= 0)
                VEC_PUSH(arena, &e->lines[kind], ((Line){u, i, line, 0}));
        }
    }
}

/* The n-th flag (instruction, size) of the place texts is the n-th of the kernels; what launches tasks (..._tasks) has a barrier
 * of its own. */
static bool pair_lines(Emitted *e, const char *kernels) {
    int n[LINE_KINDS] = {0}, number = 0;
    bool kernel = false, ok = true;
    note_places(e);
    for (const char *line; (line = next_line(e->s->arena, &kernels));) {
        number++;
        if (strncmp(line, "AICORE void ", 12) == 0 || *line == '}')
            kernel = *line != '}';
        int kind = kernel ? kind_of_kernel(line) : -1;
        if (kind < 0)
            continue;
        if (n[kind] < e->lines[kind].len)
            e->lines[kind].data[n[kind]].kernel = starts(line, "pt_") ? 0 : number;
        n[kind]++;
    }
    for (int k = 0; k < LINE_KINDS; k++) {
        if (n[k] != e->lines[k].len)
            printf("FAIL: %d lines of kind %d in the place texts, %d in the kernels\n", e->lines[k].len, k, n[k]);
        ok &= n[k] == e->lines[k].len;
    }
    return ok;
}

/* ---- faults
 * -------------------------------------------------------------------------------------------------------------- */
static bool differs(Emitted *e, const StubRun *run) {
    for (int i = 0; i < e->trials.len; i++) {
        Trial *t = e->trials.data[i];
        RunDifference d;
        int status;
        if (t->large)
            continue;
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

static bool is_refused(Emitted *e, const Fault *f) {
    Buf text = {0}, messages = {0};
    Arena *arena = arena_create();
    const char *from = e->units.data[f->unit], *line;
    for (int i = 0; (line = next_line(arena, &from)); i++) {
        for (int k = 0; k < 2; k++)
            line = f->line[k] == i ? f->text[k] : line;
        if (line)
            buf_printf(&text, "%s\n", line);
    }
    bool ok = tool_verify(arena, "mutant.place", buf_text(&text), &messages);
    arena_destroy(arena);
    buf_free(&text);
    buf_free(&messages);
    return !ok;
}

static void judge(Emitted *e, const Fault *f) {
    bool refused = is_refused(e, f);
    bool harmful = (!refused || e->run_refused) && is_harmful(e, f->run);
    e->made[f->kind]++;
    e->refused[f->kind] += refused;
    e->harmful[f->kind] += harmful;
    if (!harmful || refused)
        return;
    e->missed[f->kind]++;
    printf("%s: %s at line %d of the kernels changes a run and was not refused\n",
           fault_kinds[f->kind].strict ? "FAIL" : "accepted", fault_kinds[f->kind].what, f->kernel);
}

static Fault *add_fault(Emitted *e, FaultKind kind, const Line *a, const char *text) {
    Fault f = {.kind = kind, .unit = a->unit, .line = {a->place, -1}, .text = {text, NULL}, .kernel = a->kernel};
    VEC_PUSH(e->s->arena, &e->faults[kind], f);
    return &e->faults[kind].data[e->faults[kind].len - 1];
}

/* `line` with n bytes at `at` replaced. */
static const char *replaced(Emitted *e, const char *line, const char *at, size_t n, const char *now) {
    return arena_printf(e->s->arena, "%.*s%s%s", (int)(at - line), line, now, at + n);
}

static void add_other_id(Emitted *e, const Line *a) {
    const char *hash = strchr(a->text, '#');
    size_t n = 1 + strspn(hash + 1, "0123456789");
    int id = atoi(hash + 1), other = id < NPU_EVENTS - 1 ? id + 1 : id - 1;
    add_fault(e, F_ID, a, replaced(e, a->text, hash, n, arena_printf(e->s->arena, "#%d", other)))->run.other_id =
        a->kernel;
}

/* The next pipe of the core, neither of those that the line names. The stand-in's numbers are S V M MTE1 MTE2 MTE3 FIX. */
static void add_other_pipe(Emitted *e, const Line *a) {
    static const char *const names[] = {"V", "MTE3", "MTE2", "M", "MTE1", "FIX"};
    static const int numbers[] = {1, 5, 4, 2, 3, 6};
    char word[16], one[16], two[16] = "";
    int n = sscanf(a->text, " %15s %15s %15s", word, one, two);
    bool barrier = strcmp(word, "barrier") == 0;
    const char *old = barrier ? one : two;
    if (n < 2 || strcmp(one, "all") == 0)
        return;
    bool cube = strchr("MF", *one) && strcmp(one, "MTE2") != 0 && strcmp(one, "MTE3") != 0;
    cube |= strchr("MF", *two) && *two && strcmp(two, "MTE2") != 0 && strcmp(two, "MTE3") != 0;
    for (int i = cube ? 2 : 0; i < (cube ? 6 : 3); i++) {
        if (strcmp(names[i], one) == 0 || strcmp(names[i], two) == 0)
            continue;
        const char *at = strstr(a->text, one);
        at = barrier ? at : strstr(at + strlen(one), two);
        Fault *f = add_fault(e, F_PIPE, a, replaced(e, a->text, at, strlen(old), names[i]));
        f->run.pipe_line = a->kernel;
        f->run.pipe = numbers[i];
        return;
    }
}

static void add_sync_faults(Emitted *e) {
    for (int i = 0; i < e->lines[LINE_SYNC].len; i++) {
        const Line *a = &e->lines[LINE_SYNC].data[i];
        const char *event = a->text + strspn(a->text, " ");
        add_fault(e, F_DROP, a, NULL)->run.drop[0] = a->kernel;
        add_other_pipe(e, a);
        if (strncmp(event, "barrier", 7) == 0)
            continue;
        add_other_id(e, a);
        for (int k = i + 1; strncmp(event, "set ", 4) == 0 && k < e->lines[LINE_SYNC].len; k++) {
            const Line *b = &e->lines[LINE_SYNC].data[k];
            const char *other = b->text + strspn(b->text, " ");
            if (b->unit != a->unit || strncmp(other, "wait ", 5) != 0 || strcmp(other + 5, event + 4) != 0)
                continue;
            Fault *f = add_fault(e, F_EVENT, a, NULL);
            f->line[1] = b->place;
            f->run.drop[0] = a->kernel;
            f->run.drop[1] = b->kernel;
            break;
        }
    }
}

/* Nothing but flags between: no loop or condition begins or ends. */
static bool side_by_side(Emitted *e, const Line *a, const Line *b) {
    const char *text = e->units.data[a->unit], *line;
    Arena *arena = arena_create();
    bool ok = a->unit == b->unit;
    for (int i = 0; ok && i < b->place && (line = next_line(arena, &text)); i++)
        ok = i <= a->place || kind_of_place(line) == LINE_SYNC;
    arena_destroy(arena);
    return ok;
}

static void add_shifts(Emitted *e, const Line *a) {
    static const char *const roles[] = {" in(", " out(", " inout(", " tmp("}; /* in the stand-in's order */
    for (int r = 0; r < 4; r++) {
        const char *at = a->text;
        for (int nth = 0; (at = strstr(at, roles[r])); nth++) {
            at += strlen(roles[r]);
            const char *plus = strstr(at, "]+");
            if (!plus)
                break;
            long long offset = atoll(plus + 2);
            bool ub = strstr(at, " nd ") || strstr(at, " dn ");
            int by = ub ? NPU_BLOCK : 16 * NPU_BLOCK;
            const char *now = arena_printf(e->s->arena, "]+%lld", offset + by);
            Fault *f = add_fault(e, F_SHIFT, a, replaced(e, a->text, plus, 2 + strspn(plus + 2, "0123456789"), now));
            f->run.shift_line = a->kernel;
            f->run.shift_role = r;
            f->run.shift_nth = nth;
            f->run.shift_by = by;
        }
    }
}

static void add_insn_faults(Emitted *e) {
    for (int i = 0; i < e->lines[LINE_INSN].len; i++) {
        const Line *a = &e->lines[LINE_INSN].data[i], *b = a + 1;
        if (!a->kernel)
            continue;
        add_shifts(e, a);
        if (i + 1 == e->lines[LINE_INSN].len || !b->kernel || !side_by_side(e, a, b))
            continue;
        Fault *f = add_fault(e, F_SWAP, a, b->text);
        f->line[1] = b->place;
        f->text[1] = a->text;
        f->run.swap[0] = a->kernel;
        f->run.swap[1] = b->kernel;
    }
}

/* Only less: what a larger block writes behind a tensor would be memory of this program. */
static void add_size_faults(Emitted *e) {
    for (int i = 0; i < e->lines[LINE_LET].len; i++) {
        const Line *a = &e->lines[LINE_LET].data[i];
        if (!strstr(a->text, " = min("))
            continue;
        Fault *f = add_fault(e, F_SIZE, a, arena_printf(e->s->arena, "%s - 1", a->text));
        f->run.size_line = a->kernel;
        f->run.size_by = -1;
    }
}

static void plant_faults(Emitted *e) {
    uint32_t random = 1;
    add_sync_faults(e);
    add_insn_faults(e);
    add_size_faults(e);
    for (int k = 0; k < F_KINDS; k++) {
        int n = e->faults[k].len, most = e->run_refused || n < fault_kinds[k].most ? n : fault_kinds[k].most;
        for (int i = 0; i < most; i++) { /* the first of a shuffled pack */
            random = random * 1664525u + 1013904223u;
            Fault *a = &e->faults[k].data[i], *b = a + (random >> 8) % (uint32_t)(n - i), first = *b;
            *b = *a;
            *a = first;
            judge(e, a);
        }
    }
}

/* No fault in flags may be missed, and of all others one in a hundred. */
static bool print_faults(const Emitted *e, const char *input) {
    bool ok = true;
    int missed = 0, refused = 0;
    printf("%s %s: %d examples\n", input, e->s->target, e->trials.len);
    for (int k = 0; k < F_KINDS; k++) {
        printf("    %-31s %5d of %5d tried, %5d refused, %5d harmful, %d of them accepted\n", fault_kinds[k].what,
               e->made[k], e->faults[k].len, e->refused[k], e->harmful[k], e->missed[k]);
        ok &= !fault_kinds[k].strict || e->missed[k] == 0;
        missed += e->missed[k];
        refused += e->refused[k];
    }
    if (missed * 100 > refused)
        printf("FAIL: more than one in a hundred faults was accepted\n");
    return ok && missed * 100 <= refused;
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
    return print_faults(&e, input) && ok;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: emitted FILE.pto [--target=npu-a5 [ISA]]\n");
        return 2;
    }
    Arena *arena = arena_create();
    char *args[] = {"ptoc", "test", argv[1], argc > 2 ? argv[2] : "--target=npu-a2a3", NULL};
    Session s;
    driver_begin(&s, arena, options_parse(arena, 4, args));
    bool ok = run_tool(&s, argv[1], argc > 3 ? argv[3] : NULL);
    bool gap = diag_error_count(s.dc) > 0 && diag_code_at(s.dc, 0) == DIAG_UNSUPPORTED_CONSTRUCT;
    ok &= session_finish(&s) == 0;
    if (gap)
        printf("skipped: the target cannot do this program yet\n");
    arena_destroy(arena);
    return ok || gap ? 0 : 1;
}
