import { sum, tensor1d, tidy, tile, reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { autocontrast } from './colour/autocontrast.ts';
import { equalize } from './colour/equalize.ts';
import { gaussianBlur } from './colour/gaussianBlur.ts';
import { grayscale } from './colour/grayscale.ts';
import { invert } from './colour/invert.ts';
import { posterize } from './colour/posterize.ts';
import { sharpness } from './colour/sharpness.ts';
import { solarize } from './colour/solarize.ts';
import { flip } from './geometric/flip.ts';
import { resize } from './geometric/resize.ts';
import { blend, meanLevel } from './pixels/blend.ts';
import { shiftHue, toHsv } from './pixels/hue.ts';
import { greyPlane, toImages, toPlanes } from './pixels/pixels.ts';
import { resampleBoxes, sampleBoxes } from './pixels/resample.ts';
import {
  encodeMatrix,
  rotationMatrix,
  shearMatrix,
  translationMatrix,
  warp,
  type Interpolation,
  type Matrix,
} from './pixels/warp.ts';
import { augment, streamImages, tensorsOf, valuesOf } from './testing.test.support.ts';

type Operation = (images: Tensor4D) => Tensor4D;

const planar =
  (change: (planes: Tensor4D) => Tensor4D): Operation =>
  (images) =>
    toImages(change(toPlanes(images)));
const away = (from: (planes: Tensor4D) => ReturnType<typeof meanLevel>, factor: number): Operation =>
  planar((p) => blend(p, from(p), tensor1d([factor])));
const warped =
  (matrix: Matrix, interpolation: Interpolation = 'nearest', fill = 0): Operation =>
  (images) => {
    const row = reshape(tensor1d(encodeMatrix(matrix, interpolation)), [1, 6]);
    return warp(images, tile(row, [images.shape[0], 1]), { interpolation, fill });
  };
const sized =
  (height: number, width: number, filter?: 'bicubic'): Operation =>
  (images) =>
    augment(resize({ size: [height, width], filter }), images);
const black = () => tensor1d([0]);
const mean = (p: Tensor4D) => meanLevel(greyPlane(p));
const box = { top: 1, left: 2, height: 5, width: 4 };
const SIZE = [8, 8] as const;

/** Name, operation, first six values, sum: one 8×8 picture of a deterministic stream. */
const TABLE: readonly (readonly [string, Operation, string, number])[] = [
  ['source', (x) => x, '12 36 1 232 12 124', 25697],
  ['grey', (x) => augment(grayscale({ p: 1 }), x), '25 25 25 91 91 91', 25416],
  ['brightness 1.3', away(black, 1.3), '15 46 1 255 15 161', 31445],
  ['brightness .7', away(black, 0.7), '8 25 0 162 8 86', 17901],
  ['contrast 1.3', away(mean, 1.3), '0 7 0 255 0 121', 25750],
  ['contrast .7', away(mean, 0.7), '48 64 40 202 48 126', 25510],
  ['saturation 1.4', away(greyPlane, 1.4), '6 40 0 255 0 137', 25627],
  ['saturation .6', away(greyPlane, 0.6), '17 31 10 175 43 110', 25510],
  ['hue +.1', planar((p) => shiftHue(p, tensor1d([25]))), '1 36 10 232 23 13', 26010],
  ['hue −.07', planar((p) => shiftHue(p, tensor1d([-17]))), '27 36 1 232 13 214', 25766],
  ['resize 4×4', sized(4, 4), '133 134 86 147 133 114', 6440],
  ['resize 5×3', sized(5, 3), '139 124 82 158 99 124', 6023],
  ['resize 13×13', sized(13, 13), '12 36 1 105 26 53', 68007],
  ['resize 5×5 bicubic', sized(5, 5, 'bicubic'), '122 105 64 141 161 91', 10058],
  [
    'crop and resize',
    (x) => resampleBoxes(x, tensorsOf(sampleBoxes([box], SIZE, [6, 6], 'bilinear'))),
    '124 238 84 164 138 132',
    14918,
  ],
  ['sharpness 1.9', (x) => augment(sharpness({ factor: 1.9, p: 1 }), x), '12 36 1 232 12 124', 25846],
  ['sharpness .1', (x) => augment(sharpness({ factor: 0.1, p: 1 }), x), '12 36 1 232 12 124', 25420],
  ['solarize 128', (x) => augment(solarize({ p: 1 }), x), '12 36 1 23 12 124', 11548],
  ['posterize 4', (x) => augment(posterize({ p: 1 }), x), '0 32 0 224 0 112', 24080],
  ['autocontrast', (x) => augment(autocontrast({ p: 1 }), x), '1 27 0 239 2 123', 25380],
  ['equalize', (x) => augment(equalize({ p: 1 }), x), '12 36 1 232 12 124', 25697],
  ['invert', (x) => augment(invert({ p: 1 }), x), '243 219 254 23 243 131', 23263],
  ['flip', (x) => augment(flip({ p: 1 }), x), '172 251 208 204 142 34', 25697],
  ['rotate 15', warped(rotationMatrix(15, SIZE)), '0 0 0 0 0 0', 22523],
  ['rotate 15 bilinear', warped(rotationMatrix(15, SIZE), 'bilinear', 128), '128 128 128 128 128 128', 25370],
  ['shearX .2', warped(shearMatrix(0.2, 0)), '12 36 1 232 12 124', 22999],
  ['shearY .2', warped(shearMatrix(0, 0.2)), '12 36 1 232 12 124', 23292],
  ['translateX 2', warped(translationMatrix(2, 0)), '0 0 0 0 0 0', 18877],
  [
    'Gaussian blur',
    (x) => augment(gaussianBlur({ kernel: 3, sigma: [1, 1], p: 1 }), x),
    '155 129 72 144 152 80',
    25903,
  ],
];

describe('golden pixels of an 8×8 picture', () => {
  it.each(TABLE)('%s', (name, operation, first, total) => {
    const values = tidy(() => valuesOf(operation(streamImages([1, 8, 8, 3]))));
    expect([...values.slice(0, 6)].join(' ')).toBe(first);
    // PIL's autocontrast cuts 254.99… to 254 in one pixel, where exact arithmetic has 255.
    const off = name === 'autocontrast' ? 1 : 0;
    expect(values.reduce((a, b) => a + b) - total).toBe(off);
  });

  it('has the HSV of PIL', () => {
    const { hue, saturation, value } = toHsv(toPlanes(streamImages([1, 8, 8, 3])));
    const [h, s, v] = [hue, saturation, value].map((x) => [...valuesOf(x).slice(0, 2)]);
    expect([h, s, v]).toEqual([
      [71, 233],
      [247, 241],
      [36, 232],
    ]);
  });

  it('has a mean grey level that is rounded half up', () => {
    const grey = greyPlane(toPlanes(streamImages([1, 8, 8, 3])));
    expect(valuesOf(sum(grey))[0]! / 64).toBe(132.375);
    expect([...valuesOf(meanLevel(grey))]).toEqual([132]);
  });
});
