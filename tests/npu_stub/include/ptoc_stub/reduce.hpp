// reduce.hpp - one value of each row or column, and transposition.
//
// Sums are added in the order of the language's section 9 (16 interleaved partial sums along a row, in order along a column), so
// that integers and indices which hang on them can be compared exactly; `tree` forms add in the order of the hardware's tree.
#ifndef PTOC_STUB_REDUCE_HPP
#define PTOC_STUB_REDUCE_HPP
#include "ptoc_stub/vector.hpp"

namespace ptoc_stub {

// NaN if there is one, else the extreme, a zero being +0.
template <class T, bool MAX> T extreme(const T *x, int n, int step) {
    T best = x[0];
    for (int k = 0; k < n; k++) {
        T v = x[k * step];
        if (is_nan(v))
            return v;
        if (MAX ? less(best, v) : less(v, best))
            best = v;
    }
    return best == T(0) ? T(0) : best;
}
template <class T, bool MAX> int arg_extreme(const T *x, int n, int step) {
    int best = 0;
    for (int k = 0; k < n; k++) {
        if (is_nan(x[k * step]))
            return k;
        if (MAX ? less(x[best * step], x[k * step]) : less(x[k * step], x[best * step]))
            best = k;
    }
    return best;
}
template <class T, bool PRODUCT> T lanes16(const T *x, int n) {
    using A = std::conditional_t<is_float<T>, float, T>;
    A p[16];
    for (A &a : p)
        a = A(PRODUCT ? 1 : 0);
    auto op = [](A a, A b) { return PRODUCT ? Mul()(a, b) : Add()(a, b); };
    for (int j = 0; j < n; j++)
        p[j % 16] = op(p[j % 16], static_cast<A>(x[j]));
    for (int w = 8; w; w /= 2) {
        for (int k = 0; k < w; k++)
            p[k] = op(p[k], p[k + w]);
    }
    return static_cast<T>(p[0]);
}

template <class D, class S, class X> void row_checks(const Insn &i, D &dst, S &src, X &) {
    using T = typename S::DType;
    static_assert(D::Loc == pto::TileType::Vec && S::Loc == pto::TileType::Vec && X::Loc == pto::TileType::Vec,
                  "vector tiles");
    i.type<T>(ARCH_A5 ? F32 | F16 | I32 | I16 : F32 | F16 | I32 | I16);
    i.need(S::isRowMajor, "the source is row-major");
    i.need(D::isRowMajor || D::Cols == 1, "the result is a column, or row-major");
    i.need(src.GetValidRow() > 0 && src.GetValidCol() > 0, "the valid shape is empty");
    i.need(dst.GetValidRow() == src.GetValidRow() && dst.GetValidCol() == 1, "one result for each row");
    i.need(X::isRowMajor && sizeof(typename X::DType) == sizeof(T),
           "the scratch is row-major and of the source's size");
    int repeat = 256 / int(sizeof(T));
    if (src.GetValidCol() > repeat && (X::Rows < src.GetValidRow() || X::Cols < repeat))
        i.error("the scratch [%d, %d] is smaller than [%d, %d]", X::Rows, X::Cols, src.GetValidRow(), repeat);
}

template <class D, class S, class X, class F> void row_reduce(const char *name, D &dst, S &src, X &tmp, Where at, F f) {
    using T = typename S::DType;
    static_assert(std::is_same_v<T, typename D::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    row_checks(i, dst, src, tmp);
    i.add(dst, OUT);
    i.add(src, IN);
    i.add(tmp, SCRATCH, 0, 0, X::Rows, X::Cols);
    i.apart();
    i.record([f](std::vector<Operand> &ops) {
        for (int r = 0; r < ops[1].nr; r++)
            ops[0].template put<T>()[r] = f(ops[1].template get<T>() + r * ops[1].nc, ops[1].nc);
    });
}

template <class D, class S, class F> void col_reduce(const char *name, D &dst, S &src, Where at, F f) {
    using T = typename S::DType;
    static_assert(std::is_same_v<T, typename D::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, src, src, F32 | F16 | I32 | I16);
    i.need(D::isRowMajor && dst.GetValidRow() == 1 && dst.GetValidCol() == src.GetValidCol(),
           "one result for each column, in a row");
    i.add(dst, OUT);
    i.add(src, IN);
    i.apart();
    i.record([f](std::vector<Operand> &ops) {
        for (int c = 0; c < ops[1].nc; c++)
            ops[0].template put<T>()[c] = f(ops[1].template get<T>() + c, ops[1].nr, ops[1].nc);
    });
}

// Like the hardware: neighbours are added, an odd last row goes to row 0, until one is left.
template <class T> T tree_sum(const T *x, int n, int step) {
    std::vector<T> v;
    for (int k = 0; k < n; k++)
        v.push_back(x[k * step]);
    for (; n > 1; n /= 2) {
        for (int k = 0; k < n / 2; k++)
            v[static_cast<size_t>(k)] = Add()(v[static_cast<size_t>(2 * k)], v[static_cast<size_t>(2 * k + 1)]);
        if (n % 2)
            v[0] = Add()(v[0], v[static_cast<size_t>(n - 1)]);
    }
    return v[0];
}

template <bool MAX, class V, class X, class S, class W>
void row_arg(const char *name, V *value, X &index, S &src, W &tmp, Where at) {
    using T = typename S::DType;
    using I = typename X::DType;
    static_assert((type_bit<I>() & (I32 | U32)) != 0, "indices are i32 or u32");
    Insn i(name, PIPE_V, at);
    i.type<T>(F32 | F16);
    row_checks(i, index, src, tmp);
    int x = i.add(index, OUT), v = value ? i.add(*value, OUT) : -1, s = i.add(src, IN);
    i.add(tmp, SCRATCH, 0, 0, W::Rows, W::Cols);
    i.apart();
    i.record([x, v, s](std::vector<Operand> &ops) {
        const Operand &from = ops[static_cast<size_t>(s)];
        for (int r = 0; r < from.nr; r++) {
            const T *row = from.get<T>() + r * from.nc;
            int k = arg_extreme<T, MAX>(row, from.nc, 1);
            ops[static_cast<size_t>(x)].put<I>()[r] = static_cast<I>(k);
            if (v >= 0)
                ops[static_cast<size_t>(v)].put<T>()[r] = row[k];
        }
    });
}

template <bool MAX, class V, class X, class S, class W>
void col_arg(const char *name, V *value, X &index, S &src, W &tmp, Where at) {
    using T = typename S::DType;
    using I = typename X::DType;
    static_assert(sizeof(I) == sizeof(T) && !is_float<I>, "indices have the size of the values");
    Insn i(name, PIPE_V, at);
    i.type<T>(F32 | F16 | U32 | U16);
    i.need(S::isRowMajor && X::isRowMajor, "tiles are row-major");
    i.need(src.GetValidRow() > 0 && src.GetValidCol() > 0, "the valid shape is empty");
    i.need(index.GetValidRow() == 1 && index.GetValidCol() == src.GetValidCol(),
           "one result for each column, in a row");
    int x = i.add(index, OUT), v = value ? i.add(*value, OUT) : -1, s = i.add(src, IN);
    i.add(tmp, SCRATCH, 0, 0, W::Rows, W::Cols);
    i.apart();
    i.record([x, v, s](std::vector<Operand> &ops) {
        const Operand &from = ops[static_cast<size_t>(s)];
        for (int c = 0; c < from.nc; c++) {
            int k = arg_extreme<T, MAX>(from.get<T>() + c, from.nr, from.nc);
            ops[static_cast<size_t>(x)].put<I>()[c] = static_cast<I>(k);
            if (v >= 0)
                ops[static_cast<size_t>(v)].put<T>()[c] = from.get<T>()[k * from.nc + c];
        }
    });
}

} // namespace ptoc_stub

namespace pto {

#define PTOC_STUB_ROW(NAME, EXPR)                                                                                      \
    template <typename D, typename S, typename X> void NAME(D &dst, S &src, X &tmp, ptoc_stub::Where at = PTOC_HERE) { \
        using T = typename S::DType;                                                                                   \
        ptoc_stub::row_reduce(#NAME, dst, src, tmp, at, [](const T *x, int n) -> T { return EXPR; });                  \
    }
#define PTOC_STUB_COL(NAME, EXPR)                                                                                      \
    template <typename D, typename S> void NAME(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {                     \
        using T = typename S::DType;                                                                                   \
        ptoc_stub::col_reduce(#NAME, dst, src, at, [](const T *x, int n, int step) -> T { return EXPR; });             \
    }
#define PTOC_STUB_ARG(NAME, FUNCTION, MAX)                                                                             \
    template <typename X, typename S, typename W>                                                                      \
    void NAME(X &index, S &src, W &tmp, ptoc_stub::Where at = PTOC_HERE) {                                             \
        ptoc_stub::FUNCTION<MAX>(#NAME, static_cast<S *>(nullptr), index, src, tmp, at);                               \
    }                                                                                                                  \
    template <typename V, typename X, typename S, typename W>                                                          \
    void NAME(V &value, X &index, S &src, W &tmp, ptoc_stub::Where at = PTOC_HERE) {                                   \
        ptoc_stub::FUNCTION<MAX>(#NAME, &value, index, src, tmp, at);                                                  \
    }
PTOC_STUB_ROW(TROWSUM, (ptoc_stub::lanes16<T, false>(x, n)))
PTOC_STUB_ROW(TROWPROD, (ptoc_stub::lanes16<T, true>(x, n)))
PTOC_STUB_ROW(TROWMAX, (ptoc_stub::extreme<T, true>(x, n, 1)))
PTOC_STUB_ROW(TROWMIN, (ptoc_stub::extreme<T, false>(x, n, 1)))
PTOC_STUB_COL(TCOLMAX, (ptoc_stub::extreme<T, true>(x, n, step)))
PTOC_STUB_COL(TCOLMIN, (ptoc_stub::extreme<T, false>(x, n, step)))
PTOC_STUB_ARG(TROWARGMAX, row_arg, true)
PTOC_STUB_ARG(TROWARGMIN, row_arg, false)
PTOC_STUB_ARG(TCOLARGMAX, col_arg, true)
PTOC_STUB_ARG(TCOLARGMIN, col_arg, false)
#undef PTOC_STUB_ROW
#undef PTOC_STUB_COL
#undef PTOC_STUB_ARG

namespace detail {
template <class T, class F> T fold(const T *x, int n, int step, F f) {
    T sum = x[0];
    for (int k = 1; k < n; k++)
        sum = f(sum, x[k * step]);
    return sum;
}
} // namespace detail
template <typename D, typename S> void TCOLSUM(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    using T = typename S::DType;
    ptoc_stub::col_reduce("TCOLSUM", dst, src, at,
                          [](const T *x, int n, int step) { return detail::fold(x, n, step, ptoc_stub::Add()); });
}
template <typename D, typename S> void TCOLPROD(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    using T = typename S::DType;
    ptoc_stub::col_reduce("TCOLPROD", dst, src, at,
                          [](const T *x, int n, int step) { return detail::fold(x, n, step, ptoc_stub::Mul()); });
}
template <typename D, typename S, typename X>
void TCOLSUM(D &dst, S &src, X &tmp, bool tree, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename S::DType;
    static_assert(std::is_same_v<T, typename D::DType>, "one element type");
    Insn i("TCOLSUM", PIPE_V, at);
    check_ewise(i, src, src, F32 | F16 | I32 | I16);
    i.need(D::isRowMajor && dst.GetValidRow() == 1 && dst.GetValidCol() == src.GetValidCol(),
           "one result for each column, in a row");
    i.need(X::isRowMajor && X::Cols * sizeof(typename X::DType) >= src.GetValidCol() * sizeof(T) &&
               X::Rows >= src.GetValidRow() / 2,
           "the scratch holds half the rows");
    i.add(dst, OUT);
    i.add(src, IN);
    i.add(tmp, SCRATCH, 0, 0, X::Rows, X::Cols);
    i.apart();
    i.record([tree](std::vector<Operand> &ops) {
        for (int c = 0; c < ops[1].nc; c++) {
            const T *x = ops[1].get<T>() + c;
            ops[0].put<T>()[c] =
                tree ? tree_sum(x, ops[1].nr, ops[1].nc) : detail::fold(x, ops[1].nr, ops[1].nc, Add());
        }
    });
}

template <typename D, typename S, typename X> void TTRANS(D &dst, S &src, X &tmp, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename S::DType;
    static_assert(sizeof(T) == sizeof(typename D::DType), "elements of one size");
    Insn i("TTRANS", PIPE_V, at);
    check_ewise(i, src, src, ANY_SIZE);
    i.need(D::isRowMajor && X::isRowMajor, "tiles are row-major");
    i.need(dst.GetValidRow() == src.GetValidCol() && dst.GetValidCol() == src.GetValidRow(),
           "the valid shape is turned");
    // The library turns blocks of 16 (32 for bytes) rows and 32 bytes of columns, through the scratch where they are not full.
    int rows = sizeof(T) == 1 ? 32 : 16, block = 32 / int(sizeof(T));
    i.need(D::Rows >= round_up(src.GetValidCol(), block) && D::Cols >= round_up(src.GetValidRow(), rows),
           "the result has whole blocks");
    i.need(X::Rows * X::Cols >= round_up(src.GetValidCol(), block) * round_up(src.GetValidRow(), rows),
           "the scratch has whole blocks");
    int to = i.add(dst, OUT);
    i.op(to).pad_rows = round_up(src.GetValidCol(), block);
    i.op(to).pad_cols = round_up(src.GetValidRow(), rows);
    i.add(src, IN);
    i.add(tmp, SCRATCH, 0, 0, X::Rows, X::Cols);
    i.apart();
    i.record([](std::vector<Operand> &ops) {
        for (int r = 0; r < ops[1].nr; r++) {
            for (int c = 0; c < ops[1].nc; c++)
                ops[0].put<T>()[c * ops[1].nr + r] = ops[1].get<T>()[r * ops[1].nc + c];
        }
    });
}

} // namespace pto
#endif
