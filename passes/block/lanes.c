/* lanes - loops without contractions become loops over blocks of lanes.
 *
 * Needs: block stage. Keeps: results, bit for bit. In a nest of loops the one is chosen that costs least: each operation of a block
 * costs its vectors, memory that a block does not walk contiguously costs its lanes, and what cannot be widened costs one for each
 * iteration. Loops around the chosen one stay; loops inside it are jammed. */
#include "passes/block/block.h"

/* Of a lane whose memory is elsewhere than its neighbours': a load and a shuffle; stores wait for so many lines. */
static const double GATHER = 2, SCATTER = 3;
enum { DEPTH_TRIPS = 64, COSTLY_WEIGHT = 16, WIDE_BLOCK = 32, BLOCK = 16, COLUMNS = 64 };

static bool has_lanes(const Op *op) {
    if (op->code == OP_ISLAND || op->code == OP_PACK)
        return true;
    for (int i = 0; i < op->nresults; i++)
        if (type_is_tile(op->results[i]->type) && tile_extent(op->results[i]->type, ROLE_LANES) > 1)
            return true;
    return false;
}

/* ---- costs ------------------------------------------------------------------------------------------------------- */

static double op_weight(const Op *op) { return op_code_has(op->code, COSTLY) ? COSTLY_WEIGHT : 1; }

static bool is_free(const Op *op) {
    return op->code == OP_CONST || op->code == OP_INDEX || op->code == OP_ACC || op->code == OP_BUFFER ||
           op->code == OP_YIELD || op->code == OP_ASSUME;
}

/* Of a block of n lanes, once. */
static double block_cost(Block *bl, const Op *op, int64_t n) {
    double vectors = (double)n / (double)bl->ctx->vector.lanes;
    if (is_free(op))
        return 0;
    if (op->code == OP_GET || op->code == OP_PUT) {
        int walked = vary_walked(bl, op->exprs, op_nindices(op)), rank = op_nindices(op);
        bool private = vary_is_private(bl, op->operands[0]) && vary_value(bl, op->operands[0]);
        if (walked == -1 && !private)
            return 1;
        bool put = op->code == OP_PUT;
        return private || walked == rank - 1 ? vectors * (put ? 1.5 : 1) : (double)n * (put ? SCATTER : GATHER);
    }
    if (op->code == OP_STEP) {
        bool own = vary_is_private(bl, op->operands[0]) || vary_walked(bl, op->exprs, op_nindices(op)) >= 0;
        return own ? 2 * vectors : vectors;
    }
    bool varies = op->nresults > 0 && vary_value(bl, op->results[0]);
    return varies ? vectors * op_weight(op) : 1;
}

static double region_block_cost(Block *bl, const Region *r, int64_t n) {
    double sum = 0;
    for (const Op *op = r->first; op; op = op->next) {
        for (int i = 0; i < op->nregions; i++) {
            double trips = op->code == OP_IF ? 1 : op->code == OP_LOOP ? (double)loop_trips(bl, op) : DEPTH_TRIPS;
            sum += trips * (region_block_cost(bl, op->regions[i], n) + 1);
        }
        if (op->nregions == 0)
            sum += block_cost(bl, op, n);
    }
    return sum;
}

static double widened_cost(Block *bl, const Op *loop, int64_t n) {
    int64_t trips = loop_trips(bl, loop);
    int64_t blocks = (trips + n - 1) / n;
    return (double)blocks * (region_block_cost(bl, loop_body(loop), n) + 1);
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

static bool is_partials(const Op *op) {
    return op->code == OP_STEP && monoid_class(acc_monoid(op->operands[0])) == MONOID_CLASS_LANES16;
}

static bool is_exact_step(const Op *op) { return op->code == OP_STEP && step_class(op) == MONOID_CLASS_EXACT; }

static bool is_costly(const Op *op) { return op_code_has(op->code, COSTLY) || op->nregions > 0; }

static bool is_loop(const Op *op) { return op->code == OP_LOOP; }

/* Does a block, wherever the loops inside are, walk memory from one place to the next? After vary_compute. */
static bool walks_next(const Block *bl, const Region *r) {
    for (const Op *op = r->first; op; op = op->next) {
        for (int i = 0; i < op->nregions; i++)
            if (!walks_next(bl, op->regions[i]))
                return false;
        if ((op->code != OP_GET && op->code != OP_PUT) || vary_is_private(bl, op->operands[0]))
            continue;
        int walked = vary_walked(bl, op->exprs, op_nindices(op));
        if (walked != -1 && walked != op_nindices(op) - 1)
            return false;
    }
    return true;
}

/* Loops inside go down columns of memory: a few lines of each row then cost hardly more than one. */
static bool goes_down(Block *bl, const Op *loop) {
    const Region *body = loop_body(loop);
    int64_t trips;
    bool even = !loop_trips_const(bl, loop, &trips) || trips % COLUMNS == 0;
    return even && region_any(body, is_loop) && loop_trips(bl, loop) >= COLUMNS &&
           !widen_obstacle(bl, loop, ROLE_LANES, COLUMNS) && walks_next(bl, body);
}

/* 16 lanes are the partials of a sum; a filter or maximum has nothing else to hide its latency behind than more lanes. */
static int64_t lanes_of_loop(Block *bl, const Op *loop) {
    const Region *body = loop_body(loop);
    if (goes_down(bl, loop))
        return COLUMNS;
    if (!region_any(body, is_partials) && region_any(body, is_exact_step) && !region_any(body, is_costly))
        return WIDE_BLOCK;
    return BLOCK;
}

/* ---- choice ------------------------------------------------------------------------------------------------------ */

static double region_cost(Block *bl, Region *r, bool apply);

static const char HOLDS_BLOCKS[] = "it holds blocks";

static const char *obstacle(Block *bl, const Op *loop, int64_t n) {
    if (region_any(loop_body(loop), has_lanes))
        return HOLDS_BLOCKS;
    int64_t trips;
    if (loop_trips_const(bl, loop, &trips) && trips < 2)
        return "one iteration";
    return widen_obstacle(bl, loop, ROLE_LANES, n);
}

/* The cost of the loop at its best; with apply, makes it so. */
static double loop_cost(Block *bl, Op *loop, bool apply) {
    int64_t n = lanes_of_loop(bl, loop);
    double inside = (double)loop_trips(bl, loop) * (region_cost(bl, loop_body(loop), false) + 1), own = -1;
    const char *why = obstacle(bl, loop, n);
    if (!why)
        own = widened_cost(bl, loop, n);
    bool widen = own >= 0 && own < inside;
    if (!apply)
        return widen ? own : inside;
    if (widen) {
        note_decision(bl, "lanes", loop, "blocks of %d lanes, cost %.0f (%.0f otherwise)", (int)n, own, inside);
        WidenPlan plan = widen_plan(bl, loop, ROLE_LANES, n);
        widen_loop(bl, loop, &plan);
    } else {
        if (why && why != HOLDS_BLOCKS)
            note_decision(bl, "lanes", loop, "not in lanes: %s", why);
        region_cost(bl, loop_body(loop), true);
    }
    return widen ? own : inside;
}

static double region_cost(Block *bl, Region *r, bool apply) {
    double sum = 0;
    for (Op *op = r->first, *next; op; op = next) {
        next = op->next;
        if (op->code == OP_LOOP) {
            sum += loop_cost(bl, op, apply);
            continue;
        }
        for (int i = 0; i < op->nregions; i++)
            sum += region_cost(bl, op->regions[i], apply);
        if (op->nregions == 0 && !is_free(op))
            sum += op_weight(op);
    }
    return sum;
}

static void run(Block *bl) { region_cost(bl, bl->func->body, true); }

bool pass_lanes(Module *m, PassContext *ctx) { return block_each_kernel(m, ctx, run); }
