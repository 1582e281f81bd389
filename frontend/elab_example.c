/* Examples: every binding is checked against the workload and kept without syntax (example.h). */
#include "frontend/elab_workload.h"
#include "frontend/example.h"
#include <math.h>
#include <string.h>

typedef struct ExampleCheck {
    Elab *e;
    const ElabWorkload *w;
    ProgramExample *example;
    VEC(AstName) bound;
} ExampleCheck;

/* ---- numbers --------------------------------------------------------------------------------------------------- */
static ExampleNumber example_number(ElabNumber n) {
    ExampleNumber out = {.is_float = n.kind == NUMBER_FLOAT, .is_bool = n.kind == NUMBER_BOOL};
    out.f = n.kind == NUMBER_FLOAT ? n.f : (double)n.i;
    out.is_big = n.kind == NUMBER_INT && n.i > (ElabInt)INT64_MAX;
    if (n.kind != NUMBER_FLOAT)
        out.i = (int64_t)n.i;
    else if (n.f == nearbyint(n.f) && fabs(n.f) < 0x1p62)
        out.i = (int64_t)n.f;
    return out;
}

static void report_value(Elab *e, Span span, const char *name, const char *expected, const char *found) {
    ELAB_ERROR(e, EXAMPLE_VALUE, span, name, expected, found);
}

static const char *ast_found_text(Elab *e, const AstExpr *x) {
    return arena_printf(e->arena, "`%s`", elab_source_text(e, x->span));
}

/* A constant that the element type can hold. */
static bool check_number(Elab *e, const AstExpr *x, const char *name, Elem elem, ExampleNumber *out) {
    if (x->kind == AST_EXPR_LIST || x->kind == AST_EXPR_STRING) {
        report_value(e, x->span, name, arena_printf(e->arena, "a number of type %s", elem_info(elem)->text),
                     ast_found_text(e, x));
        return false;
    }
    ElabValue v = elab_const_expr(e, x);
    if (v.kind != EV_NUMBER)
        return false;
    if (!elab_number_fits(v.number, elem)) {
        report_value(e, x->span, name, arena_printf(e->arena, "a number of type %s", elem_info(elem)->text),
                     elab_number_text(e, v.number));
        return false;
    }
    *out = example_number(v.number);
    return true;
}

/* ---- generators ------------------------------------------------------------------------------------------------ */
typedef struct GeneratorRow {
    const char *name;
    ExampleKind kind;
    const char *form;
    const char *args[4]; /* NULL-terminated */
} GeneratorRow;

static const GeneratorRow generators[] = {
    {"zeros", EXAMPLE_ZEROS, "zeros", {NULL}},
    {"ones", EXAMPLE_ONES, "ones", {NULL}},
    {"iota", EXAMPLE_IOTA, "iota", {NULL}},
    {"normal", EXAMPLE_NORMAL, "normal(seed = 1)", {"seed", NULL}},
    {"uniform", EXAMPLE_UNIFORM, "uniform(lo = 0.0, hi = 1.0, seed = 1)", {"lo", "hi", "seed", NULL}},
    {"integers", EXAMPLE_INTEGERS, "integers(lo = 0, hi = 10, seed = 1)", {"lo", "hi", "seed", NULL}},
    {"npy", EXAMPLE_NPY, "npy(\"file.npy\")", {"path", NULL}},
    {"random_csr", EXAMPLE_RANDOM_CSR, "random_csr(per_row = 2, seed = 1)", {"per_row", "seed", NULL}},
};
enum { GENERATOR_COUNT = sizeof generators / sizeof *generators };

static const GeneratorRow *generator_find(const char *name) {
    for (int i = 0; i < GENERATOR_COUNT; i++)
        if (strcmp(generators[i].name, name) == 0)
            return &generators[i];
    return NULL;
}

static const char *generator_list(const Elab *e) {
    const char *list = generators[0].name;
    for (int i = 1; i < GENERATOR_COUNT; i++)
        list = arena_printf(e->arena, "%s, %s", list, generators[i].name);
    return list;
}

/* The name a value starts with when it is `name` or `name(...)`. */
static const char *generator_name(const AstExpr *x) {
    if (x->kind == AST_EXPR_NAME)
        return x->u.name;
    if (x->kind == AST_EXPR_CALL && x->u.call.callee->kind == AST_EXPR_NAME)
        return x->u.call.callee->u.name;
    return NULL;
}

static bool generator_match(Elab *e, const GeneratorRow *row, const AstExpr *x, const AstExpr **args) {
    int count = 0, given = x->kind == AST_EXPR_CALL ? x->u.call.args.len : 0;
    bool ok = true;
    while (row->args[count])
        count++;
    for (int i = 0; i < given; i++) {
        const AstArg *arg = &x->u.call.args.data[i];
        int at = arg->name.text ? 0 : i;
        while (arg->name.text && at < count && strcmp(row->args[at], arg->name.text) != 0)
            at++;
        if (at >= count || args[at] || arg->length || arg->member.text)
            ok = false;
        else
            args[at] = arg->value;
    }
    for (int i = 0; i < count; i++)
        ok &= args[i] != NULL;
    if (!ok)
        ELAB_ERROR(e, EXAMPLE_GENERATOR, x->span, row->name, row->form);
    return ok;
}

static bool generator_integer(Elab *e, const AstExpr *x, const char *what, int64_t *out) {
    ElabValue v = elab_const_expr(e, x);
    if (v.kind != EV_NUMBER)
        return false;
    if (v.number.kind != NUMBER_INT) {
        report_value(e, x->span, what, "an integer", elab_number_text(e, v.number));
        return false;
    }
    *out = (int64_t)v.number.i;
    return true;
}

static bool generator_float(Elab *e, const AstExpr *x, const char *what, double *out) {
    ElabValue v = elab_const_expr(e, x);
    if (v.kind != EV_NUMBER)
        return false;
    *out = v.number.kind == NUMBER_FLOAT ? v.number.f : (double)v.number.i;
    if (v.number.kind == NUMBER_BOOL || isnan(*out) || isinf(*out)) {
        report_value(e, x->span, what, "a finite number", elab_number_text(e, v.number));
        return false;
    }
    return true;
}

/* Paths are relative to the file that holds the example. */
static bool generator_path(Elab *e, const AstExpr *x, ExampleValue *out) {
    if (x->kind != AST_EXPR_STRING) {
        report_value(e, x->span, "npy", "a path in quotes", ast_found_text(e, x));
        return false;
    }
    const char *base = source_get(diag_source_map(e->dc), x->span.file)->path, *slash = strrchr(base, '/');
    if (x->u.string.bytes[0] == '/' || !slash)
        out->path = x->u.string.bytes;
    else
        out->path = arena_printf(e->arena, "%.*s/%s", (int)(slash - base), base, x->u.string.bytes);
    return true;
}

static bool generator_ranges(Elab *e, const GeneratorRow *row, const AstExpr *const *args, ExampleValue *out) {
    int64_t seed = 0;
    if (row->kind == EXAMPLE_NORMAL && !generator_integer(e, args[0], "seed", &seed))
        return false;
    if (row->kind == EXAMPLE_UNIFORM &&
        (!generator_float(e, args[0], "lo", &out->lo) || !generator_float(e, args[1], "hi", &out->hi) ||
         !generator_integer(e, args[2], "seed", &seed)))
        return false;
    if (row->kind == EXAMPLE_INTEGERS) {
        if (!generator_integer(e, args[0], "lo", &out->int_lo) || !generator_integer(e, args[1], "hi", &out->int_hi) ||
            !generator_integer(e, args[2], "seed", &seed))
            return false;
        if (out->int_hi <= out->int_lo) {
            report_value(e, args[1]->span, "hi", arena_printf(e->arena, "more than lo = %lld", (long long)out->int_lo),
                         arena_printf(e->arena, "%lld", (long long)out->int_hi));
            return false;
        }
    }
    if (row->kind == EXAMPLE_RANDOM_CSR &&
        (!generator_integer(e, args[0], "per_row", &out->per_row) || !generator_integer(e, args[1], "seed", &seed)))
        return false;
    out->seed = (uint64_t)seed;
    return true;
}

static bool check_generator(Elab *e, const GeneratorRow *row, const AstExpr *x, ExampleValue *out) {
    const AstExpr *args[4] = {NULL};
    out->kind = row->kind;
    if (!generator_match(e, row, x, args))
        return false;
    return row->kind == EXAMPLE_NPY ? generator_path(e, args[0], out) : generator_ranges(e, row, args, out);
}

/* ---- lists ----------------------------------------------------------------------------------------------------- */
typedef VEC(ExampleNumber) NumberVec;

static bool check_list(Elab *e, const AstExpr *x, const char *name, Elem elem, NumberVec *out) {
    if (x->kind == AST_EXPR_LIST) {
        bool ok = true;
        for (int i = 0; i < x->u.list.len; i++)
            ok &= check_list(e, x->u.list.data[i], name, elem, out);
        return ok;
    }
    ExampleNumber n;
    if (!check_number(e, x, name, elem, &n))
        return false;
    VEC_PUSH(e->arena, out, n);
    return true;
}

/* ---- bindings -------------------------------------------------------------------------------------------------- */
static bool check_tensor(ExampleCheck *c, const AstExpr *x, const char *name, const Type *type, ExampleValue *out) {
    Elab *e = c->e;
    const char *generator = generator_name(x);
    const GeneratorRow *row = generator ? generator_find(generator) : NULL;
    if (row && (row->kind == EXAMPLE_RANDOM_CSR) == (type->kind == TYPE_CSR)) {
        out->columns = type->kind == TYPE_CSR ? type->dims[1] : NULL;
        return check_generator(e, row, x, out);
    }
    if (x->kind == AST_EXPR_LIST && type->kind != TYPE_CSR) {
        NumberVec list = {NULL, 0, 0};
        out->kind = EXAMPLE_LIST;
        if (!check_list(e, x, name, type->elem, &list))
            return false;
        out->list = list.data;
        out->count = list.len;
        return true;
    }
    if (x->kind == AST_EXPR_CALL && generator && !row) {
        const char *names[GENERATOR_COUNT];
        for (int i = 0; i < GENERATOR_COUNT; i++)
            names[i] = generators[i].name;
        const char *near = str_nearest(generator, names, GENERATOR_COUNT);
        Diag *d = ELAB_ERROR(e, EXAMPLE_UNKNOWN_GENERATOR, x->u.call.callee->span, generator);
        if (near)
            ELAB_HINT(d, "did you mean `%s`?", near);
        else
            ELAB_HINT(d, "the generators are %s", generator_list(e));
        return false;
    }
    report_value(e, x->span, name, type->kind == TYPE_CSR ? "random_csr(per_row, seed)" : "a list or a generator",
                 ast_found_text(e, x));
    return false;
}

static bool check_symbol(ExampleCheck *c, const AstExpr *x, const char *name, ExampleValue *out) {
    Elab *e = c->e;
    out->kind = EXAMPLE_NUMBER;
    const char *generator = generator_name(x);
    if (x->kind == AST_EXPR_LIST || x->kind == AST_EXPR_STRING || (generator && generator_find(generator))) {
        report_value(e, x->span, name, "an integer from 0 on", ast_found_text(e, x));
        return false;
    }
    ElabValue v = elab_const_expr(e, x);
    if (v.kind != EV_NUMBER)
        return false;
    if (v.number.kind != NUMBER_INT || v.number.i < 0 || v.number.i > (ElabInt)INT64_MAX) {
        report_value(e, x->span, name, "an integer from 0 on", elab_number_text(e, v.number));
        return false;
    }
    out->number = example_number(v.number);
    return true;
}

static bool check_scalar(ExampleCheck *c, const AstExpr *x, const char *name, Elem elem, ExampleValue *out) {
    const char *generator = generator_name(x);
    out->kind = EXAMPLE_NUMBER;
    if (generator && generator_find(generator)) {
        report_value(c->e, x->span, name, arena_printf(c->e->arena, "a number of type %s", elem_info(elem)->text),
                     ast_found_text(c->e, x));
        return false;
    }
    return check_number(c->e, x, name, elem, &out->number);
}

static const ElabParam *param_find(const ElabWorkload *w, const char *name) {
    for (int i = 0; i < w->params.len; i++)
        if (w->params.data[i].ast->name.text == name)
            return &w->params.data[i];
    return NULL;
}

static bool is_symbol(const ElabWorkload *w, const char *name) {
    for (int i = 0; i < w->symbols.len; i++)
        if (w->symbols.data[i].name == name)
            return true;
    return false;
}

static void report_unknown(ExampleCheck *c, AstName name) {
    Elab *e = c->e;
    VEC(const char *) names = {NULL, 0, 0};
    for (int i = 0; i < c->w->symbols.len; i++)
        VEC_PUSH(e->arena, &names, c->w->symbols.data[i].name);
    for (int i = 0; i < c->w->params.len; i++)
        VEC_PUSH(e->arena, &names, c->w->params.data[i].ast->name.text);
    const char *near = str_nearest(name.text, names.data, names.len);
    Diag *d = ELAB_ERROR(e, EXAMPLE_NAME, name.span, c->w->name, name.text);
    if (near) {
        ELAB_HINT(d, "did you mean `%s`?", near);
        ELAB_FIX(d, name.span, near);
    }
}

static bool check_twice(ExampleCheck *c, AstName name) {
    for (int i = 0; i < c->bound.len; i++) {
        if (c->bound.data[i].text != name.text)
            continue;
        report_note(ELAB_ERROR(c->e, EXAMPLE_TWICE, name.span, name.text), c->bound.data[i].span,
                    "it is bound here too");
        return false;
    }
    VEC_PUSH(c->e->arena, &c->bound, name);
    return true;
}

static void check_binding(ExampleCheck *c, const AstBinding *b) {
    const ElabParam *p = param_find(c->w, b->name.text);
    ExampleBinding out = {.name = b->name.text, .value.span = b->value->span};
    if (!check_twice(c, b->name))
        return;
    bool ok = true;
    if (is_symbol(c->w, b->name.text)) {
        ok = check_symbol(c, b->value, b->name.text, &out.value);
    } else if (!p) {
        report_unknown(c, b->name);
        return;
    } else if (!p->type) {
        return;
    } else if (p->type->kind == TYPE_TILE) {
        ok = check_scalar(c, b->value, b->name.text, p->type->elem, &out.value);
    } else {
        ok = check_tensor(c, b->value, b->name.text, p->type, &out.value);
    }
    if (ok)
        VEC_PUSH(c->e->arena, &c->example->bindings, out);
}

static void check_expect(ExampleCheck *c, const AstExpect *x) {
    Elab *e = c->e;
    const ElabParam *p = param_find(c->w, x->name.text);
    if (!p) {
        report_unknown(c, x->name);
        return;
    }
    if (!p->type)
        return;
    if (p->ast->direction != AST_DIR_OUT && p->ast->direction != AST_DIR_INOUT) {
        ELAB_ERROR(e, EXAMPLE_EXPECT, x->name.span, x->name.text);
        return;
    }
    ExampleExpect out = {.name = x->name.text, .value.span = x->value->span, .has_tolerance = x->within != NULL};
    bool ok = check_tensor(c, x->value, x->name.text, p->type, &out.value);
    if (x->within && generator_float(e, x->within, "within", &out.tolerance) && out.tolerance < 0) {
        report_value(e, x->within->span, "within", "a tolerance from 0 on", elab_source_text(e, x->within->span));
        ok = false;
    }
    if (ok)
        VEC_PUSH(e->arena, &c->example->expects, out);
}

/* ---- lengths --------------------------------------------------------------------------------------------------- */
static bool bound_symbol(void *user, const Value *v, int64_t *out) {
    const ExampleCheck *c = user;
    for (int i = 0; i < c->w->symbols.len; i++) {
        if (c->w->symbols.data[i].value != v)
            continue;
        for (int k = 0; k < c->example->bindings.len; k++) {
            const ExampleBinding *b = &c->example->bindings.data[k];
            if (b->name == c->w->symbols.data[i].name && b->value.kind == EXAMPLE_NUMBER) {
                *out = b->value.number.i;
                return true;
            }
        }
    }
    return false;
}

static void check_length(ExampleCheck *c, const char *name, const ExampleValue *value) {
    const ElabParam *p = param_find(c->w, name);
    if (value->kind != EXAMPLE_LIST || !p || !p->type)
        return;
    int64_t want = 1;
    for (int d = 0; d < p->type->rank; d++) {
        int64_t dim;
        if (!expr_evaluate(p->type->dims[d], bound_symbol, c, &dim) || dim < 0)
            return;
        if (dim != 0 && want > INT64_MAX / dim)
            return;
        want *= dim;
    }
    if (want != value->count)
        ELAB_ERROR(c->e, EXAMPLE_LENGTH, value->span, name, (long long)want, want == 1 ? "" : "s",
                   elab_type_text(c->e, p->type), (long long)value->count);
}

static void note_missing(ExampleCheck *c) {
    Elab *e = c->e;
    for (int i = 0; i < c->w->symbols.len + c->w->params.len; i++) {
        bool symbol = i < c->w->symbols.len;
        const ElabParam *p = symbol ? NULL : &c->w->params.data[i - c->w->symbols.len];
        const char *name = symbol ? c->w->symbols.data[i].name : p->ast->name.text;
        bool found = p && (p->ast->initial || p->ast->direction == AST_DIR_OUT);
        for (int k = 0; k < c->bound.len; k++)
            found |= c->bound.data[k].text == name;
        if (!found)
            VEC_PUSH(e->arena, &c->example->missing, name);
    }
}

/* ---- examples -------------------------------------------------------------------------------------------------- */
static void check_example(Elab *e, const AstItem *item) {
    AstName of = item->u.example.workload;
    const Binding *b = elab_lookup(e, of.text);
    if (!b || b->kind != BIND_WORKLOAD) {
        if (b ? b->broken : elab_name_may_be_broken(e, of.text))
            return;
        Diag *d = ELAB_ERROR(e, EXAMPLE_WORKLOAD, of.span, item->name.text, of.text);
        const char *near = elab_nearest_name(e, of.text, 1u << BIND_WORKLOAD);
        if (near)
            ELAB_HINT(d, "did you mean `%s`?", near);
        return;
    }
    if (!b->workload)
        return;
    ExampleCheck c = {.e = e, .w = b->workload, .example = ARENA_NEW(e->arena, ProgramExample)};
    c.example->name = item->name.text;
    c.example->workload = of.text;
    c.example->span = item->name.span;
    for (int i = 0; i < e->program->examples.len; i++)
        if (e->program->examples.data[i]->name == item->name.text)
            report_note(ELAB_ERROR(e, DEFINED_TWICE, item->name.span, item->name.text),
                        e->program->examples.data[i]->span, "`%s` is defined here", item->name.text);
    for (int i = 0; i < item->u.example.bindings.len; i++)
        check_binding(&c, &item->u.example.bindings.data[i]);
    for (int i = 0; i < item->u.example.expects.len; i++)
        check_expect(&c, &item->u.example.expects.data[i]);
    for (int i = 0; i < c.example->bindings.len; i++)
        check_length(&c, c.example->bindings.data[i].name, &c.example->bindings.data[i].value);
    for (int i = 0; i < c.example->expects.len; i++)
        check_length(&c, c.example->expects.data[i].name, &c.example->expects.data[i].value);
    note_missing(&c);
    VEC_PUSH(e->arena, &e->program->examples, c.example);
}

void elab_examples(Elab *e) {
    if (!e->program->main)
        return;
    e->file = e->program->main;
    for (int i = 0; i < e->program->main->items.len; i++)
        if (e->program->main->items.data[i]->kind == AST_ITEM_EXAMPLE)
            check_example(e, e->program->main->items.data[i]);
}
