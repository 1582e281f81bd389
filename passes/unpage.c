/* unpage - reads and writes of paged views become reads and writes of the cache, at the page that the block table names.
 *
 * Needs: block stage. Keeps: results. Gives: no paged view is left.
 * Row i of a paged view lies in page table[i / rows], row i mod rows. The front end has checked every entry of the table when the
 * view was made, so that nothing is checked here. The entry is read as far out as its row is known. */
#include "ir/build.h"
#include "ir/facts.h"
#include "ir/walk.h"
#include "passes/pipeline.h"

typedef struct Unpage {
    Module *module;
    Facts *facts; /* of the function */
} Unpage;

typedef struct Place {
    Value *base;
    const Expr *index[IR_MAX_RANK + 1];
    int n;
} Place;

static bool is_paged(const Value *v) {
    while (v->def && v->def->code == OP_VIEW)
        v = v->def->operands[0];
    return v->def && v->def->code == OP_PAGED;
}

/* ---- where the entry of the table is read ---------------------------------------------------------------------- */

static bool leaf_is_outside(void *user, Value *v) {
    const Region *region = user;
    return (v->def ? v->def->parent : v->region) != region;
}

static bool is_loop(const Op *op) { return op && (op->code == OP_LOOP || op->code == OP_FOR); }

/* A loop that runs at least once: what it reads may be read before it. */
static bool loop_runs(const Op *op) {
    int64_t lo, hi;
    return is_loop(op) && expr_is_const(op->exprs[0], &lo) && expr_is_const(op->exprs[1], &hi) && lo < hi;
}

/* Is the row one of the view in every iteration of the loops whose indices it names? Then its page exists wherever those loops are. */
static bool row_exists(Unpage *u, const Expr *row, const Op *paged, const Op *at) {
    int mark = facts_mark(u->facts);
    for (const Op *loop = at->parent->parent_op; loop; loop = loop->parent->parent_op) {
        const Expr *index = is_loop(loop) ? expr_value(u->module->exprs, loop->regions[0]->args[0]) : NULL;
        if (!index || !expr_uses(row, index->value))
            continue;
        facts_add_le(u->facts, loop->exprs[0], index);
        facts_add_lt(u->facts, index, loop->exprs[1]);
    }
    bool exists = facts_prove_ge0(u->facts, row) && facts_prove_lt(u->facts, row, paged->results[0]->type->dims[0]);
    facts_release(u->facts, mark);
    return exists;
}

static Builder builder_for(Unpage *u, Op *op, const Expr *entry, bool exists) {
    while ((loop_runs(op->parent->parent_op) || (exists && is_loop(op->parent->parent_op))) &&
           expr_each_value(entry, leaf_is_outside, op->parent))
        op = op->parent->parent_op;
    Builder b = builder_before(u->module, op);
    b.loc = op->loc;
    return b;
}

/* ---- places ---------------------------------------------------------------------------------------------------- */

/* An index of a view to one of what it is a view of. */
static void place_through_view(Unpage *u, Place *p, const Op *view) {
    Place out = {.base = view->operands[0]};
    int kept = 0, e = 0;
    for (int d = 0; d < view->nsels; d++) {
        SelKind sel = view->sels[d];
        const Expr *at = sel == SEL_FULL ? expr_const(u->module->exprs, 0) : view->exprs[e];
        e += sel == SEL_FULL ? 0 : sel == SEL_INDEX ? 1 : 2;
        out.index[out.n++] = sel == SEL_INDEX ? at : expr_add(u->module->exprs, at, p->index[kept++]);
    }
    *p = out;
}

static void place_through_table(Unpage *u, Place *p, const Op *paged, Op *at) {
    ExprTable *t = u->module->exprs;
    Place out = {.base = paged->operands[0]};
    const Expr *rows = paged->operands[0]->type->dims[1];
    if (!expr_is_const(rows, NULL))
        rows = expr_max(t, rows, expr_const(t, 1));
    const Expr *entry = expr_div(t, p->index[0], rows);
    Builder b = builder_for(u, at, entry, row_exists(u, p->index[0], paged, at));
    Value *page = build_get(&b, paged->operands[1], &entry, 1);
    page->name = "page";
    out.index[out.n++] = value_expr(u->module, page);
    out.index[out.n++] = expr_mod(t, p->index[0], rows);
    for (int i = 1; i < p->n; i++)
        out.index[out.n++] = p->index[i];
    *p = out;
}

/* The op's first operand and indices are those of the cache from now on. */
static void resolve(Unpage *u, Op *op) {
    Place p = {.base = op->operands[0], .n = op->nexprs};
    for (int i = 0; i < op->nexprs; i++)
        p.index[i] = op->exprs[i];
    while (p.base->def && is_paged(p.base)) {
        const Op *def = p.base->def;
        if (def->code == OP_VIEW) {
            place_through_view(u, &p, def);
        } else {
            place_through_table(u, &p, def, op);
            break;
        }
    }
    const Expr **exprs = ARENA_ARRAY(u->module->arena, const Expr *, p.n + 1);
    for (int i = 0; i < p.n; i++)
        exprs[i] = p.index[i];
    op_set_operand(op, 0, p.base);
    op->exprs = exprs;
    op->nexprs = p.n;
}

/* ---- places that may lie outside ------------------------------------------------------------------------------- */

static Value *compare(Builder *b, OpCode code, const Expr *x, const Expr *y) {
    return build_binary(b, code, build_index(b, x), build_index(b, y));
}

static Value *both(Builder *b, Value *x, Value *y) { return x ? build_binary(b, OP_AND, x, y) : y; }

static Value *inside(Unpage *u, Builder *b, const Op *op) {
    Value *all = NULL;
    for (int d = 0; d < op->nexprs; d++) {
        const Expr *e = op->exprs[d], *extent = op->operands[0]->type->dims[d];
        if (!facts_prove_ge0(u->facts, e))
            all = both(b, all, compare(b, OP_GE, e, expr_const(u->module->exprs, 0)));
        if (!facts_prove_lt(u->facts, e, extent))
            all = both(b, all, compare(b, OP_LT, e, extent));
    }
    return all ? all : build_const_int(b, ELEM_BOOL, 1);
}

static Op *build_if(Builder *b, Value *condition) { return build_op(b, OP_IF, &condition, 1, NULL, 0, NULL, 0, 2); }

static void put_scalar(Unpage *u, Region *region, Value *buffer, Value *x, Loc loc) {
    Builder b = builder_at_end(u->module, region);
    b.loc = loc;
    Value *operands[2] = {buffer, x};
    build_op(&b, OP_PUT, operands, 2, NULL, 0, NULL, 0, 0);
}

/* `get` with a fill value: the element, or where there is none the fill, goes through a variable. */
static void get_filled(Unpage *u, Op *op) {
    Builder b = builder_before(u->module, op);
    b.loc = op->loc;
    const Type *type = type_get(u->module, TYPE_BUFFER, op->results[0]->type->elem, 0, NULL, false);
    Op *buffer = build_op(&b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(u->module, buffer, ATTR_MEMORY, "reg");
    Op *branch = build_if(&b, inside(u, &b, op));
    Builder then = builder_at_end(u->module, branch->regions[0]);
    then.loc = op->loc;
    Value *element = build_get(&then, op->operands[0], op->exprs, op->nexprs);
    put_scalar(u, branch->regions[0], buffer->results[0], element, op->loc);
    put_scalar(u, branch->regions[1], buffer->results[0], op->operands[1], op->loc);
    resolve(u, element->def);
    op_set_operand(op, 0, buffer->results[0]);
    op->noperands = 1;
    op->nexprs = 0;
    op_set_bool(u->module, op, ATTR_FILL_VIEW, false);
}

static void put_guarded(Unpage *u, Op *op) {
    Builder b = builder_before(u->module, op);
    b.loc = op->loc;
    Op *branch = build_if(&b, inside(u, &b, op));
    op_unlink(op);
    op_append(branch->regions[0], op);
    op_set_bool(u->module, op, ATTR_GUARDED, false);
    resolve(u, op);
}

/* Loops over the view's extents around one put. */
static void fill_loops(Unpage *u, Op *op) {
    Value *view = op->operands[0], *operands[2] = {view, op->operands[1]};
    const Expr *index[IR_MAX_RANK], *zero = expr_const(u->module->exprs, 0), *one = expr_const(u->module->exprs, 1);
    Builder b = builder_before(u->module, op);
    b.loc = op->loc;
    for (int d = 0; d < view->type->rank; d++) {
        const Expr *bounds[3] = {zero, view->type->dims[d], one};
        Op *loop = build_op(&b, OP_FOR, NULL, 0, bounds, 3, NULL, 0, 1);
        index[d] =
            expr_value(u->module->exprs, region_add_arg(u->module, loop->regions[0], type_index(u->module), "i"));
        b = builder_at_end(u->module, loop->regions[0]);
        b.loc = op->loc;
    }
    resolve(u, build_op(&b, OP_PUT, operands, 2, index, view->type->rank, NULL, 0, 0));
    op_unlink(op);
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static void unpage_op(Unpage *u, Op *op) {
    if (op->noperands == 0 || !is_paged(op->operands[0]))
        return;
    if (op->code == OP_FILL)
        fill_loops(u, op);
    else if (op->code == OP_GET && op_attr_bool(op, ATTR_FILL_VIEW))
        get_filled(u, op);
    else if (op->code == OP_PUT && op_attr_bool(op, ATTR_GUARDED))
        put_guarded(u, op);
    else if (op->code == OP_GET || op->code == OP_PUT)
        resolve(u, op);
}

static void unpage_region(Unpage *u, Region *region) {
    for (Op *op = region->first, *next; op; op = next) {
        next = op->next;
        for (int i = 0; i < op->nregions; i++)
            unpage_region(u, op->regions[i]);
        unpage_op(u, op);
    }
}

/* What made the views; nothing reads them any more. */
static void drop_views(Region *region) {
    for (Op *op = region->last, *prev; op; op = prev) {
        prev = op->prev;
        for (int i = 0; i < op->nregions; i++)
            drop_views(op->regions[i]);
        if ((op->code == OP_VIEW || op->code == OP_PAGED) && is_paged(op->results[0]))
            op_unlink(op);
    }
}

bool pass_unpage(Module *m, PassContext *ctx) {
    for (int i = 0; i < m->funcs.len; i++) {
        Unpage u = {m, facts_create(ctx->arena, m->exprs)};
        for (const Op *op = m->funcs.data[i]->body->first; op; op = op->next)
            for (int k = 0; op->code == OP_ASSUME && k < op->nexprs; k++)
                facts_add_ge0(u.facts, op->exprs[k]);
        unpage_region(&u, m->funcs.data[i]->body);
        drop_views(m->funcs.data[i]->body);
    }
    return true;
}
