import { memory, tensor, tensor4d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import {
  BOX_KINDS,
  boxesSpec,
  frameSpec,
  moveTarget,
  settleView,
  type Augmentation,
  type DrawnParams,
  type SpatialTarget,
  type View,
} from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyStreams, BATCH, type Size } from './anyPictures.test.support.ts';
import { boxCrop } from './geometric/boxCrop.ts';
import { flip } from './geometric/flip.ts';
import { scaleJitter } from './geometric/scaleJitter.ts';
import { mosaic } from './mixing/mosaic.ts';
import { randomApply } from './randomApply.ts';
import { anyBox, filled, hullOf, type Box } from './rectangles.test.support.ts';
import { sequence } from './sequence.ts';
import { mapSpec } from './targets.test.support.ts';
import { tensorsOf, valuesOf } from './testing.test.support.ts';

const SIZE: Size = [14, 18];
/** Where the pictures lie in their images. */
const PICTURES: readonly Box[] = [
  [0, 0, 9, 18],
  [0, 0, 14, 7],
  [3, 4, 11, 15],
  [0, 0, 14, 18],
];

/** A picture of its own class in each image, and in it a rectangle of another. */
const PICTURE = 1;
const THING = 10;

const paint = (boxes: readonly Box[]): Tensor => {
  const maps = boxes.map((box, i) => {
    const inside = filled(box, SIZE);
    return filled(PICTURES[i]!, SIZE).map((p, j) => (inside[j] ? THING + i : p ? PICTURE + i : 0));
  });
  return tensor(maps.flat(), [BATCH, ...SIZE], 'int32');
};

/** A box in the picture of each image. */
const anyBoxes: fc.Arbitrary<readonly Box[]> = fc.tuple(
  ...PICTURES.map(([top, left, bottom, right]) =>
    anyBox([bottom - top, right - left]).map(([t, l, b, r]): Box => [t + top, l + left, b + top, r + left]),
  ),
);

/** Places for boxes: one of them is used, and a mosaic needs four. */
const PLACES = 4;
const rowsOf = (boxes: readonly Box[]): Tensor =>
  tensor(
    boxes.map((box, i) =>
      Array.from({ length: PLACES }, (_, j) =>
        j === 0 ? [...box, i, BOX_KINDS.ordinary, 1] : new Array<number>(7).fill(0),
      ),
    ),
  );
const frames = (): Tensor => tensor(PICTURES.map((box) => [[...box, 100, 100]]));

interface Shown {
  readonly map: Float32Array;
  readonly boxes: readonly (readonly number[])[];
  readonly frame: readonly number[];
}

/** What each image of the batch became. */
const show = (made: Augmentation, boxes: readonly Box[], seed: number): readonly Shown[] =>
  tidy(() => {
    const known: readonly SpatialTarget[] = [
      { target: paint(boxes), spec: mapSpec(SIZE) },
      { target: rowsOf(boxes), spec: boxesSpec(PLACES) },
      { target: frames(), spec: frameSpec },
    ];
    const drawn = tensorsOf(made.sample(anyStreams(seed), SIZE));
    const params = made.settle?.(drawn, known, SIZE) ?? drawn;
    const [map, rows, frame] = known.map(({ target, spec }) => made.applyTarget!(target, spec, params, SIZE));
    const pixels = valuesOf(map!);
    const n = SIZE[0] * SIZE[1];
    const [moved, pictures] = [rows!.arraySync(), frame!.arraySync()] as [number[][][], number[][][]];
    return moved.map((own, i) => ({
      map: pixels.slice(i * n, (i + 1) * n),
      boxes: own.filter(([top, left, bottom, right]) => bottom! > top! && right! > left!),
      frame: pictures[i]![0]!,
    }));
  });

/** A box holds the middle of each pixel of its hull, and reaches no further than the pixels beside it. */
const expectAround = (box: readonly number[], hull: Box, most: number): void => {
  hull.forEach((side, i) => {
    const inwards = i < 2 ? 1 : -1;
    const beyond = (side - box[i]!) * inwards; // how far the box reaches beyond the hull's own side
    expect(beyond).toBeGreaterThan(-0.5 - 1e-3);
    expect(beyond).toBeLessThan(most + 1e-3);
  });
};

const isPainted = (hull: Box): boolean => hull.some((v) => v > 0);

const holdsFor = (made: Augmentation, holds: (boxes: readonly Box[], seed: number) => void): void =>
  fc.assert(fc.property(anyBoxes, fc.nat(1000), holds), { numRuns: 25, seed: made.name.length });

describe('a thing and its picture, by boxes that are settled by them', () => {
  it.each([
    { made: scaleJitter({ keep: 0 }) },
    { made: scaleJitter({ scale: [0.4, 3], keep: 0 }) },
    { made: boxCrop({ overlaps: [0, 0.1, 0.3] }), cropped: true },
    { made: randomApply({ p: 0.7, augmentations: [scaleJitter({ keep: 0 })] }) },
  ])('stay around what is painted: $made.name', ({ made, cropped = false }) => {
    let seen = 0;
    holdsFor(made, (boxes, seed) => {
      show(made, boxes, seed).forEach(({ map, boxes: moved, frame }, i) => {
        const hull = hullOf(map, SIZE[1], THING + i);
        const shown = map.map((v) => (v === THING + i || v === PICTURE + i ? 1 : 0));
        const picture = hullOf(shown, SIZE[1]);
        expectAround(frame, picture, cropped ? 1 : 0.5);
        if (!isPainted(hull)) return;
        seen++;
        expect(moved.length).toBe(1);
        expect(moved[0]![4]).toBe(i);
        expectAround(moved[0]!, hull, cropped ? 1 : 0.5);
      });
    });
    expect(seen).toBeGreaterThan(40);
  });

  it('stay around what is painted in a mosaic, of which the picture is all', () => {
    let seen = 0;
    const made = mosaic({ scale: [0.3, 0.8], keep: 0, p: 1 });
    holdsFor(made, (boxes, seed) => {
      for (const { map, boxes: moved, frame } of show(made, boxes, seed)) {
        expect(frame).toEqual([0, 0, ...SIZE, ...SIZE]);
        for (let i = 0; i < BATCH; i++) {
          const own = moved.filter((row) => row[4] === i);
          const hull = hullOf(map, SIZE[1], THING + i);
          if (own.length > 1 || !isPainted(hull)) continue; // an image that is there twice has two hulls
          seen++;
          expect(own.length).toBe(1);
          expectAround(own[0]!, hull, 0.5);
        }
      }
    });
    expect(seen).toBeGreaterThan(100);
  });
});

describe('scale-jitter', () => {
  it('shows the whole picture where it has room, and nothing but the picture where it has none', () => {
    const made = scaleJitter({ scale: [0.3, 4] });
    const scaled = (seed: number): Float32Array =>
      Float32Array.from(made.sample(anyStreams(seed), SIZE)['sides']!.data);
    for (const seed of [1, 2, 3, 4, 5]) {
      const sides = scaled(seed);
      show(made, [...PICTURES], seed).forEach(({ frame }, i) => {
        const [top, left, bottom, right] = PICTURES[i]!;
        const [tall, wide] = [(bottom - top) * sides[2 * i]!, (right - left) * sides[2 * i + 1]!];
        expect(Math.abs(frame[2]! - frame[0]! - Math.min(SIZE[0], tall / SIZE[0]))).toBeLessThan(1);
        expect(Math.abs(frame[3]! - frame[1]! - Math.min(SIZE[1], wide / SIZE[1]))).toBeLessThan(1);
      });
    }
  });

  it('leaves the image as it is at a factor of 1', () => {
    const images = tensor4d(
      Array.from({ length: BATCH * 14 * 18 * 3 }, (_, i) => (i * 7) % 256),
      [BATCH, ...SIZE, 3],
    );
    const made = scaleJitter({ scale: [1, 1] });
    const shown = made.apply(images, tensorsOf(made.sample(anyStreams(1), SIZE)));
    expect(valuesOf(shown)).toEqual(valuesOf(images));
  });

  it.each([
    [[0.01, 1], /would be left without a pixel/],
    [[1, 10], /would become 5000×5000 at most/],
  ] as const)('refuses factors of %j', (scale, message) => {
    expect(() => scaleJitter({ scale: [...scale] }).check!(scale[1] === 10 ? [500, 20] : [8, 8])).toThrow(
      message,
    );
  });
});

describe('box-crop', () => {
  const known = (boxes: readonly Box[], kind: number = BOX_KINDS.ordinary): readonly SpatialTarget[] => [
    { target: tensor(boxes.map((box) => [[...box, 0, kind, 1]])), spec: boxesSpec(1) },
  ];
  const made = boxCrop({ overlaps: [0.3] });
  const windowsOf = (targets: readonly SpatialTarget[], seed = 3): unknown =>
    made.settle!(tensorsOf(made.sample(anyStreams(seed), SIZE)), targets, SIZE)['window']?.arraySync();
  const whole = [0, 0, ...SIZE];

  it('chooses windows that overlap a box enough and hold its middle', () => {
    const boxes: readonly Box[] = [
      [2, 3, 10, 12],
      [0, 0, 14, 18],
      [4, 4, 13, 17],
      [1, 1, 8, 9],
    ];
    let cut = 0;
    (windowsOf(known(boxes)) as number[][]).forEach(([top, left, bottom, right], i) => {
      if ([top, left, bottom, right].every((side, j) => side === whole[j])) return;
      cut++;
      const [t, l, b, r] = boxes[i]!;
      const common = (Math.min(b, bottom!) - Math.max(t, top!)) * (Math.min(r, right!) - Math.max(l, left!));
      const union = (b - t) * (r - l) + (bottom! - top!) * (right! - left!) - common;
      expect(common / union).toBeGreaterThanOrEqual(0.3);
    });
    expect(cut).toBeGreaterThan(1);
  });

  it('leaves images as they are where there is no box, or crowds alone, or nobody knows', () => {
    const all = new Array<unknown>(BATCH).fill(whole);
    expect(windowsOf(known(PICTURES.map(() => [0, 0, 0, 0])))).toEqual(all);
    expect(windowsOf(known(PICTURES, BOX_KINDS.crowd))).toEqual(all);
    expect(windowsOf([])).toBeUndefined();
    const images = tensor4d(
      Array.from({ length: BATCH * 14 * 18 * 3 }, (_, i) => (i * 7) % 256),
      [BATCH, ...SIZE, 3],
    );
    const drawn: DrawnParams = { window: tensor(all as number[][]) };
    expect(valuesOf(made.apply(images, drawn))).toEqual(valuesOf(made.apply(images, {})));
    expect(valuesOf(made.apply(images, {}))).toEqual(valuesOf(images));
  });
});

describe('mosaic', () => {
  /** Levels of flat images in each quarter of the mosaics. */
  const cornersOf = (batch: number, seed = 2): number[][] => {
    const made = mosaic({ scale: [1, 1], centre: [0.5, 0.5] });
    const images = tensor4d(
      Float32Array.from({ length: batch * 14 * 18 * 3 }, (_, i) => Math.floor(i / (14 * 18 * 3)) + 1),
      [batch, ...SIZE, 3],
    );
    const streams = Array.from({ length: batch }, (_, i) => anyStreams(seed + i)[0]!);
    const shown = made.apply(images, tensorsOf(made.sample(streams, SIZE))).arraySync();
    return shown.map((rows) =>
      [rows[0]![0]!, rows[0]![17]!, rows[13]![0]!, rows[13]![17]!].map((pixel) => pixel[0]!),
    );
  };

  it('has the image itself and three others of its batch', () => {
    cornersOf(5).forEach(([own, ...others], i) => {
      expect(own).toBe(i + 1);
      for (const other of others) {
        expect(other).not.toBe(own);
        expect([1, 2, 3, 4, 5]).toContain(other);
      }
    });
    expect(new Set(cornersOf(5).flat()).size).toBe(5);
  });

  it('has one image four times where it is alone, and two in turns', () => {
    expect(cornersOf(1)).toEqual([[1, 1, 1, 1]]);
    expect(cornersOf(2)).toEqual([
      [1, 2, 2, 2],
      [2, 1, 1, 1],
    ]);
  });

  it('takes partners out of the whole batch, also where it was drawn in parts', () => {
    const made = mosaic();
    const streams = (): ReturnType<typeof anyStreams> => anyStreams(4);
    const all = made.sample(streams(), SIZE)['partners']!.data;
    const parts = [0, 1].flatMap((part) => [
      ...made.sample(streams().slice(2 * part, 2 * part + 2), SIZE)['partners']!.data,
    ]);
    expect(parts).toEqual([...all]);
  });

  it('keeps as many boxes as there are places, the largest', () => {
    const made = mosaic({ scale: [1, 1], centre: [0.5, 0.5], keep: 0 });
    const sizes = [2, 3, 4, 5, 6];
    const rows = sizes.map((side) => [
      [14 - side, 18 - side, 14, 18, side, 0, 1],
      [0, 0, side, side, side, 0, 1],
    ]);
    const none = new Array<number>(7).fill(0);
    const streams = sizes.map((_, i) => anyStreams(i)[0]!);
    const params = tensorsOf(made.sample(streams, SIZE));
    const inPlaces = (places: number): number[][][] => {
      const filledUp = rows.map((own) => [...own, ...new Array<number[]>(places - 2).fill(none)]);
      return made.applyTarget!(tensor(filledUp), boxesSpec(places), params, SIZE).arraySync() as number[][][];
    };
    const [moved, all] = [inPlaces(2), inPlaces(8)];
    moved.forEach((own, i) => expect(own).toEqual(all[i]!.slice(0, 2)));
    for (const own of all) {
      const areas = own.map(([top, left, bottom, right]) => (bottom! - top!) * (right! - left!));
      expect(areas).toEqual([...areas].sort((a, b) => b - a));
    }
  });
});

describe('views with draws that are settled', () => {
  it('show the same as their augmentations one by one, and leave no tensor behind', () => {
    const view: View = [flip(), scaleJitter(), boxCrop(), flip()];
    const all = sequence('all', view);
    const known: readonly SpatialTarget[] = [
      { target: rowsOf(PICTURES), spec: boxesSpec(PLACES) },
      { target: frames(), spec: frameSpec },
    ];
    const drawn = tensorsOf(all.sample(anyStreams(9), SIZE));
    const before = memory().numTensors;
    const [first, second] = tidy(() => {
      const settled = settleView(view, drawn, { known, size: SIZE });
      const together = all.settle!(drawn, known, SIZE);
      return [
        moveTarget(view, { ...known[0]!, size: SIZE }, settled),
        all.applyTarget(known[0]!.target, known[0]!.spec, together, SIZE),
      ];
    });
    expect(memory().numTensors).toBe(before + 2);
    expect(valuesOf(first)).toEqual(valuesOf(second));
  });

  it('flips boxes and their picture twice to what they were', () => {
    const view: View = [flip({ p: 1 }), flip({ p: 1 })];
    const drawn = tensorsOf(sequence('twice', view).sample(anyStreams(1), SIZE));
    const target = rowsOf(PICTURES);
    const moved = moveTarget(view, { target, spec: boxesSpec(PLACES), size: SIZE }, drawn);
    expect(moved.arraySync()).toEqual(target.arraySync());
  });
});
