"""Golden values of RoIAlign: python roiAlign.py (needs torch and torchvision). Writes roiAlign.json."""

import itertools
import json
import sys
from pathlib import Path

import torch
from torchvision.ops import MultiScaleRoIAlign, roi_align

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, places, stream, write

VARIANTS = list(itertools.product((True, False), (2, 3, 0)))

# image, then left, top, right, bottom: torchvision's order
HANDBOOK = [[0, 3.2, 4.1, 30.7, 25.9], [0, 0, 0, 47, 39], [0, 20, 10, 21, 10.5]]
DEGENERATE = [
    [0, 5, 5, 5, 5],  # a point
    [1, 5, 5, 5, 17],  # a line
    [1, 30.3, 20.9, 11.1, 8.2],  # reversed along both axes
    [0, 30.3, 8.2, 11.1, 20.9],  # reversed along one
    [1, -30, -40, -9, -10],  # outside
    [0, 100, 90, 140, 130],
    [1, -6.3, -7.1, 3.7, 2.2],  # partly outside
    [0, 41.3, 30.7, 60.9, 57.3],
    [1, -300.3, -210.7, 431.9, 377.3],  # far larger than the map
    [0, -12.3, -9.1, 48.9, 52.3],  # bins of five pixels and a little
    [0, 1.3, -1000.7, 44.9, 1203.1],
    [0, 12.3, 11.7, 12.301, 11.702],  # nearly a point
]


def rows(boxes):
    """Boxes as Understory's: image, top, left, bottom, right."""
    return [[b, y1, x1, y2, x2] for b, x1, y1, x2, y2 in boxes]


def evaluate(maps, call):
    """What comes out [R, C, size, size], and the maps' gradients where T(shape, 9) arrives."""
    leaves = [m.clone().requires_grad_() for m in maps]
    y = call(leaves)
    y.backward(stream(list(y.shape), 9))
    return {"y": numbers(y, 8), "gradients": [numbers(m.grad, 8) for m in leaves]}


def single(name, shape, seed, all_boxes, size, stride=4):
    maps = [stream(shape, seed)]
    for aligned, samples in VARIANTS:
        boxes = all_boxes
        if aligned and samples == 0:  # torchvision fails at a negative number of samples
            boxes = [box for box in boxes if box[3] >= box[1] and box[4] >= box[2]]
        rois = torch.tensor(boxes, dtype=torch.float32).double()
        yield {
            "name": f"{name}, {'aligned' if aligned else 'not aligned'}, {samples or 'adaptive'}",
            "maps": [{"shape": shape, "seed": seed}],
            "rois": rows(boxes),
            "levels": [0] * len(boxes),
            "options": {"strides": [stride], "size": size, "samples": samples, "aligned": aligned},
            **evaluate(maps, lambda m: roi_align(m[0], rois, size, 1 / stride, samples, aligned)),
        }


def pyramid():
    """Four levels by torchvision's own choice of them."""
    sides = [24, 12, 6, 3]
    strides = [16, 32, 64, 128]
    maps = [stream([2, 3, side, side], 20 + i) for i, side in enumerate(sides)]
    sizes = (20, 55, 111, 112, 150, 223, 224, 300, 383)
    boxes = []
    for i, size in enumerate(sizes):
        left, top = (384 - size) * (0.1 + 0.08 * i), (384 - size) * (0.9 - 0.08 * i)
        boxes.append([i % 2, round(left), round(top), round(left) + size, round(top) + size])
    rois = torch.tensor(boxes, dtype=torch.float64)
    per_image = [rois[rois[:, 0] == b][:, 1:] for b in (0, 1)]
    order = torch.cat([torch.nonzero(rois[:, 0] == b)[:, 0] for b in (0, 1)])
    for samples in (2, 0):
        pool = MultiScaleRoIAlign(["0", "1", "2", "3"], 2, samples, canonical_level=6)
        call = lambda m: pool(dict(zip("0123", m)), per_image, [(384, 384), (384, 384)])[torch.argsort(order)]
        result = evaluate(maps, call)
        levels = (pool.map_levels(per_image)[torch.argsort(order)]).tolist()
        yield {
            "name": f"four levels, {samples or 'adaptive'}",
            "maps": [{"shape": list(m.shape), "seed": 20 + i} for i, m in enumerate(maps)],
            "rois": rows(boxes),
            "levels": levels,
            "options": {"strides": strides, "size": 2, "samples": samples, "aligned": False},
            **result,
        }


cases = [
    *single("the handbook's", [1, 2, 10, 12], 80, HANDBOOK, 3),
    *single("degenerate RoIs", [2, 3, 10, 12], 81, DEGENERATE, 3),
    *single("a map of one pixel", [1, 2, 1, 1], 82, [[0, 0, 0, 4, 4], [0, -3.1, -2.3, 9.7, 3.9]], 2),
    *pyramid(),
]
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
write(__file__, cases, f"[\n{lines}\n]")
