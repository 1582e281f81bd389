"""Writes what llama_layer.pto expects: python3 reference.py"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0] if "/" in __file__ else "..")
from reference import *

S, HK, G, DH, HALF, F = 6, 2, 2, 8, 4, 10
C = HK * G * DH
X = matrix(normal(1, S * C), S, C)
cos, sin = (matrix(uniform(-1.0, 1.0, s, S * HALF), S, HALF) for s in (2, 3))
n1, n2 = uniform(0.5, 1.5, 4, C), uniform(0.5, 1.5, 5, C)


def weight(seed, rows, cols):
    return matrix(uniform(-0.3, 0.3, seed, rows * cols), rows, cols)


def norm(x, w):
    out = []
    for row in x:
        r = 1.0 / math.sqrt(sum(v * v for v in row) / len(row) + 1e-5)
        out.append([v * r * u for v, u in zip(row, w)])
    return out


def rope(x, i):
    out = []
    for h in range(0, len(x), DH):
        a, b = x[h:h + HALF], x[h + HALF:h + DH]
        out += [p * c - q * s for p, q, c, s in zip(a, b, cos[i], sin[i])]
        out += [p * s + q * c for p, q, c, s in zip(a, b, cos[i], sin[i])]
    return out


x1 = norm(X, n1)
q = [rope(r, i) for i, r in enumerate(matmul(x1, weight(6, C, C)))]
k = [rope(r, i) for i, r in enumerate(matmul(x1, weight(7, HK * DH, C)))]
v = matmul(x1, weight(8, HK * DH, C))
att = []
for i in range(S):
    row = []
    for h in range(HK * G):
        kv = h // G * DH
        s = [sum(q[i][h * DH + d] * k[j][kv + d] for d in range(DH)) / math.sqrt(DH) for j in range(i + 1)]
        e = [math.exp(t - max(s)) for t in s]
        row += [sum(w * v[j][kv + d] for j, w in enumerate(e)) / sum(e) for d in range(DH)]
    att.append(row)
mid = [[a + b for a, b in zip(r, t)] for r, t in zip(X, matmul(att, weight(9, C, C)))]
x2 = norm(mid, n2)
h = [[silu(a) * b for a, b in zip(r, t)] for r, t in zip(matmul(x2, weight(10, F, C)), matmul(x2, weight(11, F, C)))]
y = [[a + b for a, b in zip(r, t)] for r, t in zip(mid, matmul(h, weight(12, C, F)))]
save("expected.npy", "f", (S, C), [t for r in y for t in r])
