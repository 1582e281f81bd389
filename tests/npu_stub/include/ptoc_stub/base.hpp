// base.hpp - number types, places in source text, the facts of the architectures.
#ifndef PTOC_STUB_BASE_HPP
#define PTOC_STUB_BASE_HPP
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#ifndef __global__
#define __global__
#endif
#ifndef __gm__
#define __gm__
#endif
#ifndef AICORE
#define AICORE
#endif
// Both halves of a mixed kernel are compiled, as in the library's simulator.
#define DAV_CUBE 1
#define DAV_VEC 1

namespace ptoc_stub {

// Where a call stands: every recording function has one as its last argument, filled at the call.
struct Where {
    const char *file;
    int line;
    Where(const char *f = __builtin_FILE(), int l = __builtin_LINE()) : file(f), line(l) {}
};
#define PTOC_HERE ptoc_stub::Where()

// What a program did wrong. It leaves through the kernel and reaches the host through the machine.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[noreturn]] __attribute__((format(printf, 3, 4))) inline void fail(Where at, const char *insn, const char *format,
                                                                    ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *name = std::strrchr(at.file, '/');
    throw Error(std::string(name ? name + 1 : at.file) + ":" + std::to_string(at.line) + ": " + insn + ": " + text);
}

// Fifteen-bit poison twice: a NaN as f32, f16 and bf16, and no plausible integer. Nothing computes it by accident.
constexpr uint16_t POISON = 0x7FFF;
inline void poison(uint8_t *p, size_t bytes) {
    static const std::vector<uint16_t> pattern(4096, POISON);
    for (const size_t most = pattern.size() * sizeof POISON; bytes > 0;) {
        size_t n = bytes < most ? bytes : most;
        std::memcpy(p, pattern.data(), n);
        p += n;
        bytes -= n;
    }
}

// x / 2^shift to the nearest integer, halves to even.
inline uint32_t shift_rounded(uint32_t x, int shift) {
    if (shift > 31)
        return 0;
    uint32_t low = x & ((1u << shift) - 1), half_way = 1u << (shift - 1), r = x >> shift;
    return r + (low > half_way || (low == half_way && r % 2));
}

inline uint16_t float_to_half(float f) {
    uint32_t u;
    std::memcpy(&u, &f, 4);
    uint32_t sign = u >> 16 & 0x8000, mag = u & 0x7FFFFFFF, r;
    if (mag > 0x7F800000)
        return static_cast<uint16_t>(sign | 0x7E00);
    int e = static_cast<int>(mag >> 23) - 112;
    if (e >= 1)
        r = shift_rounded(static_cast<uint32_t>(e) << 23 | (mag & 0x7FFFFF), 13);
    else // a multiple of 2^-24; subnormal f32 values are far below half of it
        r = shift_rounded((mag & 0x7FFFFF) | 0x800000, 14 - e);
    return static_cast<uint16_t>(sign | (r > 0x7C00 ? 0x7C00 : r));
}

inline uint16_t float_to_bfloat(float f) {
    uint32_t u;
    std::memcpy(&u, &f, 4);
    if ((u & 0x7FFFFFFF) > 0x7F800000)
        return static_cast<uint16_t>(u >> 16 | 0x40);
    return static_cast<uint16_t>((u >> 31 << 15) | shift_rounded(u & 0x7FFFFFFF, 16));
}

inline float half_to_float(uint16_t h) {
    uint32_t sign = static_cast<uint32_t>(h >> 15) << 31, e = h >> 10 & 31, m = h & 1023;
    if (e == 0) {
        float f = std::ldexp(static_cast<float>(m), -24);
        return sign ? -f : f;
    }
    uint32_t u = sign | (e == 31 ? 0x7F800000u : (e + 112) << 23) | m << 13;
    float f;
    std::memcpy(&f, &u, 4);
    return f;
}

} // namespace ptoc_stub

// f16 and bf16 with exact rounding, nearest even.
struct half {
    uint16_t bits = 0;
    half() = default;
    half(float f) : bits(ptoc_stub::float_to_half(f)) {}
    half(double f) : half(static_cast<float>(f)) {}
    half(int i) : half(static_cast<float>(i)) {}
    operator float() const { return ptoc_stub::half_to_float(bits); }
};
struct bfloat16_t {
    uint16_t bits = 0;
    bfloat16_t() = default;
    bfloat16_t(float f) : bits(ptoc_stub::float_to_bfloat(f)) {}
    bfloat16_t(double f) : bfloat16_t(static_cast<float>(f)) {}
    bfloat16_t(int i) : bfloat16_t(static_cast<float>(i)) {}
    operator float() const {
        uint32_t u = static_cast<uint32_t>(bits) << 16;
        float f;
        std::memcpy(&f, &u, 4);
        return f;
    }
};

namespace ptoc_stub {

// Element types as bits of a mask: what an instruction takes is an OR of them.
enum : unsigned {
    F32 = 1,
    F16 = 2,
    BF16 = 4,
    I32 = 8,
    I16 = 16,
    I8 = 32,
    U32 = 64,
    U16 = 128,
    U8 = 256,
    I64 = 512,
    U64 = 1024
};
template <class T> constexpr unsigned type_bit() {
    return std::is_same_v<T, float>        ? F32
           : std::is_same_v<T, half>       ? F16
           : std::is_same_v<T, bfloat16_t> ? BF16
           : std::is_same_v<T, int32_t>    ? I32
           : std::is_same_v<T, int16_t>    ? I16
           : std::is_same_v<T, int8_t>     ? I8
           : std::is_same_v<T, uint32_t>   ? U32
           : std::is_same_v<T, uint16_t>   ? U16
           : std::is_same_v<T, uint8_t>    ? U8
           : std::is_same_v<T, int64_t>    ? I64
           : std::is_same_v<T, uint64_t>   ? U64
                                           : 0u;
}
template <class T> constexpr bool is_float = (type_bit<T>() & (F32 | F16 | BF16)) != 0;
inline const char *type_name(unsigned bit) {
    static const char *const names[] = {"f32", "f16", "bf16", "i32", "i16", "i8", "u32", "u16", "u8", "i64", "u64"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (bit == 1u << i)
            return names[i];
    }
    return "a type without a name";
}

enum Mem : uint8_t { UB, L1, L0A, L0B, L0C, GM, MEMS };
inline const char *mem_name(Mem m) {
    static const char *const names[] = {"ub", "l1", "l0a", "l0b", "l0c", "gm"};
    return names[m];
}

struct Arch {
    const char *name;
    uint32_t capacity[GM]; // bytes of each memory of a core
    bool row_scratch;      // row broadcasts without a scratch tile use the last 8 KiB of UB
    unsigned ewise;        // element types of element-wise arithmetic
};
#ifdef PTO_NPU_ARCH_A5
constexpr bool ARCH_A5 = true;
#else
constexpr bool ARCH_A5 = false;
#endif
// Sizes: the library's buffer limits for 910B/C and 950. The hidden scratch: its constants TMP_UB_OFFSET and TMP_UB_SIZE.
constexpr Arch ARCH =
    ARCH_A5 ? Arch{"npu-a5",
                   {256 << 10, 512 << 10, 64 << 10, 64 << 10, 256 << 10},
                   false,
                   F32 | F16 | BF16 | I32 | I16 | I8 | U32 | U16 | U8}
            : Arch{"npu-a2a3", {192 << 10, 512 << 10, 64 << 10, 64 << 10, 128 << 10}, true, F32 | F16 | I32 | I16};
constexpr uint32_t ROW_SCRATCH_BASE = 184 << 10, ROW_SCRATCH_SIZE = 8 << 10;

} // namespace ptoc_stub
#endif
