"""The step of a detector in torchvision on images in memory: what `understory` is compared with."""

import contextlib

import torch
from torchvision.models.detection import FasterRCNN, RetinaNet
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d

from torch_training import answer_lines, arguments, timed


def detector(options):
    """All layers learn but the norms, as ours do."""
    same = {"backbone_name": options.model, "weights": None, "trainable_layers": 5, "norm_layer": FrozenBatchNorm2d}
    size = {"min_size": options.size, "max_size": options.size}
    if options.detector == "retinanet":
        backbone = resnet_fpn_backbone(returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256), **same)
        return RetinaNet(backbone, num_classes=options.classes, **size)
    return FasterRCNN(resnet_fpn_backbone(**same), num_classes=options.classes + 1, **size)


def boxes(size, count=10):
    """[count, 4] left, top, right, bottom."""
    i = torch.arange(count, dtype=torch.float32)
    top, left, side = 0.6 * size * i / count, 0.06 * size * (i * 7 % count), size * (0.1 + 0.02 * i)
    return torch.stack([left, top, left + side, top + side], 1)


def main():
    parser = arguments()
    parser.add_argument("--detector", default="retinanet", choices=["retinanet", "faster-rcnn"])
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    network = detector(options).train()
    if "channels_last" in options.mode:
        network = network.to(memory_format=torch.channels_last)
    learned = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learned, lr=1e-4, momentum=0.9, weight_decay=1e-4)
    images = list(torch.rand(options.batch, 3, options.size, options.size))
    targets = [{"boxes": boxes(options.size), "labels": torch.arange(10) % options.classes} for _ in images]

    def train():
        half = "bfloat16" in options.mode
        with torch.autocast("cpu", dtype=torch.bfloat16) if half else contextlib.nullcontext():
            loss = sum(network(images, targets).values())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    def step():
        times, loss = timed(train)
        return {**times, "loss": loss}

    answer_lines(torch.__version__, sum(p.numel() for p in network.parameters()), step)


if __name__ == "__main__":
    main()
