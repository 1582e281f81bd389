/* eval_table.c - what runs each op: one row for every op of op.def that may stand in the IR. */
#include "ir/eval_internal.h"

#define EWISE1(NAME) [OP_##NAME] = {eval_ewise, "t", 1, 0, 0, eval_prepare_ewise}
#define EWISE2(NAME) [OP_##NAME] = {eval_ewise, "tt", 1, 0, 0, eval_prepare_ewise}
#define REDUCE(NAME) [OP_##NAME] = {eval_reduce, "t", 1, 0, 0, eval_prepare_reduce}
#define ROW(NAME, fn, operands, results, exprs, regions, prepare)                                                      \
    [OP_##NAME] = {fn, operands, results, exprs, regions, prepare}

/* clang-format off */
static const EvalEntry entries[OP_COUNT] = {
    EWISE2(ADD), EWISE2(SUB), EWISE2(MUL), EWISE2(DIV), EWISE2(REM), EWISE2(MAXIMUM), EWISE2(MINIMUM), EWISE2(POW),
    EWISE2(EQ), EWISE2(NE), EWISE2(LT), EWISE2(LE), EWISE2(GT), EWISE2(GE), EWISE1(ISNAN),
    EWISE1(NEG), EWISE1(ABS), EWISE1(RELU), EWISE1(EXP), EWISE1(EXP2), EWISE1(LOG), EWISE1(LOG2), EWISE1(LOG1P),
    EWISE1(SQRT), EWISE1(RSQRT), EWISE1(RECIP), EWISE1(SIGMOID), EWISE1(TANH), EWISE1(SILU), EWISE1(GELU), EWISE1(ERF),
    EWISE1(SIN), EWISE1(COS), EWISE1(FLOOR), EWISE1(CEIL), EWISE1(ROUND), EWISE1(SIGN),
    EWISE2(AND), EWISE2(OR), EWISE2(XOR), EWISE1(NOT), EWISE2(SHL), EWISE2(SHR),
    ROW(WHERE, eval_where, "ttt", 1, 0, 0, eval_prepare_where),
    ROW(CAST, eval_cast, "t", 1, 0, 0, eval_prepare_cast),
    ROW(BITCAST, eval_bitcast, "t", 1, 0, 0, eval_prepare_bitcast),
    ROW(CONST, eval_const, "", 1, 0, 0, eval_prepare_const),
    ROW(INDEX, eval_index, "", 1, 1, 0, eval_prepare_index),
    ROW(FULL, eval_full, "s", 1, 0, 0, eval_prepare_same_elem),
    ROW(IOTA, eval_iota, "", 1, 1, 0, eval_prepare_iota),
    ROW(TRANS, eval_trans, "t", 1, 0, 0, eval_prepare_same_elem),
    ROW(RESHAPE, eval_reshape, "t", 1, 0, 0, eval_prepare_same_elem),
    ROW(BROADCAST, eval_broadcast, "t", 1, 0, 0, eval_prepare_same_elem),
    ROW(SLICE, eval_slice, "t", 1, 2, 0, eval_prepare_same_elem),
    ROW(CONCAT, eval_concat, "tt", 1, 0, 0, eval_prepare_concat),
    REDUCE(ROWSUM), REDUCE(ROWMAX), REDUCE(ROWMIN), REDUCE(ROWMEAN), REDUCE(ROWPROD),
    REDUCE(ROWARGMAX), REDUCE(ROWARGMIN),
    REDUCE(COLSUM), REDUCE(COLMAX), REDUCE(COLMIN), REDUCE(COLMEAN), REDUCE(COLPROD),
    REDUCE(COLARGMAX), REDUCE(COLARGMIN),
    ROW(CUMSUM, eval_scan, "t", 1, 0, 0, eval_prepare_scan),
    ROW(CUMMAX, eval_scan, "t", 1, 0, 0, eval_prepare_scan),
    ROW(MATMUL, eval_matmul, "tt?t", 1, 0, 0, eval_prepare_matmul),
    ROW(TOPK, eval_topk, "t", 2, 0, 0, eval_prepare_order),
    ROW(SORT, eval_sort, "t", 2, 0, 0, eval_prepare_order),
    ROW(MERGE_TOPK, eval_merge_topk, "tttt", 2, 0, 0, eval_prepare_merge),
    ROW(VIEW, eval_view, "m", 1, 0, 0, eval_prepare_view),
    ROW(RESHAPE_VIEW, eval_reshape_view, "m", 1, 0, 0, eval_prepare_memory_result),
    ROW(PAGED, eval_paged, "mm", 1, 1, 0, eval_prepare_paged),
    ROW(LOAD, eval_load, "m?s", 1, 0, 0, eval_prepare_load),
    ROW(STORE, eval_store, "mt?t", 0, 0, 0, eval_prepare_store),
    ROW(FILL, eval_fill, "ms", 0, 0, 0, eval_prepare_fill),
    ROW(GATHER, eval_gather, "xt?s", 1, 0, 0, eval_prepare_gather),
    ROW(SCATTER, eval_scatter, "mtt", 0, 0, 0, eval_prepare_scatter),
    ROW(GET, eval_get, "x?s", 1, 0, 0, eval_prepare_get),
    ROW(PUT, eval_put, "mt?t", 0, 0, 0, eval_prepare_put),
    ROW(TEMP, eval_scratch, "", 1, 0, 0, eval_prepare_memory_result),
    ROW(ASSUME, eval_assume, "", 0, 0, 0, NULL),
    ROW(CHECK, eval_check, "", 0, 1, 0, eval_prepare_message),
    ROW(CSR, eval_csr, "mm", 0, 3, 0, NULL),
    ROW(FAIL, eval_fail_op, "", 0, 0, 0, eval_prepare_message),
    ROW(ASSERT, eval_assert, "t", 0, 0, 0, eval_prepare_bool),
    ROW(PRINT, eval_print, "x", 0, 0, 0, eval_prepare_print),
    ROW(FOR, eval_for, "*", -1, 3, 1, eval_prepare_for),
    ROW(PARALLEL, eval_for, "", 0, 3, 1, eval_prepare_for),
    ROW(CONCURRENT, eval_concurrent, "", 0, 0, 1, NULL),
    ROW(IF, eval_if, "s", -1, 0, 2, eval_prepare_if),
    ROW(TIER, eval_tier, "", 0, 2, -1, eval_prepare_tier),
    ROW(SWITCH, eval_switch, "", 0, 2, -1, eval_prepare_tier),
    ROW(YIELD, eval_yield, "*", 0, 0, 0, NULL),
    ROW(CALL, eval_call, "*", 0, 0, 0, eval_prepare_call),
    ROW(TALLY, eval_tally, "", 0, 1, 0, eval_prepare_tally),
    ROW(LOOP, eval_for, "", 0, 3, 1, eval_prepare_for),
    ROW(BUFFER, eval_scratch, "", 1, 0, 0, eval_prepare_memory_result),
    ROW(ACC, eval_acc_new, "?x", 1, 0, 0, eval_prepare_acc),
    ROW(STEP, eval_step, "at?t", 0, 0, 0, eval_prepare_step),
    ROW(FIN, eval_fin, "a", 1, 0, 0, eval_prepare_fin),
    ROW(TOPK_FIN, eval_topk_fin, "ayy", 0, 0, 0, eval_prepare_topk_fin),
    ROW(ISLAND, eval_concurrent, "", 0, 0, 1, NULL),
    ROW(PACK, eval_pack, "mm", 0, 2, 0, eval_prepare_pack),
    ROW(PREFETCH, eval_prefetch, "m", 0, 0, 0, eval_prepare_prefetch),
};
/* clang-format on */

const EvalEntry *eval_entry(OpCode code) { return &entries[code]; }
