/* Directives of schedules, by one table: what they are called, what they take, and what each kind of target makes of them. */
#include "frontend/elab_distribute.h"
#include "frontend/elab_schedule.h"
#include <string.h>

/* ---- the table ------------------------------------------------------------------------------------------------- */
typedef enum SlotKind {
    SLOT_COUNT,     /* a constant integer from 1 on */
    SLOT_EXPR,      /* an integer expression over loop indices, constants, symbols and scalar parameters */
    SLOT_CHOICE,    /* one of some words, possibly with an argument */
    SLOT_AXIS,      /* an index of a `parallel` */
    SLOT_PARALLEL,  /* the same, or none */
    SLOT_KERNEL_DIM /* kernel.DIM = N */
} SlotKind;

typedef struct Choice {
    const char *word;
    bool has_arg;
    SlotKind arg;
} Choice;

typedef struct Slot {
    const char *name; /* NULL: positional */
    SlotKind kind;
    const Choice *choices; /* ended by a NULL word */
    bool required;
} Slot;

/* What a target does with a directive. */
typedef enum Act {
    ACT_YES,
    ACT_REMARK, /* accepted; the remark says what it comes to */
    ACT_DIST,   /* with --dist, else an error */
    ACT_NO
} Act;

enum { SLOTS_MOST = 3 };

typedef struct DirectiveRow {
    const char *name, *form;
    Slot slots[SLOTS_MOST];
    int nslots;
    bool repeats; /* may stand several times */
    Act cpu, npu;
    bool not_in_chunks; /* beside `distribute` with --dist=starpu, which orders and places tasks itself */
    const char *cpu_remark, *npu_remark;
} DirectiveRow;

static const Choice ready_choices[] = {
    {"fifo", false, SLOT_COUNT}, {"lifo", false, SLOT_COUNT}, {"priority", true, SLOT_EXPR}, {NULL, false, SLOT_COUNT}};
static const Choice start_choices[] = {{"eager", false, SLOT_COUNT},
                                       {"threshold", true, SLOT_COUNT},
                                       {"all", false, SLOT_COUNT},
                                       {NULL, false, SLOT_COUNT}};
static const Choice dispatch_choices[] = {{"round_robin", false, SLOT_COUNT},
                                          {"affinity", true, SLOT_EXPR},
                                          {"hash", true, SLOT_EXPR},
                                          {"work_steal", false, SLOT_COUNT},
                                          {NULL, false, SLOT_COUNT}};
static const Choice timing_choices[] = {
    {"immediate", false, SLOT_COUNT}, {"batched", true, SLOT_COUNT}, {NULL, false, SLOT_COUNT}};
static const Choice trace_choices[] = {{"on", false, SLOT_COUNT}, {NULL, false, SLOT_COUNT}};

#define BY_ITSELF "the compiler chooses by itself in this version; results do not change"

static const DirectiveRow rows[] = {
    {.name = "task_graph",
     .form = "task_graph(window = 8K, ready = fifo, start = eager)",
     .nslots = 3,
     .slots = {{"window", SLOT_COUNT, NULL, false},
               {"ready", SLOT_CHOICE, ready_choices, false},
               {"start", SLOT_CHOICE, start_choices, false}},
     .cpu = ACT_YES,
     .not_in_chunks = true,
     .npu = ACT_REMARK,
     .npu_remark = "the window is rounded up to a power of two"},
    {.name = "dispatch",
     .form = "dispatch(affinity(batch))",
     .nslots = 1,
     .slots = {{NULL, SLOT_CHOICE, dispatch_choices, true}},
     .cpu = ACT_YES,
     .not_in_chunks = true,
     .npu = ACT_NO},
    {.name = "workers",
     .form = "workers(4)",
     .nslots = 1,
     .slots = {{NULL, SLOT_COUNT, NULL, true}},
     .cpu = ACT_YES,
     .not_in_chunks = true,
     .npu = ACT_NO},
    {.name = "streams",
     .form = "streams(2, by = batch % 2)",
     .nslots = 2,
     .slots = {{NULL, SLOT_COUNT, NULL, true}, {"by", SLOT_EXPR, NULL, true}},
     .cpu = ACT_YES,
     .not_in_chunks = true,
     .npu = ACT_NO},
    {.name = "timing",
     .form = "timing(batched(8))",
     .nslots = 1,
     .slots = {{NULL, SLOT_CHOICE, timing_choices, true}},
     .cpu = ACT_YES,
     .not_in_chunks = true,
     .npu = ACT_NO},
    {.name = "block",
     .form = "block(kernel.DIM = 128)",
     .nslots = 1,
     .slots = {{NULL, SLOT_KERNEL_DIM, NULL, true}},
     .repeats = true,
     .cpu = ACT_YES,
     .npu = ACT_YES},
    {.name = "batch",
     .form = "batch(axis)",
     .nslots = 1,
     .slots = {{NULL, SLOT_PARALLEL, NULL, true}},
     .repeats = true,
     .cpu = ACT_YES,
     .npu = ACT_YES},
    {.name = "pipeline",
     .form = "pipeline(depth = 2)",
     .nslots = 1,
     .slots = {{"depth", SLOT_COUNT, NULL, true}},
     .cpu = ACT_REMARK,
     .cpu_remark = BY_ITSELF,
     .npu = ACT_YES},
    {.name = "distribute",
     .form = "distribute(batch)",
     .nslots = 1,
     .slots = {{NULL, SLOT_AXIS, NULL, true}},
     .cpu = ACT_DIST,
     .npu = ACT_NO},
    {.name = "trace",
     .form = "trace(on)",
     .nslots = 1,
     .slots = {{NULL, SLOT_CHOICE, trace_choices, true}},
     .cpu = ACT_YES,
     .npu = ACT_YES},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static const DirectiveRow *row_find(const char *name) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* ---- values, and their text ------------------------------------------------------------------------------------ */
/* Everything is checked and written to `text` in one walk; without a text only checked. */
typedef struct DirectiveWalk {
    Elab *e;
    ElabWorkload *w;
    const DirectiveRow *row;
    Buf text;
    bool ok;
} DirectiveWalk;

static void bad_value(DirectiveWalk *d, const AstExpr *x, const char *expected) {
    ELAB_ERROR(d->e, DIRECTIVE_VALUE, x->span, d->row->name, expected, elab_source_text(d->e, x->span));
    d->ok = false;
}

static void walk_count(DirectiveWalk *d, const AstExpr *x) {
    ElabValue v = elab_const_expr(d->e, x);
    if (v.kind != EV_NUMBER) {
        d->ok = false;
        return;
    }
    if (v.number.kind != NUMBER_INT || v.number.i < 1 || v.number.i > (ElabInt)INT64_MAX)
        bad_value(d, x, "a constant integer from 1 on");
    else
        buf_printf(&d->text, "%lld", (long long)v.number.i);
}

static bool is_axis(const DirectiveWalk *d, const char *name, bool parallel_only) {
    for (int i = 0; i < d->w->axes.len; i++)
        if (d->w->axes.data[i].name.text == name && (!parallel_only || d->w->axes.data[i].parallel))
            return true;
    return false;
}

static bool is_scalar_or_symbol(const DirectiveWalk *d, const char *name) {
    for (int i = 0; i < d->w->symbols.len; i++)
        if (d->w->symbols.data[i].name == name)
            return true;
    for (int i = 0; i < d->w->params.len; i++) {
        const ElabParam *p = &d->w->params.data[i];
        if (p->ast->name.text == name && p->type && p->type->kind == TYPE_TILE && !elem_is_float(p->type->elem))
            return true;
    }
    return false;
}

static void unknown_name(DirectiveWalk *d, const AstExpr *x, const char *what) {
    VEC(const char *) names = {NULL, 0, 0};
    for (int i = 0; i < d->w->axes.len; i++)
        VEC_PUSH(d->e->arena, &names, d->w->axes.data[i].name.text);
    const char *near = str_nearest(x->u.name, names.data, names.len);
    Diag *diag = ELAB_ERROR(d->e, DIRECTIVE_NAME, x->span, d->row->name, x->u.name, what, d->w->name);
    if (near)
        ELAB_HINT(diag, "did you mean `%s`?", near);
    d->ok = false;
}

static void walk_expr(DirectiveWalk *d, const AstExpr *x);

static void walk_name(DirectiveWalk *d, const AstExpr *x) {
    if (is_axis(d, x->u.name, false) || is_scalar_or_symbol(d, x->u.name)) {
        buf_puts(&d->text, x->u.name);
        return;
    }
    Binding *b = elab_lookup(d->e, x->u.name);
    if (!b || b->kind != BIND_CONST) {
        unknown_name(d, x, "loop index, constant, symbol or integer parameter");
        return;
    }
    ElabValue v = elab_const_binding(d->e, b);
    if (v.kind == EV_NUMBER && v.number.kind == NUMBER_INT)
        buf_puts(&d->text, elab_number_text(d->e, v.number));
    else if (v.kind == EV_NUMBER)
        bad_value(d, x, "an integer expression");
    else
        d->ok = false;
}

static void walk_call(DirectiveWalk *d, const AstExpr *x) {
    const char *op = ast_tl_name(x->u.call.callee);
    bool known = op && (strcmp(op, "minimum") == 0 || strcmp(op, "maximum") == 0 || strcmp(op, "cdiv") == 0);
    const AstArgList *args = &x->u.call.args;
    if (!known || args->len != 2 || args->data[0].name.text || args->data[1].name.text || args->data[0].length ||
        args->data[1].length) {
        bad_value(d, x, "an integer expression");
        return;
    }
    buf_printf(&d->text, "tl.%s(", op);
    walk_expr(d, args->data[0].value);
    buf_puts(&d->text, ", ");
    walk_expr(d, args->data[1].value);
    buf_putc(&d->text, ')');
}

static void walk_expr_inside(DirectiveWalk *d, const AstExpr *x) {
    switch (x->kind) {
    case AST_EXPR_INT: buf_printf(&d->text, "%llu", (unsigned long long)x->u.integer.value); return;
    case AST_EXPR_NAME: walk_name(d, x); return;
    case AST_EXPR_UNARY:
        if (x->u.unary.op == AST_UNARY_NOT)
            bad_value(d, x, "an integer expression");
        buf_puts(&d->text, ast_unary_text(x->u.unary.op));
        walk_expr(d, x->u.unary.operand);
        return;
    case AST_EXPR_BINARY:
        if (x->u.binary.op == AST_BINARY_AND_AND || x->u.binary.op == AST_BINARY_OR_OR ||
            ast_binary_is_comparison(x->u.binary.op))
            bad_value(d, x, "an integer expression");
        walk_expr(d, x->u.binary.left);
        buf_printf(&d->text, " %s ", ast_binary_text(x->u.binary.op));
        walk_expr(d, x->u.binary.right);
        return;
    case AST_EXPR_CALL: walk_call(d, x); return;
    case AST_EXPR_FLOAT:
    case AST_EXPR_BOOL:
    case AST_EXPR_STRING:
    case AST_EXPR_INDEX:
    case AST_EXPR_MEMBER:
    case AST_EXPR_LIST: break;
    }
    bad_value(d, x, "an integer expression");
}

static void walk_expr(DirectiveWalk *d, const AstExpr *x) {
    if (x->parenthesized)
        buf_putc(&d->text, '(');
    walk_expr_inside(d, x);
    if (x->parenthesized)
        buf_putc(&d->text, ')');
}

static const char *choices_text(const DirectiveWalk *d, const Choice *choices) {
    Buf text = {NULL, 0, 0};
    for (const Choice *c = choices; c->word; c++)
        buf_printf(&text, "%s%s%s",
                   c == choices ? ""
                   : c[1].word  ? ", "
                                : " or ",
                   c->word,
                   !c->has_arg            ? ""
                   : c->arg == SLOT_COUNT ? "(N)"
                                          : "(expression)");
    const char *copy = arena_strdup(d->e->arena, buf_text(&text));
    buf_free(&text);
    return copy;
}

static void walk_choice(DirectiveWalk *d, const AstExpr *x, const Choice *choices) {
    bool call = x->kind == AST_EXPR_CALL && x->u.call.callee->kind == AST_EXPR_NAME;
    const char *word = call ? x->u.call.callee->u.name : x->kind == AST_EXPR_NAME ? x->u.name : "";
    const Choice *c = choices;
    while (c->word && strcmp(c->word, word) != 0)
        c++;
    if (!c->word || c->has_arg != call ||
        (call && (x->u.call.args.len != 1 || x->u.call.args.data[0].name.text || x->u.call.args.data[0].length))) {
        bad_value(d, x, choices_text(d, choices));
        return;
    }
    buf_puts(&d->text, word);
    if (!call)
        return;
    buf_putc(&d->text, '(');
    if (c->arg == SLOT_COUNT)
        walk_count(d, x->u.call.args.data[0].value);
    else
        walk_expr(d, x->u.call.args.data[0].value);
    buf_putc(&d->text, ')');
}

static void walk_axis(DirectiveWalk *d, const AstExpr *x, bool takes_none) {
    if (x->kind != AST_EXPR_NAME) {
        bad_value(d, x, "a loop index");
        return;
    }
    bool none = takes_none && strcmp(x->u.name, "none") == 0;
    if (!none && !is_axis(d, x->u.name, true)) {
        unknown_name(d, x, "index of a `parallel`");
        return;
    }
    buf_puts(&d->text, x->u.name);
}

/* kernel.DIM = N: a symbol of a kernel of the program. */
static void walk_kernel_dim(DirectiveWalk *d, const AstArg *arg) {
    const Binding *b = elab_lookup(d->e, arg->name.text);
    if (!b || b->kind != BIND_KERNEL) {
        const char *near = elab_nearest_name(d->e, arg->name.text, 1u << BIND_KERNEL);
        Diag *diag = ELAB_ERROR(d->e, DIRECTIVE_KERNEL, arg->name.span, d->row->name, arg->name.text);
        if (near)
            ELAB_HINT(diag, "did you mean `%s`?", near);
        d->ok = false;
        return;
    }
    bool found = !b->kernel || b->kernel->broken;
    for (int i = 0; !found && i < b->kernel->symbols.len; i++)
        found = b->kernel->symbols.data[i].name == arg->member.text;
    if (!found) {
        ELAB_ERROR(d->e, DIRECTIVE_DIM, arg->member.span, d->row->name, arg->name.text, arg->member.text);
        d->ok = false;
    }
    buf_printf(&d->text, "%s.%s = ", arg->name.text, arg->member.text);
    walk_count(d, arg->value);
}

/* ---- one directive --------------------------------------------------------------------------------------------- */
static void bad_form(DirectiveWalk *d, Span span) {
    ELAB_ERROR(d->e, DIRECTIVE_FORM, span, d->row->name, d->row->form);
    d->ok = false;
}

static int slot_of(const DirectiveRow *row, const AstArg *arg, int position) {
    for (int i = 0; i < row->nslots; i++) {
        const Slot *s = &row->slots[i];
        if (s->kind == SLOT_KERNEL_DIM ? arg->member.text != NULL && position == 0
            : s->name                  ? arg->name.text && !arg->member.text && strcmp(arg->name.text, s->name) == 0
                                       : !arg->name.text && position == i)
            return i;
    }
    return -1;
}

static void walk_slot(DirectiveWalk *d, const Slot *s, const AstArg *arg) {
    if (s->name)
        buf_printf(&d->text, "%s = ", s->name);
    switch (s->kind) {
    case SLOT_COUNT: walk_count(d, arg->value); return;
    case SLOT_EXPR: walk_expr(d, arg->value); return;
    case SLOT_CHOICE: walk_choice(d, arg->value, s->choices); return;
    case SLOT_AXIS: walk_axis(d, arg->value, false); return;
    case SLOT_PARALLEL: walk_axis(d, arg->value, true); return;
    case SLOT_KERNEL_DIM: walk_kernel_dim(d, arg); return;
    }
}

static void walk_directive(DirectiveWalk *d, const AstDirective *x) {
    bool seen[SLOTS_MOST] = {false};
    for (int i = 0; i < x->args.len; i++) {
        const AstArg *arg = &x->args.data[i];
        int at = arg->length ? -1 : slot_of(d->row, arg, i);
        if (at < 0 || seen[at]) {
            bad_form(d, arg->span);
            continue;
        }
        seen[at] = true;
        if (i)
            buf_puts(&d->text, ", ");
        walk_slot(d, &d->row->slots[at], arg);
    }
    for (int i = 0; i < SLOTS_MOST && d->ok; i++) /* places past nslots are not required */
        if (d->row->slots[i].required && !seen[i])
            bad_form(d, x->span);
    if (d->ok && x->args.len == 0)
        bad_form(d, x->span);
}

static bool directive_twice(Elab *e, const AstItem *s, int at, const DirectiveRow *row) {
    for (int i = 0; i < at && !row->repeats; i++) {
        const AstDirective *before = &s->u.schedule.directives.data[i];
        if (before->name.text != s->u.schedule.directives.data[at].name.text)
            continue;
        report_note(ELAB_ERROR(e, DIRECTIVE_TWICE, s->u.schedule.directives.data[at].span, row->name), before->span,
                    "the first is here");
        return true;
    }
    return false;
}

void schedule_check(Elab *e, ElabWorkload *w, const AstItem *schedule) {
    for (int i = 0; i < schedule->u.schedule.directives.len; i++) {
        const AstDirective *x = &schedule->u.schedule.directives.data[i];
        const DirectiveRow *row = row_find(x->name.text);
        if (!row) {
            const char *names[ROW_COUNT];
            for (int k = 0; k < ROW_COUNT; k++)
                names[k] = rows[k].name;
            const char *near = str_nearest(x->name.text, names, ROW_COUNT);
            Diag *d = ELAB_ERROR(e, DIRECTIVE_UNKNOWN, x->name.span, x->name.text);
            if (near) {
                ELAB_HINT(d, "did you mean `%s`?", near);
                ELAB_FIX(d, x->name.span, near);
            }
            continue;
        }
        if (directive_twice(e, schedule, i, row))
            continue;
        DirectiveWalk d = {.e = e, .w = w, .row = row, .ok = true};
        walk_directive(&d, x);
        buf_free(&d.text);
    }
}

/* ---- applying -------------------------------------------------------------------------------------------------- */
/* On NPU targets task_graph takes a window and ready = fifo only. */
static bool npu_takes(const AstDirective *x) {
    for (int i = 0; i < x->args.len; i++) {
        const AstArg *arg = &x->args.data[i];
        bool window = arg->name.text && strcmp(arg->name.text, "window") == 0;
        bool fifo = arg->name.text && strcmp(arg->name.text, "ready") == 0 && arg->value->kind == AST_EXPR_NAME &&
                    strcmp(arg->value->u.name, "fifo") == 0;
        if (!window && !fifo && strcmp(x->name.text, "task_graph") == 0)
            return false;
    }
    return true;
}

static bool distributes(const AstItem *schedule) {
    for (int i = 0; i < schedule->u.schedule.directives.len; i++)
        if (strcmp(schedule->u.schedule.directives.data[i].name.text, "distribute") == 0)
            return true;
    return false;
}

/* A report, where a directive cannot act on tasks of StarPU. */
static bool refuse_in_chunks(Elab *e, const AstItem *schedule, const AstDirective *x, const DirectiveRow *row,
                             const char *target) {
    bool chunks = e->options->dist && strcmp(e->options->dist, "starpu") == 0 && distributes(schedule);
    if (!chunks || !row->not_in_chunks)
        return false;
    Diag *d = ELAB_ERROR(e, DIRECTIVE_TARGET, x->span, row->name, arena_printf(e->arena, "%s --dist=starpu", target));
    ELAB_HINT(
        d, "StarPU orders and places the chunks of a distributed loop itself; --dist=mpi leaves that to the schedule");
    return true;
}

static void apply_directive(Elab *e, ElabWorkload *w, const AstDirective *x, const DirectiveRow *row,
                            const char *target) {
    bool npu = str_starts_with(target, "npu");
    Act act = npu ? (npu_takes(x) ? row->npu : ACT_NO) : row->cpu;
    if (act == ACT_NO || (act == ACT_DIST && !e->options->dist)) {
        Diag *d = ELAB_ERROR(e, DIRECTIVE_TARGET, x->span, row->name, target);
        if (act == ACT_DIST)
            ELAB_HINT(d, "it acts with --dist=mpi or --dist=starpu");
        else
            ELAB_HINT(d, "give the schedule an `on` list without `%s`, or choose --schedule=none", target);
        return;
    }
    DirectiveWalk d = {.e = e, .w = w, .row = row, .ok = true};
    walk_directive(&d, x); /* again, for its text; a repeated message is dropped */
    if (act == ACT_REMARK)
        ELAB_ERROR(e, DIRECTIVE_REMARK, x->span, row->name, npu ? row->npu_remark : row->cpu_remark);
    Directive out = {str_intern(e->strings, row->name), str_intern(e->strings, buf_text(&d.text)),
                     elab_loc(e, x->span)};
    VEC_PUSH(e->module->arena, &w->func->directives, out);
    buf_free(&d.text);
    if (act == ACT_DIST && d.ok)
        workload_distribute(e, w, out.args, x->span);
}

void schedule_apply(Elab *e, ElabWorkload *w, const AstItem *schedule, const char *target) {
    for (int i = 0; i < schedule->u.schedule.directives.len; i++) {
        const AstDirective *x = &schedule->u.schedule.directives.data[i];
        const DirectiveRow *row = row_find(x->name.text);
        if (row && !refuse_in_chunks(e, schedule, x, row, target))
            apply_directive(e, w, x, row, target);
    }
}
