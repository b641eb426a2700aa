"""Golden values of losses that take an affinity: python affinity.py (needs torch). Writes affinity.json."""

import sys
from pathlib import Path

import torch
from cases import evaluate, write_cases

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import places, stream


def over_rows(affinity, n):
    """The affinity of all rows, 0 on themselves; one of samples holds for each of their views."""
    views = n // len(affinity)
    return affinity.detach().repeat(views, views) * (1 - torch.eye(n, dtype=torch.float64))


def supcon(features, affinity, temperature=0.07, base=0.07, anchors="all", views=2):
    """SupCon with weighted positives: the mean over anchors with one of −Σ A log p / Σ A."""
    z = torch.nn.functional.normalize(features, dim=1)
    n = len(z)
    weights = over_rows(affinity, n)
    logits = z @ z.T / temperature
    itself = torch.eye(n, dtype=torch.bool)
    log_p = logits - torch.logsumexp(logits.masked_fill(itself, -torch.inf), dim=1, keepdim=True)
    chosen = weights.sum(1) > 0
    if anchors == "first":
        chosen = chosen & (torch.arange(n) < n // views)
    if not chosen.any():
        return (z * 0).sum()
    of_anchor = (weights * log_p).sum(1)[chosen] / weights.sum(1)[chosen]
    return -(temperature / base) * of_anchor.mean()


def triplet(features, affinity, margin=0.3):
    """Batch hard: an affinity of 0.5 and more is a positive, less is a negative."""
    z = torch.nn.functional.normalize(features, dim=1)
    n = len(z)
    alike = over_rows(affinity, n) >= 0.5
    unlike = ~alike & ~torch.eye(n, dtype=torch.bool)
    hinges = []
    for i in range(n):
        apart = (z[i] - z).square().sum(1).clamp_min(1e-30).sqrt()
        if alike[i].any() and unlike[i].any():
            hinges.append(torch.relu(apart[alike[i]].max() - apart[unlike[i]].min() + margin))
    return torch.stack(hinges).mean()


def jaccard(labels):
    both = labels @ labels.T
    either = labels.sum(1, keepdim=True) + labels.sum(1) - both
    return torch.where(either > 0, both / either.clamp_min(1), torch.eye(len(labels), dtype=torch.float64))


A, B = stream([4, 8], 0), stream([4, 8], 1)
TWO = torch.cat([A, B])
LABELS = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1]], dtype=torch.float64)
SOFT = (places([4, 4], 21).abs()).float().double()
ALONE = SOFT.clone()
ALONE[1] = 0
CASES = {
    "jaccard of samples": (TWO, jaccard(LABELS)),
    "any affinity of samples, not symmetric": (TWO, SOFT),
    "a sample without a positive": (TWO, ALONE),
    "any affinity of rows": (TWO, places([8, 8], 22).abs().float().double()),
    "small numbers": (TWO, (SOFT * 1e-6).float().double()),
    "nothing belongs together": (TWO, torch.zeros([4, 4], dtype=torch.float64)),
    "views nearly equal": (torch.cat([A, A + 1e-3 * B]).float().double(), jaccard(LABELS)),
    "one positive, half": (torch.cat([A, A + 1e-3 * B]).float().double(), torch.eye(4, dtype=torch.float64) / 2),
}

cases = []
for name, (features, affinity) in CASES.items():
    inputs = {"features": features, "affinity": affinity.float().double()}
    for temperature in (0.05, 0.5):
        run = lambda features, affinity: supcon(features, affinity, temperature)
        cases.append({"loss": "supCon", "name": name, "options": {"temperature": temperature}, **evaluate(run, inputs)})
    if name.startswith("any") or name.startswith("jaccard"):
        cases.append({"loss": "batchTriplet", "name": name, "options": {}, **evaluate(triplet, inputs)})
inputs = {"features": TWO, "affinity": SOFT}
run = lambda features, affinity: supcon(features, affinity, 0.1, 0.1, "first")
options = {"temperature": 0.1, "baseTemperature": 0.1, "anchors": "first"}
cases.append({"loss": "supCon", "name": "first view only", "options": options, **evaluate(run, inputs)})
write_cases(__file__, cases)
