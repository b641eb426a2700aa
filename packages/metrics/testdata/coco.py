"""Golden values of COCO's evaluation: python coco.py (needs torch, numpy, pycocotools 2.0.11). Writes coco.json.

Sets are drawn from a seed by the hash that the test draws by too, so that the file holds results alone. Coordinates are
quarters of a pixel: sums and areas are exact, and boxes on the edge of a threshold fall on the same side on both.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import number, write

NAMES = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]
IGNORED = 1e11  # an area beyond all ranges: how pycocotools is told of a box that counts neither way and is no crowd


class Draw:
    """Whole numbers from 0 to below n, in turn: the hash of the golden values at one position after the other."""

    def __init__(self, seed):
        self.at = seed * 1000003

    def __call__(self, n):
        x = self.at & 0xFFFFFFFF
        self.at += 1
        x ^= x >> 16
        x = x * 0x7FEB352D & 0xFFFFFFFF
        x ^= x >> 15
        x = x * 0x846CA68B & 0xFFFFFFFF
        x ^= x >> 16
        return x * n >> 32


def quarters(draw, low, high):
    return low + draw((high - low) * 4) / 4


def draw_box(draw):
    side = (40, 120, 300)[draw(3)]  # of all sizes
    w, h = quarters(draw, 4, side), quarters(draw, 4, side)
    return [quarters(draw, 0, 400), quarters(draw, 0, 400), w, h]


def moved(draw, box):
    x, y, w, h = box
    reach = (1, 4, 12)[draw(3)]
    return [v + quarters(draw, -reach, reach) for v in (x, y)] + [max(1.0, v + quarters(draw, -reach, reach)) for v in (w, h)]


def draw_image(draw, c):
    """True boxes (class, kind, box, area) and found ones (class, probability, box)."""
    truth, found = [], []
    for _ in range(draw(c["truth"] + 1)):
        box = draw_box(draw)
        kind = (0, 0, 0, 0, 0, 0, 1, 2)[draw(8)]
        area = box[2] * box[3] * (draw(4) + 1) / 4
        # The last class has no true boxes, and the one before it none that is found.
        truth.append((draw(max(1, c["classes"] - 1)), kind, box, area))
    for _ in range(draw(c["found"] + 1)):
        # Of a true box, mostly, and often of its class.
        near = truth[draw(len(truth))] if truth and draw(4) > 0 else None
        box = moved(draw, near[2]) if near else draw_box(draw)
        name = near[0] if near and draw(4) > 0 else draw(c["classes"])
        found.append((name, (draw(c["levels"]) + 1) / c["levels"], box))
    return truth, found


def draw_set(c):
    draw = Draw(c["seed"])
    return [draw_image(draw, c) for _ in range(c["images"])]


def reference(images, classes):
    annotations, results = [], []
    for i, (truth, found) in enumerate(images):
        for name, kind, box, area in truth:
            annotations.append(
                {"id": len(annotations) + 1, "image_id": i + 1, "category_id": name + 1, "bbox": box}
                | {"area": IGNORED if kind == 2 else area, "iscrowd": int(kind == 1)}
            )
        results += [{"image_id": i + 1, "category_id": n + 1, "bbox": b, "score": p} for n, p, b in found]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": i + 1} for i in range(len(images))],
            "annotations": annotations,
            "categories": [{"id": k + 1} for k in range(classes)],
        }
        truth.createIndex()
        if results:
            found = truth.loadRes(results)
        else:
            found = COCO()
            found.dataset = truth.dataset | {"annotations": []}
            found.createIndex()
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def values(evaluation, classes):
    precision = evaluation.eval["precision"][:, :, :, 0, 2]  # [thresholds, recalls, classes]
    by_class = [precision[:, :, k].mean() for k in range(classes)]
    return {
        "numbers": [number(v, 12) for v in evaluation.stats],
        "byClass": [number(v, 12) for v in by_class],
    }


def main():
    small = {"images": 6, "classes": 3, "truth": 6, "found": 12, "levels": 8}
    kinds = [
        small,
        small | {"levels": 1},  # all probabilities equal
        small | {"images": 3, "classes": 1, "truth": 3, "found": 150, "levels": 1000},  # more than a hundred a class
        small | {"found": 0},
        small | {"truth": 0},
        small | {"truth": 1, "found": 3, "images": 3, "classes": 5},  # classes and sizes without true boxes
    ]
    inputs = [kinds[i % len(kinds)] | {"seed": 100 + i} for i in range(48)]
    inputs.append({"seed": 7, "images": 100, "classes": 10, "truth": 20, "found": 40, "levels": 5000})
    cases = [c | values(reference(draw_set(c), c["classes"]), c["classes"]) for c in inputs]
    write(__file__, cases, "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]")


if __name__ == "__main__":
    main()
