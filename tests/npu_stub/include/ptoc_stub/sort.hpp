// sort.hpp - sorted runs of (value, index) pairs, merges of them, gathers.
//
// A pair takes 8 bytes: an f32 value and a u32 index, or an f16 value, two bytes of nothing and a u32 index. Sorting goes
// downwards. What order the hardware gives to equal values of different lists is not written anywhere: the machine's
// `shuffle_ties` draws it.
#ifndef PTOC_STUB_SORT_HPP
#define PTOC_STUB_SORT_HPP
#include <algorithm>

#include "ptoc_stub/vector.hpp"

namespace ptoc_stub {

struct Pair {
    uint64_t raw;
    template <class T> T value() const {
        T v;
        std::memcpy(&v, &raw, sizeof v);
        return v;
    }
};
template <class T> Pair make_pair_of(T value, uint32_t index) {
    Pair p{0};
    std::memcpy(&p.raw, &value, sizeof value);
    p.raw |= static_cast<uint64_t>(index) << 32;
    return p;
}
template <class T> constexpr int PAIR = 8 / int(sizeof(T)); // elements of a pair
template <class T> bool before(Pair a, Pair b) { return less(b.value<T>(), a.value<T>()); }

inline std::vector<Pair> pairs_of(const Operand &op) {
    std::vector<Pair> v(op.data.size() / 8);
    std::memcpy(v.data(), op.data.data(), v.size() * 8);
    return v;
}

// Sorted lists into one. A NaN stops its list's order and nothing else; lists that are not sorted are a mistake of the program.
template <class T> std::vector<Pair> merge(const std::vector<std::vector<Pair>> &lists, Where at) {
    std::vector<size_t> next(lists.size());
    std::vector<Pair> out;
    for (const auto &list : lists) {
        for (size_t k = 1; k < list.size(); k++) {
            if (before<T>(list[k], list[k - 1]))
                fail(at, "TMRGSORT", "a list is not sorted: %g stands before %g",
                     static_cast<double>(list[k - 1].value<T>()), static_cast<double>(list[k].value<T>()));
        }
    }
    for (;;) {
        int best = -1;
        for (size_t l = 0; l < lists.size(); l++) {
            if (next[l] == lists[l].size())
                continue;
            bool take = best < 0;
            if (!take) {
                Pair mine = lists[l][next[l]],
                     theirs = lists[static_cast<size_t>(best)][next[static_cast<size_t>(best)]];
                take = before<T>(mine, theirs) ||
                       (machine().shuffle_ties && !before<T>(theirs, mine) && machine().random() % 2);
            }
            if (take)
                best = static_cast<int>(l);
        }
        if (best < 0)
            return out;
        out.push_back(lists[static_cast<size_t>(best)][next[static_cast<size_t>(best)]++]);
    }
}

template <class T> void list_checks(const Insn &i) {
    using E = typename T::DType;
    static_assert(T::Loc == pto::TileType::Vec && T::Rows == 1, "lists are vector tiles of one row");
    i.type<E>(F32 | F16);
    i.need(T::isRowMajor, "tiles are row-major");
}

template <class D, class X, class... S> void merge_lists(D &dst, X &tmp, bool exhausted, Where at, S &...src) {
    using T = typename D::DType;
    static_assert((std::is_same_v<T, typename S::DType> && ...) && std::is_same_v<T, typename X::DType>,
                  "one element type");
    Insn i("TMRGSORT", PIPE_V, at);
    list_checks<D>(i);
    list_checks<X>(i);
    (list_checks<S>(i), ...);
    int sum = (src.GetValidCol() + ...);
    for (int n : {src.GetValidCol()...})
        i.need(n > 0 && n % PAIR<T> == 0, "lists are whole pairs");
    i.need(dst.GetValidCol() % PAIR<T> == 0, "the result is whole pairs");
    i.need(dst.GetValidCol() <= sum, "the result is longer than the lists");
    i.need(tmp.GetValidCol() >= sum, "the scratch holds all lists");
    i.need((sum + tmp.GetValidCol()) * int(sizeof(T)) < (192 << 10), "lists and scratch together stay below 192 KiB");
    i.need(!exhausted, "the stub merges to the end: exhausted = false");
    i.add(dst, OUT);
    (i.add(src, IN), ...);
    i.add(tmp, SCRATCH);
    i.apart();
    i.record([at](std::vector<Operand> &ops) {
        std::vector<std::vector<Pair>> lists;
        for (size_t k = 1; k <= sizeof...(S); k++)
            lists.push_back(pairs_of(ops[k]));
        std::vector<Pair> all = merge<T>(lists, at);
        std::memcpy(ops[0].data.data(), all.data(), ops[0].data.size());
    });
}

template <pto::MaskPattern P> struct Pattern {
    static constexpr int step = P == pto::MaskPattern::P1111 ? 1 : P <= pto::MaskPattern::P1010 ? 2 : 4;
    static constexpr int first = P == pto::MaskPattern::P1111   ? 0
                                 : P <= pto::MaskPattern::P1010 ? int(P) - int(pto::MaskPattern::P0101)
                                                                : int(P) - int(pto::MaskPattern::P0001);
};

} // namespace ptoc_stub

namespace pto {

// How many pairs of each list were used.
struct MrgSortExecutedNumList {
    uint16_t mrgSortList0, mrgSortList1, mrgSortList2, mrgSortList3;
};

template <typename D, typename S, typename X> void TSORT32(D &dst, S &src, X &idx, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename S::DType;
    static_assert(std::is_same_v<T, typename D::DType> && std::is_same_v<typename X::DType, uint32_t>,
                  "one element type, u32 indices");
    Insn i("TSORT32", PIPE_V, at);
    check_ewise(i, src, src, F32 | F16);
    i.need(D::isRowMajor && X::isRowMajor, "tiles are row-major");
    int rows = src.GetValidRow(), cols = src.GetValidCol();
    i.need(cols % 32 == 0, "columns are a multiple of 32: pad with -inf");
    i.need(cols % 8160, "no multiple of 8160 columns");
    i.need(idx.GetValidCol() == cols && (idx.GetValidRow() == rows || idx.GetValidRow() == 1),
           "an index for each value");
    i.need(dst.GetValidRow() == rows && dst.GetValidCol() == cols * PAIR<T>, "a pair for each value");
    i.add(dst, OUT);
    i.add(src, IN);
    i.add(idx, IN);
    i.apart();
    i.record([rows, cols](std::vector<Operand> &ops) {
        bool one = ops[2].nr == 1;
        std::vector<Pair> out;
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c += 32) {
                std::vector<Pair> block;
                for (int k = c; k < c + 32; k++)
                    block.push_back(
                        make_pair_of(ops[1].get<T>()[r * cols + k], ops[2].get<uint32_t>()[(one ? 0 : r) * cols + k]));
                std::stable_sort(block.begin(), block.end(), [](Pair a, Pair b) {
                    bool an = is_nan(a.value<T>()), bn = is_nan(b.value<T>());
                    return an || bn ? !an && bn : before<T>(a, b); // a strict order even of NaN: last
                });
                out.insert(out.end(), block.begin(), block.end());
            }
        }
        std::memcpy(ops[0].data.data(), out.data(), ops[0].data.size());
    });
}

// Every four runs of `length` elements become one.
template <typename D, typename S> void TMRGSORT(D &dst, S &src, uint32_t length, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename S::DType>, "one element type");
    Insn i("TMRGSORT", PIPE_V, at);
    list_checks<D>(i);
    list_checks<S>(i);
    int n = src.GetValidCol(), run = static_cast<int>(length);
    i.need(run > 0 && run % 64 == 0, "a run is a multiple of 64 elements");
    i.need(n > 0 && n % (4 * run) == 0, "whole groups of four runs");
    i.need(n / (4 * run) <= 255, "at most 255 groups");
    i.need(dst.GetValidCol() == n, "the result is as long as the source");
    i.need((n + dst.GetValidCol()) * int(sizeof(T)) < (192 << 10), "source and result together stay below 192 KiB");
    i.add(dst, OUT);
    i.add(src, IN);
    i.apart();
    i.record([run, n, at](std::vector<Operand> &ops) {
        std::vector<Pair> from = pairs_of(ops[1]), out;
        auto pairs = [](int elements) { return std::ptrdiff_t(elements / PAIR<T>); };
        for (int g = 0; g < n; g += 4 * run) {
            std::vector<std::vector<Pair>> lists;
            for (int k = 0; k < 4; k++)
                lists.emplace_back(from.begin() + pairs(g + k * run), from.begin() + pairs(g + (k + 1) * run));
            std::vector<Pair> merged = merge<T>(lists, at);
            out.insert(out.end(), merged.begin(), merged.end());
        }
        std::memcpy(ops[0].data.data(), out.data(), ops[0].data.size());
    });
}

template <typename D, typename X, typename A, typename B, bool EXHAUSTED>
void TMRGSORT(D &dst, MrgSortExecutedNumList &used, X &tmp, A &a, B &b, ptoc_stub::Where at = PTOC_HERE) {
    used = {};
    ptoc_stub::merge_lists(dst, tmp, EXHAUSTED, at, a, b);
}
template <typename D, typename X, typename A, typename B, typename C, bool EXHAUSTED>
void TMRGSORT(D &dst, MrgSortExecutedNumList &used, X &tmp, A &a, B &b, C &c, ptoc_stub::Where at = PTOC_HERE) {
    used = {};
    ptoc_stub::merge_lists(dst, tmp, EXHAUSTED, at, a, b, c);
}
template <typename D, typename X, typename A, typename B, typename C, typename E, bool EXHAUSTED>
void TMRGSORT(D &dst, MrgSortExecutedNumList &used, X &tmp, A &a, B &b, C &c, E &e, ptoc_stub::Where at = PTOC_HERE) {
    used = {};
    ptoc_stub::merge_lists(dst, tmp, EXHAUSTED, at, a, b, c, e);
}

// By an index tile: dst[k] = src as a flat row [idx[k]].
template <typename D, typename S, typename X, typename W, std::enable_if_t<(W::Rows > 0), int> = 0>
void TGATHER(D &dst, S &src, X &idx, W &tmp, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename D::DType;
    static_assert(std::is_same_v<T, typename S::DType>, "one element type");
    static_assert(sizeof(typename X::DType) == 4 && std::is_same_v<typename X::DType, typename W::DType>,
                  "32-bit indices, scratch of their type");
    Insn i("TGATHER", PIPE_V, at);
    check_ewise(i, dst, dst, F32 | F16 | I32 | I16 | U32 | U16);
    check_ewise(i, dst, idx, I32 | U32);
    i.need(S::isRowMajor && W::isRowMajor, "tiles are row-major");
    i.need(tmp.GetValidRow() == idx.GetValidRow() && tmp.GetValidCol() == idx.GetValidCol(),
           "the scratch has the shape of the indices");
    i.add(dst, OUT);
    i.add(src, IN, 0, 0, S::Rows, S::Cols);
    i.add(idx, IN);
    i.add(tmp, SCRATCH);
    i.apart();
    i.record([at](std::vector<Operand> &ops) {
        const uint32_t *x = ops[2].get<uint32_t>();
        for (size_t k = 0; k < ops[0].count(); k++) {
            if (x[k] >= ops[1].count())
                fail(at, "TGATHER", "the index %u is not below %zu", x[k], ops[1].count());
            ops[0].put<T>()[k] = ops[1].get<T>()[x[k]];
        }
    });
}

// By a pattern: every first (second, ...) of two or four elements of each row, one row after another.
template <typename D, typename S, MaskPattern P> void TGATHER(D &dst, S &src, ptoc_stub::Where at = PTOC_HERE) {
    using namespace ptoc_stub;
    using T = typename S::DType;
    static_assert(sizeof(T) == sizeof(typename D::DType) && (sizeof(T) == 2 || sizeof(T) == 4),
                  "elements of one size, two or four bytes");
    Insn i("TGATHER", PIPE_V, at);
    check_ewise(i, src, src, ANY_SIZE);
    constexpr int step = Pattern<P>::step;
    i.need(D::isRowMajor && dst.GetValidCol() == D::Cols, "the result is contiguous");
    i.need(src.GetValidCol() % step == 0, "whole groups");
    i.need(dst.GetValidRow() * dst.GetValidCol() == src.GetValidRow() * src.GetValidCol() / step, "one of each group");
    i.add(dst, OUT);
    i.add(src, IN);
    i.apart();
    i.record([](std::vector<Operand> &ops) {
        for (size_t k = 0; k < ops[0].count(); k++)
            std::memcpy(ops[0].put<T>() + k, ops[1].get<T>() + k * step + Pattern<P>::first, sizeof(T));
    });
}

} // namespace pto
#endif
