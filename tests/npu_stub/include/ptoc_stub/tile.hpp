// tile.hpp - tiles and global tensors: the library's spelling, and where their elements are.
#ifndef PTOC_STUB_TILE_HPP
#define PTOC_STUB_TILE_HPP
#include "ptoc_stub/machine.hpp"

namespace pto {

enum class TileType { Vec, Mat, Left, Right, Acc, Bias, Scaling };
enum class BLayout { RowMajor, ColMajor };
enum class SLayout { NoneBox, RowMajor, ColMajor };
enum class Layout { ND, DN, NZ };
enum class CmpMode : uint8_t { EQ, NE, LT, LE, GT, GE };
enum class RoundMode : uint8_t { CAST_NONE, CAST_RINT, CAST_ROUND, CAST_FLOOR, CAST_CEIL, CAST_TRUNC, CAST_ODD };
enum class SaturationMode : uint8_t { ON, OFF };
enum class ReluPreMode : uint8_t { NoRelu, NormalRelu };
enum class AtomicType : uint8_t { AtomicNone, AtomicAdd };
enum class CompactMode { Null, Normal };
// Values patterns are read from right to left: P0101 takes the first of two.
enum class MaskPattern : uint8_t { P0101 = 1, P1010, P0001, P0010, P0100, P1000, P1111 };
enum class PadValue : uint64_t { Null, Zero, Max, Min, CustomBase = 0x100000000ull };
enum class Coalesce : uint8_t { Row, Elem };
enum class GatherOOB : uint8_t { Undefined, Clamp, Wrap, Zero };
constexpr int DYNAMIC = -1;

constexpr PadValue PadValueCustom(uint32_t bits) {
    return static_cast<PadValue>(static_cast<uint64_t>(PadValue::CustomBase) | bits);
}
constexpr PadValue PadValueCustom(int32_t bits) { return PadValueCustom(static_cast<uint32_t>(bits)); }
constexpr PadValue PadValueCustom(float f) { return PadValueCustom(__builtin_bit_cast(uint32_t, f)); }

template <TileType Loc_, typename T, int Rows_, int Cols_, BLayout BLayout_ = BLayout::RowMajor, int ValidRow_ = Rows_,
          int ValidCol_ = Cols_, SLayout SLayout_ = SLayout::NoneBox, int Fractal_ = 512,
          PadValue Pad_ = PadValue::Null, CompactMode Compact_ = CompactMode::Null>
struct Tile {
    using DType = T;
    static constexpr TileType Loc = Loc_;
    static constexpr int Rows = Rows_, Cols = Cols_, ValidRow = ValidRow_, ValidCol = ValidCol_;
    static constexpr BLayout BFractal = BLayout_;
    static constexpr SLayout SFractal = SLayout_;
    static constexpr bool isRowMajor = BLayout_ == BLayout::RowMajor;
    static constexpr bool isBoxed = SLayout_ != SLayout::NoneBox;
    static constexpr int Fractal = Fractal_;
    static constexpr PadValue PadVal = Pad_;
    static constexpr int box_rows = !isBoxed                        ? 0
                                    : Fractal_ == 1024              ? 16
                                    : SLayout_ == SLayout::RowMajor ? 16
                                                                    : 32 / int(sizeof(T));
    static constexpr int box_cols = !isBoxed                        ? 0
                                    : Fractal_ == 1024              ? 16
                                    : SLayout_ == SLayout::ColMajor ? 16
                                                                    : 32 / int(sizeof(T));

    static_assert(ptoc_stub::type_bit<T>() != 0, "a tile of an unknown element type");
    static_assert(Rows_ > 0 && Cols_ > 0, "a tile has at least one element");
    static_assert(ValidRow_ == DYNAMIC || (ValidRow_ >= 0 && ValidRow_ <= Rows_), "more valid rows than rows");
    static_assert(ValidCol_ == DYNAMIC || (ValidCol_ >= 0 && ValidCol_ <= Cols_), "more valid columns than columns");
    static_assert(isBoxed || !isRowMajor || Cols_ * sizeof(T) % 32 == 0,
                  "a row of a row-major tile is a multiple of 32 bytes");
    static_assert(isBoxed || isRowMajor || Rows_ * sizeof(T) % 32 == 0,
                  "a column of a column-major tile is a multiple of 32 bytes");
    static_assert(!isBoxed || Rows_ == 1 || Rows_ % (box_rows ? box_rows : 1) == 0,
                  "rows are a multiple of the fractal's");
    static_assert(!isBoxed || Cols_ % (box_cols ? box_cols : 1) == 0, "columns are a multiple of the fractal's");
    static_assert(Loc_ != TileType::Vec || !isBoxed, "the stub knows vector tiles without boxes only");
    static_assert(Fractal_ == 512 || (Fractal_ == 1024 && Loc_ == TileType::Acc),
                  "512-byte fractals; 1024 in accumulators");

    Tile() { static_assert(ValidRow_ != DYNAMIC && ValidCol_ != DYNAMIC, "a dynamic valid shape is an argument"); }
    explicit Tile(int64_t n) {
        static_assert((ValidRow_ == DYNAMIC) != (ValidCol_ == DYNAMIC), "one argument for one dynamic extent");
        (ValidRow_ == DYNAMIC ? vr_ : vc_) = static_cast<int>(n);
    }
    Tile(int64_t rows, int64_t cols) : vr_(static_cast<int>(rows)), vc_(static_cast<int>(cols)) {
        static_assert(ValidRow_ == DYNAMIC && ValidCol_ == DYNAMIC, "two arguments for two dynamic extents");
    }
    int GetValidRow() const { return vr_; }
    int GetValidCol() const { return vc_; }
    void SetValidRow(int n) {
        static_assert(ValidRow_ == DYNAMIC, "the valid rows are static");
        vr_ = n;
    }
    void SetValidCol(int n) {
        static_assert(ValidCol_ == DYNAMIC, "the valid columns are static");
        vc_ = n;
    }

    static constexpr int64_t NO_ADDRESS = -1;
    int64_t addr_ = NO_ADDRESS;
    int vr_ = ValidRow_, vc_ = ValidCol_;

    // A scalar read. The S pipe reads it when its queue gets there.
    T GetValue(int offset, ptoc_stub::Where at = PTOC_HERE) const;
};

template <typename T, int R, int C, int VR = R, int VC = C>
using TileLeft = Tile<TileType::Left, T, R, C, ptoc_stub::ARCH_A5 ? BLayout::ColMajor : BLayout::RowMajor, VR, VC,
                      SLayout::RowMajor>;
template <typename T, int R, int C, int VR = R, int VC = C>
using TileRight = Tile<TileType::Right, T, R, C, BLayout::RowMajor, VR, VC, SLayout::ColMajor>;
template <typename T, int R, int C, int VR = R, int VC = C>
using TileAcc = Tile<TileType::Acc, T, R, C, BLayout::ColMajor, VR, VC, SLayout::RowMajor, 1024>;

template <int64_t... N> struct Extents {
    static_assert(sizeof...(N) == 5, "global tensors have five dimensions");
    static constexpr int64_t fixed[5] = {N...};
    static constexpr int dynamic = ((N == DYNAMIC) + ...);
    int64_t value[5] = {(N == DYNAMIC ? 1 : N)...};
    Extents() = default;
    template <typename... A, typename = std::enable_if_t<(sizeof...(A) > 0) && (std::is_integral_v<A> && ...)>>
    Extents(A... a) {
        static_assert(sizeof...(A) == dynamic || sizeof...(A) == 5,
                      "as many numbers as there are dynamic extents, or all five");
        const int64_t given[] = {static_cast<int64_t>(a)...};
        for (int d = 0, k = 0; d < 5; d++) {
            if (fixed[d] == DYNAMIC)
                value[d] = sizeof...(A) == 5 ? given[d] : given[k++];
        }
    }
};
template <int64_t A = DYNAMIC, int64_t B = DYNAMIC, int64_t C = DYNAMIC, int64_t D = DYNAMIC, int64_t E = DYNAMIC>
struct Shape : Extents<A, B, C, D, E> {
    using Extents<A, B, C, D, E>::Extents;
};
template <int64_t A = DYNAMIC, int64_t B = DYNAMIC, int64_t C = DYNAMIC, int64_t D = DYNAMIC, int64_t E = DYNAMIC>
struct Stride : Extents<A, B, C, D, E> {
    using Extents<A, B, C, D, E>::Extents;
};

template <typename T, typename Shape_, typename Stride_, Layout Layout_ = Layout::ND> struct GlobalTensor {
    using DType = std::remove_cv_t<T>;
    using RawDType = DType;
    static constexpr Layout layout = Layout_;
    static_assert(Layout_ == Layout::ND || Layout_ == Layout::DN, "the stub knows ND and DN tensors");
    explicit GlobalTensor(T *data, Shape_ shape = {}, Stride_ stride = {})
        : data_(const_cast<DType *>(data)), shape_(shape), stride_(stride) {}
    DType *data() const { return data_; }
    int64_t GetShape(int d) const { return shape_.value[d]; }
    int64_t GetStride(int d) const { return stride_.value[d]; }
    int64_t rows() const {
        return layout == Layout::DN ? GetShape(3) : GetShape(0) * GetShape(1) * GetShape(2) * GetShape(3);
    }
    int64_t cols() const {
        return layout == Layout::DN ? GetShape(0) * GetShape(1) * GetShape(2) * GetShape(4) : GetShape(4);
    }

    DType *data_;
    Shape_ shape_;
    Stride_ stride_;
};

} // namespace pto

namespace ptoc_stub {

constexpr Mem mem_of(pto::TileType t) {
    switch (t) {
    case pto::TileType::Vec: return UB;
    case pto::TileType::Mat: return L1;
    case pto::TileType::Left: return L0A;
    case pto::TileType::Right: return L0B;
    case pto::TileType::Acc: return L0C;
    case pto::TileType::Bias:
    case pto::TileType::Scaling: break;
    }
    return MEMS;
}

// The place of a tile, after the checks that hold wherever it is used.
template <class T> Place place_of(const T &t, Where at, const char *insn) {
    constexpr Mem mem = mem_of(T::Loc);
    static_assert(mem != MEMS, "the stub has no bias and scaling tables");
    Core &core = recording(at, insn);
    Place p;
    p.mem = mem;
    p.esize = sizeof(typename T::DType);
    p.rows = T::Rows;
    p.cols = T::Cols;
    p.col_major = !T::isRowMajor;
    p.box_rows = T::box_rows;
    p.box_cols = T::box_cols;
    p.box_col_major = T::SFractal == pto::SLayout::ColMajor;
    if (t.addr_ == T::NO_ADDRESS)
        fail(at, insn, "a tile has no address (TASSIGN)");
    if (t.addr_ % 32)
        fail(at, insn, "the address %lld is no multiple of 32", static_cast<long long>(t.addr_));
    if (t.addr_ < 0 || static_cast<uint64_t>(t.addr_) + p.bytes() > ARCH.capacity[mem])
        fail(at, insn, "%zu bytes at %lld end behind the %u bytes of %s", p.bytes(), static_cast<long long>(t.addr_),
             ARCH.capacity[mem], mem_name(mem));
    if ((mem == UB) != (core.kind == AIV))
        fail(at, insn, "a %s core has no %s", core.kind == AIV ? "vector" : "cube", mem_name(mem));
    if (t.vr_ < 0 || t.vr_ > T::Rows || t.vc_ < 0 || t.vc_ > T::Cols)
        fail(at, insn, "the valid shape [%d, %d] is not within [%d, %d]", t.vr_, t.vc_, T::Rows, T::Cols);
    p.addr = static_cast<uint32_t>(t.addr_);
    p.base = core.memory[mem].data() + p.addr;
    return p;
}

} // namespace ptoc_stub

namespace pto {
// Addresses are offsets into the tile's memory.
template <typename T, typename A> void TASSIGN(T &tile, A addr) {
    if constexpr (std::is_pointer_v<A>)
        tile.data_ = addr;
    else
        tile.addr_ = static_cast<int64_t>(addr);
}
template <std::size_t ADDR, typename T> void TASSIGN(T &tile) {
    static_assert(ADDR % 32 == 0, "addresses are multiples of 32");
    static_assert(ADDR + T::Rows * T::Cols * sizeof(typename T::DType) <=
                      ptoc_stub::ARCH.capacity[ptoc_stub::mem_of(T::Loc)],
                  "the tile ends behind its memory");
    tile.addr_ = ADDR;
}
template <typename D, typename S> void TRESHAPE(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    static_assert(D::Loc == S::Loc, "another view is in the same memory");
    if (sizeof(typename D::DType) * D::Rows * D::Cols > sizeof(typename S::DType) * S::Rows * S::Cols)
        ptoc_stub::fail(at, "TRESHAPE", "the view is larger than the tile");
    dst.addr_ = src.addr_;
}
} // namespace pto
#endif
