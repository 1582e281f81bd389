/* Statements. */
#include <string.h>
#include "backends/llvm/tc.h"

/* What follows a jump is never reached, and still needs a place. */
static void after_jump(Tc *c) { LLVMPositionBuilderAtEnd(c->builder, tc_block(c, "dead")); }

/* ---- declarations ---- */

static void static_constant(Tc *c, const TcDeclarator *d) {
    tc_expect(c, '=');
    LLVMValueRef value = tc_constant_initialiser(c, d->type);
    bool open = d->type->kind == TC_ARRAY && d->type->count < 0;
    const TcType *type = open ? tc_array(c, d->type->of, (int64_t)LLVMGetArrayLength2(LLVMTypeOf(value))) : d->type;
    TcSymbol *s = tc_declare(c, d->name, TC_SYM_VARIABLE, type);
    s->function = NULL;
    s->value = LLVMAddGlobal(c->module, LLVMTypeOf(value), d->name);
    LLVMSetInitializer(s->value, value);
    LLVMSetLinkage(s->value, LLVMInternalLinkage);
    LLVMSetGlobalConstant(s->value, true);
}

static void variable(Tc *c, const TcSpec *spec, const TcDeclarator *d) {
    const TcType *type = d->type;
    if (type->kind == TC_ARRAY && type->count < 0) {
        const TcToken *at = c->at;
        tc_expect(c, '=');
        type = tc_array(c, type->of, tc_count_initialisers(c));
        c->at = at;
    }
    LLVMValueRef address = tc_variable(c, type, spec->align, d->name);
    tc_declare(c, d->name, TC_SYM_VARIABLE, type)->value = address;
    if (tc_accept(c, '='))
        tc_initialise(c, type, address);
}

static void declaration(Tc *c) {
    TcSpec spec = tc_specifiers(c);
    do {
        TcDeclarator d = tc_declarator(c, spec.type);
        if (!d.name)
            tc_error(c, "a declaration has no name");
        if (spec.is_static)
            static_constant(c, &d);
        else
            variable(c, &spec, &d);
    } while (tc_accept(c, ','));
    tc_expect(c, ';');
}

/* ---- branches ---- */

static void if_statement(Tc *c) {
    tc_expect(c, '(');
    LLVMValueRef condition = tc_truth(c, tc_expression(c));
    tc_expect(c, ')');
    LLVMBasicBlockRef then = tc_block(c, "then"), other = tc_block(c, "else");
    LLVMBuildCondBr(c->builder, condition, then, other);
    LLVMPositionBuilderAtEnd(c->builder, then);
    tc_statement(c);
    if (!tc_accept_keyword(c, TC_KW_ELSE)) {
        tc_go(c, other);
        return;
    }
    LLVMBasicBlockRef end = tc_block(c, "end");
    tc_go(c, end);
    LLVMPositionBuilderAtEnd(c->builder, other);
    tc_statement(c);
    tc_go(c, end);
}

/* ---- loops ---- */

static LLVMMetadataRef unroll_hint(Tc *c, unsigned count) {
    static const char name[] = "llvm.loop.unroll.count";
    LLVMMetadataRef parts[] = {LLVMMDStringInContext2(c->context, name, sizeof name - 1),
                               LLVMValueAsMetadata(tc_int(c, c->type_i32, (int64_t)count))};
    return LLVMMDNodeInContext2(c->context, parts, 2);
}

/* Branches back to the head. A hint belongs to a node that names itself, so that no two loops share one. */
static void loop_back(Tc *c, LLVMBasicBlockRef head, unsigned unroll) {
    LLVMValueRef jump = LLVMBuildBr(c->builder, head);
    if (unroll == 0)
        return;
    LLVMMetadataRef self = LLVMTemporaryMDNode(c->context, NULL, 0);
    LLVMMetadataRef node = LLVMMDNodeInContext2(c->context, (LLVMMetadataRef[]){self, unroll_hint(c, unroll)}, 2);
    LLVMMetadataReplaceAllUsesWith(self, node);
    static const char kind[] = "llvm.loop";
    LLVMSetMetadata(jump, LLVMGetMDKindIDInContext(c->context, kind, sizeof kind - 1),
                    LLVMMetadataAsValue(c->context, node));
}

/* The step of `for` stands before the body in the text and runs behind it: it is read twice. */
static void loop_body(Tc *c, LLVMBasicBlockRef head, LLVMBasicBlockRef end, const TcToken *step, unsigned unroll) {
    TcFunction *f = c->function;
    LLVMBasicBlockRef on_break = f->on_break, on_continue = f->on_continue, next = tc_block(c, "next");
    f->on_break = end;
    f->on_continue = next;
    tc_statement(c);
    tc_go(c, next);
    const TcToken *after = c->at;
    if (step && !(step->kind == TC_PUNCT && step->punct == ')')) {
        c->at = step;
        tc_expression(c);
        c->at = after;
    }
    loop_back(c, head, unroll);
    LLVMPositionBuilderAtEnd(c->builder, end);
    f->on_break = on_break;
    f->on_continue = on_continue;
}

static void loop_test(Tc *c, LLVMBasicBlockRef end, unsigned closing) {
    LLVMBasicBlockRef body = tc_block(c, "body");
    if (tc_is(c, closing))
        LLVMBuildBr(c->builder, body);
    else
        LLVMBuildCondBr(c->builder, tc_truth(c, tc_expression(c)), body, end);
    tc_expect(c, closing);
    LLVMPositionBuilderAtEnd(c->builder, body);
}

static void while_statement(Tc *c) {
    LLVMBasicBlockRef head = tc_block(c, "while"), end = tc_block(c, "end");
    tc_go(c, head);
    tc_expect(c, '(');
    loop_test(c, end, ')');
    loop_body(c, head, end, NULL, 0);
}

static void for_statement(Tc *c) {
    unsigned unroll = c->function->unroll;
    int mark = tc_scope_open(c);
    c->function->unroll = 0;
    tc_expect(c, '(');
    if (tc_starts_type(c)) {
        declaration(c);
    } else {
        if (!tc_is(c, ';'))
            tc_expression(c);
        tc_expect(c, ';');
    }
    LLVMBasicBlockRef head = tc_block(c, "for"), end = tc_block(c, "end");
    tc_go(c, head);
    loop_test(c, end, ';');
    const TcToken *step = c->at;
    for (int depth = 0; depth > 0 || !tc_is(c, ')'); c->at++)
        depth += tc_is(c, '(') ? 1 : tc_is(c, ')') ? -1 : 0;
    c->at++;
    loop_body(c, head, end, step, unroll);
    tc_scope_close(c, mark);
}

/* ---- jumps ---- */

static void return_statement(Tc *c) {
    const TcType *type = c->function->type->of;
    if (c->function->outer)
        tc_error(c, "a parallel loop is left by `return`");
    if (tc_is(c, ';'))
        LLVMBuildRetVoid(c->builder);
    else
        LLVMBuildRet(c->builder, tc_convert(c, tc_expression(c), type).v);
    tc_expect(c, ';');
    after_jump(c);
}

static void jump(Tc *c, LLVMBasicBlockRef to) {
    if (!to)
        tc_error(c, "no loop is around `break` or `continue`");
    LLVMBuildBr(c->builder, to);
    tc_expect(c, ';');
    after_jump(c);
}

static void unroll(Tc *c) {
    tc_expect(c, '(');
    c->function->unroll = (unsigned)tc_constant(c);
    tc_expect(c, ')');
}

void tc_block_statements(Tc *c) {
    int mark = tc_scope_open(c);
    tc_expect(c, '{');
    while (!tc_accept(c, '}'))
        tc_statement(c);
    tc_scope_close(c, mark);
}

static bool keyword_statement(Tc *c) {
    switch (tc_keyword(c)) {
    case TC_KW_IF: c->at++, if_statement(c); return true;
    case TC_KW_FOR: c->at++, for_statement(c); return true;
    case TC_KW_WHILE: c->at++, while_statement(c); return true;
    case TC_KW_RETURN: c->at++, return_statement(c); return true;
    case TC_KW_BREAK: c->at++, jump(c, c->function->on_break); return true;
    case TC_KW_CONTINUE: c->at++, jump(c, c->function->on_continue); return true;
    case TC_KW_UNROLL: c->at++, unroll(c); return true;
    case TC_KW_OMP: c->at++, tc_parallel(c); return true;
    default: return false;
    }
}

void tc_statement(Tc *c) {
    tc_debug_line(c);
    if (tc_is(c, '{')) {
        tc_block_statements(c);
    } else if (keyword_statement(c)) {
        return;
    } else if (tc_starts_type(c)) {
        declaration(c);
    } else if (!tc_accept(c, ';')) {
        tc_expression(c);
        tc_expect(c, ';');
    }
}
