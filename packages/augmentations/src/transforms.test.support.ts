import { fill, reshape, tensor1d, tidy, tile, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { blend, meanLevel } from './pixels/blend.ts';
import { autocontrast } from './colour/autocontrast.ts';
import { equalize } from './colour/equalize.ts';
import { gaussianBlur } from './colour/gaussianBlur.ts';
import { invert } from './colour/invert.ts';
import { posterize } from './colour/posterize.ts';
import { sharpness } from './colour/sharpness.ts';
import { solarize } from './colour/solarize.ts';
import { centerCrop } from './geometric/centerCrop.ts';
import { resize } from './geometric/resize.ts';
import { resampleBoxes, sampleBoxes, type Box } from './pixels/resample.ts';
import {
  encodeMatrix,
  rotationMatrix,
  shearMatrix,
  translationMatrix,
  warp,
  type Interpolation,
  type Matrix,
  type WarpOptions,
} from './pixels/warp.ts';
import type { Border } from './pixels/border.ts';
import type { Filter } from './pixels/filterWeights.ts';
import type { Augmentation } from '@understory/core';
import { colorJitter } from './colour/colorJitter.ts';
import { crop } from './geometric/crop.ts';
import { grayscale } from './colour/grayscale.ts';
import { shiftHue } from './pixels/hue.ts';
import { greyPlane, toImages, toPlanes } from './pixels/pixels.ts';
import { augment, goldenTransforms, sizeOf, tensorsOf, unpack, valuesOf } from './testing.test.support.ts';

/** Everything that testdata/make_transforms.py gives to an operation; each takes its part. */
interface Options {
  readonly factor: number;
  readonly turns: number;
  readonly order: readonly string[];
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
  readonly threshold: number;
  readonly bits: number;
  readonly degrees: number;
  readonly interpolation?: Interpolation;
  readonly fill?: number;
  readonly x?: number;
  readonly y?: number;
  readonly height: number;
  readonly width: number;
  readonly filter?: Filter;
  readonly size: number;
  readonly top: number;
  readonly left: number;
  readonly kernel: number;
  readonly sigma: number;
  readonly pad: number;
  readonly border: Border;
}
type Operation = (images: Tensor4D, options: Options) => Tensor4D;

/** A number for each image. */
const each = (images: Tensor4D, value: number): Tensor => fill([images.shape[0]], Math.fround(value));
const planar = (images: Tensor4D, change: (planes: Tensor4D) => Tensor4D): Tensor4D =>
  toImages(change(toPlanes(images)));
const factorOf = (images: Tensor4D, value: number): Tensor => reshape(each(images, value), [-1, 1, 1]);

/** An augmentation whose draws do not matter. */
const once = (augmentation: Augmentation, images: Tensor4D): Tensor4D => augment(augmentation, images);

const warped = (
  images: Tensor4D,
  matrix: Matrix,
  options: WarpOptions = { interpolation: 'nearest', fill: 0 },
): Tensor4D => {
  const row = tensor1d(encodeMatrix(matrix, options.interpolation));
  return warp(images, tile(reshape(row, [1, 6]), [images.shape[0], 1]), options);
};

/** Where PIL computes in double precision: 1 level off, in a few pixels. */
const NEARLY = new Set(['autocontrast']);

const operations: Record<string, Operation> = {
  brightness: (x, { factor }) => planar(x, (p) => blend(p, tensor1d([0]), factorOf(x, factor))),
  contrast: (x, { factor }) => planar(x, (p) => blend(p, meanLevel(greyPlane(p)), factorOf(x, factor))),
  saturation: (x, { factor }) => planar(x, (p) => blend(p, greyPlane(p), factorOf(x, factor))),
  hue: (x, { turns }) => planar(x, (p) => shiftHue(p, factorOf(x, Math.trunc(turns * 255)))),
  grey: (x) => grayscale().apply(x, { grey: each(x, 1) }),
  jitter: (x, { order, brightness, contrast, saturation, hue }) => {
    const places = ['brightness', 'contrast', 'saturation', 'hue'].map((name) => order.indexOf(name));
    return colorJitter().apply(x, {
      brightness: each(x, brightness),
      contrast: each(x, contrast),
      saturation: each(x, saturation),
      hue: each(x, Math.trunc(hue * 255)),
      apply: each(x, 1),
      order: tile(reshape(tensor1d(places), [1, 4]), [x.shape[0], 1]),
    });
  },
  sharpness: (x, { factor }) => once(sharpness({ factor, p: 1 }), x),
  solarize: (x, { threshold }) => once(solarize({ threshold, p: 1 }), x),
  posterize: (x, { bits }) => once(posterize({ bits, p: 1 }), x),
  autocontrast: (x) => once(autocontrast({ p: 1 }), x),
  equalize: (x) => once(equalize({ p: 1 }), x),
  invert: (x) => once(invert({ p: 1 }), x),
  rotate: (x, { degrees, interpolation = 'nearest', fill: colour = 0 }) =>
    warped(x, rotationMatrix(degrees, sizeOf(x)), { interpolation, fill: colour }),
  shear: (x, { x: along = 0, y: down = 0 }) => warped(x, shearMatrix(along, down)),
  translate: (x, { x: right = 0, y: down = 0 }) => warped(x, translationMatrix(right, down)),
  resize: (x, { height, width, filter }) => once(resize({ size: [height, width], filter }), x),
  resize_shorter: (x, { size }) => once(resize({ size }), x),
  resize_box: (x, { size, top, left, height, width }) => {
    const boxes = new Array<Box>(x.shape[0]).fill({ top, left, height, width });
    return resampleBoxes(x, tensorsOf(sampleBoxes(boxes, sizeOf(x), [size, size], 'bilinear')));
  },
  center_crop: (x, { size }) => once(centerCrop({ size }), x),
  blur: (x, { kernel, sigma }) => once(gaussianBlur({ kernel, sigma: [sigma, sigma], p: 1 }), x),
  pad_crop: (x, { top, left, size, pad, border, fill: colour }) =>
    crop({ size, pad, border, fill: colour }).apply(x, { top: each(x, top), left: each(x, left) }),
};

/** Compares every operation with what torchvision made of the same pictures, on the backend that is active. */
export const testTransforms = (): void => {
  const { pictures, cases } = goldenTransforms();
  for (const { name, options, result } of cases) {
    it(`${name} ${JSON.stringify(options)}`, () => {
      const expected = valuesOf(unpack(result));
      const made = tidy(() => operations[name]!(unpack(pictures), options as unknown as Options));
      expect(made.shape).toEqual(result.shape);
      const off = Array.from(valuesOf(made), (v, i) => Math.abs(v - expected[i]!));
      expect(Math.max(...off)).toBeLessThanOrEqual(NEARLY.has(name) ? 1 : 0);
      expect(off.filter((d) => d > 0).length).toBeLessThan(off.length / 100);
    });
  }
};
