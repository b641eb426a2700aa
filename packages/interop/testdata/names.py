"""Names, shapes and logits of networks as other code writes them: `python names.py > names.json`.

Weights come from a deterministic stream, so no file holds them. Needs torch, torchvision and timm; float64.
"""
import json
import math

import numpy as np
import timm
import torch
import torchvision.models as tv
from timm.models.convnext import ConvNeXt
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torchvision.models import convnext, densenet, efficientnet, resnet, vision_transformer

from networks import CifarResNet, NarrowResNet, Row, WithHeads, ZooPreAct, ZooResNet, ZooSE, ZooStaged

CLASSES, BATCH = 7, 2


def stream(shape, s):
    i = np.arange(math.prod(shape), dtype=np.uint64)
    x = ((i + s * 1000003) & 0xFFFFFFFF).astype(np.uint64)
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    x = x ^ (x >> 16)
    return torch.tensor(x.astype(np.float64) / 2**31 - 1).reshape(shape)


def value(name, shape, s):
    """Kernels of unit gain; scales and variances about 1; biases and means about 0. In float32, as a file holds it."""
    u = stream(shape, s)
    if len(shape) >= 2:
        u = u * math.sqrt(3 / math.prod(shape[1:]))
    elif name.endswith('weight'):
        u = 1 + 0.25 * u
    elif name.endswith('running_var'):
        u = 1 + 0.5 * u
    else:
        u = 0.25 * u
    return u.float().double()


def fill(net):
    net = net.double().eval()
    rows = [(k, list(v.shape)) for k, v in net.state_dict().items() if not k.endswith('num_batches_tracked')]
    net.load_state_dict({k: value(k, shape, 100 + i) for i, (k, shape) in enumerate(rows)}, strict=False)
    return net, rows


def vgg(variant, compact):
    features, c = [], 3
    for v in tv.vgg.cfgs[{'11': 'A', '13': 'B'}[variant[3:5]]]:
        if v == 'M':
            features.append(nn.MaxPool2d(2, 2))
        else:
            features += [nn.Conv2d(c, v // 16, 3, padding=1), *([nn.BatchNorm2d(v // 16)] if 'bn' in variant else []), nn.ReLU()]
            c = v // 16
    net = tv.VGG(nn.Sequential(*features), num_classes=CLASSES, init_weights=False)
    net.avgpool = nn.Identity()
    net.classifier[0], net.classifier[3], net.classifier[6] = nn.Linear(c, 256), nn.Linear(256, 256), nn.Linear(256, CLASSES)
    if compact:
        net.classifier = nn.Linear(c, CLASSES)
    return net


def cases():
    one, short = [1, 1, 1, 1], {'width': 0.25, 'depth': 0.01}
    cifar, imagenet = {'stem': 'cifar'}, {'stem': 'imagenet'}
    basic, deep = resnet.BasicBlock, resnet.Bottleneck
    yield 'torchvision', 'resnet', {'variant': 'resnet18', **cifar, 'width': 0.25}, 16, NarrowResNet(basic, [2, 2, 2, 2], 'cifar', CLASSES)
    grouped = NarrowResNet(deep, one, 'imagenet', CLASSES, groups=32, width_per_group=4)
    yield 'torchvision', 'resnet', {'variant': 'resnext50', **imagenet, **short}, 64, grouped
    yield 'timm', 'resnet', {'variant': 'resnet18', **imagenet, 'depth': 0.01}, 32, ResNet(BasicBlock, (1, 1, 1, 1), CLASSES)
    yield 'zoo', 'resnet', {'variant': 'resnet18', **cifar, **short}, 16, ZooResNet(CLASSES)
    yield 'official', 'resnet', {'variant': 'resnet18', **cifar, **short}, 32, WithHeads(basic, one, 'cifar', CLASSES)
    yield 'cifar', 'resnet', {'variant': 'resnet18', **cifar, **short}, 16, CifarResNet(CLASSES)
    yield 'children-cifar', 'resnet', {'variant': 'resnet18', **cifar, **short}, 16, Row(CifarResNet(CLASSES), between=[1])
    yield 'children', 'resnet', {'variant': 'resnet18', **imagenet, **short}, 32, Row(NarrowResNet(basic, one, 'imagenet', CLASSES))
    unpooled = Row(NarrowResNet(basic, one, 'cifar', CLASSES), leave=['maxpool', 'avgpool'])
    unpooled.insert(7, nn.AdaptiveAvgPool2d(1)), unpooled.insert(8, nn.Flatten())
    yield 'children-unpooled', 'resnet', {'variant': 'resnet18', **cifar, **short}, 16, unpooled
    se = ResNet(Bottleneck, (1, 1, 1, 1), CLASSES, block_args={'attn_layer': 'se'})
    yield 'timm', 'senet', {'variant': 'senet50', **imagenet, 'form': 'canonical', 'depth': 0.01}, 32, se
    yield 'zoo', 'senet', {'variant': 'senet50', **cifar, 'form': 'zoo', **short}, 16, ZooStaged(ZooSE, CLASSES, True)
    yield 'official', 'senet', {'variant': 'senet18', **cifar, 'form': 'zoo', **short}, 16, ZooStaged(ZooSE, CLASSES, False, True)
    yield 'zoo', 'preactResnet', {'variant': 'preactresnet50', **cifar, 'form': 'zoo', **short}, 16, ZooStaged(ZooPreAct, CLASSES, True)
    official = ZooStaged(ZooPreAct, CLASSES, False, True)
    yield 'official', 'preactResnet', {'variant': 'preactresnet18', **cifar, 'form': 'zoo', **short}, 16, official
    for variant, compact in (('vgg11', False), ('vgg13-bn', True), ('vgg13-bn', False)):
        options = {'variant': variant, **cifar, 'width': 1 / 16, 'classifier': 'compact' if compact else 'mlp'}
        yield 'torchvision', 'vgg', options, 32, vgg(variant, compact)
    yield 'timm', 'mobilenetV1', {'variant': 'mobilenetv1', **imagenet}, 32, timm.create_model('mobilenetv1_100', num_classes=CLASSES)
    yield 'torchvision', 'mobilenetV2', {'variant': 'mobilenetv2', **imagenet}, 32, tv.mobilenet_v2(num_classes=CLASSES)
    yield 'timm', 'mobilenetV2', {'variant': 'mobilenetv2', **imagenet}, 32, timm.create_model('mobilenetv2_100', num_classes=CLASSES)
    for size in ('small', 'large'):
        options = {'variant': f'mobilenetv3-{size}', **imagenet}
        yield 'torchvision', 'mobilenetV3', options, 32, getattr(tv, f'mobilenet_v3_{size}')(num_classes=CLASSES)
        yield 'timm', 'mobilenetV3', options, 32, timm.create_model(f'mobilenetv3_{size}_100', num_classes=CLASSES, bn_eps=1e-3)
    yield 'torchvision', 'shufflenet', {'variant': 'shufflenetv2-x0.5', **imagenet}, 32, tv.shufflenet_v2_x0_5(num_classes=CLASSES)
    yield 'torchvision', 'efficientnet', {'variant': 'efficientnet-b1', **imagenet}, 32, tv.efficientnet_b1(num_classes=CLASSES)
    yield 'timm', 'efficientnet', {'variant': 'efficientnet-b0', **imagenet}, 32, timm.create_model('efficientnet_b0', num_classes=CLASSES)
    dense = densenet.DenseNet(8, (2, 3, 5, 4), 16, num_classes=CLASSES)
    yield 'torchvision', 'densenet', {'variant': 'densenet121', **imagenet, 'width': 0.25, 'depth': 0.2}, 64, dense
    setting = [convnext.CNBlockConfig(24, 48, 2), convnext.CNBlockConfig(48, 96, 2), convnext.CNBlockConfig(96, 192, 4), convnext.CNBlockConfig(192, None, 2)]
    options = {'variant': 'convnext-t', **imagenet, 'width': 0.25, 'depth': 0.4}
    yield 'torchvision', 'convnext', options, 32, convnext.ConvNeXt(setting, num_classes=CLASSES)
    yield 'timm', 'convnext', options, 32, ConvNeXt(num_classes=CLASSES, depths=(2, 2, 4, 2), dims=(24, 48, 96, 192))
    options = {'variant': 'vit-s16', **imagenet, 'width': 1 / 3, 'depth': 0.6}
    yield 'timm', 'vit', options, 48, VisionTransformer(img_size=48, patch_size=16, embed_dim=128, depth=8, num_heads=2, num_classes=CLASSES)
    yield 'torchvision', 'vit', options, 48, vision_transformer.VisionTransformer(48, 16, 8, 2, 128, 512, num_classes=CLASSES)


def main():
    out = []
    for code, function, options, side, net in cases():
        net, rows = fill(net)
        x = stream([BATCH, 3, side, side], 1)
        with torch.no_grad():
            row = {'code': code, 'function': function, 'options': options, 'side': side, 'logits': net(x).flatten().tolist(), 'tensors': rows}
            if hasattr(net, 'embeddings'):
                row['embeddings'] = [h.flatten().tolist() for h in net.embeddings(x)]
        out.append(row)
    print('[\n' + ',\n'.join(json.dumps(row) for row in out) + '\n]')


if __name__ == '__main__':
    main()
