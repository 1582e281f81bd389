/* contract.c - which loops around a contraction give its rows and its lanes.
 *
 * A contraction steps fma.seq accumulators along its innermost loop k. Of the loops around it, one that only one factor depends on
 * may become rows, and one that only the other factor depends on may become lanes. All pairs that are legal are compared by the cost
 * of their register block, times the iterations of the loops that are left. */
#include "passes/block/block.h"

static const double STRIDED_STORE = 1.25, OUTER_ROWS = 1.01;

bool op_is_contraction(const Op *op) { return op->code == OP_STEP && acc_monoid(op->operands[0]) == MONOID_FMA_SEQ; }

bool contract_is_loop(const Op *loop) {
    if (loop->code != OP_LOOP)
        return false;
    bool found = false;
    for (const Op *op = loop_body(loop)->first; op; op = op->next) {
        if (op->nregions > 0)
            return false;
        found |= op_is_contraction(op);
    }
    return found;
}

/* A loop around k, and what depends on its index. */
typedef struct Candidate {
    Op *loop;
    int64_t trips;
    unsigned x, y; /* bit for each step: the first (second) factor varies */
    const char *no_lanes, *no_rows;
    bool strided; /* as lanes it would write with a stride */
    int across;   /* bytes of an element that it would, as lanes, read with a stride; 0: none */
} Candidate;

typedef struct Search {
    Block *bl;
    Op *steps[MAX_STEPS];
    int nsteps;
    unsigned lanes_x, lanes_y; /* steps whose factor has lanes already */
    bool has_lanes;
    int64_t vectors;
    Elem elem;
    Candidate chain[MAX_CHAIN]; /* innermost first */
    int n;
} Search;

static bool collect_steps(Search *s, Op *k) {
    for (Op *op = loop_body(k)->first; op; op = op->next) {
        if (!op_is_contraction(op))
            continue;
        if (s->nsteps == MAX_STEPS)
            return false;
        const Type *x = op->operands[1]->type, *y = op->operands[2]->type;
        int64_t lx = tile_extent(x, ROLE_LANES), ly = tile_extent(y, ROLE_LANES);
        if (tile_extent(x, ROLE_ROWS) > 1 || tile_extent(y, ROLE_ROWS) > 1 || (lx > 1 && ly > 1))
            return false;
        s->lanes_x |= (unsigned)(lx > 1) << s->nsteps;
        s->lanes_y |= (unsigned)(ly > 1) << s->nsteps;
        s->elem = op->operands[0]->type->elem;
        s->vectors = (lx > ly ? lx : ly) / cost_vector_lanes(&s->bl->ctx->vector, s->elem);
        s->has_lanes |= lx > 1 || ly > 1;
        s->steps[s->nsteps++] = op;
    }
    unsigned all = (1u << s->nsteps) - 1;
    return !s->has_lanes || (s->lanes_x | s->lanes_y) == all;
}

static void note_strided(void *user, Op *op) {
    Search *s = user;
    if ((op->code != OP_PUT && op->code != OP_GET) || !type_is_memory(op->operands[0]->type))
        return;
    int walked = vary_walked(s->bl, op->exprs, op_nindices(op));
    if (walked < 0 || walked == op_nindices(op) - 1)
        return;
    if (op->code == OP_PUT)
        s->chain[s->n].strided = true;
    else
        s->chain[s->n].across = elem_bytes(op->operands[0]->type->elem);
}

static void add_candidate(Search *s, Op *loop) {
    Block *bl = s->bl;
    Candidate *c = &s->chain[s->n];
    *c = (Candidate){.loop = loop, .trips = loop_trips(bl, loop)};
    c->no_rows = widen_obstacle(bl, loop, ROLE_ROWS, 1);
    for (int i = 0; i < s->nsteps; i++) {
        c->x |= (unsigned)vary_value(bl, s->steps[i]->operands[1]) << i;
        c->y |= (unsigned)vary_value(bl, s->steps[i]->operands[2]) << i;
    }
    c->no_lanes = s->has_lanes ? "there are lanes" : widen_obstacle(bl, loop, ROLE_LANES, bl->ctx->vector.lanes);
    walk_ops(loop_body(loop), note_strided, s);
    s->n++;
}

static void collect_chain(Search *s, const Op *k) {
    for (Op *op = k->parent->parent_op; op && s->n < MAX_CHAIN; op = op->parent->parent_op)
        if (op->code == OP_LOOP && loop_is_unit(op))
            add_candidate(s, op);
        else if (op->code != OP_LOOP)
            return;
}

static unsigned all_steps(const Search *s) { return (1u << s->nsteps) - 1; }

/* Does each step have one factor that depends on the lanes only and another that depends on the rows only? */
static bool is_pair(const Search *s, const Candidate *rows, unsigned lanes_x, unsigned lanes_y) {
    return (lanes_x & lanes_y) == 0 && (lanes_x | lanes_y) == all_steps(s) && rows->x == lanes_y && rows->y == lanes_x;
}

static double others(const Search *s, const Candidate *a, const Candidate *b) {
    double product = 1;
    for (int i = 0; i < s->n; i++)
        if (&s->chain[i] != a && &s->chain[i] != b)
            product *= (double)s->chain[i].trips;
    return product;
}

static bool integers_in_any_order(const Search *s) {
    for (int i = 0; i < s->nsteps; i++)
        if (step_class(s->steps[i]) != MONOID_CLASS_EXACT)
            return false;
    return true;
}

static void offer(Search *s, Contraction *best, double *least, Candidate *lanes, Candidate *rows) {
    int64_t nlanes = lanes ? lanes->trips : s->vectors * cost_vector_lanes(&s->bl->ctx->vector, s->elem);
    /* What is read across and used once is bound by memory, which likes few places at a time: as many as make lines. Sums of integers
     * had better go along k, in lanes. */
    if (lanes && !rows && lanes->across && integers_in_any_order(s))
        return;
    int64_t once = lanes && !rows && lanes->across ? (lanes->across < 4 ? 4 / lanes->across : 1) : s->vectors;
    BlockSize size = cost_choose(&s->bl->ctx->vector, rows ? rows->trips : 1, nlanes, s->elem, once);
    if (size.rows == 0)
        return;
    double cost = size.score * others(s, lanes, rows);
    if (lanes && lanes->strided)
        cost *= STRIDED_STORE;
    if (rows)
        for (const Candidate *c = s->chain; c < rows; c++)
            cost *= OUTER_ROWS; /* of equal row loops the inner one */
    if (*least >= 0 && cost >= *least)
        return;
    *least = cost;
    best->lanes = lanes ? lanes->loop : NULL;
    best->rows = rows && size.rows > 1 ? rows->loop : NULL;
    best->size = size;
}

static void offer_rows(Search *s, Contraction *best, double *least, Candidate *lanes, unsigned x, unsigned y) {
    for (int r = 0; r < s->n; r++) {
        Candidate *rows = &s->chain[r];
        if (rows != lanes && !rows->no_rows && rows->trips > 1 && is_pair(s, rows, x, y))
            offer(s, best, least, lanes, rows);
    }
}

bool contract_choose(Block *bl, Op *k, Contraction *out) {
    Search s = {.bl = bl};
    double least = -1;
    *out = (Contraction){.k = k};
    if (!collect_steps(&s, k))
        return false;
    collect_chain(&s, k);
    if (s.has_lanes) {
        offer_rows(&s, out, &least, NULL, s.lanes_x, s.lanes_y);
        return out->rows != NULL;
    }
    for (int i = 0; i < s.n; i++) {
        Candidate *c = &s.chain[i];
        bool one_factor = (c->x & c->y) == 0 && (c->x | c->y) == all_steps(&s);
        if (c->no_lanes)
            note_decision(bl, "block", c->loop, "not in lanes: %s", c->no_lanes);
        if (c->no_lanes || !one_factor || c->trips < 2)
            continue;
        offer(&s, out, &least, c, NULL);
        offer_rows(&s, out, &least, c, c->x, c->y);
    }
    return out->lanes != NULL;
}
