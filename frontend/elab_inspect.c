/* Run-time proofs of independence, under --checks=full: in front of a parallel loop whose iterations could not be shown to be
 * independent stands a copy of it that runs in order and touches nothing but a map of owners, one place for each element of the tensor.
 * First every write takes its elements; one that another iteration owns is an error. Then no read may meet an owner other than
 * its own iteration. The copy is plain IR, so every engine gives the same error for the same iterations. */
#include "frontend/elab_inspect.h"
#include "ir/walk.h"

typedef struct Inspector {
    Elab *e;
    const ParallelLoop *loop;
    const MemoryAccessVec *accesses; /* all in the loop */
    const char *(*text)(void *user, const MemoryAccess *access);
    void *user;
    Value *root, *owner;
    CloneMap *map;
    VEC(const Value *) unknown; /* what only running the loop itself can tell */
    const Expr *lo, *mine;      /* the first iteration; the running one's number, from 1 */
    bool writes;                /* writes take their elements; else reads are looked at */
    bool lost;                  /* something that was needed is unknown */
} Inspector;

/* ---- what is known before the loop runs ------------------------------------------------------------------------------ */
static bool leaf_is_known(void *user, Value *v) {
    const Inspector *s = user;
    for (int i = 0; i < s->unknown.len; i++)
        if (s->unknown.data[i] == v)
            return false;
    return true;
}

static bool exprs_are_known(Inspector *s, const Op *op) {
    bool known = true;
    for (int i = 0; i < op->nexprs; i++)
        known = expr_each_value(op->exprs[i], leaf_is_known, s) && known;
    return known;
}

static bool is_known(Inspector *s, const Op *op) {
    bool known = exprs_are_known(s, op);
    for (int i = 0; i < op->noperands; i++)
        known &= leaf_is_known(s, op->operands[i]);
    return known;
}

static void forget(Inspector *s, const Op *op) {
    for (int i = 0; i < op->nresults; i++)
        VEC_PUSH(s->e->arena, &s->unknown, op->results[i]);
}

/* What the loop writes, or its own workspace, has no value yet. */
static bool reads_the_loop(const Inspector *s, const Op *op) {
    for (int i = 0; i < op->noperands; i++) {
        const Type *type = op->operands[i]->type;
        if (type->kind != TYPE_TENSOR && type->kind != TYPE_VIEW)
            continue;
        const Value *root = memory_box_of(s->e->module, op->operands[i]).root;
        if (!value_is_outside(root, s->loop->body))
            return true;
        for (int k = 0; k < s->accesses->len; k++)
            if (s->accesses->data[k].writes && s->accesses->data[k].box.root == root)
                return true;
    }
    return false;
}

/* ---- taking and looking ---------------------------------------------------------------------------------------------- */
/* The same part of the map as `v` is of the root: the map has the root's shape, and a block table leads to its pages too. */
static Value *owner_view(Inspector *s, Builder *b, Value *v) {
    if (v == s->root)
        return s->owner;
    const Op *def = v->def;
    if (!def || !op_makes_view(def->code) || !is_known(s, def))
        return NULL;
    Value *base = owner_view(s, b, def->operands[0]);
    if (!base)
        return NULL;
    const Type *t = clone_map_type(s->map, v->type);
    const Type *type = type_get(b->module, t->kind, ELEM_I64, t->rank, t->dims, false);
    const Expr *exprs[2 * IR_MAX_RANK];
    for (int i = 0; i < def->nexprs; i++)
        exprs[i] = clone_map_expr(s->map, def->exprs[i]);
    Value *operands[] = {base, def->noperands > 1 ? clone_map_operand(b, s->map, def->operands[1]) : NULL};
    Op *view = build_op(b, def->code, operands, def->noperands, exprs, def->nexprs, &type, 1, 0);
    view->nsels = def->nsels;
    for (int i = 0; i < def->nsels; i++)
        view->sels[i] = def->sels[i];
    return view->results[0];
}

static const char *claim_text(const Inspector *s, const MemoryAccess *a) {
    Arena *arena = s->e->arena;
    const char *verb = s->writes ? "writes" : "reads", *what = s->text(s->user, a);
    const Value *index = s->loop->index;
    bool pipe = s->loop->op->code == OP_PIPE;
    if (!index)
        return arena_printf(arena, "`%s`: %s {1} %s what %s {0} writes: `%s`", pipe ? "pipe" : "parallel",
                            pipe ? "process" : "statement", verb, pipe ? "process" : "statement", what);
    const char *name = index->name ? index->name : "_";
    return arena_printf(arena, "`parallel %s`: %s = {1} %s what %s = {0} writes: `%s`", name, name, verb, name, what);
}

static void claim_element(Inspector *s, Builder *b, const MemoryAccess *a, Value *view, const Expr *const *at, int n) {
    ExprTable *t = s->e->exprs;
    const Expr *owner = value_expr(b->module, build_get(b, view, at, n));
    const Expr *more = expr_sub(t, owner, s->mine);
    const Expr *free = expr_neg(t, owner), *own = expr_min(t, more, expr_neg(t, more));
    const Expr *shift = expr_add_const(t, s->lo, -1);
    const Expr *values[] = {expr_add(t, owner, shift), expr_add(t, s->mine, shift)};
    build_check(b, "DISJOINT", "full", claim_text(s, a), expr_max(t, free, own), values, 2);
    if (!s->writes)
        return;
    Value *operands[] = {view, build_cast(b, build_index(b, s->mine), ELEM_I64, NULL, false)};
    build_op(b, OP_PUT, operands, 2, at, n, NULL, 0, 0);
}

/* A loop in order over lo .. hi; the builder goes into it. */
static Value *enter_for(Builder *b, const Expr *const bounds[3], const char *name) {
    Op *loop = build_op(b, OP_FOR, NULL, 0, bounds, 3, NULL, 0, 1);
    Value *index = region_add_arg(b->module, loop->regions[0], type_index(b->module), name);
    Loc loc = b->loc;
    *b = builder_at_end(b->module, loop->regions[0]);
    b->loc = loc;
    return index;
}

static void claim(Inspector *s, Builder outer, const MemoryAccess *a) {
    const Op *op = a->op;
    Builder b = outer;
    b.loc = op->loc;
    Value *view = leaf_is_known(s, op->operands[a->operand]) ? owner_view(s, &b, op->operands[a->operand]) : NULL;
    bool element = op->code == OP_GET || op->code == OP_PUT;
    if (!view || (element && !is_known(s, op))) {
        s->lost = true;
        return;
    }
    const Expr *at[IR_MAX_RANK], *zero = expr_const(s->e->exprs, 0), *one = expr_const(s->e->exprs, 1);
    int rank = view->type->rank;
    for (int d = 0; d < rank; d++) {
        if (element) {
            at[d] = clone_map_expr(s->map, op->exprs[d]);
            continue;
        }
        const Expr *bounds[] = {zero, view->type->dims[d], one};
        at[d] = expr_value(s->e->exprs, enter_for(&b, bounds, "at"));
    }
    claim_element(s, &b, a, view, at, rank);
}

static void claim_op(Inspector *s, Builder *b, const Op *op) {
    for (int i = 0; i < s->accesses->len; i++) {
        const MemoryAccess *a = &s->accesses->data[i];
        if (a->op != op || a->box.root != s->root || (s->writes ? !a->writes : !a->reads))
            continue;
        if (!s->loop->index)
            s->mine = expr_const(s->e->exprs, a->statement + 1);
        claim(s, *b, a);
    }
}

/* ---- the copy -------------------------------------------------------------------------------------------------------- */
static void copy_region(Inspector *s, Builder *b, const Region *r);

static void copy_loop(Inspector *s, Builder outer, const Op *op) {
    Builder b = outer;
    b.loc = op->loc;
    const Expr *bounds[3];
    for (int i = 0; i < 3; i++)
        bounds[i] = clone_map_expr(s->map, op->exprs[i]);
    const Region *body = op->regions[0];
    clone_map_set(s->map, body->args[0], enter_for(&b, bounds, body->args[0]->name));
    for (int i = 1; i < body->nargs; i++)
        VEC_PUSH(s->e->arena, &s->unknown, body->args[i]);
    copy_region(s, &b, body);
}

/* Conditions and tiers, region by region. */
static void copy_choice(Inspector *s, Builder *b, const Op *op) {
    VEC(const Expr *) exprs = {NULL, 0, 0};
    Value *cond = op->noperands > 0 ? clone_map_operand(b, s->map, op->operands[0]) : NULL;
    for (int i = 0; i < op->nexprs; i++)
        VEC_PUSH(s->e->arena, &exprs, clone_map_expr(s->map, op->exprs[i]));
    Op *copy = build_op(b, op->code, &cond, op->noperands, exprs.data, exprs.len, NULL, 0, op->nregions);
    for (int i = 0; i < op->nregions; i++) {
        for (int k = 0; k < op->regions[i]->nargs; k++) {
            const Value *arg = op->regions[i]->args[k];
            clone_map_set(s->map, arg, region_add_arg(b->module, copy->regions[i], arg->type, arg->name));
        }
        Builder inside = builder_at_end(b->module, copy->regions[i]);
        inside.loc = op->loc;
        copy_region(s, &inside, op->regions[i]);
    }
}

static bool has_accesses(const Inspector *s, const Op *op) {
    for (int i = 0; i < s->accesses->len; i++) {
        const MemoryAccess *a = &s->accesses->data[i];
        if (a->box.root != s->root)
            continue;
        for (const Op *o = a->op; o; o = o->parent ? o->parent->parent_op : NULL)
            if (o == op)
                return true;
    }
    return false;
}

/* The check of a block table: the copy reads the table, too. */
static bool only_checks(const Op *op) {
    for (const Op *o = op->code == OP_FOR ? op->regions[0]->first : NULL; o; o = o->next)
        if (o->code != OP_CHECK && o->code != OP_GET && o->code != OP_YIELD && !op_code_has(o->code, PURE))
            return false;
    return op->code == OP_FOR;
}

static void copy_control(Inspector *s, Builder *b, const Op *op) {
    forget(s, op);
    bool touches = has_accesses(s, op);
    if (!touches && !only_checks(op))
        return;
    if (!exprs_are_known(s, op) || (op->code != OP_FOR && !is_known(s, op))) {
        s->lost |= touches;
    } else if (op->code == OP_FOR || op->code == OP_PARALLEL) {
        copy_loop(s, *b, op);
    } else if (op->code == OP_IF || op->code == OP_TIER) {
        copy_choice(s, b, op);
    } else {
        /* Which process waits for which does not change what it touches; what is in a slot, and which, only the run tells. */
        for (int i = 0; i < op->regions[0]->nargs; i++)
            VEC_PUSH(s->e->arena, &s->unknown, op->regions[0]->args[i]);
        copy_region(s, b, op->regions[0]);
    }
}

static void copy_region(Inspector *s, Builder *b, const Region *r) {
    for (const Op *op = r->first; op; op = op->next) {
        b->loc = op->loc;
        bool value = op->code == OP_GET || op->code == OP_LOAD || op_code_has(op->code, PURE);
        claim_op(s, b, op);
        if (op->nregions > 0)
            copy_control(s, b, op);
        else if (value && is_known(s, op) && (op_code_has(op->code, PURE) || !reads_the_loop(s, op)))
            clone_op(b, s->map, op);
        else if ((op->code == OP_CHECK || op->code == OP_FAIL) && is_known(s, op))
            clone_op(b, s->map, op);
        else
            forget(s, op);
    }
}

/* One turn through the loop. */
static void inspect(Inspector *s, Builder b, bool writes) {
    ExprTable *t = s->e->exprs;
    s->writes = writes;
    s->map = clone_map_create(s->e->module);
    s->unknown.len = 0;
    s->lo = expr_const(t, 1);
    if (s->loop->index) {
        s->lo = s->loop->op->exprs[0];
        Value *index = enter_for(&b, (const Expr *const *)s->loop->op->exprs, s->loop->index->name);
        clone_map_set(s->map, s->loop->index, index);
        s->mine = expr_add_const(t, expr_sub(t, expr_value(t, index), s->lo), 1);
    }
    copy_region(s, &b, s->loop->body);
}

static bool is_read(const Inspector *s) {
    for (int i = 0; i < s->accesses->len; i++)
        if (s->accesses->data[i].reads && s->accesses->data[i].box.root == s->root)
            return true;
    return false;
}

static void remove_back_to(Op *last, const Op *loop) {
    for (Op *op = loop->prev; op && op != last; op = loop->prev)
        op_unlink(op);
}

bool parallel_inspect(Elab *e, const ParallelLoop *loop, Value *root, ParallelText *text, void *user) {
    Inspector s = {.e = e, .loop = loop, .accesses = loop->accesses, .root = root, .text = text, .user = user};
    Op *last = loop->op->prev;
    Builder b = builder_before(e->module, loop->op);
    b.loc = loop->op->loc;
    const Type *type = type_get(e->module, TYPE_TENSOR, ELEM_I64, root->type->rank, root->type->dims, false);
    s.owner = build_op(&b, OP_TEMP, NULL, 0, NULL, 0, &type, 1, 0)->results[0];
    s.owner->name = "owner";
    Value *fill[] = {s.owner, build_const_int(&b, ELEM_I64, 0)};
    build_op(&b, OP_FILL, fill, 2, NULL, 0, NULL, 0, 0);
    inspect(&s, b, true);
    if (is_read(&s))
        inspect(&s, b, false);
    if (s.lost)
        remove_back_to(last, loop->op);
    return !s.lost;
}
