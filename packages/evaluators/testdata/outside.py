"""Golden values of the outside score of several taps: python outside.py (needs torch, numpy and scikit-learn). Writes outside.json."""

import math
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, places, write


def labels(n, seed):
    return ((places([n], seed).numpy() + 1) / 2 * 3).astype(int)


def tap(columns, seed):
    centres = 1.2 * places([3, columns], seed + 2).numpy()
    train = centres[y] + places([90, columns], seed).numpy()
    inside = centres[labels(40, 754)] + places([40, columns], seed + 3).numpy()
    return train, inside, 1.5 * places([30, columns], seed + 5).numpy() + 0.3


y = labels(90, 751)


def scores(train, inside, outside):
    means = np.stack([train[y == c].mean(0) for c in range(3)])
    centred = train - means[y]
    covariance = centred.T @ centred / len(train)
    covariance += 1e-6 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    inverse = np.linalg.inv(covariance)
    of = lambda f: -np.min([np.einsum("nd,de,ne->n", f - m, inverse, f - m) for m in means], axis=0)
    mean, deviation = of(train).mean(), of(train).std()
    return [(of(f) - mean) / deviation for f in (inside, outside)]


taps = [scores(*tap(columns, seed)) for columns, seed in ((4, 800), (6, 750), (9, 820))]
inside, outside = (np.mean([t[i] for t in taps], axis=0) for i in range(2))
threshold = np.sort(inside)[::-1][math.ceil(19 * len(inside) / 20) - 1]
write(
    __file__,
    {
        "first": [[number(t[0][0]), number(t[1][0])] for t in taps],
        "taps": [number(inside[0]), number(outside[0])],
        "auroc": number(roc_auc_score(np.repeat([1, 0], [len(inside), len(outside)]), np.r_[inside, outside])),
        "fpr95": number(np.mean(outside >= threshold)),
    },
)
