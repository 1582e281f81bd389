/* Calls. A function of the runtime is called as its bitcode says, which is how the C ABI of the target passes things: structs in
 * memory or in registers, small vectors as something else. */
#include <string.h>
#include "backends/llvm/tc.h"

/* Attributes of parameters and results that the two sides of a call must agree on. */
static const char *const abi_attributes[] = {"sret", "byval", "zeroext", "signext", NULL};

static LLVMAttributeRef attribute(LLVMValueRef f, unsigned at, const char *name) {
    return LLVMGetEnumAttributeAtIndex(f, at, LLVMGetEnumAttributeKindForName(name, strlen(name)));
}

static LLVMValueRef declare_runtime(Tc *c, const char *name) {
    LLVMValueRef from = LLVMGetNamedFunction(c->runtime, name);
    if (!from)
        return NULL;
    LLVMTypeRef type = LLVMGlobalGetValueType(from);
    LLVMValueRef f = LLVMAddFunction(c->module, name, type);
    for (unsigned i = 0; i <= LLVMCountParamTypes(type); i++)
        for (const char *const *a = abi_attributes; *a; a++)
            if (attribute(from, i, *a))
                LLVMAddAttributeAtIndex(f, i, attribute(from, i, *a));
    return f;
}

LLVMValueRef tc_function_value(Tc *c, TcSymbol *symbol) {
    if (!symbol->value)
        symbol->value = LLVMGetNamedFunction(c->module, symbol->name);
    if (!symbol->value)
        symbol->value = declare_runtime(c, symbol->name);
    if (!symbol->value)
        symbol->value = LLVMAddFunction(c->module, symbol->name, tc_llvm(c, symbol->type));
    return symbol->value;
}

typedef struct Passing {
    VEC(LLVMValueRef) args;
    LLVMTypeRef *params;
    unsigned nparams;
} Passing;

static LLVMTypeRef next_param(const Passing *p) {
    return (unsigned)p->args.len < p->nparams ? p->params[p->args.len] : NULL;
}

static LLVMValueRef through_memory(Tc *c, LLVMValueRef x, const TcType *type, LLVMTypeRef as) {
    LLVMValueRef room = tc_variable(c, tc_array(c, c->type_u8, (int64_t)(type->size < 16 ? 16 : type->size)), 64, NULL);
    LLVMBuildStore(c->builder, x, room);
    return LLVMBuildLoad2(c->builder, as, room, "");
}

/* A struct goes as a pointer to a copy, or as parts of eight bytes. */
static void pass_struct(Tc *c, Passing *p, TcValue x) {
    LLVMTypeRef param = next_param(p);
    if (param && LLVMGetTypeKind(param) == LLVMPointerTypeKind && x.type->size > 16) {
        LLVMValueRef copy = tc_variable(c, x.type, 16, NULL);
        tc_store(c, (TcValue){x.type, copy, true}, x);
        VEC_PUSH(c->arena, &p->args, copy);
        return;
    }
    for (uint64_t at = 0; at < x.type->size; at += 8) {
        param = next_param(p);
        if (!param)
            tc_error(c, "a struct is passed to a function that takes none");
        VEC_PUSH(c->arena, &p->args, LLVMBuildLoad2(c->builder, param, tc_offset(c, x.v, at), ""));
    }
}

static void pass(Tc *c, Passing *p, TcValue x) {
    LLVMTypeRef param = next_param(p);
    if (x.type->kind == TC_STRUCT)
        pass_struct(c, p, x);
    else if (!param || param == LLVMTypeOf(x.v))
        VEC_PUSH(c->arena, &p->args, x.v);
    else
        VEC_PUSH(c->arena, &p->args, through_memory(c, x.v, x.type, param));
}

/* An argument for `...`. */
static TcValue promoted(Tc *c, TcValue x) {
    x = tc_promote(c, x);
    return x.type->kind == TC_REAL ? tc_convert(c, x, c->type_f64) : x;
}

static TcValue taken(Tc *c, LLVMValueRef v, const TcType *type) {
    if (type->kind == TC_VOID)
        return (TcValue){type, NULL, false};
    if (type->kind == TC_STRUCT) {
        LLVMValueRef room = tc_variable(c, type, 16, NULL);
        LLVMBuildStore(c->builder, v, room);
        return (TcValue){type, room, true};
    }
    if (LLVMTypeOf(v) != tc_llvm(c, type))
        v = through_memory(c, v, type, tc_llvm(c, type));
    return (TcValue){type, v, false};
}

TcValue tc_call(Tc *c, TcSymbol *function, TcValue *args, int n) {
    const TcType *type = function->type;
    LLVMValueRef f = tc_function_value(c, function), room = NULL;
    LLVMTypeRef llvm = LLVMGlobalGetValueType(f);
    Passing p = {.nparams = LLVMCountParamTypes(llvm)};
    p.params = ARENA_ARRAY(c->arena, LLVMTypeRef, p.nparams + 1);
    LLVMGetParamTypes(llvm, p.params);
    if (n < type->nmembers || (n > type->nmembers && !type->is_variadic))
        tc_error(c, "`%s` takes %d arguments, not %d", function->name, type->nmembers, n);
    if (p.nparams > 0 && attribute(f, 1, "sret")) {
        room = tc_variable(c, type->of, 16, NULL);
        VEC_PUSH(c->arena, &p.args, room);
    }
    for (int i = 0; i < n; i++) {
        TcValue x = i >= type->nmembers                        ? promoted(c, args[i])
                    : type->members[i].type->kind == TC_STRUCT ? tc_rvalue(c, args[i])
                                                               : tc_convert(c, args[i], type->members[i].type);
        pass(c, &p, x);
    }
    LLVMValueRef call = LLVMBuildCall2(c->builder, llvm, f, p.args.data, (unsigned)p.args.len, "");
    for (unsigned i = 0; i <= p.nparams; i++)
        for (const char *const *a = abi_attributes; *a; a++)
            if (attribute(f, i, *a))
                LLVMAddCallSiteAttribute(call, i, attribute(f, i, *a));
    return room ? (TcValue){type->of, room, true} : taken(c, call, type->of);
}

TcValue tc_call_named(Tc *c, const char *name, TcValue *args, int n) {
    TcSymbol *s = tc_find(c, str_intern(c->strings, name));
    if (!s || s->kind != TC_SYM_FUNCTION)
        tc_error(c, "the runtime has no function `%s`", name);
    return tc_call(c, s, args, n);
}
