"""What the scripts share that make golden values: inputs that float32 holds exactly, and results as JSON."""

import json
import math
from pathlib import Path

import torch


def places(shape, seed):
    """The deterministic tensor T(shape, seed), float64: a 32-bit integer hash of each position, in [-1, 1)."""
    x = torch.arange(math.prod(shape)) + seed * 1000003 & 0xFFFFFFFF
    x = x ^ x >> 16
    x = x * 0x7FEB352D & 0xFFFFFFFF
    x = x ^ x >> 15
    x = x * 0x846CA68B & 0xFFFFFFFF
    x = x ^ x >> 16
    return (x.double() / 2**31 - 1).reshape(shape)


def stream(shape, seed):
    """T(shape, seed) rounded to float32, so that both sides of a comparison begin from the same numbers."""
    return places(shape, seed).float().double()


def number(value, digits=9):
    """Digits that do not depend on how a processor adds up."""
    return float(f"{float(value):.{digits}g}")


def numbers(tensor, digits=9):
    return [number(v, digits) for v in tensor.detach().flatten().tolist()]


def write(script, value, text=None):
    """Writes a value, or the text that it is to be, beside a script: losses.py makes losses.json."""
    path = Path(script).with_suffix(".json")
    path.write_text((text or json.dumps(value, separators=(",", ":"))) + "\n")
    print(f"{path.name}: {len(value)} parts, {path.stat().st_size} bytes")
