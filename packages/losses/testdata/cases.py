"""What the scripts of losses share: a loss's value and gradients as a case of the golden file."""

import json
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, numbers, write


def evaluate(function, inputs):
    """The value of a loss and its gradient for each floating-point input, ready for JSON."""
    leaves = {k: v.clone().requires_grad_(True) for k, v in inputs.items() if v.is_floating_point()}
    value = function(**{**inputs, **leaves})
    if value.requires_grad:
        value.backward()
    zero = {k: torch.zeros_like(v) if v.grad is None else v.grad for k, v in leaves.items()}
    return {
        "inputs": {
            k: {"shape": list(v.shape), "dtype": "float32" if v.is_floating_point() else "int32", "data": numbers(v)}
            for k, v in inputs.items()
        },
        "value": number(value.item(), 12),
        "gradients": {k: numbers(v) for k, v in zero.items()},
    }


def write_cases(script, cases):
    """Writes one case a line."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    write(script, cases, f"[\n{lines}\n]")
