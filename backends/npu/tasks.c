/* The programs of a unit over tables of tasks: what runs on a core, and the order of launches on the host. */
#include "backends/npu/emit.h"

enum { MOST_COUNTERS = 4 };

typedef struct Tasks {
    Arena *arena;
    const PlaceUnit *unit;
    Buf *out;
    int depth; /* repeats around */
    int counters[MOST_COUNTERS];
} Tasks;

static const char *expr_text(Tasks *t, const Expr *e) {
    Buf text = {0};
    npu_put_expr(&text, e);
    const char *s = arena_strdup(t->arena, buf_text(&text));
    buf_free(&text);
    return s;
}

/* ---- names of what expressions mention --------------------------------------------------------------------------------- */
/* Index arguments that the expressions use, as variables; those of repeats around are there. */
static void bind_arguments(Tasks *t, int indent, const Expr *const *exprs, int n) {
    for (int i = 0; i < t->unit->args.len; i++) {
        const PlaceArg *a = &t->unit->args.data[i];
        bool used = false;
        for (int e = 0; e < n && a->kind == PLACE_ARG_INDEX && !a->counter; e++)
            used |= expr_uses(exprs[e], a->value);
        if (!used)
            continue;
        buf_indent(t->out, indent);
        buf_printf(t->out, "const int64_t %s = args[%d];\n", a->name, i);
    }
}

static void bind_counters(Tasks *t, int indent, const PlaceProgram *p) {
    for (int d = 0; d < t->depth; d++) {
        const PlaceArg *a = &t->unit->args.data[t->counters[d]];
        bool used = false;
        for (int i = 0; i < p->guards.len; i++)
            used |= expr_uses(p->guards.data[i], a->value);
        if (!used)
            continue;
        buf_indent(t->out, indent);
        buf_printf(t->out, "const int64_t %s = at.k[%d];\n", a->name, d);
    }
}

/* ---- on a core ------------------------------------------------------------------------------------------------------------ */
static void put_argument(Tasks *t, int i) {
    const PlaceArg *a = &t->unit->args.data[i];
    const char *type = npu_cpp_type(a->elem);
    int at = -1;
    for (int d = 0; d < t->depth; d++)
        at = t->counters[d] == i ? d : at;
    if (at >= 0)
        buf_printf(t->out, "at.k[%d]", at);
    else if (a->kind == PLACE_ARG_TENSOR)
        buf_printf(t->out, "reinterpret_cast<__gm__ %s *>(args[%d])", type, i);
    else if (a->kind == PLACE_ARG_SCALAR)
        buf_printf(t->out, "*reinterpret_cast<__gm__ %s *>(&args[%d])", type, i);
    else
        buf_printf(t->out, "args[%d]", i);
}

/* Tasks that the program leaves out. */
static void put_guards(Tasks *t, const PlaceProgram *p) {
    bind_arguments(t, 8, (const Expr *const *)p->guards.data, p->guards.len);
    bind_counters(t, 8, p);
    for (int i = 0; i < p->guards.len; i++) {
        buf_indent(t->out, 8);
        buf_printf(t->out, "if (%s < 0)\n            continue;\n", expr_text(t, p->guards.data[i]));
    }
    for (int i = 0; i < p->flags.len; i++) {
        const PlaceFlag *f = &p->flags.data[i];
        buf_indent(t->out, 8);
        buf_printf(t->out, "if (%s*reinterpret_cast<__gm__ uint8_t *>(args[%d]))\n            continue;\n",
                   f->set ? "!" : "", f->arg);
    }
}

static void put_program(Tasks *t, const PlaceProgram *p) {
    const PlaceUnit *u = t->unit;
    buf_printf(t->out,
               "extern \"C\" __global__ AICORE void %s_tasks(__gm__ int64_t *tasks, int64_t count, int64_t block, "
               "int64_t blocks, PtCounters at) {\n",
               p->name);
    if (t->depth == 0)
        buf_puts(t->out, "    (void)at;\n");
    buf_puts(t->out, "    for (int64_t t = PT_FIRST_TASK(block); t < count; t += blocks) {\n");
    buf_printf(t->out, "        __gm__ int64_t *args = tasks + t * %d;\n", u->args.len);
    put_guards(t, p);
    buf_printf(t->out, "        %s(", p->name);
    for (int i = 0; i < u->args.len; i++) {
        buf_puts(t->out, i ? ",\n            " : "\n            ");
        put_argument(t, i);
    }
    buf_puts(t->out, ");\n        pipe_barrier(PIPE_ALL);\n    }\n}\n");
}

static void put_programs(Tasks *t, const PlaceSteps *steps) {
    for (int i = 0; i < steps->len; i++) {
        const PlaceStep *s = steps->data[i];
        if (s->program >= 0) {
            put_program(t, t->unit->programs.data[s->program]);
        } else if (t->depth < MOST_COUNTERS) {
            t->counters[t->depth++] = s->counter;
            put_programs(t, &s->body);
            t->depth--;
        }
    }
}

/* ---- on the host -------------------------------------------------------------------------------------------------------------- */
static void put_counters(Tasks *t) {
    buf_puts(t->out, "{{");
    for (int d = 0; d < t->depth; d++)
        buf_printf(t->out, "%s%s", d ? ", " : "", t->unit->args.data[t->counters[d]].name);
    buf_puts(t->out, "}}");
}

/* A program whose guards no task passes is not launched. */
static void put_launch(Tasks *t, int indent, const PlaceProgram *p) {
    buf_indent(t->out, indent);
    if (p->guards.len > 0) {
        buf_puts(t->out, "if (tasks.most([&](const int64_t *args) -> int64_t {\n");
        bind_arguments(t, indent + 8, (const Expr *const *)p->guards.data, p->guards.len);
        buf_indent(t->out, indent + 8);
        buf_puts(t->out, "(void)args;\n");
        buf_indent(t->out, indent + 8);
        buf_puts(t->out, "return ");
        for (int i = 0; i < p->guards.len; i++)
            buf_printf(t->out, "%s%s >= 0", i ? " && " : "", expr_text(t, p->guards.data[i]));
        buf_puts(t->out, ";\n");
        buf_indent(t->out, indent + 4);
        buf_puts(t->out, "}))\n");
        buf_indent(t->out, indent + 4);
    }
    buf_printf(t->out, "tasks.launch({%s_tasks, %s}, ", p->name, p->cube ? "true" : "false");
    put_counters(t);
    buf_puts(t->out, ");\n");
}

static void put_steps(Tasks *t, int indent, const PlaceSteps *steps) {
    for (int i = 0; i < steps->len; i++) {
        const PlaceStep *s = steps->data[i];
        if (s->program >= 0) {
            put_launch(t, indent, t->unit->programs.data[s->program]);
            continue;
        }
        const char *k = t->unit->args.data[s->counter].name;
        buf_indent(t->out, indent);
        buf_printf(t->out, "const int64_t %s_most = tasks.most([&](const int64_t *args) -> int64_t {\n", k);
        bind_arguments(t, indent + 4, &s->trips, 1);
        buf_indent(t->out, indent + 4);
        buf_printf(t->out, "(void)args;\n");
        buf_indent(t->out, indent + 4);
        buf_printf(t->out, "return %s;\n", expr_text(t, s->trips));
        buf_indent(t->out, indent);
        buf_puts(t->out, "});\n");
        buf_indent(t->out, indent);
        buf_printf(t->out, "for (int64_t %s = 0; %s < %s_most; %s++) {\n", k, k, k, k);
        t->counters[t->depth++] = s->counter;
        put_steps(t, indent + 4, &s->body);
        t->depth--;
        buf_indent(t->out, indent);
        buf_puts(t->out, "}\n");
    }
}

void npu_emit_tasks(Arena *arena, const PlaceUnit *unit, Buf *out) {
    Tasks t = {.arena = arena, .unit = unit, .out = out};
    put_programs(&t, &unit->steps);
    buf_printf(out, "static void %s_run(const PtTasks &tasks) {\n", unit->name);
    put_steps(&t, 4, &unit->steps);
    buf_puts(out, "}\n\n");
}
