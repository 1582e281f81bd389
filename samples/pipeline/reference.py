"""Writes what pipeline.pto expects: python3 reference.py"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0] if "/" in __file__ else "..")
from reference import *

B, R, C, N = 7, 4, 6, 3
X, W = matrix(normal(1, B * R * C), B * R, C), uniform(0.5, 1.5, 2, C)
P = matrix(uniform(-1.0, 1.0, 3, N * C), N, C)
y = []
for row in X:
    row = [v * 0.5 for v in row]
    r = 1.0 / math.sqrt(sum(v * v for v in row) / C + 1e-5)
    y += matmul([[v * r * w for v, w in zip(row, W)]], P)[0]
save("expected.npy", "f", (B, R, N), y)
