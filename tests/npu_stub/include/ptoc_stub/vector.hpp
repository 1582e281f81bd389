// vector.hpp - element-wise instructions of the V pipe: two tiles, a tile and a scalar, one tile, bits, compare and select.
#ifndef PTOC_STUB_VECTOR_HPP
#define PTOC_STUB_VECTOR_HPP
#include "ptoc_stub/move.hpp"

namespace ptoc_stub {

// Arithmetic on floats in f32 with one rounding, on integers modulo their width.
template <class T> struct Number {
    using W = std::conditional_t<is_float<T>, float, uint64_t>;
    static W wide(T x) {
        if constexpr (is_float<T>)
            return static_cast<float>(x);
        else
            return static_cast<uint64_t>(x);
    }
};
template <class T> bool is_nan(T x) {
    if constexpr (is_float<T>)
        return std::isnan(static_cast<float>(x));
    else
        return (void)x, false;
}
template <class T> bool less(T a, T b) {
    if constexpr (is_float<T>)
        return static_cast<float>(a) < static_cast<float>(b);
    else
        return a < b;
}

struct Add {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(Number<T>::wide(a) + Number<T>::wide(b)); }
};
struct Sub {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(Number<T>::wide(a) - Number<T>::wide(b)); }
};
struct Mul {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(Number<T>::wide(a) * Number<T>::wide(b)); }
};
struct Div {
    template <class T> T operator()(T a, T b) const {
        if constexpr (is_float<T>)
            return static_cast<T>(static_cast<float>(a) / static_cast<float>(b));
        else
            return b == 0 ? T(0) : b == T(-1) ? static_cast<T>(0 - Number<T>::wide(a)) : static_cast<T>(a / b);
    }
};
// The language's rule: a > b or a NaN gives a.
struct Max {
    template <class T> T operator()(T a, T b) const { return is_nan(a) || less(b, a) ? a : b; }
};
struct Min {
    template <class T> T operator()(T a, T b) const { return is_nan(a) || less(a, b) ? a : b; }
};
struct And {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(a & b); }
};
struct Or {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(a | b); }
};
struct Xor {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(a ^ b); }
};
struct Shl {
    template <class T> T operator()(T a, T b) const {
        return static_cast<T>(static_cast<uint64_t>(a) << (static_cast<uint64_t>(b) % (8 * sizeof(T))));
    }
};
struct Shr {
    template <class T> T operator()(T a, T b) const {
        return static_cast<T>(a >> (static_cast<uint64_t>(b) % (8 * sizeof(T))));
    }
};
struct Fmod {
    template <class T> T operator()(T a, T b) const {
        if constexpr (is_float<T>)
            return static_cast<T>(std::fmod(static_cast<float>(a), static_cast<float>(b)));
        else
            return b == 0 || b == T(-1) ? T(0) : static_cast<T>(a % b);
    }
};
struct Rem { // the sign of the divisor
    template <class T> T operator()(T a, T b) const {
        T r = Fmod()(a, b);
        return r != T(0) && less(r, T(0)) != less(b, T(0)) ? Add()(r, b) : r;
    }
};

template <class D, class A, class B, class F>
void binary(const char *name, D &dst, A &a, B &b, unsigned types, Where at, F f) {
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType> && std::is_same_v<T, typename B::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, dst, dst, types);
    check_ewise(i, dst, a, types);
    check_ewise(i, dst, b, types);
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(b, IN);
    i.apart({1, 2});
    i.record([f](std::vector<Operand> &ops) {
        const T *x = ops[1].template get<T>(), *y = ops[2].template get<T>();
        T *z = ops[0].template put<T>();
        for (size_t k = 0; k < ops[0].count(); k++)
            z[k] = f(x[k], y[k]);
    });
}

// One tile; f may hold a scalar.
template <class D, class A, class F>
void unary(const char *name, D &dst, A &a, unsigned types, Where at, F f, bool in_place = true) {
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, dst, dst, types);
    check_ewise(i, dst, a, types);
    i.add(dst, OUT);
    i.add(a, IN);
    in_place ? i.apart({1}) : i.apart();
    i.record([f](std::vector<Operand> &ops) {
        const T *x = ops[1].template get<T>();
        T *z = ops[0].template put<T>();
        for (size_t k = 0; k < ops[0].count(); k++)
            z[k] = f(x[k]);
    });
}

constexpr unsigned FLOATS = F32 | F16, BITS = ARCH_A5 ? (I32 | I16 | U32 | U16 | I8 | U8) : (I32 | I16 | U32 | U16);
constexpr unsigned DIVIDES = ARCH_A5 ? (FLOATS | I32 | I16 | U32 | U16) : FLOATS;
constexpr unsigned ANY_SIZE = F32 | F16 | BF16 | I32 | I16 | I8 | U32 | U16 | U8;

template <class T> float as_float(T x) { return static_cast<float>(x); }

} // namespace ptoc_stub

namespace pto {

#define PTOC_STUB_BINARY(NAME, OP, TYPES)                                                                              \
    template <typename D, typename A, typename B> void NAME(D &dst, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {     \
        ptoc_stub::binary(#NAME, dst, a, b, TYPES, at, ptoc_stub::OP());                                               \
    }
#define PTOC_STUB_SCALAR(NAME, OP, TYPES)                                                                              \
    template <typename D, typename A> void NAME(D &dst, A &a, typename A::DType s, ptoc_stub::Where at = PTOC_HERE) {  \
        ptoc_stub::unary(#NAME, dst, a, TYPES, at, [s](typename A::DType x) { return ptoc_stub::OP()(x, s); });        \
    }
#define PTOC_STUB_UNARY(NAME, TYPES, EXPR)                                                                             \
    template <typename D, typename A> void NAME(D &dst, A &a, ptoc_stub::Where at = PTOC_HERE) {                       \
        using T = typename A::DType;                                                                                   \
        ptoc_stub::unary(#NAME, dst, a, TYPES, at, [](T x) -> T { return EXPR; });                                     \
    }

PTOC_STUB_BINARY(TADD, Add, ptoc_stub::ARCH.ewise)
PTOC_STUB_BINARY(TSUB, Sub, ptoc_stub::ARCH.ewise)
PTOC_STUB_BINARY(TMUL, Mul, ptoc_stub::ARCH.ewise)
PTOC_STUB_BINARY(TDIV, Div, ptoc_stub::DIVIDES)
PTOC_STUB_BINARY(TMAX, Max, ptoc_stub::ARCH.ewise)
PTOC_STUB_BINARY(TMIN, Min, ptoc_stub::ARCH.ewise)
PTOC_STUB_BINARY(TFMOD, Fmod, ptoc_stub::ARCH_A5 ? ptoc_stub::DIVIDES : ptoc_stub::F32)
PTOC_STUB_BINARY(TAND, And, ptoc_stub::BITS)
PTOC_STUB_BINARY(TOR, Or, ptoc_stub::BITS)
PTOC_STUB_BINARY(TSHL, Shl, ptoc_stub::BITS)
PTOC_STUB_BINARY(TSHR, Shr, ptoc_stub::BITS)

PTOC_STUB_SCALAR(TADDS, Add, ptoc_stub::ARCH.ewise)
PTOC_STUB_SCALAR(TSUBS, Sub, ptoc_stub::ARCH.ewise)
PTOC_STUB_SCALAR(TMULS, Mul, ptoc_stub::ARCH.ewise)
PTOC_STUB_SCALAR(TMAXS, Max, ptoc_stub::ARCH.ewise)
PTOC_STUB_SCALAR(TMINS, Min, ptoc_stub::ARCH.ewise)
PTOC_STUB_SCALAR(TDIVS, Div, ptoc_stub::DIVIDES)
PTOC_STUB_SCALAR(TFMODS, Fmod, ptoc_stub::F32)
PTOC_STUB_SCALAR(TANDS, And, ptoc_stub::BITS)
PTOC_STUB_SCALAR(TORS, Or, ptoc_stub::BITS)
PTOC_STUB_SCALAR(TSHLS, Shl, ptoc_stub::BITS)
PTOC_STUB_SCALAR(TSHRS, Shr, ptoc_stub::BITS)
// scalar / tile
template <typename D, typename A, std::enable_if_t<(A::Rows > 0), int> = 0>
void TDIVS(D &dst, typename A::DType s, A &a, ptoc_stub::Where at = PTOC_HERE) {
    ptoc_stub::unary(
        "TDIVS", dst, a, ptoc_stub::DIVIDES, at, [s](typename A::DType x) { return ptoc_stub::Div()(s, x); }, false);
}

PTOC_STUB_UNARY(TEXP, ptoc_stub::FLOATS, T(static_cast<float>(std::exp(static_cast<double>(ptoc_stub::as_float(x))))))
PTOC_STUB_UNARY(TLOG, ptoc_stub::FLOATS, T(static_cast<float>(std::log(static_cast<double>(ptoc_stub::as_float(x))))))
PTOC_STUB_UNARY(TSQRT, ptoc_stub::FLOATS, T(std::sqrt(ptoc_stub::as_float(x))))
PTOC_STUB_UNARY(TRSQRT, ptoc_stub::FLOATS, T(1.0f / std::sqrt(ptoc_stub::as_float(x))))
PTOC_STUB_UNARY(TABS, ptoc_stub::FLOATS, T(std::fabs(ptoc_stub::as_float(x))))
PTOC_STUB_UNARY(TNEG, ptoc_stub::ARCH.ewise,
                (ptoc_stub::is_float<T> ? static_cast<T>(-ptoc_stub::as_float(x)) : ptoc_stub::Sub()(T(0), x)))
PTOC_STUB_UNARY(TRELU, ptoc_stub::FLOATS | ptoc_stub::I32, ptoc_stub::less(x, T(0)) ? T(0) : x)
PTOC_STUB_UNARY(TNOT, ptoc_stub::BITS, T(~x))
// The reciprocal is a division whose destination may not be its source.
template <typename D, typename A> void TRECIP(D &dst, A &a, ptoc_stub::Where at = PTOC_HERE) {
    using T = typename A::DType;
    ptoc_stub::unary(
        "TRECIP", dst, a, ptoc_stub::FLOATS, at, [](T x) { return T(1.0f / ptoc_stub::as_float(x)); }, false);
}
#undef PTOC_STUB_BINARY
#undef PTOC_STUB_SCALAR
#undef PTOC_STUB_UNARY

template <typename D, typename A, typename B, typename X>
void TXOR(D &dst, A &a, B &b, X &tmp, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    Insn i("TXOR", PIPE_V, at);
    check_ewise(i, dst, dst, BITS);
    check_ewise(i, dst, a, BITS);
    check_ewise(i, dst, b, BITS);
    check_ewise(i, dst, tmp, BITS);
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(b, IN);
    i.add(tmp, SCRATCH);
    i.apart();
    i.record([](std::vector<Operand> &ops) {
        const T *x = ops[1].get<T>(), *y = ops[2].get<T>();
        for (size_t k = 0; k < ops[0].count(); k++)
            ops[0].put<T>()[k] = Xor()(x[k], y[k]);
    });
}
template <typename D, typename A, typename B, typename X>
void TREM(D &dst, A &a, B &b, X &tmp, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    Insn i("TREM", PIPE_V, at);
    check_ewise(i, dst, dst, F32 | I32);
    check_ewise(i, dst, a, F32 | I32);
    check_ewise(i, dst, b, F32 | I32);
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(b, IN);
    i.add(tmp, SCRATCH);
    i.apart();
    i.record([](std::vector<Operand> &ops) {
        const T *x = ops[1].get<T>(), *y = ops[2].get<T>();
        for (size_t k = 0; k < ops[0].count(); k++)
            ops[0].put<T>()[k] = Rem()(x[k], y[k]);
    });
}
// dst += a * s
template <typename D, typename A> void TAXPY(D &dst, A &a, typename A::DType s, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    Insn i("TAXPY", PIPE_V, at);
    check_ewise(i, dst, dst, FLOATS);
    check_ewise(i, dst, a, FLOATS);
    i.add(dst, INOUT);
    i.add(a, IN);
    i.apart();
    i.record([s](std::vector<Operand> &ops) {
        const T *x = ops[1].get<T>();
        for (size_t k = 0; k < ops[0].count(); k++)
            ops[0].put<T>()[k] = Add()(ops[0].put<T>()[k], Mul()(x[k], s));
    });
}
template <typename D> void TEXPANDS(D &dst, typename D::DType s, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    Insn i("TEXPANDS", PIPE_V, at);
    check_ewise(i, dst, dst, ANY_SIZE);
    i.add(dst, OUT);
    i.record([s](std::vector<Operand> &ops) {
        for (size_t k = 0; k < ops[0].count(); k++)
            ops[0].put<T>()[k] = s;
    });
}
// start, start + 1, ... (or downwards)
template <typename D, typename S, int DESCENDING> void TCI(D &dst, S start, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    static_assert(std::is_same_v<S, typename D::DType> && D::Rows == 1, "TCI fills one row with its own type");
    Insn i("TCI", ARCH_A5 ? PIPE_V : PIPE_S, at);
    i.type<S>(I32 | I16 | U32 | U16);
    i.add(dst, OUT);
    i.record([start](std::vector<Operand> &ops) {
        for (size_t k = 0; k < ops[0].count(); k++)
            ops[0].put<S>()[k] = static_cast<S>(DESCENDING ? start - S(k) : start + S(k));
    });
}
// Ones at and below (or above) a diagonal, zeros elsewhere.
template <typename D, int UPPER> void TTRI(D &dst, int diagonal, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    Insn i("TTRI", PIPE_V, at);
    check_ewise(i, dst, dst, F32 | F16 | I32 | I16 | U32 | U16);
    i.add(dst, OUT);
    i.record([diagonal](std::vector<Operand> &ops) {
        for (int k = 0; k < int(ops[0].count()); k++) {
            int r = k / ops[0].nc, c = k % ops[0].nc;
            ops[0].put<T>()[k] = T(UPPER ? c >= r + diagonal : c <= r + diagonal);
        }
    });
}

namespace detail {
template <class T> bool compare(T a, T b, CmpMode mode) {
    using ptoc_stub::less;
    bool ordered = !ptoc_stub::is_nan(a) && !ptoc_stub::is_nan(b), equal = ordered && !less(a, b) && !less(b, a);
    switch (mode) {
    case CmpMode::EQ: return equal;
    case CmpMode::NE: return !equal;
    case CmpMode::LT: return less(a, b);
    case CmpMode::LE: return ordered && !less(b, a);
    case CmpMode::GT: return less(b, a);
    case CmpMode::GE: return ordered && !less(a, b);
    }
    return false;
}
// A mask holds a bit for each column, rows begin where the mask tile's rows do; whole repeats of 256 bytes are compared.
template <class T> int mask_bytes(int cols) {
    int repeat = 256 / int(sizeof(T));
    return (cols + repeat - 1) / repeat * repeat / 8;
}
template <class M, class A, class F> void record_compare(ptoc_stub::Insn &i, M &mask, A &a, F bit) {
    using namespace ptoc_stub;
    using T = typename A::DType;
    static_assert(M::Loc == TileType::Vec && sizeof(typename M::DType) == 1, "a mask is a vector tile of bytes");
    i.need(M::isRowMajor, "tiles are row-major");
    i.need(mask.GetValidRow() == a.GetValidRow(), "the mask has a row for each row");
    int bytes = mask_bytes<T>(a.GetValidCol()), rows = a.GetValidRow(), cols = a.GetValidCol();
    i.add(mask, OUT, 0, 0, rows, bytes);
    i.add(a, IN);
    i.record([bit, bytes, rows, cols](std::vector<Operand> &ops) {
        const T *x = ops[1].get<T>();
        const T *y = ops.size() > 2 ? ops[2].get<T>() : nullptr;
        uint8_t *m = ops[0].put<uint8_t>();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < bytes * 8; c++) { // behind the valid columns: whatever is there
                bool on = c < cols ? bit(x[r * cols + c], y ? y[r * cols + c] : T(0)) : machine().coin();
                m[r * bytes + c / 8] = static_cast<uint8_t>(m[r * bytes + c / 8] | on << c % 8);
            }
        }
    });
}
} // namespace detail

template <typename M, typename A, typename B>
void TCMP(M &mask, A &a, B &b, CmpMode mode, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename A::DType;
    static_assert(std::is_same_v<T, typename B::DType>, "one element type");
    constexpr unsigned types = ARCH_A5 ? ARCH.ewise : F32 | F16 | I32;
    Insn i("TCMP", PIPE_V, at);
    check_ewise(i, a, a, types);
    check_ewise(i, a, b, types);
    if constexpr (std::is_same_v<T, int32_t> && !ARCH_A5)
        i.need(mode == CmpMode::EQ || mode == CmpMode::NE, "i32 tiles are compared for equality only");
    static_assert(sizeof(typename M::DType) == 1 && M::isRowMajor, "a mask is a row-major tile of bytes");
    i.need(mask.GetValidRow() == a.GetValidRow(), "the mask has a row for each row");
    int bytes = detail::mask_bytes<T>(a.GetValidCol()), rows = a.GetValidRow(), cols = a.GetValidCol();
    i.add(mask, OUT, 0, 0, rows, bytes);
    i.add(a, IN);
    i.add(b, IN);
    i.apart();
    i.record([mode, bytes, rows, cols](std::vector<Operand> &ops) {
        const T *x = ops[1].get<T>(), *y = ops[2].get<T>();
        uint8_t *m = ops[0].put<uint8_t>();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < bytes * 8; c++) { // behind the valid columns: whatever is there
                bool on = c < cols ? detail::compare(x[r * cols + c], y[r * cols + c], mode) : machine().coin();
                m[r * bytes + c / 8] = static_cast<uint8_t>(m[r * bytes + c / 8] | on << c % 8);
            }
        }
    });
}
template <typename M, typename A>
void TCMPS(M &mask, A &a, typename A::DType s, CmpMode mode, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename A::DType;
    Insn i("TCMPS", PIPE_V, at);
    check_ewise(i, a, a, ARCH_A5 ? ARCH.ewise : F32 | F16 | I32 | I16 | U16);
    if constexpr (std::is_same_v<T, int32_t> && !ARCH_A5)
        i.need(mode == CmpMode::EQ || mode == CmpMode::NE, "i32 tiles are compared for equality only");
    detail::record_compare(i, mask, a, [s, mode](T x, T) { return detail::compare(x, s, mode); });
}

namespace detail {
template <class D, class M, class X> void add_select(ptoc_stub::Insn &i, D &dst, M &mask, X &tmp) {
    using namespace ptoc_stub;
    static_assert(sizeof(typename D::DType) == 4 || sizeof(typename D::DType) == 2, "elements of two or four bytes");
    static_assert(M::Loc == TileType::Vec && sizeof(typename M::DType) == 1 && M::isRowMajor,
                  "a mask is a row-major tile of bytes");
    static_assert(X::Loc == TileType::Vec, "the scratch is a vector tile");
    i.need(sizeof(typename X::DType) * X::Rows * X::Cols >= 32, "the scratch has 32 bytes");
    i.add(dst, OUT);
    i.add(mask, IN, 0, 0, dst.GetValidRow(), (dst.GetValidCol() + 7) / 8);
    i.add(tmp, SCRATCH, 0, 0, 1, 32 / int(sizeof(typename X::DType)));
}
} // namespace detail

template <typename D, typename M, typename A, typename B, typename X>
void TSEL(D &dst, M &mask, A &a, B &b, X &tmp, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType> && std::is_same_v<T, typename B::DType>, "one element type");
    Insn i("TSEL", PIPE_V, at);
    check_ewise(i, dst, a, ANY_SIZE);
    check_ewise(i, dst, b, ANY_SIZE);
    detail::add_select(i, dst, mask, tmp);
    i.add(a, IN);
    i.add(b, IN);
    i.apart({3, 4});
    i.record([](std::vector<Operand> &ops) {
        const uint8_t *m = ops[1].get<uint8_t>();
        for (int k = 0; k < int(ops[0].count()); k++) {
            int r = k / ops[0].nc, c = k % ops[0].nc;
            bool on = m[r * ops[1].nc + c / 8] >> c % 8 & 1;
            ops[0].put<T>()[k] = ops[on ? 3 : 4].get<T>()[k];
        }
    });
}
template <typename D, typename M, typename A, typename X>
void TSELS(D &dst, M &mask, A &a, X &tmp, typename A::DType s, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType>, "one element type");
    Insn i("TSELS", PIPE_V, at);
    check_ewise(i, dst, a, ANY_SIZE);
    detail::add_select(i, dst, mask, tmp);
    i.add(a, IN);
    i.apart({3});
    i.record([s](std::vector<Operand> &ops) {
        const uint8_t *m = ops[1].get<uint8_t>();
        for (int k = 0; k < int(ops[0].count()); k++) {
            int r = k / ops[0].nc, c = k % ops[0].nc;
            ops[0].put<T>()[k] = m[r * ops[1].nc + c / 8] >> c % 8 & 1 ? ops[3].get<T>()[k] : s;
        }
    });
}

// Where both are valid they are combined, elsewhere the one that is valid is copied.
namespace detail {
template <class D, class A, class B, class F>
void part(const char *name, D &dst, A &a, B &b, ptoc_stub::Where at, F f) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType> && std::is_same_v<T, typename B::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, dst, dst, ARCH.ewise);
    check_ewise(i, a, a, ARCH.ewise);
    check_ewise(i, b, b, ARCH.ewise);
    int dr = dst.GetValidRow(), dc = dst.GetValidCol();
    auto whole = [dr, dc](auto &t) { return t.GetValidRow() == dr && t.GetValidCol() == dc; };
    i.need(whole(a) || whole(b), "one source is as large as the destination");
    i.need(a.GetValidRow() <= dr && a.GetValidCol() <= dc && b.GetValidRow() <= dr && b.GetValidCol() <= dc,
           "no source is larger than the destination");
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(b, IN);
    i.apart({1, 2});
    i.record([f](std::vector<Operand> &ops) {
        for (int r = 0; r < ops[0].nr; r++) {
            for (int c = 0; c < ops[0].nc; c++) {
                bool in_a = r < ops[1].nr && c < ops[1].nc, in_b = r < ops[2].nr && c < ops[2].nc;
                T x = in_a ? ops[1].template get<T>()[r * ops[1].nc + c] : T(0);
                T y = in_b ? ops[2].template get<T>()[r * ops[2].nc + c] : T(0);
                ops[0].template put<T>()[r * ops[0].nc + c] = in_a && in_b ? f(x, y) : in_a ? x : y;
            }
        }
    });
}
} // namespace detail
template <typename D, typename A, typename B> void TPARTADD(D &dst, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    detail::part("TPARTADD", dst, a, b, at, ptoc_stub::Add());
}
template <typename D, typename A, typename B> void TPARTMUL(D &dst, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    detail::part("TPARTMUL", dst, a, b, at, ptoc_stub::Mul());
}
template <typename D, typename A, typename B> void TPARTMAX(D &dst, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    detail::part("TPARTMAX", dst, a, b, at, ptoc_stub::Max());
}
template <typename D, typename A, typename B> void TPARTMIN(D &dst, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    detail::part("TPARTMIN", dst, a, b, at, ptoc_stub::Min());
}

} // namespace pto
#endif
