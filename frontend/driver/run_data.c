#include "frontend/driver/run_data.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "frontend/example.h"

static bool is_written(const Func *f, int param) {
    return f->params[param].dir == DIR_OUT || f->params[param].dir == DIR_INOUT;
}

int64_t tensor_count(const EvalTensor *t) {
    int64_t n = 1;
    for (int d = 0; d < t->rank; d++)
        n *= t->dims[d];
    return n;
}

static size_t tensor_bytes(const EvalTensor *t) { return (size_t)tensor_count(t) * (size_t)elem_bytes(t->elem); }

EvalArg *run_args_copy(Arena *arena, const Func *f, const EvalArg *args) {
    EvalArg *copy = ARENA_ARRAY(arena, EvalArg, f->nparams + 1);
    for (int i = 0; i < f->nparams; i++) {
        copy[i] = args[i];
        if (!is_written(f, i))
            continue;
        copy[i].tensor.data = arena_alloc(arena, tensor_bytes(&args[i].tensor) + 1);
        memcpy(copy[i].tensor.data, args[i].tensor.data, tensor_bytes(&args[i].tensor));
    }
    return copy;
}

void run_args_restore(const Func *f, EvalArg *args, const EvalArg *from) {
    for (int i = 0; i < f->nparams; i++) {
        if (is_written(f, i))
            memcpy(args[i].tensor.data, from[i].tensor.data, tensor_bytes(&from[i].tensor));
    }
}

int64_t tensor_first_difference(const EvalTensor *a, const EvalTensor *b) {
    size_t size = (size_t)elem_bytes(a->elem);
    const char *pa = a->data, *pb = b->data;
    int64_t n = tensor_count(a);
    if (memcmp(pa, pb, (size_t)n * size) == 0)
        return -1;
    for (int64_t i = 0; i < n; i++) {
        if (memcmp(pa + (size_t)i * size, pb + (size_t)i * size, size) == 0)
            continue;
        bool both_nan =
            elem_is_float(a->elem) && isnan(example_load(a->elem, pa, i)) && isnan(example_load(b->elem, pb, i));
        if (!both_nan)
            return i;
    }
    return -1;
}

const char *tensor_place_text(Arena *arena, const EvalTensor *t, int64_t at) {
    int64_t index[IR_MAX_RANK];
    for (int d = t->rank - 1; d >= 0; d--) {
        index[d] = at % t->dims[d];
        at /= t->dims[d];
    }
    Buf text = {0};
    buf_putc(&text, '[');
    for (int d = 0; d < t->rank; d++)
        buf_printf(&text, "%s%" PRId64, d ? ", " : "", index[d]);
    buf_putc(&text, ']');
    const char *copy = arena_strdup(arena, buf_text(&text));
    buf_free(&text);
    return copy;
}

static int64_t load_int(Elem elem, const void *data, int64_t at) {
    int64_t v = 0;
    size_t size = (size_t)elem_bytes(elem);
    memcpy(&v, (const char *)data + (size_t)at * size, size); /* little endian, as .npy files and the targets are */
    int shift = 64 - 8 * (int)size;
    return elem_is_signed(elem) && shift ? (int64_t)((uint64_t)v << shift) >> shift : v;
}

void tensor_put_value(Buf *out, const EvalTensor *t, int64_t at) {
    if (t->elem == ELEM_BOOL) {
        buf_puts(out, ((const uint8_t *)t->data)[at] ? "true" : "false");
    } else if (elem_is_float(t->elem)) {
        double v = example_load(t->elem, t->data, at);
        if (isnan(v))
            buf_puts(out, "nan");
        else
            buf_printf(out, "%.*g", t->elem == ELEM_F64 ? 17 : t->elem == ELEM_F32 ? 9 : 5, v);
    } else if (t->elem == ELEM_U64) {
        buf_printf(out, "%" PRIu64, (uint64_t)load_int(t->elem, t->data, at));
    } else {
        buf_printf(out, "%" PRId64, load_int(t->elem, t->data, at));
    }
}

const char *tensor_value_text(Arena *arena, const EvalTensor *t, int64_t at) {
    Buf text = {0};
    tensor_put_value(&text, t, at);
    const char *copy = arena_strdup(arena, buf_text(&text));
    buf_free(&text);
    return copy;
}

void tensor_put_type(Buf *out, const EvalTensor *t) {
    buf_printf(out, "%s[", elem_info(t->elem)->text);
    for (int d = 0; d < t->rank; d++)
        buf_printf(out, "%s%" PRId64, d ? ", " : "", t->dims[d]);
    buf_putc(out, ']');
}

/* Sums of an NPU have an order of their own: |a - b| <= tolerance * max(1, |b|). A narrow result may round to a neighbour: its tolerance is
 * one unit in the last place. */
static double npu_tolerance(Elem elem) {
    switch (elem_bytes(elem)) {
    case 1: return 0x1p-2;
    case 2: return elem == ELEM_BF16 ? 0x1p-7 : 0x1p-10;
    default: return 1e-6;
    }
}

static int64_t tensor_first_difference_npu(const EvalTensor *a, const EvalTensor *b) {
    int64_t n = tensor_count(a);
    if (!elem_is_float(a->elem))
        return tensor_first_difference(a, b);
    double tolerance = npu_tolerance(a->elem);
    for (int64_t i = 0; i < n; i++) {
        double x = example_load(a->elem, a->data, i), y = example_load(b->elem, b->data, i);
        bool near = x == y || (isnan(x) && isnan(y)) || fabs(x - y) <= tolerance * fmax(1, fabs(y));
        if (!near)
            return i;
    }
    return -1;
}

typedef int64_t FirstDifference(const EvalTensor *a, const EvalTensor *b);

static bool args_differ(Arena *arena, const Func *f, const EvalArg *a, const EvalArg *b, FirstDifference *first,
                        RunDifference *out) {
    for (int i = 0; i < f->nparams; i++) {
        int64_t at = is_written(f, i) ? first(&a[i].tensor, &b[i].tensor) : -1;
        if (at < 0)
            continue;
        out->param = f->params[i].value->name;
        out->place = tensor_place_text(arena, &a[i].tensor, at);
        out->a = tensor_value_text(arena, &a[i].tensor, at);
        out->b = tensor_value_text(arena, &b[i].tensor, at);
        return true;
    }
    return false;
}

bool run_args_differ(Arena *arena, const Func *f, const EvalArg *a, const EvalArg *b, RunDifference *out) {
    return args_differ(arena, f, a, b, tensor_first_difference, out);
}

bool run_args_differ_npu(Arena *arena, const Func *f, const EvalArg *a, const EvalArg *b, RunDifference *out) {
    return args_differ(arena, f, a, b, tensor_first_difference_npu, out);
}
