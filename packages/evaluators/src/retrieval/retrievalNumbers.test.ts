import { describe, expect, it } from 'vitest';
import { clusters, drawnLabels, places } from '../drawn.test.support.ts';
import { matrixOf } from '../matrix.ts';
import { retrievalNumbers } from './retrievalNumbers.ts';

const labels = drawnLabels(80, 5, 710);
const embeddings = clusters({ labels, columns: 16, centres: 711, scale: 0.5, noise: 712 });

describe('retrieval', () => {
  it('has the golden numbers', async () => {
    const found = await retrievalNumbers(embeddings, labels, { ranks: [1, 5, 10] });
    expect(found.queries).toBe(80);
    expect([...found.recall]).toEqual([
      [1, 0.6125],
      [5, 0.95],
      [10, 0.975],
    ]);
    expect(found.rPrecision).toBeCloseTo(0.464658, 6);
    expect(found.mapAtR).toBeCloseTo(0.33221, 6);
  });

  it('is what its definition says, a query after the other', async () => {
    const some = drawnLabels(30, 12, 1);
    const x = matrixOf(places(30, 4, 2), 30, 4);
    const row = (i: number): Float64Array => x.data.slice(4 * i, 4 * i + 4) as Float64Array;
    const cosine = (a: Float64Array, b: Float64Array): number =>
      a.reduce((sum, v, i) => sum + v * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
    const each = [...some].flatMap((label, q) => {
      const others = [...some.keys()].filter((i) => i !== q);
      const order = others.sort((i, j) => cosine(row(q), row(j)) - cosine(row(q), row(i)) || i - j);
      const hits = order.map((i) => some[i] === label);
      const R = hits.filter(Boolean).length;
      if (R === 0) return [];
      const at = (i: number): number => hits.slice(0, i + 1).filter(Boolean).length / (i + 1);
      const mean = hits.slice(0, R).reduce((sum, hit, i) => sum + (hit ? at(i) : 0), 0) / R;
      return [{ recall: hits.slice(0, 3).includes(true) ? 1 : 0, share: at(R - 1), mean }];
    });
    const meanOf = (key: 'recall' | 'share' | 'mean'): number =>
      each.reduce((sum, one) => sum + one[key], 0) / each.length;
    const found = await retrievalNumbers(x, some, { ranks: [3] });
    expect(found.queries).toBe(each.length);
    expect(each.length).toBeLessThan(30);
    expect(found.recall.get(3)).toBeCloseTo(meanOf('recall'), 12);
    expect([found.rPrecision, found.mapAtR]).toEqual([
      expect.closeTo(meanOf('share'), 12),
      expect.closeTo(meanOf('mean'), 12),
    ]);
  });

  it('has no number where no image has a partner, and refuses what does not fit', async () => {
    const three = matrixOf(places(3, 2, 1), 3, 2);
    const alone = await retrievalNumbers(three, Int32Array.of(0, 1, 2), { ranks: [1] });
    expect(alone).toMatchObject({ queries: 0, rPrecision: NaN, mapAtR: NaN });
    const pairs = Int32Array.of(0, 0, 1);
    await expect(retrievalNumbers(three, pairs, { ranks: [3] })).rejects.toThrow(/Rank 3.*2 others/);
    await expect(retrievalNumbers(three, pairs.subarray(1), { ranks: [1] })).rejects.toThrow(/labels \[2\]/);
    await expect(retrievalNumbers(three, Int32Array.of(0, -1, 1), { ranks: [1] })).rejects.toThrow(
      /Row 1 has label -1/,
    );
    const strange = { ...three, data: Float64Array.of(1, 2, NaN, 1, 0, 0) };
    await expect(retrievalNumbers(strange, pairs, { ranks: [1] })).rejects.toThrow(/Row 1 /);
  });
});
