/* PT_OMP(parallel for collapse(n) schedule(dynamic) num_threads(t) if (c)) and the loops behind it: their body becomes a function of
 * an iteration's number, called by pt_pool_run (rt/pool.h) on as many threads. */
#include <string.h>
#include "backends/llvm/tc.h"

enum { MOST_AXES = 16 };

typedef struct Axis {
    const char *name;
    LLVMValueRef lo, step, count;
} Axis;

typedef struct Parallel {
    int naxes;
    Axis axes[MOST_AXES];
    LLVMValueRef threads;
} Parallel;

static bool accept_word(Tc *c, const char *word) {
    bool here = c->at->kind == TC_NAME && strcmp(c->at->text, word) == 0;
    c->at += here;
    return here;
}

static TcValue in_brackets(Tc *c) {
    tc_expect(c, '(');
    TcValue x = tc_rvalue(c, tc_expression(c));
    tc_expect(c, ')');
    return x;
}

static void clauses(Tc *c, Parallel *p) {
    LLVMValueRef condition = NULL;
    tc_expect(c, '(');
    if (!accept_word(c, "parallel") || !accept_word(c, "for"))
        tc_error(c, "expected `parallel for`");
    p->naxes = 1;
    while (!tc_accept(c, ')')) {
        if (accept_word(c, "collapse")) {
            tc_expect(c, '(');
            p->naxes = (int)tc_constant(c);
            tc_expect(c, ')');
        } else if (accept_word(c, "schedule")) {
            tc_skip_parens(c); /* any schedule gives the same results */
        } else if (accept_word(c, "num_threads")) {
            p->threads = tc_convert(c, in_brackets(c), c->type_i32).v;
        } else if (tc_accept_keyword(c, TC_KW_IF)) {
            condition = tc_truth(c, in_brackets(c));
        } else {
            tc_error(c, "a clause of a parallel loop that has no meaning here");
        }
    }
    if (p->naxes < 1 || p->naxes > MOST_AXES || !p->threads)
        tc_error(c, "a parallel loop without `num_threads`");
    if (condition)
        p->threads = LLVMBuildSelect(c->builder, condition, p->threads, tc_int(c, c->type_i32, 1), "");
}

static TcValue same_name(Tc *c, const char *name) {
    if (tc_expect_name(c) != name)
        tc_error(c, "a parallel loop counts another variable than its own");
    return (TcValue){c->type_i64, NULL, false};
}

/* for (int64_t i = LO; i < HI; i += STEP) { */
static void axis(Tc *c, Axis *a) {
    if (!tc_accept_keyword(c, TC_KW_FOR))
        tc_error(c, "expected the loop of a parallel axis");
    tc_expect(c, '(');
    if (tc_specifiers(c).type != c->type_i64)
        tc_error(c, "a parallel axis counts in int64_t");
    a->name = tc_expect_name(c);
    tc_expect(c, '=');
    a->lo = tc_convert(c, tc_assignment(c), c->type_i64).v;
    tc_expect(c, ';');
    same_name(c, a->name);
    tc_expect(c, '<');
    LLVMValueRef hi = tc_convert(c, tc_assignment(c), c->type_i64).v;
    tc_expect(c, ';');
    same_name(c, a->name);
    if (tc_accept(c, TC_P2('+', '+'))) {
        a->step = tc_int(c, c->type_i64, 1);
    } else {
        tc_expect(c, TC_P2('+', '='));
        a->step = tc_convert(c, tc_assignment(c), c->type_i64).v;
    }
    tc_expect(c, ')');
    LLVMValueRef one = tc_int(c, c->type_i64, 1), span = LLVMBuildSub(c->builder, hi, a->lo, "");
    LLVMValueRef up = LLVMBuildAdd(c->builder, span, LLVMBuildSub(c->builder, a->step, one, ""), "");
    LLVMValueRef n = LLVMBuildSDiv(c->builder, up, a->step, ""), none = tc_int(c, c->type_i64, 0);
    LLVMValueRef some = LLVMBuildICmp(c->builder, LLVMIntSGT, hi, a->lo, "");
    a->count = LLVMBuildSelect(c->builder, some, n, none, "");
}

/* Values of the function around become values of the body through a table of addresses, too. */
static TcSymbol *keep(Tc *c, LLVMValueRef value) {
    TcSymbol *s = ARENA_NEW(c->arena, TcSymbol);
    *s = (TcSymbol){.name = "axis", .kind = TC_SYM_VARIABLE, .type = c->type_i64, .function = c->function};
    s->value = tc_variable(c, c->type_i64, 0, NULL);
    LLVMBuildStore(c->builder, value, s->value);
    return s;
}

typedef struct Kept {
    TcSymbol *lo, *step, *count;
} Kept;

static LLVMValueRef load(Tc *c, TcSymbol *s) { return tc_rvalue(c, (TcValue){s->type, tc_address(c, s), true}).v; }

/* The axes' variables from the number of the iteration: the last axis runs fastest. */
static void unpack(Tc *c, const Parallel *p, const Kept *kept, LLVMValueRef number) {
    for (int i = p->naxes - 1; i >= 0; i--) {
        LLVMValueRef at = number;
        if (i > 0) {
            LLVMValueRef count = load(c, kept[i].count);
            at = LLVMBuildSRem(c->builder, number, count, "");
            number = LLVMBuildSDiv(c->builder, number, count, "");
        }
        LLVMValueRef moved = LLVMBuildMul(c->builder, at, load(c, kept[i].step), "");
        LLVMValueRef address = tc_variable(c, c->type_i64, 0, p->axes[i].name);
        LLVMBuildStore(c->builder, LLVMBuildAdd(c->builder, load(c, kept[i].lo), moved, ""), address);
        tc_declare(c, p->axes[i].name, TC_SYM_VARIABLE, c->type_i64)->value = address;
    }
}

static LLVMValueRef body_function(Tc *c) {
    LLVMTypeRef params[] = {LLVMPointerTypeInContext(c->context, 0), tc_llvm(c, c->type_i64), tc_llvm(c, c->type_i32)};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(c->context), params, 3, false);
    size_t n;
    const char *around = LLVMGetValueName2(c->function->value, &n);
    LLVMValueRef f = LLVMAddFunction(c->module, arena_printf(c->arena, "%.*s_part", (int)n, around), type);
    LLVMSetLinkage(f, LLVMInternalLinkage);
    return f;
}

static LLVMValueRef body(Tc *c, const Parallel *p, const Kept *kept, TcFunction **made) {
    LLVMBasicBlockRef around = LLVMGetInsertBlock(c->builder);
    LLVMValueRef f = body_function(c);
    const TcToken *at = c->at;
    TcFunction *before = tc_function_begin(c, f, tc_function_type(c, c->type_void, NULL, 0, false));
    c->function->outer = before;
    c->function->context = LLVMGetParam(f, 0);
    c->function->thread = LLVMGetParam(f, 2);
    c->function->scope = tc_debug_function(c, f, LLVMGetValueName2(f, &(size_t){0}), at);
    tc_debug_line(c);
    int mark = tc_scope_open(c);
    unpack(c, p, kept, LLVMGetParam(f, 1));
    tc_statement(c);
    tc_scope_close(c, mark);
    *made = c->function;
    tc_function_end(c, before);
    LLVMPositionBuilderAtEnd(c->builder, around);
    tc_debug_line(c);
    return f;
}

static LLVMValueRef table_of(Tc *c, const TcFunction *inner) {
    const TcType *pointer = tc_pointer(c, c->type_void);
    LLVMValueRef table = tc_variable(c, tc_array(c, pointer, inner->captures.len + 1), 0, NULL);
    for (int i = 0; i < inner->captures.len; i++)
        LLVMBuildStore(c->builder, inner->captures.data[i].outer, tc_offset(c, table, 8 * (uint64_t)i));
    return table;
}

void tc_parallel(Tc *c) {
    Parallel p = {0};
    Kept kept[MOST_AXES];
    TcFunction *inner;
    if (c->function->outer)
        tc_error(c, "a parallel loop in a parallel loop");
    clauses(c, &p);
    LLVMValueRef total = tc_int(c, c->type_i64, 1);
    for (int i = 0; i < p.naxes; i++) {
        Axis *a = &p.axes[i];
        axis(c, a);
        total = LLVMBuildMul(c->builder, total, a->count, "");
        kept[i] = (Kept){keep(c, a->lo), keep(c, a->step), keep(c, a->count)};
        if (i + 1 < p.naxes)
            tc_expect(c, '{');
    }
    LLVMValueRef f = body(c, &p, kept, &inner);
    for (int i = 1; i < p.naxes; i++)
        tc_expect(c, '}');
    const TcType *pointer = tc_pointer(c, c->type_void);
    TcValue args[] = {{c->type_i32, p.threads, false},
                      {c->type_i64, total, false},
                      {pointer, f, false},
                      {pointer, table_of(c, inner), false}};
    tc_call_named(c, "pt_pool_run", args, 4);
}
