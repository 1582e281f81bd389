/* fuse - decides which values need no memory of their own.
 *
 * Needs: tile stage. Keeps: everything but the attribute `at`. LOWERING.md sections 2.1 and 2.3.
 * Every value of a kernel is one of
 *   use    computed again wherever it is read: loads and cheap element-wise expressions of them,
 *   sweep  computed once per point, in the sweep of its level, by `stream`: reductions, costly functions, what depends on them,
 *   whole  stored in a buffer at its place: read at other indices (slice, reshape, gather), in another region, as an index,
 *          printed; loads from memory that a later store may change; gathers that a matrix product reads more than once.
 * Without this pass every value is whole: right, and slow. */
#include "ir/walk.h"
#include "passes/analysis/alias.h"
#include "passes/analysis/axes.h"
#include "passes/pipeline.h"

enum {
    MAX_CHAIN = 200,      /* longest chain of values computed in one go: bounds recursion and register pressure */
    MAX_USE_COST = 8,     /* ops that recomputing a `use` value may take */
    MAX_FETCHED = 1 << 22 /* bytes of a gather that is stored because a contraction reads it again and again */
};

typedef struct FuseValue {
    int chain, cost;
} FuseValue;

/* An op that writes memory, and its place in program order. */
typedef struct Write {
    const Op *op;
    int position;
} Write;
typedef VEC(Write) WriteVec;

typedef struct Fuse {
    Arena *arena;
    Module *module;
    Func *func;
    const AliasTable *alias;
    AxisTable *axes;
    FuseValue *values; /* by Value.id */
    bool *leaf;        /* by Value.id: stands in an index expression */
    bool *fetched;     /* by Value.id: gathered, and then read again for every row or column of another operand */
    WriteVec writes;   /* in program order */
    int position;      /* ops seen */
} Fuse;

static bool mark_leaf(void *user, Value *v) {
    ((Fuse *)user)->leaf[v->id] = true;
    return true;
}

static bool is_bounded(const Type *t) {
    int64_t rows, cols;
    return expr_is_const(t->dims[0], &rows) && expr_is_const(t->dims[1], &cols) && rows > 0 && cols > 0 &&
           rows <= MAX_FETCHED / elem_bytes(t->elem) / cols;
}

/* What element-wise ops on the way to a contraction read at the same place, down to gathers. */
static void mark_fetched(Fuse *f, const Value *v) {
    const Op *op = v->def;
    if (!op || f->fetched[v->id])
        return;
    if (op->code == OP_GATHER)
        f->fetched[v->id] = is_bounded(v->type);
    for (int i = 0; i < op->noperands && (op_code_has(op->code, EWISE) || op->code == OP_TRANS); i++)
        mark_fetched(f, op->operands[i]);
}

/* An operand of a matrix product is read for each row, or each column, of the other one. */
static void collect_contract(Fuse *f, const Op *op) {
    for (int i = 0; i < 2; i++) {
        const Value *other = op->operands[1 - i];
        bool trans = op_attr_bool(op, i == 0 ? ATTR_TRANS_B : ATTR_TRANS_A);
        int free_dim = (i == 0) != trans ? 1 : 0; /* of a [m, k] it is 0, of b [k, n] 1 */
        if (!expr_equals_const(other->type->dims[free_dim], 1))
            mark_fetched(f, op->operands[i]);
    }
}

static void collect_op(void *user, Op *op) {
    Fuse *f = user;
    for (int i = 0; i < op->nexprs; i++)
        expr_each_value(op->exprs[i], mark_leaf, f);
    for (int i = 0; i < op->nresults; i++)
        for (int d = 0; d < op->results[i]->type->rank; d++)
            expr_each_value(op->results[i]->type->dims[d], mark_leaf, f);
    if (op->code == OP_MATMUL)
        collect_contract(f, op);
    f->position++;
    if (op_code_has(op->code, WRITES) && op->code != OP_CALL)
        VEC_PUSH(f->arena, &f->writes, (Write){op, f->position});
}

/* Does a store behind position `at` touch the memory that `memory` is part of? */
static bool written_later(const Fuse *f, const Value *memory, int at) {
    for (int i = f->writes.len - 1; i >= 0 && f->writes.data[i].position > at; i--)
        if (alias_may_overlap(f->alias, f->func, f->writes.data[i].op->operands[0], memory))
            return true;
    return false;
}

static void set_whole(Fuse *f, const Value *v) {
    if (v->def && value_at(v) == AT_SWEEP)
        value_set_at(f->module, v, AT_WHOLE);
}

static void set_operands_whole(Fuse *f, const Op *op) {
    for (int i = 0; i < op->noperands; i++)
        set_whole(f, op->operands[i]);
}

static At class_of_memory_op(Fuse *f, Op *op) {
    if (op->code == OP_GATHER)
        set_operands_whole(f, op);
    if (op->code == OP_GATHER && f->fetched[op->results[0]->id])
        return AT_WHOLE;
    const Value *source = op->operands[0];
    if (type_is_memory(source->type))
        return written_later(f, source, f->position) ? AT_WHOLE : AT_USE;
    return AT_USE;
}

/* Element-wise ops and the shape ops that only rename axes follow their operands. */
static At class_of_pointwise_op(Fuse *f, Op *op) {
    FuseValue *own = &f->values[op->results[0]->id];
    bool sweep = op_code_has(op->code, COSTLY);
    own->cost = 1;
    for (int i = 0; i < op->noperands; i++) {
        const Value *u = op->operands[i];
        sweep |= value_at(u) == AT_SWEEP;
        if (value_at(u) == AT_USE)
            own->cost += f->values[u->id].cost;
        if (value_at(u) != AT_WHOLE && f->values[u->id].chain >= own->chain)
            own->chain = f->values[u->id].chain + 1;
    }
    if (own->chain >= MAX_CHAIN) {
        *own = (FuseValue){0, 0};
        return AT_WHOLE;
    }
    return sweep || own->cost > MAX_USE_COST ? AT_SWEEP : AT_USE;
}

static At class_of(Fuse *f, Op *op) {
    unsigned traits = op_info(op->code)->traits;
    if (op->code == OP_LOAD || op->code == OP_GATHER)
        return class_of_memory_op(f, op);
    if (op->code == OP_FULL || op->code == OP_IOTA) {
        set_operands_whole(f, op);
        return AT_USE;
    }
    if ((traits & EWISE) || op->code == OP_TRANS || op->code == OP_BROADCAST)
        return class_of_pointwise_op(f, op);
    if (op->code == OP_SLICE || op->code == OP_RESHAPE) {
        set_operands_whole(f, op);
        return AT_USE;
    }
    if (traits & (REDUCE_OP | SCAN_OP | CONTRACT | ORDER)) {
        int chain = 0;
        for (int i = 0; i < op->noperands; i++)
            if (value_at(op->operands[i]) == AT_SWEEP && f->values[op->operands[i]->id].chain >= chain)
                chain = f->values[op->operands[i]->id].chain + 1;
        if (chain >= MAX_CHAIN)
            return AT_WHOLE;
        for (int i = 0; i < op->nresults; i++)
            f->values[op->results[i]->id].chain = chain;
        return AT_SWEEP;
    }
    return AT_WHOLE;
}

static void fuse_region(Fuse *f, Region *region);

/* Is operand i of the op read at other indices than the op's own, or kept for another region? */
static bool reads_whole(const Op *op, int i) {
    if (value_region(op->operands[i]) != op->parent)
        return true;
    if (op->code == OP_STORE)
        return i == 2; /* the mask */
    if (op->code == OP_SCATTER)
        return i == 1; /* the indices */
    return op->code == OP_PRINT || op->code == OP_GET || op->code == OP_FOR || op->code == OP_IF ||
           op->code == OP_GATHER || op->code == OP_MERGE_TOPK || op->code == OP_FILL;
}

static void fuse_uses(Fuse *f, Op *op) {
    for (int i = 0; i < op->noperands; i++)
        if (reads_whole(op, i))
            set_whole(f, op->operands[i]);
}

static void fuse_op(Fuse *f, Op *op) {
    f->position++;
    fuse_uses(f, op);
    bool tile = op->nresults > 0 && op->results[0]->type->kind == TYPE_TILE && op->nregions == 0;
    if (tile && op->code != OP_CONST && op->code != OP_INDEX && op->code != OP_GET) {
        At at = class_of(f, op);
        for (int i = 0; i < op->nresults; i++)
            if (f->leaf[op->results[i]->id] && at == AT_SWEEP)
                at = AT_WHOLE;
        value_set_at(f->module, op->results[0], at);
        for (int bad = axes_add_op(f->axes, op), tries = 0; bad >= 0 && tries < 4; tries++) {
            set_whole(f, op->operands[bad]);
            bad = axes_add_op(f->axes, op);
        }
    }
    for (int i = 0; i < op->nregions; i++)
        fuse_region(f, op->regions[i]);
}

static void fuse_region(Fuse *f, Region *region) {
    for (Op *op = region->first; op; op = op->next)
        fuse_op(f, op);
}

bool pass_fuse(Module *m, PassContext *ctx) {
    Fuse f = {
        .arena = ctx->arena, .module = m, .alias = alias_compute(ctx->arena, m), .axes = axes_create(ctx->arena, m)};
    f.values = ARENA_ARRAY(ctx->arena, FuseValue, m->next_value_id + 1);
    f.leaf = ARENA_ARRAY(ctx->arena, bool, m->next_value_id + 1);
    f.fetched = ARENA_ARRAY(ctx->arena, bool, m->next_value_id + 1);
    for (int i = 0; i < m->funcs.len; i++) {
        f.func = m->funcs.data[i];
        if (f.func->kind != FUNC_KERNEL)
            continue;
        f.writes = (WriteVec){0};
        f.position = 0;
        walk_ops(f.func->body, collect_op, &f);
        f.position = 0;
        fuse_region(&f, f.func->body);
    }
    return true;
}
