import type { Rng } from '@understory/core';

export type Shape = 'circle' | 'square' | 'triangle';

export interface Figure {
  readonly shape: Shape;
  readonly rgb: readonly [number, number, number];
  /** In pixels from the image's top left corner. */
  readonly centre: readonly [top: number, left: number];
  readonly radius: number;
}

/** Whether a place, in radii from a figure's centre, is inside it. */
const INSIDE: Readonly<Record<Shape, (down: number, right: number) => boolean>> = {
  circle: (down, right) => down * down + right * right <= 1,
  square: (down, right) => Math.max(Math.abs(down), Math.abs(right)) <= 0.85,
  triangle: (down, right) => down <= 0.8 && Math.abs(right) <= (down + 1) * 0.58,
};

const isIn = ({ shape, centre: [top, left], radius }: Figure, row: number, column: number): boolean =>
  INSIDE[shape]((row + 0.5 - top) / radius, (column + 0.5 - left) / radius);

/** Levels of noise around a grey, and what a figure's own colour is changed by. */
const NOISE = 45;

/** Figures on noise → uint8 [size · size · 3]. */
export const draw = (figures: readonly Figure[], size: number, rng: Rng): Uint8Array => {
  const pixels = new Uint8Array(size * size * 3);
  for (let i = 0; i < size * size; i++) {
    const figure = figures.find((one) => isIn(one, Math.floor(i / size), i % size));
    const grey = 115 + NOISE * rng.normal();
    for (let c = 0; c < 3; c++) {
      const level = figure ? figure.rgb[c]! + NOISE * rng.normal() : grey + 20 * rng.normal();
      pixels[3 * i + c] = Math.min(255, Math.max(0, Math.round(level)));
    }
  }
  return pixels;
};
