import { readFileSync } from 'node:fs';
import { tensor1d, tensor2d, tensor3d, type Tensor } from '@tensorflow/tfjs-core';
import type { Augmentation, DrawnParams, TargetSpec } from '@understory/core';
import { expect, it } from 'vitest';
import { centerCrop } from './geometric/centerCrop.ts';
import { crop } from './geometric/crop.ts';
import { flip } from './geometric/flip.ts';
import { resize } from './geometric/resize.ts';
import { randomResizedCrop } from './geometric/randomResizedCrop.ts';
import { rotation } from './geometric/rotation.ts';
import type { Border } from './pixels/border.ts';
import { sampleBoxes } from './pixels/resample.ts';
import { encodeMatrix, rotationMatrix, shearMatrix, translationMatrix, type Matrix } from './pixels/warp.ts';
import { streamsOf, tensorsOf, valuesOf } from './testing.test.support.ts';

type Size = readonly [number, number];

export const mapSpec = ([height, width]: Size, outside?: number): TargetSpec => ({
  kind: 'map',
  dtype: 'int32',
  shape: [height, width],
  ...(outside === undefined ? {} : { outside }),
});

export const boxSpec = (count: number, columns = 4): TargetSpec => ({
  kind: 'boxes',
  dtype: 'float32',
  shape: [count, columns],
});

/** Everything that testdata/make_targets.py gives to an operation; each takes its part. */
interface Options {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  readonly size: number;
  readonly pad: number;
  readonly border: Border;
  readonly degrees: number;
  readonly slope_x?: number;
  readonly slope_y?: number;
  readonly right: number;
  readonly down: number;
}

interface Golden {
  readonly outside: number;
  readonly map: readonly number[][];
  /** Left, top, right, bottom. */
  readonly boxes: readonly number[][];
  readonly cases: readonly {
    readonly name: string;
    readonly options: Options;
    readonly map: readonly number[][];
    readonly boxes?: readonly number[][];
  }[];
}

const golden = (): Golden =>
  JSON.parse(readFileSync(new URL('../testdata/targets.json', import.meta.url), 'utf8')) as Golden;

type Drawn = readonly [Augmentation, DrawnParams];

const warpedBy = (matrix: Matrix): Drawn => [
  rotation(),
  { matrix: tensor2d([encodeMatrix(matrix)]) }, // every augmentation that draws a matrix moves targets alike
];

/** An augmentation and what it would have to draw for one image of a size. */
const OPERATIONS: Readonly<Record<string, (options: Options, size: Size) => Drawn>> = {
  flip: () => [flip(), { flip: tensor1d([1]) }],
  pad_crop: ({ top, left, size, pad, border }) => [
    crop({ size, pad, border }),
    { top: tensor1d([top]), left: tensor1d([left]) },
  ],
  center_crop: ({ size }) => [centerCrop({ size }), {}],
  resize: ({ height, width }, size) => {
    const made = resize({ size: [height, width] });
    return [made, tensorsOf(made.sample(streamsOf(1), size))];
  },
  resize_box: ({ size: side, ...box }, size) => [
    randomResizedCrop({ size: side }),
    tensorsOf(sampleBoxes([box], size, [side, side], 'bilinear')),
  ],
  rotate: ({ degrees }, size) => warpedBy(rotationMatrix(degrees, size)),
  shear: ({ slope_x: x = 0, slope_y: y = 0 }) => warpedBy(shearMatrix(x, y)),
  translate: ({ right, down }) => warpedBy(translationMatrix(right, down)),
};

/** Top, left, bottom, right; zeros where nothing is left. */
const asOurs = ([left, top, right, bottom]: readonly number[]): number[] =>
  right! > left! && bottom! > top! ? [top!, left!, bottom!, right!] : [0, 0, 0, 0];

/** Hundredths of a pixel: PIL's matrices have 16 bits after the point. */
const expectNear = (made: Tensor, expected: readonly number[]): void => {
  const values = valuesOf(made);
  expect(values.length).toBe(expected.length);
  values.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThan(0.01));
};

/** Compares maps and boxes with what torchvision made of them, on the backend that is active. */
export const testTargets = (): void => {
  const { outside, map, boxes, cases } = golden();
  const size = [map.length, map[0]!.length] as const;
  for (const { name, options, map: movedMap, boxes: movedBoxes } of cases) {
    it(`${name} ${JSON.stringify(options)}`, () => {
      const [made, params] = OPERATIONS[name]!(options, size);
      const source = tensor3d([map as number[][]], undefined, 'int32');
      const result = made.applyTarget!(source, mapSpec(size, outside), params, size);
      expect(result.dtype).toBe('int32');
      expect(result.arraySync()).toEqual([movedMap]);
      expect(made.moves!.includes('boxes')).toBe(movedBoxes !== undefined);
      if (!movedBoxes) return;
      const given = tensor3d([boxes.map(asOurs)]);
      const moved = made.applyTarget!(given, boxSpec(boxes.length), params, size);
      expectNear(moved, movedBoxes.map(asOurs).flat());
    });
  }
};
