/* Functions, and the variables they reach. */
#include <string.h>
#include "backends/llvm/tc.h"

static void add_attribute(Tc *c, LLVMValueRef f, unsigned at, const char *name) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(f, at, LLVMCreateEnumAttribute(c->context, kind, 0));
}

TcFunction *tc_function_begin(Tc *c, LLVMValueRef value, const TcType *type) {
    TcFunction *f = ARENA_NEW(c->arena, TcFunction), *before = c->function;
    *f = (TcFunction){.value = value, .type = type};
    add_attribute(c, value, (unsigned)LLVMAttributeFunctionIndex, "nounwind");
    f->entry = LLVMAppendBasicBlockInContext(c->context, value, "entry");
    f->variables = LLVMCreateBuilderInContext(c->context);
    LLVMPositionBuilderAtEnd(f->variables, f->entry);
    c->function = f;
    LLVMPositionBuilderAtEnd(c->builder, tc_block(c, "start"));
    return before;
}

/* The variables' block leads to the first one of the text. A path that ends without `return` is one that cannot be. */
void tc_function_end(Tc *c, TcFunction *before) {
    TcFunction *f = c->function;
    LLVMBuildBr(f->variables, LLVMGetNextBasicBlock(f->entry));
    if (!LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(c->builder))) {
        if (f->type->of->kind == TC_VOID)
            LLVMBuildRetVoid(c->builder);
        else
            LLVMBuildUnreachable(c->builder);
    }
    LLVMDisposeBuilder(f->variables);
    c->function = before;
}

static void bind_parameter(Tc *c, LLVMValueRef f, unsigned i, const TcMember *p) {
    LLVMValueRef value = LLVMGetParam(f, i);
    if (!p->name)
        return;
    LLVMSetValueName2(value, p->name, strlen(p->name));
    LLVMValueRef address = tc_variable(c, p->type, 0, NULL);
    LLVMBuildStore(c->builder, value, address);
    tc_declare(c, p->name, TC_SYM_VARIABLE, p->type)->value = address;
    if (p->type->kind == TC_POINTER && p->type->is_restrict)
        add_attribute(c, f, i + 1, "noalias");
}

static void set_linkage(Tc *c, LLVMValueRef f, const TcSpec *spec) {
    if (spec->is_static)
        LLVMSetLinkage(f, LLVMInternalLinkage);
    else
        VEC_PUSH(c->arena, &c->exported, f);
    if (spec->is_noinline)
        add_attribute(c, f, (unsigned)LLVMAttributeFunctionIndex, "noinline");
}

void tc_function_definition(Tc *c, const TcSpec *spec, const TcDeclarator *d) {
    TcSymbol *s = tc_find(c, d->name);
    int mark = tc_scope_open(c);
    LLVMValueRef f = s->value ? s->value : LLVMAddFunction(c->module, d->name, tc_llvm(c, d->type));
    s->value = f;
    set_linkage(c, f, spec);
    TcFunction *before = tc_function_begin(c, f, d->type);
    c->function->scope = tc_debug_function(c, f, d->name, c->at);
    tc_debug_line(c);
    for (int i = 0; i < d->type->nmembers; i++)
        bind_parameter(c, f, (unsigned)i, &d->type->members[i]);
    tc_block_statements(c);
    tc_function_end(c, before);
    tc_scope_close(c, mark);
}

/* A variable of the function around a parallel loop: its address comes in the table. */
static LLVMValueRef captured(Tc *c, TcSymbol *s) {
    TcFunction *f = c->function;
    for (int i = 0; i < f->captures.len; i++)
        if (f->captures.data[i].symbol == s)
            return f->captures.data[i].inner;
    LLVMTypeRef pointer = LLVMPointerTypeInContext(c->context, 0);
    LLVMValueRef n = tc_int(c, c->type_i64, f->captures.len);
    LLVMValueRef slot = LLVMBuildInBoundsGEP2(f->variables, pointer, f->context, &n, 1, "");
    LLVMValueRef inner = LLVMBuildLoad2(f->variables, pointer, slot, s->name);
    VEC_PUSH(c->arena, &f->captures, (TcCapture){s, s->value, inner});
    return inner;
}

LLVMValueRef tc_address(Tc *c, TcSymbol *s) {
    if (!s->function || s->function == c->function)
        return s->value;
    if (s->function != c->function->outer)
        tc_error(c, "`%s` belongs to a function further out", s->name);
    return captured(c, s);
}
