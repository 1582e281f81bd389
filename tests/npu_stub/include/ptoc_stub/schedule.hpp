// schedule.hpp - runs the queues of a unit under one policy.
//
// A core issues its program in order into the queues of its pipes. The head of a queue may start, wait for a flag, or wait for
// what runs on its pipe. Instructions of one pipe start in order, overlap and end in any order: only a flag or a barrier says
// that one has ended. A set fires when everything before it has ended, and holds nothing back. This is queues on purpose: the compiler's verifier reasons with a graph, and the two check each other.
#ifndef PTOC_STUB_SCHEDULE_HPP
#define PTOC_STUB_SCHEDULE_HPP
#include <algorithm>

#include "ptoc_stub/machine.hpp"

namespace ptoc_stub {

class Scheduler {
  public:
    explicit Scheduler(Machine &machine) : m(machine) {
        for (auto &core : m.cores) {
            for (double &speed : core->speed)
                speed = pow(unit(), 2) + 0.01;
        }
    }

    // Until nothing is left, or until the item of the only core has ended.
    void run(const Item *until) {
        while (!(until && until->done)) {
            bool moved = m.policy == Policy::RANDOM ? step_random() : step_ranked();
            if (!moved) {
                if (until || !finished())
                    report_stuck();
                return;
            }
        }
    }

    void check_tokens() const { // flags are zero at the end, so that kernels compose
        for (auto &core : m.cores) {
            Where last = core->program.empty() ? Where{"kernel", 0} : core->program.back().at;
            for (int p = 0; p < PIPES; p++) {
                for (int q = 0; q < PIPES; q++) {
                    for (int id = 0; id < EVENTS; id++) {
                        if (core->flags[p][q][id])
                            fail(last, "end of the kernel", "the flag %s -> %s #%d is still set", pipe_name(p),
                                 pipe_name(q), id);
                    }
                }
            }
            for (int id = 0; id < CROSS_IDS * 2; id++) {
                if (core->cross[id])
                    fail(last, "end of the kernel", "%d posts of cross-core flag %d were not awaited", core->cross[id],
                         id);
            }
        }
    }

  private:
    struct Action {
        Core *core;
        enum What { ISSUE, HEAD, END, FIRE } what;
        int pipe;
        size_t which; // END: position in `running`
        double weight;
    };
    Machine &m;

    double unit() { return (m.random() >> 8) * (1.0 / (1 << 24)); }

    bool may_issue(const Core &core) const {
        if (core.issued >= core.program.size())
            return false;
        const Item &item = core.program[core.issued];
        if (item.kind == Item::BARRIER && item.pipe == PIPE_ALL)
            return idle(core);
        return item.kind != Item::AWAIT || ARCH_A5 || core.cross[item.id] > 0;
    }

    static bool idle(const Core &core) {
        for (int p = 0; p < PIPES; p++) {
            if (!core.queue[p].empty() || !core.running[p].empty() || !core.pending[p].empty())
                return false;
        }
        return true;
    }

    void issue(Core &core) {
        Item &item = core.program[core.issued++];
        if (item.kind == Item::AWAIT && !ARCH_A5) { // holds the issue of the whole core
            core.cross[item.id]--;
            item.done = true;
            return;
        }
        if (item.kind == Item::BARRIER && item.pipe == PIPE_ALL) {
            item.done = true;
            return;
        }
        core.queue[item.kind == Item::WAIT ? item.to : item.pipe].push_back(core.issued - 1);
    }

    bool may_head(const Core &core, int pipe) const {
        if (core.queue[pipe].empty())
            return false;
        const Item &item = core.program[core.queue[pipe].front()];
        switch (item.kind) {
        case Item::INSN: return true;
        case Item::WAIT: return core.flags[item.pipe][item.to][item.id] > 0;
        case Item::AWAIT: return core.cross[item.id] > 0;
        case Item::SET:
        case Item::POST: return true;
        case Item::BARRIER: break;
        }
        return core.running[pipe].empty();
    }

    void post(Core &from, const Item &item) {
        for (auto &core :
             m.cores) { // A2/A3: a cube post raises both vector counters; the cube's rises when both posted
            if (core->kind == from.kind)
                continue;
            int id = item.id;
            if (from.kind == AIV) {
                int sub = from.sub;
                if (ARCH_A5) {
                    id += sub * CROSS_IDS;
                } else {
                    int &mine = m.half_posts[from.sub][id], &other = m.half_posts[1 - from.sub][id];
                    mine++;
                    if (vector_cores() == 2 && other < mine)
                        continue;
                }
            } else if (ARCH_A5) {
                if (id >= CROSS_IDS ? core->sub != 1 : core->sub != 0)
                    continue;
                id %= CROSS_IDS;
            }
            if (++core->cross[id] > CROSS_MAX)
                fail(item.at, item.name, "cross-core flag %d counts above %d", id, CROSS_MAX);
        }
    }
    int vector_cores() const {
        int n = 0;
        for (auto &core : m.cores)
            n += core->kind == AIV;
        return n;
    }

    void head(Core &core, int pipe) {
        size_t index = core.queue[pipe].front();
        Item &item = core.program[index];
        core.queue[pipe].pop_front();
        switch (item.kind) {
        case Item::INSN:
            start(item);
            core.running[pipe].push_back(index);
            return;
        case Item::SET:
        case Item::POST:
            core.pending[pipe].push_back({index, core.running[pipe]});
            if (m.policy != Policy::RANDOM)
                fire_ready(core, pipe);
            return;
        case Item::WAIT: core.flags[item.pipe][item.to][item.id]--; break;
        case Item::AWAIT: core.cross[item.id]--; break;
        case Item::BARRIER: break;
        }
        item.done = true;
    }

    static bool may_fire(const Core &core, int pipe) {
        return !core.pending[pipe].empty() && core.pending[pipe].front().waits.empty();
    }
    void fire(Core &core, int pipe) {
        Item &item = core.program[core.pending[pipe].front().item];
        core.pending[pipe].pop_front();
        if (item.kind == Item::POST)
            post(core, item);
        else if (core.flags[item.pipe][item.to][item.id]++)
            fail(item.at, item.name, "the flag %s -> %s #%d is set while it still stands", pipe_name(item.pipe),
                 pipe_name(item.to), item.id);
        item.done = true;
    }
    void fire_ready(Core &core, int pipe) {
        while (may_fire(core, pipe))
            fire(core, pipe);
    }

    static bool meet(const Operand &a, const Operand &b) {
        uintptr_t alo, ahi, blo, bhi;
        a.interval(&alo, &ahi);
        b.interval(&blo, &bhi);
        return alo < bhi && blo < ahi;
    }

    // What the instruction reads it may read now or at its end; what it writes is garbage until then.
    void start(Item &item) {
        for (Operand &op : item.ops) {
            if (op.role == OUT || op.role == SCRATCH)
                continue;
            bool in_place = op.role == INOUT;
            for (const Operand &out : item.ops)
                in_place |= &out != &op && out.role != IN && meet(op, out);
            op.late = !in_place && m.coin();
            if (!op.late)
                op.read();
        }
        for (const Operand &op : item.ops) {
            if (op.role != IN)
                op.spoil();
        }
    }

    void end(Core &core, int pipe, size_t which) {
        std::vector<size_t> &running = core.running[pipe];
        Item &item = core.program[running[which]];
        for (Core::Pending &p : core.pending[pipe])
            p.waits.erase(std::remove(p.waits.begin(), p.waits.end(), running[which]), p.waits.end());
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
        for (Operand &op : item.ops) {
            if (op.role == IN && op.late)
                op.read();
            else if (op.role == OUT)
                op.data.assign(op.count() * op.place.esize, 0);
        }
        item.compute(item.ops);
        for (const Operand &op : item.ops) {
            if (op.role == OUT || op.role == INOUT)
                op.write();
            else if (op.role == SCRATCH)
                op.spoil();
        }
        for (Operand &op : item.ops)
            op.data = {};
        item.done = true;
        if (m.policy != Policy::RANDOM)
            fire_ready(core, pipe);
    }

    // The first thing possible. FIRST: what runs ends, then heads, then issue. LATE and EARLY: everything is issued, heads by rank,
    // and an instruction ends only when a set or a barrier needs it, the youngest first.
    bool step_ranked() {
        bool first = m.policy == Policy::FIRST;
        if (first ? any(&Scheduler::try_end) : issue_any())
            return true;
        if (any(&Scheduler::try_head) || (first && issue_any()) || any(&Scheduler::try_forced))
            return true;
        return any(&Scheduler::try_end); // what no flag asked for
    }
    bool any(bool (Scheduler::*attempt)(Core &, int)) {
        static const int order[3][PIPES] = {
            {PIPE_S, PIPE_V, PIPE_M, PIPE_MTE1, PIPE_MTE2, PIPE_MTE3, PIPE_FIX},
            {PIPE_S, PIPE_MTE3, PIPE_FIX, PIPE_V, PIPE_M, PIPE_MTE1, PIPE_MTE2},
            {PIPE_MTE2, PIPE_MTE1, PIPE_M, PIPE_V, PIPE_FIX, PIPE_MTE3, PIPE_S},
        };
        size_t n = m.cores.size();
        for (int pipe : order[static_cast<int>(m.policy)]) {
            for (size_t c = 0; c < n; c++) {
                if ((this->*attempt)(*m.cores[m.policy == Policy::LATE ? n - 1 - c : c], pipe))
                    return true;
            }
        }
        return false;
    }
    bool try_head(Core &core, int pipe) {
        if (!may_head(core, pipe))
            return false;
        head(core, pipe);
        return true;
    }
    bool try_end(Core &core, int pipe) {
        if (core.running[pipe].empty())
            return false;
        end(core, pipe, m.policy == Policy::FIRST ? 0 : core.running[pipe].size() - 1);
        return true;
    }
    bool try_forced(Core &core, int pipe) {
        std::vector<size_t> &running = core.running[pipe];
        if (running.empty())
            return false;
        size_t wanted = running.back();
        if (!core.pending[pipe].empty())
            wanted = core.pending[pipe].front().waits.back();
        else if (core.queue[pipe].empty() || core.program[core.queue[pipe].front()].kind != Item::BARRIER)
            return false;
        for (size_t i = 0; i < running.size(); i++) {
            if (running[i] == wanted) {
                end(core, pipe, i);
                return true;
            }
        }
        return false;
    }

    bool issue_any() {
        for (auto &core : m.cores) {
            if (may_issue(*core)) {
                issue(*core);
                return true;
            }
        }
        return false;
    }

    bool step_random() {
        std::vector<Action> actions;
        for (auto &core : m.cores) {
            if (may_issue(*core))
                actions.push_back({core.get(), Action::ISSUE, 0, 0, 1.0});
            for (int p = 0; p < PIPES; p++) {
                if (may_head(*core, p))
                    actions.push_back({core.get(), Action::HEAD, p, 0, core->speed[p]});
                if (may_fire(*core, p))
                    actions.push_back({core.get(), Action::FIRE, p, 0, core->speed[p]});
                for (size_t i = 0; i < core->running[p].size(); i++)
                    actions.push_back({core.get(), Action::END, p, i, core->speed[p] * 0.5});
            }
        }
        if (actions.empty())
            return false;
        double sum = 0;
        for (const Action &a : actions)
            sum += a.weight;
        double at = unit() * sum;
        const Action *chosen = &actions.back();
        for (const Action &a : actions) {
            if ((at -= a.weight) < 0) {
                chosen = &a;
                break;
            }
        }
        perform(*chosen);
        return true;
    }

    void perform(const Action &a) {
        switch (a.what) {
        case Action::ISSUE: issue(*a.core); break;
        case Action::HEAD: head(*a.core, a.pipe); break;
        case Action::END: end(*a.core, a.pipe, a.which); break;
        case Action::FIRE: fire(*a.core, a.pipe); break;
        }
    }

    bool finished() const {
        for (auto &core : m.cores) {
            if (core->issued < core->program.size())
                return false;
            for (int p = 0; p < PIPES; p++) {
                if (!core->queue[p].empty())
                    return false;
            }
        }
        return true;
    }

    [[noreturn]] void report_stuck() const {
        for (auto &core : m.cores) {
            for (int p = 0; p < PIPES; p++) {
                if (core->queue[p].empty())
                    continue;
                const Item &item = core->program[core->queue[p].front()];
                fail(item.at, item.name, "never goes on: nothing sets %s -> %s #%d", pipe_name(item.pipe),
                     pipe_name(item.to), item.id);
            }
            if (core->issued < core->program.size()) {
                const Item &item = core->program[core->issued];
                if (item.kind == Item::AWAIT)
                    fail(item.at, item.name, "never goes on: nobody posts cross-core flag %d", item.id);
            }
        }
        throw Error("the scheduler stopped without a reason");
    }
};

inline void Machine::change_places() {
    for (auto &c : cores) {
        for (size_t i = 0; change.swap[0] && i < c->program.size(); i++) {
            if (c->program[i].at.line != change.swap[0])
                continue;
            size_t j = i + 1;
            while (j < c->program.size() && c->program[j].at.line != change.swap[1])
                j++;
            if (j < c->program.size())
                std::swap(c->program[i], c->program[j]);
            i = j;
        }
    }
}

inline void Machine::run() {
    change_places();
    Scheduler s(*this);
    s.run(nullptr);
    s.check_tokens();
    core = nullptr;
}

// A scalar read: the program up to now of the core that records, alone.
inline void Machine::run_until(size_t item) {
    Scheduler s(*this);
    s.run(&core->program[item]);
}

} // namespace ptoc_stub
#endif
