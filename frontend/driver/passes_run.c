#include "frontend/driver/passes_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "frontend/driver/check_each.h"
#include "ir/print.h"
#include "ir/verify.h"

typedef struct PassesRun {
    Session *session;
    const Module *module;
    CheckEach *check; /* NULL without --check-each */
} PassesRun;

enum { DEFAULT_OPT_LEVEL = 2 };

static int opt_level(const Options *o) { return o->opt_level < 0 ? DEFAULT_OPT_LEVEL : o->opt_level; }

bool passes_build(Session *s, const Module *module, Pipeline *out) {
    const Options *o = s->options;
    if (o->passes)
        return pipeline_parse(out, o->passes, module->stage, s->dc);
    if (!pipeline_default(out, opt_level(o), o->disabled_passes.data, o->disabled_passes.len, s->dc))
        return false;
    /* An NPU works on tiles: its backend takes the module before the passes that make loops of them. */
    for (int i = 0; session_npu_arch(s) >= 0 && i < out->count; i++) {
        if (out->passes[i]->gives == STAGE_BLOCK)
            out->count = i;
    }
    return true;
}

/* ---- between passes -------------------------------------------------------------------------------------------- */

static bool write_dump(Session *s, const Module *module, const char *pass, int number) {
    const char *path = arena_printf(s->arena, "%s/%02d-%s.ptoir", s->options->dump_dir, number, pass);
    Buf text = {0};
    module_print(&text, module);
    int error = buf_save(&text, path);
    buf_free(&text);
    if (error)
        diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, path, strerror(error));
    return error == 0;
}

static void print_ir(const Session *s, const Module *module, const char *pass, int number) {
    Buf text = {0};
    buf_printf(&text, "// IR after pass %d, %s\n", number, pass);
    module_print(&text, module);
    session_say(s, buf_text(&text), text.len);
    buf_free(&text);
}

static bool wants_print(const Options *o, const char *pass) {
    for (int i = 0; i < o->print_ir_after.len; i++) {
        if (strcmp(o->print_ir_after.data[i], pass) == 0)
            return true;
    }
    return o->print_ir_after_all;
}

static bool after_pass(void *user, Module *module, const char *pass, int number, double seconds) {
    PassesRun *run = user;
    Session *s = run->session;
    session_phase(s, arena_printf(s->arena, "pass %s", pass), session_seconds(s) - seconds);
    if (s->options->dump_dir && !write_dump(s, module, pass, number))
        return false;
    if (wants_print(s->options, pass))
        print_ir(s, module, pass, number);
    if (s->options->verify_each && module_verify(module, s->dc, pass) > 0) {
        s->internal = true;
        return false;
    }
    return !run->check || check_each_pass(run->check, module, pass);
}

/* --explain-schedule: decisions of passes, at the place of the program they are about. */
static void print_remark(void *user, Loc at, const char *text) {
    const PassesRun *run = user;
    Buf line = {0};
    if (at.line > 0 && at.file < run->module->sources.len)
        buf_printf(&line, "%s:%d:%d: ", run->module->sources.data[at.file], at.line, at.column);
    buf_printf(&line, "%s\n", text);
    session_say(run->session, buf_text(&line), line.len);
    buf_free(&line);
}

/* --print-ir-after takes names of passes that exist. */
static bool check_names(Session *s) {
    bool ok = true;
    for (int i = 0; i < s->options->print_ir_after.len; i++) {
        const char *name = s->options->print_ir_after.data[i];
        if (pass_find(name))
            continue;
        diag_report(s->dc, DIAG_PASS_UNKNOWN, SPAN_NONE, name);
        ok = false;
    }
    return ok;
}

static bool make_dump_dir(Session *s) {
    const char *dir = s->options->dump_dir;
    if (!dir || mkdir(dir, 0777) == 0 || errno == EEXIST)
        return true;
    diag_report(s->dc, DIAG_FILE_WRITE, SPAN_NONE, dir, strerror(errno));
    return false;
}

bool passes_run_pipeline(Session *s, const Pipeline *pipeline, const Program *program, const char *input,
                         Module *module) {
    PassesRun run = {.session = s, .module = module};
    if (!check_names(s) || !make_dump_dir(s))
        return false;
    if (s->options->dump_dir && !write_dump(s, module, "input", 0))
        return false;
    if (s->options->verify_each && module_verify(module, s->dc, "lowering") > 0) {
        s->internal = true;
        return false;
    }
    if (s->options->check_each) {
        run.check = check_each_begin(s, program, input, module);
        if (!run.check)
            return false;
    }
    PassContext ctx = {.arena = s->arena,
                       .diag = s->dc,
                       .opt_level = opt_level(s->options),
                       .vector = *session_vector(s),
                       .remark = s->options->explain_schedule ? print_remark : NULL,
                       .after = after_pass,
                       .user = &run};
    bool ok = pipeline_run(pipeline, module, &ctx);
    if (!ok && diag_error_count(s->dc) == 0)
        s->internal = true;
    return ok;
}

/* Directives that a pass carries out, where it does not run. */
static const struct { const char *directive, *pass; } carried_out[] = {{"block", "blocks"}, {"batch", "batch"}};

static bool pipeline_has(const Pipeline *p, const char *pass) {
    for (int i = 0; i < p->count; i++) {
        if (strcmp(p->passes[i]->name, pass) == 0)
            return true;
    }
    return false;
}

static void remark_without_pass(Session *s, const Pipeline *p, const Module *module, const Directive *d) {
    for (size_t i = 0; i < sizeof carried_out / sizeof carried_out[0]; i++) {
        if (strcmp(d->name, carried_out[i].directive) != 0 || strcmp(d->args, "none") == 0 ||
            pipeline_has(p, carried_out[i].pass))
            continue;
        diag_report(s->dc, DIAG_DIRECTIVE_REMARK, module_span(module, s->dc, d->loc), d->name,
                    arena_printf(s->arena, "pass `%s`, which carries it out, does not run; results do not change",
                                 carried_out[i].pass));
    }
}

static void remark_skipped(Session *s, const Pipeline *p, const Module *module) {
    for (int i = 0; i < module->funcs.len && session_npu_arch(s) < 0 && !s->options->passes; i++) {
        const Func *f = module->funcs.data[i];
        for (int k = 0; k < f->directives.len; k++)
            remark_without_pass(s, p, module, &f->directives.data[k]);
    }
}

bool passes_run(Session *s, const Program *program, const char *input, Module *module) {
    Pipeline pipeline;
    if (!passes_build(s, module, &pipeline))
        return false;
    remark_skipped(s, &pipeline, module);
    return passes_run_pipeline(s, &pipeline, program, input, module);
}
