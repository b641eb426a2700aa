import { memory, ones, tensor1d, tidy, zeros, type Tensor } from '@tensorflow/tfjs-core';
import { input, model, type LayersModel } from '@tensorflow/tfjs-layers';
import { seedOf, type Backbone, type UnderstoryError } from '@understory/core';
import { describe, expect, it } from 'vitest';
import {
  backbonePlugins,
  convnext,
  efficientnet,
  mobilenetV2,
  preactResnet,
  resnet,
  senet,
  vgg,
  vit,
  type ResNetArguments,
} from './index.ts';

const small = { variant: 'resnet18', stem: 'cifar', width: 0.25, depth: 0.5, classes: 5, size: 8 } as const;
const make = (more: Partial<ResNetArguments> = {}): Backbone => resnet({ ...small, ...more });

const values = ({ weights }: LayersModel, name: string): Float32Array =>
  weights
    .find((w) => w.originalName === name)!
    .read()
    .dataSync<'float32'>();

const deviation = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

describe('a backbone', () => {
  it('gives a map for each tap, the pooled feature and logits', () => {
    const backbone = make();
    const before = memory().numTensors;
    const shapes = tidy(() => (backbone.model.predict(zeros([2, 8, 8, 3])) as Tensor[]).map((y) => y.shape));
    expect(shapes).toEqual([[2, 8, 8, 16], [2, 4, 4, 32], [2, 2, 2, 64], [2, 1, 1, 128], [2, 128], [2, 5]]); // prettier-ignore
    expect(backbone).toMatchObject({
      features: 128,
      classes: 5,
      planes: [16, 32, 64, 128],
      blocks: [1, 1, 1, 1],
    });
    expect(memory().numTensors).toBe(before);
    backbone.model.dispose();
  });

  it('begins with weights that depend on the seed and their names alone', () => {
    const [one, same, other, deeper] = [
      make({ seed: 1 }),
      make({ seed: seedOf(1) }),
      make({ seed: 2 }),
      make({ seed: 1, depth: 1 }),
    ];
    const kernel = 'stage2/block0/conv2/kernel';
    expect(values(one.model, kernel)).toEqual(values(same.model, kernel));
    expect(values(one.model, kernel)).toEqual(values(deeper.model, kernel));
    expect(values(one.model, kernel)).not.toEqual(values(other.model, kernel));
    expect(deviation(values(one.model, kernel))).toBeCloseTo(Math.sqrt(2 / (9 * 32)), 2);
  });

  it('grows branches of its own blocks', () => {
    const backbone = make();
    const from = input({ shape: [4, 4, 32], name: 'stage2' });
    const stages = [{ blocks: 1, planes: 64, stride: 2 }, { blocks: 2, planes: 128, stride: 2 }]; // prettier-ignore
    const branch = model({ inputs: from, outputs: backbone.extend!(from, stages, 'branch2') });
    backbone.initialize(branch, seedOf(4));
    expect(branch.outputs[0]!.shape).toEqual([null, 1, 1, 128]);
    expect(branch.weights[0]!.originalName).toBe('branch2/stage1/block0/conv1/kernel');
    expect(deviation(values(branch, 'branch2/stage2/block1/conv2/kernel'))).toBeCloseTo(
      Math.sqrt(2 / (9 * 128)),
      2,
    );
  });

  it.each(['vgg11-bn', 'mobilenetv2'])('grows branches of %s as small as its own last map', (name) => {
    const plugin = backbonePlugins.find((p) => p.name === name)!;
    const options = plugin.options.parse({ width: 0.0625 });
    const backbone = plugin.create(options as never)({ classes: 3, size: [32, 32], seed: seedOf(0) });
    const strides = backbone.taps.map(({ stride }, i) => (i > 0 ? stride / backbone.taps[i - 1]!.stride : 1));
    const stages = [2, 3].map((i) => ({
      blocks: backbone.blocks![i]!,
      planes: backbone.planes![i]!,
      stride: strides[i]!,
    }));
    const from = input({ shape: backbone.model.outputs[1]!.shape.slice(1), name: 'stage2' });
    const map = backbone.extend!(from, stages, 'branch');
    expect(map.shape.slice(0, 3)).toEqual(backbone.model.outputs[3]!.shape.slice(0, 3));
    backbone.initialize(model({ inputs: from, outputs: map }), seedOf(4));
    expect(backbone.planes).toHaveLength(backbone.taps.length);
  });

  it('takes images that are not square', () => {
    const { model: made, taps } = make({ size: [16, 24] });
    expect(made.inputs[0]!.shape).toEqual([null, 16, 24, 3]);
    expect(made.outputs[1]!.shape).toEqual([null, 8, 12, 32]);
    expect(taps.map((t) => t.stride)).toEqual([1, 2, 4, 8]);
  });

  it.each([28, 100, 200, 240])(
    'has strides that are whole multiples of each other, of %i pixels too',
    (size) => {
      const stem = size > 64 ? 'imagenet' : 'cifar';
      const asked = { stem, size, width: 0.25, classes: 5, blank: true } as const;
      for (const { name, taps } of [
        resnet({ ...asked, variant: 'resnet18' }),
        senet({ ...asked, variant: 'senet18' }),
        mobilenetV2({ ...asked, variant: 'mobilenetv2' }),
      ]) {
        const ratios = taps.map(({ stride }, i) => stride / (taps[i - 1]?.stride ?? 1));
        expect(ratios.every(Number.isInteger), `${name}: ${ratios.join()}`).toBe(true);
      }
    },
  );

  it('needs the step seed where it drops branches, and nothing at inference', () => {
    const { model: made } = make({ stochasticDepth: 0.9 });
    const x = zeros([1, 8, 8, 3]);
    expect(() => tidy(() => void made.apply(x, { training: true }))).toThrow(/got no seed/);
    tidy(() => void made.apply(x, { training: true, seed: tensor1d([1, 2], 'int32') }));
    tidy(() => void made.apply(x, { training: false }));
  });

  it('leaves running statistics alone when asked', () => {
    const { model: made } = make();
    const mean = () => [...values(made, 'stem/norm/moving_mean')];
    const pass = (keepStatistics: boolean) =>
      tidy(() => void made.apply(ones([2, 8, 8, 3]), { training: true, keepStatistics }));
    const before = mean();
    pass(true);
    expect(mean()).toEqual(before);
    pass(false);
    expect(mean()).not.toEqual(before);
  });
});

describe('first weights', () => {
  const of = ({ model: made }: Backbone, name: string): Float32Array => values(made, name);
  const largest = (x: Float32Array): number => Math.max(...x.map(Math.abs));
  const tiny = { classes: 100, width: 0.25 } as const;

  it('are uniform by fan-in, biases too, in the zoo forms', () => {
    const backbone = senet({ variant: 'senet18', ...tiny });
    const bound = 1 / Math.sqrt(9 * 16);
    expect(largest(of(backbone, 'stage1/block0/conv1/kernel'))).toBeCloseTo(bound, 2);
    expect(deviation(of(backbone, 'stage1/block0/conv1/bias'))).toBeGreaterThan(bound / 3);
    const canonical = preactResnet({ variant: 'preactresnet18', form: 'canonical', ...tiny });
    expect(deviation(of(canonical, 'stage1/block0/conv1/kernel'))).toBeCloseTo(Math.sqrt(2 / (9 * 16)), 2);
  });

  it('have small dense layers in VGG and MobileNetV2, and U(±1/√C) in EfficientNet', () => {
    const [a, b] = [vgg({ variant: 'vgg11', ...tiny }), mobilenetV2({ variant: 'mobilenetv2', ...tiny })];
    for (const backbone of [a, b]) {
      expect(deviation(of(backbone, 'classifier/kernel'))).toBeCloseTo(0.01, 3);
      expect(largest(of(backbone, 'classifier/bias'))).toBe(0);
    }
    expect(largest(of(a, 'block1/conv1/bias'))).toBe(0);
    const c = efficientnet({ variant: 'efficientnet-b0', ...tiny });
    expect(largest(of(c, 'classifier/kernel'))).toBeCloseTo(0.1, 2);
    expect(deviation(of(c, 'block3/depthwise/conv/depthwise_kernel'))).toBeLessThan(0.2);
  });

  it('count all output channels of a grouped convolution', () => {
    const backbone = resnet({ variant: 'resnext50', depth: 0.1, ...tiny });
    const kernel = of(backbone, 'stage3/block0/conv2/depthwise_kernel');
    expect(deviation(kernel) / Math.sqrt(2 / (9 * 128))).toBeCloseTo(1, 1);
  });

  it('are small in transformers, with layer scale and class token near zero', () => {
    const a = convnext({ variant: 'convnext-t', ...tiny });
    expect(deviation(of(a, 'stage1/block0/fc1/kernel'))).toBeCloseTo(0.02, 3);
    expect([...new Set(of(a, 'stage1/block0/scale/depthwise_kernel'))]).toEqual([Math.fround(1e-6)]);
    const b = vit({ variant: 'vit-s16', ...tiny });
    expect(deviation(of(b, 'position/kernel'))).toBeCloseTo(0.02, 3);
    expect(largest(of(b, 'token/kernel'))).toBeLessThan(1e-5);
  });
});

describe('wrong requests', () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return `${(error as UnderstoryError).code}: ${(error as Error).message}`;
    }
    return 'none';
  };

  it('name the value and the cure', () => {
    expect(code(() => make({ variant: 'resnet19' as never }))).toMatch(
      /unknown-name: .*"resnet19".*Did you mean/,
    );
    expect(code(() => make({ width: -1 }))).toMatch(/options: Options of resnet18: "width" is -1/);
    expect(code(() => resnet({ ...small, wdith: 1 } as never))).toMatch(/options: .*Did you mean "width"\?/);
    expect(code(() => resnet({ ...small, variant: 'resnext50-zoo', width: 0.1 }))).toMatch(
      /bad-groups: .*32 groups/,
    );
    expect(
      code(() => vgg({ variant: 'vgg11', stem: 'imagenet', width: 0.1, size: 96, classes: 5, blank: true })),
    ).toMatch(/bad-size: .*7×7.*multiples of 224/);
    expect(code(() => vgg({ variant: 'vgg11-bn', size: 28, classes: 5, blank: true }))).toMatch(
      /bad-size: Of images of 28×28 pixels nothing is left at stage\d of vgg11-bn\. Give larger images/,
    );
    expect(code(() => vit({ variant: 'vit-s16', size: 30, classes: 5, blank: true }))).toMatch(
      /bad-size: .*patches of 4/,
    );
  });
});

it('every plugin has a summary and defaults', () => {
  expect(new Set(backbonePlugins.map((p) => p.name)).size).toBe(backbonePlugins.length);
  for (const { summary, options } of backbonePlugins) {
    expect(summary.length).toBeGreaterThan(20);
    expect(options.parse({})).toMatchObject({ stem: 'cifar', width: 1 });
  }
});
