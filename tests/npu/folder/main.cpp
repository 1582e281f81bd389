// Runs the orchestration of folder.pto on the stand-in for the task runtime and compares with loops written here. Its first argument is the
// manifest, which must be JSON.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <pto/pto-inst.hpp>

#include "pto_orchestration_api.h"

void run_kernel(int func, bool cube, int64_t *args); // all.cpp
extern "C" void aicpu_orchestration_entry(const ChipTaskArgs &args);

// ---- JSON ---------------------------------------------------------------------------------------------------------------
static bool value(const char *&s);
static void space(const char *&s) {
    while (*s == ' ' || *s == '\n')
        s++;
}
static bool text(const char *&s) {
    for (s++; *s && *s != '"'; s++)
        s += *s == '\\';
    return *s++ == '"';
}
static bool list(const char *&s, char end) {
    s++;
    space(s);
    while (*s && *s != end) {
        space(s);
        if (end == '}' && (*s != '"' || !text(s) || (space(s), *s++ != ':')))
            return false;
        if (!value(s))
            return false;
        space(s);
        if (*s == ',')
            s++;
        else if (*s != end)
            return false;
    }
    return *s++ == end;
}
static bool value(const char *&s) {
    space(s);
    if (*s == '{' || *s == '[')
        return list(s, *s == '{' ? '}' : ']');
    if (*s == '"')
        return text(s);
    char *end;
    std::strtod(s, &end);
    const bool number = end != s;
    s = end;
    return number;
}

// ---- the run -------------------------------------------------------------------------------------------------------------
template <typename T> static StubArg tensor(std::vector<T> &data, std::vector<uint32_t> shape, DataType type) {
    StubArg a;
    uint32_t stride = 1;
    a.t.ndims = static_cast<uint32_t>(shape.size());
    a.t.dtype = type;
    a.t.buffer = {reinterpret_cast<uint64_t>(data.data()), data.size() * sizeof(T)};
    for (uint32_t d = a.t.ndims; d-- > 0; stride *= shape[d]) {
        a.t.shapes[d] = shape[d];
        a.t.strides[d] = stride;
    }
    return a;
}

int main(int argc, char **argv) {
    std::ifstream in(argc > 1 ? argv[1] : "");
    std::stringstream manifest;
    manifest << in.rdbuf();
    const std::string json = manifest.str();
    const char *s = json.c_str();
    const bool parses = value(s) && (space(s), *s == '\0');
    constexpr uint32_t B = 3, M = 5, K = 40, N = 7, limit = 16, n = 3;
    std::vector<float> x(B * M * K), w(N * K), out(B * M * N, -1), want(B * M * N);
    std::vector<int32_t> counting(16384);
    for (size_t i = 0; i < x.size(); i++)
        x[i] = static_cast<float>(static_cast<int>(i * 7 % 11) - 5);
    for (size_t i = 0; i < w.size(); i++)
        w[i] = static_cast<float>(static_cast<int>(i * 5 % 13) - 6);
    for (size_t i = 0; i < counting.size(); i++)
        counting[i] = static_cast<int32_t>(i);
    for (uint32_t b = 0; b < B; b++) {
        float *y = &want[b * M * N];
        uint32_t best = 0;
        std::vector<float> p(M * N, 0);
        for (uint32_t i = 0; i < M * N; i++) {
            for (uint32_t k = 0; k < K; k++)
                p[i] += x[(b * M + i / N) * K + k] * w[i % N * K + k];
            best = p[i] > p[best] ? i : best;
            y[i] = p[i] > 0 ? p[i] : 0;
        }
        for (uint32_t r = 0; r < n; r++) {
            const float by = y[0] > 8 ? 0.5f : 2.0f;
            for (uint32_t i = 0; i < M * N; i++)
                y[i] *= by;
        }
        for (uint32_t i = 0; i < M * N && best > limit; i++)
            y[i] += 100;
    }
    ChipTaskArgs args;
    args.tensors = {tensor(x, {B, M, K}, DataType::FLOAT32), tensor(w, {N, K}, DataType::FLOAT32),
                    tensor(out, {B, M, N}, DataType::FLOAT32), tensor(counting, {16384}, DataType::INT32)};
    args.scalars = {B, M, K, N, limit, n};
    stub_runtime().kernel = run_kernel;
    aicpu_orchestration_entry(args);
    int wrong = 0, skipped = 0;
    for (size_t i = 0; i < out.size(); i++)
        wrong += std::fabs(out[i] - want[i]) > 1e-4f;
    for (const StubTask &t : stub_runtime().tasks)
        skipped += !t.dummy && !t.ran;
    std::cout << (parses ? "" : "the manifest is no JSON\n") << stub_runtime().fatal << wrong << " of " << out.size()
              << " elements differ; " << stub_runtime().tasks.size() << " tasks, " << skipped << " left out, "
              << stub_runtime().scopes << " scopes\n";
    return parses && wrong == 0 && skipped > 0 && !rt_is_fatal() ? 0 : 1;
}
