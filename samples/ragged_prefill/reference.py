"""Writes what ragged_prefill.pto expects: python3 reference.py"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0] if "/" in __file__ else "..")
from reference import *

N, H, D, offsets = 15, 2, 8, [0, 5, 5, 14, 15]
Q, K, V = ([matrix(x, H, D, i * H * D) for i in range(N)] for x in (normal(s, N * H * D) for s in (1, 2, 3)))
o = []
for lo, hi in zip(offsets, offsets[1:]):
    for i in range(lo, hi):
        for h in range(H):
            s = [sum(a * b for a, b in zip(Q[i][h], K[j][h])) / math.sqrt(D) for j in range(lo, i + 1)]
            e = [math.exp(x - max(s)) for x in s]
            o += [sum(w * V[lo + j][h][d] for j, w in enumerate(e)) / sum(e) for d in range(D)]
save("expected.npy", "f", (N, H, D), o)
