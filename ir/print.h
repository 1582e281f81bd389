/* print.h - the text form of the IR, and reading it back.
 *
 * module_parse(module_print(m)) prints the same text: the round trip is the identity, at every stage. */
#ifndef PTOC_IR_PRINT_H
#define PTOC_IR_PRINT_H
#include "ir/base/buf.h"
#include "ir/base/diag.h"
#include "ir/ir.h"

void module_print(Buf *out, const Module *module);
void func_print(Buf *out, const Func *func);
void op_print_line(Buf *out, const Op *op); /* one line, for messages and debuggers */
/* Reads IR text that is file `source` of the source map; reports E07xx and returns NULL on errors. */
Module *module_parse(Arena *arena, StrTab *strings, DiagContext *dc, int source);
#endif
