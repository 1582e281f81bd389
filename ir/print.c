/* The text form of the IR: see README.md for its rules. */
#include "ir/print.h"
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ir/ir_impl.h"
#include "ir/print_impl.h"
#include "ir/walk.h"

/* ---- names ------------------------------------------------------------------------------------------------------ */
/* A name as the text can say it: without a numeric suffix (the printer gives that), of letters, digits and
 * underscores. */
static const char *name_base(Printer *p, const char *name) {
    size_t n = strlen(name);
    for (;;) {
        size_t digits = n;
        while (digits > 0 && isdigit((unsigned char)name[digits - 1]))
            digits--;
        if (digits == n || digits < 2 || name[digits - 1] != '.')
            break;
        n = digits - 1;
    }
    if (n == 0)
        return NULL;
    char *clean = ARENA_ARRAY(p->arena, char, n + 2);
    size_t len = 0;
    if (isdigit((unsigned char)name[0]))
        clean[len++] = '_';
    for (size_t i = 0; i < n; i++)
        clean[len++] = isalnum((unsigned char)name[i]) ? name[i] : '_';
    return str_intern_n(p->strings, clean, len);
}

static NameCount *name_slot(const Printer *p, const char *name) {
    uint32_t at = (uint32_t)(((uintptr_t)name * 0x9E3779B97F4A7C15u) >> 33) & (p->nnames - 1);
    while (p->names[at].name && p->names[at].name != name)
        at = (at + 1) & (p->nnames - 1);
    return &p->names[at];
}

/* How often the function has used the name before. */
static uint32_t name_count(Printer *p, const char *name) {
    if (p->names_used * 2 >= p->nnames) {
        NameCount *old = p->names;
        uint32_t n = p->nnames;
        p->nnames = n ? n * 2 : 64;
        p->names = ARENA_ARRAY(p->arena, NameCount, p->nnames);
        for (uint32_t i = 0; i < n; i++)
            if (old[i].name)
                *name_slot(p, old[i].name) = old[i];
    }
    NameCount *slot = name_slot(p, name);
    if (!slot->name)
        p->names_used++;
    if (!slot->name || slot->func != p->func)
        *slot = (NameCount){name, p->func, 0};
    return slot->count++;
}

static void name_value(Printer *p, const Value *v) {
    if (v->id >= p->nvalues)
        return;
    const char *base = v->name ? name_base(p, v->name) : NULL;
    p->values[v->id] = (ValueText){base, base ? name_count(p, base) : p->numbered++, ++p->place};
}

static void name_op(void *user, Op *op) {
    for (int i = 0; i < op->nresults; i++)
        name_value(user, op->results[i]);
    for (int i = 0; i < op->nregions; i++)
        for (int k = 0; k < op->regions[i]->nargs; k++)
            name_value(user, op->regions[i]->args[k]);
}

/* Results before the arguments of all regions of the op, then what stands in the regions. */
static void name_func(Printer *p, const Func *func) {
    p->func++;
    p->numbered = p->place = 0;
    for (int i = 0; i < func->body->nargs; i++)
        name_value(p, func->body->args[i]);
    walk_ops(func->body, name_op, p);
}

void print_value(Printer *p, const Value *v) {
    ValueText text = v->id < p->nvalues ? p->values[v->id] : (ValueText){0};
    if (text.place == 0)
        buf_printf(p->out, "%%%s?%u", v->name ? v->name : "", v->id); /* defined elsewhere: only in messages */
    else if (!text.base)
        buf_printf(p->out, "%%%u", text.number);
    else if (text.number == 0)
        buf_printf(p->out, "%%%s", text.base);
    else
        buf_printf(p->out, "%%%s.%u", text.base, text.number);
}

/* ---- small parts ------------------------------------------------------------------------------------------------ */
static void print_string(Buf *out, const char *s) {
    size_t left = strlen(s);
    buf_putc(out, '"');
    while (left > 0) {
        int length = str_utf8_length(s, left);
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n' || c == '\t')
            buf_puts(out, c == '\n' ? "\\n" : "\\t");
        else if (length == 0 || c < 0x20 || c == 0x7F)
            buf_printf(out, "\\x%02X", c);
        else
            buf_write(out, s, (size_t)length);
        int step = length > 1 ? length : 1;
        s += step;
        left -= (size_t)step;
    }
    buf_putc(out, '"');
}

/* Bare where it reads back as one word, else in quotes. */
static void print_word(Buf *out, const char *s) {
    bool bare = isalpha((unsigned char)s[0]) || s[0] == '_';
    for (const char *c = s; *c; c++)
        bare &= isalnum((unsigned char)*c) || *c == '_' || *c == '.';
    if (bare)
        buf_puts(out, s);
    else
        print_string(out, s);
}

static void print_float(Buf *out, double f) {
    static const int digits[] = {6, 9, 12, 15, 16, 17};
    char text[40];
    if (isnan(f)) {
        buf_puts(out, "nan");
        return;
    }
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        snprintf(text, sizeof text, "%.*g", digits[i], f);
        if (strtod(text, NULL) == f)
            break;
    }
    buf_puts(out, text);
}

static void print_loc(Printer *p, Loc loc) {
    if (loc.line > 0 && loc.column > 0 && loc.file >= 0 && loc.file < p->module->sources.len)
        buf_printf(p->out, " @%d:%d:%d", loc.file, loc.line, loc.column);
}

static void print_type(Printer *p, const Type *t) {
    static const char *const kinds[] = {[TYPE_TILE] = "",          [TYPE_TENSOR] = "tensor ", [TYPE_VIEW] = "view ",
                                        [TYPE_BUFFER] = "buffer ", [TYPE_ACC] = "acc ",       [TYPE_CSR] = "csr "};
    buf_printf(p->out, "%s%s%s[", t->strided ? "strided " : "", kinds[t->kind], elem_info(t->elem)->text);
    for (int i = 0; i < t->rank; i++) {
        buf_puts(p->out, i ? ", " : "");
        print_expr(p, t->dims[i]);
    }
    buf_putc(p->out, ']');
}

static void print_attr(Printer *p, const Attr *a) {
    buf_puts(p->out, attr_text(a->key));
    switch (attr_kind(a->key)) {
    case ATTR_KIND_BOOL: break;
    case ATTR_KIND_INT: buf_printf(p->out, " = %" PRId64, a->i); break;
    case ATTR_KIND_FLOAT: buf_puts(p->out, " = "), print_float(p->out, a->f); break;
    case ATTR_KIND_ELEM: buf_printf(p->out, " = %s", elem_info(a->elem)->text); break;
    case ATTR_KIND_STR: buf_puts(p->out, " = "), print_string(p->out, a->s); break;
    case ATTR_KIND_WORD: buf_puts(p->out, " = "), print_word(p->out, a->s); break;
    }
}

static void print_attrs(Printer *p, const Op *op) {
    if (op->nattrs == 0)
        return;
    buf_puts(p->out, " {");
    for (int i = 0; i < op->nattrs; i++) {
        buf_puts(p->out, i ? ", " : "");
        print_attr(p, &op->attrs[i]);
    }
    buf_putc(p->out, '}');
}

static void print_selectors(Printer *p, const Op *op) {
    buf_puts(p->out, " [");
    for (int i = 0, e = 0; i < op->nsels; i++) {
        buf_puts(p->out, i ? ", " : "");
        if (op->sels[i] != SEL_FULL && e < op->nexprs)
            print_expr(p, op->exprs[e++]);
        if (op->sels[i] != SEL_INDEX)
            buf_puts(p->out, op->sels[i] == SEL_FULL ? ":" : op->sels[i] == SEL_RANGE ? " : " : " :+ ");
        if ((op->sels[i] == SEL_RANGE || op->sels[i] == SEL_BLOCK) && e < op->nexprs)
            print_expr(p, op->exprs[e++]);
    }
    buf_putc(p->out, ']');
}

static void print_exprs(Printer *p, const Op *op) {
    if (op_code_has(op->code, SELECT)) {
        print_selectors(p, op);
        return;
    }
    for (int i = 0; i < op->nexprs; i++) {
        buf_puts(p->out, i ? ", " : " [");
        print_expr(p, op->exprs[i]);
    }
    buf_puts(p->out, op->nexprs ? "]" : "");
}

/* ---- ops -------------------------------------------------------------------------------------------------------- */
static void print_op_head(Printer *p, const Op *op) {
    for (int i = 0; i < op->nresults; i++) {
        buf_puts(p->out, i ? ", " : "");
        print_value(p, op->results[i]);
    }
    buf_printf(p->out, "%s%s", op->nresults ? " = " : "", op_info(op->code)->name);
    for (int i = 0; i < op->noperands; i++) {
        buf_puts(p->out, i ? ", " : " ");
        print_value(p, op->operands[i]);
    }
    print_exprs(p, op);
    print_attrs(p, op);
    for (int i = 0; i < op->nresults; i++) {
        buf_puts(p->out, i ? ", " : " : ");
        print_type(p, op->results[i]->type);
    }
    print_loc(p, op->loc);
}

static void print_region(Printer *p, const Op *op, const Region *region);

static void print_op(Printer *p, const Op *op) {
    buf_indent(p->out, p->indent);
    print_op_head(p, op);
    for (int i = 0; i < op->nregions; i++) {
        buf_puts(p->out, " {\n");
        print_region(p, op, op->regions[i]);
        buf_indent(p->out, p->indent);
        buf_putc(p->out, '}');
    }
    buf_putc(p->out, '\n');
}

static void print_region(Printer *p, const Op *op, const Region *region) {
    p->indent += 2;
    for (int i = 0; i < region->nargs; i++) {
        if (i == 0)
            buf_indent(p->out, p->indent);
        buf_puts(p->out, i ? ", " : "^(");
        print_value(p, region->args[i]);
        const Type *type = region->args[i]->type;
        int from = op_arg_from(op, i);
        if (!(from == ARG_INDEX && type_is_index(type)) && !(from >= 0 && op->operands[from]->type == type)) {
            buf_puts(p->out, ": ");
            print_type(p, type);
        }
    }
    buf_puts(p->out, region->nargs ? ")\n" : "");
    for (const Op *inner = region->first; inner; inner = inner->next)
        print_op(p, inner);
    p->indent -= 2;
}

/* ---- functions and modules -------------------------------------------------------------------------------------- */
static void print_param(Printer *p, const Param *param) {
    static const char *const dirs[] = {[DIR_NONE] = "", [DIR_IN] = "in ", [DIR_OUT] = "out ", [DIR_INOUT] = "inout "};
    print_value(p, param->value);
    buf_printf(p->out, ": %s", dirs[param->dir]);
    print_type(p, param->value->type);
    if (!param->has_default)
        return;
    buf_puts(p->out, " = ");
    if (elem_is_float(param->value->type->elem))
        print_float(p->out, param->default_float);
    else
        buf_printf(p->out, "%" PRId64, param->default_int);
}

static void print_func(Printer *p, const Func *f) {
    name_func(p, f);
    buf_printf(p->out, "%s @%s", f->kind == FUNC_KERNEL ? "kernel" : "workload", f->name);
    for (int i = 0; i < f->nindex_params; i++) {
        buf_printf(p->out, "%s%s", i ? ", " : "[",
                   f->index_params[i].is_const     ? "const "
                   : f->index_params[i].is_entries ? "entries "
                                                   : "");
        print_value(p, f->index_params[i].value);
    }
    buf_puts(p->out, f->nindex_params ? "](" : "(");
    for (int i = 0; i < f->nparams; i++) {
        buf_puts(p->out, i ? ", " : "");
        print_param(p, &f->params[i]);
    }
    buf_putc(p->out, ')');
    if (strcmp(f->origin, f->name) != 0) {
        buf_puts(p->out, " origin ");
        print_string(p->out, f->origin);
    }
    buf_puts(p->out, f->exported ? " export" : "");
    print_loc(p, f->loc);
    buf_puts(p->out, " {\n");
    p->indent = 2;
    for (int i = 0; i < f->directives.len; i++) {
        const Directive *d = &f->directives.data[i];
        buf_printf(p->out, "  directive %s ", d->name);
        print_string(p->out, d->args);
        print_loc(p, d->loc);
        buf_putc(p->out, '\n');
    }
    for (const Op *op = f->body->first; op; op = op->next)
        print_op(p, op);
    buf_puts(p->out, "}\n");
    p->indent = 0;
}

static Printer printer_create(Buf *out, const Module *m) {
    Arena *arena = arena_create();
    Printer p = {.out = out, .arena = arena, .module = m, .strings = strtab_create(arena)};
    p.nvalues = m->next_value_id;
    p.values = ARENA_ARRAY(arena, ValueText, p.nvalues ? p.nvalues : 1);
    return p;
}

void module_print(Buf *out, const Module *module) {
    Printer p = printer_create(out, module);
    buf_puts(out, "module ");
    print_word(out, module->name);
    buf_printf(out, " stage %s\n", stage_text(module->stage));
    for (int i = 0; i < module->sources.len; i++) {
        buf_printf(out, "source %d ", i);
        print_string(out, module->sources.data[i]);
        buf_putc(out, '\n');
    }
    for (int i = 0; i < module->funcs.len; i++) {
        buf_putc(out, '\n');
        print_func(&p, module->funcs.data[i]);
    }
    arena_destroy(p.arena);
}

void func_print(Buf *out, const Func *func) {
    Printer p = printer_create(out, func->module);
    print_func(&p, func);
    arena_destroy(p.arena);
}

void op_print_line(Buf *out, const Op *op) {
    Func *func = op_func(op);
    if (!func) {
        buf_puts(out, op_info(op->code)->name);
        return;
    }
    Printer p = printer_create(out, func->module);
    name_func(&p, func);
    print_op_head(&p, op);
    arena_destroy(p.arena);
}
