import { readFileSync } from 'node:fs';
import { add, addN, div, memory, mul, round, tensor1d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  seedOf,
  variablesOf,
  type Backbone,
  type BatchInfo,
  type BuiltObjective,
  type Objective,
  type StepContext,
  classLogits,
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
import { crossEntropyOf, rowsOf, softmaxOf } from '../equations.test.support.ts';
import { defaultBranches, hierarchicalMimicking, knowledgeSynergy, mimicTerms, smoothKl } from '../index.ts';

const logitsOf = (scale: number): Tensor2D[] =>
  [30, 31, 32].map((s) => streamTensor([4, 5], s, scale) as Tensor2D);
const labels = [0, 3, 2, 4];

interface Golden {
  scale: number;
  /** Added to the first class's logits. */
  sure: number;
  temperature: number;
  pairs: number[];
  gradients: number[][];
}
const goldens = JSON.parse(
  readFileSync(new URL('../../testdata/mimicry.json', import.meta.url), 'utf8'),
) as Golden[];

/** The definition as loops: T² · mean_b Σ_c p·log(p/q) of smoothed probabilities. */
const klOf = (teaching: number[][], learning: number[][], temperature: number): number => {
  let total = 0;
  for (const [b, row] of teaching.entries()) {
    const smooth = (x: readonly number[]): number[] =>
      softmaxOf(x, temperature).map((p) => (p + 1e-8) / (1 + 1e-8 * x.length));
    const [p, q] = [smooth(row), smooth(learning[b]!)];
    for (const [c, v] of p.entries()) total += v * Math.log(v / q[c]!);
  }
  return (temperature ** 2 * total) / teaching.length;
};

describe('mimicTerms', () => {
  it.each(goldens)('is PyTorch’s: logits × $scale, $sure on the first class, T = $temperature', (golden) => {
    const first = tensor1d([golden.sure, 0, 0, 0, 0]);
    const logits = logitsOf(golden.scale).map((x): Tensor2D => add(x, first));
    const pairs = mimicTerms(logits, golden.temperature).map((t) => t.dataSync()[0]!);
    expect(relativeError(pairs, golden.pairs)).toBeLessThan(1e-5);
    const sumOf = (...x: Tensor[]): Scalar => addN<Scalar>(mimicTerms(x as Tensor2D[], golden.temperature));
    const { gradients } = valueAndGradients(sumOf, logits);
    for (const [i, g] of gradients.entries())
      expect(relativeError(g, golden.gradients[i]!)).toBeLessThan(1e-5);
  });

  it('has the golden sums', () => {
    const pairs = mimicTerms(logitsOf(3)).map((t) => t.dataSync()[0]!);
    expect(pairs).toHaveLength(6);
    const kl = pairs.reduce((a, b) => a + b, 0);
    expect(kl).toBeCloseTo(8.2026235, 5);
    const ce = logitsOf(3).reduce((s, x) => s + crossEntropyOf(rowsOf(x), labels), 0);
    expect(ce).toBeCloseTo(8.4031072, 5);
    expect(ce + kl).toBeCloseTo(16.605731, 5);
  });

  it('is the equation, written as loops', () => {
    const [a, b] = logitsOf(5) as [Tensor2D, Tensor2D];
    for (const temperature of [1, 2, 4])
      expect(smoothKl(a, b, temperature).dataSync()[0]).toBeCloseTo(
        klOf(rowsOf(a), rowsOf(b), temperature),
        4,
      );
  });

  it('is as exact where branches agree but for a shift of all logits', () => {
    const [a, b] = [30, 31].map((s): Tensor2D => div(round(streamTensor([4, 5], s, 8)), 1024));
    const [plain, shifted] = [b!, add<Tensor2D>(b!, 4)].map((x) => smoothKl(a!, x).dataSync()); // no number is rounded
    expect(relativeError(shifted!, plain!)).toBeLessThan(1e-5);
  });

  it('teaches nothing to the teaching side, and leaves no tensor behind', () => {
    const [a, b] = logitsOf(3) as [Tensor2D, Tensor2D];
    const { gradients } = valueAndGradients((x, y) => smoothKl(x, y), [a, b]);
    expect(lengthOf(gradients[0]!)).toBe(0);
    expect(lengthOf(gradients[1]!)).toBeGreaterThan(0.01);
    expect(leakedBy(() => tidy(() => smoothKl(a, b)))).toBe(0);
  });
});

const described = (blocks: number[], planes: number[]): Backbone => ({
  ...tinyBackbone(),
  name: 'described',
  blocks,
  planes,
  taps: planes.map((channels, i) => ({ name: `stage${i + 1}`, channels, stride: 2 ** i })),
});

describe('defaultBranches', () => {
  it.each([
    [
      'ResNet-18',
      [2, 2, 2, 2],
      [
        [1, 256],
        [2, 512],
      ],
      [[2, 1024]],
    ],
    [
      'ResNet-34 and 50',
      [3, 4, 6, 3],
      [
        [3, 256],
        [2, 512],
      ],
      [[3, 1024]],
    ],
    [
      'ResNet-101',
      [3, 4, 23, 3],
      [
        [12, 256],
        [2, 512],
      ],
      [[3, 1024]],
    ],
    [
      'ResNet-152',
      [3, 8, 36, 3],
      [
        [18, 256],
        [2, 512],
      ],
      [[3, 1024]],
    ],
  ])('of %s are those of the table', (...[, blocks, early, late]) => {
    const branches = defaultBranches('test', described(blocks, [64, 128, 256, 512]));
    expect(branches.map((b) => b.after)).toEqual(['stage2', 'stage3']);
    expect(branches.map((b) => b.stages.map((s) => [s.blocks, s.planes]))).toEqual([early, late]);
    expect(branches.flatMap((b) => b.stages.map((s) => s.stride))).toEqual([2, 2, 2]);
  });

  it.each([
    [
      'ResNet-32',
      [5, 5, 5],
      [16, 32, 64],
      [
        [5, 32],
        [3, 64],
      ],
      [[5, 128]],
    ],
    [
      'WRN-28-10',
      [4, 4, 4],
      [160, 320, 640],
      [
        [4, 320],
        [2, 640],
      ],
      [[4, 1280]],
    ],
  ])('of three stages, %s', (...[, blocks, planes, early, late]) => {
    const branches = defaultBranches('test', described(blocks, planes));
    expect(branches.map((b) => b.after)).toEqual(['stage1', 'stage2']);
    expect(branches.map((b) => b.stages.map((s) => [s.blocks, s.planes]))).toEqual([early, late]);
  });
});

const backbone = tinyBackbone();
const streams = [streamOf({ views: 2 })];
const y = tensor1d(labels, 'int32');
const step = (fed = {}): StepContext =>
  stepContextOf(backbone, {
    images: streamTensor([8, 8, 8, 3], 1) as Tensor4D,
    streams,
    labels: { train: y },
    fed,
  });
const built = async (objective: Objective, on: Backbone = backbone): Promise<BuiltObjective> =>
  objective.build(buildContextOf(on, { streams }));
const omit = (from: Backbone, key: 'extend' | 'planes'): Backbone =>
  Object.fromEntries(Object.entries(from).filter(([k]) => k !== key)) as unknown as Backbone;
const batch = (seed: number): BatchInfo => ({
  step: 0,
  epoch: 0,
  positions: {},
  targets: {},
  seed: seedOf(seed),
});

/** Each row less its mean, over its deviation: squares divided by C − 1, or by C. */
const standardOf = (rows: readonly number[][], of: 'sample' | 'population'): number[][] =>
  rows.map((row) => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const squares = row.reduce((total, x) => total + (x - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / (row.length - (of === 'sample' ? 1 : 0)));
    return row.map((x) => (x - mean) / deviation);
  });

describe.each([
  ['knowledgeSynergy', knowledgeSynergy],
  ['hierarchicalMimicking', hierarchicalMimicking],
])('%s', (_name, make) => {
  const objective = make();

  it.each(['none', 'sample', 'population'] as const)(
    'adds the cross-entropy of two branches and all KL divergences with the main path, standardised: %s',
    async (standardize) => {
      const { modules, terms } = await built(make({ standardize }));
      const context = step();
      const branches = ['branch1', 'branch2'].map((name, i) => {
        const map = context.rows(context.taps[i + 1]!, { view: 0 });
        return rowsOf(modules[name]!.apply(map, { training: true }) as Tensor);
      });
      const all = [rowsOf(context.rows(classLogits(context), { view: 0 })), ...branches].map((rows) =>
        standardize === 'none' ? rows : standardOf(rows, standardize),
      );
      const made = terms(context).terms;
      for (const [i, name] of ['branch1', 'branch2'].entries())
        expect(made[name]!.value.dataSync()[0]).toBeCloseTo(crossEntropyOf(branches[i]!, labels), 4);
      let kl = 0;
      for (const [m, learning] of all.entries())
        for (const [n, teaching] of all.entries()) if (n !== m) kl += klOf(teaching, learning, 1);
      expect(made['kl']!.value.dataSync()[0]).toBeCloseTo(kl, 4);
    },
  );

  it('does not look at how large an exit’s logits are where they are standardised, and does by default', async () => {
    const [standard, plain] = [await built(make({ standardize: 'sample' })), await built(objective)];
    const klAt = ({ terms }: BuiltObjective, factor: number): number => {
      const context = step();
      const outputs = { ...context.outputs, logits: mul(classLogits(context), factor) };
      return terms({ ...context, outputs }).terms['kl']!.value.dataSync()[0]!;
    };
    for (const factor of [0.2, 7]) {
      expect(klAt(standard, factor) / klAt(standard, 1)).toBeCloseTo(1, 4);
      expect(Math.abs(klAt(plain, factor) / klAt(plain, 1) - 1)).toBeGreaterThan(0.01);
    }
  });

  it('lets its weights follow a schedule', async () => {
    const { terms } = await built(make({ weight: 0.5, mimicWeight: 2, schedule: [[0, 0.5]] }));
    const weights = Object.values(terms(step()).terms).map(({ weight }) => (weight as Scalar).dataSync()[0]);
    expect(weights).toEqual([0.25, 0.25, 1]);
  });

  it('refuses a backbone that cannot be continued, one that tells no stages, and a fork that is missing', async () => {
    const fixed = omit(backbone, 'extend');
    await expect(built(objective, fixed)).rejects.toMatchObject({ code: 'no-extend' });
    const untold = omit(backbone, 'planes');
    await expect(built(objective, untold)).rejects.toMatchObject({ code: 'no-layout' });
    const branches = [{ after: 'stage9', stages: [{ blocks: 1, planes: 4, stride: 2 }] }];
    await expect(built(knowledgeSynergy({ branches }))).rejects.toMatchObject({ code: 'unknown-name' });
  });

  it('a step leaves no tensor behind', async () => {
    const { terms } = await built(objective);
    const before = memory().numTensors;
    tidy(() => {
      terms(step());
    });
    expect(memory().numTensors).toBe(before);
  });
});

describe('dynamic hierarchicalMimicking', () => {
  const dynamic = hierarchicalMimicking({ dynamic: true });

  it('draws masks that change from step to step and repeat with the seed', async () => {
    const { feed } = await built(dynamic);
    const masks = [1, 1, 2, 3, 4, 5].map((s) => [...feed!(batch(s))['kept']!.data]);
    expect(masks[0]).toEqual(masks[1]);
    expect(new Set(masks.map((m) => m.join())).size).toBeGreaterThan(2);
    const dropped = Array.from(
      { length: 2000 },
      (_, s) => feed!(batch(s))['kept']!.data.filter((v) => v === 0).length,
    );
    expect(Math.max(...dropped)).toBeLessThanOrEqual(6);
    // k uniform in 0 … 6 draws of six with replacement: 6 · (1 − mean((5/6)^k)) expected.
    const expected = 6 * (1 - [0, 1, 2, 3, 4, 5, 6].reduce((s, k) => s + (5 / 6) ** k, 0) / 7);
    expect(dropped.reduce((a, b) => a + b, 0) / dropped.length).toBeCloseTo(expected, 0);
  });

  it('keeps the value and drops the gradient of what the mask detaches', async () => {
    const objective = await built(dynamic);
    const head = Object.values(variablesOf(objective.modules['branch2']!, '', true)).at(-1)!;
    const run = (kept: number[]): { value: number; slope: number } =>
      tidy(() => {
        const fed = { kept: tensor1d(kept) };
        const { value, grads } = variableGrads(() => objective.terms(step(fed)).terms['kl']!.value, [head]);
        return { value: value.dataSync()[0]!, slope: lengthOf(grads[head.name]!.dataSync()) };
      });
    const all = run([1, 1, 1, 1, 1, 1]);
    const none = run([0, 0, 0, 0, 0, 0]);
    const others = run([1, 1, 1, 1, 0, 0]);
    expect(none.value).toBeCloseTo(all.value, 5);
    expect(all.slope).toBeGreaterThan(1e-4);
    expect(none.slope).toBe(0);
    expect(others.slope).toBe(0);
  });
});
