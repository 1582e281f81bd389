// expand.hpp - one value for each row or column, spread and combined.
#ifndef PTOC_STUB_EXPAND_HPP
#define PTOC_STUB_EXPAND_HPP
#include "ptoc_stub/vector.hpp"

namespace ptoc_stub {

struct ExpDif {
    template <class T> T operator()(T a, T b) const {
        return static_cast<T>(static_cast<float>(std::exp(static_cast<double>(static_cast<float>(Sub()(a, b))))));
    }
};

// The value of a row: a column tile, or a row-major tile that repeats it through 32 bytes.
template <class D, class V> void check_row_values(const Insn &i, D &dst, V &v) {
    i.need(v.GetValidRow() == dst.GetValidRow(), "one value for each row");
    int block = 32 / int(sizeof(typename V::DType));
    i.need(v.GetValidCol() == (V::isRowMajor ? block : 1),
           "a column of values, or row-major with each repeated through 32 bytes");
}

template <class D, class A, class V, class F>
void row_expand(const char *name, D &dst, A &a, V &v, unsigned types, bool tmp_given, Where at, F f) {
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType> && std::is_same_v<T, typename V::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, dst, dst, types);
    check_ewise(i, dst, a, types);
    check_row_values(i, dst, v);
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(v, IN);
    if (ARCH.row_scratch && !V::isRowMajor && !tmp_given)
        i.add_hidden(ROW_SCRATCH_BASE, ROW_SCRATCH_SIZE);
    i.apart({1});
    i.record([f](std::vector<Operand> &ops) {
        for (int k = 0; k < int(ops[0].count()); k++)
            ops[0].template put<T>()[k] =
                f(ops[1].template get<T>()[k], ops[2].template get<T>()[k / ops[0].nc * ops[2].nc]);
    });
}

template <class D, class A, class V, class F>
void col_expand(const char *name, D &dst, A &a, V &v, unsigned types, Where at, F f) {
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType> && std::is_same_v<T, typename V::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, dst, dst, types);
    check_ewise(i, dst, a, types);
    i.need(V::isRowMajor && v.GetValidCol() == dst.GetValidCol() && v.GetValidRow() == 1,
           "one value for each column, in a row");
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(v, IN);
    i.apart({1});
    i.record([f](std::vector<Operand> &ops) {
        for (int k = 0; k < int(ops[0].count()); k++)
            ops[0].template put<T>()[k] = f(ops[1].template get<T>()[k], ops[2].template get<T>()[k % ops[0].nc]);
    });
}

} // namespace ptoc_stub

namespace pto {

#define PTOC_STUB_EXPAND(OP, F, TYPES)                                                                                 \
    template <typename D, typename A, typename V>                                                                      \
    void TROWEXPAND##OP(D &dst, A &a, V &v, ptoc_stub::Where at = PTOC_HERE) {                                         \
        ptoc_stub::row_expand("TROWEXPAND" #OP, dst, a, v, TYPES, false, at, ptoc_stub::F());                          \
    }                                                                                                                  \
    template <typename D, typename A, typename V, typename X, std::enable_if_t<(X::Rows > 0), int> = 0>                \
    void TROWEXPAND##OP(D &dst, A &a, V &v, X &tmp, ptoc_stub::Where at = PTOC_HERE) {                                 \
        detail::row_expand_tmp("TROWEXPAND" #OP, dst, a, v, tmp, TYPES, at, ptoc_stub::F());                           \
    }                                                                                                                  \
    template <typename D, typename A, typename V>                                                                      \
    void TCOLEXPAND##OP(D &dst, A &a, V &v, ptoc_stub::Where at = PTOC_HERE) {                                         \
        ptoc_stub::col_expand("TCOLEXPAND" #OP, dst, a, v, TYPES, at, ptoc_stub::F());                                 \
    }

namespace detail {
// The scratch holds each value of up to 240 rows repeated through 32 bytes.
template <class D, class A, class V, class X, class F>
void row_expand_tmp(const char *name, D &dst, A &a, V &v, X &tmp, unsigned types, ptoc_stub::Where at, F f) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename A::DType> && std::is_same_v<T, typename V::DType>, "one element type");
    Insn i(name, PIPE_V, at);
    check_ewise(i, dst, dst, types);
    check_ewise(i, dst, a, types);
    i.need(!V::isRowMajor && v.GetValidCol() == 1 && v.GetValidRow() == dst.GetValidRow(),
           "a column of values, one for each row");
    int rows = std::min(round_up(dst.GetValidRow(), 8), 240), have = X::Rows * X::Cols * int(sizeof(typename X::DType));
    if (have < rows * 32)
        i.error("the scratch has %d bytes and %d are needed", have, rows * 32);
    i.add(dst, OUT);
    i.add(a, IN);
    i.add(v, IN);
    i.add(tmp, SCRATCH, 0, 0, X::Rows, X::Cols);
    i.apart({1});
    i.record([f](std::vector<Operand> &ops) {
        for (int k = 0; k < int(ops[0].count()); k++)
            ops[0].template put<T>()[k] = f(ops[1].template get<T>()[k], ops[2].template get<T>()[k / ops[0].nc]);
    });
}
} // namespace detail

PTOC_STUB_EXPAND(ADD, Add, ptoc_stub::ARCH.ewise)
PTOC_STUB_EXPAND(SUB, Sub, ptoc_stub::ARCH.ewise)
PTOC_STUB_EXPAND(MUL, Mul, ptoc_stub::ARCH.ewise)
PTOC_STUB_EXPAND(DIV, Div, ptoc_stub::DIVIDES)
PTOC_STUB_EXPAND(MAX, Max, ptoc_stub::ARCH.ewise)
PTOC_STUB_EXPAND(MIN, Min, ptoc_stub::ARCH.ewise)
PTOC_STUB_EXPAND(EXPDIF, ExpDif, ptoc_stub::FLOATS)
#undef PTOC_STUB_EXPAND

template <typename D, typename V> void TROWEXPAND(D &dst, V &v, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename V::DType>, "one element type");
    Insn i("TROWEXPAND", PIPE_V, at);
    check_ewise(i, dst, dst, ANY_SIZE);
    i.need(v.GetValidRow() == dst.GetValidRow() && v.GetValidCol() >= 1, "one value for each row");
    i.add(dst, OUT);
    i.add(v, IN, 0, 0, v.GetValidRow(), 1);
    i.apart();
    i.record([](std::vector<Operand> &ops) {
        for (int k = 0; k < int(ops[0].count()); k++)
            ops[0].put<T>()[k] = ops[1].get<T>()[k / ops[0].nc];
    });
}
template <typename D, typename V> void TCOLEXPAND(D &dst, V &v, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename V::DType>, "one element type");
    Insn i("TCOLEXPAND", PIPE_V, at);
    check_ewise(i, dst, dst, ANY_SIZE);
    i.need(V::isRowMajor && v.GetValidCol() == dst.GetValidCol(), "one value for each column, in a row");
    i.add(dst, OUT);
    i.add(v, IN, 0, 0, 1, v.GetValidCol());
    i.apart();
    i.record([](std::vector<Operand> &ops) {
        for (int k = 0; k < int(ops[0].count()); k++)
            ops[0].put<T>()[k] = ops[1].get<T>()[k % ops[0].nc];
    });
}

} // namespace pto
#endif
