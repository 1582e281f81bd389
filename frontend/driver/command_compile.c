/* `ptoc FILE.pto`, `ptoc check` and `ptoc opt`. */
#include <string.h>

#include "frontend/driver/commands.h"
#include "frontend/driver/compile.h"
#include "frontend/driver/passes_run.h"
#include "frontend/example.h"
#include "frontend/parse.h"
#include "ir/print.h"
#include "ir/verify.h"

/* ---- ptoc FILE.pto --------------------------------------------------------------------------------------------- */

/* -MF, -MT, -MP say something about -MD. */
static bool check_depfile(Session *s) {
    const Options *o = s->options;
    static const OptionId ids[] = {OPTION_DEPFILE_NAME, OPTION_DEPFILE_TARGET, OPTION_DEPFILE_PHONY};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0] && !o->depfile; i++) {
        if (!o->seen[ids[i]])
            continue;
        Diag *d = diag_report(s->dc, DIAG_OPTION_PLACE, SPAN_NONE, option_info(ids[i])->spelling, "FILE` without `-MD");
        diag_hint(d, "write `-MD`, too");
        return false;
    }
    return true;
}

static const char *depfile_path(Session *s, const char *main_path) {
    if (s->options->depfile_name)
        return s->options->depfile_name;
    if (strcmp(main_path, "-") == 0)
        return "-";
    const char *slash = strrchr(main_path, '/'), *dot = strrchr(main_path, '.');
    int stem = dot && (!slash || dot > slash + 1) ? (int)(dot - main_path) : (int)strlen(main_path);
    return arena_printf(s->arena, "%.*s.d", stem, main_path);
}

static bool compile_all(Session *s, const char *input, EmitPlan *plan) {
    Output *depfile = s->options->depfile ? outputs_add(&plan->outputs, depfile_path(s, plan->main_path)) : NULL;
    Program *program = session_load_to_compile(s, input);
    if (!program)
        return false;
    if (!outputs_check(&plan->outputs, s->dc, program->dependencies.data, program->dependencies.len))
        return false;
    /* When something cannot be done, no file may be touched either. */
    if (!compile_fill(s, input, program, plan))
        return false;
    if (depfile)
        emit_depfile(s->options, program, plan->main_path, &depfile->text);
    double begin = session_seconds(s);
    bool ok = outputs_commit(&plan->outputs, s->dc);
    session_phase(s, "write files", begin);
    return ok;
}

ExitCode command_compile(Session *s) {
    EmitPlan plan;
    const char *input = s->options->inputs.data[0];
    if (compile_check_target(s) && check_depfile(s) && emit_plan(s, input, &plan)) {
        compile_all(s, input, &plan);
        outputs_free(&plan.outputs);
    }
    return session_finish(s);
}

/* ---- ptoc check ------------------------------------------------------------------------------------------------ */

ExitCode command_check(Session *s) {
    for (int i = 0; i < s->options->inputs.len && compile_check_target(s); i++) {
        Program *program = session_load(s, s->options->inputs.data[i]);
        if (program && program->module)
            example_warn_missing(program, s->dc);
    }
    return session_finish(s);
}

/* ---- ptoc opt -------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* IR text begins with `module NAME stage`; a program never has `stage` there. Only standard input has to be told apart so. */
static bool looks_like_ir(const char *text) {
    const char *line = strstr(text, "module ");
    const char *end = line ? strchr(line, '\n') : NULL;
    const char *stage = line ? strstr(line, " stage ") : NULL;
    const char *semicolon = line ? strchr(line, ';') : NULL;
    return stage && (!end || stage < end) && (!semicolon || stage < semicolon);
}

static Module *parse_ir(Session *s, const char *name, const Buf *text) {
    double begin = session_seconds(s);
    int source = source_add(s->sources, name, buf_text(text), text->len);
    Module *module = module_parse(s->arena, s->strings, s->dc, source);
    if (module && module_verify(module, s->dc, "parsing") > 0)
        module = NULL;
    session_phase(s, "read IR", begin);
    return module;
}

static Module *load_for_opt(Session *s, const char *input, Program **program) {
    bool is_stdin = strcmp(input, "-") == 0;
    *program = NULL;
    if (is_stdin || ends_with(input, ".ptoir")) {
        Buf text = {0};
        int error = is_stdin ? buf_load_fd(&text, 0, PARSE_MAX_SOURCE) : buf_load(&text, input, PARSE_MAX_SOURCE);
        Module *module = NULL;
        if (error)
            parse_report_unreadable(s->dc, SPAN_NONE, session_input_name(input), error);
        else if (!is_stdin || looks_like_ir(buf_text(&text)))
            module = parse_ir(s, session_input_name(input), &text);
        else
            *program = session_load_text(s, &text);
        buf_free(&text);
        if (!*program)
            return module;
    } else {
        *program = session_load(s, input);
    }
    if (!*program || diag_error_count(s->dc) > 0)
        return NULL;
    return (*program)->module;
}

ExitCode command_opt(Session *s) {
    const Options *o = s->options;
    const char *input = o->inputs.data[0];
    Program *program;
    Module *module = compile_check_target(s) ? load_for_opt(s, input, &program) : NULL;
    Pipeline pipeline = {.count = 0};
    /* Without --passes and -O nothing is changed: the text is read and printed. */
    bool asked = o->passes || o->opt_level >= 0 || o->disabled_passes.len > 0;
    if (module && (!asked || passes_build(s, module, &pipeline)) &&
        passes_run_pipeline(s, &pipeline, program, session_input_name(input), module) && diag_error_count(s->dc) == 0) {
        Outputs outputs = {.arena = s->arena};
        Output *output = outputs_add(&outputs, o->output ? o->output : "-");
        module_print(&output->text, module);
        if (outputs_check(&outputs, s->dc, &input, 1))
            outputs_commit(&outputs, s->dc);
        outputs_free(&outputs);
    }
    return session_finish(s);
}
