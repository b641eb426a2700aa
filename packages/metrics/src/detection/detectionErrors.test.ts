import { describe, expect, it } from 'vitest';
import { drawSet } from './drawnBoxes.test.support.ts';
import {
  detectionErrors,
  type BoxEdges,
  type ErrorCounts,
  type FoundBox,
  type ImageBoxes,
  type TrueBox,
} from './index.ts';

const thing = (left: number, name: number, kind = 0): TrueBox => ({
  box: [0, left, 100, left + 100],
  class: name,
  kind,
  area: 10_000,
});
const said = (box: BoxEdges, name: number, probability: number): FoundBox => ({
  box,
  class: name,
  probability,
});

const image: ImageBoxes = {
  truth: [thing(0, 0), thing(200, 0), thing(400, 1), thing(600, 1), thing(800, 0, 2), thing(1000, 0)],
  found: [
    said([0, 0, 100, 95], 0, 0.9),
    said([0, 0, 100, 98], 0, 0.8), // once more
    said([0, 230, 100, 370], 0, 0.7), // 70 of 170: not quite its place
    said([0, 400, 100, 500], 0, 0.6), // of another class
    said([0, 650, 100, 750], 0, 0.5), // 50 of 150, and of another class
    said([500, 0, 600, 100], 1, 0.4), // nothing there
    said([0, 800, 100, 900], 0, 0.3), // difficult
  ],
};

describe('detectionErrors', () => {
  const { counts, byClass, bySize, images } = detectionErrors([image], 2);

  it('gives each detection one fate, and the box that it goes with', () => {
    expect(images[0]?.found).toEqual([
      { fate: 'right', other: 0 },
      { fate: 'duplicate', other: 0 },
      { fate: 'localisation', other: 1 },
      { fate: 'confusion', other: 2 },
      { fate: 'both', other: 3 },
      { fate: 'background', other: -1 },
      { fate: 'ignored', other: 4 },
    ]);
  });

  it('tells boxes that a detection means from those that none comes near', () => {
    expect(images[0]?.truth).toEqual([
      { fate: 'found', other: 0 },
      { fate: 'mistaken', other: 2 },
      { fate: 'mistaken', other: 3 },
      { fate: 'missed', other: -1 },
      { fate: 'ignored', other: -1 },
      { fate: 'missed', other: -1 },
    ]);
  });

  it('counts them, by class and by size too', () => {
    expect(counts).toEqual({
      right: 1,
      duplicate: 1,
      localisation: 1,
      confusion: 1,
      both: 1,
      background: 1,
      ignored: 1,
      missed: 2,
      mistaken: 2,
    });
    expect(byClass.map(({ missed }) => missed)).toEqual([1, 1]);
    expect(bySize.large.missed).toBe(2);
    expect(bySize.medium).toMatchObject({ missed: 0, right: 0 });
  });

  it('gives each box of any set one fate, whatever its class and size', () => {
    const set = { seed: 5, images: 40, classes: 4, truth: 6, found: 12, levels: 9 };
    const drawn = drawSet(set);
    const errors = detectionErrors(drawn, set.classes);
    const total = (counts: ErrorCounts): number => Object.values(counts).reduce((a, b) => a + b, 0);
    const found = drawn.reduce((n, one) => n + one.found.length, 0);
    const ordinary = drawn.reduce((n, one) => n + one.truth.filter(({ kind }) => kind === 0).length, 0);
    const { right, missed, mistaken } = errors.counts;
    expect(right + missed + mistaken).toBe(ordinary);
    expect(total(errors.counts) - missed - mistaken).toBe(found);
    expect(errors.byClass.reduce((n, one) => n + total(one), 0)).toBe(total(errors.counts));
    expect(Object.values(errors.bySize).reduce((n, one) => n + total(one), 0)).toBe(total(errors.counts));
  });

  it('looks away from detections under a probability', () => {
    expect(detectionErrors([image], 2, { least: 0.75 }).counts).toMatchObject({
      right: 1,
      duplicate: 1,
      ignored: 5,
    });
  });

  it('refuses overlaps that leave no room between them', () => {
    expect(() => detectionErrors([image], 2, { iou: 0.1 })).toThrow(/expected 0 < background < iou/);
  });
});
