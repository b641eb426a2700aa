import { fill, reshape, tensor1d, tidy, tile, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { blend, meanLevel } from './blend.ts';
import { colorJitter } from './colorJitter.ts';
import { crop } from './crop.ts';
import { grayscale } from './grayscale.ts';
import { shiftHue } from './hue.ts';
import { greyPlane, toImages, toPlanes } from './pixels.ts';
import { goldenTransforms, unpack, valuesOf } from './testing.test.support.ts';

/* eslint-disable @typescript-eslint/no-explicit-any -- the options come from JSON, as the script wrote them */
type Operation = (images: Tensor4D, options: any) => Tensor4D;

/** A number for each image. */
const each = (images: Tensor4D, value: number): Tensor => fill([images.shape[0]], Math.fround(value));
const planar = (images: Tensor4D, change: (planes: Tensor4D) => Tensor4D): Tensor4D =>
  toImages(change(toPlanes(images)));
const factorOf = (images: Tensor4D, value: number): Tensor => reshape(each(images, value), [-1, 1, 1]);

const operations: Record<string, Operation> = {
  brightness: (x, { factor }) => planar(x, (p) => blend(p, tensor1d([0]), factorOf(x, factor))),
  contrast: (x, { factor }) => planar(x, (p) => blend(p, meanLevel(greyPlane(p)), factorOf(x, factor))),
  saturation: (x, { factor }) => planar(x, (p) => blend(p, greyPlane(p), factorOf(x, factor))),
  hue: (x, { turns }) => planar(x, (p) => shiftHue(p, factorOf(x, Math.trunc(turns * 255)))),
  grey: (x) => grayscale().apply(x, { grey: each(x, 1) }),
  jitter(x, { order, hue, ...factors }) {
    const places = ['brightness', 'contrast', 'saturation', 'hue'].map(
      (name) => order.indexOf(name) as number,
    );
    const named = Object.entries<number>(factors).map(([name, value]) => [name, each(x, value)]);
    return colorJitter().apply(x, {
      ...(Object.fromEntries(named) as Record<string, Tensor>),
      apply: each(x, 1),
      hue: each(x, Math.trunc(hue * 255)),
      order: tile(reshape(tensor1d(places), [1, 4]), [x.shape[0], 1]),
    });
  },
  pad_crop: (x, { top, left, ...options }) =>
    crop(options).apply(x, { top: each(x, top), left: each(x, left) }),
};

describe('equals torchvision on 8-bit pictures', () => {
  const { pictures, cases } = goldenTransforms();
  for (const { name, options, result } of cases.filter((c) => c.name in operations)) {
    it(`${name} ${JSON.stringify(options)}`, () => {
      const expected = valuesOf(unpack(result));
      const made = tidy(() => operations[name]!(unpack(pictures), options));
      expect(made.shape).toEqual(result.shape);
      const differences = valuesOf(made).map((v, i) => v - expected[i]!);
      expect(differences.filter((d) => d !== 0)).toEqual(new Float32Array());
    });
  }
});
