"""What the references of the samples share: the generators of the language, written from its definition, and .npy files.

Python 3 alone; numbers are doubles, so that a reference is no copy of what the compiler does."""
import math
import os
import struct

MASK = (1 << 64) - 1


def draw(seed, i):
    z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def normal(seed, n):
    def one(i):
        parts = [draw(seed, 3 * i + k) >> s & 0xFFFF for k in range(3) for s in (0, 16, 32, 48)]
        return sum(parts) / 65536.0 - 6.0
    return [f32(one(i)) for i in range(n)]


def uniform(lo, hi, seed, n):
    return [f32(lo + (hi - lo) * (draw(seed, i) >> 40) * 2.0 ** -24) for i in range(n)]


def integers(lo, hi, seed, n):
    return [lo + (draw(seed, i) >> 32) % (hi - lo) for i in range(n)]


def random_csr(per_row, seed, rows, columns):
    """The columns of each row."""
    out = []
    for r in range(rows):
        c = list(range(columns))
        for k in range(per_row):
            other = k + (draw(seed, r * per_row + k) >> 32) % (columns - k)
            c[k], c[other] = c[other], c[k]
        out.append(sorted(c[:per_row]))
    return out


def matrix(flat, rows, cols, at=0):
    return [flat[at + r * cols:at + (r + 1) * cols] for r in range(rows)]


def matmul(a, b):
    """a [M][K], b [N][K]: a times b transposed."""
    return [[sum(x * y for x, y in zip(row, other)) for other in b] for row in a]


def silu(x):
    return x / (1.0 + math.exp(-x))


def save(name, kind, shape, values):
    """kind: 'f' or 'i', four bytes each; beside the script."""
    flat = list(values)
    header = "{'descr': '<%s4', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join("%d, " % d for d in shape))
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    folder = os.path.dirname(os.path.abspath(__import__("sys").argv[0]))
    with open(os.path.join(folder, name), "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        f.write(struct.pack("<%d%s" % (len(flat), kind), *flat))
