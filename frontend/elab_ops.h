/* elab_ops.h - calls of operations: arguments bound by the `.sig` column of op.def, one handler per op or family. */
#ifndef PTOC_FRONTEND_ELAB_OPS_H
#define PTOC_FRONTEND_ELAB_OPS_H
#include "frontend/elab_internal.h"

#define OP_MAX_ARGS 8

typedef enum OpArgKind {
    ARG_TILE,
    ARG_VIEW,
    ARG_CONST,
    ARG_INDEX,
    ARG_ELEM,
    ARG_DIMS,
    ARG_AXIS,
    ARG_BOOL,
    ARG_WORD,
    ARG_STR,
    ARG_SLICE
} OpArgKind;

typedef struct OpArg {
    char name[16];
    OpArgKind kind;
    bool has_default;
    bool default_true; /* BOOL */
    int default_axis;  /* AXIS */
} OpArg;

typedef struct OpCall {
    OpCode code;
    const OpInfo *info;
    const char *name; /* "tl.topk" */
    const AstExpr *ast;
    Span span;
    OpArg args[OP_MAX_ARGS];
    int nargs;
    const AstArg *given[OP_MAX_ARGS]; /* NULL: the default */
    ElabValue results[2];
    int nresults;
    bool failed;
} OpCall;

typedef void OpHandler(Elab *e, OpCall *c);

/* Arguments, evaluated. A NULL value or false means that a mistake was reported (the call has failed then). */
Span op_arg_span(const OpCall *c, int i);
const char *op_quoted(Elab *e, const OpCall *c);          /* "`tl.exp`" */
const char *op_arg_role(Elab *e, const OpCall *c, int i); /* "argument `x` of `tl.exp`" */
ElabValue op_arg_value(Elab *e, OpCall *c, int i);        /* views loaded */
Value *op_arg_tile(Elab *e, OpCall *c, int i);            /* a tile or typed scalar */
/* A tile of which only the shape matters: a view is not read. */
const Type *op_arg_shape(Elab *e, OpCall *c, int i);
const Expr *op_arg_index(Elab *e, OpCall *c, int i);
int op_arg_elem(Elab *e, OpCall *c, int i); /* of tiles; -1: mistake */
int op_arg_axis(Elab *e, OpCall *c, int i); /* 0, 1; -1: mistake */
bool op_arg_bool(Elab *e, OpCall *c, int i);
const char *op_arg_word(Elab *e, OpCall *c, int i, const char *const *words, int n, const char *wanted);
const char *op_arg_str(Elab *e, OpCall *c, int i);
bool op_arg_dims(Elab *e, OpCall *c, int i, const Expr *dims[2]);

void op_fail(OpCall *c);
void op_give(Elab *e, OpCall *c, Value *v, bool scalar); /* the result; NULL fails */
void op_give_value(OpCall *c, ElabValue v);

/* An op with operands and a result type, at the call's place. */
Value *op_build(Elab *e, const OpCall *c, OpCode code, Value *const *operands, int n, const Type *type);
Value *op_cast_value(Elab *e, Value *v, Elem elem);
/* An extent that may be negative counts as 0; a negative constant is reported (NULL). */
const Expr *op_extent(Elab *e, const Expr *x, Span span);

/* elab_op_shape.c, elab_op_memory.c, elab_composite.c */
OpHandler op_full, op_zeros, op_arange, op_grid, op_causal_mask, op_trans, op_reshape, op_broadcast, op_slice,
    op_concat;
OpHandler op_cast, op_bitcast;
OpHandler op_load, op_store, op_gather, op_scatter, op_paged, op_print, op_assert;
OpHandler op_clamp, op_softmax, op_rmsnorm, op_layernorm, op_quant, op_dequant, op_absmax_row, op_cdiv;
#endif
