import type { Rng } from '@understory/core';
import { SIDE, type Drawing } from './drawings.ts';

/** An image, and the class of each of its pixels: background, 0, where nothing is pasted. */
export interface Picture {
  readonly side: number;
  /** [side, side, 3] */
  readonly pixels: Uint8Array;
  /** [side, side] */
  readonly mask: Int32Array;
}

type Colour = readonly [number, number, number];
const colour = (rng: Rng): Colour => [rng.integer(0, 255), rng.integer(0, 255), rng.integer(0, 255)];

/** How much of a second colour each pixel has, 0 … 1: a gradient, stripes, or noise. */
const pattern = (rng: Rng, side: number): ((row: number, column: number) => number) => {
  const angle = 2 * Math.PI * rng.uniform();
  const along = (row: number, column: number): number =>
    (row * Math.sin(angle) + column * Math.cos(angle)) / side;
  const waves = rng.integer(2, 5);
  const patterns = [
    (row: number, column: number) => 0.5 + 0.35 * along(row, column),
    (row: number, column: number) => (Math.sin(2 * Math.PI * waves * along(row, column)) > 0 ? 1 : 0),
    () => rng.uniform(),
  ];
  return patterns[rng.integer(0, patterns.length - 1)]!;
};

/** A background in two colours. */
export const background = (rng: Rng, side: number): Picture => {
  const [one, two] = [colour(rng), colour(rng)];
  const share = pattern(rng, side);
  const pixels = new Uint8Array(side * side * 3);
  for (let p = 0; p < side * side; p++) {
    const second = share(Math.floor(p / side), p % side);
    pixels.set(
      one.map((level, i) => level + second * (two[i]! - level)),
      p * 3,
    );
  }
  return { side, pixels, mask: new Int32Array(side * side) };
};

/** Where a drawing comes to lie. */
export interface Spot {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

/** Pastes a drawing, by the nearest pixel of it; where it covers more than half, the pixel is of its class. */
export const paste = (onto: Picture, drawing: Drawing, spot: Spot, classIndex: number): void => {
  const { side, pixels, mask } = onto;
  for (let row = 0; row < spot.side; row++)
    for (let column = 0; column < spot.side; column++) {
      const at = (spot.top + row) * side + spot.left + column;
      const y = Math.floor(((row + 0.5) * SIDE) / spot.side);
      const x = Math.floor(((column + 0.5) * SIDE) / spot.side);
      const from = (y * SIDE + x) * 4;
      const cover = drawing[from + 3]! / 255;
      for (let c = 0; c < 3; c++)
        pixels[at * 3 + c] = Math.round(cover * drawing[from + c]! + (1 - cover) * pixels[at * 3 + c]!);
      if (cover > 0.5) mask[at] = classIndex;
    }
};
