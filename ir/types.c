/* Types: interned, so that equal types are the same pointer. */
#include <assert.h>
#include <string.h>
#include "ir/ir_impl.h"

struct TypeTable {
    const Type **slots; /* open addressing, a power of two */
    uint32_t nslots, count;
};

TypeTable *type_table_create(Arena *arena) {
    TypeTable *table = ARENA_NEW(arena, TypeTable);
    table->nslots = 128;
    table->slots = ARENA_ARRAY(arena, const Type *, table->nslots);
    return table;
}

static uint32_t type_hash(const Type *t) {
    uint32_t h = (uint32_t)t->kind * 31u + (uint32_t)t->elem * 7u + (uint32_t)t->strided + (uint32_t)t->rank * 1009u;
    for (int i = 0; i < t->rank; i++)
        h = (h ^ t->dims[i]->hash) * 0x9E3779B1u + (h >> 13);
    return h ^ (h >> 16);
}

static bool type_same(const Type *a, const Type *b) {
    return a->kind == b->kind && a->elem == b->elem && a->strided == b->strided && a->rank == b->rank &&
           memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0;
}

static uint32_t type_slot(const TypeTable *table, const Type *t) {
    uint32_t at = type_hash(t) & (table->nslots - 1);
    while (table->slots[at] && !type_same(table->slots[at], t))
        at = (at + 1) & (table->nslots - 1);
    return at;
}

static void type_table_grow(Arena *arena, TypeTable *table) {
    TypeTable old = *table;
    table->nslots *= 2;
    table->slots = ARENA_ARRAY(arena, const Type *, table->nslots);
    for (uint32_t i = 0; i < old.nslots; i++)
        if (old.slots[i])
            table->slots[type_slot(table, old.slots[i])] = old.slots[i];
}

const Type *type_get(Module *m, TypeKind kind, Elem elem, int rank, const Expr *const *dims, bool strided) {
    assert(rank >= 0 && rank <= IR_MAX_RANK);
    Type t = {.kind = kind, .elem = elem, .strided = strided, .rank = rank};
    for (int i = 0; i < rank; i++)
        t.dims[i] = dims[i];
    TypeTable *table = m->types;
    if (table->count * 2 >= table->nslots)
        type_table_grow(m->arena, table);
    uint32_t at = type_slot(table, &t);
    if (!table->slots[at]) {
        Type *made = ARENA_NEW(m->arena, Type);
        *made = t;
        table->slots[at] = made;
        table->count++;
    }
    return table->slots[at];
}

const Type *type_tile(Module *m, Elem elem, const Expr *rows, const Expr *cols) {
    const Expr *dims[2] = {rows, cols};
    return type_get(m, TYPE_TILE, elem, 2, dims, false);
}

const Type *type_scalar(Module *m, Elem elem) {
    const Expr *one = expr_const(m->exprs, 1);
    return type_tile(m, elem, one, one);
}

const Type *type_index(Module *m) { return type_scalar(m, ELEM_INDEX); }

bool type_is_scalar(const Type *t) {
    return t->kind == TYPE_TILE && expr_equals_const(t->dims[0], 1) && expr_equals_const(t->dims[1], 1);
}

bool type_is_index(const Type *t) { return t->elem == ELEM_INDEX && type_is_scalar(t); }

bool type_is_memory(const Type *t) { return t->kind == TYPE_TENSOR || t->kind == TYPE_VIEW || t->kind == TYPE_BUFFER; }

bool type_block(const Type *t, int64_t *rows, int64_t *lanes) {
    return t->kind == TYPE_TILE && expr_is_const(t->dims[0], rows) && expr_is_const(t->dims[1], lanes);
}

static int walked_dim(const Type *acc, int from_end) {
    int dim = acc->rank - from_end;
    return dim < 0 || expr_equals_const(acc->dims[dim], 1) ? -1 : dim;
}

int acc_rows_dim(const Type *acc) { return walked_dim(acc, 2); }

int acc_lanes_dim(const Type *acc) { return walked_dim(acc, 1); }
