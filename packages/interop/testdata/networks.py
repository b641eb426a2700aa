"""Small networks whose modules are named as published code names them; shapes follow shared definitions."""
from torch import nn
from torch.nn import functional as F
from torchvision.models import resnet


class NarrowResNet(resnet.ResNet):
    """torchvision's ResNet with a quarter of the planes, and the CIFAR stem where it is asked for."""

    def __init__(self, block, blocks, stem, classes, **kwargs):
        super().__init__(block, blocks, **kwargs)
        window = (3, 1, 1) if stem == 'cifar' else (7, 2, 3)
        self.conv1, self.bn1 = nn.Conv2d(3, 16, *window, bias=False), nn.BatchNorm2d(16)
        self.fc = nn.Linear(128 * block.expansion, classes)
        if stem == 'cifar':
            self.maxpool = nn.Identity()

    def _make_layer(self, block, planes, *args, **more):
        if not hasattr(self, 'layer1'):
            self.inplanes = planes // 4
        return super()._make_layer(block, planes // 4, *args, **more)


class SepConv(nn.Module):
    def __init__(self, i, o):
        super().__init__()

        def half(stride, to):
            return nn.Conv2d(i, i, 3, stride, 1, groups=i, bias=False), nn.Conv2d(i, to, 1, bias=False), nn.BatchNorm2d(to), nn.ReLU()

        self.op = nn.Sequential(*half(2, i), *half(1, o))

    def forward(self, x):
        return self.op(x)


class WithHeads(NarrowResNet):
    """The released code's network: projection heads `auxiliary1` to `auxiliary3` beside the backbone."""

    def __init__(self, *args):
        super().__init__(*args)
        widths = [16, 32, 64, 128]
        for s in range(3):
            convs = [SepConv(a, b) for a, b in zip(widths[s:], widths[s + 1 :])]
            setattr(self, f'auxiliary{s + 1}', nn.Sequential(*convs, nn.AdaptiveAvgPool2d(1)))

    def embeddings(self, x):
        x, out = F.relu(self.bn1(self.conv1(x))), []
        for s in (1, 2, 3):
            x = getattr(self, f'layer{s}')(x)
            out.append(getattr(self, f'auxiliary{s}')(x).flatten(1))
        return out


def conv(i, o, k, stride=1, bias=True):
    return nn.Conv2d(i, o, k, stride, k // 2, bias=bias)


def branch(shapes, bias):
    row = []
    for i, o, k, stride in shapes:
        row += [conv(i, o, k, stride, bias), nn.BatchNorm2d(o), nn.ReLU()]
    return row


class ZooBlock(nn.Module):
    """A popular CIFAR collection's ResNet block."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.residual_function = nn.Sequential(*branch([(i, o, 3, stride), (o, o, 3, 1)], False)[:-1])
        same = stride == 1 and i == o
        self.shortcut = nn.Sequential() if same else nn.Sequential(conv(i, o, 1, stride, False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.residual_function(x) + self.shortcut(x))


class ZooResNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Sequential(*branch([(3, 16, 3, 1)], False))
        for s, (i, o) in enumerate([(16, 16), (16, 32), (32, 64), (64, 128)]):
            setattr(self, f'conv{s + 2}_x', nn.Sequential(ZooBlock(i, o, 2 if s else 1)))
        self.fc = nn.Linear(128, classes)

    def forward(self, x):
        for part in (self.conv1, self.conv2_x, self.conv3_x, self.conv4_x, self.conv5_x):
            x = part(x)
        return self.fc(x.mean((2, 3)))


class CifarBlock(nn.Module):
    """The block of another popular CIFAR collection, which most contrastive code began with."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(i, o, 3, stride, False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = conv(o, o, 3, 1, False), nn.BatchNorm2d(o)
        same = stride == 1 and i == o
        self.shortcut = nn.Sequential() if same else nn.Sequential(conv(i, o, 1, stride, False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class CifarResNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 16, 3, 1, False), nn.BatchNorm2d(16)
        for s, (i, o) in enumerate([(16, 16), (16, 32), (32, 64), (64, 128)]):
            setattr(self, f'layer{s + 1}', nn.Sequential(CifarBlock(i, o, 2 if s else 1)))
        self.linear = nn.Linear(128, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for part in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = part(x)
        return self.linear(x.mean((2, 3)))


class Row(nn.Sequential):
    """A network's modules in a row, as `Sequential(*network.children())`; what is no module in it is told by `between`."""

    def __init__(self, net, leave=(), between=()):
        super().__init__(*[module for name, module in net.named_children() if name not in leave])
        self.between = between

    def forward(self, x):
        for i, module in enumerate(self):
            if isinstance(module, nn.Linear):
                x = x.mean((2, 3)) if x.ndim == 4 else x
            x = module(x)
            if i in self.between:
                x = F.relu(x)
        return x


class ZooSE(nn.Module):
    def __init__(self, i, planes, stride, deep):
        super().__init__()
        o = planes * (4 if deep else 1)
        shapes = [(i, planes, 1, 1), (planes, planes, 3, stride), (planes, o, 1, 1)] if deep else [(i, o, 3, stride), (o, o, 3, 1)]
        self.residual = nn.Sequential(*branch(shapes, True))
        same = stride == 1 and i == o
        self.shortcut = nn.Sequential() if same else nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o))
        small = max(1, o // 16)
        self.excitation = nn.Sequential(nn.Linear(o, small), nn.ReLU(), nn.Linear(small, o), nn.Sigmoid())
        self.out = o

    def forward(self, x):
        y = self.residual(x)
        return F.relu(y * self.excitation(y.mean((2, 3)))[:, :, None, None] + self.shortcut(x))


class ZooPreAct(nn.Module):
    def __init__(self, i, planes, stride, deep):
        super().__init__()
        o = planes * (4 if deep else 1)
        shapes = [(i, planes, 1, stride), (planes, planes, 3, 1), (planes, o, 1, 1)] if deep else [(i, o, 3, stride), (o, o, 3, 1)]
        row = []
        for a, b, k, s in shapes:
            row += [nn.BatchNorm2d(a), nn.ReLU(), conv(a, b, k, s)]
        self.residual = nn.Sequential(*row)
        self.shortcut = nn.Sequential() if stride == 1 and i == o else conv(i, o, 1, stride)
        self.out = o

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)


class ZooStaged(nn.Module):
    def __init__(self, block, classes, deep, official=False):
        super().__init__()
        self.pre, c = nn.Sequential(*branch([(3, 16, 3, 1)], True)), 16
        for s in range(4):
            row = block(c, 16 * 2**s, 2 if s else 1, deep)
            setattr(self, f'stage{s + 1}', nn.Sequential(row))
            c = row.out
        self.linear = nn.Linear(c, classes)
        if official:
            self.deepwise4 = nn.Module()
            self.deepwise4.fc = nn.Linear(c, classes)

    def forward(self, x):
        for part in (self.pre, self.stage1, self.stage2, self.stage3, self.stage4):
            x = part(x)
        last = self.deepwise4.fc if hasattr(self, 'deepwise4') else self.linear
        return last(x.mean((2, 3)))
