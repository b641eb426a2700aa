import { seedOf } from '@understory/core';
import { streamNumber } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';

import { defocus, gaussian, motion } from './blurs.ts';
import { brightness } from './colour.ts';
import type { STRENGTHS } from './corrupt.ts';
import { corrupt, CORRUPTIONS, type Recompress } from './corrupt.ts';
import { pixelate } from './geometry.ts';
import { poisson } from './noise.ts';
import { fromBytes, placeIn, toBytes, type Border, type Picture } from './picture.ts';
import { robustness, type CorruptionErrors } from './robustness.ts';
import { clouds } from './weather.ts';

const bytes = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) =>
  Math.floor((streamNumber(i, 790) + 1) * 128),
);
const picture = fromBytes(bytes, 32, 32);
const sum = (values: Uint8Array): number => values.reduce((a, b) => a + b, 0);

describe('corruptions', () => {
  it('begin from the golden picture', () => {
    expect([sum(bytes), ...bytes.subarray(0, 3)]).toEqual([381157, 66, 172, 37]);
    expect(toBytes(picture)).toEqual(bytes);
  });

  it.each<[what: string, made: () => Picture, golden: readonly number[]]>([
    ['blur', () => gaussian(picture, 1), [379635, 79, 142, 85, 134, 120, 147]],
    ['defocus', () => defocus(picture, 0.4, 0.5), [379628, 70, 156, 69, 146, 175, 195]],
    [
      'motion',
      () => motion(picture, { radius: 6, sigma: 1, angle: -33 }),
      [380408, 91, 134, 101, 173, 154, 214],
    ],
    ['brightness', () => brightness(picture, 0.2), [458089, 85, 223, 47, 166, 223, 255]],
    ['pixelate', () => pixelate(picture, 0.65), [382333, 81, 120, 86, 111, 129, 134]],
  ])('%s is the golden one', (_what, made, [total, ...pixels]) => {
    const out = toBytes(made());
    const middle = (16 * 32 + 16) * 3;
    // Brightness: a handful of values that lie on the edge of two levels.
    expect(Math.abs(sum(out) - total!)).toBeLessThan(10);
    [...out.subarray(0, 3), ...out.subarray(middle, middle + 3)].forEach((value, i) =>
      expect(Math.abs(value - pixels[i]!)).toBeLessThanOrEqual(1),
    );
  });

  it('draw the golden clouds', () => {
    let drawn = 0;
    const map = clouds(32, 3, () => streamNumber(drawn++, 791));
    expect(drawn).toBe(1023);
    expect(map.reduce((a, b) => a + b) / 1024).toBeCloseTo(0.583106, 6);
    expect([map[0], map[16 * 32 + 16], map[5 * 32 + 9]]).toEqual(
      [0.50594, 0.773601, 0.491616].map((value) => expect.closeTo(value, 6) as number),
    );
  });

  it('continue pictures beyond their edges in three ways', () => {
    const around = (border: Border): number[] =>
      [-3, -2, -1, 0, 3, 4, 5, 6].map((at) => placeIn(at, 4, border));
    expect(around('edge')).toEqual([0, 0, 0, 0, 3, 3, 3, 3]);
    expect(around('inner')).toEqual([3, 2, 1, 0, 3, 2, 1, 0]);
    expect(around('outer')).toEqual([2, 1, 0, 0, 3, 3, 2, 1]);
  });
});

const recompress: Recompress = (pixels, _size, quality) =>
  Promise.resolve(pixels.map((v) => v - (v % (100 - quality))));

describe('corrupt', () => {
  const made = (name: (typeof CORRUPTIONS)[number], strength: (typeof STRENGTHS)[number], side = 20) => {
    const pixels = Uint8Array.from(
      { length: side * side * 3 },
      (_, i) => Math.floor((streamNumber(i, 3) + 1) * 100) + 20,
    );
    const rng = seedOf(0).at(name, strength).rng();
    return corrupt(pixels, { size: [side, side], name, strength, rng, recompress }).then((out) => ({
      pixels,
      out,
    }));
  };

  it('changes every picture in every way and strength, and repeats itself', async () => {
    expect(CORRUPTIONS).toHaveLength(14);
    for (const name of CORRUPTIONS)
      for (const strength of [1, 5] as const) {
        const { pixels, out } = await made(name, strength);
        expect(out, `${name} ${strength}`).toHaveLength(pixels.length);
        expect(out, `${name} ${strength}`).not.toEqual(pixels);
        expect(out, `${name} ${strength}`).toEqual((await made(name, strength)).out);
      }
  });

  it('changes pictures of another shape and of strengths for large ones', async () => {
    for (const name of CORRUPTIONS) {
      const pixels = new Uint8Array(70 * 66 * 3).fill(90);
      const rng = seedOf(1).rng();
      const out = await corrupt(pixels, { size: [70, 66], name, strength: 3, rng, recompress });
      expect(out, name).toHaveLength(pixels.length);
    }
    await expect(
      corrupt(new Uint8Array(5), {
        size: [2, 2],
        name: 'fog',
        strength: 1,
        rng: seedOf(1).rng(),
        recompress,
      }),
    ).rejects.toThrow(/5 numbers are no picture of 2×2/);
  });

  it('draws Poisson numbers of the right mean and variance', () => {
    const rng = seedOf(5).rng();
    for (const mean of [0, 0.5, 4, 12, 60, 400]) {
      const drawn = Array.from({ length: 20_000 }, () => poisson(mean, rng));
      const average = drawn.reduce((a, b) => a + b) / drawn.length;
      const variance = drawn.reduce((a, b) => a + (b - average) ** 2, 0) / drawn.length;
      expect(Math.abs(average - mean)).toBeLessThanOrEqual(4 * Math.sqrt(mean / 20_000));
      expect(Math.abs(variance - mean)).toBeLessThanOrEqual(0.06 * mean);
    }
  });
});

it('errors count as parts of AlexNet’s for large pictures alone', () => {
  const errors = Object.fromEntries(
    CORRUPTIONS.map((name) => [name, [0.5, 0.5, 0.5, 0.5, 0.5]]),
  ) as unknown as CorruptionErrors;
  expect(robustness(errors, [32, 32])).toEqual({ meanError: 0.5 });
  const { meanError, mCE14 } = robustness(errors, [224, 224]);
  expect(meanError).toBe(0.5);
  // With frost, whose share is 0.5 / 0.826572, all fifteen have the golden mean.
  expect((14 * mCE14! + 0.5 / 0.826572) / 15).toBeCloseTo(0.646726, 6);
});
