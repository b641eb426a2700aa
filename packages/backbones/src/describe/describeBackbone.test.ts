import { describe, expect, it } from 'vitest';
import {
  convnext,
  describeBackbone,
  efficientnet,
  mobilenetV2,
  multiplyAddsUpTo,
  resnet,
  vgg,
  vit,
} from '../index.ts';

const millions = (n: number): number => Math.round(n / 1e5) / 10;

describe('describeBackbone', () => {
  it('tells the parts of a ResNet-18', () => {
    const { parts, ...rest } = describeBackbone(
      resnet({ variant: 'resnet18', stem: 'cifar', classes: 100, blank: true }),
    );
    expect(rest).toEqual({
      name: 'resnet18',
      classes: 100,
      input: [32, 32, 3],
      features: 512,
      parameters: { trainable: 11220132, statistics: 9600 },
      multiplyAdds: 555468800,
      taps: [
        { name: 'stage1', channels: 64, stride: 1, shape: [32, 32, 64] },
        { name: 'stage2', channels: 128, stride: 2, shape: [16, 16, 128] },
        { name: 'stage3', channels: 256, stride: 4, shape: [8, 8, 256] },
        { name: 'stage4', channels: 512, stride: 8, shape: [4, 4, 512] },
      ],
    });
    expect(parts.map((p) => p.name)).toEqual([
      'stem',
      'stage1',
      'stage2',
      'stage3',
      'stage4',
      'pool',
      'classifier',
    ]);
    expect(parts[1]).toEqual({
      name: 'stage1',
      layers: 8,
      shape: [32, 32, 64],
      parameters: 147968,
      multiplyAdds: 150994944,
      tap: 'stage1',
    });
    expect(parts.reduce((sum, p) => sum + p.parameters, 0)).toBe(11220132);
  });

  it.each([
    ['resnet34', 'cifar', 1159.4],
    ['resnet50', 'cifar', 1298],
    ['resnet101', 'cifar', 2510.2],
    ['resnext50', 'cifar', 1344.2],
    ['resnext101', 'cifar', 5322.4],
    ['wideresnet50', 'cifar', 3684.6],
    ['wideresnet101', 'cifar', 7392.3],
    ['resnet18', 'imagenet', 1814],
    ['resnet50', 'imagenet', 4089],
    ['resnext50', 'imagenet', 4231],
    ['wideresnet50', 'imagenet', 11398],
  ] as const)('counts the multiply-adds of %s with the %s stem', (variant, stem, expected) => {
    const classes = stem === 'cifar' ? 100 : 1000;
    const described = describeBackbone(resnet({ variant, stem, classes, blank: true }));
    expect(millions(described.multiplyAdds) / expected).toBeCloseTo(1, 3);
  });

  it('counts other kinds of layers', () => {
    const imagenet = { stem: 'imagenet', classes: 1000, blank: true } as const;
    const work = (backbone: Parameters<typeof describeBackbone>[0]): number =>
      millions(describeBackbone(backbone).multiplyAdds);
    expect(work(mobilenetV2({ variant: 'mobilenetv2', ...imagenet }))).toBeCloseTo(300.8, 0);
    expect(work(vgg({ variant: 'vgg11', ...imagenet })) / 7609).toBeCloseTo(1, 3);
    expect(work(efficientnet({ variant: 'efficientnet-b0', ...imagenet })) / 386).toBeCloseTo(1, 2);
    expect(work(convnext({ variant: 'convnext-t', ...imagenet })) / 4455).toBeCloseTo(1, 2);
    expect(work(vit({ variant: 'vit-s16', ...imagenet })) / 4600).toBeCloseTo(1, 2);
  });
});

describe('multiplyAddsUpTo', () => {
  it('adds up the parts that lead to each tap, and all of them', () => {
    const backbone = resnet({ variant: 'resnet18', stem: 'cifar', classes: 100, blank: true });
    const { parts, multiplyAdds } = describeBackbone(backbone);
    const sums = parts.map((_, i) => parts.slice(0, i + 1).reduce((sum, part) => sum + part.multiplyAdds, 0));
    expect(multiplyAddsUpTo(backbone)).toEqual([...sums.slice(1, 5), multiplyAdds]);
  });

  it('leaves out what only goes past a tap', () => {
    const backbone = vit({ variant: 'vit-s16', stem: 'cifar', classes: 100, blank: true });
    const counts = multiplyAddsUpTo(backbone);
    expect(counts.at(-1)).toBe(describeBackbone(backbone).multiplyAdds);
    expect([...counts].sort((a, b) => a - b)).toEqual(counts);
  });
});
