/* eval_kit.h - small programs for the tests of the interpreter: tiles from lists of numbers, results back as numbers.
 *
 *     Kit k = kit_open();
 *     Value *x = kit_tile(&k, ELEM_F32, 1, 3, (double[]){1, 2, 3});
 *     int out = kit_result(&k, build_unary(&k.b, OP_NEG, x));
 *     kit_expect(&k, out, (double[]){-1, -2, -3}, "neg");      runs the program once, on the first expectation
 *     kit_close(&k);
 */
#ifndef PTOC_TESTS_EVAL_KIT_H
#define PTOC_TESTS_EVAL_KIT_H
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "ir/build.h"
#include "ir/eval.h"
#include "runtime/include/ptoc_num.h"

enum { KIT_ARGS = 32 };

typedef struct Kit {
    Arena *arena;
    Module *m;
    Func *f;
    Builder b;
    EvalArg args[KIT_ARGS];
    int64_t index_args[8];
    int nargs, nindex;
    bool ran;
    EvalOptions options;
    EvalResult result;
} Kit;

static inline Kit kit_open(void) {
    Kit k = {.arena = arena_create()};
    k.m = module_create(k.arena, strtab_create(k.arena), "kit");
    k.f = build_func(k.m, FUNC_WORKLOAD, "w", LOC_NONE);
    k.b = builder_at_end(k.m, k.f->body);
    return k;
}

static inline void kit_close(Kit *k) { arena_destroy(k->arena); }

static inline const Expr *kit_int(Kit *k, int64_t c) { return expr_const(k->m->exprs, c); }

static inline Value *kit_symbol(Kit *k, const char *name, int64_t v) {
    k->index_args[k->nindex++] = v;
    return func_add_index_param(k->f, name, false);
}

static inline double kit_number(Elem elem, const void *mem, int64_t i) {
    switch (elem) {
    case ELEM_BOOL:
    case ELEM_U8: return ((const uint8_t *)mem)[i];
    case ELEM_I8: return ((const int8_t *)mem)[i];
    case ELEM_I16: return ((const int16_t *)mem)[i];
    case ELEM_U16: return ((const uint16_t *)mem)[i];
    case ELEM_I32: return ((const int32_t *)mem)[i];
    case ELEM_U32: return ((const uint32_t *)mem)[i];
    case ELEM_I64:
    case ELEM_INDEX: return (double)((const int64_t *)mem)[i];
    case ELEM_U64: return (double)((const uint64_t *)mem)[i];
    case ELEM_F16: return (double)pt_ld_f16(((const uint16_t *)mem)[i]);
    case ELEM_BF16: return (double)pt_ld_bf16(((const uint16_t *)mem)[i]);
    case ELEM_F8E4M3: return (double)pt_ld_f8e4m3(((const uint8_t *)mem)[i]);
    case ELEM_F8E5M2: return (double)pt_ld_f8e5m2(((const uint8_t *)mem)[i]);
    case ELEM_F32: return (double)((const float *)mem)[i];
    case ELEM_F64: return ((const double *)mem)[i];
    case ELEM_COUNT: break;
    }
    return 0;
}

static inline void kit_set_number(Elem elem, void *mem, int64_t i, double v) {
    switch (elem) {
    case ELEM_BOOL:
    case ELEM_U8: ((uint8_t *)mem)[i] = (uint8_t)v; break;
    case ELEM_I8: ((int8_t *)mem)[i] = (int8_t)v; break;
    case ELEM_I16: ((int16_t *)mem)[i] = (int16_t)v; break;
    case ELEM_U16: ((uint16_t *)mem)[i] = (uint16_t)v; break;
    case ELEM_I32: ((int32_t *)mem)[i] = (int32_t)v; break;
    case ELEM_U32: ((uint32_t *)mem)[i] = (uint32_t)v; break;
    case ELEM_I64:
    case ELEM_INDEX: ((int64_t *)mem)[i] = (int64_t)v; break;
    case ELEM_U64: ((uint64_t *)mem)[i] = (uint64_t)v; break;
    case ELEM_F16: ((uint16_t *)mem)[i] = pt_st_f16((float)v); break;
    case ELEM_BF16: ((uint16_t *)mem)[i] = pt_st_bf16((float)v); break;
    case ELEM_F8E4M3: ((uint8_t *)mem)[i] = pt_st_f8e4m3((float)v); break;
    case ELEM_F8E5M2: ((uint8_t *)mem)[i] = pt_st_f8e5m2((float)v); break;
    case ELEM_F32: ((float *)mem)[i] = (float)v; break;
    case ELEM_F64: ((double *)mem)[i] = v; break;
    case ELEM_COUNT: break;
    }
}

/* A tensor parameter of the workload with constant extents; its memory holds `values` (NULL: zeros). */
static inline Value *kit_tensor(Kit *k, ParamDir dir, Elem elem, int rank, const int64_t *dims, const double *values) {
    const Expr *extents[IR_MAX_RANK];
    EvalTensor *t = &k->args[k->nargs++].tensor;
    int64_t n = 1;
    t->elem = elem;
    t->rank = rank;
    for (int d = rank - 1; d >= 0; d--) {
        extents[d] = kit_int(k, dims[d]);
        t->dims[d] = dims[d];
        t->strides[d] = n;
        n *= dims[d];
    }
    t->data = arena_alloc(k->arena, (size_t)n * 8 + 16);
    for (int64_t i = 0; values && i < n; i++)
        kit_set_number(elem, t->data, i, values[i]);
    char *name = arena_printf(k->arena, "t%d", k->nargs - 1);
    return func_add_param(k->f, name, type_get(k->m, TYPE_TENSOR, elem, rank, extents, false), dir);
}

static inline Value *kit_matrix(Kit *k, ParamDir dir, Elem elem, int64_t rows, int64_t cols, const double *values) {
    return kit_tensor(k, dir, elem, 2, (int64_t[]){rows, cols}, values);
}

static inline const Type *kit_type(Kit *k, Elem elem, int64_t rows, int64_t cols) {
    return type_tile(k->m, elem, kit_int(k, rows), kit_int(k, cols));
}

static inline Op *kit_op(Kit *k, OpCode code, Value *const *in, int nin, const Expr *const *exprs, int nexprs,
                         const Type *result) {
    return build_op(&k->b, code, in, nin, exprs, nexprs, &result, result ? 1 : 0, 0);
}

static inline Value *kit_load(Kit *k, Value *matrix) {
    const Type *t = type_tile(k->m, matrix->type->elem, matrix->type->dims[0], matrix->type->dims[1]);
    return kit_op(k, OP_LOAD, &matrix, 1, NULL, 0, t)->results[0];
}

static inline Value *kit_tile(Kit *k, Elem elem, int64_t rows, int64_t cols, const double *values) {
    return kit_load(k, kit_matrix(k, DIR_IN, elem, rows, cols, values));
}

/* Stores the tile to a new out tensor, which it names by the argument's number. */
static inline int kit_result(Kit *k, Value *tile) {
    int64_t rows = 0, cols = 0;
    CU_ASSERT_FATAL(expr_is_const(type_rows(tile->type), &rows) && expr_is_const(type_cols(tile->type), &cols));
    Value *out = kit_matrix(k, DIR_OUT, tile->type->elem, rows, cols, NULL);
    kit_op(k, OP_STORE, (Value *[]){out, tile}, 2, NULL, 0, NULL);
    return k->nargs - 1;
}

static inline int kit_run(Kit *k) {
    if (!k->ran)
        eval_run(k->m, k->f, k->index_args, k->args, &k->options, k->arena, &k->result);
    k->ran = true;
    return k->result.status;
}

static inline double kit_value(Kit *k, int arg, int64_t i) {
    return kit_number(k->args[arg].tensor.elem, k->args[arg].tensor.data, i);
}

static inline bool kit_same(double a, double b) { return a == b ? signbit(a) == signbit(b) : a != a && b != b; }

/* Every element of the result, zeros by their sign too; all NaNs are equal. */
static inline void kit_expect(Kit *k, int arg, const double *expected, const char *what) {
    int status = kit_run(k);
    if (status != PTOC_OK)
        fprintf(stderr, "%s: %s: %s\n", what, ptoc_status_name(status), k->result.error);
    CU_ASSERT_EQUAL_FATAL(status, PTOC_OK);
    const EvalTensor *t = &k->args[arg].tensor;
    int64_t n = 1;
    for (int d = 0; d < t->rank; d++)
        n *= t->dims[d];
    for (int64_t i = 0; i < n; i++) {
        double seen = kit_value(k, arg, i);
        if (!kit_same(seen, expected[i]))
            fprintf(stderr, "%s: element %lld is %.17g, expected %.17g\n", what, (long long)i, seen, expected[i]);
        CU_ASSERT(kit_same(seen, expected[i]));
    }
}

/* The run fails with this status and message. */
static inline void kit_expect_error(Kit *k, int status, const char *message) {
    kit_run(k);
    if (k->result.status != status || strcmp(k->result.error, message) != 0)
        fprintf(stderr, "expected %s: %s\n    seen %s: %s\n", ptoc_status_name(status), message,
                ptoc_status_name(k->result.status), k->result.error);
    CU_ASSERT_EQUAL(k->result.status, status);
    CU_ASSERT_STRING_EQUAL(k->result.error, message);
}

typedef struct KitTest {
    const char *name;
    void (*fn)(void);
} KitTest;

static inline void kit_register(const char *suite, const KitTest *tests, int n) {
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    for (int i = 0; i < n; i++)
        CU_add_test(s, tests[i].name, tests[i].fn);
}
#define KIT_COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))
#endif
