/* Types of text C: layout as the C ABI of every 64-bit target has it. */
#include <string.h>
#include "backends/llvm/tc.h"

static TcType *make(Tc *c, TcTypeKind kind, uint64_t size, uint64_t align) {
    TcType *t = ARENA_NEW(c->arena, TcType);
    *t = (TcType){.kind = kind, .count = -1, .size = size, .align = align ? align : 1, .is_complete = true};
    return t;
}

static const TcType *integer(Tc *c, int bits, bool is_signed) {
    TcType *t = make(c, TC_INTEGER, (uint64_t)bits / 8, (uint64_t)bits / 8);
    t->bits = bits;
    t->is_signed = is_signed;
    t->llvm = LLVMIntTypeInContext(c->context, (unsigned)bits);
    return t;
}

static const TcType *real(Tc *c, int bits, LLVMTypeRef llvm) {
    TcType *t = make(c, TC_REAL, (uint64_t)bits / 8, (uint64_t)bits / 8);
    t->bits = bits;
    t->llvm = llvm;
    return t;
}

/* The types that headers of the C library give. */
static void name_types(Tc *c) {
    const struct {
        const char *name;
        const TcType *type;
    } names[] = {{"int8_t", c->type_i8},
                 {"uint8_t", c->type_u8},
                 {"int16_t", c->type_i16},
                 {"uint16_t", c->type_u16},
                 {"int32_t", c->type_i32},
                 {"uint32_t", c->type_u32},
                 {"int64_t", c->type_i64},
                 {"uint64_t", c->type_u64},
                 {"size_t", c->type_u64},
                 {"uintptr_t", c->type_u64},
                 {"intptr_t", c->type_i64},
                 {"ptrdiff_t", c->type_i64},
                 {"va_list", tc_pointer(c, c->type_void)},
                 {"__builtin_va_list", tc_pointer(c, c->type_void)}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        tc_declare(c, str_intern(c->strings, names[i].name), TC_SYM_TYPE, names[i].type);
}

/* Those of the machine's intrinsics: parameters of functions that the runtime keeps to itself. */
static void name_vectors(Tc *c) {
    static const struct {
        const char *name;
        int bytes;
        char of; /* f32, f64 or i64 */
    } names[] = {{"__m128", 16, 'f'},  {"__m256", 32, 'f'},  {"__m512", 64, 'f'},
                 {"__m128d", 16, 'd'}, {"__m256d", 32, 'd'}, {"__m512d", 64, 'd'},
                 {"__m128i", 16, 'i'}, {"__m256i", 32, 'i'}, {"__m512i", 64, 'i'}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const TcType *of = names[i].of == 'f' ? c->type_f32 : names[i].of == 'd' ? c->type_f64 : c->type_i64;
        tc_declare(c, str_intern(c->strings, names[i].name), TC_SYM_TYPE,
                   tc_vector(c, of, names[i].bytes / (int64_t)of->size));
    }
}

void tc_types_init(Tc *c) {
    TcType *none = make(c, TC_VOID, 1, 1);
    none->llvm = LLVMVoidTypeInContext(c->context);
    c->type_void = none;
    c->type_char = c->type_i8 = integer(c, 8, true);
    c->type_u8 = integer(c, 8, false);
    c->type_i16 = integer(c, 16, true);
    c->type_u16 = integer(c, 16, false);
    c->type_i32 = integer(c, 32, true);
    c->type_u32 = integer(c, 32, false);
    c->type_i64 = integer(c, 64, true);
    c->type_u64 = integer(c, 64, false);
    c->type_f32 = real(c, 32, LLVMFloatTypeInContext(c->context));
    c->type_f64 = real(c, 64, LLVMDoubleTypeInContext(c->context));
    name_types(c);
    name_vectors(c);
}

const TcType *tc_pointer(Tc *c, const TcType *to) {
    TcType *t = make(c, TC_POINTER, 8, 8);
    t->of = to;
    t->llvm = LLVMPointerTypeInContext(c->context, 0);
    return t;
}

const TcType *tc_array(Tc *c, const TcType *of, int64_t count) {
    TcType *t = make(c, TC_ARRAY, of->size * (uint64_t)(count > 0 ? count : 0), of->align);
    t->of = of;
    t->count = count;
    return t;
}

const TcType *tc_vector(Tc *c, const TcType *of, int64_t count) {
    uint64_t size = of->size * (uint64_t)count;
    TcType *t = make(c, TC_VECTOR, size, size);
    t->of = of;
    t->count = count;
    return t;
}

/* The struct of a tag; made when it is met first. */
TcType *tc_struct(Tc *c, const char *tag) {
    const char *name = str_intern(c->strings, arena_printf(c->arena, "struct %s", tag ? tag : ""));
    TcSymbol *s = tag ? tc_find(c, name) : NULL;
    if (s) {
        TcType *known;
        memcpy(&known, &s->type, sizeof known); /* completed where its members stand */
        return known;
    }
    TcType *t = make(c, TC_STRUCT, 0, 1);
    t->name = tag ? tag : "";
    t->is_complete = false;
    if (tag)
        tc_declare(c, name, TC_SYM_TYPE, t);
    return t;
}

void tc_struct_finish(Tc *c, TcType *type, TcMember *members, int n) {
    LLVMTypeRef *types = ARENA_ARRAY(c->arena, LLVMTypeRef, n + 1);
    for (int i = 0; i < n; i++) {
        uint64_t align = members[i].type->align;
        type->size = (type->size + align - 1) / align * align;
        members[i].offset = type->size;
        type->size += members[i].type->size;
        type->align = type->align > align ? type->align : align;
        types[i] = tc_llvm(c, members[i].type);
    }
    type->size = (type->size + type->align - 1) / type->align * type->align;
    type->members = members;
    type->nmembers = n;
    type->is_complete = true;
    type->llvm = LLVMStructTypeInContext(c->context, types, (unsigned)n, false);
}

const TcType *tc_function_type(Tc *c, const TcType *result, TcMember *params, int n, bool variadic) {
    TcType *t = make(c, TC_FUNCTION, 1, 1);
    t->of = result;
    t->members = params;
    t->nmembers = n;
    t->is_variadic = variadic;
    return t;
}

static LLVMTypeRef function_llvm(Tc *c, const TcType *type) {
    LLVMTypeRef *params = ARENA_ARRAY(c->arena, LLVMTypeRef, type->nmembers + 1);
    for (int i = 0; i < type->nmembers; i++)
        params[i] = tc_llvm(c, type->members[i].type);
    return LLVMFunctionType(tc_llvm(c, type->of), params, (unsigned)type->nmembers, type->is_variadic);
}

LLVMTypeRef tc_llvm(Tc *c, const TcType *type) {
    switch (type->kind) {
    case TC_ARRAY: return LLVMArrayType2(tc_llvm(c, type->of), (uint64_t)(type->count > 0 ? type->count : 0));
    case TC_VECTOR: return LLVMVectorType(tc_llvm(c, type->of), (unsigned)type->count);
    case TC_FUNCTION: return function_llvm(c, type);
    case TC_STRUCT:
        if (!type->is_complete)
            tc_error(c, "struct %s is used before its members are known", type->name);
        return type->llvm;
    case TC_VOID:
    case TC_INTEGER:
    case TC_REAL:
    case TC_POINTER: return type->llvm;
    }
    return NULL;
}

const TcMember *tc_member(Tc *c, const TcType *type, const char *name) {
    for (int i = 0; type->kind == TC_STRUCT && i < type->nmembers; i++)
        if (type->members[i].name == name)
            return &type->members[i];
    tc_error(c, "there is no member `%s`", name);
}
