/* The verifier's entry, and its messages. */
#include "backends/npu/verify/internal.h"

#include <stdio.h>
#include <string.h>

const char *pv_stmt_text(const Verify *v, const PlaceStmt *stmt) {
    enum { SHOWN = 60 };
    Buf text = {0};
    PlaceStmt head = *stmt;
    head.body.len = 0;
    place_print_stmt(&text, v->unit, v->program, &head);
    const char *s = buf_text(&text);
    s += strspn(s, " ");
    if (strncmp(s, "insn ", 5) == 0)
        s += 5;
    int n = (int)strcspn(s, "@\n");
    while (n > 0 && s[n - 1] == ' ')
        n--;
    const char *dots = n > SHOWN ? " .." : "";
    char place[96] = "";
    bool known = stmt->loc.line > 0 && stmt->loc.file >= 0 && stmt->loc.file < v->unit->nsources;
    if (known)
        snprintf(place, sizeof place, " (%.70s:%d)", v->unit->sources[stmt->loc.file], stmt->loc.line);
    const char *out = arena_printf(v->arena, "%.*s%s%s", n > SHOWN ? SHOWN : n, s, dots, place);
    buf_free(&text);
    return out;
}

void pv_fail(Verify *v, DiagCode code, const PlaceStmt *stmt, const char *fmt, ...) {
    if (v->failed)
        return;
    v->failed = true;
    va_list args;
    va_start(args, fmt);
    const char *why = arena_vprintf(v->arena, fmt, args);
    va_end(args);
    const char *what = stmt ? arena_printf(v->arena, "`%s`: ", pv_stmt_text(v, stmt)) : "";
    Diag *d = diag_report(v->dc, code, SPAN_NONE, v->program->name, what, why);
    if (v->choice)
        diag_note(d, SPAN_NONE, "shown with %s", v->choice);
}

bool pv_core_has(const PlaceProgram *program, NpuPipe pipe) {
    switch (pipe) {
    case NPU_PIPE_MTE2:
    case NPU_PIPE_S: return true;
    case NPU_PIPE_MTE1:
    case NPU_PIPE_M:
    case NPU_PIPE_FIX: return program->cube;
    case NPU_PIPE_V:
    case NPU_PIPE_MTE3: return !program->cube;
    case NPU_PIPE_COUNT: break;
    }
    return false;
}

int64_t pv_hidden(InsnCode code, NpuArch arch, int64_t *base) {
    *base = npu_memory_info(NPU_UB)->capacity[arch];
    return insn_info(code)->hidden && arch == NPU_A2A3 ? NPU_HIDDEN_BYTES : 0;
}

static const char *choice_text(const Verify *v, const Trips *trips, const int *choice) {
    Buf text = {0};
    for (int i = 0; i < trips->loops.len; i++) {
        const TripLoop *loop = &trips->loops.data[i];
        if (i >= 6) {
            buf_puts(&text, ", ..");
            break;
        }
        buf_printf(&text, "%s%s < %d", i ? ", " : "", loop->stmt->value->name, choice[loop->class]);
    }
    const char *s = trips->loops.len ? arena_strdup(v->arena, buf_text(&text)) : NULL;
    buf_free(&text);
    return s;
}

/* All traces decide all trip counts: README.md says why. */
static void check_traces(Verify *v) {
    Trips trips = {0};
    pv_choose_trips(v, &trips);
    for (int i = 0; i < trips.choices.len && !v->failed; i++) {
        Arena *arena = arena_create();
        Verify one = *v;
        one.arena = arena;
        one.choice = choice_text(&one, &trips, trips.choices.data[i]);
        int mark = facts_mark(v->facts);
        for (int c = 0; c < trips.classes.len; c++) {
            const TripClass *k = &trips.classes.data[c];
            int count = trips.choices.data[i][c];
            if (!k->bound)
                continue;
            if (count > 0)
                facts_add_le(v->facts, expr_const(v->x, count), k->trip);
            if (count <= k->period)
                facts_add_le(v->facts, k->trip, expr_const(v->x, count));
        }
        Trace trace = {0};
        if (pv_trace(&one, &trips, trips.choices.data[i], &trace) && pv_order(&one, &trace))
            pv_values(&one, &trace);
        v->failed = one.failed;
        facts_release(v->facts, mark);
        arena_destroy(arena);
    }
}

bool place_verify(const PlaceUnit *unit, DiagContext *dc) {
    Arena *arena = arena_create();
    bool ok = true;
    for (int i = 0; i < unit->programs.len; i++) {
        Verify v = {.arena = arena, .dc = dc, .unit = unit, .program = unit->programs.data[i], .x = unit->exprs};
        v.facts = facts_create(arena, unit->exprs);
        for (int a = 0; a < unit->args.len; a++) { /* extents and strides */
            if (unit->args.data[a].kind == PLACE_ARG_INDEX)
                facts_add_ge0(v.facts, expr_value(v.x, unit->args.data[a].value));
        }
        for (int a = 0; a < unit->assumes.len; a++)
            facts_add_ge0(v.facts, unit->assumes.data[a]);
        for (int g = 0; g < v.program->guards.len; g++)
            facts_add_ge0(v.facts, v.program->guards.data[g]);
        pv_rules(&v);
        if (!v.failed)
            pv_sequence(&v);
        if (!v.failed)
            check_traces(&v);
        ok &= !v.failed;
    }
    arena_destroy(arena);
    return ok;
}
