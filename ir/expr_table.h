/* expr_table.h - shared by the expr_*.c files only: how expressions are stored and interned. */
#ifndef PTOC_IR_EXPR_TABLE_H
#define PTOC_IR_EXPR_TABLE_H
#include "ir/expr.h"
#include "ir/poly.h"

/* What an Expr really is: behind the public part stand facts that are wanted again and again. */
typedef struct ExprNode {
    Expr e;               /* first: an Expr pointer is an ExprNode pointer */
    const Expr *self;     /* the one factor of an atom seen as a term */
    Value *const *leaves; /* distinct, by value id; shared with an argument where equal */
    int nleaves;
    uint64_t memo_stamp; /* the substitution that wrote memo */
    const Expr *memo;
} ExprNode;

struct ExprTable {
    Arena *arena;
    const Expr **slots; /* open addressing, a power of two */
    uint32_t nslots, count;
    uint64_t stamp; /* number of the latest substitution */
    const Expr *zero, *one;
    /* Scratch that grows and is used by one operation at a time. */
    PolyTerm *terms;
    int terms_cap;
    const Expr **factors;
    int factors_cap;
    const Expr **args;
    int args_cap;
    Value **leaves;
    int leaves_cap;
};

static inline ExprNode *expr_node(const Expr *e) { return (ExprNode *)(uintptr_t)e; }
static inline int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static inline int64_t wrap_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
static inline int64_t wrap_neg(int64_t a) { return (int64_t)(0 - (uint64_t)a); }

const Expr *expr_intern(ExprTable *t, ExprKind kind, int64_t c, Value *value, const Expr *const *args, int nargs);
void *expr_scratch(ExprTable *t, void *data, int *cap, int want, size_t size);
#endif
