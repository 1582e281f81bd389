#include "frontend/driver/simulate_key.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/ptoc_num.h"

typedef struct Reader {
    const char *at;
    const EvalAxis *axes;
    int naxes;
    const Func *workload;
    const RunInputs *inputs;
    bool unknown;
} Reader;

static int64_t read_level(Reader *r, int level);

static bool take(Reader *r, const char *token) {
    r->at += strspn(r->at, " ");
    bool here = strncmp(r->at, token, strlen(token)) == 0;
    r->at += here ? strlen(token) : 0;
    return here;
}

static bool is_name(const char *name, const char *word, size_t n) {
    return name && strlen(name) == n && strncmp(name, word, n) == 0;
}

static int64_t value_of(Reader *r, const char *word, size_t n) {
    for (int i = r->naxes - 1; i >= 0; i--)
        if (is_name(r->axes[i].name, word, n))
            return r->axes[i].value;
    for (int i = 0; i < r->workload->nindex_params; i++)
        if (is_name(r->workload->index_params[i].value->name, word, n))
            return r->inputs->index_args[i];
    for (int i = 0; i < r->workload->nparams; i++)
        if (is_name(r->workload->params[i].value->name, word, n))
            return r->inputs->args[i].i;
    r->unknown = true;
    return 0;
}

static int64_t call(Reader *r, const char *word, size_t n) {
    int64_t a = read_level(r, 0);
    take(r, ",");
    int64_t b = read_level(r, 0);
    take(r, ")");
    if (is_name("tl.cdiv", word, n))
        return pt_div_i64(pt_sub_i64(pt_add_i64(a, b), 1), b);
    return is_name("tl.minimum", word, n) ? pt_minimum_i64(a, b) : pt_maximum_i64(a, b);
}

static int64_t read_atom(Reader *r) {
    if (take(r, "(")) {
        int64_t inside = read_level(r, 0);
        take(r, ")");
        return inside;
    }
    if (take(r, "-"))
        return pt_neg_i64(read_atom(r));
    if (take(r, "~"))
        return ~read_atom(r);
    const char *word = r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '.')
        r->at++;
    size_t n = (size_t)(r->at - word);
    if (isdigit((unsigned char)*word))
        return (int64_t)strtoull(word, NULL, 10);
    return take(r, "(") ? call(r, word, n) : value_of(r, word, n);
}

typedef struct Operator {
    int level;
    const char *token;
    int64_t (*apply)(int64_t a, int64_t b);
} Operator;
static int64_t bits_or(int64_t a, int64_t b) { return a | b; }
static int64_t bits_xor(int64_t a, int64_t b) { return a ^ b; }
static int64_t bits_and(int64_t a, int64_t b) { return a & b; }
static int64_t shift_left(int64_t a, int64_t b) { return pt_shl_i64(a, b); }
static int64_t shift_right(int64_t a, int64_t b) { return pt_shr_i64(a, b); }
static int64_t sum(int64_t a, int64_t b) { return pt_add_i64(a, b); }
static int64_t difference(int64_t a, int64_t b) { return pt_sub_i64(a, b); }
static int64_t product(int64_t a, int64_t b) { return pt_mul_i64(a, b); }
static int64_t quotient(int64_t a, int64_t b) { return pt_div_i64(a, b); }
static int64_t remainder_of(int64_t a, int64_t b) { return pt_rem_i64(a, b); }
static const Operator operators[] = {
    {0, "|", bits_or}, {1, "^", bits_xor},   {2, "&", bits_and}, {3, "<<", shift_left}, {3, ">>", shift_right},
    {4, "+", sum},     {4, "-", difference}, {5, "*", product},  {5, "/", quotient},    {5, "%", remainder_of}};
enum { OPERATORS = sizeof operators / sizeof *operators, ATOM_LEVEL = 6 };

static const Operator *take_operator(Reader *r, int level) {
    for (int i = 0; i < OPERATORS; i++)
        if (operators[i].level == level && take(r, operators[i].token))
            return &operators[i];
    return NULL;
}

static int64_t read_level(Reader *r, int level) {
    if (level == ATOM_LEVEL)
        return read_atom(r);
    int64_t left = read_level(r, level + 1);
    for (const Operator *op; (op = take_operator(r, level));)
        left = op->apply(left, read_level(r, level + 1));
    return left;
}

bool schedule_key(const char *text, const EvalAxis *axes, int naxes, const Func *workload, const RunInputs *inputs,
                  int64_t *value) {
    Reader r = {text, axes, naxes, workload, inputs, false};
    *value = read_level(&r, 0);
    return !r.unknown;
}
