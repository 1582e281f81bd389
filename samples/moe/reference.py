"""Writes what moe.pto expects: python3 reference.py"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0] if "/" in __file__ else "..")
from reference import *

T, C, E, F = 6, 8, 5, 12
X, GATE = matrix(normal(1, T * C), T, C), matrix(uniform(0.1, 0.9, 2, T * E), T, E)
w1, w2 = uniform(-0.4, 0.4, 4, E * F * C), uniform(-0.4, 0.4, 5, E * C * F)
y, load = [], [0] * E
for t, row in enumerate(random_csr(2, 3, T, E)):
    out = [0.0] * C
    for p, e in enumerate(row):
        load[e] += 1
        hidden = [silu(v) for v in matmul([X[t]], matrix(w1, F, C, e * F * C))[0]]
        part = matmul([hidden], matrix(w2, C, F, e * C * F))[0]
        out = [a + b * GATE[t][p] for a, b in zip(out, part)]
    y += out
save("expected_y.npy", "f", (T, C), y)
save("expected_load.npy", "i", (E,), load)
