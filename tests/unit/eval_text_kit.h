/* eval_text_kit.h - programs for the interpreter as IR text: parse, verify, run the workload @w. */
#ifndef PTOC_TESTS_EVAL_TEXT_KIT_H
#define PTOC_TESTS_EVAL_TEXT_KIT_H
#include "ir/print.h"
#include "ir/verify.h"
#include "tests/unit/eval_kit.h"

static inline Kit kit_text(const char *text) {
    Kit k = {.arena = arena_create()};
    SourceMap *map = source_map_create(k.arena);
    DiagOptions options = {0};
    DiagContext *dc = diag_context_create(k.arena, map, &options);
    k.m = module_parse(k.arena, strtab_create(k.arena), dc, source_add(map, "t.ptoir", text, strlen(text)));
    if (k.m)
        module_verify(k.m, dc, "parsing");
    if (diag_error_count(dc) > 0) {
        Buf out = {0};
        diag_render(dc, &out);
        fputs(buf_text(&out), stderr);
        buf_free(&out);
    }
    CU_ASSERT_EQUAL_FATAL(diag_error_count(dc), 0);
    k.f = module_find(k.m, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(k.f);
    return k;
}

/* The next argument: a dense tensor of constant extents. Returns its number. */
static inline int kit_arg(Kit *k, Elem elem, int rank, const int64_t *dims, const double *values) {
    EvalTensor *t = &k->args[k->nargs++].tensor;
    int64_t n = 1;
    t->elem = elem;
    t->rank = rank;
    for (int d = rank - 1; d >= 0; d--) {
        t->dims[d] = dims[d];
        t->strides[d] = n;
        n *= dims[d];
    }
    t->data = arena_alloc(k->arena, (size_t)n * 8 + 16);
    for (int64_t i = 0; values && i < n; i++)
        kit_set_number(elem, t->data, i, values[i]);
    return k->nargs - 1;
}

static inline int kit_arg2(Kit *k, Elem elem, int64_t rows, int64_t cols, const double *values) {
    return kit_arg(k, elem, 2, (int64_t[]){rows, cols}, values);
}

static inline void kit_index(Kit *k, int64_t v) { k->index_args[k->nindex++] = v; }
#endif
