import { tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { colorJitter } from './colour/colorJitter.ts';
import { crop } from './geometric/crop.ts';
import { cutout } from './erasing/cutout.ts';
import { expectChances, expectUniform, expectUniformWhole } from './distribution.test.support.ts';
import { flip } from './geometric/flip.ts';
import { grayscale } from './colour/grayscale.ts';
import { streamImages, streamsOf, testAugmentation, valuesOf } from './testing.test.support.ts';

const streams = streamsOf(20_000, 5);
const yesNo = (p: number) =>
  new Map([
    [0, 1 - p],
    [1, p],
  ]);

describe('crop', () => {
  testAugmentation(crop());
  testAugmentation(crop({ size: 9, pad: 2, border: 'reflect' }));

  it('draws every place equally often', () => {
    const { top, left } = crop({ size: 10, pad: 3 }).sample(streams, [12, 14]);
    expectUniformWhole(top!.data, 0, 8);
    expectUniformWhole(left!.data, 0, 10);
  });

  it('names a size that the padded image does not hold', () => {
    expect(() => crop({ size: 33, pad: 0 }).sample(streams, [32, 32])).toThrow(/33×33 pixels out of 32×32/);
  });
});

describe('flip', () => {
  testAugmentation(flip());

  it('mirrors the images that are drawn', () => {
    const images = streamImages([1, 8, 8, 3]);
    const made = valuesOf(flip().apply(images, { flip: tensor1d([1]) }));
    expect([...made.slice(0, 6)]).toEqual([172, 251, 208, 204, 142, 34]);
    expect(made.reduce((a, b) => a + b)).toBe(25697);
    expect(valuesOf(flip().apply(images, { flip: tensor1d([0]) }))).toEqual(valuesOf(images));
  });

  it('draws with its probability', () => {
    expectChances(flip({ p: 0.3 }).sample(streams, [4, 4])['flip']!.data, yesNo(0.3));
  });
});

describe('cutout', () => {
  testAugmentation(cutout({ size: 6 }));
  testAugmentation(cutout({ size: 5, holes: 3, fill: [125, 123, 114] }));

  it('cuts rows and columns [centre − half, centre + half), less at the border', () => {
    const made = tidy(() =>
      cutout({ size: 4 }).apply(streamImages([2, 6, 6, 3]), {
        y: tensor2d([[0], [3]]),
        x: tensor2d([[5], [2]]),
      }),
    );
    const values = valuesOf(made);
    const cut = (image: number) =>
      Array.from({ length: 36 }, (_, i) => i)
        .filter((i) => values.slice((image * 36 + i) * 3, (image * 36 + i) * 3 + 3).every((v) => v === 0))
        .map((i) => [Math.floor(i / 6), i % 6]);
    expect(cut(0)).toEqual([
      [0, 3],
      [0, 4],
      [0, 5],
      [1, 3],
      [1, 4],
      [1, 5],
    ]);
    expect(cut(1)).toEqual([1, 2, 3, 4].flatMap((y) => [0, 1, 2, 3].map((x) => [y, x])));
  });

  it('draws centres from the whole image', () => {
    const { y, x } = cutout({ size: 4, holes: 2 }).sample(streams, [6, 9]);
    expectUniformWhole(y!.data, 0, 5);
    expectUniformWhole(x!.data, 0, 8);
  });
});

describe('grayscale', () => {
  testAugmentation(grayscale({ p: 0.5 }));

  it('draws with its probability', () => {
    expectChances(grayscale().sample(streams, [4, 4])['grey']!.data, yesNo(0.2));
  });
});

describe('colorJitter', () => {
  testAugmentation(colorJitter());
  testAugmentation(colorJitter({ hue: 0, p: 1 }));

  it('draws factors, order and choice as documented', () => {
    const drawn = colorJitter({ brightness: 0.4, contrast: 1.5, saturation: 0.2, hue: 0.1, p: 0.8 }).sample(
      streams,
      [4, 4],
    );
    expectUniform(drawn['brightness']!.data, 0.6, 1.4);
    expectUniform(drawn['contrast']!.data, 0, 2.5);
    expectUniform(drawn['saturation']!.data, 0.8, 1.2);
    expectChances(drawn['apply']!.data, yesNo(0.8));
    const shifts = Array.from({ length: 51 }, (_, i) => i - 25);
    const width = (level: number) => (level === 0 ? 2 : Math.abs(level) === 25 ? 0.5 : 1) / 51; // of trunc(h · 255)
    expectChances(drawn['hue']!.data, new Map(shifts.map((level) => [level, width(level)])));
    const orders = Array.from({ length: 20_000 }, (_, i) =>
      Number([...drawn['order']!.data.slice(4 * i, 4 * i + 4)].join('')),
    );
    expect(new Set(orders).size).toBe(24);
    expectChances(orders, new Map([...new Set(orders)].map((order) => [order, 1 / 24])));
  });

  it('leaves images that are not drawn as they are', () => {
    const images = streamImages([3, 8, 8, 3]);
    const params = colorJitter({ p: 0 }).sample(streamsOf(3), [8, 8]);
    expect([...params['apply']!.data]).toEqual([0, 0, 0]);
    const none = tidy(() =>
      colorJitter().apply(images, {
        ...Object.fromEntries(
          ['brightness', 'contrast', 'saturation', 'hue', 'apply'].map((k) => [k, tensor1d([0, 0, 0])]),
        ),
        order: tensor2d([
          [0, 1, 2, 3],
          [3, 2, 1, 0],
          [1, 3, 0, 2],
        ]),
      }),
    );
    expect(valuesOf(none)).toEqual(valuesOf(images));
  });
});
