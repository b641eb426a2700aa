import {
  DATASET,
  float32,
  plugin,
  type Dataset,
  type NdArrays,
  type Samples,
  type Seed,
  type SplitName,
} from '@understory/core';
import { z } from 'zod';
import { draw, type Figure, type Shape } from './draw.ts';

const COLOURS = { red: [200, 60, 60], green: [60, 170, 70], blue: [70, 90, 210] } as const;
type Colour = keyof typeof COLOURS;

/** Labels in the order of their columns. */
export const LABELS = ['red', 'green', 'blue', 'circle', 'square', 'triangle'] as const;

/** One figure of an image, and what is told of it. */
interface Drawn extends Figure {
  readonly colour: Colour;
}

const count = (images: number) => z.int().positive().default(images);

export const DrawingsOptions = z.strictObject({
  train: count(600).describe('training images'),
  validation: count(150).describe('validation images'),
  test: count(300).describe('test images'),
  size: z.int().min(16).max(512).default(32).describe('height and width of the images in pixels'),
  most: z.int().min(1).max(4).default(2).describe('figures of an image at most; the fewest are none'),
});
type DrawingsOptions = z.output<typeof DrawingsOptions>;

const one = <T>(of: readonly T[], chance: number): T => of[Math.floor(chance * of.length)]!;

/** The figures of an image, each in another quarter of it. */
const figuresOf = (seed: Seed, { size, most }: DrawingsOptions): Drawn[] => {
  const rng = seed.at('figures').rng();
  const first = rng.integer(0, 3);
  return Array.from({ length: rng.integer(0, most) }, (_, i) => {
    const quarter = (first + i) % 4;
    const colour = one(Object.keys(COLOURS) as Colour[], rng.uniform());
    const shape = one<Shape>(['circle', 'square', 'triangle'], rng.uniform());
    const at = (half: number): number => size * (half / 2 + 0.25 + 0.06 * (2 * rng.uniform() - 1));
    const radius = size * (0.14 + 0.07 * rng.uniform());
    const top = at(quarter >> 1);
    return { colour, shape, rgb: COLOURS[colour], centre: [top, at(quarter & 1)], radius };
  });
};

/** Which labels an image has: 0 or 1 each, [6]. */
const labelsOf = (figures: readonly Drawn[]): number[] => {
  const has = new Set<string>(figures.flatMap(({ colour, shape }) => [colour, shape]));
  return LABELS.map((label) => (has.has(label) ? 1 : 0));
};

/** Images are drawn when they are read: the same seed draws the same. */
const samplesOf = (seed: Seed, length: number, options: DrawingsOptions): Samples => {
  const { size } = options;
  const figures = Array.from({ length }, (_, i) => figuresOf(seed.at(i), options));
  const labels = figures.map(labelsOf);
  return {
    length,
    size: [size, size],
    targets: { labels: { kind: 'labels', dtype: 'float32', shape: [LABELS.length] } },
    readTargets(positions): Promise<NdArrays> {
      const rows = Array.from(positions, (p) => labels[p]!);
      return Promise.resolve({
        labels: float32(Float32Array.from(rows.flat()), [rows.length, LABELS.length]),
      });
    },
    read(positions) {
      const pixels = new Uint8Array(positions.length * size * size * 3);
      Array.from(positions).forEach((p, i) =>
        pixels.set(draw(figures[p]!, size, seed.at(p, 'noise').rng()), i * size * size * 3),
      );
      return Promise.resolve(pixels);
    },
    describe: (p) =>
      `drawing ${p}: ${figures[p]!.map(({ colour, shape }) => `${colour} ${shape}`).join(', ') || 'nothing'}`,
  };
};

/** Figures in three colours and three shapes on noise. An image shows some of them, or none. */
export const drawings = (options: DrawingsOptions) => {
  return ({ seed }: { readonly seed: Seed }): Promise<Dataset> => {
    const split = (name: SplitName): Samples => samplesOf(seed.at(name), options[name], options);
    return Promise.resolve({
      name: 'drawings',
      classes: LABELS,
      normalization: { mean: [0.45, 0.45, 0.45], std: [0.2, 0.2, 0.2] },
      train: split('train'),
      validation: split('validation'),
      test: split('test'),
      leftOut: [],
    });
  };
};

export const drawingsPlugin = plugin({
  token: DATASET,
  name: 'drawings',
  summary: 'Circles, squares and triangles in red, green and blue, on noise',
  options: DrawingsOptions,
  create: drawings,
});
