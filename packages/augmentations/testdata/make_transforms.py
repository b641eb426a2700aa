"""Writes transforms.json: torchvision's functional transforms on small 8-bit PIL pictures.

Needs torch, torchvision, pillow, scikit-image (for two photographs that are in the public domain or CC0).
"""

import base64
import json
import math
from pathlib import Path

import numpy as np
import PIL
import torchvision
import torchvision.transforms.functional as F
from PIL import Image
from skimage import data
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import gaussian_blur, resized_crop

HEIGHT, WIDTH = 16, 20
NEAREST, BILINEAR, BICUBIC = InterpolationMode.NEAREST, InterpolationMode.BILINEAR, InterpolationMode.BICUBIC


def photograph(pixels, box):
    """A part of a photograph (left, top, right, bottom), shrunk."""
    return Image.fromarray(pixels).crop(box).resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def extremes():
    """Colours where rounding decides: corners of the cube, greys, neighbours of both."""
    rng = np.random.default_rng(7)
    levels = np.array([0, 1, 2, 51, 85, 127, 128, 129, 170, 204, 253, 254, 255], np.uint8)
    picture = levels[rng.integers(0, len(levels), (HEIGHT, WIDTH, 3))]
    picture[:4] = picture[:4, :, :1]  # greys
    return Image.fromarray(picture)


PICTURES = [
    photograph(data.astronaut(), (150, 0, 350, 160)),
    photograph(data.coffee(), (200, 60, 400, 220)),
    extremes(),
]

JITTER = {
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
}


def jitter(picture, order, **factors):
    for name in order:
        picture = JITTER[name](picture, factors[name])
    return picture


def shear(picture, x=0.0, y=0.0):
    degrees = [math.degrees(math.atan(x)), math.degrees(math.atan(y))]
    return F.affine(picture, angle=0.0, translate=[0, 0], scale=1.0, shear=degrees, center=[0, 0])


def translate(picture, x=0, y=0):
    return F.affine(picture, angle=0.0, translate=[x, y], scale=1.0, shear=[0.0, 0.0])


def resize(picture, height, width, filter="bilinear"):
    return F.resize(picture, [height, width], BICUBIC if filter == "bicubic" else BILINEAR)


def resize_shorter(picture, size):
    return F.resize(picture, size)


def resize_box(picture, top, left, height, width, size):
    return resized_crop(picture, top, left, height, width, [size, size], BILINEAR)


def pad_crop(picture, top, left, size, pad, border, fill):
    rule = {"fill": fill} if border == "constant" else {}
    return F.crop(F.pad(picture, pad, padding_mode=border, **rule), top, left, size, size)


CASES = [
    *[("brightness", {"factor": f}) for f in (0.6, 1.337)],
    *[("contrast", {"factor": f}) for f in (0.6, 1.337)],
    *[("saturation", {"factor": f}) for f in (0.6, 1.337)],
    *[("hue", {"turns": t}) for t in (-0.5, -0.07, 0.0, 0.031, 0.1)],
    *[("sharpness", {"factor": f}) for f in (0.1, 1.9)],
    ("grey", {}),
    ("jitter", {"order": ["brightness", "contrast", "saturation", "hue"], "brightness": 0.71, "contrast": 1.33, "saturation": 0.65, "hue": 0.08}),
    ("jitter", {"order": ["hue", "saturation", "contrast", "brightness"], "brightness": 1.21, "contrast": 0.83, "saturation": 1.35, "hue": -0.09}),
    ("jitter", {"order": ["contrast", "hue", "brightness", "saturation"], "brightness": 1.39, "contrast": 1.21, "saturation": 0.9, "hue": 0.05}),
    *[("solarize", {"threshold": t}) for t in (128, 178.5)],
    *[("posterize", {"bits": b}) for b in (2, 4, 7)],
    ("autocontrast", {}),
    ("equalize", {}),
    ("invert", {}),
    *[("rotate", {"degrees": d}) for d in (15, -30, 77.5)],
    ("rotate", {"degrees": 15, "interpolation": "bilinear", "fill": 128}),
    *[("shear", {"x": x}) for x in (0.2, -0.3)],
    ("shear", {"y": 0.23}),
    ("translate", {"x": 3}),
    ("translate", {"y": -5}),
    ("resize", {"height": 9, "width": 13}),
    ("resize", {"height": 24, "width": 20}),
    # Rows last, as in every Pillow before 13; from then on it takes them first where the height shrinks most.
    ("resize", {"height": 23, "width": 13, "filter": "bicubic"}),
    ("resize_shorter", {"size": 11}),
    ("resize_box", {"top": 2, "left": 3, "height": 11, "width": 14, "size": 12}),
    ("center_crop", {"size": 9}),
    ("blur", {"kernel": 3, "sigma": 1.0}),
    ("blur", {"kernel": 7, "sigma": 1.7}),
    ("pad_crop", {"top": 0, "left": 7, "size": 16, "pad": 4, "border": "constant", "fill": 128}),
    *[("pad_crop", {"top": 6, "left": 1, "size": 16, "pad": 4, "border": b, "fill": 0}) for b in ("edge", "reflect", "symmetric")],
]

OPERATIONS = {
    "brightness": lambda p, factor: F.adjust_brightness(p, factor),
    "contrast": lambda p, factor: F.adjust_contrast(p, factor),
    "saturation": lambda p, factor: F.adjust_saturation(p, factor),
    "hue": lambda p, turns: F.adjust_hue(p, turns),
    "sharpness": lambda p, factor: F.adjust_sharpness(p, factor),
    "grey": lambda p: F.to_grayscale(p, 3),
    "jitter": jitter,
    "solarize": lambda p, threshold: F.solarize(p, threshold),
    "posterize": lambda p, bits: F.posterize(p, bits),
    "autocontrast": F.autocontrast,
    "equalize": F.equalize,
    "invert": F.invert,
    "rotate": lambda p, degrees, interpolation="nearest", fill=0: F.rotate(
        p, degrees, BILINEAR if interpolation == "bilinear" else NEAREST, fill=[fill] * 3
    ),
    "shear": shear,
    "translate": translate,
    "resize": resize,
    "resize_shorter": resize_shorter,
    "resize_box": resize_box,
    "center_crop": lambda p, size: F.center_crop(p, [size, size]),
    "blur": lambda p, kernel, sigma: gaussian_blur(p, [kernel, kernel], [sigma, sigma]),
    "pad_crop": pad_crop,
}


def packed(pictures):
    pixels = np.stack([np.asarray(p) for p in pictures])
    return {"shape": list(pixels.shape), "base64": base64.b64encode(pixels.tobytes()).decode()}


def case(name, options):
    return {"name": name, "options": options, "result": packed([OPERATIONS[name](p, **options) for p in PICTURES])}


content = {
    "made with": f"torchvision {torchvision.__version__}, pillow {PIL.__version__}",
    "pictures": packed(PICTURES),
    "cases": [case(name, options) for name, options in CASES],
}
text = json.dumps(content, indent=1)
Path(__file__).with_name("transforms.json").write_text(text + "\n")
print(len(text), "bytes")
