/* build.h - making and changing IR. A Builder holds an insertion point; every op it makes goes there, with its
 * current loc.
 *
 * build_op is the general form; the others are spelled after the op they make. Results of ops whose row says how the
 * type follows (OpInfo.result) are typed here; for RES_EXPLICIT the caller gives the type. The builder asserts what
 * the verifier checks; user mistakes are found before. */
#ifndef PTOC_IR_BUILD_H
#define PTOC_IR_BUILD_H
#include "ir/ir.h"

typedef struct Builder {
    Module *module;
    Region *region;
    Op *before; /* insert before this op; NULL: at the end of region */
    Loc loc;
} Builder;

Builder builder_at_end(Module *m, Region *region);
Builder builder_before(Module *m, Op *op);

/* Functions. Parameters are added in order: all index parameters first. */
Func *build_func(Module *m, FuncKind kind, const char *name, Loc loc);
Value *func_add_index_param(Func *f, const char *name, bool is_const);
Value *func_add_param(Func *f, const char *name, const Type *type, ParamDir dir);

/* The op's result types by its row (RES_BROADCAST ...); NULL if the operands do not fit. An extent stretches only
 * where it is the constant 1. Operand 0's element type is taken; the caller has checked that they agree. */
const Type *build_result_type(Module *m, OpCode code, Value *const *operands, int n);
/* Broadcast of two extents: equal, or one is the constant 1; NULL if neither. */
const Expr *build_broadcast_extent(Module *m, const Expr *a, const Expr *b);

Op *build_op(Builder *b, OpCode code, Value *const *operands, int noperands, const Expr *const *exprs, int nexprs,
             const Type *const *result_types, int nresults, int nregions);
Value *build_ewise(Builder *b, OpCode code, Value *const *operands, int n); /* result by row */
Value *build_unary(Builder *b, OpCode code, Value *x);
Value *build_binary(Builder *b, OpCode code, Value *x, Value *y);
Value *build_const_int(Builder *b, Elem elem, int64_t v);  /* integers, bool, index */
Value *build_const_float(Builder *b, Elem elem, double v); /* v already representable */
Value *build_index(Builder *b, const Expr *e); /* op INDEX; a plain leaf of type index gives the leaf itself */
Value *build_cast(Builder *b, Value *x, Elem elem, const char *round /* NULL: rint */, bool sat);
Value *build_get(Builder *b, Value *base, const Expr *const *idx, int n);
Value *build_view(Builder *b, Value *base, const SelKind *sels, int nsels, const Expr *const *exprs, int nexprs,
                  const Type *type);
void build_check(Builder *b, const char *code, const char *level, const char *text, const Expr *ge0,
                 const Expr *const *values, int n);
Op *build_yield(Builder *b, Value *const *values, int n);
Value *region_add_arg(Module *m, Region *r, const Type *type, const char *name);

/* An index expression of a scalar value: a leaf for integer scalars, its expression for op INDEX, a constant for op
 * CONST. */
const Expr *value_expr(Module *m, Value *v);

/* Extents of a view's result: SEL_RANGE max(0, b - a); SEL_BLOCK max(0, min(len, dim - lo)); simplify with facts
 * yourself. */
const Expr *view_extent(Module *m, const Type *base, int dim, SelKind sel, const Expr *e0, const Expr *e1);

/* Changing. */
void op_unlink(Op *op);
void op_insert_before(Op *op, Op *before);
void op_append(Region *region, Op *op);
void op_set_operand(Op *op, int i, Value *v);
void region_take_ops(Region *to, Region *from); /* moves all ops to the end of `to` */

/* Copies with a substitution of values; extents and expressions are rebuilt, so types may change. */
typedef struct CloneMap CloneMap;
CloneMap *clone_map_create(Module *m);
void clone_map_set(CloneMap *map, const Value *from, Value *to);
void clone_map_set_expr(CloneMap *map, const Value *from,
                        const Expr *to);                       /* for leaves; uses as an operand become op INDEX */
Value *clone_map_get(CloneMap *map, Value *v);                 /* v itself when it is not mapped */
Value *clone_map_operand(Builder *b, CloneMap *map, Value *v); /* an expression becomes an op at the builder */
const Expr *clone_map_expr(CloneMap *map, const Expr *e);
const Type *clone_map_type(CloneMap *map, const Type *t);
void op_copy_attrs(Module *m, Op *to, const Op *from);
Op *clone_op(Builder *b, CloneMap *map, const Op *op);              /* with its regions; maps its results */
void clone_region_into(Builder *b, CloneMap *map, const Region *r); /* ops only, without a final yield */
/* A copy of f; parameters that the map holds already (set with clone_map_set_expr, say) are left out of the copy's
 * list. */
Func *clone_func(Module *m, const Func *f, const char *new_name, CloneMap *map);
#endif
