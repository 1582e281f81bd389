/* ptoc_csr.h - is it a csr matrix? The row pointers ascend from 0 to the number of entries, and each row names columns that exist,
 * none of them twice, in any order. */
#ifndef PTOC_CSR_H
#define PTOC_CSR_H
#include "ptoc_def.h"
#include "ptoc_rt.h"
#include <stdio.h>
#include <stdlib.h>

/* Entries by the last row pointer: what the tensor of columns must hold. 0 where there is none. */
PT_FN int64_t pt_csr_entries(const int32_t *pointers, int64_t rows) {
    return pointers && rows >= 0 && pointers[rows] > 0 ? pointers[rows] : 0;
}

/* The first row that does not begin where the one before ends; -1: all do. */
PT_FN int64_t pt_csr_bad_row(const int32_t *pointers, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) {
        if (pointers[i + 1] < pointers[i])
            return i;
    }
    return -1;
}

PT_FN int pt_csr_ascends(const int32_t *columns, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        if (columns[i] <= columns[i - 1])
            return 0;
    }
    return 1;
}

/* Place of an entry whose column came before in its row; -1: none. seen: one zero byte a column, zero again afterwards. */
PT_FN int64_t pt_csr_repeated(const int32_t *columns, int64_t n, char *seen) {
    int64_t found = -1;
    for (int64_t i = 0; i < n && found < 0; i++) {
        if (seen[columns[i]])
            found = i;
        seen[columns[i]] = 1;
    }
    for (int64_t i = 0; i < n; i++)
        seen[columns[i]] = 0;
    return found;
}

PT_COLD int pt_csr_check_columns(const char *name, const int32_t *pointers, const int32_t *columns, int64_t rows,
                                 int64_t cols, char *text, size_t size) {
    int status = PTOC_OK;
    char *seen = NULL; /* rows in ascending order do not need it */
    for (int64_t i = 0; i < pointers[rows]; i++) {
        if (columns[i] < 0 || columns[i] >= cols) {
            snprintf(text, size, "%s_idx[%lld] is %d, outside of the %lld columns", name, (long long)i, (int)columns[i],
                     (long long)cols);
            return PTOC_E_BOUNDS;
        }
    }
    for (int64_t r = 0; r < rows && status == PTOC_OK; r++) {
        const int32_t *row = columns + pointers[r];
        int64_t n = pointers[r + 1] - pointers[r], twice;
        if (pt_csr_ascends(row, n))
            continue;
        if (!seen)
            seen = (char *)calloc((size_t)cols, 1);
        if (!seen) {
            snprintf(text, size, "no memory to check %s", name);
            status = PTOC_E_MEMORY;
        } else if ((twice = pt_csr_repeated(row, n, seen)) >= 0) {
            snprintf(text, size, "row %lld of %s holds column %d twice", (long long)r, name, (int)row[twice]);
            status = PTOC_E_ARGUMENT;
        }
    }
    free(seen);
    return status;
}

/* PTOC_OK, or a status with its message in text. */
PT_COLD int pt_csr_check(const char *name, const int32_t *pointers, const int32_t *columns, int64_t rows, int64_t cols,
                         int64_t entries, char *text, size_t size) {
    int64_t bad = pt_csr_bad_row(pointers, rows);
    if (pointers[0] != 0)
        snprintf(text, size, "%s_ptr[0] is %d, expected 0", name, (int)pointers[0]);
    else if (bad >= 0)
        snprintf(text, size, "%s_ptr[%lld] is %d, less than %d before it", name, (long long)bad + 1,
                 (int)pointers[bad + 1], (int)pointers[bad]);
    else if (pointers[rows] != entries)
        snprintf(text, size, "%s_ptr[%lld] is %d, but %s_idx has %lld entries", name, (long long)rows,
                 (int)pointers[rows], name, (long long)entries);
    else
        return pt_csr_check_columns(name, pointers, columns, rows, cols, text, size);
    return PTOC_E_ARGUMENT;
}
#endif
