"""Golden values of boxes, anchors, assignment and losses: python boxes.py (needs torch, torchvision). Writes boxes.json.

Boxes are written as top, left, bottom, right; torchvision has x1, y1, x2, y2.
"""

import sys
from pathlib import Path

import torch
from torchvision import ops
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, places, stream, write

torch.set_num_threads(1)


def turned(boxes):
    """x1, y1, x2, y2 as top, left, bottom, right, or the other way round."""
    return boxes[..., [1, 0, 3, 2]]


def tensor(x, digits=9):
    """A tensor as JSON; the tests know its type."""
    data = numbers(x, digits) if x.is_floating_point() else x.flatten().tolist()
    return {"shape": list(x.shape), "data": data}


def some(n, seed, size=100, whole=False):
    """n boxes within a picture, some of which overlap: float32 numbers in float64."""
    u = (places([n, 4], seed) + 1) / 2
    corner = u[:, :2] * size * 0.7
    side = 2 + u[:, 2:] * size * 0.3
    boxes = torch.cat([corner, corner + side], 1)
    return (boxes.round() if whole else boxes).float().double()


def with_gradient(function, x, seed):
    """Values of a function without reduction, and the gradient of their sum weighted by T(shape, seed)."""
    leaf = x.clone().requires_grad_(True)
    value = function(leaf)
    (value * stream(list(value.shape), seed)).sum().backward()
    return value.detach(), leaf.grad


A, B = some(9, 1), some(7, 2)
B[1], B[2] = A[3], A[4] + torch.tensor([1.0, 1, -1, -1]) / 4  # the same, and within
B[3] = torch.tensor([200.0, 210, 220, 260])  # far from all
B = B.float().double()


def overlap(a, b):
    """mmdetection's `iof`."""
    both = (torch.min(a[:, None, 2:], b[:, 2:]) - torch.max(a[:, None, :2], b[:, :2])).clamp(min=0).prod(2)
    return both / ops.box_area(a)[:, None]


iou = {
    "a": tensor(turned(A)),
    "b": tensor(turned(B)),
    "iou": tensor(ops.box_iou(A, B)),
    "giou": tensor(ops.generalized_box_iou(A, B)),
    "overlap": tensor(overlap(A, B)),
}

X, Y = some(12, 3), some(12, 4)
X[:6] = Y[:6] + stream([6, 4], 5) * 3  # near; the others are mostly apart
X = X.float().double()
value, gradient = with_gradient(lambda x: ops.generalized_box_iou_loss(x, Y), X, 6)
giou = {"boxes": tensor(turned(X)), "targets": tensor(turned(Y)), "value": tensor(value), "gradient": tensor(turned(gradient))}


def decode(deltas, weights, symmetric):
    """torchvision's; mmdetection also has a least dw and dh."""
    clipped = deltas
    if symmetric:
        least = torch.tensor(weights[2:]) * -4.135166556742356
        clipped = torch.cat([deltas[:, :2], deltas[:, 2:].clamp(min=least)], 1)
    return BoxCoder(weights).decode_single(clipped, X)


coder = []
for weights, std in (((1.0, 1.0, 1.0, 1.0), [1, 1, 1, 1]), ((10.0, 10.0, 5.0, 5.0), [0.1, 0.1, 0.2, 0.2])):
    deltas = stream([12, 4], 7) * 2 * torch.tensor(weights)
    deltas[0, 2:] *= 9  # beyond what dw and dh may be, both ways
    deltas[1, 2:] = torch.tensor([-6.0, 6.0]) * torch.tensor(weights[2:])
    deltas = deltas.float().double()
    for symmetric in (False, True):
        value, gradient = with_gradient(lambda d: turned(decode(d, weights, symmetric)), deltas, 8)
        coder.append({
            "std": std, "symmetric": symmetric, "anchors": tensor(turned(X)), "boxes": tensor(turned(Y)),
            "encoded": tensor(BoxCoder(weights).encode_single(Y, X)),
            "deltas": tensor(deltas), "decoded": tensor(value), "gradient": tensor(gradient),
        })


def generated(sizes, maps, image):
    """torchvision's anchors of maps [h, w] of an image."""
    make = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes))
    features = [torch.zeros(1, 1, *m) for m in maps]
    [anchors] = make(ImageList(torch.zeros(1, 3, *image), [image]), features)
    return tensor(turned(anchors).round().int())


def exact(strides, scales, maps):
    """mmdetection's, as the loop that they are."""
    rows = []
    for stride, (h, w) in zip(strides, maps):
        for y in range(h):
            for x in range(w):
                for ratio in (0.5, 1.0, 2.0):
                    for scale in scales:
                        down, right = stride * scale * ratio**0.5 / 2, stride * scale / ratio**0.5 / 2
                        rows.append([y * stride - down, x * stride - right, y * stride + down, x * stride + right])
    return tensor(torch.tensor(rows, dtype=torch.float64), 8)


IMAGE = (80, 112)  # the last maps are rounded up: their steps in torchvision are not the strides
MAPS = [[10, 14], [5, 7], [3, 4], [2, 2], [1, 1]]
RETINA = tuple((x, int(x * 2 ** (1 / 3)), int(x * 2 ** (2 / 3))) for x in (32, 64, 128, 256, 512))
octaves = [4 * 2 ** (i / 3) for i in range(3)]
anchors = [
    {"strides": [8, 16, 32, 64, 128], "scales": octaves, "round": True, "image": IMAGE, "maps": MAPS, "anchors": generated(RETINA, MAPS, IMAGE)},
    {"strides": [4, 8], "scales": [8], "round": True, "image": (16, 24), "maps": [[4, 6], [2, 3]], "anchors": generated(((32,), (64,)), [[4, 6], [2, 3]], (16, 24))},
    {"strides": [4, 8], "scales": [8], "round": False, "maps": [[4, 6], [2, 3]], "anchors": exact([4, 8], [8], [[4, 6], [2, 3]])},
    {"strides": [8, 16], "scales": octaves, "round": False, "maps": [[2, 3], [1, 2]], "anchors": exact([8, 16], octaves, [[2, 3], [1, 2]])},
]


def max_iou(overlaps, positive, negative, low_quality, least):
    """mmdetection's MaxIoUAssigner, as the loops that it is."""
    found = []
    for a in range(overlaps.shape[1]):
        best = max(overlaps[:, a].tolist())
        first = overlaps[:, a].tolist().index(best)
        found.append(first if best >= positive else -1 if best < negative else -2)
    for i in range(overlaps.shape[0]) if low_quality else ():
        best = max(overlaps[i].tolist())
        for a in range(overlaps.shape[1]):
            if best >= least and overlaps[i, a].item() == best:
                found[a] = i
    return torch.tensor(found)


ANCHORS = torch.cat([some(40, 11, whole=True), some(20, 12), some(20, 12)])  # the last ones twice, so that bests are shared
TRUTH = torch.cat([some(4, 13, whole=True), some(3, 14), ANCHORS[41:42] + 1, ANCHORS[41:42] - 1, ANCHORS[9:11] + 0.3]).float().double()
TRUTH = torch.cat([TRUTH, TRUTH[:2]])  # and two boxes twice, so that an anchor is torn between them
OVERLAPS = ops.box_iou(TRUTH.float(), ANCHORS.float())  # in float32, so that the same numbers are equal
assign = []
for positive, negative, least in ((0.7, 0.3, 0.3), (0.5, 0.4, 0.0), (0.5, 0.5, 0.0)):
    base = {"positive": positive, "negative": negative}
    for low in (False, True):
        matched = Matcher(positive, negative, allow_low_quality_matches=low)(OVERLAPS.clone())
        assign.append({"options": {**base, **({"lowQuality": "own-best"} if low else {})}, "assigned": matched.tolist()})
    by_box = max_iou(OVERLAPS, positive, negative, True, least)
    assign.append({"options": {**base, "lowQuality": "each-box", "least": least}, "assigned": by_box.tolist()})

SCORED = torch.cat([some(50, 21, 40, whole=True), some(50, 22, 40, whole=True)])  # whole pixels: overlaps of exactly a half
SCORES = (places([100], 23).abs() * 20).round() / 32  # many are equal
CLASSES = (places([100], 24).abs() * 3).long()
nms = [
    {"iou": t, "kept": ops.nms(SCORED.float(), SCORES.float(), t).tolist(), "by_class": ops.batched_nms(SCORED.float(), SCORES.float(), CLASSES, t).tolist()}
    for t in (0.0, 0.25, 0.5, 0.75)
]



def sampled(assigned, keys, count, share):
    """Positives by falling key, up to their share, then negatives: as both samplers count them."""
    places, weights = [], []
    for row, key in zip(assigned.tolist(), keys.tolist()):
        order = sorted(range(len(row)), key=lambda a: -key[a])
        positive = [a for a in order if row[a] >= 0][: int(count * share)]
        negative = [a for a in order if row[a] == -1][: count - len(positive)]
        spare = count - len(positive) - len(negative)
        places.append(positive + negative + [0] * spare)
        weights.append([1] * (count - spare) + [0] * spare)
    return {"count": count, "positives": share, "indices": places, "weights": weights}


ASSIGNED = (places([4, 30], 51) * 4).floor().clamp(min=-2)
ASSIGNED[1], ASSIGNED[2], ASSIGNED[3] = -1, -2, ASSIGNED[3].clamp(min=0)  # none positive; nothing; none negative
KEYS = ((places([4, 30], 52) + 1) * 32).floor() / 64  # some are equal, and some 0
draws = [sampled(ASSIGNED, KEYS, n, share) for n, share in ((8, 0.5), (16, 0.25), (7, 0.0), (10, 1.0), (40, 0.5), (200, 0.25))]

LOGITS = torch.cat([(stream([40], 31) * 8), torch.tensor([0.0, 12, -12, 12, -12, 1e-4])]).float().double()
TARGETS = torch.cat([(places([40], 32) > 0).double(), torch.tensor([1.0, 0, 1, 1, 0, 1])]).double()
focal = []
for alpha, gamma in ((0.25, 2.0), (0.25, 0.0), (0.5, 1.5), (0.75, 0.5), (0.25, 3.0)):
    for targets in (TARGETS, 1 - TARGETS):
        value, gradient = with_gradient(lambda x: ops.sigmoid_focal_loss(x, targets, alpha, gamma), LOGITS, 33)
        focal.append({"options": {"alpha": alpha, "gamma": gamma}, "targets": tensor(targets.long()), "value": tensor(value), "gradient": tensor(gradient)})

D = torch.cat([stream([20], 41), torch.tensor([0.0, 0.5, -0.5, 0.25, 3.0, -3.0])])
smooth = []
for beta in (0.0, 0.25, 0.5, 1.0, 1 / 9):
    value, gradient = with_gradient(lambda d: torch.nn.functional.smooth_l1_loss(d, torch.zeros_like(d), reduction="none", beta=beta), D, 42)
    smooth.append({"beta": beta, "value": tensor(value), "gradient": tensor(gradient)})

write(__file__, {
    "iou": iou, "giou": giou, "coder": coder, "anchors": anchors,
    "assign": {"boxes": tensor(turned(TRUTH)), "anchors": tensor(turned(ANCHORS)), "cases": assign},
    "nms": {"boxes": tensor(turned(SCORED)), "scores": tensor(SCORES), "classes": tensor(CLASSES), "cases": nms},
    "sample": {"assigned": tensor(ASSIGNED.long()), "keys": tensor(KEYS), "cases": draws},
    "clip": {"boxes": tensor(turned(A * 2 - 60)), "size": [50, 70], "clipped": tensor(turned(ops.clip_boxes_to_image(A * 2 - 60, (50, 70))))},
    "focal": {"logits": tensor(LOGITS), "cases": focal},
    "smoothL1": {"difference": tensor(D), "cases": smooth},
})
