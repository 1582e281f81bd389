/* Expressions. Operands become instructions in the order of the text; C leaves the order open where it could matter. */
#include <string.h>
#include "backends/llvm/tc.h"

static TcValue unary(Tc *c);
static TcValue conditional(Tc *c);

/* ---- primary ---- */

static TcValue name(Tc *c) {
    const char *text = tc_expect_name(c);
    TcSymbol *s = tc_find(c, text);
    if (!s)
        tc_error(c, "`%s` is not declared", text);
    switch (s->kind) {
    case TC_SYM_CONSTANT: return (TcValue){s->type, s->value, false};
    case TC_SYM_VARIABLE: return (TcValue){s->type, tc_address(c, s), true};
    case TC_SYM_FUNCTION: return (TcValue){s->type, tc_function_value(c, s), false};
    case TC_SYM_TYPE:
    case TC_SYM_KEYWORD: break;
    }
    tc_error(c, "`%s` is no value", text);
}

static TcValue literal(Tc *c) {
    const TcToken *t = c->at++;
    if (t->kind == TC_FLOAT) {
        const TcType *type = t->is_f32 ? c->type_f32 : c->type_f64;
        return (TcValue){type, LLVMConstReal(tc_llvm(c, type), t->f), false};
    }
    if (t->kind == TC_STRING) {
        LLVMValueRef data = LLVMConstStringInContext2(c->context, t->text, t->length, false);
        LLVMValueRef g = LLVMAddGlobal(c->module, LLVMTypeOf(data), ".str");
        LLVMSetInitializer(g, data);
        LLVMSetLinkage(g, LLVMPrivateLinkage);
        LLVMSetGlobalConstant(g, true);
        LLVMSetUnnamedAddress(g, LLVMGlobalUnnamedAddr);
        return (TcValue){tc_pointer(c, c->type_char), g, false};
    }
    bool wide = t->is_long || t->i > UINT32_MAX || (t->i > INT32_MAX && !t->is_unsigned);
    bool is_unsigned = t->is_unsigned || t->i > INT64_MAX;
    const TcType *type = wide ? is_unsigned ? c->type_u64 : c->type_i64 : is_unsigned ? c->type_u32 : c->type_i32;
    return (TcValue){type, tc_int(c, type, (int64_t)t->i), false};
}

/* The arguments between brackets. */
static TcValue *arguments(Tc *c, int *n) {
    VEC(TcValue) list = {0};
    tc_expect(c, '(');
    while (!tc_accept(c, ')')) {
        VEC_PUSH(c->arena, &list, tc_assignment(c));
        if (!tc_is(c, ')'))
            tc_expect(c, ',');
    }
    *n = list.len;
    return list.data;
}

static TcValue member(Tc *c, TcValue base, const char *field) {
    const TcMember *m = tc_member(c, base.type, str_intern(c->strings, field));
    return (TcValue){m->type, tc_offset(c, base.v, m->offset), true};
}

static TcValue pointed(Tc *c, TcValue pointer) {
    pointer = tc_rvalue(c, pointer);
    if (pointer.type->kind != TC_POINTER)
        tc_error(c, "expected a pointer");
    return (TcValue){pointer.type->of, pointer.v, true};
}

/* pt_task_fail(task, ...) is pt_fail(task->run, task->number, ...). */
static TcValue task_fail(Tc *c) {
    int n;
    TcValue *args = arguments(c, &n), *all = ARENA_ARRAY(c->arena, TcValue, n + 2);
    TcValue task = pointed(c, args[0]);
    all[0] = tc_rvalue(c, member(c, task, "run"));
    all[1] = tc_rvalue(c, member(c, task, "number"));
    memcpy(all + 2, args + 1, (size_t)(n - 1) * sizeof *args);
    return tc_call_named(c, "pt_fail", all, n + 1);
}

/* The thread of a parallel loop is known, and need not be asked for. */
static TcValue task_begin(Tc *c) {
    int n;
    TcValue *args = arguments(c, &n), *all = ARENA_ARRAY(c->arena, TcValue, n + 2);
    memcpy(all, args, (size_t)n * sizeof *args);
    LLVMValueRef thread = c->function->thread ? c->function->thread : tc_int(c, c->type_i32, 0);
    all[n] = (TcValue){c->type_i32, thread, false};
    return tc_call_named(c, "pt_task_begin_on", all, n + 1);
}

/* pt_task_send_begin(task, ...) is pt_send_begin(task->process, ...), and so on. */
static TcValue task_process(Tc *c, const char *function) {
    int n;
    TcValue *args = arguments(c, &n);
    args[0] = tc_rvalue(c, member(c, pointed(c, args[0]), "process"));
    return tc_call_named(c, function, args, n);
}

static TcValue integer_macro(Tc *c, const TcType *type) {
    tc_expect(c, '(');
    TcValue x = tc_convert(c, tc_expression(c), type);
    tc_expect(c, ')');
    return x;
}

static TcValue prefetch(Tc *c) {
    int n;
    TcValue *args = arguments(c, &n);
    args[0] = tc_rvalue(c, args[0]);
    LLVMTypeRef type = LLVMTypeOf(args[0].v);
    unsigned id = LLVMLookupIntrinsicID("llvm.prefetch", 13);
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(c->module, id, &type, 1);
    LLVMValueRef all[] = {args[0].v, tc_int(c, c->type_i32, 0), tc_int(c, c->type_i32, 3), tc_int(c, c->type_i32, 1)};
    LLVMBuildCall2(c->builder, LLVMIntrinsicGetType(c->context, id, &type, 1), f, all, 4, "");
    return (TcValue){c->type_void, NULL, false};
}

static TcValue word(Tc *c, int keyword) {
    c->at++;
    switch (keyword) {
    case TC_KW_TASK_FAIL: return task_fail(c);
    case TC_KW_TASK_BEGIN: return task_begin(c);
    case TC_KW_SEND_BEGIN: return task_process(c, "pt_send_begin");
    case TC_KW_SEND_END: return task_process(c, "pt_send_end");
    case TC_KW_RECEIVE_BEGIN: return task_process(c, "pt_receive_begin");
    case TC_KW_RECEIVE_END: return task_process(c, "pt_receive_end");
    case TC_KW_INT64_C: return integer_macro(c, c->type_i64);
    case TC_KW_UINT64_C: return integer_macro(c, c->type_u64);
    case TC_KW_PREFETCH: return prefetch(c);
    case TC_KW_PIN: tc_skip_parens(c); return (TcValue){c->type_void, NULL, false};
    default: tc_error(c, "`%s` is no value", c->at[-1].text);
    }
}

static TcValue primary(Tc *c) {
    if (tc_accept(c, '(')) {
        TcValue x = tc_expression(c);
        tc_expect(c, ')');
        return x;
    }
    int keyword = tc_keyword(c);
    if (keyword >= 0)
        return word(c, keyword);
    if (c->at->kind != TC_NAME)
        return c->at->kind == TC_END || c->at->kind == TC_PUNCT ? (tc_error(c, "expected a value"), (TcValue){0})
                                                                : literal(c);
    TcSymbol *s = tc_find(c, c->at->text);
    if (s && s->kind == TC_SYM_FUNCTION && c->at[1].kind == TC_PUNCT && c->at[1].punct == '(') {
        int n;
        c->at++;
        TcValue *args = arguments(c, &n);
        return tc_call(c, s, args, n);
    }
    return name(c);
}

static TcValue step(Tc *c, TcValue place, unsigned op) {
    TcValue before = tc_rvalue(c, place), one = {c->type_i32, tc_int(c, c->type_i32, 1), false};
    tc_store(c, place, tc_binary(c, op, before, one));
    return before;
}

static TcValue postfix(Tc *c) {
    TcValue x = primary(c);
    for (;;) {
        if (tc_accept(c, '[')) {
            TcValue p = tc_rvalue(c, x), i = tc_promote(c, tc_expression(c));
            tc_expect(c, ']');
            x = (TcValue){p.type->of, tc_index(c, p, i), true};
        } else if (tc_accept(c, TC_P2('-', '>'))) {
            x = member(c, pointed(c, x), tc_expect_name(c));
        } else if (tc_accept(c, '.')) {
            x = member(c, x, tc_expect_name(c));
        } else if (tc_accept(c, TC_P2('+', '+'))) {
            x = step(c, x, '+');
        } else if (tc_accept(c, TC_P2('-', '-'))) {
            x = step(c, x, '-');
        } else {
            return x;
        }
    }
}

/* ---- unary ---- */

static TcValue size_of(Tc *c) {
    const TcType *type;
    bool bracket = tc_is(c, '(');
    c->at += bracket;
    if (bracket && tc_starts_type(c)) {
        type = tc_type_name(c);
        tc_expect(c, ')');
    } else {
        c->at -= bracket;
        type = unary(c).type; /* what it loads is never used */
    }
    return (TcValue){c->type_u64, tc_int(c, c->type_u64, (int64_t)type->size), false};
}

static TcValue negated(Tc *c, TcValue x) {
    x = tc_promote(c, x);
    LLVMValueRef v = x.type->kind == TC_REAL ? LLVMBuildFNeg(c->builder, x.v, "")
                     : x.type->is_signed     ? LLVMBuildNSWNeg(c->builder, x.v, "")
                                             : LLVMBuildNeg(c->builder, x.v, "");
    return (TcValue){x.type, v, false};
}

/* (type)value, or (type){list}. */
static TcValue cast(Tc *c) {
    const TcType *type = tc_type_name(c);
    tc_expect(c, ')');
    if (!tc_is(c, '{'))
        return tc_convert(c, unary(c), type);
    if (type->kind == TC_ARRAY && type->count < 0)
        type = tc_array(c, type->of, tc_count_initialisers(c));
    LLVMValueRef address = tc_variable(c, type, 0, NULL);
    tc_initialise(c, type, address);
    return (TcValue){type, address, true};
}

static TcValue unary(Tc *c) {
    if (tc_is(c, '(')) {
        c->at++;
        if (tc_starts_type(c))
            return cast(c);
        c->at--;
    }
    if (tc_accept(c, '-'))
        return negated(c, unary(c));
    if (tc_accept(c, '+'))
        return tc_promote(c, unary(c));
    if (tc_accept(c, '!'))
        return tc_from_truth(c, LLVMBuildNot(c->builder, tc_truth(c, unary(c)), ""));
    if (tc_accept(c, '~')) {
        TcValue x = tc_promote(c, unary(c));
        return (TcValue){x.type, LLVMBuildNot(c->builder, x.v, ""), false};
    }
    if (tc_accept(c, '*'))
        return pointed(c, unary(c));
    if (tc_accept(c, '&')) {
        TcValue x = unary(c);
        if (!x.lvalue)
            tc_error(c, "what has no place in memory has no address");
        return (TcValue){tc_pointer(c, x.type), x.v, false};
    }
    if (tc_accept_keyword(c, TC_KW_SIZEOF))
        return size_of(c);
    return postfix(c);
}

/* ---- binary ---- */

static int precedence(const Tc *c) {
    if (c->at->kind != TC_PUNCT)
        return 0;
    switch (c->at->punct) {
    case '*':
    case '/':
    case '%': return 10;
    case '+':
    case '-': return 9;
    case TC_P2('<', '<'):
    case TC_P2('>', '>'): return 8;
    case '<':
    case '>':
    case TC_P2('<', '='):
    case TC_P2('>', '='): return 7;
    case TC_P2('=', '='):
    case TC_P2('!', '='): return 6;
    case '&': return 5;
    case '^': return 4;
    case '|': return 3;
    case TC_P2('&', '&'): return 2;
    case TC_P2('|', '|'): return 1;
    default: return 0;
    }
}

static TcValue binary(Tc *c, int least);

/* The right side runs only where the left one has not decided. */
static TcValue logical(Tc *c, TcValue a, bool is_and, int level) {
    LLVMBasicBlockRef right = tc_block(c, is_and ? "and" : "or"), end = tc_block(c, "end");
    LLVMValueRef first = tc_truth(c, a);
    LLVMBasicBlockRef from[2] = {LLVMGetInsertBlock(c->builder)};
    LLVMBuildCondBr(c->builder, first, is_and ? right : end, is_and ? end : right);
    LLVMPositionBuilderAtEnd(c->builder, right);
    LLVMTypeRef i1 = LLVMInt1TypeInContext(c->context);
    LLVMValueRef values[2] = {LLVMConstInt(i1, !is_and, false), tc_truth(c, binary(c, level + 1))};
    from[1] = LLVMGetInsertBlock(c->builder);
    tc_go(c, end);
    LLVMValueRef phi = LLVMBuildPhi(c->builder, i1, "");
    LLVMAddIncoming(phi, values, from, 2);
    return tc_from_truth(c, phi);
}

static TcValue binary(Tc *c, int least) {
    TcValue a = unary(c);
    for (int level = precedence(c); level >= least && level > 0; level = precedence(c)) {
        unsigned op = (c->at++)->punct;
        if (level <= 2)
            a = logical(c, a, level == 2, level);
        else
            a = tc_rvalue(c, a), a = tc_binary(c, op, a, binary(c, level + 1));
    }
    return a;
}

/* ---- the rest ---- */

static const TcType *type_of_both(Tc *c, const TcType *a, const TcType *b) {
    if (tc_is_number(a) && tc_is_number(b))
        return tc_common(c, a, b);
    return a->kind == TC_POINTER && a->of->kind == TC_VOID && b->kind == TC_POINTER ? b : a;
}

static TcValue choose(Tc *c, LLVMValueRef condition) {
    LLVMBasicBlockRef then = tc_block(c, "then"), other = tc_block(c, "else"), end = tc_block(c, "end");
    LLVMBuildCondBr(c->builder, condition, then, other);
    LLVMPositionBuilderAtEnd(c->builder, then);
    TcValue a = tc_promote(c, tc_expression(c));
    LLVMBasicBlockRef then_end = LLVMGetInsertBlock(c->builder);
    tc_expect(c, ':');
    LLVMPositionBuilderAtEnd(c->builder, other);
    TcValue b = tc_promote(c, conditional(c));
    const TcType *type = type_of_both(c, a.type, b.type);
    b = tc_convert(c, b, type);
    LLVMBasicBlockRef from[2] = {then_end, LLVMGetInsertBlock(c->builder)};
    LLVMBuildBr(c->builder, end);
    LLVMPositionBuilderAtEnd(c->builder, then_end);
    a = tc_convert(c, a, type);
    LLVMBuildBr(c->builder, end);
    LLVMPositionBuilderAtEnd(c->builder, end);
    if (type->kind == TC_VOID)
        return (TcValue){type, NULL, false};
    LLVMValueRef phi = LLVMBuildPhi(c->builder, tc_llvm(c, type), "");
    LLVMAddIncoming(phi, (LLVMValueRef[]){a.v, b.v}, from, 2);
    return (TcValue){type, phi, false};
}

static TcValue conditional(Tc *c) {
    TcValue x = binary(c, 1);
    return tc_accept(c, '?') ? choose(c, tc_truth(c, x)) : x;
}

/* The operator of `op=`; 0: none stands here. */
static unsigned compound(const Tc *c) {
    unsigned p = c->at->kind == TC_PUNCT ? c->at->punct : 0, op = 0;
    if (p >> 8 == '=' && strchr("+-*/%&|^", (int)(p & 255)))
        op = p & 255;
    if (p == TC_P3('<', '<', '=') || p == TC_P3('>', '>', '='))
        op = p & 65535;
    return op;
}

TcValue tc_assignment(Tc *c) {
    TcValue to = conditional(c);
    unsigned op = compound(c);
    if (op) {
        c->at++;
        TcValue x = tc_rvalue(c, tc_assignment(c));
        tc_store(c, to, tc_binary(c, op, tc_rvalue(c, to), x));
        return to;
    }
    if (!tc_accept(c, '='))
        return to;
    tc_store(c, to, tc_assignment(c));
    return to;
}

TcValue tc_expression(Tc *c) {
    TcValue x = tc_assignment(c);
    while (tc_accept(c, ','))
        x = tc_assignment(c);
    return x;
}

int64_t tc_constant(Tc *c) {
    TcValue x = tc_convert(c, conditional(c), c->type_i64);
    if (!LLVMIsAConstantInt(x.v))
        tc_error(c, "expected a constant");
    return LLVMConstIntGetSExtValue(x.v);
}
