/* cost.c - sizes of register blocks from the target's facts (LOWERING.md 4.2). */
#include <math.h>

#include "passes/block/block.h"

enum { MAX_ROWS = 16, MAX_VECTORS = 4 };

int64_t cost_vector_lanes(const VectorFacts *f, Elem elem) {
    int64_t n = elem_info(elem)->bits > 32 ? f->lanes / 2 : f->lanes;
    return n < 1 ? 1 : n;
}

static double larger(double a, double b) { return a > b ? a : b; }

/* Cycles for one index of the contraction: multiplications, loads, or the latency of a chain. Eight chains hide it on paper, twelve in
 * practice: hence 1.5. */
static double cycles(const VectorFacts *f, int64_t rows, int64_t vectors) {
    double work = (double)(rows * vectors) / f->fma_per_cycle, loads = (double)(rows + vectors) / f->loads_per_cycle;
    return larger(larger(work, loads), 1.5 * f->fma_latency);
}

static double blocks(int64_t extent, int64_t size) { return ceil((double)extent / (double)size); }

/* Accumulators, the vectors of lanes, and one value of the rows. */
static bool fits_registers(const VectorFacts *f, int64_t rows, int64_t vectors) {
    return rows * vectors + vectors + 1 + f->spare_regs <= f->regs;
}

BlockSize cost_choose(const VectorFacts *f, int64_t rows, int64_t lanes, Elem elem, int64_t vectors) {
    BlockSize best = {0};
    int64_t vl = cost_vector_lanes(f, elem);
    /* A block may hold values of several element types: its lanes fill vectors of the narrow ones, too. */
    int64_t least = vl < f->lanes ? f->lanes / vl : 1;
    vectors = (vectors + least - 1) / least * least;
    for (int64_t v = least; v <= MAX_VECTORS; v += least)
        for (int64_t r = MAX_ROWS; r >= 1; r--) {
            bool fits = fits_registers(f, r, v) && r <= rows && (v == least || (v - 1) * vl < lanes);
            if (vectors > 0)
                fits = v == vectors && r <= rows && (r == 1 || fits_registers(f, r, v));
            if (!fits)
                continue;
            double c = cycles(f, r, v), score = c * blocks(rows, r) * blocks(lanes, v * vl);
            if (best.rows == 0 || score < best.score)
                best = (BlockSize){r, v, v * vl, c, score};
        }
    return best;
}
