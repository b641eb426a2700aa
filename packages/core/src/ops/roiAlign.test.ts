import { readFileSync } from 'node:fs';
import {
  grads,
  mean,
  memory,
  ones,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { relativeError, streamTensor } from '../testing/index.ts';
import { roiAlign, roiLevels, type RoiAlignOptions } from './roiAlign.ts';

interface Golden {
  readonly name: string;
  /** [B, C, H, W] of each level, and the stream that fills it. */
  readonly maps: readonly { readonly shape: number[]; readonly seed: number }[];
  readonly rois: number[][];
  readonly levels: number[];
  readonly options: RoiAlignOptions;
  /** [R, C, size, size] */
  readonly y: number[];
  readonly gradients: number[][];
}

const goldens = JSON.parse(
  readFileSync(new URL('../../testdata/roiAlign.json', import.meta.url), 'utf8'),
) as Golden[];

const channelsLast = (shape: readonly number[], seed: number): Tensor4D =>
  transpose(streamTensor(shape, seed) as Tensor4D, [0, 2, 3, 1]);
const channelsFirst = (x: Tensor4D): Float32Array => transpose(x, [0, 3, 1, 2]).dataSync<'float32'>();

const evaluate = ({ maps, rois, levels, options }: Golden): { y: Float32Array; gradients: Float32Array[] } =>
  tidy(() => {
    const given = maps.map(({ shape, seed }) => channelsLast(shape, seed));
    const of = (...xs: Tensor4D[]): Tensor4D =>
      roiAlign(xs, tensor2d(rois), tensor1d(levels, 'int32'), options);
    const y = of(...given);
    const [count, h, w, channels] = y.shape;
    const dy = channelsLast([count, channels, h, w], 9);
    return {
      y: channelsFirst(y),
      gradients: grads(of as (...xs: unknown[]) => Tensor4D)(given, dy).map((g) =>
        channelsFirst(g as Tensor4D),
      ),
    };
  });

describe('roiAlign, against torchvision', () => {
  it.each(goldens)('$name', (golden) => {
    const before = memory().numTensors;
    const { y, gradients } = evaluate(golden);
    expect(memory().numTensors).toBe(before);
    expect(relativeError(y, golden.y)).toBeLessThan(1e-5);
    expect(gradients.length).toBe(golden.gradients.length);
    for (const [i, g] of gradients.entries())
      expect(relativeError(g, golden.gradients[i]!)).toBeLessThan(1e-5);
  });
});

describe("the handbook's table", () => {
  it.each([
    [true, 2, { row: [0.184522, 0.218055, 0.126315], total: 2.011259, last: -0.315141 }],
    [true, 0, { row: [0.123602, 0.214974, 0.096527], total: 1.702893, last: -0.315141 }],
    [false, 2, { row: [0.173059, 0.078705, 0.082425], total: -4.228256, last: -0.233137 }],
    [false, 0, { row: [0.18852, 0.074718, 0.034642], total: -4.274896, last: -0.233137 }],
  ])('aligned %s, samples %d', (aligned, samples, { row, total, last }) => {
    const golden = goldens.find(
      ({ name, options }) =>
        name.startsWith('the handbook') && options.aligned === aligned && options.samples === samples,
    )!;
    const { y } = evaluate(golden);
    expect([...y.slice(0, 3)]).toEqual(row.map((v) => expect.closeTo(v, 5) as number));
    expect(y.reduce((a, b) => a + b)).toBeCloseTo(total, 4);
    expect(y[36]).toBeCloseTo(last, 5);
  });
});

const BOTH = [2, 0].flatMap((samples) => [true, false].map((aligned) => ({ samples, aligned })));
const optionsOf = (of: (typeof BOTH)[number]): RoiAlignOptions => ({ ...of, strides: [4, 8], size: 3 });

describe.each(BOTH)('roiAlign with samples $samples, aligned $aligned', (of) => {
  const maps = (): Tensor4D[] => [ones([2, 8, 8, 1]), ones([2, 4, 4, 1])];
  const sumsOf = (rois: number[][], levels: number[]): { y: number[]; gradients: number[] } =>
    tidy(() => {
      const run = (...xs: Tensor4D[]): Tensor4D =>
        roiAlign(xs, tensor2d(rois), tensor1d(levels, 'int32'), optionsOf(of));
      const gradients = grads(run as (...xs: unknown[]) => Tensor4D)(maps());
      return {
        y: Array.from(mean(run(...maps()), [1, 2, 3]).dataSync()),
        gradients: gradients.map((g) => sum(g as Tensor4D).dataSync()[0]!),
      };
    });

  it('gives 0, and no gradient, for RoIs that are no numbers or of no image or level', () => {
    const [nan, far] = [Number.NaN, Number.POSITIVE_INFINITY];
    const box = [4, 4, 20, 20];
    const none = [
      [nan, ...box],
      [0, nan, 4, 20, 20],
      [0, 4, 4, nan, 20],
      [0, 4, 4, far, 20],
      [0, 4, -far, 20, 20],
      [2, ...box],
      [-1, ...box],
      [0, ...box],
      [0, ...box],
    ];
    const levels = [0, 0, 1, 0, 0, 1, 0, 2, -1];
    const { y, gradients } = sumsOf([...none, [1, ...box]], [...levels, 1]);
    expect(y).toEqual([...none.map(() => 0), expect.closeTo(1, 5)]);
    expect(gradients).toEqual([0, expect.closeTo(9, 4)]);
  });

  it('gives finite numbers for huge RoIs', () => {
    const { y, gradients } = sumsOf(
      [
        [0, -1e9, -1e9, 1e9, 1e9],
        [1, 1e30, 1e30, -1e30, 3e38],
      ],
      [0, 1],
    );
    for (const v of [...y, ...gradients]) expect(Number.isFinite(v)).toBe(true);
  });
});

describe('roiAlign', () => {
  const maps = (): Tensor4D[] => [ones([1, 4, 4, 2])];
  const rois = (): Tensor2D => tensor2d([[0, 0, 0, 9, 9]]);
  const levels = (): Tensor1D => tensor1d([0], 'int32');
  const options: RoiAlignOptions = { strides: [4], size: 2, samples: 2, aligned: true };

  it.each<[string, Parameters<typeof roiAlign>, RegExp]>([
    ['no map', [[], rois(), levels(), { ...options, strides: [] }], /maps {2}do not fit/],
    [
      'maps of other channels',
      [[...maps(), ones([1, 2, 2, 3])], rois(), levels(), { ...options, strides: [4, 8] }],
      /\[1, 4, 4, 2\], \[1, 2, 2, 3\]/,
    ],
    ['too few strides', [maps(), rois(), levels(), { ...options, strides: [] }], /strides \[\]/],
    ['a stride of 0', [maps(), rois(), levels(), { ...options, strides: [0] }], /strides \[0\]/],
    ['RoIs of four columns', [maps(), ones([1, 4]), levels(), options], /RoIs \[1, 4\]/],
    ['levels that are no integers', [maps(), rois(), ones([1]), options], /levels \[1\] float32/],
    ['more levels than RoIs', [maps(), rois(), tensor1d([0, 0], 'int32'), options], /levels \[2\]/],
    ['half a bin', [maps(), rois(), levels(), { ...options, size: 0.5 }], /size is 0.5/],
    ['samples below 0', [maps(), rois(), levels(), { ...options, samples: -1 }], /samples is -1/],
  ])('refuses %s', (_, [x, r, l, o], message) => {
    expect(() => roiAlign(x, r, l, o)).toThrow(message);
  });
});

describe('roiLevels', () => {
  const levelsOf = (boxes: number[][], levels: number): number[] =>
    tidy(() => Array.from(roiLevels(tensor2d(boxes.map((box) => [0, ...box])), { levels }).dataSync()));

  it('changes the level at 112, 224 and 448 pixels', () => {
    const sizes = [0, 1, 111, 112, 223, 224, 447, 448, 5000];
    const boxes = sizes.map((size) => [3, 5, 3 + size, 5 + size]);
    expect(levelsOf(boxes, 4)).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
    expect(levelsOf(boxes, 2)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect(levelsOf(boxes, 1)).toEqual(sizes.map(() => 0));
  });

  it('takes the finest for RoIs that are reversed or no numbers', () => {
    const boxes = [
      [0, 500, 400, 0],
      [0, Number.NaN, 400, 400],
    ];
    expect(levelsOf(boxes, 4)).toEqual([0, 0]);
  });

  it.each(goldens.filter(({ name }) => name.startsWith('four levels')))(
    'agrees with torchvision on $name',
    ({ rois, levels }) => {
      expect(
        levelsOf(
          rois.map((roi) => roi.slice(1)),
          4,
        ),
      ).toEqual(levels);
    },
  );
});
