"""Inputs and output shared by the scripts that make the golden values: PyTorch, float64, inputs that float32 can hold."""

import json
from pathlib import Path

import torch

HERE = Path(__file__).parent


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
    return torch.tensor(values, dtype=torch.float32).double().reshape(shape)


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


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
        "value": float(f"{value.item():.12g}"),
        "gradients": {k: numbers(v) for k, v in zero.items()},
    }


def write(name, cases):
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / name).write_text(f"[\n{text}\n]\n")
    print(f"{name}: {len(cases)} cases, {(HERE / name).stat().st_size} bytes")
