"""Writes the files that safetensors.test.ts reads: `python make_safetensors.py` (safetensors, numpy, torch).

`python make_safetensors.py check FILE` loads a file that we wrote and prints it as JSON.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent

if sys.argv[1:2] == ["check"]:
    print(json.dumps({k: [str(v.dtype), list(v.shape), v.tolist()] for k, v in load_file(sys.argv[2]).items()}))
    sys.exit()

floats = torch.tensor([[0.0, -1.5, 3.25], [65504.0, 2.0**-20, -(2.0**-14)]])
ours = {
    "b.weight": floats,
    "a.bias": torch.tensor([1.0, 2.0]),
    "10": torch.tensor(7, dtype=torch.int32),
    "pixels": torch.tensor([0, 128, 255], dtype=torch.uint8),
    "mask": torch.tensor([True, False]),
    "empty": torch.zeros([0, 3]),
    "名前": torch.tensor([4.0]),
}
save_file(ours, HERE / "ours.safetensors", {"format": "pt"})
others = {
    "f64": floats.double(),
    "f16": floats.half(),
    "bf16": floats.bfloat16(),
    "i64": torch.tensor([-3, 2**31 - 1]),
    "i16": torch.tensor([-300, 300], dtype=torch.int16),
    "i8": torch.tensor([-128, 127], dtype=torch.int8),
    "special": torch.tensor([float("inf"), float("-inf"), float("nan"), 2.0**-24], dtype=torch.float16),
}
save_file(others, HERE / "others.safetensors")
