#include "frontend/driver/expect.h"

#include "frontend/driver/run_data.h"

static const char *within_text(Arena *arena, const RunExpect *x) {
    return x->exact ? "" : arena_printf(arena, " within %g", x->tolerance);
}

bool expects_report(Session *s, const ProgramExample *example, const RunInputs *inputs, const EngineRun *run) {
    bool ok = true;
    for (int i = 0; i < inputs->expects.len; i++) {
        const RunExpect *x = &inputs->expects.data[i];
        const EvalTensor *actual = &run->args[x->param].tensor;
        int64_t at = run_expect_differs(x, actual);
        if (at < 0)
            continue;
        ok = false;
        diag_report(s->dc, DIAG_EXPECT_FAILED, x->span, example->name, x->name, tensor_place_text(s->arena, actual, at),
                    tensor_value_text(s->arena, actual, at), run->engine, tensor_value_text(s->arena, &x->value, at),
                    within_text(s->arena, x));
    }
    return ok;
}

const char *expect_failure(Arena *arena, const RunExpect *x, const EngineRun *run) {
    const EvalTensor *actual = &run->args[x->param].tensor;
    int64_t at = run_expect_differs(x, actual);
    if (at < 0)
        return NULL;
    return arena_printf(arena, "`%s`%s is %s, expected %s%s", x->name, tensor_place_text(arena, actual, at),
                        tensor_value_text(arena, actual, at), tensor_value_text(arena, &x->value, at),
                        within_text(arena, x));
}
