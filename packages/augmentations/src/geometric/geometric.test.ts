import { tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectChances, expectUniform, expectUniformWhole } from '../distribution.test.support.ts';
import { streamImages, streamsOf, testAugmentation, valuesOf } from '../testing.test.support.ts';
import { encodeMatrix, rotationMatrix } from '../pixels/warp.ts';
import { centerCrop } from './centerCrop.ts';
import { drawBox, randomResizedCrop } from './randomResizedCrop.ts';
import { resize } from './resize.ts';
import { rotate90 } from './rotate90.ts';
import { rotation } from './rotation.ts';
import { shear } from './shear.ts';
import { translate } from './translate.ts';

const streams = streamsOf(5_000, 11);

/** A column of rows [B, width]. */
const columnOf = (rows: ArrayLike<number>, width: number, column: number): number[] =>
  Array.from({ length: rows.length / width }, (_, i) => rows[i * width + column]!);

describe('randomResizedCrop', () => {
  testAugmentation(randomResizedCrop({ size: 9 }));
  testAugmentation(randomResizedCrop({ size: 16, scale: [0.2, 0.5], filter: 'bicubic' }));

  it('draws areas and log ratios uniformly', () => {
    const shape = { scale: [0.1, 0.4], ratio: [0.5, 2] } as const;
    const boxes = streams.map((rng) => drawBox(rng, [1000, 1000], shape));
    expectUniform(
      boxes.map((b) => (b.height * b.width) / 1e6),
      0.0995,
      0.4005,
    );
    expectUniform(
      boxes.map((b) => Math.log(b.width / b.height)),
      -Math.log(2.01),
      Math.log(2.01),
    );
  });

  it('places boxes uniformly', () => {
    const boxes = streams.map((rng) => drawBox(rng, [10, 10], { scale: [0.25, 0.25], ratio: [1, 1] }));
    expectUniformWhole(
      boxes.map((b) => b.top),
      0,
      5,
    );
    expectUniformWhole(
      boxes.map((b) => b.left),
      0,
      5,
    );
  });

  it('takes the largest box in the middle where no draw fits', () => {
    const tall = { scale: [1, 1], ratio: [2, 3] } as const;
    expect(drawBox(streams[0]!, [100, 20], tall)).toEqual({ top: 45, left: 0, height: 10, width: 20 });
    const wide = { scale: [1, 1], ratio: [0.5, 0.75] } as const;
    expect(drawBox(streams[0]!, [20, 100], wide)).toEqual({ top: 0, left: 42, height: 20, width: 15 });
  });
});

describe('resize', () => {
  testAugmentation(resize({ size: 7 }));

  it('keeps the shape: the longer side is cut to a whole number', () => {
    expect(resize({ size: 256 }).outputSize!([375, 500])).toEqual([256, 341]);
    expect(resize({ size: 256 }).outputSize!([500, 375])).toEqual([341, 256]);
    expect(resize({ size: [3, 4] }).outputSize!([500, 375])).toEqual([3, 4]);
  });
});

describe('centerCrop', () => {
  testAugmentation(centerCrop({ size: 7 }));
  testAugmentation(centerCrop({ size: 13, fill: 5 }));

  it('pads what is too small', () => {
    const made = tidy(() => valuesOf(centerCrop({ size: 4, fill: 9 }).apply(streamImages([1, 2, 3, 3]), {})));
    expect([...made.slice(0, 12)]).toEqual(new Array(12).fill(9));
    expect([...made.slice(12, 15)]).toEqual([12, 36, 1]);
  });
});

describe('rotation', () => {
  testAugmentation(rotation({ degrees: 40 }));
  testAugmentation(rotation({ interpolation: 'bilinear', fill: [1, 2, 3] }));

  it('draws angles uniformly', () => {
    const { matrix } = rotation({ degrees: 30 }).sample(streams, [20, 20]);
    const sines = columnOf(matrix!.data, 6, 3);
    const angles = sines.map((sin) => (Math.asin(sin) * 180) / Math.PI);
    expectUniform(angles, -30.001, 30.001);
  });

  it('is done with its probability', () => {
    const { matrix } = rotation({ p: 0.3 }).sample(streams, [20, 20]);
    const turned = columnOf(matrix!.data, 6, 3).map((sin) => (sin === 0 ? 0 : 1));
    expectChances(
      turned,
      new Map([
        [0, 0.7],
        [1, 0.3],
      ]),
    );
  });

  it('turns by quarters exactly', () => {
    const quarter = encodeMatrix(rotationMatrix(90, [8, 8]));
    expect(quarter.map((v) => v + 0)).toEqual([0, -1, 7.5, 1, 0, 0.5]);
  });
});

describe('shear', () => {
  testAugmentation(shear({ y: 0.2 }));

  it('draws both directions uniformly', () => {
    const { matrix } = shear({ x: 0.3, y: 0.1 }).sample(streams, [8, 8]);
    expectUniform(columnOf(matrix!.data, 6, 1), -0.30001, 0.30001);
    expectUniform(columnOf(matrix!.data, 6, 3), -0.10001, 0.10001);
  });
});

describe('translate', () => {
  testAugmentation(translate({ x: 0.3 }));

  it('moves by whole pixels, cut towards 0', () => {
    const { matrix } = translate({ x: 0.5, y: 0 }).sample(streams, [8, 7]);
    const right = columnOf(matrix!.data, 6, 2).map((x) => 0.5 - x);
    // trunc of a number that is uniform in ±3.5: half a pixel at each end.
    expectChances(
      right,
      new Map([-3, -2, -1, 0, 1, 2, 3].map((x) => [x, (x === 0 ? 2 : Math.abs(x) === 3 ? 0.5 : 1) / 7])),
    );
    expect(new Set(columnOf(matrix!.data, 6, 5))).toEqual(new Set([0.5]));
  });
});

describe('rotate90', () => {
  for (const turns of [0, 1, 2, 3]) testAugmentation(rotate90({ turns }));

  it('turns counter-clockwise', () => {
    const images = streamImages([1, 2, 3, 3]);
    const pixels = (turns: number) => {
      const values = [...valuesOf(rotate90({ turns }).apply(images, {}))];
      return Array.from({ length: 6 }, (_, i) => values.slice(3 * i, 3 * i + 3).join());
    };
    const [a, b, c, d, e, f] = pixels(0);
    expect(pixels(1)).toEqual([c, f, b, e, a, d]);
    expect(pixels(2)).toEqual([f, e, d, c, b, a]);
    expect(pixels(3)).toEqual([d, a, e, b, f, c]);
  });
});
