/* The verifier: links, definitions before uses, ends of regions, functions. What single ops want is in verify_op.c. */
#include "ir/verify.h"
#include <stdlib.h>
#include <string.h>
#include "ir/verify_impl.h"

/* ---- reporting -------------------------------------------------------------------------------------------------- */
static Span loc_span(const Verifier *v, Loc loc) {
    const SourceMap *map = diag_source_map(v->dc);
    if (loc.line <= 0 || loc.file < 0 || loc.file >= v->module->sources.len)
        return SPAN_NONE;
    const char *path = v->module->sources.data[loc.file];
    for (int i = 0; i < source_count(map); i++) {
        const SourceFile *file = source_get(map, i);
        if (strcmp(file->path, path) != 0)
            continue;
        uint32_t at = source_offset(file, loc.line, loc.column);
        return (Span){i, at, at};
    }
    return SPAN_NONE;
}

static void fail_text(Verifier *v, Loc loc, const char *text) {
    enum { MOST_REPORTED = 20 };
    if (v->violations++ < MOST_REPORTED)
        diag_report(v->dc, DIAG_IR_INVALID, loc_span(v, loc), v->after, text);
}

void verify_fail(Verifier *v, Loc loc, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(v->arena, fmt, ap);
    va_end(ap);
    fail_text(v, loc, v->func ? arena_printf(v->arena, "@%s: %s", v->func->name, text) : text);
}

void verify_op_fail(Verifier *v, const Op *op, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(v->arena, fmt, ap);
    va_end(ap);
    fail_text(v, op->loc, arena_printf(v->arena, "@%s: %s: %s", v->func->name, op_info(op->code)->name, text));
}

/* ---- definitions before uses ------------------------------------------------------------------------------------ */
static bool is_defined(const Verifier *v, const Value *value) {
    return value && value->id < v->module->next_value_id && v->defined[value->id];
}

static const char *value_text(Verifier *v, const Value *value) {
    if (!value)
        return "nothing";
    return value->name ? arena_printf(v->arena, "%%%s", value->name) : "a value";
}

typedef struct LeafCheck {
    Verifier *verifier;
    const Op *op; /* NULL: the signature */
    const char *where;
} LeafCheck;

static bool check_leaf(void *user, Value *value) {
    const LeafCheck *c = user;
    const char *problem = !is_defined(c->verifier, value)                                   ? "is not defined here"
                          : !type_is_scalar(value->type) || !elem_is_int(value->type->elem) ? "is no integer scalar"
                                                                                            : NULL;
    if (!problem)
        return true;
    const char *name = value_text(c->verifier, value);
    if (c->op)
        verify_op_fail(c->verifier, c->op, "%s in %s %s", name, c->where, problem);
    else
        verify_fail(c->verifier, c->verifier->func->loc, "%s in %s %s", name, c->where, problem);
    return false;
}

static void check_type(Verifier *v, const Op *op, const Type *type) {
    LeafCheck check = {v, op, "an extent"};
    for (int i = 0; i < type->rank; i++)
        if (!expr_each_value(type->dims[i], check_leaf, &check))
            return;
}

static void define(Verifier *v, const Value *value) {
    if (value->id >= v->module->next_value_id)
        verify_fail(v, v->func->loc, "%s belongs to another module", value_text(v, value));
    else if (v->defined[value->id])
        verify_fail(v, v->func->loc, "%s is defined twice", value_text(v, value));
    else
        v->defined[value->id] = 1;
}

static void undefine(Verifier *v, const Value *value) {
    if (value->id < v->module->next_value_id)
        v->defined[value->id] = 0;
}

static void check_uses(Verifier *v, const Op *op) {
    for (int i = 0; i < op->noperands; i++)
        VERIFY(v, op, is_defined(v, op->operands[i]), "operand %d (%s) is not defined here", i + 1,
               value_text(v, op->operands[i]));
    LeafCheck check = {v, op, "an expression"};
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], check_leaf, &check);
}

/* ---- regions ---------------------------------------------------------------------------------------------------- */
static void check_region(Verifier *v, const Op *op, const Region *region);

static void check_results(Verifier *v, const Op *op) {
    for (int i = 0; i < op->nresults; i++) {
        const Value *r = op->results[i];
        VERIFY(v, op, r->def == op && r->index == i, "result %d does not know its op", i + 1);
        check_type(v, op, r->type);
    }
}

/* Results of `if` and the carried values of `for` come from the yields. */
static void check_yield(Verifier *v, const Op *op, const Region *region) {
    int want = op->code == OP_IF || op->code == OP_FOR ? op->nresults : 0;
    const Op *last = region->last;
    if (!last || last->code != OP_YIELD) {
        VERIFY(v, op, want == 0, "a region does not end with yield");
        return;
    }
    VERIFY(v, op, last->noperands == want, "expected a yield of %d values, found %d", want, last->noperands);
    for (int i = 0; i < want && i < last->noperands; i++)
        VERIFY(v, op,
               last->operands[i]->type->elem == op->results[i]->type->elem &&
                   last->operands[i]->type->kind == op->results[i]->type->kind,
               "value %d of a yield has another type than the result", i + 1);
}

static void check_op(Verifier *v, const Op *op) {
    if (!verify_op(v, op))
        return;
    check_uses(v, op);
    check_results(v, op);
    for (int i = 0; i < op->nregions; i++) {
        VERIFY(v, op, op->regions[i]->parent_op == op && op->regions[i]->func == v->func,
               "region %d does not know where it stands", i + 1);
        check_region(v, op, op->regions[i]);
        check_yield(v, op, op->regions[i]);
    }
    for (int i = 0; i < op->nresults; i++)
        define(v, op->results[i]);
}

static void check_ops(Verifier *v, const Region *region) {
    const Op *prev = NULL;
    for (const Op *op = region->first; op; prev = op, op = op->next) {
        VERIFY(v, op, op->parent == region && op->prev == prev, "the op is not linked into its region");
        VERIFY(v, op, op->code != OP_YIELD || (!op->next && region->parent_op),
               "yield stands before the end of a region");
        check_op(v, op);
    }
    if (region->last != prev)
        verify_fail(v, v->func->loc, "a region has lost its last op");
}

static void check_region(Verifier *v, const Op *op, const Region *region) {
    for (int i = 0; i < region->nargs; i++) {
        check_type(v, op, region->args[i]->type);
        VERIFY(v, op, region->args[i]->region == region && region->args[i]->index == i,
               "argument %d of a region does not know its place", i + 1);
        define(v, region->args[i]);
    }
    check_ops(v, region);
    for (int i = 0; i < region->nargs; i++)
        undefine(v, region->args[i]);
    for (const Op *inner = region->first; inner; inner = inner->next)
        for (int i = 0; i < inner->nresults; i++)
            undefine(v, inner->results[i]);
}

/* ---- functions -------------------------------------------------------------------------------------------------- */
static void check_params(Verifier *v, const Func *f) {
    const Region *body = f->body;
    bool linked = body->nargs == f->nindex_params + f->nparams;
    for (int i = 0; i < f->nindex_params && linked; i++)
        linked = body->args[i] == f->index_params[i].value;
    for (int i = 0; i < f->nparams && linked; i++)
        linked = body->args[f->nindex_params + i] == f->params[i].value;
    if (!linked)
        verify_fail(v, f->loc, "the parameters are not the arguments of the body in order");
    for (int i = 0; i < f->nindex_params; i++)
        if (!type_is_index(f->index_params[i].value->type))
            verify_fail(v, f->loc, "index parameter %s is no index", value_text(v, f->index_params[i].value));
    for (int i = 0; i < f->nparams; i++) {
        const Type *t = f->params[i].value->type;
        bool memory = t->kind == TYPE_TENSOR || t->kind == TYPE_VIEW || t->kind == TYPE_CSR;
        if (memory == (f->params[i].dir == DIR_NONE) || (!memory && !type_is_scalar(t)))
            verify_fail(v, f->loc, "parameter %s is neither a scalar nor memory with a direction",
                        value_text(v, f->params[i].value));
    }
}

static void check_func(Verifier *v, const Func *f) {
    v->func = f;
    for (int i = 0; i < f->body->nargs; i++)
        define(v, f->body->args[i]);
    for (int i = 0; i < f->body->nargs; i++)
        check_type(v, NULL, f->body->args[i]->type);
    check_params(v, f);
    check_ops(v, f->body);
    v->func = NULL;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_names(Verifier *v) {
    int n = v->module->funcs.len;
    const char **names = ARENA_ARRAY(v->arena, const char *, n + 1);
    for (int i = 0; i < n; i++)
        names[i] = v->module->funcs.data[i]->name;
    qsort(names, (size_t)n, sizeof *names, compare_names);
    for (int i = 1; i < n; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            verify_fail(v, LOC_NONE, "two functions are called @%s", names[i]);
}

int module_verify(const Module *module, DiagContext *dc, const char *after) {
    Arena *arena = arena_create();
    Verifier v = {.module = module, .dc = dc, .after = after, .arena = arena};
    v.types = module->funcs.len ? module->funcs.data[0]->module : NULL;
    v.defined = ARENA_ARRAY(arena, unsigned char, module->next_value_id + 1);
    for (int i = 0; i < module->funcs.len; i++)
        check_func(&v, module->funcs.data[i]);
    check_names(&v);
    arena_destroy(arena);
    return v.violations;
}
