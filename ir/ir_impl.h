/* ir_impl.h - shared by the files of ir/ only. */
#ifndef PTOC_IR_IR_IMPL_H
#define PTOC_IR_IR_IMPL_H
#include "ir/ir.h"

typedef struct TypeTable TypeTable;
TypeTable *type_table_create(Arena *arena);
/* Puts the function at the end of the module. */
void module_add_func(Module *m, Func *f);
Value *value_create(Module *m, const Type *type, const char *name);
Region *region_create(Module *m, Func *func, Op *parent_op);
/* An op that stands nowhere yet, with room for its parts; the arrays are filled by the caller. */
Op *op_create(Module *m, OpCode code, Loc loc, int noperands, int nexprs, int nresults, int nregions);
/* Gives `value` to slot i of the op's results. */
void op_set_result(Op *op, int i, Value *value);
Attr *op_add_attr(Module *m, Op *op, AttrKey key);
/* Where the type of argument i of an op's regions comes from: the number of an operand, ARG_INDEX or ARG_FREE. */
enum { ARG_INDEX = -1, ARG_FREE = -2 };
int op_arg_from(const Op *op, int i);
#endif
