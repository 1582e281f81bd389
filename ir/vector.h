/* vector.h - what a machine's vectors and caches can do: chosen by the target (backends/target.def), used by passes and backends. */
#ifndef PTOC_IR_VECTOR_H
#define PTOC_IR_VECTOR_H

typedef struct VectorFacts {
    int lanes;           /* f32 lanes of a vector register */
    int regs;            /* vector registers */
    int fma_per_cycle;   /* fused multiply-adds a cycle, of a vector each */
    int loads_per_cycle; /* vector loads a cycle */
    int fma_latency;     /* cycles of one fused multiply-add */
    int spare_regs;      /* registers that a product and a sum in place of a fused one take */
    int l2, l3;          /* KiB of cache that a core may count on: its own, its share of the last level */
} VectorFacts;
#endif
