/* Values: loads and stores, conversions, arithmetic. No fast-math flag is ever set and no product is fused with a sum. */
#include <string.h>
#include "backends/llvm/tc.h"

LLVMValueRef tc_int(Tc *c, const TcType *type, int64_t x) {
    return LLVMConstInt(tc_llvm(c, type), (unsigned long long)x, type->is_signed);
}

/* ---- memory ---- */

LLVMValueRef tc_variable(Tc *c, const TcType *type, uint64_t align, const char *name) {
    LLVMValueRef v = LLVMBuildAlloca(c->function->variables, tc_llvm(c, type), name ? name : "");
    uint64_t least = type->kind == TC_ARRAY && type->size >= 16 && type->align < 16 ? 16 : type->align;
    LLVMSetAlignment(v, (unsigned)(align > least ? align : least));
    return v;
}

TcValue tc_rvalue(Tc *c, TcValue x) {
    if (!x.lvalue)
        return x;
    if (x.type->kind == TC_ARRAY)
        return (TcValue){tc_pointer(c, x.type->of), x.v, false};
    if (x.type->kind == TC_STRUCT)
        return (TcValue){x.type, x.v, false};
    LLVMValueRef v = LLVMBuildLoad2(c->builder, tc_llvm(c, x.type), x.v, "");
    LLVMSetAlignment(v, (unsigned)x.type->align);
    return (TcValue){x.type, v, false};
}

void tc_store(Tc *c, TcValue to, TcValue x) {
    if (!to.lvalue)
        tc_error(c, "what is assigned to has no place in memory");
    x = tc_rvalue(c, x);
    if (to.type->kind == TC_STRUCT) {
        if (x.type != to.type)
            tc_error(c, "a struct is assigned to one of another type");
        LLVMBuildMemCpy(c->builder, to.v, (unsigned)to.type->align, x.v, (unsigned)to.type->align,
                        tc_int(c, c->type_u64, (int64_t)to.type->size));
        return;
    }
    LLVMSetAlignment(LLVMBuildStore(c->builder, tc_convert(c, x, to.type).v, to.v), (unsigned)to.type->align);
}

LLVMValueRef tc_index(Tc *c, TcValue pointer, TcValue index) {
    if (pointer.type->kind != TC_POINTER || index.type->kind != TC_INTEGER)
        tc_error(c, "an index wants a pointer and an integer");
    LLVMValueRef i = tc_convert(c, index, c->type_i64).v;
    const TcType *of = pointer.type->of;
    return LLVMBuildInBoundsGEP2(c->builder, tc_llvm(c, of->kind == TC_VOID ? c->type_u8 : of), pointer.v, &i, 1, "");
}

LLVMValueRef tc_offset(Tc *c, LLVMValueRef base, uint64_t bytes) {
    LLVMValueRef i = tc_int(c, c->type_i64, (int64_t)bytes);
    return bytes ? LLVMBuildInBoundsGEP2(c->builder, tc_llvm(c, c->type_u8), base, &i, 1, "") : base;
}

/* ---- blocks ---- */

LLVMBasicBlockRef tc_block(Tc *c, const char *name) {
    return LLVMAppendBasicBlockInContext(c->context, c->function->value, name);
}

void tc_go(Tc *c, LLVMBasicBlockRef to) {
    if (!LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(c->builder)))
        LLVMBuildBr(c->builder, to);
    LLVMPositionBuilderAtEnd(c->builder, to);
}

/* ---- conversions ---- */

static LLVMValueRef integer_to(Tc *c, TcValue x, const TcType *to) {
    LLVMTypeRef t = tc_llvm(c, to);
    if (to->kind == TC_REAL)
        return x.type->is_signed ? LLVMBuildSIToFP(c->builder, x.v, t, "") : LLVMBuildUIToFP(c->builder, x.v, t, "");
    if (to->kind == TC_POINTER)
        return LLVMBuildIntToPtr(c->builder, x.v, t, "");
    if (to->bits == x.type->bits)
        return x.v;
    if (to->bits < x.type->bits)
        return LLVMBuildTrunc(c->builder, x.v, t, "");
    return x.type->is_signed ? LLVMBuildSExt(c->builder, x.v, t, "") : LLVMBuildZExt(c->builder, x.v, t, "");
}

static LLVMValueRef real_to(Tc *c, TcValue x, const TcType *to) {
    LLVMTypeRef t = tc_llvm(c, to);
    if (to->kind == TC_INTEGER)
        return to->is_signed ? LLVMBuildFPToSI(c->builder, x.v, t, "") : LLVMBuildFPToUI(c->builder, x.v, t, "");
    return to->bits == x.type->bits  ? x.v
           : to->bits > x.type->bits ? LLVMBuildFPExt(c->builder, x.v, t, "")
                                     : LLVMBuildFPTrunc(c->builder, x.v, t, "");
}

TcValue tc_convert(Tc *c, TcValue x, const TcType *to) {
    x = tc_rvalue(c, x);
    TcTypeKind from = x.type->kind;
    LLVMValueRef v = NULL;
    if (to->kind == TC_VOID || x.type == to)
        v = x.v;
    else if (from == TC_INTEGER && (tc_is_number(to) || to->kind == TC_POINTER))
        v = integer_to(c, x, to);
    else if (from == TC_REAL && tc_is_number(to))
        v = real_to(c, x, to);
    else if ((from == TC_POINTER || from == TC_FUNCTION) && to->kind == TC_POINTER)
        v = x.v;
    else if (from == TC_POINTER && to->kind == TC_INTEGER)
        v = LLVMBuildPtrToInt(c->builder, x.v, tc_llvm(c, to), "");
    else if (from == TC_VECTOR && to->kind == TC_VECTOR && x.type->size == to->size)
        v = LLVMBuildBitCast(c->builder, x.v, tc_llvm(c, to), "");
    if (!v)
        tc_error(c, "a conversion between types that have none");
    return (TcValue){to, v, false};
}

TcValue tc_promote(Tc *c, TcValue x) {
    x = tc_rvalue(c, x);
    return x.type->kind == TC_INTEGER && x.type->bits < 32 ? tc_convert(c, x, c->type_i32) : x;
}

const TcType *tc_common(Tc *c, const TcType *a, const TcType *b) {
    if (a->kind == TC_REAL || b->kind == TC_REAL) {
        int bits = a->kind == TC_REAL ? a->bits : 0, other = b->kind == TC_REAL ? b->bits : 0;
        return bits == 64 || other == 64 ? c->type_f64 : c->type_f32;
    }
    if (a->bits != b->bits)
        return a->bits > b->bits ? a : b;
    return a->is_signed ? b : a;
}

/* ---- truth ---- */

LLVMValueRef tc_truth(Tc *c, TcValue x) {
    x = tc_rvalue(c, x);
    LLVMValueRef widened = LLVMIsAZExtInst(x.v);
    if (widened) {
        LLVMValueRef bit = LLVMGetOperand(widened, 0);
        if (LLVMGetTypeKind(LLVMTypeOf(bit)) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(LLVMTypeOf(bit)) == 1)
            return bit;
    }
    LLVMValueRef zero = LLVMConstNull(tc_llvm(c, x.type));
    if (x.type->kind == TC_REAL)
        return LLVMBuildFCmp(c->builder, LLVMRealUNE, x.v, zero, "");
    if (x.type->kind != TC_INTEGER && x.type->kind != TC_POINTER)
        tc_error(c, "a condition is no number");
    return LLVMBuildICmp(c->builder, LLVMIntNE, x.v, zero, "");
}

TcValue tc_from_truth(Tc *c, LLVMValueRef i1) {
    return (TcValue){c->type_i32, LLVMBuildZExt(c->builder, i1, tc_llvm(c, c->type_i32), ""), false};
}

/* ---- arithmetic ---- */

static bool is_comparison(unsigned op) {
    return op == '<' || op == '>' || op == TC_P2('<', '=') || op == TC_P2('>', '=') || op == TC_P2('=', '=') ||
           op == TC_P2('!', '=');
}

static TcValue compare_real(Tc *c, unsigned op, TcValue a, TcValue b) {
    LLVMRealPredicate p = op == '<'               ? LLVMRealOLT
                          : op == '>'             ? LLVMRealOGT
                          : op == TC_P2('<', '=') ? LLVMRealOLE
                          : op == TC_P2('>', '=') ? LLVMRealOGE
                          : op == TC_P2('=', '=') ? LLVMRealOEQ
                                                  : LLVMRealUNE;
    return tc_from_truth(c, LLVMBuildFCmp(c->builder, p, a.v, b.v, ""));
}

static TcValue compare_integer(Tc *c, unsigned op, bool is_signed, LLVMValueRef a, LLVMValueRef b) {
    LLVMIntPredicate p = op == '<'               ? is_signed ? LLVMIntSLT : LLVMIntULT
                         : op == '>'             ? is_signed ? LLVMIntSGT : LLVMIntUGT
                         : op == TC_P2('<', '=') ? is_signed ? LLVMIntSLE : LLVMIntULE
                         : op == TC_P2('>', '=') ? is_signed ? LLVMIntSGE : LLVMIntUGE
                         : op == TC_P2('=', '=') ? LLVMIntEQ
                                                 : LLVMIntNE;
    return tc_from_truth(c, LLVMBuildICmp(c->builder, p, a, b, ""));
}

static TcValue pointers(Tc *c, unsigned op, TcValue a, TcValue b) {
    if (is_comparison(op)) {
        a = tc_convert(c, a, tc_pointer(c, c->type_void));
        return compare_integer(c, op, false, a.v, tc_convert(c, b, a.type).v);
    }
    if (op == '+' && b.type->kind == TC_POINTER)
        return pointers(c, op, b, a);
    if (b.type->kind == TC_POINTER && op == '-') {
        LLVMValueRef x = LLVMBuildPtrToInt(c->builder, a.v, tc_llvm(c, c->type_i64), ""),
                     y = LLVMBuildPtrToInt(c->builder, b.v, tc_llvm(c, c->type_i64), "");
        LLVMValueRef d = LLVMBuildSub(c->builder, x, y, "");
        return (TcValue){c->type_i64,
                         LLVMBuildExactSDiv(c->builder, d, tc_int(c, c->type_i64, (int64_t)a.type->of->size), ""),
                         false};
    }
    if (op == '-')
        b = (TcValue){c->type_i64, LLVMBuildNSWNeg(c->builder, tc_convert(c, b, c->type_i64).v, ""), false};
    else if (op != '+')
        tc_error(c, "no such operation on pointers");
    return (TcValue){a.type, tc_index(c, a, b), false};
}

static LLVMValueRef real_binary(Tc *c, unsigned op, LLVMValueRef a, LLVMValueRef b) {
    switch (op) {
    case '+': return LLVMBuildFAdd(c->builder, a, b, "");
    case '-': return LLVMBuildFSub(c->builder, a, b, "");
    case '*': return LLVMBuildFMul(c->builder, a, b, "");
    case '/': return LLVMBuildFDiv(c->builder, a, b, "");
    default: tc_error(c, "no such operation on floating-point numbers");
    }
}

static LLVMValueRef integer_binary(Tc *c, unsigned op, bool is_signed, LLVMValueRef a, LLVMValueRef b) {
    LLVMBuilderRef d = c->builder;
    switch (op) {
    case '+': return is_signed ? LLVMBuildNSWAdd(d, a, b, "") : LLVMBuildAdd(d, a, b, "");
    case '-': return is_signed ? LLVMBuildNSWSub(d, a, b, "") : LLVMBuildSub(d, a, b, "");
    case '*': return is_signed ? LLVMBuildNSWMul(d, a, b, "") : LLVMBuildMul(d, a, b, "");
    case '/': return is_signed ? LLVMBuildSDiv(d, a, b, "") : LLVMBuildUDiv(d, a, b, "");
    case '%': return is_signed ? LLVMBuildSRem(d, a, b, "") : LLVMBuildURem(d, a, b, "");
    case '&': return LLVMBuildAnd(d, a, b, "");
    case '|': return LLVMBuildOr(d, a, b, "");
    case '^': return LLVMBuildXor(d, a, b, "");
    default: tc_error(c, "no such operation on integers");
    }
}

static TcValue shift(Tc *c, unsigned op, TcValue a, TcValue b) {
    a = tc_promote(c, a);
    LLVMValueRef by = tc_convert(c, b, a.type).v;
    LLVMValueRef v = op == TC_P2('<', '<') ? LLVMBuildShl(c->builder, a.v, by, "")
                     : a.type->is_signed   ? LLVMBuildAShr(c->builder, a.v, by, "")
                                           : LLVMBuildLShr(c->builder, a.v, by, "");
    return (TcValue){a.type, v, false};
}

TcValue tc_binary(Tc *c, unsigned op, TcValue a, TcValue b) {
    a = tc_promote(c, a);
    b = tc_promote(c, b);
    if (a.type->kind == TC_POINTER || b.type->kind == TC_POINTER)
        return pointers(c, op, a, b);
    if (!tc_is_number(a.type) || !tc_is_number(b.type))
        tc_error(c, "an operator wants numbers");
    if (op == TC_P2('<', '<') || op == TC_P2('>', '>'))
        return shift(c, op, a, b);
    const TcType *type = tc_common(c, a.type, b.type);
    a = tc_convert(c, a, type);
    b = tc_convert(c, b, type);
    if (is_comparison(op))
        return type->kind == TC_REAL ? compare_real(c, op, a, b) : compare_integer(c, op, type->is_signed, a.v, b.v);
    LLVMValueRef v =
        type->kind == TC_REAL ? real_binary(c, op, a.v, b.v) : integer_binary(c, op, type->is_signed, a.v, b.v);
    return (TcValue){type, v, false};
}
