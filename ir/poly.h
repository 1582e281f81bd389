/* poly.h - an Expr seen as a polynomial: a constant plus terms, each a coefficient times sorted atoms.
 *
 * Every Expr has this view: CONST has no terms, an atom is one term with coefficient 1. Terms of one Expr are sorted
 * (by number of factors, then by factor ids) and differ in their factors. This is what proofs and normal forms work
 * on. */
#ifndef PTOC_IR_POLY_H
#define PTOC_IR_POLY_H
#include "ir/expr.h"

typedef struct PolyTerm {
    int64_t c;
    int nfactors;
    const Expr *const *factors; /* VALUE, DIV, MOD, MIN or MAX, sorted by id, repeated for powers */
} PolyTerm;

int poly_term_count(const Expr *e);
int64_t poly_constant(const Expr *e);
PolyTerm poly_term(const Expr *e, int i);
/* The monomial of a term as an Expr with coefficient 1: an atom or a PROD. */
const Expr *poly_monomial(ExprTable *t, PolyTerm term);
/* c + terms, in any order, with repetitions; the terms array is sorted in place. */
const Expr *poly_build(ExprTable *t, int64_t c, PolyTerm *terms, int nterms);
/* Same, and every list of factors may be unsorted; those are sorted in place (so they must be writable). */
const Expr *poly_product(ExprTable *t, int64_t c, const Expr **factors, int nfactors);
/* e with every occurrence of an atom at the top level of its terms replaced by `to`; inside of other atoms it stays. */
const Expr *poly_replace_atom(ExprTable *t, const Expr *e, const Expr *atom, const Expr *to);
/* min or max of n arguments at once. */
const Expr *poly_extreme(ExprTable *t, ExprKind kind, const Expr *const *args, int n);
/* Number of terms that the product would have at most: to refuse expressions that explode. */
bool poly_product_fits(const Expr *a, const Expr *b);
#endif
