/* Initialisers: of variables, element by element behind a clearing of the whole, and of constants. */
#include <string.h>
#include "backends/llvm/tc.h"

/* The elements of a list that opens here, at its own level; nothing is read. */
int64_t tc_count_initialisers(Tc *c) {
    int depth = 0;
    int64_t n = 0;
    bool any = false; /* something since the last comma */
    const TcToken *t = c->at;
    do {
        unsigned p = t->kind == TC_PUNCT ? t->punct : 0;
        bool opens = p == '{' || p == '(' || p == '[', closes = p == '}' || p == ')' || p == ']';
        if (t->kind == TC_END)
            tc_error(c, "a list is not closed");
        depth += opens - closes;
        if (depth == 1 && p == ',') {
            n += any;
            any = false;
        } else {
            any = any || (depth >= 1 && t != c->at);
        }
        t++;
    } while (depth > 0);
    return n + any;
}

/* The number of the member or element that comes next: `.name =` says which. */
static int next_member(Tc *c, const TcType *type, int number) {
    if (type->kind != TC_STRUCT || !tc_accept(c, '.'))
        return number;
    const TcMember *m = tc_member(c, type, tc_expect_name(c));
    tc_expect(c, '=');
    return (int)(m - type->members);
}

static const TcType *part(Tc *c, const TcType *type, int i, uint64_t *offset) {
    if (type->kind == TC_STRUCT && i < type->nmembers) {
        *offset = type->members[i].offset;
        return type->members[i].type;
    }
    if (type->kind != TC_ARRAY || i >= type->count)
        tc_error(c, "more initialisers than there is room for");
    *offset = type->of->size * (uint64_t)i;
    return type->of;
}

static void fill(Tc *c, const TcType *type, LLVMValueRef address) {
    if (!tc_is(c, '{')) {
        tc_store(c, (TcValue){type, address, true}, tc_assignment(c));
        return;
    }
    c->at++;
    for (int i = 0; !tc_accept(c, '}'); i++) {
        uint64_t offset;
        i = next_member(c, type, i);
        const TcType *of = part(c, type, i, &offset);
        fill(c, of, tc_offset(c, address, offset));
        if (!tc_is(c, '}'))
            tc_expect(c, ',');
    }
}

void tc_initialise(Tc *c, const TcType *type, LLVMValueRef address) {
    if (tc_is(c, '{'))
        LLVMBuildMemSet(c->builder, address, LLVMConstNull(tc_llvm(c, c->type_u8)),
                        tc_int(c, c->type_u64, (int64_t)type->size), (unsigned)type->align);
    fill(c, type, address);
}

/* ---- constants ---- */

static LLVMValueRef constant_array(Tc *c, const TcType *type) {
    int64_t count = type->count < 0 ? tc_count_initialisers(c) : type->count;
    LLVMValueRef *parts = ARENA_ARRAY(c->arena, LLVMValueRef, count + 1);
    int64_t n = 0;
    c->at++;
    for (; !tc_accept(c, '}'); n++) {
        if (n >= count)
            tc_error(c, "more initialisers than there is room for");
        parts[n] = tc_constant_initialiser(c, type->of);
        if (!tc_is(c, '}'))
            tc_expect(c, ',');
    }
    for (; n < count; n++)
        parts[n] = LLVMConstNull(tc_llvm(c, type->of));
    return LLVMConstArray2(tc_llvm(c, type->of), parts, (uint64_t)count);
}

static LLVMValueRef constant_struct(Tc *c, const TcType *type) {
    LLVMValueRef *parts = ARENA_ARRAY(c->arena, LLVMValueRef, type->nmembers + 1);
    for (int i = 0; i < type->nmembers; i++)
        parts[i] = LLVMConstNull(tc_llvm(c, type->members[i].type));
    c->at++;
    for (int i = 0; !tc_accept(c, '}'); i++) {
        uint64_t offset;
        i = next_member(c, type, i);
        parts[i] = tc_constant_initialiser(c, part(c, type, i, &offset));
        if (!tc_is(c, '}'))
            tc_expect(c, ',');
    }
    return LLVMConstStructInContext(c->context, parts, (unsigned)type->nmembers, false);
}

LLVMValueRef tc_constant_initialiser(Tc *c, const TcType *type) {
    if (tc_is(c, '{') && type->kind == TC_ARRAY)
        return constant_array(c, type);
    if (tc_is(c, '{') && type->kind == TC_STRUCT)
        return constant_struct(c, type);
    LLVMValueRef v = tc_convert(c, tc_assignment(c), type).v;
    if (!LLVMIsConstant(v))
        tc_error(c, "expected a constant");
    return v;
}
