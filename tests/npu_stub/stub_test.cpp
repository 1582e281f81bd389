// stub_test.cpp - the stub itself: its numbers, its schedules, what it refuses. `stub_test` runs all and prints what failed.
#include <algorithm>
#include <numeric>

#include "kernels.hpp"
using namespace ptoc_stub;

static int failures, checks;
static void check(bool ok, const char *what, int detail = 0) {
    checks++;
    if (ok)
        return;
    failures++;
    std::printf("FAIL %s (%d)\n", what, detail);
}

struct Schedule {
    Policy policy;
    uint32_t seed;
};
static std::vector<Schedule> schedules(int random) {
    std::vector<Schedule> all = {{Policy::FIRST, 1}, {Policy::LATE, 1}, {Policy::EARLY, 1}};
    for (int s = 1; s <= random; s++)
        all.push_back({Policy::RANDOM, static_cast<uint32_t>(s)});
    return all;
}

// Runs `program` under a schedule; what it did wrong, or "".
template <class F> static std::string run(Schedule s, CoreKind kind, F program) {
    machine().policy = s.policy;
    machine().seed = s.seed;
    try {
        Launch l(0, 1);
        l.core(kind, 0, program);
        l.run();
    } catch (const Error &e) {
        return e.what();
    }
    return "";
}

// A correct kernel is right under every schedule, and each fault shows under one of them at least.
template <class Run, class Right> static void check_kernel(const char *name, int faults, Run once, Right right) {
    for (int fault = 0; fault <= faults; fault++) {
        bool seen = false;
        for (Schedule s : schedules(fault ? 32 : 12)) {
            std::string error = once(s, fault);
            bool good = error.empty() && right();
            if (!fault && !good)
                std::printf("%s: %s\n", name, error.c_str());
            if (!fault)
                check(good, name, static_cast<int>(s.policy) * 1000 + static_cast<int>(s.seed));
            seen |= !good;
            if (fault && seen)
                break;
        }
        if (fault)
            check(seen, (std::string(name) + ": a missing flag was not seen").c_str(), fault);
    }
}

static void test_softmax() {
    for (int rows : {1, 31, 32, 33, 160}) {
        const int cols = 50;
        std::vector<float> x(static_cast<size_t>(rows * cols)), y(x.size());
        for (size_t i = 0; i < x.size(); i++)
            x[i] = static_cast<float>(i * 7919 % 1000) * 0.01f;
        auto right = [&] {
            for (int r = 0; r < rows; r++) {
                const float *row = &x[static_cast<size_t>(r * cols)];
                float top = *std::max_element(row, row + cols), sum = 0;
                for (int c = 0; c < cols; c++)
                    sum += std::exp(row[c] - top);
                for (int c = 0; c < cols; c++) {
                    if (!(std::fabs(y[static_cast<size_t>(r * cols + c)] - std::exp(row[c] - top) / sum) < 1e-6f))
                        return false;
                }
            }
            return true;
        };
        auto once = [&](Schedule s, int fault) {
            std::fill(y.begin(), y.end(), 0.0f);
            return run(s, AIV, [&] { softmax(x.data(), y.data(), rows, cols, fault); });
        };
        check_kernel("softmax", rows == 160 ? SOFTMAX_FAULTS : 0, once, right);
    }
}

static void test_scores() {
    const int blocks = 5, keys = blocks * 128;
    std::vector<half> a(16 * 64), b(static_cast<size_t>(keys) * 64);
    std::vector<float> c(static_cast<size_t>(keys) * 16);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = half(static_cast<int>(i * 31 % 17) - 8);
    for (size_t i = 0; i < b.size(); i++)
        b[i] = half(static_cast<int>(i * 13 % 19) - 9);
    auto right = [&] {
        for (int r = 0; r < 16; r++) {
            for (int j = 0; j < keys; j++) {
                float sum = 0;
                for (int k = 0; k < 64; k++)
                    sum += static_cast<float>(a[static_cast<size_t>(r * 64 + k)]) *
                           static_cast<float>(b[static_cast<size_t>(j * 64 + k)]);
                if (c[static_cast<size_t>(r * keys + j)] != std::max(sum, 0.0f))
                    return false;
            }
        }
        return true;
    };
    auto once = [&](Schedule s, int fault) {
        std::fill(c.begin(), c.end(), -1.0f);
        return run(s, AIC, [&] { scores(a.data(), b.data(), c.data(), blocks, fault); });
    };
    check_kernel("scores", SCORES_FAULTS, once, right);
}

static void test_top() {
    const int chunks = 5, n = chunks * 256;
    std::vector<float> x(n), values(256);
    std::vector<uint32_t> iota(256), indices(256), order(n);
    for (int i = 0; i < n; i++)
        x[static_cast<size_t>(i)] = static_cast<float>(i * 7919 % 701);
    std::iota(iota.begin(), iota.end(), 0u);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return x[a] > x[b]; });
    auto right = [&] {
        for (size_t k = 0; k < 256; k++) {
            if (indices[k] != order[k] || values[k] != x[order[k]])
                return false;
        }
        return true;
    };
    auto once = [&](Schedule s, int fault) {
        return run(s, AIV, [&] { top256(x.data(), iota.data(), values.data(), indices.data(), chunks, fault); });
    };
    check_kernel("top256", TOP256_FAULTS, once, right);
    machine().shuffle_ties = true; // equal values in any order: the values stay, some index moves
    check(once({Policy::FIRST, 1}, 0).empty() && !right(), "ties are shuffled");
    for (size_t k = 0; k < 256; k++)
        check(values[k] == x[order[k]], "values under shuffled ties", static_cast<int>(k));
    machine().shuffle_ties = false;
}

static void test_ring() {
    const int blocks = 6;
    std::vector<half> a(blocks * 256), b(256);
    std::vector<float> ring(512), out(blocks * 256);
    for (size_t i = 0; i < a.size(); i++)
        a[i] = half(static_cast<int>(i % 11));
    for (int i = 0; i < 16; i++)
        b[static_cast<size_t>(i * 17)] = half(1); // the identity
    auto right = [&] {
        for (size_t i = 0; i < out.size(); i++) {
            if (out[i] != 2 * static_cast<float>(a[i]))
                return false;
        }
        return true;
    };
    auto once = [&](Schedule s, int fault) -> std::string {
        machine().policy = s.policy;
        machine().seed = s.seed;
        std::fill(out.begin(), out.end(), 0.0f);
        try {
            Launch l(0, 1);
            l.core(AIC, 0, [&] { ring_cube(a.data(), b.data(), ring.data(), blocks, fault); });
            l.core(AIV, 0, [&] { ring_vector(ring.data(), out.data(), blocks, fault); });
            l.run();
        } catch (const Error &e) {
            return e.what();
        }
        return "";
    };
    check_kernel("ring", 2, once, right);
}

// What is refused at run time, with the text that says why.
template <class F> static void refuse(const char *text, CoreKind kind, F program) {
    std::string error = run({Policy::FIRST, 1}, kind, program);
    check(error.find(text) != std::string::npos, (std::string(text) + " | " + error).c_str());
}

static void test_refusals() {
    using T = Tile<TileType::Vec, float, 8, 64>;
    using D = Tile<TileType::Vec, float, 8, 64, BLayout::RowMajor, DYNAMIC, DYNAMIC>;
    using C = Tile<TileType::Vec, float, 8, 1, BLayout::ColMajor>;
    auto two = [](auto body) {
        return [body] {
            T a, b;
            TASSIGN(a, 0);
            TASSIGN(b, 2048);
            body(a, b);
        };
    };
    refuse("stub_test.cpp:", AIV, two([](T &a, T &) { TASSIGN(a, 20), TABS(a, a); }));
    refuse("no multiple of 32", AIV, two([](T &a, T &) { TASSIGN(a, 20), TABS(a, a); }));
    refuse("end behind the", AIV,
           two([](T &a, T &b) { TASSIGN(a, 192 * 1024 - 1024 + (ARCH_A5 ? 65536 : 0)), TABS(a, b); }));
    refuse("has no address", AIV, [] {
        T t;
        TABS(t, t);
    });
    refuse("overlap and are not the same tile", AIV, two([](T &a, T &b) { TASSIGN(b, 32), TABS(a, b); }));
    refuse("a cube core has no pipe V", AIC, two([](T &a, T &b) { TABS(a, b); }));
    refuse("the valid shapes [8, 64] and [8, 32] differ", AIV, two([](T &a, T &) {
               D d(8, 32);
               TASSIGN(d, 4096);
               TADD(a, a, d);
           }));
    refuse("the valid shape is empty", AIV, [] {
        D d(0, 64);
        TASSIGN(d, 0);
        TABS(d, d);
    });
    if (!ARCH_A5) {
        refuse("npu-a2a3 does not take u32", AIV, [] {
            Tile<TileType::Vec, uint32_t, 8, 64> t;
            TASSIGN(t, 0);
            TADD(t, t, t);
        });
        refuse("npu-a2a3 has no conversion from u8 to f32", AIV, two([](T &a, T &) {
                   Tile<TileType::Vec, uint8_t, 8, 64> u;
                   TASSIGN(u, 4096);
                   TCVT(a, u, RoundMode::CAST_NONE);
               }));
        refuse("operands 1 and 3 overlap", AIV, [] { // the library's own scratch at the end of UB
            T t;
            C m;
            TASSIGN(t, 184 * 1024);
            TASSIGN(m, 0);
            Tile<TileType::Vec, float, 8, 64> d;
            TASSIGN(d, 4096);
            TROWEXPANDADD(d, t, m);
        });
    }
    refuse("operands 0 and 1 overlap", AIV, two([](T &a, T &) { TRECIP(a, a); }));
    refuse("is not the tensor's [8, 32]", AIV, two([](T &a, T &) {
               static float x[512];
               Rows2D<float> g(x, {8, 32}, {64});
               TLOAD(a, g);
           }));
    refuse("the id 8 is not below 8", AIV, [] { set_flag(PIPE_MTE2, PIPE_V, 8); });
    refuse("within V use pipe_barrier", AIV, [] { set_flag(PIPE_V, PIPE_V, 0); });
    refuse("a vector core has no pipe MTE1", AIV, [] { set_flag(PIPE_MTE2, PIPE_MTE1, 0); });
    refuse("nothing sets MTE2 -> V #3", AIV, [] { wait_flag(PIPE_MTE2, PIPE_V, 3); });
    refuse("the flag MTE2 -> V #3 is still set", AIV, [] { set_flag(PIPE_MTE2, PIPE_V, 3); });
    refuse("is set while it still stands", AIV, [] {
        set_flag(PIPE_MTE2, PIPE_V, 3);
        set_flag(PIPE_MTE2, PIPE_V, 3);
    });
    refuse("a run is a multiple of 64 elements", AIV, [] {
        Tile<TileType::Vec, float, 1, 512> p, q;
        TASSIGN(p, 0);
        TASSIGN(q, 4096);
        TMRGSORT(p, q, 96);
    });
    refuse("columns are a multiple of 32: pad with -inf", AIV, [] {
        Tile<TileType::Vec, float, 1, 64, BLayout::RowMajor, 1, 40> s;
        Tile<TileType::Vec, uint32_t, 1, 64, BLayout::RowMajor, 1, 40> x;
        Tile<TileType::Vec, float, 1, 128, BLayout::RowMajor, 1, 80> d;
        TASSIGN(s, 0);
        TASSIGN(x, 256);
        TASSIGN(d, 512);
        TSORT32(d, s, x);
    });
    refuse("does not give", AIC, [] {
        TileLeft<half, 16, 32> a;
        TileRight<half, 16, 16> b;
        TileAcc<float, 16, 16> c;
        TASSIGN(a, 0);
        TASSIGN(b, 0);
        TASSIGN(c, 0);
        TMATMUL(c, a, b);
    });
}

// k = 5 of 16: what lies behind it takes part. Poison unless it was filled with zeros.
static void test_padding() {
    static half a[16 * 5], b[5 * 16];
    static float c[256];
    for (half &x : a)
        x = half(1);
    for (half &x : b)
        x = half(2);
    for (bool fill : {false, true}) {
        std::string error = run({Policy::FIRST, 1}, AIC, [&] {
            Tile<TileType::Mat, half, 16, 16, BLayout::ColMajor, 16, 5, SLayout::RowMajor> a1;
            Tile<TileType::Mat, half, 16, 16, BLayout::ColMajor, 5, 16, SLayout::RowMajor> b1;
            TASSIGN(a1, 0);
            TASSIGN(b1, 512);
            GlobalTensor<half, Shape<1, 1, 1, 16, 5>, Stride<1, 1, 1, 5, 1>> ga(a);
            GlobalTensor<half, Shape<1, 1, 1, 5, 16>, Stride<1, 1, 1, 16, 1>> gb(b);
            GlobalTensor<float, Shape<1, 1, 1, 16, 16>, Stride<1, 1, 1, 16, 1>> gc(c);
            TLOAD(a1, ga);
            TLOAD(b1, gb);
            pipe_barrier(PIPE_ALL);
            if (fill) {
                TFILLPAD(a1, a1);
                TFILLPAD(b1, b1);
            }
            pipe_barrier(PIPE_ALL);
            TileLeft<half, 16, 16, 16, 5> left;
            TileRight<half, 16, 16, 5, 16> right;
            TileAcc<float, 16, 16> acc;
            TASSIGN(left, 0);
            TASSIGN(right, 0);
            TASSIGN(acc, 0);
            TEXTRACT(left, a1, 0, 0);
            TEXTRACT(right, b1, 0, 0);
            pipe_barrier(PIPE_ALL);
            TMATMUL(acc, left, right);
            pipe_barrier(PIPE_ALL);
            TSTORE(gc, acc);
        });
        check(error.empty(), error.c_str());
        for (float x : c)
            check(fill ? x == 10.0f : std::isnan(x), "padding along k", fill);
    }
}

static void test_numbers() {
    for (uint32_t h = 0; h < 65536; h++) { // every half survives; the halves between go to even
        half x;
        x.bits = static_cast<uint16_t>(h);
        float f = x;
        check(std::isnan(f) ? std::isnan(static_cast<float>(half(f))) : half(f).bits == x.bits, "half",
              static_cast<int>(h));
        bfloat16_t y;
        y.bits = static_cast<uint16_t>(h);
        float g = y;
        check(std::isnan(g) ? std::isnan(static_cast<float>(bfloat16_t(g))) : bfloat16_t(g).bits == y.bits, "bf16",
              static_cast<int>(h));
        half next;
        next.bits = static_cast<uint16_t>(h + 1);
        if ((h & 0x7FFF) < 0x7BFF)
            check(half((static_cast<double>(f) + static_cast<double>(static_cast<float>(next))) / 2).bits % 2 == 0,
                  "half way", static_cast<int>(h));
    }
    check(half(65520.0f).bits == 0x7C00 && half(65519.0f).bits == 0x7BFF, "overflow of half");
    check(half(2.9e-8f).bits == 0 && half(3.1e-8f).bits == 1, "underflow of half");
}

// Compare, select, convert, reduce: one tile through each.
static void test_values() {
    static float x[64], y[64];
    static int32_t z[8];
    for (int i = 0; i < 64; i++)
        x[i] = static_cast<float>((i * 37) % 64) - 31.5f;
    std::string error = run({Policy::RANDOM, 3}, AIV, [&] {
        Tile<TileType::Vec, float, 8, 8> t, zero, d, scratch;
        Tile<TileType::Vec, uint8_t, 8, 32> mask;
        Tile<TileType::Vec, uint32_t, 1, 8> tmp;
        Tile<TileType::Vec, float, 8, 1, BLayout::ColMajor> sum;
        Tile<TileType::Vec, float, 1, 8> sum_row;
        Tile<TileType::Vec, int32_t, 1, 8> whole;
        TASSIGN(t, 0);
        TASSIGN(zero, 256);
        TASSIGN(d, 512);
        TASSIGN(scratch, 768);
        TASSIGN(mask, 1024);
        TASSIGN(tmp, 1280);
        TASSIGN(sum, 1312);
        TASSIGN(sum_row, 1312);
        TASSIGN(whole, 1344);
        GlobalTensor<float, Shape<1, 1, 1, 8, 8>, Stride<1, 1, 1, 8, 1>> gx(x), gy(y);
        GlobalTensor<int32_t, Shape<1, 1, 1, 1, 8>, Stride<1, 1, 1, 8, 1>> gz(z);
        TLOAD(t, gx);
        TEXPANDS(zero, 0.0f);
        pipe_barrier(PIPE_ALL);
        TCMP(mask, t, zero, CmpMode::GT);
        pipe_barrier(PIPE_V);
        TSEL(d, mask, t, zero, tmp);
        pipe_barrier(PIPE_V);
        TROWSUM(sum, d, scratch);
        pipe_barrier(PIPE_V);
        TCVT(whole, sum_row, RoundMode::CAST_FLOOR);
        pipe_barrier(PIPE_ALL);
        TSTORE(gy, d);
        TSTORE(gz, whole);
    });
    check(error.empty(), error.c_str());
    for (int r = 0; r < 8; r++) {
        float sum = 0;
        for (int c = 0; c < 8; c++) {
            check(y[r * 8 + c] == std::max(x[r * 8 + c], 0.0f), "select", r * 8 + c);
            sum += std::max(x[r * 8 + c], 0.0f);
        }
        check(z[r] == static_cast<int32_t>(std::floor(sum)), "row sums as integers", r);
    }
}

int main() {
    test_numbers();
    test_refusals();
    test_softmax();
    test_scores();
    test_top();
    if (!ARCH_A5)
        test_ring();
    test_padding();
    test_values();
    std::printf("%d checks, %d failures on %s\n", checks, failures, ARCH.name);
    return failures != 0;
}
