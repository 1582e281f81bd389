/* elab_internal.h - what the files of the elaborator share.
 *
 * Elaboration is one walk over the tree that checks and builds tile-stage IR at once. A mistake is reported once and
 * yields
 * EV_POISON (or NULL), over which every function here passes silently, so that nothing cascades. When anything was
 * reported the
 * IR is thrown away, therefore IR made after an error only has to be well-formed enough not to crash.
 *
 * Files: elab_module.c imports, items, -D, program_load; elab_const.c numbers and constant folding; elab_scope.c names;
 * elab_cond.c conditions and the facts they give; elab_expr.c expressions; elab_ops.c tl.* by the op table;
 * elab_composite.c
 * operations that expand; elab_view.c selectors, views, loads, stores; elab_shape.c extents; elab_func.c inlining;
 * elab_kernel.c kernels; elab_control.c kernel statements; elab_workload.c and elab_call.c workloads and calls;
 * elab_parallel.c independence; elab_schedule.c, elab_example.c the rest. */
#ifndef PTOC_FRONTEND_ELAB_INTERNAL_H
#define PTOC_FRONTEND_ELAB_INTERNAL_H
#include "frontend/elab.h"
#include "ir/build.h"
#include "ir/facts.h"
#include "ir/ir.h"

typedef struct Elab Elab;
typedef struct ElabScope ElabScope;
typedef struct ElabKernel ElabKernel;
typedef struct ElabWorkload ElabWorkload; /* elab_workload.h, private to the workload files */

/* Dimensions of a signature: names that are no constants become symbols through this (create or find). NULL: a
 * mistake. */
typedef const Expr *ElabSymbolFn(Elab *e, void *user, AstName name);

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* A literal or named constant that has not met a type yet. Integers range over i64 and u64 together. */
__extension__ typedef __int128 ElabInt;
typedef enum ElabNumberKind { NUMBER_INT, NUMBER_FLOAT, NUMBER_BOOL } ElabNumberKind;
typedef struct ElabNumber {
    ElabNumberKind kind;
    ElabInt i; /* INT; BOOL: 0 or 1 */
    double f;  /* FLOAT */
} ElabNumber;

/* A condition as a tree over index comparisons; what it gives as facts, and what can be decided of it. */
typedef enum ElabCondKind {
    COND_TRUE,
    COND_FALSE,
    COND_GE0, /* a >= 0 */
    COND_EQ0, /* a == 0 */
    COND_AND,
    COND_OR,
    COND_NOT,
    COND_VALUE /* a [1,1] bool tile: nothing is known of it */
} ElabCondKind;
typedef struct ElabCond ElabCond;
struct ElabCond {
    ElabCondKind kind;
    const Expr *a;
    const ElabCond *left, *right; /* NOT: left */
    Value *value;                 /* VALUE; others: the bool tile if there is one already */
    OpCode code;                  /* GE0, EQ0 when `x` is set: the comparison as it was written, x code y */
    const Expr *x, *y;
};

/* Part of a tensor, view or csr: a base value with pending selectors. Immutable. */
typedef struct ElabView {
    Value *base; /* TENSOR or VIEW */
    bool whole;  /* no selectors: the base itself */
    int nsels;   /* one per dimension of base */
    SelKind sels[IR_MAX_RANK];
    const Expr *e0[IR_MAX_RANK], *e1[IR_MAX_RANK]; /* INDEX e0; RANGE a, b; BLOCK lo, len */
    const Type *type;                              /* VIEW (or the base's TENSOR type when whole) */
    const Expr *capacity[IR_MAX_RANK];             /* per dimension of type: len of a block, else the extent */
    ParamDir dir;                                  /* of the parameter it is part of; INOUT for temps */
    const char *root;                              /* name of that parameter or temp */
    Span root_span;                                /* where that is declared */
    Span span;                                     /* of the view expression */
} ElabView;

typedef enum ElabKind {
    EV_POISON, /* a mistake was reported */
    EV_NUMBER, /* number */
    EV_INDEX,  /* expr: an index scalar */
    /* a tile, or if `scalar` a typed scalar; value, or for bool scalars cond alone (elab_value materialises) */
    EV_TILE,
    EV_VIEW, /* view */
    EV_ELEM, /* elem: the name of an element type */
    EV_VOID  /* an operation without a result */
} ElabKind;
typedef struct ElabValue {
    ElabKind kind;
    bool scalar;
    Elem elem; /* ELEM, TILE, VIEW: element type */
    ElabNumber number;
    const Expr *expr;
    Value *value;
    const ElabCond *cond;
    const ElabView *view;
} ElabValue;

ElabValue elab_poison(void);
ElabValue elab_from_int(ElabInt i);
ElabValue elab_from_float(double f);
ElabValue elab_from_bool(bool b);
ElabValue elab_from_expr(Elab *e, const Expr *expr); /* a constant expression gives a NUMBER */
/* index scalars become EV_INDEX; memory values EV_VIEW: use elab_whole_view */
ElabValue elab_from_value(Elab *e, Value *v, bool scalar);
ElabValue elab_from_cond(Elab *e, const ElabCond *cond); /* constant ones give a NUMBER */

/* ---- the context ------------------------------------------------------------------------------------------------- */

typedef enum BindingKind {
    BIND_VALUE, /* let, func argument, block length, slot: `value` */
    BIND_INDEX, /* loop index, tier constant, symbol, const parameter */
    BIND_PARAM, /* tensor, view or scalar parameter */
    BIND_TEMP,
    BIND_VAR,   /* `value` is its present value; assignments replace it */
    BIND_CONST, /* global */
    BIND_FUNC,
    BIND_KERNEL,
    BIND_WORKLOAD,
    BIND_CHANNEL
} BindingKind;
typedef struct Binding {
    BindingKind kind;
    const char *name; /* interned */
    Span span;        /* of the defining name */
    ElabValue value;
    const AstItem *item; /* global ones */
    ElabKernel *kernel;
    ElabWorkload *workload;
    int order;           /* number of the definition: scopes nest by it */
    int state;           /* CONST: 0 not evaluated, 1 being evaluated, 2 done; FUNC: 1 while being inlined */
    bool is_const_index; /* INDEX: const parameter, or the constant of a tier */
    bool broken;         /* its definition had a mistake: uses are poison */
} Binding;

typedef enum ElabPlace { PLACE_GLOBAL, PLACE_KERNEL, PLACE_WORKLOAD } ElabPlace;

/* A func being inlined. */
typedef struct ElabInline {
    const char *name;
    Span span; /* of the call */
    const struct ElabInline *outer;
} ElabInline;

struct Elab {
    const ProgramOptions *options;
    Program *program;
    Arena *arena;
    StrTab *strings;
    DiagContext *dc;
    Module *module;
    ExprTable *exprs;
    Facts *facts; /* of the function being elaborated; new for each */
    Builder b;    /* insertion point; b.loc is set by elab_at */
    ElabPlace place;
    ElabScope *scope; /* innermost */
    ElabScope *globals;
    Func *func;         /* being built */
    ElabKernel *kernel; /* being elaborated, or NULL */
    ElabWorkload *workload;
    const AstFile *file;           /* file of the item being elaborated */
    const ElabInline *inlining;    /* innermost func being inlined, or NULL */
    const struct ElabGuard *guard; /* conditions over const parameters under which the present code runs */
    int next_order;
    int *loc_file; /* source number -> number in module->sources */
    VEC(ElabKernel *) kernels;
    VEC(ElabWorkload *) workloads;
    VEC(const Value *) statics; /* const parameters and tier constants of the present function (elab_mark_static) */
    ElabSymbolFn *symbol;       /* while dimensions of a signature are read: unknown names become symbols */
    void *symbol_user;
    bool missing_import; /* a file could not be read: any name may have stood there */
    int count_before;    /* for ELAB_ERROR */
};

/* ---- messages ---------------------------------------------------------------------------------------------------- */

/* Reports, and notes where the func being inlined is used. Returns NULL when the same was reported before (then add
 * nothing). */
#define ELAB_ERROR(e, CODE, ...)                                                                                       \
    ((e)->count_before = diag_count((e)->dc), elab_reported((e), diag_report((e)->dc, DIAG_##CODE, __VA_ARGS__)))
#define ELAB_NOTE(d, ...) ((d) ? diag_note((d), __VA_ARGS__) : (void)0)
#define ELAB_HINT(d, ...) ((d) ? diag_hint((d), __VA_ARGS__) : (void)0)
#define ELAB_FIX(d, ...) ((d) ? diag_fix((d), __VA_ARGS__) : (void)0)
Diag *elab_reported(Elab *e, Diag *d);
/* Sets b.loc to the beginning of the span. */
void elab_at(Elab *e, Span span);
Loc elab_loc(Elab *e, Span span);
const char *elab_source_text(Elab *e, Span span); /* the program's text, white space squeezed: for run-time messages */
const char *elab_expr_text(Elab *e, const Expr *x); /* `S1 - seq_pos` */
const char *elab_type_text(Elab *e, const Type *t); /* `f32[8, S]` */
/* "an f32[8, S] tile", "an index scalar", "the constant 2" ... */
const char *elab_value_text(Elab *e, const ElabValue *v);
const char *elab_number_text(Elab *e, ElabNumber n);
const char *elab_binding_text(Elab *e, const Binding *b); /* "the kernel `k`" */

/* ---- names ------------------------------------------------------------------------------------------------------- */

void elab_scope_push(Elab *e);
void elab_scope_pop(Elab *e);
/* Defines a name in the innermost scope. `_` and absent names define nothing. Reports shadowing of a visible name
 * (E0204), and
 * names of types. Returns the binding, or NULL when nothing was defined. */
Binding *elab_define(Elab *e, AstName name, BindingKind kind, ElabValue value);
/* For parameters and symbols: may hide names of outer scopes; a name twice in this scope is E0202. */
Binding *elab_define_hiding(Elab *e, AstName name, BindingKind kind, ElabValue value);
Binding *elab_lookup(Elab *e, const char *name); /* NULL: unknown */
/* Looks up and reports an unknown name with a suggestion (silent for names of broken items). */
Binding *elab_resolve(Elab *e, AstName name);
/* May an item with a syntax error, or a file that could not be read, define it? Then nothing is said about it. */
bool elab_name_may_be_broken(Elab *e, const char *name);
/* A broken item stands under this name: it is no symbol. */
bool elab_name_is_broken(Elab *e, const char *name);
/* The visible name nearest to `name`, or NULL. kinds: bit set of 1 << BindingKind. */
const char *elab_nearest_name(Elab *e, const char *name, unsigned kinds);
bool elab_name_is_builtin_type(const char *name); /* element types, csr, index */

/* ---- expressions ------------------------------------------------------------------------------------------------- */

/* One value of any kind (views stay views). */
ElabValue elab_expr(Elab *e, const AstExpr *x);
/* A call that gives several values (topk, sort, func ...). Returns how many there are (<= max), after having
 * reported when that is
 * not `want`; all of `want` are set (to poison on mistakes). */
void elab_expr_values(Elab *e, const AstExpr *x, ElabValue *out, int want);
/* An expression that must be an index: index scalars, integer numbers, integer scalars, all-index element reads.
 * NULL after a mistake. `what` names the role in messages: "loop bound", "selector". */
const Expr *elab_index(Elab *e, const AstExpr *x, const char *what);
/* The same from a value already evaluated. */
const Expr *elab_index_of(Elab *e, ElabValue v, Span span, const char *what);
/* A compile-time integer: numbers, const parameters, tier constants and expressions of these. */
const Expr *elab_const_index(Elab *e, const AstExpr *x, const char *what);
bool elab_expr_is_static(Elab *e, const Expr *x); /* uses only const parameters and tier constants */
void elab_mark_static(Elab *e, const Value *v);   /* v is a compile-time constant of each specialisation */
/* A bool scalar for if, assume, where. cond is always set unless poison. */
ElabValue elab_condition(Elab *e, const AstExpr *x, const char *what);
/* Element type name, or -1 after a mistake. */
int elab_elem(Elab *e, const AstExpr *x);
/* A view (`base[...]`, a parameter, a temp, a let-named view); NULL after a mistake. */
const ElabView *elab_view(Elab *e, const AstExpr *x, const char *what);

/* The IR value of a tile or scalar: numbers and index scalars take the type `elem` (exactly, else reported), views
 * are loaded,
 * conditions are materialised. elem < 0: numbers take i64 or f32 or bool, index stays index. NULL after a mistake. */
Value *elab_value(Elab *e, ElabValue v, int elem, Span span);
/* As a scalar of exactly this type: for arguments of scalar parameters and defaults. */
Value *elab_scalar(Elab *e, ElabValue v, Elem elem, Span span, const char *what);
/* A view used as a value: OP_LOAD, or OP_GET when all dimensions are indexed (rank 0). */
ElabValue elab_load(Elab *e, const ElabView *view, Span span);

/* What a call gives. */
typedef struct ElabResults {
    ElabValue *values;
    int n;
    bool failed; /* a mistake was reported */
} ElabResults;
ElabResults elab_call(Elab *e, const AstExpr *x);    /* any call but those of kernels and workloads */
ElabResults elab_op_call(Elab *e, const AstExpr *x); /* tl.NAME(...) */
ElabResults elab_func_call(Elab *e, const AstExpr *x, Binding *b);
void elab_check_func(Elab *e, Binding *b); /* names and recursion in the body of a func, used or not */

/* Operators by op code (tl.add is `+`): constants fold, index scalars stay expressions, the rest are ops on tiles. */
ElabValue elab_binary(Elab *e, OpCode code, ElabValue a, ElabValue b, Span span, const char *name);
ElabValue elab_unary(Elab *e, OpCode code, ElabValue a, Span span, const char *name);
/* Is the element type one the op works on? Reports. */
bool elab_elem_allowed(Elab *e, OpCode code, Elem elem, Span span, const char *name);
void elab_check_tile_divisor(Elab *e, Value *divisor, Span span);
/* elab_value of exactly this element type; another one is reported as the types of `name` that differ. */
Value *elab_typed(Elab *e, ElabValue v, Elem elem, Span span, const char *name);
const ElabCond *elab_cond_of(Elab *e, ElabValue v); /* of a bool scalar, else NULL */

/* ---- numbers and constants (elab_const.c) ------------------------------------------------------------------------ */

double elab_round_float(double x, Elem elem); /* nearest, ties to even; overflow gives an infinity */
/* converts exactly (floats: rounding to a float type is fine, overflow is not) */
bool elab_number_fits(ElabNumber n, Elem elem);
/* A global constant expression: names of constants, operators, tl.sqrt exp log cdiv minimum maximum. */
ElabValue elab_const_expr(Elab *e, const AstExpr *x);
ElabValue elab_const_binding(Elab *e, Binding *b); /* value of a `const`, evaluated on first use; reports cycles */
ElabValue elab_number_unary(Elab *e, AstUnaryOp op, ElabNumber a, Span span);
ElabValue elab_number_binary(Elab *e, AstBinaryOp op, ElabNumber a, ElabNumber b, Span span);

/* ---- conditions and facts (elab_cond.c) -------------------------------------------------------------------------- */

const ElabCond *cond_ge0(Elab *e, const Expr *a);
const ElabCond *cond_eq(Elab *e, const Expr *a, const Expr *b);
const ElabCond *cond_compare(Elab *e, OpCode code, const Expr *x, const Expr *y); /* OP_LT ... OP_NE */
const ElabCond *cond_value(Elab *e, Value *v);
const ElabCond *cond_and(Elab *e, const ElabCond *a, const ElabCond *b);
const ElabCond *cond_or(Elab *e, const ElabCond *a, const ElabCond *b);
const ElabCond *cond_not(Elab *e, const ElabCond *a);
/* +1 holds, -1 cannot hold, 0 not decided, by facts. */
int cond_decide(Elab *e, const ElabCond *c);
/* Adds what c (polarity true) or its negation says to e->facts. Use facts_mark/release around scopes. */
void cond_add_facts(Elab *e, const ElabCond *c, bool polarity);
/* The inequalities expr >= 0 whose conjunction is c; false when c is not such a conjunction. */
typedef VEC(const Expr *) ExprVec;
bool cond_conjuncts(Elab *e, const ElabCond *c, ExprVec *out);
/* One expression that is >= 0 iff c holds (min for and, max for or); NULL when c has bool tiles in it. */
const Expr *cond_as_ge0(Elab *e, const ElabCond *c);
Value *cond_materialize(Elab *e, const ElabCond *c); /* a [1,1] bool tile */
/* The same condition with leaves replaced. */
const ElabCond *cond_substitute(Elab *e, const ElabCond *c, const Expr *(*fn)(void *user, Value *v), void *user);
/* Facts of a loop index: lo <= j <= hi - 1, and j <= hi - step where the step divides the range. */
void elab_loop_facts(Elab *e, const Expr *j, const Expr *lo, const Expr *hi, const Expr *step);

/* ---- shapes (elab_shape.c) --------------------------------------------------------------------------------------- */

bool elab_same_extent(Elab *e, const Expr *a, const Expr *b); /* by normal form or facts */
const Expr *elab_simplify(Elab *e, const Expr *x);            /* facts_simplify */
/* Provably different: the difference is a constant other than 0, or is shown to be positive or negative. */
bool elab_extents_differ(Elab *e, const Expr *a, const Expr *b);
bool elab_expr_has_static(Elab *e, const Expr *x); /* uses a const parameter or tier constant */
/* a == b is shown, or left to each call as a constraint when it hangs on const parameters; else reported with the
 * texts. */
bool elab_require_equal(Elab *e, const Expr *a, const Expr *b, Span span, const char *expected, const char *found);
/* *v has this tile type up to equal extents; afterwards exactly. */
bool elab_require_type(Elab *e, Value **v, const Type *type, Span span);
/* Checks that n tiles broadcast together, and makes extents that are equal by facts the same expression. */
bool elab_broadcast(Elab *e, Value **values, int n, Span span);
Value *elab_retype(Elab *e, Value *v, const Type *type); /* extents are known to be equal */
void elab_add_constraint(Elab *e, const ElabCond *cond, Span span, const char *text);

/* ---- views (elab_view.c) ----------------------------------------------------------------------------------------- */

/* The view that is the whole of a memory value. */
const ElabView *elab_whole_view(Elab *e, Value *base, ParamDir dir, const char *root, Span root_span, Span span);
/* base[selectors]: checks count and types; range checks of section 5 and 6 are proved, reported when they cannot
 * hold, or emitted as
 * OP_CHECK BOUNDS: level entry in workloads, level full in kernels (and none below that --checks level). A view with
 * pending
 * selectors is materialised first. NULL after a mistake. */
const ElabView *elab_select(Elab *e, const ElabView *base, const AstSelectorList *selectors, Span span);
/* The IR value of type VIEW: emits OP_VIEW unless the view is whole. */
Value *elab_view_value(Elab *e, const ElabView *view);
/* x[selectors] of a tile: two indices give a scalar. */
ElabValue elab_tile_select(Elab *e, Value *tile, const AstSelectorList *selectors, Span span);
/* One dimension of a selection: expressions and extent, with its range check. False after a mistake. */
typedef struct ElabSelector {
    SelKind kind;
    const Expr *e0, *e1; /* INDEX e0; RANGE a, b; BLOCK lo, len */
    const Expr *extent;  /* 1 for INDEX */
    const Expr *capacity;
} ElabSelector;
bool elab_selector(Elab *e, const Type *base, int dim, const AstSelector *s, const char *text, ElabSelector *out);
/* tl.store(view, value [, mask]) for kernels and workloads: tiles by shape, scalars fill. */
void elab_store(Elab *e, const AstExpr *call);
/* The same with the parts evaluated; span is the value's, the ops get the builder's present place; mask NULL: none. */
void elab_store_value(Elab *e, const ElabView *view, ElabValue value, Span span, const ElabValue *mask, Span mask_span);
/* Tile type of a rank-2 or rank-1 view with the given extents of its dimensions; NULL after a report. */
const Type *elab_tile_type_of_view(Elab *e, const ElabView *view, const Expr *const *dims, Span span);
/* May it be read (not `out`) or written (not `in`)? Reports. */
bool elab_check_readable(Elab *e, const ElabView *view, Span span);
bool elab_check_writable(Elab *e, const ElabView *view, Span span);

/* ---- kernels (elab_kernel.c) ------------------------------------------------------------------------------------- */

/* A symbol of a signature. It equals extent(param, dim) / divisor, exactly. */
typedef struct ElabSymbol {
    const char *name;
    Span span;
    Value *value;
    int param; /* number of the AstParam that binds it; -1: none (reported) */
    int dim;
    const Expr *divisor; /* over constants and const parameters; 1 when it stands alone */
} ElabSymbol;

/* Conditions over const parameters under which code runs (branches of a constant if); innermost first. */
typedef struct ElabGuard {
    const ElabCond *cond;
    bool polarity;
    const struct ElabGuard *outer;
} ElabGuard;

/* Something that depends on const parameters and is decided at each call. */
typedef struct ElabConstraint {
    const ElabCond *cond;   /* over the kernel's index parameters */
    const ElabGuard *guard; /* all must not be refuted, else the constraint does not apply */
    Span span;              /* place in the kernel */
    const char *text;       /* what must hold: "extents differ: expected f32[8, PAD], found f32[8, 128]" */
} ElabConstraint;

typedef struct ElabWhere {
    const ElabCond *cond; /* over index parameters and scalar parameters' values */
    Span span;
} ElabWhere;

typedef struct ElabParam {
    const AstParam *ast;
    Value *value;     /* parameter of the Func; const parameters: the index parameter; NULL when poisoned */
    const Type *type; /* NULL when poisoned */
    int position;     /* in Func.params, or in Func.index_params for const parameters */
    Value *columns;   /* csr: r_idx, the parameter behind r_ptr, which is `value` */
    Value *entries;   /* csr: the index parameter that counts them */
} ElabParam;

/* ---- csr matrices (elab_csr.c) ----------------------------------------------------------------------------------- */
void elab_csr_entries(Elab *e, Func *f, ElabParam *p);              /* adds the index parameter */
void elab_csr_param(Elab *e, Func *f, ElabParam *p, TypeKind kind); /* then the two tensors */
void elab_csr_check_names(Elab *e, const ElabParam *p);
const ElabView *elab_csr_view(Elab *e, const ElabParam *p);

struct ElabKernel {
    const AstItem *item;
    const AstFile *file;
    const char *name;
    Func *func;
    VEC(ElabParam) params;   /* in source order, const parameters included */
    VEC(ElabSymbol) symbols; /* Func.index_params = const parameters, then these */
    VEC(ElabWhere) wheres;
    VEC(ElabConstraint) constraints;
    bool broken;      /* the signature has mistakes: calls check argument names only */
    ElabScope *scope; /* names of the signature, for the body */
    Facts *facts;
    VEC(const Value *) statics;
};

/* Parts of signatures that workloads share. */
void elab_types_differ(Elab *e, Span span, const char *what, Elem expected, Elem found);
void elab_unknown_elem(Elab *e, AstName name);
int elab_param_elem(Elab *e, const AstParam *p); /* -1 after a report */
/* Type of a tensor or csr parameter, kind VIEW or TENSOR; NULL after a report. */
const Type *elab_tensor_param_type(Elab *e, const AstParam *p, TypeKind kind, ElabSymbolFn *symbol, void *user);
bool elab_scalar_default(Elab *e, const AstParam *p, Elem elem, Param *param);

void elab_kernel_signature(Elab *e, Binding *binding);
void elab_kernel_body(Elab *e, ElabKernel *k);
/* Evaluates constraints at a call. index[i] is what Func.index_params[i] is given (constants where known, kernel
 * parameters kept as
 * NULL for symbols). Reports at `call` with a note at the place in the kernel. */
void elab_kernel_check_call(Elab *e, const ElabKernel *k, const Expr *const *index, Span call);

/* A dimension of a parameter: names that are no constants become symbols. NULL after a mistake. */
const Expr *elab_dim(Elab *e, const AstExpr *x, ElabSymbolFn *symbol, void *user);

bool elab_is_common_call(const AstExpr *call);          /* assume, static_assert */
void elab_let(Elab *e, const AstStmt *stmt);            /* of kernels and funcs: views are loaded */
void elab_kernel_block(Elab *e, const AstBlock *block); /* a scope of its own; facts end with it */
void elab_name_value(ElabValue v, const char *name);    /* the IR value gets the source name, unless it has one */
bool cond_is_static(Elab *e, const ElabCond *c); /* hangs on constants, const parameters and tier constants only */
/* Shared statements: assume, static_assert, tl.print, tl.assert. False when the call is none of these. */
bool elab_common_call(Elab *e, const AstExpr *call);

/* ---- the workload side: implemented in elab_workload.c and others ------------------------------------------------ */

void elab_workload_signature(Elab *e, Binding *binding);
void elab_workload_body(Elab *e, ElabWorkload *w);
void elab_schedules(Elab *e);
void elab_examples(Elab *e);
/* tl.reshape(view, dims) and tl.paged(...) in a workload; a view or NULL after a mistake. */
const ElabView *elab_workload_view_call(Elab *e, const AstExpr *call);
#endif
