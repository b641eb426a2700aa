import {
  cast,
  equal,
  expandDims,
  grad,
  grads,
  tensor,
  tensor2d,
  tidy,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { ContrastiveLoss } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectGolden,
  goldens,
  ids,
  leaked,
  norm,
  numberOf,
  relativeError,
  stream,
  valueAndGradient,
} from './golden.test.support.ts';
import { anchorsWithoutPositive, batchTriplet, blockwiseSupCon, supCon } from './index.ts';
import { lossPlugins } from './plugins/index.ts';

const GOLDEN: Record<string, readonly ((options: never) => ContrastiveLoss)[]> = {
  supCon: [
    supCon,
    (o) => blockwiseSupCon({ ...(o as object), block: 3 }),
    (o) => blockwiseSupCon({ ...(o as object), block: 64 }),
  ],
  batchTriplet: [batchTriplet],
};

describe('an affinity, against PyTorch', () => {
  it.each(goldens('affinity.json'))('$loss, $name, $options', (golden) => {
    const floor = golden.gradients['features']!.every((g) => Math.abs(g) < 1e-9) ? 10 : 1e-9;
    for (const make of GOLDEN[golden.loss]!) {
      const loss = make(golden.options as never);
      const of = ({ features, affinity }: Record<string, Tensor>): Scalar =>
        loss(features as Tensor2D, affinity as Tensor2D);
      expectGolden(golden, of, { floor });
    }
  });
});

/** 1 where labels are equal, the row itself included. */
const affinityOfLabels = (labels: Tensor1D): Tensor2D =>
  cast(equal(expandDims(labels, 1), expandDims(labels, 0)), 'float32');

/** Every contrastive loss of the package, and the triplets of other miners. */
const LOSSES: (readonly [string, ContrastiveLoss])[] = [
  ...lossPlugins.map(
    (p) => [p.name, (p.create as (o: unknown) => ContrastiveLoss)(p.options.parse({}))] as const,
  ),
  ['blockwise-supcon in blocks of 3', blockwiseSupCon({ block: 3 })],
  ['semi-hard triplet', batchTriplet({ miner: 'semi-hard' })],
  ['triplet of all', batchTriplet({ miner: 'all' })],
];

describe.each(LOSSES)('%s', (_, loss) => {
  const labelled = fc.record({
    y: fc.array(fc.nat(3), { minLength: 3, maxLength: 6 }),
    seed: fc.nat(10_000),
    ofRows: fc.boolean(),
  });

  it('gives value and gradient of labels for the affinity that these make', () => {
    fc.assert(
      fc.property(labelled, ({ y, seed, ofRows }) => {
        const x = stream([y.length * 2, 5], seed);
        const labels = ids(...(ofRows ? [...y, ...y] : y));
        const known = valueAndGradient((v) => loss(v, labels), x);
        const { value, gradient } = valueAndGradient((v) => loss(v, affinityOfLabels(labels)), x);
        expect(Math.abs(value - known.value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(known.value)));
        expect(relativeError(gradient, known.gradient, 1e-2)).toBeLessThan(1e-5);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('refuses an affinity that does not fit the rows, or is none', () => {
    const x = stream([6, 4], 0);
    const refusal = (affinity: Tensor2D): string => {
      try {
        tidy(() => loss(x, affinity));
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'taken';
    };
    const of = (value: number, shape: [number, number], dtype: 'float32' | 'int32' = 'float32'): Tensor2D =>
      tensor<Rank.R2>(
        Array.from({ length: shape[0] * shape[1] }, () => value),
        shape,
        dtype,
      );
    expect(refusal(of(1, [3, 3]))).toBe('taken');
    expect(refusal(of(1, [6, 6]))).toBe('taken');
    for (const bad of [of(1, [2, 2]), of(1, [3, 6]), of(1, [12, 12]), of(1, [3, 3], 'int32')])
      expect(refusal(bad)).toBe('bad-label');
    for (const value of [NaN, Infinity, -0.1, 1.1]) expect(refusal(of(value, [3, 3]))).toBe('bad-label');
  });

  it('leaves no tensor behind', () => {
    const x = stream([6, 4], 0);
    const affinity = affinityOfLabels(ids(0, 1, 0));
    expect(leaked(() => loss(x, affinity))).toBe(0);
    expect(leaked(() => grad((v) => loss(v as Tensor2D, affinity))(x))).toBe(0);
  });
});

it('gives no gradient to the affinity', () => {
  const loss = supCon();
  const both = grads((x, affinity) => loss(x as Tensor2D, affinity as Tensor2D));
  expect(() => both([stream([6, 4], 0), affinityOfLabels(ids(0, 1, 0))])).toThrow(/Cannot compute gradient/);
});

it('takes half an affinity for a positive of triplets, and less for a negative', () => {
  const x = stream([6, 4], 0);
  const between = (a: number): Tensor2D =>
    tensor2d([
      [1, a, 0],
      [a, 1, 0],
      [0, 0, 1],
    ]);
  expect(numberOf(batchTriplet()(x, between(0.5)))).toBe(numberOf(batchTriplet()(x, ids(0, 0, 1))));
  expect(numberOf(batchTriplet()(x, between(0.49)))).toBe(numberOf(batchTriplet()(x, ids(0, 1, 2))));
});

it('leaves out anchors that nothing belongs to, and counts them', () => {
  const nothing = tensor2d([
    [0, 0],
    [0, 0],
  ]);
  const { value, gradient } = valueAndGradient((v) => supCon()(v, nothing), stream([4, 8], 0));
  expect(value).toBeCloseTo(0, 10);
  expect(norm(gradient)).toBe(0);
  expect(numberOf(anchorsWithoutPositive(nothing, 4))).toBe(4);
  expect(numberOf(anchorsWithoutPositive(affinityOfLabels(ids(0, 1, 0)), 3, 1))).toBe(1);
});
