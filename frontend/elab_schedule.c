/* Schedules: which one a workload gets on a target, and what its directives say. Each directive acts, or is an error for the
 * target; on targets that run tasks on one queue the ones that only change order act by doing nothing, with a remark. */
#include "frontend/elab_schedule.h"
#include <string.h>

/* ---- targets --------------------------------------------------------------------------------------------------- */
static const char *const target_names[] = {"c", "llvm", "npu-a2a3", "npu-a5"};
enum { TARGET_NAME_COUNT = sizeof target_names / sizeof *target_names };

static const char *current_target(const Elab *e) { return e->options->target ? e->options->target : "c"; }

static void check_targets(Elab *e, const AstItem *s) {
    for (int i = 0; i < s->u.schedule.targets.len; i++) {
        AstName name = s->u.schedule.targets.data[i];
        bool known = false;
        for (int k = 0; k < TARGET_NAME_COUNT; k++)
            known |= strcmp(target_names[k], name.text) == 0;
        if (known)
            continue;
        Diag *d = ELAB_ERROR(e, SCHEDULE_TARGET, name.span, s->name.text, name.text);
        const char *near = str_nearest(name.text, target_names, TARGET_NAME_COUNT);
        if (near) {
            ELAB_HINT(d, "did you mean `%s`?", near);
            ELAB_FIX(d, name.span, near);
        } else {
            ELAB_HINT(d, "targets are c, llvm, npu-a2a3 and npu-a5");
        }
    }
}

static bool schedule_fits(const AstItem *s, const char *target) {
    for (int i = 0; i < s->u.schedule.targets.len; i++)
        if (strcmp(s->u.schedule.targets.data[i].text, target) == 0)
            return true;
    return s->u.schedule.targets.len == 0;
}

/* ---- workloads ------------------------------------------------------------------------------------------------- */
static AstName schedule_workload_name(const AstItem *s) {
    return s->u.schedule.workload.text ? s->u.schedule.workload : s->name;
}

/* NULL after a report, or when the workload itself is broken. */
static ElabWorkload *schedule_workload(Elab *e, const AstItem *s) {
    AstName name = schedule_workload_name(s);
    const Binding *b = elab_lookup(e, name.text);
    if (b && b->kind == BIND_WORKLOAD)
        return b->workload;
    if (b ? b->broken : elab_name_may_be_broken(e, name.text))
        return NULL;
    Diag *d = ELAB_ERROR(e, SCHEDULE_WORKLOAD, name.span, s->name.text, name.text);
    const char *near = elab_nearest_name(e, name.text, 1u << BIND_WORKLOAD);
    if (near)
        ELAB_HINT(d, "did you mean `%s`?", near);
    else if (!s->u.schedule.workload.text)
        ELAB_HINT(d, "write `schedule %s for WORKLOAD { }`", name.text);
    return NULL;
}

/* ---- the choice ------------------------------------------------------------------------------------------------ */
static bool is_for(const AstItem *s, const ElabWorkload *w) { return schedule_workload_name(s).text == w->name; }

static void report_ambiguous(Elab *e, const ElabWorkload *w) {
    Buf names = {NULL, 0, 0};
    Span last = SPAN_NONE;
    int n = 0;
    for (int i = 0; i < e->program->schedules.len; i++) {
        const AstItem *s = e->program->schedules.data[i];
        if (!is_for(s, w) || !schedule_fits(s, current_target(e)))
            continue;
        buf_printf(&names, "%s`%s`", n++ ? ", " : "", s->name.text);
        last = s->name.span;
    }
    report_hint(ELAB_ERROR(e, SCHEDULE_AMBIGUOUS, last, w->name, buf_text(&names), current_target(e)),
                "choose one with --schedule=NAME, or name one of them like the workload");
    buf_free(&names);
}

/* Of several that fit, the one with the workload's name, else the only one. */
static const AstItem *choose_by_rule(Elab *e, const ElabWorkload *w) {
    const AstItem *named = NULL, *any = NULL;
    int nnamed = 0, nany = 0;
    for (int i = 0; i < e->program->schedules.len; i++) {
        const AstItem *s = e->program->schedules.data[i];
        if (!is_for(s, w) || !schedule_fits(s, current_target(e)))
            continue;
        any = s;
        nany++;
        if (s->name.text == w->name) {
            named = s;
            nnamed++;
        }
    }
    if (nnamed == 1)
        return named;
    if (nnamed == 0 && nany <= 1)
        return any;
    report_ambiguous(e, w);
    return NULL;
}

/* --schedule=NAME: those of that name win for their workloads; the other workloads keep the rule. */
static const AstItem *choose(Elab *e, const ElabWorkload *w) {
    const char *name = e->options->schedule;
    if (name && strcmp(name, "none") == 0)
        return NULL;
    if (strcmp(current_target(e), "interp") == 0)
        return NULL; /* the interpreter accepts every schedule and runs in program order */
    const AstItem *other = NULL;
    for (int i = 0; name && i < e->program->schedules.len; i++) {
        const AstItem *s = e->program->schedules.data[i];
        if (!is_for(s, w) || strcmp(s->name.text, name) != 0)
            continue;
        if (schedule_fits(s, current_target(e)))
            return s;
        other = s;
    }
    if (!other)
        return choose_by_rule(e, w);
    ELAB_ERROR(e, SCHEDULE_NOT_ON, other->name.span, name, current_target(e));
    return NULL;
}

static void check_requested(Elab *e) {
    const char *name = e->options->schedule;
    if (!name || strcmp(name, "none") == 0)
        return;
    VEC(const char *) names = {NULL, 0, 0};
    for (int i = 0; i < e->program->schedules.len; i++) {
        if (strcmp(e->program->schedules.data[i]->name.text, name) == 0)
            return;
        VEC_PUSH(e->arena, &names, e->program->schedules.data[i]->name.text);
    }
    Diag *d = ELAB_ERROR(e, SCHEDULE_UNKNOWN, SPAN_NONE, name);
    const char *near = str_nearest(name, names.data, names.len);
    if (near)
        ELAB_HINT(d, "did you mean `%s`?", near);
}

static bool is_distributed(const ElabWorkload *w) {
    for (int i = 0; i < w->func->directives.len; i++)
        if (strcmp(w->func->directives.data[i].name, "distribute") == 0)
            return true;
    for (int i = 0; i < w->edges.len; i++)
        if (is_distributed(w->edges.data[i].callee))
            return true;
    return false;
}

static void check_distributed(Elab *e) {
    for (int i = 0; i < e->workloads.len && e->options->dist; i++) {
        const ElabWorkload *w = e->workloads.data[i];
        if (w->func && w->func->exported && !is_distributed(w))
            ELAB_ERROR(e, DISTRIBUTE_NOTHING, w->item->name.span, e->options->dist, w->name);
    }
}

void elab_schedules(Elab *e) {
    check_requested(e);
    for (int i = 0; i < e->program->schedules.len; i++) {
        const AstItem *s = e->program->schedules.data[i];
        check_targets(e, s);
        ElabWorkload *w = schedule_workload(e, s);
        if (w)
            schedule_check(e, w, s);
    }
    for (int i = 0; i < e->workloads.len; i++) {
        const AstItem *s = choose(e, e->workloads.data[i]);
        if (s)
            schedule_apply(e, e->workloads.data[i], s, current_target(e));
    }
    check_distributed(e);
}
