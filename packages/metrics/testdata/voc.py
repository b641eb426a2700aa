"""Golden values of Pascal VOC's average precision: python voc.py (needs torch, numpy, pycocotools for coco.py). Writes voc.json.

Written from the development kit's text: detections of a class by falling score; each is held against the box of its image
that it overlaps most; found for the first time it is right, found again wrong, and of a difficult one neither.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from coco import draw_set
from common import number, write


def overlap(box, others, more):
    """Of a box x, y, w, h with several; sides are longer by `more`."""
    a, b = np.array(box), np.array(others)
    low, high = np.maximum(a[:2], b[:, :2]), np.minimum(a[:2] + a[2:], b[:, :2] + b[:, 2:])
    sides = np.maximum(high - low + more, 0)
    both = sides[:, 0] * sides[:, 1]
    return both / (np.prod(a[2:] + more) + np.prod(b[:, 2:] + more, axis=1) - both)


def marks(images, name, iou, legacy):
    """For each detection of a class in order: 1 right, 0 wrong, -1 neither; and the number of boxes that count."""
    truth = [[(box, kind) for n, kind, box, _ in t if n == name] for t, _ in images]
    found = [(-p, i, d, box) for i, (_, f) in enumerate(images) for d, (n, p, box) in enumerate(f) if n == name]
    seen, out = set(), []
    for _, i, _, box in sorted(found, key=lambda f: f[:3]):
        values = overlap(box, [b for b, _ in truth[i]], int(legacy)) if truth[i] else np.zeros(1)
        best = int(values.argmax())
        if not (values[best] > iou if legacy else values[best] >= iou) or not truth[i]:
            out.append(0)
        elif truth[i][best][1] != 0:
            out.append(-1)
        else:
            out.append(int((i, best) not in seen))
            seen.add((i, best))
    return np.array(out), sum(kind == 0 for t in truth for _, kind in t)


def average(out, count, year):
    if count == 0:
        return -1.0
    right, wrong = np.cumsum(out == 1), np.cumsum(out == 0)
    recall = right / count
    precision = right / np.maximum(right + wrong, 1e-300)
    if year == 2007:
        best = [precision[recall >= i / 10].max(initial=0) for i in range(11)]
        return float(np.mean(best))
    recall, precision = np.r_[0, recall, 1], np.r_[0, precision, 0]
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * precision[1:]))


def measure(c, iou, year, legacy):
    images = draw_set(c)
    each = [average(*marks(images, k, iou, legacy), year) for k in range(c["classes"])]
    known = [v for v in each if v >= 0]
    result = {"mAP": np.mean(known) if known else -1, "byClass": each}
    return {"iou": iou, "year": year, "legacy": legacy, "mAP": number(result["mAP"], 12), "byClass": [number(v, 12) for v in each]}


def main():
    small = {"images": 6, "classes": 3, "truth": 6, "found": 12, "levels": 8}
    kinds = [small, small | {"levels": 1}, small | {"found": 0}, small | {"truth": 0}, small | {"images": 30, "levels": 500}]
    cases = []
    for i in range(20):
        c = kinds[i % len(kinds)] | {"seed": 300 + i}
        ways = [(0.5, 2007, False), (0.5, 2010, False), (0.75, 2010, False), (0.5, 2007, True)]
        cases.append(c | {"results": [measure(c, *way) for way in ways]})
    write(__file__, cases, "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]")


if __name__ == "__main__":
    main()
