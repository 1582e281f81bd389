"""Writes what deepseek_v32_indexer.pto expects: python3 reference.py"""
import sys
sys.path.insert(0, __file__.rsplit("/", 2)[0] if "/" in __file__ else "..")
from reference import *

H, D, ROPE, TOPK = 64, 128, 64, 2048


def f8(x):
    """The nearest f8e4m3, ties to even, at most 448."""
    a = min(abs(x), 448.0)
    if a == 0:
        return x
    step = 2.0 ** (max(math.floor(math.log2(a)), -6) - 3)
    return math.copysign(min(round(a / step) * step, 448.0), x)


def turned(x, c, s):
    a, b = x[:ROPE // 2], x[ROPE // 2:ROPE]
    return ([p * u - q * v for p, q, u, v in zip(a, b, c, s)] + [p * v + q * u for p, q, u, v in zip(a, b, c, s)]
            + x[ROPE:])


def quantised(y):
    scale = f32(max(max(abs(v) for v in y), 1e-4) / 448.0)
    return [f8(f32(v / scale)) for v in y], scale


def key(x, w, b, c, s):
    mean = sum(x) / D
    var = sum((v - mean) ** 2 for v in x) / D
    r = 1.0 / math.sqrt(var + 1e-6)
    return quantised([f32(v) for v in turned([(v - mean) * r * p + q for v, p, q in zip(x, w, b)], c, s)])


def best(x, w, c, s, keys):
    score = [0.0] * len(keys)
    for h in range(H):
        q, qs = quantised([f32(v) for v in turned(x[h], c, s)])
        for j, (k, ks) in enumerate(keys):
            score[j] += max(0.0, sum(a * b for a, b in zip(q, k))) * w[h] * qs * ks
    order = sorted(range(len(keys)), key=lambda j: (-score[j], j))[:TOPK]
    return order + [-1] * (TOPK - len(order))


def inputs(n):
    X = [matrix(normal(1, n * H * D), H, D, t * H * D) for t in range(n)]
    W = matrix(uniform(0.0, 1.0, 2, n * H), n, H)
    KX = matrix(normal(3, n * D), n, D)
    c, s = (matrix(uniform(-1.0, 1.0, k, n * ROPE // 2), n, ROPE // 2) for k in (6, 7))
    return X, W, KX, uniform(0.5, 1.5, 4, D), uniform(-0.1, 0.1, 5, D), c, s


T = 5
X, W, KX, nw, nb, c, s = inputs(T)
keys = [key(KX[t], nw, nb, c[t], s[t]) for t in range(T)]
found = []
for t in range(T):
    found += best(X[t], W[t], c[t], s[t], keys[:t + 1])
save("expected_prefill.npy", "i", (T, TOPK), found)

B, P, R, table, lens = 2, 4, 3, [[3, 0], [2, -1]], [6, 2]
X, W, KX, nw, nb, c, s = inputs(B)
K = matrix([f8(v) for v in uniform(-200.0, 200.0, 8, P * R * D)], P * R, D)
KS = uniform(0.002, 0.006, 9, P * R)
found = []
for b in range(B):
    last = lens[b] - 1
    at = table[b][last // R] * R + last % R
    K[at], KS[at] = key(KX[b], nw, nb, c[b], s[b])
for b in range(B):
    rows = [table[b][i // R] * R + i % R for i in range(lens[b])]
    found += best(X[b], W[b], c[b], s[b], [(K[r], KS[r]) for r in rows])
save("expected_decode.npy", "i", (B, TOPK), found)
