/* Modules, functions, values, ops, attributes: making them, linking them, asking them. */
#include <assert.h>
#include <string.h>
#include "ir/build.h"
#include "ir/ir_impl.h"

/* ---- functions by name: open addressing over interned names, at most half full ------------------------------------ */
typedef struct FuncIndex {
    Func **slots;
    uint32_t capacity; /* a power of two */
} FuncIndex;

static FuncIndex *func_index_create(Arena *arena) {
    FuncIndex *index = ARENA_NEW(arena, FuncIndex);
    index->capacity = 16;
    index->slots = ARENA_ARRAY(arena, Func *, index->capacity);
    return index;
}

/* The slot that holds the function of that name, or the free one where it belongs. */
static Func **func_slot(const FuncIndex *index, const char *name) {
    uint32_t at = (uint32_t)((uintptr_t)name >> 4) * 0x9E3779B1u >> 7;
    for (;; at++) {
        Func **slot = &index->slots[at & (index->capacity - 1)];
        if (!*slot || (*slot)->name == name)
            return slot;
    }
}

/* Of several functions of one name (text that the verifier refuses) the first one is found. */
static void func_index_fill(Module *m) {
    memset(m->index->slots, 0, m->index->capacity * sizeof *m->index->slots);
    for (int i = 0; i < m->funcs.len; i++) {
        Func **slot = func_slot(m->index, m->funcs.data[i]->name);
        m->funcs.data[i]->position = i;
        *slot = *slot ? *slot : m->funcs.data[i];
    }
}

void module_add_func(Module *m, Func *f) {
    f->position = m->funcs.len;
    VEC_PUSH(m->arena, &m->funcs, f);
    if ((uint32_t)m->funcs.len * 2 > m->index->capacity) {
        m->index->capacity *= 2;
        m->index->slots = ARENA_ARRAY(m->arena, Func *, m->index->capacity);
        func_index_fill(m);
    }
    Func **slot = func_slot(m->index, f->name);
    *slot = *slot ? *slot : f;
}

void module_keep_funcs(Module *module, const bool *keep) {
    int kept = 0;
    for (int i = 0; i < module->funcs.len; i++)
        if (keep[i])
            module->funcs.data[kept++] = module->funcs.data[i];
    module->funcs.len = kept;
    func_index_fill(module);
}

Func *module_find(const Module *module, const char *name) {
    return *func_slot(module->index, str_intern(module->strings, name)); /* build_func interns, too */
}

/* ---- modules ---------------------------------------------------------------------------------------------------- */
Module *module_create(Arena *arena, StrTab *strings, const char *name) {
    Module *m = ARENA_NEW(arena, Module);
    m->arena = arena;
    m->strings = strings;
    m->exprs = expr_table_create(arena);
    m->name = str_intern(strings, name ? name : "");
    m->types = type_table_create(arena);
    m->index = func_index_create(arena);
    return m;
}

int module_add_source(Module *module, const char *path) {
    const char *known = str_intern(module->strings, path);
    for (int i = 0; i < module->sources.len; i++)
        if (module->sources.data[i] == known)
            return i;
    VEC_PUSH(module->arena, &module->sources, known);
    return module->sources.len - 1;
}

/* ---- values, regions, ops --------------------------------------------------------------------------------------- */
Value *value_create(Module *m, const Type *type, const char *name) {
    Value *v = ARENA_NEW(m->arena, Value);
    v->type = type;
    v->name = name ? str_intern(m->strings, name) : NULL;
    v->id = m->next_value_id++;
    return v;
}

Region *region_create(Module *m, Func *func, Op *parent_op) {
    Region *r = ARENA_NEW(m->arena, Region);
    r->func = func;
    r->parent_op = parent_op;
    return r;
}

/* Room for one more in an array whose capacity is the next power of two (0, 1, 2, 4, ...). */
static void *array_grow(Arena *arena, void *data, int n, size_t size) {
    if (n != 0 && (n & (n - 1)) != 0)
        return data;
    return arena_grow_array(arena, data, (size_t)n, n ? (size_t)n * 2 : 1, size);
}

Value *region_add_arg(Module *m, Region *r, const Type *type, const char *name) {
    Value *v = value_create(m, type, name);
    v->region = r;
    v->index = r->nargs;
    r->args = array_grow(m->arena, r->args, r->nargs, sizeof *r->args);
    r->args[r->nargs++] = v;
    return v;
}

Op *op_create(Module *m, OpCode code, Loc loc, int noperands, int nexprs, int nresults, int nregions) {
    Op *op = ARENA_NEW(m->arena, Op);
    op->code = code;
    op->loc = loc;
    op->noperands = noperands;
    op->nexprs = nexprs;
    op->nresults = nresults;
    op->nregions = nregions;
    if (noperands)
        op->operands = ARENA_ARRAY(m->arena, Value *, noperands);
    if (nexprs)
        op->exprs = ARENA_ARRAY(m->arena, const Expr *, nexprs);
    if (nresults)
        op->results = ARENA_ARRAY(m->arena, Value *, nresults);
    if (nregions)
        op->regions = ARENA_ARRAY(m->arena, Region *, nregions);
    for (int i = 0; i < nregions; i++)
        op->regions[i] = region_create(m, NULL, op);
    return op;
}

void op_set_result(Op *op, int i, Value *value) {
    value->def = op;
    value->index = i;
    op->results[i] = value;
}

int op_arg_from(const Op *op, int i) {
    bool loops = op->code == OP_FOR || op->code == OP_PARALLEL || op->code == OP_LOOP || op->code == OP_TIER;
    if (op->code == OP_SPREAD)
        return ARG_INDEX;
    if (i == 0)
        return loops ? ARG_INDEX : ARG_FREE;
    return op->code == OP_FOR && i <= op->noperands ? i - 1 : ARG_FREE;
}

/* ---- linking ---------------------------------------------------------------------------------------------------- */
static void op_set_func(Op *op, Func *func) {
    for (int i = 0; i < op->nregions; i++) {
        if (op->regions[i]->func == func)
            continue;
        op->regions[i]->func = func;
        for (Op *inner = op->regions[i]->first; inner; inner = inner->next)
            op_set_func(inner, func);
    }
}

void op_unlink(Op *op) {
    Region *r = op->parent;
    assert(r);
    *(op->prev ? &op->prev->next : &r->first) = op->next;
    *(op->next ? &op->next->prev : &r->last) = op->prev;
    op->parent = NULL;
    op->prev = op->next = NULL;
}

void op_insert_before(Op *op, Op *before) {
    Region *r = before->parent;
    assert(r && !op->parent);
    op->parent = r;
    op->next = before;
    op->prev = before->prev;
    *(before->prev ? &before->prev->next : &r->first) = op;
    before->prev = op;
    op_set_func(op, r->func);
}

void op_append(Region *region, Op *op) {
    assert(!op->parent);
    op->parent = region;
    op->prev = region->last;
    *(region->last ? &region->last->next : &region->first) = op;
    region->last = op;
    op_set_func(op, region->func);
}

void region_take_ops(Region *to, Region *from) {
    if (!from->first)
        return;
    for (Op *op = from->first; op; op = op->next) {
        op->parent = to;
        if (to->func != from->func)
            op_set_func(op, to->func);
    }
    from->first->prev = to->last;
    *(to->last ? &to->last->next : &to->first) = from->first;
    to->last = from->last;
    from->first = from->last = NULL;
}

void op_set_operand(Op *op, int i, Value *v) {
    assert(i >= 0 && i < op->noperands);
    op->operands[i] = v;
}

/* ---- attributes ------------------------------------------------------------------------------------------------- */
const Attr *op_attr(const Op *op, AttrKey key) {
    for (int i = 0; i < op->nattrs; i++)
        if (op->attrs[i].key == key)
            return &op->attrs[i];
    return NULL;
}

bool op_attr_bool(const Op *op, AttrKey key) {
    const Attr *a = op_attr(op, key);
    return a && a->b;
}

int64_t op_attr_int(const Op *op, AttrKey key, int64_t absent) {
    const Attr *a = op_attr(op, key);
    return a ? a->i : absent;
}

const char *op_attr_str(const Op *op, AttrKey key) {
    const Attr *a = op_attr(op, key);
    return a ? a->s : NULL;
}

bool op_attr_is(const Op *op, AttrKey key, const char *word) {
    const char *s = op_attr_str(op, key);
    return s && strcmp(s, word) == 0;
}

/* Of floats the bits count: -0 is not 0, a nan is itself. */
static uint64_t float_bits(double f) {
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

bool attr_equals(const Attr *a, const Attr *b) {
    if (a->key != b->key)
        return false;
    switch (attr_kind(a->key)) {
    case ATTR_KIND_BOOL: return a->b == b->b;
    case ATTR_KIND_INT: return a->i == b->i;
    case ATTR_KIND_FLOAT: return float_bits(a->f) == float_bits(b->f);
    case ATTR_KIND_ELEM: return a->elem == b->elem;
    case ATTR_KIND_STR:
    case ATTR_KIND_WORD: return strcmp(a->s, b->s) == 0;
    }
    return false;
}

bool op_has_lanes(const Op *op) {
    int first = op->code == OP_STEP ? 1 : 0; /* what is stepped, not the accumulator */
    Elem result = op->nresults ? op->results[0]->type->elem : ELEM_COUNT;
    Elem operand = op->noperands > first ? op->operands[first]->type->elem : result;
    result = op->nresults ? result : operand;
    return operand != ELEM_COUNT && op_lanes_ok(op->code, operand, result);
}

int op_part_expr(const Op *op) { return op_attr_bool(op, ATTR_PART) ? op->nexprs - 1 : -1; }

/* Attributes are kept in the order of attr.def, which is the order of the text. */
Attr *op_add_attr(Module *m, Op *op, AttrKey key) {
    int at = 0;
    while (at < op->nattrs && op->attrs[at].key < key)
        at++;
    if (at < op->nattrs && op->attrs[at].key == key)
        return &op->attrs[at];
    op->attrs = array_grow(m->arena, op->attrs, op->nattrs, sizeof *op->attrs);
    memmove(op->attrs + at + 1, op->attrs + at, (size_t)(op->nattrs - at) * sizeof *op->attrs);
    op->nattrs++;
    op->attrs[at] = (Attr){.key = key};
    return &op->attrs[at];
}

void op_remove_attr(Op *op, AttrKey key) {
    int kept = 0;
    for (int i = 0; i < op->nattrs; i++)
        if (op->attrs[i].key != key)
            op->attrs[kept++] = op->attrs[i];
    op->nattrs = kept;
}

void op_set_bool(Module *m, Op *op, AttrKey key, bool b) {
    assert(attr_kind(key) == ATTR_KIND_BOOL);
    if (b)
        op_add_attr(m, op, key)->b = true;
    else
        op_remove_attr(op, key);
}

void op_set_int(Module *m, Op *op, AttrKey key, int64_t i) {
    assert(attr_kind(key) == ATTR_KIND_INT);
    op_add_attr(m, op, key)->i = i;
}

void op_set_float(Module *m, Op *op, AttrKey key, double f) {
    assert(attr_kind(key) == ATTR_KIND_FLOAT);
    op_add_attr(m, op, key)->f = f;
}

void op_set_str(Module *m, Op *op, AttrKey key, const char *s) {
    assert(attr_kind(key) == ATTR_KIND_STR || attr_kind(key) == ATTR_KIND_WORD);
    if (s)
        op_add_attr(m, op, key)->s = str_intern(m->strings, s);
    else
        op_remove_attr(op, key);
}

int func_csr_columns(const Func *f, int index_param) {
    for (int i = 1; i < f->nparams && f->index_params[index_param].is_entries; i++) {
        const Type *type = f->params[i].value->type;
        if (type->kind != TYPE_TILE && type->rank == 1 && type->dims[0]->kind == EXPR_VALUE &&
            type->dims[0]->value == f->index_params[index_param].value)
            return i;
    }
    return -1;
}

Span module_span(const Module *module, DiagContext *dc, Loc loc) {
    SourceMap *map = diag_source_map(dc);
    for (int i = 0; loc.line > 0 && i < source_count(map) && loc.file < module->sources.len; i++) {
        const SourceFile *file = source_get(map, i);
        if (strcmp(file->path, module->sources.data[loc.file]) == 0) {
            uint32_t at = source_offset(file, loc.line, loc.column);
            return (Span){i, at, at + 1};
        }
    }
    return SPAN_NONE;
}
