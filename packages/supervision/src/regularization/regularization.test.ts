import { concat, mean, ones, tensor2d, transpose, zeros } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  classLogits,
  type BuiltObjective,
  type Objective,
  type StepContext,
  type Stream,
} from '@understory/core';
import {
  buildContextOf,
  leakedBy,
  lengthOf,
  relativeError,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
  valueAndGradients,
} from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import {
  confidencePenalty,
  koLeo,
  negativeEntropy,
  pool,
  tapEntropy,
  tapSpread,
  uniformity,
} from '../index.ts';

const numberOf = (x: Scalar | number): number => (typeof x === 'number' ? x : x.dataSync()[0]!);
const hinge = (x: Tensor): Scalar => confidencePenalty(x, 1.3);
const ofRows = (measure: (x: Tensor2D) => Scalar) => (x: Tensor) => measure(x as Tensor2D);
const logits = streamTensor([4, 5], 10, 3);
const map = transpose(streamTensor([2, 6, 4, 4], 195, 3), [0, 2, 3, 1]);
const rows = streamTensor([4, 8], 0);

describe('measures', () => {
  it.each([
    ['negative entropy', negativeEntropy, logits, [-1.1511365, 0.1254866]],
    ['negative entropy of a map', negativeEntropy, map, [-1.2088897, 0.055216104]],
    ['confidence penalty', hinge, logits, [0.20417035, 0.11630444]],
    ['KoLeo', ofRows(koLeo), rows, [-0.11054198, 0.37040432]],
    ['uniformity', ofRows(uniformity), rows, [-3.018258, 1.5807768]],
  ] as const)('%s has the golden value of the handbook', (_name, measure, x, [value, length]) => {
    const found = valueAndGradients((input: Tensor) => measure(input), [x]);
    expect(relativeError([found.value], [value])).toBeLessThan(2e-6);
    expect(relativeError([lengthOf(found.gradients[0]!)], [length])).toBeLessThan(1e-5);
    expect(leakedBy(() => measure(x))).toBe(0);
  });

  it('know their bounds: nothing sure, everything sure, all rows alike', () => {
    expect(numberOf(negativeEntropy(zeros([3, 7])))).toBeCloseTo(-Math.log(7), 5);
    expect(numberOf(negativeEntropy(tensor2d([[900, 0, 0]])))).toBeCloseTo(0, 6);
    expect(numberOf(confidencePenalty(zeros([3, 7]), 1))).toBe(0);
    expect(numberOf(uniformity(ones([4, 3])))).toBeCloseTo(0, 5);
    expect(numberOf(uniformity(tensor2d([[1, 0], [-1, 0]])))).toBeCloseTo(-8, 5); // prettier-ignore
    expect(numberOf(koLeo(tensor2d([[2, 0], [-3, 0]])))).toBeCloseTo(-Math.log(2), 5); // prettier-ignore
  });

  it.each([
    ['equal rows', ones([4, 3])],
    ['zero rows', zeros([4, 3])],
    ['some zero rows', concat([zeros([2, 8]), rows as Tensor2D])],
    ['sure logits', streamTensor([4, 3], 3, 1e4)],
  ] as const)('stay finite for %s', (_name, x) => {
    for (const measure of [negativeEntropy, hinge, ofRows(koLeo), ofRows(uniformity)]) {
      const { value, gradients } = valueAndGradients((input: Tensor) => measure(input), [x]);
      expect([value, ...gradients[0]!].every(Number.isFinite)).toBe(true);
    }
  });

  it('refuse a batch of one where images are compared', () => {
    for (const measure of [koLeo, uniformity])
      expect(() => measure(ones([1, 3]))).toThrow(
        /compares images, and the batch has 1\. Use a batch of two/,
      );
  });
});

const backbone = tinyBackbone();
const two = streamOf({ views: 2, labelled: false });
const built = async (objective: Objective, streams: readonly Stream[] = [two]): Promise<BuiltObjective> =>
  objective.build(buildContextOf(backbone, { streams }));
const step = (): StepContext =>
  stepContextOf(backbone, { images: streamTensor([8, 8, 8, 3], 1) as Tensor4D, streams: [two] });

describe('tapEntropy', () => {
  it('looks at the channels of each tap, at every place of one view', async () => {
    const context = step();
    const { modules, terms } = await built(tapEntropy({ view: 1, weight: 0.5 }));
    const found = terms(context).terms;
    expect(Object.keys(modules)).toEqual([]);
    expect(Object.keys(found)).toEqual(['stage1', 'stage2', 'stage3']);
    const second = context.rows<Tensor>(context.taps[2]!, { view: 1 });
    expect(numberOf(found['stage3']!.value)).toBe(numberOf(negativeEntropy(second)));
    expect(found['stage3']!.weight).toBe(0.5);
  });

  it('penalizes confident logits, of all views, down to what is allowed', async () => {
    const context = step();
    const objective = tapEntropy({ taps: 'none', least: 1.5, view: 'all' });
    const found = (await built(objective)).terms(context).terms;
    expect(Object.keys(found)).toEqual(['logits']);
    const expected = confidencePenalty(classLogits(context), 1.5);
    expect(numberOf(found['logits']!.value)).toBe(numberOf(expected));
  });

  it('refuses a tap and a view that are missing', async () => {
    await expect(built(tapEntropy({ taps: ['stage9'] }))).rejects.toMatchObject({ code: 'unknown-name' });
    await expect(built(tapEntropy({ view: 2 }))).rejects.toMatchObject({ code: 'too-few-views' });
    expect(() => tapEntropy({ taps: 'none', logits: false })).toThrow(/nothing is left/);
  });
});

describe('tapSpread', () => {
  it('spreads one view on every tap and the pooled feature', async () => {
    const context = step();
    for (const [measure, of] of [
      ['koleo', koLeo],
      ['uniformity', uniformity],
    ] as const) {
      // prettier-ignore
      const found = (await built(tapSpread({ measure, head: pool(), view: 1 }))).terms(context).terms;
      expect(Object.keys(found)).toEqual(['stage1', 'stage2', 'stage3', 'final']);
      const pooled = mean<Tensor2D>(context.rows<Tensor>(context.taps[0]!, { view: 1 }), [1, 2]);
      expect(numberOf(found['stage1']!.value)).toBeCloseTo(numberOf(of(pooled)), 5);
      expect(numberOf(found['final']!.value)).toBeCloseTo(
        numberOf(of(context.rows(context.pooled, { view: 1 }))),
        5,
      );
    }
  });

  it('refuses a batch of one', async () => {
    const alone = built(tapSpread({ head: pool() }), [{ ...two, batch: 1 }]);
    await expect(alone).rejects.toMatchObject({ code: 'batch-too-small' });
  });
});
