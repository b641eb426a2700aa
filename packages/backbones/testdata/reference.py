"""Golden values of narrow networks: `python reference.py > families.json`.

Weights come from the deterministic stream of handbook part 1, section 13, so no file holds them.
Needs torch, torchvision and timm. Everything is computed in float64.
"""
import json
import math
from functools import partial

import numpy as np
import torch
import torchvision.models as tv
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torchvision.models import convnext, densenet, efficientnet, mobilenetv3, resnet

from zoo import LightNeXt, MobileNetV1, PreActBlock, SEBlock, Staged, narrow_resnet

CLASSES, BATCH, SAMPLES = 7, 4, 12


def stream(shape, s, scale=1.0):
    i = np.arange(math.prod(shape), dtype=np.uint64)
    x = ((i + s * 1000003) & 0xFFFFFFFF).astype(np.uint64)
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    x = x ^ (x >> 16)
    return torch.tensor(scale * (x.astype(np.float64) / 2**31 - 1)).reshape(shape)


def fill(net):
    """Kernels of unit gain; norms and biases that differ from channel to channel."""
    norms = (nn.BatchNorm2d, nn.LayerNorm)
    for module in net.modules():
        for name, p in module.named_parameters(recurse=False):
            n = p.numel()
            if name in ('cls_token', 'pos_embed'):
                value = stream([n], 0, math.sqrt(3))
            elif p.ndim >= 2:
                value = stream(p.shape, 0, math.sqrt(3 / math.prod(p.shape[1:])))
            elif isinstance(module, norms):
                value = 1 + stream([n], 1, 0.25) if name == 'weight' else stream([n], 2, 0.25)
            else:
                value = stream([n], 5, 0.25)
            p.data = value.reshape(p.shape)
        if isinstance(module, nn.BatchNorm2d):
            n = module.num_features
            module.running_mean, module.running_var = stream([n], 3, 0.25), 1 + stream([n], 4, 0.5)
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return net.double()


def probe(x):
    """Shape [B, h, w, c], a few values spread over the map, the mean of absolute values."""
    x = x.detach()
    x = x.permute(0, 2, 3, 1) if x.ndim == 4 else x
    flat = x.reshape(-1)
    at = [(2 * k + 1) * flat.numel() // (2 * SAMPLES) for k in range(SAMPLES)]
    return {'shape': list(x.shape), 'values': [round(flat[i].item(), 7) for i in at], 'mean': round(flat.abs().mean().item(), 7)}


def statistics(net):
    """One number a batch norm, sorted: names and order differ from library to library."""
    rows = []
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            n = module.num_features
            rows.append((stream([n], 7) * module.running_mean + stream([n], 8) * module.running_var).sum().item() / n)
    return [round(r, 7) for r in sorted(rows)]


def run(net, taps, side):
    fill(net)
    maps = {}
    for i, (module, turn) in enumerate(taps):
        module.register_forward_hook(lambda m, a, out, i=i, turn=turn: maps.__setitem__(i, turn(out)))
    x = stream([BATCH, 3, side, side], 1)
    result = {}
    for mode in ('eval', 'train'):
        net.train(mode == 'train')
        with torch.no_grad():
            logits = net(x)
        result[mode] = {'logits': probe(logits), 'taps': [probe(maps[i]) for i in range(len(taps))]}
    return {**result, 'statistics': statistics(net)}


def same(x):
    return x


def resnets(net):
    return [(stage, same) for stage in (net.layer1, net.layer2, net.layer3, net.layer4)]


def staged(net):
    return [(s, same) for s in net.stages[:3]] + [(net.end if len(list(net.end.children())) else net.stages[3], same)]


def at(modules, *indices):
    return [(modules[i], same) for i in indices]


def vgg(variant, width, classifier, stem):
    features, c, taps = [], 3, []
    for v in tv.vgg.cfgs[{'11': 'A', '13': 'B', '16': 'D', '19': 'E'}[variant[3:5]]]:
        if v == 'M':
            taps.append(len(features) - 1)
            features.append(nn.MaxPool2d(2, 2))
        else:
            o = round(v * width)
            features += [nn.Conv2d(c, o, 3, padding=1), *([nn.BatchNorm2d(o)] if 'bn' in variant else []), nn.ReLU()]
            c = o
    net = tv.VGG(nn.Sequential(*features), num_classes=CLASSES, init_weights=False)
    hidden = round(4096 * width)
    if stem == 'cifar':
        net.avgpool = nn.Identity()
    inputs = c * (49 if stem == 'imagenet' else 1)
    net.classifier[0], net.classifier[3] = nn.Linear(inputs, hidden), nn.Linear(hidden, hidden)
    net.classifier[6] = nn.Linear(hidden, CLASSES)
    if classifier == 'compact':
        net.classifier = nn.Linear(c, CLASSES)
    return net, at(net.features, taps[1], taps[2], taps[3], len(features) - 1)


def mobilenet_v2(stem, width):
    rows = [[1, 16, 1, 1], [6, 24, 1, 2], [6, 32, 2, 2], [6, 64, 2, 2], [6, 96, 2, 1], [6, 160, 2, 2], [6, 320, 1, 1]]
    if stem == 'cifar':
        rows[1][3] = 1
    net = tv.MobileNetV2(num_classes=CLASSES, width_mult=width, inverted_residual_setting=rows)
    if stem == 'cifar':
        net.features[0][0].stride = (1, 1)
    return net, at(net.features, 2, 4, 8, len(net.features) - 1)


def mobilenet_v3(arch, stem, width, taps):
    rows, last = mobilenetv3._mobilenet_v3_conf(f'mobilenet_v3_{arch}', width_mult=width)
    if stem == 'cifar':
        next(r for r in rows if r.stride == 2).stride = 1
    net = mobilenetv3.MobileNetV3(rows, last, num_classes=CLASSES)
    if stem == 'cifar':
        net.features[0][0].stride = (1, 1)
    return net, at(net.features, *taps, len(net.features) - 1)


def shufflenet(stem):
    net = tv.ShuffleNetV2([2, 4, 2], [24, 48, 96, 192, 1024], num_classes=CLASSES)
    if stem == 'cifar':
        net.conv1[0].stride, net.maxpool = (1, 1), nn.Identity()
    return net, [(net.maxpool if stem == 'imagenet' else net.conv1, same), (net.stage2, same), (net.stage3, same), (net.conv5, same)]


def efficient(stem, width, depth, taps):
    row = partial(efficientnet.MBConvConfig, width_mult=width, depth_mult=depth)
    two = 1 if stem == 'cifar' else 2
    rows = [row(1, 3, 1, 32, 16, 1), row(6, 3, two, 16, 24, 2), row(6, 5, 2, 24, 40, 2), row(6, 3, 2, 40, 80, 3),
            row(6, 5, 1, 80, 112, 3), row(6, 5, 2, 112, 192, 4), row(6, 3, 1, 192, 320, 1)]
    net = efficientnet.EfficientNet(rows, dropout=0.0, stochastic_depth_prob=0.0, num_classes=CLASSES)
    if stem == 'cifar':
        net.features[0][0].stride = (1, 1)
    return net, at(net.features, 2, 3, 5, 8)


def dense(stem):
    net = densenet.DenseNet(8, (2, 3, 5, 4), 16, num_classes=CLASSES)
    if stem == 'cifar':
        net.features.conv0, net.features.pool0 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.Identity()
    f = net.features
    return net, [(f.denseblock1, same), (f.denseblock2, same), (f.denseblock3, same), (f.norm5, torch.relu)]


def next_(patch):
    setting = [convnext.CNBlockConfig(24, 48, 2), convnext.CNBlockConfig(48, 96, 2), convnext.CNBlockConfig(96, 192, 4),
               convnext.CNBlockConfig(192, None, 2)]
    net = convnext.ConvNeXt(setting, stochastic_depth_prob=0.0, num_classes=CLASSES)
    net.features[0][0] = nn.Conv2d(3, 24, patch, patch)
    return net, at(net.features, 1, 3, 5, 7)


def vit(side, patch):
    net = VisionTransformer(img_size=side, patch_size=patch, embed_dim=128, depth=4, num_heads=2, num_classes=CLASSES)
    grid = side // patch

    def turn(x):
        return x[:, 1:].reshape(-1, grid, grid, 128).permute(0, 3, 1, 2)

    return net, [(m, turn) for m in (net.blocks[0], net.blocks[1], net.blocks[2], net.norm)]


def cases():
    """(function of the package, its arguments, side, (network, taps))"""
    one, basic, deep = [1, 1, 1, 1], resnet.BasicBlock, resnet.Bottleneck
    short = {'width': 0.25, 'depth': 0.01}

    def residual(variant, stem, side, block, blocks, options, **kwargs):
        net = narrow_resnet(block, blocks, options['width'], stem, CLASSES, **kwargs)
        return 'resnet', {'variant': variant, 'stem': stem, **options}, side, (net, resnets(net))

    yield residual('resnet18', 'cifar', 16, basic, [2, 2, 2, 2], {'width': 0.25})
    yield residual('resnet18', 'imagenet', 72, basic, one, short)
    yield residual('resnet50', 'cifar', 16, deep, one, short)
    yield residual('resnet50', 'imagenet', 64, deep, one, short)
    yield residual('resnext50', 'cifar', 16, deep, one, short, groups=32, width_per_group=4)
    yield residual('resnext101', 'imagenet', 64, deep, one, short, groups=32, width_per_group=8)
    yield residual('resnext50-zoo', 'cifar', 16, LightNeXt, one, {'width': 0.5, 'depth': 0.01}, groups=32, width_per_group=4)
    yield residual('wideresnet50', 'cifar', 16, deep, one, short, width_per_group=128)

    for variant, is_deep, stem, side in (('18', False, 'cifar', 16), ('50', True, 'cifar', 16), ('50', True, 'imagenet', 64)):
        for form in ('zoo', 'canonical'):
            options = {'stem': stem, 'form': form, **short}
            zoo = form == 'zoo'
            net = Staged(SEBlock, one, 0.25, stem, CLASSES, is_deep, zoo)
            yield 'senet', {'variant': f'senet{variant}', **options}, side, (net, staged(net))
            bare = not zoo and stem == 'cifar'
            net = Staged(PreActBlock, one, 0.25, stem, CLASSES, is_deep, zoo, bare=bare, end=not zoo)
            yield 'preactResnet', {'variant': f'preactresnet{variant}', **options}, side, (net, staged(net))

    for variant, width, classifier, stem, side in (
        ('vgg11', 0.25, 'mlp', 'cifar', 32), ('vgg13-bn', 0.25, 'mlp', 'cifar', 32), ('vgg16-bn', 0.125, 'compact', 'cifar', 32),
        ('vgg19', 0.125, 'compact', 'cifar', 32), ('vgg11-bn', 0.0625, 'mlp', 'imagenet', 224)):
        options = {'variant': variant, 'width': width, 'classifier': classifier, 'stem': stem, 'dropout': 0}
        yield 'vgg', options, side, vgg(variant, width, classifier, stem)

    for stem, side, bias in (('cifar', 32, False), ('cifar', 32, True), ('imagenet', 64, False)):
        net = MobileNetV1(0.25, stem, CLASSES, bias)
        options = {'variant': 'mobilenetv1', 'stem': stem, 'width': 0.25, 'pointwiseBias': bias}
        yield 'mobilenetV1', options, side, (net, at(net.blocks, 2, 4, 10, 12))
    for stem, side in (('cifar', 16), ('imagenet', 64)):
        options = {'variant': 'mobilenetv2', 'stem': stem, 'width': 0.25, 'depth': 0.5, 'dropout': 0}
        yield 'mobilenetV2', options, side, mobilenet_v2(stem, 0.25)
    for arch, stem, side, taps in (('large', 'cifar', 16, (3, 6, 12)), ('small', 'imagenet', 64, (1, 3, 8))):
        options = {'variant': f'mobilenetv3-{arch}', 'stem': stem, 'width': 0.5, 'dropout': 0}
        yield 'mobilenetV3', options, side, mobilenet_v3(arch, stem, 0.5, taps)
    for stem, side in (('cifar', 16), ('imagenet', 64)):
        yield 'shufflenet', {'variant': 'shufflenetv2-x0.5', 'stem': stem, 'depth': 0.5}, side, shufflenet(stem)
    for variant, stem, side, width, depth in (('b0', 'cifar', 16, 0.5, 0.5), ('b2', 'imagenet', 64, 0.55, 0.6)):
        options = {'variant': f'efficientnet-{variant}', 'stem': stem, 'width': 0.5, 'depth': 0.5, 'stochasticDepth': 0, 'dropout': 0}
        yield 'efficientnet', options, side, efficient(stem, width, depth, None)
    for stem, side in (('cifar', 16), ('imagenet', 64)):
        yield 'densenet', {'variant': 'densenet121', 'stem': stem, 'width': 0.25, 'depth': 0.2}, side, dense(stem)
    for stem, side, patch in (('cifar', 32, 2), ('imagenet', 64, 4)):
        options = {'variant': 'convnext-t', 'stem': stem, 'width': 0.25, 'depth': 0.4, 'stochasticDepth': 0}
        yield 'convnext', options, side, next_(patch)
    for stem, side, patch in (('cifar', 16, 4), ('imagenet', 48, 16)):
        yield 'vit', {'variant': 'vit-s16', 'stem': stem, 'width': 1 / 3, 'depth': 0.3}, side, vit(side, patch)


def main():
    out = []
    for function, options, side, (net, taps) in cases():
        out.append({'function': function, 'options': options, 'side': side, 'parameters': sum(p.numel() for p in net.parameters()),
                    **run(net, taps, side)})
    print('[\n' + ',\n'.join(json.dumps(row) for row in out) + '\n]')


main()
