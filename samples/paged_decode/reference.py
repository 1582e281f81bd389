"""Writes what paged_decode.pto expects: python3 reference.py"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0] if "/" in __file__ else "..")
from reference import *

B, H, P, R, T, D, TOPK = 3, 2, 8, 4, 3, 16, 6
table, lens = [[5, 0, 7], [2, -1, -1], [1, 6, 3]], [10, 3, 12]
Q, nk, nv = normal(1, B * H * D), normal(2, B * D), normal(3, B * D)
K, KS = matrix(integers(-127, 128, 4, P * R * D), P * R, D), uniform(0.005, 0.02, 5, P * R)
V, VS = matrix(integers(-127, 128, 6, P * R * D), P * R, D), uniform(0.005, 0.02, 7, P * R)


def row(b, i):
    return table[b][i // R] * R + i % R


def append(x, cache, scales, at):
    s = f32(max(abs(v) for v in x) / 127.0)
    scales[at] = s
    cache[at] = [max(-128, min(127, round(f32(v / s)))) for v in x]


for b in range(B):
    append(nk[b * D:(b + 1) * D], K, KS, row(b, lens[b] - 1))
    append(nv[b * D:(b + 1) * D], V, VS, row(b, lens[b] - 1))
rows, o = [], []
for b in range(B):
    q = matrix(Q, H, D, b * H * D)
    keys = [[v * KS[row(b, i)] for v in K[row(b, i)]] for i in range(lens[b])]
    values = [[v * VS[row(b, i)] for v in V[row(b, i)]] for i in range(lens[b])]
    dots = matmul(q, keys)
    score = [sum(max(0.0, dots[h][i]) for h in range(H)) for i in range(lens[b])]
    best = sorted(range(lens[b]), key=lambda i: (-score[i], i))[:TOPK]
    rows += best + [-1] * (TOPK - len(best))
    for h in range(H):
        s = [dots[h][i] * 0.25 for i in best]
        e = [math.exp(x - max(s)) for x in s]
        o += [sum(w * values[i][d] for w, i in zip(e, best)) / sum(e) for d in range(D)]
save("expected_rows.npy", "i", (B, TOPK), rows)
save("expected_o.npy", "f", (B, H, D), o)
