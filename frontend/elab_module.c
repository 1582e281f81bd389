/* program_load: files, then names, then signatures, then bodies, so that items may stand in any order. */
#include <ctype.h>
#include <string.h>

#include "frontend/elab_import.h"
#include "frontend/parse.h"

/* An item that defines a name of the top level. */
typedef struct GlobalItem {
    Binding *binding;
    const AstFile *file;
} GlobalItem;
typedef VEC(GlobalItem) GlobalItems;

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool binding_kind(AstItemKind kind, BindingKind *out) {
    switch (kind) {
    case AST_ITEM_CONST: *out = BIND_CONST; return true;
    case AST_ITEM_FUNC: *out = BIND_FUNC; return true;
    case AST_ITEM_KERNEL: *out = BIND_KERNEL; return true;
    case AST_ITEM_WORKLOAD: *out = BIND_WORKLOAD; return true;
    case AST_ITEM_MODULE:
    case AST_ITEM_IMPORT:
    case AST_ITEM_SCHEDULE:
    case AST_ITEM_EXAMPLE: break;
    }
    return false;
}

static void collect_item(Elab *e, const AstFile *file, const AstItem *item, GlobalItems *out) {
    if (item->kind == AST_ITEM_SCHEDULE)
        VEC_PUSH(e->arena, &e->program->schedules, item);
    BindingKind kind;
    if (!binding_kind(item->kind, &kind))
        return;
    Binding *b = elab_define(e, item->name, kind, elab_poison());
    if (!b) { /* a second definition: checked all the same */
        b = ARENA_NEW(e->arena, Binding);
        b->kind = kind;
        b->name = item->name.text;
        b->span = item->name.span;
    }
    b->item = item;
    VEC_PUSH(e->arena, out, (GlobalItem){.binding = b, .file = file});
}

static void collect_items(Elab *e, GlobalItems *out) {
    for (int f = 0; f < e->program->files.len; f++) {
        const AstFile *file = e->program->files.data[f];
        for (int i = 0; i < file->items.len; i++)
            collect_item(e, file, file->items.data[i], out);
    }
}

/* ---- -D ---------------------------------------------------------------------------------------------------------- */

/* The value of a literal, perhaps with a minus; EV_POISON for anything else. */
static ElabValue literal_value(const AstExpr *x) {
    bool minus = x->kind == AST_EXPR_UNARY && x->u.unary.op == AST_UNARY_NEG;
    if (minus)
        x = x->u.unary.operand;
    if (x->kind == AST_EXPR_INT)
        return elab_from_int(minus ? -(ElabInt)x->u.integer.value : (ElabInt)x->u.integer.value);
    if (x->kind == AST_EXPR_FLOAT)
        return elab_from_float(minus ? -x->u.floating.value : x->u.floating.value);
    return x->kind == AST_EXPR_BOOL && !minus ? elab_from_bool(x->u.boolean) : elab_poison();
}

/* Parses the value as the program's own grammar does, with messages of its own thrown away. */
static ElabValue parse_define(Elab *e, const ProgramDefine *d) {
    SourceMap *map = source_map_create(e->arena);
    DiagContext *quiet = diag_context_create(e->arena, map, NULL);
    const char *text = arena_printf(e->arena, "const VALUE = %s;", d->value);
    AstFile *file = parse_file(e->arena, e->strings, quiet, source_add(map, "-D", text, strlen(text)));
    bool one = file->sound && file->items.len == 1 && file->items.data[0]->kind == AST_ITEM_CONST;
    return one ? literal_value(file->items.data[0]->u.constant) : elab_poison();
}

static void apply_define(Elab *e, const ProgramDefine *d) {
    Binding *b = elab_lookup(e, str_intern(e->strings, d->name));
    if (!b || b->kind != BIND_CONST) {
        Diag *diag = ELAB_ERROR(e, UNKNOWN_DEFINE, SPAN_NONE, d->name);
        const char *near = elab_nearest_name(e, d->name, 1u << BIND_CONST);
        if (near)
            ELAB_HINT(diag, "did you mean `%s`?", near);
        return;
    }
    b->value = parse_define(e, d);
    b->state = 2;
    if (b->value.kind == EV_POISON)
        ELAB_ERROR(e, BAD_DEFINE, SPAN_NONE, d->name, d->value);
}

static void evaluate_consts(Elab *e, const GlobalItems *items) {
    for (int i = 0; i < items->len; i++) {
        Binding *b = items->data[i].binding;
        if (b->kind != BIND_CONST)
            continue;
        ElabValue v = elab_const_binding(e, b);
        if (v.kind != EV_NUMBER)
            continue;
        ProgramConst c = {.name = b->name, .f = v.number.f, .i = (int64_t)(uint64_t)v.number.i};
        c.kind = v.number.kind == NUMBER_INT     ? PROGRAM_CONST_INT
                 : v.number.kind == NUMBER_FLOAT ? PROGRAM_CONST_FLOAT
                                                 : PROGRAM_CONST_BOOL;
        VEC_PUSH(e->arena, &e->program->consts, c);
    }
}

/* ---- elaboration ------------------------------------------------------------------------------------------------- */

static void elaborate_signatures(Elab *e, const GlobalItems *items) {
    for (int i = 0; i < items->len; i++) {
        e->file = items->data[i].file;
        Binding *b = items->data[i].binding;
        if (b->kind == BIND_FUNC)
            elab_check_func(e, b);
        else if (b->kind == BIND_KERNEL)
            elab_kernel_signature(e, b);
    }
    for (int i = 0; i < items->len; i++) {
        e->file = items->data[i].file;
        if (items->data[i].binding->kind == BIND_WORKLOAD)
            elab_workload_signature(e, items->data[i].binding);
    }
}

static void elaborate_bodies(Elab *e) {
    for (int i = 0; i < e->kernels.len; i++)
        elab_kernel_body(e, e->kernels.data[i]);
    for (int i = 0; i < e->workloads.len; i++)
        elab_workload_body(e, e->workloads.data[i]);
}

static bool main_is_empty(const AstFile *file) {
    for (int i = 0; i < file->items.len; i++)
        if (file->items.data[i]->kind == AST_ITEM_KERNEL || file->items.data[i]->kind == AST_ITEM_WORKLOAD)
            return false;
    return true;
}

/* ---- the module -------------------------------------------------------------------------------------------------- */

/* The name of the `module` line, else the file's name as an identifier. */
static const char *module_name(Elab *e, const char *path) {
    if (e->program->main->module.text)
        return e->program->main->module.text;
    const char *slash = strrchr(path, '/');
    char *name = arena_strdup(e->arena, slash ? slash + 1 : path);
    char *dot = strchr(name, '.');
    if (dot)
        *dot = '\0';
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p))
            *p = '_';
    return name[0] && !isdigit((unsigned char)name[0]) ? name : arena_printf(e->arena, "m_%s", name);
}

static void create_module(Elab *e, const char *path) {
    e->module = module_create(e->arena, e->strings, module_name(e, path));
    e->module->stage = STAGE_TILE;
    e->exprs = e->module->exprs;
    SourceMap *map = diag_source_map(e->dc);
    e->loc_file = ARENA_ARRAY(e->arena, int, source_count(map));
    for (int i = 0; i < e->program->files.len; i++) {
        int source = e->program->files.data[i]->source;
        e->loc_file[source] = module_add_source(e->module, source_get(map, source)->path);
    }
}

static void elaborate(Elab *e, const char *path) {
    create_module(e, path);
    elab_scope_push(e);
    e->globals = e->scope;
    GlobalItems items = {0};
    collect_items(e, &items);
    for (int i = 0; i < e->options->ndefines; i++)
        apply_define(e, &e->options->defines[i]);
    evaluate_consts(e, &items);
    elaborate_signatures(e, &items);
    elaborate_bodies(e);
    elab_schedules(e);
    elab_examples(e);
}

static Program *load(const ProgramOptions *options, const char *path, const char *text, size_t size) {
    Program *p = ARENA_NEW(options->arena, Program);
    ProgramOptions *copy = ARENA_NEW(options->arena, ProgramOptions);
    *copy = *options;
    if (!copy->target)
        copy->target = "c";
    p->options = copy;
    Elab *e = ARENA_NEW(options->arena, Elab);
    *e = (Elab){.options = copy,
                .program = p,
                .arena = options->arena,
                .strings = options->strings,
                .dc = options->dc,
                .place = PLACE_GLOBAL};
    p->elab = e;
    int errors = diag_error_count(e->dc);
    p->empty = true;
    if (!elab_load_files(e, path, text, size))
        return p;
    p->empty = main_is_empty(p->main);
    elaborate(e, path);
    if (diag_error_count(e->dc) == errors)
        p->module = e->module;
    return p;
}

Program *program_load(const ProgramOptions *options, const char *path) { return load(options, path, NULL, 0); }

Program *program_load_text(const ProgramOptions *options, const char *path, const char *text, size_t size) {
    return load(options, path, text, size);
}
