"""Golden values of the separable-convolution tower: output in training and inference mode, and gradients."""

import sys
from pathlib import Path

import torch
from torch import nn

sys.path.append(str(Path(__file__).parents[3] / "tooling" / "reference"))
from common import numbers, stream, write


class SepConv(nn.Sequential):
    """As in the released code: depthwise, pointwise, batch norm, ReLU, twice; the first depthwise has stride 2."""

    def __init__(self, width, out):
        super().__init__(
            nn.Conv2d(width, width, 3, stride=2, padding=1, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, stride=1, padding=1, groups=width, bias=False),
            nn.Conv2d(width, out, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
        )


def tower(widths):
    steps = [SepConv(a, b) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*steps, nn.AdaptiveAvgPool2d(1), nn.Flatten()).double()


# Widths as a backbone's stages have them, then maps [N, C, H, W]; an odd side shows where padding goes.
WIDTHS, MAP = [4, 6, 8], (3, 4, 9, 9)

net = tower(WIDTHS)
with torch.no_grad():
    for i, p in enumerate(p for p in net.parameters() if p.dim() > 1):
        p.copy_(stream(p.shape, 10 + i))
    for i, m in enumerate(m for m in net.modules() if isinstance(m, nn.BatchNorm2d)):
        m.weight.copy_(1 + 0.5 * stream(m.weight.shape, 30 + i))
        m.bias.copy_(stream(m.bias.shape, 50 + i))

x = stream(MAP, 1).requires_grad_(True)
direction = stream((MAP[0], WIDTHS[-1]), 2)
net.eval()
inference = net(x)
net.train()
training = net(x)
(training * direction).sum().backward()
write(
    __file__,
    {
        "inference": numbers(inference),
        "training": numbers(training),
        "inputGradient": numbers(x.grad),
        "kernelGradients": [numbers(p.grad) for p in net.parameters() if p.dim() > 1],
        "scaleGradients": [numbers(m.weight.grad) for m in net.modules() if isinstance(m, nn.BatchNorm2d)],
        "runningMean": [numbers(m.running_mean) for m in net.modules() if isinstance(m, nn.BatchNorm2d)],
        "runningVariance": [numbers(m.running_var) for m in net.modules() if isinstance(m, nn.BatchNorm2d)],
    },
)
