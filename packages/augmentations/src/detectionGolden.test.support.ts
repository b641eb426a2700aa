import { readFileSync } from 'node:fs';
import { slice, tensor, tidy, tile, type Tensor } from '@tensorflow/tfjs-core';
import { BOX_KINDS, boxesSpec, type DrawnParams } from '@understory/core';
import { expect, it } from 'vitest';
import { photometric } from './colour/photometric.ts';
import { boxCrop } from './geometric/boxCrop.ts';
import { scaleJitter } from './geometric/scaleJitter.ts';
import { sampleScaled } from './pixels/resample.ts';
import { boxSpec } from './targets.test.support.ts';
import { goldenTransforms, tensorsOf, unpack, valuesOf, type Golden } from './testing.test.support.ts';

type Sides = readonly (readonly number[])[];

interface DetectionGolden {
  /** Left, top, right, bottom. */
  readonly sides: Sides;
  readonly 'window sides': Sides;
  readonly distortions: readonly {
    readonly options: {
      readonly brightness?: number;
      readonly contrast?: number;
      readonly saturation?: number;
      readonly hue?: number;
      readonly before?: boolean;
      readonly order?: readonly number[];
    };
    readonly result: Golden['result'];
  }[];
  readonly scalings: readonly {
    readonly scaled: readonly [number, number];
    readonly start: readonly [number, number];
    readonly result: Golden['result'];
    readonly boxes: Sides;
  }[];
  readonly windows: readonly {
    readonly overlap: number;
    readonly windows: readonly number[];
    /** Top, left, height, width. */
    readonly window?: readonly [number, number, number, number];
    readonly boxes?: Sides;
  }[];
}

const golden = (): DetectionGolden =>
  JSON.parse(readFileSync(new URL('../testdata/detection.json', import.meta.url), 'utf8')) as DetectionGolden;

const SIZE = [16, 20] as const;
const PICTURES = 3;

/** The same row for each of the pictures. */
const forAll = (row: readonly number[]): Tensor => tile(tensor([...row], [1, row.length]), [PICTURES, 1]);

/** Top, left, bottom, right; zeros where nothing is left. */
const asOurs = ([left, top, right, bottom]: readonly number[]): number[] =>
  right! > left! && bottom! > top! ? [top!, left!, bottom!, right!] : [0, 0, 0, 0];

const expectNear = (made: readonly number[], expected: readonly number[]): void => {
  expect(made.length).toBe(expected.length);
  made.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-4));
};

const expectPixels = (made: Tensor, expected: Golden['result']): void => {
  expect(made.shape).toEqual(expected.shape);
  expect(valuesOf(made)).toEqual(valuesOf(unpack(expected)));
};

const testDistortions = ({ distortions }: DetectionGolden): void => {
  for (const { options, result } of distortions)
    it(`photometric ${JSON.stringify(options)}`, () => {
      const { brightness = 1, contrast = 1, saturation = 1, hue, before = true, order = [0, 1, 2] } = options;
      const params = {
        factors: forAll([brightness, before ? contrast : 1, saturation, before ? 1 : contrast]),
        hue: forAll([hue === undefined ? 0 : 1, Math.trunc((hue ?? 0) * 255)]),
        order: forAll(order),
      };
      expectPixels(
        tidy(() => photometric().apply(unpack(goldenTransforms().pictures), params)),
        result,
      );
    });
};

/** What scale-jitter would have to draw to scale every picture to a size, and to cut it at a place. */
const scaling = (
  [height, width]: readonly [number, number],
  start: readonly [number, number],
): DrawnParams => {
  const factor = height / SIZE[0];
  const place = [height - SIZE[0], width - SIZE[1]].map((room, i) =>
    room > 0 ? (start[i]! + 0.5) / (room + 1) : 0,
  );
  const sampled = sampleScaled([factor, factor, factor], SIZE, [0.5, 2], 'bilinear');
  expect([...sampled['sides']!.data.slice(0, 2)]).toEqual([height, width]);
  return { ...tensorsOf(sampled), place: forAll(place) };
};

const testScalings = ({ scalings, sides }: DetectionGolden): void => {
  const made = scaleJitter({ scale: [0.5, 2], keep: 0 });
  for (const { scaled, start, result, boxes } of scalings)
    it(`scale-jitter to ${scaled.join('×')} from ${start.join(', ')}`, () => {
      const params = scaling(scaled, start);
      expectPixels(made.apply(unpack(goldenTransforms().pictures), params), result);
      const given = tile(tensor([sides.map(asOurs)]), [PICTURES, 1, 1]);
      const moved = made.applyTarget!(given, boxSpec(sides.length), params, SIZE);
      expectNear([...valuesOf(slice(moved, [1], [1]))], boxes.map(asOurs).flat());
    });
};

const testWindows = ({ windows, 'window sides': sides }: DetectionGolden): void => {
  const made = boxCrop({ tries: 12 });
  const spec = boxesSpec(sides.length);
  const rows = sides.map((box) => [...asOurs(box), 3, BOX_KINDS.ordinary, 50]);
  for (const { overlap, windows: drawn, window, boxes } of windows)
    it(`box-crop by ${overlap}: ${JSON.stringify(window ?? 'none')}`, () => {
      const target = tensor([rows]);
      const params = made.settle!(
        { overlap: tensor([overlap]), windows: tensor([drawn as number[]]) },
        [{ target, spec }],
        SIZE,
      );
      const [top, left, height, width] = window ?? [0, 0, ...SIZE];
      expect([...valuesOf(params['window']!)]).toEqual([top, left, top + height, left + width]);
      const again = made.settle!(params, [{ target, spec }], SIZE);
      const moved = made.applyTarget!(target, spec, again, SIZE).arraySync() as number[][][];
      const factor = Math.min(SIZE[0] / height, SIZE[1] / width);
      (boxes ?? sides).map(asOurs).forEach((expected, i) => {
        const [row, dropped] = [moved[0]![i]!, expected.every((v) => v === 0)];
        const seen = row.slice(0, 4).some((side) => side !== 0);
        expect(row[5]).toBe(dropped && seen ? BOX_KINDS.crowd : BOX_KINDS.ordinary);
        if (!dropped)
          expectNear(
            row.slice(0, 4),
            expected.map((side) => side * factor),
          );
      });
    });
};

/** Compares with what torchvision's v2 transforms made of the same pictures and boxes, on the backend that is active. */
export const testDetection = (): void => {
  const values = golden();
  testDistortions(values);
  testScalings(values);
  testWindows(values);
};
