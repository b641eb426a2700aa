"""PyTorch networks that torchvision and timm do not have, as shared/handbook part 4 defines them."""
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import resnet


def conv(i, o, k, stride=1, bias=False, groups=1):
    return nn.Conv2d(i, o, k, stride, k // 2, bias=bias, groups=groups)


def narrow_resnet(block, blocks, width, stem, classes, **kwargs):
    """torchvision's ResNet with its planes multiplied, and the CIFAR stem where it is asked for."""

    class Narrow(resnet.ResNet):
        def _make_layer(self, block, planes, *args, **more):
            planes = round(planes * width)
            if not hasattr(self, 'layer1'):
                self.inplanes = planes
            return super()._make_layer(block, planes, *args, **more)

    net = Narrow(block, blocks, **kwargs)
    first = round(64 * width)
    net.conv1 = nn.Conv2d(3, first, 3, 1, 1, bias=False) if stem == 'cifar' else nn.Conv2d(3, first, 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(first)
    net.fc = nn.Linear(round(512 * width) * block.expansion, classes)
    if stem == 'cifar':
        net.maxpool = nn.Identity()
    return net


class LightNeXt(resnet.Bottleneck):
    """ResNeXt's block with its first 1x1 grouped too."""

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__(inplanes, planes, stride, downsample, groups, base_width, dilation, norm_layer)
        self.conv1 = conv(inplanes, self.conv1.out_channels, 1, groups=groups)


class Gate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(c, max(1, c // 16)), nn.Linear(max(1, c // 16), c)

    def forward(self, x):
        w = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
        return x * w[:, :, None, None]


class SEBlock(nn.Module):
    def __init__(self, i, planes, stride, deep, zoo):
        super().__init__()
        o = planes * (4 if deep else 1)
        shapes = [(i, planes, 1, 1), (planes, planes, 3, stride), (planes, o, 1, 1)] if deep else [(i, o, 3, stride), (o, o, 3, 1)]
        self.convs = nn.ModuleList(conv(a, b, k, s, zoo) for a, b, k, s in shapes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b, _, _ in shapes)
        self.gate, self.zoo = Gate(o), zoo
        same = stride == 1 and i == o
        self.around = nn.Sequential() if same else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=zoo), nn.BatchNorm2d(o))
        self.out = o

    def forward(self, x):
        y = x
        for n, (c, b) in enumerate(zip(self.convs, self.norms)):
            y = b(c(y))
            if n < len(self.convs) - 1 or self.zoo:
                y = F.relu(y)
        return F.relu(self.gate(y) + self.around(x))


class PreActBlock(nn.Module):
    def __init__(self, i, planes, stride, deep, zoo):
        super().__init__()
        o = planes * (4 if deep else 1)
        first, second = (stride, 1) if zoo else (1, stride)
        shapes = [(i, planes, 1, first), (planes, planes, 3, second), (planes, o, 1, 1)] if deep else [(i, o, 3, stride), (o, o, 3, 1)]
        self.convs = nn.ModuleList(conv(a, b, k, s, zoo) for a, b, k, s in shapes)
        self.norms = nn.ModuleList(nn.BatchNorm2d(a) for a, _, _, _ in shapes)
        self.around = None if stride == 1 and i == o else nn.Conv2d(i, o, 1, stride, bias=zoo)
        self.zoo, self.out = zoo, o

    def forward(self, x):
        pre = F.relu(self.norms[0](x))
        y = self.convs[0](pre)
        for c, b in zip(self.convs[1:], self.norms[1:]):
            y = c(F.relu(b(y)))
        return y + (x if self.around is None else self.around(x if self.zoo else pre))


class Staged(nn.Module):
    """Stem, four stages of a block, mean, linear; `end` comes before the mean."""

    def __init__(self, block, blocks, width, stem, classes, deep, zoo, bare=False, end=False):
        super().__init__()
        c = round(64 * width)
        layers = [conv(3, c, 3, 1, zoo) if stem == 'cifar' else nn.Conv2d(3, c, 7, 2, 3, bias=zoo)]
        if not bare:
            layers += [nn.BatchNorm2d(c), nn.ReLU()]
        if stem == 'imagenet':
            layers.append(nn.MaxPool2d(3, 2, 1))
        self.stem, self.stages = nn.Sequential(*layers), nn.ModuleList()
        for s, count in enumerate(blocks):
            row = []
            for b in range(count):
                row.append(block(c, round(64 * 2**s * width), 2 if s and not b else 1, deep, zoo))
                c = row[-1].out
            self.stages.append(nn.Sequential(*row))
        self.end = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU()) if end else nn.Identity()
        self.fc = nn.Linear(c, classes)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.fc(self.end(x).mean((2, 3)))


class MobileNetV1(nn.Module):
    ROWS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]

    def __init__(self, width, stem, classes, bias):
        super().__init__()
        c = round(32 * width)
        self.stem = nn.Sequential(conv(3, c, 3, 2 if stem == 'imagenet' else 1), nn.BatchNorm2d(c), nn.ReLU())
        self.blocks = nn.ModuleList()
        for o, stride in self.ROWS:
            o = round(o * width)
            self.blocks.append(nn.Sequential(
                conv(c, c, 3, stride, groups=c), nn.BatchNorm2d(c), nn.ReLU(), conv(c, o, 1, bias=bias), nn.BatchNorm2d(o), nn.ReLU()))
            c = o
        self.fc = nn.Linear(c, classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean((2, 3)))
