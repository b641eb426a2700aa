"""Reference values for the report's arithmetic, from numpy alone: python golden.py > golden.json"""

import json
from math import comb

import numpy as np

rng = np.random.default_rng(5)


def pca():
    rows = rng.normal(size=(40, 7)) @ np.diag([3, 2, 1.2, 0.8, 0.5, 0.3, 0.1]) @ rng.normal(size=(7, 7)) + 5
    centred = rows - rows.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    first = directions[:2]
    first = first * np.sign(first[np.arange(2), np.abs(first).argmax(1)])[:, None]
    return {"rows": rows.round(12).tolist(), "plane": (centred @ first.T).tolist()}


def calibration(bins=15):
    n, classes = 300, 6
    labels = rng.integers(0, classes, n)
    logits = rng.normal(size=(n, classes)).astype(np.float32)
    logits[np.arange(n), labels] += rng.uniform(0, 3, n).astype(np.float32)
    wide = logits.astype(np.float64)
    p = np.exp(wide - wide.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    sure, named = p.max(1), p.argmax(1)
    right = named == labels
    edges = np.linspace(0, 1, bins + 1)
    ece = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            ece += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return {
        "classes": classes,
        "logits": logits.flatten().tolist(),
        "labels": labels.tolist(),
        "accuracy": float(right.mean()),
        "nll": float(-np.log(p[np.arange(n), labels]).mean()),
        "ece": float(ece),
    }


def neighbours(k=5):
    rows = rng.normal(size=(80, 4))
    labels = (rows[:, 0] + 0.7 * rng.normal(size=80) > 0).astype(int) + (rows[:, 1] > 0.5)
    right = 0
    for i, row in enumerate(rows):
        far = ((rows - row) ** 2).sum(1)
        far[i] = np.inf
        near = labels[np.argsort(far, kind="stable")[:k]].tolist()
        most = max(near.count(c) for c in near)
        right += next(c for c in near if near.count(c) == most) == labels[i]
    return {"rows": rows.tolist(), "labels": labels.tolist(), "accuracy": right / 80}


def tests():
    def mcnemar(a, b):
        n = a + b
        return min(1.0, 2 * sum(comb(n, k) for k in range(min(a, b) + 1)) / 2**n)

    pairs = [(0, 0), (5, 0), (10, 3), (74, 55), (300, 240)]
    return [[a, b, mcnemar(a, b)] for a, b in pairs]


def pairs():
    first = rng.normal(size=(20, 5)) + 2
    second = first + 0.6 * rng.normal(size=(20, 5))
    mean = np.concatenate([first, second]).mean(0)
    a, b = first - mean, second - mean
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return {"first": first.tolist(), "second": second.tolist(), "cosine": float(cosines.mean())}


made = {"pca": pca(), "calibration": calibration(), "neighbours": neighbours(), "mcnemar": tests()}
print(json.dumps({**made, "pairs": pairs()}))
