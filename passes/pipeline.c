#include "passes/pipeline.h"

#include <string.h>
#include <time.h>

#define PASS(name, needs, gives, level, mandatory, doc) bool pass_##name(Module *module, PassContext *ctx);
#include "passes/pass.def"
#undef PASS

enum { STAGE_ANY = -1 };

static const PassInfo all_passes[] = {
#define PASS(name, needs, gives, level, mandatory, doc)                                                                \
    {#name, pass_##name, STAGE_##needs, STAGE_##gives, level, mandatory, doc},
#include "passes/pass.def"
#undef PASS
};
enum { PASS_ROWS = sizeof all_passes / sizeof all_passes[0] };

const PassInfo *pass_table(int *count) {
    *count = PASS_ROWS;
    return all_passes;
}

const PassInfo *pass_find(const char *name) {
    for (int i = 0; i < PASS_ROWS; i++)
        if (strcmp(all_passes[i].name, name) == 0)
            return &all_passes[i];
    return NULL;
}

/* Reports a pass name that no row has, with the nearest one as a hint. */
static void report_unknown_pass(DiagContext *dc, const char *name) {
    const char *names[PASS_ROWS];
    for (int i = 0; i < PASS_ROWS; i++)
        names[i] = all_passes[i].name;
    const char *near = str_nearest(name, names, PASS_ROWS);
    Diag *d = diag_report(dc, DIAG_PASS_UNKNOWN, SPAN_NONE, name);
    if (near)
        diag_hint(d, "did you mean `%s`? `ptoc --print=passes` lists them", near);
    else
        diag_hint(d, "`ptoc --print=passes` lists the passes");
}

static bool is_disabled(const char *name, const char *const *disabled, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(disabled[i], name) == 0)
            return true;
    return false;
}

bool pipeline_default(Pipeline *p, int opt_level, const char *const *disabled, int ndisabled, DiagContext *dc) {
    bool ok = true;
    for (int i = 0; i < ndisabled; i++) {
        const PassInfo *row = pass_find(disabled[i]);
        if (!row)
            report_unknown_pass(dc, disabled[i]);
        else if (row->mandatory)
            diag_report(dc, DIAG_PASS_MANDATORY, SPAN_NONE, disabled[i], disabled[i]);
        ok = ok && row && !row->mandatory;
    }
    p->count = 0;
    for (int i = 0; ok && i < PASS_ROWS; i++)
        if (all_passes[i].level <= opt_level && !is_disabled(all_passes[i].name, disabled, ndisabled))
            p->passes[p->count++] = &all_passes[i];
    return ok;
}

/* Appends one named row if it exists and fits the stage so far. */
static bool pipeline_add(Pipeline *p, const char *name, int *stage, DiagContext *dc) {
    const PassInfo *row = pass_find(name);
    if (!row) {
        report_unknown_pass(dc, name);
        return false;
    }
    if (row->needs != STAGE_ANY && row->needs != *stage) {
        diag_report(dc, DIAG_PASS_STAGE, SPAN_NONE, name, stage_text((Stage)row->needs), stage_text((Stage)*stage));
        return false;
    }
    if (p->count == PIPELINE_MAX) {
        diag_report(dc, DIAG_PASS_TOO_MANY, SPAN_NONE, PIPELINE_MAX);
        return false;
    }
    if (row->gives != STAGE_ANY)
        *stage = row->gives;
    p->passes[p->count++] = row;
    return true;
}

bool pipeline_parse(Pipeline *p, const char *names, Stage start, DiagContext *dc) {
    int stage = (int)start;
    p->count = 0;
    while (*names) {
        size_t n = strcspn(names, ",");
        char name[64];
        if (n >= sizeof name)
            n = sizeof name - 1;
        memcpy(name, names, n);
        name[n] = 0;
        names += strcspn(names, ",");
        if (*names == ',')
            names++;
        if (n > 0 && !pipeline_add(p, name, &stage, dc))
            return false;
    }
    return true;
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool run_pass(const PassInfo *pass, Module *module, PassContext *ctx) {
    ArenaMark mark = arena_mark(ctx->arena);
    bool ok = pass->run(module, ctx);
    arena_release(ctx->arena, mark);
    return ok;
}

static bool run_passes(const Pipeline *p, Module *module, PassContext *ctx) {
    for (int i = 0; i < p->count; i++) {
        double begin = seconds_now();
        if (!run_pass(p->passes[i], module, ctx))
            return false;
        if (p->passes[i]->gives != STAGE_ANY)
            module->stage = (Stage)p->passes[i]->gives;
        if (ctx->after && !ctx->after(ctx->user, module, p->passes[i]->name, i + 1, seconds_now() - begin))
            return false;
    }
    return true;
}

bool pipeline_run(const Pipeline *p, Module *module, PassContext *ctx) {
    PassContext own = *ctx;
    own.arena = arena_create();
    bool ok = run_passes(p, module, &own);
    arena_destroy(own.arena);
    return ok;
}

void pass_print_table(Buf *out) {
    for (int i = 0; i < PASS_ROWS; i++)
        buf_printf(out, "%-10s %s -> %s, from -O%d%s\n    %s\n", all_passes[i].name,
                   all_passes[i].needs == STAGE_ANY ? "any" : stage_text((Stage)all_passes[i].needs),
                   all_passes[i].gives == STAGE_ANY ? "same" : stage_text((Stage)all_passes[i].gives),
                   all_passes[i].level, all_passes[i].mandatory ? ", mandatory" : "", all_passes[i].doc);
}
