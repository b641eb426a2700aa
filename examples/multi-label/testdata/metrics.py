"""Golden values of F1 and mean average precision from scikit-learn: python metrics.py writes metrics.json."""

import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

sys.path.insert(0, str(Path(__file__).parents[3] / "tooling/reference"))
from common import number, stream, write  # noqa: E402

N, C = 40, 5


def case(seed, threshold, levels=None):
    """Scores in 0…1, rounded to a few levels where there shall be ties; the last label is rare."""
    scores = (stream((N, C), seed).numpy() + 1) / 2
    if levels:
        scores = np.round(scores * levels) / levels
    scores = scores.astype(np.float32).astype(np.float64)
    truths = (stream((N, C), seed + 1).numpy() > np.linspace(-0.2, 0.9, C)).astype(int)
    said = (scores >= threshold).astype(int)
    # scikit-learn calls the precision of a label that no image has 0, with a warning; here such a label is left out.
    each = [average_precision_score(truths[:, c], scores[:, c]) if truths[:, c].any() else None for c in range(C)]
    return {
        "threshold": threshold,
        "scores": [number(v) for v in scores.flatten()],
        "truths": truths.flatten().tolist(),
        "each": [None if v is None else number(v) for v in each],
        "mAP": number(np.mean([v for v in each if v is not None])),
        "macroF1": number(f1_score(truths, said, average="macro", zero_division=0)),
        "microF1": number(f1_score(truths, said, average="micro", zero_division=0)),
    }


write(__file__, {"labels": C, "cases": [case(1, 0.5), case(2, 0.3), case(3, 0.5, 4), case(4, 0.95, 3)]})
