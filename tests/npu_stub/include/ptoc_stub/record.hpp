// record.hpp - operands, the checks that many instructions share, and how an instruction enters the program.
#ifndef PTOC_STUB_RECORD_HPP
#define PTOC_STUB_RECORD_HPP
#include "ptoc_stub/tile.hpp"

namespace ptoc_stub {

// An instruction while it is being checked. Its operands are added in the order of the call.
class Insn {
  public:
    Insn(const char *name, pipe_t pipe, Where at) : name_(name), at_(at), core_(recording(at, name)) {
        bool vector = pipe == PIPE_V || pipe == PIPE_MTE3;
        bool cube = pipe == PIPE_M || pipe == PIPE_MTE1 || pipe == PIPE_FIX;
        if ((vector && core_.kind != AIV) || (cube && core_.kind != AIC))
            error("a %s core has no pipe %s", core_.kind == AIV ? "vector" : "cube", pipe_name(pipe));
        item_.kind = Item::INSN;
        item_.pipe = item_.to = pipe;
        item_.id = 0;
        item_.at = at;
        item_.name = name;
    }
    template <class... A> [[noreturn]] void error(const char *format, A... a) const {
        char text[400];
        std::snprintf(text, sizeof text, format, a...);
        fail(at_, name_, "%s", text);
    }
    void need(bool ok, const char *what) const {
        if (!ok)
            error("%s", what);
    }
    template <class T> void type(unsigned allowed) const {
        if (!(type_bit<T>() & allowed))
            error("%s does not take %s", ARCH.name, type_name(type_bit<T>()));
    }
    // A tile's valid window, or another one of it.
    template <class T> int add(const T &t, Role role) { return add(t, role, 0, 0, t.GetValidRow(), t.GetValidCol()); }
    template <class T> int add(const T &t, Role role, int r0, int c0, int nr, int nc) {
        Operand op;
        op.place = place_of(t, at_, name_);
        op.role = role;
        shift(op);
        op.r0 = r0;
        op.c0 = c0;
        op.nr = nr;
        op.nc = nc;
        if (r0 < 0 || c0 < 0 || nr < 0 || nc < 0 || r0 + nr > T::Rows || c0 + nc > T::Cols)
            error("it needs [%d, %d] at (%d, %d) of a tile of [%d, %d]", nr, nc, r0, c0, T::Rows, T::Cols);
        item_.ops.push_back(std::move(op));
        return static_cast<int>(item_.ops.size()) - 1;
    }
    template <class G> int add_gm(const G &g, Role role) {
        Operand op;
        Place &p = op.place;
        p.mem = GM;
        p.esize = sizeof(typename G::DType);
        p.base = reinterpret_cast<uint8_t *>(g.data());
        p.dn = G::layout == pto::Layout::DN;
        for (int d = 0; d < 5; d++) {
            p.shape[d] = g.GetShape(d);
            p.stride[d] = g.GetStride(d);
            if (p.shape[d] < 1)
                error("dimension %d of the tensor is %lld", d, static_cast<long long>(p.shape[d]));
        }
        op.role = role;
        op.nr = static_cast<int>(g.rows());
        op.nc = static_cast<int>(g.cols());
        need(p.base != nullptr, "the tensor has no data");
        check_tensor(op);
        item_.ops.push_back(std::move(op));
        return static_cast<int>(item_.ops.size()) - 1;
    }
    Operand &op(int i) { return item_.ops[static_cast<size_t>(i)]; }
    // Bytes of UB that the library takes without saying so.
    void add_hidden(uint32_t addr, uint32_t bytes) {
        Operand op;
        op.place.mem = UB;
        op.place.addr = addr;
        op.place.base = core_.memory[UB].data() + addr;
        op.place.esize = 1;
        op.place.rows = 1;
        op.place.cols = static_cast<int>(bytes);
        op.role = SCRATCH;
        op.nr = 1;
        op.nc = static_cast<int>(bytes);
        item_.ops.push_back(std::move(op));
    }
    // No output may touch another operand, but `in_place` operands may lie exactly on the first one.
    void apart(std::initializer_list<int> in_place = {}) const {
        for (size_t i = 0; i < item_.ops.size(); i++) {
            for (size_t j = i + 1; j < item_.ops.size(); j++) {
                const Operand &a = item_.ops[i], &b = item_.ops[j];
                if ((a.role == IN && b.role == IN) || !meet(a, b))
                    continue;
                bool allowed = false;
                for (int k : in_place)
                    allowed |= i == 0 && static_cast<size_t>(k) == j;
                if (!allowed)
                    error("operands %zu and %zu overlap", i, j);
                if (a.place.base != b.place.base || a.place.esize != b.place.esize || a.place.cols != b.place.cols ||
                    a.place.col_major != b.place.col_major)
                    error("operands %zu and %zu overlap and are not the same tile", i, j);
            }
        }
    }
    template <class F> size_t record(F compute) {
        item_.compute = std::move(compute);
        core_.program.push_back(std::move(item_));
        return core_.program.size() - 1;
    }

  private:
    const char *name_;
    Where at_;
    Core &core_;
    Item item_{};

    void shift(Operand &op) const { // a planted fault
        const Change &c = machine().change;
        int nth = 0;
        for (const Operand &other : item_.ops)
            nth += other.role == op.role && other.place.mem != GM;
        if (c.shift_line != at_.line || c.shift_role != op.role || c.shift_nth != nth)
            return;
        op.place.addr += static_cast<uint32_t>(c.shift_by);
        op.place.base += c.shift_by;
        need(op.place.addr + op.place.bytes() <= ARCH.capacity[op.place.mem], "the tile ends outside its memory");
    }
    static bool meet(const Operand &a, const Operand &b) {
        uintptr_t alo, ahi, blo, bhi;
        a.interval(&alo, &ahi);
        b.interval(&blo, &bhi);
        return alo < bhi && blo < ahi;
    }
    void check_tensor(const Operand &op) const {
        uintptr_t lo, hi;
        op.interval(&lo, &hi);
        for (const Range &t : machine().tensors) {
            if (lo >= t.lo && hi <= t.hi)
                return;
        }
        need(machine().tensors.empty(), "it reaches outside the tensors");
    }
};

// What element-wise instructions ask of an operand: a vector tile, row-major on A2/A3, of the same valid shape.
template <class D, class T> void check_ewise(const Insn &i, const D &dst, const T &t, unsigned types) {
    static_assert(D::Loc == pto::TileType::Vec && T::Loc == pto::TileType::Vec,
                  "element-wise instructions work on vector tiles");
    i.type<typename T::DType>(types);
    i.need(T::isRowMajor, "tiles are row-major");
    if (dst.GetValidRow() != t.GetValidRow() || dst.GetValidCol() != t.GetValidCol())
        i.error("the valid shapes [%d, %d] and [%d, %d] differ", dst.GetValidRow(), dst.GetValidCol(), t.GetValidRow(),
                t.GetValidCol());
    i.need(t.GetValidRow() > 0 && t.GetValidCol() > 0, "the valid shape is empty");
}

} // namespace ptoc_stub

namespace pto {
template <TileType L, typename T, int R, int C, BLayout B, int VR, int VC, SLayout S, int F, PadValue P, CompactMode K>
T Tile<L, T, R, C, B, VR, VC, S, F, P, K>::GetValue(int offset, ptoc_stub::Where at) const {
    ptoc_stub::Insn i("GetValue", PIPE_S, at);
    static_assert(S == SLayout::NoneBox, "scalars are read from tiles without boxes");
    i.add(*this, ptoc_stub::IN, B == BLayout::RowMajor ? offset / C : offset % R,
          B == BLayout::RowMajor ? offset % C : offset / R, 1, 1);
    T value{};
    size_t item = i.record([&value](std::vector<ptoc_stub::Operand> &ops) { value = *ops[0].get<T>(); });
    ptoc_stub::machine().run_until(item);
    return value;
}
} // namespace pto
#endif
