import { classesOf, classSamples, float32, int32, seedOf, type Samples } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedSubset, inMemory, rawSamples, subset } from './samples.ts';

/** Images of 1 x 2 pixels whose levels are their position. */
const numbered = (n: number, classes = 3): Samples =>
  rawSamples({
    pixels: Uint8Array.from({ length: n * 6 }, (_, i) => Math.floor(i / 6)),
    size: [1, 2],
    labels: Int32Array.from({ length: n }, (_, i) => i % classes),
    describe: (i) => `number ${i}`,
  });
/** The same images without classes, with a number each. */
const measured = (n: number): Samples => {
  const images = numbered(n);
  return {
    length: n,
    size: images.size,
    read: (at) => images.read(at),
    describe: (i) => images.describe(i),
    targets: { edge: { kind: 'values', dtype: 'float32', shape: [] } },
    readTargets: (at) => Promise.resolve({ edge: float32(Float32Array.from(at), [at.length]) }),
  };
};
const levels = async (samples: Samples, positions: number[]): Promise<number[]> => {
  const pixels = await samples.read(positions);
  expect(pixels.length).toBe(positions.length * 6);
  return positions.map((_, i) => pixels[i * 6]!);
};

describe('subset', () => {
  it('reads, labels and describes through its positions, in their order', async () => {
    const part = subset(numbered(20), [7, 3, 3, 19]);
    expect(part.length).toBe(4);
    expect(part.size).toEqual([1, 2]);
    expect(Array.from(classesOf(part))).toEqual([1, 0, 0, 1]);
    expect(part.describe(1)).toBe('number 3');
    expect(await levels(part, [3, 0, 2, 2])).toEqual([19, 7, 3, 3]);
    expect(await levels(subset(part, [1, 0]), [1, 0])).toEqual([7, 3]);
  });

  it('gives the targets of its positions, whatever they are, and classes only where there are some', async () => {
    const part = subset(measured(20), [7, 3]);
    expect(part.targets).toEqual(measured(20).targets);
    expect((await part.readTargets([1, 0, 1]))['edge']).toEqual(float32([3, 7, 3], [3]));
    expect(part.groups).toBeUndefined();
    expect((await subset(numbered(20), [7, 3]).readTargets([1, 0]))['label']).toEqual(int32([0, 1], [2]));
  });

  it('refuses positions that are not there', async () => {
    expect(() => subset(numbered(5), [5])).toThrow(/position 5: this split holds 0 … 4/);
    await expect(subset(numbered(5), [1]).read([1])).rejects.toThrow(/position 1/);
    await expect(subset(numbered(5), [1]).readTargets([1])).rejects.toThrow(/position 1/);
    await expect(numbered(5).read([-1])).rejects.toThrow(/position -1/);
    expect((await numbered(5).read([])).length).toBe(0);
  });
});

describe('balancedSubset', () => {
  it('takes a share of each class, the same for the same seed', () => {
    const draw = (seed: number): Samples => balancedSubset(numbered(90), { fraction: 0.1 }, seedOf(seed));
    const names = (s: Samples): string[] => Array.from({ length: s.length }, (_, i) => s.describe(i));
    expect(Array.from(classesOf(draw(1))).sort()).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(names(draw(1))).toEqual(names(draw(1)));
    expect(names(draw(1))).not.toEqual(names(draw(2)));
  });

  it('takes a count as evenly as the classes allow', () => {
    const property = fc.property(fc.array(fc.nat(4), { maxLength: 60 }), fc.nat(80), (labels, count) => {
      const samples = classSamples({ ...numbered(labels.length), labels: Int32Array.from(labels) });
      const drawn = balancedSubset(samples, { count }, seedOf(count));
      expect(drawn.length).toBe(Math.min(count, labels.length));
      const have = [0, 1, 2, 3, 4].map((c) => labels.filter((l) => l === c).length);
      const took = have.map((_, c) => classesOf(drawn).filter((l) => l === c).length);
      const open = took.filter((t, c) => t < have[c]!);
      if (open.length > 0) expect(Math.max(...took) - Math.min(...open)).toBeLessThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('refuses samples that have no classes', () => {
    expect(() => balancedSubset(measured(9), { count: 3 }, seedOf(1))).toThrow(/have no class each/);
  });

  it('takes one of each class at least, and refuses what is no amount', () => {
    expect(balancedSubset(numbered(9), { fraction: 0.01 }, seedOf(1)).length).toBe(3);
    expect(() => balancedSubset(numbered(9), { fraction: 1.5 }, seedOf(1))).toThrow(
      /fraction.*above 0 and up to 1/,
    );
    expect(() => balancedSubset(numbered(9), { count: 0.5 }, seedOf(1))).toThrow(/whole number/);
  });
});

it('inMemory reads each sample once and then never again', async () => {
  const source = numbered(600);
  const asked: number[] = [];
  const watched: Samples = {
    ...source,
    read: (positions) => {
      asked.push(...Array.from(positions));
      return source.read(positions);
    },
  };
  const seen: number[] = [];
  const kept = await inMemory(watched, (done) => seen.push(done));
  expect(await levels(kept, [599, 0, 255, 256])).toEqual([599 % 256, 0, 255, 0]);
  expect(kept.describe(7)).toBe('number 7');
  expect(asked.length).toBe(600);
  expect(seen).toEqual([256, 512, 600]);
  await expect(kept.read([600])).rejects.toThrow(/position 600/);
  expect(kept.groups).toEqual(source.groups);
  expect((await (await inMemory(measured(4))).readTargets([2]))['edge']).toEqual(float32([2], [1]));
});
