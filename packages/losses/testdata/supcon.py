"""Golden values of SupCon and NT-Xent: python supcon.py (needs torch). Writes supcon.json."""

import sys
from pathlib import Path

import torch
from cases import evaluate, write_cases

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import stream


def supcon(features, labels=None, temperature=0.07, base=0.07, anchors="all", views=2):
    """Khosla et al. 2020, L_out, over all rows; the anchors that have no positive do not count in the mean."""
    z = torch.nn.functional.normalize(features, dim=1)
    n = len(z)
    if labels is None:
        group = torch.arange(n // views).repeat(views)
    else:
        group = labels.repeat(n // len(labels)).long()
    logits = z @ z.T / temperature
    others = ~torch.eye(n, dtype=torch.bool)
    positive = (group[:, None] == group[None, :]) & others
    log_p = logits - torch.logsumexp(logits.masked_fill(~others, -torch.inf), dim=1, keepdim=True)
    chosen = positive.any(1)
    if anchors == "first":
        chosen = chosen & (torch.arange(n) < n // views)
    if not chosen.any():
        return (z * 0).sum()
    of_anchor = torch.where(positive, log_p, 0).sum(1)[chosen] / positive.sum(1)[chosen]
    return -(temperature / base) * of_anchor.mean()


A, B = stream([4, 8], 0), stream([4, 8], 1)
TWO = torch.cat([A, B])
ROW = stream([1, 6], 7)
ones = lambda *values: torch.tensor(values, dtype=torch.int32)
FEATURES = {
    "two views": (TWO, ones(0, 1, 0, 2)),
    "labels of each row, some once": (TWO, ones(0, 1, 0, 2, 5, 1, 7, 2)),
    "one row has a positive": (stream([3, 5], 3), ones(4, 4, 9)),
    "all labels equal": (TWO, ones(3, 3, 3, 3)),
    "all labels differ": (TWO, ones(0, 1, 2, 3, 4, 5, 6, 7)),
    "equal vectors": (ROW.repeat(6, 1), ones(0, 1, 1)),
    "opposite vectors": (torch.cat([ROW.repeat(3, 1), -ROW.repeat(3, 1)]), ones(0, 1, 1)),
    "rows of very different length": (TWO * torch.tensor([[1e-6], [1], [1e4], [30], [1e8], [0.01], [2], [1e-3]]).double(), ones(0, 1, 0, 2)),
    "one view, three of a class": (stream([9, 4], 9), ones(0, 0, 0, 1, 1, 1, 2, 2, 2)),
    "views nearly equal": (torch.cat([A, A + 1e-3 * B]), ones(0, 1, 0, 2)),
    "wide": (stream([12, 64], 11), ones(0, 1, 2, 0, 1, 1)),
}


def as_float32(x):
    return x.float().double()


cases = []
for name, (features, labels) in FEATURES.items():
    for temperature in (0.05, 0.07, 0.1, 0.5, 1.0):
        if name == "wide" and temperature not in (0.05, 0.5):
            continue
        inputs = {"features": as_float32(features), "labels": labels}
        run = lambda features, labels: supcon(features, labels, temperature)
        cases.append({"loss": "supCon", "name": name, "options": {"temperature": temperature}, **evaluate(run, inputs)})
for name in ("two views", "views nearly equal", "equal vectors", "opposite vectors", "rows of very different length"):
    for temperature in (0.05, 0.07, 0.5, 1.0):
        inputs = {"features": as_float32(FEATURES[name][0])}
        run = lambda features: supcon(features, None, temperature, temperature)
        cases.append({"loss": "ntXent", "name": name, "options": {"temperature": temperature}, **evaluate(run, inputs)})
inputs = {"features": TWO, "labels": ones(0, 1, 0, 2)}
run = lambda features, labels: supcon(features, labels, 0.1, 0.1, "first")
options = {"temperature": 0.1, "baseTemperature": 0.1, "anchors": "first"}
cases.append({"loss": "supCon", "name": "first view only", "options": options, **evaluate(run, inputs)})
inputs = {"features": stream([9, 5], 13)}
run = lambda features: supcon(features, None, 0.2, 0.2, views=3)
cases.append({"loss": "ntXent", "name": "three views", "options": {"temperature": 0.2, "views": 3}, **evaluate(run, inputs)})
write_cases(__file__, cases)
