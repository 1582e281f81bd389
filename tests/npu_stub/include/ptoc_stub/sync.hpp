// sync.hpp - flags, barriers, the cross-core pair, the launch.
#ifndef PTOC_STUB_SYNC_HPP
#define PTOC_STUB_SYNC_HPP
#include "ptoc_stub/record.hpp"

namespace ptoc_stub {

inline void check_pipe(const Core &core, pipe_t p, Where at, const char *insn) {
    static const bool has[2][PIPES] = {/* S V M MTE1 MTE2 MTE3 FIX */
                                       {true, false, true, true, true, true, true},
                                       {true, true, false, false, true, true, false}};
    if (p < 0 || p >= PIPES || !has[core.kind][p])
        fail(at, insn, "a %s core has no pipe %s", core.kind == AIC ? "cube" : "vector",
             p >= 0 && p <= PIPES ? pipe_name(p) : "?");
}

inline void record_sync(Item::Kind kind, const char *name, pipe_t pipe, pipe_t to, int id, int ids, Where at) {
    Core &core = recording(at, name);
    if (machine().change.drops(at))
        return;
    if (machine().change.other_id == at.line)
        id = id + 1 < ids ? id + 1 : id - 1;
    if (machine().change.pipe_line == at.line) {
        to = static_cast<pipe_t>(machine().change.pipe);
        pipe = kind == Item::BARRIER ? to : pipe;
    }
    check_pipe(core, pipe, at, name);
    check_pipe(core, to, at, name);
    if (id < 0 || id >= ids)
        fail(at, name, "the id %d is not below %d", id, ids);
    if (pipe == to && (kind == Item::SET || kind == Item::WAIT))
        fail(at, name, "a flag goes from one pipe to another; within %s use pipe_barrier", pipe_name(pipe));
    Item item{};
    item.kind = kind;
    item.pipe = pipe;
    item.to = to;
    item.id = id;
    item.at = at;
    item.name = name;
    core.program.push_back(std::move(item));
}

// Runs a unit: each core's program is recorded by a call of its function.
class Launch {
  public:
    explicit Launch(int block, int blocks, int sub_blocks = 2) {
        Machine &m = machine();
        m.block = block;
        m.blocks = blocks;
        m.sub_blocks = sub_blocks;
        m.begin_unit();
    }
    template <class F> void core(CoreKind kind, int sub, F program) {
        machine().begin_core(kind, sub);
        program();
        machine().core = nullptr;
    }
    void run() { machine().run(); }
};

} // namespace ptoc_stub

inline void set_flag(pipe_t from, pipe_t to, int id, ptoc_stub::Where at = PTOC_HERE) {
    ptoc_stub::record_sync(ptoc_stub::Item::SET, "set_flag", from, to, id, ptoc_stub::EVENTS, at);
}
inline void wait_flag(pipe_t from, pipe_t to, int id, ptoc_stub::Where at = PTOC_HERE) {
    ptoc_stub::record_sync(ptoc_stub::Item::WAIT, "wait_flag", from, to, id, ptoc_stub::EVENTS, at);
}
inline void pipe_barrier(pipe_t pipe, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    if (pipe != PIPE_ALL) {
        record_sync(Item::BARRIER, "pipe_barrier", pipe, pipe, 0, 1, at);
        return;
    }
    // Holds the issue of the core until every pipe is idle.
    Core &core = recording(at, "pipe_barrier");
    if (machine().change.drops(at))
        return;
    Item item{};
    item.kind = Item::BARRIER;
    item.pipe = item.to = PIPE_ALL;
    item.at = at;
    item.name = "pipe_barrier";
    core.program.push_back(std::move(item));
}

// A2/A3: the message holds the mode and the id; mode 2 is between the cube and both vector cores.
inline void ffts_cross_core_sync(pipe_t pipe, uint64_t message, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    if (ARCH_A5 || (message & 15) != 1 || (message >> 4 & 15) != 2)
        fail(at, "ffts_cross_core_sync", "the message is 1 | 2 << 4 | id << 8, on A2/A3");
    record_sync(Item::POST, "ffts_cross_core_sync", pipe, pipe, static_cast<int>(message >> 8), CROSS_USABLE, at);
}
inline void wait_flag_dev(int id, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    if (ARCH_A5)
        fail(at, "wait_flag_dev", "only A2/A3 stop a whole core");
    record_sync(Item::AWAIT, "wait_flag_dev", PIPE_S, PIPE_S, id, CROSS_USABLE, at);
}
// A5: one pipe posts, one pipe waits; the cube names the second vector core by ids from 16 on.
inline void set_intra_block(pipe_t pipe, int id, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    if (!ARCH_A5 || (recording(at, "set_intra_block").kind == AIV && id >= CROSS_IDS))
        fail(at, "set_intra_block", "only on A5, and ids from 16 on are the cube's");
    record_sync(Item::POST, "set_intra_block", pipe, pipe, id, 2 * CROSS_IDS, at);
}
inline void wait_intra_block(pipe_t pipe, int id, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    if (!ARCH_A5 || (recording(at, "wait_intra_block").kind == AIV && id >= CROSS_IDS))
        fail(at, "wait_intra_block", "only on A5, and ids from 16 on are the cube's");
    record_sync(Item::AWAIT, "wait_intra_block", pipe, pipe, id, 2 * CROSS_IDS, at);
}
inline void set_ffts_base_addr(uint64_t) {}
inline int64_t get_block_idx() { return ptoc_stub::machine().block; }
inline int64_t get_block_num() { return ptoc_stub::machine().blocks; }
inline int64_t get_subblockid() { return ptoc_stub::machine().core ? ptoc_stub::machine().core->sub : 0; }
inline int64_t get_subblockdim() { return ptoc_stub::machine().sub_blocks; }
#endif
