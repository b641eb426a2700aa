import { addN, cast, gather, mul, scalar, sum, tensor1d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  float32,
  forward,
  int32,
  seedOf,
  variablesOf,
  type Mixing,
  type Objective,
  classLogits,
} from '@understory/core';
import {
  buildContextOf,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
} from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { crossEntropyOf, rowsOf } from './equations.test.support.ts';
import { mixedCrossEntropy } from './mixedCrossEntropy.ts';

/** Halves of both images, whatever the share says. */
const halves: Mixing = {
  name: 'halves',
  sample: (rng, batch) => ({
    share: float32([rng.uniform()], []),
    partners: int32(
      Int32Array.from({ length: batch }, (_, i) => batch - 1 - i),
      [batch],
    ),
  }),
  apply: (images, { partners }) => mul(addN<Tensor4D>([images, gather(images, partners as Tensor1D)]), 0.5),
};
const backbone = tinyBackbone();
const two = streamOf({ views: 2 });
const labels = [0, 3, 3, 1];
const objective = (options = {}): Objective => mixedCrossEntropy({ mixing: halves, ...options });
const build = async (made: Objective, streams = [two]) => made.build(buildContextOf(backbone, { streams }));
const step = () =>
  stepContextOf(backbone, {
    images: streamTensor([8, 8, 8, 3], 1) as Tensor4D,
    streams: [two],
    labels: { train: tensor1d(labels, 'int32') },
    fed: { share: scalar(0.3), partners: tensor1d([3, 2, 1, 0], 'int32') },
  });

describe('mixedCrossEntropy', () => {
  it('is the loss of mixed images, shared out between both labels', async () => {
    const { terms } = await build(objective({ weight: 0.5, view: 1 }));
    const context = step();
    const { ce } = terms(context).terms;
    const mixed = halves.apply(context.rows(context.images, { view: 1 }), context.fed);
    const logits = rowsOf(
      classLogits(forward({ backbone }, mixed, { training: true, keepStatistics: true })),
    );
    const expected =
      0.3 * crossEntropyOf(logits, labels) + 0.7 * crossEntropyOf(logits, [...labels].reverse());
    expect(ce!.value.dataSync()[0]).toBeCloseTo(expected, 5);
    expect(ce!.weight).toBe(0.5);
  });

  it('takes another loss, and draws from the step’s own numbers', async () => {
    const { terms, feed } = await build(
      objective({ loss: (_: unknown, y: Tensor1D) => sum<Scalar>(cast(y, 'float32')) }),
    );
    expect(terms(step()).terms['ce']!.value.dataSync()[0]).toBeCloseTo(7, 5);
    const info = { step: 0, epoch: 0, positions: { train: Int32Array.of(0, 1, 2, 3) }, targets: {} };
    const draw = (s: number) => feed!({ ...info, seed: seedOf(s) });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('trains the network and leaves its running averages as they are', async () => {
    const { terms } = await build(objective());
    const context = step();
    const still = Object.values(variablesOf(backbone.model, '', false));
    const before = still.map((v) => [...v.dataSync()]);
    const trained = Object.values(variablesOf(backbone.model, '', true));
    const reached = tidy(() =>
      Object.keys(variableGrads(() => terms(context).terms['ce']!.value, trained).grads),
    );
    expect(reached).toHaveLength(trained.length);
    expect(still.map((v) => [...v.dataSync()])).toEqual(before);
  });

  it.each([
    ['a batch of one', [{ ...two, batch: 1 }], 'batch-too-small'],
    ['no labels', [{ ...two, labelled: false }], 'no-labels'],
    ['a view that is missing', [streamOf()], 'too-few-views'],
  ] as const)('refuses %s before the first step', async (_name, streams, code) => {
    await expect(build(objective({ view: 1 }), [...streams])).rejects.toMatchObject({ code });
  });
});
