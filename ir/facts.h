/* facts.h - what is known about index expressions at a point of the program, and proofs from it.
 *
 * A Facts object is a stack of inequalities e >= 0 (equalities are two of them). facts_mark/facts_release follow the
 * scopes of loops, conditions and tiers. A proof is a bounded search (a few steps of adding multiples of facts, case
 * split on min and max, products of non-negative terms), so "false" means "not shown", never "refuted". Numbers are
 * taken as mathematical integers: index arithmetic that wraps is outside of what is proved. Contradictory facts
 * (dead code) prove nothing of use, and no harm. */
#ifndef PTOC_IR_FACTS_H
#define PTOC_IR_FACTS_H
#include "ir/expr.h"

typedef struct Facts Facts;
Facts *facts_create(Arena *arena, ExprTable *table);
int facts_mark(const Facts *facts);
void facts_release(Facts *facts, int mark);
void facts_add_ge0(Facts *facts, const Expr *e);               /* e >= 0 */
void facts_add_le(Facts *facts, const Expr *a, const Expr *b); /* a <= b */
void facts_add_lt(Facts *facts, const Expr *a, const Expr *b);
void facts_add_eq(Facts *facts, const Expr *a, const Expr *b);
bool facts_prove_ge0(Facts *facts, const Expr *e);
bool facts_prove_le(Facts *facts, const Expr *a, const Expr *b);
bool facts_prove_lt(Facts *facts, const Expr *a, const Expr *b);
bool facts_prove_eq(Facts *facts, const Expr *a, const Expr *b); /* same normal form, or both directions shown */
/* Removes arguments of min and max that another one is shown to beat: min(128, S - j) -> 128. */
const Expr *facts_simplify(Facts *facts, const Expr *e);
/* Constant bounds, if some can be shown. */
bool facts_upper_const(Facts *facts, const Expr *e, int64_t *upper);
bool facts_lower_const(Facts *facts, const Expr *e, int64_t *lower);
/* An upper bound of e whose leaves all satisfy keep (e.g. entry symbols only), or NULL. */
const Expr *facts_upper_expr(Facts *facts, const Expr *e, bool (*keep)(void *user, const Value *value), void *user);
#endif
