/* The arguments of a run: what the command line gives beats the example; everything else is zero (`out`) or missing (an error). */
#include "frontend/example.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "frontend/npy.h"

/* Exit codes of the command line. */
enum { RUN_OK = 0, RUN_UNBOUND = 1, RUN_USAGE = 2, RUN_FILE = 3, RUN_LIMIT = 4 };

const ProgramExample *example_find(const Program *program, const char *name) {
    for (int i = 0; i < program->examples.len; i++)
        if (strcmp(program->examples.data[i]->name, name) == 0)
            return program->examples.data[i];
    return NULL;
}

const ProgramExample *example_first(const Program *program, const char *workload) {
    for (int i = 0; i < program->examples.len; i++)
        if (strcmp(program->examples.data[i]->workload, workload) == 0)
            return program->examples.data[i];
    return NULL;
}

void example_warn_missing(const Program *program, DiagContext *dc) {
    for (int i = 0; i < program->examples.len; i++) {
        const ProgramExample *x = program->examples.data[i];
        if (x->missing.len == 0)
            continue;
        Buf names = {NULL, 0, 0};
        for (int k = 0; k < x->missing.len; k++)
            buf_printf(&names, "%s`%s`", k ? ", " : "", x->missing.data[k]);
        diag_report(dc, DIAG_EXAMPLE_MISSING, x->span, x->name, buf_text(&names));
        buf_free(&names);
    }
}

/* ---- state of one binding -------------------------------------------------------------------------------------- */
typedef struct IndexSource {
    bool bound;
    int64_t value;
    const char *from; /* "--dim B=4", "--in Q=q.npy" or NULL: the example */
} IndexSource;

typedef struct Run {
    const RunRequest *request;
    DiagContext *dc;
    Arena *arena;
    RunInputs *out;
    IndexSource *index;     /* one per index parameter */
    const NpyArray **files; /* one per parameter: what --in gave, or NULL */
    const RunOverride **ins, **sets;
    int code; /* the first failure */
} Run;

static void run_fail(Run *run, int code) {
    if (run->code == RUN_OK)
        run->code = code;
}

#define RUN_ERROR(run, exit_code, CODE, ...)                                                                           \
    (run_fail((run), (exit_code)), (void)diag_report((run)->dc, DIAG_##CODE, SPAN_NONE, __VA_ARGS__))

static int index_find(const Func *f, const char *name) {
    for (int i = 0; i < f->nindex_params; i++)
        if (strcmp(f->index_params[i].value->name, name) == 0)
            return i;
    return -1;
}

static int param_find(const Func *f, const char *name) {
    for (int i = 0; i < f->nparams; i++)
        if (strcmp(f->params[i].value->name, name) == 0)
            return i;
    return -1;
}

static bool is_tensor(const Func *f, int param) { return f->params[param].value->type->kind == TYPE_TENSOR; }

/* ---- numbers on the command line ------------------------------------------------------------------------------- */
static bool parse_suffix(const char *end, uint64_t magnitude, uint64_t *out) {
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift ? end[1] != '\0' : *end != '\0')
        return false;
    if (shift && magnitude >> (64 - shift))
        return false;
    *out = magnitude << shift;
    return true;
}

static bool parse_integer(const char *text, ExampleNumber *out) {
    bool negative = *text == '-';
    const char *digits = text + negative;
    int base = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') ? 16 : 10;
    if (!(*digits >= '0' && *digits <= '9'))
        return false;
    char *end;
    errno = 0;
    unsigned long long magnitude = strtoull(digits, &end, base);
    uint64_t value;
    if (errno || !parse_suffix(end, magnitude, &value) || (negative && value > (uint64_t)INT64_MAX + 1))
        return false;
    out->is_big = !negative && value > INT64_MAX;
    out->i = (int64_t)(negative ? 0 - value : value);
    out->f = negative ? -(double)value : (double)value;
    return true;
}

static bool parse_number(const char *text, ExampleNumber *out) {
    *out = (ExampleNumber){0};
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        out->is_bool = true;
        out->i = text[0] == 't';
        return true;
    }
    if (parse_integer(text, out))
        return true;
    const char *digits = text + (*text == '-');
    bool word = strcmp(digits, "inf") == 0 || strcmp(digits, "nan") == 0;
    if (!word && !(*digits >= '0' && *digits <= '9'))
        return false;
    char *end;
    out->is_float = true;
    out->f = strtod(text, &end);
    if (out->f == nearbyint(out->f) && fabs(out->f) < 0x1p62)
        out->i = (int64_t)out->f;
    return *end == '\0' && (digits[0] != '0' || (digits[1] != 'x' && digits[1] != 'X'));
}

/* Floats take any number; integers whole ones in range; bool true, false, 0 and 1. */
static bool number_fits(const ExampleNumber *n, Elem elem) {
    if (elem == ELEM_BOOL)
        return n->is_bool || (!n->is_float && (n->i == 0 || n->i == 1) && !n->is_big);
    if (n->is_bool)
        return false;
    if (elem_is_float(elem))
        return true;
    if (n->is_float)
        return false;
    int bits = elem_info(elem)->bits;
    if (!elem_is_signed(elem))
        return n->is_big ? bits == 64 : n->i >= 0 && (bits == 64 || n->i >> bits == 0);
    return !n->is_big && (bits == 64 || (n->i >= -((int64_t)1 << (bits - 1)) && n->i < (int64_t)1 << (bits - 1)));
}

static void store_number(Elem elem, void *data, int64_t at, const ExampleNumber *n) {
    if (elem_is_float(elem) && (n->is_float || n->is_big))
        example_store_float(elem, data, at, n->f);
    else
        example_store_int(elem, data, at, n->i);
}

/* ---- symbols --------------------------------------------------------------------------------------------------- */
static void bind_index(Run *run, int at, int64_t value, const char *from) {
    IndexSource *s = &run->index[at];
    const char *name = run->request->workload->index_params[at].value->name;
    if (s->bound && s->value != value) {
        RUN_ERROR(run, RUN_USAGE, RUN_DISAGREE, name, s->from, (long long)s->value, from, (long long)value);
        return;
    }
    if (!s->bound)
        *s = (IndexSource){true, value, from};
}

static const char *name_list(Arena *arena, const char *const *names, int count) {
    const char *list = names[0];
    for (int i = 1; i < count; i++)
        list = arena_printf(arena, "%s, %s", list, names[i]);
    return list;
}

static void report_unknown(Run *run, const char *option, const char *name, bool symbols) {
    const Func *f = run->request->workload;
    VEC(const char *) names = {NULL, 0, 0};
    for (int i = 0; i < f->nindex_params && symbols; i++)
        if (!f->index_params[i].is_entries)
            VEC_PUSH(run->arena, &names, f->index_params[i].value->name);
    bool tensors = strcmp(option, "--in") == 0;
    for (int i = 0; i < f->nparams && !symbols; i++)
        if (!tensors || is_tensor(f, i))
            VEC_PUSH(run->arena, &names, f->params[i].value->name);
    const char *near = str_nearest(name, names.data, names.len);
    run_fail(run, RUN_USAGE);
    Diag *d = diag_report(run->dc, DIAG_RUN_UNKNOWN, SPAN_NONE, option, name, f->name,
                          symbols   ? "symbol"
                          : tensors ? "tensor"
                                    : "parameter",
                          name);
    if (near)
        diag_hint(d, "did you mean `%s`?", near);
    else if (names.len > 0)
        diag_hint(d, "it has %s", name_list(run->arena, names.data, names.len));
}

static void bind_dims(Run *run) {
    for (int i = 0; i < run->request->ndims; i++) {
        const RunOverride *o = &run->request->dims[i];
        const char *from = arena_printf(run->arena, "--dim %s=%s", o->name, o->value);
        int at = index_find(run->request->workload, o->name);
        ExampleNumber n;
        if (at < 0 || run->request->workload->index_params[at].is_entries)
            report_unknown(run, "--dim", o->name, true);
        else if (!parse_number(o->value, &n) || n.is_float || n.is_bool || n.is_big || n.i < 0)
            RUN_ERROR(run, RUN_USAGE, RUN_VALUE, from, "an integer from 0 on");
        else
            bind_index(run, at, n.i, from);
    }
}

/* ---- files and lists ------------------------------------------------------------------------------------------- */
static const RunOverride **match_params(Run *run, const char *option, const RunOverride *list, int n) {
    const Func *f = run->request->workload;
    const RunOverride **found = ARENA_ARRAY(run->arena, const RunOverride *, f->nparams + 1);
    for (int i = 0; i < n; i++) {
        int at = param_find(f, list[i].name);
        if (at < 0 || (strcmp(option, "--in") == 0 && !is_tensor(f, at)))
            report_unknown(run, option, list[i].name, false);
        else if (found[at] && strcmp(found[at]->value, list[i].value) != 0)
            RUN_ERROR(run, RUN_USAGE, RUN_TWICE, list[i].name,
                      arena_printf(run->arena, "%s %s=%s", option, list[i].name, found[at]->value),
                      arena_printf(run->arena, "%s %s=%s", option, list[i].name, list[i].value));
        else
            found[at] = &list[i];
    }
    return found;
}

/* Reads a file and checks its element type and rank. */
static const NpyArray *read_file(Run *run, int param, const char *path) {
    const Type *type = run->request->workload->params[param].value->type;
    const char *name = run->request->workload->params[param].value->name;
    NpyArray *array = ARENA_NEW(run->arena, NpyArray);
    Buf error = {NULL, 0, 0};
    bool ok = npy_read(run->arena, path, array, &error);
    if (ok && !npy_holds_elem(array, type->elem)) {
        buf_printf(&error, "expected elements `%s` (%s), found `%s`", npy_elem_descr(type->elem),
                   elem_info(type->elem)->text, array->descr);
        ok = false;
    }
    if (ok && array->rank != type->rank) {
        buf_printf(&error, "expected %d dimension%s, found %d", type->rank, type->rank == 1 ? "" : "s", array->rank);
        ok = false;
    }
    if (!ok)
        RUN_ERROR(run, RUN_FILE, RUN_FILE, name, path, buf_text(&error));
    buf_free(&error);
    return ok ? array : NULL;
}

/* An extent of a file binds a symbol that stands there alone or times a constant, or one less than the row pointers of a csr. */
static void bind_from_extent(Run *run, const Expr *dim, int64_t extent, const char *from) {
    const Func *f = run->request->workload;
    int64_t c = 1;
    if (dim->kind == EXPR_SUM && dim->nargs == 1) {
        extent -= dim->c;
        dim = dim->args[0];
    }
    const Expr *leaf = dim;
    if (dim->kind == EXPR_PROD && dim->nargs == 1 && dim->args[0]->kind == EXPR_VALUE) {
        c = dim->c;
        leaf = dim->args[0];
    }
    if (extent < 0 || leaf->kind != EXPR_VALUE || c <= 0 || extent % c != 0)
        return;
    int at = index_find(f, leaf->value->name);
    if (at >= 0)
        bind_index(run, at, extent / c, from);
}

static void bind_files(Run *run) {
    const Func *f = run->request->workload;
    run->files = ARENA_ARRAY(run->arena, const NpyArray *, f->nparams + 1);
    for (int i = 0; i < f->nparams; i++) {
        if (!run->ins[i])
            continue;
        const char *path = run->ins[i]->value;
        run->files[i] = read_file(run, i, path);
        const char *from = arena_printf(run->arena, "--in %s=%s", f->params[i].value->name, path);
        for (int d = 0; run->files[i] && d < run->files[i]->rank; d++)
            bind_from_extent(run, f->params[i].value->type->dims[d], run->files[i]->dims[d], from);
    }
}

static bool index_value(void *user, const Value *v, int64_t *out);

static const ExampleValue *example_value(const Run *run, const char *name) {
    const ProgramExample *x = run->request->example;
    for (int i = 0; x && i < x->bindings.len; i++)
        if (strcmp(x->bindings.data[i].name, name) == 0)
            return &x->bindings.data[i].value;
    return NULL;
}

/* The csr matrix that parameter i is a part of, as the program names it: "r" of "r_ptr"; NULL: of none. */
static const char *csr_name(const Run *run, int i) {
    const Func *f = run->request->workload;
    for (int k = 0; k < f->nindex_params; k++) {
        int columns = func_csr_columns(f, k);
        if (columns >= 0 && (i == columns || i == columns - 1)) {
            const char *name = f->params[i].value->name;
            return arena_strndup(run->arena, name, strlen(name) - strlen("_ptr"));
        }
    }
    return NULL;
}

static const ExampleValue *csr_value(const Run *run, int param) {
    const char *name = csr_name(run, param);
    return name ? example_value(run, name) : NULL;
}

static int64_t count_values(const char *list) {
    int64_t n = *list != '\0';
    for (; *list; list++)
        n += *list == ',';
    return n;
}

/* The entries of a csr matrix: by the file or list of its columns, else by what the example generates. */
static void bind_entries(Run *run, int at) {
    const Func *f = run->request->workload;
    int columns = func_csr_columns(f, at);
    const Expr *rows =
        expr_add_const(run->request->program->module->exprs, f->params[columns - 1].value->type->dims[0], -1);
    const ExampleValue *v = csr_value(run, columns);
    int64_t n = 0;
    if (run->sets[columns]) {
        run->index[at] = (IndexSource){true, count_values(run->sets[columns]->value), NULL};
    } else if (v && !run->ins[columns]) {
        if (expr_evaluate(rows, index_value, run, &n) && n > 0 && v->per_row > INT32_MAX / n)
            RUN_ERROR(run, RUN_LIMIT, RUN_TOO_LARGE, f->params[columns].value->name);
        run->index[at] = (IndexSource){true, n * v->per_row, NULL};
    }
    if (!run->index[at].bound)
        RUN_ERROR(run, RUN_UNBOUND, RUN_NO_VALUE, "tensor", f->params[columns].value->name, f->name, "--in",
                  f->params[columns].value->name, "FILE.npy");
}

static void bind_rest_of_index(Run *run) {
    const Func *f = run->request->workload;
    for (int i = 0; i < f->nindex_params; i++) {
        if (f->index_params[i].is_entries) {
            if (!run->index[i].bound && run->code == RUN_OK)
                bind_entries(run, i);
            run->out->index_args[i] = run->index[i].value;
            continue;
        }
        const char *name = f->index_params[i].value->name;
        const ExampleValue *v = example_value(run, name);
        if (!run->index[i].bound && v)
            run->index[i] = (IndexSource){true, v->number.i, NULL};
        if (!run->index[i].bound)
            RUN_ERROR(run, RUN_UNBOUND, RUN_NO_VALUE, "symbol", name, f->name, "--dim", name, "VALUE");
        run->out->index_args[i] = run->index[i].value;
    }
}

/* ---- scalars --------------------------------------------------------------------------------------------------- */
static void set_scalar(EvalArg *arg, Elem elem, const ExampleNumber *n) {
    if (!elem_is_float(elem)) {
        arg->i = n->i;
        return;
    }
    uint64_t cell = 0; /* rounded as in memory */
    store_number(elem, &cell, 0, n);
    arg->f = example_load(elem, &cell, 0);
}

static void bind_scalar(Run *run, int i) {
    const Param *p = &run->request->workload->params[i];
    Elem elem = p->value->type->elem;
    const ExampleValue *v = example_value(run, p->value->name);
    EvalArg *arg = &run->out->args[i];
    if (run->sets[i]) {
        ExampleNumber n;
        if (parse_number(run->sets[i]->value, &n) && number_fits(&n, elem))
            set_scalar(arg, elem, &n);
        else
            RUN_ERROR(run, RUN_USAGE, RUN_VALUE,
                      arena_printf(run->arena, "--set %s=%s", p->value->name, run->sets[i]->value),
                      arena_printf(run->arena, "a number of type %s", elem_info(elem)->text));
    } else if (v) {
        set_scalar(arg, elem, &v->number);
    } else if (p->has_default) {
        arg->f = p->default_float;
        arg->i = p->default_int;
    } else {
        RUN_ERROR(run, RUN_UNBOUND, RUN_NO_VALUE, "scalar", p->value->name, run->request->workload->name, "--set",
                  p->value->name, "VALUE");
    }
}

/* ---- tensors --------------------------------------------------------------------------------------------------- */
static bool index_value(void *user, const Value *v, int64_t *out) {
    const Run *run = user;
    const Func *f = run->request->workload;
    for (int i = 0; i < f->nindex_params; i++)
        if (f->index_params[i].value == v) {
            *out = run->index[i].value;
            return true;
        }
    int at = v->name ? param_find(f, v->name) : -1; /* an extent may hold an index scalar */
    if (at < 0 || f->params[at].value != v)
        return false;
    *out = run->out->args[at].i;
    return true;
}

/* Extents, row-major strides and zeroed memory. Returns the number of elements, or -1 after a report. */
static int64_t make_tensor(Run *run, int i, EvalTensor *t) {
    const Param *p = &run->request->workload->params[i];
    const Type *type = p->value->type;
    t->elem = type->elem;
    t->rank = type->rank;
    int64_t count = 1, bytes = elem_bytes(type->elem);
    for (int d = 0; d < type->rank; d++) {
        if (!expr_evaluate(type->dims[d], index_value, run, &t->dims[d]) || t->dims[d] < 0) {
            RUN_ERROR(run, RUN_UNBOUND, RUN_EXTENT, p->value->name, d, (long long)t->dims[d]);
            return -1;
        }
        if (t->dims[d] > 0 && count > INT64_MAX / bytes / t->dims[d]) {
            RUN_ERROR(run, RUN_LIMIT, RUN_TOO_LARGE, p->value->name);
            return -1;
        }
        count *= t->dims[d];
    }
    int64_t stride = 1;
    for (int d = type->rank - 1; d >= 0; d--) {
        t->strides[d] = stride;
        stride *= t->dims[d] > 0 ? t->dims[d] : 1;
    }
    t->data = arena_alloc(run->arena, (size_t)(count * bytes) + 1);
    return count;
}

/* The shape in words: `4 x 16`. */
static const char *shape_text(Arena *arena, const int64_t *dims, int rank) {
    Buf text = {NULL, 0, 0};
    for (int i = 0; i < rank; i++)
        buf_printf(&text, "%s%lld", i ? " x " : "", (long long)dims[i]);
    const char *copy = arena_strdup(arena, rank ? buf_text(&text) : "one element");
    buf_free(&text);
    return copy;
}

static void copy_file(Run *run, const char *name, const char *path, const NpyArray *array, EvalTensor *t,
                      int64_t count) {
    if (memcmp(array->dims, t->dims, (size_t)t->rank * sizeof *t->dims) != 0) {
        const char *want = shape_text(run->arena, t->dims, t->rank),
                   *found = shape_text(run->arena, array->dims, array->rank);
        RUN_ERROR(run, RUN_FILE, RUN_FILE, name, path,
                  arena_printf(run->arena, "expected shape %s, found %s", want, found));
        return;
    }
    memcpy(t->data, array->data, (size_t)count * (size_t)array->item_size);
    for (int64_t i = 0; i < count && t->elem == ELEM_BOOL; i++)
        ((uint8_t *)t->data)[i] = ((uint8_t *)t->data)[i] != 0;
}

static void fill_from_set(Run *run, int i, EvalTensor *t, int64_t count) {
    const RunOverride *o = run->sets[i];
    char *copy = arena_strdup(run->arena, o->value), *at = copy;
    int64_t n = 0;
    while (at && *at) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        ExampleNumber number;
        if (!parse_number(at, &number) || !number_fits(&number, t->elem)) {
            RUN_ERROR(run, RUN_USAGE, RUN_VALUE, arena_printf(run->arena, "--set %s: `%s`", o->name, at),
                      arena_printf(run->arena, "a number of type %s", elem_info(t->elem)->text));
            return;
        }
        if (n < count)
            store_number(t->elem, t->data, n, &number);
        n++;
        at = comma ? comma + 1 : NULL;
    }
    if (n != count)
        RUN_ERROR(run, RUN_USAGE, RUN_VALUE, arena_printf(run->arena, "--set %s: %lld values", o->name, (long long)n),
                  arena_printf(run->arena, "%lld", (long long)count));
}

static void fill_from_value(Run *run, int param, const ExampleValue *v, EvalTensor *t, int64_t count) {
    const char *name = run->request->workload->params[param].value->name;
    if (v->kind == EXAMPLE_NPY) {
        const NpyArray *array = read_file(run, param, v->path);
        if (array)
            copy_file(run, name, v->path, array, t, count);
    } else if (v->kind == EXAMPLE_LIST && v->count != count) {
        run_fail(run, RUN_UNBOUND);
        diag_report(run->dc, DIAG_EXAMPLE_LENGTH, v->span, name, (long long)count, count == 1 ? "" : "s",
                    shape_text(run->arena, t->dims, t->rank), (long long)v->count);
    } else if (v->kind == EXAMPLE_LIST) {
        for (int64_t i = 0; i < count; i++)
            store_number(t->elem, t->data, i, &v->list[i]);
    } else {
        example_generate(v, t->elem, t->data, count);
    }
}

/* random_csr: the row pointers, or the columns row by row. */
static void fill_csr(Run *run, int param, const ExampleValue *v, EvalTensor *t, int64_t count) {
    const Func *f = run->request->workload;
    int32_t *data = t->data;
    int64_t columns = 0;
    for (int k = 0; k < f->nindex_params; k++) {
        if (func_csr_columns(f, k) - 1 != param)
            continue;
        for (int64_t i = 0; i < count; i++)
            data[i] = (int32_t)(i * v->per_row);
        return;
    }
    if (!expr_evaluate(v->columns, index_value, run, &columns) || v->per_row < 0 || v->per_row > columns) {
        run_fail(run, RUN_UNBOUND);
        diag_report(run->dc, DIAG_RUN_CSR, v->span, (long long)v->per_row, csr_name(run, param), (long long)columns);
        return;
    }
    int64_t *scratch = ARENA_ARRAY(run->arena, int64_t, columns + 1);
    for (int64_t i = 0; i < count; i += v->per_row)
        example_random_row(v->seed, v->per_row, columns, i / v->per_row, data + i, scratch);
}

static void bind_tensor(Run *run, int i) {
    const Param *p = &run->request->workload->params[i];
    const char *name = p->value->name;
    EvalTensor *t = &run->out->args[i].tensor;
    const ExampleValue *v = example_value(run, name);
    int64_t count = make_tensor(run, i, t);
    if (count < 0)
        return;
    if (run->ins[i] && run->sets[i])
        RUN_ERROR(run, RUN_USAGE, RUN_TWICE, name, arena_printf(run->arena, "--in %s=%s", name, run->ins[i]->value),
                  arena_printf(run->arena, "--set %s=%s", name, run->sets[i]->value));
    else if (run->ins[i] && run->files[i])
        copy_file(run, name, run->ins[i]->value, run->files[i], t, count);
    else if (run->sets[i])
        fill_from_set(run, i, t, count);
    else if (!run->ins[i] && v)
        fill_from_value(run, i, v, t, count);
    else if (!run->ins[i] && csr_value(run, i))
        fill_csr(run, i, csr_value(run, i), t, count);
    else if (!run->ins[i] && p->dir != DIR_OUT)
        RUN_ERROR(run, RUN_UNBOUND, RUN_NO_VALUE, "tensor", name, run->request->workload->name, "--in", name,
                  "FILE.npy");
}

/* ---- expectations ---------------------------------------------------------------------------------------------- */
static void bind_expects(Run *run) {
    const ProgramExample *x = run->request->example;
    for (int i = 0; x && i < x->expects.len; i++) {
        const ExampleExpect *from = &x->expects.data[i];
        RunExpect to = {.param = param_find(run->request->workload, from->name),
                        .name = from->name,
                        .exact = !from->has_tolerance,
                        .tolerance = from->tolerance,
                        .span = from->value.span};
        if (to.param < 0)
            continue;
        int64_t count = make_tensor(run, to.param, &to.value);
        if (count < 0)
            continue;
        fill_from_value(run, to.param, &from->value, &to.value, count);
        VEC_PUSH(run->arena, &run->out->expects, to);
    }
}

static bool element_matches(const RunExpect *x, const void *actual, int64_t i) {
    Elem elem = x->value.elem;
    size_t size = (size_t)elem_bytes(elem);
    const char *a = (const char *)actual + (size_t)i * size, *b = (const char *)x->value.data + (size_t)i * size;
    if (memcmp(a, b, size) == 0)
        return true;
    if (!elem_is_float(elem))
        return false;
    double va = example_load(elem, actual, i), vb = example_load(elem, x->value.data, i);
    if (isnan(va) && isnan(vb))
        return true;
    if (x->exact)
        return false;
    if (isinf(va) || isinf(vb))
        return va == vb;
    return fabs(va - vb) <= x->tolerance * fmax(1.0, fabs(vb));
}

int64_t run_expect_differs(const RunExpect *expect, const EvalTensor *actual) {
    int64_t count = 1;
    for (int d = 0; d < expect->value.rank; d++)
        count *= expect->value.dims[d];
    for (int64_t i = 0; i < count; i++)
        if (!element_matches(expect, actual->data, i))
            return i;
    return -1;
}

int run_bind(const RunRequest *request, DiagContext *dc, Arena *arena, RunInputs *out) {
    const Func *f = request->workload;
    Run run = {.request = request, .dc = dc, .arena = arena, .out = out};
    *out = (RunInputs){.index_args = ARENA_ARRAY(arena, int64_t, f->nindex_params + 1),
                       .args = ARENA_ARRAY(arena, EvalArg, f->nparams + 1)};
    run.index = ARENA_ARRAY(arena, IndexSource, f->nindex_params + 1);
    run.ins = match_params(&run, "--in", request->ins, request->nins);
    run.sets = match_params(&run, "--set", request->sets, request->nsets);
    bind_dims(&run);
    bind_files(&run);
    if (run.code == RUN_OK)
        bind_rest_of_index(&run);
    for (int i = 0; i < f->nparams; i++)
        if (!is_tensor(f, i))
            bind_scalar(&run, i);
    bool shapes_known = run.code == RUN_OK;
    for (int i = 0; i < f->nparams && shapes_known; i++)
        if (is_tensor(f, i))
            bind_tensor(&run, i);
    /* Without shapes the tensors that nothing names can still be told. */
    for (int i = 0; i < f->nparams && run.code == RUN_UNBOUND && !shapes_known; i++) {
        const Param *p = &f->params[i];
        if (is_tensor(f, i) && p->dir != DIR_OUT && !run.ins[i] && !run.sets[i] && !example_value(&run, p->value->name))
            RUN_ERROR(&run, RUN_UNBOUND, RUN_NO_VALUE, "tensor", p->value->name, f->name, "--in", p->value->name,
                      "FILE.npy");
    }
    if (run.code == RUN_OK)
        bind_expects(&run);
    return run.code;
}
