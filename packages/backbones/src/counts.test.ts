import { memory } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { seedOf, type BackboneFactory } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { backbonePlugins, describeBackbone } from './index.ts';

const build = (name: string, options: Readonly<Record<string, string | boolean>>, classes: number) => {
  const size = options['stem'] === 'imagenet' ? 224 : 32;
  const plugin = backbonePlugins.find((p) => p.name === name)!;
  const create = plugin.create as (options: unknown) => BackboneFactory;
  const request = { classes, size: [size, size] as const, seed: seedOf(0), blank: true };
  const backbone = create(plugin.options.parse(options))(request);
  const described = describeBackbone(backbone);
  backbone.model.dispose();
  return described;
};

/** Trainable parameters: CIFAR stem with 100 classes and ImageNet stem with 1000, as torchvision, timm and the papers' code have them. */
const COUNTS: Readonly<Record<string, readonly [cifar: number | null, imagenet: number | null]>> = {
  resnet18: [11220132, 11689512],
  resnet34: [21328292, 21797672],
  resnet50: [23705252, 25557032],
  resnet101: [42697380, 44549160],
  resnet152: [58341028, 60192808],
  resnext50: [23177124, 25028904],
  resnext101: [86939556, 88791336],
  'resnext101-64x4d': [81603492, 83455272],
  'resnext50-zoo': [14788772, null],
  'resnext101-zoo': [25303204, null],
  wideresnet50: [67031460, 68883240],
  wideresnet101: [125034916, 126886696],
  senet18: [11314012, null],
  senet34: [21498000, null],
  senet50: [26262804, null],
  senet101: [47527764, null],
  senet152: [65045780, null],
  preactresnet18: [11222244, null],
  preactresnet34: [21334116, null],
  preactresnet50: [23720164, null],
  preactresnet101: [42738404, null],
  preactresnet152: [58405092, null],
  vgg11: [null, 132863336],
  vgg13: [null, 133047848],
  vgg16: [null, 138357544],
  vgg19: [null, 143667240],
  'vgg11-bn': [28518244, 132868840],
  'vgg13-bn': [28703140, 133053736],
  'vgg16-bn': [34015396, 138365992],
  'vgg19-bn': [39327652, 143678248],
  mobilenetv1: [3309476, 4231976],
  mobilenetv2: [2351972, 3504872],
  'mobilenetv3-large': [4330132, 5483032],
  'mobilenetv3-small': [1620356, 2542856],
  'shufflenetv2-x0.5': [null, 1366792],
  'shufflenetv2-x1': [1356104, 2278604],
  'shufflenetv2-x1.5': [null, 3503624],
  'shufflenetv2-x2': [null, 7393996],
  'efficientnet-b0': [4135648, 5288548],
  'efficientnet-b1': [null, 7794184],
  'efficientnet-b2': [null, 9109994],
  densenet121: [7048676, 7978856],
  'convnext-t': [null, 28589128],
  'vit-s16': [21376996, 22050664],
};

describe('parameters', () => {
  it('are counted for every backbone', () => {
    expect(Object.keys(COUNTS).sort()).toEqual(backbonePlugins.map((p) => p.name).sort());
  });

  const rows: string[] = [];
  const number = (n: number): string => n.toLocaleString('en');

  it.each(Object.entries(COUNTS))('of %s', (name, [cifar, imagenet]) => {
    const small = build(name, {}, 100);
    if (cifar !== null) expect(small.parameters.trainable).toBe(cifar);
    const large = build(name, { stem: 'imagenet' }, 1000);
    if (imagenet !== null) expect(large.parameters.trainable).toBe(imagenet);
    expect([small.taps.length, large.taps.length]).toEqual([4, 4]);
    const cells = [small, large].flatMap((d) => [
      number(d.parameters.trainable),
      number(Math.round(d.multiplyAdds / 1e6)),
    ]);
    rows.push(
      `| ${[`\`${name}\``, ...cells, small.taps.map((t) => `${t.shape[2]!}@${t.shape[0]!}`).join(' ')].join(' | ')} |`,
    );
  });

  it('stand in the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ');
    expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
  });

  it.each([
    ['senet18', { form: 'canonical' }, 100, 11309212],
    ['senet50', { form: 'canonical' }, 100, 26236244],
    ['senet18', { form: 'canonical', stem: 'imagenet' }, 1000, 11778592],
    ['senet50', { form: 'canonical', stem: 'imagenet' }, 1000, 28088024],
    ['preactresnet18', { form: 'canonical' }, 100, 11218340],
    ['vgg11-bn', { classifier: 'compact' }, 100, 9277284],
    ['vgg13-bn', { classifier: 'compact' }, 100, 9462180],
    ['vgg16-bn', { classifier: 'compact' }, 100, 14774436],
    ['vgg19-bn', { classifier: 'compact' }, 100, 20086692],
    ['vgg11', { classifier: 'compact' }, 100, 9271780],
    ['vgg19', { classifier: 'compact' }, 100, 20075684],
    ['mobilenetv1', { pointwiseBias: true }, 100, 3315428],
    ['convnext-t', { stem: 'imagenet' }, 100, 27897028],
    ['vit-s16', { stem: 'imagenet' }, 100, 21704164],
  ] as const)('of %s with %j', (name, options, classes, expected) => {
    expect(build(name, options, classes).parameters.trainable).toBe(expected);
  });

  it('leave running means and variances apart', () => {
    expect(build('resnet50', { stem: 'imagenet' }, 1000).parameters.statistics).toBe(53120);
    expect(build('vit-s16', {}, 100).parameters.statistics).toBe(0);
  });
});

describe('taps', () => {
  const maps = (name: string, options: Readonly<Record<string, string | boolean>>): string =>
    build(name, options, 10).taps.map((t) => `${t.shape[2]}@${t.shape[0]}`).join(' '); // prettier-ignore

  it.each([
    ['resnet50', '256@32 512@16 1024@8 2048@4', '256@56 512@28 1024@14 2048@7'],
    ['vgg16-bn', '128@16 256@8 512@4 512@1', '128@112 256@56 512@28 512@7'],
    ['mobilenetv1', '128@16 256@8 512@4 1024@2', '128@56 256@28 512@14 1024@7'],
    ['mobilenetv2', '24@32 32@16 96@8 1280@4', '24@56 32@28 96@14 1280@7'],
    ['mobilenetv3-large', '24@32 40@16 112@8 960@4', '24@56 40@28 112@14 960@7'],
    ['shufflenetv2-x1', '24@32 116@16 232@8 1024@4', '24@56 116@28 232@14 1024@7'],
    ['efficientnet-b0', '24@32 40@16 112@8 1280@4', '24@56 40@28 112@14 1280@7'],
    ['densenet121', '256@32 512@16 1024@8 1024@4', '256@56 512@28 1024@14 1024@7'],
    ['convnext-t', '96@16 192@8 384@4 768@2', '96@56 192@28 384@14 768@7'],
    ['vit-s16', '384@8 384@8 384@8 384@8', '384@14 384@14 384@14 384@14'],
  ])('of %s', (name, cifar, imagenet) => {
    expect(maps(name, {})).toBe(cifar);
    expect(maps(name, { stem: 'imagenet' })).toBe(imagenet);
  });
});

// One of each family: the smallest, with the stem that it has.
const SMALLEST: readonly (readonly [name: string, size: number])[] = [
  ...['resnet18', 'senet18', 'preactresnet18', 'vgg11-bn', 'mobilenetv1', 'mobilenetv2', 'mobilenetv3-small']
    .concat(['shufflenetv2-x1', 'efficientnet-b0', 'densenet121', 'convnext-t'])
    .map((name) => [name, 32] as const),
];

describe.each(SMALLEST)('%s without a classifier', (name, size) => {
  const create = backbonePlugins.find((p) => p.name === name)!.create as (
    options: unknown,
  ) => BackboneFactory;
  const make = create(backbonePlugins.find((p) => p.name === name)!.options.parse({}));
  const request = { size: [size, size] as const, seed: seedOf(0) };

  it('has the same maps and features, and no weight that leads to classes alone', () => {
    const before = memory().numTensors;
    const [whole, bare] = [
      make({ ...request, classes: 7, blank: true }),
      make({ ...request, classes: 0, blank: true }),
    ];
    const weights = (of: typeof whole): string[] => of.model.weights.map((w) => w.originalName);
    expect(bare.classes).toBe(0);
    expect(bare.model.outputs.map((o) => o.shape)).toEqual(
      whole.model.outputs.slice(0, -1).map((o) => o.shape),
    );
    const lost = weights(whole).filter((one) => !weights(bare).includes(one));
    expect(lost).toEqual(expect.arrayContaining(['classifier/kernel', 'classifier/bias']));
    expect(weights(bare).filter((one) => !weights(whole).includes(one))).toEqual([]);
    [whole, bare].forEach(({ model }) => model.dispose());
    expect(memory().numTensors).toBe(before);
  });
});
