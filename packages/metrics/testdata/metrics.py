"""Golden values of the metrics: python metrics.py (needs torch). Writes metrics.json."""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, stream, write


def gaps(logits, labels, bins):
    """Per bin its share of the samples and |accuracy - confidence|."""
    confidence, choice = torch.softmax(logits, 1).max(1)
    right = (choice == labels).double()
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    out = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            out.append((inside.double().mean().item(), (right[inside].mean() - confidence[inside].mean()).abs().item()))
    return out


cases = []
for samples, classes, scale, seed in ((12, 4, 4, 90), (300, 10, 3, 91), (64, 2, 20, 92), (50, 100, 1, 93)):
    logits = (scale * stream([samples, classes], seed).float()).double()
    labels = torch.arange(samples) % classes
    top = logits.topk(min(5, classes), 1).indices == labels[:, None]
    values = {
        "accuracy": top[:, 0].double().mean(),
        "top5": top.any(1).double().mean(),
        "ece": sum(w * g for w, g in gaps(logits, labels, 15)),
        "ece5": sum(w * g for w, g in gaps(logits, labels, 5)),
        "mce": max(g for _, g in gaps(logits, labels, 15)),
        "nll": F.cross_entropy(logits, labels),
    }
    inputs = {"samples": samples, "classes": classes, "scale": scale, "seed": seed}
    cases.append({**inputs, **{name: number(value, 12) for name, value in values.items()}})
write(__file__, cases, json.dumps(cases, indent=1))
