"""Golden values and gradients of FreeMatch and SoftMatch, each over two steps, in float64: python weightings.py."""

import sys
from pathlib import Path

import torch
from reweighting import FreeMatch, SoftMatch

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, numbers, stream, write


def steps_of(scales):
    """Logits of two steps, the handbook's first."""
    for seed in (91, 291):
        yield scales[0] * stream((6, 5), seed), (scales[1] * stream((6, 5), seed + 1)).requires_grad_(True)


def told(state):
    return {name: numbers(value) for name, value in state.items()}


def gradient(value, strong):
    strong.grad = None
    if value.requires_grad:
        value.backward(retain_graph=True)
    return numbers(torch.zeros_like(strong) if strong.grad is None else strong.grad)


def free(name, scales=(12, 3), m=0.9, threshold=0.95, probabilities=(0.1, 0.3, 0.2, 0.2, 0.2), labels=(0.2,) * 5, bounds=(0.0, 1.0)):
    as_tensor = lambda x: torch.tensor(x, dtype=torch.float64)
    method = FreeMatch(m, as_tensor(threshold), as_tensor(probabilities), as_tensor(labels), *bounds)
    first = told(method.state())
    steps = []
    for weak, strong in steps_of(scales):
        thresholds, mask, loss, fairness = method.step(weak, strong)
        steps.append({
            "thresholds": numbers(thresholds),
            "weights": mask.tolist(),
            "loss": number(loss.item(), 12),
            "lossGradient": gradient(loss, strong),
            "fairness": number(fairness.item(), 12),
            "fairnessGradient": gradient(fairness, strong),
            "state": told(method.state()),
        })
    return {"name": name, "scales": scales, "momentum": m, "range": bounds, "first": first, "steps": steps}


def soft(name, scales=(12, 3), m=0.9, n=2, align=True, mean=0.9, variance=0.02):
    as_tensor = lambda x: torch.tensor(x, dtype=torch.float64)
    method = SoftMatch(m, n, align, as_tensor(mean), as_tensor(variance))
    steps = []
    for weak, strong in steps_of(scales):
        weights, loss = method.step(weak, strong)
        steps.append({
            "weights": numbers(weights, 12),
            "loss": number(loss.item(), 12),
            "lossGradient": gradient(loss, strong),
            "state": told(method.state()),
        })
    first = {"mean": [mean], "variance": [variance], "probabilities": [0.0] * 5}
    return {"name": name, "scales": scales, "momentum": m, "sharpness": n, "align": align, "first": first, "steps": steps}


write(__file__, {
    "freematch": [
        free("the handbook's"),
        free("its own beginning", m=0.5, threshold=0.2, probabilities=(0.2,) * 5),
        free("nothing sure", scales=(0.1, 3), m=0.99, threshold=0.9, probabilities=(0.2,) * 5),
        free("a bounded threshold", scales=(60, 3), m=0.5, bounds=(0.0, 0.95)),
        free("a class that was never likely", labels=(0.25, 0.25, 0.0, 0.25, 0.25), m=1.0),
        free("sure logits", scales=(80, 60)),
    ],
    "softmatch": [
        soft("the handbook's"),
        soft("not aligned, n = 1", align=False, n=1),
        soft("its own beginning", mean=0.2, variance=1.0, m=0.5),
        soft("no spread", scales=(500, 3), m=0.0),
        soft("sure logits", scales=(80, 60)),
    ],
})
