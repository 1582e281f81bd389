/* ptoc_print.h - the text of tl.print, the same from every engine, handed over in one piece.
 *
 *   text: 1.5                      a [1,1] tile or a scalar
 *   text: f32[2, 3]                a tile: its type, then a line for each row; of more than 16 rows or columns the first and
 *     [1, 2.5, -0]                 last 8
 *     [inf, nan, 1e-07]
 *
 * A float is printed with as few digits as read back to the same f32 (an f64: f64).
 *   pt_print_E(options, "text", data, rows, cols, stride)    stored elements, row-major, stride in elements
 *   pt_print_tile(...)                                       elements from a function
 *   pt_text_E(out, carrier)                                  one element */
#ifndef PTOC_PRINT_H
#define PTOC_PRINT_H
#include "ptoc_num.h"
#include "ptoc_rt.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PT_TEXT_ROOM 32 /* of one element, with the end */

/* Writes element (i, j) as text. */
typedef void (*pt_text_fn)(const void *data, int64_t i, int64_t j, char out[PT_TEXT_ROOM]);

/* ---- one element --------------------------------------------------------------------------------------------------------- */
PT_COLD void pt_text_float(char out[PT_TEXT_ROOM], double x, int is_f64) {
    int digits = 1;
    if (x != x || x - x != 0) {
        snprintf(out, PT_TEXT_ROOM, "%s", x != x ? "nan" : x > 0 ? "inf" : "-inf");
        return;
    }
    for (double a = fabs(x); a >= 10 && fabs(x) < 1e7; a /= 10)
        digits++; /* no exponent where there is no need of one */
    for (; digits <= 17; digits++) {
        double back;
        snprintf(out, PT_TEXT_ROOM, "%.*g", digits, x);
        back = strtod(out, NULL);
        if ((is_f64 ? back : (double)(float)back) == x)
            break;
    }
    for (char *c = out; *c; c++)
        if (*c == ',') /* the decimal point of some locales */
            *c = '.';
}
PT_FN void pt_text_signed(char out[PT_TEXT_ROOM], int64_t x) { snprintf(out, PT_TEXT_ROOM, "%" PRId64, x); }
PT_FN void pt_text_unsigned(char out[PT_TEXT_ROOM], uint64_t x) { snprintf(out, PT_TEXT_ROOM, "%" PRIu64, x); }

/* ---- a tile ---------------------------------------------------------------------------------------------------------------- */
typedef struct pt_text {
    char *data;
    size_t used, size;
} pt_text;

PT_FN void pt_text_add(pt_text *t, const char *s) {
    size_t n = strlen(s);
    if (n >= t->size - t->used)
        n = t->size - t->used - 1;
    memcpy(t->data + t->used, s, n);
    t->used += n;
    t->data[t->used] = '\0';
}
PT_FN void pt_print_out(const ptoc_options *options, const char *text) {
    if (options && options->print)
        options->print(options->print_user, text);
    else
        fwrite(text, 1, strlen(text), stderr);
}
#define PT_PRINT_EDGE 8 /* rows and columns shown at each end */

PT_COLD void pt_print_tile(const ptoc_options *options, const char *text, const char *elem, pt_text_fn element,
                           const void *data, int64_t rows, int64_t cols) {
    char one[PT_TEXT_ROOM], head[128];
    pt_text t;
    t.used = 0;
    t.size = strlen(text) + sizeof head + (2 * PT_PRINT_EDGE + 1) * (2 * PT_PRINT_EDGE + 1) * (PT_TEXT_ROOM + 2);
    t.data = (char *)malloc(t.size);
    if (!t.data) { /* the message itself, at least */
        pt_print_out(options, text);
        return;
    }
    t.data[0] = '\0';
    pt_text_add(&t, text);
    if (rows == 1 && cols == 1) {
        element(data, 0, 0, one);
        snprintf(head, sizeof head, ": %s\n", one);
        pt_text_add(&t, head);
        rows = 0;
    } else {
        snprintf(head, sizeof head, ": %s[%" PRId64 ", %" PRId64 "]\n", elem, rows, cols);
        pt_text_add(&t, head);
    }
    for (int64_t i = 0; i < rows; i++) {
        if (rows > 2 * PT_PRINT_EDGE && i == PT_PRINT_EDGE) {
            pt_text_add(&t, "  ...\n");
            i = rows - PT_PRINT_EDGE;
        }
        pt_text_add(&t, "  [");
        for (int64_t j = 0; j < cols; j++) {
            if (cols > 2 * PT_PRINT_EDGE && j == PT_PRINT_EDGE) {
                pt_text_add(&t, ", ...");
                j = cols - PT_PRINT_EDGE;
            }
            element(data, i, j, one);
            pt_text_add(&t, j ? ", " : "");
            pt_text_add(&t, one);
        }
        pt_text_add(&t, "]\n");
    }
    pt_print_out(options, t.data);
    free(t.data);
}

/* ---- by element type -------------------------------------------------------------------------------------------------------- */
typedef struct pt_print_rows {
    const void *data;
    int64_t stride;
} pt_print_rows;

#define PT_PRINT(E, T, CARRIER, TEXT)                                                                                  \
    PT_FN void pt_text_##E(char out[PT_TEXT_ROOM], CARRIER x) { TEXT; }                                                \
    PT_FN void pt_print_at_##E(const void *data, int64_t i, int64_t j, char out[PT_TEXT_ROOM]) {                       \
        const pt_print_rows *r = (const pt_print_rows *)data;                                                          \
        pt_text_##E(out, pt_ld_##E(((const T *)r->data)[i * r->stride + j]));                                          \
    }                                                                                                                  \
    PT_FN void pt_print_##E(const ptoc_options *options, const char *text, const T *data, int64_t rows, int64_t cols,  \
                            int64_t stride) {                                                                          \
        pt_print_rows r;                                                                                               \
        r.data = data;                                                                                                 \
        r.stride = stride;                                                                                             \
        pt_print_tile(options, text, #E, pt_print_at_##E, &r, rows, cols);                                             \
    }
PT_PRINT(bool, uint8_t, uint8_t, snprintf(out, PT_TEXT_ROOM, "%s", x ? "true" : "false"))
PT_PRINT(i8, int8_t, int8_t, pt_text_signed(out, x))
PT_PRINT(i16, int16_t, int16_t, pt_text_signed(out, x))
PT_PRINT(i32, int32_t, int32_t, pt_text_signed(out, x))
PT_PRINT(i64, int64_t, int64_t, pt_text_signed(out, x))
PT_PRINT(index, int64_t, int64_t, pt_text_signed(out, x))
PT_PRINT(u8, uint8_t, uint8_t, pt_text_unsigned(out, x))
PT_PRINT(u16, uint16_t, uint16_t, pt_text_unsigned(out, x))
PT_PRINT(u32, uint32_t, uint32_t, pt_text_unsigned(out, x))
PT_PRINT(u64, uint64_t, uint64_t, pt_text_unsigned(out, x))
PT_PRINT(f16, uint16_t, float, pt_text_float(out, (double)x, 0))
PT_PRINT(bf16, uint16_t, float, pt_text_float(out, (double)x, 0))
PT_PRINT(f32, float, float, pt_text_float(out, (double)x, 0))
PT_PRINT(f64, double, double, pt_text_float(out, x, 1))
PT_PRINT(f8e4m3, uint8_t, float, pt_text_float(out, (double)x, 0))
PT_PRINT(f8e5m2, uint8_t, float, pt_text_float(out, (double)x, 0))
#undef PT_PRINT
#endif
