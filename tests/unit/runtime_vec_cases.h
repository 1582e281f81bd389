/* Every function in lanes against its scalar one, over edge values and random bits. test_runtime_vec*.c compile this text with
 * the project's flags, with those of the machine at hand, and as plain C; the last makes sure that ISO C is enough. */
#ifndef PTOC_TESTS_RUNTIME_VEC_CASES_H
#define PTOC_TESTS_RUNTIME_VEC_CASES_H
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ptoc_pack.h"
#include "ptoc_veccast.h"
#include "ptoc_vecred.h"
#include "ptoc_vectopk.h"
#include "ptoc_vmath.h"

/* ---- inputs ------------------------------------------------------------------------------------------------------------ */
static uint64_t vec_random(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}
/* Operands in parallel arrays: every pair of edge values, then random ones; the third operand is shuffled. */
enum { EDGES = 48, PAIRS = EDGES * EDGES, COUNT = PAIRS + 1024 };
#define VEC_DATA(S, T, RANDOM, ...)                                                                                    \
    static T S##_a[COUNT], S##_b[COUNT], S##_c[COUNT];                                                                 \
    static void S##_fill(void) {                                                                                       \
        static const T edge[] = {__VA_ARGS__};                                                                         \
        enum { GIVEN = (int)(sizeof edge / sizeof *edge) };                                                            \
        uint64_t s = 77;                                                                                               \
        for (int i = 0; i < COUNT; i++) {                                                                              \
            int a = i / EDGES, b = i % EDGES;                                                                          \
            uint64_t r = vec_random(&s), q = vec_random(&s);                                                           \
            S##_a[i] = i < PAIRS && a < GIVEN ? edge[a] : RANDOM(r);                                                   \
            S##_b[i] = i < PAIRS && b < GIVEN ? edge[b] : RANDOM(q);                                                   \
        }                                                                                                              \
        for (int i = 0; i < COUNT; i++)                                                                                \
            S##_c[i] = S##_b[(i * 37 + 11) % COUNT];                                                                   \
    }
static float vec_random_f32(uint64_t r) {
    return r & 1 ? pt_f32_of_u32((uint32_t)(r >> 32)) : (float)(int32_t)(r >> 32) * (r & 2 ? 0x1p-31f : 0x1p-8f);
}
static double vec_random_f64(uint64_t r) {
    return r & 1 ? pt_f64_of_u64(r * 0x9E3779B97F4A7C15u) : (double)(int64_t)r * (r & 2 ? 0x1p-63 : 0x1p-30);
}
static int32_t vec_random_i32(uint64_t r) { return (int32_t)(uint32_t)(r >> 32) >> (r & 31); }
static uint32_t vec_random_u32(uint64_t r) { return (uint32_t)(r >> 32) >> (r & 31); }
#define VEC_FLOATS                                                                                                     \
    0.0f, -0.0f, 1, -1, 0.5f, -0.5f, 1.5f, -1.5f, 2.5f, -2.5f, 3, 0x1p-149f, -0x1p-149f, 0x1p-126f, -0x1p-126f,        \
        0x1.fffffep-127f, FLT_MAX, -FLT_MAX, INFINITY, -INFINITY, NAN, 65504, 65519.996f, 65520, -65536, 0x1p-24f,     \
        0x1p-25f, -0x1.8p-25f, 0x1.ffcp-15f, 448, 464, 464.00003f, -480, 0x1p-9f, 0x1p-10f, 57344, 61440, 61439.996f,  \
        0x1.fefffep127f, 0x1p31f, -0x1p31f, 0x1p32f, 2147483520.0f, 4294967040.0f, 8388607.5f, 16777217.0f
VEC_DATA(f32, float, vec_random_f32, VEC_FLOATS)
VEC_DATA(f64, double, vec_random_f64, VEC_FLOATS, 1e300, 5e-324)
VEC_DATA(i32, int32_t, vec_random_i32, 0, 1, -1, 2, -2, INT32_MAX, INT32_MIN, INT32_MIN + 1, 31, 32, 33, 255, 256, -128,
         65535, 16777217, 33554435, 1 << 30)
VEC_DATA(u32, uint32_t, vec_random_u32, 0, 1, 2, UINT32_MAX, UINT32_MAX - 1, 0x80000000u, 0x7FFFFFFF, 31, 32, 33, 255,
         256, 65535, 16777217, 33554435, 0xFFFFFF80u, 0xFFFFFF7Fu)

static int same_f32(float a, float b) { return a == a ? pt_u32_of_f32(a) == pt_u32_of_f32(b) : b != b; }
static int same_f64(double a, double b) { return a == a ? pt_u64_of_f64(a) == pt_u64_of_f64(b) : b != b; }
static int same_i32(int32_t a, int32_t b) { return a == b; }
static int same_u32(uint32_t a, uint32_t b) { return a == b; }

/* ---- one case ------------------------------------------------------------------------------------------------------------ */
/* R: suffix of what comes out, W its carrier; GOT in vectors a, b, c of lanes at i, WANT in scalars x, y, z. A line names what
 * is wrong, since one assertion stands for many. */
static long vec_bad;
static void vec_report(const char *name, int i) {
    if (vec_bad++ < 20)
        fprintf(stderr, "runtime.vec: %s differs at %d\n", name, i);
}
#define VEC_CASE(NAME, S, V, L, W, R, STORE, GOT, WANT)                                                                \
    for (int i = 0; i + L <= COUNT; i += L) {                                                                          \
        pt_##V a = pt_load_##V(S##_a + i), b = pt_load_##V(S##_b + i), c = pt_load_##V(S##_c + i);                     \
        W r[L];                                                                                                        \
        STORE(r, GOT);                                                                                                 \
        (void)b, (void)c;                                                                                              \
        for (int l = 0; l < L; l++) {                                                                                  \
            const int at = i + l;                                                                                      \
            if (!same_##R(r[l], WANT))                                                                                 \
                vec_report(#NAME " " #V, at);                                                                          \
        }                                                                                                              \
    }
#define VEC1(OP, S, T, V, L) VEC_CASE(OP, S, V, L, T, S, pt_store_##V, pt_##OP##_##V(a), pt_##OP##_##S(S##_a[at]))
#define VEC2(OP, S, T, V, L)                                                                                           \
    VEC_CASE(OP, S, V, L, T, S, pt_store_##V, pt_##OP##_##V(a, b), pt_##OP##_##S(S##_a[at], S##_b[at]))
#define VEC3(OP, S, T, V, L)                                                                                           \
    VEC_CASE(OP, S, V, L, T, S, pt_store_##V, pt_##OP##_##V(a, b, c), pt_##OP##_##S(S##_a[at], S##_b[at], S##_c[at]))
#define VECC(OP, SIGN, S, V, L, B, MT)                                                                                 \
    VEC_CASE(OP, S, V, L, MT, i##B, pt_store_i##B##x##L, pt_##OP##_##V(a, b), -(S##_a[at] SIGN S##_b[at]))
static int same_i64(int64_t a, int64_t b) { return a == b; }

#define VEC_COMPARES(S, V, L, B, MT)                                                                                   \
    VECC(eq, ==, S, V, L, B, MT)                                                                                       \
    VECC(ne, !=, S, V, L, B, MT)                                                                                       \
    VECC(lt, <, S, V, L, B, MT) VECC(le, <=, S, V, L, B, MT) VECC(gt, >, S, V, L, B, MT) VECC(ge, >=, S, V, L, B, MT)

#define VEC_FLOAT(S, T, V, L, B, MT)                                                                                   \
    static void vec_##V(void) {                                                                                        \
        VEC2(add, S, T, V, L)                                                                                          \
        VEC2(sub, S, T, V, L)                                                                                          \
        VEC2(mul, S, T, V, L)                                                                                          \
        VEC2(div, S, T, V, L)                                                                                          \
        VEC2(rem, S, T, V, L)                                                                                          \
        VEC2(maximum, S, T, V, L)                                                                                      \
        VEC2(minimum, S, T, V, L)                                                                                      \
        VEC2(redmax, S, T, V, L)                                                                                       \
        VEC2(redmin, S, T, V, L)                                                                                       \
        VEC3(clamp, S, T, V, L)                                                                                        \
        VEC3(fma, S, T, V, L)                                                                                          \
        VEC1(neg, S, T, V, L)                                                                                          \
        VEC1(abs, S, T, V, L)                                                                                          \
        VEC1(sign, S, T, V, L)                                                                                         \
        VEC1(relu, S, T, V, L)                                                                                         \
        VEC1(sqrt, S, T, V, L)                                                                                         \
        VEC1(rsqrt, S, T, V, L)                                                                                        \
        VEC1(recip, S, T, V, L)                                                                                        \
        VEC1(floor, S, T, V, L)                                                                                        \
        VEC1(ceil, S, T, V, L)                                                                                         \
        VEC1(trunc, S, T, V, L)                                                                                        \
        VEC1(round, S, T, V, L)                                                                                        \
        VEC1(redmax_fin, S, T, V, L)                                                                                   \
        VEC_COMPARES(S, V, L, B, MT)                                                                                   \
        VEC_CASE(isnan, S, V, L, MT, i##B, pt_store_i##B##x##L, pt_isnan_##V(a), -(S##_a[at] != S##_a[at]))            \
        VEC_CASE(unordered, S, V, L, MT, i##B, pt_store_i##B##x##L, pt_unordered_##V(a, b),                            \
                 -(S##_a[at] != S##_a[at] || S##_b[at] != S##_b[at]))                                                  \
        VEC_CASE(mac, S, V, L, T, S, pt_store_##V, pt_mac_##V(pt_div_##V(a, pt_splat_##V(4)), pt_splat_##V(2), b),     \
                 pt_fma_##S(S##_a[at] / 4, 2, S##_b[at]))                                                              \
        VEC_CASE(select, S, V, L, T, S, pt_store_##V, pt_select_##V(pt_lt_##V(a, b), c, a),                            \
                 S##_a[at] < S##_b[at] ? S##_c[at] : S##_a[at])                                                        \
        VEC_CASE(iota, S, V, L, T, S, pt_store_##V, pt_iota_##V(pt_lane_##V(a, 0)), S##_a[i] + (T)l)                   \
    }
#define VEC_INT(S, T, V, L)                                                                                            \
    static void vec_##V(void) {                                                                                        \
        VEC2(add, S, T, V, L)                                                                                          \
        VEC2(sub, S, T, V, L)                                                                                          \
        VEC2(mul, S, T, V, L)                                                                                          \
        VEC2(and, S, T, V, L)                                                                                          \
        VEC2(or, S, T, V, L)                                                                                           \
        VEC2(xor, S, T, V, L)                                                                                          \
        VEC2(shl, S, T, V, L)                                                                                          \
        VEC2(shr, S, T, V, L)                                                                                          \
        VEC2(maximum, S, T, V, L)                                                                                      \
        VEC2(minimum, S, T, V, L)                                                                                      \
        VEC2(redmax, S, T, V, L)                                                                                       \
        VEC2(redmin, S, T, V, L)                                                                                       \
        VEC3(clamp, S, T, V, L)                                                                                        \
        VEC1(neg, S, T, V, L)                                                                                          \
        VEC1(abs, S, T, V, L)                                                                                          \
        VEC1(sign, S, T, V, L)                                                                                         \
        VEC1(relu, S, T, V, L)                                                                                         \
        VEC1(not, S, T, V, L)                                                                                          \
        VEC_COMPARES(S, V, L, 32, int32_t)                                                                             \
        VEC_CASE(select, S, V, L, T, S, pt_store_##V, pt_select_##V(pt_lt_##V(a, b), c, a),                            \
                 S##_a[at] < S##_b[at] ? S##_c[at] : S##_a[at])                                                        \
        VEC_CASE(iota, S, V, L, T, S, pt_store_##V, pt_iota_##V(pt_lane_##V(a, 0)), pt_add_##S(S##_a[i], (T)l))        \
    }

/* Products of 8-bit elements, signed and not. */
#define VEC_BYTES(L)                                                                                                   \
    static void vec_bytes_##L(void) {                                                                                  \
        VEC_CASE(mac, i32, i32x##L, L, int32_t, i32, pt_store_i32x##L,                                                 \
                 pt_mac_i32x##L(pt_and_i32x##L(a, pt_splat_i32x##L(255)), pt_shr_i32x##L(b, pt_splat_i32x##L(24)), c), \
                 pt_add_i32(i32_c[at], (i32_a[at] & 255) * (i32_b[at] >> 24)))                                         \
        VEC_CASE(mac, i32, i32x##L, L, int32_t, i32, pt_store_i32x##L,                                                 \
                 pt_mac_i32x##L(pt_shr_i32x##L(a, pt_splat_i32x##L(24)), pt_shr_i32x##L(b, pt_splat_i32x##L(24)), c),  \
                 pt_add_i32(i32_c[at], (i32_a[at] >> 24) * (i32_b[at] >> 24)))                                         \
        VEC_CASE(                                                                                                      \
            mac, i32, i32x##L, L, int32_t, i32, pt_store_i32x##L,                                                      \
            pt_mac_i32x##L(pt_and_i32x##L(a, pt_splat_i32x##L(255)), pt_and_i32x##L(b, pt_splat_i32x##L(255)), c),     \
            pt_add_i32(i32_c[at], (i32_a[at] & 255) * (i32_b[at] & 255)))                                              \
    }

/* ---- memory ---------------------------------------------------------------------------------------------------------------- */
/* E: carrier of memory, N its name in functions ("" for the lanes' own type), with LD the scalar load. Every count of lanes, and
 * what lies around stays as it is. */
#define VEC_MEMORY(NAME, E, T, S, V, M, L, INFIX, LD, ST)                                                              \
    static void memory_##NAME##_##V(const E *source) {                                                                 \
        for (int n = -1; n <= L + 1; n++) {                                                                            \
            E out[5 * L + 2], strided[5 * L + 2], chosen[5 * L + 2];                                                   \
            T part[L], spread[L];                                                                                      \
            pt_##V v;                                                                                                  \
            memset(out, 0x5A, sizeof out);                                                                             \
            memset(strided, 0x5A, sizeof strided);                                                                     \
            memset(chosen, 0x5A, sizeof chosen);                                                                       \
            E mark = out[0];                                                                                           \
            for (int l = 0; l < L; l++) {                                                                              \
                part[l] = pt_lane_##V(pt_load_part##INFIX##_##V(source, n), l);                                        \
                spread[l] = pt_lane_##V(pt_gather_part##INFIX##_##V(source, 3, n), l);                                 \
            }                                                                                                          \
            v = n > L ? pt_load##INFIX##_##V(source) : pt_load_part##INFIX##_##V(source, L);                           \
            if (n > L) {                                                                                               \
                pt_store##INFIX##_##V(out + 1, v);                                                                     \
                pt_scatter##INFIX##_##V(strided + 1, 5, v);                                                            \
                for (int l = 0; l < L; l++)                                                                            \
                    spread[l] = pt_lane_##V(pt_gather##INFIX##_##V(source, 3), l);                                     \
            } else {                                                                                                   \
                pt_store_part##INFIX##_##V(out + 1, v, n);                                                             \
                pt_scatter_part##INFIX##_##V(strided + 1, 5, v, n);                                                    \
            }                                                                                                          \
            pt_store_if##INFIX##_##V(chosen + 1, v, pt_first_##M(n));                                                  \
            for (int l = 0; l < L; l++) {                                                                              \
                int in = l < n;                                                                                        \
                if (!same_##S((T)part[l], in ? LD(source[l]) : (T)0) ||                                                \
                    !same_##S((T)spread[l], in ? LD(source[3 * l]) : (T)0) ||                                          \
                    !(in ? same_##S((T)LD(out[1 + l]), (T)LD(ST(LD(source[l])))) : out[1 + l] == mark) ||              \
                    memcmp(&chosen[1 + l], &out[1 + l], sizeof mark) != 0 ||                                           \
                    memcmp(&strided[1 + 5 * l], &out[1 + l], sizeof mark) != 0)                                        \
                    vec_report("memory " #NAME " " #V, n);                                                             \
            }                                                                                                          \
            if (memcmp(&out[0], &mark, sizeof mark) != 0 || memcmp(&out[L + 1], &mark, sizeof mark) != 0 ||            \
                memcmp(&strided[2], &mark, sizeof mark) != 0)                                                          \
                vec_report("memory around " #NAME " " #V, n);                                                          \
        }                                                                                                              \
    }
#define VEC_SAME(x) (x)
#define VEC_BOOL(x) ((uint8_t)((x) != 0))
static int same_b8(uint8_t a, uint8_t b) { return a == b; }
#define VEC_MEMORIES(L, H)                                                                                             \
    VEC_MEMORY(f32, float, float, f32, f32x##L, m32x##L, L, , VEC_SAME, VEC_SAME)                                      \
    VEC_MEMORY(i32, int32_t, int32_t, i32, i32x##L, m32x##L, L, , VEC_SAME, VEC_SAME)                                  \
    VEC_MEMORY(u32, uint32_t, uint32_t, u32, u32x##L, m32x##L, L, , VEC_SAME, VEC_SAME)                                \
    VEC_MEMORY(f64, double, double, f64, f64x##H, m64x##H, H, , VEC_SAME, VEC_SAME)                                    \
    VEC_MEMORY(f16, uint16_t, float, f32, f32x##L, m32x##L, L, _f16, pt_ld_f16, pt_st_f16)                             \
    VEC_MEMORY(bf16, uint16_t, float, f32, f32x##L, m32x##L, L, _bf16, pt_ld_bf16, pt_st_bf16)                         \
    VEC_MEMORY(f8e4m3, uint8_t, float, f32, f32x##L, m32x##L, L, _f8e4m3, pt_ld_f8e4m3, pt_st_f8e4m3)                  \
    VEC_MEMORY(f8e5m2, uint8_t, float, f32, f32x##L, m32x##L, L, _f8e5m2, pt_ld_f8e5m2, pt_st_f8e5m2)                  \
    VEC_MEMORY(i8, int8_t, int32_t, i32, i32x##L, m32x##L, L, _i8, VEC_SAME, VEC_SAME)                                 \
    VEC_MEMORY(u8, uint8_t, int32_t, i32, i32x##L, m32x##L, L, _u8, VEC_SAME, VEC_SAME)                                \
    VEC_MEMORY(i16, int16_t, int32_t, i32, i32x##L, m32x##L, L, _i16, VEC_SAME, VEC_SAME)                              \
    VEC_MEMORY(u16, uint16_t, int32_t, i32, i32x##L, m32x##L, L, _u16, VEC_SAME, VEC_SAME)                             \
    VEC_MEMORY(u8, uint8_t, uint32_t, u32, u32x##L, m32x##L, L, _u8, VEC_SAME, VEC_SAME)                               \
    VEC_MEMORY(u16, uint16_t, uint32_t, u32, u32x##L, m32x##L, L, _u16, VEC_SAME, VEC_SAME)                            \
    VEC_MEMORY(bool, uint8_t, uint8_t, b8, m32x##L, m32x##L, L, _bool, VEC_BOOL, VEC_SAME)                             \
    static void memory_x##L(void) {                                                                                    \
        enum { N = 3 * L };                                                                                            \
        uint8_t bytes[N];                                                                                              \
        uint16_t halves[N];                                                                                            \
        uint64_t s = 3;                                                                                                \
        for (int i = 0; i + N <= COUNT; i += 31) {                                                                     \
            for (int l = 0; l < N; l++) {                                                                              \
                bytes[l] = (uint8_t)vec_random(&s);                                                                    \
                halves[l] = (uint16_t)vec_random(&s);                                                                  \
            }                                                                                                          \
            memory_f32_f32x##L(f32_a + i);                                                                             \
            memory_i32_i32x##L(i32_a + i);                                                                             \
            memory_u32_u32x##L(u32_a + i);                                                                             \
            memory_f64_f64x##H(f64_a + i);                                                                             \
            memory_f16_f32x##L(halves);                                                                                \
            memory_bf16_f32x##L(halves);                                                                               \
            memory_f8e4m3_f32x##L(bytes);                                                                              \
            memory_f8e5m2_f32x##L(bytes);                                                                              \
            memory_i8_i32x##L((const int8_t *)bytes);                                                                  \
            memory_u8_i32x##L(bytes);                                                                                  \
            memory_i16_i32x##L((const int16_t *)halves);                                                               \
            memory_u16_i32x##L(halves);                                                                                \
            memory_u8_u32x##L(bytes);                                                                                  \
            memory_u16_u32x##L(halves);                                                                                \
            memory_bool_m32x##L(bytes);                                                                                \
        }                                                                                                              \
    }

/* ---- casts ------------------------------------------------------------------------------------------------------------------ */
#define VEC_CAST(S, V, L, E, W, R, STORE, MODE, SAT)                                                                   \
    VEC_CASE(cast_##E##_##MODE##_##SAT, S, V, L, W, R, STORE, pt_cast_##V##_##E(a, MODE, SAT),                         \
             pt_cast_##S##_##E(S##_a[at], MODE, SAT))
#define VEC_CAST_TO(S, V, L, E, W, R, STORE)                                                                           \
    VEC_CAST(S, V, L, E, W, R, STORE, PT_RINT, 0)                                                                      \
    VEC_CAST(S, V, L, E, W, R, STORE, PT_RINT, 1)                                                                      \
    VEC_CAST(S, V, L, E, W, R, STORE, PT_FLOOR, 0)                                                                     \
    VEC_CAST(S, V, L, E, W, R, STORE, PT_CEIL, 1) VEC_CAST(S, V, L, E, W, R, STORE, PT_TRUNC, 1)
/* Of a mask: a < b. */
#define VEC_CAST_MASK(E, W, R, STORE, L)                                                                               \
    VEC_CASE(cast_mask_##E, f32, f32x##L, L, W, R, STORE, pt_cast_m32x##L##_##E(pt_lt_f32x##L(a, b), PT_RINT, 0),      \
             (W)(f32_a[at] < f32_b[at]))
#define VEC_CAST_FROM(S, V, L)                                                                                         \
    VEC_CAST_TO(S, V, L, f32, float, f32, pt_store_f32x##L)                                                            \
    VEC_CAST_TO(S, V, L, f16, float, f32, pt_store_f32x##L)                                                            \
    VEC_CAST_TO(S, V, L, bf16, float, f32, pt_store_f32x##L)                                                           \
    VEC_CAST_TO(S, V, L, f8e4m3, float, f32, pt_store_f32x##L)                                                         \
    VEC_CAST_TO(S, V, L, f8e5m2, float, f32, pt_store_f32x##L)                                                         \
    VEC_CAST_TO(S, V, L, i32, int32_t, i32, pt_store_i32x##L)                                                          \
    VEC_CAST_TO(S, V, L, u32, uint32_t, u32, pt_store_u32x##L)                                                         \
    VEC_CAST(S, V, L, bool, uint8_t, b8, pt_store_bool_m32x##L, PT_RINT, 0)
#define VEC_ROUND(N, L)                                                                                                \
    VEC_CASE(round_##N, f32, f32x##L, L, float, f32, pt_store_f32x##L, pt_round_##N##_f32x##L(a),                      \
             pt_round_##N(f32_a[at]))
/* From f64, two vectors at a time; every second of the first is as good as any. */
#define VEC_CAST_WIDE(E, W, R, RV, L, H)                                                                               \
    for (int i = 0; i + L <= COUNT; i += L) {                                                                          \
        W r[L];                                                                                                        \
        pt_f64x##H lo = pt_load_f64x##H(f64_a + i), hi = pt_load_f64x##H(f64_a + i + H);                               \
        pt_store_##RV(r, pt_cast_f64x##H##_##E(lo, hi, PT_RINT, 0));                                                   \
        for (int l = 0; l < L; l++)                                                                                    \
            if (!same_##R(r[l], pt_cast_f64_##E(f64_a[i + l], PT_RINT, 0)))                                            \
                vec_report("cast " #E " f64x" #H, i + l);                                                              \
    }
#define VEC_CAST_WIDEN(S, T, L, H)                                                                                     \
    for (int i = 0; i + L <= COUNT; i += L) {                                                                          \
        double r[L];                                                                                                   \
        pt_store_f64x##H(r, pt_cast_##S##x##L##_f64_lo(pt_load_##S##x##L(S##_a + i), PT_RINT, 0));                     \
        pt_store_f64x##H(r + H, pt_cast_##S##x##L##_f64_hi(pt_load_##S##x##L(S##_a + i), PT_RINT, 0));                 \
        for (int l = 0; l < L; l++)                                                                                    \
            if (!same_f64(r[l], (double)S##_a[i + l]))                                                                 \
                vec_report("cast f64 " #S "x" #L, i + l);                                                              \
    }
#define VEC_CASTS(L, H)                                                                                                \
    static void casts_x##L(void) {                                                                                     \
        VEC_CAST_FROM(f32, f32x##L, L)                                                                                 \
        VEC_CAST_FROM(i32, i32x##L, L)                                                                                 \
        VEC_CAST_FROM(u32, u32x##L, L)                                                                                 \
        VEC_CAST_MASK(f32, float, f32, pt_store_f32x##L, L)                                                            \
        VEC_CAST_MASK(f8e4m3, float, f32, pt_store_f32x##L, L)                                                         \
        VEC_CAST_MASK(i32, int32_t, i32, pt_store_i32x##L, L)                                                          \
        VEC_CAST_MASK(u32, uint32_t, u32, pt_store_u32x##L, L)                                                         \
        VEC_ROUND(f16, L)                                                                                              \
        VEC_ROUND(bf16, L)                                                                                             \
        VEC_ROUND(f8e4m3, L)                                                                                           \
        VEC_ROUND(f8e5m2, L)                                                                                           \
        VEC_CAST_WIDE(f32, float, f32, f32x##L, L, H)                                                                  \
        VEC_CAST_WIDE(f16, float, f32, f32x##L, L, H)                                                                  \
        VEC_CAST_WIDE(bf16, float, f32, f32x##L, L, H)                                                                 \
        VEC_CAST_WIDE(i32, int32_t, i32, i32x##L, L, H)                                                                \
        VEC_CAST_WIDE(u32, uint32_t, u32, u32x##L, L, H)                                                               \
        VEC_CAST_WIDEN(f32, float, L, H)                                                                               \
        VEC_CAST_WIDEN(i32, int32_t, L, H)                                                                             \
        VEC_CAST_WIDEN(u32, uint32_t, L, H)                                                                            \
    }

/* ---- masks -------------------------------------------------------------------------------------------------------------------- */
#define VEC_MASK(M, V, B, L)                                                                                           \
    static void masks_##M(void) {                                                                                      \
        for (unsigned p = 0; p < (1u << L) && p < 4096; p++) {                                                         \
            unsigned q = (p * 37 + 11) & ((1u << L) - 1), all = (1u << L) - 1;                                         \
            int##B##_t x[L], y[L];                                                                                     \
            for (int l = 0; l < L; l++) {                                                                              \
                x[l] = p >> l & 1 ? -1 : 0;                                                                            \
                y[l] = q >> l & 1 ? -1 : 0;                                                                            \
            }                                                                                                          \
            pt_##M a = pt_load_##V(x), b = pt_load_##V(y);                                                             \
            if (pt_bits_##M(a) != p || pt_bits_##M(pt_and_##M(a, b)) != (p & q) ||                                     \
                pt_bits_##M(pt_or_##M(a, b)) != (p | q) || pt_bits_##M(pt_xor_##M(a, b)) != (p ^ q) ||                 \
                pt_bits_##M(pt_not_##M(a)) != (~p & all) || pt_bits_##M(pt_ne_##M(a, b)) != (p ^ q) ||                 \
                pt_bits_##M(pt_eq_##M(a, b)) != (~(p ^ q) & all) || pt_any_##M(a) != (p != 0) ||                       \
                pt_all_##M(a) != (p == all) || pt_bits_##M(pt_andnot_##M(a, b)) != (p & ~q) ||                         \
                pt_bits_##M(pt_select_##M(a, b, pt_not_##M(b))) != (~(p ^ q) & all))                                   \
                vec_report("mask " #M, (int)p);                                                                        \
        }                                                                                                              \
        for (int n = -2; n < L + 3; n++)                                                                               \
            if (pt_bits_##M(pt_first_##M(n)) != (1u << (n < 0 ? 0 : n > L ? L : n)) - 1)                               \
                vec_report("first " #M, n);                                                                            \
        CU_ASSERT(pt_bits_##M(pt_first_##M(INT64_MAX)) == (1u << L) - 1 && !pt_any_##M(pt_first_##M(INT64_MIN)));      \
        CU_ASSERT(pt_all_##M(pt_splat_##M(1)) && !pt_any_##M(pt_splat_##M(0)) && !pt_any_##M(pt_zero_##M()));          \
        CU_ASSERT(pt_lane_##M(pt_first_##M(1), 0) == 1 && pt_lane_##M(pt_first_##M(1), 1) == 0);                       \
    }
#define VEC_MASKS(L, H)                                                                                                \
    VEC_MASK(m32x##L, i32x##L, 32, L)                                                                                  \
    VEC_MASK(m64x##H, i64x##H, 64, H)                                                                                  \
    static void halves_m##L(void) {                                                                                    \
        for (int n = 0; n <= L; n++) {                                                                                 \
            pt_m32x##L m = pt_xor_m32x##L(pt_first_m32x##L(n), pt_first_m32x##L(n / 2));                               \
            pt_m64x##H lo = pt_widen_lo_m32x##L(m), hi = pt_widen_hi_m32x##L(m);                                       \
            unsigned bits = pt_bits_m32x##L(m);                                                                        \
            CU_ASSERT((pt_bits_m64x##H(lo) | pt_bits_m64x##H(hi) << H) == bits);                                       \
            CU_ASSERT(pt_bits_m32x##L(pt_narrow_m64x##H(lo, hi)) == bits);                                             \
        }                                                                                                              \
    }

/* ---- reductions ------------------------------------------------------------------------------------------------------------------ */
/* Rows of 16 * n elements, of whole vectors. */
#define VEC_REDUCE(S, T, V, M, L, JS, J)                                                                               \
    static void reduce_##V(void) {                                                                                     \
        for (int start = 0; start + 64 <= COUNT; start += 61) {                                                        \
            const T *x = S##_a + start;                                                                                \
            T p[16], q[16];                                                                                            \
            pt_##V v[16 / L], w[16 / L], most = pt_redmax_init_##V(), least = pt_redmin_init_##V();                    \
            pt_##V top = pt_arg_none_##V(), bottom = top;                                                              \
            pt_##JS top_at = pt_splat_##JS(-1), bottom_at = pt_splat_##JS(-1);                                         \
            pt_arg_##S amax = pt_arg_init_##S(), amin = pt_arg_init_##S(), bmax = amax, bmin = amin;                   \
            T max = pt_redmax_init_##S(), min = pt_redmin_init_##S();                                                  \
            int count = start % 65;                                                                                    \
            pt_lanes_init_##S(p, 0);                                                                                   \
            pt_lanes_init_##S(q, 1);                                                                                   \
            for (int i = 0; i < 16 / L; i++) {                                                                         \
                v[i] = pt_splat_##V(0);                                                                                \
                w[i] = pt_splat_##V(1);                                                                                \
            }                                                                                                          \
            for (int j = 0; j < 64; j++) {                                                                             \
                p[j % 16] = pt_add_##S(p[j % 16], x[j]);                                                               \
                q[j % 16] = pt_mul_##S(q[j % 16], x[j]);                                                               \
                max = pt_redmax_##S(max, x[j]);                                                                        \
                min = pt_redmin_##S(min, x[j]);                                                                        \
                if (j < count) {                                                                                       \
                    pt_argmax_##S(&amax, x[j], j);                                                                     \
                    pt_argmin_##S(&amin, x[j], j);                                                                     \
                }                                                                                                      \
            }                                                                                                          \
            for (int j = 0; j < 64; j += L) {                                                                          \
                pt_##V a = pt_load_##V(x + j);                                                                         \
                v[j % 16 / L] = pt_add_##V(v[j % 16 / L], a);                                                          \
                w[j % 16 / L] = pt_mul_##V(w[j % 16 / L], a);                                                          \
                most = pt_redmax_##V(most, a);                                                                         \
                least = pt_redmin_##V(least, a);                                                                       \
                if (count - j >= L) {                                                                                  \
                    pt_argmax_##V(&top, &top_at, a, pt_iota_##JS(j));                                                  \
                    pt_argmin_##V(&bottom, &bottom_at, a, pt_iota_##JS(j));                                            \
                } else {                                                                                               \
                    pt_argmax_part_##V(&top, &top_at, a, pt_iota_##JS(j), count - j);                                  \
                    pt_argmin_part_##V(&bottom, &bottom_at, a, pt_iota_##JS(j), count - j);                            \
                }                                                                                                      \
            }                                                                                                          \
            pt_argmax_all_##V(&bmax, top, top_at);                                                                     \
            pt_argmin_all_##V(&bmin, bottom, bottom_at);                                                               \
            if (!same_##S(pt_sum16_##V(v), pt_lanes_sum_##S(p)) || !same_##S(pt_prod16_##V(w), pt_lanes_prod_##S(q)))  \
                vec_report("sum or prod " #V, start);                                                                  \
            if (!same_##S(pt_redmax_fin_##S(pt_redmax_all_##V(most)), pt_redmax_fin_##S(max)) ||                       \
                !same_##S(pt_redmin_fin_##S(pt_redmin_all_##V(least)), pt_redmin_fin_##S(min)))                        \
                vec_report("max or min " #V, start);                                                                   \
            if (amax.at != bmax.at || amin.at != bmin.at || !same_##S(amax.value, bmax.value) ||                       \
                !same_##S(amin.value, bmin.value))                                                                     \
                vec_report("arg " #V, start);                                                                          \
        }                                                                                                              \
    }
/* The quick maximum: NaN in the flag. */
#define VEC_QUICK(S, T, V, M, L)                                                                                       \
    static void quick_##V(void) {                                                                                      \
        for (int start = 0; start + 4 * L <= COUNT; start += 13) {                                                     \
            const T *x = S##_a + start;                                                                                \
            pt_##V most = pt_redmax_init_##V(), least = pt_redmin_init_##V();                                          \
            pt_##M flag = pt_zero_##M(), pair = pt_zero_##M();                                                         \
            T max = pt_redmax_init_##S(), min = pt_redmin_init_##S();                                                  \
            for (int j = 0; j < 4 * L; j++) {                                                                          \
                max = pt_redmax_##S(max, x[j]);                                                                        \
                min = pt_redmin_##S(min, x[j]);                                                                        \
            }                                                                                                          \
            for (int j = 0; j < 4 * L; j += 2 * L) {                                                                   \
                pt_##V a = pt_load_##V(x + j), b = pt_load_##V(x + j + L);                                             \
                most = pt_redmaxq_##V(pt_redmaxq_##V(most, a), b);                                                     \
                least = pt_redminq_##V(pt_redminq_##V(least, a), b);                                                   \
                flag = pt_unord_##V(pt_unord_##V(flag, a), b);                                                         \
                pair = pt_unord2_##V(pair, a, b);                                                                      \
            }                                                                                                          \
            if (!same_##S(pt_redmax_fin_##S(pt_redmaxq_all_##V(most, flag)), pt_redmax_fin_##S(max)) ||                \
                !same_##S(pt_redmin_fin_##S(pt_redminq_all_##V(least, pair)), pt_redmin_fin_##S(min)))                 \
                vec_report("quick " #V, start);                                                                        \
        }                                                                                                              \
    }
#define VEC_REDUCES(L, H)                                                                                              \
    VEC_REDUCE(f32, float, f32x##L, m32x##L, L, i32x##L, int32_t)                                                      \
    VEC_REDUCE(i32, int32_t, i32x##L, m32x##L, L, i32x##L, int32_t)                                                    \
    VEC_REDUCE(u32, uint32_t, u32x##L, m32x##L, L, i32x##L, int32_t)                                                   \
    VEC_REDUCE(f64, double, f64x##H, m64x##H, H, i64x##H, int64_t)                                                     \
    VEC_QUICK(f32, float, f32x##L, m32x##L, L)                                                                         \
    VEC_QUICK(f64, double, f64x##H, m64x##H, H)

/* ---- panels -------------------------------------------------------------------------------------------------------------------- */
/* Every way through memory, ragged edges, untouched surroundings; the source ends where the valid rectangle does. */
#define VEC_PACK(E, D, T, S, RANDOM)                                                                                   \
    static void pack_##E(void) {                                                                                       \
        static const struct {                                                                                          \
            int rows, cols, valid_r, valid_c;                                                                          \
        } shape[] = {{16, 24, 16, 24}, {17, 6, 17, 6},  {9, 4, 9, 4},    {32, 24, 20, 13},                             \
                     {5, 3, 3, 5},     {8, 8, 0, 8},    {8, 8, 8, 0},    {24, 7, 24, 7},                               \
                     {16, 16, -1, 20}, {40, 11, 33, 9}, {44, 40, 43, 37}};                                             \
        uint64_t s = 9;                                                                                                \
        for (size_t i = 0; i < sizeof shape / sizeof *shape * 3; i++) {                                                \
            int rows = shape[i / 3].rows, cols = shape[i / 3].cols, ld = cols + (int)(i % 2) * 3;                      \
            int vr = shape[i / 3].valid_r < rows ? shape[i / 3].valid_r : rows;                                        \
            int vc = shape[i / 3].valid_c < cols ? shape[i / 3].valid_c : cols;                                        \
            int sr = i % 3 == 0   ? 1                                                                                  \
                     : i % 3 == 1 ? cols + 1                                                                           \
                                  : 2 * cols,                                                                          \
                sc = i % 3 == 0   ? rows + 2                                                                           \
                     : i % 3 == 1 ? 1                                                                                  \
                                  : 2;                                                                                 \
            int end = vr > 0 && vc > 0 ? (vr - 1) * sr + (vc - 1) * sc + 1 : 0;                                        \
            T *src = malloc((size_t)(end > 0 ? end : 1) * sizeof *src);                                                \
            D *dst = malloc((size_t)(rows * ld) * sizeof *dst), mark = 77;                                             \
            for (int j = 0; j < end; j++)                                                                              \
                src[j] = (T)RANDOM(vec_random(&s));                                                                    \
            for (int j = 0; j < rows * ld; j++)                                                                        \
                dst[j] = mark;                                                                                         \
            pt_pack_##E(dst, rows, cols, ld, src, sr, sc, shape[i / 3].valid_r, shape[i / 3].valid_c);                 \
            for (int r = 0; r < rows; r++)                                                                             \
                for (int c = 0; c < ld; c++) {                                                                         \
                    D want = c >= cols ? mark : r < vr && c < vc ? (D)pt_ld_##E(src[r * sr + c * sc]) : 0;             \
                    if (!same_##S(dst[r * ld + c], want))                                                              \
                        vec_report("pack " #E, (int)i);                                                                \
                }                                                                                                      \
            free(src);                                                                                                 \
            free(dst);                                                                                                 \
        }                                                                                                              \
    }
VEC_PACK(f16, float, uint16_t, f32, VEC_SAME)
VEC_PACK(bf16, float, uint16_t, f32, VEC_SAME)
VEC_PACK(f8e4m3, float, uint8_t, f32, VEC_SAME)
VEC_PACK(f8e5m2, float, uint8_t, f32, VEC_SAME)
VEC_PACK(f32, float, float, f32, vec_random_f32)
VEC_PACK(f64, double, double, f64, vec_random_f64)
VEC_PACK(i8, int8_t, int8_t, i32, VEC_SAME)
VEC_PACK(u8, uint8_t, uint8_t, i32, VEC_SAME)
VEC_PACK(i16, int16_t, int16_t, i32, VEC_SAME)
VEC_PACK(u16, uint16_t, uint16_t, i32, VEC_SAME)
VEC_PACK(i32, int32_t, int32_t, i32, VEC_SAME)
VEC_PACK(u32, uint32_t, uint32_t, u32, VEC_SAME)
static void vec_packs(void) {
    vec_bad = 0;
    pack_f16();
    pack_bf16();
    pack_f8e4m3();
    pack_f8e5m2();
    pack_f32();
    pack_f64();
    pack_i8();
    pack_u8();
    pack_i16();
    pack_u16();
    pack_i32();
    pack_u32();
    CU_ASSERT_EQUAL(vec_bad, 0);
}

/* ---- top-k ----------------------------------------------------------------------------------------------------------------------- */
/* Blocks of one to four vectors, some of them in part, in ascending or descending order, against single pushes. */
#define VEC_TOPK_INPUT(kind, S, T, i)                                                                                  \
    ((kind) == 0 ? S##_a[i] : (kind) == 1 ? S##_b[(i) % 3] : (kind) == 2 ? (T)(i) : (i) % 50 ? S##_b[20] : S##_c[i])
#define VEC_TOPK(S, T, V, L)                                                                                           \
    static void topk_##V(void) {                                                                                       \
        static const int ks[] = {1, 5, 64, 700};                                                                       \
        enum { SLACK = 4 * L };                                                                                        \
        static T x[COUNT + SLACK], value[2][700];                                                                      \
        static int32_t index[2][700];                                                                                  \
        for (int c = 0; c < 4 * 4 * 2 * 2; c++) {                                                                      \
            int k = ks[c % 4], kind = c / 4 % 4, largest = c / 16 % 2, down = c / 32, at = 0, step;                    \
            int64_t most = c % 3 ? INT64_MAX : COUNT;                                                                  \
            pt_topk one, many;                                                                                         \
            void *memory = malloc(pt_topk_bytes_##S(k, most)), *other = malloc(pt_topk_bytes_##S(k, most));            \
            for (int i = 0; i < COUNT; i++)                                                                            \
                x[i] = VEC_TOPK_INPUT(kind, S, T, i);                                                                  \
            pt_topk_init_##S(&one, k, most, largest, memory);                                                          \
            pt_topk_init_##S(&many, k, most, largest, other);                                                          \
            for (int i = 0; i < COUNT; i++)                                                                            \
                pt_topk_push_##S(&one, x[i], i);                                                                       \
            for (int b = 0; at < COUNT; b++, at += step) {                                                             \
                int left = COUNT - at, wide = L * (1 + (b + c) % 4), j;                                                \
                step = (b + c) % 8 < 4 && left >= wide ? wide : wide - b % 5 < left ? wide - b % 5 : left;             \
                step = step < 1 ? 1 : step;                                                                            \
                j = down ? COUNT - at - step : at;                                                                     \
                pt_##V v0 = pt_load_##V(x + j), v1 = pt_zero_##V(), v2 = v1, v3 = v1;                                  \
                v1 = wide > L ? pt_load_##V(x + j + L) : v1;                                                           \
                v2 = wide > 2 * L ? pt_load_##V(x + j + 2 * L) : v2;                                                   \
                v3 = wide > 3 * L ? pt_load_##V(x + j + 3 * L) : v3;                                                   \
                if (wide == L && step == wide)                                                                         \
                    pt_topk_push_##V(&many, v0, j);                                                                    \
                else if (wide == L)                                                                                    \
                    pt_topk_push_part_##V(&many, v0, j, step);                                                         \
                else if (wide == 2 * L && step == wide)                                                                \
                    pt_topk_push2_##V(&many, v0, v1, j);                                                               \
                else if (wide == 2 * L)                                                                                \
                    pt_topk_push2_part_##V(&many, v0, v1, j, step);                                                    \
                else if (wide == 3 * L && step == wide)                                                                \
                    pt_topk_push3_##V(&many, v0, v1, v2, j);                                                           \
                else if (wide == 3 * L)                                                                                \
                    pt_topk_push3_part_##V(&many, v0, v1, v2, j, step);                                                \
                else if (step == wide)                                                                                 \
                    pt_topk_push4_##V(&many, v0, v1, v2, v3, j);                                                       \
                else                                                                                                   \
                    pt_topk_push4_part_##V(&many, v0, v1, v2, v3, j, step);                                            \
            }                                                                                                          \
            pt_topk_push_part_##V(&many, pt_load_##V(x), 0, 0);                                                        \
            pt_topk_finish_##S(&one, 1, value[0], index[0]);                                                           \
            pt_topk_finish_##S(&many, 1, value[1], index[1]);                                                          \
            for (int i = 0; i < k; i++)                                                                                \
                if (index[0][i] != index[1][i] || !same_##S(value[0][i], value[1][i])) {                               \
                    vec_report("top-k " #V, c);                                                                        \
                    break;                                                                                             \
                }                                                                                                      \
            CU_ASSERT(!many.overflow && !one.overflow);                                                                \
            free(memory);                                                                                              \
            free(other);                                                                                               \
        }                                                                                                              \
    }
#define VEC_TOPKS(L, H)                                                                                                \
    VEC_TOPK(f32, float, f32x##L, L)                                                                                   \
    VEC_TOPK(i32, int32_t, i32x##L, L)                                                                                 \
    VEC_TOPK(u32, uint32_t, u32x##L, L)                                                                                \
    static void topk_x##L(void) {                                                                                      \
        vec_bad = 0;                                                                                                   \
        f32_fill();                                                                                                    \
        i32_fill();                                                                                                    \
        u32_fill();                                                                                                    \
        topk_f32x##L();                                                                                                \
        topk_i32x##L();                                                                                                \
        topk_u32x##L();                                                                                                \
        CU_ASSERT_EQUAL(vec_bad, 0);                                                                                   \
    }
PT_EACH_LANES(VEC_TOPKS)

/* ---- transcendentals --------------------------------------------------------------------------------------------------------- */
/* Beside the usual values some of moderate size: the ways of a function part there, and in one vector. */
#define VEC_MATH(OP, S, T, V, L)                                                                                       \
    VEC1(OP, S, T, V, L)                                                                                               \
    for (int i = 0; i + L <= COUNT; i += L) {                                                                          \
        T x[L], r[L];                                                                                                  \
        for (int l = 0; l < L; l++)                                                                                    \
            x[l] = (T)((i + l) % 1311 - 655) * (T)(i % 2 ? 0.171875 : 0.0078125);                                      \
        pt_store_##V(r, pt_##OP##_##V(pt_load_##V(x)));                                                                \
        for (int l = 0; l < L; l++)                                                                                    \
            if (!same_##S(r[l], pt_##OP##_##S(x[l])))                                                                  \
                vec_report(#OP " of moderate size " #V, i + l);                                                        \
    }
#define VEC_MATH_ALL(S, T, V, L)                                                                                       \
    static void math_##V(void) {                                                                                       \
        VEC_MATH(exp, S, T, V, L)                                                                                      \
        VEC_MATH(exp2, S, T, V, L)                                                                                     \
        VEC_MATH(log, S, T, V, L)                                                                                      \
        VEC_MATH(log2, S, T, V, L)                                                                                     \
        VEC_MATH(log1p, S, T, V, L)                                                                                    \
        VEC_MATH(sigmoid, S, T, V, L)                                                                                  \
        VEC_MATH(tanh, S, T, V, L)                                                                                     \
        VEC_MATH(silu, S, T, V, L)                                                                                     \
        VEC_MATH(gelu, S, T, V, L)                                                                                     \
        VEC_MATH(erf, S, T, V, L)                                                                                      \
        VEC_MATH(sin, S, T, V, L)                                                                                      \
        VEC_MATH(cos, S, T, V, L)                                                                                      \
        VEC2(pow, S, T, V, L)                                                                                          \
    }
#define VEC_MATHS(L, H)                                                                                                \
    VEC_MATH_ALL(f32, float, f32x##L, L)                                                                               \
    VEC_MATH_ALL(f64, double, f64x##H, H)                                                                              \
    static void math_x##L(void) {                                                                                      \
        vec_bad = 0;                                                                                                   \
        f32_fill();                                                                                                    \
        f64_fill();                                                                                                    \
        math_f32x##L();                                                                                                \
        math_f64x##H();                                                                                                \
        CU_ASSERT_EQUAL(vec_bad, 0);                                                                                   \
    }
PT_EACH_LANES(VEC_MATHS)

/* ---- all of it ------------------------------------------------------------------------------------------------------------------- */
#define VEC_ALL(L, H)                                                                                                  \
    VEC_FLOAT(f32, float, f32x##L, L, 32, int32_t)                                                                     \
    VEC_FLOAT(f64, double, f64x##H, H, 64, int64_t)                                                                    \
    VEC_INT(i32, int32_t, i32x##L, L)                                                                                  \
    VEC_BYTES(L)                                                                                                       \
    VEC_INT(u32, uint32_t, u32x##L, L)                                                                                 \
    VEC_MEMORIES(L, H)                                                                                                 \
    VEC_CASTS(L, H)                                                                                                    \
    VEC_MASKS(L, H)                                                                                                    \
    VEC_REDUCES(L, H)                                                                                                  \
    static void vec_all_x##L(void) {                                                                                   \
        vec_bad = 0;                                                                                                   \
        f32_fill();                                                                                                    \
        f64_fill();                                                                                                    \
        i32_fill();                                                                                                    \
        u32_fill();                                                                                                    \
        vec_f32x##L();                                                                                                 \
        vec_f64x##H();                                                                                                 \
        vec_i32x##L();                                                                                                 \
        vec_bytes_##L();                                                                                               \
        vec_u32x##L();                                                                                                 \
        memory_x##L();                                                                                                 \
        casts_x##L();                                                                                                  \
        masks_m32x##L();                                                                                               \
        masks_m64x##H();                                                                                               \
        halves_m##L();                                                                                                 \
        reduce_f32x##L();                                                                                              \
        reduce_f64x##H();                                                                                              \
        reduce_i32x##L();                                                                                              \
        reduce_u32x##L();                                                                                              \
        quick_f32x##L();                                                                                               \
        quick_f64x##H();                                                                                               \
        CU_ASSERT_EQUAL(vec_bad, 0);                                                                                   \
    }
PT_EACH_LANES(VEC_ALL)

static void vec_register(const char *name) {
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    CU_add_test(suite, "4 lanes", vec_all_x4);
    CU_add_test(suite, "8 lanes", vec_all_x8);
    CU_add_test(suite, "16 lanes", vec_all_x16);
    CU_add_test(suite, "transcendentals, 4 lanes", math_x4);
    CU_add_test(suite, "transcendentals, 8 lanes", math_x8);
    CU_add_test(suite, "transcendentals, 16 lanes", math_x16);
    CU_add_test(suite, "panels", vec_packs);
    CU_add_test(suite, "top-k, 4 lanes", topk_x4);
    CU_add_test(suite, "top-k, 8 lanes", topk_x8);
    CU_add_test(suite, "top-k, 16 lanes", topk_x16);
}
#endif
