/* npy.h - arrays in .npy files: reading versions 1.0 and 2.0, writing version 1.0; C order, little endian.
 *
 * Element types travel as NumPy knows them: f16 as <f2, bool as |b1 (|u1 is read too), and those NumPy has no name for as raw
 * bits: bf16 as <u2, f8 as |u1. Reading never trusts the header: sizes are checked for overflow and against the file's length.
 * Errors are given as text without the file's name; the caller knows what the array was wanted for. */
#ifndef PTOC_FRONTEND_NPY_H
#define PTOC_FRONTEND_NPY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/ir.h"

typedef struct NpyArray {
    char descr[8]; /* "<f4": byte order, kind, bytes an element */
    int item_size;
    int rank;
    int64_t dims[IR_MAX_RANK];
    int64_t count;    /* product of dims */
    const void *data; /* count * item_size bytes, 16-byte aligned, in the arena */
} NpyArray;

/* The descr of an element type: "<f2" for f16. */
const char *npy_elem_descr(Elem elem);
/* True when the array's elements can be taken as `elem` bit for bit. */
bool npy_holds_elem(const NpyArray *array, Elem elem);

/* Reads an array from memory or from a file. On failure returns false with the reason in `error`. */
bool npy_parse(Arena *arena, const void *bytes, size_t size, NpyArray *out, Buf *error);
bool npy_read(Arena *arena, const char *path, NpyArray *out, Buf *error);

/* Appends a whole .npy file to `out`. */
void npy_format(Buf *out, Elem elem, int rank, const int64_t *dims, const void *data);
/* Writes a file in one step (readers see the old one or the new one). Returns 0 or an errno value. */
int npy_write(const char *path, Elem elem, int rank, const int64_t *dims, const void *data);
#endif
