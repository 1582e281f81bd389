/* expr.h - index expressions: extents, bounds, offsets.
 *
 * An Expr is an immutable, normalised, hash-consed expression over 64-bit signed integers (two's complement, wrapping).
 * Polynomials are in one normal form, so two expressions that are equal as polynomials are the same pointer. div
 * (truncating), mod (sign of the dividend), min and max are opaque atoms with normalised arguments (min and max:
 * flattened, sorted, without duplicates, constants folded). Leaves are IR values: any [1,1] tile of an integer type.
 * div and mod by zero give 0 (the front end emits a check op where --checks=full asks for one).
 *
 * Expressions live in the module's arena (ExprTable). They are what types, views, loop bounds and accesses are made
 * of, so that passes see affine forms instead of arithmetic ops. */
#ifndef PTOC_IR_EXPR_H
#define PTOC_IR_EXPR_H
#include <stdbool.h>
#include <stdint.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"

typedef struct Value Value;
typedef struct Expr Expr;
typedef struct ExprTable ExprTable;

typedef enum ExprKind {
    EXPR_CONST, /* c */
    EXPR_VALUE, /* value */
    EXPR_PROD,  /* c * args[0] * args[1] ...: c != 0; args are VALUE, DIV, MOD, MIN, MAX; never c == 1 with one arg */
    EXPR_SUM,   /* c + args[0] + ...: args are PROD or atoms, at least one; with c == 0 at least two */
    EXPR_DIV,   /* args[0] / args[1] */
    EXPR_MOD,   /* args[0] % args[1] */
    EXPR_MIN,   /* of two or more args */
    EXPR_MAX
} ExprKind;

struct Expr {
    ExprKind kind;
    int nargs;
    int64_t c;
    Value *value;
    const Expr *const *args;
    uint32_t id; /* creation number in its table: a total order for sorting within one run */
    uint32_t hash;
};

ExprTable *expr_table_create(Arena *arena);
const Expr *expr_const(ExprTable *t, int64_t c);
const Expr *expr_value(ExprTable *t, Value *value);
const Expr *expr_add(ExprTable *t, const Expr *a, const Expr *b);
const Expr *expr_sub(ExprTable *t, const Expr *a, const Expr *b);
const Expr *expr_neg(ExprTable *t, const Expr *a);
const Expr *expr_mul(ExprTable *t, const Expr *a, const Expr *b);
const Expr *expr_mul_const(ExprTable *t, const Expr *a, int64_t c);
const Expr *expr_add_const(ExprTable *t, const Expr *a, int64_t c);
const Expr *expr_div(ExprTable *t, const Expr *a, const Expr *b); /* exact polynomial division by a constant is done */
const Expr *expr_mod(ExprTable *t, const Expr *a, const Expr *b);
const Expr *expr_cdiv(ExprTable *t, const Expr *a, const Expr *b); /* (a + b - 1) / b */
const Expr *expr_min(ExprTable *t, const Expr *a, const Expr *b);
const Expr *expr_max(ExprTable *t, const Expr *a, const Expr *b);

bool expr_is_const(const Expr *e, int64_t *c); /* c may be NULL */
bool expr_equals_const(const Expr *e, int64_t c);
bool expr_uses(const Expr *e, const Value *value);
/* Calls fn for every distinct leaf value; stops and returns false when fn does. */
bool expr_each_value(const Expr *e, bool (*fn)(void *user, Value *value), void *user);
/* e == coef * value + rest, with neither coef nor rest using value. False when e is not affine in value. */
bool expr_split_affine(ExprTable *t, const Expr *e, const Value *value, const Expr **coef, const Expr **rest);
/* e made anew of arg(argument) in place of each argument; leaves stay. */
const Expr *expr_rebuild(ExprTable *t, const Expr *e, const Expr *(*arg)(void *user, const Expr *argument), void *user);
/* Rebuilds e with every leaf replaced by fn(leaf) (return NULL to keep the leaf). */
const Expr *expr_substitute(ExprTable *t, const Expr *e, const Expr *(*fn)(void *user, Value *value), void *user);
const Expr *expr_replace(ExprTable *t, const Expr *e, const Value *from, const Expr *to);
/* Evaluates; false when fn cannot give a leaf's value. */
bool expr_evaluate(const Expr *e, bool (*fn)(void *user, const Value *value, int64_t *out), void *user, int64_t *out);
/* For messages: leaves by their names, `a * b + 2`. (IR text is written by print.c, which numbers values.) */
void expr_format(Buf *buf, const Expr *e);
#endif
