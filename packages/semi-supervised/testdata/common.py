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


def write(name, value):
    path = HERE / name
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(f"{name}: {path.stat().st_size} bytes")
