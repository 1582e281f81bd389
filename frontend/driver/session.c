#include "frontend/driver/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "backends/npu/place.h"
#include "backends/target.h"
#include "frontend/parse.h"

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

const VectorFacts *session_vector(const Session *s) {
    const Options *o = s->options;
    if (o->march >= 0) {
        const char *name = option_choice_word(s->arena, option_info(OPTION_MARCH)->choices, o->march);
        return &arch_info((ArchId)arch_find(name))->vector;
    }
    const char *target =
        o->target > 0 ? option_choice_word(s->arena, option_info(OPTION_TARGET)->choices, o->target) : "c";
    return &arch_info(target_info((TargetId)target_find(target))->arch)->vector;
}

void session_init(Session *s, Arena *arena, const Options *options) {
    *s = (Session){.arena = arena, .options = options, .begin = seconds_now()};
    s->strings = strtab_create(arena);
    s->sources = source_map_create(arena);
    DiagOptions diag = options->diag;
    s->dc = diag_context_create(arena, s->sources, &diag);
    if (options->target > 0)
        s->target = option_choice_word(arena, option_info(OPTION_TARGET)->choices, options->target);
}

bool session_is_llvm(const Session *s) { return s->target && strcmp(s->target, "llvm") == 0; }

int session_npu_arch(const Session *s) { return s->target ? npu_arch_find(s->target) : -1; }

const char *session_dist(const Session *s) {
    return s->options->dist < 0 ? NULL
                                : option_choice_word(s->arena, option_info(OPTION_DIST)->choices, s->options->dist);
}

static bool dist_conflict(Session *s, const char *how, const char *with, const char *value) {
    diag_report(s->dc, DIAG_DIST_WITH, SPAN_NONE, how, arena_printf(s->arena, "`%s=%s`", with, value));
    return false;
}

bool session_check_dist(Session *s) {
    const Options *o = s->options;
    const char *how = session_dist(s);
    if (!how && o->ranks > 0) {
        Diag *d = diag_report(s->dc, DIAG_OPTION_PLACE, SPAN_NONE, "--ranks", "run` without `--dist");
        diag_hint(d, "write `--dist=mpi`, too");
        return false;
    }
    if (!how)
        return true;
    if (o->target > 0)
        return dist_conflict(s, how, "--target",
                             option_choice_word(s->arena, option_info(OPTION_TARGET)->choices, o->target));
    if (o->engine > ENGINE_AUTO && o->engine != ENGINE_C)
        return dist_conflict(s, how, "--engine",
                             option_choice_word(s->arena, option_info(OPTION_ENGINE)->choices, o->engine));
    if (o->trace)
        return dist_conflict(s, how, "--trace", o->trace);
    if (o->simulate)
        return dist_conflict(s, how, "--simulate", o->simulate);
    return o->compare != COMPARE_C || dist_conflict(s, how, "--compare", "c");
}

double session_seconds(const Session *s) { return seconds_now() - s->begin; }

void session_phase(Session *s, const char *name, double begin) {
    Phase phase = {name, begin, session_seconds(s) - begin, arena_bytes(s->arena)};
    VEC_PUSH(s->arena, &s->phases, phase);
}

void session_progress(const Session *s, const char *text) {
    if (!s->on_terminal)
        return;
    session_say(s, "\r\033[K", strlen("\r\033[K"));
    session_say(s, text, strlen(text));
}

void session_say(const Session *s, const char *text, size_t size) {
    if (s->say && size > 0)
        s->say(s->say_user, text, size);
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void put_time_report(const Session *s, Buf *out) {
    double total = session_seconds(s);
    buf_puts(out, "Time:\n");
    for (int i = 0; i < s->phases.len; i++) {
        const Phase *p = &s->phases.data[i];
        buf_printf(out, "  %10.3f ms %5.1f%%  %s\n", 1e3 * p->seconds, total > 0 ? 100 * p->seconds / total : 0.0,
                   p->name);
    }
    buf_printf(out, "  %10.3f ms 100.0%%  total\n", 1e3 * total);
}

static void put_mem_report(const Session *s, Buf *out) {
    struct rusage usage;
    buf_puts(out, "Memory handed out, in KiB:\n");
    for (int i = 0; i < s->phases.len; i++)
        buf_printf(out, "  %10zu after %s\n", s->phases.data[i].bytes / 1024, s->phases.data[i].name);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        buf_printf(out, "  %10ld largest resident size\n", usage.ru_maxrss);
}

ExitCode session_exit_code(const Session *s) {
    ExitCode code = s->internal ? EXIT_CODE_INTERNAL : exit_code_of_all(s->dc);
    return code == EXIT_CODE_OK && s->has_exit ? s->exit_code : code;
}

void session_put_reports(const Session *s, Buf *out) {
    if (s->options->time_report)
        put_time_report(s, out);
    if (s->options->mem_report)
        put_mem_report(s, out);
}

ExitCode session_finish(Session *s) {
    Buf out = {0};
    session_progress(s, "");
    diag_render(s->dc, &out);
    session_put_reports(s, &out);
    session_say(s, buf_text(&out), out.len);
    buf_free(&out);
    return session_exit_code(s);
}

/* ---- programs -------------------------------------------------------------------------------------------------- */

const char *session_input_name(const char *path) { return strcmp(path, "-") == 0 ? "<stdin>" : path; }

bool session_split_pair(Session *s, const char *option, const char *text, const char *expected, const char **name,
                        const char **value) {
    const char *equal = strchr(text, '=');
    if (!equal || equal == text) {
        diag_report(s->dc, DIAG_PAIR_EXPECTED, SPAN_NONE, option, expected, text);
        return false;
    }
    *name = arena_strndup(s->arena, text, (size_t)(equal - text));
    *value = equal + 1;
    return true;
}

static bool split_defines(Session *s, ProgramOptions *po) {
    const StringVec *list = &s->options->defines;
    ProgramDefine *defines = ARENA_ARRAY(s->arena, ProgramDefine, list->len + 1);
    bool ok = true;
    for (int i = 0; i < list->len; i++)
        ok &= session_split_pair(s, "-D", list->data[i], "NAME=VALUE", &defines[i].name, &defines[i].value);
    po->defines = defines;
    po->ndefines = list->len;
    return ok;
}

static bool program_options(Session *s, ProgramOptions *out) {
    const Options *o = s->options;
    ProgramOptions po = {.arena = s->arena, .strings = s->strings, .dc = s->dc};
    po.checks = o->checks < 0 ? PROGRAM_CHECKS_ENTRY : (ProgramChecks)o->checks;
    po.fp_separate = o->fp == 1;
    po.target = s->target;
    po.schedule = o->schedule;
    po.dist = session_dist(s);
    po.include_dirs = o->include_dirs.data;
    po.ninclude_dirs = o->include_dirs.len;
    po.reader = s->source ? s->source->reader : NULL;
    po.reader_user = s->source ? s->source->user : NULL;
    *out = po;
    return split_defines(s, out);
}

Program *session_load_text(Session *s, const Buf *text) {
    double begin = session_seconds(s);
    ProgramOptions po;
    Program *program = program_options(s, &po) ? program_load_text(&po, "<stdin>", buf_text(text), text->len) : NULL;
    session_phase(s, "read and check", begin);
    return program && program->main ? program : NULL;
}

static Program *load_stdin(Session *s) {
    Buf text = {0};
    Program *program = NULL;
    int error = buf_load_fd(&text, STDIN_FILENO, PARSE_MAX_SOURCE);
    if (error)
        parse_report_unreadable(s->dc, SPAN_NONE, "<stdin>", error);
    else
        program = session_load_text(s, &text);
    buf_free(&text);
    return program;
}

static Program *load(const Session *s, const ProgramOptions *po, const char *path) {
    return s->source ? program_load_text(po, path, s->source->text, s->source->size) : program_load(po, path);
}

Program *session_load(Session *s, const char *path) {
    if (strcmp(path, "-") == 0 && !s->source)
        return load_stdin(s);
    double begin = session_seconds(s);
    ProgramOptions po;
    Program *program = program_options(s, &po) ? load(s, &po, path) : NULL;
    session_phase(s, "read and check", begin);
    return program && program->main ? program : NULL;
}

Program *session_load_to_compile(Session *s, const char *path) {
    int errors = diag_error_count(s->dc); /* of other programs */
    Program *program = session_load(s, path);
    if (!program || diag_error_count(s->dc) > errors)
        return NULL;
    if (program->empty) {
        diag_report(s->dc, DIAG_NOTHING_TO_COMPILE, SPAN_NONE, session_input_name(path));
        return NULL;
    }
    return program->module ? program : NULL;
}
