"""Golden values of the linear probe: python probe.py (needs torch and scikit-learn). Writes probe.json."""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, places, write

# The last one is too large for plain float64.
SETS = (
    {"train": 300, "test": 200, "columns": 20, "classes": 5, "scale": 0.5, "seed": 800},
    {"train": 120, "test": 400, "columns": 60, "classes": 3, "scale": 0.3, "seed": 810},
    {"train": 250, "test": 250, "columns": 8, "classes": 2, "scale": 0.4, "seed": 820},
    {"train": 900, "test": 500, "columns": 120, "classes": 20, "scale": 0.25, "seed": 830},
)


def labels(n, classes, seed):
    return ((places([n], seed).numpy() + 1) / 2 * classes).astype(int)


def drawn(n, c, offset):
    y = labels(n, c["classes"], c["seed"] + offset)
    centres = places([c["classes"], c["columns"]], c["seed"] + 4).numpy()
    x = c["scale"] * centres[y] + places([n, c["columns"]], c["seed"] + offset + 1).numpy()
    return x * (1 + np.arange(c["columns"])), y


def optimum(x, y, strength):
    solver = LogisticRegression(C=strength, tol=1e-10, max_iter=20000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return solver.fit(x, y)


cases = []
for c in SETS:
    (x, y), (x_test, y_test) = drawn(c["train"], c, 0), drawn(c["test"], c, 2)
    mean, std = x.mean(0), x.std(0)
    x, x_test = (x - mean) / std, (x_test - mean) / std
    for strength in (1, 0.01):
        # Of two classes scikit-learn fits one vector: w = w1 - w0, with half of its squared length in two.
        fitted = optimum(x, y, strength * (2 if c["classes"] == 2 else 1))
        logp = fitted.predict_log_proba(x)
        squares = (fitted.coef_**2).sum() * (0.5 if c["classes"] == 2 else 1)
        loss = -logp[np.arange(len(y)), y].mean() + squares / (2 * strength * len(y))
        cases.append({**c, "strength": strength, "loss": number(loss, 10), "accuracy": number(fitted.score(x_test, y_test))})
write(__file__, cases)
