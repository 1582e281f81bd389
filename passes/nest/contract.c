/* contract - brings the loop of a contraction inwards.
 *
 * Needs: block stage, before `rows`. Keeps: results; every accumulator is stepped in the order it was. LOWERING.md sections 1.2, 1.5.
 *     loop j { p = ..; loop e { step O[e], p, get v[j, e] }; step L, p }
 * adds to all of O for every j. With the loop of the contraction inside, each O[e] can stay in a register:
 *     loop jc step 256 { loop j in jc :+ 256 { p = ..; keep p; step L, p }; loop e { loop j in jc :+ 256 { step O[e], p[j], .. } } }
 * What must be kept for the inner loops is kept for 256 iterations; without any, j is not cut. If all that then reads O[e] is one
 * more loop over e, its body follows the inner loop at once, and one accumulator is enough. */
#include "passes/nest/nest.h"
#include "passes/simplify/simplify.h"

enum { CHUNK = 256 };

/* ---- which loops move outside of j --------------------------------------------------------------------------------- */

/* Only steps of accumulators that the loop tells apart, of values that j's other state has no part in. */
static bool is_step_loop(Distribution *d, const Op *loop) {
    Region *body = loop->regions[0];
    bool steps = false;
    for (const Op *op = body->first; op; op = op->next) {
        if (op->nregions > 0 || (op->code != OP_STEP && op->code != OP_GET && !op_code_has(op->code, PURE)))
            return false;
        if (op->code == OP_GET &&
            (op_attr_bool(op, ATTR_VOLATILE) || (!value_is_inside(alias_root(op->operands[0]), d->loop->regions[0]) &&
                                                 region_writes(d->nest, d->loop->regions[0], op->operands[0]))))
            return false;
        if (op->code != OP_STEP)
            continue;
        int rank = op->operands[0]->type->rank, dim = 0;
        while (dim < rank && !index_separates(d->nest, loop, op->exprs[dim]))
            dim++;
        if (dim == rank || value_is_inside(op->operands[0], d->loop->regions[0]) ||
            !op_attr_is(op->operands[0]->def, ATTR_MONOID, "fma.seq"))
            return false;
        for (int i = 0; i < rank; i++)
            if (expr_uses(op->exprs[i], loop_index(d->loop)))
                return false;
        steps = true;
    }
    return steps;
}

static bool contract_hoists(Distribution *d, const Op *loop) {
    for (int i = 0; i < 3; i++)
        if (!expr_is_outside(loop->exprs[i], d->loop->regions[0]))
            return false;
    return loop->parent == d->loop->regions[0] && is_step_loop(d, loop);
}

/* ---- may the parts run one after another? -------------------------------------------------------------------------- */

typedef struct Outer {
    const Value *state;
    int part;
    bool write;
} Outer;
typedef struct OuterList {
    Nest *nest;
    const Region *body;
    int part;
    bool ok;
    VEC(Outer) list;
} OuterList;

static void note_outer(void *user, Op *op) {
    OuterList *s = user;
    if (op_code_has(op->code, EFFECT) || op->code == OP_CALL)
        s->ok = false;
    for (int i = 0; i < op->noperands; i++) {
        const Value *v = op->operands[i];
        bool state = v->type->kind == TYPE_ACC || (type_is_memory(v->type) && !op_code_has(op->code, PURE));
        bool write = op_writes_state(op) && (i == 0 || op->code == OP_TOPK_FIN);
        if (state && !value_is_inside(alias_root(v), s->body))
            VEC_PUSH(s->nest->arena, &s->list, (Outer){v, s->part, write});
    }
}

static bool same_state(Nest *n, const Value *a, const Value *b) {
    return a == b || (type_is_memory(a->type) && type_is_memory(b->type) && alias_may_overlap(n->alias, n->func, a, b));
}

/* State of outside may be touched by one part only, if any of them writes it. */
static bool parts_are_apart(Distribution *d) {
    OuterList s = {.nest = d->nest, .body = d->loop->regions[0], .ok = true};
    for (int i = 0; i < d->plan->parts.len; i++)
        for (int k = 0; k < d->plan->parts.data[i].ops.len; k++) {
            Op *op = d->plan->parts.data[i].ops.data[k];
            s.part = i;
            note_outer(&s, op);
            for (int r = 0; r < op->nregions; r++)
                walk_ops(op->regions[r], note_outer, &s);
        }
    for (int i = 0; i < s.list.len && s.ok; i++)
        for (int k = 0; k < i && s.ok; k++) {
            const Outer *a = &s.list.data[i], *b = &s.list.data[k];
            s.ok = a->part == b->part || !(a->write || b->write) || !same_state(d->nest, a->state, b->state);
        }
    return s.ok;
}

/* ---- the reader of the sums ---------------------------------------------------------------------------------------- */

typedef struct AccUses {
    const Value *acc;
    const Op *steps, *reads; /* the loops around its uses */
    bool ok;
} AccUses;

static void note_acc_use(void *user, Op *op) {
    AccUses *u = user;
    for (int i = 0; i < op->noperands; i++) {
        if (op->operands[i] != u->acc)
            continue;
        const Op *loop = op->code == OP_STEP ? u->steps : u->reads;
        u->ok = u->ok && (op->code == OP_STEP || op->code == OP_FIN) && i == 0 &&
                region_contains(loop->regions[0], op->parent);
        /* step [e] anywhere in the first loop, fin [e] in the second */
        u->ok = u->ok && op->nexprs == 1 && op->exprs[0]->kind == EXPR_VALUE && op->exprs[0]->value == loop_index(loop);
    }
}

static bool loops_are_alike(const Op *a, const Op *b) {
    return b->code == OP_LOOP && a->exprs[0] == b->exprs[0] && a->exprs[1] == b->exprs[1] && a->exprs[2] == b->exprs[2];
}

typedef struct ReadCheck {
    Nest *nest;
    Region *region; /* or one op: */
    Op *op;
    bool ok;
} ReadCheck;

static void check_read(void *user, Op *op) {
    ReadCheck *c = user;
    if (op->code != OP_GET)
        return;
    if (c->region)
        c->ok = c->ok && !region_writes(c->nest, c->region, op->operands[0]);
    else if (op_writes_state(c->op) && type_is_memory(c->op->operands[0]->type))
        c->ok = c->ok && !same_state(c->nest, c->op->operands[0], op->operands[0]);
}

/* May the loop run as late as the other one, and piece by piece between its iterations? */
static bool can_wait(Nest *n, Op *steps, Op *reads) {
    for (Op *op = steps->next; op; op = op->next) {
        bool last = op == reads;
        if (op_code_has(op->code, EFFECT) || op->code == OP_CALL)
            return false;
        ReadCheck c = {n, NULL, op, true};
        walk_ops(steps->regions[0], check_read, &c);
        for (int i = 0; i < op->nregions && c.ok; i++) {
            c.region = op->regions[i];
            walk_ops(steps->regions[0], check_read, &c);
        }
        if (!c.ok || last)
            return c.ok;
    }
    return false;
}

static const Op *loop_around(const Op *op, const Region *region) {
    while (op && op->parent != region)
        op = op->parent->parent_op;
    return op;
}

static Op *acc_of_steps(Op *steps) {
    Op *acc = NULL;
    for (Op *inner = steps->regions[0]->first; inner; inner = inner->next)
        for (Op *op = inner->nregions ? inner->regions[0]->first : NULL; op; op = op->next)
            if (op->code == OP_STEP) {
                if (acc && acc != op->operands[0]->def)
                    return NULL;
                acc = op->operands[0]->def;
            }
    return acc;
}

/* The one loop beside `steps` that reads the accumulator and goes over the same range; NULL: none. */
static Op *reading_loop(Nest *n, Op *steps, Op *acc) {
    for (Op *op = steps->next; op; op = op->next) {
        if (!loops_are_alike(steps, op))
            continue;
        AccUses u = {acc->results[0], steps, op, true};
        walk_ops(n->func->body, note_acc_use, &u);
        if (u.ok)
            return can_wait(n, steps, op) && loop_is_independent(n, op) ? op : NULL;
    }
    return NULL;
}

static void drop_point(void *user, Op *op) {
    if (op->noperands > 0 && op->operands[0] == user && (op->code == OP_STEP || op->code == OP_FIN)) {
        op->exprs++;
        op->nexprs--;
    }
}

/* loop e { steps }; loop e { reads } -> loop e { acc; steps; reads } */
static void fuse_with_reader(Nest *n, Op *steps) {
    Op *acc = acc_of_steps(steps);
    if (!acc || acc->results[0]->type->rank != 1 || loop_around(acc, steps->parent) != acc)
        return;
    Op *reads = reading_loop(n, steps, acc);
    if (!reads)
        return;
    Module *m = n->module;
    Builder b =
        reads->regions[0]->first ? builder_before(m, reads->regions[0]->first) : builder_at_end(m, reads->regions[0]);
    b.loc = acc->loc;
    const Expr *e = expr_value(m->exprs, loop_index(reads));
    const Type *type = type_get(m, TYPE_ACC, acc->results[0]->type->elem, 0, NULL, false);
    Value *start = acc->noperands ? build_get(&b, acc->operands[0], &e, 1) : NULL;
    Op *one = build_op(&b, OP_ACC, &start, start ? 1 : 0, NULL, 0, &type, 1, 0);
    op_copy_attrs(m, one, acc);
    one->results[0]->name = acc->results[0]->name;
    CloneMap *map = clone_map_create(m);
    clone_map_set(map, loop_index(steps), loop_index(reads));
    clone_region_into(&b, map, steps->regions[0]);
    op_unlink(steps);
    value_replace_uses(n->func, acc->results[0], one->results[0]);
    walk_ops(reads->regions[0], drop_point, one->results[0]);
    op_unlink(acc);
}

/* ---- the pass ------------------------------------------------------------------------------------------------------ */

/* Iterations at a time; 0: all. */
static int64_t chunk_of(Distribution *d) {
    int64_t most;
    const Expr *trip = expr_sub(d->nest->module->exprs, d->loop->exprs[1], d->loop->exprs[0]);
    if (!d->expands || (facts_upper_const(d->nest->facts, trip, &most) && most <= CHUNK))
        return 0;
    return CHUNK;
}

static void contract_loop(Nest *n, Op *loop) {
    Distribution d = {.nest = n, .loop = loop, .hoists = contract_hoists, .inner_kind = op_attr_str(loop, ATTR_KIND)};
    if (!loop_has_unit_step(loop) || !distribute_plan(&d) || !d.hoists_any || !parts_are_apart(&d))
        return;
    Op *before = loop->prev, *after = loop->next;
    Region *region = loop->parent;
    int64_t chunk = chunk_of(&d);
    if (chunk)
        chunk = op_attr_int(loop, ATTR_BLOCK, chunk);
    nest_note(n->ctx, "contract", n->func, loop, "moves inside of the loops of its accumulators%s",
              chunk ? arena_printf(n->arena, ", in pieces of %lld", (long long)chunk) : "");
    Op *chunks = distribute_build(&d, chunk);
    if (chunks)
        return;
    for (Op *op = before ? before->next : region->first, *next; op && op != after; op = next) {
        next = op->next;
        if (op->code == OP_LOOP && op->regions[0]->first)
            fuse_with_reader(n, op);
    }
}

static void contract_region(Nest *n, Region *region) {
    for (Op *op = region->first, *next; op; op = next) {
        next = op->next;
        for (int i = 0; i < op->nregions; i++)
            contract_region(n, op->regions[i]);
        if (op->code == OP_LOOP)
            contract_loop(n, op);
    }
}

bool pass_contract(Module *m, PassContext *ctx) {
    const AliasTable *alias = alias_compute(ctx->arena, m);
    for (int i = 0; i < m->funcs.len; i++) {
        if (m->funcs.data[i]->kind != FUNC_KERNEL)
            continue;
        Nest n = nest_open(m, ctx, alias, m->funcs.data[i]);
        contract_region(&n, n.func->body);
        simplify_drop_dead(ctx, n.func);
    }
    return true;
}
