/* tc.h - "text C": the C that backends/c prints, turned into LLVM IR. See README.md.
 *
 * One pass: expressions become instructions as they are read. What is outside the subset is an error with a line (tc_error),
 * never wrong code. A Tc lives for one program. */
#ifndef PTOC_BACKENDS_LLVM_TC_H
#define PTOC_BACKENDS_LLVM_TC_H
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include "ir/base/arena.h"
#include "ir/base/str.h"
#include "ir/base/vec.h"

/* ---- tokens ---- */

typedef enum TcKind { TC_END, TC_NAME, TC_INT, TC_FLOAT, TC_STRING, TC_PUNCT } TcKind;

typedef struct TcToken {
    TcKind kind;
    int line;         /* of the text, or of the source after #line */
    int file;         /* index into Tc.files; 0: the text itself */
    unsigned punct;   /* TC_PUNCT: its characters, the first in the low byte */
    const char *text; /* NAME: interned; STRING: its bytes */
    size_t length;    /* STRING */
    uint64_t i;       /* INT */
    double f;         /* FLOAT */
    bool is_unsigned, is_long, is_f32;
} TcToken;

#define TC_P2(a, b) ((unsigned)(a) | (unsigned)(b) << 8)
#define TC_P3(a, b, c) (TC_P2(a, b) | (unsigned)(c) << 16)

/* ---- types ---- */

typedef enum TcTypeKind {
    TC_VOID,
    TC_INTEGER,
    TC_REAL,
    TC_POINTER,
    TC_ARRAY,
    TC_VECTOR,
    TC_STRUCT,
    TC_FUNCTION
} TcTypeKind;

typedef struct TcType TcType;
typedef struct TcMember {
    const char *name;
    const TcType *type;
    uint64_t offset;
} TcMember;

struct TcType {
    TcTypeKind kind;
    int bits; /* INTEGER, REAL */
    bool is_signed, is_const, is_restrict, is_variadic, is_complete;
    const TcType *of;  /* POINTER, ARRAY, VECTOR: element; FUNCTION: result */
    int64_t count;     /* ARRAY, VECTOR; -1: not said */
    const char *name;  /* STRUCT */
    TcMember *members; /* STRUCT; FUNCTION: parameters */
    int nmembers;
    uint64_t size, align;
    LLVMTypeRef llvm;
};

/* ---- names ---- */

typedef enum TcSymbolKind {
    TC_SYM_KEYWORD,
    TC_SYM_TYPE,
    TC_SYM_VARIABLE,
    TC_SYM_FUNCTION,
    TC_SYM_CONSTANT
} TcSymbolKind;

typedef struct TcFunction TcFunction;
typedef struct TcSymbol TcSymbol;
struct TcSymbol {
    const char *name;
    TcSymbolKind kind;
    int keyword;          /* TcKeyword */
    const TcType *type;   /* of a variable, constant or function, or the type itself */
    LLVMValueRef value;   /* a variable's address, a function once it is mentioned, a constant */
    TcFunction *function; /* whose variable it is; NULL: of the file */
    TcSymbol *hidden;     /* in the same slot of the table */
};

typedef enum TcKeyword {
#define TC_KEYWORD(NAME, text) TC_KW_##NAME,
#include "backends/llvm/tc_words.def"
#undef TC_KEYWORD
    TC_KEYWORDS
} TcKeyword;

/* ---- the state ---- */

typedef struct TcCapture {
    TcSymbol *symbol;
    LLVMValueRef outer, inner; /* its address outside, and as loaded inside */
} TcCapture;

/* A function in the making. The body of a parallel loop is one of its own, which reaches the variables around through a table of
 * their addresses. */
struct TcFunction {
    LLVMValueRef value;
    const TcType *type;
    LLVMBasicBlockRef entry; /* only variables */
    LLVMBuilderRef variables;
    TcFunction *outer;
    LLVMValueRef thread; /* the number of the thread; NULL: not in a parallel loop */
    LLVMValueRef context;
    VEC(TcCapture) captures;
    LLVMMetadataRef scope; /* for lines; NULL: none wanted */
    LLVMBasicBlockRef on_break, on_continue;
    unsigned unroll; /* of the loop to come */
};

enum { TC_TABLE = 4096 };

typedef struct Tc {
    Arena *arena;
    StrTab *strings;
    const TcToken *at;
    TcSymbol *table[TC_TABLE];
    VEC(TcSymbol *) scope; /* in order of declaration */
    VEC(const char *) files;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMModuleRef runtime; /* bitcode, functions not yet read */
    LLVMBuilderRef builder;
    LLVMTargetDataRef layout;
    TcFunction *function;
    bool prototypes; /* reading the runtime's declarations */
    bool lines;      /* debug information is wanted */
    LLVMDIBuilderRef debug;
    LLVMMetadataRef unit;
    VEC(LLVMMetadataRef) debug_files;
    VEC(LLVMValueRef) exported;
    const TcType *type_void, *type_char, *type_i8, *type_u8, *type_i16, *type_u16, *type_i32, *type_u32, *type_i64,
        *type_u64, *type_f32, *type_f64;
    char error[512];
    jmp_buf failure;
} Tc;

_Noreturn void tc_error(Tc *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* tc_lex.c */
const TcToken *tc_lex(Tc *c, const char *text, const char *file);

/* tc_names.c */
TcSymbol *tc_find(Tc *c, const char *name);
TcSymbol *tc_declare(Tc *c, const char *name, TcSymbolKind kind, const TcType *type);
int tc_scope_open(const Tc *c);
void tc_scope_close(Tc *c, int mark);
void tc_names_init(Tc *c);

/* reading tokens */
static inline bool tc_is(const Tc *c, unsigned punct) { return c->at->kind == TC_PUNCT && c->at->punct == punct; }
bool tc_accept(Tc *c, unsigned punct);
void tc_expect(Tc *c, unsigned punct);
const char *tc_expect_name(Tc *c);
int tc_keyword(Tc *c); /* of the name that stands here; -1: none */
bool tc_accept_keyword(Tc *c, TcKeyword word);
void tc_skip_parens(Tc *c); /* from ( to behind ) */

/* tc_type.c */
void tc_types_init(Tc *c);
const TcType *tc_pointer(Tc *c, const TcType *to);
const TcType *tc_array(Tc *c, const TcType *of, int64_t count);
const TcType *tc_vector(Tc *c, const TcType *of, int64_t count);
TcType *tc_struct(Tc *c, const char *tag);
void tc_struct_finish(Tc *c, TcType *type, TcMember *members, int n);
const TcType *tc_function_type(Tc *c, const TcType *result, TcMember *params, int n, bool variadic);
LLVMTypeRef tc_llvm(Tc *c, const TcType *type);
const TcMember *tc_member(Tc *c, const TcType *type, const char *name);
static inline bool tc_is_number(const TcType *t) { return t->kind == TC_INTEGER || t->kind == TC_REAL; }

/* tc_decl.c */
typedef struct TcSpec {
    const TcType *type;
    bool is_typedef, is_static, is_noinline;
    uint64_t align; /* _Alignas; 0: none */
} TcSpec;
typedef struct TcDeclarator {
    const TcType *type;
    const char *name; /* NULL: none */
} TcDeclarator;
bool tc_starts_type(Tc *c);
TcSpec tc_specifiers(Tc *c);
TcDeclarator tc_declarator(Tc *c, const TcType *base);
const TcType *tc_type_name(Tc *c);
void tc_file(Tc *c, const TcToken *tokens); /* a whole text */
void tc_attributes(Tc *c, TcSpec *spec);

/* tc_value.c */
typedef struct TcValue {
    const TcType *type;
    LLVMValueRef v; /* an lvalue's, array's or struct's address */
    bool lvalue;
} TcValue;
TcValue tc_rvalue(Tc *c, TcValue x); /* loaded; arrays become pointers, structs stay addresses */
TcValue tc_convert(Tc *c, TcValue x, const TcType *to);
LLVMValueRef tc_truth(Tc *c, TcValue x); /* i1 */
TcValue tc_from_truth(Tc *c, LLVMValueRef i1);
TcValue tc_binary(Tc *c, unsigned op, TcValue a, TcValue b);
const TcType *tc_common(Tc *c, const TcType *a, const TcType *b);
TcValue tc_promote(Tc *c, TcValue x);
void tc_store(Tc *c, TcValue to, TcValue x);
LLVMValueRef tc_index(Tc *c, TcValue pointer, TcValue index);
LLVMValueRef tc_offset(Tc *c, LLVMValueRef base, uint64_t bytes);
LLVMValueRef tc_int(Tc *c, const TcType *type, int64_t x);
LLVMValueRef tc_variable(Tc *c, const TcType *type, uint64_t align, const char *name);
LLVMBasicBlockRef tc_block(Tc *c, const char *name);
void tc_go(Tc *c, LLVMBasicBlockRef to); /* branches there and goes on there */

/* tc_expr.c */
TcValue tc_expression(Tc *c);
TcValue tc_assignment(Tc *c);
int64_t tc_constant(Tc *c);

/* tc_call.c */
TcValue tc_call(Tc *c, TcSymbol *function, TcValue *args, int n);
LLVMValueRef tc_function_value(Tc *c, TcSymbol *symbol);
TcValue tc_call_named(Tc *c, const char *name, TcValue *args, int n);

/* tc_init.c */
void tc_initialise(Tc *c, const TcType *type, LLVMValueRef address);
LLVMValueRef tc_constant_initialiser(Tc *c, const TcType *type);
int64_t tc_count_initialisers(Tc *c);

/* tc_stmt.c */
void tc_statement(Tc *c);
void tc_block_statements(Tc *c); /* from { to behind } */
void tc_end_loop(Tc *c, LLVMBasicBlockRef head);

/* tc_func.c */
TcFunction *tc_function_begin(Tc *c, LLVMValueRef value, const TcType *type);
void tc_function_end(Tc *c, TcFunction *before);
void tc_function_definition(Tc *c, const TcSpec *spec, const TcDeclarator *d);
LLVMValueRef tc_address(Tc *c, TcSymbol *symbol); /* of a variable, also of the function around */

/* tc_parallel.c */
void tc_parallel(Tc *c);

/* tc_debug.c */
void tc_debug_begin(Tc *c, const char *producer);
LLVMMetadataRef tc_debug_function(Tc *c, LLVMValueRef function, const char *name, const TcToken *at);
void tc_debug_line(Tc *c);
#endif
