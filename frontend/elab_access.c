#include "frontend/elab_access.h"
#include "ir/walk.h"
#include <string.h>

/* ---- boxes ----------------------------------------------------------------------------------------------------- */
static MemoryBox box_whole(Module *m, Value *root, const Type *shape) {
    MemoryBox box = {.root = root, .shape = shape, .rank = shape->rank, .exact = true};
    for (int i = 0; i < box.rank; i++) {
        box.lo[i] = expr_const(m->exprs, 0);
        box.len[i] = shape->dims[i];
    }
    return box;
}

/* Dimensions of a box that a view of it still has: kept[i] is the root's dimension of the view's dimension i. */
typedef struct KeptDims {
    int kept[IR_MAX_RANK];
    int count;
} KeptDims;

static void box_narrow(Module *m, MemoryBox *box, KeptDims *dims, const Op *view) {
    KeptDims left = {.count = 0};
    const Expr *const *x = view->exprs;
    for (int i = 0; i < view->nsels && i < dims->count; i++) {
        int d = dims->kept[i];
        SelKind sel = view->sels[i];
        if (sel != SEL_INDEX)
            left.kept[left.count++] = d;
        if (sel == SEL_FULL)
            continue;
        box->lo[d] = expr_add(m->exprs, box->lo[d], x[0]);
        if (sel == SEL_INDEX)
            box->len[d] = expr_const(m->exprs, 1);
        else
            box->len[d] = sel == SEL_RANGE ? expr_sub(m->exprs, x[1], x[0]) : x[1];
        x += sel == SEL_INDEX ? 1 : 2;
    }
    *dims = left;
}

bool op_makes_view(OpCode code) { return code == OP_VIEW || code == OP_RESHAPE_VIEW || code == OP_PAGED; }

static void keep_all(KeptDims *dims, int rank) {
    dims->count = rank;
    for (int i = 0; i < rank; i++)
        dims->kept[i] = i;
}

/* The root itself, or the root under another shape. */
static bool is_whole_root(const Value *v) {
    while (v->def && v->def->code == OP_RESHAPE_VIEW)
        v = v->def->operands[0];
    return !v->def || !op_makes_view(v->def->code);
}

/* Narrows from the root outwards: the chain of views is short. */
static bool box_follow(Module *m, Value *v, MemoryBox *box, KeptDims *dims, int depth) {
    const Op *def = v->def;
    bool view = def && op_makes_view(def->code);
    if (!view || depth == 0) {
        *box = box_whole(m, v, v->type);
        box->exact = !view;
        keep_all(dims, box->rank);
        return true;
    }
    if (!box_follow(m, def->operands[0], box, dims, depth - 1))
        return false;
    /* The places of all of a root may be counted in another shape. What lies behind the reshape of a part, or behind a block
     * table, is not followed: all of the view it was made of counts. */
    if (def->code == OP_RESHAPE_VIEW && is_whole_root(v)) {
        *box = box_whole(m, box->root, v->type);
        keep_all(dims, box->rank);
        return true;
    }
    if (def->code != OP_VIEW) {
        box->exact = false;
        if (def->code == OP_PAGED)
            *box = (MemoryBox){.root = box->root, .shape = box->root->type, .rank = 0, .exact = false};
        return false;
    }
    box_narrow(m, box, dims, def);
    return true;
}

MemoryBox memory_box_of(Module *m, Value *v) {
    MemoryBox box;
    KeptDims dims;
    box_follow(m, v, &box, &dims, 256);
    return box;
}

bool memory_box_is_direct(const MemoryBox *box) { return box->shape == box->root->type; }

int memory_box_common_dims(const MemoryBox *a, const MemoryBox *b) {
    int n = 0;
    if (a->root != b->root)
        return 0;
    while (n < a->rank && n < b->rank && a->shape->dims[n] == b->shape->dims[n])
        n++;
    return n;
}

bool memory_box_comparable(const MemoryBox *a, const MemoryBox *b) {
    return a->root == b->root && a->rank == b->rank && memory_box_common_dims(a, b) == a->rank;
}

bool memory_box_same(const MemoryBox *a, const MemoryBox *b) {
    if (!memory_box_comparable(a, b) || !a->exact || !b->exact)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->lo[i] != b->lo[i] || a->len[i] != b->len[i])
            return false;
    return true;
}

static void format_root(Buf *out, const MemoryBox *box) {
    const char *name = box->root->name ? box->root->name : "?";
    if (memory_box_is_direct(box)) {
        buf_puts(out, name);
        return;
    }
    buf_printf(out, "tl.reshape(%s, [", name);
    for (int i = 0; i < box->shape->rank; i++) {
        buf_puts(out, i ? ", " : "");
        expr_format(out, box->shape->dims[i]);
    }
    buf_puts(out, "])");
}

void memory_box_format(Module *m, Buf *out, const MemoryBox *box) {
    format_root(out, box);
    for (int i = 0; i < box->rank; i++) {
        buf_puts(out, i ? ", " : "[");
        bool first = expr_equals_const(box->lo[i], 0);
        if (first && box->len[i] == box->shape->dims[i]) {
            buf_putc(out, ':');
            continue;
        }
        expr_format(out, box->lo[i]);
        if (expr_equals_const(box->len[i], 1))
            continue;
        buf_puts(out, " :+ ");
        expr_format(out, box->len[i]);
    }
    if (box->rank)
        buf_putc(out, ']');
    (void)m;
}

/* ---- accesses -------------------------------------------------------------------------------------------------- */
typedef struct Collector {
    Arena *arena;
    Module *module;
    const Region *region; /* NULL: roots are wanted wherever they are declared */
    MemoryAccessVec *out;
} Collector;

/* Who looks at a paged view reads its block table. */
static void collect_tables(Collector *c, const Op *op, int operand) {
    for (const Op *def = op->operands[operand]->def; def && op_makes_view(def->code); def = def->operands[0]->def) {
        if (def->code != OP_PAGED)
            continue;
        MemoryAccess a = {
            .op = op, .operand = operand, .reads = true, .box = memory_box_of(c->module, def->operands[1])};
        if (!c->region || value_is_outside(a.box.root, c->region))
            VEC_PUSH(c->arena, c->out, a);
    }
}

static void collect_one(Collector *c, const Op *op, int operand, bool reads, bool writes) {
    Value *v = op->operands[operand];
    if (v->type->kind != TYPE_TENSOR && v->type->kind != TYPE_VIEW)
        return;
    MemoryAccess a = {
        .op = op, .operand = operand, .reads = reads, .writes = writes, .box = memory_box_of(c->module, v)};
    bool element = op->code == OP_GET || (op->code == OP_PUT && writes);
    if (element)
        for (int i = 0; i < a.box.rank && i < op->nexprs && v == a.box.root; i++) {
            a.box.lo[i] = op->exprs[i];
            a.box.len[i] = expr_const(c->module->exprs, 1);
        }
    if (element && v != a.box.root)
        a.box.exact = false;
    if (!c->region || value_is_outside(a.box.root, c->region))
        VEC_PUSH(c->arena, c->out, a);
    collect_tables(c, op, operand);
}

static void collect_call(Collector *c, const Op *op) {
    const char *name = op_attr_str(op, ATTR_CALLEE);
    const Func *callee = name ? module_find(c->module, name) : NULL;
    for (int i = 0; i < op->noperands; i++) {
        ParamDir dir = callee && i < callee->nparams ? callee->params[i].dir : DIR_INOUT;
        collect_one(c, op, i, dir != DIR_OUT, dir == DIR_OUT || dir == DIR_INOUT);
    }
}

static void collect_op(void *user, Op *op) {
    Collector *c = user;
    if (op->code == OP_CALL) {
        collect_call(c, op);
        return;
    }
    bool writes = op_code_has(op->code, WRITES), reads = op_code_has(op->code, READS);
    if (writes)
        collect_one(c, op, 0, false, true);
    for (int i = writes ? 1 : 0; (reads || writes) && i < op->noperands; i++)
        collect_one(c, op, i, true, false);
}

void memory_collect_accesses(Arena *arena, Module *m, const Region *region, MemoryAccessVec *out) {
    Collector c = {arena, m, region, out};
    walk_ops((Region *)region, collect_op, &c);
}

void memory_collect_all(Arena *arena, Module *m, const Func *func, MemoryAccessVec *out) {
    Collector c = {arena, m, NULL, out};
    walk_ops(func->body, collect_op, &c);
}
