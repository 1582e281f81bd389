/* pack - operands of contractions become panels.
 *
 * Needs: block stage, after block. Keeps: results, bit for bit. What the innermost loop of a contraction reads with a stride, or
 * converts, or what several register blocks read, is copied once into a buffer [k, rows or lanes] in the order in which it is read.
 * The copy is made before the outermost loop that still repeats it, and fits: for the operand of the lanes before the loop of the rows
 * (one panel, used by all row blocks), or, with one panel for each block, before loops further out. What no loop repeats is copied
 * only because of its stride: piece by piece, each used at once while it is in the first-level cache. */
#include "passes/block/block.h"

enum {
    MAX_DEPTH = 3, /* loops that a panel is made for all iterations of */
    PIECE = 64,    /* indices of k at a time, where a panel is used once */
    REUSE = 4,     /* reads of an element that make a copy worth it */
    REUSE_CONVERTED = 2
};

/* An operand read in the innermost loop of a contraction. */
typedef struct Site {
    Block *bl;
    Op *get, *k;
    Role role;
    int along_k, walked;             /* dimensions of the memory */
    int64_t extent;                  /* rows or lanes */
    const Expr *valid;               /* of them */
    const Expr *origin[IR_MAX_RANK]; /* at the first k */
} Site;

/* Where the copy is made. */
typedef struct Home {
    Op *anchor;           /* before this op */
    Op *loops[MAX_DEPTH]; /* for each block of these, innermost first */
    int nloops;
    double reuse, bytes;
} Home;

typedef struct Panel {
    Site site;
    Home home;
    Value *buffer;
} Panel;

typedef struct Pack {
    Block *bl;
    VEC(Op *) contractions;
    VEC(Panel) panels;
    VEC(Op *) once; /* reads of the contraction at hand that are packed in pieces */
} Pack;

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

static const Expr *loop_length(const Block *bl, const Op *loop) {
    return expr_sub(block_exprs(bl), loop->exprs[1], loop->exprs[0]);
}

/* The most iterations, as an extent. */
static const Expr *block_count(const Block *bl, const Op *loop) {
    ExprTable *t = block_exprs(bl);
    const Expr *length = loop_length(bl, loop);
    int64_t most;
    if (extent_upper(bl, length, &most))
        length = expr_const(t, most);
    return expr_cdiv(t, length, loop->exprs[2]);
}

static double estimate(const Block *bl, const Expr *e) { return (double)extent_estimate(bl, e); }

/* Iterations, in blocks. */
static double loop_estimate(const Block *bl, const Op *loop) {
    int64_t step = 1;
    expr_is_const(loop->exprs[2], &step);
    double length = estimate(bl, loop_length(bl, loop));
    return length < (double)step ? 1 : length / (double)step;
}

static const Expr *k_extent(const Site *s) {
    int64_t most;
    const Expr *length = loop_length(s->bl, s->k);
    return extent_upper(s->bl, length, &most) ? expr_const(block_exprs(s->bl), most) : length;
}

/* ---- what is read ------------------------------------------------------------------------------------------------ */

/* The dimension that goes along with k, if nothing else depends on k. */
static int dimension_along(Block *bl, const Op *get, const Op *k) {
    vary_compute(bl, k);
    return vary_walked(bl, get->exprs, op_nindices(get));
}

static bool site_of(Block *bl, Op *get, Op *k, Site *s) {
    *s = (Site){.bl = bl, .get = get, .k = k};
    const Type *t = get->results[0]->type;
    int64_t rows = tile_extent(t, ROLE_ROWS), lanes = tile_extent(t, ROLE_LANES);
    if (get->code != OP_GET || (rows > 1) == (lanes > 1) || op_attr_bool(get, ATTR_FILL_VIEW))
        return false;
    s->role = rows > 1 ? ROLE_ROWS : ROLE_LANES;
    s->extent = rows > 1 ? rows : lanes;
    s->walked = (int)op_attr_int(get, role_attr(s->role), -1);
    s->along_k = dimension_along(bl, get, k);
    if (s->along_k < 0 || s->along_k == s->walked || !loop_is_unit(k))
        return false;
    int part = op_part_expr(get);
    s->valid = part >= 0 ? get->exprs[part] : expr_const(block_exprs(bl), s->extent);
    for (int i = 0; i < op_nindices(get); i++) {
        s->origin[i] = expr_replace(block_exprs(bl), get->exprs[i], loop_index(k), k->exprs[0]);
        if (!expr_is_outside_loop(s->origin[i], k))
            return false;
    }
    return true;
}

static bool is_strided(const Site *s) { return s->walked != op_nindices(s->get) - 1; }

static bool is_converted(const Site *s) {
    Elem e = s->get->results[0]->type->elem;
    return elem_is_narrow_float(e) || elem_info(e)->bits < 32;
}

/* ---- where to copy ----------------------------------------------------------------------------------------------- */

typedef VEC(const Expr *) ExprVec;

typedef struct Inside {
    const Op *loop;
    const Home *home;
} Inside;

static bool leaf_is_available(void *user, Value *v) {
    const Inside *in = user;
    if (v == loop_index(in->loop))
        return true; /* asked for by itself */
    for (int i = 0; i < in->home->nloops; i++)
        if (v == loop_index(in->home->loops[i]))
            return true;
    return !region_contains(loop_body(in->loop), value_region(v));
}

static bool depends_on(const ExprVec *deps, const Op *loop) {
    for (int i = 0; i < deps->len; i++)
        if (expr_uses(deps->data[i], loop_index(loop)))
            return true;
    return false;
}

static bool all_available(const ExprVec *deps, const Op *loop, const Home *home) {
    Inside in = {loop, home};
    for (int i = 0; i < deps->len; i++)
        if (!expr_each_value(deps->data[i], leaf_is_available, &in))
            return false;
    return true;
}

typedef struct Writes {
    const Site *site;
    bool found;
} Writes;

static void note_write(void *user, Op *op) {
    Writes *w = user;
    bool writes = op_code_has(op->code, WRITES) && op->noperands > 0;
    for (int i = 0; writes && i < op->noperands; i++)
        if (type_is_memory(op->operands[i]->type) && (i == 0 || op->code == OP_TOPK_FIN))
            w->found |=
                alias_may_overlap(w->site->bl->alias, w->site->bl->func, op->operands[i], w->site->get->operands[0]);
}

/* May the copy be made before the loop: is the memory there, and not written in it? */
static bool may_leave(const Site *s, const Op *loop) {
    Writes w = {s, false};
    walk_ops(loop_body(loop), note_write, &w);
    return !w.found && !region_contains(loop_body(loop), value_region(s->get->operands[0]));
}

/* Bytes of all panels of an operand: that of the rows is read again and again from the second-level cache, of which the other one, which
 * comes from the last level, wants its part. */
static int64_t panels_most(const Block *bl, Role role) {
    const VectorFacts *f = &bl->ctx->vector;
    return role == ROLE_ROWS ? (int64_t)f->l2 << 9 : (int64_t)f->l3 << 10;
}

static double panel_bytes(const Site *s, const Home *h) {
    double bytes =
        estimate(s->bl, k_extent(s)) * (double)s->extent * elem_bytes(elem_accumulator(s->get->results[0]->type->elem));
    for (int i = 0; i < h->nloops; i++)
        bytes *= loop_estimate(s->bl, h->loops[i]);
    return bytes;
}

/* From the contraction outwards: a loop that the operand depends on is given a panel for each of its blocks; one that it does not
 * depend on repeats the reads, so the copy is better made before it. */
static Home find_home(const Site *s) {
    ExprVec deps = {0};
    Arena *arena = s->bl->arena;
    for (int i = 0; i < op_nindices(s->get); i++)
        VEC_PUSH(arena, &deps, s->origin[i]);
    VEC_PUSH(arena, &deps, s->valid);
    VEC_PUSH(arena, &deps, k_extent(s));
    VEC_PUSH(arena, &deps, s->k->exprs[0]);
    Home at = {.anchor = s->k, .reuse = 1}, best = at;
    best.bytes = panel_bytes(s, &best);
    for (Op *loop = s->k->parent->parent_op; loop && loop->code == OP_LOOP; loop = loop->parent->parent_op) {
        if (!may_leave(s, loop) || !all_available(&deps, loop, &at))
            break;
        at.anchor = loop;
        if (depends_on(&deps, loop)) {
            if (at.nloops == MAX_DEPTH)
                break;
            at.loops[at.nloops++] = loop;
            VEC_PUSH(arena, &deps, loop->exprs[0]);
            VEC_PUSH(arena, &deps, loop->exprs[1]);
            VEC_PUSH(arena, &deps, block_count(s->bl, loop));
            continue;
        }
        at.reuse *= loop_estimate(s->bl, loop);
        at.bytes = panel_bytes(s, &at);
        if (at.bytes <= (double)panels_most(s->bl, s->role))
            best = at;
    }
    return best;
}

static bool is_worth(const Site *s, const Home *h) {
    if (s->role == ROLE_LANES && is_strided(s))
        return true;
    if (is_converted(s))
        return h->reuse >= REUSE_CONVERTED;
    /* Rows of a buffer lie close together as they are. */
    if (s->role == ROLE_ROWS && s->get->operands[0]->type->kind == TYPE_BUFFER)
        return false;
    return h->reuse >= REUSE;
}

/* ---- panels ------------------------------------------------------------------------------------------------------ */

/* Do both copy the same? Loops that are the same in all but their index count as one. */
static const Expr *renamed(const Pack *p, const Expr *e, const Home *from, const Home *to) {
    for (int i = 0; i < from->nloops; i++)
        e = expr_replace(block_exprs(p->bl), e, loop_index(from->loops[i]),
                         expr_value(block_exprs(p->bl), loop_index(to->loops[i])));
    return e;
}

static bool same_copy(const Pack *p, const Panel *a, const Site *s, const Home *h) {
    if (a->home.anchor->parent != h->anchor->parent || a->home.nloops != h->nloops ||
        a->site.get->operands[0] != s->get->operands[0] || a->site.role != s->role || a->site.extent != s->extent ||
        a->site.along_k != s->along_k || a->site.walked != s->walked)
        return false;
    for (int i = 0; i < h->nloops; i++)
        for (int j = 0; j < 3; j++)
            if (renamed(p, h->loops[i]->exprs[j], h, &a->home) != a->home.loops[i]->exprs[j])
                return false;
    for (int i = 0; i < op_nindices(s->get); i++)
        if (renamed(p, s->origin[i], h, &a->home) != a->site.origin[i])
            return false;
    return renamed(p, s->valid, h, &a->home) == a->site.valid && s->k->exprs[0] == a->site.k->exprs[0] &&
           s->k->exprs[1] == a->site.k->exprs[1];
}

/* May memory that is written between two uses of a panel be what it was made from? */
static bool region_writes(const Site *s, const Region *r) {
    Writes w = {s, false};
    walk_ops((Region *)(uintptr_t)r, note_write, &w);
    return w.found;
}

static Panel *find_panel(Pack *p, const Site *s, const Home *h) {
    for (int i = 0; i < p->panels.len; i++)
        if (same_copy(p, &p->panels.data[i], s, h) && !region_writes(s, h->anchor->parent))
            return &p->panels.data[i];
    return NULL;
}

static const char *memory_of(const Block *bl, const Type *t) {
    int64_t bytes = elem_bytes(elem_accumulator(t->elem)), extent;
    for (int i = 0; i < t->rank; i++) {
        if (!expr_is_const(t->dims[i], &extent) || extent > 1 << 20)
            return "ws";
        bytes *= extent;
        if (bytes > panels_most(bl, ROLE_LANES))
            return "ws";
    }
    return bytes <= 4096 ? "l1" : "l2";
}

static Value *make_buffer(const Site *s, const Home *h, Builder *b) {
    Module *m = s->bl->module;
    const Expr *dims[IR_MAX_RANK];
    int n = 0;
    for (int i = h->nloops - 1; i >= 0; i--)
        dims[n++] = block_count(s->bl, h->loops[i]);
    dims[n++] = k_extent(s);
    dims[n++] = expr_const(m->exprs, s->extent);
    const Type *type = type_get(m, TYPE_BUFFER, s->get->results[0]->type->elem, n, dims, false);
    Op *op = build_op(b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(m, op, ATTR_MEMORY, memory_of(s->bl, type));
    op->results[0]->name = s->get->operands[0]->name;
    return op->results[0];
}

/* The number of the block that the loops are at, outermost loop first. */
static int leading_indices(const Site *s, const Home *h, CloneMap *map, const Expr **out) {
    ExprTable *t = block_exprs(s->bl);
    int n = 0;
    for (int i = h->nloops - 1; i >= 0; i--) {
        const Op *loop = h->loops[i];
        const Expr *at = expr_sub(t, expr_value(t, loop_index(loop)), loop->exprs[0]);
        at = expr_div(t, at, loop->exprs[2]);
        out[n++] = map ? clone_map_expr(map, at) : at;
    }
    return n;
}

/* Loops over the blocks, copied empty; the builder is in the innermost one afterwards. */
static void open_loops(const Site *s, const Home *h, Builder *b, CloneMap *map) {
    Module *m = s->bl->module;
    for (int i = h->nloops - 1; i >= 0; i--) {
        const Op *from = h->loops[i];
        const Expr *bounds[3];
        for (int j = 0; j < 3; j++)
            bounds[j] = clone_map_expr(map, from->exprs[j]);
        Op *loop = build_op(b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
        op_copy_attrs(m, loop, from);
        Value *index = region_add_arg(m, loop_body(loop), loop_index(from)->type, loop_index(from)->name);
        clone_map_set(map, loop_index(from), index);
        Loc loc = b->loc;
        *b = builder_at_end(m, loop_body(loop));
        b->loc = loc;
    }
}

static void emit_copy(const Site *s, const Home *h, Builder *b, Value *buffer) {
    Module *m = s->bl->module;
    CloneMap *map = clone_map_create(m);
    open_loops(s, h, b, map);
    const Expr *exprs[2 * IR_MAX_RANK + 2];
    int n = 0;
    for (int i = 0; i < op_nindices(s->get); i++)
        exprs[n++] = clone_map_expr(map, s->origin[i]);
    exprs[n++] = clone_map_expr(map, loop_length(s->bl, s->k));
    exprs[n++] = clone_map_expr(map, s->valid);
    n += leading_indices(s, h, map, exprs + n);
    Value *operands[2] = {buffer, s->get->operands[0]};
    Op *pack = build_op(b, OP_PACK, operands, 2, exprs, n, NULL, 0, 0);
    op_set_int(m, pack, ATTR_ROWS, s->along_k);
    op_set_int(m, pack, ATTR_LANES, s->walked);
}

static void read_panel(const Site *s, const Home *h, Value *buffer) {
    Module *m = s->bl->module;
    ExprTable *t = m->exprs;
    Builder b = builder_before(m, s->get);
    b.loc = s->get->loc;
    const Expr *idx[IR_MAX_RANK];
    int n = leading_indices(s, h, NULL, idx);
    idx[n++] = expr_sub(t, expr_value(t, loop_index(s->k)), s->k->exprs[0]);
    idx[n++] = expr_const(t, 0);
    Op *get = build_op(&b, OP_GET, &buffer, 1, idx, n, &s->get->results[0]->type, 1, 0);
    op_set_int(m, get, role_attr(s->role), n - 1);
    get->results[0]->name = s->get->results[0]->name;
    for (Op *op = s->get->next; op; op = op->next)
        for (int i = 0; i < op->noperands; i++)
            if (op->operands[i] == s->get->results[0])
                op->operands[i] = get->results[0];
    op_unlink(s->get);
}

/* ---- pieces -------------------------------------------------------------------------------------------------------- */

/* Would a panel that nothing uses twice go through slower caches? */
static bool wants_pieces(const Site *s, const Home *h) {
    const Expr *length = loop_length(s->bl, s->k);
    int64_t most;
    return h->anchor == s->k && s->role == ROLE_LANES && is_strided(s) && s->k->parent->parent_op &&
           !(extent_upper(s->bl, length, &most) && most <= PIECE) && !expr_uses(s->k->exprs[1], loop_index(s->k));
}

/* The loop of the contraction runs in pieces, inside of a new loop. */
static void cut_contraction(Pack *p, Op *k) {
    Module *m = p->bl->module;
    ExprTable *t = m->exprs;
    Builder b = builder_before(m, k);
    b.loc = k->loc;
    const Expr *bounds[3] = {k->exprs[0], k->exprs[1], expr_const(t, PIECE)};
    Op *pieces = build_op(&b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_copy_attrs(m, pieces, k);
    const Expr *lo = expr_value(t, region_add_arg(m, loop_body(pieces), loop_index(k)->type, loop_index(k)->name));
    k->exprs[1] = expr_min(t, expr_add_const(t, lo, PIECE), k->exprs[1]);
    k->exprs[0] = lo;
    op_unlink(k);
    op_append(loop_body(pieces), k);
    note_decision(p->bl, "pack", pieces, "in pieces of %d", PIECE);
}

/* ---- the pass ---------------------------------------------------------------------------------------------------- */

static void note_site(Pack *p, const Site *s, const Home *h, const char *what) {
    note_decision(p->bl, "pack", s->k, "%s, %d %s%s%s: %s, %.0f reads of an element, %.0f bytes, for %d loops around",
                  s->get->operands[0]->name ? s->get->operands[0]->name : "?", (int)s->extent, role_text(s->role),
                  is_strided(s) && s->role == ROLE_LANES ? ", strided" : "", is_converted(s) ? ", converted" : "", what,
                  h->reuse, h->bytes, h->nloops);
}

/* A new panel; its next one is asked for ahead where memory is walked in another order than the panel. */
static Panel *make_panel(Pack *p, const Site *s, const Home *h) {
    Builder b = builder_before(p->bl->module, h->anchor);
    b.loc = s->get->loc;
    Value *buffer = make_buffer(s, h, &b);
    emit_copy(s, h, &b, buffer);
    VEC_PUSH(p->bl->arena, &p->panels, (Panel){*s, *h, buffer});
    Prefetch next = {s->get->operands[0], s->origin, s->along_k, s->walked, s->extent, k_extent(s), h->anchor, 0};
    if (s->role == ROLE_LANES && is_strided(s) && expr_is_const(s->valid, NULL) && h->nloops == 0) {
        if (h->anchor != s->k)
            prefetch_next_panel(p->bl, &next);
        else if (p->once.len > 0) {
            next.piece = PIECE;
            prefetch_next_piece(p->bl, &next);
        }
    }
    return &VEC_LAST(&p->panels);
}

/* In pieces: not now, but when the loop of the contraction has been cut. */
static void pack_site(Pack *p, Op *get, Op *k, bool cut) {
    Site s;
    if (!site_of(p->bl, get, k, &s))
        return;
    Home h = find_home(&s);
    Panel *known = find_panel(p, &s, &h);
    bool worth = known || is_worth(&s, &h);
    if (worth && !known && !cut && wants_pieces(&s, &h)) {
        VEC_PUSH(p->bl->arena, &p->once, get);
        return;
    }
    note_site(p, &s, &h, worth ? "panels" : "read in place");
    if (!worth || h.nloops + 2 > IR_MAX_RANK)
        return;
    if (!known)
        known = make_panel(p, &s, &h);
    read_panel(&s, &h, known->buffer);
}

static void find_contraction(void *user, Op *op) {
    Pack *p = user;
    if (contract_is_loop(op))
        VEC_PUSH(p->bl->arena, &p->contractions, op);
}

static void pack_contraction(Pack *p, Op *k) {
    p->once.len = 0;
    for (Op *op = loop_body(k)->first, *next; op; op = next) {
        next = op->next;
        if (op->code == OP_GET)
            pack_site(p, op, k, false);
    }
    if (p->once.len > 0)
        cut_contraction(p, k);
    for (int i = 0; i < p->once.len; i++)
        pack_site(p, p->once.data[i], k, true);
}

static void run(Block *bl) {
    Pack p = {.bl = bl};
    walk_ops(bl->func->body, find_contraction, &p);
    for (int i = 0; i < p.contractions.len; i++)
        pack_contraction(&p, p.contractions.data[i]);
}

bool pass_pack(Module *m, PassContext *ctx) { return block_each_kernel(m, ctx, run); }
