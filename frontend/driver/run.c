/* `ptoc run`. */
#include <stdio.h>
#include <string.h>

#include "backends/npu/place.h"
#include "frontend/driver/commands.h"
#include "frontend/driver/engine.h"
#include "frontend/driver/expect.h"
#include "frontend/driver/outputs.h"
#include "frontend/driver/passes_run.h"
#include "frontend/driver/run_data.h"
#include "frontend/driver/run_report.h"
#include "frontend/driver/simulate.h"
#include "frontend/driver/trace.h"
#include "frontend/npy.h"

typedef struct RunCommand {
    Session *s;
    const char *input;
    int engine; /* from auto: that of the first try; ENGINE_INTERP, ENGINE_C, ENGINE_LLVM or ENGINE_NPU_STUB */
    RunOverride *dims, *ins, *sets, *outs;
    Program *program;
    const Func *workload;
    const ProgramExample *example;
    RunInputs inputs;
    EngineTask task;
    EngineRun interp, c, llvm, npu;
    const CEngine *c_engine;
    MpiEngine *mpi_engine;
    const LlvmEngine *llvm_engine;
    const NpuEngine *npu_engine;
    int64_t cores;    /* of --simulate; 0: none */
    TaskGraph *graph; /* of the program as written; NULL: the tasks are those of the run */
    Outputs outputs;
} RunCommand;

/* ---- the command line ------------------------------------------------------------------------------------------ */

static RunOverride *split_pairs(Session *s, const char *option, const StringVec *list, const char *expected, bool *ok) {
    RunOverride *pairs = ARENA_ARRAY(s->arena, RunOverride, list->len + 1);
    for (int i = 0; i < list->len; i++)
        *ok &= session_split_pair(s, option, list->data[i], expected, &pairs[i].name, &pairs[i].value);
    return pairs;
}

static bool split_all(RunCommand *r) {
    const Options *o = r->s->options;
    bool ok = true;
    r->dims = split_pairs(r->s, "--dim", &o->dims, "NAME=N", &ok);
    r->ins = split_pairs(r->s, "--in", &o->ins, "NAME=FILE.npy", &ok);
    r->sets = split_pairs(r->s, "--set", &o->sets, "NAME=VALUE,...", &ok);
    r->outs = split_pairs(r->s, "--out", &o->outs, "NAME=FILE.npy", &ok);
    return ok;
}

/* auto becomes llvm, c or interp. The stand-in takes kernels for A2/A3 where no other NPU is named. */
bool run_choose_engine(Session *s, int *engine) {
    const Options *o = s->options;
    *engine = o->engine < 0 ? ENGINE_AUTO : o->engine;
    if (!session_check_dist(s))
        return false;
    if (o->dist >= 0)
        *engine = ENGINE_C;
    s->may_lack_llvm = *engine == ENGINE_AUTO;
    if (*engine == ENGINE_AUTO)
        *engine = engine_llvm_is_present(s) ? ENGINE_LLVM : engine_c_is_present(s) ? ENGINE_C : ENGINE_INTERP;
    if (*engine == ENGINE_NPU_STUB && session_npu_arch(s) < 0)
        s->target = npu_arch_text(NPU_A2A3);
    return true;
}

/* ---- what to run ----------------------------------------------------------------------------------------------- */

static bool no_such(RunCommand *r, const char *what, const char *name, const char *const *names, int count) {
    Diag *d = diag_report(r->s->dc, DIAG_NO_SUCH, SPAN_NONE, what, name);
    const char *hint = option_names_hint(r->s->arena, name, names, count);
    if (hint)
        diag_hint(d, "%s", hint);
    return false;
}

typedef struct WorkloadList {
    VEC(const char *) names;
    VEC(const Func *) funcs;
} WorkloadList;

static WorkloadList list_workloads(RunCommand *r) {
    WorkloadList list = {0};
    const Module *m = r->program->module;
    for (int i = 0; i < m->funcs.len; i++) {
        if (m->funcs.data[i]->kind != FUNC_WORKLOAD || !m->funcs.data[i]->exported)
            continue;
        VEC_PUSH(r->s->arena, &list.names, m->funcs.data[i]->name);
        VEC_PUSH(r->s->arena, &list.funcs, m->funcs.data[i]);
    }
    return list;
}

static bool choose_example(RunCommand *r, const char *name) {
    VEC(const char *) names = {0};
    r->example = name ? example_find(r->program, name) : NULL;
    for (int i = 0; i < r->program->examples.len; i++)
        VEC_PUSH(r->s->arena, &names, r->program->examples.data[i]->name);
    return !name || r->example || no_such(r, "example", name, names.data, names.len);
}

static bool choose_workload(RunCommand *r) {
    const Options *o = r->s->options;
    bool no_example = o->example && strcmp(o->example, "none") == 0 && !example_find(r->program, "none");
    if (!choose_example(r, no_example ? NULL : o->example))
        return false;
    WorkloadList list = list_workloads(r);
    const char *wanted = o->workload ? o->workload : r->example ? r->example->workload : NULL;
    for (int i = 0; i < list.funcs.len; i++) {
        if (wanted ? strcmp(list.names.data[i], wanted) == 0 : list.funcs.len == 1)
            r->workload = list.funcs.data[i];
    }
    if (!r->workload && wanted)
        return no_such(r, "workload", wanted, list.names.data, list.names.len);
    if (!r->workload && list.funcs.len == 0) {
        diag_report(r->s->dc, DIAG_WORKLOAD_NONE, SPAN_NONE, session_input_name(r->input));
        return false;
    }
    if (!r->workload) {
        const char *count = arena_printf(r->s->arena, "%d workloads", list.funcs.len);
        diag_report(r->s->dc, DIAG_WORKLOAD_CHOICE, SPAN_NONE, session_input_name(r->input), count);
        return false;
    }
    if (r->example && strcmp(r->example->workload, r->workload->name) != 0) {
        diag_report(r->s->dc, DIAG_EXAMPLE_OTHER, SPAN_NONE, r->example->name, r->example->workload, r->workload->name);
        return false;
    }
    if (!r->example && !no_example)
        r->example = example_first(r->program, r->workload->name);
    return true;
}

/* --out names tensors, each once. */
static bool check_outs(RunCommand *r) {
    VEC(const char *) names = {0};
    bool ok = true;
    for (int i = 0; i < r->workload->nparams; i++) {
        if (!type_is_tile(r->workload->params[i].value->type))
            VEC_PUSH(r->s->arena, &names, r->workload->params[i].value->name);
    }
    for (int i = 0; i < r->s->options->outs.len; i++) {
        bool found = false;
        for (int k = 0; k < names.len; k++)
            found |= strcmp(names.data[k], r->outs[i].name) == 0;
        if (!found)
            ok = no_such(r, "tensor", r->outs[i].name, names.data, names.len);
        outputs_add(&r->outputs, r->outs[i].value);
    }
    return ok;
}

static bool bind(RunCommand *r) {
    const Options *o = r->s->options;
    double begin = session_seconds(r->s);
    RunRequest request = {
        .program = r->program, .workload = r->workload, .example = r->example, .dims = r->dims, .ndims = o->dims.len};
    request.ins = r->ins;
    request.nins = o->ins.len;
    request.sets = r->sets;
    request.nsets = o->sets.len;
    if (run_bind(&request, r->s->dc, r->s->arena, &r->inputs) != 0)
        return false;
    session_phase(r->s, "make the data", begin);
    r->task = (EngineTask){.workload = r->workload, .inputs = &r->inputs, .threads = (int)o->threads};
    r->task.repetitions = o->repeat > 0 ? (int)o->repeat : 1;
    r->task.full_checks = o->checks == PROGRAM_CHECKS_FULL;
    r->task.fp_separate = o->fp == 1;
    r->task.trace = o->trace || (r->cores > 0 && !o->cost);
    return true;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static bool run_interp(RunCommand *r) {
    Session *s = r->s;
    EngineTask task = r->task;
    /* The interpreter defines the results and runs the program as it was written, unless passes are asked for by name. */
    bool lower = r->engine == ENGINE_INTERP && s->options->passes && r->program->module->stage == STAGE_TILE;
    if (lower && !passes_run(s, r->program, r->input, r->program->module))
        return false;
    if (r->engine != ENGINE_INTERP)
        task.repetitions = 1;
    double begin = session_seconds(s);
    session_progress(s, "interpreting ...");
    engine_interp_run(s, r->program->module, &task, &r->interp);
    session_progress(s, "");
    session_phase(s, "interpret", begin);
    return true;
}

static double run_begins(const Session *s) {
    session_progress(s, "running ...");
    return session_seconds(s);
}

static bool run_ends(Session *s, double begin) {
    session_progress(s, "");
    session_phase(s, "run", begin);
    return diag_error_count(s->dc) == 0;
}

/* --dist: what the engine c runs goes to ranks. */
static bool run_mpi(RunCommand *r) {
    Session *s = r->s;
    r->mpi_engine = engine_mpi_open(s, r->program->module, session_input_name(r->input), r->workload);
    if (!r->mpi_engine)
        return false;
    double begin = run_begins(s);
    engine_mpi_run(s, r->mpi_engine, &r->task, &r->c);
    engine_mpi_close(r->mpi_engine);
    return run_ends(s, begin);
}

static bool run_c(RunCommand *r) {
    Session *s = r->s;
    EngineTask task = r->task;
    if (r->engine != ENGINE_C)
        task.repetitions = 1;
    bool lowered = r->program->module->stage != STAGE_TILE || (r->engine == ENGINE_INTERP && s->options->passes);
    if (!lowered && !passes_run(s, r->program, r->input, r->program->module))
        return false;
    if (session_dist(s))
        return run_mpi(r);
    r->c_engine = engine_c_open(s, r->program->module, session_input_name(r->input));
    if (!r->c_engine)
        return false;
    double begin = run_begins(s);
    engine_c_run(s, r->c_engine, &task, &r->c);
    return run_ends(s, begin);
}

/* What no one will call need not be compiled. */
static void keep_entry(const RunCommand *r) {
    const Module *m = r->program->module;
    for (int i = 0; i < m->funcs.len; i++)
        m->funcs.data[i]->exported &= strcmp(m->funcs.data[i]->name, r->workload->name) == 0;
}

/* auto goes on without a module that does not load. What --compare asked for may have run already. */
static bool run_next(RunCommand *r) {
    bool c = engine_c_is_present(r->s);
    r->engine = c ? ENGINE_C : ENGINE_INTERP;
    if (c)
        return r->c.engine || run_c(r);
    return r->interp.engine || run_interp(r);
}

/* After run_c the module has been through the passes. */
static bool run_llvm(RunCommand *r) {
    Session *s = r->s;
    if (r->program->module->stage == STAGE_TILE && !passes_run(s, r->program, r->input, r->program->module))
        return false;
    keep_entry(r);
    r->llvm_engine = engine_llvm_open(s, r->program->module, session_input_name(r->input));
    if (!r->llvm_engine)
        return diag_error_count(s->dc) == 0 && run_next(r);
    double begin = run_begins(s);
    engine_llvm_run(s, r->llvm_engine, &r->task, &r->llvm);
    return run_ends(s, begin);
}

static bool run_npu(RunCommand *r) {
    Session *s = r->s;
    if (!passes_run(s, r->program, r->input, r->program->module))
        return false;
    r->npu_engine = engine_npu_open(s, r->program->module, session_input_name(r->input));
    if (!r->npu_engine)
        return false;
    double begin = run_begins(s);
    engine_npu_run(s, r->npu_engine, &r->task, &r->npu);
    return run_ends(s, begin);
}

static const EngineRun *main_run(const RunCommand *r) {
    return r->engine == ENGINE_NPU_STUB ? &r->npu
           : r->engine == ENGINE_LLVM   ? &r->llvm
           : r->engine == ENGINE_C      ? &r->c
                                        : &r->interp;
}

static Span place_of(const RunCommand *r, Loc loc) {
    const Module *m = r->program->module;
    for (int i = 0; loc.line > 0 && loc.file < m->sources.len && i < source_count(r->s->sources); i++) {
        const SourceFile *file = source_get(r->s->sources, i);
        if (strcmp(file->path, m->sources.data[loc.file]) == 0) {
            uint32_t at = source_offset(file, loc.line, loc.column);
            return (Span){i, at, at + 1};
        }
    }
    return SPAN_NONE;
}

static const char *status_text(Arena *arena, const EngineRun *run) {
    return run->status == 0 ? "success" : arena_printf(arena, "%s (%s)", engine_status_name(run->status), run->error);
}

/* A program that fails must fail alike on both engines. */
static bool check_status(RunCommand *r, const EngineRun *run, const EngineRun *other) {
    Session *s = r->s;
    if (other && (other->status != run->status)) {
        diag_report(s->dc, DIAG_STATUS_DIFFERS, SPAN_NONE, run->engine, status_text(s->arena, run), other->engine,
                    status_text(s->arena, other));
        return false;
    }
    if (run->status != 0) {
        diag_report(s->dc, DIAG_RUN_FAILED, place_of(r, run->loc), r->workload->name, engine_status_name(run->status),
                    run->error);
        return false;
    }
    return true;
}

static bool check_results(RunCommand *r) {
    const Options *o = r->s->options;
    const EngineRun *run = main_run(r), *other = NULL;
    RunDifference d = {0};
    if (o->compare >= 0)
        other = o->compare == COMPARE_C ? &r->c : &r->interp;
    if (!check_status(r, run, other))
        return false;
    bool npu = r->engine == ENGINE_NPU_STUB;
    if (other && (npu ? run_args_differ_npu : run_args_differ)(r->s->arena, r->workload, run->args, other->args, &d)) {
        diag_report(r->s->dc, DIAG_RESULTS_DIFFER, SPAN_NONE, d.param, d.place, run->engine, d.a, other->engine, d.b);
        return false;
    }
    /* What an example expects belongs to its own data. */
    bool own_data = o->dims.len + o->ins.len + o->sets.len == 0;
    return !own_data || expects_report(r->s, r->example, &r->inputs, run);
}

/* ---- what comes out -------------------------------------------------------------------------------------------- */

static void write_outs(RunCommand *r) {
    const EngineRun *run = main_run(r);
    for (int i = 0; i < r->s->options->outs.len; i++) {
        for (int k = 0; k < r->workload->nparams; k++) {
            const EvalTensor *t = &run->args[k].tensor;
            if (strcmp(r->workload->params[k].value->name, r->outs[i].name) == 0)
                npy_format(&r->outputs.all.data[i]->text, t->elem, t->rank, t->dims, t->data);
        }
    }
}

static void finish_run(RunCommand *r) {
    Session *s = r->s;
    const Options *o = s->options;
    Output *trace = NULL;
    write_outs(r);
    if (o->trace)
        trace = outputs_add(&r->outputs, o->trace);
    Output *report = outputs_add(&r->outputs, "-");
    RunReport text = {
        .input = session_input_name(r->input), .workload = r->workload, .example = r->example, .inputs = &r->inputs};
    text.run = main_run(r);
    text.ranks = r->mpi_engine ? engine_mpi_ranks(s) : 0;
    text.compiler = r->mpi_engine                  ? engine_mpi_compiler(r->mpi_engine)
                    : r->engine == ENGINE_C        ? engine_c_compiler(r->c_engine)
                    : r->engine == ENGINE_LLVM     ? engine_llvm_compiler(r->llvm_engine)
                    : r->engine == ENGINE_NPU_STUB ? engine_npu_compiler(r->npu_engine)
                                                   : NULL;
    text.compared_with = o->compare < 0 ? NULL : o->compare == COMPARE_C ? "c" : "interp";
    text.near = r->engine == ENGINE_NPU_STUB;
    text.schedule = o->schedule;
    text.threads = r->engine == ENGINE_C || r->engine == ENGINE_LLVM ? (int)o->threads : 0;
    text.full = o->report;
    run_report(s->arena, &text, &report->text);
    if (r->cores > 0 && !simulate(s, r->graph, &r->task, text.run, r->cores, &report->text))
        return;
    if (trace)
        trace_write(s, text.run, &trace->text);
    if (outputs_check(&r->outputs, s->dc, r->program->dependencies.data, r->program->dependencies.len))
        outputs_commit(&r->outputs, s->dc);
}

static bool load(RunCommand *r) {
    if (!split_all(r) || !simulate_options(r->s, &r->cores) || !run_choose_engine(r->s, &r->engine))
        return false;
    if (r->engine == ENGINE_INTERP && r->s->options->compare != COMPARE_C)
        r->s->target = "interp";
    r->program = session_load_to_compile(r->s, r->input);
    return r->program && choose_workload(r) && check_outs(r) && bind(r);
}

ExitCode command_run(Session *s) {
    RunCommand r = {.s = s, .input = s->options->inputs.data[0], .outputs.arena = s->arena};
    if (load(&r)) {
        bool interp = r.engine == ENGINE_INTERP || s->options->compare == COMPARE_INTERP;
        bool c = r.engine == ENGINE_C || s->options->compare == COMPARE_C, npu = r.engine == ENGINE_NPU_STUB;
        bool llvm = r.engine == ENGINE_LLVM, measured = c || llvm;
        if (r.cores > 0 && (!measured || s->options->cost)) /* before the passes change the program */
            r.graph = taskgraph_make(s, r.program->module, r.workload, &r.inputs, !s->options->cost);
        /* The interpreter first: passes change the module. */
        if ((!interp || run_interp(&r)) && (!c || run_c(&r)) && (!llvm || run_llvm(&r)) && (!npu || run_npu(&r)) &&
            check_results(&r))
            finish_run(&r);
    }
    outputs_free(&r.outputs);
    return session_finish(s);
}
