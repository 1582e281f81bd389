/* elab_workload.h - what the files of the workload side share: elab_workload.c (signatures, statements), elab_call.c and
 * elab_argument.c (calls), elab_pipe.c, elab_parallel.c and its helpers (independence), elab_schedule.c, elab_example.c. */
#ifndef PTOC_FRONTEND_ELAB_WORKLOAD_H
#define PTOC_FRONTEND_ELAB_WORKLOAD_H
#include "frontend/elab_internal.h"

/* A loop index of a workload: schedules name them, messages list the enclosing ones. */
typedef struct WorkloadAxis {
    AstName name;
    const Expr *value;
    bool parallel;
} WorkloadAxis;
typedef VEC(WorkloadAxis) WorkloadAxisVec;

/* The constant of an enclosing tier and what it can be. */
typedef struct WorkloadTier {
    Value *value;
    const int64_t *limits;
    int nlimits;
} WorkloadTier;
typedef VEC(WorkloadTier) WorkloadTierVec;

/* Where an access to memory stands in the text: operand `operand` of `op`. */
typedef struct AccessSpan {
    const Op *op;
    int operand;
    Span span;
} AccessSpan;

/* A statement of `parallel { }`: the op at which it begins (the next one ends it). */
typedef struct StatementStart {
    const Op *op;
} StatementStart;

typedef struct WorkloadEdge {
    ElabWorkload *callee;
    Span span;
} WorkloadEdge;

struct ElabWorkload {
    const AstItem *item;
    const AstFile *file;
    const char *name;
    Func *func;
    VEC(ElabParam) params;          /* in source order; no const ones */
    VEC(ElabSymbol) symbols;        /* in order of first appearance: Func.index_params */
    VEC(WorkloadEdge) edges;        /* workloads it calls */
    WorkloadAxisVec axes;           /* all of them, in order */
    WorkloadAxisVec loops;          /* the enclosing ones, outermost first */
    WorkloadTierVec tiers;          /* the enclosing ones, outermost first */
    VEC(AccessSpan) spans;          /* in creation order of the ops */
    VEC(StatementStart) starts;     /* of all `parallel { }` */
    struct WorkloadPipeState *pipe; /* of the pipe being checked, or NULL */
    bool broken;                    /* the signature has mistakes: calls check argument names only */
};

/* ---- elab_workload.c ------------------------------------------------------------------------------------------- */
void workload_block(Elab *e, const AstBlock *block);
/* diag_note and diag_hint for what ELAB_ERROR gives (which the macros would evaluate twice): nothing for NULL. */
void report_note(Diag *d, Span span, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void report_hint(Diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void workload_note_access(Elab *e, const Op *op, int operand, Span span);
/* Enters and leaves a region of an op: scope, facts and insertion point. */
typedef struct WorkloadPlace {
    Builder builder;
    int facts;
    int nloops, ntiers;
} WorkloadPlace;
WorkloadPlace workload_enter(Elab *e, Region *region);
void workload_leave(Elab *e, WorkloadPlace saved);
/* An inequality that must hold when the task is made: nothing when proved, else OP_CHECK of level entry (none under
 * --checks=none). values: for {0}, {1} in the text. */
void workload_check_ge0(Elab *e, const Expr *ge0, const char *code, const char *text, const Expr *const *values,
                        int nvalues);
bool workload_is_data_dependent(const Expr *x);
/* A view that is row-major without gaps. */
bool workload_view_is_contiguous(Elab *e, const ElabView *view);
Binding *workload_temp(Elab *e, const AstStmt *s);

/* ---- elab_loop.c ----------------------------------------------------------------------------------------------- */
void workload_for(Elab *e, const AstStmt *s);
void workload_parallel(Elab *e, const AstStmt *s);
void workload_tier(Elab *e, const AstStmt *s);

/* ---- elab_csr.c ------------------------------------------------------------------------------------------------ */
/* One row of a csr matrix: its entries stand at begin + p for 0 <= p < length. */
typedef struct CsrRow {
    const ElabParam *csr;
    const Expr *begin, *length;
} CsrRow;
/* The csr parameter that `r` or `r[...]` names; NULL: none. */
const ElabParam *workload_csr_param(Elab *e, const AstExpr *x);
/* `r[b]`: false after a report. */
bool workload_csr_row(Elab *e, const AstExpr *x, const ElabParam *csr, CsrRow *out);
const Expr *workload_csr_column(Elab *e, const CsrRow *row, const Expr *position);
/* The check at entry. */
void workload_check_csr(Elab *e, const ElabParam *p);

/* ---- elab_call.c ----------------------------------------------------------------------------------------------- */
/* A call statement of a kernel or workload. */
void workload_call(Elab *e, const AstExpr *call);

/* What calls need to know of a kernel or workload. */
typedef struct Callee {
    const char *name;
    Span span; /* its definition */
    Func *func;
    const ElabParam *params;
    int nparams;
    const ElabSymbol *symbols;
    int nsymbols;
    const ElabKernel *kernel; /* or NULL */
    ElabWorkload *workload;   /* or NULL */
    bool broken;
} Callee;

/* One argument of a call, bound to a parameter. */
typedef struct CallArg {
    const AstExpr *ast; /* NULL: left out (default) or wrong */
    Span span;
    const ElabView *view; /* tensors */
    const ElabParam *csr; /* csr matrices: the caller's */
    const Expr *index;    /* const parameters */
    Value *value;         /* operand */
    bool poisoned;
} CallArg;

/* ---- elab_argument.c ------------------------------------------------------------------------------------------- */
/* Binds positional and named arguments to parameters; reports what is unknown, twice, too many or missing. */
bool call_match_args(Elab *e, const Callee *callee, const AstExpr *call, CallArg *args);
/* Evaluates one argument by its parameter: type, rank, direction. */
void call_evaluate_arg(Elab *e, const Callee *callee, const ElabParam *param, CallArg *arg);

/* ---- elab_call_shape.c ----------------------------------------------------------------------------------------- */
/* The state of one call while its index parameters are bound and its facts are checked. */
typedef struct CallBinding {
    Elab *e;
    const Callee *callee;
    CallArg *args;
    const Expr **index; /* one per Func.index_params; NULL: not bound */
    Span span;
    bool poisoned;
} CallBinding;
bool call_bind_symbols(CallBinding *cb);
void call_check_extents(CallBinding *cb);
void call_check_wheres(CallBinding *cb);
/* Calls fn for every choice of the enclosing tiers' constants that x uses: `subst` replaces them. Stops when fn returns false. */
typedef bool TierCaseFn(void *user, CallBinding *cb, const Expr *(*subst)(void *, Value *), void *subst_user);
bool call_each_tier_case(CallBinding *cb, const Expr *const *used, int nused, TierCaseFn *fn, void *user);

/* ---- elab_alias.c ---------------------------------------------------------------------------------------------- */
/* Section 6: an out or inout view may overlap another argument only if both are the same view. */
void call_check_aliases(Elab *e, const Callee *callee, const CallArg *args, const Op *call);

/* ---- elab_pipe.c ----------------------------------------------------------------------------------------------- */
void workload_pipe(Elab *e, const AstStmt *s);
void workload_transfer(Elab *e, const AstStmt *s);

/* ---- elab_pipe_check.c ----------------------------------------------------------------------------------------- */
/* Reports a pipe that must stop or leave items over, whatever its input. */
void workload_check_pipe(Elab *e, const Op *pipe, Span span);

/* ---- elab_parallel.c ------------------------------------------------------------------------------------------- */
/* Proves the promise of every `parallel` of the workload; run on its finished IR. */
void workload_prove_parallel(Elab *e, ElabWorkload *w);
#endif
