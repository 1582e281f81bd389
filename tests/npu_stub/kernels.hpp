// kernels.hpp - hand-written kernels of the known shapes, as an emitter would write them: softmax rows, a product with its operands
// resident, a top-k group. `fault` numbers a flag or barrier that is left out; 0 leaves out none.
#ifndef PTOC_TEST_NPU_STUB_KERNELS_HPP
#define PTOC_TEST_NPU_STUB_KERNELS_HPP
#include <cstdint>
#include <pto/pto-inst.hpp>
using namespace pto;

template <typename T> using Rows2D = GlobalTensor<T, Shape<1, 1, 1, DYNAMIC, DYNAMIC>, Stride<1, 1, 1, DYNAMIC, 1>>;

#define UNLESS(n) if (fault != (n))

// y = softmax of each of n rows of `cols` columns, 32 at a time, two copies.
inline void softmax(__gm__ float *x, __gm__ float *y, int n, int cols, int fault) {
    using Matrix = Tile<TileType::Vec, float, 32, 64, BLayout::RowMajor, DYNAMIC, DYNAMIC>;
    using Column = Tile<TileType::Vec, float, 32, 1, BLayout::ColMajor, DYNAMIC, 1>;
    UNLESS(1) set_flag(PIPE_MTE3, PIPE_MTE2, EVENT_ID0);
    UNLESS(2) set_flag(PIPE_MTE3, PIPE_MTE2, EVENT_ID1);
    for (int i = 0; i * 32 < n; i++) {
        int rows = n - i * 32 < 32 ? n - i * 32 : 32;
        Matrix t(rows, cols), tmp(rows, cols);
        Column m(rows), s(rows);
        TASSIGN(t, i % 2 * 8192);
        TASSIGN(tmp, 16384);
        TASSIGN(m, 24576);
        TASSIGN(s, 24704);
        Rows2D<float> from(x + i * 32 * cols, {rows, cols}, {cols}), to(y + i * 32 * cols, {rows, cols}, {cols});
        UNLESS(3) wait_flag(PIPE_MTE3, PIPE_MTE2, i % 2);
        TLOAD(t, from);
        UNLESS(4) set_flag(PIPE_MTE2, PIPE_V, i % 2);
        UNLESS(4) wait_flag(PIPE_MTE2, PIPE_V, i % 2);
        TROWMAX(m, t, tmp);
        UNLESS(5) pipe_barrier(PIPE_V);
        TROWEXPANDSUB(t, t, m);
        UNLESS(6) pipe_barrier(PIPE_V);
        TEXP(t, t);
        UNLESS(7) pipe_barrier(PIPE_V);
        TROWSUM(s, t, tmp);
        UNLESS(8) pipe_barrier(PIPE_V);
        TROWEXPANDDIV(t, t, s);
        UNLESS(9) set_flag(PIPE_V, PIPE_MTE3, i % 2);
        UNLESS(9) wait_flag(PIPE_V, PIPE_MTE3, i % 2);
        TSTORE(to, t);
        UNLESS(10) set_flag(PIPE_MTE3, PIPE_MTE2, i % 2);
    }
    UNLESS(11) wait_flag(PIPE_MTE3, PIPE_MTE2, EVENT_ID0);
    UNLESS(12) wait_flag(PIPE_MTE3, PIPE_MTE2, EVENT_ID1);
}
constexpr int SOFTMAX_FAULTS = 12;

// c[m, 128 a block] = relu(a[m, 64] b[keys, 64]^T), keys in blocks of 128: the left operand stays, two copies of the rest.
inline void scores(__gm__ half *a, __gm__ half *b, __gm__ float *c, int blocks, int fault) {
    using A1 = Tile<TileType::Mat, half, 16, 64, BLayout::ColMajor, 16, 64, SLayout::RowMajor>;
    using B1 = Tile<TileType::Mat, half, 64, 128, BLayout::RowMajor, 64, 128, SLayout::ColMajor>;
    A1 a1;
    TASSIGN(a1, 0);
    TileLeft<half, 16, 64> left;
    TASSIGN(left, 0);
    GlobalTensor<half, Shape<1, 1, 1, 16, 64>, Stride<1, 1, 1, 64, 1>> ga(a);
    TLOAD(a1, ga);
    UNLESS(1) set_flag(PIPE_MTE2, PIPE_MTE1, EVENT_ID2);
    UNLESS(1) wait_flag(PIPE_MTE2, PIPE_MTE1, EVENT_ID2);
    TEXTRACT(left, a1, 0, 0);
    for (int k = 0; k < 2; k++) {
        set_flag(PIPE_MTE1, PIPE_MTE2, k);
        set_flag(PIPE_M, PIPE_MTE1, k);
        set_flag(PIPE_FIX, PIPE_M, k);
    }
    for (int i = 0; i < blocks; i++) {
        int k = i % 2;
        B1 b1;
        TASSIGN(b1, 2048 + k * 16384);
        TileRight<half, 64, 128> right;
        TASSIGN(right, k * 16384);
        TileAcc<float, 16, 128> acc;
        TASSIGN(acc, k * 8192);
        GlobalTensor<half, Shape<1, 1, 1, 64, 128>, Stride<1, 1, 1, 1, 64>, Layout::DN> gb(b + i * 128 * 64);
        GlobalTensor<float, Shape<1, 1, 1, 16, 128>, Stride<1, 1, 1, DYNAMIC, 1>> gc(c + i * 128, {}, {blocks * 128});
        UNLESS(2) wait_flag(PIPE_MTE1, PIPE_MTE2, k);
        TLOAD(b1, gb);
        UNLESS(3) set_flag(PIPE_MTE2, PIPE_MTE1, k);
        UNLESS(3) wait_flag(PIPE_MTE2, PIPE_MTE1, k);
        UNLESS(4) wait_flag(PIPE_M, PIPE_MTE1, k);
        TEXTRACT(right, b1, 0, 0);
        UNLESS(2) set_flag(PIPE_MTE1, PIPE_MTE2, k);
        UNLESS(5) set_flag(PIPE_MTE1, PIPE_M, k);
        UNLESS(5) wait_flag(PIPE_MTE1, PIPE_M, k);
        UNLESS(6) wait_flag(PIPE_FIX, PIPE_M, k);
        TMATMUL(acc, left, right);
        UNLESS(4) set_flag(PIPE_M, PIPE_MTE1, k);
        UNLESS(7) set_flag(PIPE_M, PIPE_FIX, k);
        UNLESS(7) wait_flag(PIPE_M, PIPE_FIX, k);
        TSTORE<decltype(acc), decltype(gc), AtomicType::AtomicNone, ReluPreMode::NormalRelu>(gc, acc);
        UNLESS(6) set_flag(PIPE_FIX, PIPE_M, k);
    }
    for (int k = 0; k < 2; k++) {
        wait_flag(PIPE_MTE1, PIPE_MTE2, k);
        wait_flag(PIPE_M, PIPE_MTE1, k);
        wait_flag(PIPE_FIX, PIPE_M, k);
    }
}
constexpr int SCORES_FAULTS = 7;

// The 256 greatest of chunks * 256 values with their places: sort each chunk, merge it into the running top.
inline void top256(__gm__ float *x, __gm__ uint32_t *iota, __gm__ float *values, __gm__ uint32_t *indices, int chunks,
                   int fault) {
    using Row = Tile<TileType::Vec, float, 1, 256>;
    using Index = Tile<TileType::Vec, uint32_t, 1, 256>;
    using Step = Tile<TileType::Vec, int32_t, 1, 256>;
    using Pairs = Tile<TileType::Vec, float, 1, 512>;
    using Both = Tile<TileType::Vec, float, 1, 1024>;
    using PairBits = Tile<TileType::Vec, uint32_t, 1, 512>;
    Row src;
    Index idx;
    Step step;
    Pairs run0, run1, top[2];
    Both scratch;
    TASSIGN(src, 0);
    TASSIGN(idx, 1024);
    TASSIGN(step, 1024); // the same bytes as i32
    TASSIGN(run0, 2048);
    TASSIGN(run1, 4096);
    TASSIGN(top[0], 6144);
    TASSIGN(top[1], 8192);
    TASSIGN(scratch, 10240);
    GlobalTensor<uint32_t, Shape<1, 1, 1, 1, 256>, Stride<1, 1, 1, 256, 1>> gi(iota);
    TLOAD(idx, gi);
    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID0);
    for (int i = 0; i < chunks; i++) {
        GlobalTensor<float, Shape<1, 1, 1, 1, 256>, Stride<1, 1, 1, 256, 1>> gx(x + i * 256);
        UNLESS(1) wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID0);
        TLOAD(src, gx);
        UNLESS(2) set_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
        UNLESS(2) wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
        TSORT32(run0, src, idx);
        UNLESS(1) set_flag(PIPE_V, PIPE_MTE2, EVENT_ID0);
        UNLESS(3) pipe_barrier(PIPE_V);
        TADDS(step, step, 256);
        TMRGSORT(run1, run0, 64);
        UNLESS(4) pipe_barrier(PIPE_V);
        // 256 values are 8 runs of 32: two runs of 128 are left
        Tile<TileType::Vec, float, 1, 256> lower, upper;
        TASSIGN(lower, 4096);
        TASSIGN(upper, 5120);
        Pairs &next = top[(i + 1) % 2], &old = top[i % 2];
        MrgSortExecutedNumList used;
        if (i == 0) {
            TMRGSORT<Pairs, Both, decltype(lower), decltype(upper), false>(next, used, scratch, lower, upper);
        } else {
            TMRGSORT<Pairs, Both, Pairs, decltype(lower), decltype(upper), false>(next, used, scratch, old, lower,
                                                                                  upper);
        }
        UNLESS(5) pipe_barrier(PIPE_V);
    }
    UNLESS(1) wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID0);
    Pairs &last = top[chunks % 2];
    PairBits bits;
    TASSIGN(bits, 6144 + chunks % 2 * 2048);
    TGATHER<Row, Pairs, MaskPattern::P0101>(src, last);
    TGATHER<Index, PairBits, MaskPattern::P1010>(idx, bits);
    UNLESS(6) set_flag(PIPE_V, PIPE_MTE3, EVENT_ID0);
    UNLESS(6) wait_flag(PIPE_V, PIPE_MTE3, EVENT_ID0);
    GlobalTensor<float, Shape<1, 1, 1, 1, 256>, Stride<1, 1, 1, 256, 1>> gv(values);
    GlobalTensor<uint32_t, Shape<1, 1, 1, 1, 256>, Stride<1, 1, 1, 256, 1>> gx(indices);
    TSTORE(gv, src);
    TSTORE(gx, idx);
}
constexpr int TOP256_FAULTS = 6;

// A ring of two slots in global memory: the cube makes blocks of scores, a vector core doubles them.
inline void post(pipe_t pipe, int id) { ffts_cross_core_sync(pipe, 1 | 2 << 4 | static_cast<uint64_t>(id) << 8); }
inline void ring_cube(__gm__ half *a, __gm__ half *b, __gm__ float *ring, int blocks, int fault) {
    TileLeft<half, 16, 16> left;
    TileRight<half, 16, 16> right;
    Tile<TileType::Mat, half, 16, 16, BLayout::ColMajor, 16, 16, SLayout::RowMajor> a1;
    Tile<TileType::Mat, half, 16, 16, BLayout::RowMajor, 16, 16, SLayout::ColMajor> b1;
    TileAcc<float, 16, 16> acc;
    TASSIGN(left, 0);
    TASSIGN(right, 0);
    TASSIGN(a1, 0);
    TASSIGN(b1, 512);
    TASSIGN(acc, 0);
    GlobalTensor<half, Shape<1, 1, 1, 16, 16>, Stride<1, 1, 1, 16, 1>> ga(a);
    GlobalTensor<half, Shape<1, 1, 1, 16, 16>, Stride<1, 1, 1, 1, 16>, Layout::DN> gb(b);
    for (int i = 0; i < blocks; i++) {
        ga.data_ = a + i * 256;
        TLOAD(a1, ga);
        TLOAD(b1, gb);
        set_flag(PIPE_MTE2, PIPE_MTE1, 0);
        wait_flag(PIPE_MTE2, PIPE_MTE1, 0);
        TEXTRACT(left, a1, 0, 0);
        TEXTRACT(right, b1, 0, 0);
        set_flag(PIPE_MTE1, PIPE_M, 0);
        wait_flag(PIPE_MTE1, PIPE_M, 0);
        TMATMUL(acc, left, right);
        set_flag(PIPE_M, PIPE_FIX, 0);
        wait_flag(PIPE_M, PIPE_FIX, 0);
        UNLESS(1) wait_flag_dev(1);
        GlobalTensor<float, Shape<1, 1, 1, 16, 16>, Stride<1, 1, 1, 16, 1>> slot(ring + i % 2 * 256);
        TSTORE(slot, acc);
        UNLESS(2) post(PIPE_FIX, 0);
        pipe_barrier(PIPE_ALL);
    }
    UNLESS(1) wait_flag_dev(1);
    UNLESS(1) wait_flag_dev(1);
}
inline void ring_vector(__gm__ float *ring, __gm__ float *out, int blocks, int fault) {
    Tile<TileType::Vec, float, 16, 16> t;
    TASSIGN(t, 0);
    UNLESS(1) post(PIPE_MTE2, 1);
    UNLESS(1) post(PIPE_MTE2, 1);
    for (int i = 0; i < blocks; i++) {
        GlobalTensor<float, Shape<1, 1, 1, 16, 16>, Stride<1, 1, 1, 16, 1>> slot(ring + i % 2 * 256), to(out + i * 256);
        UNLESS(2) wait_flag_dev(0);
        TLOAD(t, slot);
        UNLESS(1) post(PIPE_MTE2, 1);
        set_flag(PIPE_MTE2, PIPE_V, 0);
        wait_flag(PIPE_MTE2, PIPE_V, 0);
        TADD(t, t, t);
        set_flag(PIPE_V, PIPE_MTE3, 0);
        wait_flag(PIPE_V, PIPE_MTE3, 0);
        TSTORE(to, t);
        pipe_barrier(PIPE_ALL);
    }
}
#endif
