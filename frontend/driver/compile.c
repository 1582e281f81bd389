/* A program to its outputs, in memory. */
#include "frontend/driver/compile.h"

#include "backends/target.h"
#include "frontend/driver/passes_run.h"
#include "frontend/example.h"

/* ---- what the command line may ask of this version ------------------------------------------------------------- */

static bool refuse(Session *s, const char *what) {
    diag_report(s->dc, DIAG_NOT_IN_VERSION, SPAN_NONE, what);
    return false;
}

bool compile_check_target(Session *s) {
    const Options *o = s->options;
    bool ok = true;
    if (o->target > 0) {
        const TargetInfo *t = target_info(
            (TargetId)target_find(option_choice_word(s->arena, option_info(OPTION_TARGET)->choices, o->target)));
        ok &= t->present || refuse(s, arena_printf(s->arena, "--target=%s", t->name));
    }
    ok &= session_check_dist(s);
    if (o->mcpu && ok && !session_is_llvm(s)) {
        diag_report(s->dc, DIAG_TARGET_OPTION, SPAN_NONE, "-mcpu", "llvm");
        ok = false;
    }
    return ok;
}

/* ---- the outputs ----------------------------------------------------------------------------------------------- */

static bool needs_module(const EmitPlan *plan) {
    for (int k = 0; k < EMIT_COUNT; k++) {
        if (plan->of[k] && emit_info((EmitKind)k)->from != FROM_AST)
            return true;
    }
    return false;
}

/* A backend reports what it cannot do only when it writes. */
bool compile_fill(Session *s, const char *input, Program *program, EmitPlan *plan) {
    example_warn_missing(program, s->dc);
    if (plan->of[EMIT_DOT] || plan->of[EMIT_HTML])
        plan->graphs = taskgraphs_of(s, program, program->module);
    if (needs_module(plan) && !passes_run(s, program, session_input_name(input), program->module))
        return false;
    return emit_fill(s, input, program, program->module, plan) && diag_error_count(s->dc) == 0;
}
