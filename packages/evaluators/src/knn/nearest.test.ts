import { memory } from '@tensorflow/tfjs-core';
import { namedClass } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { clusters, drawnLabels, places } from '../drawn.test.support.ts';
import { matrixOf, type Matrix } from '../matrix.ts';
import { nearest } from './nearest.ts';
import { logVotes } from './votes.ts';

const [stored, asked] = [drawnLabels(120, 6, 713), drawnLabels(40, 6, 714)];
const shared = { columns: 16, centres: 715, scale: 0.4 };
const bank = clusters({ ...shared, labels: stored, noise: 716 });
const queries = clusters({ ...shared, labels: asked, noise: 717 });

const votesOf = async (k: number, temperature: number): Promise<Float64Array[]> => {
  const votes = logVotes(await nearest(bank, queries, k), stored, { temperature, classes: 6 });
  return Array.from(asked, (_, i) => votes.subarray(i * 6, i * 6 + 6));
};
const accuracy = (votes: readonly Float64Array[]): number =>
  votes.filter((row, i) => namedClass(row) === asked[i]).length / asked.length;

/** The definition, one pair after the other. */
const slowly = (a: Matrix, b: Matrix, k: number, own = -1): number[][] => {
  const row = ({ data, columns }: Matrix, i: number): number[] => [
    ...data.subarray(i * columns, (i + 1) * columns),
  ];
  const length = (x: readonly number[]): number => Math.hypot(...x) || 1;
  return Array.from({ length: b.rows }, (_, q) => {
    const query = row(b, q);
    const cosines = Array.from({ length: a.rows }, (_unused, i) => {
      const other = row(a, i);
      return other.reduce((sum, x, j) => sum + x * query[j]!, 0) / length(other) / length(query);
    });
    const order = cosines.map((_cosine, i) => i).filter((i) => own < 0 || i !== q);
    return order.sort((i, j) => cosines[j]! - cosines[i]! || i - j).slice(0, k);
  });
};
const rowsOf = (index: Int32Array, k: number): number[][] =>
  Array.from({ length: index.length / k }, (_, q) => [...index.subarray(q * k, q * k + k)]);

describe('weighted neighbours', () => {
  it('give the golden votes', async () => {
    const votes = await votesOf(20, 0.07);
    expect(votes.slice(0, 8).map((row) => namedClass(row))).toEqual([0, 2, 5, 0, 2, 2, 0, 5]);
    expect(votes[0]![0]).toBeCloseTo(10.343616, 6);
    expect(accuracy(votes)).toBe(0.5);
    expect(accuracy(await votesOf(5, 0.5))).toBe(0.425);
  });

  it('give a class without neighbours no vote, and no label that is none', async () => {
    const { index, cosine } = await nearest(bank, queries, 1);
    const votes = logVotes({ k: 1, index, cosine }, stored, { temperature: 1e-4, classes: 6 });
    expect([...votes].filter((vote) => vote > -Infinity)).toHaveLength(40);
    expect(() => logVotes({ k: 1, index, cosine }, stored, { temperature: 1, classes: 5 })).toThrow(
      /has label 5.*from 0 to 4/,
    );
  });
});

describe('nearest', () => {
  it('finds what the definition finds, at any k and without the query itself', async () => {
    for (const k of [1, 7, 120]) {
      const { index, cosine } = await nearest(bank, queries, k);
      expect(rowsOf(index, k)).toEqual(slowly(bank, queries, k));
      for (const row of rowsOf(index, k).keys())
        expect(
          [...cosine.subarray(row * k, row * k + k)].every((c, i, all) => i === 0 || c <= all[i - 1]!),
        ).toBe(true);
    }
    const exclude = Int32Array.from({ length: 120 }, (_, i) => i);
    const { index } = await nearest(bank, bank, 9, { exclude });
    expect(rowsOf(index, 9)).toEqual(slowly(bank, bank, 9, 1));
  });

  it('takes equal rows by position, and rows that are all the same', async () => {
    const data = places(40, 7, 3);
    const twice = matrixOf(Float64Array.from([...data, ...data]), 80, 7);
    const { index } = await nearest(twice, matrixOf(data, 40, 7), 2);
    expect(rowsOf(index, 2)).toEqual(Array.from({ length: 40 }, (_, i) => [i, i + 40]));
    const collapsed = matrixOf(new Float32Array(90).fill(0.3), 30, 3);
    expect(rowsOf((await nearest(collapsed, collapsed, 3)).index, 3)).toEqual(
      Array.from({ length: 30 }, () => [0, 1, 2]),
    );
  });

  it('sees rows of any length, and gives rows of zeros the cosine 0', async () => {
    const odd = matrixOf(Float64Array.of(1e-30, 0, 0, 0, 1e30, 1e30, -4, 0), 4, 2);
    const { index, cosine } = await nearest(odd, matrixOf(Float64Array.of(1e-20, 0), 1, 2), 4);
    expect([...index]).toEqual([0, 2, 1, 3]);
    expect([...cosine]).toEqual([1, expect.closeTo(Math.SQRT1_2, 12), 0, -1]);
  });

  it('keeps no tensor, and refuses what does not fit', async () => {
    const before = memory().numTensors;
    await nearest(bank, queries, 3);
    await expect(nearest(bank, queries, 121)).rejects.toThrow(/k is 121.*120 rows.*\[120, 16\]/);
    await expect(nearest(bank, bank, 120, { exclude: new Int32Array(120) })).rejects.toThrow(/1 to 119/);
    await expect(nearest(bank, matrixOf(new Float32Array(8), 1, 8), 3)).rejects.toThrow(
      /\[1, 8\].*\[120, 16\]/,
    );
    const strange = { ...queries, data: queries.data.map((v, i) => (i === 33 ? NaN : v)) };
    await expect(nearest(bank, strange, 3)).rejects.toThrow(/Row 2 of the queries/);
    expect(memory().numTensors).toBe(before);
  });
});
