"""Writes targets.json: torchvision's v2 transforms on a map of classes and on boxes. Needs torch and torchvision.

Maps are resized by NEAREST_EXACT, the pixel under the middle of the new one: torchvision's default for masks, NEAREST,
takes the one under its top left corner, which shifts a map against its antialiased image by up to half a source pixel.
"""

import json
from pathlib import Path

import torch
import torchvision
import torchvision.transforms.v2.functional as F
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode

HEIGHT, WIDTH = 16, 20
OUTSIDE = 9

generator = torch.Generator().manual_seed(3)
MAP = tv_tensors.Mask(torch.randint(0, 8, (1, HEIGHT, WIDTH), generator=generator, dtype=torch.uint8))
SIDES = [[2, 3, 9, 11], [0, 0, 20, 16], [15, 12, 20, 16], [7.5, 1.25, 8.5, 14]]  # left, top, right, bottom
BOXES = tv_tensors.BoundingBoxes(torch.tensor(SIDES), format="XYXY", canvas_size=(HEIGHT, WIDTH))


def resize(x, height, width):
    return F.resize(x, [height, width], interpolation=InterpolationMode.NEAREST_EXACT)


def pad_crop(x, top, left, size, pad, border):
    rule = {"fill": OUTSIDE} if border == "constant" else {}
    return F.crop(F.pad(x, [pad] * 4, padding_mode=border, **rule), top, left, size, size)


def center_crop(x, size):
    # It pads with 0: padded here beforehand, by as much on each side, so that the padding says OUTSIDE.
    if size > HEIGHT:
        x = F.pad(x, [0, (size - HEIGHT) // 2, 0, size - HEIGHT - (size - HEIGHT) // 2], fill=OUTSIDE)
    return F.center_crop(x, [size, size])


def affine(x, **change):
    usual = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0], "fill": OUTSIDE}
    return F.affine(x, **{**usual, **change})


def shear(x, slope_x=0.0, slope_y=0.0):
    degrees = [torch.rad2deg(torch.atan(torch.tensor(s, dtype=torch.float64))).item() for s in (slope_x, slope_y)]
    return affine(x, shear=degrees, center=[0, 0])


OPERATIONS = {
    "flip": F.horizontal_flip,
    "pad_crop": pad_crop,
    "center_crop": center_crop,
    "resize": resize,
    "resize_box": lambda x, top, left, height, width, size: resize(F.crop(x, top, left, height, width), size, size),
    "rotate": lambda x, degrees: F.rotate(x, degrees, fill=OUTSIDE),
    "shear": shear,
    "translate": lambda x, right, down: affine(x, translate=[right, down]),
}
CASES = [
    ("flip", {}),
    ("pad_crop", {"top": 0, "left": 7, "size": 16, "pad": 4, "border": "constant"}),
    *[("pad_crop", {"top": 6, "left": 1, "size": 16, "pad": 4, "border": b}) for b in ("edge", "reflect", "symmetric")],
    ("center_crop", {"size": 9}),
    ("center_crop", {"size": 19}),
    ("resize", {"height": 9, "width": 13}),
    ("resize", {"height": 24, "width": 33}),
    ("resize", {"height": 8, "width": 5}),
    ("resize_box", {"top": 2, "left": 3, "height": 11, "width": 14, "size": 12}),
    ("resize_box", {"top": 5, "left": 0, "height": 7, "width": 20, "size": 4}),
    *[("rotate", {"degrees": d}) for d in (15, -30, 77.5, 180)],
    # Not 0.2: pixels between two others would go to the one in torchvision's tensors and to the other in Pillow, as images do.
    *[("shear", {"slope_x": x}) for x in (0.21, -0.3)],
    ("shear", {"slope_y": 0.23}),
    ("translate", {"right": 3, "down": -5}),
]


def moved(name, options):
    made = {"map": OPERATIONS[name](MAP, **options)}
    # Other borders are refused with boxes, by torchvision too.
    if options.get("border", "constant") == "constant":
        made["boxes"] = OPERATIONS[name](BOXES, **options)
    return {kind: value.reshape(value.shape[-2:]).tolist() for kind, value in made.items()}


content = {
    "made with": f"torchvision {torchvision.__version__}",
    "outside": OUTSIDE,
    "map": MAP[0].tolist(),
    "boxes": BOXES.tolist(),
    "cases": [{"name": name, "options": options, **moved(name, options)} for name, options in CASES],
}
lines = json.dumps({**content, "cases": []})[:-2] + "\n" + ",\n".join(json.dumps(c) for c in content["cases"]) + "\n]}\n"
json.loads(lines)
Path(__file__).with_name("targets.json").write_text(lines)
print(len(lines), "bytes")
