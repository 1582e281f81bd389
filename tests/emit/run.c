/* Compiles what the C backend wrote, loads it, runs it, and compares every byte with the interpreter. */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "runtime/include/ptoc_cast.h"
#include "runtime/include/ptoc_rt.h"
#include "tests/emit/emit_tool.h"

typedef int (*EntryFn)(const void *args, const ptoc_options *options);
typedef size_t (*SizeFn)(const void *args, const ptoc_options *options);

/* ---- inputs ---- */

static uint64_t draw(uint64_t seed, uint64_t i) {
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Mostly small numbers with ties; now and then one of the values that programs get wrong. */
static double float_value(uint64_t r, bool plain) {
    static const double odd[] = {NAN,   INFINITY, -INFINITY, -0.0, 0.0,  65504.0, 1e-7, -3e38,
                                 6e-39, 448.0,    0.5,       2.5,  -2.5, 3e9,     1e19};
    if (!plain && r % 16 == 0)
        return odd[r / 16 % (sizeof odd / sizeof odd[0])];
    double fine = (double)(int64_t)(r >> 40) / (1 << 22) - 2.0;
    return r % 4 == 1 ? floor(fine * 8) / 4 : fine;
}

static void store_element(Elem elem, void *data, int64_t i, uint64_t r, bool plain) {
    float f = (float)float_value(r, plain);
    uint64_t bits = r % 5 == 0 ? draw(r, 7) : r % 200 - (elem_is_signed(elem) ? 100 : 0);
    switch (elem) {
    case ELEM_F16: ((uint16_t *)data)[i] = pt_st_f16(f); return;
    case ELEM_BF16: ((uint16_t *)data)[i] = pt_st_bf16(f); return;
    case ELEM_F8E4M3: ((uint8_t *)data)[i] = pt_st_f8e4m3(f); return;
    case ELEM_F8E5M2: ((uint8_t *)data)[i] = pt_st_f8e5m2(f); return;
    case ELEM_F32: ((float *)data)[i] = f; return;
    case ELEM_F64: ((double *)data)[i] = r % 3 ? float_value(r, plain) : f; return;
    case ELEM_BOOL: ((uint8_t *)data)[i] = bits & 1; return;
    case ELEM_I8:
    case ELEM_U8: ((uint8_t *)data)[i] = (uint8_t)bits; return;
    case ELEM_I16:
    case ELEM_U16: ((uint16_t *)data)[i] = (uint16_t)bits; return;
    case ELEM_I32:
    case ELEM_U32: ((uint32_t *)data)[i] = (uint32_t)bits; return;
    case ELEM_I64:
    case ELEM_U64:
    case ELEM_INDEX: ((uint64_t *)data)[i] = bits; return;
    case ELEM_COUNT: return;
    }
}

/* `// range NAME LO HI` keeps a tensor's integers in [LO, HI]. */
static bool range_of(const RunPlan *plan, const char *name, long long *lo, long long *hi) {
    char one[64];
    for (const char *p = plan->text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
        if (sscanf(p, "// range %63s %lld %lld", one, lo, hi) == 3 && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

static void fill_tensor(const RunPlan *plan, EvalTensor *t, const char *name, uint64_t seed, int64_t count) {
    long long lo = 0, hi = 0;
    bool ranged = range_of(plan, name, &lo, &hi);
    for (int64_t i = 0; i < count; i++) {
        uint64_t r = draw(seed, (uint64_t)i);
        int64_t v = ranged ? (int64_t)(lo + (long long)(r % (uint64_t)(hi - lo + 1))) : 0;
        if (ranged)
            memcpy((char *)t->data + i * elem_bytes(t->elem), &v, (size_t)elem_bytes(t->elem)); /* little endian */
        else
            store_element(t->elem, t->data, i, r, plan->plain);
    }
}

/* ---- one workload ---- */

typedef struct Bound {
    const RunPlan *plan;
    const Func *f;
    int64_t index[16];
    EvalArg args[32];
    int64_t counts[32];
    char *packed; /* the struct of arguments */
} Bound;

static bool leaf_value(void *user, const Value *v, int64_t *out) {
    const Bound *b = user;
    for (int i = 0; i < b->f->nindex_params; i++) {
        if (b->f->index_params[i].value == v) {
            *out = b->index[i];
            return true;
        }
    }
    return false;
}

/* Every second strided tensor has gaps; the others are row-major. */
static void bind_tensor(Arena *arena, Bound *b, int p, uint64_t seed) {
    const Type *type = b->f->params[p].value->type;
    EvalTensor *t = &b->args[p].tensor;
    t->elem = type->elem;
    t->rank = type->rank;
    int64_t step = type->strided && p % 2 ? 3 : 1;
    for (int d = type->rank - 1; d >= 0; d--) {
        expr_evaluate(type->dims[d], leaf_value, b, &t->dims[d]);
        t->strides[d] = step;
        step *= t->dims[d] > 0 ? t->dims[d] : 1;
    }
    b->counts[p] = step;
    t->data = arena_alloc_array(arena, (size_t)step + 1, (size_t)elem_bytes(type->elem));
    fill_tensor(b->plan, t, b->f->params[p].value->name, seed, step);
}

static void bind_scalar(Bound *b, int p, uint64_t seed) {
    Elem elem = b->f->params[p].value->type->elem;
    uint64_t r = draw(seed, 0);
    long long lo = 0, hi = 0;
    bool ranged = range_of(b->plan, b->f->params[p].value->name, &lo, &hi);
    b->args[p].f = (double)((int64_t)(r >> 60) - 8) / 4;
    b->args[p].i = ranged              ? lo + (int64_t)(r % (uint64_t)(hi - lo + 1))
                   : elem == ELEM_BOOL ? (int64_t)(r & 1)
                                       : (int64_t)(r % 7);
}

static size_t pack_at(Bound *b, size_t at, const void *data, size_t size) {
    at = (at + size - 1) & ~(size - 1);
    memcpy(b->packed + at, data, size);
    return at + size;
}

static size_t pack_scalar(Bound *b, size_t at, Elem elem, const EvalArg *arg) {
    uint8_t bits[8] = {0};
    float f = (float)arg->f;
    uint16_t h = elem == ELEM_F16 ? pt_st_f16(f) : pt_st_bf16(f);
    memcpy(bits, &arg->i, 8);
    if (elem == ELEM_F32)
        memcpy(bits, &f, 4);
    else if (elem == ELEM_F64)
        memcpy(bits, &arg->f, 8);
    else if (elem_is_float(elem))
        memcpy(bits, &h, 2);
    return pack_at(b, at, bits, (size_t)elem_bytes(elem));
}

/* The struct by the rules of CLI.md: symbols, then the parameters in order. */
static void pack(Arena *arena, Bound *b) {
    size_t at = 0;
    b->packed = arena_alloc(arena, 4096);
    for (int i = 0; i < b->f->nindex_params; i++)
        at = pack_at(b, at, &b->index[i], 8);
    for (int p = 0; p < b->f->nparams; p++) {
        const Type *type = b->f->params[p].value->type;
        if (type_is_tile(type)) {
            at = pack_scalar(b, at, type->elem, &b->args[p]);
            continue;
        }
        at = pack_at(b, at, &b->args[p].tensor.data, sizeof(void *));
        for (int d = 0; type->strided && d < type->rank; d++)
            at = pack_at(b, at, &b->args[p].tensor.strides[d], 8);
    }
}

static Bound *bind(Arena *arena, const RunPlan *plan, const Func *f) {
    Bound *b = ARENA_NEW(arena, Bound);
    b->plan = plan;
    b->f = f;
    for (int i = 0; i < f->nindex_params; i++)
        b->index[i] = plan->dims[i % (plan->ndims ? plan->ndims : 1)];
    for (int p = 0; p < f->nparams; p++) {
        uint64_t seed = plan->seed * 1000 + (uint64_t)p;
        if (type_is_tile(f->params[p].value->type))
            bind_scalar(b, p, seed);
        else
            bind_tensor(arena, b, p, seed);
    }
    pack(arena, b);
    return b;
}

static bool same_element(Elem elem, const char *a, const char *b) {
    size_t n = (size_t)elem_bytes(elem);
    if (memcmp(a, b, n) == 0)
        return true;
    if (!elem_is_float(elem))
        return false;
    double x = NAN, y = 0;
    uint16_t h, g;
    memcpy(&h, a, n < 2 ? 1 : 2);
    memcpy(&g, b, n < 2 ? 1 : 2);
    switch (elem_info(elem)->bits) { /* NaN equals NaN */
    case 64: memcpy(&x, a, 8), memcpy(&y, b, 8); break;
    case 32: {
        float s, t;
        memcpy(&s, a, 4), memcpy(&t, b, 4), x = s, y = t;
        break;
    }
    case 16:
        x = elem == ELEM_F16 ? pt_ld_f16(h) : pt_ld_bf16(h), y = elem == ELEM_F16 ? pt_ld_f16(g) : pt_ld_bf16(g);
        break;
    default:
        x = elem == ELEM_F8E4M3 ? pt_ld_f8e4m3(*(const uint8_t *)a) : pt_ld_f8e5m2(*(const uint8_t *)a);
        y = elem == ELEM_F8E4M3 ? pt_ld_f8e4m3(*(const uint8_t *)b) : pt_ld_f8e5m2(*(const uint8_t *)b);
    }
    return x != x && y != y;
}

static int compare_tensors(const Bound *want, const Bound *got, const char *how) {
    for (int p = 0; p < want->f->nparams; p++) {
        const Value *v = want->f->params[p].value;
        size_t n = (size_t)elem_bytes(v->type->elem);
        for (int64_t i = 0; !type_is_tile(v->type) && i < want->counts[p]; i++) {
            const char *a = (const char *)want->args[p].tensor.data + (size_t)i * n;
            const char *b = (const char *)got->args[p].tensor.data + (size_t)i * n;
            if (same_element(v->type->elem, a, b))
                continue;
            uint64_t x = 0, y = 0;
            memcpy(&x, a, n), memcpy(&y, b, n);
            fprintf(stderr, "%s: `%s` element %lld is 0x%llx, expected 0x%llx (%s)\n", want->f->name, v->name,
                    (long long)i, (unsigned long long)y, (unsigned long long)x, how);
            return 1;
        }
    }
    return 0;
}

static int64_t stats_find(const ptoc_stats *s, const char *kernel, int64_t tier) {
    for (int i = 0; i < s->count; i++) {
        if (s->entries[i].tier == tier && strcmp(s->entries[i].kernel, kernel) == 0)
            return s->entries[i].tasks;
    }
    return 0;
}

static int compare_outcome(const Bound *b, const EvalResult *want, int status, const ptoc_options *o, const char *how) {
    if (status != want->status || strcmp(o->error, want->error) != 0) {
        fprintf(stderr, "%s: status %s \"%s\", expected %s \"%s\" (%s)\n", b->f->name, ptoc_status_name(status),
                o->error, ptoc_status_name(want->status), want->error, how);
        return 1;
    }
    for (int i = 0; status == PTOC_OK && i < want->counts.len; i++) {
        const EvalCount *c = &want->counts.data[i];
        int64_t tasks = stats_find(o->stats, c->kernel, c->tier);
        if (tasks != c->tasks) {
            fprintf(stderr, "%s: %lld tasks of %s in tier %lld, expected %lld (%s)\n", b->f->name, (long long)tasks,
                    c->kernel, (long long)c->tier, (long long)c->tasks, how);
            return 1;
        }
    }
    if (status == PTOC_OK && o->stats->total != want->tasks) {
        fprintf(stderr, "%s: %lld tasks, expected %lld (%s)\n", b->f->name, (long long)o->stats->total,
                (long long)want->tasks, how);
        return 1;
    }
    return 0;
}

static void drop_text(void *user, const char *text) {
    Buf *out = user;
    buf_puts(out, text);
}

typedef struct Loaded {
    void *library;
    const char *command;
} Loaded;

static int run_once(EmitSession *s, const RunPlan *plan, const Func *f, const Loaded *lib, const Bound *want,
                    const EvalResult *result, const Buf *printed, int threads, bool own_workspace) {
    Arena *arena = arena_create();
    Bound *got = bind(arena, plan, f);
    ptoc_stats stats;
    Buf text = {0};
    ptoc_options o = {.threads = threads, .stats = &stats, .print = drop_text, .print_user = &text};
    EntryFn entry;
    SizeFn size_of;
    *(void **)&entry = dlsym(lib->library, f->name);
    *(void **)&size_of = dlsym(lib->library, arena_printf(arena, "%s_workspace_size", f->name));
    if (!entry || !size_of) {
        fprintf(stderr, "%s: no such entry point\n", f->name);
        return 1;
    }
    size_t need = size_of(got->packed, &o);
    if (own_workspace && need != SIZE_MAX && need > 0) {
        o.workspace = aligned_alloc(64, (need + 63) & ~(size_t)63);
        o.workspace_size = need;
    }
    int status = entry(got->packed, &o);
    const char *how =
        arena_printf(arena, "%s, %d threads%s", lib->command, threads, own_workspace ? ", own workspace" : "");
    int failed = compare_outcome(got, result, status, &o, how);
    if (!failed && status == PTOC_OK)
        failed = compare_tensors(want, got, how);
    if (!failed && threads == 1 && strcmp(buf_text(&text), buf_text(printed)) != 0) {
        fprintf(stderr, "%s: printed \"%s\", expected \"%s\"\n", f->name, buf_text(&text), buf_text(printed));
        failed = 1;
    }
    free(o.workspace);
    buf_free(&text);
    arena_destroy(arena);
    (void)s;
    return failed;
}

static int run_workload(EmitSession *s, const RunPlan *plan, const Func *f, const Loaded *lib) {
    Arena *arena = arena_create();
    Bound *want = bind(arena, plan, f);
    Buf printed = {0};
    EvalResult result = {0};
    EvalOptions options = {
        .full_checks = plan->full_checks, .fp_separate = plan->fp_separate, .print = drop_text, .print_user = &printed};
    eval_run(s->module, f, want->index, want->args, &options, arena, &result);
    int failed = run_once(s, plan, f, lib, want, &result, &printed, 1, false);
    failed += run_once(s, plan, f, lib, want, &result, &printed, 3, true);
    buf_free(&printed);
    arena_destroy(arena);
    return failed;
}

/* ---- compiling ---- */

static int compile(const char *dir, const char *command, const Buf *source) {
    char path[512], line[2048];
    snprintf(path, sizeof path, "%s/t.c", dir);
    if (buf_save(source, path) != 0)
        return 1;
    snprintf(line, sizeof line,
             "%s -std=c11 -Wall -Wextra -Werror -ffp-contract=off -fPIC -shared -o %s/t.so %s -lm 2>%s/log", command,
             dir, path, dir);
    if (system(line) == 0) {
        snprintf(line, sizeof line, "test ! -s %s/log", dir);
        if (system(line) == 0)
            return 0;
    }
    snprintf(line, sizeof line, "cat %s/log >&2", dir);
    fprintf(stderr, "%s: the generated C does not compile silently:\n", command);
    if (system(line) != 0)
        fputs("(no log)\n", stderr);
    return 1;
}

static int run_compiled(EmitSession *s, const RunPlan *plans, int nplans, const char *dir, const char *command) {
    char path[512];
    snprintf(path, sizeof path, "%s/t.so", dir);
    Loaded lib = {dlopen(path, RTLD_NOW | RTLD_LOCAL), command};
    if (!lib.library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    int failed = 0;
    for (int i = 0; i < s->module->funcs.len * nplans; i++) {
        const Func *f = s->module->funcs.data[i / nplans];
        const RunPlan *plan = &plans[i % nplans];
        bool nothing_to_scan = strncmp(f->name, "t_scan", 6) == 0 && plan->dims[0] == 0;
        if (f->exported && !nothing_to_scan)
            failed += run_workload(s, plan, f, &lib);
    }
    return failed; /* the library stays: OpenMP's threads may still be in it */
}

int run_module(EmitSession *s, const RunPlan *plans, int nplans, char **commands, int n) {
    CEmitOptions options = {.version = "test",
                            .checks = plans->full_checks ? C_CHECKS_FULL : C_CHECKS_ENTRY,
                            .fp_separate = plans->fp_separate,
                            .lanes = plans->lanes};
    Buf source = {0};
    if (!session_emit(s, &options, &source, NULL))
        return 1;
    int failed = 0;
    for (int i = 0; i < n; i++) {
        char dir[] = "./emit_toolXXXXXX", line[64];
        if (!mkdtemp(dir))
            return 1;
        failed += compile(dir, commands[i], &source) || run_compiled(s, plans, nplans, dir, commands[i]);
        snprintf(line, sizeof line, "rm -r %s", dir);
        if (system(line) != 0)
            failed++;
    }
    buf_free(&source);
    return failed;
}

static bool has_line(const char *text, const char *line) {
    const char *at = strstr(text, line);
    return at && (at == text || at[-1] == '\n');
}

static RunPlan read_plan(const char *text, const char *line, int number) {
    RunPlan plan = {.text = text,
                    .seed = (uint64_t)number,
                    .full_checks = has_line(text, "// full\n"),
                    .fp_separate = has_line(text, "// separate\n"),
                    .plain = has_line(text, "// plain\n")};
    int used;
    long long d;
    while (plan.ndims < 16 && *line != '\n' && sscanf(line, "%lld%n", &d, &used) == 1) {
        plan.dims[plan.ndims++] = d;
        line += used;
    }
    return plan;
}

/* `// run D0 D1 ...` lines give the symbols of each run; `// full`, `// separate`, `// plain` change how; `// lanes N`: for
 * vectors of N lanes, too, with the last command. */
int run_file(const char *path, char **commands, int n) {
    EmitSession *s = session_create();
    RunPlan plans[16];
    int runs = 0;
    if (!session_load(s, path))
        return 1;
    for (const char *p = s->text; p && runs < 16; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
        if (strncmp(p, "// run", 6) == 0) {
            plans[runs] = read_plan(s->text, p + 6, runs + 1);
            runs++;
        }
    }
    if (runs == 0)
        fprintf(stderr, "%s: no `// run` line\n", path);
    if (runs == 0 || run_module(s, plans, runs, commands, n) != 0)
        return 1;
    for (const char *p = s->text; (p = strstr(p, "// lanes ")) != NULL; p++) {
        plans[0].lanes = atoi(p + strlen("// lanes "));
        if (run_module(s, plans, runs, commands + n - 1, 1) != 0)
            return 1;
    }
    return 0;
}
