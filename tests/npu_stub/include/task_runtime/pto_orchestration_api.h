// A stand-in for the task runtime: tasks run when they are submitted, so that an orchestration can be compiled and run anywhere. It checks
// what the real one would: tensors before scalars, limits, kinds of regions, that memory has been written by a task before it is read.
#ifndef PTOC_STUB_ORCHESTRATION_H
#define PTOC_STUB_ORCHESTRATION_H
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tensor.h"

constexpr int PTO2_ERROR_INVALID_ARGS = 5;
struct PTO2OrchestrationConfig {
    int expected_arg_count;
};
struct PTO2TaskId {
    int id = -1;
};
enum class PredicateOp : uint8_t { NONE = 0, EQ, NE, GT, LT, GE, LE };
struct CoreTaskPredicate {
    struct {
        const ChipTensor *tensor = nullptr;
        uint32_t ndims = 0, indices[MAX_TENSOR_DIMS] = {};
    } operand;
    PredicateOp op = PredicateOp::NONE;
    int64_t target = 0;
};
struct StubTask {
    int func;
    bool cube, dummy, ran;
};
struct StubRuntime {
    void (*kernel)(int func, bool cube, int64_t *args) = nullptr;
    std::vector<StubTask> tasks;
    std::vector<std::unique_ptr<unsigned char[]>> memory;
    std::string fatal;
    int scopes = 0, deepest_window = 0, window = 0;
};
inline StubRuntime &stub_runtime() {
    static StubRuntime r;
    return r;
}
struct TensorCreateInfo {
    uint32_t shapes[MAX_TENSOR_DIMS] = {}, ndims;
    DataType dtype;
    TensorCreateInfo(const uint32_t s[], uint32_t n, DataType t) : ndims(n), dtype(t) {
        for (uint32_t d = 0; d < n; d++)
            shapes[d] = s[d];
    }
};
class TaskOutputTensors {
  public:
    std::vector<ChipTensor> made;
    PTO2TaskId task;
    const ChipTensor &get_ref(uint32_t i) const & { return made.at(i); }
    const ChipTensor &get_ref(uint32_t i) const && = delete;
    size_t size() const { return made.size(); }
    PTO2TaskId task_id() const { return task; }
};
class CoreTaskArgs {
  public:
    std::vector<const ChipTensor *> tensors;
    std::vector<int64_t> scalars;
    CoreTaskPredicate predicate;
    void add_input(const ChipTensor &t) { add(t); }
    void add_inout(const ChipTensor &t) { add(t); }
    void add_input(ChipTensor &&) = delete; // the task keeps the address
    void add_inout(ChipTensor &&) = delete;
    void add_scalar(int64_t v) {
        scalars.push_back(v);
        if (scalars.size() > 16)
            throw std::runtime_error("a task has more than 16 scalars");
    }
    void set_predicate(const CoreTaskPredicate &p) {
        if (predicate.op != PredicateOp::NONE)
            throw std::runtime_error("a task has two predicates");
        predicate = p;
    }
    void set_dependencies(const PTO2TaskId *ids, uint32_t n) {
        for (uint32_t i = 0; i < n; i++)
            if (ids[i].id < 0 || ids[i].id >= static_cast<int>(stub_runtime().tasks.size()))
                throw std::runtime_error("a task depends on one that was not submitted");
    }

  private:
    void add(const ChipTensor &t) {
        if (!scalars.empty())
            throw std::runtime_error("a tensor behind a scalar");
        tensors.push_back(&t);
        if (tensors.size() > 32)
            throw std::runtime_error("a task has more than 32 tensors");
    }
};
inline bool rt_is_fatal() { return !stub_runtime().fatal.empty(); }
template <typename... A> inline void stub_fatal(const char *format, A... args) {
    char text[600];
    std::snprintf(text, sizeof text, format, args...);
    stub_runtime().fatal = text;
}
#define rt_report_fatal(code, ...) ((void)(code), stub_fatal(__VA_ARGS__))

template <typename... I> inline TaskOutputTensors alloc_tensors(const I &...infos) {
    TaskOutputTensors out;
    for (const TensorCreateInfo *i : {&infos...}) {
        ChipTensor t;
        uint32_t stride = 1;
        t.ndims = i->ndims;
        t.dtype = i->dtype;
        for (uint32_t d = i->ndims; d-- > 0; stride *= i->shapes[d]) {
            t.shapes[d] = i->shapes[d];
            t.strides[d] = stride;
        }
        const uint64_t bytes = t.numel() * stub_bytes(t.dtype);
        stub_runtime().memory.push_back(std::make_unique<unsigned char[]>(bytes));
        std::memset(stub_runtime().memory.back().get(), 0x7f, bytes);
        t.buffer = {reinterpret_cast<uint64_t>(stub_runtime().memory.back().get()), bytes};
        out.made.push_back(t);
    }
    return out;
}
template <typename T> inline T get_tensor_data(const ChipTensor &t, uint32_t, const uint32_t at[]) {
    T value;
    std::memcpy(&value, t.at(at), sizeof value);
    return value;
}
template <typename T> inline void set_tensor_data(const ChipTensor &t, uint32_t, const uint32_t at[], T value) {
    if (sizeof value != stub_bytes(t.dtype))
        throw std::runtime_error("an element of another size");
    std::memcpy(t.at(at), &value, sizeof value);
}
inline bool stub_holds(const CoreTaskPredicate &p) {
    if (p.op == PredicateOp::NONE)
        return true;
    const ChipTensor &t = *p.operand.tensor;
    const unsigned char *at = t.at(p.operand.indices);
    int64_t v = 0;
    int32_t word;
    if (t.dtype == DataType::UINT8)
        v = *at;
    else if (t.dtype == DataType::INT32)
        v = (std::memcpy(&word, at, sizeof word), word);
    else
        throw std::runtime_error("a predicate on this type");
    switch (p.op) {
    case PredicateOp::EQ: return v == p.target;
    case PredicateOp::NE: return v != p.target;
    case PredicateOp::GT: return v > p.target;
    case PredicateOp::LT: return v < p.target;
    case PredicateOp::GE: return v >= p.target;
    case PredicateOp::LE: return v <= p.target;
    case PredicateOp::NONE: break;
    }
    return true;
}
inline TaskOutputTensors stub_submit(int func, bool cube, bool dummy, const CoreTaskArgs &a) {
    StubRuntime &r = stub_runtime();
    const bool runs = !dummy && stub_holds(a.predicate);
    std::vector<int64_t> args;
    for (const ChipTensor *t : a.tensors)
        args.push_back(reinterpret_cast<int64_t>(t));
    args.insert(args.end(), a.scalars.begin(), a.scalars.end());
    args.push_back(0);
    if (runs)
        r.kernel(func, cube, args.data());
    TaskOutputTensors out;
    out.task.id = static_cast<int>(r.tasks.size());
    r.tasks.push_back({func, cube, dummy, runs});
    r.deepest_window = ++r.window > r.deepest_window ? r.window : r.deepest_window;
    return out;
}
inline TaskOutputTensors rt_submit_aic_task(int func, const CoreTaskArgs &a) {
    return stub_submit(func, true, false, a);
}
inline TaskOutputTensors rt_submit_aiv_task(int func, const CoreTaskArgs &a) {
    return stub_submit(func, false, false, a);
}
inline TaskOutputTensors rt_submit_dummy_task(const CoreTaskArgs &a) { return stub_submit(-1, false, true, a); }
struct StubScope {
    int before = stub_runtime().window;
    StubScope() { stub_runtime().scopes++; }
    ~StubScope() { stub_runtime().window = before; }
};
#define PTO2_SCOPE() if (StubScope scope_guard_{}; true)

struct StubArg {
    ChipTensor t;
    const ChipTensor &ref() const { return t; }
};
struct ChipTaskArgs {
    std::vector<StubArg> tensors;
    std::vector<uint64_t> scalars;
    const StubArg &tensor(int i) const { return tensors.at(static_cast<size_t>(i)); }
    uint64_t scalar(int i) const { return scalars.at(static_cast<size_t>(i)); }
};
#endif
