/* What stands around the functions: the arguments' struct, the entry points, the header. */
#include <ctype.h>
#include <string.h>
#include "backends/c/c_internal.h"

const char *c_external_name(CGen *gen, const Func *func) {
    const char *prefix = gen->options->symbol_prefix ? gen->options->symbol_prefix : "";
    return arena_printf(gen->arena, "%s%s", prefix, func->name);
}

static bool is_in(const char *const *list, const char *name) {
    for (; *list; list++) {
        if (strcmp(*list, name) == 0)
            return true;
    }
    return false;
}

static bool is_identifier(const char *name) {
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    while (isalnum((unsigned char)*name) || *name == '_')
        name++;
    return *name == '\0';
}

/* An entry point NAME brings three names: the others are NAME_args and NAME_workspace_size. */
static bool take_external_names(CGen *gen, const char *name) {
    bool free = str_add(gen->names, name);
    free &= str_add(gen->names, arena_printf(gen->arena, "%s_args", name));
    free &= str_add(gen->names, arena_printf(gen->arena, "%s_workspace_size", name));
    return free;
}

static void check_external_name(CGen *gen, const Func *func) {
    const char *name = c_external_name(gen, func), *why = NULL;
    if (!is_identifier(name))
        why = "that is no identifier of C";
    else if (is_in(c_library_names, name))
        why = "the C library has a function of that name";
    else if (is_in(c_reserved_names, name))
        why = "C or one of its headers uses that name";
    else if (str_starts_with(name, "pt_") || str_starts_with(name, "ptoc_"))
        why = "names that begin with `pt_` or `ptoc_` belong to the runtime";
    if (!take_external_names(gen, name) && !why)
        why = "another workload X gives the file the names X, X_args and X_workspace_size";
    if (!why)
        return;
    diag_report(gen->dc, DIAG_UNUSABLE_C_NAME, SPAN_NONE, func->name, name, why);
    gen->failed = true;
}

void c_take_external_names(CGen *gen) {
    for (int i = 0; i < gen->nfuncs; i++)
        if (gen->funcs[i].func->exported)
            check_external_name(gen, gen->funcs[i].func);
}

const char *c_private_name(CGen *gen, const char *wanted) {
    while (!str_add(gen->names, wanted))
        wanted = arena_printf(gen->arena, "%s_", wanted);
    return wanted;
}

const char *c_field_name(CGen *gen, const Value *v) { return ctext_plain_name(gen->arena, c_reserved_names, v->name); }

/* ---- the arguments ---- */

static void put_field(CGen *gen, const Param *p, Buf *out) {
    const Type *type = p->value->type;
    const char *name = c_field_name(gen, p->value), *ctype = elem_info(type->elem)->ctype;
    if (type_is_tile(type)) {
        buf_printf(out, "    %s %s; /* %s */\n", ctype, name, elem_info(type->elem)->text);
        return;
    }
    buf_printf(out, "    %s%s *%s; /* %s %s[", p->dir == DIR_IN ? "const " : "", ctype, name,
               p->dir == DIR_IN    ? "in"
               : p->dir == DIR_OUT ? "out"
                                   : "inout",
               elem_info(type->elem)->text);
    for (int d = 0; d < type->rank; d++) {
        buf_puts(out, d ? ", " : "");
        expr_format(out, type->dims[d]);
    }
    buf_puts(out, "] */\n");
    if (type->strided)
        buf_printf(out, "    int64_t %s_stride[%d]; /* in elements */\n", name, type->rank);
}

void c_put_args_struct(CGen *gen, const CFuncInfo *info, Buf *out) {
    const Func *f = info->func;
    const char *name = c_external_name(gen, f);
    buf_printf(out, "typedef struct %s_args {\n", name);
    int symbols = 0;
    for (int i = 0; i < f->nindex_params; i++) {
        if (!f->index_params[i].is_entries)
            buf_printf(out, "%s%s", symbols++ ? ", " : "    int64_t ", c_field_name(gen, f->index_params[i].value));
    }
    buf_puts(out, symbols ? ";\n" : "");
    for (int i = 0; i < f->nparams; i++)
        put_field(gen, &f->params[i], out);
    if (f->nindex_params + f->nparams == 0)
        buf_puts(out, "    char unused;\n");
    buf_printf(out, "} %s_args;\n", name);
}

void c_put_entry_prototypes(CGen *gen, const CFuncInfo *info, Buf *out) {
    const char *name = c_external_name(gen, info->func);
    buf_printf(
        out,
        "/* Runs the workload; options may be NULL. PTOC_OK, or a PTOC_E_* code with a message in options->error. */\n"
        "int %s(const %s_args *args, const ptoc_options *options);\n"
        "/* What options->workspace must hold for these arguments, in bytes; SIZE_MAX: not known beforehand, the call\n"
        " * then allocates. The data is not read. */\n"
        "size_t %s_workspace_size(const %s_args *args, const ptoc_options *options);\n",
        name, name, name, name);
}

/* ---- entry functions: a CFn whose names are the fields ---- */

typedef struct Entry {
    CGen *gen;
    CFuncInfo *info;
    CFn *fn;
    const char *name;
} Entry;

static const char *entry_index(CGen *gen, const Func *f, int i) {
    if (f->index_params[i].is_entries)
        return c_entries_text(gen, f, i);
    return arena_printf(gen->arena, "args->%s", c_field_name(gen, f->index_params[i].value));
}

static Entry entry_begin(CGen *gen, CFuncInfo *info) {
    CFn *fn = ARENA_NEW(gen->arena, CFn);
    *fn = (CFn){.gen = gen, .info = info, .text = ctext_create(gen->arena, c_reserved_names), .status = CSYM_NONE};
    fn->task = ctext_declare_exact(fn->text, "task");
    ctext_declare_exact(fn->text, "args");
    ctext_declare_exact(fn->text, "options");
    ctext_declare_exact(fn->text, "team");
    ctext_declare_exact(fn->text, "traced");
    ctext_declare_exact(fn->text, "run");
    ctext_declare_exact(fn->text, "tensors");
    ctext_declare_exact(fn->text, "own");
    ctext_declare_exact(fn->text, "each");
    for (int i = 0; i < info->func->nindex_params; i++) {
        const Value *v = info->func->index_params[i].value;
        c_define_name(fn, v, "n");
        CSym sym = c_val(gen, v)->sym;
        ctext_define(fn->text, sym, "const int64_t %s = %s;", ctext_name(fn->text, sym),
                     entry_index(gen, info->func, i));
    }
    return (Entry){gen, info, fn, c_external_name(gen, info->func)};
}

static void entry_print(const Entry *e, const char *signature, Buf *out) {
    ctext_sweep(e->fn->text);
    buf_putc(out, '\n');
    ctext_print_wrapped(out, 0, signature, e->gen->style.width);
    buf_puts(out, "\n{\n");
    CTextStyle style = e->gen->style;
    ctext_print(e->fn->text, &style, out);
    buf_puts(out, "}\n");
}

/* ---- checks ---- */

static void check_symbols(Entry *e) {
    Buf all = {0};
    for (int i = 0; i < e->info->func->nindex_params; i++) {
        if (e->info->func->index_params[i].is_entries)
            continue;
        const Value *v = e->info->func->index_params[i].value;
        const char *text = c_string(e->gen->arena, v->name ? v->name : "?", false);
        buf_printf(&all, "%spt_check_symbol(run, %s, %s)", all.len ? " || " : "", text, c_name(e->fn, v));
    }
    if (all.len > 0) {
        ctext_open(e->fn->text, CLINE_OPEN_KEEP, "if (%s) {", buf_text(&all));
        ctext_line(e->fn->text, "return run->status;");
        ctext_close(e->fn->text);
    }
    buf_free(&all);
}

static void check_tensor(Entry *e, const Param *p, int number) {
    CGen *gen = e->gen;
    CText *t = e->fn->text;
    const Type *type = p->value->type;
    const char *field = c_field_name(gen, p->value);
    const char *dims = ctext_name(t, ctext_declare(t, arena_printf(gen->arena, "%s_dims", field), "dims"));
    Buf list = {0};
    for (int d = 0; d < type->rank; d++)
        buf_printf(&list, "%s%s", d ? ", " : "", c_expr(e->fn, type->dims[d]));
    ctext_line(t, "const int64_t %s[] = {%s};", dims, type->rank ? buf_text(&list) : "1");
    buf_free(&list);
    const char *strides = type->strided ? arena_printf(gen->arena, "args->%s_stride", field) : "NULL";
    ctext_open(t, CLINE_OPEN_KEEP,
               "if (pt_check_tensor(run, &tensors[%d], %s, %d, args->%s, sizeof *args->%s, %d, %s, %s)) {", number,
               c_string(gen->arena, p->value->name, false), p->dir != DIR_IN, field, field, type->rank, dims, strides);
    ctext_line(t, "return run->status;");
    ctext_close(t);
}

static int count_tensors(const Func *f) {
    int n = 0;
    for (int i = 0; i < f->nparams; i++)
        n += type_is_memory(f->params[i].value->type);
    return n;
}

static void emit_check_function(CGen *gen, CFuncInfo *info, Buf *out) {
    Entry e = entry_begin(gen, info);
    const Func *f = info->func;
    int n = count_tensors(f), number = 0;
    if (n > 0)
        ctext_line(e.fn->text, "pt_tensor tensors[%d];", n);
    check_symbols(&e);
    for (int i = 0; i < f->nparams; i++) {
        if (type_is_memory(f->params[i].value->type))
            check_tensor(&e, &f->params[i], number++);
    }
    if (n > 1)
        ctext_line(e.fn->text, "return pt_check_overlaps(run, tensors, %d);", n);
    else
        ctext_line(e.fn->text, "return PTOC_OK;");
    buf_printf(out, "\n/* What must hold of the arguments of %s before anything else. */", e.name);
    entry_print(
        &e, arena_printf(gen->arena, "static int %s(pt_run *run, const %s_args *args)", info->check_name, e.name), out);
}

/* ---- scratch ---- */

static bool is_zero(const Expr *e) { return e && expr_equals_const(e, 0); }

static bool has_scratch(const CFuncInfo *info) { return !is_zero(info->own_bytes) || !is_zero(info->task_bytes); }

static void emit_scratch_function(CGen *gen, CFuncInfo *info, Buf *out) {
    Entry e = entry_begin(gen, info);
    CText *t = e.fn->text;
    bool symbols = false;
    const Expr *bytes[2] = {info->own_bytes, info->task_bytes};
    for (int i = 0; i < 2; i++) {
        const char *to = i ? "each" : "own";
        symbols |= bytes[i] && !expr_is_const(bytes[i], NULL);
        if (bytes[i])
            ctext_line(t, "*%s = pt_size_of(%s);", to, c_expr(e.fn, bytes[i]));
        else
            ctext_line(t, "*%s = PT_UNBOUNDED;", to);
    }
    if (!symbols)
        ctext_line(t, "(void)args;");
    buf_printf(out, "\n/* Bytes of scratch that %s takes at most: for the call itself, and for each task that runs. */",
               e.name);
    entry_print(&e,
                arena_printf(gen->arena, "static void %s(const %s_args *args, size_t *own, size_t *each)",
                             info->scratch_name, e.name),
                out);
}

static void emit_workspace_size(CGen *gen, const CFuncInfo *info, Buf *out) {
    const char *name = c_external_name(gen, info->func);
    buf_printf(out, "\nsize_t %s_workspace_size(const %s_args *args, const ptoc_options *options)\n{\n", name, name);
    if (has_scratch(info))
        buf_printf(out,
                   "    size_t own = 0, each = 0;\n    if (args)\n        %s(args, &own, &each);\n"
                   "    return pt_team_size(options, own, each);\n}\n",
                   info->scratch_name);
    else
        buf_puts(out, "    (void)args;\n    return pt_team_size(options, 0, 0);\n}\n");
}

/* ---- the entry point ---- */

static const char *entry_argument(Entry *e, const CParam *p) {
    CGen *gen = e->gen;
    const Func *f = e->info->func;
    for (int i = 0; i < f->nindex_params; i++) {
        if (f->index_params[i].value == p->value)
            return entry_index(gen, f, i);
    }
    for (int i = 0; i < f->nparams; i++) {
        const Value *v = f->params[i].value;
        const char *field = arena_printf(gen->arena, "args->%s", c_field_name(gen, v));
        if (v == p->value && c_mem(gen, v))
            return field;
        const CMem in_memory = {.elem = v->type->elem};
        if (v == p->value)
            return c_load_text(e->fn, &in_memory, field);
        for (int d = 0; type_is_memory(v->type) && d < v->type->rank; d++) {
            if (p->value->index == i * IR_MAX_RANK + d && c_is_made_up(p->value))
                return arena_printf(gen->arena, "%s_stride[%d]", field, d);
        }
    }
    return "0";
}

static void emit_entry_point(CGen *gen, CFuncInfo *info, Buf *out) {
    Entry e = entry_begin(gen, info);
    CText *t = e.fn->text;
    int n = info->params.len, counted = gen->counted.len;
    const char **args = ARENA_ARRAY(gen->arena, const char *, n + 1);
    for (int i = 0; i < n; i++)
        args[i] = entry_argument(&e, &info->params.data[i]);
    const char *team = gen->traces ? "traced.team" : "team";
    const char *task = info->uses_task ? arena_printf(gen->arena, "&%s.main", team) : NULL;
    const char *call = c_call_text(e.fn, info->c_name, task, args, n);
    const char *dist = gen->uses_chunks ? "spread" : gen->uses_dist ? "dist" : NULL;
    const char *ranks = dist ? arena_printf(gen->arena, " && pt_%s_begin(&%s) == PTOC_OK", dist, team) : "";
    ctext_line(t, gen->traces ? "pt_traced traced;" : "pt_team team;");
    ctext_open(t, CLINE_OPEN_KEEP, "if (%s, options, %d) == PTOC_OK%s) {",
               gen->traces ? "pt_traced_begin(&traced" : "pt_team_begin(&team", counted, ranks);
    ctext_open(t, CLINE_OPEN_KEEP, "if (!args) {");
    ctext_line(t, "pt_fail(&%s.run, -1, PTOC_E_ARGUMENT, \"the arguments are a null pointer\");", team);
    bool checks = gen->options->checks != C_CHECKS_NONE;
    if (checks)
        ctext_else(t, "} else if (%s(&%s.run, args) == PTOC_OK) {", info->check_name, team);
    else
        ctext_else(t, "} else {");
    if (has_scratch(info)) {
        ctext_line(t, "size_t own = 0, each = 0;");
        ctext_line(t, "%s(args, &own, &each);", info->scratch_name);
        ctext_open(t, CLINE_OPEN_KEEP, "if (pt_team_memory(&%s, own, each) == PTOC_OK) {", team);
        ctext_line(t, "%s;", call);
        ctext_close(t);
    } else {
        ctext_line(t, "%s;", call);
    }
    ctext_close(t);
    ctext_close(t);
    const char *names = counted ? gen->counted_name : "NULL";
    if (dist)
        ctext_line(t, "pt_%s_end(&%s);", dist, team);
    if (gen->traces)
        ctext_line(t, "return pt_traced_end(&traced, %s, %s, %s);", c_string(gen->arena, info->func->name, false),
                   gen->trace_name, names);
    else
        ctext_line(t, "return pt_team_end(&team, %s);", names);
    entry_print(
        &e, arena_printf(gen->arena, "int %s(const %s_args *args, const ptoc_options *options)", e.name, e.name), out);
}

static void emit_entries_functions(CGen *gen, CFuncInfo *info, Buf *out) {
    for (int i = 0; i < info->func->nindex_params; i++) {
        if (!info->func->index_params[i].is_entries)
            continue;
        Entry e = entry_begin(gen, info);
        c_put_entries_function(e.fn, info->func, i);
        const char *name = info->func->index_params[i].value->name;
        entry_print(&e,
                    arena_printf(gen->arena, "PT_COLD int64_t entry_%s_%s(const %s_args *args)", e.name, name, e.name),
                    out);
    }
}

void c_emit_entry(CGen *gen, CFuncInfo *info, Buf *out) {
    emit_entries_functions(gen, info, out);
    if (gen->options->checks != C_CHECKS_NONE)
        emit_check_function(gen, info, out);
    if (has_scratch(info))
        emit_scratch_function(gen, info, out);
    emit_workspace_size(gen, info, out);
    emit_entry_point(gen, info, out);
}

/* ---- the header ---- */

void c_put_header(CGen *gen, Buf *out) {
    Buf guard = {0};
    const char *name = gen->module->name ? gen->module->name : "module";
    buf_printf(&guard, "%s_%s_H", gen->options->symbol_prefix ? gen->options->symbol_prefix : "PTOC", name);
    for (size_t i = 0; i < guard.len; i++)
        guard.data[i] = isalnum((unsigned char)guard.data[i]) ? (char)toupper((unsigned char)guard.data[i]) : '_';
    buf_puts(out, "/* Generated by ptoc");
    if (gen->options->version)
        buf_printf(out, " %s", gen->options->version);
    buf_puts(out, " from ");
    ctext_put_comment(out, c_source_name(gen));
    buf_printf(out, ": do not edit. */\n#ifndef PTOC_%s\n#define PTOC_%s\n", buf_text(&guard), buf_text(&guard));
    c_put_public_runtime(gen, out);
    buf_puts(out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for (int i = 0; i < gen->nfuncs; i++) {
        if (!gen->funcs[i].func->exported)
            continue;
        buf_putc(out, '\n');
        c_put_args_struct(gen, &gen->funcs[i], out);
        buf_putc(out, '\n');
        c_put_entry_prototypes(gen, &gen->funcs[i], out);
    }
    buf_puts(out, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    buf_free(&guard);
}
