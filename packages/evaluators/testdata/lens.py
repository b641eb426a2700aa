"""Golden values of the depth lens: python lens.py (needs torch and numpy). Writes lens.json.

Everything in float64, by singular values and n x n kernels where the code goes other ways. Inputs are T(shape, seed), which
both sides draw by the same hash.
"""

import sys
from pathlib import Path

import numpy as np
sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, places, write


def t(*shape, seed):
    return places(shape, seed).numpy()


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def perplexity(shares):
    shares = shares[shares > 0]
    return np.exp(-(shares * np.log(shares)).sum())


def spectrum(x):
    return np.linalg.svd(x, compute_uv=False)


def centred(x):
    return x - x.mean(0)


def rank(x, add=0.0):
    s = spectrum(x)
    return perplexity(s / s.sum() + add)


def participation(x):
    c = np.cov(x.T)
    return np.trace(c) ** 2 / (c**2).sum()


def linear_cka(x, y):
    x, y = centred(x), centred(y)
    return np.linalg.norm(x.T @ y) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def hsic(k, l):
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    r, s = k.sum(1), l.sum(1)
    return ((k * l).sum() + k.sum() * l.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (r @ s)) / (n * (n - 3))


def unbiased_cka(x, y):
    k, l = x @ x.T, y @ y.T
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


def invariance(x, y):
    mean = np.concatenate([x, y]).mean(0)
    cosines = unit(x - mean) @ unit(y - mean).T
    n = len(x)
    same = np.trace(cosines) / n
    return same, (cosines.sum() - same * n) / (n * (n - 1))


def neighbours(x, y, k=10):
    cosines = unit(x) @ unit(x).T
    np.fill_diagonal(cosines, -np.inf)
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return (y[near] == y[:, None]).mean()


y = np.floor((t(64, seed=730) + 1) / 2 * 4).astype(int)
base = 0.5 * t(4, 16, seed=731)[y] + t(64, 16, seed=732)
a = np.maximum(base, 0)
b = np.maximum(base + 0.3 * t(64, 16, seed=733), 0)
o = np.maximum(base @ t(16, 6, seed=734), 0)
p, q = t(64, 16, seed=735), t(64, 12, seed=736)
f = unit(a)
squared = ((f[:, None] - f[None]) ** 2).sum(2)[np.triu_indices(64, 1)]
counts = np.bincount(y)
same, other = invariance(a, b)
wide = t(9, 20, seed=737)

write(
    __file__,
    {
        "alignment": number(((unit(a) - unit(b)) ** 2).sum(1).mean()),
        "uniformity": number(np.log(np.exp(-2 * squared).mean())),
        "effectiveRank": number(rank(centred(a))),
        "rankMe": number(rank(a, 1e-7)),
        "participation": number(participation(a)),
        "ranksOfFewRows": [number(rank(centred(wide))), number(rank(wide, 1e-7)), number(participation(wide))],
        "cka": [[number(linear_cka(x, z)), number(unbiased_cka(x, z))] for x, z in ((a, b), (a, o), (p, q))],
        "invariance": [number(same), number(other)],
        "neighbours": number(neighbours(a, y)),
        "chance": number((counts * (counts - 1)).sum() / (64 * 63)),
        "singularValues": [number(s) for s in spectrum(centred(a))],
    },
)
