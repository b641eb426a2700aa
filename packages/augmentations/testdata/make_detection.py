"""Writes detection.json: torchvision's v2 transforms for detection, their draws fixed. Needs torch, torchvision, pillow.

The pictures are those of transforms.json.
"""

import base64
import json
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import PIL
import torch
import torchvision
import torchvision.transforms.v2.functional as F
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import v2

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, places

FILL = (124, 116, 104)
source = json.loads(Path(__file__).with_name("transforms.json").read_text())["pictures"]
pixels = np.frombuffer(base64.b64decode(source["base64"]), np.uint8).reshape(source["shape"])
PICTURES = [Image.fromarray(p) for p in pixels]
HEIGHT, WIDTH = source["shape"][1:3]
SIDES = [[2, 3, 9, 11], [0, 0, 20, 16], [15, 12, 20, 16], [7.5, 1.25, 8.5, 14], [1, 9, 7, 13]]  # left, top, right, bottom


WINDOW_SIDES = [SIDES[0], *SIDES[2:], [9, 1, 17, 10]]  # without the one that overlaps all windows most


def boxes(which=SIDES):
    return tv_tensors.BoundingBoxes(torch.tensor(which), format="XYXY", canvas_size=(HEIGHT, WIDTH))


def packed(pictures):
    stacked = np.stack([np.asarray(p) for p in pictures])
    return {"shape": list(stacked.shape), "base64": base64.b64encode(stacked.tobytes()).decode()}


def sides(moved):
    return [[number(v, 7) for v in row] for row in moved.tolist()]


def distort(brightness=None, contrast=None, saturation=None, hue=None, before=True, order=None):
    made = v2.RandomPhotometricDistort()
    params = {
        "brightness_factor": brightness,
        "contrast_factor": contrast,
        "saturation_factor": saturation,
        "hue_factor": hue,
        "contrast_before": before,
        "channel_permutation": None if order is None else torch.tensor(order),
    }
    return [made.transform(p, params) for p in PICTURES]


DISTORTIONS = [
    {"brightness": 0.9, "contrast": 1.4, "saturation": 0.6, "hue": 0.04, "before": True, "order": [2, 0, 1]},
    {"brightness": 1.1, "contrast": 0.7, "saturation": 1.45, "hue": -0.05, "before": False, "order": [0, 2, 1]},
    {"contrast": 1.3, "before": False},
    {"hue": 0.0, "order": [1, 2, 0]},
    {},
]


def scaled(height, width, top, left):
    """Resized, cut at a place, and padded at the right and the bottom: ScaleJitter, then a crop of fixed size."""
    lower, right = min(HEIGHT, height), min(WIDTH, width)
    padding = [0, 0, WIDTH - right, HEIGHT - lower]

    def change(x):
        cut = F.crop(F.resize(x, [height, width]), top, left, lower, right)
        return F.pad(cut, padding, fill=list(FILL))

    return {"result": packed([change(p) for p in PICTURES]), "boxes": sides(change(boxes()))}


SCALINGS = [(16, 20, 0, 0), (20, 25, 3, 2), (20, 25, 4, 5), (13, 16, 0, 0), (8, 10, 0, 0), (32, 40, 16, 7)]


class Draws:
    """torch.rand of the n-th window that is tried: first its sides, then its place, unless its shape is refused."""

    def __init__(self, windows):
        self.windows, self.at, self.sides = windows, -1, True

    def rand(self, *_):
        if self.sides:
            self.at += 1
            if self.at == len(self.windows):
                raise StopIteration
            part = 0.3 + 0.7 * self.windows[self.at, :2].flip(0)  # width first
            ratio = int(WIDTH * part[0]) / int(HEIGHT * part[1])
            self.sides = not 0.5 <= ratio <= 2
            return self.windows[self.at, :2].flip(0)
        self.sides = True
        return self.windows[self.at, 2:].flip(0)


def window(overlap, seed, tries=12):
    windows = ((places([tries, 4], seed) + 1) / 2).float()
    made = v2.RandomIoUCrop(sampler_options=[overlap], trials=tries)
    with mock.patch.object(torch, "rand", Draws(windows).rand):
        try:
            params = made.make_params([tv_tensors.Image(torch.zeros(3, HEIGHT, WIDTH)), boxes(WINDOW_SIDES)])
        except StopIteration:  # it would draw another overlap
            params = {}
    case = {"overlap": overlap, "windows": [number(v) for v in windows.flatten().tolist()]}
    if not params:
        return case
    moved = made.transform(boxes(WINDOW_SIDES), params)
    return {**case, "window": [params[k] for k in ("top", "left", "height", "width")], "boxes": sides(moved)}


def lines(value):
    """A case a line."""
    parts = [
        f"{json.dumps(k)}: " + ("[\n" + ",\n".join(map(json.dumps, v)) + "\n]" if isinstance(v, list) else json.dumps(v))
        for k, v in value.items()
    ]
    return "{" + ",\n".join(parts) + "}"


content = {
    "made with": f"torchvision {torchvision.__version__}, pillow {PIL.__version__}",
    "sides": SIDES,
    "window sides": WINDOW_SIDES,
    "distortions": [{"options": o, "result": packed(distort(**o))} for o in DISTORTIONS],
    "scalings": [{"scaled": s[:2], "start": s[2:], **scaled(*s)} for s in SCALINGS],
    "windows": [window(o, s) for o in (0.0, 0.1, 0.3, 0.5, 0.9, 1.0) for s in (5, 7, 8)],
}
Path(__file__).with_name("detection.json").write_text(lines(content) + "\n")
print([c.get("window") for c in content["windows"]])
