import { readFileSync } from 'node:fs';
import { memory } from '@tensorflow/tfjs-core';
import { namedClass } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { clusters, drawnLabels } from '../drawn.test.support.ts';
import { matrixOf, type Matrix } from '../matrix.ts';
import { fitProbe, type Probe } from './fitProbe.ts';
import { probeLogits } from './probeLogits.ts';

interface Golden {
  readonly train: number;
  readonly test: number;
  readonly columns: number;
  readonly classes: number;
  readonly scale: number;
  readonly seed: number;
  readonly strength: number;
  readonly loss: number;
  readonly accuracy: number;
}
const cases = JSON.parse(
  readFileSync(new URL('../../testdata/probe.json', import.meta.url), 'utf8'),
) as Golden[];

const [labels, asked] = [drawnLabels(150, 4, 718), drawnLabels(60, 4, 719)];
const shared = { columns: 10, centres: 720, scale: 0.6, stretch: (column: number) => 1 + 4 * column };
const features = clusters({ ...shared, labels, noise: 721 });
const test = clusters({ ...shared, labels: asked, noise: 722 });

const accuracyOn = async (probe: Probe, x: Matrix, y: Int32Array): Promise<number> => {
  const logits = await probeLogits(probe, x);
  const row = (i: number): Float64Array => logits.subarray(i * probe.classes, (i + 1) * probe.classes);
  return y.filter((label, i) => namedClass(row(i)) === label).length / y.length;
};
const lengthOf = (values: Float64Array): number => Math.hypot(...values);

describe('a linear probe', () => {
  it('reaches the golden optimum', async () => {
    const probe = await fitProbe(features, labels, 4, { tolerance: 1e-9 });
    expect(probe.converged).toBe(true);
    expect(probe.loss).toBeCloseTo(0.488004, 6);
    expect(probe.crossEntropy).toBeCloseTo(0.44064, 5);
    expect(lengthOf(probe.weights)).toBeCloseTo(3.769494, 6);
    [0.484171, -0.106542, -0.223616, -0.154013].forEach((b, c) => expect(probe.bias[c]).toBeCloseTo(b, 6));
    expect(await accuracyOn(probe, test, asked)).toBeCloseTo(0.733333, 6);
    const strict = await fitProbe(features, labels, 4, { decay: 1 / 1.5 });
    expect(strict.loss).toBeCloseTo(1.109546, 6);
    expect(strict.crossEntropy).toBeCloseTo(0.941884, 4);
    expect(lengthOf(strict.weights)).toBeCloseTo(0.709216, 4);
    expect(await accuracyOn(strict, test, asked)).toBeCloseTo(0.716667, 6);
  });

  it.each(cases)(
    'reaches the optimum of scikit-learn: $train × $columns in $classes classes, C $strength',
    async ({ train, seed, columns, classes, scale, strength, ...golden }) => {
      const drawn = (n: number, offset: number): [Matrix, Int32Array] => {
        const y = drawnLabels(n, classes, seed + offset);
        const how = { columns, scale, centres: seed + 4, noise: seed + offset + 1 };
        return [clusters({ ...how, labels: y, stretch: (column) => 1 + column }), y];
      };
      const [x, y] = drawn(train, 0);
      const probe = await fitProbe(x, y, classes, { decay: 1 / (strength * train) });
      expect(probe.converged).toBe(true);
      expect(probe.steps).toBeLessThan(200);
      expect(Math.abs(probe.loss - golden.loss)).toBeLessThan(1e-6);
      expect(Math.abs((await accuracyOn(probe, ...drawn(golden.test, 2))) - golden.accuracy)).toBeLessThan(
        0.005,
      );
    },
  );

  it('has weights whose classes sum to zero, and columns that tell nothing weigh nothing', async () => {
    const flat = features.data.map((value, i) => (i % 10 === 4 ? 0.1 : value));
    const probe = await fitProbe(matrixOf(flat, 150, 10), labels, 4);
    for (let column = 0; column < 10; column++) {
      const weights = probe.weights.subarray(column * 4, column * 4 + 4);
      expect(weights.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
      if (column === 4) expect(Math.max(...weights.map(Math.abs))).toBeLessThan(1e-12);
    }
  });

  it('begins where it is told, and says how far it came', async () => {
    const probe = await fitProbe(features, labels, 4);
    const again = await fitProbe(features, labels, 4, { start: probe });
    expect(again).toMatchObject({ steps: 0, converged: true, loss: probe.loss });
    const seen: number[] = [];
    const short = await fitProbe(features, labels, 4, { steps: 3, onStep: (step) => seen.push(step) });
    expect(short).toMatchObject({ steps: 3, converged: false });
    expect(seen).toEqual([1, 2, 3]);
    expect(short.loss).toBeGreaterThan(probe.loss);
  });

  it('ends where classes can be told apart without an error and nothing holds the weights', async () => {
    const apart = matrixOf(Float64Array.of(-2, -1, 1, 2), 4, 1);
    const probe = await fitProbe(apart, Int32Array.of(0, 0, 1, 1), 2, { decay: 0 });
    expect(probe.loss).toBeLessThan(1e-3);
    expect(probe.weights.every(Number.isFinite)).toBe(true);
  });

  it('keeps no tensor, and refuses what does not fit', async () => {
    const before = memory().numTensors;
    await expect(fitProbe(features, labels.slice(1), 4)).rejects.toThrow(/labels \[149\].*\[150, 10\]/);
    await expect(fitProbe(features, labels, 3)).rejects.toThrow(/has label 3; labels go from 0 to 2/);
    await expect(fitProbe(features, labels, 4, { decay: -1 })).rejects.toThrow(/decay is -1/);
    await expect(fitProbe(matrixOf(new Float32Array(0), 0, 10), new Int32Array(0), 4)).rejects.toThrow(
      /\[0, 10\]/,
    );
    const strange = { ...features, data: features.data.map((v, i) => (i === 33 ? NaN : v)) };
    await expect(fitProbe(strange, labels, 4)).rejects.toThrow(/Row 3 of the features/);
    const wide = matrixOf(new Float32Array(150), 10, 15);
    await expect(probeLogits(await fitProbe(features, labels, 4), wide)).rejects.toThrow(
      /10 columns.*\[10, 15\]/,
    );
    expect(memory().numTensors).toBe(before);
  });
});
