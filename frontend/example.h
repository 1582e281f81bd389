/* example.h - runnable bindings: what an `example` says, and the arguments of a run made of it and of the command line.
 *
 * The elaborator checks examples (elab_example.c) and keeps them as ProgramExample, free of syntax. run_bind turns one, or none,
 * plus overrides from the command line into the arguments of eval_run or of generated C: tensors in native memory. Generators give
 * the same bits everywhere (LANGUAGE.md section 8). */
#ifndef PTOC_FRONTEND_EXAMPLE_H
#define PTOC_FRONTEND_EXAMPLE_H
#include "frontend/elab.h"
#include "ir/eval.h"

/* ---- what an example says -------------------------------------------------------------------------------------- */
typedef enum ExampleKind {
    EXAMPLE_NUMBER,
    EXAMPLE_LIST,
    EXAMPLE_ZEROS,
    EXAMPLE_ONES,
    EXAMPLE_IOTA,
    EXAMPLE_NORMAL,
    EXAMPLE_UNIFORM,
    EXAMPLE_INTEGERS,
    EXAMPLE_NPY,
    EXAMPLE_RANDOM_CSR
} ExampleKind;

/* An integer (above INT64_MAX: its bit pattern, is_big), a float, or a bool (as an integer). */
typedef struct ExampleNumber {
    bool is_float, is_bool, is_big;
    int64_t i;
    double f;
} ExampleNumber;

typedef struct ExampleValue {
    ExampleKind kind;
    Span span;
    ExampleNumber number;      /* NUMBER */
    const ExampleNumber *list; /* LIST: flat, row-major */
    int64_t count;
    double lo, hi;          /* UNIFORM */
    int64_t int_lo, int_hi; /* INTEGERS */
    int64_t per_row;        /* RANDOM_CSR */
    const Expr *columns;    /* RANDOM_CSR: of the matrix */
    uint64_t seed;
    const char *path; /* NPY: usable from the working folder */
} ExampleValue;

typedef struct ExampleBinding {
    const char *name;
    ExampleValue value;
} ExampleBinding;

typedef struct ExampleExpect {
    const char *name;
    ExampleValue value;
    bool has_tolerance;
    double tolerance;
} ExampleExpect;

struct ProgramExample {
    const char *name;
    const char *workload;
    Span span; /* of its name */
    VEC(ExampleBinding) bindings;
    VEC(ExampleExpect) expects;
    VEC(const char *) missing; /* names of the workload that it does not bind although it should */
};

/* The example of that name; NULL: none. */
const ProgramExample *example_find(const Program *program, const char *name);
/* The first example of a workload; NULL: none. */
const ProgramExample *example_first(const Program *program, const char *workload);
/* Reports W0501 for every example that leaves something unbound: for outputs that do not run (`-o`). */
void example_warn_missing(const Program *program, DiagContext *dc);

/* ---- the arguments of a run ------------------------------------------------------------------------------------ */
/* One `--dim NAME=VALUE`, `--in NAME=FILE` or `--set NAME=VALUE,...`. */
typedef struct RunOverride {
    const char *name, *value;
} RunOverride;

typedef struct RunRequest {
    const Program *program;
    const Func *workload;
    const ProgramExample *example; /* NULL: everything comes from the command line */
    const RunOverride *dims, *ins, *sets;
    int ndims, nins, nsets;
} RunRequest;

/* A check of an output after the run. */
typedef struct RunExpect {
    int param; /* number in Func.params */
    const char *name;
    EvalTensor value; /* of the output's type and extents */
    bool exact;       /* equal bits, NaN equal to NaN; else |a - b| <= tolerance * max(1, |b|), integers equal */
    double tolerance;
    Span span;
} RunExpect;

typedef struct RunInputs {
    int64_t *index_args; /* one per Func.index_params */
    EvalArg *args;       /* one per Func.params */
    VEC(RunExpect) expects;
} RunInputs;

/* Returns 0, or the exit code of the command line after having reported: 1 something has no value, 2 an unknown name or bad value on
 * the command line, 3 a file that cannot be read or has the wrong shape or type, 4 a tensor is too large. */
int run_bind(const RunRequest *request, DiagContext *dc, Arena *arena, RunInputs *out);
/* Row-major number of the first element of `actual` that the expectation refuses, or -1. */
int64_t run_expect_differs(const RunExpect *expect, const EvalTensor *actual);

/* ---- elements and generators ----------------------------------------------------------------------------------- */
uint64_t example_draw(uint64_t seed, uint64_t i);
/* Element `at` of an array: rounds once, integers wrap (from a float they saturate, NaN gives 0). */
void example_store_int(Elem elem, void *data, int64_t at, int64_t value);
void example_store_float(Elem elem, void *data, int64_t at, double value);
double example_load(Elem elem, const void *data, int64_t at); /* for comparisons: 64-bit integers are rounded */
/* Fills count elements by a generator (ZEROS to INTEGERS). */
void example_generate(const ExampleValue *value, Elem elem, void *data, int64_t count);
/* The columns of row `row` of random_csr, sorted; per_row <= columns. scratch holds `columns` numbers. */
void example_random_row(uint64_t seed, int64_t per_row, int64_t columns, int64_t row, int32_t *out, int64_t *scratch);
#endif
