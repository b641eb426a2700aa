"""Golden values of whole detectors: python detectors.py (needs torch, torchvision). Writes detectors.json.

torchvision's RetinaNet and Faster R-CNN on narrow networks: losses, gradients and detections of weights and images that both
sides make from T(shape, seed). Samplers draw in order, true boxes before proposals. Boxes are top, left, bottom, right.
"""

import math
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn
from torchvision.models import resnet
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection import FasterRCNN, RetinaNet, roi_heads
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import feature_pyramid_network as fpn
from torchvision.ops import misc

from networks import NarrowResNet

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write

torch.set_num_threads(1)

CLASSES, BATCH, WIDTH = 3, 2, 16
BOXES = [  # of each image: top, left, bottom, right as shares of its size, class
    [[0.05, 0.1, 0.45, 0.4, 0], [0.3, 0.4, 0.9, 0.95, 2], [0.5, 0.02, 0.8, 0.3, 1]],
    [[0.1, 0.15, 0.95, 0.85, 1]],
]


class Whole(nn.Module):
    """In place of torchvision's resizing: images are taken as they are."""

    def forward(self, images, targets=None):
        return ImageList(torch.stack(images), [tuple(i.shape[-2:]) for i in images]), targets

    def postprocess(self, result, *_):
        return result


def backbone(layers, extra):
    net = NarrowResNet(resnet.BasicBlock, [1, 1, 1, 1], "imagenet", 7, norm_layer=misc.FrozenBatchNorm2d)
    net.bn1 = misc.FrozenBatchNorm2d(16)
    channels = [16 * 2 ** (i - 1) for i in layers]
    return BackboneWithFPN(net, {f"layer{i}": str(at) for at, i in enumerate(layers)}, channels, WIDTH, extra)


def retinanet(**_):
    return RetinaNet(backbone([2, 3, 4], fpn.LastLevelP6P7(WIDTH, WIDTH)), CLASSES, detections_per_img=40)


def faster_rcnn(anchors, regions):
    made = FasterRCNN(
        backbone([1, 2, 3, 4], fpn.LastLevelMaxPool()),
        CLASSES + 1,
        rpn_batch_size_per_image=anchors,
        box_batch_size_per_image=regions,
        box_detections_per_img=40,
    )
    made.roi_heads.box_head.fc6 = nn.Linear(WIDTH * 49, 24)
    made.roi_heads.box_head.fc7 = nn.Linear(24, 24)
    made.roi_heads.box_predictor.cls_score = nn.Linear(24, CLASSES + 1)
    made.roi_heads.box_predictor.bbox_pred = nn.Linear(24, 4 * (CLASSES + 1))
    return made


def scale(name, shape):
    """How a weight comes from T(shape, seed): times the first number, plus the second."""
    if len(shape) >= 2:
        gain = 2 if any(last in name for last in ("cls_logits", "cls_score")) else 1
        return [gain * math.sqrt(3 / math.prod(shape[1:])), 0]
    if "bn" in name or "downsample.1" in name:
        return {"weight": [0.25, 1], "running_var": [0.5, 1]}.get(name.split(".")[-1], [0.25, 0])
    return [0.25, -2 if "classification_head.cls_logits" in name else 0]


def fill(net):
    rows = [[name, list(v.shape), *scale(name, list(v.shape))] for name, v in net.state_dict().items()]
    for row in rows:
        row[2] = float(torch.tensor(row[2], dtype=torch.float32))
    made = {
        name: (stream(shape, 100 + i) * times + plus).float().double()
        for i, (name, shape, times, plus) in enumerate(rows)
    }
    net.double().load_state_dict(made)
    return rows


def draw_in_order():
    torch.randperm = lambda n, **_: torch.arange(n)
    roi_heads.RoIHeads.add_gt_proposals = lambda _, proposals, boxes: [torch.cat([b, p]) for b, p in zip(boxes, proposals)]


def projections(gradient, seed):
    """A gradient as its length and what it has in common with two vectors."""
    flat = gradient.flatten()
    along = [float(flat @ stream([len(flat)], seed + i)) / math.sqrt(len(flat) / 3) for i in (0, 1)]
    return numbers(torch.tensor([float(flat.norm()), *along], dtype=torch.float64))


def case(name, make, shift, size, drawn):
    net = make(**drawn)
    rows = fill(net)
    net.transform = Whole()
    images = stream([BATCH, 3, *size], 1)
    scaled = [[[*(torch.tensor(b[:4]) * torch.tensor([*size, *size])).tolist(), b[4]] for b in of] for of in BOXES]
    targets = []
    for of in scaled:
        t = torch.tensor(of, dtype=torch.float32).double()
        targets.append({"boxes": t[:, [1, 0, 3, 2]], "labels": t[:, 4].long() + shift})
    net.train()
    losses = net(list(images), targets)
    sum(losses.values()).backward()
    gradients = {
        k: projections(p.grad, 900) for k, p in net.named_parameters() if p.grad is not None and ".fc." not in k
    }
    net.eval()
    with torch.no_grad():
        found = net(list(images))
    return {
        "task": name,
        "size": size,
        "drawn": drawn,
        "tensors": rows,
        "boxes": [[[float(f"{v:.9g}") for v in box] for box in of] for of in scaled],
        "losses": {k: float(v.detach()) for k, v in losses.items()},
        "gradients": gradients,
        "detections": [
            [
                [*numbers(box[[1, 0, 3, 2]], 7), int(label) - shift, *numbers(score, 7)]
                for box, label, score in zip(f["boxes"], f["labels"], f["scores"])
            ]
            for f in found
        ],
    }


if __name__ == "__main__":
    draw_in_order()
    # The second time as many are drawn as there are, so that every level learns.
    settings = [([96, 128], {"anchors": 64, "regions": 32}), ([90, 130], {"anchors": 8000, "regions": 8000})]
    detectors = [("retinanet", retinanet, 0), ("faster-rcnn", faster_rcnn, 1)]
    write(__file__, [case(*detector, *setting) for detector in detectors for setting in settings])
