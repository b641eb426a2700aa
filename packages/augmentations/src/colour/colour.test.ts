import { describe, expect, it } from 'vitest';
import { expectChances, expectUniform } from '../distribution.test.support.ts';
import { streamImages, streamsOf, testAugmentation, valuesOf, augment } from '../testing.test.support.ts';
import { autocontrast } from './autocontrast.ts';
import { equalize } from './equalize.ts';
import { gaussian, gaussianBlur } from './gaussianBlur.ts';
import { invert } from './invert.ts';
import { posterize } from './posterize.ts';
import { sharpness } from './sharpness.ts';
import { solarize } from './solarize.ts';

const streams = streamsOf(5_000, 3);
const each = { autocontrast, equalize, invert, posterize, sharpness, solarize };

describe.each(Object.entries(each))('%s', (_, make) => {
  testAugmentation(make());

  it('leaves images alone where p is 0', () => {
    const images = streamImages([3, 9, 8, 3]);
    expect(valuesOf(augment(make({ p: 0 }), images))).toEqual(valuesOf(images));
  });

  it('is done with its probability', () => {
    const drawn = make({ p: 0.3 }).sample(streams, [4, 4]);
    const flags =
      drawn['apply']?.data ??
      drawn['table']!.data.filter((__, i) => i % 256 === 255).map((v) => (v < 255 ? 1 : 0));
    expectChances(
      flags,
      new Map([
        [0, 0.7],
        [1, 0.3],
      ]),
    );
  });
});

describe('images of one level', () => {
  it.each([autocontrast, equalize])('stay', (make) => {
    const flat = streamImages([2, 1, 1, 3]);
    expect(valuesOf(augment(make({ p: 1 }), flat))).toEqual(valuesOf(flat));
  });
});

describe('gaussianBlur', () => {
  testAugmentation(gaussianBlur());
  testAugmentation(gaussianBlur({ kernel: 9, sigma: [2, 3], p: 1 }));

  it('has a window of a tenth of the image', () => {
    const widthAt = (n: number) => gaussianBlur().sample(streamsOf(1), [n, n])['window']!.shape[1];
    expect([32, 96, 224].map(widthAt)).toEqual([3, 9, 23]);
  });

  it('draws widths uniformly, and none where it is not done', () => {
    const { window } = gaussianBlur({ kernel: 3, sigma: [0.5, 2], p: 0.5 }).sample(streams, [8, 8]);
    const rows = Array.from({ length: streams.length }, (_, i) => window!.data.slice(3 * i, 3 * i + 3));
    const done = rows.filter(([side]) => side! > 0);
    const flags = rows.map(([side]) => (side! > 0 ? 1 : 0));
    expectChances(
      flags,
      new Map([
        [0, 0.5],
        [1, 0.5],
      ]),
    );
    expectUniform(
      done.map(([side, middle]) => Math.sqrt(-0.5 / Math.log(side! / middle!))),
      0.4999,
      2.0001,
    );
  });

  it('has weights that sum to 1', () => {
    expect(gaussian(5, 1.3).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(gaussian(5, 0)).toEqual([0, 0, 1, 0, 0]);
  });
});
