/* facts_impl.h - shared by the facts_*.c files only.
 *
 * A fact is kept as h >= bound with h free of a constant and its coefficients without a common divisor, so that
 * facts and goals that differ by a constant meet in one table look-up, and so that bounds are tightened to whole
 * numbers by themselves.
 *
 * Numbers are mathematical integers here; whatever leaves FACTS_LIMIT is not reasoned about, so nothing can
 * overflow. */
#ifndef PTOC_IR_FACTS_IMPL_H
#define PTOC_IR_FACTS_IMPL_H
#include "ir/base/vec.h"
#include "ir/facts.h"
#include "ir/poly.h"

#define FACTS_LIMIT ((int64_t)1 << 40)  /* coefficients, constants */
#define FACTS_FACTOR ((int64_t)1 << 20) /* multipliers of goals and facts while terms are cancelled */
enum {
    FACTS_DEPTH = 8,       /* facts added up in one proof */
    FACTS_BUDGET = 1000,   /* goals looked at in one proof */
    FACTS_WASTE = 20000,   /* goals of proofs that failed, after which the next ones look at fewer */
    FACTS_CANDIDATES = 16, /* facts tried for one monomial: the latest ones */
    FACTS_PENDING = 16     /* postponed facts that are looked at again: the latest ones */
};

typedef struct Fact {
    const Expr *h;
    int64_t bound;
    int32_t older; /* fact with the same h that it replaces, -1: none */
} Fact;

/* One term of one fact, in the list of its monomial. */
typedef struct FactTerm {
    const Expr *monomial;
    int64_t coef;
    int32_t fact;
    int32_t older; /* -1: end of the list */
} FactTerm;

/* value == expr; later ones are free of the values of earlier ones. */
typedef struct FactSubst {
    Value *value;
    const Expr *expr;
} FactSubst;

typedef enum LogKind { LOG_FACT, LOG_SUBST, LOG_KNOWN, LOG_PENDING } LogKind;
typedef struct LogEntry {
    LogKind kind;
    uint64_t serial; /* never given twice: the serial on top of the log names the whole state */
} LogEntry;

/* Per expression: the latest fact with that h, the latest term of that monomial, whether its meaning was added as
 * facts. */
typedef struct FactSlot {
    const Expr *e; /* NULL: free */
    int32_t fact, term;
    bool known;
} FactSlot;

/* What a search found out about a goal in a state: best bound, and how hard it looked. */
typedef struct FactMemo {
    const Expr *h;
    uint64_t version, epoch; /* epoch 0: holds for every later proof too */
    int64_t best;
    bool has;
    int8_t depth;
} FactMemo;

struct Facts {
    Arena *arena;
    ExprTable *table;
    VEC(Fact) facts;
    VEC(FactTerm) terms;
    VEC(FactSubst) substs;
    VEC(const Expr *) known;   /* slots whose `known` is to be undone */
    VEC(const Expr *) pending; /* facts e >= 0 with a disjunction or an atom that could not be used yet */
    VEC(LogEntry) log;
    uint64_t serial, epoch;
    uint64_t retried; /* version at which pending was last looked at */
    FactSlot *slots;
    uint32_t nslots, nused;
    FactMemo *memo;
    uint32_t nmemo, stores;
    int budget;
    int wasted;  /* goals of proofs that failed */
    int nesting; /* proofs within proofs, additions within additions */
    bool cut;    /* the budget ran out below */
};

static inline uint64_t facts_version(const Facts *f) { return f->log.len ? VEC_LAST(&f->log).serial : 0; }
static inline int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static inline int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0 && (a < 0) == (b < 0)); }

bool facts_in_limits(const Expr *e);
/* e == divisor * h + constant with h primitive; h is NULL for a constant. */
typedef struct FactForm {
    const Expr *h;
    int64_t divisor, constant;
} FactForm;
FactForm facts_form(Facts *f, const Expr *e);
const Expr *facts_normal(Facts *f, const Expr *e);          /* with the known equalities applied */
bool facts_direct(Facts *f, const Expr *h, int64_t *bound); /* the bound of a fact about exactly h */
int32_t facts_terms_of(Facts *f, const Expr *monomial);     /* newest FactTerm, or -1 */
void facts_learn(Facts *f, const Expr *e);                  /* adds what the atoms of e mean */
void facts_retry(Facts *f);                                 /* looks at postponed facts again */

/* Greatest lower bound of e that a search finds; stops looking once it reaches target. False: none. */
bool facts_lower(Facts *f, const Expr *e, int depth, int64_t target, int64_t *out);
/* A proof from within: own small budget. */
bool facts_shows(Facts *f, const Expr *e, int64_t at_least);
/* Lower bound of a monomial that is known not to be negative. */
bool facts_monomial_lower(Facts *f, PolyTerm term, int depth, int64_t *out);

/* A fact that can cancel a term: the fact's term, and the rest of the goal's monomial. */
typedef struct FactMatch {
    int32_t fact;
    int64_t coef;         /* of the fact's term */
    const Expr *cofactor; /* product of the other factors: known not to be negative */
} FactMatch;
/* Facts with a term of the given sign whose monomial divides the term's; at most FACTS_CANDIDATES each. */
int facts_matches(Facts *f, PolyTerm term, int sign, int depth, FactMatch *out, int cap);
/* scale * e - cancel * cofactor * (h - bound): the term is gone. NULL when numbers get large. *scale > 0. */
const Expr *facts_cancel(Facts *f, const Expr *e, PolyTerm term, const FactMatch *match, int64_t *scale);
#endif
