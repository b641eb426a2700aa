import { readFileSync } from 'node:fs';
import { streamNumber as u } from '@understory/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnLabels } from '../drawn.test.support.ts';
import type { Matrix } from '../matrix.ts';
import { linearCka, unbiasedCka } from './cka.ts';
import { eigenvalues } from './eigenvalues.ts';
import { chanceShare, neighbourShare } from './neighbourShare.ts';
import { alignment, invariance, uniformity } from './pairs.ts';
import { effectiveRank, participationRatio, rankMe, singularValues } from './rank.ts';
import { centred } from './rows.ts';
import { finish } from './work.ts';

interface Golden {
  readonly alignment: number;
  readonly uniformity: number;
  readonly effectiveRank: number;
  readonly rankMe: number;
  readonly participation: number;
  readonly ranksOfFewRows: readonly number[];
  readonly cka: readonly (readonly [number, number])[];
  readonly invariance: readonly number[];
  readonly neighbours: number;
  readonly chance: number;
  readonly singularValues: readonly number[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../testdata/lens.json', import.meta.url), 'utf8'),
) as Golden;

const made = (rows: number, columns: number, at: (row: number, column: number) => number): Matrix => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)),
});
const t = (rows: number, columns: number, s: number): Matrix =>
  made(rows, columns, (i, c) => u(i * columns + c, s));
const value = ({ columns, data }: Matrix, i: number, c: number): number => data[i * columns + c]!;

const labels = drawnLabels(64, 4, 730);
const [means, noise, further, mix] = [t(4, 16, 731), t(64, 16, 732), t(64, 16, 733), t(16, 6, 734)];
const base = made(64, 16, (i, c) => 0.5 * value(means, labels[i]!, c) + value(noise, i, c));
const a = made(64, 16, (i, c) => Math.max(0, value(base, i, c)));
const b = made(64, 16, (i, c) => Math.max(0, value(base, i, c) + 0.3 * value(further, i, c)));
const o = made(64, 6, (i, c) =>
  Math.max(
    0,
    [...Array(16).keys()].reduce((sum, k) => sum + value(base, i, k) * value(mix, k, c), 0),
  ),
);
const wide = t(9, 20, 737);

describe('the depth lens measures as its definitions say', () => {
  it('how far two views of an image lie apart, and all images', () => {
    expect(finish(alignment(a, b))).toBeCloseTo(golden.alignment, 8);
    expect(finish(uniformity(a))).toBeCloseTo(golden.uniformity, 7);
  });
  it('how many directions embeddings use', () => {
    expect(finish(effectiveRank(a))).toBeCloseTo(golden.effectiveRank, 6);
    expect(finish(rankMe(a))).toBeCloseTo(golden.rankMe, 6);
    expect(finish(participationRatio(a))).toBeCloseTo(golden.participation, 6);
  });
  it('the same of fewer images than directions', () => {
    const found = [effectiveRank(wide), rankMe(wide), participationRatio(wide)].map(finish);
    found.forEach((number, i) => expect(number).toBeCloseTo(golden.ranksOfFewRows[i]!, 6));
  });
  it('how alike two networks see the same images, biased and not', () => {
    const pairs = [[a, b] as const, [a, o] as const, [t(64, 16, 735), t(64, 12, 736)] as const];
    pairs.forEach(([x, y], i) => {
      expect(finish(linearCka(x, y))).toBeCloseTo(golden.cka[i]![0], 7);
      expect(finish(unbiasedCka(x, y))).toBeCloseTo(golden.cka[i]![1], 7);
    });
  });
  it('how much more alike an image is to itself than to others', () => {
    const { same, other } = finish(invariance(a, b));
    expect(same).toBeCloseTo(golden.invariance[0]!, 8);
    expect(other).toBeCloseTo(golden.invariance[1]!, 8);
  });
  it('which share of neighbours is of the same class', async () => {
    expect(await neighbourShare(a, labels)).toBeCloseTo(golden.neighbours, 8);
    expect(chanceShare(labels)).toBeCloseTo(golden.chance, 8);
  });
  it('singular values', () => {
    const found = finish(singularValues(centred(a)));
    golden.singularValues.forEach((s, i) => expect(found[i]).toBeCloseTo(s, 7));
  });
});

describe('eigenvalues', () => {
  const symmetric = (n: number, of: (i: number, j: number) => number) => {
    const { data } = made(n, n, (i, j) => of(Math.min(i, j), Math.max(i, j)));
    return { rows: n, columns: n, data: data as Float64Array };
  };
  it('keep trace and square of any symmetric matrix, in falling order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 999 }), (n, seed) => {
        const matrix = symmetric(n, (i, j) => u(i * n + j, seed));
        const found = finish(eigenvalues(matrix));
        const trace = [...Array(n).keys()].reduce((sum, i) => sum + matrix.data[i * n + i]!, 0);
        const sum = (values: Float64Array, power: number) => values.reduce((all, v) => all + v ** power, 0);
        expect(sum(found, 1)).toBeCloseTo(trace, 10);
        expect(sum(found, 2)).toBeCloseTo(sum(matrix.data, 2), 10);
        expect([...found]).toEqual([...found].sort((x, y) => y - x));
      }),
    );
  });
  it('of a diagonal matrix are its diagonal, also where it holds zeros and equal ones', () => {
    const diagonal = [3, 0, 3, 1e-8, 0];
    const found = finish(eigenvalues(symmetric(5, (i, j) => (i === j ? diagonal[i]! : 0))));
    expect([...found]).toEqual([3, 3, 1e-8, 0, 0]);
  });
});

describe('embeddings that say nothing', () => {
  const still = made(6, 3, () => 0);
  it('have no rank, lie in one place, and differ in no view', () => {
    expect(finish(effectiveRank(still))).toBeNaN();
    expect(finish(uniformity(still))).toBe(0);
    expect(finish(alignment(still, still))).toBe(0);
  });
  it('cannot be compared where they are not of the same images', () => {
    expect(() => finish(linearCka(a, wide))).toThrow(/same 2 images or more.*rows of 64 and of 9/);
    expect(() => finish(alignment(a, o))).toThrow(/\[64, 16\] and \[64, 6\]/);
  });
});
