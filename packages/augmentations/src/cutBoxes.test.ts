import { tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { BOX_KINDS, boxesSpec, frameSpec, type AnyPlugin, type Augmentation } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { makeFrom, type Options } from './anyOptions.test.support.ts';
import { anyStreams, BATCH, type Size } from './anyPictures.test.support.ts';
import { moveBoxes, shift } from './pixels/moveBoxes.ts';
import { augmentationPlugins } from './plugins.ts';
import { boxSpec } from './targets.test.support.ts';
import { tensorsOf, uniformStream, valuesOf } from './testing.test.support.ts';

const SIZE: Size = [16, 20];
/** In its image: not all of it, and in the corner. */
const FRAME = [0, 0, 12, 20, 48, 80];

const SMALL: Readonly<Record<string, Options>> = {
  'random-resized-crop': { size: 10 },
  'center-crop': { size: 10 },
  resize: { size: 10 },
  cutout: { size: 6 },
  'random-apply': {
    augmentations: [
      ['flip', {}],
      ['crop', { keep: 0.6 }],
      ['box-crop', {}],
    ],
  },
};
const make = (plugin: AnyPlugin, options: Options = {}): Augmentation =>
  makeFrom(plugin, { ...SMALL[plugin.name], ...options }, augmentationPlugins) as Augmentation;

/** Things in the picture, one of them none and one a line. */
const things = (seed: number): number[][] => {
  const u = Array.from(uniformStream(5 * 4, seed), (x) => (x + 1) / 2);
  const drawn = Array.from({ length: 5 }, (_, i) => {
    const [top, left, tall, wide] = u.slice(4 * i, 4 * i + 4) as [number, number, number, number];
    const [y, x] = [11 * top, 19 * left];
    return [y, x, y + (12 - y) * tall, x + (20 - x) * wide, i, BOX_KINDS.ordinary, 30 + i];
  });
  return [...drawn, [3, 3, 3, 9, 5, 0, 0], new Array<number>(7).fill(0)];
};

const batchOf = (seed: number): Tensor =>
  tensor(Array.from({ length: BATCH }, (_, i) => things(10 * seed + i)));

interface Moved {
  readonly things: number[][];
  readonly plain: number[][];
  readonly frame: number[];
}

/** Things, the same boxes without a meaning, and the picture's own box after one settled draw: a row an image. */
const move = (made: Augmentation, seed: number): Moved[] =>
  tidy(() => {
    const given = batchOf(seed);
    const count = given.shape[1]!;
    const frame = tensor(Array.from({ length: BATCH }, () => [FRAME]));
    const known = [
      { target: given, spec: boxesSpec(count) },
      { target: frame, spec: frameSpec },
      { target: given, spec: boxSpec(count, 7) },
    ];
    const drawn = tensorsOf(made.sample(anyStreams(seed), SIZE));
    const params = made.settle?.(drawn, known, SIZE) ?? drawn;
    const [moved, frames, plain] = known.map(({ target, spec }) =>
      (made.inPlace ? target : made.applyTarget!(target, spec, params, SIZE)).arraySync(),
    ) as number[][][][];
    return moved!.map((own, i) => ({ things: own, plain: plain![i]!, frame: frames![i]![0]! }));
  });

const sidesOf = (row: readonly number[]): number[] => row.slice(0, 4);
const isThere = (row: readonly number[]): boolean => row[2]! > row[0]! && row[3]! > row[1]!;
const named = augmentationPlugins.map((plugin) => [plugin.name, plugin] as const);
const cutting = named.filter(([, { options }]) => 'keep' in ((options as { shape?: object }).shape ?? {}));

describe.each(named)('boxes after %s', (_, plugin) => {
  it('are finite, in their image, in their picture; and none is made of nothing', () => {
    const made = make(plugin);
    const [height, width] = made.outputSize?.(SIZE) ?? SIZE;
    for (const seed of [1, 2, 3])
      for (const { things: moved, frame } of move(made, seed)) {
        expect(moved.flat().concat(frame).every(Number.isFinite)).toBe(true);
        for (const row of moved) {
          const [top, left, bottom, right] = sidesOf(row) as [number, number, number, number];
          if (!isThere(row)) continue;
          expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
          expect(bottom).toBeLessThanOrEqual(height);
          expect(right).toBeLessThanOrEqual(width);
          expect(row[4]).not.toBe(5);
          const [t, l, b, r] = sidesOf(frame) as [number, number, number, number];
          expect(Math.min(top - t, left - l, b - bottom, r - right)).toBeGreaterThan(-1e-3);
        }
      }
  });
});

describe('what cuts boxes', () => {
  it('has the rule for cut boxes as an option; what else moves them cuts none', () => {
    const others = named.filter(
      ([, plugin]) => !make(plugin).inPlace && !cutting.some(([, p]) => p === plugin),
    );
    expect(others.map(([name]) => name)).toEqual(['flip', 'resize', 'rotate90', 'random-apply']);
  });

  it.each(cutting.filter(([name]) => name !== 'mosaic'))(
    '%s makes crowds of things of which too little is left, and changes nothing else',
    (name, plugin) => {
      const [lenient, strict] = [make(plugin, { keep: 0 }), make(plugin, { keep: 0.9 })];
      for (const seed of [1, 2, 3]) {
        const [all, some] = [move(lenient, seed), move(strict, seed)];
        some.forEach(({ things: kept, plain, frame }, i) => {
          const before = all[i]!;
          expect(frame).toEqual(before.frame);
          kept.forEach((row, j) => {
            const own = before.things[j]!;
            expect([sidesOf(row), row[4], row[6]]).toEqual([sidesOf(own), own[4], own[6]]);
            const crowd = row[5] === BOX_KINDS.crowd;
            if (!crowd) expect(row).toEqual(own);
            expect(isThere(plain[j]!)).toBe(isThere(row) && !crowd);
          });
        });
      }
      // Each of these cuts some box of theirs somewhere; where nothing was cut nothing is shown.
      const kinds = [1, 2, 3].flatMap((seed) =>
        move(strict, seed).flatMap(({ things: rows }) => rows.map((r) => r[5])),
      );
      expect(kinds, name).toContain(BOX_KINDS.crowd);
      expect(kinds, name).toContain(BOX_KINDS.ordinary);
    },
  );
});

describe('the rule for cut boxes', () => {
  const row = (sides: number[], kind: number = BOX_KINDS.ordinary): number[] => [...sides, 4, kind, 9];
  const moved = (sides: number[], keep: number, around?: 'things' | 'picture', kind?: number): number[] => [
    ...valuesOf(moveBoxes(tensor([[row(sides, kind)]]), shift(6, 0), [10, 10], { keep, around })),
  ];

  it('counts a thing with just the share as whole, and one with less as a crowd that stays where it is', () => {
    expect(moved([0, 0, 8, 8], 0.5, 'things')).toEqual(row([0, 6, 8, 10]));
    expect(moved([0, 0, 8, 8], 0.51, 'things')).toEqual(row([0, 6, 8, 10], BOX_KINDS.crowd));
    expect(moved([0, 0, 8, 8], 0.51, 'things', BOX_KINDS.difficult)).toEqual(
      row([0, 6, 8, 10], BOX_KINDS.crowd),
    );
  });

  it('counts a thing under a pixel of which a side is left as a crowd', () => {
    expect(moved([0, 0, 0.9, 4], 0.1, 'things')).toEqual(row([0, 6, Math.fround(0.9), 10], BOX_KINDS.crowd));
    expect(moved([0, 0, 1, 4], 0.1, 'things')).toEqual(row([0, 6, 1, 10]));
  });

  it('drops a box without a kind, and leaves the picture and what was no box as they are', () => {
    expect(moved([0, 0, 8, 8], 0.51)).toEqual(row([0, 0, 0, 0]));
    expect(moved([0, 0, 8, 8], 1, 'picture')).toEqual(row([0, 6, 8, 10]));
    expect(moved([0, 0, 0, 0], 1, 'things')).toEqual(row([0, 0, 0, 0]));
    expect(moved([0, 5, 8, 8], 1, 'things')).toEqual(row([0, 0, 0, 0])); // nothing of it is left: no crowd either
  });
});
