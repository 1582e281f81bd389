/* Declarations: specifiers, declarators, structs, and a file of them. */
#include <string.h>
#include "backends/llvm/tc.h"

/* ---- specifiers ---- */

bool tc_starts_type(Tc *c) {
    if (c->at->kind != TC_NAME)
        return false;
    const TcSymbol *s = tc_find(c, c->at->text);
    if (!s)
        return false;
    if (s->kind == TC_SYM_TYPE)
        return true;
    return s->kind == TC_SYM_KEYWORD &&
           ((s->keyword <= TC_KW_ENUM) || s->keyword == TC_KW_ALIGNAS || s->keyword == TC_KW_ATTRIBUTE);
}

/* __attribute__((vector_size(N))) makes a vector of the type; others say nothing about types. */
void tc_attributes(Tc *c, TcSpec *spec) {
    while (tc_accept_keyword(c, TC_KW_ATTRIBUTE)) {
        if (c->at[2].kind == TC_NAME && strcmp(c->at[2].text, "vector_size") == 0 && spec) {
            c->at += 3;
            tc_expect(c, '(');
            int64_t size = tc_constant(c);
            spec->type = tc_vector(c, spec->type, size / (int64_t)spec->type->size);
            tc_expect(c, ')');
            tc_expect(c, ')');
            tc_expect(c, ')');
        } else {
            tc_skip_parens(c);
        }
    }
}

static const TcType *struct_specifier(Tc *c) {
    const char *tag = c->at->kind == TC_NAME ? tc_expect_name(c) : NULL;
    TcType *type = tc_struct(c, tag);
    if (!tc_accept(c, '{'))
        return type;
    VEC(TcMember) members = {0};
    while (!tc_accept(c, '}')) {
        TcSpec spec = tc_specifiers(c);
        do {
            TcDeclarator d = tc_declarator(c, spec.type);
            VEC_PUSH(c->arena, &members, (TcMember){d.name, d.type, 0});
        } while (tc_accept(c, ','));
        tc_expect(c, ';');
    }
    tc_struct_finish(c, type, members.data, members.len);
    return type;
}

static const TcType *enum_specifier(Tc *c) {
    if (c->at->kind == TC_NAME)
        c->at++;
    if (!tc_accept(c, '{'))
        return c->type_i32;
    int64_t value = 0;
    while (!tc_accept(c, '}')) {
        const char *name = tc_expect_name(c);
        value = tc_accept(c, '=') ? tc_constant(c) : value;
        tc_declare(c, name, TC_SYM_CONSTANT, c->type_i32)->value = tc_int(c, c->type_i32, value);
        value++;
        if (!tc_accept(c, ','))
            tc_expect(c, '}'), c->at--;
    }
    return c->type_i32;
}

typedef struct Words {
    int longs;
    bool is_unsigned, is_signed, is_int, is_char, is_short;
} Words;

static const TcType *integer_of(Tc *c, const Words *w) {
    if (w->is_char)
        return w->is_unsigned ? c->type_u8 : c->type_i8;
    if (w->is_short)
        return w->is_unsigned ? c->type_u16 : c->type_i16;
    if (w->longs)
        return w->is_unsigned ? c->type_u64 : c->type_i64;
    return w->is_unsigned ? c->type_u32 : c->type_i32;
}

static uint64_t alignment(Tc *c) {
    tc_expect(c, '(');
    uint64_t align = (uint64_t)tc_constant(c);
    tc_expect(c, ')');
    return align;
}

/* One keyword; false when it belongs to no specifier. */
static bool specifier_word(Tc *c, TcSpec *spec, Words *w, int word) {
    switch (word) {
    case TC_KW_VOID: spec->type = c->type_void; break;
    case TC_KW_FLOAT: spec->type = c->type_f32; break;
    case TC_KW_DOUBLE: spec->type = c->type_f64; break;
    case TC_KW_CHAR: w->is_char = true; break;
    case TC_KW_SHORT: w->is_short = true; break;
    case TC_KW_INT: w->is_int = true; break;
    case TC_KW_LONG: w->longs++; break;
    case TC_KW_SIGNED: w->is_signed = true; break;
    case TC_KW_UNSIGNED: w->is_unsigned = true; break;
    case TC_KW_TYPEDEF: spec->is_typedef = true; break;
    case TC_KW_STATIC: spec->is_static = true; break;
    case TC_KW_CONST:
    case TC_KW_RESTRICT:
    case TC_KW_INLINE:
    case TC_KW_EXTERN: break;
    case TC_KW_NOINLINE: spec->is_noinline = true; break;
    case TC_KW_COLD: spec->is_noinline = spec->is_static = true; break;
    case TC_KW_STRUCT: c->at++, spec->type = struct_specifier(c), c->at--; break;
    case TC_KW_ENUM: c->at++, spec->type = enum_specifier(c), c->at--; break;
    case TC_KW_ALIGNAS: c->at++, spec->align = alignment(c), c->at--; break;
    case TC_KW_ATTRIBUTE: tc_attributes(c, NULL), c->at--; break;
    default: return false;
    }
    c->at++;
    return true;
}

TcSpec tc_specifiers(Tc *c) {
    TcSpec spec = {0};
    Words w = {0};
    for (;;) {
        bool any = spec.type || w.is_char || w.is_short || w.is_int || w.longs || w.is_signed || w.is_unsigned;
        const TcSymbol *s = c->at->kind == TC_NAME ? tc_find(c, c->at->text) : NULL;
        if (s && s->kind == TC_SYM_TYPE && !any) {
            spec.type = s->type;
            c->at++;
        } else if (!s || s->kind != TC_SYM_KEYWORD || !specifier_word(c, &spec, &w, s->keyword)) {
            break;
        }
    }
    if (!spec.type && (w.is_char || w.is_short || w.is_int || w.longs || w.is_signed || w.is_unsigned))
        spec.type = integer_of(c, &w);
    if (!spec.type)
        tc_error(c, "expected a type");
    return spec;
}

/* ---- declarators ---- */

static const TcType *pointers(Tc *c, const TcType *base) {
    while (tc_accept(c, '*')) {
        TcType *p = ARENA_NEW(c->arena, TcType);
        *p = *tc_pointer(c, base);
        while (tc_keyword(c) == TC_KW_CONST || tc_keyword(c) == TC_KW_RESTRICT) {
            p->is_restrict |= tc_keyword(c) == TC_KW_RESTRICT;
            c->at++;
        }
        base = p;
    }
    return base;
}

static const TcType *parameters(Tc *c, const TcType *result) {
    VEC(TcMember) list = {0};
    bool variadic = false;
    while (!tc_accept(c, ')')) {
        if (tc_accept(c, TC_P3('.', '.', '.'))) {
            variadic = true;
            continue;
        }
        TcSpec spec = tc_specifiers(c);
        TcDeclarator p = tc_declarator(c, spec.type);
        const TcType *type = p.type->kind == TC_ARRAY      ? tc_pointer(c, p.type->of)
                             : p.type->kind == TC_FUNCTION ? tc_pointer(c, p.type)
                                                           : p.type;
        if (type->kind != TC_VOID)
            VEC_PUSH(c->arena, &list, (TcMember){p.name, type, 0});
        tc_accept(c, ',');
    }
    return tc_function_type(c, result, list.data, list.len, variadic);
}

/* [n] and (parameters) behind the name; the last dimension binds first. */
static const TcType *suffixes(Tc *c, const TcType *base) {
    if (tc_accept(c, '('))
        return parameters(c, base);
    if (!tc_accept(c, '['))
        return base;
    while (tc_keyword(c) == TC_KW_STATIC || tc_keyword(c) == TC_KW_CONST)
        c->at++;
    int64_t count = tc_is(c, ']') ? -1 : tc_constant(c);
    tc_expect(c, ']');
    return tc_array(c, suffixes(c, base), count);
}

TcDeclarator tc_declarator(Tc *c, const TcType *base) {
    TcDeclarator d = {0};
    base = pointers(c, base);
    if (tc_is(c, '(') && (c->at[1].kind == TC_PUNCT && c->at[1].punct == '*')) {
        const TcToken *inside = ++c->at;
        int depth = 1;
        for (; depth > 0; c->at++)
            depth += tc_is(c, '(') ? 1 : tc_is(c, ')') ? -1 : 0;
        base = suffixes(c, base);
        const TcToken *after = c->at;
        c->at = inside;
        d = tc_declarator(c, base);
        c->at = after;
    } else {
        if (c->at->kind == TC_NAME && tc_keyword(c) < 0)
            d.name = tc_expect_name(c);
        d.type = suffixes(c, base);
    }
    TcSpec spec = {.type = d.type};
    tc_attributes(c, d.type && d.type->kind != TC_FUNCTION ? &spec : NULL);
    d.type = spec.type;
    return d;
}

const TcType *tc_type_name(Tc *c) {
    TcSpec spec = tc_specifiers(c);
    return tc_declarator(c, spec.type).type;
}

/* ---- files ---- */

static void file_variable(Tc *c, const TcSpec *spec, TcDeclarator *d) {
    if (c->prototypes) { /* tables of the runtime: only its functions see them */
        while (!tc_is(c, ';'))
            c->at++;
        return;
    }
    if (!spec->is_static || !tc_accept(c, '='))
        tc_error(c, "a variable of the file is not a static constant");
    LLVMValueRef value = tc_constant_initialiser(c, d->type);
    TcSymbol *s = tc_declare(c, d->name, TC_SYM_VARIABLE, d->type);
    if (d->type->kind == TC_ARRAY && d->type->count < 0)
        s->type = tc_array(c, d->type->of, (int64_t)LLVMGetArrayLength2(LLVMTypeOf(value)));
    s->value = LLVMAddGlobal(c->module, LLVMTypeOf(value), d->name);
    LLVMSetInitializer(s->value, value);
    LLVMSetLinkage(s->value, LLVMInternalLinkage);
    LLVMSetGlobalConstant(s->value, true);
}

static void declare_function(Tc *c, const TcDeclarator *d) {
    TcSymbol *s = tc_find(c, d->name);
    if (!s || s->kind != TC_SYM_FUNCTION)
        tc_declare(c, d->name, TC_SYM_FUNCTION, d->type);
}

static void file_declaration(Tc *c) {
    TcSpec spec = tc_specifiers(c);
    if (tc_accept(c, ';'))
        return;
    TcDeclarator d = tc_declarator(c, spec.type);
    if (spec.is_typedef) {
        tc_declare(c, d.name, TC_SYM_TYPE, d.type);
    } else if (d.type->kind == TC_FUNCTION) {
        declare_function(c, &d);
        if (tc_is(c, '{')) {
            tc_function_definition(c, &spec, &d);
            return;
        }
    } else {
        file_variable(c, &spec, &d);
    }
    tc_expect(c, ';');
}

void tc_file(Tc *c, const TcToken *tokens) {
    c->at = tokens;
    while (c->at->kind != TC_END)
        file_declaration(c);
}
