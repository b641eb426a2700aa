"""Golden values of the metrics: python metrics.py (needs torch). Writes metrics.json."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F


def stream(shape, seed):
    """The deterministic tensor T(shape, seed): a 32-bit integer hash of the position, in [-1, 1), rounded to float32."""
    n = 1
    for size in shape:
        n *= size
    values = []
    for i in range(n):
        x = (i + seed * 1000003) & 0xFFFFFFFF
        x ^= x >> 16
        x = (x * 0x7FEB352D) & 0xFFFFFFFF
        x ^= x >> 15
        x = (x * 0x846CA68B) & 0xFFFFFFFF
        x ^= x >> 16
        values.append(x / 2**31 - 1)
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


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
    logits = (scale * stream([samples, classes], seed)).double()
    labels = torch.arange(samples) % classes
    top = logits.topk(min(5, classes), 1).indices == labels[:, None]
    cases.append({
        "samples": samples, "classes": classes, "scale": scale, "seed": seed,
        "accuracy": top[:, 0].double().mean().item(),
        "top5": top.any(1).double().mean().item(),
        "ece": sum(w * g for w, g in gaps(logits, labels, 15)),
        "ece5": sum(w * g for w, g in gaps(logits, labels, 5)),
        "mce": max(g for _, g in gaps(logits, labels, 15)),
        "nll": F.cross_entropy(logits, labels).item(),
    })
path = Path(__file__).parent / "metrics.json"
path.write_text(json.dumps(cases, indent=1) + "\n")
print(len(cases), "cases")
