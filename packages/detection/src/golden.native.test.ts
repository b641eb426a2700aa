import {
  cast,
  dispose,
  getBackend,
  grad,
  greater,
  ones,
  reshape,
  slice,
  sub,
  sum,
  tensor,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { float32 } from '@understory/core';
import { compile } from '@understory/engine';
import { describe, expect, it } from 'vitest';
import { expectGolden, tensorsOf, valuesOf, worstError, type GoldenCase } from './golden.test.support.ts';
import { brokenCases } from './brokenCases.test.support.ts';
import { goldenCases } from './goldenCases.test.support.ts';
import {
  assignBoxes,
  clipBoxes,
  decodeBoxes,
  encodeBoxes,
  focalLoss,
  giouLoss,
  sample,
  smoothL1,
} from './index.ts';

const CASES: readonly GoldenCase[] = [...goldenCases, ...brokenCases];

/** Entries by names that begin with their case's. */
const joined = <T>(of: (golden: GoldenCase) => Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    CASES.flatMap((golden) =>
      Object.entries(of(golden)).map(([name, value]) => [`${golden.name}: ${name}`, value] as const),
    ),
  );

/** The entries of one case by their own names. */
const own = (all: Record<string, Tensor>, { name, inputs }: GoldenCase): Record<string, Tensor> =>
  Object.fromEntries(Object.keys(inputs).map((key) => [key, all[`${name}: ${key}`]!]));

describe('on TensorFlow, against torchvision and mmdetection', () => {
  it.each(CASES)('$name', (golden) => {
    expect(getBackend()).toBe('tensorflow');
    const inputs = tensorsOf(golden);
    const results = golden.compute(inputs);
    expectGolden(golden, (name) => results[name]!.dataSync());
    dispose([inputs, results]);
  });

  it('gives the same in one compiled step', async () => {
    const step = compile((inputs) => joined((golden) => golden.compute(own(inputs, golden))));
    const results = await step.run(joined(valuesOf));
    for (const golden of CASES) expectGolden(golden, (name) => results[`${golden.name}: ${name}`]!.data);
    step.dispose();
  });

  it('gives the same for inputs so large that a compiled step fuses their operations', async () => {
    const [n, m] = [3000, 12];
    const place = (i: number, seed: number): number[] => {
      const [top, left, height, width] = [0, 1, 2, 3].map((k) => 100 + 99 * Math.sin(i * 7.1 + seed + 3 * k));
      return [top!, left!, top! + height! / 2, left! + width! / 2];
    };
    const rows = (count: number, seed: number): number[] =>
      Array.from({ length: count }, (_, i) => place(i, seed)).flat();
    const values = {
      anchors: float32(rows(n, 0), [n, 4]),
      targets: float32(rows(n, 0.2), [n, 4]),
      truth: float32([NaN, 0, 5, 5, ...rows(m - 1, 1)], [1, m, 4]),
      logits: float32(
        rows(n, 5).map((v) => v / 20 - 5),
        [n, 4],
      ),
    };
    const run = (x: Record<string, Tensor>): Record<string, Tensor> => {
      const [anchors, targets, truth, logits] = ['anchors', 'targets', 'truth', 'logits'].map((k) => x[k]!);
      const std = [0.1, 0.1, 0.2, 0.2] as const;
      const of = { positive: 0.5, negative: 0.4, lowQuality: 'each-box' } as const;
      const assigned = assignBoxes(truth!, anchors!, ones([1, m]), of);
      const drawn = sample(assigned, reshape(slice(logits!, [0, 0], [n, 1]), [1, n]), {
        count: 64,
        positives: 0.5,
      });
      const decoded = (d: Tensor): Tensor => decodeBoxes(anchors!, d, std, { symmetric: true });
      const one = cast(greater(logits!, 0), 'float32');
      return {
        assigned,
        drawn: drawn.indices,
        deltas: encodeBoxes(anchors!, targets!, std),
        boxes: clipBoxes(decoded(logits!), [150, 200]),
        giou: grad((d: Tensor) => sum(giouLoss(decoded(d), targets!)))(logits!),
        focal: grad((d: Tensor) => sum(focalLoss(d, one, { alpha: 0.25, gamma: 2 })))(logits!),
        smooth: grad((d: Tensor) => sum(smoothL1(sub(d, targets!), { beta: 20 })))(logits!),
      };
    };
    const step = compile(run);
    const compiled = await step.run(values);
    const eager = run(
      Object.fromEntries(Object.entries(values).map(([k, v]) => [k, tensor(v.data, [...v.shape])])),
    );
    for (const [name, x] of Object.entries(eager))
      expect(worstError(compiled[name]!.data, Array.from(x.dataSync())), name).toBeLessThan(1e-5);
    step.dispose();
  });
});
