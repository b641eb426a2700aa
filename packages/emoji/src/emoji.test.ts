import { classesOf, seedOf, type Dataset, type DatasetRequest, type Samples } from '@understory/core';
import { NORMALIZATIONS } from '@understory/datasets';
import { describe, expect, it } from 'vitest';
import { emoji, type EmojiOptions } from './emoji.ts';

const request = (seed: number): DatasetRequest => ({ seed: seedOf(seed) });

const opened = new Map<string, Promise<Dataset>>();
const open = (seed: number, options?: EmojiOptions): Promise<Dataset> => {
  const key = JSON.stringify([seed, options]);
  const dataset = opened.get(key) ?? emoji(options)(request(seed));
  opened.set(key, dataset);
  return dataset;
};
const names = (samples: Samples): string[] =>
  Array.from({ length: samples.length }, (_, i) => samples.describe(i));
const all = (samples: Samples): Promise<Uint8Array> => samples.read(classesOf(samples).map((_, i) => i));

describe('the splits', () => {
  it('hold all 1,906 emoji twice, each emoji in one split', async () => {
    const { train, validation, test, classes } = await open(1);
    expect([train.length, validation.length, test.length]).toEqual([2740, 308, 764]);
    expect(classes.length).toBe(9);
    const of = (samples: Samples): Set<string> =>
      new Set(names(samples).map((n) => n.replace(/ \(\w+\)$/, '')));
    const [a, b, c] = [of(train), of(validation), of(test)];
    expect([a.size, b.size, c.size]).toEqual([1370, 154, 382]);
    expect(new Set([...a, ...b, ...c]).size).toBe(1906);
    expect(names(test)).toContain('🐳 whale (twitter)');
  });

  it('are tested on the same emoji for every seed, validated on others', async () => {
    const [one, again, two] = [await open(1), await emoji()(request(1)), await open(2)];
    expect(names(one.test)).toEqual(names(two.test));
    expect(Buffer.compare(await all(one.test), await all(two.test))).toBe(0);
    expect(names(one.validation)).toEqual(names(again.validation));
    expect(names(one.validation)).not.toEqual(names(two.validation));
  });

  it('hold a share of every class', async () => {
    const { train, validation, test } = await open(2);
    const count = (samples: Samples, c: number): number => classesOf(samples).filter((l) => l === c).length;
    for (let c = 0; c < 9; c++) {
      const total = count(train, c) + count(validation, c) + count(test, c);
      expect(count(test, c) / total).toBeCloseTo(0.2, 1);
      expect(count(validation, c) / (total - count(test, c))).toBeCloseTo(0.1, 1);
    }
  });

  it('obey the limit: balanced, and tested on the same emoji for every seed', async () => {
    const limit = { train: 90, test: 45 };
    const [one, two] = [await open(1, { limit }), await open(2, { limit })];
    expect([one.train.length, one.validation.length, one.test.length]).toEqual([90, 308, 45]);
    expect(Array.from({ length: 9 }, (_, c) => classesOf(one.train).filter((l) => l === c).length)).toEqual(
      Array(9).fill(10),
    );
    expect(names(one.test)).toEqual(names(two.test));
    expect(names(one.train)).not.toEqual(names(two.train));
  });
});

describe('the pictures', () => {
  it('are 32 pixels wide, not cut off, on the background', async () => {
    const { test } = await open(1, { background: [10, 20, 30] });
    const at = names(test).indexOf('🐳 whale (google)');
    const pixels = await test.read([at]);
    expect(pixels.length).toBe(32 * 32 * 3);
    expect(Array.from(pixels.subarray(0, 3))).toEqual([10, 20, 30]);
    expect(new Set(pixels).size).toBeGreaterThan(50);
    expect(Array.from((await (await open(1)).test.read([at])).subarray(0, 3))).toEqual([255, 255, 255]);
  });

  it('have the committed mean and standard deviation, whatever the seed', async () => {
    const { train, validation, normalization } = await open(2);
    expect(normalization).toBe(NORMALIZATIONS.emoji);
    const pixels = Buffer.concat([await all(train), await all(validation)]);
    for (const c of [0, 1, 2]) {
      let sum = 0;
      let squares = 0;
      for (let i = c; i < pixels.length; i += 3) {
        sum += pixels[i]! / 255;
        squares += (pixels[i]! / 255) ** 2;
      }
      const mean = (3 * sum) / pixels.length;
      expect(mean).toBeCloseTo(normalization.mean[c]!, 4);
      expect(Math.sqrt((3 * squares) / pixels.length - mean ** 2)).toBeCloseTo(normalization.std[c]!, 4);
    }
  });

  it('come in the styles asked for', async () => {
    const { train, test } = await open(1, { styles: ['twitter'] });
    expect([train.length, test.length]).toEqual([1370, 382]);
    expect(names(train).every((name) => name.endsWith('(twitter)'))).toBe(true);
  });
});

it('counts what no split has', async () => {
  const skins = { reason: 'of no class', count: 5 };
  expect((await open(1)).leftOut).toMatchObject([skins]);
  const { leftOut, origins } = await open(1, { styles: ['google'], limit: { train: 64 }, validation: 0 });
  expect(leftOut).toMatchObject([
    skins,
    { reason: 'of the style twitter', count: 1906 },
    { reason: 'over the limit of 64 for train', count: 1460 },
  ]);
  expect(origins?.validation).toMatch(/^none: the option validation takes no share/);
  await expect(open(1, { limit: 8 })).rejects.toThrow(/leaves none of class .*Set limit to 9/);
});

it('names an unknown option', () => {
  expect(() => emoji({ style: 'google' } as EmojiOptions)).toThrow(/style/);
});
