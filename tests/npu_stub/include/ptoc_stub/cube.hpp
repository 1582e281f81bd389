// cube.hpp - matrix products. Terms are added in increasing k with one rounding each, as the language says; the hardware's
// order may differ, and what is compared with it has a tolerance.
#ifndef PTOC_STUB_CUBE_HPP
#define PTOC_STUB_CUBE_HPP
#include "ptoc_stub/move.hpp"

namespace ptoc_stub {

template <class C, class A, class B> void record_matmul(const char *name, C &c, A &a, B &b, bool acc, Where at) {
    using T = typename A::DType;
    using R = typename C::DType;
    static_assert(C::Loc == pto::TileType::Acc && A::Loc == pto::TileType::Left && B::Loc == pto::TileType::Right,
                  "a product goes from L0A and L0B to L0C");
    static_assert(std::is_same_v<T, typename B::DType>, "both factors have one type");
    static_assert(std::is_same_v<T, int8_t> ? std::is_same_v<R, int32_t> : std::is_same_v<R, float>,
                  "f16, bf16, f32 give f32; i8 gives i32");
    static_assert((type_bit<T>() & (F16 | BF16 | F32 | I8)) != 0, "factors are f16, bf16, f32 or i8");
    Insn i(name, PIPE_M, at);
    int m = a.GetValidRow(), k = a.GetValidCol(), n = b.GetValidCol();
    if (b.GetValidRow() != k || c.GetValidRow() != m || c.GetValidCol() != n)
        i.error("[%d, %d] x [%d, %d] does not give [%d, %d]", m, k, b.GetValidRow(), n, c.GetValidRow(),
                c.GetValidCol());
    i.need(m >= 1 && k >= 1 && n >= 1 && m <= 4095 && k <= 4095 && n <= 4095, "m, k and n are 1 to 4095");
    int kk = round_up(k, 32 / int(sizeof(T))); // whole fractals along k: the padding takes part
    i.add(c, acc ? INOUT : OUT);
    i.add(a, IN, 0, 0, m, kk);
    i.add(b, IN, 0, 0, kk, n);
    i.record([m, n, kk, acc](std::vector<Operand> &ops) {
        const T *x = ops[1].get<T>(), *y = ops[2].get<T>();
        R *z = ops[0].put<R>();
        std::vector<R> wide(y, y + static_cast<size_t>(kk) * static_cast<size_t>(n));
        for (int r = 0; r < m; r++) {
            R *row = z + r * n;
            for (int j = 0; j < n && !acc; j++)
                row[j] = R(0);
            for (int q = 0; q < kk; q++) {
                R f = static_cast<R>(x[r * kk + q]);
                const R *other = wide.data() + q * n;
                for (int j = 0; j < n; j++) {
                    if constexpr (std::is_same_v<T, float>)
                        row[j] = std::fma(f, other[j], row[j]);
                    else // products of narrow factors are exact
                        row[j] += f * other[j];
                }
            }
        }
    });
}

} // namespace ptoc_stub

namespace pto {
template <typename C, typename A, typename B> void TMATMUL(C &c, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    ptoc_stub::record_matmul("TMATMUL", c, a, b, false, at);
}
// The library's form with one accumulator is not in all of its parts.
template <typename C, typename A, typename B>
void TMATMUL_ACC(C &out, C &in, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    if (out.addr_ != in.addr_)
        ptoc_stub::fail(at, "TMATMUL_ACC", "the accumulator is added to in place");
    ptoc_stub::record_matmul("TMATMUL_ACC", out, a, b, true, at);
}
} // namespace pto
#endif
