// move.hpp - GM to tiles and back, L1 to L0, out of the accumulator.
#ifndef PTOC_STUB_MOVE_HPP
#define PTOC_STUB_MOVE_HPP
#include "ptoc_stub/record.hpp"

namespace ptoc_stub {

constexpr int round_up(int n, int k) { return (n + k - 1) / k * k; }
constexpr int64_t BURSTS = 4096; // a transfer has fewer
inline void copy_data(std::vector<Operand> &ops, int to, int from) {
    ops[static_cast<size_t>(to)].data = ops[static_cast<size_t>(from)].data;
}

// An element on its way out of the accumulator.
template <class D, class S> D leave_acc(S x, bool relu) {
    if (relu && x < S(0))
        x = S(0);
    return static_cast<D>(x);
}
template <class D, class S> constexpr bool acc_may_become() {
    if (std::is_same_v<S, float>)
        return std::is_same_v<D, float> || std::is_same_v<D, half> || std::is_same_v<D, bfloat16_t>;
    return std::is_same_v<S, int32_t> && std::is_same_v<D, int32_t>;
}

template <class D, class S> void record_leave(Insn &i, bool relu, bool add) {
    i.record([relu, add](std::vector<Operand> &ops) {
        const S *from = ops[1].get<S>();
        D *to = ops[0].put<D>();
        for (size_t k = 0; k < ops[0].count(); k++) {
            D x = leave_acc<D, S>(from[k], relu);
            to[k] = add ? static_cast<D>(to[k] + x) : x;
        }
    });
}

template <class D, class G> void load_into_l1(const Insn &i, const G &src) {
    static_assert(D::isBoxed, "an L1 tile is made of fractals");
    constexpr bool nz = !D::isRowMajor && D::SFractal == pto::SLayout::RowMajor;
    constexpr bool zn = D::isRowMajor && D::SFractal == pto::SLayout::ColMajor;
    i.need((nz && G::layout == pto::Layout::ND) || (zn && G::layout == pto::Layout::DN),
           "into L1: ND to Nz, or DN to Zn");
    i.need(src.GetShape(0) == 1 && src.GetShape(1) == 1 && src.GetShape(2) == 1, "into L1 the outer dimensions are 1");
    int64_t bursts = nz ? src.GetShape(3) : src.GetShape(4), length = nz ? src.GetShape(4) : src.GetShape(3);
    int64_t stride = nz ? src.GetStride(3) : src.GetStride(4), step = nz ? src.GetStride(4) : src.GetStride(3);
    i.need(bursts <= 16384 && length <= 65535, "into L1: at most 16384 rows of 65535 elements");
    i.need(stride <= 65535, "into L1 the row stride is at most 65535 elements");
    i.need(step == 1 || length == 1, "the innermost stride is 1");
}

template <class T, class G> void check_burst(const Insn &i, const G &g) {
    constexpr bool dn = G::layout == pto::Layout::DN;
    i.need(T::Rows < BURSTS, "a vector tile that is moved has fewer than 4096 rows");
    i.need(g.GetShape(dn ? 4 : 3) < BURSTS, "fewer than 4096 bursts");
    i.need(g.GetStride(dn ? 3 : 4) == 1 || g.GetShape(dn ? 3 : 4) == 1, "the innermost stride is 1");
    i.need(dn != T::isRowMajor, "ND tensors and row-major tiles, or DN tensors and column-major tiles");
}

} // namespace ptoc_stub

namespace pto {

template <typename D, typename G> void TLOAD(D &dst, G &src, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    static_assert(D::Loc == TileType::Vec || D::Loc == TileType::Mat, "TLOAD fills vector and L1 tiles");
    static_assert(std::is_same_v<typename D::DType, typename G::DType>, "TLOAD does not convert elements");
    Insn i("TLOAD", PIPE_MTE2, at);
    int vr = dst.GetValidRow(), vc = dst.GetValidCol();
    if (vr != src.rows() || vc != src.cols())
        i.error("the valid shape [%d, %d] is not the tensor's [%lld, %lld]", vr, vc, static_cast<long long>(src.rows()),
                static_cast<long long>(src.cols()));
    i.need(vr > 0 && vc > 0, "the valid shape is empty");
    int to = i.add(dst, OUT), from = i.add_gm(src, IN);
    if constexpr (D::Loc == TileType::Mat) {
        load_into_l1<D>(i, src);
        i.op(to).pad_rows = round_up(vr, D::box_rows);
        i.op(to).pad_cols = round_up(vc, D::box_cols);
    } else {
        check_burst<D>(i, src);
        int block = 32 / int(sizeof(typename D::DType)); // whole blocks are written
        i.op(to).pad_cols = D::isRowMajor ? round_up(vc, block) : vc;
        i.op(to).pad_rows = D::isRowMajor ? vr : round_up(vr, block);
    }
    i.record([to, from](std::vector<Operand> &ops) { copy_data(ops, to, from); });
}

namespace detail {
template <typename T, typename G> void store(G &dst, T &src, AtomicType atomic, ReluPreMode relu, ptoc_stub::Where at) {
    using namespace ptoc_stub;
    using S = typename T::DType;
    using D = typename G::DType;
    static_assert(T::Loc == TileType::Vec || T::Loc == TileType::Acc, "TSTORE takes vector and accumulator tiles");
    bool add = atomic == AtomicType::AtomicAdd, on = relu == ReluPreMode::NormalRelu;
    Insn i("TSTORE", T::Loc == TileType::Vec ? PIPE_MTE3 : PIPE_FIX, at);
    int vr = src.GetValidRow(), vc = src.GetValidCol();
    if (vr != dst.rows() || vc != dst.cols())
        i.error("the valid shape [%d, %d] is not the tensor's [%lld, %lld]", vr, vc, static_cast<long long>(dst.rows()),
                static_cast<long long>(dst.cols()));
    i.need(vr > 0 && vc > 0, "the valid shape is empty");
    i.add_gm(dst, add ? INOUT : OUT);
    i.add(src, IN);
    if constexpr (T::Loc == TileType::Vec) {
        static_assert(std::is_same_v<S, D>, "TSTORE of a vector tile does not convert elements");
        i.need(!on, "relu comes free only out of the accumulator");
        check_burst<T>(i, dst);
        record_leave<D, S>(i, false, add);
    } else {
        static_assert(acc_may_become<D, S>(), "the accumulator does not become this type");
        static_assert(G::layout == Layout::ND, "the accumulator goes to ND tensors");
        i.need(vc <= 4095 && vr <= 8192, "from the accumulator: at most 8192 rows of 4095 columns");
        record_leave<D, S>(i, on, add);
    }
}
} // namespace detail

template <typename T, typename G> void TSTORE(G &dst, T &src, ptoc_stub::Where at = PTOC_HERE) {
    detail::store(dst, src, AtomicType::AtomicNone, ReluPreMode::NoRelu, at);
}
template <typename T, typename G, AtomicType A> void TSTORE(G &dst, T &src, ptoc_stub::Where at = PTOC_HERE) {
    detail::store(dst, src, A, ReluPreMode::NoRelu, at);
}
template <typename T, typename G, AtomicType A, ReluPreMode R>
void TSTORE(G &dst, T &src, ptoc_stub::Where at = PTOC_HERE) {
    detail::store(dst, src, A, R, at);
}

namespace detail {
// L1 -> L0A/L0B, L0C -> L1, L0C -> UB (A5), UB -> UB.
template <typename D, typename S>
void extract(const char *name, D &dst, S &src, int row, int col, ReluPreMode relu, ptoc_stub::Where at) {
    using namespace ptoc_stub;
    using DT = typename D::DType;
    using ST = typename S::DType;
    constexpr bool into_l0 = S::Loc == TileType::Mat && (D::Loc == TileType::Left || D::Loc == TileType::Right);
    constexpr bool leave = S::Loc == TileType::Acc && (D::Loc == TileType::Mat || (ARCH_A5 && D::Loc == TileType::Vec));
    constexpr bool in_ub = S::Loc == TileType::Vec && D::Loc == TileType::Vec;
    static_assert(into_l0 || leave || in_ub, "no way from this memory to that one");
    Insn i(name, into_l0 ? PIPE_MTE1 : leave ? PIPE_FIX : PIPE_V, at);
    if constexpr (into_l0) {
        static_assert(std::is_same_v<DT, ST>, "elements are not converted on the way to L0");
        i.type<DT>(F16 | BF16 | F32 | I8);
        i.need(row % D::box_rows == 0 && col % D::box_cols == 0, "the origin is a multiple of the fractal");
        i.add(dst, OUT, 0, 0, D::Rows, D::Cols); // whole fractals, with whatever the padding holds
        i.add(src, IN, row, col, D::Rows, D::Cols);
        i.record([](std::vector<Operand> &ops) { copy_data(ops, 0, 1); });
    } else if constexpr (leave) {
        static_assert(acc_may_become<DT, ST>(), "the accumulator does not become this type");
        i.need(row % 16 == 0 && col % 16 == 0, "the origin is a multiple of 16");
        int vr = dst.GetValidRow(), vc = dst.GetValidCol();
        i.need(vr > 0 && vc > 0, "the valid shape is empty");
        i.add(dst, OUT, 0, 0, vr, vc);
        i.add(src, IN, row, col, vr, vc);
        record_leave<DT, ST>(i, relu == ReluPreMode::NormalRelu, false);
    } else {
        static_assert(std::is_same_v<DT, ST>, "elements are not converted within UB");
        i.need(D::isRowMajor && S::isRowMajor, "tiles are row-major");
        i.need(col * int(sizeof(DT)) % 32 == 0, "the column is a multiple of 32 bytes");
        i.need(relu == ReluPreMode::NoRelu, "relu comes free only out of the accumulator");
        i.add(dst, OUT);
        i.add(src, IN, row, col, dst.GetValidRow(), dst.GetValidCol());
        i.apart();
        i.record([](std::vector<Operand> &ops) { copy_data(ops, 0, 1); });
    }
}
} // namespace detail

template <typename D, typename S>
void TEXTRACT(D &dst, S &src, uint16_t row = 0, uint16_t col = 0, ptoc_stub::Where at = PTOC_HERE) {
    detail::extract("TEXTRACT", dst, src, row, col, ReluPreMode::NoRelu, at);
}
template <typename D, typename S, ReluPreMode R>
void TEXTRACT(D &dst, S &src, uint16_t row, uint16_t col, ptoc_stub::Where at = PTOC_HERE) {
    detail::extract("TEXTRACT", dst, src, row, col, R, at);
}
template <typename D, typename S> void TMOV(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    static_assert(D::Rows == S::Rows && D::Cols == S::Cols, "TMOV keeps the shape");
    detail::extract("TMOV", dst, src, 0, 0, ReluPreMode::NoRelu, at);
}
template <typename D, typename S, ReluPreMode R> void TMOV(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    static_assert(D::Rows == S::Rows && D::Cols == S::Cols, "TMOV keeps the shape");
    detail::extract("TMOV", dst, src, 0, 0, R, at);
}

namespace detail {
template <class T> T pad_value(PadValue v) {
    using namespace ptoc_stub;
    uint64_t raw = static_cast<uint64_t>(v);
    if (v == PadValue::Zero || v == PadValue::Null)
        return T(0);
    if (raw >= static_cast<uint64_t>(PadValue::CustomBase)) {
        uint32_t bits = static_cast<uint32_t>(raw);
        T x;
        std::memcpy(&x, &bits, sizeof x < 4 ? sizeof x : 4);
        return x;
    }
    bool max = v == PadValue::Max;
    if constexpr (is_float<T>)
        return T(max ? INFINITY : -INFINITY);
    else
        return max ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
}

// Elements outside the valid window of `src` and within that of `dst` get dst's pad value; inside them the values stay.
template <typename D, typename S> void fill_pad(const char *name, D &dst, S &src, bool in_place, ptoc_stub::Where at) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(D::Loc == TileType::Vec && S::Loc == TileType::Vec, "vector tiles here; L1 tiles take one tile type");
    static_assert(D::PadVal != PadValue::Null, "the destination's type names the pad value");
    static_assert(sizeof(T) == sizeof(typename S::DType), "elements of one size");
    static_assert(D::Cols == S::Cols && D::Rows == S::Rows, "tiles of one shape");
    Insn i(name, PIPE_V, at);
    i.need(D::isRowMajor && S::isRowMajor, "tiles are row-major");
    int vr = src.GetValidRow(), vc = src.GetValidCol(), dr = dst.GetValidRow(), dc = dst.GetValidCol();
    i.need(dr >= vr && dc >= vc, "the destination's valid shape holds the source's");
    if (in_place) {
        i.add(dst, INOUT);
        i.need(dst.addr_ == src.addr_, "in place: one address");
        i.record([vr, vc, dc](std::vector<Operand> &ops) {
            T *p = ops[0].put<T>();
            for (size_t k = 0; k < ops[0].count(); k++) {
                if (int(k) / dc >= vr || int(k) % dc >= vc)
                    p[k] = pad_value<T>(D::PadVal);
            }
        });
        return;
    }
    i.add(dst, OUT);
    i.add(src, IN);
    i.apart();
    i.record([vr, vc, dc](std::vector<Operand> &ops) {
        const T *from = ops[1].get<T>();
        T *p = ops[0].put<T>();
        for (int k = 0; k < int(ops[0].count()); k++) {
            int r = k / dc, c = k % dc;
            p[k] = r < vr && c < vc ? from[r * vc + c] : pad_value<T>(D::PadVal);
        }
    });
}
} // namespace detail

template <typename D, typename S> void TFILLPAD_INPLACE(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    detail::fill_pad("TFILLPAD_INPLACE", dst, src, true, at);
}
template <typename D, typename S, std::enable_if_t<S::Loc == TileType::Vec, int> = 0>
void TFILLPAD(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    detail::fill_pad("TFILLPAD", dst, src, false, at);
}
// L1: zeros behind the valid window, up to whole fractals.
template <typename T, std::enable_if_t<T::Loc == TileType::Mat, int> = 0>
void TFILLPAD(T &dst, T &src, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    static_assert(!T::isRowMajor && T::SFractal == SLayout::RowMajor, "L1 tiles are padded in Nz only");
    static_assert(T::PadVal == PadValue::Zero || T::PadVal == PadValue::Null, "L1 tiles are padded with zeros");
    Insn i("TFILLPAD", PIPE_MTE2, at);
    i.need(dst.addr_ == src.addr_, "in place: one address");
    int vr = dst.GetValidRow(), vc = dst.GetValidCol();
    i.add(dst, INOUT, 0, 0, T::Rows, T::Cols);
    i.record([vr, vc](std::vector<Operand> &ops) {
        using E = typename T::DType;
        E *p = ops[0].put<E>();
        for (int k = 0; k < T::Rows * T::Cols; k++) {
            if (k / T::Cols >= vr || k % T::Cols >= vc)
                p[k] = E(0);
        }
    });
}

// Elements of GM selected by an index tile: one row of the tensor per index, or one element per index.
template <Coalesce C, GatherOOB O, typename D, typename G, typename X>
void MGATHER(D &dst, G &src, X &idx, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(D::Loc == TileType::Vec && X::Loc == TileType::Vec, "MGATHER fills vector tiles");
    static_assert(std::is_same_v<T, typename G::DType>, "MGATHER does not convert elements");
    Insn i("MGATHER", PIPE_MTE2, at);
    i.type<typename X::DType>(I32 | U32);
    i.need(G::layout == Layout::ND && D::isRowMajor && X::isRowMajor, "everything is row-major");
    int vr = dst.GetValidRow(), vc = dst.GetValidCol();
    constexpr bool rows = C == Coalesce::Row;
    i.add(dst, OUT);
    i.add_gm(src, IN);
    i.add(idx, IN);
    int64_t n = rows ? src.rows() : src.rows() * src.cols();
    if (rows)
        i.need(src.cols() == vc && idx.GetValidRow() * idx.GetValidCol() == vr,
               "one index for each row, rows of the tensor's length");
    else
        i.need(idx.GetValidRow() == vr && idx.GetValidCol() == vc, "one index for each element");
    i.record([vr, vc, n, at](std::vector<Operand> &ops) {
        const T *from = ops[1].get<T>();
        const uint32_t *x = ops[2].get<uint32_t>();
        T *to = ops[0].put<T>();
        for (int k = 0; k < vr * vc; k++) {
            int64_t j = static_cast<int32_t>(x[rows ? k / vc : k]);
            bool inside = j >= 0 && j < n;
            if (!inside && O == GatherOOB::Undefined)
                fail(at, "MGATHER", "the index %lld is not below %lld", static_cast<long long>(j),
                     static_cast<long long>(n));
            if (O == GatherOOB::Clamp)
                j = j < 0 ? 0 : j >= n ? n - 1 : j;
            else if (O == GatherOOB::Wrap)
                j = ((j % n) + n) % n;
            bool zero = !inside && O == GatherOOB::Zero;
            to[k] = zero ? T(0) : from[rows ? j * vc + k % vc : j];
        }
    });
}
template <Coalesce C, typename D, typename G, typename X>
void MGATHER(D &dst, G &src, X &idx, ptoc_stub::Where at = PTOC_HERE) {
    MGATHER<C, GatherOOB::Undefined>(dst, src, idx, at);
}

} // namespace pto
#endif
