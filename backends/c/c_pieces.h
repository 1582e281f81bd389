/* c_pieces.h - the part of the runtime that a program reaches. */
#ifndef PTOC_BACKENDS_C_PIECES_H
#define PTOC_BACKENDS_C_PIECES_H
#include "ir/base/arena.h"
#include "ir/base/buf.h"

/* Prints the pieces that the names in the C texts need, a list that NULL ends. `lanes`: of the program's vectors of 32-bit elements;
 * 0 where it has none. ptoc_rt.h is no part of it and stands before. */
void c_put_pieces(Arena *arena, int lanes, const char *const *texts, Buf *out);
#endif
