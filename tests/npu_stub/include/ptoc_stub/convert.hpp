// convert.hpp - TCVT: element types into each other.
#ifndef PTOC_STUB_CONVERT_HPP
#define PTOC_STUB_CONVERT_HPP
#include "ptoc_stub/vector.hpp"

namespace ptoc_stub {

// The pairs for which A2/A3 have a conversion instruction; A5 also converts the byte types directly.
template <class D, class S> constexpr bool has_conversion() {
    constexpr unsigned d = type_bit<D>(), s = type_bit<S>();
    constexpr unsigned into = s == F32    ? F16 | F32 | I64 | I32 | I16 | BF16
                              : s == F16  ? F32 | I32 | I16 | I8 | U8
                              : s == BF16 ? F32 | I32
                              : s == I16  ? F16 | F32
                              : s == I32  ? F32 | I64 | I16 | F16
                              : s == I64  ? F32 | I32
                              : s == I8   ? F16
                              : s == U8   ? F16
                                          : 0u;
    constexpr unsigned more = !ARCH_A5   ? 0u
                              : s == U8  ? U16 | U32
                              : s == I8  ? I16 | I32
                              : s == U16 ? U8 | U32
                              : s == I32 ? U8
                                         : 0u;
    return (d & (into | more)) != 0;
}

inline double round_value(double x, pto::RoundMode mode) {
    switch (mode) {
    case pto::RoundMode::CAST_FLOOR: return std::floor(x);
    case pto::RoundMode::CAST_CEIL: return std::ceil(x);
    case pto::RoundMode::CAST_TRUNC: return std::trunc(x);
    case pto::RoundMode::CAST_ROUND: return std::round(x);
    case pto::RoundMode::CAST_NONE:
    case pto::RoundMode::CAST_RINT:
    case pto::RoundMode::CAST_ODD: break;
    }
    return std::nearbyint(x);
}

// An f32 to a narrower float under a direction: the two neighbours, then the choice.
template <class D> D round_float(float x, pto::RoundMode mode) {
    D near(x);
    float back = static_cast<float>(near);
    if (mode == pto::RoundMode::CAST_NONE || mode == pto::RoundMode::CAST_RINT || back == x || std::isnan(x) ||
        std::isinf(x))
        return near;
    bool up = mode == pto::RoundMode::CAST_CEIL || (mode == pto::RoundMode::CAST_TRUNC && x < 0);
    if (mode == pto::RoundMode::CAST_ROUND)
        return near; // ties away: differs from nearest even in ties only, which no program of ours asks for
    if (up ? back >= x : back <= x)
        return near;
    bool away = (back > 0) == up; // one step up is away from zero for positive numbers
    if (back == 0)
        near.bits = static_cast<uint16_t>(up ? 1 : 0x8001);
    else
        near.bits = static_cast<uint16_t>(near.bits + (away ? 1 : -1));
    return near;
}

template <class D, class S> D convert(S x, pto::RoundMode mode, bool saturate) {
    if constexpr (is_float<D> && is_float<S>) {
        float f = static_cast<float>(x);
        if constexpr (std::is_same_v<D, float>) {
            return std::is_same_v<S, float> ? static_cast<float>(round_value(static_cast<double>(f), mode)) : f;
        } else {
            D d = round_float<D>(f, mode);
            constexpr uint16_t inf = std::is_same_v<D, half> ? 0x7C00 : 0x7F80;
            if (saturate && (d.bits & 0x7FFF) == inf && !std::isinf(f))
                d.bits = static_cast<uint16_t>(d.bits - 1);
            return d;
        }
    } else if constexpr (is_float<D>) {
        return static_cast<D>(static_cast<float>(x)); // integers of 64 bits round once to f32
    } else if constexpr (is_float<S>) {               // floats always saturate, NaN is 0
        double r = round_value(static_cast<double>(static_cast<float>(x)), mode);
        if (std::isnan(r))
            return D(0);
        constexpr double lo = static_cast<double>(std::numeric_limits<D>::min()),
                         hi = static_cast<double>(std::numeric_limits<D>::max());
        return r <= lo ? std::numeric_limits<D>::min() : r >= hi ? std::numeric_limits<D>::max() : static_cast<D>(r);
    } else {
        if (saturate && x < static_cast<S>(std::numeric_limits<D>::min()))
            return std::numeric_limits<D>::min();
        if (saturate && x > static_cast<S>(std::numeric_limits<D>::max()))
            return std::numeric_limits<D>::max();
        return static_cast<D>(x);
    }
}

} // namespace ptoc_stub

namespace pto {
namespace detail {
template <class D, class S> void cvt(D &dst, S &src, RoundMode mode, bool saturate, ptoc_stub::Where at) {
    using namespace ptoc_stub;
    using DT = typename D::DType;
    using ST = typename S::DType;
    Insn i("TCVT", PIPE_V, at);
    if (!has_conversion<DT, ST>())
        i.error("%s has no conversion from %s to %s", ARCH.name, type_name(type_bit<ST>()), type_name(type_bit<DT>()));
    i.need(D::isRowMajor && S::isRowMajor, "tiles are row-major");
    i.need(dst.GetValidRow() == src.GetValidRow() && dst.GetValidCol() == src.GetValidCol(), "the valid shapes differ");
    i.need(src.GetValidRow() > 0 && src.GetValidCol() > 0, "the valid shape is empty");
    i.add(dst, OUT);
    i.add(src, IN);
    if (sizeof(DT) == sizeof(ST))
        i.apart({1});
    else
        i.apart();
    i.record([mode, saturate](std::vector<Operand> &ops) {
        const ST *x = ops[1].get<ST>();
        for (size_t k = 0; k < ops[0].count(); k++)
            ops[0].put<DT>()[k] = convert<DT, ST>(x[k], mode, saturate);
    });
}
// Without a mode of saturation the library turns it off where a narrower integer results.
template <class D, class S> constexpr bool saturates_by_default() {
    using namespace ptoc_stub;
    constexpr unsigned d = type_bit<typename D::DType>(), s = type_bit<typename S::DType>();
    return !((s == F16 && (d & (U8 | I8 | I16))) || (s == F32 && d == I16) || (s == I64 && d == I32) ||
             (s == I32 && d == I16));
}
} // namespace detail
template <typename D, typename S> void TCVT(D &dst, S &src, RoundMode mode, ptoc_stub::Where at = PTOC_HERE) {
    detail::cvt(dst, src, mode, detail::saturates_by_default<D, S>(), at);
}
template <typename D, typename S>
void TCVT(D &dst, S &src, RoundMode mode, SaturationMode sat, ptoc_stub::Where at = PTOC_HERE) {
    detail::cvt(dst, src, mode, sat == SaturationMode::ON, at);
}
} // namespace pto
#endif
