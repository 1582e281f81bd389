#include "passes/simplify/simplify.h"

typedef struct CseEntry {
    Op *op;
    uint32_t hash;
    int next; /* in its bucket, -1: end */
} CseEntry;

struct CseTable {
    Arena *arena;
    VEC(CseEntry) entries; /* a stack: scopes drop the newest */
    int *buckets;
    int nbuckets;
};

CseTable *cse_create(Arena *arena) {
    CseTable *t = ARENA_NEW(arena, CseTable);
    t->arena = arena;
    t->nbuckets = 256;
    t->buckets = ARENA_ARRAY(arena, int, t->nbuckets);
    for (int i = 0; i < t->nbuckets; i++)
        t->buckets[i] = -1;
    return t;
}

int cse_mark(const CseTable *t) { return t->entries.len; }

void cse_release(CseTable *t, int mark) {
    while (t->entries.len > mark) {
        CseEntry e = VEC_POP(&t->entries);
        t->buckets[e.hash % (uint32_t)t->nbuckets] = e.next;
    }
}

static uint32_t mix(uint32_t h, uint32_t x) { return (h ^ x) * 0x9E3779B1u; }

static uint32_t op_hash(const Op *op) {
    uint32_t h = mix(17, (uint32_t)op->code);
    for (int i = 0; i < op->noperands; i++)
        h = mix(h, op->operands[i]->id);
    for (int i = 0; i < op->nexprs; i++)
        h = mix(h, op->exprs[i]->id);
    for (int i = 0; i < op->nattrs; i++)
        h = mix(h, (uint32_t)op->attrs[i].key * 31u + (uint32_t)op->attrs[i].i);
    return mix(h, (uint32_t)((uintptr_t)op->results[0]->type >> 4));
}

static bool op_equals(const Op *a, const Op *b) {
    if (a->code != b->code || a->noperands != b->noperands || a->nexprs != b->nexprs || a->nattrs != b->nattrs ||
        a->nresults != b->nresults || a->nsels != b->nsels)
        return false;
    for (int i = 0; i < a->nresults; i++)
        if (a->results[i]->type != b->results[i]->type)
            return false;
    for (int i = 0; i < a->noperands; i++)
        if (a->operands[i] != b->operands[i])
            return false;
    for (int i = 0; i < a->nexprs; i++)
        if (a->exprs[i] != b->exprs[i])
            return false;
    for (int i = 0; i < a->nsels; i++)
        if (a->sels[i] != b->sels[i])
            return false;
    for (int i = 0; i < a->nattrs; i++)
        if (!attr_equals(&a->attrs[i], &b->attrs[i]))
            return false;
    return true;
}

static void cse_grow(CseTable *t) {
    t->nbuckets *= 4;
    t->buckets = ARENA_ARRAY(t->arena, int, t->nbuckets);
    for (int i = 0; i < t->nbuckets; i++)
        t->buckets[i] = -1;
    for (int i = 0; i < t->entries.len; i++) {
        int *head = &t->buckets[t->entries.data[i].hash % (uint32_t)t->nbuckets];
        t->entries.data[i].next = *head;
        *head = i;
    }
}

Op *cse_find_or_add(CseTable *t, Op *op) {
    uint32_t hash = op_hash(op);
    for (int i = t->buckets[hash % (uint32_t)t->nbuckets]; i >= 0; i = t->entries.data[i].next)
        if (t->entries.data[i].hash == hash && op_equals(t->entries.data[i].op, op))
            return t->entries.data[i].op;
    if (t->entries.len > 2 * t->nbuckets)
        cse_grow(t);
    int *head = &t->buckets[hash % (uint32_t)t->nbuckets];
    VEC_PUSH(t->arena, &t->entries, (CseEntry){op, hash, *head});
    *head = t->entries.len - 1;
    return NULL;
}
