import { memory, softmax, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import type { UnderstoryError } from '@understory/core';
import { seedOf } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { describeBackbone } from '../describe/describeBackbone.ts';
import { stream } from '../testing/deterministic.ts';
import { fromLayersModel } from './fromLayersModel.ts';

const conv = (name: string, filters: number, strides = 1) =>
  layers.conv2d({ name, filters, kernelSize: 3, strides, padding: 'same', activation: 'relu' });

/** As people write them, and as Keras exports them: softmax in the last layer. */
const plain = (): LayersModel =>
  sequential({
    name: 'plain',
    layers: [
      layers.inputLayer({ inputShape: [16, 16, 3] }),
      conv('a', 4),
      layers.batchNormalization({ name: 'bn' }),
      conv('b', 8, 2),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dropout({ name: 'drop', rate: 0.5 }),
      layers.dense({ name: 'predictions', units: 5, activation: 'softmax' }),
    ],
  });

const values = (x: Tensor): number[] => [...x.dataSync()];

describe('fromLayersModel', () => {
  it('taps the named layers and gives logits where the model gives probabilities', () => {
    const model = plain();
    const backbone = fromLayersModel(model, { taps: ['a', 'b'] });
    expect(backbone).toMatchObject({
      name: 'plain',
      features: 8,
      classes: 5,
      taps: [
        { name: 'a', channels: 4, stride: 1 },
        { name: 'b', channels: 8, stride: 2 },
      ],
    });
    tidy(() => {
      const x = stream([2, 16, 16, 3], 1);
      const [a, b, pooled, logits] = backbone.model.predict(x) as [Tensor, Tensor, Tensor, Tensor];
      expect([a.shape, b.shape, pooled.shape]).toEqual([[2, 16, 16, 4], [2, 8, 8, 8], [2, 8]]); // prettier-ignore
      const expected = values(model.predict(x) as Tensor);
      for (const [i, p] of values(softmax(logits)).entries()) expect(p).toBeCloseTo(expected[i]!, 5);
    });
    expect(describeBackbone(backbone).parts.map((p) => p.name)).toEqual(['a', 'b', 'end']);
  });

  it('draws its dropout from the step', () => {
    const backbone = fromLayersModel(plain(), { taps: ['b'] });
    const x = stream([2, 16, 16, 3], 1);
    const before = memory().numTensors;
    const logits = (seed: number): number[] =>
      tidy(() => {
        const args = { training: true, seed: tensor1d([seed, 0], 'int32') };
        return values((backbone.model.apply(x, args) as Tensor[]).at(-1)!);
      });
    expect(logits(1)).toEqual(logits(1));
    expect(logits(1)).not.toEqual(logits(2));
    expect(memory().numTensors).toBe(before);
  });

  it('takes other layers by name, and fresh weights by rule', () => {
    const backbone = fromLayersModel(plain(), {
      taps: ['a'],
      pooled: 'drop',
      logits: 'predictions',
      name: 'mine',
    });
    expect([backbone.name, backbone.features]).toEqual(['mine', 8]);
    const weight = () => values(backbone.model.weights[0]!.read());
    const before = weight();
    backbone.initialize(backbone.model, seedOf(3));
    expect(weight()).not.toEqual(before);
  });

  it('has no classifier where the model ends in its pooled feature, unless that is named as the logits', () => {
    const model = sequential({
      name: 'body',
      layers: [
        layers.inputLayer({ inputShape: [16, 16, 3] }),
        conv('a', 4),
        conv('b', 8, 2),
        layers.globalAveragePooling2d({ name: 'mean' }),
      ],
    });
    const backbone = fromLayersModel(model, { taps: ['a', 'b'] });
    expect(fromLayersModel(model, { taps: ['a', 'b'], logits: 'mean' })).toMatchObject({ classes: 8 });
    expect(backbone).toMatchObject({ features: 8, classes: 0 });
    expect(backbone.model.outputs.map((y) => y.shape)).toEqual([[null, 16, 16, 4], [null, 8, 8, 8], [null, 8]]); // prettier-ignore
  });

  it('says what does not fit', () => {
    const model = plain();
    const code = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return `${(error as UnderstoryError).code}: ${(error as Error).message}`;
      }
      return 'none';
    };
    expect(code(() => fromLayersModel(model, { taps: ['aa'] }))).toMatch(
      /unknown-name: .*Did you mean "a"\?/,
    );
    expect(code(() => fromLayersModel(model, { taps: ['mean'] }))).toMatch(
      /bad-layer: Layer "mean" gives \[batch, 8\]/,
    );
    expect(code(() => fromLayersModel(model, { taps: [] }))).toMatch(/bad-layer: Name at least one/);
    expect(code(() => fromLayersModel(model, { taps: ['a'], logits: 3 }))).toMatch(/1 output, no output 3/);
    const free = sequential({
      layers: [layers.conv2d({ inputShape: [null, null, 3] as never, filters: 2, kernelSize: 1, name: 'c' })],
    });
    expect(code(() => fromLayersModel(free, { taps: ['c'] }))).toMatch(/bad-input: .*known size/);
  });
});
