"""The networks that `understory` is compared with, in PyTorch: equal layers, equal numbers of parameters."""

import torch
import torch.nn.functional as F
from torch import nn


def conv_bn(inputs, outputs, kernel, stride=1):
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class Basic(nn.Module):
    expansion = 1

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.first = conv_bn(inputs, planes, 3, stride)
        self.second = conv_bn(planes, planes, 3)
        self.shortcut = nn.Identity() if stride == 1 and inputs == planes else conv_bn(inputs, planes, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x), inplace=True)) + self.shortcut(x))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, planes, stride):
        super().__init__()
        outputs = 4 * planes
        self.first = conv_bn(inputs, planes, 1)
        self.second = conv_bn(planes, planes, 3, stride)
        self.third = conv_bn(planes, outputs, 1)
        self.shortcut = nn.Identity() if stride == 1 and inputs == outputs else conv_bn(inputs, outputs, 1, stride)

    def forward(self, x):
        y = F.relu(self.second(F.relu(self.first(x), inplace=True)), inplace=True)
        return F.relu(self.third(y) + self.shortcut(x))


def separable(inputs, outputs):
    """Twice a depthwise 3x3, a pointwise 1x1, batch norm and ReLU; the first halves the resolution."""

    def half(width, stride):
        return [
            nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]

    return nn.Sequential(*half(inputs, 2), *half(outputs, 1))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        depthwise = [nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(True)]
        expand = [] if expansion == 1 else [*conv_bn(inputs, wide, 1), nn.ReLU6(True)]
        self.body = nn.Sequential(*expand, *depthwise, *conv_bn(wide, outputs, 1))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


RESNETS = {"resnet18": (Basic, [2, 2, 2, 2]), "resnet50": (Bottleneck, [3, 4, 6, 3])}

# Sandler et al. 2018, table 2: expansion, width, blocks, stride of the first.
MOBILENET_V2 = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

# Simonyan & Zisserman 2015, table 1, configuration D with batch norm: widths of the convolutions of each block.
VGG_16 = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
MODELS = sorted([*RESNETS, "mobilenetv2", "vgg16-bn", "vit-s16"])


def resnet(name, size):
    """A stem and four stages, with the width of each stage."""
    block, counts = RESNETS[name]
    large = size > 64
    stem = [*conv_bn(3, 64, 7 if large else 3, 2 if large else 1), nn.ReLU(inplace=True)]
    if large:
        stem.append(nn.MaxPool2d(3, 2, 1))
    stages, width, widths = [], 64, []
    for i, count in enumerate(counts):
        planes = 64 * 2**i
        blocks = []
        for j in range(count):
            blocks.append(block(width, planes, 2 if i > 0 and j == 0 else 1))
            width = planes * block.expansion
        stages.append(nn.Sequential(*blocks))
        widths.append(width)
    return nn.Sequential(*stem), stages, widths


def mobilenet_v2(size):
    """The same cut: a stage ends in front of each of the last three strides of two, the last one after the 1x1."""
    large = size > 64
    stem = nn.Sequential(*conv_bn(3, 32, 3, 2 if large else 1), nn.ReLU6(True))
    stages, blocks, width, widths, halvings = [], [], 32, [], 0
    for expansion, outputs, count, first in MOBILENET_V2:
        for j in range(count):
            stride = first if j == 0 else 1
            if stride == 2:
                halvings += 1
                if halvings > 1:
                    stages.append(nn.Sequential(*blocks))
                    widths.append(width)
                    blocks = []
                elif not large:
                    stride = 1
            blocks.append(InvertedResidual(width, outputs, stride, expansion))
            width = outputs
    stages.append(nn.Sequential(*blocks, *conv_bn(width, 1280, 1), nn.ReLU6(True)))
    return stem, stages, [*widths, 1280]


def vgg_16():
    """The cut in front of pools 2 to 4, the last stage behind pool 5."""
    blocks, width = [], 3
    for outputs in VGG_16:
        layers = []
        for wide in outputs:
            layers += [nn.Conv2d(width, wide, 3, 1, 1), nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
            width = wide
        blocks.append(nn.Sequential(*layers))
    pool = lambda: nn.MaxPool2d(2, 2)
    stages = [
        nn.Sequential(pool(), blocks[1]),
        nn.Sequential(pool(), blocks[2]),
        nn.Sequential(pool(), blocks[3]),
        nn.Sequential(pool(), blocks[4], pool()),
    ]
    return blocks[0], stages, [128, 256, 512, 512]


class Block(nn.Module):
    """Attention, then two dense layers, a layer norm in front of each (Dosovitskiy et al. 2021)."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c)
        x = x + self.proj(mixed)
        return x + self.mlp(self.norm2(x))


class Patches(nn.Module):
    """Patches as tokens behind a class token, learned positions added."""

    def __init__(self, size, patch, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, 1 + (size // patch) ** 2, width))

    def forward(self, x):
        rows = self.conv(x).flatten(2).transpose(1, 2)
        return torch.cat([self.token.expand(len(x), -1, -1), rows], 1) + self.position


def vit_s16(size):
    """Touvron et al. 2021, table 1: 12 blocks of 6 heads, a stage each quarter."""
    stages = [nn.Sequential(*[Block(384, 6) for _ in range(3)]) for _ in range(4)]
    stages[3].append(nn.LayerNorm(384, 1e-6))
    return Patches(size, 16 if size > 64 else 4, 384), stages, [384] * 4


def as_map(x):
    """The patches of tokens as a map."""
    b, n, c = x.shape
    side = int((n - 1) ** 0.5)
    return x[:, 1:].transpose(1, 2).reshape(b, c, side, side)


def parts_of(name, size):
    if name == "mobilenetv2":
        return mobilenet_v2(size)
    if name == "vgg16-bn":
        return vgg_16()
    return vit_s16(size) if name == "vit-s16" else resnet(name, size)


def classifier_of(name, width, classes, size):
    """What reads the last stage's mean, or for VGG its cells."""
    if name != "vgg16-bn":
        return nn.Sequential(nn.Dropout(0.2 if name == "mobilenetv2" else 0), nn.Linear(width, classes))
    cells = 49 if size > 64 else 1
    hidden = lambda inputs: [nn.Linear(inputs, 4096), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    return nn.Sequential(nn.Flatten(), *hidden(cells * width), *hidden(4096), nn.Linear(4096, classes))


class Supervised(nn.Module):
    """A network with a projection head on each of its first three stages."""

    def __init__(self, name, classes, size):
        super().__init__()
        self.name = name
        self.stem, stages, widths = parts_of(name, size)
        self.stages, width = nn.ModuleList(stages), widths[-1]
        self.heads = nn.ModuleList(
            nn.Sequential(*[separable(a, b) for a, b in zip(widths[i:], widths[i + 1 :])]) for i in range(3)
        )
        self.classifier = classifier_of(name, width, classes, size)

    def read(self, x):
        """Logits and embeddings of what the last stage gives."""
        pooled = x[:, 0] if self.name == "vit-s16" else x.mean((2, 3))
        return self.classifier(x if self.name == "vgg16-bn" else pooled), pooled

    def forward(self, x):
        x = self.stem(x)
        embeddings = []
        for stage, head in zip(self.stages, self.heads):
            x = stage(x)
            embeddings.append(head(as_map(x) if self.name == "vit-s16" else x).mean((2, 3)))
        logits, pooled = self.read(self.stages[-1](x))
        return logits, [*embeddings, pooled]


def sup_con(z, labels, temperature=0.07):
    """Khosla et al. 2020, eq. 2; z [2B, D], labels [B]."""
    z = F.normalize(z, dim=1)
    both = labels.repeat(2)
    others = 1 - torch.eye(len(z))
    positive = (both[:, None] == both[None, :]).float() * others
    logits = z @ z.T / temperature
    logits = logits - logits.max(1, keepdim=True).values.detach()
    log_p = logits - (logits.exp() * others).sum(1, keepdim=True).log()
    return -((positive * log_p).sum(1) / positive.sum(1)).mean()
