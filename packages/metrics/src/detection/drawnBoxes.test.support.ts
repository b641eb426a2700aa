import { streamNumber } from '@understory/core/testing';
import type { BoxEdges, FoundBox, ImageBoxes, TrueBox } from './index.ts';

export interface DrawnSet {
  readonly seed: number;
  readonly images: number;
  readonly classes: number;
  /** Most true boxes of an image, and most found ones. */
  readonly truth: number;
  readonly found: number;
  /** Different probabilities. */
  readonly levels: number;
}

type Draw = (below: number) => number;
type Sides = readonly [x: number, y: number, w: number, h: number];

/** Whole numbers from 0 to below n, in turn, as `testdata/coco.py` draws them. */
const drawing = (seed: number): Draw => {
  let i = 0;
  return (below) => Math.floor(((streamNumber(i++, seed) + 1) / 2) * below);
};

const quarters = (draw: Draw, low: number, high: number): number => low + draw((high - low) * 4) / 4;
const pick = (draw: Draw, ...values: readonly number[]): number => values[draw(values.length)] ?? NaN;

const drawBox = (draw: Draw): Sides => {
  const side = pick(draw, 40, 120, 300);
  const [w, h] = [quarters(draw, 4, side), quarters(draw, 4, side)];
  return [quarters(draw, 0, 400), quarters(draw, 0, 400), w, h];
};

const moved = (draw: Draw, [x, y, w, h]: Sides): Sides => {
  const reach = pick(draw, 1, 4, 12);
  const shift = (v: number): number => v + quarters(draw, -reach, reach);
  return [shift(x), shift(y), Math.max(1, shift(w)), Math.max(1, shift(h))];
};

const edges = ([x, y, w, h]: Sides): BoxEdges => [y, x, y + h, x + w];

const drawTruth = (draw: Draw, { classes }: DrawnSet): TrueBox & { sides: Sides } => {
  const sides = drawBox(draw);
  const kind = pick(draw, 0, 0, 0, 0, 0, 0, 1, 2);
  const area = (sides[2] * sides[3] * (draw(4) + 1)) / 4;
  return { class: draw(Math.max(1, classes - 1)), kind, area, sides, box: edges(sides) };
};

const drawFound = (
  draw: Draw,
  truth: readonly (TrueBox & { sides: Sides })[],
  { classes, levels }: DrawnSet,
): FoundBox => {
  const near = truth.length > 0 && draw(4) > 0 ? truth[draw(truth.length)] : undefined;
  const sides = near ? moved(draw, near.sides) : drawBox(draw);
  const name = near && draw(4) > 0 ? near.class : draw(classes);
  return { class: name, probability: (draw(levels) + 1) / levels, box: edges(sides) };
};

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** The set of boxes that `testdata/coco.py` measures. */
export const drawSet = (set: DrawnSet): ImageBoxes[] => {
  const draw = drawing(set.seed);
  return times(set.images, () => {
    const truth = times(draw(set.truth + 1), () => drawTruth(draw, set));
    return { truth, found: times(draw(set.found + 1), () => drawFound(draw, truth, set)) };
  });
};
