import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Backbone } from '@understory/core';
import { describe, expect, it } from 'vitest';
import {
  densenet,
  efficientnet,
  mobilenetV1,
  mobilenetV2,
  mobilenetV3,
  preactResnet,
  resnet,
  senet,
  shufflenet,
  vgg,
} from './index.ts';
import { fillDeterministically, streamImages } from './testing/deterministic.ts';

const cifar = { stem: 'cifar', classes: 100, size: 32, blank: true } as const;
const imagenet = { stem: 'imagenet', classes: 1000, size: 64, blank: true } as const;

type Row = readonly [string, () => Backbone, logits: readonly number[], mean: number];

/** Whole networks with kernels of the deterministic stream, as PyTorch computed them in float64: first logits, mean |logit|. */
const FINGERPRINTS: readonly Row[] = [
  [
    'ResNet-18',
    () => resnet({ variant: 'resnet18', ...cifar }),
    [-0.15456, -0.026042, -0.10912, 0.10559],
    0.2334,
  ],
  [
    'ResNet-34',
    () => resnet({ variant: 'resnet34', ...cifar }),
    [-3.0329, -1.8196, -1.1233, 1.2038],
    2.36437,
  ],
  [
    'ResNet-50',
    () => resnet({ variant: 'resnet50', ...cifar }),
    [-2.2698, -2.2524, -1.6211, 1.3585],
    0.992811,
  ],
  [
    'ResNet-101',
    () => resnet({ variant: 'resnet101', ...cifar }),
    [-269.22, -289.55, -161.24, 74.555],
    110.943,
  ],
  [
    'ResNeXt-50',
    () => resnet({ variant: 'resnext50', ...cifar }),
    [-1.3367, 0.32781, -4.3767, 0.19373],
    1.60499,
  ],
  [
    'ResNeXt-101',
    () => resnet({ variant: 'resnext101', ...cifar }),
    [-139.27, -26.407, -148.72, 39.999],
    62.5538,
  ],
  [
    'ResNeXt-50 zoo',
    () => resnet({ variant: 'resnext50-zoo', ...cifar }),
    [-1.4807, 0.83621, -3.9918, 0.16836],
    2.12905,
  ],
  [
    'SENet-18 zoo',
    () => senet({ variant: 'senet18', ...cifar }),
    [-0.0064238, -0.013138, -0.14578, 0.22869],
    0.173796,
  ],
  [
    'SENet-18',
    () => senet({ variant: 'senet18', form: 'canonical', ...cifar }),
    [-0.022698, 0.031504, -0.037831, 0.09334],
    0.101679,
  ],
  [
    'SENet-50 zoo',
    () => senet({ variant: 'senet50', ...cifar }),
    [-0.27519, -0.24876, -0.59733, 0.3899],
    0.310522,
  ],
  [
    'SENet-50',
    () => senet({ variant: 'senet50', form: 'canonical', ...cifar }),
    [-0.25202, -0.26407, -0.35017, 0.28316],
    0.196004,
  ],
  [
    'PreAct-18 zoo',
    () => preactResnet({ variant: 'preactresnet18', ...cifar }),
    [-0.70309, 0.88206, 1.2317, 0.048493],
    0.601394,
  ],
  [
    'PreAct-18',
    () => preactResnet({ variant: 'preactresnet18', form: 'canonical', ...cifar }),
    [-0.10479, -0.0378, -0.037699, 0.0084195],
    0.196727,
  ],
  [
    'VGG-16-BN compact',
    () => vgg({ variant: 'vgg16-bn', classifier: 'compact', ...cifar }),
    [-0.0048616, 8.8583e-6, -0.00055162, 0.0009317],
    0.00334673,
  ],
  ['VGG-11-BN', () => vgg({ variant: 'vgg11-bn', ...cifar }), [-0.053661], 0.0197464],
  ['VGG-13-BN', () => vgg({ variant: 'vgg13-bn', ...cifar }), [-0.023085], 0.00778366],
  ['VGG-19-BN', () => vgg({ variant: 'vgg19-bn', ...cifar }), [-0.00068535], 0.000240092],
  [
    'MobileNetV1',
    () => mobilenetV1({ variant: 'mobilenetv1', ...cifar }),
    [-1.2224e-6, -7.2963e-7, -1.8803e-6, 2.9376e-7],
    1.54866e-6,
  ],
  [
    'MobileNetV2',
    () => mobilenetV2({ variant: 'mobilenetv2', ...cifar }),
    [-0.0036307, -0.0086353, -0.0016924, -0.0035204],
    0.00291773,
  ],
  [
    'ShuffleNetV2',
    () => shufflenet({ variant: 'shufflenetv2-x1', ...cifar }),
    [-0.0023264, -0.00067108, -0.0020818, -0.00033879],
    0.0015914,
  ],
  [
    'DenseNet-121',
    () => densenet({ variant: 'densenet121', ...cifar }),
    [-0.017114, -0.032461, -0.022838, 0.013972],
    0.0126545,
  ],
  [
    'ResNet-18, ImageNet',
    () => resnet({ variant: 'resnet18', ...imagenet }),
    [-0.15969, -0.011761, -0.19531, 0.24821],
    0.388603,
  ],
  [
    'ResNet-34, ImageNet',
    () => resnet({ variant: 'resnet34', ...imagenet }),
    [-3.606, -4.5782, -2.3481, 1.0185],
    3.16073,
  ],
  [
    'ResNet-50, ImageNet',
    () => resnet({ variant: 'resnet50', ...imagenet }),
    [-3.2002, -2.8866, -2.5841, 2.0921],
    1.33411,
  ],
  [
    'ResNet-101, ImageNet',
    () => resnet({ variant: 'resnet101', ...imagenet }),
    [-251.95, -262.82, -167.14, 100.59],
    99.0321,
  ],
  [
    'ResNeXt-50, ImageNet',
    () => resnet({ variant: 'resnext50', ...imagenet }),
    [-1.8433, 0.53276, -6.0077, 0.078371],
    2.05593,
  ],
  [
    'WideResNet-50, ImageNet',
    () => resnet({ variant: 'wideresnet50', ...imagenet }),
    [-0.65602, 0.72683, -4.3205, 0.62492],
    2.01371,
  ],
  [
    'SENet-18, ImageNet',
    () => senet({ variant: 'senet18', form: 'canonical', ...imagenet }),
    [-0.015776, 0.042523, -0.14921, 0.11555],
    0.195134,
  ],
  [
    'SENet-50, ImageNet',
    () => senet({ variant: 'senet50', form: 'canonical', ...imagenet }),
    [-0.39119, -0.31979, -0.70442, 0.43388],
    0.306506,
  ],
  [
    'MobileNetV1, ImageNet',
    () => mobilenetV1({ variant: 'mobilenetv1', ...imagenet }),
    [-1.3687e-6, -3.6818e-7, -1.6382e-6, 4.2611e-7],
    1.33274e-6,
  ],
  [
    'MobileNetV2, ImageNet',
    () => mobilenetV2({ variant: 'mobilenetv2', ...imagenet }),
    [-0.0024573, -0.0026627, -0.0006819, -0.0017777],
    0.00117015,
  ],
  [
    'MobileNetV3 small, ImageNet',
    () => mobilenetV3({ variant: 'mobilenetv3-small', ...imagenet }),
    [-1.7709e-5, 2.2132e-6, -2.7359e-5, 9.6019e-6],
    7.20147e-6,
  ],
  [
    'MobileNetV3 large, ImageNet',
    () => mobilenetV3({ variant: 'mobilenetv3-large', ...imagenet }),
    [3.8253e-5, -1.1236e-5, 2.2378e-5, -4.9153e-5],
    2.19201e-5,
  ],
  [
    'ShuffleNetV2, ImageNet',
    () => shufflenet({ variant: 'shufflenetv2-x1', ...imagenet }),
    [-0.0047508, 0.00046895, -0.0039768, -0.0010065],
    0.00271608,
  ],
  [
    'EfficientNet-B0, ImageNet',
    () => efficientnet({ variant: 'efficientnet-b0', ...imagenet }),
    [4.1188e-9, -7.9503e-9, -3.2783e-8, 7.5529e-9],
    2.3083e-8,
  ],
  [
    'DenseNet-121, ImageNet',
    () => densenet({ variant: 'densenet121', ...imagenet }),
    [-0.041329, -0.098263, -0.067208, 0.046388],
    0.0322055,
  ],
];

describe('fingerprints of whole networks', () => {
  it.each(FINGERPRINTS)('%s', (_, make, expected, mean) => {
    const { model } = make();
    fillDeterministically(model);
    const side = model.inputs[0]!.shape[1]!;
    const logits = tidy(() =>
      (model.predict(streamImages(2, side)) as Tensor[]).at(-1)!.dataSync<'float32'>(),
    );
    const scale = logits.reduce((sum, v) => sum + Math.abs(v), 0) / logits.length;
    expect(Math.abs(scale / mean - 1)).toBeLessThan(2e-3);
    for (const [i, value] of expected.entries())
      expect(Math.abs(logits[i]! - value) / mean).toBeLessThan(2e-3);
    model.dispose();
  });
});
