/* ast.h - the syntax tree of a .pto file, whole and as written.
 *
 * Promises: every node carries the byte span of its source text; names are interned in the StrTab given to
 * parse_file, so equal names are equal pointers; nodes live in the arena and are never freed or changed after
 * parsing; lists are VECs, an empty one is {NULL, 0, 0}. The tree holds only sound items: an item with a syntax error
 * is left out (parse.h). Nothing is resolved here: element types, targets, operations and directives are plain names.
 *
 * Shape: brackets, blocks, unary operators, `else if` arms and postfix chains nest at most AST_MAX_NESTING deep, so
 * recursion over the tree is safe, with one exception: chains of binary operators (`a + b + c ...`) are left-deep and
 * may be long (AstExpr.depth does not count them). Walk their left spine with a loop where stack frames are large
 * (ast_binary_spine). */
#ifndef PTOC_FRONTEND_AST_H
#define PTOC_FRONTEND_AST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/source.h"
#include "ir/base/vec.h"

#define AST_MAX_NESTING 256

typedef struct AstExpr AstExpr;
typedef struct AstStmt AstStmt;
typedef struct AstItem AstItem;

/* A name where it stands. text is interned; NULL: absent (an optional name). "_" discards (ast_name_discards). */
typedef struct AstName {
    const char *text;
    Span span;
} AstName;

typedef VEC(AstName) AstNameList;
typedef VEC(AstExpr *) AstExprList;

/* ---- expressions ----------------------------------------------------------------------------- */

typedef enum AstExprKind {
    AST_EXPR_INT,    /* 128, 0xFF, 2K */
    AST_EXPR_FLOAT,  /* 1.0, 1e-6, inf, nan */
    AST_EXPR_BOOL,   /* true, false */
    AST_EXPR_STRING, /* "text" */
    AST_EXPR_NAME,   /* x; also `tl`, element types, generators */
    AST_EXPR_UNARY,  /* -x !x ~x */
    AST_EXPR_BINARY, /* a + b */
    AST_EXPR_CALL,   /* f(a, name = b), tl.matmul(a, b) */
    AST_EXPR_INDEX,  /* v[i, a : b, lo :+ len, :] */
    AST_EXPR_MEMBER, /* tl.matmul, kernel.DIM */
    AST_EXPR_LIST,   /* [a, b] */
} AstExprKind;

typedef enum AstUnaryOp { AST_UNARY_NEG, AST_UNARY_NOT, AST_UNARY_BITNOT } AstUnaryOp;

/* Loosest first. */
typedef enum AstBinaryOp {
    AST_BINARY_OR_OR,
    AST_BINARY_AND_AND,
    AST_BINARY_EQ,
    AST_BINARY_NE,
    AST_BINARY_LT,
    AST_BINARY_LE,
    AST_BINARY_GT,
    AST_BINARY_GE,
    AST_BINARY_OR,
    AST_BINARY_XOR,
    AST_BINARY_AND,
    AST_BINARY_SHL,
    AST_BINARY_SHR,
    AST_BINARY_ADD,
    AST_BINARY_SUB,
    AST_BINARY_MUL,
    AST_BINARY_DIV,
    AST_BINARY_REM,
} AstBinaryOp;

/* An argument of a call or of a schedule directive: `value`, `name = value`, `start :+ length` (tl.slice), and in
 * directives `name.member = value` (block(kernel.DIM = N)). Positional ones come first. */
typedef struct AstArg {
    Span span;       /* the whole argument */
    AstName name;    /* text NULL: positional */
    AstName member;  /* text NULL but in `name.member = value` */
    AstExpr *value;  /* also the start of `start :+ length` */
    AstExpr *length; /* NULL but in `start :+ length` */
} AstArg;
typedef VEC(AstArg) AstArgList;

typedef enum AstSelectorKind {
    AST_SELECT_INDEX, /* first            drops the dimension */
    AST_SELECT_RANGE, /* first : second   */
    AST_SELECT_BLOCK, /* first :+ second  start and length */
    AST_SELECT_FULL,  /* :                */
} AstSelectorKind;

typedef struct AstSelector {
    AstSelectorKind kind;
    Span span;
    AstExpr *first;  /* NULL: FULL */
    AstExpr *second; /* NULL: INDEX, FULL */
} AstSelector;
typedef VEC(AstSelector) AstSelectorList;

struct AstExpr {
    AstExprKind kind;
    uint16_t depth;     /* nesting below; a left operand of a binary operator adds nothing */
    bool parenthesized; /* stood in ( ), which span then includes */
    Span span;
    union {
        struct {
            uint64_t value;   /* suffix applied */
            const char *text; /* as written */
        } integer;
        struct {
            double value;     /* rounded once to f64; inf and nan by name */
            const char *text; /* as written: round from here for a narrower type where it matters */
        } floating;
        bool boolean;
        struct {
            const char *bytes; /* escapes resolved; NUL-terminated, may hold NULs of its own (\x00) */
            size_t length;
        } string;
        const char *name;
        struct {
            AstUnaryOp op;
            Span op_span;
            AstExpr *operand;
        } unary;
        struct {
            AstBinaryOp op;
            Span op_span;
            AstExpr *left, *right;
        } binary;
        struct {
            AstExpr *callee; /* NAME, or MEMBER of a NAME: ast_callee_path */
            AstArgList args;
        } call;
        struct {
            AstExpr *base;
            AstSelectorList selectors; /* at least one */
        } index;
        struct {
            AstExpr *base;
            AstName member;
        } member;
        AstExprList list; /* may be empty */
    } u;
};

/* ---- statements (kernels, workloads and funcs share them; which may stand where is the checker's business) --- */

typedef struct AstBlock {
    Span span; /* with the braces */
    VEC(AstStmt *) stmts;
} AstBlock;

/* ELEM[dims], or ELEM alone for scalars and const parameters (has_dims false). */
typedef struct AstType {
    Span span;
    AstName elem; /* f16, i32, index, csr, ... */
    bool has_dims;
    AstExprList dims;
} AstType;

/* One axis of `for` and `parallel`. */
typedef enum AstAxisKind {
    AST_AXIS_COUNT, /* index in hi    hi: a count, or one csr row `routing[b]` (index runs over its columns) */
    AST_AXIS_RANGE, /* index in lo .. hi [step step] */
    AST_AXIS_BLOCK, /* index :+ length in lo .. hi step step     length = min(step, hi - index) */
    AST_AXIS_PAIR,  /* (position, index) in hi                   hi: one csr row */
} AstAxisKind;

typedef struct AstAxis {
    AstAxisKind kind;
    Span span;
    AstName index;
    AstName length;   /* BLOCK */
    AstName position; /* PAIR */
    AstExpr *lo;      /* RANGE, BLOCK */
    AstExpr *hi;      /* always: the bound, or the csr row */
    AstExpr *step;    /* BLOCK; RANGE: NULL when absent */
} AstAxis;
typedef VEC(AstAxis) AstAxisList;

typedef struct AstIfArm {
    AstExpr *cond;
    AstBlock *body;
} AstIfArm;

typedef enum AstStmtKind {
    AST_STMT_LET,      /* let a, _ = e; */
    AST_STMT_VAR,      /* var a, b = e; */
    AST_STMT_ASSIGN,   /* a, b = e; */
    AST_STMT_FOR,      /* for axis { } */
    AST_STMT_PARALLEL, /* [@disjoint] parallel axis, ... { }   parallel { } */
    AST_STMT_IF,       /* if c { } else if d { } else { } */
    AST_STMT_TIER,     /* tier X <= N in [t1, ...] { } else { } */
    AST_STMT_TEMP,     /* temp S: f32[B, T]; */
    AST_STMT_RETURN,   /* return e1, e2; */
    AST_STMT_CALL,     /* f(x);   also assume(c); static_assert(c, "why"); tl.store(v, t); */
    AST_STMT_PIPE,     /* pipe { channel ...; process p { } ... } */
    AST_STMT_CHANNEL,  /* channel c: f32[M, N] depth 2; */
    AST_STMT_PROCESS,  /* process p { } */
    AST_STMT_SEND,     /* send c as slot { } */
    AST_STMT_RECEIVE,  /* receive c as slot { } */
} AstStmtKind;

struct AstStmt {
    AstStmtKind kind;
    Span span;
    Span word; /* the keyword; for ASSIGN the `=`, for CALL the callee */
    union {
        struct {
            AstNameList names; /* at least one; "_" discards */
            AstExpr *value;
        } bind; /* LET, VAR, ASSIGN */
        struct {
            AstAxis axis;
            AstBlock *body;
        } loop; /* FOR */
        struct {
            bool disjoint;
            AstAxisList axes; /* empty: its statements are independent */
            AstBlock *body;
        } parallel;
        struct {
            VEC(AstIfArm) arms;  /* if, else if, ...: at least one */
            AstBlock *else_body; /* NULL: none */
        } branch;                /* IF */
        struct {
            AstExpr *value; /* X */
            AstName name;   /* N */
            AstExprList limits;
            AstBlock *body;
            AstBlock *else_body; /* NULL: none */
        } tier;
        struct {
            AstName name;
            AstType type;
        } temp;
        AstExprList results; /* RETURN: at least one */
        AstExpr *call;       /* CALL: kind AST_EXPR_CALL */
        AstBlock *pipe;      /* PIPE */
        struct {
            AstName name;
            AstType type;
            AstExpr *depth; /* NULL when absent: 1 */
        } channel;
        struct {
            AstName name;
            AstBlock *body;
        } process;
        struct {
            AstName channel;
            AstName slot;
            AstBlock *body;
        } transfer; /* SEND, RECEIVE */
    } u;
};

/* ---- items ----------------------------------------------------------------------------------- */

typedef enum AstParamKind {
    AST_PARAM_CONST,  /* const N: index */
    AST_PARAM_TENSOR, /* [@strided] x: in f16[G, D] */
    AST_PARAM_CSR,    /* r: in csr[R, C] */
    AST_PARAM_SCALAR, /* eps: f32 = 1e-6 */
} AstParamKind;

typedef enum AstDirection { AST_DIR_NONE, AST_DIR_IN, AST_DIR_OUT, AST_DIR_INOUT } AstDirection;

typedef struct AstParam {
    AstParamKind kind;
    Span span;
    AstName name;
    AstDirection direction; /* NONE: CONST, SCALAR */
    bool strided;           /* @strided; strided_span is its place */
    Span strided_span;
    AstType type;
    AstExpr *initial; /* SCALAR's default or NULL */
} AstParam;
typedef VEC(AstParam) AstParamList;

/* `name(args);` of a schedule. Bare words (`fifo`, `work_steal`, `on`) are AST_EXPR_NAME values. */
typedef struct AstDirective {
    Span span;
    AstName name;
    AstArgList args;
} AstDirective;

/* `name = value;` of an example: numbers, lists, generator names and calls. */
typedef struct AstBinding {
    Span span;
    AstName name;
    AstExpr *value;
} AstBinding;

/* `expect name = value within tolerance;` */
typedef struct AstExpect {
    Span span;
    AstName name;
    AstExpr *value;
    AstExpr *within; /* NULL: equal bits */
} AstExpect;

typedef enum AstItemKind {
    AST_ITEM_MODULE,
    AST_ITEM_IMPORT,
    AST_ITEM_CONST,
    AST_ITEM_FUNC,
    AST_ITEM_KERNEL,
    AST_ITEM_WORKLOAD,
    AST_ITEM_SCHEDULE,
    AST_ITEM_EXAMPLE,
} AstItemKind;

struct AstItem {
    AstItemKind kind;
    Span span;
    AstName name; /* of what it defines; IMPORT: text is the path (bytes of the string), span that of the string */
    union {
        AstExpr *constant; /* CONST */
        struct {
            AstNameList params;
            AstExpr *value; /* `= expr;` form, else NULL */
            AstBlock *body; /* block form, else NULL; `return` closes it */
        } func;
        struct {
            AstParamList params;
            AstExprList where;
            AstBlock *body;
        } kernel;
        struct {
            AstParamList params;
            AstBlock *body;
        } workload;
        struct {
            AstName workload;    /* `for W`; text NULL: the workload named like the schedule */
            AstNameList targets; /* `on ...`, `npu-a5` being one name; empty: every target */
            VEC(AstDirective) directives;
        } schedule;
        struct {
            AstName workload;
            VEC(AstBinding) bindings;
            VEC(AstExpect) expects;
        } example;
    } u;
};

typedef struct AstFile {
    int source;           /* number in the SourceMap */
    AstName module;       /* `module NAME;`, text NULL: none */
    VEC(AstItem *) items; /* sound ones, in source order, the module line included */
    AstNameList broken;   /* names that items with a syntax error may define: no "unknown name" error for these */
    bool truncated;     /* part of the text was lost (a comment that never ends, ...): any name may have stood there */
    bool sound;         /* no lexical or syntax error in this file */
    VEC(Span) comments; /* in source order, for the formatter */
} AstFile;

/* ---- helpers --------------------------------------------------------------------------------- */

const char *ast_unary_text(AstUnaryOp op);   /* "-" */
const char *ast_binary_text(AstBinaryOp op); /* "+" */
bool ast_binary_is_comparison(AstBinaryOp op);
const char *ast_expr_kind_text(AstExprKind kind); /* "int", "call", ... as in the dump */
const char *ast_stmt_kind_text(AstStmtKind kind); /* "let", "parallel", ... */
const char *ast_item_kind_text(AstItemKind kind); /* "kernel", ... */
const char *ast_direction_text(AstDirection direction);

bool ast_name_discards(AstName name); /* "_" */
/* `a` -> "a" in *first, NULL in *second; `a.b` -> "a", "b"; false for any other expression. */
bool ast_callee_path(const AstExpr *callee, const char **first, const char **second);
/* For callee `tl.NAME`: "NAME", else NULL. */
const char *ast_tl_name(const AstExpr *callee);
/* The named argument or NULL. The name need not be interned. */
const AstArg *ast_find_arg(const AstArgList *args, const char *name);
/* Is this name among those that broken items may define? */
bool ast_is_broken_name(const AstFile *file, const char *name);
/* The same, or could it have stood in a lost part? */
bool ast_may_be_broken_name(const AstFile *file, const char *name);

/* The left spine of nested binary operators in the order of evaluation: out[0] is the leftmost operand, then come the
 * BINARY nodes from the innermost to `expr` itself, so that a loop can fold them: acc = op(acc, node->right). For any
 * other expression out[0] is `expr` alone. Does not recurse. */
void ast_binary_spine(Arena *arena, AstExpr *expr, AstExprList *out);

/* The tree as text, for --emit=ast: one node a line, `(kind line:col ...)`. */
void ast_print(const AstFile *file, const SourceMap *map, Buf *out);
#endif
