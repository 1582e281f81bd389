// machine.hpp - a unit of cores: their memories, what was recorded for each, the state of their pipes and flags.
//
// A core records its whole program first: a list of items in program order. schedule.hpp then runs the queues.
#ifndef PTOC_STUB_MACHINE_HPP
#define PTOC_STUB_MACHINE_HPP
#include <climits>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "ptoc_stub/base.hpp"

// Names of the library, at global scope there too.
enum pipe_t { PIPE_S, PIPE_V, PIPE_M, PIPE_MTE1, PIPE_MTE2, PIPE_MTE3, PIPE_FIX, PIPE_ALL };
enum event_t { EVENT_ID0, EVENT_ID1, EVENT_ID2, EVENT_ID3, EVENT_ID4, EVENT_ID5, EVENT_ID6, EVENT_ID7 };

namespace ptoc_stub {

constexpr int PIPES = PIPE_ALL, EVENTS = 8, CROSS_IDS = 16, CROSS_USABLE = 11, CROSS_MAX = 15;
inline const char *pipe_name(int p) {
    static const char *const names[] = {"S", "V", "M", "MTE1", "MTE2", "MTE3", "FIX", "ALL"};
    return names[p];
}

// Where the elements of an operand are: a matrix of `rows` x `cols` storage elements in some order, of which a window counts.
struct Place {
    Mem mem = UB;
    uint8_t *base = nullptr; // of the storage
    uint32_t addr = 0;       // the same as an offset into the memory
    int esize = 4;
    int rows = 0, cols = 0;         // of the storage
    bool col_major = false;         // order of the boxes, or of elements without boxes
    int box_rows = 0, box_cols = 0; // 0: no boxes
    bool box_col_major = false;
    int64_t shape[5] = {}, stride[5] = {}; // global memory
    bool dn = false;

    size_t bytes() const { return static_cast<size_t>(rows) * cols * esize; }
    int64_t offset(int r, int c) const { // in elements
        if (mem == GM)
            return gm_offset(r, c);
        if (!box_rows)
            return col_major ? static_cast<int64_t>(c) * rows + r : static_cast<int64_t>(r) * cols + c;
        int64_t br = r / box_rows, bc = c / box_cols;
        int64_t box = col_major ? bc * (rows / box_rows) + br : br * (cols / box_cols) + bc;
        int ir = r % box_rows, ic = c % box_cols;
        return box * box_rows * box_cols + (box_col_major ? ic * box_rows + ir : ir * box_cols + ic);
    }

    // How many elements of a row lie side by side from column c on.
    int run(int c) const {
        if (mem == GM)
            return dn || stride[4] != 1 ? 1 : INT_MAX;
        if (box_rows)
            return box_col_major ? 1 : box_cols - c % box_cols;
        return col_major ? 1 : INT_MAX;
    }

  private:
    int64_t gm_offset(int r, int c) const {
        int64_t outer = dn ? c / shape[4] : r / shape[3], i[3];
        i[2] = outer % shape[2];
        i[1] = outer / shape[2] % shape[1];
        i[0] = outer / shape[2] / shape[1];
        int64_t row = dn ? r : r % shape[3], col = dn ? c % shape[4] : c;
        return i[0] * stride[0] + i[1] * stride[1] + i[2] * stride[2] + row * stride[3] + col * stride[4];
    }
};

enum Role : uint8_t { IN, OUT, INOUT, SCRATCH };

// An operand of a recorded instruction: a window of a place, and its elements while the instruction runs.
struct Operand {
    Place place;
    Role role = IN;
    int r0 = 0, c0 = 0, nr = 0, nc = 0;
    int pad_rows = 0, pad_cols = 0; // the hardware leaves garbage in the window up to here
    bool late = false;              // read at the end of the instruction
    std::vector<uint8_t> data;

    size_t count() const { return static_cast<size_t>(nr) * nc; }
    template <class T> const T *get() const { return reinterpret_cast<const T *>(data.data()); }
    template <class T> T *put() { return reinterpret_cast<T *>(data.data()); }
    // The window from (r0, c0) on in stretches of bytes: f(first byte, how many).
    template <class F> void stretches(int h, int w, F f) const {
        for (int r = 0; r < h; r++) {
            for (int c = 0, n; c < w; c += n) {
                n = std::min(place.run(c0 + c), w - c);
                f(place.base + place.offset(r0 + r, c0 + c) * place.esize, static_cast<size_t>(n) * place.esize);
            }
        }
    }
    void read() {
        data.resize(count() * place.esize);
        uint8_t *to = data.data();
        stretches(nr, nc, [&to](const uint8_t *p, size_t bytes) {
            std::memcpy(to, p, bytes);
            to += bytes;
        });
    }
    void write() const {
        const uint8_t *from = data.data();
        stretches(nr, nc, [&from](uint8_t *p, size_t bytes) {
            std::memcpy(p, from, bytes);
            from += bytes;
        });
    }
    void spoil() const { // the window and what the hardware may touch beside it
        stretches(std::max(nr, pad_rows), std::max(nc, pad_cols), poison);
    }
    void interval(uintptr_t *lo, uintptr_t *hi) const { // of host addresses, so that memories never meet
        if (nr <= 0 || nc <= 0) {
            *lo = *hi = reinterpret_cast<uintptr_t>(place.base);
            return;
        }
        int h = std::max(nr, pad_rows), w = std::max(nc, pad_cols);
        int64_t least = place.offset(r0, c0), most = least;
        for (int r = 0; r < h; r++) {
            for (int c : {0, w - 1}) {
                least = std::min(least, place.offset(r0 + r, c0 + c));
                most = std::max(most, place.offset(r0 + r, c0 + c));
            }
        }
        if (place.box_rows && place.box_col_major != place.col_major) { // boxes: the ends of a row need not be extreme
            for (int c = 0; c < w; c++) {
                least = std::min({least, place.offset(r0, c0 + c), place.offset(r0 + h - 1, c0 + c)});
                most = std::max({most, place.offset(r0, c0 + c), place.offset(r0 + h - 1, c0 + c)});
            }
        }
        *lo = reinterpret_cast<uintptr_t>(place.base) + static_cast<uintptr_t>(least * place.esize);
        *hi = reinterpret_cast<uintptr_t>(place.base) + static_cast<uintptr_t>((most + 1) * place.esize);
    }
};

struct Item {
    enum Kind : uint8_t { INSN, SET, WAIT, BARRIER, POST, AWAIT } kind;
    pipe_t pipe,
        to; // SET: pipe -> to; WAIT: on queue `to`, from pipe; POST: after pipe; AWAIT on A5: holds pipe, else the core
    int id;
    Where at;
    const char *name;
    std::vector<Operand> ops;
    std::function<void(std::vector<Operand> &)> compute;
    bool done = false;
};

enum CoreKind : uint8_t { AIC, AIV };

struct Core {
    CoreKind kind;
    int sub; // which vector core of the unit
    std::vector<uint8_t> memory[GM];
    std::deque<Item> program; // items stay where they are: pipes hold indices
    size_t issued = 0;
    std::deque<size_t> queue[PIPES];
    std::vector<size_t> running[PIPES];
    struct Pending { // a set or post that waits for what ran when it was reached
        size_t item;
        std::vector<size_t> waits;
    };
    std::deque<Pending> pending[PIPES];
    int flags[PIPES][PIPES][EVENTS] = {};
    int cross[CROSS_IDS * 2] = {}; // on A5 the cube keeps those of the second vector core from 16 on
    double speed[PIPES] = {};      // chances under RANDOM

    Core(CoreKind k, int s) : kind(k), sub(s) {}
};

// How queues are run. FIRST is program order; LATE and EARLY give the pipes fixed ranks, consumers first and producers first:
// whatever a flag does not hold back happens in the wrong order under one of the two. RANDOM draws everything from the seed.
enum class Policy { FIRST, LATE, EARLY, RANDOM };

// Planted faults, by line of the kernel: flags and barriers that are not recorded, a flag with another id, a flag or barrier of
// another pipe, two instructions that change places, an operand elsewhere, a size. Lines of 0: none.
struct Change {
    int drop[2], other_id;
    int pipe_line, pipe;                             // the second pipe of a flag, or that of a barrier
    int swap[2];                                     // the second line follows the first
    int shift_line, shift_role, shift_nth, shift_by; // bytes; the nth tile of a role
    int size_line, size_by;                          // `const int64_t rows = ..`
    bool drops(Where at) const { return at.line == drop[0] || at.line == drop[1]; }
};

struct Range {
    uintptr_t lo, hi;
};

struct Machine {
    Policy policy = Policy::FIRST;
    uint32_t seed = 1;
    Change change{};
    bool shuffle_ties = false; // merges of sorted lists: equal values in any order
    std::vector<std::unique_ptr<Core>> cores;
    Core *core = nullptr; // that records now
    int block = 0, blocks = 1, sub_blocks = 1;
    std::vector<Range> tensors; // of the host; when there are any, every access to global memory lies in one
    std::mt19937 random{1};
    int half_posts[2][CROSS_IDS] = {}; // of the vector cores, until both have posted

    std::vector<std::vector<uint8_t>> unused[GM]; // memories of earlier units

    void begin_unit() {
        for (auto &old : cores) {
            for (int mem = 0; mem < GM; mem++)
                unused[mem].push_back(std::move(old->memory[mem]));
        }
        cores.clear();
        core = nullptr;
        random.seed(seed);
        std::memset(half_posts, 0, sizeof half_posts);
    }
    Core &begin_core(CoreKind kind, int sub) {
        cores.push_back(std::make_unique<Core>(kind, sub));
        core = cores.back().get();
        for (int mem = 0; mem < GM; mem++) {
            if (!unused[mem].empty()) {
                core->memory[mem] = std::move(unused[mem].back());
                unused[mem].pop_back();
            }
            core->memory[mem].resize(ARCH.capacity[mem]);
            poison(core->memory[mem].data(), core->memory[mem].size());
        }
        return *core;
    }
    void add_tensor(const void *p, size_t bytes) {
        tensors.push_back({reinterpret_cast<uintptr_t>(p), reinterpret_cast<uintptr_t>(p) + bytes});
    }
    void change_places(); // schedule.hpp
    void run();
    void run_until(size_t item);
    bool coin() { return policy != Policy::FIRST && random() % 2; }
};

inline Machine &machine() {
    static thread_local Machine m;
    return m;
}

// A size of a block, where a fault may be planted.
inline int64_t size_of(int64_t size, int line) {
    const Change &c = machine().change;
    return c.size_line == line ? size + c.size_by : size;
}

inline Core &recording(Where at, const char *insn) {
    if (!machine().core)
        fail(at, insn, "called outside a kernel");
    return *machine().core;
}

} // namespace ptoc_stub
#endif
